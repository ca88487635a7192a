"""The arguments of a call -> the request that it sends, judged by the facts before anything is sent.

Owns which input a value is of, what a value becomes on the wire, and what is said of one that does not fit. Sends
nothing and reads no clock.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from amzsql import spapi
from amzsql.catalog import json_text
from amzsql.catalog.columns import pascal
from amzsql.catalog.procedures import Input, Procedure
from amzsql.errors import ProgrammingError, nearest
from amzsql.spapi import validate
from amzsql.spapi.bodies import ROOT
from amzsql.spapi.model import Operation, Shape
from amzsql.spapi.shapes import Types
from amzsql.sql.call import Arguments
from amzsql.transport import Request
from amzsql.transport.request import as_text

_SCRATCH = re.compile(r"\s*([^\W\d]\w*)#TEMP\s*", re.IGNORECASE)
_BODY = f"{ROOT}."
_FEW = 4
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
# Half of a character beyond 16 bits, which UTF-8 has no form for.
_LONE = re.compile("[\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?")
# What the reference's tables call a unit of measure.
_UNIT, _MEASURE = "Unit", "OfMeasure"
_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Home:
    """What a connection gives to a call: where a value is not said, and how local values are meant.

    `marketplaces` are the connection's ids, asked for only if they are needed; `key` makes a fresh one; `scratch` gives
    the rows of a table NAME#TEMP by column, or None where there is none of that name. `sandbox`: what is sent goes to
    Amazon's examples, some of which are of requests that say nothing.
    """

    marketplaces: Callable[[], tuple[str, ...]]
    seller: str | None
    zone: ZoneInfo
    key: Callable[[], str]
    scratch: Callable[[str], Sequence[Mapping[str, Any]] | None] = lambda _: None
    sandbox: bool = False


def request_of(procedure: Procedure, arguments: Arguments, home: Home) -> Request:
    """Return the request of a call.

    Raises:
        ProgrammingError: an input is missing or unknown, or its value does not fit; the message names it.
    """
    operation = spapi.operation(procedure.operation)
    sent = _sent(procedure, arguments, operation, home)
    for each in procedure.inputs:
        if each.default is not None and each not in sent:
            sent[each] = _default(procedure, each, operation, home)
    request = _request(procedure, operation, sent)
    _judge(procedure, request, home.sandbox)
    return request


def check_given(procedure: Procedure, arguments: Arguments, home: Home) -> None:
    """Raise ProgrammingError if a value does not fit, whatever else a call still lacks; the message names its input."""
    operation = spapi.operation(procedure.operation)
    request = _request(procedure, operation, _sent(procedure, arguments, operation, home))
    for problem in _problems(request):
        if problem.code != validate.MISSING:
            raise ProgrammingError(f"{procedure.name}: {_told(procedure, operation, problem)}")


def _sent(procedure: Procedure, arguments: Arguments, operation: Operation, home: Home) -> dict[Input, object]:
    """Return what is sent of each value that is given."""
    given = matched(procedure, arguments)
    return {i: _Value(procedure, i, operation, home).sent(v) for i, v in given.items()}


def _request(procedure: Procedure, operation: Operation, sent: Mapping[Input, object]) -> Request:
    """Return the request that says some values."""
    parameters: dict[str, object] = {}
    body: dict[str, Any] = {}
    # Objects first: their single fields go into them.
    for each, value in sorted(
        sent.items(), key=lambda pair: (not pair[0].whole, "".join(pair[0].targets[-1:]).count("."))
    ):
        for target in each.targets:
            if target.startswith(_BODY):
                _put(procedure, each, body, target.removeprefix(_BODY), value)
            else:
                parameters[target] = value
    declared = next((p for p in operation.parameters if p.location == "body"), None)
    return Request(operation, parameters, body if declared is not None and (body or declared.required) else None)


def matched(procedure: Procedure, arguments: Arguments) -> dict[Input, Any]:
    """Return the inputs with their values; NULL is as if it were not given.

    Raises:
        ProgrammingError: too many values, or an unknown name.
    """
    found: dict[Input, Any] = {}
    for place, (name, value) in enumerate(arguments):
        if name is None and place >= len(procedure.inputs):
            raise ProgrammingError(f"{procedure.name} takes {len(procedure.inputs)} inputs, not {len(arguments)}.")
        each = procedure.inputs[place] if name is None else procedure.input(name)
        if each is None:
            known = [i.name for i in procedure.inputs]
            told = nearest(str(name), known) or f" It has {_listed(known)}."
            raise ProgrammingError(f"{procedure.name} has no input {name}.{told}")
        if each in found:
            raise ProgrammingError(f"{procedure.name}: {each.name} is given twice, by its place and by its name.")
        if value is not None:
            found[each] = value
    return found


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 12 else f"{', '.join(names[:12])}, … ({len(names)})"


def _default(procedure: Procedure, each: Input, operation: Operation, home: Home) -> object:
    if each.default == "key":
        return home.key()
    if each.default == "seller":
        if not home.seller:
            raise ProgrammingError(f"{procedure.name} needs {each.name}: give it, or set the property SellerId.")
        return home.seller
    ids = home.marketplaces()
    most = next((p.max_items for p in operation.parameters if p.name in each.targets), None) if each.is_list else 1
    if most is not None and len(ids) > most:
        raise ProgrammingError(
            f"{procedure.name} needs {each.name}: the connection has several marketplaces ({', '.join(ids)}), and it"
            f" takes {'one' if most == 1 else most}."
        )
    return _as_list(each, ids) if each.is_list else ids[0]


def _as_list(each: Input, items: Sequence[object]) -> object:
    """Return a list as a parameter, or the body, takes it."""
    return list(items) if each.targets[0].startswith(_BODY) else tuple(items)


def _put(procedure: Procedure, each: Input, body: dict[str, Any], path: str, value: object) -> None:
    """Put a value where a path leads in the body; of a list on the way, into its first element."""
    here: Any = body
    *way, last = path.split(".")
    for step in way:
        name = step.removesuffix("[]")
        here = here.setdefault(name, [{}])[0] if step.endswith("[]") else here.setdefault(name, {})
        if not isinstance(here, dict):
            raise ProgrammingError(f"{procedure.name}: {each.name} is a field of {name}, which was given as no object.")
    if last in here:
        holder = next(i.name for i in procedure.inputs if i.whole and f"{_BODY}{path}".startswith(f"{i.targets[0]}."))
        raise ProgrammingError(f"{procedure.name}: {each.name} is given twice, by itself and within {holder}.")
    here[last] = value


# -- values ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Value:
    """One value on its way to one input."""

    procedure: Procedure
    input: Input
    operation: Operation
    home: Home

    def sent(self, value: Any) -> object:
        """Return what is sent of a value."""
        value = _plain(value)
        if self.input.is_list:
            found = _as_list(self.input, [self._scalar(item) for item in self._items(value)])
        else:
            found = self._nested(value) if self.input.type.name == "JSON" else self._scalar(value)
        if why := _unsendable(found):
            raise self._wrong(why)
        return found

    def _wrong(self, why: str) -> ProgrammingError:
        return ProgrammingError(f"{self.procedure.name}: {self.input.name} {why}.")

    def _items(self, value: Any) -> Sequence[Any]:
        if isinstance(value, str) and value.lstrip().startswith("["):
            value = self._decoded(value)
        elif isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        return value if isinstance(value, list | tuple) else [value]

    def _scalar(self, value: Any) -> object:
        name = self.input.type.name
        if isinstance(value, list | tuple | Mapping | bytes):
            raise self._wrong(f"takes one value, not a {type(value).__name__}")
        if name == "BOOLEAN":
            return self._boolean(value)
        if name in ("BIGINT", "DOUBLE"):
            return self._number(value, whole=name == "BIGINT")
        if name in ("DATE", "TIMESTAMP WITH TIME ZONE"):
            return self._time(value, day=name == "DATE")
        text = _text(value, self.home.zone)
        return next((e for e in self.input.enum if e.lower() == text.lower()), text)

    def _boolean(self, value: Any) -> bool:
        found = {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower())
        if found is None:
            raise self._wrong(f"takes TRUE or FALSE, not {value!r}")
        return found

    def _number(self, value: Any, *, whole: bool) -> int | float | Decimal:
        kind = "a whole number" if whole else "a number"
        try:
            number = value if isinstance(value, int | float) else Decimal(str(value).strip())
        except InvalidOperation:
            raise self._wrong(f"takes {kind}, not {value!r}") from None
        if isinstance(value, bool) or not _is_finite(number) or (whole and number != int(number)):
            raise self._wrong(f"takes {kind}, not {value!r}")
        return int(number) if whole or number == int(number) else number

    def _time(self, value: Any, *, day: bool) -> str:
        kind = "a date" if day else "a time"
        if isinstance(value, dt.date):
            return _text(_as_day(value) if day else _as_time(value), self.home.zone)
        text = str(value).strip()
        found = validate.instant(text) if isinstance(value, str) else None
        if found is None:
            raise self._wrong(f"takes {kind} in ISO form, such as {'2026-11-21' if day else '2026-11-21T12:00:00Z'}")
        # What names its zone goes as it is written; so does a date, which Amazon's own samples write with a time.
        said = dt.datetime.fromisoformat(text)
        if day:
            return text
        return text if said.tzinfo is not None else _text(said, self.home.zone)

    def _nested(self, value: Any) -> object:
        version = spapi.api(self.operation.api)
        body = version.body(self.operation)
        target = self.input.targets[0]
        shape = Shape("any")
        if body is not None and target.startswith(_BODY):
            shape = version.types.at(body, target.removeprefix(_BODY))
        if isinstance(value, str) and (scratch := _SCRATCH.fullmatch(value)):
            value = self._rows(scratch[1])
        elif isinstance(value, str):
            plain = shape.type == "any" and value.lstrip()[:1] not in tuple('[{"')
            value = value if plain else self._decoded(value)
        if shape.type == "array" and isinstance(value, dict | Mapping):
            value = [value]
        if shape.type == "object" and isinstance(value, list | tuple) and len(value) == 1:
            value = value[0]
        return fitted(version.types, shape, value, self._rows, self.home.zone)

    def _rows(self, name: str) -> list[Mapping[str, Any]]:
        found = self.home.scratch(name)
        if found is None:
            raise self._wrong(f"names the table {name}#TEMP, which this connection does not have")
        return list(found)

    def _decoded(self, text: str) -> Any:
        return decoded(f"{self.procedure.name}: {self.input.name}", text)


def decoded(what: str, text: str) -> Any:
    """Return JSON text as values, numbers with all their digits; ProgrammingError with the place of the fault."""
    try:
        return json_text.decoded(text)
    except ValueError as error:
        raise ProgrammingError(f"{what} {error}.") from None


def scratch_of(text: str) -> str:
    """Return the name of the scratch table that a text NAME#TEMP stands for, or an empty text."""
    found = _SCRATCH.fullmatch(text)
    return found[1] if found is not None else ""


