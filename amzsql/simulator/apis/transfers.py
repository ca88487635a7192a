"""Transfers 2024-06-01: what was paid out of each settlement, what will be, and payouts on demand.

A settlement is paid two days after its end, by the clock. A payout on demand pays what is available once a day.
"""

from __future__ import annotations

from typing import Any

from amzsql.simulator.call import Call, CallError, Handler, dump, iso
from amzsql.simulator.world import DAY, MARKETS

from .finances import ACCOUNT_TYPE, LATE, PERIOD, Ledger, balance, group_id, partner, periods, settlement_id

_PAGE = 50
_KIND = "payout"
_STEPS = (("STARTED", 0), ("IN_TRANSIT", 6 * 3600), ("PAID", 30 * 3600))


def list_payouts(call: Call) -> bytes:
    """Answer listPayouts, the latest first."""
    after, before = call.time("createdAfter") or 0.0, call.time("createdBefore") or call.now
    rows = [r for r in _payouts(call) if after <= r["at"] <= before]
    if call.get("payoutId"):
        rows = [r for r in rows if r["id"] == call.get("payoutId")]
    start, ledger = call.position or 0, Ledger.of(call)
    answer: dict[str, object] = {"payouts": [_payout(call, ledger, r) for r in rows[start : start + _PAGE]]}
    if len(rows) > start + _PAGE:
        answer["nextToken"] = call.pages.token(call, start + _PAGE)
    return dump(answer)


def _payouts(call: Call) -> list[dict[str, Any]]:
    markets = _markets(call)
    made = [
        {"id": settlement_id(g), "market": m, "at": start + PERIOD + LATE, "start": start, "type": "SCHEDULED"}
        for g, (m, start) in periods(call.world, call.now).items()
        if m in markets and start + PERIOD + LATE <= call.now
    ]
    asked = [r for r in call.store.records(_KIND).values() if r["market"] in markets]
    return sorted([*made, *asked], key=lambda r: (-r["at"], r["market"], r["id"]))


def _markets(call: Call) -> frozenset[int]:
    if call.get("accountType") not in ("", ACCOUNT_TYPE):
        return frozenset()
    return call.markets("marketplaceIds") or frozenset(call.world.markets)


def _payout(call: Call, ledger: Ledger, row: dict[str, Any]) -> dict[str, object]:
    """Return a payout as far as it has come."""
    market, start = row["market"], row["start"]
    cents = row["cents"] if "cents" in row else ledger.total(market, start)
    steps = [{"status": s, "lastUpdatedDate": iso(row["at"] + d)} for s, d in _STEPS if row["at"] + d <= call.now]
    return {
        "id": row["id"],
        "partnerMetadata": partner(call, market),
        "currentStatus": steps[-1]["status"],
        "statusHistory": steps,
        "type": row["type"],
        "amount": _money(market, cents),
        "accountTail": "381",
        "paymentMethod": "BANK_ACCOUNT",
        "creationDate": iso(row["at"]),
        "paymentRail": "ACH" if market == 0 else "WIRE",
        "traceId": f"TRACE{row['id'][-9:]}",
        "period": {"startDate": iso(start), "endDate": iso(min(start + PERIOD, row["at"]))},
        "relatedIdentifiers": _related(call, market, start),
    }


def _related(call: Call, market: int, start: int) -> list[dict[str, str]]:
    number = settlement_id(group_id(call.world, market, start))
    return [{"relatedIdentifierName": "SETTLEMENT_ID", "relatedIdentifierValue": number}]


def _money(market: int, cents: int) -> dict[str, object]:
    return {"currencyCode": MARKETS[market].place.currency, "currencyAmount": cents / 100}


def _paid(call: Call, market: int) -> int:
    """Return what of the open settlement was paid on demand."""
    start = _open(call)
    return sum(r["cents"] for r in call.store.records(_KIND).values() if (r["market"], r["start"]) == (market, start))


def _open(call: Call) -> int:
    return int(call.now) // PERIOD * PERIOD


def initiate(call: Call) -> bytes:
    """Answer initiatePayout: all that is available in a marketplace, at most once in 24 hours."""
    market = call.market("marketplaceId", str(call.body["marketplaceId"]))
    if any(r["market"] == market and r["at"] > call.now - DAY for r in call.store.records(_KIND).values()):
        raise CallError(400, "InvalidInput", "A payout was initiated within the last 24 hours.")
    cents = balance(Ledger.of(call), market)[0] - _paid(call, market)
    identifier = call.store.text(_KIND, 40)
    row = {"id": identifier, "market": market, "at": int(call.now), "start": _open(call)}
    call.store.records(_KIND)[identifier] = {**row, "type": "ON_DEMAND", "cents": max(0, cents)}
    return dump({"payoutReferenceId": identifier})


def list_expected(call: Call) -> bytes:
    """Answer listExpectedPayouts: the settlement that is open in each marketplace."""
    ledger, start = Ledger.of(call), _open(call)
    rows = []
    for market in sorted(_markets(call)):
        cents = balance(ledger, market)[0] - _paid(call, market)
        rows.append(
            {
                "partnerMetadata": partner(call, market),
                "amount": _money(market, cents),
                "status": "SCHEDULED" if cents > 0 else "NO_PAYOUT_EXPECTED",
                "period": {"startDate": iso(start), "endDate": iso(start + PERIOD)},
                "scheduledDate": iso(start + PERIOD + LATE),
                "accountTail": "381",
                "paymentMethod": "BANK_ACCOUNT",
                "relatedIdentifiers": _related(call, market, start),
            }
        )
    return dump({"expectedPayouts": rows})


def payment_methods(call: Call) -> bytes:
    """Answer getPaymentMethods: a bank account, and a card for what is owed."""
    market = call.market("marketplaceId", call.get("marketplaceId"))
    country = MARKETS[market].place.country
    bank = {
        "accountHolderName": call.account.business,
        "paymentMethodId": f"BANK-{country}-381",
        "tail": "381",
        "countryCode": country,
        "paymentMethodType": "BANK_ACCOUNT",
        "assignmentType": "DEFAULT_DEPOSIT_METHOD",
    }
    card = {
        "accountHolderName": call.account.business,
        "paymentMethodId": f"CARD-{country}-442",
        "tail": "442",
        "expiryDate": {"month": "4", "year": "2029"},
        "countryCode": country,
        "paymentMethodType": "CARD",
    }
    asked = call.many("paymentMethodTypes")
    return dump({"paymentMethods": [m for m in (bank, card) if not asked or m["paymentMethodType"] in asked]})


HANDLERS: dict[str, Handler] = {
    "transfers_2024-06-01.listPayouts": list_payouts,
    "transfers_2024-06-01.initiatePayout": initiate,
    "transfers_2024-06-01.listExpectedPayouts": list_expected,
    "transfers_2024-06-01.getPaymentMethods": payment_methods,
}
