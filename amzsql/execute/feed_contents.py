"""Rows of the reference's feed procedures -> the documents that Amazon takes, and its reports -> what became of a row.

Amazon stopped XML and flat files for listings, so that products, prices, stock and images go as patches in JSON, and
orders as XML still. Pure: sends nothing and reads no clock. Column names are compared without case.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import InvalidOperation
from typing import Any
from xml.etree import ElementTree

import msgspec

from amzsql.catalog.listing_attributes import Row, images, prices, products, stock, time_text, whole
from amzsql.errors import OperationalError, ProgrammingError, nearest

MOST_MESSAGES, MOST_BYTES = 25_000, 10 << 20
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_ENVELOPE = {
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:noNamespaceSchemaLocation": "amzn-envelope.xsd",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What one procedure's rows are: the feed's type, its columns, those that each row must have, and the messages.

    `aggregate` is the input that takes many rows. `key` names what a row is of. JSON feeds make patches of a row, XML
    feeds an element of it (`root`); rows with the same key are one message where `grouped`.
    """

    type: str
    aggregate: str
    columns: tuple[str, ...]
    needed: tuple[str, ...]
    key: tuple[str, ...]
    patches: Callable[[Row, Sequence[str]], list[dict[str, Any]]] | None = None
    root: str = ""
    grouped: bool = False

    @property
    def content_type(self) -> str:
        """The media type of its documents."""
        return "text/xml; charset=UTF-8" if self.root else "application/json; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Document:
    """A feed's bytes, and the message (from 1) that each row went into."""

    body: bytes
    messages: tuple[int, ...]


