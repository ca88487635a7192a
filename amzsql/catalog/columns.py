"""Fields out of the facts -> columns: their names, types, enums, and where a path takes each from.

Must not know of tables: how columns of several paths become one table's is the registry's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Set
from functools import cache

from amzsql import spapi
from amzsql.catalog.glossary import description
from amzsql.catalog.model import AccessPath, Branch, Column, ColumnSource
from amzsql.catalog.spelling import RULES, Pairs, Spelling, pairs_of
from amzsql.spapi.model import Field, Operation, Parameter, Shape
from amzsql.spapi.records import changed
from amzsql.types import BIGINT, BOOLEAN, DATE, DOUBLE, JSON, MONEY, TIMESTAMP, VARCHAR, SqlType

RECURSIVE = "recursive:"
_NUMBERED = "The row's place among those it is told apart from, from 0; Amazon gives it no number."
# Each value of a map.
MAPPED = ".{}"
Sourced = tuple[ColumnSource, Column]
Leaf = tuple[str, str, SqlType, tuple[str, ...]]
_SELECTOR = re.compile(r"\[[^\]]*\]")
_NO_WORD = re.compile(r"\W")
_BY_FIELD = {"integer": BIGINT, "boolean": BOOLEAN, "number": DOUBLE, "object": JSON, "array": JSON}
# What an amount is called, and how the currency beside it may be.
_CURRENCIES = ("currencycode", "currency", "unit", "code")
_AMOUNTS = {
    "amount": ("currencycode", "code"),
    "currencyamount": ("currencycode",),
    "value": ("currencycode",),
    "amountoff": ("currencycode",),
}


def pascal(path: str) -> str:
    """Return a field path as a column name: ``shipByWindow.earliestDateTime`` is ShipByWindowEarliestDateTime."""
    return "".join([_word(part) for part in path.split(".")])


@cache
def _word(part: str) -> str:
    plain = _SELECTOR.sub("", part)
    return plain[:1].upper() + _NO_WORD.sub("", plain[1:])


def row_path(declared: AccessPath, operation: Operation) -> str:
    """Return the absolute path of a path's rows, of several arrays the first one's."""
    if declared.branches:
        return declared.branches[0].row_path
    return operation.row_path if declared.row_path is None else declared.row_path


def branches(declared: AccessPath, operation: Operation) -> tuple[Branch, ...]:
    """Return the arrays that a path's rows stand in; of most paths it is one."""
    one = (row_path(declared, operation), declared.names, declared.extra, declared.constants)
    return declared.branches or (Branch(*one),)


def every_row(declared: AccessPath, operation: Operation) -> bool:
    """Tell whether each row of an operation's answer is a row of the path."""
    own = operation.multi_rows or (operation.row_path,)
    return set(own) == {branch.row_path for branch in branches(declared, operation)}


def of_answer(declared: AccessPath, operation: Operation) -> dict[str, Sourced]:
    """Return a path's columns out of the answer by name: those of its branches, of each the first that there is."""
    found: dict[str, Sourced] = {}
    for branch in branches(declared, operation):
        for name, own in of_branch(branch, declared, operation).items():
            if name not in found:
                found[name] = own
            elif more := set(own[1].enum) - set(found[name][1].enum):
                source, known = found[name]
                found[name] = source, changed(known, enum=(*known.enum, *(e for e in own[1].enum if e in more)))
    return found


def with_asked(answered: Mapping[str, Sourced], declared: AccessPath, operation: Operation) -> list[Sourced]:
    """Return a path's columns: those out of the answer, then what the request says."""
    spelt, found = dict(declared.values), dict(answered)
    for column, parameter in declared.from_parameters:
        if column not in found:
            given = operation.parameter(parameter)
            source = ColumnSource(
                column, parameter=parameter, values=spelt.get(column, ()), given=_beside(declared, column, parameter)
            )
            enum = _spelt(given.enum, pairs_of(spelt.get(column, ())))
            doc = f"What was asked for, by the request's parameter {parameter.removeprefix('body.')}."
            found[column] = (source, Column(column, asked_type(given, operation), enum=enum, doc=doc))
    return list(found.values())


