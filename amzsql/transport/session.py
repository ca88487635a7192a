"""One Request in, one Response out: throttled, signed, tried again, with a deadline.

Owns the connections to one endpoint. Tokens never go to another host, no redirect is followed, nothing of a header, a
body or a query is logged. Must not know of tables or of SQL.
"""

from __future__ import annotations

import logging
import math
import os
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NoReturn

from amzsql.clock import Clock, Event
from amzsql.errors import AccessDenied, ApiError, BudgetExceeded, OperationalError, ProgrammingError, Throttled
from amzsql.spapi.document_types import report_types
from amzsql.spapi.model import Operation, Rate
from amzsql.state import Bucket
from amzsql.transport.auth import Answer, Auth, Grant, LwaAuth, Revealing
from amzsql.transport.body import is_json, only_errors
from amzsql.transport.fork import renew_in_child
from amzsql.transport.guard import Guard, exchanging
from amzsql.transport.network import DIRECT, Network
from amzsql.transport.request import Encoded, InProcess, Request, Response, encode
from amzsql.transport.retry import (
    Backoff,
    Quota,
    api_error,
    broken_answer,
    excerpt,
    gave_up,
    is_retryable,
    read_problem,
    retry_after,
    status_of,
)
from amzsql.transport.throttle import Buckets, Fill, Key
from amzsql.transport.tokens import Token
from amzsql.transport.watch import Watch

if TYPE_CHECKING:
    import httpx

    from amzsql.transport.client import Exchange
    from amzsql.transport.download import Address
    from amzsql.transport.incoming import Incoming

MAX_BYTES = 256 << 20

# Where others took the token of a bucket that fills in minutes, it is asked for again after this part of them.
_SHARE = 1 / 6

CREATE_REPORT = "reports_2021-06-30.createReport"
"""Whose orders of some types have a rate of their own."""


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """What is told of a request that was sent: for cursor.stats and sys_requests; no secrets, no parameters.

    `status` is 0 if there was no answer. `seconds` from sending to the last byte, `waited` before it for a token or
    after a fault.
    """

    time: float
    operation: str
    status: int
    seconds: float
    waited: float
    throttled: bool
    bytes: int
    account: str


class Budget:
    """The requests that a statement may still send (MaxRequests); None for as many as it likes."""

    def __init__(self, max_requests: int | None) -> None:
        self.max_requests = max_requests
        self.spent = 0
        self._lock = threading.Lock()

    def spend(self, operation: str) -> None:
        """Count one request; BudgetExceeded if there is none left."""
        with self._lock:
            if self.max_requests is not None and self.spent >= self.max_requests:
                many = "1 request" if self.max_requests == 1 else f"{self.max_requests} requests"
                raise BudgetExceeded(
                    f"{operation}: the statement has used its {many} (MaxRequests). Raise MaxRequests, or ask for less."
                )
            self.spent += 1


@dataclass(frozen=True, slots=True)
class _Bearer:
    """A token that tools which print the variables of a traceback do not show."""

    token: str = field(repr=False)


