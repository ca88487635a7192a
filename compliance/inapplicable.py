"""Tests of SQLAlchemy's suite that no requirement closes, and that do not apply: each by how its name begins."""

from __future__ import annotations

from collections.abc import Mapping

from amzsql_dialect.requirements import Reason

EXCEPTIONS: Mapping[str, Reason] = {
    "ComponentReflectionTest.test_reflect_table_temp_table": Reason.PLAIN_TEXT,
    "ComponentReflectionTest.test_get_view_names": Reason.NO_VIEWS,
    "ComponentReflectionTest.test_get_table_names[None-False-True": Reason.NO_VIEWS,
    "ComponentReflectionTest.test_get_table_names[None-True-True": Reason.NO_VIEWS,
    "ComponentReflectionTestExtra.test_check_constraint_inline[True": Reason.ONE_SCHEMA,
    "ComponentReflectionTestExtra.test_check_constraint_mixed[True": Reason.ONE_SCHEMA,
    "ComponentReflectionTestExtra.test_check_constraint_no_constraint[True": Reason.ONE_SCHEMA,
    "ComponentReflectionTestExtra.test_check_constraint_parenthesized_expressions[True": Reason.ONE_SCHEMA,
    "ComponentReflectionTestExtra.test_check_constraint_standalone[True": Reason.ONE_SCHEMA,
    "ComponentReflectionTestExtra.test_string_length_reflection": Reason.PLAIN_TEXT,
    "ComponentReflectionTestExtra.test_varchar_reflection": Reason.PLAIN_TEXT,
    "HasTableTest.test_has_table_temp_table": Reason.OWN_TABLES_END,
    "IdentityReflectionTest.test_reflect_identity": Reason.NO_CACHE,
    "IsolationLevelTest.test_dialect_user_setting_is_restored": Reason.TWO_LEVELS,
    "TrueDivTest.test_truediv_divisor[numeric": Reason.FLOAT_QUOTIENT,
    "WindowFunctionTest.test_window_range": Reason.UNORDERED,
}


def reason_of(test: str) -> Reason | None:
    """Return why a test, as ``Class.test_name[parameters]``, does not apply; None if it does."""
    return next((reason for begin, reason in EXCEPTIONS.items() if test.startswith(begin)), None)