def of_branch(branch: Branch, declared: AccessPath, operation: Operation) -> Mapping[str, Sourced]:
    """Return a branch's columns by name: the fields below its rows, then what is declared beside them."""
    return _of_branch(branch, declared.values, operation.api, operation.method, operation.path)


@cache
def _of_branch(
    branch: Branch, values: tuple[tuple[str, Spelling], ...], api: str, method: str, path: str
) -> Mapping[str, Sourced]:
    operation, absolute = spapi.api(api).find(method, path), branch.row_path
    spelt = dict(values)
    found: dict[str, Sourced] = {}
    rename = renaming(branch.names)
    for leaf, name, kind, enum in leaves(operation, absolute):
        column = rename(leaf, name)
        if column is not None and column not in found and column in (branch.only or (column,)):
            at = f"{absolute}.{leaf}" if absolute and leaf else absolute + leaf
            found[column] = _source(column, at, kind, enum, spelt.get(column, ()))
    for column, at in branch.extra:
        kind, enum = type_at(operation, at)
        source, made = _source(column, at, kind, enum, spelt.get(column, ()))
        found[column] = (source, changed(made, doc=_NUMBERED) if "#" in at and kind == BIGINT else made)
    for column, value in branch.constants:
        kind = BOOLEAN if isinstance(value, bool) else VARCHAR
        enum = (value,) if isinstance(value, str) else ()
        found[column] = (ColumnSource(column, constant=value), Column(column, kind, enum=enum))
    return found


def renaming(names: tuple[tuple[str, str | None], ...]) -> Callable[[str, str], str | None]:
    """Return what gives (a leaf, its name) its column: the name unless `names` gives its path another.

    The longest group that it is of may too; None drops it.
    """
    given = dict(names)
    groups = sorted((start for start in given if start.endswith(".")), key=len, reverse=True)

    def renamed(leaf: str, name: str) -> str | None:
        if leaf in given:
            return given[leaf]
        start = next((start for start in groups if leaf.startswith(start)), None)
        if start is None:
            return name
        instead = given[start]
        return None if instead is None else instead + name.removeprefix(pascal(start))

    return renamed


def asked_type(parameter: Parameter, operation: Operation) -> SqlType:
    """Return the type of a column whose value is what was asked for; an amount has a currency beside it."""
    holder, _, name = parameter.name.rpartition(".")
    if holder and (currencies := _AMOUNTS.get(name.lower())):
        beside = {p.name.lower() for p in operation.body_fields}
        if any(f"{holder}.{currency}".lower() in beside for currency in currencies):
            return MONEY
    if parameter.format == "date-time":
        return TIMESTAMP
    kind = parameter.item_type if parameter.type == "array" else parameter.type
    return DATE if parameter.format == "date" else _BY_FIELD.get(kind or "", VARCHAR)


def _beside(declared: AccessPath, column: str, parameter: str) -> tuple[tuple[str, str], ...]:
    """Return the parameters that tell this column from others which the same parameter narrows."""
    pushdowns = (p for p in declared.pushdowns if (p.column, p.parameter) == (column, parameter))
    return next((p.extras for p in pushdowns), ())


def _source(column: str, path: str, kind: SqlType, enum: tuple[str, ...], values: Spelling) -> Sourced:
    source = ColumnSource(column, path, values=values)
    if isinstance(values, str):
        rule = RULES[values]
        return source, Column(column, rule.gives, doc=rule.doc, rule=values)
    return source, Column(column, kind, enum=_spelt(enum, values), doc=description(column))


