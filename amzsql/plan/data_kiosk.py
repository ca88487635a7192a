"""Domains -> queries of Data Kiosk: which days, periods, marketplaces and products, and what one costs.

Whatever Amazon would answer otherwise than it was asked (days off a week's border, days too far back) is refused or
moved here, before any call. Pure, as all planning.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from amzsql import spapi
from amzsql.catalog.data_kiosk import (
    CREATE,
    PRODUCTS,
    ROWS,
    Argument,
    Shape,
    argument_type,
    is_additive,
    is_lasting,
    query_of,
    shape_of,
)
from amzsql.catalog.model import TablePath
from amzsql.errors import ProgrammingError
from amzsql.plan.nodes import Bind, BoundKey, FetchPlan, Partition, Situation
from amzsql.plan.pushdown import Request
from amzsql.plan.sharing import Group
from amzsql.plan.terms import place_of
from amzsql.plan.volume import PAGE_ROWS, takes_all
from amzsql.spapi.kiosk_query import MOST_CHARACTERS, write
from amzsql.sql.binding import ScanRef
from amzsql.sql.grouping import Grouping
from amzsql.sql.predicate import ANY, Domain

SECONDS = 120.0
"""How long Amazon takes over a query where nothing is known."""
POLLS = 8
"""How often at most one is looked at meanwhile, which is counted in no estimate."""
# The calls of a fetch: its queries are looked for at once; each is made, seen to be done, and its document is found.
_ONCE, _EACH = "getQueries", ("createQuery", "getQuery", "getDocument")

_DAY = dt.timedelta(days=1)
_RANGE = "RANGE"
Days = tuple[dt.date, dt.date]
Pairs = tuple[tuple[str, Any], ...]
Axis = list[Pairs]


def requests(ref: ScanRef, path: TablePath, situation: Situation) -> Iterator[Request]:
    """Yield the one way to ask a query for a scan's rows, or what it lacks.

    Raises:
        ProgrammingError: days that lie off a border of the periods, or beyond what Amazon gives.
    """
    yield _Asking(ref, path, situation).request()


def projection(group: Group) -> tuple[str, tuple[str, ...]]:
    """Return the fields that the scans of a fetch read, as a parameter."""
    found = dict.fromkeys(group.request.path.declared.always)
    for ref in group.refs:
        path = group.path_of(ref)
        found |= dict.fromkeys(path.declared.always)
        found |= dict.fromkeys(_field(path, c.name) for c in ref.columns if c.name in path.sources)
    return "fields", tuple(name for name in found if name)


def _field(path: TablePath, column: str) -> str:
    """Return where a column stands below a row, as a query asks for it."""
    return path.sources[column].path.removeprefix(ROWS).replace("[]", "").lstrip(".")


def fetch(number: int, group: Group, keys: float, after: float, situation: Situation, wanted: int | None) -> FetchPlan:
    """Return the fetch of a request; `keys` bind it, which are there `after` so many seconds."""
    request, bind = group.request, group.request.bind
    parts = len(request.partitions)
    if bind is not None:
        parts = max(1, parts) * math.ceil(max(1.0, keys) / bind.chunk)
    rows = rows_of(request, group.refs[0].table.entry.typical_rows) * (keys if bind is not None else 1.0)
    rate = situation.rate(request.operation)
    waiting = max(0.0, parts - situation.tokens.get(request.operation.name, float(rate.burst))) / rate.rate
    few = wanted is not None and takes_all(group) and wanted * parts <= rows
    return FetchPlan(
        number,
        request.operation,
        request.partitions,
        tuple(r.number for r in group.refs),
        page_rows=PAGE_ROWS,
        bind=bind,
        signature=request.signature,
        rows=rows,
        requests=1 + parts * len(_EACH) if parts else 0,
        seconds=after
        + situation.report_seconds.get(request.path.declared.query, SECONDS)
        + waiting
        + (1 + len(_EACH)) * situation.latency
        if parts
        else 0.0,
        wanted=wanted if few else None,
    )


def is_query(fetch: FetchPlan) -> bool:
    """Tell whether a fetch's rows stand in the documents of queries."""
    return fetch.operation.name == CREATE


def told(fetch: FetchPlan) -> str:
    """Return what calls a fetch of queries takes, for a reader; "" for any other."""
    if not is_query(fetch):
        return ""
    parts = fetch.requests // len(_EACH)
    each = ", ".join(f"{name} {parts}" for name in _EACH)
    return f"; {_ONCE} 1, {each} (and at most {POLLS} polls each)"


