"""An attribute that a listing's type does not have is refused before anything is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from driving import asked, simulated

import amzsql
from amzsql.simulator import Fault

DEFINITION, PUT = "getDefinitionsProductType", "putListingsItem"
NEW = "INSERT INTO ListingsItems (SKU, ProductType, ItemName, Attributes) VALUES (?, ?, 'A mug', ?)"


def given(**attributes: str) -> str:
    told = {"brand": "Kiln", "condition_type": "new_new"} | attributes
    return json.dumps({name: [{"value": value}] for name, value in told.items()})


def shop(*faults: Fault) -> tuple[Any, Any]:
    connection, simulator = simulated(*faults, orders=50, throttle="off", SellerId="A3SIMULATEDSELL")
    return connection.cursor(), simulator


def test_unknown_attributes_and_types_are_refused() -> None:
    """The schema is asked for once a type, and not at all for what every listing has."""
    cursor, simulator = shop()
    cursor.execute(NEW, ["M-1", "SHOES", given()])
    assert asked(simulator, DEFINITION) == []
    wrong = [["M-2", "SHOES", given(color="blue")], ["M-3", "SHOES", given(colour="blue")]]
    with pytest.raises(
        amzsql.ProgrammingError, match=r"Attributes: .* no attribute colour\. Did you mean color\?.*row 1"
    ):
        cursor.executemany(NEW, wrong)
    with pytest.raises(amzsql.ProgrammingError, match="ProductType: Amazon has no product type SHOOES"):
        cursor.execute(NEW, ["M-2", "SHOOES", given(color="blue")])
    assert asked(simulator, PUT) == [200]
    columns = "SKU, ProductType, AttributeName, Value"
    with pytest.raises(amzsql.ProgrammingError, match=r"AttributeName: .* no attribute sizee"):
        cursor.execute(f"INSERT INTO ListingsItemsAttributes ({columns}) VALUES ('M-1', 'SHOES', 'sizee', '{{}}')")
    cursor.execute(NEW, ["M-2", "SHOES", given(color="blue")])
    assert (asked(simulator, DEFINITION), asked(simulator, PUT)) == ([200, 404], [200, 200])


def test_a_type_that_may_not_be_looked_up_is_left_to_amazon() -> None:
    cursor, simulator = shop(Fault(f"*.{DEFINITION}", "status", status=403, times=0))
    with pytest.raises(amzsql.IntegrityError):
        cursor.execute(NEW, ["M-1", "SHOES", given(colour="blue")])
    assert asked(simulator, PUT) == [200]
