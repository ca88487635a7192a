"""JSON pages -> one RecordBatch of the asked columns.

Owns which of the two readers takes a page: the compiled one (`compiled`), or, for a page that breaks the types it was
promised (Amazon's own samples do), the tolerant one (`paths`), with the same result; a field that broke its promise
once is then read loosely by the compiled one too. Knows nothing of requests, tables or engines.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any

import msgspec
import pyarrow as pa

from amzsql import errors, types
from amzsql.catalog.spelling import rule_of, to_sql
from amzsql.execute import columns as arrow
from amzsql.execute.compiled import Plan, Unfit, place
from amzsql.execute.paths import Output, Raw, Tree, below

__all__ = ["Decoder", "Output"]


class Decoder:
    """Reads pages of one operation into batches of one schema. Thread-safe."""

    def __init__(self, row_path: str, outputs: Sequence[Output], table: str = "") -> None:
        self._outputs = tuple(map(_as_read, outputs))
        self._shared = _shared(row_path, self._outputs)
        self._kinds = [o.type for o in self._outputs]
        self._where = [f"{table}.{o.name}" if table else o.name for o in outputs]
        self._arrow = arrow.Builder(self._where, [o.type for o in outputs])
        self._fixed = [(i, o) for i, o in enumerate(outputs) if not o.path]
        self._spellings = [(i, to_sql(o.values)) for i, o in enumerate(outputs) if o.path and o.values]
        # A column that no page has a value of is null, unless nothing itself means something.
        self._telling = {i for i, o in enumerate(outputs) if (r := rule_of(o.values)) and r.of_nothing is not None}
        self._table = table
        self.schema = pa.schema([pa.field(o.name, o.type.arrow) for o in outputs])

    def decode(self, pages: Sequence[bytes], constants: Mapping[str, object] = {}) -> pa.RecordBatch:
        """Return the rows of the pages, in order.

        `constants` gives the columns without a path, by name; one that is missing is null. Raises OperationalError for
        a page that is not JSON, DataError for a value that its column cannot hold.
        """
        try:
            rows, found = self._read(pages)
        except msgspec.ValidationError as broken:
            self._shared.learn(broken)
            if len(pages) > 1:
                return _joined(self.schema, [self.decode([page], constants) for page in pages])
            rows, found = self._read_tolerantly(pages)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
            raise self._not_json(broken) from broken
        for number, spelt in self._spellings:
            if number in found or number in self._telling:
                found[number] = spelt(found.get(number) or [None] * rows)
        arrays = self._arrow.build(found, rows)
        for number, output in self._fixed:
            arrays[number] = arrow.constant(output.type.name, constants.get(output.name), rows)
        return _batch(self.schema, arrays, rows)

    def _read(self, pages: Sequence[bytes]) -> tuple[int, dict[int, Any]]:
        plan = self._shared.reader()
        if plan is None:
            return self._read_tolerantly(pages)
        rows, found = plan.read(pages)
        if rows and not self._shared.arranged:
            self._shared.arrange(max(pages, key=len))
        for number in plan.loose:
            if number in found:
                found[number] = self._loosely(number, found[number])
        return rows, found

    def _read_tolerantly(self, pages: Sequence[bytes]) -> tuple[int, dict[int, Any]]:
        try:
            values = [row for page in pages for row in self._shared.tree.rows(page)]
            found = {
                number: self._loosely(number, [row.get(number) for row in values])
                for number, output in enumerate(self._outputs)
                if output.path
            }
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
            raise self._not_json(broken) from broken
        return len(values), found

    def _loosely(self, number: int, values: Sequence[Any]) -> list[Any]:
        """Convert raw JSON values, or ordinals, to the Python form of the column."""
        kind, where = self._kinds[number], self._where[number]
        if kind.name == types.JSON.name:
            return arrow.json_texts(values)
        texts = (arrow.text(v) if isinstance(v, Raw) else v for v in values)
        return [arrow.loosely(where, kind, v) if isinstance(v, str) else v for v in texts]

    def _not_json(self, broken: Exception) -> errors.OperationalError:
        of = f" for {self._table}" if self._table else ""
        return errors.OperationalError(f"Amazon's answer{of} is not JSON: {broken}; ask again")


def _batch(schema: pa.Schema, arrays: Sequence[pa.Array], rows: int) -> pa.RecordBatch:
    if arrays:
        return pa.RecordBatch.from_arrays(arrays, schema=schema)
    # Without columns only a struct array knows how many rows there are.
    return pa.RecordBatch.from_struct_array(pa.array([{}] * rows, pa.struct([])))


def _joined(schema: pa.Schema, batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    if not len(schema):
        return _batch(schema, [], sum(b.num_rows for b in batches))
    whole = pa.Table.from_batches(batches, schema).combine_chunks().to_batches()
    return whole[0] if whole else batches[0]


def _as_read(output: Output) -> Output:
    """Return an output in the type in which Amazon's value is read."""
    rule = rule_of(output.values)
    return output if rule is None else replace(output, type=rule.reads)


class _Shared:
    """What decoders of the same paths share: the tree, the compiled plan, and which fields broke their promise."""

    def __init__(self, row_path: str, outputs: tuple[Output, ...]) -> None:
        self.tree = Tree(row_path, outputs)
        self._outputs = outputs
        self._leaves = {node.path for level in self.tree.levels for node in below(level) if not node.fields}
        self._loose: frozenset[str] = frozenset()
        self._lock = threading.Lock()
        self.plan = self._compiled()
        self._stale = False
        self.arranged = False

    def reader(self) -> Plan | None:
        """Return the compiled reader; None if these paths have none."""
        if self._stale:
            with self._lock:
                self.plan = self._compiled()
                self._stale = False
        return self.plan

    def arrange(self, page: bytes) -> None:
        """Expect the fields in the order of a page from the next one on.

        msgspec looks for each field of a page behind the last one that it found: in another order it compares most
        fields' names with all others, which takes a quarter of the time of a wide page.
        """
        with self._lock:
            if self.arranged:
                return
            # What the compiled reader skipped need not be JSON that can be read.
            with suppress(msgspec.DecodeError, UnicodeDecodeError):
                self.tree.arrange(page)
            self.arranged = self._stale = True

    def learn(self, broken: msgspec.ValidationError) -> None:
        """Read the field that a validation error names loosely from now on."""
        path = place(broken)
        with self._lock:
            if path in self._leaves and path not in self._loose:
                self._loose |= {path}
                self.plan = self._compiled()

    def _compiled(self) -> Plan | None:
        try:
            return Plan(self.tree, self._outputs, self._loose)
        except Unfit:
            return None


@lru_cache(maxsize=256)
def _shared(row_path: str, outputs: tuple[Output, ...]) -> _Shared:
    return _Shared(row_path, outputs)
