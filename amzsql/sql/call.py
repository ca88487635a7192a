"""EXEC, EXECUTE and CALL: the text of a statement -> the call of a procedure, with its arguments as Python values.

A grammar of our own: what sqlglot makes of EXEC differs from version to version. Knows nothing of procedures.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from amzsql import types
from amzsql.errors import ProgrammingError

Kind = Literal["run", "explain", "analyze"]
Arguments = tuple[tuple[str | None, Any], ...]
"""(name, or None for one by its place; value)"""

_SPACE = r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*"
_START = re.compile(
    rf"{_SPACE}(?P<explain>EXPLAIN\b{_SPACE}(?P<analyze>ANALYZE\b{_SPACE})?)?"
    rf"(?:(?:EXEC|EXECUTE|CALL)\b|(?P<brace>\{{{_SPACE}CALL\b))",
    re.IGNORECASE | re.DOTALL,
)
_BLANK = re.compile(_SPACE, re.DOTALL)
_WORD = re.compile(r"[^\W\d]\w*")
_QUOTED = re.compile(r'"((?:[^"]|"")+)"|`((?:[^`]|``)+)`|\[([^\]]+)\]')
_MARKER = re.compile(r"\?|[@:$][^\W\d]\w*")
_STRING = re.compile(r"[Nn]?'((?:[^']|'')*)'")
_NUMBER = re.compile(r"[+-]?\s*(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?!\w)", re.ASCII)
_SCRATCH = re.compile(r"[^\W\d]\w*#TEMP\b", re.IGNORECASE)
_TIMES = ("DATE", "TIMESTAMP", "TIMESTAMPTZ", "DATETIME")
_CONSTANTS: Mapping[str, object] = {"TRUE": True, "FALSE": False, "NULL": None}


@dataclass(frozen=True, slots=True)
class Marker:
    """The place of a parameter: its name in lower case, or its number from 0 for ``?``."""

    name: str | int


@dataclass(frozen=True, slots=True)
class Call:
    """A parsed call: the procedure's schema ("" if none is written) and name, and its arguments in their order."""

    kind: Kind
    schema: str
    name: str
    arguments: Arguments


def parse_call(text: str) -> Call | None:
    """Return a statement as a call; None if it is a statement of another kind.

    Raises:
        ProgrammingError: a syntax error, with its place.
    """
    found = _START.match(text)
    if found is None:
        return None
    kind: Kind = "run" if not found["explain"] else "analyze" if found["analyze"] else "explain"
    return _Reader(text, found.end()).call(kind, braced=found["brace"] is not None)


def bound_arguments(call: Call, parameters: Sequence[Any] | Mapping[str, Any] | None) -> Arguments:
    """Return the arguments with the parameters' values in their places.

    Raises:
        ProgrammingError: too few or too many values, or a name without one.
    """
    if parameters is not None and not isinstance(parameters, Mapping | Sequence):
        raise ProgrammingError(
            f"The parameters are of type {type(parameters).__name__}: give a sequence for ?, or a mapping for @name."
        )
    markers = [m for _, value in call.arguments for m in _markers(value)]
    by_place = [m for m in markers if isinstance(m.name, int)]
    if by_place and len(by_place) != len(markers):
        raise ProgrammingError("Use either ? or named parameters (@name, :name), not both.")
    if isinstance(parameters, Mapping):
        values: dict[str | int, Any] = {str(k).lstrip("@:$").lower(): v for k, v in parameters.items()}
    elif markers and not by_place:
        raise ProgrammingError("Give a mapping of values for @name and :name, a sequence for ?.")
    else:
        given = parameters or ()
        if isinstance(given, str | bytes) or len(given) != len(markers):
            raise ProgrammingError(f"The statement has {len(markers)} parameters, but {len(given)} values are given.")
        values = dict(enumerate(given))
    if by_place and isinstance(parameters, Mapping):
        raise ProgrammingError("Give a mapping of values for @name and :name, a sequence for ?.")
    for marker in markers:
        if marker.name not in values:
            raise ProgrammingError(f"No value is given for parameter {marker.name}.")
    return tuple((name, _filled(value, values)) for name, value in call.arguments)


def _markers(value: Any) -> list[Marker]:
    if isinstance(value, list):
        return [m for item in value for m in _markers(item)]
    return [value] if isinstance(value, Marker) else []


def _filled(value: Any, values: Mapping[str | int, Any]) -> Any:
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    return types.parameter(values[value.name]) if isinstance(value, Marker) else value


