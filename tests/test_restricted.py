"""Operations that answer nothing but personal data: read with a restricted data token, or told how they can be."""

from __future__ import annotations

import math
import traceback
from pathlib import Path
from typing import Any

import pytest
from driving import NOW, SECRETS, asked, rows, simulated

from amzsql import spapi
from amzsql.clock import VirtualClock
from amzsql.errors import AccessDenied, ApiError
from amzsql.execute.restricted import Admission, Admissions
from amzsql.simulator import Fault
from amzsql.transport import Request
from amzsql.transport.tokens import FileTokens, Token
from amzsql.transport.watch import Watch

TOKEN = "createRestrictedDataToken"
VENDOR = {"OAuthRefreshToken": "Atzr|simulator-vendor", "SellerId": "AMZNVENDOR01"}
NOBODY = {
    "OAuthClientId": "amzn1.application-oa2-client.simulator-nopii",
    "OAuthClientSecret": "amzn1.oa2-cs.v1.simulator-nopii",
}
WEEK = "OrderDate >= CURRENT_DATE - INTERVAL 7 DAY"
FORTNIGHT = "CreatedDate >= CURRENT_DATE - INTERVAL 14 DAY"
REGULATED = "SELECT AmazonOrderId, RegulatedOrderVerificationStatusStatus FROM OrderRegulatedInfo LIMIT 5"
READS = [
    (
        VENDOR,
        f"SELECT PurchaseOrderNumber, ShipToPartyName FROM VendorDirectFulfillmentOrders WHERE {WEEK}",
        "getOrders",
    ),
    (VENDOR, f"SELECT PurchaseOrderNumber, Content FROM VendorPackingSlips WHERE {FORTNIGHT}", "getPackingSlips"),
    (VENDOR, f"SELECT * FROM VendorShippingLabels WHERE {FORTNIGHT}", "getShippingLabels"),
    (VENDOR, f"SELECT * FROM VendorCustomerInvoices WHERE {FORTNIGHT}", "getCustomerInvoices"),
    ({}, REGULATED, "getOrderRegulatedInfo"),
]


@pytest.mark.parametrize(("account", "statement", "operation"), READS, ids=[operation for *_, operation in READS])
def test_one_token_opens_all_that_a_statement_reads(account: dict[str, str], statement: str, operation: str) -> None:
    """One token serves all pages, windows and keys, and EXPLAIN has counted it."""
    given: dict[str, Any] = SECRETS | account
    connection, simulator = simulated(throttle=None, IncludeRestrictedData=True, **given)
    with connection:
        cursor = connection.cursor()
        found = cursor.execute(statement).fetchall()
        assert found
        assert None not in {value for row in found for value in row[:2]}
        assert asked(simulator, TOKEN) == [200]
        assert set(asked(simulator, operation)) == {200}
        if account:
            assert cursor.stats.sources[f"tokens_2021-03-01.{TOKEN}"] == 1
            few = cursor.execute(f"{statement} LIMIT 1")
            assert few.stats.planned_requests == 1
            assert len(few.fetchall()) == 1
            assert few.stats.requests == few.stats.pages
            assert asked(simulator, TOKEN) == [200]

    closed, simulator = simulated(throttle=None, **given)
    with closed, pytest.raises(AccessDenied, match=r"connect with IncludeRestrictedData=True.* role") as caught:
        rows(closed, statement)
    assert caught.value.operation is not None
    assert caught.value.operation.endswith(operation)
    assert asked(simulator, TOKEN) == []


def test_a_token_that_is_over_is_made_anew() -> None:
    connection, simulator = simulated(orders=20, throttle=None)
    clock, session = connection.runtime.clock, connection.runtime.session()
    request = Request(spapi.operation("ordersV0.getOrderRegulatedInfo"), {"orderId": "113-1535095-6319967"})
    admission = Admission(Admissions(clock), session.owner, session.send, lambda what: Watch(clock, what))
    with clock.actor():
        first = admission.admitted(request).restricted
        clock.wait(clock.now() + 3000.0)
        assert admission.admitted(request).restricted == first
        clock.wait(clock.now() + 550.0)
        assert admission.admitted(request).restricted != first
    assert asked(simulator, TOKEN) == [200, 200]
    assert first not in repr(vars(admission))


