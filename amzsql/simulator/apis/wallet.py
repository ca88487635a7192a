"""Seller Wallet: one account a marketplace, what was transferred from it, and transfers that recur.

A transfer takes two days of the clock and costs nothing; the balance falls at once. A schedule is kept as it was given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from amzsql.simulator.call import Call, Handler, dump, invalid, iso, not_found
from amzsql.simulator.world import DAY, MARKETS

_TRANSACTION, _SCHEDULE = "wallet transaction", "wallet schedule"
_LASTS = 2 * DAY
_PAGE = 20
_BANK = "Amazon Seller Wallet"


def _find(records: Mapping[str, dict[str, Any]], what: str, key: str) -> dict[str, Any]:
    if key not in records:
        raise not_found(f"{what} {key}")
    return records[key]


def _listed(call: Call, name: str, rows: Sequence[Any]) -> bytes:
    """Return a page of rows under their name."""
    start = call.position or 0
    body: dict[str, object] = {name: rows[start : start + _PAGE]}
    if len(rows) > start + _PAGE:
        body["nextPageToken"] = call.pages.token(call, start + _PAGE)
    return dump(body)


def _account_id(market: int) -> str:
    return f"amzn1.account.SIMULATED{MARKETS[market].place.id}"


def _account(market: int) -> dict[str, object]:
    place = MARKETS[market].place
    return {
        "accountId": _account_id(market),
        "bankAccountNumberFormat": "BBAN",
        "bankName": _BANK,
        "bankAccountOwnershipType": "SELF",
        "routingNumber": "000000000",
        "bankNumberFormat": "BASIC",
        "accountCountryCode": place.country,
        "accountCurrency": place.currency,
        "bankAccountNumberTail": f"{market:03}",
        "bankAccountHolderStatus": "ACTIVE",
    }


def _market(call: Call) -> int:
    return call.market("marketplaceId", call.get("marketplaceId"))


def list_accounts(call: Call) -> bytes:
    """Answer listAccounts: that of the marketplace."""
    return dump({"accounts": [_account(_market(call))]})


def _of_path(call: Call) -> int:
    market = _market(call)
    if call.path["accountId"] != _account_id(market):
        raise not_found(f"account {call.path['accountId']} in this marketplace")
    return market


def get_account(call: Call) -> bytes:
    """Answer getAccount."""
    return dump(_account(_of_path(call)))


def list_balances(call: Call) -> bytes:
    """Answer listAccountBalances: what is there, and what is on its way out."""
    market = _of_path(call)
    available = _available(call, market)
    leaving = sum(t["cents"] for t in _sent(call, market) if call.now < t["at"] + _LASTS)
    amounts = (("AVAILABLE", available), ("LOCKED_OUT", leaving), ("TOTAL", available + leaving))
    rows = [
        {
            "accountId": _account_id(market),
            "balanceType": kind,
            "balanceAmount": cents / 100,
            "balanceCurrency": MARKETS[market].place.currency,
            "lastUpdateDate": iso(int(call.now)),
        }
        for kind, cents in amounts
    ]
    return dump({"balances": rows})


def _sent(call: Call, market: int) -> list[dict[str, Any]]:
    return [t for t in call.store.records(_TRANSACTION).values() if t["accountId"] == _account_id(market)]


def _available(call: Call, market: int) -> int:
    """Return what can be sent, in hundredths."""
    begun = MARKETS[market].round(100_000_00 + call.world.draws("w", market)[0] % 5_000_000)
    sent: int = sum(t["cents"] for t in _sent(call, market))
    return begun - sent


def preview(call: Call) -> bytes:
    """Answer getTransferPreview."""
    query = call.query
    return dump(_rate(query["sourceCurrencyCode"], query["destinationCurrencyCode"], float(query["baseAmount"])))


def _rate(source: str, destination: str, amount: float) -> dict[str, object]:
    """Return what an amount is worth in another currency, by the prices of this world."""
    worth = {m.place.currency: m.price for m in MARKETS}
    if source not in worth or destination not in worth:
        raise invalid("A currency is not known.")
    rate = round(worth[destination] / worth[source], 6)
    details = {
        "fxRateId": f"{source}-{destination}",
        "baseRate": rate,
        "effectiveFxRate": rate,
        "rateDirection": "SELL",
    }
    return {
        "baseAmount": _money(source, amount),
        "fxRateDetails": details,
        "transferAmount": _money(destination, round(amount * rate, 2)),
        "fees": [],
    }


def _money(currency: str, amount: float) -> dict[str, object]:
    return {"currencyCode": currency, "currencyAmount": amount}


def create_transaction(call: Call) -> bytes:
    """Answer createTransaction: more than is there cannot be sent."""
    market = _market(call)
    amount = call.body["sourceAmount"]
    bank = call.body["destinationTransactionInstrument"]["bankAccount"]
    number = float(amount.get("currencyAmount") or 0)
    if number <= 0:
        raise invalid("sourceAmount must be more than nothing.")
    if call.body["sourceAccountId"] != _account_id(market):
        raise invalid(f"sourceAccountId: {call.body['sourceAccountId']} is no account in this marketplace.")
    if round(number * 100) > _available(call, market):
        raise invalid("sourceAmount is more than is available.")
    source = str(amount.get("currencyCode"))
    if source != MARKETS[market].place.currency:
        raise invalid(f"sourceAmount: the account is kept in {MARKETS[market].place.currency}, not in {source}.")
    rate = _rate(source, str(bank["accountCurrency"]), number)
    identifier = f"amzn1.transaction.{call.store.text(_TRANSACTION, 20).upper()}"
    call.store.records(_TRANSACTION)[identifier] = {
        "id": identifier,
        "accountId": str(call.body["sourceAccountId"]),
        "at": int(call.now),
        "cents": round(number * 100),
        "description": str(call.body.get("transactionDescription") or "Transfer"),
        "amount": _money(source, number),
        "rate": rate,
        "destination": _destination(call.body["destinationTransactionInstrument"]),
    }
    address = f"{call.base}/finances/transfers/wallet/2024-03-01/transactions/{identifier}"
    return dump({"transaction": _transaction(call, identifier), "callBackURL": address})


def _destination(instrument: dict[str, Any]) -> dict[str, object]:
    bank = instrument["bankAccount"]
    return {
        "bankAccountHolderName": instrument["accountHolderName"],
        "bankName": bank.get("bankName") or "Bank",
        "bankAccountNumberFormat": bank.get("bankAccountNumberFormat") or "IBAN",
        "bankAccountNumberTail": bank["bankAccountNumberTail"],
        "bankAccountCountryCode": bank["accountCountryCode"],
        "bankAccountCurrency": bank["accountCurrency"],
    }


def _source(account_id: str, currency: str) -> dict[str, object]:
    return {
        "accountId": account_id,
        "bankName": _BANK,
        "bankAccountNumberFormat": "BBAN",
        "bankAccountCurrency": currency,
    }


def _transaction(call: Call, identifier: str) -> dict[str, object]:
    row = _find(call.store.records(_TRANSACTION), "transaction", identifier)
    done = call.now >= row["at"] + _LASTS
    body = {
        "accountId": row["accountId"],
        "transactionId": identifier,
        "transactionType": "DEBIT",
        "transactionStatus": "SUCCESSFUL" if done else "IN_PROGRESS",
        "transactionRequestDate": iso(row["at"]),
        "expectedCompletionDate": iso(row["at"] + _LASTS),
        "lastUpdateDate": iso(row["at"] + (_LASTS if done else 0)),
        "transactionRequesterSource": "TPP",
        "transactionDescription": row["description"],
        "transactionSourceAccount": _source(row["accountId"], row["amount"]["currencyCode"]),
        "transactionDestinationAccount": row["destination"],
        "transactionRequestAmount": row["amount"],
        "transferRateDetails": row["rate"],
    }
    if done:
        body["transactionActualCompletionDate"] = iso(row["at"] + _LASTS)
        body["transactionFinalAmount"] = row["rate"]["transferAmount"]
    return body


def get_transaction(call: Call) -> bytes:
    """Answer getTransaction."""
    return dump(_transaction(call, call.path["transactionId"]))


def list_transactions(call: Call) -> bytes:
    """Answer listAccountTransactions, the latest first."""
    _market(call)
    rows = [i for i, t in call.store.records(_TRANSACTION).items() if t["accountId"] == call.get("accountId")]
    return _listed(call, "transactions", [_transaction(call, identifier) for identifier in rows[::-1]])


def create_schedule(call: Call) -> bytes:
    """Answer createTransferSchedule."""
    _market(call)
    body, identifier = call.body, f"amzn1.transferschedule.{call.store.text(_SCHEDULE, 20).upper()}"
    kept = ("transactionType", "transferScheduleInformation", "paymentPreference")
    call.store.records(_SCHEDULE)[identifier] = {
        "transferScheduleId": identifier,
        **{n: body[n] for n in kept},
        "transactionSourceAccount": _source(str(body["sourceAccountId"]), str(body["sourceCurrencyCode"])),
        "transactionDestinationAccount": _destination(body["destinationTransactionInstrument"]),
        "transferScheduleStatus": body.get("transferScheduleStatus") or "ENABLED",
        "transferScheduleFailures": [],
    }
    return dump(call.store.records(_SCHEDULE)[identifier])


def update_schedule(call: Call) -> bytes:
    """Answer updateTransferSchedule."""
    row = _find(call.store.records(_SCHEDULE), "transfer schedule", str(call.body["transferScheduleId"]))
    row.update({n: v for n, v in call.body.items() if n != "transferScheduleFailures"})
    return dump(row)


def get_schedule(call: Call) -> bytes:
    """Answer getTransferSchedule."""
    return dump(_find(call.store.records(_SCHEDULE), "transfer schedule", call.path["transferScheduleId"]))


def list_schedules(call: Call) -> bytes:
    """Answer listTransferSchedules: those of an account."""
    rows = call.store.records(_SCHEDULE).values()
    mine = [r for r in rows if r["transactionSourceAccount"].get("accountId") == call.get("accountId")]
    return _listed(call, "transferSchedules", mine)


def delete_schedule(call: Call) -> bytes:
    """Answer deleteScheduleTransaction: the schedule stays readable, as deleted."""
    row = _find(call.store.records(_SCHEDULE), "transfer schedule", call.path["transferScheduleId"])
    row["transferScheduleStatus"] = "DELETED"
    return dump({"code": "Success", "message": "The transfer schedule is deleted."})


_API = "sellerWallet_2024-03-01"
HANDLERS: dict[str, Handler] = {
    f"{_API}.listAccounts": list_accounts,
    f"{_API}.getAccount": get_account,
    f"{_API}.listAccountBalances": list_balances,
    f"{_API}.getTransferPreview": preview,
    f"{_API}.createTransaction": create_transaction,
    f"{_API}.getTransaction": get_transaction,
    f"{_API}.listAccountTransactions": list_transactions,
    f"{_API}.createTransferSchedule": create_schedule,
    f"{_API}.updateTransferSchedule": update_schedule,
    f"{_API}.getTransferSchedule": get_schedule,
    f"{_API}.listTransferSchedules": list_schedules,
    f"{_API}.deleteScheduleTransaction": delete_schedule,
}
