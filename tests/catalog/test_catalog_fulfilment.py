"""What is shipped for the seller, by the seller and to the seller's buyers: rows through the driver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from catalog_bodies import SELLER

import amzsql
from amzsql.errors import ProgrammingError

NEWER = "fulfillmentOutbound_2026-07-04"
TO = (
    "AddressName = 'A. Buyer' AND AddressAddressLine1 = '1 Main Street' AND AddressPostalCode = '98101' AND "
    "AddressCountryCode = 'US'"
)


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    """A connection to a small simulated seller."""
    with amzsql.connect(Simulator="orders=300,throttle=off,today=2026-11-21", SellerId=SELLER, Marketplace="US") as c:
        yield c


def read(connection: Any, sql: str) -> tuple[list[tuple[Any, ...]], dict[str, int]]:
    """Return the rows of a statement, and how often each operation was asked."""
    with connection.cursor() as cursor:
        found = cursor.execute(sql).fetchall()
        return found, dict(cursor.stats.sources)


def test_both_versions_tell_of_the_same_orders(connection: Any) -> None:
    """Asked one by one of the older version, and by its pages of the newer: the same items, in the same words."""
    words = "SELECT SellerFulfillmentOrderId, SellerFulfillmentOrderItemId, SellerSku, Quantity, CancelledQuantity"
    newer, asked = read(connection, f"{words} FROM OutboundFulfillmentOrderItems")
    assert asked == {f"{NEWER}.listOrders": 2}
    # Only the older version knows prices and dispositions.
    older, asked = read(connection, f"{words}, OrderItemDisposition FROM OutboundFulfillmentOrderItems")
    assert f"{NEWER}.listOrders" not in asked
    assert sorted(row[:5] for row in older) == sorted(newer)
    states = "SELECT SellerFulfillmentOrderId, FulfillmentOrderStatus, ShippingSpeedCategory FROM "
    orders, _ = read(connection, f"{states} OutboundFulfillmentOrders")
    shown, asked = read(connection, f"{states} OutboundFulfillmentOrders WHERE ServiceTiers IS NOT NULL")
    assert asked == {f"{NEWER}.listOrders": 2}
    assert sorted(shown) == sorted(orders)
    assert {speed for _, _, speed in shown} <= {"Standard", "Expedited", "Priority", "ScheduledDelivery"}


def test_more_than_the_last_days_is_listed(connection: Any) -> None:
    """Without a filter Amazon lists 36 hours only: a start is always sent, and a later one narrows."""
    everything, _ = read(connection, "SELECT ReceivedDate FROM OutboundFulfillmentOrders")
    assert len(everything) > 20
    late = "SELECT ReceivedDate FROM OutboundFulfillmentOrders WHERE ReceivedDate >= CURRENT_DATE - INTERVAL 7 DAY"
    some, asked = read(connection, late)
    assert 0 < len(some) < len(everything)
    assert sum(asked.values()) == 1


def test_packages_are_tracked(connection: Any) -> None:
    """A package's number comes out of its order; each of its events is a row."""
    packages, _ = read(connection, "SELECT PackageNumber, TrackingNumber FROM OutboundPackages")
    tracked, asked = read(connection, "SELECT PackageNumber, TrackingNumber FROM OutboundPackageTracking")
    assert sorted(tracked) == sorted(packages)
    assert asked["fulfillmentOutbound_2020-07-01.getPackageTrackingDetails"] == len(packages)
    events, _ = read(
        connection, f"SELECT EventNumber FROM OutboundPackageTrackingEvents WHERE PackageNumber = {packages[0][0]}"
    )
    assert [number for (number,) in sorted(events)] == list(range(len(events)))


def test_a_preview_asks_for_an_address_and_items(connection: Any) -> None:
    """One row a speed, its fees and shipments as rows of their own; a list of speeds is one request."""
    ((sku,),) = read(connection, "SELECT SellerSKU FROM InventorySupply LIMIT 1")[0]
    items = f'[{{"sellerSku": "{sku}", "quantity": 1, "sellerFulfillmentOrderItemId": "1"}}]'
    where = f"WHERE Items = '{items}' AND {TO} AND ShippingSpeedCategory IN ('Standard', 'Priority')"
    found, asked = read(connection, f"SELECT ShippingSpeedCategory FROM OutboundFulfillmentsPreview {where}")
    assert sorted(found) == [("Priority",), ("Standard",)]
    assert sum(asked.values()) == 1
    fees, _ = read(connection, f"SELECT AmountValue, AmountCurrencyCode FROM OutboundPreviewFees {where}")
    assert len(fees) == 2
    assert {currency for _, currency in fees} == {"USD"}
    with pytest.raises(ProgrammingError, match="AddressName"):
        read(connection, "SELECT * FROM OutboundFulfillmentsPreview")


def test_the_values_of_a_map_are_rows(connection: Any) -> None:
    """Access points stand by their kind in a map; each is a row, and none is lost."""
    near = "FROM ShippingAccessPoints WHERE CountryCode = 'US' AND PostalCode = '98101'"
    found, asked = read(connection, f"SELECT AccessPointId, AddressCity, Score {near}")
    assert len(found) == len({row[0] for row in found}) > 1
    assert all(value is not None for row in found for value in row)
    assert sum(asked.values()) == 1


def test_a_body_without_fields_is_sent(connection: Any) -> None:
    """Amazon wants a body even where nothing is asked for in it."""
    assert read(connection, "SELECT CarrierId FROM ShippingUnmanifestedCarriers")[0]


def test_capacities_lie_ahead(connection: Any) -> None:
    """An upper bound that Amazon requires is sent though it lies ahead of now; without it the column is named."""
    table, ahead = "FROM ServiceFixedSlotCapacities WHERE ResourceId = '1'", "CURRENT_DATE + INTERVAL 2 DAY"
    found, _ = read(
        connection, f"SELECT max(StartDateTime) < {ahead}, count(*) {table} AND StartDateTime >= CURRENT_DATE "
        f"AND StartDateTime < {ahead}"
    )  # fmt: skip
    assert found[0][0] is True
    assert found[0][1] > 10
    with pytest.raises(ProgrammingError, match="StartDateTime"):
        read(connection, f"SELECT * {table} AND StartDateTime >= CURRENT_DATE")


def test_each_status_is_asked_for(connection: Any) -> None:
    """Amazon lists one status a request; a filter on it asks once."""
    shipments = "SELECT ShipmentId, Status FROM ExternalFulfillmentShipments"
    found, asked = read(connection, shipments)
    assert sum(asked.values()) == 10
    accepted, asked = read(connection, f"{shipments} WHERE Status = 'ACCEPTED'")
    assert sum(asked.values()) == 1
    assert sorted(accepted) == sorted(row for row in found if row[1] == "ACCEPTED")


def test_freight_by_any_of_its_numbers(connection: Any) -> None:
    """Each number is another way to ask; two at once Amazon does not take."""
    tracked = "SELECT LatestMilestoneStatusCode FROM ShipmentTracking WHERE"
    by_container, _ = read(connection, f"{tracked} ContainerNumber = 'MSCU1234567'")
    by_carrier, _ = read(connection, f"{tracked} TrackingNumber = '1Z999' AND CarrierCode = 'UPS'")
    assert len(by_container) == len(by_carrier) == 1
    with pytest.raises(ProgrammingError):
        read(connection, f"{tracked} LatestMilestoneStatusCode = 'DELIVERED'")
