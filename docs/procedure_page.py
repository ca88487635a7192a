"""The reference page of procedures, drawn from the catalog and the facts; `generate.py` writes it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import groupby

import table_pages

from amzsql import spapi
from amzsql.catalog import modules, procedures, registry
from amzsql.catalog.procedures import Input, Procedure, ResultSet
from amzsql.catalog.system import roles_opening
from amzsql.cli.show import rate

HEAD = "<!-- Written by docs/generate.py: edit what it is drawn from. -->\n"
_INTRODUCTION = """
# Procedures by name

How they are called is told in [Procedures](procedures.md). Inputs that must be given are **bold**; those in *italics*
are the connection's, or made, where they are not given; `…` stands for the fields of the object before it, each an
input of its own (`PackageDetailCarrierCode`), while the object itself takes JSON. A list of plain values is marked
`[]`, JSON `{}`.
"""


def procedure_page() -> str:
    """Return docs/procedures-reference.md: every procedure, by the API that it calls."""
    found = {p.name: p for schema in reversed(procedures.SCHEMAS) for p in procedures.every((schema,))}
    every = sorted(found.values(), key=lambda p: (_api(p).lower(), p.name.lower()))
    parts = [HEAD, _INTRODUCTION.lstrip("\n")]
    for api, group in groupby(every, key=_api):
        parts.append(f"\n## {api}\n")
        parts += [line for each in group for line in _section(each)]
    return "".join(parts)


def _api(each: Procedure) -> str:
    return each.operation.partition(".")[0] or "Of the reference alone"


def _section(each: Procedure) -> Iterator[str]:
    # What a derived one is said to do stands in the line of its call.
    yield f"\n### {each.name}\n\n" + ("" if each.doc.startswith("Calls ") else each.doc)
    if each.removed:
        yield f" Amazon has removed what it called. {each.removed}"
    yield "" if each.doc.startswith("Calls ") else "\n\n"
    yield f"- schemas: {', '.join(procedures.schemas_of(each.name))}\n"
    if each.operation:
        operation = spapi.operation(each.operation)
        known = "" if operation.rate.known else ", guessed: Amazon states none"
        yield f"- calls `{operation.operation_id}` (`{operation.method} {operation.path}`),"
        yield f" {rate(operation.rate.rate)}, {operation.rate.burst} at once{known};"
        yield f" roles: {', '.join(roles_opening(operation)) or 'unknown'}\n"
    if by := _statements().get(each.operation, ()):
        yield f"- also called by {', '.join(by)}\n"
    yield f"- inputs: {', '.join(_inputs(each)) or 'none'}\n"
    for number, result in enumerate(each.sets, 1):
        yield f"- {'gives' if number == 1 else f'result {number}'}: {_columns(result)}\n"


@cache
def _statements() -> dict[str, tuple[str, ...]]:
    """Return the statements that call an operation, with the pages of their tables, by its name."""
    found: dict[str, dict[str, None]] = {}
    for module in modules.MODULES:
        for entry in registry.declared(module).values():
            for chosen in entry.writes:
                link = f"[{chosen.kind.upper()} of {entry.name}](tables/{table_pages.page(entry)}#writing)"
                found.setdefault(chosen.operation, {})[link] = None
    return {name: tuple(links) for name, links in found.items()}


def _inputs(each: Procedure) -> Iterator[str]:
    wholes = [t for i in each.inputs if i.whole for t in i.targets]
    for given in each.inputs:
        below = any(t.startswith(f"{w}.") for t in given.targets for w in wholes)
        if not below or (given.required and not given.whole):
            yield _input(given)


def _input(given: Input) -> str:
    mark = "[]" if given.is_list else "{}" if given.type.name == "JSON" else ""
    name = f"{given.name}{mark}" + (" …" if given.whole else "")
    if given.default is not None:
        return f"*{name}*"
    return f"**{name}**" if given.required else name


def _columns(result: ResultSet) -> str:
    shown = [c.name for c in result.columns]
    return ", ".join(shown) if len(shown) <= 30 else f"{', '.join(shown[:30])}, … ({len(shown)} columns)"
