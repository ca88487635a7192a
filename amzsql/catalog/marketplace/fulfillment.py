"""MWS's FBA inventory and inbound shipments: FBA Inventory v1 and Fulfillment Inbound v0."""

from amzsql.catalog.marketplace import SCHEMAS
from amzsql.catalog.model import AccessPath, Branch, Entry, Parent, Pushdown
from amzsql.types import TIMESTAMP

STOCK = "payload.inventorySummaries[]"
INVENTORY_SUPPLY = Entry(
    "InventorySupply",
    "One row per SKU and marketplace with the stock that Amazon holds for the seller, as MWS's ListInventorySupply "
    "told of it. UID is a row's number. With QueryStartDateTime = t Amazon gives what changed since then.",
    schemas=SCHEMAS,
    key=("SellerSKU", "MarketplaceId"),
    first=(
        *("UID", "FNSKU", "SellerSKU", "ASIN", "Condition", "TotalSupplyQuantity", "InStockSupplyQuantity"),
        *("EarliestAvailability_TimepointType", "EarliestAvailability_DateTime"),
    ),
    hidden=("MarketplaceId", "QueryStartDateTime"),
    types=(("EarliestAvailability_DateTime", TIMESTAMP),),
    paths=(
        AccessPath(
            "fbaInventory.getInventorySummaries",
            branches=(
                Branch(
                    STOCK,
                    names=(
                        ("fnSku", "FNSKU"),
                        ("sellerSku", "SellerSKU"),
                        ("asin", "ASIN"),
                        ("totalQuantity", "TotalSupplyQuantity"),
                        ("inventoryDetails.fulfillableQuantity", "InStockSupplyQuantity"),
                    ),
                    extra=(
                        ("UID", f"{STOCK}#*"),
                        ("EarliestAvailability_TimepointType", f"{STOCK}.inventoryDetails.fulfillableQuantity"),
                    ),
                    constants=(("EarliestAvailability_DateTime", None),),
                    only=(
                        *("FNSKU", "SellerSKU", "ASIN", "Condition"),
                        *("TotalSupplyQuantity", "InStockSupplyQuantity"),
                    ),
                ),
            ),
            from_parameters=(("MarketplaceId", "marketplaceIds"), ("QueryStartDateTime", "startDateTime")),
            values=(("EarliestAvailability_TimepointType", "availability"),),
            pushdowns=(
                Pushdown(
                    "MarketplaceId", "=", "marketplaceIds", exact=True, default="marketplaces", also=("granularityId",)
                ),
                # Not exact: with startDateTime Amazon ignores the SKUs.
                Pushdown("SellerSKU", "=", "sellerSkus"),
                Pushdown("QueryStartDateTime", "=", "startDateTime", exact=True),
            ),
            parameters=(("sellerSku", None),),
            fixed=(("granularityType", "Marketplace"),),
            projection_parameter="details",
            projections=(("true", ("inventoryDetails",)),),
        ),
    ),
    typical_rows=2000,
    example="SELECT * FROM InventorySupply WHERE SellerSKU = 'CAN-00000'",
)

INBOUND = "fulfillmentInboundV0"
PLACE = Pushdown("MarketplaceId", "=", "MarketplaceId", exact=True, default="marketplaces")
TIMES = ("LastUpdatedAfter", "LastUpdatedBefore")
CHANGED = (Pushdown(TIMES[0], ">=", TIMES[0]), Pushdown(TIMES[1], "<", TIMES[1], default="now"))


def by(
    query: str,
    *pushdowns: Pushdown,
    operation: str = "getShipments",
    needs: tuple[str, ...] = TIMES,
    unsent: tuple[str, ...] = (),
) -> AccessPath:
    """Return the path of one way of asking for shipments, which Amazon calls a query's type."""
    sent = ("MarketplaceId", *(p.parameter for p in pushdowns if p.parameter in TIMES))
    return AccessPath(
        f"{INBOUND}.{operation}",
        from_parameters=tuple((name, name) for name in sent),
        needs=needs,
        pushdowns=(*pushdowns, PLACE),
        parameters=tuple((name, None) for name in unsent),
        fixed=(("QueryType", query),),
    )


IDS, STATES = "ShipmentIdList", "ShipmentStatusList"
INBOUND_SHIPMENTS = Entry(
    "InboundShipments",
    "One row per shipment to Amazon's warehouses, as MWS's ListInboundShipments told of it: by ShipmentId, by "
    "ShipmentStatus (without a filter every status is asked for), or by LastUpdatedAfter and LastUpdatedBefore.",
    schemas=SCHEMAS,
    key=("ShipmentId",),
    first=("ShipmentId", "ShipmentName"),
    hidden=("MarketplaceId", *TIMES),
    paths=(
        by("SHIPMENT", Pushdown("ShipmentId", "=", IDS, exact=True), needs=(IDS,), unsent=(STATES, *TIMES)),
        by("SHIPMENT", Pushdown("ShipmentStatus", "=", STATES, default="each"), needs=(), unsent=(IDS, *TIMES)),
        by("DATE_RANGE", *CHANGED, unsent=(IDS, STATES)),
    ),
    typical_rows=200,
    account_unique=True,
    example="SELECT ShipmentId, ShipmentStatus FROM InboundShipments WHERE ShipmentStatus = 'SHIPPED'",
)

INBOUND_SHIPMENT_ITEMS = Entry(
    "InboundShipmentItems",
    "One row per SKU of a shipment to Amazon's warehouses, as MWS's ListInboundShipmentItems told of it: by "
    "ShipmentId, or by LastUpdatedAfter and LastUpdatedBefore; without any, by the shipments of InboundShipments.",
    schemas=SCHEMAS,
    key=("ShipmentId", "SellerSKU"),
    first=("ShipmentId", "SellerSKU"),
    hidden=("MarketplaceId", *TIMES),
    paths=(
        AccessPath(
            f"{INBOUND}.getShipmentItemsByShipmentId",
            pushdowns=(Pushdown("ShipmentId", "=", "shipmentId", exact=True),),
            parameters=(("MarketplaceId", None),),
            by_key=True,
            one_row_per_key=False,
            rows_per_key=5.0,
        ),
        by("DATE_RANGE", *CHANGED, operation="getShipmentItems"),
    ),
    parent=Parent("ShipmentId", "InboundShipments"),
    typical_rows=1000,
    account_unique=True,
    example="SELECT * FROM InboundShipmentItems WHERE ShipmentId = 'FBA1'",
)

TABLES = (INVENTORY_SUPPLY, INBOUND_SHIPMENTS, INBOUND_SHIPMENT_ITEMS)
