"""Connection strings and URLs: text to pairs of name and value, and back.

Owns the quoting and where a secret may stand. Must not know what a value means. No message repeats a value, nor a
text that may be the tail of a secret whose quotes are missing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, unquote

from amzsql.errors import ProgrammingError, nearest

from .properties import BY_KEY, PROPERTIES, Property, key

SCHEME = "amzsql://"
SECRET_PLACES = (
    "give it as the password part of the URL (OAuthClientSecret only), as a keyword or in connect_args,"
    " in the environment (AMZSQL_<NAME>), or in a named connection"
)


def lookup(name: str, where: str) -> Property:
    """Return the property of a name in any spelling.

    Raises:
        ProgrammingError: there is none; the message names the nearest.
    """
    try:
        return BY_KEY[key(name)]
    except KeyError:
        hint = nearest(key(name), [p.name for p in PROPERTIES])
        raise ProgrammingError(f"{where}: there is no property {name.strip()!r}.{hint}") from None


def quote(value: str) -> str:
    """Return the value as it stands in a connection string, in double quotes where it needs them."""
    if re.fullmatch(r"[^\s;\"{}=](?:[^;]*[^\s;])?", value):
        return value
    return '"' + value.replace('"', '""') + '"'


def format_string(properties: Mapping[str, str]) -> str:
    """Return the connection string of the properties; it holds their secrets in clear."""
    return ";".join(f"{name}={quote(value)}" for name, value in properties.items())


def parse_string(text: str) -> dict[str, str]:
    """Return name → value of a connection string, names as documented.

    Raises:
        ProgrammingError: a pair without ``=``, an unknown name, a name given twice, or an open quote.
    """
    found: dict[str, str] = {}
    before: Property | None = None
    position = 0
    while (position := _skip(text, position)) < len(text):
        end = text.find("=", position)
        name = text[position:] if end < 0 else text[position:end]
        if end < 0 or ";" in name or not name.strip():
            raise ProgrammingError(_no_pair(before))
        before = _known(name, before)
        value, position = _value(text, end + 1, before.name)
        if before.name in found:
            raise ProgrammingError(f"connection string: {before.name} is given twice")
        found[before.name] = value
    return found


def _skip(text: str, position: int) -> int:
    while position < len(text) and (text[position] == ";" or text[position].isspace()):
        position += 1
    return position


def _no_pair(before: Property | None) -> str:
    after = f" after {before.name} (a value that holds ; stands in double quotes)" if before else ""
    return (
        f"connection string: Name=Value is expected{after}; pairs are separated by ;"
        " and a named connection is written Connection=NAME or amzsql://NAME"
    )


def _known(name: str, before: Property | None) -> Property:
    if before is not None and before.secret and key(name) not in BY_KEY:
        # What follows a secret may be the rest of it.
        raise ProgrammingError(
            f"connection string: there is no property of the name that follows {before.name}."
            f" If {before.name} holds ; put it in double quotes."
        )
    return lookup(name, "connection string")


def _value(text: str, start: int, name: str) -> tuple[str, int]:
    """Return the value that begins at `start` and the position behind it."""
    while start < len(text) and text[start].isspace():
        start += 1
    close = {'"': '"', "{": "}"}.get(text[start : start + 1])
    if close is None:
        end = text.find(";", start)
        end = len(text) if end < 0 else end
        return text[start:end].strip(), end
    parts, position = [], start + 1
    while True:
        end = text.find(close, position)
        if end < 0:
            raise ProgrammingError(f"connection string: the {text[start]} before the value of {name} is never closed")
        parts.append(text[position:end])
        position = end + 1
        if text[position : position + 1] != close:
            break
        parts.append(close)
        position += 1
    rest = re.compile(r"\s*(?=;|\Z)").match(text, position)
    if rest is None:
        raise ProgrammingError(
            f"connection string: text follows the closing {close} of {name}; a {close} inside is written twice"
        )
    return "".join(parts), rest.end()


def parse_url(url: str) -> dict[str, str]:
    """Return name → value of an ``amzsql://`` URL, names as documented.

    Three forms: ``amzsql://<connection>``, ``amzsql://<OAuthClientId>:<OAuthClientSecret>@/<Schema>?Name=Value``, and
    ``amzsql://?Name=Value``.

    Raises:
        ProgrammingError: not such a URL, an unknown property, or a secret behind the question mark.
    """
    match = re.fullmatch(
        r"amzsql(?:\+\w+)?://(?:(?P<user>[^:@/?]*)(?::(?P<password>[^@/?]*))?@)?"
        r"(?P<host>[^:@/?]*)(?P<port>:[0-9]*)?(?:/(?P<database>[^?]*))?(?:\?(?P<query>.*))?",
        url.strip(),
        re.DOTALL,
    )
    if match is None:
        raise ProgrammingError(
            "URL: amzsql://<connection> or amzsql://<OAuthClientId>:<OAuthClientSecret>@/<Schema>?Name=Value is"
            " expected; write @ / : ? inside a part as %40 %2F %3A %3F"
        )
    part = {name: unquote(value) if value else None for name, value in match.groupdict().items() if name != "query"}
    query = parse_qsl(match["query"] or "", keep_blank_values=True)
    return url_properties(
        username=part["user"],
        password=part["password"],
        host=part["host"],
        port=part["port"],
        database=part["database"],
        query=query,
    )


def url_properties(
    *,
    username: str | None = None,
    password: str | None = None,
    host: str | None = None,
    port: object = None,
    database: str | None = None,
    query: Iterable[tuple[str, str]] = (),
) -> dict[str, str]:
    """Return name → value of a URL's decoded parts, names as documented.

    Raises:
        ProgrammingError: a port, an unknown property, one given twice, or a secret in the query.
    """
    if port:
        raise ProgrammingError("URL: a port means nothing here; name another address with the property Endpoint")
    parts = {"OAuthClientId": username, "OAuthClientSecret": password, "Connection": host, "Schema": database}
    found = {name: value for name, value in parts.items() if value}
    for name, value in query:
        known = lookup(name, "URL")
        if known.secret:
            raise ProgrammingError(
                f"URL: {known.name} is a secret and may not stand behind the question mark, where it is shown in clear:"
                f" {SECRET_PLACES}"
            )
        if known.name in found:
            raise ProgrammingError(f"URL: {known.name} is given twice")
        found[known.name] = value
    return found


_REFERENCE = re.compile(r"\$\$\{|\[\[|\$\{(?P<environment>[^{}]*)\}|\[(?P<variable>[A-Za-z_]\w*)\]")

# Inside a secret even a name may be a piece of it; alone, and written as variables are, it is a name.
_NAME_ALONE = re.compile(r"\$\{[A-Z_][A-Z0-9_]*\}")


def resolve(value: str, name: str, variables: Mapping[str, object], environment: Mapping[str, str]) -> str:
    """Return the value with ``${ENV}`` and ``[variable]`` replaced; ``$${`` and ``[[`` stand for ``${`` and ``[``.

    Raises:
        ProgrammingError: something referred to is not defined.
    """

    def replacement(match: re.Match[str]) -> str:
        if match.lastgroup is None:
            return match[0][1:]
        source: Mapping[str, object] = environment if match.lastgroup == "environment" else variables
        referred = match[match.lastgroup]
        if referred in source:
            return str(source[referred])
        known = BY_KEY[key(name)]
        told = not known.secret or _NAME_ALONE.fullmatch(value) is not None
        raise ProgrammingError(_undefined(known, match.lastgroup, referred if told else ""))

    return _REFERENCE.sub(replacement, value)


def _undefined(known: Property, group: str, referred: str) -> str:
    which = f" {referred!r}" if referred else ""
    if group == "environment":
        return f"{known.name}: the environment has no variable{which}; a ${{ that is meant as such is written $${{"
    return f"{known.name}: the keyword variables has no entry{which}; a [ that is meant as such is written [["


# A variable that the command line reads itself.
SERVE_PASSWORD = "AMZSQL_SERVE_PASSWORD"


def environment_properties(environment: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return what ``AMZSQL_<NAME>`` sets, and warnings for names that look like a misspelt property."""
    found, warnings = {}, []
    for name, value in environment.items():
        if not name.upper().startswith("AMZSQL_") or not value or name.upper() == SERVE_PASSWORD:
            continue
        asked = key(name[len("AMZSQL_") :])
        known = BY_KEY.get(asked)
        if known is not None:
            found[known.name] = value
        elif hint := nearest(f"AMZSQL_{asked}", _variables(asked)):
            warnings.append(f"environment: {name} is no property of amzsql and is ignored.{hint}")
    return found, warnings


def _variables(asked: str) -> list[str]:
    """Return the variables of the properties that resemble a name: that all begin alike says nothing."""
    return [f"AMZSQL_{k.upper()}" for k in BY_KEY if nearest(asked, [k])]


def default_environment() -> Mapping[str, str]:
    """Return the process's environment."""
    return os.environ
