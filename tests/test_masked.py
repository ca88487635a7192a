"""MaskPII: whoever may join personal data, but not read it, finds none in any table, report or result."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from driving import SECRETS, asked, over, rows, simulated
from naming import Case
from persons import CANARY, EVERY, shown
from test_every_report import ACCOUNTS, ALL, Relay, account_of

import amzsql
from amzsql import spapi
from amzsql.catalog import masking, procedures, registry
from amzsql.catalog.model import Table
from amzsql.connection import Connection
from amzsql.errors import NotSupportedError, OperationalError, ProgrammingError
from amzsql.execute.masking import Masks, masks_of
from amzsql.spapi.document_types import report_types
from amzsql.state import StateFolder

REPORTS = [t for t in ALL if EVERY or report_types()[t.paths[0].declared.report].restricted]
HASH = Masks(b"k" * 32)
V0 = {"IncludeRestrictedData": True, "OrdersApi": "v0", "throttle": None}
WEEK = "PurchaseDate >= '2026-11-10'"


# -- everything --------------------------------------------------------------------------------------------------------


@cache
def amazon(account: str, archived: bool, mask: str) -> Connection:
    """Return a connection to an account of a simulator that has reports of every type."""
    relay = Relay(account, 6000 if archived else 300)
    given: dict[str, Any] = {"OAuthRefreshToken": f"Atzr|simulator-{account}", "Marketplace": ACCOUNTS[account]}
    given["SellingPartner"] = "Vendor" if account == "vendor" else "Seller"
    return over(relay, relay.clock, IncludeRestrictedData=True, MaskPII=mask, **given)


@pytest.mark.parametrize("mask", ["Null", "Hash"])
def test_no_report_shows_a_person(mask: str) -> None:
    """Each column of its documents, known or not; unmasked they show many."""
    telling = 0
    for table in REPORTS:
        with Case(table.name):
            assert shown(_of_report(table, mask)) == []
            telling += mask == "Null" and bool(shown(_of_report(table, "Off")))
    assert mask == "Hash" or telling > 5


def _of_report(table: Table, mask: str) -> Iterator[Any]:
    connection = amazon(account_of(table), "ARCHIVED" in table.name, mask)
    for row in rows(connection, table.entry.example.replace("* FROM ", f"*, _More FROM {table.schema}.", 1)):
        yield from row


def test_what_is_masked_is_told() -> None:
    with amzsql.connect(Simulator=True) as connection:
        read = "SELECT ColumnName, PersonalData FROM sys_tablecolumns WHERE TableName = '{}' AND SchemaName = '{}'"
        told = dict(rows(connection, read.format("OrderAddress", "SellingPartner")))
        report = dict(rows(connection, read.format("ServiceJobs", "SellingPartner")))
    assert told["ShippingAddressAddressLine1"] == "address"
    assert (told["ShippingAddressName"], told["ShippingAddressPhone"]) == ("address", "phone or email")
    assert (told["AmazonOrderId"], told["ShippingAddressCity"], told["ShippingAddressCountryCode"]) == (None,) * 3
    assert (report["BuyerBuyerId"], report["BuyerName"]) == ("buyer id", "name")


# -- as a statement sees it --------------------------------------------------------------------------------------------


def test_the_same_value_has_the_same_hash() -> None:
    """In whatever table, so that joins hold; the texts tell nothing, and no expression sees the value."""
    plain, hashed = (simulated(orders=60, **V0, MaskPII=mask)[0] for mask in ("Off", "Hash"))
    read = f"SELECT AmazonOrderId, BuyerInfoBuyerEmail, BuyerInfoBuyerName FROM Orders WHERE {WEEK}"
    emails, masked = (rows(c, read) for c in (plain, hashed))
    assert len(emails) == len(masked) > 3
    by_email: dict[str, set[str]] = {}
    for (order, email, _), (same, text, name) in zip(emails, masked, strict=True):
        assert order == same
        by_email.setdefault(email, set()).add(text)
        assert re.fullmatch("[0-9a-f]{32}", text)
        assert name is None or re.fullmatch("[0-9a-f]{32}", name)
    assert all(len(texts) == 1 for texts in by_email.values())
    assert len({text for texts in by_email.values() for text in texts}) == len(by_email)

    joined = (
        "SELECT count(*), count(DISTINCT b.BuyerEmail) FROM Orders o JOIN OrderBuyerInfo b "
        f"ON b.AmazonOrderId = o.AmazonOrderId AND b.BuyerEmail = o.BuyerInfoBuyerEmail WHERE o.{WEEK}"
    )
    assert rows(plain, joined) == rows(hashed, joined) == [(len(emails), len(by_email))]
    seen = f"SELECT max(length(BuyerInfoBuyerEmail)), count_if(BuyerInfoBuyerEmail LIKE '%@%') FROM Orders WHERE {WEEK}"
    assert rows(hashed, seen) == [(32, 0)]


@pytest.mark.parametrize(("mask", "there"), [("Null", 0), ("Hash", 1)])
def test_a_condition_on_what_is_masked_tells_nothing(mask: str, there: int) -> None:
    """It is neither sent to Amazon nor held to the value; one on the hash is, and a warning says so."""
    plain, _ = simulated(orders=60, **V0)
    email = rows(plain, f"SELECT BuyerInfoBuyerEmail FROM Orders WHERE {WEEK}")[0][0]
    asks = [f"BuyerInfoBuyerEmail = '{email}'", f"BuyerEmail = '{email}'", f"lower(BuyerInfoBuyerEmail) = '{email}'"]
    for condition in asks:
        connection, simulator = simulated(orders=60, **V0, MaskPII=mask)
        with connection:
            cursor = connection.cursor()
            assert cursor.execute(f"SELECT AmazonOrderId FROM Orders WHERE {WEEK} AND {condition}").fetchall() == []
            assert not any("BuyerEmail" in str(r) for r in simulator.log)
            said = [text for _, text in cursor.messages if "is masked (MaskPII)" in text]
            assert len(said) == ("lower" not in condition)
    with simulated(orders=60, **V0, MaskPII=mask)[0] as connection:
        some = rows(connection, f"SELECT BuyerInfoBuyerEmail FROM Orders WHERE {WEEK}")[0][0]
        found = rows(connection, f"SELECT AmazonOrderId FROM Orders WHERE {WEEK} AND BuyerInfoBuyerEmail = '{some}'")
        assert len(found) == there


def test_what_is_null_is_not_even_asked_for() -> None:
    """No restricted data token, and of the newer API none of the parts of an answer that hold nothing else."""
    connection, simulator = simulated(orders=60, **V0, MaskPII="Null")
    with connection:
        found = rows(connection, f"SELECT BuyerInfoBuyerEmail, ShippingAddressName FROM Orders WHERE {WEEK}")
    assert set(found) == {(None, None)}
    assert asked(simulator, "createRestrictedDataToken") == []


def test_nothing_masked_is_written_to_amazon() -> None:
    connection, simulator = simulated(orders=60, **V0, MaskPII="Hash", SellerId="A3SIMULATEDSELL")
    with (
        connection,
        pytest.raises(ProgrammingError, match=r"OrderAddress\.ShippingAddressName is masked "),
    ):
        rows(
            connection,
            "INSERT INTO OutboundFulfillmentOrders (SellerFulfillmentOrderId, DestinationAddressName) "
            "SELECT AmazonOrderId, ShippingAddressName FROM OrderAddress WHERE AmazonOrderId = '113-1535095-6319967'",
        )
    assert {r.method for r in simulator.log if "/auth" not in r.path} <= {"GET"}


# -- procedures, documents, tasks --------------------------------------------------------------------------------------


def test_no_result_of_a_procedure_shows_a_person() -> None:
    """Of each that answers with personal data, from an answer that is filled with it."""
    seen = 0
    for procedure in procedures.every(registry.SCHEMAS):
        if not procedure.operation or procedure.own:
            continue
        operation = spapi.operation(procedure.operation)
        for each in procedure.sets:
            personal = masking.outputs(each, operation)
            told = [
                c.name for c in each.columns if re.search(r"AddressLine|BuyerName|Email|PhoneNumber|Phone$", c.name)
            ]
            assert set(told) <= personal.keys(), procedure.name
            seen += len(told)
    assert seen > 40


def test_the_result_of_a_call_is_masked() -> None:
    given = {"throttle": None, "IncludeRestrictedData": True, "SellerId": "A3SIMULATEDSELL"}
    shipping = (
        "SELECT AmazonOrderId FROM Orders WHERE OrderStatus = 'Unshipped' AND FulfillmentChannel = 'MFN' "
        f"AND {WEEK} LIMIT 1"
    )
    for mask in ("Off", "Null", "Hash"):
        connection, _ = simulated(orders=250, **given, MaskPII=mask)
        with connection:
            order = rows(connection, shipping)[0][0]
            call = _shipment(connection, order)
            cursor = connection.cursor().execute(call)
            found, more = [*cursor.fetchall()], True
            while more:
                more = bool(cursor.nextset())
                found += cursor.fetchall() if more else []
        values = [value for row in found for value in row]
        assert bool(shown(values)) is (mask == "Off"), shown(values)


def _shipment(connection: Connection, order: str) -> str:
    item = rows(connection, f"SELECT OrderItemId FROM OrderItems WHERE AmazonOrderId = '{order}'")[0][0]
    return (
        f"EXEC MerchantFulfillmentCreateShipment @ShipmentRequestDetailsAmazonOrderId = '{order}', "
        f"""@ShipmentRequestDetailsItemList = '[{{"OrderItemId": "{item}", "Quantity": 1}}]', """
        "@ShipmentRequestDetailsShipFromAddressName = 'Ben Adams', "
        "@ShipmentRequestDetailsShipFromAddressAddressLine1 = '12 Oak Street', "
        "@ShipmentRequestDetailsShipFromAddressCity = 'Seattle', "
        "@ShipmentRequestDetailsShipFromAddressStateOrProvinceCode = 'WA', "
        "@ShipmentRequestDetailsShipFromAddressPostalCode = '98109', "
        "@ShipmentRequestDetailsShipFromAddressCountryCode = 'US', "
        "@ShipmentRequestDetailsShipFromAddressEmail = 'ben@example.com', "
        "@ShipmentRequestDetailsShipFromAddressPhone = '+1 206-555-0100', "
        "@ShipmentRequestDetailsPackageDimensionsLength = 5, @ShipmentRequestDetailsPackageDimensionsWidth = 5, "
        "@ShipmentRequestDetailsPackageDimensionsHeight = 5, @ShipmentRequestDetailsPackageDimensionsUnit = 'inches', "
        "@ShipmentRequestDetailsWeightValue = 10, @ShipmentRequestDetailsWeightUnit = 'oz', "
        "@ShipmentRequestDetailsShippingServiceOptionsDeliveryExperience = 'NoTracking', "
        "@ShipmentRequestDetailsShippingServiceOptionsCarrierWillPickUp = FALSE, "
        "@ShippingServiceId = 'UPS_PTP_GND'"
    )


def test_nobody_gets_around_by_tokens_or_files(tmp_path: Path) -> None:
    given = {"throttle": None, "IncludeRestrictedData": True, "DownloadFolder": str(tmp_path), "MaskPII": "Hash"}
    connection, _ = simulated(orders=60, **given)
    with connection:
        for call in ("GetOAuthAccessToken", "RefreshOAuthAccessToken @OAuthRefreshToken = 'Atzr|a'"):
            with pytest.raises(ProgrammingError, match="under MaskPII"):
                rows(connection, f"EXEC {call}")
        kind = "GET_FLAT_FILE_ORDER_REPORT_DATA_INVOICING"
        window = "DataStartTime >= '2026-11-10' AND DataEndTime < '2026-11-12'"
        report = rows(connection, f"SELECT ReportId, BuyerName FROM REPORT_{kind} WHERE {window} LIMIT 1")[0][0]
        with pytest.raises(ProgrammingError, match="under MaskPII they are not saved"):
            rows(connection, f"EXEC DownloadReport @ReportId = '{report}', @SaveAs = 'orders.txt'")
        assert shown(v for row in rows(connection, f"EXEC DownloadReport @ReportId = '{report}'") for v in row) == []
    assert list(tmp_path.iterdir()) == []


def test_tasks_elsewhere_would_hash_otherwise() -> None:
    connection, _ = simulated(orders=60, **V0, MaskPII="Hash")
    with connection, pytest.raises(NotSupportedError, match=r"Orders\.BuyerInfoBuyerEmail is hashed .*MaskPII=Null"):
        list(connection.partitions(f"SELECT BuyerInfoBuyerEmail FROM Orders WHERE {WEEK}"))


# -- the key -----------------------------------------------------------------------------------------------------------


def test_hashes_are_those_of_a_state_folder(tmp_path: Path) -> None:
    """Its key is private and made once; another folder's are others, and one that others can read is refused."""
    one, other = (StateFolder(tmp_path / name) for name in ("one", "other"))
    hashes = [masks_of(state)._text("Ana Adams") for state in (one, other, StateFolder(tmp_path / "one"))]
    assert hashes[0] == hashes[2] != hashes[1]
    key = tmp_path / "one" / "personal.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_bytes().hex() not in repr(vars(masks_of(one))) + repr(masks_of(one))
    key.chmod(0o644)
    given: dict[str, Any] = SECRETS | {"Marketplace": "US", "StateLocation": str(tmp_path / "one"), "MaskPII": "Hash"}
    with amzsql.connect(**given) as connection, pytest.raises(OperationalError, match="MaskPII=Hash: the key"):
        connection.cursor().execute("SELECT 1")