class Session:
    """The way to one endpoint of Amazon's, for one account.

    `timeout`: seconds for each request in all. `latency`: what a request takes on a virtual clock. `transport`: None
    for the network; else httpx's interface, or an application in process. `observer` hears of every request sent,
    `tell` of tokens that were asked for, as (module, text), `written` of each operation that is no read, whether or not
    it went well.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        clock: Clock,
        auth: Auth,
        buckets: Buckets,
        transport: httpx.BaseTransport | InProcess | None = None,
        user_agent: str = "amzsql",
        timeout: float = 60.0,
        max_retries: int = 5,
        retry_wait: float = 1.0,
        latency: float = 0.0,
        observer: Callable[[RequestRecord], None] | None = None,
        account: str = "",
        rng: random.Random | None = None,
        network: Network = DIRECT,
        tell: Callable[[str, str], None] | None = None,
        written: Callable[[Operation], None] | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.requests = 0
        self.account = account
        self._endpoint = endpoint.rstrip("/")
        self._clock = clock
        self._auth = auth
        self._buckets = buckets
        self._transport = transport
        self._user_agent = user_agent
        self._timeout = timeout or math.inf
        self._backoff = Backoff(max_retries, retry_wait, rng or random.Random())
        self._latency = latency if clock.virtual else 0.0
        self._observer = observer
        self._network = network
        self._tell = tell
        self._written = written
        self._max_bytes = max_bytes
        self._client: httpx.Client | None = None
        _silence()
        self.after_fork()
        renew_in_child(self)

    def after_fork(self) -> None:
        """Forget the parent's client, lock and quota."""
        # The parent's sockets are the parent's: they are dropped, not closed with a TLS goodbye in its name.
        self._client = None
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._quota = Quota()

    def __repr__(self) -> str:
        return f"Session({self._endpoint!r}, account={self.account!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Session holds secrets and connections and cannot be pickled")

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None and self._transport is None:
            client.close()

    @property
    def owner(self) -> str:
        """What tells accounts and their applications apart; it tells no secret."""
        return self._auth.seller

    def bucket_key(self, operation: Operation) -> Key:
        """Return the key of the operation's bucket."""
        application = "" if operation.grantless is None else "grantless"
        return (self._auth.application + application, self._auth.seller, operation.name)

    def fill(self, operation: Operation) -> Fill:
        """Return what a planner may count on for the operation, now."""
        return self._buckets.fill(self.bucket_key(operation), operation.rate)

    def bucket(self, operation: Operation) -> Bucket:
        """Return what is remembered of the operation's bucket."""
        return self._buckets.look(self.bucket_key(operation), operation.rate)

    def turn(self, report_type: str) -> float:
        """Return the seconds until an order of a report of that type is taken, as far as its type has a rate."""
        narrow = self.narrow_bucket(report_type)
        if narrow is None:
            return 0.0
        fill = self._buckets.fill(*narrow)
        return max(0.0, (1 - fill.tokens) / fill.rate)

    def narrow_bucket(self, report_type: str) -> tuple[Key, Rate] | None:
        """Return the bucket of a report's type, which all accounts of the application share; None if it has none."""
        kind = report_types().get(report_type)
        if kind is None or kind.every is None:
            return None
        return (self._auth.application, "", f"{CREATE_REPORT} {report_type}"), Rate(1 / kind.every, 1)

    def send(
        self,
        request: Request,
        *,
        deadline: float | None = None,
        cancelled: Event | None = None,
        progress: Callable[[str], None] | None = None,
        budget: Budget | None = None,
        sending: Callable[[bool], None] | None = None,
    ) -> Response:
        """Send the request until it is answered, and return the answer.

        Waits for its token on the clock. `sending` is called with True just before each try goes out, with False once
        it is known that Amazon has not taken it. Raises Cancelled, BudgetExceeded (the deadline cannot be met, no
        requests left), AuthError, ApiError by Amazon's status, DataError for an answer too large, OperationalError.
        """
        watch = Watch(self._clock, request.operation.name, deadline=deadline, cancelled=cancelled, progress=progress)
        try:
            return _Sending(self, request, watch, budget, sending).run()
        finally:
            if self._written is not None and not request.operation.read:
                self._written(request.operation)

    @property
    def tries(self) -> int:
        """How often a download that failed for a passing reason is tried again."""
        return self._backoff.max_retries

    def pause(self, tries: int) -> float:
        """Return when to try again after that many failed tries."""
        return self._clock.now() + self._backoff.seconds(tries)

    def stream(self, address: Address, watch: Watch, start: int = 0, tag: str = "") -> Incoming:
        """Ask a storage for a document, from its byte `start` on; neither a token nor a cookie goes with it.

        `tag` is the version that the bytes before were of. Not throttled, not counted; a fault is in the answer.
        """
        from amzsql.transport.download import patience, usable
        from amzsql.transport.incoming import Incoming

        if problem := usable(address):
            raise OperationalError(f"{watch.what}: the address of the document is not asked: {problem}.")
        incoming = Incoming(patience(watch, self._timeout))
        incoming.open(self._open(), address.url, self._storage_headers(start, tag))
        if self._latency:
            watch.linger(self._clock.now() + self._latency)
        return incoming

    def put(self, address: Address, body: bytes, content_type: str, watch: Watch) -> Exchange:
        """Send a document to a storage once; neither a token nor a cookie goes with it. Not throttled, not counted."""
        client = self._open()
        headers = {"user-agent": self._user_agent, "content-type": content_type}
        return self._transmit(client, client.build_request("PUT", address.url, content=body, headers=headers), watch)

    def _storage_headers(self, start: int, tag: str) -> dict[str, str]:
        part = {"range": f"bytes={start}-", **({"if-range": tag} if tag else {})} if start else {}
        # Unpacked here, where a cut shows: no encoding is asked for.
        return {"user-agent": self._user_agent, "accept": "*/*", "accept-encoding": "identity", **part}

    def authorise(self, operation: Operation, *, cancelled: Event | None = None) -> None:
        """Get a token for the operation and nothing else; AuthError if there is none to be had."""
        watch = Watch(self._clock, operation.name, cancelled=cancelled)
        self._auth.token(operation, self._post_token, watch)

    def token_seconds(self, operation: Operation) -> float | None:
        """Return how long the operation's token lives; None where that is not known."""
        return self._auth.seconds_left(operation)

    @property
    def previous_secret_in_use(self) -> bool:
        """Whether Login with Amazon refused the client's secret and took the one before."""
        return isinstance(self._auth, LwaAuth) and self._auth.previous_in_use

    def redeem(self, auth: LwaAuth, code: Revealing, redirect: str, *, cancelled: Event | None = None) -> Token:
        """Change a code of the consent page into an application's first tokens; AuthError if it is not good."""
        return auth.redeem(code, redirect, self._post_token, Watch(self._clock, "lwa.token", cancelled=cancelled))

    def exchange(self, auth: LwaAuth, operation: Operation) -> Token:
        """Have a token made the given way, which is not this session's own; AuthError if there is none to be had."""
        return auth.exchange(operation, self._post_token, Watch(self._clock, "lwa.token"))

    def _exchange(self, operation: Operation, call: Encoded, bearer: _Bearer, watch: Watch) -> Exchange:
        """Send once to the endpoint."""
        client = self._open()
        done = self._transmit(client, self._build(client, operation, call, bearer), watch)
        if self._latency:
            watch.linger(done.sent_at + self._latency)
            return replace(done, received_at=self._clock.now())
        return done

    def _build(self, client: httpx.Client, operation: Operation, call: Encoded, bearer: _Bearer) -> httpx.Request:
        from amzsql.transport.client import build

        # The headers are made in the call, so that no traceback shows them.
        built = build(client, operation.method, self._endpoint + call.target, self._headers(call, bearer), call.body)
        if isinstance(built, str):
            raise ProgrammingError(f"{operation.name} cannot be asked: {built}. Ask for fewer or shorter values.")
        return built

    def _headers(self, call: Encoded, bearer: _Bearer) -> dict[str, str]:
        return {
            "x-amz-access-token": bearer.token,
            **self._common_headers(),
            **({"content-type": "application/json"} if call.body is not None else {}),
            **call.headers,
        }

    def _common_headers(self) -> dict[str, str]:
        return {"user-agent": self._user_agent, "accept": "application/json", "accept-encoding": "gzip"}

    def _post_token(self, url: str, grant: Grant, watch: Watch) -> Answer:
        """Send a token call; it is neither throttled nor counted."""
        client = self._open()
        outgoing = client.build_request("POST", url, data=grant.form, headers=self._common_headers())
        done = self._transmit(client, outgoing, watch)
        if self._tell is not None:
            self._tell("OAUT", f"a token by {grant.form['grant_type']}: {done.status or done.problem}")
        return Answer(done.status, done.body, done.problem, done.fatal)

    def _transmit(self, client: httpx.Client, outgoing: httpx.Request, watch: Watch) -> Exchange:
        """Send once and read all of the answer; cancel() is raised."""
        from amzsql.transport.client import transmit

        sent_at = self._clock.now()
        expires = sent_at + self._timeout if watch.deadline is None else min(sent_at + self._timeout, watch.deadline)
        guard = Guard(self._clock, expires, watch.cancelled, watch.what)
        done = transmit(client, outgoing, guard, self._max_bytes)
        watch.check_cancelled()
        return replace(done, sent_at=sent_at, received_at=self._clock.now())

    def _observe(self, record: RequestRecord) -> None:
        with self._lock:
            self.requests += 1
        if self._observer is not None:
            self._observer(record)

    def _open(self) -> httpx.Client:
        from amzsql.transport.client import open_client  # httpx comes with the first request

        with self._lock:
            if self._client is None:
                self._client = open_client(self._transport, self._network)
            return self._client


