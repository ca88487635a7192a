"""Values of a listing -> its attributes in Amazon's own form: as patches, or as attributes of a whole listing.

Pure: sends nothing and reads no clock. Names of columns are in lower case where a row is given.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from amzsql import marketplaces
from amzsql.catalog import json_text
from amzsql.catalog.model import WriteKind
from amzsql.catalog.procedures import Input
from amzsql.types import BIGINT, DATE, JSON, MONEY, TIMESTAMP, VARCHAR

Row = Mapping[str, Any]
"""One row by its column's name in lower case."""
Patch = dict[str, Any]

NOT_LISTED = "13013"
"""The code of the issue that says that there is no listing of a SKU."""
# Amazon takes this for whatever the type of a listing is.
ANY_TYPE = "PRODUCT"
_TYPE, _AVAILABILITY = "ProductType", "FulfillmentAvailability"
# What a write of a listing may name, beside its attributes as JSON.
_PARTS = (
    Input("ItemName", VARCHAR, ()),
    Input("MainImageLink", VARCHAR, ()),
    Input("Price", MONEY, ()),
    Input("PriceCurrency", VARCHAR, ()),
    Input("Quantity", BIGINT, ()),
    Input("Brand", VARCHAR, ()),
    Input("Manufacturer", VARCHAR, ()),
    Input("Description", VARCHAR, ()),
    Input("BulletPoints", VARCHAR, (), is_list=True),
    Input("MinimumAdvertisedPrice", MONEY, ()),
    Input("SalePrice", MONEY, ()),
    Input("SaleStartDate", TIMESTAMP, ()),
    Input("SaleEndDate", TIMESTAMP, ()),
    Input("HandlingTime", BIGINT, ()),
    Input("RestockDate", DATE, ()),
    Input("FulfillmentChannelCode", VARCHAR, ()),
)
_ATTRIBUTES = Input("Attributes", JSON, ())
_ATTRIBUTE = (Input("AttributeName", VARCHAR, (), required=True), Input("Value", JSON, (), required=True))
# Amounts have at most twelve digits before the point.
_PRICE_END = 10**12
_OFFER = {
    "Price": "standardprice",
    "MinimumAdvertisedPrice": "map",
    "SalePrice": "saleprice",
    "SaleStartDate": "salestartdate",
    "SaleEndDate": "saleenddate",
}
_STOCK = {
    "Quantity": "quantity",
    "HandlingTime": "fulfillmentlatency",
    "RestockDate": "restockdate",
    "FulfillmentChannelCode": "fulfillmentcenterid",
}
_AMOUNTS = ("Price", "MinimumAdvertisedPrice", "SalePrice")
# What is said of another value, and is nothing by itself.
_BESIDE = {
    "PriceCurrency": _AMOUNTS,
    "SaleStartDate": ("SalePrice",),
    "SaleEndDate": ("SalePrice",),
    "HandlingTime": ("Quantity",),
    "RestockDate": ("Quantity",),
    "FulfillmentChannelCode": ("Quantity",),
}
BESIDE = frozenset(_BESIDE)
# How many decimals an amount has in a currency of Amazon's marketplaces, and in one that is none of them.
_DECIMALS = {**{m.currency: 2 for m in marketplaces.MARKETPLACES}, "JPY": 0}
_MOST_DECIMALS = 4
_WORDS = {
    "ItemName": "item_name",
    "Brand": "brand",
    "Manufacturer": "manufacturer",
    "Description": "product_description",
    "BulletPoints": "bullet_point",
}
# The attribute that each of these is, or is part of.
_ATTRIBUTE_OF = {
    **dict.fromkeys(_OFFER, "purchasable_offer"),
    **dict.fromkeys(_STOCK, "fulfillment_availability"),
    **_WORDS,
    "MainImageLink": "main_product_image_locator",
}
# What a listing of any type has.
USUAL = frozenset((*_ATTRIBUTE_OF.values(), "condition_type", "merchant_suggested_asin"))


