"""SQLAlchemy's expressions and tables -> the SQL that amzsql reads. Generic SQL does, but for what is here."""

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


class AmzsqlDDLCompiler(compiler.DDLCompiler):
    """The compiler of tables in schema Temp."""

    def get_column_specification(self, column: Any, **kw: Any) -> str:
        """Write a column; the one that counts by itself says so."""
        written: str = super().get_column_specification(column, **kw)
        # An Identity has written it already.
        counts = column is column.table._autoincrement_column and column.server_default is None
        return f"{written} AUTOINCREMENT" if counts and not _has_sequence(column) else written

    def visit_identity_column(self, identity: Any, **kw: Any) -> str:
        """Write how a column counts: where it begins stands before its step, so the statement is read."""
        said = (
            ("START WITH", identity.start),
            ("INCREMENT BY", identity.increment),
            ("MINVALUE", identity.minvalue),
            ("MAXVALUE", identity.maxvalue),
        )
        parts = [f"{word} {value}" for word, value in said if value is not None]
        parts += ["CYCLE"] if identity.cycle else []
        kind = "ALWAYS" if identity.always else "BY DEFAULT"
        return f"GENERATED {kind} AS IDENTITY" + (f" ({' '.join(parts)})" if parts else "")


def _has_sequence(column: Any) -> bool:
    return column.default is not None and bool(column.default.is_sequence)


class AmzsqlCompiler(compiler.SQLCompiler):
    """The compiler of SELECT, INSERT, UPDATE and DELETE."""

    def get_select_precolumns(self, select: Any, **kw: Any) -> str:
        """Write DISTINCT, and what it is ON."""
        # From 2.1 on it is an extension of a SELECT, which only PostgreSQL's dialect knows.
        columns = getattr(select, "_distinct_on", ())
        if columns:
            return f"DISTINCT ON ({', '.join(self.process(column, **kw) for column in columns)}) "
        written: str = super().get_select_precolumns(select, **kw)
        return written

    def update_from_clause(
        self, update_stmt: Any, from_table: Any, extra_froms: Any, from_hints: Any, **kw: Any
    ) -> str:
        """Write the other tables that an UPDATE names."""
        return f"FROM {self._tables(extra_froms, from_hints, **kw)}"

    def delete_extra_from_clause(
        self, delete_stmt: Any, from_table: Any, extra_froms: Any, from_hints: Any, **kw: Any
    ) -> str:
        """Write the other tables that a DELETE names."""
        return f"USING {self._tables(extra_froms, from_hints, **kw)}"

    def _tables(self, tables: Any, hints: Any, **kw: Any) -> str:
        kw["asfrom"] = True
        return ", ".join(table._compiler_dispatch(self, fromhints=hints, **kw) for table in tables)

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

    def visit_bitwise_xor_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        """Write ``xor(a, b)``: ``^`` is a power here."""
        return f"xor({self.process(binary.left, **kw)}, {self.process(binary.right, **kw)})"

    def visit_json_getitem_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        """Write what an element of JSON is: JSON, or a value of the type that it is read as."""
        # Of NULL in JSON the text is NULL too.
        kind = binary.type
        document = kind._type_affinity is sqltypes.JSON
        function = "json_extract" if document else "json_extract_string"
        element = f"{function}({self.process(binary.left, **kw)}, {self.process(binary.right, **kw)})"
        if document or kind._type_affinity is sqltypes.String:
            return element
        return f"CAST({element} AS {self.dialect.type_compiler.process(kind)})"

    visit_json_path_getitem_op_binary = visit_json_getitem_op_binary

    def visit_floordiv_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        """Write ``//`` between integers, else FLOOR of the quotient."""
        left, right = (self.process(side, **kw) for side in (binary.left, binary.right))
        whole = all(isinstance(side.type, sqltypes.Integer) for side in (binary.left, binary.right))
        return f"{left} // {right}" if whole else f"FLOOR({left} / {right})"
