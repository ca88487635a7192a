"""Every type of report as a table: REPORT_<type>, its columns drawn from what is known of the type's documents.

The first array of a document of JSON or XML is the table of the type's own name; each further one is a table of its
own, REPORT_<type>_<Array>, which carries the plain columns of the elements around it. A type of which no columns are
known has the pseudo-columns alone, until some are discovered. Tables are made when they are first asked for. Must not
know of SQL, nor of how a report is ordered and read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import takewhile
from types import MappingProxyType

from amzsql.catalog.columns import pascal
from amzsql.catalog.derive import singular
from amzsql.catalog.glossary import described, description
from amzsql.catalog.model import AccessPath, Column, ColumnSource, Entry, Pushdown, Table, TableBranch, TablePath
from amzsql.catalog.registry import COMMON, REPORT
from amzsql.catalog.report_rows import row_of
from amzsql.catalog.report_terms import TERMS
from amzsql.spapi.document_types import FILES, ReportOption, ReportType, gone_types, report_types
from amzsql.spapi.model import Partner
from amzsql.spapi.records import changed
from amzsql.spapi.report_columns import ReportArray, ReportColumn, forms_of, report_layout
from amzsql.types import BIGINT, BLOB, BOOLEAN, DATE, DOUBLE, JSON, MONEY, TIMESTAMP, VARCHAR, SqlType

CREATE = "reports_2021-06-30.createReport"
MORE = "_More"
OPTION = "reportOptions."
"""What the parameter of an option begins with."""

_SELLERS, _VENDORS = ("SellingPartner", "SellerCentral"), ("SellingPartner", "VendorCentral")
_BOTH = ("SellingPartner", "SellerCentral", "VendorCentral")
_KINDS: Mapping[str, SqlType] = {
    "date": DATE, "time": TIMESTAMP, "int": BIGINT, "num": DOUBLE, "share": DOUBLE, "percent": DOUBLE, "money": MONEY,
    "bool": BOOLEAN, "json": JSON,
}  # fmt: skip
_FILE = (ReportColumn("name"), ReportColumn("content"))
_PSEUDO = (
    ("DataStartTime", "dataStartTime", TIMESTAMP, "From when on the report's data are."),
    ("DataEndTime", "dataEndTime", TIMESTAMP, "Until when the report's data are."),
    ("MarketplaceId", "marketplaceIds", VARCHAR, "The marketplace that the report was asked for."),
    ("ReportOptions", "reportOptions", JSON, "The options that the report was asked for with, as a JSON object."),
    ("ReportId", "reportId", VARCHAR, "The report that the row is of."),
    ("ReportDocumentId", "reportDocumentId", VARCHAR, "The document that the row is of."),
    ("CreatedTime", "createdTime", TIMESTAMP, "When the report was asked for."),
)
_ASKED_BY = frozenset(name for name, *_ in _PSEUDO)
_MORE_DOC = "What the document has in columns that are not known, as a JSON object."
# Options whose own names are no names of columns.
_CALLED = {"all": "AllInvoices", "ReportOption=all": "ReportOptionAll"}
_WORD = re.compile(r"\w+")
_WORD_END = re.compile(r"[A-Z][a-z]+$")
_UNIT, _PIECES = re.compile(r"[^\W_]+"), re.compile(r"(?<=\d) (?=\d)")
# Amounts of JSON that have their currency elsewhere than beside them, under a name of their own.
_CURRENCY = re.compile(r"(?i)currency")
# Where a row, or what is around it, tells the currency of all its amounts.
_OF_ROWS = ("currencyCode", "../currencyCode", "../../currencyCode")
_SUMS = re.compile(r"(?i)^(total)?budget(spent|remaining)?$|^totaldiscount$|^sales$|^gms$|revenue$")
# Only the first row of these, the total, names the currency.
_TOTALLED = re.compile("SETTLEMENT")
_TERMS = {name.lower(): text for name, text in TERMS.items()}
# Whose days are the marketplace's own.
_LOCAL = "Analytics"
_DAY, _SHORT = 86_400, 5
# After how many days orders are archived.
_ARCHIVED = 75
# What an option that takes any text may be, for examples.
_SAMPLES = {
    "asin": "B00000I18C", "currencyCode": "USD", "productType": "ALL",
    "From": "2026-10-01T00:00:00Z", "To": "2026-11-01T00:00:00Z",
}  # fmt: skip
_CURRENCIES = {"Converted Tax Amount": "Invoice Level Currency Code"}


@dataclass(frozen=True, slots=True)
class Place:
    """What a name stands for: a type of report, whose form it is, and the array of the rows (its path)."""

    type: str
    partner: Partner
    schemas: tuple[str, ...]
    array: str
    first: bool


# -- names -------------------------------------------------------------------------------------------------------------


def names(schema: str) -> tuple[str, ...]:
    """Return the names of a schema's tables of reports, sorted; those included that Amazon makes no more."""
    return tuple(sorted(name for name, _ in _places(schema).values()))


