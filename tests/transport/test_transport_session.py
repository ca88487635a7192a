"""One request, one answer: what is sent, what is tried again, what is raised, and what nobody may see."""

from __future__ import annotations

import gzip
import itertools
import json
import logging
import pickle
import traceback
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from transport_fakes import EXPIRED, FAST, OK, ORDERS, START, WRITE, Asked, Bench, bench, error, side_by_side

from amzsql.errors import (
    AccessDenied,
    ApiError,
    AuthError,
    BadRequest,
    BudgetExceeded,
    Cancelled,
    DataError,
    OperationalError,
    ProgrammingError,
    ServerError,
)
from amzsql.transport import Budget, Request, Response, StaticAuth, is_not_found, user_agent

HTML = (200, {"content-type": "text/html"}, b"<html>Sorry, Atza|planted-leak</html>")


def read(setup: Bench, **parameters: object) -> Response:
    with setup.clock.actor():
        return setup.session.send(Request(FAST, {"id": "1"} | parameters))


def write(setup: Bench) -> Response:
    with setup.clock.actor():
        return setup.session.send(Request(WRITE, {}, {"a": 1}))


def sent(**parameters: object) -> Asked:
    setup = bench()
    read(setup, **parameters)
    return setup.amazon.asked[0]


def test_values_never_change_the_shape_of_a_request() -> None:
    asked = sent(id="a/../b?c=d#e%2f", after="x&y=1+2", names=("Ä", "b c"), skus=("1", "2"))
    assert asked.path == "/things/a/../b?c=d#e%2f"  # one segment, decoded by WSGI
    assert asked.query == "after=x%26y%3D1%2B2&names=%C3%84,b%20c&skus=1&skus=2"


def test_dots_do_not_climb() -> None:
    assert sent(id="..").path == "/things/.."


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03%3A04%3A05Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 120000, tzinfo=timezone(timedelta(hours=1))), "2026-01-02T02%3A04%3A05.120Z"),
        (True, "true"),
        (5, "5"),
    ],
)
def test_values_are_spelt_as_amazon_does(value: object, text: str) -> None:
    assert sent(after=value).query == f"after={text}"


def test_missing_and_unsendable_values_are_refused() -> None:
    with pytest.raises(ProgrammingError, match=r"test\.read needs a value for id"), bench().clock.actor():
        bench().session.send(Request(FAST, {}))
    with pytest.raises(ProgrammingError, match="id is empty"):
        sent(id="")
    with pytest.raises(ProgrammingError, match="x-key holds characters"):
        sent(**{"x-key": "a\r\nhost: evil"})


def test_an_address_too_long_is_refused_and_shows_no_token() -> None:
    with pytest.raises(ProgrammingError, match=r"test\.read cannot be asked: .*long") as caught:
        sent(after="x" * 70000)
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    assert "Atza|token" not in "".join(told)


def test_headers_of_a_request() -> None:
    setup = bench(user_agent=user_agent("My;App", "1.0"))
    write(setup)
    asked = setup.amazon.asked[0]
    assert asked.headers["x-amz-access-token"] == "Atza|token1"
    assert asked.headers["user-agent"].startswith("My\\;App amzsql/1.0 (Language=Python/3.")
    assert asked.headers["content-type"] == "application/json"
    assert asked.body == b'{"a":1}'


def test_user_agent_keeps_amazons_limit() -> None:
    assert len(user_agent("x" * 900)) == 500
    assert len(user_agent("/" * 900)) <= 500
    assert user_agent(version="0.1.0").startswith("amzsql/0.1.0 (Language=Python/3.")
    assert user_agent("é\n").startswith("? amzsql/")


def test_latency_is_waited_on_a_virtual_clock() -> None:
    setup = bench(latency=0.3)
    answer = read(setup)
    assert answer.received_at - answer.sent_at == pytest.approx(0.3)
    assert setup.records[0].seconds == pytest.approx(0.3)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_reads_are_tried_again_after_a_fault_and_writes_are_not(status: int) -> None:
    fault = error(status, "InternalFailure")
    setup = bench(fault, fault, OK)
    assert read(setup).status == 200
    assert [r.status for r in setup.records] == [status, status, 200]
    setup = bench(fault, OK)
    with pytest.raises(ServerError) as caught:
        write(setup)
    assert caught.value.status == status
    assert len(setup.amazon.asked) == 1


def test_tries_end_and_jitter_is_bounded() -> None:
    setup = bench(error(503, "ServiceUnavailable"), max_retries=4, retry_wait=2.0)
    with pytest.raises(ServerError, match="tried 5 times"):
        read(setup)
    gaps = setup.gaps()
    assert len(gaps) == 5
    assert all(0 <= b - a <= 2 * 2**i + 0.01 for i, (a, b) in enumerate(itertools.pairwise(gaps)))


def test_an_outage_does_not_multiply_load() -> None:
    setup = bench(error(503, "ServiceUnavailable"), max_retries=5)
    for _ in range(40):
        with pytest.raises(ServerError):
            read(setup)
    assert len(setup.amazon.asked) == 40 + 100


