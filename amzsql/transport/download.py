"""A document behind an address that Amazon hands out for five minutes, as a stream of bytes.

Owns what is told of a document and how large it may be. Must not know what kinds of documents there are, nor unpack
them: pieces come as they were downloaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from amzsql.errors import DataError

# Below this many bytes no ratio is suspicious.
HARMLESS = 4 << 20


@dataclass(frozen=True, slots=True)
class Caps:
    """How large a document may be: bytes as downloaded, bytes unpacked, and the ratio of the two. None: no limit."""

    packed: int | None = None
    unpacked: int | None = None
    ratio: int | None = 200

    def check(self, what: str, packed: int, unpacked: int = 0) -> None:
        """Raise DataError if a document has grown too large; `what` names it, the figures are of what was read."""
        if self.packed is not None and packed > self.packed:
            raise DataError(
                f"{what} is larger than {self.packed >> 20} MB (MaxReportBytes); it is not read further. Ask for a "
                "shorter window, or raise MaxReportBytes."
            )
        if self.unpacked is not None and unpacked > self.unpacked:
            raise DataError(
                f"{what} is larger than {self.unpacked >> 20} MB once unpacked; it is not read further. Ask for a "
                "shorter window, or raise MaxReportBytes."
            )
        if self.ratio is not None and unpacked > max(HARMLESS, packed * self.ratio):
            raise DataError(f"{what} grows more than {self.ratio} times as it is unpacked; it is not read further.")


@dataclass(frozen=True, slots=True)
class Download:
    """A document that is being read.

    `media_type` is its Content-Type as told, parameters included (empty if none was); `compression` is GZIP or empty.
    `pieces` gives its bytes as downloaded, once: to the end, or an error. `caps` is for whoever unpacks them.
    """

    media_type: str
    compression: str
    pieces: Iterator[bytes]
    caps: Caps = Caps()
