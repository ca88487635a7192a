"""`amzsql serve` asked by MySQL's own clients, as far as they are there: Python's, Node's, MariaDB's.

The lane `nox -s serve` installs those of Python and Node; `apt install mariadb-client odbc-mariadb unixodbc
libmariadb-java openjdk-17-jdk-headless` gives MariaDB's, for the shell, ODBC and Java.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
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


@pytest.mark.parametrize("driver", ["pymysql", "mysqlconnector"])
def test_sqlalchemys_dialects_of_mysql(account: tuple[int, list[tuple[object, ...]]], driver: str) -> None:
    pytest.importorskip({"mysqlconnector": "mysql.connector"}.get(driver, driver), reason="`nox -s serve` installs it")
    port, shipped = account
    engine = sa.create_engine(f"mysql+{driver}://tool:{PASSWORD}@127.0.0.1:{port}/SellingPartner")
    seen = sa.inspect(engine)
    assert seen.default_schema_name == "SellingPartner"
    assert {"Marketplace", "sys"} <= set(seen.get_schema_names())
    assert {"Orders", "OrderItems"} <= set(seen.get_table_names("Marketplace"))
    assert "sys_tables" in seen.get_view_names("sys")
    assert seen.has_table("orders", schema="Marketplace")
    assert not seen.has_table("nosuch", schema="Marketplace")
    assert seen.get_table_comment("Orders", schema="Marketplace") == {"text": "One row per order."}
    meta = sa.MetaData()
    meta.reflect(engine, schema="Marketplace", only=["Orders", "OrderItems"])
    items, orders = meta.tables["Marketplace.OrderItems"], meta.tables["Marketplace.Orders"]
    assert [c.name for c in items.primary_key] == ["AmazonOrderId", "OrderItemId"]
    assert [f.target_fullname for f in items.foreign_keys] == ["Marketplace.Orders.AmazonOrderId"]
    assert orders.c.AmazonOrderId.comment == "Amazon's number of the order, three groups of digits."
    assert isinstance(orders.c.OrderTotalAmount.type, sa.Numeric)
    assert (orders.c.OrderTotalAmount.type.precision, orders.c.OrderTotalAmount.type.scale) == (18, 4)
    own = sa.Table("Orders", sa.MetaData(), *(sa.Column(n) for n in ("AmazonOrderId", "OrderStatus")))
    query = sa.select(own.c.AmazonOrderId).where(own.c.OrderStatus == "Shipped").order_by(own.c.AmazonOrderId)
    with engine.connect() as connection:
        found = connection.execute(query.limit(3).offset(1)).fetchall()
        contains = connection.execute(query.where(own.c.AmazonOrderId.contains("1%", autoescape=True))).fetchall()
    assert [row[0] for row in found] == sorted(str(row[0]) for row in shipped)[1:4]
    assert contains == []
    engine.dispose()


def test_odbc(account: tuple[int, list[tuple[object, ...]]]) -> None:
    odbc = pytest.importorskip("pyodbc", reason="the lane `nox -s serve` installs it", exc_type=ImportError)
    driver = next((name for name in odbc.drivers() if "MariaDB" in name or "MySQL" in name), None)
    if driver is None:
        pytest.skip("odbc-mariadb is not installed")
    port, shipped = account
    login = f"DRIVER={{{driver}}};SERVER=127.0.0.1;PORT={port};UID=tool;PWD={PASSWORD};DATABASE=SellingPartner"
    own = odbc.connect(login, autocommit=True)
    cursor = own.cursor()
    tables = cursor.tables(catalog="Marketplace", table="Order%", tableType="TABLE").fetchall()
    assert [t.table_name for t in tables] == ["OrderItems", "Orders"]
    columns = {c.column_name: c for c in cursor.columns(catalog="Marketplace", table="Orders").fetchall()}
    amount, bought = columns["OrderTotalAmount"], columns["PurchaseDate"]
    assert (amount.data_type, amount.column_size, amount.decimal_digits) == (odbc.SQL_DECIMAL, 18, 4)
    assert (bought.data_type, bought.remarks) == (odbc.SQL_TYPE_TIMESTAMP, "When the order was placed.")
    keys = cursor.primaryKeys(catalog="Marketplace", table="OrderItems").fetchall()
    assert [k.column_name for k in keys] == ["AmazonOrderId", "OrderItemId"]
    (foreign,) = cursor.foreignKeys(foreignCatalog="Marketplace", foreignTable="OrderItems").fetchall()
    assert (foreign.pktable_name, foreign.fkcolumn_name) == ("Orders", "AmazonOrderId")
    assert [s.index_name for s in cursor.statistics(catalog="Marketplace", table="Orders").fetchall()] == ["PRIMARY"]
    assert [r.column_name for r in cursor.rowIdColumns(catalog="Marketplace", table="Orders")] == ["AmazonOrderId"]
    assert len(cursor.getTypeInfo().fetchall()) > 20
    assert [*cursor.procedures(), *cursor.procedureColumns()] == []
    assert sorted(tuple(row) for row in cursor.execute(SHIPPED)) == sorted(shipped)
    given = ("Shipped", dt.datetime(2020, 1, 1, 2, 3, 4, 5000), Decimal("0.50"))
    marked = f"{SHIPPED.replace(chr(39) + 'Shipped' + chr(39), '?')} AND PurchaseDate >= ? AND OrderTotalAmount > ?"
    assert {tuple(row) for row in cursor.execute(marked, given)} <= set(shipped)
    values = (7, "x' OR 1=1 -- \\ é", None, dt.date(2026, 11, 22), b"\x00\xff")
    assert tuple(cursor.execute("SELECT ?, ?, ?, ?, ?", values).fetchone()) == values
    escaped = cursor.execute("SELECT {fn UCASE('a')}, {d '2026-11-22'}, {ts '2026-11-22 10:00:00'}").fetchone()
    assert tuple(escaped) == ("A", dt.date(2026, 11, 22), dt.datetime(2026, 11, 22, 10))
    assert sum(1 for _ in cursor.execute("SELECT range AS n, 'some text' AS t FROM range(50000)")) == 50_000
    with pytest.raises(odbc.ProgrammingError, match="There is no column nope in Orders"):
        cursor.execute("SELECT nope FROM Orders")
    own.close()


def _node() -> str | None:
    """Return why mysql2 cannot be asked, or nothing."""
    node = shutil.which("node")
    if node is None:
        return "Node is not installed"
    found = subprocess.run([node, "-e", "require('mysql2')"], capture_output=True, timeout=60, cwd=HERE)
    return "the lane `nox -s serve` installs mysql2" if found.returncode else None


def test_mysql2_of_node(account: tuple[int, list[tuple[object, ...]]]) -> None:
    missing = _node()
    if missing:
        pytest.skip(missing)
    port, shipped = account
    command = ["node", str(HERE / "tool.js"), str(port), PASSWORD]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    rows_of = sorted(
        (r["AmazonOrderId"], r["PurchaseDate"][:19], Decimal(r["OrderTotalAmount"])) for r in found["plain"]
    )
    assert rows_of == sorted((r[0], str(r[1]).replace(" ", "T"), r[2]) for r in shipped)
    assert len(found["prepared"]) == 4
    assert all(row in found["plain"] for row in found["prepared"])
    sent = {"n": 2, "t": "x' OR 1=1 -- \\ é", "b": {"type": "Buffer", "data": [0, 255]}, "nothing": None}
    assert found["values"] == sent
    assert [t["name"] for t in found["tables"]] == ["OrderItems", "Orders"]
    assert found["counted"] == [len(shipped)] * 6
    assert (found["refused"], found["database"], found["rows"]) == (1064, "Marketplace", 50_000)


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
    assert found["procedures"] == found["parameters"] == "0"
    assert found["views"].startswith("1 sys null sys_tables SYSTEM VIEW")
    assert found["stopped"] == "java.sql.SQLTimeoutException true"
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
