"""What tools are told of the tables that are the connection's own: columns, keys, indexes and constraints."""

from __future__ import annotations

from amzsql.catalog.scratch import SCHEMA
from amzsql.execute.scratch import Constraint, Counter, Described, Scratch
from amzsql.metadata import ColumnInfo, ForeignKey, Identity, Rule, TableInfo


def scratch_info(scratch: Scratch, name: str) -> TableInfo | None:
    """Return a scratch table as `amzsql.metadata.table` returns others; None if there is none of that name."""
    spelt = scratch.spelt(name)
    if spelt is None:
        return None
    constraints = scratch.constraints(spelt)
    key = next((c for c in constraints if c.kind == "PRIMARY KEY"), Constraint("", "", ()))
    counters = {c.name: c for c in scratch.counters(spelt)}
    columns = tuple(_column(d, counters.get(d.name)) for d in scratch.columns(spelt))
    foreign = tuple(ForeignKey(c.columns, c.table, c.table_columns, c.name) for c in constraints if c.table)
    indexes = [Rule("index", i.name, i.columns, i.unique) for i in scratch.indexes(spelt)]
    rules = (*indexes, *_rules(constraints))
    doc = scratch.said_of(spelt)
    return TableInfo(SCHEMA, spelt, "table", doc, columns, key.columns, foreign, rules, key.name or None)


def _column(found: Described, counter: Counter | None) -> ColumnInfo:
    default = None if found.generated else found.default
    identity = None
    if counter is not None:
        bounds = (counter.lowest, counter.highest, counter.cycle, counter.always)
        identity = Identity(counter.start, counter.step, *bounds)
    doc = found.comment or ""
    return ColumnInfo(found.name, found.shown, doc, (), found.nullable, default, found.generated, identity)


def _rules(constraints: list[Constraint]) -> list[Rule]:
    found = []
    for each in constraints:
        if each.kind == "UNIQUE":
            found.append(Rule("unique", each.name, each.columns, unique=True))
        elif each.kind == "CHECK":
            found.append(Rule("check", each.name, each.columns, text=each.text))
    return found
