"""Restricted data tokens: what Amazon asks for beside the account's own token where an answer holds personal data.

One token opens one path, or with its parameters in braces all paths of an operation, and is asked for when it is
needed. It stands in no variable of ours. Must not know whose data an answer holds, nor whether the statement may ask
for them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from amzsql import spapi
from amzsql.clock import Clock
from amzsql.errors import ApiError
from amzsql.settings import Secret
from amzsql.spapi.model import Operation
from amzsql.transport import Request, Response
from amzsql.transport.request import encode

OPERATION = "tokens_2021-03-01.createRestrictedDataToken"
# Seconds before its end at which a token is no longer used.
_MARGIN = 300.0
_LIFE = 3600.0
Held = dict[str, tuple[float, Secret]]
"""Tokens by the operation that they open and the parts of its answer, with the time until which they are used."""


def admitted(request: Request, send: Callable[[Request], Response]) -> Request:
    """Return a request with a token for the personal data in its answer, which `send` gets.

    Raises:
        AccessDenied: the application lacks the role for personal data, or the account did not grant it.
    """
    path = encode(request).target.partition("?")[0]
    return replace(request, restricted=send(_token(request.operation, path)).json()["restrictedDataToken"])


def needed(operation: Operation, hint: str) -> str:
    """Return what to do where Amazon denied an operation that was asked without a token; `hint`: what else may lack."""
    return (
        f"What {operation.name} answers is personal data, which Amazon gives only for a restricted data token: connect "
        f"with IncludeRestrictedData=True to have one asked for. {hint}"
    ).strip()


class Admission:
    """A fetch's way to tokens: one opens all paths of an operation for an hour, and is then made anew.

    `send`: how a token is asked for; `held`: those of the statement, by what they open, which its fetches share.
    `elements`: the parts of an answer that Amazon leaves out without a token; where it gives none, it is asked without,
    and `warn` told. Without them an operation answers to a token only.
    """

    def __init__(
        self,
        clock: Clock,
        send: Callable[[Request], Response],
        held: Held,
        elements: tuple[str, ...] = (),
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._send = send
        self._gate = clock.lock()
        self._held = held
        self._elements = elements
        self._warn = warn

    def admitted(self, request: Request) -> Request:
        """Return a request with a token for its operation.

        Raises:
            ApiError: Amazon gives none; the error names the roles.
        """
        name = " ".join((request.operation.name, *self._elements))
        with self._gate:
            if name not in self._held or self._held[name][0] <= self._clock.now():
                self._held[name] = self._made(request.operation)
        return replace(request, restricted=self._held[name][1].reveal())

    def _made(self, operation: Operation) -> tuple[float, Secret]:
        try:
            answer = self._send(_token(operation, operation.path, self._elements))
        except ApiError as error:
            if error.status not in (400, 403):
                raise
            if self._elements:
                self._warn(
                    f"{operation.name} is read without {' and '.join(self._elements)}: Amazon gives no restricted data "
                    f"token for it ({str(error.args[0]).rstrip('.')})."
                )
                return math.inf, Secret("")
            from amzsql.transport.access import missing_role  # with the facts about roles, which nobody else needs

            error.hint = missing_role(operation.name, {})
            raise
        until = self._clock.now() + float(answer.json().get("expiresIn") or _LIFE) - _MARGIN
        return until, Secret(answer.json()["restrictedDataToken"])


def _token(operation: Operation, path: str, elements: tuple[str, ...] = ()) -> Request:
    """Return the request for the token of a path, and of some parts of its answer."""
    resource: dict[str, object] = {"method": operation.method, "path": path}
    if elements:
        resource["dataElements"] = list(elements)
    return Request(spapi.operation(OPERATION), {}, {"restrictedResources": [resource]})