def _is_finite(value: float | Decimal) -> bool:
    """Tell whether a number is one that a double can hold, if not all of its digits."""
    try:
        return math.isfinite(value)
    except (OverflowError, ValueError):  # a large int, a signalling NaN
        return False


def _unsendable(value: object) -> str:
    """Return why a value has no form on the wire, as a message goes on from its name; "" if it has."""
    if isinstance(value, str):
        return "" if value.isascii() or not _LONE.search(value) else "takes text, and this is none: half a character"
    if isinstance(value, float | Decimal):
        return "" if _is_finite(value) else f"takes finite numbers, not {value}"
    if isinstance(value, Mapping):
        value = [*value, *value.values()]
    return next(filter(None, map(_unsendable, value)), "") if isinstance(value, list | tuple) else ""


def _plain(value: Any) -> Any:
    """Return a value without numpy's or uuid's clothes."""
    scalar = getattr(value, "item", None)
    if callable(scalar) and not getattr(value, "shape", ()) and not isinstance(value, Mapping):
        return scalar()
    return str(value) if hasattr(value, "hex") and hasattr(value, "bytes") else value


def _as_day(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def _as_time(value: dt.date) -> dt.datetime:
    return value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day)


def _text(value: Any, zone: ZoneInfo) -> str:
    """Return a plain value as Amazon spells it; a time without a zone is meant in `zone`."""
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    return as_text(value)