def checked(name: str, kind: Kind, rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return rows by their columns in lower case. ProgrammingError for an unknown column, or one that is missing."""
    known = {c.lower(): c for c in kind.columns}
    found: list[Row] = []
    for number, row in enumerate(rows, 1):
        where = f"{name}: row {number}" if len(rows) > 1 else name
        plain = {str(k).lower(): v for k, v in row.items() if v is not None and v != ""}
        for column in plain:
            if column not in known:
                raise ProgrammingError(f"{where} has no column {column}.{nearest(column, kind.columns)}")
            if isinstance(plain[column], bytes | bytearray | memoryview):
                raise ProgrammingError(f"{where}: {known[column]} takes text, not bytes.")
        lacking = [c for c in kind.needed if not any(each.lower() in plain for each in c.split("|"))]
        if lacking:
            raise ProgrammingError(f"{where} needs {', '.join(c.replace('|', ' or ') for c in lacking)}.")
        found.append(plain)
    return found


def document(name: str, kind: Kind, rows: Sequence[Row], seller: str, places: Sequence[str]) -> Document:
    """Return the document of some rows. ProgrammingError for a value that does not fit."""
    groups = _grouped(kind, rows)
    at = _Rows(name, rows)
    body = _xml(kind, groups, seller, at) if kind.root else _json(kind, groups, seller, places, at)
    if len(groups) > MOST_MESSAGES or len(body) > MOST_BYTES:
        raise ProgrammingError(
            f"{name}: {len(groups)} messages of {len(body) >> 10} KB are more than one feed takes ({MOST_MESSAGES} and"
            f" {MOST_BYTES >> 20} MB): call it for parts of the rows."
        )
    numbers = {id(row): number for number, group in enumerate(groups, 1) for row in group}
    return Document(body, tuple(numbers[id(row)] for row in rows))


class _Rows:
    """The rows of a call, for its messages: which of them, the first being 1, has a value that does not fit."""

    def __init__(self, name: str, rows: Sequence[Row]) -> None:
        self._name = name
        self._rows = rows

    @contextmanager
    def made(self, row: Row) -> Iterator[None]:
        """Tell of a row's value that does not fit as a ProgrammingError."""
        try:
            yield
        except (InvalidOperation, ValueError, KeyError) as error:
            number = next(n for n, each in enumerate(self._rows, 1) if each is row)
            where = f"{self._name}: row {number}" if len(self._rows) > 1 else self._name
            raise ProgrammingError(f"{where}: {error.args[0] if error.args else error}.") from None


def _grouped(kind: Kind, rows: Sequence[Row]) -> list[list[Row]]:
    groups: dict[Any, list[Row]] = {}
    for number, row in enumerate(rows):
        groups.setdefault(key_of(kind, row) if kind.grouped else number, []).append(row)
    return list(groups.values())


def key_of(kind: Kind, row: Row) -> str:
    """Return what a row is of: its SKU, or its order."""
    return next((str(row[k.lower()]) for k in kind.key if k.lower() in row), "")


# -- listings: patches in JSON -----------------------------------------------------------------------------------------


def _json(kind: Kind, groups: Sequence[Sequence[Row]], seller: str, places: Sequence[str], at: _Rows) -> bytes:
    assert kind.patches is not None  # every feed that is no XML has them
    messages = []
    for number, (row, *_) in enumerate(groups, 1):
        with at.made(row):
            patches = kind.patches(row, places)
        # Amazon takes PRODUCT for whatever the product's type is.
        told = {"operationType": "PATCH", "productType": str(row.get("producttype") or "PRODUCT")}
        messages.append({"messageId": number, "sku": str(row["sku"]), **told, "patches": patches})
    return _ENCODER.encode({"header": {"sellerId": seller, "version": "2.0"}, "messages": messages})


# -- orders: XML -------------------------------------------------------------------------------------------------------


def _xml(kind: Kind, groups: Sequence[Sequence[Row]], seller: str, at: _Rows) -> bytes:
    envelope = ElementTree.Element("AmazonEnvelope", _ENVELOPE)
    header = ElementTree.SubElement(envelope, "Header")
    _put(header, "DocumentVersion", "1.01")
    _put(header, "MerchantIdentifier", seller)
    _put(envelope, "MessageType", kind.root)
    for number, rows in enumerate(groups, 1):
        message = ElementTree.SubElement(envelope, "Message")
        _put(message, "MessageID", number)
        _put(message, "OperationType", rows[0].get("operationtype"))
        element = ElementTree.SubElement(message, kind.root)
        with at.made(rows[0]):
            (_acknowledged if kind.root == "OrderAcknowledgement" else _fulfilled)(element, rows)
    text: str = ElementTree.tostring(envelope, "unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _put(holder: ElementTree.Element, name: str, value: Any) -> None:
    if value is not None:
        ElementTree.SubElement(holder, name).text = time_text(name, value) if isinstance(value, dt.date) else str(value)


def _acknowledged(element: ElementTree.Element, rows: Sequence[Row]) -> None:
    first = rows[0]
    _put(element, "AmazonOrderID", first.get("amazonorderid"))
    _put(element, "MerchantOrderID", first.get("merchantorderid"))
    status = str(first["statuscode"]).capitalize()
    if status not in ("Success", "Failure"):
        raise ValueError(f"StatusCode is Success or Failure, not {first['statuscode']!r}")
    _put(element, "StatusCode", status)
    for row in rows:
        if row.keys() & {"amazonorderitemcode", "merchantorderitemid", "cancelreason"}:
            item = ElementTree.SubElement(element, "Item")
            _put(item, "AmazonOrderItemCode", row.get("amazonorderitemcode"))
            _put(item, "MerchantOrderItemID", row.get("merchantorderitemid"))
            _put(item, "CancelReason", row.get("cancelreason"))


def _fulfilled(element: ElementTree.Element, rows: Sequence[Row]) -> None:
    row = rows[0]
    for name in ("AmazonOrderID", "MerchantOrderID", "MerchantFulfillmentID"):
        _put(element, name, row.get(name.lower()))
    _put(element, "FulfillmentDate", time_text("FulfillmentDate", row["fulfillmentdate"]))
    data = ElementTree.SubElement(element, "FulfillmentData")
    for name in ("CarrierCode", "CarrierName", "ShippingMethod", "ShipperTrackingNumber"):
        _put(data, name, row.get(f"fulfillmentdata{name}".lower()))
    for item in row.get("itemaggregate") or ():
        told = {str(k).lower().removeprefix("item"): v for k, v in item.items()}
        holder = ElementTree.SubElement(element, "Item")
        _put(holder, "AmazonOrderItemCode", told.get("amazonorderitemcode"))
        _put(holder, "MerchantOrderItemID", told.get("merchantorderitemid"))
        _put(holder, "Quantity", None if told.get("quantity") is None else whole("ItemQuantity", told["quantity"]))


def fragment(text: str) -> list[dict[str, Any]]:
    """Return the rows of an XML fragment of ``<Row>`` elements. ProgrammingError if it is none."""
    if "<!" in text:
        raise ProgrammingError("an XML fragment has no document type, comments or CDATA")
    try:
        root = ElementTree.fromstring(f"<rows>{text}</rows>")
    except ElementTree.ParseError as error:
        raise ProgrammingError(f"the XML fragment cannot be read: {error}") from None
    return [{cell.tag: (cell.text or "").strip() for cell in row} for row in root]


# -- what became of the rows -------------------------------------------------------------------------------------------


def issues(feed_type: str, report: bytes, *, xml: bool = False) -> dict[int, list[dict[str, Any]]]:
    """Return what a processing report says of each message, by its number; 0 is of the feed as a whole."""
    found: dict[int, list[dict[str, Any]]] = {}
    try:
        for number, issue in (_of_xml if xml else _of_json)(report) if report else ():
            found.setdefault(number, []).append(issue)
    except (ValueError, ElementTree.ParseError) as error:
        raise OperationalError(f"The processing report of {feed_type} cannot be read: {error}.") from None
    return found


def _of_json(report: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    for issue in json.loads(report).get("issues") or ():
        yield int(issue.get("messageId") or 0), issue


def _of_xml(report: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    if b"<!DOCTYPE" in report:
        raise ValueError("it has a document type")
    for result in ElementTree.fromstring(report).iter("Result"):
        told = {cell.tag: (cell.text or "").strip() for cell in result}
        severity = "ERROR" if told.get("ResultCode") == "Error" else "WARNING"
        issue = {"code": told.get("ResultMessageCode"), "severity": severity, "message": told.get("ResultDescription")}
        yield int(told.get("MessageID") or 0), issue


_ORDER = ("AmazonOrderID", "MerchantOrderID")
KINDS: Mapping[str, Kind] = {
    "SubmitInventoryFeed": Kind(
        "JSON_LISTINGS_FEED", "InventoryFeedAggregate",
        ("SKU", "FulfillmentCenterID", "Available", "Quantity", "RestockDate", "FulfillmentLatency", "ProductType"),
        ("SKU",), ("SKU",), stock),
    "SubmitPriceFeed": Kind(
        "JSON_LISTINGS_FEED", "PriceFeedAggregate",
        ("SKU", "StandardPrice", "StandardPriceCurrency", "MAP", "MAPCurrency", "SalePrice", "SalePriceCurrency",
         "SaleStartDate", "SaleEndDate", "ProductType"), ("SKU",), ("SKU",), prices),
    "SubmitImageFeed": Kind(
        "JSON_LISTINGS_FEED", "ProductImageFeedAggregate",
        ("SKU", "ImageType", "ImageLocation", "OperationType", "ProductType"),
        ("SKU", "ImageType", "OperationType"), ("SKU",), images),
    "SubmitProductFeed": Kind(
        "JSON_LISTINGS_FEED", "ProductFeedAggregate",
        ("SKU", "ProductType", "ProductDescriptionDataAggregate", "Title", "Brand", "Description", "BulletPoint",
         "Manufacturer"), ("SKU",), ("SKU",), products),
    "SubmitOrderAcknowledgementFeed": Kind(
        "POST_ORDER_ACKNOWLEDGEMENT_DATA", "OrderAcknowledgementFeedAggregate",
        (*_ORDER, "StatusCode", "AmazonOrderItemCode", "MerchantOrderItemID", "CancelReason"),
        ("AmazonOrderID|MerchantOrderID", "StatusCode"), _ORDER, root="OrderAcknowledgement", grouped=True),
    "SubmitOrderFulfillmentFeed": Kind(
        "POST_ORDER_FULFILLMENT_DATA", "OrderFulfillmentFeedAggregate",
        (*_ORDER, "OperationType", "MerchantFulfillmentID", "FulfillmentDate", "FulfillmentDataCarrierCode",
         "FulfillmentDataCarrierName", "FulfillmentDataShippingMethod", "FulfillmentDataShipperTrackingNumber",
         "ItemAggregate"), ("AmazonOrderID|MerchantOrderID", "FulfillmentDate"), _ORDER, root="OrderFulfillment"),
}  # fmt: skip
