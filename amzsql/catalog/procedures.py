"""Procedures: what EXEC calls. Each operation that is not a read is one, and so is each of the reference's.

Facts are never typed twice: inputs, their types and the columns of the results are drawn from `spapi`; a declaration
says only what the reference calls things, and what Amazon no longer has. Must not know how a call is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from amzsql import spapi
from amzsql.catalog.columns import leaves, pascal, renaming
from amzsql.catalog.procedures_declared import DECLARED, HARMLESS, Declared
from amzsql.catalog.registry import SCHEMAS
from amzsql.spapi.bodies import ROOT
from amzsql.spapi.model import Operation, Parameter, Shape
from amzsql.spapi.shapes import Types
from amzsql.types import BIGINT, BOOLEAN, DATE, DOUBLE, JSON, TIMESTAMP, VARCHAR, SqlType

Default = Literal["marketplaces", "seller", "key"]

SUCCESS = "Success"
FEED = "feed"
PREVIEW = ("mode", "VALIDATION_PREVIEW")
_TYPES = {"integer": BIGINT, "number": DOUBLE, "boolean": BOOLEAN, "string": VARCHAR}
_TIMES = {"date-time": TIMESTAMP, "dateTime": TIMESTAMP, "date": DATE}
# Headers whose own names are no names of inputs.
_HEADERS = {
    "x-amzn-IdempotencyKey": "IdempotencyKey",
    "x-amzn-idempotency-token": "IdempotencyKey",
    "x-amzn-shipping-business-id": "ShippingBusinessId",
    "x-amzn-fulfillment-service-id": "FulfillmentServiceId",
}
IDEMPOTENCY = "IdempotencyKey"
# What Amazon calls the marketplaces of a request.
_PLACES = frozenset(("marketplaceid", "marketplaceids", "destinationmarketplaces"))
_VERSION = re.compile(r"(ApiModel)?[-_]?V?\d{4}-\d{2}-\d{2}$|V\d+$")
# What is set to what the request says, whatever it was before: doing it twice is doing it once.
_SETS = re.compile(r"(put|update|set)[A-Z]")


@dataclass(frozen=True, slots=True)
class Input:
    """An input: its name, SQL type, and where its value goes.

    `targets` are parameters by Amazon's names and fields of the body by their paths (``body.shipTo.city``; in a list,
    the field of its first element: ``body.items[].sku``). `whole`: it is an object's JSON text, whose fields are inputs
    too. `is_list`: a list of plain values, as JSON text, with commas, or as a list. `default`: what it is without a
    value: the connection's marketplaces or SellerId, or a fresh key.
    """

    name: str
    type: SqlType
    targets: tuple[str, ...]
    required: bool = False
    whole: bool = False
    is_list: bool = False
    enum: tuple[str, ...] = ()
    default: Default | None = None

    @property
    def doc(self) -> str:
        """What goes where, as a sentence."""
        if not self.targets:
            return ""
        place = " and ".join(t.removeprefix(f"{ROOT}.") for t in self.targets)
        kind = ", a list" if self.is_list else ", as JSON" if self.type == JSON else ""
        known = f" One of {', '.join(self.enum)}." if self.enum else ""
        given = {
            "marketplaces": " Without it: the connection's marketplaces.",
            "seller": " Without it: the connection's SellerId.",
            "key": " Without it: a fresh one.",
        }
        return f"Amazon's {place}{kind}.{known}{given[self.default] if self.default else ''}"


@dataclass(frozen=True, slots=True)
class Output:
    """A column of a result: its name, its type, and the absolute path of its value; without one it is true."""

    name: str
    type: SqlType
    path: str


@dataclass(frozen=True, slots=True)
class ResultSet:
    """One of the results: the rows at a path of the answer, and their columns."""

    row_path: str
    columns: tuple[Output, ...]


# What became of each row of a feed.
OUTCOMES = (
    ResultSet(
        "",
        tuple(
            Output(name, kind, "")
            for name, kind in (
                ("MessageId", BIGINT), ("Item", VARCHAR), ("Outcome", VARCHAR), ("Code", VARCHAR),
                ("Message", VARCHAR), ("Issues", JSON),
            )
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure of one schema.

    `operation` is the facts' spelling of what it calls, "" where that is no single operation. `sets` are its results,
    the first always there. `writes`: it may change something at Amazon. `repeatable`: to call it twice is the same as
    once. `preview`: Amazon can be asked what it would say of the call. `removed`: Amazon no longer has what it called,
    and this is what to use instead; `own`: what runs it where that is more than one call.
    """

    schema: str
    name: str
    doc: str
    operation: str = ""
    inputs: tuple[Input, ...] = ()
    sets: tuple[ResultSet, ...] = ()
    writes: bool = True
    documented: bool = False
    repeatable: bool = False
    preview: bool = False
    removed: str = ""
    own: str = ""

    def input(self, name: str) -> Input | None:
        """Return the input of that name, compared without case, or None."""
        return next((i for i in self.inputs if i.name.lower() == name.lower()), None)


