"""What a 403 says to do, on the wire: the role that is missing, or that nobody knows it; and what it is not about."""

from __future__ import annotations

from typing import Any

import pytest
from driving import NOW, SECRETS, over, rows

from amzsql import spapi
from amzsql.clock import VirtualClock
from amzsql.connection import Runtime
from amzsql.errors import AccessDenied
from amzsql.settings import read
from amzsql.simulator import Fault, Simulator
from amzsql.transport import Request

NOROLE = {"OAuthRefreshToken": "Atzr|simulator-norole"}
LATER = "added later counts only after the seller has authorised the application again, which gives a new refresh token"
REGION = "The endpoint may also be another region's than the refresh token's."
MANY = "Finance and Accounting, Inventory and Order Tracking, Pricing, Product Listing"


def denied(operation: str) -> Fault:
    return Fault(f"*.{operation}", "status", times=99, status=403, code="Unauthorized")


def refused(operation: str, *faults: Fault, **parameters: Any) -> str:
    """Return what is said when Amazon refuses a call of the account without roles."""
    clock = VirtualClock(NOW)
    settings = read("", Marketplace="United States", **(SECRETS | NOROLE))
    session = Runtime(settings, app=Simulator(clock, orders=20, faults=faults), clock=clock).session()
    with clock.actor(), pytest.raises(AccessDenied) as caught:
        session.send(Request(spapi.operation(operation), parameters))
    assert (caught.value.status, caught.value.retryable) == (403, False)
    return str(caught.value)


def test_known_roles_are_named() -> None:
    said = refused("orders_2026-01-01.searchOrders", createdAfter="2026-11-01T00:00:00Z")
    assert "orders_2026-01-01.searchOrders needs one of the roles Amazon Fulfillment, Buyer Communication, " in said
    assert f"{MANY}, " in said
    assert " or Tax Remittance (Restricted). " in said
    assert LATER in said
    assert REGION in said
    assert "guess" not in said


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        ("catalogItems_2022-04-01.getCatalogItem", "getCatalogItem needs the role Product Listing. "),
        ("catalogItems_2022-04-01.searchCatalogItems", "probably needs the role Product Listing (a guess). "),
    ],
)
def test_the_only_role_is_named(operation: str, told: str) -> None:
    parameters = {"asin": "B000000001"} if operation.endswith("getCatalogItem") else {"keywords": ("mug",)}
    said = refused(operation, denied("*CatalogItem*"), marketplaceIds=("ATVPDKIKX0DER",), **parameters)
    assert told in said


def test_guessed_roles_are_said_to_be_likely() -> None:
    said = refused("ordersV0.getOrderRegulatedInfo", orderId="111-1111111-1111111")
    assert "ordersV0.getOrderRegulatedInfo probably needs one of the roles Amazon Fulfillment, " in said
    assert " or Tax Remittance (Restricted) (a guess). " in said
    assert LATER in said


def test_of_an_unknown_role_nothing_is_made_up() -> None:
    said = refused("services.getServiceJobs", marketplaceIds=("ATVPDKIKX0DER",))
    assert "may lack the role for this operation: which one opens services.getServiceJobs is not known. " in said
    assert LATER in said
    assert "needs" not in said
    assert "marketplaceIds=ATVPDKIKX0DER (property Marketplace)" in said


def test_a_document_is_opened_by_the_role_of_its_type() -> None:
    create, fault = "reports_2021-06-30.createReport", denied("createReport")
    body = {"reportType": "GET_SALES_AND_TRAFFIC_REPORT", "marketplaceIds": ["ATVPDKIKX0DER"]}
    said = refused(create, fault, body=body)
    assert "the report type GET_SALES_AND_TRAFFIC_REPORT needs the role Brand Analytics. " in said
    assert f"{create} needs one of the roles" in refused(create, fault, body=body | {"reportType": "GET_NOBODY_KNOWS"})


def test_a_subscription_is_opened_by_the_role_of_its_notification() -> None:
    said = refused("notifications.getSubscription", denied("getSubscription"), notificationType="ANY_OFFER_CHANGED")
    assert "the notification type ANY_OFFER_CHANGED needs the role Pricing. " in said


def test_a_statement_says_it_too() -> None:
    connection = over(Simulator(VirtualClock(NOW), orders=20), VirtualClock(NOW), **NOROLE)
    with pytest.raises(AccessDenied, match=r"searchOrders answered 403 .* needs one of the roles Amazon Fulfillment"):
        rows(connection)


@pytest.mark.parametrize("said", ["The access token you provided has expired.", "Access token is missing."])
def test_what_is_about_the_token_names_no_role(said: str) -> None:
    """The hint is the general one, as for any refusal whose cause is another."""

    def amazon(environ: dict[str, Any], start: Any) -> list[bytes]:
        login = environ["PATH_INFO"] == "/auth/o2/token"
        start("200 OK" if login else "403 X", [("Content-Type", "application/json")])
        told = (
            b'{"errors": [{"code": "Unauthorized", "message": "Access is denied.", "details": "%s"}]}' % said.encode()
        )
        return [b'{"access_token": "Atza|x", "expires_in": 3600}' if login else told]

    clock = VirtualClock(NOW)
    with pytest.raises(AccessDenied) as caught:
        rows(over(amazon, clock), "SELECT * FROM MarketplaceParticipations")
    assert "needs" not in str(caught.value)
    assert "authorise again" in str(caught.value)


def test_roles_are_columns_of_the_metadata_tables() -> None:
    connection = over(Simulator(VirtualClock(NOW), orders=20), VirtualClock(NOW))
    of_paths = "SELECT OperationId, Roles FROM sys_accesspaths WHERE SchemaName = 'SellingPartner' AND TableName = "
    assert dict(rows(connection, of_paths + "'CatalogItems' AND ApiVersion = '2022-04-01'")) == {
        "searchCatalogItems": "Product Listing (guess)",
        "getCatalogItem": "Product Listing",
    }
    of_table = "SELECT Roles FROM sys_tables WHERE SchemaName = 'SellingPartner' AND TableName = "
    assert rows(connection, of_table + "'CatalogItems'") == [("Product Listing",)]
    assert rows(connection, of_table + "'Transactions'") == [("Finance and Accounting (guess)",)]
    newer, older = (str(r) for _, r in sorted(rows(connection, of_paths + "'Orders'"), key=lambda r: -len(r[1]))[::3])
    assert "Professional Services (Restricted)" in newer
    assert "Professional Services (Restricted)" not in older
    assert rows(connection, of_table + "'Orders'") == [(newer,)]
    assert rows(connection, "SELECT DISTINCT Roles FROM sys_tables WHERE SchemaName = 'sys'") == [("",)]
