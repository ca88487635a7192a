"""Amazon's own answers through the whole driver: the request is valid by the facts, the rows are those of the body.

Every access path of every table is asked for all of its columns, once for each recorded answer of its operation, and
once for an answer that is made of the declared paths. The recorded ones break Amazon's own enums and required fields.
"""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from conformance_reader import invented, result, table_rows
from conformance_replay import SHARED, Case, Replay, recorded

from amzsql import spapi
from amzsql.catalog import registry
from amzsql.catalog.model import Table, TablePath
from amzsql.clock import VirtualClock
from amzsql.connection import Connection, Runtime
from amzsql.execute.context import Context
from amzsql.plan.nodes import Situation
from amzsql.settings import read
from amzsql.sql.binding import Bound

TODAY = dt.datetime.fromisoformat(os.environ.get("AMZSQL_TEST_TODAY", "2026-11-21")).replace(hour=12, tzinfo=dt.UTC)
SELLER = "A3SELLER"
US = "ATVPDKIKX0DER"
SECRETS = {"OAuthClientId": "app", "OAuthClientSecret": "secret", "OAuthRefreshToken": "Atzr|x"}

# Columns without which a path cannot be asked, and what they are where the answer does not say.
NEEDED = {
    "orders_2026-01-01.getOrder": ("AmazonOrderId",),
    "ordersV0.getOrder": ("AmazonOrderId",),
    "ordersV0.getOrderItems": ("AmazonOrderId",),
    "sales.getOrderMetrics": ("RequestedInterval", "Granularity", "GranularityTimeZone"),
    "catalogItems_2022-04-01.searchCatalogItems": ("Keywords",),
    "catalogItems_2022-04-01.getCatalogItem": ("ASIN",),
    "listingsItems_2021-08-01.getListingsItem": ("SKU",),
    "productPricingV0.getItemOffers": ("ASIN", "ItemCondition"),
    "productPricingV0.getListingOffers": ("SKU", "ItemCondition"),
    "reports_2021-06-30.getReports": ("ReportType",),
    "reports_2021-06-30.getReport": ("ReportId",),
    "feeds_2021-06-30.getFeeds": ("FeedType",),
    "feeds_2021-06-30.getFeed": ("FeedId",),
}
INVENTED = {
    "AmazonOrderId": "903-1671087-0812628",
    "RequestedInterval": "2026-11-01T00:00:00Z--2026-11-08T00:00:00Z",
    "Granularity": "Total",
    "GranularityTimeZone": "UTC",
    "Keywords": "samsung",
    "SKU": "GM-ZDPI-9B4E",
}

# What must have run, by table: a path or a case that is silently left out makes this fail.
LEAST = {
    "CatalogItems": 6,
    "CompetitivePrices": 4,
    "CompetitivePricing": 4,
    "Feeds": 3,
    "InventorySupply": 1,
    "ItemOffers": 2,
    "ItemOffersOffers": 2,
    "ListingOffers": 2,
    "ListingOffersOffers": 2,
    "ListingsItems": 6,
    "ListingsItemsIssues": 6,
    "ListingsItemsOffers": 6,
    "ListingsItemsSummaries": 6,
    "MarketplaceParticipations": 3,
    "OrderItems": 10,
    "OrderMetrics": 4,
    "Orders": 15,
    "ProductPricing": 5,
    "ReportList": 3,
    "TransactionBreakdowns": 2,
    "TransactionItemBreakdowns": 2,
    "TransactionItems": 2,
    "Transactions": 2,
}
WITH_ROWS = 90


@dataclass(frozen=True)
class Run:
    """One statement to prove: the path that it must take, and the answer that it gets."""

    table: Table
    path: TablePath
    number: int
    case: Case

    def __str__(self) -> str:
        return f"{self.table.name} {self.number}: {self.case.operation}, {self.case.source}"


def needed(path: TablePath) -> tuple[str, ...]:
    """Return the columns that a path's statement must filter on."""
    pushed = path.declared.pushdowns[0] if path.declared.pushdowns else None
    if pushed is not None and pushed.parameter in ("Asins", "Skus"):
        return (pushed.column,)
    return NEEDED.get(path.operation, ())


def runs() -> Iterator[Run]:
    """Yield every path of every table with each answer of its operation that it can give."""
    answers = recorded() if SHARED.is_dir() else {}
    for name in registry.names("SellingPartner"):
        table = registry.table("SellingPartner", name)
        for number, path in enumerate(table.paths):
            made = Case(path.operation, "made of the paths", {}, invented(table, path, needed(path)))
            for case in (*answers.get(path.operation, ()), made):
                run = Run(table, path, number, case)
                if not _by_the_other_key(run):
                    yield run


