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
from amzsql.serve import framing, wire
from amzsql.serve.login import Guard
from amzsql.serve.server import MOST_STRANGERS, Options, Server
from amzsql.sql import mysql

MEMORY = {"StateLocation": "memory://", "OAuthSettingsLocation": "memory://", "Marketplace": "US"}
# What is listed takes time to be read: the driver's tests list the rest.
FEW = {"BrowsableSchemas": "Marketplace,sys"}


@contextmanager
def serving(url: str, password: str | None = None, **more: Any) -> Iterator[int]:
    """Serve an account whose Amazon is at an address, from a thread of its own; yield the port."""
    properties = {"Endpoint": url, "Readonly": True} | SECRETS | MEMORY | FEW | more.pop("properties", {})

    def plain(*, scratch: Any = None, **own: Any) -> amzsql.Connection:
        return amzsql.connect(scratch=scratch, **{**properties, **own})

    opener = more.pop("opener", plain)
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
    for (name,) in ask(tool, "SHOW DATABASES"):
        tool.select_db(name)
    tool.select_db("SYS")
    assert ask(tool, "SELECT COUNT(*) FROM sys_schemas")[0][0] > 1
    tool.select_db("marketplace")
    assert ask(tool, "DESC Orders PurchaseDate")[0][:2] == ("PurchaseDate", "datetime(6)")
    assert len(ask(tool, "DESCRIBE Marketplace.Orders 'OrderTotal%'")) == 2
    assert len(ask(tool, "SHOW COLLATION WHERE Charset = 'utf8mb4' AND Default NOT LIKE 'N%'")) == 2
    helpers = "WHERE TABLE_SCHEMA = 'Temp' OR TABLE_NAME = 'SCHEMATA'"
    assert [*ask(tool, f"SELECT * FROM information_schema.TABLES {helpers}"), *ask(tool, "SHOW TABLES FROM Temp")] == []
    assert ask(tool, f"SELECT * FROM information_schema.COLUMNS {helpers}") == []
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
    # How Metabase and Tableau cut times, and what they ask of zones.
    (
        "SELECT STR_TO_DATE(CONCAT(YEARWEEK('2026-11-21 10:00:00'), ' Sunday'), '%X%V %W'), WEEK('2026-11-22', 6),"
        " WEEK('2026-01-01'), WEEK('2026-01-01', 1), WEEK('2026-01-01', 3), YEARWEEK('2026-01-01'),"
        " DAYOFWEEK('2026-11-22'), WEEKDAY('2026-11-22')",
        (dt.date(2026, 11, 15), 47, 0, 1, 1, 202552, 1, 6),
    ),
    (
        "SELECT ADDDATE(CONCAT(DATE_FORMAT(t, '%Y-'), (FLOOR((MONTH(t) - 1) / 3) * 3 + 1), '-01 00:00:00'), INTERVAL 0"
        " SECOND), DATE_ADD(DATE_FORMAT(t, '%Y-%m-01 00:00:00'), INTERVAL 0 SECOND) FROM (SELECT TIMESTAMP"
        " '2026-11-22 10:05:00' AS t) AS x",
        (dt.datetime(2026, 10, 1), dt.datetime(2026, 11, 1)),
    ),
    (
        "SELECT TIME_FORMAT(TIMEDIFF(NOW(), CONVERT_TZ(NOW(), @@GLOBAL.time_zone, '+00:00')), '%H:%i') AS 'offset',"
        " CONVERT_TZ('2026-11-22 10:00:00', 'UTC', 'Europe/Berlin'), CONVERT_TZ('2026-11-22 10:00:00', '-01:30',"
        " 'UTC')",
        ("00:00", dt.datetime(2026, 11, 22, 11), dt.datetime(2026, 11, 22, 11, 30)),
    ),
    (
        "SELECT TIMESTAMPDIFF(MONTH, '2026-01-31', '2026-02-01'), DATEDIFF('2026-11-22 10:00:00', '2026-11-20'),"
        " FROM_UNIXTIME(86400, '%Y-%m-%d %H:%i'), LAST_DAY('2026-02-05'), HOUR('2026-11-22 10:05:09'),"
        " EXTRACT(YEAR_MONTH FROM '2026-11-22')",
        (0, 2, "1970-01-02 00:00", dt.date(2026, 2, 28), 10, 202611),
    ),
    (
        "SELECT SUBSTRING_INDEX('a.b.c', '.', 2), SUBSTRING_INDEX('a.b.c', '.', -1), FIELD('b', 'a', 'b'),"
        " ELT(2, 'x', 'y'), FIND_IN_SET('c', 'a,b'), MID('abcdef', 2, 3), REGEXP_SUBSTR('abc123', '[0-9]+'),"
        " JSON_UNQUOTE(JSON_EXTRACT('{\"a\": \"x\"}', '$.a'))",
        ("a.b", "c", 2, "y", 0, "bcd", "123", "x"),
    ),
    # What is counted otherwise than elsewhere: whole units, the day 0, bytes, halves.
    (
        "SELECT TIMESTAMPDIFF(DAY, '2026-11-20 12:00:00', '2026-11-22'), TIMESTAMPDIFF(MONTH, '2026-10-31',"
        " '2026-11-30'), TIMESTAMPDIFF(MONTH, '2026-11-30 00:00:01', '2026-10-30'), TIMESTAMPDIFF(YEAR, '2024-11-23',"
        " '2026-11-22'), TO_DAYS('2026-11-22'), TO_DAYS('1970-01-01'), FROM_DAYS(740307)",
        (1, 0, -1, 1, 740307, 719528, dt.date(2026, 11, 22)),
    ),
    (
        "SELECT LENGTH('é'), CHAR_LENGTH('é'), OCTET_LENGTH('é'), LENGTH(X'C3A9'), FORMAT(1234.5, 0), FORMAT(-0.125,"
        " '2'), FORMAT(1234567.891, 2, 'en_US'), JSON_LENGTH('[1, 2]'), JSON_LENGTH('{\"a\": [1, 2, 3]}', '$.a'),"
        " JSON_KEYS('{\"a\": 1}')",
        (2, 1, 2, 2, "1,235", "-0.13", "1,234,567.89", 2, 3, '["a"]'),
    ),
    (
        "SELECT DATE_FORMAT('2026-01-01', '%X%V %x%v %U %u'), DATE_FORMAT('2026-11-22', '%D of %M, %%v'),"
        " FROM_UNIXTIME(86400, '%Y'), MICROSECOND('2026-11-22 10:11:12.5'), EXTRACT(DAY_HOUR FROM '2026-11-02"
        " 10:11:12'), HOUR('10:11:12'), MINUTE(CURTIME()) < 60",
        ("202552 202601 00 01", "22nd of November, %v", "1970", 500000, 210, 10, 1),
    ),
    (
        "SELECT SEC_TO_TIME(-100000), SEC_TO_TIME(1.5), TIMEDIFF('2026-11-22 10:00:00', '2026-11-20 10:00:01'),"
        " TIMEDIFF(CURTIME(), UTC_TIME()), TIME_TO_SEC('01:01:01'), ADDTIME('2026-11-22', '01:30:00')",
        ("-27:46:40", "00:00:01.500000", "47:59:59", "00:00:00", 3661, dt.datetime(2026, 11, 22, 1, 30)),
    ),
    (
        "SELECT DATE_ADD('2026-11-22', INTERVAL '1:30' HOUR_MINUTE), TIMESTAMP '2026-11-22 00:00:00' - INTERVAL '1-6'"
        " YEAR_MONTH, '2026-11-22' + INTERVAL '-1 2:3:4' DAY_SECOND, SYSDATE() <= NOW()",
        (
            dt.datetime(2026, 11, 22, 1, 30),
            dt.datetime(2025, 5, 22),
            dt.datetime(2026, 11, 20, 21, 56, 56),
            1,
        ),
    ),
    (
        "SELECT (1 = 1) + 0, TRUE + TRUE, -(2 > 1), MID('abcdef', 3), STRCMP('a', 'b'), CONV('ff', 16, 10), CONV(10,"
        " 10, 2), OCT(8), QUOTE('it''s'), JSON_ARRAYAGG(n) FROM (SELECT 1 AS n) AS x",
        (1, 2, -1, "cdef", -1, "255", "1010", "10", "'it\\'s'", "[1]"),
    ),
    # Texts: a backslash before % and _, character sets, collations; ODBC's escapes; hints.
    (
        r"SELECT 'a_b' LIKE 'a\_b', 'axb' LIKE 'a\_b', 'axb' LIKE 'a|_b' {escape '|'}, CONVERT('x' USING utf8mb4),"
        " _utf8mb4'A' COLLATE utf8mb4_general_ci = 'a', BINARY 'a' = 'A'",
        (1, 0, 0, "x", 1, 0),
    ),
    (
        "SELECT SQL_NO_CACHE {fn UCASE('a')}, {d '2026-11-22'}, {ts '2026-11-22 10:00:00'} FROM {oj (SELECT 1) AS x"
        " LEFT JOIN (SELECT 2) AS y ON 1 = 2}",
        ("A", dt.date(2026, 11, 22), dt.datetime(2026, 11, 22, 10)),
    ),
    ("SELECT n AS m FROM (SELECT 1 AS n UNION ALL SELECT 5) AS x HAVING m > 3", (5,)),
    ("SELECT @a := 5, @a + 1, IF(1 > 2, @b := 'x', @b := 'y'), CONCAT(@b, '!')", (5, 6, "y", "y!")),
    ("SELECT 12 / (2 / 0), 2.0e0 * 2, 1 FROM (SELECT 1 AS n) AS x STRAIGHT_JOIN (SELECT 2 AS m) AS y", (None, 4.0, 1)),
    ("SELECT n FROM (SELECT 3 AS n UNION ALL SELECT 4) AS x ORDER BY n LIMIT 18446744073709551615 OFFSET 1", (4,)),
    (
        "SELECT DISTINCT HIGH_PRIORITY SQL_NO_CACHE CURRENT_ROLE(), @@innodb_version, _binary'a', _utf8mb4'x' FROM"
        " (SELECT 1 AS n) AS x LIMIT 0, 18446744073709551615",
        ("NONE", "8.0.40", "a", "x"),
    ),
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
    assert mysql.read("SELECT ? AS a LIMIT ?", [b"\x00\xff", 2.0]).text == "SELECT UNHEX('00ff') AS a LIMIT 2"
    assert mysql.read("SHOW TABLES LIKE ?", [evil]).text == "TABLES LIKE 'x'' OR 1=1 -- \\'"
    with pytest.raises(ProgrammingError, match="other parameters"):
        mysql.read("SELECT '?'", [1])


