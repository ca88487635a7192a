"""Every type of report as the simulator writes it, in several marketplaces, against a naive reading of it."""

from __future__ import annotations

import csv
import functools
import gzip
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest

from amzsql.execute import documents
from amzsql.execute.documents import Expected, Found, Wanted
from amzsql.marketplaces import by_id
from amzsql.simulator.accounts import BY_NAME
from amzsql.simulator.documents import Partner
from amzsql.simulator.reports import Document, document, layouts
from amzsql.simulator.store import Store
from amzsql.simulator.world import World
from amzsql.spapi.document_types import report_types
from amzsql.spapi.report_columns import ReportArray, report_layout, report_words
from amzsql.transport.download import Download
from amzsql.types import BIGINT, BLOB, BOOLEAN, DATE, DOUBLE, JSON, MONEY, TIMESTAMP, VARCHAR

from .reading import pieces

KINDS = {
    "int": BIGINT, "num": DOUBLE, "share": DOUBLE, "percent": DOUBLE, "money": MONEY, "bool": BOOLEAN, "date": DATE,
    "time": TIMESTAMP, "json": JSON,
}  # fmt: skip
US, DE, JP = "ATVPDKIKX0DER", "A1PA6795UKMFR9", "A1VC38T7YXB528"
ACCOUNTS = {"na": US, "eu": DE, "fe": JP, "vendor": US}
NOW = 1_795_000_000
OPTIONS = {
    "reportPeriod": "WEEK", "asinGranularity": "SKU", "dateGranularity": "DAY", "distributorView": "MANUFACTURING",
    "sellingProgram": "RETAIL", "currencyCode": "USD", "productType": "ALL",
    **{f"{kind}StartDate{end}": f"2026-1{n}-01T00:00:00Z" for n, end in enumerate(("From", "To")) for kind in
       ("promotion", "coupon", "campaign")},
}  # fmt: skip
# Made of archived orders, of which a world this young has none.
EMPTY = {"GET_FLAT_FILE_ARCHIVED_ORDERS_DATA_BY_ORDER_DATE"}
FORMS = sorted(layouts())


@functools.cache
def world(name: str) -> World:
    return World(NOW, seed=1, orders=400, account=BY_NAME[name])


@functools.cache
def made(form: str, name: str) -> Document | None:
    """Return the simulator's document of a type, if the account may have one."""
    account, layout = BY_NAME[name], layouts()[form]
    if not layout.is_for(account.kind, account.region) or (name == "vendor" and f"{form}(vendor)" in FORMS):
        return None
    report = {
        "reportId": "1", "reportType": layout.type, "marketplaceIds": [ACCOUNTS[name]], "reportOptions": OPTIONS,
        "dataStartTime": "2026-11-08T00:00:00Z", "dataEndTime": "2026-11-18T11:00:00Z",
    }  # fmt: skip
    return document(Partner(account, world(name), Store(name), NOW), report)


def arrays(form: str) -> tuple[ReportArray, ...]:
    partner = "vendor" if form.endswith("(vendor)") else "seller"
    return report_layout(form.removesuffix("(vendor)"), partner).arrays


def described(form: str, array: ReportArray, market: str) -> Expected:
    kind = form.removesuffix("(vendor)")
    place = by_id(market)
    assert place is not None
    columns = array.columns
    wanted = tuple(Wanted(c.name, c.name, KINDS.get(c.kind, VARCHAR), c.kind) for c in columns)
    if report_types()[kind].format in ("PDF", "ZIP"):
        wanted = (Wanted("name", "name", VARCHAR), Wanted("content", "content", BLOB))
    known = tuple(c.name for c in columns)
    layout = report_layout(kind)
    return Expected(
        kind, report_types()[kind].format, wanted, array.path, place.country, known, report_words(kind),
        by_position=layout.by_position,
    )  # fmt: skip


def read(found: Document, expected: Expected, label: bool) -> tuple[list[dict[str, Any]], list[str], tuple[str, ...]]:
    warnings: list[str] = []
    reader = documents.read(download(found, label), expected, warnings.append)
    return [row for batch in reader for row in batch.to_pylist()], warnings, reader.new


def download(found: Document, label: bool) -> Download:
    body = gzip.compress(found.body) if found.gzip else found.body
    media = f"{found.content_type}; charset={found.charset}" if label and found.charset else found.content_type
    return Download(media, "GZIP" if found.gzip else "", pieces(body, 10_000))


# -- the naive reading -------------------------------------------------------------------------------------------------


def naive(found: Document, expected: Expected) -> list[dict[str, Any]]:
    if expected.format in ("TSV", "CSV"):
        return list(flat(found, expected))
    if expected.format == "JSON":
        return list(from_json(json.loads(found.body), expected))
    if expected.format == "XML":
        return list(from_xml(ElementTree.fromstring(found.body), expected))
    if expected.format == "XLSX":
        return list(from_sheet(found.body, expected))
    return [{"name": f"{expected.report_type}.{expected.format.lower()}", "content": found.body}]


def flat(found: Document, expected: Expected) -> Iterator[dict[str, Any]]:
    text = found.text
    rows = (
        csv.reader(io.StringIO(text)) if expected.format == "CSV" else (line.split("\t") for line in text.split("\n"))
    )
    head = [english(cell, expected, n) for n, cell in enumerate(next(iter(rows)))]
    for row in rows:
        if len(row) == len(head):
            cells = dict(zip(head, row, strict=True))
            letters = {spelt(name): cell for name, cell in cells.items()}
            yield {name: cells.get(name, letters.get(spelt(name))) for name in expected.known}


