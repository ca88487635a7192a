"""The commands and their options; what they do is in the modules beside, imported when a command runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from amzsql.cli import named, running
from amzsql.cli.formats import Format, chosen
from amzsql.cli.running import guarded, say
from amzsql.errors import ProgrammingError

# What all refusals of the command line derive from; typer brings it itself or has it of click.
_Misuse: type[Exception] = typer.BadParameter.__mro__[2]


class Commands(TyperGroup):
    """The commands; a wrong use of them is said in one line, like every other error."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line; the process ends with its exit code, 2 for a wrong use."""
        run = partial(super().main, args, prog_name, complete_var, False, windows_expand_args, **extra)
        if not standalone_mode:
            return run()
        try:
            code = run()
        except _Misuse as error:
            context = getattr(error, "ctx", None)
            path = context.command_path if context is not None else "amzsql"
            text = error.format_message().replace("Value error, ", "")  # type: ignore[attr-defined]
            stop = "" if text.endswith((".", "?")) else "."
            say(f"{text}{stop} See {path} --help.", kind="error")
            sys.exit(2)
        except typer.Abort:
            say("cancelled")
            sys.exit(running.INTERRUPTED)
        sys.exit(code if isinstance(code, int) else 0)


app = typer.Typer(
    name="amzsql",
    cls=Commands,
    help="Ask an Amazon seller account questions in SQL. Start with: amzsql demo",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Connection = Annotated[
    str | None,
    typer.Option("--connection", "-c", metavar="NAME", help="A named connection, a connection string or a URL."),
]
Properties = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A connection property; may be repeated.")
]
Simulated = Annotated[bool, typer.Option("--simulator", help="Ask the simulator in this process: no account needed.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show an error with its traceback.")]
Sql = Annotated[str | None, typer.Argument(metavar="SQL", help="The statement; - reads it from stdin.")]
File = Annotated[Path | None, typer.Option("--file", "-f", metavar="FILE", help="Read the statement from a file.")]
Param = Annotated[
    list[str] | None,
    typer.Option("--param", "-p", metavar="VALUE", help="A parameter: VALUE for ?, @name=VALUE for @name; repeated."),
]
Form = Annotated[Format | None, typer.Option("--format", help="[default: table on a terminal, csv in a pipe]")]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file.")]
Schema = Annotated[str | None, typer.Option("--schema", metavar="NAME", help="Another schema than SellingPartner.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        from amzsql import __version__

        typer.echo(f"amzsql {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Ask an Amazon seller account questions in SQL. Start with: amzsql demo"""
    del version  # its callback has answered
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


@app.command()
def demo(debug: Debug = False) -> None:
    """Show what amzsql does: real questions, answered by a simulator in this process. Needs no account."""
    with guarded(debug):
        from amzsql.cli import demo as demonstration

        demonstration.main()


@app.command()
def query(
    sql: Sql = None,
    file: File = None,
    connection: Connection = None,
    properties: Properties = None,
    simulator: Simulated = False,
    form: Form = None,
    output: Output = None,
    param: Param = None,
    stats: Annotated[bool, typer.Option("--stats", help="Say on stderr what the statement cost.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no warnings.")] = False,
    debug: Debug = False,
) -> None:
    """Run a statement and write its rows as they come; of one that writes, say how many it changed."""
    with guarded(debug):
        text, given = _statement(sql, file), running.parameters(param or [])
        wanted = chosen(form, output)
        opened = running.connect(connection, properties or [], simulator=simulator)
        from amzsql.cli import output as writing

        clock = opened.runtime.clock
        started = clock.now()
        with running.running(opened, quiet=quiet) as cursor:
            cursor.execute(text, given)
            if cursor.description is None:
                running.say_written(cursor, output)
                if stats:
                    say(running.figures(max(0, cursor.rowcount), cursor.stats, clock.now() - started))
                return
            reader = cursor.fetch_record_batch()
            rows = writing.write(reader, reader.schema, wanted, output)
            # A procedure may have several results; a file, and what another program reads, holds one.
            while wanted is Format.table and output is None and cursor.nextset():
                reader = cursor.fetch_record_batch()
                rows += writing.write(reader, reader.schema, wanted, output)
            if stats:
                say(running.figures(rows, cursor.stats, clock.now() - started))


@app.command()
def explain(
    sql: Sql = None,
    file: File = None,
    analyze: Annotated[bool, typer.Option("--analyze", help="Run it, and show what really happened.")] = False,
    connection: Connection = None,
    properties: Properties = None,
    simulator: Simulated = False,
    form: Form = None,
    param: Param = None,
    debug: Debug = False,
) -> None:
    """Say which requests a statement will make and how long Amazon takes; asks Amazon nothing."""
    with guarded(debug):
        text = f"EXPLAIN {'ANALYZE ' if analyze else ''}{_statement(sql, file)}"
        opened = running.connect(connection, properties or [], simulator=simulator)
        from amzsql.cli import output as writing
        from amzsql.cli import show

        with running.running(opened) as cursor:
            cursor.execute(text, running.parameters(param or []))
            if form in (None, Format.table):
                show.plan(cursor)
            else:
                reader = cursor.fetch_record_batch()
                writing.write(reader, reader.schema, chosen(form, None), None)


@app.command()
def prefetch(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of statements, separated by semicolons.")],
    connection: Connection = None,
    properties: Properties = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no warnings.")] = False,
    debug: Debug = False,
) -> None:
    """Have the reports of statements made and kept (ReportMemo), so that they answer without a call later."""
    with guarded(debug):
        from amzsql.cli import prefetch as filling

        texts = filling.read(file)
        # Whoever writes such a file means to read: what would change something is refused.
        opened = running.connect(connection, [*(properties or []), "Readonly=True"])
        filling.check(opened)
        if filling.fill(opened, texts, quiet=quiet):
            raise typer.Exit(1)


@app.command()
def tables(
    pattern: Annotated[str, typer.Argument(help="Only names that hold this, or match it if it has * or ?.")] = "",
    schema: Schema = None,
    debug: Debug = False,
) -> None:
    """List the tables, with what a row of each is."""
    with guarded(debug):
        from amzsql.cli import show

        show.tables(pattern, schema)


@app.command()
def describe(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A table's name, with its schema if need be.")],
    schema: Schema = None,
    debug: Debug = False,
) -> None:
    """Show a table's columns, its key, the ways to its rows with their rates, and an example."""
    with guarded(debug):
        from amzsql.cli import show

        show.describe(table, schema)


@app.command("test")
@named.connections.command("test")
def prove(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A named connection.")] = None,
    connection: Connection = None,
    properties: Properties = None,
    simulator: Simulated = False,
    debug: Debug = False,
) -> None:
    """Try a connection: network, clock, token, account, marketplaces and roles, each with what to do about it."""
    with guarded(debug):
        from amzsql.cli import show

        if not show.proof(running.connect(name or connection, properties or [], simulator=simulator)):
            raise typer.Exit(1)


app.add_typer(named.connections, name="connections")
app.add_typer(named.applications, name="applications")
app.add_typer(named.groups, name="groups")
app.command()(named.authorize)
app.command()(named.logout)


@app.command()
def quota(
    connection: Connection = None, properties: Properties = None, simulator: Simulated = False, debug: Debug = False
) -> None:
    """Show the token buckets of Amazon's operations: calls left now, rate, burst, seconds until full."""
    with guarded(debug):
        from amzsql.cli import show

        show.quota(running.connect(connection, properties or [], simulator=simulator))


@app.command("running")
def list_running(connection: Connection = None, properties: Properties = None, debug: Debug = False) -> None:
    """List the statements that run now, of all processes of this user, without their values."""
    with guarded(debug):
        from amzsql.cli import show

        show.running(running.connect(connection, properties or []))


@app.command()
def cancel(
    statement: Annotated[str, typer.Argument(metavar="ID", help="What amzsql running calls the statement.")],
    connection: Connection = None,
    properties: Properties = None,
    debug: Debug = False,
) -> None:
    """Cancel a statement that runs, of any process of this user."""
    with guarded(debug):
        if not running.connect(connection, properties or []).cancel_statement(statement):
            raise ProgrammingError(f"no statement {statement} runs: amzsql running lists those that do")
        say("cancelled")


@app.command()
def purge(
    properties: Properties = None,
    tokens: Annotated[bool, typer.Option("--tokens", help="The access tokens too; others: amzsql logout.")] = False,
    look: Annotated[bool, typer.Option("--dry-run", help="Say what there is, and delete nothing.")] = False,
    yes: named.Yes = False,
    debug: Debug = False,
) -> None:
    """Delete what the state folder keeps: what was learned, documents, journals, keys; not the connections."""
    with guarded(debug):
        from amzsql.cli import clearing

        clearing.purge(running.assignments(properties or []), tokens=tokens, look=look, yes=yes)


@app.command()
def serve(
    connection: Connection = None,
    properties: Properties = None,
    simulator: Simulated = False,
    host: Annotated[str, typer.Option("--host", help="The address to listen on: this machine's, unless said.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.")] = 3306,
    user: Annotated[str | None, typer.Option("--user", metavar="NAME", help="The only user let in.")] = None,
    password: Annotated[
        bool, typer.Option("--password", help="Ask for the password of clients (or AMZSQL_SERVE_PASSWORD).")
    ] = False,
    certificate: Annotated[
        Path | None, typer.Option("--tls-cert", metavar="FILE", help="Encrypt, with this certificate (PEM).")
    ] = None,
    key: Annotated[Path | None, typer.Option("--tls-key", metavar="FILE", help="The certificate's key (PEM).")] = None,
    writable: Annotated[bool, typer.Option("--writable", help="Let statements change something at Amazon.")] = False,
    debug: Debug = False,
) -> None:
    """Serve the account to tools that speak MySQL's protocol, until Ctrl-C: Metabase, Tableau, DBeaver, Power BI."""
    with guarded(debug):
        from amzsql.cli import serving

        login = serving.Login(user, ask=password, certificate=certificate, key=key)
        serving.main(connection, properties or [], host, port, login, simulator=simulator, writable=writable)


@app.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def simulator(context: typer.Context) -> None:
    """Serve the simulator to other processes, until Ctrl-C."""
    with guarded():
        from amzsql.simulator.__main__ import main

        main(context.args, program="amzsql simulator", announce=_announcer())


def _announcer() -> Callable[[str], None]:
    """Return what says where the simulator is and how to connect to it."""

    def announce(text: str) -> None:
        url = next(word for word in text.split() if word.startswith("http"))
        typer.echo(text)
        typer.echo("Connect from another process (any credentials will do):")
        typer.echo(
            f'  amzsql.connect("Endpoint={url};OAuthAccessTokenURL={url}/auth/o2/token;OAuthClientId=any;'
            'OAuthClientSecret=any;OAuthRefreshToken=any")'
        )
        typer.echo("Ctrl-C ends it.")
        sys.stdout.flush()

    return announce


def _statement(sql: str | None, file: Path | None) -> str:
    """Return the statement from the argument, the file or stdin."""
    text = ""
    if (sql is None) == (file is None):
        raise ProgrammingError("give a statement: as the argument, as - on stdin, or with --file")
    try:
        if sql is not None:
            text = sys.stdin.buffer.read().decode("utf-8") if sql == "-" else sql
        elif file is not None:
            text = file.read_text("utf-8")
    except OSError as error:
        raise ProgrammingError(f"--file {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ProgrammingError(f"{f'--file {file}' if file else 'stdin'} is not text in UTF-8") from error
    if not text.strip():
        raise ProgrammingError("the statement is empty")
    return text
