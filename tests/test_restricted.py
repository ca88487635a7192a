"""Operations that answer nothing but personal data: read with a restricted data token, or told how they can be."""

from __future__ import annotations

from typing import Any

import pytest
from driving import SECRETS, asked, rows, simulated

from amzsql import spapi
from amzsql.errors import AccessDenied, ApiError
from amzsql.execute.restricted import Admission
from amzsql.transport import Request

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
            assert few.stats.planned_requests == 2
            assert len(few.fetchall()) == 1
            assert few.stats.requests == 1 + few.stats.pages

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
    admission = Admission(clock, session.send, {})
    with clock.actor():
        first = admission.admitted(request).restricted
        clock.wait(clock.now() + 3000.0)
        assert admission.admitted(request).restricted == first
        clock.wait(clock.now() + 500.0)
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
