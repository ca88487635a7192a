"""Schemathesis asks every operation of Amazon's models for what they allow: no 5xx, no body against the model.

A lane of its own (`nox -s schemathesis`): it needs the package schemathesis and Amazon's models, and takes minutes.
AMZSQL_FUZZ_EXAMPLES is the number of requests for each operation.
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed: nox -s schemathesis")

from hypothesis import HealthCheck, Phase, given, settings  # noqa: E402
from schemathesis.checks import not_a_server_error  # noqa: E402

from amzsql import spapi  # noqa: E402
from amzsql.clock import VirtualClock  # noqa: E402
from amzsql.simulator import Simulator  # noqa: E402
from amzsql.spapi.model import Operation  # noqa: E402

from .conftest import Client  # noqa: E402
from .requesting import MODELS, model, violations  # noqa: E402
from .sweeping import BEFORE_REMOVALS  # noqa: E402

EXAMPLES = int(os.environ.get("AMZSQL_FUZZ_EXAMPLES", "3"))
pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason="Amazon's models are not here: ../shared/spapi/models")
_SETTINGS = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def logged_in(simulator: Simulator, clock: VirtualClock) -> dict[str, str]:
    """Return the access token of each kind of caller."""
    scopes = {o.grantless for o in spapi.all_operations() if o.grantless}
    kinds: dict[str, dict[str, str]] = {s: {"grant_type": "client_credentials", "scope": s} for s in scopes if s}
    for account in ("na", "vendor"):
        kinds[account] = {"refresh_token": f"Atzr|simulator-{account}"}
    return {kind: Client(simulator, clock, **login).http.headers["x-amz-access-token"] for kind, login in kinds.items()}


class Fuzz:
    """Asks operations and judges the answers; counts what was asked and what was answered with success."""

    def __init__(self) -> None:
        clock = VirtualClock(BEFORE_REMOVALS)
        self._simulator = Simulator(clock, throttle="off")
        self._tokens = logged_in(self._simulator, clock)
        self.asked = self.answered = 0

    def run(self, operation: Any, fact: Operation) -> None:
        """Ask one operation for what its model allows."""

        @_SETTINGS
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            self._ask(case, fact)

        ask()

    def _ask(self, case: Any, fact: Operation) -> None:
        token = self._tokens[fact.grantless or ("vendor" if fact.api.startswith("vendor") else "na")]
        response = case.call(app=self._simulator, headers={"x-amz-access-token": token})
        self.asked += 1
        case.validate_response(response, checks=[not_a_server_error])
        if response.status_code in fact.success:
            self.answered += 1
            assert violations(fact, response.status_code, response.content) == []
        else:
            assert 400 <= response.status_code < 500, response.status_code
            assert json.loads(response.content)["errors"], response.content


@pytest.mark.parametrize("name", sorted(spapi.apis()))
def test_answers_fit_the_model(name: str) -> None:
    schema = schemathesis.openapi.from_dict(model(name))
    fuzz, operations = Fuzz(), [r.ok() for r in schema.get_all_operations()]
    for operation in operations:
        fuzz.run(operation, spapi.api(name).find(operation.method.upper(), operation.path))
    assert fuzz.asked >= len(operations) == len(spapi.api(name).operations)
    print(f"{name}: {fuzz.answered} of {fuzz.asked} answered")
