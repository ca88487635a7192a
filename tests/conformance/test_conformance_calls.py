"""Every operation that is not a read, called by EXEC: what is sent is valid by the facts, what comes back is decoded.

Once with what the simulated accounts were validly asked by, once with the requests of Amazon's own sandbox.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from asking import BEFORE_REMOVALS, SELLER, world
from conformance_calls import RESTRICTED, TOKEN, Noting, Sent, call_of, calling
from conformance_reader import at, result, rows
from conformance_replay import SHARED
from driving import over
from simulator.requesting import Maker

from amzsql import errors, spapi
from amzsql.catalog.procedures import Procedure, ResultSet, spelling
from amzsql.clock import VirtualClock
from amzsql.connection import Connection
from amzsql.cursor import Cursor
from amzsql.spapi import validate
from amzsql.spapi.model import Operation

WRITES = [o for o in spapi.all_operations() if not o.read]
CALLING = calling()
# The headers that say who signed a payment, which nothing but a bank's key could make.
SIGNED = {"destAccountDigitalSignature": "signed", "amountDigitalSignature": "signed"}


@dataclass(frozen=True)
class Asking:
    """A valid request of one operation and its answer."""

    given: Mapping[str, Any]
    body: Any
    status: int
    answer: bytes


def asking(operation: Operation) -> Asking:
    """Return what a simulated account asked; of what it never did (end things), the smallest valid request."""
    if operation.key not in world().sweep.answers:
        maker = Maker(operation, world().sweep.pool)
        path = spapi.match(operation.method, maker.path())
        assert path is not None
        keys = {n: v.replace("/", "-") for n, v in path[1].items()}
        return Asking({**keys, **maker.query()}, maker.body(), operation.success[0], b"")
    answer = world().sweep.answers[operation.key]
    parts = urlsplit(str(answer.request.url))
    matched = spapi.match(operation.method, parts.path)
    assert matched is not None
    given: dict[str, Any] = dict(matched[1])
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        given[name] = f"{given[name]},{value}" if name in given else value
    # In an address that a WSGI server has decoded, a slash is not told from its own.
    given = {n: v.replace("/", "-") if n in matched[1] else v for n, v in given.items()}
    body = json.loads(answer.request.content) if answer.request.content else None
    if not answer.is_success:
        return Asking(given, body, operation.success[0], b"")
    return Asking(given, body, answer.status_code, answer.content)


def connect(app: Noting, operation: Operation, **properties: Any) -> Connection:
    vendor = spapi.api(operation.api).partner == "vendor"
    account = {"SellingPartner": "Vendor"} if vendor else {"SellerId": SELLER}
    sandbox = {"UseSandbox": True} if operation.sandbox_only else {}
    return over(app, VirtualClock(BEFORE_REMOVALS), **account, **{**sandbox, **properties})


def called(asked: Asking, procedure: Procedure, app: Noting, **properties: Any) -> Cursor:
    """Call a procedure with what was asked."""
    operation = spapi.operation(procedure.operation)
    signed = {p.name: SIGNED[p.name] for p in operation.parameters if p.name in SIGNED and p.name not in asked.given}
    statement, parameters, unsaid = call_of(procedure, {**signed, **asked.given}, asked.body)
    assert unsaid == []
    if not asked.body and any(p.location == "body" for p in operation.parameters):
        # Amazon's examples of a call that says nothing, which the driver sends nowhere else.
        properties["UseSandbox"] = True
    return connect(app, operation, **properties).cursor().execute(statement, parameters)


def problems(sent: Sent) -> list[str]:
    """Return what Amazon would refuse of a request."""
    styles = {p.name: p.style for p in sent.operation.parameters}
    query = {n: v.split(",") if styles[n] == "multi" else [v] for n, v in sent.query.items()}
    return [p.message for p in validate.problems(sent.operation, sent.path, query, sent.body)]


def expected(each: ResultSet, body: Any) -> list[list[Any]]:
    """Return a result as a plain reading of the body gives it."""
    if not any(c.path for c in each.columns):
        return [[True] * len(each.columns)]
    return [[_value(c.type.name, c.path, levels) for c in each.columns] for levels in rows(body, each.row_path)]


def _value(kind: str, path: str, levels: Any) -> Any:
    return True if not path else result(kind, json.dumps(v) if isinstance(v := at(levels, path), dict | list) else v)


def read(cursor: Cursor, each: ResultSet) -> list[list[Any]]:
    kinds = [c.type.name for c in each.columns]
    assert [d[0] for d in cursor.description or ()] == [c.name for c in each.columns]
    return [[result(kind, value) for kind, value in zip(kinds, row, strict=True)] for row in cursor.fetchall()]


@pytest.mark.parametrize("operation", WRITES, ids=lambda o: f"{o.name}-{o.method}")
def test_every_operation_that_writes_is_called(operation: Operation) -> None:
    procedure, asked = CALLING[spelling(operation)], asking(operation)
    app = Noting(asked.answer, asked.status, grants=operation.restricted == "always")
    cursor = called(asked, procedure, app)
    [sent] = app.sent
    assert sent.operation.key == operation.key
    assert {**sent.path, **sent.query} == asked.given
    assert sent.body == asked.body or (not sent.body and not asked.body)
    assert problems(sent) == []
    assert sent.token == (RESTRICTED if operation.restricted == "always" else TOKEN["access_token"])
    body = json.loads(asked.answer) if asked.answer else {}
    for number, each in enumerate(procedure.sets):
        assert number == 0 or cursor.nextset()
        assert read(cursor, each) == expected(each, body)
    assert cursor.nextset() is None


def test_each_of_them_has_its_procedure() -> None:
    assert len(WRITES) == 164
    assert {spelling(o) for o in WRITES} == set(CALLING)


@pytest.mark.parametrize("operation", WRITES, ids=lambda o: f"{o.name}-{o.method}")
def test_none_of_them_is_called_where_nothing_may_change(operation: Operation) -> None:
    procedure, app = CALLING[spelling(operation)], Noting(b"")
    if not procedure.writes:
        return
    with pytest.raises(errors.ProgrammingError, match="Readonly: nothing was sent"):
        called(asking(operation), procedure, app, Readonly=True)
    assert app.sent == []


# -- Amazon's own sandbox ----------------------------------------------------------------------------------------------

# Requests of the sandbox that break Amazon's own model, and how: the driver refuses them before any call.
EXCEPTIONS: Mapping[tuple[str, int], str] = {
    ("awd_2024-05-09.createInbound", 1): "cannot be CUIN",
    ("awd_2024-05-09.checkInboundEligibility", 13): "cannot be CUIN",
    ("easyShip_2022-03-23.createScheduledPackage", 71): "no field packageDetails.packageDimensions",
    ("sellerWallet_2024-03-01.createTransferSchedule", 415): "cannot be IBAN",
    ("vendorDirectFulfillmentShippingV1.submitShipmentStatusUpdates", 614): "addressLine1 is missing",
}
# Answers that call themselves a success and are none.
REFUSED = {"services.updateSchedule", "services.createReservation", "services.updateReservation"}


@dataclass(frozen=True)
class Case:
    """A request of the sandbox: what it must carry, and the answer."""

    operation: Operation
    number: int
    request: Mapping[str, Any]
    status: int
    response: Any

    def __str__(self) -> str:
        return f"{self.operation.name} {self.number} {self.status}"


def cases() -> Iterator[Case]:
    """Yield the sandbox's cases of all operations that are no reads."""
    if not SHARED.is_dir():
        return
    known = {o.key: o for o in WRITES}
    for number, line in enumerate((SHARED / "sandbox_cases.jsonl").read_text().splitlines(), 1):
        case = json.loads(line)
        operation = known.get((case["api"], case["method"], case["path"]))
        if operation is not None:
            yield Case(operation, number, case["request"], case["status"], case["response"])


