"""What reports hold: the columns of flat files, the arrays of JSON and XML, and what headers are called elsewhere.

Owns the tables beside this module (drawn by harvest_reports) and their reading. A type's other facts are those of
document_types. Must not know of SQL, nor of how a document is read.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from amzsql.spapi import report_kinds
from amzsql.spapi.document_types import report_types

Standing = Literal["amazon", "others", "unknown"]
Partner = Literal["seller", "vendor"]
_HERE = Path(__file__).parent
_VENDORS = "(vendor)"
TEXT, LIST = "text", "json"
_RECORD = "record[]"
# What XML repeats, though the names of its columns do not say so.
_REPEATED = frozenset({"OrderItem", "Item", "Component", "Fee", "attribute", "refinementName"})
# Its header is in the marketplace's language, whatever is asked for; the order of its columns is the same everywhere.
_BY_POSITION = frozenset({"GET_SELLER_FEEDBACK_DATA"})
# Reports of listings have their columns, and so the words for them, in common.
_LISTINGS, _LISTINGS_WORDS = "LISTINGS", "GET_MERCHANT_LISTINGS_ALL_DATA"


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A column: the header of a flat file, or the path below a row of JSON and XML.

    `kind`: text, date, time, int, num, money, share (at most 1), percent (at most 100), bool, ``A|B`` (one of these
    texts), or json (a list below the row, whole); of flat files and XML it is told by the name where nobody noted it.
    A name that begins with ``../`` is one of the element that encloses the row, with ``../../`` of that around it. In
    XML the last part of a path may be an attribute of its element, and ``value`` or ``text`` its text.
    """

    name: str
    kind: str = TEXT


@dataclass(frozen=True, slots=True)
class ReportArray:
    """Rows of a document: `path` is empty for those of a flat file, else that of an array, such as ``a[].b[]``.

    In XML it is relative to a record, which the document's root repeats: empty for the record itself, ``OrderItem[]``.
    """

    path: str
    columns: tuple[ReportColumn, ...]


@dataclass(frozen=True, slots=True)
class ReportLayout:
    """What a type's documents hold. `standing`: whether Amazon says so, others have seen it, or nobody knows.

    The first of `arrays` is the main one; without columns it is one of a type that nobody knows. `by_position`: columns
    are known by their place alone.
    """

    type: str
    standing: Standing
    arrays: tuple[ReportArray, ...]
    by_position: bool = False


@functools.cache
def report_layout(report_type: str, partner: Partner = "seller") -> ReportLayout:
    """Return what a type's documents hold in the form that a seller or a vendor gets; KeyError for no type."""
    standing = _layouts()[_form(report_type, partner)][0]
    columns, fact = known_columns(report_type, partner), report_types().get(report_type)
    if fact is None or fact.format != "JSON":
        columns = tuple(replace(c, kind=_told(c, report_type)) for c in columns)
    arrays: tuple[ReportArray, ...] = (ReportArray("", columns),)
    if columns and fact is not None and fact.format == "JSON":
        arrays = tuple(_arrays(columns))
    if columns and fact is not None and fact.format == "XML":
        # As if the records were an array of JSON.
        placed = (ReportColumn(f"{_RECORD}.{_repeated(c.name)}", c.kind) for c in columns)
        arrays = tuple(_arrays(tuple(placed)))
        arrays = tuple(replace(a, path=a.path.removeprefix(_RECORD).removeprefix(".")) for a in arrays)
    return ReportLayout(report_type, standing, arrays, report_type in _BY_POSITION)


def known_columns(report_type: str, partner: Partner = "seller") -> tuple[ReportColumn, ...]:
    """Return all columns that are known of a type, those of JSON by their whole path; KeyError for no type."""
    return _columns().get(_layouts()[_form(report_type, partner)][1], ())


def forms_of(report_type: str) -> tuple[Partner, ...]:
    """Return whose forms of its documents a type has: sellers' and vendors' where they differ, else one."""
    if report_type + _VENDORS in _layouts():
        return ("seller", "vendor")
    return ("seller",) if "seller" in report_types()[report_type].partners else ("vendor",)


def count_known(report_type: str) -> int:
    """Return how many columns of a type's documents are known, in all forms; one in several arrays counts once."""
    arrays = (array for form in forms_of(report_type) for array in report_layout(report_type, form).arrays)
    return sum(not column.name.startswith("../") for array in arrays for column in array.columns)


