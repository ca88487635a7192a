"""What the simulator's reports look like: the columns that are known, and where nobody knows them assumed ones.

What is known is spapi's. The tables beside this module add what is assumed: `layouts.tsv` where there is a report, if
not everywhere, and whose columns one of unknown columns has; `columns.tsv` these, and `headers.tsv` words for headers
that nobody has noted. A name with ``(vendor)`` is the form that a vendor gets. Owns no values and no rows.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

from amzsql.spapi import report_columns
from amzsql.spapi.document_types import report_types

VENDORS = "(vendor)"


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
    """Return the layout of every report type by name, those of vendors too."""
    added = {row["type"]: row for row in _rows("layouts.tsv")}
    forms = (f for f in report_columns.report_forms() if f.removesuffix(VENDORS) in report_types())
    return MappingProxyType({form: _layout(form, added.get(form, {})) for form in forms})


def layout(name: str, kind: str = "seller") -> Layout | None:
    """Return the layout of a report type in the form that a seller or a vendor gets; None for a name that is none."""
    known = layouts()
    return known.get(name + VENDORS if kind == "vendor" and name + VENDORS in known else name)


def _layout(form: str, added: Mapping[str, str]) -> Layout:
    name, shared = form.removesuffix(VENDORS), added.get("assumed", "")
    fact = report_types()[name]
    partners = frozenset({"vendor"}) if form.endswith(VENDORS) else fact.partners
    regions = tuple(r for r in added.get("regions", "").split(",") if r)
    columns = _columns(shared or form)
    return Layout(name, fact.format, partners, regions, bool(shared), columns, shared or form)


def _columns(form: str) -> tuple[Column, ...]:
    assumed = _assumed().get(form)
    if assumed is not None:
        return assumed
    known = report_columns.known_columns(form)
    return tuple(Column(c.name, "" if c.kind == report_columns.TEXT else c.kind) for c in known)


@functools.cache
def _assumed() -> Mapping[str, tuple[Column, ...]]:
    found: dict[str, list[Column]] = {}
    for row in _rows("columns.tsv"):
        found.setdefault(row["columns"], []).append(Column(row["name"], row["kind"]))
    return MappingProxyType({name: tuple(columns) for name, columns in found.items()})


def header(report: Layout, language: str) -> list[str]:
    """Return the names of a report's columns in a language; English where Amazon has no other word."""
    known = report_columns.report_words(report.shared).get(language, {})
    own = _words().get((report.shared, language), known)
    return [own.get(c.name) or c.name for c in report.columns]


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
