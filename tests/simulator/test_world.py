"""The world's short cuts find what a walk over all of its orders finds."""

from __future__ import annotations

import bisect
import itertools

import pytest

from amzsql.simulator.accounts import ACCOUNTS
from amzsql.simulator.world import DAY, Head, World

from .conftest import NOW


class Counting(World):
    """A world that counts how many orders were looked at."""

    looked = 0

    def head(self, index: int) -> Head:
        self.looked += 1
        return super().head(index)


@pytest.mark.parametrize(("seed", "orders"), [(1, 1), (2, 3), (3, 2000), (4, 70_001)])
def test_the_first_order_of_a_moment_is_where_a_walk_finds_it(seed: int, orders: int) -> None:
    world = World(int(NOW), seed=seed, orders=orders)
    created = [world.created(n) for n in range(orders)]
    assert created == sorted(created)
    edges = [world.start, world.end - 301, world.end - 300, world.end, *created[:: max(1, orders // 500)]]
    for at in (a + off for a in edges for off in (-1, -0.5, 0, 0.5, 1)):
        assert world.first_created(at) == bisect.bisect_left(created, at)


def test_what_was_updated_comes_in_order_and_whole() -> None:
    world = World(int(NOW), orders=5000, account=ACCOUNTS[1])
    every = sorted((h.updated, h.number) for h in map(world.head, range(world.orders)))
    for after, before in ((0, NOW), (NOW - 9 * DAY, NOW - 2 * DAY), (NOW - DAY, NOW), (NOW, NOW - DAY)):
        assert list(world.updated_between(after, before)) == [e for e in every if after <= e[0] < before]


def test_the_first_updates_of_a_million_orders_are_found_without_looking_at_all() -> None:
    world = Counting(int(NOW), orders=1_000_000)
    assert len(list(itertools.islice(world.updated_between(0, NOW), 100))) == 100
    assert world.looked < 20_000
