"""The compliance tests of PEP 249 (package dbapi-compliance), run over schema Temp: all 36 of them.

Three are overridden: two of them the suite leaves to the driver, and the third wants a second close() to fail, which
PEP 249 leaves open.
"""

from __future__ import annotations

from typing import Any

import pytest

import amzsql

dbapi20 = pytest.importorskip("dbapi20", reason="the package dbapi-compliance is not installed")

OVERRIDDEN = {"test_nextset", "test_setoutputsize", "test_non_idempotent_close"}


class TestCompliance(dbapi20.DatabaseAPI20Test):  # type: ignore[misc]
    """The suite's own tests."""

    driver = amzsql
    connect_args = ("Simulator=orders=10;Schema=Temp",)
    connect_kw_args: dict[str, Any] = {}
    # The suite would call a procedure of a database that makes text small; there is none.
    lower_func = None

    def test_nextset(self) -> None:
        with self._connect() as connection:
            cursor = connection.cursor()
            cursor.execute("INSERT INTO Prices#TEMP (SKU, StandardPrice, StandardPriceCurrency) VALUES ('a', 5, 'USD')")
            cursor.execute(
                "EXEC SellingPartner.SubmitPriceFeed MarketplaceIds='ATVPDKIKX0DER', PriceFeedAggregate='Prices#TEMP'"
            )
            submitted = cursor.fetchall()
            assert cursor.nextset()
            outcomes = cursor.fetchall()
            assert (len(submitted), [row[1] for row in outcomes]) == (1, ["a"])
            assert cursor.nextset() is None

    def test_setoutputsize(self) -> None:
        with self._connect() as connection:
            cursor = connection.cursor()
            cursor.setoutputsize(2)
            cursor.setoutputsize(2, 0)
            cursor.execute("SELECT 'abcdef'")
            assert cursor.fetchall() == [("abcdef",)]

    def test_non_idempotent_close(self) -> None:
        connection = self._connect()
        connection.close()
        connection.close()
        with pytest.raises(amzsql.Error):
            connection.cursor()


def test_no_more_is_overridden() -> None:
    tests = {name for name in dir(dbapi20.DatabaseAPI20Test) if name.startswith("test_")}
    assert len(tests) == 36
    assert {name for name in vars(TestCompliance) if name.startswith("test_")} == OVERRIDDEN < tests
