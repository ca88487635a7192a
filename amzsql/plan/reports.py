"""A scan of a report's rows -> the reports that have them: marketplaces x windows x options, and what they cost.

Owns what is refused before any call. Knows nothing of how a report is ordered and read; see `execute.document_run`.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from amzsql import spapi
from amzsql.catalog.model import TablePath
from amzsql.catalog.reports import sample
from amzsql.errors import ProgrammingError
from amzsql.plan import cost, report_windows
from amzsql.plan.nodes import Bind, BoundKey, Documents, Partition, Situation, Way
from amzsql.plan.pushdown import Request
from amzsql.plan.report_options import Options, check_said, options_of
from amzsql.plan.report_windows import END, START, Part, Said, check_borders
from amzsql.plan.terms import place_of
from amzsql.spapi.document_types import ReportType, report_types
from amzsql.sql.binding import ScanRef
from amzsql.sql.predicate import Domain, KeyOf

TYPE, MARKETPLACES, FROM, UNTIL, OPTIONS = (
    "reportType",
    "marketplaceIds",
    "dataStartTime",
    "dataEndTime",
    "reportOptions",
)
ID, DOCUMENT, CREATED = "reportId", "reportDocumentId", "createdTime"
OPTION = f"{OPTIONS}."
"""What the parameter of one option begins with."""
TOLD = (FROM, UNTIL, OPTIONS, MARKETPLACES, ID, DOCUMENT, CREATED)
"""The parameters that a report itself tells, whatever was asked."""
FIND, CREATE, GET, LOAD = (
    f"reports_2021-06-30.{name}" for name in ("getReports", "createReport", "getReport", "getReportDocument")
)
CALLS = (FIND, CREATE, GET, LOAD)
SECONDS, POLLS = 120.0, 8
"""How long a report takes where nothing is known, and how often at most it is then looked at."""
_MARKETPLACES = 25
# Headers of columns that tell where a row is of, at Amazon.
_TELLING = re.compile(r"(?i)sales.channel|marketplace(.?(name|id))?|store|country(.code)?")
_MARKETPLACE = "MarketplaceId"
# Of these a seller needs the options of sellers, a vendor those of vendors.
_ALL_NEEDED = frozenset(("GET_COUPON_PERFORMANCE_REPORT",))
# How a time is written where an option takes one.
_TIME = "%Y-%m-%dT%H:%M:%SZ"
# Settlements are made every so many days.
_RHYTHM = 14


@dataclass(frozen=True, slots=True)
class _Asked:
    """A scan of a report's rows. `columns` are those of parameters, by parameter."""

    ref: ScanRef
    kind: ReportType
    columns: Mapping[str, str]
    situation: Situation

    @property
    def name(self) -> str:
        return self.ref.table.name

    def domain(self, parameter: str) -> Domain | None:
        """Return what the statement says of a parameter's column, if it says anything."""
        found = self.ref.domains.get(self.columns.get(parameter, ""))
        return None if found is None or found.is_any or found.null else found


def requests(ref: ScanRef, path: TablePath, situation: Situation) -> Iterator[Request]:
    """Yield the one way to ask for the rows of a report's type.

    Raises:
        ProgrammingError: a window, option or marketplace that the type does not know, or one that it needs and lacks.
    """
    columns = {s.parameter: name for name, s in path.sources.items() if s.parameter is not None}
    asked = _Asked(ref, report_types()[path.declared.report], columns, situation)
    named = asked.domain(ID)
    if named is not None and named.values is not None:
        yield _of_ids(asked, path, sorted(map(str, named.values)))
    elif named is not None and named.keys and report_windows.said(asked.name, *_said_times(asked)) is None:
        yield _of_keys(asked, path, min(named.keys, key=place_of))
    else:
        yield _of_windows(asked, path)


def _said_times(asked: _Asked) -> tuple[Domain | None, Domain | None]:
    return asked.ref.domains.get(START), asked.ref.domains.get(END)


