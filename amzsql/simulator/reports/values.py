"""How values are written into flat files: dates, decimals and booleans by marketplace and type of report.

Owns spellings; never which value stands where.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from amzsql.simulator.call import amount, iso

from .scope import Cents, Moment, Scope

Spelling = Callable[[object, str], str]
# How a marketplace writes a day; the others write it as their region does.
_DAYS = MappingProxyType(
    {
        "US": "%m/%d/%y", "CA": "%d/%m/%y", "GB": "%d/%m/%y", "DE": "%d.%m.%y", "PL": "%d.%m.%y", "NL": "%d-%m-%y",
        "SE": "%y-%m-%d", "JP": "%y/%m/%d",
    }
)  # fmt: skip
_POINTS = frozenset({"GB", "IE", "US", "CA", "MX", "JP", "AU", "SG"})


def spelling(scope: Scope, dates: str, comma: bool) -> Spelling:
    """Return how a report spells values of a kind. `dates` is one of the styles below; `comma`: decimals by country."""
    country = scope.place.place.country
    money = _comma if comma and country not in _POINTS else amount
    spell = _DATES[dates](scope)

    def text(value: object, kind: str) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, Cents):
            return money(value)
        if isinstance(value, Moment):
            return spell(value, kind)
        if isinstance(value, bool):
            return "true" if value else "false"
        return "" if value is None else str(value)

    return text


def _comma(cents: int) -> str:
    return amount(cents).replace(".", ",")


def _utc(at: int, form: str) -> str:
    return datetime.fromtimestamp(at, UTC).strftime(form)


def _iso(_: Scope) -> Callable[[int, str], str]:
    return lambda at, kind: iso(at)[:10] if kind == "date" else f"{iso(at)[:-1]}+00:00"


def _local(scope: Scope) -> Callable[[int, str], str]:
    """The marketplace's own time with its zone, as in reports of listings."""
    zone = scope.zone
    form = {"NA": "%Y-%m-%d %H:%M:%S %Z", "EU": "%d/%m/%Y %H:%M:%S %Z", "FE": "%Y/%m/%d %H:%M:%S %Z"}
    chosen = form[scope.place.place.region]
    return lambda at, _: datetime.fromtimestamp(at, zone).strftime(chosen)


def _settled(scope: Scope) -> Callable[[int, str], str]:
    country = scope.place.place.country
    day = "%d.%m.%Y" if country not in _POINTS else "%Y/%m/%d" if country == "JP" else "%Y-%m-%d"
    return lambda at, kind: _utc(at, day if kind == "date" else f"{day} %H:%M:%S UTC")


def _short(scope: Scope) -> Callable[[int, str], str]:
    zone, form = scope.zone, _DAYS.get(scope.place.place.country, "%d/%m/%y")
    return lambda at, _: datetime.fromtimestamp(at, zone).strftime(form)


def _form(form: str) -> Callable[[Scope], Callable[[int, str], str]]:
    return lambda _: lambda at, kind: iso(at)[:-1] + "+0000" if kind == "time" else _utc(at, form)


_DATES: Mapping[str, Callable[[Scope], Callable[[int, str], str]]] = MappingProxyType(
    {
        "iso": _iso,
        "local": _local,
        "settlement": _settled,
        "short": _short,
        "ledger": _form("%m/%d/%Y"),
        "vat": lambda _: lambda at, _kind: _utc(at, "%d-%m-%Y"),
        "tax": lambda _: lambda at, _kind: _utc(at, "%d-%b-%Y UTC"),
    }
)
