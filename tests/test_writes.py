"""INSERT, UPDATE and DELETE through the whole driver: what is refused before any call, and what each row has become.

Whether what was written can be read is told table by table elsewhere; here it is what a statement does.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from driving import SECRETS, Hanging, asked, over_socket, real_simulator, rows, served, simulated
from sqlalchemy import orm
from sqlalchemy.dialects import registry as dialects
from sqlalchemy.ext import automap

from amzsql.catalog import registry, writes
from amzsql.catalog.model import Table
from amzsql.connection import Connection
from amzsql.errors import (
    AccessDenied,
    AuthError,
    BudgetExceeded,
    Cancelled,
    DatabaseError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    ResultWarning,
    RowOutcome,
    ServerError,
)
from amzsql.simulator import Fault, Simulator, throttled
from amzsql.types import MONEY, TIMESTAMP

ARN = "arn:aws:sqs:us-east-2:123456789012:q{}"
MADE = "INSERT INTO Destinations (Name, ResourceSqsArn) VALUES (?, ?)"
SELLER = {"SellerId": "A3SIMULATEDSELL"}
# Each row is a call of its own, whatever could be done by a feed.
SINGLY = {**SELLER, "FeedRows": 0}


def queues(count: int) -> list[tuple[str, str]]:
    return [(f"q{n}", ARN.format(n)) for n in range(count)]


def sent(simulator: Simulator) -> list[str]:
    """Return the calls that change something."""
    reads = ("get", "search", "list", "token")
    return [r.operation for r in simulator.log if not r.operation.rpartition(".")[2].startswith(reads) and r.operation]


def skus(connection: Connection, count: int) -> list[str]:
    return [sku for (sku,) in rows(connection, "SELECT SKU FROM ListingsItems LIMIT ?", [count])]


def later(connection: Connection) -> None:
    """Let the time pass until what Amazon has taken shows."""
    connection.runtime.clock.wait(connection.runtime.clock.now() + 120)


def states(error: DatabaseError) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for outcome in error.outcomes:
        found.setdefault(outcome.state, []).append(outcome.row)
    return found


# -- what a statement gives --------------------------------------------------------------------------------------------


def test_rows_are_counted_and_the_last_key_is_told() -> None:
    connection, simulator = simulated()
    cursor = connection.cursor()
    cursor.execute("INSERT INTO Destinations (Name, ResourceSqsArn) VALUES ('a', ?), (?, ?)", [ARN.format(0), "b", ARN])
    assert (cursor.rowcount, cursor.description) == (2, None)
    key = cursor.lastrowid
    with pytest.raises(ProgrammingError, match="no result"):
        cursor.fetchall()
    assert rows(connection, "SELECT Name FROM Destinations WHERE DestinationId = SCOPE_IDENTITY()") == [("b",)]
    assert rows(connection, "SELECT @@IDENTITY") == [(key,)]
    assert (
        rows(connection, "SELECT Verb, TableName, State FROM sys_writes ORDER BY RowNumber")
        == [("INSERT", "Destinations", "done")] * 2
    )
    # Found by a scan: by name, by what another table says, and all of them.
    assert cursor.execute("DELETE FROM Destinations WHERE Name LIKE 'b%'").rowcount == 1
    cursor.execute("CREATE TABLE old#TEMP AS SELECT 'a' AS Name")
    sql = "DELETE FROM Destinations AS d USING old#TEMP AS o WHERE d.Name = o.Name"
    assert cursor.execute(sql).rowcount == 1
    assert cursor.lastrowid is None
    assert cursor.execute("DELETE FROM Destinations WHERE TRUE").rowcount == 0
    assert len(asked(simulator, "deleteDestination")) == 2


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # that Amazon makes the key
def test_tools_are_told_what_was_written() -> None:
    dialects.register("amzsql", "amzsql_dialect.base", "AmzsqlDialect")
    engine = sa.create_engine("amzsql://?Simulator=orders%3D20&Marketplace=US")
    with engine.begin() as connection:
        table = sa.Table("Destinations", sa.MetaData(), autoload_with=connection)
        made = connection.execute(table.insert().values(Name="a", ResourceSqsArn=ARN))
        key = connection.execute(sa.select(table.c.DestinationId)).scalar()
        assert (made.rowcount, made.lastrowid, tuple(made.inserted_primary_key)) == (1, key, (key,))
        rest = [{"Name": name, "ResourceSqsArn": arn} for name, arn in queues(2)]
        assert connection.execute(table.insert(), rest).rowcount == 2
        assert connection.execute(table.delete().where(table.c.Name != "a")).rowcount == 2
    mapped = automap.automap_base(metadata=table.metadata)
    mapped.prepare()
    with orm.Session(engine) as session:
        some = [mapped.classes.Destinations(Name=name, ResourceSqsArn=arn) for name, arn in queues(2)]
        session.add_all(some)
        session.flush()
        keys = {each.DestinationId for each in some}
        assert keys < {key for (key,) in session.execute(sa.select(table.c.DestinationId))}
        session.delete(some[0])
        session.delete(some[1])
        session.commit()
    cursor = connection_of(engine).cursor()
    cursor.execute("DELETE FROM Destinations WHERE TRUE")
    cursor.close()
    assert cursor.rowcount == 1


def connection_of(engine: sa.Engine) -> Any:
    return engine.raw_connection().driver_connection


def test_rows_come_from_a_query_and_from_many_parameters() -> None:
    connection, simulator = simulated()
    cursor = connection.cursor()
    cursor.executemany(MADE, queues(3))
    assert cursor.rowcount == 3
    cursor.execute("CREATE TABLE more#TEMP (Name TEXT, ResourceSqsArn TEXT)")
    cursor.execute(
        "INSERT INTO more#TEMP VALUES ('m1', 'arn:aws:sqs:us-east-2:1:m1'), ('m2', 'arn:aws:sqs:us-east-2:1:m2')"
    )
    assert cursor.execute("INSERT INTO Destinations SELECT * FROM more#TEMP").rowcount == 2
    sql = "INSERT INTO Destinations (Name, ResourceSqsArn) SELECT Name || 'x', ResourceSqsArn || 'x' FROM more#TEMP"
    assert cursor.execute(sql).rowcount == 2
    named = "INSERT INTO Destinations (Name, ResourceSqsArn) VALUES (@name || '-' || @name, @arn)"
    assert cursor.execute(named, {"name": "n", "arn": ARN}).rowcount == 1
    found = rows(connection, "SELECT Name FROM Destinations ORDER BY Name")
    assert [name for (name,) in found] == ["m1", "m1x", "m2", "m2x", "n-n", "q0", "q1", "q2"]
    gone = [(key,) for (key,) in rows(connection, "SELECT DestinationId FROM Destinations")]
    before = len(asked(simulator, "getDestinations"))
    assert cursor.executemany("DELETE FROM Destinations WHERE DestinationId = ?", gone).rowcount == 8
    assert len(asked(simulator, "getDestinations")) == before  # rows that are named by their key are not looked for


def test_an_update_reads_what_it_is_made_of() -> None:
    connection, simulator = simulated(**SINGLY)
    cursor = connection.cursor()
    first, second, other = skus(connection, 3)
    cursor.execute("UPDATE ListingsItems SET Price = 10 WHERE SKU IN (?, ?)", [first, second])
    assert cursor.rowcount == 2
    later(connection)
    cursor.execute(
        "CREATE TABLE raised#TEMP AS SELECT SKU, Price * 1.5 AS Price FROM ListingsItems WHERE SKU = ?", [first]
    )
    cursor.execute("UPDATE ListingsItems SET Price = r.Price FROM raised#TEMP r WHERE ListingsItems.SKU = r.SKU")
    assert cursor.rowcount == 1
    later(connection)
    found = rows(connection, "SELECT CAST(Price AS DOUBLE) FROM ListingsItems WHERE SKU IN (?, ?)", [first, second])
    assert sorted(found) == [(10.0,), (15.0,)]
    with pytest.raises(ProgrammingError, match=f"row '{first}'|two values of Price"):
        cursor.execute(
            "UPDATE ListingsItems SET Price = v.p FROM (VALUES (1), (2)) v(p) WHERE ListingsItems.SKU = ?", [first]
        )
    assert asked(simulator, "patchListingsItem") == [200] * 3
    assert other not in (first, second)


def test_what_goes_with_a_computed_value_and_a_computed_null() -> None:
    connection, simulator = simulated(**SINGLY)
    [(own,)] = rows(connection, "SELECT SKU FROM ListingsItems WHERE Quantity > 0 LIMIT 1")
    cursor = connection.cursor()
    together = "UPDATE ListingsItems SET HandlingTime = 2, Quantity = Quantity + 1 WHERE SKU = ?"
    assert cursor.execute(together, [own]).rowcount == 1
    priced = "UPDATE ListingsItems SET PriceCurrency = 'USD', Price = ROUND(Price * 1.1, 2) WHERE SKU = ?"
    assert cursor.execute(priced, [own]).rowcount == 1
    with pytest.raises(ProgrammingError, match=r"Quantity cannot be set to NULL: Amazon keeps what.*row 0"):
        cursor.execute("UPDATE ListingsItems SET Quantity = NULLIF(Quantity, Quantity) WHERE SKU = ?", [own])
    with pytest.raises(ProgrammingError, match="Price takes a number, not 'dear'"):
        cursor.execute("UPDATE ListingsItems SET Price = 'dear', Quantity = Quantity + 1 WHERE SKU = ?", [own])
    for value, given in (("?", [b"\x00", own]), ("CAST('a' AS BLOB)", [own])):
        with pytest.raises(ProgrammingError, match="MainImageLink takes text, not bytes"):
            cursor.execute(f"UPDATE ListingsItems SET MainImageLink = {value} WHERE SKU = ?", given)
    assert asked(simulator, "patchListingsItem") == [200, 200]


def test_a_subquery_gives_a_value() -> None:
    connection, _ = simulated(**SINGLY)
    [(first,)] = rows(connection, "SELECT SKU FROM ListingsItems WHERE Quantity > 0 LIMIT 1")
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE st#TEMP AS SELECT ? AS SKU, 41 AS Q", [first])
    for value, number in (
        ("(SELECT max(Q) FROM st#TEMP)", 41),
        ("(SELECT 5)", 5),
        ("(SELECT Q + 1 FROM st#TEMP t WHERE t.SKU = ListingsItems.SKU)", 42),
        ("(SELECT max(Quantity) + 1 FROM ListingsItems WHERE SKU = @sku)", 43),
    ):
        assert cursor.execute(f"UPDATE ListingsItems SET Quantity = {value} WHERE SKU = @sku", {"sku": first}).rowcount
        later(connection)
        assert rows(connection, "SELECT Quantity FROM ListingsItems WHERE SKU = ?", [first]) == [(number,)]


def test_stock_that_amazon_keeps_is_not_set_where_rows_are_read() -> None:
    connection, simulator = simulated(**SINGLY)
    [(amazons,)] = rows(connection, "SELECT SKU FROM ListingsItems WHERE Quantity IS NULL LIMIT 1")
    own = [sku for (sku,) in rows(connection, "SELECT SKU FROM ListingsItems WHERE Quantity > 0 LIMIT 2")]
    cursor = connection.cursor()
    told = r"row \d+ \(.*\): Amazon keeps its stock \(AMAZON_NA\).*Quantity IS NOT NULL.*Nothing was sent"
    for sql, given in (
        ("UPDATE ListingsItems SET Quantity = 5 WHERE TRUE", []),
        ("UPDATE ListingsItems SET quantity = 5, Price = 3 WHERE Price > 0 AND SKU = ?", [amazons]),
        ("UPDATE ListingsItems SET Quantity = 5, HandlingTime = 1, ItemName = 'n' WHERE SKU = ?", [amazons]),
        ("UPDATE ListingsItems SET Quantity = Quantity + 1 WHERE SKU = ?", [amazons]),
    ):
        with pytest.raises(IntegrityError, match=told):
            cursor.execute(sql, given)
    names = "UPDATE ListingsItems SET Quantity = 5, ItemName = 'n' WHERE SKU = ?"
    with pytest.raises(IntegrityError, match=f"row 1 .*{re.escape(amazons)}.*Amazon keeps"):
        cursor.executemany(names, [(own[0],), (amazons,), (own[1],)])
    assert sent(simulator) == []
    left = "UPDATE ListingsItems SET Quantity = 5 WHERE SKU IN (?, ?, ?) AND Quantity IS NOT NULL"
    assert cursor.execute(left, [amazons, *own]).rowcount == 2
    meant = "UPDATE ListingsItems SET Quantity = 5, FulfillmentChannelCode = 'DEFAULT' WHERE Price > 0 AND SKU = ?"
    assert cursor.execute(meant, [amazons]).rowcount == 1


def test_what_is_worked_out_of_a_row_is_done_once() -> None:
    connection, simulator = simulated(**SINGLY)
    first, second, _ = skus(connection, 3)
    cursor = connection.cursor()
    for raised in ("Price + ?", "ListingsItems.Price + ?", "(SELECT max(Price) FROM ListingsItems) + ?"):
        sql = f"UPDATE ListingsItems SET Price = {raised} WHERE SKU = ?"
        with pytest.raises(ProgrammingError, match=rf"{re.escape(first)}.* worked out of it: .* parameters 0 and 2"):
            cursor.executemany(sql, [(1, first), (1, second), (1, first)])
    assert sent(simulator) == []
    cursor.execute("CREATE TABLE j#TEMP AS SELECT 1 AS n UNION ALL SELECT 1")
    assert (
        cursor.execute("UPDATE ListingsItems SET Price = Price + n FROM j#TEMP WHERE SKU = ?", [first]).rowcount == 1
    )  # a join that gives a row several times is one change of it
    same = "UPDATE ListingsItems SET Price = 2 * ? WHERE SKU = ?"
    assert cursor.executemany(same, [(3, first), (3, first), (3, second)]).rowcount == 2


def test_a_product_type_says_of_which_type_values_are() -> None:
    connection, simulator = simulated(**SINGLY)
    [(sku, kind)] = rows(connection, "SELECT SKU, ProductType FROM ListingsItems WHERE ProductType <> 'LAMP' LIMIT 1")
    cursor = connection.cursor()
    for sql, told in (
        ("SET ProductType = 'LAMP'", "ProductType says what others are of: assign an attribute"),
        ("SET Attributes = '{}'", "Attributes names no attribute: assign an attribute"),
    ):
        with pytest.raises(ProgrammingError, match=told):
            cursor.execute(f"UPDATE ListingsItems {sql} WHERE SKU = ?", [sku])
    for values in ("Price = Price + 1", "ItemName = 'n'", "Brand = NULL"):
        sql = f"UPDATE ListingsItems SET ProductType = ?, {values} WHERE Price > 0 AND SKU = ?"
        with pytest.raises(IntegrityError, match=rf"row 0 .*it is a listing of type {kind}, not LAMP"):
            cursor.execute(sql, ["LAMP", sku])
        assert cursor.execute(sql, ["PRODUCT" if "Price" in values else kind, sku]).rowcount == 1
    assert asked(simulator, "patchListingsItem") == [200] * 3


def test_other_marketplaces_are_left_alone_however_a_row_is_named() -> None:
    connection, simulator = simulated(**SINGLY)
    (sku,) = skus(connection, 1)
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE w#TEMP AS SELECT ? AS SKU, 'A2EUQ1WTGCTBG2' AS Place", [sku])
    for sql in (
        "UPDATE ListingsItems SET Quantity = 3 WHERE SKU = ? AND MarketplaceId = 'A2EUQ1WTGCTBG2'",
        "UPDATE ListingsItems SET Quantity = 3 WHERE SKU = ? AND MarketplaceId = 'A2EUQ1WTGCTBG2' AND Price > 0",
        "DELETE FROM ListingsItems WHERE SKU = ? AND MarketplaceId IN ('A2EUQ1WTGCTBG2')",
        "UPDATE ListingsItems AS l SET Quantity = 3 FROM w#TEMP w WHERE l.SKU = w.SKU AND l.MarketplaceId = w.Place"
        " AND w.SKU = ?",
    ):
        with pytest.warns(ResultWarning, match=r"A2EUQ1WTGCTBG2 is not among the connection's marketplaces \(ATVPDK"):
            assert cursor.execute(sql, [sku]).rowcount == 0
    plan = "EXPLAIN UPDATE ListingsItems SET Quantity = 3 WHERE SKU = ? AND MarketplaceId = 'A2EUQ1WTGCTBG2'"
    assert rows(connection, plan, [sku])[-1][7] == 0
    assert asked(simulator, "patchListingsItem") + asked(simulator, "deleteListingsItem") == []
    some = (
        "UPDATE ListingsItems SET Quantity = 3 WHERE SKU = ? AND MarketplaceId IN ('A2EUQ1WTGCTBG2', 'ATVPDKIKX0DER')"
    )
    with pytest.warns(ResultWarning, match="A2EUQ1WTGCTBG2 is not among"):
        assert cursor.execute(some, [sku]).rowcount == 1


@pytest.mark.parametrize("bulk", [0, 2])
def test_a_new_key_is_given_once(bulk: int) -> None:
    connection, simulator = simulated(**{**SELLER, "FeedRows": bulk})
    cursor = connection.cursor()
    told = r"duplicate key 'D': rows 0 and 2 \(the first is 0\) have it\. Nothing was sent"
    sql = "INSERT INTO ListingsItems (SKU, ProductType, Price) VALUES ('D', 'MUG', 1), ('E', 'MUG', 2), ('D', 'MUG', 3)"
    with pytest.raises(IntegrityError, match=told):
        cursor.execute(sql)
    with pytest.raises(IntegrityError, match=told):
        cursor.executemany(
            "INSERT INTO ListingsItems (SKU, ProductType, Price) VALUES (?, 'MUG', 1)", [("D",), ("E",), ("D",)]
        )
    with pytest.raises(IntegrityError, match="duplicate key SKU='D', MarketplaceId='ATVPDKIKX0DER'"):
        cursor.execute(
            "INSERT INTO ListingsItems (SKU, ProductType, MarketplaceId, Price)"
            " VALUES ('D', 'MUG', NULL, 1), ('D', 'MUG', 'ATVPDKIKX0DER', 2)"
        )
    with pytest.raises(IntegrityError, match=r"duplicate key 'GET_ORDER\w+': rows 0 and 1"):  # Amazon keeps one only
        cursor.execute(
            "INSERT INTO ReportSchedules (ReportType, Period)"
            " VALUES ('GET_ORDER_REPORT_DATA_SHIPPING', 'P1D'), ('GET_ORDER_REPORT_DATA_SHIPPING', 'P7D')"
        )
    assert sent(simulator) == []


def test_a_key_names_a_row_in_each_marketplace() -> None:
    connection, simulator = simulated(Marketplace="", **SINGLY)
    sql = "SELECT SKU FROM ListingsItems GROUP BY SKU HAVING COUNT(*) = 3 LIMIT 1"
    [(sku,)] = rows(connection, sql)
    [call] = [
        r for r in rows(connection, "EXPLAIN UPDATE ListingsItems SET Price = 7 WHERE SKU = ?", [sku]) if r[1] == "Call"
    ]
    assert call[3] == "listingsItems_2021-08-01.patchListingsItem"
    cursor = connection.cursor()
    assert cursor.execute("UPDATE ListingsItems SET Price = 7 WHERE SKU = ?", [sku]).rowcount == 3
    place = "UPDATE ListingsItems SET Price = 8 WHERE SKU = ? AND MarketplaceId = 'A2EUQ1WTGCTBG2'"
    assert cursor.execute(place, [sku]).rowcount == 1
    later(connection)
    found = rows(
        connection, "SELECT CAST(Price AS INT), PriceCurrency FROM ListingsItems WHERE SKU = ? ORDER BY 1, 2", [sku]
    )
    assert found == [(7, "MXN"), (7, "USD"), (8, "CAD")]
    assert asked(simulator, "patchListingsItem") == [200] * 4


def test_what_is_not_there_counts_for_nothing() -> None:
    connection, simulator = simulated(**SINGLY)
    cursor = connection.cursor()
    cursor.execute("UPDATE ListingsItems SET Price = 1 WHERE SKU IN ('none', 'nobody')")
    assert (cursor.rowcount, len(cursor.messages)) == (0, 2)
    many = [(f"d{n}",) for n in range(30)]
    assert cursor.executemany("DELETE FROM Destinations WHERE DestinationId = ?", many).rowcount == 0
    assert "10 more warnings of rows are not shown (30 rows" in str(cursor.messages[20][1])
    simulator.log.clear()
    cursor.execute("CREATE TABLE empty#TEMP AS SELECT CAST(NULL AS TEXT) AS Id")
    assert cursor.execute("DELETE FROM Destinations d USING empty#TEMP e WHERE d.DestinationId = e.Id").rowcount == 0
    assert sent(simulator) == []
    cursor.execute("DELETE FROM Destinations WHERE DestinationId IN ('gone', 'gone', ?)", ["too"])
    assert cursor.rowcount == 0
    assert asked(simulator, "deleteDestination") == [404, 404]
    assert "DELETE FROM Destinations, row 1 ('too'): It was not there" in str(cursor.messages[1][1])


# -- what is refused before any call -----------------------------------------------------------------------------------

BAD = [
    ("INSERT INTO Destinations (Nam) VALUES ('a')", r"no column Nam\. Did you mean Name"),
    ("INSERT INTO Destinations (DestinationId) VALUES ('a')", "DestinationId is read only"),
    ("INSERT INTO Destinations (ResourceSqsArn) VALUES ('a')", "INSERT INTO Destinations needs Name.* This is row 0"),
    ("INSERT INTO Destinations (Name) VALUES ('a')",
     "needs ResourceSqsArn, ResourceEventBridgeRegion or ResourceEventBridgeAccountId: no value is given"),
    ("INSERT INTO Destinations (Name, ResourceSqsArn) VALUES ('a', 'arn:aws:sqs:e:1:q'), (NULL, 'b')",
     "needs Name: no.* This is row 1"),
    ("INSERT INTO Destinations VALUES ('a')", r"names no columns: write INSERT INTO Destinations \(column"),
    ("INSERT INTO Destinations DEFAULT VALUES", "DEFAULT VALUES is not available"),
    ("INSERT INTO Destinations (Name, ResourceSqsArn) SELECT 1", "names 2 columns, and its query gives 1"),
    ("INSERT INTO Destination (Name) VALUES ('a')", "no table Destination. Did you mean Destinations"),
    ("INSERT INTO FeedDocuments (Name) VALUES ('a')", "no column Name"),
    ("INSERT INTO ReportList (ReportType) VALUES ('GET_MERCHANT_LISTINGS_ALL_DATA'), ('NOPE')",
     "ReportList: ReportType: there is no report type NOPE.* This is row 1"),
    ("INSERT INTO ReportSchedules (ReportType, Period) VALUES ('X', 'soon')", "period"),
    ("INSERT INTO ListingsItems (SKU, ProductType, Price) VALUES ('a', 'MUG', 'dear')", "Price takes a number, not"),
    ("INSERT INTO ListingsItems (SKU, ProductType, Attributes) VALUES ('a', 'MUG', '{x')", "Attributes"),
    ("INSERT INTO ListingsItemsAttributes (SKU, AttributeName, Value) VALUES ('a', 'c', '[]'), "
     "('a', 'x', '[{\"\" 1}]')",
     r"Value takes JSON text.*line 1, column 6, near .*delimiter\. This is row 1"),
    ("UPDATE ListingsItems SET Attributes = '{\"color\": [}' WHERE SKU = 'a'", "Attributes takes JSON.* column 12"),
    ("UPDATE ListingsItems SET Price = -1 WHERE SKU = 'a'", "Price takes a number from 0 to 999999999999, not -1"),
    ("UPDATE ListingsItems SET Price = 1e400 WHERE SKU = 'a'", "Price takes a number from 0 to 9+, not 1E"),
    ("UPDATE ListingsItems SET Quantity = -5 WHERE SKU = 'a'", "takes a whole number from 0 to 999999999, not -5"),
    ("INSERT INTO OrderItems (OrderId) VALUES ('a')", r"takes no INSERT\. It is read only"),
    ("INSERT INTO sys_tables (TableName) VALUES ('a')", "takes no INSERT"),
    ("UPDATE Destinations SET Name = 'b' WHERE TRUE", r"takes no UPDATE\. It takes INSERT and DELETE"),
    ("UPDATE SupplySources SET SupplySourceId = 'b' WHERE TRUE", "SupplySourceId is part of the key"),
    ("UPDATE SupplySources SET CreatedAt = 'b' WHERE TRUE", "read only|no column"),
    ("UPDATE SupplySources SET Alias = 'b'", "UPDATE SupplySources has no WHERE.*write WHERE TRUE if"),
    ("UPDATE SupplySources SET Status = 'Bad' WHERE SupplySourceId = 'x'", "Status"),
    ("UPDATE SupplySources SET Alias = NULL WHERE SupplySourceId = 'x'", "Alias cannot be set to NULL"),
    ("UPDATE SupplySources SET Alias = 'a', Status = 'Active' WHERE SupplySourceId = 'x'", "different calls of Amaz"),
    ("UPDATE ListingsItems SET Price = NULL WHERE SKU = 'x'", "Price cannot be set to NULL"),
    ("UPDATE ListingsItems SET Price = 12.345 WHERE SKU = 'a'",
     r"Price takes at most 2 decimals in USD, not 12\.345: write ROUND"),
    ("UPDATE ListingsItems SET Price = 12.5, PriceCurrency = 'jpy' WHERE SKU = 'a'", "Price takes no decimals in JPY"),
    ("UPDATE ListingsItems SET PriceCurrency = 'XX' WHERE SKU = 'a'", "PriceCurrency takes the three letters of a cur"),
    ("UPDATE ListingsItems SET PriceCurrency = 'USD' WHERE SKU = 'a'",
     "PriceCurrency goes with Price, MinimumAdvertisedPrice or SalePrice: give that too"),
    ("UPDATE ListingsItems SET Price = 5, SaleEndDate = '2027-01-01' WHERE SKU = 'a'", "SaleEndDate goes with SaleP"),
    ("UPDATE ListingsItems SET HandlingTime = 2 WHERE SKU = 'a'", "HandlingTime goes with Quantity: give that too"),
    ("UPDATE ListingsItems SET Price = 1, Attributes = '{\"purchasable_offer\": [{}]}' WHERE SKU = 'a'",
     "the attribute purchasable_offer is given twice, by Price and within Attributes"),
    ("INSERT INTO ListingsItems (SKU, ProductType, Attributes, ItemName) VALUES ('a', 'M', '{\"item_name\": []}', 'n')",
     "the attribute item_name is given twice, by ItemName and within Attributes"),
    ("UPDATE ListingsItems SET Price = DEFAULT WHERE SKU = 'a'", r"no defaults\.$"),
    ("DELETE FROM Destinations", "DELETE FROM Destinations has no WHERE"),
    ("DELETE FROM ListingsItems WHERE Sku = ?", "1 parameters, but 0 values"),
    ("DELETE FROM Orders WHERE TRUE", r"takes no DELETE\. It is read only"),
    ("DROP TABLE Orders", "Orders is one of Amazon's tables"),
    ("EXPLAIN ANALYZE DELETE FROM Destinations WHERE TRUE", "EXPLAIN ANALYZE would write"),
]  # fmt: skip


def test_bad_statements_are_refused_before_any_call() -> None:
    connection, simulator = simulated(**SELLER)
    for sql, told in BAD:
        with pytest.raises(ProgrammingError, match=told):
            rows(connection, sql)
    assert sent(simulator) == []


TYPED = {"BIGINT", "DOUBLE", "BOOLEAN", "DATE", TIMESTAMP.name, MONEY.name}


def wrong(table: Table) -> Iterator[tuple[str, str]]:
    """Yield statements that a table refuses, with what the error names."""
    name = f"{table.schema}.{table.name}"
    kinds = {m.kind: [o for o in table.writes if o.kind == m.kind] for m in table.writes}
    taken = {kind: {n for m in each for n in writes.settable(table, m)} for kind, each in kinds.items()}
    for chosen in table.writes:
        known, needed = writes.inputs(table, chosen), writes.required(table, chosen)
        typed = [n for n, i in known.items() if i.type.name in TYPED and i.targets and n in taken.get(chosen.kind, ())]
        if chosen.kind == "insert":
            yield f"INSERT INTO {name} (Nonsense) VALUES (1)", "no column Nonsense"
            yield from (
                (f"INSERT INTO {name} ({c.name}) VALUES ('x')", f"{c.name} is read only")
                for c in [c for c in table.columns if c.name not in taken["insert"]][:1]
            )
            if len(needed) > 1:
                yield f"INSERT INTO {name} ({needed[0]}) VALUES (NULL)", f"needs .*{needed[0]}|is needed|sandbox only"
            yield from ((f"INSERT INTO {name} ({n}) VALUES ('wrong!')", f"{n} takes |needs ") for n in typed[:1])
        elif chosen.kind == "update":
            yield f"UPDATE {name} SET Nonsense = 1 WHERE TRUE", "no column Nonsense"
            yield f"UPDATE {name} SET {writes.keys(table, chosen)[0]} = 'x' WHERE TRUE", writes.keys(table, chosen)[0]
            yield f"UPDATE {name} SET {writes.settable(table, chosen)[0]} = 'x'", "write WHERE TRUE if|set to "
            own = [n for n in typed if sum(n in writes.settable(table, o) for o in kinds["update"]) == 1]
            yield from ((f"UPDATE {name} SET {n} = 'wrong!' WHERE TRUE", f"{n} takes |goes with ") for n in own[:1])
        else:
            yield f"DELETE FROM {name}", f"DELETE FROM {table.name} has no WHERE"


@pytest.mark.parametrize("schema", ["SellerCentral", "VendorCentral"])
def test_every_table_that_is_written_refuses_what_is_wrong(schema: str) -> None:
    partner = "Vendor" if schema == "VendorCentral" else "Seller"
    connection, simulator = simulated(orders=20, SellingPartner=partner, **SELLER)
    tables = [t for t in (registry.table(schema, name) for name in registry.names(schema)) if t.writes]
    assert len(tables) == {"SellerCentral": 51, "VendorCentral": 14}[schema]
    for sql, told in (each for table in tables for each in wrong(table)):
        with pytest.raises(ProgrammingError, match=told):
            connection.cursor().execute(sql)
    assert sent(simulator) == []


def test_all_rows_are_judged_before_the_first_is_sent() -> None:
    connection, simulator = simulated()
    with pytest.raises(ProgrammingError, match=r"needs Name.* This is row 2"):
        connection.cursor().executemany(MADE, [*queues(2), (None, ARN), ("last", ARN)])
    readonly, other = simulated(Readonly=True)
    with pytest.raises(ProgrammingError, match="INSERT changes Destinations at Amazon, and the connection is Readonly"):
        readonly.cursor().execute(MADE, queues(1)[0])
    assert [*simulator.log, *other.log] == []


@pytest.mark.parametrize(
    ("limit", "told"),
    [({"MaxRequests": 20}, r"100 rows need 100 requests .* 20 requests \(MaxRequests\)"),
     ({"StatementTimeout": 30}, r"100 rows need 100 requests and 9\d s .* 30 s \(StatementTimeout\)")],
)  # fmt: skip
def test_rows_that_cannot_be_afforded_are_refused(limit: dict[str, Any], told: str) -> None:
    connection, simulator = simulated(**limit)
    with pytest.raises(BudgetExceeded, match=told) as caught:
        connection.cursor().executemany(MADE, queues(100))
    assert caught.value.estimate is not None
    assert sent(simulator) == []


def test_dry_runs_and_plans_show_what_would_be_sent() -> None:
    connection, simulator = simulated(DryRun=True, **SELLER)
    cursor = connection.cursor()
    cursor.executemany(MADE, queues(2))
    shown = cursor.fetchall()
    assert [(r[0], r[1], json.loads(r[4])["name"]) for r in shown] == [
        ("notifications.createDestination", "POST", "q0"), ("notifications.createDestination", "POST", "q1"),
    ]  # fmt: skip
    assert sent(simulator) == []
    [(_, told)] = cursor.messages
    assert re.fullmatch(
        r'DryRun: nothing was sent. 2 requests would be, the first POST /noti\S+ \{"name":"q0",.*\}', told
    )
    (sku,) = skus(connection, 1)
    cursor.execute("UPDATE ListingsItems SET Price = 12 WHERE SKU = ?", [sku])
    [(row, key, status, issues)] = cursor.fetchall()
    assert (row, json.loads(key)["SKU"], status, issues) == (0, sku, "VALID", "[]")
    assert cursor.messages[-1][1] == "DryRun: nothing was changed. Amazon's preview of the rows says: 1 VALID."
    plan = rows(connection, "EXPLAIN DELETE FROM Destinations WHERE Name = 'q0'")
    assert [(r[1], r[3]) for r in plan if r[1] in ("Fetch", "Call")] == [
        ("Fetch", "notifications.getDestinations"), ("Call", "notifications.deleteDestination"),
    ]  # fmt: skip
    plan = rows(
        connection,
        f"EXPLAIN INSERT INTO Destinations (Name) VALUES {', '.join(['(?)'] * 20)}",
        list("abcdefghijklmnopqrst"),
    )
    assert [(r[1], r[7], r[8] > 10) for r in plan] == [("Call", 20, True), ("Total", 20, True)]


# -- what goes wrong in the middle -------------------------------------------------------------------------------------

EVERY = list(range(100))
PATCHED = {
    "reset after it was done": (Fault("*.patchListingsItem", "lost", 50), {}, 101),
    "dropped before": (Fault("*.patchListingsItem", "drop", 50), {}, 101),
    "429 three times": (throttled("*.patchListingsItem", 50), {}, 101),
    "500 once": (Fault("*.patchListingsItem", "status", 50), {}, 101),
    "500 though done": (Fault("*.patchListingsItem", "status", 50, done=True), {}, 101),
    "500 for ever": (Fault("*.patchListingsItem", "status", 50, times=0),
                     {"done": EVERY[:49], "unknown": [49], "not sent": EVERY[50:]}, 55),
    "400": (Fault("*.patchListingsItem", "status", 50, status=400),
            {"done": EVERY[:49], "refused": [49], "not sent": EVERY[50:]}, 50),
    "403": (Fault("*.patchListingsItem", "status", 50, status=403),
            {"done": EVERY[:49], "refused": [49], "not sent": EVERY[50:]}, 50),
}  # fmt: skip


@pytest.mark.parametrize("name", PATCHED)
def test_a_fault_in_the_middle_of_an_update(name: str) -> None:
    fault, expected, calls = PATCHED[name]
    connection, simulator = simulated(fault, **SINGLY)
    wanted = skus(connection, 100)
    cursor = connection.cursor()
    sql = f"UPDATE ListingsItems SET ItemName = 'changed' WHERE SKU IN ({', '.join('?' * 100)})"
    if expected:
        with pytest.raises(DatabaseError) as caught:
            cursor.execute(sql, wanted)
        assert states(caught.value) == expected
        assert isinstance(caught.value, {"400": IntegrityError, "403": AccessDenied}.get(name, ServerError))
        assert "Done: rows 0 to 48." in str(caught.value)
        assert "Not sent: rows 50 to 99." in str(caught.value)
    else:
        assert cursor.execute(sql, wanted).rowcount == 100
    assert len(asked(simulator, "patchListingsItem")) == calls
    later(connection)
    told = rows(connection, "SELECT State, COUNT(*) FROM sys_writes GROUP BY State ORDER BY State")
    assert dict(told) == {state: len(numbers) for state, numbers in (expected or {"done": EVERY}).items()}
    changed = {sku for (sku,) in rows(connection, "SELECT SKU FROM ListingsItems WHERE ItemName = 'changed'")}
    keys = {json.loads(key)["SKU"]: state for key, state in rows(connection, "SELECT RowKey, State FROM sys_writes")}
    assert {sku for sku, state in keys.items() if state == "done"} <= changed
    assert not changed & {sku for sku, state in keys.items() if state in ("refused", "not sent")}


CREATED = {
    "reset after it was done": (Fault("*.createDestination", "lost", 50), "unknown", 50, 50),
    "dropped before": (Fault("*.createDestination", "drop", 50), "unknown", 49, 50),
    "500": (Fault("*.createDestination", "status", 50), "unknown", 49, 50),
    "500 though done": (Fault("*.createDestination", "status", 50, done=True), "unknown", 50, 50),
    "400": (Fault("*.createDestination", "status", 50, status=400), "refused", 49, 50),
    "429": (throttled("*.createDestination", 50), "", 100, 101),
}  # fmt: skip


@pytest.mark.parametrize("name", CREATED)
def test_what_may_have_been_done_is_not_sent_again(name: str) -> None:
    fault, state, there, calls = CREATED[name]
    connection, simulator = simulated(fault)
    cursor = connection.cursor()
    if state:
        with pytest.raises(DatabaseError) as caught:
            cursor.executemany(MADE, queues(100))
        assert states(caught.value) == {"done": EVERY[:49], state: [49], "not sent": EVERY[50:]}
        assert isinstance(caught.value, IntegrityError) == (state == "refused")
        assert ("is not known: look before you write it again" in str(caught.value)) == (state == "unknown")
        assert "Try again later" not in str(caught.value)  # of all advice, not to be followed here
        if name == "dropped before":
            assert str(caught.value).startswith("notifications.createDestination gave no answer: ")
            assert str(caught.value).count("ReadError") + str(caught.value).count("RemoteProtocolError") == 1
        key = caught.value.outcomes[0].key
    else:
        assert cursor.executemany(MADE, queues(100)).rowcount == 100
        key = {"DestinationId": rows(connection, "SELECT DestinationId FROM Destinations WHERE Name = 'q0'")[0][0]}
    assert len(asked(simulator, "createDestination")) == calls
    found = dict(rows(connection, "SELECT Name, DestinationId FROM Destinations"))
    assert (len(found), {"DestinationId": found["q0"]}) == (there, key)


def test_a_statement_that_is_cancelled_tells_of_its_rows() -> None:
    connection, simulator = simulated(throttled("*.createDestination", 7, retry_after=30))
    cursor = connection.cursor()
    cursor.progress = lambda line: cursor.cancel() if "throttled" in line else None
    with pytest.raises(Cancelled, match="Not sent: rows") as caught:
        cursor.executemany(MADE, queues(50))
    assert asked(simulator, "createDestination") == [200] * 6 + [429]
    assert states(caught.value) == {"done": list(range(6)), "not sent": list(range(6, 50))}


def test_what_never_left_is_not_sent() -> None:
    with served(real_simulator(20)) as url:
        connection = over_socket("http://127.0.0.1:1", OAuthAccessTokenURL=f"{url}/auth/o2/token", MaxRetries=0)
        with pytest.raises(ServerError) as caught:
            connection.cursor().executemany(MADE, queues(2))
    assert states(caught.value) == {"not sent": [0, 1]}
    assert "Not sent: rows 0 to 1. error.outcomes tells of each row." in str(caught.value)
    assert rows(connection, "SELECT State FROM sys_writes") == [("not sent",)] * 2


def test_rows_are_told_without_a_token() -> None:
    for count, told in ((3, r"no token.* Not sent: rows 0 to 2\."), (1, r"no token.* It was not sent\.")):
        connection, simulator = simulated(Fault("lwa.token", "status", times=0, status=500))
        with pytest.raises(AuthError, match=told) as caught:
            connection.cursor().executemany(MADE, queues(count))
        assert states(caught.value) == {"not sent": list(range(count))}
        assert asked(simulator, "createDestination") == []


def test_rows_that_are_unknown_are_no_fault_of_the_data() -> None:
    refused = Fault("*.createDestination", "status", 2, status=400)
    for faults, told in (([], {"done": [0, 1], "unknown": [2, 3]}),
                         ([refused], {"done": [0], "refused": [1], "unknown": [2, 3]})):  # fmt: skip
        unknown = Fault("*.createDestination", "status", 3, times=0, status=500)
        connection, _ = simulated(*faults, unknown, OnRowError="Continue")
        with pytest.raises(OperationalError, match=r"Row 2 is unknown: .*look before you write it ag") as caught:
            connection.cursor().executemany(MADE, queues(4))
        assert states(caught.value) == told
        assert ("Row 1 was refused" in str(caught.value)) == bool(faults)


def test_the_others_are_tried_all_the_same() -> None:
    connection, simulator = simulated(
        Fault("*.createDestination", "status", 2, status=400, code="InvalidInput"), OnRowError="Continue"
    )
    cursor = connection.cursor()
    with pytest.raises(IntegrityError, match=r"Row 1 was refused: .*InvalidInput.* Done: rows 0, 2 to 4\.") as caught:
        cursor.executemany(MADE, queues(5))
    last = rows(connection, "SELECT DestinationId FROM Destinations WHERE Name = 'q4'")
    assert [(cursor.lastrowid,)] == rows(connection, "SELECT SCOPE_IDENTITY()") == last
    assert cursor.executemany(MADE, []).rowcount == 0
    assert cursor.lastrowid is None
    assert states(caught.value) == {"done": [0, 2, 3, 4], "refused": [1]}
    first = caught.value.outcomes[1]
    assert isinstance(first, RowOutcome)
    assert "InvalidInput" in first.detail
    assert len(asked(simulator, "createDestination")) == 5


def test_issues_of_listings_refuse_their_row() -> None:
    connection, simulator = simulated(OnRowError="Continue", **SINGLY)
    (sku,) = skus(connection, 1)
    sql = "INSERT INTO ListingsItemsAttributes (SKU, AttributeName, Value) VALUES ('none', 'color', ?), (?, 'color', ?)"
    blue = '[{"value": "Blue", "language_tag": "en_US", "marketplace_id": "ATVPDKIKX0DER"}]'
    with pytest.raises(
        IntegrityError, match=r"Row 0 \(SKU='none', .* was refused: .*not listed in this mark"
    ) as caught:
        connection.cursor().execute(sql, [blue, sku, blue])
    assert states(caught.value) == {"refused": [0], "done": [1]}
    assert asked(simulator, "patchListingsItem") == [200, 200]  # Amazon takes the call, and says so of the row


PLAN = (
    "INSERT INTO SellerCentral.InboundPlan (Name, Items, SourceAddressName,"
    " SourceAddressAddressLine1, SourceAddressCity, SourceAddressCountryCode, SourceAddressPhoneNumber,"
    " SourceAddressPostalCode)"
    " VALUES ('Spring', ?, 'Robin', '500 Harbor Way', 'Seattle', 'US', '+1 206-555-0100', '98109')"
)
LINE = {"labelOwner": "SELLER", "prepOwner": "SELLER", "quantity": 1}


def test_what_is_only_taken_is_waited_for() -> None:
    for wait, polls in ((True, 3), (False, 0)):
        connection, simulator = simulated(WaitForOutcome=wait)
        [(sku,)] = rows(connection, "SELECT SellerSKU FROM InventorySupply WHERE FNSKU IS NOT NULL LIMIT 1")
        cursor = connection.cursor()
        cursor.execute(PLAN, [json.dumps([{"msku": sku, **LINE}])])
        assert (cursor.rowcount, len(asked(simulator, "getInboundOperationStatus")) >= polls) == (1, True)
        assert bool(asked(simulator, "getInboundOperationStatus")) == wait
        found = rows(
            connection, "SELECT Name FROM SellerCentral.InboundPlan WHERE InboundPlanId = ?", [cursor.lastrowid]
        )
        assert found == [("Spring",)]


def test_what_is_still_worked_on_at_the_end_is_unknown() -> None:
    connection, _ = simulated(StatementTimeout=5)
    [(sku,)] = rows(connection, "SELECT SellerSKU FROM InventorySupply WHERE FNSKU IS NOT NULL LIMIT 1")
    with pytest.raises(BudgetExceeded, match=r"Amazon has taken it as .* is not known: look before") as caught:
        connection.cursor().execute(PLAN, [json.dumps([{"msku": sku, **LINE}])])
    [outcome] = caught.value.outcomes
    assert (outcome.state, list(outcome.key)) == ("unknown", ["InboundPlanId"])


# -- killed ------------------------------------------------------------------------------------------------------------

KILLED = """
import sys, amzsql
url, state, *skus = sys.argv[1:]
connection = amzsql.connect(Endpoint=url, StateLocation=state, OAuthSettingsLocation="memory://", Marketplace="US",
    SellerId="A3SIMULATEDSELL", FeedRows=0, OAuthClientId="c", OAuthClientSecret="s", OAuthRefreshToken="Atzr|x")
