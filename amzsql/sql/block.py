"""What one SELECT says of its sources: its WHERE, its joins, its subqueries, and what follows from equal columns.

Knows the block alone; where a column comes from, and what other blocks say of it, is the collector's.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from amzsql import marketplaces
from amzsql.catalog.model import Column
from amzsql.catalog.reports import is_option
from amzsql.catalog.whose import ACCOUNT
from amzsql.sql.comparisons import Cut, cut_of
from amzsql.sql.dialect import Node
from amzsql.sql.functions import LOCAL
from amzsql.sql.local import (
    MARKETPLACE_ID,
    is_asked_only,
    zones_of,
)
from amzsql.sql.names import Names, Reference, conjuncts, operands
from amzsql.sql.predicate import ANY, NOTHING, Domain, Domains, KeyOf, alternatives
from amzsql.types import BOOLEAN, TIMESTAMP

if TYPE_CHECKING:
    from amzsql.sql.collect import Collector

Key = tuple[str, str]
"""(lower-case source name, lower-case column name) within a scope."""


_OPERATORS: dict[type[Node], str] = {
    exp.EQ: "=",
    exp.NullSafeEQ: "<=>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
}
_FLIPPED = {"=": "=", "<=>": "<=>", ">": "<", ">=": "<=", "<": ">", "<=": ">="}


class Block:
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
        # The sources of which no row comes through, whatever is in them.
        self.barred: set[str] = set()
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
        for term, only in terms:
            if self._is_false(term):
                self.barred |= {*self._names.sources(self._scope)} if only is None else only
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

    def _is_false(self, term: Node) -> bool:
        """Tell whether a condition holds of no row, whatever the columns are."""
        term = term.unnest()
        if isinstance(term, exp.And):
            return any(self._is_false(part) for part in operands(term, exp.And))
        if isinstance(term, exp.Or):
            return all(self._is_false(part) for part in operands(term, exp.Or))
        return self._collector.comparisons.truth(term) is False

    def _of_groups(self, select: Node) -> Iterator[Node]:
        """Yield the terms of HAVING that speak of group keys alone: they say of the rows what WHERE would."""
        having, grouped = select.args.get("having"), group_keys(select)
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
                known = self._collector.said_here(here, (name, column.name.lower()))
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
        if isinstance(term, exp.Not | exp.NEQ) and (others := self._other_accounts(term)) is not None:
            return others
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

    def _other_accounts(self, term: Node) -> tuple[Key, Domain, bool] | None:
        """Return what ``Account <> name`` and ``NOT Account IN (names)`` say of a group's rows."""
        inner = (
            term.this if isinstance(term, exp.Not) else exp.EQ(this=term.this.copy(), expression=term.expression.copy())
        )
        said = self._simple(inner.unnest())
        described = self._described(said[0]) if said is not None else None
        if said is None or described is None or described[1].name != ACCOUNT or not described[1].enum:
            return None
        key, domain, exact = said
        if not exact or domain.values is None or domain.null or domain.keys:
            return None
        return key, Domain(values=frozenset(described[1].enum) - domain.values), True

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


def _source_name(node: Node) -> str:
    return str(node.alias_or_name).lower()


def group_keys(select: Node) -> set[str] | None:
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
