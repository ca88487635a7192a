"""What each operation was validly asked by, and what it answered: where tests of any table take their values from.

The simulated seller and vendor have been through every workflow, at a time when nothing that the facts know had been
removed yet. Knows operations and their parameters; what is done with a table's declarations is for the tests.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
from simulator.requesting import Maker
from simulator.sweeping import BEFORE_REMOVALS, SELLER, Sweep

from amzsql import spapi
from amzsql.clock import VirtualClock
from amzsql.simulator import Simulator
from amzsql.spapi.model import Operation

__all__ = ["BEFORE_REMOVALS", "SELLER", "Asked", "World", "body_field", "world"]


@dataclass(frozen=True)
class Asked:
    """A request that was answered with a success: its parameters by name, its body, and the answer's body."""

    given: Mapping[str, str]
    body: Any
    answer: bytes

    def value(self, name: str) -> Any:
        """Return what a parameter, or a field of the body by its path, was asked with; None if it was not."""
        if name.startswith("body"):
            return body_field(self.body, name)
        return self.given.get(name)


def body_field(body: Any, name: str) -> Any:
    """Return a field of a body by its parameter's name (``body.requests[].asin``), of the first element each."""
    value = body
    for step in name.removeprefix("body").replace("[]", ".[]").split("."):
        if step == "[]":
            value = value[0] if isinstance(value, list) and value else None
        elif step:
            value = value.get(step) if isinstance(value, dict) else None
    return value


@dataclass
class World:
    """A simulator after a sweep over all of its operations."""

    simulator: Simulator
    clock: VirtualClock
    sweep: Sweep
    _asked: dict[str, Asked] = field(default_factory=dict)

    def asked(self, operation: Operation) -> Asked:
        """Return the sweep's request of an operation."""
        if operation.name not in self._asked:
            answer: httpx.Response = self.sweep.answers[operation.key]
            parts = urlsplit(str(answer.request.url))
            matched = spapi.match(operation.method, parts.path)
            assert matched is not None, answer.request.url
            query: dict[str, str] = {}
            for name, value in parse_qsl(parts.query, keep_blank_values=True):
                query[name] = f"{query[name]},{value}" if name in query else value
            body = json.loads(answer.request.content) if answer.request.content else None
            self._asked[operation.name] = Asked({**query, **matched[1]}, body, answer.content)
        return self._asked[operation.name]

    def value(self, operation: Operation, name: str) -> Any:
        """Return a valid value of a parameter: the one it was asked with, else one made for it."""
        found = self.asked(operation).value(name)
        return Maker(operation, self.sweep.pool).text(operation.parameter(name)) if found is None else found

    def page(self, operation: Operation, given: Mapping[str, Any]) -> bytes:
        """Ask an operation as the sweep did, but for some parameters (None leaves one out); return the answer."""
        asked = self.asked(operation)
        parameters = {n: v for n, v in {**asked.given, **given}.items() if v is not None}
        path = operation.path
        for name in [n for n in parameters if f"{{{n}}}" in path]:
            path = path.replace(f"{{{name}}}", quote(str(parameters.pop(name)), safe=""))
        client = self.sweep.client(operation)
        headers = self.sweep.restricted(client, operation, path)
        method, sent = operation.method, asked.body
        answer = client.http.request(method, path, params=parameters, json=sent, headers=headers)
        assert answer.is_success, (operation.name, str(answer.request.url), answer.text)
        return answer.content


@functools.cache
def world() -> World:
    """Return the world, made once for all tests; whoever changes it makes one of their own."""
    clock = VirtualClock(BEFORE_REMOVALS)
    simulator = Simulator(clock, orders=150, throttle="off")
    sweep = Sweep(simulator, clock)
    sweep.run(ending=False)
    return World(simulator, clock, sweep)
