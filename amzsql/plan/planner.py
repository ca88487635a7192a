"""Bound statement + situation -> plan: which access path each scan takes, which share a fetch, what binds what.

Pure: nothing here calls Amazon, reads a clock or keeps anything. A plan's cost is the seconds until its last row on
Amazon's clock; plans within 10 % or a second of each other are told apart by their calls, then by the newer API.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from amzsql.errors import DatabaseError
from amzsql.plan import cost, served, untaken
from amzsql.plan.asking import requests
from amzsql.plan.candidates import candidates_for, kept
from amzsql.plan.choice import cheapest, is_undecided
from amzsql.plan.drawing import Drawn, draw
from amzsql.plan.inheritance import across_accounts, all_inherited, with_real_keys
from amzsql.plan.nodes import STAGED, WHOLE, Mode, Plan, ScanPlan, Situation, StagePlan
from amzsql.plan.probing import probe_for
from amzsql.plan.remarks import foreign, scan_warnings
from amzsql.plan.volume import said_of
from amzsql.plan.whose import of_account, together, worst
from amzsql.sql.binding import Bound
from amzsql.sql.predicate import same_row

_WORTH_A_PROBE = 5.0


def plan(bound: Bound, situation: Situation) -> Plan:
    """Return the cheapest plan.

    Raises:
        ProgrammingError: a filter that is needed is missing, or no path has all the asked columns.
    """
    if bound.staged is None:
        return _planned(bound, situation)
    form, choice = situation.choice[:1], situation.choice[1:]
    told = replace(situation, choice=choice)
    if form == (STAGED,):
        return _staged(bound.staged, told)
    whole = _planned(bound, told)
    if form == (WHOLE,):
        return whole
    staged = _staged(bound.staged, told)
    if not cost.near(staged.seconds, whole.seconds):
        return min(staged, whole, key=lambda p: p.seconds)
    # What a stage's keys bind is no more than its LIMIT; what a scan's keys bind rests on how many rows there are.
    return staged if staged.requests <= whole.requests else whole


def plan_each(bound: Bound, situations: Sequence[Situation], leave_out: Callable[[str, DatabaseError], None]) -> Plan:
    """Return the plan of a group's statement, all accounts in the same form.

    `leave_out` is told of an account that cannot be planned, and raises if the statement is not to go on without.
    """
    forms: list[tuple[str, ...]] = [()] if bound.staged is None else [(STAGED,), (WHOLE,)]
    chosen = next((s.choice[:1] for s in situations if s.choice), ())
    plans = [_each(bound, situations, f, leave_out) for f in forms if chosen not in forms or f == chosen]
    if len(plans) < 2 or not cost.near(plans[0].seconds, plans[1].seconds):
        return min(plans, key=lambda p: p.seconds)
    return min(plans, key=lambda p: p.requests)


def _each(
    bound: Bound,
    situations: Sequence[Situation],
    form: tuple[str, ...],
    leave_out: Callable[[str, DatabaseError], None],
) -> Plan:
    plans: dict[str, Plan] = {}
    errors: dict[str, DatabaseError] = {}
    for situation in situations:
        kept = situation.choice if situation.choice[:1] == form or not form else form
        try:
            plans[situation.account] = plan(bound, replace(situation, choice=kept))
        except DatabaseError as error:
            errors[situation.account] = error
    if not plans:
        # What is wrong with all is wrong with the statement.
        raise next(iter(errors.values()))
    for account, refusal in errors.items():
        leave_out(account, refusal)
    return together(plans)


def _staged(bound: Bound, situation: Situation) -> Plan:
    """Return the plan of a statement whose stages are run first: each planned by itself, with what calls it leaves."""
    choice, stages, rows = list(situation.choice), [], []
    for stage in bound.stages:
        own = [choice.pop(0) for _ in range(_choices(stage.bound, choice))]
        made = plan(stage.bound, replace(situation, choice=tuple(own), staged=()))
        stages.append(StagePlan(stage, made))
        rows.append(min(float(stage.rows), sum(f.rows for f in made.fetches)))
        situation = replace(situation, tokens=_left(made, situation))
    outer = _planned(bound, replace(situation, choice=tuple(choice), staged=tuple(rows)))
    plans = [*(s.plan for s in stages), outer]
    probing = next((p for p in plans if p.probe is not None), outer)
    return replace(
        outer,
        stages=tuple(stages),
        requests=sum(p.requests for p in plans),
        seconds=sum(p.seconds for p in plans),
        basis=worst(p.basis for p in plans),
        probe=probing.probe,
        undecided=probing.undecided,
        warnings=tuple(dict.fromkeys(w for p in plans for w in p.warnings)),
    )


def _choices(bound: Bound, choice: Sequence[str]) -> int:
    """Return how many of a choice's words, at its beginning, are a statement's."""
    if bound.staged is None or not choice:
        return min(len(choice), len(bound.scans))
    if choice[0] != STAGED:
        return min(len(choice), 1 + len(bound.scans))
    taken = 1
    for stage in bound.staged.stages:
        taken += _choices(stage.bound, choice[taken:])
    return min(len(choice), taken + len(bound.staged.scans))


def _left(made: Plan, situation: Situation) -> dict[str, float]:
    """Return the tokens that each operation has after a plan."""
    found = dict(situation.tokens)
    for fetch in made.every_fetch():
        rate = situation.rate(fetch.operation)
        before = found.get(fetch.operation.name, float(rate.burst))
        after = before - fetch.requests + rate.rate * fetch.seconds
        found[fetch.operation.name] = min(float(rate.burst), max(0.0, after))
    return found


def _planned(bound: Bound, situation: Situation) -> Plan:
    """Return the cheapest plan of a statement in one form."""
    refs = all_inherited(with_real_keys(bound.scans), many=situation.many > 0)
    if situation.many:
        refs = across_accounts(refs)
    refs = [of_account(r, situation) for r in refs]
    if bound.shape.limit == 0:
        refs = [replace(r, wanted=0) for r in refs]
    offered = [candidates_for(r, len(refs), situation) for r in refs]
    choices = [kept(found, r.number, situation) for r, found in zip(refs, offered, strict=True)]
    combination = cheapest(bound, choices, situation, 1.0)
    best = draw(bound, combination, situation, 1.0, final=True)
    if situation.many:
        best = _across(best, situation)
    probe = None if situation.probed else probe_for(bound, best, situation)
    # A quick plan is not worth a probe, and one that was chosen before is not chosen again.
    worth = best.seconds >= _WORTH_A_PROBE and not situation.choice
    warnings = [*bound.warnings, *(w for r in bound.scans for w in foreign(r, situation))]
    for scan in best.scans:
        warnings += scan_warnings(scan, best, situation)
    return Plan(
        bound,
        _mode(bound, best),
        best.fetches,
        best.scans,
        best.requests,
        best.seconds,
        worst(f.basis for f in best.fetches),
        probe,
        worth and probe is not None and is_undecided(bound, combination, choices, situation),
        _residual(bound, best, situation),
        tuple(dict.fromkeys(warnings)),
        remarks=tuple(
            dict.fromkeys(
                (
                    *untaken.remarks(bound, combination, best, choices, offered, situation),
                    *served.remarks(best.fetches, best.scans, situation),
                )
            )
        ),
    )


def _across(drawn: Drawn, situation: Situation) -> Drawn:
    """Return a plan with what it costs to ask by the keys of all accounts' rows, of which it counts its own only."""
    found = []
    for fetch in drawn.fetches:
        if fetch.bind is None or not fetch.bind.across:
            found.append(fetch)
            continue
        calls = fetch.requests * situation.many
        seconds = max(fetch.seconds, cost.seconds(calls, calls, fetch.operation, situation))
        found.append(replace(fetch, requests=calls, seconds=seconds, basis="estimate"))
    longest = max([drawn.seconds, *(f.seconds for f in found)])
    return replace(drawn, fetches=tuple(found), requests=sum(f.requests for f in found), seconds=longest)


