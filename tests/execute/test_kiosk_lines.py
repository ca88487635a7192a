"""Lines of JSON as pages: wherever the pieces are cut, whole rows in their order; zeros are told from figures."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amzsql.errors import OperationalError
from amzsql.execute.kiosk_run import _FIRST, _PAGE, _Figures, bodies

ROW = {"title": 'Foo: 5 "x"\\', "märke": "ÄÖ", "sales": {"unitsOrdered": 0, "rate": 0.0}, "b2b": None}


def pages(pieces: list[bytes], figures: _Figures | None = None) -> list[list[object]]:
    return [json.loads(body)["rows"] for body in bodies(iter(pieces), figures or _Figures(), "Query 1")]


def document(rows: int, end: bytes = b"\n") -> bytes:
    lines = [json.dumps(ROW | {"n": n}, ensure_ascii=False).encode() for n in range(rows)]
    return b"\n".join(lines) + (end if lines else b"")


@settings(deadline=None)
@given(st.lists(st.integers(1, 400), max_size=30), st.sampled_from([b"\n", b"", b"\r\n", b"\n\n"]))
def test_rows_come_whole_wherever_the_pieces_are_cut(cuts: list[int], end: bytes) -> None:
    text, pieces, at = document(7, end), [], 0
    for cut in cuts:
        pieces.append(text[at : at + cut])
        at += cut
    found = pages([*pieces, text[at:]])
    assert [row for page in found for row in page] == [ROW | {"n": n} for n in range(7)]


def test_pages_are_bounded_and_the_first_comes_soon() -> None:
    text = document(40_000)
    taken = 0

    def pieces() -> Iterator[bytes]:
        nonlocal taken
        for at in range(0, len(text), 10_000):
            taken = at + 10_000
            yield text[at : at + 10_000]

    sizes = []
    for body in bodies(pieces(), _Figures(), "Query 1"):
        if not sizes:
            assert taken < 2 * _FIRST
        sizes.append(len(body))
    assert len(sizes) > 3
    assert max(sizes) < 1.1 * _PAGE


def test_a_mark_at_the_beginning_and_empty_documents_are_no_rows() -> None:
    assert pages([b"\xef\xbb\xbf", document(1)]) == [[ROW | {"n": 0}]]
    assert pages([]) == pages([b""]) == pages([b"\n \n"]) == []


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_document_that_ends_within_a_row_is_an_error(cut: int) -> None:
    with pytest.raises(OperationalError, match="Query 1: the document ends within a row"):
        pages([document(3, b"")[:-cut]])


@pytest.mark.parametrize(
    ("values", "zeros"),
    [
        ([0, 0.0, -0.0], True),
        ([0, 0.05], False),
        ([0, -3], False),
        ([0, "7"], True),
        ([None, "7"], False),
        ([10], False),
    ],
)
def test_zeros_are_told_from_figures_and_texts(values: list[object], zeros: bool) -> None:
    figures = _Figures()
    pages([b"\n".join(json.dumps({"figure": value}).encode() for value in values)], figures)
    assert figures.all_zero is zeros
