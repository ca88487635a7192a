"""A connection of PEP 249: the catalog as it sees it, and what a statement is told of the account."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast
from zoneinfo import ZoneInfo

import pyarrow as pa

from amzsql import errors, marketplaces, metadata, spapi
from amzsql.catalog import fixed, masking, modules, procedures, registry, system
from amzsql.catalog.model import Table
from amzsql.catalog.procedures import Procedure
from amzsql.catalog.reports import with_discovered
from amzsql.catalog.scratch import SCHEMA as SCRATCH
from amzsql.catalog.scratch import is_own
from amzsql.clock import Event
from amzsql.connection import metadata_rows
from amzsql.connection.ages import ending
from amzsql.connection.logfile import Log
from amzsql.connection.own_tables import scratch_info
from amzsql.connection.running import RunningStatement
from amzsql.connection.runtime import Runtime, Shop, runtime_of
from amzsql.connection.situations import Situations
from amzsql.cursor import Cursor
from amzsql.errors import (
    InterfaceError,
    ProgrammingError,
    ResultWarning,
    callers_level,
    nearest,
)
from amzsql.execute import journal, report_names
from amzsql.execute.arguments import Home
from amzsql.execute.context import Context, Stats
from amzsql.execute.engine import Engines
from amzsql.execute.group import Account
from amzsql.execute.limits import Limits
from amzsql.execute.masking import NOTHING, Masks
from amzsql.execute.procedure import Rules
from amzsql.execute.report_book import DocumentRules
from amzsql.execute.result import Result
from amzsql.execute.scratch import Scratch
from amzsql.execute.scratch_space import ScratchSpace
from amzsql.execute.shared_pages import Share
from amzsql.execute.statement import Statements
from amzsql.execute.written import Written
from amzsql.partitions import Partitions, Task
from amzsql.plan.nodes import Plan, Situation
from amzsql.plan.parts import By, Part
from amzsql.settings import MARKETPLACE_ZONE, Given, Settings, read_given, read_group
from amzsql.settings.values import Secret
from amzsql.spapi.document_types import report_types
from amzsql.spapi.model import Partner
from amzsql.sql.binding import Bound
from amzsql.sql.call import Arguments, Call
from amzsql.sql.local import Places
from amzsql.state import StateFolder
from amzsql.transport import (
    Budget,
    RequestRecord,
)
from amzsql.transport.download import Caps

if TYPE_CHECKING:
    from amzsql.connection import proving

# OrdersApi -> the API that is then not asked: a table's columns are those of what is left.
_UNWANTED = {"v0": "orders_2026-01-01", "2026": "ordersV0"}
_OF_SCHEMA: Mapping[str, Partner] = {"SellerCentral": "seller", "VendorCentral": "vendor", "Marketplace": "seller"}

_engines = Engines()
T = TypeVar("T")


class Connection:
    """A connection of PEP 249. Threads may share it; each needs its own cursor.

    Attributes:
        messages: (class, text) of each warning since the connection was opened.
        scratch: the tables of schema Temp and NAME#TEMP, which its transaction is about.
    """

    Warning = errors.Warning
    Error = errors.Error
    InterfaceError = errors.InterfaceError
    DatabaseError = errors.DatabaseError
    DataError = errors.DataError
    OperationalError = errors.OperationalError
    IntegrityError = errors.IntegrityError
    InternalError = errors.InternalError
    ProgrammingError = errors.ProgrammingError
    NotSupportedError = errors.NotSupportedError

    def __init__(self, settings: Settings, runtime: Runtime | None = None, scratch: ScratchSpace | None = None) -> None:
        self.settings = settings
        self.scratch = Scratch(scratch, "UTC" if settings.time_zone == MARKETPLACE_ZONE else settings.time_zone)
        self._closed = False
        self.runtime = runtime or runtime_of(settings)
        warned = (*settings.warnings, *_unlisted(settings), *self._ending())
        self.messages: list[tuple[type[Exception], str]] = [(errors.Warning, text) for text in warned]
        self._cursors: weakref.WeakSet[Cursor] = weakref.WeakSet()
        self._mask_pii = settings.mask_pii
        self._situations = Situations(settings, self.runtime, self.find)
        limits = Limits(
            settings.max_requests or None,
            settings.statement_timeout or None,
            settings.max_rows if settings.max_rows >= 0 else None,
        )
        rules = Rules(
            settings.readonly,
            settings.dry_run,
            settings.download_folder,
            go_on=settings.on_row_error == "Continue",
            wait=settings.wait_for_outcome,
            feed_rows=settings.feed_rows,
        )
        self._statements = Statements(self, _engines, _zone(settings.time_zone), limits, rules)
        for text in warned:
            self.runtime.log("INFO", text)
        if settings.connect_on_open:
            self.test()

    def _ending(self) -> Iterator[str]:
        """Yield a warning for each of the credentials that ends soon."""
        return ending(self.settings, self.runtime.authorised(), self.runtime.clock.now())

    # -- PEP 249 -------------------------------------------------------------------------------------------------------

    def cursor(self) -> Cursor:
        """Return a new cursor."""
        self.check_open()
        cursor = Cursor(self)
        self._cursors.add(cursor)
        return cursor

    @property
    def autocommit(self) -> bool:
        """Whether each statement on scratch tables is a transaction of its own; turning it on commits."""
        return self.scratch.autocommit

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        self.check_open()
        self.scratch.autocommit = value

    def commit(self) -> None:
        """Keep what was changed in scratch tables; what Amazon has done is done. Nothing is asked."""
        self.check_open()
        self.scratch.commit()

    def rollback(self) -> None:
        """Undo what was changed in scratch tables since the last commit; what Amazon has done is done."""
        self.check_open()
        self.scratch.rollback()

    def close(self) -> None:
        """Close the connection and end what its cursors still read; a second time does nothing."""
        self._closed = True
        for cursor in list(self._cursors):
            cursor.close()
        self.scratch.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<amzsql.Connection to {self.settings.account}{' (closed)' if self._closed else ''}>"

    def check_open(self) -> None:
        """Raise InterfaceError if the connection is closed."""
        if self._closed:
            raise InterfaceError("The connection is closed.")

    # -- beyond --------------------------------------------------------------------------------------------------------

    def test(self) -> tuple[str, ...]:
        """Ask Amazon for the account's marketplaces; this proves the token and the region.

        A vendor's are the connection's own, and a purchase order is asked for.

        Raises:
            OperationalError: the credentials or the region are wrong.
        """
        shops, ids = self.shops(), self._marketplaces(None)
        return tuple(shop.marketplace for shop in shops) if self.kind != "vendor" else ids or ()

    def shops(self) -> tuple[Shop, ...]:
        """Ask Amazon where the account sells and what its shops are called; of a vendor a purchase order, and no shops.

        Raises:
            OperationalError: the credentials or the region are wrong.
        """
        self.check_open()
        with self.runtime.clock.actor():
            context = self._context(self.runtime.clock.event(), None, Stats())
            if self.kind == "vendor":
                self._marketplaces(context)
                self.runtime.ask_purchase_orders(context)
                return ()
            endpoint = self.runtime.endpoint
            return tuple(self.runtime.shops(endpoint, context) if endpoint else self.runtime.found_shops(context))

    def prove(self) -> Iterator[proving.Finding]:
        """Try the connection, one thing after the other, and yield what came of each."""
        from amzsql.connection import proving

        self.check_open()
        with self.runtime.clock.actor():
            yield from proving.prove(self, self._context(self.runtime.clock.event(), None, Stats()))

    def cancel_statement(self, statement_id: str) -> bool:
        """Cancel a running statement by its cursor's `statement_id`; False if it does not run any more.

        It may be another process's with the same state folder. There it ends within a second, with OperationalError.
        """
        self.check_open()
        return self.runtime.running.cancel(statement_id)

    def running(self) -> list[RunningStatement]:
        """Return the statements that run now, of all processes with this state folder, the oldest first."""
        self.check_open()
        return self.runtime.running.entries()

    def run(self, text: str, parameters: Any, cursor: Cursor, cancelled: Event, stats: Stats) -> Result | Written:
        """Run a statement for a cursor; `cancelled` ends it, and what it costs is counted in `stats`."""
        context = self._context(cancelled, cursor, stats)
        return self._logged(text, lambda: self._statements.run(text, parameters, context))

    def run_many(
        self, text: str, sets: Sequence[Any], cursor: Cursor, cancelled: Event, stats: Stats
    ) -> Result | Written | None:
        """Run a statement that writes to Amazon with the rows of several sets of parameters; None if it does not."""
        context = self._context(cancelled, cursor, stats)
        return self._logged(text, lambda: self._statements.run_many(text, sets, context))

    def call(self, name: str, arguments: Arguments, cursor: Cursor, cancelled: Event, stats: Stats) -> Result:
        """Call a procedure by its name, with a schema before it or without, for a cursor."""
        schema, _, own = name.rpartition(".")
        context = self._context(cancelled, cursor, stats)
        call = Call("run", schema, own, arguments)
        return self._logged(f"EXEC {name}", lambda: self._statements.call(call, context))

    def partitions(
        self, sql: str, parameters: Any = None, *, by_marketplace: bool = False, days: float | None = None
    ) -> Partitions:
        """Return a SELECT as tasks that can be pickled and read in other processes; their rows are the statement's.

        There is a task for each set of parameters that Amazon is asked with (marketplace, window, list of keys,
        report). `by_marketplace` makes tasks for each marketplace beside that, `days` for windows of so many days; both
        may take more calls. A statement that needs all of its rows is one task: `Partitions.reason` says why.
        """
        self.check_open()
        return Partitions(self, sql, parameters, By(by_marketplace, days))

    def schema(self, sql: str, parameters: Any = None) -> pa.Schema:
        """Return the Arrow schema of a SELECT's rows; nothing is asked of Amazon."""
        self.check_open()
        with self.runtime.clock.actor():
            return self._statements.schema(sql, parameters, self._context(self.runtime.clock.event(), None, Stats()))

    def parts(self, sql: str, parameters: Any, by: By) -> tuple[list[Part], str]:
        """Return a SELECT in parts, and why it is one part if it is; see `partitions`."""
        self.check_open()
        with self.runtime.clock.actor():
            context = self._context(self.runtime.clock.event(), None, Stats())
            return self._statements.parts(sql, parameters, context, by)

    def run_task(self, task: Task, cursor: Cursor, cancelled: Event, stats: Stats) -> Result:
        """Run a part of a statement for a cursor."""
        context = self._context(cancelled, cursor, stats)
        text = f"{task.statement} -- task {task.number + 1} of {task.of}"
        return self._logged(text, lambda: self._statements.part(task.statement, task.parameters, task.part, context))

    def _logged(self, text: str, work: Callable[[], T]) -> T:
        """Do what a statement asks, with a line in the log file."""
        log, clock = self.runtime.log, self.runtime.clock
        started = clock.now()
        try:
            result = work()
        except errors.Error as error:
            log.statement(text, clock.now() - started, f"{type(error).__name__}: {error}")
            raise
        log.statement(text, clock.now() - started, "ok")
        return result

    def _context(self, cancelled: Event, cursor: Cursor | None, stats: Stats) -> Context:
        runtime = self.runtime
        # Workers hold the context: through it they must not keep a cursor alive that nobody else wants.
        lists = [self.messages] if cursor is None else [cursor.messages, self.messages]
        return Context(
            runtime.clock,
            runtime.session(runtime.endpoint or marketplaces.REGIONS["NA"].endpoint),
            runtime.ledger,
            stats,
            cancelled,
            Budget(self.settings.max_requests or None),
            self.settings.account,
            progress=cursor.progress if cursor is not None else None,
            warn=partial(_warned, runtime.log, lists),
            reword=partial(_reword, lists),
            strict_items=self.settings.on_item_error == "Raise",
            mixed_currency=self.settings.mixed_currency,
            strict_accounts=self.settings.on_account_error == "Raise",
            book=runtime.book,
            rules=_document_rules(self.settings),
            share=Share.of(runtime.pages, runtime.clock, self.settings.share_scans),
            admissions=runtime.admissions,
            masks=self._masks(),
        )

    def _masks(self) -> Masks | None:
        """Return what stands in the place of personal data; None if it is shown."""
        kind = self._mask_pii
        return None if kind == "Off" else self.runtime.masks() if kind == "Hash" else NOTHING

    # -- what a statement asks of its connection (execute.statement.World) -------------------------------------------

    @property
    def name(self) -> str:
        """The value of the column Account."""
        return self.settings.account

    @property
    def accounts(self) -> Sequence[Account]:
        """The accounts of a group: none, of a connection to one."""
        return ()

    def each(self) -> Sequence[Connection]:
        """Return the connections of a group's accounts; of a connection to one account, itself."""
        return (self,)

    def of_account(self, name: str, context: Context) -> tuple[Statements, Context]:
        """Return what runs statements of one account of a group; of a connection to one, its own."""
        del name
        return self._statements, context

    def enter(self, context: Context) -> Context:
        """Return the context in which a group's statement asks this account."""
        own, name = self._context(context.cancelled, None, context.stats), self.name
        progress = context.progress
        return replace(
            own,
            clock=context.clock,
            budget=context.budget,
            deadline=context.deadline,
            progress=None if progress is None else lambda text: progress(f"{name}: {text}"),
            warn=lambda text: context.warn(f"{name}: {text}"),
            reword=lambda text, other: context.reword(f"{name}: {text}", f"{name}: {other}"),
            strict_items=context.strict_items,
            mixed_currency=context.mixed_currency,
            rules=context.rules,
            masks=context.masks,
            absent=context.absent,
            threads=context.threads,
            began=context.began,
        )

    @property
    def default_schema(self) -> str:
        """Where tables are looked for that no schema is written before."""
        return self.settings.schema

    def find(self, schema: str, name: str) -> Table | None:
        """Return a table by schema ("": the connection's, then the metadata) and name."""
        if schema.lower() == system.SCHEMA:
            return system.find(name)
        if schema and schema.lower() not in {s.lower() for s in registry.SCHEMAS}:
            hint = _METADATA_HINT if schema.lower() in _OTHER_METADATA else nearest(schema, registry.SCHEMAS)
            raise ProgrammingError(f"There is no schema {schema}.{hint}")
        spelt = next((s for s in registry.SCHEMAS if s.lower() == schema.lower()), self.settings.schema)
        if spelt == SCRATCH or is_own(name):
            return self.scratch.table(name) or (None if schema else system.find(name))
        unwanted = _UNWANTED.get(self.settings.orders_api)
        found = registry.without(spelt, name, unwanted) if unwanted else registry.find(spelt, name)
        if not schema and found is not None and registry.partner(found) == "seller" and self._said_kind() == "vendor":
            # Of some reports vendors have a form of their own under the same name.
            found = registry.find("VendorCentral", name) or found
        if found is not None:
            self._check_kind(found)
            found = self._as_seen(found)
            if self._mask_pii != "Off":
                found = masking.masked(found, hashes=self._mask_pii == "Hash")
        return found or (None if schema else system.find(name) or self.scratch.table(name))

    def describe(self, schema: str, name: str) -> metadata.TableInfo | None:
        """Return a table as `metadata.table` does, with the columns that this account's documents were seen to have.

        Nothing is asked of Amazon: they are those that statements came upon, as the state folder remembers them. Schema
        "" is the connection's, then Temp.
        """
        place = schema or self.settings.schema
        if place.lower() == SCRATCH.lower() or is_own(name):
            return scratch_info(self.scratch, name)
        known = metadata.table(place, name)
        if known is None and not schema:
            return scratch_info(self.scratch, name)
        if known is None or not name.upper().startswith(registry.REPORT):
            return known
        found = registry.find(known.schema, known.name)
        return known if found is None else metadata.info(self._as_seen(found))

    def tables(self, schema: str = "") -> list[str]:
        """Return the names of a schema's tables and views, sorted; "": those of the connection's, then of Temp."""
        place = schema or self.settings.schema
        own = self.scratch.names() if not schema or schema.lower() == SCRATCH.lower() else []
        return [*metadata.tables(place, reports=self.settings.include_reports), *own]

    def own_tables(self) -> list[str]:
        """Return the names of the tables NAME#TEMP, sorted: no other connection has them."""
        return self.scratch.own_names()

    def forget_own_tables(self) -> None:
        """Undo what is not committed, and drop the tables NAME#TEMP: a pool gives the connection to somebody else."""
        if not self._closed:
            self.scratch.forget_own()

    def _as_seen(self, table: Table) -> Table:
        """Return a table of a report with the columns that its documents were seen to have beside the known ones."""
        path = table.paths[0] if table.paths else None
        if path is None or not path.declared.report:
            return table
        now = self.runtime.clock.now()
        names = report_names.seen(self.runtime.state, path.declared.report, path.row_path, now=now)
        return with_discovered(table, names) if names else table

    def _shown(self, table: Table) -> Table:
        """Return a table as the metadata tables list it."""
        return self._as_seen(table)

    def known(self, schema: str) -> list[str]:
        """Return the names of a schema's tables."""
        if schema.lower() == system.SCHEMA:
            return list(system.names())
        spelt = schema or self.settings.schema
        own = [] if schema and schema.lower() != SCRATCH.lower() else [*self.scratch.names(), *self.scratch.own_names()]
        if spelt.lower() == SCRATCH.lower():
            return [*own, *(() if schema else system.names())]
        listed = registry.names(spelt, reports=self.settings.include_reports)
        names = (name for name in listed if self._is_of_kind(spelt, name))
        return [*names, *(() if schema else system.names()), *own]

    def procedure(self, schema: str, name: str) -> Procedure:
        """Return a procedure by schema ("": the connection's) and name."""
        if schema and schema.lower() not in {s.lower() for s in registry.SCHEMAS}:
            raise ProgrammingError(f"There is no schema {schema}.{nearest(schema, system.SCHEMAS)}")
        spelt = next((s for s in registry.SCHEMAS if s.lower() == schema.lower()), self.settings.schema)
        found = procedures.find(spelt, name)
        if found is None:
            elsewhere = [f"{s}.{name}" for s in procedures.schemas_of(name)]
            told = f" Write {' or '.join(elsewhere)}." if elsewhere else nearest(name, procedures.names(spelt))
            raise ProgrammingError(f"There is no procedure {name} in schema {spelt}.{told} See sys_procedures.")
        return found

    def home(self, context: Context | None) -> Home:
        """Return what the connection gives to a call; without a context nothing is asked."""
        runtime, settings = self.runtime, self.settings
        seller = settings.seller_id or (runtime.partner.partner_id if runtime.partner is not None else None)
        zone = ZoneInfo("UTC") if settings.time_zone == MARKETPLACE_ZONE else ZoneInfo(settings.time_zone)
        return Home(
            lambda: self._marketplaces(context) or (), seller, zone, runtime.fresh_key,
            scratch=self.scratch.rows, sandbox=settings.use_sandbox,
        )  # fmt: skip

    def settle(self, procedure: Procedure, context: Context, report: str = "") -> None:
        """Give a call the session of the account's region, and refuse what is of other accounts.

        `report`: the type of the report that the call orders.
        """
        operation, runtime = spapi.operation(procedure.operation), self.runtime
        self._check_partner(spapi.api(operation.api).partner, f"{procedure.name} is a procedure")
        whose = report_types()[report].partners if report in report_types() else ()
        if len(whose) == 1:
            self._check_partner("vendor" if "vendor" in whose else "seller", f"{report} is a report")
        if operation.sandbox_only and not self.settings.use_sandbox:
            raise ProgrammingError(f"{procedure.name} exists in Amazon's sandbox only: set UseSandbox=True.")
        if not runtime.endpoint:
            self._marketplaces(context)
        context.session = runtime.session(runtime.endpoint or marketplaces.REGIONS["NA"].endpoint)

    def credentials_call(self, own: str, given: Mapping[str, Secret], context: Context) -> Sequence[tuple[Any, ...]]:
        """Run a procedure on the connection's own credentials and return its rows."""
        from amzsql.connection import credentials_calls  # hardly a statement needs it

        return credentials_calls.run(own, given, self, context)

    @property
    def kind(self) -> Partner | None:
        """Whether the account is a seller's or a vendor's, as far as that is known without asking."""
        return self._said_kind() or ("seller" if self.runtime.sells() else None)

    def _said_kind(self) -> Partner | None:
        """Return whether the account is a seller's or a vendor's, as far as the properties say so."""
        settings, partner = self.settings, self.runtime.partner
        named: Mapping[str, Partner] = {"Seller": "seller", "Vendor": "vendor"}
        if settings.selling_partner in named:
            return named[settings.selling_partner]
        return cast(Partner, partner.kind) if partner is not None else _OF_SCHEMA.get(settings.schema)

    def _check_kind(self, table: Table) -> None:
        """Refuse a table that Amazon gives only to accounts of the other kind, before it is asked."""
        self._check_partner(registry.partner(table), f"{table.name} is a table")

    def _check_partner(self, wanted: Partner | None, what: str) -> None:
        if wanted is None:
            return
        # That an account takes part in marketplaces, which is looked up, speaks only against a table of vendors.
        kind = self.kind if wanted == "vendor" else self._said_kind()
        if kind in (wanted, None):
            return
        raise ProgrammingError(
            f"{what} of {wanted}s, and this connection is a {kind}'s: Amazon would refuse it. Connect "
            f"with the credentials of a {wanted} (and SellingPartner={wanted.capitalize()})."
        )

    def _is_of_kind(self, schema: str, name: str) -> bool:
        """Tell whether a table is listed for the property SellingPartner."""
        wanted = self.settings.selling_partner.lower()
        return wanted == "all" or registry.partner(registry.table(schema, name)) in (wanted, None)

    def _marketplaces(self, context: Context | None, *, vendor: bool = False) -> tuple[str, ...] | None:
        """Return the ids of the marketplaces to ask; a vendor has none that Amazon could tell."""
        partner = self.runtime.partner
        if self.settings.marketplace or not (vendor or self.kind == "vendor"):
            return self.runtime.marketplaces(context)
        if partner is not None:
            places = {m.country: m.id for m in marketplaces.MARKETPLACES}
            return tuple(places[country] for country, _ in partner.markets)
        if context is None:
            return None
        raise ProgrammingError(
            "The property Marketplace is needed: Amazon does not tell where a vendor sells, nor which region he is of."
        )

    def places(self, context: Context | None) -> Places:
        """Return where rows may come from; without a context nothing is asked."""
        ids = self._marketplaces(context)
        first = marketplaces.by_id(ids[0]) if ids else None
        return Places(ids, first.region if first is not None else None)

    def situation(self, bound: Bound, context: Context | None) -> Situation:
        """Return what the planner must know beside the statement; EXPLAIN gives no context, and nothing is asked."""
        return self._situations.situation(
            bound, context, self.kind, lambda asked, vendor: self._marketplaces(asked, vendor=vendor)
        )

    def count(self, rows: Mapping[str, int]) -> None:
        """Remember how many rows some tables have, for the estimates of later statements."""
        self._situations.count(rows)

    def remember(self, bound: Bound, plan: Plan) -> None:
        """Keep a statement's access paths for a day, so that the fill of buckets does not change its numbers."""
        self._situations.remember(bound, plan)

    def forget(self, bound: Bound) -> None:
        """Drop the kept access paths of a statement that failed."""
        self._situations.forget(bound)

    def local(self, name: str, columns: Sequence[str]) -> pa.RecordBatch:
        """Return the rows of a metadata table."""
        if name == "sys_quota":
            found = self._quota()
        elif name == "sys_requests":
            found = [metadata_rows.requested(record) for record in self._requests()]
        elif name == "sys_writes":
            found = [metadata_rows.kept(entry) for state in self._states() for entry in journal.entries(state)]
        elif (facts := fixed.rows(name)) is not None:
            found = facts
        else:
            own = [t for t in map(self.scratch.table, (*self.scratch.names(), *self.scratch.own_names())) if t]
            shown = system.Shown(self._schemas(), self.settings.include_reports, self._shown, own, columns)
            found = self._of_listed(system.rows(name, shown=shown) or [])
        table = system.find(name) or registry.find("SellingPartner", name)
        assert table is not None  # the statement was bound to it
        kinds = {c.name: c.type.arrow for c in table.columns}
        arrays = [pa.array([row.get(c) for row in found], kinds[c]) for c in columns]
        return pa.RecordBatch.from_arrays(arrays, names=list(columns))

    def _quota(self) -> list[system.Row]:
        """Return the account's bucket of each operation: those asked by the process, then those a table may ask."""
        return metadata_rows.quota(self.settings, self.runtime)

    def _requests(self) -> list[RequestRecord]:
        """Return the last requests of the process that were sent for the account."""
        return list(self.runtime.ledger.recent)

    def _states(self) -> list[StateFolder]:
        """Return what is remembered of the account from one process to the next."""
        return [self.runtime.state]

    def _schemas(self) -> tuple[str, ...]:
        """Return the schemas that the metadata tables list (BrowsableSchemas)."""
        wanted = {s.lower() for s in self.settings.browsable_schemas}
        return tuple(s for s in system.SCHEMAS if not wanted or s.lower() in wanted)

    def _of_listed(self, found: Sequence[system.Row]) -> list[system.Row]:
        """Return the rows whose table the metadata tables list."""
        tables = [(row.get("SchemaName"), row.get("TableName")) for row in found]
        listed = {table: self._listed(*table) for table in set(tables)}
        return [row for row, table in zip(found, tables, strict=True) if listed[table]]

    def _listed(self, schema: object, name: object) -> bool:
        """Tell whether the metadata tables list a table (SellingPartner, Tables, Views)."""
        table = registry.find(str(schema), str(name)) if name is not None and schema != system.SCHEMA else None
        if table is None:
            return True
        if not self._is_of_kind(table.schema, table.name):
            return False
        listed = self.settings.tables if table.entry.kind == "table" else self.settings.views
        return not listed or table.name.lower() in {t.lower() for t in listed}


