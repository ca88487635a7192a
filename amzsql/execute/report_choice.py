"""Which report may answer, as a statement's conditions on CreatedTime and ReportDocumentId say. Asks nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amzsql.clock import utc
from amzsql.plan import reports
from amzsql.sql.predicate import Domain


@dataclass(frozen=True, slots=True)
class Choice:
    """What a report must be; without conditions any will do."""

    created: Domain | None = None
    document: Domain | None = None

    def __bool__(self) -> bool:
        return self.created is not None or self.document is not None

    def takes(self, created: datetime | float, document: str) -> bool:
        """Tell whether a report will do that was ordered at a time; without a document it is still being made."""
        at = created if isinstance(created, datetime) else utc(created)
        if self.created is not None and not self.created.holds(at):
            return False
        return self.document is None or (bool(document) and self.document.holds(document))

    @property
    def since(self) -> float | None:
        """Return when the oldest report was ordered that will do; None if that is not said."""
        low: Any = None if self.created is None else self.created.hull().low
        return low.timestamp() if isinstance(low, datetime) else None


def choice_of(within: Iterable[tuple[str, Domain]]) -> Choice:
    """Return the choice that a plan's conditions on documents make."""
    said = dict(within)
    return Choice(said.get(reports.CREATED), said.get(reports.DOCUMENT))
