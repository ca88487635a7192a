"""Every property of the reference has a test of what it does, or of how it is refused: the table of them.

What is planned or obsolete is tried property by property in test_settings.py. Here stand those that act, each with the
test that shows it, and the tests of those that no other file shows.
"""

from __future__ import annotations

import ast
import json
from functools import cache
from pathlib import Path

import pytest
from driving import NOW, asked, over, rows, simulated

from amzsql.clock import VirtualClock
from amzsql.errors import AuthError, ProgrammingError
from amzsql.settings import BY_KEY, PROPERTIES, Property, key
from amzsql.simulator import Simulator

TESTS = Path(__file__).parent
REFERENCE = TESTS.parents[1] / "shared" / "reference" / "connector.json"
ASKED = "SELECT * FROM MarketplaceParticipations"

SHOWN = {
    "Schema": "test_marketplace_schema.py::test_the_ten_views_are_there",
    "Marketplace": "test_connection.py::test_a_marketplace_that_the_account_has_no_part_in_is_named",
    "SellerId": "test_calls.py::test_a_seller_id_is_the_connections",
    "SellingPartner": "test_account_kinds.py::test_the_property_narrows_what_is_listed",
    "AppId": "test_authorizing.py::test_every_marketplace_has_its_page",
    "IncludeRestrictedData": "test_restricted.py::test_one_token_opens_all_that_a_statement_reads",
    "UseSandbox": "test_properties.py::test_the_sandbox_has_an_address_of_its_own",
    "InitiateOAuth": "test_properties.py::test_off_uses_the_given_token_until_it_is_over",
    "OAuthClientId": "test_consented.py::test_what_is_missing_is_asked_for",
    "OAuthClientSecret": "test_authorizing.py::test_the_previous_secret_serves_while_amazon_takes_it",
    "OAuthAccessToken": "test_properties.py::test_off_uses_the_given_token_until_it_is_over",
    "OAuthRefreshToken": "test_proving.py::test_what_is_wrong_is_said",
    "OAuthSettingsLocation": "test_properties.py::test_tokens_are_kept_where_it_is_said",
    "OAuthAppStatus": "test_authorizing.py::test_an_address_that_is_pasted",
    "CallbackURL": "test_authorizing.py::test_a_code_that_is_given_needs_no_browser",
    "OAuthVerifier": "test_authorizing.py::test_a_code_that_is_given_needs_no_browser",
    "OAuthExpiresIn": "test_properties.py::test_refresh_uses_the_given_token_only_while_it_is_known_to_live",
    "OAuthTokenTimestamp": "test_properties.py::test_refresh_uses_the_given_token_only_while_it_is_known_to_live",
    "SSLServerCert": "test_network.py::test_a_certificate_of_ones_own",
    "FirewallType": "test_network.py::test_through_a_proxy_with_a_password",
    "FirewallServer": "test_network.py::test_ports_follow_the_kind_of_firewall",
    "FirewallPort": "test_network.py::test_ports_follow_the_kind_of_firewall",
    "FirewallUser": "test_network.py::test_a_proxy_that_refuses_is_said_without_its_password",
    "FirewallPassword": "test_network.py::test_a_proxy_that_refuses_is_said_without_its_password",
    "ProxyAutoDetect": "test_network.py::test_the_systems_proxy_is_used_when_asked_for",
    "ProxyServer": "test_network.py::test_a_proxy_that_is_not_there_is_named",
    "ProxyPort": "test_network.py::test_a_proxy_that_is_not_there_is_named",
    "ProxyAuthScheme": "test_network.py::test_a_proxy_that_refuses_is_said_without_its_password",
    "ProxyUser": "test_network.py::test_a_proxy_that_refuses_is_said_without_its_password",
    "ProxyPassword": "test_network.py::test_a_proxy_that_refuses_is_said_without_its_password",
    "ProxySSLType": "test_network.py::test_the_way_to_the_proxy_may_be_encrypted_too",
    "ProxyExceptions": "test_network.py::test_hosts_that_go_without_the_proxy",
    "Logfile": "test_network.py::test_a_log_file_that_cannot_be_is_said",
    "Verbosity": "test_network.py::test_what_is_logged",
    "LogModules": "test_network.py::test_modules_are_chosen",
    "MaxLogFileSize": "test_network.py::test_a_log_file_turns_over_and_old_ones_go",
    "MaxLogFileCount": "test_network.py::test_a_log_file_turns_over_and_old_ones_go",
    "BrowsableSchemas": "test_connection.py::test_listing_properties_hide_and_do_not_forbid",
    "Tables": "test_connection.py::test_listing_properties_hide_and_do_not_forbid",
    "Views": "test_connection.py::test_listing_properties_hide_and_do_not_forbid",
    "IncludeReports": "catalog/test_catalog_reports.py::test_they_are_listed_where_they_are_wanted",
    "MaxRows": "test_cursor.py::test_a_warning_that_comes_with_the_rows_is_told",
    "Readonly": "test_calls.py::test_readonly_refuses_what_writes_and_nothing_else",
    "Pagesize": "test_statements.py::test_results_do_not_depend_on_the_page_size",
    "Timeout": "test_network.py::test_a_request_that_takes_too_long_ends",
    "ConnectOnOpen": "test_connection.py::test_connect_on_open_finds_wrong_credentials",
}
ACTING = [p for p in PROPERTIES if p.reference and p.status == "active"]