# What drivers ask of the catalog, in the ways that MySQL has and others have not.
ASKED_OF_CATALOG = [
    # MariaDB's for ODBC: SQLPrimaryKeys, SQLColumns.
    (
        "SELECT TABLE_NAME, COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE COLUMN_KEY = 'pri' AND TABLE_SCHEMA ="
        " BINARY 'Marketplace' AND TABLE_NAME = BINARY 'OrderItems' ORDER BY ORDINAL_POSITION",
        [("OrderItems", "AmazonOrderId"), ("OrderItems", "OrderItemId")],
    ),
    (
        "SELECT COLUMN_NAME, CASE DATA_TYPE WHEN 'decimal' THEN @dt:=3 WHEN 'datetime' THEN @dt:=93 ELSE @dt:=(-9) END"
        " AS DATA_TYPE, CAST(CASE WHEN DATA_TYPE = 'decimal' THEN @size:=NUMERIC_PRECISION WHEN DATA_TYPE = 'datetime'"
        " THEN if(NUMERIC_SCALE IS NULL, @size:=19, @size:=1) ELSE @size:=CHARACTER_MAXIMUM_LENGTH END AS UNSIGNED) AS"
        " COLUMN_SIZE, @length:=CAST(CASE @dt WHEN 93 THEN 16 WHEN 3 THEN @size + 2 ELSE @size * 4 END AS SIGNED) AS"
        " BUFFER_LENGTH, IF(@dt = 3, @length, NULL) AS L FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = BINARY"
        " 'Marketplace' AND TABLE_NAME LIKE 'Orders' AND COLUMN_NAME IN ('amazonorderid', 'PURCHASEDATE',"
        " 'OrderTotalAmount') ORDER BY ORDINAL_POSITION",
        [
            ("AmazonOrderId", -9, 16383, 65532, None),
            ("PurchaseDate", 93, 19, 16, None),
            ("OrderTotalAmount", 3, 18, 20, 20),
        ],
    ),
    # MySQL's for Java: getTables, getColumns, getProcedureColumns.
    (
        "SELECT TABLE_SCHEMA AS TABLE_CAT, TABLE_NAME, CASE WHEN TABLE_TYPE='BASE TABLE' THEN CASE WHEN TABLE_SCHEMA ="
        " 'mysql' THEN 'SYSTEM TABLE' ELSE 'TABLE' END ELSE TABLE_TYPE END AS TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES"
        r" WHERE TABLE_NAME LIKE 'sys\\_tables' OR TABLE_NAME LIKE 'orders' HAVING TABLE_TYPE IN ('TABLE',null,null)",
        [("Marketplace", "Orders", "TABLE")],
    ),
    (
        "SELECT UPPER(CASE WHEN UPPER(DATA_TYPE)='DATETIME' THEN 19+(CASE WHEN DATETIME_PRECISION>0 THEN"
        " DATETIME_PRECISION+1 ELSE 0 END) WHEN UPPER(DATA_TYPE)='JSON' THEN 1 ELSE CHARACTER_MAXIMUM_LENGTH END) AS"
        " COLUMN_SIZE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'Orders' AND COLUMN_NAME = 'PurchaseDate'",
        [("26",)],
    ),
    (
        "SELECT NUMERIC_PRECISION + 1, DATETIME_PRECISION, CHARACTER_OCTET_LENGTH, ORDINAL_POSITION = 0 FROM"
        " INFORMATION_SCHEMA.PARAMETERS WHERE SPECIFIC_SCHEMA = 'Marketplace'",
        [],
    ),
    # SQLAlchemy's, where names of tables are kept in any case.
    (
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'marketplace' AND table_name = 'orders'"
        " AND lower(column_name) IN ('AmazonOrderId')",
        [("Orders",)],
    ),
    (
        "SELECT table_name FROM information_schema.columns WHERE (table_schema, table_name, lower(column_name)) IN"
        " (('Marketplace', 'orders', 'AmazonOrderId'), ('x', 'y', 'z'))",
        [("Orders",)],
    ),
    # Metabase's.
    (
        "SELECT c.table_name AS `table-name`, upper(c.data_type) AS `database-type`, c.column_key = 'PRI' AS `pk?`,"
        " nullif(c.column_comment, '') AS `field-comment` FROM information_schema.columns AS c WHERE (c.table_schema"
        " NOT IN ('mysql', 'sys')) AND (c.table_name IN ('Orders')) AND c.ordinal_position - 1 < 1",
        [("Orders", "VARCHAR", 1, "Amazon's number of the order, three groups of digits.")],
    ),
]


