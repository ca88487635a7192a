"""Answers for operations that have no model of their own, drawn from the facts: same key in, same row out.

A row is a function of its key and of nothing else: the row that a list shows and the one that is asked for by its id
agree in every property of the same name. What a request says of a row (path parameters, filters for one value) stands
in it. Knows shapes and names, not what an operation does: nothing written here is read back.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from amzsql import spapi
from amzsql.spapi.model import Operation, Shape
from amzsql.spapi.shapes import Types

from .call import Call, Reply, amount, dump, iso
from .world import DAY, MARKETS, World

_PAGE = 10
_MOST_ROWS = 24
# Recursive types end here; so does whatever is nested deeper than people nest.
_DEEPEST = 9
_NEVER = frozenset({"errors", "error", "warnings", "nexttoken", "previoustoken", "nextpagetoken", "previouspagetoken"})
_EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "^[A-Z]{2}$": "US",
        "^([A-Z]{2})$": "US",
        "^[a-z]{2}_[A-Z]{2}$": "en_US",
        "^([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[1-2][0-9]|3[0-1])$": "2026-06-30",
        "^(UN|ID|NA)[0-9]{4}$": "UN3481",
        r"^[1-9](\.[1-9])?$": "9.1",
        r"^arn:aws:sqs:\S+:\S+:\S+": "arn:aws:sqs:us-east-2:123456789012:orders",
        r"^[A-Za-z0-9\\+/]{22}={2}$": "1B2M2Y8AsgTpgAmY7PhCfg==",
        r"^([a-zA-Z0-9_\-\.]+)@([a-zA-Z0-9_\-\.]+)\.([a-zA-Z]{2,5})$": "robin.marsh@example.com",
        r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$": "2026-06-30T12:00:00Z",
        "^https?://.+": "https://www.example.com/simulated",
        "^(0?[1-9]|1[012])$": "11",
        "^[0-9]{4}$": "2026",
    }
)


def answer(call: Call) -> Reply:
    """Return an answer of the operation's shape."""
    status = call.operation.success[0]
    version = spapi.api(call.operation.api)
    shape = version.response(call.operation)
    if shape is None or status == 204:
        return Reply(b"")
    maker = Maker(call, version.types)
    body = maker.value(shape, maker.seed, "", ())
    if call.operation.row_path.endswith("[]") and isinstance(body, dict):
        _fill(call, maker, shape, body)
    return Reply(dump(body))


def _fill(call: Call, maker: Maker, shape: Shape, body: dict[str, Any]) -> None:
    """Put a page of rows where the operation has its rows, and the token of the next one."""
    path = call.operation.row_path.removesuffix("[]")
    if path.endswith("[]") or "[]." in path:
        return
    longest = maker.types.at(shape, path).max_items
    size = min(_size(call), longest or _MOST_ROWS + 3)
    start, total = call.position or 0, _total(call, maker)
    row = maker.types.at(shape, call.operation.row_path)
    rows = [maker.row(row, n) for n in range(start, min(start + size, total))]
    _set(body, path, rows)
    paging = call.operation.paging
    if paging is not None and paging.token_out and start + size < total:
        _set(body, paging.token_out, call.pages.token(call, start + size))


def _total(call: Call, maker: Maker) -> int:
    """Return how many rows there are: as many as a batch asks for, else a number that follows from the key."""
    asked = next((v for v in call.body.values() if isinstance(v, list)), None) if isinstance(call.body, dict) else None
    return 3 + maker.seed[0] % _MOST_ROWS if asked is None else len(asked)


def _size(call: Call) -> int:
    paging = call.operation.paging
    if paging is None or not paging.token_out:
        return _MOST_ROWS + 3
    given = call.get(paging.size) if paging.size else ""
    return int(given) if given.isdecimal() else min(paging.size_default or _PAGE, paging.size_max or 100)


def _set(body: dict[str, Any], path: str, value: object) -> None:
    *parents, name = path.split(".")
    for key in parents:
        body = body.setdefault(key, {})
    body[name] = value


