# ruff: noqa: E501 - statements are read best on one line
"""What DuckDB's grammar refuses is refused here, with its place; what it accepts is not, whatever it looks like."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest

from amzsql.errors import ProgrammingError
from amzsql.sql.change import parse_change
from amzsql.sql.dialect import Amzsql
from amzsql.sql.grammar import checked
from amzsql.sql.statement import parse, with_parameters

ACCEPTED = """
SELECT * FROM o CROSS JOIN i
SELECT * FROM o POSITIONAL JOIN i
SELECT * FROM o NATURAL JOIN i
SELECT * FROM o NATURAL LEFT JOIN i
SELECT * FROM o, i
SELECT * FROM o, LATERAL (SELECT o.a x) i
SELECT * FROM o CROSS JOIN LATERAL (SELECT o.a x) i
SELECT * FROM o LEFT JOIN LATERAL (SELECT o.a x) i ON TRUE
SELECT * FROM o JOIN i USING (a)
SELECT * FROM o JOIN i USING (a,)
SELECT * FROM o SEMI JOIN i USING (a)
SELECT * FROM o ANTI JOIN i ON o.a = i.a
SELECT * FROM o ASOF JOIN i USING (a, b)
SELECT * FROM o ASOF LEFT JOIN i ON o.a = i.a AND o.b >= i.c
SELECT * FROM o LEFT JOIN i JOIN j ON i.a = j.a ON o.a = i.a
SELECT * FROM o JOIN i CROSS JOIN j ON o.a = i.a
SELECT * FROM o JOIN i CROSS JOIN (SELECT 1 FROM x JOIN y ON x.a = y.a) j USING (a) WHERE 1 = 1
SELECT * FROM o JOIN (i JOIN j ON i.a = j.a) ON o.a = i.a
SELECT a, b, FROM o, WHERE a IN (1, 2,) GROUP BY a, b, ORDER BY a, LIMIT 5
SELECT coalesce(a, b,), count(DISTINCT a,) FROM o GROUP BY ROLLUP (a,)
WITH x AS (SELECT 1), SELECT * FROM x
WITH x AS (SELECT 1) (SELECT 2)
SELECT sum(a) OVER w FROM o WINDOW w AS (ORDER BY a),
VALUES (1,), (2,),
SELECT * FROM o WHERE a IN ()
SELECT a FROM o OFFSET 5 LIMIT 3
SELECT a FROM o OFFSET 5 ROWS FETCH NEXT 3 ROWS ONLY
SELECT sum(a) OVER w FROM o WHERE a = 1 GROUP BY a HAVING a > 1 WINDOW w AS (ORDER BY a) QUALIFY sum(a) OVER w > 1 ORDER BY 1
SELECT a FROM o USING SAMPLE 10 ROWS ORDER BY a LIMIT 3
(SELECT a FROM o ORDER BY 1 LIMIT 1) UNION SELECT a FROM o LIMIT 3
FROM o SELECT a WHERE a = 1 ORDER BY a
PIVOT o ON a IN (1, 2) USING sum(b) GROUP BY c ORDER BY 1 LIMIT 3
SELECT o.end, o.limit AS offset, 1 AS where FROM (SELECT 1 AS end, 2 AS limit) o
SELECT a IS NOT DISTINCT FROM b, NOT a, -a, ~a, extract(year FROM d), trim(both ' ' FROM c) FROM o
SELECT a NOT IN (1), a NOT BETWEEN 1 AND 2, CASE WHEN a = 1 THEN CASE a WHEN 1 THEN 2 END ELSE 3 END FROM o
SELECT a FROM o WHERE EXISTS (SELECT 1 FROM i WHERE i.a = o.a ORDER BY 1) AND a = 1
SELECT count(*) FILTER (WHERE a > 1), string_agg(c, ',' ORDER BY a,), row_number() OVER () FROM o
SELECT a % s, 5 %s FROM o
SELECT DISTINCT ON (a) (a + 1) FROM o
INSERT INTO o (a, b,) VALUES (1, 2,), (3, 4),
INSERT INTO o (a) (SELECT 1)
UPDATE o SET a = 1, b = 2, WHERE a = 2
DELETE FROM o USING i WHERE o.a = i.a
""".strip().splitlines()
JOIN = "ON with a condition, or USING (columns), is missing after i. CROSS JOIN is a join without one."
ORDERS = "SELECT a FROM o "
# Statement, column, what stands there, what is said.
REFUSED = [
    ("SELECT * FROM o JOIN i ON", 24, "ON", "a condition is missing after it."),
    ("SELECT * FROM o JOIN i ON WHERE o.a = 1", 24, "ON", "a condition is missing after it."),
    ("SELECT * FROM o JOIN i ON GROUP BY 1", 24, "ON", "a condition is missing after it."),
    ("SELECT * FROM o JOIN i USING ()", 31, ")", "there is nothing in the parentheses."),
    ("SELECT * FROM o JOIN i USING", 24, "USING", "columns in parentheses are missing after it."),
    ("SELECT * FROM o JOIN i USING a", 30, "a", "write the columns of USING in parentheses."),
    ("SELECT * FROM o JOIN i", 17, "JOIN", JOIN),
    ("SELECT * FROM o INNER JOIN i", 23, "JOIN", JOIN),
    ("SELECT * FROM o LEFT JOIN i WHERE o.a = 1", 22, "JOIN", JOIN),
    ("SELECT * FROM o RIGHT JOIN i", 23, "JOIN", JOIN),
    ("SELECT * FROM o FULL JOIN i", 22, "JOIN", JOIN),
    ("SELECT * FROM o ASOF JOIN i", 22, "JOIN", JOIN),
    ("SELECT * FROM o SEMI JOIN i", 22, "JOIN", JOIN),
    ("SELECT * FROM (o JOIN i)", 18, "JOIN", JOIN),
    ("SELECT * FROM o LEFT JOIN LATERAL (SELECT o.a x) i", 22, "JOIN", JOIN),
    ("SELECT * FROM o JOIN i JOIN j ON i.a = j.a", 17, "JOIN", JOIN),
    ("SELECT * FROM o CROSS JOIN i ON o.a = i.a", 23, "JOIN", "CROSS JOIN takes no condition: write JOIN … ON …."),
    ("SELECT * FROM o NATURAL JOIN i ON o.a = i.a", 25, "JOIN", "NATURAL JOIN takes no condition"),
    ("SELECT * FROM o OUTER JOIN i ON o.a = i.a", 23, "JOIN", "write LEFT, RIGHT or FULL before OUTER JOIN."),
    ("SELECT * FROM o LEFT INNER JOIN i ON o.a = i.a", 28, "JOIN", "a join is LEFT or INNER, not both."),
    ("SELECT * FROM o JOIN WHERE a = 1", 17, "JOIN", "a table is missing after it."),
    ("SELECT a,,b FROM o", 10, ",", "something is missing before it."),
    ("SELECT count(,) FROM o", 14, ",", "something is missing before it."),
    (ORDERS + "WHERE a IN ('a',,'b')", 33, ",", "something is missing before it."),
    ("SELECT a FROM o,,i", 17, ",", "something is missing before it."),
    (ORDERS + "GROUP BY ,x", 26, ",", "something is missing before it."),
    (ORDERS + "WHERE a = 1, b = 2", 28, ",", "WHERE takes one condition: write AND or OR."),
    ("VALUES (1,,2)", 11, ",", "something is missing before it."),
    (ORDERS + "LIMIT 5 WHERE a = 1", 25, "WHERE", "it has to stand before LIMIT."),
    (ORDERS + "ORDER BY 1 WHERE a = 1", 28, "WHERE", "it has to stand before ORDER BY."),
    (ORDERS + "HAVING a = 1 GROUP BY a", 30, "GROUP BY", "it has to stand before HAVING."),
    (ORDERS + "WHERE a = 1 WHERE b = 1", 29, "WHERE", "it was said before."),
    (ORDERS + "ORDER BY 1 UNION SELECT 1", 28, "UNION", "put the SELECT before it, which has ORDER BY, in parentheses."),
    (ORDERS + "GROUP BY", 17, "GROUP BY", "something is missing after it."),
    (ORDERS + "OFFSET", 17, "OFFSET", "something is missing after it."),
    (ORDERS + "WHERE AND b = 1", 23, "AND", "something is missing before it."),
    (ORDERS + "WHERE = 1", 23, "=", "something is missing before it."),
    (ORDERS + "WHERE a IN", 25, "IN", "something is missing after it."),
    ("SELECT a FROM FROM o", 10, "FROM", "a table is missing after it."),
    ("SELECT * FROM o AS", 17, "AS", "a name is missing after it."),
    ("SELECT count(DISTINCT) FROM o", 14, "DISTINCT", "something is missing after it."),
    ("SELECT DISTINCT ON () a FROM o", 21, ")", "there is nothing in the parentheses."),
    ("SELECT sum(a) OVER FROM o", 15, "OVER", "a window, in parentheses or by its name, is missing after it."),
    ("SELECT CASE a WHEN 1 2 END FROM o", 15, "WHEN", "its THEN is missing."),
    ("SELECT CASE WHEN a THEN 1 ELSE END FROM o", 27, "ELSE", "something is missing after it."),
    ("INSERT INTO o (a,,b) VALUES (1, 2)", 18, ",", "something is missing before it."),
    ("INSERT INTO o () VALUES (1, 2)", 16, ")", "there is nothing in the parentheses."),
    ("INSERT INTO o (a) VALUES (1) (2)", 30, "(", "a comma is missing before it."),
    ("UPDATE o SET a=1,,b=2", 18, ",", "something is missing before it."),
    ("UPDATE o SET ,b=2", 10, "SET", "column = value is missing after it."),
    ("UPDATE o WHERE a = 1 SET a = 2", 22, "SET", "it has to stand before WHERE."),
    ("UPDATE o SET a = 1 WHERE a = 1 WHERE b = 2", 32, "WHERE", "it was said before."),
    ("DELETE FROM o WHERE a IN ('a',,'b')", 31, ",", "something is missing before it."),
]  # fmt: skip


def read(statement: str) -> None:
    """Parse a statement of any kind."""
    if parse_change(statement) is None:
        parse(statement)


def duckdb_accepts(statement: str) -> bool:
    """Tell whether DuckDB's own parser reads a statement."""
    try:
        duckdb.extract_statements(statement)
    except duckdb.Error:
        return False
    return True


