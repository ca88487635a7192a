"""Draw the facts from Amazon's models and the supplement: ``python -m amzsql.spapi.harvest MODELS_DIR``.

Owns the way from a Swagger 2.0 model to a facts file: what is kept (names, types, limits, rates, paging, where the rows
are), what is left behind (every description), and how the file is written. Operations that Amazon's SDK has before any
model are declared in the folder newer, in the same notation: a model that has one wins. Must not know of SQL, nor of
how facts are read. The same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from amzsql.spapi import harvest_roles

Json = dict[str, Any]

HERE = Path(__file__).parent
FACTS = HERE / "facts"
SUPPLEMENT = HERE / "supplement.toml"
NEWER = HERE / "newer"
METHODS = ("get", "post", "put", "patch", "delete")
TOKEN_IN = frozenset({"nexttoken", "paginationtoken", "pagetoken", "nextpagetoken"})
TOKEN_OUT = frozenset({"nexttoken", "nextpagetoken"})
TOKEN_LIKE = TOKEN_IN | {"previoustoken", "previouspagetoken"}
PAGE_SIZES = frozenset({"maxresultsperpage", "pagesize", "maxresults", "limit"})
LIMITS = {
    "minItems": "min_items",
    "maxItems": "max_items",
    "minimum": "minimum",
    "maximum": "maximum",
    "minLength": "min_length",
    "maxLength": "max_length",
    "pattern": "pattern",
    "multipleOf": "multiple_of",
    "uniqueItems": "unique",
}
RATE_ROW = re.compile(r"\|\s*(?:[A-Za-z ]+\|\s*)?(\d*\.?\d+)\s*\|\s*(\d+)\s*\|")
RESPONSE_NAME = re.compile(r"(Response|Results?|List|Listing|Packages)$")


class Model:
    """One of Amazon's models, with its references resolved and its schemas brought into the facts' notation."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.definitions: Json = document.get("definitions", {})
        self.types: Json = {}

    def resolve(self, node: Json) -> Json:
        """Follow `$ref` until the schema, parameter or response itself."""
        while "$ref" in node:
            target: Any = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            node = target
        return node

    def notation(self, schema: Json) -> Any:
        """Return a schema in the facts' notation; every named schema that it mentions is added to `types`.

        ``"string"``, ``"string:date-time"``, ``"@Money"`` (a named type), ``"[]@Order"`` (an array) or, with limits or
        properties, an object.
        """
        schema = self._merged(schema)
        if "$ref" in schema:
            return "@" + self.add(schema["$ref"].rsplit("/", 1)[1])
        kind = schema.get("type") or ("object" if "properties" in schema or "additionalProperties" in schema else "any")
        limits = {short: schema[long] for long, short in LIMITS.items() if long in schema}
        if kind == "array":
            items = self.notation(schema.get("items", {}))
            if isinstance(items, str) and not limits:
                return "[]" + items
            return {"type": "array", "items": items, **limits}
        if kind == "object":
            return self._object(schema)
        name = kind + (f":{schema['format']}" if "format" in schema else "")
        if "enum" in schema:
            limits["enum"] = [str(v) for v in schema["enum"]]
        return {"type": name, **limits} if limits else name

    def _object(self, schema: Json) -> Any:
        properties = {k: self.notation(v) for k, v in schema.get("properties", {}).items()}
        out: Json = {"type": "object"}
        if properties:
            out["properties"] = properties
        if schema.get("required"):
            out["required"] = schema["required"]
        extra = schema.get("additionalProperties")
        if extra is not None and extra is not False:
            out["values"] = self.notation(extra if isinstance(extra, dict) else {})
        return out if len(out) > 1 else "object"

    def _merged(self, schema: Json) -> Json:
        """Fold `allOf` into one schema; a lone member stands for the whole."""
        if "allOf" not in schema:
            return schema
        parts = schema["allOf"]
        own = {k: v for k, v in schema.items() if k in ("properties", "required", "type")}
        if len(parts) == 1 and not own.get("properties"):
            return self._merged(parts[0])
        merged: Json = {"type": "object", "properties": {}, "required": []}
        for part in (*(self._merged(self.resolve(p)) for p in parts), own):
            merged["properties"].update(part.get("properties", {}))
            merged["required"] += [r for r in part.get("required", []) if r not in merged["required"]]
        return merged

    def add(self, name: str) -> str:
        """Add a definition to the types, once."""
        if name not in self.types:
            self.types[name] = None
            self.types[name] = self.notation(self.definitions[name])
        return name

    def named(self, schema: Json, name: str) -> str:
        """Return the name of a schema's type; a schema that has none is added under `name`."""
        schema = self._merged(schema)
        if "$ref" in schema:
            return self.add(schema["$ref"].rsplit("/", 1)[1])
        self.types[name] = self.notation(schema)
        return name


