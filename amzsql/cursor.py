"""The cursor of PEP 249, with its Arrow extensions: views over a statement's record batches."""

from __future__ import annotations

import importlib
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from amzsql import types
from amzsql.errors import DatabaseError, DataError, InterfaceError, ProgrammingError, ResultWarning, callers_level
from amzsql.execute import objects
from amzsql.execute.context import Stats
from amzsql.execute.written import Written

if TYPE_CHECKING:
    from amzsql.clock import Event
    from amzsql.connection import Connection
    from amzsql.execute.result import Result
    from amzsql.partitions import Task

Row = tuple[Any, ...]


class Cursor:
    """A statement and its rows. Belongs to one thread; `cancel` may come from another.

    Attributes:
        arraysize: rows of a `fetchmany` without a size.
        progress: called with a line of text while a statement waits ("throttled, next page in 58 s").
        messages: (class, text) of each warning of the last statement; Python's `warnings` tell them too
            (`ResultWarning`).
        lastrowid: the key that Amazon gave the last row of an INSERT, or None.
        statement_id: what names the cursor's running statement to `Connection.cancel_statement` of any process.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.arraysize = 1
        self.progress: Callable[[str], None] | None = None
        self.messages: list[tuple[type[Exception], str]] = []
        self.lastrowid: Any = None
        self.rownumber: int | None = None
        self._result: Result | None = None
        self._schema: pa.Schema | None = None
        self._json: frozenset[int] = frozenset()
        # A batch that was begun, its rows as far as they are made, and which of them is next.
        self._batch: pa.RecordBatch | None = None
        self._rows: list[Row] = []
        self._at = 0
        self._closed = False
        self._stats: Stats | None = None
        self._cancelled: Event | None = None
        self._told = 0
        self._written: int | None = None
        self.statement_id = connection.runtime.running.new_id()

    # -- statements --------------------------------------------------------------------------------------------------

    def execute(self, operation: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None) -> Cursor:
        """Run a statement: plan it, refuse it if it cannot be afforded, and fetch the first page of each scan.

        Parameters are ``?`` with a sequence, ``@name`` or ``:name`` with a mapping.

        Raises:
            ProgrammingError: the statement is wrong. BudgetExceeded: it needs more than MaxRequests or
            StatementTimeout allow. OperationalError: Amazon could not be asked.
        """
        self._check()
        if not isinstance(operation, str):
            raise ProgrammingError(f"execute() takes a statement as text, not as {type(operation).__name__}.")
        self._reset()
        clock = self.connection.runtime.clock
        self._cancelled = clock.event()
        self._stats = Stats()
        with self._noted(operation), clock.actor():
            found = self.connection.run(operation, parameters, self, self._cancelled, self._stats)
        self._begin(found)
        self._tell()
        return self

    def execute_task(self, task: Task) -> Cursor:
        """Run a task of `Connection.partitions`; its rows are read as a statement's. Raises what `execute` raises."""
        self._check()
        self._reset()
        clock = self.connection.runtime.clock
        self._cancelled, self._stats = clock.event(), Stats()
        with self._noted(task.statement), clock.actor():
            found = self.connection.run_task(task, self, self._cancelled, self._stats)
        self._begin(found)
        self._tell()
        return self

    def _begin(self, result: Result | Written) -> None:
        """Make a result the one that is read; a statement that writes has none."""
        if isinstance(result, Written):
            self._over()
            self._written, self.lastrowid = result.rows, result.identity
            return
        self._result, self._schema, self._json = result, result.schema, result.json
        self._batch, self._rows, self._at = None, [], 0
        self.rownumber = 0

    def executemany(self, operation: str, seq_of_parameters: Sequence[Sequence[Any] | Mapping[str, Any]]) -> Cursor:
        """Run a statement for each set of parameters; not for those that read.

        An INSERT, UPDATE or DELETE is one statement with the rows of all sets: those for Amazon are all checked before
        the first is sent, and `rowcount` is their sum. Of a call the last one's result is left.
        """
        self._check()
        sets = list(seq_of_parameters)
        if self._write_many(operation, sets):
            return self
        for parameters in sets:
            self.execute(operation, parameters)
        return self

    def _write_many(self, operation: str, sets: Sequence[Any]) -> bool:
        """Run a statement that changes something with several sets of parameters; False if it is no such statement."""
        if not isinstance(operation, str):
            return False
        self._reset()
        clock = self.connection.runtime.clock
        cancelled, stats = clock.event(), Stats()
        self._cancelled, self._stats = cancelled, stats
        with self._noted(operation), clock.actor():
            found = self.connection.run_many(operation, sets, self, cancelled, stats)
        if found is None:
            self._over()
            return False
        self._begin(found)
        self._tell()
        return True

    def callproc(
        self, procname: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> Sequence[Any] | Mapping[str, Any]:
        """Call a procedure with values by their place, or by name in a mapping; its outputs are the result.

        Returns the parameters as they were given. Raises what `execute` raises.
        """
        self._check()
        if not isinstance(procname, str):
            raise ProgrammingError(f"callproc() takes the name of a procedure as text, not {type(procname).__name__}.")
        if isinstance(parameters, str | bytes) or not isinstance(parameters, Sequence | Mapping):
            raise ProgrammingError("callproc() takes a sequence or a mapping of values.")
        given: list[tuple[str | None, Any]] = [(None, value) for value in parameters]
        if isinstance(parameters, Mapping):
            given = [(str(name).lstrip("@:"), value) for name, value in parameters.items()]
        self._reset()
        clock = self.connection.runtime.clock
        self._cancelled, self._stats = clock.event(), Stats()
        with self._noted(f"CALL {procname}"), clock.actor():
            self._begin(self.connection.call(procname, tuple(given), self, self._cancelled, self._stats))
        self._tell()
        return parameters

    def cancel(self) -> None:
        """End the running statement, from any thread; its own thread gets OperationalError."""
        flag, result = self._cancelled, self._result
        if flag is not None:
            flag.set()
        if result is not None:
            result.cancel()

    adbc_cancel = cancel

    @contextmanager
    def _noted(self, text: str) -> Iterator[None]:
        """Note that a statement runs, so that any process may cancel it; an error ends it."""
        self.connection.runtime.running.begin(self.statement_id, text, weakref.WeakMethod(self.cancel))
        with ExitStack() as undo:
            undo.callback(self._over)
            try:
                yield
            except DatabaseError as error:
                self.lastrowid = error.lastrowid  # that of a row that it has added all the same
                raise
            undo.pop_all()

    def _over(self) -> None:
        """Note that no statement runs any more."""
        self.connection.runtime.running.end(self.statement_id)

    # -- description -------------------------------------------------------------------------------------------------

    @property
    def description(self) -> list[tuple[str, str, None, None, int | None, int | None, bool]] | None:
        """The columns: (name, SQL type name, None, None, precision, scale, True); None without a result."""
        if self._schema is None:
            return None
        return [_described(field, number in self._json) for number, field in enumerate(self._schema)]

    @property
    def rowcount(self) -> int:
        """How many rows a statement has changed; -1 of one that reads, since it is not known before they are read."""
        return -1 if self._written is None else self._written

    @property
    def stats(self) -> Stats | None:
        """What the last statement, even one that failed, has cost so far: requests, pages, rows, waited seconds, …"""
        return self._stats

    # -- rows --------------------------------------------------------------------------------------------------------

    def fetchone(self) -> Row | None:
        """Return the next row, or None at the end."""
        if not self._fill():
            return None
        row = self._rows[self._at]
        self._advance(1)
        return row

    def fetchmany(self, size: int | None = None) -> list[Row]:
        """Return up to `size` rows (`arraysize` by default); an empty list at the end."""
        wanted = self.arraysize if size is None else size
        if wanted < 0:
            raise ProgrammingError(f"fetchmany() takes a number of rows, not {wanted}: fetchall() gives all.")
        found: list[Row] = []
        while len(found) < wanted and self._fill():
            part = self._rows[self._at : self._at + wanted - len(found)]
            self._advance(len(part))
            found += part
        return found

    def fetchall(self) -> list[Row]:
        """Return all rows that are left."""
        found: list[Row] = []
        while self._fill():
            part = self._rows[self._at :]
            self._advance(len(part))
            found += part
        return found

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row

    next = __next__

    def _advance(self, rows: int) -> None:
        self._at += rows
        self.rownumber = (self.rownumber or 0) + rows

    def _fill(self) -> bool:
        """Make sure that there is a row to read; False at the end."""
        result = self._require()
        while self._at >= len(self._rows):
            # One whose rows could not be made is tried again: Arrow's forms can still give it.
            untried = self._batch is not None and self._batch.num_rows > len(self._rows)
            batch = self._batch if untried else self._next(result)
            self._batch, self._rows, self._at = batch, [], 0
            if batch is None:
                return False
            self._rows = objects.rows(batch)
        return True

    def _next(self, result: Result) -> pa.RecordBatch | None:
        with ExitStack() as undo:
            undo.callback(self._over)
            with self.connection.runtime.clock.actor():
                batch = result.next_batch()
            if batch is not None:
                undo.pop_all()
        self._tell()
        return batch

    def _tell(self) -> None:
        """Say the warnings that have come, on the caller's own thread: most tools never look at `messages`."""
        for _, text in self.messages[self._told :]:
            warnings.warn(text, ResultWarning, stacklevel=callers_level())
        self._told = len(self.messages)

    def _require(self) -> Result:
        self._check()
        if self._result is None or self._schema is None:
            raise ProgrammingError("There is no result: execute a SELECT first.")
        with ExitStack() as undo:
            undo.callback(self._over)
            self._result.check()
            undo.pop_all()
        return self._result

    # -- Arrow -------------------------------------------------------------------------------------------------------

    def fetch_record_batch(self) -> pa.RecordBatchReader:
        """Return the rows that are left as a reader of record batches, fetched as they are read."""
        result = self._require()

        def batches() -> Iterator[pa.RecordBatch]:
            rest = self._rest()
            if rest is not None:
                yield rest
            while True:
                batch = self._next(result)
                if batch is None:
                    return
                yield batch

        return pa.RecordBatchReader.from_batches(result.schema, batches())

    def _rest(self) -> pa.RecordBatch | None:
        """Return the rows that were taken from a batch but not yet given out."""
        rest = None if self._batch is None else self._batch.slice(self._at)
        self._batch, self._rows, self._at = None, [], 0
        return rest if rest is not None and rest.num_rows else None

    def fetch_arrow_table(self) -> pa.Table:
        """Return the rows that are left as an Arrow table."""
        result = self._require()
        found = []
        rest = self._rest()
        if rest is not None:
            found.append(rest)
        while True:
            batch = self._next(result)
            if batch is None:
                return pa.Table.from_batches(found, result.schema)
            found.append(batch)

    fetchallarrow = fetch_arrow_table

    def fetch_arrow(self) -> pa.RecordBatchReader:
        """Return the rows that are left as an object with ``__arrow_c_stream__``."""
        return self.fetch_record_batch()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.fetch_record_batch().__arrow_c_stream__(requested_schema)

    def fetch_df(self) -> Any:
        """Return the rows that are left as a pandas DataFrame; ImportError says how to install pandas."""
        _extra("pandas", "fetch_df")
        table = self.fetch_arrow_table()
        try:
            return table.to_pandas()
        except (OverflowError, ValueError) as error:
            raise DataError(
                f"A value is beyond what pandas holds ({error}). Cast it to VARCHAR, or take fetch_arrow_table()."
            ) from None

    def fetch_polars(self) -> Any:
        """Return the rows that are left as a polars DataFrame; ImportError says how to install polars.

        A length of time is a Duration, in which a month counts thirty days, as in rows.
        """
        polars = _extra("polars", "fetch_polars")
        try:
            return polars.from_arrow(objects.without_months(self.fetch_arrow_table()))
        except polars.exceptions.PolarsError as error:
            raise DataError(
                f"polars has no equal of a column ({error}). Cast it to VARCHAR, or take fetch_arrow_table()."
            ) from None

    # -- the rest of PEP 249 -------------------------------------------------------------------------------------------

    def setinputsizes(self, sizes: Sequence[Any]) -> None:
        """Do nothing: parameters carry their own types."""

    def setoutputsize(self, size: int, column: int | None = None) -> None:
        """Do nothing: values are never cut."""

    def nextset(self) -> bool | None:
        """Go to the next result of a procedure, leaving what is left of this one; None if there is no other."""
        self._check()
        following = self._result.following if self._result is not None else None
        if following is None:
            return None
        self._begin(following)
        return True

    def close(self) -> None:
        """End the statement; the cursor cannot be used after. A second time does nothing."""
        if not self._closed:
            self._closed = True
            # What a statement has written is still asked for after: SQLAlchemy closes at once what gives no rows.
            written, last = self._written, self.lastrowid
            self._reset()
            self._written, self.lastrowid = written, last

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _reset(self) -> None:
        if self._result is not None:
            self._result.close()
            self._over()
        self._result, self._schema, self._batch, self._rows, self._at = None, None, None, [], 0
        self._cancelled, self.rownumber, self._written, self.lastrowid = None, None, None, None
        self.messages, self._told = [], 0

    def _check(self) -> None:
        if self._closed:
            raise InterfaceError("The cursor is closed.")
        self.connection.check_open()


def _extra(module: str, method: str) -> Any:
    """Return a library that comes with an extra; ImportError names the extra."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(f"{method}() needs {module}: pip install 'amzsql[{module}]'") from error


def _described(field: pa.Field, json: bool) -> tuple[str, str, None, None, int | None, int | None, bool]:
    precision = field.type.precision if pa.types.is_decimal(field.type) else None
    scale = field.type.scale if pa.types.is_decimal(field.type) else None
    name = types.JSON.name if json and pa.types.is_string(field.type) else types.of_arrow(field.type)
    return (field.name, name, None, None, precision, scale, True)
