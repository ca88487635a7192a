"""Faults that a test can order: which call of which operation goes wrong, and how. Deterministic."""

from __future__ import annotations

import fnmatch
import json
from dataclasses import dataclass
from typing import Any, Literal

from amzsql.spapi.model import Operation, Paging

Kind = Literal["status", "html", "truncate", "expire", "loop", "empty", "duplicate"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One disturbance of calls `nth` to `nth + times - 1` of the operations whose name matches a pattern.

    status: an error answer with `status`, `code` and `headers`; `rate_header` False leaves x-amzn-RateLimit-Limit out.
    html: a page of HTML with status 200. truncate: the first half of the body. expire: the access token has expired.
    loop: the next page's token is this page's. empty: no rows, and a token that leads to them. duplicate: the page
    begins with the row that ended the page before.
    """

    operation: str
    kind: Kind
    nth: int = 1
    times: int = 1
    status: int = 500
    code: str = "InternalFailure"
    headers: tuple[tuple[str, str], ...] = ()
    rate_header: bool = True

    def hits(self, operation: str, call: int) -> bool:
        """Tell whether the fault strikes that call (counted from one) of the operation."""
        return self.nth <= call < self.nth + self.times and fnmatch.fnmatchcase(operation, self.operation)


def throttled(operation: str, nth: int = 1, *, header: bool = True, retry_after: int | None = None) -> Fault:
    """Return the fault of one 429, with or without the rate header, and with Retry-After in seconds."""
    headers = () if retry_after is None else (("Retry-After", str(retry_after)),)
    return Fault(operation, "status", nth, status=429, code="QuotaExceeded", headers=headers, rate_header=header)


HTML = b"<html><head><title>Service Unavailable</title></head><body>We will be back soon.</body></html>"


class PageFaults:
    """Spoils pages; remembers of each operation the row that ended its last page."""

    def __init__(self) -> None:
        self._last_rows: dict[str, Any] = {}

    def spoil(self, kind: Kind, operation: Operation, body: bytes, own_token: str) -> bytes:
        """Return the body of a page after a fault; `own_token` leads to the same page again."""
        if operation.paging is None:
            return body
        page = json.loads(body)
        if kind in ("loop", "empty"):
            _set_token(page, operation.paging, own_token)
        if kind == "empty":
            _rows(page, operation.row_path).clear()
        if kind == "duplicate" and operation.name in self._last_rows:
            _rows(page, operation.row_path).insert(0, self._last_rows[operation.name])
        return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()

    def remember(self, operation: Operation, body: bytes) -> None:
        """Note the last row of a page."""
        rows = _rows(json.loads(body), operation.row_path) if operation.row_path.endswith("[]") else []
        if rows:
            self._last_rows[operation.name] = rows[-1]


def _rows(page: Any, row_path: str) -> list[Any]:
    for key in row_path.removesuffix("[]").split("."):
        page = page[key]
    rows: list[Any] = page
    return rows


def _set_token(page: Any, paging: Paging, token: str) -> None:
    *parents, name = paging.token_out.split(".")
    for key in parents:
        page = page.setdefault(key, {})
    page[name] = token
