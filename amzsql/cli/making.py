"""What the commands on applications, connections and groups do.

Owns the order of things: ask, try, show, save. How things are written is `keeping`'s, what is asked `asking`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import typer

from amzsql.cli import asking, keeping, running
from amzsql.cli.keeping import Keep, Keeper, Section
from amzsql.cli.running import say
from amzsql.clock import RealClock, utc
from amzsql.errors import ProgrammingError
from amzsql.settings import Secret, folder, shapes, vault

if TYPE_CHECKING:
    from amzsql.cli.named import Place

Properties = Mapping[str, object]
_NONE: Properties = MappingProxyType({})
OVERLAP_DAYS = 7
"""For how many days Amazon takes an application's previous secret too."""


def keeper(keep: Place | None = None, clear_text: bool = False) -> Keeper:
    """Return what writes, by the options of a command."""
    if clear_text and keep is not None:
        raise ProgrammingError("--clear-text and --keep are two places: give one of them.")
    chosen: Keep | None = "clear" if clear_text else None
    return keeping.keeper(chosen or (keep.value if keep is not None else None))


def wanted(
    given: Sequence[str] | None, *, marketplace: str | None = None, vendor: bool = False, simulator: bool = False
) -> dict[str, object]:
    """Return the properties that the options of a command name, by their documented names."""
    found: dict[str, object] = {}
    for name, value in running.assignments(given or []).items():
        prop = keeping.known(name)
        if prop.name == "Connection":
            raise ProgrammingError("--set Connection: a connection names no other.")
        running.warn_of_secret(prop, value)
        found[prop.name] = value
    if marketplace:
        found["Marketplace"] = marketplace.split(",")
    if vendor:
        found["SellingPartner"] = "Vendor"
    if simulator:
        found.setdefault("Simulator", "True")
    return found


# -- connections -------------------------------------------------------------------------------------------------------


def add(
    keeper: Keeper, name: str, application: str | None, client_id: str | None, given: Properties, *, test: bool
) -> None:
    """Make a connection."""
    folder.check_name(name)
    named = keeper.named()
    if name in named.connections or name in named.groups:
        what = "connection" if name in named.connections else "group"
        raise ProgrammingError(f"There is a {what} {name} in {named.path} already: amzsql connections edit {name}.")
    if application is None and client_id is None and len(named.applications) == 1:
        application = next(iter(named.applications))
        say(f"Application: {application}")
    known = named.applications.get(application) if application is not None else None
    simulated = "Simulator" in given and "OAuthClientId" not in given and application is None
    client: dict[str, object] = {}
    if known is None and not simulated:
        client = _client(client_id, given)
    own: dict[str, object] = dict(given)
    if "OAuthRefreshToken" not in own and not simulated:
        own["OAuthRefreshToken"] = asking.secret("OAuthRefreshToken", "Refresh token (Atzr|…)")
    words = {"application": application} if application is not None else {}
    _try_and_save(keeper, name, checked(own), words, test=test, client=checked(client))


def edit(keeper: Keeper, name: str, application: str | None, given: Properties, *, ask: bool, test: bool) -> None:
    """Change a connection."""
    named = keeper.named()
    if name not in named.connections:
        raise ProgrammingError(keeping.absent("connections", name, named.connections, keeper.folder))
    own = {keeping.known(n).name: v for n, v in given.items()}
    if ask or (not own and application is None):
        lacking = keeping.missing(named, name)
        if not ask and not lacking:
            say(f"{name} lacks nothing. See amzsql connections edit --help for what can be changed.")
            return
        if ask or "OAuthRefreshToken" in lacking:
            own["OAuthRefreshToken"] = asking.secret("OAuthRefreshToken", "Refresh token (Atzr|…)", needed=ask)
        if "OAuthClientId" in lacking or "OAuthClientSecret" in lacking:
            own |= _client(None, own)
        own = checked(own)
    words = {"application": application} if application is not None else {}
    _try_and_save(keeper, name, own, words, test=test)


def _client(client_id: str | None, given: Properties) -> dict[str, object]:
    """Return an application's client id and secret: those given, otherwise asked for."""
    found = {n: given[n] for n in ("OAuthClientId", "OAuthClientSecret") if n in given}
    if client_id is not None:
        found["OAuthClientId"] = client_id
    if "OAuthClientId" not in found:
        found["OAuthClientId"] = asking.text("OAuthClientId", "Client id (amzn1.application-oa2-client.…)")
    if "OAuthClientSecret" not in found:
        found["OAuthClientSecret"] = asking.secret("OAuthClientSecret", "Client secret (amzn1.oa2-cs.v1.…)")
    return found


def checked(properties: Properties) -> dict[str, object]:
    """Return the properties that were given; ProgrammingError for one that cannot be what it should."""
    found = {n: v for n, v in properties.items() if v not in (None, "")}
    for name, value in found.items():
        text = value.reveal() if isinstance(value, Secret) else str(value)
        wrong = "" if text.startswith("${") else shapes.problem(name, text)
        if wrong:
            raise ProgrammingError(f"{wrong}.")
    return found


