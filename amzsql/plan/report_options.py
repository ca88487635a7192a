"""The options of a report: what a statement says of them -> each set of options that a report is asked for with.

Owns which options and values a type takes. Everything is refused here, before any call.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from amzsql.errors import ProgrammingError, nearest
from amzsql.plan.report_windows import FORM
from amzsql.spapi.document_types import ReportOption, ReportType
from amzsql.sql.predicate import Domain

_DATED = re.compile("Date(From|To)$")
_DATE = len("2026-10-01")
TEXT = "ReportOptions"
"""The column that has all options of a report as JSON text."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one report, sorted by name; `text` is what the statement asks of ReportOptions, if it does."""

    given: tuple[tuple[str, str], ...] = ()
    text: str | None = None

    def get(self, name: str) -> str | None:
        """Return an option's value, or None."""
        return dict(self.given).get(name)

    def ends(self, kind: ReportType) -> tuple[dt.datetime, dt.datetime] | None:
        """Return the window that two dates among them say, to its last second; None if there are no two."""
        for first, last in date_pairs(kind):
            start, end = self.get(first), self.get(last)
            if start is not None and end is not None:
                whole = dt.timedelta(days=1, seconds=-1) if len(end) <= _DATE else dt.timedelta(0)
                return _time("", first, start), _time("", last, end) + whole
        return None


def date_pairs(kind: ReportType) -> list[tuple[str, str]]:
    """Return the options of a type that are the two ends of a time."""
    names = [o.name for o in kind.options if _DATED.search(o.name)]
    starts = (n.removesuffix("From") for n in names if n.endswith("From"))
    return [(f"{stem}From", f"{stem}To") for stem in starts if f"{stem}To" in names]


def options_of(
    name: str,
    kind: ReportType,
    columns: Mapping[str, str],
    domains: Mapping[str, Domain],
    *,
    all_needed: bool,
    ends: tuple[str, str] | None = None,
) -> list[Options]:
    """Return each set of options that a statement asks for: one for each combination of the values it names.

    `columns` are the options' columns by option; `all_needed`: those that the type requires must be among them.
    `ends`: what the type's dates are where the statement says none of them.

    Raises:
        ProgrammingError: the type has no such option or value, or one that it needs is not given.
    """
    axes: list[list[tuple[str, str]]] = []
    for option in kind.options:
        column = columns.get(option.name, "")
        values = _values(name, column, domains.get(column))
        if values is not None:
            axes.append([(option.name, _known(name, column, option, v)) for v in values])
    found: list[Options] = []
    for text in _values(name, TEXT, domains.get(TEXT)) or (None,):
        also = _parsed(name, kind, text) if text is not None else {}
        for each in itertools.product(*axes):
            given = _merged(name, also, each)
            found.append(Options(given if ends is None else _with_dates(kind, given, ends), text))
    for options in found:
        _check_days(name, columns, options)
        if all_needed:
            _check_complete(name, kind, columns, options)
    return list(dict.fromkeys(found))


def _with_dates(
    kind: ReportType, given: tuple[tuple[str, str], ...], ends: tuple[str, str]
) -> tuple[tuple[str, str], ...]:
    named = {option for option, _ in given}
    pairs = (pair for pair in date_pairs(kind) if not named & set(pair))
    return tuple(sorted((*given, *(each for pair in pairs for each in zip(pair, ends, strict=True)))))


def check_given(name: str, kind: ReportType, given: Mapping[str, str]) -> None:
    """Refuse options that a type of report does not take as they are, or the lack of one.

    Raises:
        ProgrammingError: as `options_of` does.
    """
    options = Options(_merged(name, _parsed(name, kind, json.dumps(dict(given))), ()))
    _check_days(name, {}, options)
    _check_complete(name, kind, {}, options, "the report option")
    pairs = date_pairs(kind)
    if pairs and options.ends(kind) is None:
        each = " or ".join(" and ".join(pair) for pair in pairs)
        raise ProgrammingError(f"{name} needs the report options {each}: Amazon makes no report without.")


def _values(name: str, column: str, domain: Domain | None) -> list[str] | None:
    """Return the values that a statement names of a column; None if it says nothing of it."""
    if domain is None or domain.null or (domain.is_any and not domain.keys):
        return None
    if domain.values is None:
        raise _unsaid(name, column)
    return sorted(map(str, domain.values))


