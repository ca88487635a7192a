"""TimeZone=Marketplace over marketplaces of several zones: each row's times are told in its own marketplace's zone.

What cuts, splits or compares a column's time as a calendar does is written over the row's local time; a time with a
zone of its own is left as it is. Where a row does not say its marketplace, or a block has rows of none or of several,
the statement is refused: it would have to be guessed. Knows nothing of how local times become requests.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from amzsql.catalog.model import Column, Table
from amzsql.errors import ProgrammingError
from amzsql.sql.constants import is_constant
from amzsql.sql.dialect import Node
from amzsql.sql.functions import LOCAL, PARTS, MarketplaceDate, MarketplaceTrunc
from amzsql.sql.local import MARKETPLACE_ID
from amzsql.sql.names import Names, Reference
from amzsql.sql.naming import engine_name, name_item, unnamed_item
from amzsql.types import TIMESTAMP

ColumnOf = Callable[[Reference | Scope | None, str], tuple[Reference, Column] | None]

_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Between, exp.In)
# What reads a calendar, by the names that sqlglot gives it, and by those of the engine that sqlglot does not know.
_CALENDAR = tuple(
    vars(exp)[name]
    for name in (
        *("TimestampTrunc", "DateTrunc", "Extract", "TimeToStr", "DateDiff", "DateBin", "LastDay", "Date"),
        *("TsOrDsToDate", "Year", "Month", "Day", "Hour", "Minute", "Second", "Quarter", "Week", "WeekOfYear"),
        *("DayOfWeek", "DayOfWeekIso", "DayOfMonth", "DayOfYear", "Monthname", "Dayname"),
    )
    if name in vars(exp)
)
_CALENDAR_NAMES = re.compile(
    r"date_?part|date_?trunc|dayname|monthname|last_day|strftime|date_?diff|date_?sub|time_bucket|isodow|isoyear"
    r"|yearweek|week(day|ofyear)?|day(of(week|month|year))?|year|month|hour|minute|second|quarter|era|decade|century"
    r"|millennium|age"
)
_ZONELESS = (exp.DataType.Type.DATE, exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIME)
_ZONED = exp.DataType.Type.TIMESTAMPTZ
_OFFSET = re.compile(r"\d{1,2}:\d{2}.*?(z|[+-]\d{1,2}(:?\d{2})?| \w+/\w+| utc)\s*$", re.IGNORECASE)
_TODAY = ("today", "current_localtimestamp")


def tell_locally(names: Names, column_of: ColumnOf, now: dt.datetime) -> bool:
    """Write what reads a calendar over the rows' local times, in place; the names must be read again if any was.

    Raises:
        ProgrammingError: the zone of a time cannot be told.
    """
    teller = _Teller(names, column_of, now)
    for scope in names.scopes:
        teller.read(scope)
    return teller.changed


class _Teller:
    def __init__(self, names: Names, column_of: ColumnOf, now: dt.datetime) -> None:
        self._names = names
        self._column_of = column_of
        self._now = exp.cast(exp.Literal.string(now.isoformat(sep=" ")), "timestamptz")
        self.changed = False

    def read(self, scope: Scope) -> None:
        kinds = (*_COMPARED, *_CALENDAR, exp.Cast, exp.TryCast, exp.Anonymous)
        for node in list(scope.find_all(*kinds)):
            if isinstance(node, _COMPARED):
                self._compared(node, scope)
            elif isinstance(node, exp.Cast | exp.TryCast):
                self._cast(node, scope)
            elif isinstance(node, _CALENDAR) or _CALENDAR_NAMES.fullmatch(node.name.lower()):
                self._call(node, scope)
        for node in list(scope.find_all(exp.CurrentDate, exp.CurrentTime, exp.CurrentDatetime, *_local_now())):
            self._today(node, scope)
        for node in list(scope.find_all(exp.Anonymous)):
            if node.name.lower() in _TODAY:
                self._today(node, scope)

    # -- what reads a calendar ---------------------------------------------------------------------------------------

    def _cast(self, node: Node, scope: Scope) -> None:
        kind, inner = node.args["to"].this, node.this.unnest()
        if kind == _ZONED and isinstance(inner, exp.Literal) and not _OFFSET.search(inner.name):
            raise ProgrammingError(f"{_AMBIGUOUS} the zone of {inner.sql()} cannot be told: write it with an offset.")
        if kind not in _ZONELESS:
            return
        if kind == exp.DataType.Type.DATE and isinstance(inner, exp.Column):
            marketplace = self._marketplace(inner, scope)
            if marketplace is not None:
                self._replace(node, MarketplaceDate(this=inner.copy(), expression=marketplace), scope)
            return
        self._inside(node.this, scope)

    def _call(self, node: Node, scope: Scope) -> None:
        one = node.this.unnest() if isinstance(node.this, exp.Expression) else None
        marketplace = self._marketplace(one, scope) if isinstance(one, exp.Column) else None
        if marketplace is not None and one is not None:
            if isinstance(node, exp.Date | exp.TsOrDsToDate):
                self._replace(node, MarketplaceDate(this=one.copy(), expression=marketplace), scope)
                return
            part = node.args["unit"].name.lower() if isinstance(node, exp.TimestampTrunc) else ""
            if part in PARTS:
                unit = exp.Literal.string(part)
                self._replace(node, MarketplaceTrunc(unit=unit, this=one.copy(), expression=marketplace), scope)
                return
        for child in list(node.iter_expressions()):
            self._inside(child, scope)

    def _compared(self, node: Node, scope: Scope) -> None:
        """Compare a time with a constant that has no zone as the row's local time."""
        if isinstance(node, exp.In) and node.args.get("query") is not None:
            return
        sides = [s for s in node.iter_expressions() if s.unnest() is not None]
        constants = [s for s in sides if is_constant(s)]
        zoned = [_is_zoned(c) for c in constants]
        if all(zoned):
            return
        if any(zoned) and any(self._is_time(s, scope) for s in sides):
            raise ProgrammingError(f"{_AMBIGUOUS} in {node.sql('duckdb')}, write all times with a zone, or none.")
        for side in sides:
            if not is_constant(side) and not isinstance(side.unnest(), (*_CALENDAR, *LOCAL, exp.Cast, exp.TryCast)):
                self._inside(side, scope)

    def _inside(self, node: Node, scope: Scope) -> None:
        """Write the times in an expression as local ones."""
        for column in list(_own_columns(node)):
            marketplace = self._marketplace(column, scope)
            if marketplace is not None:
                local = MarketplaceTrunc(
                    unit=exp.Literal.string("microsecond"), this=column.copy(), expression=marketplace
                )
                self._replace(column, local, scope)

    def _today(self, node: Node, scope: Scope) -> None:
        """Write today's date as that of the row's marketplace."""
        marketplace = self._compared_with(node) or self._only_marketplace(scope)
        if marketplace is None:
            raise ProgrammingError(
                f"{_AMBIGUOUS} {node.sql('duckdb')} is another day in each: compare it with a time of a row, or write "
                "MARKETPLACE_DATE(now(), MarketplaceId)."
            )
        if isinstance(node, exp.CurrentDate) or node.name.lower() == "today":
            local: Node = MarketplaceDate(this=self._now.copy(), expression=marketplace)
        else:
            unit = exp.Literal.string("microsecond")
            local = MarketplaceTrunc(unit=unit, this=self._now.copy(), expression=marketplace)
            local = exp.cast(local, "time") if isinstance(node, exp.CurrentTime) else local
        self._replace(node, local, scope)

    def _replace(self, node: Node, other: Node, scope: Scope) -> None:
        item = unnamed_item(node, scope)
        name = engine_name(item, scope) if item is not None else None
        node.replace(other)
        if name is not None:
            name_item(other, scope, name)
        self.changed = True

    # -- whose ---------------------------------------------------------------------------------------------------------

    def _marketplace(self, column: exp.Column, scope: Scope) -> Node | None:
        """Return the marketplace of a time's row; None if the column is no time of a table's.

        Raises:
            ProgrammingError: the row does not say its marketplace.
        """
        place = self._names.resolve(column, scope)
        found = self._column_of(place[1], place[0]) if place is not None else None
        if found is None or found[1].type != TIMESTAMP:
            return None
        name = self._names.source_name(column, scope)
        marketplace = self._beside(name, found[0], scope) if name else None
        if marketplace is None:
            raise ProgrammingError(
                f"{_AMBIGUOUS} the zone of {found[0].table.name}.{found[1].name} cannot be told here: its row does not "
                f"say which marketplace it is of. {_REMEDY}"
            )
        return marketplace

    def _beside(self, name: str, reference: Reference, scope: Scope) -> exp.Column | None:
        """Return the marketplace's column of a source that has a table's times."""
        if not says_marketplace(reference.table):
            return None
        source = self._names.sources(scope)[name]
        if isinstance(source, Reference):
            return _column(name, MARKETPLACE_ID)
        for output in (self._names.outputs(source) or []) if source is not None else []:
            found = self._column_of(source, output)
            if found is not None and found[0] is reference and found[1].name == MARKETPLACE_ID:
                return _column(name, output)
        return None

    def _is_time(self, node: Node, scope: Scope) -> bool:
        return any(self._marketplace(c, scope) is not None for c in _own_columns(node))

    def _compared_with(self, node: Node) -> Node | None:
        """Return the marketplace of the local time that a constant is compared with."""
        term = node.find_ancestor(*_COMPARED)
        local = term.find(*LOCAL) if term is not None else None
        found: Node | None = local.expression.copy() if local is not None else None
        return found

    def _only_marketplace(self, scope: Scope) -> Node | None:
        """Return the marketplace of a block's rows if one of its sources alone says one."""
        found = [
            _column(name, MARKETPLACE_ID)
            for name, source in self._names.sources(scope).items()
            if isinstance(source, Reference) and says_marketplace(source.table)
        ]
        return found[0] if len(found) == 1 else None