def names(schema: str) -> tuple[str, ...]:
    """Return the names of a schema's procedures, in alphabetical order."""
    return tuple(sorted((d.name for d in _all().values() if schema in d.schemas), key=str.lower))


def find(schema: str, name: str) -> Procedure | None:
    """Return the procedure of a schema and name, the latter compared without case, or None."""
    declared = _all().get(name.lower())
    return procedure(schema, declared.name) if declared is not None and schema in declared.schemas else None


def schemas_of(name: str) -> tuple[str, ...]:
    """Return the schemas that have a procedure of that name."""
    declared = _all().get(name.lower())
    return declared.schemas if declared is not None else ()


@cache
def procedure(schema: str, name: str) -> Procedure:
    """Return a procedure by its name as it is listed."""
    declared = _all()[name.lower()]
    if declared.removed or not declared.operation or declared.own == FEED:
        return Procedure(
            schema,
            declared.name,
            declared.doc,
            inputs=_own(declared),
            operation=declared.operation,
            sets=(
                ResultSet("", tuple(Output(n, kind, "") for n, kind, _ in declared.outputs)),
                *(OUTCOMES if declared.own == FEED else ()),
            ),
            documented=declared.documented,
            removed=declared.removed,
            own=declared.own,
            writes=not declared.reads,
        )
    operation = spapi.operation(declared.operation)
    inputs = (*_inputs(operation, declared), *_own(declared))
    return Procedure(
        schema,
        declared.name,
        declared.doc or f"Calls {operation.operation_id} ({operation.method} {operation.path}).",
        declared.operation,
        inputs,
        _sets(operation, declared),
        writes=not operation.read and operation.name not in HARMLESS,
        documented=declared.documented,
        repeatable=_is_repeatable(operation),
        preview=any(p.name == PREVIEW[0] and PREVIEW[1] in p.enum for p in operation.parameters),
        own=declared.own,
    )


@cache
def of_operation(schema: str, operation: str, element: str = "") -> Procedure:
    """Return the procedure of an operation; with `element`, the call with one element of that list in the body.

    The latter's inputs are the fields of the element in place of the list, beside all that is not in it.
    """
    names = sorted(d.name for d in _all().values() if d.operation == operation and not d.element and d.own != FEED)
    whole = procedure(schema, names[0])
    if not element:
        return whole
    listed = f"{ROOT}.{element}".removesuffix("[]")
    beside = [i for i in whole.inputs if i.targets[0] != listed]
    fields = list(_body(spapi.operation(operation), Declared("", operation, element=element)))
    known = sorted((*beside, *fields), key=lambda i: (not i.required, i.default is not None, i.whole))
    return replace(whole, inputs=tuple(known))


def _is_repeatable(operation: Operation) -> bool:
    """Tell whether to call an operation twice is the same as once: it sets a thing to a state, or changes nothing."""
    sets = operation.method == "PUT" and bool(_SETS.match(operation.operation_id))
    return sets or operation.name in HARMLESS


# -- names -------------------------------------------------------------------------------------------------------------


