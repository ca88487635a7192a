"""Names -> columns: which table each name of a statement stands for, scope by scope.

Of sqlglot only its scopes are used. What cannot be resolved here (the columns of a table function, a lambda's
parameter) is left to the engine, which binds the statement over empty tables before the first call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.scope import Scope, traverse_scope

from amzsql.catalog import registry
from amzsql.catalog.model import Column, Table
from amzsql.errors import ProgrammingError, nearest
from amzsql.sql.dialect import Node, every, list_hint

Resolver = Callable[[str, str], Table | None]
"""(schema or "", table name) -> table, or None; raises ProgrammingError for a schema that does not exist."""

# pandas takes what is no engine for SQLite's when it writes.
_SQLITE = " This is no SQLite connection: give the tool an engine, sqlalchemy.create_engine('amzsql://…')."
EXCEPT_ARGUMENT = "except_" if "except_" in exp.Star.arg_types else "except"


@dataclass(slots=True)
class Reference:
    """One mention of a virtual table: its number in the statement and the columns used of it."""

    number: int
    table: Table
    alias: str
    node: exp.Table
    used: dict[str, Column] = field(default_factory=dict)
    star: bool = False

    def use(self, name: str) -> Column | None:
        """Note that a column is used, and return it; None if the table has none of that name."""
        column = self.table.column(name)
        if column is not None:
            self.used[column.name] = column
        return column

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns the scan must fill, in the table's order."""
        chosen = tuple(c for c in self.table.columns if (self.star and not c.hidden) or c.name in self.used)
        return chosen or self.table.columns[:1]


Place = tuple[str, Reference | Scope]


def is_star(item: Node) -> bool:
    """Tell whether a result column is a star; a subquery of one column that it writes as a star is not."""
    return bool(item.is_star) and not isinstance(item, exp.Subquery)


def branches(scope: Scope) -> list[Scope]:
    """Return the two sides of a set operation's scope; sqlglot renamed the attribute between 28 and 30."""
    found: list[Scope] = getattr(scope, "set_operation_scopes", None) or getattr(scope, "union_scopes", None) or []
    return found


