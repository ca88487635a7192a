"""The harvest: the committed facts are its work, equal to the shared figures, and free of prose."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from amzsql import spapi
from amzsql.spapi import harvest
from amzsql.spapi.model import Field, Operation, Parameter

SHARED = Path(__file__).parents[3] / "shared" / "spapi"
needs_models = pytest.mark.skipif(not (SHARED / "models").is_dir(), reason="needs Amazon's models in ../shared")
needs_operations = pytest.mark.skipif(not (SHARED / "operations.json").is_file(), reason="needs ../shared figures")


def test_facts_are_as_harvested() -> None:
    assert (harvest.FACTS / "CHECKSUM").read_text().strip() == harvest.checksum(harvest.FACTS)


@needs_models
def test_harvest_gives_the_committed_facts_byte_for_byte(tmp_path: Path) -> None:
    assert harvest.main([str(SHARED / "models"), "--target", str(tmp_path)]) == 0
    fresh = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert fresh == {p.name: p.read_bytes() for p in harvest.FACTS.iterdir()}


def test_facts_hold_no_prose() -> None:
    for path in harvest.FACTS.glob("*.json"):
        for text in _strings(json.loads(path.read_text())):
            assert len(text) <= 150, (path.name, text)
            assert len(re.findall(r"[A-Za-z]{2,}", text)) < 8 or " " not in text, (path.name, text)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield key
            yield from _strings(child)
    elif isinstance(value, list):
        for child in value:
            yield from _strings(child)
    elif isinstance(value, str):
        yield value


def test_facts_keep_a_parameter_and_a_type_a_line() -> None:
    lines = (harvest.FACTS / "ordersV0.json").read_text().splitlines()
    assert sum('"name":"MarketplaceIds"' in line for line in lines) == 1
    assert sum(line.startswith('"OrderItem":') for line in lines) == 1


def test_every_entry_of_the_supplement_has_a_source() -> None:
    supplement = tomllib.loads(harvest.SUPPLEMENT.read_text())
    for entry in supplement["entry"]:
        assert entry["source"], entry["operations"]
        assert len(entry) > 2, entry["operations"]


def test_supplement_names_only_parameters_that_exist() -> None:
    for o in spapi.all_operations():
        names = {p.name for p in o.parameters}
        used = {n for group in (*o.any_of, *o.exclusive) for n in group}
        used |= {part.partition("=")[0] for pair in o.needs for part in pair}
        used |= {n for w in o.windows for n in (w.after, w.before) if n}
        assert used <= names, o.name


def test_patterns_are_pythons() -> None:
    for o in spapi.all_operations():
        for p in o.parameters:
            if p.pattern:
                re.compile(p.pattern)
    for name in spapi.apis():
        for shape in spapi.api(name).types.values():
            for child in (shape, *(c for _, c in shape.properties)):
                if child.pattern:
                    re.compile(child.pattern)


# --- the harvest's own rules, on a model made for them ---

MODEL: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"version": "v9"},
    "paths": {
        "/things": {
            "parameters": [{"name": "limit", "in": "query", "type": "integer", "default": 5, "maximum": 9}],
            "get": {
                "operationId": "listThings",
                "description": "Lists.\n\n| Rate (requests per second) | Burst |\n| ---- | ---- |\n| .25 | 7 |\n",
                "parameters": [{"name": "nextToken", "in": "query", "type": "string", "description": "Prose."}],
                "responses": {"200": {"schema": {"$ref": "#/definitions/ListThingsResponse"}}, "400": {}},
            },
            "post": {
                "operationId": "makeThing",
                "description": "| Rate (requests per second) | Burst |\n| ---- | ---- |\n| n | n |",
                "parameters": [{"name": "body", "in": "body", "required": True, "schema": {"type": "object"}}],
                "responses": {"204": {}, "400": {}},
            },
        }
    },
    "definitions": {
        "ListThingsResponse": {
            "properties": {
                "things": {"type": "array", "items": {"$ref": "#/definitions/Thing"}},
                "nextToken": {"type": "string"},
                "total": {"type": "integer"},
            }
        },
        "Thing": {
            "type": "object",
            "description": "Prose.",
            "allOf": [{"$ref": "#/definitions/Base"}, {"properties": {"inner": {"$ref": "#/definitions/Thing"}}}],
        },
        "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "enum": ["A"]}}},
    },
}


GETTING = {
    "operationId": "getThing",
    "x-rate": {"rate": 0.5, "burst": 3},
    "responses": {"200": {"schema": {"$ref": "#/definitions/Found"}}},
}


def test_rules_on_a_small_model() -> None:
    facts = harvest.harvest(MODEL, "thingsV9", {})
    listing, making = facts["operations"]
    assert listing["rate"] == {"rate": 0.25, "burst": 7}
    assert making["rate"] == {"rate": 1.0, "burst": 1, "known": False}
    assert (listing["row_kind"], listing["row_path"]) == ("array", "things[]")
    assert listing["paging"] == {
        "style": "token",
        "token_in": "nextToken",
        "token_out": "nextToken",
        "size": "limit",
        "size_default": 5,
        "size_max": 9,
    }
    assert (making["success"], making["read"], making["row_kind"]) == ([204], False, "none")
    assert facts["types"]["Thing"] == {
        "type": "object",
        "properties": {"id": {"type": "string", "enum": ["A"]}, "inner": "@Thing"},
        "required": ["id"],
    }
    assert "Prose" not in harvest.written(facts)


def test_supplement_is_baked_in() -> None:
    entry = {
        "operations": ["thingsV9.listThings"],
        "source": "a test",
        "paging": {"token_life": "2min"},
        "windows": [{"after": "limit", "longest": "180d"}],
        "personal": {"buyer": ["Role"]},
    }
    listing = harvest.harvest(MODEL, "thingsV9", {"entry": [entry]})["operations"][0]
    assert listing["paging"]["token_life"] == 120
    assert listing["windows"] == [{"after": "limit", "before": None, "longest": 15552000}]
    assert listing["personal"] == {"buyer": ["Role"]}
    assert "source" not in listing


def test_whom_an_api_is_for_is_said_once_for_all_of_it(tmp_path: Path) -> None:
    supplement = {"partner": [{"kind": "vendor", "apis": ["thingsV9"], "source": "a test"}]}
    facts = harvest.harvest(MODEL, "thingsV9", supplement)
    assert facts["partner"] == "vendor"
    head = harvest.written(facts).splitlines()[0]
    assert json.loads(head[:-1] + "}") == {"api": "thingsV9", "version": "v9", "partner": "vendor"}
    assert "partner" not in harvest.harvest(MODEL, "thingsV10", supplement)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "thingsV9.json").write_text(json.dumps(MODEL))
    (tmp_path / "extra.toml").write_text('[[partner]]\nkind = "seller"\napis = ["thingsV9", "thingsV8"]\n')
    with pytest.raises(LookupError, match=r": thingsV8$"):
        harvest.run(tmp_path / "models", tmp_path / "facts", tmp_path / "extra.toml")


def test_a_declared_operation_joins_the_model_until_the_model_has_it(tmp_path: Path) -> None:
    declared = {
        "info": {"version": "v9", "x-source": "sdk 1.0"},
        "paths": {
            "/things": {"post": {**MODEL["paths"]["/things"]["post"], "operationId": "old"}},
            "/things/{id}": {"get": GETTING},
        },
        "definitions": {"Thing": {"type": "string"}, "Found": {"$ref": "#/definitions/Thing"}},
    }
    models, newer = tmp_path / "models", tmp_path / "newer"
    for path, document in ((models / "thingsV9", MODEL), (newer / "thingsV9", declared), (newer / "own", declared)):
        path.parent.mkdir(exist_ok=True)
        path.with_suffix(".json").write_text(json.dumps(document))
    found = harvest.documents(models, newer)
    assert list(found) == ["own", "thingsV9"]
    facts = harvest.harvest(found["thingsV9"], "thingsV9", {})
    assert [(o["operation_id"], o.get("source", "")) for o in facts["operations"]] == [
        ("listThings", ""),
        ("makeThing", ""),
        ("getThing", "sdk 1.0"),
    ]
    assert facts["operations"][2]["rate"] == {"rate": 0.5, "burst": 3}
    assert facts["types"]["Thing"]["type"] == "object", "what the model defines is the model's"
    (models / "thingsV10.json").write_text(json.dumps({**MODEL, "paths": declared["paths"]}))
    assert list(harvest.documents(models, newer)) == ["thingsV10", "thingsV9"], "nothing is left to declare"


def test_supplement_of_an_unknown_operation_is_refused(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "thingsV9.json").write_text(json.dumps(MODEL))
    (tmp_path / "extra.toml").write_text('[[entry]]\noperations = ["thingsV9.nothing"]\nsource = "x"\nread = true\n')
    with pytest.raises(LookupError, match=r"thingsV9\.nothing"):
        harvest.run(tmp_path / "models", tmp_path / "facts", tmp_path / "extra.toml")
    assert not (tmp_path / "facts").exists()


# --- equal to the shared figures, or the difference explained ---

PROSE_SIZES = "the page size stands in prose only; the supplement states it"
PROSE_VALUES = "the values stand in prose only; the supplement states them"
FLAGS = "a text whose format is boolean is a flag"
EXPLAINED: dict[tuple[str, str], str] = {
    **{
        (operation, f"{flag}.{what}"): FLAGS
        for operation, flag in (
            ("vendorOrders.getPurchaseOrders", "includeDetails"),
            ("vendorOrders.getPurchaseOrders", "isPOChanged"),
            ("vendorDirectFulfillmentOrdersV1.getOrders", "includeDetails"),
            ("vendorDirectFulfillmentOrders_2021-12-28.getOrders", "includeDetails"),
        )
        for what in ("type", "format")
    },
    ("customerFeedback_2024-06-01.getItemReviewTopics", "sortBy.enum"): "a string whose enum hangs on its items",
    ("customerFeedback_2024-06-01.getBrowseNodeReviewTopics", "sortBy.enum"): "a string whose enum hangs on its items",
    ("sales.getOrderMetrics", "marketplaceIds.max_items"): "one marketplace, says the prose",
    ("ordersV0.getOrders", "OrderStatuses.enum"): PROSE_VALUES,
    ("ordersV0.getOrders", "FulfillmentChannels.enum"): PROSE_VALUES,
    ("ordersV0.getOrders", "PaymentMethods.enum"): PROSE_VALUES,
    ("ordersV0.getOrders", "EasyShipShipmentStatuses.enum"): PROSE_VALUES,
    ("ordersV0.getOrders", "ElectronicInvoiceStatuses.enum"): PROSE_VALUES,
    ("finances_2024-06-19.listTransactions", "transactionStatus.enum"): PROSE_VALUES,
    ("finances_2024-06-19.listTransactions", "relatedIdentifierName.enum"): PROSE_VALUES,
    ("services.setAppointmentFulfillmentData", "response_type"): "a bare string is named after its operation",
    ("services.setAppointmentFulfillmentData", "row_type"): "a bare string is named after its operation",
    ("finances_2024-06-19.listTransactions", "fields"): "the enum of storeName is kept",
    ("fulfillmentInboundV0.getLabels", "paging"): "pages of labels to print, not of rows",
    ("replenishment-2022-11-07.listOffers", "paging"): "the offset is named as what a page is asked by",
    ("replenishment-2022-11-07.listOfferMetrics", "paging"): "the offset is named as what a page is asked by",
    ("externalFulfillmentReturns_2024-09-11.listReturns", "paging"): PROSE_SIZES,
    ("fbaInventory.getInventorySummaries", "paging"): PROSE_SIZES,
    ("financesInvoices_2026-06-25.getInvoiceHeaders", "paging"): PROSE_SIZES,
    ("finances_2024-06-19.listTransactions", "paging"): PROSE_SIZES,
    ("InvoicesApiModel_2024-06-19.getInvoicesExports", "paging"): PROSE_SIZES,
    ("InvoicesApiModel_2024-06-19.getInvoices", "paging"): PROSE_SIZES,
    ("ordersV0.getOrders", "paging"): PROSE_SIZES,
    ("orders_2026-01-01.searchOrders", "paging"): PROSE_SIZES,
    ("vendorOrders.getPurchaseOrders", "paging"): PROSE_SIZES,
    ("vendorOrders.getPurchaseOrdersStatus", "paging"): PROSE_SIZES,
    ("vendorShipments.GetShipmentDetails", "paging"): PROSE_SIZES,
    ("vendorShipments.GetShipmentLabels", "paging"): PROSE_SIZES,
}


@needs_operations
def test_facts_equal_the_shared_figures() -> None:
    shared = json.loads((SHARED / "operations.json").read_text())
    ours = {o.key: o for o in spapi.all_operations()}
    assert {(o["api"], o["method"], o["path"]) for o in shared} == {k for k, o in ours.items() if not o.source}
    found = {
        (operation.name, what)
        for o in shared
        for operation in [ours[o["api"], o["method"], o["path"]]]
        for what in _differences(o, operation)
    }
    assert found == set(EXPLAINED)


def _differences(theirs: dict[str, Any], ours: Operation) -> Iterator[str]:
    """Yield what differs between a shared operation and ours."""
    rate = (ours.rate.rate, ours.rate.burst) if ours.rate.known else (None, None)
    pairs = {
        "operation_id": (theirs["operationId"], ours.operation_id),
        "version": (theirs["version"], ours.version),
        "rate": ((theirs["rate"], theirs["burst"]), rate),
        "success": (int(theirs["successStatus"]), ours.success[0]),
        "response_type": (theirs["responseType"], ours.response_type),
        "rows": ((theirs["rowKind"], theirs["rowPath"]), (ours.row_kind, ours.row_path)),
        "row_type": (theirs["rowType"], ours.row_type),
        "multi_rows": (list(theirs["multiFields"]), list(ours.multi_rows)),
        "paging": (_their_paging(theirs["pagination"]), _our_paging(ours)),
        "restricted": (theirs["restricted"], ours.restricted),
        "grantless": (theirs["grantless"], ours.grantless),
        "deprecated": (theirs["deprecated"], ours.deprecated),
        "sandbox_only": (theirs["sandboxOnly"], ours.sandbox_only),
        "read": (theirs["effect"].startswith("read"), ours.read),
        "parameters": (
            [(p["name"], p["in"]) for p in theirs["params"]],
            [(p.name, p.location) for p in ours.parameters],
        ),
    }
    yield from (name for name, (a, b) in pairs.items() if a != b)
    for mine, other in zip(ours.parameters, theirs["params"], strict=True):
        yield from _parameter_differences(other, mine)
    if _fields_differ(theirs["rowFields"], ours.fields):
        yield "fields"
    if theirs["rowKind"] == "array" and _fields_differ(theirs["parentFields"], ours.parent_fields):
        yield "parent_fields"


def _their_paging(paging: dict[str, Any] | None) -> Any:
    if paging is None:
        return None
    sizes = (paging["pageSize"] or [{}])[0]
    forward = [t for t in paging["tokenOut"] if "previous" not in t.lower()]
    return (
        "".join(t["name"] for t in paging["tokenIn"]),
        "".join(forward),
        sizes.get("name"),
        sizes.get("default"),
        sizes.get("maximum"),
    )


def _our_paging(operation: Operation) -> Any:
    p = operation.paging
    return p and (p.token_in, p.token_out, p.size, p.size_default, p.size_max)


PARAMETER_FACTS = {
    "type": "type",
    "format": "format",
    "itemType": "item_type",
    "minItems": "min_items",
    "maxItems": "max_items",
    "minimum": "minimum",
    "maximum": "maximum",
    "maxLength": "max_length",
    "pattern": "pattern",
    "required": "required",
}


def _parameter_differences(theirs: dict[str, Any], ours: Parameter) -> Iterator[str]:
    for their_name, our_name in PARAMETER_FACTS.items():
        if theirs.get(their_name) != getattr(ours, our_name):
            yield f"{ours.name}.{our_name}"
    default = theirs.get("default")
    text = ",".join(default) if isinstance(default, list) else None if default is None else str(default)
    if (text or "").lower() != (ours.default or "").lower():
        yield f"{ours.name}.default"
    if tuple(theirs.get("enum", ())) != ours.enum:
        yield f"{ours.name}.enum"
    if ours.location != "body" and theirs.get("collectionFormat", "").partition(" ")[0] != (ours.style or ""):
        yield f"{ours.name}.style"
    if ours.location == "body":
        if _fields_differ(theirs["bodyFields"], ours.fields):
            yield f"{ours.name}.fields"
        if tuple(theirs["bodyRequired"]) != ours.required_fields:
            yield f"{ours.name}.required_fields"


def _fields_differ(theirs: list[dict[str, Any]], ours: tuple[Field, ...]) -> bool:
    """Compare flattened fields.

    Two notations differ and mean the same: a map is one leaf of ours (``reportOptions``) where theirs may go on with
    ``{}``; theirs stops at a depth ("truncated") where ours goes on to the leaves.
    """
    maps = {f.path for f in ours if f.format == "map"}
    cut = tuple(f["path"] for f in theirs if f.get("format") == "truncated")
    mine = {
        (f.path, f.type, f.format, f.enum)
        for f in ours
        if f.path not in maps and not any(f.path == c or f.path.startswith((f"{c}.", f"{c}[")) for c in cut)
    }
    named = {
        (f["path"], f["type"], f.get("format"), tuple(f.get("enum", ())))
        for f in theirs
        if f.get("format") != "truncated"
        and f["path"].partition("{}")[0] not in maps
        and not any(f["path"].startswith(f"{m}{{}}") for m in maps)
    }
    reached = all(any(f.path.startswith(c.removesuffix("[]")) for f in ours) for c in cut)
    return named != mine or not reached
