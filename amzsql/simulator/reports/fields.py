"""What stands in a column, found by its name: of products, of orders, of taxes; made up where nobody knows.

Names are compared without case and punctuation. Owns the meaning of columns; never which rows there are, nor how a
value is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from amzsql.simulator.apis import orders as buyers
from amzsql.simulator.world import AFN, CANCELED, DAY, MARKETS, PARTIAL, PENDING, SHIPPED, UNSHIPPED

from .facts import Column
from .scope import Cents, Field, Fields, Moment, Row, Scope, plain

_STATUS = {
    PENDING: "Pending", UNSHIPPED: "Unshipped", PARTIAL: "Shipping", SHIPPED: "Shipped", CANCELED: "Cancelled",
}  # fmt: skip
_LEVELS = ("Standard", "Expedited", "NextDay")
_CENTERS = ("PHX7", "SDF8", "ONT8", "MDW2", "LEJ1", "NRT5")


def fixed(value: object) -> Field:
    """Return a field that is always the same."""
    return lambda _s, _r: value


def center(_: Scope, row: Row) -> str:
    """Return the fulfilment centre that a row is about."""
    return _CENTERS[row.pick("center", len(_CENTERS))]


def _size(row: Row) -> int:
    return 4 + row.sku.number % 17


PRODUCT: Fields = MappingProxyType(
    {
        **dict.fromkeys(("sku", "sellersku", "merchantsku", "msku"), lambda _, r: r.sku.code),
        **dict.fromkeys(("asin", "asin1"), lambda _, r: r.sku.asin),
        **dict.fromkeys(("fnsku", "fulfillmentchannelsku"), lambda _, r: r.sku.fnsku),
        **dict.fromkeys(
            ("productname", "itemname", "title", "itemdescription", "productdescription"), lambda _, r: r.sku.title
        ),
        **dict.fromkeys(("yourprice", "salesprice", "price", "saleprice"), lambda _, r: Cents(r.price)),
        **dict.fromkeys(
            ("currency", "currencycode", "currencyunit", "transactioncurrencycode"),
            lambda _, r: MARKETS[r.market].place.currency,
        ),
        **dict.fromkeys(("country", "countrycode"), lambda _, r: MARKETS[r.market].place.country),
        **dict.fromkeys(("condition", "conditiontype"), fixed("New")),
        **dict.fromkeys(("brand", "supplier"), lambda _, r: r.sku.brand),
        **dict.fromkeys(("marketplaceid", "marketplace"), lambda _, r: MARKETS[r.market].place.id),
        **dict.fromkeys(("snapshotdate", "forecastgenerationdate"), lambda s, _: Moment(s.made // DAY * DAY)),
        **dict.fromkeys(("productgroup", "category"), fixed("Home")),
        **dict.fromkeys(("fulfillmentcenterid", "fulfillmentcenter", "location", "warehouseid"), center),
        **dict.fromkeys(("unitofdimension", "measurementunits"), fixed("inches")),
        **dict.fromkeys(("unitofweight", "weightunits", "weightunit"), fixed("pounds")),
        **dict.fromkeys(("volumeunit", "volumeunits", "volumeunitmeasurement"), fixed("cubic feet")),
        "fulfilledby": lambda _, r: "Amazon" if r.sku.channel == AFN else "Merchant",
        "quantity": lambda _, r: r.sku.stock,
        "ean": lambda _, r: r.sku.ean,
        "longestside": lambda _, r: Cents(_size(r) * 100),
        "medianside": lambda _, r: Cents(_size(r) * 75),
        "shortestside": lambda _, r: Cents(_size(r) * 50),
        "lengthandgirth": lambda _, r: Cents(_size(r) * 350),
        **dict.fromkeys(("itempackageweight", "weight", "itemweight"), lambda _, r: Cents(round(_size(r) * 100 / 7))),
        **dict.fromkeys(
            ("itemvolume", "perunitvolume", "unitvolume"), lambda _, r: Cents(_size(r) ** 3 * 3 // 8 * 100 // 1728)
        ),
        "date": lambda _, r: Moment(r.at),
        "mfnfulfillmenttype": fixed("MFN"),
        "afnfulfillmenttype": fixed("AFN"),
        "merchantid": lambda s, _: s.world.seller_id,
        "sellerid": lambda s, _: s.world.seller_id,
    }
)


def _priced(cents: int, row: Row) -> object:
    """Return an amount of an order; nothing of one that is not paid, or that only reports know."""
    return "" if row.head.status == PENDING or row.values else Cents(cents)


def _shipped(_: Scope, row: Row) -> object:
    return Moment(row.head.shipped) if row.head.shipped else ""


def _address(part: int) -> Field:
    return lambda _, r: buyers.city(r.head)[part]


def _promotion(_: Scope, row: Row) -> str:
    return f"Save 10% SIM-{row.sku.number % 7}" if row.item.discount else ""


def _channel(_: Scope, row: Row) -> str:
    return "Amazon" if row.head.channel == AFN else "Merchant"


def _yes(value: bool) -> str:
    return "true" if value else "false"


_SHIP_TO = ("shipcity", "shiptocity", "billcity", "arrivalcity", "addresscity", "mailingaddresscity")
_STATES = (
    "shipstate",
    "shiptostate",
    "billstate",
    "addressstate",
    "addressstateorregion",
    "mailingaddressstateorregion",
)
_CODES = (
    "shippostalcode", "shiptopostalcode", "billpostalcode", "billtopostalcode", "billtopostalcode", "arrivalpostcode",
    "addresspostalcode", "mailingaddresspostalcode",
)  # fmt: skip
_LANDS = (
    "shipcountry", "shiptocountry", "billcountry", "billtocountry", "arrivalcountry", "salearrivalcountry",
    "addresscountry", "addresscountrycode", "mailingaddresscountrycode", "shipfromcountry", "departurecountry",
)  # fmt: skip
_NAMES = ("buyername", "recipientname", "billingname", "addressname", "fullname")
_PHONES = ("buyerphonenumber", "shipphonenumber", "billingphonenumber", "addressphonenumber")

ORDER: Fields = MappingProxyType(
    {
        **PRODUCT,
        **dict.fromkeys(
            ("orderid", "amazonorderid", "merchantorderid", "replacementcustomerorderid"), lambda _, r: r.order_id
        ),
        **dict.fromkeys(
            ("orderitemid", "amazonorderitemid", "amazonorderitemcode", "orderitemcode", "merchantorderitemid",
             "legacycustomerorderitemid", "transactionitemid"),
            lambda _, r: f"{r.item.number:014}",
        ),
        **dict.fromkeys(("purchasedate", "orderdate"), lambda _, r: Moment(r.head.created)),
        **dict.fromkeys(("paymentsdate", "orderposteddate"), lambda _, r: Moment(r.head.created + 1800)),
        "lastupdateddate": lambda _, r: Moment(r.head.updated),
        **dict.fromkeys(("shipmentdate", "transactiondepartdate", "transactioncompletedate"), _shipped),
        "reportingdate": lambda _, r: Moment((r.head.shipped or r.head.created) + 3600),
        "promisedate": lambda _, r: Moment(buyers.ship_window(r.head)[1]),
        "estimatedarrivaldate": lambda _, r: Moment(buyers.delivery_window(r.head)[1]),
        "dayspastpromise": lambda s, r: (s.made - buyers.ship_window(r.head)[1]) // DAY,
        **dict.fromkeys(("orderstatus", "itemstatus"), lambda _, r: _STATUS[r.head.status]),
        **dict.fromkeys(("fulfillmentchannel", "fulfillment", "fulfillmentmethod"), _channel),
        **dict.fromkeys(("saleschannel", "marketplacename"), lambda _, r: MARKETS[r.market].place.sales_channel),
        **dict.fromkeys(
            ("shipservicelevel", "fulfillmentservicelevel"), lambda _, r: _LEVELS[buyers.level(r.head)]
        ),
        **dict.fromkeys(
            ("quantity", "quantitypurchased", "orderquantity", "qty"), lambda _, r: r.item.quantity
        ),
        "quantityshipped": lambda _, r: r.item.shipped,
        "quantitytoship": lambda _, r: r.item.quantity - r.item.shipped,
        "itemprice": lambda _, r: _priced(r.item.price, r),
        "itempriceperunit": lambda _, r: _priced(r.item.unit, r),
        "itemtax": lambda _, r: _priced(r.item.tax, r),
        "shippingprice": lambda _, r: _priced(r.item.shipping, r),
        "shippingtax": lambda _, r: _priced(r.item.shipping_tax, r),
        **dict.fromkeys(("giftwrapprice", "giftwraptax", "shippromotiondiscount"), lambda _, r: _priced(0, r)),
        "itempromotiondiscount": lambda _, r: _priced(r.item.discount, r),
        **dict.fromkeys(("promotionids", "itempromotionid", "promotionid", "promotionidentifier"), _promotion),
        **dict.fromkeys(_SHIP_TO, _address(0)),
        **dict.fromkeys(_STATES, _address(1)),
        **dict.fromkeys(_CODES, _address(2)),
        **dict.fromkeys(_LANDS, lambda _, r: MARKETS[r.market].place.country),
        **dict.fromkeys(_NAMES, lambda _, r: buyers.buyer_name(r.head)),
        **dict.fromkeys(_PHONES, lambda _, r: buyers.phone(r.head)),
        **dict.fromkeys(("buyeremail", "buyeremailaddress", "rateremail"), lambda _, r: buyers.buyer_email(r.head)),
        **dict.fromkeys(
            ("shipaddress1", "billaddress1", "addressfieldone", "arrivaladdress"), lambda _, r: buyers.street(r.head)
        ),
        "isbusinessorder": lambda _, r: _yes(r.head.business),
        "isprime": lambda _, r: _yes(r.head.prime),
        "isreplacementorder": lambda _, r: _yes(buyers.replacement(r.head) is not None),
        "pricedesignation": lambda _, r: "Business Price" if r.head.business else "",
        "signatureconfirmationrecommended": fixed("false"),
        **dict.fromkeys(("shipmentid", "shippingid"), lambda _, r: f"S{r.number:09}"),
        "shipmentitemid": lambda _, r: f"D{r.item.number:014}",
        **dict.fromkeys(("carrier", "returncarrier"), fixed("AMZN_US")),
        **dict.fromkeys(("trackingnumber", "trackingid"), lambda _, r: f"TBA{r.item.number % 10**12:012}"),
        "date": lambda _, r: Moment(r.at),
        "shipmentstatus": fixed("PickedUp"),
        "pickupdate": lambda _, r: Moment(r.head.created + DAY),
        "paymentmethoddetails": fixed("CreditCard"),
        **dict.fromkeys(("orderchannel", "cpf"), fixed("")),
        "purchaseordernumber": lambda _, r: buyers.purchase_number(r.head),
        "buyercompanyname": lambda _, r: buyers.company(r.head),
        "producttaxcode": fixed("A_GEN_STANDARD"),
        "url": fixed(""),
    }
)  # fmt: skip

RETURNS: Fields = MappingProxyType(
    {
        **ORDER,
        **dict.fromkeys(("returndate", "returnrequestdate"), lambda _, r: Moment(r.at)),
        "returndeliverydate": lambda _, r: Moment(r.at + DAY // 2),
        **dict.fromkeys(("quantity", "returnquantity"), lambda _, r: r.item.shipped),
        "detaileddisposition": lambda _, r: ("SELLABLE", "CUSTOMER_DAMAGED", "DEFECTIVE")[r.pick("disposition", 3)],
        **dict.fromkeys(
            ("reason", "returnreason"),
            lambda _, r: ("UNWANTED_ITEM", "DEFECTIVE", "NOT_AS_DESCRIBED", "ORDERED_WRONG_ITEM")[r.pick("reason", 4)],
        ),
        "status": fixed("Unit returned to inventory"),
        "licenseplatenumber": lambda _, r: f"LPN{r.item.number % 10**10:010}",
        "customercomments": fixed(""),
        "returnrequeststatus": fixed("Approved"),
        "amazonrmaid": lambda _, r: f"D{r.number:08}RRMA",
        "labeltype": fixed("AmazonUnPaidLabel"),
        "labelcost": fixed(Cents(0)),
        "labeltobepaidby": fixed("Customer"),
        "atozclaim": fixed("N"),
        "isprime": lambda _, r: "Y" if r.head.prime else "N",
        "inpolicy": fixed("Y"),
        "returntype": fixed("C-Returns"),
        "resolution": fixed("StandardRefund"),
        "orderamount": lambda _, r: Cents(r.item.price),
        "refundedamount": lambda _, r: Cents(r.item.total),
        "safetclaimreimbursementamount": fixed(""),
        "safetclaimcreationtime": fixed(""),
    }
)


def _taxed(row: Row) -> int:
    return row.item.price - row.item.discount + row.item.shipping


def _tax(row: Row) -> int:
    return row.item.tax + row.item.shipping_tax


def _rate(_: Scope, row: Row) -> object:
    return f"{MARKETS[row.market].tax / 10_000:.4f}"


_INCLUSIVE = (
    "priceofitemsamtvatincl", "ourpricetaxinclusivesellingprice", "itemvatinclamount", "displaypricetaxinclusive",
    "displayprice", "totalpriceofitemsamtvatincl",
)  # fmt: skip
_EXCLUSIVE = (
    "priceofitemsamtvatexcl", "ourpricetaxexclusivesellingprice", "itemvatexclamount", "taxexclusivesellingprice",
    "principalamountbasis", "totalpriceofitemsamtvatexcl",
)  # fmt: skip
_OF_ITEMS = (
    "priceofitemsvatamt", "ourpricetaxamount", "itemvatamount", "taxamount", "igsttax", "totalpriceofitemsvatamt",
)  # fmt: skip

TAX: Fields = MappingProxyType(
    {
        **ORDER,
        **dict.fromkeys(_INCLUSIVE, lambda _, r: Cents(r.item.price + r.item.tax)),
        **dict.fromkeys(_EXCLUSIVE, lambda _, r: Cents(r.item.price)),
        **dict.fromkeys(_OF_ITEMS, lambda _, r: Cents(r.item.tax)),
        **dict.fromkeys(
            ("shipchargeamtvatexcl", "shippingtaxexclusivesellingprice", "shippingvatexclamount",
             "shippingamountbasis"),
            lambda _, r: Cents(r.item.shipping),
        ),
        **dict.fromkeys(
            ("shipchargevatamt", "shippingtaxamount", "shippingvatamount", "shippingigsttax"),
            lambda _, r: Cents(r.item.shipping_tax),
        ),
        **dict.fromkeys(
            ("shipchargeamtvatincl", "shippingtaxinclusivesellingprice", "shippingvatinclamount", "shippingamount"),
            lambda _, r: Cents(r.item.shipping + r.item.shipping_tax),
        ),
        **dict.fromkeys(
            ("invoiceamount", "totalactivityvalueamtvatincl", "invoicevalue"), lambda _, r: Cents(_taxed(r) + _tax(r))
        ),
        **dict.fromkeys(
            ("taxexclusivegross", "totalactivityvalueamtvatexcl", "taxablevalue", "taxableamount"),
            lambda _, r: Cents(_taxed(r)),
        ),
        **dict.fromkeys(
            ("totaltaxamount", "totalactivityvaluevatamt", "totaltax", "igstamount"), lambda _, r: Cents(_tax(r))
        ),
        "principalamount": lambda _, r: Cents(r.item.price + r.item.tax),
        **dict.fromkeys(
            ("itempromodiscount", "itempromovatexclamount", "promopriceofitemsamtvatexcl"),
            lambda _, r: Cents(r.item.discount),
        ),
        **dict.fromkeys(
            ("taxrate", "igstrate", "priceofitemsvatratepercent", "itemvatrate", "taxedjurisdictiontaxrate"), _rate
        ),
        **dict.fromkeys(
            ("invoicenumber", "vatinvnumber", "vatinvoicenumber"), lambda _, r: f"INV-{r.number:08}"
        ),
        **dict.fromkeys(("invoicedate", "taxcalculationdate", "posteddate"), _shipped),
        "transactiontype": fixed("Shipment"),
        **dict.fromkeys(("transactionid", "activitytransactionid", "transactioneventid"), lambda _, r: r.order_id),
        "activityperiod": lambda s, r: s.day(r.at).strftime("%Y-%b").upper(),
        "uniqueaccountidentifier": lambda s, _: s.world.seller_id,
        "isamazoninvoiced": fixed("true"),
        "invoicestatus": fixed("PENDING"),
        "programtype": fixed("REGULAR"),
        "taxreportingscheme": fixed("REGULAR"),
        "taxcollectionresponsibility": fixed("SELLER"),
        "producttaxcode": fixed("A_GEN_STANDARD"),
        "taxtype": fixed("VAT"),
        "ahrstatus": fixed("GREAT"),
    }
)  # fmt: skip


# What no field names follows from the kind of the column and, for text, from how its name ends.
_NAMED: tuple[tuple[str, Field], ...] = (
    (r"email", fixed("")),
    (r"date|time$", lambda _, r: Moment(r.at)),
    (r"currency(code)?$", lambda _, r: MARKETS[r.market].place.currency),
    (r"country(code)?$", lambda _, r: MARKETS[r.market].place.country),
    (r"marketplaceid$", lambda _, r: MARKETS[r.market].place.id),
    (r"asin$", lambda _, r: r.sku.asin),
)
_AMOUNT = re.compile(r"(amount|price|fee|charge|cost|tax|value|total|discount|savings|ltsf9mo|ltsf12mo|rate|amt)\w*$")
_COUNT = re.compile(
    r"(quantity|qty|units?|counts?(?![yr])|days|weeks|supply|balance|receipts|found|lost|damaged|disposed)\w*$"
)
_ID = re.compile(r"(id|number|no)$")
_WORD = re.compile(r"(code|role|type|level|name|reason|description|domain|status|url|details)$")
_PLAIN_FEE = re.compile(r"fee|cost|ltsf|savings")


def made_up(column: Column) -> Field:
    """Return the field of a column that nobody knows: the same for the same row."""
    name = plain(column.name)
    last = plain(column.name.rstrip(".").rpartition(".")[2])
    by_kind = _KINDS.get("share" if column.kind == "num" and last.endswith("rate") else column.kind)
    if by_kind is not None:
        return by_kind(name)
    if "|" in column.kind:
        values = column.kind.split("|")
        # The first of the states is that of whom all goes well for.
        return fixed(values[0]) if last.endswith("status") else lambda _, r: values[r.pick(name, len(values))]
    return next((field for pattern, field in _NAMED if re.search(pattern, last)), None) or _text(last)


_KINDS: Mapping[str, Callable[[str], Field]] = MappingProxyType(
    {
        "int": lambda n: lambda _, r: r.pick(n, 50),
        "num": lambda n: lambda _, r: Cents(r.pick(n, 20_000)),
        "share": lambda n: lambda _, r: Cents(r.pick(n, 100)),
        "percent": lambda n: lambda _, r: Cents(r.pick(n, 10_000)),
        "bool": lambda n: lambda _, r: r.pick(n, 2) == 1,
        "time": lambda _: lambda _, r: Moment(r.at),
        "date": lambda _: lambda _, r: Moment(r.at),
    }
)


def _text(name: str) -> Field:
    if _WORD.search(name):
        return fixed("")
    if _PLAIN_FEE.search(name):
        return lambda _, r: Cents(r.pick(name, 900))
    if _AMOUNT.search(name):
        return fixed(Cents(0))
    if _COUNT.search(name):
        return lambda _, r: r.pick(name, 12)
    if _ID.search(name):
        return lambda _, r: f"{r.number:06}{r.pick(name, 10_000):04}"
    return fixed("")


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a column: `made` follows from the row; what the row itself knows under `names` wins."""

    names: tuple[str, ...]
    made: Field
    kind: str

    def __call__(self, scope: Scope, row: Row) -> object:
        """Return the value of the column in a row."""
        for name in self.names:
            if name in row.values:
                return row.values[name]
        return self.made(scope, row)


def cell_of(column: Column, known: Fields) -> Cell:
    """Return what stands in a column: a known field by the longest end of its path, else a made-up one."""
    parts = column.name.replace("[]", "").split(".")
    names = [plain("".join(parts[n:])) for n in range(len(parts))]
    # Without the last part: money is a field, its amount is not.
    if parts[-1] in ("amount", "value") and len(parts) > 1:
        names.append(plain(parts[-2]))
    found = next((known[n] for n in names if n in known), None) or made_up(column)
    return Cell(tuple(names), found, column.kind)
