"""Service jobs: searched, scheduled, moved, done and given up."""

from __future__ import annotations

from typing import Any

import httpx

from .conftest import CA, US, Client

ROOT = "/service/v1/serviceJobs"
SINCE = {"marketplaceIds": US, "createdAfter": "2026-01-01T00:00:00Z"}
LATER, STILL_LATER = "2026-12-01T10:00:00Z", "2026-12-02T10:00:00Z"
Body = dict[str, Any]


def jobs(client: Client, **query: object) -> list[Body]:
    """Read every page of jobs."""
    pages = client.pages(ROOT, "pageToken", "payload.nextPageToken", **{**SINCE, **query})
    return [j for p in pages for j in p["payload"]["jobs"]]


def job(client: Client, key: str) -> Body:
    """Read one job."""
    found: Body = client.ok(f"{ROOT}/{key}")["payload"]
    return found


def appoint(client: Client, path: str, when: str, **more: str) -> httpx.Response:
    """Ask for an appointment."""
    return client.http.post(f"{ROOT}/{path}", json={"appointmentTime": {"startTime": when}, **more})


def test_jobs_are_searched(client: Client) -> None:
    every = jobs(client, pageSize=7)
    created = [j["createTime"] for j in every]
    assert len(every) > 30
    assert created == sorted(created)
    assert jobs(client, sortOrder="DESC") == every[::-1]
    assert {j["marketplaceId"] for j in jobs(client, marketplaceIds=CA)} == {CA}
    states = {j["serviceJobStatus"] for j in every}
    assert states >= {"COMPLETED", "NOT_SERVICED", "PENDING_SCHEDULE"}
    for state in states:
        assert jobs(client, serviceJobStatus=state) == [j for j in every if j["serviceJobStatus"] == state]
    one = every[3]
    assert jobs(client, productOrderIds=one["productOrderIds"][0]) == [one]
    assert jobs(client, serviceOrderIds=one["serviceOrderId"]) == [one]
    assert job(client, one["serviceJobId"]) == one
    assert client.get(f"{ROOT}/none").status_code == 404
    assert client.get(f"/orders/v0/orders/{one['productOrderIds'][0]}").status_code == 200


def test_an_appointment_is_made_moved_and_kept(client: Client) -> None:
    key = jobs(client, serviceJobStatus="PENDING_SCHEDULE")[0]["serviceJobId"]
    assert client.http.put(f"{ROOT}/{key}/completions").status_code == 400
    assert appoint(client, f"{key}/appointments", "2026-01-01T10:00:00Z").status_code == 400
    first = appoint(client, f"{key}/appointments", LATER).json()["appointmentId"]
    assert appoint(client, f"{key}/appointments", LATER).status_code == 400
    assert job(client, key)["serviceJobStatus"] == "NOT_SERVICED"
    moved = appoint(client, f"{key}/appointments/{first}", STILL_LATER, rescheduleReasonCode="R1")
    second = moved.json()["appointmentId"]
    assert appoint(client, f"{key}/appointments/{first}", LATER, rescheduleReasonCode="R1").status_code == 400
    path = f"{ROOT}/{key}/appointments/{second}"
    assert client.http.put(f"{path}/resources", json={"resources": [{"resourceId": "TECH1"}]}).status_code == 200
    time = {"startTime": STILL_LATER, "endTime": "2026-12-02T11:00:00Z"}
    assert client.http.put(f"{path}/fulfillment", json={"fulfillmentTime": time}).status_code == 204
    old, new = job(client, key)["appointments"]
    assert (old["appointmentStatus"], old["rescheduledAppointmentId"]) == ("CANCELLED", second)
    assert new["appointmentTime"]["startTime"] == STILL_LATER
    assert new["assignedTechnicians"] == [{"technicianId": "TECH1"}]
    assert new["poa"]["appointmentTime"]["durationInMinutes"] == 60
    assert client.http.put(f"{ROOT}/{key}/completions").status_code == 200
    done = job(client, key)
    assert done["serviceJobStatus"] == "COMPLETED"
    assert [a["appointmentStatus"] for a in done["appointments"]] == ["CANCELLED", "COMPLETED"]