def _of_ids(asked: _Asked, path: TablePath, ids: Sequence[str]) -> Request:
    """Return the request for the documents of reports that the statement names."""
    found = tuple(Partition(((TYPE, asked.kind.name), (ID, i))) for i in ids)
    documents = Documents(asked.kind.name, "named", within=tuple(_within(asked)), seconds=_seconds(asked))
    return _request(path, found, documents, {asked.columns[ID]}, {asked.columns[ID]: len(ids)})


def _of_keys(asked: _Asked, path: TablePath, key: KeyOf) -> Request:
    """Return the request for the documents of reports whose ids another scan's rows have."""
    column = asked.columns[ID]
    bound = BoundKey(key.column, column, ID, is_list=False)
    return replace(
        _of_ids(asked, path, ()),
        partitions=(Partition(((TYPE, asked.kind.name),)),),
        narrowed=frozenset({column}),
        exact=frozenset(),
        bind=Bind(key.scan, (bound,)),
        listed={},
    )


def _of_windows(asked: _Asked, path: TablePath) -> Request:
    window = _window(asked)
    options = _options(asked, window)
    window = window or _dated(asked.kind, options)
    way = _way(asked, window)
    if way == "order":
        columns = (c for p, c in asked.columns.items() if p.startswith(OPTIONS) and not path.sources[c].path)
        check_said(asked.name, columns, asked.ref.domains, asked.ref.vague)
    windows, warnings = _windows(asked, window, options, way)
    each = ((w, o, m) for o in options for w in windows[o] for m in _marketplaces(asked))
    found = tuple(_partition(asked.kind, *one) for one in each)
    narrowed = _narrowed(asked, window)
    documents = _documents(asked, window, way, [w for o in options for w in windows[o]])
    documents = replace(documents, queue=_queue(asked.kind, len(found), asked.situation) if documents.orders else 0.0)
    listed = {c: len(d.values) for c in narrowed if (d := asked.ref.domains[c]).values}
    warnings += _remarks(asked, path)
    return _request(path, found, documents, narrowed, listed, warnings, _span(window, asked.situation))


def _window(asked: _Asked) -> Said | None:
    """Return the window that the statement says; refuse what is said of one and makes none."""
    ref, now = asked.ref, asked.situation.now
    window = report_windows.said(asked.name, *_said_times(asked))
    report_windows.check_plain(asked.name, window, ref.domains, ref.vague)
    created = asked.domain(CREATED)
    if created is not None and (low := created.hull().low) is not None and low > now:
        raise ProgrammingError(f"{asked.name}: CreatedTime is asked to lie ahead; no report is made then yet.")
    if window is not None and window.last is None:
        report_windows.check_now(asked.name, asked.domain(UNTIL), now)
    if window is not None and asked.kind.snapshot:
        report_windows.check_snapshot(asked.name, window, now)
    return window


def _remarks(asked: _Asked, path: TablePath) -> Iterator[str]:
    """Yield what to know of the rows: that Amazon makes no more of them, that they are not of one marketplace alone."""
    yield from (f"{asked.name}: {text}" for text in _removed(asked))
    named = asked.domain(MARKETPLACES) is not None and not path.sources[_MARKETPLACE].path
    if named and asked.kind.rows == "region":
        yield (
            f"{asked.name} holds the rows of the whole region, whatever marketplace it is asked for: {_MARKETPLACE} "
            f"only says which it was. Filter by {_telling(path) or 'its own columns'}."
        )
    if len(_marketplaces(asked)) > 1:
        yield from _repeats(asked, path)


def _telling(path: TablePath) -> str:
    """Return the column of a document in which each row tells its marketplace or country; "" if there is none."""
    names = (name for name, source in path.sources.items() if source.path and _TELLING.fullmatch(source.path))
    return next(names, "")


def _repeats(asked: _Asked, path: TablePath) -> Iterator[str]:
    """Yield what to know before the rows of several marketplaces are added up."""
    telling = _telling(path)
    one = f"Ask for one {_MARKETPLACE} where that matters" + (f", or tell rows apart by {telling}." if telling else ".")
    if asked.kind.rows == "network":
        yield (
            f"{asked.name} is read once for each marketplace, and tells of its products the stock that several "
            f"marketplaces may draw on: added up over marketplaces the same units count more than once. {one}"
        )
    elif "rows" in asked.kind.doubt:
        yield (
            f"{asked.name} is read once for each marketplace. Amazon does not say whether it holds that one's rows "
            f"alone: compare the rows of two of them before you add them up. {one}"
        )


