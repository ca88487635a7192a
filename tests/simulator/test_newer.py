"""The operations that no model has yet: lists and single answers agree, filters narrow, pages reach every row once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from amzsql.simulator import apis
from amzsql.spapi import all_operations

from .conftest import CA, NOW, US, Client

PROMOTIONS = "/promotions/2025-12-01/promotions"
REMITTANCES = "/finances/remittances/2026-03-17/remittances"
CASES = "/support/2025-02-01/cases"
MEDIA = "/aplus/2020-11-01/media"
DAY = 86_400
Body = dict[str, Any]


def test_all_of_production_are_modelled() -> None:
    newer = [o for o in all_operations() if o.source and not o.sandbox_only]
    assert len(newer) == 11
    assert {apis.coverage()[o.name] for o in newer} == {"modelled"}


# --- promotions ---


def promotions(client: Client, **query: object) -> list[Body]:
    query = {"marketplaceIds": US, **query}
    pages = list(client.pages(PROMOTIONS, "paginationToken", "pagination.nextToken", **query))
    rows = [p for page in pages for p in page["promotions"]]
    assert {page["totalResults"] for page in pages} == {len(rows)}
    return rows


def test_a_promotion_is_the_same_in_the_list_and_by_itself(client: Client) -> None:
    rows = promotions(client, limit=4)
    assert len({r["promotionId"] for r in rows}) == len(rows) == 14
    assert all(client.ok(f"{PROMOTIONS}/{r['promotionId']}") == r for r in rows)
    assert not {r["promotionId"] for r in rows} & {r["promotionId"] for r in promotions(client, marketplaceIds=CA)}
    assert client.get(f"{PROMOTIONS}/none").status_code == 404


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        ({"statuses": "RUNNING,UPCOMING"}, lambda r: r["status"] in ("RUNNING", "UPCOMING")),
        ({"promotionTypes": "COUPON"}, lambda r: r["promotionType"] == "COUPON"),
        ({"startDateAfter": "2026-10-15T00:00:00Z"}, lambda r: r["schedule"]["startDate"] >= "2026-10-15"),
        ({"endDateBefore": "2026-11-01T00:00:00Z"}, lambda r: r["schedule"]["endDate"] <= "2026-11-01"),
        ({"updateDateAfter": "2026-11-01T00:00:00Z"}, lambda r: r["lastUpdatedDate"] >= "2026-11-01"),
    ],
)
def test_promotions_are_filtered(client: Client, filters: dict[str, str], fits: Callable[[Body], bool]) -> None:
    every, found = promotions(client), promotions(client, **filters)
    assert found == [r for r in every if fits(r)]
    assert 0 < len(found) < len(every)


def test_a_selection_has_the_products_of_its_promotion(client: Client) -> None:
    row = max(
        promotions(client, includedData="selection"), key=lambda r: len(r["selection"]["selectionDetails"]["items"])
    )
    chosen = row["selection"]
    path = f"{PROMOTIONS}/{row['promotionId']}/selections/{chosen['selectionId']}"
    token = "selection.selectionDetails.pagination.nextToken"
    pages = client.pages(path, "paginationToken", token, revisionId=chosen["revisionId"], limit=5)
    items = [i for page in pages for i in page["selection"]["selectionDetails"]["items"]]
    assert items == chosen["selectionDetails"]["items"]
    assert len(items) > 5
    sold = {r["promotionId"] for r in promotions(client, skus=items[0]["sku"])}
    assert row["promotionId"] in sold
    assert client.get(path, revisionId=2).status_code == 400
    assert client.get(path + "x", revisionId=1).status_code == 404


def test_a_promotion_ends_by_the_clock(client: Client) -> None:
    running = promotions(client, statuses="RUNNING,UPCOMING")
    client.clock.wait(NOW + 40 * DAY)
    client.login()
    assert {client.ok(f"{PROMOTIONS}/{r['promotionId']}")["status"] for r in running} == {"EXPIRED"}


# --- remittances ---


def test_a_remittance_is_the_sum_of_its_items(client: Client) -> None:
    query = {"marketplaceId": US, "startDate": "2026-09-01T00:00:00Z", "endDate": "2026-11-18T00:00:00Z"}
    pages = list(client.pages(REMITTANCES, "nextToken", "nextToken", **query))
    rows = [r for page in pages for r in page["remittances"]]
    assert pages[0]["numOfRecords"] == len(rows) > 8
    sizes = []
    for header in rows:
        path, token = f"{REMITTANCES}/{header['uniquePaymentId']}", "nextTokenForLineItems"
        parts = list(client.pages(path, token, token, marketplaceId=US))
        items = [i for page in parts for i in page["remittanceItems"]]
        assert all(page["remittanceHeader"] == header for page in parts)
        assert header["lineItemCount"] == len(items)
        paid = round(sum(i["netAmountPaid"]["currencyAmount"] for i in items), 2)
        assert header["paymentAmount"] == {"currencyCode": "USD", "currencyAmount": paid}
        sizes.append(len(parts))
    assert max(sizes) > 1, "no remittance has a second page"
    assert client.get(f"{REMITTANCES}/1", marketplaceId=US).status_code == 404


def test_without_dates_the_last_thirty_days_are_told(client: Client) -> None:
    rows = client.ok(REMITTANCES, marketplaceId=US)["remittances"]
    assert len(rows) in (4, 5)
    assert all(r["paymentDate"] >= "2026-10-19" for r in rows)
    before = {r["uniquePaymentId"]: r["paymentDate"] for r in rows}
    client.clock.wait(NOW + 8 * DAY)
    client.login()
    later = {r["uniquePaymentId"]: r["paymentDate"] for r in client.ok(REMITTANCES, marketplaceId=US)["remittances"]}
    assert set(later) - set(before), "a week later there is a new one"
    assert all(before.get(key, at) == at for key, at in later.items())


# --- support ---


def cases(client: Client, **body: object) -> list[Body]:
    rows: list[Body] = []
    while True:
        answer = client.http.post(CASES, json=body)
        assert answer.status_code == 200, answer.text
        rows += answer.json()["cases"]
        if "nextToken" not in answer.json():
            return rows
        body["nextToken"] = answer.json()["nextToken"]


def test_cases_are_paged_by_a_token_in_the_body(client: Client) -> None:
    rows = cases(client, maxResults=7)
    assert len({r["caseId"] for r in rows}) == len(rows) == 24
    assert rows == cases(client, maxResults=50) == cases(client)
    assert [r["createdDate"] for r in rows] == sorted((r["createdDate"] for r in rows), reverse=True)
    assert all(client.ok(f"{CASES}/{r['caseId']}") == r for r in rows)
    assert client.get(f"{CASES}/1").status_code == 404


def test_a_token_is_good_for_its_own_filters(client: Client) -> None:
    token = client.http.post(CASES, json={"maxResults": 5}).json()["nextToken"]
    assert client.http.post(CASES, json={"maxResults": 9, "nextToken": token}).status_code == 200
    for body in ({"nextToken": "made up"}, {"nextToken": token, "sortOrder": "ASC"}):
        assert client.http.post(CASES, json=body).status_code == 400


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        ({"caseStatuses": ["RESOLVED"]}, lambda r: r["status"] == "RESOLVED"),
        ({"createdDate": {"after": "2026-10-01T00:00:00Z"}}, lambda r: r["createdDate"] >= "2026-10-01"),
        ({"resolvedDate": {"before": "2026-11-01T00:00:00Z"}}, lambda r: r.get("resolvedDate", "9") <= "2026-11-01"),
        ({"primaryEmails": ["kim.dale@example.com"]}, lambda r: r["primaryEmail"] == "kim.dale@example.com"),
        ({"ccEmails": ["kim.dale@example.com"]}, lambda r: "kim.dale@example.com" in r["ccEmails"]),
        ({"subjectKeywords": "Missing units"}, lambda r: r["subject"] == "Shipment is missing units"),
    ],
)
def test_cases_are_filtered(client: Client, filters: Body, fits: Callable[[Body], bool]) -> None:
    every, found = cases(client), cases(client, caseFilters=filters)
    assert found == [r for r in every if fits(r)]
    assert 0 < len(found) < len(every)


def test_cases_are_sorted(client: Client) -> None:
    rows = cases(client, sortField="LAST_OUTBOUND_DATE", sortOrder="ASC")
    dates = [r.get("lastOutboundDate", "9") for r in rows]
    assert dates == sorted(dates)


def test_contacts_of_a_case(client: Client) -> None:
    found = {}
    for case in cases(client):
        path = f"{CASES}/{case['caseId']}/contacts"
        pages = list(client.pages(path, "nextToken", "nextToken", maxResults=3, sortOrder="ASC"))
        rows = [c for page in pages for c in page["contacts"]]
        assert rows[0]["createdDate"] == case["createdDate"]
        assert rows[-1]["createdDate"] == case["lastUpdatedDate"]
        assert client.ok(path, maxResults=50)["contacts"] == rows[::-1]
        found |= {c["contactId"]: c["channel"] for c in rows}
    assert set(found.values()) == {"EMAIL", "PHONE", "CHAT"}


# --- media of A+ Content ---


def test_media_are_made_paired_and_changed(client: Client) -> None:
    paired = {"associationType": "VIDEO_PAIRING", "title": "Also", "media": {"mediaType": "IMAGE"}}
    asked = {"mediaType": "VIDEO", "title": "Unboxed", "relatedMedia": [paired]}
    made = client.http.post(MEDIA, json=asked).json()
    assert made["status"] == ["PENDING_PROCESSING"]
    assert client.ok(f"{MEDIA}/{made['mediaId']}") == made
    other = made["relatedMedia"][0]["media"]["mediaId"]
    assert len(client.ok(f"{MEDIA}/{made['mediaId']}", associatedMediaId=other)["relatedMedia"]) == 1
    assert client.ok(f"{MEDIA}/{made['mediaId']}", associatedMediaId="none")["relatedMedia"] == []
    changed = client.http.patch(f"{MEDIA}/{made['mediaId']}", json={"title": "Opened"})
    assert changed.status_code == 200, changed.text
    client.clock.wait(NOW + 2 * 3600)
    client.login()
    now = client.ok(f"{MEDIA}/{made['mediaId']}")
    assert (now["title"], now["status"]) == ("Opened", ["AVAILABLE"])
    assert client.get(f"{MEDIA}/none").status_code == 404


def test_two_accounts_share_no_key(client: Client) -> None:
    here = {r["caseId"] for r in cases(client)}, {r["uniquePaymentId"] for r in remittances(client)}
    client.login(refresh_token="Atzr|simulator-vendor")
    there = {r["caseId"] for r in cases(client)}, {r["uniquePaymentId"] for r in remittances(client)}
    assert all(mine and others and not mine & others for mine, others in zip(here, there, strict=True))


def remittances(client: Client) -> list[Body]:
    rows: list[Body] = client.ok(REMITTANCES, marketplaceId=US)["remittances"]
    return rows
