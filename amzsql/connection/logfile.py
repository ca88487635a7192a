"""The log file of a connection (Logfile): one line for each statement, request, token and warning.

Owns what stands in it. It holds no secret, header, body or parameter. How the file is written is `log_writer`'s.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime

from amzsql.errors import ProgrammingError
from amzsql.settings import Settings
from amzsql.transport import RequestRecord
from amzsql.transport.retry import redact

MODULES = ("EXEC", "HTTP", "OAUT", "INFO")
"""Statements, requests, tokens, the rest."""
_LEAST = {"EXEC": 1, "INFO": 1, "HTTP": 2, "OAUT": 3}
_MOST = 2000
# Of a call nothing but the name is told: its arguments may be codes and tokens.
_CALL = re.compile(r"(?is)^\s*((?:explain\s+(?:analyze\s+)?)?(?:exec|execute|call)\s+[\w.\"`\[\]]+).*")


class Log:
    """Writes the lines of one connection; `now` gives the time of each."""

    def __init__(self, settings: Settings, now: Callable[[], float]) -> None:
        self._now = now
        self._account = settings.account
        self._modules = _chosen(settings.log_modules)
        self._verbosity = settings.verbosity
        self._handler = _writer(settings) if settings.logfile else None

    def __call__(self, module: str, text: str) -> None:
        """Write a line, if its module and the verbosity want it."""
        if self._handler is None or module not in self._modules or self._verbosity < _LEAST[module]:
            return
        moment = datetime.fromtimestamp(self._now(), UTC).isoformat(timespec="milliseconds")
        line = f"{moment} {module} {self._account} {redact(_one(text))}"
        self._handler.handle(logging.LogRecord("amzsql.log", logging.INFO, "", 0, line, None, None))

    def request(self, record: RequestRecord) -> None:
        """Write a line on a request that was answered."""
        waited = (
            f", waited {record.waited:.1f} s" if record.waited >= 0.05 and self._verbosity >= _LEAST["OAUT"] else ""
        )
        status = record.status or "no answer"
        self("HTTP", f"{record.operation} {status} {record.seconds:.3f} s, {record.bytes} bytes{waited}")

    def statement(self, text: str, seconds: float, outcome: str) -> None:
        """Write a line on a statement that was run, or began to give its rows."""
        self("EXEC", f"{seconds:.3f} s, {outcome}: {_named(text)[:_MOST]}")


def statement_told(text: str) -> str:
    """Return a statement on one line, without secrets: of a call nothing but its name."""
    return redact(_one(_named(text)))


def _named(text: str) -> str:
    return _CALL.sub(lambda call: f"{call[1]} …", text)


def _one(text: str) -> str:
    """Return a text on one line, without what would steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))


def _chosen(given: tuple[str, ...]) -> frozenset[str]:
    """Return the modules of a list, which semicolons may separate as well."""
    names = [part.strip().upper() for each in given for part in each.split(";") if part.strip()]
    for name in names:
        if name not in MODULES:
            raise ProgrammingError(f"LogModules: there is no module {name}, but {', '.join(MODULES)}.")
    return frozenset(names or MODULES)


def _writer(settings: Settings) -> logging.Handler:
    from amzsql.connection import log_writer  # most connections log nothing

    return log_writer.handler(settings)
