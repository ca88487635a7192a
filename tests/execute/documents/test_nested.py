"""JSON, XML and workbooks: rows of arrays at any depth, found in any pieces; what is cut short or hostile."""

from __future__ import annotations

import io
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amzsql.errors import DataError, OperationalError
from amzsql.execute import documents
from amzsql.execute.documents import Found, Wanted
from amzsql.transport.download import Download
from amzsql.types import BIGINT, BLOB, BOOLEAN, DATE, JSON, MONEY, TIMESTAMP, VARCHAR

from .reading import expected, pieces, read

REPORT = {
    "reportSpecification": {"reportType": "T", "marketplaceIds": ["A"], "note": "]}\\\""},
    "salesByDate": [{"date": f"2026-01-0{n}", "sales": {"units": n}} for n in (1, 2)],
    "salesByAsin": [
        {"asin": "A1", "sales": {"amount": 12.5, "units": 3}, "flag": True, "tags": ["x", {"y": 1}],
         "parts": [{"name": "p", "n": 1}, {"name": "q", "n": None}]},
        {"asin": "Ä \"[2]\" \\", "sales": None, "parts": []},
        {"asin": "A3", "sales": {"amount": "7.1234"}},
    ],
    "after": {"x": [1, 2]},
}  # fmt: skip
BODY = json.dumps(REPORT, ensure_ascii=False).encode()
ASINS = {"asin": VARCHAR, "sales.amount": MONEY, "sales.units": BIGINT, "flag": BOOLEAN, "tags": JSON}


# -- JSON --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 17, 10_000])
@pytest.mark.parametrize("array", ["salesByAsin", "salesByAsin[]"])
@pytest.mark.parametrize("body", [BODY, json.dumps(REPORT, indent=3).encode()])
def test_rows_of_an_array(size: int, array: str, body: bytes) -> None:
    told = read(body, "JSON", ASINS, array=array, size=size)
    assert told.column("asin") == ["A1", 'Ä "[2]" \\', "A3"]
    assert told.column("sales.amount") == [Decimal("12.5"), None, Decimal("7.1234")]
    assert told.column("sales.units") == [3, None, None]
    assert told.column("flag") == [True, None, None]
    assert json.loads(told.column("tags")[0]) == ["x", {"y": 1}]
    assert told.warnings == []


def test_arrays_within_rows() -> None:
    columns = {"name": VARCHAR, "n": BIGINT, "../asin": VARCHAR}
    assert read(BODY, "JSON", columns, array="salesByAsin[].parts[]").rows == [
        {"name": "p", "n": 1, "../asin": "A1"}, {"name": "q", "n": None, "../asin": "A1"}
    ]  # fmt: skip


def test_the_first_array_of_objects_and_a_document_that_is_one() -> None:
    assert read(BODY, "JSON", {"date": DATE}).column("date")[0].day == 1
    assert read(b' [{"a":"1"},{"a":"2"}]\n', "JSON", ["a"], size=1).column("a") == ["1", "2"]
    assert read(b'{"a":"1"}\n\n{"a":"\xc3\xa4"}', "JSONL", ["a"], size=1).column("a") == ["1", "ä"]


def test_an_array_that_is_not_there_or_empty() -> None:
    told = read(BODY, "JSON", ["a"], array="salesByWeek")
    assert told.rows == []
    assert "has no array salesByWeek, but" in told.warnings[0]
    assert read(b'{"rows": [ ]}', "JSON", ["a"], array="rows").rows == []


def test_new_paths() -> None:
    known = ("asin", "sales.amount", "sales.units", "parts[]")
    told = read(BODY, "JSON", {"asin": VARCHAR}, array="salesByAsin", known=known, more="_More")
    assert json.loads(told.column("_More")[0]) == {"flag": True, "tags": ["x", {"y": 1}]}
    assert told.column("_More")[1:] == [None, None]
    assert told.reader.new == ("flag", "tags")
    assert read(BODY, "JSON", {"asin": VARCHAR}, array="salesByAsin", known=known).reader.new == ("flag", "tags")


