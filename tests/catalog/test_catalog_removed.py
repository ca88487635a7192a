"""Tables that Amazon has taken away: they are listed, and a statement that reads one is told what to read instead."""

from __future__ import annotations

from dataclasses import replace

import pytest
from driving import simulated

from amzsql import metadata
from amzsql.catalog import registry, system
from amzsql.catalog.check import problems
from amzsql.catalog.model import Entry
from amzsql.errors import ProgrammingError

REMOVED = [e for s in system.SCHEMAS for n in registry.names(s) if (e := registry.table(s, n).entry).removed]
IDS = [e.name for e in REMOVED]


def test_there_are_some() -> None:
    """Else the tests below would show nothing."""
    assert {"InboundItemsGuidance", "InboundShipmentPreorders", "InboundShipmentTransportDetails"} <= set(IDS)


@pytest.mark.parametrize("entry", REMOVED, ids=IDS)
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM {0}",
        "SELECT count(*) FROM {0} WHERE 1 = 0",
        "EXPLAIN SELECT Anything FROM {0}",
        "SELECT 1 FROM Orders WHERE AmazonOrderId IN (SELECT 'x' FROM {0})",
        "WITH c AS (SELECT * FROM {0}) SELECT o.* FROM Orders o, c LIMIT 1",
    ],
)
def test_reading_one_is_refused_before_any_call(entry: Entry, sql: str) -> None:
    """However it is mentioned, the error says what replaces it, and Amazon is asked nothing."""
    connection, simulator = simulated(Schema=entry.schemas[0], Marketplace="")
    with connection, pytest.raises(ProgrammingError) as error:
        connection.cursor().execute(sql.format(entry.name))
    assert f"{entry.name} cannot be read. " in str(error.value)
    assert entry.removed in str(error.value)
    assert not simulator.log


@pytest.mark.parametrize("entry", REMOVED, ids=IDS)
def test_it_is_listed_and_reflected(entry: Entry) -> None:
    """The metadata know it and its columns, and no access path of it."""
    schema = entry.schemas[0]
    listed = {r["TableName"]: r for r in system.rows("sys_tables", [schema]) or []}
    assert listed[entry.name]["TableType"] == entry.kind.upper()
    assert entry.name not in {r["TableName"] for r in system.rows("sys_accesspaths", [schema]) or []}
    found = metadata.table(schema, entry.name)
    assert found is not None
    assert [c.name for c in found.columns] == [c.name for c in entry.columns]


@pytest.mark.parametrize("entry", REMOVED, ids=IDS)
def test_what_it_names_instead_is_there(entry: Entry) -> None:
    """Tables that the text names exist and can be read."""
    known = {f"{s}.{n}": s for s in system.SCHEMAS for n in registry.names(s)}
    words = [w.strip(".,;") for w in entry.removed.split()]
    for word in words:
        schema, _, name = word.rpartition(".")
        if schema:
            assert word in known
        if f"{schema or entry.schemas[0]}.{name}" in known:
            assert not registry.table(schema or entry.schemas[0], name).entry.removed


def test_the_proof_notices_what_is_neither_read_nor_removed() -> None:
    """A removed table has nothing to read by; another has a path, and no columns of its own."""
    gone, read = REMOVED[0], registry.table("SellingPartner", "Orders").entry
    both = problems(replace(gone, paths=read.paths, key=read.key))
    assert f"{gone.name}: it is removed, and has paths, parts, a parent or an example." in both
    assert problems(replace(gone, key=("Nothing",))) == [f"{gone.name}: key names Nothing, which is no column."]
    assert f"{gone.name}: it has no path and does not say what replaces it." in problems(replace(gone, removed=""))
    told = problems(replace(read, columns=gone.columns))
    assert told == ["Orders: its columns are declared, though its paths' facts tell them."]
