"""Inbound plans: a step shows when its operation has ended, out of order it is refused; v0 shows what was confirmed."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import CA, US, Client
from .workflows import ADDRESS, INBOUND, Desk, box, lines, new_plan, pack, place, ship, skus

V0 = "fulfillmentInboundV0"


@pytest.fixture
def desk(client: Client) -> Desk:
    return Desk(client)


def plans(desk: Desk, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    asked = dict(query)
    while True:
        body = desk.do(f"{INBOUND}.listInboundPlans", query=asked)
        found += body["inboundPlans"]
        if "pagination" not in body:
            return found
        asked = {**query, "paginationToken": body["pagination"]["nextToken"]}


def test_a_plan_is_created_listed_and_read_back(desk: Desk) -> None:
    before = plans(desk)
    items = lines(desk, skus(desk))
    body = {"destinationMarketplaces": [US], "items": items, "sourceAddress": ADDRESS, "name": "Spring"}
    made = desk.do(f"{INBOUND}.createInboundPlan", body=body)
    status = desk.do(f"{INBOUND}.getInboundOperationStatus", operationId=made["operationId"])
    assert (status["operation"], status["operationStatus"]) == ("createInboundPlan", "IN_PROGRESS")
    desk.wait(31)
    status = desk.do(f"{INBOUND}.getInboundOperationStatus", operationId=made["operationId"])
    assert status["operationStatus"] == "SUCCESS"
    plan = desk.do(f"{INBOUND}.getInboundPlan", inboundPlanId=made["inboundPlanId"])
    assert (plan["name"], plan["status"], plan["sourceAddress"]) == ("Spring", "ACTIVE", ADDRESS)
    shown = desk.do(f"{INBOUND}.listInboundPlanItems", inboundPlanId=made["inboundPlanId"])["items"]
    assert [(i["msku"], i["quantity"]) for i in shown] == [(i["msku"], i["quantity"]) for i in items]
    after = plans(desk)
    assert [p["inboundPlanId"] for p in after] == [made["inboundPlanId"], *(p["inboundPlanId"] for p in before)]
    desk.do(f"{INBOUND}.updateInboundPlanName", body={"name": "Autumn"}, inboundPlanId=made["inboundPlanId"])
    assert desk.do(f"{INBOUND}.getInboundPlan", inboundPlanId=made["inboundPlanId"])["name"] == "Autumn"


def test_plans_are_filtered_sorted_and_paged(desk: Desk) -> None:
    every = plans(desk, pageSize="5")
    assert len({p["inboundPlanId"] for p in every}) == len(every) == 14
    assert {p["status"] for p in every} == {"ACTIVE", "VOIDED", "SHIPPED"}
    voided = plans(desk, status="VOIDED")
    assert [p["inboundPlanId"] for p in voided] == [p["inboundPlanId"] for p in every if p["status"] == "VOIDED"]
    times = [p["createdAt"] for p in plans(desk, sortBy="CREATION_TIME", sortOrder="ASC", pageSize="30")]
    assert times == sorted(times)
    assert desk.ask(f"{INBOUND}.listInboundPlans", query={"pageSize": "31"}).status_code == 400


@pytest.mark.parametrize(
    ("change", "why"),
    [({"msku": "NOT-MINE"}, "NOT-MINE"), ({"prepOwner": "AMAZON"}, "Accepted values"), ({"quantity": 0}, "quantity")],
)
def test_lines_must_be_the_sellers_own(desk: Desk, change: dict[str, Any], why: str) -> None:
    item = next(i for i in lines(desk, skus(desk, 20)) if i["prepOwner"] == "NONE")
    body = {"destinationMarketplaces": [US], "items": [{**item, **change}], "sourceAddress": ADDRESS}
    refused = desk.ask(f"{INBOUND}.createInboundPlan", body=body)
    assert (refused.status_code, why in refused.text) == (400, True)


def test_out_of_order_a_step_is_refused(desk: Desk) -> None:
    plan = new_plan(desk, lines(desk, skus(desk)))
    keys, none = {"inboundPlanId": plan}, "x" * 38
    steps: list[tuple[str, Any, dict[str, str]]] = [
        ("confirmPackingOption", None, {"packingOptionId": none}),
        ("confirmPlacementOption", None, {"placementOptionId": none}),
        (
            "generateTransportationOptions",
            {"placementOptionId": none, "shipmentTransportationConfigurations": []},
            {},
        ),
        ("confirmTransportationOptions", {"transportationSelections": []}, {}),
        ("setPackingInformation", {"packageGroupings": [{"packingGroupId": none, "boxes": []}]}, {}),
    ]
    for name, body, more in steps:
        assert desk.ask(f"{INBOUND}.{name}", body=body, **keys, **more).status_code == 400, name
    desk.do(f"{INBOUND}.generatePackingOptions", **keys)
    assert desk.do(f"{INBOUND}.listPackingOptions", **keys)["packingOptions"] == []
    busy = desk.ask(f"{INBOUND}.generatePackingOptions", **keys)
    assert (busy.status_code, "in progress" in busy.text) == (400, True)
    desk.wait(31)
    option = desk.do(f"{INBOUND}.listPackingOptions", **keys)["packingOptions"][0]
    assert option["status"] == "OFFERED"
    desk.do(f"{INBOUND}.confirmPackingOption", **keys, packingOptionId=option["packingOptionId"])
    desk.wait(31)
    assert desk.do(f"{INBOUND}.listPackingOptions", **keys)["packingOptions"][0]["status"] == "ACCEPTED"
    again = desk.ask(f"{INBOUND}.confirmPackingOption", **keys, packingOptionId=option["packingOptionId"])
    assert again.status_code == 400
    unpacked = desk.ask(f"{INBOUND}.generatePlacementOptions", body={}, **keys)
    assert (unpacked.status_code, "packing information" in unpacked.text) == (400, True)


def test_boxes_that_do_not_hold_what_they_should_fail_the_operation(desk: Desk) -> None:
    plan = new_plan(desk, lines(desk, skus(desk, 1)))
    group = pack(desk, plan)
    boxes = desk.do(f"{INBOUND}.listPackingGroupBoxes", inboundPlanId=plan, packingGroupId=group)["boxes"]
    assert [sum(i["quantity"] for i in b["items"]) for b in boxes] == [5, 5]
    item = desk.do(f"{INBOUND}.listPackingGroupItems", inboundPlanId=plan, packingGroupId=group)["items"][0]
    less = {"msku": item["msku"], "quantity": 3, "labelOwner": "SELLER", "prepOwner": "NONE"}
    body = {"packageGroupings": [{"packingGroupId": group, "boxes": [box(less)]}]}
    begun = desk.do(f"{INBOUND}.setPackingInformation", body=body, inboundPlanId=plan)
    desk.wait(31)
    status = desk.do(f"{INBOUND}.getInboundOperationStatus", operationId=begun["operationId"])
    assert status["operationStatus"] == "FAILED"
    assert item["msku"] in status["operationProblems"][0]["message"]
    assert desk.do(f"{INBOUND}.listInboundPlanBoxes", inboundPlanId=plan)["boxes"] == boxes


def test_a_plan_shows_the_shipments_of_the_placement_that_was_chosen(desk: Desk) -> None:
    plan = new_plan(desk, lines(desk, skus(desk)))
    keys = {"inboundPlanId": plan}
    desk.do(f"{INBOUND}.generatePlacementOptions", body={}, **keys)
    desk.wait(31)
    options = desk.do(f"{INBOUND}.listPlacementOptions", **keys)["placementOptions"]
    # Nothing is in boxes yet: the lines are parted between the two warehouses of the option without a fee.
    assert [(len(o["shipmentIds"]), bool(o["fees"])) for o in options] == [(1, True), (2, False)]
    offered = {s["shipmentId"] for s in desk.do(f"{INBOUND}.getInboundPlan", **keys)["shipments"]}
    assert offered == {s for o in options for s in o["shipmentIds"]}
    desk.do(f"{INBOUND}.confirmPlacementOption", **keys, placementOptionId=options[1]["placementOptionId"])
    desk.wait(31)
    shown = [s["shipmentId"] for s in desk.do(f"{INBOUND}.getInboundPlan", **keys)["shipments"]]
    assert shown == options[1]["shipmentIds"]
    parted = [desk.do(f"{INBOUND}.listShipmentItems", **keys, shipmentId=s)["items"] for s in shown]
    whole = desk.do(f"{INBOUND}.listInboundPlanItems", **keys)["items"]
    assert sorted(i["msku"] for part in parted for i in part) == sorted(i["msku"] for i in whole)
    assert all(parted)


def test_the_contents_of_a_shipment_become_those_of_a_preview_that_is_confirmed(desk: Desk) -> None:
    plan = new_plan(desk, lines(desk, skus(desk, 1)))
    pack(desk, plan)
    keys = {"inboundPlanId": plan, "shipmentId": ship(desk, plan, place(desk, plan), "USE_YOUR_OWN_CARRIER")}
    (item,) = lines(desk, skus(desk, 1))
    less = [{**item, "quantity": 4}]
    body = {"boxes": [box(*less)], "items": less}
    before = desk.do(f"{INBOUND}.listShipmentBoxes", **keys)["boxes"]
    desk.do(f"{INBOUND}.generateShipmentContentUpdatePreviews", body=body, **keys)
    desk.wait(31)
    (preview,) = desk.do(f"{INBOUND}.listShipmentContentUpdatePreviews", **keys)["contentUpdatePreviews"]
    assert desk.do(f"{INBOUND}.listShipmentBoxes", **keys)["boxes"] == before
    keyed = {**keys, "contentUpdatePreviewId": preview["contentUpdatePreviewId"]}
    desk.do(f"{INBOUND}.confirmShipmentContentUpdatePreview", **keyed)
    desk.wait(31)
    assert [i["quantity"] for i in desk.do(f"{INBOUND}.listShipmentItems", **keys)["items"]] == [4]
    boxes = desk.do(f"{INBOUND}.listShipmentBoxes", **keys)["boxes"]
    assert [[i["quantity"] for i in b["items"]] for b in boxes] == [[4]]
    assert desk.ask(f"{INBOUND}.getShipmentContentUpdatePreview", **keyed).status_code == 404


def test_the_shipments_of_the_past_are_in_boxes(desk: Desk) -> None:
    for plan in plans(desk, status="SHIPPED"):
        keys = {"inboundPlanId": plan["inboundPlanId"]}
        items = desk.do(f"{INBOUND}.listInboundPlanItems", **keys)["items"]
        boxes = desk.do(f"{INBOUND}.listInboundPlanBoxes", **keys)["boxes"]
        packed = [(i["msku"], i["quantity"]) for b in boxes for i in b["items"]]
        assert sorted(packed) == sorted((i["msku"], i["quantity"]) for i in items)


def test_an_appointment_is_moved_for_a_reason_and_cancelled(desk: Desk) -> None:
    plan = new_plan(desk, lines(desk, skus(desk, 1)))
    pack(desk, plan)
    keys = {"inboundPlanId": plan, "shipmentId": ship(desk, plan, place(desk, plan), "USE_YOUR_OWN_CARRIER")}
    reason = {"reasonComment": "VEHICLE_DELAY"}
    assert desk.ask(f"{INBOUND}.cancelSelfShipAppointment", body=reason, **keys).status_code == 400
    desk.do(f"{INBOUND}.generateSelfShipAppointmentSlots", body={}, **keys)
    desk.wait(31)
    answer = desk.do(f"{INBOUND}.getSelfShipAppointmentSlots", **keys)["selfShipAppointmentSlotsAvailability"]
    slots = [s["slotId"] for s in answer["slots"][:2]]
    name = f"{INBOUND}.scheduleSelfShipAppointment"
    made = desk.do(name, body={}, **keys, slotId=slots[0])["selfShipAppointmentDetails"]
    refused = desk.ask(name, body={}, **keys, slotId=slots[1])
    assert (refused.status_code, "reason" in refused.text) == (400, True)
    moved = desk.do(name, body=reason, **keys, slotId=slots[1])["selfShipAppointmentDetails"]
    assert moved["appointmentId"] != made["appointmentId"]
    assert moved["appointmentStatus"] == "ARRIVAL_SCHEDULED"
    shown = desk.do(f"{INBOUND}.getShipment", **keys)["selfShipAppointmentDetails"]
    assert [(a["appointmentId"], a["appointmentStatus"]) for a in shown] == [
        (made["appointmentId"], "CANCELLED"), (moved["appointmentId"], "ARRIVAL_SCHEDULED"),
    ]  # fmt: skip
    desk.do(f"{INBOUND}.cancelSelfShipAppointment", body=reason, **keys)
    desk.wait(31)
    shown = desk.do(f"{INBOUND}.getShipment", **keys)["selfShipAppointmentDetails"]
    assert [a["appointmentStatus"] for a in shown] == ["CANCELLED"] * 2


def test_a_shipment_is_on_its_way_as_the_clock_moves_and_v0_shows_the_same(desk: Desk) -> None:
    plan = new_plan(desk, lines(desk, skus(desk)))
    pack(desk, plan)
    unknown = len(_v0(desk, ShipmentStatusList="WORKING"))
    placement = place(desk, plan)
    assert len(_v0(desk, ShipmentStatusList="WORKING")) == unknown + 1
    shipment = ship(desk, plan, placement, "AMAZON_PARTNERED_CARRIER")
    keys = {"inboundPlanId": plan, "shipmentId": shipment}
    seen = []
    for _ in range(16):
        found = desk.do(f"{INBOUND}.getShipment", **keys)
        old = _v0(desk, ShipmentIdList=found["shipmentConfirmationId"])[0]
        assert old["ShipmentStatus"] == found["status"]
        assert old["DestinationFulfillmentCenterId"] == found["destination"]["warehouseId"]
        seen.append(found["status"])
        desk.wait(86_400)
    assert list(dict.fromkeys(seen)) == ["SHIPPED", "IN_TRANSIT", "DELIVERED", "CHECKED_IN", "RECEIVING", "CLOSED"]
    assert desk.do(f"{INBOUND}.getInboundPlan", inboundPlanId=plan)["status"] == "SHIPPED"
    items = desk.do(f"{V0}.getShipmentItemsByShipmentId", shipmentId=found["shipmentConfirmationId"])["payload"]
    assert [(i["QuantityShipped"], i["QuantityReceived"]) for i in items["ItemData"]] == [(10, 10), (10, 10)]
    cancelled = desk.ask(f"{INBOUND}.cancelInboundPlan", inboundPlanId=plan)
    assert cancelled.status_code == 400


def _arriving(desk: Desk, code: str) -> tuple[int, ...]:
    query = {"granularityType": "Marketplace", "granularityId": US, "marketplaceIds": US, "details": "true"}
    body = desk.do("fbaInventory.getInventorySummaries", query={**query, "sellerSkus": code})["payload"]
    (row,) = body["inventorySummaries"]
    details, names = row["inventoryDetails"], ("inboundWorking", "inboundShipped", "inboundReceiving", "fulfillable")
    return (*(details[f"{n}Quantity"] for n in names), row["totalQuantity"])


def test_the_stock_follows_a_shipment_from_its_confirmation_until_it_is_closed(desk: Desk) -> None:
    code, *_ = skus(desk)
    plans(desk)
    before = _arriving(desk, code)
    plan = new_plan(desk, lines(desk, [code]))
    pack(desk, plan)
    assert _arriving(desk, code) == before
    placement = place(desk, plan)
    seen: list[tuple[int, ...]] = []

    def look() -> None:
        seen.append(tuple(now - then for now, then in zip(_arriving(desk, code), before, strict=True)))

    look()
    ship(desk, plan, placement, "AMAZON_PARTNERED_CARRIER")
    for _ in range(16):
        look()
        desk.wait(86_400)
    assert list(dict.fromkeys(seen)) == [
        (10, 0, 0, 0, 10), (0, 10, 0, 0, 10), (0, 0, 10, 0, 10), (0, 0, 5, 5, 10), (0, 0, 0, 10, 10),
    ]  # fmt: skip


def test_changing_a_plan_of_the_past_does_not_change_the_stock(desk: Desk) -> None:
    (code,) = skus(desk, 1)
    before = _arriving(desk, code)
    for plan in plans(desk, status="SHIPPED"):
        desk.do(f"{INBOUND}.updateInboundPlanName", body={"name": "Old"}, inboundPlanId=plan["inboundPlanId"])
    assert _arriving(desk, code) == before


def _v0(desk: Desk, **query: str) -> list[dict[str, Any]]:
    asked = {"QueryType": "SHIPMENT", "MarketplaceId": US, **query}
    found: list[dict[str, Any]] = desk.do(f"{V0}.getShipments", query=asked)["payload"]["ShipmentData"]
    return found


def test_ones_own_carrier_needs_a_delivery_window_and_tells_its_numbers(desk: Desk) -> None:
    plan = new_plan(desk, lines(desk, skus(desk, 1)))
    pack(desk, plan)
    shipment = ship(desk, plan, place(desk, plan), "USE_YOUR_OWN_CARRIER")
    keys = {"inboundPlanId": plan, "shipmentId": shipment}
    found = desk.do(f"{INBOUND}.getShipment", **keys)
    assert (found["status"], "trackingDetails" in found) == ("READY_TO_SHIP", False)
    assert found["selectedDeliveryWindow"]["availabilityType"] == "AVAILABLE"
    parcel = {"boxId": "nobody's", "trackingId": "1Z1"}
    body = {"trackingDetails": {"spdTrackingDetail": {"spdTrackingItems": [parcel]}}}
    assert desk.ask(f"{INBOUND}.updateShipmentTrackingDetails", body=body, **keys).status_code == 400
    parcel["boxId"] = desk.do(f"{INBOUND}.listShipmentBoxes", **keys)["boxes"][0]["boxId"]
    desk.do(f"{INBOUND}.updateShipmentTrackingDetails", body=body, **keys)
    desk.wait(31)
    found = desk.do(f"{INBOUND}.getShipment", **keys)
    assert found["status"] == "SHIPPED"
    kept = found["trackingDetails"]["spdTrackingDetail"]["spdTrackingItems"][0]
    assert kept == {**parcel, "trackingNumberValidationStatus": "VALIDATED"}


def test_a_carrier_of_ones_own_is_refused_without_a_delivery_window(desk: Desk) -> None:
    plan = new_plan(desk, lines(desk, skus(desk, 1)))
    placement = place(desk, plan)
    shipment = placement["shipmentIds"][0]
    configuration = {"shipmentId": shipment, "readyToShipWindow": {"start": "2026-11-20T00:00:00Z"}}
    body: dict[str, Any] = {
        "placementOptionId": placement["placementOptionId"],
        "shipmentTransportationConfigurations": [configuration],
    }
    desk.do(f"{INBOUND}.generateTransportationOptions", body=body, inboundPlanId=plan)
    desk.wait(31)
    query = {"shipmentId": shipment}
    options = desk.do(f"{INBOUND}.listTransportationOptions", query=query, inboundPlanId=plan)["transportationOptions"]
    own = next(o for o in options if o["shippingSolution"] == "USE_YOUR_OWN_CARRIER")
    assert own["preconditions"] == ["CONFIRMED_DELIVERY_WINDOW"]
    chosen = {"shipmentId": shipment, "transportationOptionId": own["transportationOptionId"]}
    refused = desk.ask(
        f"{INBOUND}.confirmTransportationOptions", body={"transportationSelections": [chosen]}, inboundPlanId=plan
    )
    assert (refused.status_code, "delivery window" in refused.text) == (400, True)


def test_a_plan_that_is_cancelled_is_voided_and_takes_no_step(desk: Desk) -> None:
    plan = new_plan(desk, lines(desk, skus(desk, 1)))
    desk.do(f"{INBOUND}.cancelInboundPlan", inboundPlanId=plan)
    assert desk.do(f"{INBOUND}.getInboundPlan", inboundPlanId=plan)["status"] == "ACTIVE"
    desk.wait(31)
    assert desk.do(f"{INBOUND}.getInboundPlan", inboundPlanId=plan)["status"] == "VOIDED"
    assert desk.ask(f"{INBOUND}.generatePackingOptions", inboundPlanId=plan).status_code == 400


def test_what_is_said_of_items_is_read_back(desk: Desk) -> None:
    code = skus(desk, 1)[0]
    query = {"marketplaceId": US, "mskus": code}
    detail = {"msku": code, "prepCategory": "LIQUID", "prepTypes": ["ITEM_CAP_SEALING"]}
    desk.do(f"{INBOUND}.setPrepDetails", body={"marketplaceId": US, "mskuPrepDetails": [detail]})
    taxed = {"msku": code, "taxDetails": {"hsnCode": "6912"}}
    desk.do(f"{INBOUND}.updateItemComplianceDetails", body=taxed, query={"marketplaceId": US})
    desk.wait(31)
    assert desk.do(f"{INBOUND}.listPrepDetails", query=query)["mskuPrepDetails"] == [detail]
    compliance = desk.do(f"{INBOUND}.listItemComplianceDetails", query=query)["complianceDetails"]
    assert compliance[0]["taxDetails"] == taxed["taxDetails"]
    assert desk.ask(f"{INBOUND}.listPrepDetails", query={**query, "mskus": "NOT-MINE"}).status_code == 400
    body = {"marketplaceId": US, "labelType": "STANDARD_FORMAT", "mskuQuantities": [{"msku": code, "quantity": 1}]}
    url = desk.do(f"{INBOUND}.createMarketplaceItemLabels", body=body)["documentDownloads"][0]["uri"]
    assert desk.client.http.get(url).content.startswith(b"%PDF")


def test_v0_finds_shipments_by_the_time_of_their_last_change(desk: Desk) -> None:
    query = {"QueryType": "DATE_RANGE", "MarketplaceId": US, "LastUpdatedBefore": "2026-11-18T00:00:00Z"}
    every = desk.do(f"{V0}.getShipments", query={**query, "LastUpdatedAfter": "2026-01-01T00:00:00Z"})
    late = desk.do(f"{V0}.getShipments", query={**query, "LastUpdatedAfter": "2026-11-10T00:00:00Z"})
    ids = [{s["ShipmentId"] for s in body["payload"]["ShipmentData"]} for body in (every, late)]
    assert ids[1] < ids[0]
    items = desk.do(f"{V0}.getShipmentItems", query={**query, "LastUpdatedAfter": "2026-11-10T00:00:00Z"})
    assert {i["ShipmentId"] for i in items["payload"]["ItemData"]} == ids[1]
    elsewhere = desk.do(
        f"{V0}.getShipments", query={**query, "MarketplaceId": CA, "LastUpdatedAfter": "2026-01-01T00:00:00Z"}
    )
    assert elsewhere["payload"]["ShipmentData"] == []
    assert desk.ask(f"{V0}.getLabels", shipmentId="FBA1", query={"PageType": "x"}).status_code == 400
