"""The notation of schemas in the facts, read into shapes and flattened into fields.

Owns how a named type is looked up and where recursion is cut. Must not know of files or operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from amzsql.spapi.model import Field, Shape

_LIMITS = (
    "min_items",
    "max_items",
    "minimum",
    "maximum",
    "min_length",
    "max_length",
    "pattern",
    "multiple_of",
    "unique",
)


def read(notation: Any) -> Shape:
    """Return a notation as a shape; a named type (``@Money``) becomes a reference, a shape of type "ref"."""
    if isinstance(notation, str):
        if notation.startswith("[]"):
            return Shape("array", items=read(notation[2:]))
        if notation.startswith("@"):
            return Shape("ref", name=notation[1:])
        kind, _, form = notation.partition(":")
        return Shape(kind, format=form or None)
    kind, _, form = notation["type"].partition(":")
    return Shape(
        kind,
        format=form or None,
        enum=tuple(notation.get("enum", ())),
        properties=tuple((k, read(v)) for k, v in notation.get("properties", {}).items()),
        required=tuple(notation.get("required", ())),
        items=read(notation["items"]) if "items" in notation else None,
        values=read(notation["values"]) if "values" in notation else None,
        **{k: notation[k] for k in _LIMITS if k in notation},
    )


class Types(Mapping[str, Shape]):
    """The named types of one API version, each read when first asked for."""

    def __init__(self, notations: Mapping[str, Any]) -> None:
        self._notations = notations
        self._read: dict[str, Shape] = {}
        self._paths: dict[Shape, tuple[str, ...]] = {}

    def __getitem__(self, name: str) -> Shape:
        found = self._read.get(name)
        if found is None:
            found = self._read[name] = read(self._notations[name])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._notations)

    def __len__(self) -> int:
        return len(self._notations)

    def resolve(self, shape: Shape) -> Shape:
        """Follow references to a shape that is none."""
        while shape.type == "ref" and shape.name is not None:
            shape = self[shape.name]
        return shape

    def at(self, shape: Shape, path: str) -> Shape:
        """Return the shape at a dotted path (``payload.Orders[]``); KeyError if there is none."""
        here = self.resolve(shape)
        for step in path.split(".") if path else ():
            name = step.rstrip("[]")
            found = here.property(name) if name else here
            if found is None:
                raise KeyError(f"no {name} in {path}")
            here = self.resolve(found)
            for _ in range((len(step) - len(name)) // 2):
                here = self.resolve(here.items or Shape("any"))
        return here

    def name_at(self, shape: Shape, path: str) -> str | None:
        """Return the name of the type at a path, or None where it has none."""
        here: Shape | None = shape
        for step in path.split(".") if path else ():
            name = step.rstrip("[]")
            if name and here is not None:
                here = self.resolve(here).property(name)
            for _ in range((len(step) - len(name)) // 2):
                here = self.resolve(here).items if here is not None else None
        return here.name if here is not None and here.type == "ref" else None

    def fields(self, shape: Shape, path: str = "", skip: Iterable[str] = ()) -> tuple[Field, ...]:
        """Return every leaf below a shape, without the paths in `skip` and all below them.

        Recursion is cut where a type meets itself: an object leaf of format ``recursive:Name``. A map is an object leaf
        of format ``map``, an object without properties one of format ``free-form``.
        """
        found: list[Field] = []
        self._gather(found, shape, path, (), frozenset(skip))
        return tuple(found)

    def paths(self, shape: Shape) -> tuple[str, ...]:
        """Return the paths of what an object holds, of all depths: its leaves and what is around them."""
        found = self._paths.get(shape)
        if found is None:
            told: dict[str, None] = {}
            for field in self.fields(shape):
                steps = field.path.removesuffix("[]").split(".")
                told |= dict.fromkeys(".".join(steps[: n + 1]).removesuffix("[]") for n in range(len(steps)))
            found = self._paths[shape] = tuple(told)
        return found

    def _gather(
        self, found: list[Field], shape: Shape, path: str, above: tuple[str, ...], skip: frozenset[str]
    ) -> None:
        while shape.type == "ref" and shape.name is not None:
            if shape.name in above:
                found.append(Field(path, "object", f"recursive:{shape.name}"))
                return
            above, shape = (*above, shape.name), self[shape.name]
        if path in skip and path:
            return
        if shape.type == "array":
            self._gather(found, shape.items or Shape("any"), path + "[]", above, skip)
        elif shape.properties:
            for name, child in shape.properties:
                self._gather(found, child, f"{path}.{name}" if path else name, above, skip)
        elif shape.type == "object":
            found.append(Field(path, "object", "map" if shape.values is not None else "free-form"))
        else:
            found.append(Field(path, shape.type, shape.format, shape.enum))
