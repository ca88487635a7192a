"""One call to the simulated Amazon, and how it ends: the vocabulary that the application and the handlers share."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from amzsql.marketplaces import by_id
from amzsql.spapi.model import Operation

from .accounts import DEFAULT, Account, of_partner
from .paging import Pages, Signer
from .store import Store
from .world import MARKET_OF_ID, World


class CallError(Exception):
    """The call ends with an error body of Amazon's shape."""

    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.details = status, code, message, details

    def body(self) -> bytes:
        """Return the error body."""
        error = {"code": self.code, "message": self.message, "details": self.details}
        return json.dumps({"errors": [error]}).encode()


def invalid(message: str) -> CallError:
    """Return the refusal of a request that is not as it should be."""
    return CallError(400, "InvalidInput", message)


def denied(details: str = "") -> CallError:
    """Return the refusal of what a token may not see."""
    return CallError(403, "Unauthorized", "Access to requested resource is denied.", details)


def check_own(call: Call, seller_id: str) -> None:
    """Refuse the id of another account; one that is nobody's is taken for the caller's, who need not know his own."""
    if (of_partner(seller_id) or call.account) is not call.account:
        raise denied()


def not_found(what: str) -> CallError:
    """Return the refusal of a key that names nothing."""
    return CallError(404, "NotFound", f"There is no {what}.")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer whose status or headers are not the operation's usual ones. Without `status` it is the usual one."""

    body: bytes
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was let in: its operation, parameters, time and what its token may see.

    `pii` holds the data elements of a restricted data token; it is None when the call came with an ordinary token.
    `store` holds what was written to the account, `application` what the application owns (an application alone, with
    a grantless token, has only that). `headers` are the request's, their names in lower case; `base` is the origin that
    was called, for addresses of documents. `throttled` is False where no quota is to be kept. `pii_role` tells whether
    the application may see personal data where no restricted token is asked for (orders 2026-01-01). `fault` is the
    kind of a fault that strikes the call, for answers that have to show it: fatal, stuck and expired_url.
    """

    operation: Operation
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    now: float
    world: World
    pages: Pages
    position: Any = None
    pii: frozenset[str] | None = None
    account: Account = DEFAULT
    store: Store = field(default_factory=lambda: Store(""))
    application: Store = field(default_factory=lambda: Store(""))
    headers: Mapping[str, str] = field(default_factory=dict)
    base: str = ""
    signer: Signer = field(default_factory=lambda: Signer(b""))
    throttled: bool = True
    pii_role: bool = True
    fault: str = ""

    def get(self, name: str, default: str = "") -> str:
        """Return a parameter's text."""
        return self.query.get(name, default)

    def many(self, name: str) -> tuple[str, ...]:
        """Return the values of a list parameter."""
        return tuple(v for v in self.query.get(name, "").split(",") if v)

    def time(self, name: str) -> float | None:
        """Return a time parameter in seconds since the epoch, None if it is absent."""
        text = self.query.get(name)
        return None if not text else parse_time(text)

    def flag(self, name: str) -> bool:
        """Return a boolean parameter."""
        return self.query.get(name, "").lower() == "true"

    def markets(self, name: str) -> frozenset[int]:
        """Return the numbers of the marketplaces asked for; refuse those that are not the seller's."""
        return frozenset(self.market(name, marketplace_id) for marketplace_id in self.many(name))

    def market(self, name: str, marketplace_id: str) -> int:
        """Return the number of a marketplace that a parameter names; refuse one that is not the account's."""
        place = by_id(marketplace_id)
        if place is None or place.region != self.account.region:
            raise invalid(f"{name}: {marketplace_id} is no marketplace of this region.")
        number = MARKET_OF_ID.get(marketplace_id)
        if number is None or number not in self.world.markets:
            raise denied()
        return number


Handler = Callable[[Call], bytes | Reply]


def parse_time(text: str) -> float:
    """Return an ISO 8601 time in seconds since the epoch; without an offset it is UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid(f"{text} is no ISO 8601 time.") from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def dump(value: object) -> bytes:
    """Return a value as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


_in_quotes = json.JSONEncoder(ensure_ascii=False).encode


@functools.lru_cache(maxsize=100_000)
def quote(text: str) -> str:
    """Return a text as a JSON string."""
    return _in_quotes(text)


@functools.lru_cache(maxsize=4096)
def _day(number: int) -> str:
    return datetime.fromtimestamp(number * 86_400, UTC).strftime("%Y-%m-%d")


# The minutes of a day and the seconds of a minute: most times are written once only.
_MINUTES = tuple(f"T{n // 60:02}:{n % 60:02}:" for n in range(24 * 60))
_SECONDS = tuple(f"{n:02}Z" for n in range(60))


def iso(seconds: int) -> str:
    """Return a time as Amazon spells it."""
    day, rest = divmod(seconds, 86_400)
    return _day(day) + _MINUTES[rest // 60] + _SECONDS[rest % 60]


def amount(cents: int) -> str:
    """Return hundredths of a currency as a decimal text."""
    if cents < 0:
        return "-" + amount(-cents)
    return f"{cents // 100}.{cents % 100:02}"
