"""The documents of a fetch of reports: which report answers a partition, and its rows.

Joins the life of reports with the reading of documents; owns what columns a report's rows have beside the document's
own, and what is said where a document has other columns than were known. Knows nothing of demand.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from amzsql import marketplaces
from amzsql.catalog.model import Column, Table, TablePath
from amzsql.catalog.reports import MORE, form_of
from amzsql.clock import Event
from amzsql.errors import ProgrammingError
from amzsql.execute import documents
from amzsql.execute.alike_rows import AlikeRows
from amzsql.execute.context import Context
from amzsql.execute.document_run import Parameters
from amzsql.execute.documents import Expected, Wanted
from amzsql.execute.report_book import DAY
from amzsql.execute.report_choice import choice_of
from amzsql.execute.report_life import Reports
from amzsql.execute.report_names import keep
from amzsql.execute.report_order import Report, ReportOrder
from amzsql.plan import reports
from amzsql.plan.nodes import Documents, FetchPlan
from amzsql.spapi.document_types import report_types
from amzsql.spapi.report_columns import ReportArray, report_layout, report_words

# Days after which it is said how old what is there may be.
_OLD = 2


@dataclass(frozen=True, slots=True)
class Made:
    """A report whose document is there, and what the columns of its parameters hold."""

    report: Report
    told: Mapping[str, Any]

    @property
    def made(self) -> float:
        """When it was ordered, since the epoch."""
        return self.report.created.timestamp()


@dataclass(frozen=True, slots=True)
class Layout:
    """What is known of a type's documents: its `format`, the rows' array, `country` aside."""

    type: str
    format: str
    array: ReportArray
    known: tuple[str, ...]

    def expected(self, columns: Sequence[Wanted], *, more: bool, country: str) -> Expected:
        """Return what a document is read with."""
        return Expected(
            self.type,
            self.format,
            tuple(columns),
            self.array.path,
            country,
            self.known,
            report_words(self.type),
            MORE if more else None,
            self.type,
            report_layout(self.type).by_position,
        )


def layout_of(table: Table, path: TablePath) -> Layout:
    """Return what is known of the documents that have a table's rows; a report's own table has their columns."""
    report_type = path.declared.report
    arrays = report_layout(report_type, form_of(table)).arrays
    array = next((a for a in arrays if a.path == path.row_path), ReportArray(path.row_path, ()))
    known = tuple(s.path for n, s in path.sources.items() if s.path and n != MORE)
    if path.declared.alike is not None:
        known = tuple(c.name for c in array.columns)
    return Layout(report_type, report_types()[report_type].format, array, known)


def wanted(path: TablePath, columns: Iterable[Column], layout: Layout) -> list[Wanted]:
    """Return what is to be read of a document for some columns; the others are told by the report."""
    kinds = {c.name: c.kind for c in layout.array.columns}
    sources = ((c, path.sources[c.name].path) for c in dict.fromkeys(columns) if c.name in path.sources)
    return [Wanted(c.name, s, c.type, kinds.get(s, "")) for c, s in sources if s and c.name != MORE]


class ReportSource:
    """The reports of one fetch. It is read for some columns of a table, whose `path` it is."""

    def __init__(
        self,
        fetch: FetchPlan,
        table: Table,
        columns: Sequence[Column],
        context: Context,
        stop: Event,
        path: TablePath | None = None,
    ) -> None:
        assert fetch.documents is not None  # made for such fetches only
        self._plan: Documents = fetch.documents
        self._name = table.name
        self._context = context
        self._life = Reports(context, stop, choice_of(self._plan.within))
        path = path or table.paths[0]
        self._layout = layout_of(table, path)
        alike = path.declared.alike
        self._alike = None if alike is None else AlikeRows(table, path, alike, self._plan.markets)
        if self._alike is not None:
            columns = self._alike.needed(columns, table)
        self._wanted = wanted(path, columns, self._layout)
        self._more = any(c.name == MORE for c in columns)
        self._lacking = 0
        self._parts = len(fetch.partitions)
        self._lock = threading.Lock()

    # -- which reports -----------------------------------------------------------------------------------------------

    def begin(self, orders: Sequence[Parameters]) -> None:
        """Have the reports made that are asked for; those that are only looked for are not."""
        if self._plan.way == "order":
            self._life.begin(map(order_of, orders))

    def documents(self, order: Parameters) -> list[Made]:
        """Return the reports that answer a partition, once they are there.

        Raises:
            ProgrammingError: there is none, and none may be ordered.
        """
        given = [self._made(report, order) for report in self._found(order)]
        fitting = [m for m in given if all(_is_within(m.told.get(p), d) for p, d in self._plan.within)]
        if given and not fitting:
            left = "; ".join(f"{m.report.id}, asked for at {m.report.created:%Y-%m-%d %H:%M:%S}" for m in given[:3])
            self._context.warn(
                f"{self._name}: the conditions on CreatedTime and ReportDocumentId leave out every report that would "
                f"answer ({left} UTC{', …' if len(given) > 3 else ''}), so that it has no rows."
            )
        return fitting

    def newest(self, order: Parameters) -> Made | None:
        """Return the newest report of a partition's marketplaces, whatever its window and options are."""
        found = self._life.newest(ReportOrder(str(order[reports.TYPE]), tuple(order.get(reports.MARKETPLACES) or ())))
        return None if found is None else self._made(found, order)

    def _found(self, order: Parameters) -> Sequence[Report]:
        if self._plan.way == "named":
            report_id = str(order[reports.ID])
            named = self._life.named(report_id)
            if named is None:
                self._context.warn(
                    f"{self._name}: there is no report {report_id} of this account, or its document is not there."
                )
            return self._of_type(named)
        asked = order_of(order)
        if self._plan.way == "lookup":
            there = self._life.lookup(asked)
            if not there:
                self._context.warn(f"{self._name}: no document of it touches the window. {self._plan.advice}")
            return there
        if self._plan.way == "order":
            return _those(self._life.obtain(asked))
        kind = report_types()[self._layout.type]
        each = not kind.by and len(asked.marketplaces) > 1
        found = self._life.newest_of_each(asked) if each else _those(self._life.newest(asked))
        if not found and self._plan.orders:
            return _those(self._life.obtain(asked))
        if not found:
            self._lack(asked)
        elif not kind.snapshot:
            self._tell_newest(found)
        else:
            self._tell_age(found)
        return found

    def _tell_age(self, found: Sequence[Report]) -> None:
        """Say of when the documents are that tell what was there, if that is long ago; a condition on it is heeded."""
        oldest = min(found, key=lambda r: r.created)
        days = (self._context.clock.now() - oldest.created.timestamp()) / DAY
        if days >= _OLD and not any(p == reports.CREATED for p, _ in self._plan.within):
            self._context.warn(
                f"{self._name}: the newest document that is there is read, of {oldest.created:%Y-%m-%d %H:%M} UTC"
                f"{_place(oldest)}, {days:.0f} days old. CreatedTime >= CURRENT_DATE takes one of today, or has it "
                "made."
            )

    def _tell_newest(self, found: Sequence[Report]) -> None:
        """Say which documents answer a statement that says no window which Amazon could be asked for."""
        which = "; ".join(f"report {r.id}{_place(r) if len(found) > 1 else ''}, of {_window(r)}" for r in found)
        self._context.warn(
            f"{self._name}: no window is said by constants (DataStartTime, DataEndTime), so that the newest "
            f"document{' of each marketplace' if len(found) > 1 else ''} is read: {which} UTC."
        )

    def _of_type(self, report: Report | None) -> Sequence[Report]:
        """Return a report that a statement names, if it is one of the table's."""
        if report is None or report.type == self._layout.type:
            return _those(report)
        self._context.warn(f"{self._name}: report {report.id} is of type {report.type} and gives no rows.")
        return ()

    def _lack(self, order: ReportOrder) -> None:
        """Say that there is no document for some marketplaces, and fail if there is none for any."""
        with self._lock:
            self._lacking += 1
            all_lack = self._lacking == self._parts
        if all_lack:
            raise ProgrammingError(f"{self._name}: no document of it is there. {self._plan.advice}")
        self._context.warn(f"{self._name}: no document of it is there for {', '.join(order.marketplaces)}.")

    def _made(self, report: Report, order: Parameters) -> Made:
        given = [(n.removeprefix(reports.OPTION), v) for n, v in order.items() if n.startswith(reports.OPTION)]
        options = dict(report.options if report.options is not None else given)
        known = report.options is not None or bool(given)
        ordered = self._plan.way == "order"
        told = {
            reports.FROM: report.start,
            reports.UNTIL: report.end,
            reports.OPTIONS: json.dumps(options, ensure_ascii=False) if known else None,
            **{reports.OPTION + n: v for n, v in options.items()},
            reports.MARKETPLACES: order.get(reports.MARKETPLACES) if ordered else report.marketplaces,
            reports.ID: report.id,
            reports.DOCUMENT: report.document,
            reports.CREATED: report.created,
        }
        if order.get(reports.OPTIONS) is not None:
            told[reports.OPTIONS] = order[reports.OPTIONS]
        if self._alike is not None:
            told |= {reports.FROM: order.get(reports.FROM), reports.UNTIL: order.get(reports.UNTIL)}
        return Made(report, {**told, **dict(self._plan.asked)})

    # -- their columns -----------------------------------------------------------------------------------------------

    def names(self, document: Made) -> tuple[str, ...]:
        """Return the headers of a report's document, or the paths below its rows, and keep them."""
        with self._life.open(document.report) as download:
            expected = self._layout.expected((), more=False, country=_country(document.report))
            found = documents.header(download, expected, self._context.warn)
        array = self._layout.array.path.replace("[]", "")
        names = next((f.names for f in found if f.array.replace("[]", "") == array), found[0].names if found else ())
        self._keep(names)
        return names

    def _keep(self, names: Sequence[str]) -> None:
        if self._context.book is not None and names:
            now = self._context.clock.now()
            keep(self._context.book.state, self._layout.type, self._layout.array.path, names, now=now)

    # -- their rows --------------------------------------------------------------------------------------------------

    def read(self, document: Made) -> Generator[pa.RecordBatch]:
        """Yield a report's rows; columns that are not known are said."""
        with self._life.open(document.report) as download:
            expected = self._layout.expected(self._wanted, more=self._more, country=_country(document.report))
            reader = documents.read(download, expected, self._context.warn)
            try:
                yield from (self._of_table(batch, document) for batch in reader)
            finally:
                reader.close()
            if reader.new:
                self._tell_new(reader.new)

    def _of_table(self, batch: pa.RecordBatch, document: Made) -> pa.RecordBatch:
        """Return the rows of a batch that are the table's, by the table's names."""
        if self._alike is None:
            return batch
        told = document.told
        place = ",".join(told[reports.MARKETPLACES] or ())
        return self._alike.taken(batch, (told[reports.FROM], told[reports.UNTIL]), place)

    def _tell_new(self, names: Sequence[str]) -> None:
        self._keep(names)
        shown = ", ".join(names)
        self._context.warn(
            f"{self._name}: its document has columns that were not known: {shown}. They stand in {MORE} now, and are"
            " columns of the next statement."
        )


def order_of(parameters: Parameters) -> ReportOrder:
    """Return the order that a partition's parameters make."""
    prefix = reports.OPTION
    options = ((n.removeprefix(prefix), str(v)) for n, v in parameters.items() if n.startswith(prefix))
    return ReportOrder(
        str(parameters[reports.TYPE]),
        tuple(parameters.get(reports.MARKETPLACES) or ()),
        parameters.get(reports.FROM),
        parameters.get(reports.UNTIL),
        tuple(sorted(options)),
    )


def _those(report: Report | None) -> tuple[Report, ...]:
    return () if report is None else (report,)


def _window(report: Report) -> str:
    return " to ".join(f"{t:%Y-%m-%d %H:%M}" for t in (report.start, report.end) if t is not None)


def _place(report: Report) -> str:
    places = (marketplaces.by_id(m) for m in report.marketplaces)
    return f" ({', '.join(p.country for p in places if p is not None)})"


def _is_within(value: Any, domain: Any) -> bool:
    return value is not None and domain.holds(value)


def _country(report: Report) -> str:
    """Return the country whose spellings a document has: of the first marketplace that it was ordered for."""
    place = marketplaces.by_id(report.marketplaces[0]) if report.marketplaces else None
    return place.country if place is not None else ""
