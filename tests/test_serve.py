"""`amzsql serve`: clients of MySQL's against a served account, whose Amazon is the simulator on a socket."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pymysql
import pytest
import trustme
from commanding import commanded
from driving import SECRETS, Hanging, over_socket, real_simulator, rows, served, workers_end

import amzsql
from amzsql.errors import ProgrammingError
from amzsql.serve import wire
from amzsql.serve.login import Guard
from amzsql.serve.server import Options, Server
from amzsql.sql import mysql

MEMORY = {"StateLocation": "memory://", "OAuthSettingsLocation": "memory://", "Marketplace": "US"}
# What is listed takes time to be read: the driver's tests list the rest.
FEW = {"BrowsableSchemas": "Marketplace,sys"}


@contextmanager
def serving(url: str, password: str | None = None, **more: Any) -> Iterator[int]:
    """Serve an account whose Amazon is at an address, from a thread of its own; yield the port."""
    properties = {"Endpoint": url, "Readonly": True} | SECRETS | MEMORY | FEW | more.pop("properties", {})

    def opener(*, scratch: Any = None, **own: Any) -> amzsql.Connection:
        return amzsql.connect(scratch=scratch, **{**properties, **own})

    options = Options(port=0, guard=Guard(password, more.pop("user", None)), **more)
    loop = asyncio.new_event_loop()
    server = Server(options, opener)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(30)
    try:
        yield server.port
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def client(port: int, **more: Any) -> pymysql.connections.Connection[Any]:
    return pymysql.connect(**({"host": "127.0.0.1", "port": port, "user": "tool", "read_timeout": 60} | more))


def ask(connection: Any, text: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    """Return a statement's rows."""
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        return list(cursor.fetchall())


@pytest.fixture(scope="module")
def amazon() -> Iterator[tuple[Any, str]]:
    simulator = real_simulator(orders=250)
    with served(simulator) as url:
        yield simulator, url


@pytest.fixture(scope="module")
def port(amazon: tuple[Any, str]) -> Iterator[int]:
    with serving(amazon[1]) as port:
        yield port


@pytest.fixture
def tool(port: int) -> Iterator[Any]:
    with client(port) as connection:
        yield connection


# What Connector/J and others say as they connect, and what tools ask to show a tree of tables.
CONNECTING = [
    "/* mysql-connector-j-8.3.0 (Revision: x) */SELECT  @@session.auto_increment_increment AS auto_increment_increment,"
    " @@character_set_client AS character_set_client, @@init_connect AS init_connect, @@license AS license,"
    " @@performance_schema AS performance_schema, @@sql_mode AS sql_mode, @@system_time_zone AS system_time_zone,"
    " @@time_zone AS time_zone, @@transaction_isolation AS transaction_isolation, @@wait_timeout AS wait_timeout",
    "set autocommit=1, sql_mode = concat(@@sql_mode,',STRICT_TRANS_TABLES')",
    "SET character_set_results = NULL",
    "SET NAMES utf8mb4 COLLATE 'utf8mb4_bin'",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE */",
    "SET net_write_timeout=600, @old := @@sql_mode",
    "SELECT VERSION(), USER(), CONNECTION_ID(), @old FROM DUAL",
    "select @@version_comment limit 1",
    "SHOW VARIABLES WHERE Variable_name IN ('lower_case_table_names', 'sql_mode')",
    "SHOW COLLATION",
    "SHOW ENGINES",
    "SHOW CHARSET",
    "SHOW PLUGINS",
    "SHOW FULL PROCESSLIST",
    "SHOW GLOBAL STATUS LIKE 'Ssl%'",
    "SELECT cc.CONSTRAINT_NAME FROM information_schema.CHECK_CONSTRAINTS cc",
    "SELECT TIMEDIFF(NOW(), UTC_TIMESTAMP())",
    "SHOW FULL TABLES FROM `Marketplace`",
    "SHOW TABLE STATUS FROM `Marketplace` LIKE 'Order%'",
    "SHOW FULL COLUMNS FROM `Orders` FROM `Marketplace`",
    "SHOW INDEX FROM `Marketplace`.`Orders`",
    "SHOW TRIGGERS FROM `Marketplace`",
    "BEGIN",
    "COMMIT",
]


