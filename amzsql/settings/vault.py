"""Where the secrets of named connections are kept: in the system's keyring, or in a private file of the state folder.

Owns how connections.toml refers to a kept secret (``keyring:ENTRY``, ``store:ENTRY``) and the file of those in the
store. Must not know what a secret is for. No message holds one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from amzsql import state
from amzsql.errors import OperationalError, ProgrammingError

from .values import Secret

Place = Literal["keyring", "store"]
PLACES: tuple[Place, ...] = ("keyring", "store")
FILE = "secrets.json"
_SERVICE = "amzsql"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Vault:
    """The kept secrets of one user. `folder` is the one of the file; None where the state is in memory only."""

    folder: Path | None

    def fetch(self, reference: str) -> Secret | None:
        """Return what a reference of connections.toml stands for; None if it is not there any more.

        Raises:
            ProgrammingError: the keyring is not installed.
            OperationalError: it does not answer, or others can reach the file.
        """
        place, _, entry = reference.partition(":")
        text = self._read().get(entry) if place == "store" else _asked(lambda ring: ring.get_password(_SERVICE, entry))
        return None if text is None else Secret(text)

    def keep(self, place: Place, entry: str, secret: Secret) -> str:
        """Keep a secret under a name and return the reference to it; raises as `fetch` does."""
        if place == "store":
            self._change({entry: secret})
        else:
            _asked(lambda ring: ring.set_password(_SERVICE, entry, secret.reveal()))
        return f"{place}:{entry}"

    def drop(self, reference: str) -> bool:
        """Forget what a reference stands for; False if it was not there. Raises as `fetch` does."""
        if self.fetch(reference) is None:
            return False
        place, _, entry = reference.partition(":")
        if place == "store":
            self._change({entry: None})
        else:
            _asked(lambda ring: ring.delete_password(_SERVICE, entry))
        return True

    def _path(self) -> Path:
        if self.folder is None:
            raise ProgrammingError(
                "Secrets cannot be kept: StateLocation is memory://. Keep them in the system's keyring, or name a"
                " folder."
            )
        return self.folder / FILE

    def _read(self) -> dict[str, str]:
        if self.folder is None:
            return {}
        path = self._path()
        try:
            content = json.loads(state.read_private(path) or b"{}")
        except state.UnsafeFileError as error:
            raise OperationalError(f"The file of secrets: {error}.") from None
        except OSError as error:
            raise OperationalError(f"The file of secrets cannot be read: {path}: {error.strerror}.") from None
        except ValueError:
            # Nothing of its text is told: it may be a secret's.
            raise OperationalError(
                f"The file of secrets {path} is damaged: remove it, and give the secrets again."
            ) from None
        return dict(content) if isinstance(content, dict) else {}

    def _change(self, entries: Mapping[str, Secret | None]) -> None:
        path = self._path()
        try:
            state.private_folder(path.parent)
            with state.locked(path):
                kept = {n: v for n, v in self._read().items() if n not in entries}
                kept |= {n: s.reveal() for n, s in entries.items() if s is not None}
                state.write_private(path, json.dumps(kept, indent=1).encode())
        except OSError as error:
            raise OperationalError(f"Secrets cannot be kept in {path}: {error.strerror or error}.") from None


def is_reference(value: object) -> bool:
    """Tell whether a value of connections.toml says where its secret is kept."""
    return isinstance(value, str) and value.partition(":")[0] in PLACES and ":" in value


def best_place() -> Place:
    """Return the keyring where the system has one that can be used, else the store."""
    try:
        import keyring
    except ImportError:
        return "store"
    return "keyring" if keyring.get_keyring().priority >= 1 else "store"


def _asked(question: Callable[[Any], _T]) -> _T:
    """Ask the system's keyring."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise ProgrammingError(
            "The secret is kept in the system's keyring, which needs another package: pip install 'amzsql[keyring]'."
        ) from None
    try:
        return question(keyring)
    except KeyringError as error:
        # Its text may hold what was asked; its kind does not.
        raise OperationalError(
            f"The system's keyring does not answer ({type(error).__name__}): unlock it, or keep the secret elsewhere"
            " (--keep store)."
        ) from None
