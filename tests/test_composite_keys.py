"""Rows that are asked by two keys together: these come from one row, are asked once; nothing is lost or doubled."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from driving import NOW, SECRETS
from inbound import Inbound, Whole

from amzsql.clock import VirtualClock
from amzsql.connection import Connection, Runtime
from amzsql.errors import ProgrammingError
from amzsql.execute.binding_keys import distinct
from amzsql.plan.nodes import Bind, BoundKey
from amzsql.settings import read
from amzsql.simulator import Simulator

ON = "b.InboundPlanId = s.InboundPlanId AND b.ShipmentId = s.ShipmentId"
COLUMNS = {
    "ToyPlans": "InboundPlanId, PlanStatus",
    "ToyShipments": "InboundPlanId, ShipmentId, Status, PlanStatus",
    "ToyBoxes": "InboundPlanId, ShipmentId, PackageId, BoxId",
    "ToyItems": "InboundPlanId, ShipmentId, Msku, Quantity",
}


def connected(kind: type[Connection] = Inbound, wrap: Callable[[Any], Any] = lambda app: app) -> tuple[Any, Simulator]:
    simulator = Simulator(VirtualClock(NOW), orders=60)
    settings = read("", **({"Marketplace": "United States"} | SECRETS))
    return kind(settings, Runtime(settings, app=wrap(simulator), clock=simulator.clock)), simulator


def rows(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    return connection.cursor().execute(sql).fetchall()


def calls(simulator: Simulator) -> Counter[str]:
    return Counter(r.operation.rpartition(".")[2] for r in simulator.log if r.operation.startswith("fulfillment"))


@lru_cache(maxsize=1)
def world() -> duckdb.DuckDBPyConnection:
    """Return plain DuckDB with all tables: those of two keys read by each pair, as constants."""
    connection, _ = connected()
    con = duckdb.connect()
    for name in ("ToyPlans", "ToyShipments"):
        con.register(name, connection.cursor().execute(f"SELECT {COLUMNS[name]} FROM {name}").fetch_arrow_table())
    pairs = con.execute("SELECT DISTINCT InboundPlanId, ShipmentId FROM ToyShipments").fetchall()
    for name in ("ToyBoxes", "ToyItems"):
        sql = f"SELECT {COLUMNS[name]} FROM {name} WHERE InboundPlanId = ? AND ShipmentId = ?"
        con.register(name, pa.concat_tables([connection.cursor().execute(sql, p).fetch_arrow_table() for p in pairs]))
    return con


@lru_cache(maxsize=1)
def known() -> dict[str, str]:
    """Return a plan, a shipment of it, and one of another plan."""
    found = (
        world().execute("SELECT InboundPlanId, min(ShipmentId) FROM ToyBoxes GROUP BY 1 ORDER BY 1 LIMIT 2").fetchall()
    )
    return {"plan": found[0][0], "shipment": found[0][1], "other": found[1][1], "second": found[1][0]}


STATEMENTS = {
    "alone": "SELECT {c} FROM ToyBoxes",
    "join": f"SELECT s.Status, b.BoxId FROM ToyShipments s JOIN ToyBoxes b ON {ON}",
    "join of the status": f"SELECT b.BoxId FROM ToyShipments s JOIN ToyBoxes b ON {ON} WHERE s.PlanStatus = 'SHIPPED'",
    "left": f"SELECT s.ShipmentId, b.BoxId FROM ToyShipments s LEFT JOIN ToyBoxes b ON {ON}",
    "left, turned": f"SELECT s.Status, b.BoxId FROM ToyBoxes b LEFT JOIN ToyShipments s ON {ON}",
    "right": f"SELECT s.Status, b.BoxId FROM ToyBoxes b RIGHT JOIN ToyShipments s ON {ON}",
    "full": f"SELECT s.Status, b.BoxId FROM ToyBoxes b FULL JOIN ToyShipments s ON {ON}",
    "semi": f"SELECT b.BoxId FROM ToyBoxes b SEMI JOIN ToyShipments s ON {ON}",
    "anti": f"SELECT b.BoxId FROM ToyBoxes b ANTI JOIN ToyShipments s ON {ON} AND s.Status = 'CLOSED'",
    "ON and WHERE": "SELECT b.BoxId FROM ToyShipments s JOIN ToyBoxes b ON b.ShipmentId = s.ShipmentId "
    "WHERE b.InboundPlanId = s.InboundPlanId",
    "using": "SELECT BoxId, Msku FROM ToyBoxes JOIN ToyItems USING (InboundPlanId, ShipmentId)",
    "rows IN": "SELECT BoxId FROM ToyBoxes WHERE (InboundPlanId, ShipmentId) IN "
    "(SELECT InboundPlanId, ShipmentId FROM ToyShipments WHERE Status = 'CLOSED')",
    "rows NOT IN": "SELECT BoxId FROM ToyBoxes WHERE (InboundPlanId, ShipmentId) NOT IN "
    "(SELECT InboundPlanId, ShipmentId FROM ToyShipments WHERE Status = 'CLOSED')",
    "IN twice": "WITH c AS (SELECT * FROM ToyShipments) SELECT BoxId FROM ToyBoxes WHERE "
    "InboundPlanId IN (SELECT InboundPlanId FROM c) AND ShipmentId IN (SELECT ShipmentId FROM c)",
    "exists": f"SELECT b.BoxId FROM ToyBoxes b WHERE EXISTS (SELECT 1 FROM ToyShipments s WHERE {ON})",
    "correlated": f"SELECT s.ShipmentId, (SELECT count(*) FROM ToyBoxes b WHERE {ON}) AS n FROM ToyShipments s",
    "a plan": "SELECT {c} FROM ToyBoxes WHERE InboundPlanId = '{plan}'",
    "a shipment": "SELECT {c} FROM ToyBoxes WHERE ShipmentId = '{shipment}'",
    "no such pair": "SELECT {c} FROM ToyBoxes WHERE InboundPlanId = '{plan}' AND ShipmentId = '{other}'",
    "two of each": "SELECT {c} FROM ToyBoxes WHERE InboundPlanId IN ('{plan}', '{second}') "
    "AND ShipmentId IN ('{shipment}', '{other}')",
    "one bound, one given": "SELECT b.BoxId FROM ToyPlans p JOIN ToyBoxes b ON b.InboundPlanId = p.InboundPlanId "
    "WHERE b.ShipmentId = '{shipment}'",
    "both bound, one given": f"SELECT b.BoxId FROM ToyShipments s JOIN ToyBoxes b ON {ON} "
    "WHERE b.InboundPlanId = '{plan}'",
    "by two tables": "SELECT b.BoxId FROM ToyBoxes b JOIN ToyPlans p ON b.InboundPlanId = p.InboundPlanId "
    "JOIN ToyShipments s ON b.ShipmentId = s.ShipmentId",
    "three generations": f"SELECT p.PlanStatus, b.BoxId FROM ToyPlans p JOIN ToyShipments s "
    f"ON s.InboundPlanId = p.InboundPlanId JOIN ToyBoxes b ON {ON} WHERE p.PlanStatus <> 'VOIDED'",
    "grandparent": "SELECT p.PlanStatus, b.BoxId FROM ToyPlans p JOIN ToyBoxes b USING (InboundPlanId)",
    "itself": "SELECT a.BoxId, b.BoxId FROM ToyBoxes a JOIN ToyBoxes b "
    "ON a.InboundPlanId = b.InboundPlanId AND a.ShipmentId = b.ShipmentId AND a.PackageId = b.PackageId",
    "CTE twice": "WITH c AS (SELECT * FROM ToyBoxes) "
    "SELECT x.BoxId FROM c x JOIN c y USING (InboundPlanId, ShipmentId)",
    "derived": "SELECT d.Status, b.BoxId FROM (SELECT InboundPlanId AS p, ShipmentId AS h, Status FROM ToyShipments) d "
    "JOIN ToyBoxes b ON b.InboundPlanId = d.p AND b.ShipmentId = d.h",
    "union": "SELECT BoxId FROM ToyBoxes UNION ALL SELECT Msku FROM ToyItems",
    "picked first": "SELECT s.ShipmentId, b.BoxId FROM (SELECT InboundPlanId, ShipmentId FROM ToyShipments "
    f"ORDER BY ShipmentId LIMIT 3) s JOIN ToyBoxes b ON {ON}",
    "or": "SELECT BoxId FROM ToyBoxes WHERE InboundPlanId = '{plan}' OR ShipmentId = '{other}'",
}


@pytest.mark.parametrize("kind", [Inbound, Whole])
@pytest.mark.parametrize("name", STATEMENTS)
def test_the_same_rows_as_plain_duckdb_and_each_request_once(name: str, kind: type[Connection]) -> None:
    sql = STATEMENTS[name].format(c=COLUMNS["ToyBoxes"], **known())
    connection, simulator = connected(kind)
    found, wanted = Counter(rows(connection, sql)), Counter(world().execute(sql).fetchall())
    assert found == wanted
    assert wanted or name in ("no such pair", "rows NOT IN", "anti")
    asked = Counter((r.path, tuple(sorted(r.query.items()))) for r in simulator.log if r.operation)
    assert max(asked.values()) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("alone", (1, 14, 21)),
        ("a plan", (0, 1, 2)),
        ("a shipment", (1, 14, 1)),
        ("no such pair", (0, 0, 1)),
        ("join of the status", (1, 11, 21)),
        ("both bound, one given", (0, 1, 2)),
        ("three generations", (1, 14, 21)),
        ("picked first", (1, 14, 3)),
        ("itself", (1, 14, 21)),
        ("CTE twice", (1, 14, 21)),
    ],
)
def test_only_what_may_have_rows_is_asked(name: str, expected: tuple[int, int, int]) -> None:
    """Distinct pairs are asked, of the plans and shipments that the statement names; filters reach the parents."""
    connection, simulator = connected()
    rows(connection, STATEMENTS[name].format(c=COLUMNS["ToyBoxes"], **known()))
    found = calls(simulator)
    assert (found["listInboundPlans"], found["getInboundPlan"], found["listShipmentBoxes"]) == expected


def test_a_limit_asks_few_parents() -> None:
    connection, simulator = connected()
    found = rows(connection, "SELECT BoxId FROM ToyBoxes LIMIT 3")
    assert (len(found), set(found) <= set(world().execute("SELECT BoxId FROM ToyBoxes").fetchall())) == (3, True)
    asked = calls(simulator)
    assert asked["listInboundPlans"] == 1
    assert asked["getInboundPlan"] <= 12
    assert asked["listShipmentBoxes"] < 21


def test_parents_that_read_the_same_share_their_fetch() -> None:
    connection, simulator = connected()
    rows(connection, STATEMENTS["using"])
    found = calls(simulator)
    assert found == {"listInboundPlans": 1, "getInboundPlan": 14, "listShipmentBoxes": 21, "listShipmentItems": 21}


def test_explain_names_all_that_is_bound() -> None:
    connection, _ = connected()
    steps = rows(connection, f"EXPLAIN {STATEMENTS['a shipment'].format(c='BoxId', **known())}")
    assert [(s[1], s[2]) for s in steps[:3]] == [
        ("Parent", "ToyPlans"),
        ("Parent", "ToyShipments"),
        ("Bind join", "ToyBoxes"),
    ]
    assert steps[2][4] == (
        "inboundPlanId=<ToyShipments.InboundPlanId>, "
        f"shipmentId=<ToyShipments.ShipmentId in {known()['shipment']}>, pageSize=1000"
    )
    assert [(s[6], s[7]) for s in steps[:3]] == [(14, 1), (28, 14), (2, 1)]


def test_an_estimate_counts_distinct_pairs() -> None:
    connection, _ = connected()
    steps = rows(connection, f"EXPLAIN ANALYZE {STATEMENTS['alone'].format(c='BoxId')}")
    assert [(s[1], s[7]) for s in steps] == [
        ("Parent", 1),
        ("Parent", 14),
        ("Bind join", 28),
        ("Engine", 0),
        ("Total", 43),
    ]
    assert [s[10] for s in steps] == [1, 14, 21, None, 36]


NEEDED = "For example: SELECT * FROM ToyOrphans WHERE InboundPlanId = 'wf1' AND ShipmentId = 'sh1'"


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("", f"ToyOrphans needs a filter on InboundPlanId and ShipmentId. {NEEDED}"),
        (" WHERE o.ShipmentId = 'a'", f"ToyOrphans needs a filter on InboundPlanId. {NEEDED}"),
        (" JOIN ToyPlans p USING (InboundPlanId)", f"ToyOrphans needs a filter on ShipmentId. {NEEDED}"),
        (
            " JOIN ToyPlans p USING (InboundPlanId) JOIN ToyShipments s ON o.ShipmentId = s.ShipmentId",
            "ToyOrphans takes InboundPlanId and ShipmentId from the rows of one table, and they are joined to several: "
            f"join both to one, or add a filter on ShipmentId, or InboundPlanId. {NEEDED}",
        ),
    ],
)
def test_an_error_names_all_that_is_missing(rest: str, message: str) -> None:
    connection, simulator = connected()
    with pytest.raises(ProgrammingError) as caught:
        rows(connection, f"SELECT * FROM ToyOrphans o{rest}")
    assert str(caught.value) == message
    assert not calls(simulator)


@pytest.mark.parametrize("join", [f"JOIN ToyShipments s ON {ON}", f"SEMI JOIN ToyShipments s ON {ON}"])
def test_a_table_without_a_parent_is_bound_by_a_join(join: str) -> None:
    connection, simulator = connected()
    found = rows(connection, f"SELECT b.BoxId FROM ToyOrphans b {join}")
    assert Counter(found) == Counter(world().execute("SELECT BoxId FROM ToyBoxes").fetchall())
    assert calls(simulator)["listShipmentBoxes"] == 21


def test_keys_of_different_rows_do_not_stand_together() -> None:
    """Each column is in the table, but not necessarily both in one row: they bind nothing together."""
    connection, _ = connected()
    sql = (
        "WITH c AS (SELECT * FROM ToyShipments) SELECT * FROM ToyOrphans WHERE "
        "InboundPlanId IN (SELECT InboundPlanId FROM c) AND ShipmentId IN (SELECT ShipmentId FROM c)"
    )
    with pytest.raises(ProgrammingError, match="ToyOrphans"):
        rows(connection, sql)


class WithoutShipmentIds:
    """Amazon with one shipment of each plan nameless."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = b"".join(self._simulator(environ, lambda status, headers, *_: start(status, _unsized(headers))))
        if environ["PATH_INFO"].rpartition("/")[0].endswith("/inboundPlans"):
            plan = json.loads(body)
            for shipment in (plan.get("shipments") or [])[:1]:
                shipment["shipmentId"] = None
            body = json.dumps(plan).encode()
        return [body]