class Maker:
    """Makes values for the shapes of one API version, in the account of one call."""

    def __init__(self, call: Call, types: Types) -> None:
        self.types = types
        self._world: World = call.world
        self._call = call
        self._said = {k.lower(): v for k, v in (*_filters(call), *call.path.items())}
        key = list(call.path.values())[-1:] or [call.operation.api]
        self.seed = _digest(f"{call.world.seed} {call.account.name} {call.operation.api} {key[0]}")

    def row(self, shape: Shape, number: int) -> Any:
        """Return the row of that number; all of it follows from its key."""
        shape = self.types.resolve(shape)
        if not shape.properties:
            return self.value(shape, _digest(self.seed.hex() + str(number)), "", ())
        name = self._key(shape)
        if name is None:
            return self.value(shape, _digest(self.seed.hex() + str(number)), "", ())
        seed = _digest(f"{self._call.account.name} {self._call.operation.api} {name} {number}")
        child = shape.property(name) or shape
        key = self._said.get(name.lower()) or self.value(child, seed, name, ())
        seed = _digest(f"{self._world.seed} {self._call.account.name} {self._call.operation.api} {key}")
        return {**self.value(shape, seed, "", ()), name: key}

    def _key(self, shape: Shape) -> str | None:
        """Return the property that names a row: one by which the API asks, else one that ends like an id."""
        asked = _path_names(self._call.operation.api)
        names = [n for n, s in shape.properties if self.types.resolve(s).type == "string"]
        by_path = [n for n in names if n.lower() in asked]
        return next(iter([*by_path, *(n for n in names if n.lower().endswith("id"))]), None)

    def value(self, shape: Shape, seed: bytes, name: str, above: tuple[str, ...]) -> Any:
        """Return a value of a shape; `name` is the property that it is for, `above` the types around it."""
        if shape.type == "ref" and shape.name is not None:
            above = (*above, shape.name)
        shape = self.types.resolve(shape)
        if shape.type == "object":
            return self._object(shape, seed, name, above)
        if shape.type == "array":
            return self._array(shape, seed, name, above)
        if shape.enum:
            said = self._said.get(name.lower())
            return said if said in shape.enum else shape.enum[seed[1] % len(shape.enum)]
        return self._scalar(shape, seed, name)

    def _object(self, shape: Shape, seed: bytes, name: str, above: tuple[str, ...]) -> dict[str, Any]:
        if shape.values is not None and not shape.properties:
            return {f"{name or 'key'}{n}": self.value(shape.values, _below(seed, str(n)), name, above) for n in (1,)}
        # What has a currency beside it is an amount, whatever it is called.
        amount_is = "value" if any(n.lower() == "currencycode" for n, _ in shape.properties) else None
        return {
            n: self.value(s, _below(seed, n), "amount" if n == amount_is else n, above)
            for n, s in shape.properties
            if n in shape.required or self._wanted(n, s, above)
        }

    def _wanted(self, name: str, shape: Shape, above: tuple[str, ...]) -> bool:
        """Tell whether an optional property is given: all are, but for errors, tokens and types inside themselves."""
        if name.lower() in _NEVER or len(above) > _DEEPEST:
            return False
        inner = shape.items if shape.type == "array" and shape.items is not None else shape
        return inner.type != "ref" or inner.name not in above

    def _array(self, shape: Shape, seed: bytes, name: str, above: tuple[str, ...]) -> list[Any]:
        items = shape.items or Shape("string")
        count = max(shape.min_items or 0, min(shape.max_items or 2, 1 + seed[2] % 2))
        if name.lower() in _NEVER or (items.type == "ref" and items.name in above):
            count = shape.min_items or 0
        singular = name[:-1] if name.endswith("s") else name
        values = [self.value(items, _below(seed, str(n)), singular, above) for n in range(count)]
        return values[:1] if shape.unique and values[1:] == values[:1] else values

    def _scalar(self, shape: Shape, seed: bytes, name: str) -> Any:
        number = int.from_bytes(seed[:4], "big")
        said = self._said.get(name.lower())
        if shape.type == "boolean":
            return said == "true" if said in ("true", "false") else number % 2 == 0
        if shape.type in ("integer", "number"):
            return _number(shape, number)
        if said is not None and _fits(shape, said):
            return said
        return _fitted(shape, self._text(shape, number, name, seed))

    def _text(self, shape: Shape, number: int, name: str, seed: bytes) -> str:
        form, lower = shape.format or "", name.lower()
        if shape.pattern is not None and shape.pattern in _EXAMPLES:
            return _EXAMPLES[shape.pattern]
        if form == "date":
            return iso(self._moment(number))[:10]
        if form in ("date-time", "dateTime") or (not form and _TIMES.search(name)):
            return iso(self._moment(number))
        if form == "byte":
            return base64.b64encode(seed[:12]).decode()
        if form == "ip":
            return f"192.0.2.{number % 250 + 1}"
        known = self._known(lower, number)
        return known if known is not None else f"{name or 'value'}-{seed.hex()[:10]}"

    def _moment(self, number: int) -> int:
        return self._world.end - DAY - number % (60 * DAY)

    def _known(self, lower: str, number: int) -> str | None:
        """Return the text of a property whose name says what it holds."""
        market = MARKETS[self._world.markets[0]].place
        sku = self._world.sku(number % self._world.sku_count)
        for ending, text in (
            ("marketplaceid", market.id), ("currencycode", market.currency), ("countrycode", market.country),
            ("currency", market.currency), ("asin", sku.asin), ("fnsku", sku.fnsku or sku.asin), ("msku", sku.code),
            ("sku", sku.code), ("email", "robin.marsh@example.com"), ("phone", "+1 206-555-0100"),
            ("url", "https://www.example.com/simulated"), ("uri", "https://www.example.com/simulated"),
            ("amount", amount(number % 100_000)), ("timezone", market.timezone), ("locale", market.language),
            ("sellerid", self._world.seller_id), ("postalcode", "98109"), ("quantity", str(1 + number % 50)),
        ):  # fmt: skip
            if lower.endswith(ending):
                return text
        return None


