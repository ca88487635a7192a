"""Rows of the reports that count: sales and traffic, brand analytics, what vendors see, promotions, page views.

Sales are added up from the orders, as getOrderMetrics does: cancelled orders do not count, days are the marketplace's.
Traffic is made up around the sales.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from amzsql.simulator.apis import finances
from amzsql.simulator.world import CANCELED, DAY, MARKETS, Head, Sku, local_price

from . import orders
from .scope import ABSENT, Cents, Moment, Row, Scope, Source

_HOUR = 3600
Period = tuple[date, date]


@dataclass(slots=True)
class Tally:
    """Sums over orders; `cents` are prices of lines without tax, shipping and discounts."""

    orders: int = 0
    lines: int = 0
    units: int = 0
    cents: int = 0
    lines_b2b: int = 0
    units_b2b: int = 0
    cents_b2b: int = 0
    orders_shipped: int = 0
    units_shipped: int = 0
    cents_shipped: int = 0
    refunded: int = 0

    def add(self, head: Head, quantity: int, cents: int, first: bool, refunded: bool) -> None:
        """Count a line of an order; `first` is its first one."""
        self.orders += first
        self.lines += 1
        self.units += quantity
        self.cents += cents
        if head.business:
            self.lines_b2b += 1
            self.units_b2b += quantity
            self.cents_b2b += cents
        if head.shipped:
            self.orders_shipped += first
            self.units_shipped += quantity
            self.cents_shipped += cents
        self.refunded += quantity if refunded else 0


def tallies(scope: Scope, market: int, after: int, before: int) -> dict[int, Tally]:
    """Add up the orders of a marketplace bought in [after, before), as they stand: by SKU, and all of them under -1."""
    sums: dict[int, Tally] = {}
    world, ledger = scope.world, finances.Ledger(scope.book, scope.made)
    for head in map(ledger.book.head, range(world.first_created(after), world.first_created(before))):
        if head.market != market or head.status == CANCELED:
            continue
        refunded = len(ledger.entries(head)) > 1
        for position, (number, quantity) in enumerate(world.lines(head)):
            cents = local_price(world.sku(number), market) * quantity
            sums.setdefault(number, Tally()).add(head, quantity, cents, True, refunded)
            sums.setdefault(-1, Tally()).add(head, quantity, cents, position == 0, refunded)
    return sums


def periods(scope: Scope, unit: str) -> Iterator[Period]:
    """Yield the first and last day of every period that the window touches and of which the world knows something."""
    world = scope.world
    first = max(_day(scope, "dataStartTime", scope.start), scope.day(world.start))
    last = min(_day(scope, "dataEndTime", scope.end - 1), scope.day(min(scope.made, world.latest)))
    at = _BEGINS[unit](first)
    while at <= last:
        following = _BEGINS[unit](at + timedelta(days=_LONGEST[unit]))
        yield at, following - timedelta(days=1)
        at = following


def _day(scope: Scope, name: str, default: int) -> date:
    text = scope.report.get(name)
    return date.fromisoformat(text[:10]) if text else scope.day(default)


_BEGINS: Mapping[str, Callable[[date], date]] = MappingProxyType(
    {
        "DAY": lambda d: d,
        "WEEK": lambda d: d - timedelta(days=(d.weekday() + 1) % 7),
        "MONTH": lambda d: d.replace(day=1),
        "QUARTER": lambda d: d.replace(month=(d.month - 1) // 3 * 3 + 1, day=1),
        "YEAR": lambda d: d.replace(month=1, day=1),
    }
)
# Added to the first day, these lead into the next period.
_LONGEST = MappingProxyType({"DAY": 1, "WEEK": 7, "MONTH": 31, "QUARTER": 92, "YEAR": 366})
Counted = Callable[[Scope, Row, Tally], dict[str, object]]


def _spans(scope: Scope, option: str, default: str) -> Iterator[tuple[Period, int, int]]:
    unit = scope.options.get(option) or default
    for period in periods(scope, unit if unit in _BEGINS else default):
        yield period, scope.midnight(period[0]), scope.midnight(period[1] + timedelta(days=1))


def _dated(period: Period) -> dict[str, object]:
    first, last = (d.isoformat() for d in period)
    return {"startdate": first, "enddate": last, "date": first}


def by_date(counted: Counted, option: str = "reportPeriod", default: str = "DAY") -> Source:
    """Return a row for each period with the sums over all products."""

    def source(scope: Scope) -> Iterator[Row]:
        for period, after, before in _spans(scope, option, default):
            tally = tallies(scope, scope.market, after, before).get(-1, Tally())
            row = Row(0, after, scope.market, scope.world.draws("an", after // DAY))
            yield row._replace(values={**_dated(period), **counted(scope, row, tally)})

    return source


def by_asin(counted: Counted, option: str = "reportPeriod", default: str = "DAY") -> Source:
    """Return a row for each period and product that was sold in it; the options asin and asins pick some."""

    def source(scope: Scope) -> Iterator[Row]:
        for period, after, before in _spans(scope, option, default):
            sums = tallies(scope, scope.market, after, before)
            for sku in _picked(scope, (scope.world.sku(n) for n in sorted(sums) if n >= 0)):
                row = _of_sku(scope, sku, after, "an")
                yield row._replace(values={**_dated(period), **counted(scope, row, sums[sku.number])})

    return source


def over_window(counted: Counted) -> Source:
    """Return a row for each product that was sold in the window as a whole."""

    def source(scope: Scope) -> Iterator[Row]:
        spans = list(_spans(scope, "", "DAY"))
        if not spans:
            return
        sums = tallies(scope, scope.market, spans[0][1], spans[-1][2])
        for number in sorted(n for n in sums if n >= 0):
            row = _of_sku(scope, scope.world.sku(number), spans[0][1], "an")
            yield row._replace(values=counted(scope, row, sums[number]))

    return source


def _picked(scope: Scope, skus: Iterator[Sku]) -> Iterator[Sku]:
    wanted = (scope.options.get("asins") or scope.options.get("asin") or "").replace(",", " ").split()
    return (s for s in skus if not wanted or s.asin in wanted)


def _of_sku(scope: Scope, sku: Sku, at: int, kind: str) -> Row:
    price = local_price(sku, scope.market)
    return Row(sku.number, at, scope.market, scope.world.draws(kind, sku.number), sku, price=price)


def _share(part: int, whole: int) -> Cents:
    """Return a part in percent."""
    return Cents(min(10_000, part * 10_000 // whole) if whole else 0)


def sales(scope: Scope, row: Row, t: Tally) -> dict[str, object]:
    """Return what sales and traffic say of a tally; a product is named as closely as it was asked for."""
    grain = scope.options.get("asinGranularity", "PARENT")
    return {
        "orderedproductsales": Cents(t.cents),
        "orderedproductsalesb2b": Cents(t.cents_b2b),
        "unitsordered": t.units,
        "unitsorderedb2b": t.units_b2b,
        "totalorderitems": t.lines,
        "totalorderitemsb2b": t.lines_b2b,
        "averagesalesperorderitem": Cents(t.cents // (t.lines or 1)),
        "averagesalesperorderitemb2b": Cents(t.cents_b2b // (t.lines_b2b or 1)),
        "averageunitsperorderitem": Cents(t.units * 100 // (t.lines or 1)),
        "averageunitsperorderitemb2b": Cents(t.units_b2b * 100 // (t.lines_b2b or 1)),
        "averagesellingprice": Cents(t.cents // (t.units or 1)),
        "averagesellingpriceb2b": Cents(t.cents_b2b // (t.units_b2b or 1)),
        "unitsrefunded": t.refunded,
        "refundrate": _share(t.refunded, t.units),
        "claimsgranted": 0,
        "claimsamount": Cents(0),
        "shippedproductsales": Cents(t.cents_shipped),
        "unitsshipped": t.units_shipped,
        "ordersshipped": t.orders_shipped,
        **_traffic(row, t),
        "parentasin": row.sku.asin,
        "childasin": ABSENT if grain == "PARENT" else row.sku.asin,
        "sku": row.sku.code if grain == "SKU" else ABSENT,
    }


def _traffic(row: Row, t: Tally) -> dict[str, object]:
    """Make up views around the sales: a browser's and an app's add up to the whole."""
    found: dict[str, object] = {}
    for suffix, units, lines in (("", t.units, t.lines), ("b2b", t.units_b2b, t.lines_b2b)):
        browser = units * (6 + row.pick(f"browser{suffix}", 5))
        app = units * (9 + row.pick(f"app{suffix}", 7))
        views, sessions = browser + app, (browser * 3 // 4) + (app * 3 // 4)
        found |= {
            f"browserpageviews{suffix}": browser,
            f"mobileapppageviews{suffix}": app,
            f"pageviews{suffix}": views,
            f"browsersessions{suffix}": browser * 3 // 4,
            f"mobileappsessions{suffix}": app * 3 // 4,
            f"sessions{suffix}": sessions,
            f"orderitemsessionpercentage{suffix}": _share(lines, sessions),
            f"unitsessionpercentage{suffix}": _share(units, sessions),
        }
    return found


def vendor(scope: Scope, row: Row, t: Tally) -> dict[str, object]:
    """Return what vendors see of a tally: sales, costs and stock; only manufacturers see what is ordered."""
    ordered = scope.options.get("distributorView") != "SOURCING"
    cost = Cents(row.price * 60 // 100 * row.sku.stock)
    return {
        "orderedrevenue": Cents(t.cents) if ordered else ABSENT,
        "orderedunits": t.units if ordered else ABSENT,
        "shippedrevenue": Cents(t.cents_shipped),
        "shippedunits": t.units_shipped,
        "shippedcogs": Cents(t.cents_shipped * 60 // 100),
        "customerreturns": t.refunded,
        "glanceviews": t.units * (15 + row.pick("views", 12)),
        "netpureproductmargin": Cents(10 + row.pick("margin", 40)),
        **(
            {"sellableonhandinventoryunits": row.sku.stock, "sellableonhandinventorycost": cost} if row.sku.code else {}
        ),
    }


def repeats(_s: Scope, _r: Row, t: Tally) -> dict[str, object]:
    """Return what the report of repeat purchases says of a tally: nobody here buys twice."""
    return {
        "orders": t.orders,
        "uniquecustomers": t.orders,
        "repeatcustomerspcttotal": Cents(0),
        "repeatpurchaserevenue": Cents(0),
        "repeatpurchaserevenuepcttotal": Cents(0),
    }


def funnel(_: Scope, row: Row, t: Tally) -> dict[str, object]:
    """Return how a search ended, for one product: seen, clicked, put into the cart, bought."""
    clicks = t.units * (8 + row.pick("clicks", 9))
    carts, seen = t.units * 2, clicks * (10 + row.pick("seen", 20))
    price = Cents(row.price)
    return {
        "impressioncount": seen, "clickcount": clicks, "cartaddcount": carts, "purchasecount": t.units,
        "asinimpressioncount": seen, "asinclickcount": clicks, "asincartaddcount": carts, "asinpurchasecount": t.units,
        "totalqueryimpressioncount": seen * 40, "totalclickcount": clicks * 40, "totalcartaddcount": carts * 40,
        "totalpurchasecount": t.units * 40, "clickrate": _rate(clicks, seen), "conversionrate": _rate(t.units, clicks),
        "searchtrafficsales": Cents(t.cents), "purchasemedianprice": price, "clickedmedianprice": price,
        "impressionmedianprice": price, "cartaddedmedianprice": price,
        **{f"asinmedian{n}price": price for n in ("click", "cartadd", "purchase")},
        **{f"totalmedian{n}price": price for n in ("click", "cartadd", "purchase")},
        "asinimpressionshare": Cents(2), "asinclickshare": Cents(2), "asincartaddshare": Cents(2),
        "asinpurchaseshare": Cents(2), "searchquery": _words(row.sku), "searchqueryscore": 1 + row.number % 100,
        "searchqueryvolume": seen * 40 // 30,
    }  # fmt: skip


def _rate(part: int, whole: int) -> Cents:
    return Cents(part * 100 // whole if whole else 0)


def _words(sku: Sku) -> str:
    return f"{sku.color} {sku.product_type.replace('_', ' ')}".lower()


def views(_: Scope, row: Row, t: Tally) -> dict[str, object]:
    """Return how often a product's page was seen."""
    at = row.at
    seen = t.units * (10 + row.pick("pages", 10))
    return {"pageviews": seen, "gms": Cents(t.cents), "starttime": Moment(at), "endtime": Moment(at + DAY)}


