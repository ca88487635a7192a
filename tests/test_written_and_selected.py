"""Every table that can be written to shows by SELECT what an INSERT, UPDATE or DELETE has changed.

A story writes to tables that go together and selects what came of it, all through SQL; nothing else touches the shop.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from written import SELLER, US, Shop

from amzsql.catalog import registry

Story = Callable[[Shop], None]
STORIES: dict[str, tuple[str, Story]] = {}
TOLD: dict[str, str] = {}


def story(*tables: str, account: str = "na") -> Callable[[Story], Story]:
    """Name the tables that a story writes to."""

    def keep(told: Story) -> Story:
        STORIES[told.__name__] = (account, told)
        TOLD.update(dict.fromkeys(tables, told.__name__))
        return told

    return keep


@pytest.fixture(scope="module")
def shops() -> dict[str, Shop]:
    return {}


@pytest.mark.parametrize("name", STORIES)
def test_what_was_written_is_selected(shops: dict[str, Shop], name: str) -> None:
    account, told = STORIES[name]
    if account not in shops:
        shops[account] = Shop("na" if account == "sandbox" else account, sandbox=account == "sandbox")
    told(shops[account])


def test_every_table_that_is_written_has_its_story() -> None:
    schemas = ("SellerCentral", "VendorCentral", "SellingPartner")
    written = {name for s in schemas for name in registry.names(s) if registry.table(s, name).writes}
    assert written == set(TOLD)


# Listings


def text(value: str) -> list[dict[str, str]]:
    return [{"marketplace_id": US, "language_tag": "en_US", "value": value}]


@story("ListingsItems", "ListingsItemsAttributes")
def listings(shop: Shop) -> None:
    key = {"SellerId": SELLER, "SKU": "MUG-1", "MarketplaceId": US}

    def shown(*columns: str) -> Any:
        shop.wait(61)
        return shop.select("ListingsItems", *columns, **key)

    words = {"brand": text("Kiln"), "condition_type": [{"marketplace_id": US, "value": "new_new"}]}
    shop.insert("ListingsItems", **key, ProductType="MUG", ItemName="A mug", Price=12, Quantity=3, Attributes=words)
    assert shown("ItemName", "Price", "Quantity", "ProductType") == [("A mug", 12, 3, "MUG")]
    image = "https://example.com/mug.png"
    assert shop.update("ListingsItems", key, Price=15.5, Quantity=8, ItemName="A jug", MainImageLink=image) == 1
    assert shown("ItemName", "CAST(Price AS DOUBLE)", "Quantity", "MainImageLink") == [("A jug", 15.5, 8, image)]

    def attribute(name: str) -> list[Any]:
        shop.wait(61)
        return shop.select("ListingsItemsAttributes", "Value", **key, AttributeName=name)

    one = {**key, "AttributeName": "color"}
    shop.insert("ListingsItemsAttributes", **one, Value=text("Blue"))
    assert "Blue" in str(attribute("color"))
    assert shop.update("ListingsItemsAttributes", one, Value=text("Green")) == 1
    assert "Green" in str(attribute("color"))
    assert shop.delete("ListingsItemsAttributes", **one) == 1
    assert attribute("color") == []
    assert shop.delete("ListingsItems", **key) == 1
    assert shown("SKU") == []


# The account and its documents


@story("Destinations", "Subscriptions")
def notifications(shop: Shop) -> None:
    arn = "arn:aws:sqs:us-east-2:123456789012:story"
    made = shop.insert("Destinations", Name="story", ResourceSqsArn=arn)
    assert shop.select("Destinations", "Name", "ResourceSqsArn", DestinationId=made) == [("story", arn)]
    kind = {"NotificationType": "ORDER_CHANGE"}
    row = {**kind, "PayloadVersion": "1.0", "DestinationId": made, "EventFilterType": "ORDER_CHANGE"}
    subscription = shop.insert("Subscriptions", **row, OrderChangeTypes=["OrderStatusChange"])
    assert shop.select("Subscriptions", "SubscriptionId", "DestinationId", **kind) == [(subscription, made)]
    assert shop.delete("Subscriptions", SubscriptionId=subscription, **kind) == 1
    assert shop.select("Subscriptions", "SubscriptionId", **kind) == []
    assert shop.delete("Destinations", DestinationId=made) == 1
    assert shop.select("Destinations", "Name", Name="story") == []


@story("ReportList", "ReportSchedules")
def reports(shop: Shop) -> None:
    row = {"ReportType": "GET_MERCHANT_LISTINGS_ALL_DATA", "MarketplaceIds": US}
    made = shop.insert("ReportList", **row)
    state = "ReportType", "ProcessingStatus"
    assert shop.select("ReportList", *state, ReportId=made) == [(row["ReportType"], "IN_QUEUE")]
    assert shop.delete("ReportList", ReportId=made) == 1
    assert shop.select("ReportList", *state, ReportId=made) == [(row["ReportType"], "CANCELLED")]
    row = {"ReportType": "GET_FBA_STORAGE_FEE_CHARGES_DATA", "MarketplaceIds": US}
    first = shop.insert("ReportSchedules", **row, Period="P1D")
    kept = shop.insert("ReportSchedules", **row, Period="P7D")
    assert first != kept
    assert shop.select("ReportSchedules", "ReportScheduleId", "Period", ReportType=row["ReportType"]) == [(kept, "P7D")]
    assert shop.delete("ReportSchedules", ReportScheduleId=kept) == 1
    assert shop.select("ReportSchedules", "Period", ReportType=row["ReportType"]) == []


@story("Feeds", "FeedDocuments")
def feeds(shop: Shop) -> None:
    document = shop.insert("FeedDocuments", ContentType="application/json; charset=UTF-8")
    row = {"FeedType": "JSON_LISTINGS_FEED", "MarketplaceIds": US}
    made = shop.insert("Feeds", **row, InputFeedDocumentId=document)
    assert shop.select("Feeds", "FeedType", "ProcessingStatus", FeedId=made) == [(row["FeedType"], "IN_QUEUE")]
    assert shop.delete("Feeds", FeedId=made) == 1
    assert shop.select("Feeds", "ProcessingStatus", FeedId=made) == [("CANCELLED",)]


@story("DataKioskQueries")
def queries(shop: Shop) -> None:
    asked = (
        'query { analytics_salesAndTraffic_2024_04_24 { salesAndTrafficByDate(aggregateBy: DAY startDate: "2026-11-01" '
        f'endDate: "2026-11-08" marketplaceIds: ["{US}"]) {{ startDate }} }} }}'
    )
    made = shop.insert("DataKioskQueries", Query=asked)
    assert shop.select("DataKioskQueries", "Query", "ProcessingStatus", QueryId=made) == [(asked, "IN_QUEUE")]
    assert shop.delete("DataKioskQueries", QueryId=made) == 1
    assert shop.select("DataKioskQueries", "ProcessingStatus", QueryId=made) == [("CANCELLED",)]


@story("SupplySources")
def sources(shop: Shop) -> None:
    address = {"AddressName": "Robin", "AddressAddressLine1": "1 Way", "AddressStateOrRegion": "WA"}
    made = shop.insert("SupplySources", SupplySourceCode="S", Alias="Shed", **address, AddressCountryCode="US")
    key = {"SupplySourceId": made}
    assert shop.select("SupplySources", "Alias", "AddressName", "Status", **key) == [("Shed", "Robin", "Inactive")]
    assert shop.update("SupplySources", key, Alias="Barn") == 1
    assert shop.update("SupplySources", key, Status="Active") == 1
    assert shop.select("SupplySources", "Alias", "Status", **key) == [("Barn", "Active")]
    assert shop.delete("SupplySources", **key) == 1
    assert shop.select("SupplySources", "Status", **key) == [("Archived",)]
    assert made not in [row for (row,) in shop.select("SupplySources", "SupplySourceId")]


@story("ContentDocuments", "ContentMedia")
def content(shop: Shop) -> None:
    module = [{"contentModuleType": "STANDARD_TEXT", "standardText": {"body": {"textList": [{"value": "A text"}]}}}]
    named = {"ContentDocumentContentType": "EBC", "ContentDocumentLocale": "en-US"}
    row = {**named, "ContentDocumentName": "Story", "ContentDocumentContentModuleList": module}
    made = shop.insert("ContentDocuments", MarketplaceId=US, **row)
    key = {"ContentReferenceKey": made, "MarketplaceId": US}
    assert shop.select("ContentDocuments", "ContentDocumentName", "Status", **key) == [("Story", "DRAFT")]
    assert shop.update("ContentDocuments", key, ContentDocumentName="Tale") == 1
    asin = shop.one("SELECT ASIN FROM ListingsItems LIMIT 1")
    assert shop.update("ContentDocuments", key, AsinSet=[asin]) == 1
    assert shop.select("ContentDocumentAsins", "Asin", **key) == [(asin,)]
    assert shop.update("ContentDocuments", key, Status="SUBMITTED") == 1
    assert shop.select("ContentDocuments", "ContentDocumentName", "Status", **key) == [("Tale", "SUBMITTED")]
    medium = shop.insert("ContentMedia", MediaType="IMAGE", Title="A picture")
    assert shop.update("ContentMedia", {"MediaId": medium}, Title="Another") == 1
    assert shop.select("ContentMedia", "Title", "MediaType", MediaId=medium) == [("Another", "IMAGE")]


# What is sent to Amazon

_SIZE = {"unitOfMeasurement": "IN", "length": 18, "width": 14, "height": 12}
PLACE = {
    "SourceAddressName": "Robin Marsh", "SourceAddressAddressLine1": "500 Harbor Way", "SourceAddressCity": "Seattle",
    "SourceAddressStateOrProvinceCode": "WA", "SourceAddressCountryCode": "US", "SourceAddressPostalCode": "98109",
    "SourceAddressPhoneNumber": "+1 206-555-0100",
}  # fmt: skip


def lines(shop: Shop) -> list[dict[str, Any]]:
    """Return what a plan is made of: a SKU of the stock, with the owner that its preparation asks for."""
    sku = shop.one("SELECT SellerSKU FROM InventorySupply WHERE FnSku IS NOT NULL LIMIT 1")
    prep = shop.select("InboundPrepDetails", "PrepCategory", Msku=sku, MarketplaceId=US)
    owner = "NONE" if prep[0][0] == "NONE" else "SELLER"
    return [{"msku": sku, "quantity": 10, "labelOwner": "SELLER", "prepOwner": owner}]


def new_plan(shop: Shop) -> tuple[str, list[dict[str, Any]]]:
    items = lines(shop)
    return shop.insert("InboundPlan", Name="Spring", MarketplaceIds=US, Items=items, **PLACE), items


def boxes(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    weight, told = {"unit": "LB", "value": 20}, "BOX_CONTENT_PROVIDED"
    return [{"contentInformationSource": told, "dimensions": _SIZE, "weight": weight, "quantity": 1, "items": items}]


def option(shop: Shop, kind: str, key: dict[str, object]) -> str:
    """Have options made, take the first; return its id."""
    name = f"{kind}OptionId"
    shop.insert(f"Inbound{kind}Options", **key)
    rows = shop.select(f"Inbound{kind}Options", name, "Status", **key)
    assert {status for _, status in rows} == {"OFFERED"}
    chosen = {**key, name: rows[0][0]}
    assert shop.update(f"Inbound{kind}Options", chosen, Status="ACCEPTED") == 1
    assert shop.select(f"Inbound{kind}Options", "Status", **chosen) == [("ACCEPTED",)]
    return str(rows[0][0])


def pack(shop: Shop, key: dict[str, object], items: list[dict[str, Any]]) -> None:
    """Put a plan's items into a box."""
    packing = option(shop, "Packing", key)
    group = shop.select("InboundPackingGroups", "PackingGroupId", **key, PackingOptionId=packing)[0][0]
    one = {**key, "PackingGroupId": group}
    assert shop.update("InboundPackingGroups", one, Boxes=boxes(items)) == 1
    assert shop.select("InboundPackingGroupBoxes", "Quantity", **one) == [(1,)]


