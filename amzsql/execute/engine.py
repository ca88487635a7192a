"""The embedded SQL engine: locked-down DuckDB instances, lent to one statement at a time.

The only importer of duckdb, and that at first use. Owns how batches flow in and out of the engine, what its errors
mean in PEP 249's terms, and that no statement leaves anything behind. Knows nothing of plans, requests or tables: it is
given SQL that the driver itself wrote, and sources of record batches by name.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from amzsql import errors, marketplaces
from amzsql.execute.currencies import MACRO, Currencies
from amzsql.execute.mismatch import shortened
from amzsql.execute.stash import Stash
from amzsql.sql.currency import MIXED

if TYPE_CHECKING:
    import duckdb


class StreamSource(Protocol):
    """Record batches that the engine may read, once for each mention in a statement."""

    @property
    def schema(self) -> pa.Schema:
        """The columns of every batch."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Begin to read: called when the engine wants the first batch, not before."""


# The order matters: the lock comes last, and what is allowed after it before.
_LOCK = (
    "enable_external_access=false",
    "python_enable_replacements=false",
    "autoinstall_known_extensions=false",
    "autoload_known_extensions=false",
    "allow_community_extensions=false",
    "allowed_configs=['max_streaming_buffer_size','threads','timezone']",
    "lock_configuration=true",
)
# The zone of a marketplace, and what the time in it is; NULL where the marketplace is not known.
_CASES = " ".join(
    f"WHEN '{name.lower()}' THEN '{m.timezone}'"
    for m in marketplaces.MARKETPLACES
    for name in dict.fromkeys((m.id, m.sales_channel))
)
_THERE = f"timezone(CASE lower(marketplace) {_CASES} END, CAST(moment AS TIMESTAMPTZ))"
_MACROS = (
    f"CREATE MACRO marketplace_date(moment, marketplace) AS CAST({_THERE} AS DATE)",
    f"CREATE MACRO marketplace_trunc(part, moment, marketplace) AS date_trunc(part, {_THERE})",
)
_IDENTIFIER = re.compile(r"[\w+\-/: ]+")
# Instances of a parent process: closing them in a forked child would wait for threads that are not there.
inherited: list[object] = []


def instance(spill: Path, memory_limit: str = "", first: Sequence[str] = ()) -> duckdb.DuckDBPyConnection:
    """Open an in-memory instance that reaches no file, run some statements in it and lock its settings.

    `spill` is the folder that it may write to when its memory is used up.
    """
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {"temp_directory": str(spill)}
    if memory_limit:
        config["memory_limit"] = memory_limit
    made = duckdb.connect(":memory:", config=config)
    # In a Jupyter kernel without ipywidgets there is no bar, and the engine refuses to turn it off.
    showing = made.execute("SELECT current_setting('enable_progress_bar')").fetchone()
    silent = ("enable_progress_bar=false",) if showing is not None and showing[0] else ()
    for statement in (*first, *(f"SET {setting}" for setting in (*silent, *_LOCK))):
        made.execute(statement)
    return made


class Engines:
    """A pool of in-memory engines: each is lent to one statement and kept for the next. Thread-safe."""

    def __init__(self, memory_limit: str = "") -> None:
        self._memory_limit = memory_limit
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._free: list[Engine] = []
        self._folder = ""
        self._end: Callable[[], object] = lambda: None

    @contextmanager
    def lend(self, *, threads: int | None = None, timezone: str = "UTC", buffer: str = "256KB") -> Iterator[Engine]:
        """Lend an engine for one statement.

        `threads` is the number of the engine's threads (None: all cores), `timezone` the session's zone, `buffer` how
        much of a result it computes ahead of the reader.
        """
        engine = self._take()
        try:
            engine.set(threads=threads, timezone=timezone, buffer=buffer)
            yield engine
        finally:
            self._give_back(engine)

    def close(self) -> None:
        """Close the engines that are not lent, and delete the temporary folder."""
        with self._lock:
            self._end()
            self._begin()

    def _take(self) -> Engine:
        with self._lock:
            if self._pid != os.getpid():
                inherited.extend(self._free)
                self._begin()
            if not self._folder:
                self._folder = tempfile.mkdtemp(prefix=f"amzsql-{os.getpid()}-")
                self._end = weakref.finalize(self, _discard, self._free, self._folder, self._pid)
            folder = self._folder
            if self._free:
                return self._free.pop()
        return Engine(folder, self._memory_limit)

    def _give_back(self, engine: Engine) -> None:
        if engine.reset():
            with self._lock:
                if engine.folder == self._folder:
                    self._free.append(engine)
                    return
        engine.close()


def _discard(engines: list[Engine], folder: str, pid: int) -> None:
    """Close the engines before the interpreter ends: DuckDB complains of objects that are still alive then."""
    if pid == os.getpid():
        while engines:
            engines.pop().close()
        shutil.rmtree(folder, ignore_errors=True)


