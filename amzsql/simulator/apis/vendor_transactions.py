"""What vendors submit is processed later: transactions that end in success or failure as the clock moves.

Owns the records of kinds "vendor-transaction" and "direct-fulfillment-transaction". What is submitted, and what it does
when its time has come, is told by whoever opens the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from amzsql.simulator.call import Call, Handler, dump, not_found

RETAIL, DIRECT = "vendor-transaction", "direct-fulfillment-transaction"
_DELAY = 60
# Does what was submitted, at the time it is given, and returns why it cannot be done.
Work = Callable[[float], Iterable[str]]
# Does one thing of a list that was submitted, likewise.
Judge = Callable[[Call, dict[str, Any], float], Iterable[str]]


def opened(call: Call, kind: str, work: Work) -> bytes:
    """Open a transaction and answer with its id, in the shape of the API version; `work` is done a minute later."""
    stamp = datetime.fromtimestamp(call.now, UTC).strftime("%Y%m%d%H%M%S")
    key = f"{stamp}-{call.store.uuid(kind)}"
    record: dict[str, Any] = {"problems": None}
    call.store.records(kind)[key] = record
    ends = call.now + _DELAY

    def finish() -> None:
        record["problems"] = list(work(ends))

    call.store.later(ends, finish)
    answer = {"transactionId": key}
    return dump(answer if _is_plain(call) else {"payload": answer})


def opened_for_each(call: Call, kind: str, name: str, judge: Judge) -> bytes:
    """Open a transaction for the list of that name in the body: each of its things is judged when the time has come."""
    asked = call.body.get(name) or []
    return opened(call, kind, lambda at: (problem for one in asked for problem in judge(call, one, at)))


def no_order(number: str) -> str:
    """Return what is wrong with the number of a purchase order that names none."""
    return f"Purchase order {number} is not one of this vendor."


def _is_plain(call: Call) -> bool:
    """Whether an API version answers without a payload around."""
    return call.operation.api.endswith("_2021-12-28")


def _status(call: Call, kind: str) -> bytes:
    key = call.path["transactionId"]
    record = call.store.records(kind).get(key)
    if record is None:
        raise not_found(f"transaction {key}")
    problems = record["problems"]
    shown: dict[str, Any] = {"transactionId": key, "status": "Processing"}
    if problems is not None:
        shown["status"] = "Failure" if problems else "Success"
    if problems:
        errors = [{"code": "InvalidInput", "message": p, "details": ""} for p in problems]
        shown["errors"] = {"errors": errors} if _is_plain(call) else errors
    answer = {"transactionStatus": shown}
    return dump(answer if _is_plain(call) else {"payload": answer})


def get_transaction(call: Call) -> bytes:
    """Answer getTransaction."""
    return _status(call, RETAIL)


def get_direct_transaction(call: Call) -> bytes:
    """Answer getTransactionStatus, in both versions."""
    return _status(call, DIRECT)


HANDLERS: dict[str, Handler] = {
    "vendorTransactionStatus.getTransaction": get_transaction,
    "vendorDirectFulfillmentTransactionsV1.getTransactionStatus": get_direct_transaction,
    "vendorDirectFulfillmentTransactions_2021-12-28.getTransactionStatus": get_direct_transaction,
}