@pytest.mark.parametrize(("text", "expected"), ASKED_OF_CATALOG)
def test_drivers_read_the_catalog_in_mysqls_ways(tool: Any, text: str, expected: list[tuple[Any, ...]]) -> None:
    assert ask(tool, text) == expected


def test_what_is_shown_of_a_table_has_its_comments_and_of_none_is_an_error(tool: Any) -> None:
    created = ask(tool, "SHOW CREATE TABLE Marketplace.Orders")[0][1]
    assert "NOT NULL COMMENT 'Amazon''s number of the order, three groups of digits.'" in created
    assert created.endswith("COMMENT='One row per order.'")
    with tool.cursor() as cursor:
        cursor.execute("SHOW CREATE VIEW sys.sys_tables")
        assert [d[0] for d in cursor.description] == ["View", "Create View"]
    for text in ("DESCRIBE nosuch", "SHOW FULL COLUMNS FROM nosuch", "SHOW INDEX FROM nosuch.Orders"):
        with pytest.raises(pymysql.err.ProgrammingError) as missing:
            ask(tool, text)
        assert missing.value.args[0] == 1146


def test_an_assignment_holds_within_its_row_and_no_further(tool: Any) -> None:
    assert ask(tool, "SELECT n, @twice := n * 2, @twice + 1 FROM (SELECT 3 AS n) AS x") == [(3, 6, 7)]
    assert "@twice" in ask(tool, "SHOW WARNINGS")[0][2]
    ask(tool, "SET @n := 4")
    assert ask(tool, "SELECT @n := @n + 1") == [(5,)]
    for text in ("SELECT @i := @i + 1 AS i FROM range(3)", "SELECT @i FROM (SELECT @i := 0) AS x"):
        with pytest.raises(pymysql.MySQLError) as refused:
            ask(tool, text)
        assert refused.value.args[0] == 1235
        assert "row_number()" in refused.value.args[1]


