"""Page tokens: each operation's life, and what may and must come beside a token, by the facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from amzsql import spapi
from amzsql.simulator.call import Call
from amzsql.simulator.paging import Pages, Signer
from amzsql.simulator.world import World
from amzsql.spapi.model import Operation, Paging

from .conftest import NOW, START, US, Client

PAGED = [o for o in spapi.all_operations() if o.paging is not None and o.paging.style == "token"]
PAGES = Pages(Signer(b"a test's key"))
WORLD = World(int(NOW), orders=1)


def paging(operation: Operation) -> Paging:
    assert operation.paging is not None
    return operation.paging


def first_page(operation: Operation) -> tuple[str, dict[str, str], dict[str, str]]:
    """Return a token, and the path and the filters that it was given for."""
    filters = {
        p.name: "a"
        for p in operation.parameters
        if p.location == "query" and p.name not in (paging(operation).token_in, paging(operation).size)
    }
    path = {p.name: "key" for p in operation.parameters if p.location == "path"}
    call = Call(operation, path, filters, None, NOW, WORLD, PAGES)
    return PAGES.token(call, 7), path, filters


@pytest.mark.parametrize("operation", [o for o in PAGED if paging(o).token_in], ids=lambda o: o.name)
def test_a_token_goes_with_what_amazon_wants_beside_it(operation: Operation) -> None:
    facts = paging(operation)
    token, path, filters = first_page(operation)
    beside = {**filters, **dict(facts.extra)}
    if facts.alone:
        kept = {n: v for n, v in beside.items() if n in (*facts.keep, *dict(facts.extra))}
        with pytest.raises(ValueError, match="must come without"):
            PAGES.restore(operation, path, {**kept, "other": "1", facts.token_in: token}, NOW)
        beside = kept
    elif filters:
        name = next(iter(filters))
        with pytest.raises(ValueError, match=r"was given for another"):
            PAGES.restore(operation, path, {**beside, name: "b", facts.token_in: token}, NOW)
    assert PAGES.restore(operation, path, {**beside, facts.token_in: token}, NOW) == (filters, 7)
    if path:
        with pytest.raises(ValueError, match="another path"):
            PAGES.restore(operation, dict.fromkeys(path, "other"), {**beside, facts.token_in: token}, NOW)
    other = next(o for o in PAGED if o.api != operation.api and paging(o).token_in)
    with pytest.raises(ValueError, match="is not valid"):
        PAGES.restore(other, path, {paging(other).token_in: token}, NOW)


@pytest.mark.parametrize("operation", [o for o in PAGED if paging(o).token_in], ids=lambda o: o.name)
def test_a_token_lives_as_long_as_amazon_says(operation: Operation) -> None:
    facts = paging(operation)
    token, path, filters = first_page(operation)
    beside = {} if facts.alone else filters
    life = {"fbaInventory.getInventorySummaries": 30}.get(operation.name, 86_400)
    query = {**beside, facts.token_in: token}
    assert PAGES.restore(operation, path, query, NOW + life) is not None
    with pytest.raises(ValueError, match="has expired"):
        PAGES.restore(operation, path, query, NOW + life + 1)


def test_the_page_size_may_change_from_page_to_page() -> None:
    operation = spapi.operation("orders_2026-01-01.searchOrders")
    token, path, filters = first_page(operation)
    query = {**filters, "maxResultsPerPage": "3", "includedData": "BUYER", "paginationToken": token}
    found = PAGES.restore(operation, path, query, NOW)
    assert found is not None
    assert found[0]["maxResultsPerPage"] == "3"


def test_another_operation_may_go_on_with_a_token() -> None:
    giver = spapi.operation("fulfillmentInboundV0.getShipmentItemsByShipmentId")
    taker = spapi.operation("fulfillmentInboundV0.getShipmentItems")
    call = Call(giver, {"shipmentId": "FBA1"}, {"MarketplaceId": US}, None, NOW, WORLD, PAGES)
    token = PAGES.token(call, {"shipment": "FBA1", "start": 10})
    query = {"QueryType": "NEXT_TOKEN", "NextToken": token, "MarketplaceId": US}
    found = PAGES.restore(taker, {}, query, NOW)
    assert found == ({"MarketplaceId": US}, {"shipment": "FBA1", "start": 10})
    own = replace(call, operation=taker, path={}, query={"MarketplaceId": US, "QueryType": "SHIPMENT"})
    again = PAGES.restore(taker, {}, {**query, "NextToken": PAGES.token(own, 3)}, NOW)
    assert again == ({"MarketplaceId": US, "QueryType": "SHIPMENT"}, 3)


def test_inventory_on_the_wire_wants_its_filters_within_thirty_seconds(make: Callable[..., Client]) -> None:
    client = make(throttle="off")
    path = "/fba/inventory/v1/summaries"
    query: dict[str, Any] = {
        "granularityType": "Marketplace", "granularityId": US, "marketplaceIds": US, "startDateTime": START,
    }  # fmt: skip
    token = client.ok(path, **query)["pagination"]["nextToken"]
    assert client.get(path, **{**query, "startDateTime": None}, nextToken=token).status_code == 400
    client.clock.wait(NOW + 30)
    assert client.get(path, **query, nextToken=token).status_code == 200
    client.clock.wait(NOW + 31)
    refused = client.get(path, **query, nextToken=token)
    assert (refused.status_code, "expired" in refused.text) == (400, True)
