"""What a writing operation changed is what the reads of the same API show, and what is unknown is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import US, Client
from .test_feeds import SELLER, stock
from .workflows import OUTBOUND, OUTBOUND_2026, SHIPPING, V1_LABEL, Desk, containers, outbound_order, parcels
from .workflows import stock as kept

LISTINGS, TAXES = "listingsItems_2021-08-01", "InvoicesApiModel_2024-06-19"


@pytest.fixture
def desk(client: Client) -> Desk:
    return Desk(client)


def status(desk: Desk, name: str, **more: Any) -> int:
    return desk.ask(name, **more).status_code


# Listings


def offer(price: float, **more: Any) -> dict[str, Any]:
    schedule = [{"schedule": [{"value_with_tax": price}]}]
    return {"marketplace_id": US, "currency": "USD", "our_price": schedule, **more}


def text(value: str) -> list[dict[str, Any]]:
    return [{"marketplace_id": US, "value": value}]


LISTED = {
    "item_name": text("A mug"), "brand": text("Kiln"), "condition_type": text("new_new"),
    "purchasable_offer": [offer(12)], "fulfillment_availability": stock(3),
}  # fmt: skip


def patched(*patches: tuple[str, str, Any]) -> dict[str, Any]:
    found = [{"op": op, "path": f"/attributes/{name}", "value": value} for op, name, value in patches]
    return {"productType": "MUG", "patches": found}


def test_a_listing_shows_what_was_written_to_it(desk: Desk) -> None:
    keys, place = {"sellerId": SELLER, "sku": "WRITTEN-1"}, {"marketplaceIds": US}

    def shown() -> tuple[Any, ...]:
        desk.wait(61)
        sections = {"includedData": "summaries,attributes,offers,fulfillmentAvailability"}
        found = desk.do(f"{LISTINGS}.getListingsItem", query=place | sections, **keys)
        listed = desk.do(
            f"{LISTINGS}.searchListingsItems",
            query={**place, **sections, "identifiers": "WRITTEN-1", "identifiersType": "SKU"},
            sellerId=SELLER,
        )
        assert listed["items"] == [found]
        summary, quantity = found["summaries"][0], found["fulfillmentAvailability"][0]["quantity"]
        price = found["offers"][0]["price"]["amount"]
        return summary["itemName"], summary["mainImage"]["link"], price, quantity, found["attributes"]

    def patch(*patches: tuple[str, str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = desk.do(f"{LISTINGS}.patchListingsItem", body=patched(*patches), query=place, **keys)
        return found

    body = {"productType": "MUG", "attributes": LISTED}
    assert desk.do(f"{LISTINGS}.putListingsItem", body=body, query=place, **keys)["status"] == "ACCEPTED"
    assert status(desk, f"{LISTINGS}.getListingsItem", query=place, **keys) == 404
    first = shown()
    assert (first[0], *first[2:4]) == ("A mug", "12.00", 3)
    image = [{"marketplace_id": US, "media_location": "https://example.com/mug.png"}]
    patch(
        ("merge", "purchasable_offer", [offer(15)]),
        ("merge", "fulfillment_availability", stock(8)),
        ("replace", "main_product_image_locator", image),
        ("replace", "item_name", text("A jug")),
    )
    assert shown()[:4] == ("A jug", "https://example.com/mug.png", "15.00", 8)
    patch(("add", "color", text("Blue")), ("delete", "main_product_image_locator", [{"marketplace_id": US}]))
    changed = shown()
    assert changed[1] == first[1]
    assert "main_product_image_locator" not in changed[4]
    assert changed[4]["color"][0]["value"] == "Blue"
    refused = patch(("replace", "no_such_attribute", text("x")), ("replace", "item_name", text("Not kept")))
    assert refused["status"] == "INVALID"
    assert [i["attributeNames"] for i in refused["issues"]] == [["no_such_attribute"]]
    assert shown() == changed
    desk.do(f"{LISTINGS}.deleteListingsItem", query=place, **keys)
    desk.wait(61)
    assert status(desk, f"{LISTINGS}.getListingsItem", query=place, **keys) == 404


# Shipping


def test_a_shipment_of_the_older_version_is_read_back(desk: Desk) -> None:
    made = desk.do("shipping.createShipment", body=containers())["payload"]
    keys = {"shipmentId": made["shipmentId"]}
    read = desk.do("shipping.getShipment", **keys)["payload"]
    assert {n: read[n] for n in containers()} == containers()
    assert "acceptedRate" not in read
    rate = next(r for r in made["eligibleRates"] if r["serviceType"] == "Amazon Shipping Premium")
    body = {"rateId": rate["rateId"], "labelSpecification": V1_LABEL}
    assert status(desk, "shipping.purchaseLabels", body={**body, "rateId": "none"}, **keys) == 400
    parcel = desk.do("shipping.purchaseLabels", body=body, **keys)["payload"]["labelResults"][0]["trackingId"]
    assert status(desk, "shipping.purchaseLabels", body=body, **keys) == 400
    accepted = desk.do("shipping.getShipment", **keys)["payload"]["acceptedRate"]
    assert accepted == {n: rate[n] for n in ("totalCharge", "billedWeight", "serviceType", "promise")}
    desk.wait(2 * 86_400)
    assert desk.do("shipping.getTrackingInformation", trackingId=parcel)["payload"]["summary"] == {
        "status": "Delivered"
    }
    assert status(desk, "shipping.cancelShipment", **keys) == 400
    whole = {"serviceType": "Amazon Shipping Ground", "labelSpecification": V1_LABEL, **containers()}
    bought = desk.do("shipping.purchaseShipment", body=whole)["payload"]
    keys = {"shipmentId": bought["shipmentId"]}
    desk.do("shipping.cancelShipment", **keys)
    label = {"labelSpecification": V1_LABEL}
    parcel = bought["labelResults"][0]["trackingId"]
    assert status(desk, "shipping.retrieveShippingLabel", body=label, **keys, trackingId=parcel) == 400
    asked = {"shipTo": whole["shipTo"], "shipFrom": whole["shipFrom"], "serviceTypes": ["Amazon Shipping Ground"]}
    assert status(desk, "shipping.getRates", body={**asked, "containerSpecifications": []}) == 400
    for name in ("getShipment", "cancelShipment"):
        assert status(desk, f"shipping.{name}", shipmentId="none") == 404


def test_accounts_with_carriers_come_and_go(desk: Desk) -> None:
    def linked() -> list[tuple[str, str]]:
        rows = desk.do(f"{SHIPPING}.getCarrierAccounts", body={})["activeAccounts"]
        return [(r["carrierId"], r["accountId"]) for r in rows]

    def ask(what: str, method: str, body: dict[str, Any]) -> Any:
        return desk.client.http.request(method, f"/shipping/v2/carrierAccounts/{what}", json=body)

    before = linked()
    told = {"carrierAccountType": "SHIPPER_ACCOUNT", "carrierAccountAttributes": []}
    made = [ask("FEDEX", method, told).json()["accountId"] for method in ("PUT", "POST")]
    assert linked() == [*before, *(("FEDEX", key) for key in made)]
    assert ask("UPS/unlink", "PUT", {"accountId": made[0]}).status_code == 404
    assert ask("FEDEX/unlink", "PUT", {"accountId": made[0]}).json() == {"isUnlinked": True}
    assert linked() == [*before, ("FEDEX", made[1])]
    assert ask("FEDEX/unlink", "PUT", {"accountId": made[0]}).status_code == 404
    assert ask("NOBODY", "PUT", told).status_code == 400


def test_a_collection_form_takes_along_what_waits(desk: Desk) -> None:
    def waiting() -> dict[str, int]:
        rows = desk.do(f"{SHIPPING}.getUnmanifestedShipments", body={})["unmanifestedCarrierInformationList"]
        return {r["carrierId"]: len(r["unmanifestedShipmentLocationList"]) for r in rows}

    def forms(**body: Any) -> list[str]:
        found = desk.do(f"{SHIPPING}.getCollectionFormHistory", body=body)["collectionFormsHistoryRecordList"]
        return [r["collectionFormId"] for r in found]

    assert waiting() == {"UPS": 1}
    parcel = desk.do(f"{SHIPPING}.directPurchaseShipment", body=parcels("p-1"))["payload"]
    assert waiting() == {"AMZN_US": 1, "UPS": 1}
    before = forms()
    made = desk.do(f"{SHIPPING}.generateCollectionForm", body={"carrierId": "AMZN_US"})
    assert waiting() == {"UPS": 1}
    assert forms()[1:] == before
    assert forms(carrierId="AMZN_US") == forms(maxResults=1) == forms()[:1]
    assert desk.do(f"{SHIPPING}.getCollectionForm", collectionFormId=forms()[0]) == made
    assert status(desk, f"{SHIPPING}.getCollectionForm", collectionFormId="none") == 404
    tracking = parcel["packageDocumentDetailList"][0]["trackingId"]
    claim = {"trackingId": tracking, "claimReason": "LOST_IN_TRANSIT", "settlementType": "REFUND"}
    assert desk.do(f"{SHIPPING}.createClaim", body=claim)["claimId"]
    assert status(desk, f"{SHIPPING}.createClaim", body={**claim, "trackingId": "none"}) == 404


def test_the_tax_office_issues_what_was_asked_for(desk: Desk) -> None:
    key = {"marketplaceId": US, "transactionType": "OUTBOUND", "shipmentId": "S-1", "invoiceType": "REMITTANCE"}
    assert status(desk, f"{TAXES}.getGovernmentInvoiceStatus", query=key) == 404
    desk.do(f"{TAXES}.createGovernmentInvoice", body=key)
    assert status(desk, f"{TAXES}.createGovernmentInvoice", body=key) == 400
    assert desk.do(f"{TAXES}.getGovernmentInvoiceStatus", query=key) == {"status": "PROCESSING"}
    rest = {n: v for n, v in key.items() if n != "shipmentId"}
    assert status(desk, f"{TAXES}.getGovernmentInvoiceDocument", query=rest, shipmentId="S-1") == 404
    desk.wait(61)
    assert desk.do(f"{TAXES}.getGovernmentInvoiceStatus", query=key)["status"] == "SUCCESS"
    url = desk.do(f"{TAXES}.getGovernmentInvoiceDocument", query=rest, shipmentId="S-1")["invoiceDocument"]
    assert desk.client.http.get(url["invoiceDocumentUrl"]).content.startswith(b"%PDF")


# The sandbox


@pytest.fixture
def sandbox(make: Callable[..., Client]) -> Desk:
    return Desk(make(sandbox=True, throttle="off"))


def test_items_of_the_sandboxs_inventory_come_and_go(sandbox: Desk) -> None:
    path = "/fba/inventory/v1/items"

    def quantity() -> list[int]:
        query = {"granularityType": "Marketplace", "granularityId": US, "marketplaceIds": US, "sellerSkus": "BOX-1"}
        rows = sandbox.do("fbaInventory.getInventorySummaries", query=query)["payload"]["inventorySummaries"]
        return [r["totalQuantity"] for r in rows]

    def add(token: str, units: int) -> int:
        body = {"inventoryItems": [{"sellerSku": "BOX-1", "marketplaceId": US, "quantity": units}]}
        return sandbox.client.http.post(
            f"{path}/inventory", json=body, headers={"x-amzn-idempotency-token": token}
        ).status_code

    item = {"sellerSku": "BOX-1", "marketplaceId": US, "productName": "A box"}
    assert add("a", 5) == 404
    sandbox.do("fbaInventory.createInventoryItem", body=item)
    assert status(sandbox, "fbaInventory.createInventoryItem", body=item) == 400
    assert quantity() == [0]
    assert [add("b", 5), add("b", 5), add("c", 2)] == [200] * 3
    assert quantity() == [7]
    sandbox.do("fbaInventory.deleteInventoryItem", query={"marketplaceId": US}, sellerSku="BOX-1")
    assert quantity() == []
    query = {"marketplaceId": US}
    assert status(sandbox, "fbaInventory.deleteInventoryItem", query=query, sellerSku="BOX-1") == 404


def test_orders_of_the_sandbox_are_what_they_are_told_to_be(sandbox: Desk) -> None:
    sku = next(i for i in kept(sandbox) if i[1] > 3)[0]
    sandbox.do(f"{OUTBOUND}.createFulfillmentOrder", body=outbound_order("BOX-1", sku, fulfillmentAction="Hold"))

    def read() -> tuple[str, dict[str, Any]]:
        old = sandbox.do(f"{OUTBOUND}.getFulfillmentOrder", sellerFulfillmentOrderId="BOX-1")["payload"]
        new: dict[str, Any] = sandbox.do(f"{OUTBOUND_2026}.getOrder", orderId="BOX-1")["order"]
        return old["fulfillmentOrder"]["fulfillmentOrderStatus"], new

    told = {"fulfillmentOrderStatus": "Complete"}
    sandbox.do(f"{OUTBOUND}.submitFulfillmentOrderStatusUpdate", body=told, sellerFulfillmentOrderId="BOX-1")
    old, new = read()
    assert (old, new["status"]) == ("Complete", "COMPLETE")
    package = new["shipments"][0]["packages"][0]["packageId"]
    tracking = {"carrier": {"carrierCode": "UPS", "trackingNumber": "1Z1"}}
    body = {"status": "DELAYED", "tracking": tracking}
    sandbox.do(f"{OUTBOUND_2026}.updatePackage", body=body, orderId="BOX-1", packageId=package)
    found = read()[1]["shipments"][0]["packages"][0]
    assert (found["status"], found["tracking"]["carrier"]) == ("DELAYED", tracking["carrier"])
    assert status(sandbox, f"{OUTBOUND_2026}.updatePackage", body=body, orderId="BOX-1", packageId="P") == 404
    sandbox.do(f"{OUTBOUND_2026}.updateOrderStatus", body={"status": "PROCESSING"}, orderId="BOX-1")
    assert read()[0] == "Processing"
    assert status(sandbox, f"{OUTBOUND_2026}.updateOrderStatus", body={"status": "X"}, orderId="BOX-1") == 400


def test_shipments_of_the_sandbox_can_be_made(sandbox: Desk) -> None:
    name = "externalFulfillmentShipments_2024-09-11"
    body = {
        "locationId": "L1", "marketplaceId": US, "marketplaceChannel": "MFN", "shippingType": "SELF",
        "lineItemCount": "MULTIPLE",
    }  # fmt: skip
    keys = {"shipmentId": sandbox.do(f"{name}.createSandboxShipment", body=body)["shipmentId"]}
    found = sandbox.do(f"{name}.getShipment", **keys)
    assert (found["status"], found["locationId"], len(found["lineItems"])) == ("ACCEPTED", "L1", 2)
    for wanted in ("SHIPPED", "DELIVERED"):
        told = {"updateType": "SHIPMENT_STATUS_CHANGE", "updates": {"status": wanted}}
        sandbox.do(f"{name}.updateSandboxShipment", body=told, **keys)
        assert sandbox.do(f"{name}.getShipment", **keys)["status"] == wanted
