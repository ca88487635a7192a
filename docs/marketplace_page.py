"""The page of schema Marketplace: what of MWS is what of today, drawn from the catalog; `generate.py` writes it."""

from __future__ import annotations

from collections.abc import Iterator

from table_pages import HEAD, page

from amzsql import spapi
from amzsql.catalog import registry
from amzsql.catalog.model import ColumnSource, Table, TablePath
from amzsql.catalog.spelling import pairs_of

SCHEMA = "Marketplace"
# What of MWS a view told.
CALLS = {
    "FeedSubmissionList": "GetFeedSubmissionList",
    "FeedSubmissionResult": "GetFeedSubmissionResult",
    "InboundShipmentItems": "ListInboundShipmentItems",
    "InboundShipments": "ListInboundShipments",
    "InventorySupply": "ListInventorySupply",
    "OrderItems": "ListOrderItems",
    "Orders": "ListOrders, GetOrder",
    "Products": "ListMatchingProducts, GetMatchingProductForId",
    "ReportList": "GetReportList",
    "ReportRequestList": "GetReportRequestList",
}
# Whose columns have the names that Amazon's v0 answers have to this day.
UNCHANGED = ("InboundShipmentItems", "InboundShipments", "OrderItems", "Orders")

_INTRODUCTION = """
# Coming from MWS

Amazon closed MWS, its older API, on 2024-03-31. The schema `Marketplace` keeps the ten views that were drawn from it:
the same names, columns and words, so that a statement of then gives the shape of then. Its rows come from the Selling
Partner API (SP-API) like all others, and its views join with the tables of the other schemas.

<!-- runs -->
```python
import amzsql

with amzsql.connect("Simulator=True;Schema=Marketplace") as connection:
    cursor = connection.cursor()
    cursor.execute(
        "SELECT ReportRequestId, ReportType, GeneratedReportId FROM ReportRequestList"
        " WHERE ReportType = '_GET_MERCHANT_LISTINGS_ALL_DATA_' AND ReportProcessingStatus = '_DONE_'"
    )
    rows = cursor.fetchall()
assert rows[0][1] == "_GET_MERCHANT_LISTINGS_ALL_DATA_"
```

Without `Schema=Marketplace` a view answers as `Marketplace.ReportRequestList`.

## Moving a connection

| property of then | now |
|---|---|
| MWSAuthToken | accepted with a warning, and ignored: it opens nothing |
| AWSAccessKeyId and all others of AWS | accepted with a warning, and ignored: Amazon wants no signatures |
| SellerId | the same; searching `Products` by `SellerSKU` needs it |
| Marketplace | the same |
| Schema=Marketplace | the same |
| | OAuthClientId, OAuthClientSecret: those of your application, from Seller Central, Apps and Services, Develop Apps |
| | OAuthRefreshToken: what Amazon gives when the account's owner authorises the application |

A connection that has only what MWS wanted is made with a warning; the first statement that needs Amazon then says what
is missing. [Connection properties](connection.md) has them all, [Roles and refusals](roles.md) what an application must
be allowed to read.
"""

