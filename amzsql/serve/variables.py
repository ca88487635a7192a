"""A client's system variables: what drivers ask for when they connect, and what SET of them means here.

Owns names, values and which of them do something. Must not know statements.
"""

from __future__ import annotations

from amzsql import __version__

VERSION = f"8.0.40-amzsql-{__version__}"
"""What the server says it is: tools take their ways by the number."""

DEFAULTS: dict[str, str | int | None] = {
    "auto_increment_increment": 1,
    "autocommit": 1,
    "basedir": "/",
    "character_set_client": "utf8mb4",
    "character_set_connection": "utf8mb4",
    "character_set_database": "utf8mb4",
    "character_set_filesystem": "binary",
    "character_set_results": "utf8mb4",
    "character_set_server": "utf8mb4",
    "character_set_system": "utf8mb3",
    "collation_connection": "utf8mb4_bin",
    "collation_database": "utf8mb4_bin",
    "collation_server": "utf8mb4_bin",
    "datadir": "/",
    "default_storage_engine": "amzsql",
    "div_precision_increment": 4,
    "event_scheduler": "OFF",
    "foreign_key_checks": 0,
    "group_concat_max_len": 1048576,
    "gtid_mode": "OFF",
    "have_openssl": "YES",
    "have_profiling": "NO",
    "have_query_cache": "NO",
    "have_ssl": "YES",
    "hostname": "amzsql",
    "init_connect": "",
    "innodb_version": VERSION.partition("-")[0],
    "interactive_timeout": 28800,
    "lc_time_names": "en_US",
    "license": "Apache-2.0",
    "local_infile": 0,
    "lock_wait_timeout": 31536000,
    "log_bin": 0,
    "lower_case_file_system": 0,
    "lower_case_table_names": 2,
    "max_allowed_packet": 67108864,
    "max_connections": 100,
    "max_execution_time": 0,
    "net_buffer_length": 16384,
    "net_read_timeout": 30,
    "net_write_timeout": 600,
    "optimizer_switch": "",
    "performance_schema": 0,
    "port": 3306,
    "profiling": 0,
    "protocol_version": 10,
    "query_cache_size": 0,
    "query_cache_type": "OFF",
    "read_only": 1,
    "server_id": 0,
    "sql_auto_is_null": 0,
    "sql_big_selects": 1,
    "sql_log_bin": 0,
    "sql_mode": "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES",
    "sql_notes": 1,
    "sql_quote_show_create": 1,
    "sql_safe_updates": 0,
    "sql_select_limit": 18446744073709551615,
    "sql_warnings": 0,
    "ssl_cipher": "",
    "storage_engine": "amzsql",
    "system_time_zone": "UTC",
    "time_zone": "SYSTEM",
    "transaction_isolation": "READ-COMMITTED",
    "transaction_read_only": 0,
    "tx_isolation": "READ-COMMITTED",
    "tx_read_only": 0,
    "unique_checks": 0,
    "version": VERSION,
    "version_comment": "amzsql: SQL for the Selling Partner API",
    "version_compile_machine": "x86_64",
    "version_compile_os": "Linux",
    "wait_timeout": 28800,
}
_UTC = frozenset(("system", "utc", "+00:00", "-00:00", "etc/utc"))
_EVERYTHING = 1 << 62


class Variables:
    """The variables of one client's session."""

    def __init__(self, *, writable: bool) -> None:
        told = {"read_only": 0} if writable else {}
        self._values: dict[str, str | int | None] = {**DEFAULTS, **told}
        self._own: dict[str, str | int | None] = {}

    def get(self, name: str) -> str | int | None:
        """Return a system variable. KeyError if there is none."""
        return self._values[name.lower()]

    def own(self, name: str) -> str | int | None:
        """Return a variable that the client made (``@name``)."""
        return self._own.get(name.lower())

    def everything(self) -> list[tuple[str, str]]:
        """Return all system variables as SHOW VARIABLES does."""
        return [(name, "" if value is None else str(value)) for name, value in sorted(self._values.items())]

    def keep(self, name: str, value: str | int | None) -> None:
        """Set a variable of the client's own."""
        self._own[name.lower()] = value

    def set(self, name: str, value: str | int | None) -> str:
        """Set a system variable and return a warning, or nothing, if it does something or need not."""
        name = name.lower()
        default = str(value).upper() == "DEFAULT"
        self._values[name] = DEFAULTS.get(name) if default else value
        if name == "time_zone" and str(value).lower() not in _UTC and not default:
            return f"time_zone {value}: times are given in UTC, whatever the session's zone."
        if name == "max_execution_time" and str(value) != "0" and not default:
            return "max_execution_time is ignored: the property StatementTimeout bounds a statement."
        return "" if name in DEFAULTS else f"The variable {name} does nothing here."

    @property
    def autocommit(self) -> bool:
        """Whether each statement on scratch tables is a transaction of its own."""
        return str(self._values["autocommit"]).upper() in ("1", "ON", "TRUE")

    @property
    def reads_only(self) -> bool:
        """Whether the client has bound itself to reading (SET SESSION TRANSACTION READ ONLY)."""
        return str(self._values["transaction_read_only"]).upper() in ("1", "ON", "TRUE")

    @property
    def most_rows(self) -> int | None:
        """How many rows a SELECT without LIMIT gives at most (sql_select_limit); None: all."""
        text = str(self._values["sql_select_limit"])
        return int(text) if text.isdecimal() and int(text) < _EVERYTHING else None

    @property
    def ansi_quotes(self) -> bool:
        """Whether double quotes hold names, as in standard SQL, and not texts."""
        modes = str(self._values["sql_mode"]).upper().split(",")
        return "ANSI_QUOTES" in modes or "ANSI" in modes
