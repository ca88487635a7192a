"""The state folder: atomic across threads and processes, private, never followed, never fatal."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from amzsql import state
from amzsql.state import Bucket, StateFolder, UnsafeFileError

posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes in this form exist on POSIX systems only")


def add(folder: StateFolder, times: int) -> None:
    for _ in range(times):
        folder.update_bucket("b", lambda old: Bucket((old.value if old else 0.0) + 1.0, rate=0.5))


def add_in_process(path: Path, times: int) -> None:
    add(StateFolder(path), times)


@pytest.fixture(params=["folder", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> StateFolder:
    return StateFolder(tmp_path / "state" if request.param == "folder" else None)


def test_bucket_begins_as_none_and_is_kept(folder: StateFolder) -> None:
    seen: list[Bucket | None] = []

    def change(old: Bucket | None) -> Bucket:
        seen.append(old)
        return Bucket(1234.5, rate=0.0167, last_429=1200.0)

    assert folder.update_bucket("a", change) == Bucket(1234.5, 0.0167, 1200.0)
    folder.update_bucket("a", change)
    assert seen == [None, Bucket(1234.5, 0.0167, 1200.0)]
    assert folder.buckets() == {"a": Bucket(1234.5, 0.0167, 1200.0)}
    assert folder.buckets(["a", "z"]) == {"a": Bucket(1234.5, 0.0167, 1200.0)}
    assert folder.buckets(["z"]) == {}
    assert folder.warning is None


def test_failing_change_leaves_the_bucket(folder: StateFolder) -> None:
    add(folder, 1)

    def fail(old: Bucket | None) -> Bucket:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        folder.update_bucket("b", fail)
    add(folder, 1)
    assert folder.buckets()["b"].value == 2.0


def test_notes_expire_by_the_given_time(folder: StateFolder) -> None:
    folder.note("participations", "acc", "[1]", at=100.0, until=200.0)
    found = folder.noted("participations", "acc", now=199.0)
    assert found is not None
    assert (found.text, found.at) == ("[1]", 100.0)
    assert folder.noted("participations", "acc", now=200.0) is None
    assert folder.noted("other", "acc", now=150.0) is None
    folder.note("participations", "acc", "[2]", at=150.0)
    folder.note("participations", "two", "[3]", at=150.0)
    folder.forget("participations", "acc")
    assert folder.noted("participations", "acc", now=1e12) is None
    assert folder.noted("participations", "two", now=1e12) is not None
    folder.forget("participations")
    assert folder.noted("participations", "two", now=1e12) is None


def test_counts_and_choices(folder: StateFolder) -> None:
    assert folder.count("fetch", now=0.0) is None
    folder.remember_count("fetch", 2000, at=1.0)
    folder.remember_count("fetch", 2001, at=2.0)
    assert folder.count("fetch", now=3.0) == 2001
    folder.remember_choice("old", "v0", at=0.0, until=10.0)
    folder.remember_choice("statement", "2026", at=20.0, until=86420.0)
    assert folder.choice("statement", now=86419.0) == "2026"
    assert folder.choice("statement", now=86420.0) is None
    # The expired one went with the next writing, not only from sight.
    assert folder.choice("old", now=5.0) is None


def test_survives_closing_and_is_seen_by_another(tmp_path: Path) -> None:
    first = StateFolder(tmp_path / "s")
    add(first, 3)
    first.close()
    assert StateFolder(tmp_path / "s").buckets()["b"] == Bucket(3.0, 0.5)
    add(first, 1)
    assert first.buckets()["b"].value == 4.0


def test_threads_lose_no_update(folder: StateFolder) -> None:
    threads = [threading.Thread(target=add, args=(folder, 50)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert folder.buckets()["b"].value == 300.0


def test_processes_lose_no_update(tmp_path: Path) -> None:
    # The folder does not exist yet: they also race to make it.
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=add_in_process, args=(tmp_path / "s", 100)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [w.exitcode for w in workers] == [0] * 4
    result = StateFolder(tmp_path / "s")
    assert result.buckets()["b"].value == 400.0
    assert result.warning is None


@posix
@pytest.mark.parametrize("kind", ["folder", "memory"])
def test_forked_child_starts_anew(kind: str, tmp_path: Path) -> None:
    parent = StateFolder(tmp_path / "s" if kind == "folder" else None)
    add(parent, 2)
    pid = os.fork()
    if pid == 0:
        add(parent, 1)
        # The file is shared; memory is not, and the child's begins empty.
        right = parent.buckets()["b"].value == (3.0 if kind == "folder" else 1.0)
        os._exit(0 if right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    add(parent, 1)
    assert parent.buckets()["b"].value == (4.0 if kind == "folder" else 3.0)


def test_forked_while_a_thread_holds_the_lock(tmp_path: Path) -> None:
    if not hasattr(os, "fork"):
        pytest.skip("there is no fork on this system")
    parent = StateFolder(tmp_path / "s")
    exits: list[int] = []

    def fork_inside(old: Bucket | None) -> Bucket:
        # The transaction is open and both locks are held: the child must not wait for its own parent's thread lock.
        pid = os.fork()
        if pid == 0:
            os._exit(0 if parent.buckets() == {} and parent.warning is None else 1)
        exits.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        return Bucket(1.0)

    parent.update_bucket("b", fork_inside)
    assert exits == [0]


@posix
def test_modes(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        path = tmp_path / "deep" / "state"
        folder = StateFolder(path)
        add(folder, 1)
        state.write_private(path / "token", b"x")
        with state.locked(path / "token"):
            modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in path.iterdir()}
    finally:
        os.umask(previous)
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert {"state.sqlite", "state.sqlite-wal", "state.sqlite-shm", "token", "token.lock"} <= set(modes)
    assert set(modes.values()) == {0o600}


@posix
@pytest.mark.parametrize(
    "trap", ["symlinked folder", "file", "symlinked database", "open database", "writable", "broken"]
)
def test_unusable_folder_is_memory_and_one_warning(trap: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, elsewhere = tmp_path / "s", tmp_path / "elsewhere"
    elsewhere.mkdir()
    if trap == "symlinked folder":
        path.symlink_to(elsewhere)
    elif trap == "file":
        path.write_text("")
    else:
        path.mkdir(mode=0o700)
    if trap == "symlinked database":
        (path / state.DATABASE).symlink_to(elsewhere / "x")
    elif trap == "open database":
        (path / state.DATABASE).touch()
        (path / state.DATABASE).chmod(0o644)
    elif trap == "writable":
        path.chmod(0o777)
    elif trap == "broken":
        state.write_private(path / state.DATABASE, b"no database" * 500)
    folder = StateFolder(path)
    add(folder, 2)
    assert folder.buckets()["b"].value == 2.0
    assert folder.path is None
    assert folder.file("token") is None
    assert folder.warning is not None
    assert str(path) in folder.warning
    assert len(caplog.records) == 1
    assert list(elsewhere.iterdir()) == []


def test_a_lost_file_is_memory_from_then_on(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "s")
    add(folder, 1)
    with sqlite3.connect(tmp_path / "s" / state.DATABASE) as other:
        other.execute("DROP TABLE buckets")
    add(folder, 1)
    assert folder.warning is not None
    assert folder.buckets()["b"].value == 1.0


def test_shared_is_one_for_each_location(tmp_path: Path) -> None:
    assert state.shared(str(tmp_path / "a")) is state.shared(str(tmp_path / "a"))
    assert state.shared(str(tmp_path / "a")) is not state.shared(str(tmp_path / "b"))
    assert state.shared("memory://") is state.shared("memory://")
    assert state.shared("memory://").path is None


def test_private_file_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "token"
    assert state.read_private(path) is None
    state.write_private(path, b"one")
    state.write_private(path, b"two")
    assert state.read_private(path) == b"two"
    assert [p.name for p in tmp_path.iterdir()] == ["token"]


@posix
def test_symlink_is_neither_read_nor_written(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "token"
    state.write_private(target, b"theirs")
    link.symlink_to(target)
    with pytest.raises(UnsafeFileError, match="symlink"):
        state.read_private(link)
    with pytest.raises(UnsafeFileError, match="symlink"):
        state.write_private(link, b"mine")
    assert target.read_bytes() == b"theirs"
    assert link.is_symlink()


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o602, 0o660])
def test_file_open_to_others_is_refused(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "token"
    state.write_private(path, b"x")
    path.chmod(mode)
    with pytest.raises(UnsafeFileError, match="chmod 600"):
        state.read_private(path)


@posix
def test_folder_and_pipe_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("folder", "pipe"):
        with pytest.raises(UnsafeFileError, match="not a file"):
            state.read_private(tmp_path / name)


def test_failed_writing_leaves_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        state.write_private(path, b"new")
    # No half-written neighbour stays behind.
    assert [p.name for p in tmp_path.iterdir()] == ["token"]


def test_lock_excludes_threads_of_one_process(tmp_path: Path) -> None:
    path = tmp_path / "token"
    got: list[bool] = []

    def attempt() -> None:
        with state.locked(path, timeout=0) as held:
            got.append(held)

    with state.locked(path) as held:
        assert held
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
    attempt()
    assert got == [False, True]
