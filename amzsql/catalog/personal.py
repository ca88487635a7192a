"""Which columns hold personal data, and what kind of it: told by where Amazon's field stands and what it is called.

Owns the words by which it is told, once for tables, reports and procedures. Whose data it is does not matter: a buyer's
name is personal, and so is that of whoever answers a warehouse's telephone. Cities, regions and countries are not, nor
is whatever is said in figures. Must not know what is done with such columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache

from amzsql import spapi
from amzsql.catalog.columns import all_fields, any_element
from amzsql.catalog.model import Column, Table, TablePath
from amzsql.catalog.reports import MORE, form_of
from amzsql.spapi.document_types import FILES, report_types
from amzsql.spapi.model import Operation, Partner
from amzsql.spapi.report_columns import known_columns, report_layout
from amzsql.types import BIGINT, BLOB, DATE, DOUBLE, JSON, TIMESTAMP, VARCHAR, SqlType

NAME, ADDRESS, CONTACT, BUYER, TEXT, TAX, DOCUMENT, ANY = (
    "name", "address", "phone or email", "buyer id", "text", "tax number", "document", "unknown",
)  # fmt: skip
KINDS: Mapping[str, str] = {
    NAME: "the name of a person, or of whom a parcel goes to",
    ADDRESS: "streets, postal codes and places on the map, not cities and countries",
    CONTACT: "telephone numbers and addresses of email",
    BUYER: "what Amazon calls a buyer by",
    TEXT: "what people have written: messages, comments, instructions",
    TAX: "numbers of people for the tax, days of birth",
    DOCUMENT: "labels, invoices and packing slips, and the addresses from which they and reports are downloaded",
    ANY: "a column that nobody knows beforehand, which may hold anything",
}
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_PEOPLE = (
    "address|bill to|billing|buyer|buying party|consignee|contact|customer|driver|holder|owner|party|payer|person"
    "|purchaser|rater|receiver|recipients?|requester|reviewer|return to|sender|ship to|ship from|shipper|signatory"
    "|technician|user"
)
# Each kind with what its fields are called, as words with spaces between; the first that fits tells.
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(words))
    for kind, words in (
        (CONTACT, r"\b(?:e mails?|emails?|phones?|telephone|fax|mobile number)\b"),
        (TAX, r"\b(?:cpf|gstin|gst ?id|passport|birth)\b|\bbuyer (?:tax|vat)\b"
              r"|\b(?:buyer|customer|recipient)\b.*\b(?:tax|vat) (?:number|id|registration\b.*)$"
              r"|\btax registration (?:number|id|messages)$|\btax(?:payer)? (?:identification number|payer id)$"),
        (BUYER, r"\b(?:buyer|customer|payer|purchaser|rater|recipient) (?:id|ids|identifier)$"),
        (TEXT, r"\bgift (?:message|text)\b|\bcomments?$|\b(?:buyer|call|customer|delivery) notes?$"
               r"|\b(?:address|delivery|shipping|special) instructions?$|\bdrop off location$|\btranscript$"
               r"|\b(?:chat|email|phone) content\b|\bbuyer custom\w*\b|\bcustomized (?:info|url)\b"
               r"|\bmessage body$|\bcase (?:body|description)$"),
        (DOCUMENT, r"\bbase 64\b|\blabel stream$|^(?:.* )?(?:document|file|packing slip|invoice|label)s? contents?$"
                   r"|\b(?:document|documents|download|delivery photo|label|report) ur[il]$|\bdelivery photo\b"
                   r"|\bsignature(?: image| data| url)?$|\blabel data (?:label|content)$|\bcontents contents$"
                   r"|\bpackage documents contents$|^ur[il]$"),
        (ADDRESS, r"\b(?:address|geo ?codes?|street)\b|\b(?:postal|post|zip) ?code$|\bzip$"
                  r"|\b(?:latitude|longitude)$|\b(?:ship|bill|return|recipient|buyer)\b.*\b(?:district|county|"
                  r"municipality)(?: or county)?$|\baddress.*\b(?:district|county)$"),
        (NAME, rf"\b(?:{_PEOPLE})\b.*\bname(?: \d)?$|\b(?:first|last|full|given|family|legal|non latin) name$"
               r"|\battention$|^(?:buyer|recipient|sold to)$|\b(?:signed|received) by$"),
    )
)  # fmt: skip
# To where something may be sent, and nothing be read from.
_UPLOAD, _ADDRESS_OF = re.compile(r"(?i)upload|createFeedDocument"), re.compile(r"(?i)url$")
# What is computed for what a statement says, such as the rates for a parcel, is asked for in a body.
_ASKED = "body."
# Figures are of no person, but places on the map; nor are days, but those of birth.
_WORDY, _FIGURES = frozenset((VARCHAR, JSON, BLOB)), frozenset((BIGINT, DOUBLE))
# How the names of what is of no person end, wherever it stands.
_HARMLESS = re.compile(
    r"\b(?:city|country|jurisdiction|province|region|state|(?:country|currency|province|region|state) code|currency"
    r"|role|type|is .*)$"
)


def words(name: str) -> str:
    """Return a name, a header or a path as small words: ``payload.buyerInfo.email`` is `payload buyer info email`."""
    return " ".join(word.lower() for word in _WORD.findall(name))


@lru_cache(maxsize=20_000)
def kind_of(name: str) -> str:
    """Return the kind of personal data in what is called so: a column, a header, a field's path; "" for none."""
    said = words(name)
    if _HARMLESS.search(said):
        return ""
    return next((kind for kind, rule in _RULES if rule.search(said)), "")


