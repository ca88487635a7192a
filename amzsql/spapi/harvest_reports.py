"""Draw the facts of report columns: ``python -m amzsql.spapi.harvest_reports FOLDER``.

FOLDER holds Amazon's schemas of JSON reports (schemas/reports) and what others have seen in flat files and XML
(report_columns*.tsv, report_headers_i18n.tsv). Kept are names and types, nothing of the prose. Must not know how facts
are read. The same input gives the same bytes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from amzsql.spapi.document_types import report_types

HERE = Path(__file__).parent
VENDORS = "(vendor)"
Column = tuple[str, str]
# Which type of report a schema is of, where its own examples do not say, or not whose.
_SCHEMAS = {
    "accountHealthReport-2020-11-18": "GET_V2_SELLER_PERFORMANCE_REPORT",
    "b2bProductOpportunitiesNotYetOnAmazonReport-2020-11-19": "GET_B2B_PRODUCT_OPPORTUNITIES_NOT_YET_ON_AMAZON",
    "b2bProductOpportunitiesRecommendedForYouReport-2020-11-19": "GET_B2B_PRODUCT_OPPORTUNITIES_RECOMMENDED_FOR_YOU",
    "vendorCouponReport": f"GET_COUPON_PERFORMANCE_REPORT{VENDORS}",
}
_SEEN = ("report_columns.tsv", "report_columns_more.tsv")
# What a program that read the reports added to them, and a heading that stands for a column no longer filled.
_ADDED = {("GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE", "report_id")}
_NO_COLUMN = "(deprecated"
_TYPES = {"integer": "int", "boolean": "bool", "number": "num", "decimal": "num"}
_FORMATS = {"date": "date", "date-time": "time"}
# A number that may be at most this is a part of that.
_PARTS = {1: "share", 100: "percent"}


def harvest(folder: Path) -> dict[str, str]:
    """Return the facts files by name: layouts, columns and words."""
    amazons = dict(_schemas(folder / "schemas" / "reports"))
    others = {name: columns for name, columns in _seen(folder).items() if name not in amazons}
    known = {**amazons, **others}
    order = [*(n for name in report_types() for n in (name, name + VENDORS) if n == name or n in known)]
    order += [name for name in known if name not in order]
    first: dict[tuple[Column, ...], str] = {}
    for name in order:
        if name in known:
            first.setdefault(known[name], name)
    standing = {n: "amazon" if n in amazons else "others" if n in others else "unknown" for n in order}
    layouts = ((n, standing[n], first[known[n]] if n in known else "") for n in order)
    columns = ((name, *column) for found, name in first.items() for column in found)
    return {
        "report_layouts.tsv": _text(("type", "standing", "columns"), layouts),
        "report_columns.tsv": _text(("columns", "name", "kind"), columns),
        "report_words.tsv": _text(("type", "language", "name", "localized"), _words(folder)),
    }


def _schemas(folder: Path) -> Iterator[tuple[str, tuple[Column, ...]]]:
    for path in sorted(folder.glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        name = _SCHEMAS.get(path.stem) or schema["examples"][0]["reportSpecification"]["reportType"]
        yield name, tuple(leaves(schema))


def leaves(schema: Mapping[str, Any]) -> list[Column]:
    """Return (path, kind) of each value of a schema; ``[]`` stands for the elements of an array."""
    return [(path, _kind(node)) for path, node in _below(schema, "", schema)]


def _below(node: Mapping[str, Any], at: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    while "$ref" in node:
        found: Any = schema
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = {**found, **{k: v for k, v in node.items() if k != "$ref"}}
    if "properties" in node:
        start = f"{at}." if at else ""
        for name, inner in node["properties"].items():
            yield from _below(inner, start + name, schema)
        # Required, and not declared.
        yield from ((start + n, {"type": "string"}) for n in node.get("required", ()) if n not in node["properties"])
    elif node.get("type") == "array":
        yield from _below(node.get("items", {}), f"{at}[]", schema)
    else:
        yield at, node


def _kind(node: Mapping[str, Any]) -> str:
    if len(node.get("enum", ())) > 1:
        return "|".join(node["enum"])
    if node.get("type") == "number":
        return _PARTS.get(node.get("maximum", 0), "num")
    return _TYPES.get(node.get("type", ""), _FORMATS.get(node.get("format", ""), ""))


def _seen(folder: Path) -> dict[str, tuple[Column, ...]]:
    found: dict[str, list[Column]] = {}
    for row in (row for name in _SEEN for row in _rows(folder / name)):
        if (row["reportType"], row["column"]) not in _ADDED:
            kind = _TYPES.get(row["type"], _FORMATS.get(row["format"], ""))
            found.setdefault(row["reportType"], []).append((row["column"], kind))
    return {name: tuple(columns) for name, columns in found.items()}


def _words(folder: Path) -> Iterator[tuple[str, ...]]:
    for row in _rows(folder / "report_headers_i18n.tsv"):
        if not row["english"].startswith(_NO_COLUMN):
            yield row["reportType"], row["language"], row["english"], row["localized"]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    names = lines[0].split("\t")
    return (dict(zip(names, line.split("\t"), strict=True)) for line in lines[1:])


def _text(names: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    return "".join("\t".join(row) + "\n" for row in (names, *rows))


if __name__ == "__main__":
    for file, text in harvest(Path(sys.argv[1])).items():
        (HERE / file).write_text(text, encoding="utf-8")
