"""SQLAlchemy's plugin for pytest, on the dialect of this checkout or of the package."""

from __future__ import annotations

import pytest
from sqlalchemy.dialects import registry

# The package's entry points say the same; the checkout need not be installed.
registry.register("amzsql", "amzsql_dialect.base", "AmzsqlDialect")
registry.register("amzsql.amzsql", "amzsql_dialect.base", "AmzsqlDialect")

pytest.register_assert_rewrite("sqlalchemy.testing.assertions")

from sqlalchemy.testing.plugin.pytestplugin import *  # noqa: E402, F403
