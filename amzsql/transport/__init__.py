"""One Request to Amazon in, one Response out. Nothing here knows of tables or of SQL."""

from amzsql.transport.agent import user_agent
from amzsql.transport.auth import LWA_URL, Auth, LwaAuth, NoAuth, StaticAuth
from amzsql.transport.paging import TokenGuard, next_operation, next_parameters, total_rows
from amzsql.transport.request import Request, Response, in_process
from amzsql.transport.retry import is_not_found
from amzsql.transport.session import Budget, RequestRecord, Session
from amzsql.transport.throttle import Buckets, BucketStore, Fill
from amzsql.transport.tokens import TokenStore, open_store

__all__ = [
    "LWA_URL",
    "Auth",
    "BucketStore",
    "Buckets",
    "Budget",
    "Fill",
    "LwaAuth",
    "NoAuth",
    "Request",
    "RequestRecord",
    "Response",
    "Session",
    "StaticAuth",
    "TokenGuard",
    "TokenStore",
    "in_process",
    "is_not_found",
    "next_operation",
    "next_parameters",
    "open_store",
    "total_rows",
    "user_agent",
]
