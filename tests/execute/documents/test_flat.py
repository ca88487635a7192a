"""Flat files: headers in any language, quotes, ragged lines; nothing more is read than is asked for."""

from __future__ import annotations

import csv
import io
import itertools
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amzsql.errors import DataError, OperationalError
from amzsql.execute import documents
from amzsql.execute.documents import Found
from amzsql.transport.download import Download
from amzsql.types import BIGINT, MONEY, VARCHAR

from .reading import expected, pieces, read

NAMES = ("item-name", "price", "quantity", "open-date", "status")
WORDS = {
    "de": {"item-name": "Artikelbezeichnung", "price": "Preis", "quantity": "Menge", "open-date": "Einstelldatum"},
    "es": {"item-name": "Título del producto", "price": "Precio", "quantity": "Cantidad", "status": "Estado"},
    "ja": {"item-name": "商品名", "price": "価格", "quantity": "数量", "open-date": "出品日", "status": "ステータス"},
}


def tsv(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


# -- headers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        ["item-name", "price", "quantity", "open-date", "status"],
        ["Item Name", " PRICE ", "quantity", "open_date", "Status"],
        ["Artikelbezeichnung", "Preis", "Menge", "Einstelldatum", "Status"],
        ["TÍTULO DEL PRODUCTO", "Precio", "Cantidad", "open-date", "Estado"],
        ["商品名", "価格", "数量", "出品日", "ステータス"],
    ],
)
@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [4, 2, 0, 3, 1]])
def test_columns_by_header(head: list[str], order: list[int]) -> None:
    cells = ["n", "1.5", "2", "d", "s"]
    body = tsv("\t".join(head[n] for n in order), "\t".join(cells[n] for n in order))
    told = read(body, "TSV", NAMES, known=NAMES, words=WORDS)
    assert told.rows == [dict(zip(NAMES, cells, strict=True))]
    assert told.reader.new == ()
    assert not told.warnings


def test_a_word_of_two_columns_is_the_one_that_is_not_there_otherwise() -> None:
    words = {"es": {"item-name": "Nombre", "price": "Precio", "status": "Estado", "condition": "Estado"}}
    body = tsv("Nombre\tPrecio\tEstado\tcondition", "n\t1\ts\tc")
    known = ("item-name", "price", "status", "condition")
    assert read(body, "TSV", known, known=known, words=words).rows == [
        {"item-name": "n", "price": "1", "status": "s", "condition": "c"}
    ]


def test_unknown_words_by_place_with_a_warning() -> None:
    told = read(tsv("a\tb\tc\td\te", "n\t1\t2\td\ts"), "TSV", ["price", "status"], known=NAMES)
    assert told.rows == [{"price": "1", "status": "s"}]
    assert "taken by their place" in told.warnings[0]
    silent = read(tsv("a\tb\tc\td\te", "n\t1\t2\td\ts"), "TSV", ["price"], known=NAMES, by_position=True)
    assert (silent.rows, silent.warnings) == ([{"price": "1"}], [])


def test_headers_of_another_document_are_an_error() -> None:
    with pytest.raises(DataError, match="line 1: the document does not begin with the type's headers but with 'a, b'"):
        read(tsv("a\tb", "1\t2"), "TSV", ["price"], known=NAMES)


def test_new_columns() -> None:
    body = tsv("item-name\tprice\tnew one\tquantity\tother", "n\t1\tx\t2\t", "m\t1\t\t2\t", "o\t1\té\t2\ty")
    told = read(body, "TSV", ["price"], known=NAMES, more="_More")
    assert told.column("_More") == ['{"new one":"x"}', None, '{"new one":"é","other":"y"}']
    assert told.reader.new == ("new one", "other")
    assert told.reader.schema.names == ["price", "_More"]
    assert read(body, "TSV", ["price"], known=NAMES).rows == [{"price": "1"}] * 3
    # A new column in the place of a known one is not taken for it, however well the number of columns fits.
    renamed = tsv("item-name\tprice\tquantity\topen-date\tstate", "n\t1\t2\td\ts")
    told = read(renamed, "TSV", ["status"], known=NAMES, more="_More")
    assert told.rows == [{"status": None, "_More": '{"state":"s"}'}]
    assert "has no status" in told.warnings[0]


def test_headers_that_come_twice() -> None:
    assert read(tsv("a\tb\ta", "1\t2\t3"), "TSV", ["a", "a (2)"]).rows == [{"a": "1", "a (2)": "3"}]


def test_the_header_alone() -> None:
    def find(body: bytes, form: str = "TSV", **details: object) -> tuple[Found, ...]:
        return documents.header(Download("", "", pieces(body)), expected(form, (), **details))

    assert find(tsv("Preis\tNeu", "1\t2"), known=("price", "x", "y"), words=WORDS) == (Found("", ("price", "Neu")),)
    assert find(tsv("a\tb\t", "1\t2\t")) == (Found("", ("a", "b")),)
    assert find(b'"a","b, c"\r\n1,2\r\n', "CSV") == (Found("", ("a", "b, c")),)
    assert find(b"") == ()
    assert find(b"%PDF", "PDF") == (Found("", ("name", "content")),)


