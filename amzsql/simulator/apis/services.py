"""Services: jobs that come with orders, their appointments, and what a provider does about them.

Jobs are pure functions of (seed, index). Owns the records of kinds "service-job" (by job: what was done with it),
"service-reservation" and "service-schedule".
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from amzsql.simulator.call import Call, Handler, Reply, dump, invalid, iso, not_found, parse_time
from amzsql.simulator.documents import url
from amzsql.simulator.world import DAY, MARKETS, SHIPPED, Head, World

from .orders import buyer_name, city, phone, street

JOB, RESERVATION, SCHEDULE, DOCUMENT = "service-job", "service-reservation", "service-schedule", "service-document"
_JOBS = 60
_PAGE = 20
_HOUR = 3600
_LENGTH = 120
_PROVIDER = "A1PROVIDER0001"
_SKILLS = ("Assembly", "Installation", "Mounting")
_OPEN = ("NOT_SERVICED", "PENDING_SCHEDULE", "HOLD")
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands; `appointments` as Amazon spells them."""

    number: int
    key: str
    head: Head
    created: int
    updated: int
    status: str
    appointments: tuple[Body, ...]


def _job(call: Call, number: int) -> Job:
    """Return one job: of the history, and what was done with it."""
    world = call.world
    r, head = world.draws("sj", number), world.head(_place(world, number))
    key = str(uuid.UUID(int=(r[0] << 96) | (r[1] << 64) | (r[2] << 32) | r[3], version=4))
    created = head.created + _HOUR
    start = created // DAY * DAY + 5 * DAY + 10 * _HOUR
    done = head.status == SHIPPED and start + DAY < world.end
    status = ("COMPLETED" if r[4] % 8 else "CANCELLED") if done else ("NOT_SERVICED", "PENDING_SCHEDULE")[number % 2]
    state = {"COMPLETED": "COMPLETED", "CANCELLED": "CANCELLED"}.get(status, "ACTIVE")
    first = _appointment(f"{key}_{r[5]:08x}", start, _LENGTH, state)
    written = call.store.records(JOB).get(key, {})
    appointments = () if status == "PENDING_SCHEDULE" else (first,)
    return Job(
        number,
        key,
        head,
        created,
        written.get("updated", start if done else created),
        written.get("status", status),
        tuple(written.get("appointments", appointments)),
    )


def _place(world: World, number: int) -> int:
    return (number + 1) * world.orders // (_JOBS + 1)


def _jobs(call: Call) -> Iterator[Job]:
    return (_job(call, n) for n in range(min(_JOBS, call.world.orders)))


def _appointment(key: str, start: int, minutes: int, status: str) -> Body:
    time = {"startTime": iso(start), "durationInMinutes": minutes}
    return {"appointmentId": key, "appointmentStatus": status, "appointmentTime": time}


def _find(call: Call) -> Job:
    key = call.path["serviceJobId"]
    for job in _jobs(call):
        if job.key == key:
            return job
    raise not_found(f"service job {key}")


def _write(call: Call, job: Job, **changes: Any) -> None:
    kept = call.store.records(JOB).setdefault(job.key, {})
    kept.update({"appointments": job.appointments, **changes, "updated": int(call.now)})


# Reading


def get_jobs(call: Call) -> bytes:
    """Answer getServiceJobs."""
    markets = call.markets("marketplaceIds")
    found = [j for j in _jobs(call) if j.head.market in markets and _wanted(call, j) and _timely(call, j)]
    if call.get("sortField") == "JOB_STATUS":
        found.sort(key=lambda j: j.status)
    else:
        found.sort(key=lambda j: j.created)
    if call.get("sortOrder") == "DESC":
        found.reverse()
    start = call.position or 0
    end = start + int(call.get("pageSize") or _PAGE)
    payload: Body = {"totalResultSize": len(found), "jobs": [_shown(call, j) for j in found[start:end]]}
    if len(found) > end:
        payload["nextPageToken"] = call.pages.token(call, end)
    return dump({"payload": payload})


