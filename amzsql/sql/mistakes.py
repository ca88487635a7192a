"""What a syntax error says: where in the statement, as it arrived, and what is wrong there, in plain words."""

from __future__ import annotations

import re
from typing import Any

from sqlglot.errors import ParseError, TokenError

from amzsql.errors import ProgrammingError

_TOLD = re.compile(r"Syntax error in line (\d+)(?:, column (\d+), at (.+?))?: (.*)", re.DOTALL)
_EXPECTING = re.compile(r"(?:Expecting|Expected) (.+?)(?: but got .*)?", re.DOTALL)
_ABOUT = re.compile(r"([A-Z_]{3,}) (.+?)\.?", re.DOTALL)
# What is quoted or a comment from its beginning to its end, or else an opening one (the group).
_QUOTED = re.compile(
    r"""'(?:[^']|'')*+'|"(?:[^"]|"")*+"|`[^`]*+`|\[[^\]]*+\]|\$(\w*)\$.*?\$\1\$|--[^\n]*+|/\*.*?\*/"""
    r"""|(?P<open>['"`[]|\$\w*\$|/\*)""",
    re.DOTALL,
)
_MOST = 40


def syntax_error(text: str, error: ParseError | TokenError) -> str:
    """Return what the parser's or tokenizer's error means, with the line and column of the statement's text."""
    if isinstance(error, TokenError):
        return f"Syntax error{_open(text, error)}"
    first: dict[str, Any] = error.errors[0] if error.errors else {}
    why = _words(str(first.get("description") or ""))
    found = str(first.get("highlight") or "")
    line, last = first.get("line"), first.get("col")
    if not isinstance(line, int) or not isinstance(last, int) or not found or "\n" in found:
        return f"Syntax error: {why}."
    return f"Syntax error {place(line, last - len(found) + 1, found)}: {why}."


def parse_error(text: str, error: ParseError | TokenError | ProgrammingError) -> ParseError:
    """Return sqlglot's error for tools that parse with its functions: they show `highlight`, `line` and `col`."""
    said = str(error) if isinstance(error, ProgrammingError) else syntax_error(text, error)
    told = _TOLD.match(said)
    if told is None:
        return _about(text, said)
    line, column, found, why = told.groups()
    return ParseError.new(
        said, description=why, highlight=found or why, line=int(line), col=int(column) if column else None
    )


def _about(text: str, said: str) -> ParseError:
    """Return the error that a word of the statement's begins, with the place of that word."""
    told = _ABOUT.fullmatch(said)
    found = told and re.search(rf"\b{told[1]}\b", text, re.IGNORECASE)
    if told is None or found is None:
        return ParseError.new(said, description=said, highlight=said)
    line, column = _at(text, found.start())
    return ParseError.new(said, description=said, highlight=f"{found[0]} ({told[2]})", line=line, col=column)


def place(line: int, column: int, found: str) -> str:
    """Return where something stands, counted from 1."""
    shown = found if len(found) <= _MOST else f"{found[:_MOST]}…"
    return f"in line {line}, column {column}, at {shown}"


def _words(description: str) -> str:
    expecting = _EXPECTING.fullmatch(description)
    if expecting is not None:
        return f"{expecting[1].replace('SENTINEL', 'the end')} was expected"
    if description.startswith("Required keyword"):
        return "something is missing after it"
    if "Unexpected token" in description or not description:
        return "this was not expected here"
    return re.sub(r"<Token [^>]*?text: ([^,>]*)[^>]*>|<class '[\w.]*?(\w+)'>", r"\1\2", description)


def _open(text: str, error: TokenError) -> str:
    """Return what the tokenizer could not read to its end."""
    begun = next((match for match in _QUOTED.finditer(text) if match["open"]), None)
    if begun is not None:
        line, column = _at(text, begun.start())
        rest = text[begun.start() :].partition("\n")[0]
        return f" {place(line, column, rest)}: the {begun['open']} is never closed."
    return ": " + " ".join(re.sub(r"\x1b\[\d+m", "", str(error)).split())[:300]


def _at(text: str, index: int) -> tuple[int, int]:
    """Return line and column, counted from 1."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)