class Names:
    """The scopes of a tree, with every name resolved as far as it can be."""

    def __init__(self, tree: exp.Query, resolver: Resolver, known: Callable[[str], list[str]]) -> None:
        _spell_ctes(tree)
        try:
            self.scopes: list[Scope] = list(traverse_scope(tree))
        except OptimizeError as error:
            raise ProgrammingError(f"The statement's names cannot be told apart: {error}") from error
        self.references: list[Reference] = []
        self._by_node: dict[int, Reference] = {}
        self._resolver = resolver
        self._known = known
        self._outputs: dict[int, list[str] | None] = {}
        self._rows: list[tuple[exp.Column, Reference]] = []
        self._hidden: list[tuple[exp.Column, str, Reference]] = []
        for scope in self.scopes:
            self._tables(scope)
        for scope in self.scopes:
            self._spell_natural(scope)
        for scope in self.scopes:
            for column in list(scope.find_all(exp.Column)):
                self._field(column, scope)
        for scope in self.scopes:
            self._columns(scope)
        self._spell_rows()
        self._spell_shown()

    # -- sources -----------------------------------------------------------------------------------------------------

    def sources(self, scope: Scope) -> dict[str, Reference | Scope | None]:
        """Return the sources of a scope by lower-case name; None where the columns are not known."""
        found: dict[str, Reference | Scope | None] = {}
        pivoted = {name for name, node in scope.references if node.args.get("pivots")}
        for name, source in _selected(scope):
            if name in pivoted:
                found[name.lower()] = None
            elif isinstance(source, exp.Table):
                found[name.lower()] = self._by_node.get(id(source))
            else:
                found[name.lower()] = source
        return found

    def shown(self, scope: Scope) -> dict[str, Reference | Scope | None]:
        """Return the sources whose columns the block's result may hold: not those of a SEMI or ANTI JOIN."""
        tested = tested_only(scope)
        return {name: source for name, source in self.sources(scope).items() if name not in tested}

    def _tables(self, scope: Scope) -> None:
        for name, source in _selected(scope):
            if isinstance(source, exp.Table) and id(source) not in self._by_node:
                self._table(name, source)

    def _table(self, name: str, node: exp.Table) -> None:
        if not isinstance(node.this, exp.Identifier):
            return
        table = self._resolver(node.text("db"), node.name)
        if table is None:
            where = f" in schema {node.text('db')}" if node.text("db") else ""
            hint = _SQLITE if node.name == "sqlite_master" else ""
            hint = hint or registry.elsewhere(node.name) or registry.report_hint(node.name)
            hint = hint or nearest(node.name, self._known(node.text("db")))
            raise ProgrammingError(f"There is no table {node.name}{where}.{hint}{list_hint(node.name)}")
        if table.entry.removed and not table.paths:
            raise ProgrammingError(f"{table.name} cannot be read. {table.entry.removed}")
        reference = Reference(len(self.references), table, name, node)
        self.references.append(reference)
        self._by_node[id(node)] = reference

    # -- columns -----------------------------------------------------------------------------------------------------

    def resolve(self, column: exp.Column, scope: Scope) -> Place | None:
        """Return where a column comes from: (its lower-case name, reference or inner scope); None if not known."""
        here: Scope | None = scope
        while here is not None:
            found = self._resolve_in(column, here)
            if found is not None:
                return found
            here = here.parent if here.is_correlated_subquery or here.is_subquery or here.is_udtf else None
        return None

    def source_name(self, column: exp.Column, scope: Scope) -> str | None:
        """Return the lower-case name of the scope's own source that a column comes from, or None."""
        sources = self.sources(scope)
        if column.table:
            return column.table.lower() if column.table.lower() in sources else None
        holders = self._holders(column.name, sources)
        if len(holders) > 1:
            holders = self._first_of_using(column, scope, holders)
        return holders[0] if len(holders) == 1 and sources[holders[0]] is not None else None

    def _holders(self, column: str, sources: dict[str, Reference | Scope | None]) -> list[str]:
        """Return the sources that may have a column; one that hides it only if no other has it."""
        found = [name for name, source in sources.items() if self._has(source, column) is not False]
        shown = [name for name in found if not _hides(sources[name], column)]
        return shown or found

    def _first_of_using(self, column: exp.Column, scope: Scope, holders: list[str]) -> list[str]:
        """Return the one source that an unqualified column means if USING names it: the first, whose value it has."""
        using = {name for name, names in _using(scope).items() if column.name.lower() in names}
        joins = scope.expression.args.get("joins") or []
        kept = not any(j.side.upper() in ("RIGHT", "FULL") for j in joins)
        tested = tested_only(scope) if column.find_ancestor(exp.Join) is None else set()
        first = [name for name in holders if name not in tested]
        return first[:1] if kept and set(first[1:]) <= using else first

    def _resolve_in(self, column: exp.Column, scope: Scope) -> Place | None:
        name = self.source_name(column, scope)
        source = self.sources(scope).get(name) if name else None
        if source is None or self._has(source, column.name) is not True:
            return None
        return column.name.lower(), source

    def _has(self, source: Reference | Scope | None, name: str) -> bool | None:
        """Tell whether a source has a column; None if that is not known."""
        if source is None:
            return None
        if isinstance(source, Reference):
            return source.table.column(name) is not None
        outputs = self.outputs(source)
        return None if outputs is None else name.lower() in outputs

    def outputs(self, scope: Scope) -> list[str] | None:
        """Return the lower-case names of a scope's result columns, or None if not known."""
        if id(scope) not in self._outputs:
            self._outputs[id(scope)] = None  # a recursive CTE reads itself: not known while it is asked
            self._outputs[id(scope)] = self._find_outputs(scope)
        return self._outputs[id(scope)]

    def _find_outputs(self, scope: Scope) -> list[str] | None:
        renamed, own = _column_aliases(scope), self._own_outputs(scope)
        if own is None:
            return renamed or None
        return [*renamed, *own[len(renamed) :]]

    def _own_outputs(self, scope: Scope) -> list[str] | None:
        """Return a block's result columns as it names them itself."""
        if branches(scope):
            return None if scope.expression.args.get("by_name") else self.outputs(branches(scope)[0])
        if not isinstance(scope.expression, exp.Select):
            return None
        found: list[str] = []
        for item in scope.expression.expressions:
            if is_star(item):
                expanded = self._star_outputs(item, scope)
                if expanded is None:
                    return None
                found += expanded
            elif _expands(item):
                return None
            else:
                found.append(item.alias_or_name.lower())
        return found

    def _star_outputs(self, item: Node, scope: Scope) -> list[str] | None:
        star = item.find(exp.Star)
        if star is None or any(star.args.get(a) for a in (EXCEPT_ARGUMENT, "replace", "rename")):
            return None
        places = self.starred(item, scope)
        return None if places is None else [column.lower() for _, column in places]

    def starred(self, item: Node, scope: Scope) -> list[tuple[str, str]] | None:
        """Return (source, column) of each column that a plain star of a block stands for; None if not known."""
        one = item.table.lower() if isinstance(item, exp.Column) else None
        if one is None and any(_is_natural(j) for j in scope.expression.args.get("joins") or []):
            return None
        using = _using(scope) if one is None else {}
        found: list[tuple[str, str]] = []
        shown = self.shown(scope)
        if one is not None and one not in shown:
            return None
        for name, source in shown.items():
            if one is not None and one != name:
                continue
            if source is None:
                return None
            columns = _listed(source) if isinstance(source, Reference) else self.outputs(source)
            if columns is None:
                return None
            found += [(name, c) for c in columns if c.lower() not in using.get(name, ())]
        return found

    def _columns(self, scope: Scope) -> None:
        for node in scope.find_all(exp.Column, exp.Star, exp.Join, exp.Columns, exp.Anonymous):
            if isinstance(node, exp.Star):
                self._use_star(node, scope)
            elif isinstance(node, exp.Column):
                if not isinstance(node.this, exp.Star):
                    self._use_column(node, scope)
            elif isinstance(node, exp.Join):
                self._use_join(node, scope)
            elif isinstance(node, exp.Columns) or node.name.lower() == "columns":
                self._all_star(scope)

    def _field(self, column: exp.Column, scope: Scope) -> None:
        """Write ``struct.field`` as a field of a column: it is parsed as ``table.column``."""
        parts = column.parts
        if len(parts) == 1 or _in_lambda(column) or isinstance(column.this, exp.Star):
            return
        words = [p.name.lower() for p in parts]
        near = next((s for s in self._seen(scope) if self._owns(s, words) or words[0] in self.sources(s)), None)
        if near is None or not self._owns(near, words):
            return
        first = 1 if words[0] in self.sources(near) else 0
        table = parts[0].copy() if first else None
        node: Node = exp.Column(this=parts[first].copy(), table=table)
        for part in parts[first + 1 :]:
            node = exp.Dot(this=node, expression=part.copy())
        column.replace(node)

    def _owns(self, scope: Scope, words: list[str]) -> bool:
        """Tell whether ``a.b`` or ``a.b.c`` is a field of a column of a block's sources."""
        sources = self.sources(scope)
        if words[0] in sources:
            return len(words) > 2 and self._has(sources[words[0]], words[1]) is not False
        if any(w in sources for w in words[:-1]):
            return False
        return any(self._has(source, words[0]) for source in sources.values())

    def _seen(self, scope: Scope) -> Iterator[Scope]:
        """Yield a block and those around it whose columns it may name."""
        here: Scope | None = scope
        while here is not None:
            yield here
            here = here.parent if not here.is_cte else None

    def _use_column(self, node: exp.Column, scope: Scope) -> None:
        if node.args.get("db"):
            node.set("db", None)
            node.set("catalog", None)
        found = False
        for here in self._seen(scope):
            if found:
                break
            sources = self.sources(here)
            holders = self._holders(node.name, sources) if not node.table else []
            for name, source in sources.items():
                if node.table and node.table.lower() != name:
                    continue
                if name not in holders and _hides(source, node.name) and not node.table:
                    self._hide(node, holders, source, scope)
                    continue
                if isinstance(source, Reference) and source.use(node.name):
                    found = True
                found = found or (not isinstance(source, Reference) and self._has(source, node.name) is not False)
                if not found and not node.table and node.name.lower() == name and isinstance(source, Reference):
                    found = True
                    self._use_row(node, source, scope)
        if not found:
            self._complain(node, scope)

    def _hide(self, node: exp.Column, holders: list[str], source: Reference | Scope | None, scope: Scope) -> None:
        """Note that a name means one source's column although another source hides one of that name."""
        plain = not _in_lambda(node) and not _sorts_by_alias(node, scope)
        if plain and isinstance(source, Reference) and len(holders) == 1 and holders[0]:
            self._hidden.append((node, holders[0], source))

    def _spell_shown(self) -> None:
        """Qualify the names that the engine would find ambiguous: another source's scan fills what it hides."""
        for node, holder, source in self._hidden:
            if source.table.column(node.name) in source.columns:
                node.set("table", exp.to_identifier(holder, quoted=True))

    def _use_row(self, node: exp.Column, source: Reference, scope: Scope) -> None:
        """Note that a table's row is used as a struct."""
        if not _sorts_by_alias(node, scope):
            source.star = True
            self._rows.append((node, source))

    def _spell_rows(self) -> None:
        """Write out the rows that are used as structs where the scan also fills columns that `*` does not show."""
        for node, source in self._rows:
            if not any(c.hidden for c in source.columns):
                continue
            fields = [exp.PropertyEQ(this=exp.to_identifier(n), expression=_of(source, n)) for n in _listed(source)]
            row: Node = exp.Struct(expressions=fields)
            if isinstance(node.parent, exp.Select) and node.arg_key == "expressions":
                row = exp.alias_(row, node.name, quoted=True)
            node.replace(row)

    def _complain(self, node: exp.Column, scope: Scope) -> None:
        """Raise for a name that nothing in sight has; leave what the engine may know better."""
        if branches(scope) or not isinstance(scope.expression, exp.Select) or _in_lambda(node):
            return
        with_ = scope.expression.find_ancestor(exp.With)
        if with_ is not None and with_.recursive:
            return
        aliases = {e.alias.lower() for e in scope.expression.expressions if e.alias}
        if not node.table and node.name.lower() in aliases:
            return
        sources = self.sources(scope)
        if not node.table and node.name.lower() in sources:
            return  # the row as a struct
        if any(self._known_columns(s) is None for s in sources.values()):
            return
        if not sources and not node.table and node.parent and scope.parent:
            return
        self._raise_unknown(node, sources)

    def _known_columns(self, source: Reference | Scope | None) -> list[str] | None:
        if isinstance(source, Reference):
            return [c.name for c in source.table.columns]
        return self.outputs(source) if source is not None else None

    def _raise_unknown(self, node: exp.Column, sources: dict[str, Reference | Scope | None]) -> None:
        if node.table and node.table.lower() not in sources:
            hint = nearest(node.table, sources)
            raise ProgrammingError(f"There is no table or alias {node.table} in FROM for {node.sql()}.{hint}")
        names: list[str] = []
        for name, source in sources.items():
            if not node.table or node.table.lower() == name:
                names += self._known_columns(source) or []
        owner = next((s.table.name for s in sources.values() if isinstance(s, Reference)), None)
        where = f" in {owner}" if owner and len(sources) == 1 else ""
        named = node.name
        if node.table and len(sources) > 1:
            source = sources[node.table.lower()]
            named = f"{node.table}.{node.name}"
            where = f" in {source.table.name}" if isinstance(source, Reference) else ""
        raise ProgrammingError(f"There is no column {named}{where}.{nearest(node.name, names)}{list_hint(node.name)}")

    def _use_star(self, node: exp.Star, scope: Scope) -> None:
        parent = node.parent
        if isinstance(parent, exp.Select) and node.arg_key == "expressions":
            self._all_star(scope)
        elif isinstance(parent, exp.Column):
            source = self.sources(scope).get(parent.table.lower())
            if isinstance(source, Reference):
                source.star = True
            elif parent.table and parent.table.lower() not in self.sources(scope):
                self._use_column(exp.column(parent.table), scope) if self._is_struct(parent, scope) else (
                    self._raise_unknown(parent, self.sources(scope))
                )
        elif not isinstance(parent, exp.Count):
            self._all_star(scope)

    def _is_struct(self, star: exp.Column, scope: Scope) -> bool:
        """Tell whether ``s.*`` are the fields of a column."""
        return any(self._has(source, star.table) is not False for source in self.sources(scope).values())

    def _all_star(self, scope: Scope) -> None:
        for source in self.shown(scope).values():
            if isinstance(source, Reference):
                source.star = True

    def _spell_natural(self, scope: Scope) -> None:
        """Write NATURAL as USING with the columns that both sides show: a hidden one that is named joins nothing."""
        joins = scope.expression.args.get("joins") or []
        if not any(_is_natural(j) for j in joins):
            return
        from_ = scope.expression.args.get("from_") or scope.expression.args.get("from")
        left = self._shows(from_.this.alias_or_name, scope) if from_ is not None else None
        for join in joins:
            right = self._shows(join.this.alias_or_name, scope)
            if _is_natural(join) and left is not None and right is not None:
                common = [n for n in right if n in left]
                if not common:
                    raise ProgrammingError(
                        f"NATURAL JOIN {join.this.alias_or_name}: no column is on both sides; say ON."
                    )
                join.set("method", None)
                join.set("using", [exp.to_identifier(n, quoted=True) for n in common])
            before = [] if _is_comma(join) else left
            left = None if before is None or right is None else [*before, *right]

    def _shows(self, name: str, scope: Scope) -> list[str] | None:
        """Return the lower-case columns that `*` shows of a source, or None if not known."""
        source = self.sources(scope).get(name.lower())
        if isinstance(source, Reference):
            return [c.lower() for c in _listed(source)]
        return self.outputs(source) if source is not None else None

    def _use_join(self, node: exp.Join, scope: Scope) -> None:
        for identifier in node.args.get("using") or []:
            for source in self.sources(scope).values():
                if isinstance(source, Reference):
                    source.use(identifier.name)
        if _is_natural(node):
            self._all_star(scope)


