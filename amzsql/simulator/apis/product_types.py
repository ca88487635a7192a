"""Product types: which there are, what attributes a listing of one has, and the JSON schema that says so.

The schema lies behind a signed address, as Amazon's do. What a submission of a listing is checked by is the same.
"""

from __future__ import annotations

import base64
import hashlib
from types import MappingProxyType
from typing import Any

from amzsql.simulator import documents
from amzsql.simulator.call import Call, Handler, dump, not_found
from amzsql.simulator.documents import Partner
from amzsql.simulator.http import Answer
from amzsql.simulator.world import MARKETS, PRODUCT_TYPES

_SCHEMA, _META = "product-type-schema", "product-type-meta-schema"
_VERSION = "SIMULATED1="
TYPES = tuple(sorted({*PRODUCT_TYPES, "PRODUCT", "SHIRT", "SHOES", "LUGGAGE", "BOOK"}))
_OFFER = (
    "condition_type", "condition_note", "purchasable_offer", "fulfillment_availability", "list_price",
    "max_order_quantity", "merchant_release_date", "merchant_shipping_group", "merchant_suggested_asin",
    "product_tax_code", "skip_offer", "map_price", "gift_options",
)  # fmt: skip
_WORDS = (
    "item_name", "brand", "color", "size", "bullet_point", "product_description", "generic_keyword", "manufacturer",
    "model_name", "model_number", "part_number", "material", "style", "pattern", "department", "item_type_keyword",
    "item_type_name", "special_feature", "included_components", "warranty_description", "unit_count_type",
    "fabric_type", "care_instructions", "target_gender", "age_range_description", "theme", "occasion_type",
)  # fmt: skip
_OTHER = (
    "externally_assigned_product_identifier", "supplier_declared_has_product_identifier_exemption",
    "country_of_origin", "main_product_image_locator", *(f"other_product_image_locator_{n}" for n in range(1, 9)),
    "main_offer_image_locator", *(f"other_offer_image_locator_{n}" for n in range(1, 6)),
    "swatch_product_image_locator", "item_weight", "item_package_weight", "item_dimensions",
    "item_package_dimensions", "number_of_items", "item_package_quantity", "unit_count", "batteries_required",
    "batteries_included", "supplier_declared_dg_hz_regulation", "compliance_media", "gpsr_safety_attestation",
    "gpsr_manufacturer_reference", "dsa_responsible_party_address", "parentage_level",
    "child_parent_sku_relationship", "variation_theme", "recommended_browse_nodes", "is_expiration_dated_product",
    "product_site_launch_date", "street_date", "capacity", "item_length_width_height", "wattage", "number_of_pieces",
)  # fmt: skip
ATTRIBUTES = frozenset((*_OFFER, *_WORDS, *_OTHER))
REQUIRED = MappingProxyType(
    {
        "LISTING": ("brand", "condition_type", "item_name"),
        "LISTING_PRODUCT_ONLY": ("brand", "item_name"),
        "LISTING_OFFER_ONLY": ("condition_type", "merchant_suggested_asin"),
    }
)
_GROUPS = (("offer", "Offer", _OFFER), ("product_identity", "Product Identity", (*_WORDS, *_OTHER)))


def display_name(product_type: str) -> str:
    """Return the name of a product type for people."""
    return product_type.replace("_", " ").title()


def search(call: Call) -> bytes:
    """Answer searchDefinitionsProductTypes: all types, or those that a keyword or the item's name is like."""
    call.markets("marketplaceIds")
    words = [w.lower() for k in call.many("keywords") for w in k.split()] or call.get("itemName").lower().split()
    found = [t for t in TYPES if not words or any(w in t.lower().split("_") for w in words)]
    if words and not found and call.get("itemName"):
        found = ["PRODUCT"]
    markets = list(call.many("marketplaceIds"))
    rows = [{"name": t, "displayName": display_name(t), "marketplaceIds": markets} for t in found]
    return dump({"productTypes": rows, "productTypeVersion": _VERSION})


