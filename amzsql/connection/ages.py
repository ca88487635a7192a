"""What ends by itself: client secrets after 180 days, authorisations of public applications after a year.

Owns these spans and their warnings. Knows nothing of the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from amzsql.settings import Settings

SECRET_DAYS, SECRET_WARNED = 180, 150
"""How long a client secret lives, and from which of these days on that is said."""
GRANT_DAYS, GRANT_WARNED = 365, 335
"""How long the authorisation of a public application lives, and from which of these days on that is said."""


def secret_age(settings: Settings, now: float) -> int | None:
    """Return how many days old the client secret is, if that is known."""
    return _days(settings.oauth_secret_date, now)


def grant_age(settings: Settings, authorised: date | None, now: float) -> int | None:
    """Return how many days old the authorisation is, if that is known and it ends: of a public application's."""
    public = settings.oauth_app_kind == "Public" or settings.initiate_oauth == "GETANDREFRESH"
    return _days(authorised, now) if public else None


def ending(settings: Settings, authorised: date | None, now: float) -> Iterator[str]:
    """Yield a warning for what ends soon, or has ended; `authorised` is the day of the account's authorisation."""
    age = secret_age(settings, now)
    if age is not None and age >= SECRET_WARNED:
        yield (
            f"The client secret is {age} days old, and {_ends(SECRET_DAYS - age)}: make a new one in the developer"
            f" console, then {_told('applications secret', settings)}."
        )
    age = grant_age(settings, authorised, now)
    if age is not None and age >= GRANT_WARNED:
        yield (
            f"The account authorised the application {age} days ago, and that {_ends(GRANT_DAYS - age)}: have its owner"
            f" authorise it again, {_told('authorize', settings)}."
        )


def _days(day: date | None, now: float) -> int | None:
    return None if day is None else (datetime.fromtimestamp(now, UTC).date() - day).days


def _ends(left: int) -> str:
    return f"ends in {left} days" if left > 0 else "has ended by now"


def _told(command: str, settings: Settings) -> str:
    """Return the command that helps; an application is named by its connection's file."""
    if not settings.connection:
        return "give it as OAuthClientSecret" if command != "authorize" else "and give the new OAuthRefreshToken"
    return f"amzsql {command} {settings.connection if command == 'authorize' else 'NAME'}"