@pytest.mark.parametrize("form", ["TSV", "CSV", "PDF", "ZIP", "JSON", "XML"])
@pytest.mark.parametrize("packed", [True, False])
def test_a_document_with_nothing_in_it_is_an_error(form: str, packed: bool) -> None:
    with pytest.raises(OperationalError, match="again to download it anew"):
        read(b"", form, ["a"], packed=packed)


@pytest.mark.parametrize("body", [b"\n", b"\r\n\r\n", b"\xef\xbb\xbf", b" \n"])
def test_blank_lines_are_no_headers(body: bytes) -> None:
    with pytest.raises(OperationalError, match=r"GET_REPORT: the document is empty, without even a line of headers\."):
        read(body, "TSV", ["a"])


@pytest.mark.parametrize("line", ["A\t1.50\t3\tab\tx", "B0001\t2,5\t2026-11-01\tnew\tx", "1\t2\t3\t4\t5"])
@pytest.mark.parametrize("by_position", [True, False])
def test_values_are_not_taken_for_headers(line: str, by_position: bool) -> None:
    with pytest.raises(DataError, match="line 1: the document does not begin with the type's headers but with '"):
        read(tsv(line), "TSV", ["price"], known=NAMES, by_position=by_position)


@pytest.mark.parametrize("body", [b"a\tb\n", b"a\tb", b"a\tb\r\n\r\n"])
def test_no_rows(body: bytes) -> None:
    told = read(body, "TSV", {"a": BIGINT, "b": VARCHAR})
    assert told.rows == []
    assert told.reader.schema.names == ["a", "b"]


def test_without_a_column_there_are_rows() -> None:
    batches = list(documents.read(Download("", "", pieces(tsv("a\tb", "1\t2", "3\t4"))), expected("TSV", ())))
    assert sum(batch.num_rows for batch in batches) == 2


@pytest.mark.parametrize(("form", "sign"), [("TSV", ","), ("CSV", "\t")])
def test_tabs_and_commas_are_told_by_the_header(form: str, sign: str) -> None:
    assert read(tsv(f"a{sign}b", f"1{sign}2"), form, ["a", "b"], known=("a", "b")).rows == [{"a": "1", "b": "2"}]


# -- cells -------------------------------------------------------------------------------------------------------------


def test_quotes_of_a_tsv_mean_themselves() -> None:
    cells = ['"', '5" pipe', '"quoted"', '""', 'a"b"c', '"open', 'shut"', "'"]
    body = tsv("a\tb", *(f"{cell}\t{n}" for n, cell in enumerate(cells)))
    assert read(body, "TSV", ["a", "b"]).column("a") == cells


