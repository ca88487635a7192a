"""Superset's form for a connection: what its fields mean, and where each is kept.

The form's fields and their labels are Superset's own: Account is a named connection, Username the application's client
id, Password its secret, Access token the account's refresh token. Superset encrypts and masks what stands in a URL's
password, and its page can send no other text to be kept so: both secrets stand there, which the driver gets apart.
Must not know Superset: what is here is tested without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine.url import URL

# No secret of Amazon's has a space in it.
_BETWEEN = " "


class MixedSecretsError(ValueError):
    """One secret is new and the other is not known: Superset gives out neither."""


def url_of(parameters: Mapping[str, Any], driver: str, mask: str) -> URL:
    """Return the URL that the form's fields make; `mask` is what stands for a secret that was not changed.

    Raises:
        MixedSecretsError: one secret was changed and the other was not.
    """
    secret, token = (str(parameters.get(name) or "").strip() for name in ("password", "access_token"))
    name = str(parameters.get("username") or "").strip()
    password = f"{secret}{_BETWEEN}{token}" if token else secret
    if mask in (secret, token):
        if {secret, token} - {mask, ""}:
            raise MixedSecretsError(
                "Superset does not give back secrets that it keeps: to change one, enter Password (the client's secret)"
                " and Access token (the refresh token) both."
            )
        password = mask
    return URL.create(
        driver,
        # Without a name there would be no password.
        username=name or ("" if password else None),
        password=password or None,
        host=str(parameters.get("account") or "").strip() or None,
        database=str(parameters.get("default_schema") or "").strip() or None,
        query={str(key): str(value) for key, value in (parameters.get("query") or {}).items()},
    )


def parameters_of(url: URL, mask: str) -> dict[str, Any]:
    """Return what the form shows of a connection."""
    password = str(url.password or "")
    secret, _, token = password.partition(_BETWEEN)
    return {
        "account": url.host or "",
        "username": url.username or "",
        "password": secret,
        "access_token": mask if password == mask else token,
        "default_schema": url.database or "",
        "query": dict(url.query),
    }


def apart(url: URL) -> tuple[URL, dict[str, str]]:
    """Return the URL for the driver, and the refresh token that the form has put into its password, as a property."""
    secret, between, token = str(url.password or "").partition(_BETWEEN)
    if not between:
        return url, {}
    plain = URL.create(
        url.drivername, url.username or None, secret or None, url.host, url.port, url.database, dict(url.query)
    )
    return plain, {"OAuthRefreshToken": token}
