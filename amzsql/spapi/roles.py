"""Which roles open what: facts that Amazon's models leave to its documentation.

Owns the reading of facts/roles.json, once a process and only when somebody asks. Knows nothing of operations but their
names, nor of what becomes of a request that is refused.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

_FILE = Path(__file__).parent / "facts" / "roles.json"


@dataclass(frozen=True, slots=True)
class Grant:
    """The roles that open a thing: any one of them does; none where it is not known.

    `source` is guide, docs, linkfox or copy (roles.toml says what they are), `as_of` how old that is, as a date, month
    or year. `guess`: what they are guessed from, if no source names them. `regions`: where the source says that the
    thing is to be had (NA, EU, FE); empty where it says nothing. An old one may have been overtaken.
    """

    roles: tuple[str, ...] = ()
    source: str = ""
    guess: str = ""
    as_of: str = ""
    regions: tuple[str, ...] = ()


UNKNOWN = Grant()


class _File(msgspec.Struct):
    grants: tuple[Grant, ...]
    operations: dict[str, dict[str, int]]
    reports: dict[str, int]
    feeds: dict[str, int]
    notifications: dict[str, int]


@functools.cache
def _read() -> _File:
    return msgspec.json.decode(_FILE.read_bytes(), type=_File)


def of_operation(name: str) -> Grant:
    """Return the roles of an operation by name, such as ``ordersV0.getOrders``."""
    api, _, identifier = name.partition(" ")[0].rpartition(".")
    return _numbered(_read().operations.get(api, {}), identifier)


def of_report(name: str) -> Grant:
    """Return the roles of a report type, those included that Amazon no longer makes."""
    return _numbered(_read().reports, name)


def of_feed(name: str) -> Grant:
    """Return the roles of a feed type, those included that are no longer processed."""
    return _numbered(_read().feeds, name)


def of_notification(name: str) -> Grant:
    """Return the roles of a notification type."""
    return _numbered(_read().notifications, name)


def _numbered(numbers: Mapping[str, int], name: str) -> Grant:
    number = numbers.get(name)
    return UNKNOWN if number is None else _read().grants[number]
