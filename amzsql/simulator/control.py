"""The simulator's own surface for tests, below /-/: its clock, what was requested, its faults, and a new start.

Owns the paths and their bodies; what they change is the simulator's. Off unless it was asked for, and then for this
machine only.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from amzsql.clock import utc

from . import faults
from .accounts import ACCOUNTS, APPLICATIONS
from .call import dump
from .http import Answer, Request

if TYPE_CHECKING:
    from .app import Simulator

ROOT = "/-/"
_FIRST, _LAST = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (1980, 3000))
_LOCAL = ("", "127.0.0.1", "::1")


class _Wrong(Exception):
    """The request is not as it should be; the text says what would be."""


def answer(request: Request, simulator: Simulator) -> Answer:
    """Answer a request below /-/."""
    if request.remote not in _LOCAL:
        return _refusal(403, "The control surface answers this machine only.")
    ways = _WAYS.get(request.path.removeprefix(ROOT))
    if ways is None:
        return _refusal(404, f"There are {', '.join(ROOT + name for name in _WAYS)} and {ROOT}coverage.")
    way = ways.get(request.method)
    if way is None:
        return _refusal(405, f"{request.path} takes {', '.join(ways)}.")
    try:
        return Answer(200, dump(way(request, simulator)))
    except (_Wrong, ValueError) as error:
        return _refusal(400, str(error))


def _refusal(status: int, reason: str) -> Answer:
    return Answer(status, dump({"error": reason}))


def _body(request: Request) -> Any:
    try:
        return json.loads(request.body)
    except ValueError:
        raise _Wrong("The body must be JSON.") from None


def _clock(_: Request, simulator: Simulator) -> Mapping[str, Any]:
    now = simulator.now()
    return {"now": utc(now).isoformat().replace("+00:00", "Z"), "seconds": now, "running": simulator.running}


def _set_clock(request: Request, simulator: Simulator) -> Mapping[str, Any]:
    body = _body(request)
    running = body.pop("running", None) if isinstance(body, dict) else None
    now = _asked_time(body, simulator) if body != {} or running is None else None
    if not isinstance(running, bool | None):
        raise _Wrong("running must be true or false.")
    if now is not None and not _FIRST <= now < _LAST:
        raise _Wrong("The time must lie in the years 1980 to 2999.")
    if running is not None:
        simulator.run(running)
    if now is not None:
        simulator.set_time(now)
    return _clock(request, simulator)


def _asked_time(body: Any, simulator: Simulator) -> float:
    """Return the time that a body asks for."""
    match body:
        case {"now": str(text)}:
            try:
                at = datetime.fromisoformat(text)
            except ValueError:
                raise _Wrong(f"now must be a time such as 2026-12-01T00:00:00Z, not {text!r}.") from None
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
        case {"now": int() | float() as seconds} if not isinstance(seconds, bool):
            return float(seconds)
        case {"advance": int() | float() as seconds} if not isinstance(seconds, bool):
            return simulator.now() + seconds
    raise _Wrong('The body must be {"now": "2026-12-01T00:00:00Z"} or {"advance": seconds}, or {"running": false}.')


def _requests(request: Request, simulator: Simulator) -> Mapping[str, Any]:
    """Tell what was requested, from the one of number `after` on, counted from 0."""
    text = request.parameters.get("after", "0")
    if not text.isdecimal():
        raise _Wrong("after must be a whole number.")
    records = list(simulator.log)[int(text) :]
    return {"requests": [{**dataclasses.asdict(r), "query": dict(r.query)} for r in records]}


def _forget(_: Request, simulator: Simulator) -> Mapping[str, Any]:
    simulator.log.clear()
    return {}


def _reset(_: Request, simulator: Simulator) -> Mapping[str, Any]:
    simulator.reset()
    return {}


def _faults(_: Request, simulator: Simulator) -> Mapping[str, Any]:
    return faults.plain(simulator.scenario)


def _set_faults(request: Request, simulator: Simulator) -> Mapping[str, Any]:
    simulator.scenario = faults.scenario(_body(request))
    return faults.plain(simulator.scenario)


def _clear_faults(_: Request, simulator: Simulator) -> Mapping[str, Any]:
    simulator.scenario = faults.Scenario()
    return faults.plain(simulator.scenario)


def _credentials(_: Request, __: Simulator) -> Mapping[str, Any]:
    """Tell who can be asked for, and how."""
    accounts = [
        {
            "name": a.name, "kind": a.kind, "region": a.region, "partnerId": a.partner_id,
            "refreshToken": a.refresh_token,
        }
        for a in ACCOUNTS
    ]  # fmt: skip
    applications = [
        {
            "name": a.name, "kind": a.kind, "clientId": a.client_id, "clientSecret": a.client_secret,
            "applicationId": a.application_id, "redirectUris": a.redirects, "pii": a.pii != "never",
            "expired": a.expired,
        }
        for a in APPLICATIONS
    ]  # fmt: skip
    return {"accounts": accounts, "applications": applications}


_WAYS: Mapping[str, Mapping[str, Callable[[Request, Simulator], Mapping[str, Any]]]] = MappingProxyType(
    {
        "clock": {"GET": _clock, "PUT": _set_clock, "POST": _set_clock},
        "requests": {"GET": _requests, "DELETE": _forget},
        "reset": {"POST": _reset},
        "faults": {"GET": _faults, "PUT": _set_faults, "POST": _set_faults, "DELETE": _clear_faults},
        "credentials": {"GET": _credentials},
    }
)