def test_connecting_and_browsing_ask_amazon_nothing(tool: Any, amazon: tuple[Any, str]) -> None:
    before = len(amazon[0].log)
    found = {text: ask(tool, text) for text in CONNECTING}
    assert found["SELECT VERSION(), USER(), CONNECTION_ID(), @old FROM DUAL"][0][1:3] == (
        "tool@localhost",
        tool.thread_id(),
    )
    assert found["SELECT TIMEDIFF(NOW(), UTC_TIMESTAMP())"] == [("00:00:00",)]
    assert ("Orders", "BASE TABLE") in found["SHOW FULL TABLES FROM `Marketplace`"]
    assert [r[4] for r in found["SHOW INDEX FROM `Marketplace`.`Orders`"]] == ["AmazonOrderId"]
    fields = {row[0]: row[1] for row in found["SHOW FULL COLUMNS FROM `Orders` FROM `Marketplace`"]}
    assert fields["PurchaseDate"] == "datetime(6)"
    assert fields["OrderTotalAmount"] == "decimal(18,4)"
    assert ("sys",) in ask(tool, "SHOW DATABASES")
    tool.select_db("marketplace")
    assert ask(tool, "SELECT DATABASE()") == [("Marketplace",)]
    assert "`AmazonOrderId` varchar(16383) NOT NULL" in ask(tool, "SHOW CREATE TABLE Orders")[0][1]
    joined = ask(
        tool,
        "SELECT DISTINCT A.TABLE_NAME, A.REFERENCED_TABLE_NAME FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE A JOIN"
        " INFORMATION_SCHEMA.TABLE_CONSTRAINTS B USING (TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME) WHERE"
        " B.CONSTRAINT_TYPE = 'FOREIGN KEY' AND A.TABLE_SCHEMA LIKE 'marketplace'",
    )
    assert sorted(joined) == [("InboundShipmentItems", "InboundShipments"), ("OrderItems", "Orders")]
    assert ask(tool, "SELECT COLUMN_KEY FROM information_schema.columns WHERE COLUMN_NAME = 'AmazonOrderId' LIMIT 1")
    assert len(amazon[0].log) == before


def test_rows_are_the_drivers_with_mysqls_types(tool: Any, amazon: tuple[Any, str]) -> None:
    text = (
        "SELECT `AmazonOrderId`, `PurchaseDate`, `OrderTotalAmount`, LENGTH(`AmazonOrderId`) AS n,"
        " `BuyerInfoBuyerName`, `Programs`, OrderTotalAmount > 50 AS large FROM `SellingPartner`.`Orders`"
        " WHERE `OrderStatus` = {} ORDER BY 1 LIMIT 5, 40"
    )
    with over_socket(amazon[1]) as connection:
        plain = text.replace("`", "").format("'Shipped'").replace("LIMIT 5, 40", "LIMIT 40 OFFSET 5")
        expected = rows(connection, plain)
    with tool.cursor() as cursor:
        cursor.execute(text.format("%s"), ("Shipped",))
        kinds = [d[1] for d in cursor.description]
        found = list(cursor.fetchall())
    assert kinds == [253, 12, 246, 8, 253, 253, 1]
    assert found == [(r[0], r[1].replace(tzinfo=None), *r[2:]) for r in expected]
    assert len(found) == 40
    assert {type(v) for v in found[0][1:4]} == {dt.datetime, Decimal, int}


# MySQL's way to say it, and what comes.
SAID = [
    ("SELECT IF(1 > 2, 'a', \"it's\"), IFNULL(NULL, 3), 7 DIV 2, 1 / 0", ("it's", 3, 3, None)),
    ("SELECT DATE_FORMAT('2026-11-22 10:05:00', '%Y-%m %H:%i')", ("2026-11 10:05",)),
    ("SELECT DATE_SUB('2026-11-22', INTERVAL 1 MONTH) < NOW(), MAKEDATE(2026, 32)", (1, dt.date(2026, 2, 1))),
    (
        "SELECT STR_TO_DATE(CONCAT(DATE_FORMAT(TIMESTAMP '2026-11-22 10:00:00', '%Y-%m'), '-01'), '%Y-%m-%d')",
        (dt.date(2026, 11, 1),),
    ),
    ("SELECT UNIX_TIMESTAMP('1970-01-02 00:00:00'), CAST('5' AS SIGNED), 'a\\'b\\\\'", (86400, 5, "a'b\\")),
    ("SELECT x.`n` FROM (SELECT 1 AS n UNION ALL SELECT 2) x ORDER BY 1 DESC LIMIT 1, 1", (1,)),
    ("SELECT CAST(1.5 AS DOUBLE), TRUE, CURRENT_DATE() <= DATE('2999-01-01'), X'41'", (1.5, 1, 1, b"A")),
]


