"""Every access path of every table in every schema: whole, by key, by each column that Amazon filters by, one row.

Those by reports are compared with pages in test_report_paths.

The values come from the table's own rows, else from what a sweep asked the operation with. Whoever adds a table adds
nothing here, unless the simulator cannot show what Amazon would.

The suite asks one path of each operation, all that can be asked of it; `nox -s access_paths` asks every path.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from asking import SELLER, world
from driving import SECRETS
from filters import condition, plain_value, required

from amzsql import spapi
from amzsql.catalog import registry, system
from amzsql.catalog.model import Pushdown, Table, TablePath
from amzsql.connection import Connection, Runtime
from amzsql.errors import Error, ProgrammingError
from amzsql.execute.context import Context
from amzsql.plan.nodes import Situation
from amzsql.settings import read
from amzsql.sql.binding import Bound

Row = Mapping[str, Any]
SELLERS = {"na": SELLER, "vendor": "AMZNVENDOR01"}

# Which paths gave rows: the simulated account has not everything that Amazon may have.
GAVE: dict[str, bool] = {}
# Which operations were not excused in vain.
EXCUSED: set[str] = set()
ALL = os.environ.get("AMZSQL_ACCESS_PATHS") == "all"
_SEED = 20261122
_STATE = "what the sweep made for it has ended by now"
_GENERATED = "the simulator draws its rows, and not the same for a list and for one"
_SPAN = "both ends of a time go together, and one of them alone asks for nothing"
# Operations of which the simulator, or the driver, cannot show everything yet, and why.
UNSEEN: Mapping[str, str] = {
    "deliveryShipmentInvoiceV2022-07-01.getInvoiceStatus": _STATE,
    "externalFulfillmentShipments_2024-09-11.retrieveShippingOptions": _STATE,
    "shipping.retrieveShippingLabel": _STATE,
    "shippingV2.getAdditionalInputs": _STATE,
    "shippingV2.getShipmentDocuments": _STATE,
    "replenishment-2022-11-07.listOffers": _GENERATED,
    "shippingV2.getRates": "an amount is refused without its unit",
    "fulfillmentInboundV0.getShipments": _SPAN,
    "services.getAppointmentSlots": _SPAN,
    "services.getAppointmmentSlotsByJobId": _SPAN,
}


@dataclass(frozen=True)
class Way:
    """One access path of one table in one schema. `whole`: all is asked; else it is the same as in another schema."""

    schema: str
    table: Table
    number: int
    whole: bool

    @property
    def path(self) -> TablePath:
        """The access path."""
        return self.table.paths[self.number]

    def __str__(self) -> str:
        return f"{self.schema}.{self.table.name}-{self.number}-{self.path.operation}"


def ways() -> Iterator[Way]:
    """Yield each row of sys_accesspaths as the path that it stands for."""
    seen: set[tuple[str, str, int]] = set()
    for schema in system.SCHEMAS:
        for name in registry.names(schema):
            table = registry.table(schema, name)
            for number in range(len(table.paths)):
                known = (account(schema), f"{name} {table.entry.doc}", number)
                yield Way(schema, table, number, known not in seen)
                seen.add(known)


def asked_ways(known: list[Way]) -> list[Way]:
    """Return the paths to ask: all of them, or one of each operation, always the same."""
    if ALL:
        return [way for way in known if not way.path.declared.query]
    draw, by_operation = random.Random(_SEED), dict[str, list[Way]]()
    for way in known:
        # What queries of Data Kiosk are asked is no parameter of an operation: their tests ask all of them.
        if way.whole and not way.path.declared.query:
            by_operation.setdefault(way.path.operation, []).append(way)
    return [draw.choice(each) for each in by_operation.values()]


def account(schema: str) -> str:
    """Return whose account a schema is asked in."""
    return "vendor" if schema == "VendorCentral" else "na"


class Chosen(Connection):
    """A connection that takes the access path it is told to, where a statement could take several."""

    operation = ""

    def situation(self, bound: Bound, context: Context | None) -> Situation:
        return replace(super().situation(bound, context), choice=(self.operation,))


@functools.cache
def connection(kind: str) -> Chosen:
    """Return the connection to the seller, or the vendor, of the swept world."""
    secrets = SECRETS | {"OAuthRefreshToken": f"Atzr|simulator-{kind}"}
    secrets |= {"SellerId": SELLERS[kind], "IncludeRestrictedData": True}
    settings = read("", environment={}, Simulator="throttle=off", Marketplace="US", ShareScans=0, **secrets)
    return Chosen(settings, Runtime(settings, app=world().simulator, clock=world().clock))


WAYS = list(ways())
ASKED = asked_ways(WAYS)


def test_every_access_path_is_asked() -> None:
    pages = [r for r in system.rows("sys_accesspaths") or () if r["ReportType"] is None]
    told = [(r["SchemaName"], r["TableName"], r["OperationId"]) for r in pages]
    asked = [(w.schema, w.table.name, spapi.operation(w.path.operation).operation_id) for w in WAYS]
    assert sorted(told) == sorted(asked)


@pytest.mark.parametrize("way", ASKED, ids=str)
def test_an_access_path(way: Way) -> None:
    asking = Asking(way)
    found = asking.rows()
    asking.one_row(bool(found))
    if way.whole:
        asking.keys(found)
        if found:
            asking.by_key(found[0])
        for pushdown in way.path.declared.pushdowns:
            asking.by(pushdown, found)
    if asking.wrong and way.path.operation in UNSEEN:
        EXCUSED.add(way.path.operation)
        pytest.xfail(UNSEEN[way.path.operation])
    assert asking.wrong == []


def test_most_paths_give_rows() -> None:
    """Most operations give rows by one of their ways: the simulated seller has not each kind of everything."""
    if len(GAVE) == len(ASKED):
        gave: dict[str, bool] = {}
        for way in ASKED:
            gave[way.path.operation] = gave.get(way.path.operation, False) or GAVE[str(way)]
        assert sum(gave.values()) >= 0.6 * len(gave)


def test_none_is_excused_in_vain() -> None:
    if ALL and len(GAVE) == len(ASKED):
        assert UNSEEN.keys() == EXCUSED


class Asking:
    """What is asked of one path; `wrong` is what was not as it should be."""

    def __init__(self, way: Way) -> None:
        self.way, self.path, self.table = way, way.path, way.table
        self.wrong: list[str] = []
        self._account = "vendor" if way.schema == "VendorCentral" or _is_vendors(way.table) else "na"
        self._connection = connection(self._account)
        self._kinds = {c.name: c.type.name for c in way.table.columns}
        columns = (c.name for c in way.table.columns if c.name in way.path.sources)
        self._columns = [c for c in columns if c not in way.path.declared.withheld]

    def rows(self) -> list[Row]:
        """Return the rows of the whole table as far as the path gives them, `*` where it gives all of it."""
        listed = {c.name for c in self.table.listed()}
        more = [c for c in self._columns if c not in listed]
        names = ["*", *map(_quoted, more)] if listed <= {*self._columns} else [*map(_quoted, self._columns)]
        found = self._ask("whole", f"SELECT {', '.join(names)}", {}, required(self.path))
        GAVE[str(self.way)] = bool(found)
        return found

    def one_row(self, some: bool) -> None:
        """LIMIT 1 gives one row, if there is any."""
        found = self._ask("LIMIT 1", f"SELECT {_quoted(self._columns[0])}", {}, required(self.path), " LIMIT 1")
        if len(found) != some:
            self.wrong.append(f"LIMIT 1: {len(found)} rows")

    def keys(self, found: list[Row]) -> None:
        """Rows have keys, each its own."""
        sources = self.path.sources
        key = [c for c in self.table.entry.key if c in sources and c not in self.path.declared.withheld]
        filled = [c for c in key if sources[c].parameter is None]
        if len(self.path.branches) > 1:
            # Of several kinds of rows each has what it has.
            return
        if empty := [c for c in filled if any(row[c] is None for row in found)]:
            self.wrong.append(f"key: null in {empty}")
        if len({tuple(row[c] for c in key) for row in found}) != len(found):
            self.wrong.append("key: rows that share it")

    def by_key(self, row: Row) -> None:
        """A key gives its row."""
        key = {c: row[c] for c in self.table.entry.key if c in row and row[c] is not None}
        pushed = [p for p in self.path.declared.pushdowns if p.column in key and p.operator == "="]
        beside = required(self.path, already=pushed)
        select = "SELECT " + ", ".join(map(_quoted, key))
        found = self._ask("by key", select, {c: ("=", v) for c, v in key.items()}, beside)
        if [_key(r, key) for r in found] != [_key(row, key)]:
            self.wrong.append(f"by key {key}: {len(found)} rows")

    def by(self, pushdown: Pushdown, rows: list[Row]) -> None:
        """A column that Amazon filters by gives the rows that have the filter's value, and asks for them."""
        column, operator = pushdown.column, pushdown.operator
        held = self.path.sources[column].parameter is None and self.path.sources[column].path
        beside = required(self.path, already=[pushdown])
        fitting = [row for row in rows if all(self._has(row, p) for p in beside if p.operator == "=")]
        values = [v for row in fitting if (v := _element(row.get(column), pushdown, self.table)) not in (None, "")]
        value = values[0] if held and values else self._value(pushdown)
        name = f"by {column} {operator} {pushdown.parameter}"
        found = self._ask(name, f"SELECT {_quoted(column)}", {column: (operator, value)}, beside)
        if held and values and operator != "<" and not found:
            self.wrong.append(f"{name} {value!r}: no rows")
        if held and not all(_holds(_element(r[column], pushdown, self.table, value), operator, value) for r in found):
            self.wrong.append(f"{name} {value!r}: rows with other values")

    def _has(self, row: Row, pushdown: Pushdown) -> bool:
        """Tell whether a row is among those that are left beside another filter."""
        value, wanted = row.get(pushdown.column), self._value(pushdown)
        return value is None or _holds(_element(value, pushdown, self.table, wanted), "=", wanted)

    def _value(self, pushdown: Pushdown) -> Any:
        """Return a value that was not read: the account's own id, else what the sweep asked with."""
        if pushdown.default == "seller":
            return SELLERS[self._account]
        return plain_value(pushdown, self.path)

    def _ask(
        self, name: str, select: str, conditions: Mapping[str, tuple[str, Any]], beside: list[Pushdown], end: str = ""
    ) -> list[Row]:
        """Return a statement's rows; what EXPLAIN told, and which operation was asked, are looked at as well."""
        filters = [condition(self.table, c, operator, value) for c, (operator, value) in conditions.items()]
        filters += [
            condition(self.table, p.column, p.operator, self._value(p))
            for p in beside
            if conditions.get(p.column, ("",))[0] not in (p.operator, "=")
        ]
        where = f" WHERE {' AND '.join(filters)}" if filters else ""
        sql = f"{select} FROM {self.way.schema}.{self.table.name}{where}{end}"
        self._connection.operation = self.path.operation
        try:
            with self._connection.cursor() as cursor:
                told = cursor.execute(f"EXPLAIN {sql}").fetchall()[-1]
                cursor.execute(sql)
                found = [dict(zip([d[0] for d in cursor.description or ()], r, strict=True)) for r in cursor.fetchall()]
                stats = cursor.stats
        except Error as error:
            if isinstance(error, ProgrammingError) and "'some-" in where:
                # A value that was made up is refused, and none was seen anywhere.
                return []
            self.wrong.append(f"{name}: {type(error).__name__}: {str(error)[:300]} [{where}]")
            return []
        assert stats is not None
        if (told[-1] == "exact" and told[7] != stats.requests) or (told[-1] == "at most" and told[7] < stats.requests):
            self.wrong.append(f"{name}: {stats.requests} requests, and EXPLAIN said {told[-1]} {told[7]} [{where}]")
        if self.path.operation not in stats.sources and "'some-" not in where:
            self.wrong.append(f"{name}: asked {dict(stats.sources)} [{where}]")
        return found


def _is_vendors(table: Table) -> bool:
    return "SellerCentral" not in table.entry.schemas and "VendorCentral" in table.entry.schemas


def _quoted(name: str) -> str:
    return f'"{name}"'


def _key(row: Row, key: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[c] for c in key)


def _element(value: Any, pushdown: Pushdown, table: Table, wanted: Any = None) -> Any:
    """Return what a condition asks of a value: of a list, the element that is wanted, or the first."""
    if value is None or not table.by_lower[pushdown.column.lower()].elements:
        return value
    elements = json.loads(value)
    return wanted if wanted in elements else elements[0] if elements else None


def _holds(value: Any, operator: str, wanted: Any) -> bool:
    if operator == "=":
        if isinstance(value, Decimal):
            return value == Decimal(str(wanted))
        return value == wanted or str(value).lower() == str(wanted).lower()
    wanted = dt.datetime.fromisoformat(wanted) if isinstance(wanted, str) else wanted
    return value is not None and (value >= wanted if operator == ">=" else value < wanted)
