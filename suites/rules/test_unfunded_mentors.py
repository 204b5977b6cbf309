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
    listing = lists.at("ecf_unfunded_mentors")
    unfunded = {each["id"] for each in listing.snapshot}
    participants = [lists.at("ecf_participants").snapshot]
    wrong = [found(unfunded, participants) for found in (not_listed, strangers, trained_here)]
    if any(wrong):  # somebody may have got another mentor between the two lists
        participants = [lists.at("ecf_participants").all()]
        now = {each["id"] for each in listing.all()}
        participants.append(lists.at("ecf_participants").all())
        wrong = [found(now, participants) for found in (not_listed, strangers, trained_here)]

    with check("unfunded-mentors/listed"):
        assert not wrong[0], f"{min(wrong[0])} mentors a teacher, is no participant, and no unfunded mentor."

    if not unfunded:
        raise CouldNotRun("There is no unfunded mentor.", "Give a teacher of the target a mentor trained elsewhere.")

    with check("unfunded-mentors/mentor-our-teachers"):
        assert not wrong[1], (
            f"{len(wrong[1])} unfunded mentors are not the mentor_id of any participant, such as {min(wrong[1])}."
        )

    with check("unfunded-mentors/not-ours"):
        assert not wrong[2], f"{min(wrong[2])} is an unfunded mentor, and trained by the provider as well."


# Each takes the ids of the unfunded mentors, and the participants as they were read before and after these.


def not_listed(unfunded, reads):
    """Return the mentors of teachers in training who are neither participants nor unfunded mentors."""
    mentors = [{each.get("mentor_id") for each in enrolments_in_training(participants)} for participants in reads]
    known = {each["id"] for participants in reads for each in participants}
    return set.intersection(*mentors) - {None} - unfunded - known


def strangers(unfunded, reads):
    """Return the unfunded mentors who mentor no participant."""
    return unfunded - {
        mentor for participants in reads for each in participants for mentor in field_values(each, "mentor_id")
    }


def trained_here(unfunded, reads):
    """Return the unfunded mentors who train as mentors with the provider."""
    trained = [{each["id"] for each in participants if trains_as_mentor(each)} for participants in reads]
    return unfunded & set.intersection(*trained)


def trains_as_mentor(participant):
    return any(each.get("participant_type") == "mentor" for each in enrolments_in_training([participant]))


@verifies("unfunded-mentors/updated-since")
def test_unfunded_mentors_filtered_by_updated_since(lists):
    listing = lists.at("ecf_unfunded_mentors")

    for instant in shortest_gap(listing.snapshot):
        assert_filtered(listing, time_filter(instant))
