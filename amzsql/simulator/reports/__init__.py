"""The documents of reports: what a seller or vendor would download, over the same world that the operations show.

Owns formats, columns, charsets and which rows a report holds; never when a report is made, nor its states. The types'
columns are facts in the tables beside this module; `plans` says what each type is made of.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from amzsql.simulator.call import iso
from amzsql.simulator.documents import Partner

from .facts import Column, Layout, header, layout, layouts
from .fields import Cell, cell_of, fixed
from .plans import PLANS, Plan
from .scope import Row, Scope, plain, scope_of
from .trees import REPEATED, Node, tree
from .values import Spelling, spelling
from .writers import archive, comma, json_file, pdf, tsv, xlsx, xml_file

__all__ = ["Document", "Layout", "document", "header", "layout", "layouts"]

_SPECIFICATION = "reportSpecification"
# Smaller documents come as they are. What holds counts is packed at any size.
_PACKED_FROM = 8192
# Which charset flat files have, by the country of the marketplace; the others have UTF-8.
_WESTERN = frozenset({"US", "GB", "DE", "FR", "CA", "IT", "ES", "BR", "NL"})
# Each invoice of an archive is a file: as many as a person opens.
_MOST_INVOICES = 20


@dataclass(frozen=True, slots=True)
class Document:
    """A report document before packing. `gzip`: it is handed out packed; `charset` is empty for binary files."""

    body: bytes
    content_type: str
    gzip: bool
    charset: str

    @property
    def text(self) -> str:
        """The document as text; UnicodeDecodeError never, since it was written in its charset."""
        return self.body.decode(codec_of(self.charset))


def document(partner: Partner, report: Mapping[str, Any]) -> Document | None:
    """Return the document of a report, None if it has no data.

    `report` holds reportType, dataStartTime, dataEndTime, marketplaceIds and reportOptions; without a time of its own
    (processingEndTime, createdTime) it is made at the partner's present. Unknown types have no data.
    """
    account = partner.account
    found = layout(report["reportType"], account.kind)
    if found is None or not found.is_for(account.kind, account.region):
        return None
    plan = PLANS[found.type]
    return _MAKERS[found.format](found, plan, scope_of(partner, report, plan.lag))


def _rows(plan: Plan, scope: Scope) -> Iterator[Row] | None:
    """Return the rows of a report, None if there is not one."""
    rows = plan.rows(scope) if plan.rows is not None else iter(())
    first = next(rows, None)
    return None if first is None else itertools.chain((first,), rows)


# Flat files


def _flat(found: Layout, plan: Plan, scope: Scope) -> Document | None:
    rows = _rows(plan, scope)
    if rows is None:
        return None
    write, content_type = (comma, "text/csv") if found.format == "CSV" else (tsv, "text/plain")
    lines = write(header(found, scope.language), _lines(found, plan, scope, rows))
    country = scope.place.place.country
    charset = "windows-1252" if country in _WESTERN else "Shift_JIS" if country == "JP" else "UTF-8"
    return _text(lines, content_type, charset)


def _lines(found: Layout, plan: Plan, scope: Scope, rows: Iterable[Row]) -> Iterator[list[str]]:
    """Yield the rows as texts."""
    spell = spelling(scope, plan.dates, plan.comma)
    cells = [_cell(c, plan) for c in found.columns]
    quick = [(c.made, c.kind) for c in cells]
    for row in rows:
        if row.values:
            yield [spell(cell(scope, row), cell.kind) for cell in cells]
        else:
            yield [spell(made(scope, row), kind) for made, kind in quick]


def _cell(column: Column, plan: Plan) -> Cell:
    """Return what stands in a column of a flat file; that settlements post by day is told by the name alone."""
    if not plan.bare:
        return cell_of(column, plan.fields)
    kind = "date" if column.name == "posted-date" else column.kind
    return cell_of(Column(column.name, kind), {plain(column.name): fixed("")})


def _text(pieces: Iterable[str], content_type: str, charset: str, packed: bool = False) -> Document:
    """Return pieces of text as a document: what the charset does not have becomes a question mark."""
    out = io.BytesIO()
    for piece in pieces:
        out.write(piece.encode(codec_of(charset), "replace"))
    body = out.getvalue()
    return Document(body, content_type, packed or len(body) >= _PACKED_FROM, charset)


def codec_of(charset: str) -> str:
    """Return the codec of a charset: what is called Shift_JIS has the signs that Windows knows, as Amazon's has."""
    return "cp932" if charset == "Shift_JIS" else charset or "latin-1"


