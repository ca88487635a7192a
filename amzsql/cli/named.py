"""The commands on applications, connections and groups, and their options; the work is in the modules beside."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from amzsql.cli.running import guarded


def _helped(context: typer.Context) -> None:
    """Show the help of a group of commands of which none was named."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


def _group(text: str) -> typer.Typer:
    return typer.Typer(help=text, invoke_without_command=True, callback=_helped)


connections = _group("Make, change and test named connections.")
applications = _group("Make and change the applications that connections use.")
groups = _group("Make and change groups of connections.")


class Place(StrEnum):
    """Where secrets are kept."""

    keyring = "keyring"
    store = "store"


Name = Annotated[str, typer.Argument(metavar="NAME")]
Application = Annotated[
    str | None, typer.Option("--application", "-a", metavar="NAME", help="The application that it uses.")
]
Client = Annotated[str | None, typer.Option("--client-id", metavar="ID", help="Its client id; asked for otherwise.")]
Properties = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A connection property; may be repeated.")
]
Kept = Annotated[
    Place | None,
    typer.Option("--keep", help="Where secrets are kept. [default: the system's keyring, else the store]"),
]
ClearText = Annotated[
    bool, typer.Option("--clear-text", help="Write secrets into connections.toml, where they can be read.")
]
Untested = Annotated[bool, typer.Option("--no-test", help="Save without asking Amazon.")]
Simulated = Annotated[bool, typer.Option("--simulator", help="A connection to the simulator in the process.")]
Vendor = Annotated[bool, typer.Option("--vendor", help="The account is a vendor's; needs --marketplace.")]
Markets = Annotated[
    str | None, typer.Option("--marketplace", "-m", metavar="LIST", help="Marketplaces, separated by commas.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show an error with its traceback.")]
AppId = Annotated[str | None, typer.Option("--app-id", metavar="ID", help="Its id: a consent page needs it.")]
Public = Annotated[bool, typer.Option("--public", help="It is public: authorised on a consent page, for a year.")]
Made = Annotated[
    str | None, typer.Option("--secret-date", metavar="YYYY-MM-DD", help="When the client secret was made.")
]


@connections.command("add")
def add_connection(
    name: Name,
    application: Application = None,
    client_id: Client = None,
    marketplace: Markets = None,
    vendor: Vendor = False,
    properties: Properties = None,
    keep: Kept = None,
    clear_text: ClearText = False,
    untested: Untested = False,
    simulator: Simulated = False,
    debug: Debug = False,
) -> None:
    """Make a connection: asks for what it needs, unseen, tries it once, shows the account and saves it."""
    with guarded(debug):
        from amzsql.cli import making

        wanted = making.wanted(properties, marketplace=marketplace, vendor=vendor, simulator=simulator)
        making.add(making.keeper(keep, clear_text), name, application, client_id, wanted, test=not untested)


@connections.command("edit")
def edit_connection(
    name: Name,
    application: Application = None,
    refresh_token: Annotated[bool, typer.Option("--refresh-token", help="Ask for a new refresh token.")] = False,
    marketplace: Markets = None,
    vendor: Vendor = False,
    properties: Properties = None,
    unset: Annotated[list[str] | None, typer.Option("--unset", metavar="NAME", help="Take a property out.")] = None,
    keep: Kept = None,
    clear_text: ClearText = False,
    untested: Untested = False,
    debug: Debug = False,
) -> None:
    """Change a connection; without an option, asks for what it lacks."""
    with guarded(debug):
        from amzsql.cli import making

        wanted = making.wanted(properties, marketplace=marketplace, vendor=vendor)
        taken = dict.fromkeys(unset or [])
        making.edit(
            making.keeper(keep, clear_text),
            name,
            application,
            {**wanted, **taken},
            ask=refresh_token,
            test=not untested,
        )


@connections.command("list")
def list_connections(debug: Debug = False) -> None:
    """List the connections: what each uses, and whether it is complete. Asks Amazon nothing."""
    with guarded(debug):
        from amzsql.cli import making

        making.list_connections(making.keeper())


