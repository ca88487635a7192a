"""Reports that Amazon makes by itself after each month, quarter or year, and nobody can order.

Owns when they are made, for which marketplaces, and their records; knows nothing of what their documents hold. That
they come so many days after their period is plausible only.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from amzsql.simulator.call import iso
from amzsql.simulator.world import DAY, MARKETS, World

from .queued import MADE, RETENTION, document_id


class _Rhythm(NamedTuple):
    """How often a report is made: its months, the days from their end until it is there, and the countries."""

    months: int
    days: int
    countries: tuple[str, ...]


_EPR = ("DE", "FR")
_RHYTHMS = MappingProxyType(
    {
        "GET_FLAT_FILE_SALES_TAX_DATA": _Rhythm(1, 3, ("US",)),
        "GET_EPR_MONTHLY_REPORTS": _Rhythm(1, 10, _EPR),
        "GET_EPR_QUARTERLY_REPORTS": _Rhythm(3, 20, _EPR),
        "GET_EPR_ANNUAL_REPORTS": _Rhythm(12, 30, _EPR),
    }
)


@functools.lru_cache(maxsize=8)
def calendar_reports(world: World, today: int) -> dict[str, dict[str, Any]]:
    """Return the reports that are there on a day (its number since the epoch), by id; not to be written to."""
    if world.account.kind != "seller":
        return {}
    rows = (
        _record(world, kind, number, market, end)
        for number, kind in enumerate(_RHYTHMS)
        for market in world.markets
        if MARKETS[market].place.country in _RHYTHMS[kind].countries
        for end in _ends(_RHYTHMS[kind], today)
    )
    return {r["reportId"]: r for r in rows}


def _ends(rhythm: _Rhythm, today: int) -> Iterator[int]:
    """Yield the ends of the periods, as months since year 0, whose reports are there and still shown."""
    date = datetime.fromtimestamp(today * DAY, UTC)
    month = (date.year * 12 + date.month - 1) // rhythm.months * rhythm.months
    while (made := _begins(month) // DAY + rhythm.days) > today - RETENTION // DAY:
        if made <= today:
            yield month
        month -= rhythm.months


def _begins(month: int) -> int:
    return int(datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp())


def _record(world: World, kind: str, number: int, market: int, end: int) -> dict[str, Any]:
    made = _begins(end) + _RHYTHMS[kind].days * DAY
    key = (end * len(MARKETS) + market) * len(_RHYTHMS) + number
    r = world.draws("calendar report ", key)
    return {
        "marketplaceIds": [MARKETS[market].place.id],
        "reportId": world.account.id_of(52_000_000_000 + key * 7 + world.seed % 7),
        "reportType": kind,
        "dataStartTime": iso(_begins(end - _RHYTHMS[kind].months)),
        "dataEndTime": iso(_begins(end)),
        "reportOptions": {},
        "created": made,
        "starts": made,
        "ends": made,
        "outcome": None,
        "complaint": "",
        "stopped": None,
        "document": document_id(MADE, world.account, r),
    }
