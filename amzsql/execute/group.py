"""A group's statement before it runs: which accounts it touches, what each is told, and their plans as one.

An account that the statement does not touch is not asked for anything, not even a token. One that fails is left out
with a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, TypeVar

from amzsql.errors import DatabaseError
from amzsql.execute.absent import Absent
from amzsql.execute.context import THREADS, Context, asked_together
from amzsql.execute.side_by_side import side_by_side
from amzsql.plan.nodes import Plan, ProbePlan, Situation
from amzsql.plan.planner import plan_each
from amzsql.plan.remarks import asks_marketplaces
from amzsql.plan.volume import days_of
from amzsql.plan.whose import touches
from amzsql.spapi.model import Partner
from amzsql.sql.binding import Bound
from amzsql.transport import Request

T = TypeVar("T")
# So many threads have the fetches of one table together; each account's has one at least.
_THREADS = 200


class Account(Protocol):
    """What a statement asks of an account. `name`: what the column Account says; `kind`: whose it is, if known."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> Partner | None: ...

    def enter(self, context: Context) -> Context:
        """Return the context in which a group's statement asks the account."""

    def situation(self, bound: Bound, context: Context | None) -> Situation:
        """Return what the planner must know beside the statement; without a context nothing is asked."""

    def remember(self, bound: Bound, plan: Plan) -> None:
        """Keep the access paths that a statement took."""

    def forget(self, bound: Bound) -> None:
        """Drop the kept access paths of a statement."""

    def count(self, rows: Mapping[str, int]) -> None:
        """Keep how many rows some tables were found to have."""


class World(Protocol):
    """The accounts of the group."""

    @property
    def accounts(self) -> Sequence[Account]: ...


class Group:
    """Plans the statements of a group. `beyond` tells whether a plan costs more than a statement may."""

    def __init__(self, world: World, beyond: Callable[[Plan, Context], bool]) -> None:
        self._world = world
        self._beyond = beyond

    def plan(self, bound: Bound, context: Context) -> Plan:
        """Plan a statement, asking each account that it touches what its plan depends on."""
        touched = self._touched(bound)
        self._enter(touched, context)
        if not touched:
            return self._idle(bound, context)
        works = {a.name: partial(a.situation, bound, context.accounts[a.name]) for a in touched}
        situations = self._told(touched, self._answered(context, works))
        plan = plan_each(bound, situations, _leaving(context))
        probes = self._probes(plan, context)
        if probes:
            counted = self._answered(context, {n: self._probing(n, p, context) for n, p in probes.items()})
            metered = {n: {(probes[n].table, probes[n].span): count} for n, count in counted.items()}
            again = [replace(s, metered=metered.get(s.account, {}), probed=True) for s in situations]
            plan = plan_each(bound, again, _leaving(context))
        context.stats.planned_requests = plan.requests + context.stats.requests
        context.stats.planned_seconds = plan.seconds
        return plan

    def outline(self, bound: Bound, context: Context) -> tuple[Plan, frozenset[str]]:
        """Return a statement's plan, asking nothing, and the accounts whose marketplaces have to be asked for."""
        touched = self._touched(bound)
        self._enter(touched, context)
        if not touched:
            return self._idle(bound, context), frozenset()
        found: dict[str, Situation] = {}
        for account in touched:
            try:
                found[account.name] = account.situation(bound, None)
            except DatabaseError as error:
                _leaving(context)(account.name, error)
        plan = plan_each(bound, self._told(touched, found), _leaving(context))
        unknown = (a for a in plan.accounts if found[a.account].marketplaces is None and needs_marketplaces(a.plan))
        return plan, frozenset(a.account for a in unknown)

    def _touched(self, bound: Bound) -> list[Account]:
        return [a for a in self._world.accounts if touches(bound, a.name, a.kind)]

    def _enter(self, touched: Sequence[Account], context: Context) -> None:
        """Give each account of a statement a context of its own."""
        context.absent = Absent([a.name for a in touched], context.warn, strict=context.strict_accounts)
        context.threads = max(1, min(THREADS, _THREADS // max(1, len(touched))))
        context.accounts = {a.name: context.accounts.get(a.name) or a.enter(context) for a in touched}

    def _idle(self, bound: Bound, context: Context) -> Plan:
        """Return the plan of a statement that touches no account: its other tables are read all the same."""
        first = self._world.accounts[0]
        nobody = Situation(bound.now, account=first.name, many=1, kind=first.kind)
        context.accounts = {first.name: replace(context, account=first.name)}
        return plan_each(bound, [nobody], _leaving(context))

    @staticmethod
    def _told(touched: Sequence[Account], found: Mapping[str, Situation]) -> list[Situation]:
        """Return the situations of those that have answered, each as one of many."""
        each = [(a, found[a.name]) for a in touched if a.name in found]
        return [replace(s, account=a.name, many=len(each), kind=a.kind) for a, s in each]

    def _probes(self, plan: Plan, context: Context) -> dict[str, ProbePlan]:
        """Return the probe of each account whose plan depends on it."""
        dear = plan.basis == "estimate" and self._beyond(plan, context)
        plans = ((a.account, a.plan) for a in plan.accounts)
        return {name: p.probe for name, p in plans if p.probe is not None and (p.undecided or dear)}

    def _probing(self, name: str, probe: ProbePlan, context: Context) -> Callable[[], int]:
        account = next(a for a in self._world.accounts if a.name == name)
        return partial(probed, probe, context.accounts[name], account.count)

    @staticmethod
    def _answered(context: Context, works: Mapping[str, Callable[[], T]]) -> dict[str, T]:
        """Do some work for each account, and return what it gave; those that fail are left out."""
        found: dict[str, T] = {}
        for name, answer in side_by_side(context, works).items():
            if isinstance(answer, DatabaseError):
                _leaving(context)(name, answer)
            else:
                found[name] = answer
        return found


def _leaving(context: Context) -> Callable[[str, DatabaseError], None]:
    assert context.absent is not None  # a group's statement knows who is left out
    return context.absent.leave_out


def needs_marketplaces(plan: Plan) -> bool:
    """Tell whether a plan asks by the account's marketplaces."""
    return any(asks_marketplaces(s.path) for s in plan.every_scan() if s.path is not None)


def probed(probe: ProbePlan, context: Context, count: Callable[[Mapping[str, int]], None]) -> int:
    """Ask a probe and return the count it tells, which is kept for later estimates."""
    total = 0
    for partition in probe.partitions:
        request = Request(probe.operation, dict(partition.parameters))
        total += _total(asked_together(request, context).json(), probe.field)
    if probe.census is not None:
        name, factor = probe.census
        days = (probe.span[1] - probe.span[0]).total_seconds() / 86400
        # A rate over the table's usual time: the rows lie as evenly in it as those that were counted.
        count({name: round(total * factor), days_of(name): round(days * factor)})
    return total


def _total(answer: Any, field: str) -> int:
    """Return the sum of a field such as ``payload[].orderCount`` over an answer."""
    found = [answer]
    for step in field.split("."):
        name, listed = step.removesuffix("[]"), step.endswith("[]")
        found = [f.get(name) for f in found if isinstance(f, dict)]
        if listed:
            found = [item for f in found for item in (f or [])]
    return sum(int(f) for f in found if isinstance(f, int | float))
