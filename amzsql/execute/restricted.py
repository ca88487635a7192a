"""Restricted data tokens: what Amazon asks for beside the account's own token where an answer holds personal data.

One token opens one path and is asked for when it is needed. It stands in no variable of ours. Must not know whose data
an answer holds, nor whether the statement may ask for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from amzsql import spapi
from amzsql.transport import Request, Response
from amzsql.transport.request import encode

OPERATION = "tokens_2021-03-01.createRestrictedDataToken"


def admitted(request: Request, send: Callable[[Request], Response]) -> Request:
    """Return a request with a token for the personal data in its answer, which `send` gets.

    Raises:
        AccessDenied: the application lacks the role for personal data, or the account did not grant it.
    """
    path = encode(request).target.partition("?")[0]
    resource = {"method": request.operation.method, "path": path}
    asked = Request(spapi.operation(OPERATION), {}, {"restrictedResources": [resource]})
    return replace(request, restricted=send(asked).json()["restrictedDataToken"])