_TIMES = re.compile(r"(Date|Time|Timestamp|[a-z]At)$")


def _filters(call: Call) -> Iterator[tuple[str, str]]:
    """Yield what a request says of its rows: filters for one value."""
    paging = call.operation.paging
    machinery = {paging.token_in, paging.size} if paging is not None else set()
    for parameter in call.operation.parameters:
        name = parameter.name
        text = call.query.get(name, "") if parameter.location == "query" else ""
        if text and name not in machinery and "," not in text:
            yield name, text
            if parameter.type == "array":
                yield name.removesuffix("s"), text


@functools.cache
def _path_names(api: str) -> frozenset[str]:
    """Return the names of an API's path parameters, in lower case."""
    operations: tuple[Operation, ...] = tuple(spapi.api(api).operations)
    return frozenset(p.name.lower() for o in operations for p in o.parameters if p.location == "path")


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=32).digest()


def _below(seed: bytes, name: str) -> bytes:
    return hashlib.blake2b(name.encode(), key=seed, digest_size=32).digest()


def _number(shape: Shape, number: int) -> float | int:
    least = shape.minimum if shape.minimum is not None else 1
    most = shape.maximum if shape.maximum is not None else least + 99
    if shape.type == "integer" or (shape.format or "").startswith("int") or shape.multiple_of:
        step = shape.multiple_of or 1
        found = int(least) + number % (int(most) - int(least) + 1)
        return max(found // step * step, step)
    return round(least + (most - least) * (number % 10_000) / 10_000, 2)


def _fits(shape: Shape, text: str) -> bool:
    longest = len(text) if shape.max_length is None else shape.max_length
    fits = shape.pattern is None or re.search(shape.pattern, text) is not None
    return fits and (shape.min_length or 0) <= len(text) <= longest


def _fitted(shape: Shape, text: str) -> str:
    """Return a text within the lengths and the pattern of a shape."""
    if shape.pattern is not None and not re.search(shape.pattern, text):
        text = re.sub("[^A-Z0-9]", "", text.upper())
    if shape.max_length is not None:
        text = text[-shape.max_length :] if shape.max_length else ""
    return text.ljust(shape.min_length or 0, "0")