def test_what_has_no_meaning_here_is_left_out_in_silence(tool: Any, caplog: pytest.LogCaptureFixture) -> None:
    text = "SELECT /*+ MAX_EXECUTION_TIME(9) */ n FROM (SELECT /*+ QB_NAME(q) */ 1 AS n) AS x FOR UPDATE"
    assert ask(tool, text) == [(1,)]
    with pytest.raises(pymysql.MySQLError, match="GRANT"):
        ask(tool, "GRANT SELECT ON x TO y")
    assert [record for record in caplog.records if record.name.startswith("sqlglot")] == []


def test_a_client_may_bind_itself_to_reading(tool: Any) -> None:
    """Connector/J asks before each change, and sends none if the answer is 1."""
    assert ask(tool, "SELECT @@session.transaction_read_only, @@read_only") == [(0, 1)]
    ask(tool, "SET SESSION TRANSACTION READ ONLY")
    assert ask(tool, "SELECT @@session.transaction_read_only") == [(1,)]
    with pytest.raises(pymysql.MySQLError, match="READ ONLY"):
        ask(tool, "CREATE TABLE bound AS SELECT 1 AS n")
    ask(tool, "SET SESSION TRANSACTION READ WRITE")
    ask(tool, "CREATE TABLE bound AS SELECT 1 AS n")
    assert ask(tool, "SELECT n FROM bound") == [(1,)]


