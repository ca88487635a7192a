"""Sums over money: each is watched for the currencies of the rows that it sums.

``SUM(amount)`` becomes a CASE that tells a function of the engine's, by name `MIXED`, where the lowest currency of the
summed rows is not the highest; its value stays what it was. The currency column is read beside the amount, through
derived tables, CTEs and UNION ALL, which hand it on under a name of its own. Where it cannot be handed on (DISTINCT,
other set operations, PIVOT, a recursive CTE) the sum is left as it is. Knows nothing of what is done about a mixture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from amzsql import marketplaces
from amzsql.sql.dialect import Node, every
from amzsql.sql.names import Names, Reference, branches, is_star
from amzsql.sql.naming import engine_name, name_item, unnamed_item

MIXED = "AMZSQL_MIXED"
BIT = "AMZSQL_CURRENCY"
# Currencies by their number: which of them a sum holds is one integer, so that a sum of many groups costs little more.
KNOWN = tuple(sorted({m.currency for m in marketplaces.MARKETPLACES}))

_SUMS = frozenset(("mean", "fsum", "favg", "kahan_sum", "sumkahan", "sum_no_overflow", "total"))
# What of an aggregate's argument or of a column is no amount any more.
_COUNTING = (exp.Predicate, exp.Connector, exp.Not, exp.Count, exp.Query, exp.Lambda)
_Item = Node | tuple[str, str]
"""A result column: an expression, or (source, column) where a star stands for it."""


def has_sums(tree: exp.Query) -> bool:
    """Tell whether a tree has any sum at all, be it of money or not."""
    return any(_is_sum(node) for node in every(tree, exp.Sum, exp.Avg, exp.Anonymous))


def watch_sums(names: Names) -> bool:
    """Write the watch into each sum over money of a tree, in place; the names must be read again if any was."""
    return _Watch(names).run()


@dataclass(slots=True)
class _Watch:
    names: Names
    _items: dict[int, list[_Item] | None]
    _carried: dict[tuple[int, str], tuple[str, str] | None]
    _spread: set[int]

    def __init__(self, names: Names) -> None:
        self.names = names
        self._items = {}
        self._carried = {}
        self._spread = set()

    def run(self) -> bool:
        found = [(node, scope) for scope in self.names.scopes for node in scope.find_all(exp.AggFunc, exp.Anonymous)]
        sums = [(node, scope) for node, scope in found if _is_sum(node) and not node.find_ancestor(exp.Pivot)]
        if not sums:
            return False
        for scope in self.names.scopes:
            self._items[id(scope)] = self._read_items(scope)
        # All are looked at before the first is written: what is written is no amount of the statement's.
        watched = [(node, scope, self._currencies(node, scope)) for node, scope in sums]
        for node, scope, currencies in reversed(watched):  # the inner ones first: a sum may be of sums
            if currencies:
                _write(node, scope, currencies)
        return any(currencies for *_, currencies in watched)

    def _currencies(self, node: Node, scope: Scope) -> list[tuple[str, Node]]:
        """Return (table.column, its currency as the block can name it) of each amount in a sum."""
        found: dict[str, tuple[str, Node]] = {}
        grouped = _grouped(scope)
        for column in amounts(_argument(node), lambda c: self._currency(c, scope) is not None):
            one = self._currency(column, scope)
            if one is not None and one[1].name.lower() not in grouped:
                found[one[1].sql()] = (one[0], exp.Min(this=one[1]) if _is_summed(column, node) else one[1])
        return list(found.values())

    def _currency(self, column: exp.Column, scope: Scope) -> tuple[str, exp.Column] | None:
        name = self.names.source_name(column, scope)
        carried = self._carry(self.names.sources(scope)[name], column.name.lower()) if name else None
        return (carried[0], _column(name, carried[1])) if name and carried is not None else None

    # -- lineage -----------------------------------------------------------------------------------------------------

    def _carry(self, source: Reference | Scope | None, column: str) -> tuple[str, str] | None:
        """Return (table.column, the currency's column) of a source's column; a block is made to hand it on."""
        if isinstance(source, Reference):
            known = source.table.column(column)
            return (f"{source.table.name}.{known.name}", known.currency) if known and known.currency else None
        if source is None:
            return None
        key = id(source), column
        if key not in self._carried:
            self._carried[key] = None
            outputs = self.names.outputs(source) or []
            label = self._label(source, outputs.index(column)) if outputs.count(column) == 1 else None
            if label is not None and self._open_readers(source):
                name = f"_currency_{len(self._carried)}"
                self._hand_on(source, outputs.index(column), name)
                self._carried[key] = label, name
        return self._carried[key]

    def _label(self, scope: Scope, place: int) -> str | None:
        """Return which table's column a block's result column is, if its currency can be handed on."""
        block = scope.expression
        if _is_recursive(scope):
            return None
        if branches(scope):
            if not isinstance(block, exp.Union) or block.args.get("distinct") or block.args.get("by_name"):
                return None
            labels = [self._label(b, place) for b in branches(scope)]
            return next((one for one in labels if one is not None), None)
        distinct = block.args.get("distinct")
        if not isinstance(block, exp.Select) or (distinct is not None and not distinct.args.get("on")):
            return None
        return next((label for label, _ in self._sources_of(scope, place)), None)

    def _sources_of(self, scope: Scope, place: int) -> Iterator[tuple[str, exp.Column]]:
        """Yield (table.column, its currency within the block) of the amounts that a result column is made of."""
        items = self._items.get(id(scope))
        if items is None or place >= len(items):
            return
        item = items[place]
        columns = (
            [exp.column(item[1], table=item[0])]
            if isinstance(item, tuple)
            else list(amounts(item.unalias(), lambda c: self._currency(c, scope) is not None))
        )
        for column in columns:
            found = self._currency(column, scope)
            if found is not None:
                yield found

    def _hand_on(self, scope: Scope, place: int, name: str) -> None:
        """Add the currency of a result column to a block's result; to each branch, if it has several."""
        for branch in branches(scope):
            self._hand_on(branch, place, name)
        if branches(scope):
            return
        block = scope.expression
        self._spell_stars(scope)
        found = [column for _, column in self._sources_of(scope, place)]
        currency: Node = exp.Coalesce(this=found[0], expressions=found[1:]) if len(found) > 1 else exp.null()
        if len(found) == 1:
            currency = found[0]
        if found and _is_aggregated(scope):
            currency = exp.Min(this=currency)
        block.append("expressions", exp.alias_(currency, name, quoted=True))

    # -- stars -------------------------------------------------------------------------------------------------------

    def _read_items(self, scope: Scope) -> list[_Item] | None:
        """Return a block's result columns one by one; None if they are not known."""
        if not isinstance(scope.expression, exp.Select):
            return None
        found: list[_Item] = []
        for item in scope.expression.expressions:
            if not is_star(item):
                found.append(item)
                continue
            starred = self.names.starred(item, scope) if _is_plain(item) else None
            if starred is None:
                return None
            found += starred
        return found

    def _open_readers(self, scope: Scope) -> bool:
        """Tell whether nobody who reads a block would show what is added to it; their stars are written out."""
        readers = [s for s in self.names.scopes if any(one is scope for one in self.names.sources(s).values())]
        for reader in readers:
            if next(reader.find_all(exp.Columns), None) is not None or self._items.get(id(reader)) is None:
                return False
        for reader in readers:
            self._spell_stars(reader)
        return True

    def _spell_stars(self, scope: Scope) -> None:
        """Write a block's stars out as the columns that they stand for."""
        items = self._items[id(scope)]
        block = scope.expression
        if id(scope) in self._spread or items is None or not any(is_star(i) for i in block.expressions):
            return
        self._spread.add(id(scope))
        block.set("expressions", [_column(*i) if isinstance(i, tuple) else i for i in items])


def amounts(node: Node, is_money: Callable[[exp.Column], bool]) -> Iterator[exp.Column]:
    """Yield the columns whose unit an expression's value has: not those it is compared with, counted or divided by."""
    if isinstance(node, exp.Column):
        yield node
        return
    if isinstance(node, exp.Div | exp.IntDiv) and any(is_money(c) for c in amounts(node.expression, is_money)):
        return  # money by money is a ratio, which has no currency
    for part in _parts(node):
        yield from amounts(part, is_money)


def _parts(node: Node) -> Iterator[Node]:
    """Yield the operands that an expression's value has its unit from."""
    found: list[Node | None]
    if isinstance(node, exp.Case):
        found = [*(case.args["true"] for case in node.args["ifs"]), node.args.get("default")]
    elif isinstance(node, exp.If):
        found = [node.args["true"], node.args.get("false")]
    elif isinstance(node, exp.Window | exp.Filter | exp.Div | exp.IntDiv | exp.Order):
        found = [node.this]
    else:
        found = [] if isinstance(node, _COUNTING) else list(node.iter_expressions())
    yield from (part for part in found if part is not None)


def _is_sum(node: Node) -> bool:
    if isinstance(node, exp.Anonymous):
        return node.name.lower() in _SUMS and len(node.expressions) == 1
    return isinstance(node, exp.Sum | exp.Avg)


def _is_summed(column: exp.Column, outer: Node) -> bool:
    """Tell whether a column stands in an aggregate inside of another: a sum of sums."""
    here = column.parent
    while here is not None and here is not outer:
        if isinstance(here, exp.AggFunc) or _is_sum(here):
            return True
        here = here.parent
    return False


def _argument(node: Node) -> Node:
    found = node.expressions[0] if isinstance(node, exp.Anonymous) else node.this
    if isinstance(found, exp.Distinct):
        found = found.expressions[0]
    argument: Node = found.this if isinstance(found, exp.Order) else found
    return argument


def _is_plain(star: Node) -> bool:
    found = star.find(exp.Star)
    return found is not None and not any(found.args.values())


def _column(source: str, name: str) -> exp.Column:
    return exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(source, quoted=True))