def _mode(bound: Bound, drawn: Drawn) -> Mode:
    """Return how the plan runs: page by page, or through the engine over whole streams."""
    if not drawn.fetches:
        return "local"
    shape = bound.shape
    if not shape.row_local:
        return "engine"
    expanded = [s for s in drawn.scans if s.expanded_for is not None]
    if len(drawn.scans) == 1 or (expanded and len(drawn.scans) == 1 + len(expanded) and shape.limit is not None):
        return "page"
    if expanded:
        return "engine"
    driver = drawn.scans[0].fetch
    if driver is None:
        return "engine"
    local = all(_joins_by_page(scan, drawn, driver, bound) for scan in drawn.scans[1:])
    return "page" if local else "engine"


def _joins_by_page(scan: ScanPlan, drawn: Drawn, driver: int, bound: Bound) -> bool:
    if scan.fetch is None:
        return False
    fetch = drawn.fetches[scan.fetch]
    if fetch.bind is not None and fetch.bind.across:
        return False
    if fetch.bind is not None:
        return fetch.bind.scan == 0 and bound.shape.limit is not None
    parent, first = scan.ref.table.entry.parent, drawn.scans[0].ref.table
    if scan.fetch != driver or parent is None or parent.table != first.name:
        return False
    if scan.ref.table.schema not in first.entry.schemas:
        return False
    return same_row(scan.ref.domains, 0, parent.pairs)


def _residual(bound: Bound, drawn: Drawn, situation: Situation) -> bool:
    """Tell whether a condition is left to check after the fetch."""
    if any(f.sharing is not None and f.sharing.served is not None and f.sharing.served.wider for f in drawn.fetches):
        return True
    if not any(said_of(s.ref) or not s.ref.complete for s in drawn.scans):
        return False
    if len(bound.scans) != 1 or len(drawn.fetches) != 1 or drawn.scans[0].path is None:
        return True
    scan, fetch = drawn.scans[0], drawn.fetches[0]
    asked = [r for r in requests(scan.ref, drawn.scans[0].path, situation) if r.partitions == fetch.partitions]
    return not (asked and scan.ref.complete and said_of(scan.ref) <= asked[0].exact)