def _try_and_save(
    keeper: Keeper, name: str, own: Properties, words: Mapping[str, str], *, test: bool, client: Properties = _NONE
) -> None:
    """Try what the connection would be, show the account, and save it.

    `client` is what is to be saved of a new application; of a connection without one, among its own properties.
    """
    from amzsql.cli import trial

    new = words.get("application") if client else None
    lacking = trial.lacking(keeper, name, {**client, **own}, {} if new else words)
    if test and not lacking:
        for line in trial.told(trial.shown(keeper, name, {**client, **own}, {} if new else words)):
            typer.echo(line)
    if new:
        keeper.save("applications", new, client)
    else:
        own = {**client, **own}
    keeper.save("connections", name, own, **words)
    where = {"clear": "in clear in that file", "keyring": "in the system's keyring", "store": "in the state folder"}
    secrets = any(keeping.known(n).secret and v is not None and not str(v).startswith("${") for n, v in own.items())
    typer.echo(f"Saved: {name} in {keeper.named().path}{f', secrets {where[keeper.keep]}' if secrets else ''}.")
    if lacking:
        help_ = "authorize" if lacking == ["OAuthRefreshToken"] and _has_page(keeper, name) else "connections edit"
        say(f"{name} is incomplete: it lacks {', '.join(lacking)}. amzsql {help_} {name}", kind="warning")
    elif not test:
        say(f"{name} was not tried: amzsql test {name}")


def _has_page(keeper: Keeper, name: str) -> bool:
    """Tell whether a connection's application can be let in on a consent page."""
    named = keeper.named()
    table = named.connections[name]
    both = {**named.applications.get(str(table.get("application", "")), {}), **table}
    return any(keeping.known(word).name == "AppId" for word in both if word != "application")


def list_connections(keeper: Keeper) -> None:
    """Print the connections."""
    from amzsql.cli import show

    named = keeper.named()
    rows = [_listed(keeper, name) for name in sorted(named.connections)]
    names = ("Name", "Application", "Marketplaces", "Secrets", "Authorised", "Groups", "State")
    _table(names, rows, f"There are no connections in {named.path}: amzsql connections add NAME", show)


def _listed(keeper: Keeper, name: str) -> tuple[object, ...]:
    named = keeper.named()
    table = named.connections[name]
    where = f"{named.path}, [connections.{name}]"
    of = {keeping.known(w, where).name: v for w, v in table.items() if w != "application"}
    lacking = keeping.missing(named, name)
    state = f"incomplete: lacks {', '.join(lacking)}" if lacking else "complete"
    if of.get("Simulator"):
        state = "the simulator"
    places = of.get("Marketplace", "")
    shown = ", ".join(str(p) for p in places) if isinstance(places, list) else str(places)
    inside = [group for group in sorted(named.groups) if name in named.members(group)]
    authorised = of.get("OAuthAuthorizationDate", "")
    return name, table.get("application", ""), shown or "all", _places(of), authorised, ", ".join(inside), state


def _places(properties: Mapping[str, object]) -> str:
    """Return where an entry's secrets are kept."""
    found = [_place(v) for n, v in properties.items() if keeping.known(n).secret]
    return ", ".join(dict.fromkeys(found))


def _place(value: object) -> str:
    if vault.is_reference(value):
        return str(value).partition(":")[0]
    return "environment" if str(value).startswith("${") else "clear text"


def remove(keeper: Keeper, section: Section, name: str, *, yes: bool) -> None:
    """Take an application, connection or group out of the file."""
    named, one = keeper.named(), section[:-1]
    if name not in getattr(named, section):
        raise ProgrammingError(keeping.absent(section, name, getattr(named, section), keeper.folder))
    users = [c for c, table in named.connections.items() if table.get("application") == name]
    if section == "applications" and users:
        raise ProgrammingError(f"The application {name} is used by {', '.join(users)}: remove or change these first.")
    if not asking.confirmed(f"Remove the {one} {name}?", yes=yes):
        return
    if section == "connections":
        from amzsql.cli import trial

        trial.forget(name)
    keeper.remove(section, name)
    typer.echo(f"Removed: the {one} {name}.")
    for group, table in named.groups.items() if section == "connections" else ():
        if name in list(table.get("connections", ())):  # type: ignore[call-overload]
            say(f"The group {group} still names {name}.", kind="warning")


def log_out(keeper: Keeper, name: str, *, yes: bool) -> None:
    """Forget a connection's tokens."""
    from amzsql.cli import trial

    named = keeper.named()
    if name not in named.connections:
        raise ProgrammingError(keeping.absent("connections", name, named.connections, keeper.folder))
    if not asking.confirmed(f"Forget the tokens of {name}? Its refresh token is shown by Amazon only once.", yes=yes):
        return
    tokens = ("OAuthRefreshToken", "OAuthAccessToken")
    table = {keeping.known(w).name: v for w, v in named.connections[name].items() if w != "application"}
    left = [n for n in tokens if str(table.get(n, "")).startswith("${")]
    trial.forget(name)
    keeper.save("connections", name, {n: None for n in (*tokens, "OAuthAuthorizationDate") if n not in left})
    typer.echo(f"Forgotten: the tokens of {name}.")
    for each in left:
        say(f"{each} stands in the environment ({table[each]}) and is not amzsql's to forget.", kind="warning")