def test_headers_of_arrays() -> None:
    assert documents.header(Download("", "", pieces(BODY)), expected("JSON", ())) == (
        Found("salesByDate[]", ("date", "sales.units")),
        Found("salesByAsin[]", ("asin", "sales.amount", "sales.units", "flag", "tags", "parts", "sales")),
    )


def test_a_table_that_is_json_is_read_as_json() -> None:
    assert read(b'{"recommendations":[{"asin":"A"}]}', "CSV", ["asin"]).rows == [{"asin": "A"}]


@settings(deadline=None)
@given(st.integers(0, len(BODY) - 1), st.integers(1, 200))
def test_cut_short_anywhere(length: int, size: int) -> None:
    with pytest.raises((OperationalError, DataError)) as caught:
        read(BODY[:length], "JSON", ASINS, array="salesByAsin", size=size)
    assert "GET_REPORT" in str(caught.value)


@pytest.mark.parametrize(
    "body", [b"<html>no</html>", b'{"rows":[{"a":1}], oops}', b'{"rows":[{"a":x}]}', b'{"rows":[{"a":1}{"a":2}]}', b"7"]
)
def test_no_json(body: bytes) -> None:
    with pytest.raises((DataError, OperationalError), match="GET_REPORT"):
        read(body, "JSON", {"a": BIGINT}, array="rows")


def test_a_misfit_names_its_row() -> None:
    rows = [{"n": n} for n in range(30_000)]
    rows[20_000] = {"n": "many"}  # type: ignore[dict-item]
    body = json.dumps({"rows": rows}).encode()
    with pytest.raises(DataError, match="GET_REPORT, row 20,001, column n: Amazon's value 'many' does not fit BIGINT"):
        read(body, "JSON", {"n": BIGINT}, array="rows", size=10_000)


def test_values_spelt_otherwise() -> None:
    body = json.dumps({"rows": [{"n": "1,000", "m": "2,5", "d": "02.01.2026", "t": "2026-01-02"}, {"m": 0.1 + 0.2}]})
    told = read(body.encode(), "JSON", {"n": BIGINT, "m": MONEY, "d": DATE, "t": TIMESTAMP}, array="rows", country="GB")
    assert told.column("n") == [1000, None]
    assert told.column("m") == [Decimal("2.5"), Decimal("0.3")]
    assert told.column("d")[0].isoformat() == "2026-01-02"


def test_limit_stops_reading() -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        yield b'{"rows":[{"n":0}'
        for number in itertools.count(1):
            taken += 1
            yield b',{"n":%d}' % number * 1000

    reader = documents.read(Download("", "", endless()), expected("JSON", {"n": BIGINT}, array="rows"))
    next(iter(reader))
    reader.close()
    assert taken < 100


NAMES = st.sampled_from(["a", "b", "\\", '"]'])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "\\", '"]']), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.fixed_dictionaries({"v": VALUES}), max_size=6), VALUES, st.integers(1, 40), st.booleans())
def test_any_json_in_any_pieces(rows: list[Any], before: Any, size: int, ascii_: bool) -> None:
    body = json.dumps({"before": before, "rows": rows, "after": before}, ensure_ascii=ascii_).encode()
    told = read(body, "JSON", {"v": JSON}, array="rows", size=size)
    assert [None if v is None else json.loads(v) for v in told.column("v")] == [row["v"] for row in rows]


# -- XML ---------------------------------------------------------------------------------------------------------------

