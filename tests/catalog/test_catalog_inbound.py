"""Inbound plans through the driver: chains of parents, lines of one SKU, shipments of both APIs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from catalog_bodies import SELLER

import amzsql
from amzsql import metadata
from amzsql.catalog.model import Column, ColumnSource, TableBranch
from amzsql.execute.branches import BranchRows
from amzsql.execute.pages import Page
from amzsql.types import BIGINT

WORLD = "orders=300,throttle=off,today=2026-11-21"
ON_BOTH = "i.InboundPlanId = s.InboundPlanId AND i.ShipmentId = s.ShipmentId"


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    """A connection to a small simulated seller, with the names of SellerCentral."""
    with amzsql.connect(Simulator=WORLD, SellerId=SELLER, Marketplace="US", Schema="SellerCentral") as made:
        yield made


def rows(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a statement."""
    with connection.cursor() as cursor:
        return list(cursor.execute(sql).fetchall())


def test_plans_lead_to_shipments_and_these_to_their_items(connection: Any) -> None:
    """Without any key, what shipments hold is read through two parents, and is what the plans' boxes hold."""
    held = rows(connection, "SELECT InboundPlanId, Msku, sum(Quantity) FROM InboundShipmentItems GROUP BY ALL")
    boxed = rows(connection, "SELECT InboundPlanId, Msku, sum(Quantity) FROM InboundPlanBoxItems GROUP BY ALL")
    assert len(held) > 10
    assert sorted(held) == sorted(boxed)


def test_a_join_asks_the_plans_once(connection: Any) -> None:
    """Shipments and their items hang on the same parents' rows, which are read once for both."""
    sql = (
        f"SELECT s.Status, sum(i.Quantity) FROM InboundShipmentItems i JOIN InboundShipments s ON {ON_BOTH} GROUP BY 1"
    )
    steps = [row[1:4] for row in rows(connection, f"EXPLAIN {sql}")]
    assert [operation.rpartition(".")[2] for _, _, operation in steps if operation] == [
        "listInboundPlans",
        "getInboundPlan",
        "listShipmentItems",
        "getShipment",
    ]
    assert (
        sum(units for _, units in rows(connection, sql))
        == rows(connection, "SELECT sum(Quantity) FROM InboundShipmentItems")[0][0]
    )


def test_options_of_transport_are_found_by_placement_or_by_shipment(connection: Any) -> None:
    """Either is asked for beside the plan, and a row says of which shipment it is."""
    every = rows(
        connection, "SELECT InboundPlanId, ShipmentId, TransportationOptionId FROM InboundTransportationOptions"
    )
    plan, shipment, _ = every[0]
    where = f"InboundPlanId = '{plan}' AND ShipmentId = '{shipment}'"
    found = rows(
        connection,
        f"SELECT InboundPlanId, ShipmentId, TransportationOptionId FROM InboundTransportationOptions WHERE {where}",
    )
    assert sorted(found) == sorted(row for row in every if row[:2] == (plan, shipment))
    assert 0 < len(found) < len(every)


def test_received_units_are_found_by_the_confirmed_id(connection: Any) -> None:
    """A shipment of the new API is that of the old one by its confirmation id, across schemas."""
    joined = rows(
        connection,
        "SELECT s.ShipmentId, sum(o.QuantityShipped), min(o.QuantityReceived) FROM InboundShipments s "
        "JOIN SellingPartner.InboundShipmentItems o ON o.ShipmentId = s.ShipmentConfirmationId "
        "WHERE s.Status = 'CLOSED' GROUP BY 1",
    )
    held = dict(rows(connection, "SELECT ShipmentId, sum(Quantity) FROM InboundShipmentItems GROUP BY 1"))
    assert len(joined) > 3
    for shipment, shipped, received in joined:
        assert shipped == held[shipment]
        assert received > 0


def test_lines_of_one_sku_are_numbered_apart_for_each_address() -> None:
    """A number goes on over the pages of one plan, and begins anew with the next."""
    source = ColumnSource("LineNumber", "items[]#msku,{plan}")
    column = Column("LineNumber", BIGINT)
    reader = BranchRows(TableBranch("items[]", {"LineNumber": source}), [column], "T", "account")

    def numbers(plan: str, *skus: str) -> list[int]:
        body = b'{"items":[' + b",".join(b'{"msku":"%s"}' % sku.encode() for sku in skus) + b"]}"
        return reader.of_page(Page(body, {"plan": plan}, 0, "any", 0.0), body).column(0).to_pylist()

    assert numbers("1", "a", "b", "a") == [0, 0, 1]
    assert numbers("2", "a") == [0]
    assert numbers("1", "a", "b") == [2, 1]


def test_shipments_are_found_by_state_by_id_or_by_change(connection: Any) -> None:
    """The old API has a mode for either; every state is asked for where the statement says nothing."""
    table = "SellingPartner.InboundShipments"
    every = rows(connection, f"SELECT ShipmentId, ShipmentStatus FROM {table}")
    closed = rows(connection, f"SELECT ShipmentId, ShipmentStatus FROM {table} WHERE ShipmentStatus = 'CLOSED'")
    assert sorted(closed) == sorted(row for row in every if row[1] == "CLOSED")
    key = every[0][0]
    assert rows(connection, f"SELECT ShipmentId FROM {table} WHERE ShipmentId = '{key}'") == [(key,)]
    count = f"SELECT count(*) FROM {table} WHERE LastUpdatedDate"
    before, after = (
        rows(connection, f"{count} BETWEEN '2026-01-01' AND '2026-10-31'"),
        rows(connection, f"{count} > '2026-10-31'"),
    )
    assert before[0][0] + after[0][0] == len(every)
    assert 0 < after[0][0] < len(every)


def test_a_product_that_amazon_does_not_know_is_a_row_too(connection: Any) -> None:
    """Known and unknown SKUs stand in two lists of one answer."""
    known = rows(connection, "SELECT SellerSKU FROM InventorySupply LIMIT 1")[0][0]
    sql = "SELECT SellerSKU, Status, ErrorReason FROM SellingPartner.InboundPreparationInstructions"
    found = rows(connection, f"{sql} WHERE SellerSKU IN ('{known}', 'NOPE') AND ShipToCountryCode = 'US'")
    assert sorted(found) == sorted([(known, "Known", None), ("NOPE", "Unknown", "DoesNotExist")])


@pytest.mark.parametrize(
    ("table", "key", "column"),
    [
        ("SupplySources", "SupplySourceId", "Status"),
        ("AwdInboundShipments", "ShipmentId", "OriginAddressCity"),
        ("InboundPlan", "InboundPlanId", "Shipments"),
    ],
)
def test_what_is_not_listed_is_asked_for_one_by_one(connection: Any, table: str, key: str, column: str) -> None:
    """A table is its own parent where the list has few columns; its rows do not refer to themselves."""
    listed = rows(connection, f"SELECT {key} FROM {table}")
    whole = rows(connection, f"SELECT {key}, {column} FROM {table}")
    assert sorted(listed) == sorted(row[:1] for row in whole)
    assert any(row[1] is not None for row in whole)
    assert [step[2] for step in rows(connection, f"EXPLAIN SELECT {column} FROM {table}")][:2] == [table, table]
    found = metadata.table("SellerCentral", table)
    assert found is not None
    assert not found.foreign_keys
