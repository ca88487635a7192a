"""What each report type is made of: a source of rows and the fields that its columns are found among.

Owns the table and nothing else; a new report type is one entry here and its columns in the tables of facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from amzsql.simulator.world import AFN, DAY, MFN

from . import analytics, orders, settlements, stock
from .fields import ORDER, PRODUCT, RETURNS, TAX
from .scope import Fields, Source

_HALF_HOUR, _HOUR = 1800, 3600


@dataclass(frozen=True, slots=True)
class Plan:
    """How a report is made: its rows, or a source for each array of a JSON report.

    `lag`: seconds that it runs behind. `dates` and `comma` say how it spells times and decimals. `bare`: what no field
    knows stays empty instead of being made up. `root` and `element` are XML's.
    """

    rows: Source | None = None
    fields: Fields = field(default_factory=dict)
    lag: int = 0
    dates: str = "iso"
    comma: bool = False
    bare: bool = False
    arrays: Mapping[str, Source] = field(default_factory=dict)
    root: str = "Report"
    element: str = "Row"


def _orders(rows: Source, lag: int = _HALF_HOUR) -> Plan:
    return Plan(rows, ORDER, lag)


def _whole(rows: Source, root: str, element: str, lag: int = _HALF_HOUR) -> Plan:
    """An XML report of orders: an element for each order, its lines inside."""
    return Plan(lambda scope: (r for r in rows(scope) if r.position == 0), ORDER, lag, root=root, element=element)


def _listings(rows: Source) -> Plan:
    return Plan(rows, stock.LISTING, dates="local")


def _stock(rows: Source, lag: int = 0, dates: str = "iso") -> Plan:
    return Plan(rows, stock.STOCK, lag, dates)


def _returns(channel: int, root: str = "Report", element: str = "Row") -> Plan:
    return Plan(orders.refunds(channel), RETURNS, _HOUR, root=root, element=element)


def _tax(rows: Source, dates: str = "iso", root: str = "Report", element: str = "Row") -> Plan:
    return Plan(rows, TAX, _HOUR, dates, root=root, element=element)


def _json(lag: int = 0, **arrays: Source) -> Plan:
    return Plan(fields=PRODUCT, lag=lag, arrays=arrays)


_SETTLEMENT = Plan(settlements.rows, PRODUCT, dates="settlement", comma=True, bare=True)
_SHIPPED = _orders(orders.shipments(orders.is_afn))
_BUSINESS, _PRIVATE = (_tax(orders.shipments(w)) for w in (orders.is_business, orders.is_private))
_TRANSFERS = Plan(stock.transfers, TAX)
_EPR = _stock(stock.estimated)
_PENDING_ORDERS = orders.lines(orders.is_pending)

PLANS: Mapping[str, Plan] = MappingProxyType(
    {
        # Counts
        "GET_BRAND_ANALYTICS_MARKET_BASKET_REPORT": _json(dataByAsin=analytics.baskets),
        "GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT": _json(dataByDepartmentAndSearchTerm=analytics.terms),
        "GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT": _json(dataByAsin=analytics.by_asin(analytics.repeats)),
        "GET_BRAND_ANALYTICS_SEARCH_CATALOG_PERFORMANCE_REPORT": _json(dataByAsin=analytics.by_asin(analytics.funnel)),
        "GET_BRAND_ANALYTICS_SEARCH_QUERY_PERFORMANCE_REPORT": _json(dataByAsin=analytics.by_asin(analytics.funnel)),
        "GET_SALES_AND_TRAFFIC_REPORT": _json(
            salesAndTrafficByDate=analytics.by_date(analytics.sales, "dateGranularity"),
            salesAndTrafficByAsin=analytics.over_window(analytics.sales),
        ),
        "GET_VENDOR_REAL_TIME_INVENTORY_REPORT": _json(_HOUR, reportData=analytics.hourly()),
        "GET_VENDOR_REAL_TIME_TRAFFIC_REPORT": _json(_HOUR, reportData=analytics.hourly()),
        "GET_VENDOR_REAL_TIME_SALES_REPORT": _json(_HOUR, reportData=analytics.hourly_sales),
        "GET_VENDOR_SALES_REPORT": _json(
            salesAggregate=analytics.by_date(analytics.vendor), salesByAsin=analytics.by_asin(analytics.vendor)
        ),
        "GET_VENDOR_NET_PURE_PRODUCT_MARGIN_REPORT": _json(
            netPureProductMarginAggregate=analytics.by_date(analytics.vendor),
            netPureProductMarginByAsin=analytics.by_asin(analytics.vendor),
        ),
        "GET_VENDOR_TRAFFIC_REPORT": _json(
            trafficAggregate=analytics.by_date(analytics.vendor), trafficByAsin=analytics.by_asin(analytics.vendor)
        ),
        "GET_VENDOR_FORECASTING_REPORT": _json(forecastByAsin=analytics.forecasts),
        "GET_VENDOR_INVENTORY_REPORT": _json(
            inventoryAggregate=analytics.by_date(analytics.vendor), inventoryByAsin=analytics.by_asin(analytics.vendor)
        ),
        "GET_V2_SELLER_PERFORMANCE_REPORT": _json(
            accountStatuses=analytics.markets, performanceMetrics=analytics.markets
        ),
        "GET_V1_SELLER_PERFORMANCE_REPORT": Plan(
            analytics.markets, PRODUCT, root="sellerPerformanceReports", element="sellerPerformanceReport"
        ),
        "GET_PROMOTION_PERFORMANCE_REPORT": _json(
            promotions=analytics.campaigns("promotionStartDateFrom", "promotionStartDateTo")
        ),
        "GET_COUPON_PERFORMANCE_REPORT": _json(
            coupons=analytics.campaigns("couponStartDateFrom", "couponStartDateTo"),
            campaigns=analytics.campaigns("campaignStartDateFrom", "campaignStartDateTo"),
        ),
        "GET_B2B_PRODUCT_OPPORTUNITIES_RECOMMENDED_FOR_YOU": _json(recommendations=analytics.recommended),
        "GET_B2B_PRODUCT_OPPORTUNITIES_NOT_YET_ON_AMAZON": _json(recommendations=analytics.recommended),
        "END_USER_DATA_REPORT": Plan(fields=ORDER, arrays={"endUserData": analytics.buyers}),
        "MARKETPLACE_ASIN_PAGE_VIEW_METRICS": _json(marketplaceAsinPageViewMetrics=analytics.by_asin(analytics.views)),
        "GET_XML_BROWSE_TREE_DATA": Plan(analytics.nodes, PRODUCT, bare=True, root="Result", element="Node"),
        # Listings
        "GET_FLAT_FILE_OPEN_LISTINGS_DATA": _listings(stock.listings("Active")),
        "GET_MERCHANT_LISTINGS_ALL_DATA": _listings(stock.listings()),
        "GET_MERCHANT_LISTINGS_DATA": _listings(stock.listings("Active")),
        "GET_MERCHANT_LISTINGS_INACTIVE_DATA": _listings(stock.listings("Inactive")),
        "GET_MERCHANT_LISTINGS_DATA_BACK_COMPAT": _listings(stock.listings("Active")),
        "GET_MERCHANT_LISTINGS_DATA_LITE": _listings(stock.in_stock),
        "GET_MERCHANT_LISTINGS_DATA_LITER": _listings(stock.in_stock),
        "GET_MERCHANT_CANCELLED_LISTINGS_DATA": _listings(stock.gone),
        "GET_MERCHANTS_LISTINGS_FYP_REPORT": _listings(stock.suppressed),
        "GET_PAN_EU_OFFER_STATUS": _listings(stock.estimated),
        "GET_MFN_PANEU_OFFER_STATUS": _listings(stock.listings("Active")),
        "GET_REFERRAL_FEE_PREVIEW_REPORT": _listings(stock.listings("Active")),
        "GET_REMOTE_FULFILLMENT_ELIGIBILITY": _listings(stock.estimated),
        "FEE_DISCOUNTS_REPORT": _listings(stock.listings("Active")),
        # Orders
        "GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING": _orders(orders.lines(orders.is_waiting)),
        "GET_ORDER_REPORT_DATA_INVOICING": _whole(orders.lines(orders.is_mfn), "AmazonEnvelope", "OrderReport"),
        "GET_ORDER_REPORT_DATA_TAX": _whole(orders.lines(orders.is_mfn), "AmazonEnvelope", "OrderReport"),
        "GET_ORDER_REPORT_DATA_SHIPPING": _whole(orders.lines(orders.is_mfn), "AmazonEnvelope", "OrderReport"),
        "GET_FLAT_FILE_ORDER_REPORT_DATA_INVOICING": _orders(orders.lines(orders.is_mfn)),
        "GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING": _orders(orders.lines(orders.is_mfn)),
        "GET_FLAT_FILE_ORDER_REPORT_DATA_TAX": _orders(orders.lines(orders.is_mfn)),
        "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": _orders(orders.by_update),
        "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL": _orders(orders.by_date),
        "GET_FLAT_FILE_ARCHIVED_ORDERS_DATA_BY_ORDER_DATE": _orders(orders.by_date, 60 * DAY),
        "GET_XML_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": _whole(orders.by_update, "AmazonEnvelope", "Order"),
        "GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL": _whole(orders.by_date, "AmazonEnvelope", "Order"),
        "GET_FLAT_FILE_PENDING_ORDERS_DATA": _orders(_PENDING_ORDERS),
        "GET_PENDING_ORDERS_DATA": _whole(_PENDING_ORDERS, "AmazonEnvelope", "Order"),
        "GET_CONVERGED_FLAT_FILE_PENDING_ORDERS_DATA": _orders(_PENDING_ORDERS),
        "GET_EASYSHIP_DOCUMENTS": _orders(orders.lines(orders.is_mfn)),
        "GET_EASYSHIP_PICKEDUP": _orders(orders.shipments(orders.is_mfn)),
        "GET_EASYSHIP_WAITING_FOR_PICKUP": _orders(orders.lines(orders.is_waiting)),
        # Returns
        "GET_XML_RETURNS_DATA_BY_RETURN_DATE": _returns(MFN, root="return_details", element="return_detail"),
        "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE": _returns(MFN),
        "GET_XML_MFN_PRIME_RETURNS_REPORT": _returns(MFN, root="return_details", element="return_detail"),
        "GET_CSV_MFN_PRIME_RETURNS_REPORT": _returns(MFN),
        "GET_XML_MFN_SKU_RETURN_ATTRIBUTES_REPORT": Plan(stock.listings(), RETURNS),
        "GET_FLAT_FILE_MFN_SKU_RETURN_ATTRIBUTES_REPORT": Plan(stock.listings(), RETURNS),
        "GET_SELLER_FEEDBACK_DATA": Plan(orders.feedback, ORDER, dates="short"),
        # Money
        "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE": _SETTLEMENT,
        "GET_V2_SETTLEMENT_REPORT_DATA_XML": _SETTLEMENT,
        "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2": _SETTLEMENT,
        "GET_DATE_RANGE_FINANCIAL_HOLDS_DATA": Plan(orders.holds, ORDER),
        # What Amazon ships
        "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL": _SHIPPED,
        "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_INVOICING": _SHIPPED,
        "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_TAX": _SHIPPED,
        "GET_FBA_FULFILLMENT_CUSTOMER_SHIPMENT_SALES_DATA": _SHIPPED,
        "GET_FBA_FULFILLMENT_CUSTOMER_SHIPMENT_PROMOTION_DATA": _orders(orders.promotions),
        "GET_FBA_FULFILLMENT_CUSTOMER_TAXES_DATA": _SHIPPED,
        "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA": _returns(AFN),
        "GET_FBA_FULFILLMENT_CUSTOMER_SHIPMENT_REPLACEMENT_DATA": _orders(orders.replacements),
        # Stock
        "GET_AFN_INVENTORY_DATA": _stock(stock.stock()),
        "GET_AFN_INVENTORY_DATA_BY_COUNTRY": _stock(stock.region()),
        "GET_LEDGER_SUMMARY_VIEW_DATA": _stock(stock.ledger_summary, _HOUR, "ledger"),
        "GET_LEDGER_DETAIL_VIEW_DATA": _stock(stock.ledger, _HOUR, "ledger"),
        "GET_RESERVED_INVENTORY_DATA": _stock(stock.stock()),
        "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA": _stock(stock.stock()),
        "GET_FBA_MYI_ALL_INVENTORY_DATA": _stock(stock.stock()),
        "GET_RESTOCK_INVENTORY_RECOMMENDATIONS_REPORT": _stock(stock.planned),
        "GET_FBA_FULFILLMENT_INBOUND_NONCOMPLIANCE_DATA": _stock(stock.events("nc", 15)),
        "GET_STRANDED_INVENTORY_UI_DATA": _stock(stock.stock(25)),
        "GET_STRANDED_INVENTORY_LOADER_DATA": _stock(stock.stock(25)),
        "GET_FBA_STORAGE_FEE_CHARGES_DATA": _stock(stock.region()),
        "GET_FBA_OVERAGE_FEE_CHARGES_DATA": _stock(stock.overage),
        "GET_FBA_INVENTORY_PLANNING_DATA": _stock(stock.planned),
        "GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA": _stock(stock.estimated),
        "GET_FBA_REIMBURSEMENTS_DATA": _stock(stock.reimbursements, _HOUR),
        "GET_FBA_FULFILLMENT_LONGTERM_STORAGE_FEE_CHARGES_DATA": _stock(stock.events("lt", 20)),
        "GET_FBA_RECOMMENDED_REMOVAL_DATA": _stock(stock.region(10)),
        "GET_FBA_FULFILLMENT_REMOVAL_ORDER_DETAIL_DATA": Plan(stock.removal_orders, ORDER, _HALF_HOUR),
        "GET_FBA_FULFILLMENT_REMOVAL_SHIPMENT_DETAIL_DATA": Plan(stock.removal_shipments, ORDER, _HALF_HOUR),
        # Taxes
        "GST_MTR_STOCK_TRANSFER_REPORT": _TRANSFERS,
        "GET_GST_STR_ADHOC": _TRANSFERS,
        "GST_MTR_B2B": _BUSINESS,
        "GST_MTR_B2C": _PRIVATE,
        "GET_GST_MTR_B2B_CUSTOM": _BUSINESS,
        "GET_GST_MTR_B2C_CUSTOM": _PRIVATE,
        "GET_FLAT_FILE_SALES_TAX_DATA": _tax(orders.shipments(orders.is_all)),
        "SC_VAT_TAX_REPORT": _tax(orders.shipments(orders.is_all), "tax"),
        "GET_VAT_TRANSACTION_DATA": _tax(orders.shipments(orders.is_all), "vat"),
        "GET_FLAT_FILE_VAT_INVOICE_DATA_REPORT": _tax(orders.shipments(orders.is_all)),
        "GET_XML_VAT_INVOICE_DATA_REPORT": _tax(
            orders.shipments(orders.is_all), root="vat-invoice-report", element="invoice-line"
        ),
        "FBA_BULK_INVOICE": _tax(orders.shipments(orders.is_afn)),
        "GET_EPR_MONTHLY_REPORTS": _EPR,
        "GET_EPR_QUARTERLY_REPORTS": _EPR,
        "GET_EPR_ANNUAL_REPORTS": _EPR,
    }
)