def _selected(scope: Scope) -> list[tuple[str, exp.Table | Scope]]:
    """Return the sources of FROM and the joins; unlike sqlglot's own list, with those of SEMI and ANTI JOIN.

    Raises:
        ProgrammingError: two have one name.
    """
    found: dict[str, exp.Table | Scope] = {}
    for name, _ in scope.references:
        if name in scope.sources:
            if name in found:
                if not name:
                    continue  # a table function in the SELECT's list
                raise ProgrammingError(f"Two tables are called {name} in one FROM: give one of them an alias.")
            found[name] = scope.sources[name]
    return list(found.items())


def _hides(source: Reference | Scope | None, name: str) -> bool:
    column = source.table.column(name) if isinstance(source, Reference) else None
    return column is not None and column.hidden


def _sorts_by_alias(node: exp.Column, scope: Scope) -> bool:
    """Tell whether a name is a whole term of the block's ORDER BY, where an alias goes before the row as a struct."""
    select, term = scope.expression, node.parent
    if (
        not isinstance(select, exp.Select)
        or not isinstance(term, exp.Ordered)
        or term.parent is not select.args.get("order")
    ):
        return False
    return node.name.lower() in {item.alias.lower() for item in select.expressions if item.alias}


def _listed(reference: Reference) -> list[str]:
    return [c.name for c in reference.table.listed()]


