"""Login with Amazon, and what an access token lets its bearer do.

Tokens are sealed, not stored: they say whose they are and until which second they live. The listed applications want
their own secret; of any other client every secret is accepted but one that contains "wrong", and every refresh token
but one that contains "revoked", so that both refusals can be provoked.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from amzsql import spapi
from amzsql.spapi.model import Operation

from .accounts import ANY_APPLICATION, BY_NAME, DEFAULT, Account, Application, is_misspelt, of_client, of_name, of_token
from .call import Call, CallError, denied, dump, invalid
from .http import match
from .paging import Signer

LIFE = 3600
# Seconds that the code of a consent lives.
CODE_LIFE = 300
# Amazon answers these to an ordinary token too, and leaves the personal data out.
_LENIENT_API = "ordersV0"
ELEMENTS = frozenset(spapi.operation(f"{_LENIENT_API}.getOrders").elements)
_STRICT_THERE = frozenset({"getOrderRegulatedInfo"})
_APIS_WITH_SCOPES = ("application_2023-11-30", "notifications")


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who calls: the application, the selling partner and a restricted token's resources.

    An application alone (grantless) has a scope and no selling partner. `account_key` tells pairs of account and
    application apart, `application_key` applications: what is not listed is many, though all of it has one description.
    """

    account_key: str
    application_key: str
    selling_partner: Account | None
    scope: str = ""
    resources: tuple[tuple[str, str, tuple[str, ...]], ...] | None = None
    application: Application = ANY_APPLICATION


class Access:
    """Issues codes and tokens and reads them back."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._numbers = itertools.count(1)
        self._spent: set[int] = set()

    def code(self, application: Application | None, account: Account, redirect: str, now: float) -> str:
        """Return the code of a consent; `application` None lets any client redeem it."""
        client = application.client_id if application is not None else ""
        return self._signer.seal(["code", client, account.name, redirect, int(now) + CODE_LIFE, next(self._numbers)])

    def login(self, body: bytes, content_type: str, now: float) -> tuple[int, bytes]:
        """Answer a token request: (status, body)."""
        form = _form(body, content_type)
        grant = form.get("grant_type", "")
        refusal = _unknown_client(form)
        if refusal is not None:
            return refusal
        if grant == "refresh_token":
            return self._refresh(form, now)
        if grant == "authorization_code":
            return self._redeem(form, now)
        if grant == "client_credentials":
            scopes = form.get("scope", "").split()
            if not scopes or not set(scopes) <= _scopes():
                return _refusal(400, "invalid_scope", "The scope is missing or not known.")
            return self._issue(form, "", form["scope"], now)
        if not grant:
            return _refusal(400, "invalid_request", "The parameter grant_type is missing.")
        return _refusal(400, "unsupported_grant_type", "The grant type is not known.")

    def _refresh(self, form: Mapping[str, str], now: float) -> tuple[int, bytes]:
        token = form.get("refresh_token", "")
        if not token:
            return _refusal(400, "invalid_request", "The parameter refresh_token is missing.")
        granted = self._granted(token)
        account = (of_name(granted[1]) or DEFAULT) if granted is not None else of_token(token)
        foreign = granted is not None and granted[0] != form["client_id"]
        if granted is None and is_misspelt(token):
            known = ", ".join(a.refresh_token for a in BY_NAME.values())
            return _refusal(400, "invalid_grant", f"There is no refresh token {token}, but {known}.")
        if "revoked" in token or account.revoked or foreign:
            return _refusal(400, "invalid_grant", "The refresh token is not valid; it may have been revoked.")
        return self._issue(form, token, "", now)

    def _redeem(self, form: Mapping[str, str], now: float) -> tuple[int, bytes]:
        """Answer a code with the first tokens of a grant; a code is good once."""
        if not form.get("code"):
            return _refusal(400, "invalid_request", "The parameter code is missing.")
        content = self._signer.open(form["code"])
        if not isinstance(content, list) or content[0] != "code":
            return _refusal(400, "invalid_grant", "The code is not valid.")
        _, client, account, redirect, until, number = content
        told = form.get("redirect_uri", redirect)
        if now >= until or number in self._spent or client not in ("", form["client_id"]) or told != redirect:
            return _refusal(400, "invalid_grant", "The code is over, was used before or was made for another client.")
        self._spent.add(number)
        token = "Atzr|" + self._signer.seal(["grant", form["client_id"], account, number])
        return self._issue(form, token, "", now)

    def _granted(self, token: str) -> tuple[str, str] | None:
        """Return (client id, account) of a refresh token that a consent led to; None for any other."""
        content = self._signer.open(token.partition("|")[2])
        if not isinstance(content, list) or content[0] != "grant":
            return None
        return content[1], content[2]

    def _issue(self, form: Mapping[str, str], refresh: str, scope: str, now: float) -> tuple[int, bytes]:
        client, granted = form["client_id"], self._granted(refresh)
        account = (of_name(granted[1]) or DEFAULT) if granted is not None else of_token(refresh)
        # Tokens that are not listed stand for sellers of their own, as far as the throttle goes.
        seller = account.refresh_token if granted is not None else refresh
        who = [_short(f"{client} {seller}"), _short(client), "" if scope else account.name, client]
        token = "Atza|" + self._signer.seal(["access", who, int(now) + LIFE, scope])
        answer = {"access_token": token, "token_type": "bearer", "expires_in": LIFE}
        return 200, dump(answer if scope else {**answer, "refresh_token": refresh})

    def restricted(self, bearer: Bearer, call: Call) -> str:
        """Return the restricted data token that a call asks for; CallError if Amazon would refuse it."""
        resources = _resources_of(call)
        partner = bearer.selling_partner
        matched = [match(method, path) for method, path, _ in resources]
        covered = partner is not None and all(partner.may_call(m[0].api) for m in matched if m is not None)
        if partner is None or not covered or bearer.application.pii == "never":
            raise invalid("The application has no access to some or all of the resources.")
        delegate = call.body.get("targetApplication") or ""
        if delegate and not str(delegate).startswith("amzn1."):
            raise invalid("targetApplication is no application's id.")
        client = str(delegate) or bearer.application.client_id
        account, application = bearer.account_key, bearer.application_key
        if delegate:
            account, application = _short(f"{client} {account}"), _short(client)
        who = [account, application, partner.name, client]
        return "Atz.sprdt|" + self._signer.seal(["rdt", who, int(call.now) + LIFE, resources])

    def bearer(self, token: str, now: float) -> Bearer:
        """Return who bears a token; CallError if it is missing, unknown or expired."""
        if not token:
            raise CallError(403, "Unauthorized", "Access token is missing in the request header.")
        content = self._signer.open(token.partition("|")[2])
        if not isinstance(content, list) or content[0] not in ("access", "rdt"):
            raise denied("The access token is invalid.")
        kind, (account, application, partner, client), expires, rest = content
        if now >= expires:
            raise expired()
        if kind == "access":
            return Bearer(account, application, of_name(partner), scope=rest, application=of_client(client))
        resources = tuple((m, p, tuple(e)) for m, p, e in rest)
        return Bearer(account, application, of_name(partner), resources=resources, application=of_client(client))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def expired() -> CallError:
    """Return the refusal of an access token whose time is over."""
    return denied("The access token you provided has expired.")


def _refusal(status: int, error: str, description: str) -> tuple[int, bytes]:
    return status, dump({"error_description": description, "error": error})


def _unknown_client(form: Mapping[str, str]) -> tuple[int, bytes] | None:
    """Return the refusal of a client that is not known by its id and secret."""
    client, secret = form.get("client_id", ""), form.get("client_secret", "")
    if not client or not secret:
        return _refusal(401, "invalid_client", "The client is not known: client_id and client_secret are wanted.")
    application = of_client(client)
    listed = application is not ANY_APPLICATION
    if (listed and secret != application.client_secret) or application.expired or "wrong" in secret:
        return _refusal(401, "invalid_client", "Client authentication failed.")
    return None


def _scopes() -> frozenset[str]:
    """Return the scopes that an application can ask for."""
    operations = (o for name in _APIS_WITH_SCOPES for o in spapi.api(name).operations)
    return frozenset(o.grantless for o in operations if o.grantless is not None)


def _form(body: bytes, content_type: str) -> dict[str, str]:
    """Read a body in either spelling; empty if it is neither."""
    try:
        text = body.decode()
        if "json" not in content_type:
            return dict(parse_qsl(text))
        form = json.loads(text)
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in form.items()} if isinstance(form, dict) else {}


def check_scope(bearer: Bearer, operation: Operation) -> None:
    """Refuse an application alone what is a selling partner's, and what is for another scope; and the reverse."""
    if operation.grantless is None and not bearer.scope:
        return
    if operation.grantless is None or operation.grantless not in bearer.scope.split():
        raise denied()