def test_a_tsv_with_quoted_headers_has_quoted_values() -> None:
    body = b'"a"\t"b"\n"x\ty"\t"1"\n"say ""hi"""\t"2"\n"two\nlines"\t"3"\nbare 5" pipe\t4\n""\t"5"\n'
    told = read(body, "TSV", {"a": VARCHAR, "b": BIGINT})
    assert told.column("a") == ["x\ty", 'say "hi"', "two\nlines", 'bare 5" pipe', None]
    assert told.column("b") == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("lines", "line", "column"),
    [
        (['"a","b"', '"x","1"', '"5" pipe","2"', '"y","3"'], 3, "1"),
        (['"a","b"', '"x","1"', '"open,"2"', '"y","3"'], 3, "1"),
        (['"a","b"', '"x","1"', '"y","2'], 3, "2"),
        (['"a","b"', '"x","one\ntwo"', '"y", "2" '], 4, None),
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_unbalanced_quotes(lines: list[str], line: int, column: str | None, size: int) -> None:
    body = "\n".join(lines).encode()
    if column is None:
        assert read(body, "CSV", ["a", "b"], size=size).rows[-1] == {"a": "y", "b": ' "2" '}
        return
    with pytest.raises(DataError, match=rf"GET_REPORT, line {line}, column {column}: a quote is "):
        read(body, "CSV", ["a", "b"], size=size)


def test_a_quote_that_never_closes_is_not_looked_for_forever() -> None:
    def body() -> Iterator[bytes]:
        yield b'"a","b"\n"x","1"\n"open'
        yield from itertools.repeat(b"x" * 1_000_000)

    reader = documents.read(Download("", "", body()), expected("CSV", ["a"]))
    with pytest.raises(DataError, match="line 3, column 1: a quote is never closed"):
        list(reader)


def test_a_line_that_never_ends() -> None:
    reader = documents.read(Download("", "", itertools.repeat(b"x" * 1_000_000)), expected("TSV", ["a"]))
    with pytest.raises(DataError, match="line 1: the first line does not end"):
        list(reader)


@pytest.mark.parametrize(
    ("line", "column"),
    [("1", "a"), ("1\t2", "b"), ("1\t2\t3\t4", "c"), ("1\t2\t3\t\t5", "c"), ("half\nof it\t2\t3", "a")],
)
def test_ragged_lines(line: str, column: str) -> None:
    with pytest.raises(DataError, match=rf"line 3, column {column}: the line has \d cells where 3 belong"):
        read(tsv("a\tb\tc", "1\t2\t3", line, "1\t2\t3"), "TSV", ["a"], known=("a", "b", "c"))


def test_ragged_lines_that_are_whole() -> None:
    body = b"a\tb\tc\r\n1\t2\t3\t\t\r\n\r\n4\t\t\n7\t8\t9"
    assert read(body, "TSV", {"a": BIGINT, "c": VARCHAR}).rows == [
        {"a": 1, "c": "3"}, {"a": 4, "c": None}, {"a": 7, "c": "9"}
    ]  # fmt: skip


def test_a_table_of_one_column_has_empty_lines() -> None:
    assert read(b"a\n1\n\n3\n", "TSV", {"a": BIGINT}).column("a") == [1, None, 3]
    assert read(b'"a"\n"x"\n\nz\n', "TSV", ["a"]).column("a") == ["x", None, "z"]


def test_a_return_alone_in_a_quoted_file() -> None:
    body = b'a,b\nx\r,1\n"y\rz",2\r\n'
    assert read(body, "CSV", ["a", "b"]).rows == [{"a": "x\r", "b": "1"}, {"a": "y\rz", "b": "2"}]


def test_a_return_alone_breaks_no_line() -> None:
    assert read(b"a\tb\nx\ry\t1\nz\t2\n", "TSV", ["a", "b"]).column("a") == ["x\ry", "z"]


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=20), st.integers(1, 60), st.sampled_from(",\t"))
def test_quoted_files_as_python_reads_them(rows: list[tuple[str, str, str]], size: int, sign: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=sign, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([("a", "b", "c"), *rows])
    told = read(text.getvalue().encode(), "CSV", ["a", "b", "c"], "text/csv; charset=utf-8", size=size)
    assert [tuple(row.values()) for row in told.rows] == [tuple(cell or None for cell in row) for row in rows]


BARE = st.text(st.characters(codec="utf-8", exclude_characters="\0\t\n"), max_size=8)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(BARE, BARE), min_size=1, max_size=20), st.integers(1, 60), st.booleans())
def test_bare_files_letter_by_letter(rows: list[tuple[str, str]], size: int, crlf: bool) -> None:
    end = "\r\n" if crlf else "\n"
    body = f"a\tb\tend{end}" + "".join(f"{a}\t{b}\tx{end}" for a, b in rows)
    told = read(body.encode(), "TSV", ["a", "b"], "text/plain; charset=utf-8", size=size)
    assert [(row["a"], row["b"]) for row in told.rows] == [(a or None, b or None) for a, b in rows]


# -- values and places -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [1, 3000, 39_999])
def test_a_misfit_names_its_line(at: int) -> None:
    lines = [f"x\t{n}" for n in range(40_000)]
    lines[at] = "x\tmany"
    body = tsv("a\tquantity", *lines[:10], "", *lines[10:])
    line = at + 2 + (at >= 10)
    message = (
        rf"GET_REPORT, line {line:,}, column quantity: Amazon's value 'many' does not fit BIGINT; leave the column"
    )
    with pytest.raises(DataError, match=message):
        read(body, "TSV", {"quantity": BIGINT}, size=9000)
    assert len(read(body, "TSV", {"a": VARCHAR}, size=9000).rows) == 40_000


def test_a_misfit_in_a_quoted_file_names_its_line() -> None:
    with pytest.raises(DataError, match="line 4, column b"):
        read(b'a,b\n"one\ntwo",1\nx,y\n', "CSV", {"b": MONEY})


def test_a_column_that_changes_its_spelling_is_read_in_order() -> None:
    lines = [f"{n}.50" for n in range(60_000)] + ["1.234,5", "1.234"]
    told = read(tsv("a", *lines), "TSV", {"a": MONEY}, size=40_000, country="DE")
    assert [str(v) for v in told.column("a")[-3:]] == ["59999.5000", "1234.5000", "1234.0000"]


# -- how much is read --------------------------------------------------------------------------------------------------


def test_nothing_more_is_read_than_is_asked_for() -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        yield b"a\tb\n"
        for number in itertools.count():
            taken += 1
            yield b"%09d\tx\n" % number * 1000

    before = threading.active_count()
    reader = documents.read(Download("", "", endless()), expected("TSV", {"a": BIGINT}))
    assert taken == 0
    batches = iter(reader)
    first = next(batches)
    assert first.num_rows > 1000
    assert taken < 50
    second, after_first = next(batches), taken
    assert second.column("a")[0].as_py() == first.column("a")[-1].as_py() + (first.num_rows % 1000 == 0)
    assert after_first < 500
    reader.close()
    reader.close()
    assert threading.active_count() == before
    assert taken == after_first


def test_batches_in_order() -> None:
    body = tsv("n", *map(str, range(400_000)))
    batches = list(documents.read(Download("", "", pieces(body, 65_536)), expected("TSV", {"n": BIGINT})))
    assert len(batches) > 2
    assert [v for batch in batches for v in batch.column("n").to_pylist()] == list(range(400_000))