def test_the_columns_of_a_killed_statement_do_not_come_before_its_error(port: int) -> None:
    """Connector/J with a cursor, and without instrumented classes, takes the error for the next answer."""
    with client(port) as own, client(port) as other:
        # The flags of a column take two bytes: Connector/J reads one of them unless the server says so.
        assert own.server_capabilities & 0x4
        failed: list[Any] = []

        def wait() -> None:
            own._execute_command(3, "SELECT COUNT(*) FROM range(1000000000) AS a, range(100000) AS b")
            try:
                own._read_packet()
            except pymysql.MySQLError as error:
                failed.append(error.args[0])

        thread = threading.Thread(target=wait)
        thread.start()
        while thread.is_alive():
            ask(other, f"KILL QUERY {own.thread_id()}")
            thread.join(0.2)
        assert failed == [1317]
        assert ask(own, "SELECT 2") == [(2,)]


def test_limits_warnings_and_variables(tool: Any) -> None:
    ask(tool, "SET SQL_SELECT_LIMIT=7, time_zone = '+02:00'")
    assert "given in UTC" in ask(tool, "SHOW WARNINGS")[0][2]
    assert len(ask(tool, "SELECT AmazonOrderId FROM SellingPartner.Orders")) == 7
    assert len(ask(tool, "SELECT AmazonOrderId FROM SellingPartner.Orders LIMIT 9")) == 9
    assert len(ask(tool, "SELECT * FROM information_schema.COLUMNS")) == 7
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
        ("SELECT 1 +\nFROM x WHERE", 1064, "in line 2, column 1, at FROM"),
        ("SELECT 1; SELECT 2", 1064, "one after the other"),
        ("SELECT * FROM nowhere", 1146, "There is no table nowhere."),
        ("INSERT INTO ListingsItems (SKU, Price) VALUES ('a', 1)", 1064, "Readonly"),
        ("SHOW SLAVE HOSTS", 1235, "SHOW DATABASES"),
        ("SHOW COLLATION WHERE Charset =", 1064, "missing after it"),
        ("SELECT SQL_CALC_FOUND_ROWS 1 LIMIT 1", 1235, "COUNT(*)"),
        ("SELECT CRC32('x')", 1235, "function CRC32 has no equal"),
        ("SELECT CONV('z', 36, 10)", 1235, "CONV"),
        ("SELECT FORMAT(1, 2, 'de_DE')", 1235, "de_DE"),
        ("SELECT DATE_ADD(NOW(), INTERVAL 'x' DAY_HOUR)", 1235, "DAY_HOUR"),
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