def find(schema: str, name: str) -> Table | None:
    """Return a table of a report by schema and name, compared without case, or None."""
    known = _places(schema).get(name.lower())
    return None if known is None else _table(schema, *known)


def table(
    report_type: str, discovered: Sequence[str] = (), *, schema: str = "SellingPartner", array: str | None = None
) -> Table | None:
    """Return the table of a type, or of one of its arrays, with columns that its documents were seen to have.

    `discovered` are their headers, or paths below a row; those that are known are left out. None if the schema has no
    such table.
    """
    for name, place in _places(schema).values():
        if place is not None and place.type == report_type and (place.first if array is None else place.array == array):
            return made(schema, name, place, tuple(discovered))
    return None


def with_discovered(known: Table, discovered: Sequence[str]) -> Table:
    """Return a table of a report with columns that its documents were seen to have beside the known ones."""
    path = known.paths[0]
    found = table(path.declared.report, discovered, schema=known.schema, array=path.row_path)
    return known if found is None else found


def partner_of(known: Table) -> Partner | None:
    """Return whose a table of a report is, if Amazon gives it to sellers only or to vendors only."""
    schemas = set(known.entry.schemas)
    return "seller" if "VendorCentral" not in schemas else "vendor" if "SellerCentral" not in schemas else None


def is_option(known: Table, column: Column) -> bool:
    """Tell whether a column of a table is an option of its report, which holds the text that was asked for."""
    each = (path.sources.get(column.name) for path in known.paths if path.declared.report)
    return any(s is not None and (s.parameter or "").startswith(OPTION) and not s.path for s in each)


def form_of(known: Table) -> Partner:
    """Return whose form of its documents a table reads; of most types sellers and vendors have the same."""
    return partner_of(known) or "seller"


@cache
def _places(schema: str) -> Mapping[str, tuple[str, Place | None]]:
    """Return (name, what it is) of each table of a schema by its name in small letters; None: it is gone."""
    found: dict[str, tuple[str, Place | None]] = {}
    for place in _each():
        if schema in place.schemas:
            name = _name(place)
            found[name.lower()] = (name, place)
    for kind in gone_types().values():
        if schema in _schemas(kind.partners):
            found[f"{REPORT}{kind.name}".lower()] = (f"{REPORT}{kind.name}", None)
    return MappingProxyType(found)


def _each() -> Iterator[Place]:
    """Yield every table: of each type each form, of each form each array."""
    for kind in report_types().values():
        forms = forms_of(kind.name)
        for partner in forms:
            # Where there are two, that of sellers is also the one of the schema of both.
            own = _SELLERS if partner == "seller" else ("VendorCentral",)
            schemas = own if len(forms) > 1 else _schemas(kind.partners)
            for number, array in enumerate(report_layout(kind.name, partner).arrays):
                yield Place(kind.name, partner, schemas, array.path, number == 0)


def _schemas(partners: frozenset[str]) -> tuple[str, ...]:
    return _BOTH if len(partners) > 1 else _SELLERS if "seller" in partners else _VENDORS


def _name(place: Place) -> str:
    """Return a table's name: of a further array with its path below the main one."""
    return f"{REPORT}{place.type}" + ("" if place.first else f"_{pascal(_below_main(place).replace('[]', ''))}")


def _below_main(place: Place) -> str:
    main = report_layout(place.type, place.partner).arrays[0].path
    return place.array.removeprefix(f"{main}.") if main else place.array


# -- tables ------------------------------------------------------------------------------------------------------------


@cache
def _table(schema: str, name: str, place: Place | None) -> Table:
    return _gone(schema, name) if place is None else made(schema, name, place, ())


