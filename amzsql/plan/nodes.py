"""What the planner is told and what it answers: the situation, fetches, scans and the plan. Frozen and printable."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from amzsql.catalog import registry
from amzsql.catalog.model import Table, TablePath
from amzsql.plan.shared import Known, Sharing
from amzsql.spapi.model import Operation, Partner, Rate
from amzsql.sql.binding import Bound, ScanRef, Stage
from amzsql.sql.predicate import ANY, Domain

Basis = Literal["exact", "at most", "estimate"]
Mode = Literal["local", "page", "engine"]
STAGED, WHOLE = "staged", "whole"
"""What a choice begins with where a statement has two forms."""
Span = tuple[dt.datetime, dt.datetime]
Find = Callable[[str, str], Table | None]
"""(schema, name) -> the table of that name, or None."""
LATENCY = 0.3
"""The seconds that a call is thought to take beside its wait for a token."""
PARTICIPATIONS = "sellers.getMarketplaceParticipations"
"""What is asked before anything else while nobody knows where the account sells."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a plan depends on beside the statement.

    `tokens`: calls that each operation's bucket grants at once (a full bucket where it is not named). `rates`: learned
    ones. `counts`: rows of a fetch by its signature, one number for each partition; `keys`: distinct keys of a bound
    fetch. `choice`: the path that each scan of the statement took before, by name; it is kept, so that the fill of
    buckets does not change its numbers. `marketplaces`: ids; None while the account's participations are unknown.
    `account`: whose rows come, as the column Account says; `many`: it is one of so many of a group's, all planned by
    themselves, and `kind` what it is, if that is known.
    `seen`: rows of a table as counted when it was last read, in place of its `typical_rows`. `staged`: the rows that
    each stage is thought to give. `pushdown` False asks for everything and leaves all to the residual. `probed`: a
    probe was asked; `metered`: the rows that it told of a table within a time span. `find` gives a parent's table by
    schema and name. `zone`: in which the statement tells its days.
    `foreign`: reports of which nobody tells the options serve as well. `report_seconds`: how long a report takes, by
    type, and by "" any other. `report_turns`: in how many seconds the next order of a type is taken, where that is not
    at once. `use_reports`: reports may answer for tables, but those of types that the account was `denied`;
    `report_age`: how many seconds old they may be. `restricted`: personal data may be asked for, with a token;
    `admitted`: what tokens are there for already, by operation and parts of its answers. `shared`: the pages of other
    statements that may be read in place of calls; None: none are, nor are pages kept for others.
    """

    now: dt.datetime
    marketplaces: tuple[str, ...] | None = None
    seller: str | None = None
    report_seconds: Mapping[str, float] = field(default_factory=dict, hash=False)
    tokens: Mapping[str, float] = field(default_factory=dict, hash=False)
    rates: Mapping[str, Rate] = field(default_factory=dict, hash=False)
    counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict, hash=False)
    keys: Mapping[str, int] = field(default_factory=dict, hash=False)
    orders_api: str = "Auto"
    latency: float = LATENCY
    side_by_side: int = 4
    pushdown: bool = True
    page_size: int | None = None
    probed: bool = False
    metered: Mapping[tuple[str, Span], int] = field(default_factory=dict, hash=False)
    choice: tuple[str, ...] = ()
    seen: Mapping[str, int] = field(default_factory=dict, hash=False)
    report_turns: Mapping[str, float] = field(default_factory=dict, hash=False)
    staged: tuple[float, ...] = ()
    use_reports: bool = False
    denied: frozenset[str] = frozenset()
    foreign: bool = False
    report_age: float = 3600.0
    find: Find = field(default=registry.find, repr=False, compare=False)
    account: str = ""
    many: int = 0
    kind: Partner | None = None
    zone: str = "UTC"
    restricted: bool = False
    admitted: frozenset[str] = frozenset()
    shared: Known | None = field(default=None, hash=False)

    def rate(self, operation: Operation) -> Rate:
        """Return the operation's rate as learned, else as published."""
        return self.rates.get(operation.name, operation.rate)