def _document_rules(settings: Settings) -> DocumentRules:
    """Return what the properties say of documents that are ordered."""
    size = settings.max_report_size << 20
    return DocumentRules(
        age=settings.report_age,
        foreign=settings.foreign_reports,
        interactive=settings.latency == "Interactive",
        caps=Caps(size, size, settings.max_report_ratio),
        memo_days=settings.report_memo,
        memo_bytes=settings.report_memo_size << 20,
        usual=settings.report_time,
        restricted=settings.include_restricted_data,
    )


# Where other databases tell of themselves.
_OTHER_METADATA = ("information_schema", "pg_catalog", "sys", "sqlite_master")
_METADATA_HINT = " Query sys_tables for the tables, sys_tablecolumns for their columns."


def _zone(name: str) -> ZoneInfo | None:
    """Return the zone of times without one; None for each marketplace's own."""
    return None if name == MARKETPLACE_ZONE else ZoneInfo(name)


def _warned(log: Log, lists: Sequence[list[tuple[type[Exception], str]]], text: str) -> None:
    """Note a warning of a statement, in the log file too."""
    log("INFO", text)
    _note(lists, text)


def _note(lists: Sequence[list[tuple[type[Exception], str]]], text: str) -> None:
    """Note a warning, where it does not stand already."""
    for messages in lists:
        if (errors.Warning, text) not in messages:
            messages.append((errors.Warning, text))


