"""What both versions of the Orders API say of an order's taxes, and which fulfilment orders Easy Ship made of it.

Amazon collects the taxes of every order line and pays them, as the finances show. Sections that nothing in this world
has are absent: the seller gives no points, and no buyer told his number.
"""

from __future__ import annotations

import functools

from amzsql.simulator.call import quote
from amzsql.simulator.world import Head, Item

from .order_book import Book
from .orders import company, priced

_RESPONSIBLE = "Amazon Services, Inc."
_EASY_SHIP = "Easy Ship"


def item_tax(head: Head, line: Item) -> str:
    """Return the section `tax` of a line, with a comma before it; empty where no tax is known."""
    return _collections() if _taxed(head, line) else ""


@functools.cache
def _collections() -> str:
    party = quote(_RESPONSIBLE)
    return f',"tax":{{"taxCollections":[{{"model":"MARKETPLACE_FACILITATOR","responsibleParty":{party}}}]}}'


def item_tax_v0(head: Head, line: Item) -> str:
    """Return the same as v0 spells it."""
    if not _taxed(head, line):
        return ""
    return f',"TaxCollection":{{"Model":"MarketplaceFacilitator","ResponsibleParty":"{_RESPONSIBLE}"}}'


def _taxed(head: Head, line: Item) -> bool:
    return priced(head) and bool(line.tax or line.shipping_tax)


def order_tax(head: Head) -> str:
    """Return the section `tax` of an order, a comma before it: the company that bought it; empty for a person's."""
    if not head.business:
        return ""
    name = quote(company(head))
    return f',"tax":{{"taxRegistrations":[{{"entityType":"BUYER","legalName":{name}}}]}}'


def order_tax_v0(head: Head) -> dict[str, object]:
    """Return the buyer's taxes as v0 spells them; nothing of a person's."""
    return {"BuyerTaxInfo": {"CompanyLegalName": company(head)}} if head.business else {}


def fulfillment_orders(book: Book, head: Head) -> str:
    """Return the section `fulfillmentOrders`, a comma before it: Easy Ship's; empty for other orders."""
    rows = [
        f'{{"fulfillmentOrderId":{quote(p.reference)}}}' for p in book.packages(head.number) if p.service == _EASY_SHIP
    ]
    return f',"fulfillmentOrders":[{",".join(rows)}]' if rows else ""