def test_without_credentials_nothing_is_served(tmp_path: Path) -> None:
    home = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "AMZSQL_SIMULATOR": None}
    done = commanded("serve", "--port", "0", "--set", "Marketplace=US", env=home)
    assert done.exit_code == 2
    assert "credentials: there are none. Name a connection" in done.output
    assert "Serving" not in done.output
    done = commanded("serve", "--port", "0", "--set", "OAuthRefreshToken=Atzr|a", env=home)
    assert done.exit_code == 2
    assert "InitiateOAuth=REFRESH needs OAuthClientId, OAuthClientSecret" in done.output


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


def test_long_values_take_several_packets(tool: Any) -> None:
    """A packet's length has three bytes; of 0xFFFFFF it says that more follows."""
    text = "y" * (0xFFFFFF + 1)
    assert ask(tool, f"SELECT repeat('y', {len(text)}) AS t, 7 AS n") == [(text, 7)]
    with tool.cursor() as cursor:
        cursor.execute(f"SELECT '{text}'")
        assert cursor.fetchall() == ((text,),)
        assert cursor.description[0][0] == f"'{text}"[:256]


def test_payloads_end_with_a_packet_that_is_not_full() -> None:
    class Written:
        data = b""

        def write(self, data: bytes) -> None:
            self.data += data

        async def drain(self) -> None:
            pass

    async def there_and_back(payload: bytes, most: int = framing.MOST) -> tuple[bytes, bytes]:
        reader, written = framing.Reader(), Written()
        await framing.Packets(reader, written).send([payload, b"next"])  # type: ignore[arg-type]
        reader.feed_data(written.data)
        packets = framing.Packets(reader, written)  # type: ignore[arg-type]
        packets.most = most
        assert await packets.read() == payload
        assert await packets.read() == b"next"
        return written.data, payload

    full = 0xFFFFFF
    for size, heads in ((0, 2), (full - 1, 2), (full, 3), (2 * full + 5, 4)):
        sent, payload = asyncio.run(there_and_back(b"x" * size))
        assert len(sent) == len(payload) + 4 + 4 * heads
        assert sent[-5] == heads - 1
    with pytest.raises(framing.TooLong, match="max_allowed_packet"):
        asyncio.run(there_and_back(b"x" * 11, most=10))
    with pytest.raises(framing.TooLong):
        asyncio.run(there_and_back(b"x" * (full + 11), most=full + 10))


