"""A request's body out of its fields, each given by its path (``body.requests[].asin``). Sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from amzsql.errors import ProgrammingError
from amzsql.spapi.bodies import ROOT
from amzsql.spapi.model import Operation


def body_of(operation: Operation, fields: Mapping[str, object]) -> object:
    """Return the body that some of its fields make.

    A list that stands inside an element of a list (``body.requests[].asin``) gives one element for each of its values;
    what is one value goes into all of them. JSON is given as text. Without fields the body is an empty object.

    Raises:
        ProgrammingError: a field that holds objects is no JSON text.
    """
    kinds = {p.name: p for p in operation.body_fields}
    each = [v for n, v in fields.items() if _is_each(n) and not n.endswith("[]")]
    elements = max((len(v) for v in each if isinstance(v, tuple)), default=1)
    root: dict[str, Any] = {}
    for name, value in fields.items():
        sent = _json(operation, name, value) if kinds[name].type == "object" else value
        steps = name.removesuffix("[]").split(".")
        for number in range(elements if _is_each(name) else 1):
            own = _is_each(name) and not name.endswith("[]")
            _put(root, steps, number, _element(sent, number) if own else sent)
    return root.get(ROOT, {})


def _is_each(name: str) -> bool:
    """Tell whether a field stands inside the elements of a list."""
    return "[]" in name[:-2]


def _element(value: Any, number: int) -> Any:
    if not isinstance(value, tuple):
        return value
    return value[0] if len(value) == 1 else value[number]


def _put(holder: dict[str, Any], steps: list[str], number: int, value: object) -> None:
    """Put a value where the steps lead, through the element of that number of each list on the way."""
    here: Any = holder
    for step in steps[:-1]:
        if step.endswith("[]"):
            listed = here.setdefault(step[:-2], [])
            while len(listed) <= number:
                listed.append({})
            here = listed[number]
        else:
            here = here.setdefault(step, {})
    here[steps[-1]] = value


def _json(operation: Operation, name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError as error:
        field = name.removeprefix(f"{ROOT}.")
        raise ProgrammingError(
            f"{operation.name}: {field} takes JSON text, and what was given is none: {error}"
        ) from None