def _reword(lists: Sequence[list[tuple[type[Exception], str]]], text: str, other: str) -> None:
    """Put another text in the place of a warning, if it still stands there."""
    for messages in lists:
        if (errors.Warning, text) in messages:
            messages[messages.index((errors.Warning, text))] = (errors.Warning, other)


def _unlisted(settings: Settings) -> list[str]:
    """Return a warning for each name in BrowsableSchemas, Tables and Views that names nothing."""
    tables = (*modules.MODULES.values(), *modules.DRAWN.values())
    names = [*(name for each in tables for name in each), *system.names()]
    if settings.include_reports:
        names += [name for schema in system.SCHEMAS for name in registry.names(schema, reports=True)]
    found = []
    for name, given, known in (
        ("BrowsableSchemas", settings.browsable_schemas, (*registry.SCHEMAS, system.SCHEMA)),
        ("Tables", settings.tables, names),
        ("Views", settings.views, names),
    ):
        lower = {k.lower() for k in known}
        kind = "schema" if name == "BrowsableSchemas" else "table or view"
        found += [f"{name}: there is no {kind} {g}.{nearest(g, known)}" for g in given if g.lower() not in lower]
    return found


def open_connection(given: Given, scratch: ScratchSpace | None = None) -> Connection:
    """Open a connection; see `amzsql.connect`. Its warnings are told where that was called."""
    group = read_group(given)
    if group is None:
        connection = Connection(read_given(given), scratch=scratch)
    else:
        from amzsql.connection.group import GroupConnection  # few connections are a group's

        connection = GroupConnection(group, scratch)
    for _, text in connection.messages:
        warnings.warn(text, ResultWarning, stacklevel=callers_level())
    return connection
