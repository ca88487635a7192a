"""The command line: `amzsql demo`, `query`, `explain`, `tables`, `describe`, `test`, `quota`, `serve`, `simulator`.

Owns what the terminal shows and takes; everything else it asks of the driver's public surface. Heavy modules are
imported by the commands that need them, so that `amzsql --help` is quick.
"""

from __future__ import annotations


def main() -> None:
    """Run the command line; the process ends with its exit code."""
    from amzsql.cli.commands import app

    app()