@pytest.mark.parametrize("statement", ACCEPTED)
def test_what_duckdb_reads_is_read(statement: str) -> None:
    assert duckdb_accepts(statement)
    read(statement)


@pytest.mark.parametrize(("statement", "column", "found", "said"), REFUSED)
def test_what_duckdb_refuses_is_refused_with_its_place(statement: str, column: int, found: str, said: str) -> None:
    assert not duckdb_accepts(statement)
    # Two lines lower, behind EXPLAIN: the place is that in the text as it came.
    for text, line in ((statement, 1), (f"EXPLAIN\n\n{statement}", 3)):
        with pytest.raises(ProgrammingError) as raised:
            read(text)
        assert str(raised.value).startswith(f"Syntax error in line {line}, column {column}, at {found}: {said}")


@pytest.mark.parametrize("found", ["%s", "%(a)s"])
def test_parameters_of_other_drivers_are_refused_with_those_of_this_one(found: str) -> None:
    told = (
        f"Syntax error in line 1, column 27, at {found}: write parameters as ?, with a sequence of values, or as @name"
    )
    for statement in (f"SELECT a FROM o WHERE a = {found}", f"INSERT INTO o (ab) VALUES({found}, 1)"):
        with pytest.raises(ProgrammingError) as raised:
            read(statement)
        assert str(raised.value).startswith(told)


