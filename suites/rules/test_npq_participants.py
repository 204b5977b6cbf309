"""NPQ participants have accepted applications, and the enrolments CSV agrees with the list."""

from datetime import timedelta

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import Application, Participant
from lead_provider_conformance.http import IncompleteResponse
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.csv_table import csv_value
from lead_provider_conformance.oracles.filters import DISTANT_FUTURE
from lead_provider_conformance.pytest_plugin.markers import verifies

NO_ACCEPTED_APPLICATION = ("The provider has no accepted application.", "Accept one in the target.")
OF_APPLICATION = (
    "course_identifier",
    "eligible_for_funding",
    "school_urn",
    "targeted_delivery_funding_eligibility",
)
ATTEMPTS = 3
"""How often a file that differs from the list is read."""
CLOSE = timedelta(seconds=1)  # times are whole seconds, and the filter may or may not include the exact time


def enrolments_in(resources):
    """Return the enrolments by the id of the application; version 1 shows them only as funded places."""
    found = {}
    for resource in resources:
        for participant in Participant.in_resource(resource):
            places = participant.attributes.get("funded_places")
            shown = [participant.enrolment] if "npq_application_id" in participant.enrolment else places
            if not isinstance(shown, list):
                raise IncompleteResponse(f"The participant {participant.id} is shown without npq_application_id.")
            for each in shown:
                if isinstance(each, dict):
                    about = {"participant_id": participant.id, "updated_at": participant.attributes.get("updated_at")}
                    found[str(each.get("npq_application_id"))] = about | each
    return found


@verifies("npq-participants/enrolments-are-accepted", "npq-participants/enrolment-agrees-with-application")
def test_enrolments_are_those_of_accepted_applications(api, states, check):
    accepted_before = {each.id for each in states.inventory.applications if each.status == "accepted"}
    enrolments = enrolments_in(api.paginate(api.participants))
    applications = {each["id"]: Application.of(each) for each in api.paginate(api.applications)}
    accepted_after = {each.id for each in applications.values() if each.status == "accepted"}
    if not accepted_before and not enrolments:
        raise CouldNotRun(*NO_ACCEPTED_APPLICATION)

    strangers = enrolments.keys() - accepted_after
    if strangers:  # another test may have rejected an accepted application meanwhile
        strangers &= enrolments_in(api.paginate(api.participants)).keys()
    with check("npq-participants/enrolments-are-accepted"):
        assert not strangers, "Some enrolments belong to no application with the `status` accepted."
        missing = (accepted_before & accepted_after) - enrolments.keys()
        assert not missing, "Some accepted applications have no enrolment."

    if not check.applies("npq-participants/enrolment-agrees-with-application"):
        return
    differing = differing_fields(enrolments, applications)
    if differing:  # an application may have changed between the two lists
        enrolments = enrolments_in(api.paginate(api.participants))
        applications = {each["id"]: Application.of(each) for each in api.paginate(api.applications)}
        differing &= differing_fields(enrolments, applications)
    with check("npq-participants/enrolment-agrees-with-application"):
        for application_id, member in sorted(differing):
            application = applications[application_id].attributes if application_id in applications else {}
            assert enrolments[application_id].get(member) == application.get(member), (
                f"{member} of application {application_id}"
            )


def differing_fields(enrolments, applications):
    """Return the application's id and the field of each value that an enrolment and its application show otherwise."""
    found = set()
    for application_id, enrolment in enrolments.items():
        application = applications[application_id].attributes if application_id in applications else {}
        for member in (*OF_APPLICATION, "participant_id"):
            if enrolment.get(member) != application.get(member):
                found.add((application_id, member))
    return found


def rows_of(response):
    """Return the rows of the enrolments CSV, by the id of the application."""
    assert response.status == 200
    rows = {str(row.get("npq_application_id")): row for row in response.rows}
    assert len(rows) == len(response.rows), "The file of enrolments has two rows for one application."
    return rows


def wrong_values(response, enrolments, unchanged):
    """Return the application's id and the column of each value that differs from an unchanged enrolment."""
    try:
        rows = {str(row.get("npq_application_id")): row for row in response.rows}
    except IncompleteResponse:
        return set()  # the check of the rows reports it
    return {
        (each, name)
        for each in rows.keys() & enrolments.keys() & unchanged.keys()
        for name in rows[each].keys() & enrolments[each].keys()
        if rows[each][name] != csv_value(enrolments[each][name])
    }


@verifies("npq-enrolments/rows", "npq-enrolments/updated-since", "npq-enrolments/none")
def test_enrolments_csv_has_the_enrolments_of_the_list(api, states, lists, check):
    accepted_before = {each.id: each.updated_at for each in states.inventory.applications if each.status == "accepted"}
    if not accepted_before:
        raise CouldNotRun(*NO_ACCEPTED_APPLICATION)
    middle = sorted(accepted_before.values())[len(accepted_before) // 2]

    def file(*query):
        return api.send("GET", api.path("npq-enrolments.csv"), query=query)

    def shown(participants, applications):
        by_application = enrolments_in(participants)
        return {each["id"]: (by_application.get(each["id"]), Application.of(each)) for each in applications}

    now = shown(lists.at("npq_participants").snapshot, lists.at("npq_applications").snapshot)
    # Again if a row is wrong: a record that changes and changes back within a second can look unchanged once.
    for _ in range(ATTEMPTS):
        earlier = now
        whole, changed_since = file(), file(("filter[updated_since]", format_time(middle)))
        participants = list(api.paginate(api.participants))
        enrolments = enrolments_in(participants)
        # Records that are the same before and after the files have not changed in between.
        now = shown(participants, api.paginate(api.applications))
        unchanged = {each: now[each][1] for each in now if now[each] == earlier.get(each)}
        wrong = wrong_values(whole, enrolments, unchanged)
        if not wrong:
            break
    accepted = {each for each in accepted_before if each in now and now[each][1].status == "accepted"}

    with check("npq-enrolments/rows"):
        rows = rows_of(whole)
        assert not accepted - rows.keys(), "The file lacks enrolments of accepted applications."
        assert not rows.keys() - enrolments.keys(), "The file has enrolments that no participant shows."
        for application_id, name in sorted(wrong):
            assert rows[application_id][name] == csv_value(enrolments[application_id][name]), (
                f"{name} of the enrolment of application {application_id}"
            )

    with check("npq-enrolments/updated-since"):
        changed = rows_of(changed_since)
        for application_id in accepted & unchanged.keys():
            last = unchanged[application_id].updated_at
            if abs(last - middle) > CLOSE:
                assert (application_id in changed) is (last > middle), f"{application_id}, last changed at {last}"

    with check("npq-enrolments/none"):
        assert rows_of(file(("filter[updated_since]", DISTANT_FUTURE))) == {}
