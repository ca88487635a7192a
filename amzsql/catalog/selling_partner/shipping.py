"""Amazon Shipping: rates, shipments, labels, tracking and carriers. Shipping v2, and v1 where only it has a thing."""

from amzsql.catalog.model import AccessPath, Entry, Parent, Part, Pushdown, WriteMapping
from amzsql.types import MONEY, TIMESTAMP

V1, V2 = "shipping", "shippingV2"
BUSINESS = ("x-amzn-shipping-business-id", "ShippingBusinessId")
ADDRESS = (
    "{0}Name = 'A. Sender' AND {0}AddressLine1 = '1 Main Street' AND {0}City = 'Seattle' AND {0}StateOrRegion = 'WA' "
    "AND {0}PostalCode = '98101' AND {0}CountryCode = 'US'"
)
PACKAGES = (
    """Packages = '[{"packageClientReferenceId": "1", "dimensions": {"length": 10, "width": 10, "height": 10, """
    """"unit": "INCH"}, "weight": {"unit": "POUND", "value": 2}, "insuredValue": {"unit": "USD", "value": 20}, """
    """"items": [{"quantity": 1, "itemValue": {"unit": "USD", "value": 20}}]}]'"""
)
ADDRESSES = f"{ADDRESS.format('ShipFrom')} AND {ADDRESS.format('ShipTo')}"
RATED = f"ChannelDetailsChannelType = 'EXTERNAL' AND {ADDRESSES} AND {PACKAGES}"
CONTAINERS = (
    """ContainerSpecifications = '[{"dimensions": {"length": 10, "width": 10, "height": 10, "unit": "IN"}, """
    """"weight": {"unit": "lb", "value": 2}}]'"""
)

RATES = Entry(
    "ShippingRates",
    "One row per service that would take some packages, with price and times. Who sends, the sales channel and "
    "Packages, as JSON, are filters; RequestToken and RateId buy the label.",
    key=("RateId",),
    first=("RateId", "CarrierName", "ServiceName", "TotalChargeValue", "TotalChargeUnit", "PromiseDeliveryWindowEnd"),
    types=(("TotalChargeValue", MONEY), ("ValueAddedServicesCollectOnDeliveryAmountValue", MONEY)),
    paths=(
        AccessPath(
            f"{V2}.getRates",
            row_path="payload.rates[]",
            extra=(("RequestToken", "payload.requestToken"),),
            parameters=(BUSINESS,),
        ),
    ),
    typical_rows=10,
    account_unique=True,
    example=f"SELECT CarrierName, ServiceName, TotalChargeValue, TotalChargeUnit FROM ShippingRates WHERE {RATED}",
    parts=(
        Part(
            "ShippingRateItems",
            "One row per charge or discount in the price of a service.",
            "rateItemList",
            number="ItemNumber",
            first=("RateItemType", "RateItemChargeValue", "RateItemChargeUnit"),
            types=(("RateItemChargeValue", MONEY),),
        ),
        Part(
            "ShippingValueAddedServiceGroups",
            "One row per group of services that may be bought with a rate, such as a signature.",
            "availableValueAddedServiceGroups",
            key=("GroupId",),
            parts=(
                Part(
                    "ShippingValueAddedServices",
                    "One row per service that may be bought with a rate, and what it costs.",
                    "valueAddedServices",
                    key=("Id",),
                    first=("Name", "CostValue", "CostUnit"),
                    types=(("CostValue", MONEY),),
                ),
            ),
        ),
    ),
)

INELIGIBLE = Entry(
    "ShippingIneligibleRates",
    "One row per service that would not take some packages, and why. Filters as for ShippingRates.",
    key=("Packages", "CarrierId", "ServiceId"),
    first=("CarrierName", "ServiceName", "IneligibilityReasons"),
    hidden=("Packages",),
    paths=(AccessPath(f"{V2}.getRates", row_path="payload.ineligibleRates[]", parameters=(BUSINESS,)),),
    typical_rows=5,
    account_unique=True,
    example=f"SELECT CarrierName, ServiceName, IneligibilityReasons FROM ShippingIneligibleRates WHERE {RATED}",
)

