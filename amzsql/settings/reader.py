"""From every source of properties to one frozen `Settings`.

Owns precedence (keywords over the string, over the named connection, over the environment) and what holds between
properties. Must not touch the network, nor decide what a setting is used for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from amzsql import state
from amzsql.errors import Error, NotSupportedError, ProgrammingError
from amzsql.marketplaces import Marketplace, Region, region_of

from . import folder, text, values
from .properties import BY_KEY, PROPERTIES, Property, key
from .values import Invalid, Secret, SimulatorOptions
from .vault import Vault

TOKEN_URL = "https://api.amazon.com/auth/o2/token"
T = TypeVar("T")
OF_ONE_ACCOUNT = (
    "OAuthRefreshToken",
    "OAuthAccessToken",
    "OAuthVerifier",
    "SellerId",
    "Marketplace",
    "Connection",
)
CREDENTIALS = ("OAuthClientId", "OAuthClientSecret", "OAuthRefreshToken", "OAuthAccessToken")


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """The settings of one connection: an attribute for each active property, any property by ``settings["Name"]``.

    `warnings` holds what the user should know, `obsolete` the properties given that do nothing. Secrets show as
    ``***``; settings that hold one cannot be pickled.
    """

    schema: str
    marketplace: tuple[Marketplace, ...]
    seller_id: str
    selling_partner: str
    app_id: str
    include_restricted_data: bool
    use_sandbox: bool
    initiate_oauth: str
    oauth_client_id: str
    oauth_client_secret: Secret | None
    oauth_access_token: Secret | None
    oauth_refresh_token: Secret | None
    oauth_settings_location: str
    oauth_app_status: str
    callback_url: str
    oauth_verifier: Secret | None
    oauth_expires_in: int
    oauth_token_timestamp: int
    ssl_server_cert: str
    firewall_type: str
    firewall_server: str
    firewall_port: int
    firewall_user: str
    firewall_password: Secret | None
    proxy_auto_detect: bool
    proxy_server: str
    proxy_port: int
    proxy_auth_scheme: str
    proxy_user: str
    proxy_password: Secret | None
    proxy_ssl_type: str
    proxy_exceptions: str
    logfile: str
    verbosity: int
    log_modules: tuple[str, ...]
    max_log_file_size: str
    max_log_file_count: int
    browsable_schemas: tuple[str, ...]
    tables: tuple[str, ...]
    views: tuple[str, ...]
    include_reports: bool
    max_rows: int
    readonly: bool
    pagesize: int
    timeout: float
    connect_on_open: bool
    connection: str
    simulator: SimulatorOptions | None
    endpoint: str
    oauth_access_token_url: str
    oauth_previous_secret: Secret | None
    oauth_secret_date: date | None
    oauth_authorization_date: date | None
    oauth_app_kind: str
    callback_port: int
    max_requests: int
    statement_timeout: float
    time_zone: str
    mixed_currency: str
    state_location: str
    orders_api: str
    max_retries: int
    retry_wait: float
    reserve: int
    rate_share: float
    on_item_error: str
    share_scans: float
    use_reports: bool
    on_account_error: str
    latency: str
    report_age: float
    report_time: float
    foreign_reports: bool
    report_memo: float
    report_memo_size: int
    max_report_size: int
    max_report_ratio: int
    download_folder: str
    dry_run: bool
    on_row_error: str
    wait_for_outcome: bool
    feed_rows: int
    mask_pii: str
    warnings: tuple[str, ...] = ()
    obsolete: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Any:
        """Return a property by its documented name, in any spelling; one that is not active has its default."""
        known = text.lookup(name, "settings")
        return getattr(self, known.attribute) if known.status == "active" else known.default

    def __repr__(self) -> str:
        changed = [
            f"{p.attribute}={getattr(self, p.attribute)!r}"
            for p in PROPERTIES
            if p.status == "active" and getattr(self, p.attribute) != p.default
        ]
        return f"Settings({', '.join(changed)})"

    @property
    def region(self) -> Region | None:
        """Return the region of the marketplaces, or None while they are unknown."""
        return region_of(self.marketplace)

    @property
    def base_url(self) -> str | None:
        """Return the address to ask: Endpoint, or the region's (sandbox) endpoint; None while the region is unknown."""
        if self.endpoint or self.region is None:
            return self.endpoint or None
        return self.region.sandbox_endpoint if self.use_sandbox else self.region.endpoint

    @property
    def account(self) -> str:
        """Return the value of the column Account: the connection's name, else the seller's id."""
        return self.connection or self.seller_id or ("simulator" if self.simulator else "default")

    def check_credentials(self) -> None:
        """Raise if a token can never be had with these settings; a simulator needs none.

        Raises:
            ProgrammingError: the message names the properties that are missing.
        """
        if self.simulator is not None:
            return
        if self.initiate_oauth == "OFF":
            missing = [] if self.oauth_access_token else ["OAuthAccessToken (or OAuthRefreshToken)"]
        else:
            needed = ["OAuthClientId", "OAuthClientSecret"]
            needed += ["OAuthRefreshToken"] if self.initiate_oauth == "REFRESH" else []
            missing = [name for name in needed if not self[name]]
        given = any(self[name] for name in CREDENTIALS)
        if given and missing and self.connection:
            raise ProgrammingError(
                f"credentials: the connection {self.connection} lacks {', '.join(missing)}:"
                f" amzsql connections edit {self.connection}"
            )
        if old := [] if given else [name for name in self.obsolete if name.startswith(("MWS", "AWS"))]:
            raise ProgrammingError(
                f"credentials: there are none but {', '.join(old)}, of MWS, which Amazon closed on 2024-03-31. Have an"
                " application authorised in Seller Central (Apps and Services, Develop Apps), give its OAuthClientId"
                " and OAuthClientSecret with the OAuthRefreshToken of that, and leave the others out."
                " Schema=Marketplace still has MWS's tables: docs/marketplace.md tells what maps to what."
                " Simulator=True needs no credentials."
            )
        if not given:
            raise ProgrammingError(
                "credentials: there are none. Name a connection of connections.toml (Connection=NAME), or give"
                " OAuthClientId, OAuthClientSecret and OAuthRefreshToken (or OAuthAccessToken). Simulator=True needs"
                " none."
            )
        if missing:
            raise ProgrammingError(
                f"credentials: InitiateOAuth={self.initiate_oauth} needs {', '.join(missing)}."
                " Seller Central shows the client id and secret under Apps and Services, Develop Apps, and gives the"
                " refresh token when the application is authorised. Simulator=True needs none."
            )


