"""Arrow columns -> lists of the objects of PEP 249's rows: str, int, float, bool, Decimal, date, datetime, timedelta.

A result of many rows is read as columns, each in a few calls of numpy's; an object made by a call of its own costs
thirty times as much for a time. Knows nothing of results or cursors.
"""

from __future__ import annotations

import datetime as dt
import operator
from itertools import repeat
from typing import Any

import pyarrow as pa

from amzsql.errors import DataError

_EPOCH = dt.datetime(1970, 1, 1)
_EPOCH_UTC = _EPOCH.replace(tzinfo=dt.UTC)
_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()


def rows(batch: pa.RecordBatch) -> list[tuple[Any, ...]]:
    """Return a batch's rows; DataError names the column of a value that Python has no object for."""
    columns = [_named(field.name, column) for field, column in zip(batch.schema, batch.columns, strict=True)]
    return list(zip(*columns, strict=True))


def _named(name: str, column: pa.Array) -> list[Any]:
    try:
        return objects(column)
    except (OverflowError, ValueError) as error:
        raise DataError(
            f"{name}: a value is beyond what Python's objects hold ({error}). fetch_arrow_table() gives it, or cast it"
            " to VARCHAR."
        ) from None


def objects(column: pa.Array) -> list[Any]:
    """Return a column's values; OverflowError or ValueError for a time or day after the year 9999."""
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "us" and kind.tz in (None, "UTC"):
        since = _plain(column.cast(pa.int64())).view("m8[us]").tolist()
        return _with_nulls(column, list(map(operator.add, repeat(_EPOCH_UTC if kind.tz else _EPOCH), since)))
    if pa.types.is_date32(kind):
        days = _plain(column.cast(pa.int32())).astype("int64") + _EPOCH_DAY
        return _with_nulls(column, list(map(dt.date.fromordinal, days.tolist())))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _with_nulls(column, _plain(column).tolist())
    if pa.types.is_interval(kind):
        return [None if value is None else _span(value) for value in column.to_pylist()]
    direct = pa.types.is_string(kind) or pa.types.is_decimal(kind) or pa.types.is_boolean(kind)
    found: list[Any] = column.to_numpy(zero_copy_only=False).tolist() if direct else column.to_pylist()
    return found


def _span(value: Any) -> dt.timedelta:
    """Return an interval; a month counts thirty days, as the engine's own comparisons have it."""
    return dt.timedelta(days=30 * value.months + value.days, microseconds=value.nanoseconds // 1000)


def without_months(table: pa.Table) -> pa.Table:
    """Return a table whose intervals are durations, for readers that have no months."""
    for place, field in enumerate(table.schema):
        if pa.types.is_interval(field.type):
            chunks = [pa.array(objects(chunk), pa.duration("us")) for chunk in table.column(place).chunks]
            found = pa.chunked_array(chunks, pa.duration("us"))
            table = table.set_column(place, field.with_type(pa.duration("us")), found)
        elif _holds_months(field.type):
            raise DataError(
                f"{field.name}: intervals within {field.type} have no equal there: cast the column to VARCHAR, or take"
                " fetch_arrow_table()."
            )
    return table


def _holds_months(kind: pa.DataType) -> bool:
    inner = [kind.field(n).type for n in range(kind.num_fields)]
    return any(pa.types.is_interval(each) or _holds_months(each) for each in inner)


def _plain(column: pa.Array) -> Any:
    """Return a column as a numpy array in its own type, with zero for NULL: numpy's integers hold none."""
    return (column.fill_null(0) if column.null_count else column).to_numpy(zero_copy_only=False)


def _with_nulls(column: pa.Array, values: list[Any]) -> list[Any]:
    if column.null_count:
        for place in column.is_null().to_numpy(zero_copy_only=False).nonzero()[0].tolist():
            values[place] = None
    return values
