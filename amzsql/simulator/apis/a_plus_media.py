"""Media of A+ Content: videos and images, and what they are paired with.

Owns the records of kind "a-plus-media", by the medium's id. A new one is processed for an hour of the clock.
"""

from __future__ import annotations

from typing import Any

from amzsql.simulator.call import Call, Handler, dump
from amzsql.simulator.resources import Record, find, given

KIND = "a-plus-media"
_PROCESSING = 3600


def create(call: Call) -> bytes:
    """Answer createMedia: a medium, and one for each that comes with it."""
    record = _keep(call, call.body)
    for related in call.body.get("relatedMedia") or ():
        other = _keep(call, {"title": related["title"], **related["media"]})
        record["related"].append({"type": related["associationType"], "title": related["title"], "id": other["id"]})
    return dump(_shown(call, record))


def _keep(call: Call, asked: Record) -> Record:
    """Return the medium of an id that is there already, else a new one."""
    kept = call.store.records(KIND)
    if asked.get("mediaId"):
        return find(kept, "medium", asked["mediaId"])
    media_id = call.store.uuid(KIND)
    kept[media_id] = {
        "id": media_id,
        "type": asked["mediaType"],
        "title": asked.get("title") or "",
        "descriptions": asked.get("descriptions") or [],
        "related": [],
        "created": int(call.now),
    }
    return kept[media_id]


def _info(call: Call, record: Record) -> Record:
    done = call.now >= record["created"] + _PROCESSING
    return given(
        mediaId=record["id"],
        mediaType=record["type"],
        title=record["title"],
        descriptions=record["descriptions"],
        status=["AVAILABLE" if done else "PENDING_PROCESSING"],
        mediaUrl=f"https://www.example.com/media/{record['id']}" if done else None,
    )


def _shown(call: Call, record: Record) -> Record:
    asked = call.get("associatedMediaId")
    related = [_related(call, r) for r in record["related"] if asked in ("", r["id"])]
    return {**_info(call, record), "relatedMedia": related}


def _related(call: Call, pair: dict[str, Any]) -> Record:
    media = _info(call, call.store.records(KIND)[pair["id"]])
    return {"associationType": pair["type"], "title": pair["title"], "status": media["status"], "media": media}


def _found(call: Call) -> Record:
    return find(call.store.records(KIND), "medium", call.path["mediaId"])


def get(call: Call) -> bytes:
    """Answer getMedia, with the media that it is paired with or the one of them that is asked for."""
    return dump(_shown(call, _found(call)))


def update(call: Call) -> bytes:
    """Answer updateMedia: another title, other descriptions."""
    record = _found(call)
    record.update({n: call.body[n] for n in ("title", "descriptions") if n in call.body})
    return dump(_shown(call, record))


HANDLERS: dict[str, Handler] = {
    "aplusContent_2020-11-01.createMedia": create,
    "aplusContent_2020-11-01.getMedia": get,
    "aplusContent_2020-11-01.updateMedia": update,
}
