"""Connections: settings, the account's shared session, and the catalog as this connection sees it.

Tokens, rate buckets and the simulator's world belong to the process (and to the state folder), never to a Connection:
BI tools open a new one for nearly every request. Here alone transport and simulator meet.
"""

from __future__ import annotations

import json
import os
import random
import threading
import uuid
import warnings
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast
from zoneinfo import ZoneInfo

import pyarrow as pa

from amzsql import errors, marketplaces, spapi, state
from amzsql.catalog import fixed, modules, procedures, registry, system
from amzsql.catalog.model import Table, TablePath
from amzsql.catalog.procedures import Procedure
from amzsql.catalog.reports import with_discovered
from amzsql.clock import Clock, Event, RealClock, VirtualClock, utc
from amzsql.cursor import Cursor
from amzsql.errors import (
    AccessDenied,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    ResultWarning,
    nearest,
)
from amzsql.execute import report_names
from amzsql.execute.arguments import Home
from amzsql.execute.context import Context, Ledger, Stats
from amzsql.execute.engine import Engines
from amzsql.execute.procedure import Rules
from amzsql.execute.report_book import Book, DocumentRules
from amzsql.execute.statement import Limits, Result, Statements, choice_key
from amzsql.plan import reports
from amzsql.plan.nodes import Plan, Situation
from amzsql.plan.remarks import asks_marketplaces
from amzsql.plan.volume import counted_names, lineage
from amzsql.settings import MARKETPLACE_ZONE, SCHEMA_LATER, Given, Settings, read_given
from amzsql.settings.values import Secret
from amzsql.spapi.model import Partner, Rate
from amzsql.sql.binding import Bound
from amzsql.sql.call import Arguments, Call
from amzsql.sql.local import Places
from amzsql.transport import (
    Auth,
    Buckets,
    Budget,
    LwaAuth,
    NoAuth,
    Request,
    RequestRecord,
    Session,
    StaticAuth,
    in_process,
    open_store,
    user_agent,
)
from amzsql.transport.download import Caps
from amzsql.transport.tokens import Token

# OrdersApi -> the API that is then not asked: a table's columns are those of what is left.
_UNWANTED = {"v0": "orders_2026-01-01", "2026": "ordersV0"}
PARTICIPATIONS = "sellers.getMarketplaceParticipations"
# What a vendor's account is tried with: it has no participations.
PURCHASE_ORDERS = "vendorOrders.getPurchaseOrders"
_OF_SCHEMA: Mapping[str, Partner] = {"SellerCentral": "seller", "VendorCentral": "vendor", "Marketplace": "seller"}
LATENCY = 0.3
DAY = 86400.0


