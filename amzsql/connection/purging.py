"""Emptying the state folder: what is deleted of what amzsql keeps on the disk, and what stays.

Knows where each kind of thing is kept; what it means is its owner's. Never touches what a running statement writes, nor
files elsewhere: those that people had written (DownloadFolder, Logfile) are theirs.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from amzsql.connection import running
from amzsql.execute import journal, masking, report_memo
from amzsql.state import StateFolder, is_alive

TOKENS = ("tokens.json", "tokens-restricted.json")
# Until when an account's consent lasts can be learned nowhere else.
_KEPT_NOTES = ("authorised",)
_PROCESS = re.compile(r"amzsql-(?:temp-)?(\d+)-")


@dataclass(frozen=True, slots=True)
class Purged:
    """One kind of thing that was deleted, or would be: how many, and their bytes."""

    what: str
    number: int
    bytes: int


def purge(state: StateFolder, *, tokens: bool = False, only_look: bool = False) -> list[Purged]:
    """Delete what a state folder keeps, and what killed processes have left of results; tokens if it is told to.

    `only_look`: nothing is deleted. Raises OSError for what cannot be deleted.
    """
    found = [_notes(state, only_look)]
    for what, paths in _files(state, tokens=tokens):
        known = [p for p in paths if p.exists()]
        found.append(Purged(what, len(known), sum(map(_size, known))))
        if not only_look:
            for path in known:
                _remove(path)
    return [each for each in found if each.number]


def unknown_writes(state: StateFolder) -> int:
    """Return of how many rows it is not known whether Amazon has written them: a journal alone tells that."""
    return sum(entry.state == journal.UNKNOWN for entry in journal.entries(state))


def _notes(state: StateFolder, only_look: bool) -> Purged:
    number, size = state.clear_notes(_KEPT_NOTES, only_look=only_look)
    return Purged("what was learned: counts of rows, ways to them, reports, marketplaces", number, size)


def _files(state: StateFolder, *, tokens: bool) -> Iterator[tuple[str, Iterable[Path]]]:
    """Yield (what they are, files) of each kind."""
    if state.path is not None:
        yield "documents of reports and queries (ReportMemo)", _documents(state.path / report_memo.FOLDER)
        yield "journals of statements that wrote", (state.path / journal.FOLDER).glob("*.jsonl")
        yield "statements of processes that are gone", _gone(state.path / running.FOLDER)
        yield "the key of hashes (MaskPII): hashes are others from now on", _with_lock(state.path, (masking.FILE,))
        if tokens:
            yield "access tokens and restricted data tokens", _with_lock(state.path, TOKENS)
    yield "results and copies that killed processes left", _left()


def _documents(folder: Path) -> Iterator[Path]:
    """Yield the memo's documents; those aside that a process is just writing."""
    for path in folder.glob("*"):
        if path.suffix == report_memo.SUFFIX or (
            path.suffix == report_memo.PART and not report_memo.is_being_written(path)
        ):
            yield path


def _gone(folder: Path) -> Iterator[Path]:
    """Yield the files of statements that cannot run any more: to remove another's would cancel it."""
    yield from (path for path in folder.glob("*.json") if running.is_left(path))


def _with_lock(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    for name in names:
        yield from (folder / name, folder / f"{name}.lock")


def _left() -> Iterator[Path]:
    """Yield what processes that are gone have left in the folder for temporary files."""
    for path in Path(tempfile.gettempdir()).glob("amzsql-*"):
        process = _PROCESS.match(path.name)
        if process is not None and _is_own(path) and not is_alive(int(process[1])):
            yield path


def _is_own(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return os.name != "posix" or path.lstat().st_uid == os.geteuid()
    return False


def _size(path: Path) -> int:
    if path.is_dir() and not path.is_symlink():
        return sum(_size(inner) for inner in path.iterdir())
    return path.lstat().st_size


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
