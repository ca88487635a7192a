"""What Amazon reports by itself and where to: Notifications v1."""

from amzsql.catalog.model import AccessPath, Entry, Pushdown, WriteMapping

ALL = ("SellingPartner", "SellerCentral", "VendorCentral")
TYPE = ("NotificationType", "notificationType")
NAMES = (
    ("processingDirective.eventFilter.marketplaceIds", "MarketplaceIds"),
    ("processingDirective.eventFilter.aggregationSettings.aggregationTimePeriod", "AggregationTimePeriod"),
    ("processingDirective.eventFilter.eventFilterType", "EventFilterType"),
    ("processingDirective.eventFilter.orderChangeTypes", "OrderChangeTypes"),
    ("processingDirective.filterExpression", "FilterExpression"),
)

DESTINATIONS = Entry(
    "Destinations",
    "One row per queue or event bus that the application may be told at; it belongs to the application, not to the "
    "seller.",
    kind="table",
    schemas=ALL,
    key=("DestinationId",),
    first=("DestinationId", "Name"),
    paths=(
        AccessPath("notifications.getDestinations", page_rows=20),
        AccessPath("notifications.getDestination"),
    ),
    typical_rows=3,
    account_unique=True,
    example="SELECT DestinationId, Name, ResourceSqsArn FROM Destinations",
    writes=(
        WriteMapping(
            "insert",
            "notifications.createDestination",
            inputs=(
                ("ResourceSqsArn", "ResourceSpecificationSqsArn"),
                ("ResourceEventBridgeRegion", "ResourceSpecificationEventBridgeRegion"),
                ("ResourceEventBridgeAccountId", "ResourceSpecificationEventBridgeAccountId"),
            ),
            example="INSERT INTO Destinations (Name, ResourceSqsArn) VALUES (?, ?)",
        ),
        WriteMapping("delete", "notifications.deleteDestination", direct=True),
    ),
)

SUBSCRIPTIONS = Entry(
    "Subscriptions",
    "One row per subscription of the account to a type of notification. Without a filter on NotificationType every "
    "known type is asked for, a call each.",
    kind="table",
    schemas=ALL,
    key=("SubscriptionId",),
    first=("SubscriptionId", "NotificationType", "PayloadVersion", "DestinationId"),
    paths=(
        AccessPath(
            "notifications.getSubscriptions",
            names=NAMES,
            from_parameters=(("NotificationType", "notificationTypes"),),
            pushdowns=(Pushdown("NotificationType", "=", "notificationTypes", exact=True, default="each", longest=1),),
        ),
        AccessPath("notifications.getSubscription", names=NAMES, parameters=(TYPE[::-1],)),
        AccessPath("notifications.getSubscriptionById", names=NAMES, parameters=(TYPE[::-1],)),
    ),
    typical_rows=10,
    account_unique=True,
    example="SELECT SubscriptionId, PayloadVersion FROM Subscriptions WHERE NotificationType = 'ORDER_CHANGE'",
    writes=(
        WriteMapping("insert", "notifications.createSubscription"),
        WriteMapping("delete", "notifications.deleteSubscriptionById", direct=True),
    ),
)

TABLES = (DESTINATIONS, SUBSCRIPTIONS)
