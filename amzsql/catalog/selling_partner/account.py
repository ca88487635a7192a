"""The seller's account: where it may sell."""

from amzsql.catalog.model import AccessPath, Entry

MARKETPLACE_PARTICIPATIONS = Entry(
    "MarketplaceParticipations",
    "One row per marketplace in which the account is registered.",
    key=("MarketplaceId",),
    first=("MarketplaceId", "MarketplaceName", "MarketplaceCountryCode", "ParticipationIsParticipating"),
    paths=(AccessPath("sellers.getMarketplaceParticipations", page_rows=20),),
    typical_rows=5,
    example="SELECT * FROM MarketplaceParticipations WHERE ParticipationIsParticipating",
)

SELLER_ACCOUNT = Entry(
    "SellerAccount",
    "One row: the seller's business, contact and selling plan.",
    key=("BusinessName",),
    first=("BusinessName", "BusinessType", "SellingPlan"),
    paths=(AccessPath("sellers.getAccount"),),
    typical_rows=1,
    account_unique=True,
    example="SELECT BusinessName, SellingPlan FROM SellerAccount",
)

TABLES = (MARKETPLACE_PARTICIPATIONS, SELLER_ACCOUNT)
