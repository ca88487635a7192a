"""Trying a connection, one thing after the other, and saying in a seller's words what is right, wrong or not granted.

Owns the order of the trials and their words. Each is one cheap call, and none changes anything.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

from amzsql import marketplaces, spapi
from amzsql.connection import ages
from amzsql.connection.runtime import PURCHASE_ORDERS
from amzsql.errors import (
    AccessDenied,
    ApiError,
    AuthError,
    BudgetExceeded,
    Error,
    OperationalError,
    ProgrammingError,
    Throttled,
)
from amzsql.execute.context import Context
from amzsql.execute.restricted import OPERATION as RESTRICTED
from amzsql.marketplaces import REGIONS
from amzsql.plan.nodes import PARTICIPATIONS
from amzsql.spapi import roles
from amzsql.spapi.model import Partner
from amzsql.transport import Request, Response

if TYPE_CHECKING:
    from amzsql.connection.connection import Connection

OK, WARNING, FAILED, MISSING, UNKNOWN = "ok", "warning", "failed", "missing", "not known"
"""States. MISSING is a role that was not granted, UNKNOWN what could not be tried."""
_SKEW_SECONDS = 60.0
_PATIENCE_SECONDS = 20.0
_NO_ORDER = "000-0000000-0000000"


class Finding(NamedTuple):
    """What was tried, how it went, and the rest as a sentence."""

    item: str
    state: str
    detail: str


@dataclass(frozen=True, slots=True)
class Probe:
    """A cheap call that a role opens: any answer but a refusal says that it is granted.

    `what` is the role, or what is read where several open it. `marketplace` are the parameters that take one.
    """

    what: str
    operation: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    partner: Partner = "seller"
    marketplace: str = ""


PROBES = (
    Probe("Orders", "orders_2026-01-01.getOrder", {"orderId": _NO_ORDER}),
    Probe("Product Listing", "catalogItems_2022-04-01.searchCatalogItems", {"keywords": ("a",), "pageSize": 1},
          marketplace="marketplaceIds"),
    Probe("Prices", "productPricingV0.getCompetitivePricing", {"ItemType": "Sku", "Skus": ("none",)},
          marketplace="MarketplaceId"),
    Probe("Stock at Amazon", "fbaInventory.getInventorySummaries",
          {"granularityType": "Marketplace", "sellerSkus": ("none",)}, marketplace="granularityId marketplaceIds"),
    Probe("Amazon Fulfillment", "fulfillmentOutbound_2020-07-01.listAllFulfillmentOrders"),
    Probe("Amazon Warehousing and Distribution", "awd_2024-05-09.listInboundShipments", {"maxResults": 1}),
    Probe("Finance and Accounting", "financesV0.listFinancialEventGroups", {"MaxResultsPerPage": 1}),
    Probe("Buyer Communication", "messaging.getMessagingActionsForOrder", {"amazonOrderId": _NO_ORDER},
          marketplace="marketplaceIds"),
    Probe("Brand Analytics", "customerFeedback_2024-06-01.getItemReviewTopics",
          {"asin": "B000000000", "sortBy": "MENTIONS"}, marketplace="marketplaceId"),
    Probe("Selling Partner Insights", "supplySources_2020-07-01.getSupplySources", {"pageSize": 1}),
    Probe("Tax Invoicing (Restricted)", "shipmentInvoicingV0.getInvoiceStatus", {"shipmentId": "none"}),
    Probe("Purchase orders", PURCHASE_ORDERS, {"limit": 1, "includeDetails": "false"}, "vendor"),
    Probe("Shipments to Amazon", "vendorShipments.GetShipmentDetails", {"limit": 1}, "vendor"),
    Probe("Direct fulfilment", "vendorDirectFulfillmentTransactions_2021-12-28.getTransactionStatus",
          {"transactionId": "none"}, "vendor"),
)  # fmt: skip


def prove(connection: Connection, context: Context) -> Iterator[Finding]:
    """Yield what became of each trial; without a token, or a region that answers, the later ones are left out."""
    runtime = connection.runtime
    context = replace(context, deadline=runtime.clock.now() + _PATIENCE_SECONDS * len(PROBES))
    yield Finding("Network", OK, f"asks {_where(connection)}, {runtime.route}")
    token = _token(connection)
    yield token
    yield from _ends(connection)
    if token.state == FAILED:
        return
    try:
        answer, place = _first(connection, context)
    except Error as error:
        yield Finding("Account", FAILED, _refused(connection, error, context))
        return
    yield _clock(answer)
    yield from _account(connection, answer, place)
    context = replace(context, session=runtime.session(runtime.endpoint))
    kind = connection.kind or "seller"
    ids = _sold_in(connection, answer)
    yield from (_granted(connection, probe, ids, context) for probe in PROBES if probe.partner == kind)
    yield _personal(connection, context)


def _where(connection: Connection) -> str:
    endpoint = connection.runtime.endpoint
    if connection.runtime.simulator is not None:
        return "the simulator in this process"
    return endpoint.removeprefix("https://") if endpoint else "Amazon's three regions in turn"


def _token(connection: Connection) -> Finding:
    """Have a token made, as a statement would."""
    runtime, settings = connection.runtime, connection.settings
    operation = spapi.operation(PARTICIPATIONS)
    session = runtime.session(runtime.endpoint or REGIONS["NA"].endpoint)
    try:
        session.authorise(operation)
    except (AuthError, OperationalError, ProgrammingError) as error:
        return Finding("Token", FAILED, str(error))
    left = session.token_seconds(operation)
    time = f"has {left / 60:.0f} minutes left" if left is not None else "lives for an unknown time"
    if settings.initiate_oauth == "OFF" and runtime.simulator is None:
        time = time if left is not None else "was given as OAuthAccessToken, and lives for an hour at most"
        return Finding("Token", OK, f"access token, not renewed (InitiateOAuth=OFF): it {time}")
    if session.previous_secret_in_use:
        return Finding(
            "Token",
            WARNING,
            "Amazon refuses OAuthClientSecret and takes the one before, for a few days: give the new one",
        )
    return Finding("Token", OK, f"Amazon takes the refresh token; the access token made with it {time}")


def _ends(connection: Connection) -> Iterator[Finding]:
    """Yield how old the client secret and the authorisation are, as far as that is known."""
    runtime, settings = connection.runtime, connection.settings
    now = runtime.clock.now()
    warned = {"secret": False, "grant": False}
    for text in ages.ending(settings, runtime.authorised(), now):
        what = "secret" if "secret" in text else "grant"
        warned[what] = True
        yield Finding("Client secret" if what == "secret" else "Authorisation", WARNING, text)
    age = ages.secret_age(settings, now)
    if age is not None and not warned["secret"]:
        yield Finding("Client secret", OK, f"{age} days old; Amazon ends it after {ages.SECRET_DAYS}")
    age = ages.grant_age(settings, runtime.authorised(), now)
    if age is not None and not warned["grant"]:
        yield Finding("Authorisation", OK, f"{age} days old; it ends after {ages.GRANT_DAYS}")


def _first(connection: Connection, context: Context) -> tuple[Response, str]:
    """Ask the first thing of the account, and return the answer and the endpoint that gave it."""
    runtime = connection.runtime
    if connection.kind == "vendor":
        connection._marketplaces(context)
        request = Request(spapi.operation(PURCHASE_ORDERS), {"limit": 1, "includeDetails": "false"})
        return runtime.ask(request, context), runtime.endpoint
    if not runtime.endpoint:
        runtime.found_shops(context)
    return runtime.ask(Request(spapi.operation(PARTICIPATIONS), {}), context), runtime.endpoint


def _refused(connection: Connection, error: Error, context: Context) -> str:
    """Return why the account cannot be asked: perhaps it is another region's."""
    settings, runtime = connection.settings, connection.runtime
    local = settings.endpoint or settings.simulator is not None
    if not isinstance(error, AccessDenied) or local or connection.kind == "vendor":
        return str(error)
    for region in REGIONS.values():
        if region.endpoint == runtime.endpoint:
            continue
        try:
            runtime.shops(region.endpoint, context)
        except Error:
            continue
        named = ", ".join(m.name for m in settings.marketplace)
        return (
            f"the account is of the region {region.name}, and Marketplace names {named}: name one of that region, or"
            " leave it out"
        )
    return str(error)


