"""Packed documents: any number of members in any pieces, cut short, damaged, far larger than they look."""

from __future__ import annotations

import gzip
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amzsql.errors import DataError, OperationalError
from amzsql.execute.documents.unpack import unpacked
from amzsql.transport.download import Caps, Download

from .reading import NO_CAPS, pieces, read

NOISE = random.Random(1).randbytes(300_000)


def unpack(body: bytes, size: int = 1000, caps: Caps = NO_CAPS, compression: str = "GZIP") -> bytes:
    return b"".join(unpacked(Download("", compression, pieces(body, size), caps), "GET_REPORT"))


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=5), st.integers(1, 50), st.integers(0, 40))
def test_members_in_any_pieces(members: list[bytes], size: int, zeros: int) -> None:
    body = b"".join(map(gzip.compress, members)) + bytes(zeros)
    assert unpack(body, size) == b"".join(members)


@pytest.mark.parametrize("compression", ["GZIP", ""])
def test_plain_and_packed_are_told_by_the_bytes(compression: str) -> None:
    assert unpack(b"plain", 1, compression=compression) == b"plain"
    assert unpack(b"p", 1, compression=compression) == b"p"
    assert unpack(b"", 1, compression=compression) == b""
    assert unpack(gzip.compress(b"packed"), 1, compression=compression) == b"packed"


def test_what_unpacks_to_more_than_a_piece_comes_in_pieces() -> None:
    body = gzip.compress(bytes(5_000_000))
    sizes = [len(p) for p in unpacked(Download("", "GZIP", iter([body]), Caps(ratio=None)), "GET_REPORT")]
    assert sum(sizes) == 5_000_000
    assert max(sizes) <= 1 << 20


@settings(deadline=None)
@given(st.integers(2, len(gzip.compress(NOISE)) - 1))
def test_cut_short_anywhere(length: int) -> None:
    with pytest.raises(OperationalError, match=r"GET_REPORT cannot be unpacked: it ends too early"):
        unpack(gzip.compress(NOISE, mtime=0)[:length], 4096)


def test_cut_short_in_the_second_member() -> None:
    first, second = gzip.compress(b"one"), gzip.compress(NOISE)
    for length in (1, 5, len(second) - 1):
        with pytest.raises(OperationalError, match="ends too early"):
            unpack(first + second[:length])


def test_damaged() -> None:
    body = bytearray(gzip.compress(NOISE))
    body[1000] ^= 0xFF
    with pytest.raises(OperationalError, match=r"cannot be unpacked.*Run the statement again"):
        unpack(bytes(body))


def test_something_else_behind_the_end() -> None:
    with pytest.raises(OperationalError, match="something else follows its end"):
        unpack(gzip.compress(b"one") + b"two")


def test_a_bomb_is_not_unpacked() -> None:
    body = gzip.compress(bytes(100 << 20))
    read_on = iter([body[:50_000], body[50_000:]])
    sizes: list[int] = []
    with pytest.raises(DataError, match="GET_REPORT grows more than 200 times"):
        sizes.extend(len(piece) for piece in unpacked(Download("", "GZIP", read_on), "GET_REPORT"))
    assert sum(sizes) < 20 << 20


@pytest.mark.parametrize("packed", [True, False])
def test_larger_than_it_may_be(packed: bool) -> None:
    body = gzip.compress(NOISE) if packed else NOISE
    with pytest.raises(DataError, match="larger"):
        unpack(body, 10_000, Caps(packed=200_000))
    assert unpack(body, 10_000, Caps(packed=len(body))) == NOISE


def test_rows_of_a_packed_document() -> None:
    told = read(b"a\tb\n1\t2\n", "TSV", ["a", "b"], packed=True, size=3)
    assert told.rows == [{"a": "1", "b": "2"}]


def test_a_document_cut_short_gives_an_error_after_its_rows() -> None:
    lines = b"a\tb\n" + b"".join(b"%d\t%d\n" % (n, n * n) for n in range(200_000))
    with pytest.raises(OperationalError, match="ends too early"):
        list_of(gzip.compress(lines)[:-9])


def list_of(body: bytes) -> list[dict[str, str]]:
    return read(body, "TSV", ["a", "b"], size=10_000).rows
