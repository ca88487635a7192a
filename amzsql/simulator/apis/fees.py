"""Product fees v0: what a sale would cost. An estimate for an item agrees with the fees of its transactions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amzsql.simulator.call import Call, CallError, Handler, dump, invalid, iso
from amzsql.simulator.world import AFN, MARKETS, MFN

from .assortment import Shop
from .finances import fees

_MOST = 20


def of_sku(call: Call) -> bytes:
    """Answer getMyFeesEstimateForSKU."""
    return _single(call, "SellerSKU", call.path["SellerSKU"])


def of_asin(call: Call) -> bytes:
    """Answer getMyFeesEstimateForASIN."""
    return _single(call, "ASIN", call.path["Asin"])


def _single(call: Call, kind: str, value: str) -> bytes:
    request = call.body.get("FeesEstimateRequest") if isinstance(call.body, dict) else None
    if not isinstance(request, dict):
        raise invalid("FeesEstimateRequest is required.")
    return dump({"payload": {"FeesEstimateResult": _result(call, kind, value, request)}})


def batch(call: Call) -> bytes:
    """Answer getMyFeesEstimates: up to twenty items, each with a status of its own."""
    rows = call.body if isinstance(call.body, list) else []
    if not 1 <= len(rows) <= _MOST:
        raise invalid(f"The body must hold 1 to {_MOST} requests.")
    return dump([_result(call, r["IdType"], str(r["IdValue"]), r.get("FeesEstimateRequest") or {}) for r in rows])


def _result(call: Call, kind: str, value: str, request: Mapping[str, Any]) -> dict[str, object]:
    kept = ("MarketplaceId", "IsAmazonFulfilled", "PriceToEstimateFees", "OptionalFulfillmentProgram")
    identifier = {n: request[n] for n in kept if n in request}
    identifier |= {"SellerId": call.world.seller_id, "IdType": kind, "IdValue": value}
    identifier["SellerInputIdentifier"] = str(request.get("Identifier", ""))
    row: dict[str, object] = {"FeesEstimateIdentifier": identifier}
    try:
        estimate = _estimate(call, kind, value, request)
    except CallError as error:
        wrong = {"Type": "Sender", "Code": "InvalidParameterValue", "Message": error.message, "Detail": []}
        return {"Status": "ClientError", **row, "Error": wrong}
    return {"Status": "Success", **row, "FeesEstimate": estimate}


def _estimate(call: Call, kind: str, value: str, request: Mapping[str, Any]) -> dict[str, object]:
    try:
        market = call.market("MarketplaceId", str(request.get("MarketplaceId", "")))
    except CallError as error:
        raise invalid("MarketplaceId is none of the account's.") from error
    shop, place = Shop.of(call), MARKETS[market].place
    listed = shop.listing(value, market) if kind == "SellerSKU" else None
    sku = listed.sku if listed is not None else shop.product(value, market) if kind == "ASIN" else None
    if sku is None:
        raise invalid(f"{value} is no {kind} of this marketplace.")
    price = (request.get("PriceToEstimateFees") or {}).get("ListingPrice") or {}
    if price.get("CurrencyCode", place.currency) != place.currency or float(price.get("Amount", -1)) < 0:
        raise invalid("PriceToEstimateFees is no price of this marketplace.")
    cents = MARKETS[market].round(round(float(price["Amount"]) * 100))
    channel = AFN if request.get("IsAmazonFulfilled", sku.channel == AFN) else MFN
    return _fees(call, place.currency, *fees(cents, 1, channel, market))


def _fees(call: Call, currency: str, commission: int, fulfilment: int) -> dict[str, object]:
    details = [_detail("ReferralFee", currency, commission), _detail("VariableClosingFee", currency, 0)]
    details.append(_detail("PerItemFee", currency, 0))
    whole = _detail("FBAFees", currency, fulfilment)
    details.append({**whole, "IncludedFeeDetailList": [_detail("FBAPickAndPack", currency, fulfilment)]})
    return {
        "TimeOfFeesEstimation": iso(int(call.now)),
        "TotalFeesEstimate": _money(currency, commission + fulfilment),
        "FeeDetailList": details,
    }


def _detail(kind: str, currency: str, cents: int) -> dict[str, object]:
    return {
        "FeeType": kind,
        "FeeAmount": _money(currency, cents),
        "FeePromotion": _money(currency, 0),
        "FinalFee": _money(currency, cents),
    }


def _money(currency: str, cents: int) -> dict[str, object]:
    return {"CurrencyCode": currency, "Amount": cents / 100}


HANDLERS: dict[str, Handler] = {
    "productFeesV0.getMyFeesEstimateForSKU": of_sku,
    "productFeesV0.getMyFeesEstimateForASIN": of_asin,
    "productFeesV0.getMyFeesEstimates": batch,
}
