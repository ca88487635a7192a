"""What the documents of reports hold: formats, headers, charsets, and figures that agree with the operations."""

from __future__ import annotations

import csv
import functools
import gzip
import io
import itertools
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from amzsql.simulator.accounts import BY_NAME
from amzsql.simulator.apis import assortment, finances
from amzsql.simulator.apis.order_book import Book, Package
from amzsql.simulator.call import iso, parse_time
from amzsql.simulator.documents import Partner
from amzsql.simulator.reports import Document, document, header, layouts, orders
from amzsql.simulator.reports.facts import Layout, layout
from amzsql.simulator.reports.plans import PLANS
from amzsql.simulator.reports.scope import scope_of
from amzsql.simulator.reports.writers import tag_of
from amzsql.simulator.store import Store
from amzsql.simulator.world import AFN, DAY, MARKETS, Head, World
from amzsql.spapi.document_types import report_types

from .conftest import CA, MX, NOW, US, Client, orders_v0
from .workflows import outbound_order

SHARED = Path(__file__).parents[3] / "shared" / "spapi"
DE, JP, GB = "A1PA6795UKMFR9", "A1VC38T7YXB528", "A1F83G8C2ARO7P"
ALL_ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
BY_UPDATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
SETTLEMENT = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"
TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"
# Every option that makes a document fuller; options that a type does not have do nothing.
OPTIONS = {
    "reportPeriod": "WEEK",
    "asinGranularity": "SKU",
    "dateGranularity": "DAY",
    "distributorView": "MANUFACTURING",
    "sellingProgram": "RETAIL",
    "currencyCode": "USD",
    "productType": "ALL",
    **{f"{kind}StartDate{end}": f"2026-1{n}-01T00:00:00Z" for n, end in enumerate(("From", "To")) for kind in
       ("promotion", "coupon", "campaign")},
}  # fmt: skip
Report = dict[str, Any]


def partner(name: str = "na", count: int = 2000, seed: int = 1, now: float = NOW) -> Partner:
    account = BY_NAME[name]
    world = World(int(now) // 60 * 60, seed=seed, orders=count, account=account)
    return Partner(account, world, Store(name), now)


def report(kind: str, days: float = 12, until: float = 0, market: str = US, **options: str) -> Report:
    end = int(NOW - until * DAY)
    return {
        "reportId": "1", "reportType": kind, "marketplaceIds": [market], "reportOptions": options,
        "dataStartTime": iso(int(end - days * DAY)), "dataEndTime": iso(end),
    }  # fmt: skip


def made(who: Partner, *args: Any, **options: Any) -> Document:
    found = document(who, report(*args, **options))
    assert found is not None
    return found


def rows(found: Document) -> list[dict[str, str]]:
    """Read a flat file by its header."""
    lines = found.text.splitlines()
    names = lines[0].split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines[1:]]


PARTNERS = {name: partner(name, 8000) for name in ("na", "eu", "fe", "vendor")}


def whose(found: Layout) -> Partner:
    """Return a partner who has reports of a type."""
    return next(p for p in PARTNERS.values() if found.is_for(p.account.kind, p.account.region) and fits(found, p))


def fits(found: Layout, who: Partner) -> bool:
    return layout(found.type, who.account.kind) is found


@functools.cache
def of_layout(found: Layout) -> Document:
    # Archived orders are old, everything else is recent.
    until = 70 if "ARCHIVED" in found.type else 0
    who = whose(found)
    asins = {"asin": " ".join(s.asin for s in who.world.skus())} if "SEARCH_QUERY" in found.type else {}
    days = 1 if "REAL_TIME" in found.type else 12
    place = MARKETS[who.world.markets[0]].place
    return made(who, found.type, days, until, place.id, **OPTIONS, **asins)


# Formats and headers


@pytest.mark.parametrize("name", layouts())
def test_every_type_has_a_document_in_its_format_with_its_columns(name: str) -> None:
    found = layouts()[name]
    content = of_layout(found)
    _READERS[found.format](found, content)


def check_tsv(found: Layout, content: Document) -> None:
    lines = content.text.rstrip("\n").split("\n")
    check_header(found, [line.split("\t") for line in lines])


def check_csv(found: Layout, content: Document) -> None:
    check_header(found, list(csv.reader(io.StringIO(content.text, newline=""))))


def check_header(found: Layout, table: list[list[str]]) -> None:
    names = [c.name for c in found.columns]
    language = whose(found).account.home.language[:2]
    assert table[0] == (names if language == "en" else header(found, language))
    assert len(set(table[0])) == len(names)
    assert len(table) > 1
    assert {len(row) for row in table} == {len(names)}
    assert any(v for row in table[1:] for v in row)


