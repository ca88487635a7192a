"""Every operation that production has answers 2xx to a valid request, with a body that fits Amazon's own model."""

from __future__ import annotations

import json

import pytest

from amzsql import spapi
from amzsql.clock import VirtualClock
from amzsql.simulator import Simulator
from amzsql.spapi.model import Operation

from .requesting import MODELS, violations
from .sweeping import BEFORE_REMOVALS, OPERATIONS, Sweep

APIS = sorted({operation.api for operation in OPERATIONS})


@pytest.fixture(scope="module")
def sweep() -> Sweep:
    clock = VirtualClock(BEFORE_REMOVALS)
    found = Sweep(Simulator(clock, throttle="off"), clock)
    found.run()
    return found


def test_production_has_372_operations() -> None:
    assert len(OPERATIONS) == 372


def of(api: str) -> list[Operation]:
    return [operation for operation in OPERATIONS if operation.api == api]


@pytest.mark.parametrize("api", APIS)
def test_operations_answer(sweep: Sweep, api: str) -> None:
    for operation in of(api):
        answer = sweep.answers[operation.key]
        told = f"{answer.request.method} {answer.request.url} {answer.text[:400]}"
        assert answer.status_code in operation.success, told


@pytest.mark.skipif(not MODELS.is_dir(), reason="Amazon's models are not here: ../shared/spapi/models")
@pytest.mark.parametrize("api", APIS)
def test_bodies_fit_the_models(sweep: Sweep, api: str) -> None:
    for operation in of(api):
        answer = sweep.answers[operation.key]
        if answer.is_success:
            assert violations(operation, answer.status_code, answer.content) == [], operation.name


def test_a_body_that_does_not_fit_is_found() -> None:
    if not MODELS.is_dir():
        pytest.skip("Amazon's models are not here: ../shared/spapi/models")
    operation = spapi.operation("sellers.getMarketplaceParticipations")
    assert violations(operation, 200, json.dumps({"payload": [{"marketplace": {"id": 7}}]}).encode())