def _is_recursive(scope: Scope) -> bool:
    with_ = scope.expression.find_ancestor(exp.With)
    return with_ is not None and bool(with_.recursive)


def _is_aggregated(scope: Scope) -> bool:
    if scope.expression.args.get("group") is not None:
        return True
    return any(not isinstance(_whole(node), exp.Window) for node in scope.find_all(exp.AggFunc))


def _grouped(scope: Scope) -> set[str]:
    """Return the lower-case names of the columns that a block groups by: of these each group has one value."""
    group = scope.expression.args.get("group")
    if group is None or any(group.args.get(a) for a in ("cube", "rollup", "grouping_sets")):
        return set()
    items = scope.expression.expressions
    keys = [
        items[int(k.name) - 1] if isinstance(k, exp.Literal) and 0 < int(k.name) <= len(items) else k
        for k in group.expressions
    ]
    return {k.unalias().name.lower() for k in keys if isinstance(k.unalias(), exp.Column)}


# -- writing ---------------------------------------------------------------------------------------------------------


def _whole(node: Node) -> Node:
    """Return an aggregate with its FILTER and its window."""
    while (
        isinstance(node.parent, exp.Filter | exp.Window | exp.IgnoreNulls | exp.RespectNulls) and node.arg_key == "this"
    ):
        node = node.parent
    return node


