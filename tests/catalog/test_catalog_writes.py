"""Writes: which call carries out an INSERT, UPDATE or DELETE, and what of a row it sends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from amzsql import spapi
from amzsql.catalog import check_writes, modules, registry, system, writes
from amzsql.catalog.model import Outcome, Table, WriteKind, WriteMapping
from amzsql.errors import ProgrammingError
from amzsql.execute.arguments import Home, request_of

US = "ATVPDKIKX0DER"
HOME = Home(lambda: (US,), "A3SIMULATEDSELL", ZoneInfo("UTC"), lambda: "k")
Row = Mapping[str, Any]


def sent(name: str, kind: WriteKind, given: Row, key: Row | None = None) -> tuple[str, dict[str, Any], Any]:
    """Return what one row's write sends: the operation, the parameters, the body. `key`: what an update had read."""
    table = registry.table("SellingPartner", name)
    chosen = writes.mapping(table, kind, given)
    arguments = writes.arguments(table, chosen, {**(key or {}), **given}, HOME.marketplaces)
    request = request_of(writes.call(table, chosen).procedure, arguments, HOME)
    return request.operation.operation_id, dict(request.parameters), request.body


def test_columns_go_where_they_are_read_from() -> None:
    row = {"NotificationType": "ORDER_CHANGE", "PayloadVersion": "1.0", "DestinationId": "d", "MarketplaceIds": [US]}
    operation, parameters, body = sent("Subscriptions", "insert", row | {"EventFilterType": "ORDER_CHANGE"})
    assert (operation, parameters) == ("createSubscription", {"notificationType": "ORDER_CHANGE"})
    filtered = {"marketplaceIds": [US], "eventFilterType": "ORDER_CHANGE"}
    given = {"payloadVersion": "1.0", "destinationId": "d", "processingDirective": {"eventFilter": filtered}}
    assert body == given
    _, _, body = sent("Destinations", "insert", {"Name": "n", "resourcesqsarn": "arn:aws:sqs:us-east-2:123456789012:q"})
    assert body["resourceSpecification"]["sqs"]["arn"] == "arn:aws:sqs:us-east-2:123456789012:q"


def test_an_update_takes_the_call_for_what_is_assigned() -> None:
    table = registry.table("SellingPartner", "SupplySources")
    assert writes.mapping(table, "update", ["alias"]).operation.endswith("updateSupplySource")
    assert writes.mapping(table, "update", ["STATUS"]).operation.endswith("updateSupplySourceStatus")
    with pytest.raises(ProgrammingError, match="Alias by updateSupplySource and Status by updateSupplySourceStatus"):
        writes.mapping(table, "update", ["Alias", "Status"])
    with pytest.raises(ProgrammingError, match="SupplySourceId is part of the key"):
        writes.mapping(table, "update", ["SupplySourceId"])
    with pytest.raises(ProgrammingError, match=r"CreatedAt is read only\. It takes Alias"):
        writes.mapping(table, "update", ["CreatedAt"])
    with pytest.raises(ProgrammingError, match=r"no column Alais\. Did you mean Alias"):
        writes.mapping(table, "update", ["Alais"])
    with pytest.raises(ProgrammingError, match=r"Orders takes no DELETE\. It is read only"):
        writes.mapping(registry.table("SellingPartner", "Orders"), "delete")
    with pytest.raises(ProgrammingError, match=r"removed the operations that wrote it\. INSERT INTO .*InboundPlan"):
        writes.mapping(registry.table("SellingPartner", "InboundShipments"), "insert", ["ShipmentName"])


def test_a_state_is_assigned_as_the_call_sets_it() -> None:
    """Confirming and cancelling are updates to one value; what goes with them is told apart from what is read only."""
    table = registry.table("SellingPartner", "ServiceJobs")
    cancelled = {"ServiceJobStatus": "cancelled", "CancellationReasonCode": "V1"}
    assert writes.mapping(table, "update", cancelled).operation == "services.cancelServiceJobByServiceJobId"
    assert sent("ServiceJobs", "update", cancelled, {"ServiceJobId": "J"})[1] == {
        "serviceJobId": "J",
        "cancellationReasonCode": "V1",
    }
    with pytest.raises(ProgrammingError, match="can be set to 'CANCELLED' or 'COMPLETED' only, written out"):
        writes.mapping(table, "update", {"ServiceJobStatus": writes.UNKNOWN})
    with pytest.raises(ProgrammingError, match="CancellationReasonCode goes with ServiceJobStatus = 'CANCELLED'"):
        writes.mapping(table, "update", ["CancellationReasonCode"])