@story("InboundPlan", "InboundPackingOptions", "InboundPackingGroups", "InboundPlacementOptions")
def plans(shop: Shop) -> None:
    made, items = new_plan(shop)
    key: dict[str, object] = {"InboundPlanId": made}
    assert shop.select("InboundPlan", "Name", "Status", "SourceAddressCity", **key) == [("Spring", "ACTIVE", "Seattle")]
    assert shop.select("InboundPlanItems", "Msku", "Quantity", **key) == [(items[0]["msku"], 10)]
    assert shop.update("InboundPlan", key, Name="Summer") == 1
    pack(shop, key, items)
    option(shop, "Placement", key)
    assert shop.select("InboundShipments", "Status", **key)[0][0] in ("WORKING", "READY_TO_SHIP")
    other, _ = new_plan(shop)
    assert shop.delete("InboundPlan", InboundPlanId=other) == 1
    assert shop.select("InboundPlan", "Status", InboundPlanId=other) == [("VOIDED",)]
    assert shop.select("InboundPlan", "Name", "Status", **key) == [("Summer", "ACTIVE")]


@story(
    "InboundShipments", "InboundTransportationOptions", "InboundDeliveryWindowOptions", "InboundShipmentAppointments",
    "InboundSelfShipAppointmentSlots", "InboundShipmentContentUpdatePreview",
)  # fmt: skip
def inbound_shipments(shop: Shop) -> None:
    plan, items = new_plan(shop)
    pack(shop, {"InboundPlanId": plan}, items)
    placement = option(shop, "Placement", {"InboundPlanId": plan})
    shipment = shop.select("InboundShipments", "ShipmentId", InboundPlanId=plan)[0][0]
    key: dict[str, object] = {"InboundPlanId": plan, "ShipmentId": shipment}
    assert shop.update("InboundShipments", key, Name="First") == 1
    assert shop.update("InboundShipments", key, SourceAddressCity="Tacoma") == 1
    assert shop.select("InboundShipments", "Name", "SourceAddressCity", **key) == [("First", "Tacoma")]
    shop.insert(
        "InboundTransportationOptions", **key, PlacementOptionId=placement, ReadyToShipWindowStart="2026-11-25T00:00Z"
    )
    options = dict(shop.select("InboundTransportationOptions", "ShippingSolution", "TransportationOptionId", **key))
    shop.insert("InboundDeliveryWindowOptions", **key)
    window = shop.select("InboundDeliveryWindowOptions", "DeliveryWindowOptionId", **key)[0][0]
    chosen = "SelectedDeliveryWindowDeliveryWindowOptionId"
    assert shop.update("InboundShipments", key, **{chosen: window}) == 1
    assert shop.select("InboundShipments", chosen, **key) == [(window,)]
    own = options["USE_YOUR_OWN_CARRIER"]
    assert shop.update("InboundShipments", key, SelectedTransportationOptionId=own) == 1
    assert shop.select("InboundShipments", "SelectedTransportationOptionId", **key) == [(own,)]
    shop.insert("InboundSelfShipAppointmentSlots", **key)
    slot = shop.select("InboundSelfShipAppointmentSlots", "SlotId", **key)[0][0]
    shop.insert("InboundShipmentAppointments", **key, SlotId=slot)
    assert shop.select("InboundShipmentAppointments", "AppointmentStatus", **key) == [("ARRIVAL_SCHEDULED",)]
    assert shop.delete("InboundShipmentAppointments", **key) == 1
    assert shop.select("InboundShipmentAppointments", "AppointmentStatus", **key) == [("CANCELLED",)]
    shop.insert("InboundShipmentContentUpdatePreview", **key, Boxes=boxes(items), Items=items)
    assert len(shop.select("InboundShipmentContentUpdatePreview", "ContentUpdatePreviewId", **key)) == 1
    box = shop.select("InboundShipmentBoxes", "BoxId", **key)[0][0]
    tracked = "TrackingDetailsSpdTrackingDetailSpdTrackingItems"
    assert shop.update("InboundShipments", key, **{tracked: [{"boxId": box, "trackingId": "1Z1"}]}) == 1
    assert "1Z1" in str(shop.select("InboundShipments", tracked, **key))


