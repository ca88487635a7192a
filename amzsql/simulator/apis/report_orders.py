"""What a report is ordered with: which types, options and windows Amazon takes, and what becomes of the order.

Judges orders and makes the records of reports; knows nothing of requests for them or of what their documents hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from amzsql.simulator.accounts import Account
from amzsql.simulator.call import Call, denied, invalid, iso, parse_time
from amzsql.simulator.documents import Partner
from amzsql.simulator.world import DAY
from amzsql.spapi.document_types import ReportType, report_types

from .queued import CANCELLED, FATAL, MADE, Record, document_id, state

KIND = "report"
DOCUMENT = "report-document"
# Seconds that a report of a category takes beside the two minutes of any.
_SLOW = {
    "Analytics: brand": 600, "Analytics: vendor": 240, "Browse tree": 1200, "Regulatory": 1500, "Tax": 300,
    "Amazon Business": 600,
}  # fmt: skip
_HOURS = {"GET_REMOTE_FULFILLMENT_ELIGIBILITY": 6}
_ORDER_ROLE = ("Order", "Order tracking", "Order pending", "Returns")
# These two name their window in options that only one kind of partner has.
_COUPONS = {
    "seller": ("couponStartDateFrom", "couponStartDateTo"),
    "vendor": ("campaignStartDateFrom", "campaignStartDateTo"),
}


def check_type(call: Call, name: str, way: str) -> ReportType:
    """Return a type that the account may have in a way (request or schedule); refuse any other."""
    kind = report_types().get(name)
    if kind is None:
        raise invalid(f"reportType: {name} is not known.")
    if not may_read(call.account, kind):
        raise denied()
    if way not in kind.by:
        ways = {"request": "scheduled, not requested", "schedule": "requested, not scheduled"}
        raise invalid(
            f"reportType: {name} is {ways[way] if kind.by else 'made by Amazon; look for it with getReports'}."
        )
    return kind


def may_read(account: Account, kind: ReportType) -> bool:
    """Tell whether an account has reports of a type: those of its kind that its roles cover."""
    withheld = kind.category in _ORDER_ROLE and not account.may_call("ordersV0")
    return account.kind in kind.partners and not withheld


def check_options(call: Call, kind: ReportType, options: Mapping[str, str]) -> None:
    """Refuse options that the type does not have, values that they do not take, and the lack of a required one."""
    known = {o.name: o for o in kind.options}
    for name, value in options.items():
        if known and name not in known:
            raise invalid(f"reportOptions: {kind.name} has no option {name}.")
        values = known[name].values if name in known else ()
        if values and value not in values:
            raise invalid(f"reportOptions: {name} is one of {', '.join(values)}.")
    for name, value in options.items():
        if name.endswith(("DateFrom", "DateTo")) and not _is_time(str(value)):
            raise invalid(f"reportOptions: {name} is a date.")
    required = [o.name for o in kind.options if o.required]
    if kind.name == "GET_COUPON_PERFORMANCE_REPORT":
        required += _COUPONS[call.account.kind]
    missing = [name for name in required if name not in options]
    if missing:
        raise invalid(f"reportOptions: {kind.name} needs {', '.join(missing)}.")


def _is_time(text: str) -> bool:
    try:
        date.fromisoformat(text[:10])
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def check_markets(call: Call, marketplace_ids: Iterable[str]) -> None:
    """Refuse marketplaces of other regions, and such as the account does not sell in."""
    for marketplace_id in marketplace_ids:
        call.market("marketplaceIds", marketplace_id)


def window(call: Call, kind: ReportType, body: Mapping[str, Any]) -> tuple[int, int, str]:
    """Return the start and end of the data, and the outcome if the window alone decides it; refuse what cannot be.

    What is not given is now. What reaches back beyond the type's horizon is cut off there.
    """
    names = ("dataStartTime", "dataEndTime")
    start, end = (max(0, int(parse_time(body[n]))) if body.get(n) else int(call.now) for n in names)
    if max(start, end) > call.now:
        raise invalid("dataStartTime and dataEndTime must not lie in the future.")
    if start > end:
        raise invalid("dataStartTime must not lie after dataEndTime.")
    too_long = kind.longest is not None and end - start > kind.longest
    too_old = kind.horizon is not None and start < call.now - kind.horizon
    if kind.cancelled and (too_long or too_old):
        return start, end, CANCELLED
    if too_long:
        days = (kind.longest or 0) / DAY
        raise invalid(f"A report of type {kind.name} holds at most {days:g} days.")
    if too_old:
        start = min(end, int(call.now - (kind.horizon or 0)))
    return start, end, ""


def complaint(kind: ReportType, options: Mapping[str, str], start: int, end: int, now: float) -> str:
    """Return why the report will be FATAL, empty if it will not."""
    first, last, today = (date.fromisoformat(iso(int(t))[:10]) for t in (start, end, now))
    period = options.get("reportPeriod", "DAY")
    if kind.borders and not (_begins(first, period) and _begins(last + timedelta(days=1), period)):
        return f"The start and the end of the data must lie on the borders of a {period}."
    if kind.single and any(_begins(first + timedelta(days=n), period) for n in range(1, (last - first).days + 1)):
        return f"A report of type {kind.name} holds one {period} only."
    for option in kind.options:
        if option.longest is not None and len(options.get(option.name, "")) > option.longest:
            return f"The option {option.name} takes {option.longest} characters."
    if kind.name == "GET_VAT_TRANSACTION_DATA" and today.day < 3:
        return "The data of the last month is there from the third of the month on."
    return ""


def _begins(day: date, period: str) -> bool:
    """Tell whether a period begins on that day; weeks begin on Sunday."""
    if period == "WEEK":
        return day.weekday() == 6
    months = {"MONTH": range(1, 13), "QUARTER": (1, 4, 7, 10), "YEAR": (1,)}.get(period)
    return months is None or (day.day == 1 and day.month in months)


def repeated(partner: Partner, kind: ReportType, key: object, now: float) -> bool:
    """Tell whether the same report was asked for within the type's refresh time and is, or will be, there."""
    if kind.refresh is None:
        return False
    return any(
        r["key"] == key and now - r["created"] < kind.refresh and not _failed(r, now)
        for r in partner.store.records(KIND).values()
    )