@cache
def made(schema: str, name_of_table: str, place: Place, discovered: tuple[str, ...]) -> Table:
    """Return a table with its columns: those of the documents, then what the report says of itself."""
    first = place.schemas[0]
    if schema != first:
        # A table is the same in every schema that has it.
        return replace(made(first, name_of_table, place, discovered), schema=schema)
    kind = report_types()[place.type]
    drawn = dict(_drawn(kind, _array(place), discovered))
    sources = {name: ColumnSource(name, column.name) for name, column in drawn.items()}
    columns = {name: _column(name, column) for name, column in drawn.items()}
    for column, source in _asked(kind, place, sources):
        columns.setdefault(column.name, column)
        sources[column.name] = source
    for name, currency in _priced(kind, drawn, columns):
        columns[name] = changed(columns[name], type=MONEY, currency=currency)
    declared = AccessPath(CREATE, place.array, report=kind.name, pushdowns=tuple(_pushdowns(sources)))
    path = TablePath(declared, place.array, sources, (TableBranch(place.array, sources),))
    ordered = (*columns.values(), *COMMON)
    entry = _entry(name_of_table, kind, place, path, tuple(c.name for c in columns.values() if c.type == DATE))
    return Table(schema, entry, ordered, (path,), {c.name.lower(): c for c in ordered})


def _array(place: Place) -> ReportArray:
    arrays = report_layout(place.type, place.partner).arrays
    return next(array for array in arrays if array.path == place.array)


def _drawn(kind: ReportType, array: ReportArray, discovered: tuple[str, ...]) -> Iterator[tuple[str, ReportColumn]]:
    """Yield the columns of the documents with their names, each of which is the only one without regard to case."""
    known = array.columns or (_FILE if kind.format in FILES else ())
    more = (ReportColumn(name) for name in dict.fromkeys(discovered) if name not in {c.name for c in known})
    taken = {name.lower() for name, *_ in _PSEUDO if name != "MarketplaceId"} | {MORE.lower()}
    nested = kind.format in ("JSON", "XML")
    for column in (*known, *more):
        name = called(column.name, nested=nested)
        if name.lower() in taken and column.name.startswith("../"):
            name = f"{_enclosing(array.path, column.name)}{name}"
        number, plain = 2, name
        while name.lower() in taken:
            name, number = f"{plain}{number}", number + 1
        taken.add(name.lower())
        yield name, column


@cache
def called(header: str, *, nested: bool = False) -> str:
    """Return the column of a header (``seller-sku`` is SellerSku) or, if `nested`, of a path below a row."""
    header = header.rpartition("../")[2]
    if nested and _WORD.fullmatch(header.replace(".", "")):
        holder, _, last = header.rpartition(".")
        return pascal(holder if last == "value" and holder else header)
    spelt = [
        _spelt(word, shouted="_" in part and part.isupper()) for part in header.split() for word in _UNIT.findall(part)
    ]
    name = _PIECES.sub("_", " ".join(spelt)).replace(" ", "") or "Column"
    return f"_{name}" if name[0].isdigit() else name


def _spelt(word: str, *, shouted: bool) -> str:
    """Return a word of a header as a name has it: short ones in capitals (SKU, FNSKU) stay as they are."""
    shouted = word.isascii() and word.isupper() and (shouted or len(word) > _SHORT)
    return word.capitalize() if shouted else word[:1].upper() + word[1:]


def _enclosing(array: str, name: str) -> str:
    """Return what the element is called that has a column of an element around a row: of ``coupons[]`` Coupon."""
    around = array.split("[]")[: -1 - name.count("../")]
    return singular(pascal(around[-1].rpartition(".")[2])) if around else ""


def _column(name: str, column: ReportColumn) -> Column:
    enum = tuple(column.kind.split("|")) if "|" in column.kind else ()
    kind = BLOB if column in _FILE[1:] else _KINDS.get(column.kind, VARCHAR)
    return Column(name, kind, enum=enum, doc=_described(name))


@cache
def _described(name: str) -> str:
    return described(name, _TERMS) or description(name)