class Runtime:
    """What all connections of one account share within the process: clock, session, state, figures.

    `app` is a WSGI application that answers in Amazon's place, with a virtual `clock` and nothing on disk.
    """

    def __init__(
        self, settings: Settings, *, app: Callable[..., Any] | None = None, clock: Clock | None = None
    ) -> None:
        self.settings = settings
        self.ledger = Ledger()
        self.simulator: Any = None
        self.partner: Any = None
        transport = None
        if app is not None:
            self.clock: Clock = clock or VirtualClock(_start(settings))
            self.state = state.StateFolder(None)
            transport = in_process(app)
        elif settings.simulator is not None:
            self.clock = VirtualClock(_start(settings))
            self.state = state.StateFolder(None)
            self.partner = _partner(settings)
            self.simulator = _simulator(settings, self.clock)
            transport = in_process(self.simulator.app)
        else:
            self.clock = RealClock()
            self.state = state.shared(settings.state_location)
        self.endpoint = settings.base_url or ("https://simulator.invalid" if self.simulator is not None else "")
        self._transport = transport
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()
        self._auth: Auth | None = None
        self.book = Book(self.state, self.clock, self._account_key())
        self._keys = self._chance() or random.SystemRandom()

    def session(self, endpoint: str = "") -> Session:
        """Return the session that asks an endpoint, the account's own by default."""
        where = endpoint or self.endpoint
        with self._lock:
            if where not in self._sessions:
                self._sessions[where] = self._open(where)
            return self._sessions[where]

    def _open(self, endpoint: str) -> Session:
        settings = self.settings
        virtual = self.clock.virtual
        unthrottled = settings.simulator is not None and settings.simulator.throttle == "off"
        return Session(
            endpoint=endpoint,
            clock=self.clock,
            auth=self._authorisation(endpoint),
            buckets=Buckets(
                self.clock,
                None if virtual else self.state,
                reserve=settings.reserve,
                rate_share=settings.rate_share,
            ),
            transport=self._transport,
            user_agent=user_agent(),
            timeout=settings.timeout,
            max_retries=settings.max_retries,
            retry_wait=settings.retry_wait,
            latency=LATENCY if virtual and not unthrottled else 0.0,
            observer=self.ledger.observe,
            account=settings.account,
            rng=self._chance(),
        )

    def _chance(self) -> random.Random | None:
        """Return the randomness of waits: always the same on a virtual clock, so that a run can be repeated."""
        return random.Random(0) if self.clock.virtual else None

    def _authorisation(self, endpoint: str) -> Auth:
        settings = self.settings
        if self.simulator is not None and settings.oauth_refresh_token is None:
            return LwaAuth(
                clock=self.clock,
                client_id="simulator",
                client_secret="simulator",
                refresh_token=self.partner.refresh_token,
                endpoint=endpoint,
            )
        try:
            settings.check_credentials()
        except ProgrammingError as error:
            return NoAuth(str(error), application=settings.oauth_client_id)
        if settings.initiate_oauth == "OFF":
            return StaticAuth(settings.oauth_access_token or "", application=settings.oauth_client_id)
        return LwaAuth(
            clock=self.clock,
            client_id=settings.oauth_client_id,
            client_secret=settings.oauth_client_secret or "",
            refresh_token=settings.oauth_refresh_token or "",
            access_token=settings.oauth_access_token or "",
            endpoint=endpoint,
            url=settings.oauth_access_token_url,
            store=open_store(self._token_location(), self.clock),
            max_retries=settings.max_retries,
            retry_wait=settings.retry_wait,
            rng=self._chance(),
        )

    def _token_location(self) -> str:
        if self.settings.oauth_settings_location:
            return self.settings.oauth_settings_location
        file = self.state.file("tokens.json")
        return str(file) if file is not None else "memory://"

    def application(self) -> LwaAuth:
        """Return the way to an application's first tokens. ProgrammingError without its id and secret."""
        settings = self.settings
        if self.simulator is None and not (settings.oauth_client_id and settings.oauth_client_secret):
            raise ProgrammingError("An application's tokens need OAuthClientId and OAuthClientSecret.")
        return LwaAuth(
            clock=self.clock,
            client_id=settings.oauth_client_id or "simulator",
            client_secret=settings.oauth_client_secret or "simulator",
            url=settings.oauth_access_token_url,
            rng=self._chance(),
        )

    def fresh_key(self) -> str:
        """Return a key that no other call has."""
        return str(uuid.UUID(int=self._keys.getrandbits(128), version=4))

    # -- participations ------------------------------------------------------------------------------------------------

    def _account_key(self) -> str:
        settings = self.settings
        secret = settings.oauth_refresh_token or settings.oauth_access_token
        from amzsql.transport.tokens import token_key

        return token_key("", settings.oauth_client_id, secret.reveal() if secret else "")

    def marketplaces(self, context: Context | None) -> tuple[str, ...] | None:
        """Return the ids of the marketplaces to ask: the property, else the account's, asked once and kept.

        Without a context nothing is asked, and None says that they are not known.
        """
        if self.settings.marketplace:
            return tuple(m.id for m in self.settings.marketplace)
        known = self.state.noted("participations", self._account_key(), now=self.clock.now())
        if known is not None:
            kept = json.loads(known.text)
            self.endpoint = self.endpoint or kept["endpoint"]
            return tuple(kept["marketplaces"])
        return None if context is None else self._ask_participations(context)

    def _ask_participations(self, context: Context) -> tuple[str, ...]:
        """Ask which marketplaces the account takes part in; without an endpoint, each region until one knows it."""
        endpoints = [self.endpoint] if self.endpoint else [r.endpoint for r in marketplaces.REGIONS.values()]
        refused: AccessDenied | None = None
        for endpoint in endpoints:
            try:
                found = self._participations_at(endpoint, context)
            except AccessDenied as error:
                refused = error
                continue
            self.endpoint = endpoint
            text = json.dumps({"endpoint": endpoint, "marketplaces": found})
            self.state.note("participations", self._account_key(), text, at=self.clock.now())
            return tuple(found)
        raise OperationalError(
            "No region knows this account: set the property Marketplace, and check whose refresh token it is. A"
            " vendor's has no participations: for one, set SellingPartner=Vendor as well."
        ) from refused

    def sells(self) -> bool:
        """Tell whether Amazon has named the marketplaces that the account takes part in, as only sellers do."""
        return self.state.noted("participations", self._account_key(), now=self.clock.now()) is not None

    def ask_purchase_orders(self, context: Context) -> None:
        """Ask for a purchase order, which proves a vendor's token and region."""
        request = Request(spapi.operation(PURCHASE_ORDERS), {"limit": 1, "includeDetails": "false"})
        with self.ledger.counting(context.stats):
            self.session().send(request, deadline=context.deadline, cancelled=context.cancelled, budget=context.budget)

    def _participations_at(self, endpoint: str, context: Context) -> list[str]:
        with self.ledger.counting(context.stats):
            answer = (
                self.session(endpoint)
                .send(
                    Request(spapi.operation(PARTICIPATIONS), {}),
                    deadline=context.deadline,
                    cancelled=context.cancelled,
                    progress=context.progress,
                    budget=context.budget,
                )
                .json()
            )
        found = [
            p["marketplace"]["id"]
            for p in answer.get("payload") or []
            if p.get("participation", {}).get("isParticipating") and marketplaces.by_id(p["marketplace"]["id"])
        ]
        if not found:
            raise OperationalError("The account takes part in no marketplace that SP-API knows.")
        return found


