"""What a sweep creates before it asks: operations that go together, in the order in which Amazon wants them.

Each workflow asks through `sweep.do`, which keeps the answer as that operation's and returns its body.
"""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import quote

import httpx

from amzsql import spapi

from .conftest import US, Client
from .requesting import MODELS, violations


class Doer(Protocol):
    """What a workflow needs of a sweep."""

    def do(self, name: str, *, body: Any = None, query: dict[str, str] | None = None, **keys: str) -> Any:
        """Ask an operation and return its body."""

    def wait(self, seconds: float) -> None:
        """Move the clock on."""


class Desk:
    """A client that asks operations by their names; what it is answered must fit Amazon's models."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def ask(self, name: str, *, body: Any = None, query: dict[str, str] | None = None, **keys: str) -> httpx.Response:
        """Ask an operation and return its answer, whatever it is."""
        operation = spapi.operation(name)
        path = operation.path
        for key, value in keys.items():
            path = path.replace(f"{{{key}}}", quote(value, safe=""))
        headers = self._restricted(operation.method, path) if operation.restricted else {}
        http = self.client.http
        answer = http.request(operation.method, path, params=query or {}, json=body, headers=headers)
        if MODELS.is_dir():
            assert violations(operation, answer.status_code, answer.content) == []
        return answer

    def _restricted(self, method: str, path: str) -> dict[str, str]:
        asked = {"restrictedResources": [{"method": method, "path": path}]}
        answer = self.client.http.post("/tokens/2021-03-01/restrictedDataToken", json=asked)
        return {"x-amz-access-token": answer.json()["restrictedDataToken"]}

    def do(self, name: str, *, body: Any = None, query: dict[str, str] | None = None, **keys: str) -> Any:
        """Ask an operation that must succeed and return its body."""
        answer = self.ask(name, body=body, query=query, **keys)
        assert answer.is_success, f"{name} {answer.text}"
        return answer.json() if answer.content else None

    def wait(self, seconds: float) -> None:
        """Move the clock on, and log in again when the token has died by then."""
        self.client.clock.wait(self.client.clock.now() + seconds)
        if seconds >= 3600:
            self.client.login()


INBOUND = "fulfillmentInbound_2024-03-20"
ADDRESS = {
    "name": "Robin Marsh", "addressLine1": "500 Harbor Way", "city": "Seattle", "stateOrProvinceCode": "WA",
    "countryCode": "US", "postalCode": "98109", "phoneNumber": "+1 206-555-0100",
}  # fmt: skip
_SIZE = {"unitOfMeasurement": "IN", "length": 18, "width": 14, "height": 12}


def box(*items: dict[str, Any], quantity: int = 1) -> dict[str, Any]:
    """Return boxes that hold items."""
    weight = {"unit": "LB", "value": 20}
    source = "BOX_CONTENT_PROVIDED"
    return {
        "contentInformationSource": source,
        "dimensions": _SIZE,
        "weight": weight,
        "quantity": quantity,
        "items": [*items],
    }


def skus(sweep: Doer, count: int = 2) -> list[str]:
    """Return SKUs that Amazon keeps for the seller."""
    query = {"granularityType": "Marketplace", "granularityId": US, "marketplaceIds": US}
    rows = sweep.do("fbaInventory.getInventorySummaries", query=query)["payload"]["inventorySummaries"]
    return [r["sellerSku"] for r in rows if r["fnSku"] and "," not in r["sellerSku"]][:count]


def lines(sweep: Doer, codes: list[str], quantity: int = 10) -> list[dict[str, Any]]:
    """Return what a plan is created with: each SKU with the owner that its preparation asks for."""
    query = {"mskus": ",".join(codes), "marketplaceId": US}
    preps = sweep.do(f"{INBOUND}.listPrepDetails", query=query)["mskuPrepDetails"]
    owners = {p["msku"]: "NONE" if p["prepCategory"] == "NONE" else "SELLER" for p in preps}
    return [{"msku": c, "quantity": quantity, "labelOwner": "SELLER", "prepOwner": owners[c]} for c in codes]


def new_plan(sweep: Doer, items: list[dict[str, Any]]) -> str:
    """Create a plan and return its id."""
    body = {"destinationMarketplaces": [US], "items": items, "sourceAddress": ADDRESS, "name": "Spring"}
    made = sweep.do(f"{INBOUND}.createInboundPlan", body=body)
    sweep.wait(31)
    return str(made["inboundPlanId"])


def pack(sweep: Doer, plan: str) -> str:
    """Take a plan through its packing; return the packing group."""
    keys = {"inboundPlanId": plan}
    sweep.do(f"{INBOUND}.generatePackingOptions", **keys)
    sweep.wait(31)
    option = sweep.do(f"{INBOUND}.listPackingOptions", **keys)["packingOptions"][0]
    sweep.do(f"{INBOUND}.confirmPackingOption", **keys, packingOptionId=option["packingOptionId"])
    sweep.wait(31)
    group = str(option["packingGroups"][0])
    items = sweep.do(f"{INBOUND}.listPackingGroupItems", **keys, packingGroupId=group)["items"]
    held = [_input(i, i["quantity"] // 2) for i in items]
    body = {"packageGroupings": [{"packingGroupId": group, "boxes": [box(*held, quantity=2)]}]}
    sweep.do(f"{INBOUND}.setPackingInformation", body=body, **keys)
    sweep.wait(31)
    return group


def _input(item: dict[str, Any], quantity: int) -> dict[str, Any]:
    owner = item["prepInstructions"][0]["prepOwner"] if item["prepInstructions"] else "NONE"
    return {"msku": item["msku"], "quantity": quantity, "labelOwner": item["labelOwner"], "prepOwner": owner}


def place(sweep: Doer, plan: str) -> dict[str, Any]:
    """Take a packed plan through its placement; return the option that was confirmed."""
    keys = {"inboundPlanId": plan}
    sweep.do(f"{INBOUND}.generatePlacementOptions", body={}, **keys)
    sweep.wait(31)
    option: dict[str, Any] = sweep.do(f"{INBOUND}.listPlacementOptions", **keys)["placementOptions"][0]
    sweep.do(f"{INBOUND}.confirmPlacementOption", **keys, placementOptionId=option["placementOptionId"])
    sweep.wait(31)
    return option


def ship(sweep: Doer, plan: str, placement: dict[str, Any], solution: str) -> str:
    """Choose a carrier for the only shipment of a placement; return the shipment."""
    keys, shipment = {"inboundPlanId": plan}, str(placement["shipmentIds"][0])
    ready = {"shipmentId": shipment, "readyToShipWindow": {"start": "2026-06-20T00:00:00Z"}}
    body = {
        "placementOptionId": placement["placementOptionId"],
        "shipmentTransportationConfigurations": [{**ready, "pallets": [{"quantity": 1, "dimensions": _SIZE}]}],
    }
    sweep.do(f"{INBOUND}.generateTransportationOptions", body=body, **keys)
    sweep.wait(31)
    sweep.do(f"{INBOUND}.generateDeliveryWindowOptions", **keys, shipmentId=shipment)
    sweep.wait(31)
    windows = sweep.do(f"{INBOUND}.listDeliveryWindowOptions", **keys, shipmentId=shipment)["deliveryWindowOptions"]
    window = windows[0]["deliveryWindowOptionId"]
    sweep.do(f"{INBOUND}.confirmDeliveryWindowOptions", **keys, shipmentId=shipment, deliveryWindowOptionId=window)
    sweep.wait(31)
    found = sweep.do(f"{INBOUND}.listTransportationOptions", query={"shipmentId": shipment}, **keys)
    option = next(o for o in found["transportationOptions"] if o["shippingSolution"] == solution)
    chosen = {"shipmentId": shipment, "transportationOptionId": option["transportationOptionId"]}
    sweep.do(f"{INBOUND}.confirmTransportationOptions", body={"transportationSelections": [chosen]}, **keys)
    sweep.wait(31)
    return shipment


def inbound(sweep: Doer) -> None:
    """Send two SKUs to Amazon, and give up another plan."""
    items = lines(sweep, skus(sweep))
    plan = new_plan(sweep, items)
    group = pack(sweep, plan)
    shipment = ship(sweep, plan, place(sweep, plan), "USE_YOUR_OWN_CARRIER")
    keys = {"inboundPlanId": plan, "shipmentId": shipment}
    sweep.do(f"{INBOUND}.listPackingGroupBoxes", inboundPlanId=plan, packingGroupId=group)
    body = {"boxes": [box(*items)], "items": items}
    sweep.do(f"{INBOUND}.generateShipmentContentUpdatePreviews", body=body, **keys)
    sweep.wait(31)
    preview = sweep.do(f"{INBOUND}.listShipmentContentUpdatePreviews", **keys)["contentUpdatePreviews"][0]
    keyed = {**keys, "contentUpdatePreviewId": preview["contentUpdatePreviewId"]}
    sweep.do(f"{INBOUND}.getShipmentContentUpdatePreview", **keyed)
    sweep.do(f"{INBOUND}.confirmShipmentContentUpdatePreview", **keyed)
    sweep.wait(31)
    _appointment(sweep, keys)
    parcel = sweep.do(f"{INBOUND}.listShipmentBoxes", **keys)["boxes"][0]["boxId"]
    tracking = {"spdTrackingDetail": {"spdTrackingItems": [{"boxId": parcel, "trackingId": "1Z999AA10123456784"}]}}
    done = sweep.do(f"{INBOUND}.updateShipmentTrackingDetails", body={"trackingDetails": tracking}, **keys)
    sweep.wait(31)
    sweep.do(f"{INBOUND}.getInboundOperationStatus", operationId=done["operationId"])
    _old_reads(sweep, sweep.do(f"{INBOUND}.getShipment", **keys)["shipmentConfirmationId"], items[0]["msku"])
    for name in ("listShipmentItems", "listShipmentPallets", "getDeliveryChallanDocument"):
        sweep.do(f"{INBOUND}.{name}", **keys)
    sweep.do(f"{INBOUND}.updateShipmentName", body={"name": "Spring, first"}, **keys)
    for name in ("getInboundPlan", "listInboundPlanItems", "listInboundPlanBoxes", "listInboundPlanPallets"):
        sweep.do(f"{INBOUND}.{name}", inboundPlanId=plan)
    other = new_plan(sweep, items)
    keys = {"inboundPlanId": other, "shipmentId": place(sweep, other)["shipmentIds"][0]}
    sweep.do(f"{INBOUND}.updateShipmentSourceAddress", body={"address": ADDRESS}, **keys)
    sweep.wait(31)
    sweep.do(f"{INBOUND}.cancelInboundPlan", inboundPlanId=other)
    _about_items(sweep, items[0]["msku"])


def _appointment(sweep: Doer, keys: dict[str, str]) -> None:
    sweep.do(f"{INBOUND}.generateSelfShipAppointmentSlots", body={}, **keys)
    sweep.wait(31)
    slots = sweep.do(f"{INBOUND}.getSelfShipAppointmentSlots", **keys)["selfShipAppointmentSlotsAvailability"]
    slot = slots["slots"][0]["slotId"]
    sweep.do(f"{INBOUND}.scheduleSelfShipAppointment", body={}, **keys, slotId=slot)
    sweep.do(f"{INBOUND}.cancelSelfShipAppointment", body={"reasonComment": "VEHICLE_DELAY"}, **keys)
    sweep.wait(31)


def _old_reads(sweep: Doer, shipment: str, sku: str) -> None:
    """Read a confirmed shipment by v0."""
    query = {"QueryType": "SHIPMENT", "ShipmentIdList": shipment, "MarketplaceId": US}
    old = "fulfillmentInboundV0"
    assert len(sweep.do(f"{old}.getShipments", query=query)["payload"]["ShipmentData"]) == 1
    sweep.do(f"{old}.getShipmentItemsByShipmentId", shipmentId=shipment)
    sweep.do(f"{old}.getPrepInstructions", query={"ShipToCountryCode": "US", "SellerSKUList": sku})
    query = {"PageType": "PackageLabel_Letter_6", "LabelType": "BARCODE_2D"}
    sweep.do(f"{old}.getLabels", query=query, shipmentId=shipment)
    query = {"QueryType": "SHIPMENT", "ShipmentStatusList": "CLOSED", "MarketplaceId": US}
    closed = sweep.do(f"{old}.getShipments", query=query)["payload"]["ShipmentData"]
    sweep.do(f"{old}.getBillOfLading", shipmentId=closed[0]["ShipmentId"])


def _about_items(sweep: Doer, sku: str) -> None:
    details = [{"msku": sku, "prepCategory": "NONE", "prepTypes": ["ITEM_NO_PREP"]}]
    sweep.do(f"{INBOUND}.setPrepDetails", body={"marketplaceId": US, "mskuPrepDetails": details})
    query = {"marketplaceId": US}
    taxed = {"msku": sku, "taxDetails": {"hsnCode": "6912"}}
    sweep.do(f"{INBOUND}.updateItemComplianceDetails", body=taxed, query=query)
    sweep.wait(31)
    sweep.do(f"{INBOUND}.listItemComplianceDetails", query={**query, "mskus": sku})
    labels = {"marketplaceId": US, "labelType": "STANDARD_FORMAT", "mskuQuantities": [{"msku": sku, "quantity": 2}]}
    sweep.do(f"{INBOUND}.createMarketplaceItemLabels", body=labels)


OUTBOUND, OUTBOUND_2026 = "fulfillmentOutbound_2020-07-01", "fulfillmentOutbound_2026-07-04"
SHOP_ADDRESS = {
    "name": "Robin Marsh", "addressLine1": "12 Mill Lane", "city": "Portland", "stateOrRegion": "OR",
    "postalCode": "97205", "countryCode": "US",
}  # fmt: skip


def outbound_order(key: str, sku: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    """Return the body that creates an order with the older version."""
    item = {"sellerSku": sku, "sellerFulfillmentOrderItemId": "line-1", "quantity": quantity}
    return {
        "sellerFulfillmentOrderId": key, "displayableOrderId": key, "displayableOrderDate": "2026-06-15T00:00:00Z",
        "displayableOrderComment": "Thanks", "shippingSpeedCategory": "Standard", "destinationAddress": SHOP_ADDRESS,
        "items": [item], **more,
    }  # fmt: skip


def outbound_order_2026(key: str, sku: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    """Return the body that creates an order with the newer version."""
    product = {"productIdentifier": {"amazonSku": sku}}
    item = {"lineItemId": "line-1", "product": product, "amount": {"unit": "EACHES", "value": f"{quantity}.0"}}
    return {"orderId": key, "destination": {"deliveryAddress": SHOP_ADDRESS}, "lineItems": [item], **more}


def outbound(sweep: Doer) -> None:
    """Have Amazon send what was sold elsewhere: create with either version, read with both, give one up."""
    sku = next(i for i in stock(sweep) if i[1] > 3)[0]
    sweep.do(f"{OUTBOUND}.createFulfillmentOrder", body=outbound_order("SWEEP-1", sku))
    sweep.do(f"{OUTBOUND_2026}.createOrder", body=outbound_order_2026("SWEEP-2", sku))
    for order in ("SWEEP-1", "SWEEP-2"):
        sweep.do(f"{OUTBOUND}.getFulfillmentOrder", sellerFulfillmentOrderId=order)
        sweep.do(f"{OUTBOUND_2026}.getOrder", orderId=order)
    item = {"sellerFulfillmentOrderItemId": "line-1", "quantity": 2}
    sweep.do(f"{OUTBOUND}.updateFulfillmentOrder", body={"items": [item]}, sellerFulfillmentOrderId="SWEEP-1")
    hold = {"fulfillmentConfiguration": {"action": "HOLD"}}
    sweep.do(f"{OUTBOUND_2026}.updateOrder", body=hold, orderId="SWEEP-2")
    sweep.do(f"{OUTBOUND}.cancelFulfillmentOrder", sellerFulfillmentOrderId="SWEEP-1")
    sweep.do(f"{OUTBOUND_2026}.cancelOrder", orderId="SWEEP-2")
    query = {"queryStartDate": "2026-01-01T00:00:00Z"}
    every = sweep.do(f"{OUTBOUND}.listAllFulfillmentOrders", query=query)["payload"]["fulfillmentOrders"]
    order = next(o for o in every if o["fulfillmentOrderStatus"] == "Complete")["sellerFulfillmentOrderId"]
    found = sweep.do(f"{OUTBOUND}.getFulfillmentOrder", sellerFulfillmentOrderId=order)["payload"]
    parcel = found["fulfillmentShipments"][0]
    number = str(parcel["fulfillmentShipmentPackage"][0]["packageNumber"])
    sweep.do(f"{OUTBOUND}.getPackageTrackingDetails", query={"packageNumber": number})
    back = {
        "sellerReturnItemId": "back-1", "amazonShipmentId": parcel["amazonShipmentId"],
        "sellerFulfillmentOrderItemId": found["fulfillmentOrderItems"][0]["sellerFulfillmentOrderItemId"],
        "returnReasonCode": "CR-DEFECTIVE",
    }  # fmt: skip
    sweep.do(f"{OUTBOUND}.listReturnReasonCodes", query={"sellerSku": sku})
    sweep.do(f"{OUTBOUND}.createFulfillmentReturn", body={"items": [back]}, sellerFulfillmentOrderId=order)
    _previews(sweep, sku)


def stock(sweep: Doer) -> list[tuple[str, int]]:
    """Return (SKU, units) of what Amazon keeps for the seller."""
    query = {"granularityType": "Marketplace", "granularityId": US, "marketplaceIds": US, "details": "true"}
    rows = sweep.do("fbaInventory.getInventorySummaries", query=query)["payload"]["inventorySummaries"]
    return [(r["sellerSku"], r["inventoryDetails"]["fulfillableQuantity"]) for r in rows]


def _previews(sweep: Doer, sku: str) -> None:
    order, newer = outbound_order("SWEEP-3", sku), outbound_order_2026("SWEEP-3", sku)
    sweep.do(f"{OUTBOUND}.getFulfillmentPreview", body={"address": SHOP_ADDRESS, "items": order["items"]})
    wanted = {"destination": newer["destination"], "lineItems": newer["lineItems"]}
    wanted["lineItems"] = [{k: v for k, v in i.items() if k != "lineItemId"} for i in wanted["lineItems"]]
    sweep.do(f"{OUTBOUND_2026}.getOrderPreview", body=wanted)
    items = [{"productIdentifier": {"amazonSku": sku}}]
    sweep.do(f"{OUTBOUND_2026}.getOffers", body={"origin": {"countryCode": "US"}, "items": items})
    destination = {"deliveryAddress": {"postalCode": "97205", "countryCode": "US"}}
    terms = {"origin": {"countryCode": "US"}, "destination": destination}
    product = {"productIdentifier": {"merchantSku": sku}}
    sweep.do(f"{OUTBOUND}.deliveryOffers", body={"product": product, "terms": terms})
    query = {"marketplaceId": US}
    feature = sweep.do(f"{OUTBOUND}.getFeatures", query=query)["payload"]["features"][0]["featureName"]
    sweep.do(f"{OUTBOUND}.getFeatureInventory", query=query, featureName=feature)
    sweep.do(f"{OUTBOUND}.getFeatureSKU", query=query, featureName=feature, sellerSku=sku)


MERCHANT, EASY = "merchantFulfillmentV0", "easyShip_2022-03-23"


def unshipped(sweep: Doer) -> list[dict[str, Any]]:
    """Return the orders that the seller has to ship himself."""
    query = {
        "MarketplaceIds": US, "CreatedAfter": "2026-01-01T00:00:00Z", "OrderStatuses": "Unshipped",
        "FulfillmentChannels": "MFN",
    }  # fmt: skip
    found: list[dict[str, Any]] = sweep.do("ordersV0.getOrders", query=query)["payload"]["Orders"]
    return found


def merchant_details(sweep: Doer, order_id: str) -> dict[str, Any]:
    """Return what a label is asked for with: all items of an order in one package."""
    items = sweep.do("ordersV0.getOrderItems", orderId=order_id)["payload"]["OrderItems"]
    sender = {
        "Name": "Robin Marsh", "AddressLine1": "500 Harbor Way", "Email": "robin.marsh@example.com",
        "City": "Seattle", "PostalCode": "98109", "CountryCode": "US", "Phone": "+1 206-555-0100",
    }  # fmt: skip
    return {
        "AmazonOrderId": order_id,
        "ItemList": [{"OrderItemId": i["OrderItemId"], "Quantity": i["QuantityOrdered"]} for i in items],
        "ShipFromAddress": sender,
        "PackageDimensions": {"Length": 10, "Width": 8, "Height": 4, "Unit": "inches"},
        "Weight": {"Value": 16, "Unit": "oz"},
        "ShippingServiceOptions": {"DeliveryExperience": "NoTracking", "CarrierWillPickUp": False},
    }


def merchant(sweep: Doer) -> None:
    """Buy a label for an order and give it back; have other orders collected."""
    orders = [o["AmazonOrderId"] for o in unshipped(sweep)]
    if len(orders) < 4:
        # A small world may have none left to ship; one is left for who confirms it.
        return
    details = merchant_details(sweep, orders[-1])
    services = sweep.do(f"{MERCHANT}.getEligibleShipmentServices", body={"ShipmentRequestDetails": details})
    service = services["payload"]["ShippingServiceList"][0]["ShippingServiceId"]
    asked = {"ShippingServiceId": service, "ShipFromAddress": details["ShipFromAddress"], "OrderId": orders[-1]}
    sweep.do(f"{MERCHANT}.getAdditionalSellerInputs", body=asked)
    body = {"ShipmentRequestDetails": details, "ShippingServiceId": service}
    key = sweep.do(f"{MERCHANT}.createShipment", body=body)["payload"]["ShipmentId"]
    sweep.do(f"{MERCHANT}.getShipment", shipmentId=key)
    sweep.do(f"{MERCHANT}.cancelShipment", shipmentId=key)
    size = {"length": 30, "width": 20, "height": 10, "unit": "cm"}
    order = {"amazonOrderId": orders[-2], "marketplaceId": US}
    body = {**order, "packageDimensions": size, "packageWeight": {"value": 500, "unit": "g"}}
    slots = sweep.do(f"{EASY}.listHandoverSlots", body=body)["timeSlots"]
    sweep.do(f"{EASY}.createScheduledPackage", body={**order, "packageDetails": {"packageTimeSlot": slots[0]}})
    package = sweep.do(f"{EASY}.getScheduledPackage", query=order)
    later = {"scheduledPackageId": package["scheduledPackageId"], "packageTimeSlot": slots[3]}
    sweep.do(f"{EASY}.updateScheduledPackages", body={"marketplaceId": US, "updatePackageDetailsList": [later]})
    bulk = {"marketplaceId": US, "orderScheduleDetailsList": [{"amazonOrderId": orders[-3]}], "labelFormat": "PDF"}
    sweep.do(f"{EASY}.createScheduledPackageBulk", body=bulk)


SOURCES = "supplySources_2020-07-01"


def sources(sweep: Doer) -> None:
    """Open a place that the seller ships from, change it and close it."""
    address = {"name": "Robin Marsh", "addressLine1": "500 Harbor Way", "stateOrRegion": "WA", "countryCode": "US"}
    body = {"supplySourceCode": "SWEEP", "alias": "Sweep", "address": address}
    keys = {"supplySourceId": sweep.do(f"{SOURCES}.createSupplySource", body=body)["supplySourceId"]}
    sweep.do(f"{SOURCES}.updateSupplySource", body={"alias": "Swept"}, **keys)
    sweep.do(f"{SOURCES}.updateSupplySourceStatus", body={"status": "Active"}, **keys)
    sweep.do(f"{SOURCES}.getSupplySource", **keys)
    sweep.do(f"{SOURCES}.archiveSupplySource", **keys)
    sweep.do(f"{SOURCES}.getSupplySources")


EXTERNAL, RETURNS = "externalFulfillmentShipments_2024-09-11", "externalFulfillmentReturns_2024-09-11"
STOCK = "externalFulfillmentInventory_2024-09-11"


def packed(shipment: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Return packages for a shipment of another platform: the first holds all."""
    size = {"value": "20", "dimensionUnit": "CM"}
    items = [
        {"packageLineItemId": i["shipmentLineItemId"], "quantity": i["numberOfUnits"]} for i in shipment["lineItems"]
    ]
    plain = {
        "dimensions": {"length": size, "width": size, "height": size}, "weight": {"value": "500", "weightUnit": "G"},
    }  # fmt: skip
    return {"packages": [{**plain, "id": k, "packageLineItems": items if k == keys[0] else []} for k in keys]}


