"""The statements that run, on this machine, and how each is cancelled from anywhere: another thread, another process.

Every statement has a file in the state folder while it runs; to remove the file is to cancel the statement. The process
that runs it looks now and then whether its files are there yet. Without a folder only the own process knows them. A
file tells no secret: of the text no values, of a call nothing but its name.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import socket
import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amzsql.clock import Clock
from amzsql.connection.logfile import statement_told
from amzsql.state import StateFolder, is_alive, open_private, private_folder
from amzsql.transport.fork import renew_in_child

FOLDER = "running"
# How often a process looks whether one of its statements was cancelled by another.
_LOOK = 0.25
_MOST = 300
# Texts, also between dollars, comments and numbers.
_VALUES = re.compile(r"'(?:[^']|'')*'?|\$(\w*)\$.*?(?:\$\1\$|\Z)|--[^\n]*|/\*.*?(?:\*/|\Z)|\b\d[\d.]*", re.DOTALL)
_NAME = re.compile(r"[0-9a-f]+-[0-9a-f]{16}")
_HOST = socket.gethostname()


@dataclass(frozen=True, slots=True)
class RunningStatement:
    """A statement that runs. `began` is in seconds since the epoch; `text` is the statement without its values."""

    id: str
    account: str
    began: float
    process: int
    text: str


class Running:
    """The running statements of a state folder, or of this process where there is none. Any thread may use it."""

    def __init__(self, state: StateFolder, clock: Clock, account: str) -> None:
        self._state = state
        self._clock = clock
        self._account = account
        self.after_fork()
        renew_in_child(self)

    def after_fork(self) -> None:
        """Forget the parent's statements: only it can end them."""
        self._lock = threading.RLock()
        self._watching = False
        self._files: dict[str, Path] = {}

    def new_id(self) -> str:
        """Return an id that no other statement of any process has."""
        return f"{os.getpid():x}-{secrets.token_hex(8)}"

    def begin(self, id_: str, text: str, cancel: weakref.WeakMethod[Callable[[], None]]) -> None:
        """Note that a statement runs and how it is cancelled."""
        _own[id_] = cancel
        folder = self._folder()
        if folder is None:
            return
        told = {"account": self._account, "began": self._clock.now(), "process": os.getpid(), "host": _HOST}
        path = folder / f"{id_}.json"
        try:
            _write(path, {**told, "text": _without_values(text)})
        except OSError:
            # A full disk keeps nobody from asking Amazon; such a statement is cancelled by its own process only.
            return
        with self._lock:
            self._files[id_] = path
            if not self._watching:
                self._watching = True
                self._clock.thread(self._watch, "amzsql cancel")

    def end(self, id_: str) -> None:
        """Note that a statement is over; of one that is not known nothing is done."""
        _own.pop(id_, None)
        with self._lock:
            path = self._files.pop(id_, None)
        if path is not None:
            with contextlib.suppress(OSError):
                path.unlink()

    def cancel(self, id_: str) -> bool:
        """Cancel a statement of any process; False if it does not run (any more)."""
        if not _NAME.fullmatch(id_):
            return False
        cancel = _cancelling(id_)
        if cancel is not None:
            cancel()
        folder = self._folder()
        if folder is not None:
            with contextlib.suppress(OSError):
                (folder / f"{id_}.json").unlink()
                return True
        return cancel is not None

    def entries(self) -> list[RunningStatement]:
        """Return the statements that run, the oldest first; what a killed process has left is cleared away."""
        folder = self._folder()
        if folder is None:
            return []
        found = [entry for path in sorted(folder.glob("*.json")) if (entry := _read(path)) is not None]
        return sorted(found, key=lambda entry: entry.began)

    def _folder(self) -> Path | None:
        if self._state.path is None:
            return None
        try:
            return private_folder(private_folder(self._state.path) / FOLDER)
        except OSError:
            return None

    def _watch(self) -> None:
        """Look for cancelled statements as long as any runs."""
        while True:
            self._clock.wait(self._clock.now() + _LOOK)
            with self._lock:
                held = {id_: path for id_, path in self._files.items() if _cancelling(id_) is not None}
                gone = [id_ for id_, path in held.items() if not path.exists()]
                for id_ in self._files.keys() - held.keys():
                    # Nobody holds its cursor any more.
                    self.end(id_)
                for id_ in gone:
                    del self._files[id_]
                self._watching = bool(self._files)
            for id_ in gone:
                if cancel := _cancelling(id_):
                    cancel()
            if not self._watching:
                return


# Of all accounts: who cancels may have connected with other properties.
_own: dict[str, weakref.WeakMethod[Callable[[], None]]] = {}


def _cancelling(id_: str) -> Callable[[], None] | None:
    """Return what cancels a statement of this process; None if it is over, or nobody holds it."""
    known = _own.get(id_)
    return known() if known is not None else None


def _without_values(text: str) -> str:
    told = statement_told(_VALUES.sub("…", text))
    return told if len(told) <= _MOST else f"{told[:_MOST]} …"


def _write(path: Path, told: Mapping[str, Any]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(json.dumps(told, ensure_ascii=False).encode())


def _read(path: Path) -> RunningStatement | None:
    """Return what a file tells; None if it is over, is just being written, or is left by a killed process."""
    try:
        told = _told(path)
        entry = RunningStatement(path.stem, told["account"], float(told["began"]), int(told["process"]), told["text"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if _is_of_gone(told):
        with contextlib.suppress(OSError):
            path.unlink()
        return None
    return entry


def is_left(path: Path) -> bool:
    """Tell whether a statement's file was left by a process of this machine that is gone."""
    try:
        return _is_of_gone(_told(path))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _told(path: Path) -> dict[str, Any]:
    """Return what a file tells; OSError if there is none, ValueError if it is just being written."""
    file = open_private(path)
    if file is None:
        raise FileNotFoundError(path)
    with file:
        told = json.loads(file.read())
    if not isinstance(told, dict):
        raise ValueError(path)
    return told


def _is_of_gone(told: Mapping[str, Any]) -> bool:
    return bool(told.get("host") == _HOST and not is_alive(int(told["process"])))
