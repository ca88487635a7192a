"""`amzsql serve`: the MySQL protocol, for tools that speak nothing else (Metabase, Tableau, DBeaver, Power BI).

The parts of packets are mysql-mimic's (the extra `amzsql[serve]`); who comes in, how parameters are bound, what
information_schema holds and how rows are sent are here. `mysql` translates statements, `information` is the catalog as
MySQL shows it, `session` answers, `wire` spells values, `framing` cuts packets, `client` speaks, `login` guards,
`server` listens.
"""

from __future__ import annotations

from amzsql.errors import ProgrammingError

try:
    import mysql_mimic  # noqa: F401 - whether it is there
except ImportError as error:
    raise ProgrammingError("amzsql serve needs mysql-mimic: pip install 'amzsql[serve]'") from error