def rows_of(request: Request, typical_rows: int) -> float:
    """Return how many rows are thought to come: those of each period, marketplace and product."""
    found = 0.0
    for partition in request.partitions:
        given = dict(partition.parameters)
        unit = _unit(shape_of(request.path.declared), given)
        periods = 1 if unit == _RANGE else _count(unit, given["startDate"], given["endDate"])
        places = len(given.get("marketplaceIds", ("",)))
        products = next((len(v) for n, v in given.items() if n == "asins" or n.startswith("products.")), 1)
        found += typical_rows * periods * places * products
    return found


def arguments_of(shape: Shape, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a query as the schema has them."""
    given = {n: v for n, v in parameters.items() if n not in ("query", "fields") and v not in ((), None)}
    if shape.marketplaces == "filters":
        places, asins = given.pop("marketplaceIds"), given.pop("asins")
        given["filters"] = tuple({"marketplaceId": place, "asins": asins} for place in places)
    for _, word in shape.products if shape.marketplaces == "one" else ():
        if values := given.pop(f"products.{word}", None):
            given["products"] = tuple({"identifier": {"type": word, "value": v}} for v in values)
    if isinstance(given.get("products"), str):
        given["products"] = _listed(given["products"])
    return given


def text_of(parameters: Mapping[str, Any], shape: Shape) -> str:
    """Return the text of the query that a partition's parameters ask, with their fields.

    Raises:
        ProgrammingError: the schema has no such value, or the text is longer than Amazon takes.
    """
    query = parameters["query"]
    name = query.partition(".")[2]
    try:
        text = write(query, arguments_of(shape, parameters), parameters["fields"])
    except ValueError as error:
        raise ProgrammingError(f"Data Kiosk's {name}: {error}.") from error
    if len(text) > MOST_CHARACTERS:
        raise ProgrammingError(
            f"Data Kiosk's {name}: the query would have {len(text):,} characters, and Amazon takes "
            f"{MOST_CHARACTERS:,}. Ask for fewer columns or products."
        )
    return text


def _listed(text: str) -> Any:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ProgrammingError(f"Products is no JSON: {error}.") from error
    return tuple(found) if isinstance(found, list) else found


class _Asking:
    """One scan's question to one query."""

    def __init__(self, ref: ScanRef, path: TablePath, situation: Situation) -> None:
        self._ref, self._path, self._situation = ref, path, situation
        self._name = ref.table.name
        self._shape = shape_of(path.declared)
        self._dataset, self._query = query_of(path.declared)
        self._today = situation.now.date()
        self._warnings: list[str] = []
        self._missing: list[list[str]] = []
        self._narrowed: set[str] = set()
        self._exact: set[str] = set()
        self._window: Days | None = None

    def request(self) -> Request:
        """Return the request."""
        operation, declared = spapi.operation(self._path.operation), self._path.declared
        periods = [self._values(a) for a in self._shape.asked if a.name == self._shape.period]
        days = [pairs for unit in (periods[0] if periods else [_RANGE]) for pairs in self._days(str(unit))]
        axes = [days, *(self._axis(a) for a in self._shape.asked if a.name != self._shape.period)]
        axes.append(self._places())
        products, bind = self._products()
        axes.append(products)
        start: Pairs = (("query", declared.query), *declared.fixed)
        ordered = [Partition((*start, *itertools.chain(*each))) for each in itertools.product(*axes)]
        missing = [tuple(each) for each in itertools.product(*self._missing)] if self._missing else []
        if not missing and bind is None:
            for partition in ordered:
                # What the schema would not take is refused before any call.
                text_of({**dict(partition.parameters), "fields": declared.always}, self._shape)
        at = {"low": self._window and self._window[0], "high": self._window and self._window[1]}
        window = _as_times(at["low"], at["high"])
        return Request(
            self._path,
            operation,
            () if missing else tuple(ordered),
            frozenset(self._narrowed),
            frozenset(self._exact),
            None if missing or not ordered else bind,
            missing[0] if missing else (),
            tuple(missing),
            tuple(dict.fromkeys(self._warnings)),
            window=window,
        )

    def _said(self, column: str) -> Domain:
        return self._ref.domains.get(column, ANY)

    # -- what is asked by a name ---------------------------------------------------------------------------------------

    def _values(self, argument: Argument) -> list[str]:
        """Return the values to ask for, one a query: the statement's, else what is asked without."""
        said = self._said(argument.column)
        if (coarser := self._added_up(argument)) is not None:
            return [coarser]
        known = self._dataset.enums.get(argument_type(self._dataset, self._query, argument.name), ())
        if said.values is None or said.null:
            return list(known if argument.default == ("*",) else argument.default)
        self._narrowed.add(argument.column)
        self._exact.add(argument.column)
        values = [str(v).upper() for v in sorted(said.values, key=str) if v]
        return [v for v in values if not known or v in known]

    def _added_up(self, argument: Argument) -> str | None:
        """Return a coarser value of an argument, of whose rows a block of sums makes the same; None if there is none.

        The statement then says nothing of it, and adds up what may be added up.
        """
        grouped, said = self._ref.grouped, self._said(argument.column)
        if grouped is None or not said.is_any or argument.column in (*grouped.keys, *grouped.filtered):
            return None
        if not all(is_additive(self._path, c) for c in grouped.summed) or not self._situation.pushdown:
            return None
        read = grouped.keys | grouped.filtered
        if argument.levels:
            products = read & PRODUCTS
            return next((value for value, columns in argument.levels if products <= set(columns)), None)
        return self._longer(grouped, read) if argument.name == self._shape.period else None

    def _longer(self, grouped: Grouping, read: frozenset[str]) -> str | None:
        """Return longer periods than days, whose rows are within the days that the statement names if those are."""
        days = {"StartDate", "EndDate"}
        said = [self._said(column) for column in sorted(days)]
        plain = days & grouped.filtered <= grouped.compared and all(len(d.values or ("",)) == 1 for d in said)
        if not plain or not all(is_lasting(c) for c in read - days) or grouped.keys & days:
            return None
        known = self._dataset.enums.get(argument_type(self._dataset, self._query, self._shape.period), ())
        longer = ("MONTH",) if grouped.months else (_RANGE, "MONTH", "WEEK")
        return next((unit for unit in longer if unit in known and self._fits(unit)), None)

    def _fits(self, unit: str) -> bool:
        """Tell whether the days that the statement names can be asked for in periods of a unit, just as by day."""
        told = list(self._warnings)
        try:
            found, by_day = self._days(unit), self._days("DAY")
        except ProgrammingError:
            return False
        finally:
            self._warnings = told
        return [pairs[-2:] for pairs in found] == [pairs[-2:] for pairs in by_day] != [()]

    def _axis(self, argument: Argument) -> Axis:
        values, said = self._values(argument), self._said(argument.column)
        if argument.default == ("*",) and not argument.each and (said.values is None or said.null):
            return [((argument.name, tuple(values)),)]
        if not values and not argument.default and said.values is None:
            return [()]
        return [((argument.name, value),) for value in values]

    # -- where ---------------------------------------------------------------------------------------------------------

    def _places(self) -> Axis:
        """Return the marketplaces: all in one query, if it takes several."""
        if self._shape.marketplaces == "none":
            return [()]
        known = self._situation.marketplaces
        said = self._said("MarketplaceId")
        chosen = tuple(known or ("",))
        if said.values is not None and not said.null:
            self._narrowed.add("MarketplaceId")
            self._exact.add("MarketplaceId")
            chosen = tuple(sorted(str(v) for v in said.values if v and (known is None or v in known)))
        if self._shape.marketplaces == "one":
            return [(("marketplaceId", place),) for place in chosen]
        return [(("marketplaceIds", chosen),)] if chosen else []

    # -- of what -------------------------------------------------------------------------------------------------------

    def _products(self) -> tuple[Axis, Bind | None]:
        """Return the products that must be named, in parts, or whose keys name them."""
        if not self._shape.products:
            return [()], None
        whole = self._said("Products").values if "Products" in self._path.sources else None
        if whole:
            self._narrowed.add("Products")
            self._exact.add("Products")
            return [(("products", str(v)),) for v in sorted(whole, key=str)], None
        for column, word in self._shape.products:
            said = self._said(column)
            if said.values is not None and not said.null:
                self._narrowed.add(column)
                values = tuple(sorted(str(v) for v in said.values if v))
                name = self._parameter(word)
                size = self._shape.longest
                return [((name, values[at : at + size]),) for at in range(0, len(values), size)], None
        for column, word in self._shape.products:
            keys = [k for k in self._said(column).keys if k.scan != self._ref.number]
            if keys:
                key = min(keys, key=place_of)
                self._narrowed.add(column)
                bound = BoundKey(key.column, column, self._parameter(word), is_list=True)
                return [()], Bind(key.scan, (bound,), self._shape.longest)
        self._missing.append([column for column, _ in self._shape.products])
        return [()], None

    def _parameter(self, word: str) -> str:
        return word if self._shape.marketplaces == "filters" else f"products.{word}"

    # -- when ----------------------------------------------------------------------------------------------------------

    def _days(self, unit: str) -> Axis:
        """Return the days to ask for in periods of a unit; none if there cannot be any rows."""
        start, end = self._said("StartDate"), self._said("EndDate")
        low, high = _lowest(start), _highest(start)
        ends_low, ends_high = _lowest(end), _highest(end)
        if low is None and ends_low is None:
            if ["StartDate"] not in self._missing:
                self._missing.insert(0, ["StartDate"])
            return [()]
        self._narrowed |= {c for c, d in (("StartDate", start), ("EndDate", end)) if not d.is_any}
        for first, last in ((low, high), (low, ends_high), (ends_low, ends_high)):
            if first is not None and last is not None and first > last:
                raise ProgrammingError(f"{self._name}: the days end ({last}) before they begin ({first}).")
        if unit == _RANGE:
            found = self._whole(low or ends_low, ends_high or high, exactly=ends_low is not None)
        else:
            found = self._bordered(unit, (low, high), (ends_low, ends_high))
        if found is None or found[0] > found[1]:
            if found is not None and not self._warnings:
                lies = "which lies ahead" if found[0] > self._today else f"that were a whole {unit.lower()} so far"
                self._warnings.append(f"{self._name} holds nothing from {found[0]} on, {lies}.")
            return []
        if unit != _RANGE:
            self._exact |= {c for c, d in (("StartDate", start), ("EndDate", end)) if len(d.values or ("",)) == 1}
        self._window = found
        period = [(self._shape.period, unit)] if self._shape.period else []
        return [(*period, ("startDate", found[0]), ("endDate", found[1]))]

    def _whole(self, first: dt.date | None, last: dt.date | None, *, exactly: bool) -> Days | None:
        """Return days of which one row tells all: these, or none."""
        assert first is not None  # it was asked for before
        oldest = self._today - dt.timedelta(days=self._shape.back)
        latest = self._today + dt.timedelta(days=self._shape.ahead)
        if first < oldest:
            raise ProgrammingError(
                f"{self._name}: Amazon gives no days before {oldest}, and a row tells of all days from {first} on. "
                f"Write StartDate >= '{oldest}'."
            )
        if last is None or (last > latest and not exactly):
            return first, latest if last is not None or not self._shape.ahead else first
        if last > latest:
            raise ProgrammingError(
                f"{self._name}: Amazon gives no days after {latest}, and a row tells of all days up to {last}. Write "
                f"EndDate <= '{latest}'."
            )
        return first, last

    def _bordered(
        self, unit: str, starts: tuple[dt.date | None, dt.date | None], ends: tuple[dt.date | None, dt.date | None]
    ) -> Days | None:
        """Return whole periods: those that begin and end within the days that a statement names."""
        firsts = [day for day in (self._begin(unit, starts[0]), self._begin_of_end(unit, ends[0])) if day]
        lasts = [day for day in (self._end_of_begin(unit, starts[1]), self._end(unit, ends[1])) if day]
        first, last = max(firsts), min(lasts, default=self._today)
        oldest = self._today - dt.timedelta(days=self._shape.back)
        if first < oldest:
            border = oldest if oldest == _first_of(unit, oldest) else _last_of(unit, oldest) + _DAY
            self._warnings.append(
                f"{self._name}: Amazon gives no days before {oldest}: rows from {first} to {border - _DAY} are missing."
            )
            first = border
        if last > self._today or not lasts:
            whole = self._today if _last_of(unit, self._today) == self._today else _first_of(unit, self._today) - _DAY
            if lasts and unit != "DAY" and _first_of(unit, last) <= self._today:
                self._warnings.append(
                    f"{self._name}: a {unit.lower()} has a row when it is over: up to {whole} so far."
                )
            last = min(last, whole)
        return first, last

    def _begin(self, unit: str, day: dt.date | None) -> dt.date | None:
        if day is None or day == _first_of(unit, day):
            return day
        raise self._off(unit, f"StartDate >= '{day}'", "StartDate >=", (_first_of(unit, day), _after(unit, day)))

    def _begin_of_end(self, unit: str, day: dt.date | None) -> dt.date | None:
        if day is None or day == _first_of(unit, day):
            return day
        if day == _last_of(unit, day):
            return _first_of(unit, day)
        raise self._off(unit, f"EndDate >= '{day}'", "EndDate >=", (_before(unit, day), _last_of(unit, day)))

    def _end(self, unit: str, day: dt.date | None) -> dt.date | None:
        if day is None or day == _last_of(unit, day):
            return day
        raise self._off(unit, f"EndDate <= '{day}'", "EndDate <=", (_before(unit, day), _last_of(unit, day)))

    def _end_of_begin(self, unit: str, day: dt.date | None) -> dt.date | None:
        if day is None or day == _last_of(unit, day):
            return day
        if day == _first_of(unit, day):
            return _last_of(unit, day)
        raise self._off(unit, f"StartDate <= '{day}'", "StartDate <", (_first_of(unit, day), _after(unit, day)))

    def _off(self, unit: str, said: str, way: str, borders: Days) -> ProgrammingError:
        named = way.partition(" ")[0]
        if len(self._said(named).values or ()) == 1:
            said, way = said.replace(">=", "=").replace("<=", "="), f"{named} ="
        what = "weeks run from Sunday to Saturday" if unit == "WEEK" else "months are asked for whole"
        column = next(a.column for a in self._shape.asked if a.name == self._shape.period)
        return ProgrammingError(
            f"{self._name}: {what}, and {said} lies within one. The nearest borders are {way} '{borders[0]}' and "
            f"{way} '{borders[1]}'; or ask for days, {column} = 'DAY'."
        )


# -- days and periods --------------------------------------------------------------------------------------------------


def _unit(shape: Shape, given: Mapping[str, Any]) -> str:
    return str(given[shape.period]) if shape.period else _RANGE


def _count(unit: str, first: dt.date, last: dt.date) -> int:
    days = (last - first).days + 1
    return max(1, round(days / {"DAY": 1, "WEEK": 7, "MONTH": 30.4}.get(unit, days)))


def _first_of(unit: str, day: dt.date) -> dt.date:
    """Return the first day of the period that a day lies in: weeks begin on Sunday."""
    if unit == "WEEK":
        return day - dt.timedelta(days=(day.weekday() + 1) % 7)
    return day.replace(day=1) if unit == "MONTH" else day


def _last_of(unit: str, day: dt.date) -> dt.date:
    return _after(unit, day) - _DAY


def _after(unit: str, day: dt.date) -> dt.date:
    """Return the first day of the following period."""
    first = _first_of(unit, day)
    if unit == "MONTH":
        return (first + dt.timedelta(days=32)).replace(day=1)
    return first + (dt.timedelta(days=7) if unit == "WEEK" else _DAY)


def _before(unit: str, day: dt.date) -> dt.date:
    """Return the last day of the preceding period."""
    return _first_of(unit, day) - _DAY


def _lowest(domain: Domain) -> dt.date | None:
    """Return the first day in a domain; None if it is open below."""
    hull = domain.hull()
    if domain.null or hull.low is None:
        return None
    day, whole = _as_day(hull.low)
    return day + _DAY if hull.low_open or not whole else day


def _highest(domain: Domain) -> dt.date | None:
    """Return the last day in a domain; None if it is open above."""
    hull = domain.hull()
    if domain.null or hull.high is None:
        return None
    day, whole = _as_day(hull.high)
    return day - _DAY if hull.high_open and whole else day


def _as_day(value: Any) -> tuple[dt.date, bool]:
    """Return the day of a date or a time, and whether it is the day's beginning."""
    if isinstance(value, dt.datetime):
        return value.date(), value.time() == dt.time()
    return value, True


def _as_times(low: dt.date | None, high: dt.date | None) -> tuple[dt.datetime, dt.datetime] | None:
    if low is None or high is None:
        return None
    first, last = (dt.datetime.combine(day, dt.time(), dt.UTC) for day in (low, high + _DAY))
    return first, last
