"""EXPLAIN's rows as a result, and EXPLAIN ANALYZE: what really happened beside what was planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.json as pa_json

from amzsql.execute.context import Context, Spent
from amzsql.execute.result import Result
from amzsql.plan import explain, reports
from amzsql.plan.nodes import Plan
from amzsql.types import BY_NAME


def analyzed(result: Result, plan: Plan, account: str, context: Context) -> Result:
    """Read the result to its end and return the plan with what happened beside it."""
    rows = 0
    while (batch := result.next_batch()) is not None:
        rows += batch.num_rows
    stats = context.stats
    each: dict[str, list[Spent]] = {}
    for name, spent in result.spent():
        each.setdefault(name, []).append(spent)

    def actual(whose: str, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the requests, rows and seconds of a step; the fetches of an account come in their order."""
        spent = each[whose].pop(0) if row[0] in explain.FETCHES else None
        asked = _asked(row, stats.sources)
        if plan.accounts and spent is not None and row[0] not in ("Report", "Query"):
            # Others ask the same operation.
            asked = spent.sent
        return (asked, *_actual(spent, context))

    seconds = round(context.clock.now() - (context.began or 0.0), 1)
    told: tuple[tuple[str, str], ...] = explain.COLUMNS
    if plan.accounts:
        told, found = explain.GROUP_COLUMNS, explain.group_rows(plan, actual=actual)
    else:
        found = [(*row, *actual(account, row[1:])) for row in explain.rows(plan)]
    found[-1] = (*found[-1][: len(told)], stats.requests, rows, seconds, stats.shared, _age(stats.as_of, context))
    columns = (
        *told,
        ("ActualRequests", "BIGINT"),
        ("ActualRows", "BIGINT"),
        ("ActualSeconds", "DOUBLE"),
        ("SharedPages", "BIGINT"),
        ("Age", "DOUBLE"),
    )
    return rows_result(found, columns, context, plan)


def _asked(row: tuple[Any, ...], sources: Mapping[str, int]) -> int | None:
    """Return how many requests a step of EXPLAIN has made; those of reports are of several operations."""
    if row[0] == "Report":
        return sum(sources.get(name, 0) for name in reports.CALLS)
    return sources.get(row[2], 0 if row[0] in explain.FETCHES else None) if row[2] else None


def _actual(spent: Spent | None, context: Context) -> explain.Happened:
    """Return the rows and seconds of a step, its shared pages and its age; None for one that fetches nothing."""
    if spent is None:
        return None, None, None, None
    seconds = None if spent.seconds is None else round(spent.seconds, 1)
    return spent.rows, seconds, spent.shared, _age(spent.as_of, context)


def _age(as_of: float | None, context: Context) -> float | None:
    """Return how many seconds old something is."""
    return None if as_of is None else round(context.clock.now() - as_of, 1)


def rows_result(
    rows: Sequence[tuple[Any, ...]], columns: Sequence[tuple[str, str]], context: Context, plan: Plan | None
) -> Result:
    schema = pa.schema([pa.field(name, BY_NAME[kind].arrow) for name, kind in columns])
    # Not pa.array: that imports pandas where it is installed, which takes longer than all the rest of an EXPLAIN.
    lines = b"\n".join(msgspec.json.encode(dict(zip(schema.names, row, strict=True))) for row in rows)
    options = pa_json.ReadOptions(use_threads=False, block_size=len(lines) + 1)
    table = pa_json.read_json(pa.BufferReader(lines), options, pa_json.ParseOptions(explicit_schema=schema))
    batch = pa.RecordBatch.from_arrays([column.combine_chunks() for column in table.columns], schema=schema)
    return Result(schema, (b for b in [batch]), context, None, plan)
