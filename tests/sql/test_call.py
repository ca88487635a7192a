"""The grammar of EXEC: what a call's text means, and where a fault in it stands."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from amzsql.errors import ProgrammingError
from amzsql.sql.call import Arguments, Call, Marker, bound_arguments, parse_call
from amzsql.sql.dialect import Amzsql


def call(text: str) -> Call:
    found = parse_call(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("EXEC P", ()),
        ("exec p;", ()),
        ("EXECUTE P @A = 'x', B = 2", (("A", "x"), ("B", 2))),
        ("CALL P('x', 2)", ((None, "x"), (None, 2))),
        ("CALL P()", ()),
        ("{ CALL P('x') }", ((None, "x"),)),
        ("{call P}", ()),
        ("EXEC P 'x', B = 'y'", ((None, "x"), ("B", "y"))),
        ("EXEC P [A b] = 1, \"c\"\"d\" = 2, `e` = 3", (("A b", 1), ('c"d', 2), ("e", 3))),
        ("EXEC P A => TRUE, B => false, C = NULL", (("A", True), ("B", False), ("C", None))),
        ("EXEC P -1, +2, - 3.50", ((None, -1), (None, 2), (None, Decimal("-3.50")))),
        ("EXEC P 1e3, .5", ((None, Decimal("1e3")), (None, Decimal("0.5")))),
        ("EXEC P 'it''s', N'ä', '{\"a\": 1}'", ((None, "it's"), (None, "ä"), (None, '{"a": 1}'))),
        ("EXEC P DATE '2026-11-21'", ((None, dt.date(2026, 11, 21)),)),
        ("EXEC P TIMESTAMP '2026-11-21 12:00:00Z'", ((None, dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)),)),
        ("EXEC P ['a', 'b'], []", ((None, ["a", "b"]), (None, []))),
        ("EXEC P Items = Things#TEMP", (("Items", "Things#TEMP"),)),
        ("-- a remark\nEXEC /* another */ P -- and\n 1 -- the last", ((None, 1),)),
        ("EXEC P ?, @b, :C, $d", ((None, Marker(0)), (None, Marker("b")), (None, Marker("c")), (None, Marker("d")))),
        ("EXEC P @A = @a", (("A", Marker("a")),)),
    ],
)  # fmt: skip
def test_arguments(text: str, arguments: Arguments) -> None:
    assert call(text).arguments == arguments


@pytest.mark.parametrize(
    ("text", "kind", "schema", "name"),
    [
        ("EXEC VendorCentral.Submit", "run", "VendorCentral", "Submit"),
        ('EXEC "Vendor Central" . [Submit It] 1', "run", "Vendor Central", "Submit It"),
        ("EXPLAIN EXEC P", "explain", "", "P"),
        ("explain analyze exec P", "analyze", "", "P"),
        ("EXPLAIN CALL S.P(1)", "explain", "S", "P"),
    ],
)
def test_names_and_kinds(text: str, kind: str, schema: str, name: str) -> None:
    found = call(text)
    assert (found.kind, found.schema, found.name) == (kind, schema, name)


@pytest.mark.parametrize(
    "text", ["SELECT 1", "EXPLAIN SELECT 1", "EXECUTIVE", "", "WITH exec AS (SELECT 1) SELECT * FROM exec", "{SELECT}"]
)
def test_other_statements_are_no_calls(text: str) -> None:
    assert parse_call(text) is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("EXEC", r"line 1, column 5, at the end: the procedure's name"),
        ("EXEC P A =", r"column 11, at the end: a value was expected"),
        ("EXEC P A = b", r"column 12, at 'b': a value was expected.*single quotes"),
        ("EXEC P\nA = 'x' B = 2", r"line 2, column 9, at 'B = 2': the end of the statement"),
        ("EXEC P A = 1, 2", r"without a name cannot follow"),
        ("EXEC P A = 1, @a = 2", r"a is given twice"),
        ("EXEC P 'x", r"column 8, at \"'x\": a value"),
        ("CALL P(1", r"at the end: \) was expected"),
        ("{CALL P(1)", r"\} was expected"),
        ("EXEC P 1; EXEC Q 2", r"at 'EXEC Q 2'"),
        ("EXEC P [1, 2", r", was expected"),
        ("EXEC P DATE '21.11.2026'", r"column 13.*is no date in ISO form"),
        ("EXEC P TIMESTAMP 1", r"TIMESTAMP is followed by a text"),
        ("EXEC P 1x", r"column 8, at '1x'"),
        ("EXEC P.", r"the procedure's name was expected"),
    ],
)
def test_a_fault_is_told_with_its_place(text: str, place: str) -> None:
    with pytest.raises(ProgrammingError, match=f"(?s)Syntax error in .*{place}"):
        parse_call(text)


@pytest.mark.parametrize(
    ("text", "parameters", "values"),
    [
        ("EXEC P ?, B = ?", [1, "x"], [1, "x"]),
        ("EXEC P @a, B = :b", {"@A": 1, "b": None}, [1, None]),
        ("EXEC P [?, 'y', ?]", ("x", "z"), [["x", "y", "z"]]),
        ("EXEC P 1", None, [1]),
        ("EXEC P 1", (), [1]),
        ("EXEC P @a", {"a": 1, "unused": 2}, [1]),
    ],
)
def test_parameters_stand_where_they_are_named(text: str, parameters: Any, values: list[Any]) -> None:
    assert [v for _, v in bound_arguments(call(text), parameters)] == values


@pytest.mark.parametrize(
    ("text", "parameters", "message"),
    [
        ("EXEC P ?", [], "1 parameters, but 0 values"),
        ("EXEC P ?", [1, 2], "1 parameters, but 2 values"),
        ("EXEC P 1", [1], "0 parameters, but 1 values"),
        ("EXEC P ?", None, "1 parameters, but 0 values"),
        ("EXEC P ?", "x", "1 parameters, but 1 values"),
        ("EXEC P ?", {"a": 1}, "a mapping of values for @name"),
        ("EXEC P @a", [1], "a mapping of values for @name"),
        ("EXEC P @a", {"b": 1}, "No value is given for parameter a"),
        ("EXEC P ?, @a", [1, 2], "Use either"),
        ("EXEC P ?", 7, "of type int"),
    ],
)
def test_parameters_that_do_not_fit(text: str, parameters: Any, message: str) -> None:
    with pytest.raises(ProgrammingError, match=message):
        bound_arguments(call(text), parameters)


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("EXEC ConfirmShipment OrderId = 'x', PackageDetail = '{\"a\": [1]}'", True),
        ("CALL CancelReport('1')", True),
        ("EXECUTE SellingPartner.[CancelReport] @ReportId = '1'", True),
        ("EXEC Unheard", True),
        ("EXEC GetReport '1'", False),
        ("EXECUTE VendorCentral.CheckDirectFulfillmentTransaction 'x'", False),
        ("CALL DownloadReport('1')", False),
    ],
)
def test_tools_see_what_a_call_may_change(text: str, changes: bool) -> None:
    """What looks for statements that write finds an UPDATE in the tree, in scripts too."""
    for script, number in ((text, 0), (f"SELECT 1; {text}; SELECT 2", 1)):
        tree = sqlglot.parse(script, dialect=Amzsql)[number]
        assert isinstance(tree, exp.Command)
        assert (tree.find(exp.Update) is not None) is changes
        assert tree.sql(dialect=Amzsql).split() == text.split()


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,9}", fullmatch=True).filter(
    lambda n: n.upper() not in ("TRUE", "FALSE", "NULL", "DATE", "TIMESTAMP", "TIMESTAMPTZ", "DATETIME")
)
PLAIN = st.one_of(
    st.text(max_size=20), st.integers(-(10**20), 10**20), st.booleans(), st.none(), st.decimals(-1000, 1000, places=3)
)


def written(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "NULL", True: "TRUE", False: "FALSE"}[value]
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    return str(value) if isinstance(value, int | Decimal) else "'" + value.replace("'", "''") + "'"


@given(
    NAMES, st.lists(st.tuples(NAMES, PLAIN | st.lists(PLAIN, max_size=3)), max_size=5, unique_by=lambda a: a[0].lower())
)
def test_what_is_written_is_what_is_read(name: str, arguments: list[tuple[str, Any]]) -> None:
    text = f"EXEC [{name}] " + ", ".join(f"@{n} = {written(value)}" for n, value in arguments)
    found = call(text)
    assert (found.name, found.arguments) == (name, tuple(arguments))
    assert [type(v) for _, v in found.arguments] == [type(v) for _, v in arguments]


def fault(text: str) -> str:
    try:
        parse_call(text)
    except ProgrammingError as error:
        return str(error)
    return ""


@given(st.text(alphabet="EXC aA1.,;:=>@?$'\"`[](){}+-/*\n#é", max_size=30))
def test_any_text_is_a_call_or_a_fault_that_is_told(text: str) -> None:
    for start in ("EXEC ", "{CALL ", "CALL P("):
        told = fault(start + text)
        assert not told or told.startswith("Syntax error in line ")
