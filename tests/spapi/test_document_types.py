"""The types of reports and feeds: what the file says is what was gathered."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from amzsql.spapi.document_types import feed_types, gone_types, report_types

GATHERED = Path(__file__).parents[3] / "shared" / "spapi" / "report_types.tsv"


def test_every_gathered_report_type_is_there() -> None:
    if not GATHERED.exists():
        pytest.skip("the list of report types that the file was drawn from is not here")
    with GATHERED.open(encoding="utf-8") as lines:
        rows = {r["reportType"]: r for r in csv.DictReader(lines, delimiter="\t")}
    types = report_types()
    assert types.keys() == rows.keys()
    assert len(types) == 109
    for name, row in rows.items():
        found = types[name]
        assert found.category == row["category"]
        assert found.format in row["format"] or row["format"].startswith("?")
        assert found.restricted == row["rdt"].startswith("Amazon")
        assert all(way in row["mode"] for way in found.by)
        assert ("V" in row["partner"]) == ("vendor" in found.partners)
        assert bool(found.options) == bool(row["options"])
        assert any(o.required for o in found.options) == ("*" in row["options"]) or "COUPON" in name


def test_limits_options_and_refresh_times() -> None:
    types = report_types()
    orders = types["GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"]
    assert (orders.longest, orders.refresh, orders.by) == (30 * 86_400, None, ("request",))
    assert types["GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL"].refresh == 1800
    assert types["GET_FBA_REIMBURSEMENTS_DATA"].refresh == 4 * 3600
    traffic = types["GET_SALES_AND_TRAFFIC_REPORT"]
    assert traffic.cancelled
    assert {o.name: o.values for o in traffic.options}["asinGranularity"] == ("PARENT", "CHILD", "SKU")
    assert not any(o.required for o in traffic.options)
    assert types["GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"].by == ()
    assert all(o.required for o in types["GET_VENDOR_SALES_REPORT"].options)
    assert types["GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT"].borders


def test_snapshots_need_no_window() -> None:
    types = report_types()
    snapshots = {name for name, kind in types.items() if kind.snapshot}
    assert {"GET_MERCHANT_LISTINGS_ALL_DATA", "GET_AFN_INVENTORY_DATA", "GET_V2_SELLER_PERFORMANCE_REPORT"} <= snapshots
    assert "GET_LEDGER_SUMMARY_VIEW_DATA" not in snapshots
    # Nothing is known of how far back or how long what is there now would reach.
    assert not [name for name in snapshots if types[name].horizon or types[name].longest or types[name].borders]


def test_whose_rows_a_report_holds() -> None:
    types = report_types()
    held = {name: kind.rows for name, kind in types.items()}
    assert held["GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"] == "region"
    assert held["GET_LEDGER_DETAIL_VIEW_DATA"] == held["GET_LEDGER_SUMMARY_VIEW_DATA"] == "region"
    assert held["GET_V2_SELLER_PERFORMANCE_REPORT"] == "region"
    assert held["GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA"] == "network"
    assert held["GET_SELLER_FEEDBACK_DATA"] == held["GET_MERCHANT_LISTINGS_ALL_DATA"] == "marketplace"
    assert set(held.values()) == {"marketplace", "region", "network"}
    # Only of these is it told by Amazon, or by what their rows say.
    sure = {name for name, rows in held.items() if rows != "marketplace" and "rows" not in types[name].doubt}
    assert sure == {name for name in types if "_ALL_ORDERS_" in name} | {"GET_V2_SELLER_PERFORMANCE_REPORT"}


def test_what_is_removed_names_its_successor() -> None:
    removed = {name: kind for name, kind in report_types().items() if kind.removed}
    assert sorted(removed) == ["GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE", "GET_V2_SETTLEMENT_REPORT_DATA_XML"]
    assert {kind.removed for kind in removed.values()} == {date(2026, 11, 11)}
    gone = gone_types()
    assert not gone.keys() & report_types().keys()
    assert gone["GET_MFN_PAN_EU_OFFER_STATUS"].instead == ("GET_MFN_PANEU_OFFER_STATUS",)
    for kind in (*removed.values(), *gone.values()):
        assert set(kind.instead) <= report_types().keys() - removed.keys(), kind.name


def test_feeds() -> None:
    types = feed_types()
    assert len([t for t in types.values() if t.removed is None]) == 20
    assert types["JSON_LISTINGS_FEED"].quota == (5, 300)
    assert types["JSON_LISTINGS_FEED"].partners == {"seller", "vendor"}
    assert types["POST_PRODUCT_DATA"].removed == date(2025, 7, 31)
