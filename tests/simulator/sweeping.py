"""One pass over all operations of a simulator: what creates first, then a valid request for each of the rest.

Its answers, and what was asked for, are what tests of the simulator and of the catalog's tables begin with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from amzsql import spapi
from amzsql.clock import VirtualClock
from amzsql.simulator import Simulator
from amzsql.spapi.model import Operation

from .conftest import US, Client
from .contacts import appointments, contact, invoicing, publication
from .requesting import Maker, Pool
from .workflows import WORKFLOWS

# 2026-06-15T12:00:00Z: nothing that the models hold had been removed by then.
BEFORE_REMOVALS = 1_781_524_800.0
SELLER = "A3SIMULATEDSELL"
OPERATIONS = sorted((o for o in spapi.all_operations() if not o.sandbox_only), key=lambda o: o.name)
# What a request must say that the facts cannot: values that go together.
QUERIES: Mapping[str, Mapping[str, str]] = {
    "sales.getOrderMetrics": {
        "marketplaceIds": US,
        "interval": "2026-06-01T00:00:00Z--2026-06-08T00:00:00Z",
        "granularity": "Total",
    },
    "uploads_2020-11-01.createUploadDestinationForResource": {
        "marketplaceIds": US,
        "contentMD5": "1B2M2Y8AsgTpgAmY7PhCfg==",
    },
    "sellerWallet_2024-03-01.getTransferPreview": {
        "marketplaceId": US,
        "sourceCountryCode": "US",
        "sourceCurrencyCode": "USD",
        "destinationCountryCode": "CA",
        "destinationCurrencyCode": "CAD",
        "baseAmount": "10",
    },
    "reports_2021-06-30.getReportSchedules": {"reportTypes": "GET_FBA_STORAGE_FEE_CHARGES_DATA"},
    "fulfillmentInboundV0.getShipments": {
        "QueryType": "DATE_RANGE",
        "MarketplaceId": US,
        "LastUpdatedAfter": "2026-06-01T00:00:00Z",
        "LastUpdatedBefore": "2026-06-08T00:00:00Z",
    },
    "fulfillmentInboundV0.getShipmentItems": {
        "QueryType": "DATE_RANGE",
        "MarketplaceId": US,
        "LastUpdatedAfter": "2026-06-01T00:00:00Z",
        "LastUpdatedBefore": "2026-06-08T00:00:00Z",
    },
}
_WEEK = {"createdAfter": "2026-06-01T00:00:00Z", "createdBefore": "2026-06-08T00:00:00Z"}
_DIRECT = "vendorDirectFulfillment"
QUERIES = {
    **QUERIES,
    "tracking_2026-01-30.getShipmentTracking": {"aftn": "AFTN1"},
    "catalogItems_2022-04-01.searchCatalogItems": {"marketplaceIds": US, "keywords": "candle"},
    **{f"{_DIRECT}Orders{v}.getOrders": _WEEK for v in ("V1", "_2021-12-28")},
    **{
        f"{_DIRECT}Shipping{v}.get{what}": _WEEK
        for v in ("V1", "_2021-12-28")
        for what in ("ShippingLabels", "PackingSlips", "CustomerInvoices")
    },
}
_ORDERS = {"method": "GET", "path": "/orders/v0/orders", "dataElements": ["buyerInfo"]}
_SALES = """query { analytics_salesAndTraffic_2024_04_24 { salesAndTrafficByDate(aggregateBy: DAY
  startDate: "2026-06-01" endDate: "2026-06-08" marketplaceIds: ["%s"]) { startDate sales { unitsOrdered } } } }"""
_BANK = {
    "bankAccountOwnershipType": "THIRD_PARTY",
    "accountCountryCode": "CA",
    "accountCurrency": "CAD",
    "bankAccountNumberTail": "819",
}
_FEES = {
    "MarketplaceId": US,
    "IsAmazonFulfilled": True,
    "PriceToEstimateFees": {"ListingPrice": {"CurrencyCode": "USD", "Amount": 20}},
    "Identifier": "sweep",
}
_OFFERS = {"method": "GET", "MarketplaceId": US, "ItemCondition": "New", "CustomerType": "Consumer"}
_PRODUCTS = "/products/pricing/v0"
# A key in angles is one that was seen.
BODIES: Mapping[str, Any] = {
    "productFeesV0.getMyFeesEstimates": [
        {"IdType": "SellerSKU", "IdValue": "<sku>", "FeesEstimateRequest": _FEES},
        {"IdType": "SellerSKU", "IdValue": "none", "FeesEstimateRequest": _FEES},
    ],
    "productFeesV0.getMyFeesEstimateForASIN": {"FeesEstimateRequest": _FEES},
    "productFeesV0.getMyFeesEstimateForSKU": {"FeesEstimateRequest": _FEES},
    "productPricingV0.getItemOffersBatch": {"requests": [_OFFERS | {"uri": f"{_PRODUCTS}/items/<asin>/offers"}]},
    "productPricingV0.getListingOffersBatch": {"requests": [_OFFERS | {"uri": f"{_PRODUCTS}/listings/<sku>/offers"}]},
    "sellerWallet_2024-03-01.createTransaction": {
        "sourceAccountId": f"amzn1.account.SIMULATED{US}",
        "destinationTransactionInstrument": {
            "bankAccount": _BANK,
            "bankAccountNumber": "123456819",
            "accountHolderName": "Dane Shipping",
        },
        "sourceAmount": {"currencyCode": "USD", "currencyAmount": 10},
        "requestTime": "2026-06-15T12:00:00Z",
    },
    "notifications.createDestination": {
        "name": "orders",
        "resourceSpecification": {"sqs": {"arn": "arn:aws:sqs:us-east-2:123456789012:orders"}},
    },
    "tokens_2021-03-01.createRestrictedDataToken": {"restrictedResources": [_ORDERS]},
    "reports_2021-06-30.createReportSchedule": {
        "reportType": "GET_FBA_STORAGE_FEE_CHARGES_DATA",
        "marketplaceIds": [US],
        "period": "P1D",
    },
    "dataKiosk_2023-11-15.createQuery": {"query": _SALES % US},
}
KNOWN = {
    "marketplaceIds": US, "marketplaceId": US, "sellerId": SELLER, "granularityId": US,
    "shippingBusiness": "AmazonShipping_US", "reportType": "GET_MERCHANT_LISTINGS_ALL_DATA",
    "feedType": "JSON_LISTINGS_FEED", "notificationType": "ORDER_CHANGE", "payloadVersion": "1.0",
}  # fmt: skip
_ORDER = {"POST": 0, "GET": 1, "PUT": 2, "PATCH": 3, "DELETE": 4}


@dataclass
class Sweep:
    """One pass over all operations: what creates first, what deletes last."""

    simulator: Simulator
    clock: VirtualClock
    pool: Pool = field(default_factory=lambda: Pool(KNOWN))
    clients: dict[str, Client] = field(default_factory=dict)
    answers: dict[tuple[str, str, str], Any] = field(default_factory=dict)

    def client(self, operation: Operation) -> Client:
        """Return a client with the kind of token that an operation wants."""
        account = "vendor" if operation.api.startswith("vendor") else "na"
        kind = operation.grantless or account
        if kind not in self.clients:
            login = {"grant_type": "client_credentials", "scope": kind} if operation.grantless else {}
            token = {"refresh_token": f"Atzr|simulator-{account}"}
            self.clients[kind] = Client(self.simulator, self.clock, **(login or token))
        return self.clients[kind]

    def ask(self, operation: Operation) -> Any:
        """Send a valid request: the smallest, then with other keys that were seen, then with all optional fields."""
        for optional, attempt in ((False, 0), (False, 1), (False, 2), (False, 3), (True, 0), (True, 1)):
            maker = Maker(operation, self.pool, optional, attempt)
            client = self.client(operation)
            query = QUERIES.get(operation.name) or maker.query()
            body = self._filled(operation, BODIES[operation.name]) if operation.name in BODIES else maker.body()
            path = maker.path()
            if operation.name == "ordersV0.confirmShipment":
                path, body = shipment(client) or (path, body)
            headers = self.restricted(client, operation, path)
            answer = client.http.request(operation.method, path, params=query, json=body, headers=headers)
            if answer.is_success:
                break
        self.answers[operation.key] = answer
        if answer.is_success and answer.content:
            self.pool.learn(operation.api, answer.json())
        return answer

    def _filled(self, operation: Operation, body: Any) -> Any:
        """Return a body with the keys that it leaves out."""
        text = json.dumps(body)
        for key in set(re.findall(r"<(\w+)>", text)):
            seen = self.pool.candidates(operation.api, key)
            text = text.replace(f"<{key}>", quote(seen[0], safe="") if "/offers" in text else seen[0])
        return json.loads(text)

    def do(self, name: str, *, body: Any = None, query: Mapping[str, str] | None = None, **keys: str) -> Any:
        """Ask one operation what a workflow says, keep the answer and return its body; it must succeed."""
        operation = spapi.operation(name)
        path = operation.path
        for key, value in keys.items():
            path = path.replace(f"{{{key}}}", quote(value, safe=""))
        client = self.client(operation)
        headers = self.restricted(client, operation, path)
        answer = client.http.request(operation.method, path, params=query or {}, json=body, headers=headers)
        assert answer.is_success, f"{name} {answer.request.url} {answer.text}"
        self.answers[operation.key] = answer
        if answer.content:
            self.pool.learn(operation.api, answer.json())
        return answer.json() if answer.content else None

    def wait(self, seconds: float) -> None:
        """Move the clock on."""
        self.clock.wait(self.clock.now() + seconds)

    def restricted(self, client: Client, operation: Operation, path: str) -> dict[str, str]:
        """Return the header with a token for personal data, if an operation wants one."""
        if operation.restricted is None:
            return {}
        resource = {"method": operation.method, "path": path}
        answer = client.http.post("/tokens/2021-03-01/restrictedDataToken", json={"restrictedResources": [resource]})
        return {"x-amz-access-token": answer.json()["restrictedDataToken"]} if answer.is_success else {}

    def run(self, *, ending: bool = True) -> None:
        """Go through the workflows, then ask the rest; what failed for want of a key again, with the clock moved on.

        Without `ending` nothing is cancelled or deleted but by the workflows.
        """
        for workflow in (contact, appointments, publication, invoicing, *WORKFLOWS):
            workflow(self)
        for _ in range(3):
            rest = [o for o in OPERATIONS if o.key not in self.answers or not self.answers[o.key].is_success]
            for operation in sorted(rest, key=_rank):
                if ending or _rank(operation)[0] < _ORDER["DELETE"]:
                    self.ask(operation)
            self.clock.wait(self.clock.now() + 600)


def shipment(client: Client) -> tuple[str, Any] | None:
    """Return path and body of a confirmation: a line of an order that is still to be shipped; None without one."""
    query = {"marketplaceIds": US, "fulfillmentStatuses": "UNSHIPPED", "fulfilledBy": "MERCHANT"}
    orders = client.ok("/orders/2026-01-01/orders", createdAfter="2026-05-01T00:00:00Z", **query)["orders"]
    if not orders:
        return None
    order = orders[0]
    line = order["orderItems"][0]
    detail = {
        "packageReferenceId": "1",
        "carrierCode": "UPS",
        "trackingNumber": "1Z",
        "shipDate": "2026-06-15T11:00:00Z",
        "orderItems": [{"orderItemId": line["orderItemId"], "quantity": line["quantityOrdered"]}],
    }
    path = f"/orders/v0/orders/{order['orderId']}/shipmentConfirmation"
    return path, {"marketplaceId": US, "packageDetail": detail}


def _rank(operation: Operation) -> tuple[int, int, str]:
    ends = any(w in operation.operation_id.lower() for w in ("cancel", "delete", "remove", "unlink"))
    return (5 if ends else _ORDER[operation.method], operation.path.count("{"), operation.name)
