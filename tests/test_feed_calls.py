"""The reference's feed procedures: what they change is read back, and each row is told what became of it."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from driving import asked, rows, simulated

from amzsql.connection import Connection
from amzsql.errors import BudgetExceeded, IntegrityError, OperationalError, ProgrammingError, ResultWarning, ServerError
from amzsql.execute.feed_contents import KINDS
from amzsql.simulator import Fault, Simulator, throttled

FEEDS = "feeds_2021-06-30."


def seller(*faults: Fault, **properties: Any) -> tuple[Connection, Simulator]:
    return simulated(*faults, orders=250, SellerId="A3SIMULATEDSELL", **properties)


def skus(connection: Connection, number: int) -> list[str]:
    return [sku for (sku,) in rows(connection, f"SELECT SKU FROM ListingsItems LIMIT {number}")]


def attribute(connection: Connection, sku: str, name: str) -> Any:
    sql = "SELECT Value FROM ListingsItemsAttributes WHERE SKU = ? AND AttributeName = ?"
    found = rows(connection, sql, [sku, name])
    return json.loads(found[0][0]) if found else None


def results(connection: Connection, sql: str, parameters: Any = None) -> list[list[tuple[Any, ...]]]:
    """Return all results of a call."""
    cursor = connection.cursor().execute(sql, parameters)
    found = [cursor.fetchall()]
    while cursor.nextset():
        found.append(cursor.fetchall())
    return found


def test_prices_of_many_rows_are_one_feed() -> None:
    connection, simulator = seller()
    known = skus(connection, 5)
    priced = [{"SKU": sku, "StandardPrice": f"{number}.25"} for number, sku in enumerate(known, 10)]
    with pytest.warns(ResultWarning, match="1 of 6 rows were not accepted, the first NONE: .*not listed"):
        [[submitted], outcomes] = results(
            connection, "EXEC SubmitPriceFeed PriceFeedAggregate = ?", [[*priced, {"sku": "NONE", "standardprice": 1}]]
        )
    assert submitted[1:] == ("JSON_LISTINGS_FEED", submitted[2], "DONE")
    assert [o[:3] for o in outcomes] == [
        *((number, sku, "Accepted") for number, sku in enumerate(known, 1)),
        (6, "NONE", "Rejected"),
    ]
    assert json.loads(outcomes[-1][5])[0]["code"] == outcomes[-1][3] == "13013"
    for number, sku in enumerate(known, 10):
        sql = "SELECT PriceAmount, PriceCurrencyCode FROM ListingsItemsOffers WHERE SKU = ? AND OfferType = 'B2C'"
        assert rows(connection, sql, [sku]) == [(Decimal(f"{number}.25"), "USD")]
    assert asked(simulator, "createFeed") == [202]


def test_stock_images_and_texts_are_patches() -> None:
    connection, _ = seller()
    [sku] = skus(connection, 1)
    for sql in (
        "EXEC SubmitInventoryFeed @SKU = ?, @Quantity = 7, @FulfillmentLatency = '2'",
        "EXEC SubmitImageFeed @SKU = ?, @ImageType = 'PT2', @OperationType = 'Update', @ImageLocation = 'https://x/2.jpg'",
        'EXEC SubmitProductFeed @ProductFeedAggregate = \'[{"SKU": "%s", "ProductDescriptionDataAggregate":'
        ' {"Title": "New", "BulletPoint": ["a", "b"]}}]\'',
    ):
        one = "%s" in sql
        [[submitted], [outcome]] = results(connection, sql % sku if one else sql, None if one else [sku])
        assert (submitted[3], outcome[1:3]) == ("DONE", (sku, "Accepted"))
    stock = [s for s in attribute(connection, sku, "fulfillment_availability") if "quantity" in s]
    assert [(s["fulfillment_channel_code"], s["quantity"], s["lead_time_to_ship_max_days"]) for s in stock] == [
        ("DEFAULT", 7, 2)
    ]
    assert attribute(connection, sku, "other_product_image_locator_2")[0]["media_location"] == "https://x/2.jpg"
    assert [v["value"] for v in attribute(connection, sku, "bullet_point")] == ["a", "b"]
    results(connection, "EXEC SubmitImageFeed ?, 'PT2', OperationType = 'Delete'", [sku])
    assert not attribute(connection, sku, "other_product_image_locator_2")


ORDERS = (
    "SELECT AmazonOrderId FROM Orders WHERE OrderStatus = 'Unshipped' AND FulfillmentChannel = 'MFN' AND PurchaseDate"
    " >= '2026-01-01' LIMIT 1"
)


def test_shipments_of_orders_are_xml() -> None:
    connection, _ = seller()
    [(order,)] = rows(connection, ORDERS)
    [(item, left)] = rows(
        connection, "SELECT OrderItemId, QuantityOrdered FROM OrderItems WHERE AmazonOrderId = ? LIMIT 1", [order]
    )
    shipped = {
        "AmazonOrderID": order,
        "FulfillmentDate": "2026-11-18T10:00:00Z",
        "FulfillmentDataCarrierName": "Smith & Sons",
        "FulfillmentDataShipperTrackingNumber": "1Z",
        "ItemAggregate": f"<Row><ItemAmazonOrderItemCode>{item}</ItemAmazonOrderItemCode>"
        f"<ItemQuantity>{left}</ItemQuantity></Row>",
    }
    aggregate = json.dumps([shipped, {**shipped, "AmazonOrderID": "1-2-3"}])
    with pytest.warns(ResultWarning, match="1 of 2 rows"):
        [[submitted], outcomes] = results(
            connection, "EXEC SubmitOrderFulfillmentFeed OrderFulfillmentFeedAggregate = ?", [aggregate]
        )
    assert submitted[1] == "POST_ORDER_FULFILLMENT_DATA"
    assert [o[1:3] for o in outcomes] == [(order, "Accepted"), ("1-2-3", "Rejected")]
    found = rows(connection, "SELECT OrderStatus FROM Orders WHERE AmazonOrderId = ?", [order])
    assert found in ([("Shipped",)], [("PartiallyShipped",)])


def test_an_acknowledgement_takes_the_items_of_an_order_together() -> None:
    connection, _ = seller(DryRun=True)
    fragment = "".join(
        f"<Row><AmazonOrderId>{order}</AmazonOrderId><StatusCode>failure</StatusCode>"
        f"<AmazonOrderItemCode>{item}</AmazonOrderItemCode><CancelReason>NoInventory</CancelReason></Row>"
        for order, item in ((1, 11), (2, 21), (1, 12))
    )
    sql = "EXEC SubmitOrderAcknowledgementFeed OrderAcknowledgementFeedAggregate = ?"
    [(operation, method, _, given, xml)] = rows(connection, sql, [fragment])
    assert (operation, method) == (f"{FEEDS}createFeed", "POST")
    assert json.loads(given)["feedType"] == "POST_ORDER_ACKNOWLEDGEMENT_DATA"
    assert xml.count("<Message>") == 2
    assert "<MerchantIdentifier>A3SIMULATEDSELL</MerchantIdentifier>" in xml
    first = xml[xml.index("<OrderAcknowledgement>") : xml.index("</OrderAcknowledgement>")]
    assert first == (
        "<OrderAcknowledgement><AmazonOrderID>1</AmazonOrderID><StatusCode>Failure</StatusCode>"
        "<Item><AmazonOrderItemCode>11</AmazonOrderItemCode><CancelReason>NoInventory</CancelReason></Item>"
        "<Item><AmazonOrderItemCode>12</AmazonOrderItemCode><CancelReason>NoInventory</CancelReason></Item>"
    )


def test_the_page_names_the_fields_of_each_aggregate() -> None:
    page = (Path(__file__).parents[1] / "docs" / "procedures.md").read_text()
    for kind in KINDS.values():
        [told] = re.findall(rf"^\| {kind.aggregate} \| (.*) \|$", page, re.MULTILINE)
        assert {c for c in kind.columns if not re.search(rf"\b{c}\b", told)} == set()
        needed = {word for bold in re.findall(r"\*\*(.*?)\*\*", told) for word in bold.split(" or ")}
        assert needed == {word for each in kind.needed for word in each.split("|")}


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("EXEC SubmitPriceFeed PriceFeedAggregate = '[{}]'", "needs SKU"),
        ("EXEC SubmitInventoryFeed 'x', MarketplaceIds = '[\"A\" 1]'", "MarketplaceIds takes JSON text.* column 6"),
        ("EXEC SubmitInventoryFeed 'x', Quantity = 1, MarketplaceIds = 5", "MarketplaceIds takes marketplaces' ids"),
        ("EXEC SubmitInventoryFeed 'a', Quantity = 1.5", "Quantity takes a whole number, not 1.5"),
        ("EXEC SubmitInventoryFeed 'a'", "a needs Quantity, or Available = FALSE"),
        ("EXEC SubmitInventoryFeed 'a', InventoryFeedAggregate = '[]'", "one row in its inputs, or rows in Inventory"),
        ("EXEC SubmitInventoryFeed InventoryFeedAggregate = '[]'", "needs InventoryFeedAggregate or its own inputs: n"),
        ("EXEC SubmitPriceFeed PriceFeedAggregate = '[]'", "SubmitPriceFeed needs PriceFeedAggregate: no row is given"),
        ("EXEC SubmitInventoryFeed 'a', Quantity = 3, Available = FALSE", "Quantity = 3 and Available = FALSE contrad"),
        ("EXEC SubmitInventoryFeed 'a', Quantity = 0, Available = TRUE", "Quantity = 0 and Available = TRUE contrad"),
        (
            "EXEC SubmitInventoryFeed InventoryFeedAggregate = '[{\"SKU\": \"a\", \"Available\": \"maybe\"}]'",
            "Available takes TRUE or FALSE, not 'maybe'",
        ),
        (
            'EXEC SubmitPriceFeed \'[{"SKU": "a", "MAP": 1}, {"SKU": "b", "MAP": 2}, {"SKU": "c", "MAP": -1}]\'',
            "SubmitPriceFeed: row 3: MAP takes a number from 0",
        ),
        (
            "EXEC SubmitOrderAcknowledgementFeed OrderAcknowledgementFeedAggregate = '"
            '[{"AmazonOrderID": 1, "StatusCode": "Success"},'
            ' {"AmazonOrderID": 2, "StatusCode": "x"}, {"AmazonOrderID": 1, "StatusCode": "Success"}]\'',
            "SubmitOrderAcknowledgementFeed: row 2: StatusCode is Success or Failure, not 'x'",
        ),
        ("EXEC SubmitInventoryFeed InventoryFeedAggregate = '[1]'", "takes rows: a list of objects"),
        ("EXEC SubmitInventoryFeed InventoryFeedAggregate = '[{\"SKU\" 1}]'", "line 1, column 9"),
        ("EXEC SubmitInventoryFeed InventoryFeedAggregate = Stock#TEMP", "the table Stock#TEMP, which"),
        ("EXEC SubmitInventoryFeed InventoryFeedAggregate = '<Row><SKU>'", "XML fragment cannot be read"),
        ("EXEC SubmitInventoryFeed InventoryFeedAggregate = '<!DOCTYPE a><Row/>'", "no document type"),
        (
            "EXEC SubmitPriceFeed PriceFeedAggregate = '[{\"SKU\": \"a\", \"Price\": 1}]'",
            r"no column price\. Did you mean SalePrice",
        ),
        (
            "EXEC SubmitPriceFeed PriceFeedAggregate = '[{\"SKU\": \"a\", \"MAP\": 1}, {\"MAP\": 1}]'",
            "row 2 needs SKU",
        ),
        ("EXEC SubmitPriceFeed PriceFeedAggregate = '{\"SKU\": \"a\", \"MAP\": \"1,5\"}'", "MAP takes a number"),
        (
            'EXEC SubmitPriceFeed \'{"SKU": "a", "MAP": 1, "MAPCurrency": "EUR", "StandardPriceCurrency": "USD"}\'',
            "one currency, not EUR and USD",
        ),
        ("EXEC SubmitImageFeed 'a', 'PFDE', 'x', 'Update'", "ImageType PFDE is not taken any more"),
        ("EXEC SubmitOrderAcknowledgementFeed '1', StatusCode = 'Maybe'", "StatusCode is Success or Failure"),
        ("EXEC SubmitOrderFulfillmentFeed '1'", "needs FulfillmentDate"),
    ],
)  # fmt: skip
def test_a_row_that_does_not_fit_is_refused_before_any_call(sql: str, message: str) -> None:
    connection, simulator = seller()
    with pytest.raises(ProgrammingError, match=message):
        rows(connection, sql)
    assert simulator.log == []


def test_what_a_connection_has_not_is_asked_for() -> None:
    several, simulator = seller(Marketplace="US,CA")
    with pytest.raises(ProgrammingError, match="needs MarketplaceIds: the connection has several"):
        rows(several, "EXEC SubmitInventoryFeed 'a', Quantity = 1")
    nobody, other = simulated(orders=20)
    with pytest.raises(ProgrammingError, match="set the property SellerId"):
        rows(nobody, "EXEC SubmitInventoryFeed 'a', Quantity = 1")
    readonly, third = seller(Readonly=True)
    with pytest.raises(ProgrammingError, match="Readonly: nothing was sent"):
        rows(readonly, "EXEC SubmitInventoryFeed 'a', Quantity = 1")
    assert simulator.log == other.log == third.log == []


SEND = "EXEC SubmitInventoryFeed 'a', Quantity = 1"


def test_a_feed_is_sent_once() -> None:
    connection, simulator = seller(Fault(f"{FEEDS}createFeed", "status", status=500))
    with pytest.raises(ServerError, match="Whether Amazon has taken the feed is not known"):
        rows(connection, SEND)
    assert asked(simulator, "createFeed") == [500]
    again, other = seller(throttled(f"{FEEDS}createFeed", 1), Fault(f"{FEEDS}createFeedDocument", "status"))
    with pytest.warns(ResultWarning):
        rows(again, SEND)
    assert asked(other, "createFeed") == [429, 202]
    assert asked(other, "createFeedDocument") == [500, 201]


def test_a_document_that_is_not_taken_is_sent_again() -> None:
    connection, simulator = seller(Fault("documents.put", "status", times=2, status=503))
    with pytest.warns(ResultWarning):
        rows(connection, SEND)
    assert asked(simulator, "documents.put") == [503, 503, 200]
    broken, other = seller(Fault("documents.put", "status", times=0, status=403))
    with pytest.raises(OperationalError, match="the storage does not take the document") as raised:
        rows(broken, SEND)
    assert "http" not in str(raised.value)
    assert asked(other, "createFeed") == []


def test_a_feed_that_is_not_processed_is_an_error() -> None:
    connection, _ = seller(Fault(f"{FEEDS}createFeed", "fatal"))
    with pytest.raises(IntegrityError, match=r"SubmitInventoryFeed: feed \d+ ended FATAL, and no row was taken"):
        rows(connection, SEND)


@pytest.mark.parametrize(
    ("name", "needed"),
    [("SubmitPriceFeed", "PriceFeedAggregate: no row"), ("SubmitProductFeed", "ProductFeedAggregate: no row"),
     ("SubmitInventoryFeed", "InventoryFeedAggregate or its own inputs: no row")],
)  # fmt: skip
def test_a_feed_without_a_row_names_what_it_takes(name: str, needed: str) -> None:
    connection, simulator = seller()
    with pytest.raises(ProgrammingError, match=f"{name} needs {needed} is given"):
        rows(connection, f"EXEC {name}")
    with pytest.raises(ProgrammingError, match="SubmitPriceFeed: SKU takes text, not bytes"):
        rows(connection, "EXEC SubmitPriceFeed PriceFeedAggregate = ?", [[{"SKU": b"a", "StandardPrice": 1}]])
    assert simulator.log == []


def test_who_cannot_wait_is_told_that_it_goes_on() -> None:
    connection, simulator = seller(StatementTimeout=30)
    with pytest.raises(BudgetExceeded, match=r"Feed \d+ was sent, and Amazon goes on with it"):
        rows(connection, SEND)
    assert asked(simulator, "createFeed") == [202]


def test_explain_tells_what_a_feed_takes() -> None:
    connection, simulator = seller()
    call, _, total = rows(connection, f"EXPLAIN {SEND}")
    assert call[1:4] == ("Call", "SubmitInventoryFeed", f"{FEEDS}createFeed")
    assert total[7:] == (7, 120.0, "estimate")
    assert simulator.log == []
