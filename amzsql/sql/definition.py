"""CREATE TABLE's columns and constraints, CREATE INDEX and COMMENT ON -> what is told of a scratch table.

Owns which types and constraints a scratch table may have. Knows no tables and runs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from amzsql.errors import ProgrammingError
from amzsql.sql.change import SCRATCH, Change
from amzsql.sql.dialect import Node, TokenType, engine_sql
from amzsql.sql.statement import tokens_of

_SERIAL = {"SERIAL": "INTEGER", "SERIAL4": "INTEGER", "BIGSERIAL": "BIGINT", "SERIAL8": "BIGINT"}
_ACTIONS = ("CASCADE", "SET NULL", "SET DEFAULT")


@dataclass(frozen=True, slots=True)
class Counting:
    """How a column counts by itself: from `start` in steps of `step`, between two bounds, where it ends or begins anew.

    `identity`: it was declared as GENERATED … AS IDENTITY; with `always` no statement may give it a value.
    """

    start: int = 1
    step: int = 1
    lowest: int | None = None
    highest: int | None = None
    cycle: bool = False
    identity: bool = False
    always: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """A column as it is defined: its type and its constraints as the engine's SQL.

    `counting` is how it counts by itself, if it does.
    """

    name: str
    type: str
    constraints: str = ""
    counting: Counting | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key as it is declared: for tools to know, since the engine would refuse changes that break none.

    `table_columns` is () where the other table's key is meant. `acts`: it says what a change there is to do here.
    """

    name: str | None
    columns: tuple[str, ...]
    table: str
    table_columns: tuple[str, ...]
    acts: bool = False


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """What a CREATE TABLE defines: columns, constraints as the engine's SQL, and what it calls them.

    `names`: (kind, columns, name) of the constraints that have one; a check's columns are its place among the checks.
    """

    columns: tuple[Definition, ...]
    constraints: tuple[str, ...]
    references: tuple[Reference, ...]
    names: tuple[tuple[str, tuple[str, ...], str], ...]


@dataclass(frozen=True, slots=True)
class IndexChange:
    """A statement that makes an index of a scratch table, or drops one; `table` is "" then."""

    name: str
    schema: str
    table: str = ""
    columns: tuple[str, ...] = ()
    unique: bool = False
    exists: bool = False


@dataclass(frozen=True, slots=True)
class CommentChange:
    """A statement that says what a scratch table holds, or a column of it; `text` is "" where it says no more."""

    schema: str
    table: str
    column: str
    text: str


