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

TABLES = (MARKETPLACE_PARTICIPATIONS,)