_AMBIGUOUS = "TimeZone=Marketplace, and the marketplaces lie in several zones:"
_REMEDY = (
    "Keep one zone by a filter on MarketplaceId, give the marketplace in MARKETPLACE_DATE(time, 'DE'), or set TimeZone "
    "to one zone."
)


def says_marketplace(table: Table) -> bool:
    """Tell whether each row of a table says its marketplace, on the paths that have the column at all."""
    having = [path for path in table.paths if MARKETPLACE_ID in path.sources]
    for path in having:
        always = any(p.column == MARKETPLACE_ID and p.default == "marketplaces" for p in path.declared.pushdowns)
        if path.sources[MARKETPLACE_ID].parameter is not None and not (always or MARKETPLACE_ID in table.entry.key):
            return False
    return bool(having)


def _own_columns(node: Node) -> Iterator[exp.Column]:
    """Yield the columns of an expression that are told in no zone yet."""
    if isinstance(node, exp.Column):
        yield node
    elif not isinstance(node, (exp.AtTimeZone, exp.Query, exp.Lambda, *LOCAL)) and node.name.lower() != "timezone":
        for child in list(node.iter_expressions()):
            yield from _own_columns(child)


def _is_zoned(node: Node) -> bool:
    """Tell whether a constant is a time with a zone of its own."""
    for part in node.walk():
        if isinstance(part, exp.Cast) and part.to.this == _ZONED:
            return True
        if isinstance(part, exp.CurrentTimestamp) or part.name.lower() in ("now", "get_current_timestamp"):
            return True
        if isinstance(part, exp.Literal) and part.is_string and _OFFSET.search(part.name):
            return True
    return False


def _local_now() -> tuple[type[Node], ...]:
    return tuple(vars(exp)[name] for name in ("Localtimestamp", "LocalTimestamp", "Localtime") if name in vars(exp))


def _column(source: str, name: str) -> exp.Column:
    return exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(source, quoted=True))