@dataclass(frozen=True, slots=True)
class Partition:
    """One parameter set: what runs side by side, is retried, can be sent elsewhere. Columns get `constants`."""

    parameters: tuple[tuple[str, Any], ...]

    def get(self, name: str) -> Any:
        """Return a parameter's value, or None."""
        return dict(self.parameters).get(name)


@dataclass(frozen=True, slots=True)
class BoundKey:
    """A parameter that takes a `column` of another scan's rows, for the own column `target`.

    `among`: only rows with one of these values bind; None: all do. `template`: what is sent, with the key in place
    of ``{}``.
    """

    column: str
    target: str
    parameter: str
    is_list: bool
    extras: tuple[tuple[str, str], ...] = ()
    among: frozenset[Any] | None = None
    template: str = ""


@dataclass(frozen=True, slots=True)
class Bind:
    """Parameters that take another scan's keys, or a stage's (`scan` below zero): `chunk` of them a request.

    Where there are several `keys`, their values come together from one row, and a request asks for one such row.
    `across`: the scan's keys of all accounts of a group, since two of them may have rows with the same key. `where`:
    what else is known of the scan's rows that can be in the result, of columns that it reads: no others bind.
    """

    scan: int
    keys: tuple[BoundKey, ...]
    chunk: int = 1
    across: bool = False
    where: tuple[tuple[str, Domain], ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns of the other scan, or stage, that are the keys."""
        return tuple(k.column for k in self.keys)


@dataclass(frozen=True, slots=True)
class Order:
    """An order that Amazon is asked to answer in, so that a fetch ends with its first `rows` rows by a column.

    Only rows with a value `within` a domain count; `ties`: those that are equal to the last one are needed as well;
    `nulls_first`: NULL would come before all. `parameters` ask for the order; `bounds` are those of the column's range,
    by which a partition is left out that has none of the first rows. `page_size` is the fetch's, should Amazon's answer
    not be in order and all rows be needed.
    """

    column: str
    descending: bool
    rows: int
    parameters: tuple[tuple[str, str], ...]
    within: Domain = ANY
    ties: bool = False
    nulls_first: bool = False
    bounds: tuple[str, str] | None = None
    page_size: int | None = None


Way = Literal["order", "newest", "lookup", "named"]


@dataclass(frozen=True, slots=True)
class Documents:
    """How a fetch whose rows stand in documents comes by them; `kind` is the type of report.

    `way`: a report for each partition is found or ordered; the newest that is there is taken; all that touch the window
    are; those that are named. `orders`: a newest one that is not there is ordered; else the statement fails with
    `advice`. `asked`: what the columns of some parameters hold, where that is not what is sent. `within`: what a
    document itself must be, by parameter: others are not read. `seconds`: how long a report is thought to take.
    `queue`: how long the orders wait for their turns, where their type has a rate of its own.
    `markets`: rows of these marketplaces alone are wanted, by id; None: of whatever the document has. `looks`: how many
    calls find the reports that serve already, where some are ordered else. `calls`: what the fetch is planned with, of
    each operation.
    """

    kind: str
    way: Way
    orders: bool = True
    advice: str = ""
    asked: tuple[tuple[str, Any], ...] = ()
    within: tuple[tuple[str, Domain], ...] = ()
    seconds: float = 0.0
    queue: float = 0.0
    markets: tuple[str, ...] | None = None
    looks: int = 1
    calls: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class FetchPlan:
    """The requests of one or more scans. `page_size` None leaves Amazon's own; `rows`: expected rows of the answer.

    `census`: read to its end, it tells how many rows a table has: (table, factor from its rows to the table's
    `typical_rows`); None where a filter or a short time range makes it tell nothing. `sliced`: the bounds of a time by
    which a partition is halved that has more rows than Amazon gives out. `wanted`: so many rows
    that pass the conditions are enough; None if all may be needed. `outcome`: where each element of a batch's answer
    says how it went, and why. `order`: the first rows of an order are enough. `documents`: its rows stand in documents.
    `restricted`: a restricted data token is asked for first, and counted; `elements`: for these parts of an answer that
    Amazon leaves out without one. `sharing`: how its pages are shared with other statements; None: they are not.
    """

    number: int
    operation: Operation
    partitions: tuple[Partition, ...]
    scans: tuple[int, ...]
    page_size: int | None = None
    page_rows: int = 100
    projection: tuple[str, tuple[str, ...]] | None = None
    bind: Bind | None = None
    by_key: bool = False
    signature: str = ""
    rows: float = 0.0
    requests: int = 0
    seconds: float = 0.0
    basis: Basis = "estimate"
    read_ahead: bool = False
    census: tuple[str, float] | None = None
    sliced: tuple[str, str] | None = None
    wanted: int | None = None
    outcome: tuple[str, str] | None = None
    order: Order | None = None
    documents: Documents | None = None
    restricted: bool = False
    elements: tuple[str, ...] = ()
    sharing: Sharing | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """A scan: which fetch feeds it (None: nothing can match, or the rows are the driver's own) through which path."""

    ref: ScanRef
    fetch: int | None
    path: TablePath | None
    pushed: tuple[str, ...] = ()
    hidden: bool = False
    expanded_for: int | None = None


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """A cheap call that tells a count before the plan is made: its partitions are one a marketplace.

    It counts the rows of a `table` within a time `span`, by whatever path they are read; see `FetchPlan.census`.
    """

    operation: Operation
    partitions: tuple[Partition, ...]
    field: str
    table: str
    span: Span
    census: tuple[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan: fetches, scans, how they are joined, and what it costs on Amazon's clock.

    `stages`: what is run first, each its own plan, counted in `requests` and `seconds`. `probe`: a cheap call that
    would turn its estimate into a count; `undecided`: with another count another plan would be clearly faster.
    `remarks`: (table, why no report answers for it, or how old the pages are that serve it), which only EXPLAIN tells.
    `accounts`: of a group's statement what
    is asked of each account; such a plan has no fetches and scans of its own, and its `stages` are run for all of them
    together.
    """

    bound: Bound
    mode: Mode
    fetches: tuple[FetchPlan, ...]
    scans: tuple[ScanPlan, ...]
    requests: int
    seconds: float
    basis: Basis
    probe: ProbePlan | None = None
    undecided: bool = False
    residual: bool = True
    warnings: tuple[str, ...] = ()
    stages: tuple[StagePlan, ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()
    accounts: tuple[AccountPlan, ...] = ()

    @property
    def each(self) -> tuple[Plan, ...]:
        """Return the plan of each account: of one that is no group's, itself."""
        return tuple(a.plan for a in self.accounts) or (self,)

    def every_scan(self) -> Iterator[ScanPlan]:
        """Yield the scans, those of the stages first."""
        for account in self.accounts:
            yield from account.plan.every_scan()
        if self.accounts:
            return
        for stage in self.stages:
            yield from stage.plan.every_scan()
        yield from self.scans

    def every_fetch(self) -> Iterator[FetchPlan]:
        """Yield the fetches, those of the stages first."""
        for account in self.accounts:
            yield from account.plan.every_fetch()
        if self.accounts:
            return
        for stage in self.stages:
            yield from stage.plan.every_fetch()
        yield from self.fetches

    @property
    def choice(self) -> tuple[str, ...]:
        """Its form, if the statement has two, and the path that each scan takes; the stages' first."""
        own = tuple(s.path.name if s.path else "" for s in self.scans if not s.hidden)
        if self.stages:
            return (STAGED, *(o for stage in self.stages for o in stage.plan.choice), *own)
        return own if self.bound.staged is None else (WHOLE, *own)


@dataclass(frozen=True, slots=True)
class StagePlan:
    """A block of the statement that is run first, with its plan."""

    stage: Stage
    plan: Plan


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """What a statement asks of one account of a group: its plan, with its stages."""

    account: str
    plan: Plan
