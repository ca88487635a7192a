"""Procedures: the reference's with inputs and outputs, each operation that is no read, and their metadata."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from amzsql import spapi
from amzsql.catalog import procedures, system
from amzsql.catalog.procedures import Procedure

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "connector.json"
EVERY = list(procedures.every())
# What Amazon no longer has; all others can be called.
REMOVED = {"CreateInboundShipmentPlan"}


def reference() -> list[dict[str, Any]]:
    """Return the reference's procedures."""
    if not REFERENCE.is_file():
        pytest.skip("the reference's data model is not here: ../shared/reference")
    found: list[dict[str, Any]] = json.loads(REFERENCE.read_text("utf-8"))["procedures"]
    return found


def test_all_of_the_reference_are_there_with_what_it_documents() -> None:
    told = reference()
    assert len(told) == 40
    for each in told:
        assert set(each["schemas"]) <= set(procedures.schemas_of(each["name"])), each["name"]
        for schema in each["schemas"]:
            found = procedures.find(schema, each["name"])
            assert found is not None
            assert found.documented == each["documented"]
            assert [i["name"] for i in each["inputs"] if found.input(i["name"]) is None] == []
            known = {c.name for c in found.sets[0].columns}
            assert [o["name"] for o in each["outputs"] if o["name"] not in known] == []


def test_what_cannot_be_called_says_what_to_use() -> None:
    assert {p.name for p in EVERY if p.removed} == REMOVED
    assert all(p.operation or p.own for p in EVERY if not p.removed)
    assert all(re.search(r"Use \w+", p.removed) for p in EVERY if p.removed)


def test_names_are_found_in_any_case_and_are_one_each() -> None:
    for schema in procedures.SCHEMAS:
        names = procedures.names(schema)
        assert len({n.lower() for n in names}) == len(names)
        assert list(names) == sorted(names, key=str.lower)
        for name in names:
            found = procedures.find(schema, name.swapcase())
            assert found is not None
            assert (found.schema, found.name) == (schema, name)
    assert procedures.find("SellerCentral", "SubmitInvoices") is None
    assert procedures.find("SellingPartner", "Nothing") is None
    assert procedures.schemas_of("Nothing") == ()


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("ConfirmShipment", "ordersV0.confirmShipment"),
        ("CancelShipment", "shippingV2.cancelShipment"),
        ("ShippingV1CancelShipment", "shipping.cancelShipment"),
        ("MerchantFulfillmentCancelShipment", "merchantFulfillmentV0.cancelShipment"),
        ("PutListingsItem", "listingsItems_2021-08-01.putListingsItem"),
        ("ListingsItems20200901PutListingsItem", "listingsItems_2020-09-01.putListingsItem"),
        ("VendorOrdersSubmitAcknowledgement", "vendorOrders.submitAcknowledgement"),
        ("VendorDirectFulfillmentShippingV1SubmitShipmentConfirmations",
         "vendorDirectFulfillmentShippingV1.submitShipmentConfirmations"),
        ("SubmitShipmentStatusUpdates", "vendorDirectFulfillmentShipping_2021-12-28.submitShipmentStatusUpdates"),
    ],
)  # fmt: skip
def test_where_two_meet_the_newest_and_the_references_have_the_short_name(name: str, operation: str) -> None:
    found = procedures.find("SellingPartner", name)
    assert found is not None
    assert found.operation == operation


@pytest.mark.parametrize("each", [p for p in EVERY if p.schema == "SellingPartner"], ids=lambda p: p.name)
def test_a_procedure_is_whole(each: Procedure) -> None:
    names = Counter(i.name.lower() for i in each.inputs)
    assert [n for n, count in names.items() if count > 1] == []
    assert all(re.fullmatch(r"[A-Z]\w*", i.name) for i in each.inputs)
    assert each.doc.endswith(".")
    assert each.sets
    for result in each.sets:
        assert result.columns
        assert len({c.name.lower() for c in result.columns}) == len(result.columns)
    if not each.operation or each.own:
        return
    operation = spapi.operation(each.operation)
    for parameter in operation.parameters:
        if parameter.location != "body":
            assert any(parameter.name in i.targets for i in each.inputs), parameter.name
    # What stands first must be given; what the connection gives comes behind it.
    order = [(not i.required, i.default is not None) for i in each.inputs]
    assert order == sorted(order)


def test_the_metadata_tell_what_there_is() -> None:
    rows = system.rows("sys_procedures", ["SellerCentral"])
    assert rows is not None
    assert [r["ProcedureName"] for r in rows] == list(procedures.names("SellerCentral"))
    told = {r["ProcedureName"]: r for r in rows}
    assert (told["UpdateShipmentStatus"]["DocumentedBy"], told["ConfirmShipment"]["DocumentedBy"]) == (
        "reference",
        "amzsql",
    )
    assert (told["GetReport"]["IsReadOnly"], told["RequestReport"]["IsReadOnly"]) == (True, False)
    assert told["CancelReport"]["OperationId"] == "cancelReport"
    assert told["CancelReport"]["Roles"]
    given = system.rows("sys_procedureparameters", ["SellerCentral"])
    assert given is not None
    status = [r for r in given if r["ProcedureName"] == "UpdateShipmentStatus"]
    assert [(r["ColumnName"], r["Direction"], r["IsRequired"], r["Ordinal"]) for r in status] == [
        ("OrderId", "IN", True, 1),
        ("ShipmentStatus", "IN", True, 2),
        ("MarketplaceId", "IN", False, 3),
        ("OrderItems", "IN", False, 4),
        ("Success", "RESULT", False, 1),
    ]
