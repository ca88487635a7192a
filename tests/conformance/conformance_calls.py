"""A request as the EXEC that sends it, and a server that notes what it is sent and answers what it is told to.

Knows the inputs of procedures only by where their values go.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote

from amzsql import spapi
from amzsql.catalog import procedures
from amzsql.catalog.procedures import Procedure
from amzsql.spapi.model import Operation

TOKEN = {"access_token": "Atza|noted", "token_type": "bearer", "expires_in": 3600}
RESTRICTED = "Atz.sprdt|noted"


@dataclass(frozen=True)
class Sent:
    """A request that came: its operation, its parameters in path and query (lists with commas), its body and token."""

    operation: Operation
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    token: str


@dataclass
class Noting:
    """A WSGI application that notes each call and gives the one answer; `grants` tokens for personal data beside it."""

    answer: bytes
    status: int = 200
    grants: bool = True
    sent: list[Sent] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def __call__(self, environ: Mapping[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        path, method = _raw(environ), environ["REQUEST_METHOD"]
        if path == "/auth/o2/token":
            return self._reply(start, 200, json.dumps(TOKEN).encode())
        token = environ.get("HTTP_X_AMZ_ACCESS_TOKEN", "")
        if self.grants and path == "/tokens/2021-03-01/restrictedDataToken":
            return self._reply(start, 200, json.dumps({"restrictedDataToken": RESTRICTED, "expiresIn": 1}).encode())
        matched = spapi.match(method, path)
        assert matched is not None, f"{method} {path}"
        text = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        query: dict[str, str] = {}
        for name, value in parse_qsl(environ["QUERY_STRING"], keep_blank_values=True):
            query[name] = f"{query[name]},{value}" if name in query else value
        self.sent.append(Sent(matched[0], matched[1], query, json.loads(text) if text else None, token))
        self.headers.append({k.removeprefix("HTTP_").lower(): v for k, v in environ.items() if k.startswith("HTTP_")})
        return self._reply(start, self.status, self.answer)

    def _reply(self, start: Callable[..., Any], status: int, body: bytes) -> list[bytes]:
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start(f"{status} Told", [*headers, ("x-amzn-RateLimit-Limit", "1000.0")])
        return [body]


def _raw(environ: Mapping[str, Any]) -> str:
    """Return the path as it was sent: a slash within a key is told from the others."""
    raw = str(environ.get("RAW_URI", "")).partition("?")[0]
    return raw or quote(environ["PATH_INFO"], safe="/|~:@!$&'()*,;=-._")


def calling() -> dict[str, Procedure]:
    """Return a procedure of each operation that is not a read, by the facts' spelling; it takes the whole body."""
    found: dict[str, Procedure] = {}
    for each in procedures.every(("SellingPartner",)):
        whole = not any("[]." in target for i in each.inputs for target in i.targets)
        if each.operation and not each.own and whole and not spapi.operation(each.operation).read:
            found.setdefault(each.operation, each)
    return found


def call_of(procedure: Procedure, given: Mapping[str, Any], body: Any) -> tuple[str, dict[str, Any], list[str]]:
    """Return a request as EXEC, its parameters, and what of it no input takes."""
    places = {**given, **{f"body.{name}": value for name, value in (body or {}).items()}}
    inputs = {target: i for i in procedure.inputs for target in i.targets}
    values: dict[str, Any] = {}
    for place, value in places.items():
        if place in inputs:
            values[inputs[place].name] = json.dumps(value) if isinstance(value, dict | list) else value
    words = ", ".join(f"{name} = @p{number}" for number, name in enumerate(values))
    parameters = {f"p{number}": value for number, value in enumerate(values.values())}
    return f"EXEC {procedure.name} {words}", parameters, [place for place in places if place not in inputs]