def check_xml(found: Layout, content: Document) -> None:
    root = ElementTree.fromstring(content.body)
    assert content.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    seen = {path for row in root for path in xml_paths(row)}
    assert seen == {xml_name(c.name) for c in found.columns}


def xml_name(path: str) -> str:
    path = path.removesuffix("[]").removesuffix(".value").removesuffix(".text")
    return ".".join(tag_of(part) for part in path.split("."))


def xml_paths(element: ElementTree.Element) -> Iterator[str]:
    yield from element.attrib
    for child in element:
        if len(child) == 0 and (child.text or not child.attrib):
            yield child.tag
        yield from (f"{child.tag}.{path}" for path in xml_paths(child))


def check_json(found: Layout, content: Document) -> None:
    body = json.loads(content.body)
    columns = {c.name for c in found.columns if "reportOptions.asins" not in c.name}
    assert set(json_paths(body, "")) == columns
    assert (content.charset, content.gzip, content.content_type) == ("UTF-8", True, "application/json")


def json_paths(value: object, at: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from json_paths(inner, f"{at}.{name}" if at else name)
    elif isinstance(value, list):
        assert value, at
        for inner in value:
            yield from json_paths(inner, f"{at}[]")
    else:
        yield at


def check_xlsx(found: Layout, content: Document) -> None:
    book = zipfile.ZipFile(io.BytesIO(content.body))
    assert book.testzip() is None
    for name in book.namelist():
        ElementTree.fromstring(book.read(name))
    sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    table = [["".join(cell.itertext()) for cell in row] for row in sheet[0]]
    check_header(found, table)


def check_pdf(_: Layout, content: Document) -> None:
    body = content.body
    assert body.startswith(b"%PDF-1.4\n")
    assert body.endswith(b"%%EOF\n")
    table = int(body.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert body[table:].startswith(b"xref\n")
    for number, line in enumerate(body[table:].split(b"\n")[3:8], 1):
        assert body[int(line[:10]) :].startswith(b"%d 0 obj" % number)
    assert not content.charset


def check_zip(found: Layout, content: Document) -> None:
    book = zipfile.ZipFile(io.BytesIO(content.body))
    assert book.testzip() is None
    assert len(book.namelist()) > 1
    check_pdf(found, Document(book.read(book.namelist()[0]), "application/pdf", False, ""))


_READERS = {
    "TSV": check_tsv, "CSV": check_csv, "XML": check_xml, "JSON": check_json, "XLSX": check_xlsx, "PDF": check_pdf,
    "ZIP": check_zip,
}  # fmt: skip


def test_what_is_known_and_what_is_assumed() -> None:
    assert {found.type for found in layouts().values()} == report_types().keys()
    assert PLANS.keys() == report_types().keys()
    assumed = {found.type for found in layouts().values() if found.assumed}
    assert (len(report_types()) - len(assumed), len(assumed)) == (77, 32)


def test_known_columns_are_the_gathered_ones() -> None:
    gathered = [SHARED / name for name in ("report_columns.tsv", "report_columns_more.tsv")]
    if not all(path.exists() for path in gathered):
        pytest.skip("the columns that the tables were drawn from are not here")
    columns: dict[str, list[str]] = {}
    for path in gathered:
        with path.open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                columns.setdefault(row["reportType"], []).append(row["column"])
    # A column that the gathering tool added, and an array that one schema spells otherwise.
    columns["GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE"].remove("report_id")
    # What a schema requires without declaring it.
    undeclared = {f"performanceMetrics[].orderDefectRate.{c}.fulfillmentType" for c in ("mfn", "afn")}
    undeclared.add("performanceMetrics[].accountHealthRating.ahrStatus")
    for name, found in layouts().items():
        if not found.assumed:
            plain = [c.removesuffix("[]") for c in columns[name]]
            assert [c.name.removesuffix("[]") for c in found.columns if c.name not in undeclared] == plain


SCHEMAS = {
    "GET_V2_SELLER_PERFORMANCE_REPORT": "accountHealthReport-2020-11-18",
    "GET_B2B_PRODUCT_OPPORTUNITIES_NOT_YET_ON_AMAZON": "b2bProductOpportunitiesNotYetOnAmazonReport-2020-11-19",
    "GET_B2B_PRODUCT_OPPORTUNITIES_RECOMMENDED_FOR_YOU": "b2bProductOpportunitiesRecommendedForYouReport-2020-11-19",
    "END_USER_DATA_REPORT": "endUserDataReport",
    "MARKETPLACE_ASIN_PAGE_VIEW_METRICS": "marketplaceAsinPageViewMetrics",
    "GET_PROMOTION_PERFORMANCE_REPORT": "promotionReport",
    "GET_COUPON_PERFORMANCE_REPORT": "sellerCouponReport",
    "GET_COUPON_PERFORMANCE_REPORT(vendor)": "vendorCouponReport",
    "GET_SALES_AND_TRAFFIC_REPORT": "sellerSalesAndTrafficReport",
    "GET_BRAND_ANALYTICS_MARKET_BASKET_REPORT": "sellingPartnerMarketBasketAnalysisReport",
    "GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT": "sellingPartnerRepeatPurchaseReport",
    "GET_BRAND_ANALYTICS_SEARCH_CATALOG_PERFORMANCE_REPORT": "sellingPartnerSearchCatalogPerformanceReport",
    "GET_BRAND_ANALYTICS_SEARCH_QUERY_PERFORMANCE_REPORT": "sellingPartnerSearchQueryPerformanceReport",
    "GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT": "sellingPartnerSearchTermsReport",
    "GET_VENDOR_FORECASTING_REPORT": "vendorForecastingReport",
    "GET_VENDOR_INVENTORY_REPORT": "vendorInventoryReport",
    "GET_VENDOR_NET_PURE_PRODUCT_MARGIN_REPORT": "vendorNetPureProductMarginReport",
    "GET_VENDOR_REAL_TIME_INVENTORY_REPORT": "vendorRealTimeInventoryReport",
    "GET_VENDOR_REAL_TIME_SALES_REPORT": "vendorRealTimeSalesReport",
    "GET_VENDOR_REAL_TIME_TRAFFIC_REPORT": "vendorRealTimeTrafficReport",
    "GET_VENDOR_SALES_REPORT": "vendorSalesReport",
    "GET_VENDOR_TRAFFIC_REPORT": "vendorTrafficReport",
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_json_reports_fit_amazons_schemas(name: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    path = SHARED / "schemas" / "reports" / f"{SCHEMAS[name]}.json"
    if not path.exists():
        pytest.skip("Amazon's schemas of reports are not here")
    body = json.loads(of_layout(layouts()[name]).body)
    validator = jsonschema.Draft7Validator(json.loads(path.read_text(encoding="utf-8")))
    broken = [f"{e.json_path}: {e.message}" for e in itertools.islice(validator.iter_errors(body), 5)]
    assert not broken


def test_every_json_report_has_a_schema() -> None:
    assert SCHEMAS.keys() == {name for name, found in layouts().items() if found.format == "JSON"}


# Sums


def test_all_orders_are_those_of_get_orders_and_more(client: Client) -> None:
    who = Partner(BY_NAME["na"], client.simulator.world_of(BY_NAME["na"]), Store("na"), NOW)
    asked = report(ALL_ORDERS, days=6, until=1, market=CA)
    found = document(who, asked)
    assert found is not None
    lines = rows(found)
    beyond = [r for r in lines if r["sales-channel"] == "Non-Amazon"]
    assert {r["amazon-order-id"][:3] for r in beyond} == {"S01", "REM"}
    own = [r for r in lines if r["sales-channel"] != "Non-Amazon"]
    # The whole region, whichever marketplace was asked for.
    assert {r["sales-channel"] for r in own} == {"Amazon.com", "Amazon.ca", "Amazon.com.mx"}
    window = {"CreatedAfter": asked["dataStartTime"], "CreatedBefore": asked["dataEndTime"]}
    shown = {o["AmazonOrderId"]: o for o in orders_v0(client, **window)}
    assert {r["amazon-order-id"] for r in own} == shown.keys()
    assert not {r["amazon-order-id"] for r in beyond} & shown.keys()
    for order_id, order in shown.items():
        mine = [r for r in own if r["amazon-order-id"] == order_id]
        assert {r["order-status"] for r in mine} == {SPELLED.get(order["OrderStatus"], order["OrderStatus"])}
        assert parse_time(mine[0]["purchase-date"]) == parse_time(order["PurchaseDate"])
        assert parse_time(mine[0]["last-updated-date"]) == parse_time(order["LastUpdateDate"])
        if "OrderTotal" in order:
            assert sum(map(paid, mine)) == Decimal(order["OrderTotal"]["Amount"])
        else:
            assert {r["item-price"] for r in mine} == {""}
    for order_id in list(shown)[:20]:
        items = client.ok(f"/orders/v0/orders/{order_id}/orderItems")["payload"]["OrderItems"]
        mine = [r for r in own if r["amazon-order-id"] == order_id]
        assert [(r["sku"], r["asin"], int(r["quantity"])) for r in mine] == [
            (i["SellerSKU"], i["ASIN"], i["QuantityOrdered"]) for i in items
        ]


SPELLED = {"Canceled": "Cancelled", "PartiallyShipped": "Shipping"}


def paid(row: Mapping[str, str]) -> Decimal:
    names = ("item-price", "item-tax", "shipping-price", "shipping-tax")
    return sum((Decimal(row[n]) for n in names), Decimal(0)) - Decimal(row["item-promotion-discount"])


def test_orders_by_update_are_those_of_get_orders(client: Client) -> None:
    who = Partner(BY_NAME["na"], client.simulator.world_of(BY_NAME["na"]), Store("na"), NOW)
    asked = report(BY_UPDATE, days=2, until=1)
    found = document(who, asked)
    assert found is not None
    own = {r["amazon-order-id"] for r in rows(found) if r["sales-channel"] != "Non-Amazon"}
    window = {"LastUpdatedAfter": asked["dataStartTime"], "LastUpdatedBefore": asked["dataEndTime"]}
    assert own == {o["AmazonOrderId"] for o in orders_v0(client, **window)}


def test_what_the_seller_ships_is_in_the_reports() -> None:
    who = partner()
    waiting = rows(made(who, "GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING"))
    head = who.world.find_order(waiting[0]["order-id"])
    assert head is not None
    book = Book(who.world, who.store)
    contents = tuple((i.number, i.quantity) for i in who.world.items(head))
    at = int(NOW) - 2000
    book.confirm(head.number, Package("1", "UPS", "Ground", "1Z", at, at, contents), at)
    left = {r["order-id"] for r in rows(made(who, "GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING"))}
    assert left == {r["order-id"] for r in waiting} - {waiting[0]["order-id"]}
    for kind in (ALL_ORDERS, BY_UPDATE):
        mine = [r for r in rows(made(who, kind)) if r["amazon-order-id"] == waiting[0]["order-id"]]
        assert [(r["order-status"], r["quantity"]) for r in mine] == [("Shipped", str(q)) for _, q in contents]
        assert {r["last-updated-date"] for r in mine} == {"2026-11-18T10:33:20+00:00"}


def test_the_xml_report_of_all_orders_says_the_same() -> None:
    flat = rows(made(PARTNERS["na"], ALL_ORDERS, days=2))
    root = ElementTree.fromstring(made(PARTNERS["na"], "GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL", days=2).body)
    nested = [
        (order.findtext("AmazonOrderID"), item.findtext("SKU"), item.findtext("Quantity"))
        for order in root
        for item in order.findall("OrderItem")
    ]
    assert nested == [(r["amazon-order-id"], r["sku"], r["quantity"]) for r in flat]


@pytest.mark.parametrize("kind", [ALL_ORDERS, BY_UPDATE])
def test_reports_of_orders_lag_behind_by_half_an_hour(kind: str) -> None:
    who = partner(count=1_000_000)
    column = "purchase-date" if kind == ALL_ORDERS else "last-updated-date"
    times = [parse_time(r[column]) for r in rows(made(who, kind, days=0.1))]
    assert NOW - 1800 - 600 < max(times) < NOW - 1800
    assert who.world.created(999_999) > NOW - 600


@pytest.mark.parametrize(("name", "market"), [("na", US), ("eu", DE), ("eu", GB), ("fe", JP)])
def test_settlements_are_the_transactions_of_their_period(name: str, market: str) -> None:
    who = PARTNERS[name]
    lines = rows(made(who, SETTLEMENT, days=14, until=20, market=market))
    number = next(n for n, m in enumerate(MARKETS) if m.place.id == market)
    start = int(NOW - 34 * DAY) // (14 * DAY) * 14 * DAY
    ledger = finances.Ledger(Book(who.world, who.store), NOW)
    entries = ledger.settled(number, start)
    totals = Counter({"": sum(c.cents for c in ledger.charges(start, start + finances.PERIOD, (number,)))})
    for entry in entries:
        head = who.world.head(entry.order)
        totals[who.world.order_id(head)] += sum(
            finances.net(i, head, entry.refund) for i in who.world.items(head) if i.shipped
        )
    found = Counter[str]()
    for row in lines[1:]:
        found[row["order-id"]] += int(number_of(row["amount"]) * 100)
    assert entries
    assert found == totals
    assert int(number_of(lines[0]["total-amount"]) * 100) == sum(totals.values())
    group = finances.group_id(who.world, number, start)
    assert {r["settlement-id"] for r in lines} == {str(int(group[:10], 16))}
    assert ("," in lines[0]["total-amount"]) == (market == DE)


def number_of(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def test_settlements_are_what_the_finances_api_shows(client: Client) -> None:
    who = Partner(BY_NAME["na"], client.simulator.world_of(BY_NAME["na"]), Store("na"), NOW)
    lines = rows(made(who, SETTLEMENT, days=5, until=19))
    start = int(NOW - 24 * DAY) // (14 * DAY) * 14 * DAY
    group = finances.group_id(who.world, 0, start)
    pages = client.pages(
        "/finances/2024-06-19/transactions", "nextToken", "payload.nextToken",
        relatedIdentifierName="FINANCIAL_EVENT_GROUP_ID", relatedIdentifierValue=group,
    )  # fmt: skip
    shown = sum(
        (Decimal(str(t["totalAmount"]["currencyAmount"])) for p in pages for t in p["payload"]["transactions"]),
        Decimal(0),
    )
    assert shown == Decimal(lines[0]["total-amount"]) != 0


def test_every_settlement_that_ended_has_its_reports(make: Callable[..., Client]) -> None:
    client = make(orders=8000, throttle="off")
    query = {"reportTypes": f"{SETTLEMENT},GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE", "pageSize": 100}
    shown = client.ok("/reports/2021-06-30/reports", **query)["reports"]
    assert {r["processingStatus"] for r in shown} == {"DONE"}
    new = [r for r in shown if r["reportType"] == SETTLEMENT]
    # Three marketplaces; the older type ended on 2026-11-11.
    assert Counter(r["dataStartTime"][:10] for r in new)["2026-10-08"] == 3
    assert max(r["dataEndTime"] for r in new) == "2026-11-05T00:00:00Z"
    assert max(r["createdTime"] for r in shown if r["reportType"] != SETTLEMENT) < "2026-11-11"
    for one in new[:3]:
        found = client.ok(f"/reports/2021-06-30/documents/{one['reportDocumentId']}")
        body = client.http.get(found["url"]).content
        text = gzip.decompress(body) if "compressionAlgorithm" in found else body
        lines = rows(Document(text, "text/plain", False, "windows-1252"))
        pages = client.pages(
            "/finances/2024-06-19/transactions", "nextToken", "payload.nextToken",
            relatedIdentifierName="FINANCIAL_EVENT_GROUP_ID", relatedIdentifierValue=group_of(client, one),
        )  # fmt: skip
        amounts = [t["totalAmount"]["currencyAmount"] for p in pages for t in p["payload"]["transactions"]]
        assert sum((Decimal(str(a)) for a in amounts), Decimal(0)) == Decimal(lines[0]["total-amount"]) != 0


def group_of(client: Client, one: Mapping[str, Any]) -> str:
    world = client.simulator.world_of(BY_NAME["na"])
    number = next(n for n, m in enumerate(MARKETS) if m.place.id == one["marketplaceIds"][0])
    return finances.group_id(world, number, int(parse_time(one["dataStartTime"])))


def test_inventory_is_that_of_the_inventory_api(client: Client) -> None:
    world = client.simulator.world
    sent = next(
        s for s in world.skus() if s.channel == AFN and s.stock > 3 and world.sold_in(s.number, world.markets[1])
    )
    body = outbound_order("REPORTED", sent.code, 2)
    assert client.http.post("/fba/outbound/2020-07-01/fulfillmentOrders", json=body).status_code == 200
    who = client.simulator.partner("na")
    query = {"granularityType": "Marketplace", "granularityId": CA, "marketplaceIds": CA, "details": "true"}
    pages = client.pages("/fba/inventory/v1/summaries", "nextToken", "pagination.nextToken", **query)
    shown = {s["sellerSku"]: s for p in pages for s in p["payload"]["inventorySummaries"]}
    lines = {r["sku"]: r for r in rows(made(who, "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA", market=CA))}
    assert lines.keys() == shown.keys()
    assert shown[sent.code]["inventoryDetails"]["fulfillableQuantity"] == sent.stock - 2
    for sku, summary in shown.items():
        details = summary["inventoryDetails"]
        expected = {
            "afn-fulfillable-quantity": details["fulfillableQuantity"],
            "afn-reserved-quantity": details["reservedQuantity"]["totalReservedQuantity"],
            "afn-unsellable-quantity": details["unfulfillableQuantity"]["totalUnfulfillableQuantity"],
            "afn-inbound-working-quantity": details["inboundWorkingQuantity"],
            "afn-inbound-shipped-quantity": details["inboundShippedQuantity"],
            "afn-inbound-receiving-quantity": details["inboundReceivingQuantity"],
            "afn-researching-quantity": details["researchingQuantity"]["totalResearchingQuantity"],
            "afn-total-quantity": summary["totalQuantity"],
        }
        assert {n: int(lines[sku][n]) for n in expected} == expected
        assert (lines[sku]["asin"], lines[sku]["fnsku"]) == (summary["asin"], summary["fnSku"])


def test_listings_are_those_of_the_listings_api(client: Client) -> None:
    who = Partner(BY_NAME["na"], client.simulator.world_of(BY_NAME["na"]), Store("na"), NOW)
    path = f"/listings/2021-08-01/items/{who.world.seller_id}"
    query = {"marketplaceIds": MX, "includedData": "summaries,offers", "pageSize": 20}
    pages = client.pages(path, "pageToken", "pagination.nextToken", **query)
    shown = {i["sku"]: i for p in pages for i in p["items"]}
    lines = {r["seller-sku"]: r for r in rows(made(who, LISTINGS, market=MX))}
    assert lines.keys() == shown.keys()
    for sku, item in shown.items():
        active = "BUYABLE" in item["summaries"][0]["status"]
        assert lines[sku]["status"] == ("Active" if active else "Inactive")
        assert lines[sku]["price"] == item["offers"][0]["price"]["amount"]
        assert lines[sku]["item-name"] == item["summaries"][0]["itemName"]
    assert {r["status"] for r in rows(made(who, LISTINGS))} == {"Active", "Inactive"}


def test_listings_that_were_written_are_in_the_report() -> None:
    who = partner()
    sku = next(s for s in who.world.skus() if s.channel != AFN)
    shop = assortment.Shop.of(who)
    given = shop.submitted(sku.code, 0)
    assert given is not None
    price = [{"schedule": [{"value_with_tax": 4321.09}]}]
    changed = {**given, "purchasable_offer": [{**given["purchasable_offer"][0], "our_price": price}]}
    shop.submit(sku.code, 0, sku.product_type, changed)

    def shown(seconds: int) -> str:
        later = Partner(who.account, who.world, who.store, who.now + seconds)
        return next(r["price"] for r in rows(made(later, LISTINGS)) if r["seller-sku"] == sku.code)

    assert shown(assortment.DELAY + 1) == "4321.09"
    assert shown(0) != "4321.09"


def test_sales_are_those_of_order_metrics(client: Client) -> None:
    who = Partner(BY_NAME["na"], client.simulator.world_of(BY_NAME["na"]), Store("na"), NOW)
    found = document(
        who, {**report(TRAFFIC), "dataStartTime": "2026-11-02T00:00:00Z", "dataEndTime": "2026-11-06T00:00:00Z"}
    )
    assert found is not None
    body = json.loads(found.body)
    query = {
        "marketplaceIds": US, "granularity": "Day", "granularityTimeZone": "America/Los_Angeles",
        "interval": "2026-11-02T00:00:00-08:00--2026-11-07T00:00:00-08:00",
    }  # fmt: skip
    metrics = client.ok("/sales/v1/orderMetrics", **query)["payload"]
    days = body["salesAndTrafficByDate"]
    assert [d["date"] for d in days] == [m["interval"][:10] for m in metrics]
    for day, metric in zip(days, metrics, strict=True):
        own = day["salesByDate"]
        assert Decimal(str(own["orderedProductSales"]["amount"])) == Decimal(metric["totalSales"]["amount"])
        assert (own["unitsOrdered"], own["totalOrderItems"]) == (metric["unitCount"], metric["orderItemCount"])
        traffic = day["trafficByDate"]
        assert traffic["pageViews"] == traffic["browserPageViews"] + traffic["mobileAppPageViews"]
    by_asin = body["salesAndTrafficByAsin"]
    assert sum(a["salesByAsin"]["unitsOrdered"] for a in by_asin) == sum(m["unitCount"] for m in metrics)
    assert "childAsin" not in by_asin[0]


def test_vendors_sums_are_those_of_their_products() -> None:
    body = json.loads(made(PARTNERS["vendor"], "GET_VENDOR_SALES_REPORT", days=3, reportPeriod="WEEK").body)
    for name in ("orderedUnits", "shippedUnits", "customerReturns"):
        assert sum(r[name] for r in body["salesAggregate"]) == sum(r[name] for r in body["salesByAsin"]) > 0 or (
            name == "customerReturns"
        )
    weeks = {(r["startDate"], r["endDate"]) for r in body["salesAggregate"]}
    assert weeks == {("2026-11-15", "2026-11-21")}
    narrow = json.loads(made(PARTNERS["vendor"], "GET_VENDOR_SALES_REPORT", days=3, distributorView="SOURCING").body)
    assert "orderedRevenue" not in narrow["salesByAsin"][0]


def test_the_ledger_adds_up() -> None:
    summary = rows(made(PARTNERS["na"], "GET_LEDGER_SUMMARY_VIEW_DATA"))
    detail = rows(made(PARTNERS["na"], "GET_LEDGER_DETAIL_VIEW_DATA"))
    columns = {
        "Receipts": "Receipts", "Shipments": "Customer Shipments", "CustomerReturns": "Customer Returns",
        "Adjustments": "Disposed",
    }  # fmt: skip
    moved = {kind: sum(int(r["Quantity"]) for r in detail if r["Event Type"] == kind) for kind in columns}
    assert moved == {kind: sum(int(r[column]) for r in summary) for kind, column in columns.items()}
    assert moved["Shipments"] < 0 < moved["CustomerReturns"]
    for row in summary:
        change = sum(int(row[column]) for column in columns.values())
        assert int(row["Starting Warehouse Balance"]) + change == int(row["Ending Warehouse Balance"])


def test_plans_know_what_was_shipped() -> None:
    who = PARTNERS["na"]
    planned = rows(made(who, "GET_FBA_INVENTORY_PLANNING_DATA"))
    shipped = rows(made(who, "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL", days=7))
    units = Counter[str]()
    for row in shipped:
        units[row["sku"]] += int(row["quantity-shipped"]) if row["sales-channel"] == "Amazon.com" else 0
    young = sum(units.values())
    assert abs(sum(int(r["units-shipped-t7"]) for r in planned) - young) < young / 10
    for row in planned:
        assert int(row["units-shipped-t7"]) <= int(row["units-shipped-t30"]) <= int(row["units-shipped-t90"])


def test_returns_are_the_refunds() -> None:
    who = PARTNERS["na"]
    found = [
        r["order-id"] for r in rows(made(who, "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"))
    ] + [r["Order ID"] for r in rows(made(who, "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"))]  # fmt: skip
    posted = finances.posted_between(who.world, NOW - 11 * DAY, NOW - 3600 + DAY)
    refunded = {who.world.order_id(who.world.head(e.order)) for e in posted if e.refund}
    assert set(found) == refunded != set()


def test_removals_are_those_of_the_report_of_all_orders() -> None:
    who = PARTNERS["na"]
    removed = rows(made(who, "GET_FBA_FULFILLMENT_REMOVAL_ORDER_DETAIL_DATA"))
    shown = {r["amazon-order-id"]: r["quantity"] for r in rows(made(who, ALL_ORDERS))}
    assert {r["order-id"]: r["requested-quantity"] for r in removed}.items() <= shown.items()
    assert removed


# Languages, charsets, packing


def test_headers_speak_the_accounts_language() -> None:
    german = made(PARTNERS["eu"], LISTINGS, market=GB).text.split("\n")[0].split("\t")
    assert german[:4] == ["Artikelbezeichnung", "Artikelbeschreibung", "Angebotsnummer", "Händler-SKU"]
    assert made(PARTNERS["eu"], "GET_MERCHANT_LISTINGS_DATA", market=DE).text.startswith("Artikelbezeichnung\t")
    japanese = made(PARTNERS["fe"], LISTINGS, market=JP)
    assert "出品者SKU" in japanese.text.split("\n")[0]
    names = [c.name for c in layouts()[LISTINGS].columns]
    english = made(PARTNERS["eu"], LISTINGS, market=DE, preferredReportDocumentLocale="en_US")
    assert english.text.split("\n")[0].split("\t") == names
    assert made(PARTNERS["eu"], ALL_ORDERS, market=DE).text.startswith("amazon-order-id\t")
    assert made(PARTNERS["eu"], "GET_SELLER_FEEDBACK_DATA", market=DE).text.startswith("Datum\tBewertung\t")


@pytest.mark.parametrize(
    ("name", "market", "charset", "word", "raw"),
    [
        ("na", US, "windows-1252", "Café", b"Caf\xe9"),
        ("na", MX, "UTF-8", "Café", b"Caf\xc3\xa9"),
        ("eu", DE, "windows-1252", "Händler-SKU", b"H\xe4ndler-SKU"),
        ("fe", JP, "Shift_JIS", "SKU", b"SKU"),
    ],
)
def test_flat_files_have_the_charset_of_their_marketplace(
    name: str, market: str, charset: str, word: str, raw: bytes
) -> None:
    found = made(PARTNERS[name], LISTINGS, market=market)
    assert (found.charset, found.content_type) == (charset, "text/plain")
    assert raw in found.body
    assert word in found.text


def test_japanese_orders_are_written_in_japanese() -> None:
    found = made(PARTNERS["fe"], ALL_ORDERS, market=JP)
    cities = {r["ship-city"] for r in rows(found) if r["sales-channel"] == "Amazon.co.jp"}
    assert cities == {"千代田区", "大阪市", "札幌市"}
    assert found.body.decode("cp932") == found.text
    # What Windows added to Shift_JIS.
    headers = made(PARTNERS["fe"], "GET_FBA_RECOMMENDED_REMOVAL_DATA", market=JP).text.split("\n")[0]
    assert "121～180日が経過した販売可能な在庫数" in headers


def test_large_documents_are_packed_and_small_ones_are_not() -> None:
    small = made(PARTNERS["na"], "GET_MERCHANTS_LISTINGS_FYP_REPORT")
    large = made(PARTNERS["na"], ALL_ORDERS)
    assert (small.gzip, large.gzip) == (False, True)
    assert len(small.body) < 8192 <= len(large.body)
    assert not made(PARTNERS["na"], "FEE_DISCOUNTS_REPORT").gzip


def test_dates_are_those_of_the_marketplace() -> None:
    def opened(name: str, market: str) -> str:
        found = made(PARTNERS[name], LISTINGS, market=market, preferredReportDocumentLocale="en_US")
        return rows(found)[0]["open-date"]

    assert opened("na", US)[-4:] in (" PST", " PDT")
    assert opened("na", US)[4] == "-"
    assert opened("eu", DE)[2] == "/"
    assert opened("fe", JP).endswith(" JST")
    german = rows(made(PARTNERS["eu"], SETTLEMENT, days=14, until=20, market=DE))[0]
    assert german["settlement-start-date"] == "08.10.2026 00:00:00 UTC"


def test_documents_come_over_the_wire(client: Client) -> None:
    body = {"reportType": LISTINGS, "marketplaceIds": [US]}
    report_id = client.http.post("/reports/2021-06-30/reports", json=body).json()["reportId"]
    client.clock.wait(client.clock.now() + 1800)
    done = client.ok(f"/reports/2021-06-30/reports/{report_id}")
    found = client.ok(f"/reports/2021-06-30/documents/{done['reportDocumentId']}")
    answer = client.http.get(found["url"])
    assert answer.headers["content-type"] == "text/plain;charset=windows-1252"
    assert gzip.decompress(answer.content).decode("windows-1252").startswith("item-name\t")


# No data, same bytes, little memory


def test_without_data_there_is_no_document() -> None:
    who = PARTNERS["na"]
    assert document(who, report(ALL_ORDERS, until=400)) is None
    assert document(who, report(SETTLEMENT, until=400)) is None
    assert document(who, report(TRAFFIC, until=400)) is None
    assert document(who, report("GET_FBA_REIMBURSEMENTS_DATA", until=400)) is None
    assert document(who, report("GET_VAT_TRANSACTION_DATA")) is None
    assert document(who, report("GET_VENDOR_SALES_REPORT")) is None
    assert document(PARTNERS["vendor"], report(LISTINGS)) is None
    assert document(who, report("GET_NOTHING")) is None


def test_same_seed_same_bytes() -> None:
    kinds = {found.format: found.type for found in reversed(layouts().values()) if found.is_for("seller", "NA")}
    assert kinds.keys() == {"TSV", "CSV", "XML", "JSON", "XLSX", "ZIP"}
    for kind in (*kinds.values(), ALL_ORDERS, SETTLEMENT, TRAFFIC):
        first, second, other = (made(partner(seed=seed), kind, days=5).body for seed in (1, 1, 2))
        assert first == second
        assert first != other


class Counting(World):
    """A world that counts how many orders it was asked for."""

    asked = 0

    def head(self, index: int) -> Head:
        """Return an order, and count."""
        self.asked += 1
        return super().head(index)


def test_rows_are_made_as_they_are_written() -> None:
    world = Counting(int(NOW), orders=1_000_000)
    who = Partner(BY_NAME["na"], world, Store("na"), NOW)
    scope = scope_of(who, report(ALL_ORDERS, days=700), 0)
    found = list(itertools.islice(orders.by_date(scope), 100))
    assert len(found) == 100
    assert world.asked <= 100
