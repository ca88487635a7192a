"""Every type of report through the driver: each value of its rows is the document's, which is read here by itself.

The documents are the simulator's, which `tests/simulator/test_report_documents.py` holds to its orders and money. A
relay between the two keeps what was downloaded, and hands out documents of types that cannot be ordered and of which
the simulator has made none by itself.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree

import pytest
from driving import NOW, over
from simulator.test_report_documents import PARTNERS, report

from amzsql.catalog import registry, reports
from amzsql.catalog.model import Table
from amzsql.clock import VirtualClock
from amzsql.connection import Connection
from amzsql.simulator import Simulator
from amzsql.simulator.call import iso
from amzsql.simulator.documents import is_document
from amzsql.simulator.reports import document
from amzsql.simulator.reports.facts import layout
from amzsql.spapi.document_types import report_types

# Where an account of the simulator has reports, and what it is told of a region by.
ACCOUNTS = {"na": "US", "eu": "GB", "vendor": "US"}
OFFSETS = {"UTC": 0, "GMT": 0, "BST": 1, "PST": -8, "PDT": -7}
US, GB = "ATVPDKIKX0DER", "A1F83G8C2ARO7P"
HAND, DAYS = "handed-", 6
# What cannot be ordered, and what few of the simulator's orders are in.
HANDED = frozenset(
    name
    for name, kind in report_types().items()
    if ("request" not in kind.by and "SETTLEMENT" not in name)
    or re.search("PENDING|ACTIONABLE|WAITING_FOR_PICKUP", name)
)


@dataclass
class Document:
    """What was downloaded, and of which type it was said to be."""

    type: str = ""
    body: bytes = b""

    @property
    def text(self) -> str:
        charset = re.search(r"charset=([\w-]+)", self.type)
        return self.plain.decode(charset[1] if charset else "utf-8")

    @property
    def plain(self) -> bytes:
        return gzip.decompress(self.body) if self.body[:2] == b"\x1f\x8b" else self.body


class Relay:
    """Amazon, with a note of the documents that were downloaded."""

    def __init__(self, account: str, orders: int) -> None:
        self.clock = VirtualClock(NOW)
        self.simulator = Simulator(self.clock, orders=orders, throttle="off")
        self.account = account
        self.documents: dict[str, Document] = {}
        self._asked = ""

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        asked = parse_qs(environ.get("QUERY_STRING", "")).get("reportTypes", [""])
        if asked[0] in HANDED or HAND in path:
            return self._handed(path, asked[0], start)
        if re.fullmatch(r"/reports/2021-06-30/documents/[^/]+", path):
            self._asked = path.rpartition("/")[2]
        if not is_document(path):
            return self.simulator(environ, start)

        found = self.documents[self._asked] = Document()

        def noted(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            found.type = dict(headers).get("Content-Type", "")
            return start(status, headers, *more)

        found.body = b"".join(self.simulator(environ, noted))
        return [found.body]

    def _handed(self, path: str, kind: str, start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer for a type that cannot be ordered: there is a report of the last days, and this is its document."""
        kind, place = kind or path.rpartition(HAND)[2], GB if self.account == "eu" else US
        if kind.endswith("/file"):
            kind = kind.removesuffix("/file")
            made = document(PARTNERS[self.account], report(kind, DAYS, market=place))
            assert made is not None
            of_type = f"{made.content_type}; charset={made.charset}"
            self.documents[HAND + kind] = Document(of_type, made.body)
            start("200 OK", [("Content-Type", of_type), ("Content-Length", str(len(made.body)))])
            return [made.body]
        listed = report(kind, DAYS, market=place) | {
            "processingStatus": "DONE", "reportDocumentId": HAND + kind, "createdTime": iso(int(NOW)),
        }  # fmt: skip
        one = {"reportDocumentId": HAND + kind, "url": f"https://simulator.invalid/{HAND}{kind}/file"}
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(one if HAND in path else {"reports": [listed]}).encode()]