class _Reader:
    """Reads a call from a place in the text on; each method leaves the place behind what it has read."""

    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self._at = at
        self._places = 0

    def call(self, kind: Kind, *, braced: bool) -> Call:
        schema, name = "", self._name("the procedure's name")
        if self._sign("."):
            schema, name = name, self._name("the procedure's name")
        closed = self._sign("(")
        arguments = self._arguments(")" if closed else "}" if braced else "")
        if closed:
            self._expect(")")
        if braced:
            self._expect("}")
        while self._sign(";"):
            pass
        if self._at < len(self._text):
            raise self._wrong("the end of the statement was expected")
        return Call(kind, schema, name, arguments)

    def _arguments(self, end: str) -> Arguments:
        found: list[tuple[str | None, Any]] = []
        self._skip()
        if self._at == len(self._text) or self._text[self._at] in (end or ";"):
            return ()
        while True:
            name = self._argument_name()
            if name is None and found and found[-1][0] is not None:
                raise self._wrong("an argument without a name cannot follow one that has a name")
            if name is not None and any(n is not None and n.lower() == name.lower() for n, _ in found):
                raise self._wrong(f"{name} is given twice")
            found.append((name, self._value()))
            if not self._sign(","):
                return tuple(found)

    def _argument_name(self) -> str | None:
        """Read ``name =``, ``@name =`` or ``name =>`` if it stands here."""
        self._skip()
        start = self._at
        quoted, word = _QUOTED.match(self._text, start), re.compile(r"@?([^\W\d]\w*)").match(self._text, start)
        found = quoted or word
        if found is not None:
            self._at = found.end()
            if self._sign("=>") or self._sign("="):
                return _unquoted(found) if quoted else found[1]
        self._at = start
        return None

    def _value(self) -> Any:
        self._skip()
        if found := self._take(_STRING):
            return found[1].replace("''", "'")
        if found := self._take(_NUMBER):
            text = re.sub(r"\s", "", found[0])
            return int(text) if re.fullmatch(r"[+-]?\d+", text) else Decimal(text)
        if found := self._take(_MARKER):
            if found[0] != "?":
                return Marker(found[0][1:].lower())
            self._places += 1
            return Marker(self._places - 1)
        if self._sign("["):
            return self._list()
        if found := self._take(_SCRATCH):
            return found[0]
        start = self._at
        word = self._take(_WORD)
        if word is not None and word[0].upper() in _CONSTANTS:
            return _CONSTANTS[word[0].upper()]
        if word is not None and word[0].upper() in _TIMES:
            return self._time(word[0].upper())
        self._at = start
        raise self._wrong("a value was expected: text in single quotes, a number, TRUE, FALSE, NULL, or a parameter")

    def _list(self) -> list[Any]:
        found: list[Any] = []
        while not self._sign("]"):
            if found:
                self._expect(",")
            found.append(self._value())
        return found

    def _time(self, kind: str) -> dt.date:
        self._skip()
        start = self._at
        text = self._take(_STRING)
        if text is None:
            raise self._wrong(f"{kind} is followed by a text in single quotes")
        try:
            return dt.date.fromisoformat(text[1]) if kind == "DATE" else dt.datetime.fromisoformat(text[1].strip())
        except ValueError:
            self._at = start
            raise self._wrong(f"{text[0]} is no {kind.lower()} in ISO form") from None

    def _name(self, what: str) -> str:
        self._skip()
        if found := self._take(_QUOTED):
            return _unquoted(found)
        if found := self._take(_WORD):
            return found[0]
        raise self._wrong(f"{what} was expected")

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        return found

    def _sign(self, sign: str) -> bool:
        self._skip()
        if not self._text.startswith(sign, self._at):
            return False
        self._at += len(sign)
        self._skip()
        return True

    def _expect(self, sign: str) -> None:
        if not self._sign(sign):
            raise self._wrong(f"{sign} was expected")

    def _skip(self) -> None:
        found = _BLANK.match(self._text, self._at)
        self._at = found.end() if found is not None else self._at

    def _wrong(self, why: str) -> ProgrammingError:
        line = self._text.count("\n", 0, self._at) + 1
        column = self._at - (self._text.rfind("\n", 0, self._at) + 1) + 1
        here = self._text[self._at : self._at + 20].split("\n", 1)[0]
        near = f", at {here!r}" if here else ", at the end"
        return ProgrammingError(
            f"Syntax error in line {line}, column {column}{near}: {why}. A call reads EXEC Name Input = value, …"
        )


def _unquoted(found: re.Match[str]) -> str:
    double, back, brackets = found.groups()
    if double is not None:
        return str(double).replace('""', '"')
    return str(back).replace("``", "`") if back is not None else str(brackets)