def identifier(name: str) -> str:
    """Return a name as the engine's quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def listed(names: Sequence[str]) -> str:
    """Return names as a list of quoted identifiers."""
    return ", ".join(map(identifier, names))


def definition(change: Change) -> TableDefinition:
    """Return what a CREATE TABLE defines.

    Raises:
        ProgrammingError: a type or a constraint that scratch tables have not.
    """
    found = _Table(change.name)
    for part in change.tree.this.expressions:
        if isinstance(part, exp.ColumnDef):
            found.columns.append(found.column(part))
    for part in change.tree.this.expressions:
        if not isinstance(part, exp.ColumnDef):
            found.constraint(part, None)
    return TableDefinition(tuple(found.columns), tuple(found.constraints), tuple(found.references), tuple(found.names))


class _Table:
    """Gathers what the parts of a CREATE TABLE say."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._checks = 0
        self.columns: list[Definition] = []
        self.constraints: list[str] = []
        self.references: list[Reference] = []
        self.names: list[tuple[str, tuple[str, ...], str]] = []

    def column(self, part: exp.ColumnDef) -> Definition:
        name = part.name
        if name.lower() == "rowid":
            raise ProgrammingError(f"A column cannot be called {name}: that is the number of each row.")
        kind, counting = _type(part)
        found: list[str] = []
        comment = ""
        for each in part.args.get("constraints") or []:
            if isinstance(each.kind, exp.AutoIncrementColumnConstraint) or _is_identity(each.kind):
                counting = _counting(each.kind, name)
            elif isinstance(each.kind, exp.CommentColumnConstraint):
                comment = each.kind.this.name
            else:
                found.append(self._of_column(name, each.kind, each.this.name if each.this is not None else None))
        return Definition(name, kind, " ".join(filter(None, found)), counting, comment)

    def _of_column(self, column: str, kind: Node, name: str | None) -> str:
        if isinstance(kind, exp.NotNullColumnConstraint):
            return "" if kind.args.get("allow_null") else "NOT NULL"
        if isinstance(kind, exp.PrimaryKeyColumnConstraint):
            return self._named("PRIMARY KEY", (column,), name)
        if isinstance(kind, exp.UniqueColumnConstraint) and kind.this is None:
            return self._named("UNIQUE", (column,), name)
        if isinstance(kind, exp.DefaultColumnConstraint):
            return f"DEFAULT ({kind.this.sql('duckdb')})"
        if isinstance(kind, exp.CheckColumnConstraint):
            return self._check(kind, name)
        if isinstance(kind, exp.Reference):
            self._refer(kind, (column,), name)
            return ""
        raise ProgrammingError(f"The column {column}: {kind.sql('duckdb')} is not available.")

    def constraint(self, part: Node, name: str | None) -> None:
        """Take a constraint on several columns."""
        if isinstance(part, exp.Constraint) and len(part.expressions) == 1:
            self.constraint(part.expressions[0], part.name or None)
        elif isinstance(part, exp.PrimaryKey):
            self._over("PRIMARY KEY", part.expressions, name)
        elif isinstance(part, exp.UniqueColumnConstraint) and isinstance(part.this, exp.Schema):
            self._over("UNIQUE", part.this.expressions, name)
        elif isinstance(part, exp.CheckColumnConstraint):
            self.constraints.append(self._check(part, name))
        elif isinstance(part, exp.ForeignKey):
            columns = tuple(e.name for e in part.expressions)
            acts = bool(part.args.get("delete") or part.args.get("update"))
            self._refer(part.args["reference"], columns, name, acts=acts)
        else:
            raise ProgrammingError(f"{part.sql('duckdb')} is not available.")

    def _over(self, kind: str, columns: list[Node], name: str | None) -> None:
        names = tuple(c.name for c in columns)
        self.constraints.append(f"{self._named(kind, names, name)} ({listed(names)})")

    def _named(self, kind: str, columns: tuple[str, ...], name: str | None) -> str:
        if name is not None:
            self.names.append((kind, columns, name))
        return kind

    def _check(self, kind: Node, name: str | None) -> str:
        self._checks += 1
        self._named("CHECK", (str(self._checks - 1),), name)
        return f"CHECK ({engine_sql(kind.this)})"

    def _refer(self, reference: Node, columns: tuple[str, ...], name: str | None, *, acts: bool = False) -> None:
        target, others = reference.this, ()
        if isinstance(target, exp.Schema):
            target, others = target.this, tuple(e.name for e in target.expressions)
        if target.text("db").lower() not in ("", SCRATCH.lower()):
            told = f"only tables of schema {SCRATCH} can be referred to."
            raise ProgrammingError(f"{self._name}: REFERENCES {target.sql('duckdb')}: {told}")
        said = " ".join(str(o) for o in reference.args.get("options") or []).upper()
        acts = acts or any(word in said for word in _ACTIONS)
        self.references.append(Reference(name, columns, target.name, others, acts))


def _type(part: exp.ColumnDef) -> tuple[str, Counting | None]:
    """Return a column's type, and how the column counts by itself if the type says so."""
    kind = part.args.get("kind")
    if kind is None:
        raise ProgrammingError(f"The column {part.name} needs a type, such as VARCHAR or INTEGER.")
    if kind.this == exp.DataType.Type.USERDEFINED:
        word = str(kind.args.get("kind") or "").upper()
        if word not in _SERIAL:
            raise ProgrammingError(f"The column {part.name}: there is no type {word}.")
        return _SERIAL[word], Counting()
    return kind.sql("duckdb"), None


def _counting(kind: Node, column: str) -> Counting:
    start, step = _whole(kind, "start", column), _whole(kind, "increment", column)
    if step == 0:
        raise ProgrammingError(f"The column {column}: INCREMENT BY 0 would give every row the same number.")
    identity = isinstance(kind, exp.GeneratedAsIdentityColumnConstraint)
    return Counting(
        1 if start is None else start,
        1 if step is None else step,
        _whole(kind, "minvalue", column),
        _whole(kind, "maxvalue", column),
        bool(kind.args.get("cycle")),
        identity,
        identity and bool(kind.this),
    )


