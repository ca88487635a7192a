"""Which answers are tried again, after how long, and what the others are called.

Knows Amazon's error bodies and codes; sends nothing.
"""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from amzsql.errors import ApiError, ServerError, Throttled, api_error_class

THROTTLE_TRIES = 12
LONGEST = 60.0
TRANSIENT = frozenset({408, 425, 500, 502, 503, 504})
_SECRETS = re.compile(
    r"(?i)Atz[a-z]\|[^\s\"'&,;]+|amzn1\.oa2-cs\.[\w.\-]+"
    r"|(?:X-Amz-(?:Signature|Security-Token|Credential)|Signature|access_token|refresh_token|client_secret)"
    r"(?:=|\"\s*:\s*\")[^&\s\"']+"
)
_STALE_TOKEN = re.compile(r"(?i)(access|security|restricted data) token\b.*\b(expired|revoked|malformed|invalid)")
# A 403 that speaks of the token is not about a role.
_TOKEN = re.compile(r"(?i)\btoken\b")
# How the pricing API says that a product is unknown in a marketplace, under the code of any wrong parameter.
_NOT_SOLD_THERE = re.compile(r"is an invalid (ASIN|SKU|SellerSKU) for marketplace")

# What to do about a code, or else about a status. Codes are compared without case.
HINTS_BY_CODE: Mapping[str, str] = {
    "quotaexceeded": "Another program may share this quota; set Reserve or RateShare, or wait.",
    "requestthrottled": "Another program may share this quota; set Reserve or RateShare, or wait.",
    "invalidsignature": "The request was changed on its way, maybe by a proxy.",
    "resourcenotfound": "No such thing in this account and marketplace.",
    "entitynotfound": "No such thing in this account and marketplace.",
    "duplicaterequest": "Amazon has had this request already.",
    "requesttimedout": "Ask for less at once: a shorter period, fewer ids.",
}
_STATUS_BY_CODE: Mapping[str, int] = {
    "invalidinput": 400,
    "invalidrequest": 400,
    "badrequest": 400,
    "unauthorized": 403,
    "accessdenied": 403,
    "notfound": 404,
    "resourcenotfound": 404,
    "entitynotfound": 404,
    "quotaexceeded": 429,
    "requestthrottled": 429,
}
HINTS_BY_STATUS: Mapping[int, str] = {
    400: "Check the values in the filter.",
    401: "Check the credentials and that the application is authorised for this seller.",
    403: "The application may lack the role for this operation, the seller may have authorised it before the role was "
    "added (authorise again), or the endpoint may be another region's than the refresh token's.",
    404: "No such thing in this account, or the operation was removed.",
    413: "The request is too large: ask for fewer things at once.",
    415: "Amazon does not take this content type.",
    429: "The quota of this operation is used up; try again later.",
    500: "A fault at Amazon's; try again later.",
    503: "Amazon is busy; try again later.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """An error body in one shape: Amazon has five."""

    code: str | None = None
    message: str = ""
    details: str = ""

    @property
    def stale_token(self) -> bool:
        """Whether the access token, and not the permission, is the matter."""
        return bool(_STALE_TOKEN.search(f"{self.message} {self.details}"))


def redact(text: str) -> str:
    """Return the text without anything that looks like a token, a secret or a signature."""
    return _SECRETS.sub("***", text)


def read_problem(body: bytes) -> Problem:
    """Return what an error body says; an empty Problem if it says nothing.

    Accepts ``{"errors": […]}``, a bare list, either inside ``payload``, one object, and LWA's ``error``.
    """
    try:
        found = _first_error(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Problem(message=excerpt(body))
    if found is None:
        return Problem()
    code = found.get("code") or found.get("error")
    message = found.get("message") or found.get("error_description") or ""
    return Problem(str(code) if code else None, redact(str(message)), redact(str(found.get("details") or "")))


def _first_error(value: Any) -> dict[str, Any] | None:
    if isinstance(value, list):
        return _first_error(value[0]) if value else None
    if not isinstance(value, dict):
        return None
    for wrapper in ("errors", "payload"):
        inner = _first_error(value.get(wrapper))
        if inner is not None:
            return inner
    return value if value.keys() & {"code", "message", "error"} else None


def excerpt(body: bytes) -> str:
    """Return the beginning of a body that is not JSON, in one line and without secrets."""
    return " ".join(redact(body[:400].decode("utf-8", "replace")).split())[:200]


# The parameters that say whose data is asked for, and the properties that they come from.
_WHOSE = {
    "marketplaceid": "Marketplace",
    "marketplaceids": "Marketplace",
    "sellerid": "SellerId",
}


def whose(parameters: Mapping[str, object]) -> str:
    """Return a hint at the marketplaces and the seller that a refused request named, or an empty text."""
    found = []
    for name, value in parameters.items():
        told = _WHOSE.get(name.lower())
        if told is not None and value:
            text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            found.append(f"{name}={text} (property {told})")
    if not found:
        return ""
    return f" The request named {' and '.join(found)}: the account must take part in each marketplace, and own the id."


def api_error(
    status: int, body: bytes, operation: str, request_id: str | None, parameters: Mapping[str, object] = {}
) -> ApiError:
    """Return the error for an answer, with Amazon's code and what to do; `parameters` are those of the request."""
    problem = read_problem(body)
    said = " ".join(p.rstrip(".") + "." for p in (problem.message, problem.details) if p)
    code = (problem.code or "").lower()
    hint = HINTS_BY_CODE.get(code) or HINTS_BY_STATUS.get(status, "")
    if status == 403 and code not in HINTS_BY_CODE and not _TOKEN.search(said):
        from amzsql.transport.access import missing_role  # with the facts about roles, which nobody else needs

        hint = missing_role(operation, parameters)
    if status == 403 or (status == 400 and re.search(r"(?i)marketplace|seller", said)):
        hint += whose(parameters)
    return api_error_class(status)(
        said or "no explanation was given.",
        status=status,
        code=problem.code,
        operation=operation,
        request_id=request_id,
        hint=hint.strip(),
    )


def is_not_found(error: ApiError) -> bool:
    """Tell whether Amazon says that a thing does not exist: a 404, or some APIs' 400 with such a code or words."""
    code = (error.code or "").lower()
    absent = code in {"resourcenotfound", "entitynotfound", "notfound"} or _NOT_SOLD_THERE.search(str(error))
    return error.status == 404 or (error.status == 400 and bool(absent))


def is_stale(error: ApiError) -> bool:
    """Tell whether Amazon says that a token is over, and not that a role is missing."""
    return bool(_STALE_TOKEN.search(str(error.args[0])))


def status_of(problem: Problem) -> int:
    """Return the status that should have come with errors that came with a 200."""
    return _STATUS_BY_CODE.get((problem.code or "").lower(), 500)


def retry_after(header: str | None, now: float) -> float:
    """Return the seconds that a Retry-After header asks for, given as such or as a date; 0 without one."""
    try:
        return max(0.0, float(header or 0))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header or "").timestamp() - now)
    except ValueError:
        return 0.0


