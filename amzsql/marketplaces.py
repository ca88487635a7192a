"""Amazon's marketplaces and the three regions of the SP-API, as data.

Owns names, codes, ids, currencies, zones and hosts, and how a user may spell a marketplace. Knows nothing of settings,
connections or the network.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType

from amzsql.errors import NotSupportedError, ProgrammingError, nearest


@dataclass(frozen=True, slots=True)
class Region:
    """One of the SP-API's three regions: an account and its tokens belong to exactly one."""

    code: str
    name: str
    endpoint: str
    sandbox_endpoint: str


@dataclass(frozen=True, slots=True)
class Marketplace:
    """One of Amazon's shops.

    `country` is the ISO 3166 code, `timezone` the IANA zone of its business day, `sales_channel` its name in orders.
    """

    name: str
    country: str
    id: str
    region: str
    currency: str
    timezone: str
    language: str
    sales_channel: str
    aliases: tuple[str, ...] = ()


def _region(code: str, name: str) -> Region:
    host = f"sellingpartnerapi-{code.lower()}.amazon.com"
    return Region(code, name, f"https://{host}", f"https://sandbox.{host}")


REGIONS = MappingProxyType(
    {
        r.code: r
        for r in (
            _region("NA", "North America"),
            _region("EU", "Europe, Middle East, India"),
            _region("FE", "Far East"),
        )
    }
)

_M = Marketplace
MARKETPLACES: tuple[Marketplace, ...] = (
    _M("United States", "US", "ATVPDKIKX0DER", "NA", "USD", "America/Los_Angeles", "en_US", "Amazon.com",
       ("USA", "United States of America")),
    _M("Canada", "CA", "A2EUQ1WTGCTBG2", "NA", "CAD", "America/Los_Angeles", "en_CA", "Amazon.ca"),
    _M("Mexico", "MX", "A1AM78C64UM0Y8", "NA", "MXN", "America/Mexico_City", "es_MX", "Amazon.com.mx"),
    _M("Brazil", "BR", "A2Q3Y263D00KWC", "NA", "BRL", "America/Sao_Paulo", "pt_BR", "Amazon.com.br"),
    _M("Spain", "ES", "A1RKKUPIHCS9HS", "EU", "EUR", "Europe/Madrid", "es_ES", "Amazon.es"),
    _M("United Kingdom", "GB", "A1F83G8C2ARO7P", "EU", "GBP", "Europe/London", "en_GB", "Amazon.co.uk",
       ("UK", "Great Britain")),
    _M("France", "FR", "A13V1IB3VIYZZH", "EU", "EUR", "Europe/Paris", "fr_FR", "Amazon.fr"),
    _M("Belgium", "BE", "AMEN7PMS3EDWL", "EU", "EUR", "Europe/Brussels", "fr_BE", "Amazon.com.be"),
    _M("Netherlands", "NL", "A1805IZSGTT6HS", "EU", "EUR", "Europe/Amsterdam", "nl_NL", "Amazon.nl", ("Holland",)),
    _M("Germany", "DE", "A1PA6795UKMFR9", "EU", "EUR", "Europe/Berlin", "de_DE", "Amazon.de"),
    _M("Italy", "IT", "APJ6JRA9NG5V4", "EU", "EUR", "Europe/Rome", "it_IT", "Amazon.it"),
    _M("Sweden", "SE", "A2NODRKZP88ZB9", "EU", "SEK", "Europe/Stockholm", "sv_SE", "Amazon.se"),
    _M("Poland", "PL", "A1C3SOZRARQ6R3", "EU", "PLN", "Europe/Warsaw", "pl_PL", "Amazon.pl"),
    _M("Egypt", "EG", "ARBP9OOSHTCHU", "EU", "EGP", "Africa/Cairo", "ar_EG", "Amazon.eg"),
    _M("Turkey", "TR", "A33AVAJ2PDY3EV", "EU", "TRY", "Europe/Istanbul", "tr_TR", "Amazon.com.tr", ("Türkiye",)),
    _M("Saudi Arabia", "SA", "A17E79C6D8DWNP", "EU", "SAR", "Asia/Riyadh", "ar_SA", "Amazon.sa", ("KSA",)),
    _M("United Arab Emirates", "AE", "A2VIGQ35RCS4UG", "EU", "AED", "Asia/Dubai", "en_AE", "Amazon.ae", ("UAE",)),
    _M("India", "IN", "A21TJRUUN4KGV", "EU", "INR", "Asia/Kolkata", "en_IN", "Amazon.in"),
    _M("Ireland", "IE", "A28R8C7NBKEWEA", "EU", "EUR", "Europe/Dublin", "en_IE", "Amazon.ie"),
    _M("South Africa", "ZA", "AE08WJ6YKNBMC", "EU", "ZAR", "Africa/Johannesburg", "en_ZA", "Amazon.co.za"),
    _M("Singapore", "SG", "A19VAU5U5O7RUS", "FE", "SGD", "Asia/Singapore", "en_SG", "Amazon.sg"),
    _M("Japan", "JP", "A1VC38T7YXB528", "FE", "JPY", "Asia/Tokyo", "ja_JP", "Amazon.co.jp"),
    _M("Australia", "AU", "A39IBJ37TRP1C6", "FE", "AUD", "Australia/Sydney", "en_AU", "Amazon.com.au"),
)  # fmt: skip

