"""The datasets of Data Kiosk as tables: which query gives which rows, how it is asked, its columns out of the facts.

A column is the PascalCase of its field's path below the row; an amount has its currency beside it; a list is one column
of JSON text, and has a table of its own where people would want one. Must not know of SQL, nor how a query is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Literal

from amzsql.catalog.columns import pascal
from amzsql.catalog.glossary import description
from amzsql.catalog.model import (
    AccessPath,
    Column,
    ColumnSource,
    Entry,
    Pushdown,
    Table,
    TableBranch,
    TablePath,
)
from amzsql.spapi.data_kiosk import Dataset, KioskField, datasets, is_list, named
from amzsql.spapi.kiosk_query import DEPRECATED
from amzsql.spapi.model import Partner
from amzsql.spapi.records import changed
from amzsql.types import BIGINT, BOOLEAN, DATE, DOUBLE, JSON, MONEY, VARCHAR, SqlType

CREATE = "dataKiosk_2023-11-15.createQuery"
ROWS = "rows[]"
"""The array that the lines of a document are read as."""

_AMOUNT = "Amount"
_TYPES: Mapping[str, SqlType] = {"Boolean": BOOLEAN, "Date": DATE, "Float": DOUBLE, "Int": BIGINT, "Long": BIGINT}


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument that a pseudo-column sets: its `name` is its path among the query's (``aggregateBy.date``).

    `default`: what is sent if a statement says nothing: nothing if it is empty, ``*`` all that there is; `each`: one
    of these a query, as the rows do not tell them apart. `levels`: coarser values than the default, the coarsest first,
    with the columns that still tell products apart in them.
    """

    column: str
    name: str
    default: tuple[str, ...] = ()
    doc: str = ""
    each: bool = False
    levels: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """How a query is asked. `period`: the argument that says of which periods rows are; "": one of all days.

    `marketplaces`: by a list of them, by a filter for each with the products of `products`, by one alone, or not at
    all. `products`: the columns that name products, with the word for each, and how many a query takes (of each
    marketplace). `back` and `ahead`: how many days from today the first may lie back, and the last ahead. `settles`:
    after so many days figures change no more.
    """

    asked: tuple[Argument, ...] = ()
    period: str = ""
    marketplaces: Literal["list", "filters", "one", "none"] = "list"
    products: tuple[tuple[str, str], ...] = ()
    longest: int = 0
    back: int = 730
    ahead: int = 0
    settles: int = 4


PRODUCTS = frozenset(("ParentAsin", "ChildAsin", "Sku", "Msku", "Fnsku"))
"""The columns that tell products apart."""
_PARENT, _CHILD = ("ParentAsin",), ("ParentAsin", "ChildAsin")
# What is the same whether it is told of days and offers and added up, or of all of them at once. Visits are not: who
# looks at two offers of one product visits it once.
_ADDITIVE = frozenset(
    (
        *("unitsOrdered", "unitsOrderedB2B", "unitsRefunded", "unitsRefundedB2B", "unitsShipped", "unitsShippedB2B"),
        *("orderedProductSales", "orderedProductSalesB2B", "shippedProductSales", "shippedProductSalesB2B"),
        *("refundedProductSales", "netProductSales", "netUnitsSold", "totalOrderItems", "totalOrderItemsB2B", "total"),
        *("amount", "promotionAmount", "taxAmount", "totalAmount", "quantity"),
    )
)
# Of vendors, of whom a figure is told as units and their value; what is in stock, or open, is no sum of days.
_ADDITIVE_OF_VENDORS = frozenset(
    (
        *(f"{name}.{kind}" for name in ("orderedUnitsWithRevenue", "shippedUnitsWithRevenue", "netReceived")
          for kind in ("units", "value")),
        "customerSatisfaction.customerReturns",
    )
)  # fmt: skip
# Texts that a row of days has like one of a single day.
_LASTING = frozenset(("MarketplaceId", "FeeTypeName", "AdTypeName", "Name", "Asin", *PRODUCTS))
_BY = "By which days, weeks (from Sunday) or months rows are told; {} if nothing is said."
_TRAFFIC, _ECONOMICS = "analytics_salesAndTraffic_2024_04_24", "analytics_economics_2024_03_15"
_VENDOR = "analytics_vendorAnalytics_2024_09_30"
_VIEW = Shape(
    (
        Argument("AggregateBy", "aggregateBy", ("DAY",), _BY.format("DAY")),
        Argument("CurrencyCode", "currencyCode", (), "The currency that amounts are told in; US dollars without it."),
    ),
    "aggregateBy",
    "none",
)

SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        f"{_TRAFFIC}.salesAndTrafficByDate": Shape(
            (Argument("AggregateBy", "aggregateBy", ("DAY",), _BY.format("DAY")),), "aggregateBy"
        ),
        f"{_TRAFFIC}.salesAndTrafficByAsin": Shape(
            (
                Argument(
                    "AggregateBy",
                    "aggregateBy",
                    ("SKU",),
                    "What a row is of; SKU if nothing is said.",
                    levels=(("PARENT", _PARENT), ("CHILD", _CHILD)),
                ),
            )
        ),
        f"{_TRAFFIC}.salesAndTrafficTrends": Shape(
            (
                Argument("DateAggregation", "dateAggregation", ("DAY",), _BY.format("DAY")),
                Argument("AsinAggregation", "asinAggregation", ("CHILD",), "What a row is of."),
            ),
            "dateAggregation",
            "filters",
            (("ChildAsin", "asins"),),
            30,
        ),
        f"{_ECONOMICS}.economics": Shape(
            (
                Argument("AggregateByDate", "aggregateBy.date", ("DAY",), _BY.format("DAY")),
                Argument(
                    "AggregateByProductId",
                    "aggregateBy.productId",
                    ("MSKU",),
                    "What a row is of; MSKU without it.",
                    levels=(("PARENT_ASIN", _PARENT), ("CHILD_ASIN", _CHILD)),
                ),
            ),
            "aggregateBy.date",
            settles=31,
        ),
        f"{_ECONOMICS}.economicsPreview": Shape(
            (Argument("FeeType", "feeTypes", ("*",), "The fees that are foreseen; all of them without it."),),
            back=0,
            ahead=120,
        ),
        f"{_ECONOMICS}.economicsSimulation": Shape(
            (Argument("ActionType", "actionTypes", ("*",), "What is tried; each of it without it.", each=True),),
            marketplaces="one",
            products=(("Msku", "MSKU"), ("ChildAsin", "ASIN"), ("Fnsku", "FNSKU")),
            longest=100,
            back=0,
            ahead=90,
        ),
        f"{_VENDOR}.manufacturingView": _VIEW,
        f"{_VENDOR}.sourcingView": _VIEW,
    }
)
# The table of fees' components asks for those of all fees that have some.
_COMPONENTS = ("includeComponentsForFeeTypes", ("FBA_FULFILLMENT_FEE", "FBA_STORAGE_FEE"))

_SELLERS, _VENDORS = ("SellingPartner", "SellerCentral"), ("SellingPartner", "VendorCentral")
_PLACE = ("MarketplaceId", "StartDate", "EndDate")
_PRODUCT = (*_PLACE, "ParentAsin", "ChildAsin", "Sku")
_OFFER = (*_PLACE, "ParentAsin", "ChildAsin", "Msku", "Fnsku")
_ASKED = (
    "Amazon is asked for the columns that a statement reads, and takes one or two minutes to answer. A filter on "
    "StartDate is needed."
)
_DATES = "WHERE StartDate >= CURRENT_DATE - 30 AND EndDate <= CURRENT_DATE - 3"
_OFFERS = "Msku IN ('CAN-00000', 'STA-00001')"
_COMING = "WHERE StartDate = CURRENT_DATE AND EndDate = CURRENT_DATE + 30"


