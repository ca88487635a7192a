"""The SQLAlchemy dialect of amzsql: ``create_engine("amzsql://...")`` on SQLAlchemy 1.4, 2.0 and 2.1."""

from __future__ import annotations

import re

import sqlalchemy

_OLDEST = (1, 4, 54)

if tuple(int(n) for n in re.findall(r"\d+", sqlalchemy.__version__)[:3]) < _OLDEST:
    raise ImportError(
        f"amzsql runs on SQLAlchemy 1.4.54, 2.0 and 2.1, and {sqlalchemy.__version__} is installed:"
        " pip install 'sqlalchemy>=1.4.54,<2.2'"
    )
