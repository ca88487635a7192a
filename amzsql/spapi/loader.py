"""Facts files read into operations.

Owns the facts' JSON as it is read: an API version is decoded at once, each of its operations is built when first asked
for. Must not know where files lie, nor of the supplement: the harvest has baked it in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from amzsql.spapi.bodies import body_fields
from amzsql.spapi.model import Field, Operation, Paging, Parameter, Partner, Rate, Shape, Window
from amzsql.spapi.shapes import Types

_decode = msgspec.json.Decoder().decode
_decode_index = msgspec.json.Decoder(dict[str, tuple[tuple[str, str, str], ...]]).decode
_CONVERTED = frozenset({"rate", "paging", "parameters", "windows", "removed", "personal"})


def read_index(data: bytes) -> Mapping[str, tuple[tuple[str, str, str], ...]]:
    """Return the index: (method, path, operation id) by API version."""
    return _decode_index(data)


def read_api(data: bytes) -> Api:
    """Return the API version that a facts file holds."""
    return Api(_decode(data))


class Api:
    """One API version: its operations and its types. Immutable; built piece by piece as it is asked.

    `partner`: seller or vendor, where Amazon answers only these; else None.
    """

    __slots__ = ("_built", "_raw", "name", "partner", "types", "version")

    name: str
    version: str
    partner: Partner | None
    types: Types

    def __init__(self, raw: dict[str, Any]) -> None:
        self.name = raw["api"]
        self.version = raw["version"]
        self.partner = raw.get("partner")
        self.types = Types(raw["types"])
        self._raw = {(o["method"], o["path"]): o for o in raw["operations"]}
        self._built: dict[tuple[str, str], Operation] = {}

    def __repr__(self) -> str:
        return f"Api({self.name!r}, {len(self._raw)} operations)"

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation of the API version, in the model's order."""
        return tuple(self.find(*key) for key in self._raw)

    def find(self, method: str, path: str) -> Operation:
        """Return the operation of a method and a path template; KeyError if there is none."""
        key = (method, path)
        found = self._built.get(key)
        if found is None:
            found = self._built.setdefault(key, _operation(self, self._raw[key]))
        return found

    def row_fields(self, operation: Operation, path: str) -> tuple[Field, ...]:
        """Return all fields below one of an answer's arrays, such as one of `multi_rows`; KeyError if there is none."""
        return _row_fields(self.types, Shape("ref", name=operation.response_type), path, "array")

    def body(self, operation: Operation) -> Shape | None:
        """Return the shape of an operation's request body, or None."""
        return self.types[operation.body_schema] if operation.body_schema else None

    def response(self, operation: Operation) -> Shape | None:
        """Return the shape of an operation's answer, or None."""
        return self.types[operation.response_type] if operation.response_type else None


def _operation(api: Api, raw: dict[str, Any]) -> Operation:
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items() if k not in _CONVERTED}
    for key in ("any_of", "exclusive", "needs"):
        if key in plain:
            plain[key] = tuple(tuple(group) for group in plain[key])
    body = raw.get("body_schema")
    return Operation(
        api=api.name,
        version=api.version,
        rate=Rate(**raw["rate"]),
        parameters=tuple(_parameter(p, api.types, body) for p in raw["parameters"]),
        paging=_paging(raw["paging"]) if "paging" in raw else None,
        windows=tuple(Window(**w) for w in raw.get("windows", ())),
        personal=tuple((kind, tuple(roles)) for kind, roles in raw.get("personal", {}).items()),
        removed=date.fromisoformat(raw["removed"]) if "removed" in raw else None,
        body_fields=body_fields(api.types, api.types[body]) if body and raw.get("read", True) else (),
        **plain,
        **_rows(api.types, raw),
    )


def _parameter(raw: dict[str, Any], types: Types, body: str | None) -> Parameter:
    facts: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
    if raw["location"] == "body" and body is not None:
        shape = types[body]
        facts["fields"] = types.fields(shape)
        facts["required_fields"] = shape.required
    return Parameter(**facts)


def _paging(raw: dict[str, Any]) -> Paging:
    extra = tuple((k, v) for k, v in raw.get("extra", {}).items())
    return Paging(**{**raw, "extra": extra, "keep": tuple(raw.get("keep", ()))})


def _rows(types: Types, raw: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an operation's rows and of what stands beside them."""
    response, path = raw.get("response_type"), raw["row_path"]
    if response is None:
        return {}
    root = Shape("ref", name=response)
    out: dict[str, Any] = {
        "row_type": types.name_at(root, path),
        "fields": _row_fields(types, root, path, raw["row_kind"]),
    }
    if path.strip("[]"):
        lists = [p.removesuffix("[]") for p in (path, *raw.get("multi_rows", ()))]
        out["root_fields"] = types.fields(root, skip=lists)
        if path.endswith("[]"):
            token = raw.get("paging", {}).get("token_out", "")
            out["parent_fields"] = _beside(out["root_fields"], lists[0].rpartition(".")[0], token)
    return out


def _row_fields(types: Types, root: Shape, path: str, kind: str) -> tuple[Field, ...]:
    """Return all fields below a row; the rows of a map are its values, below ``{}``."""
    name = types.name_at(root, path)
    row = Shape("ref", name=name) if name else types.at(root, path)
    values = types.resolve(row).values
    return types.fields(values, "{}") if values is not None and kind == "map" else types.fields(row)


def _beside(fields: tuple[Field, ...], holder: str, token: str) -> tuple[Field, ...]:
    """Return the fields below `holder`, relative to it, without page tokens, errors and warnings."""
    prefix = f"{holder}." if holder else ""
    below = (
        Field(f.path.removeprefix(prefix), f.type, f.format, f.enum)
        for f in fields
        if f.path.startswith(prefix) and f.path != token
    )
    return tuple(f for f in below if not _is_machinery(f.path))


def _is_machinery(path: str) -> bool:
    first, last = path.split(".", 1)[0].lower().rstrip("[]"), path.rpartition(".")[2].lower()
    return first in ("errors", "warnings", "pagination") or last.endswith("token")
