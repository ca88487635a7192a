"""How an operation's next page is asked for: one small function for each of Amazon's styles.

The token is read by a decoder compiled for its path, which skips the rest of the page. Sends nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from amzsql import spapi
from amzsql.errors import OperationalError
from amzsql.spapi.model import Operation, Paging

Parameters = Mapping[str, object]
TOTALS = ("numberOfResults", "payload.numberOfResults", "pagination.totalResults", "payload.totalResults")


def next_parameters(operation: Operation, parameters: Parameters, body: bytes) -> dict[str, object] | None:
    """Return the parameters of the page after `body`, or None if it was the last.

    They are those of `next_operation(operation)`, which nearly always is the operation itself. For a page by offset, or
    by a token in the body, `parameters` hold the request's body under its parameter's name.
    """
    paging = operation.paging
    if paging is None:
        return None
    if paging.style == "offset":
        return _by_offset(operation, paging, parameters, body)
    token = _text_at(paging.token_out, body)
    if not token:
        return None
    if paging.next_operation:
        return _of_another(operation, parameters, token)
    return _alone(paging, parameters, token) if paging.alone else _with_all(paging, parameters, token)


def next_operation(operation: Operation) -> Operation:
    """Return the operation that the next page is asked of."""
    other = operation.paging.next_operation if operation.paging else None
    return spapi.operation(f"{operation.api}.{other}") if other else operation


def total_rows(operation: Operation, body: bytes) -> int | None:
    """Return how many rows there are on all pages, if the page tells."""
    found = _total_decoder(operation.row_path.startswith("payload."))(body)
    return found if found is None or found >= 0 else None


class TokenGuard:
    """Notices a server that hands out the same page token again, which would page for ever."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._seen: set[str] = set()

    def check(self, parameters: Parameters) -> None:
        """Raise OperationalError if a page with this token was asked for already."""
        paging = next_operation(self._operation).paging
        if paging is None or paging.style != "token":
            return
        token = parameters.get(paging.token_parameter)
        if token is None:
            return
        if token in self._seen:
            raise OperationalError(
                f"{self._operation.name} handed out the same page token twice; its pages have no end. "
                "Ask for a shorter period, or try again later."
            )
        self._seen.add(str(token))


def _with_all(paging: Paging, parameters: Parameters, token: str) -> dict[str, object]:
    """Send the token beside all parameters of the first page.

    ``GET /orders/2026-01-01/orders?marketplaceIds=A&createdAfter=T`` answers
    ``{"orders": […], "pagination": {"nextToken": "abc"}}``; then the same with ``&paginationToken=abc``. A body's token
    stands among the body's fields.
    """
    return dict(parameters) | dict(paging.extra) | {paging.token_parameter: token}


def _alone(paging: Paging, parameters: Parameters, token: str) -> dict[str, object]:
    """Send the token without the other parameters, but for those that Amazon wants kept.

    ``GET /reports/2021-06-30/reports?reportTypes=A`` answers ``{"reports": […], "nextToken": "abc"}``; then only
    ``?nextToken=abc``. Inbound shipments keep MarketplaceId and add ``QueryType=NEXT_TOKEN``.
    """
    kept: dict[str, object] = {k: v for k, v in parameters.items() if k in paging.keep}
    return kept | dict(paging.extra) | {paging.token_parameter: token}


def _of_another(operation: Operation, parameters: Parameters, token: str) -> dict[str, object]:
    """Send the token to the operation that takes it.

    ``GET /fba/inbound/v0/shipments/FBA1/items`` hands out ``{"payload": {"ItemData": […], "NextToken": "abc"}}`` and
    takes no token; then ``GET /fba/inbound/v0/shipmentItems?QueryType=NEXT_TOKEN&NextToken=abc&MarketplaceId=A``.
    """
    other = next_operation(operation)
    if other.paging is None:
        return {}
    known: dict[str, object] = {k: v for k, v in parameters.items() if other.has_parameter(k)}
    return _alone(other.paging, known, token)


def _by_offset(operation: Operation, paging: Paging, parameters: Parameters, body: bytes) -> dict[str, object] | None:
    """Move the offset in the request's body on by the rows of the page.

    ``POST …/offers/search {"pagination": {"limit": 100, "offset": 0}, …}`` answers
    ``{"offers": [… 100 …], "pagination": {"totalResults": 180}}``; then the same with offset 100.
    """
    offset = int(str(parameters.get(paging.token_parameter) or 0))
    rows = _count_decoder(operation.row_path.removesuffix("[]"))(body) or 0
    total = total_rows(operation, body)
    if not rows or (total is not None and offset + rows >= total):
        return None
    size = parameters.get(paging.size_parameter) if paging.size_parameter else None
    if total is None and size is not None and rows < int(str(size)):
        return None
    return dict(parameters) | {paging.token_parameter: offset + rows}


def _text_at(path: str, body: bytes) -> str | None:
    found = _decoder(path, Any)(body)
    return str(found) if found not in (None, "") else None


@functools.cache
def _decoder(path: str, leaf: Any) -> Callable[[bytes], Any]:
    """Return a function that reads the value at a dotted path and skips everything else; None where there is none."""
    steps = path.split(".")
    kind: Any = leaf
    for step in reversed(steps):
        kind = msgspec.defstruct(
            "At", [("inner", kind | None if kind is not Any else Any, None)], rename={"inner": step}
        )
    decoder = msgspec.json.Decoder(kind)

    def read(body: bytes) -> Any:
        try:
            value: Any = decoder.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        for _ in steps:
            value = value.inner if value is not None else None
        return value

    return read


@functools.cache
def _count_decoder(path: str) -> Callable[[bytes], int | None]:
    read = _decoder(path, list[msgspec.Raw])

    def count(body: bytes) -> int | None:
        rows = read(body)
        return None if rows is None else len(rows)

    return count


@functools.cache
def _total_decoder(in_payload: bool) -> Callable[[bytes], int | None]:
    """Return a reader of the total, wherever this kind of answer may tell it."""
    paths = [p for p in TOTALS if p.startswith("payload.") == in_payload]
    readers = [_decoder(p, Any) for p in paths]

    def read(body: bytes) -> int | None:
        for reader in readers:
            value = reader(body)
            if isinstance(value, int) and not isinstance(value, bool):
                return value
        return None

    return read
