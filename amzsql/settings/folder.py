"""Named connections: the file connections.toml in the user's configuration folder.

Owns the file's shape (applications, connections, groups) and how it is changed. Must not know what a property means
beyond its name.
"""

from __future__ import annotations

import fnmatch
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from amzsql import state
from amzsql.errors import NotSupportedError, OperationalError, ProgrammingError, nearest

from . import vault
from .properties import BY_KEY, Property, key

if TYPE_CHECKING:
    import tomlkit

_T = TypeVar("_T")
FILE = "connections.toml"
# The file's own words beside the properties' names.
WORDS = {
    "client_id": "OAuthClientId",
    "client_secret": "OAuthClientSecret",
    "previous_secret": "OAuthPreviousSecret",
    "secret_date": "OAuthSecretDate",
    "access_token": "OAuthAccessToken",
    "refresh_token": "OAuthRefreshToken",
    "authorized": "OAuthAuthorizationDate",
    "app_id": "AppId",
    "kind": "OAuthAppKind",
    "marketplaces": "Marketplace",
}
_WORDS = {key(word): name for word, name in WORDS.items()}
SECTIONS = ("applications", "connections", "groups")


@dataclass(frozen=True, slots=True)
class Named:
    """What connections.toml holds, by name: tables as they stand there, secrets unresolved."""

    path: Path
    applications: Mapping[str, Mapping[str, object]]
    connections: Mapping[str, Mapping[str, object]]
    groups: Mapping[str, Mapping[str, object]]

    def members(self, group: str) -> tuple[str, ...]:
        """Return the connections of a group, in the order of its list; each pattern's sorted, each once."""
        listed = self._listed(group)
        found = (n for p in listed for n in sorted(self.connections) if fnmatch.fnmatchcase(n, p))
        return tuple(dict.fromkeys(found))

    def missing(self, group: str) -> tuple[str, ...]:
        """Return the names in a group's list that no connection has; a pattern may well have none."""
        return tuple(n for n in self._listed(group) if n not in self.connections and not any(c in n for c in "*?["))

    def _listed(self, group: str) -> list[str]:
        given = self.groups[group].get("connections", ())
        return [given] if isinstance(given, str) else [str(n) for n in given] if isinstance(given, Iterable) else []


def everything(folder: Path) -> Named:
    """Return what connections.toml holds; nothing where there is no file. ProgrammingError if it is none."""
    path = folder / FILE
    content = _load(path) if path.exists() else {}
    return Named(path, *(_tables(content, section, path) for section in SECTIONS))


def change(folder: Path, work: Callable[[tomlkit.TOMLDocument], _T]) -> _T:
    """Change connections.toml as `work` does, at once and for its owner only; comments and order stay.

    Raises:
        ProgrammingError: what stands there is no such file. OperationalError: it cannot be written.
    """
    import tomlkit

    # Some keep the file elsewhere and link to it.
    path = (folder / FILE).resolve()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with state.locked(path):
            everything(folder)
            document = tomlkit.parse(path.read_text("utf-8")) if path.exists() else tomlkit.document()
            result = work(document)
            state.write_private(path, tomlkit.dumps(document).encode())
    except OSError as error:
        raise OperationalError(f"{path} cannot be written: {error.strerror or error}.") from None
    return result


def word_of(known: Property) -> str:
    """Return what the file calls a property."""
    return next((word for word, name in WORDS.items() if name == known.name), known.name)


def check_name(name: str) -> None:
    """Raise ProgrammingError if a connection, application or group cannot be called so."""
    _check_name(name)


def config_folder() -> Path:
    """Return the user's configuration folder of amzsql."""
    import platformdirs

    return platformdirs.user_config_path("amzsql", appauthor=False)


def named_connection(
    name: str, folder: Path, secrets: vault.Vault | None = None
) -> tuple[dict[str, object], list[str]]:
    """Return the properties of a named connection, its application's below its own, and warnings.

    Raises:
        ProgrammingError: no such file, connection or application, or a name or property that cannot be.
        NotSupportedError: the name is a group's.
    """
    path = folder / FILE
    _check_name(name)
    content = _load(path)
    connections = _tables(content, "connections", path)
    if name not in connections:
        if name in _tables(content, "groups", path):
            raise NotSupportedError(f"Connection: {name} is a group in {path}: here one of its connections is wanted.")
        hint = nearest(name, connections) or (f" It holds {', '.join(sorted(connections))}." if connections else "")
        raise ProgrammingError(f"Connection: {path} holds no connection {name!r}.{hint}")
    own, application = _properties(connections[name], f"{path} [connections.{name}]", application=False)
    found = own
    if application is not None:
        applications = _tables(content, "applications", path)
        if application not in applications:
            hint = nearest(application, applications)
            raise ProgrammingError(
                f"Connection: {path} [connections.{name}] names the application {application!r}, which is not"
                f" there.{hint}"
            )
        below, _ = _properties(applications[application], f"{path} [applications.{application}]", application=True)
        found = {**below, **own}
    warned = _open_to_others(path, found)
    return _with_kept(found, secrets or vault.Vault(None), name, warned), warned


