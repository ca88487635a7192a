"""Texts as report documents spell values -> Arrow arrays of a column's type.

Owns decimal commas, grouped digits, local dates and times, names of zones, and words for nothing. How a column spells
is learnt from its values: what a value alone leaves open is read as its report type or its marketplace writes, and a
later value that proves the other way is an error, never another reading. Knows nothing of files.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, localcontext
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from amzsql import types
from amzsql.types import SqlType

NOTHING = frozenset({"", "-", "--", "—", "n/a", "na", "null", "none", "not available"})
_TEXTS = (types.VARCHAR, types.JSON)
_INT64 = range(-(2**63), 2**63)
# Countries whose texts have a decimal point; the others write a comma.
_POINTS = frozenset("US CA MX GB IE JP AU SG IN AE SA EG ZA".split())  # noqa: SIM905 - codes in a row read better
_MONTH_FIRST, _DAY_FIRST, _YEAR_FIRST = "month first", "day first", "year first"
_ORDERS = MappingProxyType({"US": _MONTH_FIRST, "JP": _YEAR_FIRST, "SE": _YEAR_FIRST})
# Written so in every marketplace.
_MONTH_FIRST_TYPES = ("GET_LEDGER_",)

_FILLING = re.compile(r"[\s\u00a0\u202f'’%]|[\u0024\u00a3\u00a5\u20a0-\u20bf]")
_CURRENCY = re.compile(r"^[A-Z]{3}(?=\s?[\d.,+-])|(?<=\d)\s?[A-Z]{3}$")
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_TRUTH = MappingProxyType(
    {**dict.fromkeys(("true", "1", "yes", "y"), True), **dict.fromkeys(("false", "0", "no", "n"), False)}
)

_CLOCK = (
    r"(?:[T\s,]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<part>\d{1,9}))?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?)?(?:\s*(?P<zone>[A-Z]{1,5}(?:[+-]\d{1,2}(?::?\d\d)?)?|[+-]\d\d(?::?\d\d)?))?"
)
_FORMS = tuple(
    re.compile(form + _CLOCK, re.ASCII)
    for form in (
        r"(?P<year>\d{4})(?P<sign>[-/.])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})",
        r"(?P<a>\d{1,2})(?P<sign>[-/.])(?P<b>\d{1,2})(?P=sign)(?P<year>\d{4})",
        r"(?P<a>\d\d)(?P<sign>[-/.])(?P<b>\d\d)(?P=sign)(?P<c>\d\d)",
        r"(?P<day>\d{1,2})[-\s](?P<name>[A-Za-z]{3,9})\.?,?[-\s](?P<year>\d{4}|\d\d)",
        r"(?P<name>[A-Za-z]{3,9})\.?\s(?P<day>\d{1,2}),?\s(?P<year>\d{4})",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
        r"(?P<year>\d{4})-(?P<month>\d\d)",
        r"(?P<month>\d\d)/(?P<year>\d{4})",
    )
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Hours of the zones' names, as marketplaces write them; some names mean another zone in another country.
_ZONES = MappingProxyType(
    {
        "Z": 0.0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "MET": 1, "MEST": 2, "MEZ": 1,
        "MESZ": 2, "EET": 2, "EEST": 3, "TRT": 3, "MSK": 3, "SAST": 2, "IST": 5.5, "GST": 4, "SGT": 8, "JST": 9,
        "AWST": 8, "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "BRT": -3, "BRST": -2, "AST": -4, "ADT": -3,
        "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "HST": -10,
    }
)  # fmt: skip
_OTHERWISE = MappingProxyType({("IST", "IE"): 1.0, ("AST", "SA"): 3, ("AST", "AE"): 3, ("AST", "EG"): 3})


class Misfit(ValueError):
    """A text that no value of the type is spelt by; `row` is its place in the array."""

    def __init__(self, row: int, text: str) -> None:
        super().__init__(text)
        self.row = row
        self.text = text


class Speller:
    """How one column of one document spells its values."""

    def __init__(self, kind: SqlType, country: str, report_type: str) -> None:
        self.kind = kind
        # Whether Arrow could not read its values.
        self.loose = False
        self._country = country
        # Whether a comma is the decimal sign: as it was seen, or as the country has it.
        self._comma = False
        self._commas = country not in _POINTS and bool(country)
        month_first = report_type.startswith(_MONTH_FIRST_TYPES)
        self._order = _MONTH_FIRST if month_first else _ORDERS.get(country, _DAY_FIRST)
        self._proved: str | None = None
        self._assumed = False
        self._read: Callable[[str], Any] = {
            types.MONEY.name: self._money, types.BIGINT.name: self._integer, types.DOUBLE.name: self._double,
            types.BOOLEAN.name: lambda text: _TRUTH[text.lower()], types.DATE.name: self._date,
            types.TIMESTAMP.name: self._time, types.BLOB.name: lambda text: text.encode(),
        }.get(kind.name, str)  # fmt: skip

    def convert(self, texts: pa.Array) -> pa.Array:
        """Return the values of an array of texts as `array` does, by Arrow's own reading as long as it reads all."""
        if self.kind in _TEXTS:
            return texts
        if not self.loose:
            try:
                return texts.cast(self.kind.arrow)
            except pa.ArrowException:
                self.loose = True
        return self.array(texts)

    def array(self, texts: pa.Array) -> pa.Array:
        """Return the values of an array of texts; null stays null. Raises Misfit for the first that is none."""
        coded = texts.dictionary_encode()
        spelt: list[str] = coded.dictionary.to_pylist()
        self._learn(spelt)
        values = []
        for text in spelt:
            try:
                values.append(self._value(text))
            except (ValueError, KeyError, ArithmeticError):
                raise Misfit(texts.index(text).as_py(), text) from None
        return pa.array(values, self.kind.arrow).take(coded.indices)

    def _value(self, text: str) -> Any:
        trimmed = text.strip()
        return None if trimmed.lower() in NOTHING else self._read(trimmed)

    def _learn(self, spelt: list[str]) -> None:
        """Look at all values before any is read: one may tell what another leaves open."""
        if self.kind in (types.DATE, types.TIMESTAMP):
            for text in spelt:
                proof = _order_of(text.strip())
                if proof and self._proved is None and (not self._assumed or proof == self._order):
                    self._proved = self._order = proof
        elif not self._comma:
            self._comma = any(re.search(r",(\d\d?|\d{4,})(?!\d)", text) for text in spelt)

    # Numbers

    def _number(self, text: str) -> str:
        """Return a number as programs write it; ValueError for what is none."""
        found = _FILLING.sub("", _CURRENCY.sub("", text.replace("−", "-")))
        if found.startswith("(") and found.endswith(")"):
            found = f"-{found[1:-1]}"
        if found.endswith("-"):
            found = f"-{found[:-1]}"
        found = self._pointed(found)
        if not _PLAIN.fullmatch(found):
            raise ValueError(text)
        return found

    def _pointed(self, text: str) -> str:
        """Return a number without grouped digits and with a decimal point."""
        points, commas = text.count("."), text.count(",")
        if points and commas:
            sign, group = (",", ".") if text.rindex(",") > text.rindex(".") else (".", ",")
            head, _, tail = text.rpartition(sign)
            return f"{_ungrouped(head, group)}.{tail}"
        if points + commas == 0:
            return text
        sign = "," if commas else "."
        if points + commas > 1:
            return _ungrouped(text, sign)
        head, _, tail = text.partition(sign)
        may_group = len(tail) == 3 and 1 <= len(head.lstrip("+-")) <= 3 and head.lstrip("+-") != "0"
        if may_group and self._groups(sign):
            return head + tail
        return f"{head}.{tail}"

    def _groups(self, sign: str) -> bool:
        """Tell whether a sign before three last digits groups them, in this column."""
        if sign == ",":
            return not (self._comma or self._commas)
        return self._comma or (self._commas and self.kind == types.BIGINT)

    def _integer(self, text: str) -> int:
        number = Decimal(self._number(text))
        # The magnitude first: int() of 1e999 is a number of a thousand digits.
        if abs(number) >= 2**64 or number != int(number) or int(number) not in _INT64:
            raise ValueError(text)
        return int(number)

    def _double(self, text: str) -> float:
        number = float(self._number(text))
        if abs(number) == float("inf"):
            raise ValueError(text)
        return number

    def _money(self, text: str) -> Decimal:
        return money(self._number(text))

    # Times

    def _date(self, text: str) -> dt.date:
        return self._moment(text).date()

    def _time(self, text: str) -> dt.datetime:
        moment = self._moment(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)

    def _moment(self, text: str) -> dt.datetime:
        found = next((f for form in _FORMS if (f := form.fullmatch(text))), None)
        if found is None:
            raise ValueError(text)
        parts: Mapping[str, str | None] = found.groupdict()
        half, hour = (parts["half"] or "").lower(), int(parts["hour"] or 0)
        if half and not 1 <= hour <= 12:
            raise ValueError(text)
        day = dt.datetime(*self._day(parts), hour % 12 + 12 * (half == "p") if half else hour)
        clock = day.replace(minute=int(parts["minute"] or 0), second=int(parts["second"] or 0))
        clock = clock.replace(microsecond=int((parts["part"] or "").ljust(6, "0")[:6]))
        return clock if parts["zone"] is None else clock.replace(tzinfo=self._zone(parts["zone"]))

    def _day(self, parts: Mapping[str, str | None]) -> tuple[int, int, int]:
        if name := parts.get("name"):
            return _year(parts), _MONTHS.index(name[:3].lower()) + 1, int(parts["day"] or 1)
        if not parts.get("a"):
            return _year(parts), int(parts["month"] or 1), int(parts.get("day") or 1)
        a, b = int(parts["a"] or 0), int(parts["b"] or 0)
        if (c := parts.get("c")) and self._order == _YEAR_FIRST:
            return 2000 + a, b, int(c)
        return (2000 + int(c) if c else _year(parts)), *self._month_and_day(a, b, parts["sign"] or "")

    def _month_and_day(self, a: int, b: int, sign: str) -> tuple[int, int]:
        if sign == "." or a == b:
            return b, a
        proof = _DAY_FIRST if a > 12 else _MONTH_FIRST if b > 12 else None
        order = self._order if self._order != _YEAR_FIRST else _MONTH_FIRST
        if sign == "-" and self._proved is None:
            order = _DAY_FIRST
        if proof is None:
            self._assumed = True
        elif proof != order and (self._assumed or self._proved):
            raise ValueError("other dates are written the other way")
        elif proof != order:
            order = proof
        return (b, a) if order == _DAY_FIRST else (a, b)

    def _zone(self, name: str | None) -> dt.tzinfo:
        word, sign, offset = re.fullmatch(r"([A-Z]*)([+-]?)(.*)", name or "").groups()  # type: ignore[union-attr]
        hours = _OTHERWISE.get((word, self._country), _ZONES[word]) if word else 0.0
        if offset:
            digits = offset.replace(":", "")
            amount = (
                int(digits[:2] if len(digits) != 3 else digits[:1]) + int(digits[-2:] if len(digits) > 2 else 0) / 60
            )
            hours += amount if sign == "+" else -amount
        return dt.timezone(dt.timedelta(hours=hours))


