"""Documents behind signed addresses: no access token is asked for, and the address dies after five minutes.

Owns the addresses, their expiry and what was uploaded. What a document holds is its maker's: a function by kind, called
when the document is downloaded.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .accounts import Account
from .http import Answer, Request
from .store import Store
from .world import World

if TYPE_CHECKING:
    from .call import Call
    from .paging import Signer

LIFE = 300
_ROOT = "/documents/"


def url(
    call: Call,
    kind: str,
    identifier: str,
    *,
    method: str = "GET",
    life: int = LIFE,
    content_type: str = "",
    md5: str = "",
) -> str:
    """Return the address of a document, to be fetched (GET) or filled (PUT) within `life` seconds.

    What fills it must come with the `content_type` and have the `md5` (Base64) that are given, empty for any.
    """
    wanted = [content_type, md5]
    until = int(call.now) + (0 if call.fault == "expired_url" else life)
    sealed = call.signer.seal([method, call.account.name, kind, identifier, until, wanted])
    return f"{call.base}{_ROOT}{kind}/{quote(identifier, safe='')}?X-Amz-Expires={life}&X-Amz-Signature={quote(sealed)}"


def is_document(path: str) -> bool:
    """Tell whether a path leads to a document."""
    return path.startswith(_ROOT)


@dataclass(frozen=True, slots=True)
class Partner:
    """A selling partner at one moment: what the makers of documents are given."""

    account: Account
    world: World
    store: Store
    now: float


Maker = Callable[[Partner, str], Answer | None]


def answer(
    request: Request, signer: Signer, now: float, partner: Callable[[str], Partner], maker: Callable[[str], Maker]
) -> Answer:
    """Answer a request for a document. `partner` finds one by name, `maker` the maker of a kind of documents.

    What is uploaded goes into the partner's store, under the kind: {"body": bytes, "content_type": text}.
    """
    sealed: Any = signer.open(request.parameters.get("X-Amz-Signature", ""))
    if not isinstance(sealed, list) or len(sealed) != 6 or not request.path.startswith(f"{_ROOT}{sealed[2]}/"):
        return refusal(403, "SignatureDoesNotMatch", "The signature does not match the address.")
    method, account, kind, identifier, expires, wanted = sealed
    if method != request.method:
        return refusal(403, "SignatureDoesNotMatch", f"The address is for {method}.")
    if now >= expires:
        return refusal(403, "AccessDenied", "Request has expired")
    holder = partner(account)
    with holder.store.lock:
        holder.store.settle(now)
        if method == "PUT":
            return _upload(request, holder.store.records(kind).setdefault(identifier, {}), *wanted)
        found = maker(kind)(holder, identifier)
    return found or refusal(404, "NoSuchKey", "The document does not exist.")


def _upload(request: Request, record: dict[str, Any], content_type: str, md5: str) -> Answer:
    """Keep what was uploaded, if it is what the address was made for."""
    if content_type and request.content_type != content_type:
        return refusal(403, "SignatureDoesNotMatch", f"The address is for the content type {content_type}.")
    if md5 and base64.b64encode(hashlib.md5(request.body, usedforsecurity=False).digest()).decode() != md5:
        return refusal(400, "BadDigest", "The content does not have the MD5 that was announced.")
    record.update({"body": request.body, "content_type": request.content_type})
    return Answer(200, b"")


def refusal(status: int, code: str, message: str) -> Answer:
    """Return a refusal of the storage's shape."""
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Answer(status, body.encode(), content_type="application/xml")
