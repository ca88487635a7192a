"""Documents are ordered together, read one after the other, and only as far as somebody wants their rows."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pytest
from reporting import Desk, desk

from amzsql import spapi
from amzsql.clock import Event
from amzsql.errors import DataError
from amzsql.execute.context import Context
from amzsql.execute.document_run import DocumentRun
from amzsql.execute.pages import Page
from amzsql.execute.scan import Reader
from amzsql.plan.nodes import Documents, FetchPlan, Partition

OPERATION = spapi.operation("reports_2021-06-30.createReport")


@dataclass
class Paper:
    """A document of so many batches, each of one row with a number."""

    name: int
    batches: int
    made: float = 0.0

    @property
    def told(self) -> Mapping[str, Any]:
        return {"name": self.name}


@dataclass
class Shelf:
    """Documents by their partition, each there after some seconds; what was done with them is noted."""

    papers: dict[int, list[Paper]]
    seconds: dict[int, float] = field(default_factory=dict)
    broken: int | None = None
    begun: list[int] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    pulled: list[tuple[int, int]] = field(default_factory=list)
    open: list[int] = field(default_factory=list)
    most_open: int = 0

    def __call__(self, context: Context, stop: Event) -> Shelf:
        self._context, self._stop = context, stop
        return self

    def begin(self, orders: Sequence[Mapping[str, Any]]) -> None:
        self.begun += [o["n"] for o in orders]

    def documents(self, order: Mapping[str, Any]) -> list[Paper]:
        clock = self._context.clock
        self.asked.append(order["n"])
        clock.wait(clock.now() + self.seconds.get(order["n"], 0.0), self._stop)
        return self.papers[order["n"]]

    def read(self, document: Paper) -> Generator[pa.RecordBatch]:
        self.open.append(document.name)
        self.most_open = max(self.most_open, len(self.open))
        try:
            for number in range(document.batches):
                self.pulled.append((document.name, number))
                if self.broken == number:
                    raise DataError("line 7 is no row")
                yield pa.RecordBatch.from_pydict({"Number": [document.name * 100 + number]})
        finally:
            self.open.remove(document.name)


def run(shelf: Shelf, *, readers: int = 1, wanted: int | None = None, **limits: Any) -> tuple[DocumentRun, Desk]:
    parts = tuple(Partition((("n", n),)) for n in shelf.papers)
    plan = FetchPlan(0, OPERATION, parts, (0,), wanted=wanted, page_rows=1, documents=Documents("GET_X", "order"))
    found = desk()
    context = found.context()
    for name, value in limits.items():
        setattr(context, name, value)
    return DocumentRun(plan, context, readers, shelf), found


def numbers(reader: Reader) -> list[int]:
    """Return the numbers of the rows that are left."""
    found: list[int] = []
    while (page := reader.next()) is not None:
        found += number_of(page)
    return found


def number_of(page: Page | None) -> list[int]:
    assert page is not None
    assert page.batch is not None
    return list(page.batch.column("Number").to_pylist())


def test_documents_are_waited_for_side_by_side_and_read_one_at_a_time() -> None:
    shelf = Shelf({n: [Paper(n, 3)] for n in range(20)}, seconds=dict.fromkeys(range(20), 100.0))
    fetch, found = run(shelf)
    with found.clock.actor():
        began = found.clock.now()
        fetch.start()
        assert sorted(numbers(fetch.readers[0])) == sorted(n * 100 + m for n in range(20) for m in range(3))
        # Fifteen wait together, then the others.
        assert found.clock.now() - began == pytest.approx(200.0, abs=1.0)
    assert shelf.begun == list(range(20))
    assert shelf.most_open == 1
    assert fetch.complete
    assert fetch.rows == 60


def test_a_page_carries_what_its_document_tells() -> None:
    fetch, found = run(Shelf({3: [Paper(3, 1, made=17.0)]}))
    with found.clock.actor():
        fetch.start()
        page = fetch.readers[0].next()
        assert page is not None
        assert (page.parameters, page.operation, page.as_of) == ({"n": 3, "name": 3}, "GET_X", 17.0)
        assert fetch.readers[0].next() is None


def test_no_batch_is_pulled_that_nobody_wants() -> None:
    shelf = Shelf({0: [Paper(0, 50)], 1: [Paper(1, 50)]})
    fetch, found = run(shelf)
    with found.clock.actor():
        fetch.start()
        reader = fetch.readers[0]
        reader.first()
        found.clock.wait(found.clock.now() + 10.0)
        assert len(shelf.pulled) == 1
        reader.next()
        reader.next()
        found.clock.wait(found.clock.now() + 10.0)
        assert len(shelf.pulled) == 3
        reader.close()
        fetch.join()
    assert shelf.open == []
    assert len(shelf.pulled) == 3


def test_where_few_rows_are_enough_the_others_are_not_even_ordered() -> None:
    shelf = Shelf({n: [Paper(n, 2)] for n in range(4)})
    fetch, found = run(shelf, wanted=2)
    with found.clock.actor():
        fetch.start()
        assert [number_of(fetch.readers[0].next()) for _ in range(2)] == [[0], [1]]
        fetch.readers[0].close()
        fetch.join()
    assert (shelf.begun, shelf.asked) == ([], [0])


def test_partitions_without_documents_and_documents_without_rows_are_passed() -> None:
    papers: dict[int, list[Paper]] = {n: [] for n in range(6)}
    papers[2] = [Paper(2, 0), Paper(3, 0), Paper(4, 1)]
    papers[5] = [Paper(5, 0), Paper(6, 2)]
    fetch, found = run(Shelf(papers))
    with found.clock.actor():
        fetch.start()
        assert sorted(numbers(fetch.readers[0])) == [400, 600, 601]


@pytest.mark.parametrize("spool", [1, 1 << 20])
def test_several_readers_have_all_rows_in_memory_or_in_a_file(spool: int) -> None:
    shelf = Shelf({n: [Paper(n, 30)] for n in range(3)})
    fetch, found = run(shelf, readers=2, spool_bytes=spool)
    with found.clock.actor():
        fetch.start()
        one = numbers(fetch.readers[0])
        assert len(one) == 90
        assert numbers(fetch.readers[1]) == one
    assert len(shelf.pulled) == 90


def test_an_error_is_raised_where_the_rows_are_read() -> None:
    shelf = Shelf({n: [Paper(n, 5)] for n in range(3)}, broken=2)
    fetch, found = run(shelf)
    with found.clock.actor():
        fetch.start()
        with pytest.raises(DataError, match="line 7"):
            numbers(fetch.readers[0])
        fetch.join()
    assert shelf.open == []
    assert not fetch.complete


def test_a_fetch_that_is_stopped_while_it_waits_ends() -> None:
    shelf = Shelf({n: [Paper(n, 5)] for n in range(3)}, seconds=dict.fromkeys(range(3), 1000000.0))
    fetch, found = run(shelf)
    with found.clock.actor():
        began = found.clock.now()
        fetch.start()
        found.clock.wait(began + 5.0)
        fetch.readers[0].close()
        fetch.join()
        assert found.clock.now() - began < 6.0
    assert shelf.pulled == []
