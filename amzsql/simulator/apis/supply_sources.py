"""Supply Sources: the places from which the seller sends what he sends himself."""

from __future__ import annotations

from amzsql.simulator.call import Call, Handler, Reply, dump, invalid, iso
from amzsql.simulator.resources import Record, find, listed, seeded
from amzsql.simulator.store import Records
from amzsql.simulator.world import DAY

_KIND = "supply-source"
_SUMMARY = ("alias", "supplySourceId", "supplySourceCode", "address")


def _sources(call: Call) -> Records:
    return seeded(call.store, _KIND, lambda: _begin(call))


def _begin(call: Call) -> None:
    """Make the two places that the account has from the start: its house and a second one."""
    street, city, state, postcode = call.account.address
    for n, name in enumerate(("Main warehouse", "Second warehouse"), 1):
        address = {
            "name": call.account.business, "addressLine1": street if n == 1 else f"{street}, gate {n}", "city": city,
            "stateOrRegion": state, "postalCode": postcode, "countryCode": call.account.home.country,
        }  # fmt: skip
        _add(call, f"WH-{n}", name, address, call.world.end - n * 100 * DAY)


def _add(call: Call, code: str, alias: str, address: Record, now: int) -> Record:
    key = call.store.uuid(_KIND)
    made = {
        "supplySourceId": key, "supplySourceCode": code, "alias": alias, "status": "Inactive", "address": address,
        "configuration": {}, "capabilities": {}, "createdAt": iso(now), "updatedAt": iso(now),
    }  # fmt: skip
    call.store.records(_KIND)[key] = made
    return made


def list_sources(call: Call) -> bytes:
    """Answer getSupplySources: those that are not archived."""
    kept = [s for s in _sources(call).values() if s["status"] != "Archived"]
    return listed(call, kept, lambda s: {k: s[k] for k in _SUMMARY})


def create(call: Call) -> bytes:
    """Answer createSupplySource; each code is given once."""
    code = call.body["supplySourceCode"]
    if any(s["supplySourceCode"] == code for s in _sources(call).values()):
        raise invalid(f"supplySourceCode: there is a supply source {code} already.")
    made = _add(call, code, call.body["alias"], call.body["address"], int(call.now))
    return dump({k: made[k] for k in ("supplySourceId", "supplySourceCode")})


def get(call: Call) -> bytes:
    """Answer getSupplySource."""
    return dump(_found(call))


def _found(call: Call) -> Record:
    return find(_sources(call), "supply source", call.path["supplySourceId"])


def _open(call: Call) -> Record:
    """Return the source of the path for a change; what was archived stays as it is."""
    found = _found(call)
    if found["status"] == "Archived":
        raise invalid("The supply source is archived.")
    found["updatedAt"] = iso(int(call.now))
    return found


def update(call: Call) -> Reply:
    """Answer updateSupplySource: what is given takes the place of what was."""
    _open(call).update({k: call.body[k] for k in ("alias", "configuration", "capabilities") if k in (call.body or {})})
    return Reply(b"")


def update_status(call: Call) -> Reply:
    """Answer updateSupplySourceStatus."""
    found = _open(call)
    found["status"] = (call.body or {}).get("status", found["status"])
    return Reply(b"")


def archive(call: Call) -> Reply:
    """Answer archiveSupplySource."""
    _open(call)["status"] = "Archived"
    return Reply(b"")


_API = "supplySources_2020-07-01"
HANDLERS: dict[str, Handler] = {
    f"{_API}.getSupplySources": list_sources,
    f"{_API}.createSupplySource": create,
    f"{_API}.getSupplySource": get,
    f"{_API}.updateSupplySource": update,
    f"{_API}.updateSupplySourceStatus": update_status,
    f"{_API}.archiveSupplySource": archive,
}
