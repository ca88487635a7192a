"""Groups of accounts of the simulator, in a folder of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from amzsql.connection.connection import Connection
from amzsql.connection.group import GroupConnection
from amzsql.settings import Given, read, read_group

WORLD = "orders=200,today=2026-11-21"
# Each statement asks for itself.
ALONE = {"AMZSQL_SHARESCANS": "0"}


def written(folder: Path, accounts: Mapping[str, str], world: str = WORLD, more: str = "") -> Path:
    """Write connections.toml with a group `all` of connections, by the simulated account of each."""
    # Every folder has a world of its own: connections of one process share their simulators.
    world = f"seed={int(hashlib.sha256(str(folder).encode()).hexdigest()[:6], 16)},{world}"
    lines = [f'[connections."{name}"]\nSimulator = "account={account},{world}"\n' for name, account in accounts.items()]
    (folder / "connections.toml").write_text("".join(lines) + '[groups.all]\nconnections = ["*"]\n' + more)
    return folder


def joined(folder: Path, name: str = "all", **properties: Any) -> GroupConnection:
    """Connect to a group."""
    group = read_group(Given("", {"Connection": name, **properties}, environment=ALONE, config_folder=folder))
    assert group is not None
    return GroupConnection(group)


def alone(folder: Path, name: str, **properties: Any) -> Connection:
    """Connect to one connection."""
    return Connection(read("", Connection=name, environment=ALONE, config_folder=folder, **properties))


def rows(connection: Connection, statement: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    """Return a statement's rows."""
    return connection.cursor().execute(statement, parameters).fetchall()