@connections.command("remove")
def remove_connection(name: Name, yes: Yes = False, debug: Debug = False) -> None:
    """Remove a connection, with its secrets and tokens."""
    with guarded(debug):
        from amzsql.cli import making

        making.remove(making.keeper(), "connections", name, yes=yes)


@connections.command("import")
def import_connections(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="A column name, and one for each property.")],
    application: Application = None,
    keep: Kept = None,
    clear_text: ClearText = False,
    untested: Untested = False,
    debug: Debug = False,
) -> None:
    """Make many connections out of a file; those that Amazon refuses are named and not saved."""
    with guarded(debug):
        from amzsql.cli import making, many

        if not many.bring_in(making.keeper(keep, clear_text), file, application, test=not untested):
            raise typer.Exit(1)


@applications.command("add")
def add_application(
    name: Name,
    client_id: Client = None,
    app_id: AppId = None,
    public: Public = False,
    secret_date: Made = None,
    keep: Kept = None,
    clear_text: ClearText = False,
    debug: Debug = False,
) -> None:
    """Make an application: asks for its client id and, unseen, its client secret."""
    with guarded(debug):
        from amzsql.cli import making

        kind = "Public" if public else None
        given = {"OAuthClientId": client_id, "AppId": app_id, "OAuthAppKind": kind, "OAuthSecretDate": secret_date}
        making.add_application(making.keeper(keep, clear_text), name, given)


@applications.command("list")
def list_applications(debug: Debug = False) -> None:
    """List the applications and which connections use them."""
    with guarded(debug):
        from amzsql.cli import making

        making.list_applications(making.keeper())


@applications.command("remove")
def remove_application(name: Name, yes: Yes = False, debug: Debug = False) -> None:
    """Remove an application that no connection uses, with its secrets."""
    with guarded(debug):
        from amzsql.cli import making

        making.remove(making.keeper(), "applications", name, yes=yes)


@applications.command("secret")
def new_secret(
    name: Name, keep: Kept = None, clear_text: ClearText = False, untested: Untested = False, debug: Debug = False
) -> None:
    """Take an application's new client secret, unseen: tries it, and keeps the old one for its last seven days."""
    with guarded(debug):
        from amzsql.cli import making

        making.rotate(making.keeper(keep, clear_text), name, test=not untested)


@groups.command("add")
def add_group(
    name: Name,
    members: Annotated[list[str], typer.Argument(metavar="CONNECTION…", help="Connections, or patterns (shop-*).")],
    debug: Debug = False,
) -> None:
    """Make a group of connections, or replace it."""
    with guarded(debug):
        from amzsql.cli import making

        making.add_group(making.keeper(), name, members)


@groups.command("list")
def list_groups(debug: Debug = False) -> None:
    """List the groups and their connections."""
    with guarded(debug):
        from amzsql.cli import making

        making.list_groups(making.keeper())


@groups.command("remove")
def remove_group(name: Name, yes: Yes = False, debug: Debug = False) -> None:
    """Remove a group; its connections stay."""
    with guarded(debug):
        from amzsql.cli import making

        making.remove(making.keeper(), "groups", name, yes=yes)


def logout(name: Name, yes: Yes = False, debug: Debug = False) -> None:
    """Forget a connection's tokens, the refresh token too; the connection stays, incomplete."""
    with guarded(debug):
        from amzsql.cli import making

        making.log_out(making.keeper(), name, yes=yes)


def authorize(
    name: Name,
    port: Annotated[
        int | None, typer.Option("--port", help="The port that your page forwards to. [default: CallbackPort]")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in this machine's browser.")] = True,
    listen: Annotated[bool, typer.Option(help="Listen for what your page forwards, beside a pasted address.")] = True,
    seconds: Annotated[float, typer.Option("--timeout", help="How many seconds to wait.")] = 600.0,
    debug: Debug = False,
) -> None:
    """Have an account's owner let a public application in, on Amazon's consent page, and save the refresh token."""
    with guarded(debug):
        from amzsql.cli import authorizing, making

        authorizing.authorize(making.keeper(), name, port=port, browser=browser, listen=listen, seconds=seconds)
