"""Labels and papers of shipments: a PDF of one page with the text that the label is for."""

from __future__ import annotations

from amzsql.simulator import documents
from amzsql.simulator.call import Call
from amzsql.simulator.documents import Partner
from amzsql.simulator.http import Answer
from amzsql.simulator.reports.writers import pdf

_KIND = "label"


def url(call: Call, text: str) -> str:
    """Return the address of a label with a text."""
    return documents.url(call, _KIND, text)


def content(text: str) -> bytes:
    """Return a label with a text as a PDF file."""
    return pdf(text.split("; "))


def _label(_: Partner, identifier: str) -> Answer:
    return Answer(200, content(identifier), content_type="application/pdf")


DOCUMENTS = {_KIND: _label}