# Nested files


def _xml(found: Layout, plan: Plan, scope: Scope) -> Document | None:
    rows = _rows(plan, scope)
    if rows is None:
        return None
    fields = dict.fromkeys((plain(c.name) for c in found.columns), fixed("")) if plan.bare else plan.fields
    node = tree(found.columns, fields, repeats=REPEATED)
    spell = spelling(scope, "iso", False)
    return _text(xml_file(plan.root, plan.element, node, rows, scope, spell), "text/xml", "UTF-8")


def _json(found: Layout, plan: Plan, scope: Scope) -> Document | None:
    node = tree(found.columns, plan.fields)
    specification = node.branches.pop(_SPECIFICATION, None)
    arrays = {name: (branch, plan.arrays[name](scope)) for name, branch in node.branches.items()}
    filled = {name: (branch, next(rows, None), rows) for name, (branch, rows) in arrays.items()}
    if all(first is None for _, first, _ in filled.values()):
        return None
    whole = {
        name: (_inner(branch), itertools.chain(() if first is None else (first,), rows))
        for name, (branch, first, rows) in filled.items()
    }
    asked = None if specification is None else _specification(specification, scope)
    return _text(json_file(asked, whole, scope), "application/json", "UTF-8", packed=True)


def _inner(node: Node) -> Node:
    """Return what one element of an array holds."""
    return Node(branches=node.branches)


def _specification(node: Node, scope: Scope) -> dict[str, object]:
    """Return what the report was asked for, as the document repeats it."""
    report = scope.report
    known: dict[str, object] = {
        "reportType": report["reportType"],
        "dataStartTime": report.get("dataStartTime") or iso(scope.start),
        "dataEndTime": report.get("dataEndTime") or iso(scope.end),
        "lastUpdatedDate": iso(scope.made),
        "marketplaceIds": list(report.get("marketplaceIds") or ()),
        "reportOptions": _options(node.branches.get("reportOptions"), scope),
    }
    return {name: _cut(known[name], child.kind) for name, child in node.branches.items()}


def _cut(value: object, kind: str) -> object:
    return str(value)[:10] if kind == "date" else value


def _options(node: Node | None, scope: Scope) -> dict[str, object]:
    """Return the options: those given, and the first value of those that have values."""
    known = node.branches if node is not None else {}
    defaults = {name: child.kind.split("|")[0] for name, child in known.items() if "|" in child.kind}
    return {**defaults, **{n: v for n, v in scope.options.items() if n in known}}


# Packed files


def _xlsx(found: Layout, plan: Plan, scope: Scope) -> Document | None:
    rows = _rows(plan, scope)
    if rows is None:
        return None
    spell = spelling(scope, plan.dates, plan.comma)
    body = xlsx(header(found, scope.language), _cells(found, plan, scope, rows, spell))
    return Document(body, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", False, "")


def _cells(found: Layout, plan: Plan, scope: Scope, rows: Iterable[Row], spell: Spelling) -> Iterator[list[object]]:
    cells = [cell_of(c, plan.fields) for c in found.columns]
    for row in rows:
        values = ((cell(scope, row), cell.kind) for cell in cells)
        yield [v if isinstance(v, int) and kind not in ("date", "time") else spell(v, kind) for v, kind in values]


def _pdf(_: Layout, plan: Plan, scope: Scope) -> Document | None:
    rows = _rows(plan, scope)
    wanted = scope.options.get("AmazonOrderId")
    row = next((r for r in rows or () if not wanted or r.order_id == wanted), None)
    return None if row is None else Document(_page(row), "application/pdf", False, "")


def _zip(_: Layout, plan: Plan, scope: Scope) -> Document | None:
    rows = _rows(plan, scope)
    if rows is None:
        return None
    files = ((f"INV-{r.number:08}.pdf", _page(r)) for r in itertools.islice(_firsts(rows), _MOST_INVOICES))
    return Document(archive(files), "application/zip", False, "")


def _firsts(rows: Iterable[Row]) -> Iterator[Row]:
    return (r for r in rows if r.position == 0)


def _page(row: Row) -> bytes:
    return pdf((f"Order {row.order_id}", f"{row.item.quantity} x {row.sku.title}", f"INV-{row.number:08}"))


_Maker = Callable[[Layout, Plan, Scope], Document | None]
_MAKERS: Mapping[str, _Maker] = MappingProxyType(
    {"TSV": _flat, "CSV": _flat, "XML": _xml, "JSON": _json, "XLSX": _xlsx, "PDF": _pdf, "ZIP": _zip}
)
