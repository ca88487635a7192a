"""Every way to ask an access path for a scan's rows, whatever kind of path it is."""

from __future__ import annotations

from collections.abc import Iterator

from amzsql.catalog.model import TablePath
from amzsql.plan import alike, data_kiosk, pushdown, reports
from amzsql.plan.nodes import Situation
from amzsql.plan.pushdown import Request
from amzsql.sql.binding import ScanRef


def requests(ref: ScanRef, path: TablePath, situation: Situation) -> Iterator[Request]:
    """Yield every way to ask a path for a scan's rows.

    Raises:
        ProgrammingError: the statement asks for what cannot be asked.
    """
    if path.declared.alike is not None:
        yield from alike.requests(ref, path, situation)
    elif path.declared.report:
        yield from reports.requests(ref, path, situation)
    elif path.declared.query:
        yield from data_kiosk.requests(ref, path, situation)
    else:
        yield from pushdown.requests(ref, path, situation)
