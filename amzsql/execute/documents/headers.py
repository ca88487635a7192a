"""Which column of a file is which: by its header in English, by the word that the marketplace has for it, by its place.

Knows nothing of values.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from amzsql.errors import DataError

from .model import Expected, Notes, wrong


def plain(text: str) -> str:
    """Return the spelling that headers are compared by: letters and digits alone, without case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum()) or folded.strip()


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a file: `names` in English as far as the words are known, `new` the places of unknown ones."""

    names: tuple[str, ...]
    new: tuple[int, ...] = ()

    def place(self, source: str) -> int | None:
        """Return where a column stands, by its exact name or else by its letters; None if it is not there."""
        if source in self.names:
            return self.names.index(source)
        wanted = plain(source)
        return next((n for n, name in enumerate(self.names) if plain(name) == wanted), None)


def header_of(cells: Sequence[str], expected: Expected, notes: Notes) -> Header:
    """Return what the cells of a first line say; DataError if they are no header of the type."""
    cells = _told_apart([cell.strip().lstrip("\ufeff") for cell in cells])
    known = expected.known
    if not known:
        return Header(tuple(cells))
    names, localized = _in_english(cells, expected)
    by_letters = {plain(name): name for name in reversed(known)}
    named = [by_letters.get(plain(name)) for name in names]
    # Words of any language have letters: a line with numbers in it is one of values.
    if not any(named) and any(_is_value(cell) for cell in cells):
        raise _no_headers(cells, expected)
    if (localized or named.count(None) * 2 > len(cells)) and None in named and _in_their_places(named, known):
        guessed = ", ".join(cell for cell, name in zip(cells, named, strict=True) if name is None)
        tell = (lambda _: None) if expected.by_position else notes.warn
        tell(
            f"{expected.report_type}: {guessed}: headers in a language whose words are not known; these columns were "
            "taken by their place."
        )
        return Header(tuple(known))
    if not any(named):
        raise _no_headers(cells, expected)
    found = tuple(n or cell for n, cell in zip(named, cells, strict=True))
    new = tuple(place for place, name in enumerate(named) if name is None and cells[place])
    notes.new = tuple(found[place] for place in new)
    _tell_missing(found, expected, notes)
    return Header(found, new)


def _no_headers(cells: Sequence[str], expected: Expected) -> DataError:
    first = ", ".join(cells)[:200]
    return wrong(expected, f"the document does not begin with the type's headers but with {first!r}", line=1)


def _is_value(cell: str) -> bool:
    return any(c.isdigit() for c in cell) and not any(c.isalpha() for c in cell)


def _told_apart(cells: Sequence[str]) -> list[str]:
    """Return the headers with those that come again numbered."""
    seen: dict[str, int] = {}
    found = []
    for cell in cells:
        seen[cell] = number = seen.get(cell, 0) + 1
        found.append(cell if number == 1 or not cell else f"{cell} ({number})")
    return found


def _in_english(cells: Sequence[str], expected: Expected) -> tuple[list[str], bool]:
    """Return the headers in English by the language that knows most of them, and whether it is another than English."""
    english = {plain(name) for name in expected.known}
    best, most, localized = list(cells), sum(plain(c) in english for c in cells), False
    for words in expected.words.values():
        named = _translated(cells, words, english)
        hits = sum(plain(n) in english for n in named)
        if hits > most:
            best, most, localized = named, hits, True
    return best, localized


def _translated(cells: Sequence[str], words: Mapping[str, str], english: set[str]) -> list[str]:
    meant: dict[str, list[str]] = {}
    for name, word in words.items():
        meant.setdefault(plain(word), []).append(name)
    found: list[str] = []
    taken = {plain(cell) for cell in cells} & english
    for cell in cells:
        choices = [] if plain(cell) in english else meant.get(plain(cell), [])
        name = next((n for n in choices if plain(n) not in taken), cell)
        taken.add(plain(name))
        found.append(name)
    return found


def _in_their_places(named: Sequence[str | None], known: Sequence[str]) -> bool:
    """Tell whether a header has as many columns as are known, and what is recognized stands where it should."""
    return len(named) == len(known) and all(n is None or n == k for n, k in zip(named, known, strict=True))


def _tell_missing(found: Sequence[str], expected: Expected, notes: Notes) -> None:
    missing = [c.source for c in expected.columns if c.source in expected.known and c.source not in found]
    if missing:
        notes.warn(f"{expected.report_type}: the document has no {', '.join(missing)}; there it is NULL.")
