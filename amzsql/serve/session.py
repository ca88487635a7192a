"""What one client's statements are answered with: by the driver, by the catalog, or by the session itself.

Owns a client's connections, variables and warnings. Everything here may block and is called on the client's own thread,
but `cancel`. Must not know the protocol.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import amzsql
from amzsql.clock import RealClock
from amzsql.errors import Error, ProgrammingError, nearest
from amzsql.serve import information
from amzsql.serve.variables import VERSION, Variables
from amzsql.sql import mysql

if TYPE_CHECKING:
    from amzsql.connection import Connection
    from amzsql.cursor import Cursor
    from amzsql.execute.scratch_space import ScratchSpace

WARNING = 1105
_NOT_TAKEN_BACK = "What was changed at Amazon could not be rolled back: it stays changed. Scratch tables were."
# Databases that are no schema of a connection: their tables are found from each.
_NOT_OURS = (mysql.SCHEMA, "sys")
_OWN = re.compile(r"(?:(?:GLOBAL|SESSION|LOCAL)\s+)?(?P<word>COUNT\(\*\)\s+\w+|(?:FULL\s+)?\w+)", re.IGNORECASE)

_KILL = re.compile(r"(?P<kind>QUERY|CONNECTION)?\s*(?P<number>\d+|CONNECTION_ID\s*\(\s*\))", re.IGNORECASE)
_PROCESS = ("ID", "USER", "HOST", "DB", "COMMAND", "TIME", "STATE", "INFO")


class Opener(Protocol):
    """How connections to the account are opened."""

    def __call__(self, *, scratch: ScratchSpace | None = None, **properties: Any) -> Connection:
        """Open one with these properties beside the server's own."""


class Catalog:
    """information_schema for all clients: scratch tables of their own, made when somebody first asks."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._space = amzsql.ScratchSpace()
        self._lock = threading.Lock()
        self._made = False

    def connection(self) -> Connection:
        """Return a connection whose schema Temp is information_schema; whoever comes first waits until it is made."""
        opened = self._opener(scratch=self._space, Schema="Temp", ConnectOnOpen="False", MaxRows=-1)
        with self._lock:
            if not self._made:
                opened.autocommit = True
                with opened.cursor() as cursor:
                    for definition in information.definitions():
                        cursor.execute(definition)
                self._made = True
        return opened


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning, and MySQL's number of it."""

    text: str
    code: int = WARNING


@dataclass(slots=True)
class Answer:
    """A statement's answer: a cursor whose rows are still to be read, or what it has changed."""

    cursor: Cursor | None = None
    changed: int = 0
    identity: int = 0


@dataclass(frozen=True, slots=True)
class Peers:
    """The clients of the server. `kill` ends the statement of a number, or the client; `listed`: their sessions."""

    kill: Callable[[int, bool], None]
    listed: Callable[[], list[Session]]