def _by_the_other_key(run: Run) -> bool:
    """Tell whether a price list was recorded by SKU while the path asks by ASIN, or the other way round."""
    kind = run.case.request.get("ItemType")
    return kind is not None and kind != dict(run.path.declared.pushdowns[0].extras)["ItemType"]


RUNS = list(runs())


class Chosen(Connection):
    """A connection that takes the access path it is told to, where a statement could take several."""

    operation = ""

    def situation(self, bound: Bound, context: Context | None) -> Situation:
        return replace(super().situation(bound, context), choice=(self.operation,))


def connect(app: Replay, clock: VirtualClock, operation: str) -> Chosen:
    settings = read(
        "", environment={}, Endpoint="https://replayed.invalid", Marketplace="US", SellerId=SELLER, **SECRETS
    )
    connection = Chosen(settings, Runtime(settings, app=app, clock=clock))
    connection.operation = operation
    return connection


def where(run: Run) -> dict[str, list[str]]:
    """Return the values that the statement filters on: the body's own, else the recorded request's, else invented."""
    found: dict[str, list[str]] = {}
    bodies = table_rows(run.table, run.path, run.case.body, {})
    for column in needed(run.path):
        source = run.path.sources[column]
        pushed = next(p for p in run.path.declared.pushdowns if p.column == column)
        asked = run.case.request.get(pushed.parameter)
        values = list(dict.fromkeys(r[column] for r in bodies if r[column] is not None))
        if not values and isinstance(asked, str | list) and not source.path:
            values = [asked] if isinstance(asked, str) else asked
        one = run.path.declared.by_key or not source.path
        found[column] = values[:1] if one else values
        found[column] = found[column] or [INVENTED[column]]
    return found


def statement(run: Run) -> str:
    filters = " AND ".join(
        f'"{column}" IN ({", ".join(_quoted(v) for v in values)})' for column, values in where(run).items()
    )
    columns = ", ".join(f'"{c.name}"' for c in run.table.columns if c.name in run.path.sources)
    return f"SELECT {columns} FROM {run.table.name}" + (f" WHERE {filters}" if filters else "")


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_an_answer_becomes_its_rows(run: Run) -> None:
    if spapi.operation(run.path.operation).is_removed(TODAY.date()):
        pytest.skip(f"{run.path.operation} is removed by {TODAY:%Y-%m-%d}")
    clock = VirtualClock(TODAY.timestamp())
    app = Replay(run.case, clock)
    cursor = connect(app, clock, run.path.operation).cursor()
    cursor.execute(statement(run))
    kinds = {c.name: c.type.name for c in run.table.columns}
    names = [d[0] for d in cursor.description or ()]
    got = [{n: result(kinds[n], v) for n, v in zip(names, row, strict=True)} for row in cursor.fetchall()]
    assert app.problems == []
    assert app.logins == 1
    assert {a.operation.name for a in app.asked} == {run.path.operation}
    assert got == expected(run, [a.given for a in app.asked if not a.with_token])
    assert got or not _has_rows(run), "the statement's own filter left nothing to compare"


def expected(run: Run, asked: list[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Return the rows of a statement: each request is answered with the body, a key that comes again is one row."""
    paged = spapi.operation(run.path.operation).paging is not None
    rows: dict[Any, dict[str, Any]] = {}
    for number, given in enumerate(asked):
        for place, row in enumerate(table_rows(run.table, run.path, run.case.body, given)):
            key = tuple(row.get(column) for column in run.table.entry.key)
            if _kept(run, row):
                rows.setdefault(key if paged and None not in key else (number, place, ...), row)
    return list(rows.values())


def _kept(run: Run, row: Mapping[str, Any]) -> bool:
    return all(row[column] in values for column, values in where(run).items() if run.path.sources[column].path)


def _has_rows(run: Run) -> bool:
    return bool(table_rows(run.table, run.path, run.case.body, {}))


def test_every_path_of_every_table_is_proved() -> None:
    proved = {(r.table.name, r.number) for r in RUNS}
    every = {
        (n, i) for n in registry.names("SellingPartner") for i in range(len(registry.table("SellingPartner", n).paths))
    }
    assert proved == every


def test_no_case_is_left_out() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"Amazon's recorded answers are not here ({SHARED.name} beside the checkout)")
    counted = Counter(r.table.name for r in RUNS)
    print("\n".join(f"{name}: {number} answers" for name, number in sorted(counted.items())))
    assert {name: counted[name] for name in counted if counted[name] < LEAST[name]} == {}
    assert set(counted) == set(LEAST)
    assert sum(_has_rows(r) for r in RUNS) >= WITH_ROWS
