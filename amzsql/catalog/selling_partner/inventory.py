"""Stock in Amazon's warehouses: FBA Inventory v1."""

from amzsql.catalog import report_paths
from amzsql.catalog.model import AccessPath, Entry, Pushdown, WriteMapping

INVENTORY_SUPPLY = Entry(
    "InventorySupply",
    "One row per SKU and marketplace with the stock that Amazon holds for the seller. With a filter "
    "StartDateTime >= t Amazon gives only what changed since then.",
    key=("SellerSKU", "MarketplaceId"),
    first=("SellerSKU", "MarketplaceId", "ASIN", "FNSKU", "Condition", "LastUpdatedTime", "TotalQuantity"),
    hidden=("StartDateTime", "UID"),
    last=("UID",),
    docs=(("UID", "The row's number in the answer, from 0: no key, which are SellerSKU and MarketplaceId."),),
    paths=(
        AccessPath(
            "fbaInventory.getInventorySummaries",
            names=(("sellerSku", "SellerSKU"), ("asin", "ASIN"), ("fnSku", "FNSKU")),
            extra=(
                ("GranularityType", "payload.granularity.granularityType"),
                ("GranularityId", "payload.granularity.granularityId"),
                ("UID", "payload.inventorySummaries[]#*"),
            ),
            from_parameters=(("MarketplaceId", "marketplaceIds"), ("StartDateTime", "startDateTime")),
            pushdowns=(
                Pushdown(
                    "MarketplaceId", "=", "marketplaceIds", exact=True, default="marketplaces", also=("granularityId",)
                ),
                Pushdown("GranularityId", "=", "marketplaceIds", also=("granularityId",)),
                # Not exact: with startDateTime Amazon ignores the SKUs.
                Pushdown("SellerSKU", "=", "sellerSkus"),
                Pushdown("StartDateTime", ">=", "startDateTime"),
            ),
            parameters=(("sellerSku", None),),
            fixed=(("granularityType", "Marketplace"),),
            projection_parameter="details",
            projections=(("true", ("inventoryDetails",)),),
        ),
    ),
    reports=report_paths.INVENTORY,
    typical_rows=2000,
    example="SELECT SellerSKU, TotalQuantity FROM InventorySupply WHERE SellerSKU IN ('CAN-00000', 'EXE-00004')",
    writes=(
        WriteMapping("insert", "fbaInventory.createInventoryItem", note="Amazon has it in its sandbox only."),
        WriteMapping("delete", "fbaInventory.deleteInventoryItem", note="Amazon has it in its sandbox only."),
    ),
)

TABLES = (INVENTORY_SUPPLY,)
