"""Python values of a page -> Arrow columns.

Owns how a JSON value becomes a value of a column's type: text to time and money by Arrow's casts, what Arrow does not
read put into its form first, and a value that fits nowhere named in a DataError. Columns of one type are converted
together: one call for eighty columns costs a quarter of eighty calls. Knows nothing of paths, pages or tables.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Context, Decimal, localcontext
from functools import cache, lru_cache
from itertools import chain
from typing import Any

import msgspec
import pyarrow as pa

from amzsql import errors, types

NULL = b"null"
_QUOTE = 0x22
_INT64 = range(-(2**63), 2**63)
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?\s*", re.ASCII)
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_WORDS = re.compile(
    rf"[A-Z][a-z]{{2}} ({'|'.join(_MONTHS[n : n + 3] for n in range(0, 36, 3))}) +(\d\d?) ([\d:]{{8}}) UTC (\d{{4}})"
)
_TIME = re.compile(
    r"\s*(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d(?::\d\d(?::\d\d)?)?)(\.\d{1,6})?\d*\s*([Zz]|[+-]\d\d(?::?\d\d)?)?)?\s*",
    re.ASCII,
)
_MILLISECONDS = re.compile(r"\d{13}", re.ASCII)
_TEXT = msgspec.json.Decoder(str)


def text(raw: msgspec.Raw) -> str | None:
    """Return a JSON value as VARCHAR: a string's content, anything else as it is written; null is None."""
    if memoryview(raw)[0] == _QUOTE:
        return _TEXT.decode(raw)
    return None if bytes(raw) == NULL else str(raw, "utf-8")


def json_texts(values: Iterable[Any]) -> list[Any]:
    """Return JSON values as they are written; null is None. What is not raw stays as it is."""
    texts = [str(value, "utf-8") if type(value) is msgspec.Raw else value for value in values]
    return [None if text == "null" else text for text in texts] if "null" in texts else texts


def boolean(value: str) -> bool:
    """Return the truth of `true` or `false` in any case, of 1 or 0; KeyError for another text."""
    return {"true": True, "1": True, "false": False, "0": False}[value.strip().lower()]


def integer(value: str) -> int:
    """Return a whole number of 64 bits, written as a number or a truth value; ValueError for another text."""
    if value in ("true", "false"):
        return int(value == "true")
    number = _decimal(value)
    # The magnitude first: int() of 1e9999 is a number of ten thousand digits.
    if abs(number) >= 2**64 or number != int(number) or int(number) not in _INT64:
        raise ValueError(value)
    return int(number)


def double(value: str) -> float:
    """Return a finite float; ValueError for another text."""
    if value in ("true", "false"):
        return float(value == "true")
    if not _NUMBER.fullmatch(value) or abs(number := float(value)) == float("inf"):
        raise ValueError(value)
    return number


def money(value: str) -> str:
    """Return a number's text with four decimals; ValueError if it has more, or is no number."""
    number = _decimal(value)
    if number and not -60 < number.adjusted() < 18:
        raise ValueError(value)
    # Amazon's text may have any number of digits: the context must never round.
    with localcontext(Context(prec=len(value) + 100)):
        exact = number.quantize(Decimal("0.0001"))
    if exact != number:
        raise ValueError(value)
    return f"{exact:f}"


def timestamp(value: str) -> str:
    """Return an ISO 8601 time in the form Arrow reads; a missing zone is UTC; ValueError for another text.

    Fees tell their time in words (``Mon Oct 28 18:49:32 UTC 2019``), collection forms in milliseconds since 1970.
    """
    if _MILLISECONDS.fullmatch(value):
        since = dt.timedelta(milliseconds=int(value))
        return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + since).isoformat().replace("+00:00", "Z")
    if words := _WORDS.fullmatch(value):
        month, day, time, year = words.groups()
        value = f"{year}-{_MONTHS.index(month) // 3 + 1:02}-{int(day):02}T{time}Z"
    if not (found := _TIME.fullmatch(value)):
        raise ValueError(value)
    date, time, fraction, zone = found.groups()
    if fraction and (time or "").count(":") != 2:
        raise ValueError(value)
    return f"{date}T{time or '00'}{fraction or ''}{(zone or 'Z').upper()}"


def date(value: str) -> str:
    """Return the date of an ISO 8601 date or time, as it is written there; ValueError for another text."""
    timestamp(value)
    return value.strip()[:10]


def _decimal(value: str) -> Decimal:
    if not _NUMBER.fullmatch(value):
        raise ValueError(value)
    return Decimal(value.strip())


# What text must be converted to before Arrow casts it, for values that are not what the type expects.
_FORMS: Mapping[str, Callable[[str], Any]] = {
    types.BOOLEAN.name: boolean,
    types.BIGINT.name: integer,
    types.DOUBLE.name: double,
    types.MONEY.name: money,
    types.TIMESTAMP.name: timestamp,
    types.DATE.name: date,
}
_STRING = pa.string()
# The types that Arrow casts from text.
_CAST = frozenset({types.MONEY.name, types.TIMESTAMP.name, types.DATE.name})
# Which columns have the same Python form; those not named here are text.
_FAMILY = {kind.name: kind.name for kind in (types.BOOLEAN, types.BIGINT, types.DOUBLE)}
_TEXTUAL = frozenset({types.VARCHAR.name, types.JSON.name})

Column = Sequence[Any]


@cache
def _casts() -> tuple[Callable[..., Any], dict[str, Any]]:
    """Return Arrow's cast and its options by type: called this way it costs half of what `Array.cast` does."""
    import pyarrow.compute as pc  # 30 ms that a process pays with its first page, not with its first statement

    kinds = (types.MONEY, types.TIMESTAMP, types.DATE)
    return pc.get_function("cast").call, {kind.name: pc.CastOptions.safe(kind.arrow) for kind in kinds}