class Engine:
    """One in-memory instance. It runs one statement at a time; only `interrupt` may be called from another thread."""

    def __init__(self, folder: str, memory_limit: str = "") -> None:
        self.folder = folder
        self._connection = instance(Path(folder) / str(id(self)), memory_limit, _MACROS)
        found = self._connection.execute("SELECT current_setting('threads')").fetchone()
        self._all_threads = int(found[0]) if found else 1
        self._settings: dict[str, str] = {}
        self._registered: list[str] = []
        self.currencies = Currencies()
        self._watching = False
        self._stream: Stream | None = None
        self._closed = False

    def set(self, *, threads: int | None, timezone: str, buffer: str) -> None:
        """Set what a statement may choose. Raises ProgrammingError for an unknown time zone."""
        wanted = {
            "threads": str(threads or self._all_threads),
            "timezone": quoted(timezone),
            "max_streaming_buffer_size": quoted(buffer),
        }
        with translated({}):
            for name, value in wanted.items():
                if self._settings.get(name) != value:
                    self._connection.execute(f"SET {name}={value}")
                    self._settings[name] = value

    def describe(self, sql: str, tables: Mapping[str, pa.Schema], names: Mapping[str, str] = {}) -> pa.Schema:
        """Return the schema of a query's result, without running it over any row.

        `names` maps the names of `tables` to those that messages should show. Raises ProgrammingError.
        """
        with translated(names):
            self._watch(sql)
            try:
                for name, schema in tables.items():
                    self._register(name, schema.empty_table())
                relation = self._connection.sql(sql)
                shown = relation.columns
                for name, kind in zip(shown, relation.types, strict=True):
                    _check_type(name, kind)
                types = self._connection.sql(f"SELECT * FROM ({sql}\n) LIMIT 0").to_arrow_reader(1)
                schema = types.schema
                types.close()
            finally:
                self._unregister()
        # As a subquery two columns of one name get different names: the types count, the names are the query's own.
        return pa.schema([field.with_name(name) for name, field in zip(shown, schema, strict=True)])

    def stream(self, sql: str, tables: Mapping[str, StreamSource], rows: int, names: Mapping[str, str] = {}) -> Stream:
        """Run a query and return its batches of about `rows` rows as they are computed.

        Opening may pull the first batches of a source, and pulls all of them where the plan must see all rows first. An
        exception of a source is raised as it is.
        """
        stash = Stash()
        for name, source in tables.items():
            self._register(name, _Source(source, stash))
        with translated(names, stash), ExitStack() as undo:
            undo.callback(self._unregister)
            self._watch(sql)
            reader = self._connection.sql(sql).to_arrow_reader(rows)
            undo.pop_all()
        self._stream = Stream(self, reader, names, stash)
        return self._stream

    def _watch(self, sql: str) -> None:
        """Give the engine the function that tells of mixed currencies, if a query calls it."""
        if MIXED in sql and not self._watching:
            self._connection.execute(MACRO)
            kinds = list(Currencies.PARAMETERS)
            self._connection.create_function(MIXED, self.currencies.note, kinds, "BOOLEAN", type="arrow")  # type: ignore[call-overload, unused-ignore]
            self._watching = True

    def values(self, expressions: Sequence[str]) -> list[object]:
        """Evaluate constant expressions; one that fails gives its exception instead of a value."""
        if not expressions:
            return []
        try:
            return self._evaluate(expressions)
        except errors.Error as error:
            if len(expressions) == 1:
                return [error]
        return [value for expression in expressions for value in self.values([expression])]

    def _evaluate(self, expressions: Sequence[str]) -> list[object]:
        columns = ", ".join(f"({expression}) AS v{i}" for i, expression in enumerate(expressions))
        with translated({}):
            row = self._connection.sql(f"SELECT {columns}").to_arrow_table()
        return [column[0].as_py() for column in row.columns]

    def interrupt(self) -> None:
        """Stop what the engine computes at this moment; callable from any thread."""
        if not self._closed:
            self._connection.interrupt()

    def reset(self) -> bool:
        """Drop what the statement left; False if the engine cannot be used again."""
        import duckdb

        if self._closed:
            return False
        try:
            if self._stream is not None:
                self._stream.close()
            self._unregister()
            self.currencies.clear()
            self._connection.execute("SELECT 1").fetchall()
        except (duckdb.Error, pa.ArrowException, OSError):
            return False
        return True

    def close(self) -> None:
        """Close the instance and forget its data."""
        if not self._closed:
            self._closed = True
            if self._stream is not None:
                self._stream.close()
            self._connection.close()

    def _register(self, name: str, source: object) -> None:
        self._connection.register(name, source)
        self._registered.append(name)

    def _unregister(self) -> None:
        while self._registered:
            self._connection.unregister(self._registered.pop())


