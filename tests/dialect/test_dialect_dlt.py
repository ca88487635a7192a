"""dlt's `sql_database` loads Amazon's tables into DuckDB, and later only what has changed; see `nox -s dlt`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import sqlalchemy as sa

dlt = pytest.importorskip("dlt", reason="dlt is installed by nox -s dlt")
sources = pytest.importorskip("dlt.sources.sql_database")
dlt.config["runtime.dlthub_telemetry"] = False

START, LATER, FAR = (dt.datetime(*day, tzinfo=dt.UTC) for day in ((2026, 11, 1), (2026, 11, 18), (2030, 1, 1)))
COLUMNS = ["AmazonOrderId", "OrderStatus", "LastUpdateDate", "OrderTotalAmount"]
LOADED = (
    "SELECT amazon_order_id AS id, order_total_amount AS total, last_update_date AS at FROM amazon.orders ORDER BY 1"
)
THEIRS = "SELECT AmazonOrderId AS id, OrderTotalAmount AS total, LastUpdateDate AS at FROM Orders"


@pytest.fixture
def shop(request: pytest.FixtureRequest) -> Any:
    """An engine of a seller of the test's own: what others have asked would count in its buckets."""
    seed = sum(map(ord, request.node.name))
    engine = sa.create_engine(f"amzsql://?Simulator=orders=2000,today=2026-11-21,seed={seed}&Marketplace=US")
    yield engine
    engine.dispose()


def loaded(folder: Path) -> Any:
    """Return a pipeline into a DuckDB file of that folder."""
    file = dlt.destinations.duckdb(str(folder / "shop.duckdb"))
    return dlt.pipeline("amazon", pipelines_dir=str(folder / "state"), destination=file, dataset_name="amazon")


def found(folder: Path, sql: str) -> list[dict[str, Any]]:
    """Return what was loaded."""
    with duckdb.connect(str(folder / "shop.duckdb")) as own:
        own.execute("SET TimeZone = 'UTC'")
        rows: list[dict[str, Any]] = pa.table(own.sql(sql)).to_pylist()
        return rows


def pages(engine: sa.engine.Engine) -> Callable[[], int]:
    """Return how many pages of orders are asked for from now on."""
    raw: Any = engine.raw_connection()
    log = raw.dbapi_connection.runtime.simulator.log
    raw.close()
    before = len(log)
    return lambda: sum(r.operation.endswith("Orders") for r in log[before:])


@pytest.mark.parametrize("backend", ["sqlalchemy", "pyarrow", "pandas"])
def test_what_has_changed_is_loaded_and_nothing_else(shop: sa.engine.Engine, tmp_path: Path, backend: str) -> None:
    pipeline = loaded(tmp_path)

    def load(before: dt.datetime = FAR) -> int:
        counted = pages(shop)
        orders = sources.sql_table(
            shop,
            table="Orders",
            schema="SellingPartner",
            included_columns=COLUMNS,
            incremental=dlt.sources.incremental("LastUpdateDate", initial_value=START),
            query_adapter_callback=lambda query, table: query.where(table.c.LastUpdateDate < before),
            backend=backend,
            chunk_size=300,
        )
        pipeline.run(orders, write_disposition="merge", primary_key="AmazonOrderId")
        return counted()

    def theirs(before: dt.datetime = FAR) -> list[dict[str, Any]]:
        sql = f"{THEIRS} WHERE LastUpdateDate >= ? AND LastUpdateDate < ? ORDER BY 1"
        with shop.connect() as connection:
            return [dict(row._mapping) for row in connection.exec_driver_sql(sql, (START, before))]

    first = load(LATER)
    assert found(tmp_path, LOADED) == theirs(LATER)
    assert len(theirs(LATER)) > 300
    second = load()
    assert 0 < second < first
    assert found(tmp_path, LOADED) == theirs()
    assert len(theirs()) > len(theirs(LATER)) + 50
    assert load() <= 2
    assert found(tmp_path, LOADED) == theirs()
    assert {type(row["total"]) for row in found(tmp_path, LOADED)} == {Decimal, type(None)}


def test_tables_are_found_by_reflection_with_their_keys(shop: sa.engine.Engine, tmp_path: Path) -> None:
    source = sources.sql_database(shop, schema="SellingPartner", table_names=["Orders", "OrderItems"])
    keys = {
        name: [c for c, hints in resource.compute_table_schema()["columns"].items() if hints.get("primary_key")]
        for name, resource in source.resources.items()
    }
    assert keys == {"Orders": ["AmazonOrderId"], "OrderItems": ["AmazonOrderId", "OrderItemId"]}
    loaded(tmp_path).run(source.with_resources("Orders").add_limit(1))
    assert found(tmp_path, "SELECT count(*) AS n FROM amazon.orders")[0]["n"] > 0
