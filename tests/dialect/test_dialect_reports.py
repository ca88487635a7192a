"""Reports in tools: types whose columns a document told are shown with them."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, inspect, text

URL = "amzsql://?Simulator=seed%3D5,orders%3D60,today%3D2026-11-21&Marketplace=US"
UNKNOWN = "REPORT_GET_MERCHANT_LISTINGS_DATA_LITE"


@pytest.mark.parametrize("name", [UNKNOWN, UNKNOWN.lower()])
def test_columns_that_a_statement_came_upon_are_reflected(name: str) -> None:
    engine = create_engine(URL)
    with engine.connect() as connection:
        shown = list(connection.execute(text(f"SELECT * FROM {name}")).keys())
    assert len(shown) > 1
    assert [c["name"] for c in inspect(engine).get_columns(name)] == shown
