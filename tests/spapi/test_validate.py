"""Requests judged by the facts: what is valid passes, and each way to be wrong is named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from amzsql import spapi
from amzsql.spapi.validate import INVALID, MISSING, instant, known, problems

CASES = Path(__file__).parents[3] / "shared" / "spapi" / "sandbox_cases.jsonl"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()
US = {"MarketplaceIds": ["ATVPDKIKX0DER"]}
SEARCH = "orders_2026-01-01.searchOrders"
ORDERS = "ordersV0.getOrders"
INVENTORY = {
    "granularityType": ["Marketplace"],
    "granularityId": ["ATVPDKIKX0DER"],
    "marketplaceIds": ["ATVPDKIKX0DER"],
}
METRICS = {"marketplaceIds": ["ATVPDKIKX0DER"], "granularityTimeZone": ["UTC"]}


def judged(name: str, query: Mapping[str, list[str]], body: object = None, **path: str) -> list[tuple[str, str]]:
    found = problems(spapi.operation(name), path, query, body, now=NOW)
    assert all(p.message for p in found)
    return [(p.parameter, p.code) for p in found]


@pytest.mark.parametrize(
    ("name", "query"),
    [
        (ORDERS, {**US, "CreatedAfter": ["2026-11-01T00:00:00Z"], "MaxResultsPerPage": ["100"]}),
        (ORDERS, {**US, "CreatedAfter": ["2026-11-01"], "CreatedBefore": ["2026-11-21T11:58:00Z"]}),
        (ORDERS, {**US, "AmazonOrderIds": ["902-1-1,902-1-2"]}),
        (ORDERS, {**US, "NextToken": ["a+/="]}),
        (SEARCH, {"createdAfter": ["2026-11-01T00:00:00Z"], "includedData": ["BUYER,PROCEEDS"]}),
        ("fbaInventory.getInventorySummaries", {**INVENTORY, "details": ["true"], "sellerSkus": ["A,B"]}),
        ("reports_2021-06-30.getReports", {"nextToken": ["t"]}),
        ("reports_2021-06-30.getReports", {"reportTypes": ["A,B"], "pageSize": ["100"]}),
        ("fulfillmentInbound_2024-03-20.listItemComplianceDetails", {"mskus": ["a", "b"], "marketplaceId": ["X"]}),
        ("finances_2024-06-19.listTransactions", {"postedAfter": ["2025-01-01"], "postedBefore": ["2026-11-01"]}),
        (
            "sales.getOrderMetrics",
            {**METRICS, "granularity": ["Hour"], "interval": ["2026-11-01T00:00:00Z--2026-11-02T00:00:00Z"]},
        ),
        (
            "sales.getOrderMetrics",
            {**METRICS, "granularity": ["Day"], "interval": ["2026-01-01T00:00:00-07:00--2026-11-02T00:00:00-07:00"]},
        ),
    ],
)
def test_valid_requests(name: str, query: dict[str, list[str]]) -> None:
    assert judged(name, query) == []


def orders(**more: list[str]) -> dict[str, list[str]]:
    return {**US, "CreatedAfter": ["2026-11-01T00:00:00Z"], **more}


def search(**more: list[str]) -> dict[str, list[str]]:
    return {"createdAfter": ["2026-11-01T00:00:00Z"], **more}


@pytest.mark.parametrize(
    ("name", "query", "parameter", "code"),
    [
        pytest.param(ORDERS, orders(Color=["red"]), "Color", INVALID, id="unknown"),
        pytest.param(ORDERS, {"CreatedAfter": ["2026-11-01"]}, "MarketplaceIds", MISSING, id="required"),
        pytest.param(ORDERS, US, "CreatedAfter", MISSING, id="any of"),
        pytest.param(
            ORDERS, orders(LastUpdatedAfter=["2026-11-01"]), "LastUpdatedAfter", INVALID, id="exclusive families"
        ),
        pytest.param(ORDERS, orders(SellerOrderId=["1"], BuyerEmail=["x"]), "BuyerEmail", INVALID, id="exclusive"),
        pytest.param(ORDERS, orders(AmazonOrderIds=[",".join(["1"] * 51)]), "AmazonOrderIds", INVALID, id="max items"),
        pytest.param(ORDERS, orders(AmazonOrderIds=["1", "2"]), "AmazonOrderIds", INVALID, id="csv given twice"),
        pytest.param(ORDERS, orders(AmazonOrderIds=["1,"]), "AmazonOrderIds", INVALID, id="empty item"),
        pytest.param(ORDERS, orders(IsISPU=["yes"]), "IsISPU", INVALID, id="boolean"),
        pytest.param(ORDERS, orders(MaxResultsPerPage=["ten"]), "MaxResultsPerPage", INVALID, id="integer"),
        pytest.param(ORDERS, orders(MaxResultsPerPage=["101"]), "MaxResultsPerPage", INVALID, id="page size of prose"),
        pytest.param(ORDERS, orders(MaxResultsPerPage=["0"]), "MaxResultsPerPage", INVALID, id="no page size"),
        *(
            pytest.param(ORDERS, orders(MaxResultsPerPage=[text]), "MaxResultsPerPage", INVALID, id=f"{text:.5} rows")
            for text in ("1.5", "-5", "1_0", "\u0661", "9" * 5000)
        ),
        pytest.param(
            ORDERS, orders(CreatedBefore=["2026-11-21T11:59:00Z"]), "CreatedBefore", INVALID, id="two minutes"
        ),
        pytest.param(ORDERS, orders(CreatedBefore=["2026-10-01"]), "CreatedBefore", INVALID, id="before after"),
        pytest.param(ORDERS, {**US, "CreatedAfter": ["2026-11-22"]}, "CreatedAfter", INVALID, id="future"),
        pytest.param(ORDERS, {**US, "CreatedAfter": ["last week"]}, "CreatedAfter", INVALID, id="no time"),
        pytest.param(SEARCH, search(fulfillmentStatuses=["Shipped"]), "fulfillmentStatuses", INVALID, id="enum"),
        pytest.param(ORDERS, orders(OrderStatuses=["Shipped,SHIPPED"]), "OrderStatuses", INVALID, id="enum of prose"),
        pytest.param(SEARCH, search(includedData=["BUYER,PRICE"]), "includedData", INVALID, id="enum in a list"),
        pytest.param(SEARCH, {"createdAfter": ["11/01/2026"]}, "createdAfter", INVALID, id="date-time"),
        pytest.param(SEARCH, {"paginationToken": ["t"]}, "createdAfter", MISSING, id="token without its filters"),
        pytest.param(
            "fbaInventory.getInventorySummaries",
            {**INVENTORY, "startDateTime": ["2025-01-01T00:00:00Z"]},
            "startDateTime",
            INVALID,
            id="horizon",
        ),
        pytest.param(
            "fbaInventory.getInventorySummaries",
            {**INVENTORY, "marketplaceIds": ["A,B"]},
            "marketplaceIds",
            INVALID,
            id="one marketplace",
        ),
        pytest.param(
            "reports_2021-06-30.getReports",
            {"nextToken": ["t"], "reportTypes": ["A"]},
            "reportTypes",
            INVALID,
            id="token that comes alone",
        ),
        pytest.param(
            "fulfillmentInboundV0.getShipments",
            {"QueryType": ["SHIPMENT"], "MarketplaceId": ["X"], "NextToken": ["t"]},
            "QueryType",
            INVALID,
            id="what accompanies a token",
        ),
        pytest.param(
            "catalogItems_2022-04-01.searchCatalogItems",
            {"identifiers": ["1"], "marketplaceIds": ["X"]},
            "identifiersType",
            MISSING,
            id="needs",
        ),
        pytest.param(
            "catalogItems_2022-04-01.searchCatalogItems",
            {"identifiers": ["1"], "identifiersType": ["SKU"], "marketplaceIds": ["X"]},
            "sellerId",
            MISSING,
            id="needs for a value",
        ),
        pytest.param(
            "vendorOrders.getPurchaseOrders",
            {"createdAfter": ["2026-11-01T00:00:00Z"], "createdBefore": ["2026-11-09T00:00:00Z"]},
            "createdBefore",
            INVALID,
            id="longest window",
        ),
        pytest.param(
            "sales.getOrderMetrics",
            {**METRICS, "granularity": ["Hour"], "interval": ["2026-09-01T00:00:00Z--2026-09-02T00:00:00Z"]},
            "interval",
            INVALID,
            id="horizon of a value",
        ),
        pytest.param(
            "sales.getOrderMetrics",
            {**METRICS, "granularity": ["Day"], "interval": ["2026-09-01T00:00:00Z"]},
            "interval",
            INVALID,
            id="half an interval",
        ),
    ],
)
def test_invalid_requests(name: str, query: dict[str, list[str]], parameter: str, code: str) -> None:
    assert judged(name, query) == [(parameter, code)]


def test_path_parameters() -> None:
    assert judged("ordersV0.getOrder", {}, orderId="902-1-1") == []
    assert judged("ordersV0.getOrder", {}) == [("orderId", MISSING)]
    assert judged("ordersV0.getOrder", {}, orderId="1", other="2") == [("other", INVALID)]


def test_windows_are_judged_only_with_a_now() -> None:
    query = {**US, "CreatedAfter": ["2026-11-01"], "CreatedBefore": ["2099-01-01"]}
    operation = spapi.operation(ORDERS)
    assert problems(operation, {}, query) == ()
    assert [p.parameter for p in problems(operation, {}, query, now=NOW)] == ["CreatedBefore"]


def test_silent_windows_are_no_problem() -> None:
    query = {"PostedAfter": ["2020-01-01"], "PostedBefore": ["2026-01-01"]}
    assert judged("financesV0.listFinancialEvents", query) == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"reportType": "GET_X", "marketplaceIds": ["A"]}, []),
        ({"reportType": "GET_X", "marketplaceIds": ["A"], "reportOptions": {"any": "thing"}}, []),
        (None, [("body", MISSING)]),
        ([], [("body", INVALID)]),
        ({"marketplaceIds": ["A"]}, [("reportType", MISSING)]),
        ({"reportType": 1, "marketplaceIds": ["A"]}, [("reportType", INVALID)]),
        ({"reportType": "X", "marketplaceIds": "A"}, [("marketplaceIds", INVALID)]),
        ({"reportType": "X", "marketplaceIds": []}, [("marketplaceIds", INVALID)]),
        ({"reportType": "X", "marketplaceIds": [None]}, [("marketplaceIds[]", INVALID)]),
        ({"reportType": "X", "marketplaceIds": ["A"], "dataStartTime": "soon"}, [("dataStartTime", INVALID)]),
        ({"reportType": "X", "marketplaceIds": ["A"], "colour": 1}, [("colour", INVALID)]),
        ({"reportType": "X", "marketplaceIds": ["A"], "reportOptions": {"n": 1}}, [("reportOptions.n", INVALID)]),
    ],
)
def test_bodies(body: object, expected: list[tuple[str, str]]) -> None:
    assert judged("reports_2021-06-30.createReport", {}, body) == expected


def test_numbers_in_bodies() -> None:
    name = "replenishment-2022-11-07.listOffers"
    filters = {"marketplaceId": "ATVPDKIKX0DER", "programTypes": ["SUBSCRIBE_AND_SAVE"]}
    assert judged(name, {}, {"pagination": {"limit": 10, "offset": 0}, "filters": filters}) == []
    for wrong in (True, 1.5, "10", 10**9, 10**400, -(10**400), float("inf"), float("nan")):
        body = {"pagination": {"limit": wrong, "offset": 0}, "filters": filters}
        assert judged(name, {}, body) == [("pagination.limit", INVALID)]


def test_lists_in_bodies_that_only_prose_limits() -> None:
    fee = {"IdType": "ASIN", "IdValue": "B0"}
    found = judged("productFeesV0.getMyFeesEstimates", {}, [fee] * 21)
    assert found == [("body", INVALID)]


def test_a_body_where_none_is_taken() -> None:
    assert judged("ordersV0.getOrder", {}, {"a": 1}, orderId="1") == [("body", INVALID)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21T12:00:00Z", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("2026-11-21T12:00:00.5+01:00", datetime(2026, 11, 21, 11, 0, 0, 500000, tzinfo=UTC)),
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-13-01", None),
        ("", None),
    ],
)
def test_instants(text: str, expected: datetime | None) -> None:
    assert instant(text) == expected


# Amazon's own cases name only the parameters that decide the answer: what they leave out is no problem here, and a few
# contradict the model that they stand in.
CONTRADICTORY = {
    "awd_2024-05-09.createInbound": "unitOfMeasurement CUIN, which the enum spells CU_IN",
    "awd_2024-05-09.checkInboundEligibility": "unitOfMeasurement CUIN, which the enum spells CU_IN",
    "easyShip_2022-03-23.createScheduledPackage": "two fields that the model has not",
    "fulfillmentInboundV0.getShipmentItems": "QueryType SHIPMENT, which the enum has not",
    "sellerWallet_2024-03-01.createTransferSchedule": "values of an enum under another's name",
}


def _given(operation: spapi.Operation, request: dict[str, Any]) -> tuple[dict[str, str], dict[str, list[str]], Any]:
    """Split a case's request into path, query and body."""
    path: dict[str, str] = {}
    query: dict[str, list[str]] = {}
    body = request.get("body") or None
    for p in operation.parameters:
        value = request.get(p.name)
        if value is None:
            continue
        if p.location == "body":
            body = value
        elif p.location == "path":
            path[p.name] = _text(value)
        elif p.location == "query":
            items = [_text(v) for v in value] if isinstance(value, list) else [_text(value)]
            query[p.name] = items if p.style == "multi" else [",".join(items)]
    return path, query, body


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.skipif(not CASES.is_file(), reason="needs Amazon's sandbox cases in ../shared")
def test_amazons_own_cases_are_valid() -> None:
    wrong: dict[str, list[str]] = {}
    count = 0
    for line in CASES.read_text().splitlines():
        case = json.loads(line)
        if not 200 <= case["status"] < 300:
            continue
        count += 1
        operation = spapi.api(case["api"]).find(case["method"], case["path"])
        found = problems(operation, *_given(operation, case["request"]))
        for p in found:
            if p.code == INVALID:
                wrong.setdefault(operation.name, []).append(f"{p.parameter}: {p.message}")
    assert count > 250
    assert set(wrong) == set(CONTRADICTORY), wrong


def test_null_and_unknown_fields_of_a_body_are_passed_over() -> None:
    operation = spapi.operation("productFeesV0.getMyFeesEstimateForASIN")
    price = {"ListingPrice": {"CurrencyCode": "USD", "Amount": 20.0}, "Shipping": None}
    asked = {"MarketplaceId": "ATVPDKIKX0DER", "Identifier": "1", "PriceToEstimateFees": price, "Points": None}
    body = {"FeesEstimateRequest": asked, "marketplaceIds": ["ATVPDKIKX0DER"]}
    seen = known(operation, body)
    assert seen["FeesEstimateRequest"]["PriceToEstimateFees"] == {"ListingPrice": price["ListingPrice"]}
    assert list(seen) == ["FeesEstimateRequest"]
    assert problems(operation, {"Asin": "B000000001"}, {}, seen) == ()
    assert problems(operation, {"Asin": "B000000001"}, {}, body) != ()
