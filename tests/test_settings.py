"""Settings: every property, every source, and no secret where it does not belong."""

from __future__ import annotations

import copy
import json
import os
import pickle
import traceback
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amzsql import settings
from amzsql.errors import Error, NotSupportedError, ProgrammingError
from amzsql.marketplaces import MARKETPLACES, find
from amzsql.settings import PROPERTIES, Property, Secret, Settings, SimulatorOptions

REFERENCE = Path(__file__).parents[2] / "shared" / "reference" / "connector.json"
CANARY = "canary-5f2e;\"'{}=x"
posix = pytest.mark.skipif(os.name != "posix", reason="modes in this form exist on POSIX systems only")

BY_STATUS = {s: [p for p in PROPERTIES if p.status == s] for s in ("active", "planned", "obsolete")}


def read(text: str = "", **given: Any) -> Settings:
    """Read without the environment and folder of whoever runs the tests."""
    given.setdefault("environment", {})
    given.setdefault("config_folder", Path("/nonexistent"))
    return settings.read(text, **given)


def other(known: Property) -> Any:
    """Return a value that fits the property and is not its default."""
    if known.kind == "enum":
        refused = {choice for choice, _ in known.later}
        return next(c for c in known.choices if c != known.default and c not in refused)
    samples = {
        "bool": not known.default, "int": int(min(7, known.most or 7)), "float": 0.5,
        "str": "text", "list": "A,B", "secret": CANARY,
        "marketplaces": "DE", "path": "/tmp/x", "url": "https://host.example", "zone": "Europe/Berlin",
        "simulator": "seed=3", "date": "2026-11-22", "callback": "https://host.example/back/",
        "password": CANARY, "size": "5MB",
    }  # fmt: skip
    return samples[known.kind]


# The table of properties


def test_settings_has_an_attribute_for_each_active_property() -> None:
    assert [f.name for f in fields(Settings)] == [p.attribute for p in BY_STATUS["active"]] + ["warnings", "obsolete"]


def test_table_is_sound() -> None:
    keys = [settings.key(p.name) for p in PROPERTIES]
    assert len(keys) == len(set(keys))
    for known in PROPERTIES:
        assert known.category, known.name
        assert known.doc.endswith("."), known.name
        assert (known.kind == "enum") == bool(known.choices), known.name
        assert bool(known.reason) == (known.status != "active"), known.name
        assert known.secret == (known.kind in ("secret", "password")), known.name
        words = ("secret", "token", "password", "key")
        if known.kind == "str" and known.status == "active":
            assert not any(w in known.name.lower() for w in words), f"{known.name} looks like a secret"


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference's facts (../shared) are not beside this checkout")
def test_every_property_of_the_reference_is_declared() -> None:
    theirs = {p["name"] for p in json.loads(REFERENCE.read_text("utf-8"))["properties"]}
    assert {p.name for p in PROPERTIES if p.reference} == theirs
    assert len(theirs) == 73


def test_defaults() -> None:
    plain = read()
    for known in PROPERTIES:
        if known.name not in ("InitiateOAuth", "OAuthAccessTokenURL"):
            assert plain[known.name] == known.default, known.name
    assert plain.initiate_oauth == "OFF"
    assert plain.warnings == ()
    assert (plain.timeout, plain.max_rows, plain.rate_share) == (60.0, -1, 1.0)


# A named connection and a certificate need their files, a firewall's kind its host: they have tests of their own.
APART = ("Schema", "Connection", "SSLServerCert", "FirewallType", "FirewallServer")
TAKEN = [p for p in BY_STATUS["active"] if p.name not in APART]