@story("InboundPrepDetails", "InboundItemComplianceDetails")
def items_of_plans(shop: Shop) -> None:
    key = {"Msku": lines(shop)[0]["msku"], "MarketplaceId": US}
    assert shop.update("InboundPrepDetails", key, PrepCategory="LIQUID", PrepTypes=["ITEM_CAP_SEALING"]) == 1
    assert shop.select("InboundPrepDetails", "PrepCategory", **key) == [("LIQUID",)]
    assert shop.update("InboundItemComplianceDetails", key, TaxDetailsHsnCode="6912") == 1
    assert shop.select("InboundItemComplianceDetails", "TaxDetailsHsnCode", **key) == [("6912",)]
    assert shop.update("InboundPrepDetails", key, PrepCategory="NONE", PrepTypes=["ITEM_NO_PREP"]) == 1


# What is sent to buyers

ADDRESS = {
    "name": "Robin Marsh", "addressLine1": "12 Mill Lane", "city": "Portland", "stateOrRegion": "OR",
    "postalCode": "97205", "countryCode": "US",
}  # fmt: skip


def outbound_order(shop: Shop, key: str, **more: object) -> None:
    sku = shop.one("SELECT SellerSKU FROM InventorySupply WHERE InventoryDetailsFulfillableQuantity > 3 LIMIT 1")
    item = {"sellerSku": sku, "sellerFulfillmentOrderItemId": "line-1", "quantity": 1}
    to = {f"DestinationAddress{n[0].upper()}{n[1:]}": v for n, v in ADDRESS.items()}
    shop.insert(
        "OutboundFulfillmentOrders", SellerFulfillmentOrderId=key, DisplayableOrderId=key, **to, Items=[item],
        DisplayableOrderDate="2026-11-18T00:00:00Z", DisplayableOrderComment="Thanks",
        ShippingSpeedCategory="Standard", **more,
    )  # fmt: skip


