"""EXEC through the whole driver: what is refused before any call, what is sent once and only once, what comes back."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from driving import asked, rows, simulated

import amzsql
from amzsql.errors import BudgetExceeded, ProgrammingError, ResultWarning, ServerError
from amzsql.simulator import Fault, Simulator, throttled

ARN = "arn:aws:sqs:us-east-2:123456789012:orders"
DESTINATION = f"EXEC CreateDestination Name = 'orders', ResourceSpecificationSqsArn = '{ARN}'"
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"
PATCH = [{"op": "replace", "path": "/attributes/item_name", "value": [{"value": "Candle"}]}]
LABELS = "EXEC PurchaseShipment @RequestToken = 'r', @RateId = 'x', @RequestedDocumentSpecification = @d"
DOCUMENT = {
    "d": json.dumps(
        {"format": "PNG", "size": {"width": 4, "length": 6, "unit": "INCH"}, "dpi": 300, "needFileJoining": False,
         "requestedDocumentTypes": ["LABEL"]}
    )
}  # fmt: skip


def calls(simulator: Simulator) -> list[str]:
    """Return the operations that were asked, without logins."""
    return [r.operation for r in simulator.log if not r.operation.startswith("lwa")]


def test_what_was_made_is_there() -> None:
    connection, simulator = simulated()
    [(name, key, arn)] = [r[:3] for r in rows(connection, DESTINATION)]
    assert (name, arn) == ("orders", ARN)
    assert rows(connection, "SELECT DestinationId, Name FROM Destinations") == [(key, "orders")]
    assert rows(connection, "EXEC DeleteDestination ?", [key]) == [(True,)]
    assert rows(connection, "SELECT DestinationId FROM Destinations") == []
    assert calls(simulator).count("notifications.createDestination") == 1


def test_a_report_is_asked_for_and_told_of() -> None:
    connection, _ = simulated()
    cursor = connection.cursor()
    [(key,)] = cursor.execute("EXEC RequestReport @ReportType = @type", {"type": LISTINGS}).fetchall()
    assert cursor.description is not None
    assert cursor.description[0][:2] == ("ReportId", "VARCHAR")
    assert rows(connection, f"SELECT ReportType FROM ReportList WHERE ReportId = '{key}'") == [(LISTINGS,)]
    told = connection.cursor().execute("CALL GetReport(?)", [key]).fetch_arrow_table().to_pylist()[0]
    assert (told["ReportId"], told["ReportType"]) == (key, LISTINGS)
    assert json.loads(told["MarketplaceIds"]) == ["ATVPDKIKX0DER"]
    assert rows(connection, f"EXEC CancelReport ReportId = '{key}'") == [(True,)]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("EXEC ConfirmShipmnt 'x'", r"no procedure ConfirmShipmnt in schema SellingPartner\. Did you mean ConfirmSh"),
        ("EXEC Nowhere.ConfirmShipment 'x'", "no schema Nowhere"),
        ("EXEC VendorCentral.ConfirmShipment 'x'", r"Write SellingPartner\.ConfirmShipment"),
        ("EXEC CancelReport", "CancelReport needs ReportId: no value is given"),
        ("EXEC CancelReport NULL", "CancelReport needs ReportId"),
        ("EXEC CancelReport 'a', 'b'", "takes 1 inputs, not 2"),
        ("EXEC CancelReport 'a', ReportId = 'b'", "ReportId is given twice"),
        ("EXEC CancelReport RaportId = 'a'", r"no input RaportId\. Did you mean ReportId"),
        ("EXEC RequestReport 'x', DataStartTime = 'yesterday'", "DataStartTime takes a time in ISO form"),
        ("EXEC CancelReport ['a', 'b']", "ReportId takes one value, not a list"),
        (
            "EXEC ConfirmShipment 'x', PackageDetailCarrierCode = 'UPS'",
            "needs PackageDetailPackageReferenceId, PackageDetailTrackingNumber, PackageDetailShipDate and"
            " PackageDetailOrderItems",
        ),
        ("EXEC UpdateShipmentStatus 'x', 'Gone'", "ShipmentStatus: shipmentStatus cannot be Gone; it is one of Ready"),
        (
            "EXEC UpdateShipmentStatus 'x', 'PickedUp', OrderItems = '[{\"orderItemId\": \"1\" \"quantity\": 2}]'",
            r"OrderItems takes JSON text.*line 1, column 22, near .*Expecting ',' delimiter",
        ),
        (
            "EXEC UpdateShipmentStatus 'x', 'PickedUp', OrderItems = '[{\"orderItem\": \"1\", \"quantity\": 2}]'",
            r"no field orderItems\[\]\.orderItem\. Did you mean orderItemId",
        ),
        (
            "EXEC UpdateShipmentStatus 'x', 'PickedUp', OrderItems = '[{\"quantity\": \"two\"}]'",
            r"OrderItems: orderItems\[\]\.quantity must be of type integer",
        ),
        ("EXEC UpdateShipmentStatus 'x', 'PickedUp', OrderItems = Items#TEMP", "the table Items#TEMP, which this conn"),
        ("EXEC CreateServiceDocumentUploadDestination 'PDF', 'a'", "ContentLength takes a number, not 'a'"),
        ("EXEC CreateInboundShipmentPlan 'x'", r"Amazon no longer has what .* Use CreateInboundPlan"),
        ("EXEC CreateInventoryItem 'a', 'b', 'c'", "sandbox only: set UseSandbox=True"),
        ("EXEC VendorCentral.SubmitInvoices '[]'", "is a procedure of vendors"),
        ("EXPLAIN ANALYZE EXEC CancelReport 'x'", "EXPLAIN ANALYZE would make the call"),
        ("EXEC ConfirmShipment 'x', PackageDetail = '7', PackageDetailCarrierCode = 'y'", "a field of packageDetail"),
        (
            "EXEC ConfirmShipment 'x', PackageDetail = '{\"carrierCode\": \"x\"}', PackageDetailCarrierCode = 'y'",
            "PackageDetailCarrierCode is given twice, by itself and within PackageDetail",
        ),
    ],
)
def test_bad_input_is_refused_before_any_call(sql: str, message: str) -> None:
    connection, simulator = simulated(SellingPartner="Seller")
    with pytest.raises(ProgrammingError, match=message):
        rows(connection, sql)
    assert calls(simulator) == []


def test_stock_of_nothing_is_refused() -> None:
    vendor, simulator = simulated(SellingPartner="Vendor")
    whole = '{"sellingParty": {"partyId": "P"}, "isFullUpdate": false, "items": []}'
    for given in ("SellingPartyId = 'P', IsFullUpdate = FALSE, ItemDetails = '[]'", f"Inventory = '{whole}'"):
        with pytest.raises(ProgrammingError, match="UpdateDirectFulfillmentInventory needs ItemDetails: no value is g"):
            rows(vendor, f"EXEC UpdateDirectFulfillmentInventory 'W', {given}")
    assert calls(simulator) == []
    # Elsewhere an empty list may say something: a set that is put in place of another takes away what was there.
    seller, _ = simulated(DryRun=True)
    [shown] = rows(seller, "EXEC PostContentDocumentAsinRelations 'a', AsinSet = '[]'")
    assert json.loads(shown[4]) == {"asinSet": []}


def test_values_become_what_amazon_takes() -> None:
    connection, _ = simulated(DryRun=True, TimeZone="America/New_York")
    sql = (
        "EXEC ConfirmShipment @OrderId = 7, @MarketplaceId = 'ATVPDKIKX0DER', @PackageDetailCarrierCode = 'UPS',"
        " @PackageDetailPackageReferenceId = 1, @PackageDetailTrackingNumber = 'T', @CodCollectionMethod ="
        " 'directpayment', @PackageDetailShipDate = ?, @PackageDetailOrderItems = ?"
    )
    when, items = dt.datetime(2026, 11, 21, 9, 30), [{"ORDERITEMID": "1", "Quantity": 2}]
    [(_, method, path, given, body)] = rows(connection, sql, [when, items])
    assert (method, path, given) == ("POST", "/orders/v0/orders/7/shipmentConfirmation", "{}")
    assert json.loads(body) == {
        "marketplaceId": "ATVPDKIKX0DER",
        "codCollectionMethod": "DirectPayment",
        "packageDetail": {
            "carrierCode": "UPS",
            "packageReferenceId": "1",
            "trackingNumber": "T",
            "shipDate": "2026-11-21T14:30:00Z",
            "orderItems": [{"orderItemId": "1", "quantity": 2}],
        },
    }


def test_several_marketplaces_are_named_where_one_is_taken() -> None:
    connection, simulator = simulated(Marketplace="US,CA")
    with pytest.raises(ProgrammingError, match=r"needs MarketplaceId: .*several marketplaces \(ATVP"):
        rows(connection, "EXEC UpdateShipmentStatus 'x', 'PickedUp'")
    assert calls(simulator) == []
    [(key,)] = rows(connection, "EXEC RequestReport ?", [LISTINGS])
    [(ids,)] = rows(connection, f"SELECT MarketplaceIds FROM ReportList WHERE ReportId = '{key}'")
    assert json.loads(ids) == ["ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"]


def test_a_seller_id_is_the_connections() -> None:
    connection, _ = simulated(DryRun=True, SellerId="A3SIMULATEDSELL")
    [(_, _, path, given, _)] = rows(connection, "EXEC DeleteListingsItem Sku = 'a/b'")
    assert path == "/listings/2021-08-01/items/A3SIMULATEDSELL/a%2Fb"
    assert json.loads(given) == {"marketplaceIds": ["ATVPDKIKX0DER"]}
    without, simulator = simulated()
    with pytest.raises(ProgrammingError, match="set the property SellerId"):
        rows(without, "EXEC DeleteListingsItem Sku = 'a'")
    assert calls(simulator) == []


# -- Readonly and DryRun -----------------------------------------------------------------------------------------------


def test_readonly_refuses_what_writes_and_nothing_else() -> None:
    connection, simulator = simulated(Readonly=True)
    for sql in (DESTINATION, "EXEC CancelReport", "CALL RequestReport('x')", "EXEC CreateQuery 'x'"):
        with pytest.raises(ProgrammingError, match="Readonly: nothing was sent"):
            rows(connection, sql)
    with pytest.raises(ProgrammingError, match="Readonly"):
        connection.cursor().callproc("CancelReport", ["1"])
    assert calls(simulator) == []
    assert len(rows(connection, f"EXPLAIN {DESTINATION}")) == 3
    with pytest.raises(amzsql.Error, match="404"):
        rows(connection, "EXEC GetReport '17'")
    assert calls(simulator) == ["reports_2021-06-30.getReport"]


def test_a_dry_run_shows_the_request_without_its_secrets() -> None:
    connection, simulator = simulated(DryRun=True)
    [row] = rows(connection, LABELS + ", @IdempotencyKey = 'k'", DOCUMENT)
    assert row[:3] == ("shippingV2.purchaseShipment", "POST", "/shipping/v2/shipments")
    assert json.loads(row[3]) == {"x-amzn-IdempotencyKey": "k"}
    assert json.loads(row[4])["requestToken"] == "***"
    assert json.loads(row[4])["rateId"] == "x"
    [link] = rows(
        connection,
        "EXEC LinkCarrierAccount 'c', 'T', @a, EncryptedCarrierAccountAttributes = @e",
        {"a": [{"attributeName": "p", "value": "planted"}], "e": [{"attributeName": "p", "value": "planted"}]},
    )
    assert "planted" not in link[4]
    [query] = rows(connection, "EXEC CreateQuery 'Atza|planted'")
    assert "planted" not in query[4]
    assert calls(simulator) == []


def test_a_dry_run_of_a_listing_asks_what_amazon_would_say() -> None:
    connection, simulator = simulated(DryRun=True, SellerId="A3SIMULATEDSELL")
    cursor = connection.cursor()
    with pytest.warns(ResultWarning, match="PatchListingsItem: .*no product type"):
        cursor.execute("EXEC PatchListingsItem 'NONE', 'NONSENSE', ?", [PATCH])
    assert cursor.fetchone()[:2] == ("NONE", "INVALID")  # type: ignore[index]
    [record] = [r for r in simulator.log if r.operation.endswith("patchListingsItem")]
    assert record.query["mode"] == "VALIDATION_PREVIEW"


# -- never twice -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["status", "html", "cut", "truncate"])
def test_what_may_have_been_done_is_not_done_again(kind: Any) -> None:
    connection, simulator = simulated(Fault("notifications.createDestination", kind))
    with pytest.raises(ServerError, match="Whether Amazon has carried it out is not known"):
        rows(connection, DESTINATION)
    assert len(asked(simulator, "createDestination")) == 1


def test_what_was_not_taken_is_sent_again() -> None:
    connection, simulator = simulated(throttled("notifications.createDestination", 1))
    assert len(rows(connection, DESTINATION)) == 1
    assert asked(simulator, "createDestination") == [429, 200]


def test_what_is_set_is_set_again() -> None:
    connection, simulator = simulated(Fault("*.updateSupplySource", "status", 1, times=2, status=503))
    sql = "EXEC CreateSupplySource 'code', 'alias', AddressName = 'n', AddressAddressLine1 = 'a', " + (
        "AddressStateOrRegion = 'WA', AddressCountryCode = 'US'"
    )
    key = rows(connection, sql)[0][0]
    assert rows(connection, "EXEC UpdateSupplySource ?, Alias = 'other'", [key]) == [(True,)]
    assert asked(simulator, "updateSupplySource") == [503, 503, 204]


def test_a_key_makes_a_purchase_one() -> None:
    connection, simulator = simulated(Fault("shippingV2.purchaseShipment", "status", 1, status=500))
    with pytest.raises(amzsql.Error):  # the simulator knows no such rate
        rows(connection, LABELS, DOCUMENT)
    statuses = asked(simulator, "purchaseShipment")
    assert statuses[0] == 500
    assert len(statuses) == 2


# -- limits ------------------------------------------------------------------------------------------------------------


def test_a_bucket_without_a_token_is_told_before_the_call() -> None:
    connection, simulator = simulated(StatementTimeout=20)
    for _ in range(15):
        rows(connection, "EXEC RequestReport ?", [LISTINGS])
    with pytest.raises(BudgetExceeded, match=r"createReport has its next token in \d+ s.*nothing was sent") as raised:
        rows(connection, "EXEC RequestReport ?", [LISTINGS])
    assert raised.value.estimate is not None
    assert len(asked(simulator, "createReport")) == 15


def test_requests_are_counted() -> None:
    connection, simulator = simulated(MaxRequests=1, Marketplace="")
    with pytest.raises(BudgetExceeded):
        rows(connection, "EXEC RequestReport ?", [LISTINGS])
    assert calls(simulator) == ["sellers.getMarketplaceParticipations"]
    cursor = connection.cursor()
    cursor.execute("EXEC RequestReport ?", [LISTINGS])
    assert cursor.stats is not None
    assert (cursor.stats.requests, cursor.stats.planned_requests) == (1, 1)


def test_explain_shows_the_call_and_its_bucket() -> None:
    connection, simulator = simulated()
    call, bucket, total = rows(connection, f"EXPLAIN EXEC RequestReport '{LISTINGS}'")
    assert call[1:4] == ("Call", "RequestReport", "reports_2021-06-30.createReport")
    assert json.loads(call[4]) == {"reportType": LISTINGS, "marketplaceIds": ["ATVPDKIKX0DER"]}
    assert bucket[1:5] == ("Bucket", "", "reports_2021-06-30.createReport", "0.0167 a second, 15 at once, 15.0 now")
    assert total[7:] == (1, 0.0, "exact")
    assert calls(simulator) == []


# -- PEP 249 -----------------------------------------------------------------------------------------------------------


def test_callproc_takes_values_by_place_or_by_name() -> None:
    connection, _ = simulated()
    cursor = connection.cursor()
    given = [LISTINGS]
    assert cursor.callproc("RequestReport", given) is given
    first = cursor.fetchall()
    cursor.callproc("SellingPartner.requestreport", {"@reporttype": LISTINGS})
    assert len(first) == len(cursor.fetchall()) == 1
    for wrong in ("x", 7):
        with pytest.raises(ProgrammingError, match="a sequence or a mapping"):
            cursor.callproc("RequestReport", wrong)  # type: ignore[arg-type]
    for name in (None, 5, b"RequestReport"):
        with pytest.raises(ProgrammingError, match=r"takes the name of a procedure as text, not \w+\."):
            cursor.callproc(name, given)  # type: ignore[arg-type]


def test_results_follow_one_another() -> None:
    connection, _ = simulated(SellerId="A3SIMULATEDSELL")
    cursor = connection.cursor()
    with pytest.warns(ResultWarning):
        cursor.execute("EXEC PatchListingsItem 'NONE', 'NONSENSE', ?", [PATCH])
    [(sku, status, _, issues, _)] = cursor.fetchall()
    assert (sku, status) == ("NONE", "INVALID")
    assert cursor.nextset() is True
    assert cursor.rownumber == 0
    names = [d[0] for d in cursor.description or ()]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert [f["Message"] for f in found] == [i["message"] for i in json.loads(issues)]
    assert cursor.nextset() is True
    assert cursor.fetchall() == []
    assert cursor.nextset() is None


def test_executemany_calls_once_for_each_set_of_values() -> None:
    connection, simulator = simulated()
    cursor = connection.cursor().executemany("EXEC RequestReport ?", [(LISTINGS,), (LISTINGS,)])
    assert len(cursor.fetchall()) == 1
    assert asked(simulator, "createReport") == [202, 202]