@cache
def amazon(account: str, orders: int) -> tuple[Relay, Connection]:
    """Return a simulator and a connection to it."""
    relay = Relay(account, orders)
    properties = {"OAuthRefreshToken": f"Atzr|simulator-{account}", "Marketplace": ACCOUNTS[account]}
    kind = "Vendor" if account == "vendor" else "Seller"
    properties |= {"SellingPartner": kind, "IncludeRestrictedData": "True"}
    return relay, over(relay, relay.clock, **properties)


def account_of(table: Table) -> str:
    found = layout(table.paths[0].declared.report, reports.form_of(table))
    assert found is not None
    return "vendor" if reports.form_of(table) == "vendor" else "eu" if found.regions == ("EU",) else "na"


def tables() -> Iterator[Table]:
    for schema in ("SellerCentral", "VendorCentral"):
        for name in reports.names(schema):
            table = registry.table(schema, name)
            own = "SellerCentral" if "SellerCentral" in table.entry.schemas else "VendorCentral"
            if table.paths and schema == own:
                yield table


ALL = list(tables())


def read(table: Table) -> tuple[list[Document], Table, list[str], list[tuple[Any, ...]]]:
    """Return the documents of a table's example, the table as it is known by then, its columns' names and its rows."""
    # A small world has no orders that are old enough to be archived.
    relay, connection = amazon(account_of(table), 6000 if "ARCHIVED" in table.name else 1500)
    example = table.entry.example.replace("* FROM ", f"*, ReportDocumentId FROM {table.schema}.", 1)
    with connection.cursor() as cursor:
        found = cursor.execute(example).fetchall()
        names = [column[0] for column in cursor.description or ()]
        known = connection.find(table.schema, table.name)
    assert known is not None
    documents = [relay.documents[i] for i in dict.fromkeys(row[-1] for row in found)]
    return documents, known, names[:-1], [row[:-1] for row in found]


@pytest.mark.parametrize("table", ALL, ids=[f"{t.schema}.{t.name}" for t in ALL])
def test_its_rows_are_those_of_the_document(table: Table) -> None:
    documents, known, names, found = read(table)
    path = known.paths[0]
    reader = _READERS[report_types()[path.declared.report].format]
    expected = [told for document in documents for told in reader(document, path.row_path)]
    assert found, "there is nothing to compare"
    assert len(found) == len(expected)
    for row, told in zip(found, expected, strict=True):
        for name, value in zip(names, row, strict=True):
            there = told(path.sources[name].path)
            assert _same(value, there), f"{name}: {value!r} is not {there!r}"


def test_there_is_a_table_of_every_type() -> None:
    assert {t.paths[0].declared.report for t in ALL} == report_types().keys()


# -- documents, read without the driver --------------------------------------------------------------------------------

Told = Callable[[str], Any]


def flat(found: Document, _: str) -> Iterator[Told]:
    lines = csv.reader(io.StringIO(found.text, newline=""))
    yield from _by_header(lines)


def tabbed(found: Document, _: str) -> Iterator[Told]:
    yield from _by_header(line.split("\t") for line in found.text.rstrip("\n").split("\n"))


def _by_header(lines: Iterable[Sequence[str]]) -> Iterator[Told]:
    rows = iter(lines)
    header = next(rows)
    for row in rows:
        yield dict(zip(header, row, strict=True)).__getitem__


def nested(found: Document, array: str) -> Iterator[Told]:
    for chain in _elements([json.loads(found.text)], array.split("[].")):
        yield lambda path, chain=chain: _at(chain, path)


def _elements(chain: list[Any], arrays: list[str]) -> Iterator[list[Any]]:
    """Yield the elements of an array, each after those that enclose it."""
    if not arrays:
        yield chain
        return
    for element in _below(chain[-1], arrays[0].removesuffix("[]")) or ():
        yield from _elements([*chain, element], arrays[1:])


def _at(chain: list[Any], path: str) -> Any:
    ups = path.count("../")
    return _below(chain[-1 - ups], path.removeprefix("../" * ups))


