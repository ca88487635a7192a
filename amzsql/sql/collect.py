"""What a statement says of each scan: domains, collected from WHERE, ON, derived tables, CTEs, unions and subqueries.

A domain goes to a scan only where rows outside of it cannot change the result: never below LIMIT, DISTINCT ON, a
window, or an aggregate (but by its keys), never into FULL JOIN, and to the null-supplied side of an outer join only
from its own ON or from a condition that rejects NULL.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from amzsql import marketplaces
from amzsql.catalog.model import Column
from amzsql.catalog.reports import is_option
from amzsql.catalog.scratch import ScratchTable
from amzsql.sql.comparisons import Comparisons, Cut, cut_of
from amzsql.sql.constants import Constants
from amzsql.sql.dialect import Node
from amzsql.sql.functions import LOCAL
from amzsql.sql.local import (
    MARKETPLACE_ID,
    Places,
    is_asked_only,
    zones_of,
)
from amzsql.sql.names import Names, Reference, branches, conjuncts, is_star, operands
from amzsql.sql.own_values import OwnValues
from amzsql.sql.predicate import ANY, NOTHING, Domain, Domains, KeyOf, alternatives, conjunction, disjunction
from amzsql.types import BOOLEAN, TIMESTAMP

Key = tuple[str, str]
"""(lower-case source name, lower-case column name) within a scope."""
Mention = tuple[tuple[int, str], ...]
"""Where a row stands: (scope, its source's name) from the outermost block that names it inward."""


@dataclass(slots=True)
class Said:
    """What was found for one scan: its domains by column, and whether the conditions say nothing beyond them.

    `vague`: the columns of which a condition speaks that says nothing by itself.
    """

    domains: Domains = field(default_factory=dict)
    complete: bool = True
    vague: set[str] = field(default_factory=set)


class Collector:
    """Walks the scopes from the outermost inward and gathers every scan's domains.

    `zone` is the session's, `places` where the rows may come from. `stages`: the numbers of the blocks that are run
    first, by their scopes; the keys of what they give are theirs.
    """

    def __init__(
        self,
        names: Names,
        constants: Constants,
        zone: ZoneInfo,
        places: Places,
        stages: Mapping[int, int] | None = None,
    ) -> None:
        self._names = names
        self.comparisons = Comparisons(constants)
        self.zone = zone
        self.places = places
        self._stages = stages or {}
        self.said: dict[int, Said] = {}
        self._pushed: dict[int, list[Domains]] = defaultdict(list)
        self._here: dict[int, dict[Key, Domain]] = {}
        self._plain: dict[int, dict[str, exp.Column]] = {}
        self._rows: dict[Mention, int] = {}
        self._own = OwnValues(names)

    def run(self) -> None:
        """Collect; results are in `said` (by scan number) and in `comparisons`: the values that no column holds."""
        self._collect()
        if any(isinstance(r.table, ScratchTable) for r in self._names.references):
            # What is said of the connection's own rows is known now: only those that it leaves give their values.
            self._own = OwnValues(self._names, {number: said.domains for number, said in self.said.items()})
            self._collect()

    def _collect(self) -> None:
        self.said = {r.number: Said() for r in self._names.references}
        self.comparisons.unknown_values.clear()
        self._pushed, self._here = defaultdict(list), {}
        for scope in reversed(self._names.scopes):
            self._scope(scope)

    # -- one scope ---------------------------------------------------------------------------------------------------

    def _scope(self, scope: Scope) -> None:
        inherited = self._inherited(scope)
        if branches(scope):
            self._into_union(scope, inherited)
        if not isinstance(scope.expression, exp.Select):
            return
        block = _Block(self, self._names, scope)
        block.read(self._through(scope, inherited))
        self._here[id(scope)] = block.domains
        for name, source in self._names.sources(scope).items():
            domains = {c: d for (s, c), d in block.domains.items() if s == name and not d.is_any}
            if name in block.full:
                domains = {}
            if isinstance(source, Reference):
                self._to_reference(source, domains, complete=block.complete)
            elif source is not None:
                self._pushed[id(source)].append(domains)
        for inner, domains in block.inner:
            self._pushed[id(inner)].append(domains)
        for source, column in block.vague:
            for number, name in self._made_of(source, column):
                self.said[number].vague.add(name)

    def _made_of(self, source: Reference | Scope | None, column: str) -> Iterator[tuple[int, str]]:
        """Yield (scan, column) of each table's column that a source's column is made of, row by row."""
        if isinstance(source, Reference):
            found = source.table.column(column)
            if found is not None:
                yield source.number, found.name
        if source is None or isinstance(source, Reference) or _is_recursive(source):
            return
        outputs = self._names.outputs(source) or []
        for side in branches(source) if column in outputs else []:
            place = outputs.index(column)
            for output in (self._names.outputs(side) or [])[place : place + 1]:
                yield from self._made_of(side, output)
        item = self._outputs(source).get(column)
        if item is None or item.find(exp.AggFunc, exp.Window, exp.Query) is not None:
            return
        for node in item.find_all(exp.Column):
            name = self._names.source_name(node, source)
            if name is not None:
                yield from self._made_of(self._names.sources(source)[name], node.name.lower())

    def _inherited(self, scope: Scope) -> Domains:
        pushed = self._pushed.get(id(scope), [])
        if not pushed or _is_recursive(scope):
            return {}
        together = pushed[0]
        for more in pushed[1:]:
            together = disjunction(together, more)
        return together

    def _into_union(self, scope: Scope, inherited: Domains) -> None:
        if _cut(scope.expression) or scope.expression.args.get("by_name"):
            inherited = {}
        names = self._names.outputs(scope) or []
        for branch in branches(scope):
            mine = self._names.outputs(branch) or []
            by_place = {mine[n]: inherited[c] for n, c in enumerate(names) if c in inherited and n < len(mine)}
            self._pushed[id(branch)].append(by_place if len(mine) == len(names) else {})

    def _through(self, scope: Scope, inherited: Domains) -> dict[Key, Domain]:
        """Return what the outside says of the scope's sources: only of columns that pass through unchanged."""
        select = scope.expression
        if not inherited or _cut(select) or _has_window(scope) or select.args.get("distinct_on"):
            return {}
        distinct = select.args.get("distinct")
        if distinct is not None and distinct.args.get("on"):
            return {}
        grouped = _group_keys(select)
        aggregates = grouped is not None or _has_aggregate(scope)
        found: dict[Key, Domain] = {}
        for name, item in self._items(scope).items():
            if name in inherited and (not aggregates or (grouped and item.sql() in grouped)):
                source = self._names.source_name(item, scope)
                if source:
                    found[(source, item.name.lower())] = inherited[name]
        return found

    def _items(self, scope: Scope) -> dict[str, exp.Column]:
        """Return the output columns of a scope that are plain columns of its sources."""
        if id(scope) not in self._plain:
            self._plain[id(scope)] = self._find_items(scope)
        return self._plain[id(scope)]

    def _find_items(self, scope: Scope) -> dict[str, exp.Column]:
        return {name: item for name, item in self._outputs(scope).items() if isinstance(item, exp.Column)}

    def _outputs(self, scope: Scope) -> dict[str, Node]:
        """Return what each output column of a SELECT is."""
        outputs = self._names.outputs(scope)
        if outputs is None or not isinstance(scope.expression, exp.Select):
            return {}
        found: dict[str, Node] = {}
        place = 0
        for item in scope.expression.expressions:
            if is_star(item):
                for source, name in self._names.starred(item, scope) or []:
                    if place < len(outputs):
                        found[outputs[place]] = exp.column(name, table=source)
                    place += 1
                continue
            if place < len(outputs):
                found[outputs[place]] = item.unalias()
            place += 1
        return found

    def _to_reference(self, reference: Reference, domains: Domains, *, complete: bool) -> None:
        said = self.said[reference.number]
        spelt = {}
        for name, domain in domains.items():
            column = reference.table.column(name)
            if column is not None:
                spelt[column.name] = domain
        said.domains = conjunction(said.domains, spelt)
        said.complete = said.complete and complete

    # -- lineage -----------------------------------------------------------------------------------------------------

    def key_in(self, scope: Scope, name: str, column: str) -> KeyOf | None:
        """Return the key that a column of a block's source is: see `key_of`."""
        return self.key_of(self._names.sources(scope).get(name), column, ((id(scope), name),))

    def key_of(self, source: Reference | Scope | None, column: str, mention: Mention) -> KeyOf | None:
        """Return the scan's or the stage's column whose values hold all of a source's column, if there is one.

        Keys that are of one row of the source where it is mentioned have the same `row`.
        """
        stage = self._stage_of(source, column)
        found = self._origin(source, column) if stage is None else KeyOf(*stage)
        if found is None or (stage is not None and self.column_of(source, column) is None):
            return None
        place = (*mention, *self._way(source, column))
        return replace(found, row=self._rows.setdefault(place, len(self._rows) + 1))

    def bound_by(self, key: KeyOf, target: tuple[Reference, Column] | None) -> Domain:
        """Return what it says of a column that it is equal to a key: its values where they are there, else the key."""
        if key.scan < 0 or not self._own.has(key):
            return Domain(keys=frozenset({key}))
        values = self._own.of(key, target[1]) if target is not None else None
        if target is None or values is None:
            return ANY
        return self.comparisons.values(*target, values)

    def _way(self, source: Reference | Scope | None, column: str) -> Iterator[tuple[int, str]]:
        """Yield the blocks and their sources that a source's column passes through on its way from a scan or stage."""
        while source is not None and not isinstance(source, Reference) and id(source) not in self._stages:
            through = self._passed(source, column)
            if through is None:
                return
            yield id(source), through[2]
            source, column, _ = through

    def _stage_of(self, source: Reference | Scope | None, column: str) -> tuple[int, str] | None:
        """Return (stage, its column) where a source's column passes through a stage unchanged."""
        if source is None or isinstance(source, Reference):
            return None
        if id(source) in self._stages:
            return self._stages[id(source)], column.lower()
        through = self._passed(source, column)
        return self._stage_of(*through[:2]) if through is not None else None

    def _passed(self, source: Scope, column: str) -> tuple[Reference | Scope | None, str, str] | None:
        """Return the source and the column of a block that a column of its result is, and the source's name there."""
        if branches(source) or not isinstance(source.expression, exp.Select) or _is_recursive(source):
            return None
        item = self._items(source).get(column.lower())
        name = self._names.source_name(item, source) if item is not None else None
        return (self._names.sources(source)[name], item.name, name) if name and item is not None else None

    def _origin(self, source: Reference | Scope | None, column: str) -> KeyOf | None:
        """Return the scan's column that a source's column is."""
        if isinstance(source, Reference):
            found = source.table.column(column)
            return KeyOf(source.number, found.name) if found else None
        through = self._passed(source, column) if source is not None else None
        return self._origin(*through[:2]) if through is not None else None

    def column_of(self, source: Reference | Scope | None, column: str) -> tuple[Reference, Column] | None:
        """Return the virtual table's column that a source's column is, if it passes through unchanged.

        Of a set operation all branches must agree on type and enum; the first one answers.
        """
        sides = branches(source) if source is not None and not isinstance(source, Reference) else []
        if sides and source is not None and not isinstance(source, Reference):
            outputs = self._names.outputs(source) or []
            if column not in outputs:
                return None
            place = outputs.index(column)
            each = [(self._names.outputs(s) or [])[place : place + 1] for s in sides]
            found = [self.column_of(s, names[0]) if names else None for s, names in zip(sides, each, strict=True)]
            agreed = all(f and found[0] and _kind(f[1]) == _kind(found[0][1]) for f in found)
            return found[0] if agreed else None
        key = self._origin(source, column)
        if key is None:
            return None
        reference = self._names.references[key.scan]
        described = reference.table.column(key.column)
        return (reference, described) if described else None


_OPERATORS: dict[type[Node], str] = {
    exp.EQ: "=",
    exp.NullSafeEQ: "<=>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
}
_FLIPPED = {"=": "=", "<=>": "<=>", ">": "<", ">=": "<=", "<": ">", "<=": ">="}


class _Block:
    """One SELECT: its conditions, joins and what follows of each source."""

    def __init__(self, collector: Collector, names: Names, scope: Scope) -> None:
        self._collector = collector
        self._names = names
        self._scope = scope
        self.domains: dict[Key, Domain] = {}
        self.complete = True
        self.inner: list[tuple[Scope, Domains]] = []
        self._edges: list[tuple[Key, Key]] = []
        self.full: set[str] = set()
        self.vague: list[tuple[Reference | Scope | None, str]] = []
        self._nullable: set[str] = set()

    def read(self, inherited: dict[Key, Domain]) -> None:
        select = self._scope.expression
        on = self._joins(select)
        for key, domain in inherited.items():
            self._add(key, domain, everywhere=False)
        where = select.args.get("where")
        on.append((where.this if where else None, None))
        on += [(term, None) for term in self._of_groups(select)]
        terms = [(term, only) for condition, only in on for term in conjuncts(condition)]
        local = [pair for pair in terms if pair[0].find(*LOCAL) is not None]
        for term, only in terms:
            if not any(term is late for late, _ in local):
                self._term(term, only)
        if local:
            # In whose zones a local time lies is known when all is known of the marketplaces.
            self._spread()
            for term, only in local:
                self._term(term, only)
        if select.args.get("qualify") or select.args.get("having") or inherited:
            self.complete = False
        self._spread()

    def _of_groups(self, select: Node) -> Iterator[Node]:
        """Yield the terms of HAVING that speak of group keys alone: they say of the rows what WHERE would."""
        having, grouped = select.args.get("having"), _group_keys(select)
        for term in conjuncts(having.this) if having is not None and grouped else []:
            beyond = term.find(exp.AggFunc, exp.Anonymous, exp.Window, exp.Query)
            if beyond is None and all(column.sql() in (grouped or ()) for column in term.find_all(exp.Column)):
                yield term

    # -- joins -------------------------------------------------------------------------------------------------------

    def _joins(self, select: Node) -> list[tuple[Node | None, set[str] | None]]:
        """Return each ON with the sources it may narrow (None: all), and note who is null-supplied."""
        from_ = select.args.get("from_") or select.args.get("from")
        before: list[str] = [_source_name(from_.this)] if from_ is not None else []
        found: list[tuple[Node | None, set[str] | None]] = []
        for join in select.args.get("joins") or []:
            mine = _source_name(join.this)
            side, kind = join.side.upper(), join.kind.upper()
            only: set[str] | None = None
            if side == "FULL" or str(join.args.get("method") or "").upper() in ("ASOF", "POSITIONAL"):
                self.full |= {*before, mine}
                only = set()
            elif side == "LEFT" and kind != "SEMI" and kind != "ANTI":
                self._nullable.add(mine)
                only = {mine}
            elif side == "RIGHT":
                self._nullable |= set(before)
                only = set(before)
            elif kind == "ANTI":
                only = {mine}
            if join.args.get("on") is not None:
                found.append((join.args["on"], only))
            for identifier in join.args.get("using") or []:
                self._using(identifier.name.lower(), before, mine, only)
            before.append(mine)
        return found

    def _using(self, column: str, before: list[str], mine: str, only: set[str] | None) -> None:
        for name in before:
            if self._names._has(self._names.sources(self._scope).get(name), column):
                self._edge((name, column), (mine, column), only)

    def _edge(self, one: Key, two: Key, only: set[str] | None) -> None:
        if only is None or two[0] in only:
            self._edges.append((one, two))
        if only is None or one[0] in only:
            self._edges.append((two, one))

    # -- terms -------------------------------------------------------------------------------------------------------

    def _term(self, term: Node, only: set[str] | None) -> None:
        pair = self._column_pair(term)
        if pair is not None:
            self._edge(*pair, only)
            self.complete = False
            return
        self._subqueries(term, only)
        outer = self._correlation(term)
        if outer is not None:
            if only is None or outer[0][0] in only:
                self._add(*outer, everywhere=False)
            self.complete = False
            return
        found, exact = self._domains(term)
        if not _is_not_null(term):
            self._note_vague(term, found)
        for key, domain in found.items():
            if only is None or key[0] in only:
                self._add(key, domain, everywhere=only is not None and key[0] in only)
        self.complete = self.complete and exact and only is None

    def _note_vague(self, term: Node, found: Mapping[Key, Domain]) -> None:
        """Note the columns that a condition speaks of without saying what is in them: those of blocks around too."""
        for node in term.walk(prune=_is_query):
            if not isinstance(node, exp.Column):
                continue
            key, scope = self._key(node), self._scope
            if key is None:
                while scope.parent is not None and self._names.source_name(node, scope) is None:
                    scope = scope.parent
                name = self._names.source_name(node, scope)
                if name is not None:
                    self.vague.append((self._names.sources(scope)[name], node.name.lower()))
            elif found.get(key, ANY).is_any or self._described(key) is None:
                self.vague.append((self._names.sources(scope)[key[0]], key[1]))

    def _add(self, key: Key, domain: Domain, *, everywhere: bool) -> None:
        """Narrow a source; a null-supplied one only by its own ON or by a domain that NULL is not in."""
        if domain.keys and (described := self._described(key)) is not None and described[1].elements:
            domain = replace(domain, keys=frozenset())
        if key[0] in self._nullable and not everywhere and domain.null:
            return
        self.domains[key] = self.domains.get(key, ANY) & domain

    def _key(self, node: Node) -> Key | None:
        node = node.unnest()
        if not isinstance(node, exp.Column):
            return None
        name = self._names.source_name(node, self._scope)
        return (name, node.name.lower()) if name else None

    def _described(self, key: Key) -> tuple[Reference, Column] | None:
        return self._collector.column_of(self._names.sources(self._scope).get(key[0]), key[1])

    def _column_pair(self, term: Node) -> tuple[Key, Key] | None:
        if not isinstance(term, exp.EQ):
            return None
        one, two = self._key(term.this), self._key(term.expression)
        return (one, two) if one and two and one[0] != two[0] else None

    def _correlation(self, term: Node) -> tuple[Key, Domain] | None:
        """Return what an equality with a column of an enclosing block says of a column of this one."""
        if not isinstance(term, exp.EQ) or self._scope.parent is None:
            return None
        for mine, other in ((term.this, term.expression), (term.expression, term.this)):
            key = self._key(mine)
            if key and isinstance(other, exp.Column) and self._names.source_name(other, self._scope) is None:
                domain = self._outer_domain(other, self._described(key))
                if domain is not None:
                    return key, domain
        return None

    def _outer_domain(self, column: exp.Column, target: tuple[Reference, Column] | None) -> Domain | None:
        here = self._scope.parent if not (self._scope.is_cte or self._scope.is_derived_table) else None
        while here is not None:
            name = self._names.source_name(column, here)
            if name:
                known = self._collector._here.get(id(here), {}).get((name, column.name.lower()), ANY)
                key = self._collector.key_in(here, name, column.name)
                bound = self._collector.bound_by(key, target) if key is not None else ANY
                return replace(known, null=False) & bound
            here = here.parent if not (here.is_cte or here.is_derived_table) else None
        return None

    def _subqueries(self, term: Node, only: set[str] | None) -> None:
        """Read ``column IN (SELECT …)``, where each side narrows the other, and ``column = (SELECT …)``; rows also.

        Of the latter only the column is narrowed: which rows the subquery has, and whether too many, is its own.
        """
        if only is not None:
            return
        for sides, query, listed in _asked_of(term):
            inner = self._inner(query)
            outputs = self._names.outputs(inner) if inner is not None else None
            if inner is None or not outputs or len(outputs) != len(sides):
                continue
            pairs = [(key, o) for s, o in zip(sides, outputs, strict=True) if (key := self._key(s)) is not None]
            known = {output: self.domains.get(key, ANY) for key, output in pairs}
            for key, output in pairs:
                bound = self._collector.key_of(inner, output, ((id(inner), ""),))
                if bound is not None:
                    self._add(key, self._collector.bound_by(bound, self._described(key)), everywhere=False)
            if listed and pairs:
                mine = {output: self._collector.key_in(self._scope, *key) for key, output in pairs}
                each = {
                    o: replace(replace(d, keys=frozenset()) & self._given(mine[o], inner, o), null=d.null)
                    for o, d in known.items()
                }
                self.inner.append((inner, each))

    def _given(self, key: KeyOf | None, inner: Scope, output: str) -> Domain:
        """Return what a key of this block says of a column of a subquery's result."""
        return ANY if key is None else self._collector.bound_by(key, self._collector.column_of(inner, output))

    def _inner(self, query: Node) -> Scope | None:
        return next((s for s in self._scope.subquery_scopes if s.expression is query), None)

    # -- domains of a condition ----------------------------------------------------------------------------------------

    def _domains(self, term: Node) -> tuple[dict[Key, Domain], bool]:
        """Return what a condition says, and whether it says nothing else."""
        term = term.unnest()
        if isinstance(term, exp.And):
            found: dict[Key, Domain] = {}
            each = [self._domains(part) for part in operands(term, exp.And)]
            for domains, _ in each:
                for key, domain in domains.items():
                    found[key] = found.get(key, ANY) & domain
            return found, all(exact for _, exact in each)
        if isinstance(term, exp.Or):
            return functools.reduce(_either, (self._domains(part) for part in operands(term, exp.Or)))
        truth = self._collector.comparisons.truth(term)
        if truth is not None:
            return {} if truth else dict.fromkeys(self._any_columns(), NOTHING), True
        simple = self._simple(term)
        return ({simple[0]: simple[1]}, simple[2]) if simple else ({}, False)

    def _any_columns(self) -> list[Key]:
        found = []
        for name, source in self._names.sources(self._scope).items():
            if isinstance(source, Reference):
                found.append((name, source.table.columns[0].name.lower()))
        return found

    def _simple(self, term: Node) -> tuple[Key, Domain, bool] | None:
        """Return (column, domain, exact) of a condition on one column."""
        if (among := _element_of(term)) is not None:
            return self._in_list(*among)
        operator = _OPERATORS.get(type(term))
        if operator is not None:
            return self._compared(term.this, operator, term.expression) or self._compared(
                term.expression, _FLIPPED[operator], term.this
            )
        if isinstance(term, exp.Between):
            if term.args.get("symmetric"):
                return None
            low = self._compared(term.this, ">=", term.args["low"])
            high = self._compared(term.this, "<=", term.args["high"])
            return (low[0], low[1] & high[1], low[2] and high[2]) if low and high else low or high
        if isinstance(term, exp.In) and not term.args.get("query") and term.expressions:
            return self._listed(term)
        if isinstance(term, exp.Is) and isinstance(term.expression, exp.Null):
            key = self._key(term.this)
            return (key, Domain(values=frozenset(), null=True), False) if key else None
        if isinstance(term, exp.Is | exp.Not):
            return self._option_is(term)
        if isinstance(term, exp.Column):
            key = self._key(term)
            described = self._described(key) if key else None
            if key is None or described is None:
                return None
            if is_option(described[0].table, described[1]):
                return key, Domain.of("true"), True
            return (key, Domain.of(True), True) if described[1].type == BOOLEAN else None
        return None

    def _option_is(self, term: Node) -> tuple[Key, Domain, bool] | None:
        """Return what ``NOT option`` and ``option IS TRUE`` say of an option of a report."""
        asked = not isinstance(term, exp.Not)
        if asked and not isinstance(term.expression, exp.Boolean):
            return None
        key = self._key(term.this)
        described = self._described(key) if key else None
        if key is None or described is None or not is_option(described[0].table, described[1]):
            return None
        return key, Domain.of("true" if asked and term.expression.this else "false"), True

    def _compared(self, side: Node, operator: str, other: Node) -> tuple[Key, Domain, bool] | None:
        side = side.unnest()
        cut = cut_of(side)
        if cut is not None:
            return self._by_cut(cut, operator, other)
        key = self._key(side)
        described = self._described(key) if key else None
        if key is None or described is None:
            return None
        domain = self._collector.comparisons.comparison(described, operator, other)
        return (key, domain, not domain.some) if domain is not None else None

    def _by_cut(self, cut: Cut, operator: str, other: Node) -> tuple[Key, Domain, bool] | None:
        key = self._key(cut.time)
        described = self._described(key) if key else None
        if key is None or described is None or described[1].type != TIMESTAMP:
            return None
        zones, sure = self._zones(cut.marketplace, described)
        found = self._collector.comparisons.local_range(cut, operator, other, zones)
        return (key, found[0], found[1] and sure) if found is not None else None

    def _zones(self, marketplace: Node | None, time: tuple[Reference, Column]) -> tuple[frozenset[str], bool]:
        """Return the zones that a row's time may be told in, and whether all rows' times are."""
        places = self._collector.places
        if marketplace is None:
            return frozenset({self._collector.zone.key}), True
        plain = marketplace.unnest()
        if isinstance(plain, exp.Literal):
            return zones_of([plain.name]), True
        key = self._key(plain)
        known = self.domains.get(key, ANY) if key is not None else ANY
        if known.values is not None and not known.some:
            ids = [str(v) for v in known.values]
            return zones_of(ids), not known.null and all(marketplaces.told_as(i) for i in ids)
        described = self._described(key) if key is not None else None
        own = described is not None and described[0] is time[0] and described[1].name == MARKETPLACE_ID
        return (places.asked() if own and is_asked_only(time[0].table, time[1]) else places.zones()), False

    def _listed(self, term: exp.In) -> tuple[Key, Domain, bool] | None:
        key = self._key(term.this)
        described = self._described(key) if key else None
        if key is None:
            return self._listed_cuts(term)
        if described is None:
            return None
        domain = self._collector.comparisons.list_values(described, term.expressions)
        return (key, domain, not domain.some) if domain is not None else None

    def _in_list(self, side: Node, values: list[Node]) -> tuple[Key, Domain, bool] | None:
        """Return what ``column = ANY(list)`` says: values are compared as they are written, an enum's too."""
        key = self._key(side)
        described = self._described(key) if key else None
        if key is None or described is None or described[1].elements:
            return None
        domain = self._collector.comparisons.list_values(described, values)
        return (key, domain, not described[1].enum and not described[1].rule) if domain is not None else None

    def _listed_cuts(self, term: exp.In) -> tuple[Key, Domain, bool] | None:
        """Return the range that holds all of a list of local dates or times."""
        if cut_of(term.this.unnest()) is None:
            return None
        each = [self._compared(term.this, "=", other) for other in term.expressions]
        found = [e for e in each if e is not None]
        if len(found) < len(each):
            return None
        return found[0][0], functools.reduce(lambda a, b: a | b, (domain for _, domain, _ in found)), False

    # -- equality ----------------------------------------------------------------------------------------------------

    def _spread(self) -> None:
        """Carry domains and keys along equalities until nothing changes."""
        for one, two in self._edges:
            key = self._collector.key_in(self._scope, *one)
            if key is not None and one[0] not in self.full and two[0] not in self.full:
                self._add(two, self._collector.bound_by(key, self._described(two)), everywhere=True)
        for _ in range(len(self._edges) + 1):
            changed = False
            for one, two in self._edges:
                known = self.domains.get(one, ANY)
                if one[0] in self.full or known.is_any or self._types(one) != self._types(two):
                    continue
                carried = replace(known, null=False, keys=frozenset())
                before = self.domains.get(two, ANY)
                after = before & carried
                if after != before:
                    self.domains[two] = after
                    changed = True
            if not changed:
                return

    def _types(self, key: Key) -> str | None:
        described = self._described(key)
        return described[1].type.name if described else None


def _either(one: tuple[dict[Key, Domain], bool], two: tuple[dict[Key, Domain], bool]) -> tuple[dict[Key, Domain], bool]:
    """Return what holds if either of two conditions does, and whether that is all that they say."""
    both = alternatives(one[0], two[0])
    single = one[1] and two[1] and len(one[0]) == 1 and one[0].keys() == two[0].keys()
    return both, single and all(d.values is not None for d in (*one[0].values(), *two[0].values()))


def _asked_of(term: Node) -> list[tuple[list[Node], Node, bool]]:
    """Return (columns' sides, query, whether the columns are IN it) of a condition that compares with a subquery."""
    if isinstance(term, exp.In):
        query, side = term.args.get("query"), term.this.unnest()
        columns = side.expressions if isinstance(side, exp.Tuple) else [side]
        return [(columns, query.unnest(), True)] if query is not None else []
    if not isinstance(term, exp.EQ):
        return []
    sides = ((term.this, term.expression), (term.expression, term.this))
    return [([one], other.unnest(), False) for one, other in sides if isinstance(other, exp.Subquery)]


def _element_of(term: Node) -> tuple[Node, list[Node]] | None:
    """Return (x, elements) of ``x = ANY(list)`` and ``list_contains(list, x)``, of a list that stands there."""
    if isinstance(term, exp.EQ) and isinstance(term.expression, exp.Any):
        side, listed = term.this, term.expression.this.unnest()
    elif isinstance(term, exp.ArrayContains):
        side, listed = term.expression, term.this.unnest()
    else:
        return None
    return (side, listed.expressions) if isinstance(listed, exp.Array) else None


def _is_query(node: Node) -> bool:
    return isinstance(node, exp.Query)


def _is_not_null(term: Node) -> bool:
    inner = term.unnest()
    inner = inner.this.unnest() if isinstance(inner, exp.Not) else inner
    return isinstance(inner, exp.Is) and inner is not term.unnest() and isinstance(inner.expression, exp.Null)


def _kind(column: Column) -> tuple[Any, ...]:
    return column.type, column.enum, column.elements


def _source_name(node: Node) -> str:
    return str(node.alias_or_name).lower()


def _cut(query: Node) -> bool:
    return any(query.args.get(a) is not None for a in ("limit", "offset", "fetch", "sample", "qualify"))


def _is_recursive(scope: Scope) -> bool:
    node = scope.expression.find_ancestor(exp.With)
    return bool(scope.is_cte and node is not None and node.recursive)


def _has_window(scope: Scope) -> bool:
    return next(iter(scope.find_all(exp.Window)), None) is not None


def _has_aggregate(scope: Scope) -> bool:
    # A function that sqlglot does not know may be an aggregate of the engine's.
    return next(iter(scope.find_all(exp.AggFunc, exp.Anonymous)), None) is not None


def _group_keys(select: Node) -> set[str] | None:
    """Return the SQL of a block's plain group keys, or None if it does not group."""
    group = select.args.get("group")
    if group is None:
        return None
    if any(group.args.get(a) for a in ("cube", "rollup", "grouping_sets", "all")):
        return set()
    found: set[str] = set()
    for key in group.expressions:
        if isinstance(key, exp.Literal) and not key.is_string:
            place = int(key.name) - 1
            if 0 <= place < len(select.expressions):
                found.add(select.expressions[place].unalias().sql())
        else:
            found.add(key.sql())
    return found