def test_an_update_of_the_whole_sends_what_was_read() -> None:
    table = registry.table("SellingPartner", "AwdOutboundOrders")
    chosen = writes.mapping(table, "update", ["ProductsToOutbound"])
    read = writes.read(table, chosen, ["ProductsToOutbound"])
    assert {"OrderId", "OrderStatus", "OutboundShipments", "CreatedAt"} <= set(read) - {"ProductsToOutbound"}
    with pytest.raises(ProgrammingError, match="CreatedAt is read only"):
        writes.mapping(table, "update", ["CreatedAt"])


def test_a_row_may_be_an_element_of_a_list_in_the_body() -> None:
    """Values go to the element, to what is beside the list, and to the address; spellings are the operation's own."""
    row = {"SellerFulfillmentOrderId": "o", "SellerReturnItemId": "r", "SellerFulfillmentOrderItemId": "i"}
    row |= {"AmazonShipmentId": "s", "SellerReturnReasonCode": "WRONG_ITEM"}
    operation, parameters, body = sent("OutboundReturnItems", "insert", row)
    item = {"sellerReturnItemId": "r", "sellerFulfillmentOrderItemId": "i", "amazonShipmentId": "s"}
    assert (operation, parameters) == ("createFulfillmentReturn", {"sellerFulfillmentOrderId": "o"})
    assert body == {"items": [item | {"returnReasonCode": "WRONG_ITEM"}]}
    package = {"ShipmentId": "s", "PackageId": "p"}
    changed = {"PackageStatus": "SHIPPED", "SubStatus": "DELIVERED"}
    operation, parameters, body = sent("ExternalFulfillmentPackages", "update", changed, package)
    assert (operation, parameters["status"]) == ("updatePackageStatus", "SHIPPED")
    assert body == {"status": "SHIPPED", "subStatus": "DELIVERED"}
    operation, parameters, body = sent(
        "ExternalFulfillmentPackages", "update", {"PackageStatus": "SHIPLABEL_GENERATED"}, package
    )
    assert (operation, parameters) == ("generateShipLabels", {"shipmentId": "s", "operation": "GENERATE"})
    assert body == {"packageIds": ["p"]}


def test_parts_of_a_listing_become_patches() -> None:
    key = {"SKU": "X", "MarketplaceId": US, "ProductType": "SHOES"}
    operation, parameters, body = sent("ListingsItems", "update", {"Price": Decimal("19.9"), "Quantity": 5}, key)
    assert operation == "patchListingsItem"
    assert parameters == {"sku": "X", "sellerId": "A3SIMULATEDSELL", "marketplaceIds": (US,)}
    price = {"schedule": [{"value_with_tax": Decimal("19.9")}]}
    offer = {"marketplace_id": US, "currency": "USD", "our_price": [price]}
    stock = {"fulfillment_channel_code": "DEFAULT", "quantity": 5}
    assert body == {
        "productType": "SHOES",
        "patches": [
            {"op": "merge", "path": "/attributes/purchasable_offer", "value": [offer]},
            {"op": "merge", "path": "/attributes/fulfillment_availability", "value": [stock]},
        ],
    }
    new = {"SKU": "X", "ProductType": "SHOES", "Quantity": 5, "Attributes": '{"brand": [{"value": "B"}]}'}
    operation, _, body = sent("ListingsItems", "insert", new)
    attributes = {"brand": [{"value": "B"}], "fulfillment_availability": [stock]}
    assert (operation, body) == ("putListingsItem", {"productType": "SHOES", "attributes": attributes})