def inputs(rule: str, kind: WriteKind) -> tuple[Input, ...]:
    """Return what a write may give that is part of a listing's attributes, and no input of its own."""
    if rule == "listing":
        return _PARTS if kind == "insert" else (*_PARTS, _ATTRIBUTES)
    return _ATTRIBUTE[: 1 if kind == "delete" else 2] if rule == "attribute" else ()


def replaced(rule: str) -> frozenset[str]:
    """Return the inputs that a statement does not give: what is made of its values, and what the answer shall hold."""
    return frozenset(("Patches", "Mode", "IncludedData")) if rule else frozenset()


def spared(rule: str, kind: WriteKind) -> frozenset[str]:
    """Return the inputs that need not be given, though Amazon requires them: `made` knows what to send."""
    if rule == "listing":
        return frozenset(("Attributes",)) if kind == "insert" else frozenset()
    return frozenset(("ProductType",)) if rule else frozenset()


def needed(rule: str, kind: WriteKind, assigned: frozenset[str]) -> bool:
    """Tell whether a write needs the listing's own type: what any listing has, its price and stock, does without."""
    return rule != "listing" or kind != "update" or not assigned <= {*_OFFER, *_STOCK, "PriceCurrency"}


def judged(rule: str, kind: WriteKind, assigned: Iterable[str]) -> tuple[str, ...]:
    """Return the columns of a row by which `misfit` judges an update, where rows are read anyway."""
    if rule != "listing" or kind != "update":
        return ()
    named = {name.lower() for name in assigned}
    stock = (_AVAILABILITY,) if "quantity" in named and "fulfillmentchannelcode" not in named else ()
    return (*stock, *((_TYPE,) if _TYPE.lower() in named else ()))


def misfit(given: Row, before: Mapping[str, Any]) -> str:
    """Return why a listing cannot be given some values, "" if it can.

    `given`: the values by column in lower case; `before`: what the columns that `judged` names hold.
    """
    kept = _amazons_channel(before.get(_AVAILABILITY))
    if kept:
        return (
            f"Amazon keeps its stock ({kept}), and a Quantity would make it an offer that the seller ships too. Leave"
            " it out (AND Quantity IS NOT NULL), or write FulfillmentChannelCode = 'DEFAULT' beside it if that is meant"
        )
    own, told = before.get(_TYPE), given.get(_TYPE.lower())
    if own is None or told is None or told in (own, ANY_TYPE):
        return ""
    return (
        f"it is a listing of type {own}, not {told}: ProductType says of which type the values are, and must be the"
        " listing's own"
    )


def _amazons_channel(value: Any) -> str:
    """Return the channel of Amazon's that keeps a listing's stock, "" if the seller does, or does too."""
    told = _decoded(_AVAILABILITY, value) if isinstance(value, str) else value
    codes = [str(each.get("fulfillmentChannelCode", "")) for each in told or () if isinstance(each, Mapping)]
    theirs = [code for code in codes if code.upper().startswith("AMAZON")]
    return theirs[0] if theirs and len(theirs) == len(codes) else ""


def made(rule: str, kind: WriteKind, given: Mapping[str, Any], places: Sequence[str]) -> dict[str, Any]:
    """Return the inputs made of the parts of a listing: its patches, or the attributes of a new one.

    Raises:
        ValueError: a value does not fit.
    """
    for name, value in given.items():
        if isinstance(value, bytes | bytearray | memoryview):
            raise ValueError(f"{name} takes text, not bytes")
    if rule == "attribute":
        return {"ProductType": given.get("ProductType") or ANY_TYPE, "Patches": [_of_attribute(kind, given, places)]}
    if kind == "insert":
        told = patches({n: v for n, v in given.items() if n != "Attributes" and v is not None}, places)
        if not told:
            return {}
        own = _object(given.get("Attributes") or {})
        _refuse_twice(own, told, given)
        return {"Attributes": own | {p["path"].rpartition("/")[2]: p["value"] for p in told}}
    found = patches(given, places)
    if not found:
        empty = "Attributes names no attribute" if "Attributes" in given else "ProductType says what others are of"
        raise ValueError(f"{empty}: assign an attribute, such as ItemName or Price")
    return {"ProductType": given.get("ProductType") or ANY_TYPE, "Patches": found}


