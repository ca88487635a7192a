"""SQLAlchemy's expressions -> the SQL that amzsql reads. Generic SQL does, but for what is here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exc
from sqlalchemy import types as sqltypes
from sqlalchemy.sql import compiler

_MORE_RESERVED = (
    "anti asof at describe glob lambda lateral map pivot pivot_longer pivot_wider positional qualify returning semi"
    " show struct summarize top unpivot window"
)


class AmzsqlIdentifierPreparer(compiler.IdentifierPreparer):
    """Double quotes around every name that is not plain lower case."""

    reserved_words = compiler.RESERVED_WORDS | set(_MORE_RESERVED.split())


class AmzsqlCompiler(compiler.SQLCompiler):
    """The compiler of SELECT."""

    def limit_clause(self, select: Any, **kw: Any) -> str:
        """Write LIMIT and OFFSET, each only where it is given: the engine knows no LIMIT -1."""
        return self._limits(select._limit_clause, select._offset_clause, **kw)

    def fetch_clause(
        self,
        select: Any,
        fetch_clause: Any = None,
        require_offset: bool = False,
        use_literal_execute_for_simple_int: bool = False,
        **kw: Any,
    ) -> str:
        """Write FETCH FIRST as LIMIT."""
        options = select._fetch_clause_options or {}
        if options.get("with_ties") or options.get("percent"):
            raise exc.CompileError("amzsql has no FETCH FIRST ... WITH TIES or PERCENT: use rank() or ntile().")
        return self._limits(select._fetch_clause, select._offset_clause, **kw)

    def _limits(self, limit: Any, offset: Any, **kw: Any) -> str:
        text = ""
        if limit is not None:
            text += "\n LIMIT " + self.process(limit, **kw)
        if offset is not None:
            text += "\n OFFSET " + self.process(offset, **kw)
        return text

    def for_update_clause(self, select: Any, **kw: Any) -> str:
        """Write nothing: reading locks nothing."""
        return ""

    def visit_regexp_match_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        """Write ``regexp_matches(text, pattern)``."""
        return self._regexp("regexp_matches", binary, **kw)

    def visit_not_regexp_match_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        """Write ``NOT regexp_matches(text, pattern)``."""
        return f"NOT {self.visit_regexp_match_op_binary(binary, operator, **kw)}"

    def visit_aggregate_strings_func(self, fn: Any, **kw: Any) -> str:
        """Write ``string_agg``."""
        return f"string_agg{self.function_argspec(fn, **kw)}"

    def visit_regexp_replace_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        """Write ``regexp_replace(text, pattern, replacement)``."""
        return self._regexp("regexp_replace", binary, **kw)

    def _regexp(self, function: str, binary: Any, **kw: Any) -> str:
        arguments = [self.process(binary.left, **kw), self.process(binary.right, **kw)]
        flags = binary.modifiers.get("flags")
        if flags is not None:
            arguments.append(self.render_literal_value(flags, sqltypes.String()))
        return f"{function}({', '.join(arguments)})"

    def visit_try_cast(self, cast: Any, **kw: Any) -> str:
        """Write ``TRY_CAST``."""
        return f"TRY_CAST({self.process(cast.clause, **kw)} AS {self.process(cast.typeclause, **kw)})"

    def visit_floordiv_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        """Write ``//`` between integers, else FLOOR of the quotient."""
        left, right = (self.process(side, **kw) for side in (binary.left, binary.right))
        whole = all(isinstance(side.type, sqltypes.Integer) for side in (binary.left, binary.right))
        return f"{left} // {right}" if whole else f"FLOOR({left} / {right})"
