"""A server that answers each operation with a recorded body, and judges what it is asked by the facts.

Knows nothing of the catalog: it serves whatever was recorded. A first page is answered with the body as it is; if that
has a token for a next page, the request with the token gets the same body without rows and without a token.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

from asking import body_field

from amzsql import spapi
from amzsql.clock import Clock
from amzsql.spapi import validate
from amzsql.spapi.model import Operation
from amzsql.transport import next_operation

SHARED = Path(__file__).resolve().parents[3] / "shared" / "spapi"
TOKEN = {"access_token": "Atza|replayed", "token_type": "bearer", "expires_in": 3600}


@dataclass(frozen=True)
class Case:
    """A recorded answer of one operation: where it is from, the request as it was recorded, and the body."""

    operation: str
    source: str
    request: Mapping[str, Any]
    body: Any


@dataclass(frozen=True)
class Asked:
    """A request that came: its operation and its parameters, decoded, those of the path included."""

    operation: Operation
    given: Mapping[str, Any]

    @property
    def with_token(self) -> bool:
        """Whether it asked for a further page."""
        return self.operation.paging is not None and bool(self.given.get(self.operation.paging.token_parameter))


@dataclass
class Replay:
    """A WSGI application with one answer. `asked` are the requests, `problems` what Amazon would refuse of them."""

    case: Case
    clock: Clock
    asked: list[Asked] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    logins: int = 0

    def __call__(self, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        status, body = self._answer(environ)
        text = json.dumps(body, default=_number).encode()
        headers = [("Content-Type", "application/json"), ("x-amzn-RequestId", "replayed")]
        start_response(status, [*headers, ("x-amzn-RateLimit-Limit", "1000.0"), ("Content-Length", str(len(text)))])
        return [text]

    @property
    def _own(self) -> Operation:
        return spapi.operation(self.case.operation)

    def _answer(self, environ: Mapping[str, Any]) -> tuple[str, Any]:
        path = environ["PATH_INFO"]
        if path == "/auth/o2/token":
            self.logins += 1
            return "200 OK", TOKEN
        if path == "/tokens/2021-03-01/restrictedDataToken":
            return "200 OK", {"restrictedDataToken": TOKEN["access_token"], "expiresIn": 3600}
        matched = spapi.match(environ["REQUEST_METHOD"], quote(path, safe="/|~:@!$&'()*,;=-._"))
        if matched is not None and matched[0] == next_operation(self._own) != self._own:
            # Where another operation goes on with the pages, it has no more rows.
            return "200 OK", _without_rows(matched[0])
        if matched is None or matched[0].name != self.case.operation:
            self.problems.append(f"asked {environ['REQUEST_METHOD']} {path}, recorded is {self.case.operation}")
            return "404 Not Found", {"errors": [{"code": "NotFound", "message": "not recorded"}]}
        operation, given = matched
        query: dict[str, list[str]] = {}
        for name, value in parse_qsl(environ["QUERY_STRING"], keep_blank_values=True):
            query.setdefault(name, []).append(value)
        sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        body = json.loads(sent) if sent else None
        self.problems += [p.message for p in validate.problems(operation, given, query, body, now=self.clock.now())]
        if environ.get("HTTP_X_AMZ_ACCESS_TOKEN") != TOKEN["access_token"]:
            self.problems.append("the access token is not the one that was granted")
        fields = {p.name: body_field(body, p.name) for p in operation.body_fields}
        listed = {n: ",".join(v) for n, v in query.items()}
        self.asked.append(Asked(operation, {**given, **listed, **{n: v for n, v in fields.items() if v is not None}}))
        return "200 OK", _without_rows(operation) if self.asked[-1].with_token else self.case.body


def _number(value: Any) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)


def _without_rows(operation: Operation) -> Any:
    """Return the emptiest answer of an operation."""
    body: Any = []
    for name in reversed(operation.row_path.partition("[]")[0].split(".")):
        body = {name: body}
    return body


def recorded() -> dict[str, list[Case]]:
    """Return the recorded answers by operation: Amazon's cases of success, then its examples."""
    found: dict[str, list[Case]] = {}
    for line in (SHARED / "sandbox_cases.jsonl").read_text().splitlines():
        case = json.loads(line)
        if 200 <= int(case["status"]) < 300 and case["response"] is not None:
            _add(found, case, "case", case["request"])
    for line in (SHARED / "examples.jsonl").read_text().splitlines():
        example = json.loads(line)
        if 200 <= int(example["status"]) < 300:
            body = example["response"]
            named = example["name"] == "application/json"
            _add(found, example | {"response": body if named else {example["name"]: body}}, "example", {})
    return found


def _add(found: dict[str, list[Case]], record: Mapping[str, Any], source: str, request: Mapping[str, Any]) -> None:
    name = f"{record['api']}.{record['operationId']}"
    cases = found.setdefault(name, [])
    cases.append(Case(name, f"{source} {len(cases) + 1}", copy.deepcopy(dict(request)), record["response"]))
