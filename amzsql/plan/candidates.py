"""The ways in which one scan can be filled: by which access path, how asked, expanded from which parent.

Owns what is said where there is none. Knows nothing of the other scans' choices, nor of costs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from amzsql import spapi
from amzsql.catalog import registry
from amzsql.errors import ProgrammingError
from amzsql.plan.nodes import Situation
from amzsql.plan.pushdown import Request, requests, smallest
from amzsql.spapi.model import Operation
from amzsql.sql.binding import ScanRef
from amzsql.sql.predicate import Domain, KeyOf

_CHOICES = 4
_COMMON = {c.name for c in registry.COMMON}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scan's choice: how it asks (None: it reads nothing), and the parent scan that it is expanded from."""

    ref: ScanRef
    request: Request | None
    rank: int
    parent: ScanRef | None = None
    parent_request: Request | None = None


def candidates_for(ref: ScanRef, following: int, situation: Situation) -> list[Candidate]:
    """Return every way to fill a scan, the newest API first.

    Raises:
        ProgrammingError: there is none.
    """
    if not ref.table.paths or any(d.is_empty for d in ref.domains.values()):
        return [Candidate(ref, None, 0)]
    found: list[Candidate] = []
    missing: list[tuple[str, ...]] = []
    uncovered: list[tuple[str, frozenset[str]]] = []
    gone: list[str] = []
    wanted = frozenset(c.name for c in ref.columns) - _COMMON
    for rank, path in enumerate(ref.table.paths):
        operation = spapi.operation(path.operation)
        if operation.is_removed(situation.now.date()):
            if path.covers(wanted):
                gone.append(f"{path.operation} had them until Amazon removed it on {operation.removed}")
            continue
        if not _allowed(operation, situation):
            if path.covers(wanted):
                gone.append(f"{path.operation} has them, but OrdersApi={situation.orders_api} leaves it out")
            continue
        if not path.covers(wanted):
            uncovered.append((path.operation, wanted - path.sources.keys()))
            continue
        for request in requests(ref, path, situation):
            if not request.missing:
                found.append(Candidate(ref, None if request.empty else request, rank))
            else:
                missing += request.alternatives
                found += _expanded(ref, request, rank, following, situation)
    if not found:
        raise _no_path(ref, missing, uncovered, gone, situation)
    return found


def _allowed(operation: Operation, situation: Situation) -> bool:
    if situation.orders_api == "v0":
        return operation.api != "orders_2026-01-01"
    return not (situation.orders_api == "2026" and operation.api == "ordersV0")


def _expanded(ref: ScanRef, request: Request, rank: int, following: int, situation: Situation) -> Iterator[Candidate]:
    """Yield the request with its required key taken from the declared parent's rows."""
    parent = ref.table.entry.parent
    if parent is None or len(parent.pairs) != 1 or request.missing != (parent.pairs[0][0],):
        return
    ((column, other_column),) = parent.pairs
    table = registry.table(ref.table.schema, parent.table)
    key = table.column(other_column)
    if key is None:
        return
    domains = {c: d for c, d in ref.domains.items() if c in parent.inherits and c != column}
    source = ScanRef(following + ref.number, table, parent.table, (key,), domains)
    bound = replace(
        ref,
        domains={**ref.domains, column: Domain(keys=frozenset({KeyOf(source.number, key.name)}))},
    )
    for again in requests(bound, request.path, situation):
        if not again.missing and again.bind is not None:
            for other in candidates_for(source, following, situation):
                if other.request is not None and other.parent is None and other.request.bind is None:
                    yield Candidate(ref, again, rank, source, other.request)


def _no_path(
    ref: ScanRef,
    missing: list[tuple[str, ...]],
    uncovered: list[tuple[str, frozenset[str]]],
    gone: list[str],
    situation: Situation,
) -> ProgrammingError:
    name, entry = ref.table.name, ref.table.entry
    if missing:
        choices = smallest(missing)
        columns = choices[0]
        if columns == ("sellerId",) or columns == ("SellerId",):
            return ProgrammingError(
                f"{name} needs the property SellerId: the merchant token that Seller Central shows under "
                "Settings > Account Info > Business Information > Merchant Token."
            )
        example = f" For example: {entry.example}" if entry.example else ""
        known = [c for c in choices if all(ref.table.column(column) for column in c)] or [columns]
        more = ", or others" if len(known) > _CHOICES else ""
        named = ", or ".join(" and ".join(c) for c in known[:_CHOICES]) + more
        return ProgrammingError(f"{name} needs a filter on {named}.{example}")
    if uncovered:
        parts = "; ".join(f"{path} lacks {', '.join(sorted(columns))}" for path, columns in uncovered)
        advice = f"{'; '.join(gone)}." if gone else "Ask for them in two statements."
        return ProgrammingError(f"No single access path of {name} has all the asked columns: {parts}. {advice}")
    return ProgrammingError(
        f"{name} has no access path left on {situation.now:%Y-%m-%d}"
        + (f" with OrdersApi={situation.orders_api}." if situation.orders_api != "Auto" else ".")
    )


def kept(candidates: list[Candidate], scan: int, situation: Situation) -> list[Candidate]:
    """Return the candidates of the access path that the statement took before, if it still has any."""
    if scan >= len(situation.choice):
        return candidates
    kept = [c for c in candidates if c.request is not None and c.request.path.operation == situation.choice[scan]]
    return kept or candidates
