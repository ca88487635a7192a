"""SQLAlchemy's own suite of tests for dialects, over schema Temp; `inapplicable` has what does not apply, and why."""

from sqlalchemy import inspect
from sqlalchemy.testing import config, eq_
from sqlalchemy.testing.suite import *  # noqa: F403
from sqlalchemy.testing.suite import ComponentReflectionTest as _ComponentReflectionTest
from sqlalchemy.testing.suite import HasTableTest as _HasTableTest


class HasTableTest(_HasTableTest):
    @classmethod
    def define_views(cls, metadata):
        """Make none (NO_VIEWS): the suite does not ask before it does."""


class ComponentReflectionTest(_ComponentReflectionTest):
    def test_get_temp_table_names(self, connection):
        """The names end with #TEMP (OWN_NAMES): nothing else tells these tables from others."""
        eq_(inspect(connection).get_temp_table_names(), [f"user_tmp_{config.ident}#TEMP"])
