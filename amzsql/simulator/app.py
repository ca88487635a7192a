"""The simulated Amazon as a WSGI application: who may call what, how often, with which parameters, and how it fails.

Each request passes login, the operation's existence, the access token, the throttle, the parameters by the facts, and
then the operation's handler, or in the sandbox the cases. It never waits. From the day on which an operation is removed
it answers 404 with code NotFound; so does whatever the simulator does not know. Must not know of the driver's catalog.
"""

from __future__ import annotations

import dataclasses
import errno
import functools
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, Literal

from amzsql.clock import Clock, utc
from amzsql.marketplaces import REGIONS
from amzsql.spapi import validate
from amzsql.spapi.model import Operation

from . import apis, consent, control, documents, generated, spoiled
from .access import LIFE, Access, Bearer, check_scope, expired, personal
from .accounts import DEFAULT, Account, of_name
from .call import Call, CallError, Reply, denied, dump, invalid
from .documents import Partner
from .faults import HEADER, Fault, Faults, Scenario, of_header
from .http import Answer, Request, match, read_json, read_request
from .paging import Pages, Signer, asked, plain_key
from .sandbox import Cases
from .store import Store
from .throttle import Plans
from .world import World

Throttle = Literal["published", "off"]
# An operation and what its path says.
Matched = tuple[Operation, dict[str, str]]
_RESTRICTED_TOKEN = "tokens_2021-03-01.createRestrictedDataToken"
_LOGIN = "/auth/o2/token"
_REGION_OF_HOST = {r.endpoint.removeprefix("https://"): r.code for r in REGIONS.values()}
_REGION_OF_HOST |= {r.sandbox_endpoint.removeprefix("https://"): r.code for r in REGIONS.values()}
WIRE = "amzsql.wire"
_MOST_AGENT = 500


@dataclass(frozen=True, slots=True)
class Record:
    """One request. `operation` is empty where none was meant; page tokens are shortened to `…`.

    `status` is of the answer, also of one that never arrived, or 0 where the call was dropped before it was answered.
    """

    time: float
    operation: str
    path: str
    query: Mapping[str, str]
    status: int
    size: int
    method: str = "GET"
    fault: str = ""