def _cast(array: pa.Array, name: str) -> pa.Array:
    call, options = _casts()
    return call([array], options[name])


def _form_of(name: str) -> tuple[str, str]:
    """Return the Python form of a type and the cast that Arrow makes of it, if any."""
    return _FAMILY.get(name, ""), name if name in _CAST else ""


@lru_cache(maxsize=128)
def constant(name: str, value: object, rows: int) -> pa.Array:
    """Return a column of the named type that holds one value, or null, in every row."""
    # Page after page has the same number of rows and the same constants; Arrow arrays never change.
    kind = types.BY_NAME[name].arrow
    if isinstance(value, Decimal) and pa.types.is_floating(kind):
        value = float(value)
    return pa.nulls(rows, kind) if value is None else pa.repeat(pa.scalar(value, kind), rows)


class Builder:
    """Makes the Arrow arrays of one list of columns. Thread-safe.

    `where` names each column for errors (``Orders.OrderTotalAmount``).
    """

    def __init__(self, where: Sequence[str], kinds: Sequence[types.SqlType]) -> None:
        self._where = where
        self._kinds = kinds
        # Columns of one Arrow cast stand side by side in their family: the number of each one's place.
        places: dict[tuple[str, str], int] = {}
        self._place = [places.setdefault(_form_of(kind.name), len(places)) for kind in kinds]
        families: dict[str, list[int]] = {}
        for (family, _), place in places.items():
            families.setdefault(family, []).append(place)
        self._families = list(families.values())
        self._nulls: tuple[int, list[pa.Array]] = (-1, [])

    def build(self, columns: Mapping[int, Column], rows: int) -> list[pa.Array]:
        """Return one Arrow array a column.

        `columns` holds the values by number, each with `rows` values of the type's Python form: bool, int, float, or
        str for all others; a missing column is all null. Raises DataError for a value its type cannot hold.
        """
        arrays = self._empty(rows)
        places: list[list[int]] = [[] for _ in self._place]
        for number in columns:
            places[self._place[number]].append(number)
        for family in self._families:
            self._together([places[place] for place in family if places[place]], columns, rows, arrays)
        return arrays

    def _empty(self, rows: int) -> list[pa.Array]:
        known, arrays = self._nulls
        if known != rows:
            arrays = [constant(kind.name, None, rows) for kind in self._kinds]
            self._nulls = (rows, arrays)
        return arrays.copy()

    def _together(
        self, groups: Sequence[list[int]], columns: Mapping[int, Column], rows: int, arrays: list[Any]
    ) -> None:
        """Convert columns of one Python form together; those that Arrow casts to one type stand side by side in it."""
        if not groups:
            return
        values: list[Any] = []
        for number in chain.from_iterable(groups):
            values += columns[number]
        kind = self._kinds[groups[0][0]]
        try:
            whole = pa.array(values, _STRING if kind.name in _CAST else kind.arrow)
        except (pa.ArrowException, OverflowError):
            self._one_by_one(chain.from_iterable(groups), columns, arrays)
            return
        start = 0
        for group in groups:
            size = rows * len(group)
            self._cut(group, whole if size == len(whole) else whole.slice(start, size), columns, arrays)
            start += size

    def _cut(self, group: list[int], part: pa.Array, columns: Mapping[int, Column], arrays: list[Any]) -> None:
        name = self._kinds[group[0]].name
        if name in _CAST:
            try:
                part = _cast(part, name)
            except pa.ArrowException:
                self._one_by_one(group, columns, arrays)
                return
        rows = len(part) // len(group)
        for at, number in enumerate(group):
            arrays[number] = part.slice(at * rows, rows) if len(group) > 1 else part

    def _one_by_one(self, numbers: Iterable[int], columns: Mapping[int, Column], arrays: list[Any]) -> None:
        for number in numbers:
            arrays[number] = _carefully(self._where[number], self._kinds[number], columns[number])


def _array(kind: types.SqlType, values: Column) -> pa.Array:
    if kind.name in _CAST:
        return _cast(pa.array(values, _STRING), kind.name)
    return pa.array(values, kind.arrow)


def _carefully(where: str, kind: types.SqlType, values: Column) -> pa.Array:
    """Convert the values of one column of which some are not in Arrow's form."""
    try:
        return _array(kind, values)
    except (pa.ArrowException, OverflowError):
        formed = [_form(where, kind, value) for value in values]
    try:
        return _array(kind, formed)
    except (pa.ArrowException, OverflowError):
        for value, form in zip(values, formed, strict=True):
            _prove(where, kind, value, form)
        raise


def _prove(where: str, kind: types.SqlType, value: object, form: object) -> None:
    try:
        _array(kind, [form])
    except (pa.ArrowException, OverflowError) as error:
        raise misfit(where, kind, value) from error


def _form(where: str, kind: types.SqlType, value: object) -> object:
    return loosely(where, kind, value) if isinstance(value, str) else value


def loosely(where: str, kind: types.SqlType, value: str | None) -> Any:
    """Return the value that a text stands for in a column of the type; empty text is null but for text types."""
    if value is None or kind.name in _TEXTUAL:
        return value
    if not value:
        return None
    try:
        return _FORMS[kind.name](value)
    except (ValueError, KeyError, ArithmeticError) as error:
        raise misfit(where, kind, value) from error


def misfit(where: str, kind: types.SqlType, value: object) -> errors.DataError:
    """Return the error of a value that a column cannot hold."""
    shown = repr(value) if len(repr(value)) <= 80 else repr(value)[:77] + "..."
    return errors.DataError(
        f"{where}: Amazon's value {shown} does not fit {kind}; leave the column out of the statement to read the others"
    )
