"""What all connections of one account share within the process: clock, session, state, figures.

Tokens, rate buckets and the simulator's world belong to the process (and to the state folder), never to a connection:
BI tools open a new one for nearly every request. Here alone transport and simulator meet.
"""

from __future__ import annotations

import json
import os
import random
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from amzsql import marketplaces, spapi, state
from amzsql.catalog import live
from amzsql.clock import Clock, RealClock, VirtualClock, utc
from amzsql.connection.logfile import Log
from amzsql.connection.running import Running
from amzsql.connection.ways import network_of
from amzsql.errors import (
    AccessDenied,
    OperationalError,
    ProgrammingError,
    nearest,
)
from amzsql.execute.context import Context, Ledger, asked_together
from amzsql.execute.masking import Masks, masks_of
from amzsql.execute.report_book import Book
from amzsql.execute.restricted import Admissions
from amzsql.execute.shared_pages import SharedPages
from amzsql.plan.nodes import LATENCY, PARTICIPATIONS
from amzsql.settings import Secret, Settings
from amzsql.spapi.model import Operation, Partner
from amzsql.transport import (
    Auth,
    Buckets,
    LwaAuth,
    NoAuth,
    Request,
    RequestRecord,
    Response,
    Session,
    StaticAuth,
    in_process,
    open_store,
    user_agent,
)
from amzsql.transport.tokens import MEMORY, FileTokens, MemoryTokens, Token, TokenStore
from amzsql.transport.watch import Watch

# What a vendor's account is tried with: it has no participations.
PURCHASE_ORDERS = "vendorOrders.getPurchaseOrders"
# One for all accounts: a group's wait for one another.
_REAL = RealClock()
DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Shop:
    """A marketplace that the account takes part in, and what its shop is called there."""

    marketplace: str
    name: str


