"""Sellers API: where the seller sells, and who it is."""

from __future__ import annotations

from .call import Call, Handler, dump
from .world import MARKETS


def _participations() -> list[dict[str, object]]:
    return [
        {
            "marketplace": {
                "id": m.place.id,
                "name": m.place.sales_channel,
                "countryCode": m.place.country,
                "defaultCurrencyCode": m.place.currency,
                "defaultLanguageCode": m.place.language,
                "domainName": f"www.{m.place.sales_channel.lower()}",
            },
            "participation": {"isParticipating": m.participating, "hasSuspendedListings": False},
            "storeName": "Northlake Outfitters",
        }
        for m in MARKETS
    ]


def participations(_: Call) -> bytes:
    """Answer getMarketplaceParticipations."""
    return dump({"payload": _participations()})


def account(_: Call) -> bytes:
    """Answer getAccount."""
    address = {
        "addressLine1": "500 Harbor Way",
        "countryCode": "US",
        "stateOrProvinceCode": "WA",
        "city": "Seattle",
        "postalCode": "98109",
    }
    payload = {
        "marketplaceParticipationList": _participations(),
        "businessType": "PRIVATE_LIMITED",
        "sellingPlan": "PROFESSIONAL",
        "business": {"name": "Northlake Outfitters Inc.", "registeredBusinessAddress": address},
        "primaryContact": {"name": "Robin Marsh", "address": address},
    }
    return dump({"payload": payload})


HANDLERS: dict[str, Handler] = {
    "sellers.getMarketplaceParticipations": participations,
    "sellers.getAccount": account,
}
