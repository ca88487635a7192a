"""A+ Content: written, related to products, reviewed as the clock moves, published and suspended."""

from __future__ import annotations

from typing import Any

import httpx

from .conftest import CA, NOW, US, Client

ROOT = "/aplus/2020-11-01"
DAY = 86_400
Body = dict[str, Any]
HERE = {"marketplaceId": US}


def document(*, whole: bool = True) -> Body:
    """Make a document; one that is not whole lacks what its module announces."""
    text = {"body": {"textList": [{"value": "Stays warm.", "decoratorSet": []}]}}
    module = {"contentModuleType": "STANDARD_TEXT", **({"standardText": text} if whole else {})}
    return {"contentDocument": {"name": "Mugs", "contentType": "EBC", "locale": "en-US", "contentModuleList": [module]}}


def post(client: Client, path: str, body: object = None, **query: str) -> httpx.Response:
    """Send a POST about the United States."""
    return client.http.post(f"{ROOT}/{path}", params={**HERE, **query}, json=body)


def create(client: Client, *, whole: bool = True) -> str:
    """Create a document and return its path."""
    return f"contentDocuments/{post(client, 'contentDocuments', document(whole=whole)).json()['contentReferenceKey']}"


def status(client: Client, path: str) -> str:
    """Return how far a document has come."""
    record = client.ok(f"{ROOT}/{path}", includedDataSet="METADATA", **HERE)["contentRecord"]
    found: str = record["contentMetadata"]["status"]
    return found


def product(client: Client) -> str:
    """Return an ASIN of the seller that no document is about."""
    query = {"marketplaceIds": US, "granularityType": "Marketplace", "granularityId": US}
    asin: str = client.ok("/fba/inventory/v1/summaries", **query)["payload"]["inventorySummaries"][-1]["asin"]
    return asin


def later(client: Client, days: int) -> None:
    """Move the clock to so many days after the start."""
    client.clock.wait(NOW + days * DAY)
    client.login()


def test_a_document_is_written_reviewed_published_and_suspended(client: Client) -> None:
    asin, path = product(client), create(client)
    assert (
        client.ok(f"{ROOT}/{path}", includedDataSet="CONTENTS", **HERE)["contentRecord"]["contentDocument"]
        == (document()["contentDocument"])
    )
    assert post(client, f"{path}/approvalSubmissions").status_code == 400
    assert post(client, f"{path}/asins", {"asinSet": [asin]}).json() == {"warnings": []}
    assert post(client, f"{path}/approvalSubmissions").status_code == 200
    assert status(client, path) == "SUBMITTED"
    assert post(client, path, document()).status_code == 400
    records = f"{ROOT}/contentPublishRecords"
    assert client.ok(records, asin=asin, **HERE)["publishRecordList"] == []
    later(client, 2)
    assert status(client, path) == "APPROVED"
    (found,) = client.ok(records, asin=asin, **HERE)["publishRecordList"]
    assert found["contentReferenceKey"] == path.partition("/")[2]
    assert post(client, f"{path}/suspendSubmissions").status_code == 200
    assert post(client, f"{path}/suspendSubmissions").status_code == 400
    assert client.ok(records, asin=asin, **HERE)["publishRecordList"] == []
    assert status(client, path) == "DRAFT"


def test_what_lacks_its_content_is_rejected_and_may_be_mended(client: Client) -> None:
    path = create(client, whole=False)
    post(client, f"{path}/asins", {"asinSet": [product(client)]})
    found = post(client, "contentAsinValidations", document(whole=False), asinSet="B0NOTHING0").json()["errors"]
    assert len(found) == 2
    assert post(client, "contentAsinValidations", document()).json()["errors"] == []
    post(client, f"{path}/approvalSubmissions")
    later(client, 2)
    assert status(client, path) == "REJECTED"
    assert post(client, path, document()).status_code == 200
    assert status(client, path) == "DRAFT"
    assert post(client, f"{path}/approvalSubmissions").status_code == 200


def test_relations_tell_what_is_known_of_a_product(client: Client) -> None:
    asin, path = product(client), create(client)
    assert len(post(client, f"{path}/asins", {"asinSet": [asin, "B0NOTHING0"]}).json()["warnings"]) == 1
    rows = client.ok(f"{ROOT}/{path}/asins", includedDataSet="METADATA", **HERE)["asinMetadataSet"]
    assert [r["badgeSet"] for r in rows] == [["CONTENT_NOT_PUBLISHED"], ["CATALOG_NOT_FOUND"]]
    assert client.ok(f"{ROOT}/{path}/asins", asinSet=asin, **HERE)["asinMetadataSet"] == [{"asin": asin}]


def test_documents_are_listed_in_pages_by_marketplace(client: Client) -> None:
    paths = [create(client) for _ in range(9)]
    pages = client.pages(f"{ROOT}/contentDocuments", "pageToken", "nextPageToken", **HERE)
    rows = [r for p in pages for r in p["contentMetadataRecords"]]
    assert [r["contentReferenceKey"] for r in rows][-9:] == [p.partition("/")[2] for p in paths]
    assert {r["contentMetadata"]["status"] for r in rows} == {"DRAFT", "APPROVED"}
    other = client.ok(f"{ROOT}/contentDocuments", marketplaceId=CA)["contentMetadataRecords"]
    assert not {r["contentReferenceKey"] for r in rows} & {r["contentReferenceKey"] for r in other}
    assert client.get(f"{ROOT}/{paths[0]}", includedDataSet="METADATA", marketplaceId=CA).status_code == 404
