"""What the seller offers at a moment: the world's SKUs, and what was put, patched or deleted over them.

Owns the written listings: records of kind "listing", by SKU, with the attributes of each marketplace and the moment
from which they show. Amazon takes a submission at once and shows it later; here after `DELAY` seconds of the clock.
Knows nothing of requests and of the shapes of answers.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from amzsql.simulator.store import Store
from amzsql.simulator.world import AFN, MARKETS, MFN, Sku, World, local_price

from .fba_stock import Moved, moved

DELAY = 60
KIND = "listing"
# The numbers of SKUs that were written lie beyond those of any world.
_FIRST_NEW = 1_000_000
# What marks a value among the several of one attribute.
SELECTORS = ("marketplace_id", "currency", "audience", "language_tag", "fulfillment_channel_code")
Attributes = Mapping[str, Any]
_FIELDS = MappingProxyType({"ASIN": "asin", "SKU": "code", "EAN": "ean", "GTIN": "ean", "FNSKU": "fnsku"})


class Listing(NamedTuple):
    """A SKU in one marketplace as it stands: `sku` holds what is current of it.

    `price` is in hundredths of the marketplace's currency, None without an offer. `condition` is Amazon's name of it.
    `written` are the attributes that were submitted, None while nothing was.
    """

    sku: Sku
    market: int
    price: int | None
    condition: str
    written: Attributes | None

    @property
    def severity(self) -> str:
        """The severity of the listing's issue, empty without one."""
        given = self.written or {}
        if self.sku.issue == 0 and "size" not in given:
            return "ERROR"
        return "WARNING" if self.sku.issue == 1 and self.written is None else ""

    @property
    def status(self) -> list[str]:
        """The states of a listing: an error suppresses it, without stock or price it cannot be bought."""
        if self.severity == "ERROR":
            return []
        return ["BUYABLE", "DISCOVERABLE"] if self.sku.stock and self.price is not None else ["DISCOVERABLE"]