@pytest.mark.parametrize("known", TAKEN, ids=lambda p: p.name)
def test_active_property_is_taken(known: Property) -> None:
    value = other(known)
    by_keyword, by_snake = read(**{known.name: value}), read(**{known.attribute: value})
    by_text = read(settings.format_string({known.name: str(value)}))
    assert by_keyword[known.name] == by_snake[known.name] == by_text[known.name]
    assert by_keyword[known.name] not in (known.default, None)
    # Latency alone does nothing, which is said.
    assert by_keyword.warnings == () or known.name == "Latency"
    if known.kind in ("bool", "int", "float"):
        assert by_text[known.name] == value
        assert type(by_text[known.name]) is type(value if known.kind != "float" else 0.0)


@pytest.mark.parametrize("known", BY_STATUS["planned"], ids=lambda p: p.name)
def test_planned_property_is_refused_by_name(known: Property) -> None:
    value = other(known)
    with pytest.raises(NotSupportedError, match=known.name) as caught:
        read(settings.format_string({known.name: str(value)}))
    assert "Leave it out" in str(caught.value)
    assert CANARY not in str(caught.value)
    if known.default not in (None, ""):
        assert read(**{known.name: known.default})[known.name] == known.default
        assert read(f"{known.name}={known.default}").warnings == ()


@pytest.mark.parametrize("known", BY_STATUS["obsolete"], ids=lambda p: p.name)
def test_obsolete_property_is_accepted_with_a_warning(known: Property) -> None:
    found = read(**{known.name: CANARY})
    assert len(found.warnings) == 1
    assert found.warnings[0].startswith(f"{known.name} is ignored: ")
    assert CANARY not in repr(found) + str(found.warnings)
    assert read(**{known.name: ""}).warnings == ()


def test_aws_keys_say_since_when() -> None:
    assert "2023-10-02" in read("AWSSecretKey=x").warnings[0]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://localhost:8734/", "is an address of this machine, and Amazon leads nobody there: register an https"),
        ("https://127.0.0.1/x", "is an address of this machine"),
        ("http://example.com/", "must be an https address"),
        ("https://me:x@example.com/", "must be an https address"),
        ("example.com", "must be an https address"),
    ],
)
def test_callbacks_that_amazon_refuses(url: str, reason: str) -> None:
    with pytest.raises(ProgrammingError, match=f"^CallbackURL: the value {reason}"):
        read(CallbackURL=url)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("MaxRows=many", "MaxRows: the value must be a whole number"),
        ("MaxRows=1.5", "whole number"),
        ("MaxRows=-2", "MaxRows: the least value is -1"),
        ("Timeout=nan", "must be a number"),
        ("Timeout=-1", "least value is 0"),
        ("RateShare=0", "RateShare"),
        ("RateShare=1.5", "greatest value is 1"),
        ("UseSandbox=maybe", "must be True or False"),
        ("OrdersApi=v9", "must be one of Auto, v0, 2026"),
        ("Marketplace=Germny", "Did you mean Germany"),
        ("Marketplace=US,DE", "Make a connection for each region"),
        ("TimeZone=Mars/Base", "IANA time zone"),
        ("TimeZone=../../etc/passwd", "IANA time zone"),
        ("Endpoint=ftp://x", "https://host"),
        ("Endpoint=http://example.com", "must be https"),
        ("Endpoint=https://u:p@example.com", "without user"),
        ("Simulator=perhaps", "True, False or options"),
        ("Simulator=sed=1", "knows the options seed, orders, today, throttle, account"),
        ("Simulator=today=soon", "today as a date"),
        ("Simulator=orders=-5", "between 0"),
        ("Simulator=orders=1000001", "between 0 and 1000000"),
        ("Simulator=today=9999-12-31", "1980 to 2999"),
        ("Simulator=throttle=some", "published, off"),
    ],
)
def test_values_that_do_not_fit(text: str, reason: str) -> None:
    with pytest.raises(ProgrammingError, match=reason):
        read(text)


def test_china_is_refused() -> None:
    with pytest.raises(NotSupportedError, match="no Selling Partner API"):
        read("Marketplace=China")