def _clock(answer: Response) -> Finding:
    """Compare this machine's clock with Amazon's."""
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", "")).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return Finding("Clock", UNKNOWN, "Amazon did not tell its time")
    # Its answer names a whole second, somewhere between our two times.
    skew = max(0.0, answer.sent_at - (theirs + 1)) - max(0.0, theirs - answer.received_at)
    if abs(skew) <= _SKEW_SECONDS:
        return Finding("Clock", OK, "this machine's clock agrees with Amazon's")
    way = "ahead of" if skew > 0 else "behind"
    return Finding(
        "Clock", WARNING, f"this machine's clock is {abs(skew):.0f} s {way} Amazon's: tokens and windows suffer"
    )


def _account(connection: Connection, answer: Response, endpoint: str) -> Iterator[Finding]:
    """Yield whose account it is and where it sells."""
    settings = connection.settings
    region = next((r.name for r in REGIONS.values() if r.endpoint == endpoint), "")
    if connection.kind == "vendor":
        yield Finding(
            "Account", OK, f"a vendor's{f', region {region}' if region else ''}; Amazon does not tell its name"
        )
        ids = connection._marketplaces(None) or ()
        yield Finding("Marketplaces", OK, _named(ids) or "none")
        return
    shops = connection.runtime.read_shops(answer)
    first = marketplaces.by_id(shops[0].marketplace) if shops else None
    region = region or (marketplaces.REGIONS[first.region].name if first is not None else "")
    names = ", ".join(dict.fromkeys(s.name for s in shops if s.name))
    yield Finding("Account", OK, f"{names or settings.account}, a seller's, region {region}")
    ids = tuple(s.marketplace for s in shops)
    strange = [m for m in settings.marketplace if m.id not in ids]
    if strange:
        told = f"Marketplace names {', '.join(m.name for m in strange)}, where the account does not sell: it sells in"
        yield Finding("Marketplaces", FAILED, f"{told} {_named(ids)}")
    else:
        yield Finding("Marketplaces", OK, _named(ids))


