"""What feeds say and what becomes of it: listings are changed, other feeds are read and counted.

Owns the reading of a feed's document and the writing of its processing report; the listings are changed by
`submissions`. Knows nothing of states, requests and addresses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree

from amzsql.simulator.accounts import of_partner
from amzsql.simulator.call import dump
from amzsql.simulator.documents import Partner

from . import submissions
from .assortment import SELECTORS, Shop

MOST_MESSAGES = 25_000
MOST_BYTES = 10 << 20
_REQUIRED = {
    "UPDATE": ("productType", "attributes"),
    "PARTIAL_UPDATE": ("productType", "attributes"),
    "PATCH": ("productType", "patches"),
    "DELETE": (),
}
_MISSING, _WRONG = "90220", "90244"
Issue = dict[str, Any]


class Malformed(Exception):
    """The feed cannot be read at all; it says why."""


@dataclass(slots=True)
class Result:
    """What became of a feed: how many messages it had, which were refused and why, and what to tell of the rest."""

    messages: int = 0
    invalid: int = 0
    issues: list[Issue] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    included: Mapping[str, Any] | None = None


def process(partner: Partner, kind: str, markets: Sequence[int], body: bytes) -> Result:
    """Do what a feed says; Malformed if it cannot be read. `kind` is JSON, XML, TSV or PDF."""
    if not body:
        raise Malformed("The feed is empty.")
    if kind == "JSON":
        return _listings(partner, markets, body)
    if kind == "XML":
        return Result(sum(1 for _ in xml_root(body).iter("Message")))
    if kind == "PDF":
        if not body.startswith(b"%PDF"):
            raise Malformed("The feed is no PDF.")
        return Result(1)
    return Result(len(lines(body)) - 1)


def lines(body: bytes) -> list[bytes]:
    """Return the lines of a flat file, its header first; Malformed without a header."""
    found = [line for line in body.splitlines() if line.strip()]
    if not found or b"\t" not in found[0]:
        raise Malformed("The feed has no header of names between tabs.")
    return found


def xml_root(body: bytes) -> ElementTree.Element:
    """Return the root of an XML feed; Malformed if it is none."""
    # A document type may hold entities that unfold without end; no feed of Amazon's has one.
    if b"<!DOCTYPE" in body:
        raise Malformed("The feed has a document type.")
    try:
        return ElementTree.fromstring(body)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise Malformed(f"The feed is no XML: {error}.") from error


def _listings(partner: Partner, markets: Sequence[int], body: bytes) -> Result:
    """Apply a feed of listings, message by message."""
    feed = _read(body)
    if (of_partner(feed["header"]["sellerId"]) or partner.account) is not partner.account:
        raise Malformed("The feed's sellerId is another seller's.")
    result = Result(len(feed["messages"]), included=feed["header"].get("report"))
    seen: set[object] = set()
    shop = Shop.of(partner)
    for message in feed["messages"]:
        issues = list(_flaws(message, seen)) or _applied(shop, tuple(markets), message)
        if any(i["severity"] == "ERROR" for i in issues):
            result.invalid += 1
        elif message["operationType"] != "DELETE":
            result.accepted.append(message["sku"])
        result.issues += issues
    result.accepted = list(dict.fromkeys(result.accepted))
    return result


def _read(body: bytes) -> dict[str, Any]:
    if len(body) > MOST_BYTES:
        raise Malformed("The feed is larger than 10 MiB.")
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"The feed is no JSON: {error}.") from error
    header = feed.get("header") if isinstance(feed, dict) else None
    if not isinstance(header, dict) or not isinstance(header.get("sellerId"), str) or header.get("version") != "2.0":
        raise Malformed("The feed needs a header with a sellerId and version 2.0.")
    report = header.get("report")
    if report is not None and not (isinstance(report, dict) and isinstance(report.get("includedData"), list)):
        raise Malformed("The header's report needs includedData.")
    messages = feed.get("messages")
    if not isinstance(messages, list) or not 1 <= len(messages) <= MOST_MESSAGES:
        raise Malformed(f"The feed needs 1 to {MOST_MESSAGES} messages.")
    return {"header": header, "messages": messages}


def _flaws(message: Any, seen: set[object]) -> Iterator[Issue]:
    """Yield what is wrong with a message before anybody looks at its attributes."""
    if not isinstance(message, dict):
        yield {"code": _WRONG, "severity": "ERROR", "message": "A message is no object."}
        return
    number, sku, operation = (message.get(n) for n in ("messageId", "sku", "operationType"))
    if type(number) is not int or number < 1 or number in seen:
        yield _issue(message, _WRONG, "messageId must be a number of its own, from 1 on.", "messageId")
    seen.add(number if isinstance(number, int) else None)
    if not isinstance(sku, str) or not sku:
        yield _issue(message, _MISSING, "'sku' is required but missing.", "sku")
    if not isinstance(operation, str) or operation not in _REQUIRED:
        yield _issue(message, _WRONG, f"operationType is one of {', '.join(_REQUIRED)}.", "operationType")
        return
    for name in _REQUIRED[operation]:
        if not message.get(name):
            yield _issue(message, _MISSING, f"'{name}' is required but missing.", name)
        elif not _FORMS[name](message[name]):
            yield _issue(message, _WRONG, f"'{name}' does not have the form that it must have.", name)


def _are_values(values: Any) -> bool:
    """Tell whether something can be the values of an attribute: objects, told apart by texts."""
    return isinstance(values, list) and all(
        isinstance(v, dict) and all(isinstance(v[s], str) for s in SELECTORS if s in v) for v in values
    )


def _is_patch(patch: Any) -> bool:
    if not isinstance(patch, dict) or patch.get("op") not in ("add", "replace", "merge", "delete"):
        return False
    value = patch.get("value", [])
    return isinstance(patch.get("path"), str) and _are_values([value] if isinstance(value, dict) else value)


_FORMS: Mapping[str, Callable[[Any], bool]] = MappingProxyType(
    {
        "productType": lambda value: isinstance(value, str),
        "attributes": lambda value: isinstance(value, dict) and all(map(_are_values, value.values())),
        "patches": lambda value: isinstance(value, list) and all(map(_is_patch, value)),
    }
)


def _issue(message: Mapping[str, Any], code: str, text: str, attribute: str = "") -> Issue:
    number, sku = message.get("messageId"), message.get("sku")
    issue: Issue = {}
    if type(number) is int and number >= 1:
        issue["messageId"] = number
    if isinstance(sku, str) and sku:
        issue["sku"] = sku
    issue |= {"code": code, "severity": "ERROR", "message": text}
    return issue | ({"attributeName": attribute} if attribute else {})


def _applied(shop: Shop, markets: tuple[int, ...], message: Mapping[str, Any]) -> list[Issue]:
    """Change a listing and return what there is to say against it."""
    if message["operationType"] == "PARTIAL_UPDATE":
        patches = _replacements(message["attributes"])
        message = {**message, "operationType": "PATCH", "patches": patches}
    submit = {"PATCH": submissions.patch, "DELETE": submissions.delete}.get(message["operationType"], submissions.put)
    found = submit(submissions.Submission(shop, message["sku"], markets, message))
    return [
        {**_issue(message, i["code"], i["message"], ".".join(i["attributeNames"][:1])), "severity": i["severity"]}
        for i in found["issues"]
    ]


def _replacements(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"op": "replace", "path": f"/attributes/{name}", "value": value} for name, value in attributes.items()]


def listings_report(seller_id: str, feed_id: str, result: Result, items: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the processing report of a feed of listings."""
    header: dict[str, Any] = {"sellerId": seller_id, "version": "2.0", "feedId": feed_id}
    errors, warnings = (sum(1 for i in result.issues if i["severity"] == s) for s in ("ERROR", "WARNING"))
    summary: dict[str, Any] = {
        "errors": errors,
        "warnings": warnings,
        "messagesProcessed": result.messages,
        "messagesAccepted": result.messages - result.invalid,
        "messagesInvalid": result.invalid,
    }
    report: dict[str, Any] = {"header": header, "issues": result.issues, "summary": summary}
    if result.included is not None:
        header["report"] = result.included
        found = [i["severity"] for item in items for i in item.get("issues", ())]
        summary["itemSummary"] = {
            "items": len(items),
            "errors": found.count("ERROR"),
            "warnings": found.count("WARNING"),
        }
        report["items"] = list(items)
    return dump(report)