@story("OutboundFulfillmentOrders", "OutboundReturnItems")
def outbound(shop: Shop) -> None:
    outbound_order(shop, "STORY-1", FulfillmentAction="Hold")
    key: dict[str, object] = {"SellerFulfillmentOrderId": "STORY-1"}

    def shown() -> list[tuple[Any, ...]]:
        """Ask both versions of the API for the order."""
        columns = ("FulfillmentOrderStatus", "DestinationAddressCity", "FulfillmentAction")
        older = shop.select("OutboundFulfillmentOrders", *columns, "DisplayableOrderComment", **key)
        assert shop.select("OutboundFulfillmentOrders", *columns, **key) == [row[:3] for row in older]
        return older

    assert shown() == [("Received", "Portland", "Hold", "Thanks")]
    assert shop.update("OutboundFulfillmentOrders", key, DisplayableOrderComment="Enjoy") == 1
    assert shown() == [("Received", "Portland", "Hold", "Enjoy")]
    assert shop.delete("OutboundFulfillmentOrders", **key) == 1
    assert shown()[0][0] == "Cancelled"
    outbound_order(shop, "STORY-2")
    shop.wait(10 * 86_400)
    key = {"SellerFulfillmentOrderId": "STORY-2"}
    shipment = shop.select("OutboundShipments", "AmazonShipmentId", **key)[0][0]
    shop.insert(
        "OutboundReturnItems", **key, SellerReturnItemId="back", SellerFulfillmentOrderItemId="line-1",
        AmazonShipmentId=shipment, SellerReturnReasonCode="CR-DEFECTIVE",
    )  # fmt: skip
    assert shop.select("OutboundReturnItems", "SellerReturnItemId", "Status", **key) == [("back", "New")]


@story("InventorySupply", "OutboundPackages", "ExternalFulfillmentShipments", account="sandbox")
def sandbox(shop: Shop) -> None:
    key: dict[str, object] = {"SellerSKU": "BOX-1", "MarketplaceId": US}
    shop.insert("InventorySupply", **key, ProductName="A box")
    assert shop.select("InventorySupply", "ProductName", "TotalQuantity", **key) == [("A box", 0)]
    assert shop.delete("InventorySupply", **key) == 1
    assert shop.select("InventorySupply", "ProductName", **key) == []
    outbound_order(shop, "BOX-1")
    key = {"SellerFulfillmentOrderId": "BOX-1"}
    assert shop.update("OutboundFulfillmentOrders", key, FulfillmentOrderStatus="Complete") == 1
    assert shop.select("OutboundFulfillmentOrders", "FulfillmentOrderStatus", **key) == [("Complete",)]
    assert shop.update("OutboundPackages", key, Status="DELAYED", TrackingNumber="1Z1", CarrierCode="UPS") == 1
    assert shop.select("OutboundPackages", "Status", "TrackingNumber", **key) == [("DELAYED", "1Z1")]
    place = {"LocationId": "L1", "MarketplaceId": US}
    made = shop.insert("ExternalFulfillmentShipments", **place, MarketplaceChannel="MFN", ShippingType="SELF")
    assert shop.select("ExternalFulfillmentShipments", "LocationId", "Status", ShipmentId=made) == [("L1", "ACCEPTED")]


