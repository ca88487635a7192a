"""What stands in the place of personal data: nothing, or a text that is the same for the same value.

Owns the key by which values become such texts: one a state folder, which nobody else has, so that nobody can find a
value by trying. Must not know which columns hold personal data.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from functools import cache

import pyarrow as pa

from amzsql.state import StateFolder, UnsafeFileError, lock, read_private, write_private

FILE = "personal.key"
_SIZE = 32
_DIGEST = 16


class Masks:
    """What a connection puts in the place of personal data; without a key only NULL."""

    def __init__(self, key: bytes = b"") -> None:
        self._key = key

    def __repr__(self) -> str:
        return f"Masks({'hashes' if self._key else 'NULL'})"

    @property
    def hashes(self) -> bool:
        """Whether values of one text can be told from those of another."""
        return bool(self._key)

    def applied(self, batch: pa.RecordBatch, columns: Mapping[str, bool]) -> pa.RecordBatch:
        """Return a batch without personal data; `columns`: those that hold it, and whether they may be hashed."""
        for number, field in enumerate(batch.schema):
            if field.name in columns:
                hashed = self.hashes and columns[field.name]
                array = self._hashed(batch.column(number)) if hashed else pa.nulls(batch.num_rows, field.type)
                batch = batch.set_column(number, field, array)
        return batch

    def _hashed(self, values: pa.Array) -> pa.Array:
        coded = values if isinstance(values, pa.DictionaryArray) else values.dictionary_encode()
        words = [None if word is None else self._text(word) for word in coded.dictionary.to_pylist()]
        return pa.array(words, pa.string()).take(coded.indices)

    def _text(self, value: str) -> str:
        return hashlib.blake2b(value.encode(), key=self._key, digest_size=_DIGEST).hexdigest()


NOTHING = Masks()


def masks_of(state: StateFolder) -> Masks:
    """Return the masks by a state folder's own key, which is made if there is none; in memory one of the process."""
    file = state.file(FILE)
    if file is None:
        return Masks(_own())
    try:
        found = read_private(file)
        if found is None or len(found) != _SIZE:
            with lock(file):
                found = read_private(file)
                if found is None or len(found) != _SIZE:
                    found = secrets.token_bytes(_SIZE)
                    write_private(file, found)
    except UnsafeFileError:
        raise
    except OSError:
        # A folder that cannot be written: the values are the same to this process alone.
        return Masks(_own())
    return Masks(found)


@cache
def _own() -> bytes:
    return secrets.token_bytes(_SIZE)