_DIFFERENCES = """
## What differs

- **Reach.** Feeds and reports reach 90 days back, orders two years, stock that changed 18 months.
- **Types.** Types that are younger than MWS stand between underscores as well (`_GET_SALES_AND_TRAFFIC_REPORT_`). A
  type without them is warned of and asked for nowhere. Without a filter on the type every known type that sellers have
  is asked for, ten a request: name the type where you know it, and do where the application may not read all of them.
- **States.** SP-API has no `_DONE_NO_DATA_`: a report without data is cancelled. What failed as a whole (`FATAL`) is
  `_CANCELLED_` too, as it was in MWS; ReportList and Feeds of schema SellingPartner tell the two apart.
- **Reports.** `ReportList` has the reports that are ready. Its `ReportId` and the `GeneratedReportId` of
  `ReportRequestList` are the id of the report's document; `ReportDocuments` of schema SellingPartner has its address.
  Reports are no longer acknowledged: `Acknowledged` is false, `AcknowledgedDate` null.
- **The result of a feed.** `FeedSubmissionResult` has the id of the processing report's document and not its text; the
  address, from which it can be loaded for five minutes, is that of `SellingPartner.FeedDocuments`:
  `JOIN SellingPartner.FeedDocuments d ON d.FeedDocumentId = r.ResultFeedDocumentId`.
- **Orders and items.** The columns are those that Orders v0 took over from MWS. `*` shows those that the newer Orders
  2026-01-01 fills too; the others answer by name until Amazon removes v0 on 2027-03-27. The newer columns are in schema
  SellingPartner.
- **Stock.** `UID` is the number of the row in the answer and no key that lasts. SP-API does not say when stock to come
  can be had: `EarliestAvailability_TimepointType` is `Immediately` where something can be shipped, else `Unknown`, and
  `EarliestAvailability_DateTime` is null. Neither a SKU nor a time need be given any more.
- **Products.** `AttributeSets`, `Relationships` and `SalesRankings` are the JSON text of what the catalog holds today,
  not MWS's XML. GCIDs can no longer be searched by; GTIN and MINSAN can. `SKUIdentifier…` is filled where `IdType` is
  `SellerSKU`. Each value of `IdList` is a request of its own, since the answer does not say which one it is for.
- **Shipments to Amazon.** Without a filter the shipments of every state are asked for, and the items of all of them one
  by one. `LastUpdatedAfter` and `LastUpdatedBefore` are pseudo-columns.
- **Limits.** What a call may be made how often is SP-API's, not MWS's: see the page of each view, and
  [why a query takes as long as it takes](speed.md).
"""


def marketplace_page() -> str:
    """Return the page."""
    tables = [registry.table(SCHEMA, name) for name in registry.names(SCHEMA)]
    return "".join((HEAD, _INTRODUCTION.lstrip("\n"), *_views(tables), *_columns(tables), *_words(), _DIFFERENCES))


def _views(tables: list[Table]) -> Iterator[str]:
    yield "\n## Views\n\n| view | MWS | SP-API |\n|---|---|---|\n"
    for table in tables:
        operations = dict.fromkeys(_called(path) for path in table.paths)
        yield f"| [{table.name}](tables/{page(table.entry)}) | {CALLS[table.name]} | {', '.join(operations)} |\n"


def _called(path: TablePath) -> str:
    operation = spapi.operation(path.operation)
    return f"{operation.operation_id} ({operation.version})"


def _columns(tables: list[Table]) -> Iterator[str]:
    yield f"\n## Columns\n\nThose of {', '.join(UNCHANGED)} have the names of the fields. Of the others:\n\n"
    yield "| view | column | SP-API |\n|---|---|---|\n"
    for table in tables:
        sources = table.paths[0].branches[0].sources
        for column in table.listed() if table.name not in UNCHANGED else ():
            yield f"| {table.name} | {column.name} | {_origin(sources[column.name], table.paths[0])} |\n"


def _origin(source: ColumnSource, path: TablePath) -> str:
    """Return the field that a column is read from, or what else it is."""
    if source.parameter is not None:
        return f"what was asked for: `{source.parameter}`"
    if not source.path:
        return "null" if source.constant is None else f"`{str(source.constant).lower()}`"
    field = source.path.removeprefix(f"{path.row_path}.")
    if "#" in field:
        return "the row's number"
    return f"whether there is a `{field}`" if source.values == "given" else f"`{field}`"


def _words() -> Iterator[str]:
    source = registry.table(SCHEMA, "FeedSubmissionList").paths[0].sources["FeedProcessingStatus"]
    yield "\n## Words\n\nTypes of feeds and reports stand between underscores (`_POST_PRODUCT_DATA_`), and so do "
    yield "the words of `FeedProcessingStatus` and `ReportProcessingStatus`:\n\n| MWS | SP-API |\n|---|---|\n"
    yield from (f"| `{then}` | `{now}` |\n" for now, then in pairs_of(source.values))
