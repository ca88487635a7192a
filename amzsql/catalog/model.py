"""What a table is: frozen declarations that say what Amazon's operations mean in SQL.

Facts are never typed twice: names, types, paths, rates and list lengths come from `spapi`; a declaration says only what
spapi cannot know: which field is which column, which parameter narrows which column, what a value is called in SQL.
What there are thousands of is a `Record`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from amzsql.catalog.spelling import Spelling
from amzsql.spapi.records import Record
from amzsql.types import SqlType

Operator = Literal["=", ">=", "<"]
Default = Literal["marketplaces", "seller", "horizon", "now", "each"]
WriteKind = Literal["insert", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Pushdown:
    """A parameter that narrows a column.

    Operators: ``=`` takes one value or, if spapi says the parameter is a list, as many as it takes (more become further
    requests); ``>=`` is a lower bound, ``<`` an upper bound of a range. A pushdown promises a superset of the
    predicate's rows, and with `exact` just these rows. `extras` are parameters that go with it, with fixed values, but
    not with a default; `also` are parameters that take the same value (then one value a request).
    `default` fills the parameter when the statement says nothing: the connection's marketplaces, its SellerId, the
    oldest or newest time that Amazon answers, each of the values that it is known to take.
    `longest`: values per request, where fewer than spapi's. `template`: what is sent, with the value in place of ``{}``
    (the address that an element of a batch stands for). `ahead`: seconds by which an upper bound is sent later, where
    Amazon leaves out what begins before it and ends after it.
    """

    column: str
    operator: Operator
    parameter: str
    exact: bool = False
    extras: tuple[tuple[str, str], ...] = ()
    default: Default | None = None
    longest: int | None = None
    also: tuple[str, ...] = ()
    template: str = ""
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class Parent:
    """Where the values of required columns come from when the statement gives none: the rows of another table.

    `columns` are those that a row has of its parent's, one or several that belong together: a name, or (own, parent's)
    where they are called differently. `inherits`: further columns whose values a row shares with its parent. A table
    that Amazon lists with few columns, and gives whole one by one, is its own parent. `assumed`: rows are of no parent,
    whose keys are only those that are asked for where a statement names none.
    """

    columns: str | tuple[str | tuple[str, str], ...]
    table: str
    inherits: tuple[str, ...] = ()
    assumed: bool = False

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return (own column, parent's column) of each."""
        each = (self.columns,) if isinstance(self.columns, str) else self.columns
        return tuple((c, c) if isinstance(c, str) else c for c in each)


@dataclass(frozen=True, slots=True)
class Probe:
    """A cheap call that tells how many rows a scan has: its path names the field that holds the count.

    `interval` is the parameter that takes the scan's time range as ``start--end``; it is asked per marketplace.
    """

    operation: str
    field: str
    column: str
    interval: str
    marketplaces: str
    fixed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sort:
    """An order in which a path answers if it is asked to: that of a time or a number of its rows.

    `ascending` and `descending` are the parameters that ask for it, with their values; empty: Amazon has it not.
    `nulls`: a row may lack the value. Declare it only where Amazon says what it sorts by, and that is just the column.
    """

    column: str
    ascending: tuple[tuple[str, str], ...] = ()
    descending: tuple[tuple[str, str], ...] = ()
    nulls: bool = True


