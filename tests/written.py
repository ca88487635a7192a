"""A shop whose tables are written to and read, for tests: statements made of tables, columns and values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from driving import NOW, over

from amzsql.clock import VirtualClock
from amzsql.simulator import Simulator

US = "ATVPDKIKX0DER"
SELLER = "A3SIMULATEDSELL"


class Shop:
    """A connection to a simulated account, of which nothing is remembered from one statement to the next."""

    def __init__(self, account: str = "na", orders: int = 300, sandbox: bool = False) -> None:
        self._clock = VirtualClock(NOW)
        self.simulator = Simulator(self._clock, orders=orders, throttle="off", sandbox=sandbox)
        own = {"Marketplace": "US"} | ({} if account == "vendor" else {"SellerId": SELLER})
        kind = {"Schema": "VendorCentral" if account == "vendor" else "SellerCentral"}
        self.connection = over(
            self.simulator, self._clock, OAuthRefreshToken=f"Atzr|simulator-{account}", StateLocation="memory://",
            IncludeRestrictedData=True, UseSandbox=sandbox, **own, **kind,
        )  # fmt: skip

    def run(self, sql: str, *values: object) -> Any:
        """Run a statement and return its cursor."""
        return self.connection.cursor().execute(sql, [_plain(v) for v in values] if values else None)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        found: list[tuple[Any, ...]] = self.run(sql, *values).fetchall()
        return found

    def one(self, sql: str, *values: object) -> Any:
        """Return the only value of a query's first row."""
        return self.rows(sql, *values)[0][0]

    def insert(self, table: str, **row: object) -> Any:
        """Insert one row; return what the cursor tells of its key."""
        marks = ", ".join("?" for _ in row)
        cursor = self.run(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values())
        assert cursor.rowcount == 1
        return cursor.lastrowid

    def update(self, table: str, where: Mapping[str, object], **changed: object) -> int:
        """Update the rows of some key; return how many there were."""
        sets = ", ".join(f"{name} = {_literal(value)}" for name, value in changed.items())
        given, values = _where(where)
        count: int = self.run(f"UPDATE {table} SET {sets} WHERE {given}", *values).rowcount
        return count

    def delete(self, table: str, **where: object) -> int:
        """Delete the rows of some key; return how many there were."""
        given, values = _where(where)
        count: int = self.run(f"DELETE FROM {table} WHERE {given}", *values).rowcount
        return count

    def select(self, table: str, *columns: str, **where: object) -> list[tuple[Any, ...]]:
        """Return columns of the rows of some key, or of all."""
        given, values = _where(where)
        return self.rows(f"SELECT {', '.join(columns)} FROM {table} WHERE {given or 'TRUE'}", *values)

    def wait(self, seconds: float) -> None:
        """Move the clock on."""
        self._clock.wait(self._clock.now() + seconds)


def _where(where: Mapping[str, object]) -> tuple[str, list[object]]:
    return " AND ".join(f"{name} = ?" for name in where), list(where.values())


def _plain(value: object) -> object:
    return json.dumps(value) if isinstance(value, list | dict) else value


def _literal(value: object) -> str:
    """Return a value as SQL: what an UPDATE sets chooses its operation, and must be read in the statement."""
    plain = _plain(value)
    return str(plain) if isinstance(plain, int | float) else "'" + str(plain).replace("'", "''") + "'"
