"""Python values of a page -> Arrow columns.

Owns how a JSON value becomes a value of a column's type: text to time and money by Arrow's casts, what Arrow does not
read put into its form first, and a value that fits nowhere named in a DataError. Columns of one type are converted
together: one call for eighty columns costs a quarter of eighty calls. Knows nothing of paths, pages or tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Context, Decimal, localcontext
from typing import Any

import msgspec
import pyarrow as pa

from amzsql import errors, types

NULL = b"null"
_QUOTE = 0x22
_INT64 = range(-(2**63), 2**63)
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?\s*", re.ASCII)
_TIME = re.compile(
    r"\s*(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d(?::\d\d(?::\d\d)?)?)(\.\d{1,6})?\d*\s*([Zz]|[+-]\d\d(?::?\d\d)?)?)?\s*",
    re.ASCII,
)
_TEXT = msgspec.json.Decoder(str)


def text(raw: msgspec.Raw) -> str | None:
    """Return a JSON value as VARCHAR: a string's content, anything else as it is written; null is None."""
    if memoryview(raw)[0] == _QUOTE:
        return _TEXT.decode(raw)
    return None if bytes(raw) == NULL else str(raw, "utf-8")


def json_text(raw: msgspec.Raw) -> str | None:
    """Return a JSON value as it is written; null is None."""
    return None if bytes(raw) == NULL else str(raw, "utf-8")


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
    """Return an ISO 8601 time in the form Arrow reads; a missing zone is UTC; ValueError for another text."""
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
_CAST = frozenset({types.MONEY.name, types.TIMESTAMP.name, types.DATE.name})
_TEXTUAL = frozenset({types.VARCHAR.name, types.JSON.name})

Column = Sequence[Any]


def build(
    where: Sequence[str], kinds: Sequence[types.SqlType], columns: Mapping[int, Column], rows: int
) -> list[pa.Array]:
    """Return one Arrow array a column.

    `where` names each column for errors (``Orders.OrderTotalAmount``). `columns` holds the values by number, each with
    `rows` values of the type's Python form: bool, int, float, or str for all others; a missing column is all null.
    Raises DataError for a value its type cannot hold.
    """
    groups: dict[types.SqlType, list[int]] = {}
    for number in columns:
        groups.setdefault(kinds[number], []).append(number)
    nulls = {kind: pa.nulls(rows, kind.arrow) for kind in {k for i, k in enumerate(kinds) if i not in columns}}
    arrays = [nulls.get(kind) for kind in kinds]
    for kind, numbers in groups.items():
        for number, array in zip(numbers, _group(where, kind, numbers, columns, rows), strict=True):
            arrays[number] = array
    return arrays


def _group(
    where: Sequence[str], kind: types.SqlType, numbers: Sequence[int], columns: Mapping[int, Column], rows: int
) -> Iterable[pa.Array]:
    values: list[Any] = []
    for number in numbers:
        values += columns[number]
    try:
        together = _array(kind, values)
    except (pa.ArrowException, OverflowError):
        return [_carefully(where[number], kind, columns[number]) for number in numbers]
    return [together.slice(start, rows) for start in range(0, rows * len(numbers), rows)]


def _array(kind: types.SqlType, values: Column) -> pa.Array:
    if kind.name in _CAST:
        return pa.array(values, pa.string()).cast(kind.arrow)
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