def money(number: str) -> Decimal:
    """Return an amount with four decimals; ValueError if it has more.

    What a program computed in floats has a tail of digits that mean nothing: they are cut where the rest is exact to
    them.
    """
    value = Decimal(number)
    if value and not -60 < value.adjusted() < 14:
        raise ValueError(number)
    # The text may have any number of digits: the context must never round.
    with localcontext(Context(prec=len(number) + 100)):
        exact = value.quantize(Decimal("0.0001"))
        off = abs(exact - value)
    if off and (off > Decimal("1e-9") * max(Decimal(1), abs(exact)) or len(value.as_tuple().digits) < 15):
        raise ValueError(number)
    return exact


def _ungrouped(text: str, sign: str) -> str:
    head, *groups = text.split(sign)
    if groups and (len(groups[-1]) != 3 or any(len(g) not in (2, 3) for g in groups) or not head.lstrip("+-")):
        raise ValueError(text)
    return head + "".join(groups)


def _order_of(text: str) -> str | None:
    """Return what a date proves of the order of day and month."""
    found = re.match(r"(\d{1,2})([-/])(\d{1,2})\2(\d{4})", text)
    if found is None:
        return None
    a, b = int(found[1]), int(found[3])
    return _DAY_FIRST if a > 12 >= b else _MONTH_FIRST if b > 12 >= a else None


def _year(parts: Mapping[str, str | None]) -> int:
    year = parts["year"] or ""
    return int(year) + (2000 if len(year) == 2 else 0)
