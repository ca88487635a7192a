"""JSON text that a statement gives -> values, or what is wrong with it and where. Knows nothing of what it is for."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

_AROUND = 12


def decoded(text: str) -> Any:
    """Return JSON text as values, numbers with all their digits.

    Raises:
        ValueError: it is none; the message goes on from the name of what takes it, and tells the place of the fault.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        near = text[max(0, error.pos - _AROUND) : error.pos + _AROUND]
        raise ValueError(
            f"takes JSON text, and what was given is none: line {error.lineno}, column {error.colno}, near"
            f" {near!r}: {error.msg}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"takes JSON text, and what was given is none: {error}") from None


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is no number of JSON's")
