"""Resources that are kept in a store and shown page by page, whatever their API.

Owns paging, the rows that are there from the start, and the fields that nobody models. Knows nothing of what a resource
means.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from amzsql import spapi

from .call import Call, dump, invalid, not_found, parse_time
from .generated import Maker
from .paging import asked
from .store import Records, Store

Record = dict[str, Any]
_PAGE = 10
# The year 2100: what is counted from a time stays a time.
_LATEST = 4_102_444_800


def fill(call: Call, type_name: str, key: str, **known: Any) -> Record:
    """Return an object of a named type of the call's API: what is known of it, the rest made from its key."""
    types = spapi.api(call.operation.api).types
    seed = hashlib.blake2b(f"{call.world.seed} {call.account.name} {key}".encode(), digest_size=32).digest()
    return {**Maker(call, types).value(types[type_name], seed, "", ()), **known}


def seeded(store: Store, kind: str, make: Callable[[], object]) -> Records:
    """Return the records of a kind; at the first look `make` puts in those that are there from the start."""
    kept, begun = store.records(kind), store.records("seeded")
    if kind not in begun:
        # Marked before it is made: what makes a record may look at the records.
        begun[kind] = {}
        make()
    return kept


def find(records: Records, what: str, key: str) -> Record:
    """Return the record of a key; refuse a key that names nothing."""
    if key not in records:
        raise not_found(f"{what} {key}")
    return records[key]


def cut(call: Call, rows: Sequence[Any], default: int = _PAGE) -> tuple[Sequence[Any], str | None]:
    """Return the page of rows that a call asks for and the token of the next one, None after the last."""
    paging, start = call.operation.paging, call.position or 0
    by = asked(call.operation, call.query, call.body)
    given = by.get(paging.size, "") if paging is not None and paging.size else ""
    if given and (not given.isdecimal() or int(given) < 1):
        raise invalid(f"{given} is no number of rows.")
    size = int(given) if given else (paging.size_default if paging is not None else None) or default
    more = paging is not None and paging.token_out and len(rows) > start + size
    return rows[start : start + size], call.pages.token(call, start + size) if more else None


def listed(
    call: Call, rows: Sequence[Any], show: Callable[[Any], Any] = lambda row: row, default: int = _PAGE
) -> bytes:
    """Return a page of rows as the operation's body: the rows and the token where the facts have them."""
    page, token = cut(call, rows, default)
    body: Record = {}
    put(body, call.operation.row_path.removesuffix("[]"), [show(row) for row in page])
    if token is not None and call.operation.paging is not None:
        put(body, call.operation.paging.token_out, token)
    return dump(body)


def put(body: Record, path: str, value: object) -> None:
    """Set a value at a dotted path."""
    *parents, name = path.split(".")
    for key in parents:
        body = body.setdefault(key, {})
    body[name] = value


def moment(text: str) -> int:
    """Return an ISO 8601 time in whole seconds since the epoch; refuse one that nobody plans with."""
    found = int(parse_time(text))
    if not 0 <= found < _LATEST:
        raise invalid(f"{text} is too early or too late.")
    return found


def given(**values: Any) -> Record:
    """Return the values that are not None."""
    return {name: value for name, value in values.items() if value is not None}
