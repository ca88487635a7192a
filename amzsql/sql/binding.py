"""Statement + parameters -> bound statement: names are columns, constants are values, tables are numbered scans.

The bound tree is the user's own, with its tables replaced by scans and nothing else moved. What the planner needs
beside it (domains, shape) stands next to it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from sqlglot import exp
from sqlglot.errors import ErrorLevel, UnsupportedError
from sqlglot.optimizer.scope import Scope

from amzsql.catalog.model import Column, Table
from amzsql.errors import ProgrammingError
from amzsql.sql.collect import Collector
from amzsql.sql.constants import Constants, Evaluator, fix_now, is_constant
from amzsql.sql.currency import has_sums, watch_sums
from amzsql.sql.demand import Top, demands, tops
from amzsql.sql.dialect import Node, engine_sql, every
from amzsql.sql.elements import ask_for_elements
from amzsql.sql.grouping import Grouping, groupings
from amzsql.sql.local import ANYWHERE, MARKETPLACE_ID, Places, spell_marketplaces
from amzsql.sql.names import EXCEPT_ARGUMENT, Names, Reference, Resolver, is_star
from amzsql.sql.normal import name_ctes_apart, read_methods, set_apart
from amzsql.sql.predicate import ANY, Domain, KeyOf
from amzsql.sql.stages import (
    COPY,
    Candidate,
    alone,
    candidates,
    mark,
    name_of,
    number_of,
    outermost,
    set_limited_apart,
    without,
)
from amzsql.sql.statement import TOO_DEEP, Kind, Parameters, Statement, with_parameters
from amzsql.sql.zones import says_marketplace, tell_locally
from amzsql.types import JSON

MOST_SCANS = 40
_SCAN = "scan"
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class ScanRef:
    """A mention of a virtual table: the columns it must fill and what the statement says of them.

    `complete`: the conditions on it say nothing beyond `domains`, so that a path which takes them all exactly leaves no
    residual filter. `repeated`: the engine may read it more than once (a recursive CTE). `wanted`: so many rows that
    pass its conditions are enough, by a LIMIT around it; None if all may be needed. `top`: the first of an order are.
    `grouped`: its block only adds up its rows, where somebody else may do so (Data Kiosk). `vague`: columns of which a
    condition speaks that `domains` says nothing of. `star`: all columns that are shown are asked for.
    """

    number: int
    table: Table
    alias: str
    columns: tuple[Column, ...]
    domains: Mapping[str, Domain] = field(hash=False)
    complete: bool = False
    repeated: bool = False
    wanted: int | None = None
    top: Top | None = None
    grouped: Grouping | None = None
    vague: frozenset[str] = frozenset()
    star: bool = False

    @property
    def name(self) -> str:
        """The scan's name in the engine."""
        return f"scan_{self.number}"


