"""CREATE TABLE's columns and constraints, and CREATE INDEX -> what the engine is told of a scratch table.

Owns which types and constraints a scratch table may have. Knows no tables and runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from amzsql.errors import ProgrammingError
from amzsql.sql.change import SCRATCH, Change
from amzsql.sql.dialect import Node, TokenType
from amzsql.sql.statement import tokens_of

_SERIAL = {"SERIAL": "INTEGER", "SERIAL4": "INTEGER", "BIGSERIAL": "BIGINT", "SERIAL8": "BIGINT"}
_REFUSED_REFERENCE = ("CASCADE", "SET NULL", "SET DEFAULT")


@dataclass(frozen=True, slots=True)
class Definition:
    """A column as it is defined: its type and its constraints as the engine's SQL. `generated`: it counts by itself."""

    name: str
    type: str
    constraints: str = ""
    generated: bool = False


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


def definitions(change: Change) -> tuple[list[Definition], list[str]]:
    """Return the columns of a CREATE TABLE, and its constraints on several of them as the engine's SQL.

    Raises:
        ProgrammingError: a type or a constraint that scratch tables have not.
    """
    parts = change.tree.this.expressions
    columns = [_column(p) for p in parts if isinstance(p, exp.ColumnDef)]
    return columns, [_constraint(p) for p in parts if not isinstance(p, exp.ColumnDef)]


def _column(part: exp.ColumnDef) -> Definition:
    name = part.name
    if name.lower() == "rowid":
        raise ProgrammingError(f"A column cannot be called {name}: that is the number of each row.")
    kind, generated = _type(part)
    found: list[str] = []
    for each in part.args.get("constraints") or []:
        counts = isinstance(each.kind, exp.AutoIncrementColumnConstraint) or _is_identity(each.kind)
        generated = generated or counts
        if not counts and not isinstance(each.kind, exp.CommentColumnConstraint):
            found.append(_of_column(name, each.kind))
    return Definition(name, kind, " ".join(filter(None, found)), generated)


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


def _is_identity(kind: Node) -> bool:
    return isinstance(kind, exp.GeneratedAsIdentityColumnConstraint) and kind.args.get("expression") is None


def _of_column(name: str, kind: Node) -> str:
    if isinstance(kind, exp.NotNullColumnConstraint):
        return "" if kind.args.get("allow_null") else "NOT NULL"
    if isinstance(kind, exp.PrimaryKeyColumnConstraint):
        return "PRIMARY KEY"
    if isinstance(kind, exp.UniqueColumnConstraint) and kind.this is None:
        return "UNIQUE"
    if isinstance(kind, exp.DefaultColumnConstraint):
        return f"DEFAULT ({kind.this.sql('duckdb')})"
    if isinstance(kind, exp.CheckColumnConstraint):
        return f"CHECK ({kind.this.sql('duckdb')})"
    if isinstance(kind, exp.Reference):
        return _reference(kind)
    raise ProgrammingError(f"The column {name}: {kind.sql('duckdb')} is not available.")


def _constraint(part: Node) -> str:
    """Return a constraint on several columns; its own name is left out, as the engine keeps none."""
    if isinstance(part, exp.Constraint) and len(part.expressions) == 1:
        return _constraint(part.expressions[0])
    if isinstance(part, exp.PrimaryKey):
        return f"PRIMARY KEY ({listed([e.name for e in part.expressions])})"
    if isinstance(part, exp.UniqueColumnConstraint) and isinstance(part.this, exp.Schema):
        return f"UNIQUE ({listed([e.name for e in part.this.expressions])})"
    if isinstance(part, exp.CheckColumnConstraint):
        return f"CHECK ({part.this.sql('duckdb')})"
    if isinstance(part, exp.ForeignKey):
        columns = listed([e.name for e in part.expressions])
        return f"FOREIGN KEY ({columns}) {_reference(part.args['reference'], part)}"
    raise ProgrammingError(f"{part.sql('duckdb')} is not available.")


def _reference(reference: Node, holder: Node | None = None) -> str:
    target, columns = reference.this, []
    if isinstance(target, exp.Schema):
        target, columns = target.this, [e.name for e in target.expressions]
    said = " ".join([*(str(o) for o in reference.args.get("options") or []), *_actions(holder)]).upper()
    if any(word in said for word in _REFUSED_REFERENCE):
        raise ProgrammingError(f"REFERENCES {target.name}: {said} is not available, the engine refuses such a change.")
    if target.text("db").lower() not in ("", SCRATCH.lower()):
        raise ProgrammingError(
            f"REFERENCES {target.sql('duckdb')}: only tables of schema {SCRATCH} can be referred to."
        )
    return f"REFERENCES {identifier(target.name)}" + (f" ({listed(columns)})" if columns else "")


def _actions(holder: Node | None) -> Iterator[str]:
    for name in ("delete", "update"):
        if holder is not None and holder.args.get(name):
            yield f"ON {name} {holder.args[name]}"


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
