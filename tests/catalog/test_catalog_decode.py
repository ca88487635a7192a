"""Every access path of every table, decoded from real answers: the rows are the body's, the keys are filled."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_bodies import MODULES, as_sql, page, places, read, steps, tables, value_at
from naming import Case

from amzsql import spapi
from amzsql.catalog.columns import branches
from amzsql.catalog.model import Table, TableBranch, TablePath
from amzsql.execute.decode import Decoder, Output
from amzsql.execute.numbers import place_of

SHARED = Path(__file__).parents[2].parent / "shared" / "spapi"
PATHS = [(table, number) for table in tables() for number in range(len(table.paths))]

# What a value is by each of the rules of spelling.
RULED: dict[str, Callable[[Any], Any]] = {
    "mws": lambda value: None if value is None else f"_{value}_",
    "given": lambda value: value is not None,
    "availability": lambda value: None if value is None else "Immediately" if value else "Unknown",
}


def outputs(table: Table, branch: TableBranch) -> list[Output]:
    """Return what the driver's decoder is to read of a branch; of a number among equals it is an element's place."""
    found = [(c, branch.sources[c.name]) for c in table.columns if c.name in branch.sources]
    return [Output(c.name, place_of(s.path), c.type, s.values) for c, s in found if s.path]


def decoded(table: Table, path: TablePath, body: bytes) -> list[dict[str, Any]]:
    """Return what the driver's decoder makes of a page."""
    return [
        {**constants(branch), **row}
        for branch in path.branches
        for row in Decoder(branch.row_path, outputs(table, branch), table.name).decode([body]).to_pylist()
    ]


def expected(table: Table, path: TablePath, body: bytes) -> list[dict[str, Any]]:
    """Return what a plain reading makes of it."""
    whole = read(body)
    return [
        {
            **constants(branch),
            **{o.name: spelt(o, value_at(whole, o.path, branch.row_path, row)) for o in outputs(table, branch)},
        }
        for branch in path.branches
        for row in places(whole, steps(branch.row_path))
    ]


def constants(branch: TableBranch) -> dict[str, Any]:
    """Return what all rows of a branch have."""
    return {name: source.constant for name, source in branch.sources.items() if source.constant}


def spelt(output: Output, value: Any) -> Any:
    """Return a value as SQL has it."""
    if isinstance(output.values, str):
        return RULED[output.values](value)
    found = as_sql(value, output.type.name)
    return dict(output.values).get(found, found) if isinstance(found, str) else found


def compare(table: Table, path: TablePath, body: bytes) -> list[dict[str, Any]]:
    """Assert that both readings agree, and return the rows."""
    found, wanted = decoded(table, path, body), expected(table, path, body)
    assert len(found) == len(wanted)
    for ours, plain in zip(found, wanted, strict=True):
        for column in table.columns:
            if column.name in ours and column.type.name == "JSON" and ours[column.name] is not None:
                ours[column.name] = read(ours[column.name].encode())
        assert ours == plain
    return found


@pytest.mark.parametrize("module", MODULES)
def test_decodes_the_simulated_page(module: str) -> None:
    """The rows of a full page are the body's, and what the body holds of the key is never null."""
    for table in tables(module):
        for path in table.paths:
            with Case(f"{table.name} by {path.operation}"):
                rows_are_the_bodys(table, path)


def rows_are_the_bodys(table: Table, path: TablePath) -> None:
    """Hold a path's rows to its page, and the key to what the page has of it."""
    rows = compare(table, path, page(path))
    keys = [k for k in table.entry.key if not path.sources[k].parameter and k not in path.declared.withheld]
    everywhere = [k for k in keys if all(k in branch.sources for branch in path.branches)]
    assert all(row[key] is not None for row in rows for key in everywhere)
    # One page is of one marketplace and seller: the rest of the key tells its rows apart. Made-up lists share all keys.
    apart = dict.fromkeys((*keys, *(name for branch in path.branches for name in constants(branch))))
    assert len({tuple(row.get(k) for k in apart) for row in rows}) == len(rows)


@pytest.mark.parametrize("module", MODULES)
def test_no_field_of_a_row_is_lost(module: str) -> None:
    """Each value of a row, however deep, is read by a column, but for those that are dropped by name.

    A table that takes some fields only drops all others.
    """
    for table in tables(module):
        for path in table.paths:
            with Case(f"{table.name} by {path.operation}"):
                all_fields_are_read(path)


def all_fields_are_read(path: TablePath) -> None:
    """Look for each value of a path's page among the fields that its columns read."""
    whole = read(page(path))
    for branch, declared in zip(path.branches, branches(path.declared, spapi.operation(path.operation)), strict=True):
        if declared.only:
            continue
        start = steps(branch.row_path)
        dropped = [[*start, *steps(name)] for name, column in declared.names if column is None]
        taken = [steps(s.path) for s in branch.sources.values() if s.path]
        for row in places(whole, start):
            element = value_at(whole, branch.row_path, branch.row_path, row) if branch.row_path else whole
            for way in leaves(element, start):
                groups = (d for d in dropped if way[: len(d)] == d)
                assert any(groups) or any(way[: len(t)] == t for t in taken), way


def leaves(value: Any, way: list[str]) -> Iterator[list[str]]:
    """Yield the way to each value below an object; an array is one value."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield from leaves(below, [*way, name])
    else:
        yield way


def cases(name: str) -> Iterator[tuple[str, bytes]]:
    """Yield (operation, body) of the shared answers to operations that the catalog reads."""
    used = {t.paths[n].operation for t, n in PATHS}
    for line in (SHARED / name).read_text("utf-8").splitlines():
        case = json.loads(line)
        operation = f"{case['api']}.{case['operationId']}"
        if operation in used and 200 <= case["status"] < 300:
            yield operation, json.dumps(case["response"]).encode()


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared answers are not beside the checkout")
@pytest.mark.parametrize("name", ["sandbox_cases.jsonl", "examples.jsonl"])
def test_decodes_amazons_own_answers(name: str) -> None:
    """Amazon's sandbox answers and examples give the rows of their bodies, whatever types they break."""
    seen = set()
    paths: dict[str, list[tuple[Table, int]]] = {}
    for table, number in PATHS:
        paths.setdefault(table.paths[number].operation, []).append((table, number))
    for operation, body in cases(name):
        for table, number in paths[operation]:
            seen.add(operation)
            assert len(decoded(table, table.paths[number], body)) == len(expected_places(table, number, body))
    assert len(seen) >= 9


def expected_places(table: Table, number: int, body: bytes) -> list[tuple[int, ...]]:
    """Return where the rows of a body are."""
    return [place for branch in table.paths[number].branches for place in places(read(body), steps(branch.row_path))]


def test_operations_are_read_operations() -> None:
    """Nothing that writes is an access path."""
    assert all(spapi.operation(t.paths[n].operation).read for t, n in PATHS)
