"""The seller's wallet: what is transferred leaves the balance, arrives two days later and is listed."""

from __future__ import annotations

from typing import Any

from .conftest import BR, CA, US, Client
from .test_money_and_history import DAY, later

WALLET = "/finances/transfers/wallet/2024-03-01"
SIGNED = {"destAccountDigitalSignature": "c2lnbmVk", "amountDigitalSignature": "c2lnbmVk"}
BANK = {
    "bankAccountOwnershipType": "THIRD_PARTY",
    "accountCountryCode": "CA",
    "accountCurrency": "CAD",
    "bankAccountNumberTail": "819",
}
INSTRUMENT = {"bankAccount": BANK, "bankAccountNumber": "123456819", "accountHolderName": "Dane Shipping"}


def send(client: Client, method: str, path: str, body: object = None) -> Any:
    answer = client.http.request(method, f"{WALLET}{path}", json=body, headers=SIGNED, params={"marketplaceId": US})
    assert answer.status_code == 200, answer.text
    return answer.json()


def account(client: Client) -> str:
    (row,) = client.ok(f"{WALLET}/accounts", marketplaceId=US)["accounts"]
    return str(row["accountId"])


def balances(client: Client) -> dict[str, float]:
    rows = client.ok(f"{WALLET}/accounts/{account(client)}/balance", marketplaceId=US)["balances"]
    return {r["balanceType"]: r["balanceAmount"] for r in rows}


def transfer(client: Client, amount: float, **changes: Any) -> dict[str, Any]:
    """Return the body that sends dollars to Canada."""
    return {
        "sourceAccountId": account(client),
        "destinationTransactionInstrument": INSTRUMENT,
        "sourceAmount": {"currencyCode": "USD", "currencyAmount": amount},
        "requestTime": "2026-11-18T11:06:40Z",
        **changes,
    }


def test_what_cannot_be_transferred_is_refused_and_changes_nothing(client: Client) -> None:
    before = balances(client)
    wrong = [
        transfer(client, 0),
        transfer(client, before["AVAILABLE"] + 0.01),
        transfer(client, 1, sourceAccountId="amzn1.account.other"),
        transfer(client, 1, sourceAmount={"currencyCode": "EUR", "currencyAmount": 1}),
        transfer(
            client,
            1,
            destinationTransactionInstrument={**INSTRUMENT, "bankAccount": {**BANK, "accountCurrency": "XTS"}},
        ),
    ]
    for body in wrong:
        answer = client.http.post(f"{WALLET}/transactions", json=body, headers=SIGNED, params={"marketplaceId": US})
        assert answer.status_code == 400, answer.text
    elsewhere = client.http.post(
        f"{WALLET}/transactions", json=transfer(client, 1), headers=SIGNED, params={"marketplaceId": BR}
    )
    assert elsewhere.status_code == 403
    assert balances(client) == before
    send(client, "POST", "/transactions", transfer(client, before["AVAILABLE"]))
    assert balances(client)["AVAILABLE"] == 0


def test_transfers_are_listed_page_by_page_the_latest_first(client: Client) -> None:
    path = f"{WALLET}/transactions"
    query = {"accountId": account(client), "marketplaceId": US}
    sent: list[str] = []
    sizes = []
    for _ in range(21):
        sent.append(send(client, "POST", "/transactions", transfer(client, 1))["transaction"]["transactionId"])
        pages = list(client.pages(path, "nextPageToken", "nextPageToken", **query))
        assert [t["transactionId"] for p in pages for t in p["transactions"]] == sent[::-1]
        sizes.append([len(p["transactions"]) for p in pages])
    assert sizes[19:] == [[20], [20, 1]]
    assert client.get(path, **{**query, "marketplaceId": BR}).status_code == 403


def test_a_transfer_leaves_the_balance_and_arrives_two_days_later(client: Client) -> None:
    before = balances(client)
    made = send(client, "POST", "/transactions", transfer(client, 250.5))["transaction"]
    assert made["transactionStatus"] == "IN_PROGRESS"
    after = balances(client)
    assert round(before["AVAILABLE"] - after["AVAILABLE"], 2) == 250.5 == after["LOCKED_OUT"]
    assert after["TOTAL"] == before["TOTAL"]
    later(client, 2 * DAY)
    done = client.ok(f"{WALLET}/transactions/{made['transactionId']}", marketplaceId=US)
    assert done["transactionStatus"] == "SUCCESSFUL"
    query = {"sourceCountryCode": "US", "sourceCurrencyCode": "USD", "destinationCountryCode": "CA"}
    query |= {"destinationCurrencyCode": "CAD", "baseAmount": "250.5", "marketplaceId": US}
    assert done["transactionFinalAmount"] == client.ok(f"{WALLET}/transferPreview", **query)["transferAmount"]
    rows = client.ok(f"{WALLET}/transactions", accountId=account(client), marketplaceId=US)["transactions"]
    assert rows == [done]
    assert balances(client)["LOCKED_OUT"] == 0
    assert client.get(f"{WALLET}/transactions/none", marketplaceId=US).status_code == 404
    assert client.get(f"{WALLET}/accounts/{account(client)}", marketplaceId=CA).status_code == 404


def test_schedules_are_kept_changed_and_deleted(client: Client) -> None:
    body = {
        "sourceAccountId": account(client),
        "sourceCurrencyCode": "USD",
        "destinationAccountId": "amzn1.account.other",
        "destinationTransactionInstrument": INSTRUMENT,
        "transactionType": "DEBIT",
        "transferScheduleInformation": {"scheduleStartDate": "2026-12-01T00:00:00Z"},
        "paymentPreference": {"paymentPreferencePaymentType": "PERCENTAGE", "value": 25.5},
    }
    made = send(client, "POST", "/transferSchedules", body)
    path = f"{WALLET}/transferSchedules/{made['transferScheduleId']}"
    assert client.ok(path, marketplaceId=US) == made
    changed = send(client, "PUT", "/transferSchedules", {**made, "transferScheduleStatus": "DISABLED"})
    assert changed == {**made, "transferScheduleStatus": "DISABLED"}
    rows = client.ok(f"{WALLET}/transferSchedules", accountId=account(client), marketplaceId=US)["transferSchedules"]
    assert rows == [changed]
    send(client, "DELETE", f"/transferSchedules/{made['transferScheduleId']}")
    assert client.ok(path, marketplaceId=US)["transferScheduleStatus"] == "DELETED"