class Simulator:
    """A stand-in for Amazon: an application to be mounted in a client or served on a socket.

    `clock` gives the time; with `today` it begins at noon (UTC) of that day. `frozen`: the time stands until it is
    moved or told to run, and nothing drips. History ends at the moment of construction.
    `throttle` "off" never answers 429 and offers a rate of 1000. `log` lists the requests that were answered. `faults`
    are struck from the first call on, drawn by the scenario's seed where they have a probability. `sandbox`: the rules
    are those of Amazon's sandbox, and `cases` are its answers, as far as they go. `control` opens the paths below /-/.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        seed: int = 1,
        orders: int = 2000,
        today: date | None = None,
        throttle: Throttle = "published",
        faults: Sequence[Fault] | Scenario = (),
        sandbox: bool = False,
        cases: Cases | None = None,
        control: bool = False,
        frozen: bool = False,
    ) -> None:
        self.clock = clock
        self._begin = clock.now() if today is None else _noon(today)
        self._dated, self._frozen = today is not None, frozen
        self._throttle = throttle
        self._sandbox, self._cases, self._control = sandbox, cases, control
        self._scenario = faults if isinstance(faults, Scenario) else Scenario(tuple(faults), seed)
        self._signer = Signer(plain_key(seed))
        self._pages = Pages(self._signer)
        self._lock = threading.Lock()
        self._end = int(self._begin) // 60 * 60
        self._options = (seed, orders)
        self._worlds: dict[str, World] = {}
        self.log: list[Record] = []
        self.reset()
        self.world = self.world_of(DEFAULT)

    def reset(self) -> None:
        """Forget all that was written, requested and counted, and have the clock and the faults as at first."""
        with self._lock:
            self._offset = self._begin - self.clock.now() if self._dated else 0.0
            self._still = self._begin if self._frozen else None
            self._access, self._plans = Access(self._signer), Plans(sandbox=self._sandbox)
            self._faults, self._spoiler = Faults(self._scenario), spoiled.Spoiler()
            self._stores: dict[str, Store] = {}
            self._served = 0
        self.log.clear()

    @property
    def app(self) -> Callable[[Mapping[str, Any], Any], Iterable[bytes]]:
        """The WSGI application."""
        return self.__call__

    @property
    def scenario(self) -> Scenario:
        """The faults that strike; another scenario counts its calls from the moment it is set."""
        return self._faults.scenario

    @scenario.setter
    def scenario(self, scenario: Scenario) -> None:
        self._faults = Faults(scenario)

    def now(self) -> float:
        """Return the simulated time."""
        return self.clock.now() + self._offset if self._still is None else self._still

    @property
    def running(self) -> bool:
        """Whether the simulated time goes on by itself."""
        return self._still is None

    def set_time(self, now: float) -> None:
        """Move the simulated time, also backwards; it goes on from there, or stands there."""
        self._offset = now - self.clock.now()
        self._still = None if self._still is None else now

    def run(self, running: bool) -> None:
        """Have the simulated time go on from where it is, or stand there."""
        now = self.now()
        self._offset, self._still = now - self.clock.now(), None if running else now

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
        account = of_name(name) or DEFAULT
        return Partner(account, self.world_of(account), self.store_of(name), self.now())

    def __call__(self, environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one WSGI request.

        How a body is to be spoiled on its way is put into the dictionary that the environment has under WIRE; without
        one, a body that is to end too early does, under the length of the whole.

        Raises:
            ConnectionResetError: there is to be no answer, and no WIRE to say so.
        """
        answer, wire = self._respond(environ), environ.get(WIRE)
        if answer.wire.get("end") == spoiled.SILENT:
            if wire is None:
                raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
            wire.update(answer.wire)
            return []
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(answer.headers))
        if wire is None:
            return [answer.body[: answer.wire.get("after", len(answer.body))]]
        wire.update(answer.wire if self.running else {**answer.wire, "seconds": 0.0})
        return [answer.body]

    def _respond(self, environ: Mapping[str, Any]) -> Answer:
        """Return the answer with all its headers, and log it."""
        request = read_request(environ)
        now, number = self.now(), 0
        matched = match(request.method, request.path)
        name = matched[0].name if matched is not None else _apart(request)
        fault, answer = self._answer(request, matched, name, now)
        # Who looks at the simulator through its control surface must not change what it answers.
        if not request.path.startswith(control.ROOT):
            with self._lock:
                self._served += 1
                number = self._served
            kind, query = fault.kind if fault is not None else "", _logged(request, matched)
            size, method = len(answer.body), request.method
            self.log.append(Record(now, name, request.path, query, answer.status, size, method, kind))
        headers = (
            ("Content-Type", answer.content_type),
            ("Content-Length", str(len(answer.body))),
            ("Date", _date(int(now))),
            ("x-amzn-RequestId", f"51a0{number:08x}-{self.world.seed & 0xFFFF:04x}"),
            *answer.headers,
        )
        return dataclasses.replace(answer, headers=headers)

    def _answer(self, request: Request, matched: Matched | None, name: str, now: float) -> tuple[Fault | None, Answer]:
        """Return (the fault that struck, the answer). `name` is of what was meant."""
        if request.path.startswith(control.ROOT):
            return None, self._about(request)
        try:
            fault = self._struck(name, request.headers.get(HEADER, ""))
            if matched is None:
                answer = self._beside(request, now, fault)
            else:
                answer = self._operation(*matched, request, now, fault)
        except CallError as refusal:
            return None, _error(refusal)
        return fault, spoiled.wire(fault, answer) if fault is not None else answer

    def _struck(self, name: str, asked: str) -> Fault | None:
        """Return the fault that strikes a request: the one its header asks for, or the scenario's."""
        if not name or not asked:
            return self._faults.strike(name) if name else None
        try:
            return of_header(asked)
        except ValueError as error:
            raise invalid(f"{HEADER}: {error}.") from None

    def _about(self, request: Request) -> Answer:
        """Answer what is asked of the simulator itself."""
        if request.path == f"{control.ROOT}coverage" and request.method == "GET":
            return Answer(200, dump(apis.coverage()))
        return control.answer(request, self) if self._control else _unknown()

    def _beside(self, request: Request, now: float, fault: Fault | None) -> Answer:
        """Answer what is no operation: logins, consents and documents."""
        login = request.path == _LOGIN
        if fault is not None and fault.replaces():
            return spoiled.beside(fault, login=login)
        answer = self._served_beside(request, now, fault)
        return spoiled.beside(fault, login=login) if fault is not None and fault.kind == "status" else answer

    def _served_beside(self, request: Request, now: float, fault: Fault | None) -> Answer:
        if request.path == _LOGIN:
            return self._login(request, now)
        if request.path == consent.PATH:
            return consent.answer(request, self._access, now)
        if documents.is_document(request.path):
            over = fault is not None and fault.kind == "expired_url"
            at = now + documents.LIFE * 10 if over else now
            return documents.answer(request, self._signer, at, self.partner, apis.maker)
        return _unknown()

    def _login(self, request: Request, now: float) -> Answer:
        if request.method != "POST":
            return Answer(405, dump({"error": "invalid_request", "error_description": "Only POST is allowed."}))
        status, body = self._access.login(request.body, request.content_type, now)
        return Answer(status, body)

    def _operation(
        self, operation: Operation, path: Mapping[str, str], request: Request, now: float, fault: Fault | None
    ) -> Answer:
        """Answer an operation and tell its rate as often as Amazon does."""
        off = self._throttle == "off"
        rate = (("x-amzn-RateLimit-Limit", "1000.0" if off else str(self._plans.rate(operation).rate)),)
        if fault is not None and fault.replaces():
            return _disturbed(fault, rate)
        try:
            answer = self._serve(operation, path, request, now, fault)
        except CallError as refusal:
            answer = _error(refusal)
        if fault is not None and fault.kind == "status":
            return _disturbed(fault, rate)
        if off or self._plans.tells(operation, answer.status):
            return dataclasses.replace(answer, headers=(*rate, *answer.headers))
        return answer

    def _serve(
        self, operation: Operation, path: Mapping[str, str], request: Request, now: float, fault: Fault | None
    ) -> Answer:
        """Pass a request through every gate and return its answer."""
        _check_agent(request)
        bearer = self._access.bearer(request.token, now)
        check_scope(bearer, operation)
        slowdown = fault.factor if fault is not None and fault.kind == "rate" else self._faults.slowdown(operation.name)
        limited = self._throttle != "off" or slowdown > 1
        pii = None if self._sandbox else _admitted(bearer, operation, request)
        if limited and not self._plans.admit(bearer.account_key, bearer.application_key, operation, now, slowdown):
            raise _exceeded()
        if self._sandbox and self._cases is not None and self._cases.has(operation):
            return self._cases.answer(operation, {**request.parameters, **path}, _lenient(request))
        _check_life(operation, now, sandbox=self._sandbox)
        call = self._call(operation, path, request, now, bearer, pii)
        if fault is not None:
            call = dataclasses.replace(call, fault=fault.kind)
        if limited and not self._plans.admit_content(bearer.application_key, operation, call.body, now):
            raise _exceeded()
        reply = self._handle(call, bearer)
        body = self._spoiler.body(fault, call, reply.body)
        return Answer(reply.status or operation.success[0], body, reply.headers, reply.content_type)

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
        query = _without_stray(operation, request.query)
        try:
            body = validate.known(operation, read_json(request))
        except ValueError as error:
            raise invalid("The body is no JSON.") from error
        problems = validate.problems(operation, path, query, body, now=now)
        if problems:
            raise invalid(". ".join(p.message for p in problems))
        flat = {name: ",".join(values) for name, values in query.items()}
        try:
            by = asked(operation, flat, body)
            restored = self._pages.restore(operation, path, by, now)
        except ValueError as error:
            raise invalid(str(error)) from error
        filters, position = restored or (flat, None)
        if by is not flat:
            filters = flat
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
            application=self.store_of(f"application {bearer.application_key}"),
            headers=request.headers,
            base=request.base,
            signer=self._signer,
            throttled=self._throttle != "off",
            pii_role=bearer.application.pii == "shown",
        )

    def _handle(self, call: Call, bearer: Bearer) -> Reply:
        if call.operation.name == _RESTRICTED_TOKEN:
            token = self._access.restricted(bearer, call)
            return Reply(dump({"restrictedDataToken": token, "expiresIn": LIFE}))
        handler = apis.handler(call.operation.name) or generated.answer
        with call.store.lock:
            call.store.settle(call.now)
            reply = handler(call)
        return reply if isinstance(reply, Reply) else Reply(reply)


