"""Submissions to the listings: put, patch and delete, whether they come by a call or inside a feed.

A submission is checked at once, by the attributes of its product type; one with an error changes nothing. What is
accepted shows a minute later. Knows nothing of requests: the callers are the listings API and the listings feed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from amzsql.simulator.world import MARKETS

from .assortment import SELECTORS, Shop, scheduled
from .product_types import ATTRIBUTES, REQUIRED, TYPES

Issue = dict[str, Any]
Result = dict[str, Any]
_PATH = "/attributes/"
CONDITIONS = (
    "new_new", "new_open_box", "new_oem", "refurbished_refurbished", "used_like_new", "used_very_good", "used_good",
    "used_acceptable", "collectible_like_new", "collectible_very_good", "collectible_good", "collectible_acceptable",
    "club_club",
)  # fmt: skip
_MERGED = frozenset({"fulfillment_availability", "purchasable_offer"})


@dataclass(frozen=True, slots=True)
class Submission:
    """What is submitted of a SKU: into whose assortment, for which marketplaces. With `preview` nothing is kept."""

    shop: Shop
    sku: str
    markets: tuple[int, ...]
    body: Mapping[str, Any]
    preview: bool = False


def put(asked: Submission) -> Result:
    """Create a listing or replace all of it.

    Returns the submission's answer: sku, status, submissionId, issues and identifiers.
    """
    given = asked.body.get("attributes")
    given = dict(given) if isinstance(given, dict) else {}
    kind = str(asked.body.get("productType", ""))
    needed = REQUIRED.get(str(asked.body.get("requirements") or "LISTING"), REQUIRED["LISTING"])
    issues = [*_of_type(kind), *_missing(given, needed), *_wrong(given, asked.markets)]
    if not asked.preview and not _errors(issues):
        for market in asked.markets:
            asked.shop.submit(asked.sku, market, kind, _in_market(given, market))
    return _result(asked, issues, given)


def patch(asked: Submission) -> Result:
    """Change attributes of a listing; like `put` otherwise. A SKU that is not listed is an error of the submission."""
    shop, sku, kind = asked.shop, asked.sku, str(asked.body.get("productType", ""))
    issues, changed = [*_of_type(kind)], {}
    for market in asked.markets:
        before = shop.submitted(sku, market)
        if before is None:
            issues.append(_issue("13013", f"The SKU {sku} is not listed in this marketplace.", (), "INVALID_ATTRIBUTE"))
            continue
        changed[market] = dict(before)
        issues += list(_apply(changed[market], asked.body.get("patches")))
        issues += list(_wrong(changed[market], asked.markets))
    issues = [i for n, i in enumerate(issues) if i not in issues[:n]]
    if not asked.preview and not _errors(issues):
        for market, given in changed.items():
            shop.submit(sku, market, _type_of(shop, sku, market, kind), given)
    return _result(asked, issues)


def delete(asked: Submission) -> Result:
    """Delete a listing; one that is not there is gone already, which is no error."""
    for market in asked.markets:
        if asked.shop.submitted(asked.sku, market) is not None:
            asked.shop.submit(asked.sku, market, "", None)
    return _result(asked, [])


def _result(asked: Submission, issues: list[Issue], given: Mapping[str, Any] = MappingProxyType({})) -> Result:
    shop, sku = asked.shop, asked.sku
    status = "INVALID" if _errors(issues) else "VALID" if asked.preview else "ACCEPTED"
    suggested = given.get("merchant_suggested_asin")
    asin = suggested[0].get("value") if isinstance(suggested, list) and suggested else None
    identifiers = []
    for market in asked.markets:
        listed = shop.listing(sku, market)
        shown = listed.sku.asin if listed is not None else asin
        if shown and status != "INVALID":
            identifiers.append({"marketplaceId": MARKETS[market].place.id, "asin": shown})
    submission = shop.store.text("submission", 32)
    return {"sku": sku, "status": status, "submissionId": submission, "issues": issues, "identifiers": identifiers}


def _type_of(shop: Shop, sku: str, market: int, kind: str) -> str:
    """Return the type that a patched listing has: "PRODUCT" stands for whatever it is."""
    listed = shop.listing(sku, market)
    return listed.sku.product_type if kind == "PRODUCT" and listed is not None else kind


def _errors(issues: list[Issue]) -> bool:
    return any(i["severity"] == "ERROR" for i in issues)


def _issue(code: str, message: str, names: Sequence[str], category: str) -> Issue:
    return {
        "code": code,
        "message": message,
        "severity": "ERROR",
        "attributeNames": list(names),
        "categories": [category],
    }


def _of_type(kind: str) -> Iterator[Issue]:
    if kind not in TYPES:
        yield _issue("90244", f"'{kind}' is no product type.", ("product_type",), "INVALID_ATTRIBUTE")


def _missing(given: Mapping[str, Any], needed: Sequence[str]) -> Iterator[Issue]:
    for name in needed:
        if not given.get(name):
            yield _issue("90220", f"'{name}' is required but missing.", (name,), "MISSING_ATTRIBUTE")


def _wrong(given: Mapping[str, Any], markets: Sequence[int]) -> Iterator[Issue]:
    """Yield what the schema has against the attributes."""
    places = {MARKETS[m].place.id for m in markets}
    for name, values in given.items():
        if name not in ATTRIBUTES:
            yield _issue("90000900", f"'{name}' is no attribute.", (name,), "INVALID_ATTRIBUTE")
        elif not isinstance(values, list) or not values or not all(isinstance(v, dict) for v in values):
            yield _issue("90000901", f"'{name}' must be a list of objects.", (name,), "INVALID_ATTRIBUTE")
        elif any(v.get("marketplace_id", next(iter(places))) not in places for v in values):
            yield _issue("90244", f"'{name}' is for another marketplace.", (name,), "INVALID_ATTRIBUTE")
        elif not _sound(name, values, markets):
            yield _issue("90244", f"A value of '{name}' is not allowed.", (name,), "INVALID_ATTRIBUTE")


def _sound(name: str, values: list[Mapping[str, Any]], markets: Sequence[int]) -> bool:
    """Tell whether the values of an offer and of a stock are such as Amazon takes."""
    if name == "fulfillment_availability":
        amounts = [v["quantity"] for v in values if v.get("quantity") is not None]
        return all(isinstance(a, int) and not isinstance(a, bool) and 0 <= a < 10**8 for a in amounts)
    if name == "purchasable_offer":
        currencies = {MARKETS[m].place.currency for m in markets}
        prices = [scheduled(v, "our_price") for v in values if "our_price" in v]
        known = all(v.get("currency") is None or v["currency"] in currencies for v in values)
        return known and all(p is not None and p > 0 for p in prices)
    if name == "condition_type":
        return all(v.get("value") in CONDITIONS for v in values)
    return True


def _in_market(given: Mapping[str, Any], market: int) -> dict[str, Any]:
    """Return the attributes as they are kept: each value says its marketplace."""
    place = MARKETS[market].place.id
    return {
        n: values if n == "fulfillment_availability" else [{"marketplace_id": place, **v} for v in values]
        for n, values in given.items()
    }


def _apply(given: dict[str, Any], patches: object) -> Iterator[Issue]:
    """Apply the patches to the attributes in place; yield what cannot be applied."""
    for one in patches if isinstance(patches, list) else []:
        op, path, value = one.get("op"), str(one.get("path", "")), one.get("value")
        name = path.removeprefix(_PATH)
        values = [value] if isinstance(value, dict) else value if isinstance(value, list) else []
        if not path.startswith(_PATH) or not name or "/" in name:
            yield _issue("90000902", f"'{path}' is no path of an attribute.", (), "INVALID_ATTRIBUTE")
        elif op == "delete":
            _delete(given, name, values)
        elif op == "merge" and name not in _MERGED:
            yield _issue("90000903", f"'{name}' cannot be merged.", (name,), "INVALID_ATTRIBUTE")
        elif not values:
            yield _issue("90000901", f"'{name}' has no value.", (name,), "INVALID_ATTRIBUTE")
        else:
            given[name] = _merged(given.get(name) or [], values) if op == "merge" else values


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two values of an attribute are for the same place, audience, language and so on."""
    return all(one.get(s) == other.get(s) for s in SELECTORS if s in one and s in other)


def _delete(given: dict[str, Any], name: str, values: Sequence[Mapping[str, Any]]) -> None:
    kept = [v for v in given.get(name, ()) if values and not any(_same(v, w) for w in values)]
    given[name] = kept
    if not kept:
        del given[name]


def _merged(before: Sequence[Mapping[str, Any]], values: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    after = [dict(v) for v in before]
    for value in values:
        found = next((v for v in after if _same(v, value)), None)
        if found is None:
            after.append(dict(value))
        else:
            found.update(value)
    return after