def shape(types: Mapping[str, Any], notation: Any) -> Json:
    """Return a notation as an object, named types looked up: type, and items, properties or values."""
    while isinstance(notation, str):
        if notation.startswith("[]"):
            return {"type": "array", "items": notation[2:]}
        if not notation.startswith("@"):
            return {"type": notation}
        notation = types[notation[1:]]
    return dict(notation)


def rate(description: str) -> tuple[float, int] | None:
    """Return calls a second and burst from the usage plan table of a description, or None if it states no number."""
    at = description.find("Burst |")
    found = RATE_ROW.search(description, at) if at >= 0 else None
    return (float(found.group(1)), int(found.group(2))) if found else None


def parameter(model: Model, node: Json, operation_id: str) -> Json:
    """Return one parameter's facts."""
    out: Json = {"name": node["name"], "location": node["in"], "type": node.get("type", "object")}
    if node.get("required"):
        out["required"] = True
    if node["in"] == "body":
        out["type"] = shape(model.types, "@" + model.named(node["schema"], f"{operation_id}.{node['name']}"))["type"]
        return out
    if node.get("format") == "boolean":
        # Some of the vendors' flags are called texts.
        out["type"] = "boolean"
    elif "format" in node:
        out["format"] = node["format"]
    items = model.resolve(node.get("items", {}))
    if out["type"] == "array":
        out["item_type"] = items.get("type", "string")
        out["style"] = node.get("collectionFormat", "csv")
    elif "collectionFormat" in node:
        out["style"] = node["collectionFormat"]
    enum = node.get("enum") or items.get("enum")
    if enum:
        out["enum"] = [str(v) for v in enum]
    out |= {short: node[long] for long, short in LIMITS.items() if long in node}
    if "default" in node:
        out["default"] = _text(node["default"])
    return out


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_text(v) for v in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def rows(types: Json, response: str | None, paged: bool) -> tuple[str, str]:
    """Judge where an answer's rows are: (kind, path). A hand's judgement in the supplement wins over this one."""
    if response is None:
        return "none", ""
    node, path, name = shape(types, "@" + response), "", response
    while True:
        if node["type"] == "array":
            return "array", path + "[]"
        properties = _own(node)
        lists = [k for k, v in properties.items() if _is_list_of_objects(types, v)]
        if "payload" in properties:
            step = "payload"
        elif len(lists) == 1 and (paged or len(properties) == 1 or _lists_rows(name)):
            return "array", _join(path, lists[0]) + "[]"
        elif len(properties) == 1 and shape(types, next(iter(properties.values())))["type"] == "object":
            step = next(iter(properties))
        else:
            return "object", path
        child = shape(types, properties[step])
        if child["type"] == "object" and "properties" not in child:
            return "object", _join(path, step)
        name = properties[step] if isinstance(properties[step], str) else ""
        node, path = child, _join(path, step)


def _lists_rows(name: str) -> bool:
    return RESPONSE_NAME.search(name) is not None


