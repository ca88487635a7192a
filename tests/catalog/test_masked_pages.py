"""MaskPII on Amazon's answers: no column of any table shows a person, by whatever way its rows are read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from asking import world
from catalog_bodies import MODULES, page, tables
from naming import Case
from persons import EVERY, shown
from test_catalog_decode import outputs

from amzsql import spapi
from amzsql.catalog import masking, procedures, registry
from amzsql.catalog.model import Table
from amzsql.execute.decode import Decoder
from amzsql.execute.masking import NOTHING, Masks
from amzsql.execute.procedure import _read

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
            batch = Decoder(branch.row_path, outputs(table, branch), table.name).decode([peopled(page(path))])
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


# What is plainly of a person in an answer, whatever rules the driver has.
PLAIN = re.compile(
    r"(?i)^(addressLine\d|\w*email|phone(Number)?|postalCode|attention|giftMessage(Text)?|labelStream|accountHolderName"
    r"|buyer(Name|Id|Email)|customerId|recipientName)$"
)
_OF_PLACE = re.compile(r"(?i)^(name|companyName)$")


def test_no_answer_to_a_call_shows_a_person() -> None:
    """Each result of each procedure, from what Amazon answered in a sweep over all operations, with persons put in."""
    answers, telling = world().sweep.answers, set()
    for procedure in procedures.every(registry.SCHEMAS[:1]):
        operation = spapi.operation(procedure.operation) if procedure.operation and not procedure.own else None
        answer = answers.get(operation.key) if operation is not None else None
        if answer is None or not answer.is_success or not answer.content:
            continue
        body = peopled(answer.content)
        with Case(procedure.name):
            for each in procedure.sets:
                for masks in (NOTHING, HASH):
                    assert shown(_values(_read(procedure, each, body, masks).batch)) == []
                if shown(_values(_read(procedure, each, body, None).batch)):
                    telling.add(procedure.name)
    assert len(telling) >= 3


def peopled(body: bytes) -> bytes:
    """Return an answer with a person's name in place of each text that is plainly of a person."""
    return json.dumps(_peopled(json.loads(body))).encode()


def _peopled(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        placed = any(n.lower() == "addressline1" for n in value)
        return {n: _peopled(v, "buyerName" if placed and _OF_PLACE.search(n) else n) for n, v in value.items()}
    if isinstance(value, list):
        return [_peopled(v, name) for v in value]
    return "Ana Adams" if isinstance(value, str) and PLAIN.search(name) else value


def _values(batch: pa.RecordBatch) -> Iterator[Any]:
    for column in batch.columns:
        yield from column.to_pylist()
