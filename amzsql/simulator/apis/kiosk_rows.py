"""The rows of Data Kiosk's datasets, over the same sales that reports add up.

Owns which rows a query has and what is known of them; whatever else the schema holds is made up. Knows nothing of how a
query is written or kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from amzsql.simulator.call import iso
from amzsql.simulator.documents import Partner
from amzsql.simulator.reports import analytics
from amzsql.simulator.reports.analytics import Period, Tally, tallies
from amzsql.simulator.reports.scope import ABSENT, Cents, Row, Scope, scope_of
from amzsql.simulator.world import AFN, DAY, MARKET_OF_ID, MARKETS, Sku, local_price
from amzsql.spapi.data_kiosk import Dataset, datasets, is_list, is_required, named

from .graphql import Selection

_YEARS = 731
_AHEAD = 120
_MOST_ASINS = 30
Values = Mapping[str, Any]
Found = Iterator[tuple[Scope, Row]]


def rows(partner: Partner, root: Selection) -> Iterator[dict[str, Any]]:
    """Yield the rows that a query asks for, with the fields that it selects."""
    query, dataset = root.fields[0], datasets()[root.name]
    kind = dataset.queries[query.name].type
    for scope, row in _SOURCES[query.name](partner, query.arguments):
        found = _Writer(dataset, scope, row).value(kind.strip("[]!"), query.name, row.values, query)
        yield found


def complaint(partner: Partner, root: Selection) -> str:
    """Return why a query that can be read cannot be answered, empty if it can."""
    query = root.fields[0]
    arguments, today = query.arguments, date.fromisoformat(iso(int(partner.now))[:10])
    start, end = (date.fromisoformat(arguments[n]) for n in ("startDate", "endDate"))
    ahead = query.name in ("economicsPreview", "economicsSimulation")
    if start > end:
        return "startDate lies after endDate."
    if start < today - timedelta(days=_YEARS):
        return "startDate lies more than two years back."
    if end > today + timedelta(days=_AHEAD if ahead else 0):
        return "endDate lies too far ahead."
    strange = [m for m in _marketplaces(arguments) if MARKET_OF_ID.get(m) not in partner.world.markets]
    if strange:
        return f"The account does not sell in {', '.join(strange)}."
    filters = _listed(arguments.get("filters"))
    if any(len(_listed(f["asins"])) > _MOST_ASINS for f in filters):
        return f"A filter takes at most {_MOST_ASINS} ASINs."
    if filters and arguments["asinAggregation"] != "CHILD":
        return "asinAggregation can only be CHILD."
    return ""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _marketplaces(arguments: Values) -> list[str]:
    named_alone = _listed(arguments.get("marketplaceId"))
    filtered = [f["marketplaceId"] for f in _listed(arguments.get("filters"))]
    return [*_listed(arguments.get("marketplaceIds")), *named_alone, *filtered]


class _Writer:
    """Writes one row in the types of the schema."""

    def __init__(self, dataset: Dataset, scope: Scope, row: Row) -> None:
        self._dataset, self._row = dataset, row
        self._currency = scope.place.place.currency

    def value(self, kind: str, path: str, known: Values, asked: Selection) -> Any:
        """Return an object with the selected fields. `known` holds values by name in lower case."""
        fields = self._dataset.types[named(kind)]
        return {
            child.key: self._field(fields[child.name].type, f"{path}.{child.name}", known, child)
            for child in asked.fields
        }

    def _field(self, kind: str, path: str, known: Values, asked: Selection) -> Any:
        name = asked.name.lower()
        found = known.get(name)
        if found is ABSENT or (found is None and not is_required(kind) and (name in known or name.endswith("b2b"))):
            return None
        if is_list(kind):
            inner = kind.removesuffix("!")[1:-1]
            items = found if isinstance(found, list) else [known]
            return [self._one(inner, path, item, item, asked) for item in items]
        return self._one(kind, path, found, known, asked)

    def _one(self, kind: str, path: str, found: Any, around: Values, asked: Selection) -> Any:
        name = named(kind)
        if name == "Amount":
            cents = found if isinstance(found, int) else 100 + self._row.pick(path, 5000)
            amount = {"amount": cents / 100, "currencyCode": self._currency}
            return {child.key: amount[child.name] for child in asked.fields}
        if name in self._dataset.types:
            return self.value(kind, path, found if isinstance(found, Mapping) else around, asked)
        if found is not None and not isinstance(found, Mapping):
            return found / 100 if name == "Float" else found
        if name in ("Int", "Long"):
            return self._row.pick(path, 40)
        if name == "Float":
            return self._row.pick(path, 10_000) / 100
        return f"{asked.name}-{self._row.pick(path, 1000):03}"


# Sales and traffic


def _scope(partner: Partner, market: int, first: date, last: date, **options: str) -> Scope:
    window = {"dataStartTime": first.isoformat(), "dataEndTime": last.isoformat()}
    report = {"marketplaceIds": [MARKETS[market].place.id], "reportOptions": options, **window}
    return scope_of(partner, report, 0)


def _days(arguments: Values) -> Period:
    return date.fromisoformat(arguments["startDate"]), date.fromisoformat(arguments["endDate"])


def _inward(days: Period, unit: str) -> Period:
    """Return the whole weeks or months within some days; the first lies after the last if there are none."""
    first, last = days
    if unit == "WEEK":
        return first + timedelta(days=-(first.weekday() + 1) % 7), last - timedelta(days=(last.weekday() + 2) % 7)
    if unit == "MONTH":
        begins = first if first.day == 1 else (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        following = last + timedelta(days=1)
        return begins, last if following.day == 1 else last.replace(day=1) - timedelta(days=1)
    return days


def _by_date(partner: Partner, arguments: Values) -> Found:
    unit = arguments["aggregateBy"]
    first, last = _inward(_days(arguments), unit)
    for market in _markets(arguments):
        scope = _scope(partner, market, first, last, dateGranularity=unit)
        for row in analytics.by_date(analytics.sales, "dateGranularity")(scope) if first <= last else ():
            yield scope, _placed(row, market)


def _by_asin(partner: Partner, arguments: Values) -> Found:
    first, last = _days(arguments)
    for market in _markets(arguments):
        scope = _scope(partner, market, first, last, asinGranularity=arguments["aggregateBy"])
        for row in analytics.over_window(analytics.sales)(scope):
            yield scope, _placed(row, market, startdate=first.isoformat(), enddate=last.isoformat())


def _trends(partner: Partner, arguments: Values) -> Found:
    unit = arguments["dateAggregation"]
    first, last = _inward(_days(arguments), unit)
    for chosen in _listed(arguments["filters"]) if first <= last else ():
        market, asins = MARKET_OF_ID[chosen["marketplaceId"]], " ".join(_listed(chosen["asins"]))
        scope = _scope(partner, market, first, last, dateGranularity=unit, asinGranularity="CHILD", asins=asins)
        for row in analytics.by_asin(analytics.sales, "dateGranularity")(scope) if asins else ():
            yield scope, _placed(row, market, asinaggregation="CHILD")


def _markets(arguments: Values) -> list[int]:
    return [MARKET_OF_ID[m] for m in dict.fromkeys(_listed(arguments["marketplaceIds"]))]


def _placed(row: Row, market: int, **known: Any) -> Row:
    return row._replace(values={**row.values, "marketplaceid": MARKETS[market].place.id, **known})


# Economics


def _economics(partner: Partner, arguments: Values) -> Found:
    by = arguments.get("aggregateBy") or {}
    unit, days = by.get("date") or "RANGE", _days(arguments)
    split = "FBA_FULFILLMENT_FEE" in _listed(arguments.get("includeComponentsForFeeTypes"))
    for market in _markets(arguments):
        scope = _scope(partner, market, *days)
        for first, last in _spans(scope, days, unit):
            after, before = scope.midnight(first), scope.midnight(last + timedelta(days=1))
            sums = tallies(scope, market, after, before)
            for number in sorted(n for n in sums if n >= 0):
                sku = scope.world.sku(number)
                row = _row(scope, sku, after, (first, last), by.get("productId") or "PARENT_ASIN")
                yield scope, row._replace(values={**row.values, **_earned(market, sku, sums[number], split)})


def _spans(scope: Scope, days: Period, unit: str) -> Iterator[Period]:
    """Yield the periods of a unit, cut to the days that were asked for."""
    if unit == "RANGE":
        yield days
        return
    for first, last in analytics.periods(scope, unit):
        yield max(first, days[0]), min(last, days[1])


def _row(scope: Scope, sku: Sku, at: int, days: Period, grain: str) -> Row:
    values = {
        "startdate": days[0].isoformat(),
        "enddate": days[1].isoformat(),
        "marketplaceid": scope.place.place.id,
        "parentasin": sku.asin,
        "childasin": ABSENT if grain == "PARENT_ASIN" else sku.asin,
        "msku": sku.code if grain == "MSKU" else ABSENT,
        "fnsku": sku.fnsku if grain == "MSKU" and sku.fnsku else ABSENT,
    }
    draws = scope.world.draws("an", sku.number)
    return Row(sku.number, at, scope.market, draws, sku, price=local_price(sku, scope.market), values=values)


def _detail(total: int, units: int) -> Values:
    """Return the parts of a charge. A number of units is in hundredths, as every broken number is."""
    return {
        "amount": Cents(total), "amountperunit": Cents(total // (units or 1)), "amountperunitdelta": Cents(0),
        "promotionamount": Cents(0), "quantity": units * 100, "taxamount": Cents(0), "totalamount": Cents(total),
    }  # fmt: skip


def _fee(name: str, total: int, units: int, components: bool = False) -> Values:
    detail = _detail(total, units)
    part = {"name": f"Base {name}", "aggregateddetail": detail, "properties": []}
    charge = {
        "identifier": name, "aggregateddetail": detail, "components": [part] if components else [], "properties": [],
        "startdate": None, "enddate": None,
    }  # fmt: skip
    return {"feetypename": name, "charge": charge, "charges": [charge]}


def _earned(market: int, sku: Sku, t: Tally, split: bool) -> Values:
    """Return sales, fees and what is left of a product; fees are those of the finances."""
    price = local_price(sku, market)
    refunded = t.refunded * price
    # Of each unit, so that the fees of some days are the sum of each day's.
    referral = price * 15 // 100 * t.units
    fulfilment = 350 * MARKETS[market].price // 100 * t.units if sku.channel == AFN else 0
    ads = price * 4 // 100 * t.units
    left = t.cents - refunded - referral - fulfilment - ads
    fees = [_fee("Referral fees", referral, t.units)]
    if fulfilment:
        fees.append(_fee("FBA fulfillment fees", fulfilment, t.units, split))
    cost = {"shippingtoamazoncost": Cents(price * 3 // 100)}
    return {
        "sales": {
            "averagesellingprice": Cents(t.cents // (t.units or 1)), "orderedproductsales": Cents(t.cents),
            "netproductsales": Cents(t.cents - refunded), "refundedproductsales": Cents(refunded),
            "netunitssold": t.units - t.refunded, "unitsordered": t.units, "unitsrefunded": t.refunded,
        },
        "fees": fees,
        "ads": [{"adtypename": "Sponsored Products charges", "charge": _detail(ads, t.units)}],
        "netproceeds": {"total": Cents(left), "perunit": Cents(left // (t.units or 1))},
        "cost": {
            "costofgoodssold": Cents(price * 40 // 100), "miscellaneouscost": Cents(0),
            "fbacost": cost if sku.channel == AFN else None, "mfncost": None,
        },
    }  # fmt: skip


def _preview(partner: Partner, arguments: Values) -> Found:
    for market in _markets(arguments):
        yield from _foreseen(partner, market, arguments, _listed(arguments["feeTypes"]), lambda _: True)


def _simulation(partner: Partner, arguments: Values) -> Found:
    wanted = {(p["identifier"]["type"], p["identifier"]["value"]) for p in _listed(arguments["products"])}
    market = MARKET_OF_ID[arguments["marketplaceId"]]

    def meant(sku: Sku) -> bool:
        return bool(wanted & {("ASIN", sku.asin), ("MSKU", sku.code), ("FNSKU", sku.fnsku)})

    yield from _foreseen(partner, market, arguments, _listed(arguments["actionTypes"]), meant)


def _foreseen(
    partner: Partner, market: int, arguments: Values, names: list[str], wanted: Callable[[Sku], bool]
) -> Found:
    """Yield what the fees of each unit would be of what Amazon ships."""
    days = _days(arguments)
    scope = _scope(partner, market, *days)
    for sku in scope.world.skus():
        if sku.channel != AFN or not scope.world.sold_in(sku.number, market) or not wanted(sku):
            continue
        row = _row(scope, sku, scope.made, days, "MSKU")
        fees = [_fee(name, row.price * (2 + row.pick(name, 12)) // 100, 1) for name in names]
        empty = _earned(market, sku, Tally(), False)
        yield scope, row._replace(values={**row.values, **empty, "fees": fees, "ads": []})


# Vendors


def _vendor(partner: Partner, arguments: Values) -> Found:
    unit = arguments["aggregateBy"]
    first, last = _inward(_days(arguments), unit)
    for market in partner.world.markets:
        scope = _scope(partner, market, first, last, reportPeriod=unit)
        for begins, ends in analytics.periods(scope, unit) if first <= last else ():
            after, before = scope.midnight(begins), scope.midnight(ends + timedelta(days=1))
            sums = tallies(scope, market, after, before)
            groups = [_group(scope, scope.world.sku(n), sums[n], after) for n in sorted(sums) if n >= 0]
            if groups:
                draws = scope.world.draws("an", after // DAY)
                dates = {"startdate": begins.isoformat(), "enddate": ends.isoformat()}
                totals = _supplied(sums[-1], 0, 0)
                row = Row(0, after, market, draws, values={**dates, "totals": totals, "metrics": groups})
                yield scope, _placed(row, market)


def _group(scope: Scope, sku: Sku, t: Tally, at: int) -> Values:
    price = local_price(sku, scope.market)
    key = {
        "asin": sku.asin, "parentasin": sku.asin, "producttitle": sku.title, "brand": sku.brand, "color": sku.color,
        "ean": sku.ean, "productgroup": sku.product_type, "msrp": Cents(price * 5 // 4),
        "releasedate": scope.day(min(sku.created, at)).isoformat(),
    }  # fmt: skip
    return {"groupbykey": key, "metrics": _supplied(t, sku.stock, price)}


def _supplied(t: Tally, stock: int, price: int) -> Values:
    """Return what vendors see of a tally."""
    cost = t.cents_shipped * 60 // 100
    on_hand = {"units": stock, "value": Cents(stock * price * 60 // 100)}
    return {
        "shippedunitswithrevenue": {"units": t.units_shipped, "value": Cents(t.cents_shipped)},
        "orderedunitswithrevenue": {"units": t.units, "value": Cents(t.cents)},
        "averagesellingprice": Cents(t.cents_shipped // (t.units_shipped or 1)),
        "netorderedgms": Cents(t.cents),
        "netshipmentgms": Cents(t.cents_shipped),
        "shippedcogs": Cents(cost),
        "customerreturns": t.refunded,
        "glanceviews": t.units * 20,
        "sellableonhandinventory": on_hand,
        "forecasting": None,
    }


_SOURCES: Mapping[str, Callable[[Partner, Values], Found]] = MappingProxyType(
    {
        "salesAndTrafficByAsin": _by_asin,
        "salesAndTrafficByDate": _by_date,
        "salesAndTrafficTrends": _trends,
        "economics": _economics,
        "economicsPreview": _preview,
        "economicsSimulation": _simulation,
        "manufacturingView": _vendor,
        "sourcingView": _vendor,
    }
)