def _failed(record: Record, now: float) -> bool:
    known = record["outcome"] is not None or record["stopped"] is not None
    return known and state(record, max(now, record["ends"])) in (CANCELLED, FATAL)


def enqueue(partner: Partner, kind: ReportType, details: Mapping[str, Any], at: int, outcome: str = "") -> str:
    """Keep the record of a new report and return its id. An `outcome` that is known is not sought later.

    `details` are the properties that were ordered: marketplaceIds, dataStartTime and so on.
    """
    world, store = partner.world, partner.store
    number = store.count(KIND)
    r = world.draws(f"{kind.name} ", number)
    report_id = world.account.id_of(50_000_030_000 + number * 7 + world.seed)
    starts = at + 10 + r[0] % 30
    hours = _HOURS.get(kind.name, 0)
    ends = starts + 30 + r[1] % 60 + _SLOW.get(kind.category, 0) * (100 + r[2] % 100) // 150 + hours * 3600
    document = document_id(MADE, partner.account, store.uuid(DOCUMENT))
    store.records(KIND)[report_id] = {
        "key": None,
        "reportOptions": {},
        **details,
        "reportId": report_id,
        "reportType": kind.name,
        "created": at,
        "starts": starts,
        "ends": starts + 5 if outcome else ends,
        "outcome": outcome or None,
        "complaint": "",
        "stopped": None,
        "document": document,
    }
    return report_id


_PERIODS = {
    "PT5M": 300, "PT15M": 900, "PT30M": 1800, "PT1H": 3600, "PT2H": 7200, "PT4H": 14_400, "PT8H": 28_800,
    "PT12H": 43_200, "P1D": DAY, "P2D": 2 * DAY, "P3D": 3 * DAY, "PT84H": 302_400, "P7D": 7 * DAY, "P14D": 14 * DAY,
    "P15D": 15 * DAY, "P18D": 18 * DAY, "P30D": 30 * DAY,
}  # fmt: skip


def after(at: int, period: str) -> int:
    """Return when a schedule makes its next report; a month is one of the calendar."""
    if period != "P1M":
        return at + _PERIODS[period]
    day = date.fromisoformat(iso(at)[:10])
    following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    last = (following + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return at + (following.replace(day=min(day.day, last.day)) - day).days * DAY


def upcoming(at: int, period: str, now: float) -> Iterator[int]:
    """Yield the moments of a schedule from the first on that is not past."""
    at = max(at, at % DAY)
    if period in _PERIODS and at < now:
        at += -int((at - now) // _PERIODS[period]) * _PERIODS[period]
    while at < now:
        at = after(at, period)
    while True:
        yield at
        at = after(at, period)