def fitted(
    types: Types,
    shape: Shape,
    value: Any,
    rows: Callable[[str], list[Mapping[str, Any]]],
    zone: ZoneInfo,
) -> Any:
    """Return a nested value in Amazon's own spelling.

    Names are found without regard to case, and in a flat row by their path (``ShippedQuantityAmount``); a text
    NAME#TEMP where a list or an object belongs stands for that table's rows, JSON text for what it says. What is not
    found stays as it is.
    """
    here = types.resolve(shape)
    if isinstance(value, str) and here.type in ("array", "object") and (scratch := _SCRATCH.fullmatch(value)):
        found = rows(scratch[1])
        value = found if here.type == "array" else found[0] if found else {}
    elif isinstance(value, str) and here.type in ("array", "object") and value.lstrip()[:1] in ("[", "{"):
        value = decoded("A nested value", value)
    if isinstance(value, list | tuple):
        return [fitted(types, here.items or Shape("any"), item, rows, zone) for item in value]
    if isinstance(value, Mapping):
        return _object(types, here, value, rows, zone)
    if isinstance(value, dt.date):
        return _text(_as_day(value) if here.format == "date" else value, zone)
    if isinstance(value, bytes | bytearray | memoryview):
        raise ProgrammingError("A nested value is bytes, for which JSON has no form: give it as text.")
    if isinstance(value, str) and here.enum and value not in here.enum:
        return next((e for e in here.enum if e.lower() == value.lower()), value)
    return _typed(here.type, value)


