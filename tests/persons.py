"""What is personal in the simulator's world, told by the values themselves: whatever columns they stand in."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any

from amzsql.simulator.accounts import ACCOUNTS
from amzsql.simulator.apis import orders

EVERY = bool(os.environ.get("AMZSQL_EVERY"))
"""Whether all tables and reports are looked at, and not only those that are known to tell of persons."""
_NAMES = "|".join(f"{first} {last}" for first in orders._FIRST for last in orders._LAST)
_COMPANIES = "|".join(f"{last} Supplies" for last in orders._LAST)
_STREETS = "|".join(sorted({re.escape(account.address[0]) for account in ACCOUNTS}))
# Where nobody has made a value, the simulator calls it by its field.
_FIELDS = (
    "address|street|firstName|lastName|fullName|buyer(?:Name|Email|Id)|contact|recipient|customerId|attention|phone"
)
CANARY = re.compile(
    rf"{_NAMES}|{_COMPANIES}|{_STREETS}|\d+ (?:Maple|Oak|Lake|Hill) Street|[\w.+-]+@[\w-]+\.\w|\+1 206-555"
    rf"|\bB\d{{10}}\b|{orders.GIFT_MESSAGE}|\b(?:{_FIELDS})\w*-[0-9a-f]{{10}}"
)


def shown(values: Iterable[Any]) -> list[str]:
    """Return what some values show of a person."""
    texts = (v if isinstance(v, str) else v.decode("latin-1") for v in values if isinstance(v, str | bytes))
    return sorted({found[0] for text in texts if (found := CANARY.search(text)) is not None})