@dataclass(frozen=True, slots=True)
class Branch:
    """One of several arrays of an answer whose elements are rows of one table.

    `row_path`, `names` and `extra` are as an access path's; `constants` are (column, value) that all its rows share: a
    text, a truth value, or None where Amazon no longer says what the column held.
    `only`: of an element's fields, by their columns' names, it takes these alone.
    """

    row_path: str
    names: tuple[tuple[str, str | None], ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    constants: tuple[tuple[str, str | bool | None], ...] = ()
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alike:
    """What makes rows of a report's documents those of another table, for the columns that its path names.

    `window`: the time by which the report is asked, which then is needed; "" where it tells what is there when it is
    made. `lag`: seconds that the window must be over before the report has all its rows. `channel`: the header that
    says where a row was sold (``Amazon.de``): rows of no marketplace that is asked for are none of the table's, nor are
    those sold elsewhere; "" where a report holds one marketplace. `once`: a report has several rows for each row of the
    table, which are the same in the named columns.
    """

    window: str = ""
    lag: int = 0
    channel: str = ""
    once: bool = False


@dataclass(frozen=True, slots=True)
class AccessPath:
    """One way to get a table's rows: an operation, and how its answer maps to columns.

    `row_path` is absolute in the body (spapi's own unless given). A field's column is the PascalCase of its path below
    the row, unless `names` says otherwise (None drops it; a path that ends in a dot stands for all below it, and gives
    the beginning of their names: ``("orderDetails.", "")``); `extra` adds columns from absolute paths or selectors
    (``orders[].createdTime``, ``…breakdowns[type=ITEM].subtotal.amount``), an element's place (``orders[]#``), or its
    number among those that share some fields, counted over all pages (``events[]#OrderId,PostedDate``; ``*`` none,
    ``{orderId}`` a parameter of the request);
    `from_parameters` are columns whose value is the request's, `constants` those of a branch.

    A parameter that nothing is said of narrows the column of its name, or a pseudo-column; `parameters` gives another
    name, None where it is never sent. `needs`: those without which Amazon refuses, though its model does not say so.
    `batch`: the parameter of which the elements of the body's list are made (``body.requests[].asin``): as many of its
    values go into one request as the list takes. `outcome`: where each element of a batch's answer says how it went: a
    status, and why. `values` are the spellings of columns: pairs (Amazon's, SQL's), or a rule of `spelling`.
    `projections` map a value of `projection_parameter` to the path prefixes that need it. `by_key`: the answer is one
    object, and 404 means no row. `page_rows`: rows of a page where neither a parameter nor the facts say.
    `rows_per_key`: expected rows for one value of the key it is asked by; `rows_per_parent`: expected per row of the
    operation's own. `masked`: columns that are
    null without a role, and the kind of personal data by which the operation's facts name it. `withheld`: columns that
    this path leaves null though the table has them; a filter on one rules the path out. `sliced`: the bounds of a time
    by which a search that has more rows than Amazon gives out is asked in parts; every row has such a time, and both
    bounds include it. `sorts`: the orders that it answers in. `branches`: the rows stand in several arrays of the
    answer, one after the other; they take the place of `row_path`, `names`, `extra` and `constants`. `report`: the rows
    are those of documents of this type of report, which the operation orders. `query`: they are those of this query of
    Data Kiosk (its dataset and name), whose facts are not the operation's. `alike`: the report's rows are another
    table's, in the columns that `names` has for the headers.
    """

    operation: str
    row_path: str | None = None
    names: tuple[tuple[str, str | None], ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    constants: tuple[tuple[str, str | bool | None], ...] = ()
    from_parameters: tuple[tuple[str, str], ...] = ()
    parameters: tuple[tuple[str, str | None], ...] = ()
    needs: tuple[str, ...] = ()
    batch: str | None = None
    outcome: tuple[str, str] | None = None
    values: tuple[tuple[str, Spelling], ...] = ()
    pushdowns: tuple[Pushdown, ...] = ()
    fixed: tuple[tuple[str, object], ...] = ()
    projection_parameter: str | None = None
    projections: tuple[tuple[str, tuple[str, ...]], ...] = ()
    always: tuple[str, ...] = ()
    by_key: bool = False
    one_row_per_key: bool = True
    page_rows: int | None = None
    rows_per_key: float = 1.0
    rows_per_parent: float = 1.0
    masked: tuple[tuple[str, str], ...] = ()
    withheld: tuple[str, ...] = ()
    sliced: tuple[str, str] | None = None
    sorts: tuple[Sort, ...] = ()
    branches: tuple[Branch, ...] = ()
    note: str = ""
    report: str = ""
    query: str = ""
    alike: Alike | None = None


class Column(Record, frozen=True):
    """A column: its name, SQL type, whether `*` shows it, its enum's SQL spellings, and what it holds.

    `elements`: it is the JSON text of a list of plain texts, and a condition ``= text`` or ``IN (…)`` asks for one.
    `currency`: the column that holds an amount's currency, on every path that has the amount; "" where there is none.
    `rule`: the rule of `spelling` that its values follow.
    """

    name: str
    type: SqlType
    hidden: bool = False
    enum: tuple[str, ...] = ()
    doc: str = ""
    elements: bool = False
    currency: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How to learn whether Amazon did what it took.

    `status` is the path of what tells, `done` and `failed` its values at the end (any other: not yet over), `issues`
    the array that says why. They stand in the answer of the write itself, or, with an `operation`, in the answer of
    that: it is asked with its `parameter` set to what stands at `told` in the write's answer.
    """

    status: str
    done: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    issues: str = ""
    operation: str = ""
    parameter: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True)
class WriteMapping:
    """Which operation carries out an INSERT, UPDATE or DELETE on a table: a call for each row.

    Columns become the inputs of their name, or those of the path that they are read from; `inputs` gives (column,
    input) where neither fits, or what an input that is no column is called. With None the column is none, and with ""
    for a column the input is not given; names that end in ``*`` stand for all that begin so.
    `fixed` inputs always have these values. `element`: a row is one element of this list in the body. `on`: of several
    updates it is the one for these columns. `sets`: (column, value) that the operation sets by itself: an update is
    asked for by assigning just this value, and with a delete the row stays and says it. `whole`: the operation
    replaces the whole row, so that what an update does not assign is sent as it is read; of what Amazon tells, and an
    insert does not take, nothing is assigned. `direct`: rows named by their
    whole key need not be read first, since Amazon answers 404 where there is none. `result`: (column, output) of a key
    that Amazon makes, where the names do not tell. `patch`: columns that are parts of a listing's attributes are put
    into patches by that rule of `listing_attributes`. `apart`: columns that tell new rows apart where Amazon makes the
    key: a further row takes the place of the one before. `note`: what a writer has to know that the facts do not say.
    """

    kind: WriteKind
    operation: str
    inputs: tuple[tuple[str, str | None], ...] = ()
    fixed: tuple[tuple[str, object], ...] = ()
    element: str = ""
    on: tuple[str, ...] = ()
    sets: tuple[tuple[str, str], ...] = ()
    whole: bool = False
    direct: bool = False
    result: tuple[tuple[str, str], ...] = ()
    outcome: Outcome | None = None
    patch: Literal["", "listing", "attribute"] = ""
    apart: tuple[str, ...] = ()
    note: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A table of the elements of an array in another table's rows, read from the same answers.

    An array that is a map (``attributes.{}``) has a row for each of its values, the `number` being the value's name. It
    carries the whole's key and whatever narrows the whole. `key`: what tells the elements of one array apart, or
    `number`: the column of an element's place, from 0, where nothing else does. `others`: further arrays with such
    elements, and `list` the column that names an element's array. `names`, `values`, `masked` are as an
    access path's, `extra` too, but its paths are below the element; `first`, `types`, `hidden`, `example` as an
    entry's. `rows`: expected for one row of the whole. A part may have parts.
    """

    name: str
    doc: str
    array: str
    key: tuple[str, ...] = ()
    number: str | None = None
    others: tuple[str, ...] = ()
    list: str | None = None
    names: tuple[tuple[str, str | None], ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[str, Spelling], ...] = ()
    masked: tuple[tuple[str, str], ...] = ()
    first: tuple[str, ...] = ()
    types: tuple[tuple[str, SqlType], ...] = ()
    hidden: tuple[str, ...] = ()
    rows: float = 2.0
    gives: tuple[str, ...] = ()
    example: str = ""
    parts: tuple[Part, ...] = ()
    writes: tuple[WriteMapping, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A table as it is declared. `registry.table` makes the `Table` of it, with its columns out of the facts.

    `first` are the columns that `*` shows first (keys, dates, money), `last` those that came after people had
    written statements; `types` corrects what the facts say of a type (v0
    dates are plain strings there); `key` is the primary key within an account, MarketplaceId included where rows of
    several marketplaces may share the rest; `hidden` are columns that `*` leaves out; `typical_rows` is the planner's
    guess for an unnarrowed scan. `change_column`: the time by which changed rows are found, `settling`: after how long
    rows are whole (and change once more: ``48 hours; 30 days``), `lookback`: how far back Amazon reaches, each where
    the facts do not tell (`change_column` empty: by none, though a name looks like it); `zones`: what zone the days of
    a column are of, ``Marketplace`` among them. `parts`: tables of the arrays in its rows; such a table's own entry has
    the `part` and the entry of its `whole`, and the registry makes the rest of it. `removed`: Amazon no longer has the
    operations that gave its rows, and this is what to read instead, as sentences; such a table has no paths, and its
    `columns` are declared. `docs`: what columns of this table hold that the glossary does not know by their name.
    `reports`: the paths whose rows stand in reports, which are taken only where the connection lets them. `writes`: the
    operations that carry out INSERT, UPDATE and DELETE; `instead`: what to use in place of a write that Amazon had.
    """

    name: str
    doc: str
    paths: tuple[AccessPath, ...] = ()
    key: tuple[str, ...] = ()
    kind: Literal["table", "view"] = "view"
    schemas: tuple[str, ...] = ("SellingPartner", "SellerCentral")
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    types: tuple[tuple[str, SqlType], ...] = ()
    hidden: tuple[str, ...] = ()
    parent: Parent | None = None
    probe: Probe | None = None
    time_column: str | None = None
    typical_rows: int = 1000
    typical_days: int = 730
    account_unique: bool = False
    example: str = ""
    change_column: str | None = None
    settling: str = ""
    lookback: str = ""
    zones: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()
    part: Part | None = None
    whole: Entry | None = None
    removed: str = ""
    columns: tuple[Column, ...] = ()
    docs: tuple[tuple[str, str], ...] = ()
    reports: tuple[AccessPath, ...] = ()
    writes: tuple[WriteMapping, ...] = ()
    instead: str = ""

    @property
    def above(self) -> Parent | None:
        """Return the parent that the rows refer to: another table."""
        return self.parent if self.parent is not None and self.parent.table != self.name else None


class ColumnSource(Record, frozen=True):
    """Where a path takes a column from: a path in the body, or the request's parameter, and how its values are spelt.

    `given`: parameters that the request must have with these values for `parameter` to mean this column; else it is
    null (``identifiers`` is the EAN only where ``identifiersType`` is EAN). `constant`: what all rows of a branch have.
    """

    column: str
    path: str = ""
    parameter: str | None = None
    values: Spelling = ()
    given: tuple[tuple[str, str], ...] = ()
    constant: str | bool | None = None


@dataclass(frozen=True, slots=True)
class TableBranch:
    """A branch, resolved against the facts."""

    row_path: str
    sources: dict[str, ColumnSource] = field(hash=False, compare=False)


@dataclass(frozen=True, slots=True)
class TablePath:
    """An access path, resolved against the facts: its columns' sources and its absolute row path.

    `sources` are those of all its branches, of a column the first one's; a path without branches has one all the same.
    `every_row`: each row of the answer is one of the table's, so that a page has as many as were asked for.
    """

    declared: AccessPath
    row_path: str
    sources: dict[str, ColumnSource] = field(hash=False, compare=False)
    branches: tuple[TableBranch, ...] = field(default=(), hash=False, compare=False)
    every_row: bool = True

    @property
    def operation(self) -> str:
        """The operation's name, such as ``ordersV0.getOrders``."""
        return self.declared.operation

    @property
    def name(self) -> str:
        """What tells the path from the others of its table: its operation, or its type of report."""
        return self.declared.report or self.declared.operation

    def covers(self, columns: frozenset[str]) -> bool:
        """Tell whether the path fills all these columns."""
        return columns <= self.sources.keys()


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its columns and resolved paths; the paths stand newest first.

    `reports` are paths that read the table's rows out of reports. `masked`: columns whose values are not shown (see
    `masking`), but NULL, or, if they are among `hashed`, other texts.
    """

    schema: str
    entry: Entry
    columns: tuple[Column, ...]
    paths: tuple[TablePath, ...] = field(hash=False, compare=False)
    by_lower: dict[str, Column] = field(hash=False, compare=False)
    reports: tuple[TablePath, ...] = field(default=(), hash=False, compare=False)
    masked: frozenset[str] = frozenset()
    hashed: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The table's name in its documented spelling."""
        return self.entry.name

    @property
    def identity(self) -> str:
        """Its name among the tables of all schemas: the same in each that has it, another's where a name means two."""
        first = self.entry.schemas[0]
        return self.name if first == "SellingPartner" else f"{first}.{self.name}"

    @property
    def writes(self) -> tuple[WriteMapping, ...]:
        """The operations that carry out INSERT, UPDATE and DELETE on it."""
        return self.entry.writes

    @property
    def is_local(self) -> bool:
        """Whether its rows are the driver's own, and no call is needed for them."""
        return not self.paths and not self.entry.removed

    def column(self, name: str) -> Column | None:
        """Return the column of that name, compared without case, or None."""
        return self.by_lower.get(name.lower())

    def is_like(self, other: Table) -> bool:
        """Tell whether another table is this one, in this schema or as another schema lists it."""
        return self.name == other.name and self.schema in other.entry.schemas

    def is_asked(self, column: str) -> bool:
        """Tell whether a row says of a column what it was asked by, and the key does not: others may hold as well."""
        sources = (path.sources.get(column) for path in self.paths)
        return column not in self.entry.key and any(s is not None and s.parameter is not None for s in sources)

    def listed(self) -> tuple[Column, ...]:
        """Return the columns that `*` stands for."""
        return tuple(c for c in self.columns if not c.hidden)