def _asked(
    kind: ReportType, place: Place, sources: Mapping[str, ColumnSource]
) -> Iterator[tuple[Column, ColumnSource]]:
    """Yield what a report says of itself, and what it is asked for with; a column of the rows may stand for that."""
    known = {name.lower(): name for name in sources}
    for name, parameter, of, doc in _PSEUDO:
        own = sources.get(known.get(name.lower(), ""))
        column = own.column if own is not None else name
        yield Column(column, of, hidden=True, doc=doc), ColumnSource(column, own.path if own else "", parameter)
    for option in options_of(kind, place.partner):
        name = _CALLED.get(option.name, called(option.name))
        own = sources.get(known.get(name.lower(), ""))
        if (own is not None and not option.required) or name in _ASKED_BY:
            name, own = f"{name}Option", None
        column = own.column if own is not None else name
        # Without the values as an enum: what is none of them is refused, not left out.
        made = Column(column, VARCHAR, hidden=True, doc=_of_option(option))
        yield made, ColumnSource(column, own.path if own else "", OPTION + option.name)
    yield Column(MORE, JSON, hidden=True, doc=_MORE_DOC), ColumnSource(MORE, MORE)


def _of_option(option: ReportOption) -> str:
    values = f": {', '.join(option.values)}" if option.values else ""
    return f"The report's option {option.name}{', which must be said' if option.required else ''}{values}."


def options_of(kind: ReportType, partner: Partner) -> tuple[ReportOption, ...]:
    """Return the options of a type that sellers, or vendors, may give."""
    if "COUPON" not in kind.name:
        return kind.options
    own = {"seller": "coupon", "vendor": "campaign"}[partner]
    return tuple(replace(o, required=True) for o in kind.options if o.name.startswith(own))


def _pushdowns(sources: Mapping[str, ColumnSource]) -> Iterator[Pushdown]:
    """Yield what a report is asked for by."""
    for name, source in sources.items():
        parameter = source.parameter
        if parameter is None or parameter in ("reportDocumentId", "createdTime"):
            continue
        operator = {"dataStartTime": ">=", "dataEndTime": "<"}.get(parameter, "=")
        default = "marketplaces" if parameter == "marketplaceIds" else None
        yield Pushdown(name, operator, parameter, exact=not source.path, default=default)  # type: ignore[arg-type]


def required_columns(path: TablePath) -> tuple[tuple[str, ...], ...]:
    """Return the columns without a filter on which a report cannot be asked for."""
    kind, forms = report_types()[path.declared.report], forms_of(path.declared.report)
    needed = {f"{OPTION}{option.name}" for form in forms for option in options_of(kind, form) if option.required}
    each = ((name, s.parameter) for name, s in path.sources.items() if s.parameter in needed)
    # Dates among the options are those of the window, where that is said.
    ends = {"DateFrom": "DataStartTime", "DateTo": "DataEndTime"}
    return tuple((name, *(w for end, w in ends.items() if (option or "").endswith(end))) for name, option in each)


# -- money -------------------------------------------------------------------------------------------------------------


def _priced(
    kind: ReportType, drawn: Mapping[str, ReportColumn], columns: Mapping[str, Column]
) -> Iterator[tuple[str, str]]:
    """Yield the columns that are amounts, each with that of its currency, or "" where there is none."""
    named = {column.name: name for name, column in drawn.items()}
    of_rows = next((named[c] for c in _OF_ROWS if c in named), "CurrencyCode" if "CurrencyCode" in columns else "")
    of_file = [name for name in named if _CURRENCY.search(name)]
    for name, column in drawn.items():
        beside = next((named[c] for c in _beside(column.name) if c in named), "")
        if column.kind == "money":
            yield name, beside or _of_file(kind, column.name, of_file, named)
        elif kind.format == "JSON" and column.kind == "num" and (beside or (of_rows and _is_sum(column.name))):
            yield name, beside or of_rows


def _beside(amount: str) -> Iterator[str]:
    """Yield where an amount's own currency may stand: under its name, or beside it in an object of the two."""
    yield f"{amount}CurrencyCode"
    holder, _, last = amount.rpartition(".")
    if holder and last in ("amount", "value"):
        yield from (f"{holder}.{word}" for word in ("currencyCode", "currency"))


def _is_sum(name: str) -> bool:
    return _SUMS.search(name.rpartition("../")[2]) is not None