def _entry(
    name: str,
    query: str,
    doc: str,
    key: tuple[str, ...],
    example: str,
    array: str = "",
    names: tuple[tuple[str, str | None], ...] = (),
    fixed: tuple[tuple[str, object], ...] = (),
    always: tuple[str, ...] = (),
    typical_rows: int = 100,
    settling: str = "72 hours",
    hidden: tuple[str, ...] = (),
) -> Entry:
    """Return a table's entry: `typical_rows` are those of one period in one marketplace.

    `always` is asked for whatever a statement reads: without a field of its elements a list is not answered.
    """
    vendor, row = query.startswith(_VENDOR), f"{ROWS}.{array}[]" if array else ROWS
    ahead = SHAPES[query].ahead
    return Entry(
        name,
        f"{doc} {_ASKED}",
        (AccessPath(CREATE, row, query=query, names=names, fixed=fixed, always=always or ("marketplaceId",)),),
        key,
        schemas=_VENDORS if vendor else _SELLERS,
        first=key,
        hidden=hidden,
        typical_rows=typical_rows,
        example=example,
        change_column="",
        settling="" if ahead else settling,
        lookback="" if ahead else "730 days",
        zones=(("StartDate", "Marketplace"), ("EndDate", "Marketplace")),
    )


_OF_FEE = (("aggregatedDetail.", ""), ("startDate", "FeeStartDate"), ("endDate", "FeeEndDate"))
_OF_GROUP = (("groupByKey.", ""), ("metrics.", ""))
_BY_ASIN = ("metrics.groupByKey.asin",)
# Each splits the rows of a product further, where it is read.
_SPLITTING = ("ShipToCity", "ShipToCountryCode", "ShipToStateOrProvince", "ShipToZipCode", "VendorCode")


def _fees(name: str, query: str, whole: str, where: str) -> Entry:
    return _entry(
        name,
        f"{_ECONOMICS}.{query}",
        f"One row per fee of a row of {whole}, and per part of its days where Amazon changed the fee.",
        (*_OFFER, "FeeTypeName", "Identifier", "FeeStartDate"),
        f"SELECT Msku, FeeTypeName, TotalAmount FROM {name} {where}",
        "fees[].charges",
        _OF_FEE,
        always=("fees.charges.identifier",),
        typical_rows=300,
        settling="30 days",
    )


def _vendor(name: str, query: str, view: str) -> tuple[Entry, ...]:
    """Return the tables of a vendor's view: by product, and in all."""
    grouped = (
        "The hidden columns, where it was shipped to and the vendor's code, split the rows further where they are read."
    )
    return (
        _entry(
            name,
            f"{_VENDOR}.{query}",
            f"One row per product and day, week or month: what a vendor sold and has, {view}. {grouped}",
            (*_PLACE, "Asin"),
            f"SELECT Asin, StartDate, ShippedOrdersShippedUnitsWithRevenueUnits FROM {name} {_DATES}",
            "metrics",
            _OF_GROUP,
            always=_BY_ASIN,
            hidden=_SPLITTING,
        ),
        _entry(
            f"{name}Totals",
            f"{_VENDOR}.{query}",
            f"One row per day, week or month: what a vendor sold and has of all products, {view}.",
            _PLACE,
            f"SELECT StartDate, ShippedOrdersShippedUnitsWithRevenueUnits FROM {name}Totals {_DATES}",
            names=(("totals.", ""), ("metrics", None)),
            typical_rows=1,
        ),
    )


