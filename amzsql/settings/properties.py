"""Every property of a connection, one declared record each: data only.

The reference connector's 73 come first, by its own categories, then ours. A property is *active*, or *planned* (it does
nothing yet: refused when set to other than its default), or *obsolete* (accepted with a warning, it never will).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal[
    "bool",
    "int",
    "float",
    "str",
    "enum",
    "list",
    "secret",
    "password",
    "marketplaces",
    "path",
    "url",
    "callback",
    "zone",
    "date",
    "certificate",
    "size",
    "simulator",
]
Status = Literal["active", "planned", "obsolete"]


@dataclass(frozen=True, slots=True)
class Property:
    """One property: its name as documented, the kind of its value, its default and what it means.

    `later` maps choices that are known and refused to the reason; `reason` says why a property is refused or ignored;
    `shown` is how the documentation prints a default that is worked out; `reference` tells the reference's from ours.
    """

    name: str
    kind: Kind
    default: object
    doc: str
    category: str = ""
    status: Status = "active"
    choices: tuple[str, ...] = ()
    later: tuple[tuple[str, str], ...] = ()
    least: float | None = None
    most: float | None = None
    secret: bool = False
    reason: str = ""
    shown: str = ""
    reference: bool = True

    @property
    def attribute(self) -> str:
        """Return the property's name in Python."""
        return snake_case(self.name)


def key(name: str) -> str:
    """Return what property names are compared by: no case, spaces or underscores."""
    return re.sub(r"[\s_]", "", name).lower()


