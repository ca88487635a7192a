"""The keys of some rows that a fetch is asked by: of which rows, and each of them once.

Knows nothing of where the rows come from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from amzsql.execute.scan import Key
from amzsql.plan.nodes import Bind
from amzsql.sql.predicate import Domain


def keys_of(batch: pa.RecordBatch, bind: Bind) -> list[Key]:
    """Return the keys of a scan's rows: of those that can be in the result, as far as the batch's columns tell."""
    for column, domain in bind.where:
        place = batch.schema.get_field_index(column)
        passing = passes(batch.column(place), domain) if place >= 0 else None
        if passing is not None:
            batch = batch.filter(passing)
    return distinct([batch.column(c) for c in bind.columns], bind)


def distinct(columns: Sequence[pa.Array], bind: Bind) -> list[Key]:
    """Return the distinct rows of some columns, in their order, without those that hold a NULL: it binds nothing."""
    if len(columns) == 1:
        columns = [columns[0].unique()]
    rows: Iterable[Key] = zip(*(c.to_pylist() for c in columns), strict=True)
    for place, key in enumerate(bind.keys):
        rows = [r for r in rows if r[place] is not None and (key.among is None or r[place] in key.among)]
    return list(dict.fromkeys(rows))


def passes(column: pa.Array, domain: Domain) -> pa.BooleanArray | None:
    """Return which values are in a domain (`keys` aside); None where that is for the engine to tell.

    It compares as the engine does, and so only values of the column's own kind.
    """
    said = _as_arrow(domain, column.type)
    if said is None:
        return None
    values, low, high = said
    found = [] if values is None else [pc.is_in(column, value_set=values)]
    if low is not None:
        found.append((pc.greater if domain.low_open else pc.greater_equal)(column, low[0]))
    if high is not None:
        found.append((pc.less if domain.high_open else pc.less_equal)(column, high[0]))
    if not found:
        return None
    met = found[0]
    for other in found[1:]:
        met = pc.and_kleene(met, other)
    met = pc.fill_null(met, False)
    return pc.or_(met, pc.is_null(column)) if domain.null else met


@lru_cache(maxsize=64)  # asked for each page
def _as_arrow(domain: Domain, kind: pa.DataType) -> tuple[pa.Array | None, pa.Array | None, pa.Array | None] | None:
    """Return a domain's values, lower and upper end as Arrow's of a column's type; None if one of them has no equal."""
    if domain.some:
        return None
    each = (domain.values, *(None if end is None else (end,) for end in (domain.low, domain.high)))
    typed = [None if said is None else _typed(list(said), kind) for said in each]
    if any(said is not None and found is None for said, found in zip(each, typed, strict=True)):
        return None
    return typed[0], typed[1], typed[2]


def _typed(values: list[Any], kind: pa.DataType) -> pa.Array | None:
    """Return values as Arrow's of a column's type; None if one is of another kind, or would be rounded."""
    if not all(_is_of(value, kind) for value in values):
        return None
    try:
        return pa.array(values, type=kind)
    except (pa.ArrowException, OverflowError):
        return None


def _is_of(value: Any, kind: pa.DataType) -> bool:
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return isinstance(value, str)
    if pa.types.is_boolean(kind):
        return isinstance(value, bool)
    if pa.types.is_integer(kind):
        # Arrow cuts what is behind the point.
        return isinstance(value, int | Decimal) and not isinstance(value, bool) and value == int(value)
    if pa.types.is_decimal(kind):
        return isinstance(value, int | Decimal) and not isinstance(value, bool)
    if pa.types.is_date(kind):
        return isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    if pa.types.is_timestamp(kind):
        return isinstance(value, dt.datetime) and (value.tzinfo is not None) == (kind.tz is not None)
    return False
