"""Whatever a statement looks like, each page is asked for once, and slow readers of a fetch stay within memory."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from driving import rows, simulated

WHERE = "PurchaseDate >= '2026-01-01'"
ORDERS = (
    f"(SELECT AmazonOrderId AS k, OrderTotalAmount AS n, OrderStatus AS g, PurchaseDate AS t FROM Orders WHERE {WHERE})"
)
STATEMENTS = {
    "CTE twice": "WITH c AS {o} SELECT count(*) FROM c x JOIN c y ON x.k = y.k",
    "CTE not materialized": "WITH c AS NOT MATERIALIZED {o} SELECT count(*) FROM c x JOIN c y ON x.k = y.k",
    "CTE three times": "WITH c AS {o} SELECT k FROM c UNION ALL SELECT g FROM c UNION ALL SELECT k FROM c",
    "CTE as a scalar": "WITH c AS {o} SELECT count(*) FROM c WHERE n > (SELECT avg(n) FROM c)",
    "self-join": "SELECT count(*) FROM {o} x JOIN {o} y ON x.k = y.k",
    "EXISTS": "SELECT count(*) FROM {o} x WHERE EXISTS (SELECT 1 FROM {o} y WHERE y.g = x.g AND y.n > x.n)",
    "NOT IN": "SELECT count(*) FROM {o} x WHERE k NOT IN (SELECT k FROM {o} WHERE n > 50)",
    "correlated scalar": "SELECT sum(m) FROM (SELECT (SELECT max(n) FROM {o} y WHERE y.t < x.t) AS m FROM {o} x)",
    "LATERAL": "SELECT count(*) FROM {o} x, LATERAL (SELECT n FROM {o} y WHERE y.g = x.g ORDER BY n LIMIT 2) z",
    "GROUPING SETS": "SELECT g, k, count(*) FROM {o} GROUP BY GROUPING SETS ((g), (k), ())",
    "several DISTINCT": "SELECT count(DISTINCT n), count(DISTINCT k), sum(n) FROM {o}",
    "UNPIVOT": "SELECT count(*) FROM (SELECT k, n, n + 1 AS m FROM {o}) UNPIVOT (v FOR c IN (n, m))",
    "windows": "SELECT k, n / sum(n) OVER (), rank() OVER (PARTITION BY g ORDER BY t) FROM {o}",
    "ASOF": "SELECT count(*) FROM {o} x ASOF JOIN {o} y ON x.g = y.g AND x.t >= y.t",
    "FULL": "SELECT count(*) FROM {o} x FULL JOIN {o} y ON x.k = y.k AND y.n > 50",
    "INTERSECT ALL": "SELECT k FROM {o} INTERSECT ALL SELECT k FROM {o}",
    "recursion": "WITH RECURSIVE r AS (SELECT 0 AS i, '' AS k UNION ALL "
    "SELECT i + 1, (SELECT min(k) FROM {o} WHERE k > r.k) FROM r WHERE i < 5) SELECT count(DISTINCT k) FROM r",
    "recursion that joins": "WITH RECURSIVE r AS (SELECT 0 AS i, min(k) AS k FROM {o} UNION ALL "
    "SELECT i + 1, c.k FROM r JOIN {o} c ON c.k > r.k WHERE i < 1) SELECT count(*) FROM r",
    "recursion that leaves early": "WITH RECURSIVE r AS (SELECT 0 AS i, 0::BIGINT AS found UNION ALL "
    "SELECT i + 1, (SELECT count(*) FROM (SELECT k FROM {o} LIMIT 5)) FROM r WHERE i < 2) "
    "SELECT sum(found) FROM r",
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_each_page_is_asked_for_once(name: str) -> None:
    connection, simulator = simulated(throttle="off", OrdersApi="v0")
    found = rows(connection, STATEMENTS[name].format(o=ORDERS))
    assert found
    pages = Counter((r.operation, tuple(sorted(r.query.items()))) for r in simulator.log[1:])
    # Page tokens are shortened in the log: the first page once, and as many others as the world has pages.
    assert [n for (_, query), n in pages.items() if "NextToken" not in dict(query)] == [1]
    assert sum(pages.values()) <= 3


def test_a_recursion_sees_all_rows() -> None:
    connection, _ = simulated(throttle="off")
    found = rows(connection, STATEMENTS["recursion that joins"].format(o=ORDERS))
    assert found == [(202,)]


@pytest.mark.parametrize("limit", [1, 100_000, 64 << 20])
def test_slow_readers_stay_within_memory(limit: int) -> None:
    """One side of the join is read to its end before the other begins: its pages wait."""
    connection, _ = simulated(orders=2000, throttle="off")
    statement = (
        "SELECT count(*), count(DISTINCT i.SellerSKU), sum(o.OrderTotalAmount) FROM Orders o "
        "JOIN OrderItems i ON i.AmazonOrderId = o.AmazonOrderId WHERE o.PurchaseDate >= '2026-01-01'"
    )
    expected = rows(connection, statement)
    cursor = connection.cursor()
    event: Any = connection.runtime.clock.event()
    with connection.runtime.clock.actor():
        from amzsql.execute.context import Stats

        context = connection._context(event, cursor, Stats())
        context.spool_bytes = limit
        result = connection._statements.run(statement, None, context)
        batch = result.next_batch()
    assert batch is not None
    assert [tuple(c[0].as_py() for c in batch.columns)] == expected
    assert result._run is not None
    most = max(run.pages.most for run in result._run.fetches[0].runs)
    page = max(r.bytes for r in connection.runtime.ledger.recent)
    assert 0 < most <= max(limit, page)