SERVICE_RATES = Entry(
    "ShippingServiceRates",
    "One row per service of Amazon's own carrier, with its price, as Shipping v1 tells it. Both addresses and "
    "ContainerSpecifications, as JSON, are filters.",
    key=("ContainerSpecifications", "ServiceType"),
    first=("ServiceType", "TotalChargeValue", "TotalChargeUnit"),
    types=(("TotalChargeValue", MONEY),),
    hidden=("ContainerSpecifications",),
    paths=(
        AccessPath(
            f"{V1}.getRates",
            pushdowns=(Pushdown("ServiceType", "=", "body.serviceTypes[]", default="each"),),
        ),
    ),
    typical_rows=3,
    account_unique=True,
    example=f"SELECT ServiceType, TotalChargeValue FROM ShippingServiceRates WHERE {ADDRESSES} AND {CONTAINERS}",
)

SHIPMENTS = Entry(
    "ShippingShipments",
    "One row per shipment that was made with Shipping v1. A filter on ShipmentId is needed.",
    key=("ShipmentId",),
    first=("ShipmentId", "ClientReferenceId", "AcceptedRateTotalChargeValue", "AcceptedRateTotalChargeUnit"),
    types=(("AcceptedRateTotalChargeValue", MONEY),),
    paths=(AccessPath(f"{V1}.getShipment"),),
    typical_rows=1,
    account_unique=True,
    example="SELECT AcceptedRateServiceType, ShipToCity FROM ShippingShipments WHERE ShipmentId = '89108749065090'",
    writes=(
        WriteMapping("insert", "shipping.createShipment"),
        WriteMapping(
            "update", "shipping.purchaseLabels", note="The labels of a rate are bought; AcceptedRate is shown."
        ),
    ),
    parts=(
        Part(
            "ShippingContainers",
            "One row per container of a shipment.",
            "containers",
            key=("ContainerReferenceId",),
            types=(("ValueValue", MONEY),),
            parts=(
                Part(
                    "ShippingContainerItems",
                    "One row per item in a container.",
                    "items",
                    number="ItemNumber",
                    types=(("UnitPriceValue", MONEY),),
                ),
            ),
        ),
    ),
)

LABELS = Entry(
    "ShippingLabels",
    "One row per label of a container, as Base64, with Shipping v1. Filters on ShipmentId and TrackingId are needed.",
    key=("ShipmentId", "TrackingId"),
    first=("ShipmentId", "TrackingId", "LabelSpecificationLabelFormat", "LabelStream"),
    paths=(
        AccessPath(
            f"{V1}.retrieveShippingLabel",
            fixed=(
                ("body.labelSpecification.labelFormat", "PNG"),
                ("body.labelSpecification.labelStockSize", "4x6"),
            ),
        ),
    ),
    typical_rows=1,
    account_unique=True,
    example="SELECT LabelStream FROM ShippingLabels WHERE ShipmentId = '89108749065090' AND "
    "TrackingId = '1512748795322'",
)

ACCOUNT = Entry(
    "ShippingAccount",
    "One row: the account with Amazon Shipping, as Shipping v1 tells it.",
    key=("AccountId",),
    paths=(AccessPath(f"{V1}.getAccount"),),
    typical_rows=1,
    account_unique=True,
    example="SELECT AccountId FROM ShippingAccount",
)