def report_forms() -> Mapping[str, Standing]:
    """Return all forms of reports, by type or type and ``(vendor)``; some are of types that Amazon has removed."""
    return MappingProxyType({form: standing for form, (standing, _) in _layouts().items()})


def report_words(report_type: str) -> Mapping[str, Mapping[str, str]]:
    """Return what a type's columns are called by language (``de``) and by their English header."""
    return _words().get(_worded(report_type), MappingProxyType({}))


def report_readings(report_type: str) -> Mapping[str, str]:
    """Return the English header of each localized one, in lower case; those left out that mean several."""
    found: dict[str, set[str]] = {}
    for row in _rows("report_words.tsv"):
        if row["type"] == _worded(report_type):
            found.setdefault(row["localized"].lower(), set()).add(row["name"])
    return MappingProxyType({word: next(iter(names)) for word, names in found.items() if len(names) == 1})


def _told(column: ReportColumn, form: str) -> str:
    """Return a column's kind: what the source says, more closely told by the name."""
    kind = report_kinds.told(column.name, form)
    return kind if column.kind == TEXT or (column.kind, kind) == ("num", "money") else column.kind


def _worded(report_type: str) -> str:
    return _LISTINGS_WORDS if _LISTINGS in report_type else report_type


def _form(report_type: str, partner: Partner) -> str:
    form = report_type + _VENDORS if partner == "vendor" else report_type
    return form if form in _layouts() else report_type


@functools.cache
def _layouts() -> Mapping[str, tuple[Standing, str]]:
    rows = _rows("report_layouts.tsv")
    return MappingProxyType({row["type"]: (cast(Standing, row["standing"]), row["columns"]) for row in rows})


@functools.cache
def _columns() -> Mapping[str, tuple[ReportColumn, ...]]:
    found: dict[str, list[ReportColumn]] = {}
    for row in _rows("report_columns.tsv"):
        found.setdefault(row["columns"], []).append(ReportColumn(row["name"], row["kind"] or TEXT))
    return MappingProxyType({form: tuple(columns) for form, columns in found.items()})


@functools.cache
def _words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = {}
    for row in _rows("report_words.tsv"):
        words = found.setdefault(row["type"], {}).setdefault(row["language"], {})
        words.setdefault(row["name"], row["localized"])
    return MappingProxyType(found)


def _rows(name: str) -> Iterator[dict[str, str]]:
    lines = (_HERE / name).read_text(encoding="utf-8").splitlines()
    names = lines[0].split("\t")
    return (dict(zip(names, line.split("\t"), strict=True)) for line in lines[1:])


# -- arrays ------------------------------------------------------------------------------------------------------------


def _repeated(path: str) -> str:
    """Return a path of XML with what is repeated marked as in JSON."""
    return ".".join(f"{part}[]" if part in _REPEATED else part for part in path.split("."))


def _arrays(columns: tuple[ReportColumn, ...]) -> Iterator[ReportArray]:
    """Yield the arrays of objects in a document, each before those within it; what lies beside them is left out."""
    for path in dict.fromkeys(array for column in columns for array in _around(column.name)):
        own = tuple(_own(path, columns))
        if own:
            yield ReportArray(path, (*own, *_enclosing(path, columns)))


def _around(path: str) -> Iterator[str]:
    """Yield the arrays that a path leads through, the outermost first; none below a plain object beside them."""
    parts = path.split(".")
    for number, part in enumerate(parts, 1):
        if part.endswith("[]") and parts[0].endswith("[]"):
            yield ".".join(parts[:number])


def _own(array: str, columns: tuple[ReportColumn, ...]) -> Iterator[ReportColumn]:
    """Yield the columns of an array's elements: a list below them is one column, and a plain list has none."""
    start, lists = f"{array}.", set[str]()
    for column in columns:
        if column.name.startswith(start):
            name, is_list, _ = column.name.removeprefix(start).partition("[]")
            if name not in lists:
                yield ReportColumn(name, LIST if is_list else column.kind)
            if is_list:
                lists.add(name)


def _enclosing(array: str, columns: tuple[ReportColumn, ...]) -> Iterator[ReportColumn]:
    """Yield what the elements around an array's have themselves: their plain columns, not those of their parts."""
    outer, up = array.removesuffix("[]").rpartition("[]")[0], "../"
    while outer:
        start = f"{outer}[]."
        names = ((c.name.removeprefix(start), c.kind) for c in columns if c.name.startswith(start))
        yield from (ReportColumn(up + name, kind) for name, kind in names if "." not in name and "[]" not in name)
        outer, up = outer.rpartition("[]")[0], f"../{up}"