@pytest.mark.parametrize("spelling", ["MaxRow", "max rwos", "Maxrows1"])
def test_unknown_name_suggests_the_nearest(spelling: str) -> None:
    with pytest.raises(ProgrammingError, match=r"Did you mean .*MaxRows"):
        read(f"{spelling}=1")
    with pytest.raises(ProgrammingError, match="MaxRows"):
        read(**{spelling: 1})
    with pytest.raises(ProgrammingError, match="MaxRows"):
        settings.parse_url(f"amzsql://?{spelling.replace(' ', '+')}=1")


@pytest.mark.parametrize("name", ["Seller Id", "sellerid", "SELLER_ID", " SellerId ", "seller id"])
def test_names_in_any_spelling(name: str) -> None:
    assert read(f"{name}=A1").seller_id == "A1"
    assert read("SellerId=A1")[name] == "A1"


def test_none_is_not_given() -> None:
    assert read("MaxRows=3", MaxRows=None).max_rows == 3


@pytest.mark.parametrize(
    ("text", "value"), [("True", True), ("yes", True), ("1", True), ("off", False), ("FALSE", False)]
)
def test_booleans(text: str, value: bool) -> None:
    assert read(f"UseSandbox={text}").use_sandbox is value


def test_marketplaces() -> None:
    found = read("Marketplace=germany, FR,A1F83G8C2ARO7P")
    assert [m.country for m in found.marketplace] == ["DE", "FR", "GB"]
    assert read(Marketplace=["DE", find("FR")]).marketplace == found.marketplace[:2]
    assert read(Marketplace=find("JP")).marketplace == (find("JP"),)
    assert read(Marketplace=MARKETPLACES[:4]).base_url == "https://sellingpartnerapi-na.amazon.com"
    assert read("Marketplace=JP;UseSandbox=1").base_url == "https://sandbox.sellingpartnerapi-fe.amazon.com"
    assert read("Marketplace=JP;Endpoint=https://proxy.example/").base_url == "https://proxy.example"
    assert read().base_url is None
    assert read().region is None


def test_simulator_options() -> None:
    assert read(Simulator=True).simulator == SimulatorOptions(1, 2000, None, "published")
    assert read("Simulator=False").simulator is None
    assert read(Simulator=False).simulator is None
    wanted = SimulatorOptions(7, 50, date(2027, 4, 1), "off", "na")
    assert read("Simulator=seed=7,orders=50,today=2027-04-01,throttle=off;MaxRows=1").simulator == wanted
    assert read(Simulator={"seed": 7, "orders": 50, "today": date(2027, 4, 1), "throttle": False}).simulator == wanted
    assert read(Simulator=wanted).simulator == wanted
    url = "amzsql://?Simulator=seed%3D7%2Corders%3D50%2Ctoday%3D2027-04-01%2Cthrottle%3Doff"
    assert read(url=url).simulator == wanted
    assert read("Simulator=account=Vendor").simulator == SimulatorOptions(account="vendor")
    assert read(Simulator=True).account == "simulator"


def test_initiate_oauth_follows_the_refresh_token() -> None:
    assert read("OAuthRefreshToken=r").initiate_oauth == "REFRESH"
    assert read("OAuthRefreshToken=r;InitiateOAuth=off").initiate_oauth == "OFF"
    assert read("OAuthAccessToken=a").initiate_oauth == "OFF"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("", "credentials: there are none"),
        ("InitiateOAuth=OFF;OAuthRefreshToken=r", "OAuthAccessToken"),
        ("OAuthRefreshToken=r", "OAuthClientId, OAuthClientSecret"),
        ("InitiateOAuth=REFRESH;OAuthClientId=i;OAuthClientSecret=s", "OAuthRefreshToken"),
    ],
)
def test_missing_credentials_are_named(text: str, missing: str) -> None:
    with pytest.raises(ProgrammingError, match=missing):
        read(text).check_credentials()


