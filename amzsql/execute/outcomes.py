"""What became of each element of a batch: Amazon answers some and refuses others in one answer of success.

Knows nothing of tables or of how rows are made.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

from amzsql.errors import OperationalError
from amzsql.execute.decode import Decoder, Output
from amzsql.types import VARCHAR

_MOST_NAMED = 3


def refusals(body: bytes, outcome: tuple[str, str]) -> str:
    """Return what was refused in an answer, in words; nothing if every element was answered.

    `outcome`: the absolute paths of an element's status and of why.

    Raises:
        OperationalError: the answer is no JSON.
    """
    batch = _decoder(outcome).decode([body])
    failed = Counter(
        f"{status}: {why.removesuffix('.')}" if why else str(status)
        for status, why in zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True)
        if not _is_success(status)
    )
    if not failed:
        return ""
    named = "; ".join(
        f"{each} ({count} times)" if count > 1 else each for each, count in failed.most_common(_MOST_NAMED)
    )
    more = f"; and {len(failed) - _MOST_NAMED} other reasons" if len(failed) > _MOST_NAMED else ""
    return f"{failed.total()} of {batch.num_rows} were refused: {named}{more}"


def refused(operation: str, words: str) -> OperationalError:
    """Return the error of a statement that wants all elements answered or none."""
    return OperationalError(
        f"{operation}: {words}. With OnItemError=Warn their columns are NULL, and the statement goes on."
    )


def _is_success(status: str | None) -> bool:
    """Tell whether an element was answered; what is not there is no row, and nothing to speak of."""
    return status in (None, "Success", "404") or (len(str(status)) == 3 and str(status).startswith("2"))


@cache
def _decoder(outcome: tuple[str, str]) -> Decoder:
    status, why = outcome
    row = status[: status.rindex("[]") + 2]
    return Decoder(row, (Output("Status", status, VARCHAR), Output("Why", why, VARCHAR)))