@functools.lru_cache(maxsize=8)
def _date(second: int) -> str:
    """Return a time as the header Date spells it."""
    return formatdate(second, usegmt=True)


def _noon(today: date) -> float:
    """Return the time at which the simulated time begins: the same whenever on the wall's day that is."""
    return datetime.combine(today, time(12), UTC).timestamp()


def _check_agent(request: Request) -> None:
    """Refuse a User-Agent that is longer than Amazon takes."""
    length = len(request.headers.get("user-agent", ""))
    if length > _MOST_AGENT:
        raise invalid(f"User-Agent takes at most {_MOST_AGENT} characters, not {length}.")


def _admitted(bearer: Bearer, operation: Operation, request: Request) -> frozenset[str] | None:
    """Return the data elements that a bearer may see; refuse what is not for the partner's kind, region or roles."""
    elements, account = personal(bearer, operation, request.path), bearer.selling_partner
    if account is not None:
        region = _REGION_OF_HOST.get(request.host, account.region)
        if region != account.region or not account.may_call(operation.api):
            raise denied()
    return elements


# python-amazon-sp-api sends the marketplace in all four spellings where it is given none, and Amazon lets it.
_STRAY = frozenset({"MarketplaceId", "MarketplaceIds", "marketplace_ids", "marketplaceIds"})