def _request(
    path: TablePath,
    partitions: tuple[Partition, ...],
    documents: Documents,
    narrowed: set[str],
    listed: Mapping[str, int],
    warnings: Sequence[str] = (),
    window: tuple[dt.datetime, dt.datetime] | None = None,
) -> Request:
    # What the rows themselves say of a column is compared with what was asked for.
    exact = frozenset(c for c in narrowed if not path.sources[c].path)
    return Request(
        path,
        spapi.operation(path.operation),
        partitions,
        frozenset(narrowed),
        exact,
        warnings=tuple(warnings),
        listed=listed,
        window=window,
        documents=documents,
    )


def _partition(kind: ReportType, window: Part, options: Options, markets: tuple[str, ...]) -> Partition:
    """Return what one report is asked for with: what is None is left out."""
    start, end = window
    found = ((TYPE, kind.name), (MARKETPLACES, markets), (FROM, start), (UNTIL, end), (OPTIONS, options.text))
    return Partition((*((n, v) for n, v in found if v is not None), *((OPTION + n, v) for n, v in options.given)))


# -- what is asked -----------------------------------------------------------------------------------------------------


def _way(asked: _Asked, window: Said | None) -> Way:
    """Return how the documents are come by; refuse a window that has no beginning, where that is needed."""
    if "request" not in asked.kind.by:
        return "newest" if window is None and asked.domain(CREATED) is None else "lookup"
    if window is None:
        return "newest"
    if window.start is None:
        raise ProgrammingError(f"{asked.name} needs {START} as well. For example: {_example(asked)}")
    return "order"


def _example(asked: _Asked) -> str:
    """Return a statement that asks for a window as the type takes it: last month, or its last whole period."""
    now, kind = asked.situation.now, _needing(asked)
    required = next((o for o in kind.options if o.name == "reportPeriod" and o.required), None)
    period = next((v for v in ("MONTH", "WEEK", "DAY") if required is not None and v in required.values), "MONTH")
    after = report_windows.border(now.date(), period)
    first = report_windows.border(after - dt.timedelta(days=1), period)
    if kind.longest is not None:
        first = max(first, after - dt.timedelta(seconds=kind.longest))
    dates = {"From": f"{first}", "To": f"{after - dt.timedelta(days=1)}"}
    values = {o.name: next((d for end, d in dates.items() if o.name.endswith(f"Date{end}")), "") for o in kind.options}
    needed = [f"{_column(asked, o.name)} = '{values[o.name] or sample(o)}'" for o in kind.options if o.required]
    if required is not None:
        needed = [f"{_column(asked, 'reportPeriod')} = '{period}'", *(n for n in needed if "eriod" not in n)]
    conditions = " AND ".join([f"{START} >= '{first}'", f"{END} < '{after}'", *needed])
    return f"SELECT * FROM {asked.name} WHERE {conditions}"


def _column(asked: _Asked, option: str) -> str:
    return asked.columns.get(OPTION + option, option)


def _options(asked: _Asked, window: Said | None) -> list[Options]:
    """Return the sets of options; who only wants some rows to look at need not give any.

    Where the type takes dates as options and the statement says none, they are the window's.
    """
    kind = _needing(asked)
    columns = {o.name: asked.columns[OPTION + o.name] for o in kind.options if OPTION + o.name in asked.columns}
    ends = None
    if window is not None and window.start is not None:
        last = window.final or asked.situation.now
        ends = (f"{window.start.astimezone(dt.UTC):{_TIME}}", f"{last.astimezone(dt.UTC):{_TIME}}")
    needed = not _is_bare(asked.ref)
    return options_of(asked.name, kind, columns, asked.ref.domains, all_needed=needed, ends=ends)


def _dated(kind: ReportType, options: Sequence[Options]) -> Said | None:
    """Return the window that the dates among the options say, where they are one and no window is said itself."""
    found = {ends for each in options if (ends := each.ends(kind)) is not None}
    if len(found) != 1 or len(options) != 1:
        return None
    start, last = found.pop()
    return Said(start, last, closed=True)


