"""Answers to decode, and a plain reading of them that shares no code with the driver's decoder."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx

from amzsql import spapi
from amzsql.catalog import registry
from amzsql.catalog.model import Entry
from amzsql.clock import VirtualClock
from amzsql.simulator import Simulator

NOW = 1_795_000_000.0
US = "ATVPDKIKX0DER"
SELLER = "A3SIMULATEDSELL"
SETS_2026 = "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT"
_LOGIN = {"grant_type": "refresh_token", "refresh_token": "any", "client_id": "any", "client_secret": "any"}


def entries() -> list[Entry]:
    """Return every entry of the catalog."""
    return [registry.table("SellingPartner", name).entry for name in registry.names("SellingPartner")]


class Amazon:
    """The simulator with a plain client: no driver between."""

    def __init__(self) -> None:
        simulator = Simulator(VirtualClock(NOW), orders=300, throttle="off")
        self._http = httpx.Client(transport=httpx.WSGITransport(app=simulator), base_url="https://simulator.test")
        token = self._http.post("/auth/o2/token", data=_LOGIN).json()["access_token"]
        self._http.headers["x-amz-access-token"] = token
        self.known = self._known()

    def get(self, name: str, **given: object) -> bytes:
        """Call an operation; lists are comma-separated. The answer must be a success."""
        operation, query = spapi.operation(name), dict(given)
        path = re.sub(r"\{(\w+)\}", lambda m: str(query.pop(m[1])), operation.path)
        answer = self._http.get(path, params={k: str(v) for k, v in query.items()})
        assert answer.status_code == 200, (name, answer.text)
        return answer.content

    def _known(self) -> dict[str, str]:
        orders = json.loads(self.get("ordersV0.getOrders", MarketplaceIds=US, CreatedAfter="2026-10-01T00:00:00Z"))
        shipped = next(o["AmazonOrderId"] for o in orders["payload"]["Orders"] if o["OrderStatus"] == "Shipped")
        items = json.loads(self.get("ordersV0.getOrderItems", orderId=shipped))["payload"]["OrderItems"]
        types = {"reportTypes": "GET_MERCHANT_LISTINGS_ALL_DATA", "feedTypes": "JSON_LISTINGS_FEED"}
        reports = json.loads(self.get("reports_2021-06-30.getReports", reportTypes=types["reportTypes"]))["reports"]
        feeds = json.loads(self.get("feeds_2021-06-30.getFeeds", feedTypes=types["feedTypes"]))["feeds"]
        return {
            "order": shipped,
            "asin": items[0]["ASIN"],
            "sku": items[0]["SellerSKU"],
            "report": reports[0]["reportId"],
            "feed": feeds[0]["feedId"],
        }

    def page(self, name: str, sections: str = "", by: str = "ASIN") -> bytes:
        """Return a full page of an operation that the catalog reads; `sections`: the values of its projection."""
        short = name.rpartition(".")[2]
        operation, known = spapi.operation(name), self.known
        if operation.multi_rows:
            return filled(operation)
        given: dict[str, object] = {
            "searchOrders": {"createdAfter": "2026-01-01T00:00:00Z", "marketplaceIds": US},
            "getOrders": {"CreatedAfter": "2026-01-01T00:00:00Z", "MarketplaceIds": US},
            "getOrder": {"orderId": known["order"]},
            "getOrderItems": {"orderId": known["order"]},
            "getOrderMetrics": {
                "marketplaceIds": US,
                "interval": "2026-10-01T00:00:00Z--2026-11-01T00:00:00Z",
                "granularity": "Total",
            },
            "getInventorySummaries": {"granularityType": "Marketplace", "granularityId": US, "marketplaceIds": US},
            "searchCatalogItems": {"keywords": "candle", "marketplaceIds": US},
            "getCatalogItem": {"asin": known["asin"], "marketplaceIds": US},
            "searchListingsItems": {"sellerId": SELLER, "marketplaceIds": US, "withIssueSeverity": "ERROR,WARNING"},
            "getListingsItem": {"sellerId": SELLER, "marketplaceIds": US, "sku": known["sku"]},
            "getItemOffers": {"MarketplaceId": US, "ItemCondition": "New", "Asin": known["asin"]},
            "getListingOffers": {"MarketplaceId": US, "ItemCondition": "New", "SellerSKU": known["sku"]},
            "listTransactions": {"postedAfter": "2026-10-01T00:00:00Z"},
            "listFinancialEventGroups": {"FinancialEventGroupStartedAfter": "2026-08-01T00:00:00Z"},
            "getReports": {"reportTypes": "GET_MERCHANT_LISTINGS_ALL_DATA"},
            "getReport": {"reportId": known["report"]},
            "getFeeds": {"feedTypes": "JSON_LISTINGS_FEED"},
            "getFeed": {"feedId": known["feed"]},
        }.get(short, {})  # type: ignore[assignment]
        if short in ("getPricing", "getCompetitivePricing"):
            asked = {"Asins": known["asin"]} if by == "ASIN" else {"Skus": known["sku"]}
            given = {"MarketplaceId": US, "ItemType": "Asin" if by == "ASIN" else "Sku", **asked}
        if sections:
            parameter = next(p for p in ("includedData", "details") if operation.has_parameter(p))
            given = {**given, parameter: sections}
        return self.get(name, **given)


def filled(operation: spapi.Operation) -> bytes:
    """Return an answer as the facts draw it, with every field, and two elements in each list."""
    types = spapi.api(operation.api).types

    def value(shape: spapi.Shape, number: int) -> Any:
        shape = types.resolve(shape)
        if shape.type == "array" and shape.items is not None:
            return [value(shape.items, n) for n in range(2)]
        if shape.properties:
            return {name: value(inner, number) for name, inner in shape.properties}
        if shape.format == "date-time":
            return f"2026-11-0{number + 1}T00:00:00Z"
        return {"integer": number, "number": number + 0.25, "boolean": True}.get(shape.type, f"text {number}")

    assert operation.response_type is not None
    return json.dumps(value(types[operation.response_type], 0)).encode()


# -- a plain reading -----------------------------------------------------------------------------------------------


def steps(path: str) -> list[str]:
    """Split a path into names and brackets."""
    return re.findall(r"\[[^\]]*\]|[^.\[\]#]+", path)


def places(value: Any, way: list[str]) -> Iterator[tuple[int, ...]]:
    """Yield the indices on the way to each row."""
    if not way:
        yield ()
    elif way[0] == "[]":
        for index, element in enumerate(value or []):
            if element is not None:
                yield from ((index, *rest) for rest in places(element, way[1:]))
    elif isinstance(value, dict) and value.get(way[0]) is not None:
        yield from places(value[way[0]], way[1:])


def value_at(body: Any, path: str, row_path: str, row: tuple[int, ...]) -> Any:
    """Return what a column's path means for a row."""
    path, counts, _ = path.partition("#")
    way, along, indices = steps(path), steps(row_path), list(row)
    if counts:
        return row[way.count("[]") - 1]
    for number, step in enumerate(way):
        if body is None:
            return None
        shared = along[: number + 1] == way[: number + 1]
        if step == "[]":
            if shared and indices:
                body = body[indices.pop(0)]
        elif step.startswith("["):
            name, equals, wanted = step[1:-1].partition("=")
            if equals:
                body = next((e for e in body if e.get(name) == wanted), None)
            else:
                body = body[int(name)] if int(name) < len(body) else None
        else:
            body = body.get(step) if isinstance(body, dict) else None
    return body


def as_sql(value: Any, kind: str) -> Any:
    """Return a JSON value as a column of the SQL type shows it."""
    if value is None or (value == "" and kind not in ("VARCHAR", "JSON")):
        return None
    if kind == "TIMESTAMP WITH TIME ZONE":
        moment = dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    if kind == "DATE":
        return dt.date.fromisoformat(value[:10])
    if kind == "VARCHAR":
        return value if isinstance(value, str) else json.dumps(value, default=str)
    if kind == "BOOLEAN":
        return str(value).lower() == "true"
    makers: dict[str, Any] = {"BIGINT": int, "DOUBLE": float, "DECIMAL(18,4)": lambda v: Decimal(str(v))}
    return makers[kind](value) if kind in makers else value


def read(body: bytes) -> Any:
    """Parse a body with exact numbers."""
    return json.loads(body, parse_float=Decimal)
