"""The lists of two lead providers: a record that belongs to one of them alone is in no list of the other."""

from functools import partial

from lead_provider_conformance.api.records import Declaration, NpqOutcome, Participant, skip_malformed
from lead_provider_conformance.model import CouldNotRun, NotApplicable
from lead_provider_conformance.pytest_plugin.markers import one_more_situation, verifies

pytestmark = one_more_situation()

COMPLETED = ("induction_end_date", "mentor_funding_end_date")
"""The fields of those who have completed: they stay active in edition 2026-08, also after they have left."""


class Both:
    """One list of two providers: their records by id."""

    def __init__(self, lists, other_api, name, *, again=False):
        listing = lists.at(name)
        self.name = str(listing)
        theirs = listing.as_provider(other_api)
        self.theirs = by_id(theirs.all() if again else theirs.snapshot)
        self.ours = by_id(listing.all() if again else listing.snapshot)
        if not self.ours or not self.theirs:
            raise CouldNotRun(
                f"{self.name} lists nothing for one of the two lead providers.", "Give each of them records of its own."
            )

    @property
    def shared(self):
        """The records of the provider's own list that the other's list has, too."""
        return [each for key, each in self.ours.items() if key in self.theirs]


def assert_none(problem, lists, other_api):
    """Check that the lists of the providers have no problem. `problem` returns a sentence about it, or None.

    Somebody may have moved from one provider to the other between two lists: they are then read again. The other's are
    read first, so that one who leaves the provider under test between them is in neither.
    """

    def read(name, *, again):
        return Both(lists, other_api, name, again=again)

    if problem(partial(read, again=False)) is not None:
        found = problem(partial(read, again=True))
        assert found is None, found


def by_id(resources):
    return {each["id"]: each for each in resources}


def enrolments(resources):
    """Return the enrolments of participants, each with the participant."""
    return [each for _, enrolled in skip_malformed(resources, Participant.in_resource) for each in enrolled]


def in_training(resources):
    """Return the participants who are in training, by their training records."""
    return {
        each.enrolment["training_record_id"]: each
        for each in enrolments(resources)
        if each.enrolment.get("training_record_id")
        and (each.status, each.training_status) == ("active", "active")
        and not any(each.enrolment.get(name) for name in COMPLETED)
    }


@verifies("isolation/participant-not-listed")
def test_training_record_is_active_with_one_provider_only(api, lists, other_api):
    if api.version != "v3":
        raise NotApplicable("Versions 1 and 2 show a participant who has moved to both providers as active.")

    def problem(read):
        both = read("ecf_participants")
        ours, theirs = in_training(both.ours.values()), in_training(both.theirs.values())
        shared = sorted(ours[each].id for each in ours.keys() & theirs.keys())
        return f"{both.name} lists {shared[0]} for two lead providers, as active in both." if shared else None

    assert_none(problem, lists, other_api)


@verifies("isolation/declaration-not-shown", "npq-isolation/declaration-not-shown")
def test_shared_declaration_is_about_a_participant_of_both(api, lists, other_api):
    def problem(read):
        both, people = read("participant_declarations"), read(f"{api.programme}_participants")
        known = known_ids(people.ours.values())
        # The provider's own declarations stay, also about participants whom it no longer lists.
        own_names = {name_of(each) for key, each in both.ours.items() if key not in both.theirs}
        for resource, each in skip_malformed(both.shared, Declaration.of):
            is_of_others = name_of(resource) not in {None, *own_names} and each.participant_id not in known
            if is_of_others and each.participant_id in people.theirs and each.course in courses(people.theirs, each):
                return (
                    f"{both.name} lists the declaration {each.id} of another lead provider about "
                    f"{each.participant_id}, who is not in the list of participants."
                )
        return None

    assert_none(problem, lists, other_api)


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
    def problem(read):
        both = read("npq_applications")
        shared = both.shared
        return f"{both.name} lists the application {shared[0]['id']} for two lead providers." if shared else None

    assert_none(problem, lists, other_api)


@verifies("npq-isolation/participant-not-shown")
def test_npq_enrolment_is_listed_for_one_provider_only(lists, other_api):
    def problem(read):
        both = read("npq_participants")
        ours, theirs = (
            {each.enrolment.get("npq_application_id"): each.id for each in enrolments(records.values())}
            for records in (both.ours, both.theirs)
        )
        shared = sorted(ours[each] for each in ours.keys() & theirs.keys() - {None})
        return f"{both.name} lists an enrolment of {shared[0]} for two lead providers." if shared else None

    assert_none(problem, lists, other_api)


@verifies("npq-isolation/outcomes-not-shown")
def test_shared_outcome_is_about_a_participant_of_both(lists, other_api):
    def problem(read):
        both = read("npq_outcomes")
        known = known_ids(read("npq_participants").ours.values())
        for _, each in skip_malformed(both.shared, NpqOutcome.of):
            if each.participant_id not in known:
                return (
                    f"{both.name} lists the outcome {each.id} about {each.participant_id}, who is not listed as a "
                    "participant."
                )
        return None

    assert_none(problem, lists, other_api)


@verifies("isolation/transfers-not-shown")
def test_transfer_between_schools_of_one_provider_is_listed_for_it_only(lists, other_api):
    def problem(read):
        both = read("ecf_participant_transfers")
        for each in both.shared:
            moves = [move for move in each["attributes"].get("transfers") or () if isinstance(move, dict)]
            if {move.get("transfer_type") for move in moves} == {"new_school"}:
                return f"{both.name} lists {each['id']} of another lead provider, who moved school."
        return None

    assert_none(problem, lists, other_api)
