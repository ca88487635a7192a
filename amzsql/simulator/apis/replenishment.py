"""Replenishment 2022-11-07: who subscribes to what, as a function of the seed; vendors have none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from amzsql.simulator.call import Call, Handler, dump, invalid
from amzsql.simulator.world import MARKETS, Sku, local_price

_ELIGIBILITIES = ("ELIGIBLE", "ELIGIBLE", "ELIGIBLE", "INELIGIBLE", "SUSPENDED", "REPLENISHMENT_ONLY_ORDERING")
_CHANNELS = ("MERCHANT", "AMAZON")
_STEPS = {"DAY": 1, "WEEK": 7, "MONTH": 30, "QUARTER": 91}
_MOST = 100
Draws = tuple[int, ...]


def offers(call: Call) -> bytes:
    """Answer listOffers: the marketplace's listings that fit the filters, by page of an offset."""
    filters = call.body["filters"]
    rows = [_offer(call, sku, r, filters["marketplaceId"]) for sku, r in _subscribed(call, filters)]
    return _paged(call, [row for row in rows if _is_wanted(filters, "eligibilities", row["eligibility"])])


def offer_metrics(call: Call) -> bytes:
    """Answer listOfferMetrics: for each listing and period what was delivered and what it brought."""
    filters = call.body["filters"]
    periods = list(_periods(filters, filters.get("aggregationFrequency")))
    kind = filters["timePeriodType"]
    found = [_offer_metric(call, sku, r, p, kind, filters) for p in periods for sku, r in _subscribed(call, filters)]
    return _paged(call, found)


def metrics(call: Call) -> bytes:
    """Answer getSellingPartnerMetrics: the sums of all listings by period."""
    asked, filters = call.body, call.body.get("filters", {})
    market = call.market("marketplaceId", asked["marketplaceId"])
    listed = list(_subscribed(call, {**filters, "marketplaceId": asked["marketplaceId"]}))
    rows = []
    for start, end in _periods(asked, asked.get("aggregationFrequency")):
        units = sum(_units(r, start, end) for _, r in listed)
        revenue = sum(_units(r, start, end) * local_price(sku, market) for sku, r in listed)
        rows.append(
            {
                "shippedSubscriptionUnits": units,
                "activeSubscriptions": sum(r[1] % 60 for _, r in listed),
                "totalSubscriptionsRevenue": revenue / 100,
                "revenuePenetration": round(min(100.0, units / 10), 2),
                "currencyCode": _market(call, asked["marketplaceId"]).currency,
                "timeInterval": {"startDate": start, "endDate": end},
            }
        )
    return dump({"metrics": rows})


def _market(call: Call, marketplace: str) -> Any:
    return MARKETS[call.market("marketplaceId", marketplace)].place


def _subscribed(call: Call, filters: Mapping[str, Any]) -> Iterator[tuple[Sku, Draws]]:
    """Yield the marketplace's listings that fit the filters, with their random numbers."""
    market = call.market("marketplaceId", filters["marketplaceId"])
    for sku in call.world.skus():
        wanted = (
            _is_wanted(filters, "asins", sku.asin)
            and _is_wanted(filters, "skus", sku.code)
            and _is_wanted(filters, "brandNames", sku.brand)
            and _is_wanted(filters, "productGroups", sku.product_type)
            and _is_wanted(filters, "fulfillmentChannelTypes", _CHANNELS[sku.channel])
        )
        if wanted and call.world.sold_in(sku.number, market):
            yield sku, call.world.draws("subscription", sku.number)


def _is_wanted(filters: Mapping[str, Any], name: str, value: str) -> bool:
    return not filters.get(name) or value in filters[name]


def _offer(call: Call, sku: Sku, r: Draws, marketplace: str) -> dict[str, Any]:
    return {
        "sku": sku.code,
        "asin": sku.asin,
        "marketplaceId": marketplace,
        "eligibility": _ELIGIBILITIES[r[0] % len(_ELIGIBILITIES)],
        "programType": "SUBSCRIBE_AND_SAVE",
        "price": local_price(sku, call.market("marketplaceId", marketplace)) / 100,
        "priceCurrencyCode": _market(call, marketplace).currency,
        "inventory": sku.stock,
        "subscriptions": r[1] % 60,
        "forecastDeliveries": {f"next{days}DaysDeliveries": r[1] % 60 * days // 30 for days in (15, 30, 60, 90)},
    }


def _offer_metric(
    call: Call, sku: Sku, r: Draws, period: tuple[str, str], kind: str, filters: Mapping[str, Any]
) -> dict[str, Any]:
    start, end = period
    market = call.market("marketplaceId", filters["marketplaceId"])
    row: dict[str, Any] = {
        "asin": sku.asin,
        "sku": sku.code,
        "fulfillmentChannelType": _CHANNELS[sku.channel],
        "brandName": sku.brand,
        "productGroup": sku.product_type,
        "currencyCode": MARKETS[market].place.currency,
        "timeInterval": {"startDate": start, "endDate": end},
    }
    units = _units(r, start, end)
    if kind == "FORECAST":
        return row | {f"next{days}DayShippedSubscriptionUnits": units * days // 30 for days in (30, 60, 90)}
    return row | {
        "shippedSubscriptionUnits": units,
        "activeSubscriptions": r[1] % 60,
        "totalSubscriptionsRevenue": units * local_price(sku, market) / 100,
    }


def _units(r: Draws, start: str, end: str) -> int:
    """Return what is delivered in a period: by the day, so that periods add up nearly."""
    days = (dt.datetime.fromisoformat(end) - dt.datetime.fromisoformat(start)).days
    return r[1] % 60 * max(1, days) // 30


def _periods(asked: Mapping[str, Any], step: str | None) -> Iterator[tuple[str, str]]:
    """Yield the periods of an interval: one, or one for each step, the last one shorter."""
    start, end = (_time(asked["timeInterval"][name]) for name in ("startDate", "endDate"))
    if start >= end:
        raise invalid("timeInterval: startDate must lie before endDate.")
    length = dt.timedelta(days=_STEPS[step]) if step else end - start
    while start < end:
        following = min(start + length, end)
        yield _text(start), _text(following)
        start = following


def _time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _text(time: dt.datetime) -> str:
    return time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _paged(call: Call, rows: list[dict[str, Any]]) -> bytes:
    asked = call.body["pagination"]
    offset, limit = asked["offset"], min(asked["limit"], _MOST)
    return dump({"offers": rows[offset : offset + limit], "pagination": {"totalResults": len(rows)}})


_NAMED: Mapping[str, Callable[[Call], bytes]] = {
    "listOffers": offers,
    "listOfferMetrics": offer_metrics,
    "getSellingPartnerMetrics": metrics,
}
HANDLERS: dict[str, Handler] = {f"replenishment-2022-11-07.{name}": handler for name, handler in _NAMED.items()}
