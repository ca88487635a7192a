"""Judge a request by the facts: what Amazon would refuse before it looks at any data.

Owns the rules for parameters and bodies: known, required, typed, within their limits, in allowed combinations and
windows. Must not know who asks: the simulator answers 400 with it, a test proves the driver's requests with it. Headers
are not judged. The wording is ours.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from amzsql.spapi import api
from amzsql.spapi.model import Operation, Parameter, Shape, Window
from amzsql.spapi.shapes import Types

INVALID = "InvalidInput"
MISSING = "MissingParameter"

Query = Mapping[str, Sequence[str]]


class _Limits(Protocol):
    """What parameters and shapes have in common."""

    @property
    def enum(self) -> tuple[str, ...]: ...
    @property
    def minimum(self) -> float | None: ...
    @property
    def maximum(self) -> float | None: ...
    @property
    def min_length(self) -> int | None: ...
    @property
    def max_length(self) -> int | None: ...
    @property
    def pattern(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason to refuse a request: the parameter (or body path), Amazon's kind of code, and why."""

    parameter: str
    code: str
    message: str


def problems(
    operation: Operation,
    path: Mapping[str, str],
    query: Query,
    body: object | None = None,
    *,
    now: float | None = None,
) -> tuple[Problem, ...]:
    """Return every reason to refuse a request; none if it is valid.

    `path` and `query` are decoded; a csv list is one value with commas, a multi list several values. `body` is the
    decoded JSON, None without one. `now`, seconds since the epoch, judges windows; without it they are not judged.
    """
    found = [
        *_unknown(operation, path, query),
        *_values(operation, path, query),
        *_groups(operation, query),
        *_token(operation, query),
        *_body(operation, body),
    ]
    if now is not None:
        for window in operation.windows:
            found += _window(window, query, datetime.fromtimestamp(now, UTC))
    # A value may break the same rule twice: as a parameter and as the end of a window, or in two items of a list.
    return tuple(dict.fromkeys(found))


def known(operation: Operation, body: Any) -> Any:
    """Return a request's body without what Amazon passes over: fields that it does not know, and null values.

    Where none is taken, an empty object is none: many clients send one with every POST.
    """
    version = api(operation.api)
    shape = version.body(operation)
    if shape is None:
        return None if body == {} else body
    return _known(version.types, shape, body)


def _known(types: Types, shape: Shape, value: Any) -> Any:
    shape = types.resolve(shape)
    if shape.type == "array" and isinstance(value, list):
        return [_known(types, shape.items or Shape("any"), item) for item in value]
    if shape.type != "object" or not isinstance(value, dict):
        return value
    inner = {n: shape.property(n) or shape.values for n in value}
    free = not shape.properties
    return {
        n: child if below is None else _known(types, below, child)
        for n, child in value.items()
        if ((below := inner[n]) is not None or free) and (child is not None or free)
    }


def _unknown(operation: Operation, path: Mapping[str, str], query: Query) -> Iterator[Problem]:
    for location, given in (("path", path), ("query", query)):
        known = {p.name for p in operation.parameters if p.location == location}
        for name in given:
            if name not in known:
                yield Problem(name, INVALID, f"{operation.name} has no {location} parameter {name}")


def _values(operation: Operation, path: Mapping[str, str], query: Query) -> Iterator[Problem]:
    for p in operation.parameters:
        if p.location == "path":
            given: Sequence[str] = (path[p.name],) if p.name in path else ()
        elif p.location == "query":
            given = query.get(p.name, ())
        else:
            continue
        if given:
            yield from _parameter(operation, p, given)
        elif p.required:
            yield Problem(p.name, MISSING, f"{operation.name} needs {p.name}")


def _parameter(operation: Operation, p: Parameter, given: Sequence[str]) -> Iterator[Problem]:
    if len(given) > 1 and p.style != "multi":
        yield Problem(p.name, INVALID, f"{p.name} is given {len(given)} times; a list is one value with commas")
        return
    if p.type != "array":
        # Where the model limits a page too, the limit is told once.
        yield from tuple(_scalar(p.name, p.type, p.format, given[0], p)) or _page_size(operation, p.name, given[0])
        return
    items = list(given) if p.style == "multi" else given[0].split(",")
    yield from _length(p.name, len(items), p.min_items, p.max_items)
    for item in items:
        yield from _scalar(p.name, p.item_type or "string", p.format, item, p)


def _page_size(operation: Operation, name: str, text: str) -> Iterator[Problem]:
    paging = operation.paging
    if paging is None or paging.size != name:
        return
    # Rows are counted in whole numbers, whatever the model says of the type.
    size = _number("integer", text)
    if size is None:
        yield Problem(name, INVALID, f"{name} must be an integer, not {text}")
    elif size < 1 or (paging.size_max is not None and size > paging.size_max):
        yield Problem(name, INVALID, f"{name} must lie between 1 and {paging.size_max}, not {text}")


