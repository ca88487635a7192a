"""Remittances 2026-03-17: what Amazon paid a vendor, invoice by invoice, as a function of the seed.

One a week in each marketplace, for as long as Amazon tells of them; a header's amount is the sum of its items.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from amzsql.simulator.call import Call, Handler, dump, iso, not_found
from amzsql.simulator.resources import Record, cut
from amzsql.simulator.world import DAY, MARKETS

_WEEK = 7 * DAY
_WEEKS = 52
_USUAL = 30 * DAY
_PAGE = 20
# The number of the week of the world's end.
_FIRST = 60_000_010_000
# The bank takes two days.
_TRANSFER = 2 * DAY


def headers(call: Call) -> bytes:
    """Answer getRemittanceHeaders: those of the last thirty days, if nothing else is asked for; the latest first."""
    before = call.time("endDate") or call.now
    after = call.time("startDate") or call.now - _USUAL
    rows = [r for r in _remittances(call) if after <= r["at"] <= before]
    page, token = cut(call, rows, _PAGE)
    more = {} if token is None else {"nextToken": token}
    return dump({"remittances": [_header(call, r) for r in page], **more, "numOfRecords": len(rows)})


def _remittances(call: Call) -> Iterator[Record]:
    """Yield what was paid in the marketplace that is asked for, the latest first."""
    market = call.market("marketplaceId", call.get("marketplaceId"))
    latest = int((call.now - call.world.end) // _WEEK)
    for number in range(latest, latest - _WEEKS, -1):
        # Numbers count from the week of the world's end, so that the clock moves none of them.
        r = call.world.draws(f"remittance {market}", number)
        at = call.world.end + number * _WEEK + r[0] % 3600
        if at <= call.now:
            key = call.account.id_of(_FIRST + market * 1_000_000 + number)
            yield {"id": key, "market": market, "at": at, "draws": r}


def _header(call: Call, remittance: Record) -> Record:
    items = _items(call, remittance)
    paid = call.now >= remittance["at"] + _TRANSFER
    return {
        "paymentDate": iso(remittance["at"]),
        "paymentNumber": remittance["id"][-7:],
        "uniquePaymentId": remittance["id"],
        "paymentAmount": _money(remittance, sum(i["cents"] - i["withheld"] for i in items)),
        "paymentMethod": "ELECTRONIC",
        "remittanceStatus": "SUCCESSFUL" if paid else "IN_PROGRESS",
        "lineItemCount": len(items),
        "relatedIdentifiers": [_vendor(call)],
        "countryCode": MARKETS[remittance["market"]].place.country,
    }


def _vendor(call: Call) -> Record:
    return {"relatedIdentifierName": "VENDOR_CODE", "relatedIdentifierValue": [call.world.seller_id[:5]]}


def _money(remittance: Record, cents: int) -> Record:
    return {"currencyCode": MARKETS[remittance["market"]].place.currency, "currencyAmount": cents / 100}


def _items(call: Call, remittance: Record) -> list[dict[str, Any]]:
    market = MARKETS[remittance["market"]]
    made = []
    for number in range(3 + remittance["draws"][1] % 40):
        r = call.world.draws(f"remittance item {remittance['id']}", number)
        cents = market.round(5_000 + r[0] % 400_000)
        withheld = market.round(cents // 50) if r[1] % 5 == 0 else 0
        made.append(
            {
                "number": f"INV{r[2] % 10**9:09d}",
                "at": remittance["at"] - 30 * DAY,
                "cents": cents,
                "withheld": withheld,
            }
        )
    return made


def remittance(call: Call) -> bytes:
    """Answer getRemittance: the header as in the list, and a page of its items."""
    asked = call.path["uniquePaymentId"]
    found = next((r for r in _remittances(call) if r["id"] == asked), None)
    if found is None:
        raise not_found(f"remittance {asked}")
    page, token = cut(call, _items(call, found), _PAGE)
    more = {} if token is None else {"nextTokenForLineItems": token}
    return dump(
        {"remittanceHeader": _header(call, found), **more, "remittanceItems": [_item(call, found, i) for i in page]}
    )


def _item(call: Call, remittance: Record, item: Record) -> Record:
    total, net = _money(remittance, item["cents"]), _money(remittance, item["cents"] - item["withheld"])
    withheld = {"withholdingAmount": _money(remittance, item["withheld"])} if item["withheld"] else {}
    return {
        "invoiceNumber": item["number"],
        "invoiceIssueDate": iso(item["at"]),
        **withheld,
        "totalAmount": total,
        "totalAmountBreakdown": [{"breakdownType": "INVOICE", "breakdownAmount": total}],
        "netAmountPaid": net,
        "netAmountPaidBreakdown": [{"breakdownType": "NET", "breakdownAmount": net}],
        "description": f"Invoice {item['number']}",
        "paymentTerms": "NET 30",
        "invoiceType": "STANDARD",
        "relatedItemIdentifiers": [_vendor(call)],
    }


HANDLERS: dict[str, Handler] = {
    "financesRemittance_2026-03-17.getRemittanceHeaders": headers,
    "financesRemittance_2026-03-17.getRemittance": remittance,
}
