"""What each statement that writes has done so far, kept so that it is known after the process was killed.

One file a statement in the state folder, to which lines are only ever added: which rows there are, and before and after
each call what became of its row. No values but keys, no request, no secret. Without a folder it is kept in memory.
"""

from __future__ import annotations

import contextlib
import json
import os
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amzsql.state import StateFolder, open_private, private_folder

FOLDER = "writes"
KEPT = 7 * 86400.0
NOT_SENT, SENDING, UNKNOWN = "not sent", "sending", "unknown"

_in_memory: weakref.WeakKeyDictionary[StateFolder, dict[str, list[bytes]]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one row. `at`: seconds since the epoch, of the statement's begin where the row was not sent."""

    account: str
    statement: str
    row: int
    verb: str
    schema: str
    table: str
    key: Mapping[str, Any]
    state: str
    at: float
    request_id: str | None


class Journal:
    """The journal of one statement, while it runs.

    Attributes:
        problem: why it is not kept in the folder, if it is not; what was to be written there goes on all the same.
    """

    def __init__(self, state: StateFolder, name: str) -> None:
        self._lines: list[bytes] = []
        self._file: int | None = None
        self.problem = ""
        if state.path is None:
            self._lines = _in_memory.setdefault(state, {}).setdefault(name, [])
            return
        try:
            self._file = _opened(state.path, name)
        except OSError as error:
            self.problem = str(error)

    def note(self, rows: Sequence[int], state: str, at: float, request_id: str | None = None) -> None:
        """Note what has become of some rows."""
        self._add({"rows": list(rows), "state": state, "at": at, "request": request_id})

    def learn(self, row: int, key: Mapping[str, Any]) -> None:
        """Note what the key of a new row is."""
        self._add({"row": row, "key": dict(key)})

    def close(self) -> None:
        """Write no more."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _add(self, line: Mapping[str, Any]) -> None:
        text = json.dumps(line, default=str).encode() + b"\n"
        if self._file is None:
            self._lines.append(text)
            return
        try:
            os.write(self._file, text)
        except OSError as error:
            self.problem = str(error)


def begin(
    state: StateFolder,
    *,
    account: str,
    verb: str,
    schema: str,
    table: str,
    keys: Sequence[Mapping[str, Any]],
    at: float,
    mark: str,
) -> Journal:
    """Return the journal of a statement that is about to write rows of some keys, and drop those that are old.

    `mark` tells statements of one moment apart.
    """
    sweep(state, at)
    journal = Journal(state, f"{int(at * 1000)}-{mark}")
    head = {"account": account, "verb": verb, "schema": schema, "table": table, "at": at}
    journal._add({**head, "keys": [dict(key) for key in keys]})
    return journal


def sweep(state: StateFolder, now: float) -> None:
    """Drop the journals of statements of long ago."""
    for name in list(_names(state)):
        if _time_of(name) < now - KEPT:
            _in_memory.get(state, {}).pop(name, None)
            if state.path is not None:
                with contextlib.suppress(OSError):
                    _path(state.path, name).unlink()


def entries(state: StateFolder) -> Iterator[Entry]:
    """Yield what is known of each row, the newest statement first."""
    for name in sorted(_names(state), reverse=True):
        lines = [found for line in _lines(state, name) if (found := _decoded(line)) is not None]
        if lines and "keys" in lines[0]:
            yield from _of(name, lines[0], lines[1:])


def _of(name: str, head: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Iterator[Entry]:
    last: dict[int, Mapping[str, Any]] = {row: line for line in lines for row in line.get("rows", ())}
    learned = {line["row"]: line["key"] for line in lines if "key" in line}
    for row, given in enumerate(head["keys"]):
        key = {**given, **learned.get(row, {})}
        line = last.get(row, {"state": NOT_SENT, "at": head["at"]})
        state = UNKNOWN if line["state"] in (SENDING, "sent") else line["state"]
        yield Entry(
            head["account"], name, row, head["verb"], head["schema"], head["table"], key, state, line["at"],
            line.get("request"),
        )  # fmt: skip


def _decoded(line: bytes) -> dict[str, Any] | None:
    """Return a line; None for one that a killed process did not write to its end."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _names(state: StateFolder) -> Iterator[str]:
    if state.path is None:
        yield from _in_memory.get(state, {})
        return
    with contextlib.suppress(OSError):
        yield from (p.stem for p in (state.path / FOLDER).glob("*.jsonl"))


def _lines(state: StateFolder, name: str) -> list[bytes]:
    if state.path is None:
        return list(_in_memory.get(state, {}).get(name, ()))
    with contextlib.suppress(OSError):
        file = open_private(_path(state.path, name))
        if file is not None:
            with file:
                return file.readlines()
    return []


def _time_of(name: str) -> float:
    begun = name.partition("-")[0]
    return float(begun) / 1000 if begun.isdecimal() else 0.0


def _path(folder: Path, name: str) -> Path:
    return folder / FOLDER / f"{name}.jsonl"


def _opened(folder: Path, name: str) -> int:
    private_folder(private_folder(folder) / FOLDER)
    return os.open(_path(folder, name), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