TRACKING = Entry(
    "ShippingTracking",
    "One row per shipment: where it is. Filters on TrackingId and CarrierId are needed; Shipping v1, which knows "
    "Amazon's own carrier alone, needs no CarrierId.",
    key=("TrackingId",),
    first=("TrackingId", "CarrierId", "SummaryStatus", "PromisedDeliveryDate"),
    paths=(
        AccessPath(f"{V2}.getTracking", parameters=(BUSINESS,), by_key=True),
        AccessPath(f"{V1}.getTrackingInformation"),
    ),
    typical_rows=1,
    account_unique=True,
    example="SELECT SummaryStatus, PromisedDeliveryDate FROM ShippingTracking WHERE TrackingId = '1Z1' AND "
    "CarrierId = 'UPS'",
    parts=(
        Part(
            "ShippingTrackingEvents",
            "One row per event on a shipment's way.",
            "eventHistory",
            number="EventNumber",
            first=("EventTime", "EventCode"),
            rows=5.0,
        ),
    ),
)

DOCUMENTS = Entry(
    "ShippingDocuments",
    "One row per document of a package, such as its label, as Base64. Filters on ShipmentId and "
    "PackageClientReferenceId are needed.",
    key=("ShipmentId", "PackageClientReferenceId", "DocumentNumber"),
    first=("ShipmentId", "PackageClientReferenceId", "DocumentNumber", "Type", "Format", "TrackingId"),
    paths=(
        AccessPath(
            f"{V2}.getShipmentDocuments",
            row_path="payload.packageDocumentDetail.packageDocuments[]",
            extra=(
                ("ShipmentId", "payload.shipmentId"),
                ("PackageClientReferenceId", "payload.packageDocumentDetail.packageClientReferenceId"),
                ("TrackingId", "payload.packageDocumentDetail.trackingId"),
                ("DocumentNumber", "payload.packageDocumentDetail.packageDocuments[]#"),
            ),
            parameters=(BUSINESS,),
        ),
    ),
    typical_rows=2,
    account_unique=True,
    example="SELECT Type, Contents FROM ShippingDocuments WHERE ShipmentId = '1' AND PackageClientReferenceId = '1'",
)

INPUTS = Entry(
    "ShippingAdditionalInputs",
    "One row per rate: the JSON schema of what else must be told to buy it. Filters on RequestToken and "
    "RateId are needed.",
    key=("RequestToken", "RateId"),
    paths=(
        AccessPath(
            f"{V2}.getAdditionalInputs",
            row_path="",
            names=(("payload", "Schema"),),
            parameters=(BUSINESS,),
            by_key=True,
        ),
    ),
    typical_rows=1,
    account_unique=True,
    example="SELECT Schema FROM ShippingAdditionalInputs WHERE RequestToken = 'token' AND RateId = 'rate'",
)

POINTS = Entry(
    "ShippingAccessPoints",
    "One row per place near a postal code where a parcel can be left or fetched. Filters on CountryCode and PostalCode "
    "are needed.",
    key=("AccessPointId",),
    first=("AccessPointId", "Name", "Type"),
    paths=(
        AccessPath(
            f"{V2}.getAccessPoints",
            row_path="payload.accessPointsMap.{}[]",
            pushdowns=(Pushdown("Type", "=", "accessPointTypes", default="each"),),
            parameters=(BUSINESS,),
        ),
    ),
    typical_rows=20,
    account_unique=True,
    example="SELECT AccessPointId, Name, AddressCity FROM ShippingAccessPoints WHERE CountryCode = 'US' AND "
    "PostalCode = '98101'",
)

