"""Trying a named connection before it is saved, and forgetting what is kept of it.

Owns how an entry of connections.toml that is not written yet becomes a connection. Writes nothing there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from amzsql import marketplaces
from amzsql.cli import keeping, running
from amzsql.cli.keeping import Keeper
from amzsql.errors import Error
from amzsql.settings import Secret, read, vault

if TYPE_CHECKING:
    from amzsql.connection import Connection

Properties = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Shown:
    """What Amazon says of an account: what its shops are called, whose it is, its region, its marketplaces' ids."""

    shops: tuple[str, ...]
    kind: str
    region: str
    marketplaces: tuple[str, ...]


def lacking(keeper: Keeper, name: str, own: Properties, words: Properties) -> list[str]:
    """Return what a connection would lack to ask Amazon anything."""
    named = keeper.named()
    table = dict(named.connections.get(name, {}))
    taken = {keeping.known(n).name for n, v in own.items() if v is None}
    table = {k: v for k, v in table.items() if k == "application" or keeping.known(k).name not in taken}
    after = {**table, **{n: v for n, v in own.items() if v is not None}, **words}
    return keeping.missing(replace(named, connections={**named.connections, name: after}), name)


def shown(keeper: Keeper, name: str, own: Properties, words: Properties = {}) -> Shown:  # noqa: B006 - never changed
    """Ask Amazon with what a connection would be, and return what it says of the account."""
    return account(opened(keeper, name, own, words))


def opened(keeper: Keeper, name: str, own: Properties, words: Properties = {}) -> Connection:  # noqa: B006
    """Open what a connection would be."""
    named = keeper.named()
    table = dict(named.connections.get(name, {})) | dict(words)
    application = named.applications.get(str(table.pop("application", "")), {})
    below = {keeping.known(w).name: v for w, v in {**application}.items()}
    below |= {keeping.known(w).name: v for w, v in table.items()}
    below |= {keeping.known(n).name: v for n, v in own.items()}
    given = {n: _resolved(keeper, v) if keeping.known(n).secret else v for n, v in below.items() if v is not None}
    return running.opened(given)


def _resolved(keeper: Keeper, value: object) -> object:
    return keeper.vault.fetch(value) if isinstance(value, str) and vault.is_reference(value) else value


def account(connection: Connection) -> Shown:
    """Return what Amazon says of a connection's account, asked once."""
    shops = connection.shops()
    ids = tuple(shop.marketplace for shop in shops) or tuple(m.id for m in connection.settings.marketplace)
    first = marketplaces.by_id(ids[0]) if ids else None
    region = marketplaces.REGIONS[first.region].name if first is not None else ""
    names = tuple(dict.fromkeys(shop.name for shop in shops if shop.name))
    return Shown(names, connection.kind or "seller", region, ids)


def told(account: Shown) -> Iterator[str]:
    """Yield an account's lines for the terminal."""
    yield f"Account: {', '.join(account.shops) or 'a vendor, whose name Amazon does not tell'} ({account.kind})"
    yield f"Region: {account.region}"
    places = [marketplaces.by_id(i) for i in account.marketplaces]
    yield f"Marketplaces: {', '.join(p.name for p in places if p is not None)}"


def forget(name: str) -> None:
    """Drop the access tokens that are kept for a connection."""
    try:
        settings = read("", Connection=name)
    except Error:
        return  # what cannot be read never had a token
    from amzsql.connection.runtime import runtime_of

    runtime_of(settings).forget_tokens()


def secret_of(keeper: Keeper, application: str) -> Secret | None:
    """Return the secret of an application, as far as it is there and not in the environment."""
    table = {keeping.known(w).name: v for w, v in keeper.named().applications[application].items()}
    value = table.get("OAuthClientSecret")
    if value is None or (isinstance(value, str) and value.startswith("${")):
        return None
    found: Any = _resolved(keeper, value)
    return found if found is None or isinstance(found, Secret) else Secret(str(found))


def user_of(keeper: Keeper, application: str) -> str | None:
    """Return a complete connection of an application; None if there is none."""
    named = keeper.named()
    users = (c for c, table in sorted(named.connections.items()) if table.get("application") == application)
    complete = (c for c in users if not set(keeping.missing(named, c)) - {"OAuthClientSecret"})
    return next(complete, None)


def try_secret(keeper: Keeper, connection: str, secret: Secret) -> None:
    """Have a token made with another client secret; AuthError if it is refused."""
    opened(keeper, connection, {"OAuthClientSecret": secret, "OAuthPreviousSecret": None}).runtime.exchange()