class Session:
    """One client's session. `number`: the client's."""

    def __init__(
        self,
        number: int,
        opener: Opener,
        catalog: Callable[[], Connection],
        peers: Peers,
        *,
        writable: bool,
    ) -> None:
        self.number = number
        self.user = ""
        self._writable = writable
        self.variables = Variables(writable=writable)
        self.warnings: list[Warned] = []
        self._opener = opener
        self._catalog = catalog
        self._peers = peers
        self._clock = RealClock()
        self._running: tuple[str, float] | None = None
        self._space = amzsql.ScratchSpace()
        self._connections: dict[str, Connection] = {}
        self._catalog_connection: Connection | None = None
        self._database = ""
        self._begun = False
        self.in_transaction = False
        self._lasting = False
        self._idle = self._clock.now()
        self._found = 0
        self._changed = 0
        self._identity = 0
        self._cursor: Cursor | None = None
        self._cancelled = False

    # -- where unqualified names are looked up -----------------------------------------------------------------------

    @property
    def database(self) -> str:
        """The schema of unqualified names, or information_schema."""
        if not self._database:
            self._database = self._connection("").settings.schema
        return self._database

    def use(self, name: str) -> None:
        """Look unqualified names up in another schema. ProgrammingError if there is none."""
        known = (*amzsql.metadata.schemas(), "Temp", *_NOT_OURS)
        found = next((k for k in known if k.lower() == name.lower()), None)
        if found is None:
            raise ProgrammingError(f"Unknown database '{name}'.{nearest(name, known)}")
        self._database = found

    def _connection(self, database: str) -> Connection:
        """Return the connection whose schema is a database; they share the client's scratch tables."""
        if database not in self._connections:
            more = {"Schema": database} if database else {}
            opened = self._opener(scratch=self._space, **more)
            opened.autocommit = True
            self._connections[database] = opened
        return self._connections[database]

    @property
    def connection(self) -> Connection:
        """The connection that statements run on."""
        name = self.database
        return self._connection("" if name in _NOT_OURS else name)

    # -- statements --------------------------------------------------------------------------------------------------

    def answer(self, text: str, values: Sequence[Any] = ()) -> Answer:
        """Run a statement until its first rows are there.

        Raises:
            Error: of the driver's; its text is for the client.
        """
        self._cancelled = False
        self._running = (text, self._clock.now())
        variables = self.variables
        asked = mysql.read(
            text,
            values,
            database=self.database,
            ansi=variables.ansi_quotes,
            value=self._value,
            most=variables.most_rows,
        )
        if asked.kind in ("set", "use", "kill", "begin", "commit", "rollback", "none"):
            return self._settled(asked)
        if asked.kind == "show":
            return self._shown(asked.text)
        self.warnings = [Warned(asked.warning)] if asked.warning else []
        self.in_transaction = self.in_transaction or not variables.autocommit
        if variables.reads_only and asked.changes:
            raise ProgrammingError("The session only reads: it said SET SESSION TRANSACTION READ ONLY itself.")
        if asked.kind == "metadata":
            information.check(asked.tables)
            return self._told(asked.text.replace('Temp."PROCESSLIST"', f"({self._processes()})"))
        return self._run(self.connection, asked.text, asked)

    def _settled(self, asked: mysql.Asked) -> Answer:
        """Answer what the session does by itself."""
        self.warnings = []
        if asked.kind == "set":
            self._set(asked.text)
        elif asked.kind == "use":
            self.use(mysql.unquoted(asked.text))
        elif asked.kind == "kill":
            self._ended(asked.text)
        elif asked.kind == "begin":
            self._begin(True)
        elif asked.kind in ("commit", "rollback"):
            for each in self._connections.values():
                each.commit() if asked.kind == "commit" else each.rollback()
            if asked.kind == "rollback" and self._lasting:
                self.warnings.append(Warned(_NOT_TAKEN_BACK, 1196))
            self._begin(False)
        return Answer()

    def _set(self, text: str) -> None:
        for own, name, said in mysql.assignments(text):
            value = self._worked_out(said.text) if isinstance(said, mysql.Expression) else said
            if own:
                self.variables.keep(name, value)
                continue
            warning = self.variables.set(name, value)
            if warning:
                self.warnings.append(Warned(warning))
        self._begin(self._begun)

    def _worked_out(self, text: str) -> str | int | None:
        """Return the value of an expression, such as ``concat(@@sql_mode, ',ANSI')``."""
        asked = mysql.read(f"SELECT {text}", database=self.database, value=self._value)
        with self.connection.cursor() as cursor:
            (value,) = cursor.execute(asked.text).fetchone() or (None,)
        return value if value is None or isinstance(value, int) else str(value)

    def _begin(self, begun: bool) -> None:
        if begun != self._begun or not begun:
            self.in_transaction, self._lasting = begun, False
        self._begun = begun
        for each in self._connections.values():
            each.autocommit = self.variables.autocommit and not begun

    def _ended(self, text: str) -> None:
        found = _KILL.fullmatch(text)
        if found is None:
            raise ProgrammingError("KILL takes the number of a client: KILL QUERY 7.")
        number = int(found["number"]) if found["number"].isdecimal() else self.number
        self.end(number, statement=(found["kind"] or "").upper() == "QUERY")

    def end(self, number: int, *, statement: bool) -> None:
        """End the statement of a client of the same login, or the client. ProgrammingError if there is none."""
        if number not in (each.number for each in self._alike()):
            raise ProgrammingError(f"There is no client {number}: SHOW PROCESSLIST tells those of this login.")
        if number == self.number and statement:
            raise amzsql.Cancelled("The statement was killed.")
        self._peers.kill(number, statement)

    def _alike(self) -> list[Session]:
        """Return the sessions of the same login."""
        return [each for each in self._peers.listed() if each.user == self.user]

    def _processes(self) -> str:
        """Return the clients of the same login as a query."""
        return _values(_PROCESS, [each.process for each in self._alike()])

    @property
    def process(self) -> tuple[Any, ...]:
        """What SHOW PROCESSLIST tells of the session; from any thread."""
        text, since = self._running or ("", self._idle)
        command = "Query" if self._running else "Sleep"
        seconds = int(self._clock.now() - since)
        return (self.number, self.user, "localhost", self._database, command, seconds, "", text)

    def _value(self, name: str) -> Any:
        """Return a function's or a variable's value. KeyError if there is none."""
        if name.startswith("@@"):
            return self.variables.get(re.sub(r"^(?:global|session|local)\.", "", name[2:], flags=re.IGNORECASE))
        if name.startswith("@"):
            return self.variables.own(name[1:])
        return {
            "database": self.database,
            "version": VERSION,
            "user": f"{self.user}@localhost",
            "connection_id": self.number,
            "last_insert_id": self._identity,
            "row_count": self._changed,
            "found_rows": self._found,
            "role": "NONE",
        }[name]

    def _run(self, connection: Connection, text: str, asked: mysql.Asked | None = None) -> Answer:
        cursor = connection.cursor()
        self._cursor = cursor
        try:
            if self._cancelled:
                cursor.close()
                raise amzsql.Cancelled("The statement was cancelled.")
            cursor.execute(text)
        finally:
            self._noted(cursor)
            if asked is not None and asked.changes and cursor.stats is not None and cursor.stats.requests:
                self._lasting = self._lasting or self._lasts(asked)
        if cursor.description is not None:
            self._found = 0
            return Answer(cursor)
        self._changed = max(0, cursor.rowcount)
        self._identity = cursor.lastrowid if isinstance(cursor.lastrowid, int) else 0
        cursor.close()
        return Answer(None, self._changed, self._identity)

    def _lasts(self, asked: mysql.Asked) -> bool:
        """Tell whether what a statement changes stands at Amazon, and not in a scratch table."""
        if self.connection.settings.dry_run:
            return False
        schema, table = asked.target
        return asked.kind == "raw" or amzsql.metadata.table(schema or self.database, table) is not None

    def fetch(self, cursor: Cursor, rows: int) -> list[tuple[Any, ...]]:
        """Return the next rows of an answer; an empty list at its end, and then it is closed."""
        try:
            found = cursor.fetchmany(rows)
        except Error:
            self._noted(cursor)
            raise
        self._found += len(found)
        if not found:
            self._noted(cursor)
            self.close_cursor(cursor)
        return found

    def _noted(self, cursor: Cursor) -> None:
        texts = [text for _, text in cursor.messages]
        known = {warned.text for warned in self.warnings}
        self.warnings += [Warned(text) for text in texts if text not in known]

    def close_cursor(self, cursor: Cursor) -> None:
        """End an answer."""
        cursor.close()
        self._cursor = None

    def schema(self, text: str, parameters: int) -> list[tuple[Any, ...]]:
        """Return a description of a statement's result before it runs; empty if that is not known. Asks nothing."""
        try:
            ansi = self.variables.ansi_quotes
            asked = mysql.read(text, [None] * parameters, database=self.database, ansi=ansi, value=self._value)
            if asked.kind == "metadata":
                information.check(asked.tables)
            elif asked.kind != "query":
                return []
            connection = self.connection if asked.kind == "query" else self._information()
            fields = connection.schema(asked.text)
        except Error:
            return []
        return [described(field) for field in fields]

    # -- SHOW and information_schema ---------------------------------------------------------------------------------

    def _information(self) -> Connection:
        if self._catalog_connection is None:
            self._catalog_connection = self._catalog()
        return self._catalog_connection

    def _told(self, text: str) -> Answer:
        return self._run(self._information(), text)

    def _shown(self, text: str) -> Answer:
        """Answer a SHOW; of warnings those of the statement before."""
        shown = information.show(text, self.database) or self._own_rows(text)
        if shown is None:
            raise amzsql.NotSupportedError(
                f"SHOW {' '.join(text.split())[:60]} is not answered here: SHOW DATABASES, TABLES, COLUMNS, INDEX,"
                " CREATE TABLE, VARIABLES, WARNINGS and information_schema are."
            )
        if shown.table is not None:
            self._known(*shown.table)
        kept = self.warnings
        conditions = []
        if shown.pattern:
            conditions.append(f"\"{shown.like}\" ILIKE {information.literal(shown.pattern)} ESCAPE '\\'")
        if shown.where:
            conditions.append(f"({mysql.condition(shown.where)})")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        found = self._told(f"SELECT * FROM ({shown.query}) AS shown{where}{_limit(shown.limit)}")
        self.warnings = kept
        return found

    def _known(self, schema: str, table: str) -> None:
        """Raise ProgrammingError for a SHOW about a table that there is not; scratch tables are not shown."""
        if schema.lower() not in _NOT_OURS and amzsql.metadata.table(schema, table) is None:
            raise ProgrammingError(f"There is no table {table} in {schema}; scratch tables are not shown.")

    def _own_rows(self, text: str) -> information.Shown | None:
        """Return a SHOW of what the session knows itself as a query; None if it is another."""
        word = _OWN.match(text)
        tail = information.tail_of(text[word.end() :]) if word else None
        if word is None or tail is None:
            return None
        name = " ".join(word["word"].upper().split())
        if name == "VARIABLES":
            query = _values(("Variable_name", "Value"), self.variables.everything())
        elif name == "STATUS":
            query = _values(("Variable_name", "Value"), [("Uptime", "1"), ("Ssl_cipher", "")])
        elif name in ("WARNINGS", "ERRORS"):
            rows = [("Warning", each.code, each.text) for each in self.warnings] if name == "WARNINGS" else []
            query = _values(("Level", "Code", "Message"), rows)
        elif name.startswith("COUNT"):
            query = _values(("@@session.warning_count",), [(len(self.warnings),)])
        elif name in ("PROCESSLIST", "FULL PROCESSLIST"):
            query = (
                'SELECT ID AS "Id", USER AS "User", HOST AS "Host", DB AS db, COMMAND AS "Command", TIME AS "Time",'
                f' STATE AS "State", INFO AS "Info" FROM ({self._processes()}) AS p'
            )
        else:
            return None
        return information.tailed(query, "Variable_name", tail)

    # -- ends --------------------------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """End the running statement; from any thread."""
        self._cancelled = True
        cursor = self._cursor
        if cursor is not None:
            cursor.cancel()

    def reset(self, *, database: str | None = None) -> None:
        """Be as new: COM_RESET_CONNECTION, and COM_CHANGE_USER, which leaves the database as well."""
        self.close()
        self._database = self._database if database is None else database
        self.variables = Variables(writable=self._writable)
        self._space = amzsql.ScratchSpace()
        self._begun = self.in_transaction = self._lasting = False
        self.warnings = []

    def rest(self) -> None:
        """Note that a statement is answered, for SHOW PROCESSLIST."""
        self._running, self._idle = None, self._clock.now()

    def close(self) -> None:
        """Close what the session has opened."""
        for each in (*self._connections.values(), *([self._catalog_connection] if self._catalog_connection else [])):
            each.close()
        self._connections, self._catalog_connection, self._cursor = {}, None, None


def described(field: Any) -> tuple[Any, ...]:
    """Return an Arrow field as an entry of a cursor's `description`."""
    from amzsql import types

    decimal = getattr(field.type, "precision", None), getattr(field.type, "scale", None)
    return (field.name, types.of_arrow(field.type), None, None, *decimal, True)


def _values(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return rows as a query."""
    columns = ", ".join(f'"{name}"' for name in names)
    if not rows:
        empty = ", ".join(f'CAST(NULL AS VARCHAR) AS "{name}"' for name in names)
        return f"SELECT {empty} WHERE false"
    written = ", ".join(
        "(" + ", ".join(str(v) if isinstance(v, int) else information.literal(v) for v in row) + ")" for row in rows
    )
    return f"SELECT * FROM (VALUES {written}) AS rows({columns})"


def _limit(text: str) -> str:
    """Return MySQL's ``LIMIT a, b`` as this engine's."""
    if "," not in text:
        return f" LIMIT {text}" if text else ""
    offset, count = text.split(",")
    return f" LIMIT {count.strip()} OFFSET {offset.strip()}"
