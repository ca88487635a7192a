"""Sellers API: where the seller sells, and who it is."""

from __future__ import annotations

from amzsql.simulator.call import Call, Handler, dump
from amzsql.simulator.world import MARKETS


def _participations(call: Call) -> list[dict[str, object]]:
    return [
        {
            "marketplace": {
                "id": place.id,
                "name": place.sales_channel,
                "countryCode": place.country,
                "defaultCurrencyCode": place.currency,
                "defaultLanguageCode": place.language,
                "domainName": f"www.{place.sales_channel.lower()}",
            },
            "participation": {"isParticipating": number in call.world.markets, "hasSuspendedListings": False},
            "storeName": call.account.business,
        }
        for number, place in ((n, MARKETS[n].place) for n in call.world.shown)
    ]


def participations(call: Call) -> bytes:
    """Answer getMarketplaceParticipations."""
    return dump({"payload": _participations(call)})


def account(call: Call) -> bytes:
    """Answer getAccount."""
    street, city, state, code = call.account.address
    address = {
        "addressLine1": street,
        "countryCode": call.account.home.country,
        "stateOrProvinceCode": state,
        "city": city,
        "postalCode": code,
    }
    payload = {
        "marketplaceParticipationList": _participations(call),
        "businessType": "PRIVATE_LIMITED",
        "sellingPlan": "PROFESSIONAL",
        "business": {"name": call.account.business, "registeredBusinessAddress": address},
        "primaryContact": {"name": "Robin Marsh", "address": address},
    }
    return dump({"payload": payload})


HANDLERS: dict[str, Handler] = {
    "sellers.getMarketplaceParticipations": participations,
    "sellers.getAccount": account,
}
