"""Faults that a test can order: which call of which operation goes wrong, and how. Data; a seed replays it.

Owns the kinds, how they are written (TOML, JSON, a request's header) and which call each strikes. What a fault does to
an answer is in `spoiled`. Deterministic.
"""

from __future__ import annotations

import difflib
import fnmatch
import functools
import hashlib
import json
import threading
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from amzsql import spapi

Kind = Literal[
    "status", "html", "truncate", "expire", "loop", "empty", "duplicate", "reset", "cut", "gzip", "drip", "fatal",
    "stuck", "expired_url", "enum", "field", "missing", "number", "rate", "lost", "drop",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)
HEADER = "x-amzsql-fault"
# What is no operation: a pattern reaches it only by its first word.
_APART = ("lwa.", "documents.")
_NAMES_APART = ("lwa.token", "documents.get", "documents.put")
_CODES = MappingProxyType(
    {400: "InvalidInput", 403: "Unauthorized", 404: "NotFound", 429: "QuotaExceeded", 503: "ServiceUnavailable"}
)
# What a status is called on the API where the fault does not say.
API_CODES = frozenset({*_CODES.values(), "InternalFailure"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One disturbance of calls `nth` to `nth + times - 1` of the operations whose name matches a pattern.

    `times` 0 means for ever; of the calls that are meant each is struck with `probability`. The pattern reaches logins
    as ``lwa.token`` and documents as ``documents.get`` and ``documents.put``, but ``*`` means operations alone.

    status: an error answer with `status`, `code` and `headers`; `rate_header` False leaves x-amzn-RateLimit-Limit out.
    With `done` the call does first what it was to do: only its answer is the error.
    lost, drop: the connection is reset without a byte of an answer, after the call was carried out, or before.
    html: a page of HTML with status 200. expire: the access token has expired. rate: calls are let in `factor` times
    more slowly than the rate that is told, at all times.
    truncate: the first half of the body, as if it were whole. cut, reset: the connection ends, or is reset, after half
    of the body. gzip: a compressed body without its end. drip: `chunk` bytes, then `seconds` of silence, and so on.
    loop: the next page's token is this page's. empty: no rows, and a token that leads to them. duplicate: the page
    begins with the row that ended the page before.
    fatal, stuck: a report, feed or query that ends FATAL, or never ends; struck when it is created, or when it is read.
    expired_url: the address of a document that is handed out is over, or, for documents.get, the one that is called.
    enum, field, missing, number: a value that the model does not list, a property it does not know, one it requires
    left out, a number for a text; `property` says which one, without it the first that fits.
    """

    operation: str
    kind: Kind
    nth: int = 1
    times: int = 1
    status: int = 500
    code: str = "InternalFailure"
    headers: tuple[tuple[str, str], ...] = ()
    rate_header: bool = True
    probability: float = 1.0
    property: str = ""
    factor: float = 20.0
    seconds: float = 0.1
    chunk: int = 256
    done: bool = False

    def replaces(self) -> bool:
        """Tell whether the call is not carried out: something stands in place of its answer."""
        return self.kind in ("html", "expire", "drop") or (self.kind == "status" and not self.done)

    def meant(self, operation: str) -> bool:
        """Tell whether the pattern names that operation."""
        apart = next((a for a in _APART if operation.startswith(a)), "")
        return self.operation.startswith(apart) and fnmatch.fnmatchcase(operation, self.operation)

    def hits(self, operation: str, call: int) -> bool:
        """Tell whether the fault strikes that call (counted from one) of the operation, by its number."""
        late = self.times and call >= self.nth + self.times
        return call >= self.nth and not late and self.meant(operation)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Faults, and the seed that those with a probability are drawn from."""

    faults: tuple[Fault, ...] = ()
    seed: int = 1


def throttled(operation: str, nth: int = 1, *, header: bool = True, retry_after: int | None = None) -> Fault:
    """Return the fault of one 429, with or without the rate header, and with Retry-After in seconds."""
    headers = () if retry_after is None else (("Retry-After", str(retry_after)),)
    return Fault(operation, "status", nth, status=429, code="QuotaExceeded", headers=headers, rate_header=header)


class Faults:
    """Decides which call is struck: counts the calls of each operation from the moment the faults were set.

    ValueError for a fault whose pattern names nothing.
    """

    def __init__(self, scenario: Scenario) -> None:
        for fault in scenario.faults:
            _check_operation(fault.operation)
        self.scenario = scenario
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def strike(self, operation: str) -> Fault | None:
        """Count a call of an operation and return the fault that strikes it: the first that does."""
        if not self.scenario.faults:
            return None
        with self._lock:
            count = self._counts[operation] = self._counts.get(operation, 0) + 1
        for number, fault in enumerate(self.scenario.faults):
            if fault.kind != "rate" and fault.hits(operation, count) and self._drawn(number, fault, operation, count):
                return fault
        return None

    def slowdown(self, operation: str) -> float:
        """Return how many times more slowly than told calls of an operation are let in."""
        return next((f.factor for f in self.scenario.faults if f.kind == "rate" and f.meant(operation)), 1.0)

    def _drawn(self, number: int, fault: Fault, operation: str, count: int) -> bool:
        text = f"{self.scenario.seed} {number} {operation} {count}"
        drawn = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64
        return drawn < fault.probability


def load(path: str | Path) -> Scenario:
    """Read a scenario from a TOML or JSON file; ValueError in one line if it is none, OSError if it cannot be read."""
    try:
        text = Path(path).read_text("utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is no text but TOML or JSON is wanted: [[faults]] with operation and kind") from None
    try:
        data = json.loads(text) if text.lstrip()[:1] in ("{", "[") and not text.lstrip().startswith("[[") else None
        data = tomllib.loads(text) if data is None else data
    except ValueError as error:
        raise ValueError(
            f"{path} is neither TOML nor JSON: {error}. Write [[faults]] with operation and kind"
        ) from None
    try:
        return scenario(data)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def scenario(data: object) -> Scenario:
    """Return the scenario that data describes: ``{"seed": 1, "faults": [{"operation": …, "kind": …}]}`` or the list.

    ValueError says which fault is wrong, and the nearest names of what there is.
    """
    body: dict[str, Any] = data if isinstance(data, dict) else {"faults": data}
    unknown = sorted(set(body) - {"seed", "faults"})
    if unknown:
        raise ValueError(f"a scenario has seed and faults, not {unknown[0]!r}")
    rows, seed = body.get("faults", []), body.get("seed", 1)
    if not isinstance(rows, list) or not isinstance(seed, int):
        raise ValueError("faults is a list of tables with operation and kind, seed a whole number")
    found = []
    for number, row in enumerate(rows, 1):
        try:
            found.append(_fault(row))
        except ValueError as error:
            raise ValueError(f"fault {number}: {error}") from None
    return Scenario(tuple(found), seed)


def plain(given: Scenario) -> dict[str, Any]:
    """Return a scenario as data that `scenario` reads; what is as usual is left out."""
    usual = Fault("*", "status")
    names = [n for n in Fault.__dataclass_fields__ if n not in ("operation", "kind")]
    rows: list[dict[str, Any]] = []
    for fault in given.faults:
        # What follows from other options is told where it could follow otherwise.
        told = {"times", *(("status", "code") if fault.kind == "status" else ())}
        changed = {n: getattr(fault, n) for n in names if n in told or getattr(fault, n) != getattr(usual, n)}
        if "headers" in changed:
            changed["headers"] = dict(fault.headers)
        rows.append({"operation": fault.operation, "kind": fault.kind, **changed})
    return {"seed": given.seed, "faults": rows}


def of_header(text: str) -> Fault:
    """Return the fault that a request's header asks for: ``drip; seconds=0.01; chunk=100``, or a status: ``503``.

    ValueError says what is wrong, and the form.
    """
    kind, *options = (part.strip() for part in text.split(";"))
    pairs = [option.partition("=") for option in options if option]
    named = {name.strip(): value.strip() for name, _, value in pairs}
    try:
        return _fault({"operation": "*", **named, "kind": kind, "nth": 1, "times": 1})
    except ValueError as error:
        raise ValueError(f"{error}. Its form is a kind with options: {_FORM}") from None


_FORM = "`429`, `status; status=503; code=Busy`, `drip; seconds=0.1; chunk=100`, `reset`"


def _headers(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping):
        raise ValueError
    return tuple((str(n), str(v)) for n, v in value.items())


def _flag(value: object) -> bool:
    if str(value).lower() not in ("true", "false"):
        raise ValueError
    return str(value).lower() == "true"


def _count(value: object) -> int:
    number = int(str(value))
    if number < 0:
        raise ValueError
    return number


def _amount(value: object) -> float:
    number = float(str(value))
    if not 0 <= number < 1e9:
        raise ValueError
    return number


_READERS: Mapping[str, tuple[Callable[[Any], object], str]] = MappingProxyType(
    {
        "operation": (str, "a pattern of names"), "kind": (str, "a kind"), "nth": (_count, "a whole number"),
        "times": (_count, "a whole number, 0 for ever"), "status": (_count, "an HTTP status"),
        "code": (str, "a text"), "headers": (_headers, "a table of names and values"),
        "rate_header": (_flag, "true or false"), "probability": (_amount, "a number"),
        "property": (str, "a property's name"), "factor": (_amount, "a number"), "seconds": (_amount, "a number"),
        "chunk": (_count, "a whole number"), "done": (_flag, "true or false"),
    }
)  # fmt: skip


def _fault(row: object) -> Fault:
    """Return one fault from data; a kind that is a number is a status."""
    if not isinstance(row, Mapping):
        raise ValueError("it must be a table with operation and kind")
    given = dict(row)
    kind = str(given.get("kind", ""))
    if kind.isdecimal():
        given |= {"kind": "status", "status": kind}
    elif not kind:
        raise ValueError(f"kind is missing; there are {', '.join(KINDS)}")
    elif kind not in KINDS:
        raise ValueError(_unknown("fault", kind, KINDS))
    given.setdefault("operation", "*")
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in _READERS:
            raise ValueError(_unknown("option", str(name), tuple(_READERS)))
        reader, wanted = _READERS[name]
        try:
            values[name] = reader(value)
        except ValueError:
            raise ValueError(f"{name} must be {wanted}, not {value!r}") from None
    _check(values)
    _check_operation(values["operation"])
    # Who gives a probability means all calls from then on.
    values.setdefault("times", 0 if "probability" in values else 1)
    if values["kind"] == "status":
        values.setdefault("code", _CODES.get(values.get("status", 500), "InternalFailure"))
    return Fault(**values)


def _check(values: Mapping[str, Any]) -> None:
    for name, least, most in (
        ("status", 400, 599),
        ("probability", 0, 1),
        ("chunk", 1, 1 << 20),
        ("factor", 1, 1_000_000),
    ):
        if not least <= values.get(name, least) <= most:
            raise ValueError(f"{name} must be {_READERS[name][1]} from {least:,} to {most:,}, not {values[name]:g}")


def _unknown(what: str, name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.6)
    told = f"near: {', '.join(near)}" if near else f"there are {', '.join(known)}"
    return f"there is no {what} {name!r}; {told}"


@functools.cache
def _operations() -> tuple[str, ...]:
    """Return the names that a pattern may name."""
    return (*_NAMES_APART, *(o.name for o in spapi.all_operations()))


def _check_operation(pattern: str) -> None:
    """Raise ValueError, with the nearest names, for a pattern that names nothing."""
    if pattern == "*" or any(Fault(pattern, "status").meant(name) for name in _operations()):
        return
    near = difflib.get_close_matches(pattern, _operations(), n=3, cutoff=0.6)
    if not near:
        last = pattern.rpartition(".")[2]
        ends = difflib.get_close_matches(last, {n.partition(".")[2] for n in _operations()}, n=1, cutoff=0.6)
        near = [n for n in _operations() if n.partition(".")[2] in ends]
    told = ", ".join(near) if near else f"names are like sellers.getAccount, ordersV0.* or {', '.join(_NAMES_APART)}"
    raise ValueError(f"there is no operation {pattern!r}; {'near: ' if near else ''}{told}")