def read(
    connection_string: str = "",
    *,
    url: str | None = None,
    environment: Mapping[str, str] | None = None,
    config_folder: Path | None = None,
    variables: Mapping[str, object] | None = None,
    **properties: object,
) -> Settings:
    """Return the settings of a connection string, a URL, keywords, a named connection and the environment.

    Keywords win over the string, the string over the URL, that over the named connection, that over the environment.
    A keyword that is None counts as not given. `environment` and `config_folder` stand in for the process's own.

    Raises:
        ProgrammingError: an unknown property, a value that does not fit, an undefined variable.
        NotSupportedError: a property or a choice that comes in a later version.
    """
    given = Given(connection_string, properties, url, variables or {}, environment, config_folder)
    del connection_string, properties, url, variables, environment
    return read_given(given)


class Given:
    """All that may hold a secret on its way to `Settings`: one thing that shows none, for the frames that may raise.

    `defaults` are properties that hold where nothing else gives them.
    """

    __slots__ = ("config_folder", "defaults", "environment", "properties", "text", "url", "variables")

    def __init__(
        self,
        text_: str,
        properties: Mapping[str, object],
        url: str | None = None,
        variables: Mapping[str, object] = MappingProxyType({}),
        environment: Mapping[str, str] | None = None,
        config_folder: Path | None = None,
        defaults: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        self.text = text_
        self.defaults = defaults
        self.properties = properties
        self.url = url
        self.variables = variables
        self.environment = text.default_environment() if environment is None else environment
        self.config_folder = config_folder

    def __repr__(self) -> str:
        return "Given(***)"


def read_given(given: Given) -> Settings:
    """Return the settings of what was given; see `read`. No frame of an error's traceback holds a secret."""
    found = _tried(given)
    if isinstance(found, Error):
        raise found
    return found


def _tried(given: Given) -> Settings | Error:
    """Return the settings, or the error without the frames that parsed values in clear."""
    return _without_frames(lambda: _read(given))


def _without_frames(work: Callable[[], T]) -> T | Error:
    try:
        return work()
    except Error as error:
        error.__cause__ = error.__context__ = None
        return error.with_traceback(None)


@dataclass(frozen=True, slots=True)
class Group:
    """The settings of a group: its own, and those of its accounts by their names, or why they cannot be read."""

    settings: Settings
    accounts: tuple[tuple[str, Settings | Error], ...]


def read_group(given: Given) -> Group | None:
    """Return the settings of a group and its accounts; None if no group is named.

    What is given beside the name holds of every account, as if each were named by itself.

    Raises:
        ProgrammingError: as `read`; and for what only one account can have.
    """
    found = _without_frames(lambda: _group(given))
    if isinstance(found, Error):
        raise found
    return found


def _group(given: Given) -> Group | None:
    above, below, _ = _given(given)
    name = above.get("Connection", below.get("Connection"))
    if not name:
        return None
    wanted = _convert_resolved(BY_KEY["connection"], name, given.variables, given.environment)
    members = folder.named_group(wanted, given.config_folder or folder.config_folder())
    if members is None:
        return None
    for one in (*OF_ONE_ACCOUNT, *CREDENTIALS, "Simulator"):
        if one in above and one != "Connection":
            raise ProgrammingError(f"{one} is of one account, and {wanted} is a group: amzsql connections edit NAME")
    read_ones = tuple((n, _without_frames(lambda n=n: _read(given, n))) for n in members)  # type: ignore[misc]
    parsed, notes = _parse(_of_all(given, members, above, below), given.variables, given.environment)
    parsed["connection"] = wanted
    return Group(Settings(**_between(parsed), warnings=(), obsolete=tuple(notes)), read_ones)


def _of_all(
    given: Given, members: Sequence[str], above: Mapping[str, object], below: Mapping[str, object]
) -> dict[str, object]:
    """Return what is given for the group, and what all its connections say alike."""
    where, kept = given.config_folder or folder.config_folder(), kept_secrets(below)
    said: list[dict[str, object]] = []
    for member in members:
        found = _without_frames(lambda m=member: folder.named_connection(m, where, kept)[0])  # type: ignore[misc]
        if not isinstance(found, Error):
            said.append(found)
    alike = {n: v for n, v in (said[0] if said else {}).items() if all(v == other.get(n) for other in said)}
    own = {**below, **alike, **above}
    return {n: v for n, v in own.items() if n not in OF_ONE_ACCOUNT and not BY_KEY[key(n)].secret}


def _given(given: Given) -> tuple[dict[str, object], Mapping[str, object], Sequence[str]]:
    """Return what was said of properties, by whoever connects and by the environment, and the latter's warnings."""
    url, string, environment = given.url, given.text, given.environment
    if not isinstance(string, str):
        raise ProgrammingError(f"connect: the connection string is text, not {type(string).__name__}")
    if string.lstrip().lower().startswith(text.SCHEME):
        url, string = string, ""
    below, warnings = text.environment_properties(environment)
    above: dict[str, object] = {
        **(text.parse_url(url) if url else {}),
        **text.parse_string(string),
        **_keywords(given.properties),
    }
    return above, below, warnings


def _read(given: Given, connection: str = "") -> Settings:
    """Return the settings; `connection`: the one that is named in place of the given name."""
    environment, variables = given.environment, given.variables
    above, below, warnings = _given(given)
    if connection:
        above["Connection"] = connection
        # What the environment says of an account would be every account's that lacks it: one's rows under all names.
        below = {name: value for name, value in below.items() if name not in OF_ONE_ACCOUNT}
    name = above.get("Connection", below.get("Connection"))
    kept = kept_secrets(below)
    named, more = _named(name, variables, environment, given.config_folder, kept) if name else ({}, [])
    parsed, notes = _parse({**_keywords(given.defaults), **below, **named, **above}, variables, environment)
    told = (*warnings, *more, *notes.values(), *_idle(parsed))
    return Settings(**_between(parsed), warnings=told, obsolete=tuple(notes))


def _idle(parsed: Mapping[str, Any]) -> Iterator[str]:
    """Yield what properties were given in vain, for the lack of others."""
    if parsed["latency"] == "Interactive" and not parsed["statement_timeout"]:
        yield "Latency=Interactive does nothing without StatementTimeout, which says how long a statement may wait."


def kept_secrets(environment: Mapping[str, object]) -> Vault:
    """Return where a user's secrets are kept: in the user's state folder, or that of AMZSQL_STATELOCATION.

    `environment` is what the environment says of properties. What else says StateLocation moves no secrets.
    """
    path = values.to_path(environment.get("StateLocation", ""))
    return Vault(None if path.startswith(state.MEMORY) else Path(path) if path else state.default_folder())


def _named(
    name: object,
    variables: Mapping[str, object],
    environment: Mapping[str, str],
    config_folder: Path | None,
    kept: Vault,
) -> tuple[dict[str, object], list[str]]:
    wanted = _convert_resolved(BY_KEY["connection"], name, variables, environment)
    where = config_folder or folder.config_folder()
    try:
        return folder.named_connection(wanted, where, kept)
    except ProgrammingError:
        if wanted == str(name).strip():
            raise
    raise ProgrammingError(f"Connection: what {name} stands for is no connection of {where / folder.FILE}")


def _keywords(properties: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in properties.items():
        if value is None:
            continue
        known = text.lookup(name, "connect")
        if known.name in found:
            raise ProgrammingError(f"connect: {known.name} is given twice")
        found[known.name] = value
    return found


def _parse(
    given: Mapping[str, object], variables: Mapping[str, object], environment: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return attribute → value of the active properties, and a warning for each obsolete one by its name."""
    notes: dict[str, str] = {}
    parsed: dict[str, Any] = {}
    for known in PROPERTIES:
        raw = given.get(known.name, "")
        # An empty text is a property not given: forms send every field that they show.
        if isinstance(raw, str) and not raw.strip():
            value = known.default
        elif known.status == "obsolete":
            notes[known.name] = f"{known.name} is ignored: {known.reason}. Leave it out."
            continue
        else:
            value = _convert_resolved(known, raw, variables, environment)
            _refuse_planned(known, value)
        if known.status == "active":
            parsed[known.attribute] = value
    return parsed, notes


def _convert_resolved(
    known: Property, raw: object, variables: Mapping[str, object], environment: Mapping[str, str]
) -> Any:
    resolved = text.resolve(raw, known.name, variables, environment) if isinstance(raw, str) else raw
    try:
        return convert(known, resolved)
    except ProgrammingError:
        if resolved == raw:
            raise
    # What a reference stands for may be a secret: the message repeats only the reference.
    raise ProgrammingError(f"{known.name}: what {raw if not known.secret else 'it refers to'} stands for does not fit")


def _refuse_planned(known: Property, value: object) -> None:
    if known.status == "planned" and value != known.default:
        default = "" if known.default in (None, "") else f" (or set it to {known.default})"
        raise NotSupportedError(f"{known.name}: {known.reason}. Leave it out{default}.")


def convert(known: Property, raw: object) -> Any:
    """Return the value of a property from text or a Python value.

    Raises:
        ProgrammingError: it does not fit; the message does not repeat it.
        NotSupportedError: a choice that comes in a later version.
    """
    try:
        later = _later(known, raw)
        value = None if later else _convert(known, raw)
    except Invalid as error:
        raise ProgrammingError(f"{known.name}: the value {error}") from None
    if later:
        raise NotSupportedError(f"{known.name}={later[0]}: {later[1]}")
    _check_range(known, value)
    return value


def _later(known: Property, raw: object) -> tuple[str, str] | None:
    return next((pair for pair in known.later if pair[0].lower() == str(raw).strip().lower()), None)


_CONVERTERS = {
    "bool": values.to_bool,
    "int": values.to_int,
    "float": values.to_float,
    "list": values.to_list,
    "marketplaces": values.to_marketplaces,
    "path": values.to_path,
    "url": values.to_url,
    "zone": values.to_zone,
    "date": values.to_date,
    "callback": values.to_callback,
    "certificate": values.to_certificate,
    "size": values.to_size,
    "simulator": values.to_simulator,
}


def _convert(known: Property, raw: object) -> Any:
    if known.kind == "secret":
        return values.to_secret(raw)
    if known.kind == "password":
        return values.to_password(raw)
    if known.kind == "enum":
        return values.to_choice(raw, known.choices)
    if known.kind == "str":
        return str(raw).strip()
    return _CONVERTERS[known.kind](raw)


def _check_range(known: Property, value: Any) -> None:
    if known.least is not None and value < known.least:
        raise ProgrammingError(f"{known.name}: the least value is {known.least:g}")
    if known.most is not None and value > known.most:
        raise ProgrammingError(f"{known.name}: the greatest value is {known.most:g}")


def _between(parsed: dict[str, Any]) -> dict[str, Any]:
    """Return the values with the defaults that hang on others."""
    _check_ways(parsed)
    refresh = parsed["oauth_refresh_token"]
    endpoint = parsed["endpoint"]
    if parsed["initiate_oauth"] is None:
        parsed["initiate_oauth"] = "REFRESH" if refresh else "OFF"
    if not parsed["oauth_access_token_url"]:
        # A stand-in on this machine makes its own tokens: real credentials must not meet made-up ones.
        local = urlsplit(endpoint).hostname in values.LOOPBACK if endpoint else False
        parsed["oauth_access_token_url"] = f"{endpoint}/auth/o2/token" if local else TOKEN_URL
    return parsed


def _check_ways(parsed: Mapping[str, Any]) -> None:
    """Refuse ways to the network that contradict one another."""
    server, kind = parsed["firewall_server"], parsed["firewall_type"]
    if server and parsed["proxy_server"]:
        raise ProgrammingError("FirewallServer and ProxyServer are two ways: give one of them.")
    if server and kind == "NONE":
        raise ProgrammingError("FirewallServer needs FirewallType, which is TUNNEL or SOCKS5.")
    if kind != "NONE" and not server:
        raise ProgrammingError(f"FirewallType={kind} needs FirewallServer, the host of the proxy.")
    for name in ("firewall_server", "proxy_server"):
        if not re.fullmatch(r"[\w.:-]*", parsed[name]) or "://" in parsed[name]:
            raise ProgrammingError(
                f"{'ProxyServer' if name == 'proxy_server' else 'FirewallServer'} is a host, such as proxy.example.com:"
                " its port, user and password are properties of their own."
            )