def _start(settings: Settings) -> float:
    """Return where a simulator's clock begins: now, or noon of the day that was asked for."""
    today = settings.simulator.today if settings.simulator else None
    if today is None:
        return RealClock().now()
    import datetime as dt

    return dt.datetime(today.year, today.month, today.day, 12, tzinfo=dt.UTC).timestamp()


def _partner(settings: Settings) -> Any:
    """Return the simulated selling partner that the refresh token, or the option account, opens."""
    from amzsql.simulator.accounts import ACCOUNTS, BY_NAME, of_token

    name = settings.simulator.account if settings.simulator is not None else ""
    if settings.oauth_refresh_token is not None:
        partner = of_token(settings.oauth_refresh_token.reveal())
    elif name in BY_NAME:
        partner = BY_NAME[name]
    else:
        raise ProgrammingError(
            f"Simulator: there is no account {name!r}, but {', '.join(BY_NAME)}.{nearest(name, BY_NAME)}"
        )
    region = settings.region
    if region is not None and region.code != partner.region:
        places = ", ".join(m.country for m in settings.marketplace)
        fit = next(a.name for a in ACCOUNTS if a.region == region.code)
        raise ProgrammingError(
            f"Marketplace: {places} is of another region ({region.name}) than the simulated account {partner.name!r},"
            f" which sells in {', '.join(country for country, _ in partner.markets)}. Leave Marketplace (or"
            f" AMZSQL_MARKETPLACE) out, or write Simulator=account={fit}."
        )
    return partner


def _simulator(settings: Settings, clock: Clock) -> Any:
    from amzsql.simulator import Simulator

    options = settings.simulator
    assert options is not None  # called with the property set
    return Simulator(
        clock, seed=options.seed, orders=options.orders, throttle="off" if options.throttle == "off" else "published"
    )


_runtimes: dict[tuple[Any, ...], Runtime] = {}
_runtimes_lock = threading.Lock()
_engines = Engines()
_pid = os.getpid()


def runtime_of(settings: Settings) -> Runtime:
    """Return the account's runtime, made once for a process."""
    global _runtimes, _runtimes_lock, _pid
    if os.getpid() != _pid:
        _runtimes, _runtimes_lock, _pid = {}, threading.Lock(), os.getpid()
    secrets = (settings.oauth_client_secret, settings.oauth_refresh_token, settings.oauth_access_token)
    key = (
        settings.simulator,
        settings.endpoint,
        settings.use_sandbox,
        settings.oauth_client_id,
        settings.oauth_access_token_url,
        settings.oauth_settings_location,
        settings.state_location,
        secrets,
        settings.marketplace,
        settings.account,
        (settings.timeout, settings.max_retries, settings.retry_wait, settings.reserve, settings.rate_share),
    )
    with _runtimes_lock:
        if key not in _runtimes:
            _runtimes[key] = Runtime(settings)
        return _runtimes[key]


