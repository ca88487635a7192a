"""Values of nested documents -> columns: texts by path become arrays, unknown paths become JSON.

What JSON, XML and sheets have in common; knows nothing of their syntax.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from amzsql import types

from .model import Expected, Notes, misfit
from .spelling import Misfit, Speller


class Columns:
    """Makes batches of texts, a list for each wanted column; each column learns how it is spelt."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        self._spellers = [Speller(c.type, expected.country, expected.report_type) for c in expected.columns]

    def arrays(self, texts: Sequence[pa.Array], places: Sequence[str] | int) -> list[pa.Array]:
        """Return the columns' values. `places` names each row for errors, or is the number of the first row."""
        found = []
        for wanted, speller, array in zip(self._expected.columns, self._spellers, texts, strict=True):
            try:
                found.append(array if array.type == wanted.type.arrow else speller.convert(array))
            except Misfit as error:
                place = f"row {places + error.row:,}" if isinstance(places, int) else places[error.row]
                raise misfit(self._expected, wanted, error.text, place) from None
        return found


def shorn(path: str) -> str:
    """Return a path to the array that it passes through first, or to its value: without ``[]``."""
    return path.split("[]")[0]


def leaves(value: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the paths of what is no object, and the values there."""
    for name, inner in value.items():
        path = f"{at}.{name}" if at else name
        if isinstance(inner, Mapping) and inner:
            yield from leaves(inner, path)
        else:
            yield path, inner


class Unknown:
    """Notices paths that a type is not known to have."""

    def __init__(self, expected: Expected, notes: Notes) -> None:
        self._known = {shorn(path) for path in expected.known}
        self._above = {path.rsplit(".", n)[0] for path in self._known for n in range(1, path.count(".") + 1)}
        self._notes = notes

    def of(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a row has at unknown paths, and note them."""
        if not self._known:
            return {}
        # An object may be known as a whole, or have come empty where something below it is known.
        found = {p: v for p, v in leaves(row) if not self._is_known(p) and p not in self._above and v is not None}
        fresh = [path for path in found if path not in self._notes.new]
        if fresh:
            self._notes.new = (*self._notes.new, *fresh)
        return found

    def _is_known(self, path: str) -> bool:
        return any(path.rsplit(".", n)[0] in self._known for n in range(path.count(".") + 1))


def more(values: Sequence[Mapping[str, Any]]) -> pa.Array:
    """Return rows' unknown values as JSON texts, null where there is none."""
    return pa.array([msgspec.json.encode(v).decode() if v else None for v in values], types.JSON.arrow)
