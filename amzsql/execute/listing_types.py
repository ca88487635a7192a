"""Which attributes a listing of a product type may have: as Amazon's schema of the type says, asked for once.

What a statement names of its own is looked up, not what every listing has. Must not know how rows are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from weakref import WeakKeyDictionary

import msgspec

from amzsql import spapi
from amzsql.catalog.listing_attributes import ANY_TYPE, USUAL
from amzsql.errors import AccessDenied, BadRequest, ProgrammingError, nearest
from amzsql.execute.context import Context
from amzsql.execute.documents.unpack import unpacked
from amzsql.execute.write_rows import RowCall
from amzsql.transport import Request, Session
from amzsql.transport.download import Address, download

_DEFINITION = "definitionsProductTypes_2020-09-01.getDefinitionsProductType"
_COLUMNS = {"listing": "Attributes", "attribute": "AttributeName"}
_PATH = "/attributes/"

_Key = tuple[str, str, str]
"""A product type, the marketplace and the seller."""
_kept: WeakKeyDictionary[Session, dict[_Key, frozenset[str] | None]] = WeakKeyDictionary()


def check(calls: Sequence[RowCall], context: Context) -> None:
    """Refuse rows with an attribute that listings of their type do not have.

    A type that the application may not look up is not judged, nor a row that does not say its type.

    Raises:
        ProgrammingError: there is such an attribute, or no such type; the message names it and the row.
    """
    for call in calls:
        column = _COLUMNS.get(call.call.mapping.patch)
        body = call.request.body
        names = list(_named(body)) if column is not None and isinstance(body, Mapping) else []
        if not names or not isinstance(body, Mapping) or body.get("productType", ANY_TYPE) == ANY_TYPE:
            continue
        kind, where = str(body["productType"]), f" This is row {call.row} (the first is 0); nothing was sent."
        known = _attributes(kind, call.request, context)
        what = call.call.procedure.name
        if known is None:
            continue
        if not known:
            raise ProgrammingError(f"{what}: ProductType: Amazon has no product type {kind}.{where}")
        for name in (n for n in names if n not in known):
            told = f"listings of type {kind} have no attribute {name}.{nearest(name, sorted(known))}"
            raise ProgrammingError(f"{what}: {column}: {told}{where}")


def _named(body: Mapping[str, object]) -> Iterator[str]:
    """Yield the attributes that a request names, but those that every listing has."""
    given, patches = body.get("attributes"), body.get("patches")
    names = list(given) if isinstance(given, Mapping) else []
    for patch in patches if isinstance(patches, list) else ():
        path = str(patch.get("path", "")) if isinstance(patch, Mapping) else ""
        names += [path.removeprefix(_PATH).partition("/")[0]] if path.startswith(_PATH) else []
    yield from (name for name in names if name not in USUAL)


def _attributes(kind: str, request: Request, context: Context) -> frozenset[str] | None:
    """Return the attributes of a type, none if there is no such type; None if they cannot be had."""
    given = request.parameters
    places = given.get("marketplaceIds")
    place = str(places[0]) if isinstance(places, tuple | list) and places else ""
    key = (kind, place, str(given.get("sellerId", "")))
    kept = _kept.setdefault(context.session, {})
    if key not in kept:
        kept[key] = _asked(key, context)
    return kept[key]


def _asked(key: _Key, context: Context) -> frozenset[str] | None:
    kind, place, seller = key
    parameters = {"productType": kind, "marketplaceIds": (place,), "sellerId": seller}
    asked = Request(spapi.operation(_DEFINITION), parameters, None, repeatable=True)
    try:
        link = context.send(asked).json()["schema"]["link"]["resource"]
    except AccessDenied:
        return None
    except BadRequest as error:
        return frozenset() if error.status == 404 else None
    with download(context.session, lambda _: Address(link, ""), context.watch(kind), context.rules.caps) as found:
        told = msgspec.json.decode(b"".join(unpacked(found, kind)))
    return frozenset(told.get("properties") or ()) or None