@pytest.mark.parametrize(("text", "expected"), SAID)
def test_mysqls_functions(tool: Any, text: str, expected: tuple[Any, ...]) -> None:
    assert ask(tool, text) == [expected]


def test_a_value_stays_a_value() -> None:
    evil = "x' OR 1=1 -- \\"
    asked = mysql.read("SELECT * FROM t WHERE a = ? AND b < ? LIMIT ?, ?", [evil, Decimal("1.5"), 10, 5])
    assert asked.text == "SELECT * FROM t WHERE a = 'x'' OR 1=1 -- \\' AND b < 1.5 LIMIT 5 OFFSET 10"
    assert mysql.read("CALL p(?, 'why?')", [evil]).text == "CALL p('x'' OR 1=1 -- \\', 'why?')"
    with pytest.raises(ProgrammingError, match="other parameters"):
        mysql.read("SELECT '?'", [1])


def test_limits_warnings_and_variables(tool: Any) -> None:
    ask(tool, "SET SQL_SELECT_LIMIT=7, time_zone = '+02:00'")
    assert "given in UTC" in ask(tool, "SHOW WARNINGS")[0][2]
    assert len(ask(tool, "SELECT AmazonOrderId FROM SellingPartner.Orders")) == 7
    assert len(ask(tool, "SELECT AmazonOrderId FROM SellingPartner.Orders LIMIT 9")) == 9
    ask(tool, "SET sql_select_limit=DEFAULT, sql_mode='ANSI_QUOTES'")
    assert ask(tool, 'SELECT "Value" FROM (SELECT 1 AS "Value") AS x') == [(1,)]


def test_a_session_has_scratch_tables_of_its_own(tool: Any, port: int) -> None:
    ask(tool, "CREATE TABLE mine AS SELECT AmazonOrderId, OrderTotalAmount FROM SellingPartner.Orders LIMIT 3")
    ask(tool, "BEGIN")
    assert ask(tool, "DELETE FROM mine") == []
    ask(tool, "ROLLBACK")
    assert ask(tool, "SELECT COUNT(*) FROM mine") == [(3,)]
    with client(port) as other, pytest.raises(pymysql.err.ProgrammingError) as missing:
        ask(other, "SELECT * FROM mine")
    assert missing.value.args[0] == 1146


def test_errors_are_mysqls_with_the_drivers_words(tool: Any, amazon: tuple[Any, str]) -> None:
    before = len(amazon[0].log)
    for text, number, words in (
        ("SELECT nope FROM Orders", 1064, "There is no column nope in Orders."),
        ("SELECT 1 +\nFROM x WHERE", 1064, "Line 2"),
        ("SELECT 1; SELECT 2", 1064, "one after the other"),
        ("SELECT * FROM nowhere", 1146, "There is no table nowhere."),
        ("INSERT INTO ListingsItems (SKU, Price) VALUES ('a', 1)", 1064, "Readonly"),
        ("SHOW SLAVE HOSTS", 1235, "SHOW DATABASES"),
        ("SELECT @@nonsense", 1064, "nonsense"),
        ("SELECT * FROM information_schema.TABLES, Orders", 1064, "by itself"),
        ("LOAD DATA INFILE 'x' INTO TABLE y", 1064, "LOAD"),
        ("SELECT * FROM read_csv('/etc/passwd')", 1064, "out of its reach"),
    ):
        with pytest.raises(pymysql.MySQLError) as failed:
            ask(tool, text)
        assert failed.value.args[0] == number, text
        assert words in failed.value.args[1], text
    assert ask(tool, "SELECT 1") == [(1,)]
    assert len(amazon[0].log) == before


