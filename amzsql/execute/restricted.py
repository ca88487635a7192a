"""Restricted data tokens: what Amazon asks for beside the account's own token where an answer holds personal data.

One token opens all paths of a statement's operations for an hour, or one document, and is asked for when it is needed.
Those of operations are kept where access tokens are, for all statements and processes. A token stands in no variable of
ours. Must not know whose data an answer holds, nor whether the statement may ask for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from amzsql import spapi
from amzsql.clock import Clock
from amzsql.errors import AccessDenied, ApiError
from amzsql.plan.drawing import TOKEN_LIFE, TOKEN_MARGIN, opened
from amzsql.spapi.model import Operation
from amzsql.transport import Request, Response
from amzsql.transport.request import encode
from amzsql.transport.retry import is_stale
from amzsql.transport.tokens import MemoryTokens, Token, TokenStore
from amzsql.transport.watch import Watch

OPERATION = "tokens_2021-03-01.createRestrictedDataToken"
Send = Callable[[Request], Response]
Resource = tuple[Operation, tuple[str, ...]]
"""What a token opens: an operation, or parts of its answers."""


def admitted(request: Request, send: Send) -> Request:
    """Return a request with a token for the personal data in its answer alone, which `send` gets.

    Raises:
        AccessDenied: the application lacks the role for personal data, or the account did not grant it.
    """
    path = encode(request).target.partition("?")[0]
    return replace(request, restricted=send(_token((request.operation, path, ()))).json()["restrictedDataToken"])


def needed(operation: Operation, hint: str) -> str:
    """Return what to do where Amazon denied an operation that was asked without a token; `hint`: what else may lack."""
    return (
        f"What {operation.name} answers is personal data, which Amazon gives only for a restricted data token: connect "
        f"with IncludeRestrictedData=True to have one asked for. {hint}"
    ).strip()


class Admissions:
    """The tokens of a process, by account and what they open; those of other processes are in the `store`.

    Several threads that need the same token have it made once, and so have several processes with a file.
    """

    def __init__(self, clock: Clock, store: TokenStore | None = None) -> None:
        self._clock = clock
        self._store = store or MemoryTokens(clock)
        self._held: dict[str, Token] = {}

    def held(self, owner: str) -> frozenset[str]:
        """Return what the tokens of an account open that are good now."""
        start = f"{owner} "
        known = {**self._store.all(), **self._held}
        return frozenset(k.removeprefix(start) for k, t in known.items() if k.startswith(start) and self._lives(t))

    def token(self, owner: str, name: str, watch: Watch, make: Callable[[], tuple[Token, Sequence[str]]]) -> Token:
        """Return the token of an account for something, made if there is none; `watch` ends the wait for another's.

        `make` returns a token and the names of all that it opens.
        """
        key = f"{owner} {name}"
        found = self._held.get(key)
        if found is not None and self._lives(found):
            return found
        with self._store.locked(watch):
            found = self._store.get(key)
            if found is None or not self._lives(found):
                found, names = make()
                self._tidy()
                for each in names:
                    self._held[f"{owner} {each}"] = found
                    self._store.put(f"{owner} {each}", found)
            self._held[key] = found
        return found

    def refused(self, owner: str, name: str, request: Request, watch: Watch) -> None:
        """Drop the token of a request that Amazon takes no longer, unless another has taken its place."""
        key = f"{owner} {name}"
        self._held.pop(key, None)
        with self._store.locked(watch):
            kept = self._store.get(key)
            if kept is not None and kept.access_token == request.restricted:
                self._store.put(key, None)

    def forget(self, owner: str) -> None:
        """Drop the tokens of an account."""
        self._held.clear()
        keys = [k for k in self._store.all() if k.startswith(f"{owner} ")]
        if not keys:
            return
        with self._store.locked(Watch(self._clock, "forgetting the tokens")):
            for key in keys:
                self._store.put(key, None)

    def _tidy(self) -> None:
        for key in [k for k, t in self._store.all().items() if t.seconds_left(self._clock.now()) <= 0]:
            self._store.put(key, None)

    def _lives(self, token: Token) -> bool:
        return token.seconds_left(self._clock.now()) > TOKEN_MARGIN


class Admission:
    """A statement's, or a fetch's, way to the tokens of an account, its `owner`.

    `send`: how a token is asked for. `elements`: the parts of an answer that Amazon leaves out without a token. Where
    it gives none, what is read is asked without, and `warn` told; some operations then answer nothing. `together`: what
    else the statement needs one for, so that one token opens all of it.
    """

    def __init__(
        self,
        admissions: Admissions,
        owner: str,
        send: Send,
        watch: Callable[[str], Watch],
        elements: tuple[str, ...] = (),
        warn: Callable[[str], None] = lambda _: None,
        together: Sequence[Resource] = (),
    ) -> None:
        self._admissions = admissions
        self._owner = owner
        self._send = send
        self._watch = watch
        self._elements = elements
        self._warn = warn
        self._together = together
        # What Amazon gives no token for is asked without one to the statement's end, and why.
        self._without: dict[str, ApiError] = {}

    def sent(self, request: Request, exchange: Send) -> Response:
        """Return the answer to a request that goes with a token for its operation, with a new one if it has to be.

        Raises:
            ApiError: Amazon gives no token, the error names the roles; or what `exchange` raises.
        """
        name = opened(request.operation, self._elements)
        for last in (False, True):
            with_token = self.admitted(request)
            try:
                return exchange(with_token)
            except AccessDenied as error:
                if not with_token.restricted:
                    raise self._without[name] from error
                if last or not is_stale(error):
                    raise
            self._admissions.refused(self._owner, name, with_token, self._watch(OPERATION))
        raise AssertionError  # the second try returns or raises

    def admitted(self, request: Request) -> Request:
        """Return a request with a token for its operation.

        Raises:
            ApiError: Amazon gives none; the error names the roles.
        """
        name = opened(request.operation, self._elements)
        if name in self._without:
            return request
        try:
            token = self._admissions.token(
                self._owner, name, self._watch(OPERATION), lambda: self._made(request.operation)
            )
        except ApiError as error:
            if error.status not in (400, 403):
                raise
            from amzsql.transport.access import missing_role  # with the facts about roles, which few need

            error.hint = missing_role(request.operation.name, {})
            if request.operation.method != "GET":
                raise
            self._without[name] = error
            what = " and ".join(self._elements) or "a token for personal data"
            self._warn(
                f"{request.operation.name} is read without {what}: Amazon gives no restricted data token for it "
                f"({str(error.args[0]).rstrip('.')})."
            )
            return request
        return replace(request, restricted=token.access_token)

    def _made(self, operation: Operation) -> tuple[Token, list[str]]:
        """Return a token for an operation and what else has none, or for it alone where Amazon gives none for all."""
        own = (operation, self._elements)
        held = {opened(*own), *self._admissions.held(self._owner)} if self._together else set()
        others = [each for each in self._together if opened(*each) not in held]
        if others:
            try:
                return self._asked([own, *others])
            except ApiError as error:
                if error.status not in (400, 403):
                    raise
        return self._asked([own])

    def _asked(self, resources: Sequence[Resource]) -> tuple[Token, list[str]]:
        answer = self._send(_token(*((o, o.path, elements) for o, elements in resources)))
        life = float(answer.json().get("expiresIn") or TOKEN_LIFE)
        token = Token(answer.json()["restrictedDataToken"], answer.received_at, life)
        return token, [opened(*each) for each in resources]


def _token(*resources: tuple[Operation, str, tuple[str, ...]]) -> Request:
    """Return the request for the token of some paths, and of some parts of their answers."""
    asked: list[dict[str, object]] = []
    for operation, path, elements in resources:
        asked.append({"method": operation.method, "path": path})
        if elements:
            asked[-1]["dataElements"] = list(elements)
    return Request(spapi.operation(OPERATION), {}, {"restrictedResources": asked})