def _length(name: str, count: int, least: int | None, most: int | None) -> Iterator[Problem]:
    if most is not None and count > most:
        yield Problem(name, INVALID, f"{name} takes at most {most} values, not {count}")
    if least is not None and count < least:
        yield Problem(name, INVALID, f"{name} takes at least {least} values, not {count}")


def _scalar(name: str, kind: str, form: str | None, text: str, limits: _Limits) -> Iterator[Problem]:
    """Judge a value that came as text."""
    if text == "":
        yield Problem(name, INVALID, f"{name} has an empty value")
    elif kind == "boolean" and text.lower() not in ("true", "false"):  # Amazon's own SDK writes True
        yield Problem(name, INVALID, f"{name} must be true or false, not {text}")
    elif kind in ("integer", "number"):
        number = _number(kind, text)
        if number is None:
            yield Problem(name, INVALID, f"{name} must be an {kind}, not {text}".replace("an number", "a number"))
        else:
            yield from _range(name, number, limits)
    elif kind == "string":
        yield from _string(name, form, text, limits)
    if limits.enum and text and text not in limits.enum:
        yield Problem(name, INVALID, f"{name} cannot be {text}; it is one of {', '.join(limits.enum)}")


def _number(kind: str, text: str) -> float | None:
    pattern = r"-?\d{1,18}" if kind == "integer" else r"-?\d+(\.\d+)?([eE][+-]?\d+)?"
    number = float(text) if re.fullmatch(pattern, text, re.ASCII) else None
    return number if number is not None and abs(number) <= _LARGEST else None


def _range(name: str, number: float, limits: _Limits) -> Iterator[Problem]:
    if limits.minimum is not None and number < limits.minimum:
        yield Problem(name, INVALID, f"{name} must be at least {limits.minimum:g}, not {number:g}")
    if limits.maximum is not None and number > limits.maximum:
        yield Problem(name, INVALID, f"{name} must be at most {limits.maximum:g}, not {number:g}")


def _string(name: str, form: str | None, text: str, limits: _Limits) -> Iterator[Problem]:
    if form in ("date-time", "dateTime", "date") and instant(text) is None:
        yield Problem(name, INVALID, _no_time(name, form, text))
    if limits.max_length is not None and len(text) > limits.max_length:
        yield Problem(name, INVALID, f"{name} takes at most {limits.max_length} characters, not {len(text)}")
    if limits.min_length is not None and len(text) < limits.min_length:
        yield Problem(name, INVALID, f"{name} takes at least {limits.min_length} characters, not {len(text)}")
    if limits.pattern is not None and not _regex(limits.pattern).search(text):
        yield Problem(name, INVALID, f"{name} does not look as it must ({limits.pattern})")


def _no_time(name: str, form: str, text: str) -> str:
    return f"{name} must be an ISO 8601 {form}, not {text}"


_regex = functools.lru_cache(maxsize=256)(re.compile)


def instant(text: str) -> datetime | None:
    """Return an ISO 8601 time, or the start of a date, in UTC where it names no zone; None if it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _groups(operation: Operation, query: Query) -> Iterator[Problem]:
    for group in operation.any_of:
        if not any(query.get(n) for n in group):
            yield Problem(group[0], MISSING, f"{operation.name} needs one of {', '.join(group)}")
    for group in operation.exclusive:
        given = [n for n in group if query.get(n)]
        if len(given) > 1:
            yield Problem(given[1], INVALID, f"{' and '.join(given)} cannot be given together")
    for first, second in operation.needs:
        if _holds(first, query) and not query.get(second):
            yield Problem(second, MISSING, f"{second} must be given with {first}")


def _holds(condition: str, query: Query) -> bool:
    """Tell whether a parameter is given, or has the value that follows its name."""
    name, equals, value = condition.partition("=")
    given = query.get(name, ())
    return value in given if equals else bool(given)


def _token(operation: Operation, query: Query) -> Iterator[Problem]:
    """Judge what accompanies a page's token."""
    paging = operation.paging
    if paging is None or not paging.token_in or not query.get(paging.token_in):
        return
    for name, value in paging.extra:
        if list(query.get(name, ())) != [value]:
            yield Problem(name, INVALID, f"{name} must be {value} beside {paging.token_in}")
    if paging.alone:
        allowed = {paging.token_in, *paging.keep, *(n for n, _ in paging.extra)}
        for name in query:
            if name not in allowed:
                yield Problem(name, INVALID, f"{name} cannot be given beside {paging.token_in}")


