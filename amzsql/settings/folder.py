"""Named connections: the file connections.toml in the user's configuration folder.

Owns the file's shape: applications, connections, groups. Must not know what a property means beyond its name.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from amzsql.errors import NotSupportedError, ProgrammingError, nearest

from .properties import BY_KEY, key

FILE = "connections.toml"
# The file's own words beside the properties' names.
_WORDS = {
    "clientid": "OAuthClientId",
    "clientsecret": "OAuthClientSecret",
    "accesstoken": "OAuthAccessToken",
    "refreshtoken": "OAuthRefreshToken",
    "marketplaces": "Marketplace",
}
# They describe an application for its owner and are no properties of a connection.
_DESCRIPTION = frozenset(("appid", "kind"))


def config_folder() -> Path:
    """Return the user's configuration folder of amzsql."""
    import platformdirs

    return platformdirs.user_config_path("amzsql", appauthor=False)


def named_connection(name: str, folder: Path) -> tuple[dict[str, object], list[str]]:
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
            raise NotSupportedError(
                f"Connection: {name} is a group in {path}; groups come in a later version. Name one of its connections."
            )
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
    return found, _open_to_others(path, found)


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
        if application and plain in _DESCRIPTION:
            continue
        known = BY_KEY.get(key(_WORDS.get(plain, name)))
        if known is None or known.name == "Connection":
            hint = nearest(plain, [p.name for p in BY_KEY.values()] + list(_WORDS))
            raise ProgrammingError(f"{where}: there is no property {name!r}.{hint}")
        if known.name in found:
            raise ProgrammingError(f"{where}: {known.name} is given twice")
        found[known.name] = value
    return found, named


def _open_to_others(path: Path, found: Mapping[str, object]) -> list[str]:
    """Return a warning if others may read the file and a secret stands in it."""
    secrets = [n for n, v in found.items() if BY_KEY[key(n)].secret and not str(v).startswith("${")]
    if not secrets or os.name == "nt" or not stat.S_IMODE(path.stat().st_mode) & 0o077:
        return []
    return [f"{path} holds secrets ({', '.join(secrets)}) and others may read it: chmod 600 {path}"]