def test_an_application_that_gets_no_token_is_told_the_role() -> None:
    given: dict[str, Any] = SECRETS | VENDOR | NOBODY
    connection, _ = simulated(throttle=None, IncludeRestrictedData=True, **given)
    with connection, pytest.raises(ApiError, match=r"Direct to Consumer Shipping \(Restricted\)"):
        rows(connection, READS[0][1])


@pytest.mark.parametrize("shown", [True, False])
def test_what_v0_leaves_out_is_asked_for_where_it_is_read(shown: bool) -> None:
    """By the parts of an answer that hold it; an application that may not is answered without, and told."""
    given: dict[str, Any] = SECRETS if shown else SECRETS | NOBODY
    connection, simulator = simulated(throttle=None, IncludeRestrictedData=True, OrdersApi="v0", **given)
    with connection:
        cursor = connection.cursor()
        read = "SELECT {} FROM Orders WHERE PurchaseDate >= '2026-11-01' LIMIT 5"
        assert len(cursor.execute(read.format("AmazonOrderId, ShippingAddressCity")).fetchall()) == 5
        assert asked(simulator, TOKEN) == []
        cursor.execute(read.format("BuyerInfoBuyerEmail, ShippingAddressName"))
        assert cursor.stats.planned_requests == 2
        found = cursor.fetchall()
        assert [value is not None for row in found for value in row] == [shown] * 10
        assert asked(simulator, TOKEN) == ([200] if shown else [400])
        said = "ordersV0.getOrders is read without buyerInfo and shippingAddress"
        assert any(said in text for _, text in cursor.messages) is not shown
        texts = "SELECT BuyerInfoGiftMessageText FROM OrderItems WHERE BuyerInfoGiftMessageText IS NOT NULL LIMIT 2"
        assert len(rows(connection, texts)) == 2 * shown


def test_one_token_an_hour_for_any_number_of_orders() -> None:
    """Whatever reads them: one statement for two hours, or one after the other; EXPLAIN counts them."""
    connection, simulator = simulated(orders=400, IncludeRestrictedData=True, OrdersApi="v0", RateShare=0.1)
    read = (
        "SELECT o.AmazonOrderId, a.ShippingAddressName FROM Orders o JOIN OrderAddress a "
        "ON a.AmazonOrderId = o.AmazonOrderId WHERE o.PurchaseDate >= '2025-01-01'"
    )
    with connection:
        cursor = connection.cursor()
        began = connection.runtime.clock.now()
        found = cursor.execute(read).fetchall()
        hours = (connection.runtime.clock.now() - began) / 3600
        assert len(found) == asked(simulator, "getOrderAddress").count(200) > 200
        assert None not in {name for _, name in found}
        assert asked(simulator, TOKEN) == [200] * math.ceil(hours)
        assert cursor.stats.sources[f"tokens_2021-03-01.{TOKEN}"] == math.ceil(hours) > 1
        one = f"SELECT ShippingAddressName FROM OrderAddress WHERE AmazonOrderId = '{found[0][0]}'"
        planned = rows(connection, f"EXPLAIN {one}")[-1]
        assert planned[7] == 1
        assert rows(connection, one) == [(found[0][1],)]
        assert len(asked(simulator, TOKEN)) == math.ceil(hours)