class Connection:
    """A connection of PEP 249. Threads may share it; each needs its own cursor.

    Attributes:
        messages: (class, text) of each warning since the connection was opened.
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

    def __init__(self, settings: Settings, runtime: Runtime | None = None) -> None:
        self.settings = settings
        self._closed = False
        self.runtime = runtime or runtime_of(settings)
        warned = (*settings.warnings, *_unlisted(settings))
        self.messages: list[tuple[type[Exception], str]] = [(errors.Warning, text) for text in warned]
        self._cursors: weakref.WeakSet[Cursor] = weakref.WeakSet()
        limits = Limits(
            settings.max_requests or None,
            settings.statement_timeout or None,
            settings.max_rows if settings.max_rows >= 0 else None,
        )
        rules = Rules(settings.readonly, settings.dry_run, settings.download_folder)
        self._statements = Statements(self, _engines, _zone(settings.time_zone), limits, rules)
        if settings.connect_on_open:
            self.test()

    # -- PEP 249 -------------------------------------------------------------------------------------------------------

    def cursor(self) -> Cursor:
        """Return a new cursor."""
        self.check_open()
        cursor = Cursor(self)
        self._cursors.add(cursor)
        return cursor

    def commit(self) -> None:
        """Do nothing: reading has no transactions."""
        self.check_open()

    def rollback(self) -> None:
        """Do nothing: reading has no transactions."""
        self.check_open()

    def close(self) -> None:
        """Close the connection and end what its cursors still read; a second time does nothing."""
        self._closed = True
        for cursor in list(self._cursors):
            cursor.close()

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
        self.check_open()
        with self.runtime.clock.actor():
            context = self._context(self.runtime.clock.event(), None, Stats())
            endpoint = self.runtime.endpoint
            if self.kind == "vendor":
                ids = self._marketplaces(context) or ()
                self.runtime.ask_purchase_orders(context)
                return ids
            if not endpoint:
                return self.runtime._ask_participations(context)
            return tuple(self.runtime._participations_at(endpoint, context))

    def run(self, text: str, parameters: Any, cursor: Cursor, cancelled: Event, stats: Stats) -> Result:
        """Run a statement for a cursor; `cancelled` ends it, and what it costs is counted in `stats`."""
        return self._statements.run(text, parameters, self._context(cancelled, cursor, stats))

    def call(self, name: str, arguments: Arguments, cursor: Cursor, cancelled: Event, stats: Stats) -> Result:
        """Call a procedure by its name, with a schema before it or without, for a cursor."""
        schema, _, own = name.rpartition(".")
        return self._statements.call(Call("run", schema, own, arguments), self._context(cancelled, cursor, stats))

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
            warn=partial(_note, lists),
            strict_items=self.settings.on_item_error == "Raise",
            mixed_currency=self.settings.mixed_currency,
            book=runtime.book,
            rules=_document_rules(self.settings),
        )

    # -- what a statement asks of its connection (execute.statement.World) -------------------------------------------

    def find(self, schema: str, name: str) -> Table | None:
        """Return a table by schema ("": the connection's, then the metadata) and name."""
        if schema.lower() == system.SCHEMA:
            return system.find(name)
        if schema and schema.lower() not in {s.lower() for s in registry.SCHEMAS}:
            raise ProgrammingError(f"There is no schema {schema}.{nearest(schema, system.SCHEMAS)}")
        spelt = next((s for s in registry.SCHEMAS if s.lower() == schema.lower()), self.settings.schema)
        if spelt not in system.SCHEMAS:
            raise NotSupportedError(f"Schema {spelt}: {SCHEMA_LATER}.")
        unwanted = _UNWANTED.get(self.settings.orders_api)
        found = registry.without(spelt, name, unwanted) if unwanted else registry.find(spelt, name)
        if found is not None:
            self._check_kind(found)
            found = self._as_seen(found)
        return found or (None if schema else system.find(name))

    def _as_seen(self, table: Table) -> Table:
        """Return a table of a report with the columns that its documents were seen to have beside the known ones."""
        path = table.paths[0] if table.paths else None
        if path is None or not path.declared.report:
            return table
        now = self.runtime.clock.now()
        names = report_names.seen(self.runtime.state, path.declared.report, path.row_path, now=now)
        return with_discovered(table, names) if names else table

    def known(self, schema: str) -> list[str]:
        """Return the names of a schema's tables."""
        if schema.lower() == system.SCHEMA:
            return list(system.names())
        spelt = schema or self.settings.schema
        listed = registry.names(spelt, reports=self.settings.include_reports)
        names = (name for name in listed if self._is_of_kind(spelt, name))
        return [*names, *(() if schema else system.names())]

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
        return Home(lambda: self._marketplaces(context) or (), seller, zone, runtime.fresh_key)

    def settle(self, procedure: Procedure, context: Context) -> None:
        """Give a call the session of the account's region, and refuse what is of other accounts."""
        operation, runtime = spapi.operation(procedure.operation), self.runtime
        self._check_partner(spapi.api(operation.api).partner, f"{procedure.name} is a procedure")
        if operation.sandbox_only and not self.settings.use_sandbox:
            raise ProgrammingError(f"{procedure.name} exists in Amazon's sandbox only: set UseSandbox=True.")
        if not runtime.endpoint:
            self._marketplaces(context)
        context.session = runtime.session(runtime.endpoint or marketplaces.REGIONS["NA"].endpoint)

    def redeem(self, code: Secret, redirect: str, context: Context) -> Token:
        """Change a code of the consent page into an application's first tokens."""
        runtime = self.runtime
        session = runtime.session(runtime.endpoint or marketplaces.REGIONS["NA"].endpoint)
        return session.redeem(runtime.application(), code, redirect, cancelled=context.cancelled)

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
        runtime, settings = self.runtime, self.settings
        paths = self._paths(bound)
        wanted = any(asks_marketplaces(path) for path in paths)
        # A vendor's region is told by nothing but his marketplaces.
        vendor = self.kind == "vendor" or any(registry.partner(s.table) == "vendor" for s in bound.scans)
        wanted = wanted or (vendor and not runtime.endpoint)
        ids = self._marketplaces(context if wanted else None, vendor=vendor)
        if context is not None:
            context.session = runtime.session(runtime.endpoint or marketplaces.REGIONS["NA"].endpoint)
        types = {path.declared.report for path in paths} - {""}
        queries = {path.declared.query for path in paths} - {""}
        tokens, rates = self._fills({path.operation for path in paths} | set(reports.CALLS if types else ()))
        return Situation(
            utc(runtime.clock.now()),
            marketplaces=ids,
            seller=settings.seller_id or (runtime.partner.partner_id if runtime.partner is not None else None),
            tokens=tokens,
            rates=rates,
            orders_api=settings.orders_api,
            page_size=settings.pagesize or None,
            latency=LATENCY,
            report_seconds={name: self._report_seconds(name) for name in types | queries},
            choice=self._choice(bound),
            seen=self._seen(bound),
            use_reports=settings.use_reports and not vendor,
            report_age=settings.report_age,
            find=self.find,
            zone=bound.zone,
        )

    def _report_seconds(self, name: str) -> float:
        """Return how long a report of a type, or a query of Data Kiosk's (``dataset.query``), is waited for."""
        dataset, _, own = name.rpartition(".")
        return self.runtime.book.usual("kiosk" if dataset else "report", own, self.settings.report_time)

    def _paths(self, bound: Bound) -> list[TablePath]:
        """Return the access paths of the statement's tables and of their parents."""
        tables = [table for s in bound.scans for table in lineage(s.table, self.find)]
        others = [p for table in tables for p in table.reports] if self.settings.use_reports else []
        return [p for table in tables for p in table.paths] + others

    def _seen(self, bound: Bound) -> Mapping[str, int]:
        """Return how many rows the statement's tables had when they were last read."""
        now = self.runtime.clock.now()
        found = {
            name: self.runtime.state.count(self._counted(name), now=now) for name in counted_names(bound, self.find)
        }
        return {name: rows for name, rows in found.items() if rows is not None}

    def _counted(self, table: str) -> str:
        return json.dumps([self.settings.account, self.runtime._account_key(), table])

    def count(self, rows: Mapping[str, int]) -> None:
        """Remember how many rows some tables have, for the estimates of later statements."""
        now = self.runtime.clock.now()
        for table, number in rows.items():
            self.runtime.state.remember_count(self._counted(table), number, at=now)

    def _choice(self, bound: Bound) -> tuple[str, ...]:
        """Return the access paths that the statement took within the last day."""
        key = choice_key(self.settings.account, bound)
        kept = self.runtime.state.choice(key, now=self.runtime.clock.now())
        return tuple(kept.split(",")) if kept else ()

    def _fills(self, operations: set[str]) -> tuple[Mapping[str, float], Mapping[str, Rate]]:
        """Return the tokens and learned rates of the operations that a statement may ask."""
        session = self.runtime.session(self.runtime.endpoint or marketplaces.REGIONS["NA"].endpoint)
        tokens, rates = {}, {}
        for name in operations:
            operation = spapi.operation(name)
            fill = session.fill(operation)
            tokens[name] = fill.tokens
            rates[name] = Rate(fill.rate, fill.burst, operation.rate.known)
        return tokens, rates

    def local(self, name: str, columns: Sequence[str]) -> pa.RecordBatch:
        """Return the rows of a metadata table."""
        if name == "sys_quota":
            found = self._quota()
        elif name == "sys_requests":
            found = [_requested(record) for record in list(self.runtime.ledger.recent)]
        elif (facts := fixed.rows(name)) is not None:
            found = facts
        else:
            shown = system.Shown(self._schemas(), self.settings.include_reports, self._as_seen)
            found = self._of_listed(system.rows(name, shown=shown) or [])
        table = system.find(name) or registry.find("SellingPartner", name)
        assert table is not None  # the statement was bound to it
        kinds = {c.name: c.type.arrow for c in table.columns}
        arrays = [pa.array([row.get(c) for row in found], kinds[c]) for c in columns]
        return pa.RecordBatch.from_arrays(arrays, names=list(columns))

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

    def _quota(self) -> list[system.Row]:
        """Return the account's bucket of each operation: those asked by the process, then those a table may ask."""
        session = self.runtime.session(self.runtime.endpoint or marketplaces.REGIONS["NA"].endpoint)
        found: list[system.Row] = []
        tables = (registry.table(schema, name) for schema in registry.SCHEMAS for name in registry.names(schema))
        known = sorted({path.operation for table in tables for path in table.paths})
        for name in dict.fromkeys([*self.runtime.ledger.operations(), *known]):
            operation = spapi.operation(name)
            fill, bucket = session.fill(operation), session.bucket(operation)
            found.append(
                {
                    "Account": self.settings.account,
                    "Operation": name,
                    "Rate": operation.rate.rate,
                    "LearnedRate": bucket.rate,
                    "Tokens": fill.tokens,
                    "FullAt": utc(bucket.value) if bucket.value else None,
                    "Last429": None if bucket.last_429 is None else utc(bucket.last_429),
                }
            )
        return found

    def remember(self, bound: Bound, plan: Plan) -> None:
        """Keep a statement's access paths for a day, so that the fill of buckets does not change its numbers."""
        if any(len(s.ref.table.paths) + len(s.ref.table.reports) > 1 for s in plan.every_scan()):
            key, paths, now = choice_key(self.settings.account, bound), ",".join(plan.choice), self.runtime.clock.now()
            self.runtime.state.remember_choice(key, paths, at=now, until=now + DAY)

    def forget(self, bound: Bound) -> None:
        """Drop the kept access paths of a statement that failed."""
        self.runtime.state.forget("choice", choice_key(self.settings.account, bound))


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
    )