@story("OrderPackages", "OrderRegulatedInfo")
def orders(shop: Shop) -> None:
    open_ = "SELECT AmazonOrderId FROM Orders WHERE OrderStatus = 'Unshipped' AND FulfillmentChannel = 'MFN'"
    order = shop.one(f"{open_} AND PurchaseDate >= '2026-10-01' LIMIT 1")
    items = shop.select("OrderItems", "OrderItemId", "QuantityOrdered", AmazonOrderId=order)
    key = {"AmazonOrderId": order, "PackageReferenceId": "7"}
    shop.insert(
        "OrderPackages", **key, MarketplaceId=US, TrackingNumber="1Z1", CarrierCode="UPS", ShippingService="Ground",
        ShipTime="2026-11-18T11:00:00Z", PackageItems=[{"orderItemId": i, "quantity": q} for i, q in items],
    )  # fmt: skip
    assert shop.select("OrderPackages", "TrackingNumber", "ShippingService", **key) == [("1Z1", "Ground")]
    assert shop.select("Orders", "OrderStatus", AmazonOrderId=order) == [("Shipped",)]
    order = shop.one(
        "SELECT AmazonOrderId FROM Orders WHERE HasRegulatedItems AND PurchaseDate >= '2026-01-01' LIMIT 1"
    )
    status = "RegulatedOrderVerificationStatusStatus"
    assert shop.select("OrderRegulatedInfo", status, AmazonOrderId=order) == [("Pending",)]
    reviewer = "RegulatedOrderVerificationStatusExternalReviewerId"
    assert shop.update("OrderRegulatedInfo", {"AmazonOrderId": order}, **{status: "Approved", reviewer: "dr"}) == 1
    assert shop.select("OrderRegulatedInfo", status, reviewer, AmazonOrderId=order) == [("Approved", "dr")]


def unshipped(shop: Shop) -> list[str]:
    """Return the orders that the seller has to ship himself, the oldest first."""
    where = "OrderStatus = 'Unshipped' AND FulfillmentChannel = 'MFN' AND PurchaseDate >= '2026-10-01'"
    return [order for (order,) in shop.rows(f"SELECT AmazonOrderId FROM Orders WHERE {where} ORDER BY PurchaseDate")]


SHIPPER = {
    "Name": "Robin Marsh", "AddressLine1": "500 Harbor Way", "City": "Seattle", "PostalCode": "98109",
    "CountryCode": "US",
}  # fmt: skip


@story("MerchantFulfillmentShipments", "EasyShipPackages")
def labels(shop: Shop) -> None:
    first, second = unshipped(shop)[-2:]
    items = shop.select("OrderItems", "OrderItemId", "QuantityOrdered", AmazonOrderId=first)
    given = {
        "AmazonOrderId": first, "ItemList": [{"OrderItemId": i, "Quantity": q} for i, q in items],
        **{f"ShipFromAddress{n}": v for n, v in SHIPPER.items()}, "ShipFromAddressEmail": "robin@example.com",
        "ShipFromAddressPhone": "+1 206-555-0100", "PackageDimensionsLength": 10, "PackageDimensionsWidth": 8,
        "PackageDimensionsHeight": 4, "PackageDimensionsUnit": "inches", "WeightValue": 16, "WeightUnit": "oz",
        "ShippingServiceOptionsDeliveryExperience": "NoTracking", "ShippingServiceOptionsCarrierWillPickUp": False,
    }  # fmt: skip
    asked = {n.replace("ShippingServiceOptions", "Requested"): v for n, v in given.items()}
    service = shop.select("EligibleShippingServices", "ShippingServiceId", **asked)[0][0]
    made = shop.insert("MerchantFulfillmentShipments", **given, ShippingServiceId=service)
    state = "AmazonOrderId", "Status"
    assert shop.select("MerchantFulfillmentShipments", *state, ShipmentId=made) == [(first, "Purchased")]
    assert shop.delete("MerchantFulfillmentShipments", ShipmentId=made) == 1
    assert shop.select("MerchantFulfillmentShipments", *state, ShipmentId=made) == [(first, "RefundPending")]
    size = {
        "PackageDimensionsLength": 30, "PackageDimensionsWidth": 20, "PackageDimensionsHeight": 10,
        "PackageDimensionsUnit": "cm", "PackageWeightValue": 500, "PackageWeightUnit": "g",
    }  # fmt: skip
    key: dict[str, object] = {"AmazonOrderId": second, "MarketplaceId": US}
    slots = [slot for (slot,) in shop.select("EasyShipHandoverSlots", "SlotId", **key, **size)]
    shop.insert("EasyShipPackages", **key, PackageTimeSlotSlotId=slots[0])
    assert shop.select("EasyShipPackages", "PackageTimeSlotSlotId", **key) == [(slots[0],)]
    assert shop.update("EasyShipPackages", key, PackageTimeSlotSlotId=slots[3]) == 1
    assert shop.select("EasyShipPackages", "PackageTimeSlotSlotId", **key) == [(slots[3],)]


@story("ShippingShipments", "ShippingCarrierAccounts", "ShippingCollectionForms")
def shipping(shop: Shop) -> None:
    ends = {f"{end}{n}": v for end in ("ShipFrom", "ShipTo") for n, v in {**SHIPPER, "StateOrRegion": "WA"}.items()}
    container = {
        "containerReferenceId": "c-1", "value": {"value": 10, "unit": "USD"}, "weight": {"unit": "lb", "value": 2},
        "dimensions": {"length": 10, "width": 8, "height": 4, "unit": "IN"}, "items": [],
    }  # fmt: skip
    made = shop.insert("ShippingShipments", ClientReferenceId="r-1", **ends, Containers=[container])
    shown = shop.select("ShippingShipments", "ClientReferenceId", "ShipToCity", ShipmentId=made)
    assert shown == [("r-1", "Seattle")]
    label = {"LabelSpecificationLabelFormat": "PNG", "LabelSpecificationLabelStockSize": "4x6"}
    assert shop.update("ShippingShipments", {"ShipmentId": made}, RateId=f"{made}-0", **label) == 1
    assert shop.select("ShippingShipments", "AcceptedRateServiceType IS NOT NULL", ShipmentId=made) == [(True,)]
    told = {"CarrierAccountType": "SHIPPER_ACCOUNT", "CarrierAccountAttributes": [{"attributeName": "number"}]}
    account = shop.insert("ShippingCarrierAccounts", CarrierId="FEDEX", **told)
    accounts = dict(shop.select("ShippingCarrierAccounts", "AccountId", "CarrierId"))
    assert (account, accounts[account]) == (account, "FEDEX")
    assert shop.delete("ShippingCarrierAccounts", CarrierId="FEDEX", AccountId=account) == 1
    assert account not in dict(shop.select("ShippingCarrierAccounts", "AccountId", "CarrierId"))
    before = shop.select("ShippingCollectionForms", "CollectionFormId")
    shop.insert("ShippingCollectionForms", CarrierId="UPS")
    after = shop.select("ShippingCollectionForms", "CollectionFormId", "CarrierName")
    assert [name for form, name in after if (form,) not in before] == ["UPS"]


