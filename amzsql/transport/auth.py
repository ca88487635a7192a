"""Access tokens: the one given, or those that Login with Amazon (LWA) grants.

Owns when a token is asked for and what its refusal means. Sends nothing itself: the session lends it a `Post`, so that
token calls take the same way as requests, and are not counted as such.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Container
from dataclasses import dataclass, field, replace
from typing import Literal, NoReturn, Protocol

import msgspec

from amzsql.clock import Clock
from amzsql.errors import AuthError, ProgrammingError
from amzsql.spapi.model import Operation
from amzsql.transport.retry import Backoff, read_problem
from amzsql.transport.tokens import Gate, MemoryTokens, Token, TokenStore, token_key
from amzsql.transport.watch import Watch

LWA_URL = "https://api.amazon.com/auth/o2/token"
# Seconds before its end from which a token is renewed if that is possible, and from which it must be.
ADVISORY, MANDATORY = 600.0, 60.0
HINTS = {
    "invalid_grant": "The refresh token was revoked, is mistyped, or belongs to another application: authorise the "
    "application again in Seller Central and put the new refresh token into OAuthRefreshToken.",
    "invalid_client": "OAuthClientId or OAuthClientSecret is wrong, or the secret was rotated: take the present one "
    "from the developer console.",
    "unauthorized_client": "The application may not use this grant: check that it is an SP-API application and that "
    "OAuthClientId is its own.",
    "invalid_scope": "The application may not call operations without a seller.",
    "access_denied": "The application may not use this grant.",
    "invalid_request": "Check OAuthClientId, OAuthClientSecret and OAuthRefreshToken for stray characters.",
}
_CODE_HINT = (
    "A code is good once, for five minutes, for the application that it was given to, and with the address that the"
    " consent page returned to (CallbackUrl): open the page again."
)
# What a header can carry: a token of other characters could not be sent.
_SENDABLE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_CHECK_PROXY = "Check ProxyServer and ProxyPort (FirewallServer and FirewallPort), and that the proxy runs."
_OF_PROXY = re.compile(r"\bthe (SOCKS )?proxy \S+:\d+")
_CHECK_URL = f"Check the property OAuthAccessTokenURL; Amazon's own is {LWA_URL}."


@dataclass(frozen=True, slots=True)
class Answer:
    """What a token call gave: status 0 if there was no answer, with the reason as `problem`; `fatal` if for good."""

    status: int
    body: bytes = field(default=b"", repr=False)
    problem: str = ""
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """One kind of token: its key in the store and the form that asks for it."""

    key: str
    form: dict[str, str] = field(repr=False)

    def without_secrets(self, text: str) -> str:
        """Return a text of LWA's, should it quote what it was sent."""
        for value in self.form.values():
            text = text.replace(value, "***") if len(value) > 7 else text
        return text


Post = Callable[[str, Grant, Watch], Answer]
# Gets the code of a consent page, and the address that it returned to.
Consent = Callable[[Watch], "tuple[Revealing, str]"]


class Auth(Protocol):
    """Where a session gets its tokens. `application` and `seller` tell buckets apart and tell no secret."""

    application: str
    seller: str

    def token(self, operation: Operation, post: Post, watch: Watch) -> str:
        """Return a token for the operation."""

    def renew(self, operation: Operation, refused: str) -> bool:
        """Forget a token that Amazon refused as expired; False if there is no way to another."""

    def seconds_left(self, operation: Operation) -> float | None:
        """Return how long the operation's token lives; None where that is not known."""


class Revealing(Protocol):
    """A secret that shows itself only when asked, such as `amzsql.settings.Secret`."""

    def reveal(self) -> str:
        """Return the secret."""


def _plain(secret: str | Revealing) -> str:
    return secret if isinstance(secret, str) else secret.reveal()


