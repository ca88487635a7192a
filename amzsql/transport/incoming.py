"""An answer whose body is read piece by piece, from the socket and no faster than it is wanted.

Imported with the first document of a process. What goes wrong on the way becomes a value, since a traceback through
httpx would hold the address. Knows nothing of documents or of tries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

# isort: off
from amzsql.transport import lean as lean

# isort: on
import httpx

from amzsql.errors import Cancelled
from amzsql.transport.client import describe, is_fatal
from amzsql.transport.guard import Guard, guarded


@dataclass(slots=True)
class Incoming:
    """An answer: status 0 and the `problem` if there is none. `problem` is also what ended its body too early.

    `fatal`: trying again is no use. `guards` makes the guard of each wait for the network.
    """

    guards: Callable[[], Guard] = field(repr=False)
    status: int = 0
    headers: httpx.Headers = field(default_factory=httpx.Headers, repr=False)
    problem: str = ""
    fatal: bool = False
    _answer: httpx.Response | None = field(default=None, repr=False)
    _raw: Iterator[bytes] | None = field(default=None, repr=False)
    _back: bytes = field(default=b"", repr=False)

    def open(self, client: httpx.Client, url: str, headers: Mapping[str, str]) -> None:
        """Send a GET, and take the answer's status and headers."""
        try:
            outgoing = httpx.Request("GET", url, headers=dict(headers))
        except httpx.InvalidURL:
            self.problem, self.fatal = "the address is none", True
            return

        def send() -> bytes:
            self._answer = client.send(outgoing, stream=True, follow_redirects=False)
            self._raw = self._answer.iter_raw()
            return b""

        self._guarded(send)
        if self._answer is not None:
            self.status, self.headers = self._answer.status_code, self._answer.headers

    def read(self) -> bytes:
        """Return the next piece; nothing at the end, which is too early if there is a `problem`."""
        if self._back:
            piece, self._back = self._back, b""
            return piece
        raw = self._raw
        return b"" if raw is None else self._guarded(lambda: next((p for p in raw if p), b""))

    def unread(self, piece: bytes) -> None:
        """Give back the end of the piece that was read last."""
        self._back = piece

    def close(self) -> None:
        """Give the connection back, or up if something is left to be read."""
        with guarded(self.guards()):
            self._raw = None
            if self._answer is not None:
                answer, self._answer = self._answer, None
                answer.close()

    def _guarded(self, step: Callable[[], bytes]) -> bytes:
        try:
            with guarded(self.guards()):
                return step()
        except httpx.HTTPError as error:
            self.problem, self.fatal = describe(error), is_fatal(error)
        except Cancelled:
            self.problem = "cancelled"
        return b""
