"""A column compared with constants: the domain that says the same.

Enums and ruled values in SQL's spelling, lists of texts by their elements, times by the local date or time they are cut
to. Knows no scopes: which column a name is, and whether its condition counts, is `sql.collect`'s.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from amzsql import marketplaces
from amzsql.catalog.model import Column
from amzsql.catalog.reports import is_option
from amzsql.catalog.spelling import RULES, Rule
from amzsql.errors import DataError, ProgrammingError
from amzsql.sql.constants import LOCAL_TIME, UNKNOWN, Constants, is_constant
from amzsql.sql.dialect import Node
from amzsql.sql.functions import LOCAL, PARTS, MarketplaceDate
from amzsql.sql.local import around, moments
from amzsql.sql.names import Reference
from amzsql.sql.predicate import NOTHING, Domain
from amzsql.types import BOOLEAN, DATE, TIMESTAMP

DATE_TYPE = exp.DataType.Type.DATE


class Comparisons:
    """Reads conditions of columns with constants.

    Attributes:
        unknown_values: (table, column, value) of what a column never holds, with what it holds instead.
    """

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self.unknown_values: dict[tuple[str, str, str], tuple[str, ...]] = {}

    def comparison(self, column: tuple[Reference, Column], operator: str, node: Node) -> Domain | None:
        """Return the domain of ``column operator constant``; None if it is not understood."""
        reference, described = column
        value = self._value(reference, described, node)
        if value is UNKNOWN:
            self._refuse_misfit(column, node)
            return None
        if value is None:
            return Domain(values=frozenset(), null=True) if operator == "<=>" else NOTHING
        if described.elements:
            return self.elements(reference, described, [value]) if operator == "=" else None
        if operator in ("=", "<=>"):
            return self.values(reference, described, [value])
        if described.enum or described.type == BOOLEAN or described.type.name in ("VARCHAR", "JSON"):
            # Text ranges depend on the collation; no parameter takes one.
            return None
        bounds = {">": ("low", True), ">=": ("low", False), "<": ("high", True), "<=": ("high", False)}
        end, is_open = bounds[operator]
        return Domain(**{end: value, f"{end}_open": is_open})

    def _value(self, reference: Reference, column: Column, node: Node) -> Any:
        """Return a constant as a column's value; an option of a report holds true and false as text."""
        if isinstance(node.unnest(), exp.Boolean) and is_option(reference.table, column):
            return "true" if node.unnest().this else "false"
        return self._constants.value(node, column.type)

    def values(self, reference: Reference, column: Column, values: list[Any]) -> Domain:
        """Return the domain of some values, in the enum's spelling; unknown ones are noted and asked for nowhere."""
        if column.rule:
            return self._by_rule(reference, column, RULES[column.rule], values)
        if not column.enum:
            return Domain.of(*values)
        spelling = {e.lower(): e for e in column.enum}
        known = [spelling[v.lower()] for v in values if v.lower() in spelling]
        for value in values:
            if value.lower() not in spelling:
                _refuse_argument(reference, column, value)
                self.unknown_values[(reference.table.name, column.name, value)] = column.enum
        return Domain.of(*known)

    def _by_rule(self, reference: Reference, column: Column, rule: Rule, values: list[Any]) -> Domain:
        """Return the domain of values that follow a rule; others are noted with what is meant."""
        back = rule.amazon
        known = [v for v in values if back is None or back(v) is not None]
        for value in values:
            if value not in known:
                self.unknown_values[(reference.table.name, column.name, value)] = (rule.sql(value),)
        return Domain.of(*known)

    def elements(self, reference: Reference, column: Column, values: list[Any]) -> Domain | None:
        """Return the domain of a list of which some element is among some values; None if it is compared as text."""
        plain = all(is_element(v) for v in values)
        return replace(self.values(reference, column, values), some=True) if plain else None

    def truth(self, term: Node) -> bool | None:
        """Return whether a condition holds of every row or of none, whatever the columns are; None if it depends."""
        if isinstance(term, exp.In) and not any(term.args.get(a) for a in ("query", "expressions", "unnest", "field")):
            return False
        value = self._constants.value(term, BOOLEAN) if is_constant(term) else UNKNOWN
        return bool(value) if value in (True, False, None) else None

    def constant(self, node: Node, column: Column) -> Any:
        """Return a constant as a value of a column's type, None for NULL; UNKNOWN if it is not known."""
        return self._constants.value(node, column.type)

    def list_values(self, column: tuple[Reference, Column], nodes: list[Node]) -> Domain | None:
        """Return the domain of ``column IN (constants)``."""
        found = [self._value(*column, n) for n in nodes]
        if any(v is UNKNOWN for v in found):
            for node in nodes:
                self._refuse_misfit(column, node)
            return None
        values = [v for v in found if v is not None]
        return (self.elements if column[1].elements else self.values)(column[0], column[1], values)

    def _refuse_misfit(self, column: tuple[Reference, Column], node: Node) -> None:
        """Raise DataError if a column is compared with a text that is no value of its type, as the engine would."""
        reference, described = column
        if self._constants.is_misfit(node, described.type):
            raise DataError(
                f"{reference.table.name}.{described.name} is a {described.type.name} and is compared with "
                f"{node.unnest().sql()}, which is none. {_REMEDIES.get(described.type, 'Write a number.')}"
            )

    def local_range(self, cut: Cut, operator: str, node: Node, zones: frozenset[str]) -> tuple[Domain, bool] | None:
        """Return the range of a time whose local time, cut to a part, compares so with a constant; None if not known.

        The constant may itself be a local time of the same marketplace: then each zone has its own. Also tell whether
        the range says all that the comparison does.
        """
        found, exact = Domain(values=frozenset()), len(zones) == 1
        for zone in sorted(zones):
            value = self._local_value(cut, _there(node, cut.marketplace, zone))
            if value is UNKNOWN or (value is None and operator == "<=>"):
                return None
            if value is None:
                return NOTHING, True
            there = (around if cut.is_moment else moments)(operator, value, cut.part, zone)
            if there is None:
                return None
            found = there[0] if found.is_empty else found | there[0]
            exact = exact and there[1]
        return found, exact

    def _local_value(self, cut: Cut, node: Node) -> Any:
        """Return what a cut time is compared with, without a zone if it has none; None for NULL, or UNKNOWN."""
        if cut.is_moment:
            return self._constants.value(node, TIMESTAMP)
        if not _is_comparable(node, cut):
            # A date is compared with a time as the time at its midnight, any other as a time in the session's zone.
            plain = exp.EQ(this=exp.cast(node.copy(), "date"), expression=node.copy())
            zoned = exp.Anonymous(this="typeof", expressions=[node.copy()])
            zoneless = exp.NEQ(this=zoned, expression=exp.Literal.string(TIMESTAMP.name))
            fits = self._constants.value(plain if cut.is_date else zoneless, BOOLEAN)
            if fits is not True:
                return UNKNOWN
        value = self._constants.value(node, DATE if cut.is_date else LOCAL_TIME)
        return dt.datetime.combine(value, dt.time()) if cut.is_date and isinstance(value, dt.date) else value