def external(sweep: Doer) -> None:
    """Confirm, pack, label and send a shipment of another platform; look at returns and set stock."""
    waiting = sweep.do(f"{EXTERNAL}.getShipments", query={"status": "ACCEPTED"})["shipments"]
    shipment = waiting[0]
    keys = {"shipmentId": shipment["id"]}
    sweep.do(f"{EXTERNAL}.processShipment", query={"operation": "CONFIRM"}, body={"lineItems": []}, **keys)
    body = packed(shipment, "1")
    sweep.do(f"{EXTERNAL}.createPackages", body=body, **keys)
    sweep.do(f"{EXTERNAL}.updatePackage", body=body["packages"][0], **keys, packageId="1")
    sweep.do(f"{EXTERNAL}.retrieveShippingOptions", query={"packageId": "1"}, **keys)
    sweep.do(f"{EXTERNAL}.generateInvoice", **keys)
    sweep.do(f"{EXTERNAL}.retrieveInvoice", **keys)
    sweep.do(f"{EXTERNAL}.generateShipLabels", query={"operation": "GENERATE"}, body={"packageIds": ["1"]}, **keys)
    query = {"status": "SHIPPED"}
    sweep.do(f"{EXTERNAL}.updatePackageStatus", query=query, body={"status": "SHIPPED"}, **keys, packageId="1")
    sweep.do(f"{EXTERNAL}.getShipment", **keys)
    back = sweep.do(f"{RETURNS}.listReturns")["returns"][0]
    sweep.do(f"{RETURNS}.getReturn", returnId=back["id"])
    uri = (
        f"/inventory/update?locationId={shipment['locationId']}&skuId={quote(shipment['lineItems'][0]['merchantSku'])}"
    )
    stock_ = {"uri": uri, "method": "POST", "body": {"quantity": 7, "clientSequenceNumber": 1}}
    sweep.do(f"{STOCK}.batchInventory", body={"requests": [stock_]})


