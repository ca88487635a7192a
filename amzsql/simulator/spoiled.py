"""What a fault does to an answer: to its pages, its values, its states and its way over the wire.

Remembers the row that ended each operation's last page, and which reports, feeds and queries are to fail. Knows the
shapes of answers by the facts, not what an operation does.
"""

from __future__ import annotations

import dataclasses
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from amzsql import spapi
from amzsql.spapi.model import Operation, Paging, Shape
from amzsql.spapi.shapes import Types

from . import documents
from .call import Call, dump
from .faults import API_CODES, Fault
from .http import Answer

# How the wire of a call ends that gets no answer at all.
SILENT = "silent"
HTML = b"<html><head><title>Service Unavailable</title></head><body>We will be back soon.</body></html>"
NEW_VALUE, NEW_FIELD = "SIMULATED_NEW_VALUE", "simulatedNewField"
_JOBS = ("reportId", "feedId", "queryId")
_RESULTS = ("reportDocumentId", "resultFeedDocumentId", "dataDocumentId", "errorDocumentId")


class Spoiler:
    """Spoils bodies; one for a simulator. It sees every answer, since a fault may repeat what was answered before."""

    def __init__(self) -> None:
        self._last_pages: dict[tuple[str, str], bytes] = {}
        self._doomed: dict[str, str] = {}

    def body(self, fault: Fault | None, call: Call, body: bytes) -> bytes:
        """Return the body of an operation's answer after a fault, if one strikes."""
        doomed = bool(self._doomed) and b"processingStatus" in body
        if body[:1] in (b"{", b"[") and (fault is not None or doomed):
            body = self._changed(fault, call, json.loads(body))
        if call.operation.paging is not None and (fault is None or fault.kind != "empty"):
            self._last_pages[_scan(call)] = body
        return body

    def _changed(self, fault: Fault | None, call: Call, page: Any) -> bytes:
        self._follow(fault, page)
        if fault is not None and fault.kind in ("loop", "empty", "duplicate"):
            self._page(fault.kind, call, page)
        elif fault is not None and fault.kind in ("enum", "field", "missing", "number"):
            _misfit(fault, call.operation, page)
        return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()

    def _page(self, kind: str, call: Call, page: Any) -> None:
        operation = call.operation
        if operation.paging is None:
            return
        rows = _rows(page, operation.row_path)
        if kind in ("loop", "empty"):
            _set_token(page, operation.paging, call.pages.token(call, call.position))
        if kind == "empty":
            rows.clear()
        if kind == "duplicate":
            before = self._last_pages.get(_scan(call), b"{}")
            rows[:0] = _rows(json.loads(before), operation.row_path)[-1:]

    def _follow(self, fault: Fault | None, page: Any) -> None:
        """Doom what is created, and let what is doomed fail wherever it is read."""
        kind = fault.kind if fault is not None and fault.kind in ("fatal", "stuck") else None
        for job in _objects(page):
            identifier = next((job[name] for name in _JOBS if isinstance(job.get(name), str)), None)
            if identifier is None:
                continue
            if "processingStatus" not in job:
                if kind is not None:
                    self._doomed[identifier] = kind
                continue
            end = kind or self._doomed.get(identifier)
            if end is not None:
                _fail(job, end)


def _scan(call: Call) -> tuple[str, str]:
    return call.account.name, call.operation.name


def _fail(job: dict[str, Any], end: str) -> None:
    wanted = "FATAL" if end == "fatal" else "IN_PROGRESS"
    if job["processingStatus"] == wanted:
        return
    job["processingStatus"] = wanted
    for name in (*_RESULTS, *(("processingEndTime",) if end == "stuck" else ())):
        job.pop(name, None)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for child in value.values():
            yield from _objects(child)
    elif isinstance(value, list):
        for child in value:
            yield from _objects(child)


def _rows(page: Any, row_path: str) -> list[Any]:
    for key in row_path.removesuffix("[]").split("."):
        page = page.get(key, {}) if isinstance(page, dict) else {}
    return page if isinstance(page, list) else []


def _set_token(page: Any, paging: Paging, token: str) -> None:
    *parents, name = paging.token_out.split(".")
    for key in parents:
        page = page.setdefault(key, {})
    page[name] = token


@dataclass(frozen=True, slots=True)
class _Place:
    """A property of an object in a body, the shape it should have, and whether it stands in a row."""

    holder: dict[str, Any]
    name: str
    shape: Shape
    required: bool
    in_row: bool