def _without_stray(operation: Operation, query: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Return a query without the marketplace in spellings that the operation does not know, if it has all of them."""
    if not query.keys() >= _STRAY:
        return query
    return {n: v for n, v in query.items() if n not in _STRAY or operation.has_parameter(n)}


def _check_life(operation: Operation, now: float, *, sandbox: bool) -> None:
    """Refuse what Amazon has removed, and outside the sandbox what exists only there."""
    if operation.is_removed(utc(now).date()):
        raise CallError(404, "NotFound", f"{operation.name} has been removed on {operation.removed}.")
    if operation.sandbox_only and not sandbox:
        raise CallError(404, "NotFound", f"{operation.name} exists in the sandbox only.")


def _lenient(request: Request) -> Any:
    """Return a body as JSON, None if it is none: the sandbox compares, it does not judge."""
    try:
        return read_json(request)
    except ValueError:
        return None


def _apart(request: Request) -> str:
    """Return the name under which faults and the log know what is no operation; empty if it is nothing."""
    if request.path == _LOGIN:
        return "lwa.token"
    return f"documents.{request.method.lower()}" if documents.is_document(request.path) else ""


def _exceeded() -> CallError:
    return CallError(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")


def _unknown() -> Answer:
    return _error(CallError(404, "NotFound", "The requested resource does not exist."))


def _error(refusal: CallError, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(refusal.status, refusal.body(), headers)


def _disturbed(fault: Fault, headers: tuple[tuple[str, str], ...]) -> Answer:
    """Return the answer that a fault puts in place of the right one."""
    if fault.kind == "html":
        return Answer(200, spoiled.HTML, headers, "text/html")
    if fault.kind == "expire":
        return _error(expired(), headers)
    if fault.kind == "drop":
        return Answer(0, b"")
    kept = headers if fault.rate_header else ()
    return _error(CallError(fault.status, fault.code, "A fault that was asked for."), (*kept, *fault.headers))


def _logged(request: Request, matched: Matched | None) -> dict[str, str]:
    """Return the query as the log tells it: page tokens are shortened, signatures are left out."""
    query = request.parameters
    paging = matched[0].paging if matched is not None else None
    if paging is not None and paging.token_in in query:
        query[paging.token_in] = "…"
    query.pop("X-Amz-Signature", None)
    return query