def _whole(kind: Node, part: str, column: str) -> int | None:
    """Return a number that a counting column is declared with; None if it is not."""
    said = kind.args.get(part)
    if said is None:
        return None
    try:
        return int(said.sql("duckdb"))
    except ValueError:
        raise ProgrammingError(f"The column {column} counts in whole numbers, not {said.sql('duckdb')}.") from None


def _is_identity(kind: Node) -> bool:
    return isinstance(kind, exp.GeneratedAsIdentityColumnConstraint) and kind.args.get("expression") is None


# -- indexes and comments ----------------------------------------------------------------------------------------------


def parse_definition(text: str) -> IndexChange | CommentChange | None:
    """Return ``CREATE [UNIQUE] INDEX …``, ``DROP INDEX …`` or ``COMMENT ON …``; None for any other statement.

    Raises:
        ProgrammingError: what follows is not plain columns of a table, or no comment.
    """
    words = [word.upper() for word in text.split(None, 3)[:3]]
    if words[:2] == ["COMMENT", "ON"]:
        return _Reader(tokens_of(text), "COMMENT ON TABLE t IS '…', or COMMENT ON COLUMN t.c IS '…'").comment()
    if not words or words[0] not in ("CREATE", "DROP") or "INDEX" not in words[1:]:
        return None
    return _Reader(tokens_of(text), "CREATE INDEX name ON t (columns)").index()


class _Reader:
    """Reads the tokens of such a statement from the left. `form` is what to write."""

    def __init__(self, tokens: list[Any], form: str) -> None:
        self._left = tokens
        self._form = form

    def index(self) -> IndexChange:
        made = self._take("CREATE")
        if not made:
            self._take("DROP")
        unique = self._take("UNIQUE")
        self._need("INDEX")
        exists = self._exists()
        schema, name = self._name()
        if not made:
            self._end()
            return IndexChange(name, schema, exists=exists)
        self._need("ON")
        place, table = self._name()
        columns = self._columns()
        self._end()
        return IndexChange(name, schema or place, table, columns, unique, exists)

    def comment(self) -> CommentChange:
        self._need("COMMENT")
        self._need("ON")
        of_column = self._take("COLUMN")
        if not of_column:
            self._need("TABLE")
        path = self._path()
        self._need("IS")
        if not self._left or (self._left[0].token_type != TokenType.STRING and self._left[0].text.upper() != "NULL"):
            raise self._error(self._near(), "a text or NULL")
        said, self._left = self._left[0], self._left[1:]
        text = said.text if said.token_type == TokenType.STRING else ""
        if self._left:
            raise self._error(self._near(), "the end")
        column = path.pop() if of_column else ""
        if not path:
            raise self._error(column, "a table before the column")
        return CommentChange(path[-2] if len(path) > 1 else "", path[-1], column, text)

    def _near(self) -> str:
        return self._left[0].text if self._left else "the end"

    def _error(self, near: str, expected: str) -> ProgrammingError:
        return ProgrammingError(f"Syntax error at {near}: {expected} was expected. Write {self._form}.")

    def _take(self, word: str) -> bool:
        taken = bool(self._left) and self._left[0].text.upper() == word
        if taken:
            self._left = self._left[1:]
        return taken

    def _need(self, word: str) -> None:
        if not self._take(word):
            raise self._error(self._near(), word)

    def _exists(self) -> bool:
        if not self._take("IF"):
            return False
        self._take("NOT")
        self._need("EXISTS")
        return True

    def _name(self) -> tuple[str, str]:
        path = self._path()
        return path[-2] if len(path) > 1 else "", path[-1]

    def _path(self) -> list[str]:
        found = [self._identifier()]
        while self._take("."):
            found.append(self._identifier())
        return found

    def _identifier(self) -> str:
        if not self._left or self._left[0].token_type in (TokenType.L_PAREN, TokenType.STRING, TokenType.NUMBER):
            raise self._error(self._near(), "a name")
        name: str = self._left[0].text
        self._left = self._left[1:]
        return name

    def _columns(self) -> tuple[str, ...]:
        self._need("(")
        found = [self._identifier()]
        while not self._take(")"):
            if not (self._take("ASC") or self._take("DESC")):
                self._need(",")
                found.append(self._identifier())
        return tuple(found)

    def _end(self) -> None:
        self._take("CASCADE")
        if self._left:
            raise ProgrammingError(f"Syntax error at {self._near()}: an index is of plain columns.")