def tested_only(scope: Scope) -> set[str]:
    """Return the lower-case names of the sources that a SEMI or ANTI JOIN only tests."""
    joins = scope.expression.args.get("joins") or []
    return {str(j.this.alias_or_name).lower() for j in joins if j.kind.upper() in ("SEMI", "ANTI")}


def _using(scope: Scope) -> dict[str, set[str]]:
    """Return, by the name of each joined source, the lower-case columns that USING makes one with those before it."""
    joins = scope.expression.args.get("joins") or []
    return {str(j.this.alias_or_name).lower(): {i.name.lower() for i in j.args.get("using") or []} for j in joins}


def _is_natural(join: exp.Join) -> bool:
    return str(join.args.get("method") or "").upper() == "NATURAL"


def _is_comma(join: exp.Join) -> bool:
    return not any(join.args.get(a) for a in ("method", "side", "kind", "on", "using"))


def _of(source: Reference, name: str) -> exp.Column:
    """Return a column of a source, as both are spelled."""
    return exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(source.alias, quoted=True))


def _spell_ctes(tree: exp.Query) -> None:
    """Give each mention of a CTE the spelling of its definition: sqlglot compares names with their case."""
    spelling = {cte.alias.lower(): cte.alias for cte in every(tree, exp.CTE)}
    for table in every(tree, exp.Table):
        known = spelling.get(table.name.lower())
        if known and not table.text("db") and table.name != known:
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            table.set("this", exp.to_identifier(known, quoted=True))