TABLES = (
    _entry(
        "SalesAndTrafficByDate",
        f"{_TRAFFIC}.salesAndTrafficByDate",
        "One row per day, week or month (AggregateBy): sales, orders, page views and sessions of all products.",
        _PLACE,
        f"SELECT StartDate, SalesUnitsOrdered, SalesOrderedProductSalesAmount FROM SalesAndTrafficByDate {_DATES}",
        typical_rows=1,
    ),
    _entry(
        "SalesAndTrafficByAsin",
        f"{_TRAFFIC}.salesAndTrafficByAsin",
        "One row per offer, product or parent (AggregateBy): its sales, page views and sessions over all the days that "
        "are asked for.",
        _PRODUCT,
        f"SELECT Sku, SalesUnitsOrdered, TrafficSessions FROM SalesAndTrafficByAsin {_DATES}",
        typical_rows=500,
    ),
    _entry(
        "SalesAndTrafficTrends",
        f"{_TRAFFIC}.salesAndTrafficTrends",
        "One row per product and day, week or month (DateAggregation): its sales, page views and sessions. Products "
        "are named by ChildAsin, thirty to a query and marketplace.",
        _PRODUCT,
        "SELECT StartDate, ChildAsin, SalesUnitsOrdered FROM SalesAndTrafficTrends "
        f"{_DATES} AND ChildAsin IN ('B00000I18C', 'B0063Z068R')",
        typical_rows=1,
    ),
    _entry(
        "Economics",
        f"{_ECONOMICS}.economics",
        "One row per offer, product or parent (AggregateByProductId) and day, week, month or all days "
        "(AggregateByDate): sales, fees, advertising and what is left.",
        _OFFER,
        f"SELECT Msku, SalesUnitsOrdered, NetProceedsTotalAmount FROM Economics {_DATES}",
        typical_rows=100,
        settling="30 days",
    ),
    _fees("EconomicsFees", "economics", "Economics", _DATES),
    _entry(
        "EconomicsFeeComponents",
        f"{_ECONOMICS}.economics",
        "One row per component of a fee of Economics, of those fees that have some: shipping by Amazon, and storage.",
        (*_OFFER, "FeeTypeName", "Identifier", "FeeStartDate", "Name"),
        f"SELECT Msku, FeeTypeName, Name, TotalAmount FROM EconomicsFeeComponents {_DATES}",
        "fees[].charges[].components",
        _OF_FEE,
        (_COMPONENTS,),
        ("fees.charges.components.name",),
        typical_rows=200,
        settling="30 days",
    ),
    _entry(
        "EconomicsAds",
        f"{_ECONOMICS}.economics",
        "One row per kind of advertising of a row of Economics, with what it cost.",
        (*_OFFER, "AdTypeName"),
        f"SELECT Msku, AdTypeName, TotalAmount FROM EconomicsAds {_DATES}",
        "ads",
        (("charge.", ""),),
        always=("ads.adTypeName",),
        settling="30 days",
    ),
    _entry(
        "EconomicsPreview",
        f"{_ECONOMICS}.economicsPreview",
        "One row per offer: what Amazon expects of it over the coming days that are asked for, 120 at most.",
        _OFFER,
        f"SELECT Msku, NetProceedsTotalAmount FROM EconomicsPreview {_COMING}",
    ),
    _fees("EconomicsPreviewFees", "economicsPreview", "EconomicsPreview", _COMING),
    _entry(
        "EconomicsSimulation",
        f"{_ECONOMICS}.economicsSimulation",
        "One row per offer: what it would bring over the coming days, 90 at most, in a program of Amazon's "
        "(ActionType). Offers are named by Msku, ChildAsin or Fnsku, or by a JSON list of Products.",
        _OFFER,
        f"SELECT Msku, NetProceedsTotalAmount FROM EconomicsSimulation {_COMING} AND {_OFFERS}",
        typical_rows=1,
    ),
    _fees(
        "EconomicsSimulationFees",
        "economicsSimulation",
        "EconomicsSimulation",
        f"{_COMING} AND {_OFFERS}",
    ),
    *_vendor("VendorAnalyticsManufacturing", "manufacturingView", "of the products that he makes"),
    _entry(
        "VendorAnalyticsForecasts",
        f"{_VENDOR}.manufacturingView",
        "One row per product and coming week: the demand that Amazon expects of what a vendor makes.",
        (*_PLACE, "Asin", "WeekNumber"),
        f"SELECT Asin, WeekStartDate, DemandMean, DemandP90 FROM VendorAnalyticsForecasts {_DATES}",
        "metrics[].metrics.forecasting",
        (("groupByKey.", ""), ("startDate", "WeekStartDate"), ("endDate", "WeekEndDate")),
        always=(*_BY_ASIN, "metrics.metrics.forecasting.weekNumber"),
        hidden=_SPLITTING,
    ),
    *_vendor("VendorAnalyticsSourcing", "sourcingView", "of the products that he delivers"),
)