# The reference connector lists China, whose shop only ever had the closed MWS interface.
CHINA_ID = "AAHKV2X7AFYLW"


def _key(text: str) -> str:
    """Return the spelling that names are compared by: no case, accents, spaces or punctuation."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in plain if c.isalnum())


_BY_KEY = {_key(s): m for m in MARKETPLACES for s in (m.name, m.country, m.id, m.sales_channel, *m.aliases)}
_BY_ID = {m.id: m for m in MARKETPLACES}
_CHINA = frozenset(_key(s) for s in ("China", "CN", CHINA_ID, "Amazon.cn"))


def find(text: str) -> Marketplace:
    """Return the marketplace of a name, country code, id or sales channel, whatever its case.

    Raises:
        NotSupportedError: China, which has no SP-API.
        ProgrammingError: no such marketplace; the message names the nearest.
    """
    key = _key(text)
    if key in _CHINA:
        raise NotSupportedError(
            "Marketplace: Amazon's shop in China has no Selling Partner API, so nothing can be read from it."
            " Name another marketplace."
        )
    if key in _BY_KEY:
        return _BY_KEY[key]
    hint = nearest(text, [n for m in MARKETPLACES for n in (m.name, *m.aliases)])
    raise ProgrammingError(
        f"Marketplace: there is none called {text!r}.{hint}"
        " Give a country's name (United States), its code (US) or a marketplace id (ATVPDKIKX0DER)."
    )


def by_id(marketplace_id: str) -> Marketplace | None:
    """Return the marketplace of an id, or None for one that is not known (Amazon has more than its shops)."""
    return _BY_ID.get(marketplace_id)


def told_as(text: str) -> Marketplace | None:
    """Return the marketplace that Amazon's answers call so: by its id, or by its sales channel (``Amazon.es``)."""
    return by_id(text) or next((m for m in MARKETPLACES if m.sales_channel.lower() == text.lower()), None)


def parse(text: str) -> tuple[Marketplace, ...]:
    """Return the marketplaces of a comma list, in its order, each once."""
    return tuple(dict.fromkeys(find(part) for part in text.split(",") if part.strip()))


def region_of(marketplaces: Iterable[Marketplace]) -> Region | None:
    """Return the one region of the marketplaces, or None if there are none.

    Raises:
        ProgrammingError: they lie in two regions; an account belongs to one.
    """
    found: dict[str, list[str]] = {}
    for marketplace in marketplaces:
        found.setdefault(marketplace.region, []).append(marketplace.name)
    if len(found) > 1:
        parts = "; ".join(f"{', '.join(names)} in {REGIONS[code].name}" for code, names in found.items())
        raise ProgrammingError(
            f"Marketplace: one connection is one region, and these lie in {len(found)} ({parts})."
            " Make a connection for each region, and a group of them."
        )
    return REGIONS[next(iter(found))] if found else None