def get(call: Call) -> bytes:
    """Answer getDefinitionsProductType."""
    name = call.path["productType"]
    market = MARKETS[min(call.markets("marketplaceIds"))].place
    if name not in TYPES:
        raise not_found(f"product type {name}")
    requirements = call.get("requirements") or "LISTING"
    locale = call.get("locale") or "DEFAULT"
    enforced = call.get("requirementsEnforced") or "ENFORCED"
    key = "~".join((name, requirements, enforced, market.id))
    body = {
        "metaSchema": _link(call, _META, "2019-09", dump(meta_schema())),
        "schema": _link(call, _SCHEMA, key, dump(schema(*key.split("~")))),
        "requirements": requirements,
        "requirementsEnforced": enforced,
        "propertyGroups": {k: {"title": t, "propertyNames": list(n)} for k, t, n in _GROUPS},
        "locale": market.language if locale == "DEFAULT" else locale,
        "marketplaceIds": list(call.many("marketplaceIds")),
        "productType": name,
        "displayName": display_name(name),
        "productTypeVersion": {"version": _VERSION, "latest": True, "releaseCandidate": False},
    }
    return dump(body)


def _link(call: Call, kind: str, key: str, content: bytes) -> dict[str, Any]:
    checksum = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    link = {"resource": documents.url(call, kind, key, life=7 * 86_400), "verb": "GET"}
    return {"link": link, "checksum": checksum}


def schema(product_type: str, requirements: str, enforced: str, marketplace_id: str) -> dict[str, Any]:
    """Return the JSON schema of the attributes of a listing."""
    place = next(m.place for m in MARKETS if m.place.id == marketplace_id)
    mark = {"marketplace_id": {"type": "string", "enum": [place.id], "default": place.id}}
    worded = {"language_tag": {"type": "string", "default": place.language}, **mark}
    shown = [n for n in sorted(ATTRIBUTES) if _belongs(n, requirements)]
    properties = {n: _property(n, worded if n in _WORDS else mark, place.currency) for n in shown}
    return {
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "$id": f"https://schemas.amazonservices.com/simulated/{product_type}",
        "title": display_name(product_type),
        "type": "object",
        "required": list(REQUIRED[requirements]) if enforced == "ENFORCED" else [],
        "properties": properties,
        "additionalProperties": False,
    }


def _belongs(name: str, requirements: str) -> bool:
    if requirements == "LISTING_OFFER_ONLY":
        return name in _OFFER
    return requirements == "LISTING" or name not in ("purchasable_offer", "fulfillment_availability")


def _property(name: str, marks: dict[str, Any], currency: str) -> dict[str, Any]:
    inner: dict[str, Any] = {"value": {}, **marks}
    if name == "purchasable_offer":
        step = {"type": "object", "properties": {"value_with_tax": {"type": "number", "minimum": 0}}}
        price = {
            "type": "array",
            "items": {"type": "object", "properties": {"schedule": {"type": "array", "items": step}}},
        }
        inner = {"currency": {"type": "string", "enum": [currency]}, "our_price": price, **marks}
    if name == "fulfillment_availability":
        codes = {"type": "string", "enum": ["DEFAULT", "AMAZON_NA", "AMAZON_EU", "AMAZON_JP"]}
        inner = {"fulfillment_channel_code": codes, "quantity": {"type": "integer", "minimum": 0}}
    items = {"type": "object", "properties": inner}
    return {"title": display_name(name), "type": "array", "minItems": 1, "items": items}


def meta_schema() -> dict[str, Any]:
    """Return the schema of the schemas."""
    return {
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "$id": "https://schemas.amazonservices.com/simulated/meta-schema/v1",
        "type": ["object", "boolean"],
    }


def _schema_document(_: Partner, key: str) -> Answer:
    return Answer(200, dump(schema(*key.split("~"))))


def _meta_document(_: Partner, __: str) -> Answer:
    return Answer(200, dump(meta_schema()))


HANDLERS: dict[str, Handler] = {
    "definitionsProductTypes_2020-09-01.searchDefinitionsProductTypes": search,
    "definitionsProductTypes_2020-09-01.getDefinitionsProductType": get,
}
DOCUMENTS = {_SCHEMA: _schema_document, _META: _meta_document}