@pytest.mark.parametrize(
    ("kind", "op", "value"), [("insert", "add", "[{}]"), ("update", "replace", "{}"), ("delete", "delete", None)]
)
def test_an_attribute_is_a_patch(kind: WriteKind, op: str, value: str | None) -> None:
    key = {"SKU": "X", "MarketplaceId": US, "AttributeName": "color"}
    given: dict[str, Any] = {"Value": value} if value else {}
    row = (key | given, {}) if kind == "insert" else (given, key)
    operation, _, body = sent("ListingsItemsAttributes", kind, *row)
    patch = {"op": op, "path": "/attributes/color", "value": [{}] if value else [{"marketplace_id": US}]}
    assert (operation, body) == ("patchListingsItem", {"productType": "PRODUCT", "patches": [patch]})
    with pytest.raises(ProgrammingError, match="Value takes a JSON object"):
        sent("ListingsItemsAttributes", "update", {"Value": "[1]"}, key)


def updateable() -> Iterator[Table]:
    """Yield each table that can be written, in the first of its schemas."""
    for module in modules.MODULES:
        for entry in registry.declared(module).values():
            if entry.writes:
                yield registry.table(entry.schemas[0], entry.name)


def test_the_facts_bear_out_every_write() -> None:
    tables = list(updateable())
    assert {t.name: list(check_writes.problems(t)) for t in tables if list(check_writes.problems(t))} == {}
    documented = {  # by the reference
        "Destinations": "DI", "Subscriptions": "DI", "ListingsItems": "DIU", "ListingsItemsAttributes": "DIU",
        "VendorShippingLabels": "I", "OutboundFulfillmentOrders": "DIU", "InboundPlan": "DIU",
        "InboundPackingOptions": "I", "InboundPlacementOptions": "I", "InboundDeliveryWindowOptions": "I",
        "InboundSelfShipAppointmentSlots": "I", "InboundShipmentContentUpdatePreview": "I",
        "InboundItemComplianceDetails": "U",
    }  # fmt: skip
    written = {t.name: {m.kind[0].upper() for m in t.writes} for t in tables}
    assert {n: kinds for n, kinds in documented.items() if not set(kinds) <= written[n]} == {}
    assert all(writes.example(t, m) for t in tables for m in t.writes)


# What acts and is no row of a table's: by EXEC only.
ONLY_CALLED = {
    "no table shows it": (
        "appIntegrations-2024-04-01 createNotification deleteNotifications recordActionFeedback",
        "application_2023-11-30 rotateApplicationClientSecret",
        "awd_2024-05-09 checkInboundEligibility",
        "externalFulfillmentInventory_2024-09-11 batchInventory",
        "externalFulfillmentLocation_2026-07-30 createSandboxLocation",
        "externalFulfillmentShipments_2024-09-11 updateSandboxShipment",
        "fulfillmentInbound_2024-03-20 createMarketplaceItemLabels",
        "fulfillmentOutbound_2020-07-01 deliveryOffers",
        "messaging CreateWarranty confirmCustomizationDetails createConfirmDeliveryDetails createConfirmOrderDetails"
        " createConfirmServiceDetails createDigitalAccessKey createLegalDisclosure createUnexpectedProblem sendInvoice",
        "notifications sendTestNotification",
        "ordersV0 updateShipmentStatus",
        "services createServiceDocumentUploadDestination setAppointmentFulfillmentData",
        "shipping cancelShipment",
        "shippingV2 cancelShipment createClaim submitNdrFeedback",
        "solicitations createProductReviewAndSellerFeedbackSolicitation",
        "tokens_2021-03-01 createRestrictedDataToken",
        "uploads_2020-11-01 createUploadDestinationForResource",
        "vendorDirectFulfillmentInventoryV1 submitInventoryUpdate",
        "vendorDirectFulfillmentPaymentsV1 submitInvoice",
        "vendorDirectFulfillmentSandboxData_2021-10-28 generateOrderScenarios",
        "vendorDirectFulfillmentShippingV1 submitShipmentStatusUpdates",
        "vendorDirectFulfillmentShipping_2021-12-28 createContainerLabel submitShipmentStatusUpdates",
        "vendorInvoices submitInvoices",
        "vendorShipments SubmitShipmentConfirmations",
    ),
    "it changes more than the row, or adds to what the row says": (
        "aplusContent_2020-11-01 postContentDocumentSuspendSubmission",
        "fbaInventory addInventory",
        "fulfillmentInbound_2024-03-20 confirmShipmentContentUpdatePreview",
        "services cancelReservation createReservation updateReservation updateSchedule",
        "shippingV2 directPurchaseShipment oneClickShipment purchaseShipment",
    ),
    "another operation does the same to the same rows": (
        "easyShip_2022-03-23 createScheduledPackageBulk",
        "fulfillmentOutbound_2026-07-04 cancelOrder createOrder updateOrder updateOrderStatus",
        "listingsItems_2020-09-01 deleteListingsItem patchListingsItem putListingsItem",
        "shipping purchaseShipment",
        "vendorDirectFulfillmentOrdersV1 submitAcknowledgement",
        "vendorDirectFulfillmentShippingV1 submitShipmentConfirmations submitShippingLabelRequest",
        "vendorDirectFulfillmentShipping_2021-12-28 submitShippingLabelRequest",
    ),
}


