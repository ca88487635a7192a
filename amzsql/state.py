"""What outlives a connection: a private folder with one small SQLite file, and private files beside it.

Owns how such files are written, read and shared between processes. Must not know what is kept (tokens, rates, choices),
nor the time: every instant is passed in, in seconds since the epoch.

A folder that cannot be used costs a warning and nothing else: the state is in memory then. A forked child starts anew
with its own connection, since SQLite's cannot cross a fork.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import stat
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import filelock

MEMORY = "memory://"
DATABASE = "state.sqlite"
_BUSY_SECONDS = 5.0
_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_TABLES = """
CREATE TABLE IF NOT EXISTS buckets (key TEXT PRIMARY KEY, value REAL NOT NULL, rate REAL, last_429 REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (kind TEXT, key TEXT, text TEXT NOT NULL, at REAL NOT NULL, until REAL,
                                  PRIMARY KEY (kind, key)) WITHOUT ROWID;
"""


class UnsafeFileError(PermissionError):
    """A file or folder that others can reach or have put there: it is neither read nor written."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One token bucket: the time at which it is full again, the learned rate (calls a second) and its last 429."""

    value: float
    rate: float | None = None
    last_429: float | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A remembered text and when it was noted."""

    text: str
    at: float


class StateFolder:
    """The state of one folder, or of memory alone (`path` None); any thread may use it.

    Attributes:
        path: the folder, or None where the state is in memory.
        warning: why it is in memory although a folder was asked for; None if all is well.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.warning: str | None = None
        self._asked = path
        self._connection: sqlite3.Connection | None = None
        self._begin()

    def update_bucket(self, key: str, change: Callable[[Bucket | None], Bucket]) -> Bucket:
        """Replace a bucket by what `change` makes of it, atomically across threads and processes, and return it.

        `change` gets None for a bucket never seen. It runs under the write lock: it must neither wait nor
        use the state.
        """

        def work(connection: sqlite3.Connection) -> Bucket:
            row = connection.execute("SELECT value, rate, last_429 FROM buckets WHERE key = ?", (key,)).fetchone()
            new = change(Bucket(*row) if row else None)
            connection.execute(
                "INSERT OR REPLACE INTO buckets VALUES (?, ?, ?, ?)", (key, new.value, new.rate, new.last_429)
            )
            return new

        return self._write(work)

    def buckets(self, keys: Iterable[str] | None = None) -> dict[str, Bucket]:
        """Return the buckets of the keys that were ever seen, or all."""

        def work(connection: sqlite3.Connection) -> dict[str, Bucket]:
            rows = connection.execute("SELECT key, value, rate, last_429 FROM buckets").fetchall()
            return {key: Bucket(*rest) for key, *rest in rows}

        found = self._run(work)
        return found if keys is None else {key: found[key] for key in keys if key in found}

    def note(self, kind: str, key: str, text: str, *, at: float, until: float | None = None) -> None:
        """Remember a text under (kind, key), for ever or until the given time."""
        self._write(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?, ?)", (kind, key, text, at, until)
            )
        )

    def noted(self, kind: str, key: str, *, now: float) -> Note | None:
        """Return what is remembered under (kind, key) and not expired."""

        def work(connection: sqlite3.Connection) -> Note | None:
            row = connection.execute(
                "SELECT text, at FROM notes WHERE kind = ? AND key = ? AND (until IS NULL OR until > ?)",
                (kind, key, now),
            ).fetchone()
            return Note(*row) if row else None

        return self._run(work)

    def forget(self, kind: str, key: str | None = None) -> None:
        """Drop what is remembered under (kind, key), or the whole kind."""
        self._write(
            lambda connection: connection.execute(
                "DELETE FROM notes WHERE kind = ? AND (? IS NULL OR key = ?)", (kind, key, key)
            )
        )

    def clear_notes(self, kept: Iterable[str] = (), *, only_look: bool = False) -> tuple[int, int]:
        """Drop all that is remembered but some kinds, and leave nothing of it in the file.

        Returns how many notes there are, and their characters. `only_look`: nothing is dropped.
        """
        kinds = tuple(kept)
        chosen = f"FROM notes WHERE kind NOT IN ({', '.join('?' * len(kinds))})"

        def look(connection: sqlite3.Connection) -> tuple[int, int]:
            told = connection.execute(
                f"SELECT count(*), coalesce(sum(length(key) + length(text)), 0) {chosen}", kinds
            ).fetchone()
            return int(told[0]), int(told[1])

        def clear(connection: sqlite3.Connection) -> None:
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute(f"DELETE {chosen}", kinds)
            # What is deleted is overwritten; to make the file smaller, nobody else may be reading it.
            with contextlib.suppress(sqlite3.OperationalError):
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        found = self._run(look)
        if not only_look:
            self._run(clear)
        return found

    def remember_count(self, key: str, rows: int, *, at: float) -> None:
        """Remember how many rows a fetch had when it was last read to its end."""
        self.note("count", key, str(int(rows)), at=at)

    def count(self, key: str, *, now: float) -> int | None:
        """Return how many rows a fetch had when last seen, or None."""
        found = self.noted("count", key, now=now)
        return int(found.text) if found else None

    def remember_choice(self, key: str, choice: str, *, at: float, until: float) -> None:
        """Remember which access path a statement took, and drop the choices that have expired."""
        self.note("choice", key, choice, at=at, until=until)
        self._write(lambda connection: connection.execute("DELETE FROM notes WHERE until <= ?", (at,)))

    def choice(self, key: str, *, now: float) -> str | None:
        """Return the access path that a statement took, while that holds."""
        found = self.noted("choice", key, now=now)
        return found.text if found else None

    def file(self, name: str) -> Path | None:
        """Return the path of a private file of the folder, or None in memory."""
        return None if self.path is None else self.path / name

    def close(self) -> None:
        """Close the file; the state may be used again and opens it anew."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._connection = None

    def _write(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        def transaction(connection: sqlite3.Connection) -> _T:
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(connection)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            return result

        return self._run(transaction)

    def _run(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        if self._pid != os.getpid():
            # The parent's connection is kept from being closed here: that would drop the parent's locks.
            _PARENTS.append(self._connection)
            self._begin()
        with self._lock:
            if self.path is not None:
                try:
                    return work(self._open())
                except (OSError, sqlite3.Error) as error:
                    self._give_up(error)
            return work(self._open())

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _connect(self.path)
        return self._connection

    def _give_up(self, error: Exception) -> None:
        """Go on in memory, and say so once."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._connection, self.path = None, None
        self.warning = (
            f"the state folder {self._asked} cannot be used ({error}): tokens, rate buckets and what was learned are"
            " kept in memory, and other processes do not see them. Set StateLocation to a folder of your own, or to memory://."
        )
        _log.warning("%s", self.warning)


