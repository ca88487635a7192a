"""What Amazon says: its operations, as facts.

Owns the way to an operation: by name, or by method and path. Only the API versions that are asked for are read, each
once a process. Must not know of SQL, of the network, or of how facts are drawn (harvest).
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

from amzsql.spapi.loader import Api, read_api, read_index
from amzsql.spapi.model import Field, Operation, Paging, Parameter, Rate, Shape, Window

__all__ = [
    "Api",
    "Field",
    "Operation",
    "Paging",
    "Parameter",
    "Rate",
    "Shape",
    "Window",
    "all_operations",
    "api",
    "apis",
    "match",
    "operation",
    "read_from",
]


_FACTS = Path(__file__).parent / "facts"


def read_from(folder: Path) -> None:
    """Read another folder's facts from now on, in a process that has read none yet: to compare newer ones."""
    global _FACTS
    _FACTS = folder
    _index.cache_clear()
    api.cache_clear()


@functools.cache
def _index() -> Mapping[str, tuple[tuple[str, str, str], ...]]:
    return read_index((_FACTS / "index.json").read_bytes())


def apis() -> tuple[str, ...]:
    """Return the names of the API versions, such as ``ordersV0``, in alphabetical order; nothing else is read."""
    return tuple(_index())


@functools.cache
def api(name: str) -> Api:
    """Return an API version; LookupError with the nearest names if there is none of that name."""
    if name not in _index():
        raise LookupError(_unknown("API version", name, apis()))
    return read_api((_FACTS / f"{name}.json").read_bytes())


@functools.cache
def operation(name: str) -> Operation:
    """Return an operation by name: ``ordersV0.getOrders``.

    Where one id has two methods or paths, they follow the name: ``shippingV2.linkCarrierAccount PUT /shipping/…``.
    LookupError with the nearest names if there is none, or with the full spellings if there are several.
    """
    short, _, rest = name.partition(" ")
    api_name, _, identifier = short.rpartition(".")
    if api_name not in _index():
        raise LookupError(_unknown("operation", short, _names()))
    entries = [e for e in _index()[api_name] if e[2] == identifier]
    if rest:
        entries = [e for e in entries if f"{e[0]} {e[1]}" == rest]
    if not entries:
        raise LookupError(_unknown("operation", name, _names()))
    if len(entries) > 1:
        spellings = "; ".join(f"{short} {method} {path}" for method, path, _ in entries)
        raise LookupError(f"{short} names {len(entries)} operations; write one of: {spellings}")
    return api(api_name).find(*entries[0][:2])


def all_operations() -> Iterator[Operation]:
    """Yield every operation; reads every API version."""
    for name in apis():
        yield from api(name).operations


def match(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """Return the operation that a request's method and raw path mean, with its path parameters decoded; or None.

    A literal segment wins over a parameter. Only the API version of the answer is read.
    """
    segments = path.split("/")
    best: tuple[int, str, str, dict[str, str]] | None = None
    for template, api_name in _templates().get(
        (method.upper(), len(segments), segments[1] if segments[1:] else ""), ()
    ):
        found = _fits(template.split("/"), segments)
        if found is not None and (best is None or len(found) < best[0]):
            best = (len(found), api_name, template, found)
    if best is None:
        return None
    _, api_name, template, found = best
    return api(api_name).find(method.upper(), template), found


@functools.cache
def _templates() -> Mapping[tuple[str, int, str], tuple[tuple[str, str], ...]]:
    """Return (path, api) by (method, number of segments, first segment): no path begins with a parameter."""
    out: dict[tuple[str, int, str], tuple[tuple[str, str], ...]] = {}
    for name, entries in _index().items():
        for method, path, _ in entries:
            segments = path.split("/")
            key = (method, len(segments), segments[1])
            out[key] = (*out.get(key, ()), (path, name))
    return out


def _fits(template: list[str], segments: list[str]) -> dict[str, str] | None:
    found = {}
    for wanted, given in zip(template, segments, strict=True):
        if wanted.startswith("{") and given:
            found[wanted[1:-1]] = unquote(given)
        elif wanted != given:
            return None
    return found


def _names() -> list[str]:
    return [f"{name}.{identifier}" for name, entries in _index().items() for _, _, identifier in entries]


def _unknown(what: str, name: str, names: list[str] | tuple[str, ...]) -> str:
    lower = {n.lower(): n for n in names}
    near = [lower[n] for n in difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.6)]
    return f"Amazon has no {what} {name!r}" + (f"; near: {', '.join(near)}" if near else "")
