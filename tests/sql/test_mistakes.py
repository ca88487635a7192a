"""Where a syntax error is said to be: in the statement as it arrived, also where a tool has rewritten it."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot.errors import ParseError

import amzsql
from amzsql.errors import ProgrammingError
from amzsql.sql.statement import parse


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "SELECT *\nFROM Orders\nWHERE (PurchaseDate >\nLIMIT 5",
            "in line 3, column 21, at >: something is missing after it.",
        ),
        ("SELECT * FROM Orders ORDER BY", "in line 1, column 22, at ORDER BY: something is missing after it."),
        ("EXPLAIN\nSELECT * FROM (Orders", "in line 2, column 16, at Orders: ) was expected."),
        ("SELECT a\nFROM Orders\nWHERE x = 'open", "in line 3, column 11, at 'open: the ' is never closed."),
        ('SELECT "open FROM Orders', 'in line 1, column 8, at "open FROM Orders: the " is never closed.'),
        ("SELECT 1\n/* open", "in line 2, column 1, at /* open: the /* is never closed."),
        ("SELECT 'it''s', -- isn't\n'it''s on\nWHERE", "in line 2, column 1, at 'it''s on: the ' is never closed."),
        ("SELECT [a b] FROM\n [Orders", "in line 2, column 2, at [Orders: the [ is never closed."),
        ("SELECT 1,\n  x[1] FROM Orders", "in line 2, column 4, at [1]: Brackets quote identifiers here"),
        (
            "SELECT * FROM Orders\nWHERE OrderStatus 'Shipped'",
            "in line 2, column 19, at 'Shipped': this was not expected here.",
        ),
    ],
)
def test_a_syntax_error_has_its_place(statement: str, said: str) -> None:
    with pytest.raises(ProgrammingError) as raised:
        parse(statement)
    assert str(raised.value).startswith(f"Syntax error {said}")


@pytest.mark.parametrize(
    "statement", ["SELECT CASE WHEN 1 THEN 2", "SELECT cast(x AS)", "SELECT * FROM a JOIN", "SELECT (("]
)
def test_no_name_of_the_parser_is_told(statement: str) -> None:
    with pytest.raises(ProgrammingError) as raised:
        parse(statement)
    assert not any(word in str(raised.value) for word in ("<", "sqlglot", "Token", "SENTINEL", "class"))


@pytest.mark.parametrize(
    ("statement", "line", "column", "highlight"),
    [
        ("SELECT *\nFROM (Orders", 2, 7, "Orders"),
        ("SELECT 1,\n  x[1] FROM Orders", 2, 4, "[1]"),
        ("SELECT\n 'open", 2, 2, "'open"),
        ("SELECT marketplace_date(1)", 1, 8, "marketplace_date (takes a time and a marketplace"),
        ("SELECT *\nFROM (PIVOT Orders ON OrderStatus USING count(*))", 2, 7, "PIVOT (needs an IN list: "),
    ],
)
def test_tools_get_an_error_of_sqlglot(statement: str, line: int | None, column: int | None, highlight: str) -> None:
    with pytest.raises(ParseError) as raised:
        sqlglot.parse(statement, dialect=amzsql.sqlglot_dialect)
    [told] = raised.value.errors
    assert (told["line"], told["col"]) == (line, column)
    assert told["highlight"].startswith(highlight)
