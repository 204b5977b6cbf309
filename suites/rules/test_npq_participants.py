"""The people on NPQ courses are those whose applications were accepted, and the file of enrolments says the same."""

from datetime import timedelta

from lead_provider_conformance.api import PAGE_SIZE, per_page, utc
from lead_provider_conformance.http import MissingFromAnswer
from lead_provider_conformance.plugin import verifies
from lead_provider_conformance.records import Application, Participant

TO_COME = timedelta(days=365)
# Times are whole seconds, and whether the instant itself counts is left open.
CLOSE = timedelta(seconds=1)
# What changed just now may be changing again, by another test.
RECENT = timedelta(hours=1)


def enrolments_in(resources):
    """The enrolments, by the id of the application, as the version shows them: version 1 only as places."""
    found = {}
    for resource in resources:
        for participant in Participant.in_resource(resource):
            places = participant.attributes.get("funded_places")
            shown = [participant.enrolment] if "npq_application_id" in participant.enrolment else places
            if not isinstance(shown, list):
                raise MissingFromAnswer(f"The participant {participant.id} is shown without npq_application_id.")
            for each in shown:
                if isinstance(each, dict):
                    found[str(each.get("npq_application_id"))] = {"participant_id": participant.id, **each}
    return found


@verifies("npq-participants/enrolments-are-accepted", "npq-participants/enrolment-agrees-with-application")
def test_the_participants_are_those_whose_applications_were_accepted(api, states, check):
    accepted_before = {each.id for each in states.inventory.applications if each.status == "accepted"}
    enrolments = enrolments_in(api.every_page(api.participants))
    applications = {each["id"]: Application.of(each) for each in api.every_page(api.applications)}
    accepted_after = {each.id for each in applications.values() if each.status == "accepted"}

    with check("npq-participants/enrolments-are-accepted"):
        assert not enrolments.keys() - accepted_after, "Some enrolments belong to no accepted application."
        assert not accepted_before - enrolments.keys(), "Some accepted applications have no enrolment."

    if api.version == "v1":
        return  # which shows nothing of an enrolment but its course
    with check("npq-participants/enrolment-agrees-with-application"):
        for application_id, enrolment in enrolments.items():
            application = applications[application_id].attributes if application_id in applications else {}
            for member in ("course_identifier", "school_urn", "targeted_delivery_funding_eligibility"):
                assert enrolment.get(member) == application.get(member), f"{member} of application {application_id}"
            assert enrolment["participant_id"] == application.get("participant_id"), application_id


def enrolments_file(api, *query):
    """The rows of the file of enrolments, by the id of the application."""
    answer = api.send("GET", api.path("npq-enrolments.csv"), query=query)
    assert answer.status == 200
    rows = {str(row.get("npq_application_id")): row for row in answer.rows}
    assert len(rows) == len(answer.rows), "The file of enrolments has two rows for one application."
    return rows


def as_field(value):
    """A value as a CSV writes it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


@verifies("npq-enrolments/rows", "npq-enrolments/updated-since", "npq-enrolments/none")
def test_the_file_of_enrolments_says_what_the_list_of_participants_says(api, check):
    before = enrolments_in(api.every_page(api.participants))
    rows = enrolments_file(api)
    after = enrolments_in(api.every_page(api.participants))
    listing = api.send("GET", api.applications, query=per_page(PAGE_SIZE))
    applications = {each["id"]: Application.of(each) for each in listing.resources}

    with check("npq-enrolments/rows"):
        assert not before.keys() - rows.keys(), "The file lacks enrolments that the list of participants shows."
        assert not rows.keys() - after.keys(), "The file has enrolments that the list of participants does not show."
        for application_id, row in rows.items():
            enrolment = after[application_id]
            if before.get(application_id) == enrolment:  # no other test has changed it meanwhile
                told = {name: field for name, field in row.items() if name in enrolment}
                assert told == {name: as_field(enrolment[name]) for name in told}, application_id

    with check("npq-enrolments/none"):
        assert enrolments_file(api, ("filter[updated_since]", utc(listing.server_time + TO_COME))) == {}

    with check("npq-enrolments/updated-since"):
        changed = {each.id: each.updated_at for each in applications.values() if each.id in rows}
        assert changed, "The list of applications has none of those in the file of enrolments."
        middle = sorted(changed.values())[len(changed) // 2]
        since = enrolments_file(api, ("filter[updated_since]", utc(middle)))
        for application_id, moment in changed.items():
            if abs(moment - middle) > CLOSE and listing.server_time - moment > RECENT:
                assert (application_id in since) is (moment > middle), application_id
