"""The columns of reports as facts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from amzsql.spapi import harvest_reports
from amzsql.spapi.document_types import report_types
from amzsql.spapi.report_columns import (
    ReportArray,
    known_columns,
    report_forms,
    report_layout,
    report_readings,
    report_words,
)

SHARED = Path(__file__).parents[3] / "shared" / "spapi"
ALL_ORDERS_XML = "GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"


def arrays(name: str, partner: str = "seller") -> dict[str, ReportArray]:
    return {array.path: array for array in report_layout(name, partner).arrays}  # type: ignore[arg-type]


def names(array: ReportArray) -> list[str]:
    return [column.name for column in array.columns]


def test_the_facts_are_those_of_the_sources() -> None:
    if not SHARED.is_dir():
        pytest.skip("the sources of the columns are not here")
    for file, text in harvest_reports.harvest(SHARED).items():
        assert (harvest_reports.HERE / file).read_text(encoding="utf-8") == text, file


def test_every_type_has_a_layout() -> None:
    standing = Counter(report_layout(name, _partner(name)).standing for name in report_types())
    assert standing == {"amazon": 21, "others": 56, "unknown": 32}
    assert {form for form in report_forms() if form.endswith("(vendor)")} == {"GET_COUPON_PERFORMANCE_REPORT(vendor)"}
    for name in report_types():
        layout = report_layout(name, _partner(name))
        assert (layout.standing == "unknown") == (not known_columns(name, _partner(name)))
        for array in layout.arrays:
            assert len(set(names(array))) == len(array.columns), name


def _partner(name: str) -> str:
    return min(report_types()[name].partners)


def test_a_flat_file_is_one_array_of_its_header() -> None:
    layout = report_layout(LISTINGS)
    assert [array.path for array in layout.arrays] == [""]
    assert names(layout.arrays[0])[:3] == ["item-name", "item-description", "listing-id"]
    assert not layout.by_position
    assert report_layout("GET_SELLER_FEEDBACK_DATA").by_position


def test_a_json_report_has_its_arrays_and_nothing_of_what_was_asked_for() -> None:
    found = arrays("GET_SALES_AND_TRAFFIC_REPORT")
    assert list(found) == ["salesAndTrafficByDate[]", "salesAndTrafficByAsin[]"]
    own = names(found["salesAndTrafficByAsin[]"])
    assert own[:2] == ["parentAsin", "childAsin"]
    assert not [name for array in found.values() for name in names(array) if "reportSpecification" in name]


def test_sellers_and_vendors_have_forms_of_their_own() -> None:
    name = "GET_COUPON_PERFORMANCE_REPORT"
    assert list(arrays(name)) == ["coupons[]", "coupons[].asins[]"]
    vendors = arrays(name, "vendor")
    assert list(vendors) == ["campaigns[]", "campaigns[].coupons[]", "campaigns[].coupons[].asins[]"]
    inner = {c.name: c.kind for c in vendors["campaigns[].coupons[].asins[]"].columns}
    assert (inner["asin"], inner["../couponId"], inner["../../campaignId"]) == ("text", "text", "text")
    assert {c.name: c.kind for c in vendors["campaigns[]"].columns}["coupons"] == "json"


def test_xml_repeats_what_its_columns_do_not_say() -> None:
    found = arrays(ALL_ORDERS_XML)
    assert list(found) == ["", "OrderItem[]", "OrderItem[].ItemPrice.Component[]"]
    items = names(found["OrderItem[]"])
    assert {"SKU", "ItemPrice.Component", "../AmazonOrderID"} <= set(items)
    assert "../FulfillmentData.Address.City" not in items
    assert arrays("GET_PENDING_ORDERS_DATA")[""].columns == ()


def test_words_of_listings_are_shared() -> None:
    german = report_words("GET_MERCHANT_LISTINGS_DATA")["de"]
    assert german == report_words(LISTINGS)["de"]
    assert german["seller-sku"] == "Händler-SKU"
    assert report_readings(LISTINGS)[german["seller-sku"].lower()] == "seller-sku"
    assert report_words("GET_LEDGER_DETAIL_VIEW_DATA") == {}


def test_words_that_mean_several_columns_are_read_as_none() -> None:
    readings = report_readings(LISTINGS)
    meanings: dict[str, set[str]] = {}
    for words in report_words(LISTINGS).values():
        for english, word in words.items():
            meanings.setdefault(word.lower(), set()).add(english)
    assert all((len(english) == 1) == (word in readings) for word, english in meanings.items())


def test_kinds_follow_the_schemas() -> None:
    kinds = {c.name: c.kind for c in arrays("GET_SALES_AND_TRAFFIC_REPORT")["salesAndTrafficByDate[]"].columns}
    assert kinds["date"] == "date"
    assert kinds["salesByDate.orderedProductSales.amount"] == "num"
    assert kinds["salesByDate.unitsOrdered"] == "int"
    assert kinds["trafficByDate.buyBoxPercentage"] == "percent"
    drawn = harvest_reports.leaves(
        {
            "properties": {
                "rows": {"type": "array", "items": {"$ref": "#/definitions/row"}},
                "share": {"type": "number"},
            },
            "definitions": {
                "row": {
                    "properties": {"share": {"type": "number", "maximum": 1}, "kind": {"enum": ["A", "B"]}},
                    "required": ["share", "unsaid"],
                }
            },
        }
    )
    assert drawn == [("rows[].share", "share"), ("rows[].kind", "A|B"), ("rows[].unsaid", ""), ("share", "num")]


def kind(name: str, column: str) -> str:
    return {c.name: c.kind for c in report_layout(name).arrays[0].columns}[column]


@pytest.mark.parametrize(
    ("name", "column", "told"),
    [
        ("GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL", "item-price", "money"),
        ("GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL", "quantity", "int"),
        ("GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL", "purchase-date", "time"),
        ("GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL", "ship-postal-code", "text"),
        ("GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA", "estimated-pick-pack-fee-per-unit", "money"),
        ("GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA", "unit-of-weight", "text"),
        ("GET_FBA_FULFILLMENT_LONGTERM_STORAGE_FEE_CHARGES_DATA", "per-unit-volume", "num"),
        ("GET_FBA_INVENTORY_PLANNING_DATA", "sales-shipped-last-7-days", "money"),
        ("GET_FBA_INVENTORY_PLANNING_DATA", "days-of-supply", "num"),
        ("GET_FBA_RECOMMENDED_REMOVAL_DATA", "sellable-365+-days", "int"),
        ("GET_LEDGER_SUMMARY_VIEW_DATA", "Warehouse Transfer In/Out", "int"),
        ("GET_RESTOCK_INVENTORY_RECOMMENDATIONS_REPORT", "Recommended ship date", "text"),
        ("GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2", "amount", "money"),
        ("GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2", "amount-type", "text"),
        ("GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2", "posted-date", "date"),
        ("GET_VAT_TRANSACTION_DATA", "TRANSACTION_COMPLETE_DATE", "date"),
        ("GET_VAT_TRANSACTION_DATA", "PRICE_OF_ITEMS_VAT_RATE_PERCENT", "num"),
        ("GST_MTR_B2B", "Igst Rate", "num"),
        ("GET_FBA_STORAGE_FEE_CHARGES_DATA", "month_of_charge", "text"),
    ],
)
def test_a_name_tells_what_nobody_noted(name: str, column: str, told: str) -> None:
    assert kind(name, column) == told


def test_a_note_wins_over_the_name() -> None:
    noted = {c.name: c.kind for c in known_columns("GET_LEDGER_SUMMARY_VIEW_DATA")}
    assert noted["Date"] == kind("GET_LEDGER_SUMMARY_VIEW_DATA", "Date") == "date"
    assert {c.name: c.kind for c in known_columns(ALL_ORDERS_XML)}["OrderItem.Quantity"] == "text"
    items = {c.name: c.kind for c in arrays(ALL_ORDERS_XML)["OrderItem[]"].columns}
    assert items["Quantity"] == "int"