def patches(given: Mapping[str, Any], places: Sequence[str]) -> list[Patch]:
    """Return the patches of some parts of a listing; a text or image that is NULL is taken away.

    Raises:
        ValueError: a value does not fit.
    """
    found = []
    sku = str(given.get("SKU") or "the listing")
    _check_offer(given, places)
    offer = {own: given[n] for n, own in _OFFER.items() if given.get(n) is not None}
    if offer:
        told = {"standardpricecurrency": given["PriceCurrency"]} if given.get("PriceCurrency") else {}
        found += prices({"sku": sku, **offer, **told}, places)
    kept = {own: given[n] for n, own in _STOCK.items() if given.get(n) is not None}
    if kept:
        found += stock({"sku": sku, **kept}, places)
    for name, attribute in _WORDS.items():
        if name in given:
            found.append(_text(attribute, given[name], places))
    if "MainImageLink" in given:
        link = given["MainImageLink"]
        row = {"sku": sku, "imagetype": "main", "operationtype": "update" if link else "delete"}
        found += images({**row, "imagelocation": link} if link else row, places)
    own = _object(given.get("Attributes") or {})
    _refuse_twice(own, found, given)
    return [*found, *(_patch(name, value if isinstance(value, list) else [value]) for name, value in own.items())]


def _check_offer(given: Mapping[str, Any], places: Sequence[str]) -> None:
    """Raise ValueError if prices and stock do not fit, or do not fit together: by the names of the table."""
    said = {name for name, value in given.items() if value is not None}
    for name in (n for n in (*_OFFER, *_STOCK, "PriceCurrency") if n in given and n not in said):
        raise ValueError(f"{name} cannot be set to NULL: Amazon keeps what is not given")
    own = str(given["PriceCurrency"]).strip().upper() if "PriceCurrency" in said else ""
    if own and not re.fullmatch("[A-Z]{3}", own):
        raise ValueError(f"PriceCurrency takes the three letters of a currency, such as USD, not {own!r}")
    for name in (n for n in _AMOUNTS if n in said):
        for currency in {own or _currency(place) for place in places} or {own}:
            _amount(name, given[name], currency)
    for name, others in _BESIDE.items():
        if name in said and said.isdisjoint(others):
            raise ValueError(f"{name} goes with {', '.join(others[:-1])}{' or ' * (len(others) > 1)}{others[-1]}: give"
                             " that too")  # fmt: skip


def _refuse_twice(own: Mapping[str, Any], parts: Sequence[Patch], given: Mapping[str, Any]) -> None:
    """Raise ValueError if an attribute is among Attributes and is a column of its own besides."""
    taken = {part["path"].rpartition("/")[2] for part in parts}
    for attribute in (a for a in own if a in taken):
        column = next(n for n, a in _ATTRIBUTE_OF.items() if a == attribute and n in given)
        raise ValueError(f"the attribute {attribute} is given twice, by {column} and within Attributes")


def _currency(place: str) -> str:
    known = marketplaces.by_id(place)
    return known.currency if known is not None else ""


def _text(attribute: str, value: Any, places: Sequence[str]) -> Patch:
    if value in (None, ""):
        return _patch(attribute, [{"marketplace_id": place} for place in places], "delete")
    if isinstance(value, str) and attribute == "bullet_point" and value.lstrip().startswith("["):
        value = _decoded("BulletPoints", value)
    values = value if isinstance(value, list | tuple) else [value]
    return _patch(attribute, [{"marketplace_id": p, "value": str(v)} for p in places for v in values])


def _of_attribute(kind: WriteKind, given: Mapping[str, Any], places: Sequence[str]) -> Patch:
    name = given.get("AttributeName")
    if not name:
        raise ValueError("AttributeName is needed")
    if kind == "delete":
        return _patch(str(name), [{"marketplace_id": place} for place in places], "delete")
    value = given.get("Value")
    if value is None:
        raise ValueError("Value is needed: an attribute is taken away by DELETE")
    if isinstance(value, str):
        value = _decoded("Value", value)
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, Mapping) for each in values):
        raise ValueError("Value takes a JSON object, or a list of objects")
    return _patch(str(name), values, "add" if kind == "insert" else "replace")