@pytest.mark.parametrize(
    "text", ["Simulator=True", "OAuthAccessToken=a", "OAuthClientId=i;OAuthClientSecret=s;OAuthRefreshToken=r"]
)
def test_credentials_that_suffice(text: str) -> None:
    read(text).check_credentials()


def test_a_stand_in_on_this_machine_makes_its_own_tokens() -> None:
    assert read().oauth_access_token_url == "https://api.amazon.com/auth/o2/token"
    local = read("Endpoint=http://127.0.0.1:8080/")
    assert local.oauth_access_token_url == "http://127.0.0.1:8080/auth/o2/token"
    assert read("Endpoint=https://far.example").oauth_access_token_url == "https://api.amazon.com/auth/o2/token"


# Connection strings


def test_quoting() -> None:
    text = ' SellerId = a b ; OAuthClientId="x;""y""";OAuthClientSecret={p;}}q"};; Tables=Orders,OrderItems ; '
    assert settings.parse_string(text) == {
        "SellerId": "a b",
        "OAuthClientId": 'x;"y"',
        "OAuthClientSecret": 'p;}q"',
        "Tables": "Orders,OrderItems",
    }
    assert settings.parse_string("") == {}
    assert settings.parse_string("SellerId=") == {"SellerId": ""}
    assert settings.parse_string('SellerId=a"b') == {"SellerId": 'a"b'}


@given(st.dictionaries(st.sampled_from([p.name for p in PROPERTIES]), st.text(), max_size=8))
def test_quoting_round_trip(properties: dict[str, str]) -> None:
    assert settings.parse_string(settings.format_string(properties)) == properties


@given(st.text(max_size=20), st.text(max_size=20))
def test_braces_round_trip(value: str, after: str) -> None:
    text = "SellerId={" + value.replace("}", "}}") + "};Tables=" + settings.quote(after)
    assert settings.parse_string(text) == {"SellerId": value, "Tables": after}


@given(st.text(alphabet='aS=;"{} \n', max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        settings.parse_string("SellerId=" + text)
    except ProgrammingError:
        pass


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("shop", r"Name=Value is expected.*Connection=NAME"),
        ("SellerId=1;rest", "Name=Value is expected after SellerId"),
        ("=1", "Name=Value"),
        ('SellerId="a', "never closed"),
        ("SellerId={a}b", "follows the closing }"),
        ("SellerId=1;seller id=2", "SellerId is given twice"),
    ],
)
def test_malformed_strings(text: str, reason: str) -> None:
    with pytest.raises(ProgrammingError, match=reason):
        read(text)


# Where a property comes from