ORDERS = b"""<?xml version="1.0" encoding="UTF-8"?>
<AmazonEnvelope xmlns:x="y"><Header><DocumentVersion>1.0</DocumentVersion></Header>
<Message><Order><AmazonOrderID>1</AmazonOrderID>
 <OrderItem><SKU>a&amp;b</SKU><Quantity>2</Quantity><ItemPrice>
  <Component><Type>Principal</Type><Amount currency="USD">5.00</Amount></Component>
  <Component><Type>Tax</Type><Amount currency="USD">1.00</Amount></Component></ItemPrice></OrderItem>
 <OrderItem><SKU><![CDATA[<c>]]></SKU><Quantity/></OrderItem><IsNew>yes</IsNew></Order></Message>
<Message><Order><AmazonOrderID>2</AmazonOrderID></Order></Message></AmazonEnvelope>"""
KNOWN = ("AmazonOrderID", "OrderItem")


@pytest.mark.parametrize("size", [1, 10, 5000])
def test_records_and_their_repeated_elements(size: int) -> None:
    told = read(ORDERS, "XML", {"AmazonOrderID": BIGINT, "OrderItem": JSON}, known=KNOWN, size=size, more="_More")
    assert told.column("AmazonOrderID") == [1, 2]
    assert [item["SKU"] for item in json.loads(told.column("OrderItem")[0])] == ["a&b", "<c>"]
    assert told.column("_More") == ['{"IsNew":"yes"}', None]
    assert told.reader.new == ("IsNew",)
    items = {"SKU": VARCHAR, "Quantity": BIGINT, "../AmazonOrderID": VARCHAR, "ItemPrice.Component": JSON}
    told = read(ORDERS, "XML", items, array="OrderItem[]", size=size)
    assert told.column("SKU") == ["a&b", "<c>"]
    assert told.column("Quantity") == [2, None]
    assert told.column("../AmazonOrderID") == ["1", "1"]
    assert json.loads(told.column("ItemPrice.Component")[0])[1] == {
        "Type": "Tax", "Amount": {"currency": "USD", "value": "1.00"}
    }  # fmt: skip
    parts = {"Type": VARCHAR, "Amount.value": MONEY, "Amount.currency": VARCHAR, "../SKU": VARCHAR,
             "../../AmazonOrderID": VARCHAR}  # fmt: skip
    assert read(ORDERS, "XML", parts, array="OrderItem[].ItemPrice.Component[]", size=size).rows[1] == {
        "Type": "Tax", "Amount.value": Decimal("1.00"), "Amount.currency": "USD", "../SKU": "a&b",
        "../../AmazonOrderID": "1",
    }  # fmt: skip


def test_names_are_compared_by_their_letters() -> None:
    body = b"<rows><row><return_request_id>7</return_request_id></row></rows>"
    assert read(body, "XML", ["Return request ID"]).rows == [{"Return request ID": "7"}]


def test_headers_of_xml() -> None:
    body = b"<x><r><a>1</a><b c='2'>3</b></r><r><d/></r></x>"
    found = documents.header(Download("", "", pieces(body)), expected("XML", ()))
    assert found == (Found("", ("a", "b.c", "b.value", "d")),)
    found = documents.header(Download("", "", pieces(ORDERS)), expected("XML", (), known=KNOWN))
    assert found == (Found("", ("AmazonOrderID", "OrderItem", "IsNew")),)


