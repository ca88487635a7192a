"""Amazon's static sandbox: answers that are looked up by what a request carries.

Owns the cases of a file and which of them a request means. Checks nothing of a request: the cases are made to hold
mistakes. Knows nothing of the simulated sellers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amzsql.spapi.model import Operation

from .call import CallError, dump
from .http import Answer

Key = tuple[str, str, str]
_WANTED = ("api", "method", "path", "request", "status", "response")


@dataclass(frozen=True, slots=True)
class Case:
    """What a request must carry, how much that is, and the answer."""

    parameters: Mapping[str, Any]
    size: int
    answer: Answer

    def meets(self, given: Mapping[str, str], body: Any) -> bool:
        """Tell whether a request carries all of the case's parameters."""
        return all(
            _within(value, body) if name == "body" else _same(value, given.get(name))
            for name, value in self.parameters.items()
        )


class Cases:
    """The cases of all operations, in the order of their file."""

    def __init__(self, cases: Mapping[Key, tuple[Case, ...]]) -> None:
        self._cases = cases

    def has(self, operation: Operation) -> bool:
        """Tell whether an operation has cases."""
        return operation.key in self._cases

    def answer(self, operation: Operation, given: Mapping[str, str], body: Any) -> Answer:
        """Return the answer of the most specific case that a request meets, the first of equals.

        `given` holds path and query parameters, lists joined by commas. CallError 400 if it meets none.
        """
        met = [c for c in self._cases.get(operation.key, ()) if c.meets(given, body)]
        if not met:
            raise CallError(400, "InvalidInput", "Could not match input arguments")
        return max(met, key=lambda c: c.size).answer


def load(path: str | Path) -> Cases:
    """Read cases, a JSON object a line; ValueError in one line if the file is something else, OSError without it."""
    found: dict[Key, tuple[Case, ...]] = {}
    try:
        text = Path(path).read_text("utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is no text: a file of sandbox cases has a JSON object in each line") from None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            raise ValueError(
                f"{path}:{number} is no JSON: a file of sandbox cases has an object in each line"
            ) from None
        missing = [n for n in _WANTED if n not in row] if isinstance(row, dict) else list(_WANTED)
        if missing or not isinstance(row["request"], dict) or not isinstance(row["status"], int):
            raise ValueError(f"{path}:{number} is no sandbox case: it needs {', '.join(_WANTED)}")
        key = (str(row["api"]), str(row["method"]).upper(), str(row["path"]))
        found[key] = (*found.get(key, ()), _case(row))
    if not found:
        raise ValueError(f"{path} holds no sandbox case")
    return Cases(found)


def _case(row: Mapping[str, Any]) -> Case:
    response, request = row["response"], row["request"]
    body = b"" if response is None or row["status"] == 204 else dump(response)
    told = (row.get("extra") or {}).get("responseHeaders") or {}
    headers = tuple((name, str(h.get("value", "")) if isinstance(h, dict) else str(h)) for name, h in told.items())
    return Case(request, _leaves(request), Answer(row["status"], body, headers))


def _leaves(value: Any) -> int:
    """Count what a case asks for: each value, and a list that must be empty."""
    if isinstance(value, dict):
        return sum(map(_leaves, value.values()))
    return (sum(map(_leaves, value)) or 1) if isinstance(value, list) else 1


def _same(wanted: Any, given: str | None) -> bool:
    """Compare a case's parameter to one that came as text."""
    if given is None:
        return False
    if isinstance(wanted, list):
        return {_text(w) for w in wanted} <= set(given.split(","))
    return _text(wanted) == given


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _within(wanted: Any, given: Any) -> bool:
    """Tell whether a body holds all that a case's body holds."""
    if isinstance(wanted, dict):
        return (isinstance(given, dict) or not wanted) and all(
            n in given and _within(v, given[n]) for n, v in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(given, list) and len(given) == len(wanted) and all(map(_within, wanted, given))
    return bool(wanted == given)
