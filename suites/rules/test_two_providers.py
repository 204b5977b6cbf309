"""The lists of two lead providers: a record that belongs to one of them alone is in no list of the other."""

from lead_provider_conformance.api.records import Declaration, NpqOutcome, Participant, skip_malformed
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import one_more_situation, verifies

pytestmark = one_more_situation()


class Both:
    """One list of two providers: their records by id."""

    def __init__(self, lists, other_api, name):
        listing = lists.at(name)
        self.name = str(listing)
        self.ours = {each["id"]: each for each in listing.snapshot}
        self.theirs = {each["id"]: each for each in listing.as_provider(other_api).snapshot}
        if not self.ours or not self.theirs:
            raise CouldNotRun(
                f"{self.name} lists nothing for one of the two lead providers.", "Give each of them records of its own."
            )

    @property
    def shared(self):
        """The records of the provider's own list that the other's list has, too."""
        return [each for key, each in self.ours.items() if key in self.theirs]


def enrolments(resources):
    """Return the enrolments of participants, each with the participant."""
    return [each for _, enrolled in skip_malformed(resources, Participant.in_resource) for each in enrolled]


def in_training(resources):
    """Return the participants who are in training, by their training records."""
    return {
        each.enrolment["training_record_id"]: each
        for each in enrolments(resources)
        if each.enrolment.get("training_record_id") and (each.status, each.training_status) == ("active", "active")
    }


@verifies("isolation/participant-not-listed")
def test_training_record_is_active_with_one_provider_only(lists, other_api):
    both = Both(lists, other_api, "ecf_participants")

    ours, theirs = in_training(both.ours.values()), in_training(both.theirs.values())

    shared = sorted(ours[each].id for each in ours.keys() & theirs.keys())
    assert not shared, f"{both.name} lists {shared[0]} for two lead providers, as active in both."


@verifies("isolation/declaration-not-shown", "npq-isolation/declaration-not-shown")
def test_shared_declaration_is_about_a_participant_of_both(api, lists, other_api):
    both = Both(lists, other_api, "participant_declarations")
    people = Both(lists, other_api, f"{api.programme}_participants")
    known = known_ids(people.ours.values())
    # The provider's own declarations stay, also about participants whom it no longer lists.
    own_names = {name_of(each) for key, each in both.ours.items() if key not in both.theirs}

    for resource, each in skip_malformed(both.shared, Declaration.of):
        is_of_others = name_of(resource) not in {None, *own_names}
        if is_of_others and each.participant_id in people.theirs and each.course in courses(people.theirs, each):
            assert each.participant_id in known, (
                f"{both.name} lists the declaration {each.id} of another lead provider about {each.participant_id}, "
                "who is not in the list of participants."
            )


def name_of(resource):
    return resource["attributes"].get("lead_provider_name")


def courses(participants, declaration):
    """Return the courses of the participant of a declaration."""
    return {each.course for each in enrolments([participants[declaration.participant_id]])}


def known_ids(participants):
    """Return the present and former ids of participants."""
    former = {
        change.get("from_participant_id")
        for each in participants
        for change in each["attributes"].get("participant_id_changes") or ()
        if isinstance(change, dict)
    }
    return {each["id"] for each in participants} | former


@verifies("npq-isolation/application-not-listed")
def test_application_is_listed_for_one_provider_only(lists, other_api):
    both = Both(lists, other_api, "npq_applications")

    assert not both.shared, f"{both.name} lists the application {both.shared[0]['id']} for two lead providers."


@verifies("npq-isolation/participant-not-shown")
def test_npq_enrolment_is_listed_for_one_provider_only(lists, other_api):
    both = Both(lists, other_api, "npq_participants")

    ours, theirs = (
        {each.enrolment.get("npq_application_id"): each.id for each in enrolments(records.values())}
        for records in (both.ours, both.theirs)
    )

    shared = sorted(ours[each] for each in ours.keys() & theirs.keys() - {None})
    assert not shared, f"{both.name} lists an enrolment of {shared[0]} for two lead providers."


@verifies("npq-isolation/outcomes-not-shown")
def test_shared_outcome_is_about_a_participant_of_both(lists, other_api):
    both = Both(lists, other_api, "npq_outcomes")
    known = known_ids(Both(lists, other_api, "npq_participants").ours.values())

    for _, each in skip_malformed(both.shared, NpqOutcome.of):
        assert each.participant_id in known, (
            f"{both.name} lists the outcome {each.id} about {each.participant_id}, who is not listed as a participant."
        )


@verifies("isolation/transfers-not-shown")
def test_transfer_between_schools_of_one_provider_is_listed_for_it_only(lists, other_api):
    both = Both(lists, other_api, "ecf_participant_transfers")

    for each in both.shared:
        moves = [move for move in each["attributes"].get("transfers") or () if isinstance(move, dict)]
        kinds = {move.get("transfer_type") for move in moves}
        assert kinds != {"new_school"}, f"{both.name} lists {each['id']} of another lead provider, who moved school."