def _ordered(request: Request) -> str:
    """Return the type of the report that a request orders; empty for any other request."""
    if request.operation.name != CREATE_REPORT:
        return ""
    body = request.body if request.body is not None else request.parameters.get("body")
    given = body if isinstance(body, Mapping) else request.parameters
    return str(given.get("reportType", ""))


class _Sending:
    """The tries of one request: what was tried, and what to do about each outcome."""

    def __init__(
        self,
        session: Session,
        request: Request,
        watch: Watch,
        budget: Budget | None,
        sending: Callable[[bool], None] | None,
    ) -> None:
        self._session = session
        self._sending = sending
        self._operation = request.operation
        self._parameters = request.parameters
        self._request = request
        self._repeatable = request.operation.read or request.repeatable
        self._call = encode(request)
        self._watch = watch
        self._budget = budget
        self._key = session.bucket_key(request.operation)
        # One token of it is taken, however often the order is sent; and again where others had taken it.
        self._narrow = self._own = session.narrow_bucket(_ordered(request))
        self._faults = 0
        self._throttles = 0
        self._renewed = False
        self._recorded_wait = 0.0

    def run(self) -> Response:
        while True:
            bearer, done = self._try()
            response = self._judge(bearer, done)
            if response is not None:
                self._session._quota.refund()
                return response

    def _try(self) -> tuple[_Bearer, Exchange]:
        """Wait for a token of the bucket, and send."""
        session, operation, watch = self._session, self._operation, self._watch
        if self._budget is not None:
            self._budget.spend(operation.name)
        # Asked for before the wait, because wrong credentials should not take a minute to be found; and after it,
        # because the wait may outlive the token.
        session._auth.token(operation, session._post_token, watch)
        if self._narrow is not None:
            session._buckets.acquire(*self._narrow, watch)
            self._narrow = None
        session._buckets.acquire(self._key, operation.rate, watch)
        bearer = _Bearer(self._request.restricted or session._auth.token(operation, session._post_token, watch))
        self._tell(under_way=True)
        done = session._exchange(operation, self._call, bearer, watch)
        session._observe(self._record(done))
        session._buckets.learn(self._key, operation.rate, _number(done.headers.get("x-amzn-ratelimit-limit")))
        return bearer, done

    def _tell(self, *, under_way: bool) -> None:
        if self._sending is not None:
            self._sending(under_way)

    def _record(self, done: Exchange) -> RequestRecord:
        waited, self._recorded_wait = self._watch.waited - self._recorded_wait, self._watch.waited
        return RequestRecord(
            time=done.sent_at,
            operation=self._operation.name,
            status=done.status,
            seconds=done.received_at - done.sent_at,
            waited=waited,
            throttled=done.status == 429,
            bytes=len(done.body),
            account=self._session.account,
        )

    def _judge(self, bearer: _Bearer, done: Exchange) -> Response | None:
        """Return the answer, None to try again, or raise."""
        if done.status == 0:
            self._judge_silence(done)
        elif done.status < 300:
            return self._judge_success(done)
        elif done.status < 400:
            from amzsql.transport.client import redirect_host

            raise OperationalError(
                f"{self._operation.name} answered {done.status}, a redirect to {redirect_host(done.headers)}. "
                "Redirects are not followed, a token would go with them: check Endpoint and the proxy."
            )
        else:
            self._judge_error(bearer, done)
        return None

    def _judge_silence(self, done: Exchange) -> None:
        self._watch.check()
        if done.fatal:
            raise OperationalError(f"{self._operation.name}: {done.problem}")
        error = broken_answer(self._operation.name, done.problem)
        error.unsent = done.unsent
        if done.unsent:
            self._tell(under_way=False)
        self._retry(error, allowed=self._repeatable or done.unsent)

    def _judge_success(self, done: Exchange) -> Response | None:
        name = self._operation.name
        if done.body and not is_json(done.body):
            kind = done.headers.get("content-type", "no content type")
            what = f"the answer is not JSON ({kind}): {excerpt(done.body)}"
            self._retry(broken_answer(name, what, done.request_id, done.status), allowed=self._repeatable)
            return None
        if self._operation.row_path.startswith("payload") and only_errors(done.body):
            status = status_of(read_problem(done.body))
            raise api_error(status, done.body, name, done.request_id)
        headers = {k: v for k, v in done.headers.items() if k != "set-cookie"}
        return Response(done.status, headers, done.body, done.request_id, done.sent_at, done.received_at)

    def _judge_error(self, bearer: _Bearer, done: Exchange) -> None:
        error = api_error(done.status, done.body, self._operation.name, done.request_id, self._parameters)
        if isinstance(error, AccessDenied):
            self._renew(bearer, error, stale=read_problem(done.body).stale_token)
        elif isinstance(error, Throttled):
            self._throttled(error, done.headers)
        else:
            self._retry(error, allowed=is_retryable(error, self._repeatable))

    def _renew(self, bearer: _Bearer, error: AccessDenied, *, stale: bool) -> None:
        """Get another token once if this one is stale, else raise."""
        if not stale or self._renewed or self._request.restricted:
            raise error
        if not self._session._auth.renew(self._operation, bearer.token):
            error.hint = "The access token is over: give a new one, or an OAuthRefreshToken with InitiateOAuth=REFRESH."
            raise error
        self._renewed = True

    def _throttled(self, error: Throttled, headers: Mapping[str, str]) -> None:
        """Remember the 429 and wait as Amazon asks; the bucket, now empty, adds its own wait."""
        session, watch = self._session, self._watch
        self._tell(under_way=False)
        self._throttles += 1
        told = _number(headers.get("x-amzn-ratelimit-limit"))
        if self._own is None:
            session._buckets.penalise(self._key, self._operation.rate, told)
        if self._throttles > session._backoff.max_throttles:
            raise gave_up(error, self._throttles + self._faults, watch.waited)
        now = session._clock.now()
        asked = retry_after(headers.get("retry-after"), now)
        if self._own is not None:
            key, rate = self._narrow = self._own
            session._buckets.postpone(key, rate, max(asked, _SHARE / rate.rate))
            return
        watch.pause(now + session._backoff.throttled_seconds(self._throttles, asked), "throttled")

    def _retry(self, error: ApiError, *, allowed: bool) -> None:
        """Wait before another try, or raise if there is none left."""
        session, watch = self._session, self._watch
        self._faults += 1
        if not allowed or self._faults > session._backoff.max_retries or not session._quota.spend():
            raise gave_up(error, self._faults + self._throttles, watch.waited)
        watch.pause(session._clock.now() + session._backoff.seconds(self._faults), "failed and is tried again")


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


class _Silence(logging.Filter):
    """Drops what httpx and httpcore log of the driver's exchanges: URLs and headers; others' records pass."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - whatever it is
        return not exchanging()


_SILENCE = _Silence()


def _silence() -> None:
    for name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy"):
        # Adding the same filter twice adds it once.
        logging.getLogger(name).addFilter(_SILENCE)
