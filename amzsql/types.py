"""The types of columns: one table of SQL name, Arrow type and PEP 249 object, and the constructors of PEP 249."""

from __future__ import annotations

import datetime as _dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable


class DBAPIType(str):
    """A PEP 249 type object: equal to each SQL type name of its group."""

    names: frozenset[str]

    def __new__(cls, label: str, names: Iterable[str] = ()) -> DBAPIType:
        self = super().__new__(cls, label)
        self.names = frozenset(names) | {label}
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.sub(r"\(.*\)", "", str(other)).strip() in self.names

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(str(self))


STRING = DBAPIType("STRING", ["VARCHAR", "CHAR", "TEXT", "JSON", "UUID", "ENUM"])
BINARY = DBAPIType("BINARY", ["BLOB", "VARBINARY"])
NUMBER = DBAPIType(
    "NUMBER",
    "TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT FLOAT DOUBLE DECIMAL BOOLEAN".split(),  # noqa: SIM905
)
DATETIME = DBAPIType("DATETIME", ["DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "INTERVAL"])
ROWID = DBAPIType("ROWID")


@dataclass(frozen=True, slots=True)
class SqlType:
    """A column's type: its SQL name and its Arrow type."""

    name: str
    arrow: pa.DataType

    def __str__(self) -> str:
        return self.name


VARCHAR = SqlType("VARCHAR", pa.string())
JSON = SqlType("JSON", pa.string())
BOOLEAN = SqlType("BOOLEAN", pa.bool_())
BIGINT = SqlType("BIGINT", pa.int64())
DOUBLE = SqlType("DOUBLE", pa.float64())
MONEY = SqlType("DECIMAL(18,4)", pa.decimal128(18, 4))
DATE = SqlType("DATE", pa.date32())
TIMESTAMP = SqlType("TIMESTAMP WITH TIME ZONE", pa.timestamp("us", tz="UTC"))
BLOB = SqlType("BLOB", pa.binary())

BY_NAME = {t.name: t for t in (VARCHAR, JSON, BOOLEAN, BIGINT, DOUBLE, MONEY, DATE, TIMESTAMP, BLOB)}


def of_arrow(arrow: pa.DataType) -> str:
    """Return the SQL type name of an Arrow type, as `description` shows it."""
    for test, name in _ARROW_NAMES:
        if test(arrow):
            return name
    if pa.types.is_decimal(arrow):
        return f"DECIMAL({arrow.precision},{arrow.scale})"
    if pa.types.is_timestamp(arrow):
        return "TIMESTAMP WITH TIME ZONE" if arrow.tz else "TIMESTAMP"
    if pa.types.is_list(arrow) or pa.types.is_large_list(arrow):
        return f"{of_arrow(arrow.value_type)}[]"
    if pa.types.is_fixed_size_list(arrow):
        return f"{of_arrow(arrow.value_type)}[{arrow.list_size}]"
    if pa.types.is_map(arrow):
        return f"MAP({of_arrow(arrow.key_type)}, {of_arrow(arrow.item_type)})"
    if pa.types.is_struct(arrow) or pa.types.is_union(arrow):
        word = "STRUCT" if pa.types.is_struct(arrow) else "UNION"
        return f"{word}({', '.join(f'{_name(field.name)} {of_arrow(field.type)}' for field in arrow)})"
    if pa.types.is_dictionary(arrow):
        return of_arrow(arrow.value_type)
    return str(arrow).upper()


def _name(field: str) -> str:
    """Return a field's name as SQL writes it."""
    return field if re.fullmatch(r"[A-Za-z_]\w*", field) else '"' + field.replace('"', '""') + '"'


_ARROW_NAMES = (
    (pa.types.is_string, "VARCHAR"),
    (pa.types.is_large_string, "VARCHAR"),
    (pa.types.is_boolean, "BOOLEAN"),
    (pa.types.is_int64, "BIGINT"),
    (pa.types.is_int32, "INTEGER"),
    (pa.types.is_int16, "SMALLINT"),
    (pa.types.is_int8, "TINYINT"),
    (pa.types.is_uint64, "UBIGINT"),
    (pa.types.is_uint32, "UINTEGER"),
    (pa.types.is_uint16, "USMALLINT"),
    (pa.types.is_uint8, "UTINYINT"),
    (pa.types.is_float64, "DOUBLE"),
    (pa.types.is_float32, "FLOAT"),
    (pa.types.is_date, "DATE"),
    (pa.types.is_time, "TIME"),
    (pa.types.is_interval, "INTERVAL"),
    (pa.types.is_duration, "INTERVAL"),
    (pa.types.is_binary, "BLOB"),
    (pa.types.is_large_binary, "BLOB"),
    (pa.types.is_null, "VARCHAR"),
)

_BUILTIN = (str, int, float, bool, bytes, type(None))


def parameter(value: Any) -> Any:
    """Return a value that was given for a parameter: NaT and NA of pandas are None, a time of numpy's is Python's."""
    kind = type(value)
    if kind in _BUILTIN:
        return value
    if kind is list or kind is tuple:
        return [parameter(item) for item in value]
    if kind.__name__ in ("NaTType", "NAType") and kind.__module__.partition(".")[0] == "pandas":
        return None
    if kind.__name__ in ("datetime64", "timedelta64") and kind.__module__ == "numpy":
        # Of nanoseconds numpy itself makes a bare integer.
        return value.astype(f"{kind.__name__}[us]").item()
    return value


Date = _dt.date
Time = _dt.time
Timestamp = _dt.datetime
Binary = bytes


def DateFromTicks(ticks: float) -> _dt.date:  # noqa: N802 - PEP 249 names it so
    """Return the local date of a number of seconds since the epoch."""
    return _dt.datetime.fromtimestamp(ticks).date()


def TimeFromTicks(ticks: float) -> _dt.time:  # noqa: N802
    """Return the local time of a number of seconds since the epoch."""
    return _dt.datetime.fromtimestamp(ticks).time()


def TimestampFromTicks(ticks: float) -> _dt.datetime:  # noqa: N802
    """Return the local date and time of a number of seconds since the epoch."""
    return _dt.datetime.fromtimestamp(ticks)
