"""How long a statement will wait, where its plan counts documents that are there already or that it need not wait for.

A plan is pure: it takes each report for one that is still to be made. Knows nothing of limits; asks nothing.
"""

from __future__ import annotations

from amzsql.execute.context import Context
from amzsql.execute.report_life import Reports
from amzsql.execute.report_source import order_of
from amzsql.plan import data_kiosk
from amzsql.plan.nodes import FetchPlan, Plan
from amzsql.spapi.document_types import report_types


def seconds(plan: Plan, context: Context) -> float:
    """Return the seconds that a plan needs at least, on Amazon's clock.

    With Latency=Interactive no wait for a document counts: what is not there in time goes on being made.
    """
    waits = [
        (f.documents.seconds + f.documents.queue, _expected(f, context))
        for f in plan.every_fetch()
        if f.documents is not None
    ]
    waits += [_answered(f, context) for f in plan.every_fetch() if data_kiosk.is_query(f)]
    if not waits:
        return plan.seconds
    planned, expected = (max(each) for each in zip(*waits, strict=True))
    return float(max(0.0, plan.seconds - planned + (0.0 if context.rules.interactive else expected)))


def _expected(fetch: FetchPlan, context: Context) -> float:
    documents = fetch.documents
    assert documents is not None  # asked of such fetches only
    if documents.way != "order" or documents.kind not in report_types():
        return float(documents.seconds + documents.queue)
    return Reports(context).expected(order_of(dict(p.parameters)) for p in fetch.partitions)


def _answered(fetch: FetchPlan, context: Context) -> tuple[float, float]:
    from amzsql.execute import kiosk_run  # late: few statements ask queries

    return kiosk_run.outlook(fetch, context)