def _own(node: Json) -> Json:
    """Return the properties that are the answer's own: no errors, warnings or page tokens."""
    return {
        k: v
        for k, v in node.get("properties", {}).items()
        if k.lower() not in TOKEN_LIKE and k.lower() not in ("errors", "warnings", "pagination")
    }


def _is_list_of_objects(types: Json, notation: Any) -> bool:
    node = shape(types, notation)
    return bool(node["type"] == "array" and shape(types, node["items"])["type"] == "object")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def token_paths(types: Json, response: str | None) -> Iterator[str]:
    """Yield the paths in an answer at which the next page's token may stand."""
    if response is None:
        return
    yield from _tokens_below(types, "@" + response, "", 3)


def _tokens_below(types: Json, notation: Any, path: str, depth: int) -> Iterator[str]:
    node = shape(types, notation)
    for name, child in node.get("properties", {}).items():
        if name.lower() in TOKEN_OUT and shape(types, child)["type"] == "string":
            yield _join(path, name)
        elif depth > 1 and name in ("payload", "pagination"):
            yield from _tokens_below(types, child, _join(path, name), depth - 1)


def paging(types: Json, parameters: list[Json], response: str | None) -> Json | None:
    """Return how an operation hands out pages, or None."""
    asked = [p for p in parameters if p["location"] == "query" and p["name"].lower() in TOKEN_IN]
    out = next(token_paths(types, response), None)
    if not asked or out is None:
        return None
    facts: Json = {"style": "token", "token_in": asked[0]["name"], "token_out": out}
    size = next((p for p in parameters if p["name"].lower() in PAGE_SIZES), None)
    if size:
        facts["size"] = size["name"]
        if "default" in size:
            facts["size_default"] = int(size["default"])
        if "maximum" in size:
            facts["size_max"] = int(size["maximum"])
    return facts


def operation(model: Model, path: str, item: Json, method: str) -> Json:
    """Return one operation's facts as the model alone states them."""
    node = item[method]
    identifier = node["operationId"]
    found = [*item.get("parameters", []), *node.get("parameters", [])]
    parameters = [parameter(model, model.resolve(p), identifier) for p in found]
    out: Json = {"operation_id": identifier, "method": method.upper(), "path": path}
    success = [s for s in sorted(node["responses"]) if s.startswith("2")]
    answers = {s: model.resolve(node["responses"][s]).get("schema") for s in success}
    main = next((s for s in success if answers[s]), success[0])
    answer = answers[main]
    response = model.named(answer, f"{identifier}.response") if answer else None
    known = rate(node.get("description", ""))
    # A declaration of ours has no prose that could hold the table.
    out["rate"] = {"rate": known[0], "burst": known[1]} if known else node.get("x-rate")
    if "x-source" in node:
        out["source"] = node["x-source"]
    if success != ["200"]:
        out["success"] = [int(main), *(int(s) for s in success if s != main)]
    if method != "get":
        out["read"] = False
    if node.get("deprecated"):
        out["deprecated"] = True
    body = next((p for p in found if model.resolve(p)["in"] == "body"), None)
    if body is not None:
        resolved = model.resolve(body)
        out["body_schema"] = model.named(resolved["schema"], f"{identifier}.{resolved['name']}")
    if response:
        out["response_type"] = response
    pages = paging(model.types, parameters, response)
    if pages:
        out["paging"] = pages
    out["row_kind"], out["row_path"] = rows(model.types, response, pages is not None)
    out["parameters"] = parameters
    return out


def supplemented(api: str, facts: Json, types: Json, supplement: Json) -> Json:
    """Bake what the supplement says of an operation into its facts."""
    names = (f"{api}.{facts['operation_id']}", f"{api}.*")
    for entry in supplement.get("entry", []):
        if any(n in entry["operations"] for n in names):
            _bake(facts, types, entry)
    if facts["rate"] is None:
        default = supplement.get("default_rate", {"rate": 1.0, "burst": 1})
        facts["rate"] = {"rate": default["rate"], "burst": default["burst"], "known": False}
    return facts


