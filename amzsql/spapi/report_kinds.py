"""What a column of a flat file or XML holds, told by its name where whoever saw it noted only that it is text.

Owns the words by which it is told; a name that leaves a doubt stays text, which can hold anything. Must not know of
types of reports but those whose days or texts look otherwise than their names say.
"""

from __future__ import annotations

import re
from functools import cache

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The last word says that it is a word, a number of no quantity, or the measure of a neighbour.
_NAMES = _words(
    "type code id number no designation name reason description role scheme responsibility jurisdiction registration "
    "country currency unit units status category tier url address placement measurement exists channel eligibility "
    "party domain method details destination inclusive message size label path feature boldface aware point"
)
# So does the first, or another.
_SIGNS = _words("is has eligible qualifies exempted citation dangerous unit month")
_NEVER = _words("breakdown utilization")
_COUNTS = _words("quantity qty receipts found lost damaged disposed count")
_MONEY = _words("price tax amount amt fee fees discount charge charged cost value gross savings basis ltsf")
_NO_MONEY = _words("rate percent surcharge")
_MEASURES = _words("rate surcharge volume weight girth side")
_WHOLE = frozenset(
    {
        *("rating", "sales rank", "available", "inbound", "working", "shipped", "receiving", "unfulfillable"),
        *("total units", "fc transfer", "fc processing", "customer order", "starting warehouse balance"),
        *("in transit between warehouses", "customer shipments", "customer returns", "vendor returns", "other events"),
        *("warehouse transfer in out", "ending warehouse balance", "unknown events", "days past promise"),
        *("recommended sale duration days", "inbound received", "inbound shipped", "inbound working"),
        *("afn future supply buyable", "afn reserved future supply"),
    }
)
_ROUGH = frozenset(
    {
        *("average quantity on hand", "average quantity pending removal", "days of supply", "sell through"),
        *("days of supply at amazon fulfillment network", "sales last 30 days", "healthy inventory level"),
        *("total days of supply including units from open shipments",),
    }
)
_COUNTED = re.compile(r"^(units (shipped|sold)|inv age|(un)?sellable \d+|(scheduled )?sns units)\b|lower bound")
_SOLD = re.compile(r"^sales shipped last\b")
_MEASURED = re.compile(r"^(weeks of cover|qty (to be )?charged)\b")
# What looks like a day and is not always one, like a count and is none, like an amount and is a sign.
_TEXTS = frozenset(
    {
        *("recommended ship date", "promotion rule value"),
        *("display price tax inclusive", "display promo tax inclusive"),
    }
)
# Whose times are days.
_DAYS = frozenset({"posted-date"})
_DAYS_IN = re.compile(r"^(SC_VAT_TAX_REPORT|GET_VAT_TRANSACTION_DATA)")


@cache
def told(name: str, form: str) -> str:
    """Return the kind that a name tells (int, num, money, date, time), or text; of a path its last part does."""
    last = name.rpartition(".")[2]
    if last == "value" and len(name) > len(last):
        return "money"
    words = [word.lower() for word in _WORD.findall(last)]
    if words[-2:] == ["per", "unit"]:
        del words[-2:]
    text = " ".join(words)
    if text in _ROUGH or _MEASURED.search(text):
        return "num"
    if text in _WHOLE or _COUNTED.search(text):
        return "int"
    if not words or text in _TEXTS or words[-1] in _NAMES or words[0] in _SIGNS or _NEVER & set(words):
        return "text"
    if words[-1] == "date" or text.endswith(("date time", "date utc")):
        return "date" if name in _DAYS or _DAYS_IN.search(form) else "time"
    if _SOLD.search(text) or (_MONEY & set(words) and not _NO_MONEY & set(words)):
        return "money"
    if _MEASURES & set(words):
        return "num"
    return "int" if _COUNTS & set(words) else "text"