def _unsized(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [h for h in headers if h[0].lower() != "content-length"]


def test_half_a_key_binds_nothing() -> None:
    connection, simulator = connected(wrap=WithoutShipmentIds)
    shipments = rows(connection, "SELECT InboundPlanId, ShipmentId FROM ToyShipments")
    named = {pair for pair in shipments if pair[1] is not None}
    assert 0 < len(named) < len(shipments)
    del simulator.log[:]
    boxes = rows(connection, "SELECT InboundPlanId, ShipmentId FROM ToyBoxes")
    assert set(boxes) == named
    assert calls(simulator)["listShipmentBoxes"] == len(named)


def test_keys_are_distinct_rows_without_null() -> None:
    columns = [pa.array(["a", "a", None, "b", "a", "c"]), pa.array([1, 1, 2, None, 2, 9])]
    one, two = BoundKey("A", "a", "x", is_list=False), BoundKey("B", "b", "y", is_list=False)
    assert distinct(columns, Bind(0, (one, two))) == [("a", 1), ("a", 2), ("c", 9)]
    few = BoundKey("B", "b", "y", is_list=False, among=frozenset({2, 9}))
    assert distinct(columns, Bind(0, (one, few))) == [("a", 2), ("c", 9)]
    assert distinct(columns[:1], Bind(0, (one,))) == [("a",), ("b",), ("c",)]