@pytest.mark.parametrize("body", [HTML, (200, {}, b'{"payload": {"thi'), (200, {}, b'{"a": }')])
def test_an_answer_that_is_none_is_asked_again(body: Any) -> None:
    setup = bench(body, OK)
    assert read(setup).body == OK[2]
    with pytest.raises(ServerError, match="the answer is not JSON"):
        write(bench(body))


def test_an_answer_that_is_never_json_is_shown_without_secrets() -> None:
    with pytest.raises(ServerError, match=r"not JSON \(text/html\): <html>Sorry, \*\*\*") as caught:
        read(bench(HTML))
    assert "planted" not in str(caught.value)


def test_gzip_is_unpacked_and_a_cut_one_is_asked_again() -> None:
    whole = gzip.compress(OK[2])
    packed = {"content-encoding": "gzip"}
    setup = bench((200, packed, whole[:-12]), (200, packed, b"\x1f\x8bnonsense"), (200, packed, whole))
    assert read(setup).body == OK[2]
    assert [r.status for r in setup.records] == [0, 0, 200]


def test_bombs_and_giants_are_refused_without_another_try() -> None:
    setup = bench((200, {"content-encoding": "gzip"}, gzip.compress(b" " * (50 << 20))))
    with pytest.raises(DataError, match="grows more than"):
        read(setup)
    assert len(setup.amazon.asked) == 1
    with pytest.raises(DataError, match="larger than 1 MB"):
        read(bench((200, {}, b" " * (2 << 20)), max_bytes=1 << 20))


def test_redirects_are_not_followed() -> None:
    setup = bench((307, {"location": "https://evil.example/steal?token=1"}, b""))
    with pytest.raises(OperationalError, match=r"answered 307, a redirect to evil\.example") as caught:
        read(setup)
    assert len(setup.amazon.asked) == 1
    assert "steal" not in str(caught.value)


def test_an_expired_token_is_renewed_once() -> None:
    setup = bench(EXPIRED, OK)
    assert read(setup).status == 200
    assert [a.headers["x-amz-access-token"] for a in setup.amazon.asked] == ["Atza|token1", "Atza|token2"]
    setup = bench(EXPIRED)
    with pytest.raises(AccessDenied):
        read(setup)
    assert (len(setup.amazon.asked), len(setup.amazon.login_forms)) == (2, 2)


def test_access_denied_is_not_taken_for_an_expired_token() -> None:
    setup = bench(error(403, "Unauthorized", "Access to requested resource is denied."))
    with pytest.raises(AccessDenied, match=r"test\.read answered 403 Unauthorized: .*role.*\(request id r1\)"):
        read(setup)
    assert len(setup.amazon.asked) == 1


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (error(403, "Unauthorized", "Access to requested resource is denied."), True),
        (error(400, "InvalidInput", "Invalid marketplace."), True),
        (error(400, "InvalidInput", "Bad date."), False),
        (error(404, "NotFound"), False),
    ],
)
def test_a_refusal_names_the_marketplaces_that_were_sent(answer: Any, told: bool) -> None:
    setup = bench(answer)
    with pytest.raises(ApiError) as caught, setup.clock.actor():
        setup.session.send(Request(ORDERS, {"MarketplaceIds": ("A1", "A2"), "CreatedAfter": "2026-01-01"}))
    assert ("MarketplaceIds=A1,A2 (property Marketplace)" in str(caught.value)) is told
    assert "CreatedAfter" not in str(caught.value)


