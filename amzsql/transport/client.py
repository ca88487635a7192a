"""The httpx client of a session: what is sent, what came of it.

Imported with the first request of a process and not before: httpx and what it needs take as long to load as all else
that a statement without a request needs. Knows nothing of throttles, tokens or tries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# isort: off
from amzsql.transport import lean as lean

# isort: on
import httpx

from amzsql.errors import Cancelled
from amzsql.transport.body import BrokenBodyError, read_body
from amzsql.transport.guard import Guard, guarded
from amzsql.transport.network import Network
from amzsql.transport.request import InProcess
from amzsql.transport.retry import redact
from amzsql.transport.wire import NetworkTransport


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came of sending once: an answer, or status 0 and why there is none. `fatal`: trying again is no use.
    `unsent`: nothing reached Amazon."""

    status: int = 0
    headers: httpx.Headers = field(default_factory=httpx.Headers, repr=False)
    body: bytes = field(default=b"", repr=False)
    problem: str = ""
    fatal: bool = False
    unsent: bool = False
    sent_at: float = 0.0
    received_at: float = 0.0

    @property
    def request_id(self) -> str | None:
        """Amazon's id of the request, or None."""
        found: str | None = self.headers.get("x-amzn-requestid")
        return found


def open_client(transport: httpx.BaseTransport | InProcess | None, network: Network) -> httpx.Client:
    """Return a client of the network, of a WSGI application, or of the given transport."""
    if isinstance(transport, InProcess):
        transport = _Inside(app=transport.app)
    return httpx.Client(transport=transport or NetworkTransport(network), trust_env=False, timeout=None)


class _Inside(httpx.WSGITransport):
    """A WSGI application behind httpx, whose lost connections are those of a network."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return super().handle_request(request)
        except ConnectionError as error:
            raise httpx.ReadError(error.strerror or "the connection was lost", request=request) from None


def build(
    client: httpx.Client, method: str, url: str, headers: dict[str, str], body: bytes | None
) -> httpx.Request | str:
    """Return a request, or why there can be none: a traceback through httpx would hold headers."""
    try:
        return client.build_request(method, url, headers=headers, content=body)
    except httpx.InvalidURL as error:
        return redact(str(error))
    except UnicodeError:
        return "a header cannot hold its text"


def transmit(client: httpx.Client, outgoing: httpx.Request, guard: Guard, max_bytes: int) -> Exchange:
    """Send once and read all of the answer.

    A fault on the way becomes a value, and so does cancel(): a traceback through httpx would hold headers.
    """
    try:
        with guarded(guard):
            incoming = client.send(outgoing, stream=True, follow_redirects=False)
            try:
                body = read_body(incoming, max_bytes)
            finally:
                incoming.close()
        return Exchange(incoming.status_code, incoming.headers, body)
    except ImportError:
        return Exchange(problem="a SOCKS proxy needs another package: pip install 'amzsql[socks]'", fatal=True)
    except httpx.HTTPError as error:
        return Exchange(problem=describe(error), fatal=is_fatal(error), unsent=_is_unsent(error))
    except BrokenBodyError as error:
        return Exchange(problem=str(error))
    except Cancelled:
        return Exchange(problem="cancelled")


def redirect_host(headers: Mapping[str, str]) -> str:
    """Return the host that a redirect points to."""
    try:
        return httpx.URL(headers.get("location", "")).host or "the same host"
    except httpx.InvalidURL:
        return "nowhere"


def describe(error: httpx.HTTPError) -> str:
    """Return what happened on the way, in one phrase without a URL."""
    if isinstance(error, httpx.TimeoutException):
        return "no complete answer within the time allowed (Timeout)"
    if isinstance(error, httpx.ProxyError):
        return f"the proxy refused: {redact(str(error))}{_advice(str(error))}"
    if "CERTIFICATE" in str(error).upper():
        return (
            f"the server's certificate is not taken ({redact(str(error))}): if a proxy of yours opens what is"
            " encrypted, or the server is your own, give the certificate of its authority as SSLServerCert"
        )
    return f"{type(error).__name__}: {redact(str(error))}".rstrip(": ")


def _advice(text: str) -> str:
    """Return what to do about a proxy's refusal."""
    if "407" in text or "auth" in text.lower() or "password" in text.lower():
        return " (ProxyUser and ProxyPassword, or FirewallUser and FirewallPassword, are wrong or missing)"
    return ""


def is_fatal(error: httpx.HTTPError) -> bool:
    """Tell whether trying again is no use."""
    return isinstance(error, (httpx.ProxyError, httpx.UnsupportedProtocol)) or "CERTIFICATE" in str(error).upper()


def _is_unsent(error: httpx.HTTPError) -> bool:
    return isinstance(error, (httpx.ConnectError, httpx.PoolTimeout))
