"""SQL type names of the driver -> SQLAlchemy types, and how types are spelt in a CAST and in CREATE TABLE.

Must not know tables nor connections.
"""

from __future__ import annotations

import datetime as dt
import decimal
import re
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy.sql import compiler, sqltypes


class JSON(sqltypes.Text):
    """A column of JSON that stays text, as the driver gives it.

    pandas, Superset and ``GROUP BY`` need values that can be compared; ``type_coerce(column, sqlalchemy.JSON)`` reads
    them as objects.
    """

    __visit_name__ = "JSON"


class Numeric(sqltypes.Numeric):  # type: ignore[type-arg]
    """A decimal. What is divided comes as a float, since the engine divides no other way."""

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        """Return what makes a Decimal of a float, or a float of a Decimal."""
        if self.asdecimal:
            return lambda value: decimal.Decimal(repr(value)) if isinstance(value, float) else value
        return lambda value: None if value is None else float(value)


class Interval(sqltypes.NativeForEmulated, sqltypes._AbstractInterval):  # type: ignore[misc, name-defined]
    """A length of time, which the engine has a type for."""

    __visit_name__ = "INTERVAL"
    native = True

    @classmethod
    def adapt_emulated_to_native(cls, interval: Any, **kw: Any) -> Interval:
        """Return the type for any of SQLAlchemy's."""
        return cls()

    @property
    def _type_affinity(self) -> Any:
        return sqltypes.Interval

    @property
    def python_type(self) -> type[dt.timedelta]:
        """The class of its values."""
        return dt.timedelta

    def as_generic(self, allow_nulltype: bool = False) -> Any:
        """Return SQLAlchemy's own type."""
        return sqltypes.Interval(native=True)

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """Return what a value beside it is: a length of time too, unless it is a time itself."""
        return self if isinstance(value, dt.timedelta) else super().coerce_compared_value(op, value)

    def literal_processor(self, dialect: Any) -> Any:
        """Return what writes one into a statement."""
        return lambda value: f"CAST('{value // dt.timedelta(microseconds=1)} microseconds' AS INTERVAL)"


class Array(sqltypes.ARRAY):  # type: ignore[type-arg]
    """A list."""

    def literal_processor(self, dialect: Any) -> Any:
        """Return what writes one into a statement: brackets quote names here."""
        one: Any = self.item_type.dialect_impl(dialect).literal_processor(dialect)

        def written(value: Any) -> str:
            if isinstance(value, list | tuple):
                return f"list_value({', '.join(map(written, value))})"
            return "NULL" if value is None else str(one(value))

        return written if one is not None else None


class JSONIndex(sqltypes.JSON.JSONIndexType):
    """A key of an object, or a place in an array, as the engine reads it."""

    def bind_processor(self, dialect: Any) -> Any:
        """Return what writes one."""
        return lambda value: _path([value])

    def literal_processor(self, dialect: Any) -> Any:
        """Return what writes one into a statement."""
        return lambda value: _text(_path([value]))


class JSONPath(sqltypes.JSON.JSONPathType):
    """Keys and places, one inside the other."""

    def bind_processor(self, dialect: Any) -> Any:
        """Return what writes them."""
        return _path

    def literal_processor(self, dialect: Any) -> Any:
        """Return what writes them into a statement."""
        return lambda value: _text(_path(value))


_Uuid: Any = getattr(sqltypes, "Uuid", sqltypes.String)  # came with 2.0


class Uuid(_Uuid):  # type: ignore[misc]
    """An identifier of 128 bits, which the driver gives as text."""

    def bind_processor(self, dialect: Any) -> Any:
        """Return what writes one, as the engine does."""
        return _canonical if self.native_uuid else super().bind_processor(dialect)

    def literal_processor(self, dialect: Any) -> Any:
        """Return what writes one into a statement."""
        return (lambda value: f"'{_canonical(value)}'") if self.native_uuid else super().literal_processor(dialect)

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        """Return what reads one."""
        if self.native_uuid and self.as_uuid:
            return lambda value: None if value is None else uuid.UUID(value)
        return super().result_processor(dialect, coltype)


class Date(sqltypes.Date):
    """A day, also in a statement of SQLAlchemy 1.4, which writes none into it."""

    def literal_processor(self, dialect: Any) -> Any:
        """Return what writes one into a statement."""
        return lambda value: f"'{value.isoformat()[:10]}'"


class DateTime(sqltypes.DateTime):
    """A time, also in a statement of SQLAlchemy 1.4."""

    def literal_processor(self, dialect: Any) -> Any:
        """Return what writes one into a statement."""
        return lambda value: f"'{value}'"


class Time(sqltypes.Time):
    """A time of day, also in a statement of SQLAlchemy 1.4."""

    def literal_processor(self, dialect: Any) -> Any:
        """Return what writes one into a statement."""
        return lambda value: f"'{value}'"


def _canonical(value: Any) -> str | None:
    """Return an identifier in lower case, with its hyphens."""
    return None if value is None else str(value if isinstance(value, uuid.UUID) else uuid.UUID(value))


_OF_1_4 = {sqltypes.Date: Date, sqltypes.DateTime: DateTime, sqltypes.Time: Time}

SPECIAL: dict[Any, Any] = {
    # A float is a Numeric to SQLAlchemy, and stays what it is.
    sqltypes.Float: sqltypes.Float,
    sqltypes.Numeric: Numeric,
    sqltypes.Interval: Interval,
    sqltypes.ARRAY: Array,
    sqltypes.JSON.JSONIndexType: JSONIndex,
    sqltypes.JSON.JSONPathType: JSONPath,
    **(_OF_1_4 if _Uuid is sqltypes.String else {_Uuid: Uuid}),
}
"""SQLAlchemy's types that are others here."""


def _path(steps: Any) -> str:
    """Return steps into JSON: a pointer, which takes any key, or a path where one counts from the end."""
    if any(isinstance(step, int) and step < 0 for step in steps):
        return "$" + "".join(f"[{step}]" if isinstance(step, int) else f'."{step}"' for step in steps)
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


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
    "INTERVAL": Interval,
    "BLOB": sqltypes.LargeBinary,
}
_DECIMAL = re.compile(r"(?:DECIMAL|NUMERIC)\((\d+),\s*(\d+)\)")

_LIST = re.compile(r"(?:\[\d*\])+$")


def of_name(name: str) -> sqltypes.TypeEngine[Any]:
    """Return the SQLAlchemy type of a SQL type name as `description` and the catalog spell it; NullType if unknown."""
    exact = _DECIMAL.fullmatch(name)
    if exact:
        return sqltypes.DECIMAL(int(exact[1]), int(exact[2]))
    listed = _LIST.search(name)
    if listed:
        return Array(of_name(name[: listed.start()]), dimensions=listed[0].count("["))
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

    def visit_INTERVAL(self, type_: Any, **kw: Any) -> str:
        """Spell a length of time."""
        return "INTERVAL"

    def visit_ARRAY(self, type_: Any, **kw: Any) -> str:
        """Spell a list: brackets quote names here."""
        depth = type_.dimensions or 1
        return "ARRAY<" * depth + str(self.process(type_.item_type, **kw)) + ">" * depth
