"""Tracking: freight goes on as the clock moves."""

from __future__ import annotations

from .conftest import NOW, Client

PATH = "/tracking/2026-01-30/shipments/track"
DAY = 86_400


def milestones(client: Client, **query: str) -> list[str]:
    """Return the milestones that have passed."""
    detail = client.ok(PATH, **query)["trackingDetail"]
    history = detail["milestoneHistory"]
    assert detail["latestMilestone"] == history[-1]
    times = [m["occurredAt"] for m in history]
    assert times == sorted(times)
    return [m["status"]["code"] for m in history]


def test_freight_goes_on_until_it_is_delivered(client: Client) -> None:
    first = milestones(client, aftn="AFTN1")
    client.clock.wait(NOW + 30 * DAY)
    client.login()
    last = milestones(client, aftn="AFTN1")
    assert last[: len(first)] == first
    assert last[-1] == "DELIVERED"


def test_it_is_asked_for_by_one_number(client: Client) -> None:
    assert client.get(PATH).status_code == 400
    assert client.get(PATH, aftn="1", id="2").status_code == 400
    query = {"carrierTracking.trackingNumber": "1Z", "carrierTracking.carrierCode": "UPS"}
    identifier = client.ok(PATH, **query)["trackingDetail"]["identifier"]
    assert identifier == {"carrierTracking": {"trackingNumber": "1Z", "carrierCode": "UPS"}}