def test_an_operation_that_is_no_read_writes_a_table_or_is_known_not_to() -> None:
    """A new operation of Amazon's is decided on: it is the write of a table, or it stands above."""
    listed = (words.split() for groups in ONLY_CALLED.values() for words in groups)
    called = [f"{api}.{name}" for api, *names in listed for name in names]
    written = {m.operation.partition(" ")[0] for t in updateable() for m in t.writes}
    assert len(called) == len(set(called))
    assert not written & set(called)
    assert written | set(called) == {o.name for o in spapi.all_operations() if not o.read and not o.removed}


def test_the_metadata_tell_what_can_be_written() -> None:
    shown = ("SellingPartner", "SellerCentral", "VendorCentral")
    told = {(r["SchemaName"], r["TableName"]) for r in system.rows("sys_tables", shown) or () if r["IsUpdateable"]}
    assert told == {(s, t.name) for t in updateable() for s in t.entry.schemas}
    columns = system.rows("sys_tablecolumns", ("SellerCentral",)) or []
    options = {r["ColumnName"]: r["IsReadOnly"] for r in columns if r["TableName"] == "InboundPackingOptions"}
    assert [name for name, only in options.items() if not only] == ["InboundPlanId", "Status"]
    rows = system.rows("sys_tablewrites", ("SellerCentral",)) or []
    of_options = [r for r in rows if r["TableName"] == "InboundPackingOptions"]
    taken = [(r["Kind"], r["ColumnName"], r["IsKey"], r["IsRequired"], r["SetTo"]) for r in of_options]
    assert taken == [
        ("INSERT", "InboundPlanId", False, True, None),
        ("UPDATE", "InboundPlanId", True, True, None),
        ("UPDATE", "PackingOptionId", True, True, None),
        ("UPDATE", "Status", False, True, "ACCEPTED"),
    ]
    listing = [r for r in rows if r["TableName"] == "ListingsItems" and r["Kind"] == "UPDATE"]
    parts = {r["ColumnName"]: (r["IsColumn"], r["DataTypeName"]) for r in listing}
    assert (parts["Price"], parts["SalePrice"]) == ((True, "DECIMAL(18,4)"), (False, "DECIMAL(18,4)"))


NO_SUCH = Outcome("status", done=("LOST",), issues="issues[]")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"operation": "supplySources_2020-07-01.nothing"}, "nothing"),
        ({"operation": "supplySources_2020-07-01.getSupplySource"}, "it is a read"),
        ({"inputs": (("Alias", "Nickname"),)}, "it has no input Nickname"),
        ({"sets": (("Status", "Gone"),)}, "Status is never Gone"),
        ({"result": (("SupplySourceId", "Number"),)}, "does not tell SupplySourceId as Number"),
        ({"outcome": NO_SUCH}, "does not answer status"),
        ({"kind": "delete", "operation": "supplySources_2020-07-01.updateSupplySourceStatus"}, "there is another"),
        ({"on": ("AddressName",)}, "AddressName"),
    ],
)
def test_what_the_facts_do_not_bear_out_is_told(more: dict[str, Any], problem: str) -> None:
    table = registry.table("SellingPartner", "SupplySources")
    wrong = replace(WriteMapping("update", "supplySources_2020-07-01.updateSupplySource"), **more)
    others = tuple(m for m in table.writes if m.operation != wrong.operation)
    found = list(check_writes.problems(replace(table, entry=replace(table.entry, writes=(*others, wrong)))))
    assert any(problem in each for each in found), found
