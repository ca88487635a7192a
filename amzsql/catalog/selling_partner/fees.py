"""What Amazon would charge for selling a product at a price: Product Fees v0."""

from amzsql.catalog.model import AccessPath, Entry, Part
from amzsql.types import TIMESTAMP

ECHO = "FeesEstimateIdentifier"
PRICES = (
    "ListingPrice.Amount",
    "ListingPrice.CurrencyCode",
    "Shipping.Amount",
    "Shipping.CurrencyCode",
    "Points.PointsNumber",
    "Points.PointsMonetaryValue.Amount",
    "Points.PointsMonetaryValue.CurrencyCode",
)
ASKED = (
    "MarketplaceId",
    "IsAmazonFulfilled",
    "OptionalFulfillmentProgram",
    *(f"PriceToEstimateFees.{p}" for p in PRICES),
)


def asked(body: str) -> tuple[tuple[str, str | None], ...]:
    """Return the columns of a request's fields: the answer says each again."""
    request = f"{body}.FeesEstimateRequest."
    named = {"MarketplaceId": "MarketplaceId"}
    return tuple((request + field, named.get(field, ECHO + field.replace(".", ""))) for field in ASKED)


def priced(body: str) -> tuple[str, ...]:
    """Return what no estimate is made without."""
    request = f"{body}.FeesEstimateRequest."
    return (
        *(f"{request}PriceToEstimateFees.{p}" for p in PRICES[:2]),
        f"{request}IsAmazonFulfilled",
        f"{request}MarketplaceId",
    )


def named(body: str) -> tuple[tuple[str, object], ...]:
    """Return the name that Amazon wants each request to have."""
    return ((f"{body}.FeesEstimateRequest.Identifier", "amzsql"),)


NAMES = ((f"{ECHO}.MarketplaceId", "MarketplaceId"),)

FEES_ESTIMATE = Entry(
    "FeesEstimate",
    "One row per product and price: what Amazon would charge. The product, the price and whether Amazon fulfils are "
    "filters; by FeesEstimateIdentifierIdValue twenty products go into one request, by SellerSKU or Asin one.",
    key=(
        "MarketplaceId",
        f"{ECHO}IdType",
        f"{ECHO}IdValue",
        f"{ECHO}IsAmazonFulfilled",
        f"{ECHO}PriceToEstimateFeesListingPriceAmount",
        f"{ECHO}PriceToEstimateFeesListingPriceCurrencyCode",
    ),
    first=("FeesEstimateTotalFeesEstimateAmount", "FeesEstimateTotalFeesEstimateCurrencyCode", "Status"),
    types=(("FeesEstimateTimeOfFeesEstimation", TIMESTAMP),),
    paths=(
        AccessPath(
            "productFeesV0.getMyFeesEstimates",
            names=NAMES,
            parameters=(*asked("body[]"), ("body[].IdType", f"{ECHO}IdType"), ("body[].IdValue", f"{ECHO}IdValue")),
            fixed=named("body[]"),
            needs=priced("body[]"),
            batch="body[].IdValue",
            outcome=("[].Status", "[].Error.Message"),
        ),
        AccessPath(
            "productFeesV0.getMyFeesEstimateForSKU",
            names=NAMES,
            parameters=asked("body"),
            fixed=named("body"),
            needs=priced("body"),
        ),
        AccessPath(
            "productFeesV0.getMyFeesEstimateForASIN",
            names=NAMES,
            parameters=asked("body"),
            fixed=named("body"),
            needs=priced("body"),
        ),
    ),
    example="SELECT FeesEstimateTotalFeesEstimateAmount FROM FeesEstimate WHERE FeesEstimateIdentifierIdType = "
    "'SellerSKU' AND FeesEstimateIdentifierIdValue IN ('CAN-00000', 'EXE-00004') AND "
    "FeesEstimateIdentifierIsAmazonFulfilled AND "
    "FeesEstimateIdentifierPriceToEstimateFeesListingPriceAmount = 19.99 AND "
    "FeesEstimateIdentifierPriceToEstimateFeesListingPriceCurrencyCode = 'USD'",
    parts=(
        Part(
            "FeesEstimateDetails",
            "One row per kind of fee in an estimate.",
            "FeesEstimate.FeeDetailList",
            number="FeeNumber",
            first=("FeeType", "FinalFeeAmount", "FinalFeeCurrencyCode"),
            rows=4.0,
        ),
    ),
)

TABLES = (FEES_ESTIMATE,)