def _spelt(enum: tuple[str, ...], values: Pairs) -> tuple[str, ...]:
    if not values:
        return enum and tuple(dict.fromkeys(enum))
    spelling = dict(values)
    return tuple(dict.fromkeys([spelling.get(e, e) for e in enum] or [sql for _, sql in values]))


def all_fields(operation: Operation) -> Mapping[str, Field]:
    """Return an operation's fields by their absolute path in the body."""
    return _known(operation.api, operation.method, operation.path)


@cache
def _known(api: str, method: str, path: str) -> Mapping[str, Field]:
    operation = spapi.api(api).find(method, path)
    prefix = operation.row_path
    known = {f"{prefix}.{f.path}" if prefix and f.path else prefix + f.path: f for f in operation.fields}
    known |= {f.path: f for f in operation.root_fields if f.path not in known}
    for row in operation.multi_rows[1:]:
        known |= {f"{row}.{f.path}": f for f in spapi.api(api).row_fields(operation, row)}
    return known


def below(operation: Operation, absolute: str) -> Mapping[str, Field]:
    """Return the fields below a row path, by their path relative to it; a plain value's own is empty."""
    return _below(operation.api, operation.method, operation.path, absolute)


@cache
def _below(api: str, method: str, path: str, absolute: str) -> Mapping[str, Field]:
    start, fields = absolute + "." if absolute else "", _known(api, method, path)
    if absolute.endswith("[]"):
        found = _by_array(api, method, path).get(absolute, {})
    else:
        found = {path[len(start) :]: f for path, f in fields.items() if path.startswith(start)}
    if not found and absolute.endswith(MAPPED) and _is_map(fields.get(absolute.removesuffix(MAPPED))):
        return {"": Field("", "object")}
    return found or ({"": fields[absolute]} if absolute in fields else {})


@cache
def _by_array(api: str, method: str, path: str) -> Mapping[str, dict[str, Field]]:
    """Return the fields of the elements of each array of an answer, by the array's path and by theirs below it."""
    found: dict[str, dict[str, Field]] = {}
    for whole, field in _known(api, method, path).items():
        end = whole.find("[].")
        while end >= 0:
            found.setdefault(whole[: end + 2], {})[whole[end + 3 :]] = field
            end = whole.find("[].", end + 3)
    return found


def _is_map(field: Field | None) -> bool:
    return field is not None and field.format in ("map", "free-form")


def leaves(operation: Operation, absolute: str) -> tuple[Leaf, ...]:
    """Return (path, column name, type, enum) of each column below a row; an array is one column of JSON text."""
    return _leaves(operation.api, operation.method, operation.path, absolute)


@cache
def _leaves(api: str, method: str, path: str, absolute: str) -> tuple[Leaf, ...]:
    fields = _below(api, method, path, absolute)
    if "" in fields and absolute.endswith(MAPPED):
        return (("", "Value", JSON, ()),)
    found: dict[str, Leaf] = {}
    start, spelt = absolute + "." if absolute else "", _spellings(api, method, path)
    for at, fact in fields.items():
        leaf, is_array = (at[: at.index("[]")], True) if "[]" in at else (at, False)
        if leaf and leaf not in found:
            kind = JSON if is_array else _type_of(fact, _has_currency(start + leaf, spelt))
            found[leaf] = (leaf, _name(leaf, kind), kind, () if is_array else fact.enum)
    return tuple(found.values())


def _name(leaf: str, kind: SqlType) -> str:
    """Return a leaf's column; ``feeAmount.currencyAmount`` is the FeeAmount, beside its FeeAmountCurrencyCode."""
    holder, _, name = leaf.rpartition(".")
    return pascal(holder if kind == MONEY and holder and name.lower() == "currencyamount" else leaf)


def _has_currency(path: str, known: Set[str]) -> bool:
    parent, _, name = path.rpartition(".")
    currencies = _AMOUNTS.get(name.lower())
    if currencies is None:
        return False
    holder = f"{parent.lower()}." if parent else ""
    return any(holder + currency in known for currency in currencies)


