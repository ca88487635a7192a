"""Writing applications, connections and groups into connections.toml, and their secrets to where they are kept.

Owns how properties become lines of that file. Asks nothing of Amazon nor of the user.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from amzsql.errors import ProgrammingError, nearest
from amzsql.settings import BY_KEY, Named, Property, Vault, folder, key, vault
from amzsql.settings.reader import convert, kept_secrets
from amzsql.settings.text import default_environment, environment_properties, lookup

if TYPE_CHECKING:
    import tomlkit

Keep = Literal["keyring", "store", "clear"]
Section = Literal["applications", "connections", "groups"]
_NEEDED = ("OAuthClientId", "OAuthClientSecret", "OAuthRefreshToken")


@dataclass(frozen=True, slots=True)
class Keeper:
    """Where things are written: the folder of connections.toml, the vault, and its place for new secrets."""

    folder: Path
    vault: Vault
    keep: Keep

    def named(self) -> Named:
        """Return what the file holds."""
        return folder.everything(self.folder)

    def save(self, section: Section, name: str, properties: Mapping[str, object], **words: object) -> None:
        """Write an entry's properties, secrets to where they are kept; None takes one out. Others stay as they are.

        `words` are the file's own, such as ``application``.
        """
        folder.check_name(name)
        before = getattr(self.named(), section).get(name, {})
        values = {
            **words,
            **{folder.word_of(known(n)): self._written(section, name, n, v) for n, v in properties.items()},
        }
        folder.change(self.folder, lambda document: _put(document, section, name, values))
        changed = {_plain(word): value for word, value in values.items()}
        self._drop(v for k, v in before.items() if _plain(k) in changed and changed[_plain(k)] != v)

    def remove(self, section: Section, name: str) -> None:
        """Take an entry out, with its secrets."""
        before = getattr(self.named(), section)
        if name not in before:
            raise ProgrammingError(absent(section, name, before, self.folder))
        folder.change(self.folder, lambda document: _take(document, section, name))
        self._drop(before[name].values())

    def _drop(self, values: Iterable[object]) -> None:
        for value in values:
            if vault.is_reference(value):
                self.vault.drop(str(value))

    def _written(self, section: Section, name: str, given: str, value: object) -> object:
        """Return what stands in the file for a property's value; a secret is kept elsewhere."""
        prop = known(given)
        if value is None:
            return None
        if prop.secret and not folder.is_pointer(value):
            secret = convert(prop, value)
            if self.keep == "clear":
                return secret.reveal()
            return self.vault.keep(self.keep, f"{section}.{name}.{folder.word_of(prop)}", secret)
        return written(prop, value)


def keeper(keep: Keep | None = None) -> Keeper:
    """Return what writes to the user's own folders; new secrets go to the keyring where there is one."""
    below, _ = environment_properties(default_environment())
    return Keeper(folder.config_folder(), kept_secrets(below), keep or vault.best_place())


def known(name: str, where: str = "--set") -> Property:
    """Return the property that a name, or a word of the file, means; ProgrammingError tells `where` it stands."""
    words = {key(word): of for word, of in folder.WORDS.items()}
    return BY_KEY[key(words[key(name)])] if key(name) in words else lookup(name, where)


def written(prop: Property, value: object) -> object:
    """Return a property's value as TOML has it; what stands for something else stays as it is."""
    if isinstance(value, str) and ("${" in value or "[" in value):
        return value
    found = convert(prop, value)
    if prop.kind == "marketplaces":
        return [m.country for m in found]
    if prop.kind == "list":
        return list(found)
    if prop.kind in ("bool", "int", "float", "date"):
        return found
    if prop.kind == "simulator":
        return True if str(value).strip().lower() == "true" else str(value)
    return str(found)


def absent(section: Section, name: str, there: Iterable[str], where: Path) -> str:
    """Return the error of a name that the file does not hold."""
    one = section[:-1]
    return f"{where / folder.FILE} holds no {one} {name!r}.{nearest(name, there)} See amzsql {section} list."


def missing(named: Named, name: str) -> list[str]:
    """Return what a connection lacks to ask Amazon anything, by the names of properties."""
    table = named.connections[name]
    own = {known(word).name for word in table if key(word) != "application"}
    application = named.applications.get(str(table.get("application", "")))
    own |= {known(word).name for word in application or {}}
    if "Simulator" in own or "OAuthAccessToken" in own:
        return []
    consents = str(table.get("InitiateOAuth", "")).upper() == "GETANDREFRESH"
    gone = [f"the application {table['application']}"] if "application" in table and application is None else []
    return gone + [n for n in _NEEDED if n not in own and not (consents and n == "OAuthRefreshToken")]


def _put(document: tomlkit.TOMLDocument, section: str, name: str, values: Mapping[str, object]) -> None:
    import tomlkit

    if section not in document:
        document[section] = tomlkit.table(is_super_table=True)
    tables: Any = document[section]
    if name not in tables:
        tables[name] = tomlkit.table()
    table = tables[name]
    for word, value in values.items():
        spelt = next((k for k in table if key(known(k).name if _is_property(k) else k) == _plain(word)), word)
        if value is None:
            table.pop(spelt, None)
        else:
            table[spelt] = value


def _is_property(word: str) -> bool:
    return key(word) in BY_KEY or key(word) in {key(w) for w in folder.WORDS}


def _plain(word: str) -> str:
    return key(known(word).name) if _is_property(word) else key(word)


def _take(document: tomlkit.TOMLDocument, section: str, name: str) -> None:
    tables: Any = document[section]
    del tables[name]
    if not tables:
        del document[section]
