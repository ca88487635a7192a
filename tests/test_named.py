"""The commands on named connections, applications and groups: what is asked, shown, saved, kept and forgotten."""

from __future__ import annotations

import json
import os
import stat
import tomllib
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import keyring
import pytest
from driving import real_simulator, served
from keyring.backend import KeyringBackend
from keyring.backends import fail
from typer.testing import CliRunner, Result

import amzsql
from amzsql.cli.commands import app
from amzsql.settings import read
from amzsql.simulator.accounts import APPLICATIONS, BY_NAME

APPLICATION = APPLICATIONS[0]
CLIENT, SECRET = APPLICATION.client_id, APPLICATION.client_secret
TOKEN = BY_NAME["eu"].refresh_token
CANARY = "amzn1.oa2-cs.v1.canary7f3a"
REFRESH = "Atzr|canary7f3a"


class Memory(KeyringBackend):
    """A keyring as a desktop has one, in memory."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    """Keep the user's own keyring out of the tests."""
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return what runs a command in folders of its own."""
    env: dict[str, str | None] = {n: None for n in os.environ if n.upper().startswith("AMZSQL_")}
    env |= {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_STATE_HOME": str(tmp_path / "state")}
    return lambda *arguments, typed="": CliRunner().invoke(
        app, list(arguments), input=typed, env=env, prog_name="amzsql"
    )


def good(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def content(tmp_path: Path) -> dict[str, Any]:
    return tomllib.loads(file(tmp_path).read_text("utf-8"))


def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "amzsql" / "connections.toml"


def store(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "state" / "amzsql" / "secrets.json"
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def typed(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def settings(tmp_path: Path, name: str) -> Any:
    """Return the settings that a named connection has in these folders."""
    folders = {"AMZSQL_STATELOCATION": str(tmp_path / "state" / "amzsql")}
    return read("", Connection=name, environment=folders, config_folder=file(tmp_path).parent)


def test_a_connection_is_made_tried_shown_and_saved(run: Run, tmp_path: Path) -> None:
    said = good(run("connections", "add", "shop", "-a", "mine", "--simulator", typed=typed(CLIENT, SECRET, TOKEN)))
    assert "Account: Kupfer & Söhne GmbH (seller)" in said
    assert "Region: Europe" in said
    assert "Marketplaces: Germany, United Kingdom" in said
    found = settings(tmp_path, "shop")
    assert (found.oauth_client_id, found.oauth_client_secret.reveal()) == (CLIENT, SECRET)
    assert found.oauth_refresh_token.reveal() == TOKEN
    text = file(tmp_path).read_text("utf-8")
    assert SECRET not in text
    assert TOKEN not in text
    assert sorted(store(tmp_path).values()) == sorted([SECRET, TOKEN])
    for path in (tmp_path / "state" / "amzsql").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE(file(tmp_path).stat().st_mode) == 0o600
    # The second of an application asks for its token only.
    other = BY_NAME["na"].refresh_token
    assert "Northlake" in good(run("connections", "add", "other", "--simulator", typed=typed(other)))
    listed = good(run("connections", "list"))
    assert "shop" in listed
    assert "other" in listed


def test_no_secret_is_shown(run: Run, tmp_path: Path) -> None:
    results = [
        run("connections", "add", "shop", "-a", "mine", "--no-test", typed=typed(CLIENT, CANARY, REFRESH)),
        run("connections", "list"),
        run("applications", "list"),
        run("connections", "edit", "shop", "--refresh-token", "--no-test", typed=typed("Atza|canary7f3a", REFRESH)),
        run("applications", "secret", "mine", "--no-test", typed=typed(f"{CANARY}2")),
        run("test", "-c", "shop", "--set", "OAuthAccessTokenURL=http://127.0.0.1:1/"),
        run("logout", "shop", "--yes"),
        run("connections", "remove", "shop", "--yes"),
    ]
    assert [r.exit_code for r in results] == [0, 0, 0, 0, 0, 1, 0, 0]
    assert [r.output for r in results if "canary" in r.output] == []
    assert "canary" not in file(tmp_path).read_text("utf-8")
    assert list(store(tmp_path)) == ["applications.mine.client_secret", "applications.mine.previous_secret"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((SECRET, CLIENT, SECRET, TOKEN), "that is a client secret (OAuthClientSecret); amzn1.application-oa2-client"),
        ((CLIENT, TOKEN, SECRET, TOKEN), "that is a refresh token (OAuthRefreshToken); amzn1.oa2-cs"),
        (
            (CLIENT, SECRET, "Atza|x", TOKEN),
            "that is an access token (OAuthAccessToken), which lives for an hour",
        ),
        ((CLIENT, SECRET, "Atzr|x y", TOKEN), "without white space: copy it again"),
    ],
)
def test_what_stands_in_anothers_place_is_asked_for_again(run: Run, lines: tuple[str, ...], told: str) -> None:
    result = run("connections", "add", "shop", "--simulator", "-a", "mine", typed=typed(*lines))
    assert "Kupfer" in good(result)
    assert "error: OAuth" in result.stderr
    assert told in result.stderr


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((CLIENT, "amzn1.oa2-cs.v1.wrong", TOKEN), "invalid_client"),
        ((CLIENT, SECRET, BY_NAME["revoked"].refresh_token), "was revoked"),
    ],
)
def test_what_amazon_refuses_is_not_saved(run: Run, tmp_path: Path, lines: tuple[str, ...], told: str) -> None:
    result = run("connections", "add", "shop", "-a", "mine", "--simulator", typed=typed(*lines))
    assert result.exit_code == 1
    assert told in result.stderr
    assert not file(tmp_path).exists()
    assert store(tmp_path) == {}


def test_a_partly_filled_connection_is_saved_and_filled_later(run: Run, tmp_path: Path) -> None:
    result = run("connections", "add", "shop", "-a", "mine", "-m", "DE,FR", typed=typed(CLIENT, SECRET, ""))
    assert "shop is incomplete: it lacks OAuthRefreshToken" in result.stderr
    assert "incomplete: lacks OAuthRefreshToken" in good(run("connections", "list"))
    assert content(tmp_path)["connections"]["shop"] == {"application": "mine", "marketplaces": ["DE", "FR"]}
    with served(real_simulator()) as url:
        options = ("--set", f"Endpoint={url}", "--set", "MaxRows=7")
        said = good(run("connections", "edit", "shop", *options, "--no-test"))
        assert "Saved" in said
        assert "Account: Kupfer" in good(run("connections", "edit", "shop", typed=typed(TOKEN)))
        assert "lacks nothing" in run("connections", "edit", "shop").stderr
        found = settings(tmp_path, "shop")
        assert (found.max_rows, found.endpoint, len(found.marketplace)) == (7, url, 2)
        good(run("connections", "edit", "shop", "--unset", "MaxRows", "-m", "DE"))
        assert content(tmp_path)["connections"]["shop"]["marketplaces"] == ["DE"]
        assert "MaxRows" not in content(tmp_path)["connections"]["shop"]


def test_comments_and_order_stay(run: Run, tmp_path: Path) -> None:
    file(tmp_path).parent.mkdir(parents=True)
    written = (
        '# mine\n[connections.b]  # first\nSimulator = true\nMaxRows = 3 # few\n\n[connections."a b"]\nMaxRows=1\n'
    )
    file(tmp_path).write_text(written, "utf-8")
    good(run("connections", "edit", "b", "--set", "max_rows=4", "--no-test"))
    good(run("groups", "add", "all", "b", "a*"))
    text = file(tmp_path).read_text("utf-8")
    assert text.startswith(written.replace("MaxRows = 3", "MaxRows = 4"))
    assert content(tmp_path)["groups"] == {"all": {"connections": ["b", "a*"]}}
    assert "b, a b" in good(run("groups", "list"))
    assert stat.S_IMODE(file(tmp_path).stat().st_mode) == 0o600


def test_a_file_that_is_none_stays_as_it_is(run: Run, tmp_path: Path) -> None:
    file(tmp_path).parent.mkdir(parents=True)
    file(tmp_path).write_text("[connections.x", "utf-8")
    result = run("groups", "add", "all", "b")
    assert result.exit_code == 2
    assert "is not valid TOML" in result.stderr
    assert file(tmp_path).read_text("utf-8") == "[connections.x"


def test_a_link_is_followed_and_stays(run: Run, tmp_path: Path) -> None:
    file(tmp_path).parent.mkdir(parents=True)
    elsewhere = tmp_path / "dotfiles.toml"
    elsewhere.write_text("", "utf-8")
    file(tmp_path).symlink_to(elsewhere)
    good(run("groups", "add", "all", "b"))
    assert file(tmp_path).is_symlink()
    assert "all" in elsewhere.read_text("utf-8")


def test_secrets_in_the_systems_keyring(run: Run, tmp_path: Path) -> None:
    ring = Memory()
    keyring.set_keyring(ring)
    good(run("connections", "add", "shop", "-a", "mine", "--simulator", typed=typed(CLIENT, SECRET, TOKEN)))
    assert ring.kept == {
        ("amzsql", "applications.mine.client_secret"): SECRET,
        ("amzsql", "connections.shop.refresh_token"): TOKEN,
    }
    assert store(tmp_path) == {}
    assert settings(tmp_path, "shop").oauth_refresh_token.reveal() == TOKEN
    keyring.set_keyring(fail.Keyring())
    with pytest.raises(amzsql.OperationalError, match=r"keyring does not answer \(NoKeyringError\)"):
        settings(tmp_path, "shop")
    keyring.set_keyring(ring)
    good(run("connections", "remove", "shop", "--yes"))
    good(run("applications", "remove", "mine", "--yes"))
    assert ring.kept == {}


def test_a_secret_in_any_spelling_is_changed_and_the_old_one_dropped(run: Run, tmp_path: Path) -> None:
    good(run("connections", "add", "shop", "-a", "mine", "--no-test", typed=typed(CLIENT, SECRET, TOKEN)))
    text = file(tmp_path).read_text("utf-8").replace("refresh_token =", "OAuthRefreshToken =")
    file(tmp_path).write_text(text, "utf-8")
    good(run("connections", "edit", "shop", "--refresh-token", "--clear-text", "--no-test", typed=typed(REFRESH)))
    assert content(tmp_path)["connections"]["shop"]["OAuthRefreshToken"] == REFRESH
    assert list(store(tmp_path)) == ["applications.mine.client_secret"]


def test_clear_text_only_when_told(run: Run, tmp_path: Path) -> None:
    lines = typed(CLIENT, SECRET, TOKEN)
    assert "in clear" in good(
        run("connections", "add", "shop", "--clear-text", "--simulator", "-a", "mine", typed=lines)
    )
    assert content(tmp_path)["connections"]["shop"]["refresh_token"] == TOKEN
    assert store(tmp_path) == {}
    assert "clear text" in good(run("connections", "list"))


def test_logging_out_forgets_the_tokens(run: Run, tmp_path: Path) -> None:
    with served(real_simulator()) as url:
        options = ("-a", "mine", "-m", "DE", "--set", f"Endpoint={url}")
        good(run("connections", "add", "shop", *options, typed=typed(CLIENT, SECRET, TOKEN)))
        good(run("test", "-c", "shop"))
        tokens = tmp_path / "state" / "amzsql" / "tokens.json"
        assert "Atza|" in tokens.read_text("utf-8")
        good(run("logout", "shop", "--yes"))
        assert "Atza|" not in tokens.read_text("utf-8")
        assert list(store(tmp_path)) == ["applications.mine.client_secret"]
        assert "incomplete: lacks OAuthRefreshToken" in good(run("connections", "list"))
        refused = run("query", "-c", "shop", "SELECT * FROM MarketplaceParticipations")
        assert "needs OAuthRefreshToken" in refused.stderr or "OAuthAccessToken" in refused.stderr


def test_a_new_secret_is_tried_and_the_old_one_kept(run: Run, tmp_path: Path) -> None:
    with served(real_simulator()) as url:
        options = ("-a", "mine", "-m", "US", "--set", f"Endpoint={url}")
        good(run("connections", "add", "a", *options, typed=typed("amzn1.application-oa2-client.x", CANARY, REFRESH)))
        refused = run("applications", "secret", "mine", typed=typed("amzn1.oa2-cs.v1.wrong"))
        assert refused.exit_code == 1
        assert settings(tmp_path, "a").oauth_client_secret.reveal() == CANARY
        said = good(run("applications", "secret", "mine", typed=typed(f"{CANARY}2")))
    assert "tried with the connection a" in said
    assert "kept as the second until" in said
    found = settings(tmp_path, "a")
    assert (found.oauth_client_secret.reveal(), found.oauth_previous_secret.reveal()) == (f"{CANARY}2", CANARY)
    assert date.today() - found.oauth_secret_date <= timedelta(days=1)
    assert "0 days" in good(run("applications", "list"))


IMPORTED = f"""name;application;refresh token;marketplaces
eu-1;mine;{TOKEN};DE,FR
na-1;mine;{BY_NAME["na"].refresh_token};US
gone;mine;{BY_NAME["revoked"].refresh_token};US
later;mine;;US
"""


def test_many_are_made_out_of_a_file(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "accounts.csv"
    table.write_text(IMPORTED, "utf-8-sig")
    good(run("applications", "add", "mine", typed=typed(CLIENT, SECRET)))
    with served(real_simulator()) as url:
        table.write_text(IMPORTED.replace("\n", f";{url}\n").replace(f"marketplaces;{url}", "marketplaces;Endpoint"))
        result = run("connections", "import", str(table))
    assert result.exit_code == 1
    assert "eu-1: saved (Kupfer & Söhne GmbH, Europe" in result.stdout
    assert "later: saved (incomplete: lacks OAuthRefreshToken)" in result.stdout
    assert "3 of 4 connections saved" in result.stdout
    assert "line 4, gone: not saved: Login with Amazon refused the credentials" in result.stderr
    assert "Atzr|" not in result.output
    assert set(content(tmp_path)["connections"]) == {"eu-1", "na-1", "later"}
    assert len(store(tmp_path)) == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name,refresh_token\na,canary\na,Atzr|canary\n", "line 2: OAuthRefreshToken: Atzr|… is wanted"),
        ("name,refresh_token\na,Atzr|canary\na,Atzr|canary\n", "line 3: there is a connection a already"),
        ("name,application\na,none\n", "line 2: there is no application none"),
        ("name,MaxRows\na,many\n", "line 2: MaxRows: the value must be a whole number"),
        ("name,marketplaces\na,Atlantis\n", "line 2: Marketplace: there is none called"),
        ("name,MaxRow\na,1\n", "there is no property 'MaxRow'"),
        ("name,refresh_token\na\n", "line 2: it has 1 cells, and the first line 2"),
        ("refresh_token\ncanary\n", "needs the column name"),
        ("", "is empty"),
        ('name\n"a', "line 2: unexpected end of data"),
    ],
)  # fmt: skip
def test_a_file_with_a_wrong_line_saves_nothing(run: Run, tmp_path: Path, text: str, told: str) -> None:
    table = tmp_path / "accounts.csv"
    table.write_text(text, "utf-8")
    result = run("connections", "import", str(table))
    assert result.exit_code == 2
    assert told in result.stderr
    assert "canary" not in result.output
    assert not file(tmp_path).exists()


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["connections", "edit", "shpo"], "holds no connection 'shpo'. Did you mean shop?"),
        (["connections", "remove", "x", "-y"], "holds no connection 'x'"),
        (["connections", "add", "shop"], "There is a connection shop in"),
        (["connections", "add", "a/b", "--simulator"], "no / and no :"),
        (["connections", "add", "b", "--set", "MaxRow=1"], "no property 'MaxRow'"),
        (["connections", "add", "b", "--simulator", "--keep", "store", "--clear-text"], "are two places"),
        (["applications", "remove", "mine", "-y"], "is used by shop"),
        (["applications", "secret", "his"], "holds no application 'his'"),
        (["applications", "add", "mine"], "There is an application mine"),
        (["groups", "add", "shop", "x"], "a group needs a name of its own"),
        (["groups", "remove", "all", "-y"], "holds no group 'all'"),
        (["logout", "x", "-y"], "holds no connection 'x'"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(run: Run, command: list[str], told: str) -> None:
    good(run("connections", "add", "shop", "-a", "mine", "--no-test", typed=typed(CLIENT, SECRET, TOKEN)))
    result = run(*command)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1), result.output
    assert told in result.stderr


def test_a_slip_in_the_file_is_told_with_its_place(run: Run, tmp_path: Path) -> None:
    file(tmp_path).parent.mkdir(parents=True)
    file(tmp_path).write_text('[connections.shop]\nrefresh_tokn = "canary"\n', "utf-8")
    result = run("connections", "list")
    assert result.exit_code == 2
    assert f"{file(tmp_path)}, [connections.shop]: there is no property 'refresh_tokn'" in result.stderr
    assert "canary" not in result.output


def test_nothing_to_list_says_what_to_do(run: Run) -> None:
    assert (run("connections").exit_code, run("connections").stderr) == (2, "")
    for what in ("connections", "applications", "groups"):
        assert f"amzsql {what} add NAME" in run(what, "list").stderr


def test_removing_warns_of_groups_that_name_it(run: Run, tmp_path: Path) -> None:
    good(run("connections", "add", "shop", "--simulator"))
    assert "Saved: the group all of 1 connections: shop." in good(run("groups", "add", "all", "shop"))
    result = run("connections", "remove", "shop", typed="y\n")
    assert "The group all still names shop." in result.stderr
    assert "connections" not in content(tmp_path)
    assert "There is no connection shop yet" in run("groups", "add", "all", "shop").stderr


def test_a_kept_secret_that_is_gone_is_warned_of(run: Run, tmp_path: Path) -> None:
    good(run("connections", "add", "shop", "-a", "mine", "--no-test", typed=typed(CLIENT, SECRET, TOKEN)))
    (tmp_path / "state" / "amzsql" / "secrets.json").unlink()
    found = settings(tmp_path, "shop")
    assert found.oauth_refresh_token is None
    assert ["amzsql connections edit shop" in text for text in found.warnings] == [True, True]
    (tmp_path / "state" / "amzsql" / "secrets.json").write_text("{}", "utf-8")
    (tmp_path / "state" / "amzsql" / "secrets.json").chmod(0o644)
    with pytest.raises(amzsql.OperationalError, match="is open to others: chmod 600"):
        settings(tmp_path, "shop")
