"""Connections: what a process keeps for an account (`runtime`), and the catalog as one connection sees it."""

from amzsql.connection.connection import Connection, open_connection
from amzsql.connection.runtime import Runtime

__all__ = ["Connection", "Runtime", "open_connection"]