AWD = "awd_2024-05-09"


def cases(sku: str, count: int = 2, units: int = 6) -> list[dict[str, Any]]:
    """Return cases of a SKU as the storage takes them."""
    measures = {"weight": {"unitOfMeasurement": "POUNDS", "weight": 20}}
    contents = {"products": [{"sku": sku, "quantity": units}]}
    return [{"count": count, "distributionPackage": {"contents": contents, "measurements": measures, "type": "CASE"}}]


def stored(sweep: Doer) -> None:
    """Send cases to the storage, give others up; have some sent out, and replenish."""
    sku = sweep.do(f"{AWD}.listInventory")["inventory"][0]["sku"]
    origin = {"name": "Robin Marsh", "addressLine1": "500 Harbor Way", "stateOrRegion": "WA", "countryCode": "US"}
    body = {"originAddress": origin, "packagesToInbound": cases(sku)}
    sweep.do(f"{AWD}.checkInboundEligibility", body={"packagesToInbound": cases(sku)})
    first, other = (sweep.do(f"{AWD}.createInbound", body=body)["orderId"] for _ in range(2))
    draft = sweep.do(f"{AWD}.getInbound", orderId=first)
    sweep.do(f"{AWD}.updateInbound", body=draft, orderId=first)
    sweep.do(f"{AWD}.confirmInbound", orderId=first)
    sweep.do(f"{AWD}.cancelInbound", orderId=other)
    shipment = sweep.do(f"{AWD}.getInbound", orderId=first)["destinationDetails"]["shipmentId"]
    keys = {"shipmentId": shipment}
    tracking = {"trackingDetails": [{"bookingId": "B-1"}]}
    sweep.do(f"{AWD}.updateInboundShipmentTransportDetails", body=tracking, **keys)
    for name in ("getInboundShipment", "getInboundShipmentLabels", "getLabelPageTypes"):
        sweep.do(f"{AWD}.{name}", **keys)
    products = [{"sku": sku, "quantity": 6}]
    out = sweep.do(f"{AWD}.createOutbound", body={"productsToOutbound": products})["orderId"]
    again = sweep.do(f"{AWD}.createReplenishmentOrder", body={"products": products})["orderId"]
    sweep.do(f"{AWD}.updateOutbound", body=sweep.do(f"{AWD}.getOutbound", orderId=out), orderId=out)
    sweep.wait(61)
    sweep.do(f"{AWD}.confirmOutbound", orderId=out)
    sweep.do(f"{AWD}.confirmReplenishmentOrder", orderId=again)
    sweep.do(f"{AWD}.getOutbound", orderId=out)
    sweep.do(f"{AWD}.getReplenishmentOrder", orderId=again)