def _zone(name: str) -> ZoneInfo | None:
    """Return the zone of times without one; None for each marketplace's own."""
    return None if name == MARKETPLACE_ZONE else ZoneInfo(name)


def _requested(record: RequestRecord) -> system.Row:
    """Return a request as a row of sys_requests."""
    return {
        "Account": record.account,
        "Operation": record.operation,
        "StartedAt": utc(record.time),
        "Status": record.status,
        "Seconds": record.seconds,
        "WaitedSeconds": record.waited,
        "Throttled": record.throttled,
        "Bytes": record.bytes,
    }


def _note(lists: Sequence[list[tuple[type[Exception], str]]], text: str) -> None:
    """Note a warning, where it does not stand already."""
    for messages in lists:
        if (errors.Warning, text) not in messages:
            messages.append((errors.Warning, text))


def _unlisted(settings: Settings) -> list[str]:
    """Return a warning for each name in BrowsableSchemas, Tables and Views that names nothing."""
    tables = (*modules.MODULES.values(), *modules.DRAWN.values())
    names = [*(name for each in tables for name in each), *system.names()]
    if settings.include_reports:
        names += [name for schema in system.SCHEMAS for name in registry.names(schema, reports=True)]
    found = []
    for name, given, known in (
        ("BrowsableSchemas", settings.browsable_schemas, (*system.SCHEMAS, system.SCHEMA)),
        ("Tables", settings.tables, names),
        ("Views", settings.views, names),
    ):
        lower = {k.lower() for k in known}
        kind = "schema" if name == "BrowsableSchemas" else "table or view"
        found += [f"{name}: there is no {kind} {g}.{nearest(g, known)}" for g in given if g.lower() not in lower]
    return found


def open_connection(given: Given) -> Connection:
    """Open a connection; see `amzsql.connect`. Its warnings are told where that was called."""
    connection = Connection(read_given(given))
    for _, text in connection.messages:
        warnings.warn(text, ResultWarning, stacklevel=3)
    return connection
