"""The simulated Amazon as a WSGI application: who may call what, how often, with which parameters, and how it fails.

Each request passes login, the operation's existence, the access token, the throttle, the parameters by the facts, and
then the operation's handler. It never waits. From the day on which an operation is removed it answers 404 with code
NotFound; so does whatever the simulator does not know. Must not know of the driver's catalog.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from http import HTTPStatus
from typing import Any, Literal

from amzsql.clock import Clock, utc
from amzsql.marketplaces import REGIONS
from amzsql.spapi import validate
from amzsql.spapi.model import Operation

from . import apis, documents, generated
from .access import LIFE, Access, Bearer, expired, personal, resources_of
from .accounts import BY_NAME, DEFAULT, Account
from .call import Call, CallError, Reply, denied, dump, invalid
from .documents import Partner
from .faults import HTML, Fault, PageFaults
from .http import Answer, Headers, Request, match, read_json, read_query, read_request
from .paging import Pages, Signer, plain_key
from .store import Store
from .throttle import Buckets
from .world import DAY, World

Throttle = Literal["published", "off"]
_RESTRICTED_TOKEN = "tokens_2021-03-01.createRestrictedDataToken"
_REGION_OF_HOST = {r.endpoint.removeprefix("https://"): r.code for r in REGIONS.values()}


@dataclass(frozen=True, slots=True)
class Record:
    """One request that was answered. `operation` is empty where none was meant; page tokens are shortened to `…`."""

    time: float
    operation: str
    path: str
    query: Mapping[str, str]
    status: int
    size: int


class Simulator:
    """A stand-in for Amazon: an application to be mounted in a client or served on a socket.

    `clock` gives the time; `today` moves the simulated time to that day. History ends at the moment of construction.
    `throttle` "off" never answers 429 and offers a rate of 1000. `log` lists the requests that were answered.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        seed: int = 1,
        orders: int = 2000,
        today: date | None = None,
        throttle: Throttle = "published",
        faults: Sequence[Fault] = (),
    ) -> None:
        self._clock = clock
        self._offset = _offset(clock.now(), today)
        self._throttle = throttle
        self._faults = tuple(faults)
        self._buckets = Buckets()
        self._signer = Signer(plain_key(seed))
        self._access, self._pages = Access(self._signer), Pages(self._signer)
        self._page_faults = PageFaults()
        self._counts: dict[str, int] = {}
        self._served = 0
        self._lock = threading.Lock()
        self._end = int(self.now()) // 60 * 60
        self._options = (seed, orders)
        self._worlds: dict[str, World] = {}
        self._stores: dict[str, Store] = {}
        self.world = self.world_of(DEFAULT)
        self.log: list[Record] = []

    @property
    def app(self) -> Callable[[Mapping[str, Any], Any], Iterable[bytes]]:
        """The WSGI application."""
        return self.__call__

    def now(self) -> float:
        """Return the simulated time."""
        return self._clock.now() + self._offset

    def world_of(self, account: Account) -> World:
        """Return an account's world; it is made when it is first asked for."""
        with self._lock:
            if account.name not in self._worlds:
                seed, orders = self._options
                self._worlds[account.name] = World(self._end, seed=seed, orders=orders, account=account)
            return self._worlds[account.name]

    def store_of(self, name: str) -> Store:
        """Return what was written to the account, or to the application, of that name."""
        with self._lock:
            return self._stores.setdefault(name, Store(f"{self._options[0]} {name}"))

    def partner(self, name: str) -> Partner:
        """Return the selling partner of that name, as it stands now."""
        account = BY_NAME[name]
        return Partner(account, self.world_of(account), self.store_of(name), self.now())

    def __call__(self, environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one WSGI request."""
        request = read_request(environ)
        now = self.now()
        operation, answer = self._answer(request, now)
        with self._lock:
            self._served += 1
            number = self._served
        self.log.append(_record(now, operation, request, answer))
        headers = [
            ("Content-Type", answer.content_type),
            ("Content-Length", str(len(answer.body))),
            ("x-amzn-RequestId", f"51a0{number:08x}-{self.world.seed & 0xFFFF:04x}"),
            *answer.headers,
        ]
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [answer.body]

    def _answer(self, request: Request, now: float) -> tuple[Operation | None, Answer]:
        special = self._special(request, now)
        if special is not None:
            return None, special
        matched = match(request.method, request.path)
        if matched is None:
            return None, _error(CallError(404, "NotFound", "The requested resource does not exist."))
        operation, path = matched
        headers = (("x-amzn-RateLimit-Limit", self._rate(operation)),)
        fault = self._fault(operation)
        try:
            if fault is not None and fault.kind in ("status", "html", "expire"):
                return operation, _disturbed(fault, headers)
            return operation, self._serve(operation, path, request, now, fault, headers)
        except CallError as refusal:
            return operation, _error(refusal, headers)

    def _special(self, request: Request, now: float) -> Answer | None:
        """Answer what is no operation: logins, documents and what the simulator tells of itself."""
        if request.path == "/auth/o2/token":
            return self._login(request, now)
        if documents.is_document(request.path):
            return documents.answer(request, self._signer, now, self.partner, apis.maker)
        if request.path == "/-/coverage" and request.method == "GET":
            return Answer(200, dump(apis.coverage()))
        return None

    def _login(self, request: Request, now: float) -> Answer:
        if request.method != "POST":
            return Answer(405, dump({"error": "invalid_request", "error_description": "Only POST is allowed."}))
        status, body = self._access.login(request.body, request.content_type, now)
        return Answer(status, body)

    def _rate(self, operation: Operation) -> str:
        return "1000.0" if self._throttle == "off" else str(operation.rate.rate)

    def _fault(self, operation: Operation) -> Fault | None:
        if not self._faults:
            return None
        with self._lock:
            count = self._counts[operation.name] = self._counts.get(operation.name, 0) + 1
        return next((f for f in self._faults if f.hits(operation.name, count)), None)

    def _serve(
        self,
        operation: Operation,
        path: Mapping[str, str],
        request: Request,
        now: float,
        fault: Fault | None,
        headers: Headers,
    ) -> Answer:
        """Pass a request through every gate and return its answer."""
        bearer = self._access.bearer(request.token, now)
        pii = personal(bearer, operation, request.path)
        if bearer.selling_partner is not None:
            _admit(bearer.selling_partner, operation, request.host)
        if self._throttle != "off" and not self._buckets.take(bearer.account, operation, now):
            raise CallError(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")
        if operation.is_removed(utc(now).date()):
            raise CallError(404, "NotFound", f"{operation.name} has been removed on {operation.removed}.")
        call = self._call(operation, path, request, now, bearer, pii)
        reply = self._handle(call, bearer)
        body = self._spoiled(call, reply.body, fault) if self._faults else reply.body
        return Answer(reply.status or operation.success[0], body, (*headers, *reply.headers), reply.content_type)

    def _call(
        self,
        operation: Operation,
        path: Mapping[str, str],
        request: Request,
        now: float,
        bearer: Bearer,
        pii: frozenset[str] | None,
    ) -> Call:
        """Check a request's parameters and read its page token."""
        query = _without_stray(operation, read_query(request.query))
        try:
            body = read_json(request)
        except ValueError as error:
            raise invalid("The body is no JSON.") from error
        problems = validate.problems(operation, path, query, body, now=now)
        if problems:
            raise invalid(". ".join(p.message for p in problems))
        flat = {name: ",".join(values) for name, values in query.items()}
        try:
            restored = self._pages.restore(operation, flat, now)
        except ValueError as error:
            raise invalid(str(error)) from error
        filters, position = restored or (flat, None)
        account = bearer.selling_partner or DEFAULT
        return Call(
            operation,
            path,
            filters,
            body,
            now,
            self.world_of(account),
            self._pages,
            position,
            pii,
            account=account,
            store=self.store_of(account.name),
            application=self.store_of(f"application {bearer.application}"),
            headers=request.headers,
            base=request.base,
            signer=self._signer,
            throttled=self._throttle != "off",
        )

    def _handle(self, call: Call, bearer: Bearer) -> Reply:
        if call.operation.name == _RESTRICTED_TOKEN:
            token = self._access.restricted(bearer, resources_of(call), call.now)
            return Reply(dump({"restrictedDataToken": token, "expiresIn": LIFE}))
        handler = apis.handler(call.operation.name) or generated.answer
        with call.store.lock:
            call.store.settle(call.now)
            reply = handler(call)
        return reply if isinstance(reply, Reply) else Reply(reply)

    def _spoiled(self, call: Call, body: bytes, fault: Fault | None) -> bytes:
        if fault is not None and fault.kind == "truncate":
            return body[: len(body) // 2]
        if fault is not None and call.operation.paging is not None:
            body = self._page_faults.spoil(fault.kind, call.operation, body, self._pages.token(call, call.position))
        self._page_faults.remember(call.operation, body)
        return body


def _offset(now: float, today: date | None) -> float:
    """Return the seconds that move a time to the same time of another day."""
    if today is None:
        return 0.0
    midnight = datetime.combine(today, time(), UTC).timestamp()
    return midnight - now // DAY * DAY


def _admit(account: Account, operation: Operation, host: str) -> None:
    """Refuse a selling partner what is not for its kind, its region or its roles."""
    region = _REGION_OF_HOST.get(host, account.region)
    if region != account.region or not account.may_call(operation.api):
        raise denied()


# python-amazon-sp-api sends the marketplace in all four spellings where it is given none, and Amazon lets it.
_STRAY = frozenset({"MarketplaceId", "MarketplaceIds", "marketplace_ids", "marketplaceIds"})


def _without_stray(operation: Operation, query: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    if not query.keys() >= _STRAY:
        return query
    return {n: v for n, v in query.items() if n not in _STRAY or operation.has_parameter(n)}


def _error(refusal: CallError, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(refusal.status, refusal.body(), headers)


def _disturbed(fault: Fault, headers: tuple[tuple[str, str], ...]) -> Answer:
    """Return the answer that a fault puts in place of the right one."""
    if fault.kind == "html":
        return Answer(200, HTML, headers, "text/html")
    if fault.kind == "expire":
        return _error(expired(), headers)
    kept = headers if fault.rate_header else ()
    return _error(CallError(fault.status, fault.code, "A fault that was asked for."), (*kept, *fault.headers))


def _record(now: float, operation: Operation | None, request: Request, answer: Answer) -> Record:
    query = {name: ",".join(values) for name, values in read_query(request.query).items()}
    if operation is not None and operation.paging is not None and operation.paging.token_in in query:
        query[operation.paging.token_in] = "…"
    name = operation.name if operation else "lwa.token" if request.path == "/auth/o2/token" else ""
    return Record(now, name, request.path, query, answer.status, len(answer.body))
