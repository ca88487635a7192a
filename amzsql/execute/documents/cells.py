"""Cells of a flat file, read strictly: quotes, and how many cells a line has.

Owns what a quote is and what a ragged line is. A text that is ambiguous is an error of its line, never a guess: a line
with too few cells may be half of one that holds a line break. Knows nothing of columns' types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .model import Expected, wrong

# A line or a quoted cell longer than this is not one.
LONGEST = 16 << 20
_QUOTE, _BREAK = 0x22, 0x0A
Signs = np.ndarray[tuple[int], np.dtype[np.uint8]]
Places = np.ndarray[tuple[int], np.dtype[np.intp]]


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of a row, and the line that it begins in."""

    line: int
    cells: list[str]


def sound_end(text: bytes, sign: bytes) -> tuple[int, bool]:
    """Return where the last record ends that is not inside quotes, and whether every quote until there is sound.

    A sound quote opens a cell at its start, closes one at its end, or is doubled within. The text begins a record.
    """
    signs = np.frombuffer(text, np.uint8)
    quotes = np.flatnonzero(signs == _QUOTE)
    breaks = np.flatnonzero(signs == _BREAK)
    if not len(quotes):
        return (int(breaks[-1]) + 1 if len(breaks) else 0), True
    outside = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
    end = int(outside[-1]) + 1 if len(outside) else 0
    return end, _are_sound(signs, quotes[quotes < end] if end else quotes, sign)


def is_sound(text: bytes, sign: bytes) -> bool:
    """Tell whether every quote of a text of whole records is sound."""
    signs = np.frombuffer(text, np.uint8)
    quotes = np.flatnonzero(signs == _QUOTE)
    return len(quotes) % 2 == 0 and _are_sound(signs, quotes, sign)


def _are_sound(signs: Signs, quotes: Places, sign: bytes) -> bool:
    if not len(quotes):
        return True
    opening, closing = quotes[::2], quotes[1::2]
    before = signs[opening - 1]
    opens = (opening == 0) | (before == ord(sign)) | (before == _BREAK)
    opens[1:] |= opening[1:] == closing[: len(opening) - 1] + 1
    after = signs[np.minimum(closing + 1, len(signs) - 1)]
    closes = (closing == len(signs) - 1) | (after == ord(sign)) | (after == _BREAK) | (after == _QUOTE)
    closes |= (after == 0x0D) & (signs[np.minimum(closing + 2, len(signs) - 1)] == _BREAK)
    return bool(opens.all() and closes.all())


class Cells:
    """How the cells of one document are parted and quoted. `width`: how many a row has, once the header is known."""

    def __init__(self, sign: bytes, quoted: bool, expected: Expected) -> None:
        self.sign = sign
        self.quoted = quoted
        self.width = 0
        self._expected = expected
        mark = re.escape(sign.decode())
        # A cell and what ends it; of a quoted cell the text stands in the first group.
        self._quoted = re.compile(rf'"([^"]*+(?:""[^"]*+)*+)"({mark}|\r?\n|\Z)')
        self._bare = re.compile(rf"([^{mark}\n]*)({mark}|\n|\Z)")

    def records(self, text: bytes, line: int, *, final: bool = True) -> Iterator[Record]:
        """Yield the rows of a text of whole records, UTF-8, whose first line has that number.

        `final`: the text ends with a whole record. Raises DataError with line and column.
        """
        rows = self._quoted_rows(text, line, final=final) if self.quoted else self._bare_rows(text, line)
        for record, _ in rows:
            # A line without anything is no row, unless that is all a row has.
            if record.cells == [""] and self.width != 1:
                continue
            yield self._even(record)

    def end(self, text: bytes, line: int) -> int:
        """Return where the last whole record of a text ends that has quotes in odd places; 0 if none does."""
        return max((end for _, end in self._quoted_rows(text, line, final=False)), default=0)

    def _bare_rows(self, text: bytes, line: int) -> Iterator[tuple[Record, int]]:
        lines = text.split(b"\n")
        if not lines[-1]:
            lines.pop()
        for number, one in enumerate(lines):
            yield Record(line + number, one.removesuffix(b"\r").decode().split(self.sign.decode())), 0

    def _quoted_rows(self, raw: bytes, line: int, *, final: bool) -> Iterator[tuple[Record, int]]:
        """Yield the records and where each ends, in bytes."""
        text = raw.decode("latin-1")  # a byte a letter: places are places in the bytes
        at = 0
        while at < len(text):
            cells: list[str] = []
            begun = line
            ended = False
            while not ended:
                found = (self._quoted if text.startswith('"', at) else self._bare).match(text, at)
                if found is None:
                    if not final and self._is_open(text, at):
                        return
                    raise self._unbalanced(text, at, line, len(cells))
                quoted = text.startswith('"', at)
                ended = found[2] != self.sign.decode()
                bare = found[1].removesuffix("\r") if ended else found[1]
                cells.append(found[1].replace('""', '"') if quoted else bare)
                line += found[0].count("\n")
                at = found.end()
                if not found[2] and not final:
                    return
            yield Record(begun, [cell.encode("latin-1").decode() for cell in cells]), at

    def _is_open(self, text: str, at: int) -> bool:
        """Tell whether the quote at a place is not closed within the text, or by its last letter."""
        return len(text) <= LONGEST and re.compile(r'"[^"]*+(?:""[^"]*+)*+"?\r?\Z').match(text, at) is not None

    def _unbalanced(self, text: str, at: int, line: int, cell: int) -> Exception:
        closed = re.compile(r'"[^"]*+(?:""[^"]*+)*+"').match(text, at)
        how = "is followed by other text where it closes" if closed else "is never closed"
        return wrong(self._expected, f"a quote {how}", column=self._name(cell), line=line)

    def _name(self, cell: int) -> str:
        known = self._expected.known
        return known[cell] if len(known) == self.width and cell < len(known) else str(cell + 1)

    def _even(self, record: Record) -> Record:
        width, cells = self.width, record.cells
        if not width or len(cells) == width:
            return record
        if len(cells) > width and not any(cells[width:]):
            return Record(record.line, cells[:width])
        at = self._name(min(len(cells), width) - 1)
        raise wrong(
            self._expected, f"the line has {len(cells)} cells where {width} belong", column=at, line=record.line
        )