def _bake(facts: Json, types: Json, entry: Json) -> None:
    for key, value in entry.items():
        if key in ("operations", "source", "doubt"):
            continue
        if key == "paging":
            facts["paging"] = {**facts.get("paging", {}), **_in_seconds(value)}
        elif key == "windows":
            facts.setdefault("windows", []).extend(_in_seconds({"after": None, "before": None, **w}) for w in value)
        elif key == "rows":
            _place_rows(facts, types, value)
        elif key == "body_lists":
            for path, longest in value.items():
                _limit_list(facts, types, path, longest)
        elif key == "parameters":
            for p in facts["parameters"]:
                p |= value.get(p["name"], {})
        else:
            facts[key] = value


def _in_seconds(facts: Json) -> Json:
    """Turn durations such as 180d or 2min into seconds."""
    durations = ("longest", "horizon", "lag", "token_life", "unasked")
    return {k: seconds(v) if k in durations else v for k, v in facts.items()}


def seconds(duration: str) -> int:
    """Return the seconds of a duration: 30s, 2min, 24h or 180d."""
    number, unit = re.fullmatch(r"(\d+)(s|min|h|d)", duration).groups()  # type: ignore[union-attr]
    return int(number) * {"s": 1, "min": 60, "h": 3600, "d": 86400}[unit]


def _place_rows(facts: Json, types: Json, judgement: str) -> None:
    kind, _, path = judgement.partition(" ")
    if kind == "multi":
        holder = path.removesuffix(".*")
        node = at(types, "@" + facts["response_type"], holder)
        lists = [f"{holder}.{k}[]" for k, v in node["properties"].items() if _is_list_of_objects(types, v)]
        facts["multi_rows"], path = lists, lists[0]
    facts["row_kind"], facts["row_path"] = kind, path


def _limit_list(facts: Json, types: Json, path: str, longest: int) -> None:
    """Give a list of the request body (a property, or the body itself: "") its longest length."""
    holder, key = types, facts["body_schema"]
    if path:
        holder, key = types[key]["properties"], path
    holder[key] = {**shape(types, holder[key]), "max_items": longest}


def at(types: Json, notation: Any, path: str) -> Json:
    """Return the schema at a dotted path of properties."""
    node = shape(types, notation)
    for name in path.split("."):
        node = shape(types, node["properties"][name])
    return node


def check(supplement: Json, all_facts: Iterable[Json]) -> None:
    """Raise LookupError if the supplement names an operation or an API that no model has."""
    all_facts = list(all_facts)
    apis = {f["api"] for f in all_facts}
    if strange := sorted({n for e in supplement.get("partner", []) for n in e["apis"]} - apis):
        raise LookupError(f"the supplement names APIs that there are no models of: {', '.join(strange)}")
    known = {f"{f['api']}.{n}" for f in all_facts for n in ("*", *(o["operation_id"] for o in f["operations"]))}
    unknown = sorted({n for e in supplement.get("entry", []) for n in e["operations"]} - known)
    if unknown:
        raise LookupError(f"the supplement names operations that no model has: {', '.join(unknown)}")


def harvest(document: Json, api: str, supplement: Json) -> Json:
    """Return the facts of one model."""
    model = Model(document)
    found = [
        supplemented(api, operation(model, path, item, method), model.types, supplement)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]
    facts: Json = {"api": api, "version": document["info"]["version"], "operations": found, "types": model.types}
    kinds = [entry["kind"] for entry in supplement.get("partner", []) if api in entry["apis"]]
    return {**facts, "partner": kinds[0]} if kinds else facts


def written(facts: Json) -> str:
    """Return the text of a facts file: a line an operation's head, a line a parameter, a line a type."""
    head = {k: facts[k] for k in ("api", "version", "partner") if k in facts}
    lines = [f"{_dump(head)[:-1]},", '"operations":[']
    lines.append(",\n".join(_operation_text(o) for o in facts["operations"]))
    lines.append('],\n"types":{')
    lines.append(",\n".join(f"{_dump(k)}:{_dump(v)}" for k, v in sorted(facts["types"].items())))
    lines.append("}}\n")
    return "\n".join(lines)


