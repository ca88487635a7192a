"""The types of reports, feeds and notifications: facts that Amazon's models leave to its documentation.

Owns document_types.toml and its reading. Knows nothing of what a document holds, nor of operations.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

_FILE = Path(__file__).parent / "document_types.toml"
_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
FILES = frozenset({"PDF", "ZIP"})
"""The formats of reports that are a file in one piece and no rows."""
_PARTNERS = {"S": "seller", "V": "vendor"}
Rows = Literal["marketplace", "region", "network"]
"""Whose rows one report holds: see `ReportType.rows`."""


@dataclass(frozen=True, slots=True)
class ReportOption:
    """An option of a report type; without `values` it takes any text, of `longest` characters if that is bounded."""

    name: str
    values: tuple[str, ...] = ()
    required: bool = False
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class ReportType:
    """A type of report: who may have it, how it is asked for and within which limits.

    `partners` are "seller" and "vendor". `by` holds "request" and "schedule"; it is empty where Amazon makes the report
    by itself. `longest`: seconds between the start and the end of its data; `horizon`: seconds that the start may lie
    back; `cancelled`: what breaks one of the two is answered with a cancelled report. `refresh`: seconds within which
    the same report is not made again. `borders`: start and end must lie on borders of the option reportPeriod.
    `single`: they hold one such period, not several.
    `snapshot`: it tells what is there when it is made, and no start and end are needed. `removed`: Amazon makes none
    since that day, and `instead` are the types to read. `rows`: "marketplace", those of the first one that it is asked
    for; "region", all of them whatever it is asked for; "network", of the first one's products the stock that other
    marketplaces of the region draw on as well. `every`: in so many seconds
    one order is taken, of all accounts of an application. `doubt` names what is guessed.
    """

    name: str
    category: str
    partners: frozenset[str]
    format: str
    by: tuple[str, ...] = ()
    restricted: bool = False
    options: tuple[ReportOption, ...] = ()
    longest: float | None = None
    horizon: float | None = None
    cancelled: bool = False
    refresh: float | None = None
    borders: bool = False
    single: bool = False
    doubt: tuple[str, ...] = ()
    snapshot: bool = False
    removed: date | None = None
    instead: tuple[str, ...] = ()
    rows: Rows = "marketplace"
    every: float | None = None


@dataclass(frozen=True, slots=True)
class GoneType:
    """A type of report that Amazon has removed or renamed; `instead` are the types to read, if there are any."""

    name: str
    partners: frozenset[str]
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedType:
    """A type of feed. `quota`: (submissions, seconds) beside createFeed's rate; `removed`: none is processed since."""

    name: str
    partners: frozenset[str]
    format: str
    quota: tuple[int, float] | None = None
    removed: date | None = None


@functools.cache
def report_types() -> Mapping[str, ReportType]:
    """Return every report type by name."""
    return MappingProxyType({name: _report(name, entry) for name, entry in _read()["reports"].items()})


@functools.cache
def gone_types() -> Mapping[str, GoneType]:
    """Return by name the types of reports of which there are no documents any more."""
    entries = _read()["gone"].items()
    found = {name: GoneType(name, _partners(entry), tuple(entry.get("instead", ()))) for name, entry in entries}
    return MappingProxyType(found)


@functools.cache
def feed_types() -> Mapping[str, FeedType]:
    """Return every feed type by name, those included that are no longer processed."""
    return MappingProxyType({name: _feed(name, entry) for name, entry in _read()["feeds"].items()})


@functools.cache
def notification_types() -> Mapping[str, str]:
    """Return the version of the payload of each type of notification by name."""
    return MappingProxyType(_read()["notifications"])


@functools.cache
def _read() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def _report(name: str, entry: Mapping[str, Any]) -> ReportType:
    return ReportType(
        name,
        entry["category"],
        _partners(entry),
        entry["format"],
        tuple(entry["by"]),
        entry.get("restricted", False),
        tuple(_option(n, values, entry.get("lengths", {})) for n, values in entry.get("options", {}).items()),
        _seconds(entry.get("longest")),
        _seconds(entry.get("horizon")),
        entry.get("beyond") == "cancelled",
        _seconds(entry.get("refresh")),
        entry.get("borders", False),
        entry.get("single", False),
        tuple(entry.get("doubt", ())),
        entry.get("snapshot", False),
        entry.get("removed"),
        tuple(entry.get("instead", ())),
        entry.get("rows", "marketplace"),
        _seconds(entry.get("every")),
    )


def _option(name: str, values: list[str], lengths: Mapping[str, int]) -> ReportOption:
    plain = name.removesuffix("*")
    return ReportOption(plain, tuple(values), name.endswith("*"), lengths.get(plain))


def _feed(name: str, entry: Mapping[str, Any]) -> FeedType:
    quota = None
    if "quota" in entry:
        count, period = entry["quota"]
        quota = (count, _seconds(period) or 0.0)
    return FeedType(name, _partners(entry), entry["format"], quota, entry.get("removed"))


def _partners(entry: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(_PARTNERS[letter] for letter in entry["partners"])


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    number, unit = re.fullmatch(r"(\d+)(\w+)", text).groups()  # type: ignore[union-attr]  # a typo shall fail here
    return float(int(number) * _UNITS[unit])
