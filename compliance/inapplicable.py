"""Tests of SQLAlchemy's suite that no requirement closes, and that do not apply: each by how its name begins."""

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
    "TrueDivTest.test_truediv_divisor[numeric": Reason.FLOAT_QUOTIENT,
    "WindowFunctionTest.test_window_range": Reason.UNORDERED,
}


# Those of SQLAlchemy 1.4 have other names, or are written for fewer databases.
EXCEPTIONS_1_4: Mapping[str, Reason] = {
    "ComponentReflectionTest.test_get_table_names[None-False-True": Reason.NO_VIEWS,
    "ComponentReflectionTest.test_get_table_names[None-True-True": Reason.NO_VIEWS,
    "ComponentReflectionTest.test_get_temp_table_unique_constraints": Reason.OWN_NAMES,
    "ComponentReflectionTestExtra.test_varchar_reflection": Reason.PLAIN_TEXT,
    "JSONTest.test_index_typed_access[_decimal1]": Reason.JSON_FLOATS,
    "JSONTest.test_index_typed_comparison[_decimal1]": Reason.JSON_FLOATS,
    "JSONTest.test_path_typed_comparison[_decimal1]": Reason.JSON_FLOATS,
}


def reason_of(test: str) -> Reason | None:
    """Return why a test, as ``Class.test_name[parameters]``, does not apply; None if it does."""
    known = {**EXCEPTIONS, **(EXCEPTIONS_1_4 if sa.__version__.startswith("1.4") else {})}
    return next((reason for begin, reason in known.items() if test.startswith(begin)), None)