def _operation_text(facts: Json) -> str:
    head = {k: v for k, v in facts.items() if k != "parameters"}
    parameters = ",\n  ".join(_dump(p) for p in facts["parameters"])
    return f'{_dump(head)[:-1]},\n "parameters":[' + (f"\n  {parameters}" if parameters else "") + "]}"


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def index(all_facts: Iterable[Json]) -> str:
    """Return the text of the index: for each API version its method, path and operation id."""
    entries = (
        f"{_dump(f['api'])}:[\n  "
        + ",\n  ".join(_dump([o["method"], o["path"], o["operation_id"]]) for o in f["operations"])
        + "]"
        for f in all_facts
    )
    return "{\n" + ",\n".join(entries) + "\n}\n"


def checksum(folder: Path) -> str:
    """Return the digest of every facts file in a folder, names included."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.json")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def documents(models: Path, newer: Path) -> dict[str, Json]:
    """Return the models by API version, with the declared operations that no model has, each marked by its source."""
    found = {path.stem: _read(path) for path in models.glob("*.json")}
    known = {(path, method) for document in found.values() for path, method in _operations(document)}
    for file in newer.glob("*.json"):
        declared = _read(file)
        fresh = [key for key in _operations(declared) if key not in known]
        if fresh:
            found[file.stem] = _joined(found.get(file.stem), declared, fresh)
    return dict(sorted(found.items()))


def _read(path: Path) -> Json:
    document: Json = json.loads(path.read_text(encoding="utf-8"))
    return document


def _operations(document: Json) -> Iterator[tuple[str, str]]:
    """Yield the (path, method) of every operation of a model."""
    yield from ((path, method) for path, item in document["paths"].items() for method in METHODS if method in item)


def _joined(model: Json | None, declared: Json, fresh: Iterable[tuple[str, str]]) -> Json:
    """Add declared operations to a model, if there is one; what both define is taken from the model."""
    model = model or {**declared, "paths": {}}
    source = {"x-source": declared["info"]["x-source"]}
    paths = dict(model["paths"])
    for path, method in fresh:
        paths[path] = {**paths.get(path, {}), method: {**declared["paths"][path][method], **source}}
    return {**model, "paths": paths, "definitions": {**declared["definitions"], **model["definitions"]}}


def run(
    models: Path,
    target: Path,
    supplement: Path = SUPPLEMENT,
    newer: Path = NEWER,
    roles: Path = harvest_roles.ROLES,
) -> int:
    """Write the facts of every model in `models` into `target`, emptied of facts first; return their number."""
    extra = tomllib.loads(supplement.read_text(encoding="utf-8"))
    found = [harvest(document, name, extra) for name, document in documents(models, newer).items()]
    check(extra, found)
    opened = harvest_roles.text({f"{f['api']}.{o['operation_id']}" for f in found for o in f["operations"]}, roles)
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("*.json"):
        old.unlink()
    for facts in found:
        (target / f"{facts['api']}.json").write_text(written(facts), encoding="utf-8")
    (target / "index.json").write_text(index(found), encoding="utf-8")
    (target / "roles.json").write_text(opened, encoding="utf-8")
    (target / "CHECKSUM").write_text(checksum(target) + "\n", encoding="utf-8")
    return sum(len(f["operations"]) for f in found)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m amzsql.spapi.harvest", description=__doc__.splitlines()[0])
    parser.add_argument("models", type=Path, help="folder of Amazon's models (Swagger 2.0, JSON)")
    parser.add_argument("--target", type=Path, default=FACTS, help="folder of the facts")
    options = parser.parse_args(arguments)
    count = run(options.models, options.target)
    print(f"{count} operations written to {options.target}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
