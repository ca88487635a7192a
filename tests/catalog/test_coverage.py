"""Every read of the API is a table: each reading operation is an access path, or it is said why not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from catalog_bodies import tables

from amzsql import spapi
from amzsql.catalog import modules, registry, system

# Reading operations that no table can be made of, and why.
EXCEPTIONS: Mapping[str, str] = {
    "vendorDirectFulfillmentSandboxData_2021-10-28.getOrderScenarios": "only Amazon's sandbox has it",
}
# Those whose tables are still to come: what is covered must go from this list, and nothing may come to it.
NOT_YET: frozenset[str] = frozenset()


@cache
def covered() -> frozenset[str]:
    """Return the names of the operations that are an access path of some table."""
    return frozenset(path.operation for table in tables() for path in table.paths)


def reading() -> frozenset[str]:
    """Return the names of all reading operations."""
    return frozenset(o.name for o in spapi.all_operations() if o.read)


def test_every_reading_operation_is_an_access_path() -> None:
    assert sorted(reading() - covered() - EXCEPTIONS.keys() - NOT_YET) == []


def test_what_is_covered_is_excused_no_more() -> None:
    assert sorted(covered() & (EXCEPTIONS.keys() | NOT_YET)) == []
    assert sorted((EXCEPTIONS.keys() | NOT_YET) - reading()) == []


def test_sys_accesspaths_tells_them_all() -> None:
    """Those of tables drawn from other facts order what they read: no reading operations, and told all the same."""
    told = {f"{r['ApiName']}.{r['OperationId']}" for r in system.rows("sys_accesspaths") or ()}
    drawn = {p.operation for m in modules.DRAWN for e in registry.declared(m).values() for p in e.paths}
    drawn |= {path.operation for table in tables() for path in table.reports}
    assert told == covered() | drawn
    assert not drawn & reading()


def test_the_models_have_as_many_reads_as_are_counted() -> None:
    """211 of Amazon's models, and those that only its SDK has so far."""
    from_models = [o for o in spapi.all_operations() if o.read and not o.source]
    assert len(from_models) == 211
