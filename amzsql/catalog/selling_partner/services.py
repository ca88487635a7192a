"""Services that sellers render at buyers' homes: jobs, their appointments, and who has time for them. Services v1."""

from amzsql.catalog.model import AccessPath, Entry, Parent, Part, Pushdown, WriteMapping
from amzsql.types import MONEY

API = "services"

JOBS = Entry(
    "ServiceJobs",
    "One row per job that a buyer has ordered with the seller, such as an assembly.",
    key=("ServiceJobId",),
    first=("ServiceJobId", "CreateTime", "ServiceJobStatus", "ServiceOrderId", "MarketplaceId", "ScopeOfWorkTitle"),
    paths=(
        AccessPath(
            f"{API}.getServiceJobs",
            pushdowns=(
                Pushdown("CreateTime", ">=", "createdAfter", default="horizon"),
                Pushdown("CreateTime", "<", "createdBefore"),
            ),
        ),
        AccessPath(f"{API}.getServiceJobByServiceJobId"),
    ),
    time_column="CreateTime",
    typical_rows=500,
    account_unique=True,
    example="SELECT ServiceJobId, ServiceJobStatus FROM ServiceJobs WHERE CreateTime >= CURRENT_DATE - INTERVAL 30 DAY",
    writes=(
        WriteMapping(
            "update", f"{API}.cancelServiceJobByServiceJobId", sets=(("ServiceJobStatus", "CANCELLED"),), direct=True
        ),
        WriteMapping(
            "update", f"{API}.completeServiceJobByServiceJobId", sets=(("ServiceJobStatus", "COMPLETED"),), direct=True
        ),
    ),
    parts=(
        Part(
            "ServiceJobAppointments",
            "One row per appointment of a job, past ones too.",
            "appointments",
            key=("AppointmentId",),
            first=("AppointmentStatus", "AppointmentTimeStartTime", "AppointmentTimeDurationInMinutes"),
            rows=1.0,
            parts=(
                Part(
                    "ServiceJobTechnicians",
                    "One row per technician who is assigned to an appointment.",
                    "assignedTechnicians",
                    key=("TechnicianId",),
                    rows=1.0,
                ),
            ),
            writes=(
                WriteMapping("insert", f"{API}.addAppointmentForServiceJobByServiceJobId"),
                WriteMapping(
                    "update",
                    f"{API}.rescheduleAppointmentForServiceJobByServiceJobId",
                    example="UPDATE ServiceJobAppointments SET AppointmentTimeStartTime = ?, RescheduleReasonCode = ? "
                    "WHERE ServiceJobId = ? AND AppointmentId = ?",
                ),
                WriteMapping("update", f"{API}.assignAppointmentResources", note="AssignedTechnicians shows them."),
            ),
        ),
        Part(
            "ServiceJobItems",
            "One row per product that a job is about.",
            "associatedItems",
            number="ItemNumber",
            first=("Asin", "Title", "Quantity"),
            rows=1.0,
        ),
        Part(
            "ServiceJobPayments",
            "One row per payment for a job.",
            "payments",
            number="PaymentNumber",
            first=("AmountValue", "AmountCurrency"),
            types=(("AmountValue", MONEY),),
            rows=1.0,
        ),
    ),
)

# A slot is as long as a day at most, and is given only if it ends within the time asked for.
BETWEEN = (
    Pushdown("StartDateTime", ">=", "body.startDateTime"),
    Pushdown("StartDateTime", "<", "body.endDateTime", ahead=86_400),
)
NEXT_WEEK = "StartDateTime >= CURRENT_DATE AND StartDateTime < CURRENT_DATE + INTERVAL 7 DAY"

RANGES = Entry(
    "ServiceRangeCapacities",
    "One row per time in which a resource, such as a technician, has capacity of a kind. Filters on ResourceId and on "
    "both ends of StartDateTime are needed.",
    key=("ResourceId", "MarketplaceId", "CapacityType", "StartDateTime"),
    first=("ResourceId", "MarketplaceId", "CapacityType", "StartDateTime", "EndDateTime", "Capacity"),
    paths=(
        AccessPath(
            f"{API}.getRangeSlotCapacity",
            row_path="capacities[].slots[]",
            extra=(("CapacityType", "capacities[].capacityType"), ("ResourceId", "resourceId")),
            parameters=(("body.capacityTypes[]", "CapacityType"),),
            pushdowns=BETWEEN,
        ),
    ),
    time_column="StartDateTime",
    typical_rows=50,
    example=f"SELECT StartDateTime, Capacity FROM ServiceRangeCapacities WHERE ResourceId = '1' AND {NEXT_WEEK}",
)
FIXED = Entry(
    "ServiceFixedSlotCapacities",
    "One row per slot of one length (SlotDuration, in minutes): how much of each capacity a resource has. Filters on "
    "ResourceId and on both ends of StartDateTime are needed.",
    key=("ResourceId", "MarketplaceId", "SlotDuration", "StartDateTime"),
    first=("ResourceId", "MarketplaceId", "StartDateTime", "SlotDuration", "AvailableCapacity"),
    paths=(
        AccessPath(
            f"{API}.getFixedSlotCapacity",
            extra=(("ResourceId", "resourceId"), ("SlotDuration", "slotDuration")),
            parameters=(("body.capacityTypes[]", "RequestedCapacityType"),),
            pushdowns=BETWEEN,
        ),
    ),
    time_column="StartDateTime",
    typical_rows=50,
    example="SELECT StartDateTime, AvailableCapacity FROM ServiceFixedSlotCapacities WHERE ResourceId = '1' AND "
    f"{NEXT_WEEK}",
)

# Amazon takes both ends or none; a slot that lies across the end may be left out.
WITHIN = (Pushdown("StartTime", ">=", "startTime"), Pushdown("EndTime", "<", "endTime"))
SLOTS = Entry(
    "ServiceAppointmentSlots",
    "One row per time at which a service of a store can be had. Filters on Asin and StoreId are needed.",
    key=("Asin", "StoreId", "MarketplaceId", "StartTime", "EndTime"),
    paths=(
        AccessPath(
            f"{API}.getAppointmentSlots",
            extra=(("SchedulingType", "payload.schedulingType"),),
            pushdowns=WITHIN,
            by_key=True,
            one_row_per_key=False,
            rows_per_key=50.0,
        ),
    ),
    typical_rows=50,
    example="SELECT StartTime, Capacity FROM ServiceAppointmentSlots WHERE Asin = 'B00000I18C' AND StoreId = '1'",
)
JOB_SLOTS = Entry(
    "ServiceJobAppointmentSlots",
    "One row per time at which a job can be done.",
    key=("ServiceJobId", "MarketplaceId", "StartTime", "EndTime"),
    paths=(
        AccessPath(
            f"{API}.getAppointmmentSlotsByJobId",
            extra=(("SchedulingType", "payload.schedulingType"),),
            pushdowns=WITHIN,
        ),
    ),
    parent=Parent("ServiceJobId", "ServiceJobs"),
    typical_rows=5000,
    example="SELECT StartTime, Capacity FROM ServiceJobAppointmentSlots WHERE ServiceJobId = '1'",
)

TABLES = (JOBS, RANGES, FIXED, SLOTS, JOB_SLOTS)
