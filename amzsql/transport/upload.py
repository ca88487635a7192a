"""A document sent to an address that Amazon hands out for a few minutes.

The address is a secret: it stands in no message, and neither a token nor a cookie goes with it. To send the same bytes
twice is to send them once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amzsql.errors import OperationalError, api_error_class
from amzsql.transport.download import Address, usable

if TYPE_CHECKING:
    from amzsql.transport.session import Session
    from amzsql.transport.watch import Watch


def upload(session: Session, address: Address, body: bytes, content_type: str, watch: Watch) -> None:
    """Put bytes where an address leads; tried again after a passing fault.

    Raises:
        OperationalError: the storage does not take it. Cancelled, BudgetExceeded.
    """
    if problem := usable(address):
        raise OperationalError(f"{watch.what}: the address of the document is not asked: {problem}.")
    faults = 0
    while True:
        done = session.put(address, body, content_type, watch)
        if 200 <= done.status < 300:
            return
        watch.check()
        faults += 1
        passing = done.status == 0 or done.status in (408, 429) or done.status >= 500
        if done.fatal or not passing or faults > session.tries:
            if done.status == 0:
                raise OperationalError(f"{watch.what}: {done.problem} (tried {faults} times).")
            raise api_error_class(done.status)(
                "the storage does not take the document.", status=done.status, operation=watch.what
            )
        watch.pause(session.pause(faults), "upload failed and is tried again")
