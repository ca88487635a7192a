"""What the documents of reports hold: the one way into it.

`document` returns a report's document, or None where there is no data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amzsql.simulator.documents import Partner


@dataclass(frozen=True, slots=True)
class Document:
    """A report's document: `body` as it reads when unpacked, and how it is handed out."""

    body: bytes
    content_type: str
    gzip: bool
    charset: str


def document(partner: Partner, report: Mapping[str, Any]) -> Document | None:
    """Return the document of a report, None without data."""
    start, end = (datetime.fromisoformat(report[n]).timestamp() for n in ("dataStartTime", "dataEndTime"))
    world = partner.world
    heads = [world.head(n) for n in range(world.first_created(start), world.first_created(end))]
    if not heads:
        return None
    lines = ["amazon-order-id", *(world.order_id(h) for h in heads)]
    return Document("\r\n".join([*lines, ""]).encode(), "text/plain", True, "UTF-8")
