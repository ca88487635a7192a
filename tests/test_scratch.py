"""Schema Temp and tables NAME#TEMP: what is kept in them, in whose transaction, and what they ask of Amazon."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from driving import SECRETS, over_socket, rows, simulated

import amzsql
from amzsql.connection import Connection
from amzsql.errors import (
    BudgetExceeded,
    DataError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    ResultWarning,
)
from amzsql.settings import read

ZONED = dt.datetime(2026, 11, 1, 8, tzinfo=dt.UTC)
KINDS = (
    "CREATE TABLE Temp.Kinds (Id INTEGER PRIMARY KEY AUTOINCREMENT, Name VARCHAR(20) NOT NULL DEFAULT 'none',"
    " Price DECIMAL(10,2) CHECK (Price > 0), At TIMESTAMP WITH TIME ZONE, Day DATE, Ok BOOLEAN, Ratio DOUBLE, Raw BLOB,"
    " Doc JSON, UNIQUE (Name, Day))"
)


def run(connection: Connection, *statements: str) -> None:
    for statement in statements:
        connection.cursor().execute(statement)


def asked_by(simulator: Any, work: Any) -> list[str]:
    """Return what is asked of Amazon's operations while something is done."""
    before = len(simulator.log)
    work()
    return [r.operation for r in simulator.log[before:] if not r.operation.startswith(("lwa", "sellers"))]


def test_rows_are_made_changed_and_deleted() -> None:
    connection, simulator = simulated(TimeZone="Marketplace", Marketplace=(), Schema="Temp")
    cursor = connection.cursor()
    assert cursor.execute(KINDS).rowcount == -1
    assert cursor.description is None
    many = "INSERT INTO Kinds (Name, Price, At, Day, Ok, Ratio, Raw, Doc) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    cursor.executemany(
        many,
        [
            ("a", Decimal("1.50"), ZONED, dt.date(2026, 11, 1), True, 0.1, b"\0\1", '{"x": 1}'),
            ("b", 2, "2026-11-01 08:00:00+00", "2026-11-01", None, 1, None, {"x": 2}),
        ],
    )
    assert (cursor.rowcount, cursor.lastrowid) == (2, 2)
    cursor.execute("INSERT INTO Kinds (Price) VALUES (1 + 1), (?)", [3])
    assert (cursor.rowcount, cursor.lastrowid) == (2, 4)
    cursor.execute("INSERT INTO Kinds DEFAULT VALUES")
    assert rows(connection, "SELECT SCOPE_IDENTITY()") == [(5,)]
    first = rows(connection, "SELECT * FROM Kinds WHERE Id = 1")
    assert first == [(1, "a", Decimal("1.50"), ZONED, dt.date(2026, 11, 1), True, 0.1, b"\0\1", '{"x": 1}')]
    assert rows(connection, "SELECT At = ?, Price, Doc FROM Kinds WHERE Name = 'b'", [ZONED]) == [
        (True, Decimal("2.00"), '{"x": 2}')
    ]
    cursor.execute("UPDATE Kinds SET Price = Price * 2, Name = upper(Name) WHERE Name IN ('a', @n)", {"n": "b"})
    assert cursor.rowcount == 2
    cursor.execute("UPDATE Kinds AS k SET Ratio = v.r FROM (VALUES (1, 7.5), (2, 8.5)) AS v(i, r) WHERE k.Id = v.i")
    assert rows(connection, "SELECT Name, Price, Ratio FROM Kinds WHERE Id < 3 ORDER BY Id") == [
        ("A", Decimal("3.00"), 7.5),
        ("B", Decimal("4.00"), 8.5),
    ]
    cursor.executemany("DELETE FROM Kinds WHERE Id = ?", [(1,), (2,), (99,)])
    assert cursor.rowcount == 2
    assert cursor.execute("DELETE FROM Kinds").rowcount == 3
    run(connection, "DROP TABLE Kinds", "DROP TABLE IF EXISTS Kinds")
    assert simulator.log == []


