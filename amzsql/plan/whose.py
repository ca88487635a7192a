"""Which accounts a statement touches, and their plans as one: calls add up, seconds are the slowest account's.

Each account of a group is planned by itself, with its own buckets, marketplaces and kind. Knows nothing of how a plan
is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from amzsql.catalog import registry
from amzsql.catalog.whose import ACCOUNT
from amzsql.plan.inheritance import all_inherited, with_real_keys
from amzsql.plan.nodes import AccountPlan, Basis, Mode, Plan, Situation, StagePlan
from amzsql.plan.reports import CREATE
from amzsql.spapi.document_types import report_types
from amzsql.spapi.model import Partner
from amzsql.sql.binding import Bound, ScanRef
from amzsql.sql.predicate import ANY


def of_account(ref: ScanRef, situation: Situation) -> ScanRef:
    """Return a scan as it is for the situation's account: none of its rows may be wanted, and then it reads nothing.

    What is said of the account is settled by that.
    """
    if not situation.account:
        return ref
    if not _may_have(ref, situation.account, situation.kind if situation.many else None):
        return replace(ref, wanted=0)
    return replace(ref, domains={c: d for c, d in ref.domains.items() if c != ACCOUNT})


def touches(bound: Bound, account: str, kind: Partner | None) -> bool:
    """Tell whether a group's statement may want rows of an account."""
    refs = all_inherited(with_real_keys(bound.scans), many=True)
    return any(ref.table.paths and ref.wanted != 0 and _may_have(ref, account, kind) for ref in refs)


def _may_have(ref: ScanRef, account: str, kind: Partner | None) -> bool:
    """Tell whether an account may have rows that a scan wants: a vendor has none of a table of sellers."""
    if not ref.domains.get(ACCOUNT, ANY).holds(account):
        return False
    return kind is None or registry.partner(ref.table) in (kind, None)


def together(plans: Mapping[str, Plan]) -> Plan:
    """Return the plans of a group's accounts, all in the same form, as one."""
    each = list(plans.values())
    first = each[0]
    stages = tuple(
        StagePlan(stage.stage, together({a: p.stages[n].plan for a, p in plans.items()}))
        for n, stage in enumerate(first.stages)
    )
    longest = max(_in_turn(each), *(p.seconds - sum(s.plan.seconds for s in p.stages) for p in each))
    return Plan(
        first.bound,
        _mode(p.mode for p in each),
        (),
        (),
        sum(p.requests for p in each),
        sum(s.plan.seconds for s in stages) + longest,
        worst(p.basis for p in each),
        undecided=any(p.undecided for p in each),
        residual=any(p.residual for p in each),
        warnings=tuple(dict.fromkeys(w for p in each for w in p.warnings)),
        stages=stages,
        remarks=tuple(dict.fromkeys(r for p in each for r in p.remarks)),
        accounts=tuple(AccountPlan(a, p) for a, p in plans.items()),
    )


def _in_turn(plans: Iterable[Plan]) -> float:
    """Return the seconds of reports of types that are ordered one after the other, whichever account they are of."""
    orders: dict[str, int] = {}
    seconds: dict[str, float] = {}
    for fetch in (f for p in plans for f in p.fetches if f.documents is not None):
        assert fetch.documents is not None  # asked of such fetches only
        kind, own = fetch.documents.kind, dict(fetch.documents.calls).get(CREATE, 0)
        orders[kind] = orders.get(kind, 0) + own
        seconds[kind] = max(seconds.get(kind, 0.0), fetch.documents.seconds)
    known = report_types()
    turns = {k: every for k in orders if k in known and (every := known[k].every) is not None}
    return max((seconds[k] + every * (orders[k] - 1) for k, every in turns.items() if orders[k]), default=0.0)


def _mode(modes: Iterable[Mode]) -> Mode:
    found = set(modes)
    if "engine" in found:
        return "engine"
    return "page" if "page" in found else "local"


def worst(bases: Iterable[Basis]) -> Basis:
    """Return the least sure basis of some."""
    found = set(bases)
    if "estimate" in found:
        return "estimate"
    return "at most" if "at most" in found else "exact"