def _unsaid(name: str, column: str) -> ProgrammingError:
    return ProgrammingError(
        f"{name}.{column} is asked of Amazon before there are rows: it takes constants, by = or IN, not a range, nor "
        "another table's column, nor one of several alternatives."
    )


def check_said(name: str, columns: Iterable[str], domains: Mapping[str, Domain], vague: Collection[str]) -> None:
    """Refuse conditions on options that name no values: no report would be asked for so that its rows fulfil them.

    `vague`: the columns of which conditions speak that their domains say nothing of.
    """
    for column in columns:
        domain = domains.get(column)
        if column in vague and (domain is None or domain.values is None):
            raise _unsaid(name, column)


def _known(name: str, called: str, option: ReportOption, value: str) -> str:
    """Return a value as Amazon spells it. A column holds what was asked for, so that there it is spelt like this."""
    if option.longest is not None and len(value) > option.longest:
        raise ProgrammingError(
            f"{name}: {called} takes {option.longest} characters, not {len(value)}. Ask for fewer at a time: each "
            "value of IN (…) is a report."
        )
    spelt = {v.lower(): v for v in option.values}
    found = spelt.get(value.lower()) if called == option.name else value
    if option.values and found not in option.values:
        raise ProgrammingError(
            f"{name}: {called} is one of {', '.join(option.values)}, not {value!r}.{nearest(value, option.values)}"
        )
    return found if option.values and found is not None else value


def _parsed(name: str, kind: ReportType, text: str) -> dict[str, str]:
    """Return the options that stand in a JSON text."""
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise ProgrammingError(f"{name}.{TEXT} is the JSON text of an object, such as {_example(kind)}, not {text!r}.")
    known = {o.name: o for o in kind.options}
    found: dict[str, str] = {}
    for option, value in said.items():
        if option not in known:
            raise ProgrammingError(f"{name} has no option {option!r}{_has(kind)}.{nearest(option, known)}")
        if not isinstance(value, str | int | float | bool):
            raise ProgrammingError(f"{name}.{TEXT}: {option} takes a text, not {json.dumps(value)}.")
        text = value if isinstance(value, str) else json.dumps(value)
        found[option] = _known(name, option, known[option], text)
    return found


def _example(kind: ReportType) -> str:
    option = next(iter(kind.options), ReportOption("name"))
    return json.dumps({option.name: next(iter(option.values), "…")}, ensure_ascii=False)


def _has(kind: ReportType) -> str:
    return f": it has {', '.join(o.name for o in kind.options)}" if kind.options else ": it has none"


def _merged(name: str, also: Mapping[str, str], each: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    found = dict(also)
    for option, value in each:
        if found.setdefault(option, value) != value:
            raise ProgrammingError(f"{name}: {TEXT} says {option}={found[option]}, and its own column {value}.")
    return tuple(sorted(found.items()))


def _check_days(name: str, columns: Mapping[str, str], options: Options) -> None:
    """Refuse what is no date where an option takes one, and an end before its beginning."""
    times = {
        option: _time(name, columns.get(option, option), v) for option, v in options.given if _DATED.search(option)
    }
    for option, time in times.items():
        after = times.get(f"{option.removesuffix('From')}To") if option.endswith("From") else None
        if after is not None and after < time:
            called = columns.get(option, option)
            raise ProgrammingError(f"{name}: {called} ({time:%Y-%m-%d}) lies after its end ({after:%Y-%m-%d}).")


def _time(name: str, column: str, text: str) -> dt.datetime:
    try:
        dt.date.fromisoformat(text[:10])
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ProgrammingError(
            f"{name}: {column} is a date such as '2026-10-01' or a time such as '2026-10-01T00:00:00Z', not {text!r}."
        ) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)


def _check_complete(
    name: str, kind: ReportType, columns: Mapping[str, str], options: Options, what: str = "a filter on"
) -> None:
    missing = [o for o in kind.options if o.required and options.get(o.name) is None]
    if not missing:
        return
    if columns and all(_DATED.search(o.name) for o in missing):
        what = f"a window ({FORM}), or a filter on"
    named = " and ".join(_told(columns.get(o.name, o.name), o) for o in missing)
    first = missing[0]
    example = f"{columns.get(first.name, first.name)} = '{next(iter(first.values), '…')}'"
    raise ProgrammingError(f"{name} needs {what} {named}, such as {example}: Amazon makes no report without.")


def _told(column: str, option: ReportOption) -> str:
    return f"{column} ({', '.join(option.values)})" if option.values else column
