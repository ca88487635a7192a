"""What people in Superset are told of the driver's errors: shorter, and what they can do there.

Each message is a pattern of the driver's text, what is said with its groups, and the name of Superset's kind of error.
Must not know Superset: what is here is tested without it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One kind of error: the driver's text, what is said instead, and what Superset calls it."""

    pattern: re.Pattern[str]
    text: str
    kind: str


def _message(pattern: str, text: str, kind: str) -> Message:
    return Message(re.compile(pattern, re.DOTALL), text, kind)


# What stands around the driver's own words.
_AROUND = re.compile(
    r"(?:\(builtins\.NoneType\) None\s+\[SQL: )?(?:\(amzsql\.errors\.\w+\) )?(?P<said>.*?)"
    r"(?:\s*\[SQL: .*)?(?:\s*\(Background on this error at: .*)?",
    re.DOTALL,
)


def plain(text: str) -> str:
    """Return an error in the driver's words, without what SQLAlchemy adds."""
    found = _AROUND.fullmatch(text)
    assert found is not None  # whatever there is, is said
    return found["said"]


_AS_IT_IS = "%(said)s"
_AGAIN = "Run it again in about %(again)s: it is not ordered twice."

# The first that fits is taken.
MESSAGES: tuple[Message, ...] = (
    _message(
        r"Report \S+ \((?P<what>.*?)\) is not there yet: .*ask the same again in about (?P<again>[^,]+),",
        f"Amazon is still making the report %(what)s. {_AGAIN}",
        "CONNECTION_DATABASE_TIMEOUT",
    ),
    _message(
        r"Data Kiosk query \S+ \((?P<what>.*?)\) is not answered yet: .*ask the same again in about (?P<again>[^,]+),",
        f"Amazon is still working on the Data Kiosk query %(what)s. {_AGAIN}",
        "CONNECTION_DATABASE_TIMEOUT",
    ),
    _message(
        r"The statement needs (?P<cost>.+?) on Amazon's clock; "
        r"it may use (?P<limits>\d+ requests? \(MaxRequests\).*?)\. (?P<advice>.*)",
        "More than this connection may ask: this needs %(cost)s on Amazon's clock, and may use %(limits)s. %(advice)s",
        "GENERIC_DB_ENGINE_ERROR",
    ),
    _message(
        r"(?P<operation>[\w.-]+): the statement has used its (?P<most>\d+ requests? \(MaxRequests\))\. (?P<advice>.*)",
        "More than this connection may ask: the statement has used its %(most)s. %(advice)s",
        "GENERIC_DB_ENGINE_ERROR",
    ),
    _message(
        r"The statement needs (?P<cost>.+?) on Amazon's clock; it may use (?P<limits>.+?)\. (?P<advice>.*)",
        "Too slow for Superset: this needs %(cost)s on Amazon's clock, and may use %(limits)s. %(advice)s",
        "CONNECTION_DATABASE_TIMEOUT",
    ),
    _message(
        r"(?P<operation>[\w.-]+): [^:]*the next call is possible in (?P<wait>\d+) s, but the statement has",
        "Throttled: Amazon lets %(operation)s be called again in %(wait)s s, which is longer than Superset waits. Run"
        " it again then, or ask for less.",
        "CONNECTION_DATABASE_TIMEOUT",
    ),
    _message(
        r"(?:statement's time is up|The statement ran out of time)",
        "Too slow for Superset: Amazon did not give all rows in time. Narrow the time that is asked for, or add a"
        " LIMIT.",
        "CONNECTION_DATABASE_TIMEOUT",
    ),
    _message(
        r"(?P<operation>[\w.-]+) answered 429",
        "Throttled: Amazon's quota of %(operation)s is used up, by this or by other software of the account. Run it"
        " again in a few minutes.",
        "CONNECTION_DATABASE_TIMEOUT",
    ),
    _message(
        r"(?P<said>(?P<operation>[\w.-]+) answered 40[13].*)",
        "No access: %(said)s",
        "CONNECTION_DATABASE_PERMISSIONS_ERROR",
    ),
    _message(
        r"(?P<said>[\w.-]+ answered 5\d\d.*)",
        "Amazon has a fault, which is often over in a few minutes: %(said)s",
        "CONNECTION_HOST_DOWN_ERROR",
    ),
    _message(
        r"(?P<said>(?:[\w.-]+ gave no answer|Login with Amazon gives no token).*)",
        "Amazon was not reached: %(said)s",
        "CONNECTION_HOST_DOWN_ERROR",
    ),
    _message(
        r"(?P<said>[\w.-]+ answered 200: .*)",
        "Amazon's answer was cut off or broken: %(said)s",
        "CONNECTION_HOST_DOWN_ERROR",
    ),
    _message(
        r"(?:amzsql error: )?(?P<what>[^\n]+): Amazon could not make (?P<said>report .*)",
        "Amazon could not make the report %(what)s: %(said)s",
        "GENERIC_DB_ENGINE_ERROR",
    ),
    _message(
        r"Data Kiosk could not answer (?P<said>.*)",
        "Amazon could not answer the Data Kiosk query %(said)s",
        "GENERIC_DB_ENGINE_ERROR",
    ),
    # Some are missing.
    _message(
        r"(?P<said>credentials: (?:there are none|InitiateOAuth=|the connection ).*)",
        _AS_IT_IS,
        "CONNECTION_ACCESS_DENIED_ERROR",
    ),
    _message(r"(?P<said>Connection: .*)", _AS_IT_IS, "CONNECTION_UNKNOWN_DATABASE_ERROR"),
    _message(
        r"(?P<said>(?:Login with Amazon|lwa\.token|credentials:).*)",
        "The connection's credentials do not work (any more): %(said)s",
        "CONNECTION_ACCESS_DENIED_ERROR",
    ),
    _message(r"(?:amzsql error: )?(?P<said>[^\n]*Readonly.*)", _AS_IT_IS, "DML_NOT_ALLOWED_ERROR"),
    _message(r"(?P<said>Syntax error.*)", _AS_IT_IS, "SYNTAX_ERROR"),
    _message(r"(?P<said>There is no table .*)", _AS_IT_IS, "TABLE_DOES_NOT_EXIST_ERROR"),
    _message(r"(?P<said>There is no column .*)", _AS_IT_IS, "COLUMN_DOES_NOT_EXIST_ERROR"),
    _message(r"(?P<said>There is no schema .*)", _AS_IT_IS, "SCHEMA_DOES_NOT_EXIST_ERROR"),
)