def shop(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "connections.toml"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return folder


SHOP = """
[applications.mine]
client_id = "app-id"
OAuthClientSecret = "app-secret"
AppId = "amzn1.sp.solution.x"
kind = "private"

[connections.shop]
application = "mine"
refresh_token = "Atzr|x"
marketplaces = ["DE", "FR"]
MaxRows = 20
Timeout = 20.5
Readonly = true

[connections."two words"]
Simulator = true

[groups.all]
connections = ["shop"]
"""


def test_named_connection(tmp_path: Path) -> None:
    found = read("Connection=shop", config_folder=shop(tmp_path, SHOP))
    assert found.oauth_client_id == "app-id"
    assert found.oauth_client_secret == Secret("app-secret")
    assert found.oauth_refresh_token == Secret("Atzr|x")
    assert [m.country for m in found.marketplace] == ["DE", "FR"]
    assert (found.max_rows, found.timeout, found.readonly) == (20, 20.5, True)
    assert (found.connection, found.account) == ("shop", "shop")
    assert found.warnings == ()
    found.check_credentials()


def test_precedence(tmp_path: Path) -> None:
    folder = shop(tmp_path, SHOP)
    environment = {"AMZSQL_MAXROWS": "10", "AMZSQL_PAGESIZE": "11", "AMZSQL_CONNECTION": "shop"}
    assert read(environment={"AMZSQL_MAX_ROWS": "10"}).max_rows == 10
    by_all = {"environment": environment, "config_folder": folder}
    assert read(**by_all).max_rows == 20
    assert read(**by_all).pagesize == 11
    assert read(url="amzsql://?MaxRows=30", **by_all).max_rows == 30
    assert read("MaxRows=40", url="amzsql://?MaxRows=30", **by_all).max_rows == 40
    assert read("MaxRows=40", max_rows=50, **by_all).max_rows == 50
    assert read("amzsql://two%20words?MaxRows=60", **by_all).simulator is not None


def test_defaults_of_a_tool_are_below_all_else(tmp_path: Path) -> None:
    folder = shop(tmp_path, "[connections.shop]\nStatementTimeout = 7\n")
    defaults = {"StatementTimeout": 50, "latency": "Interactive", "MaxRows": 9}

    def found(**more: Any) -> Settings:
        return settings.read_given(settings.Given("", more, None, {}, {}, folder, defaults))

    assert (found().statement_timeout, found().latency) == (50, "Interactive")
    assert (found(Connection="shop").statement_timeout, found(Connection="shop").max_rows) == (7, 9)
    assert found(StatementTimeout=3).statement_timeout == 3
    with pytest.raises(ProgrammingError, match="no property 'Nothing'"):
        settings.read_given(settings.Given("", {}, None, {}, {}, folder, {"Nothing": 1}))


def test_an_application_is_below_its_connection(tmp_path: Path) -> None:
    text = '[applications.a]\nclient_id = "below"\n[connections.c]\napplication = "a"\nOAuthClientId = "own"'
    assert read("Connection=c", config_folder=shop(tmp_path, text)).oauth_client_id == "own"


@pytest.mark.parametrize(
    ("name", "error", "reason"),
    [
        ("shpo", ProgrammingError, "no connection 'shpo'. Did you mean shop"),
        ("all", NotSupportedError, "is a group"),
        ("a/b", ProgrammingError, "no / and no :"),
        ("a:b", ProgrammingError, "no / and no :"),
    ],
)
def test_names_that_name_no_connection(name: str, error: type[Error], reason: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=reason):
        read(Connection=name, config_folder=shop(tmp_path, SHOP))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[connections.c]\nMaxRow = 1', r"connections\.c\]: there is no property 'MaxRow'. Did you mean .*MaxRows"),
        ('[connections.c]\nMaxRows = 1\nmax_rows = 2', "MaxRows is given twice"),
        ('[connections.c]\nConnection = "d"', "no property 'Connection'"),
        ('[connections.c]\napplication = "gone"', "names the application 'gone'"),
        ('[connections.c]\n[connections."a/b"]', "no / and no :"),
        ('connections = 1', r"needs tables \[connections.NAME\]"),
        (f'[connections.c]\nx = "{CANARY[:12]}', "is not valid TOML"),
    ],
)  # fmt: skip
def test_files_that_cannot_be(text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ProgrammingError, match=reason) as caught:
        read("Connection=c", config_folder=shop(tmp_path, text))
    assert CANARY[:12] not in str(caught.value)


def test_absent_file_says_where(tmp_path: Path) -> None:
    with pytest.raises(ProgrammingError, match=r"there is no file .*connections\.toml"):
        read("Connection=c", config_folder=tmp_path)


@posix
def test_a_file_with_secrets_that_others_may_read_warns(tmp_path: Path) -> None:
    found = read("Connection=shop", config_folder=shop(tmp_path, SHOP, 0o644))
    assert len(found.warnings) == 1
    assert "chmod 600" in found.warnings[0]
    assert "Atzr" not in found.warnings[0]
    assert read("Connection=two words", config_folder=tmp_path).warnings == ()
    harmless = '[connections.c]\nrefresh_token = "${TOKEN}"'
    by_reference = read("Connection=c", config_folder=shop(tmp_path, harmless, 0o644), environment={"TOKEN": "t"})
    assert by_reference.oauth_refresh_token == Secret("t")
    assert by_reference.warnings == ()


