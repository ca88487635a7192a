"""The simulated selling partners and applications, each with documented credentials.

Owns who they are, where they sell, which refresh token opens which of them, what each may not see, and which client id
is what kind of application. Any other refresh token opens the default seller, unless it looks like the listed ones, and
any client id stands for an application without a blemish, so that clients need no preparation. Knows nothing of
requests.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from amzsql import spapi
from amzsql.marketplaces import MARKETPLACES, Marketplace
from amzsql.spapi.model import Partner

ApplicationKind = Literal["public", "draft", "private"]
PersonalData = Literal["shown", "restricted", "never"]


@dataclass(frozen=True, slots=True)
class Account:
    """A selling partner. `markets` are (country, share of the orders); `shown` are its other shops, where it is idle.

    `refresh_token` opens it. `missing_roles`: names of APIs that its authorisation does not cover.
    """

    name: str
    kind: Partner
    region: str
    partner_id: str
    business: str
    refresh_token: str
    markets: tuple[tuple[str, float], ...]
    shown: tuple[str, ...] = ()
    order_prefixes: tuple[str, ...] = ("111", "112", "113", "114")
    address: tuple[str, str, str, str] = ("500 Harbor Way", "Seattle", "WA", "98109")
    missing_roles: tuple[str, ...] = ()
    revoked: bool = False

    def may_call(self, api: str) -> bool:
        """Tell whether an API is for this kind of account and covered by its roles."""
        return api not in self.missing_roles and spapi.api(api).partner in (self.kind, None)

    def id_of(self, number: int) -> str:
        """Return a numeric id of eleven digits or more; what two accounts number alike has other ids."""
        base, own = _numbered(self.name) or (self.name, 0)
        return str(number + (ACCOUNTS.index(BY_NAME[base]) + own * len(ACCOUNTS)) * _APART)

    @property
    def home(self) -> Marketplace:
        """The marketplace that the account was opened in: its language, its address's country."""
        return PLACES[self.markets[0][0]]


PLACES = MappingProxyType({m.country: m for m in MARKETPLACES})
# So far apart are the ids of what two accounts number alike.
_APART = 100_000_000
_NA = (("US", 0.80), ("CA", 0.12), ("MX", 0.08))
# Without these no order, nor what hangs on orders, is answered.
_ORDER_APIS = ("ordersV0", "orders_2026-01-01", "sales")

DEFAULT = Account(
    "na", "seller", "NA", "A3SIMULATEDSELL", "Northlake Outfitters", "Atzr|simulator-na", _NA, shown=("BR",)
)
ACCOUNTS = (
    DEFAULT,
    Account(
        "eu", "seller", "EU", "A1SIMULATEDEURO", "Kupfer & Söhne GmbH", "Atzr|simulator-eu",
        (("DE", 0.50), ("GB", 0.20), ("FR", 0.14), ("IT", 0.10), ("ES", 0.06)), shown=("NL", "PL", "SE"),
        order_prefixes=("302", "303", "304", "305"), address=("Hafenstraße 12", "Hamburg", "HH", "20457"),
    ),
    Account(
        "fe", "seller", "FE", "A2SIMULATEDFARE", "Minato Trading", "Atzr|simulator-fe", (("JP", 0.80), ("AU", 0.20)),
        shown=("SG",), order_prefixes=("249", "250", "503", "504"),
        address=("2-4-1 Shibakoen", "Minato-ku", "東京都", "105-0011"),
    ),
    Account(
        "vendor", "vendor", "NA", "AMZNVENDOR01", "Halden Manufacturing", "Atzr|simulator-vendor",
        (("US", 0.90), ("CA", 0.10)),
    ),
    Account(
        "norole", "seller", "NA", "A4SIMULATEDNORO", "Tern & Co", "Atzr|simulator-norole", _NA,
        missing_roles=(*_ORDER_APIS, "services"),
    ),
    Account(
        "revoked", "seller", "NA", "A5SIMULATEDREVO", "Osprey Home", "Atzr|simulator-revoked", _NA, revoked=True
    ),
)  # fmt: skip
BY_NAME = MappingProxyType({a.name: a for a in ACCOUNTS})
BY_PARTNER = MappingProxyType({a.partner_id: a for a in ACCOUNTS})
_LISTED = "Atzr|simulator-"


