"""The engine: lazy in and out, locked, its errors translated, nothing left behind."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from amzsql import errors
from amzsql.execute.engine import Engine, Engines

SCHEMA = pa.schema([("n", pa.int64()), ("s", pa.string())])


class Pages:
    """Pages of a hundred rows, counting what is read of them."""

    schema = SCHEMA

    def __init__(self, count: int, error: BaseException | None = None) -> None:
        self.count = count
        self.error = error
        self.opened = self.pulled = self.ended = 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        self.opened += 1
        try:
            for page in range(self.count):
                self.pulled += 1
                yield pa.record_batch([list(range(page * 100, page * 100 + 100)), [str(page)] * 100], schema=SCHEMA)
            if self.error:
                raise self.error
        finally:
            self.ended += 1


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    pool = Engines()
    yield pool
    pool.close()


@pytest.fixture
def engine(engines: Engines) -> Iterator[Engine]:
    with engines.lend(threads=1, buffer="64KB") as lent:
        yield lent


def rows(engine: Engine, sql: str, **tables: Pages) -> list[dict[str, Any]]:
    return [row for batch in engine.stream(sql, tables, 1000) for row in batch.to_pylist()]


def test_a_limit_pulls_one_page(engine: Engine) -> None:
    pages = Pages(1000)
    assert len(rows(engine, "SELECT * FROM t LIMIT 5", t=pages)) == 5
    assert (pages.opened, pages.pulled, pages.ended) == (1, 1, 1)


def test_results_are_streamed(engine: Engine) -> None:
    pages = Pages(2000)
    stream = engine.stream("SELECT * FROM t", {"t": pages}, 100)
    assert next(stream).num_rows == 100
    assert pages.pulled < 200
    stream.close()
    assert (pages.ended, list(stream)) == (1, [])


def test_describe_reads_nothing_and_keeps_names(engine: Engine) -> None:
    schema = engine.describe('SELECT n AS a, s AS a, n::DECIMAL(18,4) "x y" FROM t ORDER BY n', {"t": SCHEMA})
    assert schema.names == ["a", "a", "x y"]
    assert schema.types == [pa.int64(), pa.string(), pa.decimal128(18, 4)]


def test_a_source_is_read_once_for_each_mention(engine: Engine) -> None:
    pages = Pages(20)
    assert rows(engine, "SELECT count(*) c FROM t x JOIN t y USING (n)", t=pages) == [{"c": 2000}]
    assert (pages.opened, pages.pulled) == (2, 40)


def test_a_join_of_derived_tables_under_a_limit_ends(engine: Engine) -> None:
    same = "(SELECT * FROM t WHERE n % 2 = 0)"
    assert len(rows(engine, f"SELECT x.n FROM {same} x JOIN {same} y USING (n) LIMIT 3", t=Pages(1000))) == 3


@pytest.mark.parametrize("sql", ["SELECT * FROM t", "SELECT sum(n) FROM t", "SELECT * FROM t x JOIN t y USING (n)"])
def test_an_exception_of_a_source_arrives_as_it_is(engine: Engine, sql: str) -> None:
    error = errors.Throttled("slow down", status=429)
    with pytest.raises(errors.Throttled) as caught:
        rows(engine, sql, t=Pages(3, error))
    assert caught.value is error
    assert rows(engine, "SELECT 1 AS one") == [{"one": 1}]


@pytest.mark.parametrize(
    ("sql", "kind", "message"),
    [
        ("SELEC 1", errors.ProgrammingError, "syntax error"),
        ("SELECT zz FROM t", errors.ProgrammingError, '"zz" not found'),
        ("SELECT scan_1.zz FROM scan_1", errors.ProgrammingError, "Orders"),
        ("SELECT * FROM nope", errors.ProgrammingError, "nope"),
        ("SELECT foo(n) FROM t", errors.ProgrammingError, "foo"),
        ("SELECT (s || 'x')::DATE FROM t", errors.DataError, "date"),
        ("SELECT 'x'::INTEGER", errors.DataError, "'x'"),
        ("SELECT 9223372036854775807 + n + 1 FROM t", errors.DataError, "Overflow"),
    ],
)
def test_errors_are_translated(engine: Engine, sql: str, kind: type[errors.Error], message: str) -> None:
    with pytest.raises(kind, match=message) as caught:
        list(engine.stream(sql, {"t": Pages(2), "scan_1": Pages(1)}, 10, {"scan_1": "Orders"}))
    assert not any(noise in str(caught.value) for noise in ("LINE", "^", "Error:", "scan_1"))


def test_describe_translates_errors_too(engine: Engine) -> None:
    with pytest.raises(errors.ProgrammingError, match="zz"):
        engine.describe("SELECT zz FROM t", {"t": SCHEMA})
    assert engine.describe("SELECT 1 AS one", {}).names == ["one"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM '{file}'",
        "SELECT * FROM glob('/*')",
        "COPY (SELECT 1) TO '{file}.out'",
        "ATTACH '{file}.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET memory_limit = '9GB'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SELECT getenv('HOME')",
        "SELECT * FROM secret_of_the_caller",
    ],
)
def test_the_engine_is_locked(engine: Engine, tmp_path: Path, sql: str) -> None:
    secret_of_the_caller = pa.table({"x": [1]})
    file = tmp_path / "a.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(errors.DatabaseError):
        list(engine.stream(sql.format(file=file), {}, 10))
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]
    assert secret_of_the_caller.num_rows == 1


def test_values_fail_each_alone(engine: Engine) -> None:
    found = engine.values(["1 + 1", "DATE '2025-03-01' - INTERVAL 1 DAY", "'x'::INTEGER", "nope()", "NULL"])
    assert (found[0], str(found[1]), found[4]) == (2, "2025-02-28 00:00:00", None)
    assert isinstance(found[2], errors.DataError)
    assert isinstance(found[3], errors.ProgrammingError)
    assert engine.values([]) == []


def test_interrupt_from_another_thread(engine: Engine) -> None:
    ended: list[BaseException] = []
    started = threading.Event()

    class Endless(Pages):
        def batches(self) -> Iterator[pa.RecordBatch]:
            started.set()
            yield from super().batches()

    def run() -> None:
        try:
            rows(engine, "SELECT count(*) FROM t, range(100000) a, range(100000) b", t=Endless(1))
        except errors.Error as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert started.wait(10)
    began = time.monotonic()
    # Interrupting before the engine computes has no effect: repeat until it ends.
    while thread.is_alive() and time.monotonic() - began < 5:
        engine.interrupt()
        thread.join(0.05)
    assert time.monotonic() - began < 1
    assert isinstance(ended[0], errors.Cancelled)
    assert rows(engine, "SELECT 1 AS one") == [{"one": 1}]


def test_two_statements_side_by_side(engines: Engines) -> None:
    with engines.lend() as one, engines.lend() as two:
        assert one is not two
        a = one.stream("SELECT n FROM t", {"t": Pages(50)}, 100)
        b = two.stream("SELECT n + 1 AS n FROM t", {"t": Pages(50)}, 100)
        pairs = [(x.column(0)[0].as_py(), y.column(0)[0].as_py()) for x, y in zip(a, b, strict=True)]
    assert all(y == x + 1 for x, y in pairs)
    assert pairs


def test_nothing_is_left_behind(engines: Engines) -> None:
    pages = Pages(500)
    with engines.lend() as engine:
        next(engine.stream("SELECT * FROM t", {"t": pages}, 100))
    assert pages.ended == 1
    with engines.lend() as again:
        assert again is engine
        with pytest.raises(errors.ProgrammingError):
            rows(again, "SELECT * FROM t")


def test_session_settings(engines: Engines) -> None:
    noon = "SELECT extract(hour FROM TIMESTAMPTZ '2025-01-01 12:00:00+00') AS h, current_setting('threads') AS t"
    with engines.lend(threads=1, timezone="Asia/Tokyo") as engine:
        assert rows(engine, noon) == [{"h": 21, "t": 1}]
    with engines.lend(threads=2) as engine:
        assert rows(engine, noon) == [{"h": 12, "t": 2}]
        schema = engine.describe("SELECT TIMESTAMPTZ '2025-01-01 12:00:00+00' AS x", {})
        assert schema.field(0).type == pa.timestamp("us", tz="UTC")
    for bad in ("Mars/Olympus", "UTC'; SELECT 1; --"):
        with pytest.raises(errors.DatabaseError), engines.lend(timezone=bad):
            pass


def test_spills_while_locked() -> None:
    small = Engines(memory_limit="60MB")
    with small.lend(threads=1) as engine:
        sql = "SELECT max(b) AS b FROM (SELECT a, b, row_number() OVER (ORDER BY b, a) r FROM (SELECT hash(range) a,"
        sql += " range b FROM range(3000000)))"
        assert rows(engine, sql) == [{"b": 2999999}]
        folder = engine.folder
    assert Path(folder).stat().st_mode & 0o077 == 0
    small.close()
    assert not Path(folder).exists()


def _in_child(engines: Engines, pipe: Any) -> None:
    with engines.lend() as engine:
        pipe.send((os.getpid(), rows(engine, "SELECT 1 AS one"), engine.folder))
    pipe.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_starts_anew(engines: Engines) -> None:
    with engines.lend() as engine:
        folder = engine.folder
    here, there = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=_in_child, args=(engines, there))
    child.start()
    assert here.poll(30)
    pid, found, other = here.recv()
    child.join(30)
    assert (pid, found, child.exitcode) == (child.pid, [{"one": 1}], 0)
    assert other != folder
    assert Path(folder).exists()


def test_import_is_lazy_and_the_end_quiet() -> None:
    code = (
        "import sys; from amzsql.execute.engine import Engines; assert 'duckdb' not in sys.modules\n"
        "e = Engines()\nwith e.lend() as x: print(x.values(['1'])[0], x.folder)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert done.stderr == ""
    assert not Path(done.stdout.split()[1]).exists()


def test_a_notebook_without_widgets_has_an_engine() -> None:
    code = (
        "import sys, types\n"
        "kernel = types.SimpleNamespace(config={'IPKernelApp': {}})\n"
        "sys.modules['ipykernel'] = types.ModuleType('ipykernel')\n"
        "sys.modules['IPython'] = types.SimpleNamespace(get_ipython=lambda: kernel)\n"
        "sys.modules['ipywidgets'] = None\n"
        "import amzsql\n"
        "print(amzsql.connect('Simulator=orders=1').cursor().execute('SELECT 1').fetchall())\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (found.stdout, found.returncode) == ("[(1,)]\n", 0), found.stderr