def test_several_clients_at_once(port: int, amazon: tuple[Any, str]) -> None:
    found: list[Any] = []
    with over_socket(amazon[1]) as connection:
        expected = rows(connection, "SELECT COUNT(*) FROM Orders")

    def one() -> None:
        with client(port, database="SellingPartner") as own:
            found.append((ask(own, "SELECT COUNT(*) FROM Orders"), own.thread_id()))

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len({number for _, number in found}) == 6
    assert [count for count, _ in found] == [expected] * 6


def test_rows_are_sent_as_they_come(port: int) -> None:
    with client(port, cursorclass=pymysql.cursors.SSCursor) as own:
        cursor = own.cursor()
        cursor.execute("SELECT range AS n, 'some text' AS t FROM range(300000)")
        assert cursor.fetchone() == (0, "some text")
        assert sum(1 for _ in cursor) == 299_999
        # Nobody has to read to the end: the client goes, and its thread ends.
        cursor.execute("SELECT range AS n FROM range(300000)")
        cursor._result.unbuffered_active = False
        own._force_close()
    with client(port) as other:
        assert ask(other, "SELECT 1") == [(1,)]


def test_kill_ends_a_statement_and_leaves_the_client() -> None:
    hanging = Hanging(real_simulator(), "/orders/")
    with served(hanging) as url, serving(url) as port, client(port) as own, client(port) as other:
        failed: list[Any] = []

        def wait() -> None:
            try:
                ask(own, "SELECT COUNT(*) FROM Orders")
            except pymysql.MySQLError as error:
                failed.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        assert hanging.reached.wait(30)
        ask(other, f"KILL QUERY {own.thread_id()}")
        thread.join(20)
        assert [error.args[0] for error in failed] == [1317]
        assert ask(own, "SELECT 2") == [(2,)]
        ask(other, f"KILL {own.thread_id()}")
        with pytest.raises(pymysql.MySQLError):
            ask(own, "SELECT range FROM range(100000000)")
        hanging.released.set()


def test_a_statement_ends_with_its_client() -> None:
    hanging = Hanging(real_simulator(), "/orders/")
    with served(hanging) as url, serving(url) as port:
        own = client(port)
        own._execute_command(3, "SELECT COUNT(*) FROM Orders")
        assert hanging.reached.wait(30)
        own._force_close()
        assert workers_end(20)


def test_a_deadline_and_a_refusal_of_amazons_tell_no_secret() -> None:
    simulator = real_simulator()
    with served(simulator) as url, serving(url, properties={"MaxRequests": 1, "Marketplace": ""}) as port:
        with client(port) as own, pytest.raises(pymysql.MySQLError) as failed:
            ask(own, "SELECT * FROM Transactions")
        assert failed.value.args[0] == 3024
        assert "MaxRequests" in failed.value.args[1]
    with served(simulator) as url:
        wrong = {"OAuthRefreshToken": "Atzr|simulator-revoked"}
        with serving(url, properties=wrong) as port, client(port) as own:
            with pytest.raises(pymysql.MySQLError) as failed:
                ask(own, "SELECT AmazonOrderId FROM Orders")
            assert not any(secret in str(failed.value) for secret in (*SECRETS.values(), *wrong.values()))


def test_only_who_knows_the_password_comes_in(amazon: tuple[Any, str]) -> None:
    with serving(amazon[1], "canary0password", user="reader") as port:
        with client(port, user="reader", password="canary0password") as own:
            assert ask(own, "SELECT 1") == [(1,)]
        for more in ({"password": "wrong", "user": "reader"}, {"user": "reader"}, {"password": "canary0password"}):
            with pytest.raises(pymysql.err.OperationalError) as refused:
                client(port, **more)
            assert refused.value.args[0] == 1045
            assert "canary0" not in str(refused.value)
        # Who does not mind the refusal is not answered either.
        with socket.create_connection(("127.0.0.1", port), 10) as raw:
            raw.recv(4096)
            login = b"\x8d\xa6\x0f\x00\x00\x00\x00\x01\x2d" + bytes(23) + b"reader\x00\x14" + bytes(20)
            query = b"\x03SELECT 1"
            raw.sendall(len(login).to_bytes(3, "little") + b"\x01" + login)
            raw.sendall(len(query).to_bytes(3, "little") + b"\x00" + query)
            raw.settimeout(10)
            told = b"".join(iter(lambda: _received(raw), b""))
        assert told[4:5] == b"\xff"
        assert told.count(b"Access denied") == 1
        assert len(told) < 100


