"""SQL type names of the driver -> SQLAlchemy types, and how types are spelt in a CAST and in CREATE TABLE.

Must not know tables nor connections.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import types as sqltypes
from sqlalchemy.sql import compiler


class JSON(sqltypes.Text):
    """A column of JSON that stays text, as the driver gives it.

    pandas, Superset and ``GROUP BY`` need values that can be compared; ``type_coerce(column, sqlalchemy.JSON)`` reads
    them as objects.
    """

    __visit_name__ = "JSON"


_TYPES: dict[str, Callable[[], sqltypes.TypeEngine[Any]]] = {
    "VARCHAR": sqltypes.VARCHAR,
    "JSON": JSON,
    "BOOLEAN": sqltypes.BOOLEAN,
    "TINYINT": sqltypes.SMALLINT,
    "SMALLINT": sqltypes.SMALLINT,
    "INTEGER": sqltypes.INTEGER,
    "BIGINT": sqltypes.BIGINT,
    "HUGEINT": lambda: sqltypes.DECIMAL(38, 0),
    "UTINYINT": sqltypes.SMALLINT,
    "USMALLINT": sqltypes.INTEGER,
    "UINTEGER": sqltypes.BIGINT,
    "UBIGINT": lambda: sqltypes.DECIMAL(20, 0),
    "FLOAT": sqltypes.Float,
    # sqltypes.DOUBLE came with 2.0; Float is spelt DOUBLE here.
    "DOUBLE": lambda: sqltypes.Float(53),
    "DATE": sqltypes.DATE,
    "TIME": sqltypes.TIME,
    "TIMESTAMP": sqltypes.TIMESTAMP,
    "TIMESTAMP WITH TIME ZONE": lambda: sqltypes.TIMESTAMP(timezone=True),
    "BLOB": sqltypes.LargeBinary,
}
_DECIMAL = re.compile(r"(?:DECIMAL|NUMERIC)\((\d+),\s*(\d+)\)")


def of_name(name: str) -> sqltypes.TypeEngine[Any]:
    """Return the SQLAlchemy type of a SQL type name as `description` and the catalog spell it; NullType if unknown."""
    decimal = _DECIMAL.fullmatch(name)
    if decimal:
        return sqltypes.DECIMAL(int(decimal[1]), int(decimal[2]))
    return _TYPES.get(name, sqltypes.NullType)()


class AmzsqlTypeCompiler(compiler.GenericTypeCompiler):
    """How types are spelt. The engine's FLOAT has 32 bits and its DECIMAL 3 places: both are avoided."""

    def visit_FLOAT(self, type_: Any, **kw: Any) -> str:
        """Spell a float by its precision in bits."""
        return "FLOAT" if type_.precision is not None and type_.precision <= 24 else "DOUBLE"

    visit_REAL = visit_FLOAT

    def visit_DOUBLE(self, type_: Any, **kw: Any) -> str:
        """Spell a float of 64 bits."""
        return "DOUBLE"

    visit_DOUBLE_PRECISION = visit_DOUBLE

    def visit_NUMERIC(self, type_: Any, **kw: Any) -> str:
        """Spell a decimal; without a precision the widest."""
        if type_.precision is None:
            return "DECIMAL(38, 10)"
        return f"DECIMAL({type_.precision}, {type_.scale or 0})"

    visit_DECIMAL = visit_NUMERIC

    def visit_TIMESTAMP(self, type_: Any, **kw: Any) -> str:
        """Spell a time with its zone or without."""
        return "TIMESTAMP WITH TIME ZONE" if type_.timezone else "TIMESTAMP"

    visit_DATETIME = visit_TIMESTAMP

    def visit_JSON(self, type_: Any, **kw: Any) -> str:
        """Spell JSON."""
        return "JSON"

    def visit_NVARCHAR(self, type_: Any, **kw: Any) -> str:
        """Spell a text."""
        return "VARCHAR"

    visit_NCHAR = visit_CLOB = visit_NCLOB = visit_NVARCHAR

    def visit_large_binary(self, type_: Any, **kw: Any) -> str:
        """Spell bytes."""
        return "BLOB"

    def visit_BINARY(self, type_: Any, **kw: Any) -> str:
        """Spell bytes."""
        return "BLOB"

    visit_VARBINARY = visit_BINARY