NAMES = tuple(entry.name for entry in TABLES)


def shape_of(path: AccessPath) -> Shape:
    """Return how a path's query is asked."""
    return SHAPES[path.query]


def query_of(path: AccessPath) -> tuple[Dataset, KioskField]:
    """Return the facts of a path's query."""
    dataset, _, query = path.query.partition(".")
    found = datasets()[dataset]
    return found, found.queries[query]


def partner_of(path: AccessPath) -> Partner:
    """Return whose accounts Amazon answers."""
    return "vendor" if path.query.startswith(_VENDOR) else "seller"


def is_additive(path: TablePath, column: str) -> bool:
    """Tell whether a figure of several rows is the sum of theirs."""
    source = path.sources.get(column)
    steps = source.path.removesuffix(".amount").split(".") if source is not None and source.path else [""]
    if partner_of(path.declared) == "vendor":
        return ".".join(steps[-2:]) in _ADDITIVE_OF_VENDORS
    return steps[-1] in _ADDITIVE


def is_argument(table: Table, column: str) -> bool:
    """Tell whether a column sets an argument of a table's query, whose values are the schema's alone."""
    paths = [path.declared for path in table.paths if path.declared.query]
    return any(argument.column == column for path in paths for argument in shape_of(path).asked)


def is_lasting(column: str) -> bool:
    """Tell whether a column is the same in a row of one day and in a row of many."""
    return column in _LASTING


def required_columns(path: AccessPath) -> tuple[tuple[str, ...], ...]:
    """Return the columns without a filter on which a path's query cannot be asked; of each group one will do."""
    products = tuple(column for column, _ in shape_of(path).products)
    return (("StartDate",), *((products,) if products else ()))


# -- out of the facts --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A field that is a column: its path below its row, its type, its enum."""

    path: str
    type: SqlType
    enum: tuple[str, ...] = ()


@cache
def resolve(entry: Entry, schema: str) -> Table:
    """Return the table of an entry: its columns and their sources out of the facts."""
    declared = entry.paths[0]
    sources, columns = _sourced(declared)
    asked = {c.name: c for c in _asked(declared) if c.name not in columns}
    for argument in shape_of(declared).asked:
        if argument.column in asked:
            sources[argument.column] = ColumnSource(argument.column, parameter=argument.name)
    if "Products" in asked:
        sources["Products"] = ColumnSource("Products", parameter="products")
    columns |= asked
    from amzsql.catalog.registry import COMMON

    columns |= {name: changed(columns[name], hidden=True) for name in entry.hidden}
    first = [columns[name] for name in entry.first]
    ordered = (*first, *(c for name, c in columns.items() if name not in entry.first), *COMMON)
    row = declared.row_path or ROWS
    made = replace(declared, pushdowns=tuple(_pushdowns(declared, sources)))
    path = TablePath(made, row, sources, (TableBranch(row, sources),), every_row=row == ROWS)
    return Table(schema, replace(entry, paths=(made,)), ordered, (path,), {c.name.lower(): c for c in ordered})


def _sourced(declared: AccessPath) -> tuple[dict[str, ColumnSource], dict[str, Column]]:
    """Return where each column stands, and the columns: what tells the rows around apart comes first."""
    dataset, query = query_of(declared)
    steps = (declared.row_path or ROWS).split("[]")[1:-1]
    at, of = ROWS, named(query.type)
    sources: dict[str, ColumnSource] = {}
    columns: dict[str, Column] = {}
    for step in (*steps, ""):
        names = () if at == ROWS and step else declared.names
        leaves = _leaves(dataset, of) if not step else _carried(dataset, of)
        for leaf in leaves:
            if name := _name(leaf, names):
                sources[name] = ColumnSource(name, f"{at}.{leaf.path}")
                columns[name] = _column(name, leaf)
        if step:
            at, of = f"{at}{step}[]", _below(dataset, of, step.lstrip("."))
    by_path = {source.path: name for name, source in sources.items()}
    for name, column in columns.items():
        if column.type == MONEY:
            currency = by_path[f"{sources[name].path.removesuffix('amount')}currencyCode"]
            columns[name] = changed(column, currency=currency)
    return sources, columns