@dataclass(slots=True)
class Quota:
    """Retries left to a session: an outage must not multiply its load. A retry costs, a success gives back."""

    size: int = 500
    cost: int = 5
    left: int = 500
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def spend(self) -> bool:
        """Take the cost of one retry; False if there is too little left."""
        with self._lock:
            if self.left < self.cost:
                return False
            self.left -= self.cost
            return True

    def refund(self) -> None:
        """Give one back for a success."""
        with self._lock:
            self.left = min(self.size, self.left + 1)


class Backoff:
    """How long to wait before the next try: full jitter under an exponential bound."""

    def __init__(self, max_retries: int, retry_wait: float, rng: random.Random) -> None:
        self.max_retries = max_retries
        # A 429 is no fault, and each is followed by a wait for the bucket: more of them are put up with.
        self.max_throttles = max(THROTTLE_TRIES, max_retries) if max_retries else 0
        self._first = retry_wait
        self._rng = rng

    def seconds(self, tries: int) -> float:
        """Return the wait after that many failed tries (1, 2, …)."""
        return self._rng.uniform(0, min(LONGEST, self._first * 2 ** (tries - 1)))

    def throttled_seconds(self, tries: int, least: float) -> float:
        """Return the wait after a 429: what Amazon asks for and some jitter."""
        return least + self.seconds(tries)


def gave_up(error: ApiError, tries: int, waited: float) -> ApiError:
    """Return the error of a last try, telling what was done about it."""
    if tries > 1:
        error.args = (f"{error.args[0].rstrip('.')} (tried {tries} times, waited {waited:.0f} s).",)
    return error


def broken_answer(operation: str, what: str, request_id: str | None = None, status: int = 0) -> ServerError:
    """Return the error for an exchange that gave no usable answer."""
    return ServerError(what, status=status, operation=operation, request_id=request_id, hint="Try again later.")


def is_retryable(error: ApiError, repeatable: bool) -> bool:
    """Tell whether the same request may be sent again: after a 429 always, after other faults if that does no harm."""
    if isinstance(error, Throttled):
        return True
    transient = isinstance(error, ServerError) and (error.status < 400 or error.status in TRANSIENT)
    return repeatable and transient
