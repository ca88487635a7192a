"""Subscribe and Save: Replenishment 2022-11-07."""

from amzsql.catalog.model import AccessPath, Entry, Pushdown
from amzsql.types import MONEY

API = "replenishment-2022-11-07"
ALL = ("SellingPartner", "SellerCentral", "VendorCentral")
PROGRAM = ("SUBSCRIBE_AND_SAVE",)


def asked(under: str) -> tuple[Pushdown, ...]:
    """Return what figures are asked by; `under`: where the fields stand in the body."""
    return (
        Pushdown("TimeIntervalStartDate", ">=", f"{under}.timeInterval.startDate"),
        Pushdown("TimeIntervalEndDate", "<", f"{under}.timeInterval.endDate", default="now"),
        Pushdown("TimePeriodType", "=", f"{under}.timePeriodType", exact=True),
        Pushdown("AggregationFrequency", "=", f"{under}.aggregationFrequency", exact=True),
    )


def echoed(under: str) -> tuple[tuple[str, str], ...]:
    """Return the columns that only say what was asked."""
    return (("TimePeriodType", f"{under}.timePeriodType"), ("AggregationFrequency", f"{under}.aggregationFrequency"))


FILTERS = tuple(
    (f"body.filters.{name}[]", column)
    for name, column in (
        ("asins", "Asin"),
        ("skus", "Sku"),
        ("fulfillmentChannelTypes", "FulfillmentChannelType"),
        ("brandNames", "BrandName"),
        ("productGroups", "ProductGroup"),
    )
)
INTERVAL = ("TimeIntervalStartDate", "TimeIntervalEndDate")
LIFE_TIME = tuple(
    f"{whose}LifeTimeValueFrom{kind}"
    for whose, kinds in (
        ("NonSubscriber", ("OTP",)),
        ("LostSubscriber", ("OTP", "SNS")),
        ("GrowingSubscriber", ("OTP", "SNS")),
        ("EstablishedSubscriber", ("OTP", "SNS")),
    )
    for kind in kinds
)
REVENUE = (
    "TotalSubscriptionsRevenue",
    "LostRevenueDueToOOS",
    "SubscriberAverageRevenue",
    "NonSubscriberAverageRevenue",
)
NEXT = tuple(f"Next{days}DayTotalSubscriptionsRevenue" for days in (30, 60, 90))
EXAMPLE = (
    "SELECT TimeIntervalStartDate, TotalSubscriptionsRevenue FROM {} WHERE TimePeriodType = 'PERFORMANCE' AND "
    "AggregationFrequency = 'MONTH' AND TimeIntervalStartDate >= CURRENT_DATE - INTERVAL 60 DAY"
)

METRICS = Entry(
    "ReplenishmentMetrics",
    "One row per period: the subscriptions of the whole account. Filters on TimePeriodType and "
    "TimeIntervalStartDate are needed; AggregationFrequency says how long a period is.",
    schemas=ALL,
    key=("MarketplaceId", "TimePeriodType", "AggregationFrequency", *INTERVAL),
    types=tuple((name, MONEY) for name in (*REVENUE, *LIFE_TIME)),
    paths=(
        AccessPath(
            f"{API}.getSellingPartnerMetrics",
            from_parameters=echoed("body"),
            pushdowns=asked("body"),
            parameters=(*FILTERS, ("body.metrics[]", None)),
            fixed=(("body.programTypes[]", PROGRAM),),
        ),
    ),
    typical_rows=12,
    example=EXAMPLE.format("ReplenishmentMetrics"),
)

OFFER_METRICS = Entry(
    "ReplenishmentOfferMetrics",
    "One row per product and period: its subscriptions. Filters on TimePeriodType and "
    "TimeIntervalStartDate are needed; AggregationFrequency says how long a period is.",
    schemas=ALL,
    key=("MarketplaceId", "Asin", "Sku", "TimePeriodType", "AggregationFrequency", *INTERVAL),
    types=tuple((name, MONEY) for name in ("TotalSubscriptionsRevenue", "LostRevenueDueToOOS", *NEXT)),
    paths=(
        AccessPath(
            f"{API}.listOfferMetrics",
            from_parameters=echoed("body.filters"),
            pushdowns=asked("body.filters"),
            parameters=FILTERS,
            fixed=(("body.filters.programTypes[]", PROGRAM),),
        ),
    ),
    typical_rows=1000,
    example=EXAMPLE.format("ReplenishmentOfferMetrics"),
)

OFFERS = Entry(
    "ReplenishmentOffers",
    "One row per product that can be subscribed to, with its discounts and the deliveries to come.",
    schemas=ALL,
    key=("MarketplaceId", "Asin", "Sku"),
    types=(("Price", MONEY),),
    paths=(
        AccessPath(
            f"{API}.listOffers",
            parameters=(
                ("body.filters.asins[]", "Asin"),
                ("body.filters.skus[]", "Sku"),
                ("body.filters.eligibilities[]", "Eligibility"),
                ("body.filters.preferences.autoEnrollment[]", "OfferProgramConfigurationPreferencesAutoEnrollment"),
                *(
                    (
                        f"body.filters.promotions.{name}.percentage[]",
                        f"OfferProgramConfigurationPromotions{name[0].upper()}{name[1:]}Percentage",
                    )
                    for name in (
                        "sellingPartnerFundedBaseDiscount",
                        "sellingPartnerFundedTieredDiscount",
                        "amazonFundedBaseDiscount",
                        "amazonFundedTieredDiscount",
                    )
                ),
            ),
            fixed=(("body.filters.programTypes[]", PROGRAM),),
        ),
    ),
    typical_rows=500,
    example="SELECT Asin, Eligibility, Price, Subscriptions FROM ReplenishmentOffers WHERE Eligibility = 'ELIGIBLE'",
)

TABLES = (METRICS, OFFER_METRICS, OFFERS)
