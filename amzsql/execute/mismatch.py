"""What the engine says of a call whose arguments have other types than the function takes, in one line or two.

Knows the form of the engine's messages, and nothing of statements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_CALL = re.compile(
    r"(?:No function matches the given name and argument types '|"
    r"Could not choose a best candidate function for the function call \")"
    r"(?P<name>[^(]+)\((?P<types>.*?)\)['\"]\. .*?\n\s*Candidate functions:\n(?P<candidates>.*)",
    re.DOTALL,
)
_CANDIDATE = re.compile(r'^\s*"?(?:[^"(]+)"?\((?P<parameters>.*)\) -> .*$', re.MULTILINE)
_NAMED = re.compile(r'(?:"[^"]*"|\*?\w+) (?=.)')
_LITERALS = {"STRING_LITERAL": "VARCHAR", "INTEGER_LITERAL": "INTEGER"}
_MOST = 5


def shortened(message: str) -> str:
    """Return a message with the calls that fit best in the place of all that there are; others as they are."""
    found = _CALL.search(message)
    if found is None:
        return message
    name, given = found["name"].strip('"'), [_LITERALS.get(t, t) for t in _parts(found["types"])]
    ambiguous = message.startswith("Could not choose")
    known = list(dict.fromkeys(_candidates(found["candidates"])))
    known.sort(key=lambda types: -_likeness(types, given))
    shown = [_call(name, types) for types in known[:_MOST]]
    more = ", …" if len(known) > len(shown) else ""
    said = "could mean several things" if ambiguous else "is not available"
    return (
        f"{_call(name, tuple(given))} {said}: there is {', '.join(shown)}{more}.\n"
        "Write CAST(… AS type) around an argument of another type."
    )


def _candidates(text: str) -> Iterator[tuple[str, ...]]:
    """Yield the types of each function's parameters."""
    for found in _CANDIDATE.finditer(text):
        parts = [part for part in _parts(found["parameters"]) if part not in ("/", "*")]
        yield tuple(_NAMED.sub("", part, count=1) if _NAMED.match(part) else part for part in parts)


def _parts(text: str) -> list[str]:
    """Return what commas separate outside of parentheses."""
    found, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return [part.strip() for part in found if part.strip()]


def _likeness(types: tuple[str, ...], given: list[str]) -> int:
    """Return how alike a function's types are to those given: as many, and then each of the same."""
    same = sum(one == other for one, other in zip(types, given, strict=False))
    return same + (len(given) + 1 if len(types) == len(given) else 0)


def _call(name: str, types: tuple[str, ...]) -> str:
    """Return a call by its types, operators between theirs."""
    if not name[:1].isalpha() and len(types) == 2:
        return f"{types[0]} {name} {types[1]}"
    return f"{name}({', '.join(types)})"