def _received(raw: socket.socket) -> bytes:
    try:
        return raw.recv(4096)
    except ConnectionError:
        return b""


def test_with_a_certificate_everybody_is_encrypted(amazon: tuple[Any, str], tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    more = {"certificate": tmp_path / "cert.pem", "key": tmp_path / "key.pem"}
    with serving(amazon[1], "secret", **more) as port:
        trusted = {"password": "secret", "host": "localhost", "ssl": {"ca": str(tmp_path / "ca.pem")}}
        with client(port, **trusted) as own:
            assert own.ssl
            assert len(ask(own, "SELECT AmazonOrderId FROM Orders LIMIT 3")) == 3
        with pytest.raises(pymysql.err.OperationalError, match="TLS"):
            client(port, password="secret", ssl_disabled=True)
        # The wish for TLS and its first bytes in one segment, as a quick client sends them.
        coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        inner = context.wrap_bio(coming, going, server_hostname="localhost")
        with socket.create_connection(("127.0.0.1", port), 10) as raw:
            raw.recv(4096)
            with pytest.raises(ssl.SSLWantReadError):
                inner.do_handshake()
            wish = b"\x8d\xae\x0f\x00\x00\x00\x00\x01\x2d" + bytes(23)
            raw.sendall(len(wish).to_bytes(3, "little") + b"\x01" + wish + going.read())
            coming.write(raw.recv(1 << 16))
            with contextlib.suppress(ssl.SSLWantReadError):
                inner.do_handshake()
            assert inner.version() == "TLSv1.3"


def test_the_network_is_let_in_with_a_password_only() -> None:
    done = commanded("serve", "--simulator", "--host", "0.0.0.0", env={"AMZSQL_SERVE_PASSWORD": None})
    assert done.exit_code == 2
    assert "set a password" in done.output
    done = commanded("serve", "--simulator", "--tls-cert", "nowhere.pem")
    assert done.exit_code == 2
    assert "belong together" in done.output


def test_without_the_extra_one_line_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "mysql_mimic.py").write_text("raise ImportError('none')")
    command = "import sys; sys.path.insert(0, sys.argv.pop()); from amzsql.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", command, "serve", "--simulator", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["error: amzsql serve needs mysql-mimic: pip install 'amzsql[serve]'"]


def test_a_prepared_statement_that_is_not_there_is_told_by_mysqls_number(port: int) -> None:
    with client(port) as own:
        own._execute_command(23, (7).to_bytes(4, "little") + bytes((0, 1, 0, 0, 0)))
        with pytest.raises(pymysql.MySQLError, match="prepare it again") as failed:
            own._read_ok_packet()
        assert failed.value.args[0] == 1243
        assert ask(own, "SELECT 1") == [(1,)]


def test_binary_values_are_read_as_they_were_written() -> None:
    """The values of a prepared statement, whose types are told the first time only."""
    kinds = bytes((3, 0, 253, 0, 12, 0, 246, 0, 5, 0))
    moment = bytes((11,)) + (2026).to_bytes(2, "little") + bytes((11, 22, 10, 5, 9)) + (7).to_bytes(4, "little")
    data = (-5).to_bytes(4, "little", signed=True) + b"\x03abc" + moment + b"\x041.50" + b"\x00" * 6 + b"\xf8\x3f"
    expected = [-5, "abc", dt.datetime(2026, 11, 22, 10, 5, 9, 7), Decimal("1.50"), 1.5]
    found, known = wire.values(b"\x00\x01" + kinds + data, 5, [], {})
    assert found == expected
    assert wire.values(b"\x00\x00" + data, 5, known, {})[0] == expected
    assert wire.values(b"\x02\x00" + data[:4] + data[8:], 5, known, {1: bytearray(b"long")})[0][1] == "long"
    with pytest.raises(wire.ProtocolError):
        wire.values(b"\x00\x00" + data, 5, [], {})
    with pytest.raises(wire.ProtocolError):
        wire.values(b"\x00\x00" + data[:9], 5, known, {})
