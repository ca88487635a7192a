"""Valid requests for any operation, made from the facts, and Amazon's own models to judge the answers by.

Keys are taken from what earlier answers held: an operation that asks for a shipmentId is given one that was seen.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from amzsql import spapi
from amzsql.spapi import harvest
from amzsql.spapi.model import Operation, Parameter, Shape
from amzsql.spapi.shapes import Types

MODELS = Path(__file__).parents[3] / "shared" / "spapi" / "models"
_EXAMPLES = (
    "US", "en_US", "2026-06-08", "2026-06-08T00:00:00Z", "UN3481", "9.1", "robin.marsh@example.com",
    "https://www.example.com/landing", "arn:aws:sqs:us-east-2:123456789012:orders", "1B2M2Y8AsgTpgAmY7PhCfg==", "11",
    "2026", "AFTN1", "ABC123", "0f0e0d0c-0b0a-4f0e-8d0c-0b0a09080706",
)  # fmt: skip


class Pool:
    """Keys that were seen in answers, by API and name: the newest first."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = {k.lower(): v for k, v in known.items()}
        self._seen: dict[tuple[str, str], list[str]] = {}

    def learn(self, api: str, body: Any) -> None:
        """Keep every text in a body whose name ends like a key."""
        for name, value in _leaves(body):
            if re.search(r"(?i)(id|number|asin|sku|name|type)$", name) and isinstance(value, str) and value:
                seen = self._seen.setdefault((api, _ALIASES.get(name.lower(), name.lower())), [])
                if value not in seen and not value.startswith("some-"):
                    seen.append(value)

    def candidates(self, api: str, name: str) -> list[str]:
        """Return the keys of that name: the known one, then those seen, of the same API first."""
        lower = _ALIASES.get(name.lower(), name.lower())
        known = [self._known[lower]] if lower in self._known else []
        found = []
        near = (api, *_NEAR.get(api, ()))
        for whose in (*near, *(a for a, n in self._seen if n == lower and a not in near)):
            seen = self._seen.get((whose, lower), [])
            found += [seen[-1], seen[0], seen[len(seen) // 2]] if seen else []
        return [*known, *found]


_ALIASES = {
    "amazonorderid": "orderid", "sellersku": "sku", "asins": "asin", "skus": "sku",
    "inputfeeddocumentid": "feeddocumentid", "datadocumentid": "documentid",
}  # fmt: skip

# APIs whose keys another one is asked with: they come before those of all the rest.
_DIRECT = "vendorDirectFulfillment"
_NEAR = {
    "vendorTransactionStatus": ("vendorOrders",),
    f"{_DIRECT}TransactionsV1": (f"{_DIRECT}OrdersV1",),
    f"{_DIRECT}Transactions_2021-12-28": (f"{_DIRECT}Orders_2021-12-28",),
    f"{_DIRECT}ShippingV1": (f"{_DIRECT}OrdersV1",),
    f"{_DIRECT}Shipping_2021-12-28": (f"{_DIRECT}Orders_2021-12-28",),
}


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _leaves(child, key)
    elif isinstance(value, list):
        for child in value:
            yield from _leaves(child, name.removesuffix("s"))
    else:
        yield name, value


class Maker:
    """Makes the parameters and the body of one operation's request."""

    def __init__(self, operation: Operation, pool: Pool, optional: bool = False, attempt: int = 0) -> None:
        self._operation, self._pool, self._optional, self._attempt = operation, pool, optional, attempt

    def path(self) -> str:
        """Return the path with its keys filled in."""
        path = self._operation.path
        for p in self._operation.parameters:
            if p.location == "path":
                path = path.replace(f"{{{p.name}}}", quote(self.text(p), safe=""))
        return path

    def query(self) -> dict[str, str]:
        """Return the required parameters, and one of each group of which one must be given."""
        wanted = {p.name for p in self._operation.parameters if p.required}
        if self._operation.paging is not None:
            wanted.discard(self._operation.paging.token_in)
        for group in self._operation.any_of:
            if not wanted & set(group):
                wanted.add(group[0])
        for first, second in self._operation.needs:
            if first.partition("=")[0] in wanted:
                wanted.add(second)
        for group in self._operation.exclusive:
            for extra in [n for n in group if n in wanted][1:]:
                wanted.discard(extra)
        return {p.name: self.text(p) for p in self._operation.parameters if p.location == "query" and p.name in wanted}

    def body(self) -> Any:
        """Return the smallest body that the facts allow, None where the operation takes none."""
        version = spapi.api(self._operation.api)
        shape = version.body(self._operation)
        return None if shape is None else self._value(version.types, shape, "", ())

    def text(self, p: Parameter) -> str:
        """Return a valid value of a parameter, as it stands in an address."""
        if p.enum:
            return p.enum[0]
        kind = p.item_type if p.type == "array" else p.type
        if kind == "boolean":
            return "true"
        if kind in ("integer", "number"):
            return str(int(max(p.minimum or 1, 1)))
        return self._string(p.name, p.format, p.pattern, p.min_length, p.max_length)

    def _string(self, name: str, form: str | None, pattern: str | None, least: int | None, most: int | None) -> str:
        names = (name, name.removesuffix("s"), name.removesuffix("List"))
        seen = [t for n in dict.fromkeys(names) for t in self._pool.candidates(self._operation.api, n)]
        fitting = [
            t
            for t in dict.fromkeys(seen)
            if (pattern is None or re.search(pattern, t)) and (least or 0) <= len(t) <= (most or len(t))
        ]
        if fitting:
            return fitting[self._attempt % len(fitting)]
        if form in ("date-time", "dateTime"):
            # What begins comes before what ends.
            return "2026-06-01T00:00:00Z" if re.match(r"start", name) else "2026-06-10T00:00:00Z"
        if form == "date":
            return "2026-06-10"
        if re.search(r"(?i)(before|end(date|time)?|to)$", name):
            return "2026-06-10T00:00:00Z"
        if re.search(r"(After|Since|[sS]tart|Date|Time|At)$", name):
            return "2026-06-01T00:00:00Z"
        if pattern is not None:
            fits = (e for e in _EXAMPLES if re.search(pattern, e.ljust(least or 0, "0")) and len(e) <= (most or len(e)))
            return next(fits, "A").ljust(least or 0, "0")
        return f"some-{name}"[: most or 200].ljust(least or 0, "x")

    def _value(self, types: Types, shape: Shape, name: str, above: tuple[str, ...]) -> Any:
        if shape.type == "ref" and shape.name is not None:
            above = (*above, shape.name)
        shape = types.resolve(shape)
        if shape.type == "object":
            names = [n for n, _ in shape.properties if n in shape.required]
            if self._optional and len(above) < 4:
                names = [n for n, s in shape.properties if s.name not in above]
            return {n: self._value(types, s, n, above) for n, s in shape.properties if n in names}
        if shape.type == "array":
            count = max(shape.min_items or 0, 1)
            return [self._value(types, shape.items or Shape("string"), name[:-1], above) for _ in range(count)]
        if shape.enum:
            return shape.enum[0]
        if shape.type == "boolean":
            return True
        if shape.type in ("integer", "number"):
            return int(max(shape.minimum or 1, 1))
        return self._string(name, shape.format, shape.pattern, shape.min_length, shape.max_length)


@functools.cache
def _models() -> Mapping[str, Any]:
    return harvest.documents(MODELS, harvest.NEWER)


def model(api: str) -> Any:
    """Return Amazon's own model of an API version, with what its SDK has before the model."""
    return _models()[api]


def schema(operation: Operation, status: int) -> Any | None:
    """Return the JSON schema of an operation's answer with that status, in Amazon's words; None if it has none."""
    found = model(operation.api)["paths"][operation.path][operation.method.lower()]["responses"]
    answer = found.get(str(status))
    if answer is None:
        raise LookupError(f"{operation.name} has no answer {status}")
    if "$ref" in answer:
        answer = model(operation.api)["responses"][answer["$ref"].rpartition("/")[2]]
    if "schema" not in answer:
        return None
    return {**answer["schema"], "definitions": model(operation.api).get("definitions", {})}


def violations(operation: Operation, status: int, body: bytes) -> list[str]:
    """Return how a body breaks Amazon's model, one line each; the first three."""
    from jsonschema import Draft4Validator

    expected = schema(operation, status)
    if expected is None:
        return [] if body in (b"", b"{}") else [f"a body where there is none: {body[:60]!r}"]
    if not body:
        return [] if status == 204 else ["no body"]
    errors = Draft4Validator(expected).iter_errors(json.loads(body))
    return sorted(f"{'.'.join(map(str, e.absolute_path))}: {e.message[-150:]}" for e in errors)[:3]
