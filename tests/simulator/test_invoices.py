"""Tax invoices: list and single agree, filters narrow, an export holds what the list has."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import CA, US, Client

API = "/tax/invoices/2024-06-19"
MONTH = {"dateStart": "2026-10-15T00:00:00Z", "dateEnd": "2026-11-18T00:00:00Z"}
ROAD = ("REQUESTED", "PROCESSING", "DONE")
Body = dict[str, Any]


def invoices(client: Client, **query: object) -> list[Body]:
    query = {"marketplaceId": US, "pageSize": 200, **MONTH, **query}
    return [i for p in client.pages(f"{API}/invoices", "nextToken", "nextToken", **query) for i in p["invoices"]]


def test_an_invoice_is_the_same_in_the_list_and_by_itself(client: Client) -> None:
    rows = invoices(client, pageSize=20)
    assert len({r["id"] for r in rows}) == len(rows) > 40
    for row in rows[:10]:
        assert client.ok(f"{API}/invoices/{row['id']}", marketplaceId=US)["invoice"] == row
        assert client.get(f"{API}/invoices/{row['id']}", marketplaceId=CA).status_code == 404
    assert client.get(f"{API}/invoices/none", marketplaceId=US).status_code == 404
    assert not {r["id"] for r in rows} & {r["id"] for r in invoices(client, marketplaceId=CA)}


def test_an_invoice_is_about_an_order_that_was_shipped(client: Client) -> None:
    row = invoices(client)[-1]
    order = next(t["id"] for t in row["transactionIds"] if t["name"] == "ORDER_ID")
    found = client.ok(f"/orders/v0/orders/{order}")["payload"]
    assert (found["OrderStatus"], found["MarketplaceId"]) == ("Shipped", US)
    assert found["PurchaseDate"] < row["date"] <= found["LastUpdateDate"]


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        ({"statuses": "REJECTED,PROCESSING"}, lambda r: r["status"] in ("REJECTED", "PROCESSING")),
        ({"dateStart": "2026-11-01T00:00:00Z"}, lambda r: r["date"] >= "2026-11-01T00:00:00Z"),
        ({"dateEnd": "2026-11-01T00:00:00Z"}, lambda r: r["date"] <= "2026-11-01T00:00:00Z"),
    ],
)
def test_invoices_are_filtered(client: Client, filters: Body, fits: Callable[[Body], bool]) -> None:
    every, found = invoices(client), invoices(client, **filters)
    assert found == [r for r in every if fits(r)]
    assert 0 < len(found) < len(every)


def test_one_invoice_is_found_by_what_it_has(client: Client) -> None:
    row = next(r for r in invoices(client) if r["status"] == "AUTHORIZED")
    assert invoices(client, externalInvoiceId=row["externalInvoiceId"], series=row["series"]) == [row]
    assert invoices(client, externalInvoiceId=row["externalInvoiceId"], series="99") == []
    asked = {f"transactionIdentifier{n.capitalize()}": v for n, v in row["transactionIds"][0].items()}
    assert invoices(client, **asked) == [row]
    assert client.get(f"{API}/invoices", marketplaceId=US, transactionIdentifierName="ORDER_ID").status_code == 400


def test_the_latest_invoice_comes_first_unless_asked_otherwise(client: Client) -> None:
    rows = invoices(client)
    assert [r["date"] for r in rows] == sorted((r["date"] for r in rows), reverse=True)
    assert invoices(client, sortOrder="ASC") == rows[::-1]


def test_without_a_time_the_last_day_is_answered(client: Client) -> None:
    every = invoices(client, dateEnd="2026-11-18T11:06:40Z")
    found = client.ok(f"{API}/invoices", marketplaceId=US, pageSize=200)["invoices"]
    assert found == [r for r in every if r["date"] >= "2026-11-17T11:06:40Z"]
    assert found


def test_attributes_name_what_invoices_have(client: Client) -> None:
    found = client.ok(f"{API}/attributes", marketplaceId=US)["invoicesAttributes"]
    values = {name: {o["value"] for o in options} for name, options in found.items()}
    rows = invoices(client, dateEnd="2026-11-18T11:06:40Z")
    assert {r["status"] for r in rows} == values["invoiceStatusOptions"]
    assert {r["invoiceType"] for r in rows} == values["invoiceTypeOptions"]
    assert {r["transactionType"] for r in rows} == values["transactionTypeOptions"]
    assert {t["name"] for r in rows for t in r["transactionIds"]} == values["transactionIdentifierNameOptions"]


def test_an_export_is_made_in_a_minute_and_holds_what_the_list_has(client: Client) -> None:
    body = {"marketplaceId": US, "dateStart": "2026-11-01", "dateEnd": "2026-11-10", "statuses": ["AUTHORIZED"]}
    made = client.http.post(f"{API}/exports", json=body)
    assert made.status_code == 202
    key, seen = made.json()["exportId"], []
    for seconds in (0, 20, 60):
        client.clock.wait(client.clock.now() + seconds)
        seen.append(client.ok(f"{API}/exports/{key}")["export"])
    assert tuple(e["status"] for e in seen) == ROAD
    assert [e["invoicesDocumentIds"] for e in seen[:2]] == [[], []]
    (document,) = seen[-1]["invoicesDocumentIds"]
    address = client.ok(f"{API}/documents/{document}")["invoicesDocument"]["invoicesDocumentUrl"]
    with zipfile.ZipFile(io.BytesIO(client.http.get(address).content)) as archive:
        names = {n.removesuffix(".xml") for n in archive.namelist()}
    times = {"dateStart": "2026-11-01T00:00:00Z", "dateEnd": "2026-11-10T00:00:00Z"}
    assert names == {r["id"] for r in invoices(client, statuses="AUTHORIZED", **times)}
    assert names
    client.clock.wait(client.clock.now() + 31)
    assert client.http.get(address).status_code == 403


def test_exports_are_listed_and_filtered(client: Client) -> None:
    made = client.http.post(f"{API}/exports", json={"marketplaceId": US}).json()["exportId"]
    rows = client.ok(f"{API}/exports", marketplaceId=US)["exports"]
    assert [r["status"] for r in rows] == ["REQUESTED", "DONE", "DONE", "DONE"]
    assert rows[0]["exportId"] == made
    assert all(client.ok(f"{API}/exports/{r['exportId']}")["export"] == r for r in rows)
    assert client.ok(f"{API}/exports", marketplaceId=US, status="DONE")["exports"] == rows[1:]
    since = rows[2]["generateExportStartedAt"]
    assert client.ok(f"{API}/exports", marketplaceId=US, dateStart=since)["exports"] == rows[:3]
    assert client.ok(f"{API}/exports", marketplaceId=US, dateEnd=since)["exports"] == rows[2:]
    paged = client.pages(f"{API}/exports", "nextToken", "nextToken", marketplaceId=US, pageSize=1)
    assert [e for page in paged for e in page["exports"]] == rows
    assert made not in {r["exportId"] for r in client.ok(f"{API}/exports", marketplaceId=CA)["exports"]}
    assert client.get(f"{API}/exports/none").status_code == 404
    assert client.get(f"{API}/documents/{made}").status_code == 404
