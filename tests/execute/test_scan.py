"""Pages wait for slow readers in bounded memory, come once for each reader, and are asked for when somebody reads."""

from __future__ import annotations

import random

import pytest

from amzsql.errors import OperationalError
from amzsql.execute.pages import Page, Pages
from amzsql.execute.rows import Seen


def page(number: int, size: int = 100) -> Page:
    return Page(bytes([number % 256]) * size, {}, number, "test.read", 0.0)


def test_a_body_is_kept_once_and_freed_after_its_last_reader() -> None:
    pages = Pages(3)
    for number in range(4):
        pages.append(page(number))
    assert pages.in_memory == 400
    for reader in (0, 1):
        assert [pages.take(reader).partition for _ in range(4)] == [0, 1, 2, 3]
    assert pages.in_memory == 400
    pages.take(2)
    assert (pages.in_memory, pages.waiting(2), pages.waiting(0)) == (300, 3, 0)
    pages.drop(2)
    assert pages.in_memory == 0


def test_beyond_the_limit_bodies_go_to_a_file_and_come_back_in_order() -> None:
    pages = Pages(2, limit_bytes=1000)
    for number in range(500):
        pages.append(page(number))
        assert pages.in_memory <= 1000
        pages.take(0)
    assert pages.in_file == 49_000
    for number in range(500):
        taken = pages.take(1)
        assert (taken.partition, taken.body) == (number, bytes([number % 256]) * 100)
    assert (pages.in_memory, pages.in_file, pages.waiting(1)) == (0, 0, 0)
    assert pages._file is None


def test_a_page_larger_than_the_limit_is_kept_alone() -> None:
    pages = Pages(1, limit_bytes=10)
    pages.append(page(1, 50))
    pages.append(page(2, 50))
    assert (pages.in_memory, pages.in_file) == (50, 50)
    assert [len(pages.take(0).body or b"") for _ in range(2)] == [50, 50]


def test_readers_at_random_places_read_all() -> None:
    chance = random.Random(5)
    pages, found = Pages(4, limit_bytes=700), [[], [], [], []]
    for number in range(300):
        pages.append(page(number, chance.choice([0, 30, 250])))
        reader = chance.randrange(4)
        while pages.waiting(reader) and chance.random() < 0.8:
            found[reader].append(pages.take(reader).partition)
    for reader in range(4):
        while pages.waiting(reader):
            found[reader].append(pages.take(reader).partition)
    assert found == [list(range(300))] * 4
    assert (pages.in_memory, pages.in_file) == (0, 0)


def test_nothing_is_kept_for_nobody() -> None:
    pages = Pages(1)
    pages.close()
    pages.append(page(1))
    assert pages.in_memory == 0


def test_a_full_disk_is_an_operational_error() -> None:
    resource = pytest.importorskip("resource", reason="no limit of file sizes here")
    signal = pytest.importorskip("signal")
    pages, before = Pages(1, limit_bytes=1), resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (150, before[1]))
    try:
        pages.append(page(1))
        pages.append(page(2))
        with pytest.raises(OperationalError, match="temporary folder"):
            pages.append(page(3))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_seen_remembers_the_last_keys() -> None:
    told: list[str] = []
    seen = Seen("Orders", told.append, keys=3)
    assert seen.fresh([("a",), ("b",)]) is None
    assert seen.fresh([("b",), ("c",), ("c",), (None,), (None,)]) == [1, 3, 4]
    assert seen.fresh([("d",), ("e",)]) is None
    assert seen.fresh([("a",)]) is None
    assert seen.fresh([("e",)]) == []
    assert len(told) == 2
    assert "Orders: Amazon gave rows again" in told[0]
