"""`amzsql serve` asked by MySQL's own clients, as far as they are there: Python's, MariaDB's for Java and the shell.

The lane `nox -s serve` installs the first; `apt install mariadb-client libmariadb-java openjdk-17-jdk-headless` gives
the others.
"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from driving import over_socket, real_simulator, rows, served
from test_serve import serving

JAR = Path("/usr/share/java/mariadb-java-client.jar")
HERE = Path(__file__).parent / "serve_clients"
PASSWORD = "secret"
SHIPPED = "SELECT AmazonOrderId, PurchaseDate, OrderTotalAmount FROM Orders WHERE OrderStatus = 'Shipped'"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def account() -> Iterator[tuple[int, list[tuple[object, ...]]]]:
    """Serve an account; give the port and the orders that were shipped."""
    with served(real_simulator(orders=400)) as url, serving(url, PASSWORD, user="tool") as port:
        with over_socket(url) as connection:
            shipped = rows(connection, SHIPPED)
        yield port, [(r[0], r[1].replace(tzinfo=None), r[2]) for r in shipped]


def test_mysqls_connector_for_python(account: tuple[int, list[tuple[object, ...]]]) -> None:
    connector = pytest.importorskip("mysql.connector", reason="the lane `nox -s serve` installs it")
    port, shipped = account
    login = {"host": "127.0.0.1", "port": port, "user": "tool", "password": PASSWORD, "use_pure": True}
    with connector.connect(**login, database="SellingPartner") as own:
        plain = own.cursor()
        plain.execute(SHIPPED)
        assert sorted(plain.fetchall()) == sorted(shipped)
        prepared = own.cursor(prepared=True)
        text = (
            "SELECT AmazonOrderId, PurchaseDate, OrderTotalAmount, OrderTotalAmount > ? FROM Orders"
            " WHERE OrderStatus = ? AND PurchaseDate >= ? LIMIT ?"
        )
        since = dt.datetime(2020, 1, 1)
        for status, expected in (("Shipped", 5), ("x' OR 1=1 -- \\", 0), ("Shipped", 5)):
            prepared.execute(text, (Decimal("0.50"), status, since, 5))
            found = prepared.fetchall()
            assert len(found) == expected
            assert {row[:3] for row in found} <= set(shipped)
        with pytest.raises(connector.Error, match="1064"):
            plain.execute("SELECT nope FROM Orders")


@pytest.mark.skipif(not JAR.exists() or not shutil.which("javac"), reason="libmariadb-java and a JDK are not installed")
@pytest.mark.parametrize("way", ["", "&useServerPrepStmts=true", "&useServerPrepStmts=true&useCursorFetch=true"])
def test_jdbc(account: tuple[int, list[tuple[object, ...]]], way: str, tmp_path: Path) -> None:
    port, shipped = account
    subprocess.run(["javac", "-cp", str(JAR), "-d", str(tmp_path), str(HERE / "Tool.java")], check=True, timeout=120)
    url = f"jdbc:mariadb://127.0.0.1:{port}/SellingPartner?user=tool&password={PASSWORD}&defaultFetchSize=50{way}"
    path = f"{JAR}:{tmp_path}:/usr/share/java/slf4j-api.jar"
    done = subprocess.run(["java", "-cp", path, "Tool", url], capture_output=True, text=True, timeout=200)
    found = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert found["rows"] == str(len(shipped)), done.stderr
    assert found["types"] == "VARCHAR DATETIME DECIMAL 4"
    assert found["tables"].startswith("2 ")
    assert found["columns"].startswith("1 Marketplace null Orders PurchaseDate")
    assert "AmazonOrderId" in found["key"]
    assert found["procedures"] == "0"
    assert found["few"] == "7 1"
    assert found["error"] == "1064 42000"


@pytest.mark.skipif(not shutil.which("mariadb"), reason="mariadb-client is not installed")
def test_the_command_line(account: tuple[int, list[tuple[object, ...]]]) -> None:
    port, shipped = account
    command = ["mariadb", "--host=127.0.0.1", f"--port={port}", "--user=tool", f"--password={PASSWORD}", "--batch"]
    text = f"{SHIPPED}; SHOW TABLES FROM Marketplace LIKE 'Orders'; SELECT DATABASE() AS d"
    done = subprocess.run([*command, "SellingPartner", "-e", text], capture_output=True, text=True, timeout=120)
    lines = done.stdout.splitlines()
    assert (len(lines), lines[-1]) == (len(shipped) + 5, "SellingPartner"), done.stderr
    assert sum(line.count("\t") == 2 for line in lines) == len(shipped) + 1
    refused = subprocess.run([*command, "--password=no", "-e", "SELECT 1"], capture_output=True, text=True, timeout=60)
    assert "1045" in refused.stderr