def _carried(dataset: Dataset, of: str) -> Iterator[_Leaf]:
    """Yield the fields of a type that tell its rows apart."""
    yield from _leaves(dataset, of, deep=False)
    if (group := dataset.types[of].get("groupByKey")) is not None:
        yield from _leaves(dataset, named(group.type), "groupByKey.", deep=False)


def _below(dataset: Dataset, of: str, path: str) -> str:
    """Return the type at a path below a type."""
    for step in path.split("."):
        of = named(dataset.types[of][step].type)
    return of


def _leaves(dataset: Dataset, of: str, prefix: str = "", *, deep: bool = True) -> Iterator[_Leaf]:
    """Yield the fields of a type that are columns; not `deep`: only its own that are no list and no object."""
    for name, field in dataset.types[of].items():
        kind, path = named(field.type), f"{prefix}{name}"
        if (of, name) in DEPRECATED:
            continue
        if is_list(field.type):
            if deep:
                yield _Leaf(path, JSON)
        elif kind in dataset.types:
            if deep:
                yield from _leaves(dataset, kind, f"{path}.")
        else:
            money = of == _AMOUNT and name == "amount"
            yield _Leaf(path, MONEY if money else _TYPES.get(kind, VARCHAR), dataset.enums.get(kind, ()))


def _name(leaf: _Leaf, names: tuple[tuple[str, str | None], ...]) -> str:
    """Return the column of a field, "" where it is dropped; ``totalAmount.amount`` is the TotalAmount."""
    path = leaf.path
    for start, name in names:
        if path == start:
            return name or ""
        if start.endswith(".") and path.startswith(start):
            path = f"{name}{path[len(start) :]}"
    holder, _, last = path.rpartition(".")
    if leaf.type == MONEY and last == "amount" and holder.endswith(("amount", "Amount")):
        return pascal(holder)
    return pascal(path)


def _column(name: str, leaf: _Leaf) -> Column:
    return Column(name, leaf.type, enum=leaf.enum, doc=description(name))


def _asked(declared: AccessPath) -> Iterator[Column]:
    """Yield the pseudo-columns that set arguments."""
    dataset, query = query_of(declared)
    for argument in shape_of(declared).asked:
        enum = dataset.enums.get(argument_type(dataset, query, argument.name), ())
        yield Column(argument.column, VARCHAR, hidden=True, enum=enum, doc=argument.doc)
    if "products" in query.arguments:
        yield Column("Products", JSON, hidden=True, doc="The offers that are asked for, as a JSON list of objects.")


def argument_type(dataset: Dataset, query: KioskField, name: str) -> str:
    """Return the name of an argument's type; of an object's field by its path."""
    first, *rest = name.split(".")
    of = named(query.arguments[first])
    for step in rest:
        of = named(dataset.inputs[of][step])
    return of


def _pushdowns(declared: AccessPath, sources: Mapping[str, ColumnSource]) -> Iterator[Pushdown]:
    """Yield what Amazon is asked by, for whoever lists it."""
    shape = shape_of(declared)
    yield Pushdown("StartDate", ">=", "startDate")
    yield Pushdown("EndDate", "<", "endDate")
    if shape.marketplaces != "none":
        yield Pushdown("MarketplaceId", "=", "marketplaceIds", default="marketplaces")
    for column, _ in shape.products:
        yield Pushdown(column, "=", "asins" if shape.marketplaces == "filters" else "products", longest=shape.longest)
    for argument in shape.asked:
        yield Pushdown(argument.column, "=", argument.name, exact=True)
    if "Products" in sources:
        yield Pushdown("Products", "=", "products", exact=True)