def named_group(name: str, folder: Path) -> tuple[str, ...] | None:
    """Return the connections of a group, in their order; None if the name is a connection's, or of nothing there.

    Raises:
        ProgrammingError: the file is none, or the group has no connections, or something else.
    """
    if not (folder / FILE).exists():
        return None
    named = everything(folder)
    if name in named.connections or name not in named.groups:
        return None
    others = sorted(named.groups[name].keys() - {"connections"})
    if others:
        raise ProgrammingError(
            f"Connection: the group {name} in {named.path} has {', '.join(others)}, and a group has nothing but"
            " connections: give properties to these, or where you connect to the group."
        )
    members = (*named.members(name), *named.missing(name))
    if not members:
        raise ProgrammingError(
            f"Connection: the group {name} in {named.path} has no connections: amzsql groups add {name} CONNECTION …"
        )
    return members


def _with_kept(
    found: Mapping[str, object], secrets: vault.Vault, connection: str, warned: list[str]
) -> dict[str, object]:
    """Return the properties with the secrets that are kept elsewhere; what is gone from there is warned of."""
    resolved: dict[str, object] = {}
    for name, value in found.items():
        if BY_KEY[key(name)].secret and vault.is_reference(value):
            secret = secrets.fetch(str(value))
            if secret is None:
                warned.append(
                    f"{name} of the connection {connection} is not there any more, where it was kept"
                    f" ({str(value).partition(':')[0]}): amzsql connections edit {connection}"
                )
                continue
            value = secret
        resolved[name] = value
    return resolved


def _check_name(name: str) -> None:
    if "/" in name or ":" in name or not name.strip():
        raise ProgrammingError("Connection: a connection's name is not empty and holds no / and no :")


def _load(path: Path) -> Mapping[str, object]:
    import tomllib

    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        raise ProgrammingError(
            f"Connection: there is no file {path}; write [connections.NAME] into it, or give the properties themselves"
        ) from None
    except OSError as error:
        raise ProgrammingError(f"Connection: {path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # The decoder's own text can hold a piece of the file; of it only the place is passed on.
        place = str(error).rpartition("(")[2].rstrip(")") if "(at " in str(error) else "its encoding"
        raise ProgrammingError(f"Connection: {path} is not valid TOML ({place})") from None


def _tables(content: Mapping[str, object], section: str, path: Path) -> dict[str, Mapping[str, object]]:
    tables = content.get(section, {})
    if not isinstance(tables, Mapping) or not all(isinstance(t, Mapping) for t in tables.values()):
        raise ProgrammingError(f"Connection: {path} needs tables [{section}.NAME]")
    for name in tables:
        _check_name(name)
    return dict(tables)


def _properties(table: Mapping[str, object], where: str, *, application: bool) -> tuple[dict[str, object], str | None]:
    found: dict[str, object] = {}
    named: str | None = None
    for name, value in table.items():
        plain = key(name)
        if plain == "application" and not application:
            named = str(value)
            continue
        known = BY_KEY.get(key(_WORDS.get(plain, name)))
        if known is None or known.name == "Connection":
            hint = nearest(plain, [p.name for p in BY_KEY.values()] + list(WORDS))
            raise ProgrammingError(f"{where}: there is no property {name!r}.{hint}")
        if known.name in found:
            raise ProgrammingError(f"{where}: {known.name} is given twice")
        found[known.name] = value
    return found, named


def _open_to_others(path: Path, found: Mapping[str, object]) -> list[str]:
    """Return a warning if others may read the file and a secret stands in it."""
    secrets = [n for n, v in found.items() if BY_KEY[key(n)].secret and not is_pointer(v)]
    if not secrets or os.name == "nt" or not stat.S_IMODE(path.stat().st_mode) & 0o077:
        return []
    return [f"{path} holds secrets ({', '.join(secrets)}) and others may read it: chmod 600 {path}"]


def is_pointer(value: object) -> bool:
    """Tell whether a secret's value in the file is none, but says where it is."""
    return str(value).startswith("${") or vault.is_reference(value)
