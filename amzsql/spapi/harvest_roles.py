"""Draw the facts about roles from roles.toml: which roles open an operation, a report, a feed or a notification.

Owns what an entry of that file may say, and how the facts file is written: each entry's roles once, and their number
for each thing that they open. Must not know of models, nor of how the facts are read. The same input gives the same
bytes.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]

ROLES = Path(__file__).parent / "roles.toml"
KINDS = ("reports", "feeds", "notifications")
SOURCES = frozenset({"guide", "docs", "linkfox", "copy"})
REGIONS = frozenset({"NA", "EU", "FE"})
_FACTS = ("roles", "source", "guess", "as_of", "regions")


def harvest(document: Json, known: Collection[str]) -> Json:
    """Return the facts: `grants`, and of each kind the number of the grant by name, of operations by API and name.

    `known` are the operations that exist. Raises LookupError for others, ValueError for an entry that says too little,
    or for a thing that two entries name.
    """
    grants: list[Json] = []
    found: dict[tuple[str, ...], int] = {}
    for entry in document["entry"]:
        _check(entry)
        for thing in _things(entry):
            if thing in found:
                raise ValueError(f"two entries give roles to {'.'.join(thing)}")
            found[thing] = len(grants)
        grants.append({k: entry[k] for k in _FACTS if k in entry})
    named = {f"{thing[1]}.{thing[2]}" for thing in found if thing[0] == "operations"}
    if unknown := sorted(named - set(known)):
        raise LookupError(f"roles are given to operations that no model has: {', '.join(unknown)}")
    return {"grants": grants, **_placed(found)}


def _check(entry: Json) -> None:
    what = f"the entry of {', '.join(entry.get('roles', ()))}"
    if not entry.get("roles"):
        raise ValueError("an entry names no role")
    if ("source" in entry) == ("guess" in entry) or entry.get("source", "docs") not in SOURCES:
        raise ValueError(f"{what} has neither a source ({', '.join(sorted(SOURCES))}) nor a guess, or both")
    if not set(entry.get("regions", ())) <= REGIONS:
        raise ValueError(f"{what} names an unknown region")
    if strange := entry.keys() - {*_FACTS, *KINDS, "operations"}:
        raise ValueError(f"{what} has {', '.join(sorted(strange))}")


def _things(entry: Json) -> Iterator[tuple[str, ...]]:
    """Yield what an entry opens: (kind, name), of operations (kind, API, name)."""
    for api, names in entry.get("operations", {}).items():
        yield from (("operations", api, name) for name in names)
    for kind in KINDS:
        yield from ((kind, name) for name in entry.get(kind, ()))


def _placed(found: dict[tuple[str, ...], int]) -> Json:
    out: Json = {kind: {} for kind in ("operations", *KINDS)}
    for (kind, *path), number in sorted(found.items()):
        holder = out[kind]
        for step in path[:-1]:
            holder = holder.setdefault(step, {})
        holder[path[-1]] = number
    return out


def written(facts: Json) -> str:
    """Return the text of the facts file: a line a grant, a line an API, a line a type."""
    parts = [f'"grants":[\n{_lines(_dump(g) for g in facts["grants"])}]']
    for kind in ("operations", *KINDS):
        parts.append(f'"{kind}":{{\n{_lines(f"{_dump(k)}:{_dump(v)}" for k, v in facts[kind].items())}}}')
    return "{" + ",\n".join(parts) + "}\n"


def _lines(texts: Iterator[str]) -> str:
    return ",\n".join(texts)


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def text(known: Collection[str], roles: Path = ROLES) -> str:
    """Return the text of the facts file that `roles` gives."""
    return written(harvest(tomllib.loads(roles.read_text(encoding="utf-8")), known))
