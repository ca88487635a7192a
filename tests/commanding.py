"""The command line in this process, as typer's own runner calls it, but with commands that are made once only.

Typer makes all of them anew for each call, which takes longer than most of them run.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from typing import Any

from typer.main import get_command
from typer.testing import CliRunner, Result

from amzsql.cli.commands import app


@functools.cache
def _command() -> Any:
    return get_command(app)


def commanded(*arguments: str, stdin: str | None = None, env: Mapping[str, str | None] | None = None) -> Result:
    """Return what a command prints and exits with; `env` are the variables beside those of the process (None: not)."""
    runner, code, raised = CliRunner(), 0, None
    with runner.isolation(input=stdin, env=env) as (stdout, stderr, output):
        try:
            _command().main(args=list(arguments), prog_name="amzsql")
        except SystemExit as ended:
            code, raised = (ended.code or 0), ended if ended.code else None
        except Exception as error:
            code, raised = 1, error
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
        told = stdout.getvalue(), stderr.getvalue(), output.getvalue()
    return Result(runner, *told, None, int(code), raised)
