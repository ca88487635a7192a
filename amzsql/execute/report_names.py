"""Which columns the documents of a type of report were seen to have, beside those that are known: kept in the state.

Owns how that is kept. Must not know of tables.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from amzsql.state import StateFolder

_KIND = "report columns"


def seen(state: StateFolder, report_type: str, array: str, *, now: float) -> tuple[str, ...]:
    """Return the headers, or paths below a row of an array, that were seen."""
    found = state.noted(_KIND, _key(report_type, array), now=now)
    return () if found is None else tuple(json.loads(found.text))


def keep(state: StateFolder, report_type: str, array: str, names: Sequence[str], *, now: float) -> None:
    """Remember headers, or paths, beside those that were seen before."""
    all_names = dict.fromkeys((*seen(state, report_type, array, now=now), *names))
    state.note(_KIND, _key(report_type, array), json.dumps(list(all_names)), at=now)


def _key(report_type: str, array: str) -> str:
    return json.dumps([report_type, array.replace("[]", "")])
