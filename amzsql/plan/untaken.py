"""Why a table that reports could answer for is read otherwise: what EXPLAIN remarks where UseReports is on.

Owns the words. Decides nothing: which way is taken is known by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from amzsql.catalog.model import TablePath
from amzsql.plan import alike
from amzsql.plan.candidates import Candidate, lacking
from amzsql.plan.drawing import Drawn, draw
from amzsql.plan.nodes import Situation
from amzsql.sql.binding import Bound, ScanRef

# So many columns that a report lacks are named.
_NAMED = 5


def remarks(
    bound: Bound,
    taken: Sequence[Candidate],
    drawn: Drawn,
    choices: Sequence[Sequence[Candidate]],
    offered: Sequence[Sequence[Candidate]],
    situation: Situation,
) -> Iterator[tuple[str, str]]:
    """Yield (table, why it is read out of no report) of each scan that might be.

    `taken` is the combination that `drawn` is of; `offered` are all candidates of each scan, `choices` those that
    were chosen among.
    """
    if not situation.use_reports:
        return
    dear: dict[int, Candidate] = {}
    for number, one in enumerate(taken):
        if one.request is None or _is_report(one) or not one.ref.table.reports:
            continue
        reports = [c for c in offered[number] if _is_report(c)]
        if not reports:
            yield one.ref.table.name, _unfit(one.ref, situation)
        elif not any(_is_report(c) for c in choices[number]):
            yield (
                one.ref.table.name,
                f"{_type(reports[0])} fits, but within the last day the statement read this way, and it keeps to it.",
            )
        else:
            dear[number] = reports[0]
    if dear:
        way = draw(bound, [dear.get(n, c) for n, c in enumerate(taken)], situation, 1.0, final=False)
        tables, types = (list(dict.fromkeys(f(c) for c in dear.values())) for f in (_table, _type))
        with_them = f"With {' and '.join(types)} the statement would take {_cost(way)}"
        yield ", ".join(tables), f"{with_them}; this way {_cost(drawn)}."


def _unfit(ref: ScanRef, situation: Situation) -> str:
    """Return why none of a table's reports would have its rows: of several that which comes closest to one."""
    return max((_reason(ref, path, situation) for path in ref.table.reports), key=lambda r: r[0])[1]


def _reason(ref: ScanRef, path: TablePath, situation: Situation) -> tuple[int, str]:
    missing = sorted(lacking(ref, path))
    if missing:
        more = f" and {len(missing) - _NAMED} more columns" if len(missing) > _NAMED else ""
        return 1, f"{path.declared.report} has no {', '.join(missing[:_NAMED])}{more}, or counts it otherwise."
    return alike.obstacle(ref, path, situation)


def _is_report(candidate: Candidate) -> bool:
    return candidate.request is not None and candidate.request.path.declared.alike is not None


def _table(candidate: Candidate) -> str:
    return candidate.ref.table.name


def _type(candidate: Candidate) -> str:
    assert candidate.request is not None  # asked of reports only
    return candidate.request.path.declared.report


def _cost(drawn: Drawn) -> str:
    return f"{drawn.seconds:.0f} s and {drawn.requests} request{'' if drawn.requests == 1 else 's'}"
