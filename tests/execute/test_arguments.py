"""Values of a call on their way to Amazon: rows of scratch tables as nested objects, and where a value may go."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from amzsql.catalog import procedures
from amzsql.errors import ProgrammingError
from amzsql.execute.arguments import Home, request_of
from amzsql.transport import Request

# As the reference's own example of a vendor's shipment: tables in tables, in flat columns.
TABLES: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "ids": [{"ContainerIdentificationType": "SSCC", "ContainerIdentificationNumber": "1"}],
    "items": [
        {"ItemReference": "1", "ShippedQuantityAmount": 2, "ShippedQuantityUnitOfMeasure": "eaches"},
        {"ItemReference": "2", "ShippedQuantityAmount": 3, "ShippedQuantityUnitOfMeasure": "Cases",
         "ShippedQuantityUnitSize": 5},
    ],
    "cartons": [{"CartonIdentifiers": "Ids#TEMP", "CartonSequenceNumber": "1", "Items": "Items#temp"}],
    "from": [{"Name": "n", "AddressLine1": "a", "City": "c", "CountryCode": "DE"}],
    "none": [],
}  # fmt: skip
HOME = Home(
    lambda: ("ATVPDKIKX0DER",), "A3SELLER", ZoneInfo("Europe/Berlin"), lambda: "fresh", lambda n: TABLES.get(n.lower())
)


def request(procedure: str, *places: Any, **inputs: Any) -> Request:
    found = procedures.find("SellingPartner", procedure)
    assert found is not None
    return request_of(found, (*((None, value) for value in places), *inputs.items()), HOME)


def test_rows_of_scratch_tables_become_nested_objects() -> None:
    sent = request(
        "SubmitVendorShipmentConfirmations",
        ShipmentIdentifier="S1",
        ShipmentConfirmationType="Original",
        ShipmentConfirmationDate=dt.date(2026, 11, 21),
        SellingPartyPartyId="V",
        ShipFromPartyPartyId="F",
        ShipFromPartyAddress="From#TEMP",
        ShipToPartyPartyId="T",
        ShippedItems='[{"itemSequenceNumber": "1", "shippedQuantity": {"amount": 1, "unitOfMeasure": "Eaches"}}]',
        Cartons="Cartons#TEMP",
    )
    assert isinstance(sent.body, dict)
    [element] = sent.body["shipmentConfirmations"]
    assert element["shipFromParty"] == {
        "partyId": "F",
        "address": {"name": "n", "addressLine1": "a", "city": "c", "countryCode": "DE"},
    }
    assert element["cartons"] == [
        {
            "cartonIdentifiers": [{"containerIdentificationType": "SSCC", "containerIdentificationNumber": "1"}],
            "cartonSequenceNumber": "1",
            "items": [
                {"itemReference": "1", "shippedQuantity": {"amount": 2, "unitOfMeasure": "Eaches"}},
                {"itemReference": "2", "shippedQuantity": {"amount": 3, "unitOfMeasure": "Cases", "unitSize": 5}},
            ],
        }
    ]
    # A day is its first moment in the connection's zone.
    assert element["shipmentConfirmationDate"] == "2026-11-20T23:00:00Z"


def test_rows_may_leave_out_words_as_the_references_tables_do() -> None:
    """Its tables say Amount, RegistrationType and AcknowledgedUnit; what could mean two things means none."""
    rows: dict[str, list[dict[str, Any]]] = {
        "items": [{"ItemSequenceNumber": "1", "BuyerProductIdentifier": "B", "Amount": "2", "UnitOfMeasure": "Each"}],
        "container": [
            {
                "ContainerType": "Carton",
                "ContainerIdentifier": "c",
                "WeightValue": 1,
                "WeightUnitOfMeasure": "KG",
                "PackedItems": "Items#TEMP",
            }
        ],
        "tax": [{"RegistrationType": "VAT", "RegistrationNumber": "1", "RegistrationAddress": "Address1#TEMP"}],
        "address1": [{"Name": "n", "AddressLine1": "a", "CountryCode": "DE"}],
        "shipped": [{"ItemSequenceNumber": "1", "ShippedQuantityAmount": 1, "ShippedQuantityUnit": "Eaches"}],
        "lines": [{"AcknowledgementCode": "Accepted", "AcknowledgedAmount": 1, "AcknowledgedUnit": "Eaches"}],
        "unclear": [{"ContainerType": "Carton", "ContainerIdentifier": "c", "UnitOfMeasure": "KG"}],
    }
    home = replace(HOME, scratch=lambda name: rows.get(name.lower()))

    def body(procedure: str, **inputs: Any) -> Any:
        found = procedures.find("SellingPartner", procedure)
        assert found is not None
        return request_of(found, tuple(inputs.items()), home).body

    label = {"PurchaseOrderNumber": "P", "SellingPartyPartyId": "S", "ShipFromPartyPartyId": "F"}
    told = body(
        "CreateShippingLabels", **label, SellingPartyTaxRegistrationDetails="Tax#TEMP", Containers="Container#TEMP"
    )
    quantity = {"packedQuantity": {"amount": 2, "unitOfMeasure": "Each"}}
    packed = {"itemSequenceNumber": 1, "buyerProductIdentifier": "B", **quantity}
    [held] = told["containers"]
    assert held["packedItems"] == [packed]
    assert held["weight"] == {"value": "1", "unitOfMeasure": "KG"}
    assert told["sellingParty"]["taxRegistrationDetails"] == [
        {
            "taxRegistrationType": "VAT",
            "taxRegistrationNumber": "1",
            "taxRegistrationAddress": {"name": "n", "addressLine1": "a", "countryCode": "DE"},
        }
    ]
    with pytest.raises(ProgrammingError, match=r"no field containers\[\]\.UnitOfMeasure"):
        body("CreateShippingLabels", **label, Containers="Unclear#TEMP")
    [line] = body(
        "SubmitVendorOrderAcknowledgement", PurchaseOrderNumber="P", SellingPartyPartyId="S",
        AcknowledgementDate="2026-11-21T00:00:00Z", OrderItemAcknowledgements=[
            {"OrderedQuantityAmount": 1, "OrderedQuantityUnit": "Eaches", **rows["lines"][0]}],
    )["acknowledgements"][0]["items"]  # fmt: skip
    eaches = {"amount": 1, "unitOfMeasure": "Eaches"}
    given = {"acknowledgementCode": "Accepted", "acknowledgedQuantity": eaches}
    assert line == {"orderedQuantity": eaches, "itemAcknowledgements": [given]}


@pytest.mark.parametrize("name", ["nothing#TEMP", "nothing#temp"])
def test_a_scratch_table_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(ProgrammingError, match="Cartons names the table nothing#TEMP, which this connection"):
        request("SubmitVendorShipmentConfirmations", Cartons=name)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("ATVPDKIKX0DER", ["ATVPDKIKX0DER"]),
        (" A1 , B2 ", ["A1", "B2"]),
        ('["A1", "B2"]', ["A1", "B2"]),
        (("A1",), ["A1"]),
    ],
)
def test_a_list_is_given_as_text_as_json_or_as_a_list(value: Any, sent: list[str]) -> None:
    body = request("RequestReport", ReportType="X", MarketplaceIds=value).body
    assert isinstance(body, dict)
    assert body["marketplaceIds"] == sent
    query = request("CreateLegalDisclosure", AmazonOrderId="1", MarketplaceIds=value if len(sent) == 1 else sent[0])
    assert query.parameters["marketplaceIds"] == tuple(sent[:1])


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("2026-11-21T12:00:00+05:30", "2026-11-21T12:00:00+05:30"),
        ("2026-11-21T12:00:00", "2026-11-21T11:00:00Z"),
        ("2026-11-21", "2026-11-20T23:00:00Z"),
        (dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC), "2026-11-21T12:00:00Z"),
        (dt.datetime(2026, 11, 21, 12), "2026-11-21T11:00:00Z"),
        (dt.date(2026, 11, 21), "2026-11-20T23:00:00Z"),
    ],
)
def test_a_time_without_a_zone_is_the_connections(value: Any, sent: str) -> None:
    body = request("RequestReport", ReportType="X", DataStartTime=value).body
    assert isinstance(body, dict)
    assert body["dataStartTime"] == sent


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"ContentLength": True}, "ContentLength takes a number, not True"),
        ({"ContentLength": "NaN"}, "ContentLength takes a number, not 'NaN'"),
        ({"ContentLength": "1e99999"}, "ContentLength takes a number, not '1e99999'"),
        ({"ContentLength": b"1"}, "takes one value, not a bytes"),
        ({"ContentType": {"a": 1}}, "ContentType takes one value, not a dict"),
    ],
)
def test_a_value_of_another_type_is_refused(inputs: dict[str, Any], message: str) -> None:
    given = {"ContentType": "PDF", "ContentLength": 1} | inputs
    with pytest.raises(ProgrammingError, match=f"CreateServiceDocumentUploadDestination: .*{message}"):
        request("CreateServiceDocumentUploadDestination", **given)


@pytest.mark.parametrize("text", ["{", '{"a": NaN}', "[" * 100_000, '{"a" 1}', "nothing"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ProgrammingError, match="RequestReport: ReportOptions takes JSON text"):
        request("RequestReport", ReportType="X", ReportOptions=text)


def test_a_key_is_fresh_unless_it_is_given() -> None:
    wanted = {
        "RequestToken": "r",
        "RateId": "x",
        "RequestedDocumentSpecification": json.dumps(
            {"format": "PNG", "size": {"width": 4, "length": 6, "unit": "INCH"}, "dpi": 300, "needFileJoining": False,
             "requestedDocumentTypes": ["LABEL"]}
        ),
    }  # fmt: skip
    assert request("PurchaseShipment", **wanted).parameters["x-amzn-IdempotencyKey"] == "fresh"
    given = request("PurchaseShipment", **wanted, IdempotencyKey="mine")
    assert given.parameters["x-amzn-IdempotencyKey"] == "mine"


@pytest.mark.parametrize(
    ("procedure", "inputs", "needed"),
    [
        ("SubmitInvoices", {}, "needs Invoices: no value"),
        ("SubmitShipments", {}, "needs Shipments: no value"),
        ("SubmitVendorOrderAcknowledgement", {}, "PurchaseOrderNumber, SellingPartyPartyId, .* and OrderItemAck"),
        ("AcknowledgeDirectFulfillmentOrder", {}, "needs PurchaseOrderNumber, VendorOrderNumber, Ack"),
        ("ConfirmDirectFulfillmentShipment", {}, "needs PurchaseOrderNumber, ShippedDate, "),
        ("SubmitVendorShipmentConfirmations", {}, "needs ShipmentIdentifier, ShipmentConfirmationType"),
        ("SubmitDirectFulfillmentShippingLabel", {}, "needs PurchaseOrderNumber, SellingPartyId and ShipFromPartyId"),
        (
            "UpdateDirectFulfillmentInventory",
            {"WarehouseId": "w"},
            "needs IsFullUpdate, ItemDetails and SellingPartyId",
        ),
        ("CreateDestination", {"Name": "n"}, "needs ResourceSpecificationSqsArn, .* or ResourceSpecificationEventB"),
    ],
)
def test_a_call_that_says_nothing_is_refused(procedure: str, inputs: dict[str, Any], needed: str) -> None:
    with pytest.raises(ProgrammingError, match=needed):
        request(procedure, **inputs)


def test_what_stands_in_the_address_and_in_the_body_is_given_once() -> None:
    found = procedures.find("SellingPartner", "UpdateInbound")
    assert found is not None
    order = found.input("orderid")
    assert order is not None
    assert (order.targets, order.required) == (("orderId", "body.orderId"), True)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"sqs": {"arn": "arn:aws:sqs:a:1:\ud800"}}, "ResourceSpecification takes text, and this is none"),
        ({"\udfff": 1}, "takes text, and this is none"),
    ],
)
def test_what_has_no_form_on_the_wire_is_refused(value: Any, message: str) -> None:
    with pytest.raises(ProgrammingError, match=message):
        request("CreateDestination", Name="n", ResourceSpecification=value)
    with pytest.raises(ProgrammingError, match="Name takes text, and this is none"):
        request("CreateDestination", Name="a\ud800", ResourceSpecificationSqsArn="arn:aws:sqs:a:1:q")
    for number in (Decimal("NaN"), float("inf")):
        with pytest.raises(ProgrammingError, match=f"DeclaredValue takes finite numbers, not {number}"):
            request("CreateClaim", "T", "LOST_IN_TRANSIT", "REFUND", DeclaredValue={"value": number, "unit": "USD"})


def test_bytes_are_no_text_within_json_either() -> None:
    with pytest.raises(ProgrammingError, match="A nested value is bytes"):
        request("CreateDestination", Name="n", ResourceSpecification={"sqs": {"arn": b"arn:aws:sqs:a:1:q"}})


def test_a_number_has_the_digits_that_were_written() -> None:
    value = '{"value": 1.50, "unit": "USD"}'
    body = request("CreateClaim", "T", "LOST_IN_TRANSIT", "REFUND", DeclaredValue=value).body
    assert isinstance(body, dict)
    assert body["declaredValue"]["value"] == Decimal("1.50")
    body = request(
        "CreateClaim", "T", "LOST_IN_TRANSIT", "REFUND", DeclaredValueValue="2.50", DeclaredValueUnit="USD"
    ).body
    assert isinstance(body, dict)
    assert body["declaredValue"] == {"value": Decimal("2.50"), "unit": "USD"}