def english(cell: str, expected: Expected, place: int) -> str:
    if expected.by_position:
        return expected.known[place]
    for words in expected.words.values():
        for name, word in words.items():
            if word == cell and cell not in expected.known:
                return name
    return cell


def from_json(body: Any, expected: Expected) -> Iterator[dict[str, Any]]:
    steps = [step.strip(".") for step in expected.array.removesuffix("[]").split("[]")]
    for trail in trails([body], steps):
        yield {
            c.source: along(trail[-1 - c.source.count("../")], c.source.replace("../", "")) for c in expected.columns
        }


def trails(trail: list[Any], steps: list[str]) -> Iterator[list[Any]]:
    if not steps:
        yield trail
        return
    for element in every([trail[-1]], steps[0].split(".")):
        yield from trails([*trail, element], steps[1:])


def every(found: list[Any], path: list[str]) -> list[Any]:
    """Return all elements at a path, through lists."""
    for name in path:
        inner = [value.get(name) for value in found if isinstance(value, dict)]
        found = [one for value in inner for one in (value if isinstance(value, list) else [value]) if one is not None]
    return found


def along(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def from_xml(root: ElementTree.Element, expected: Expected) -> Iterator[dict[str, Any]]:
    steps = [step.strip(".") for step in expected.array.removesuffix("[]").split("[]")] if expected.array else []
    for record in root:
        for trail in trails([tree(record)], steps):
            yield {s: low(trail[-1 - s.count("../")], s.replace("../", "")) for s in expected.known}


def tree(element: ElementTree.Element) -> Any:
    """Return an element as JSON would have it, every child a list."""
    if not len(element) and not element.attrib:
        return element.text
    found: dict[str, Any] = dict(element.attrib)
    for child in element:
        found.setdefault(child.tag, []).append(tree(child))
    if element.text and element.text.strip():
        found["value" if "value" not in found else "text"] = found["text"] = element.text
    return Repeated(found)


class Repeated(dict[str, Any]):
    """An element: what is there once is that, unless it is looked for as a list."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name, super().get(spelt(name), default))


@functools.cache
def spelt(name: str, sign: str = "_") -> str:
    return re.sub(r"[^\w]+|_+", sign, name.lower()).strip("_")


def low(value: Any, path: str) -> Any:
    for name in path.split("."):
        while isinstance(value, list):
            value = value[0]
        value = value.get(name) if isinstance(value, Mapping) else None
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def from_sheet(body: bytes, expected: Expected) -> Iterator[dict[str, Any]]:
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    head, *rows = [["".join(cell.itertext()) for cell in row] for row in sheet.iter() if row.tag.endswith("}row")]
    for row in rows:
        yield dict(zip(head, row, strict=True))


# -- the same ----------------------------------------------------------------------------------------------------------


def is_same(kind: str, raw: Any, value: Any) -> bool:
    """Tell whether a value is what a document's text or JSON value says."""
    if raw is None or raw == "":
        return value is None or value == raw
    if kind == "JSON":
        return value is not None and bool(json.loads(value))  # the same in XML but for its lists of one
    if kind == "BOOLEAN":
        return bool(value) == (str(raw).lower() in ("true", "yes", "y", "1"))
    if kind in ("BIGINT", "DOUBLE", "DECIMAL(18,4)"):
        text = str(raw).replace(",", ".").rstrip("%")
        return value is not None and abs(Decimal(str(value)) - Decimal(text)) <= Decimal("1e-9")
    if kind == "DATE":
        return str(raw)[:10] == str(value) if re.match(r"\d{4}-", str(raw)) else value is not None
    if kind == "TIMESTAMP WITH TIME ZONE":
        iso = re.fullmatch(r"\d{4}-\d\d-\d\dT.*", str(raw))
        return bool(value == datetime.fromisoformat(str(raw)) if iso else value is not None)
    return bool(value == raw if isinstance(raw, bytes) else value == text_of(raw))


def text_of(raw: Any) -> str:
    return raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize("form", FORMS)
def test_values(form: str) -> None:
    """Each value is the document's, whether or not its answer says in which letters it is written."""
    compared = 0
    for name, market in ACCOUNTS.items():
        if (found := made(form, name)) is None:
            continue
        for array in arrays(form):
            expected = described(form, array, market)
            if not expected.columns:
                return  # nobody knows them; they are discovered below
            rows, warnings, new = read(found, expected, True)
            assert (rows, warnings, new) == read(found, expected, False)
            for row, raw in zip(rows, naive(found, expected), strict=True):
                for column in expected.columns:
                    given = raw.get(column.source)
                    assert is_same(column.type.name, given, row[column.name]), (column, given, row[column.name])
                    compared += 1
            assert not warnings
            assert new == ()
    assert compared or form in EMPTY


@pytest.mark.parametrize("form", FORMS)
def test_headers(form: str) -> None:
    """What is not known is discovered, and rows can be read by what was discovered."""
    for name, market in ACCOUNTS.items():
        found = made(form, name)
        if found is None:
            continue
        kind = form.removesuffix("(vendor)")
        bare = Expected(kind, report_types()[kind].format, (), country=market)
        discovered = documents.header(download(found, True), bare)
        assert discovered
        for one in discovered:
            assert one.names
            again(found, one, bare)


def again(found: Document, one: Found, bare: Expected) -> None:
    columns = tuple(Wanted(n, n, BLOB if n == "content" else VARCHAR) for n in one.names)
    expected = Expected(bare.report_type, bare.format, columns, one.array, known=one.names)
    rows, warnings, new = read(found, expected, True)
    assert rows or not one.names
    assert any(v is not None for v in rows[0].values())
    assert not warnings
    assert new == ()
