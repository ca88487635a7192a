"""Which functions a statement may call: the engine's but for those that are refused, and ours."""

from __future__ import annotations

import re

from amzsql.execute.engine import Engines
from amzsql.sql.dialect import Amzsql
from amzsql.sql.statement import TABLE_FUNCTIONS, may_call

# The engine does not list those of windows.
_WINDOWS = frozenset((
    "cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile", "percent_rank", "rank",
    "row_number",
))  # fmt: skip
_LISTED = (
    "(SELECT list(DISTINCT function_name) FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate',"
    " 'macro') AND schema_name = 'main')"
)
# What the engine's grammar reads, or sqlglot's: neither lists it.
_WORDS = (
    "case", "cast", "coalesce", "convert", "datefromparts", "exists", "extract", "ifnull", "iif", "nvl",
    "percentile_cont", "percentile_disc", "try_cast",
)  # fmt: skip
# What a word can be that is typed before a parenthesis; the engine's own for operators begin with an underscore.
_NAME = re.compile(r"[a-z]\w+")


def names() -> tuple[str, ...]:
    """Return their names, sorted; those of other dialects that are read here are among them."""
    engines = Engines()
    try:
        with engines.lend(threads=1) as engine:
            [listed] = engine.values([_LISTED])
    finally:
        engines.close()
    assert isinstance(listed, list)
    ours = (name.lower() for name, read in Amzsql.Parser.FUNCTIONS.items() if _is_ours(read))
    known = {*listed, *_WINDOWS, *_WORDS, *TABLE_FUNCTIONS, *ours}
    return tuple(sorted(name for name in known if _NAME.fullmatch(name) and may_call(name)))


def _is_ours(read: object) -> bool:
    return (getattr(read, "__module__", None) or "").startswith("amzsql.")
