"""Tests of SQLAlchemy's suite that no requirement closes, and that do not apply: each by its name, or how that begins
with its parameters.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from amzsql_dialect.requirements import Reason

EXCEPTIONS: Mapping[str, Reason] = {
    "ComponentReflectionTest.test_reflect_table_temp_table": Reason.PLAIN_TEXT,
    "ComponentReflectionTest.test_get_table_oid": Reason.ANOTHER_NATURE,
    "ComponentReflectionTest.test_get_view_names": Reason.NO_VIEWS,
    "ComponentReflectionTestExtra.test_check_constraint_inline[True": Reason.ONE_SCHEMA,
    "ComponentReflectionTestExtra.test_check_constraint_mixed[True": Reason.ONE_SCHEMA,
    "ComponentReflectionTestExtra.test_check_constraint_no_constraint[True": Reason.ONE_SCHEMA,
    "ComponentReflectionTestExtra.test_check_constraint_parenthesized_expressions[True": Reason.ONE_SCHEMA,
    "ComponentReflectionTestExtra.test_check_constraint_standalone[True": Reason.ONE_SCHEMA,
    "ComponentReflectionTestExtra.test_string_length_reflection": Reason.PLAIN_TEXT,
    "IdentityReflectionTest.test_reflect_identity": Reason.NO_CACHE,
    "IsolationLevelTest.test_non_default_isolation_level": Reason.TWO_LEVELS,
    "IsolationLevelTest.test_dialect_user_setting_is_restored": Reason.TWO_LEVELS,
    "JSONTest.test_index_typed_access[_decimal1]": Reason.JSON_FLOATS,
    "JSONTest.test_index_typed_comparison[_decimal1]": Reason.JSON_FLOATS,
    "JSONTest.test_path_typed_comparison[_decimal1]": Reason.JSON_FLOATS,
    "TrueDivTest.test_truediv_divisor[numeric": Reason.FLOAT_QUOTIENT,
    "WindowFunctionTest.test_window_range": Reason.UNORDERED,
    "WindowFunctionTest.test_window_range_numeric": Reason.UNORDERED,
}


# Those of older versions have other names, or are written for fewer databases.
OLDER: Mapping[str, Mapping[str, Reason]] = {
    "2.0": {"CompositeKeyReflectionTest.test_fk_repeated_source_cols_reported_by_inspector": Reason.SUITE_AT_FAULT},
    "1.4": {
        "ComponentReflectionTest.test_get_table_names[None-False-True": Reason.NO_VIEWS,
        "ComponentReflectionTest.test_get_table_names[None-True-True": Reason.NO_VIEWS,
        "ComponentReflectionTest.test_get_temp_table_unique_constraints": Reason.OWN_NAMES,
        "ComponentReflectionTestExtra.test_varchar_reflection": Reason.PLAIN_TEXT,
    },
}


def reason_of(test: str) -> Reason | None:
    """Return why a test, as ``Class.test_name[parameters]``, does not apply; None if it does."""
    known = {**EXCEPTIONS, **OLDER.get(sa.__version__.rpartition(".")[0], {})}
    plain = known.get(test.partition("[")[0])
    return plain or next((reason for begin, reason in known.items() if "[" in begin and test.startswith(begin)), None)
