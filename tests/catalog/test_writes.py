"""Writes: which call carries out an INSERT, UPDATE or DELETE, and what of a row it sends."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from amzsql.catalog import registry, writes
from amzsql.catalog.model import WriteKind
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