_PARENTS: list[sqlite3.Connection | None] = []


def _connect(folder: Path | None) -> sqlite3.Connection:
    if folder is None:
        return _prepared(":memory:")
    path = private_folder(folder) / DATABASE
    # Two processes that turn a new file to WAL at once would find it busy.
    with locked(path, timeout=_BUSY_SECONDS):
        return _prepared(str(_private_database(path)))


def _prepared(target: str) -> sqlite3.Connection:
    connection = sqlite3.connect(target, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.executescript(_TABLES)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _private_database(path: Path) -> Path:
    """Make the file with mode 0600 before SQLite would make it with the umask's; its journals take the same mode."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _NO_FOLLOW, 0o600)
    try:
        _check_private(os.fstat(descriptor), path)
    finally:
        os.close(descriptor)
    return path


_shared: dict[str, StateFolder] = {}
_sharing = threading.Lock()


def shared(location: str = "") -> StateFolder:
    """Return the process's one state of a location: a folder, ``memory://``, or empty for the user's state folder."""
    path = None if location.startswith(MEMORY) else Path(location) if location else default_folder()
    name = MEMORY if path is None else str(path.absolute())
    with _sharing:
        if name not in _shared:
            _shared[name] = StateFolder(path)
        return _shared[name]


def _after_fork() -> None:
    global _sharing
    _sharing = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def default_folder() -> Path:
    """Return the user's state folder of amzsql."""
    import platformdirs

    return platformdirs.user_state_path("amzsql", appauthor=False)


# Windows knows neither owners nor modes in this form; its user folders are private by their access lists.
_POSIX = os.name == "posix"
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


def private_folder(path: Path) -> Path:
    """Return the folder, made with mode 0700 if absent.

    Raises:
        UnsafeFileError: it is a symlink, another user's, or others may write into it.
        OSError: it cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise UnsafeFileError(f"{path} is not a folder")
    if _POSIX and status.st_uid != os.geteuid():
        raise UnsafeFileError(f"{path} belongs to another user")
    if _POSIX and stat.S_IMODE(status.st_mode) & 0o022:
        raise UnsafeFileError(f"others may write into {path}")
    return path


def write_private(path: Path, data: bytes) -> None:
    """Write a file of mode 0600 at once: a reader sees the old content or the new, also after a crash.

    Raises:
        UnsafeFileError: the path is a symlink.
        OSError: the disk is full, the folder is absent or read-only; the old content stands.
    """
    if path.is_symlink():
        raise UnsafeFileError(f"{path} is a symlink")
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        # Gone already if all went well.
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make a renaming survive a power cut, where the system can."""
    if not _POSIX:
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_private(path: Path) -> bytes | None:
    """Return the content of a private file, or None if there is none.

    Raises:
        UnsafeFileError: it is a symlink or no file, belongs to another user, or others may read or write it.
        OSError: it cannot be read.
    """
    file = open_private(path)
    if file is None:
        return None
    with file:
        return file.read()


def open_private(path: Path) -> IO[bytes] | None:
    """Open a private file to be read, or return None if there is none; raises as `read_private` does."""
    # O_NONBLOCK: opening a pipe that somebody put there must not hang.
    flags = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        return None
    except OSError as error:
        if path.is_symlink():
            raise UnsafeFileError(f"{path} is a symlink") from error
        raise
    with contextlib.ExitStack() as undo:
        undo.callback(os.close, descriptor)
        _check_private(os.fstat(descriptor), path)
        undo.pop_all()
    return os.fdopen(descriptor, "rb")


def is_alive(process: int) -> bool:
    """Tell whether a process of this machine runs, as far as that can be known."""
    if not _POSIX:
        # There, asking would end it.
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _check_private(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UnsafeFileError(f"{path} is not a file")
    if _POSIX and status.st_uid != os.geteuid():
        raise UnsafeFileError(f"{path} belongs to another user")
    if _POSIX and stat.S_IMODE(status.st_mode) & 0o077:
        raise UnsafeFileError(f"{path} is open to others: chmod 600 {path}")


@contextlib.contextmanager
def locked(path: Path, *, timeout: float = -1) -> Iterator[bool]:
    """Hold the lock beside a file (``<name>.lock``) against threads and processes; yield whether it was got in time.

    `timeout` is in seconds: negative waits for ever, 0 tries once.
    """
    import filelock

    guard = lock(path)
    try:
        guard.acquire(timeout=timeout)
    except filelock.Timeout:
        yield False
        return
    try:
        yield True
    finally:
        guard.release()


def lock(path: Path) -> filelock.BaseFileLock:
    """Return the lock beside a file, not yet held; every call makes its own, so threads exclude one another too."""
    import filelock

    return filelock.FileLock(path.with_name(path.name + ".lock"), mode=0o600)
