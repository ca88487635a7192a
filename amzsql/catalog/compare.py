"""What other facts would make of the tables: which gain or lose columns and operations, and which reads no table has.

Each set of facts is read by a process of its own, as facts are kept for a process's life. Must not know of SQL.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from amzsql import spapi
from amzsql.catalog import check, modules, registry
from amzsql.catalog.model import Entry

Snapshot = dict[str, Any]
"""tables: name -> {columns: {name: type}, operations: […], problems: […]}; reads: every reading operation."""


def changed_apis(old: Path, new: Path) -> tuple[str, ...]:
    """Return the API versions of which two folders say different things, one of them perhaps nothing."""
    names = {file.stem for folder in (old, new) for file in folder.glob("*.json")} - {"index"}
    return tuple(sorted(name for name in names if _bytes(old, name) != _bytes(new, name)))


def _bytes(folder: Path, api: str) -> bytes | None:
    file = folder / f"{api}.json"
    return file.read_bytes() if file.exists() else None


def snapshot(apis: Collection[str]) -> Snapshot:
    """Return the tables that read some API versions as this process's facts make them, and those versions' reads."""
    tables = {}
    for module in modules.MODULES:
        for entry in registry.declared(module).values():
            if any(path.operation.rpartition(".")[0] in apis for path in _whole(entry).paths):
                tables[f"{entry.schemas[0]}.{entry.name}"] = _table(entry)
    known = [name for name in apis if name in spapi.apis()]
    return {"tables": tables, "reads": sorted(o.name for name in known for o in spapi.api(name).operations if o.read)}


def _whole(entry: Entry) -> Entry:
    return entry if entry.whole is None else _whole(entry.whole)


def _table(entry: Entry) -> dict[str, Any]:
    try:
        table = registry.table(entry.schemas[0], entry.name)
    except (LookupError, KeyError) as error:
        return {"columns": {}, "operations": [], "problems": [str(error.args[0])]}
    return {
        "columns": {c.name: str(c.type) for c in table.columns},
        "operations": [p.operation for p in table.paths],
        "problems": check.problems(entry),
    }


def of_facts(folder: Path, apis: Collection[str]) -> Snapshot:
    """Return the tables that read some API versions as the facts of a folder make them.

    Raises:
        RuntimeError: the folder holds no facts that can be read.
    """
    command = [sys.executable, "-m", "amzsql.catalog.check", "--snapshot", str(folder), *apis]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{folder}: {done.stderr.strip().splitlines()[-1]}")
    found: Snapshot = json.loads(done.stdout)
    return found


def differences(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """Yield what is gained and lost, each as one sentence."""
    for name in sorted(before["tables"].keys() | after["tables"].keys()):
        old, new = before["tables"].get(name), after["tables"].get(name)
        if old is None or new is None:
            yield f"{name} is {'new' if old is None else 'gone'}."
            continue
        yield from (f"{name}: {problem}" for problem in new["problems"] if problem not in old["problems"])
        yield from _columns(name, old["columns"], new["columns"])
        yield from _gained(f"{name}: the operation", old["operations"], new["operations"])
    yield from _gained("The read", before["reads"], after["reads"])
    covered = {operation for table in after["tables"].values() for operation in table["operations"]}
    yield from (f"No table reads {o}." for o in after["reads"] if o not in covered and o not in before["reads"])


def _columns(name: str, old: dict[str, str], new: dict[str, str]) -> Iterator[str]:
    yield from (f"{name} loses the column {c}." for c in old if c not in new)
    yield from (f"{name} gains the column {c} ({new[c]})." for c in new if c not in old)
    yield from (f"{name}.{c} was {old[c]} and is {new[c]}." for c in old if c in new and old[c] != new[c])


def _gained(what: str, old: list[str], new: list[str]) -> Iterator[str]:
    yield from (f"{what} {each} is gone." for each in old if each not in new)
    yield from (f"{what} {each} is new." for each in new if each not in old)
