"""The simulated Amazon as a WSGI application: who may call what, how often, with which parameters, and how it fails.

Each request passes login, the operation's existence, the access token, the throttle, the parameters by the facts, and
then the operation's handler. It never waits. From the day on which an operation is removed it answers 404 with code
NotFound; so does whatever the simulator does not know. Must not know of the driver's catalog.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import parse_qsl, quote

from amzsql import spapi
from amzsql.clock import Clock, utc
from amzsql.spapi import validate
from amzsql.spapi.model import Operation

from . import catalog_items, finances, history, inventory, listings, orders_2026, orders_v0, pricing, sales, sellers
from .access import LIFE, Access, Bearer, expired, personal, resources_of
from .call import Call, CallError, Handler, dump, invalid
from .faults import HTML, Fault, PageFaults
from .paging import Pages, Signer, plain_key
from .throttle import Buckets
from .world import DAY, World

Throttle = Literal["published", "off"]
Headers = list[tuple[str, str]]
StartResponse = Callable[[str, Headers], object]

_MODULES = (
    sellers,
    orders_v0,
    orders_2026,
    sales,
    inventory,
    catalog_items,
    listings,
    pricing,
    finances,
    history,
)
HANDLERS: Mapping[str, Handler] = MappingProxyType({k: v for m in _MODULES for k, v in m.HANDLERS.items()})
_RESTRICTED_TOKEN = "tokens_2021-03-01.createRestrictedDataToken"


@dataclass(frozen=True, slots=True)
class Record:
    """One request that was answered. `operation` is empty where none was meant; page tokens are shortened to `…`."""

    time: float
    operation: str
    path: str
    query: Mapping[str, str]
    status: int
    size: int


@dataclass(frozen=True, slots=True)
class Request:
    """What the application reads from a WSGI environment. `path` is as it was sent, still escaped."""

    method: str
    path: str
    query: str
    token: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a body and the headers beyond those that every answer has."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"


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
        signer = Signer(plain_key(seed))
        self._access, self._pages = Access(signer), Pages(signer)
        self._page_faults = PageFaults()
        self._counts: dict[str, int] = {}
        self._served = 0
        self._lock = threading.Lock()
        self.world = World(int(self.now()) // 60 * 60, seed=seed, orders=orders)
        self.log: list[Record] = []

    @property
    def app(self) -> Callable[[Mapping[str, Any], Any], Iterable[bytes]]:
        """The WSGI application."""
        return self.__call__

    def now(self) -> float:
        """Return the simulated time."""
        return self._clock.now() + self._offset

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
        if request.path == "/auth/o2/token":
            return None, self._login(request, now)
        matched = match(request.method, request.path)
        if matched is None:
            return None, _error(CallError(404, "NotFound", "The requested resource does not exist."))
        operation, path = matched
        headers = (("x-amzn-RateLimit-Limit", self._rate(operation)),)
        fault = self._fault(operation)
        try:
            if fault is not None and fault.kind in ("status", "html", "expire"):
                return operation, _disturbed(fault, headers)
            body = self._serve(operation, path, request, now, fault)
        except CallError as refusal:
            return operation, _error(refusal, headers)
        return operation, Answer(200, body, headers)

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
        self, operation: Operation, path: Mapping[str, str], request: Request, now: float, fault: Fault | None
    ) -> bytes:
        """Pass a request through every gate and return the body of its answer."""
        bearer = self._access.bearer(request.token, now)
        pii = personal(bearer, operation, request.path)
        if self._throttle != "off" and not self._buckets.take(bearer.account, operation, now):
            raise CallError(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")
        if operation.is_removed(utc(now).date()):
            raise CallError(404, "NotFound", f"{operation.name} has been removed on {operation.removed}.")
        call = self._call(operation, path, request, now, pii)
        body = self._handle(call, bearer)
        return self._spoiled(call, body, fault) if self._faults else body

    def _call(
        self, operation: Operation, path: Mapping[str, str], request: Request, now: float, pii: frozenset[str] | None
    ) -> Call:
        """Check a request's parameters and read its page token."""
        query = _without_stray(operation, read_query(request.query))
        body = _json_body(request)
        problems = validate.problems(operation, path, query, body, now=now)
        if problems:
            raise invalid(". ".join(p.message for p in problems))
        flat = {name: ",".join(values) for name, values in query.items()}
        try:
            restored = self._pages.restore(operation, flat, now)
        except ValueError as error:
            raise invalid(str(error)) from error
        filters, position = restored or (flat, None)
        return Call(operation, path, filters, body, now, self.world, self._pages, position, pii)

    def _handle(self, call: Call, bearer: Bearer) -> bytes:
        if call.operation.name == _RESTRICTED_TOKEN:
            token = self._access.restricted(bearer, resources_of(call), call.now)
            return dump({"restrictedDataToken": token, "expiresIn": LIFE})
        handler = HANDLERS.get(call.operation.name)
        if handler is None:
            raise CallError(404, "NotFound", f"The simulator has no answer for {call.operation.name} yet.")
        return handler(call)

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


def read_request(environ: Mapping[str, Any]) -> Request:
    """Read a WSGI environment; the path as it was sent where the server tells it, escaped anew otherwise."""
    path = environ.get("RAW_URI", "").partition("?")[0]
    if not path:
        text = environ.get("PATH_INFO", "")
        try:
            text = text.encode("latin-1").decode()
        except ValueError:
            pass  # not what WSGI prescribes, but what some clients put there: text that is decoded already
        path = quote(text, safe="/|~:@!$&'()*,;=")
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    return Request(
        environ["REQUEST_METHOD"],
        path,
        environ.get("QUERY_STRING", ""),
        environ.get("HTTP_X_AMZ_ACCESS_TOKEN", ""),
        environ.get("CONTENT_TYPE", ""),
        body,
    )


def match(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """Return the operation of a path and its parameters.

    A WSGI client may have unescaped the slashes of a key (a SKU may hold one); then neighbouring segments are one.
    """
    found = spapi.match(method, path)
    parts = path.split("/")
    for last, first in itertools.combinations(range(len(parts) - 1, 0, -1), 2):
        if found is not None:
            break
        joined = "%2F".join(parts[first : last + 1])
        found = spapi.match(method, "/".join([*parts[:first], joined, *parts[last + 1 :]]))
    return found


def read_query(text: str) -> dict[str, tuple[str, ...]]:
    """Return the values of each parameter of a query string."""
    out: dict[str, tuple[str, ...]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        out[name] = (*out.get(name, ()), value)
    return out


# python-amazon-sp-api sends the marketplace in all four spellings where it is given none, and Amazon lets it.
_STRAY = frozenset({"MarketplaceId", "MarketplaceIds", "marketplace_ids", "marketplaceIds"})


def _without_stray(operation: Operation, query: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    if not query.keys() >= _STRAY:
        return query
    return {n: v for n, v in query.items() if n not in _STRAY or operation.has_parameter(n)}


def _json_body(request: Request) -> Any:
    if not request.body:
        return None
    try:
        return json.loads(request.body)
    except ValueError as error:
        raise invalid("The body is no JSON.") from error


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