def _needing(asked: _Asked) -> ReportType:
    """Return the type with the options that its table has, of which some types need all."""
    kind = asked.kind
    if kind.name not in _ALL_NEEDED:
        return kind
    own = (o for o in kind.options if OPTION + o.name in asked.columns)
    return replace(kind, options=tuple(replace(o, required=True) for o in own))


def _windows(
    asked: _Asked, window: Said | None, options: Sequence[Options], way: Way
) -> tuple[dict[Options, list[Part]], list[str]]:
    """Return the windows of the reports with each set of options, and what to warn of."""
    if window is None or way != "order":
        plain: Part = (None, None) if window is None else (window.start, window.end)
        return {o: [plain] for o in options}, []
    if report_windows.has_days(asked.kind):
        window = report_windows.of_days(window, asked.situation.zone)
    found, warnings = dict[Options, list[Part]](), list[str]()
    for each in options:
        period = each.get("reportPeriod") or "DAY"
        if asked.kind.borders:
            check_borders(asked.name, period, window, asked.situation.now)
        found[each], told = report_windows.parts(asked.kind, window, asked.situation.now, period)
        warnings += told
    return found, list(dict.fromkeys(warnings))


def _marketplaces(asked: _Asked) -> list[tuple[str, ...]]:
    """Return the marketplaces of each report: all of them together, or each alone where a report holds but one's."""
    known = asked.situation.marketplaces or ("",)
    said = asked.domain(MARKETPLACES)
    if said is not None and said.values is not None:
        wanted = [m for m in known if m in said.values] if asked.situation.marketplaces else sorted(said.values)
        if len(wanted) > 1 and asked.kind.rows == "region":
            raise ProgrammingError(
                f"{asked.name} holds the rows of the whole region, whatever it is asked for: filter by "
                f"{_telling(asked.ref.table.paths[0]) or 'its own columns'}, and by one {_MARKETPLACE} at most."
            )
        return [(m,) for m in wanted]
    if asked.kind.rows == "region":
        return [tuple(known[i : i + _MARKETPLACES]) for i in range(0, len(known), _MARKETPLACES)]
    return [(m,) for m in known]


def _narrowed(asked: _Asked, window: Said | None) -> set[str]:
    """Return the columns of which the request expresses all that the statement says."""
    found = {c for p, c in asked.columns.items() if p.startswith(OPTIONS) or p == MARKETPLACES}
    found = {c for c in found if (d := asked.ref.domains.get(c)) is not None and d.values is not None and not d.null}
    if window is not None:
        found |= {c for c in (START, END) if asked.domain(FROM if c == START else UNTIL) is not None}
    return found


def _documents(asked: _Asked, window: Said | None, way: Way, parts: Sequence[Part]) -> Documents:
    values: tuple[tuple[str, dt.datetime | None], ...] = ()
    if window is not None and not _tell_themselves(asked, parts):
        values = (
            (FROM, window.first if asked.domain(FROM) is not None else None),
            (UNTIL, _last(asked, window, way) if asked.domain(UNTIL) is not None else None),
        )
    orders = way == "newest" and "request" in asked.kind.by and asked.kind.snapshot and not _is_bare(asked.ref)
    return Documents(
        asked.kind.name,
        way,
        orders=orders or way == "order",
        advice=_advice(asked) if way == "lookup" or (way == "newest" and not orders) else "",
        asked=tuple((n, v) for n, v in values if v is not None),
        within=(within := tuple(_within(asked))),
        seconds=_seconds(asked),
        looks=looks(asked.kind, _marketplaces(asked), asked.situation, chosen=bool(within)),
    )


def _tell_themselves(asked: _Asked, parts: Sequence[Part]) -> bool:
    """Tell whether rows have the window of their own report, as those of one period each: the statement's lets it."""
    both = tuple(zip((FROM, UNTIL), zip(*parts, strict=True), strict=True)) if asked.kind.single and parts else ()
    each = ((asked.domain(name), time) for name, times in both for time in times)
    return bool(both) and all(time is not None and (domain is None or domain.holds(time)) for domain, time in each)