def _typed(kind: str, value: Any) -> Any:
    """Return a plain value as its type in a body: tables of texts say numbers as texts, others texts as numbers."""
    if kind == "string" and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return as_text(value)
    if kind == "integer" and isinstance(value, float | Decimal) and _is_finite(value) and value == int(value):
        return int(value)
    if kind in ("integer", "number") and isinstance(value, str) and _NUMBER.fullmatch(value):
        number = Decimal(value)
        return int(number) if number == number.to_integral_value() else number if kind == "number" else value
    if kind == "boolean" and isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), value)
    return value


def _object(
    types: Types, shape: Shape, value: Mapping[str, Any], rows: Callable[[str], list[Mapping[str, Any]]], zone: ZoneInfo
) -> dict[str, Any]:
    known = dict(shape.properties)
    lower = {n.lower(): n for n in known}
    found: dict[str, Any] = {}
    for name, inner in value.items():
        own = name if name in known else lower.get(str(name).lower())
        if own is not None:
            found[own] = fitted(types, known[own], inner, rows, zone)
            continue
        path = _meant(str(name), types.paths(shape)) if known else ""
        if not path:
            found[str(name)] = fitted(types, shape.values or Shape("any"), inner, rows, zone)
        elif inner is not None:
            _deep(found, path.split("."), fitted(types, types.at(shape, path), inner, rows, zone))
    return found


def _meant(name: str, paths: tuple[str, ...]) -> str:
    """Return the path that a flat name means, or "": whole, or shortened as the reference's own tables have it.

    ``ShippedQuantityAmount`` is all of a path. ``Amount``, ``RegistrationType`` and ``AcknowledgedUnit`` leave words
    out: they are the last of a path and come in its order, and no other path as short has them.
    """
    whole = _flat_names(paths).get(name.lower(), "")
    if whole or not name[:1].isupper():
        return whole
    words = _words(f"{name}{_MEASURE}" if name.endswith(_UNIT) else name)
    fits = [(len(own), path) for path in paths if _stands_in(words, own := _words(pascal(path)))]
    least = min((length for length, _ in fits), default=0)
    short = [path for length, path in fits if length == least]
    return short[0] if len(short) == 1 else ""


@lru_cache(maxsize=256)
def _flat_names(paths: tuple[str, ...]) -> Mapping[str, str]:
    """Return paths by what they are called in a flat row, in small letters; of two of one name the first."""
    return {pascal(path).lower(): path for path in reversed(paths)}


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _stands_in(words: Sequence[str], whole: Sequence[str]) -> bool:
    """Tell whether words come in this order in others, the last of both being the same."""
    rest = iter(whole)
    return bool(words) and words[-1] == whole[-1] and all(word in rest for word in words)


def _deep(holder: dict[str, Any], steps: list[str], value: object) -> None:
    """Put a value where steps lead, of a list on the way into its first element."""
    for step in steps[:-1]:
        name = step.removesuffix("[]")
        holder = holder.setdefault(name, [{}])[0] if step.endswith("[]") else holder.setdefault(name, {})
    holder[steps[-1]] = value


# -- judging -----------------------------------------------------------------------------------------------------------


def _judge(procedure: Procedure, request: Request, sandbox: bool) -> None:
    """Raise if the facts say that Amazon would refuse the request."""
    operation = request.operation
    declared = {p.name: p for p in operation.parameters}
    missing = [i for i in procedure.inputs if i.required and _lacks(i, request, declared)]
    found = _problems(request)
    unknown = [p for p in found if _is_unknown(p)]
    absent = [p for p in found if p.code == validate.MISSING and not unknown]
    for problem in absent:
        missing += [i for i in _inputs_at(procedure, problem.parameter) if i not in missing]
    missing = missing or ([] if sandbox else _unsaid(procedure, request))
    if missing:
        names = [_or(_parts(procedure, i)) for i in missing]
        raise ProgrammingError(f"{procedure.name} needs {_and(names)}: no value is given.")
    for problem in sorted(found, key=lambda p: (not _is_unknown(p), p.code == validate.MISSING)):
        raise ProgrammingError(f"{procedure.name}: {_told(procedure, operation, problem)}")


