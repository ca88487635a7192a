"""What SQLAlchemy's own test suite may expect of schema Temp, and why not the rest. Loaded by that suite alone.

`nox -s sqlalchemy_suite` runs it. What is not open has a `Reason`, which the tests that are passed over show.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements


class Reason(enum.Enum):
    """Why something of SQLAlchemy's suite does not apply."""

    ONE_SCHEMA = "tables can be made in schema Temp alone"
    NO_VIEWS = "no views can be made: Amazon's operations are the views"
    NO_RETURNING = "there is no RETURNING: lastrowid tells the number of a new row"
    NO_SEQUENCES = "there are no sequences: a column counts by itself, as AUTOINCREMENT or IDENTITY"
    NO_SAVEPOINTS = "the engine has no savepoints and no two-phase transactions"
    TWO_LEVELS = "there are two isolation levels, REPEATABLE READ and AUTOCOMMIT"
    KEYS_TOLD = "foreign keys are told to tools and not kept, so they say nothing of deferring, ON DELETE or ON UPDATE"
    NO_COMPUTED = "no column is computed from others"
    PLAIN_INDEXES = "an index is of plain columns, without their order or others beside them"
    PLAIN_TEXT = "a text has no length and no collation: VARCHAR(20) is VARCHAR, and is told so"
    PLAIN_TIME = "a time of day has no zone; TIMESTAMP WITH TIME ZONE has"
    NO_TIES = "FETCH FIRST has no WITH TIES and no PERCENT: rank() and ntile() do that"
    NO_CHANGE_IN_CTE = "a CTE holds a SELECT, not an INSERT, UPDATE or DELETE"
    FLOAT_QUOTIENT = "the engine divides decimals as floats of 64 bits"
    UNORDERED = "rows come in any order where no ORDER BY stands, and the test takes them in one"
    ALWAYS_STREAMED = "every result is fetched page by page: there is no other kind of cursor for that"
    A_TABLE_HAS_COLUMNS = "a table has one column at least"
    OWN_NAMES = "tables of one connection are called NAME#TEMP, and the test calls them otherwise"
    JSON_FLOATS = "a number in JSON is a float of 64 bits"
    NO_CACHE = "an identity has no CACHE: its numbers are made in memory"
    SUITE_AT_FAULT = "the test itself is wrong, and right in a later version"
    ANOTHER_NATURE = "it asks for what another kind of database does in the contrary way"
    NOT_THE_DATABASE = "it is about the interpreter or about libraries, and not about the database"

    @property
    def told(self) -> str:
        """What a skipped test shows."""
        return f"[{self.name}] {self.value}"


OPEN: tuple[str, ...] = (
    "aggregate_order_by",
    "array_type",
    "autocommit",
    "boolean_col_expressions",
    "check_constraint_reflection",
    "comment_reflection",
    "comment_reflection_full_unicode",
    "create_table_as",
    "create_temp_table_as",
    "ctes",
    "ctes_with_update_delete",
    "ctes_with_values",
    "date_historic",
    "datetime_historic",
    "datetime_interval",
    "datetime_literals",
    "datetime_timezone",
    "datetime_timezone_historic",
    "dbapi_lastrowid",
    "delete_from",
    "emulated_lastrowid",
    "except_",
    "expression_server_defaults",
    "fetch_expression",
    "fetch_first",
    "fetch_no_order_by",
    "fetch_offset_with_options",
    "float_or_double_precision_behaves_generically",
    "foreign_key_constraint_name_reflection",
    "has_temp_table",
    "identity_columns",
    "identity_columns_standard",
    "implicit_default_schema",
    "index_ddl_if_exists",
    "infinity_floats",
    "inline_check_constraint_reflection",
    "intersect",
    "isolation_level",
    "json_type",
    "legacy_unconditional_json_extract",
    "like_escapes",
    "mod_operator_as_percent_sign",
    "nullsordering",
    "nvarchar_types",
    "order_by_label_with_expression",
    "percent_schema_names",
    "precision_numerics_enotation_large",
    "precision_numerics_enotation_small",
    "precision_numerics_many_significant_digits",
    "precision_numerics_retains_significant_digits",
    "reflect_indexes_with_ascdesc",
    "reflect_table_options",
    "reflects_pk_names",
    "regexp_match",
    "regexp_replace",
    "repeated_column_foreign_keys",
    "repeated_remote_col_foreign_keys",
    "server_defaults",
    "standalone_binds",
    "skip_autocommit_rollback",
    "supports_bitwise_and",
    "supports_bitwise_not",
    "supports_bitwise_or",
    "supports_bitwise_shift",
    "supports_bitwise_xor",
    "supports_distinct_on",
    "table_ddl_if_exists",
    "table_value_constructor",
    "temp_table_comment_reflection",
    "temp_table_names",
    "timestamp_microseconds",
    "tuple_in",
    "unicode_ddl",
    "update_from",
    "uuid_data_type",
    "window_functions",
    "window_range",
    "window_range_non_numeric",
    "window_range_numeric",
)
"""What Temp has of what the suite takes for missing unless it is told otherwise."""

