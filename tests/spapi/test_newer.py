"""The operations that Amazon's SDK has before any model: equal to the SDK's figures, and judged like all others."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amzsql import spapi
from amzsql.spapi import harvest
from amzsql.spapi.model import Operation
from amzsql.spapi.validate import INVALID, MISSING, known, problems

FIGURES = Path(__file__).parents[3] / "shared" / "spapi" / "sdk_only_operations.tsv"
NEWER = {o.key: o for o in spapi.all_operations() if o.source}
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()
# The SDK's module of each API version, by the name that its facts have.
MODULES = {
    "apluscontent_v2020_11_01": "aplusContent_2020-11-01",
    "external_fulfillment_location_v2026_07_30": "externalFulfillmentLocation_2026-07-30",
    "external_fulfillment_shipments_v2024_09_11": "externalFulfillmentShipments_2024-09-11",
    "finance_remittance_v2026_03_17": "financesRemittance_2026-03-17",
    "promotions_v2025_12_01": "promotions_2025-12-01",
    "support_v2025_02_01": "support_2025-02-01",
}
REMITTANCES = "financesRemittance_2026-03-17.getRemittanceHeaders"
PROMOTIONS = "promotions_2025-12-01.searchPromotions"
CASES = "support_2025-02-01.listCases"


def test_all_fourteen_are_there_and_say_where_they_come_from() -> None:
    assert len(NEWER) == 14
    assert {o.source for o in NEWER.values()} == {"amzn_sp_api 1.13.0"}
    assert sum(o.read for o in NEWER.values()) == 9
    assert {o.operation_id for o in NEWER.values() if o.sandbox_only} == {
        "createSandboxLocation",
        "createSandboxShipment",
        "updateSandboxShipment",
    }


@pytest.mark.skipif(not FIGURES.is_file(), reason="needs ../shared figures")
def test_facts_equal_the_figures_of_the_sdk() -> None:
    with FIGURES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert {_key(row) for row in rows} == set(NEWER)
    for row in rows:
        operation = NEWER[_key(row)]
        assert operation.operation_id == _camel(row["sdk_method"])
        assert {p.name for p in operation.parameters} == {_camel(n) for n in row["params"].split(", ")}
        rate = (operation.rate.rate, operation.rate.burst) if operation.rate.known else None
        assert rate == ((float(row["rate"]), int(row["burst"])) if row["rate"] else None), operation.name
        assert (operation.response_type or "") == row["response_type"], operation.name


def _key(row: Mapping[str, str]) -> tuple[str, str, str]:
    return (MODULES[row["api"]], row["method"], row["path"])


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda m: m.group(1).upper(), name)


@pytest.mark.parametrize("operation", NEWER.values(), ids=lambda o: o.name)
def test_each_is_found_by_its_path(operation: Operation) -> None:
    path = re.sub(r"{\w+}", "a-1", operation.path)
    found = spapi.match(operation.method, path)
    assert found is not None
    assert found[0] is operation
    assert set(found[1].values()) <= {"a-1"}


@pytest.mark.parametrize(
    ("name", "row_path", "token_in", "token_out", "size"),
    [
        (REMITTANCES, "remittances[]", "nextToken", "nextToken", None),
        ("financesRemittance_2026-03-17.getRemittance", "remittanceItems[]", *["nextTokenForLineItems"] * 2, None),
        (PROMOTIONS, "promotions[]", "paginationToken", "pagination.nextToken", 100),
        (
            "promotions_2025-12-01.getSelection",
            "selection.selectionDetails.items[]",
            "paginationToken",
            "selection.selectionDetails.pagination.nextToken",
            100,
        ),
        (CASES, "cases[]", "nextToken", "nextToken", 50),
        ("support_2025-02-01.listContacts", "contacts[]", "nextToken", "nextToken", 50),
    ],
)
def test_rows_and_pages(name: str, row_path: str, token_in: str, token_out: str, size: int | None) -> None:
    operation = spapi.operation(name)
    assert operation.row_path == row_path
    paging = operation.paging
    assert paging is not None
    assert (paging.token_in, paging.token_out, paging.size_max) == (token_in, token_out, size)
    assert paging.token_in_location == ("body" if name == CASES else "query")


def test_a_page_token_does_not_stand_beside_the_rows() -> None:
    beside = {f.path for f in spapi.operation("financesRemittance_2026-03-17.getRemittance").parent_fields}
    assert "remittanceHeader.paymentAmount.currencyAmount" in beside
    assert "nextTokenForLineItems" not in beside


def test_what_is_asked_for_by_its_key_is_one_row() -> None:
    found = [o for o in NEWER.values() if o.operation_id in ("getMedia", "getPromotion", "getCase")]
    assert len(found) == 3
    for operation in found:
        assert (operation.row_kind, operation.row_path) == ("object", "")
        assert operation.fields


def judged(name: str, query: dict[str, str], body: object = None, **path: str) -> list[tuple[str, str]]:
    operation = spapi.operation(name)
    given = {n: [v] for n, v in query.items()}
    return [(p.parameter, p.code) for p in problems(operation, path, given, body, now=NOW)]


@pytest.mark.parametrize(
    ("name", "query", "body", "path"),
    [
        (REMITTANCES, {"marketplaceId": "A", "startDate": "2026-09-01T00:00:00Z", "endDate": "2026-11-01"}, None, {}),
        (PROMOTIONS, {"marketplaceIds": "A", "statuses": "RUNNING,UPCOMING", "limit": "100"}, None, {}),
        (
            "promotions_2025-12-01.getSelection",
            {"revisionId": "1", "locale": "en_US"},
            None,
            {"promotionId": "p", "selectionId": "s"},
        ),
        (CASES, {}, {"caseFilters": {"caseStatuses": ["RESOLVED"]}, "maxResults": 50}, {}),
        ("support_2025-02-01.listContacts", {"sortOrder": "ASC"}, None, {"caseId": "1"}),
        ("aplusContent_2020-11-01.createMedia", {}, {"mediaType": "VIDEO", "title": "Unboxed"}, {}),
        (
            "externalFulfillmentShipments_2024-09-11.updateSandboxShipment",
            {},
            {"updateType": "SHIPMENT_STATUS_CHANGE", "updates": {"status": "SHIPPED"}},
            {"shipmentId": "1"},
        ),
    ],
)
def test_valid_requests(name: str, query: dict[str, str], body: object, path: dict[str, str]) -> None:
    assert judged(name, query, body, **path) == []
    assert known(spapi.operation(name), body) == body


@pytest.mark.parametrize(
    ("name", "query", "body", "parameter", "code"),
    [
        (REMITTANCES, {}, None, "marketplaceId", MISSING),
        (REMITTANCES, {"marketplaceId": "A", "startDate": "yesterday"}, None, "startDate", INVALID),
        (REMITTANCES, {"marketplaceId": "A", "startDate": "2025-01-01T00:00:00Z"}, None, "startDate", INVALID),
        (
            REMITTANCES,
            {"marketplaceId": "A", "startDate": "2026-01-01T00:00:00Z", "endDate": "2026-11-01T00:00:00Z"},
            None,
            "endDate",
            INVALID,
        ),
        (PROMOTIONS, {"marketplaceIds": "A,B"}, None, "marketplaceIds", INVALID),
        (PROMOTIONS, {"marketplaceIds": "A", "locale": "english"}, None, "locale", INVALID),
        (PROMOTIONS, {"marketplaceIds": "A", "limit": "101"}, None, "limit", INVALID),
        (CASES, {}, None, "body", MISSING),
        (CASES, {}, {"maxResults": 51}, "maxResults", INVALID),
        (CASES, {}, {"caseFilters": {"caseStatuses": ["OPEN"]}}, "caseFilters.caseStatuses[]", INVALID),
        ("aplusContent_2020-11-01.createMedia", {}, {"title": "Unboxed"}, "mediaType", MISSING),
        (
            "externalFulfillmentLocation_2026-07-30.createSandboxLocation",
            {},
            {"merchantIds": [], "marketplaceId": "A", "locationName": "B"},
            "merchantIds",
            INVALID,
        ),
    ],
)
def test_wrong_requests(name: str, query: dict[str, str], body: object, parameter: str, code: str) -> None:
    assert judged(name, query, body) == [(parameter, code)]


def test_declarations_hold_no_prose() -> None:
    for path in harvest.NEWER.glob("*.json"):
        document = json.loads(path.read_text(encoding="utf-8"))
        assert document["info"]["x-source"], path.name
        assert '"description":"' not in json.dumps(document, separators=(",", ":")), path.name
