"""Fields of participants, schools, partnerships and transfers that depend on each other in the ECT service."""

from collections import defaultdict
from datetime import timedelta

import pytest

from lead_provider_conformance.api.records import Participant, skip_malformed
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.lists import Lists
from lead_provider_conformance.pytest_plugin.markers import in_editions, verifies

pytestmark = in_editions(since="2026-08")

NO_UPLIFTS_SINCE = 2025
OF_ECTS_ONLY = (
    "overall_induction_start_date",
    "most_recent_induction_period_end_date",
    "induction_end_date",
    "working_pattern",
)


@pytest.fixture
def enrolments(lists: Lists):
    """Every enrolment of the provider's participants."""
    found = enrolments_in(lists.at("ecf_participants").snapshot)
    if not found:
        raise CouldNotRun("The provider has no participants.", "Give the provider participants.")
    return found


def enrolments_in(participants):
    return [each for _, enrolments in skip_malformed(participants, Participant.in_resource) for each in enrolments]


@verifies("participants-2026/status-of-stopped")
def test_deferred_and_withdrawn_participants_have_left(enrolments):
    stopped = [each for each in enrolments if each.training_status in ("deferred", "withdrawn")]
    if not stopped:
        raise CouldNotRun("No participant is deferred or withdrawn.", "Give the provider one who is.")

    for each in stopped:
        assert each.status in ("left", "leaving"), f"{each.id} is {each.training_status} and {each.status}."


@verifies("participants-2026/uplifts")
def test_participants_from_2025_on_have_no_uplift(enrolments):
    recent = [each for each in enrolments if (each.cohort_year or 0) >= NO_UPLIFTS_SINCE]
    if not recent:
        raise CouldNotRun("No participant is of cohort 2025 or later.", "Give the provider one of cohort 2025.")

    for each in recent:
        uplifts = [each.enrolment.get(name) for name in ("pupil_premium_uplift", "sparsity_uplift")]
        assert uplifts == [False, False], f"{each.id} of {each.cohort} has the uplifts {uplifts}."


@verifies("participants-2026/mentors-without-induction")
def test_mentors_have_no_induction(enrolments):
    mentors = [each for each in enrolments if each.type == "mentor"]
    if not mentors:
        raise CouldNotRun("The provider trains no mentors.", "Give the provider a mentor.")

    for each in mentors:
        for name in OF_ECTS_ONLY:
            assert each.enrolment.get(name) is None, f"The mentor {each.id} has {name} {each.enrolment.get(name)}."


@pytest.fixture
def transfers(lists: Lists):
    """Every transfer with the ids of its participant and training record, and both ends."""
    return transfers_in(lists.at("ecf_participant_transfers").snapshot)


def transfers_in(resources):
    return [
        ((resource["id"], str(each.get("training_record_id"))), end(each, "leaving"), end(each, "joining"))
        for resource in resources
        for each in resource["attributes"].get("transfers") or ()
        if isinstance(each, dict)
    ]


def end(transfer, side):
    found = transfer.get(side)
    return found if isinstance(found, dict) else {}


@verifies("transfers-2026/dates")
def test_nobody_leaves_after_joining(transfers):
    dated = [
        (who, str(leaving.get("date")), str(joining.get("date")))
        for who, leaving, joining in transfers
        if leaving.get("date") and joining.get("date")
    ]
    if not dated:
        raise CouldNotRun(
            "No transfer has a leaving and a joining date.", "Give the provider a participant who has moved."
        )

    for (who, _), left, joined in dated:
        assert left <= joined, f"{who} leaves on {left} and joins on {joined}."


def has_completed(enrolment):
    """Return whether induction or training is complete: the status then stays active."""
    return enrolment.enrolment.get("induction_end_date") or enrolment.enrolment.get("mentor_funding_end_date")


@verifies("participants-2026/joining-and-leaving")
def test_status_follows_the_dates_of_a_transfer(enrolments, transfers, lists, states):
    found = wrong_statuses(enrolments, transfers, states.inventory.today)
    if found is None:
        raise CouldNotRun(
            "No transfer shows the day on which a participant joins or leaves a school.",
            "Give the provider a transfer that is to come.",
        )
    if found:  # somebody may have announced a transfer between the two lists
        transfers = transfers_in(lists.at("ecf_participant_transfers").all())
        enrolments = enrolments_in(lists.at("ecf_participants").all())
        now = wrong_statuses(enrolments, transfers, states.inventory.today) or ()
        found = [each for each in found if each in now]
    assert not found, found[0]