@dataclass(frozen=True, slots=True)
class Shape:
    """How a statement may be run. `row_local`: each page's result depends on that page alone.

    `limit` and `offset` are constants of the outermost block; `pure`: (output name, column) of each result column where
    nothing needs to be computed; `json`: the places of result columns that are a table's columns of JSON, unchanged.
    """

    row_local: bool = False
    limit: int | None = None
    offset: int = 0
    pure: tuple[tuple[str, str], ...] | None = None
    json: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Stage:
    """A block that is run first, once, as a statement of its own: `name` is its result's in the engine.

    `alias`: what the statement calls it; `columns`: its result's lower-case names; `rows`: at most so many, its LIMIT.
    """

    name: str
    alias: str
    bound: Bound
    columns: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound statement. `sql` is what the engine runs, over scans named ``scan_N`` and results named ``stage_N``.

    `zone`: the session's. `page_sql` is the same without LIMIT and OFFSET, for running page by page. `staged` is the
    statement in its other form, with blocks that are run first (its `stages`); a key's scan below zero is one of these,
    -1 the first.
    """

    kind: Kind
    sql: str
    page_sql: str
    scans: tuple[ScanRef, ...]
    shape: Shape
    now: dt.datetime
    zone: str = "UTC"
    warnings: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    staged: Bound | None = None


def bind(
    statement: Statement,
    parameters: Parameters,
    *,
    resolver: Resolver,
    known: Callable[[str], list[str]],
    evaluator: Evaluator,
    now: dt.datetime,
    zone: ZoneInfo,
    places: Places = ANYWHERE,
    watch_currencies: bool = False,
    locally: bool = False,
) -> Bound:
    """Bind a statement. `zone` is that of times without one, `places` where the rows may come from.

    `watch_currencies`: its sums over money tell the engine when they mix currencies. `locally`: each row's times are
    told in the zone of its own marketplace.

    Raises:
        ProgrammingError: unknown names (with the nearest), wrong parameters, nesting that is too deep.
    """
    try:
        told = _told(statement.tree)
        tree = _prepared(statement, parameters, resolver)
        if locally:
            names = Names(tree, resolver, known)
            tell_locally(names, Collector(names, Constants(zone), zone, places).column_of, now)
        fix_now(tree, now, zone)
        if watch_currencies and has_sums(tree):
            watch_sums(Names(tree, resolver, known))
        return _Binder(statement.kind, resolver, known, evaluator, now, zone, places).bound(tree, told)
    except RecursionError:
        raise ProgrammingError(TOO_DEEP) from None


def _prepared(statement: Statement, parameters: Parameters, resolver: Resolver) -> exp.Query:
    tree = with_parameters(statement.tree, parameters)
    read_methods(tree)
    spell_marketplaces(tree)
    name_ctes_apart(tree)
    _inline_ctes(tree)
    set_apart(tree, resolver)
    return tree


def marketplaces_of(
    statement: Statement,
    parameters: Parameters,
    *,
    resolver: Resolver,
    known: Callable[[str], list[str]],
    evaluator: Evaluator,
    now: dt.datetime,
) -> frozenset[str] | None:
    """Return the marketplaces that a statement keeps by its filters, of each table that says one; None: any.

    A table that is not filtered by itself counts as its block's others: it is joined to them.

    Raises:
        ProgrammingError: as `bind`.
    """
    utc = ZoneInfo("UTC")
    try:
        tree = _prepared(statement, parameters, resolver)
        fix_now(tree, now, utc)
        names, constants = Names(tree, resolver, known), Constants(utc)
        collector = Collector(names, constants, utc, ANYWHERE)
        collector.run()
        while constants.evaluate(evaluator):
            collector.run()
    except RecursionError:
        raise ProgrammingError(TOO_DEEP) from None
    found: set[str] = set()
    for scope in names.scopes:
        sources = [s for s in names.sources(scope).values() if isinstance(s, Reference) and says_marketplace(s.table)]
        domains = [collector.said[s.number].domains.get(MARKETPLACE_ID, ANY) for s in sources]
        kept = [d.values for d in domains if d.values is not None and not d.some]
        if sources and not kept:
            return None
        found |= {str(value) for values in kept for value in values}
    return frozenset(found) or None


@dataclass(frozen=True, slots=True)
class _Binder:
    """Binds a prepared tree, and the blocks of it that may be run first."""

    kind: Kind
    resolver: Resolver
    known: Callable[[str], list[str]]
    evaluator: Evaluator
    now: dt.datetime
    zone: ZoneInfo
    places: Places

    def bound(self, tree: exp.Query, told: list[Node]) -> Bound:
        """Return the statement of a tree, which is used up; `told` are its result columns as they were written."""
        names = Names(tree, self.resolver, self.known)
        if len(names.references) > MOST_SCANS:
            raise ProgrammingError(
                f"The statement mentions {len(names.references)} tables; {MOST_SCANS} are planned together at most."
            )
        if set_limited_apart(names):
            names = Names(tree, self.resolver, self.known)
        constants = Constants(self.zone)
        collector = Collector(names, constants, self.zone, self.places)
        collector.run()
        while constants.evaluate(self.evaluator):
            collector.run()
        found, with_stages = self._candidates(tree, names, constants)
        stages = tuple(self._stage(c) for c in sorted({c.number: c for c in found}.values(), key=lambda c: -c.number))
        shape = replace(_shape(tree, names), json=_json(names, collector))
        mark(found)
        unread = ask_for_elements(names, collector)
        _fold_enums(names, collector)
        _name_outputs(tree, told)
        _exclude_hidden(names)
        _materialize(tree)
        _mark_scans(names)
        staged = None
        if with_stages is not None:
            inside = frozenset(r for c in found for r in c.references)
            staged = self._written(without(tree), names, with_stages, shape, unread, inside)
            staged = replace(staged, stages=stages)
        return replace(self._written(tree, names, collector, shape, unread), staged=staged)

    def _candidates(
        self, tree: exp.Query, names: Names, constants: Constants
    ) -> tuple[list[Candidate], Collector | None]:
        """Return the blocks to be run first, and what is said of the scans if they are; None if there are none."""
        found = candidates(tree, names)
        if not found:
            return [], None
        collector = Collector(names, constants, self.zone, self.places, {id(c.scope): c.number for c in found})
        collector.run()
        chosen = outermost(found, _bound_by(collector))
        if not chosen:
            return [], None
        collector = Collector(names, constants, self.zone, self.places, {id(c.scope): c.number for c in chosen})
        collector.run()
        return chosen, collector

    def _stage(self, candidate: Candidate) -> Stage:
        tree = alone(candidate)
        return Stage(
            name_of(candidate.number), candidate.alias, self.bound(tree, []), candidate.columns, candidate.rows
        )

    def _written(
        self,
        tree: exp.Query,
        names: Names,
        collector: Collector,
        shape: Shape,
        unread: Sequence[str],
        left_out: frozenset[int] = frozenset(),
    ) -> Bound:
        kept = [r.number for r in names.references if r.number not in left_out]
        numbers = {number: place for place, number in enumerate(kept)}
        _name_scans(tree, numbers)
        page = tree.copy() if tree.args.get("limit") or tree.args.get("offset") else None
        sql = _written(tree)
        if page is not None:
            page.set("limit", None)
            page.set("offset", None)
        page_sql = _written(page) if page is not None else sql
        scans = _scans(names, collector, numbers)
        warnings = (*_warnings(collector), *unread)
        return Bound(self.kind, sql, page_sql, scans, shape, self.now, self.zone.key, warnings)


def _bound_by(collector: Collector) -> dict[int, set[int]]:
    """Return the scans that each stage's keys bind, by the stage's number."""
    found: dict[int, set[int]] = {}
    for number, said in collector.said.items():
        for key in {k for d in said.domains.values() for k in d.keys if k.scan < 0}:
            found.setdefault(key.scan, set()).add(number)
    return found


def _scans(names: Names, collector: Collector, numbers: Mapping[int, int]) -> tuple[ScanRef, ...]:
    """Return the scans that have a number."""
    repeated, wanted, top = _in_recursion(names), demands(names), tops(names, collector.column_of)
    grouped = groupings(names, lambda r: any(path.declared.query for path in r.table.paths))
    return tuple(
        ScanRef(
            numbers[r.number],
            r.table,
            r.alias,
            r.columns,
            _renumbered(collector.said[r.number].domains, numbers),
            collector.said[r.number].complete and not (r.number in wanted and wanted[r.number].filtered),
            r.number in repeated,
            wanted[r.number].rows if r.number in wanted else None,
            top.get(r.number),
            grouped.get(r.number),
            frozenset(collector.said[r.number].vague),
            r.star,
        )
        for r in names.references
        if r.number in numbers
    )


def _renumbered(domains: Mapping[str, Domain], numbers: Mapping[int, int]) -> dict[str, Domain]:
    """Return the domains with their keys' scans by their new numbers; keys of scans that are left out bind nothing."""

    def known(domain: Domain) -> frozenset[KeyOf]:
        kept = (k for k in domain.keys if k.scan < 0 or k.scan in numbers)
        return frozenset(replace(k, scan=numbers.get(k.scan, k.scan)) for k in kept)

    return {column: replace(d, keys=known(d)) if d.keys else d for column, d in domains.items()}