def test_a_transaction_is_about_temp_alone() -> None:
    connection, _ = simulated()
    run(connection, "CREATE TABLE t (a INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    connection.rollback()
    with pytest.raises(ProgrammingError, match="no table t in schema Temp"):
        rows(connection, "SELECT * FROM Temp.t")
    run(connection, "CREATE TABLE t (a INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    connection.commit()
    run(connection, "INSERT INTO t VALUES (2)")
    with pytest.raises(IntegrityError, match="uplicate key"):
        run(connection, "INSERT INTO t VALUES (2)")
    # What is wrong ends the transaction there; Amazon's tables have none.
    with pytest.raises(OperationalError, match="call rollback"):
        rows(connection, "SELECT * FROM t")
    assert len(rows(connection, "SELECT AmazonOrderId FROM Orders LIMIT 1")) == 1
    with pytest.raises(OperationalError, match="nothing was committed"):
        connection.commit()
    assert rows(connection, "SELECT a FROM t") == [(1,)]
    connection.autocommit = True
    run(connection, "INSERT INTO t VALUES (3)")
    with pytest.raises(IntegrityError):
        run(connection, "INSERT INTO t VALUES (4), (3)")
    connection.rollback()
    assert rows(connection, "SELECT a FROM t ORDER BY a") == [(1,), (3,)]
    with pytest.raises(DataError, match="Could not convert"):
        run(connection, "UPDATE t SET a = 'x' WHERE a = 3")
    assert connection.autocommit


def test_a_space_is_shared() -> None:
    space = amzsql.ScratchSpace()
    one, two, apart = (amzsql.connect("Simulator=orders=5", scratch=s) for s in (space, space, None))
    run(one, "CREATE TABLE t (a INTEGER PRIMARY KEY)", "INSERT INTO Mine#TEMP (a) VALUES (1)")
    assert [rows(c, "SELECT TableName FROM sys_tables WHERE SchemaName = 'Temp'") for c in (one, two)] == [
        [("t",), ("Mine#TEMP",)],
        [],
    ]
    one.commit()
    assert rows(two, "SELECT a FROM Temp.T") == []
    run(one, "INSERT INTO t VALUES (1)")
    run(two, "INSERT INTO t VALUES (1)")
    one.commit()
    # Each sees what was there when its transaction began; of two that contradict each other the later one is refused.
    with pytest.raises(IntegrityError, match="Failed to commit"):
        two.commit()
    assert rows(two, "SELECT a FROM t") == [(1,)]
    for statement in ("SELECT * FROM Mine#TEMP", "DROP TABLE Mine#TEMP"):
        with pytest.raises(ProgrammingError, match="no table Mine#TEMP"):
            run(two, statement)
    with pytest.raises(ProgrammingError, match="no table t"):
        run(apart, "SELECT * FROM t")
    one.close()
    two.rollback()
    assert rows(two, "SELECT a FROM t") == [(1,)]


def test_a_connections_own_table_takes_up_what_comes() -> None:
    connection, _ = simulated()
    run(
        connection,
        "INSERT INTO Items#TEMP (Number, Amount, Unit) VALUES ('1', 5, NULL)",
        "INSERT INTO items#temp (Amount, Unit, At) VALUES (2.5, 'Each', DATE '2026-11-01'), (1, NULL, NULL)",
        "INSERT INTO [ITEMS#TEMP] (Number) SELECT 7",
    )
    found = "SELECT Number, Amount, Unit, At FROM Items#TEMP"
    assert rows(connection, found) == [
        ("1", Decimal("5.0"), None, None),
        (None, Decimal("2.5"), "Each", dt.date(2026, 11, 1)),
        (None, Decimal("1.0"), None, None),
        ("7", None, None, None),
    ]
    run(connection, "INSERT INTO Items#TEMP (Amount) VALUES ('some')", "DELETE FROM Items#TEMP WHERE Number IS NULL")
    run(connection, "UPDATE Items#TEMP SET Unit = 'Case' WHERE Number = '7'")
    assert rows(connection, found) == [("1", "5.0", None, None), ("7", None, "Case", None)]
    with pytest.raises(ProgrammingError, match="names its columns"):
        run(connection, "INSERT INTO Other#TEMP VALUES (1)")
    run(connection, "DROP TABLE items#TEMP", "INSERT INTO Items#TEMP (a) VALUES (1)")
    assert rows(connection, "SELECT * FROM Items#TEMP") == [(1,)]


def test_own_tables_are_the_inputs_of_calls() -> None:
    connection, simulator = simulated(DryRun=True, SellerId="A3SIMULATEDSELL")
    run(
        connection,
        "INSERT INTO Ids#TEMP (ContainerIdentificationType, ContainerIdentificationNumber) VALUES ('SSCC', '1')",
        "INSERT INTO Parts#TEMP (ItemReference, ShippedQuantityAmount, ShippedQuantityUnitOfMeasure) VALUES"
        " ('1', 2, 'Eaches')",
        "INSERT INTO Parts#TEMP (ItemReference, ShippedQuantityAmount, ShippedQuantityUnitOfMeasure,"
        " ShippedQuantityUnitSize) VALUES ('2', 3, 'Cases', 5)",
        "INSERT INTO Cartons#TEMP (CartonIdentifiers, CartonSequenceNumber, Items, Weight)"
        """ VALUES ('Ids#TEMP', '1', 'parts#temp', '{"UnitOfMeasure": "Kg", "value": "1"}')""",
        "INSERT INTO ShippedItems#TEMP (ItemSequenceNumber, ShippedQuantityAmount, ShippedQuantityUnitOfMeasure) VALUES"
        " ('1', 1, 'Eaches')",
    )
    cursor = connection.cursor().execute(
        "EXEC SubmitVendorShipmentConfirmations ShipmentIdentifier='S1', ShipmentConfirmationType='Original',"
        " ShipmentConfirmationDate='2026-11-21', SellingPartyPartyId='V', ShipFromPartyPartyId='F',"
        " ShipToPartyPartyId='T', ShippedItems='ShippedItems#TEMP', Cartons='CARTONS#TEMP'"
    )
    [element] = json.loads(cursor.fetchall()[0][4])["shipmentConfirmations"]
    one = {"itemReference": "1", "shippedQuantity": {"amount": 2, "unitOfMeasure": "Eaches"}}
    two = {"itemReference": "2", "shippedQuantity": {"amount": 3, "unitOfMeasure": "Cases", "unitSize": 5}}
    assert element["cartons"][0]["items"] == [one, two]
    assert element["cartons"][0]["weight"] == {"unitOfMeasure": "Kg", "value": "1"}
    assert element["cartons"][0]["cartonIdentifiers"][0]["containerIdentificationType"] == "SSCC"
    assert element["shippedItems"][0]["shippedQuantity"] == {"amount": 1, "unitOfMeasure": "Eaches"}
    with pytest.raises(ProgrammingError, match="Prices#TEMP, which this connection does not have"):
        run(connection, "EXEC SubmitPriceFeed PriceFeedAggregate = 'Prices#TEMP'")
    assert simulator.log == []


KEYS = {
    "join": ("SELECT i.OrderItemId FROM OrderItems AS i JOIN Ids#TEMP AS t ON i.AmazonOrderId = t.Id", 4),
    "where": ("SELECT OrderItemId FROM Ids#TEMP AS t, OrderItems AS i WHERE i.AmazonOrderId = t.Id AND t.Batch = 2", 2),
    "in": ("SELECT OrderItemId FROM OrderItems WHERE AmazonOrderId IN (SELECT Id FROM Ids#TEMP WHERE Batch > 1)", 3),
    "derived": (
        "SELECT i.OrderItemId FROM (SELECT Id AS k FROM Ids#TEMP WHERE Batch = 1) AS t"
        " JOIN OrderItems AS i ON i.AmazonOrderId = t.k",
        1,
    ),
    "exists": (
        "SELECT t.Id FROM Ids#TEMP AS t WHERE t.Batch < 3"
        " AND EXISTS (SELECT 1 FROM OrderItems AS i WHERE i.AmazonOrderId = t.Id)",
        3,
    ),
    "left": ("SELECT t.Id, count(i.OrderItemId) FROM Ids#TEMP AS t LEFT JOIN OrderItems AS i ON i.AmazonOrderId = t.Id"
             " GROUP BY t.Id", 4),
    "chain": (
        "SELECT i.OrderItemId FROM OrderItems AS i JOIN Orders AS o ON i.AmazonOrderId = o.AmazonOrderId"
        " JOIN Ids#TEMP AS t ON o.AmazonOrderId = t.Id WHERE t.Batch = 2",
        3,
    ),
    "empty": ("SELECT OrderItemId FROM OrderItems AS i JOIN Ids#TEMP AS t ON AmazonOrderId = t.Id WHERE Batch = 9", 0),
}  # fmt: skip


@pytest.mark.parametrize("name", KEYS)
def test_rows_of_scratch_tables_bind_keys(name: str) -> None:
    sql, most = KEYS[name]
    connection, simulator = simulated(orders=30)
    ids = [i for (i,) in rows(connection, "SELECT AmazonOrderId FROM Orders LIMIT 4")]
    pairs = [*zip(ids, (1, 2, 2, 3), strict=True), (None, 2)]
    cursor = connection.cursor()
    cursor.executemany("INSERT INTO Ids#TEMP (Id, Batch) VALUES (?, ?)", pairs)
    plan = cursor.execute(f"EXPLAIN {sql}").fetchall()
    assert ("Scratch", "Ids#TEMP") in [row[1:3] for row in plan]
    assert plan[-1][7] <= most
    found: list[Any] = []
    assert len(asked_by(simulator, lambda: found.extend(rows(connection, sql)))) <= most
    # The same over all of Amazon's rows, with the ids where nothing is bound by them.
    listed = ", ".join(f"('{i}', {b})" if i else f"(NULL, {b})" for i, b in pairs)
    plain = sql.replace("Ids#TEMP", f"(SELECT * FROM (VALUES {listed}) AS v(Id, Batch))")
    assert sorted(found, key=str) == sorted(rows(connection, plain), key=str)
    assert bool(found) is (name != "empty")


def test_rows_of_amazon_are_kept_whole() -> None:
    connection, simulator = simulated(MaxRows=5)
    run(
        connection,
        "CREATE TABLE Kept AS SELECT AmazonOrderId AS Id, OrderTotalAmount AS Total, PurchaseDate FROM Orders",
    )
    connection.commit()
    every = len(rows(connection, "SELECT Id FROM Kept ORDER BY 1 LIMIT 1000"))
    assert every > 100
    assert rows(connection, "SELECT count(*), count(DISTINCT Id) FROM Kept") == [(every, every)]
    assert [d[:2] for d in connection.cursor().execute("SELECT * FROM Kept LIMIT 1").description or ()] == [
        ("Id", "VARCHAR"),
        ("Total", "DECIMAL(18,4)"),
        ("PurchaseDate", "TIMESTAMP WITH TIME ZONE"),
    ]
    run(connection, "INSERT INTO Kept (Total, Id) SELECT OrderTotalAmount, AmazonOrderId FROM Orders")
    assert rows(connection, "SELECT count(*), count(DISTINCT Id) FROM Kept") == [(2 * every, every)]
    cursor = connection.cursor().execute("DELETE FROM Kept WHERE Id IN (SELECT AmazonOrderId FROM Orders LIMIT 20)")
    assert cursor.rowcount == 40
    with pytest.raises(DataError):
        run(connection, "INSERT INTO Kept (Total) SELECT AmazonOrderId FROM Orders")
    connection.rollback()
    assert rows(connection, "SELECT count(*) FROM Kept") == [(every,)]
    simulator.log.clear()
    with pytest.warns(ResultWarning, match="cut at 5 rows"):
        assert len(rows(connection, "SELECT * FROM Kept")) == 5
    assert simulator.log == []


def test_a_result_is_of_the_moment_it_was_asked_for() -> None:
    connection, _ = simulated()
    run(connection, "CREATE TABLE t (a INTEGER)")
    connection.cursor().executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(3)])
    open_ = connection.cursor().execute("SELECT a FROM t ORDER BY a")
    assert open_.fetchone() == (0,)
    later = connection.cursor().execute("SELECT a FROM t ORDER BY a")
    run(connection, "DELETE FROM t", "INSERT INTO t SELECT 9", "DROP TABLE t")
    connection.rollback()
    assert open_.fetchall() == [(1,), (2,)]
    assert later.fetchall() == [(0,), (1,), (2,)]


