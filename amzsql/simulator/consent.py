"""The page of Seller Central or Vendor Central on which a selling partner lets an application in.

Owns the page, its refusals and where it leads. The code that it hands out is made and read by `access`. Whoever opens
the page is taken to be logged in; which selling partner it is, the form asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from .access import Access
from .accounts import ACCOUNTS, BY_NAME, Account, Application, of_application
from .http import Answer, Request

PATH = "/apps/authorize/consent"
_ID_PREFIXES = ("amzn1.sp.solution.", "amzn1.sellerapps.app.")
_NA_HOSTS = (".com", ".ca", ".com.mx", ".com.br")
_FE_HOSTS = (".co.jp", ".com.au", ".sg", ".com.sg")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class _Refused(Exception):
    """Amazon shows an error code instead of the page."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def answer(request: Request, access: Access, now: float) -> Answer:
    """Answer the page (GET), or its confirmed form (POST) with the way back to the application."""
    if request.method not in ("GET", "POST"):
        return _page(405, "<p>Only GET and POST are allowed.</p>")
    asked = {name: value for name, value in request.parameters.items() if value}
    if request.method == "POST":
        asked |= dict(parse_qsl(request.body.decode("utf-8", "replace")))
    try:
        application, redirect = _checked(asked)
        accounts = _accounts(request.host)
        if request.method == "GET":
            return _page(200, _form(asked, accounts))
        account = BY_NAME.get(asked.get("account", accounts[0].name))
        if account not in accounts:
            raise _Refused("MD9010", "the selling partner has no access here")
    except _Refused as refusal:
        return _page(400, f"<p>Error Code: {refusal.code}</p><p>The simulator's reason: {escape(refusal.reason)}</p>")
    if "deny" in asked:
        # What Amazon sends then is not documented; OAuth's own word is taken.
        back = {"error": "access_denied", "state": asked.get("state", "")}
        return _back(redirect, back)
    back = {
        "spapi_oauth_code": access.code(application, account, redirect, now),
        "state": asked.get("state", ""),
        "selling_partner_id": account.partner_id,
    }
    return _back(redirect, back)


def _back(redirect: str, told: Mapping[str, str]) -> Answer:
    """Return the way back to the application."""
    sign = "&" if urlsplit(redirect).query else "?"
    return Answer(302, b"", (("Location", f"{redirect}{sign}{urlencode(told)}"),), "text/html")


def _checked(asked: Mapping[str, str]) -> tuple[Application | None, str]:
    """Return the application (None if it is not listed) and where the page leads to."""
    identifier = asked.get("application_id", "")
    application = of_application(identifier)
    if application is None and not identifier.startswith(_ID_PREFIXES):
        raise _Refused("MD1000", "application_id is the id of no application (a client id is another thing)")
    if application is not None and application.kind == "draft" and asked.get("version") != "beta":
        raise _Refused("MD1000", "the application is a draft: version=beta is missing")
    if application is not None and application.kind == "private":
        raise _Refused("MD5100", "the application is private: it has no address to lead to, its owner authorises it")
    redirect = asked.get("redirect_uri", "")
    if application is not None and not redirect:
        redirect = application.redirects[0]
    if not _is_public(redirect):
        raise _Refused("MD5101", "redirect_uri must be an https address of a public host")
    if application is not None and redirect not in application.redirects:
        raise _Refused("MD5101", "redirect_uri is not registered for the application")
    return application, redirect


def _is_public(redirect: str) -> bool:
    try:
        parts = urlsplit(redirect)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and parts.hostname not in _LOCAL


def _accounts(host: str) -> tuple[Account, ...]:
    """Return the selling partners that log in at a host; all at one that is not Amazon's."""
    fit = tuple(a for a in ACCOUNTS if not a.revoked)
    before, _, domain = host.partition("central")
    if not domain or not ("amazon" in host or "vendor" in before):
        return fit
    if before.endswith("vendor"):
        return tuple(a for a in fit if a.kind == "vendor")
    top = domain.partition("amazon")[2]
    region = "NA" if top in _NA_HOSTS else "FE" if top in _FE_HOSTS else "EU"
    region = "EU" if domain.startswith("-europe") else region
    return tuple(a for a in fit if a.kind == "seller" and a.region == region)


def _form(asked: Mapping[str, str], accounts: tuple[Account, ...]) -> str:
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in asked.items()
    )
    options = "".join(f'<option value="{a.name}">{escape(a.business)} ({a.partner_id})</option>' for a in accounts)
    return (
        f"<p>{escape(asked.get('application_id', ''))} asks for access to your account.</p>"
        f'<form method="post" action="{PATH}">{kept}<label>Account <select name="account">{options}</select></label>'
        '<button type="submit">Confirm</button>'
        f'<button type="submit" formaction="{PATH}?deny=yes">Cancel</button></form>'
    )


def _page(status: int, content: str) -> Answer:
    page = f"<!DOCTYPE html><html><head><title>Authorize</title></head><body>{content}</body></html>"
    return Answer(status, page.encode(), content_type="text/html; charset=utf-8")
