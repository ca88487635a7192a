"""CREATE TABLE's columns and constraints, and CREATE INDEX -> what the engine is told of a scratch table.

Owns which types and constraints a scratch table may have. Knows no tables and runs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from amzsql.errors import ProgrammingError
from amzsql.sql.change import SCRATCH, Change
from amzsql.sql.dialect import Node, TokenType
from amzsql.sql.statement import tokens_of

_SERIAL = {"SERIAL": "INTEGER", "SERIAL4": "INTEGER", "BIGSERIAL": "BIGINT", "SERIAL8": "BIGINT"}
_ACTIONS = ("CASCADE", "SET NULL", "SET DEFAULT")


@dataclass(frozen=True, slots=True)
class Definition:
    """A column as it is defined: its type and its constraints as the engine's SQL.

    `generated`: it counts by itself, from `start` in steps of `step`.
    """

    name: str
    type: str
    constraints: str = ""
    generated: bool = False
    start: int = 1
    step: int = 1


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
        kind, generated = _type(part)
        start, step = 1, 1
        found: list[str] = []
        for each in part.args.get("constraints") or []:
            counts = isinstance(each.kind, exp.AutoIncrementColumnConstraint) or _is_identity(each.kind)
            generated = generated or counts
            if counts:
                start, step = _whole(each.kind, "start", name), _whole(each.kind, "increment", name)
            if not counts and not isinstance(each.kind, exp.CommentColumnConstraint):
                found.append(self._of_column(name, each.kind, each.this.name if each.this is not None else None))
        return Definition(name, kind, " ".join(filter(None, found)), generated, start, step)

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
        return f"CHECK ({kind.this.sql('duckdb')})"

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


def _type(part: exp.ColumnDef) -> tuple[str, bool]:
    """Return a column's type, and whether it says that the column counts by itself."""
    kind = part.args.get("kind")
    if kind is None:
        raise ProgrammingError(f"The column {part.name} needs a type, such as VARCHAR or INTEGER.")
    if kind.this == exp.DataType.Type.USERDEFINED:
        word = str(kind.args.get("kind") or "").upper()
        if word not in _SERIAL:
            raise ProgrammingError(f"The column {part.name}: there is no type {word}.")
        return _SERIAL[word], True
    return kind.sql("duckdb"), False


def _whole(kind: Node, part: str, column: str) -> int:
    """Return where a column begins to count, or its step; 1 if that is not said."""
    said = kind.args.get(part)
    if said is None:
        return 1
    try:
        return int(said.sql("duckdb")) or 1
    except ValueError:
        raise ProgrammingError(f"The column {column} counts in whole numbers, not {said.sql('duckdb')}.") from None


def _is_identity(kind: Node) -> bool:
    return isinstance(kind, exp.GeneratedAsIdentityColumnConstraint) and kind.args.get("expression") is None


# -- indexes -----------------------------------------------------------------------------------------------------------


def parse_index(text: str) -> IndexChange | None:
    """Return ``CREATE [UNIQUE] INDEX …`` or ``DROP INDEX …``; None for any other statement.

    Raises:
        ProgrammingError: what follows is not plain columns of a table.
    """
    words = text.split(None, 3)[:3]
    if not words or words[0].upper() not in ("CREATE", "DROP") or "INDEX" not in [w.upper() for w in words[1:]]:
        return None
    return _Reader(tokens_of(text)).read()


class _Reader:
    """Reads the tokens of such a statement from the left."""

    def __init__(self, tokens: list[Any]) -> None:
        self._left = tokens

    def read(self) -> IndexChange:
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

    def _take(self, word: str) -> bool:
        taken = bool(self._left) and self._left[0].text.upper() == word
        if taken:
            self._left = self._left[1:]
        return taken

    def _need(self, word: str) -> None:
        if not self._take(word):
            near = self._left[0].text if self._left else "the end"
            raise ProgrammingError(
                f"Syntax error at {near}: {word} was expected. Write CREATE INDEX name ON t (columns)."
            )

    def _exists(self) -> bool:
        if not self._take("IF"):
            return False
        self._take("NOT")
        self._need("EXISTS")
        return True

    def _name(self) -> tuple[str, str]:
        schema, name = "", self._identifier()
        while self._take("."):
            schema, name = name, self._identifier()
        return schema, name

    def _identifier(self) -> str:
        if not self._left or self._left[0].token_type in (TokenType.L_PAREN, TokenType.STRING, TokenType.NUMBER):
            raise ProgrammingError("Syntax error: a name was expected. Write CREATE INDEX name ON t (columns).")
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
            raise ProgrammingError(f"Syntax error at {self._left[0].text}: an index is of plain columns.")
