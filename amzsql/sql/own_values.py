"""The values that columns of the connection's own tables hold: keys of which more is known than whose they are.

Owns when such a value says something of a column of Amazon's. Whose rows they are equal to is `sql.collect`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from amzsql.catalog.model import Column, Table
from amzsql.catalog.scratch import ScratchTable
from amzsql.sql.names import Names
from amzsql.sql.predicate import Domains, KeyOf
from amzsql.types import TIMESTAMP


class OwnValues:
    """The values that columns of the connection's own tables hold, in the rows that a statement leaves of them."""

    MOST = 20_000

    def __init__(self, names: Names, said: Mapping[int, Domains] = {}) -> None:
        self._references = names.references
        self._said = said
        self._found: dict[tuple[int, str], list[Any] | None] = {}

    def has(self, key: KeyOf) -> bool:
        """Tell whether a key is a column of such a table."""
        return isinstance(self._references[key.scan].table, ScratchTable)

    def of(self, key: KeyOf, target: Column) -> list[Any] | None:
        """Return a key's values as those of a column that they are compared with; None if that says nothing of it."""
        own = self._references[key.scan].table.column(key.column)
        if own is None or target.elements or _family(own.type.name) != _family(target.type.name):
            return None
        place = key.scan, own.name
        if place not in self._found:
            self._found[place] = self._distinct(self._references[key.scan].table, own, self._said.get(key.scan, {}))
        values = self._found[place]
        return values if values is None or _family(own.type.name) != "number" else [Decimal(str(v)) for v in values]

    def _distinct(self, table: Table, column: Column, said: Domains) -> list[Any] | None:
        assert isinstance(table, ScratchTable)
        told = {c: d for c, d in said.items() if (known := table.column(c)) is not None and _family(known.type.name)}
        read = table.read(list(dict.fromkeys((column.name, *told)))).to_pydict()
        left: Sequence[int] = range(len(read[column.name]))
        for other, domain in told.items():
            values = read[other]
            left = [n for n in left if (domain.null if values[n] is None else domain.holds(_exact(values[n])))]
        found = list(dict.fromkeys(v for n in left if (v := read[column.name][n]) is not None))
        return found if len(found) <= self.MOST else None


def _family(kind: str) -> str:
    """Return which types a type is compared with so that equal values are equal here as in the engine; "": none."""
    if kind in ("VARCHAR", "JSON"):
        return "text"
    if kind.startswith(("DECIMAL", "DOUBLE", "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "HUGEINT")):
        return "number"
    return kind if kind in ("BOOLEAN", "DATE", TIMESTAMP.name) else ""


def _exact(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value
