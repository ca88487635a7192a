"""Uploads 2020-11-01: addresses for files that other operations are told of by their id.

What is uploaded lies in the account's store under the kind "upload", by the id of its destination.
"""

from __future__ import annotations

import base64

from amzsql.simulator.call import Call, Handler, dump, invalid
from amzsql.simulator.documents import url

KIND = "upload"
_MD5 = 16


def create_upload_destination(call: Call) -> bytes:
    """Answer createUploadDestinationForResource: the file must have the MD5 and content type said here."""
    for marketplace_id in call.many("marketplaceIds"):
        call.market("marketplaceIds", marketplace_id)
    md5, content_type = call.get("contentMD5"), call.get("contentType")
    try:
        digest = base64.b64decode(md5, validate=True)
    except ValueError:
        digest = b""
    if len(digest) != _MD5:
        raise invalid("contentMD5 must be an MD5 in Base64.")
    key = f"sc/{call.store.uuid(KIND)}"
    call.store.records(KIND)[key] = {"resource": call.path["resource"]}
    headers = {"Content-MD5": md5} | ({"Content-Type": content_type} if content_type else {})
    target = url(call, KIND, key, method="PUT", content_type=content_type, md5=md5)
    return dump({"payload": {"uploadDestinationId": key, "url": target, "headers": headers}})


HANDLERS: dict[str, Handler] = {"uploads_2020-11-01.createUploadDestinationForResource": create_upload_destination}