def test_who_says_nothing_keeps_nobody_out(port: int) -> None:
    silent = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(MOST_STRANGERS * 3)]
    try:
        with client(port, connect_timeout=5) as own:
            assert ask(own, "SELECT 1") == [(1,)]
        silent[0].settimeout(10)
        assert b"".join(iter(lambda: _received(silent[0]), b""))[4:5] == b"\n"  # greeted, and then cut off
    finally:
        for each in silent:
            each.close()


def test_a_fault_of_ours_ends_a_statement_and_not_its_client(
    amazon: tuple[Any, str], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**own: Any) -> amzsql.Connection:
        if own.get("Schema") == "Temp":
            raise KeyError("planted in the catalog")
        return amzsql.connect(**({"Endpoint": amazon[1], "Readonly": True} | SECRETS | MEMORY | FEW | own))

    with serving(amazon[1], opener=broken) as port, client(port) as own:
        with pytest.raises(pymysql.MySQLError) as failed:
            ask(own, "SHOW TABLES")
        assert failed.value.args == (1105, "An internal error in amzsql serve; its log tells more.")
        assert ask(own, "SELECT 1") == [(1,)]
    (record,) = [r for r in caplog.records if r.name.startswith("amzsql.serve") and r.exc_info]
    assert "planted in the catalog" in str(record.exc_info)


def test_clients_of_a_login_see_each_other(port: int) -> None:
    with client(port) as own, client(port, user="stranger") as stranger, client(port) as other:
        number = own.thread_id()
        shown = {row[0]: row for row in ask(other, "SHOW FULL PROCESSLIST")}
        assert stranger.thread_id() not in shown
        assert shown[number][1:5] == ("tool", "localhost", shown[number][3], "Sleep")
        assert shown[other.thread_id()][4:8] == ("Query", 0, "", "SHOW FULL PROCESSLIST")
        listed = f"SELECT COMMAND FROM information_schema.PROCESSLIST WHERE ID = {number}"
        assert ask(other, listed) == [("Sleep",)]
        for text in ("KILL 99999", f"KILL QUERY {stranger.thread_id()}"):
            with pytest.raises(pymysql.MySQLError) as unknown:
                ask(other, text)
            assert unknown.value.args[0] == 1094
        with pytest.raises(pymysql.MySQLError) as killed:
            ask(other, "KILL QUERY CONNECTION_ID()")
        assert killed.value.args[0] == 1317
        assert ask(other, "SELECT 1") == [(1,)]


def test_what_was_changed_at_amazon_is_not_taken_back(amazon: tuple[Any, str]) -> None:
    changing = {"Readonly": False, "SellerId": "A3SIMULATEDSELL"}
    with serving(amazon[1], properties=changing, writable=True) as port, client(port) as own:
        sku = ask(own, "SELECT SKU FROM ListingsItems WHERE Price > 0 LIMIT 1")[0][0]
        before = len(amazon[0].log)
        change = f"UPDATE ListingsItems SET Price = Price + 1 WHERE SKU = '{sku}'"
        for begin, autocommit in (("BEGIN", 1), ("SET autocommit = 0", 0)):
            ask(own, f"SET autocommit = {autocommit}")
            ask(own, begin)
            ask(own, change)
            assert own.server_status & 3 == (3 if autocommit else 1)
            ask(own, "ROLLBACK")
            assert own.server_status & 1 == 0
            (warning,) = ask(own, "SHOW WARNINGS")
            assert warning[:2] == ("Warning", 1196)
            assert "stays changed" in warning[2]
        ask(own, "SET autocommit = 1")
        assert sum("patch" in str(call.operation).lower() for call in amazon[0].log[before:]) == 2
        ask(own, "CREATE TABLE mine AS SELECT 1 AS n")
        ask(own, "BEGIN")
        ask(own, "UPDATE mine SET n = 2")
        ask(own, "ROLLBACK")
        assert ask(own, "SHOW WARNINGS") == []
        # Nor is it, if it was committed.
        ask(own, "BEGIN")
        ask(own, change)
        ask(own, "COMMIT")
        ask(own, "ROLLBACK")
        assert ask(own, "SHOW WARNINGS") == []


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