@pytest.mark.parametrize(
    "start",
    [
        b'<!DOCTYPE r [<!ENTITY a "bbbb"><!ENTITY c "&a;&a;&a;">]>',
        b'<!DOCTYPE r SYSTEM "file:///etc/passwd">',
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entities_are_refused(start: bytes) -> None:
    with pytest.raises(DataError, match="line 1: the document declares a type or entities"):
        read(start + b"<x><r><a>&x;</a></r></x>", "XML", ["a"])


def test_depth_and_size_are_limited() -> None:
    with pytest.raises(DataError, match="nested more than"):
        read(b"<x>" + b"<r>" * 1000, "XML", ["a"], size=1000)
    endless = itertools.chain([b"<x><r><a>"], itertools.repeat(b"y" * 1_000_000))
    with pytest.raises(DataError, match="one record is larger than"):
        list(documents.read(Download("", "", endless), expected("XML", ["a"])))


@settings(deadline=None)
@given(st.integers(1, len(ORDERS) - 1))
def test_xml_cut_short_anywhere(length: int) -> None:
    with pytest.raises(OperationalError, match="GET_REPORT: the document ends in the middle"):
        read(ORDERS[:length], "XML", ["AmazonOrderID"], known=KNOWN, size=100)


def test_no_xml_names_the_line() -> None:
    with pytest.raises(DataError, match="line 2: the document is not the XML"):
        read(b"<x>\n<r></q></x>", "XML", ["a"])
    with pytest.raises(DataError, match="line 3, column n: Amazon's value 'y' does not fit BIGINT"):
        read(b"<x>\n<r><n>1</n></r>\n<r><n>y</n></r></x>", "XML", {"n": BIGINT})


# -- workbooks and whole files -----------------------------------------------------------------------------------------


def workbook(*lines: list[object]) -> bytes:
    openpyxl = pytest.importorskip("openpyxl", reason="the extra xlsx is not installed")
    book, packed = openpyxl.Workbook(), io.BytesIO()
    for line in lines:
        book.active.append(line)
    book.save(packed)
    return packed.getvalue()


def test_a_workbook() -> None:
    body = workbook(["SKU", "Preis", "Neu"], ["a", 12.5, None], [], ["b", "1,5", "x"], ["c", None, None])
    details: dict[str, Any] = {"known": ("SKU", "price"), "words": {"de": {"price": "Preis"}}}
    told = read(body, "XLSX", {"SKU": VARCHAR, "price": MONEY}, country="DE", more="_More", **details)
    assert told.column("SKU") == ["a", "b", "c"]
    assert told.column("price") == [Decimal("12.5"), Decimal("1.5"), None]
    assert told.column("_More") == [None, '{"Neu":"x"}', None]
    assert documents.header(Download("", "", pieces(body)), expected("XLSX", (), **details)) == (
        Found("", ("SKU", "price", "Neu")),
    )
    with pytest.raises(DataError, match="line 4, column price"):
        read(workbook(["SKU", "price"], ["a", 1], ["b", 2], ["c", "x"]), "XLSX", {"price": MONEY})


def test_a_workbook_cut_short() -> None:
    with pytest.raises(OperationalError, match="the workbook is damaged or ends too early"):
        read(workbook(["a"], [1])[:-100], "XLSX", ["a"])
    with pytest.raises(OperationalError, match="the document is empty"):
        read(workbook(), "XLSX", ["a"])


def test_a_workbook_without_the_extra_says_what_to_install() -> None:
    program = """
import sys
sys.modules["openpyxl"] = None
from amzsql.errors import NotSupportedError
from amzsql.execute import documents
from amzsql.transport.download import Download
try:
    list(documents.read(Download("", "", iter([b"PK"])), documents.Expected("FEE_DISCOUNTS_REPORT", "XLSX", ())))
except NotSupportedError as error:
    print(error)
"""
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert told == "FEE_DISCOUNTS_REPORT is a workbook; to read it, install its extra: pip install amzsql[xlsx]\n"


@pytest.mark.parametrize("form", ["PDF", "ZIP"])
def test_files_in_one_piece(form: str) -> None:
    columns = (Wanted("Name", "name", VARCHAR), Wanted("Content", "content", BLOB))
    described = documents.Expected("FBA_BULK_INVOICE", form, columns, name="amzn1.doc")
    reader = documents.read(Download("", "", pieces(b"%PDF\0\xff" * 3)), described)
    assert [row for batch in reader for row in batch.to_pylist()] == [
        {"Name": f"amzn1.doc.{form.lower()}", "Content": b"%PDF\0\xff" * 3}
    ]
    with pytest.raises(OperationalError, match=f"without a {form} in it"):
        list(documents.read(Download("", "", iter(())), described))