def _last(asked: _Asked, window: Said, way: Way) -> dt.datetime | None:
    """Return what DataEndTime is in all rows of a window: now, where it is to lie after some time only."""
    now = asked.situation.now.replace(microsecond=0)
    return now if window.last is None and way == "order" else window.last


def _within(asked: _Asked) -> Iterator[tuple[str, Domain]]:
    """Yield what the statement says of the documents themselves."""
    for parameter in (DOCUMENT, CREATED):
        domain = asked.domain(parameter)
        if domain is not None and (domain.values, domain.low, domain.high) != (None, None, None):
            yield parameter, domain


def _is_bare(ref: ScanRef) -> bool:
    """Tell whether a statement only wants some rows to look at: what tools send as a preview."""
    return ref.wanted is not None and ref.complete and all(d.is_any for d in ref.domains.values())


def _advice(asked: _Asked) -> str:
    """Return what to write where there is no document to be read."""
    kind = asked.kind
    if gone := " ".join(_removed(asked)):
        return gone
    if "request" not in kind.by:
        return "Amazon makes it by itself, or by a schedule: it cannot be asked for."
    if kind.snapshot:
        return "Without LIMIT, or with a WHERE, it is asked for; that takes some minutes."
    return f"Ask for a window: {_example(asked)}"


def _removed(asked: _Asked) -> list[str]:
    """Return what to read in place of a type that Amazon makes no more."""
    removed = asked.kind.removed
    gone = removed is not None and removed <= asked.situation.now.date()
    return [asked.ref.table.entry.removed] if gone else []


def _seconds(asked: _Asked) -> float:
    known = asked.situation.report_seconds
    return known.get(asked.kind.name, known.get("", SECONDS))


def _queue(kind: ReportType, orders: int, situation: Situation) -> float:
    """Return the seconds until the last of some orders is taken, where Amazon takes one of the type in some time."""
    if kind.every is None or not orders:
        return 0.0
    return situation.report_turns.get(kind.name, 0.0) + (orders - 1) * kind.every


def _span(window: Said | None, situation: Situation) -> tuple[dt.datetime, dt.datetime] | None:
    if window is None or window.start is None:
        return None
    return window.start, min(window.end or situation.now, situation.now)


# -- what it costs -----------------------------------------------------------------------------------------------------


def calls(documents: Documents, reports: int, found: int | None = None) -> dict[str, int]:
    """Return the calls of each operation that so many reports take, polls aside; `found`: documents looked up.

    None serves already: what is there saves calls, and a newest one that is not there takes those of an order.
    """
    if not reports:
        return {}
    if documents.way == "order":
        looks = {FIND: min(documents.looks, reports)} if documents.looks else {}
        return {**looks, CREATE: reports, GET: reports, LOAD: reports}
    if documents.way == "named":
        return {GET: reports, LOAD: reports}
    return {FIND: reports, LOAD: reports if found is None else found}


def looks(kind: ReportType, markets: Collection[object], situation: Situation, *, chosen: bool = False) -> int:
    """Return how many calls find reports that serve: one for the marketplaces of each, where others' may serve at all.

    `chosen`: the statement says what they must be.
    """
    return len(set(markets)) if not kind.options or situation.foreign or chosen else 0


def documents_of(documents: Documents, request: Request) -> int:
    """Return how many documents a request is thought to read."""
    parts = len(request.partitions)
    if documents.way != "lookup" or request.window is None:
        return parts
    days = (request.window[1] - request.window[0]).total_seconds() / 86400
    return parts * max(1, math.ceil(days / _RHYTHM))


def seconds(each: Mapping[str, int], waiting: float, situation: Situation) -> float:
    """Return the seconds until the last document is there: its report is found or ordered, made, and loaded."""

    def spent(name: str) -> float:
        return cost.seconds(each.get(name, 0), each.get(name, 0), spapi.operation(name), situation)

    made = spent(FIND) + spent(CREATE) + (waiting if each.get(CREATE) else 0.0)
    looked = made + (situation.latency if each.get(GET) else 0.0)
    return max(looked + situation.latency, spent(LOAD)) + situation.latency if each.get(LOAD) else looked