def _object(value: Any) -> dict[str, Any]:
    """Return attributes as values: they come as JSON text, or as an object."""
    if isinstance(value, str):
        value = _decoded("Attributes", value)
    if not isinstance(value, Mapping):
        raise ValueError("Attributes takes a JSON object, each attribute by its name")
    return dict(value)


def _decoded(name: str, text: str) -> Any:
    try:
        return json_text.decoded(text)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None


def _patch(attribute: str, value: list[dict[str, Any]], op: str = "replace") -> dict[str, Any]:
    return {"op": op, "path": f"/attributes/{attribute}", "value": value}


_TRUE, _FALSE = frozenset(("true", "1")), frozenset(("false", "0"))


def stock(row: Row, _: Sequence[str]) -> list[dict[str, Any]]:
    """Return the patch of a quantity."""
    told: dict[str, Any] = {"fulfillment_channel_code": str(row.get("fulfillmentcenterid") or "DEFAULT")}
    if "quantity" in row:
        told["quantity"] = whole("Quantity", row["quantity"])
        _check_available(row, told["quantity"])
    elif _is_available(row) is False:
        told["quantity"] = 0
    else:
        raise ValueError(f"{row['sku']} needs Quantity, or Available = FALSE")
    if "fulfillmentlatency" in row:
        told["lead_time_to_ship_max_days"] = whole("FulfillmentLatency", row["fulfillmentlatency"])
    if "restockdate" in row:
        told["restock_date"] = time_text("RestockDate", row["restockdate"])[:10]
    return [_patch("fulfillment_availability", [told], "merge")]


def _is_available(row: Row) -> bool | None:
    """Return what Available says, None where it is not given."""
    told = str(row.get("available", "")).strip().lower()
    if told not in _TRUE | _FALSE | {""}:
        raise ValueError(f"Available takes TRUE or FALSE, not {_shown(row['available'])}")
    return None if not told else told in _TRUE


def _check_available(row: Row, quantity: int) -> None:
    available = _is_available(row)
    if available is not None and available != (quantity > 0):
        raise ValueError(
            f"{row['sku']}: Quantity = {quantity} and Available = {str(available).upper()} contradict each other:"
            " give one of them"
        )


_PRICES = {
    "standardprice": "StandardPrice",
    "map": "MAP",
    "salestartdate": "SaleStartDate",
    "saleenddate": "SaleEndDate",
}
_PRICED = ("standardpricecurrency", "mapcurrency", "salepricecurrency")


def prices(row: Row, places: Sequence[str]) -> list[dict[str, Any]]:
    """Return the patch of an offer's prices in each marketplace."""
    offers = []
    for place in places:
        said = {str(row[c]).upper() for c in _PRICED if c in row}
        if len(said) > 1:
            raise ValueError(
                f"{row['sku']}: the prices of an offer have one currency, not {' and '.join(sorted(said))}"
            )
        currency = said.pop() if said else _currency(place)
        offer: dict[str, Any] = {"marketplace_id": place, "currency": currency}
        for column, name in (("standardprice", "our_price"), ("map", "map_price")):
            if column in row:
                offer[name] = [{"schedule": [{"value_with_tax": _amount(_PRICES[column], row[column], currency)}]}]
        if "saleprice" in row:
            sale: dict[str, Any] = {"value_with_tax": _amount("SalePrice", row["saleprice"], currency)}
            for column, name in (("salestartdate", "start_at"), ("saleenddate", "end_at")):
                if column in row:
                    sale[name] = {"value": time_text(_PRICES[column], row[column])}
            offer["discounted_price"] = [{"schedule": [sale]}]
        if len(offer) == 2:  # its marketplace and its currency
            raise ValueError(f"{row['sku']} needs StandardPrice, MAP or SalePrice")
        offers.append(offer)
    return [_patch("purchasable_offer", offers, "merge")]