@dataclass(frozen=True, slots=True)
class Shop:
    """A seller's assortment at one moment."""

    world: World
    store: Store
    now: float
    moved: Mapping[str, Moved] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "moved", moved(self.store, self.world, self.now))

    @classmethod
    def of(cls, source: Any) -> Shop:
        """Return the assortment that a call or a maker of documents sees."""
        return cls(source.world, source.store, source.now)

    def listing(self, code: str, market: int) -> Listing | None:
        """Return what the seller offers under a SKU in a marketplace, or None."""
        sku = self.world.sku_by_code.get(code)
        version = self._version(code, market)
        if version is None:
            sold = sku is not None and self.world.sold_in(sku.number, market)
            return self._stocked(untouched(sku, market)) if sku is not None and sold else None
        if version["attributes"] is None:
            return None
        if version["listing"] is None:
            # The same whenever it is asked for, and asked for with every page of a search.
            version["listing"] = _written(self.world, code, sku, market, version)
        return self._stocked(version["listing"])

    def _stocked(self, listing: Listing) -> Listing:
        """Return a listing with the stock that Amazon has of it now."""
        found = self.moved.get(listing.sku.code)
        if found is None or listing.sku.channel != AFN:
            return listing
        return listing._replace(sku=listing.sku._replace(stock=max(0, listing.sku.stock + found.free)))

    def of_asin(self, asin: str, market: int) -> list[Listing]:
        """Return the seller's offers for a product; mostly one."""
        sku = self.world.sku_by_asin.get(asin)
        codes = [] if sku is None else [sku.code]
        codes += [c for c in self.store.records(KIND) if sku is None or c != sku.code]
        found = (self.listing(c, market) for c in codes)
        return [one for one in found if one is not None and one.sku.asin == asin]

    def codes(self) -> Iterator[str]:
        """Yield every SKU that is or was offered anywhere, the written ones last."""
        for sku in self.world.skus():
            yield sku.code
        yield from (c for c in self.store.records(KIND) if c not in self.world.sku_by_code)

    def every(self, market: int) -> Iterator[Listing]:
        """Yield all listings of a marketplace."""
        if not self.store.records(KIND):
            sold = (s for s in self.world.skus() if self.world.sold_in(s.number, market))
            yield from (self._stocked(untouched(s, market)) for s in sold)
            return
        for code in self.codes():
            found = self.listing(code, market)
            if found is not None:
                yield found

    def codes_of(self, kind: str, identifiers: Iterable[str]) -> list[str]:
        """Return the SKUs that identifiers of a kind name, in their order; those that name nothing are left out."""
        field = _FIELDS.get(kind, "")
        index: dict[str, list[str]] = {}
        for sku in (*self.world.skus(), *self._new()) if field else ():
            index.setdefault(getattr(sku, field), []).append(sku.code)
        return [code for i in dict.fromkeys(identifiers) if i for code in index.get(i, ())]

    def _new(self) -> Iterator[Sku]:
        """Yield the SKUs that the world does not have."""
        for code in self.store.records(KIND):
            found = (self.listing(code, m) for m in self.world.markets if code not in self.world.sku_by_code)
            yield from (one.sku for one in itertools.islice(filter(None, found), 1))

    def sku(self, code: str) -> Sku | None:
        """Return a SKU as the catalog knows it, or None."""
        found = self.world.sku_by_code.get(code)
        return found or next((s for s in self._new() if s.code == code), None)

    def in_catalog(self, sku: Sku, market: int) -> bool:
        """Tell whether a marketplace's catalog has a product: it keeps those that the seller deletes."""
        if sku.code in self.world.sku_by_code:
            return self.world.sold_in(sku.number, market)
        return self.listing(sku.code, market) is not None

    def products(self) -> Iterator[Sku]:
        """Yield all products that the catalog knows."""
        yield from self.world.skus()
        yield from self._new()

    def product(self, asin: str, market: int) -> Sku | None:
        """Return a product of the catalog: it stays there when the seller's offer is gone."""
        sku = self.world.sku_by_asin.get(asin)
        if sku is not None:
            return sku if self.world.sold_in(sku.number, market) else None
        return next((one.sku for one in self.of_asin(asin, market)), None)

    def _version(self, code: str, market: int) -> dict[str, Any] | None:
        """Return the latest submission that shows, None without one."""
        if not self.store.records(KIND):
            return None
        record = self.store.records(KIND).get(code)
        versions = record["markets"].get(market, ()) if record else ()
        return next((v for v in reversed(versions) if v["shows"] <= self.now), None)

    def submitted(self, code: str, market: int) -> Attributes | None:
        """Return the attributes that were submitted last, shown or not; None where there is no listing."""
        record = self.store.records(KIND).get(code)
        versions = record["markets"].get(market, ()) if record else ()
        if versions:
            given: Attributes | None = versions[-1]["attributes"]
            return given
        found = self.listing(code, market)
        return None if found is None else attributes(found)

    def submit(
        self, code: str, market: int, product_type: str, given: Attributes | None, *, delay: float = DELAY
    ) -> None:
        """Keep a submission, which shows after `delay` seconds; without attributes the listing is deleted."""
        record = self.store.records(KIND).setdefault(code, {"markets": {}})
        versions = record["markets"].setdefault(market, [])
        # What shows and what will: earlier ones are never asked for again.
        shown = [v for v in versions if v["shows"] <= self.now][-1:]
        version = {
            "at": int(self.now),
            "shows": self.now + delay,
            "created": versions[0]["created"] if versions else int(self.now),
            "type": product_type,
            "attributes": given,
            "listing": None,
        }
        record["markets"][market] = [*shown, *(v for v in versions if v["shows"] > self.now), version]


def untouched(sku: Sku, market: int) -> Listing:
    """Return a listing that nobody has written to."""
    return Listing(sku, market, local_price(sku, market), "new_new", None)


def _written(world: World, code: str, sku: Sku | None, market: int, version: Mapping[str, Any]) -> Listing:
    given = _here(version["attributes"], market)
    base = sku or _new_sku(world, code, version)
    stock, channel = _availability(given, base)
    shown = base._replace(
        asin=_text(given, "merchant_suggested_asin", base.asin) if sku is None else base.asin,
        title=_text(given, "item_name", base.title),
        brand=_text(given, "brand", base.brand),
        color=_text(given, "color", base.color),
        product_type=version["type"] or base.product_type,
        stock=stock,
        channel=channel,
        fnsku=base.fnsku or f"X00{base.asin[-7:]}" if channel == AFN else "",
        updated=version["at"],
    )
    return Listing(shown, market, _price(given, market), _text(given, "condition_type", "new_new"), given)


