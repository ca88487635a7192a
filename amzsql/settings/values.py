"""The values a property can have: secrets, simulator options, and how text becomes each kind.

Owns the parsing and checking of one value. Must not know which properties there are nor where a value came from. The
errors raised here never hold the value: it may come from an environment variable that the reader may not see.
"""

from __future__ import annotations

import hmac
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import NoReturn
from urllib.parse import urlsplit

from amzsql import marketplaces


class Secret:
    """A text that is shown as ``***`` everywhere and cannot be pickled; `reveal` gives it."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the text itself; the caller must not store, log or show it."""
        return self.__value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__value.encode(), other.__value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled: name a connection, and let the other process read it for itself")


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """What the in-process stand-in is asked to be. `today` None means the day it is started on.

    `account` is the name of the simulated selling partner that is connected to.
    """

    seed: int = 1
    orders: int = 2000
    today: date | None = None
    throttle: str = "published"
    account: str = "na"


class Invalid(Exception):
    """A value does not fit; the text says what would, without the value. Never leaves this package."""


_TRUE = frozenset(("true", "yes", "on", "1"))
_FALSE = frozenset(("false", "no", "off", "0"))
LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


def to_secret(value: object) -> Secret:
    """Read a token or a client secret: what can stand in a header."""
    secret = value if isinstance(value, Secret) else Secret(str(value))
    if not re.fullmatch(r"[\x21-\x7e]*", secret.reveal()):
        raise Invalid(
            "holds white space, a line break or a character beyond ASCII, which Amazon's never do: copy it again"
        )
    return secret


def to_password(value: object) -> Secret:
    """Read a password of somebody else than Amazon: any text without a line break or other control character."""
    secret = value if isinstance(value, Secret) else Secret(str(value))
    if not secret.reveal().isprintable():
        raise Invalid("holds a line break or another control character: copy it again")
    return secret


def to_bool(value: object) -> bool:
    """Read True or False in their usual spellings."""
    text = str(value).strip().lower()
    if text not in _TRUE | _FALSE:
        raise Invalid("must be True or False")
    return text in _TRUE


def to_int(value: object) -> int:
    """Read a whole number."""
    if isinstance(value, bool) or not re.fullmatch(r"[+-]?[0-9]{1,18}", str(value).strip()):
        raise Invalid("must be a whole number")
    return int(str(value))


def to_float(value: object) -> float:
    """Read a finite number."""
    try:
        number = math.nan if isinstance(value, bool) else float(str(value))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Invalid("must be a number")
    return number


def to_list(value: object) -> tuple[str, ...]:
    """Read a comma list, or any sequence of texts."""
    parts = value if isinstance(value, list | tuple | set | frozenset) else str(value).split(",")
    return tuple(dict.fromkeys(p for p in (str(part).strip() for part in parts) if p))


def to_choice(value: object, choices: tuple[str, ...]) -> str:
    """Read one of the choices, whatever its case, in the spelling of the choice."""
    by_lower = {c.lower(): c for c in choices}
    try:
        return by_lower[str(value).strip().lower()]
    except KeyError:
        raise Invalid(f"must be one of {', '.join(choices)}") from None


def to_marketplaces(value: object) -> tuple[marketplaces.Marketplace, ...]:
    """Read marketplaces by name, code or id; one region."""
    parts = value if isinstance(value, list | tuple | set | frozenset) else (value,)
    found = marketplaces.parse(",".join(p.id if isinstance(p, marketplaces.Marketplace) else str(p) for p in parts))
    marketplaces.region_of(found)
    return found


def to_path(value: object) -> str:
    """Read a path, with ~ resolved, or ``memory://``."""
    text = os.fspath(value) if isinstance(value, os.PathLike) else str(value).strip()
    if text.startswith("memory://"):
        return "memory://"
    return os.path.expanduser(text)  # noqa: PTH111 - an empty text must stay empty


def to_date(value: object) -> date:
    """Read a day, as a date or such as 2026-11-22."""
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise Invalid("must be a day such as 2026-11-22") from None


MARKETPLACE_ZONE = "Marketplace"


