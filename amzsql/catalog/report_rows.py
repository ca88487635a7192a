"""What one row of each report is, in words; columns, options and windows are facts.

Knows of nothing but names. A path after the type names a further array of its documents.
"""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    # Analytics
    "GET_BRAND_ANALYTICS_MARKET_BASKET_REPORT": "product and another that is bought with it, the three most frequent",
    "GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT": "term that buyers search for and product that they click on then",
    "GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT": "product of the brand and how often it is bought again",
    "GET_BRAND_ANALYTICS_SEARCH_CATALOG_PERFORMANCE_REPORT": "product and how it does in the results of searches",
    "GET_BRAND_ANALYTICS_SEARCH_QUERY_PERFORMANCE_REPORT": "product and term by which it is searched for",
    "GET_SALES_AND_TRAFFIC_REPORT": "day, week or month with all its sales, page views and sessions",
    "GET_SALES_AND_TRAFFIC_REPORT salesAndTrafficByAsin[]": (
        "product with its sales, page views and sessions, over the whole window of its document"
    ),
    "GET_VENDOR_REAL_TIME_INVENTORY_REPORT": "product and hour with the units that can be sold",
    "GET_VENDOR_REAL_TIME_TRAFFIC_REPORT": "product and hour with its page views",
    "GET_VENDOR_REAL_TIME_SALES_REPORT": "product and hour with what Amazon sold of it",
    "GET_VENDOR_SALES_REPORT": "period with what Amazon sold of all the vendor's products",
    "GET_VENDOR_SALES_REPORT salesByAsin[]": "product and period with what Amazon sold of it",
    "GET_VENDOR_NET_PURE_PRODUCT_MARGIN_REPORT": "period with Amazon's margin on all the vendor's products",
    "GET_VENDOR_NET_PURE_PRODUCT_MARGIN_REPORT netPureProductMarginByAsin[]": "product and period with Amazon's margin",
    "GET_VENDOR_TRAFFIC_REPORT": "period with the page views of all the vendor's products",
    "GET_VENDOR_TRAFFIC_REPORT trafficByAsin[]": "product and period with its page views",
    "GET_VENDOR_FORECASTING_REPORT": "product and coming week with the demand that Amazon expects",
    "GET_VENDOR_INVENTORY_REPORT": "period with Amazon's stock of all the vendor's products",
    "GET_VENDOR_INVENTORY_REPORT inventoryByAsin[]": "product and period with Amazon's stock of it",
    # Listings
    "GET_FLAT_FILE_OPEN_LISTINGS_DATA": "offer that is open, with its price and the quantity that the seller has",
    "GET_MERCHANT_LISTINGS_ALL_DATA": "offer, whatever its state",
    "GET_MERCHANT_LISTINGS_DATA": "active offer",
    "GET_MERCHANT_LISTINGS_INACTIVE_DATA": "inactive offer",
    "GET_MERCHANT_LISTINGS_DATA_BACK_COMPAT": "open offer, with the columns that this report had long ago",
    "GET_MERCHANT_LISTINGS_DATA_LITE": "active offer of which there are units, with few columns",
    "GET_MERCHANT_LISTINGS_DATA_LITER": "active offer of which there are units: its SKU and their number",
    "GET_MERCHANT_CANCELLED_LISTINGS_DATA": "offer that the seller has ended",
    "GET_MERCHANTS_LISTINGS_FYP_REPORT": "offer that buyers do not find, with what is wrong with it",
    "GET_PAN_EU_OFFER_STATUS": "offer that Amazon may store in several countries, with its state in each",
    "GET_MFN_PANEU_OFFER_STATUS": "offer that the seller ships, with its state in each country",
    "GET_REFERRAL_FEE_PREVIEW_REPORT": "offer with the referral fee that its price would cost",
    # Orders
    "GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING": "order line that the seller has still to ship",
    "GET_ORDER_REPORT_DATA_INVOICING": "order, with what an invoice needs",
    "GET_ORDER_REPORT_DATA_TAX": "order, with its taxes",
    "GET_ORDER_REPORT_DATA_SHIPPING": "order that the seller ships",
    "GET_ORDER_REPORT_DATA_SHIPPING Item[]": "line of an order that the seller ships",
    "GET_ORDER_REPORT_DATA_SHIPPING Item[].ItemPrice.Component[]": "part of the price of an order's line",
    "GET_ORDER_REPORT_DATA_SHIPPING Item[].ItemFees.Fee[]": "fee on an order's line",
    "GET_ORDER_REPORT_DATA_SHIPPING Item[].Promotion.Component[]": "part of a promotion on an order's line",
    "GET_FLAT_FILE_ORDER_REPORT_DATA_INVOICING": "order line, with what an invoice needs",
    "GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING": "order line that the seller ships",
    "GET_FLAT_FILE_ORDER_REPORT_DATA_TAX": "order line, with its taxes",
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": (
        "line of an order that changed in the window, whoever ships it; those from other shops and removals among them"
    ),
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL": (
        "line of an order that was placed in the window, whoever ships it; those from other shops and removals among "
        "them"
    ),
    "GET_FLAT_FILE_ARCHIVED_ORDERS_DATA_BY_ORDER_DATE": "line of an archived order that was placed in the window",
    "GET_XML_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": "order that changed in the window",
    "GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL": "order that was placed in the window",
    "GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL OrderItem[]": "line of an order that was placed in the window",
    "GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL OrderItem[].ItemPrice.Component[]": (
        "part of the price of an order's line"
    ),
    "GET_FLAT_FILE_PENDING_ORDERS_DATA": "line of an order that is not paid yet",
    "GET_PENDING_ORDERS_DATA": "order that is not paid yet",
    "GET_CONVERGED_FLAT_FILE_PENDING_ORDERS_DATA": "line of an order that is not paid yet, whoever ships it",
    # Returns
    "GET_XML_RETURNS_DATA_BY_RETURN_DATE": "return of what the seller shipped",
    "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE": "return of what the seller shipped",
    "GET_XML_MFN_PRIME_RETURNS_REPORT": "return of what the seller shipped under Prime",
    "GET_CSV_MFN_PRIME_RETURNS_REPORT": "return of what the seller shipped under Prime",
    "GET_XML_MFN_SKU_RETURN_ATTRIBUTES_REPORT": "offer with the rules for its returns",
    "GET_FLAT_FILE_MFN_SKU_RETURN_ATTRIBUTES_REPORT": "offer with the rules for its returns",
    # Performance
    "GET_SELLER_FEEDBACK_DATA": "negative or neutral rating of the seller by a buyer",
    "GET_V1_SELLER_PERFORMANCE_REPORT": "set of figures on the seller's service",
    "GET_V2_SELLER_PERFORMANCE_REPORT": "marketplace with the account's state",
    "GET_V2_SELLER_PERFORMANCE_REPORT performanceMetrics[]": "marketplace with the figures on the seller's service",
    "GET_V2_SELLER_PERFORMANCE_REPORT performanceMetrics[].warningStates[]": "warning, with its state",
    "GET_PROMOTION_PERFORMANCE_REPORT": "promotion with what it cost and brought",
    "GET_PROMOTION_PERFORMANCE_REPORT includedProducts[]": "product in a promotion with what it brought",
    "GET_COUPON_PERFORMANCE_REPORT": "coupon with what it cost and brought",
    "GET_COUPON_PERFORMANCE_REPORT asins[]": "product that a coupon is for",
    "GET_COUPON_PERFORMANCE_REPORT(vendor)": "campaign of coupons with what it cost",
    "GET_COUPON_PERFORMANCE_REPORT(vendor) coupons[]": "coupon of a campaign with what it cost and brought",
    "GET_COUPON_PERFORMANCE_REPORT(vendor) coupons[].asins[]": "product that a coupon is for",
    # Money
    "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE": (
        "order line, fee or refund of a settlement, amounts side by side; the first of a document is the settlement's "
        "total"
    ),
    "GET_V2_SETTLEMENT_REPORT_DATA_XML": "settlement",
    "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2": (
        "amount of a settlement; the first of a document is the settlement's total"
    ),
    "GET_DATE_RANGE_FINANCIAL_HOLDS_DATA": "amount that Amazon holds back",
    # Fulfilled by Amazon
    "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL": "line of a shipment that Amazon has sent out",
    "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_INVOICING": "line of a shipment of Amazon's, with what an invoice needs",
    "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_TAX": "line of a shipment of Amazon's, with its taxes",
    "GET_FBA_FULFILLMENT_CUSTOMER_SHIPMENT_SALES_DATA": "line of a shipment of Amazon's, with what it sold for",
    "GET_FBA_FULFILLMENT_CUSTOMER_SHIPMENT_PROMOTION_DATA": "promotion on a line of a shipment of Amazon's",
    "GET_FBA_FULFILLMENT_CUSTOMER_TAXES_DATA": "line of a shipment of Amazon's, with its taxes; up to 2013",
    "GET_REMOTE_FULFILLMENT_ELIGIBILITY": "offer with the countries that Amazon may ship it to from another",
    "GET_AFN_INVENTORY_DATA": "offer with the units of it in Amazon's warehouses",
    "GET_AFN_INVENTORY_DATA_BY_COUNTRY": "offer and country with the units of it in Amazon's warehouses",
    "GET_LEDGER_SUMMARY_VIEW_DATA": "offer, disposition, place and period with the units that came and went",
    "GET_LEDGER_DETAIL_VIEW_DATA": "movement of units in Amazon's warehouses",
    "GET_RESERVED_INVENTORY_DATA": "offer with the units that are there and cannot be sold",
    "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA": "offer that can be bought, with the units of it at Amazon",
    "GET_FBA_MYI_ALL_INVENTORY_DATA": "offer, archived ones too, with the units of it at Amazon",
    "GET_RESTOCK_INVENTORY_RECOMMENDATIONS_REPORT": "offer with how many units Amazon would send in",
    "GET_FBA_FULFILLMENT_INBOUND_NONCOMPLIANCE_DATA": "fault that Amazon found with a shipment to it",
    "GET_STRANDED_INVENTORY_UI_DATA": "offer of which units are at Amazon and cannot be bought, with why",
    "GET_STRANDED_INVENTORY_LOADER_DATA": "offer of which units are at Amazon and cannot be bought, ready to be listed",
    "GET_FBA_STORAGE_FEE_CHARGES_DATA": "product, warehouse and month with what storing it cost",
    "GET_FBA_OVERAGE_FEE_CHARGES_DATA": "day and kind of storage with what was beyond the limit, and its fee",
    "GET_FBA_INVENTORY_PLANNING_DATA": "offer with the age of its units, its sales and what Amazon would do",
    "GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA": "offer with the fees that a sale would cost",
    "GET_FBA_REIMBURSEMENTS_DATA": "reimbursement for units that were lost, broken or not returned",
    "GET_FBA_FULFILLMENT_LONGTERM_STORAGE_FEE_CHARGES_DATA": "product and day with what storing its old units cost",
    "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA": "return that Amazon has received",
    "GET_FBA_FULFILLMENT_CUSTOMER_SHIPMENT_REPLACEMENT_DATA": "replacement that Amazon has sent out",
    "GET_FBA_RECOMMENDED_REMOVAL_DATA": "offer with the units that Amazon would remove",
    "GET_FBA_FULFILLMENT_REMOVAL_ORDER_DETAIL_DATA": "line of a removal order",
    "GET_FBA_FULFILLMENT_REMOVAL_SHIPMENT_DETAIL_DATA": "line of a removal order's shipment",
    # Tax and invoices
    "GST_MTR_STOCK_TRANSFER_REPORT": "transfer of stock between warehouses in India, with its tax",
    "GST_MTR_B2B": "sale to a business in India, with its tax",
    "GST_MTR_B2C": "sale to a consumer in India, with its tax",
    "GET_FLAT_FILE_SALES_TAX_DATA": "tax of a jurisdiction on a sale in the United States",
    "SC_VAT_TAX_REPORT": "line of a shipment or refund in Europe, with the tax that Amazon worked out",
    "GET_VAT_TRANSACTION_DATA": "sale, return or movement of stock in Europe, with its tax",
    "GET_GST_MTR_B2B_CUSTOM": "sale to a business in India, with its tax",
    "GET_GST_MTR_B2C_CUSTOM": "sale to a consumer in India, with its tax",
    "GET_GST_STR_ADHOC": "transfer of stock between warehouses in India, with its tax",
    "GET_FLAT_FILE_VAT_INVOICE_DATA_REPORT": "order line with what the invoice that the seller writes needs",
    "GET_XML_VAT_INVOICE_DATA_REPORT": "order with what the invoice that the seller writes needs",
    # The rest
    "GET_XML_BROWSE_TREE_DATA": "category of the tree that buyers browse",
    "GET_XML_BROWSE_TREE_DATA browseNodeAttributes.attribute[]": "attribute of a category",
    "GET_XML_BROWSE_TREE_DATA refinementsInformation.refinementName[]": "way to narrow a category",
    "GET_EASYSHIP_DOCUMENTS": "document with the papers of an order's packages, in India",
    "GET_EASYSHIP_PICKEDUP": "package that Amazon's carrier has collected, in India",
    "GET_EASYSHIP_WAITING_FOR_PICKUP": "package that waits for Amazon's carrier, in India",
    "FEE_DISCOUNTS_REPORT": "offer with a discount on its referral fee",
    "GET_B2B_PRODUCT_OPPORTUNITIES_RECOMMENDED_FOR_YOU": "product that businesses ask for and the seller could offer",
    "GET_B2B_PRODUCT_OPPORTUNITIES_NOT_YET_ON_AMAZON": "product that businesses ask for and nobody offers",
    "END_USER_DATA_REPORT": "period of the data that buyers left with the seller's offers",
    "END_USER_DATA_REPORT asinMetrics[]": "product and period with its page views and sales",
    "FBA_BULK_INVOICE": "archive of invoices of Amazon's",
    "MARKETPLACE_ASIN_PAGE_VIEW_METRICS": "product and day with its page views",
    "GET_EPR_MONTHLY_REPORTS": "material that was sold in a month, for the producer's duties",
    "GET_EPR_QUARTERLY_REPORTS": "material that was sold in a quarter, for the producer's duties",
    "GET_EPR_ANNUAL_REPORTS": "material that was sold in a year, for the producer's duties",
}


def row_of(report_type: str, array: str, *, vendor: bool, first: bool) -> str:
    """Return what one row of a table is. `array`: the path of its rows, below the main array where it lies there.

    `first`: it is the main array of its documents; `vendor`: the type has a form of its own for vendors.
    """
    form = f"{report_type}(vendor)" if vendor else report_type
    return ROWS[form if first else f"{form} {array}"]