connection.cursor().execute(f"UPDATE ListingsItems SET Quantity = 77 WHERE SKU IN ({', '.join('?' * len(skus))})", skus)
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
def test_after_a_kill_each_row_is_told(tmp_path: Path) -> None:
    simulator = real_simulator(orders=200)
    wanted = skus(simulated(orders=200, **SELLER)[0], 100)
    app = Hanging(simulator, "/listings/2021-08-01/items/A3SIMULATEDSELL/", nth=8)
    with served(app) as url:
        arguments = [sys.executable, "-c", KILLED, url, str(tmp_path / "state"), *wanted]
        with subprocess.Popen(arguments, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}) as process:
            assert app.reached.wait(60)
            process.send_signal(signal.SIGKILL)
        app.released.set()
        after = over_socket(url, StateLocation=str(tmp_path / "state"))
        told = rows(after, "SELECT RowKey, State FROM sys_writes ORDER BY RowNumber")
    found = [state for _, state in told]
    assert found[:7] == ["done"] * 7
    assert found[7:] == ["unknown", *["not sent"] * 92]
    assert {json.loads(key)["SKU"] for key, _ in told} == set(wanted)
    assert len(asked(simulator, "patchListingsItem")) == 8
    [file] = (tmp_path / "state" / "writes").glob("*.jsonl")
    assert file.stat().st_mode & 0o077 == 0
    text = file.read_text()
    assert not [s for s in (*SECRETS.values(), "Atzr|", "77") if f'"{s}' in text]


def test_journals_of_long_ago_are_dropped_and_no_message_holds_a_secret() -> None:
    connection, _ = simulated(Fault("*.createDestination", "status", 2, status=400))
    with pytest.raises(IntegrityError) as caught:
        connection.cursor().executemany(MADE, queues(3))
    kept = str(rows(connection, "SELECT * FROM sys_writes"))
    told = "".join([str(caught.value), repr(caught.value.outcomes), kept])
    assert not [secret for secret in SECRETS.values() if secret in told]
    assert ARN.format(1) not in kept  # keys only, no values
    assert rows(connection, "SELECT State FROM sys_writes ORDER BY RowNumber") == [
        ("done",),
        ("refused",),
        ("not sent",),
    ]
    connection.runtime.clock.wait(connection.runtime.clock.now() + 8 * 86400)
    connection.cursor().executemany(MADE, [("later", ARN)])
    assert rows(connection, "SELECT State FROM sys_writes") == [("done",)]
