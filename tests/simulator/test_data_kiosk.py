"""Data Kiosk: queries that are judged, run as the clock moves, and leave documents over the world's sales."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx
import pytest

from amzsql import spapi
from amzsql.simulator.apis import graphql
from amzsql.spapi.data_kiosk import Dataset, KioskField, datasets, named

from .conftest import CA, US, Client
from .requesting import MODELS, violations

ROOT = "/dataKiosk/2023-11-15"
TRAFFIC, ECONOMICS = "analytics_salesAndTraffic_2024_04_24", "analytics_economics_2024_03_15"
VENDOR = "analytics_vendorAnalytics_2024_09_30"
DAYS = 'startDate: "2026-11-01" endDate: "2026-11-14"'


def later(client: Client, seconds: float) -> None:
    """Move the clock."""
    client.clock.wait(client.clock.now() + seconds)


def by_date(
    fields: str = "startDate sales { unitsOrdered }", days: str = DAYS, market: str = US, by: str = "DAY"
) -> str:
    arguments = f'aggregateBy: {by} {days} marketplaceIds: ["{market}"]'
    return f"query {{ {TRAFFIC} {{ salesAndTrafficByDate({arguments}) {{ {fields} }} }} }}"


def ask(client: Client, query: str, **more: Any) -> httpx.Response:
    return client.http.post(f"{ROOT}/queries", json={"query": query, **more})


def asked(client: Client, query: str, **more: Any) -> str:
    answer = ask(client, query, **more)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["queryId"])


def finish(client: Client, query_id: str) -> dict[str, Any]:
    later(client, 300)
    found: dict[str, Any] = client.ok(f"{ROOT}/queries/{query_id}")
    return found


def fetch(client: Client, document: str) -> httpx.Response:
    """Download a document, without a token."""
    url = client.ok(f"{ROOT}/documents/{document}")["documentUrl"]
    with httpx.Client(transport=httpx.WSGITransport(app=client.simulator)) as anybody:
        return anybody.get(url)


def test_accounts_do_not_share_queries(client: Client) -> None:
    keys = [asked(client, by_date()), client.ok(f"{ROOT}/queries")["queries"][-1]["queryId"]]
    client.login(refresh_token="Atzr|simulator-eu")
    asked(client, by_date(market="A1PA6795UKMFR9"))
    assert [client.get(f"{ROOT}/queries/{k}").status_code for k in keys] == [404, 404]


def rows(client: Client, query: str) -> list[dict[str, Any]]:
    done = finish(client, asked(client, query))
    assert done["processingStatus"] == "DONE"
    return [json.loads(line) for line in fetch(client, done["dataDocumentId"]).text.splitlines()]


def test_a_query_waits_runs_and_leaves_lines_of_json(client: Client) -> None:
    text = by_date("startDate endDate marketplaceId sales { unitsOrdered orderedProductSales { amount currencyCode } }")
    query_id = asked(client, text)
    first = client.ok(f"{ROOT}/queries/{query_id}")
    created = {"createdTime": "2026-11-18T11:06:40Z", "processingStatus": "IN_QUEUE"}
    assert first == {"queryId": query_id, "query": text, **created}
    seen = []
    for _ in range(60):
        seen.append(client.ok(f"{ROOT}/queries/{query_id}")["processingStatus"])
        later(client, 5)
    assert list(dict.fromkeys(seen)) == ["IN_QUEUE", "IN_PROGRESS", "DONE"]
    answer = fetch(client, client.ok(f"{ROOT}/queries/{query_id}")["dataDocumentId"])
    assert answer.headers["content-encoding"] == "gzip"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [r["startDate"] for r in lines] == [f"2026-11-{n:02}" for n in range(1, 15)]
    assert list(lines[0]) == ["startDate", "endDate", "marketplaceId", "sales"]
    assert {r["sales"]["orderedProductSales"]["currencyCode"] for r in lines} == {"USD"}


def metrics(client: Client) -> list[tuple[int, float]]:
    """What getOrderMetrics says of each day."""
    found = client.ok(
        "/sales/v1/orderMetrics", marketplaceIds=US, granularity="Day", granularityTimeZone="America/Los_Angeles",
        interval="2026-11-02T00:00:00-08:00--2026-11-15T00:00:00-08:00",
    )  # fmt: skip
    return [(r["unitCount"], float(r["totalSales"]["amount"])) for r in found["payload"]]


def test_sales_are_those_of_the_orders(client: Client) -> None:
    days = 'startDate: "2026-11-02" endDate: "2026-11-14"'
    found = rows(client, by_date("sales { unitsOrdered orderedProductSales { amount } }", days))
    sold = [(r["sales"]["unitsOrdered"], r["sales"]["orderedProductSales"]["amount"]) for r in found]
    assert sold == metrics(client)
    weeks = rows(client, by_date("startDate endDate sales { unitsOrdered }", DAYS, by="WEEK"))
    assert [(r["startDate"], r["endDate"]) for r in weeks] == [
        ("2026-11-01", "2026-11-07"),
        ("2026-11-08", "2026-11-14"),
    ]
    # Weeks and months that the days do not hold as a whole are left out.
    part = rows(client, by_date(days='startDate: "2026-11-02" endDate: "2026-11-16"', by="WEEK"))
    assert [r["startDate"] for r in part] == ["2026-11-08"]
    month = finish(client, asked(client, by_date(by="MONTH")))
    assert (month["processingStatus"], "dataDocumentId" in month) == ("DONE", False)


def test_products_add_up_to_the_days(client: Client) -> None:
    def by_asin(grain: str) -> list[dict[str, Any]]:
        fields = "parentAsin childAsin sku startDate endDate sales { unitsOrdered } traffic { sessions sessionsB2B }"
        arguments = f'aggregateBy: {grain} {DAYS} marketplaceIds: ["{US}"]'
        return rows(client, f"{{ {TRAFFIC} {{ salesAndTrafficByAsin({arguments}) {{ {fields} }} }} }}")

    parents, skus = by_asin("PARENT"), by_asin("SKU")
    total = sum(r["sales"]["unitsOrdered"] for r in rows(client, by_date()))
    assert total == sum(r["sales"]["unitsOrdered"] for r in parents)
    assert {r["sku"] for r in parents} == {None}
    assert len({r["sku"] for r in skus}) == len(skus) == len(parents)
    assert {(r["startDate"], r["endDate"]) for r in skus} == {("2026-11-01", "2026-11-14")}
    asin = skus[0]["childAsin"]
    filters = f'filters: [{{ marketplaceId: "{US}" asins: ["{asin}"] }}]'
    trend = rows(
        client,
        f"{{ {TRAFFIC} {{ salesAndTrafficTrends(asinAggregation: CHILD dateAggregation: DAY {DAYS} {filters}) "
        "{ startDate childAsin asinAggregation sales { unitsOrdered } } } }",
    )
    assert {(r["childAsin"], r["asinAggregation"]) for r in trend} == {(asin, "CHILD")}
    assert sum(r["sales"]["unitsOrdered"] for r in trend) == skus[0]["sales"]["unitsOrdered"]


def whole(dataset: Dataset, field: KioskField) -> str:
    """Return a selection of everything below a field."""
    inner = dataset.types.get(named(field.type))
    if inner is None:
        return field.name
    return f"{field.name} {{ {' '.join(whole(dataset, f) for f in inner.values())} }}"


ARGUMENTS = {
    "salesAndTrafficByDate": f'aggregateBy: DAY {DAYS} marketplaceIds: "{US}"',
    "salesAndTrafficByAsin": f'aggregateBy: CHILD {DAYS} marketplaceIds: ["{CA}"]',
    "economics": f'aggregateBy: {{ date: WEEK productId: MSKU }} {DAYS} marketplaceIds: ["{US}" "{CA}"]',
    "economicsPreview": 'feeTypes: [REFERRAL_FEES CLOSING_FEES] startDate: "2026-12-01" endDate: "2026-12-31"'
    f' marketplaceIds: ["{CA}"]',
    "manufacturingView": f"aggregateBy: WEEK {DAYS}",
    "sourcingView": f"aggregateBy: DAY {DAYS}",
}


def fits(dataset: Dataset, kind: str, value: Any) -> bool:
    """Tell whether a value is of a type of the schema."""
    if value is None:
        return not kind.endswith("!")
    kind = kind.removesuffix("!")
    if kind.startswith("["):
        return isinstance(value, list) and all(fits(dataset, kind[1:-1], v) for v in value)
    if kind in dataset.types:
        fields = dataset.types[kind]
        return fields.keys() == value.keys() and all(fits(dataset, fields[n].type, v) for n, v in value.items())
    if kind in ("Long", "Int"):
        return isinstance(value, int)
    return isinstance(value, int | float) if kind == "Float" else isinstance(value, str)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_every_field_has_the_type_of_the_schema(client: Client, name: str) -> None:
    dataset = next(d for d in datasets().values() if name in d.queries)
    if dataset.name == VENDOR:
        client.login(refresh_token="Atzr|simulator-vendor")
    field = dataset.queries[name]
    selection = whole(dataset, field).removeprefix(name)
    found = rows(client, f"{{ {dataset.name} {{ {name}({ARGUMENTS[name]}) {selection} }} }}")
    assert found
    assert all(fits(dataset, named(field.type), r) for r in found)


def test_economics_add_up(client: Client) -> None:
    fields = (
        "msku sales { orderedProductSales { amount } refundedProductSales { amount } netProductSales { amount } }"
        " fees { feeTypeName charges { aggregatedDetail { totalAmount { amount } } } }"
        " ads { charge { totalAmount { amount } } } netProceeds { total { amount } }"
    )
    arguments = f'aggregateBy: {{ productId: MSKU }} {DAYS} marketplaceIds: ["{US}"]'
    found = rows(client, f"{{ {ECONOMICS} {{ economics({arguments}) {{ {fields} }} }} }}")
    assert len(found) > 50
    for row in found:
        fees = sum(c["aggregatedDetail"]["totalAmount"]["amount"] for f in row["fees"] for c in f["charges"])
        ads = sum(a["charge"]["totalAmount"]["amount"] for a in row["ads"])
        left = row["sales"]["netProductSales"]["amount"] - fees - ads
        assert row["netProceeds"]["total"]["amount"] == pytest.approx(left)


def test_a_simulation_is_of_the_products_that_are_named(client: Client) -> None:
    sku = next(s for s in client.simulator.world.skus() if s.fnsku)
    product = f'products: [{{ identifier: {{ type: ASIN value: "{sku.asin}" }} }}]'
    days = 'startDate: "2026-12-01" endDate: "2026-12-31"'
    arguments = f'actionTypes: [AWD] marketplaceId: "{US}" {product} {days}'
    found = rows(client, f"{{ {ECONOMICS} {{ economicsSimulation({arguments}) {{ msku fees {{ feeTypeName }} }} }} }}")
    assert found == [{"msku": sku.code, "fees": [{"feeTypeName": "AWD"}]}]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", ""),
        ("{", "end"),
        ("{ } }", "empty"),
        (by_date() + " {", "follow"),
        ("query ($a: Int) { a }", "expected"),
        (by_date().replace("salesAndTrafficByDate", "salesByDate"), "no field salesByDate"),
        (by_date().replace(TRAFFIC, "analytics_other"), "no dataset"),
        (by_date("startDate sales"), "selection"),
        (by_date("startDate { day }"), "no fields"),
        (by_date("wrong"), "no field wrong"),
        (by_date(by="HOUR"), "DAY, MONTH, WEEK"),
        (by_date(by='"DAY"'), "DAY, MONTH, WEEK"),
        (by_date(days='startDate: "2026-11-01"'), "endDate is missing"),
        (by_date(days='startDate: "2026-11-31" endDate: "2026-12-01"'), "type Date"),
        (by_date(days=f"{DAYS} wrong: 1"), "no argument wrong"),
        (by_date("startDate " * 900), "8000"),
        (by_date("startDate ~"), "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused(client: Client, query: str, says: str) -> None:
    answer = ask(client, query)
    assert answer.status_code == 400
    assert says in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (by_date(days='startDate: "2024-01-01" endDate: "2024-02-01"'), "two years"),
        (by_date(days='startDate: "2026-11-02" endDate: "2026-11-01"'), "after"),
        (by_date(days='startDate: "2026-11-02" endDate: "2026-12-01"'), "ahead"),
        (by_date(market="A1PA6795UKMFR9"), "A1PA6795UKMFR9"),
    ],
)
def test_what_cannot_be_answered_is_fatal_and_says_why(client: Client, query: str, says: str) -> None:
    done = finish(client, asked(client, query))
    assert done["processingStatus"] == "FATAL"
    assert "dataDocumentId" not in done
    assert says in fetch(client, done["errorDocumentId"]).json()["errors"][0]["message"]


def test_a_query_is_not_processed_twice_at_a_time(client: Client) -> None:
    first = asked(client, by_date())
    again = ask(client, by_date().replace(" ", "  "))
    assert again.status_code == 400
    assert first in again.json()["errors"][0]["message"]
    assert ask(client, by_date(market=CA)).status_code == 202
    finish(client, first)
    assert ask(client, by_date()).status_code == 202


def test_a_query_can_be_cancelled_until_it_is_done(client: Client) -> None:
    query_id, other = asked(client, by_date()), asked(client, by_date(market=CA))
    later(client, 31)
    assert client.ok(f"{ROOT}/queries/{query_id}")["processingStatus"] == "IN_PROGRESS"
    for _ in range(2):
        assert client.http.delete(f"{ROOT}/queries/{query_id}").status_code == 204
    assert finish(client, query_id)["processingStatus"] == "CANCELLED"
    assert client.http.delete(f"{ROOT}/queries/{other}").status_code == 400
    assert client.http.delete(f"{ROOT}/queries/1").status_code == 404
    assert client.get(f"{ROOT}/queries/one").status_code == 400


def test_more_rows_than_a_document_holds_come_with_a_token(client: Client) -> None:
    days = 'startDate: "2026-10-20" endDate: "2026-11-17"'
    arguments = f'aggregateBy: {{ date: DAY productId: MSKU }} {days} marketplaceIds: ["{US}"]'
    query = f"{{ {ECONOMICS} {{ economics({arguments}) {{ msku startDate }} }} }}"
    pages, token = [], None
    while True:
        done = finish(client, asked(client, query, **({"paginationToken": token} if token else {})))
        pages.append(fetch(client, done["dataDocumentId"]).text.splitlines())
        token = done.get("pagination", {}).get("nextToken")
        if token is None:
            break
        assert ask(client, by_date(), paginationToken=token).status_code == 400
    assert [len(p) for p in pages[:-1]] == [1000] * (len(pages) - 1)
    lines = [line for p in pages for line in p]
    assert len(lines) == len(set(lines)) > 1000 >= len(pages[-1]) > 0


def test_queries_are_listed_and_forgotten_after_thirty_days(client: Client) -> None:
    past = [
        q
        for p in client.pages(f"{ROOT}/queries", "paginationToken", "pagination.nextToken", pageSize=3)
        for q in p["queries"]
    ]
    assert 5 < len(past) == len({q["queryId"] for q in past})
    assert fetch(client, past[0]["dataDocumentId"]).text.count("\n") == 7
    query_id = asked(client, by_date())
    assert client.ok(f"{ROOT}/queries")["queries"][0]["queryId"] == query_id
    assert [q["queryId"] for q in client.ok(f"{ROOT}/queries", processingStatuses="IN_QUEUE")["queries"]] == [query_id]
    document = finish(client, query_id)["dataDocumentId"]
    later(client, 30 * 86_400)
    client.login()
    assert client.ok(f"{ROOT}/queries")["queries"] == []
    assert client.get(f"{ROOT}/documents/{document}").status_code == 404
    assert client.get(f"{ROOT}/documents/none").status_code == 400


def test_vendors_and_sellers_have_their_own_datasets(client: Client) -> None:
    vendors = f"{{ {VENDOR} {{ sourcingView(aggregateBy: WEEK {DAYS}) {{ startDate }} }} }}"
    assert ask(client, vendors).status_code == 403
    client.login(refresh_token="Atzr|simulator-vendor")
    assert ask(client, vendors).status_code == 202
    assert ask(client, by_date()).status_code == 403
    assert client.ok(f"{ROOT}/queries")["queries"]


def test_aliases_comments_and_white_space(client: Client) -> None:
    text = by_date("day: startDate # the day\n sold: sales { n: unitsOrdered }")
    assert list(rows(client, text)[0]) == ["day", "sold"]
    assert graphql.compact("query  a { b ( c : [ 1 , 2 ] ) # x\n { d  e } }") == "query a{b(c:[1 2]){d e}}"
    block = graphql.parse('{ a(b: """two\nlines""" c: -1.5e2 d: null e: true f: {g: X}) { h } }')
    assert block.arguments == {"b": "two\nlines", "c": -150.0, "d": None, "e": True, "f": {"g": "X"}}


def test_same_requests_same_bytes(make: Any) -> None:
    def run() -> list[Any]:
        client = make(throttle="off")
        done = finish(client, asked(client, by_date()))
        url = client.ok(f"{ROOT}/documents/{done['dataDocumentId']}")["documentUrl"]
        raw = httpx.Client(transport=httpx.WSGITransport(app=client.simulator)).stream("GET", url)
        with raw as answer:
            return [done, url, gzip.decompress(b"".join(answer.iter_raw()))]

    assert run() == run()


def test_bodies_fit_amazons_model_in_every_state(client: Client) -> None:
    if not MODELS.is_dir():
        pytest.skip("Amazon's models are not here: ../shared/spapi/models")

    def check(operation: str, answer: httpx.Response) -> None:
        name = f"dataKiosk_2023-11-15.{operation}"
        assert violations(spapi.operation(name), answer.status_code, answer.content) == []

    good, bad = asked(client, by_date()), asked(client, by_date(market="A1PA6795UKMFR9"))
    for _ in range(30):
        check("getQuery", client.get(f"{ROOT}/queries/{good}"))
        check("getQuery", client.get(f"{ROOT}/queries/{bad}"))
        later(client, 10)
    check("getQueries", client.get(f"{ROOT}/queries", pageSize=3))
    check("createQuery", ask(client, "{"))