def to_zone(value: object) -> str:
    """Read an IANA time zone, or Marketplace: that of each row's marketplace."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    text = str(value).strip()
    if text.upper() == "UTC":
        return "UTC"
    if text.upper() == MARKETPLACE_ZONE.upper():
        return MARKETPLACE_ZONE
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid("must be an IANA time zone, such as UTC or Europe/Berlin, or Marketplace") from None


def to_url(value: object) -> str:
    """Read an https address; http only on this machine, since tokens travel with every request."""
    text = str(value).strip().rstrip("/")
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise Invalid("must be an address such as https://host") from None
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Invalid("must be an address without user, query or fragment")
    if parts.scheme not in ("http", "https") or not host:
        raise Invalid("must be an address such as https://host")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise Invalid("must be https: only on this machine (localhost) may tokens travel unencrypted")
    return text


def to_callback(value: object) -> str:
    """Read an https address of a public host, exactly as it is registered with Amazon."""
    text = str(value).strip()
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        raise Invalid("must be an address such as https://example.com/amazon") from None
    if host in LOOPBACK or host.endswith(".localhost") or host.startswith("127."):
        raise Invalid(
            "is an address of this machine, and Amazon leads nobody there: register an https page of your own that"
            " forwards to CallbackPort, or paste the address that you land on (amzsql authorize)"
        )
    if parts.scheme != "https" or "." not in host or parts.username or parts.password or parts.fragment:
        raise Invalid("must be an https address such as https://example.com/amazon, without user or fragment")
    return text


def to_certificate(value: object) -> str:
    """Read certificates in PEM form: a file's path, or their text, whose line breaks may be written as ``\\n``."""
    import ssl

    text = str(value).strip()
    if text == "*":
        raise Invalid("would take anybody for Amazon, who could then read the tokens: give the certificate to be taken")
    if re.fullmatch(r"(?:[0-9A-Fa-f]{2}[: ]?){16,32}", text) or "PUBLIC KEY-----" in text:
        raise Invalid("is a thumbprint or a key: give the certificate itself, in PEM form or as the path of a file")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if text.startswith("-----"):
            text = text.replace("\\n", "\n")
            context.load_verify_locations(cadata=text)
        else:
            text = os.path.expanduser(text)  # noqa: PTH111 - as paths are read
            context.load_verify_locations(cafile=text)
    except FileNotFoundError:
        raise Invalid("names a file that is not there") from None
    except (OSError, ValueError):
        raise Invalid("must be a certificate in PEM form (-----BEGIN CERTIFICATE-----), or the path of one") from None
    return text


def to_size(value: object) -> str:
    """Read a size such as ``100MB``, and return it so; 0 is no limit."""
    text = re.sub(r"\s", "", str(value)).upper()
    if not re.fullmatch(r"[0-9]{1,9}(B|KB|MB|GB)?", text):
        raise Invalid("must be a size such as 100MB")
    return text


def bytes_of(size: str) -> int:
    """Return the bytes of a size as `to_size` gives it."""
    number, unit = re.fullmatch(r"([0-9]+)(\w*)", size).groups()  # type: ignore[union-attr]
    return int(number) << {"KB": 10, "MB": 20, "GB": 30}.get(unit, 0)


def to_simulator(value: object) -> SimulatorOptions | None:
    """Read True, False or options such as ``seed=1,orders=2000,today=2027-04-01,throttle=off``."""
    if value is None or isinstance(value, SimulatorOptions):
        return value
    if isinstance(value, Mapping):
        options = {str(k).strip().lower(): v for k, v in value.items()}
    elif str(value).strip().lower() in _TRUE:
        return SimulatorOptions()
    elif str(value).strip().lower() in _FALSE | {""}:
        return None
    else:
        options = dict(_option(part) for part in str(value).split(",") if part.strip())
    return _simulator(options)


def _option(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Invalid("must be True, False or options such as seed=1,orders=2000,today=2027-04-01,throttle=off")
    return name.strip().lower(), value.strip()


def _simulator(options: Mapping[str, object]) -> SimulatorOptions:
    known = [f.name for f in fields(SimulatorOptions)]
    if not set(options) <= set(known):
        raise Invalid(f"knows the options {', '.join(known)}")
    today = options.get("today")
    try:
        day = today if today is None or isinstance(today, date) else date.fromisoformat(str(today))
    except ValueError:
        raise Invalid("needs its option today as a date such as 2027-04-01") from None
    orders = to_int(options.get("orders", SimulatorOptions().orders))
    if not 0 <= orders <= 1_000_000:
        raise Invalid("needs its option orders between 0 and 1000000")
    if day is not None and not 1980 <= day.year < 3000:
        raise Invalid("needs its option today within the years 1980 to 2999")
    throttle = options.get("throttle", "published")
    throttle = "off" if throttle is False else throttle
    return SimulatorOptions(
        seed=to_int(options.get("seed", SimulatorOptions().seed)),
        orders=orders,
        today=day,
        throttle=to_choice(throttle, ("published", "off")),
        account=str(options.get("account", SimulatorOptions().account)).strip().lower(),
    )