_IMAGES = {
    "main": "main_product_image_locator",
    "swatch": "swatch_product_image_locator",
    "mainofferimage": "main_offer_image_locator",
    **{f"pt{n}": f"other_product_image_locator_{n}" for n in range(1, 9)},
    **{f"offerimage{n}": f"other_offer_image_locator_{n}" for n in range(1, 6)},
}


def images(row: Row, places: Sequence[str]) -> list[dict[str, Any]]:
    """Return the patch of an image in each marketplace."""
    attribute = _IMAGES.get(str(row["imagetype"]).lower())
    if attribute is None:
        raise ValueError(f"ImageType {row['imagetype']} is not taken any more; it is one of Main, Swatch, PT1 to PT8, "
                         "MainOfferImage, OfferImage1 to OfferImage5")  # fmt: skip
    if str(row["operationtype"]).lower() == "delete":
        return [_patch(attribute, [{"marketplace_id": place} for place in places], "delete")]
    if "imagelocation" not in row:
        raise ValueError(f"{row['sku']} needs ImageLocation")
    told = [{"marketplace_id": place, "media_location": str(row["imagelocation"])} for place in places]
    return [_patch(attribute, told)]


_TEXTS = {
    "title": "item_name",
    "brand": "brand",
    "description": "product_description",
    "bulletpoint": "bullet_point",
    "manufacturer": "manufacturer",
}


def products(row: Row, places: Sequence[str]) -> list[dict[str, Any]]:
    """Return the patches of a product's texts."""
    nested = row.get("productdescriptiondataaggregate") or {}
    nested = nested[0] if isinstance(nested, list) and nested else nested
    told = {**row, **{str(k).lower(): v for k, v in dict(nested).items()}}
    found = []
    for column, attribute in _TEXTS.items():
        if told.get(column) not in (None, ""):
            values = told[column] if isinstance(told[column], list) else [told[column]]
            found.append(_patch(attribute, [{"marketplace_id": p, "value": str(v)} for p in places for v in values]))
    if not found:
        raise ValueError(f"{row['sku']} needs {', '.join(('Title', 'Brand', 'Description', 'BulletPoint'))} or "
                         "Manufacturer")  # fmt: skip
    return found


def whole(name: str, value: Any) -> int:
    number = Decimal(str(value).strip()) if re.fullmatch(r"\s*\d{1,9}(\.0*)?\s*", str(value)) else None
    if number is None:
        raise ValueError(f"{name} takes a whole number{_range(value, 10**9)}, not {_shown(value)}")
    return int(number)


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str) else str(value)


def _range(value: Any, end: int) -> str:
    """Return what range a number should have been in; nothing where a value is none."""
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return ""
    fits = number.is_finite() and 0 <= number < end
    return "" if fits else f" from 0 to {end - 1}"


def _amount(name: str, value: Any, currency: str) -> Decimal:
    text = str(value).strip()
    if isinstance(value, Decimal | float):  # the engine's numbers have the digits of their type
        number = Decimal(text)
        text = format(number.normalize(), "f") if number.is_finite() and abs(number) < _PRICE_END else text
    if not re.fullmatch(r"\d{1,12}(\.\d+)?", text):
        raise ValueError(f"{name} takes a number{_range(value, _PRICE_END)}, not {_shown(value)}")
    most = _DECIMALS.get(currency, _MOST_DECIMALS)
    if len(text.partition(".")[2].rstrip("0")) > most:
        kind = (
            (f"at most {most}" if most else "no") + " decimals" + (f" in {currency}" if currency in _DECIMALS else "")
        )
        raise ValueError(f"{name} takes {kind}, not {text}: write ROUND(…, {most})")
    return Decimal(text)


def time_text(name: str, value: Any) -> str:
    if isinstance(value, dt.datetime):
        return (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).isoformat()
    text = value.isoformat() if isinstance(value, dt.date) else str(value).strip()
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name} takes a time in ISO form, such as 2026-11-21T12:00:00Z, not {text!r}") from None
    return text
