"""Documents read in tests: bytes in, rows or the error out."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from amzsql.execute import documents
from amzsql.execute.documents import Expected, Wanted
from amzsql.transport.download import Caps, Download
from amzsql.types import VARCHAR, SqlType

TYPE = "GET_REPORT"
NO_CAPS = Caps()


def pieces(body: bytes, size: int = 7) -> Iterator[bytes]:
    """Yield a body as it would come, a few bytes at a time."""
    for at in range(0, len(body), size):
        yield body[at : at + size]


def wanted(columns: Sequence[str] | dict[str, SqlType]) -> tuple[Wanted, ...]:
    kinds = columns if isinstance(columns, dict) else dict.fromkeys(columns, VARCHAR)
    return tuple(Wanted(name, name, kind) for name, kind in kinds.items())


@dataclass
class Told:
    """What came of a document."""

    rows: list[dict[str, Any]]
    reader: documents.Reader
    warnings: list[str] = field(default_factory=list)

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]


def expected(form: str, columns: Sequence[str] | dict[str, SqlType], **details: Any) -> Expected:
    return Expected(details.pop("report_type", TYPE), form, wanted(columns), **details)


def read(
    body: bytes,
    form: str,
    columns: Sequence[str] | dict[str, SqlType],
    media_type: str = "",
    *,
    packed: bool = False,
    size: int = 7,
    caps: Caps = NO_CAPS,
    **details: Any,
) -> Told:
    warnings: list[str] = []
    sent = gzip.compress(body) if packed else body
    download = Download(media_type, "GZIP" if packed else "", pieces(sent, size), caps)
    reader = documents.read(download, expected(form, columns, **details), warnings.append)
    rows = [row for batch in reader for row in batch.to_pylist()]
    return Told(rows, reader, warnings)
