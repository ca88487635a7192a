"""Proves how a table is written against the facts: whatever it names exists, and each write can be asked for."""

from __future__ import annotations

from collections.abc import Iterator

from amzsql import spapi
from amzsql.catalog import columns, procedures, writes
from amzsql.catalog.model import Outcome, Table, WriteMapping
from amzsql.spapi.model import Operation
from amzsql.types import JSON


def problems(table: Table) -> Iterator[str]:
    """Yield what is wrong with the writes of a table, each as a sentence."""
    unknown = [(chosen, problem) for chosen in table.writes for problem in _names(table, chosen)]
    told = unknown or [
        (chosen, problem)
        for chosen in table.writes
        for problem in list(_call(table, chosen)) or list(_reached(table, chosen))
    ]
    yield from (f"{chosen.kind} by {chosen.operation}: {problem}" for chosen, problem in told)


def _names(table: Table, chosen: WriteMapping) -> Iterator[str]:
    """Yield the names that do not exist: without them nothing else can be said."""
    try:
        if spapi.operation(chosen.operation).read:
            yield "it is a read."
            return
        call = procedures.of_operation(table.schema, chosen.operation, chosen.element)
    except LookupError as error:
        yield str(error.args[0])
        return
    known = {i.name for i in call.inputs}
    for column, name in chosen.inputs:
        start = name is not None and name.endswith("*")
        if name is not None and not (any(n.startswith(name[:-1]) for n in known) if start else name in known):
            yield f"it has no input {name}."
        if name is None and table.column(column) is None:
            yield f"{column} is no column."
    for name, _ in chosen.fixed:
        if name not in known:
            yield f"it has no input {name}, which is fixed."
    for column, value in chosen.sets:
        found = table.column(column)
        if found is None or (found.enum and value not in found.enum):
            yield f"{column} is never {value}."


def _call(table: Table, chosen: WriteMapping) -> Iterator[str]:
    call = writes.call(table, chosen)
    names = [i.name for i in call.procedure.inputs]
    for twice in sorted({n for n in names if names.count(n) > 1}):
        yield f"two of its inputs are called {twice}."
    for column, each in call.columns.items():
        known = table.column(column)
        assert known is not None  # they are the table's
        if each.whole and known.type != JSON:
            yield f"{column} is {known.type} and its input an object."
        nested = each.type == JSON or each.is_list or each.default == "marketplaces"
        if each.targets and known.type == JSON and not nested:
            yield f"{column} is {JSON} and its input {each.type}."
    for column in chosen.on:
        if column not in writes.settable(table, chosen):
            yield f"{column} chooses it and cannot be assigned."
    if chosen.kind != "insert":
        yield from _addressed(table, chosen, call)
    outputs = {o.name for o in call.procedure.sets[0].columns}
    for column, name in chosen.result:
        if column not in table.entry.key or name not in outputs:
            yield f"its answer does not tell {column} as {name}."
    if chosen.outcome is not None:
        yield from _outcome(spapi.operation(chosen.operation), chosen.outcome)


def _addressed(table: Table, chosen: WriteMapping, call: writes.Call) -> Iterator[str]:
    """Yield what keeps an update or delete from naming its row."""
    if not set(writes.keys(table, chosen)) & set(table.entry.key):
        yield "it takes no column of the key."
    operation = spapi.operation(chosen.operation)
    for name, each in call.others.items():
        in_path = any(p.location == "path" and p.name in each.targets for p in operation.parameters)
        if in_path or (chosen.kind == "delete" and each.required and each.default is None):
            yield f"{name} is needed and no column."


def _outcome(operation: Operation, outcome: Outcome) -> Iterator[str]:
    asked = operation
    if outcome.operation:
        asked = spapi.operation(outcome.operation)
        if not asked.has_parameter(outcome.parameter):
            yield f"{asked.name} has no parameter {outcome.parameter}."
        if outcome.told not in columns.all_fields(operation):
            yield f"its answer has no {outcome.told}."
    status = columns.all_fields(asked).get(outcome.status)
    if status is None:
        yield f"{asked.name} does not answer {outcome.status}."
        return
    for value in (*outcome.done, *outcome.failed):
        if status.enum and value not in status.enum:
            yield f"{outcome.status} is never {value}."
    if not any(path.startswith(f"{outcome.issues}.") for path in columns.all_fields(asked)):
        yield f"{asked.name} does not answer {outcome.issues}."


def _reached(table: Table, chosen: WriteMapping) -> Iterator[str]:
    """Yield what keeps a statement from asking for just this write."""
    if chosen.kind != "update":
        if len([m for m in table.writes if m.kind == chosen.kind]) > 1:
            yield f"there is another {chosen.kind}."
        return
    if chosen.sets:
        reached = [writes.mapping(table, "update", dict(chosen.sets))]
    else:
        others = {c for m in table.writes if m.kind == "update" for c, _ in m.sets}
        own = [n for n in writes.settable(table, chosen) if n not in others]
        reached = [writes.mapping(table, "update", [name]) for name in chosen.on or own]
    if chosen not in reached:
        yield "no column that is assigned chooses it."