def _of_file(kind: ReportType, amount: str, currencies: Sequence[str], named: Mapping[str, str]) -> str:
    """Return the column that tells the currency of an amount in a flat file: that of most words in common."""
    if not currencies or kind.format == "XML" or _TOTALLED.search(kind.name):
        return ""
    if amount in _CURRENCIES:
        return named[_CURRENCIES[amount]]
    words = _UNIT.findall(amount.replace("_", " "))
    alike = {c: _same(words, _UNIT.findall(c.replace("_", " "))) for c in currencies}
    return named[max(currencies, key=alike.__getitem__)]


def _same(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many words two names begin with in common."""
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))


# -- entries -----------------------------------------------------------------------------------------------------------


def _entry(name: str, kind: ReportType, place: Place, path: TablePath, days: tuple[str, ...]) -> Entry:
    phrase = row_of(kind.name, _below_main(place), vendor=place.schemas == ("VendorCentral",), first=place.first)
    removed = ""
    if kind.removed is not None:
        removed = f"Amazon makes none since {kind.removed}. {_instead(kind.instead)}"
    return Entry(
        name,
        " ".join((f"One row per {phrase}.", *_told(kind, place), *((removed,) if removed else ()))),
        (path.declared,),
        schemas=place.schemas,
        example=f"SELECT * FROM {_where(name, kind, place, path)}",
        change_column="",
        lookback=f"{kind.horizon / _DAY:.0f} days" if kind.horizon else "",
        zones=tuple((day, "Marketplace") for day in days if kind.category.startswith(_LOCAL)),
        removed=removed,
    )


def _told(kind: ReportType, place: Place) -> Iterator[str]:
    """Yield sentences on how a report is to be had."""
    if not kind.by:
        yield "Amazon makes it by itself: it is looked for, and not asked for."
    elif kind.by == ("schedule",):
        yield "Amazon makes it by a schedule: it is looked for, and not asked for."
    if kind.snapshot:
        yield "It tells what is there when it is made."
    elif kind.longest:
        yield f"A document is of {kind.longest / _DAY:.0f} days at most; a longer window takes several."
    if kind.format in FILES:
        yield f"Each document is one row, a file ({kind.format})."
    elif report_layout(kind.name, place.partner).standing == "unknown":
        yield "Its columns are not known before a document was read."


def _where(name: str, kind: ReportType, place: Place, path: TablePath) -> str:
    """Return a table's name and the filters that a statement on it needs."""
    columns = {source.parameter: column for column, source in path.sources.items()}
    needed = (option for option in options_of(kind, place.partner) if option.required)
    conditions = [f"{columns[OPTION + option.name]} = '{sample(option)}'" for option in needed]
    if not kind.snapshot and kind.by:
        conditions += _window(kind)
    return name + (f" WHERE {' AND '.join(conditions)}" if conditions else "")


def sample(option: ReportOption) -> str:
    """Return a value that an option may have, for examples."""
    return (
        option.values[0] if option.values else _SAMPLES.get(option.name) or _SAMPLES[_WORD_END.findall(option.name)[-1]]
    )


def _window(kind: ReportType) -> list[str]:
    if kind.borders and next(o.values[0] for o in kind.options if o.name == "reportPeriod") == "WEEK":
        # Amazon's weeks begin on Sunday, those of the engine on the Monday after.
        monday = "DATE_TRUNC('week', CURRENT_DATE)"
        return [f"DataStartTime >= {monday} - INTERVAL 15 DAY", f"DataEndTime < {monday} - INTERVAL 8 DAY"]
    days = int(min(kind.longest or math.inf, (kind.horizon or math.inf) - _DAY, 7 * _DAY) / _DAY)
    ago = _ARCHIVED if "ARCHIVED" in kind.name else 0
    end = f" - {ago}" if ago else ""
    return [f"DataStartTime >= CURRENT_DATE - {days + ago}", f"DataEndTime < CURRENT_DATE{end}"]


def _instead(types: Sequence[str]) -> str:
    if not types:
        return "It has no successor."
    return f"Read {' or '.join(REPORT + name for name in types)} instead."


@cache
def _gone(schema: str, name: str) -> Table:
    """Return the table of a type that Amazon has removed: a name, and what to read instead."""
    kind = gone_types()[name.removeprefix(REPORT)]
    removed = f"Amazon has removed this type of report. {_instead(kind.instead)}"
    entry = Entry(name, "Rows of a report that Amazon makes no more.", schemas=_schemas(kind.partners), removed=removed)
    return Table(schema, entry, (), (), {})
