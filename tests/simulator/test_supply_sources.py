"""Supply sources: what is created, changed and archived is read back."""

from __future__ import annotations

from typing import Any

from .conftest import Client
from .workflows import SOURCES, Desk

ADDRESS = {"name": "Robin Marsh", "addressLine1": "500 Harbor Way", "stateOrRegion": "WA", "countryCode": "US"}
BODY: dict[str, Any] = {"supplySourceCode": "SHED", "alias": "Shed", "address": ADDRESS}


def test_a_source_is_created_changed_listed_and_archived(client: Client) -> None:
    desk = Desk(client)
    before = desk.do(f"{SOURCES}.getSupplySources")["supplySources"]
    made = desk.do(f"{SOURCES}.createSupplySource", body=BODY)
    keys = {"supplySourceId": made["supplySourceId"]}
    found = desk.do(f"{SOURCES}.getSupplySource", **keys)
    assert (found["alias"], found["status"], found["address"]) == ("Shed", "Inactive", ADDRESS)
    desk.wait(60)
    desk.do(f"{SOURCES}.updateSupplySource", body={"alias": "Barn", "configuration": {"timezone": "UTC"}}, **keys)
    desk.do(f"{SOURCES}.updateSupplySourceStatus", body={"status": "Active"}, **keys)
    changed = desk.do(f"{SOURCES}.getSupplySource", **keys)
    assert (changed["alias"], changed["status"], changed["configuration"]) == ("Barn", "Active", {"timezone": "UTC"})
    assert changed["updatedAt"] > changed["createdAt"]
    after = desk.do(f"{SOURCES}.getSupplySources")["supplySources"]
    assert [s["supplySourceId"] for s in after] == [*(s["supplySourceId"] for s in before), made["supplySourceId"]]
    desk.do(f"{SOURCES}.archiveSupplySource", **keys)
    assert desk.do(f"{SOURCES}.getSupplySource", **keys)["status"] == "Archived"
    assert desk.do(f"{SOURCES}.getSupplySources")["supplySources"] == before
    assert desk.ask(f"{SOURCES}.updateSupplySource", body={"alias": "Hut"}, **keys).status_code == 400


def test_a_code_is_given_once_and_pages_hold_what_is_asked_for(client: Client) -> None:
    desk = Desk(client)
    desk.do(f"{SOURCES}.createSupplySource", body=BODY)
    assert desk.ask(f"{SOURCES}.createSupplySource", body=BODY).status_code == 400
    first = desk.do(f"{SOURCES}.getSupplySources", query={"pageSize": "2"})
    query = {"pageSize": "2", "nextPageToken": first["nextPageToken"]}
    second = desk.do(f"{SOURCES}.getSupplySources", query=query)
    assert [len(p["supplySources"]) for p in (first, second)] == [2, 1]
    assert desk.ask(f"{SOURCES}.getSupplySource", supplySourceId="none").status_code == 404