def snake_case(name: str) -> str:
    """Return the Python name of a property: OAuthClientId is oauth_client_id."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.replace("OAuth", "Oauth"))
    return split.lower()


_P = Property
_NO_AWS = (
    "Amazon stopped asking for AWS signatures on 2023-10-02: a client id, its secret and a refresh token are enough"
)
_NO_POOL = "connections hold no session to pool: tokens and rate buckets belong to the process, and SQLAlchemy pools"
_NO_CACHE = "amzsql keeps no database of copies: write what you want to keep with fetch_arrow_table or to_sql"
_NO_FILES = "tables are declared inside amzsql: there are no schema files to read"
_LATER = "it does nothing yet"


def _in(category: str, properties: Iterable[Property], *, reference: bool = True) -> tuple[Property, ...]:
    return tuple(replace(p, category=category, reference=reference) for p in properties)


def _obsolete(name: str, why: str, *, secret: bool = False) -> Property:
    doc = f"Accepted and ignored: {why}."
    return _P(name, "secret" if secret else "str", None, doc, status="obsolete", secret=secret, reason=why)


def _planned(name: str, kind: Kind, default: object, doc: str, why: str = _LATER, **more: object) -> Property:
    return _P(name, kind, default, doc, status="planned", reason=why, **more)  # type: ignore[arg-type]


AUTHENTICATION = _in("Authentication", (
    _P("Schema", "enum", "SellingPartner", "The schema that unqualified table names are looked up in; Marketplace has"
       " the tables of MWS, Temp those that statements make.",
       choices=("SellingPartner", "SellerCentral", "VendorCentral", "Marketplace", "Temp")),
    _P("Marketplace", "marketplaces", (), "The marketplaces to read, by name, country code or id, separated by commas;"
       " they decide the region, and all lie in one.", shown="all that the account takes part in"),
    _obsolete("MWSAuthToken", "Amazon closed MWS on 2024-03-31, and the SP-API has tokens of its own", secret=True),
    _P("SellerId", "str", "", "The seller's id (merchant token), which reading listings needs; Seller Central shows it"
       " under Settings, Account Info, Your Merchant Token."),
    _P("SellingPartner", "enum", "All", "Whether the account is a seller's or a vendor's: tables of the other kind are"
       " neither listed nor asked.", choices=("Seller", "Vendor", "All")),
    _P("AppId", "str", "", "The application's id (amzn1.sp.solution.…), which the consent page is opened with."),
    _P("IncludeRestrictedData", "bool", False, "Whether personal data is asked for with restricted data tokens: one for"
       " each document of a report that holds any, and one an hour for each operation that gives columns with"
       " personal data for one only. Orders 2026-01-01 takes none: its columns are NULL without the role."),
    _P("UseSandbox", "bool", False, "Whether requests go to Amazon's sandbox, which answers with fixed examples."),
    _obsolete("AWSRegion", _NO_AWS),
    _obsolete("AWSAccessKeyId", _NO_AWS, secret=True),
    _obsolete("AWSAccessKey", _NO_AWS, secret=True),
    _obsolete("AWSSecretKey", _NO_AWS, secret=True),
    _obsolete("AWSRoleARN", _NO_AWS),
    _obsolete("AWSSessionToken", _NO_AWS, secret=True),
))  # fmt: skip

OAUTH = _in("OAuth", (
    _P("InitiateOAuth", "enum", None, "OFF uses OAuthAccessToken until it expires; REFRESH makes access tokens from"
       " OAuthRefreshToken, and OAuthAccessToken is optional then; GETANDREFRESH has the account's owner let the"
       " application in first, by OAuthVerifier or on the consent page in this machine's browser, and keeps the"
       " refresh token in OAuthSettingsLocation.", choices=("OFF", "REFRESH", "GETANDREFRESH"),
       shown="REFRESH where a refresh token is given, otherwise OFF"),
    _P("OAuthClientId", "str", "", "The application's client id (amzn1.application-oa2-client…); amzsql brings no"
       " application of its own."),
    _P("OAuthClientSecret", "secret", None, "The application's client secret.", secret=True),
    _P("OAuthAccessToken", "secret", None, "An access token to begin with; it lives for an hour.", secret=True),
    _P("OAuthRefreshToken", "secret", None, "The refresh token that Amazon gave when the account's owner authorised the"
       " application.", secret=True),
    _P("OAuthSettingsLocation", "path", "", "The file that access tokens are kept in, or memory://.",
       shown="a file of this connection in the state folder"),
    _obsolete("OAuthClientLocation", "amzsql brings no application of its own to keep there"),
    _P("OAuthAppStatus", "enum", "Published", "Whether the application is published, or still a draft, whose consent"
       " page has another address.", choices=("Published", "Draft")),
    _P("CallbackURL", "callback", "", "The https page of your own that the consent page leads back to, as it is"
       " registered for the application; never one of this machine, which Amazon refuses.",
       shown="the application's first"),
    _P("OAuthVerifier", "secret", None, "The code that the consent page returned (spapi_oauth_code); it is good once,"
       " for five minutes.", secret=True),
    _P("OAuthExpiresIn", "int", 3600, "How many seconds the given OAuthAccessToken lives.", least=0),
    _P("OAuthTokenTimestamp", "int", 0, "When the given OAuthAccessToken was made, in milliseconds since 1970; 0 is"
       " unknown, and under REFRESH such a token is renewed at once.", least=0),
))  # fmt: skip

_OR_BASIC = "have the proxy take BASIC, or put one of your own in between that answers it (px, cntlm)"
_NO_AUTH = (
    (
        "DIGEST",
        f"the tunnel is asked for in one request, without the proxy's question that DIGEST answers: {_OR_BASIC}",
    ),
    ("NEGOTIATE", f"it needs the tickets of a Windows or Kerberos logon, which amzsql does not reach: {_OR_BASIC}"),
    ("NTLM", f"it needs a Windows logon, over several requests of one connection: {_OR_BASIC}"),
    ("PROPRIETARY", f"nobody says how such a proxy asks: {_OR_BASIC}"),
)
NETWORK = _in("Network", (
    _P("SSLServerCert", "certificate", "", "A certificate that is taken beside those of the usual authorities, in PEM"
       " form or as the path of a file: of a proxy that opens what is encrypted, or of a server of your own."),
    _P("FirewallType", "enum", "NONE", "What FirewallServer is: a proxy of HTTP that opens tunnels, or of SOCKS 5,"
       " which needs pip install 'amzsql[socks]'.", choices=("NONE", "TUNNEL", "SOCKS4", "SOCKS5"),
       later=(("SOCKS4", "it can neither ask for names nor encrypt who one is: use SOCKS5"),)),
    _P("FirewallServer", "str", "", "The host of a firewall's proxy."),
    _P("FirewallPort", "int", 0, "The port of a firewall's proxy.", least=0, most=65535,
       shown="1080 of SOCKS5, 80 of TUNNEL"),
    _P("FirewallUser", "str", "", "The user at a firewall's proxy."),
    _P("FirewallPassword", "password", None, "The password at a firewall's proxy.", secret=True),
    _P("ProxyAutoDetect", "bool", False, "Whether the system's proxy is used, where no ProxyServer is given: that of"
       " the environment (HTTPS_PROXY, ALL_PROXY, NO_PROXY), on macOS and Windows also that of the system's settings."),
    _P("ProxyServer", "str", "", "The host of an HTTP proxy, through which everything goes: requests, tokens and"
       " documents."),
    _P("ProxyPort", "int", 80, "The port of an HTTP proxy.", least=1, most=65535),
    _P("ProxyAuthScheme", "enum", "BASIC", "How an HTTP proxy is told who one is, if ProxyUser is given; NONE tells"
       " nothing.", choices=("BASIC", "DIGEST", "NONE", "NEGOTIATE", "NTLM", "PROPRIETARY"),
       later=_NO_AUTH),
    _P("ProxyUser", "str", "", "The user at an HTTP proxy."),
    _P("ProxyPassword", "password", None, "The password at an HTTP proxy.", secret=True),
    _P("ProxySSLType", "enum", "AUTO", "Whether the way to the proxy itself is encrypted (ALWAYS). Amazon is reached"
       " through a tunnel in any case (AUTO, TUNNEL).", choices=("AUTO", "ALWAYS", "NEVER", "TUNNEL"),
       later=(("NEVER", "Amazon is only reached encrypted, through a tunnel of the proxy: use AUTO"),)),
    _P("ProxyExceptions", "str", "", "The hosts that are reached without the proxy, separated by semicolons; * stands"
       " for anything, and a leading dot for all hosts below a name."),
))  # fmt: skip

LOGGING = _in("Logging", (
    _P("Logfile", "path", "", "The file to log to, of its owner only, or STDOUT or STDERR. It holds no secret, no"
       " header, body or parameter; of statements their text, with what looks like a token left out."),
    _P("Verbosity", "int", 1, "How much is logged: 1 statements, their seconds and errors; 2 also each request; 3"
       " also tokens and waits; 4 and 5 the same as 3, since bodies are never logged.", least=1, most=5),
    _P("LogModules", "list", (), "Which modules log: EXEC (statements), HTTP (requests), OAUT (tokens), INFO (the"
       " rest).", shown="all"),
    _P("MaxLogFileSize", "size", "100MB", "The size at which a new log file begins."),
    _P("MaxLogFileCount", "int", -1, "How many log files are kept, the present one among them; -1 is all.", least=-1),
))  # fmt: skip

SCHEMA = _in("Schema", (
    _planned("Location", "path", "", "The folder of schema files.", _NO_FILES),
    _P("BrowsableSchemas", "list", (), "The schemas that are listed, separated by commas.", shown="all"),
    _P("Tables", "list", (), "The tables that are listed, separated by commas; others still answer by name.",
       shown="all"),
    _P("Views", "list", (), "The views that are listed, separated by commas; others still answer by name.",
       shown="all"),
))  # fmt: skip

CACHING = _in("Caching", (
    _planned("AutoCache", "bool", False, "Whether tables are copied in the background.", _NO_CACHE),
    _planned("CacheLocation", "path", "", "The file of the copies.", _NO_CACHE),
    _planned("CacheTolerance", "int", 600, "How many seconds a copy counts as fresh.", _NO_CACHE),
    _planned("CacheDriver", "str", "", "The driver of another database for the copies.", _NO_CACHE),
    _planned("CacheConnection", "secret", None, "How that database is reached.", _NO_CACHE, secret=True),
    _planned("Offline", "bool", False, "Whether only copies answer.", _NO_CACHE),
    _planned("CacheMetadata", "bool", False, "Whether the description of tables is copied.", _NO_CACHE),
))  # fmt: skip

MISCELLANEOUS = _in("Miscellaneous", (
    _P("IncludeReports", "bool", False, "Whether every type of report is listed as a view, REPORT_<type>; it answers by"
       " name in any case."),
    _P("MaxRows", "int", -1, "The most rows a statement without LIMIT returns, then it ends with a warning; -1 is all.",
       least=-1),
    _planned("Other", "str", "", "Hidden options.", "amzsql has no hidden options"),
    _planned("PseudoColumns", "str", "", "Which pseudo-columns are listed as columns.",
             "pseudo-columns answer by name and are never listed"),
    _P("Readonly", "bool", False, "Whether every statement that may change something at Amazon is refused, before"
       " any call."),
    _P("Pagesize", "int", 0, "How many rows a page asks for; 0 is as many as the operation gives, or as LIMIT needs.",
       least=0),
    _obsolete("RTK", "amzsql needs no licence key", secret=True),
    _P("Timeout", "float", 60.0, "How many seconds one request may take; 0 is no limit.", least=0),
    _planned("UserDefinedViews", "path", "", "The file of named queries."),
    _planned("SupportEnhancedSQL", "bool", True, "Whether what Amazon cannot answer is worked out here.",
             "amzsql always works out here what Amazon cannot answer"),
))  # fmt: skip

CONNECTION = _in("Connection", (
    _P("ConnectOnOpen", "bool", False, "Whether connect() asks Amazon at once, so that wrong credentials show there."),
    _obsolete("UseConnectionPooling", _NO_POOL),
    _obsolete("PoolMaxSize", _NO_POOL),
    _obsolete("PoolMinSize", _NO_POOL),
    _obsolete("PoolIdleTimeout", _NO_POOL),
    _obsolete("PoolWaitTime", _NO_POOL),
    _obsolete("ConnectionLifeTime", _NO_POOL),
))  # fmt: skip


OURS = _in("Beyond the reference", (
    _P("Connection", "str", "", "The name of a connection in connections.toml, whose properties are taken."),
    _P("Simulator", "simulator", None, "True, or options (seed=1,orders=2000,today=2027-04-01,throttle=off,account=eu):"
       " asks a stand-in inside the process instead of Amazon; no credentials are needed.", shown="False"),
    _P("Endpoint", "url", "", "The address to ask instead of the region's; http only on this machine.",
       shown="the region's"),
    _P("OAuthAccessTokenURL", "url", "", "The address that makes access tokens; http only on this machine.",
       shown="https://api.amazon.com/auth/o2/token, or /auth/o2/token of an Endpoint on this machine"),
    _P("OAuthPreviousSecret", "secret", None, "The application's client secret before the present one, for the seven"
       " days that Amazon takes both: it is tried where Amazon refuses the present one.", secret=True),
    _P("OAuthSecretDate", "date", None, "The day on which the client secret was made: from 150 days on connecting warns"
       " that it ends after 180.", shown="not known"),
    _P("OAuthAuthorizationDate", "date", None, "The day on which the account's owner authorised the application: of a"
       " public one, connecting warns from 335 days on that this ends after 365.", shown="not known"),
    _P("OAuthAppKind", "enum", "Private", "Whether the application is private, or public (it is authorised on a consent"
       " page, for a year).", choices=("Private", "Public")),
    _P("CallbackPort", "int", 8734, "The port of this machine that the page of CallbackURL forwards to, while a consent"
       " is waited for.", least=0, most=65535),
    _P("MaxRequests", "int", 0, "The most requests a statement may make; one that needs more is refused beforehand;"
       " 0 is no limit.", least=0),
    _P("StatementTimeout", "float", 0.0, "How many seconds a statement may take; one that needs longer is refused"
       " beforehand; 0 is no limit.", least=0),
    _P("TimeZone", "zone", "UTC", "The zone of dates and times that are written without one, and in which times are cut"
       " to days: UTC, an IANA zone, or Marketplace, the zone of each row's marketplace."),
    _P("MixedCurrency", "enum", "Warn", "What a sum over money of several currencies does: a warning names them, an"
       " error ends the statement, or nothing.", choices=("Warn", "Error", "Off")),
    _P("StateLocation", "path", "", "The folder of tokens, rate buckets, what was learned and ordered, or memory://.",
       shown="amzsql in the user's state folder"),
    _P("OrdersApi", "enum", "Auto", "Which version of Amazon's Orders API answers: the cheaper, or one.",
       choices=("Auto", "v0", "2026")),
    _P("MaxRetries", "int", 5, "How often a request that failed for a passing reason is sent again.",
       least=0, most=100),
    _P("RetryWait", "float", 1.0, "How many seconds before the first repetition; it doubles with each.",
       least=0, most=600),
    _P("Reserve", "int", 0, "How many calls of every operation's burst are left for other software of the account.",
       least=0),
    _P("RateShare", "float", 1.0, "Which part of every rate and burst this host may use, above 0 and at most 1.",
       least=0.001, most=1),
    _P("OnItemError", "enum", "Warn", "What happens where Amazon refuses some of several things asked for in one"
       " request: a warning, with NULL in their columns, or an error.", choices=("Warn", "Raise")),
    _P("ShareScans", "float", 60.0, "For how many seconds the pages that a statement has read serve others of this"
       " process in place of calls, of the same account; 0: each statement asks for itself.", least=0, most=3600),
    _P("UseReports", "bool", False, "Whether a report may answer for a table where that is faster: for the columns that"
       " both have, and a window that ended at least ReportAge seconds ago."),
    _P("OnAccountError", "enum", "Warn", "What happens where one account of a group fails: a warning, and the others"
       " answer, or an error.", choices=("Warn", "Raise")),
    _P("Latency", "enum", "Batch", "Whether a statement waits until a report is made, or, with Interactive, only as"
       " long as StatementTimeout lets it: it then says when to ask again, and the report goes on being made.",
       choices=("Batch", "Interactive")),
    _P("ReportAge", "float", 3600.0, "How many seconds old a report may be that answers in place of a new one; longer"
       " where Amazon does not make the type again so soon.", least=0),
    _P("ReportTime", "float", 120.0, "How many seconds a report, or a query of Data Kiosk, is thought to take until one"
       " of its type was timed: what a plan counts, and when Amazon is asked for it.", least=0),
    _P("ForeignReports", "bool", False, "Whether a report of a type with options may answer that other software"
       " ordered: Amazon does not tell which options it was made with."),
    _P("ReportMemo", "float", 0.0, "For how many days documents of reports are kept in the state folder, and answer the"
       " same question without a call; never those that hold personal data. 0 keeps none.", least=0, most=90),
    _P("ReportMemoSize", "int", 1024, "How many MB of documents are kept; the oldest give way.", least=1),
    _P("MaxReportSize", "int", 10240, "How many MB a report's document may have, unpacked; a larger one is an error.",
       least=1),
    _P("MaxReportRatio", "int", 200, "How many times its size a document may grow as it is unpacked.", least=1),
    _P("DownloadFolder", "path", "", "The folder that EXEC DownloadReport may write documents into, under names that"
       " are not there yet; without it no statement writes a file."),
    _P("DryRun", "bool", False, "Whether what changes something only shows what it would send; where"
       " Amazon can tell what it would say (listings), that is asked."),
    _P("OnRowError", "enum", "Stop", "Whether an INSERT, UPDATE or DELETE ends at the first row that Amazon refuses, or"
       " tries the others and fails in the end; either way the error tells of each row.", choices=("Stop", "Continue")),
    _P("WaitForOutcome", "bool", True, "Whether an INSERT, UPDATE or DELETE waits, where Amazon tells only later"
       " whether it did what it took; without it a row is done when it was taken."),
    _P("FeedRows", "int", 30, "From how many rows on an INSERT, UPDATE or DELETE of listings goes as a feed instead of"
       " one call for each row; 0 is never.", least=0),
    _P("MaskPII", "enum", "Off", "What stands in the place of personal data, for people who may join it but not read"
       " it: Off shows it; Null is NULL; Hash is a text that is the same for the same value, and tells nothing of it."
       " No condition on such a column is sent to Amazon. PersonalData of sys_tablecolumns names the columns.",
       choices=("Off", "Null", "Hash")),
), reference=False)  # fmt: skip

PROPERTIES: tuple[Property, ...] = (
    *AUTHENTICATION, *OAUTH, *NETWORK, *LOGGING, *SCHEMA, *CACHING, *MISCELLANEOUS, *CONNECTION, *OURS,
)  # fmt: skip
BY_KEY: dict[str, Property] = {key(p.name): p for p in PROPERTIES}