def kinds(table: Table) -> dict[str, str]:
    """Return the columns of a table that hold personal data, with its kind."""
    found: dict[str, str] = {}
    for path in (*table.paths, *table.reports):
        if path.declared.query:
            continue
        of = _of_report if path.declared.report and path in table.paths else _of_operation
        found |= {c.name: kind for c in table.columns if c.name in path.sources and (kind := of(c, path, table))}
    return {c.name: found[c.name] for c in table.columns if c.name in found}


def of_output(name: str, kind: SqlType, path: str, operation: Operation) -> str:
    """Return the kind of personal data in a column of a procedure's result; "" for none."""
    if _UPLOAD.search(operation.operation_id) and _ADDRESS_OF.search(path):
        return ""
    below = _below(operation, path) if kind == JSON else ()
    return _first((name, path, *below), kind)


def _of_operation(column: Column, path: TablePath, _table: Table) -> str:
    if column.enum:
        return ""
    masked = dict(path.declared.masked)
    source = path.sources[column.name]
    places = {b.sources[column.name].path for b in path.branches if column.name in b.sources} | {source.path}
    told = sorted(p for p in places if p)
    if not told and column.name not in masked:
        # A constant, or what was asked for: to ask for what Amazon keeps would tell whether it is there.
        asked = source.parameter or _ASKED
        computed = asked.startswith(_ASKED) and "ilter" not in asked
        return "" if computed or column.type not in _WORDY else kind_of(column.name)
    below = [p for at in told for p in _below(spapi.operation(path.operation), at)] if column.type == JSON else []
    return _first((column.name, *told, *below), column.type)


def _of_report(column: Column, path: TablePath, table: Table) -> str:
    source, report = path.sources[column.name], path.declared.report
    if not source.path:
        return ""
    if column.name == MORE:
        return ANY
    known = _known(report, form_of(table))
    own = {name for array, names in known.items() if array == path.row_path for name in names}
    if source.path not in own:
        return DOCUMENT if report_types()[report].format in FILES else ANY
    if column.enum:
        return ""
    below = _listed(report, form_of(table), source.path) if column.type == JSON else ()
    return _first((column.name, source.path, *below), column.type)


def _first(names: Iterable[str], of: SqlType) -> str:
    """Return the first kind that one of the names tells; figures hold places alone, and days those of birth."""
    told = (kind for kind in map(kind_of, names) if kind)
    if of in _WORDY:
        return next(told, "")
    if of in _FIGURES:
        return next((kind for kind in told if kind == ADDRESS), "")
    return next((kind for kind in told if kind == TAX), "") if of in (DATE, TIMESTAMP) else ""


def _below(operation: Operation, path: str) -> Iterator[str]:
    """Return the paths of the fields with personal data below a place of an operation's answer."""
    at = any_element(path).removesuffix("[]")
    below = (f"{at}.", f"{at}[")
    return (name for name in _telling(operation.api, operation.method, operation.path) if name.startswith(below))


@cache
def _telling(api: str, method: str, path: str) -> tuple[str, ...]:
    return tuple(name for name in all_fields(spapi.api(api).find(method, path)) if kind_of(name))


def _listed(report: str, partner: Partner, path: str) -> Iterator[str]:
    """Yield the columns that stand below a list in the rows of a report."""
    at = f".{path.rpartition('../')[2]}."
    for column in known_columns(report, partner):
        name = f".{column.name.replace('[]', '')}"
        if at in name:
            yield name


@cache
def _known(report: str, partner: Partner) -> Mapping[str, tuple[str, ...]]:
    """Return the columns that are known of a report's documents, by the array they stand in."""
    return {array.path: tuple(c.name for c in array.columns) for array in report_layout(report, partner).arrays}