class Runtime:
    """What all connections of one account share within the process: clock, session, state, figures.

    `app` is a WSGI application that answers in Amazon's place, with a virtual `clock` and nothing on disk; `simulator`
    is one that others share.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        app: Callable[..., Any] | None = None,
        clock: Clock | None = None,
        simulator: Any = None,
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
            self.clock = clock or VirtualClock(_start(settings))
            self.state = state.StateFolder(None)
            self.partner = _partner(settings)
            self.simulator = simulator or _simulator(settings, self.clock)
            transport = in_process(self.simulator.app)
        else:
            self.clock = _REAL
            self.state = state.shared(settings.state_location)
        self.endpoint = settings.base_url or ("https://simulator.invalid" if self.simulator is not None else "")
        self._transport = transport
        self.network = network_of(settings)
        self.log = Log(settings, self.clock.now)
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()
        self._auth: Auth | None = None
        self.admissions = Admissions(self.clock, self._restricted_store())
        self._masks: Masks | None = None
        self.book = Book(self.state, self.clock, self._account_key())
        self.running = Running(self.state, self.clock, settings.account)
        self._keys = self._chance() or random.SystemRandom()
        own = app is not None or self.simulator is not None
        self.pages = SharedPages(self.clock) if own else _pages_of(self)

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
            observer=self._observe,
            network=self.network,
            tell=self.log,
            written=self._written,
            account=settings.account,
            rng=self._chance(),
        )

    def _observe(self, record: RequestRecord) -> None:
        self.ledger.observe(record)
        self.log.request(record)

    def _written(self, operation: Operation) -> None:
        """Forget the pages that may show what an operation has changed."""
        if operation.api not in live.NOTHING:
            self.pages.forget(operation.api if operation.api in live.APART else None)

    def _chance(self) -> random.Random | None:
        """Return the randomness of waits: always the same on a virtual clock, so that a run can be repeated."""
        return random.Random(0) if self.clock.virtual else None

    def _authorisation(self, endpoint: str) -> Auth:
        settings = self.settings
        if self.simulator is not None and settings.oauth_refresh_token is None:
            return self._refreshing(endpoint, MemoryTokens(self.clock))
        try:
            settings.check_credentials()
        except ProgrammingError as error:
            return NoAuth(str(error), application=settings.oauth_client_id)
        if settings.initiate_oauth == "OFF":
            given = settings.oauth_access_token or ""
            return StaticAuth(given, application=settings.oauth_client_id, clock=self.clock, ends=_given_ends(settings))
        return self._refreshing(endpoint, open_store(self._token_location(), self.clock))

    def _refreshing(
        self, endpoint: str, store: TokenStore | None = None, *, refresh_token: Secret | None = None
    ) -> LwaAuth:
        """Return the way to tokens by the refresh token; without a store it knows none yet."""
        settings = self.settings
        given = refresh_token or settings.oauth_refresh_token
        if given is None and self.partner is not None:
            given = Secret(self.partner.refresh_token)
        simulated = "simulator" if self.simulator is not None else ""
        return LwaAuth(
            clock=self.clock,
            client_id=settings.oauth_client_id or simulated,
            client_secret=settings.oauth_client_secret or simulated,
            refresh_token=given or "",
            access_token=(self._given_token() if store is not None else None) or "",
            previous_secret=settings.oauth_previous_secret or "",
            consent=self._consent if settings.initiate_oauth == "GETANDREFRESH" else None,
            owner=settings.account,
            endpoint=endpoint,
            url=settings.oauth_access_token_url,
            store=store,
            max_retries=settings.max_retries,
            retry_wait=settings.retry_wait,
            rng=self._chance(),
        )

    def _given_token(self) -> Secret | None:
        """Return the given access token, if it is known to live yet: otherwise a new one is made at once."""
        ends = _given_ends(self.settings)
        return self.settings.oauth_access_token if ends is not None and ends - 60 > self.clock.now() else None

    def _consent(self, watch: Watch) -> tuple[Secret, str]:
        """Return a code of the consent page: the one given, or that of the browser of whoever sits here."""
        from amzsql.connection import asking_consent

        code, back = asking_consent.code(self.settings, self.partner_kind(), self.fresh_key(), watch)
        self.state.note(
            "authorised", self._account_key(), utc(self.clock.now()).date().isoformat(), at=self.clock.now()
        )
        return code, back

    def partner_kind(self) -> Partner:
        """Return whose consent page is asked: a seller's, unless the properties say vendor."""
        settings = self.settings
        vendor = settings.selling_partner == "Vendor" or settings.schema == "VendorCentral"
        return "vendor" if vendor or (self.partner is not None and self.partner.kind == "vendor") else "seller"

    def authorised(self) -> date | None:
        """Return the day on which the account's owner let the application in, if that is known."""
        noted = self.state.noted("authorised", self._account_key(), now=self.clock.now())
        return date.fromisoformat(noted.text) if noted is not None else self.settings.oauth_authorization_date

    def exchange(self, refresh_token: Secret | None = None) -> Token:
        """Have a token made, whatever tokens are kept; AuthError if the credentials are refused."""
        session = self.session(self.endpoint or marketplaces.REGIONS["NA"].endpoint)
        with self.clock.actor():
            return session.exchange(self._refreshing("", refresh_token=refresh_token), spapi.operation(PARTICIPATIONS))

    def forget_tokens(self) -> None:
        """Drop the access tokens that are kept for the account."""
        with self._lock:
            self._sessions.clear()
        store = open_store(self._token_location(), self.clock)
        # Where no region is named, that of its tokens is one of all.
        for endpoint in {self.endpoint, *(r.endpoint for r in marketplaces.REGIONS.values())} - {""}:
            auth = self._refreshing(endpoint, store)
            auth.forget()
            self.admissions.forget(auth.seller)

    def _token_location(self) -> str:
        if self.settings.oauth_settings_location:
            return self.settings.oauth_settings_location
        file = self.state.file("tokens.json")
        return str(file) if file is not None else "memory://"

    def _restricted_store(self) -> TokenStore | None:
        """Return where restricted data tokens are kept: beside the access tokens, and like them."""
        location = self._token_location()
        if self.clock.virtual or self.settings.initiate_oauth == "OFF" or location.lower().startswith(MEMORY):
            return None
        file = Path(location).expanduser()
        return FileTokens(file.with_name(f"{file.stem}-restricted{file.suffix}"))

    def admitted(self) -> frozenset[str]:
        """Return what restricted data tokens are there for, by operation and parts of its answers."""
        if not self.settings.include_restricted_data:
            return frozenset()
        return self.admissions.held(self.session(self.endpoint or marketplaces.REGIONS["NA"].endpoint).owner)

    def masks(self) -> Masks:
        """Return what makes texts of personal data; OperationalError if others could have read its key."""
        if self._masks is None:
            try:
                self._masks = masks_of(self.state)
            except state.UnsafeFileError as error:
                raise OperationalError(f"MaskPII=Hash: the key of the state folder cannot be used, {error}.") from None
        return self._masks

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

        owner = f"consent {settings.account}" if settings.initiate_oauth == "GETANDREFRESH" else ""
        return token_key("", settings.oauth_client_id, secret.reveal() if secret else owner)

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
        return None if context is None else tuple(shop.marketplace for shop in self.found_shops(context, together=True))

    def found_shops(self, context: Context, *, together: bool = False) -> list[Shop]:
        """Ask where the account sells; without an endpoint, each region until one knows it, which is then kept.

        `together`: statements that run side by side ask once.
        """
        endpoints = [self.endpoint] if self.endpoint else [r.endpoint for r in marketplaces.REGIONS.values()]
        refused: AccessDenied | None = None
        for endpoint in endpoints:
            try:
                found = self.shops(endpoint, context, together=together)
            except AccessDenied as error:
                refused = error
                continue
            self.endpoint = endpoint
            text = json.dumps({"endpoint": endpoint, "marketplaces": [shop.marketplace for shop in found]})
            self.state.note("participations", self._account_key(), text, at=self.clock.now())
            return found
        raise OperationalError(
            "No region knows this account: set the property Marketplace, and check whose refresh token it is. A"
            " vendor's has no participations: for one, set SellingPartner=Vendor as well."
        ) from refused

    def sells(self) -> bool:
        """Tell whether Amazon has named the marketplaces that the account takes part in, as only sellers do."""
        return self.state.noted("participations", self._account_key(), now=self.clock.now()) is not None

    def ask_purchase_orders(self, context: Context) -> None:
        """Ask for a purchase order, which proves a vendor's token and region."""
        self.ask(Request(spapi.operation(PURCHASE_ORDERS), {"limit": 1, "includeDetails": "false"}), context)

    def shops(self, endpoint: str, context: Context, *, together: bool = False) -> list[Shop]:
        """Ask one endpoint where the account sells; OperationalError if it does nowhere."""
        request = Request(spapi.operation(PARTICIPATIONS), {})
        session = self.session(endpoint)
        found = self.read_shops(
            asked_together(request, context, session) if together else context.send(request, session=session)
        )
        if not found:
            raise OperationalError("The account takes part in no marketplace that SP-API knows.")
        return found

    def read_shops(self, answer: Response) -> list[Shop]:
        """Return the shops of an answer with participations."""
        return [
            Shop(p["marketplace"]["id"], str(p.get("storeName") or ""))
            for p in answer.json().get("payload") or []
            if p.get("participation", {}).get("isParticipating") and marketplaces.by_id(p["marketplace"]["id"])
        ]

    @property
    def route(self) -> str:
        """The way to Amazon, in words."""
        inside = self._transport is not None
        host = urlsplit(self.endpoint or marketplaces.REGIONS["NA"].endpoint).hostname or ""
        return "without a proxy" if inside else self.network.way(host)

    def ask(self, request: Request, context: Context, endpoint: str = "") -> Response:
        """Send a request of the connection's own, counted as a statement's."""
        return context.send(request, session=self.session(endpoint))


