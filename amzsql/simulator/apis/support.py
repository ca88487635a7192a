"""Support 2025-02-01: cases and the contacts that led through them, as a function of the seed; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from amzsql.simulator.call import Call, Handler, dump, iso, not_found, parse_time
from amzsql.simulator.resources import Record, given, listed
from amzsql.simulator.world import DAY, MARKETS

_CASES = 24
_PAGE = 10
_FIRST = 15_000_000_001
_STATUSES = ("RESOLVED", "TRANSFERRED", "PENDING_MERCHANT_ACTION", "PENDING_AMAZON_ACTION")
_SUBJECTS = ("Shipment is missing units", "Listing is suppressed", "Question about a fee", "Return was not received")
_EMAILS = ("robin.marsh@example.com", "kim.dale@example.com")
# What a list is sorted by; a case that lacks it comes last.
_SORTED_BY: Mapping[str, str] = MappingProxyType(
    {
        "CASE_ID": "caseId",
        "STATUS": "status",
        "SUBJECT": "subject",
        "PRIMARY_EMAIL": "primaryEmail",
        "CREATION_DATE": "createdDate",
        "LAST_OUTBOUND_DATE": "lastOutboundDate",
        "RESOLUTION_DATE": "resolvedDate",
    }
)


def _cases(call: Call) -> list[Record]:
    return [_case(call, number) for number in range(_CASES)]


def _id(call: Call, number: int) -> str:
    return call.account.id_of(_FIRST + number)


def _case(call: Call, number: int) -> Record:
    r = call.world.draws("case", number)
    created = call.world.end - 90 * DAY + r[0] % (85 * DAY)
    contacts = _contacts(call, number, created)
    last = contacts[-1]["at"]
    status = _STATUSES[r[1] % len(_STATUSES)]
    subject = _SUBJECTS[r[2] % len(_SUBJECTS)]
    email = _EMAILS[r[3] % len(_EMAILS)]
    answered = [c["at"] for c in contacts if c["amazon"]]
    return given(
        caseId=_id(call, number),
        status=status,
        subject=subject,
        primaryEmail=email,
        ccEmails=[e for e in _EMAILS if e != email][: r[4] % 2],
        createdDate=iso(created),
        lastUpdatedDate=iso(last),
        resolvedDate=iso(last) if status == "RESOLVED" else None,
        lastOutboundDate=iso(max(answered)) if answered else None,
    )


def _contacts(call: Call, number: int, created: int) -> list[Record]:
    """Return when and how people spoke, in order; Amazon and the seller in turn."""
    r = call.world.draws("contact", number)
    return [
        {
            "id": f"{_id(call, number)}-{n + 1}",
            "at": created + n * (3600 + r[n] % 7200),
            "amazon": n % 2 == 1,
            "draw": r[n],
        }
        for n in range(1 + r[15] % 14)
    ]


def list_cases(call: Call) -> bytes:
    """Answer listCases: those that fit the filters, the latest created first if nothing else is asked for."""
    if call.body.get("marketplaceId"):
        call.market("marketplaceId", call.body["marketplaceId"])
    wanted = call.body.get("caseFilters") or {}
    rows = [c for c in _cases(call) if all(_fits(c, name, value) for name, value in wanted.items())]
    by = _SORTED_BY[call.body.get("sortField") or "CREATION_DATE"]
    down = (call.body.get("sortOrder") or "DESC") == "DESC"
    there = sorted((c for c in rows if by in c), key=lambda c: (c[by], c["caseId"]), reverse=down)
    return listed(call, [*there, *(c for c in rows if by not in c)], default=_PAGE)


def _fits(case: Record, name: str, wanted: Any) -> bool:
    """Tell whether a case fits one filter; an empty one fits all."""
    match name:
        case "caseStatuses":
            return not wanted or case["status"] in wanted
        case "primaryEmails":
            return not wanted or case["primaryEmail"] in wanted
        case "ccEmails":
            return not wanted or bool(set(wanted) & set(case["ccEmails"]))
        case "subjectKeywords":
            return all(word in case["subject"].lower() for word in wanted.lower().split())
    if name not in case:
        return not wanted
    at = parse_time(case[name])
    after, before = (parse_time(wanted[n]) if wanted.get(n) else at for n in ("after", "before"))
    return after <= at <= before


def _number(call: Call) -> int:
    asked = call.path["caseId"]
    number = next((n for n in range(_CASES) if _id(call, n) == asked), None)
    if number is None:
        raise not_found(f"case {asked}")
    return number


def get_case(call: Call) -> bytes:
    """Answer getCase: the same as in the list."""
    return dump(_case(call, _number(call)))


def list_contacts(call: Call) -> bytes:
    """Answer listContacts, the latest first if nothing else is asked for."""
    number = _number(call)
    case = _case(call, number)
    rows = _contacts(call, number, int(parse_time(case["createdDate"])))
    if call.get("sortOrder") != "ASC":
        rows.reverse()
    return listed(call, rows, lambda c: _contact(call, case, c), default=_PAGE)


def _contact(call: Call, case: Record, contact: Record) -> Record:
    by = {"displayName": "Amazon", "role": "AMAZON"}
    if not contact["amazon"]:
        by = {"displayName": case["primaryEmail"], "role": "SELLING_PARTNER"}
    text = f"About: {case['subject']} ({MARKETS[call.world.markets[0]].place.country})"
    content: Record = {"channel": "EMAIL", "emailContent": {"sender": by, "message": text}}
    if contact["draw"] % 6 == 0:
        content = {"channel": "PHONE", "phoneContent": {"callNotes": text}}
    elif contact["draw"] % 6 == 1:
        said = {"timestamp": iso(contact["at"]), "type": "MESSAGE", "message": text, "participant": by}
        content = {"channel": "CHAT", "chatContent": {"events": [said], "transcript": text}}
    return {"contactId": contact["id"], **content, "createdDate": iso(contact["at"])}


HANDLERS: dict[str, Handler] = {
    "support_2025-02-01.listCases": list_cases,
    "support_2025-02-01.getCase": get_case,
    "support_2025-02-01.listContacts": list_contacts,
}
