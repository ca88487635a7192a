"""What the simulator reads from a WSGI environment, and what it answers with. Knows nothing of operations' meaning."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote

from amzsql import spapi
from amzsql.spapi.model import Operation

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came. `path` is still escaped; the names of `headers` are in lower case; `base` is its origin.

    `query` has the values of each parameter. `remote` is the address of who asks, empty where there is no network.
    """

    method: str
    path: str
    query: Mapping[str, tuple[str, ...]]
    headers: Mapping[str, str]
    body: bytes
    base: str
    remote: str = ""

    @property
    def token(self) -> str:
        """The access token, empty without one."""
        return self.headers.get("x-amz-access-token", "")

    @property
    def content_type(self) -> str:
        """The media type of the body, empty without one."""
        return self.headers.get("content-type", "")

    @property
    def parameters(self) -> dict[str, str]:
        """The query with the values of a list joined by commas."""
        return {name: ",".join(values) for name, values in self.query.items()}

    @property
    def host(self) -> str:
        """The host that was called, without a port."""
        return self.headers.get("host", "").partition(":")[0].lower()


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a body and the headers beyond those that every answer has. `wire`: how the server is to spoil it."""

    status: int
    body: bytes
    headers: Headers = ()
    content_type: str = "application/json"
    wire: Mapping[str, Any] = field(default_factory=dict)


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
    headers = {k[5:].replace("_", "-").lower(): v for k, v in environ.items() if k.startswith("HTTP_")}
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    # Not by the Host header: python-amazon-sp-api sends one that leads nowhere unless the endpoint is https.
    host, port = environ.get("SERVER_NAME") or headers.get("host", ""), environ.get("SERVER_PORT", "")
    scheme = environ.get("wsgi.url_scheme", "http")
    base = f"{scheme}://{host}" if port in ("", "80", "443") else f"{scheme}://{host}:{port}"
    remote = environ.get("REMOTE_ADDR", "")
    query = _read_query(environ.get("QUERY_STRING", ""))
    return Request(environ["REQUEST_METHOD"], path, query, headers, body, base, remote)


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


def _read_query(text: str) -> dict[str, tuple[str, ...]]:
    out: dict[str, tuple[str, ...]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        out[name] = (*out.get(name, ()), value)
    return out


def read_json(request: Request) -> Any:
    """Return a request's body as JSON, None without one; ValueError if it is none."""
    return json.loads(request.body) if request.body else None