def test_names_are_looked_up_in_temp_last() -> None:
    connection, _ = simulated(orders=5)
    run(
        connection,
        "CREATE TABLE Orders (a INTEGER)",
        "INSERT INTO Temp.Orders VALUES (1)",
        "CREATE TABLE x (b INTEGER)",
    )
    assert rows(connection, "SELECT count(DISTINCT AmazonOrderId) FROM Orders")[0][0] > 1
    assert rows(connection, "SELECT count(*) FROM Temp.Orders, x") == [(0,)]
    assert rows(connection, "SELECT TableName, ColumnName, DataTypeName, IsReadOnly FROM sys_tablecolumns WHERE"
                            " SchemaName = 'Temp' AND NOT IsHidden") == [
        ("Orders", "a", "INTEGER", False),
        ("x", "b", "INTEGER", False),
    ]  # fmt: skip
    assert ("Temp",) in rows(connection, "SELECT SchemaName FROM sys_schemas")
    default, _ = simulated(orders=5, Schema="Temp")
    run(default, "CREATE TABLE Orders (a INTEGER)")
    assert rows(default, "SELECT count(*) FROM Orders") == [(0,)]
    with pytest.raises(ProgrammingError, match="It is in SellingPartner"):
        rows(default, "SELECT * FROM OrderItems")
    assert rows(default, "SELECT * FROM SellingPartner.Orders")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("CREATE TABLE there (a INTEGER)", "a table there in schema Temp already"),
        ("CREATE TABLE n (a FOO)", "no type FOO"),
        ("CREATE TABLE n (rowid INTEGER)", "number of each row"),
        ("CREATE TABLE n (a INTEGER REFERENCES SellingPartner.Orders (b))", "only tables of schema Temp"),
        ("CREATE TABLE n (a INTEGER AS (1 + 1))", "not available"),
        ("CREATE TABLE n AS SELECT * FROM read_csv('/etc/passwd')", "READ_CSV"),
        ("CREATE TABLE n (a VARCHAR DEFAULT getenv('HOME'))", "(?i)getenv"),
        ("CREATE TABLE n (a INTEGER CHECK (a > nextval('x')))", "(?i)nextval"),
        ("CREATE TABLE SellingPartner.n (a INTEGER)", "not available"),
        ("CREATE VIEW Temp.n AS SELECT 1", "not available"),
        ("CREATE INDEX i ON there (lower(a))", "Syntax error"),
        ("CREATE INDEX i ON Orders (AmazonOrderId)", "no table Orders in schema Temp"),
        ("DROP TABLE Orders", "cannot be dropped"),
        ("DROP TABLE Temp.thre", "Did you mean there"),
        ("DROP SCHEMA Temp", "not available"),
        ("INSERT INTO there (b) VALUES (1)", "no column b in there"),
        ("INSERT INTO there VALUES (1, 2)", "2 values for 1 columns"),
        ("INSERT INTO there VALUES (?)", "1 parameters, but 0"),
        ("INSERT INTO there (a) VALUES (1), (DEFAULT)", "DEFAULT stands for a whole column"),
        ("UPDATE there SET b = 1", "no column b in there"),
        ("EXPLAIN INSERT INTO there VALUES (1)", "explain the SELECT that changes"),
        ("COPY there TO 'x.csv'", "COPY is not available"),
        ("ATTACH 'x.db' AS x", "ATTACH is not available"),
    ],
)
def test_what_has_no_place_is_refused(statement: str, told: str) -> None:
    connection, simulator = simulated()
    run(connection, "CREATE TABLE there (a INTEGER)")
    with pytest.raises(ProgrammingError, match=told):
        run(connection, statement)
    # Nothing of it reached the transaction.
    assert rows(connection, "SELECT * FROM there") == []
    assert simulator.log == []


