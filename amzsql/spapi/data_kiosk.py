"""The schemas of Data Kiosk: its datasets, what each can be asked, and the fields of the answers.

Owns data_kiosk.json (drawn by harvest_kiosk) and its reading. Types are written as in GraphQL: ``[String!]!``. Knows
nothing of the queries themselves.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

_FILE = Path(__file__).parent / "data_kiosk.json"
SCALARS = frozenset({"Boolean", "Date", "Float", "Int", "Long", "String"})


@dataclass(frozen=True, slots=True)
class KioskField:
    """A field of a type and its arguments (name -> type)."""

    name: str
    type: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset: `name` is the root field that leads to it, `queries` are the fields of its root type.

    `types` and `inputs` hold the fields of each object by name, `enums` the values of each.
    """

    name: str
    queries: Mapping[str, KioskField]
    types: Mapping[str, Mapping[str, KioskField]]
    inputs: Mapping[str, Mapping[str, str]]
    enums: Mapping[str, tuple[str, ...]]


@functools.cache
def datasets() -> Mapping[str, Dataset]:
    """Return every dataset by name."""
    read = json.loads(_FILE.read_text(encoding="utf-8"))
    return MappingProxyType({name: _dataset(name, entry) for name, entry in read.items()})


def _dataset(name: str, entry: Mapping[str, Any]) -> Dataset:
    types = {n: {f: _field(f, t) for f, t in fields.items()} for n, fields in entry["types"].items()}
    enums = {n: tuple(values) for n, values in entry["enums"].items()}
    return Dataset(name, types[entry["root"]], types, entry["inputs"], enums)


def _field(name: str, entry: Any) -> KioskField:
    of, arguments = (entry, {}) if isinstance(entry, str) else entry
    return KioskField(name, of, MappingProxyType(arguments))


def named(of: str) -> str:
    """Return the name in a type: String of ``[String!]!``."""
    return of.strip("[]!")


def is_list(of: str) -> bool:
    """Tell whether a type is a list."""
    return of.startswith("[")


def is_required(of: str) -> bool:
    """Tell whether a value of the type must be there."""
    return of.endswith("!")
