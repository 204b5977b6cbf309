"""Unfunded mentors mentor a lead provider's teachers, and it does not train them."""

from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import assert_filtered, field_values, shortest_gap, time_filter
from lead_provider_conformance.pytest_plugin.markers import verifies


def enrolments_in_training(participants):
    """Return the enrolments in training at present."""
    enrolments = [each for one in participants for each in one["attributes"].get("ecf_enrolments") or ()]
    return [
        each for each in enrolments if (each.get("participant_status"), each.get("training_status")) == ("active",) * 2
    ]


@verifies("unfunded-mentors/listed", "unfunded-mentors/mentor-our-teachers", "unfunded-mentors/not-ours")
def test_unfunded_mentors_mentor_the_providers_teachers(lists, check):
    unfunded = {each["id"] for each in lists.at("ecf_unfunded_mentors").snapshot}
    participants = lists.at("ecf_participants").snapshot

    with check("unfunded-mentors/listed"):
        mentors = {each.get("mentor_id") for each in enrolments_in_training(participants)} - {None}
        not_listed = mentors - unfunded - {each["id"] for each in participants}
        assert not not_listed, f"{min(not_listed)} mentors a teacher, is no participant, and no unfunded mentor."

    if not unfunded:
        raise CouldNotRun("There is no unfunded mentor.", "Give a teacher of the target a mentor trained elsewhere.")

    with check("unfunded-mentors/mentor-our-teachers"):
        mentors = {mentor for each in participants for mentor in field_values(each, "mentor_id")}
        strangers = unfunded - mentors
        assert not strangers, (
            f"{len(strangers)} unfunded mentors are not the mentor_id of any participant, such as {min(strangers)}."
        )

    with check("unfunded-mentors/not-ours"):
        trained = {each["id"] for each in participants if trains_as_mentor(each)}
        both = unfunded & trained
        assert not both, f"{min(both)} is an unfunded mentor, and trained by the provider as well."


def trains_as_mentor(participant):
    return any(each.get("participant_type") == "mentor" for each in enrolments_in_training([participant]))


@verifies("unfunded-mentors/updated-since")
def test_unfunded_mentors_filtered_by_updated_since(lists):
    listing = lists.at("ecf_unfunded_mentors")

    for instant in shortest_gap(listing.snapshot):
        assert_filtered(listing, time_filter(instant))
