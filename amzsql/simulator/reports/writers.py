"""The formats of report documents: rows go in one by one, pieces of the file come out.

Owns syntax only. TSV is written without quotes, as Amazon does: what would break a line becomes a blank.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from amzsql.simulator.call import amount, iso

from .scope import Cents, Moment, Row, Scope
from .trees import Node, filled
from .values import Spelling

_BREAKS = str.maketrans("\t\r\n", "   ")
# What XML writes as an attribute, and what as the text beside it: (element, last part of the path).
_ATTRIBUTES = frozenset(
    {("Amount", "currency"), ("attribute", "name"), ("browseNodeAttributes", "count"), ("childNodes", "count"),
     ("refinementsInformation", "count")}
)  # fmt: skip
_TEXTS = frozenset({("Amount", "value"), ("attribute", "text")})
# The oldest time that a ZIP file can tell: the same bytes on every day.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def tsv(header: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    """Yield a file of lines with tabs between the values."""
    yield "\t".join(header) + "\n"
    tabs = len(header) - 1
    for row in rows:
        line = "\t".join(row)
        if "\n" in line or "\r" in line or line.count("\t") != tabs:
            line = "\t".join(v.translate(_BREAKS) for v in row)
        yield line + "\n"


def comma(header: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    """Yield a CSV file, quoted where it must be."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    for row in rows:
        writer.writerow(row)
        if buffer.tell() > 1 << 16:
            yield _drained(buffer)
    yield _drained(buffer)


def _drained(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


# JSON


def plain_value(value: object, kind: str) -> object:
    """Return a value as JSON has it."""
    if isinstance(value, Cents):
        return value / 100 if kind else amount(value)
    if isinstance(value, Moment):
        text = iso(value)
        return text[:10] if kind == "date" else text
    if kind in ("num", "share", "percent", "int") and value == "":
        return 0
    return str(value) if kind == "" and isinstance(value, int) else value


def json_file(
    first: dict[str, object] | None, arrays: Mapping[str, tuple[Node, Iterable[Row]]], scope: Scope
) -> Iterator[str]:
    """Yield a JSON file: what the report was asked for, then its arrays, row by row."""
    yield "{"
    if first is not None:
        yield f'"reportSpecification":{_dumps(first)},'
    for position, (name, (node, rows)) in enumerate(arrays.items()):
        yield f'{"," if position else ""}"{name}":['
        for number, row in enumerate(rows):
            yield ("," if number else "") + _dumps(filled(node, scope, row, plain_value))
        yield "]"
    yield "}"


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# XML


def xml_file(root: str, element: str, node: Node, rows: Iterable[Row], scope: Scope, spell: Spelling) -> Iterator[str]:
    """Yield an XML file with an element for each row."""
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>\n'
    for row in rows:
        yield "".join(_element(element, filled(node, scope, row, spell))) + "\n"
    yield f"</{root}>\n"


def _element(name: str, value: object) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _element(name, one)
        return
    tag = tag_of(name)
    if not isinstance(value, dict):
        yield f"<{tag}>{escape(str(value))}</{tag}>"
        return
    attributes = "".join(f" {k}={quoteattr(str(v))}" for k, v in value.items() if (name, k) in _ATTRIBUTES)
    yield f"<{tag}{attributes}>"
    for key, inner in value.items():
        if (name, key) in _TEXTS:
            yield escape(str(inner))
        elif (name, key) not in _ATTRIBUTES:
            yield from _element(key, inner)
    yield f"</{tag}>"


def tag_of(name: str) -> str:
    """Return the element of a column: names with blanks are written low and joined by underscores."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") if " " in name else name


# Packed formats


def xlsx(header: list[str], rows: Iterable[list[object]]) -> bytes:
    """Return a workbook of one sheet; texts stand in their cells."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in _BOOK.items():
            book.writestr(_entry(name), text)
        with book.open(_entry("xl/worksheets/sheet1.xml"), "w") as sheet:
            sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            sheet.write(_cells(list(header)).encode())
            for row in rows:
                sheet.write(_cells(row).encode())
            sheet.write(b"</sheetData></worksheet>")
    return packed.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _cells(values: Iterable[object]) -> str:
    return f"<row>{''.join(map(_cell, values))}</row>"


def _cell(value: object) -> str:
    if isinstance(value, Cents):
        return f"<c><v>{value / 100:.2f}</v></c>"
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_FORMATS = "http://schemas.openxmlformats.org"
_MAIN = f"{_FORMATS}/spreadsheetml/2006/main"
_PART = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_BOOK = {
    "[Content_Types].xml": (
        f'{_XML}<Types xmlns="{_FORMATS}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_PART}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_PART}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'{_XML}<Relationships xmlns="{_FORMATS}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_FORMATS}/officeDocument/2006/relationships/officeDocument" '
        f'Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_FORMATS}/officeDocument/2006/relationships">'
        '<sheets><sheet name="Report" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'{_XML}<Relationships xmlns="{_FORMATS}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_FORMATS}/officeDocument/2006/relationships/worksheet" '
        f'Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}


def pdf(lines: Iterable[str]) -> bytes:
    """Return a PDF file of one page with some lines of text."""
    shown = " T* ".join(f"({_pdf_text(line)}) Tj" for line in lines)
    page = f"BT /F1 11 Tf 14 TL 50 780 Td {shown} ET".encode("cp1252", "replace")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(page), page),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


def _pdf_text(line: str) -> str:
    return re.sub(r"([\\()])", r"\\\1", line)


def archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a ZIP file of some files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for name, body in files:
            out.writestr(_entry(name), body)
    return packed.getvalue()