def test_without_a_folder_hashes_last_as_long_as_the_process() -> None:
    assert masks_of(StateFolder(None))._text("a") == masks_of(StateFolder(None))._text("a") != HASH._text("a")


def test_the_values_that_are_looked_for_are_what_the_simulator_tells() -> None:
    connection, _ = simulated(orders=60, **V0)
    read = f"SELECT BuyerInfoBuyerEmail, ShippingAddressName, ShippingAddressPhone FROM Orders WHERE {WEEK}"
    values = [v for row in rows(connection, read) for v in row if v is not None]
    assert len(values) > 10
    assert all(CANARY.search(v) for v in values)


def test_pages_that_another_connection_has_read_are_masked_too() -> None:
    """What statements of a process share is as Amazon gave it, and masked where it is decoded."""
    world = "Simulator=orders=60,seed=77,throttle=off,today=2026-11-21;OrdersApi=v0;IncludeRestrictedData=True"
    read = "SELECT AmazonOrderId, BuyerInfoBuyerEmail FROM Orders WHERE PurchaseDate >= '2026-11-01' AND NOT {}"
    with amzsql.connect(world) as plain:
        assert shown(v for row in rows(plain, read.format("IsPrime IS NULL")) for v in row)
    for mask in ("Hash", "Null"):
        with amzsql.connect(f"{world};MaskPII={mask}") as masked:
            found = rows(masked, read.format("IsPrime IS NULL"))
            assert len(found) > 3
            assert shown(v for row in found for v in row) == []
