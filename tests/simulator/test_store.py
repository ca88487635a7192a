"""The store: what is done later on the clock, and ids that come in the same order again."""

from __future__ import annotations

from amzsql.simulator.store import Store


def test_what_is_due_is_done_in_the_order_of_time_and_once() -> None:
    store, done = Store("one"), []

    def again() -> None:
        done.append("again")
        store.later(25, lambda: done.append("from again"))

    store.later(30, lambda: done.append("last"))
    store.later(20, again)
    store.later(10, lambda: done.append("first"))
    store.later(10, lambda: done.append("second"))
    store.settle(9)
    assert done == []
    store.settle(10)
    assert done == ["first", "second"]
    # What a deed leaves for later is done in its turn when the clock has gone past it.
    store.settle(30)
    assert done == ["first", "second", "again", "from again", "last"]
    store.settle(100)
    assert len(done) == 5


def test_ids_are_those_of_the_name_and_the_order() -> None:
    def ids(name: str) -> list[str]:
        store = Store(name)
        return [store.text("a"), store.uuid("a"), store.text("b"), str(store.count("c"))]

    assert ids("one") == ids("one")
    assert not set(ids("one")[:3]) & set(ids("two")[:3])
    assert len(set(ids("one"))) == 4