def _column_aliases(scope: Scope) -> list[str]:
    """Return the names of ``AS t(a, b)``, if the scope's result is renamed so."""
    parent = scope.expression.parent
    if isinstance(parent, exp.CTE | exp.Subquery):
        return [name.lower() for name in parent.alias_column_names]
    return []


def _expands(item: Node) -> bool:
    """Tell whether an item of a SELECT may be several columns: COLUMNS(…), ``* LIKE …``, unnest of a struct."""
    if isinstance(item.unalias(), exp.Column) and not item.unalias().is_star:
        return False
    several = (exp.Columns, exp.Unnest, exp.Explode)
    if item.find(*several) or any(f.name.lower() in ("columns", "unnest") for f in item.find_all(exp.Anonymous)):
        return True
    return any(not isinstance(s.parent, exp.Count) for s in item.find_all(exp.Star))


def _in_lambda(node: Node) -> bool:
    return node.find_ancestor(exp.Lambda) is not None


def conjuncts(node: Node | None) -> Iterator[Node]:
    """Yield the parts of a condition that must all hold."""
    if node is not None:
        yield from operands(node, exp.And)


def operands(node: Node, kind: type[exp.Connector]) -> Iterator[Node]:
    """Yield what a chain of AND or OR connects, from the left; there may be thousands."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        while isinstance(part, exp.Paren):
            part = part.this
        if isinstance(part, kind):
            waiting += [part.expression, part.this]
        else:
            yield part
