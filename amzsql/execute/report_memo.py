"""Documents that are kept on the disk, so that the same question costs no call.

Owns their files: private, whole or not there at all, bounded in number of bytes and of days, never of a type that may
hold personal data. Must not know who asked for a document nor what it holds.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from amzsql.clock import Clock
from amzsql.execute.report_book import DAY, DocumentRules
from amzsql.spapi.document_types import report_types
from amzsql.spapi.report_columns import report_layout
from amzsql.state import StateFolder, is_alive, open_private, private_folder, sync_folder
from amzsql.transport.download import Download

FOLDER = "documents"
SUFFIX, PART = ".doc", ".part"
# The head of a file: JSON in so many bytes, written last.
_HEAD = 1024
_PIECE = 1 << 18
# Amazon lets reports about orders be kept for less long.
_ORDERS, _OTHERS = 30 * DAY, 90 * DAY
_ORDER_CATEGORIES = ("Order", "Returns")
_PERSONAL = re.compile(
    r"(?i)buyer|recipient|e-?mail|phone|address|comment|gstid|full.?name|bill(ing)?.?name|ship.?name"
)
# A buyer's tax number, which only orders in Brazil have.
_CPF, _BRAZIL = "cpf", "A2Q3Y263D00KWC"


def may_be_kept(report_type: str, marketplaces: Sequence[str]) -> bool:
    """Tell whether a type's documents surely hold no personal data: its columns are known, and none is of a person."""
    kind = report_types().get(report_type)
    if kind is None or kind.restricted:
        return False
    for partner in ("seller", "vendor"):
        if partner not in kind.partners:
            continue
        layout = report_layout(report_type, partner)
        names = {column.name for array in layout.arrays for column in array.columns}
        if not names or any(_PERSONAL.search(name) for name in names):
            return False
        if _CPF in names and _BRAZIL in marketplaces:
            return False
    return True


def retention(report_type: str) -> float:
    """Return how many seconds a type's documents may be kept."""
    kind = report_types().get(report_type)
    return _ORDERS if kind is not None and kind.category.startswith(_ORDER_CATEGORIES) else _OTHERS


class Memo:
    """The documents in a state folder; without a folder, or with no days, there are none."""

    def __init__(self, state: StateFolder, rules: DocumentRules, clock: Clock) -> None:
        self._state = state
        self._rules = rules
        self._clock = clock

    @property
    def on(self) -> bool:
        """Whether documents are kept."""
        return self._rules.memo_days > 0 and self._state.path is not None

    def has(self, key: str) -> bool:
        """Tell whether a document is there."""
        found = self._opened(key)
        if found is None:
            return False
        found[1].close()
        return True

    @contextmanager
    def open(self, key: str) -> Generator[Download | None]:
        """Open a document; None if it is not there."""
        found = self._opened(key)
        if found is None:
            yield None
            return
        head, file = found
        with closing(file):
            yield Download(head["media_type"], head["compression"], _read(file), self._rules.caps)

    @contextmanager
    def keeping(self, key: str, found: Download, report_type: str, created: datetime) -> Generator[Download]:
        """Keep a document while it is read: if it was read to its end and nothing was wrong with it."""
        now = self._clock.now()
        until = min(created.timestamp() + retention(report_type), now + self._rules.memo_days * DAY)
        part = _Part.begun(self._path(key)) if self.on and until > now else None
        if part is None:
            yield found
            return
        try:
            yield replace(found, pieces=part.tee(found.pieces, self._rules.memo_bytes))
            if part.whole:
                head = {"media_type": found.media_type, "compression": found.compression, "until": until}
                part.finish(head)
        finally:
            part.drop()
        self.sweep()

    def sweep(self) -> None:
        """Remove what has expired, what a process left half written, and the oldest that there is no room for."""
        folder = self._state.file(FOLDER)
        if folder is None or not folder.is_dir():
            return
        with suppress(OSError):
            kept = [entry for path in folder.iterdir() if (entry := self._swept(path)) is not None]
            room = self._rules.memo_bytes
            for _, size, path in sorted(kept, reverse=True):
                room -= size
                if room < 0:
                    path.unlink(missing_ok=True)

    def _swept(self, path: Path) -> tuple[float, int, Path] | None:
        """Return when a file was written, and its size; None if it is none of ours, or was removed."""
        if path.suffix == PART:
            if not is_being_written(path):
                path.unlink(missing_ok=True)
            return None
        if path.suffix != SUFFIX:
            return None
        head = _head_of(path)
        if head is None or head["until"] <= self._clock.now():
            path.unlink(missing_ok=True)
            return None
        status = path.lstat()
        return status.st_mtime, status.st_size, path

    def _opened(self, key: str) -> tuple[dict[str, Any], IO[bytes]] | None:
        if not self.on:
            return None
        try:
            file = open_private(self._path(key))
        except OSError:
            return None
        if file is None:
            return None
        head = _head(file)
        if head is None or head["until"] <= self._clock.now():
            file.close()
            return None
        return head, file

    def _path(self, key: str) -> Path:
        folder = self._state.file(FOLDER)
        assert folder is not None  # asked only where the memo is on
        return folder / (hashlib.sha256(key.encode()).hexdigest() + SUFFIX)


