"""Rows -> JSON text. Decimals are numbers with all their digits, and what JSON has no form for is text."""

from __future__ import annotations

from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(decimal_format="number", enc_hook=str)


def as_json(value: Any) -> bytes:
    """Return a value as JSON text in UTF-8."""
    return _ENCODER.encode(value)
