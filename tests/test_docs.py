"""The pages say what is so: blocks marked `<!-- runs -->` are run, figures and links are checked."""

from __future__ import annotations

import contextlib
import dataclasses
import html
import importlib
import itertools
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from commanding import commanded
from sqlalchemy.dialects import registry as dialects

from amzsql import settings, spapi
from amzsql.cli.show import rate
from amzsql.simulator import faults

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MARKED = re.compile(r"<!-- runs -->\n```(\w+)\n(.*?)```", re.DOTALL)
WITH = re.compile(r"<!-- runs with (\w+) -->\n```python\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    return [text for kind, text in MARKED.findall(page.read_text("utf-8")) if kind == language]


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=name)
def test_python_blocks_run(page: Path) -> None:
    # An installed amzsql is found by its entry point, a checkout is not.
    dialects.register("amzsql", "amzsql_dialect.base", "AmzsqlDialect")
    space: dict[str, object] = {}
    for number, text in enumerate(blocks(page, "python"), 1):
        exec(compile(text, f"{name(page)}, block {number}", "exec"), space)


TOOLS = [(page, tool, text) for page in PAGES for tool, text in WITH.findall(page.read_text("utf-8"))]


@pytest.mark.parametrize(("page", "tool", "text"), TOOLS, ids=[f"{name(page)} {tool}" for page, tool, _ in TOOLS])
def test_python_blocks_run_with_their_tool(page: Path, tool: str, text: str, tmp_path: Path) -> None:
    pytest.importorskip(tool, reason=f"{tool} is installed by nox -s dlt or nox -s tools")
    dialects.register("amzsql", "amzsql_dialect.base", "AmzsqlDialect")
    with contextlib.chdir(tmp_path):
        exec(compile(text, name(page), "exec"), {})


def pictured(picture: str) -> list[str]:
    """Return the lines of a drawn terminal, the title left out."""
    svg = (ROOT / "docs" / "images" / f"{picture}.svg").read_text("utf-8")
    found = re.findall(r"<text[^>]*?\by=\"([\d.]+)\"[^>]*>([^<]*)</text>", svg)[1:]
    lines = (f"{''.join(part for _, part in parts)}" for _, parts in itertools.groupby(found, key=lambda f: f[0]))
    return [html.unescape(line).replace("\xa0", " ").strip() for line in lines]


def test_the_pictures_of_sessions_show_what_is_printed() -> None:
    dialects.register("amzsql", "amzsql_dialect.base", "AmzsqlDialect")
    with contextlib.ExitStack() as undo:
        undo.callback(sys.path.remove, str(ROOT / "docs"))
        sys.path.insert(0, str(ROOT / "docs"))
        sessions = importlib.import_module("session_pictures")
    for picture, statements in sessions.SESSIONS.items():
        typed = [line.strip() for text in statements for line in text.splitlines()]
        assert [line[4:].strip() for line in pictured(picture) if line.startswith((">>> ", "... "))] == typed, picture
    said = sessions.shown(sessions.SESSIONS["sqlalchemy"], {})
    assert [line for line in pictured("sqlalchemy") if line] == [line.strip() for line in said.splitlines() if line]


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of a console block with the lines that it is said to print."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *lines = part.splitlines()
        yield command, lines


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "console")], ids=name)
def test_console_blocks_run(page: Path) -> None:
    for text in blocks(page, "console"):
        for command, lines in commands(text):
            program, *arguments = shlex.split(command)
            assert program == "amzsql"
            result = commanded(*arguments)
            assert result.exit_code == 0, f"{command}\n{result.output}"
            shown = [line.strip() for line in result.stdout.splitlines()]
            for line in lines:
                pattern = ".*".join(re.escape(part.strip()) for part in line.split("…"))
                assert any(re.fullmatch(pattern, s) for s in shown), f"{command}: {line}"


def test_links_lead_somewhere() -> None:
    found = [(page, target) for page in PAGES for target in LINK.findall(page.read_text("utf-8"))]
    assert len(found) > len(PAGES)
    assert [(name(page), target) for page, target in found if not (page.parent / target).exists()] == []


def test_the_commands_of_the_readme_are_there() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert "pip install . && amzsql demo" in text
    assert "pip install '.[test]' && pytest" in text


