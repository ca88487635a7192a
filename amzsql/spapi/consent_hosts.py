"""Where a selling partner lets an application in: the hosts of Seller Central and Vendor Central, by marketplace.

Owns the reading of consent_hosts.tsv, once a process and only when somebody asks.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from amzsql.spapi.model import Partner

PATH = "/apps/authorize/consent"
_FILE = Path(__file__).parent / "consent_hosts.tsv"


@dataclass(frozen=True, slots=True)
class Host:
    """A host; `sure` is False where sources contradict one another, or nobody but a third party names it."""

    name: str
    sure: bool


@functools.cache
def _read() -> Mapping[str, tuple[str, str, str]]:
    lines = _FILE.read_text(encoding="utf-8").splitlines()[1:]
    return {i: (seller, vendor, doubt) for i, seller, vendor, doubt in (line.split("\t") for line in lines)}


def host(marketplace: str, partner: Partner) -> Host:
    """Return the host of a marketplace's page for its sellers or its vendors; KeyError for one that is not known."""
    seller, vendor, doubt = _read()[marketplace]
    return Host(seller if partner == "seller" else vendor, partner not in doubt.split())
