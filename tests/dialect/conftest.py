"""An engine over the simulator, and the log of what was asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import registry

# The package's entry points say the same; the checkout need not be installed for these tests.
registry.register("amzsql", "amzsql_dialect.base", "AmzsqlDialect")
registry.register("amzsql.amzsql", "amzsql_dialect.base", "AmzsqlDialect")

URL = "amzsql://?Simulator=orders=300,today=2026-11-21,seed=7"


@pytest.fixture(scope="session")
def engine() -> Iterator[sa.engine.Engine]:
    """An engine whose simulated account has 300 orders."""
    made = sa.create_engine(URL)
    yield made
    made.dispose()


@pytest.fixture
def asked(engine: sa.engine.Engine) -> Any:
    """Return the requests that the simulator has seen since the test began."""
    raw = engine.raw_connection()
    log = raw.dbapi_connection.runtime.simulator.log  # type: ignore[union-attr]
    raw.close()
    before = len(log)
    return lambda: log[before:]


@pytest.fixture(scope="session")
def orders(engine: sa.engine.Engine) -> sa.Table:
    """The table Orders, reflected."""
    return sa.Table("Orders", sa.MetaData(), autoload_with=engine)


@pytest.fixture
def rows(engine: sa.engine.Engine) -> Any:
    """Run a statement and return its rows as tuples."""

    def run(statement: Any, parameters: Any = None) -> list[tuple[Any, ...]]:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(statement, parameters or {})]

    return run