def _below(value: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(value, list):
            # Nobody says that it may be repeated: what is there once is itself, more are a list.
            each = [_below(element, step) for element in value]
            found = [inner for one in each for inner in (one if isinstance(one, list) else [one])]
            value = found[0] if len(found) == 1 else found
            continue
        # Some columns call the text of an element with attributes so, others its value.
        step = "value" if step == "text" and isinstance(value, dict) and step not in value else step
        value = value.get(step) if isinstance(value, dict) else None
    return value


def elements(found: Document, array: str) -> Iterator[Told]:
    """XML as the dictionaries that JSON would have."""
    records = [_plain(record) for record in ElementTree.fromstring(found.plain)]
    for chain in (c for record in records for c in _elements([record], array.split("[].") if array else [])):
        yield lambda path, chain=chain: _at(chain, path)


_LISTS = frozenset({"OrderItem", "Item", "Component", "Fee", "attribute", "refinementName", "id"})


def _plain(element: ElementTree.Element) -> Any:
    found: dict[str, Any] = dict(element.attrib)
    for child in element:
        value = _plain(child)
        if child.tag in _LISTS:
            found.setdefault(child.tag, []).append(value)
        else:
            found[child.tag] = value
    if not found:
        return element.text
    text = (element.text or "").strip()
    return {**found, "value": text} if text else found


def workbook(found: Document, _: str) -> Iterator[Told]:
    sheet = zipfile.ZipFile(io.BytesIO(found.plain)).read("xl/worksheets/sheet1.xml")
    yield from _by_header([_cell(cell) for cell in row] for row in ElementTree.fromstring(sheet)[0])


def _cell(cell: ElementTree.Element) -> str:
    """Return a cell's text; of a number no more digits than it has."""
    text = "".join(cell.itertext())
    return text if cell.get("t") else f"{Decimal(text).normalize():f}"


def whole(found: Document, _: str) -> Iterator[Told]:
    yield {"content": found.plain, "name": ANY}.__getitem__


ANY = object()
_READERS: Mapping[str, Callable[[Document, str], Iterator[Told]]] = {
    "TSV": tabbed, "CSV": flat, "JSON": nested, "XML": elements, "XLSX": workbook, "PDF": whole, "ZIP": whole,
}  # fmt: skip


# -- values ------------------------------------------------------------------------------------------------------------


def _same(value: Any, there: Any) -> bool:
    """Tell whether a value of a row is what stands in the document; nothing is nothing, however it is written."""
    if there is ANY:
        return bool(value)
    if there in (None, ""):
        return value in (None, "")
    if isinstance(value, bool | bytes):
        return value == there
    if isinstance(value, int | float | Decimal):
        return abs(Decimal(str(value)) - Decimal(str(there))) < Decimal("0.00005")
    if isinstance(value, dt.date):
        return _moment(str(there), whole_day=not isinstance(value, dt.datetime)) == value
    return value == there or _single(json.loads(value)) == _single(there)


def _single(value: Any) -> Any:
    """Return a value of JSON with what is alone in a list by itself: XML does not tell one from a list of one."""
    if isinstance(value, dict):
        return {name: _single(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return _single(value[0]) if len(value) == 1 else [_single(inner) for inner in value]
    return value


def _moment(text: str, *, whole_day: bool) -> dt.date:
    """Return a time or a day, as these documents write them."""
    text, zone = re.sub(r" ([A-Z]{3})$", "", text), re.search(r" ([A-Z]{3})$", text)
    forms = ("%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y", "%m/%d/%y", "%d-%m-%Y", "%d-%b-%Y")
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        found = next(m for form in forms if (m := _parsed(text, form)) is not None)
    if whole_day:
        return found.date()
    offset = dt.timezone(dt.timedelta(hours=OFFSETS[zone[1]])) if zone else dt.UTC
    return found if found.tzinfo else found.replace(tzinfo=offset)


def _parsed(text: str, form: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(text, form)
    except ValueError:
        return None