def xml_report(feed_id: str, result: Result) -> bytes:
    """Return the processing report of an XML feed."""
    wrong = len(result.issues)
    rows = "".join(
        f"<Result><MessageID>{i.get('messageId', 0)}</MessageID><ResultCode>Error</ResultCode>"
        f"<ResultMessageCode>{i['code']}</ResultMessageCode>"
        f"<ResultDescription>{i['message']}</ResultDescription></Result>"
        for i in result.issues
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<AmazonEnvelope>'
        "<Header><DocumentVersion>1.02</DocumentVersion></Header><MessageType>ProcessingReport</MessageType><Message><MessageID>1</MessageID><ProcessingReport>"
        f"<DocumentTransactionID>{feed_id}</DocumentTransactionID><StatusCode>Complete</StatusCode><ProcessingSummary>"
        f"<MessagesProcessed>{result.messages}</MessagesProcessed>"
        f"<MessagesSuccessful>{result.messages - result.invalid}</MessagesSuccessful>"
        f"<MessagesWithError>{wrong}</MessagesWithError>"
        f"<MessagesWithWarning>0</MessagesWithWarning></ProcessingSummary>{rows}</ProcessingReport></Message>"
        "</AmazonEnvelope>\n"
    ).encode()


def flat_report(result: Result) -> bytes:
    """Return the processing report of a flat file."""
    wrong = "".join(
        f"{i.get('messageId', '')}\t\t{i['code']}\t{i['severity']}\t{i['message']}\n" for i in result.issues
    )
    header = "original-record-number\tsku\terror-code\terror-type\terror-message\n"
    return (
        f"Feed Processing Summary:\n\tNumber of records processed\t\t{result.messages}\n"
        f"\tNumber of records successful\t\t{result.messages - result.invalid}\n\n{header if wrong else ''}{wrong}"
    ).encode()
