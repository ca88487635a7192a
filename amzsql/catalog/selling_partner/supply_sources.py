"""The places from which a seller ships himself: Supply Sources 2020-07-01."""

from amzsql.catalog.model import AccessPath, Entry, Parent, WriteMapping

API = "supplySources_2020-07-01"

SUPPLY_SOURCES = Entry(
    "SupplySources",
    "One row per shop or warehouse of the seller's. Its state, opening hours and what it can do are columns as well; "
    "they are asked for one by one.",
    key=("SupplySourceId",),
    first=("SupplySourceId", "SupplySourceCode", "Alias"),
    paths=(AccessPath(f"{API}.getSupplySources"), AccessPath(f"{API}.getSupplySource")),
    parent=Parent("SupplySourceId", "SupplySources"),
    typical_rows=10,
    account_unique=True,
    example="SELECT SupplySourceId, Alias, AddressCity FROM SupplySources",
    writes=(
        WriteMapping("insert", f"{API}.createSupplySource"),
        WriteMapping("update", f"{API}.updateSupplySource", direct=True),
        WriteMapping("update", f"{API}.updateSupplySourceStatus", direct=True),
        WriteMapping("delete", f"{API}.archiveSupplySource", sets=(("Status", "Archived"),), direct=True),
    ),
)

TABLES = (SUPPLY_SOURCES,)