_NUMBER = re.compile(r"(\w+)-([1-9]\d{0,3})")


def _numbered(name: str) -> tuple[str, int] | None:
    """Return the listed name and the number of a name such as ``eu-7``; None if it is no such."""
    found = _NUMBER.fullmatch(name)
    return (found[1], int(found[2])) if found is not None and found[1] in BY_NAME else None


@functools.cache
def of_name(name: str) -> Account | None:
    """Return an account by its name: a listed one, or with a number behind it another like it, as many as are wanted.

    ``na-1`` to ``na-9999`` are sellers of their own in the marketplaces of ``na``. None if there is none.
    """
    numbered = _numbered(name)
    if numbered is None:
        return BY_NAME.get(name)
    base, number = BY_NAME[numbered[0]], numbered[1]
    return dataclasses.replace(
        base,
        name=name,
        partner_id=f"{base.partner_id[:-4]}{number:04}",
        business=f"{base.business} {number}",
        refresh_token=f"{base.refresh_token}-{number}",
    )


def of_partner(partner_id: str) -> Account | None:
    """Return an account by the id of its seller or vendor; None if there is none."""
    return BY_PARTNER.get(partner_id) or next(
        (a for base in ACCOUNTS if (a := _of_partner(base, partner_id)) is not None), None
    )


def _of_partner(base: Account, partner_id: str) -> Account | None:
    own = partner_id.removeprefix(base.partner_id[:-4])
    return of_name(f"{base.name}-{int(own)}") if len(own) == 4 and own.isdecimal() else None


def of_token(refresh_token: str) -> Account:
    """Return the account that a refresh token opens: the default seller for one that is not listed."""
    return _opened(refresh_token) or DEFAULT


def _opened(refresh_token: str) -> Account | None:
    return of_name(refresh_token.removeprefix(_LISTED)) if refresh_token.startswith(_LISTED) else None


def is_misspelt(refresh_token: str) -> bool:
    """Tell whether a refresh token looks like those that are listed and is none of them."""
    return refresh_token.startswith(_LISTED) and _opened(refresh_token) is None


@dataclass(frozen=True, slots=True)
class Application:
    """An application that is registered with Amazon.

    `kind` draft: it is not published yet; private: only its owner authorises it, by hand. `pii`: what its roles let it
    see of personal data: shown also where no restricted token can be asked for (orders 2026-01-01), restricted only
    with such a token, never not even so. `expired`: its client secret was not rotated in time.
    """

    name: str
    kind: ApplicationKind = "public"
    pii: PersonalData = "shown"
    expired: bool = False

    @property
    def client_id(self) -> str:
        """The id that logs in."""
        return f"amzn1.application-oa2-client.simulator-{self.name}"

    @property
    def client_secret(self) -> str:
        """The secret that goes with the id."""
        return f"amzn1.oa2-cs.v1.simulator-{self.name}"

    @property
    def application_id(self) -> str:
        """The id that a consent page is asked for with."""
        return f"amzn1.sp.solution.simulator-{self.name}"

    @property
    def redirects(self) -> tuple[str, ...]:
        """The addresses that a consent page may lead to; the first is the usual one."""
        return () if self.kind == "private" else (REDIRECT, f"{REDIRECT}/{self.name}")


REDIRECT = "https://app.example.com/callback"
APPLICATIONS = (
    Application("public"),
    Application("draft", "draft"),
    Application("private", "private"),
    Application("nopii", pii="never"),
    Application("expired", expired=True),
)
# What any other client id stands for: it may do whatever an application may, but has to ask for personal data with a
# restricted token, so that who has not thought of a role sees what most applications see.
ANY_APPLICATION = Application("any", pii="restricted")
_BY_CLIENT = MappingProxyType({a.client_id: a for a in APPLICATIONS})
_BY_APPLICATION = MappingProxyType({a.application_id: a for a in APPLICATIONS})


def of_client(client_id: str) -> Application:
    """Return the application that logs in with an id: one without a blemish for an id that is not listed."""
    return _BY_CLIENT.get(client_id, ANY_APPLICATION)


def of_application(application_id: str) -> Application | None:
    """Return the listed application of an id for consent pages; None if there is none."""
    return _BY_APPLICATION.get(application_id)
