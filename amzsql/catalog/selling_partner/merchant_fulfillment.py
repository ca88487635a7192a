"""Labels for orders that the seller ships: Merchant Fulfillment v0."""

from amzsql.catalog.model import AccessPath, Branch, Entry, Part, WriteMapping

API = "merchantFulfillmentV0"
DETAILS = "body.ShipmentRequestDetails."
FROM = (
    *("Name", "AddressLine1", "AddressLine2", "AddressLine3", "DistrictOrCounty", "Email", "City"),
    *("StateOrProvinceCode", "PostalCode", "CountryCode", "Phone"),
)
ASKED = (
    *("AmazonOrderId", "SellerOrderId", "ItemList", "Weight.Value", "Weight.Unit", "MustArriveByDate"),
    *(f"ShipFromAddress.{field}" for field in FROM),
    *(f"PackageDimensions.{field}" for field in ("Length", "Width", "Height", "Unit", "PredefinedPackageDimensions")),
    *(f"LabelCustomization.{field}" for field in ("CustomTextForLabel", "StandardIdForLabel")),
)
# A service says of itself what was asked for as well.
REQUESTED = (
    *("ShipDate", "ShippingServiceOptions.DeliveryExperience", "ShippingServiceOptions.DeclaredValue.CurrencyCode"),
    *("ShippingServiceOptions.DeclaredValue.Amount", "ShippingServiceOptions.CarrierWillPickUp"),
    *("ShippingServiceOptions.CarrierWillPickUpOption", "ShippingServiceOptions.LabelFormat"),
)


def requested(field: str) -> str:
    """Return the column of what was asked for; an amount's is called as its holder."""
    return "Requested" + field.removeprefix("ShippingServiceOptions").removesuffix(".Amount").replace(".", "")


PARAMETERS = (
    *((DETAILS + field, field.replace(".", "")) for field in ASKED),
    *((DETAILS + field, requested(field)) for field in REQUESTED),
)
SIZES = tuple(name for name, _ in PARAMETERS if ".PackageDimensions." in name)
SENDER = (
    "ShipFromAddressName = 'A. Sender' AND ShipFromAddressAddressLine1 = '1 Main Street' AND ShipFromAddressEmail = "
    "'sender@example.com' AND ShipFromAddressCity = 'Seattle' AND ShipFromAddressPostalCode = '98101' AND "
    "ShipFromAddressCountryCode = 'US' AND ShipFromAddressPhone = '2065550100'"
)
WHERE = (
    "AmazonOrderId = '114-6722448-0446194' AND "
    """ItemList = '[{"OrderItemId": "12345678901234", "Quantity": 1}]' AND """
    "PackageDimensionsPredefinedPackageDimensions = 'FedEx_Box_10kg' AND WeightValue = 2 AND WeightUnit = 'oz' AND "
    f"RequestedDeliveryExperience = 'NoTracking' AND RequestedCarrierWillPickUp = FALSE AND {SENDER}"
)

SHIPMENTS = Entry(
    "MerchantFulfillmentShipments",
    "One row per shipment for which a label was bought, with the label. A filter on ShipmentId is needed.",
    key=("ShipmentId",),
    first=("ShipmentId", "AmazonOrderId", "Status", "TrackingId", "CreatedDate", "LastUpdatedDate"),
    paths=(AccessPath(f"{API}.getShipment"),),
    typical_rows=1,
    account_unique=True,
    example="SELECT Status, TrackingId FROM MerchantFulfillmentShipments WHERE ShipmentId = '1'",
    writes=(
        WriteMapping("insert", "merchantFulfillmentV0.createShipment", inputs=(("*", "ShipmentRequestDetails*"),)),
        WriteMapping(
            "delete", "merchantFulfillmentV0.cancelShipment", sets=(("Status", "RefundPending"),), direct=True
        ),
    ),
    parts=(
        Part(
            "MerchantFulfillmentShipmentItems",
            "One row per item of an order in a shipment.",
            "ItemList",
            key=("OrderItemId",),
        ),
    ),
)


def path(array: str, needed: tuple[str, ...], other: tuple[str, ...]) -> AccessPath:
    """Return the path of a list, for a package whose size is told in one of two ways."""
    return AccessPath(
        f"{API}.getEligibleShipmentServices",
        row_path=f"payload.{array}[]",
        parameters=(*(p for p in PARAMETERS if p[0] not in other), *((name, None) for name in other)),
        needs=needed,
    )


def services(table: str, doc: str, array: str, *key: str) -> Entry:
    """Return a table of one of the lists that Amazon answers with when it is asked how an order could be shipped."""
    return Entry(
        table,
        f"{doc} The order, its ItemList as JSON, size and weight, who sends and what is requested are filters.",
        key=("AmazonOrderId", *key),
        paths=(path(array, SIZES[:4], SIZES[4:]), path(array, SIZES[4:], SIZES[:4])),
        typical_rows=10,
        account_unique=True,
        example=f"SELECT CarrierName FROM {table} WHERE {WHERE}",
    )


SERVICES = (
    services(
        "EligibleShippingServices",
        "One row per service by which an order could be shipped, with price and times.",
        "ShippingServiceList",
        "ShippingServiceId",
        "ShippingServiceOfferId",
    ),
    services(
        "RejectedShippingServices",
        "One row per service by which an order could not be shipped, and why.",
        "RejectedShippingServiceList",
        "ShippingServiceId",
    ),
    services(
        "UnavailableShippingCarriers",
        "One row per carrier whose services are not to be had just now.",
        "TemporarilyUnavailableCarrierList",
        "CarrierName",
    ),
    services(
        "UnacceptedShippingCarriers",
        "One row per carrier whose terms the seller has not accepted.",
        "TermsAndConditionsNotAcceptedCarrierList",
        "CarrierName",
    ),
)

INPUTS = Entry(
    "AdditionalSellerInputs",
    "One row per input that a shipping service needs beside the usual, for a shipment or for each product in it. "
    "Filters on ShippingServiceId, OrderId and who sends are needed.",
    key=("OrderId", "ShippingServiceId", "InputLevel", "Asin", "AdditionalInputFieldName"),
    paths=(
        AccessPath(
            f"{API}.getAdditionalSellerInputs",
            branches=(
                Branch("payload.ShipmentLevelFields[]", constants=(("InputLevel", "Shipment"),)),
                Branch(
                    "payload.ItemLevelFieldsList[].AdditionalInputs[]",
                    extra=(("Asin", "payload.ItemLevelFieldsList[].Asin"),),
                    constants=(("InputLevel", "Item"),),
                ),
            ),
        ),
    ),
    typical_rows=5,
    account_unique=True,
    example="SELECT AdditionalInputFieldName, SellerInputDefinitionDataType FROM AdditionalSellerInputs WHERE "
    f"ShippingServiceId = 'UPS_PTP_GND' AND OrderId = '114-6722448-0446194' AND {SENDER}",
)

TABLES = (SHIPMENTS, *SERVICES, INPUTS)
