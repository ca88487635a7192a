"""Queries of Data Kiosk as text: what the schema has, in its order, judged by a reader of its own; else an error."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from amzsql.catalog import data_kiosk
from amzsql.catalog.model import Entry
from amzsql.simulator.apis import graphql
from amzsql.spapi.data_kiosk import datasets, is_list, named
from amzsql.spapi.kiosk_query import DEPRECATED, MOST_CHARACTERS, normal, write

BY_DATE = "analytics_salesAndTraffic_2024_04_24.salesAndTrafficByDate"
ECONOMICS = "analytics_economics_2024_03_15.economics"
DAYS = {"startDate": dt.date(2026, 10, 1), "endDate": "2026-10-31"}
US = {"marketplaceIds": ("ATVPDKIKX0DER",)}
GIVEN: dict[str, Any] = {
    "marketplaceIds": ("ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"),
    "marketplaceId": "ATVPDKIKX0DER",
    "filters": ({"marketplaceId": "ATVPDKIKX0DER", "asins": ("B000000001", 'B"00000002')},),
    "products": ({"identifier": {"type": "MSKU", "value": "a b"}, "inputContext": {"unitPerCarton": 3}},),
}


@pytest.mark.parametrize("entry", data_kiosk.TABLES, ids=lambda e: e.name)
def test_all_columns_of_a_table_are_one_query_that_the_schema_takes(entry: Entry) -> None:
    path = data_kiosk.resolve(entry, entry.schemas[0]).paths[0]
    dataset, query = data_kiosk.query_of(path.declared)
    arguments = DAYS | {name: value for name, value in GIVEN.items() if name in query.arguments}
    for asked in data_kiosk.shape_of(path.declared).asked:
        values = dataset.enums.get(data_kiosk.argument_type(dataset, query, asked.name), ("USD",))
        arguments[asked.name] = values if is_list(query.arguments[asked.name.split(".")[0]]) else values[0]
    fields = [s.path.removeprefix(data_kiosk.ROWS).replace("[]", "").lstrip(".") for s in path.sources.values()]
    text = write(path.declared.query, arguments, filter(None, fields))
    assert list(graphql.judge(graphql.parse(text))) == []
    assert normal(text) == text == graphql.compact(text)
    assert len(text) < MOST_CHARACTERS / 2


def test_a_question_has_one_text() -> None:
    fields = ["sales.unitsOrdered", "startDate", "sales.orderedProductSales.amount"]
    text = write(BY_DATE, {"aggregateBy": "day"} | DAYS | US, fields)
    assert text == write(BY_DATE, US | DAYS | {"aggregateBy": "DAY"}, reversed(fields))
    assert text == (
        "query{analytics_salesAndTraffic_2024_04_24{salesAndTrafficByDate(aggregateBy:DAY"
        ' endDate:"2026-10-31" marketplaceIds:["ATVPDKIKX0DER"]startDate:"2026-10-01")'
        "{sales{orderedProductSales{amount}unitsOrdered}startDate}}}"
    )


def test_white_space_says_nothing_outside_of_texts() -> None:
    assert normal('query { a ( b : "x  y" , c:[ 1 2 ] ) # why\n { d , e } }') == 'query{a(b:"x  y" c:[1 2]){d e}}'
    assert normal('{a(b:"x"c:-1.5e3)}') == '{a(b:"x" c:-1.5e3)}'


def test_an_object_without_fields_of_its_own_is_asked_whole_but_for_what_is_deprecated() -> None:
    text = write(ECONOMICS, DAYS | US | {"aggregateBy.date": "RANGE"}, ["fees"])
    root = graphql.parse(text)
    assert list(graphql.judge(root)) == []
    (fees,) = root.fields[0].fields
    assert [f.name for f in fees.fields] == ["charges", "feeTypeName"]
    assert root.fields[0].arguments["aggregateBy"] == {"date": "RANGE"}
    for of, name in DEPRECATED:
        assert name in datasets()[root.name].types[of]


@pytest.mark.parametrize(
    ("arguments", "fields", "says"),
    [
        ({"aggregateBy": "DAY"} | US, ["startDate"], "needs endDate, startDate"),
        ({"aggregateBy": "HOUR"} | DAYS | US, ["startDate"], "one of DAY, MONTH, WEEK, not HOUR"),
        ({"aggregateBy": "DAY", "strange": 1} | DAYS | US, ["startDate"], "no argument strange"),
        ({"aggregateBy": "DAY"} | DAYS | US, ["sold"], "no field sold"),
        ({"aggregateBy": "DAY"} | DAYS | US, ["startDate.day"], "no fields"),
        ({"aggregateBy": "DAY"} | DAYS | {"marketplaceIds": (1,)}, ["startDate"], "of type String, and 1 is not"),
    ],
)
def test_what_the_schema_does_not_have_is_refused(arguments: dict[str, Any], fields: list[str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        write(BY_DATE, arguments, fields)


@pytest.mark.parametrize(
    ("products", "says"),
    [
        ("x", "object of identifier, inputContext"),
        ({}, "needs identifier"),
        ({"identifier": {"type": "MSKU", "value": "a"}, "price": 1}, "no price"),
        ({"identifier": {"type": "EAN", "value": "a"}}, "one of ASIN, FNSKU, MSKU"),
    ],
)
def test_objects_are_held_to_the_schema(products: Any, says: str) -> None:
    query = "analytics_economics_2024_03_15.economicsSimulation"
    given = DAYS | {"actionTypes": ("AWD",), "marketplaceId": "ATVPDKIKX0DER", "products": (products,)}
    with pytest.raises(ValueError, match=says):
        write(query, given, ["msku"])


def test_every_type_of_the_schemas_is_reached() -> None:
    reached = {named(f.type) for e in data_kiosk.TABLES for f in [data_kiosk.query_of(e.paths[0])[1]]}
    known = {named(f.type) for dataset in datasets().values() for f in dataset.queries.values()}
    assert reached == known