class _Unprintable:
    """What holds secrets shows none and is not pickled."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} holds secrets and cannot be pickled")


class StaticAuth(_Unprintable):
    """The access token that was given (InitiateOAuth=OFF); `ends` is when it is over on `clock`, as far as known."""

    def __init__(
        self,
        access_token: str | Revealing,
        *,
        application: str = "",
        seller: str = "",
        clock: Clock | None = None,
        ends: float | None = None,
    ) -> None:
        self._token = _plain(access_token)
        self._clock = clock
        self._ends = ends
        self.application = application
        self.seller = seller or token_key("", "", self._token)

    def token(self, operation: Operation, post: Post, watch: Watch) -> str:  # noqa: ARG002 - the protocol's
        """Return the given token."""
        if operation.grantless:
            raise AuthError(f"{operation.name} needs OAuthClientId and OAuthClientSecret, not a seller's token.")
        left = self.seconds_left(operation)
        if left is not None and left <= 0:
            raise AuthError(
                f"OAuthAccessToken is over since {-left / 60:.0f} minutes (OAuthTokenTimestamp, OAuthExpiresIn): give a"
                " new one, or an OAuthRefreshToken with InitiateOAuth=REFRESH."
            )
        return self._token

    def renew(self, operation: Operation, refused: str) -> bool:  # noqa: ARG002 - the protocol's
        """Return False: nothing but the user can give another."""
        return False

    def seconds_left(self, operation: Operation) -> float | None:  # noqa: ARG002 - the protocol's
        """Return how long the token lives, if its time was given."""
        return None if self._ends is None or self._clock is None else self._ends - self._clock.now()


class NoAuth:
    """No credentials: what asks Amazon nothing (EXPLAIN) runs all the same; a request raises the reason."""

    def __init__(self, reason: str, *, application: str = "") -> None:
        self._reason = reason
        self.application = application
        self.seller = ""

    def token(self, operation: Operation, post: Post, watch: Watch) -> str:  # noqa: ARG002 - the protocol's
        """Raise ProgrammingError: it tells what is missing."""
        raise ProgrammingError(self._reason)

    def renew(self, operation: Operation, refused: str) -> bool:  # noqa: ARG002 - the protocol's
        """Return False: there never was a token."""
        return False

    def seconds_left(self, operation: Operation) -> float | None:  # noqa: ARG002 - the protocol's
        """Return None: nobody has said it."""
        return None


class LwaAuth(_Unprintable):
    """Tokens by refresh token, and by client credentials for operations without a seller (InitiateOAuth=REFRESH).

    `access_token`: one that is at hand already; it is used until Amazon refuses it. `refresh_token` may be missing if
    only operations without a seller are called, or `consent` gets the first one, which the store then keeps for the
    connection that `owner` names. `previous_secret` is tried once if LWA refuses the client's secret.
    Raises AuthError, at once if LWA refuses the credentials.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        client_id: str,
        client_secret: str | Revealing,
        refresh_token: str | Revealing = "",
        access_token: str | Revealing = "",
        previous_secret: str | Revealing = "",
        consent: Consent | None = None,
        owner: str = "",
        endpoint: str = "",
        url: str = LWA_URL,
        store: TokenStore | None = None,
        max_retries: int = 3,
        retry_wait: float = 1.0,
        rng: random.Random | None = None,
    ) -> None:
        self._clock = clock
        self._client_id = client_id
        self._client_secret = _plain(client_secret)
        self._refresh_token = _plain(refresh_token)
        self._given = _plain(access_token)
        self._previous_secret = _plain(previous_secret)
        self._url = url
        self._store = store or MemoryTokens(clock)
        self._gate = Gate(clock)
        self._backoff = Backoff(max_retries, retry_wait, rng or random.Random())
        self._fresh: dict[str, Token] = {}
        self._refused: set[str] = set()
        self._next_try: dict[str, float] = {}
        self._endpoint = endpoint
        self.application = client_id
        self._consent = consent
        self.seller = token_key(endpoint, client_id, self._refresh_token or (f"consent {owner}" if consent else ""))
        self.previous_in_use = False

    def token(self, operation: Operation, post: Post, watch: Watch) -> str:
        """Return a token for the operation, a new one if the present one ends soon."""
        if self._given and not operation.grantless:
            return self._given
        key = self._key(operation)
        if not operation.grantless and self._consent is not None and not self._refreshes(key):
            return self._consented(key, self._consent, post, watch)
        fresh = self._fresh.get(key)
        if fresh and fresh.access_token not in self._refused and self._state(fresh) == "good":
            return fresh.access_token
        token = self._usable(key)
        state = self._state(token)
        if token and (state == "good" or (state == "ageing" and self._clock.now() < self._next_try.get(key, 0.0))):
            self._fresh[key] = token
            return token.access_token
        grant = self._grant(operation, key)
        if token and state == "ageing":
            return self._advised(grant, token, post, watch)
        with self._gate.entered(watch):
            return self._refreshed(grant, post, watch, ("good", "ageing")).access_token

    def renew(self, operation: Operation, refused: str) -> bool:
        """Forget the refused token, so that the next `token` call asks for another; False if there is no way to one."""
        if not operation.grantless and not self._refreshes(self.seller) and self._consent is None:
            return False
        if refused == self._given:
            self._given = ""
        self._refused.add(refused)
        return True

    def seconds_left(self, operation: Operation) -> float | None:
        """Return how long the operation's token lives; None for a given one, and where there is none."""
        found = None if self._given and not operation.grantless else self._usable(self._key(operation))
        return None if found is None else found.seconds_left(self._clock.now())

    def exchange(self, operation: Operation, post: Post, watch: Watch) -> Token:
        """Have a token made, whatever tokens are kept, and keep it nowhere. AuthError if it is refused."""
        return self._ask(self._grant(operation, self._key(operation)), post, watch, self._backoff.max_retries + 1)

    def forget(self) -> None:
        """Drop the seller's token from where it is kept."""
        self._fresh.pop(self.seller, None)
        self._store.put(self.seller, None)

    def redeem(self, code: Revealing, redirect: str, post: Post, watch: Watch) -> Token:
        """Change a code of the consent page into tokens; it is good once, for five minutes.

        `redirect` is the address that the page returned to, empty for the application's own. Raises AuthError.
        """
        more = {"redirect_uri": redirect} if redirect else {}
        return self._ask(self._form("", grant_type="authorization_code", code=_plain(code), **more), post, watch, 1)

    def _refreshes(self, key: str) -> bool:
        """Tell whether there is a refresh token, given or kept."""
        if self._refresh_token:
            return True
        kept = self._store.get(key) if self._consent is not None else None
        return kept is not None and bool(kept.refresh_token)

    def _consented(self, key: str, consent: Consent, post: Post, watch: Watch) -> str:
        """Have the account's owner let the application in, unless another thread or process has done so meanwhile."""
        with self._gate.entered(watch), self._store.locked(watch):
            if not self._refreshes(key):
                code, redirect = consent(watch)
                found = self.redeem(code, redirect, post, watch)
                if not found.refresh_token:
                    raise AuthError("Login with Amazon gave no refresh token for the code of the consent page.")
                self._store.put(key, found)
                self._fresh[key] = found
            kept = self._fresh.get(key) or self._store.get(key)
        return kept.access_token if kept is not None else ""

    def _key(self, operation: Operation) -> str:
        scope = operation.grantless
        return token_key(self._endpoint, self._client_id, scope) if scope else self.seller

    def _grant(self, operation: Operation, key: str) -> Grant:
        if operation.grantless:
            return self._form(key, grant_type="client_credentials", scope=operation.grantless)
        if not self._refreshes(key):
            raise AuthError("There is no token for the seller: set OAuthRefreshToken, or OAuthAccessToken.")
        kept = self._store.get(key)
        # No secret stands in a variable of a frame that may raise.
        return self._form(
            key, grant_type="refresh_token", refresh_token=(kept.refresh_token if kept else None) or self._refresh_token
        )

    def _form(self, key: str, **fields: str) -> Grant:
        return Grant(key, {**fields, "client_id": self._client_id, "client_secret": self._client_secret})

    def _state(self, token: Token | None) -> Literal["good", "ageing", "over"]:
        """Tell whether a token can be used, should be renewed, or must be."""
        if token is None:
            return "over"
        left = token.seconds_left(self._clock.now())
        if left <= min(MANDATORY, token.expires_in / 20):
            return "over"
        return "ageing" if left <= min(ADVISORY, token.expires_in / 4) else "good"

    def _usable(self, key: str) -> Token | None:
        """Return the kept token with the most time left that Amazon has not refused."""
        now = self._clock.now()
        known = [t for t in (self._fresh.get(key), self._store.get(key)) if t and t.access_token not in self._refused]
        best = max(known, key=lambda t: t.seconds_left(now), default=None)
        return best if best and best.seconds_left(now) > 0 else None

    def _advised(self, grant: Grant, token: Token, post: Post, watch: Watch) -> str:
        """Renew a token that still lives; if that is being done or LWA is down, go on with the one we have."""
        if not self._gate.try_enter():
            return token.access_token
        try:
            return self._refreshed(grant, post, watch, ("good",), tries=1).access_token
        except AuthError as error:
            if not error.retryable:
                raise
            self._next_try[grant.key] = self._clock.now() + MANDATORY
            return token.access_token
        finally:
            self._gate.leave()

    def _refreshed(
        self, grant: Grant, post: Post, watch: Watch, enough: Container[str], tries: int | None = None
    ) -> Token:
        """Ask LWA under the store's lock, unless another thread or process has done so meanwhile."""
        with self._store.locked(watch):
            found = self._usable(grant.key)
            if found is None or self._state(found) not in enough:
                kept = self._store.get(grant.key)
                found = self._ask(grant, post, watch, tries or self._backoff.max_retries + 1)
                if found.refresh_token is None and kept is not None and kept.refresh_token:
                    found = msgspec.structs.replace(found, refresh_token=kept.refresh_token)
                # Granted anew, even if it has the same text: otherwise each request would ask for it again.
                self._refused.discard(found.access_token)
                self._store.put(grant.key, found)
            self._fresh[grant.key] = found
            return found

    def _ask(self, grant: Grant, post: Post, watch: Watch, tries: int) -> Token:
        for attempt in range(1, tries + 1):
            asked_at = self._clock.now()
            answer = post(self._url, grant, watch)
            if self._fell_back(answer):
                grant = replace(grant, form={**grant.form, "client_secret": self._client_secret})
                answer = post(self._url, grant, watch)
            if answer.status == 200 and (token := _read_token(answer.body, asked_at, grant)):
                return token
            if 400 <= answer.status < 500 and answer.status not in (408, 429):
                self._refuse(grant, answer)
            if answer.fatal:
                error = AuthError(f"Login with Amazon cannot be asked: {answer.problem}.")
                error.retryable = True
                raise error
            if attempt < tries:
                watch.pause(self._clock.now() + self._backoff.seconds(attempt), "waiting for Login with Amazon")
        what = answer.problem or f"status {answer.status}"
        # An answer without a fault, or none at all from an address of the user's, is no passing trouble of LWA's.
        elsewhere = 200 <= answer.status < 400 or (not answer.status and self._url != LWA_URL)
        advice = _CHECK_URL if elsewhere else "Try again later."
        if _OF_PROXY.search(what):
            advice = _CHECK_PROXY
        error = AuthError(f"Login with Amazon gives no token ({what}; tried {tries} times). {advice}")
        error.retryable = True
        raise error

    def _drop(self, key: str, *, whole: bool) -> None:
        """Forget a token that was refused; a kept refresh token only with the whole, since it may still be good."""
        kept = self._store.get(key)
        self._fresh.pop(key, None)
        over = None if whole or kept is None or not kept.refresh_token or self._refresh_token else kept
        self._store.put(key, over and msgspec.structs.replace(over, access_token="", expires_in=0.0))

    def _fell_back(self, answer: Answer) -> bool:
        """Take the previous client secret from now on, if the present one was refused and there is one."""
        if not self._previous_secret or answer.status not in (400, 401):
            return False
        if read_problem(answer.body).code != "invalid_client":
            return False
        self._client_secret, self._previous_secret = self._previous_secret, ""
        self.previous_in_use = True
        return True

    def _refuse(self, grant: Grant, answer: Answer) -> NoReturn:
        problem = read_problem(answer.body)
        if answer.status == 404 or not problem.code:
            raise AuthError(
                f"What was asked for a token does not answer as Login with Amazon does (status {answer.status}). "
                f"{_CHECK_URL}"
            )
        code = problem.code
        if "code" in grant.form:
            said = grant.without_secrets(problem.message.rstrip("."))
            raise AuthError(f"Login with Amazon refused the code: {code} ({said}). {_CODE_HINT}")
        self._drop(grant.key, whole=code == "invalid_grant")
        said = grant.without_secrets(problem.message.rstrip("."))
        raise AuthError(f"Login with Amazon refused the credentials: {code} ({said}). {HINTS.get(code, _CHECK_URL)}")


class _Granted(msgspec.Struct):
    access_token: str
    expires_in: float = 3600.0
    refresh_token: str | None = None


def _read_token(body: bytes, asked_at: float, grant: Grant) -> Token | None:
    """Return the token granted, or None if the body is none; LWA does not rotate refresh tokens, but may."""
    try:
        granted = msgspec.json.decode(body, type=_Granted, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if not _SENDABLE.fullmatch(granted.access_token):
        return None
    rotated = granted.refresh_token if grant.form.keys() & {"refresh_token", "code"} else None
    return Token(granted.access_token, asked_at, granted.expires_in, rotated)