@cache
def _all() -> Mapping[str, Declared]:
    """Return every procedure by its name in lower case: the declared ones, then those of the other operations."""
    found = {d.name.lower(): d for d in DECLARED}
    claimed = {d.operation for d in DECLARED if not d.element and d.own != FEED}
    writing = [o for o in spapi.all_operations() if not o.read]
    families: dict[str, set[str]] = {}
    for operation in writing:
        families.setdefault(pascal(operation.operation_id).lower(), set()).add(_short(operation.api))
    taken = {_family(o) for o in writing if spelling(o) in claimed}
    for operation in sorted(writing, key=_age):
        if spelling(operation) in claimed:
            continue
        own = pascal(operation.operation_id)
        name = own if len(families[own.lower()]) == 1 else _short(operation.api) + own
        if _family(operation) in taken:  # a newer version of the same API has the shorter name
            name = _full(operation.api) + own
        taken.add(_family(operation))
        found[name.lower()] = Declared(name, spelling(operation), _schemas(operation))
    return found


def _family(operation: Operation) -> tuple[str, str]:
    """Return what the versions of one operation have in common."""
    return _short(operation.api), operation.operation_id.lower()


def _age(operation: Operation) -> tuple[bool, list[int], str]:
    """Return what sorts the newest version first: those with a date before those with a number."""
    numbers = [-int(n) for n in re.findall(r"\d+", operation.version)]
    return "-" not in operation.version, numbers, operation.api


def spelling(operation: Operation) -> str:
    """Return the name by which `spapi.operation` finds an operation: with its method where its id has several."""
    alike = [o for o in spapi.api(operation.api).operations if o.operation_id == operation.operation_id]
    return operation.name if len(alike) == 1 else f"{operation.name} {operation.method} {operation.path}"


def _short(api: str) -> str:
    """Return an API's name without its version, as it stands before a procedure's."""
    return pascal(_VERSION.sub("", api))


def _full(api: str) -> str:
    """Return an API's name with its version."""
    return pascal(re.sub(r"[-_]", "", api)) + ("" if re.search(r"\d", api) else "V1")


def _schemas(operation: Operation) -> tuple[str, ...]:
    partner = spapi.api(operation.api).partner
    central = {"seller": ("SellerCentral",), "vendor": ("VendorCentral",), None: ("SellerCentral", "VendorCentral")}
    return ("SellingPartner", *central[partner])


# -- inputs ------------------------------------------------------------------------------------------------------------


def _inputs(operation: Operation, declared: Declared) -> Iterator[Input]:
    """Yield a call's inputs, each name once: what must be given first, parameters before the body's fields."""
    found: dict[str, Input] = {}
    for each in (*_parameters(operation, declared), *_body(operation, declared)):
        known = found.get(each.name.lower())
        if known is None:
            found[each.name.lower()] = each
        elif known.targets[0] in _in_path(operation) and each.targets[0].count(".") == 1:
            # What the address names stands in the body once more.
            targets = (*known.targets, *each.targets)
            found[each.name.lower()] = Input(known.name, known.type, targets, True, default=known.default)
    yield from sorted(found.values(), key=lambda i: (not i.required, i.default is not None, i.whole))


def _own(declared: Declared) -> tuple[Input, ...]:
    """Return the inputs that no operation tells of."""
    places = "MarketplaceIds" if declared.own == FEED else ""
    return tuple(
        Input(name, kind, (), required, is_list=name == places, default="marketplaces" if name == places else None)
        for name, kind, required in declared.inputs
    )


def _in_path(operation: Operation) -> set[str]:
    return {p.name for p in operation.parameters if p.location == "path"}


def _parameters(operation: Operation, declared: Declared) -> Iterator[Input]:
    body = spapi.api(operation.api).body(operation)
    beside = {pascal(n).lower() for n, _ in spapi.api(operation.api).types.resolve(body).properties} if body else set()
    rename = renaming(declared.names)
    for p in operation.parameters:
        if p.location == "body":
            continue
        name = _HEADERS.get(p.name) or pascal(p.name)
        # Two things of one name: the one that is no part of the body is told by where it stands.
        name = f"{name}Parameter" if p.location == "query" and name.lower() in beside else name
        is_list = p.type == "array"
        kind = _TYPES.get(p.item_type or "string" if is_list else p.type, VARCHAR)
        kind = _TIMES.get(p.format or "", kind) if kind == VARCHAR else kind
        yield Input(
            rename(p.name, name) or name,
            kind,
            (p.name,),
            p.required,
            is_list=is_list,
            enum=p.enum,
            default=_default(p.name, p.required, name),
        )


