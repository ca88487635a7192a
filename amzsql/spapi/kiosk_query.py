"""A Data Kiosk query as text: arguments and fields by their paths, written in the schema's order and held to it.

The same question has always the same text, so that it can be found again. Knows nothing of who asks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from amzsql.spapi.data_kiosk import Dataset, KioskField, datasets, is_list, is_required, named

MOST_CHARACTERS = 8000
_TOKEN = re.compile(r'#[^\n]*|"(?:\\.|[^"\\])*"|[\w.+-]+|[^\w\s,\ufeff]')
_WORD = re.compile(r'[\w"]')

Tree = dict[str, Any]


def write(query: str, arguments: Mapping[str, Any], fields: Iterable[str]) -> str:
    """Return the text of a query, such as ``dataset.economics``.

    `arguments` are values by path (``aggregateBy.date``): texts, numbers, dates, lists (tuples) and objects (mappings);
    `fields` are paths below a row (``sales.unitsOrdered``), through lists too, of an object all that is below it.
    Raises ValueError for what the schema does not have.
    """
    dataset, _, name = query.partition(".")
    known = datasets()[dataset]
    field = known.queries[name]
    given = _arguments(known, field, _nested(arguments))
    asked = _selection(known, named(field.type), _tree(fields))
    return normal(f"query{{{dataset}{{{name}({given}){asked}}}}}")


def normal(text: str) -> str:
    """Return a query's text without what says nothing: two texts of one question are then the same."""
    out: list[str] = []
    for token in _TOKEN.findall(text):
        if token.startswith("#"):
            continue
        if out and _WORD.match(token) and _WORD.match(out[-1][-1]):
            out.append(" ")
        out.append(token)
    return "".join(out)


def _nested(values: Mapping[str, Any]) -> Tree:
    found: Tree = {}
    for path, value in values.items():
        *holders, last = path.split(".")
        at = found
        for step in holders:
            at = at.setdefault(step, {})
        at[last] = value
    return found


def _tree(paths: Iterable[str]) -> Tree:
    found: Tree = {}
    for path in paths:
        at = found
        for step in path.split("."):
            at = at.setdefault(step, {})
    return found


def _arguments(known: Dataset, field: KioskField, given: Tree) -> str:
    strange = given.keys() - field.arguments.keys()
    if strange:
        raise ValueError(f"{field.name} has no argument {', '.join(sorted(strange))}")
    lacking = [n for n, kind in field.arguments.items() if is_required(kind) and n not in given]
    if lacking:
        raise ValueError(f"{field.name} needs {', '.join(lacking)}")
    return " ".join(f"{n}:{_value(known, n, kind, given[n])}" for n, kind in field.arguments.items() if n in given)


def _value(known: Dataset, path: str, kind: str, value: Any) -> str:
    """Return an argument's value as its type is written."""
    of = named(kind)
    if is_list(kind):
        values = value if isinstance(value, tuple | list) else (value,)
        inner = kind.removesuffix("!")[1:-1]
        return f"[{' '.join(_value(known, path, inner, v) for v in values)}]"
    if of in known.inputs:
        return _object(known, path, of, value)
    if of in known.enums:
        spelt = next((e for e in known.enums[of] if e == str(value).upper()), None)
        if spelt is None:
            raise ValueError(f"{path} is one of {', '.join(known.enums[of])}, not {value}")
        return spelt
    if isinstance(value, bool | int | float) and of in ("Boolean", "Int", "Long", "Float"):
        return json.dumps(value)
    if of == "Date" and isinstance(value, date):
        return f'"{value.isoformat()}"'
    if of in ("String", "Date") and isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    raise ValueError(f"{path} is of type {of}, and {value!r} is not")


def _object(known: Dataset, path: str, of: str, value: Any) -> str:
    fields = known.inputs[of]
    if not isinstance(value, Mapping):
        raise ValueError(f"{path} is an object of {', '.join(fields)}")
    strange, lacking = value.keys() - fields.keys(), [n for n in fields if is_required(fields[n]) and n not in value]
    if strange or lacking:
        has = f"has no {', '.join(sorted(strange))}" if strange else f"needs {', '.join(lacking)}"
        raise ValueError(f"{path} {has}")
    parts = (f"{n}:{_value(known, f'{path}.{n}', kind, value[n])}" for n, kind in fields.items() if n in value)
    return f"{{{' '.join(parts)}}}"


def _selection(known: Dataset, of: str, asked: Tree) -> str:
    """Return the fields that are asked of a type, in its order; all of them where none is named."""
    strange = asked.keys() - known.types[of].keys()
    if strange:
        raise ValueError(f"{of} has no field {', '.join(sorted(strange))}")
    return f"{{{' '.join(_fields(known, of, asked))}}}"


def _fields(known: Dataset, of: str, asked: Tree) -> Iterator[str]:
    for name, field in known.types[of].items():
        if (asked and name not in asked) or (not asked and (of, name) in DEPRECATED):
            continue
        inner = named(field.type)
        if inner in known.types:
            yield f"{name}{_selection(known, inner, asked.get(name, {}))}"
        elif asked.get(name):
            raise ValueError(f"{of}.{name} has no fields")
        else:
            yield name


DEPRECATED = frozenset({("FeeSummary", "charge")})
"""Fields that Amazon advises against, whose successors stand beside them."""
