"""What is known of the insides of reports: columns and the languages of headers, from the tables beside this module.

`layouts.tsv` says of each report type whether its columns are known or assumed, and where there is such a report; a
name with ``(vendor)`` is the form that a vendor gets. Owns no values and no rows; formats are facts of spapi.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

from amzsql.spapi.document_types import report_types

VENDORS = "(vendor)"
# Reports of listings share their columns, and so the words for them.
_LISTINGS = "listings"


@dataclass(frozen=True, slots=True)
class Column:
    """A column or, in JSON and XML, a path. `kind`: text (empty), date, time, int, num, share, percent, bool or a|b."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Layout:
    """What a report type looks like. `regions`: where it exists, empty for everywhere; `assumed`: columns are guessed.

    `partners` are "seller" and "vendor"; `columns` come in the order of the header; `shared` names the set of columns.
    """

    type: str
    format: str
    partners: frozenset[str]
    regions: tuple[str, ...]
    assumed: bool
    columns: tuple[Column, ...]
    shared: str

    def is_for(self, kind: str, region: str) -> bool:
        """Tell whether sellers or vendors of a region have this report."""
        return kind in self.partners and (not self.regions or region in self.regions)


@functools.cache
def layouts() -> Mapping[str, Layout]:
    """Return the layout of every report type by name."""
    return MappingProxyType({row["type"]: _layout(row) for row in _rows("layouts.tsv")})


def layout(name: str, kind: str = "seller") -> Layout | None:
    """Return the layout of a report type in the form that a seller or a vendor gets; None for a name that is none."""
    known = layouts()
    return known.get(name + VENDORS if kind == "vendor" and name + VENDORS in known else name)


def _layout(row: Mapping[str, str]) -> Layout:
    name = row["type"].removesuffix(VENDORS)
    fact = report_types()[name]
    partners = frozenset({"vendor"}) if row["type"].endswith(VENDORS) else fact.partners
    regions = tuple(r for r in row["regions"].split(",") if r)
    columns, assumed = _columns()[row["columns"]], row["standing"] == "assumed"
    return Layout(name, fact.format, partners, regions, assumed, columns, row["columns"])


@functools.cache
def _columns() -> Mapping[str, tuple[Column, ...]]:
    found: dict[str, list[Column]] = {}
    for row in _rows("columns.tsv"):
        found.setdefault(row["columns"], []).append(Column(row["name"], row["kind"]))
    return MappingProxyType({name: tuple(columns) for name, columns in found.items()})


def header(report: Layout, language: str) -> list[str]:
    """Return the names of a report's columns in a language; English where Amazon has no other word."""
    words = _words()
    own, shared = words.get((report.shared, language), {}), words.get((_LISTINGS, language), {})
    also = shared if "LISTINGS" in report.type else {}
    return [own.get(c.name) or also.get(c.name) or c.name for c in report.columns]


@functools.cache
def _words() -> Mapping[tuple[str, str], Mapping[str, str]]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in _rows("headers.tsv"):
        found.setdefault((row["columns"], row["language"]), {})[row["name"]] = row["localized"]
    return MappingProxyType(found)


def _rows(name: str) -> Iterator[dict[str, str]]:
    lines = resources.files(__package__).joinpath(name).read_text(encoding="utf-8").splitlines()
    names = lines[0].split("\t")
    return (dict(zip(names, line.split("\t"), strict=True)) for line in lines[1:])
