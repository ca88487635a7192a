"""INSERT, UPDATE, DELETE, CREATE TABLE and DROP TABLE as they are read; what is refused says what to write."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlglot
from sqlglot import exp

from amzsql.errors import ProgrammingError
from amzsql.sql.change import Change, parse_change
from amzsql.sql.dialect import Amzsql
from amzsql.sql.statement import parameter_values, parse
from amzsql.sql.touched import COMPUTED, column_of, plain, selection, values_query


def change(text: str) -> Change:
    """Return a statement as the change that it is."""
    found = parse_change(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "verb", "place", "columns", "query"),
    [
        (
            "INSERT INTO Destinations (Name, [b c]) VALUES (1, 2)",
            "insert",
            ("", "Destinations", False),
            "Name,b c",
            None,
        ),
        ("insert into q#temp (a) values (?)", "insert", ("", "q#TEMP", True), "a", None),
        ("INSERT INTO `x#temp` SELECT 1", "insert", ("", "x#temp", True), "", "SELECT 1"),
        ("INSERT INTO temp.x (SELECT a FROM y#TEMP)", "insert", ("temp", "x", True), "", 'SELECT a FROM "y#TEMP"'),
        (
            "WITH q AS (SELECT 1) INSERT INTO t WITH r AS (SELECT 2) SELECT * FROM q, r",
            "insert",
            ("", "t", False),
            "",
            "WITH q AS (SELECT 1), r AS (SELECT 2) SELECT * FROM q, r",
        ),
        ("CREATE TEMP TABLE IF NOT EXISTS t (a INT, b TEXT)", "create", ("", "t", True), "a,b", None),
        ("CREATE TABLE t AS SELECT * FROM Orders", "create", ("", "t", True), "", "SELECT * FROM Orders"),
        ("DROP TABLE IF EXISTS Temp.t", "drop", ("Temp", "t", True), "", None),
        ("DROP TABLE t", "drop", ("", "t", False), "", None),
    ],
)
def test_what_it_names(text: str, verb: str, place: tuple[str, str, bool], columns: str, query: str | None) -> None:
    found = change(text)
    assert (found.verb, (found.schema, found.name, found.scratch), ",".join(found.columns)) == (verb, place, columns)
    assert (found.query.tree.sql("duckdb") if found.query is not None else None) == query
    assert found.exists == ("EXISTS" in text)


@pytest.mark.parametrize(
    ("text", "parameters", "told"),
    [
        (
            "UPDATE t SET a = ?, (b, c) = (x.b || ?, 2) FROM u x JOIN v ON x.i = v.i WHERE t.k = x.k AND x.l > ?",
            ["A", "B", 3],
            """SELECT "t"."Key" AS "k", 'A' AS "a", x.b || 'B' AS "b", 2 AS "c" FROM t, u AS x JOIN v ON x.i = v.i """
            "WHERE t.k = x.k AND x.l > 3",
        ),
        (
            "WITH w AS (SELECT :n AS n) DELETE FROM Sp.t AS q USING w WHERE q.a = w.n",
            {"n": dt.date(2026, 11, 22)},
            "WITH w AS (SELECT CAST('2026-11-22' AS DATE) AS n) SELECT \"q\".\"Key\" AS \"k\" FROM Sp.t AS q, w"
            " WHERE q.a = w.n",
        ),
        ("EXPLAIN UPDATE t q JOIN u ON q.a = u.a SET q.b = u.b", None,
         'SELECT "q"."Key" AS "k", u.b AS "b" FROM t AS q JOIN u ON q.a = u.a'),
    ],
)  # fmt: skip
def test_rows_that_it_touches_are_a_select(text: str, parameters: object, told: str) -> None:
    found = change(text)
    values = parameter_values(found.tree, parameters)  # type: ignore[arg-type]
    outputs = [("k", column_of(found, "Key")), *found.assignments]
    statement = selection(found, outputs, values)
    assert statement.tree.sql("duckdb") == told
    assert statement.kind == found.kind == ("explain" if text.startswith("EXPLAIN") else "select")


def test_values_are_pythons_own_where_nothing_is_to_be_worked_out() -> None:
    found = change(
        "INSERT INTO t (a, b, c, d, e, f) VALUES (?, -1.50, 'x''y', DEFAULT, (TRUE), 3), "
        "(?, 1 + 1, @@IDENTITY, NULL, now(), 0)"
    )
    given = {"deep": [1]}
    values = parameter_values(found.tree, [given, 2])
    rows = [[plain(node, values) for node in row] for row in found.rows]
    assert rows[0] == [given, Decimal("-1.50"), "x'y", None, True, 3]
    assert rows[1] == [2, COMPUTED, COMPUTED, None, COMPUTED, 0]
    told = values_query(found, parameter_values(found.tree, ["p", 2])).tree.sql("duckdb")
    assert "'p', -1.50" in told
    assert "DEFAULT" not in told
    assert "SCOPE_IDENTITY()" in told
    assert told.endswith('AS valueslist("a", "b", "c", "d", "e", "f")')


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING", "ON CONFLICT is not available: write UPDATE"),
        ("INSERT OR REPLACE INTO t VALUES (1)", "INSERT OR … is not available: write UPDATE"),
        ("INSERT INTO t (a) VALUES (1) RETURNING a", "lastrowid"),
        ("INSERT INTO t AS q (a) VALUES (1)", "takes no alias"),
        ("INSERT INTO t (a, A) VALUES (1, 2)", "column A twice"),
        ("INSERT INTO t (a, b) VALUES (1, 2), (3)", "row 1 has 1 values for 2 columns"),
        ("INSERT INTO t (a) SELECT read_csv('x')", "out of its reach"),
        ("INSERT INTO SellingPartner.x#TEMP (a) VALUES (1)", "in schema Temp, not in SellingPartner"),
        ("UPDATE t SET a = 1, A = 2 WHERE TRUE", "column a twice"),
        ("UPDATE t SET u.a = 1", "columns of t only, not u.a"),
        ("UPDATE t SET a = DEFAULT", "Amazon tells no defaults."),
        ("UPDATE t SET (a, b) = (SELECT 1, 2)", "write a = …, b = …"),
        ("UPDATE t SET a = (SELECT 1 FROM glob('*'))", "out of its reach"),
        ("DELETE FROM t WHERE a = 1 LIMIT 5", "WHERE key IN (SELECT key … LIMIT n)"),
        ("DELETE t FROM t JOIN u ON t.a = u.a", "DELETE FROM t USING"),
        ("DELETE t WHERE a = 1", "FROM before its table: write DELETE FROM t WHERE"),
        ("MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE", "MERGE is not available here. Write UPDATE"),
        ("REPLACE INTO t VALUES (1)", "REPLACE is not available here. Write UPDATE"),
        ("CREATE VIEW q AS SELECT 1", "CREATE VIEW is not available. Tables can be made in schema Temp"),
        ("CREATE TABLE SellingPartner.t (a INT)", "Amazon's own cannot be created"),
        ("DROP TABLE SellerCentral.Orders", "Amazon's own cannot be created, altered or dropped"),
        ("DROP VIEW q", "DROP VIEW is not available"),
        ("CREATE TABLE t", "names no columns"),
        ("UPDATE t SET a", "Syntax error"),
        ("DELETE FROM t; DELETE FROM u", "Two statements"),
    ],
)  # fmt: skip
def test_what_is_refused_says_what_to_write(text: str, told: str) -> None:
    with pytest.raises(ProgrammingError) as caught:
        parse_change(text) or parse(text)
    assert told in str(caught.value)


def test_others_are_no_changes() -> None:
    for text in ("SELECT 1", "WITH q AS (SELECT 'DELETE') SELECT * FROM q", "EXEC Insert", "EXPLAIN SELECT 1"):
        assert parse_change(text) is None


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ("INSERT INTO x#Temp (a) VALUES (1)", exp.Insert, 'INSERT INTO "x#TEMP" (a) VALUES (1)'),
        ("UPDATE t SET a = 1 WHERE b = 2", exp.Update, "UPDATE t SET a = 1 WHERE b = 2"),
        ("DELETE FROM [y z#TEMP]", exp.Delete, 'DELETE FROM "y z#TEMP"'),
        ("SELECT * FROM `x`#TEMP", exp.Select, 'SELECT * FROM "x#TEMP"'),
    ],
)
def test_tools_that_use_sqlglot_see_what_is_changed(text: str, kind: type, told: str) -> None:
    tree = sqlglot.parse_one(text, dialect=Amzsql)
    assert isinstance(tree, kind)
    assert tree.sql(dialect=Amzsql) == told
