"""What the planner is told of an account: its buckets, marketplaces and rules, and what earlier statements came upon.

Asks Amazon nothing but, with a context, for the marketplaces. Knows no SQL and no cursor.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from amzsql import marketplaces, spapi
from amzsql.catalog import registry
from amzsql.catalog.model import Table, TablePath
from amzsql.clock import utc
from amzsql.connection.runtime import DAY, Runtime
from amzsql.execute.context import Context
from amzsql.execute.statement import choice_key
from amzsql.plan import reports
from amzsql.plan.nodes import Plan, Situation
from amzsql.plan.remarks import asks_marketplaces
from amzsql.plan.shared import Known
from amzsql.plan.volume import counted_names, lineage
from amzsql.settings import Settings
from amzsql.spapi.model import Partner, Rate
from amzsql.sql.binding import Bound
from amzsql.transport import Session

Ids = Callable[[Context | None, bool], tuple[str, ...] | None]
"""Returns the marketplaces to ask, for a vendor or not; without a context nothing is asked."""


class Situations:
    """What is known of one account; `find` gives its tables by schema and name."""

    def __init__(self, settings: Settings, runtime: Runtime, find: Callable[[str, str], Table | None]) -> None:
        self._settings = settings
        self._runtime = runtime
        self._find = find

    def _session(self) -> Session:
        return self._runtime.session(self._runtime.endpoint or marketplaces.REGIONS["NA"].endpoint)

    def situation(self, bound: Bound, context: Context | None, kind: Partner | None, ids: Ids) -> Situation:
        """Return what the planner must know beside the statement; EXPLAIN gives no context, and nothing is asked.

        `kind`: whose the account is, as far as that is known; `ids` tells the marketplaces to ask.
        """
        runtime, settings = self._runtime, self._settings
        paths = self._paths(bound)
        wanted = any(asks_marketplaces(path) for path in paths)
        # A vendor's region is told by nothing but his marketplaces.
        vendor = kind == "vendor" or any(registry.partner(s.table) == "vendor" for s in bound.scans)
        wanted = wanted or (vendor and not runtime.endpoint)
        places = ids(context if wanted else None, vendor)
        if context is not None:
            context.session = self._session()
        types = {path.declared.report for path in paths} - {""}
        queries = {path.declared.query for path in paths} - {""}
        tokens, rates = self._fills({path.operation for path in paths} | set(reports.CALLS if types else ()))
        return Situation(
            utc(runtime.clock.now()),
            marketplaces=places,
            seller=settings.seller_id or (runtime.partner.partner_id if runtime.partner is not None else None),
            tokens=tokens,
            rates=rates,
            orders_api=settings.orders_api,
            page_size=settings.pagesize or None,
            report_seconds={name: self._report_seconds(name) for name in types | queries},
            report_turns=self._turns(types),
            choice=self._choice(bound),
            seen=self._seen(bound),
            use_reports=settings.use_reports and not vendor,
            denied=frozenset(name for name in types if runtime.book.is_denied(name)),
            foreign=settings.foreign_reports,
            report_age=settings.report_age,
            find=self._find,
            account=settings.account,
            zone=bound.zone,
            restricted=settings.include_restricted_data,
            shared=self._shared(paths, context),
            admitted=runtime.admitted(),
        )

    def _shared(self, paths: Sequence[TablePath], context: Context | None) -> Known | None:
        """Return the pages that may be read in place of calls; None: the statement reads by itself."""
        seconds = self._settings.share_scans
        if not seconds or (context is not None and context.share is None):
            return None
        names = {path.operation for path in paths if not (path.declared.report or path.declared.query)}
        session = self._session()
        return self._runtime.pages.known(session.owner, [spapi.operation(name) for name in names], seconds)

    def _report_seconds(self, name: str) -> float:
        """Return how long a report of a type, or a query of Data Kiosk's (``dataset.query``), is waited for."""
        dataset, _, own = name.rpartition(".")
        return self._runtime.book.usual("kiosk" if dataset else "report", own, self._settings.report_time)

    def _paths(self, bound: Bound) -> list[TablePath]:
        """Return the access paths of the statement's tables and of their parents."""
        tables = [table for s in bound.scans for table in lineage(s.table, self._find)]
        others = [p for table in tables for p in table.reports] if self._settings.use_reports else []
        return [p for table in tables for p in table.paths] + others

    def _seen(self, bound: Bound) -> Mapping[str, int]:
        """Return how many rows the statement's tables had when they were last read."""
        now = self._runtime.clock.now()
        found = {
            name: self._runtime.state.count(self._counted(name), now=now) for name in counted_names(bound, self._find)
        }
        return {name: rows for name, rows in found.items() if rows is not None}

    def _counted(self, table: str) -> str:
        return json.dumps([self._settings.account, self._runtime._account_key(), table])

    def _choice(self, bound: Bound) -> tuple[str, ...]:
        """Return the access paths that the statement took within the last day."""
        key = choice_key(self._settings.account, bound)
        kept = self._runtime.state.choice(key, now=self._runtime.clock.now())
        return tuple(kept.split(",")) if kept else ()

    def _fills(self, operations: set[str]) -> tuple[Mapping[str, float], Mapping[str, Rate]]:
        """Return the tokens and learned rates of the operations that a statement may ask."""
        session = self._session()
        tokens, rates = {}, {}
        for name in operations:
            operation = spapi.operation(name)
            fill = session.fill(operation)
            tokens[name] = fill.tokens
            rates[name] = Rate(fill.rate, fill.burst, operation.rate.known)
        return tokens, rates

    def _turns(self, types: set[str]) -> Mapping[str, float]:
        """Return in how many seconds an order of each type is taken, where that is not at once."""
        session = self._session()
        return {name: turn for name in types if (turn := session.turn(name)) > 0}

    def count(self, rows: Mapping[str, int]) -> None:
        """Remember how many rows some tables have, for the estimates of later statements."""
        now = self._runtime.clock.now()
        for table, number in rows.items():
            self._runtime.state.remember_count(self._counted(table), number, at=now)

    def remember(self, bound: Bound, plan: Plan) -> None:
        """Keep a statement's access paths for a day, so that the fill of buckets does not change its numbers."""
        if any(len(s.ref.table.paths) + len(s.ref.table.reports) > 1 for s in plan.every_scan()):
            key, paths, now = (
                choice_key(self._settings.account, bound),
                ",".join(plan.choice),
                self._runtime.clock.now(),
            )
            self._runtime.state.remember_choice(key, paths, at=now, until=now + DAY)

    def forget(self, bound: Bound) -> None:
        """Drop the kept access paths of a statement that failed."""
        self._runtime.state.forget("choice", choice_key(self._settings.account, bound))