def test_temp_needs_no_network_and_ends_in_time() -> None:
    connection = over_socket("http://127.0.0.1:9", StatementTimeout=1)
    run(connection, "CREATE TABLE t (a BIGINT)", "INSERT INTO t SELECT range FROM range(2000)")
    connection.commit()
    assert rows(connection, "SELECT count(*) FROM Temp.t") == [(2000,)]
    with pytest.raises(BudgetExceeded, match="ran out of time"):
        run(
            connection, "DELETE FROM t WHERE a < (SELECT count(*) FROM t x, t y, t z, range(100) WHERE x.a + y.a > z.a)"
        )
    connection.rollback()
    assert rows(connection, "SELECT count(*) FROM Temp.t") == [(2000,)]
    connection.close()


def test_the_instance_reaches_no_file() -> None:
    settings = read("", **SECRETS, Marketplace="DE")
    connection = Connection(settings)
    run(connection, "CREATE TABLE t (a INTEGER)")
    inside = connection.scratch._connected()
    for statement, told in (
        ("SELECT * FROM read_text('/etc/passwd')", "disabled"),
        ("COPY (SELECT 1) TO '/tmp/x'", "disabled"),
        ("ATTACH '/tmp/x.db'", "disabled"),
        ("SET enable_external_access=true", "locked"),
    ):
        with pytest.raises(Exception, match=told):
            inside.cursor().execute(statement)
    connection.close()