def test_a_given_token_cannot_be_renewed() -> None:
    with pytest.raises(AccessDenied, match="give a new one"):
        read(bench(EXPIRED, auth=StaticAuth("Atza|given")))


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"errors": [{"code": "InvalidInput", "message": "Bad.", "details": "x"}]}, "InvalidInput", "Bad. x."),
        ([{"code": "InvalidInput", "message": "Bad."}], "InvalidInput", "Bad."),
        ({"payload": {"errors": [{"code": 400, "message": "Bad."}]}}, "400", "Bad."),
        ({"code": "InvalidInput", "message": "Bad."}, "InvalidInput", "Bad."),
        ({}, None, "no explanation was given."),
    ],
)
def test_every_shape_of_an_error_is_read(body: Any, code: str | None, message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(bench((400, {}, json.dumps(body).encode())))
    assert (caught.value.code, caught.value.args[0], caught.value.request_id) == (code, message, "r1")
    assert caught.value.hint


def test_errors_in_a_200_are_errors() -> None:
    with pytest.raises(BadRequest) as caught:
        read(bench((200, {}, error(200, "InvalidInput")[2])))
    assert caught.value.status == 400
    both = json.dumps({"payload": {"things": []}, "errors": [{"code": "x"}]}).encode()
    assert read(bench((200, {}, both))).body == both


def test_not_found_is_told_apart() -> None:
    for answer, absent in [
        (error(404, "NotFound"), True),
        (error(400, "ResourceNotFound"), True),
        (error(400, "InvalidInput"), False),
    ]:
        with pytest.raises(ApiError) as caught:
            read(bench(answer))
        assert is_not_found(caught.value) is absent


def test_a_budget_is_kept_over_retries_too() -> None:
    budget = Budget(2)
    setup = bench(error(500, "InternalFailure"))
    with setup.clock.actor(), pytest.raises(BudgetExceeded, match=r"2 requests \(MaxRequests\)"):
        setup.session.send(Request(FAST, {"id": "1"}), budget=budget)
    assert len(setup.amazon.asked) == budget.spent == setup.session.requests == 2


def test_cancel_ends_a_retry() -> None:
    setup = bench(error(503, "Busy"), retry_wait=1000.0)
    flag = setup.clock.event()
    ended: list[float] = []

    def asks() -> None:
        with pytest.raises(Cancelled):
            setup.session.send(Request(FAST, {"id": "1"}), cancelled=flag)
        ended.append(setup.clock.now() - START)

    def cancels() -> None:
        setup.clock.wait(START + 0.5)
        flag.set()

    side_by_side(setup.clock, [asks, cancels])
    assert ended == [0.5]


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("invalid_grant", "authorise the application again"),
        ("invalid_client", "rotated"),
        ("unauthorized_client", "grant"),
    ],
)
def test_wrong_credentials_say_what_to_do_at_once(code: str, hint: str) -> None:
    said = f"Bad token Atzr|planted-refresh of planted-secret: {code}"
    refusal = (400, {}, json.dumps({"error": code, "error_description": said}).encode())
    setup = bench(logins=[refusal] * 5)
    with pytest.raises(AuthError, match=hint) as caught:
        read(setup)
    assert "planted" not in str(caught.value)
    assert (len(setup.amazon.login_forms), setup.amazon.asked, setup.session.requests) == (1, [], 0)


def test_lwa_faults_are_tried_again() -> None:
    setup = bench(logins=[(500, {}, b"oops"), (200, {}, b"<html>")])
    assert read(setup).status == 200
    assert len(setup.amazon.login_forms) == 3
    setup = bench(logins=[(503, {}, b"")] * 9)
    with pytest.raises(AuthError, match="gives no token"):
        read(setup)


@pytest.mark.parametrize(
    "answer",
    [
        (404, {}, b"<html>not here</html>"),
        (404, {}, b'{"errors": [{"code": "NotFound", "message": "x"}]}'),
        (403, {}, b"no"),
        (400, {}, b'{"error": "unheard_of", "error_description": "x"}'),
        (200, {}, b"<html>"),
        (302, {}, b""),
    ],
)
def test_what_is_not_lwa_names_the_property_of_its_address(answer: Any) -> None:
    setup = bench(logins=[answer] * 9)
    with pytest.raises(AuthError, match="OAuthAccessTokenURL"):
        read(setup)


def planted(setup: Bench) -> list[str]:
    return ["planted-secret", "planted-refresh", "Atza|token"]


@pytest.mark.parametrize(
    "answer",
    [OK, error(403, "Unauthorized"), error(400, "X", "Your token Atza|token1 is odd"), HTML, (302, {}, b""), EXPIRED],
)
def test_no_secret_is_seen_anywhere(answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    setup = bench(answer, max_retries=1)
    seen = [repr(setup.session), repr(setup.session._auth), repr(setup.records)]
    try:
        seen.append(repr(read(setup)))
    except OperationalError as problem:
        link: BaseException | None = problem
        while link is not None:
            seen += [repr(link), "".join(traceback.format_exception(link)), str(vars(link))]
            seen += [
                repr(f.f_locals) for f, _ in traceback.walk_tb(link.__traceback__) if "amzsql" in f.f_code.co_filename
            ]
            link = link.__cause__ or link.__context__
        seen.append(repr(pickle.loads(pickle.dumps(problem))))
    seen += [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    for secret in planted(setup):
        assert not [text for text in seen if secret in text]
    for thing in (setup.session, setup.session._auth):
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(thing)


def test_httpx_is_silent_for_us_and_only_for_us(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    read(bench())
    assert not [r for r in caplog.records if r.name.startswith("http")]
    logging.getLogger("httpx").info("somebody else's request")
    assert [r.getMessage() for r in caplog.records if r.name == "httpx"] == ["somebody else's request"]


def test_orders_answer_over_the_simulators_interface() -> None:
    setup = bench((200, {"x-amzn-RateLimit-Limit": "0.0167"}, b'{"payload": {"Orders": []}}'))
    with setup.clock.actor():
        answer = setup.session.send(Request(ORDERS, {"MarketplaceIds": ("A", "B")}))
    assert setup.amazon.asked[0].query == "MarketplaceIds=A,B"
    assert (answer.json(), answer.request_id) == ({"payload": {"Orders": []}}, "r1")
