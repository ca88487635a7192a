"""Spark in local mode over the data source, against the simulator on a socket: partitions, filters, types, refusals.

All but the last run in the lane `nox -s spark`, which installs PySpark; it needs Java 17.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from driving import SECRETS, over_socket, real_simulator, rows, served

if TYPE_CHECKING:
    from amzsql.simulator import Simulator

pytestmark = pytest.mark.timeout(600)
in_its_lane = pytest.mark.skipif(not os.environ.get("AMZSQL_SPARK"), reason="the lane `nox -s spark` runs it")
SINCE = "2026-01-01"
US, CA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"


@pytest.fixture(scope="module")
def simulator() -> Simulator:
    return real_simulator(orders=300)


@pytest.fixture(scope="module")
def address(simulator: Simulator) -> Iterator[str]:
    with served(simulator) as url:
        yield url


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from pyspark.sql import SparkSession

    home = tmp_path_factory.mktemp("home")
    os.environ |= {f"AMZSQL_{name.upper()}": value for name, value in SECRETS.items()}
    os.environ |= {
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "XDG_STATE_HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "PYTHONWARNINGS": "ignore",
    }
    builder = SparkSession.builder.master("local[2]").config("spark.driver.host", "127.0.0.1")
    builder = builder.config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC")
    session = builder.config("spark.sql.python.filterPushdown.enabled", "true").getOrCreate()
    from amzsql.spark import AmzsqlDataSource

    session.dataSource.register(AmzsqlDataSource)
    yield session
    session.stop()


@pytest.fixture
def orders(spark: Any, address: str) -> Any:
    """Orders of four marketplaces, a task for each."""
    source = spark.read.format("amzsql").option("endpoint", address).option("marketplace", "US,CA,MX,BR")
    return source.option("dbtable", "Orders").option("byMarketplace", "true").load()


@in_its_lane
def test_a_filter_on_the_marketplace_reads_its_partitions_alone(
    orders: Any, address: str, simulator: Simulator
) -> None:
    wanted = "AmazonOrderId, MarketplaceId, OrderTotalAmount, PurchaseDate, OrderStatus"
    everywhere = orders.filter(f"PurchaseDate >= '{SINCE}'").select(*wanted.split(", "))
    assert everywhere.rdd.getNumPartitions() == 4
    before = len(simulator.log)
    two = everywhere.filter(everywhere.MarketplaceId.isin(US, CA))
    assert two.rdd.getNumPartitions() == 2
    found = [tuple(row) for row in two.collect()]
    asked = [r for r in list(simulator.log)[before:] if "rders" in r.operation]
    statement = f"SELECT {wanted} FROM Orders WHERE PurchaseDate >= '{SINCE}' AND MarketplaceId IN ('{US}', '{CA}')"
    with over_socket(address, Marketplace="US,CA,MX,BR") as connection:
        expected = [(*row[:3], row[3].replace(tzinfo=None), row[4]) for row in rows(connection, statement)]
        alone = [rows(connection, statement.replace(f"'{US}', '{CA}'", f"'{place}'")) for place in (US, CA)]
    assert sorted(found) == sorted(expected)
    assert len(found) > 100
    # What these two marketplaces take by themselves, and nothing for the other two.
    assert len(asked) == sum(-(-len(each) // 100) for each in alone)


@in_its_lane
def test_a_query_keeps_its_types_and_may_be_a_sum(spark: Any, address: str) -> None:
    text = "SELECT OrderStatus, count(*) AS n, sum(OrderTotalAmount) AS total FROM Orders GROUP BY ALL"
    frame = spark.read.format("amzsql").option("endpoint", address).option("marketplace", "US").option("query", text)
    found = frame.load()
    assert [t for _, t in found.dtypes][:2] == ["string", "bigint"]
    assert found.dtypes[2][1].startswith("decimal(")
    with over_socket(address) as connection:
        assert sorted(map(tuple, found.collect())) == sorted(rows(connection, text))


@in_its_lane
def test_options_that_are_wrong_are_refused(spark: Any, address: str) -> None:
    def source() -> Any:
        return spark.read.format("amzsql").option("endpoint", address).option("dbtable", "Orders")

    with pytest.raises(Exception, match="is a secret") as failed:
        source().option("OAuthClientSecret", "canary0").load()
    assert "canary0" not in str(failed.value)
    with pytest.raises(Exception, match="dbtable"):
        source().option("query", "SELECT 1").load()
    with pytest.raises(Exception, match="The option days is a number of days, such as 30, not 'x'"):
        source().option("days", "x").load()
    with pytest.raises(Exception, match="The option byMarketplace is true or false, not 'yes'"):
        source().option("byMarketplace", "yes").load()


def test_without_pyspark_one_line_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "pyspark.py").write_text("raise ImportError('no pyspark')")
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import amzsql.spark"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stderr.splitlines()[-1] == (
        "ImportError: amzsql.spark needs PySpark 4.1 or newer: pip install 'amzsql[spark]'"
    )