def _wanted(call: Call, job: Job) -> bool:
    item = call.world.items(job.head)[0]
    order = call.world.order_id(job.head)
    for name, value in (
        ("serviceOrderIds", _order(job)),
        ("productOrderIds", order),
        ("trackingIds", _tracking(job)),
        ("serviceJobStatus", job.status),
        ("asins", item.sku.asin),
        ("requiredSkills", _skill(job)),
        ("storeIds", _store(job)),
    ):
        if call.many(name) and value not in call.many(name):
            return False
    return True


def _timely(call: Call, job: Job) -> bool:
    for name, at in (("created", job.created), ("lastUpdated", job.updated)):
        after, before = call.time(f"{name}After"), call.time(f"{name}Before")
        if (after is not None and at < after) or (before is not None and at > before):
            return False
    first, last = call.time("scheduleStartDate"), call.time("scheduleEndDate")
    if first is None and last is None:
        return True
    starts = [parse_time(a["appointmentTime"]["startTime"]) for a in job.appointments]
    return any((first is None or s >= first) and (last is None or s <= last) for s in starts)


def get_job(call: Call) -> bytes:
    """Answer getServiceJobByServiceJobId."""
    return dump({"payload": _shown(call, _find(call))})


def _order(job: Job) -> str:
    return f"S{job.number:03}-{job.head.draws[5] % 10**7:07}"


def _tracking(job: Job) -> str:
    return f"1ZSRV{job.number:09}"


def _skill(job: Job) -> str:
    return _SKILLS[job.number % len(_SKILLS)]


def _store(job: Job) -> str:
    return f"STORE-{job.head.market + 1}"