def test_environment_names() -> None:
    found = read(environment={"AMZSQL_MAXROW": "3", "AMZSQL_TEST_TODAY": "2027-04-01", "MAXROWS": "4", "PATH": "/bin"})
    assert found.max_rows == -1
    assert len(found.warnings) == 1
    assert "AMZSQL_MAXROW is no property" in found.warnings[0]
    assert "Did you mean AMZSQL_MAXROWS" in found.warnings[0]
    (hint,) = read(environment={"AMZSQL_SIMULATR": "True"}).warnings
    assert hint.endswith("Did you mean AMZSQL_SIMULATOR?")
    # The command line's own.
    assert read(environment={"AMZSQL_SERVE_PASSWORD": "x", "amzsql_serve_password": "x"}).warnings == ()
    assert read(environment={"AMZSQL_MAXROWS": ""}).max_rows == -1


def test_references() -> None:
    environment = {"TOKEN": CANARY, "ROWS": "12"}
    found = read(
        "OAuthRefreshToken=${TOKEN};MaxRows=${ROWS};SellerId=[who]-$${ROWS}-[[who]",
        environment=environment,
        variables={"who": "A1"},
    )
    assert found.oauth_refresh_token == Secret(CANARY)
    assert found.max_rows == 12
    assert found.seller_id == "A1-${ROWS}-[who]"
    # What a reference stands for is not read again.
    assert read(SellerId="[a]", variables={"a": "[b]${C}"}).seller_id == "[b]${C}"
    assert read("Endpoint=http://[::1]:80").endpoint == "http://[::1]:80"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("SellerId=${NONE}", r"no variable 'NONE'.*\$\$\{"), ("SellerId=[none]", r"no entry 'none'.*\[\["),
     ("OAuthClientSecret=a[none]", r"no entry;"), ("OAuthClientSecret=${MYSECRET}", r"no variable 'MYSECRET';"),
     ("OAuthClientSecret=a${MYSECRET}", r"no variable;")],
)  # fmt: skip
def test_undefined_references(text: str, reason: str) -> None:
    with pytest.raises(ProgrammingError, match=reason):
        read(text)


# URLs


@pytest.mark.parametrize(
    ("url", "properties"),
    [
        ("amzsql://", {}),
        ("amzsql://shop", {"Connection": "shop"}),
        ("amzsql://My%20Shop/", {"Connection": "My Shop"}),
        ("amzsql://shop?MaxRows=5", {"Connection": "shop", "MaxRows": "5"}),
        ("amzsql://?Simulator=True", {"Simulator": "True"}),
        (
            "amzsql://id:s%40c%2Fr%3At@/SellingPartner?Marketplace=United+States&seller_id=A1",
            {"OAuthClientId": "id", "OAuthClientSecret": "s@c/r:t", "Schema": "SellingPartner",
             "Marketplace": "United States", "SellerId": "A1"},
        ),
    ],
)  # fmt: skip
def test_urls(url: str, properties: dict[str, str]) -> None:
    assert settings.parse_url(url) == properties


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mysql://x", "amzsql://<connection>"),
        ("amzsql://a:b/c@d", "amzsql://<connection>"),
        ("amzsql://shop:5432/", "port"),
        ("amzsql://?MaxRows=1&max_rows=2", "MaxRows is given twice"),
        ("amzsql://i:s@/?OAuthClientId=j", "OAuthClientId is given twice"),
    ],
)
def test_urls_that_cannot_be(url: str, reason: str) -> None:
    with pytest.raises(ProgrammingError, match=reason):
        read(url=url)


@pytest.mark.parametrize("known", [p for p in PROPERTIES if p.secret], ids=lambda p: p.name)
def test_a_secret_behind_the_question_mark_is_refused(known: Property) -> None:
    with pytest.raises(ProgrammingError, match=known.name) as caught:
        read(url=f"amzsql://?{known.attribute}=canary-url")
    for place in ("password part", "connect_args", "AMZSQL_", "named connection"):
        assert place in str(caught.value)
    assert "canary" not in str(caught.value)


