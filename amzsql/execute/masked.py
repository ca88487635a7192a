"""Which masked columns a statement reads, writes or compares: what is said of it, and what is refused (MaskPII)."""

from __future__ import annotations

from collections.abc import Iterator

from amzsql.errors import ProgrammingError
from amzsql.sql.binding import Bound


def masked_columns(bound: Bound) -> list[str]:
    """Return the masked columns that a statement reads, by table and column."""
    return [f"{ref.table.name}.{c.name}" for ref in bound.scans for c in ref.columns if c.name in ref.table.masked]


def refuse_masked(bound: Bound) -> None:
    """Raise ProgrammingError if what a statement writes to Amazon would come out of masked columns."""
    if names := masked_columns(bound):
        raise ProgrammingError(
            f"{', '.join(names)} is masked (MaskPII), and what stands in its place must not be written to Amazon or "
            "decide what is. Nothing was sent."
        )


def compared_masks(bound: Bound) -> Iterator[str]:
    """Yield a warning for each masked column that a statement compares with values."""
    for ref in bound.scans:
        for name in sorted(n for n, d in ref.domains.items() if n in ref.table.masked and not d.is_any and not d.keys):
            what = "a hash" if name in ref.table.hashed else "NULL"
            yield f"{ref.table.name}.{name} is masked (MaskPII): the condition on it is about {what}, not the value."
