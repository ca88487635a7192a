"""Draw the facts of Data Kiosk from Amazon's GraphQL schemas: names and types, none of the prose.

Run as ``python -m amzsql.spapi.harvest_kiosk SCHEMAS_DIR``. Reads what Amazon's schemas use of the language: types,
inputs and enums. Knows nothing of queries.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

FACTS = Path(__file__).parent / "data_kiosk.json"
_PROSE = re.compile(r'""".*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*', re.DOTALL)
_DIRECTIVE = re.compile(r"@\w+\s*(\([^)]*\))?")
_BLOCK = re.compile(r"\b(type|input|enum)\s+(\w+)\s*\{([^{}]*)\}")
_FIELD = re.compile(r"(\w+)\s*(?:\(([^)]*)\))?\s*:\s*([\w\[\]!]+)")


def read(text: str) -> dict[str, Any]:
    """Return one schema: {"root": type, "types": …, "inputs": …, "enums": …}; a field with arguments is a pair."""
    bare = _DIRECTIVE.sub("", _PROSE.sub("", text))
    found: dict[str, Any] = {"types": {}, "inputs": {}, "enums": {}}
    for kind, name, body in _BLOCK.findall(bare):
        if kind == "enum":
            found["enums"][name] = body.split()
        else:
            found[f"{kind}s"][name] = {n: _field(arguments, of) for n, arguments, of in _FIELD.findall(body)}
    dataset, root = next(iter(found["types"].pop("Query").items()))
    return {"name": dataset, "root": root, **found}


def _field(arguments: str, of: str) -> Any:
    if not arguments:
        return of
    return [of, {n: t for n, _, t in _FIELD.findall(arguments)}]


def harvest(folder: Path) -> str:
    """Return the facts of all schemas in a folder as JSON, a type a line."""
    schemas = (read(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.graphql")))
    lines = []
    for schema in schemas:
        parts = [f' "root": {json.dumps(schema["root"])}']
        for section in ("types", "inputs", "enums"):
            rows = ",\n".join(f"  {json.dumps(n)}: {json.dumps(v)}" for n, v in schema[section].items())
            parts.append(f' "{section}": {{\n{rows}\n }}')
        lines.append(f"{json.dumps(schema['name'])}: {{\n" + ",\n".join(parts) + "\n}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    FACTS.write_text(harvest(Path(sys.argv[1])), encoding="utf-8")
