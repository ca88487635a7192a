"""Sellers of more listings than Amazon gives out in one search."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from catalog_bodies import SELLER

import amzsql
from amzsql.clock import VirtualClock
from amzsql.connection import Connection, Runtime
from amzsql.settings import read
from amzsql.simulator import Simulator

MANY = {"Simulator": "orders=15000,today=2026-11-21", "SellerId": SELLER, "Marketplace": "US"}
ALL = "SELECT SKU, CreatedDate FROM ListingsItems"


def test_all_listings_come_once() -> None:
    """A thousand and a half: asked in parts, at little more than one call a page, and all within the rate."""
    with amzsql.connect(**MANY) as connection, connection.cursor() as cursor:
        found = cursor.execute(ALL).fetchall()
        assert len(found) == len(set(found)) == 1500
        assert not cursor.messages
        assert cursor.stats is not None
        assert cursor.stats.requests <= 75 + 15
        assert cursor.stats.throttled == 0
        since = min(created for _, created in found[:700])
        part = cursor.execute(f"{ALL} WHERE CreatedDate >= ?", (since,)).fetchall()
        assert sorted(part) == sorted(row for row in found if row[1] >= since)


def test_a_limit_needs_one_call_and_no_warning() -> None:
    with amzsql.connect(**MANY) as connection, connection.cursor() as cursor:
        assert len(cursor.execute(f"{ALL} LIMIT 10").fetchall()) == 10
        assert cursor.stats is not None
        assert cursor.stats.requests == 1
        assert not cursor.messages


@pytest.mark.parametrize("rows", [2000, 900_000])
def test_what_time_does_not_narrow_is_warned_of(rows: int) -> None:
    """An Amazon that heeds no time is not asked for ever."""
    clock = VirtualClock(1_795_000_000.0)
    simulator = Simulator(clock, orders=200)

    def deaf(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if "/listings/" not in environ["PATH_INFO"]:
            return simulator(environ, start)
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"numberOfResults": rows, "items": [{"sku": "S-1"}]}).encode()]

    login = {"OAuthClientId": "app", "OAuthClientSecret": "secret", "OAuthRefreshToken": "Atzr|x"}
    settings = read("", Marketplace="US", SellerId=SELLER, **login)
    with Connection(settings, Runtime(settings, app=deaf, clock=clock)) as connection:
        cursor = connection.cursor()
        assert cursor.execute("SELECT SKU FROM ListingsItems").fetchall() == [("S-1",)]
        assert cursor.stats is not None
        assert cursor.stats.requests < 20
        assert any(f"has {rows:,} rows but gives out 1,000" in text for _, text in cursor.messages)