@pytest.mark.parametrize(("shown", "tokens"), [(True, [200]), (False, [400] * 3)])
def test_one_token_opens_all_operations_of_a_statement(shown: bool, tokens: list[int]) -> None:
    """Where Amazon gives none for all of them, each is asked for by itself."""
    given: dict[str, Any] = SECRETS if shown else SECRETS | NOBODY
    connection, simulator = simulated(orders=60, throttle=None, IncludeRestrictedData=True, OrdersApi="v0", **given)
    read = (
        "SELECT a.ShippingAddressName, b.BuyerEmail FROM OrderAddress a JOIN OrderBuyerInfo b "
        "ON a.AmazonOrderId = b.AmazonOrderId WHERE a.AmazonOrderId IN ('113-1535095-6319967', '114-6347743-2193740') "
        "AND b.AmazonOrderId IN ('113-1535095-6319967', '114-6347743-2193740')"
    )
    with connection:
        planned = rows(connection, f"EXPLAIN {read}")[-1][7]
        found = rows(connection, read)
    assert planned == 2 + 2 + 1
    assert len(found) == 2
    assert {value is not None for row in found for value in row} == {shown}
    assert asked(simulator, TOKEN)[:3] == tokens
    said = {text for _, text in connection.messages if "Amazon gives no restricted data token for it" in text}
    assert len(said) == 2 * (not shown)


def test_a_token_that_amazon_takes_no_longer_is_made_anew() -> None:
    gone = Fault("*getOrderRegulatedInfo", "expire", nth=2)
    connection, simulator = simulated(gone, orders=250, throttle=None, IncludeRestrictedData=True)
    with connection:
        assert len(rows(connection, REGULATED)) == 5
    assert asked(simulator, TOKEN) == [200, 200]
    assert asked(simulator, "getOrderRegulatedInfo").count(403) == 1


def test_processes_share_tokens_of_a_private_file(tmp_path: Path) -> None:
    """In the state folder as the account's own; they are gone with a logout, those of other accounts are not."""
    clock = VirtualClock(NOW)
    file = tmp_path / "tokens-restricted.json"
    made: list[str] = []

    def of(process: Admissions, owner: str, name: str = "ordersV0.getOrderAddress") -> str:
        def make() -> tuple[Token, list[str]]:
            made.append(name)
            return Token(f"Atz.sprdt|{len(made)}", clock.now(), 3600.0), [name]

        return process.token(owner, name, Watch(clock, "asking"), make).access_token

    one, other = (Admissions(clock, FileTokens(file)) for _ in range(2))
    with clock.actor():
        assert of(one, "a") == of(other, "a") == "Atz.sprdt|1"
        assert of(other, "b") == "Atz.sprdt|2"
        assert other.held("a") == {"ordersV0.getOrderAddress"}
        assert file.stat().st_mode & 0o777 == 0o600
        other.forget("a")
        assert (other.held("a"), other.held("b")) == (frozenset(), {"ordersV0.getOrderAddress"})
        assert of(Admissions(clock, FileTokens(file)), "b") == "Atz.sprdt|2"
        clock.wait(clock.now() + 3590)
        assert of(other, "a", "ordersV0.getOrderBuyerInfo") == "Atz.sprdt|3"
        clock.wait(clock.now() + 20)
        assert of(other, "c") == "Atz.sprdt|4"
    assert "Atz.sprdt|2" not in file.read_text()


def test_a_token_is_seen_in_no_error_variable_or_log(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level("DEBUG")
    broken = Fault("*getOrderRegulatedInfo", "status", times=9, status=500)
    given = {"Logfile": str(tmp_path / "log.txt"), "Verbosity": 5, "MaxRetries": 0}
    connection, simulator = simulated(broken, orders=250, throttle=None, IncludeRestrictedData=True, **given)
    with connection, pytest.raises(ApiError) as failed:
        rows(connection, REGULATED)
    assert asked(simulator, TOKEN) == [200]
    told = traceback.TracebackException.from_exception(failed.value, capture_locals=True).format()
    seen = "".join(told) + caplog.text + (tmp_path / "log.txt").read_text() + repr(vars(connection.runtime))
    assert "sprdt" not in seen + repr(vars(connection.runtime.admissions))
