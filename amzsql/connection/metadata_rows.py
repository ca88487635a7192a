"""Rows of the metadata tables that a process has: buckets, requests and what was written."""

from __future__ import annotations

import json

from amzsql import marketplaces, spapi
from amzsql.catalog import registry, system
from amzsql.clock import utc
from amzsql.connection.runtime import Runtime
from amzsql.execute import journal
from amzsql.settings import Settings
from amzsql.transport import RequestRecord


def quota(settings: Settings, runtime: Runtime) -> list[system.Row]:
    """Return the account's bucket of each operation: those asked by the process, then those a table may ask."""
    session = runtime.session(runtime.endpoint or marketplaces.REGIONS["NA"].endpoint)
    found: list[system.Row] = []
    tables = (registry.table(schema, name) for schema in registry.SCHEMAS for name in registry.names(schema))
    known = sorted({path.operation for table in tables for path in (*table.paths, *table.reports)})
    for name in dict.fromkeys([*runtime.ledger.operations(), *known]):
        operation = spapi.operation(name)
        fill, bucket = session.fill(operation), session.bucket(operation)
        found.append(
            {
                "Account": settings.account,
                "Operation": name,
                "Rate": operation.rate.rate,
                "LearnedRate": bucket.rate,
                "Tokens": fill.tokens,
                "FullAt": utc(bucket.value) if bucket.value else None,
                "Last429": None if bucket.last_429 is None else utc(bucket.last_429),
            }
        )
    return found


def requested(record: RequestRecord) -> system.Row:
    """Return a request as a row of sys_requests."""
    return {
        "Account": record.account,
        "Operation": record.operation,
        "StartedAt": utc(record.time),
        "Status": record.status,
        "Seconds": record.seconds,
        "WaitedSeconds": record.waited,
        "Throttled": record.throttled,
        "Bytes": record.bytes,
    }


def kept(entry: journal.Entry) -> system.Row:
    """Return what is known of a written row as a row of sys_writes."""
    return {
        "Account": entry.account,
        "Statement": entry.statement,
        "RowNumber": entry.row,
        "Verb": entry.verb,
        "SchemaName": entry.schema,
        "TableName": entry.table,
        "RowKey": json.dumps(entry.key, ensure_ascii=False),
        "State": entry.state,
        "ChangedAt": utc(entry.at),
        "RequestId": entry.request_id,
    }
