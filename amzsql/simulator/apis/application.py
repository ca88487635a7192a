"""What an application does about itself: the rotation of its secret.

Owns the record "rotated" of the application. The new secret would be sent to a queue, which nobody reads here; logins
take either secret, as Amazon does for a week.
"""

from __future__ import annotations

from amzsql.simulator.call import Call, Handler, Reply


def rotate_client_secret(call: Call) -> Reply:
    """Answer rotateApplicationClientSecret."""
    call.application.records("rotated")[str(call.application.count("rotation"))] = {"at": call.now}
    return Reply(b"")


HANDLERS: dict[str, Handler] = {"application_2023-11-30.rotateApplicationClientSecret": rotate_client_secret}