def _given_ends(settings: Settings) -> float | None:
    """Return when the given access token is over, if it was told when it was made."""
    made = settings.oauth_token_timestamp / 1000
    return made + settings.oauth_expires_in if made else None


def _start(settings: Settings) -> float:
    """Return where a simulator's clock begins: now, or noon of the day that was asked for."""
    today = settings.simulator.today if settings.simulator else None
    if today is None:
        return RealClock().now()
    import datetime as dt

    return dt.datetime(today.year, today.month, today.day, 12, tzinfo=dt.UTC).timestamp()


def _partner(settings: Settings) -> Any:
    """Return the simulated selling partner that the refresh token, or the option account, opens."""
    from amzsql.simulator.accounts import ACCOUNTS, BY_NAME, of_name, of_token

    name = settings.simulator.account if settings.simulator is not None else ""
    if settings.oauth_refresh_token is not None:
        partner = of_token(settings.oauth_refresh_token.reveal())
    elif (named := of_name(name)) is not None:
        partner = named
    else:
        raise ProgrammingError(
            f"Simulator: there is no account {name!r}, but {', '.join(BY_NAME)}, and others like them with a number"
            f" behind (na-1, na-2, …).{nearest(name, BY_NAME)}"
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
_groups: dict[tuple[Any, ...], tuple[Runtime, list[Runtime]]] = {}
_pages: dict[tuple[Any, ...], SharedPages] = {}
_runtimes_lock = threading.Lock()
_pid = os.getpid()


def _pages_of(runtime: Runtime) -> SharedPages:
    """Return the pages of an account, whatever else its connections are told. Called while runtimes are locked."""
    settings = runtime.settings
    key = (settings.endpoint, settings.use_sandbox, runtime._account_key())
    return _pages.setdefault(key, SharedPages(runtime.clock))


def runtime_of(settings: Settings) -> Runtime:
    """Return the account's runtime, made once for a process."""
    _renew()
    key = _key(settings)
    with _runtimes_lock:
        if key not in _runtimes:
            _runtimes[key] = Runtime(settings)
        return _runtimes[key]


def runtimes_of(group: Settings, accounts: Sequence[Settings]) -> tuple[Runtime, list[Runtime]]:
    """Return the runtimes of a group and of its accounts, made once for a process.

    Simulated accounts share the clock, and those of the same options the simulator: they are accounts of one Amazon.

    Raises:
        ProgrammingError: some accounts are simulated and others are not, or they live on different days.
    """
    days = {_today(settings) for settings in accounts}
    if len(days) > 1:
        raise ProgrammingError(
            f"Connection: the group {group.connection} has accounts of Amazon and of a simulator, or of simulators on"
            " different days: they have no time in common."
        )
    if not accounts or accounts[0].simulator is None:
        return runtime_of(group), [runtime_of(settings) for settings in accounts]
    _renew()
    key = ("group", group.connection, *map(_key, accounts))
    with _runtimes_lock:
        if key not in _groups:
            _groups[key] = _simulated(group, accounts)
        return _groups[key]


def _today(settings: Settings) -> object:
    return settings.simulator.today if settings.simulator is not None else "Amazon's"


def _simulated(group: Settings, accounts: Sequence[Settings]) -> tuple[Runtime, list[Runtime]]:
    clock = VirtualClock(_start(accounts[0]))
    simulators: dict[Any, Any] = {}
    found = []
    for settings in accounts:
        assert settings.simulator is not None  # all are simulated
        same = replace(settings.simulator, account="")
        if same not in simulators:
            simulators[same] = _simulator(settings, clock)
        found.append(Runtime(settings, clock=clock, simulator=simulators[same]))
    return Runtime(group, app=found[0].simulator.app, clock=clock), found


def _renew() -> None:
    """Forget, in a forked child, what the parent has."""
    global _runtimes, _groups, _pages, _runtimes_lock, _pid
    if os.getpid() != _pid:
        _runtimes, _groups, _pages, _runtimes_lock, _pid = {}, {}, {}, threading.Lock(), os.getpid()


def _key(settings: Settings) -> tuple[Any, ...]:
    """Return what tells one runtime from others."""
    secrets = (
        settings.oauth_client_secret,
        settings.oauth_refresh_token,
        settings.oauth_access_token,
        settings.oauth_previous_secret,
        settings.oauth_verifier,
        settings.proxy_password,
        settings.firewall_password,
    )
    return (
        settings.simulator,
        settings.endpoint,
        settings.use_sandbox,
        settings.oauth_client_id,
        settings.oauth_access_token_url,
        settings.oauth_settings_location,
        (settings.oauth_expires_in, settings.oauth_token_timestamp),
        settings.initiate_oauth,
        (settings.app_id, settings.callback_url, settings.callback_port, settings.oauth_app_status),
        network_of(settings),
        (settings.logfile, settings.verbosity, settings.log_modules, settings.schema, settings.selling_partner),
        settings.state_location,
        secrets,
        settings.marketplace,
        settings.account,
        (settings.timeout, settings.max_retries, settings.retry_wait, settings.reserve, settings.rate_share),
    )
