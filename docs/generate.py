"""Write the pages of docs/ that are drawn from the code, or check that they are current.

python docs/generate.py            write them
python docs/generate.py --check    exit 1 and name those that are not current
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import report_pages
import table_pages
from marketplace_page import marketplace_page
from procedure_page import procedure_page

from amzsql.marketplaces import CHINA_ID, MARKETPLACES, REGIONS
from amzsql.settings import PROPERTIES, Property

FOLDER = Path(__file__).parent
_HEAD = "<!-- Written by docs/generate.py: edit what it is drawn from. -->\n"

_INTRODUCTION = """
# Connection properties

A connection is made from properties, which may come from four places. Where two of them name the same property, the one
higher up wins.

| place | example |
|---|---|
| keywords | `amzsql.connect(Marketplace="DE", MaxRows=100)`, or `max_rows=100` |
| a connection string, or a URL | `amzsql.connect("Marketplace=DE;MaxRows=100")`, `amzsql://?Marketplace=DE` |
| a named connection | `amzsql.connect("Connection=shop")`, `create_engine("amzsql://shop")` |
| the environment | `AMZSQL_MARKETPLACE=DE` |

If a string and a URL are both given, the string wins. Below them all is `amzsql.connect(defaults={…})`, for tools that
know what suits them: Superset's engine spec asks so for a `StatementTimeout`.

**Names** are read without regard to case, spaces and underscores: `Seller Id`, `SellerId` and `seller_id` are the same.
An unknown name is an error that suggests the nearest; in the environment it is a warning, and only if it resembles one.
A property with an empty value counts as not given.

**Connection strings** are `Name=Value;Name=Value`. A value that holds `;` stands in double quotes or braces, inside of
which the closing sign is written twice: `SellerId="a;b"`, `SellerId={a;b}`.

**References.** A value may hold `${NAME}`, a variable of the environment, and `[name]`, an entry of the keyword
`variables={"name": …}`. They are resolved once, when connecting. Signs that are meant as such are doubled: `$${`, `[[`.

**URLs** have three forms; inside a part, `@ / : ?` are written `%40 %2F %3A %3F`.

```text
amzsql://<connection>
amzsql://<OAuthClientId>:<OAuthClientSecret>@/<Schema>?Marketplace=United+States&MaxRows=100
amzsql://?Simulator=True
```

A secret is refused behind the question mark, because tools show that part in clear. It may stand as the password, in a
keyword or `connect_args`, in the environment, or in a named connection.

**Named connections** stand in `connections.toml` in the user's configuration folder (Linux: `~/.config/amzsql`, macOS:
`~/Library/Application Support/amzsql`). `amzsql connections add NAME` makes one: it asks for the credentials, tries
them, shows the account, and writes the file, for its owner only. Names hold no `/` and no `:`.

```toml
[applications.mine]
client_id = "amzn1.application-oa2-client.…"
client_secret = "keyring:applications.mine.client_secret"

[connections.shop]
application = "mine"
refresh_token = "${AMAZON_REFRESH_TOKEN}"
marketplaces = ["DE", "FR"]
MaxRows = 100000

[groups.all]
connections = ["shop", "agency-*"]
```

Besides the names below, the file knows `client_id`, `client_secret`, `previous_secret`, `secret_date`, `access_token`,
`refresh_token`, `authorized`, `app_id`, `kind` and `marketplaces`. A secret's value is where it is kept:
`keyring:…` (the system's keyring, with `pip install 'amzsql[keyring]'`), `store:…` (`secrets.json` in the state folder,
that of `AMZSQL_STATELOCATION` if it is set), `${…}` (the environment), or the secret itself (`--clear-text`); then
connecting warns if others may read the file. [Accounts](accounts.md) has all the commands.

**Sellers and vendors.** Some tables are of sellers only and some of vendors only; the others are of both. The property
SellingPartner says what the account is: then tables of the other kind are not listed, and a statement that reads one is
refused before any call. Without it the schema of the connection tells (`SellerCentral`, `VendorCentral`), or that
Amazon has named the marketplaces in which a seller takes part. It names none of a vendor's, so a vendor has to set
`Marketplace`, which decides the region too:

```toml
[connections.supply]
application = "mine"
refresh_token = "${AMAZON_VENDOR_TOKEN}"
marketplaces = ["US", "CA"]
SellingPartner = "Vendor"
Schema = "VendorCentral"
```

**Errors.** An unknown property or a value that does not fit raises `ProgrammingError`; a property or choice that does
nothing yet raises `NotSupportedError`, unless it has its default. No message repeats a secret.
"""

# Where our default differs from the one usual among drivers of the reference's family.
_DIFFERENCES = """
## Where defaults differ from the reference connector's

