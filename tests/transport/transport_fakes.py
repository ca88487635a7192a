"""A scripted Amazon on the wire: answers in order, and what was asked."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from amzsql import spapi
from amzsql.clock import VirtualClock
from amzsql.spapi import Operation, Parameter, Rate
from amzsql.transport import Buckets, LwaAuth, RequestRecord, Session, in_process

START = 1_790_000_000.0
ENDPOINT = "https://sellingpartnerapi-na.amazon.com"
ORDERS = spapi.operation("ordersV0.getOrders")
FAST = Operation(
    api="test",
    version="1",
    operation_id="read",
    method="GET",
    path="/things/{id}",
    rate=Rate(10.0, 10),
    parameters=(
        Parameter("id", "path", "string", required=True),
        Parameter("after", "query", "string"),
        Parameter("names", "query", "array", style="csv"),
        Parameter("skus", "query", "array", style="multi"),
        Parameter("x-key", "header", "string"),
    ),
    row_path="payload.things[]",
)
WRITE = Operation(
    api="test",
    version="1",
    operation_id="write",
    method="POST",
    path="/things",
    rate=Rate(10.0, 10),
    read=False,
    parameters=(Parameter("body", "body", "object"),),
)
OK = (200, {}, b'{"payload": {"things": []}}')


@dataclass
class Asked:
    """One request as it arrived."""

    time: float
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


def error(status: int, code: str, message: str = "No.", details: str = "", **headers: str) -> tuple[int, dict, bytes]:
    body = {"errors": [{"code": code, "message": message, "details": details}]}
    return status, {k.replace("_", "-"): v for k, v in headers.items()}, json.dumps(body).encode()


EXPIRED = error(
    403, "Unauthorized", "Access to requested resource is denied.", "The access token you provided has expired."
)


@dataclass
class Amazon:
    """A WSGI application that gives its answers in order and the last one for ever; LWA's likewise."""

    clock: Any
    answers: list[Any] = field(default_factory=lambda: [OK])
    logins: list[Any] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    login_forms: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        if environ["PATH_INFO"] == "/auth/o2/token":
            self.login_forms.append(dict(parse_qsl(body.decode())))
            number = len(self.login_forms)
            granted = (200, {}, json.dumps({"access_token": f"Atza|token{number}", "expires_in": 3600}).encode())
            status, headers, content = self.logins.pop(0) if self.logins else granted
        else:
            sent = {k[5:].replace("_", "-").lower(): v for k, v in environ.items() if k.startswith("HTTP_")}
            sent["content-type"] = environ.get("CONTENT_TYPE", "")
            self.asked.append(
                Asked(
                    self.clock.now(),
                    environ["REQUEST_METHOD"],
                    environ["PATH_INFO"],
                    environ["QUERY_STRING"],
                    sent,
                    body,
                )
            )
            status, headers, content = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        start(f"{status} X", [("x-amzn-requestid", f"r{len(self.asked)}"), *headers.items()])
        return [content]


@dataclass
class Bench:
    """A session over a scripted Amazon, on a virtual clock."""

    clock: VirtualClock
    amazon: Amazon
    session: Session
    buckets: Buckets
    records: list[RequestRecord]

    def gaps(self) -> list[float]:
        """The times of the requests, from the first."""
        return [a.time - self.amazon.asked[0].time for a in self.amazon.asked]


def bench(*answers: Any, logins: Iterable[Any] = (), **options: Any) -> Bench:
    clock = options.pop("clock", None) or VirtualClock(START)
    amazon = Amazon(clock, list(answers) or [OK], list(logins))
    buckets = options.pop("buckets", None) or Buckets(clock)
    records: list[RequestRecord] = []
    auth = options.pop("auth", None) or LwaAuth(
        clock=clock,
        client_id="client",
        client_secret="planted-secret",
        refresh_token="Atzr|planted-refresh",
        endpoint=ENDPOINT,
        rng=random.Random(7),
    )
    session = Session(
        endpoint=ENDPOINT,
        clock=clock,
        auth=auth,
        buckets=buckets,
        transport=in_process(amazon),
        observer=records.append,
        rng=random.Random(7),
        account="shop",
        **options,
    )
    return Bench(clock, amazon, session, buckets, records)


def side_by_side(clock: VirtualClock, works: Iterable[Callable[[], None]]) -> None:
    """Run works as actors and wait for all; the first exception is raised here."""
    problems: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except BaseException as problem:
                problems.append(problem)

        return run

    with clock.actor():
        workers = [clock.thread(guarded(w), f"work{i}") for i, w in enumerate(works)]
        for worker in workers:
            worker.join()
    if problems:
        raise problems[0]


def thread(target: Callable[[], None]) -> threading.Thread:
    worker = threading.Thread(target=target, daemon=True)
    worker.start()
    return worker
