"""Charsets of documents: what is told, what the bytes say, and that no letter is lost."""

from __future__ import annotations

import codecs
import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from amzsql.errors import DataError

from .reading import Told, read

GERMAN, JAPANESE, NARROW = "Käsereibe für Ärzte – 5 €", "収納ボックス テスト", "ﾃｽﾄ"


def tsv(text: str, charset: str, label: str = "", country: str = "", size: int = 7) -> Told:
    media_type = f"text/plain; charset={label}" if label else "text/plain"
    return read(f"a\tb\n{text}\t1\n".encode(charset), "TSV", ["a", "b"], media_type, country=country, size=size)


@pytest.mark.parametrize(
    ("text", "charset", "label", "country"),
    [
        (GERMAN, "cp1252", "windows-1252", "DE"),
        (GERMAN, "cp1252", "Cp1252", "FR"),
        (GERMAN, "cp1252", "ISO-8859-1", "DE"),
        (GERMAN, "cp1252", "", "DE"),
        (GERMAN, "cp1252", "", "US"),
        (GERMAN, "utf-8", "UTF-8", "DE"),
        (GERMAN, "utf-8", "", "DE"),
        (GERMAN, "utf-8-sig", "", "DE"),
        (GERMAN, "utf-8-sig", "utf-8", "JP"),
        (GERMAN, "utf-16", "", "DE"),
        (GERMAN, "utf-16-le", "UTF-16LE", "DE"),
        (JAPANESE, "cp932", "Shift_JIS", "JP"),
        (JAPANESE, "cp932", "windows-31j", "JP"),
        (JAPANESE, "cp932", "", "JP"),
        (JAPANESE, "utf-8", "", "JP"),
        (JAPANESE, "utf-8-sig", "utf-8", "JP"),
        (JAPANESE, "euc-jp", "EUC-JP", "JP"),
        (NARROW, "cp932", "Shift_JIS", "JP"),
        ("plain", "ascii", "Shift_JIS", "US"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_read_as_told(text: str, charset: str, label: str, country: str, size: int) -> None:
    told = tsv(text, charset, label, country, size=size)
    assert told.rows == [{"a": text, "b": "1"}]
    assert not told.warnings


@pytest.mark.parametrize(
    ("text", "charset", "label", "country", "read_as"),
    [
        (GERMAN, "cp1252", "UTF-8", "DE", "cp1252"),
        (GERMAN, "utf-8", "windows-1252", "DE", "utf-8"),
        (GERMAN, "utf-8", "ISO-8859-1", "US", "utf-8"),
        (GERMAN, "cp1252", "Shift_JIS", "DE", "cp1252"),
        (GERMAN, "utf-8-sig", "windows-1252", "DE", "utf-8"),
        (JAPANESE, "cp932", "UTF-8", "JP", "cp932"),
        (JAPANESE, "cp932", "windows-1252", "JP", "cp932"),
        (JAPANESE, "cp932", "ISO-8859-1", "JP", "cp932"),
        (JAPANESE, "utf-8", "Shift_JIS", "JP", "utf-8"),
        (JAPANESE, "utf-8", "windows-1252", "JP", "utf-8"),
    ],
)
def test_a_wrong_label_is_noticed(text: str, charset: str, label: str, country: str, read_as: str) -> None:
    told = tsv(text, charset, label, country)
    assert told.rows == [{"a": text, "b": "1"}]
    assert told.reader.charset == read_as
    if not charset.endswith("-sig"):
        assert len(told.warnings) == 1
        assert f"it was read as {read_as}" in told.warnings[0]


def test_an_unknown_label_is_said() -> None:
    told = tsv(GERMAN, "utf-8", "x-amazon", "DE")
    assert told.column("a") == [GERMAN]
    assert "'x-amazon'" in told.warnings[0]


def test_what_no_charset_reads_names_line_and_column() -> None:
    body = b"a\tb\nx\t1\ny\tz\x81\xff\n"
    with pytest.raises(DataError, match=r"GET_REPORT, line 3, column 2: the bytes 81 are no text in cp1252"):
        read(body, "TSV", ["a", "b"], "text/plain; charset=cp1252", country="DE")


def test_a_text_that_changes_its_charset_names_line_and_column() -> None:
    rows = [f"{GERMAN}\t{n}\n".encode() for n in range(30_000)]
    rows[25_000] = f"1\t{GERMAN}\n".encode("cp1252")
    body = b"a\tb\n" + b"".join(rows)
    with pytest.raises(DataError, match=r"line 25,002, column 2: the bytes E4 are no text in utf-8"):
        read(body, "TSV", ["a", "b"], country="DE", size=50_000)


def test_ascii_for_long_then_letters() -> None:
    body = b"a\tb\n" + b"plain\t1\n" * 200_000 + f"{GERMAN}\t2\n".encode("cp1252")
    told = read(body, "TSV", ["a", "b"], country="DE", size=60_000)
    assert len(told.rows) == 200_001
    assert told.rows[-1] == {"a": GERMAN, "b": "2"}
    assert told.reader.charset == "cp1252"


def test_localized_headers_tell_the_charset() -> None:
    told = read(
        "Größe\tb\nx\t1\n".encode("cp1252"), "TSV", ["size"], country="DE",
        known=("size", "b"), words={"de": {"size": "Größe"}},
    )  # fmt: skip
    assert told.rows == [{"size": "x"}]


@settings(deadline=None)
@given(st.text(max_size=30), st.sampled_from(["cp1252", "cp932", "utf-8", "utf-8-sig", "utf-16", "cp1250"]))
def test_no_letter_is_lost(text: str, charset: str) -> None:
    try:
        body = text.encode(charset)
    except UnicodeEncodeError:
        assume(False)
    # Arrow has no other text than UTF-8, so that half of a pair is none; breaks end cells.
    assume(not set(text) & set("\t\n\r\0\ufeff"))
    assume(body.decode(charset) == text)
    wide = charset == "utf-16"
    sent = f"a\tb\n{text}\té\n".encode(charset) if charset != "cp932" else f"a\tb\n{text}\tテスト\n".encode(charset)
    country = {"cp932": "JP", "cp1250": "PL"}.get(charset, "DE")
    label = "" if wide else charset.removesuffix("-sig")
    told = read(sent, "TSV", ["a", "b"], f"text/plain; charset={label}" if label else "", country=country)
    if told.reader.charset in (charset, "utf-8", "utf-16-le") and (charset.startswith("utf") or not told.warnings):
        assert told.rows[0]["a"] == (text or None)
    else:
        assert told.warnings


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("size", [1, 1000])
def test_json_and_xml_too(charset: str, size: int) -> None:
    rows = json.dumps({"rows": [{"a": GERMAN}]}, ensure_ascii=False)
    assert read(rows.encode(charset), "JSON", ["a"], array="rows", country="DE", size=size).rows == [{"a": GERMAN}]
    xml = f"<x><r><a>{GERMAN}</a></r></x>"
    assert read(xml.encode(charset), "XML", ["a"], country="DE", size=size).rows == [{"a": GERMAN}]


def test_json_that_is_no_text_names_the_line() -> None:
    body = b'{"rows":[\n{"a":"x"},\n{"a":"' + codecs.BOM_UTF8 + b"\x81" + b'"}]}'
    with pytest.raises(DataError, match="line 3: the bytes 81 are no text"):
        read(body, "JSON", ["a"], array="rows")
