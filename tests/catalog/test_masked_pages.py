"""MaskPII on Amazon's answers: no column of any table shows a person, by whatever way its rows are read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from catalog_bodies import MODULES, page, tables
from naming import Case
from persons import EVERY, shown
from test_catalog_decode import outputs

from amzsql.catalog import masking
from amzsql.catalog.model import Table
from amzsql.execute.decode import Decoder
from amzsql.execute.masking import NOTHING, Masks

# Whose pages have personal data in the simulator; the lane `whole` looks at all others too.
TELLING = (
    "account", "awd", "external_fulfillment", "inbound", "invoices", "messages", "order_details", "orders", "services",
    "shipping", "supply_sources", "vendor_direct_fulfillment",
)  # fmt: skip
HASH = Masks(b"k" * 32)


@pytest.mark.parametrize("module", [m for m in MODULES if EVERY or m in TELLING])
def test_no_page_shows_a_person(module: str) -> None:
    """Each column of each way to a table's rows, decoded from Amazon's answer; unmasked some show many."""
    for table in tables(module):
        with Case(table.name):
            for masks in (NOTHING, HASH):
                assert shown(_decoded(masking.masked(table, hashes=masks.hashes), masks)) == []


def test_pages_have_persons_to_show() -> None:
    found = {t.name for module in TELLING for t in tables(module) if shown(_decoded(t, None))}
    assert {"OrderAddress", "OrderBuyerInfo", "VendorDirectFulfillmentOrders", "ServiceJobs"} <= found
    assert len(found) > 12


def _decoded(table: Table, masks: Masks | None) -> Iterator[Any]:
    for path in table.paths:
        for branch in path.branches:
            batch = Decoder(branch.row_path, outputs(table, branch), table.name).decode([page(path)])
            if masks is not None:
                batch = masks.applied(batch, {n: n in table.hashed for n in table.masked})
            for column in batch.columns:
                yield from column.to_pylist()


def test_whatever_a_role_opens_is_personal() -> None:
    """What Amazon leaves out without a role, and what a token opens: the two lists were not drawn from one another."""
    for module in MODULES:
        for table in tables(module):
            hidden = {column for path in table.paths for column, _ in path.declared.masked}
            assert hidden <= masking.masked(table, hashes=False).masked, table.name