def _new_sku(world: World, code: str, version: Mapping[str, Any]) -> Sku:
    """Return a SKU that the world does not have; its numbers follow from its code."""
    digest = hashlib.blake2b(f"{world.seed} {code}".encode(), digest_size=8).digest()
    number = _FIRST_NEW + int.from_bytes(digest[:4], "big")
    asin = "B1" + "".join("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[b % 36] for b in digest)
    ean = f"41{number:011}"[:13]
    made = version["created"]
    return Sku(number, code, asin, "", code, "", version["type"], "", ean, 0, MFN, 0, made, made, -1)


def _here(given: Attributes, market: int) -> Attributes:
    """Return the attributes without values for other marketplaces."""
    place = MARKETS[market].place.id
    return {n: [v for v in values if v.get("marketplace_id", place) == place] for n, values in given.items()}


def _values(given: Attributes, name: str) -> list[Mapping[str, Any]]:
    values = given.get(name)
    return [v for v in values if isinstance(v, dict)] if isinstance(values, list) else []


def _text(given: Attributes, name: str, default: str) -> str:
    return next((str(v["value"]) for v in _values(given, name) if v.get("value")), default)


def _availability(given: Attributes, sku: Sku) -> tuple[int, int]:
    """Return (stock, channel): what Amazon ships it counts itself."""
    for value in _values(given, "fulfillment_availability"):
        if str(value.get("fulfillment_channel_code", "DEFAULT")).startswith("AMAZON"):
            return (sku.stock if sku.channel == AFN else 0), AFN
        quantity = value.get("quantity")
        return (quantity if isinstance(quantity, int) else 0), MFN
    return 0, MFN


def _price(given: Attributes, market: int) -> int | None:
    """Return the price of the offer to consumers, in hundredths."""
    for offer in _values(given, "purchasable_offer"):
        if offer.get("audience", "ALL") == "ALL":
            found = scheduled(offer, "our_price")
            if found is not None:
                return MARKETS[market].round(round(found * 100))
    return None


def scheduled(offer: Mapping[str, Any], name: str) -> float | None:
    """Return the amount of a price with a schedule, None if it is absent or no number."""
    for price in _values(offer, name):
        for step in _values(price, "schedule"):
            amount = step.get("value_with_tax")
            if isinstance(amount, (int, float)) and not isinstance(amount, bool):
                return float(amount)
    return None


def availability(listing: Listing) -> dict[str, Any]:
    """Return who ships a listing, and the stock of one that the seller ships."""
    if listing.sku.channel == AFN:
        region = MARKETS[listing.market].place.region
        return {"fulfillment_channel_code": "AMAZON_JP" if region == "FE" else f"AMAZON_{region}"}
    return {"fulfillment_channel_code": "DEFAULT", "quantity": listing.sku.stock}


def attributes(listing: Listing) -> dict[str, Any]:
    """Return the attributes of a listing: the submitted ones, else those that follow from the world."""
    if listing.written is not None:
        return dict(listing.written)
    sku, place = listing.sku, MARKETS[listing.market].place
    price = [{"schedule": [{"value_with_tax": (listing.price or 0) / 100}]}]
    offer = {"currency": place.currency, "audience": "ALL", "our_price": price, "marketplace_id": place.id}
    texts = (("item_name", sku.title), ("brand", sku.brand), ("color", sku.color))
    worded = {n: [{"value": value, "language_tag": place.language, "marketplace_id": place.id}] for n, value in texts}
    return {
        **worded,
        "condition_type": [{"value": "new_new", "marketplace_id": place.id}],
        "merchant_suggested_asin": [{"value": sku.asin, "marketplace_id": place.id}],
        "purchasable_offer": [offer],
        "fulfillment_availability": [availability(listing)],
    }