# -- applications ------------------------------------------------------------------------------------------------------


def add_application(keeper: Keeper, name: str, given: Properties) -> None:
    """Make an application."""
    named = keeper.named()
    if name in named.applications:
        raise ProgrammingError(f"There is an application {name} in {named.path} already.")
    found = {**_client(None, checked(given)), **checked(given)}
    keeper.save("applications", name, checked(found))
    typer.echo(f"Saved: the application {name} in {keeper.named().path}.")
    lacking = [n for n in ("OAuthClientId", "OAuthClientSecret") if not found.get(n)]
    if lacking:
        say(f"{name} is incomplete: it lacks {', '.join(lacking)}.", kind="warning")


def list_applications(keeper: Keeper) -> None:
    """Print the applications."""
    from amzsql.cli import show

    named = keeper.named()
    rows = []
    for name, table in sorted(named.applications.items()):
        of = {keeping.known(w).name: v for w, v in table.items()}
        users = [c for c, t in named.connections.items() if t.get("application") == name]
        made = of.get("OAuthSecretDate")
        age = f"{(today() - made).days} days" if isinstance(made, date) else "not known"
        kind = str(of.get("OAuthAppKind", "Private")).capitalize()
        rows.append((name, of.get("OAuthClientId", ""), kind, _places(of), age, ", ".join(users)))
    names = ("Name", "Client id", "Kind", "Secrets", "Secret's age", "Connections")
    _table(names, rows, f"There are no applications in {named.path}: amzsql applications add NAME", show)


def rotate(keeper: Keeper, name: str, *, test: bool) -> None:
    """Take an application's new secret: try it, keep the old as the second, for all its connections at once."""
    from amzsql.cli import trial

    named = keeper.named()
    if name not in named.applications:
        raise ProgrammingError(keeping.absent("applications", name, named.applications, keeper.folder))
    new = asking.secret("OAuthClientSecret", "New client secret (amzn1.oa2-cs.v1.…)", needed=True)
    assert new is not None
    old = trial.secret_of(keeper, name)
    if old is not None and old == new:
        raise ProgrammingError("That is the secret that is there already: make a new one in the developer console.")
    user = trial.user_of(keeper, name)
    if test and user is not None:
        trial.try_secret(keeper, user, new)
        typer.echo(f"Amazon takes the new secret (tried with the connection {user}).")
    changes: dict[str, object] = {"OAuthClientSecret": new, "OAuthPreviousSecret": old, "OAuthSecretDate": today()}
    keeper.save("applications", name, changes)
    until = today() + timedelta(days=OVERLAP_DAYS)
    second = f" The old one is kept as the second until {until}." if old is not None else ""
    typer.echo(f"Saved: the new secret of {name}, for all its connections.{second}")
    if test and user is None:
        say("It was not tried, since no complete connection uses the application.", kind="warning")


# -- groups ------------------------------------------------------------------------------------------------------------


def add_group(keeper: Keeper, name: str, members: Sequence[str]) -> None:
    """Make a group, or replace it."""
    named = keeper.named()
    if name in named.connections:
        raise ProgrammingError(f"There is a connection {name} in {named.path}: a group needs a name of its own.")
    keeper.save("groups", name, {}, connections=list(members))
    found = keeper.named().members(name)
    typer.echo(f"Saved: the group {name} of {len(found)} connections{': ' if found else ''}{', '.join(found)}.")
    for member in members:
        if not any(sign in member for sign in "*?[") and member not in named.connections:
            say(f"There is no connection {member} yet.", kind="warning")


def list_groups(keeper: Keeper) -> None:
    """Print the groups."""
    from amzsql.cli import show

    named = keeper.named()
    rows = []
    for name, table in sorted(named.groups.items()):
        given = table.get("connections", ())
        patterns = [given] if isinstance(given, str) else list(given)  # type: ignore[call-overload]
        found = named.members(name)
        rows.append((name, ", ".join(map(str, patterns)), len(found), ", ".join(found)))
    names = ("Name", "Members", "Count", "Connections")
    _table(names, rows, f"There are no groups in {named.path}: amzsql groups add NAME CONNECTION…", show)


# -- small things ------------------------------------------------------------------------------------------------------


def today() -> date:
    """Return the day of the machine's clock, UTC."""
    return utc(RealClock().now()).date()


def _table(names: Sequence[str], rows: Sequence[Sequence[object]], nothing: str, show: Any) -> None:
    if not rows:
        say(nothing)
        return
    show.console().print(show.table(names, [False] * len(names), rows))