def _named(ids: tuple[str, ...]) -> str:
    found = [marketplaces.by_id(i) for i in ids]
    return ", ".join(f"{m.name} ({m.currency})" for m in found if m is not None)


def _sold_in(connection: Connection, answer: Response) -> tuple[str, ...]:
    """Return the marketplaces that may be asked: those of the properties, else those that Amazon named."""
    named = connection._marketplaces(None)
    if named or connection.kind == "vendor":
        return named or ()
    return tuple(s.marketplace for s in connection.runtime.read_shops(answer))


def _granted(connection: Connection, probe: Probe, ids: tuple[str, ...], context: Context) -> Finding:
    """Try what a role opens."""
    operation = spapi.operation(probe.operation)
    lists = {p.name for p in operation.parameters if p.type == "array"}
    places = {name: ids[:1] if name in lists else ids[0] for name in probe.marketplace.split()} if ids else {}
    known = roles.of_operation(operation.name).roles
    item = f"Role: {probe.what}" if probe.what in known else probe.what
    request = Request(operation, {**probe.parameters, **places})
    state = _tried(lambda: connection.runtime.ask(request, context, connection.runtime.endpoint))
    if state == MISSING:
        one = (
            known[0]
            if len(known) == 1
            else "a role"
            if not known
            else f"one of {len(known)} roles, such as {' or '.join(known[:2])}"
        )
        return Finding(item, MISSING, f"Amazon refuses it: the application, or its authorisation, lacks {one}")
    told = {OK: "may be read", UNKNOWN: "could not be tried now: Amazon's quota is used up, or it has a fault"}
    return Finding(item, state, told[state])


def _tried(call: Callable[[], object]) -> str:
    """Return what a call says of a role: any answer but a refusal, also that there is no such thing, is a yes."""
    try:
        call()
    except AccessDenied:
        return MISSING
    except (Throttled, BudgetExceeded):
        return UNKNOWN
    except ApiError as error:
        return UNKNOWN if error.status >= 500 else OK
    return OK


def _personal(connection: Connection, context: Context) -> Finding:
    """Ask for a token for personal data, and use it for nothing."""
    vendor = connection.kind == "vendor"
    path = "/vendor/directFulfillment/orders/2021-12-28/purchaseOrders/none" if vendor else "/orders/v0/orders"
    resource: dict[str, object] = {"method": "GET", "path": path}
    resource |= {} if vendor else {"dataElements": ["buyerInfo", "shippingAddress"]}
    body = {"restrictedResources": [resource]}
    ask = functools.partial(
        connection.runtime.ask, Request(spapi.operation(RESTRICTED), {}, body), context, connection.runtime.endpoint
    )
    try:
        ask()
    except (AccessDenied, ProgrammingError):
        return Finding(
            "Personal data", MISSING, "buyers' names and addresses stay hidden: the application lacks a restricted role"
        )
    except OperationalError:
        return Finding("Personal data", UNKNOWN, "could not be tried now")
    said = "is read" if connection.settings.include_restricted_data else "may be read with IncludeRestrictedData=True"
    return Finding("Personal data", OK, f"{said}: buyers' names and addresses")
