"""A request's body as parameters: each of its fields by its path, as a filter can give it.

``body.items`` is a list of objects whole, as JSON; ``body.filters.asins[]`` a list of plain values;
``body.requests[].asin`` the field of each element of the body's outermost list, one value an element. Must not know of
files or of how a body is sent.
"""

from __future__ import annotations

from collections.abc import Iterator

from amzsql.spapi.model import Parameter, Shape
from amzsql.spapi.shapes import Types

ROOT = "body"
_OPAQUE = ("object", "any", "ref")


def body_fields(types: Types, body: Shape) -> tuple[Parameter, ...]:
    """Return the fields of a body as parameters; a field is required if the body cannot be without it."""
    return tuple(_below(types, body, ROOT, True, ()))


def _below(types: Types, shape: Shape, path: str, required: bool, above: tuple[str, ...]) -> Iterator[Parameter]:
    if shape.type == "ref" and shape.name in above:
        yield Parameter(path, "body", "object", required)
        return
    above = (*above, shape.name) if shape.type == "ref" and shape.name else above
    here = types.resolve(shape)
    if here.type == "array":
        yield from _listed(types, here, path, required, above)
    elif here.properties:
        for name, child in here.properties:
            yield from _below(types, child, f"{path}.{name}", required and name in here.required, above)
    else:
        yield _leaf(here, path, required)


def _listed(types: Types, array: Shape, path: str, required: bool, above: tuple[str, ...]) -> Iterator[Parameter]:
    """Yield an array: of plain values as a list; of objects as JSON, the outermost also by its elements' fields."""
    element = types.resolve(array.items or Shape("any"))
    if element.type not in _OPAQUE and element.type != "array":
        kind, form, enum = element.type, element.format, element.enum
        yield Parameter(
            f"{path}[]", "body", "array", required, form, item_type=kind, enum=enum, max_items=array.max_items
        )
        return
    yield Parameter(path, "body", "object", required, max_items=array.max_items)
    if path.count(".") <= 1 and array.items is not None:
        for field in _below(types, array.items, f"{path}[]", required, above):
            plain = field.type not in ("array", "object")
            yield _each(field, array.max_items) if plain else field


def _each(field: Parameter, most: int | None) -> Parameter:
    """Return a field of an element as a list: one value for each element."""
    return Parameter(
        field.name, "body", "array", field.required, field.format, item_type=field.type, enum=field.enum, max_items=most
    )


def _leaf(shape: Shape, path: str, required: bool) -> Parameter:
    kind = "object" if shape.type in _OPAQUE else shape.type
    return Parameter(path, "body", kind, required, shape.format, enum=shape.enum)
