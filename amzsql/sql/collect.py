"""What a statement says of each scan: domains, collected from WHERE, ON, derived tables, CTEs, unions and subqueries.

A domain goes to a scan only where rows outside of it cannot change the result: never below LIMIT, DISTINCT ON, a
window, or an aggregate (but by its keys), never into FULL JOIN, and to the null-supplied side of an outer join only
from its own ON or from a condition that rejects NULL.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from amzsql.catalog.model import Column
from amzsql.catalog.scratch import ScratchTable
from amzsql.sql.block import Block, Key, group_keys
from amzsql.sql.comparisons import Comparisons
from amzsql.sql.constants import Constants
from amzsql.sql.dialect import Node
from amzsql.sql.local import (
    Places,
)
from amzsql.sql.names import Names, Reference, branches, is_star
from amzsql.sql.own_values import OwnValues
from amzsql.sql.predicate import ANY, NOTHING, Domain, Domains, KeyOf, conjunction, disjunction
from amzsql.sql.stages import number_of

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
        # Of each block, whether each of its readers throws all of its rows away.
        self._thrown: dict[int, list[bool]] = defaultdict(list)
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
        self._pushed, self._thrown, self._here = defaultdict(list), defaultdict(list), {}
        for scope in reversed(self._names.scopes):
            self._scope(scope)

    # -- one scope ---------------------------------------------------------------------------------------------------

    def _scope(self, scope: Scope) -> None:
        inherited = self._inherited(scope)
        unread = self._is_unread(scope)
        if branches(scope):
            self._into_union(scope, inherited)
            for branch in branches(scope):
                self._thrown[id(branch)].append(unread)
        if not isinstance(scope.expression, exp.Select):
            return
        block = Block(self, self._names, scope)
        block.read(self._through(scope, inherited))
        self._here[id(scope)] = block.domains
        for name, source in self._names.sources(scope).items():
            domains = {c: d for (s, c), d in block.domains.items() if s == name and not d.is_any}
            if name in block.full:
                domains = {}
            barred = unread or name in block.barred
            if isinstance(source, Reference):
                if barred and source.table.columns:
                    domains = {source.table.columns[0].name.lower(): NOTHING}
                self._to_reference(source, domains, complete=block.complete)
            elif source is not None:
                self._pushed[id(source)].append(domains)
                self._thrown[id(source)].append(barred)
        for inner, domains in block.inner:
            self._pushed[id(inner)].append(domains)
        for inner in scope.subquery_scopes:
            self._thrown[id(inner)].append(unread)
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

    def _is_unread(self, scope: Scope) -> bool:
        """Tell whether no row of a block matters: it gives none by LIMIT 0, or nobody takes one."""
        readers = self._thrown[id(scope)]
        none = number_of(scope.expression.args.get("limit")) == 0
        return not _is_recursive(scope) and (none or (bool(readers) and all(readers)))

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
        grouped = group_keys(select)
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

    def said_here(self, scope: Scope, key: Key) -> Domain:
        """Return what an enclosing block says of a column of its own."""
        return self._here.get(id(scope), {}).get(key, ANY)

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


def _kind(column: Column) -> tuple[Any, ...]:
    return column.type, column.enum, column.elements


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