def _misfit(fault: Fault, operation: Operation, page: Any) -> None:
    """Make values that do not fit the model: of one property, wherever it stands."""
    version = spapi.api(operation.api)
    shape = version.response(operation)
    places = list(_places(version.types, shape, page, in_row=False)) if shape is not None else []
    if fault.kind == "field":
        for place in places:
            place.holder[fault.property or NEW_FIELD] = {"of": "tomorrow"}
        return
    fitting = [p for p in places if _fits(fault, p)]
    if not fitting:
        return
    chosen = max(fitting, key=lambda p: (p.in_row, fault.kind == "number" and _is_number(p.holder[p.name])))
    for place in fitting:
        if place.name == chosen.name and place.in_row == chosen.in_row:
            _change(fault.kind, place)


def _fits(fault: Fault, place: _Place) -> bool:
    if place.name not in place.holder or (fault.property and place.name != fault.property):
        return False
    if fault.kind == "enum":
        return bool(place.shape.enum)
    if fault.kind == "missing":
        return place.required
    return place.shape.type == "string" and isinstance(place.holder[place.name], str)


def _change(kind: str, place: _Place) -> None:
    if kind == "enum":
        place.holder[place.name] = NEW_VALUE
    elif kind == "missing":
        place.holder.pop(place.name, None)
    else:
        text = place.holder[place.name]
        place.holder[place.name] = float(text) if _is_number(text) else 1


def _is_number(text: Any) -> bool:
    return str(text).replace(".", "", 1).isdecimal()


def _places(types: Types, shape: Shape, value: Any, *, in_row: bool) -> Iterator[_Place]:
    shape = types.resolve(shape)
    if isinstance(value, list) and shape.items is not None:
        for item in value:
            yield from _places(types, shape.items, item, in_row=True)
    elif isinstance(value, dict):
        for name, child in shape.properties:
            if name in value:
                yield _Place(value, name, types.resolve(child), name in shape.required, in_row)
                yield from _places(types, child, value[name], in_row=in_row)


_LOGIN_ERRORS = MappingProxyType(
    {401: "invalid_client", 429: "slow_down", 500: "server_error", 503: "temporarily_unavailable"}
)
_STORAGE_CODES = MappingProxyType(
    {403: "AccessDenied", 404: "NoSuchKey", 429: "SlowDown", 500: "InternalError", 503: "SlowDown"}
)
_ASKED_FOR = "A fault that was asked for."


def beside(fault: Fault, *, login: bool) -> Answer:
    """Return what a fault puts in place of an answer of the login's, or of the storage's of documents."""
    if fault.kind == "html":
        return Answer(200, HTML, content_type="text/html")
    if fault.kind == "drop":
        return Answer(0, b"")
    if fault.kind == "expire":
        status, error, code, told = (400 if login else 403), "invalid_grant", "AccessDenied", "Request has expired"
    else:
        status, told = fault.status, _ASKED_FOR
        own = fault.code if fault.code not in API_CODES else ""
        error = own or _LOGIN_ERRORS.get(status, "invalid_request" if status < 500 else "server_error")
        code = own or _STORAGE_CODES.get(status, "InvalidRequest" if status < 500 else "InternalError")
    if login:
        return Answer(status, dump({"error_description": told, "error": error}), fault.headers)
    return dataclasses.replace(documents.refusal(status, code, told), headers=fault.headers)


def wire(fault: Fault, answer: Answer) -> Answer:
    """Return an answer whose body is spoiled on its way; how the server is to end it stands in `Answer.wire`."""
    body, half = answer.body, len(answer.body) // 2
    if fault.kind in ("lost", "drop"):
        return dataclasses.replace(answer, wire={"end": SILENT})
    if fault.kind == "truncate":
        return dataclasses.replace(answer, body=body[:half])
    if fault.kind in ("cut", "reset"):
        return dataclasses.replace(answer, wire={"after": half, "end": fault.kind})
    if fault.kind == "gzip":
        packed = gzip.compress(body, mtime=0)
        headers = (*answer.headers, ("Content-Encoding", "gzip"))
        return dataclasses.replace(answer, body=packed[: len(packed) * 2 // 3], headers=headers)
    if fault.kind == "drip":
        return dataclasses.replace(answer, wire={"chunk": fault.chunk, "seconds": fault.seconds})
    return answer
