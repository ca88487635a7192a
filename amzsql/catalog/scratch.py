"""Tables that are the connection's own: those of schema Temp, and tables NAME#TEMP.

Owns their names, and what a statement that reads one is bound to. Knows nothing of where their rows are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from amzsql.catalog.model import Table

SCHEMA, SUFFIX = "Temp", "#TEMP"
ROW = "rowid"
"""The hidden column that tells a row from the others as long as a transaction lasts."""


@dataclass(frozen=True, slots=True)
class ScratchTable(Table):
    """A table of the connection's own. `read` gives some of its columns, with all rows as they are now.

    `nullable`: the columns that may be null; `counting`: those that count by themselves.
    """

    read: Callable[[Sequence[str]], pa.Table] = field(kw_only=True, compare=False, hash=False, repr=False)
    nullable: frozenset[str] = field(kw_only=True)
    counting: frozenset[str] = field(kw_only=True)


def is_own(name: str) -> bool:
    """Tell whether a table's name is one of a table that lives with its connection alone."""
    return name.upper().endswith(SUFFIX)
