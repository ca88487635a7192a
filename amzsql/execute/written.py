"""What a statement that writes has done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows a statement has changed, and the key that Amazon gave the last new one, or None."""

    rows: int
    identity: Any = None
