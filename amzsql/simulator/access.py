"""Login with Amazon, and what an access token lets its bearer do.

Tokens are sealed, not stored: they say whose they are and until when they live. Any credentials are accepted, but a
refresh token that contains "revoked" and a client secret that contains "wrong", so that both refusals can be provoked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from amzsql.spapi.model import Operation

from .accounts import BY_NAME, Account, of_token
from .call import Call, CallError, denied, dump, invalid
from .paging import Signer

LIFE = 3600
ELEMENTS = frozenset({"buyerInfo", "shippingAddress", "buyerTaxInformation"})


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who calls: the throttle's key, the application, the selling partner and a restricted token's resources.

    An application alone (grantless) has a scope and no selling partner.
    """

    account: str
    application: str
    selling_partner: Account | None
    scope: str = ""
    resources: tuple[tuple[str, str, tuple[str, ...]], ...] | None = None


class Access:
    """Issues access tokens and reads them back."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def login(self, body: bytes, content_type: str, now: float) -> tuple[int, bytes]:
        """Answer a token request: (status, body)."""
        form = _form(body, content_type)
        grant = form.get("grant_type", "")
        if not form.get("client_id") or not form.get("client_secret"):
            return _refusal(401, "invalid_client", "The client is not known: client_id and client_secret are wanted.")
        if "wrong" in form["client_secret"]:
            return _refusal(401, "invalid_client", "Client authentication failed.")
        if grant == "refresh_token":
            return self._refresh(form, now)
        if grant == "client_credentials":
            if not form.get("scope", "").startswith("sellingpartnerapi::"):
                return _refusal(400, "invalid_scope", "The scope is missing or not known.")
            return self._issue(form, form["scope"], now)
        return _refusal(400, "unsupported_grant_type", "The grant type is not known.")

    def _refresh(self, form: Mapping[str, str], now: float) -> tuple[int, bytes]:
        token = form.get("refresh_token", "")
        if not token:
            return _refusal(400, "invalid_request", "The parameter refresh_token is missing.")
        if "revoked" in token or of_token(token).revoked:
            return _refusal(400, "invalid_grant", "The refresh token is not valid; it may have been revoked.")
        return self._issue(form, "", now)

    def _issue(self, form: Mapping[str, str], scope: str, now: float) -> tuple[int, bytes]:
        whose = f"{form['client_id']} {form.get('refresh_token', '')}"
        partner = "" if scope else of_token(form["refresh_token"]).name
        who = [_short(whose), _short(form["client_id"]), partner]
        token = "Atza|" + self._signer.seal(["access", who, now + LIFE, scope])
        answer = {"access_token": token, "token_type": "bearer", "expires_in": LIFE}
        if not scope:
            answer["refresh_token"] = form["refresh_token"]
        return 200, dump(answer)

    def restricted(self, bearer: Bearer, resources: list[tuple[str, str, tuple[str, ...]]], now: float) -> str:
        """Return a restricted data token for (method, path, data elements)."""
        partner = bearer.selling_partner.name if bearer.selling_partner is not None else ""
        who = [bearer.account, bearer.application, partner]
        return "Atz.sprdt|" + self._signer.seal(["rdt", who, now + LIFE, resources])

    def bearer(self, token: str, now: float) -> Bearer:
        """Return who bears a token; CallError if it is missing, unknown or expired."""
        if not token:
            raise CallError(403, "Unauthorized", "Access token is missing in the request header.")
        content = self._signer.open(token.partition("|")[2])
        if not isinstance(content, list) or content[0] not in ("access", "rdt"):
            raise denied("The access token is invalid.")
        kind, (account, application, partner), expires, rest = content
        if now >= expires:
            raise expired()
        if kind == "access":
            return Bearer(account, application, BY_NAME.get(partner), scope=rest)
        resources = tuple((m, p, tuple(e)) for m, p, e in rest)
        return Bearer(account, application, BY_NAME.get(partner), resources=resources)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def expired() -> CallError:
    """Return the refusal of an access token whose time is over."""
    return denied("The access token you provided has expired.")


def _refusal(status: int, error: str, description: str) -> tuple[int, bytes]:
    return status, dump({"error_description": description, "error": error})


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


def personal(bearer: Bearer, operation: Operation, path: str) -> frozenset[str] | None:
    """Return the data elements a bearer may see in an operation; None with an ordinary token.

    CallError for a restricted token that does not name the operation, and for a token of the wrong kind.
    """
    if bool(operation.grantless) != bool(bearer.scope):
        raise denied()
    if bearer.resources is None:
        return None
    for method, resource, elements in bearer.resources:
        if method == operation.method and resource in (path, operation.path):
            # Operations without data elements are restricted as a whole.
            return frozenset(elements) if operation.path in _WITH_ELEMENTS else ELEMENTS
    raise denied()


_WITH_ELEMENTS = ("/orders/v0/orders", "/orders/v0/orders/{orderId}", "/orders/v0/orders/{orderId}/orderItems")


def resources_of(call: Call) -> list[tuple[str, str, tuple[str, ...]]]:
    """Read the resources that a restricted data token is asked for."""
    asked = call.body.get("restrictedResources") if isinstance(call.body, dict) else None
    if not isinstance(asked, list) or not 1 <= len(asked) <= 50:
        raise invalid("restrictedResources must hold 1 to 50 resources.")
    out = []
    for resource in asked:
        elements = tuple(resource.get("dataElements") or ())
        if not set(elements) <= ELEMENTS:
            raise invalid("dataElements: an element is not known.")
        out.append((str(resource.get("method")), str(resource.get("path")).partition("?")[0], elements))
    return out