@cache
def functions(file: str) -> dict[str, str]:
    """Return the source of each function of a test file, with its decorators, by name."""
    text = (TESTS / file).read_text("utf-8")
    lines = text.splitlines()
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            found[node.name] = "\n".join(lines[first - 1 : node.end_lineno])
    return found


@pytest.mark.parametrize("known", ACTING, ids=lambda p: p.name)
def test_what_acts_is_shown_by_a_test(known: Property) -> None:
    file, _, function = SHOWN[known.name].partition("::")
    assert function.startswith("test_")
    source = functions(file)[function]
    assert known.name in source or known.attribute in source, f"{SHOWN[known.name]} says nothing of {known.name}"


def test_the_table_is_whole() -> None:
    assert list(SHOWN) == [p.name for p in ACTING]
    others = [p for p in PROPERTIES if p.reference and p.status != "active"]
    assert all(p.reason for p in others)
    assert len(ACTING) + len(others) == 73


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference's facts (../shared) are not beside this checkout")
def test_the_values_of_the_reference_are_taken_or_refused_by_name() -> None:
    for theirs in json.loads(REFERENCE.read_text("utf-8"))["properties"]:
        ours = BY_KEY[key(theirs["name"])]
        if ours.kind == "enum" and theirs["name"] != "Schema":
            assert {v.lower().rstrip("?") for v in theirs["allowed"] or ()} <= {c.lower() for c in ours.choices}, (
                ours.name
            )


# -- what no other file shows ------------------------------------------------------------------------------------------


def given_token() -> tuple[str, Simulator, VirtualClock]:
    """Return an access token that a simulator has just made."""
    connection, simulator = simulated(orders=10)
    [(access, _, _)] = rows(connection, "EXEC RefreshOAuthAccessToken")
    clock = connection.runtime.clock
    assert isinstance(clock, VirtualClock)
    return access, simulator, clock


def test_off_uses_the_given_token_until_it_is_over() -> None:
    access, simulator, clock = given_token()
    given = {"InitiateOAuth": "OFF", "OAuthAccessToken": access, "OAuthTokenTimestamp": int(NOW * 1000)}
    connection = over(simulator, clock, **given)
    assert len(rows(connection, ASKED)) > 1
    assert len(asked(simulator, "lwa.token")) == 1
    clock.wait(NOW + 3700)
    with pytest.raises(AuthError, match=r"OAuthAccessToken is over since 2 minutes .*give a new one"):
        rows(connection, ASKED)
    with pytest.raises(ProgrammingError, match="InitiateOAuth=OFF needs OAuthAccessToken"):
        rows(over(simulator, clock, InitiateOAuth="OFF"), ASKED)


@pytest.mark.parametrize(
    ("properties", "logins"),
    [
        ({}, 1),
        ({"OAuthTokenTimestamp": int(NOW * 1000)}, 0),
        ({"OAuthTokenTimestamp": int(NOW * 1000), "OAuthExpiresIn": 30}, 1),
        ({"OAuthTokenTimestamp": int((NOW - 4000) * 1000)}, 1),
        ({"OAuthTokenTimestamp": int((NOW - 4000) * 1000), "OAuthExpiresIn": 5000}, 0),
    ],
)
def test_refresh_uses_the_given_token_only_while_it_is_known_to_live(properties: dict[str, int], logins: int) -> None:
    access, simulator, clock = given_token()
    connection = over(simulator, clock, OAuthAccessToken=access, **properties)
    assert len(rows(connection, ASKED)) > 1
    assert len(asked(simulator, "lwa.token")) == 1 + logins


def test_the_sandbox_has_an_address_of_its_own() -> None:
    connection, _ = simulated(orders=10, UseSandbox=True)
    assert connection.runtime.endpoint == "https://sandbox.sellingpartnerapi-na.amazon.com"


def test_tokens_are_kept_where_it_is_said(tmp_path: Path) -> None:
    file = tmp_path / "tokens" / "mine.json"
    connection, _ = simulated(orders=10, OAuthSettingsLocation=str(file))
    rows(connection, ASKED)
    assert "Atza|" in file.read_text("utf-8")
    memory, _ = simulated(orders=10, OAuthSettingsLocation="memory://")
    assert len(rows(memory, ASKED)) > 1