def _problems(request: Request) -> list[validate.Problem]:
    """Return what the facts find wrong with a request."""
    declared = {p.name: p for p in request.operation.parameters}
    path: dict[str, str] = {}
    query: dict[str, list[str]] = {}
    for name, value in request.parameters.items():
        if declared[name].location == "path":
            path[name] = as_text(value)
        elif declared[name].location == "query":
            several = isinstance(value, tuple) and declared[name].style == "multi"
            query[name] = [as_text(v) for v in value] if several else [as_text(value)]  # type: ignore[attr-defined]
    body = None if request.body is None else msgspec.json.decode(_ENCODER.encode(request.body))
    return list(validate.problems(request.operation, path, query, body))


def _lacks(each: Input, request: Request, declared: Mapping[str, Any]) -> bool:
    """Tell whether a parameter that must be given is not; the body's fields are judged with the body."""
    return any(t in declared and t not in request.parameters for t in each.targets[:1])


def _inputs_at(procedure: Procedure, path: str) -> list[Input]:
    """Return the inputs that give what is missing at a path of the body; none if it is within one input's JSON."""
    target = f"{_BODY}{path}"
    exact = [i for i in procedure.inputs if target in i.targets]
    if exact and exact[0].whole:
        below = [i for i in procedure.inputs if i.required and i.targets[-1].startswith(f"{target}.")]
        return below or exact
    if not exact:
        return [i for i in procedure.inputs if i.required and i.targets[-1].startswith((f"{target}.", f"{target}[]."))]
    return exact


def _unsaid(procedure: Procedure, request: Request) -> list[Input]:
    """Return what a call needs that says nothing: Amazon takes an empty list, and does nothing."""
    if request.body != {}:
        empty = set(_empty_in_only(request.body))
        return [i for i in _of_only(procedure, request.operation) if i.targets[0].rpartition(".")[2] in empty]
    fields = [i for i in procedure.inputs if any(t.startswith(_BODY) for t in i.targets)]
    needed = [i for i in fields if i.required] or list(_of_only(procedure, request.operation))
    if needed or any(p.location == "path" for p in request.operation.parameters):
        return needed
    return fields if len(fields) == 1 else []


def _empty_in_only(body: Any) -> Iterator[str]:
    """Yield the fields that are empty lists in an object that is all of a body."""
    holders = list(body.values()) if isinstance(body, Mapping) else []
    if len(holders) == 1 and isinstance(holders[0], Mapping):
        yield from (name for name, value in holders[0].items() if value == [])


def _of_only(procedure: Procedure, operation: Operation) -> Iterator[Input]:
    """Yield what the only field of a body cannot be without, if that is an object."""
    version = spapi.api(operation.api)
    body = version.body(operation)
    fields = version.types.resolve(body).properties if body is not None else ()
    for name, shape in fields if len(fields) == 1 else ():
        for own in version.types.resolve(shape).required:
            yield from _inputs_at(procedure, f"{name}.{own}")


def _parts(procedure: Procedure, each: Input) -> list[str]:
    """Return the names of an object's own fields, if they are few; else its own."""
    below = [i.name for i in procedure.inputs if not i.whole and i.targets[-1].startswith(f"{each.targets[-1]}.")]
    return below if each.whole and 0 < len(below) <= _FEW else [each.name]


def _told(procedure: Procedure, operation: Operation, problem: validate.Problem) -> str:
    """Return a problem with the input that it is of."""
    place = (
        problem.parameter
        if any(p.name == problem.parameter for p in operation.parameters)
        else (f"{_BODY}{problem.parameter}")
    )
    fits = [i for i in procedure.inputs for t in i.targets if place == t or place.startswith((f"{t}.", f"{t}[]"))]
    if not fits:
        return f"{problem.message}."
    best = max(fits, key=lambda i: len(i.targets[-1]))
    known = _siblings(operation, problem.parameter) if _is_unknown(problem) else ()
    return f"{best.name}: {problem.message}.{nearest(problem.parameter.rpartition('.')[2], known)}"


def _is_unknown(problem: validate.Problem) -> bool:
    """Tell whether a problem is a field of the body that Amazon does not know."""
    return "has no field" in problem.message


def _siblings(operation: Operation, path: str) -> tuple[str, ...]:
    """Return the fields that are known where a path of the body leads."""
    version = spapi.api(operation.api)
    shape = version.body(operation)
    if shape is None:
        return ()
    try:
        holder = version.types.at(shape, path.rpartition(".")[0])
    except KeyError:
        return ()
    return tuple(name for name, _ in holder.properties)


def _or(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
