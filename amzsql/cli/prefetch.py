"""Statements of a file run for the documents they leave in the memo: their rows are read and thrown away.

Knows the driver's public surface only. A statement that fails does not keep the others from running.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from amzsql.cli import running
from amzsql.cli.running import say
from amzsql.errors import Error, ProgrammingError

if TYPE_CHECKING:
    from amzsql.connection import Connection

# What a semicolon may stand in without ending a statement.
_WORDS = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/|;|[^'\"`\[;/-]+|.", re.DOTALL
)
_SHOWN = 60


def statements(text: str) -> Iterator[str]:
    """Yield the statements of a text, which semicolons separate; those of nothing but comments are left out."""
    words: list[str] = []
    for word in [*_WORDS.findall(text), ";"]:
        if word != ";":
            words.append(word)
            continue
        if any(w.strip() and not w.startswith(("--", "/*")) for w in words):
            yield "".join(words).strip()
        words = []


def read(file: Path) -> list[str]:
    """Return the statements of a file; ProgrammingError if there are none."""
    try:
        found = list(statements(file.read_text("utf-8")))
    except OSError as error:
        raise ProgrammingError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ProgrammingError(f"{file} is not text in UTF-8") from error
    if not found:
        raise ProgrammingError(f"{file} has no statement")
    return found


def check(connection: Connection) -> None:
    """Raise ProgrammingError if nothing would be kept."""
    if not connection.settings.report_memo:
        raise ProgrammingError(
            "prefetch fills the memo of documents, and there is none: set ReportMemo to the days that they are kept "
            "for, here (--set ReportMemo=1) and where they are to answer."
        )
    if connection.runtime.state.path is None:
        raise ProgrammingError(
            "prefetch keeps documents in the state folder, and this connection has none: its state is in memory "
            "(the simulator's always is; else see StateLocation)."
        )


def fill(connection: Connection, texts: list[str], *, quiet: bool = False) -> int:
    """Run the statements one after the other and return how many failed; what each did is said."""
    failed = 0
    for number, text in enumerate(texts, 1):
        name = f"{number} of {len(texts)}: {_short(text)}"
        clock = connection.runtime.clock
        began = clock.now()
        try:
            with running.running(connection, quiet=quiet) as cursor:
                cursor.execute(text)
                rows = sum(batch.num_rows for batch in cursor.fetch_record_batch())
                kept, cost = cursor.stats.kept if cursor.stats else 0, cursor.stats
        except Error as error:
            failed += 1
            say(f"{name}: {error}", kind="error")
            continue
        if not quiet:
            say(f"{name}: {running.figures(rows, cost, clock.now() - began)}; {_told(kept)}")
    return failed


def _told(kept: int) -> str:
    if kept:
        return f"{kept} document{'s' if kept > 1 else ''} in the memo"
    return "no document in the memo: it reads no report, not all of one (LIMIT), or one that may hold personal data"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