def _outermost(tree: Node) -> exp.Select | None:
    """Return the block that names the result's columns."""
    while isinstance(tree, exp.SetOperation | exp.Subquery):
        tree = tree.this
    return tree if isinstance(tree, exp.Select) else None


def _told(tree: exp.Query) -> list[Node]:
    """Return each result column as the statement writes it."""
    block = _outermost(tree)
    return list(block.expressions) if block is not None else []


def _shown(item: Node) -> str:
    return item.sql("duckdb", unsupported_level=ErrorLevel.IGNORE)


def _text(item: Node) -> str:
    positional = re.sub(r"[$]\"?[?]\d+\"?", "?", _shown(item))
    return re.sub(r"[$](\w+)", r"@\1", positional)


def _name_outputs(tree: exp.Query, told: list[Node]) -> None:
    """Name a result column that binding has changed as the statement wrote it: no value or scan stands in its name."""
    block = _outermost(tree)
    if block is None or len(block.expressions) != len(told):
        return
    for item, written in zip(list(block.expressions), told, strict=True):
        if isinstance(item, exp.Alias | exp.Column | exp.Aliases) or _is_several(item):
            continue
        text = _text(written)
        if item.find(exp.Query) is not None or _shown(item) != text:
            # The item itself is moved, not a copy: the mentions of tables in it are still to be replaced by scans.
            alias = exp.Alias(this=exp.null(), alias=exp.to_identifier(text, quoted=True))
            item.replace(alias)
            alias.set("this", item)