def _write(node: Node, scope: Scope, currencies: Sequence[tuple[str, Node]]) -> None:
    whole, argument = _whole(node), _argument(node)
    each = [currency for _, currency in currencies]
    one = len(each) == 1
    low = each[0].copy() if one else exp.Least(this=each[0].copy(), expressions=[e.copy() for e in each[1:]])
    high = each[0].copy() if one else exp.Greatest(this=each[0].copy(), expressions=[e.copy() for e in each[1:]])
    bits: Node = _bit(each[0])
    for other in each[1:]:
        bits = exp.BitwiseOr(this=bits, expression=_bit(other))
    seen = None if argument.find(exp.Query) else argument

    def over(function: str, value: Node) -> Node:
        return _like(whole, node, exp.Anonymous(this=function, expressions=[_where_seen(value, seen)]))

    lowest, highest = over("min", low), over("max", high)
    label = exp.Literal.string(" and ".join(dict.fromkeys(label for label, _ in currencies)))
    told = exp.Anonymous(this=MIXED, expressions=[label, lowest.copy(), highest.copy(), over("bit_or", bits)])
    differ = exp.Is(this=exp.Paren(this=exp.NEQ(this=lowest, expression=highest)), expression=exp.true())
    pure = exp.Not(this=exp.Paren(this=differ))
    item = unnamed_item(whole, scope)
    name = engine_name(item, scope) if item is not None else None
    case = exp.Case(ifs=[exp.If(this=pure, true=whole.copy()), exp.If(this=told, true=whole.copy())])
    whole.replace(case)
    if name is not None:
        name_item(case, scope, name)


def _bit(currency: Node) -> Node:
    """Return a currency as a bit of its own; all that are not known share one."""
    return exp.Anonymous(this=BIT, expressions=[currency.copy()])


def _where_seen(value: Node, amount: Node | None) -> Node:
    """Return a value where there is an amount: a row without one adds nothing to a sum."""
    if amount is None:
        return value
    there = exp.Not(this=exp.Is(this=exp.Paren(this=amount.copy()), expression=exp.null()))
    return exp.Case(ifs=[exp.If(this=there, true=value)])


def _like(whole: Node, node: Node, other: Node) -> Node:
    """Return another aggregate with the FILTER and window of one."""
    if whole is node:
        return other
    copied = whole.copy()
    inner = copied
    while inner.this.key != node.key:
        inner = inner.this
    inner.set("this", other)
    return copied
