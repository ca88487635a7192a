"""The schemas of Data Kiosk as facts."""

from __future__ import annotations

from pathlib import Path

import pytest

from amzsql.spapi import harvest_kiosk
from amzsql.spapi.data_kiosk import SCALARS, datasets, is_list, is_required, named

SCHEMAS = Path(__file__).parents[3] / "shared" / "spapi" / "schemas" / "data-kiosk"


def test_the_facts_are_those_of_the_schemas() -> None:
    if not SCHEMAS.is_dir():
        pytest.skip("Amazon's schemas of Data Kiosk are not here")
    assert harvest_kiosk.FACTS.read_text(encoding="utf-8") == harvest_kiosk.harvest(SCHEMAS)


def test_prose_and_directives_are_left_out() -> None:
    read = harvest_kiosk.read('''
        """ type Wrong { a: Int } """
        type Query { "a root" kiosk_2026: Root }
        type Root { rows("say { when }" on: Date!, "which" of: [Kind!]!): [Row] }
        type Row { id: String! @resultRetention(duration : "P30D") kind: Kind @deprecated(reason : "type X { }") }
        enum Kind { "one" ONE TWO }
        input Filter { ids: [String!]! }
    ''')
    assert read == {
        "name": "kiosk_2026",
        "root": "Root",
        "types": {
            "Root": {"rows": ["[Row]", {"on": "Date!", "of": "[Kind!]!"}]},
            "Row": {"id": "String!", "kind": "Kind"},
        },
        "inputs": {"Filter": {"ids": "[String!]!"}},
        "enums": {"Kind": ["ONE", "TWO"]},
    }


def test_every_type_that_is_named_is_there() -> None:
    assert sum(len(d.queries) for d in datasets().values()) == 8
    for dataset in datasets().values():
        known = {*dataset.types, *dataset.inputs, *dataset.enums, *SCALARS}
        fields = [f for fields in dataset.types.values() for f in fields.values()]
        assert fields
        assert {named(f.type) for f in fields} <= known
        assert {named(a) for f in fields for a in f.arguments.values()} <= known
        assert {named(t) for fields in dataset.inputs.values() for t in fields.values()} <= known


def test_types_are_read() -> None:
    by_asin = datasets()["analytics_salesAndTraffic_2024_04_24"].queries["salesAndTrafficByAsin"]
    assert by_asin.arguments["marketplaceIds"] == "[String!]!"
    assert (named("[String!]!"), is_list("[String!]!"), is_required("[String!]!")) == ("String", True, True)
    assert (is_list("Date"), is_required("Date")) == (False, False)
