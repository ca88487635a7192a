"""The procedures that the facts do not tell: the reference's names, inputs and outputs, and some of ours. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from amzsql.types import BIGINT, BOOLEAN, DATE, JSON, TIMESTAMP, VARCHAR, SqlType


@dataclass(frozen=True, slots=True)
class Declared:
    """A procedure as it is declared.

    `operation`: what it calls, "" for none or several. `element`: its inputs are the fields of the first element of
    this list in the body (``invoices[]``). `names` are as an access path's, for the paths below that. `outputs`: name,
    type, and path below the answer's row; without a path it is whether the call went well. `inputs`: name, type and
    whether it must be given, where no operation tells. `documented`: by the reference. `removed`: what to use instead.
    """

    name: str
    operation: str = ""
    schemas: tuple[str, ...] = ()
    doc: str = ""
    element: str = ""
    names: tuple[tuple[str, str | None], ...] = ()
    inputs: tuple[tuple[str, SqlType, bool], ...] = ()
    outputs: tuple[tuple[str, SqlType, str], ...] = ()
    documented: bool = False
    reads: bool = False
    removed: str = ""
    own: str = ""


ROTATION = "application_2023-11-30.rotateApplicationClientSecret"

# What is no read by its method or by the facts, and changes nothing all the same.
HARMLESS = frozenset(("awd_2024-05-09.checkInboundEligibility", "fulfillmentOutbound_2020-07-01.deliveryOffers"))

_ALL = ("SellingPartner", "SellerCentral", "VendorCentral", "Marketplace")
_BOTH = ("SellingPartner", "SellerCentral", "VendorCentral")
_SELLER = ("SellingPartner", "SellerCentral")
_SELLERS = ("SellingPartner", "SellerCentral", "Marketplace")
_VENDOR = ("SellingPartner", "VendorCentral")
_INBOUND, _REPORTS = "fulfillmentInbound_2024-03-20", "reports_2021-06-30"
_DIRECT = "vendorDirectFulfillment"
_DONE = (("Success", BOOLEAN, ""),)
_ACCEPTED = (*_DONE, ("TransactionId", VARCHAR, "transactionId"))
_TOKENS = tuple((n, VARCHAR, "") for n in ("OAuthAccessToken", "OAuthRefreshToken", "ExpiresIn"))
_CREATE_FEED = "feeds_2021-06-30.createFeed"
_FEED = (
    ("FeedId", VARCHAR, ""), ("FeedType", VARCHAR, ""), ("SubmittedDate", TIMESTAMP, ""),
    ("FeedProcessingStatus", VARCHAR, ""),
)  # fmt: skip


def _of(name: str, operation: str, schemas: tuple[str, ...], doc: str, **more: object) -> Declared:
    return Declared(name, operation, schemas, doc, documented=True, **more)  # type: ignore[arg-type]


def _texts(*names: str) -> tuple[tuple[str, SqlType, bool], ...]:
    return tuple((name, VARCHAR, False) for name in names)


_DOCUMENTED = (
    _of("RequestReport", f"{_REPORTS}.createReport", _ALL,
        "Has Amazon make a report; its rows are read from the view REPORT_ of its type, or by DownloadReport."),
    _of("GetOAuthAccessToken", "", _BOTH,
        "Changes the code that the consent page gave into an application's first tokens.", own="credentials.redeem",
        reads=True, inputs=_texts("AuthMode", "CallbackUrl", "Verifier", "State"), outputs=_TOKENS),
    _of("UpdateShipmentStatus", "ordersV0.updateShipmentStatus", _SELLER,
        "Tells the state of an order that is picked up.", outputs=_DONE),
    _of("SubmitInventoryFeed", _CREATE_FEED, _SELLERS, "Changes quantities of listings.", own="feed", inputs=(
        *_texts("SKU", "FulfillmentCenterID"), ("Available", BOOLEAN, False), ("Quantity", BIGINT, False),
        ("RestockDate", DATE, False), *_texts("FulfillmentLatency"), ("InventoryFeedAggregate", JSON, False),
        *_texts("MarketplaceIds")), outputs=_FEED),
    _of("SubmitPriceFeed", _CREATE_FEED, _SELLERS, "Changes prices of listings.", own="feed",
        inputs=(("PriceFeedAggregate", JSON, False), *_texts("MarketplaceIds")), outputs=_FEED),
    _of("SubmitProductFeed", _CREATE_FEED, _SELLERS, "Changes listings.", own="feed",
        inputs=(("ProductFeedAggregate", JSON, False), *_texts("MarketplaceIds")), outputs=_FEED),
    _of("SubmitImageFeed", _CREATE_FEED, _SELLERS, "Changes images of listings.", own="feed", inputs=(
        *_texts("SKU", "ImageType", "ImageLocation", "OperationType"),
        ("ProductImageFeedAggregate", JSON, False), *_texts("MarketplaceIds")), outputs=_FEED),
    _of("SubmitOrderAcknowledgementFeed", _CREATE_FEED, _SELLERS, "Acknowledges orders, or cancels them.",
        own="feed", inputs=(
        *_texts("AmazonOrderID", "MerchantOrderID", "StatusCode", "AmazonOrderItemCode", "MerchantOrderItemID",
                "CancelReason"),
        ("OrderAcknowledgementFeedAggregate", JSON, False), *_texts("MarketplaceIds")), outputs=_FEED),
    _of("SubmitOrderFulfillmentFeed", _CREATE_FEED, _SELLERS, "Confirms the shipment of orders.", own="feed", inputs=(
        *_texts("AmazonOrderID", "MerchantOrderID", "OperationType"),
        ("MerchantFulfillmentID", BIGINT, False), ("FulfillmentDate", TIMESTAMP, False),
        *_texts("FulfillmentDataCarrierCode", "FulfillmentDataCarrierName", "FulfillmentDataShippingMethod",
                "FulfillmentDataShipperTrackingNumber"),
        ("ItemAggregate", JSON, False), ("OrderFulfillmentFeedAggregate", JSON, False), *_texts("MarketplaceIds")),
        outputs=_FEED),
    _of("SubmitVendorShipmentConfirmations", "vendorShipments.SubmitShipmentConfirmations", _VENDOR,
        "Confirms one shipment of a vendor's to Amazon.", element="shipmentConfirmations[]"),
    _of("SubmitVendorOrderAcknowledgement", "vendorOrders.submitAcknowledgement", _VENDOR,
        "Acknowledges one purchase order.", element="acknowledgements[]",
        names=(("items", "OrderItemAcknowledgements"),)),
    _of("CreateInboundShipmentPlan", "", _SELLER, "Planned an inbound shipment.",
        removed="Use CreateInboundPlan, then GeneratePlacementOptions and ConfirmPlacementOption, which make the "
        "shipments.",
        inputs=(("LabelPrepPreference", VARCHAR, True), *_texts("ShipToCountryCode", "ShipToCountrySubdivisionCode"),
                ("InboundShipmentPlanRequestItems", VARCHAR, True), ("ShipFromAddressLine1", VARCHAR, True),
                *_texts("ShipFromAddressLine2"), ("ShipFromAddressCity", VARCHAR, True),
                ("ShipFromAddressCountryCode", VARCHAR, True), *_texts("ShipFromAddressDistrictOrCounty"),
                ("ShipFromAddressName", VARCHAR, True), ("ShipFromAddressPostalCode", VARCHAR, True),
                ("ShipFromAddressStateOrProvinceCode", VARCHAR, True)),
        outputs=(*_DONE, ("ShipmentId", VARCHAR, ""))),
    _of("ScheduleSelfShipAppointment", f"{_INBOUND}.scheduleSelfShipAppointment", _SELLER,
        "Books one of the slots that Amazon offered for handing over a shipment.",
        outputs=(*_DONE, ("AppointmentId", BIGINT, "appointmentId"),
                 ("StartTime", TIMESTAMP, "appointmentSlotTime.startTime"),
                 ("EndTime", TIMESTAMP, "appointmentSlotTime.endTime"),
                 ("AppointmentStatus", VARCHAR, "appointmentStatus"))),
    _of("SubmitDirectFulfillmentShippingLabel", f"{_DIRECT}Shipping_2021-12-28.submitShippingLabelRequest", _VENDOR,
        "Asks for the shipping label of one direct fulfilment order.", element="shippingLabelRequests[]",
        names=(("sellingParty.address.addressLine1", "SellingPartyAddressLine1"),
               ("sellingParty.address.addressLine2", "SellingPartyAddressLine2"),
               ("sellingParty.address.addressLine3", "SellingPartyAddressLine3"),
               ("sellingParty.address.", "SellingParty"), ("sellingParty.partyId", "SellingPartyId"),
               ("shipFromParty.address.addressLine1", "ShipFromAddressLine1"),
               ("shipFromParty.address.addressLine2", "ShipFromAddressLine2"),
               ("shipFromParty.address.addressLine3", "ShipFromAddressLine3"),
               ("shipFromParty.address", "ShipFromAddress"), ("shipFromParty.address.", "ShipFrom"),
               ("shipFromParty", "ShipFromParty"), ("shipFromParty.partyId", "ShipFromPartyId"),
               ("shipFromParty.", "ShipFrom")),
        outputs=_ACCEPTED),
    _of("ConfirmDirectFulfillmentShipment", f"{_DIRECT}Shipping_2021-12-28.submitShipmentConfirmations", _VENDOR,
        "Confirms the shipment of one direct fulfilment order.", element="shipmentConfirmations[]",
        names=(("shipmentDetails", "ShipmentDetails"), ("shipmentDetails.", ""),
               ("shipmentDetails.estimatedDeliveryDateTime", "EstimatedDeliveryDate"),
               ("items", "ShipmentItems"),
               ("sellingParty.address.addressLine1", "SellingPartyAddressLine1"),
               ("sellingParty.address.addressLine2", "SellingPartyAddressLine2"),
               ("sellingParty.address.addressLine3", "SellingPartyAddressLine3"),
               ("sellingParty.address.", "SellingParty"), ("sellingParty.partyId", "SellingPartyId"),
               ("shipFromParty.address.addressLine1", "ShipFromAddressLine1"),
               ("shipFromParty.address.addressLine2", "ShipFromAddressLine2"),
               ("shipFromParty.address.addressLine3", "ShipFromAddressLine3"),
               ("shipFromParty.address", "ShipFromAddress"), ("shipFromParty.address.", "ShipFrom"),
               ("shipFromParty", "ShipFromParty"), ("shipFromParty.partyId", "ShipFromPartyId"),
               ("shipFromParty.", "ShipFrom")),
        outputs=_ACCEPTED),
    _of("AcknowledgeDirectFulfillmentOrder", f"{_DIRECT}Orders_2021-12-28.submitAcknowledgement", _VENDOR,
        "Acknowledges one direct fulfilment order.", element="orderAcknowledgements[]",
        names=(("shipFromParty.taxInfo.taxRegistrationAddress.", "ShipFromTaxRegistration"),
               ("shipFromParty.address.addressLine1", "ShipFromAddressLine1"),
               ("shipFromParty.address.addressLine2", "ShipFromAddressLine2"),
               ("shipFromParty.address.addressLine3", "ShipFromAddressLine3"),
               ("shipFromParty.address", "ShipFromAddress"), ("shipFromParty.address.", "ShipFrom"),
               ("shipFromParty", "ShipFromParty"), ("shipFromParty.partyId", "ShipFromPartyId"),
               ("shipFromParty.", "ShipFrom")),
        outputs=_ACCEPTED),
    _of("UpdateDirectFulfillmentInventory", f"{_DIRECT}InventoryV1.submitInventoryUpdate", _VENDOR,
        "Tells the stock of one warehouse.",
        names=(("inventory", "Inventory"), ("inventory.items", "ItemDetails"),
               ("inventory.sellingParty.partyId", "SellingPartyId"), ("inventory.", "")),
        outputs=_ACCEPTED),
    _of("CheckDirectFulfillmentTransaction", f"{_DIRECT}Transactions_2021-12-28.getTransactionStatus", _VENDOR,
        "Tells what has become of a submission.", reads=True,
        outputs=(*_DONE, ("Status", VARCHAR, "status"), ("TransactionId", VARCHAR, "transactionId"),
                 ("FailureCode", VARCHAR, "errors[0].code"), ("FailureMessage", VARCHAR, "errors[0].message"),
                 ("FailureDetails", VARCHAR, "errors[0].details"))),
)  # fmt: skip

# Names that the reference's model has room for without documenting them, and what they call.
_NAMED = (
    ("ConfirmPackingOption", _INBOUND), ("ConfirmPlacementOption", _INBOUND),
    ("ConfirmDeliveryWindowOptions", _INBOUND), ("ConfirmShipmentContentUpdatePreview", _INBOUND),
    ("GenerateTransportationOptions", _INBOUND), ("ConfirmTransportationOptions", _INBOUND),
    ("SetPackingInformation", _INBOUND), ("CancelSelfShipAppointment", _INBOUND), ("UpdateShipmentName", _INBOUND),
    ("UpdateShipmentSourceAddress", _INBOUND), ("UpdateShipmentTrackingDetails", _INBOUND),
    ("CreateMarketplaceItemLabels", _INBOUND), ("SetPrepDetails", _INBOUND),
    ("CreateFulfillmentReturn", "fulfillmentOutbound_2020-07-01"),
    ("SubmitFulfillmentOrderStatusUpdate", "fulfillmentOutbound_2020-07-01"), ("PurchaseShipment", "shippingV2"),
    ("OneClickShipment", "shippingV2"), ("CancelShipment", "shippingV2"), ("ConfirmShipment", "ordersV0"),
)  # fmt: skip


def _called(name: str, api: str, schemas: tuple[str, ...]) -> Declared:
    return Declared(name, f"{api}.{name[0].lower()}{name[1:]}", schemas)


_CARRIER = "/shipping/v2/carrierAccounts/{carrierId}"

DECLARED: tuple[Declared, ...] = (
    *_DOCUMENTED,
    *(_called(name, api, _SELLER) for name, api in _NAMED),
    *(_called(n, _REPORTS, _BOTH) for n in ("CancelReport", "CreateReportSchedule", "CancelReportSchedule")),
    _called("CancelFeed", "feeds_2021-06-30", _BOTH),
    Declared("GetReport", f"{_REPORTS}.getReport", _BOTH, "Tells what has become of a report.", reads=True),
    Declared("DownloadReport", f"{_REPORTS}.getReport", _BOTH,
             "Gives the rows of a report's document; with SaveAs, writes the document into the folder of the property"
             " DownloadFolder, under that name.",
             reads=True, own="download", inputs=(("SaveAs", VARCHAR, False),),
             outputs=(("ReportId", VARCHAR, ""), ("File", VARCHAR, ""), ("Bytes", BIGINT, ""))),
    Declared("GetOAuthAuthorizationURL", "", _ALL,
             "Gives the address of the consent page, and the state that it returns; asks Amazon nothing.",
             reads=True, own="credentials.address", inputs=_texts("CallbackUrl", "State"),
             outputs=(("URL", VARCHAR, ""), ("State", VARCHAR, ""))),
    Declared("RefreshOAuthAccessToken", "", _ALL,
             "Makes an access token with a refresh token, the connection's own unless another is given.",
             reads=True, own="credentials.refresh", inputs=_texts("OAuthRefreshToken"), outputs=_TOKENS),
    Declared("TestConnection", "", _ALL,
             "Tries the connection: network, clock, token, account, marketplaces and roles, each with what to do.",
             reads=True, own="credentials.test", outputs=tuple((n, VARCHAR, "") for n in ("Item", "State", "Detail"))),
    *(Declared(name, ROTATION, _BOTH,
               f"{other}Has Amazon make a new client secret, which it sends to the queue registered for the application"
               ", never here; `amzsql applications secret` takes it.")
      for name, other in (("RotateClientSecret", "Another name of RotateApplicationClientSecret. "),
                          ("RotateApplicationClientSecret", ""))),
    Declared("LinkCarrierAccount", f"shippingV2.linkCarrierAccount POST {_CARRIER}", _SELLER),
    Declared("PutLinkCarrierAccount", f"shippingV2.linkCarrierAccount PUT {_CARRIER}", _SELLER),
)  # fmt: skip