CLOSED: Mapping[str, Reason] = {
    "async_dialect": Reason.NOT_THE_DATABASE,
    "asyncio": Reason.NOT_THE_DATABASE,
    "column_collation_reflection": Reason.PLAIN_TEXT,
    "computed_columns": Reason.NO_COMPUTED,
    "computed_columns_default_persisted": Reason.NO_COMPUTED,
    "computed_columns_reflect_persisted": Reason.NO_COMPUTED,
    "computed_columns_stored": Reason.NO_COMPUTED,
    "computed_columns_virtual": Reason.NO_COMPUTED,
    "constraint_comment_reflection": Reason.KEYS_TOLD,
    "create_or_replace_view": Reason.NO_VIEWS,
    "cross_schema_fk_reflection": Reason.ONE_SCHEMA,
    "ctes_on_dml": Reason.NO_CHANGE_IN_CTE,
    "default_schema_name_switch": Reason.ONE_SCHEMA,
    "deferrable_fks": Reason.KEYS_TOLD,
    "delete_returning": Reason.NO_RETURNING,
    "denormalized_names": Reason.ANOTHER_NATURE,
    "emulated_lastrowid_even_with_sequences": Reason.NO_SEQUENCES,
    "fetch_percent": Reason.NO_TIES,
    "fetch_ties": Reason.NO_TIES,
    "fk_constraint_option_reflection_ondelete_noaction": Reason.KEYS_TOLD,
    "fk_constraint_option_reflection_ondelete_restrict": Reason.KEYS_TOLD,
    "fk_constraint_option_reflection_onupdate_restrict": Reason.KEYS_TOLD,
    "foreign_key_constraint_option_reflection_ondelete": Reason.KEYS_TOLD,
    "foreign_key_constraint_option_reflection_onupdate": Reason.KEYS_TOLD,
    "foreign_keys_reflect_as_index": Reason.ANOTHER_NATURE,
    "freethreading": Reason.NOT_THE_DATABASE,
    "full_returning": Reason.NO_RETURNING,
    "greenlet": Reason.NOT_THE_DATABASE,
    "index_reflects_included_columns": Reason.PLAIN_INDEXES,
    "indexes_check_column_order": Reason.PLAIN_INDEXES,
    "indexes_with_expressions": Reason.PLAIN_INDEXES,
    "insert_executemany_returning": Reason.NO_RETURNING,
    "insert_returning": Reason.NO_RETURNING,
    "insertmanyvalues": Reason.NO_RETURNING,
    "json_deserializer_binary": Reason.ANOTHER_NATURE,
    "materialized_views": Reason.NO_VIEWS,
    "materialized_views_reflect_pk": Reason.NO_VIEWS,
    "no_lastrowid_support": Reason.ANOTHER_NATURE,
    "non_updating_cascade": Reason.KEYS_TOLD,
    "on_update_cascade": Reason.KEYS_TOLD,
    "order_by_collation": Reason.PLAIN_TEXT,
    "recursive_fk_cascade": Reason.KEYS_TOLD,
    "reflect_indexes_with_ascdesc_as_expression": Reason.PLAIN_INDEXES,
    "reflect_indexes_with_expressions": Reason.PLAIN_INDEXES,
    "reflect_tables_no_columns": Reason.A_TABLE_HAS_COLUMNS,
    "returning": Reason.NO_RETURNING,
    "savepoints": Reason.NO_SAVEPOINTS,
    "schema_create_delete": Reason.ONE_SCHEMA,
    "schema_reflection": Reason.ONE_SCHEMA,
    "schemas": Reason.ONE_SCHEMA,
    "sequences": Reason.NO_SEQUENCES,
    "sequences_optional": Reason.NO_SEQUENCES,
    "server_side_cursors": Reason.ALWAYS_STREAMED,
    "temporary_views": Reason.NO_VIEWS,
    "time_timezone": Reason.PLAIN_TIME,
    "two_phase_transactions": Reason.NO_SAVEPOINTS,
    "unique_constraints_reflect_as_index": Reason.ANOTHER_NATURE,
    "unique_index_reflect_as_unique_constraints": Reason.ANOTHER_NATURE,
    "update_returning": Reason.NO_RETURNING,
    "view_column_reflection": Reason.NO_VIEWS,
    "view_reflection": Reason.NO_VIEWS,
    "views": Reason.NO_VIEWS,
}
"""What Temp has not, and why."""


class Requirements(SuiteRequirements):
    """What SQLAlchemy's suite asks before its tests."""

    def get_isolation_levels(self, config: Any) -> dict[str, Any]:
        """Return the isolation levels."""
        return {"default": "REPEATABLE READ", "supported": ["REPEATABLE READ", "AUTOCOMMIT"]}


def _open(_: Requirements) -> Any:
    opened: Any = exclusions.open
    return opened()


def _closed(reason: Reason) -> Any:
    never: Any = exclusions.BooleanPredicate
    skip: Any = exclusions.skip_if
    return lambda _: skip(never(True, reason.told))


for _name in OPEN:
    setattr(Requirements, _name, property(_open))
for _name, _reason in CLOSED.items():
    setattr(Requirements, _name, property(_closed(_reason)))
