"""Types of reports of which no columns are known: a statement on one begins with a look at a document's header.

The statement is bound twice: first to a table that has any column, for what it says of the report; then to the table
that has the columns which the document was seen to have. Owns the first table and the look; knows nothing of plans.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from amzsql.catalog.model import Column, Table
from amzsql.catalog.reports import MORE, with_discovered
from amzsql.errors import ProgrammingError
from amzsql.plan.asking import requests
from amzsql.plan.nodes import FetchPlan, Situation
from amzsql.spapi.document_types import report_types
from amzsql.sql.binding import ScanRef
from amzsql.types import VARCHAR

if TYPE_CHECKING:
    from amzsql.execute.context import Context

Find = Callable[[str, str], Table | None]


def is_blank(table: Table) -> bool:
    """Tell whether nothing is known of what the documents of a report hold."""
    if not table.paths or not table.paths[0].declared.report:
        return False
    return not any(s.path and s.parameter is None and n != MORE for n, s in table.paths[0].sources.items())


class _Any(dict[str, Column]):
    """Columns by name in small letters, and a text for any other; `asked` are those that were asked for."""

    def __init__(self, known: dict[str, Column]) -> None:
        super().__init__(known)
        self.asked: dict[str, Column] = {}

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ARG002 - there is always one
        found = super().get(name)
        return self.asked.setdefault(name, Column(name, VARCHAR)) if found is None else found


@dataclass(slots=True)
class Guesses:
    """Finds tables as `find` does, but those of which nothing is known have any column."""

    find: Find
    tables: dict[tuple[str, str], Table] = field(default_factory=dict)

    def any(self, schema: str, name: str) -> Table | None:
        """Return a table; one of which nothing is known takes any name for a column."""
        found = self.find(schema, name)
        if found is None or not is_blank(found):
            return found
        key = (found.schema, found.name)
        if key not in self.tables:
            self.tables[key] = replace(found, by_lower=_Any(found.by_lower))
        return self.tables[key]

    def named(self, schema: str, name: str) -> Table | None:
        """Return a table; one of which nothing is known has the columns that were asked for."""
        found = self.find(schema, name)
        if found is None or (found.schema, found.name) not in self.tables:
            return found
        asked = self.tables[found.schema, found.name].by_lower
        return with_discovered(found, tuple(asked.asked)) if isinstance(asked, _Any) else found


def unknown(tables: Sequence[Table]) -> str:
    """Return what EXPLAIN says of tables of which nothing is known."""
    names = ", ".join(t.name for t in tables)
    return (
        f"{names}: which columns it has is not known before a document was read. The statement will look at the newest "
        "one first, or at a new one, which takes two or three calls more; EXPLAIN makes none."
    )


def _remedy(ref: ScanRef) -> str:
    """Return how to come by a document with rows, or by an answer without one."""
    kind = report_types()[ref.table.paths[0].declared.report]
    if "request" not in kind.by:
        return "Amazon makes it by itself, or by a schedule: it cannot be asked for."
    if kind.snapshot:
        return "A statement that names columns, or count(*), has no rows."
    return "Ask for a window in which there are some."


def discover(ref: ScanRef, situation: Situation, context: Context) -> tuple[str, ...]:
    """Return the headers of a report's documents: of the newest that is there, else of one that the statement needs.

    Where there is none the columns stay unknown: a statement that names some, or needs none, is then run with those,
    and has no rows.

    Raises:
        ProgrammingError: there is none, and the statement asks for all of them, naming none.
    """
    from amzsql.execute.report_source import ReportSource  # late: few statements read reports

    asked = next(iter(requests(replace(ref, columns=()), ref.table.paths[0], situation)))
    partitions = [dict(p.parameters) for p in asked.partitions]
    fetch = FetchPlan(0, asked.operation, asked.partitions, (ref.number,), documents=asked.documents)
    source = ReportSource(fetch, ref.table, (), context, context.clock.event())
    with context.ledger.counting(context.stats):
        newest = [source.newest(partitions[0])] if partitions else []
        each = (d for p in partitions for d in source.documents(p))
        for document in itertools.chain((d for d in newest if d is not None), each):
            if names := source.names(document):
                return names
    names_some = isinstance(ref.table.by_lower, _Any) and bool(ref.table.by_lower.asked)
    if names_some or not ref.star:
        return ()
    raise ProgrammingError(
        f"Which columns {ref.table.name} has is not known before a document was read, and there is none with rows. "
        + _remedy(ref)
    )