SHIPPING = "shippingV2"
_LABEL = {
    "format": "PDF", "size": {"width": 4, "length": 6, "unit": "INCH"}, "needFileJoining": False,
    "requestedDocumentTypes": ["LABEL"],
}  # fmt: skip


def parcels(*keys: str) -> dict[str, Any]:
    """Return what rates for packages of another channel than Amazon are asked for with."""
    value = {"value": 10, "unit": "USD"}
    package = {
        "dimensions": {"length": 10, "width": 8, "height": 4, "unit": "INCH"}, "weight": {"unit": "POUND", "value": 2},
        "insuredValue": value, "items": [{"quantity": 1}],
    }  # fmt: skip
    address = {
        "name": "Robin Marsh", "addressLine1": "500 Harbor Way", "stateOrRegion": "WA", "city": "Seattle",
        "countryCode": "US", "postalCode": "98109",
    }  # fmt: skip
    packages = [{**package, "packageClientReferenceId": k} for k in keys]
    channel = {"channelType": "EXTERNAL"}
    return {"shipFrom": address, "shipTo": address, "packages": packages, "channelDetails": channel}


def purchase_of(rates: dict[str, Any], number: int = 0) -> dict[str, Any]:
    """Return what buys a rate."""
    rate = rates["rates"][number]["rateId"]
    return {"requestToken": rates["requestToken"], "rateId": rate, "requestedDocumentSpecification": _LABEL}


