"""What the engine tells of sums over several currencies: which of a table's columns, and the currencies.

Owns the function that the sums call while they are computed, and the sentence that is made of it. Knows nothing of how
a sum is watched, nor whether a mixture is a warning or an error.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pyarrow as pa

from amzsql.sql.currency import BIT, KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator


# A currency's bit: the numbers begin at 1, and what is not known has 0.
_KNOWN = ", ".join(f"'{code}'" for code in KNOWN)
MACRO = (
    f"CREATE MACRO {BIT}(currency) AS"
    f" CAST(1 AS BIGINT) << CAST(coalesce(list_position([{_KNOWN}], currency), 0) AS BIGINT)"
)


class Currencies:
    """Notes mixed currencies by what is summed. The engine calls it from its own threads."""

    PARAMETERS = ("VARCHAR", "VARCHAR", "VARCHAR", "BIGINT")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, set[str]] = {}
        self._told: dict[str, int] = {}

    def note(self, labels: pa.Array, lowest: pa.Array, highest: pa.Array, bits: pa.Array) -> pa.Array:
        """Note groups of rows: what was summed, its lowest and highest currency, and all that are known, as bits."""
        with self._lock:
            for row in zip(*(column.to_pylist() for column in (labels, lowest, highest, bits)), strict=True):
                label, low, high, known = row
                among = {code for number, code in enumerate(KNOWN, 1) if (known or 0) >> number & 1}
                self._found.setdefault(label, set()).update({low, high} | among)
        return pa.array([True] * len(labels), pa.bool_())

    def news(self) -> Iterator[str]:
        """Yield a sentence for each mixture of which more is known than was told before."""
        with self._lock:
            for label, codes in self._found.items():
                if len(codes) > self._told.get(label, 0):
                    self._told[label] = len(codes)
                    yield f"{label}: mixed currencies: {', '.join(sorted(codes))}. {_REMEDY}"

    def clear(self) -> None:
        """Forget what was noted."""
        with self._lock:
            self._found.clear()
            self._told.clear()


_REMEDY = "The sum adds them as they are: group by the currency column, or keep one currency by a filter."