def _is_several(item: Node) -> bool:
    """Tell whether a result column stands for several: a star, ``t.*``, ``COLUMNS(…)``."""
    if is_star(item) or item.find(exp.Columns) is not None:
        return True
    return any(call.name.lower() == "columns" for call in item.find_all(exp.Anonymous))


def _written(tree: exp.Query) -> str:
    """Return the engine's SQL; what it cannot say exactly is refused rather than left out. The tree is used up."""
    for part in every(tree, exp.Extract):
        # sqlglot warns of EXTRACT from a time with a zone, since databases differ: here the engine is the only one.
        part.set("expression", exp.Paren(this=part.expression))
    try:
        return engine_sql(tree, unsupported_level=ErrorLevel.RAISE, copy=False)
    except UnsupportedError as error:
        raise ProgrammingError(f"The engine has no equal of what the statement says: {error}") from error


def _warnings(collector: Collector) -> tuple[str, ...]:
    found: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for (table, column, value), enum in collector.comparisons.unknown_values.items():
        found.setdefault((table, column, enum), []).append(value)
    return tuple(
        f"{table}.{column} never holds {_some(values)}, so nothing was asked for "
        f"{'it' if len(values) == 1 else 'them'}; it holds {', '.join(enum)}."
        for (table, column, enum), values in found.items()
    )


def _some(values: list[str]) -> str:
    """Return the first of some values, and how many more there are."""
    shown = [repr(value) for value in values[:_MOST_TOLD]]
    more = len(values) - len(shown)
    shown += [f"{more} more"] if more else []
    return f"{', '.join(shown[:-1])} or {shown[-1]}" if len(shown) > 1 else shown[0]


def _in_recursion(names: Names) -> set[int]:
    found = set()
    for reference in names.references:
        with_ = reference.node.find_ancestor(exp.With)
        if with_ is not None and with_.recursive:
            found.add(reference.number)
    return found


def _fold_enums(names: Names, collector: Collector) -> None:
    """Compare enum columns with constants without case: Amazon's versions spell their values differently."""
    for scope in names.scopes:
        for node in list(scope.find_all(exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ, exp.In)):
            column = node.this.unnest()
            others = node.expressions if isinstance(node, exp.In) else [node.expression]
            if not isinstance(column, exp.Column) and len(others) == 1:
                column, others = others[0].unnest(), [node.this]
            if others and isinstance(column, exp.Column) and all(_is_comparable(o) for o in others):
                place = names.resolve(column, scope)
                found = collector.column_of(place[1], place[0]) if place is not None else None
                if found is not None and found[1].enum and not found[1].elements:
                    _fold(column, others)