def one_click_of(service: str) -> dict[str, Any]:
    """Return what buys a service at once."""
    return {**parcels("p-1"), "labelSpecifications": _LABEL, "serviceSelection": {"serviceId": [service]}}


def shipping(sweep: Doer) -> None:
    """Buy shipments in all three ways, track one and cancel it."""
    rates = sweep.do(f"{SHIPPING}.getRates", body=parcels("p-1"))["payload"]
    query = {"requestToken": rates["requestToken"], "rateId": rates["rates"][0]["rateId"]}
    sweep.do(f"{SHIPPING}.getAdditionalInputs", query=query)
    bought = sweep.do(f"{SHIPPING}.purchaseShipment", body=purchase_of(rates))["payload"]
    sweep.do(f"{SHIPPING}.directPurchaseShipment", body=parcels("p-2"))
    sweep.do(f"{SHIPPING}.oneClickShipment", body=one_click_of("UPS_PTP_GND"))
    keys, query = {"shipmentId": bought["shipmentId"]}, {"packageClientReferenceId": "p-1"}
    sweep.do(f"{SHIPPING}.getShipmentDocuments", query=query, **keys)
    tracking = bought["packageDocumentDetails"][0]["trackingId"]
    query = {"trackingId": tracking, "carrierId": rates["rates"][0]["carrierId"]}
    sweep.do(f"{SHIPPING}.getTracking", query=query)
    sweep.do(f"{SHIPPING}.cancelShipment", **keys)


