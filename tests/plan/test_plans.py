"""Golden plans: `tests/plans/*.sql` hold a statement, the situation it is planned in, and the EXPLAIN that is due.

A file's first comments are the situation (``-- now:``, ``-- marketplaces:``, ``-- tokens:``, ``-- counts N:``,
``-- keys N:``, ``-- orders_api:``, ``-- page_size:``, ``-- use_reports:``, ``-- probe:`` with the count that it tells,
``-- read:``, ``-- reading:`` and ``-- begun:`` with a statement whose pages were all there half a minute ago, are being
read, or of which the first was read);
below ``---`` stands what EXPLAIN shows, or the error. `AMZSQL_UPDATE_PLANS=1` writes what is planned now into the
files, for reading the difference.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from amzsql import marketplaces
from amzsql.catalog import registry
from amzsql.errors import Error
from amzsql.execute.engine import Engines
from amzsql.plan import explain
from amzsql.plan.nodes import Plan, Situation
from amzsql.plan.planner import plan
from amzsql.plan.served import asked_of
from amzsql.plan.shared import Known, SharedChain
from amzsql.sql.binding import Bound, bind
from amzsql.sql.local import Places
from amzsql.sql.statement import parse

PLANS = Path(__file__).parent.parent / "plans"
FILES = sorted(PLANS.glob("*.sql"))
UPDATE = os.environ.get("AMZSQL_UPDATE_PLANS") == "1"
EUROPE = {m.id for m in marketplaces.MARKETPLACES if m.region == "EU"}
SHOWN = ("Step", "Node", "Table", "AccessPath", "Parameters", "Residual", "Rows", "Requests", "Seconds", "Basis")


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    engines = Engines()
    yield engines
    engines.close()


def read_file(path: Path) -> tuple[dict[str, str], str, str]:
    """Return a file's situation, statement and expected text."""
    asked, _, due = path.read_text(encoding="utf-8").partition("\n---\n")
    lines = asked.splitlines()
    heads = [line for line in lines if line.startswith("-- ") and ":" in line]
    given = {k.strip(): v.strip() for k, v in (line[3:].split(":", 1) for line in heads)}
    return given, "\n".join(line for line in lines if line not in heads), due


def situation(given: dict[str, str]) -> Situation:
    tokens = dict(pair.strip().split("=") for pair in given.get("tokens", "").split(",") if pair)
    names = [n.strip() for n in given.get("marketplaces", "US").split(",")]
    return Situation(
        dt.datetime.fromisoformat(given["now"]).astimezone(dt.UTC),
        marketplaces=None if names == ["unknown"] else tuple(marketplaces.find(n).id for n in names),
        seller=given.get("seller"),
        tokens={name: float(count) for name, count in tokens.items()},
        orders_api=given.get("orders_api", "Auto"),
        page_size=int(given["page_size"]) if "page_size" in given else None,
        use_reports="use_reports" in given,
    )


def bound(sql: str, told: Situation, engines: Engines) -> Bound:
    def evaluate(expressions: object) -> list[object]:
        with engines.lend(threads=1) as engine:
            return list(engine.values(expressions))

    return bind(
        parse(sql),
        (),
        resolver=lambda schema, name: registry.find(schema or "SellingPartner", name),
        known=lambda schema: list(registry.names(schema or "SellingPartner")),
        evaluator=evaluate,
        now=told.now,
        zone=ZoneInfo("UTC"),
        places=Places(told.marketplaces, "EU" if EUROPE & set(told.marketplaces or ()) else None),
    )


def planned(given: dict[str, str], sql: str, engines: Engines) -> Plan:
    """Plan a statement; `counts N` and `keys N` are those of the plan's N-th fetch (from 1)."""
    told = situation(given)
    if set(given) & {"read", "reading", "begun"}:
        told = replace(told, shared=Known(60.0, tuple(_chains(given, told, engines))))
    statement = bound(sql, told, engines)
    found = plan(statement, told)
    if "probe" in given:
        assert found.probe is not None
        metered = {(found.probe.table, found.probe.span): int(given["probe"])}
        return plan(statement, replace(told, metered=metered, probed=True))
    counts, keys = {}, {}
    for name, value in given.items():
        word, _, number = name.partition(" ")
        if word in ("counts", "keys") and number:
            signature = found.fetches[int(number) - 1].signature
            if word == "counts":
                counts[signature] = tuple(int(v) for v in value.split())
            else:
                keys[signature] = int(value)
    return plan(statement, replace(told, counts=counts, keys=keys)) if counts or keys else found


def _chains(given: dict[str, str], told: Situation, engines: Engines) -> Iterator[SharedChain]:
    """Yield the chains of pages that another statement has read, or is reading."""
    how = next(word for word in ("read", "reading", "begun") if word in given)
    told = replace(told, shared=Known(60.0))
    fetches = plan(bound(given[how], told, engines), told).fetches
    for number, fetch in enumerate(f for f in fetches if f.sharing is not None):
        asked = asked_of(fetch, 60.0, cuts=True)
        for place, parameters in enumerate(asked.partitions):
            yield SharedChain(
                100 * number + place,
                fetch.operation.key,
                parameters,
                asked.included,
                size=fetch.page_size,
                pages=1 if how == "begun" else 5,
                as_of=told.now.timestamp() - 30,
                complete=how == "read",
                whole=how == "reading",
                assumed=asked.assumed,
            )


def shown(given: dict[str, str], sql: str, engines: Engines) -> str:
    try:
        found = planned(given, sql, engines)
    except Error as error:
        return f"{type(error).__name__}: {error}\n"
    lines = []
    for row in explain.rows(found, participations=given.get("marketplaces") == "unknown"):
        parts = [f"{n}={v}" for n, v in zip(SHOWN[2:], row[2:], strict=True) if v not in ("", None)]
        lines.append(f"{row[0]} {row[1]}: " + "; ".join(parts))
    lines.append(f"mode: {found.mode}")
    lines += [f"warning: {warning}" for warning in found.warnings if "may be NULL" not in warning]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_the_plan_is_the_golden_one(path: Path, engines: Engines) -> None:
    given, sql, due = read_file(path)
    found = shown(given, sql, engines)
    if UPDATE and found != due:
        text = path.read_text(encoding="utf-8").partition("\n---\n")[0]
        path.write_text(f"{text}\n---\n{found}", encoding="utf-8")
        pytest.fail(f"{path.name} was rewritten")
    assert found == due


def test_there_are_plans() -> None:
    assert len(FILES) >= 25