# Storage and fulfilment elsewhere


@story("AwdInboundOrders", "AwdInboundShipments", "AwdOutboundOrders", "AwdReplenishmentOrders")
def storage(shop: Shop) -> None:
    sku = shop.one("SELECT Sku FROM AwdInventory LIMIT 1")
    held = {"contents": {"products": [{"sku": sku, "quantity": 6}]}, "type": "CASE"}
    measures = {"measurements": {"weight": {"unitOfMeasurement": "POUNDS", "weight": 20}}}
    packages = [{"count": 2, "distributionPackage": {**held, **measures}}]
    origin = {
        "OriginAddressName": "Robin Marsh", "OriginAddressAddressLine1": "500 Harbor Way",
        "OriginAddressStateOrRegion": "WA", "OriginAddressCountryCode": "US",
    }  # fmt: skip

    def state(order: str) -> tuple[Any, ...]:
        return shop.select("AwdInboundOrders", "OrderStatus", "ExternalReferenceId", OrderId=order)[0]

    first, other = (shop.insert("AwdInboundOrders", **origin, PackagesToInbound=packages) for _ in range(2))
    assert shop.update("AwdInboundOrders", {"OrderId": first}, ExternalReferenceId="spring") == 1
    assert state(first) == ("DRAFT", "spring")
    assert shop.update("AwdInboundOrders", {"OrderId": first}, OrderStatus="CONFIRMED") == 1
    assert shop.delete("AwdInboundOrders", OrderId=other) == 1
    assert (state(first), state(other)) == (("VALIDATING", "spring"), ("CANCELLED", None))
    shipment = shop.select("AwdInboundOrders", "DestinationDetailsShipmentId", OrderId=first)[0][0]
    carrier = {"carrierCode": {"carrierCodeType": "SCAC", "carrierCodeValue": "UPSN"}, "bookingId": "B-7"}
    assert shop.update("AwdInboundShipments", {"ShipmentId": shipment}, TrackingDetails=[carrier]) == 1
    assert shop.select("AwdInboundShipments", "TrackingId", ShipmentId=shipment) == [("B-7",)]
    products = [{"sku": sku, "quantity": 6}]
    out = shop.insert("AwdOutboundOrders", ProductsToOutbound=products)
    again = shop.insert("AwdReplenishmentOrders", Products=products)
    more = [{"sku": sku, "quantity": 12}]
    assert shop.update("AwdOutboundOrders", {"OrderId": out}, ProductsToOutbound=more) == 1
    assert "12" in str(shop.select("AwdOutboundOrders", "ProductsToOutbound", OrderId=out))
    shop.wait(61)
    for table, key, column in (("AwdOutboundOrders", out, "OrderStatus"), ("AwdReplenishmentOrders", again, "Status")):
        assert shop.update(table, {"OrderId": key}, **{column: "CONFIRMED"}) == 1
        assert shop.select(table, "ConfirmedOn IS NOT NULL", OrderId=key) == [(True,)]
    assert state(first) == ("CONFIRMED", "spring")


@story("ExternalFulfillmentShipments", "ExternalFulfillmentPackages", "ExternalFulfillmentInvoices")
def elsewhere(shop: Shop) -> None:
    waiting = shop.select("ExternalFulfillmentShipments", "ShipmentId", "LineItems", Status="ACCEPTED")
    (shipment, held), (refused, _) = ((key, json.loads(items)) for key, items in waiting[:2])
    key: dict[str, object] = {"ShipmentId": shipment}
    assert shop.update("ExternalFulfillmentShipments", key, Status="CONFIRMED", LineItems=[]) == 1
    line = {"packageLineItemId": held[0]["shipmentLineItemId"], "quantity": held[0]["numberOfUnits"]}
    sides = ("Length", "Width", "Height")
    size = {f"Dimensions{s}Value": "20" for s in sides} | {f"Dimensions{s}DimensionUnit": "CM" for s in sides}
    one = {**key, "PackageId": "1"}
    shop.insert(
        "ExternalFulfillmentPackages", **one, **size, WeightValue="500", WeightWeightUnit="G", PackageLineItems=[line]
    )
    shown = ("WeightValue", "PackageStatus")
    assert shop.select("ExternalFulfillmentPackages", *shown, **one) == [("500", "CREATED")]
    assert shop.update("ExternalFulfillmentPackages", one, WeightValue="700") == 1
    shop.insert("ExternalFulfillmentInvoices", **key)
    assert shop.select("ExternalFulfillmentInvoices", "Content IS NOT NULL", **key) == [(True,)]
    for state in ("SHIPLABEL_GENERATED", "SHIPPED"):
        assert shop.update("ExternalFulfillmentPackages", one, PackageStatus=state) == 1
        assert shop.select("ExternalFulfillmentPackages", *shown, **one) == [("700", state)]
    key = {"ShipmentId": refused}
    assert shop.update("ExternalFulfillmentShipments", key, Status="CANCELLED", LineItems=[]) == 1
    assert shop.select("ExternalFulfillmentShipments", "Status", **key) == [("CANCELLED",)]


