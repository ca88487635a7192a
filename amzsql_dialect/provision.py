"""How SQLAlchemy's own test suite makes tables here: its temporary ones are NAME#TEMP. Loaded by that suite alone."""

from __future__ import annotations

from typing import Any

from sqlalchemy.testing import provision

import amzsql

from .base import AmzsqlDialect

_hooks: Any = provision
# All engines of a run see the same tables, as those of a server's database do.
AmzsqlDialect.scratch = amzsql.ScratchSpace()  # type: ignore[method-assign, assignment]


def _temp_table_options(_config: Any, _engine: Any) -> dict[str, Any]:
    """Say nothing more: the name alone makes a table temporary."""
    return {}


def _temp_table_name(_config: Any, _engine: Any, base_name: str) -> str:
    """Return the name of a table that lives with its connection alone."""
    return f"{base_name}#TEMP"


_hooks.temp_table_keyword_args.for_db("amzsql")(_temp_table_options)
_hooks.get_temp_table_name.for_db("amzsql")(_temp_table_name)