PIECES = [
    *(",", "(", ")", "WHERE", "GROUP BY", "ORDER BY", "LIMIT 5", "AS x", "x", "1", "FROM t", "JOIN u", "NOT", "-", "="),
    *("JOIN u ON a = b", "DISTINCT", "CASE WHEN a THEN b END", "UNION SELECT 1", "USING (x)", "OVER ()", "IS NULL"),
]


def test_whatever_duckdb_reads_passes() -> None:
    """Statements with parts left out, put in and exchanged: a few in ten of them are still SQL."""
    chance = random.Random(20)
    lines = Path(__file__).with_name("selects.txt").read_text("utf-8").splitlines()
    known = [line.removeprefix("~ ").partition(" ## ")[0] for line in lines if line and line[:2] not in ("# ", "30")]
    read_by_both = 0
    for _ in range(1500):
        text = chance.choice([*known, *ACCEPTED])
        parts = [text[token.start : token.end + 1] for token in Amzsql().tokenize(text)]
        for _ in range(chance.choice((1, 1, 2))):
            place = chance.randrange(len(parts))
            if chance.random() < 0.4 and len(parts) > 1:
                parts.pop(place)
            else:
                parts.insert(place, chance.choice(PIECES))
        changed = " ".join(parts)
        if "[" not in changed and duckdb_accepts(changed):
            checked(list(Amzsql().tokenize(changed)), changed)
            read_by_both += 1
    assert read_by_both > 150