def _shown(call: Call, job: Job) -> Body:
    """Return a job as Amazon shows it."""
    head, item = job.head, call.world.items(job.head)[0]
    product = {"asin": item.sku.asin, "title": item.sku.title, "quantity": item.quantity}
    town, state, code = city(head)
    where = {"name": buyer_name(head), "addressLine1": street(head), "city": town, "stateOrRegion": state}
    country = MARKETS[head.market].place.country
    return {
        "createTime": iso(job.created),
        "serviceJobId": job.key,
        "serviceJobStatus": job.status,
        "scopeOfWork": {**product, "requiredSkills": [_skill(job)]},
        "seller": {"sellerId": call.world.seller_id},
        "serviceJobProvider": {"serviceJobProviderId": _PROVIDER},
        "preferredAppointmentTimes": [{"startTime": iso(job.created // DAY * DAY + 5 * DAY), "durationInMinutes": 60}],
        "appointments": list(job.appointments),
        "serviceOrderId": _order(job),
        "productOrderIds": [call.world.order_id(head)],
        "trackingIds": [_tracking(job)],
        "marketplaceId": MARKETS[head.market].place.id,
        "storeId": _store(job),
        "buyer": {"buyerId": f"B{head.draws[12]:010}", "name": buyer_name(head), "phone": phone(head)},
        "associatedItems": [{**product, "orderId": call.world.order_id(head), "itemStatus": "SHIPPED"}],
        "serviceLocation": {
            "serviceLocationType": "IN_HOME",
            "address": {**where, "postalCode": code, "countryCode": country},
        },
    }


# What a provider does


def _refuse_ended(job: Job) -> None:
    if job.status not in _OPEN:
        raise invalid(f"Service job {job.key} is {job.status}.")


def _ended(job: Job, status: str) -> list[Body]:
    """Return the appointments of a job that ends: what is active ends with it."""
    return [{**a, "appointmentStatus": status} if a["appointmentStatus"] == "ACTIVE" else a for a in job.appointments]


def cancel_job(call: Call) -> bytes:
    """Answer cancelServiceJobByServiceJobId."""
    job = _find(call)
    _refuse_ended(job)
    _write(call, job, status="CANCELLED", appointments=_ended(job, "CANCELLED"))
    return dump({})


def complete_job(call: Call) -> bytes:
    """Answer completeServiceJobByServiceJobId: there must have been an appointment for it."""
    job = _find(call)
    _refuse_ended(job)
    if not any(a["appointmentStatus"] == "ACTIVE" for a in job.appointments):
        raise invalid(f"Service job {job.key} has no appointment.")
    _write(call, job, status="COMPLETED", appointments=_ended(job, "COMPLETED"))
    return dump({})


def _asked(call: Call, job: Job) -> Body:
    """Return the appointment that a body asks for; it must lie ahead."""
    time = call.body["appointmentTime"]
    start = parse_time(time["startTime"])
    if start <= call.now:
        raise invalid("appointmentTime.startTime must lie ahead.")
    key = f"{job.key}_{call.store.text('appointment')}"
    return _appointment(key, int(start), int(time.get("durationInMinutes") or _LENGTH), "ACTIVE")


def add_appointment(call: Call) -> bytes:
    """Answer addAppointmentForServiceJobByServiceJobId: a job has one active appointment at most."""
    job = _find(call)
    _refuse_ended(job)
    if any(a["appointmentStatus"] == "ACTIVE" for a in job.appointments):
        raise invalid(f"Service job {job.key} has an appointment.")
    made = _asked(call, job)
    _write(call, job, status="NOT_SERVICED", appointments=[*job.appointments, made])
    return dump({"appointmentId": made["appointmentId"]})


def _active(call: Call, job: Job) -> Body:
    """Return the appointment of a path; refuse one that there is not, or that is over."""
    key = call.path["appointmentId"]
    found = next((a for a in job.appointments if a["appointmentId"] == key), None)
    if found is None:
        raise not_found(f"appointment {key}")
    if found["appointmentStatus"] == "CANCELLED":
        raise invalid(f"Appointment {key} is CANCELLED.")
    return found


def reschedule(call: Call) -> bytes:
    """Answer rescheduleAppointmentForServiceJobByServiceJobId: the old appointment names the new one."""
    job = _find(call)
    _refuse_ended(job)
    old, made = _active(call, job), _asked(call, job)
    gone = {**old, "appointmentStatus": "CANCELLED", "rescheduledAppointmentId": made["appointmentId"]}
    _write(call, job, appointments=[*(gone if a is old else a for a in job.appointments), made])
    return dump({"appointmentId": made["appointmentId"]})


def assign_resources(call: Call) -> bytes:
    """Answer assignAppointmentResources."""
    job = _find(call)
    _refuse_ended(job)
    _change(call, job, assignedTechnicians=_technicians(call.body["resources"]))
    return dump({"payload": {}})


def _change(call: Call, job: Job, **changes: Any) -> None:
    old = _active(call, job)
    kept = {k: v for k, v in changes.items() if v}
    _write(call, job, appointments=[{**a, **kept} if a is old else a for a in job.appointments])


def _technicians(resources: list[Body]) -> list[Body]:
    return [{"technicianId": r["resourceId"]} for r in resources if r.get("resourceId")]


def set_fulfillment(call: Call) -> Reply:
    """Answer setAppointmentFulfillmentData: who was there, and when."""
    job = _find(call)
    time = call.body.get("fulfillmentTime") or {}
    poa: Body = {}
    if time.get("startTime") and time.get("endTime"):
        start, end = parse_time(time["startTime"]), parse_time(time["endTime"])
        if end <= start:
            raise invalid("fulfillmentTime must end after it starts.")
        minutes = max(1, int((end - start) // 60))
        poa["appointmentTime"] = {"startTime": iso(int(start)), "durationInMinutes": minutes}
    technicians = _technicians(call.body.get("appointmentResources") or [])
    poa |= {"technicians": technicians} if technicians else {}
    _change(call, job, poa=poa)
    return Reply(b"")


# Slots, reservations, schedules and documents


def _slots(call: Call) -> bytes:
    first = call.time("startTime") or call.now
    last = call.time("endTime") or first + 7 * DAY
    day = int(first // DAY * DAY)
    slots = [
        {"startTime": iso(at), "endTime": iso(at + 2 * _HOUR), "capacity": (at // _HOUR + call.world.seed) % 4}
        for midnight in range(day, int(last) + 1, DAY)
        for at in range(midnight + 9 * _HOUR, midnight + 17 * _HOUR, 2 * _HOUR)
        if at >= max(first, call.now) and at + 2 * _HOUR <= last
    ]
    window = {"startTime": iso(int(first)), "endTime": iso(int(last))}
    return dump({"payload": {"schedulingType": "REAL_TIME_SCHEDULING", **window, "appointmentSlots": slots}})


def get_job_slots(call: Call) -> bytes:
    """Answer getAppointmmentSlotsByJobId."""
    _find(call)
    return _slots(call)


def get_slots(call: Call) -> bytes:
    """Answer getAppointmentSlots."""
    if call.get("asin") not in call.world.sku_by_asin:
        raise not_found(f"service {call.get('asin')}")
    return _slots(call)


def create_reservation(call: Call) -> bytes:
    """Answer createReservation."""
    key = call.store.uuid(RESERVATION)
    made = {**call.body["reservation"], "reservationId": key}
    call.store.records(RESERVATION)[key] = {"resource": call.body["resourceId"], "shown": made}
    return dump({"payload": {"reservation": made}})


def update_reservation(call: Call) -> bytes:
    """Answer updateReservation."""
    key = _reservation(call)
    made = {**call.body["reservation"], "reservationId": key}
    call.store.records(RESERVATION)[key] = {"resource": call.body["resourceId"], "shown": made}
    return dump({"payload": {"reservation": made}})


def cancel_reservation(call: Call) -> Reply:
    """Answer cancelReservation."""
    del call.store.records(RESERVATION)[_reservation(call)]
    return Reply(b"")


def _reservation(call: Call) -> str:
    key = call.path["reservationId"]
    if key not in call.store.records(RESERVATION):
        raise not_found(f"reservation {key}")
    return key


def update_schedule(call: Call) -> bytes:
    """Answer updateSchedule: what is given replaces the schedule of a resource."""
    call.store.records(SCHEDULE)[call.path["resourceId"]] = {"schedules": call.body["schedules"]}
    return dump({"payload": [{"availability": s} for s in call.body["schedules"]]})


def create_document(call: Call) -> bytes:
    """Answer createServiceDocumentUploadDestination: where a proof of the service is uploaded, and its key."""
    key = call.store.uuid(DOCUMENT)
    secret = base64.b64encode(call.store.text("key", 32).encode()).decode()
    vector = base64.b64encode(call.store.text("vector", 16).encode()).decode()
    target = url(call, DOCUMENT, key, method="PUT", md5=call.body.get("contentMD5") or "")
    encryption = {"standard": "AES", "initializationVector": vector, "key": secret}
    payload = {"uploadDestinationId": key, "url": target, "encryptionDetails": encryption, "headers": {}}
    return dump({"payload": payload})


HANDLERS: dict[str, Handler] = {
    f"services.{name}": handler
    for name, handler in (
        ("getServiceJobs", get_jobs),
        ("getServiceJobByServiceJobId", get_job),
        ("cancelServiceJobByServiceJobId", cancel_job),
        ("completeServiceJobByServiceJobId", complete_job),
        ("addAppointmentForServiceJobByServiceJobId", add_appointment),
        ("rescheduleAppointmentForServiceJobByServiceJobId", reschedule),
        ("assignAppointmentResources", assign_resources),
        ("setAppointmentFulfillmentData", set_fulfillment),
        ("getAppointmmentSlotsByJobId", get_job_slots),
        ("getAppointmentSlots", get_slots),
        ("createReservation", create_reservation),
        ("updateReservation", update_reservation),
        ("cancelReservation", cancel_reservation),
        ("updateSchedule", update_schedule),
        ("createServiceDocumentUploadDestination", create_document),
    )
}
