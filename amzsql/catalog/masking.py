"""A table as those see it who may join personal data but not read it: what its columns hold is never asked by.

Owns which columns lose their values and which have them replaced; `personal` says what personal data is. Must not know
what stands in a value's place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from amzsql.catalog import personal
from amzsql.catalog.model import ColumnSource, Table, TablePath
from amzsql.catalog.procedures import Output, ResultSet
from amzsql.spapi.model import Operation
from amzsql.types import VARCHAR, SqlType


@lru_cache(maxsize=1024)
def masked(table: Table, *, hashes: bool) -> Table:
    """Return a table whose personal columns are NULL, or with `hashes` stand for other texts where they hold texts.

    No condition on such a column is sent to Amazon, which would tell by its answer what the column holds; what is NULL
    anyway is neither asked for nor decoded.
    """
    kinds = personal.kinds(table)
    if not kinds:
        return table
    types = {c.name: c.type for c in table.columns}
    told = {n for p in (*table.paths, *table.reports) for n, s in p.sources.items() if s.path}
    hashed = frozenset(n for n, kind in kinds.items() if hashes and n in told and is_hashed(kind, types[n]))
    blank = kinds.keys() - hashed
    return replace(
        table,
        paths=tuple(_without(p, kinds, blank) for p in table.paths),
        reports=tuple(_without(p, kinds, blank) for p in table.reports),
        masked=frozenset(kinds),
        hashed=hashed,
    )


def is_hashed(kind: str, of: SqlType) -> bool:
    """Tell whether values of a kind are worth telling apart; a document is not."""
    return of == VARCHAR and kind != personal.DOCUMENT


def outputs(each: ResultSet, operation: Operation) -> Mapping[str, bool]:
    """Return the columns of a procedure's result that hold personal data, and whether they may be hashed."""
    kinds = {c.name: _of(c, operation) for c in each.columns if c.path}
    types = {c.name: c.type for c in each.columns}
    return {n: is_hashed(kind, types[n]) for n, kind in kinds.items() if kind}


def _of(column: Output, operation: Operation) -> str:
    return personal.of_output(column.name, column.type, column.path, operation)


def _without(path: TablePath, kinds: Mapping[str, str], blank: frozenset[str] | set[str]) -> TablePath:
    declared = replace(
        path.declared,
        pushdowns=tuple(p for p in path.declared.pushdowns if p.column not in kinds),
        sorts=tuple(s for s in path.declared.sorts if s.column not in kinds),
        masked=tuple((n, kind) for n, kind in path.declared.masked if n not in blank),
    )
    if declared.report:
        # A document has its columns whoever asks for it: what is not wanted is left out where it is read.
        return replace(path, declared=declared)
    branches = tuple(replace(b, sources=_emptied(b.sources, blank)) for b in path.branches)
    return replace(path, declared=declared, sources=_emptied(path.sources, blank), branches=branches)


def _emptied(sources: Mapping[str, ColumnSource], blank: frozenset[str] | set[str]) -> dict[str, ColumnSource]:
    return {n: ColumnSource(n) if n in blank else s for n, s in sources.items()}
