"""Call each operation that writes once, on records that the client finds in the lists."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from tests.clients.generators import GeneratedClient, Reply

COHORTS = {"original": "2024", "ect": "2024", "npq": "2025"}
"""A cohort of each service, with records in every state and, for NPQs, two schedules of each kind."""
Steps = Iterator[tuple[str, Reply]]


def all_of(client: GeneratedClient, operation: str, **filters: str) -> list[dict[str, Any]]:
    """Return every record of a list."""
    query = {f"filter[{name}]": value for name, value in filters.items()}
    records: list[dict[str, Any]] = client.call(operation, query={**query, "page[per_page]": 3000}).data
    return records


def teachers(client: GeneratedClient) -> Iterator[str]:
    """Yield active early career teachers of the cohort without declarations, who are on the usual schedule."""
    declared = {each["attributes"]["participant_id"] for each in all_of(client, "list_participant_declarations")}
    for person in all_of(client, "list_ecf_participants", cohort=COHORTS[client.service], training_status="active"):
        enrolments = person["attributes"]["ecf_enrolments"]
        usual = {"participant_type": "ect", "participant_status": "active", "cohort": COHORTS[client.service]}
        usual["schedule_identifier"] = "ecf-standard-september"
        if len(enrolments) == 1 and person["id"] not in declared and usual.items() <= enrolments[0].items():
            yield person["id"]


def deferred_teacher(client: GeneratedClient) -> dict[str, Any]:
    """Return the enrolment and id of the teacher who was deferred first: none is resumed on the day of the deferral."""
    deferred = [
        {**person["attributes"]["ecf_enrolments"][0], "id": person["id"]}
        for person in all_of(client, "list_ecf_participants", training_status="deferred")
        if len(person["attributes"]["ecf_enrolments"]) == 1
    ]
    return min(
        (each for each in deferred if each["participant_type"] == "ect"),
        key=lambda each: each["deferral"]["date"],
    )


def training_of_teachers(client: GeneratedClient) -> Steps:
    course = {"course_identifier": "ecf-induction"}
    moved, paused, person = itertools.islice(teachers(client), 3)
    resumed = deferred_teacher(client)["id"]
    changed = {**course, "schedule_identifier": "ecf-standard-january", "cohort": COHORTS[client.service]}
    yield "change_ecf_participant_schedule", client.write("change_ecf_participant_schedule", moved, **changed)
    yield "defer_ecf_participant", client.write("defer_ecf_participant", paused, **course, reason="career-break")
    yield "resume_ecf_participant", client.write("resume_ecf_participant", resumed, **course)
    declared = declare(client, person, "ecf-induction", "2024-10-10T09:00:00Z")
    yield "create_participant_declaration", declared
    left = {**course, "reason": "left-teaching-profession"}
    yield "withdraw_ecf_participant", client.write("withdraw_ecf_participant", person, **left)
    yield "void_participant_declaration", client.write("void_participant_declaration", declared.data["id"])


def partnerships(client: GeneratedClient) -> Steps:
    schools = all_of(client, "list_ecf_schools", cohort=COHORTS[client.service])
    school = next(each["id"] for each in schools if not each["attributes"]["in_partnership"])
    first, second = [each["id"] for each in all_of(client, "list_delivery_partners", cohort=COHORTS[client.service])][
        :2
    ]
    created = client.write(
        "create_ecf_partnership", cohort=COHORTS[client.service], school_id=school, delivery_partner_id=first
    )
    yield "create_ecf_partnership", created
    updated = client.write("update_ecf_partnership", created.data["id"], delivery_partner_id=second)
    yield "update_ecf_partnership", updated


def applications(client: GeneratedClient) -> Steps:
    pending = [
        each
        for each in all_of(client, "list_npq_applications", cohort=COHORTS[client.service])
        if each["attributes"]["status"] == "pending" and each["attributes"]["eligible_for_funding"]
    ]
    yield "reject_npq_application", client.write("reject_npq_application", pending[-1]["id"])
    accepted = client.write("accept_npq_application", pending[0]["id"], funded_place=True)
    yield "accept_npq_application", accepted
    given_back = client.write("change_npq_application_funded_place", pending[0]["id"], funded_place=False)
    yield "change_npq_application_funded_place", given_back
    yield from training_for_npq(client, accepted.data["attributes"])


def training_for_npq(client: GeneratedClient, application: dict[str, Any]) -> Steps:
    person, course = application["participant_id"], {"course_identifier": application["course_identifier"]}
    present = application["schedule_identifier"]
    other = present.replace("autumn", "spring") if "autumn" in present else present.replace("spring", "autumn")
    for schedule in (other, present):
        changed = {**course, "schedule_identifier": schedule, "cohort": application["cohort"]}
        yield "change_npq_participant_schedule", client.write("change_npq_participant_schedule", person, **changed)
    declared = declare(client, person, application["course_identifier"], f"{application['updated_at'][:10]}T09:00:00Z")
    yield "create_participant_declaration", declared
    for action, reason in (("defer", "career-break"), ("resume", None), ("withdraw", "insufficient-capacity")):
        reasons = {"reason": reason} if reason else {}
        yield f"{action}_npq_participant", client.write(f"{action}_npq_participant", person, **course, **reasons)
    yield "void_participant_declaration", client.write("void_participant_declaration", declared.data["id"])


def outcomes(client: GeneratedClient) -> Steps:
    failed = {
        each["attributes"]["participant_id"]
        for each in all_of(client, "list_npq_outcomes")
        if each["attributes"]["state"] == "failed"
    }
    trained = {
        (person["id"], enrolment["course_identifier"])
        for person in all_of(client, "list_npq_participants", training_status="active")
        for enrolment in person["attributes"]["npq_enrolments"]
        if person["id"] not in failed
    }
    completed = next(
        attributes
        for attributes in (each["attributes"] for each in all_of(client, "list_participant_declarations"))
        if attributes["declaration_type"] == "completed"
        and attributes["has_passed"]
        and (attributes["participant_id"], attributes["course_identifier"]) in trained
    )
    reply = client.write(
        "create_npq_participant_outcome",
        completed["participant_id"],
        course_identifier=completed["course_identifier"],
        state="failed",
        completion_date=completed["declaration_date"][:10],
    )
    yield "create_npq_participant_outcome", reply


def delivery_partner_of_a_declaration(client: GeneratedClient) -> Steps:
    declaration = all_of(client, "list_participant_declarations")[0]
    partner = all_of(client, "list_delivery_partners")[0]["id"]
    operation = "change_participant_declaration_delivery_partner"
    yield operation, client.write(operation, declaration["id"], delivery_partner_id=partner)


def declare(client: GeneratedClient, person: str, course: str, moment: str) -> Reply:
    """Declare that a participant has started, with a delivery partner where the service wants one."""
    partner = {}
    if client.service == "npq":
        partner = {
            "delivery_partner_id": all_of(client, "list_delivery_partners", cohort=COHORTS[client.service])[0]["id"]
        }
    return client.write(
        "create_participant_declaration",
        participant_id=person,
        declaration_type="started",
        declaration_date=moment,
        course_identifier=course,
        **partner,
    )


JOURNEYS: tuple[tuple[str, Callable[[GeneratedClient], Steps]], ...] = (
    ("withdraw_ecf_participant", training_of_teachers),
    ("create_ecf_partnership", partnerships),
    ("accept_npq_application", applications),
    ("create_npq_participant_outcome", outcomes),
    ("change_participant_declaration_delivery_partner", delivery_partner_of_a_declaration),
)
"""Each journey, with an operation that the services have for which it is."""


def write_everything(client: GeneratedClient) -> dict[str, Reply]:
    """Return the last reply of each operation that writes."""
    journeys = [journey for operation, journey in JOURNEYS if operation in client.operations]
    return {operation: reply for journey in journeys for operation, reply in journey(client)}