def test_rates_and_pages_are_the_facts() -> None:
    text = (ROOT / "docs" / "speed.md").read_text("utf-8")
    rows = re.findall(r"^\| (\w[\w-]*\.\w+) \| (.*?) \| (\d+) \| (\d*) ?\|$", text, re.MULTILINE)
    assert len(rows) >= 5
    for operation, told, burst, page in rows:
        fact = spapi.operation(operation)
        assert (told, int(burst)) == (rate(fact.rate.rate), fact.rate.burst), operation
        if page:
            assert fact.paging is not None
            assert (fact.paging.size_max or fact.paging.size_default) == int(page), operation


JARS = {
    "orders": ("orders_2026-01-01.searchOrders", 179, 100),
    "items of an order, one by one": ("ordersV0.getOrderItems", 2, None),
    "payments and fees": ("finances_2024-06-19.listTransactions", 2, 100),
    "stock at Amazon": ("fbaInventory.getInventorySummaries", 0.5, 50),
    "a report": ("reports_2021-06-30.createReport", 60, None),
}


def test_the_tokens_of_the_page_on_quotas_are_the_facts() -> None:
    text = (ROOT / "docs" / "quotas-for-bi.md").read_text("utf-8")
    table = text.partition("| what is asked |")[2].partition("\n\n")[0]
    told = re.findall(r"^\| (.*?) \| \D*?(\d*)\D*? \| (\d+)", table, re.MULTILINE)
    assert [what for what, _, _ in told] == [*JARS]
    for what, size, burst in told:
        operation, seconds, page = JARS[what]
        fact = spapi.operation(operation)
        assert fact.rate.burst == int(burst), what
        assert 1 / fact.rate.rate == pytest.approx(seconds, rel=0.01), what
        if page:
            assert fact.paging is not None
            assert (fact.paging.size_max or fact.paging.size_default) == page == int(size), what


def test_properties_that_pages_name_are_taken() -> None:
    text = (ROOT / "docs" / "speed.md").read_text("utf-8")
    named = re.findall(r"`([A-Z]\w+)=([\d.]+)`", text)
    assert len(named) >= 4
    quotas = (ROOT / "docs" / "quotas-for-bi.md").read_text("utf-8")
    named += re.findall(r"^\| `([A-Z]\w+)` \| `([\w.]+)` \|", quotas, re.MULTILINE)
    assert len(named) >= 10
    for known, value in named:
        settings.read(f"{known}={value}", environment={})


def test_the_connection_of_getting_started_can_be_read(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "getting-started.md").read_text("utf-8")
    found = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert found is not None
    file = tmp_path / "connections.toml"
    file.write_text(found.group(1))
    file.chmod(0o600)
    secrets = {"AMAZON_CLIENT_SECRET": "one", "AMAZON_REFRESH_TOKEN": "two"}
    read = settings.read("Connection=shop", environment=secrets, config_folder=tmp_path)
    assert [m.country for m in read.marketplace] == ["DE", "FR"]
    assert read.oauth_refresh_token is not None
    assert read.oauth_refresh_token.reveal() == "two"
    read.check_credentials()


def kinds_table() -> str:
    text = (ROOT / "docs" / "simulator.md").read_text("utf-8")
    return text.partition("| kind | what happens |")[2].partition("\n\n")[0]


def test_the_scenario_of_the_simulators_page_is_one() -> None:
    found = re.search(r"```toml\n(.*?)```", (ROOT / "docs" / "simulator.md").read_text("utf-8"), re.DOTALL)
    assert found is not None
    scenario = faults.scenario(tomllib.loads(found.group(1)))
    assert [f.kind for f in scenario.faults] == ["status", "reset"]
    told = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", kinds_table(), re.MULTILINE))))
    assert told == set(faults.KINDS)


def test_the_options_of_faults_are_all_told_and_the_headers_shown_are_taken() -> None:
    text = (ROOT / "docs" / "simulator.md").read_text("utf-8")
    table = text.partition("| option | of which faults | what it says |")[2].partition("\n\n")[0]
    told = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", table, re.MULTILINE))))
    assert told == {f.name for f in dataclasses.fields(faults.Fault)} - {"kind"}
    shown = text.partition("The header `x-amzsql-fault` takes")[2].partition(" A file holds")[0]
    found = [faults.of_header(header).kind for header in re.findall(r"`([^`]+)`", shown)]
    assert found == ["status", "reset", "status", "drip"]
