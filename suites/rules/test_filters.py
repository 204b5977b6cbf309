"""Filters and sorting, each held against what the unfiltered list shows."""

import statistics

from lead_provider_conformance.api import per_page, utc
from lead_provider_conformance.plugin import verifies
from lead_provider_conformance.records import Declaration, Participant, moment
from lead_provider_conformance.words import CouldNotRun


def changed_at(resource):
    return moment(resource["attributes"].get("updated_at"))


def halfway(resources):
    """A time that some of the records changed before, and some at or after."""
    times = [changed_at(each) for each in resources]
    middle = statistics.median_high(times) if times else None
    if middle is None or middle == min(times):
        raise CouldNotRun(
            "All the records were last changed at the same time, so nothing would be left out.",
            "Give the target records that were changed at different times.",
        )
    return middle


def assert_changed_since(since, unfiltered, filtered):
    # Others may be changing records meanwhile, and then they move from before to after, never back.
    too_old = [each["id"] for each in filtered if changed_at(each) < since]
    assert not too_old, f"filter[updated_since] {utc(since)} lists {too_old[0]}, which changed before it."
    missing = {each["id"] for each in unfiltered if changed_at(each) >= since} - {each["id"] for each in filtered}
    assert not missing, f"filter[updated_since] {utc(since)} lacks {min(missing)}, which changed since."


@verifies("participants/updated-since")
def test_participants_that_changed_since(api):
    path = api.participants
    unfiltered = list(api.every_page(path))
    since = halfway(unfiltered)

    filtered = list(api.every_page(path, ("filter[updated_since]", utc(since))))

    assert_changed_since(since, unfiltered, filtered)


@verifies("declarations/updated-since")
def test_declarations_that_changed_since(api):
    path = api.declarations
    unfiltered = list(api.every_page(path))
    since = halfway(unfiltered)

    filtered = list(api.every_page(path, ("filter[updated_since]", utc(since))))

    assert_changed_since(since, unfiltered, filtered)


@verifies("filtering/malformed-updated-since")
def test_a_time_that_is_none_is_refused(api):
    for value in ("yesterday", "2023-01-15"):
        query = ("filter[updated_since]", value)
        assert api.list_participants(query, deliberate="no RFC 3339 time").status == 400, value
        assert api.list_declarations(query, deliberate="no RFC 3339 time").status == 400, value


@verifies("participants/cohort-filter")
def test_participants_of_a_cohort(api, states):
    cohorts = {each.cohort for each in states.inventory.participants if each.cohort}
    for cohort in sorted(cohorts):
        filtered = list(api.every_page(api.participants, ("filter[cohort]", cohort)))
        in_it = {each.id for each in states.inventory.participants if each.cohort == cohort}
        missing = in_it - {each["id"] for each in filtered}
        assert not missing, f"filter[cohort] {cohort} lacks {len(missing)} of the cohort, as {min(missing)}."
        for resource in filtered:
            cohorts_of = {each.cohort for each in Participant.in_resource(resource)}
            assert cohort in cohorts_of, f"filter[cohort] {cohort} lists {resource['id']}, of {cohorts_of}."


@verifies("participants/training-status-filter")
def test_participants_with_a_training_status(api):
    for status in ("active", "deferred", "withdrawn"):
        query = ("filter[training_status]", status)
        for resource in api.list_participants(query, *per_page(100)).resources:
            shown = {each.training_status for each in Participant.in_resource(resource)}
            assert status in shown, f"filter[training_status] {status} lists {resource['id']}, who is {shown}."


@verifies("participants/sorted-by-updated-at")
def test_participants_sorted_by_when_they_changed(api):
    for key, reverse in (("updated_at", False), ("-updated_at", True)):
        times = [changed_at(each) for each in api.list_participants(("sort", key), *per_page(100)).resources]
        assert times == sorted(times, reverse=reverse), f"sort={key} does not give them in that order."


@verifies("declarations/participant-filter")
def test_declarations_about_a_participant(api, states):
    ect = states.look("ect.started")
    expected = {each.id for each in states.inventory.about(ect)}

    about = [Declaration.of(each) for each in api.list_declarations(("filter[participant_id]", ect.id)).resources]

    missing = expected - {each.id for each in about}
    assert not missing, f"filter[participant_id] {ect.id} lacks {len(missing)} declarations, as {min(missing)}."
    assert {each.participant_id for each in about} == {ect.id}