| property | reference | here |
|---|---|---|
| Schema | none documented | SellingPartner |
| Marketplace | required | all that the account takes part in; required of vendors |
| InitiateOAuth | OFF | REFRESH where a refresh token is given, otherwise OFF |
| OAuthClientId | an application of the vendor's is used if empty | needed: there is no application of ours |
| OAuthSettingsLocation | one file for all connections | a file of its own for each connection |
| OAuthExpiresIn | empty | 3600 |
"""


def connection_page() -> str:
    """Return docs/connection.md: every property and every marketplace."""
    parts = [_HEAD, _INTRODUCTION.lstrip("\n")]
    active = [p for p in PROPERTIES if p.status == "active"]
    for category in dict.fromkeys(p.category for p in active):
        parts += [f"\n## {category}\n\n", "| property | values | default | meaning |\n|---|---|---|---|\n"]
        parts += [_row(p) for p in active if p.category == category]
    parts += [_DIFFERENCES, *_planned(), *_obsolete(), *_marketplaces()]
    return "".join(parts)


def _row(known: Property) -> str:
    return f"| {known.name} | {_values(known)} | {_default(known)} | {known.doc} |\n"


def _values(known: Property) -> str:
    if known.kind == "enum":
        refused = {choice for choice, _ in known.later}
        return ", ".join(f"`{c}`" for c in known.choices if c not in refused)
    words = {
        "bool": "`True`, `False`", "int": "whole number", "float": "number", "str": "text", "list": "comma list",
        "secret": "secret", "marketplaces": "comma list of [marketplaces](#marketplaces)", "path": "path",
        "url": "address", "zone": "IANA time zone", "date": "day", "callback": "https address", "password": "secret",
        "certificate": "path or PEM", "size": "size such as 100MB",
        "simulator": "`True`, `False` or options",
    }  # fmt: skip
    return words[known.kind]


def _default(known: Property) -> str:
    if known.shown:
        return known.shown
    return "" if known.default in (None, "", ()) else f"`{known.default}`"


def _planned() -> Iterator[str]:
    yield "\n## Known, and refused when set to other than the default\n\n"
    yield "| property | default | meaning | why |\n|---|---|---|---|\n"
    for known in PROPERTIES:
        if known.status == "planned":
            yield f"| {known.name} | {_default(known)} | {known.doc} | {known.reason} |\n"
        for choice, reason in known.later:
            yield f"| {known.name}={choice} | | | {reason} |\n"


def _obsolete() -> Iterator[str]:
    yield "\n## Accepted with a warning, and ignored\n\n| property | why |\n|---|---|\n"
    yield from (f"| {p.name} | {p.reason} |\n" for p in PROPERTIES if p.status == "obsolete")


def _marketplaces() -> Iterator[str]:
    yield "\n## Marketplaces\n\n"
    yield "A marketplace is named by its country, a code or its id. One connection is one region.\n\n"
    yield "| name | also | id | region | currency |\n|---|---|---|---|---|\n"
    for each in MARKETPLACES:
        also = ", ".join((each.country, *each.aliases, each.sales_channel))
        yield f"| {each.name} | {also} | {each.id} | {each.region} | {each.currency} |\n"
    yield f"\nChina (CN, {CHINA_ID}) is known and refused: Amazon offers no Selling Partner API for it.\n"
    yield "\n| region | | address | sandbox |\n|---|---|---|---|\n"
    for region in REGIONS.values():
        yield f"| {region.code} | {region.name} | {region.endpoint} | {region.sandbox_endpoint} |\n"


PAGES: dict[str, Callable[[], str]] = {
    "connection.md": connection_page,
    "marketplace.md": marketplace_page,
    "procedures-reference.md": procedure_page,
    **table_pages.pages(),
    **report_pages.pages(),
}


# The site's navigation: what stands between these lines is written.
SITE, START, END = FOLDER.parent / "mkdocs.yml", "  - Tables:\n", "  - Benchmarks: benchmarks.md\n"


def site() -> str:
    """Return mkdocs.yml with all tables in its navigation."""
    text = SITE.read_text("utf-8")
    before, _, rest = text.partition(START)
    return before + START + table_pages.navigation() + report_pages.navigation() + END + rest.partition(END)[2]


def left_over() -> list[Path]:
    """Return the written pages of tables that are no more."""
    pages = {FOLDER / name for name in PAGES}
    return [file for file in sorted((FOLDER / "tables").glob("*.md")) if file not in pages]


def main(arguments: list[str]) -> int:
    """Write or check every page and the navigation; return the exit code."""
    texts = {name: page() for name, page in PAGES.items()}
    stale = [name for name, text in texts.items() if not _is_current(name, text)]
    stale += ["../mkdocs.yml"] if SITE.read_text("utf-8") != site() else []
    stale += [f"tables/{file.name}" for file in left_over()]
    if "--check" in arguments:
        for name in stale:
            print(f"docs/{name} is not current: run python docs/generate.py", file=sys.stderr)
        return 1 if stale else 0
    SITE.write_text(site(), "utf-8")
    for file in left_over():
        file.unlink()
    for name in stale:
        if name in texts:
            (FOLDER / name).parent.mkdir(exist_ok=True)
            (FOLDER / name).write_text(texts[name], "utf-8")
        print(f"docs/{name} written")
    return 0


def _is_current(name: str, text: str) -> bool:
    path = FOLDER / name
    return path.exists() and path.read_text("utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