@story("ServiceJobs", "ServiceJobAppointments")
def services(shop: Shop) -> None:
    (job,), *_ = shop.select("ServiceJobs", "ServiceJobId", ServiceJobStatus="PENDING_SCHEDULE")
    key: dict[str, object] = {"ServiceJobId": job}
    start = "AppointmentTimeStartTime"
    first = shop.insert("ServiceJobAppointments", **key, **{start: "2026-12-20T10:00:00Z"})
    one = {**key, "AppointmentId": first}
    changed = {start: "2026-12-21T10:00:00Z", "RescheduleReasonCode": "R1"}
    assert shop.update("ServiceJobAppointments", one, **changed) == 1
    columns = ("AppointmentId", "AppointmentStatus", f"CAST({start} AS DATE)")
    old, new = shop.select("ServiceJobAppointments", *columns, **key)
    assert (old[0], old[1], new[1], str(new[2])) == (first, "CANCELLED", "ACTIVE", "2026-12-21")
    one = {**key, "AppointmentId": new[0]}
    assert shop.update("ServiceJobAppointments", one, Resources=[{"resourceId": "TECH1"}]) == 1
    assert "TECH1" in str(shop.select("ServiceJobAppointments", "AssignedTechnicians", **one))
    time = {"startTime": "2026-12-21T10:00:00Z", "endTime": "2026-12-21T11:00:00Z"}
    shop.run(
        "EXEC SetAppointmentFulfillmentData @ServiceJobId = ?, @AppointmentId = ?, @FulfillmentTime = ?",
        job,
        new[0],
        time,
    )
    assert shop.update("ServiceJobs", key, ServiceJobStatus="COMPLETED") == 1
    assert shop.select("ServiceJobs", "ServiceJobStatus", **key) == [("COMPLETED",)]
    (job,), *_ = shop.select("ServiceJobs", "ServiceJobId", ServiceJobStatus="NOT_SERVICED")
    gone: dict[str, object] = {"ServiceJobId": job}
    assert shop.update("ServiceJobs", gone, ServiceJobStatus="CANCELLED", CancellationReasonCode="V1") == 1
    assert shop.select("ServiceJobs", "ServiceJobStatus", **gone) == [("CANCELLED",)]


# Money and invoices


@story("WalletTransactions", "WalletTransferSchedules", "Payouts")
def money(shop: Shop) -> None:
    account = shop.one("SELECT AccountId FROM WalletAccounts WHERE MarketplaceId = ?", US)
    bank = "DestinationTransactionInstrumentBankAccount"
    to = {
        f"{bank}BankAccountOwnershipType": "THIRD_PARTY", f"{bank}AccountCountryCode": "CA",
        f"{bank}AccountCurrency": "CAD", f"{bank}BankAccountNumberTail": "819", f"{bank}Number": "123456819",
        "DestinationTransactionInstrumentAccountHolderName": "Dane Shipping",
        "DestAccountDigitalSignature": "c2ln", "AmountDigitalSignature": "c2ln", "MarketplaceId": US,
        "TransactionSourceAccountAccountId": account,
    }  # fmt: skip
    amount = {"TransactionRequestAmount": 10, "TransactionRequestAmountCurrencyCode": "USD"}
    made = shop.insert("WalletTransactions", **to, **amount, RequestTime="2026-11-18T11:06:40Z")
    key: dict[str, object] = {"TransactionId": made, "MarketplaceId": US}
    assert shop.select("WalletTransactions", "TransactionRequestAmount", "AccountId", **key) == [(10, account)]
    given = {
        "TransactionSourceAccountBankAccountCurrency": "USD", "TransactionType": "DEBIT",
        "TransactionDestinationAccountAccountId": "amzn1.account.other",
        "TransferScheduleInformationScheduleStartDate": "2026-12-01T00:00:00Z",
        "PaymentPreferencePaymentPreferencePaymentType": "PERCENTAGE", "PaymentPreferenceValue": 25.5,
    }  # fmt: skip
    made = shop.insert("WalletTransferSchedules", **to, **given)
    key = {"TransferScheduleId": made, "MarketplaceId": US}
    columns = ("PaymentPreferenceValue", "TransferScheduleStatus")
    assert shop.select("WalletTransferSchedules", *columns, **key) == [(25.5, "ENABLED")]
    signed = {"DestAccountDigitalSignature": "c2ln", "AmountDigitalSignature": "c2ln"}
    assert shop.update("WalletTransferSchedules", key, PaymentPreferenceValue=30, **signed) == 1
    assert shop.select("WalletTransferSchedules", *columns, **key) == [(30, "ENABLED")]
    assert shop.delete("WalletTransferSchedules", **key) == 1
    assert shop.select("WalletTransferSchedules", "TransferScheduleStatus", **key) == [("DELETED",)]
    made = shop.insert("Payouts", MarketplaceId=US, AccountType="Standard Orders")
    assert shop.select("Payouts", "Type", "CurrentStatus", PayoutId=made) == [("ON_DEMAND", "STARTED")]