# -- parameters with a cast, percentiles, intervals --------------------------------------------------------------------


@pytest.mark.parametrize("statement", ["SELECT ?::DATE", "SELECT ? :: DATE", "SELECT (?)::DATE", "SELECT :x::DATE"])
def test_a_parameter_may_be_cast(statement: str) -> None:
    tree = parse(statement).tree
    values = {"x": "2026-01-02"} if ":x" in statement else ["2026-01-02"]
    found = duckdb.sql(with_parameters(tree, values).sql("duckdb")).fetchall()
    assert str(found[0][0]) == "2026-01-02"


def test_a_parameter_may_be_cast_in_what_is_changed() -> None:
    change = parse_change("UPDATE t SET a = ?::DATE, b = ?::INTEGER WHERE c = ?::DATE")
    assert change is not None
    assert [name for name, _ in change.assignments] == ["a", "b"]
    change = parse_change("INSERT INTO t (a, b) VALUES (?::DATE, ?::INTEGER)")
    assert change is not None
    assert len(change.rows[0]) == 2


@pytest.mark.parametrize(
    "call",
    [
        "percentile_cont({}) WITHIN GROUP (ORDER BY x)",
        "percentile_cont({}) WITHIN GROUP (ORDER BY x DESC)",
        "percentile_disc({}) WITHIN GROUP (ORDER BY x)",
        "percentile_cont({}) WITHIN GROUP (ORDER BY x DESC) FILTER (WHERE x > 2)",
        "coalesce(percentile_cont({}) WITHIN GROUP (ORDER BY x + 1), 0)",
        "{} < mode() WITHIN GROUP (ORDER BY x % 3)",
    ],
)
def test_percentiles_take_parameters(call: str) -> None:
    rows = "FROM range(1, 12) t(x)"
    sql = with_parameters(parse(f"SELECT {call.format('@p')} {rows}").tree, {"p": 0.3}).sql("duckdb")
    assert duckdb.sql(sql).fetchall() == duckdb.sql(f"SELECT {call.format('0.3')} {rows}").fetchall()


def test_percentiles_take_several_parameters_at_once() -> None:
    sql = "SELECT percentile_cont(?) WITHIN GROUP (ORDER BY x) FROM range(1, 12) t(x)"
    assert duckdb.sql(with_parameters(parse(sql).tree, [[0.5, 0.9]]).sql("duckdb")).fetchall() == [([6.0, 10.0],)]


@pytest.mark.parametrize(
    "text",
    ["7 days", "7 dec", "1y", "3 days ago", "1 day 02:03:04", "-7 mon", "5 msecs", "2 us", "1.5 hours", "1 year 2 months",
     "1 c 2 mil 3 yrs 4 hrs 5 mins 6 secs"],
)  # fmt: skip
def test_intervals_are_duckdbs(text: str) -> None:
    sql = f"SELECT TIMESTAMP '2026-01-31' + INTERVAL '{text}'"
    assert duckdb.sql(parse(sql).tree.sql("duckdb")).fetchall() == duckdb.sql(sql).fetchall()


@pytest.mark.parametrize("unit", ["dys", "qtr", "wk", "ns", "epoch", "cents"])
def test_an_unknown_unit_is_refused_with_its_place(unit: str) -> None:
    with pytest.raises(duckdb.Error):
        duckdb.sql(f"SELECT INTERVAL '7 {unit}'").fetchall()
    with pytest.raises(ProgrammingError, match=f"line 2, column 10, at '7 {unit}': {unit} is no unit of an interval"):
        parse(f"SELECT\nINTERVAL '7 {unit}'")


@pytest.mark.parametrize("kind", ["ARRAY<INTEGER>", "ARRAY<ARRAY<VARCHAR>>", "MAP<VARCHAR, ARRAY<INTEGER>>"])
def test_types_of_other_dialects_stand_in_angle_brackets(kind: str) -> None:
    """So SQLAlchemy's lists are written."""
    parse(f"SELECT CAST(a AS {kind}), CAST(b AS {kind}) FROM o WHERE a < 1 AND b > 2")
    checked(Amzsql().tokenize(f"CREATE TABLE t (a {kind}, b {kind}, PRIMARY KEY (a))"), "")
    with pytest.raises(ProgrammingError, match="something is missing"):
        parse("SELECT 1 FROM o WHERE list < AND map > 2")