def baskets(scope: Scope) -> Iterator[Row]:
    """Yield with each product the three that are most often bought with it."""
    for row in by_asin(lambda _s, _r, _t: {})(scope):
        for rank in range(1, 4):
            other = scope.world.sku((row.number + rank * 17) % scope.world.sku_count)
            pair = {"purchasedwithasin": other.asin, "purchasedwithrank": rank, "combinationpct": Cents(40 // rank)}
            yield row._replace(values={**row.values, **pair})


def terms(scope: Scope) -> Iterator[Row]:
    """Yield fifty search terms of each period with the three products that were clicked most."""
    for _, after, _ in _spans(scope, "reportPeriod", "DAY"):
        for rank in range(1, 51):
            for place in range(1, 4):
                sku = scope.world.sku((rank * 3 + place) % scope.world.sku_count)
                values = {
                    "departmentname": MARKETS[scope.market].place.sales_channel,
                    "searchterm": _words(scope.world.sku(rank)),
                    "searchfrequencyrank": rank,
                    "clickedasin": sku.asin,
                    "clicksharerank": place,
                    "clickshare": Cents(36 // place),
                    "conversionshare": Cents(24 // place),
                }
                yield _of_sku(scope, sku, after, "an")._replace(values=values)


def hourly_sales(scope: Scope) -> Iterator[Row]:
    """Yield the sales of each hour of the window by product."""
    for start in range(scope.start // _HOUR * _HOUR, scope.end, _HOUR):
        sums = tallies(scope, scope.market, start, start + _HOUR)
        for number in sorted(n for n in sums if n >= 0):
            row = _of_sku(scope, scope.world.sku(number), start, "an")
            yield row._replace(values={**_hour(start), **vendor(scope, row, sums[number])})


def hourly(every: int = 20) -> Source:
    """Return a row for each hour of the window and every n-th product: its stock and views."""

    def source(scope: Scope) -> Iterator[Row]:
        if scope.start < scope.world.start - DAY:
            return
        for start in range(scope.start // _HOUR * _HOUR, scope.end, _HOUR):
            for number in range(0, scope.world.sku_count, every):
                row = _of_sku(scope, scope.world.sku(number), start, "an")
                seen = 1 + (row.draws[5] + start // _HOUR) % 30
                yield row._replace(
                    values={**_hour(start), "highlyavailableinventory": row.sku.stock, "glanceviews": seen}
                )

    return source


def _hour(start: int) -> dict[str, object]:
    return {"starttime": Moment(start), "endtime": Moment(start + _HOUR)}


def forecasts(scope: Scope) -> Iterator[Row]:
    """Yield for each product what Amazon expects to sell in the four weeks to come."""
    sunday = _BEGINS["WEEK"](scope.day(scope.made)) + timedelta(days=7)
    for sku in scope.world.skus():
        if not scope.world.sold_in(sku.number, scope.market):
            continue
        row = _of_sku(scope, sku, scope.made, "an")
        for week in range(4):
            first = sunday + timedelta(days=7 * week)
            mean = 100 * (1 + row.pick(f"week{week}", 40))
            values = {
                **_dated((first, first + timedelta(days=6))),
                "meanforecastunits": Cents(mean),
                **{f"p{n}forecastunits": Cents(mean * (100 + n - 50) // 100) for n in (70, 80, 90)},
            }
            yield row._replace(values=values)


def campaigns(start: str, end: str) -> Source:
    """Return promotions or coupons that begin between two options: one each week."""

    def source(scope: Scope) -> Iterator[Row]:
        first, last = scope.options.get(start, ""), scope.options.get(end, "")
        after = scope.midnight(date.fromisoformat(first[:10])) if first else scope.made - 60 * DAY
        before = scope.midnight(date.fromisoformat(last[:10])) + DAY if last else scope.made
        week = 7 * DAY
        for at in range(-(-max(after, scope.world.start) // week) * week, min(before, scope.made), week):
            row = Row(at // week, at, scope.market, scope.world.draws("pr", at // week))
            named = f"Week {scope.day(at).isocalendar().week} deal"
            values: dict[str, object] = {
                "promotionname": named, "name": named, "campaignname": named, "websitemessage": f"Save on {named}",
                "startdatetime": Moment(at), "enddatetime": Moment(min(at + week, scope.made)),
                "createddatetime": Moment(at - week), "creationdatetime": Moment(at - week),
                "lastupdateddatetime": Moment(at), "customersegment": "All customers",
            }  # fmt: skip
            yield row._replace(values=values)

    return source


def buyers(scope: Scope) -> Iterator[Row]:
    """Yield a buyer for each order of the marketplace in the window that holds something of the seller."""
    for row in orders.lines(orders.is_mfn)(scope):
        if row.market == scope.market and row.position == 0:
            yield row


def markets(scope: Scope) -> Iterator[Row]:
    """Yield the account's marketplaces."""
    for market in scope.world.markets:
        yield Row(market, scope.made, market, scope.world.draws("ah", market))


def recommended(scope: Scope) -> Iterator[Row]:
    """Yield a hundred products that businesses ask for."""
    for sku in scope.world.skus():
        if sku.number % 7 == 3 and sku.number < 700:
            values: dict[str, object] = {
                "link": f"https://www.{MARKETS[scope.market].place.sales_channel.lower()}/dp/{sku.asin}",
                "partnumber": f"P{sku.number:05}", "modelnumber": sku.asin[4:], "upc": "", "isbn": "",
                "subcategory": sku.product_type, "initialb2bbuyerindustry": "Office",
                "initialb2bbuyerrequesteddate": scope.day(scope.made - DAY).isoformat(),
                "lowestpriceinthelastweek": Cents(local_price(sku, scope.market)),
            }  # fmt: skip
            yield _of_sku(scope, sku, scope.made, "an")._replace(values=values)


def nodes(scope: Scope) -> Iterator[Row]:
    """Yield the browse nodes of the marketplace: a root, and one for each type of product."""
    kinds = sorted({s.product_type for s in scope.world.skus()})
    if scope.options.get("RootNodesOnly") == "true":
        kinds = []
    ids = {kind: str(3_000_000 + sum(map(ord, kind))) for kind in kinds}
    yield _node(scope, 0, "1055398", "Home", tuple(ids.values()), ("1055398",), ("Home",))
    for number, (kind, identifier) in enumerate(ids.items(), 1):
        name = kind.replace("_", " ").title()
        yield _node(scope, number, identifier, name, (), ("1055398", identifier), ("Home", name), kind)


def _node(
    scope: Scope, number: int, identifier: str, name: str, children: tuple[str, ...], ids: tuple[str, ...],
    names: tuple[str, ...], kind: str = "",
) -> Row:  # fmt: skip
    values: dict[str, object] = {
        "browsenodeid": identifier, "browsenodename": name, "browsenodestorecontextname": name,
        "browsepathbyid": ",".join(ids), "browsepathbyname": ",".join(names),
        "haschildren": "true" if children else "false", "childnodescount": len(children), "childnodesid": children,
        "producttypedefinitions": kind, "browsenodeattributescount": 1, "refinementsinformationcount": 0,
        "name": "node_kind", "text": "browse",
    }  # fmt: skip
    return Row(number, scope.made, scope.market, scope.world.draws("bn", number), values=values)