def _is_comparable(node: Node) -> bool:
    return is_constant(node) and not isinstance(node, exp.Any | exp.All | exp.PivotAlias)


def _fold(column: exp.Column, others: list[Node]) -> None:
    column.replace(exp.Lower(this=column.copy()))
    for other in others:
        constant = other.unnest()
        if isinstance(constant, exp.Literal) and constant.is_string:
            constant.set("this", constant.name.lower())
        elif not isinstance(constant, exp.Null):
            other.replace(exp.Lower(this=other.copy()))


def _exclude_hidden(names: Names) -> None:
    """Keep hidden columns that a condition uses out of every ``*``."""
    for scope in names.scopes:
        for star in list(scope.find_all(exp.Star)):
            parent = star.parent
            if parent is not None and not isinstance(parent, exp.Count):
                _exclude(star, parent, names, scope)


def _exclude(star: exp.Star, parent: Node, names: Names, scope: Scope) -> None:
    wanted = parent.table.lower() if isinstance(parent, exp.Column) else None
    hidden: list[Node] = []
    for name, source in names.sources(scope).items():
        if (wanted is None or wanted == name) and isinstance(source, Reference):
            for column in source.columns:
                if column.hidden:
                    quoted = exp.to_identifier(column.name, quoted=True)
                    hidden.append(exp.column(quoted, table=source.alias) if wanted is None else quoted)
    if hidden:
        star.set(EXCEPT_ARGUMENT, [*(star.args.get(EXCEPT_ARGUMENT) or []), *hidden])


_MENTIONS = 64


def _inline_ctes(tree: exp.Query) -> None:
    """Write a CTE that is read more than once as a derived table at each mention, if the statement has a LIMIT.

    DuckDB 2.0 hangs where a materialized CTE of many rows is joined to itself under a LIMIT. The mentions' scans share
    their fetch all the same.
    """
    if tree.find(exp.Limit) is None:
        return
    for with_ in list(every(tree, exp.With)):
        if with_.recursive:
            continue
        for cte in list(with_.expressions):
            owner = with_.parent
            mentions = [t for t in every(owner, exp.Table) if _mentions(t, cte)] if owner is not None else []
            if 1 < len(mentions) <= _MENTIONS:
                for table in mentions:
                    table.replace(_derived(table, cte))
                cte.pop()
        if not with_.expressions:
            with_.pop()


def _mentions(table: exp.Table, cte: exp.CTE) -> bool:
    return not table.text("db") and table.name.lower() == cte.alias.lower() and isinstance(table.this, exp.Identifier)


def _derived(table: exp.Table, cte: exp.CTE) -> exp.Subquery:
    """Return a CTE's query in the place of one mention, with the mention's alias, pivots, joins and all."""
    alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name))
    columns = alias.args.get("columns") or cte.args["alias"].args.get("columns")
    named = exp.TableAlias(this=alias.this.copy(), columns=[c.copy() for c in columns] if columns else None)
    rest = {name: table.args[name] for name in ("pivots", "joins", "laterals", "sample") if table.args.get(name)}
    found = exp.Subquery(this=cte.this.copy(), alias=named, **rest)
    found.meta[COPY] = cte.alias
    return found


def _materialize(tree: exp.Query) -> None:
    """Run a CTE that is read more than once a single time, so that its scans are read once."""
    readers: dict[str, int] = {}
    for table in every(tree, exp.Table):
        if not table.text("db"):
            readers[table.name.lower()] = readers.get(table.name.lower(), 0) + 1
    for cte in every(tree, exp.CTE):
        with_ = cte.find_ancestor(exp.With)
        if readers.get(cte.alias.lower(), 0) > 1 and not (with_ is not None and with_.recursive):
            cte.set("materialized", True)


def _mark_scans(names: Names) -> None:
    """Note each scan's number at its mention, where a copy of the tree keeps it."""
    for reference in names.references:
        node = reference.node
        node.meta[_SCAN] = reference.number
        if not node.alias:
            node.set("alias", exp.TableAlias(this=exp.to_identifier(reference.alias, quoted=True)))


