"""What columns hold whose names do not explain themselves, in one place for all tables.

A column is described by its whole name, else by the longest end of it that is known: ``ShippingAddressCounty`` by
``County``. An entry's own words win. Must not know of tables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")

TERMS: Mapping[str, str] = {
    # things and who has them
    "ASIN": "Amazon's number of a product in its catalog.",
    "ParentAsin": "The product that stands for all variations; it cannot be bought itself.",
    "FNSKU": "The number that Amazon's warehouses know the seller's stock by.",
    "SKU": "The seller's own number of an offer.",
    "MSKU": "The seller's own number of an offer, as the inbound API calls it.",
    "SellerSKU": "The seller's own number of an offer.",
    "EAN": "The product's European article number.",
    "GTIN": "The product's global trade item number.",
    "UPC": "The product's universal product code.",
    "JAN": "The product's Japanese article number.",
    "ISBN": "The book's number.",
    "MINSAN": "The number of a medicine in Italy.",
    "AmazonOrderId": "Amazon's number of the order, three groups of digits.",
    "SellerOrderId": "The order's number in the seller's own books, if he gave it one.",
    "OrderItemId": "Amazon's number of the line within its order.",
    "MarketplaceId": "Amazon's id of the marketplace, such as ATVPDKIKX0DER for the United States.",
    "SellerId": "The seller's merchant token.",
    # orders
    "OrderStatus": "How far the order is, in the words of Orders v0 whatever version answers.",
    "FulfillmentChannel": "AFN: Amazon ships it; MFN: the seller does.",
    "SalesChannel": "The shop in which it was sold, such as Amazon.com.",
    "PurchaseDate": "When the order was placed.",
    "LastUpdateDate": "When the order last changed.",
    "EarliestShipDate": "From when on the seller promised to ship it.",
    "LatestShipDate": "By when the seller promised to ship it.",
    "IsISPU": "Whether the buyer picks it up in a store.",
    "IsIBA": "Whether Amazon Business buys it from the seller and sells it on itself.",
    "IsSoldByAB": "Whether Amazon Business buys it from the seller and sells it on itself.",
    "IsPrime": "Whether it was sold with a promise of Prime delivery.",
    "IsPremiumOrder": "Whether the seller ships it under the terms of Premium Shipping.",
    "IsBusinessOrder": "Whether the buyer is a business.",
    "IsReplacementOrder": "Whether it replaces an order that went wrong: ReplacedOrderId.",
    "IsGlobalExpressEnabled": "Whether it goes abroad by Global Express.",
    "IsAccessPointOrder": "Whether it is delivered to a pick-up point.",
    "HasRegulatedItems": "Whether the buyer must prove something before it may be shipped.",
    "EasyShipShipmentStatus": "How far Amazon's carrier is with an order that it collects at the seller's.",
    "CbaDisplayableShippingLabel": "Text for the label of orders that came through Checkout by Amazon.",
    "ShipmentServiceLevelCategory": "The speed that the buyer chose, as one of a few categories.",
    "ShipServiceLevel": "The speed that the buyer chose, by the seller's own name of it.",
    "PriceDesignation": "BUSINESS_PRICE where a price for businesses applied.",
    "ConditionId": "New, Used, Collectible, Refurbished, Preorder or Club.",
    "ConditionSubtypeId": "New, Mint, Very Good and so on, below the condition.",
    "DeemedResellerCategory": "Who has to pay the tax: IOSS or UOSS where Amazon does.",
    "IossNumber": "The number under which import tax was paid at the sale.",
    "PointsGrantedPointsNumber": "Points that the buyer gets, in Japan.",
    "IsTransparency": "Whether its packages need Transparency codes.",
    "ItemPriceAmount": "The price of the whole line, all its units, without tax in North America.",
    "QuantityOrdered": "Units in the line.",
    "QuantityShipped": "Units of the line that have left.",
    "BuyerRequestedCancel": "Whether the buyer wants the line cancelled.",
    # addresses
    "County": "The county, or what the country has in its place.",
    "DistrictOrCounty": "The district or county, or what the country has in their place.",
    "StateOrRegion": "The state, region or province.",
    "StateOrProvinceCode": "The state, region or province, by its code where it has one.",
    "CountryCode": "Two letters, ISO 3166.",
    "CurrencyCode": "Three letters, ISO 4217.",
    "Municipality": "The municipality, in Brazil.",
    # money
    "BreakdownType": "What the amount is for: the kind of charge, fee or credit.",
    "TransactionStatus": "DEFERRED: held back; RELEASED: paid out or to be; DEFERRED_RELEASED: was held back.",
    "PostedDate": "When Amazon booked it.",
    "FinancialEventGroupId": "The settlement that it belongs to.",
    "FundTransferStatus": "How far the payout of the settlement is.",
    "ProcessingStatus": "How far it is.",
    "ChargeType": "What the charge is for.",
    "FeeType": "What the fee is for.",
    "SAFETClaimId": "The seller's claim for a return that was not his fault.",
    "TDSOrderId": "The tax's own number. TDS: tax deducted at source, in India.",
    "CGST": "Tax of the central state, in India.",
    "SGST": "Tax of the federal state, in India.",
    "IGST": "Tax between federal states, in India.",
    "RetrochargeEventType": "Retrocharge: tax is taken afterwards; RetrochargeReversal: it is given back.",
    "BuyBoxPrices": "The prices at which the offer in the buy box is sold.",
    "LandedPriceAmount": "The price with shipping, less points.",
    "ListingPriceAmount": "The price without shipping.",
    "BelongsToRequester": "Whether the offer is the seller's own.",
    "CompetitivePriceId": "1: the price of the new one that is featured; 2: of the used one.",
    "IsBuyBoxWinner": "Whether it is the offer that buyers get by default.",
    "IsFeaturedMerchant": "Whether its seller may win the buy box.",
    "FinalFeeAmount": "The fee less promotions.",
    # stock and inbound
    "FulfillableQuantity": "Units that can be sold and shipped now.",
    "InboundWorkingQuantity": "Units in shipments that the seller is preparing.",
    "InboundShippedQuantity": "Units on their way to Amazon.",
    "InboundReceivingQuantity": "Units that Amazon is receiving.",
    "TotalReservedQuantity": "Units that are there and cannot be sold: picked, moved or being looked at.",
    "PendingTransshipmentQuantity": "Units moving from one warehouse to another.",
    "FcProcessingQuantity": "Units held back for weighing, photographs and the like.",
    "TotalResearchingQuantity": "Units that Amazon is looking for.",
    "UnfulfillableQuantity": "Units that cannot be sold: damaged, defective or expired.",
    "GranularityType": "What the counts are of: always Marketplace.",
    "PrepOwner": "Who wraps and bags the units: AMAZON or SELLER.",
    "LabelOwner": "Who sticks the FNSKU on the units: AMAZON, SELLER or NONE.",
    "BillOfLadingNumber": "The number of the carrier's receipt for a load.",
    "FreightBillNumber": "The carrier's number of a load.",
    # vendors and look-alikes
    "BuyerInfoPurchaseOrderNumber": "The buyer's own number of the order.",
    "FulfillmentNetworkSKU": "The number that Amazon's warehouses know the stock by.",
    "PurchaseOrderNumber": "Amazon's number of what it orders of the vendor.",
    "VendorCodes": "Which of the vendor's contracts with Amazon it is under.",
    "AmazonProductIdentifier": "The product's ASIN.",
    "VendorProductIdentifier": "The vendor's own number of the product.",
    "PartyId": "The code of a warehouse, vendor or office that both sides know.",
    # tax
    "ResponsibleParty": "Who is to pay the tax; empty where it is the seller.",
}
# They mean something else at the end of another name.
_WHOLE = frozenset({"orderstatus", "sku", "processingstatus", "purchasedate"})
_BY_WORDS: Mapping[str, str] = {name.lower(): text for name, text in TERMS.items()}


@cache
def description(column: str) -> str:
    """Return what a column holds, in words; nothing where its name says it."""
    return described(column, _BY_WORDS)


def described(column: str, terms: Mapping[str, str]) -> str:
    """Return what a column holds, by terms in small letters: its whole name's, else that of its longest end."""
    if found := terms.get(column.lower()):
        return found
    found, end = "", ""
    for word in reversed(_WORDS.findall(column)[1:]):
        end = word.lower() + end
        if end in terms and end not in _WHOLE:
            found = terms[end]
    return found
