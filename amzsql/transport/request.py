"""One call of an operation, and its answer; how the one becomes a URL, headers and a body.

Values never change a request's shape: each is encoded where it stands. Sends nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from urllib.parse import quote

import msgspec

from amzsql.errors import InternalError, ProgrammingError, nearest
from amzsql.spapi.bodies import ROOT
from amzsql.spapi.model import Operation, Parameter
from amzsql.transport.bodies import body_of

_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Request:
    """One call: the operation and its parameters by Amazon's names, wherever they go (path, query, header, body).

    Lists are tuples, times aware datetimes. A body stands in `body`, under the name of its parameter, or field by field
    under their paths. `repeatable`: sent twice it does the same as once, though it is no read. `restricted`:
    the token for personal data that goes instead of the account's.
    """

    operation: Operation
    parameters: Mapping[str, object]
    body: object | None = None
    repeatable: bool = False
    restricted: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class InProcess:
    """A WSGI application that answers instead of the network."""

    app: Callable[..., Any]


def in_process(app: Callable[..., Any]) -> InProcess:
    """Return what a session takes for a transport to a WSGI application, such as the simulator."""
    return InProcess(app)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer with a status of success. Times are seconds since the epoch on the clock of the session."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    request_id: str | None
    sent_at: float
    received_at: float

    def json(self) -> Any:
        """Return the body decoded; None if it is empty."""
        return msgspec.json.decode(self.body) if self.body else None


@dataclass(frozen=True, slots=True)
class Encoded:
    """A request as it goes out: path and query, own headers, body."""

    target: str
    headers: Mapping[str, str]
    body: bytes | None


def encode(request: Request) -> Encoded:
    """Return the request as it goes out. ProgrammingError for a value that cannot be sent."""
    operation = request.operation
    by_name = {p.name: p for p in (*operation.parameters, *operation.body_fields)}
    path, query, headers, body = operation.path, list[str](), dict[str, str](), request.body
    fields: dict[str, object] = {}
    for name, value in request.parameters.items():
        parameter = by_name.get(name)
        if parameter is None:
            raise InternalError(f"{operation.name} has no parameter {name}.{nearest(name, by_name)}")
        if value is None:
            continue
        if name.startswith((f"{ROOT}.", f"{ROOT}[]")):
            fields[name] = value
        elif parameter.location == "body":
            body = value
        elif parameter.location == "path":
            path = path.replace(f"{{{name}}}", _segment(operation, name, value))
        elif parameter.location == "header":
            headers[name] = _header(operation, name, value)
        else:
            query.extend(f"{quote(name, safe='')}={v}" for v in _values(parameter, value))
    if fields or (operation.body_fields and body is None):
        body = body_of(operation, fields)
    if missing := re.search(r"\{([^}]*)\}", path):
        raise ProgrammingError(f"{operation.name} needs a value for {missing[1]}.")
    content = None if body is None else _ENCODER.encode(body)
    return Encoded(path + (f"?{'&'.join(query)}" if query else ""), headers, content)


def _values(parameter: Parameter, value: object) -> list[str]:
    """Return the encoded values of a query parameter: one, or with style multi one for each item."""
    if not isinstance(value, (tuple, list, set, frozenset)):
        return [quote(as_text(value), safe="")]
    items = [quote(as_text(v), safe="") for v in value]
    return items if parameter.style == "multi" else [",".join(items)]


def _segment(operation: Operation, name: str, value: object) -> str:
    text = as_text(value)
    if not text:
        raise ProgrammingError(f"{operation.name}: {name} is empty.")
    # quote() leaves dots alone, but ``..`` between slashes would climb to another operation.
    return quote(text, safe="") if text.strip(".") else text.replace(".", "%2E")


def _header(operation: Operation, name: str, value: object) -> str:
    text = as_text(value)
    if not re.fullmatch(r"[\x20-\x7e]*", text):
        raise ProgrammingError(f"{operation.name}: {name} holds characters that a header cannot.")
    return text


def as_text(value: object) -> str:
    """Return a parameter's value in Amazon's spelling: times in UTC as ISO 8601, booleans as true and false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return as_text(value.value)
    if isinstance(value, (tuple, list)):
        return ",".join(as_text(v) for v in value)
    return str(value)


def _time(value: datetime) -> str:
    if value.tzinfo is None:
        raise InternalError("a time without a zone cannot be sent")
    there = value.astimezone(UTC)
    precision = "milliseconds" if there.microsecond % 1000 == 0 else "microseconds"
    return there.isoformat(timespec=precision if there.microsecond else "seconds").replace("+00:00", "Z")
