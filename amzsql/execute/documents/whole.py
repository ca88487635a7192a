"""Files in one piece, PDF and ZIP -> one row with the name and the bytes.

Knows nothing of what is in them.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from amzsql import types

from .model import Expected, batch_of, empty, wrong

# More than this is no invoice and no label.
_LARGEST = 512 << 20


def batches(pieces: Iterator[bytes], expected: Expected) -> Iterator[pa.RecordBatch]:
    """Yield the one row of a file. OperationalError for an empty one."""
    parts, size = [], 0
    for piece in pieces:
        parts.append(piece)
        size += len(piece)
        if size > _LARGEST:
            raise wrong(expected, f"the file is larger than {_LARGEST >> 20} MB")
    if not size:
        raise empty(expected, f"a {expected.format} in it")
    content = b"".join(parts)
    name = expected.name or expected.report_type
    suffix = f".{expected.format.lower()}"
    held = {"name": name if name.lower().endswith(suffix) else name + suffix, "content": content}
    arrays = []
    for wanted in expected.columns:
        value = held.get(wanted.source.lower())
        fits = isinstance(value, bytes) == (wanted.type == types.BLOB)
        arrays.append(pa.array([value if fits else None], wanted.type.arrow))
    if expected.more is not None:
        arrays.append(pa.nulls(1, types.JSON.arrow))
    yield batch_of(expected.schema, arrays, 1)