UNFILTERED = tuple(
    (f"body.shipFromAddress.{field}", None)
    for field in (
        *("name", "addressLine1", "addressLine2", "addressLine3", "companyName", "stateOrRegion", "city"),
        *("countryCode", "postalCode", "email", "phoneNumber", "geocode.latitude", "geocode.longitude"),
    )
)
FORMS = Entry(
    "ShippingCollectionForms",
    "One row per form by which a carrier collects shipments, newest first.",
    key=("CollectionFormId",),
    first=("CollectionFormId", "CarrierName", "CreationDate", "GenerationStatus"),
    types=(("CreationDate", TIMESTAMP),),
    paths=(
        AccessPath(
            f"{V2}.getCollectionFormHistory",
            row_path="collectionFormsHistoryRecordList[]",
            extra=(("LastRefreshedDate", "lastRefreshedDate"),),
            parameters=(BUSINESS, ("body.maxResults", None), *UNFILTERED),
            pushdowns=(
                Pushdown("CreationDate", ">=", "body.dateRange.startDate"),
                Pushdown("CreationDate", "<", "body.dateRange.endDate"),
            ),
        ),
    ),
    time_column="CreationDate",
    typical_rows=50,
    account_unique=True,
    example="SELECT CollectionFormId, CarrierName, CreationDate FROM ShippingCollectionForms",
    writes=(WriteMapping("insert", "shippingV2.generateCollectionForm"),),
)
FORM = Entry(
    "ShippingCollectionFormDocuments",
    "One row per collection form: the form itself, as Base64.",
    key=("CollectionFormId",),
    paths=(AccessPath(f"{V2}.getCollectionForm", parameters=(BUSINESS,)),),
    parent=Parent("CollectionFormId", "ShippingCollectionForms"),
    typical_rows=50,
    account_unique=True,
    example="SELECT DocumentFormat, Base64EncodedContent FROM ShippingCollectionFormDocuments WHERE "
    "CollectionFormId = '1'",
)

CARRIERS = Entry(
    "ShippingCarrierAccounts",
    "One row per account with a carrier that is linked to the seller.",
    key=("CarrierId", "AccountId"),
    paths=(AccessPath(f"{V2}.getCarrierAccounts", parameters=(BUSINESS,)),),
    typical_rows=3,
    account_unique=True,
    example="SELECT CarrierId, AccountId FROM ShippingCarrierAccounts",
    writes=(
        WriteMapping("insert", "shippingV2.linkCarrierAccount POST /shipping/v2/carrierAccounts/{carrierId}"),
        WriteMapping("delete", "shippingV2.unlinkCarrierAccount"),
    ),
)
LINKABLE = Entry(
    "ShippingLinkableCarriers",
    "One row per carrier with which an account can be linked.",
    key=("CarrierId",),
    paths=(AccessPath(f"{V2}.getCarrierAccountFormInputs", parameters=(BUSINESS,)),),
    typical_rows=5,
    account_unique=True,
    example="SELECT CarrierId FROM ShippingLinkableCarriers",
    parts=(
        Part(
            "ShippingLinkableAccountTypes",
            "One row per kind of account that a carrier has.",
            "linkableAccountTypes",
            number="AccountTypeNumber",
            first=("AccountType",),
            rows=1.0,
            parts=(
                Part(
                    "ShippingCarrierAccountInputs",
                    "One row per input that must be given to link an account.",
                    "carrierAccountInputs",
                    key=("Name",),
                    rows=4.0,
                ),
            ),
        ),
    ),
)

UNMANIFESTED = Entry(
    "ShippingUnmanifestedCarriers",
    "One row per carrier that has shipments which are on no manifest yet.",
    key=("CarrierId",),
    paths=(AccessPath(f"{V2}.getUnmanifestedShipments", parameters=(BUSINESS,)),),
    typical_rows=3,
    account_unique=True,
    example="SELECT CarrierId, CarrierName FROM ShippingUnmanifestedCarriers",
    parts=(
        Part(
            "ShippingUnmanifestedLocations",
            "One row per place from which unmanifested shipments of a carrier go.",
            "unmanifestedShipmentLocationList",
            number="LocationNumber",
            types=(("LastManifestDate", TIMESTAMP),),
        ),
    ),
)

TABLES = (
    *(RATES, INELIGIBLE, SERVICE_RATES, SHIPMENTS, LABELS, ACCOUNT, TRACKING, DOCUMENTS, INPUTS, POINTS),
    *(FORMS, FORM, CARRIERS, LINKABLE, UNMANIFESTED),
)