def _default(field: str, required: bool, name: str) -> Default | None:
    if name == IDEMPOTENCY:
        return "key"
    if not required:
        return None
    return "marketplaces" if field.lower() in _PLACES else ("seller" if field == "sellerId" else None)


def _body(operation: Operation, declared: Declared) -> Iterator[Input]:
    version = spapi.api(operation.api)
    shape = version.body(operation)
    if shape is None:
        return
    at = f"{ROOT}.{declared.element}" if declared.element else ROOT
    shape = version.types.at(shape, declared.element) if declared.element else shape
    yield from _below(version.types, shape, at, "", True, (), declared)


def _below(
    types: Types, shape: Shape, root: str, path: str, needed: bool, above: tuple[str, ...], declared: Declared
) -> Iterator[Input]:
    """Yield the fields of an object: plain ones, lists, and objects whole and by their own fields."""
    if shape.type == "ref" and shape.name:
        above = (*above, shape.name)
    here, rename = types.resolve(shape), renaming(declared.names)
    for field, child in here.properties:
        at = f"{path}.{field}".lstrip(".")
        required = needed and field in here.required
        below = types.resolve(child)
        nested = bool(below.properties) and not (child.type == "ref" and child.name in above)
        name = rename(at, pascal(at))
        if name is not None:
            yield _field(types, name, f"{root}.{at}", below, required, nested, top=not path and not declared.element)
        if nested and below.type == "object":
            yield from _below(types, child, root, at, required, above, declared)


def _field(types: Types, name: str, target: str, shape: Shape, required: bool, nested: bool, *, top: bool) -> Input:
    element = types.resolve(shape.items) if shape.type == "array" and shape.items is not None else None
    is_list = element is not None and element.type in _TYPES
    plain = element if is_list and element is not None else shape
    kind = _TYPES.get(plain.type, JSON)
    kind = _TIMES.get(plain.format or "", kind) if kind == VARCHAR else kind
    whole = nested and shape.type == "object"
    default = _default(target.rpartition(".")[2], required and top, name)
    return Input(name, kind, (target,), required and not whole, whole, is_list, plain.enum, default)


# -- results -----------------------------------------------------------------------------------------------------------


def _sets(operation: Operation, declared: Declared) -> tuple[ResultSet, ...]:
    """Return the results: the answer's object or list, then each list of objects within the object."""
    row = operation.row_path if operation.row_kind in ("object", "array") else ""
    version = spapi.api(operation.api)
    shape = version.response(operation)
    main = tuple(_columns(operation, row, declared)) if shape is not None else ()
    first = ResultSet(row, main or (Output(SUCCESS, BOOLEAN, ""),))
    if shape is None or row.endswith("[]") or declared.outputs:
        return (first,)
    holder = version.types.at(shape, row)
    lists = (n for n, c in holder.properties if n not in _MACHINERY and _holds_objects(version.types, c))
    inner = (f"{row}.{name}[]".lstrip(".") for name in lists)
    sets = (ResultSet(path, tuple(_columns(operation, path, Declared("")))) for path in inner)
    return (first, *(s for s in sets if s.columns))


_MACHINERY = ("errors",)


def _columns(operation: Operation, row: str, declared: Declared) -> Iterator[Output]:
    known = leaves(operation, row)
    if declared.outputs:
        kinds = {leaf: kind for leaf, _, kind, _ in known}
        for name, kind, path in declared.outputs:
            at = f"{row}.{path}".lstrip(".") if path else ""
            yield Output(name, kinds.get(path, kind), at)
        return
    for leaf, name, kind, _ in known:
        if leaf.partition(".")[0] not in _MACHINERY:
            yield Output(name, kind, f"{row}.{leaf}".lstrip("."))


def _holds_objects(types: Types, shape: Shape) -> bool:
    here = types.resolve(shape)
    return here.type == "array" and here.items is not None and bool(types.resolve(here.items).properties)


def every(schemas: Sequence[str] = SCHEMAS) -> Iterator[Procedure]:
    """Yield the procedures of some schemas, by schema and name."""
    for schema in schemas:
        for name in names(schema):
            yield procedure(schema, name)


def parameter_of(operation: Operation, target: str) -> Parameter | None:
    """Return the parameter that a target names, None for a field of the body."""
    return next((p for p in operation.parameters if p.name == target and p.location != "body"), None)