def containers() -> dict[str, Any]:
    """Return what a shipment with the older version is created with."""
    container = {
        "containerReferenceId": "c-1", "value": {"value": 10, "unit": "USD"}, "weight": {"unit": "lb", "value": 2},
        "dimensions": {"length": 10, "width": 8, "height": 4, "unit": "IN"},
        "items": [{"quantity": 1, "title": "Mug", "unitPrice": {"value": 10, "unit": "USD"},
                   "unitWeight": {"unit": "lb", "value": 2}}],
    }  # fmt: skip
    address = parcels("p")["shipTo"]
    return {"clientReferenceId": "r-1", "shipTo": address, "shipFrom": address, "containers": [container]}


V1_LABEL = {"labelFormat": "PNG", "labelStockSize": "4x6"}


def shipping_v1(sweep: Doer) -> None:
    """Create a shipment, buy its labels, track it and cancel it."""
    made = sweep.do("shipping.createShipment", body=containers())["payload"]
    keys = {"shipmentId": made["shipmentId"]}
    body = {"rateId": made["eligibleRates"][0]["rateId"], "labelSpecification": V1_LABEL}
    parcel = sweep.do("shipping.purchaseLabels", body=body, **keys)["payload"]["labelResults"][0]["trackingId"]
    body = {"labelSpecification": V1_LABEL}
    sweep.do("shipping.retrieveShippingLabel", body=body, **keys, trackingId=parcel)
    sweep.do("shipping.getTrackingInformation", trackingId=parcel)
    sweep.do("shipping.getShipment", **keys)
    sweep.do("shipping.cancelShipment", **keys)


WORKFLOWS = (inbound, outbound, merchant, sources, external, stored, shipping, shipping_v1)