CASES = list(cases())
DONE = [c for c in CASES if c.status < 300]


def filled(case: Case) -> tuple[dict[str, Any], Any]:
    """Return a case's parameters and body, with what Amazon requires and the case leaves open."""
    maker = Maker(case.operation, world().sweep.pool)
    path = spapi.match(case.operation.method, maker.path())
    assert path is not None
    given: dict[str, Any] = {n: v.replace("/", "-") for n, v in path[1].items()}
    given |= {**maker.query(), **{n: v for n, v in case.request.items() if n != "body"}}
    body = case.request.get("body")
    return given, {**(maker.body() or {}), **(body or {})} or None


@pytest.mark.parametrize("case", DONE, ids=str)
def test_a_request_of_the_sandbox_is_sent_as_it_is(case: Case) -> None:
    procedure = CALLING[spelling(case.operation)]
    given, body = filled(case)
    answer = b"" if case.response is None else json.dumps(case.response).encode()
    app = Noting(answer, case.status, grants=case.operation.restricted == "always")
    why = EXCEPTIONS.get((case.operation.name, case.number))
    if why is not None or (case.operation.name in REFUSED and set(case.response) == {"errors"}):
        with pytest.raises(errors.ProgrammingError, match=why or case.response["errors"][0]["code"]):
            called(Asking(given, body, case.status, answer), procedure, app)
        assert len(app.sent) == (why is None)
        return
    cursor = called(Asking(given, body, case.status, answer), procedure, app)
    [sent] = app.sent
    assert sent.operation.key == case.operation.key
    told = {**sent.path, **sent.query}
    for name, value in case.request.items():
        assert _timed(sent.body or {}) == _timed(body or {}) if name == "body" else (told[name] == _as_sent(value))
    assert problems(sent) == []
    for number, each in enumerate(procedure.sets):
        assert number == 0 or cursor.nextset()
        assert read(cursor, each) == expected(each, case.response or {})


def _timed(value: Any) -> Any:
    """Return a body in which a time without a zone is one of UTC, as the connection means it."""
    if isinstance(value, dict):
        return {n: _timed(v) for n, v in value.items()}
    if isinstance(value, list):
        return [_timed(v) for v in value]
    return f"{value}Z" if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", value) else value


def _as_sent(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_as_sent, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("case", [c for c in CASES if c.status >= 400], ids=str)
def test_a_refusal_of_the_sandbox_is_an_error(case: Case) -> None:
    """What the facts do not refuse is sent, and Amazon's refusal is raised with its status."""
    procedure = CALLING[spelling(case.operation)]
    given, body = filled(case)
    app = Noting(json.dumps(case.response or {}).encode(), case.status)
    with pytest.raises(errors.DatabaseError) as raised:
        called(Asking(given, body, case.status, b""), procedure, app, MaxRetries=0)
    assert not app.sent or getattr(raised.value, "status", None) == case.status


def test_no_case_is_left_out() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"Amazon's recorded answers are not here ({SHARED.name} beside the checkout)")
    assert (len(CASES), len(DONE)) == (286, 110)
    assert {(c.operation.name, c.number) for c in DONE} >= set(EXCEPTIONS)