def _name_scans(tree: exp.Query, numbers: Mapping[int, int]) -> None:
    for node in every(tree, exp.Table):
        if _SCAN in node.meta:
            node.set("this", exp.to_identifier(f"scan_{numbers[node.meta[_SCAN]]}", quoted=True))
            node.set("db", None)
            node.set("catalog", None)


# Functions that give one value for one row; an unknown name may be an aggregate of the engine's.
_SCALAR = frozenset(
    [
        "strpos",
        "date_part",
        "last_day",
        "monthname",
        "dayname",
        "concat_ws",
        "regexp_matches",
        "regexp_extract",
        "regexp_replace",
        "lpad",
        "rpad",
        "date_trunc",
        "datetrunc",
        "strftime",
        "json_extract",
        "json_extract_string",
        "list_value",
        "list_extract",
        "struct_pack",
        "epoch",
        "epoch_ms",
        "to_timestamp",
        "age",
        "contains",
        "starts_with",
        "ends_with",
        "prefix",
        "suffix",
        "round",
        "floor",
        "ceil",
        "greatest",
        "least",
        "ifnull",
        "printf",
        "format",
        "hash",
        "md5",
        "len",
    ]
)


def _shape(tree: exp.Query, names: Names) -> Shape:
    limit, offset = number_of(tree.args.get("limit")), number_of(tree.args.get("offset"))
    if not isinstance(tree, exp.Select) or len(names.scopes) != 1 or limit == -1 or offset == -1:
        return Shape(limit=None if limit == -1 else limit, offset=max(0, offset or 0))
    blocking = ("group", "having", "qualify", "distinct", "order", "laterals", "pivots", "sample", "windows")
    local = bool(names.references) and not any(tree.args.get(a) for a in blocking) and _is_scalar(tree)
    local = local and _joins_plainly(tree, names) and len(names.references) == len(names.sources(names.scopes[0]))
    return Shape(local, limit, offset or 0, _pure(tree, names) if local else None)


def _json(names: Names, collector: Collector) -> frozenset[int]:
    """Return the places of the statement's result columns that are a table's columns of JSON."""
    outermost = names.scopes[-1]
    outputs = names.outputs(outermost) or []
    found = ((n, collector.column_of(outermost, o)) for n, o in enumerate(outputs) if outputs.count(o) == 1)
    return frozenset(n for n, column in found if column is not None and column[1].type == JSON)


def _is_scalar(tree: exp.Select) -> bool:
    kinds = (exp.AggFunc, exp.Window, exp.Query, exp.Unnest, exp.Explode, exp.Pivot, exp.TableSample, exp.Columns)
    for node in tree.walk():
        if node is not tree and isinstance(node, kinds):
            return False
        if isinstance(node, exp.Anonymous) and node.name.lower() not in _SCALAR:
            return False
    return True


def _joins_plainly(tree: exp.Select, names: Names) -> bool:
    """Tell whether every join is an inner or a left one with a table, by ON or USING."""
    tables = {id(r.node) for r in names.references}
    for join in tree.args.get("joins") or []:
        side, kind, method = join.side.upper(), join.kind.upper(), str(join.args.get("method") or "")
        if side not in ("", "LEFT") or kind not in ("", "INNER", "OUTER") or method or id(join.this) not in tables:
            return False
        if join.args.get("on") is None and not join.args.get("using"):
            return False
    return True


def _pure(tree: exp.Select, names: Names) -> tuple[tuple[str, str], ...] | None:
    """Return (output name, column) if the result is a plain choice of one scan's columns."""
    if len(names.references) != 1:
        return None
    reference = names.references[0]
    found: list[tuple[str, str]] = []
    for item in tree.expressions:
        if is_star(item):
            star = item.find(exp.Star)
            if star is None or any(star.args.get(a) for a in (EXCEPT_ARGUMENT, "replace", "rename")):
                return None
            found += [(c.name, c.name) for c in reference.columns if not c.hidden]
        else:
            inner = item.unalias()
            column = reference.table.column(inner.name) if isinstance(inner, exp.Column) else None
            if column is None:
                return None
            found.append((item.alias or column.name, column.name))
    return tuple(found)
