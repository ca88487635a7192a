"""What a statement may cost, and the refusal of one that would cost more before anything is asked."""

from __future__ import annotations

from dataclasses import dataclass

from amzsql.errors import BudgetExceeded
from amzsql.execute import outlook
from amzsql.execute.context import Context
from amzsql.plan.nodes import Plan


@dataclass(frozen=True, slots=True)
class Limits:
    """What a statement may cost: requests and seconds (None: as much as it likes), and the rows it may give."""

    requests: int | None = None
    seconds: float | None = None
    rows: int | None = None

    def exceeded(self, plan: Plan, context: Context) -> bool:
        """Tell whether the plan costs more than the statement may."""
        many = self.requests is not None and plan.requests > self.requests
        return many or (self.seconds is not None and _seconds(plan, context) > self.seconds)

    def check(self, plan: Plan, context: Context) -> None:
        """Raise BudgetExceeded if the plan costs more than the statement may, beside the requests already spent."""
        spent = context.stats.requests
        short = self.requests is not None and plan.requests + spent > self.requests
        if not short and not self.exceeded(plan, context):
            return
        limits = []
        if self.requests is not None:
            limits.append(f"{_requests(self.requests)} (MaxRequests)")
        if self.seconds is not None:
            limits.append(f"{_span(self.seconds)} (StatementTimeout)")
        about = "" if plan.basis == "exact" else "about "
        raise BudgetExceeded.beforehand(
            plan.requests,
            plan.seconds,
            f"The statement needs {about}{_requests(plan.requests)} and {_span(plan.seconds)} on Amazon's clock; "
            f"it may use {' and '.join(limits)}. {_advice(plan)}",
        )


def _seconds(plan: Plan, context: Context) -> float:
    """Return the seconds that a plan needs at least: of a group's, those of the slowest account."""
    each = [
        outlook.seconds(a.plan, context.accounts[a.account]) for a in plan.accounts if a.account in context.accounts
    ]
    return max(each) if each else outlook.seconds(plan, context)


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count} requests"


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def _advice(plan: Plan) -> str:
    for scan in plan.every_scan():
        column = scan.ref.table.entry.time_column
        if scan.path is not None and scan.path.declared.report:
            return (
                "A report takes its time: ask without the limit, with Latency=Interactive (it is ordered, and the error"
                " says when to ask again), or for what is there by leaving out its window."
            )
        if scan.fetch is not None and column:
            name = scan.ref.table.name
            return f"Narrow {name} by {column}, for example {column} >= CURRENT_DATE - INTERVAL 7 DAY, or add a LIMIT."
    return "Add a filter or a LIMIT, or raise the limit."
