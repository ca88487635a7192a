"""Pages to batches: by example, and against a naive decoder over random pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amzsql import errors
from amzsql.execute.decode import Decoder, Output
from amzsql.execute.paths import parse
from amzsql.types import BIGINT, BOOLEAN, DATE, DOUBLE, JSON, MONEY, TIMESTAMP, VARCHAR, SqlType

SHARED = Path(__file__).resolve().parents[3] / "shared" / "spapi"


class Number(str):
    """A JSON number as it is written."""


def load(page: bytes) -> Any:
    return json.loads(page, parse_float=Number, parse_int=Number)


# --- the naive decoder -----------------------------------------------------------------------------------------------


def naive(row_path: str, outputs: list[Output], page: bytes) -> list[dict[str, Any]]:
    return [
        {o.name: value(o.type, find(trail, parse(row_path), o.path)) for o in outputs}
        for trail in rows(load(page), parse(row_path))
    ]


def rows(body: Any, steps: tuple[Any, ...]) -> Iterator[list[tuple[int, Any]]]:
    """Yield for each row the elements on the way to it: (ordinal, element) for each `[]`."""

    def go(at: Any, left: tuple[Any, ...], trail: list[tuple[int, Any]]) -> Iterator[list[tuple[int, Any]]]:
        if at is None:
            return
        if not left:
            yield trail
        elif left[0] == "[]":
            for i, element in enumerate(at if isinstance(at, list) else []):
                yield from go(element, left[1:], [*trail, (i, element)])
        else:
            yield from go(at.get(left[0]) if isinstance(at, dict) else None, left[1:], trail)

    yield from go(body, steps, [(0, body)])


def find(trail: list[tuple[int, Any]], row: tuple[Any, ...], path: str) -> Any:
    steps = parse(path.removesuffix("#"))
    shared = 0
    while shared < min(len(steps), len(row)) and steps[shared] == row[shared]:
        shared += 1
    depth = steps[:shared].count("[]")
    ordinal, at = trail[depth]
    if path.endswith("#"):
        return Number(ordinal)
    start = max((i + 1 for i in range(shared) if steps[i] == "[]"), default=0)
    for step in steps[start:]:
        at = one(at, step)
    return at


def one(at: Any, step: Any) -> Any:
    if step == "[]":
        return at
    if isinstance(step, str):
        return at.get(step) if isinstance(at, dict) else None
    if not isinstance(at, list):
        return None
    if isinstance(step, int):
        return at[step] if step < len(at) else None
    matching = [e for e in at if isinstance(e, dict) and written(e.get(step[0])) == step[1]]
    return matching[0] if matching else None


def written(found: Any) -> str | None:
    if found is None or isinstance(found, str):
        return None if found is None else str(found)
    return {True: "true", False: "false"}[found] if isinstance(found, bool) else json.dumps(found)


def value(kind: SqlType, found: Any) -> Any:
    if found is None:
        return None
    if kind == JSON:
        return ("json", plain(found))
    text = written(found)
    if kind == VARCHAR:
        return ("json", plain(found)) if isinstance(found, dict | list) else text
    if not text:
        return None
    if kind == BOOLEAN:
        return {"true": True, "false": False, "1": True, "0": False}[text.lower()]
    if text in ("true", "false"):
        text = str(int(text == "true")) if kind in (BIGINT, DOUBLE) else text
    if kind == BIGINT:
        number = Decimal(text)
        assert number == int(number)
        return int(number)
    return float(text) if kind == DOUBLE else Decimal(text)


def plain(found: Any) -> Any:
    """Return a body with its numbers as tagged text, for comparison."""
    if isinstance(found, Number):
        return ("number", str(found))
    if isinstance(found, dict):
        return {k: plain(v) for k, v in found.items()}
    return [plain(v) for v in found] if isinstance(found, list) else found


def read(decoder: Decoder, outputs: list[Output], pages: list[bytes]) -> list[dict[str, Any]]:
    """Decode, with JSON text parsed for comparison as the naive decoder gives it."""
    found = decoder.decode(pages).to_pylist()
    for row in found:
        for o in outputs:
            text = row[o.name]
            if text is not None and (o.type == JSON or (o.type == VARCHAR and text[:1] in ("{", "["))):
                row[o.name] = ("json", plain(load(text.encode())))
    return found


# --- random pages ----------------------------------------------------------------------------------------------------

words = st.sampled_from(["", "A", "ITEM", "TAX", "é", '\u2028\n"', "SHIPPED"])
amounts = st.decimals(-99999, 99999, places=4, allow_nan=False).map(str) | st.sampled_from(
    ["0", "1E+2", "1.50", "-0.0"]
)


class Literal(float):
    """A number written as given."""

    def __new__(cls, text: str) -> Literal:
        self = super().__new__(cls, text)
        self.text = text  # type: ignore[attr-defined]
        return self

    def __repr__(self) -> str:
        return self.text  # type: ignore[attr-defined, no-any-return]


def dumps(body: Any) -> bytes:
    # json writes a float by float.__repr__: the numbers are put in afterwards, by mark.
    marks: dict[str, str] = {}

    def mark(at: Any) -> Any:
        if isinstance(at, Literal):
            marks[key := f"@@{len(marks)}@@"] = repr(at)
            return key
        if isinstance(at, dict):
            return {k: mark(v) for k, v in at.items()}
        return [mark(v) for v in at] if isinstance(at, list) else at

    text = json.dumps(mark(body), ensure_ascii=False)
    for key, number in marks.items():
        text = text.replace(f'"{key}"', number)
    return text.encode()


literals = st.sampled_from(["0", "1", "12.5", "1.10", "-3", "1e2", "123456789.1234"]).map(Literal)
odd = st.none() | st.booleans() | words | literals | st.lists(words, max_size=2) | st.just({"x": "y"})
scalars = st.none() | st.booleans() | words | literals


def maybe(*usual: st.SearchStrategy[Any], rare: st.SearchStrategy[Any] = odd) -> st.SearchStrategy[Any]:
    """Mostly of the promised type, sometimes not."""
    return st.integers(0, 19).flatmap(lambda n: rare if n == 0 else st.one_of(*usual))


def record(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({}, optional=fields)


price = maybe(record(amount=maybe(amounts, rare=amounts.map(Literal) | st.none() | st.just("")), code=maybe(words)))
breakdown = maybe(record(type=maybe(st.sampled_from(["ITEM", "TAX"])), subtotal=price))
item = maybe(
    record(
        product=maybe(record(asin=maybe(words), **{"class": maybe(words), "1-x": maybe(words)})),
        quantity=maybe(st.integers(-(2**63), 2**63 - 1), rare=st.sampled_from([None, "5", "", Literal("3.0"), True])),
        breakdowns=maybe(st.lists(breakdown, max_size=3)),
        flag=maybe(st.booleans(), rare=st.sampled_from([None, "true", "False", "", Literal("1")])),
        ratio=maybe(st.floats(allow_nan=False, allow_infinity=False), rare=st.sampled_from([None, "1.5", "", True])),
    )
)
order = maybe(
    record(
        id=maybe(words),
        total=price,
        programs=maybe(st.lists(scalars, max_size=2)),
        items=maybe(st.lists(item, max_size=3), rare=odd),
        packages=maybe(st.lists(record(carrier=maybe(words)), max_size=2)),
    )
)
bodies = maybe(record(payload=maybe(record(orders=maybe(st.lists(order, max_size=4)))), token=maybe(words)))

O_ = "payload.orders[]"
I_ = "payload.orders[].items[]"
ORDER = [
    Output("token", "token", VARCHAR),
    Output("orders", f"{O_}#", BIGINT),
    Output("id", f"{O_}.id", VARCHAR),
    Output("again", f"{O_}.id", VARCHAR),
    Output("total", f"{O_}.total.amount", MONEY),
    Output("text", f"{O_}.total.amount", VARCHAR),
    Output("programs", f"{O_}.programs", JSON),
    Output("tail", f"{O_}.programs[]", JSON),
    Output("carrier", f"{O_}.packages[0].carrier", VARCHAR),
    Output("packages", f"{O_}.packages", JSON),
]
ITEM = [
    Output("id", f"{O_}.id", VARCHAR),
    Output("number", f"{I_}#", BIGINT),
    Output("asin", f"{I_}.product.asin", VARCHAR),
    Output("class", f"{I_}.product.class", VARCHAR),
    Output("1-x", f"{I_}.product.1-x", VARCHAR),
    Output("quantity", f"{I_}.quantity", BIGINT),
    Output("flag", f"{I_}.flag", BOOLEAN),
    Output("ratio", f"{I_}.ratio", DOUBLE),
    Output("item", f"{I_}.breakdowns[type=ITEM].subtotal.amount", MONEY),
    Output("tax", f"{I_}.breakdowns[type=TAX].subtotal.amount", MONEY),
    Output("first", f"{I_}.breakdowns[0].type", VARCHAR),
    Output("second", f"{I_}.breakdowns[1]", JSON),
    Output("product", f"{I_}.product", JSON),
]
CASES = {
    O_: ORDER,
    I_: [o for o in ITEM if o.name != "second"],
    "payload": [Output("orders", "payload.orders", JSON), Output("token", "token", VARCHAR)],
    "": [Output("token", "token", VARCHAR), Output("payload", "payload", JSON)],
    f"{O_}.total": [Output("id", f"{O_}.id", VARCHAR), Output("amount", f"{O_}.total.amount", MONEY)],
    f"{O_}.programs[]": [Output("program", f"{O_}.programs[]", VARCHAR), Output("n", f"{O_}.programs[]#", BIGINT)],
}


# An element taken whole and also searched for fits no struct: the tolerant reader alone reads such paths.
@pytest.mark.parametrize(("row_path", "outputs"), [*CASES.items(), (I_, ITEM)])
@given(st.lists(bodies.map(dumps), min_size=1, max_size=3))
@settings(max_examples=150, deadline=None)
def test_equal_to_the_naive_decoder(row_path: str, outputs: list[Output], pages: list[bytes]) -> None:
    try:
        expected = [row for page in pages for row in naive(row_path, outputs, page)]
    except (KeyError, ArithmeticError, AssertionError, ValueError):
        with pytest.raises(errors.DataError):
            Decoder(row_path, outputs).decode(pages)
        return
    assert read(Decoder(row_path, outputs), outputs, pages) == expected


def test_the_fast_reader_is_used_for_all_of_these() -> None:
    assert [path for path, outputs in CASES.items() if Decoder(path, outputs)._shared.plan is None] == []


# --- by example ------------------------------------------------------------------------------------------------------


def column(kind: SqlType, *values: str, **more: Any) -> list[Any]:
    """Decode JSON values into one column."""
    page = b'{"r":[' + b",".join(b'{"v":%s}' % v.encode() for v in values) + b"]}"
    batch = Decoder("r[]", [Output("V", "r[].v", kind, **more)], "T").decode([page])
    assert batch.schema.field(0).type == kind.arrow
    return batch.column(0).to_pylist()


def test_money_never_passes_through_float() -> None:
    assert column(MONEY, "12345678901234.5678", '"99999999999999.9999"', '"1e2"', "null", '""', "0.1000000") == [
        Decimal("12345678901234.5678"),
        Decimal("99999999999999.9999"),
        Decimal(100),
        None,
        None,
        Decimal("0.1"),
    ]


@pytest.mark.parametrize(
    "bad", ['"12.34567"', "1e15", '"1,5"', '"NaN"', "1e400", "1e-400", "[1]", "true", '"1_0"', '"x"']
)
def test_money_that_does_not_fit_names_its_column(bad: str) -> None:
    with pytest.raises(errors.DataError, match=r"T\.V.*DECIMAL\(18,4\)"):
        column(MONEY, '"1"', bad)


def test_times() -> None:
    noon = datetime(2025, 1, 1, 12, tzinfo=UTC)
    texts = [
        "2025-01-01T12:00:00Z",
        "2025-01-01T21:00:00+09:00",
        "2025-01-01T12:00:00",
        "2025-01-01 12:00",
        "2025-01-01T12Z",
    ]
    assert column(TIMESTAMP, *(f'"{t}"' for t in texts)) == [noon] * 5
    exact = '"2025-01-01T12:00:00.123456789Z"'
    assert column(TIMESTAMP, exact, '""', "null", '"2025-01-01"') == [
        noon.replace(microsecond=123456),
        None,
        None,
        noon.replace(hour=0),
    ]
    assert column(DATE, '"2025-01-01"', '"2025-01-02T23:00:00-05:00"', '""') == [
        date(2025, 1, 1),
        date(2025, 1, 2),
        None,
    ]


@pytest.mark.parametrize(
    "bad", ['"yesterday"', '"2025-13-01T00:00:00Z"', '"2025-02-30"', "5", '"2025-01-01T25:00:00Z"']
)
@pytest.mark.parametrize("kind", [TIMESTAMP, DATE])
def test_a_time_that_is_none_names_its_column(bad: str, kind: SqlType) -> None:
    if kind == DATE and "T25" in bad:
        pytest.skip("a date is read from the text's date, whatever its hour")
    with pytest.raises(errors.DataError, match=r"T\.V"):
        column(kind, '"2025-01-01T12:00:00Z"', bad)


@pytest.mark.parametrize(("kind", "bad"), [(BIGINT, "9223372036854775808"), (BIGINT, "1.5"), (BIGINT, "1e400"),
    (DOUBLE, "1e999"), (DOUBLE, '"nan"'), (BOOLEAN, '"maybe"'), (BIGINT, "{}")])  # fmt: skip
def test_what_does_not_fit_is_a_data_error(kind: SqlType, bad: str) -> None:
    with pytest.raises(errors.DataError, match=r"T\.V"):
        column(kind, "null", bad)


def test_text_keeps_what_was_written() -> None:
    assert column(VARCHAR, '"a"', "1.10", "true", "null", "[1,  2]") == ["a", "1.10", "true", None, "[1,  2]"]
    assert column(JSON, "[1,  2.0]", '{"a": 1e5}', '"s"', "null") == ["[1,  2.0]", '{"a": 1e5}', '"s"', None]


def test_spellings_are_mapped_and_unknown_ones_kept() -> None:
    spelling = (("SHIPPED", "Shipped"),)
    assert column(VARCHAR, '"SHIPPED"', '"NEW"', "null", values=spelling) == ["Shipped", "NEW", None]


def test_constants_and_no_columns() -> None:
    outputs = [Output("Account", "", VARCHAR), Output("Fee", "", MONEY), Output("At", "", TIMESTAMP)]
    now = datetime(2027, 4, 1, tzinfo=UTC)
    batch = Decoder("r[]", outputs).decode([b'{"r":[{},{}]}'], {"Account": "de", "At": now})
    assert batch.to_pylist() == [{"Account": "de", "Fee": None, "At": now}] * 2
    assert Decoder("r[]", []).decode([b'{"r":[{},{},null]}']).num_rows == 2


@pytest.mark.parametrize("page", [b"", b"<html>", b'{"r":', b'{"r":[{"v":"\xff"}]}', b"{} {}", b"[" * 100_000])
def test_what_is_not_json(page: bytes) -> None:
    with pytest.raises(errors.OperationalError, match="not JSON"):
        Decoder("r[]", [Output("V", "r[].v", VARCHAR)], "T").decode([page])


@pytest.mark.parametrize("page", [b"{}", b"null", b'{"r":null}', b'{"r":[]}', b'{"r":"x"}', b'{"errors":[]}', b"[]"])
def test_no_rows(page: bytes) -> None:
    batch = Decoder("r[]", [Output("V", "r[].v", VARCHAR)]).decode([page])
    assert (batch.num_rows, batch.schema.names) == (0, ["V"])


def test_a_field_that_broke_its_promise_is_read_loosely_from_then_on() -> None:
    decoder = Decoder("r[]", [Output("V", "r[].p.learned", VARCHAR)])
    page = b'{"r":[{"p":{"learned":1.10}},{"p":{"learned":"x"}},{}]}'
    first = decoder.decode([page])
    assert decoder._shared.plan is not None
    assert decoder._shared.plan.loose == [0]
    assert decoder.decode([page]) == first
    assert first.column(0).to_pylist() == ["1.10", "x", None]


def test_fields_are_expected_in_the_order_of_the_first_page_with_rows() -> None:
    outputs = [Output(n, f"r[].{p}", VARCHAR) for n, p in (("A", "a"), ("C", "o.c"), ("B", "o.b"), ("P", "p[0].x"))]
    decoder = Decoder("r[]", outputs)
    page = b'{"r":[{"o":{"b":"1"}},{"p":[{"x":"2"}],"o":{"b":"3","c":"4"},"new":[],"a":"5"},null]}'
    assert decoder.decode([b'{"r":[]}']).num_rows == 0
    before = decoder.decode([page])
    row = decoder._shared.tree.levels[1]
    assert list(row.fields) == ["p", "o", "a"]
    assert list(row.fields["o"].fields) == ["b", "c"]
    # The second reader is another one, with the same result.
    assert decoder.decode([page]) == before
    assert before.to_pylist() == [
        {"A": None, "C": None, "B": "1", "P": None},
        {"A": "5", "C": "4", "B": "3", "P": "2"},
    ]


def test_root_list_and_unknown_fields() -> None:
    decoder = Decoder("[]", [Output("A", "[].a", BIGINT)])
    assert decoder.decode([b'[{"a":1,"b":{"c":[1]}},{"a":2}]', b"[]"]).column(0).to_pylist() == [1, 2]


def test_a_path_outside_the_row_path_is_refused() -> None:
    for path in ("r[].a[].b", "x[].a", "r[].a[]#"):
        with pytest.raises(errors.InternalError):
            Decoder("r[]", [Output("V", path, VARCHAR)])


# --- Amazon's own cases ----------------------------------------------------------------------------------------------


def sandbox() -> list[Any]:
    if not (SHARED / "sandbox_cases.jsonl").exists():
        return [pytest.param(None, None, marks=pytest.mark.skip(reason="the shared sandbox cases are not here"))]
    paths = {(o["api"], o["operationId"]): o for o in json.loads((SHARED / "operations.json").read_text())}
    found = []
    for line in (SHARED / "sandbox_cases.jsonl").read_text().splitlines():
        case = json.loads(line)
        if case["status"] == 200 and isinstance(case["response"], dict) and (case["api"], case["operationId"]) in paths:
            found.append(pytest.param(case, paths[case["api"], case["operationId"]], id=f"{case['api']}-{len(found)}"))
    return found


@pytest.mark.parametrize(("case", "operation"), sandbox())
def test_sandbox_bodies_equal_the_naive_decoder(case: Any, operation: Any) -> None:
    row_path = operation.get("rowPath") or ""
    page = json.dumps(case["response"]).encode()
    names = {
        k: None
        for trail in rows(case["response"], parse(row_path))
        if isinstance(trail[-1][1], dict)
        for k in trail[-1][1]
    }
    prefix = f"{row_path}." if row_path else ""
    outputs = [Output(n, prefix + n, VARCHAR) for n in names if not set(n) & set(".[]#")]
    assert read(Decoder(row_path, outputs), outputs, [page]) == naive(row_path, outputs, page)
