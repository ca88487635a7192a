"""The command line, in this process where that suffices and in others where it does not."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from commanding import commanded
from pyarrow import parquet
from typer.testing import Result

from amzsql import __version__
from amzsql.catalog import registry
from amzsql.cli import demo, running
from amzsql.simulator import __main__ as serving

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-m", "amzsql.cli"]
THREE = "SELECT AmazonOrderId, PurchaseDate, OrderTotalAmount, MarketplaceId FROM Orders LIMIT 3"
CANARY = "CANARY-7f3a9b"


_FOLDER = tempfile.TemporaryDirectory()
# The user's connections and state stay out of the tests, here and in the processes they start. None: not set.
_ENV: dict[str, str | None] = {
    **{name: None for name in os.environ if name.upper().startswith("AMZSQL_")},
    # What one test reads does not serve the next.
    "AMZSQL_SHARESCANS": "0",
    "XDG_CONFIG_HOME": f"{_FOLDER.name}/config",
    "XDG_STATE_HOME": f"{_FOLDER.name}/state",
}
ELSEWHERE = {name: value for name, value in {**os.environ, **_ENV}.items() if value is not None}


def run(*arguments: str, stdin: str | None = None) -> Result:
    return commanded(*arguments, stdin=stdin, env=_ENV)


def query(*arguments: str, stdin: str | None = None) -> Result:
    return run("query", "--simulator", *arguments, stdin=stdin)


def good(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def process(*arguments: str, **options: object) -> subprocess.Popen[str]:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT, "env": ELSEWHERE}
    return subprocess.Popen([*COMMAND, *arguments], **{**pipes, **options})  # type: ignore[call-overload,no-any-return]


# -- the demo and what needs no statement ------------------------------------------------------------------------------


def test_the_demo_answers_every_question() -> None:
    text = good(run("demo"))
    for question in demo.QUESTIONS:
        assert question.title in text
    assert text.count("on Amazon's clock") == len(demo.QUESTIONS)
    assert f"{len(demo.QUESTIONS)} questions answered" in text
    assert "orders_2026-01-01.searchOrders" in text or "ordersV0.getOrders" in text
    assert "min) on Amazon's clock" in text


def test_the_demo_warns_of_nothing() -> None:
    found = subprocess.run([*COMMAND, "demo"], cwd=ROOT, env=ELSEWHERE, capture_output=True, text=True, timeout=100)
    assert (found.returncode, found.stderr) == (0, "")


def test_a_demo_that_fails_says_so_by_its_exit_code() -> None:
    broken = demo.Question("broken", "SELECT NoSuchColumn FROM Orders")
    with pytest.raises(Exception, match="NoSuchColumn"):
        demo.run(demo.Console(file=io.StringIO()), [broken])


def test_version_and_help() -> None:
    assert good(run("--version")) == f"amzsql {__version__}\n"
    text = good(run("--help"))
    for command in ("demo", "query", "explain", "tables", "describe", "test", "quota", "simulator"):
        assert command in text


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from amzsql.cli.commands import app; "
        "print([m for m in ('duckdb', 'httpx', 'sqlglot', 'sqlalchemy') if m in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=ELSEWHERE, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


# -- query: formats ----------------------------------------------------------------------------------------------------


def reference() -> list[dict[str, object]]:
    return [json.loads(line, parse_float=Decimal) for line in good(query(THREE, "--format", "jsonl")).splitlines()]


def test_csv_is_the_default_in_a_pipe() -> None:
    rows = list(csv.DictReader(io.StringIO(good(query(THREE)))))
    assert [r["AmazonOrderId"] for r in rows] == [r["AmazonOrderId"] for r in reference()]
    assert all(r["PurchaseDate"].endswith("Z") and "T" in r["PurchaseDate"] for r in rows)


def test_csv_quotes_what_must_be() -> None:
    text = good(query("SELECT 'a,b' AS \"x,y\", 'say \"hi\"' AS q, 'two\nlines' AS l, NULL AS n, true AS t"))
    header, row = csv.reader(io.StringIO(text))
    assert header == ["x,y", "q", "l", "n", "t"]
    assert row == ["a,b", 'say "hi"', "two\nlines", "", "true"]


def test_json_is_one_array_and_keeps_every_digit() -> None:
    text = good(query("SELECT CAST('12345678901234.5670' AS DECIMAL(18,4)) AS m, 1 AS a, 2 AS a", "--format", "json"))
    assert json.loads(text, parse_float=Decimal) == [{"m": Decimal("12345678901234.5670"), "a": 1, "a_2": 2}]
    assert json.loads(good(query("SELECT 1 AS a WHERE false", "--format", "json"))) == []
    assert len(json.loads(good(query(THREE, "--format", "json")))) == 3


@pytest.mark.parametrize("suffix", ["parquet", "arrow", "csv", "jsonl", "json", "txt"])
def test_a_file_gets_the_format_of_its_suffix(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"rows.{suffix}"
    assert good(query(THREE, "--output", str(target))) == ""
    ids = [r["AmazonOrderId"] for r in reference()]
    assert read_ids(target) == ids
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".part")] == []


def read_ids(path: Path) -> list[str]:
    if path.suffix == ".parquet":
        table = parquet.read_table(path)
        assert table.schema.field("OrderTotalAmount").type == pa.decimal128(18, 4)
        return list(table["AmazonOrderId"].to_pylist())
    if path.suffix == ".arrow":
        with pa.OSFile(str(path)) as file:
            return list(pa.ipc.open_stream(file).read_all()["AmazonOrderId"].to_pylist())
    text = path.read_text("utf-8")
    if path.suffix == ".csv":
        return [r["AmazonOrderId"] for r in csv.DictReader(io.StringIO(text))]
    if path.suffix == ".txt":
        return [line.split()[0] for line in text.splitlines() if line[:4].strip()[:3].isdigit()]
    rows = json.loads(text) if path.suffix == ".json" else [json.loads(line) for line in text.splitlines()]
    return [r["AmazonOrderId"] for r in rows]


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_no_rows_are_a_readable_file(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"none.{suffix}"
    good(query("SELECT AmazonOrderId, OrderTotalAmount FROM Orders WHERE 1 = 0", "--output", str(target)))
    assert read_ids(target) == []


def test_a_statement_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "rows.csv"
    target.write_text("old")
    failing = "SELECT CAST(AmazonOrderId AS BIGINT) FROM Orders LIMIT 3"
    result = query(failing, "--output", str(target))
    assert result.exit_code != 0
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".part")] == []


def test_a_table_shows_all_of_a_value_and_no_control_characters() -> None:
    long = "x" * 300
    text = good(query(f"SELECT '{long}' AS a, chr(27) || '[31mred' AS b, NULL AS c", "--format", "table"))
    assert long in text
    assert "\x1b" not in text
    assert "\\x1b[31mred" in text
    assert text.rstrip().endswith("1 row")


# -- query: where statement and parameters come from -------------------------------------------------------------------


def test_the_statement_comes_from_the_argument_stdin_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "q.sql"
    file.write_text("SELECT 'from a file' AS a\n")
    assert good(query("-", stdin="SELECT 'from stdin' AS a")) == "a\nfrom stdin\n"
    assert good(query("--file", str(file))) == "a\nfrom a file\n"
    for wrong in ([], ["SELECT 1", "--file", str(file)], ["  "]):
        assert query(*wrong).exit_code == 2


def test_parameters_by_position_and_by_name() -> None:
    assert good(query("SELECT ? AS a, ? AS b", "-p", "7", "-p", "O'Neil")) == "a,b\n7,O'Neil\n"
    assert good(query("SELECT @x AS a, @y AS b", "-p", "@x=1.50", "-p", "@y='7'")) == "a,b\n1.50,7\n"
    assert query("SELECT ?", "-p", "7", "-p", "@x=1").exit_code == 2


def test_values_of_parameters() -> None:
    values = ["7", "-1.50", "007", "true", "NULL", "'7'", "x=y"]
    assert [running.literal(v) for v in values] == [7, Decimal("-1.50"), "007", True, None, "7", "x=y"]


def test_stats_go_to_stderr() -> None:
    result = query(THREE, "--stats", "--set", "Marketplace=US")
    assert len(good(result).splitlines()) == 4
    assert "3 rows, 1 requests (1 planned)" in result.stderr


# -- query: what goes wrong --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["SELECT * FROM Ordrs"], 2, "Did you mean Orders"),
        (["SELECT OrderSttus FROM Orders"], 2, "OrderStatus"),
        (["SELEC 1"], 2, ""),
        (["SELECT 1; SELECT 2"], 2, ""),
        (["SELECT 1", "--set", "Marketplac=US"], 2, "Marketplace"),
        (["SELECT 1", "--set", "Marketplace"], 2, "Name=Value"),
        (["SELECT 1", "--output", "x.doc"], 2, "--format"),
        (["SELECT * FROM Orders", "--set", "MaxRequests=1", "--set", "Marketplace=US"], 1, "MaxRequests"),
        (
            ["SELECT 1", "--output", "/no/such/folder/x.csv"],
            1,
            "folder /no/such/folder of /no/such/folder/x.csv does not",
        ),
        (["SELECT 1", "--file", "/no/such/file.sql"], 2, ""),
        (["--file", "/no/such/file.sql"], 2, "--file /no/such/file.sql: No such file"),
        (["--file", "/"], 2, "--file /: Is a directory"),
        (["SELECT 1", "--output", "/", "--format", "csv"], 1, "/: Is a directory"),
        (["SELECT 1", "--format", "xml"], 2, "'xml' is not one of 'table', 'csv'"),
        (["--nonsense"], 2, "No such option: --nonsense"),
        (["SELECT 1", "SELECT 2"], 2, "SELECT 2"),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(arguments: list[str], code: int, told: str) -> None:
    result = query(*arguments)
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    errors = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert told in errors[0]
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["qury"], "Did you mean 'query'? See amzsql --help."),
        (["nonsense"], "No such command 'nonsense'. See amzsql --help."),
        (["describe"], "Missing argument 'TABLE'. See amzsql describe --help."),
        (["describe", "Ordrs"], "Did you mean Orders"),
        (["describe", "sys.nonsense"], "There is no table nonsense in schema sys."),
        (
            ["describe", "InboundPlan"],
            "It is in SellerCentral: write SellerCentral.InboundPlan, or connect with Schema=",
        ),
        (["tables", "InboundPlan"], "Schema SellerCentral has InboundPlan, "),
        (["describe", "Foo.Orders"], "There is no schema Foo."),
        (["tables", "--schema", "Foo"], "There is no schema Foo."),
        (["query", "-c"], "requires an argument"),
        (["query", "-c", "nonsense", "SELECT 1"], "connections.toml"),
        (["simulator", "--port", "65536"], "--port takes 0 to 65535"),
        (["simulator", "--port", "80x"], "--port"),
        (["simulator", "--orders", "-5"], "--orders takes 0 to 1,000,000, not -5."),
        (["simulator", "--orders", "1000001"], "--orders takes 0 to 1,000,000"),
        (["simulator", "--today", "garbage"], "--today"),
        (["simulator", "--today", "0001-01-01"], "--today takes a day of the years 1980 to 2999"),
        (["simulator", "--seed", "garbage"], "--seed"),
        (["simulator", "--throttle", "maybe"], "--throttle"),
    ],
)
def test_a_wrong_use_is_one_line(arguments: list[str], told: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert told in result.stderr


@pytest.mark.parametrize("source", ["file", "stdin"])
def test_a_statement_must_be_text(tmp_path: Path, source: str) -> None:
    file = tmp_path / "picture.sql"
    file.write_bytes(b"\xff\xfe\x00")
    arguments = ["--file", str(file)] if source == "file" else ["-"]
    with file.open("rb") as stdin:
        found = subprocess.run(
            [*COMMAND, "query", "--simulator", *arguments],
            cwd=ROOT, env=ELSEWHERE, stdin=stdin, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    assert found.returncode == 2
    assert "is not text in UTF-8" in found.stderr
    assert "Traceback" not in found.stderr


def test_without_a_command_it_shows_what_there_is() -> None:
    result = run()
    assert result.exit_code == 2
    assert "simulator" in result.output


def test_debug_raises() -> None:
    result = query("SELECT * FROM Ordrs", "--debug")
    assert type(result.exception).__name__ == "ProgrammingError"


@pytest.mark.parametrize("command", [["query", THREE], ["explain", "--analyze", THREE], ["test"], ["quota"]])
def test_without_credentials_it_says_what_is_missing(command: list[str]) -> None:
    result = run(*command)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "credentials: there are none. Name a connection" in result.stderr
    half = run(*command, "--set", "OAuthClientId=id")
    assert half.exit_code == 2
    assert "OAuthAccessToken (or OAuthRefreshToken)" in half.stderr


def test_explain_needs_no_credentials() -> None:
    text = good(run("explain", THREE, "--set", "Marketplace=US", "--format", "csv"))
    assert list(csv.DictReader(io.StringIO(text)))[-1]["Requests"] == "1"
    assert "MarketplaceParticipations" in good(run("explain", THREE))
    assert good(run("query", "SELECT 1 AS a")) == "a\n1\n"


def test_no_secret_is_ever_printed() -> None:
    secret = [f"OAuthClientSecret={CANARY}", f"OAuthRefreshToken={CANARY}", "OAuthClientId=id"]
    nowhere = ["Endpoint=http://127.0.0.1:9", "OAuthAccessTokenURL=http://127.0.0.1:9/token"]
    properties = [*secret, *nowhere, "Marketplace=US", "MaxRetries=0"]
    options = [part for p in properties for part in ("--set", p)]
    debug = ["query", THREE, "--debug", *options]
    found = subprocess.run([*COMMAND, *debug], cwd=ROOT, env=ELSEWHERE, capture_output=True, text=True, timeout=60)
    told = [(found.stdout, found.stderr)]
    for command in (["query", THREE], debug[: -len(options)], ["test"], ["quota"], ["explain", THREE]):
        here = run(*command, *options)
        told.append((here.stdout, here.stderr))
    for out, complaints in told:
        assert CANARY not in out + complaints
        assert "OAuthClientSecret stands on the command line" in complaints
    bad = run("query", "SELECT 1", "-c", f"OAuthRefreshToken={CANARY};Nonsense=1")
    assert bad.exit_code == 2
    assert CANARY not in bad.output


# -- the other commands ------------------------------------------------------------------------------------------------


def test_explain_shows_requests_and_parameters() -> None:
    fresh = ["--set", "Simulator=seed=77"]  # a world whose buckets no other test has drained
    text = good(run("explain", THREE, *fresh, "--set", "Marketplace=US"))
    assert "orders_2026-01-01.searchOrders" in text
    assert "maxResultsPerPage=3" in text
    assert "Total" in text
    rows = list(csv.DictReader(io.StringIO(good(run("explain", "--simulator", "--format", "csv", THREE)))))
    assert rows[-1]["Node"] == "Total"
    assert rows[-1]["Requests"] in ("1", "2")


def test_explain_analyze_says_what_happened() -> None:
    assert "ActualRequests" in good(run("explain", "--simulator", "--analyze", THREE))


def test_tables_by_pattern() -> None:
    everything = good(run("tables"))
    assert "Orders" in everything
    assert "ListingsItems" in everything
    some = good(run("tables", "order*s"))
    assert "OrderItems" in some
    assert "ListingsItems" not in some
    none = run("tables", "Ordres")
    assert none.exit_code == 2
    assert "Did you mean Orders" in none.stderr


@pytest.mark.parametrize("name", ["Orders", "orders", "SellingPartner.Orders"])
def test_describe(name: str) -> None:
    text = good(run("describe", name))
    assert "Key: AmazonOrderId" in text
    assert "DECIMAL(18,4)" in text
    assert "orders_2026-01-01.searchOrders" in text
    assert "1 in 179 s, burst 20" in text
    assert registry.table("SellingPartner", "Orders").entry.example in text


@pytest.mark.parametrize("name", ["sys_quota", "SYS_QUOTA", "sys.sys_quota"])
def test_describe_knows_the_metadata_tables(name: str) -> None:
    text = good(run("describe", name))
    assert "sys.sys_quota" in text
    assert "LearnedRate" in text
    assert "sys_quota" in good(run("tables", "--schema", "sys"))


def test_describe_says_which_filters_are_needed() -> None:
    text = good(run("describe", "ReportList"))
    assert "filters it needs: ReportType" in text
    wrong = run("describe", "ReportLst")
    assert wrong.exit_code == 2
    assert "Did you mean ReportList" in wrong.stderr


def test_reports_are_shown_to_whoever_names_them() -> None:
    assert "REPORT_" not in good(run("tables"))
    some = good(run("tables", "report_*ledger*"))
    assert "REPORT_GET_LEDGER_DETAIL_VIEW_DATA" in some
    assert "REPORT_GET_AFN_INVENTORY_DATA" not in some
    text = good(run("describe", "report_get_vendor_sales_report"))
    assert "filters it needs: ReportPeriod, DistributorView, SellingProgram" in text
    wrong = run("describe", "GET_VENDOR_SALES_REPORT")
    assert "are REPORT_GET_VENDOR_SALES_REPORT." in wrong.stderr
    gone = good(run("describe", "REPORT_GET_FBA_INVENTORY_AGED_DATA"))
    assert "Read REPORT_GET_FBA_INVENTORY_PLANNING_DATA instead." in gone


def test_the_connection_is_proved() -> None:
    text = good(run("test", "--simulator"))
    assert "ok        Token: Amazon takes the refresh token" in text
    assert "ok        Marketplaces: United States (USD), Canada (CAD), Mexico (MXN)" in text
    wrong = run("test", "--simulator", "--set", "Marketplace=UnitedKingdom,Germany")
    assert wrong.exit_code != 0
    assert "error: " in wrong.stderr


def test_quota_shows_the_buckets() -> None:
    lines = {line.split()[0]: line for line in good(run("quota", "--simulator")).splitlines() if "." in line}
    assert "1 in 59.9 s" in lines["ordersV0.getOrders"]


# -- other processes ---------------------------------------------------------------------------------------------------


@pytest.fixture
def served() -> Iterator[str]:
    """The connection string of a simulator in another process, as it prints it."""
    with process("simulator", "--port", "0", "--orders", "3000") as server:
        assert server.stdout is not None
        for line in server.stdout:
            if "amzsql.connect(" in line:
                yield line.split('"')[1] + ";Marketplace=US"
                break
        else:
            pytest.fail(server.stderr.read() if server.stderr else "no address")
        server.terminate()
        server.wait(10)


def test_a_port_in_use_is_said(served: str) -> None:
    port = served.split("http://127.0.0.1:")[1].split(";")[0]
    line = f"error: Port {port} is in use: choose another, or 0 for a free one.\n"
    result = run("simulator", "--port", port, "--orders", "10")
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", line)
    assert module("--port", port, "--orders", "10") == (2, "", line)


def module(*arguments: str) -> tuple[int, str, str]:
    """Run `python -m amzsql.simulator`; return its exit code, stdout and stderr."""
    command = [sys.executable, "-m", "amzsql.simulator", *arguments]
    found = subprocess.run(command, cwd=ROOT, env=ELSEWHERE, capture_output=True, text=True, timeout=60)
    return found.returncode, found.stdout, found.stderr


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--port", "70000", "--port takes 0 to 65535, not 70000"),
        ("--orders", "-5", "--orders takes 0 to 1,000,000, not -5."),
        ("--orders", "1000001", "--orders takes 0 to 1,000,000"),
        ("--today", "garbage", "--today: takes a day such as 2027-04-01, not 'garbage'"),
        ("--today", "9999-12-31", "--today takes a day of the years 1980 to 2999"),
        ("--seed", "garbage", "--seed: takes a whole number, not 'garbage'"),
        ("--throttle", "maybe", "invalid choice: 'maybe'"),
    ],
)
def test_the_simulators_module_refuses_in_one_line(
    option: str, value: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        serving.main([option, value])
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert told in err


def test_a_second_process_asks_the_simulator(served: str) -> None:
    found = subprocess.run(
        [*COMMAND, "query", "-c", served, THREE, "--format", "jsonl", "--stats"],
        cwd=ROOT, env=ELSEWHERE, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    assert len([json.loads(line) for line in found.stdout.splitlines()]) == 3
    assert "1 requests" in found.stderr


def test_ctrl_c_cancels_a_wait(served: str) -> None:
    def listen() -> None:
        # A suite that runs in the background is deaf to Ctrl-C, and so would be its children.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    many = "SELECT AmazonOrderId, Title FROM OrderItems WHERE PurchaseDate >= CURRENT_DATE - INTERVAL 700 DAY"
    with process("query", "-c", served, many, "--output", "/dev/null", "--format", "csv", preexec_fn=listen) as asking:
        assert asking.stderr is not None
        said = []
        for line in asking.stderr:
            said.append(line)
            if "next call in" in line:
                asking.send_signal(signal.SIGINT)
                break
        rest = asking.stderr.read()
        assert asking.wait(20) == 130, "".join(said) + rest
        assert "cancelled" in rest
        assert "Traceback" not in rest


def test_a_reader_that_goes_away_is_no_error() -> None:
    with process("query", "--simulator", "--quiet", "--format", "jsonl", "SELECT * FROM Orders") as asking:
        assert asking.stdout is not None
        assert asking.stderr is not None
        assert json.loads(asking.stdout.readline())["AmazonOrderId"]
        asking.stdout.close()
        assert asking.stderr.read() == ""
        assert asking.wait(60) == 141


def test_a_statement_that_writes_says_what_it_did(tmp_path: Path) -> None:
    made = query("INSERT INTO Destinations (Name, ResourceSqsArn) VALUES ('a', 'arn:aws:sqs:us-east-2:1:q')", "--stats")
    assert (good(made), made.stderr.count("\n")) == ("", 2)
    assert made.stderr.startswith("1 row written, its key ")
    assert "1 rows, 1 requests (1 planned)" in made.stderr
    none = query("DELETE FROM Destinations WHERE Name = 'nobody'")
    assert (good(none), none.stderr) == ("", "0 rows written\n")
    file = tmp_path / "x.csv"
    table = query("CREATE TABLE mine (a INT)", "--output", str(file))
    assert (good(table), table.stderr) == ("", f"done; it has no result, and {file} is not written\n")
    assert not file.exists()
    refused = query("INSERT INTO Destinations (Name) VALUES ('a')")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith("error: ")


def test_the_package_is_the_command_too() -> None:
    told = subprocess.run([sys.executable, "-m", "amzsql", "--version"], cwd=ROOT, capture_output=True, check=True)
    assert told.stdout.decode() == good(run("--version"))


def test_all_results_of_a_procedure_are_shown() -> None:
    patch = '[{"op": "delete", "path": "/attributes/color", "value": []}]'
    call = f"EXEC PatchListingsItem 'NONE', 'NONSENSE', Patches = '{patch}'"
    options = ["query", "--set", "Simulator=orders=5", "--set", "SellerId=A3SIMULATEDSELL", "--set", "Marketplace=US"]
    shown = run(*options, "--quiet", "--format", "table", call)
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.index("INVALID") < shown.stdout.index("Severity") < shown.stdout.index("Asin")
    one = run(*options, "--quiet", "--format", "csv", call)
    assert one.stdout.splitlines()[0] == "Sku,Status,SubmissionId,Issues,Identifiers"
    assert "Severity" not in one.stdout.splitlines()[0]
    assert len(one.stdout.splitlines()) == 2