@dataclass(frozen=True, slots=True)
class Cut:
    """A local time cut to a part, or to its date. `marketplace`: whose, None for the session's zone.

    `is_date`: it is a date; `is_moment`: it is a time with a zone again, as DATE_TRUNC gives; else it has no zone.
    """

    time: Node
    part: str
    marketplace: Node | None = None
    is_date: bool = False
    is_moment: bool = False


def cut_of(node: Node) -> Cut | None:
    """Return what an expression cuts and how; None if it is no such expression."""
    if isinstance(node, LOCAL):
        is_date = isinstance(node, MarketplaceDate)
        return Cut(node.this, "day" if is_date else node.args["unit"].name, node.expression, is_date)
    if isinstance(node, exp.TsOrDsToDate | exp.Date) and node.this is not None:
        return Cut(node.this, "day", is_date=True)
    if isinstance(node, exp.Cast | exp.TryCast) and node.to.this == DATE_TYPE:
        return Cut(node.this, "day", is_date=True)
    if isinstance(node, exp.TimestampTrunc) and node.args.get("zone") is None:
        part = node.args["unit"].name.lower()
        return Cut(node.this, part, is_moment=True) if part in PARTS else None
    return None


def _there(node: Node, marketplace: Node | None, zone: str) -> Node:
    """Return an expression as it is for rows of a zone: the row's marketplace is one of that zone."""
    if marketplace is None or node.find(*LOCAL) is None:
        return node
    one = next(m for m in marketplaces.MARKETPLACES if m.timezone == zone)
    text, copied = marketplace.sql(), node.copy()
    for call in copied.find_all(*LOCAL):
        if call.expression.sql() == text:
            call.set("expression", exp.Literal.string(one.id))
    return copied


def _is_comparable(node: Node, cut: Cut) -> bool:
    """Tell whether a constant is written in a form that needs no look at its value to be compared with a local time."""
    node = node.unnest()
    if isinstance(node, exp.Cast):
        return node.to.this in ((DATE_TYPE,) if cut.is_date else (DATE_TYPE, exp.DataType.Type.TIMESTAMP))
    if isinstance(node, LOCAL):
        return isinstance(node, MarketplaceDate) or not cut.is_date
    return isinstance(node, exp.Null) or (isinstance(node, exp.Literal) and node.is_string)


_REMEDIES = {
    TIMESTAMP: "Write a time such as '2026-11-01' or '2026-11-01 13:30', or CURRENT_DATE - INTERVAL 1 DAY.",
    DATE: "Write a date such as '2026-11-01', or CURRENT_DATE - INTERVAL 1 DAY.",
    BOOLEAN: "Write true or false.",
}


def _refuse_argument(reference: Reference, column: Column, value: str) -> None:
    """Raise ProgrammingError if a column sets an argument of a query of Data Kiosk, which takes its own words only."""
    if not any(path.declared.query for path in reference.table.paths):
        return
    from amzsql.catalog import data_kiosk  # its facts are read for whoever reads its tables

    if data_kiosk.is_argument(reference.table, column.name):
        raise ProgrammingError(
            f"{reference.table.name}.{column.name} is asked for as {' or '.join(column.enum)}, and not as {value!r}."
        )


def is_element(value: Any) -> bool:
    """Tell whether a value that is compared with a list of texts is an element, and not the JSON text of a list."""
    return isinstance(value, str) and not value.lstrip().startswith("[")