class Stream:
    """The batches of one running query: an iterator with a `schema`, to be closed or read to its end."""

    def __init__(self, engine: Engine, reader: pa.RecordBatchReader, names: Mapping[str, str], stash: Stash) -> None:
        self.schema: pa.Schema = reader.schema
        self._engine = engine
        self._reader: pa.RecordBatchReader | None = reader
        self._names = names
        self._stash = stash

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self

    def __next__(self) -> pa.RecordBatch:
        if self._reader is None:
            raise StopIteration
        with ExitStack() as undo, translated(self._names, self._stash):
            undo.callback(self.close)
            batch = self._reader.read_next_batch()
            undo.pop_all()
        return batch

    def close(self) -> None:
        """Stop the query and let go of its sources."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()
            self._engine._unregister()


class _Source:
    """A source as the engine reads it: opened as often as it likes, read only when it asks for a batch."""

    def __init__(self, source: StreamSource, stash: Stash) -> None:
        self._source = source
        self._stash = stash

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        reader = pa.RecordBatchReader.from_batches(self._source.schema, self._pull())
        return reader.__arrow_c_stream__(requested_schema)

    def _pull(self) -> Iterator[pa.RecordBatch]:
        with self._stash:
            yield from self._source.batches()


def quoted(value: str) -> str:
    """Return the name of a time zone, or a size, as the engine's text; ProgrammingError if it is no such name."""
    if not _IDENTIFIER.fullmatch(value):
        raise errors.ProgrammingError(f"{value!r} is not the name of a time zone or a size")
    return f"'{value}'"


# What Arrow has no equal of, and would get without its zone or as the engine's own bytes.
_UNEQUALLED = ("time with time zone", "bit", "bignum", "variant")
_NESTED = ("list", "array", "struct", "map", "union")


def _check_type(name: str, kind: Any) -> None:
    """Raise ProgrammingError for a column whose values could not be given as they are."""
    if kind.id in _UNEQUALLED:
        raise errors.ProgrammingError(
            f"{name}: neither Arrow nor Python's rows have an equal of {str(kind).upper()}: cast it to VARCHAR."
        )
    for _, inner in kind.children if kind.id in _NESTED else ():
        if not isinstance(inner, int):  # the length of an array
            _check_type(name, inner)


@contextmanager
def translated(names: Mapping[str, str] = {}, stash: Stash | None = None) -> Iterator[None]:
    """Raise the engine's exceptions as those of PEP 249, or as the source's own."""
    import duckdb

    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        if stash is not None and stash.error is not None:
            raise stash.error from None
        raise _meaning(error, names) from error
    except RuntimeError as error:
        # What the engine makes of Ctrl-C while it computes in the main thread.
        if str(error) != "Query interrupted":
            raise
        raise KeyboardInterrupt from error


# By what the engine's messages begin with: a reader's errors come as OSError and have lost their class.
_MEANINGS: Mapping[str, type[errors.DatabaseError]] = {
    "Parser": errors.ProgrammingError,
    "Syntax": errors.ProgrammingError,
    "Binder": errors.ProgrammingError,
    "Catalog": errors.ProgrammingError,
    "Permission": errors.ProgrammingError,
    "Invalid Input": errors.DataError,
    "Conversion": errors.DataError,
    "Out of Range": errors.DataError,
    "Mismatch Type": errors.DataError,
    "Invalid type": errors.DataError,
    "Out of Memory": errors.OperationalError,
    "IO": errors.OperationalError,
    "INTERRUPT": errors.Cancelled,
    "TransactionContext": errors.OperationalError,
    "Dependency": errors.ProgrammingError,
    "Not implemented": errors.NotSupportedError,
    "Constraint": errors.IntegrityError,
    "INTERNAL": errors.InternalError,
    "FATAL": errors.InternalError,
}
_KIND = re.compile(r"^\s*(?:\w+: )?(?P<kind>[A-Za-z][A-Za-z ]*?) Error: ?")
# Advice to change a setting, which is refused.
_SETTING = re.compile(r"\s*Use [\"'`]?SET \w+.*?(?:\.\s|\.?$)", re.DOTALL)
# What the engine calls an entry of its catalog: the way to it, and last its name.
_ENTRY = re.compile(r'"+Schema\\0[^"]*\\0([^"]*)"+')
_CONFLICT = "another connection has changed the same meanwhile. Call rollback(), and run the transaction once more."
_NOISE = re.compile(r"\n+LINE \d+:.*", re.DOTALL)


def _meaning(error: Exception, names: Mapping[str, str]) -> errors.DatabaseError:
    found = _KIND.match(str(error))
    kind = _MEANINGS.get(found["kind"], errors.DatabaseError) if found else errors.DatabaseError
    if kind is errors.Cancelled:
        return errors.Cancelled("the statement was cancelled")
    message = shortened(_NOISE.sub("", str(error)[found.end() if found else 0 :]))
    if "constraint violation" in message:  # which a transaction may be told at its end only
        kind = errors.IntegrityError
    elif "onflict" in message:  # "Conflict on update!", "write-write conflict"
        message = _ENTRY.sub(r"\1", message).strip().rstrip(".!") + f": {_CONFLICT}"
    if "max_expression_depth" in message:
        message = "The statement is nested too deeply, or one chain of operators is too long: write it in parts."
    message = _SETTING.sub("", message)
    for name in sorted(names, key=len, reverse=True):
        message = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", names[name].replace("\\", r"\\"), message)
    return kind(message.strip())
