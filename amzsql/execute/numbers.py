"""The numbers of elements among their equals: what tells rows apart to which Amazon gives no id.

A source's path says how: after ``Events[]#`` follow the fields that equals share (``Events[]#OrderId,PostedDate``), or
``*`` where all elements are counted as one group; ``{name}`` is a parameter of the request that they share. A number
counts on from page to page. Knows nothing of tables.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from amzsql.execute.decode import Decoder, Output
from amzsql.types import BIGINT, VARCHAR

_GROUPS = 100_000


def is_numbered(path: str) -> bool:
    """Tell whether a path counts elements among their equals."""
    return "#" in path and not path.endswith("#")


def place_of(path: str) -> str:
    """Return the path of an element's place in its array: what a decoder reads for a numbered column."""
    return path.partition("#")[0] + "#" if is_numbered(path) else path


class Numbers:
    """Counts the elements of an array over the pages of one scan.

    Elements that are equal stand close to one another in what Amazon answers, hence no more groups are remembered.
    """

    def __init__(self, path: str) -> None:
        array, _, shared = path.partition("#")
        said = [] if shared == "*" else shared.split(",")
        self._parameters = [name[1:-1] for name in said if name.startswith("{")]
        names = [name for name in said if not name.startswith("{")]
        outputs = [Output("#", f"{array}#", BIGINT), *(Output(n, f"{array}.{n}", VARCHAR) for n in names)]
        self._decoder = Decoder(array, outputs)
        self._next: dict[tuple[Any, ...], int] = {}

    def of(self, body: bytes, parameters: Mapping[str, Any]) -> dict[int, int]:
        """Return the number of each element of a page by its place; each page is given once, in order."""
        asked = [parameters.get(name) for name in self._parameters]
        columns = [column.to_pylist() for column in self._decoder.decode([body]).columns]
        found = {}
        for place, *group in zip(*columns, strict=True):
            key = (*asked, *group)
            # Put at the end again, so that the oldest groups are forgotten first.
            found[place] = number = self._next.pop(key, 0)
            self._next[key] = number + 1
        for old in list(itertools.islice(self._next, max(0, len(self._next) - _GROUPS))):
            del self._next[old]
        return found


def numbered(batch: pa.RecordBatch, column: str, numbers: dict[int, int]) -> pa.RecordBatch:
    """Return the batch with the places in a column replaced by the numbers of the elements there."""
    at = batch.schema.get_field_index(column)
    values = pa.array([numbers[place] for place in batch.column(at).to_pylist()], pa.int64())
    columns = [*batch.columns[:at], values, *batch.columns[at + 1 :]]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)
