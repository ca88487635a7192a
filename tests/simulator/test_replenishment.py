"""Subscriptions: lists by offset, filters, periods that add up, what a wrong interval is answered."""

from __future__ import annotations

from typing import Any

US = "ATVPDKIKX0DER"
API = "/replenishment/2022-11-07"
INTERVAL = {"startDate": "2026-09-01T00:00:00Z", "endDate": "2026-10-31T00:00:00Z"}
PROGRAMS = {"programTypes": ["SUBSCRIBE_AND_SAVE"], "marketplaceId": US}


def offers(client: Any, limit: int, offset: int, **filters: Any) -> dict[str, Any]:
    body = {"pagination": {"limit": limit, "offset": offset}, "filters": {**PROGRAMS, **filters}}
    answer = client.http.post(f"{API}/offers/search", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_pages_by_offset_hold_every_offer_once(client: Any) -> None:
    total = offers(client, 1, 0)["pagination"]["totalResults"]
    seen = [o["sku"] for offset in range(0, total, 40) for o in offers(client, 40, offset)["offers"]]
    assert len(seen) == len(set(seen)) == total > 100
    assert offers(client, 40, total)["offers"] == []


def test_filters_narrow(client: Any) -> None:
    first, second = offers(client, 2, 0)["offers"]
    assert [o["asin"] for o in offers(client, 9, 0, asins=[second["asin"]])["offers"]] == [second["asin"]]
    kept = offers(client, 100, 0, eligibilities=[first["eligibility"]])
    assert {o["eligibility"] for o in kept["offers"]} == {first["eligibility"]}
    assert kept["pagination"]["totalResults"] < offers(client, 1, 0)["pagination"]["totalResults"]


def test_periods_of_an_interval(client: Any) -> None:
    body = {**PROGRAMS, "timeInterval": INTERVAL, "timePeriodType": "PERFORMANCE", "aggregationFrequency": "MONTH"}
    rows = client.http.post(f"{API}/sellingPartners/metrics/search", json=body).json()["metrics"]
    assert [r["timeInterval"]["startDate"] for r in rows] == ["2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z"]
    assert rows[-1]["timeInterval"]["endDate"] == INTERVAL["endDate"]
    filters = {**PROGRAMS, "timeInterval": INTERVAL, "timePeriodType": "PERFORMANCE", "aggregationFrequency": "MONTH"}
    asked = {"pagination": {"limit": 100, "offset": 0}, "filters": filters}
    units = 0
    while True:
        page = client.http.post(f"{API}/offers/metrics/search", json=asked).json()
        units += sum(o["shippedSubscriptionUnits"] for o in page["offers"])
        asked["pagination"]["offset"] += len(page["offers"])
        if not page["offers"]:
            break
    assert units == sum(r["shippedSubscriptionUnits"] for r in rows) > 0


def test_an_interval_that_ends_before_it_begins_is_refused(client: Any) -> None:
    turned = {"startDate": INTERVAL["endDate"], "endDate": INTERVAL["startDate"]}
    body = {**PROGRAMS, "timeInterval": turned, "timePeriodType": "PERFORMANCE"}
    assert client.http.post(f"{API}/sellingPartners/metrics/search", json=body).status_code == 400