@dataclass(slots=True)
class _Part:
    """A document that is being written, beside the place where it will be."""

    path: Path
    target: Path
    file: IO[bytes] | None
    size: int = 0
    whole: bool = False

    @classmethod
    def begun(cls, target: Path) -> _Part | None:
        """Begin a file; None where that cannot be: a full or foreign folder costs a call and no answer."""
        try:
            folder = private_folder(target.parent)
            descriptor, name = tempfile.mkstemp(dir=folder, prefix=f"{target.stem}.{os.getpid()}.", suffix=PART)
        except OSError:
            return None
        file = os.fdopen(descriptor, "wb")
        file.write(b" " * _HEAD)
        return cls(Path(name), target, file)

    def tee(self, pieces: Iterator[bytes], most: int) -> Generator[bytes]:
        """Yield the pieces and write them down."""
        for piece in pieces:
            self.size += len(piece)
            if self.file is not None:
                self._write(piece, most)
            yield piece
        self.whole = self.file is not None

    def _write(self, piece: bytes, most: int) -> None:
        assert self.file is not None  # just looked at
        with suppress(OSError):
            if self.size <= most:
                self.file.write(piece)
                return
        self.drop()

    def finish(self, head: dict[str, Any]) -> None:
        """Put the whole document in its place, at once."""
        if self.file is None:
            return
        with suppress(OSError):
            self.file.seek(0)
            self.file.write(json.dumps({**head, "size": self.size}).encode().ljust(_HEAD - 1) + b"\n")
            self.file.flush()
            os.fsync(self.file.fileno())
            self.path.replace(self.target)
            sync_folder(self.target.parent)

    def drop(self) -> None:
        """Close the file, and remove it if it was not put in its place."""
        if self.file is not None:
            file, self.file = self.file, None
            with suppress(OSError):
                file.close()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


def _head(file: IO[bytes]) -> dict[str, Any] | None:
    """Return the head of a file that is whole, and leave the file behind it; None for any other."""
    try:
        head: dict[str, Any] = json.loads(file.read(_HEAD))
        size = os.fstat(file.fileno()).st_size
    except (OSError, ValueError):
        return None
    return head if size == _HEAD + head.get("size", -1) and "until" in head else None


def _head_of(path: Path) -> dict[str, Any] | None:
    try:
        file = open_private(path)
    except OSError:
        return None
    if file is None:
        return None
    with closing(file):
        return _head(file)


def _read(file: IO[bytes]) -> Generator[bytes]:
    while piece := file.read(_PIECE):
        yield piece


def is_being_written(path: Path) -> bool:
    """Tell whether the process that writes a file still runs, as far as that can be known."""
    number = path.name.split(".")[1]
    return not number.isdecimal() or is_alive(int(number))