@story("InvoiceExports", "GovernmentInvoiceStatus", "DeliveryInvoiceStatus", "ShipmentInvoiceStatus")
def invoices(shop: Shop) -> None:
    made = shop.insert("InvoiceExports", MarketplaceId=US, DateStart="2026-11-10", DateEnd="2026-11-12")
    assert shop.select("InvoiceExports", "Status", ExportId=made, MarketplaceId=US) == [("REQUESTED",)]
    key = {"ShipmentId": "S-1", "MarketplaceId": US, "TransactionType": "OUTBOUND", "InvoiceType": "REMITTANCE"}
    shop.insert("GovernmentInvoiceStatus", **key)
    assert shop.select("GovernmentInvoiceStatus", "Status", **key) == [("PROCESSING",)]
    order = shop.one("SELECT AmazonOrderId FROM Orders WHERE OrderStatus = 'Shipped' AND PurchaseDate >= '2026-10-01'")
    content = base64.b64encode(b"<invoice/>").decode()
    said = {"InvoiceContent": content, "ContentMD5Value": hashlib.md5(b"<invoice/>").hexdigest()}
    key = {"MarketplaceId": US, "OrderId": order, "InvoiceType": "Outbound", "ProgramType": "EasyShip"}
    shop.insert("DeliveryInvoiceStatus", **key, **said)
    rows = shop.select("DeliveryInvoiceStatus", "InvoiceStatus", "AmazonShipmentId", **key)
    assert rows[0][0] == "Processing"
    shipment = {"AmazonShipmentId": rows[0][1]}
    shop.insert("ShipmentInvoiceStatus", **shipment, **said)
    shop.wait(61)
    assert shop.select("DeliveryInvoiceStatus", "InvoiceStatus", **key) == [("Accepted",)]
    assert shop.select("ShipmentInvoiceStatus", "InvoiceStatus", **shipment) == [("Accepted",)]


# Vendors


@story("VendorOrders", "VendorShipments", account="vendor")
def vendor_orders(shop: Shop) -> None:
    order, seller, place = shop.select(
        "VendorOrders", "PurchaseOrderNumber", "SellerPartyId", "ShipToPartyPartyId", PurchaseOrderState="New"
    )[0]  # fmt: skip
    key: dict[str, object] = {"PurchaseOrderNumber": order}
    amount = ("CAST(OrderedQuantityAmount AS BIGINT)", "OrderedQuantityUnitOfMeasure")
    items = [
        {
            "itemSequenceNumber": str(number), "orderedQuantity": {"amount": units, "unitOfMeasure": measure},
            "itemAcknowledgements": [
                {
                    "acknowledgementCode": "Accepted",
                    "acknowledgedQuantity": {"amount": units, "unitOfMeasure": measure},
                }
            ],
        }
        for number, units, measure in shop.select("VendorOrderItems", "ItemSequenceNumber", *amount, **key)
    ]  # fmt: skip
    said = {"AcknowledgementDate": "2026-11-18T11:00:00Z", "OrderItemAcknowledgements": items}
    assert shop.update("VendorOrders", key, PurchaseOrderState="Acknowledged", **said) == 1
    assert shop.select("VendorOrders", "PurchaseOrderState", **key) == [("Acknowledged",)]
    parties = {"SellingPartyPartyId": seller, "ShipFromPartyPartyId": "HALW1", "ShipToPartyPartyId": place}
    one = {"VendorShipmentIdentifier": "STORY-1"}
    shop.insert(
        "VendorShipments", **one, **parties, TransactionType="New", TransactionDate="2026-11-18T11:00:00Z",
        PurchaseOrders=[{"purchaseOrderNumber": order}],
    )  # fmt: skip
    assert shop.select("VendorShipments", "CurrentShipmentStatus", **one) == [("Created",)]


@story("VendorDirectFulfillmentOrders", "VendorShippingLabels", account="vendor")
def direct_fulfilment(shop: Shop) -> None:
    columns = ("PurchaseOrderNumber", "SellingPartyPartyId", "ShipFromPartyPartyId")
    when = "OrderDate >= '2026-11-12' AND OrderDate < '2026-11-18' AND OrderStatus = 'NEW'"
    query = f"SELECT {', '.join(columns)} FROM VendorDirectFulfillmentOrders WHERE {when}"
    (order, seller, sender), *_ = shop.rows(query)
    key: dict[str, object] = {"PurchaseOrderNumber": order}
    said = {"VendorOrderNumber": "V-1", "AcknowledgementDate": "2026-11-18T11:00:00Z", "ItemAcknowledgements": []}
    given = {**said, "AcknowledgementStatusCode": "00"}
    assert shop.update("VendorDirectFulfillmentOrders", key, OrderStatus="ACCEPTED", **given) == 1
    assert shop.select("VendorDirectFulfillmentOrders", "OrderStatus", **key) == [("ACCEPTED",)]
    weight = {"unitOfMeasure": "KG", "value": "1"}
    box = {"containerType": "Carton", "containerIdentifier": "A", "weight": weight, "packedItems": []}
    shop.insert(
        "VendorShippingLabels", **key, SellingPartyPartyId=seller, ShipFromPartyPartyId=sender, Containers=[box]
    )
    assert '"A"' in str(shop.select("VendorShippingLabels", "LabelData", **key))
    (held,) = shop.select("VendorDirectFulfillmentOrders", "Items", **key)
    items = [
        {"itemSequenceNumber": int(i["itemSequenceNumber"]), "shippedQuantity": i["orderedQuantity"]}
        for i in json.loads(held[0])
    ]
    sent = {
        "ShippedDate": "2026-11-18T11:00:00Z",
        "ShipmentItems": items,
        "Containers": [{**box, "trackingNumber": "T-1"}],
    }
    assert shop.update("VendorDirectFulfillmentOrders", key, OrderStatus="SHIPPED", **sent) == 1
    assert shop.select("VendorDirectFulfillmentOrders", "OrderStatus", **key) == [("SHIPPED",)]