# Secrets


def secret_settings() -> Settings:
    return read(OAuthClientSecret=CANARY, OAuthRefreshToken=CANARY, OAuthAccessToken=Secret(CANARY))


def test_secrets_are_kept_and_never_shown() -> None:
    found = secret_settings()
    assert found.oauth_client_secret is not None
    assert found.oauth_client_secret.reveal() == CANARY
    shown = (
        f"{found} {found!r} {found.oauth_client_secret} {found.oauth_client_secret!r} {found.oauth_client_secret:>9}"
    )
    assert "canary" not in shown
    assert "oauth_client_secret=***" in repr(found)
    assert "canary" not in str(found["OAuthClientSecret"])


def test_secrets_are_not_pickled_and_survive_copying() -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(Secret(CANARY))
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(secret_settings())
    assert copy.deepcopy(secret_settings()) == secret_settings()
    assert pickle.loads(pickle.dumps(read(Simulator=True))) == read(Simulator=True)


def test_secret_compares_by_value() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert not Secret("")


LEAKS = [
    "OAuthClientSecret=canary;canary",
    "OAuthClientSecret=ab;canary=cd",
    "OAuthClientSecret=ab;canary;MaxRows=1",
    'OAuthClientSecret="canary',
    'OAuthClientSecret="canary"canary',
    "canary",
    "OAuthClientSecret=${canary}",
    "OAuthClientSecret=x${canary}${HOME}",
    "OAuthClientSecret=[canary]",
    "MaxRows=canary",
    "Simulator=canary",
    "Simulator=canary=1",
    "Simulator=seed=canary",
    "Endpoint=http://user:canary@x.example",
    "OrdersApi=canary",
    "TimeZone=canary",
    "MaxRows=${LEAK}",
    "Marketplace=${LEAK}",
    "Marketplace=[leak]",
    "Connection=${LEAK}",
    "TimeZone=${LEAK}",
    "amzsql://id:canary@shop:99/",
    "amzsql://id:canary@x@y",
    "amzsql://?OAuthClientSecret=canary",
    "amzsql://?AWSSecretKey=canary",
    "amzsql://id:canary@/?Unknown=canary",
    "CacheConnection=canary",
    "ProxyServer=user:canary@x",
]


@pytest.mark.parametrize("text", LEAKS)
def test_no_error_holds_a_value(text: str, tmp_path: Path) -> None:
    with pytest.raises(Error) as caught:
        read(text, environment={"LEAK": "canary"}, variables={"leak": "canary"}, config_folder=shop(tmp_path, SHOP))
    # As Python prints it, with the errors it came from.
    printed = "".join(traceback.format_exception_only(caught.value)) + repr(caught.value.args)
    chain: BaseException | None = caught.value
    while chain is not None:
        printed += "" if chain is caught.value else str(chain)
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
    assert "canary" not in printed


@pytest.mark.parametrize("value", ["Atza|\u00e9", "Atza|x\r\n", "Atza|x y", "\tAtza|x", "Atza|x\x00"])
@pytest.mark.parametrize("name", ["OAuthClientSecret", "OAuthAccessToken", "OAuthRefreshToken"])
def test_a_secret_that_cannot_be_sent_is_refused(name: str, value: str) -> None:
    for given_value in (value, Secret(value)):
        with pytest.raises(ProgrammingError, match=f"^{name}: the value holds white space") as caught:
            read(**{name: given_value})
        assert "Atza" not in str(caught.value)


def test_in_a_hurry_without_a_time_is_warned_of() -> None:
    assert ["StatementTimeout" in text for text in settings.read("Latency=Interactive").warnings] == [True]
    assert settings.read("Latency=Interactive;StatementTimeout=20").warnings == ()