def personal(bearer: Bearer, operation: Operation, path: str) -> frozenset[str] | None:
    """Return the data elements a bearer may see in an operation; None with an ordinary token.

    CallError for a restricted token that does not name the operation, and for an operation that wants one.
    """
    if bearer.resources is None:
        lenient = operation.api == _LENIENT_API and operation.operation_id not in _STRICT_THERE
        if operation.restricted == "always" and not lenient:
            raise denied()
        return None
    for method, resource, elements in bearer.resources:
        if method == operation.method and resource in (path, unquote(path), operation.path):
            # Operations without data elements are restricted as a whole.
            return frozenset(elements) if operation.restricted == "dataElements" else ELEMENTS
    raise denied()


def _resources_of(call: Call) -> list[tuple[str, str, tuple[str, ...]]]:
    """Read the resources that a restricted data token is asked for."""
    asked = call.body.get("restrictedResources") if isinstance(call.body, dict) else None
    if not isinstance(asked, list) or not 1 <= len(asked) <= 50:
        raise invalid("restrictedResources must hold 1 to 50 resources.")
    return [_resource(r) for r in asked]


def _resource(asked: Mapping[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    method, path = str(asked.get("method")), str(asked.get("path")).partition("?")[0]
    elements = tuple(asked.get("dataElements") or ())
    if not set(elements) <= ELEMENTS:
        raise invalid("dataElements: an element is not known.")
    # An order's id may have been put into the path with its characters escaped, or stand there as `{orderId}`.
    matched = match(method, path)
    operation = matched[0] if matched is not None else None
    if operation is None or operation.restricted is None:
        raise invalid(f"{method} {path} is no restricted resource.")
    if elements and operation.restricted != "dataElements":
        raise invalid(f"dataElements cannot be given for {path}.")
    if operation.restricted == "by report type" and path == operation.path:
        raise invalid(f"{path} must name the document.")
    return method, path, elements