def _window(window: Window, query: Query, now: datetime) -> Iterator[Problem]:
    if window.when is not None and not _holds(window.when, query):
        return
    after, before = _bounds(window, query)
    given = [(n, text) for n, text in ((window.after, after), (window.before, before)) if n and text]
    wrong = [(n, text) for n, text in given if instant(text) is None]
    for name, text in wrong:
        yield Problem(name, INVALID, _no_time(name, "date-time", text))
    if wrong:
        return
    start, end = (instant(after) if after else None), (instant(before) if before else None)
    if start is not None and window.after is not None:
        yield from _start(window, window.after, start, now)
    if end is not None and window.before is not None:
        yield from _end(window, window.before, start, end, now)


def _bounds(window: Window, query: Query) -> tuple[str, str]:
    """Return the texts of a window's two ends, empty where not given."""
    first, last = ("".join(query.get(n or "", ())[:1]) for n in (window.after, window.before))
    if window.after == window.before and first:
        start, _, end = first.partition("--")
        return start, end or "missing"
    return first, last


# The slots of appointments lie ahead; all other windows are of things that were.
_AHEAD = ("startTime", "endTime")


def _start(window: Window, name: str, start: datetime, now: datetime) -> Iterator[Problem]:
    if start > now and (window.after, window.before) != _AHEAD:
        yield Problem(name, INVALID, f"{name} lies in the future")
    if window.horizon is not None and not window.silent and (now - start).total_seconds() > window.horizon:
        yield Problem(name, INVALID, f"{name} lies more than {window.horizon / 86400:g} days back")


def _end(window: Window, name: str, start: datetime | None, end: datetime, now: datetime) -> Iterator[Problem]:
    if window.lag and (now - end).total_seconds() < window.lag:
        yield Problem(name, INVALID, f"{name} must lie at least {window.lag:g} seconds before now")
    if start is None:
        return
    if end < start:
        yield Problem(name, INVALID, f"{name} lies before {window.after}")
    if window.longest is not None and not window.silent and (end - start).total_seconds() > window.longest:
        yield Problem(name, INVALID, f"{name} lies more than {window.longest / 86400:g} days after {window.after}")


def _body(operation: Operation, body: object | None) -> Iterator[Problem]:
    declared = next((p for p in operation.parameters if p.location == "body"), None)
    if declared is None:
        if body is not None:
            yield Problem("body", INVALID, f"{operation.name} takes no body")
        return
    if body is None:
        if declared.required:
            yield Problem(declared.name, MISSING, f"{operation.name} needs a body")
        return
    version = api(operation.api)
    shape = version.body(operation)
    if shape is not None:
        yield from _node(version.types, shape, body, "")


def _node(types: Types, shape: Shape, value: Any, path: str) -> Iterator[Problem]:
    shape = types.resolve(shape)
    name = path or "body"
    expected = _PYTHON.get(shape.type)
    if expected is not None and (
        not isinstance(value, expected) or (isinstance(value, bool) and shape.type != "boolean")
    ):
        yield Problem(name, INVALID, f"{name} must be of type {shape.type}")
    elif shape.type == "object":
        yield from _object(types, shape, value, path)
    elif shape.type == "array":
        yield from _length(name, len(value), shape.min_items, shape.max_items)
        if shape.unique and any(item in value[:n] for n, item in enumerate(value)):
            yield Problem(name, INVALID, f"{name} holds a value twice")
        for item in value:
            yield from _node(types, shape.items or Shape("any"), item, f"{path}[]")
    elif shape.type == "string":
        yield from _string(name, shape.format, value, shape)
        if shape.enum and value not in shape.enum:
            yield Problem(name, INVALID, f"{name} cannot be {value}; it is one of {', '.join(shape.enum)}")
    elif shape.type in ("integer", "number"):
        # Neither infinity nor what is no number is at most the largest.
        if not abs(value) <= _LARGEST:
            yield Problem(name, INVALID, f"{name} is larger than any number that is counted with")
            return
        yield from _range(name, value, shape)
        if shape.multiple_of is not None and value % shape.multiple_of:
            yield Problem(name, INVALID, f"{name} must be a multiple of {shape.multiple_of}")


# The largest that 64 bits hold; what comes close to the end of a float cannot be counted with any more.
_LARGEST = 1 << 63
_PYTHON: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def _object(types: Types, shape: Shape, value: dict[str, Any], path: str) -> Iterator[Problem]:
    for name in shape.required:
        if name not in value:
            yield Problem(_below(path, name), MISSING, f"{_below(path, name)} is missing from the body")
    for name, child in value.items():
        known = shape.property(name) or shape.values
        if known is not None:
            yield from _node(types, known, child, _below(path, name))
        elif shape.properties:
            yield Problem(_below(path, name), INVALID, f"the body has no field {_below(path, name)}")


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