def test_a_job_is_cancelled_once(client: Client) -> None:
    key = jobs(client, serviceJobStatus="NOT_SERVICED")[0]["serviceJobId"]
    path, query = f"{ROOT}/{key}/cancellations", {"cancellationReasonCode": "V1"}
    assert client.http.put(path, params=query).status_code == 200
    found = job(client, key)
    assert found["serviceJobStatus"] == "CANCELLED"
    assert {a["appointmentStatus"] for a in found["appointments"]} == {"CANCELLED"}
    assert client.http.put(path, params=query).status_code == 400
    assert found in jobs(client, lastUpdatedAfter="2026-11-18T11:00:00Z", createdAfter=None)


def test_slots_lie_within_the_days_asked_for(client: Client) -> None:
    key = jobs(client)[0]["serviceJobId"]
    window = {"startTime": "2026-11-20T00:00:00Z", "endTime": "2026-11-22T00:00:00Z"}
    payload = client.ok(f"{ROOT}/{key}/appointmentSlots", marketplaceIds=US, **window)["payload"]
    assert len(payload["appointmentSlots"]) == 8
    assert all(
        window["startTime"] <= s["startTime"] < s["endTime"] <= window["endTime"] for s in payload["appointmentSlots"]
    )


def test_a_reservation_is_made_changed_and_dropped(client: Client) -> None:
    times = {"startTime": LATER, "endTime": STILL_LATER}
    body = {"resourceId": "TECH1", "reservation": {"type": "VACATION", "availability": times}}
    query = {"marketplaceIds": US}
    made = client.http.post("/service/v1/reservation", params=query, json=body).json()["payload"]["reservation"]
    path = f"/service/v1/reservation/{made['reservationId']}"
    body["reservation"]["type"] = "BREAK"
    assert client.http.put(path, params=query, json=body).json()["payload"]["reservation"]["type"] == "BREAK"
    assert client.http.delete(path, params=query).status_code == 204
    assert client.http.delete(path, params=query).status_code == 404


def test_capacity_is_the_schedule_less_what_is_reserved(client: Client) -> None:
    query, resource = {"marketplaceIds": US}, "/service/v1/serviceResources/TECH1"
    window = {"startDateTime": "2026-12-01T00:00:00Z", "endDateTime": "2026-12-02T00:00:00Z"}

    def available() -> list[tuple[str, str, int]]:
        body = {**window, "capacityTypes": ["AVAILABLE_CAPACITY"]}
        (found,) = client.http.post(f"{resource}/capacity/range", params=query, json=body).json()["capacities"]
        return [(s["startDateTime"][11:13], s["endDateTime"][11:13], s["capacity"]) for s in found["slots"]]

    assert available() == [("00", "09", 0), ("09", "17", 1), ("17", "00", 0)]
    times = {"startTime": "2026-12-01T10:00:00Z", "endTime": "2026-12-01T12:00:00Z"}
    body: Body = {"resourceId": "TECH1", "reservation": {"type": "TRAVEL", "availability": times}}
    assert client.http.post("/service/v1/reservation", params=query, json=body).status_code == 200
    assert available() == [("00", "09", 0), ("09", "10", 1), ("10", "12", 0), ("12", "17", 1), ("17", "00", 0)]
    times = {"startTime": "2026-11-30T06:00:00Z", "endTime": "2026-11-30T14:00:00Z"}
    schedule = {**times, "recurrence": {"endTime": "2026-12-31T00:00:00Z"}}
    assert client.http.put(f"{resource}/schedules", params=query, json={"schedules": [schedule]}).status_code == 200
    assert available() == [("00", "06", 0), ("06", "10", 1), ("10", "12", 0), ("12", "14", 1), ("14", "00", 0)]
    fixed = client.http.post(f"{resource}/capacity/fixed", params=query, json={**window, "slotDuration": 120}).json()
    assert len(fixed["capacities"]) == 12
    assert fixed["capacities"][5] == {
        "startDateTime": "2026-12-01T10:00:00Z", "scheduledCapacity": 1, "availableCapacity": 0,
    }  # fmt: skip


def test_a_document_is_uploaded(client: Client) -> None:
    made = client.http.post("/service/v1/documents", json={"contentType": "PDF", "contentLength": 8}).json()["payload"]
    assert client.http.put(made["url"], content=b"%PDF-1.4").status_code == 200
