"""The consent of an account's owner: the address of its page, and the code that comes back.

Owns what is sent to the page of Seller Central or Vendor Central, what its way back says, and the listener that a page
of the user's own may forward that to. Knows nothing of tokens: a code is handed on, and never shown.

Amazon leads nobody to this machine: CallbackURL is an https page of the user's own. It forwards what came after its
question mark to ``http://127.0.0.1:<CallbackPort>/``, or the user pastes the address that he landed on.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from amzsql.clock import Clock, Event
from amzsql.errors import AuthError, OperationalError, ProgrammingError
from amzsql.settings import Secret, Settings
from amzsql.settings.values import LOOPBACK
from amzsql.spapi import consent_hosts
from amzsql.spapi.model import Partner

CODE_SECONDS = 300
"""How long a code lives."""
_PAGE = (
    "<!DOCTYPE html><html><head><title>amzsql</title></head><body><p>{} You may close this window.</p></body></html>"
)
_MOST = 8192


@dataclass(frozen=True, slots=True)
class Granted:
    """What came back from the page: the code, and the selling partner's id where it was told."""

    code: Secret
    partner: str = ""


def address(settings: Settings, partner: Partner, state: str, callback: str | None = None) -> str:
    """Return the address of the consent page of the connection's first marketplace.

    Raises:
        ProgrammingError: AppId or Marketplace is missing, and the message says where each is found.
    """
    if not settings.app_id:
        raise ProgrammingError(
            "The consent page needs AppId, the application's id (amzn1.sp.solution.…): the developer console shows it"
            " under Develop Apps, beside the application's name. It is not the client id."
        )
    back = settings.callback_url if callback is None else callback
    asked = {"application_id": settings.app_id, "state": state}
    asked |= {"version": "beta"} if settings.oauth_app_status == "Draft" else {}
    asked |= {"redirect_uri": back} if back else {}
    return f"{_base(settings, partner)}{consent_hosts.PATH}?{urlencode(asked, quote_via=quote)}"


def _base(settings: Settings, partner: Partner) -> str:
    if settings.endpoint and urlsplit(settings.endpoint).hostname in LOOPBACK:
        return settings.endpoint  # a stand-in on this machine has a page of its own
    if not settings.marketplace:
        raise ProgrammingError(
            "The consent page is one of a marketplace's: name it with the property Marketplace, such as Marketplace=DE."
        )
    return f"https://{consent_hosts.host(settings.marketplace[0].id, partner).name}"


def landed(text: str, state: str) -> Granted:
    """Read the address that the page led back to, or a code alone.

    Raises:
        AuthError: it was denied, is of another authorisation, or holds no code. Nothing of it is told.
    """
    given = text.strip().strip("\"'<>")
    if re.fullmatch(r"[\x21-\x7e]{8,}", given) and not re.search(r"[?&]|://|spapi_oauth_code", given):
        return Granted(Secret(given))
    query = parse_qs(urlsplit(given).query or given.rpartition("?")[2])
    return granted({name: values[0] for name, values in query.items()}, state)


def granted(query: Mapping[str, str], state: str) -> Granted:
    """Return what the way back's query grants; AuthError as `landed` says."""
    if "error" in query:
        kind = re.sub(r"[^\w .-]", "", query["error"])[:60]
        raise AuthError(f"The account's owner did not let the application in ({kind}): nothing was changed.")
    code = query.get("spapi_oauth_code", "")
    if not code:
        raise AuthError("That address holds no code (spapi_oauth_code): copy the one that Amazon led you to, whole.")
    if query.get("state") != state:
        raise AuthError("What came back belongs to another authorisation (its state differs): begin again.")
    return Granted(Secret(code), query.get("selling_partner_id", ""))


@dataclass
class Arrival:
    """What has come back so far: the listener and whoever pastes an address tell it here."""

    clock: Clock
    state: str
    event: Event = field(init=False)
    granted: Granted | None = None
    problem: AuthError | None = None

    def __post_init__(self) -> None:
        self.event = self.clock.event()

    def tell(self, text: str) -> bool:
        """Take an address, and return whether it grants anything; what is wrong with it ends the waiting."""
        try:
            self.granted = landed(text, self.state)
        except AuthError as error:
            self.problem = error.with_traceback(None)
        self.event.set()
        return self.granted is not None

    def result(self) -> Granted:
        """Return what was granted; AuthError for what was not."""
        if self.problem is not None:
            raise self.problem
        if self.granted is None:
            raise AuthError(
                "Nobody came back from the consent page in time: begin again, and forward or paste the address that"
                f" Amazon leads to within {CODE_SECONDS // 60} minutes. If the page shows MD1000, AppId is wrong, or"
                " the application is a draft (OAuthAppStatus=Draft); if MD5101, CallbackURL is not registered for it;"
                " if MD5100, it is a private application, which is authorised in the developer console."
            )
        return self.granted


@contextmanager
def listening(arrival: Arrival, port: int) -> Iterator[int]:
    """Listen on this machine for what the user's page forwards, while the context lasts; yield the port.

    Raises:
        OperationalError: something else listens there.
    """
    try:
        server = _Server(("127.0.0.1", port), _Handler)
    except OSError as error:
        raise OperationalError(
            f"Port {port} of this machine is not free ({error.strerror}): name another with CallbackPort, and let your"
            " page forward to that one."
        ) from None
    server.arrival = arrival
    worker = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    worker.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        worker.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    arrival: Arrival


class _Handler(BaseHTTPRequestHandler):
    """Takes the first request with a query; tells no log."""

    server: _Server
    timeout = 10

    def do_GET(self) -> None:
        query = urlsplit(self.path).query
        if len(self.path) > _MOST or not ("spapi_oauth_code=" in query or "error=" in query):
            self._answer(404, "Nothing is here.")
        elif self.server.arrival.tell(f"?{query}"):
            self._answer(200, "amzsql has been let in.")
        else:
            self._answer(400, "That was not accepted: amzsql says why.")

    def _answer(self, status: int, text: str) -> None:
        body = _PAGE.format(text).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Say nothing: the address holds the code."""
