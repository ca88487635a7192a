"""The reference's procedures that submit a feed: rows in, one feed out, and what became of each row.

Owns where the rows of a call come from and what its results are; what a feed says is `feed_contents`', and its life
`feed_life`'s.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amzsql.catalog.listing_attributes import Row
from amzsql.catalog.procedures import Procedure
from amzsql.errors import IntegrityError, ProgrammingError
from amzsql.execute.arguments import Home, decoded, matched, scratch_of
from amzsql.execute.bulk import settle
from amzsql.execute.context import Context
from amzsql.execute.feed_contents import KINDS, Document, Kind, checked, document, fragment, issues, key_of
from amzsql.execute.feed_life import Feed, Feeds, State
from amzsql.execute.feed_running import Running
from amzsql.sql.call import Arguments

PLACES = "MarketplaceIds"
Cells = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Submission:
    """A feed that is ready to be sent, with the rows that it was made of."""

    name: str
    kind: Kind
    rows: tuple[Row, ...]
    made: Document
    feed: Feed


def submission(procedure: Procedure, arguments: Arguments, home: Home) -> Submission:
    """Return the feed of a call.

    Raises:
        ProgrammingError: a row or a value does not fit; the message names it.
    """
    name, kind = procedure.name, KINDS[procedure.name]
    given = matched(procedure, arguments)
    told = {each.name: value for each, value in given.items()}
    places = _places(name, told.pop(PLACES, None), home)
    many = told.pop(kind.aggregate, None)
    if many is not None and told:
        raise ProgrammingError(f"{name} takes one row in its inputs, or rows in {kind.aggregate}, not both.")
    given_rows = [told] if told else _rows(name, kind.aggregate, many, home) if many is not None else []
    if not given_rows:
        single = " or its own inputs" if len(procedure.inputs) > 2 else ""
        raise ProgrammingError(f"{name} needs {kind.aggregate}{single}: no row is given.")
    rows = checked(name, kind, given_rows)
    rows = [_nested(name, row, home) for row in rows]
    if not home.seller:
        raise ProgrammingError(f"{name} needs the seller's id: set the property SellerId.")
    made = document(name, kind, rows, home.seller, places)
    return Submission(name, kind, tuple(rows), made, Feed(kind.type, places, kind.content_type, made.body))


def _places(name: str, value: Any, home: Home) -> tuple[str, ...]:
    if value is None:
        ids = home.marketplaces()
        if len(ids) > 1:  # one price, one stock, is seldom meant for all of them
            raise ProgrammingError(f"{name} needs {PLACES}: the connection has several ({', '.join(ids)}).")
        return ids
    if isinstance(value, str):
        value = decoded(f"{name}: {PLACES}", value) if value.lstrip().startswith("[") else value.split(",")
    if not isinstance(value, list | tuple):
        raise ProgrammingError(f"{name}: {PLACES} takes marketplaces' ids, as text with commas or as a list.")
    return tuple(str(v).strip() for v in value if str(v).strip())


def _rows(name: str, of: str, value: Any, home: Home) -> list[Mapping[str, Any]]:
    """Return rows that are given as a list, as JSON, as a scratch table or as a fragment of XML."""
    if isinstance(value, str) and (table := scratch_of(value)):
        found = home.scratch(table)
        if found is None:
            raise ProgrammingError(f"{name}: {of} names the table {table}#TEMP, which this connection does not have.")
        return list(found)
    if isinstance(value, str) and value.lstrip().startswith("<"):
        try:
            return list(fragment(value))
        except ProgrammingError as error:
            raise ProgrammingError(f"{name}: {of}: {error}.") from None
    found = decoded(f"{name}: {of}", value) if isinstance(value, str) else value
    found = [found] if isinstance(found, Mapping) else found
    if not isinstance(found, list | tuple) or not all(isinstance(row, Mapping) for row in found):
        raise ProgrammingError(f"{name}: {of} takes rows: a list of objects.")
    return list(found)


def _nested(name: str, row: Row, home: Home) -> Row:
    """Return a row whose nested tables are lists."""
    found = {k: _rows(name, k, v, home) if k.endswith("aggregate") else v for k, v in row.items()}
    zoned = {k: v for k, v in found.items() if isinstance(v, dt.datetime) and v.tzinfo is None}
    return {**found, **{k: v.replace(tzinfo=home.zone) for k, v in zoned.items()}}


def submit(found: Submission, context: Context) -> tuple[Cells, Cells]:
    """Send a feed, wait until Amazon is done with it, and return the rows of both results.

    Raises:
        IntegrityError: Amazon has not processed the feed at all.
    """
    feeds, running = Feeds(context), Running(context)
    keys = [key_of(found.kind, row) for row in found.rows]
    settle(keys, context)
    document = feeds.upload(found.feed)
    feed = running.send(found.feed.type, lambda: feeds.create(found.feed, document))
    running.begin(feed, keys)
    state = feeds.wait(feed)
    running.end(feed)
    said = issues(found.feed.type, feeds.report(state), xml=bool(found.kind.root))
    if state.status != "DONE":
        why = "; ".join(str(i.get("message")) for i in said.get(0, ())) or "Amazon does not say why"
        raise IntegrityError(f"{found.name}: feed {state.id} ended {state.status}, and no row was taken: {why}.")
    outcomes = [_outcome(found, number, row, said) for number, row in zip(found.made.messages, found.rows, strict=True)]
    refused = [o for o in outcomes if o[2] == "Rejected"]
    if refused:
        context.warn(
            f"{found.name}: {len(refused)} of {len(outcomes)} rows were not accepted, the first {refused[0][1]}:"
            f" {refused[0][4]}"
        )
    return [submitted(state)], outcomes


def submitted(state: State) -> tuple[Any, ...]:
    """Return the row that the reference documents."""
    return (state.id, state.type, state.created, state.status)


def _outcome(found: Submission, number: int, row: Row, said: Mapping[int, Sequence[dict[str, Any]]]) -> tuple[Any, ...]:
    own = said.get(number, ())
    wrong = [i for i in own if str(i.get("severity")).upper() == "ERROR"]
    first = (wrong or list(own) or [{}])[0]
    told = json.dumps(list(own), ensure_ascii=False) if own else None
    outcome = "Rejected" if wrong else "Accepted"
    return (number, key_of(found.kind, row), outcome, first.get("code"), first.get("message"), told)