def _type_of(fact: Field, money: bool) -> SqlType:
    if money:
        return MONEY
    if fact.format == "date-time":
        return TIMESTAMP
    if fact.format == "date":
        return DATE
    return _BY_FIELD.get(fact.type, VARCHAR)


def any_element(path: str) -> str:
    """Return a path with its selectors (``[0]``, ``[type=ITEM]``) as ``[]``, as the facts write it."""
    return _SELECTOR.sub("[]", path)


def type_at(operation: Operation, path: str) -> tuple[SqlType, tuple[str, ...]]:
    """Return type and enum of an absolute path; LookupError if the operation has no such field."""
    if path.endswith(f"{MAPPED}#"):
        return VARCHAR, ()
    return (BIGINT, ()) if "#" in path else _type_at(operation.api, operation.method, operation.path, any_element(path))


@cache
def _type_at(api: str, method: str, path: str, plain: str) -> tuple[SqlType, tuple[str, ...]]:
    known = _known(api, method, path)
    if plain in known:
        return _type_of(known[plain], _has_currency(plain, _spellings(api, method, path))), known[plain].enum
    array = f"{plain}[]"
    if array in known or array in _by_array(api, method, path) or plain in _holders(api, method, path):
        return JSON, ()
    for holder, field in known.items():
        # A type within itself is cut there: what lies below is what lies below it anywhere.
        if plain.startswith(f"{holder}.") and (field.format or "").startswith(RECURSIVE):
            own = Shape("ref", name=str(field.format).removeprefix(RECURSIVE))
            found = {f.path: f for f in spapi.api(api).types.fields(own)}.get(plain[len(holder) + 1 :])
            if found is not None:
                return _type_of(found, money=False), found.enum
    raise LookupError(f"{spapi.api(api).find(method, path).name} has no field {plain}")


@cache
def _holders(api: str, method: str, path: str) -> frozenset[str]:
    """Return the paths below which an operation has fields."""
    found: set[str] = set()
    for known in _known(api, method, path):
        end = known.rfind(".")
        while end >= 0 and known[:end] not in found:
            found.add(known[:end])
            end = known.rfind(".", 0, end)
    return frozenset(found)


@cache
def _spellings(api: str, method: str, path: str) -> frozenset[str]:
    """Return the paths of an operation's fields in lower case."""
    return frozenset(known.lower() for known in _known(api, method, path))


def with_elements(column: Column, sources: list[tuple[Operation, str]]) -> Column:
    """Return a column of JSON text as a list of plain texts, with their enum, if it is one on every path."""
    facts = [all_fields(operation).get(any_element(at) + "[]") for operation, at in sources]
    if not all(fact is not None and fact.type == "string" for fact in facts):
        return column
    enum = tuple(dict.fromkeys(value for fact in facts if fact is not None for value in fact.enum))
    return changed(column, enum=enum, elements=True)


def _place(source: ColumnSource) -> str:
    """Return where a column stands, in the answer or in the request, in lower case."""
    return (source.path or source.parameter or "").lower()


def places(sources: Iterable[ColumnSource]) -> Mapping[str, str]:
    """Return what stands where: a path's columns by their place in the answer or the request, in lower case."""
    return {place: s.column for s in sources if (place := _place(s))}


def currency_of(amounts: Iterable[tuple[ColumnSource, Mapping[str, str]]]) -> str:
    """Return the column of an amount's currency, which lies beside it on every path; "" if there is no such.

    `amounts`: where each path takes the amount from, and the `places` of all that it has.
    """
    found: set[str] = set()
    for amount, at in amounts:
        path = _place(amount)
        parent = path.rpartition(".")[0]
        starts = (f"{parent}.".lstrip("."), path, path.removesuffix("amount"))
        beside = (start + name for start in starts for name in _CURRENCIES)
        found.add(next((at[place] for place in beside if place in at), ""))
    return found.pop() if len(found) == 1 else ""
