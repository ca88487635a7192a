"""Every operation that is not a read, called by EXEC of the simulated accounts after they were used for a while."""

from __future__ import annotations

import functools
from contextlib import suppress

import pytest
from asking import BEFORE_REMOVALS, World
from conformance_calls import call_of, calling
from driving import over
from simulator.requesting import Maker
from simulator.sweeping import SELLER, Sweep
from test_conformance_calls import SIGNED, WRITES, asking

from amzsql import spapi
from amzsql.catalog.procedures import spelling
from amzsql.clock import VirtualClock
from amzsql.connection import Connection
from amzsql.errors import ApiError
from amzsql.simulator import Simulator
from amzsql.spapi.model import Operation

PRODUCTION = [o for o in WRITES if not o.sandbox_only]
CALLING = calling()
# What a second request like the first is answered with: it was done already, or what it was done to is no longer so.
AGAIN = (400, 403, 404, 409, 422)


@functools.cache
def used() -> World:
    """Return accounts of our own in which every operation has been called once, but for those that end things."""
    clock = VirtualClock(BEFORE_REMOVALS)
    simulator = Simulator(clock, orders=150, throttle="off")
    sweep = Sweep(simulator, clock)
    sweep.run(ending=False)
    return World(simulator, clock, sweep)


@functools.cache
def connection(account: str) -> Connection:
    properties = {"vendor": {"SellingPartner": "Vendor"}, "na": {"SellerId": SELLER}}[account]
    token = f"Atzr|simulator-{account}"
    return over(used().simulator, used().clock, OAuthRefreshToken=token, MaxRetries=0, **properties)


OUTCOMES: dict[str, int] = {}


@pytest.mark.parametrize("operation", PRODUCTION, ids=lambda o: f"{o.name}-{o.method}")
def test_the_simulator_takes_it(operation: Operation) -> None:
    asked, procedure = asking(operation), CALLING[spelling(operation)]
    signed = {p.name: SIGNED[p.name] for p in operation.parameters if p.name in SIGNED and p.name not in asked.given}
    # The smallest request of some says nothing, which the driver does not send.
    body = Maker(operation, used().sweep.pool, optional=True).body() if asked.body == {} else asked.body
    statement, parameters, _ = call_of(procedure, {**signed, **asked.given}, body)
    account = "vendor" if spapi.api(operation.api).partner == "vendor" else "na"
    before = len(used().simulator.log)
    with suppress(ApiError):
        connection(account).cursor().execute(statement, parameters)
    sent = [r for r in used().simulator.log[before:] if not r.operation.startswith(("lwa", "tokens"))]
    sent = sent or used().simulator.log[-1:]
    assert [r.operation for r in sent] == [operation.name]
    assert sent[0].status in (*operation.success, *AGAIN)
    OUTCOMES[spelling(operation)] = sent[0].status


def test_most_of_them_are_carried_out() -> None:
    # Other workers may have called some of them.
    for operation in PRODUCTION:
        if spelling(operation) not in OUTCOMES:
            test_the_simulator_takes_it(operation)
    done = [name for name, status in OUTCOMES.items() if status < 300]
    assert len(done) >= 79, sorted(set(OUTCOMES) - set(done))