def wrong_statuses(enrolments, transfers, today):
    """Return a sentence about each enrolment whose status does not follow a transfer; None if no transfer has a day."""
    # The server's zone decides about a day next to today.
    yesterday, tomorrow = (str(today + timedelta(days=days)) for days in (-1, 1))
    to_come, joined = defaultdict(set), set()
    for who, leaving, joining in transfers:
        for status, side in (("leaving", leaving), ("joining", joining)):
            if str(side.get("date") or "") > tomorrow:
                to_come[who, str(side.get("school_urn"))].add(status)
        if "" < str(joining.get("date") or "") < yesterday:
            joined.add((who, str(joining.get("school_urn"))))
    places_in_training = {
        ((each.id, str(each.enrolment.get("training_record_id"))), str(each.enrolment.get("school_urn"))): each
        for each in enrolments
        if each.training_status == "active" and not has_completed(each)
    }
    if not places_in_training.keys() & (to_come.keys() | joined):
        return None
    found = []
    for place, each in places_in_training.items():
        if place in to_come:
            statuses = sorted(to_come[place])
            if each.status not in statuses:
                found.append(f"{each.id} is {each.status}; a date to come says {' or '.join(statuses)}.")
        elif place in joined and each.status == "joining":
            found.append(f"{each.id} is joining a school that they have joined.")
    return found


def places(enrolments):
    """Return the enrolments of those in training by cohort and URN."""
    found = defaultdict(list)
    for each in enrolments:
        if (each.training_status, each.status) == ("active", "active"):
            found[str(each.cohort), str(each.enrolment.get("school_urn"))].append(each)
    return found


@verifies("schools-2026/expression-of-interest", "schools-2026/tutor-hidden", "schools-2026/provider-led")
def test_school_shows_interest_in_its_provider(enrolments, lists, check):
    schools = schools_by_urn(lists.at("ecf_schools").snapshot)
    partnered = {
        str(each["attributes"].get("urn"))
        for each in lists.at("ecf_partnerships").snapshot
        if each["attributes"].get("cohort") == lists.cohort
    }
    trained = urns_in_cohort(lists, enrolments)

    def is_shown(urn):
        is_provider_led = schools[urn].get("induction_programme_choice") == "provider_led"
        return schools[urn].get("expression_of_interest") is True and (is_provider_led or urn not in trained)

    if not all(map(is_shown, (partnered | trained) & schools.keys())):
        # Others may have confirmed a partnership since the schools were read, or stopped somebody's training before.
        schools = schools_by_urn(lists.at("ecf_schools").all())
        trained &= urns_in_cohort(lists, enrolments_in(lists.at("ecf_participants").all()))

    with check("schools-2026/expression-of-interest"):
        known = sorted((partnered | trained) & schools.keys())
        if not known:
            raise CouldNotRun(
                f"The provider has neither partnerships nor participants in {lists.cohort}.",
                "Give the provider a partnership in that cohort.",
            )
        for urn in known:
            shown = schools[urn].get("expression_of_interest")
            assert shown is True, f"`expression_of_interest` is {shown} for the school {urn}; expected true."

    with check("schools-2026/provider-led"):
        if not trained & schools.keys():
            raise CouldNotRun(
                f"No participant of {lists.cohort} is in training with the provider.",
                "Give the provider a participant of that cohort.",
            )
        for urn in sorted(trained & schools.keys()):
            choice = schools[urn].get("induction_programme_choice")
            assert choice == "provider_led", f"The school {urn} is {choice} and has a participant of the provider."

    with check("schools-2026/tutor-hidden"):
        others = [each for each in schools.values() if each.get("expression_of_interest") is False]
        if not others:
            raise CouldNotRun(
                f"No school of {lists.cohort} is without interest in the provider.",
                "Give the target a school that has registered nobody with the provider.",
            )
        for each in others:
            tutor = [each.get(name) for name in ("induction_tutor_name", "induction_tutor_email")]
            assert tutor == [None, None], f"The school {each.get('urn')} shows its tutor without interest."


def urns_in_cohort(lists, enrolments):
    """Return the URNs of the schools with somebody in training in the cohort of the lists."""
    return {urn for cohort, urn in places(enrolments) if cohort == lists.cohort}


def schools_by_urn(schools):
    return {str(each["attributes"].get("urn")): each["attributes"] for each in schools}


@verifies("partnerships-2026/participants-currently-training")
def test_partnership_without_participants_trains_nobody(lists, enrolments):
    lists.at("ecf_partnerships").require_fields("participants_currently_training", "urn", "cohort")
    empty = without_participants(lists.at("ecf_partnerships").snapshot, enrolments)
    if not empty:
        raise CouldNotRun(
            "The provider has participants of every partnership.",
            "Give the provider a partnership with a school that has registered nobody.",
        )

    if any(trained_in(each) != 0 for each in empty):  # a school may have registered somebody between the two lists
        before = enrolments_in(lists.at("ecf_participants").all())
        partnerships = lists.at("ecf_partnerships").all()
        after = enrolments_in(lists.at("ecf_participants").all())
        empty = without_participants(partnerships, [*before, *after])
    for each in empty:
        count = trained_in(each)
        shown = "null" if count is None else count
        assert count == 0, f"`participants_currently_training` of {each['id']} is {shown}; none is listed."


def without_participants(partnerships, enrolments):
    """Return the partnerships with whose school and cohort nobody is enrolled."""
    attended = {(str(each.cohort), str(each.enrolment.get("school_urn"))) for each in enrolments}
    return [
        each
        for each in partnerships
        if (str(each["attributes"].get("cohort")), str(each["attributes"].get("urn"))) not in attended
    ]


def trained_in(partnership):
    return partnership["attributes"].get("participants_currently_training")
