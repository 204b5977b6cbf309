"""A lead provider neither sees nor changes the records of another one."""

from itertools import product

import pytest

from lead_provider_conformance.api.records import Declaration, NpqOutcome, Participant, shows_former_participant
from lead_provider_conformance.contract.values import UNKNOWN_ID, UNKNOWN_TO_WRITES
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import field_values
from lead_provider_conformance.pytest_plugin.markers import each_list, uses_states, verifies
from lead_provider_conformance.testdata.dates import declaration_of
from lead_provider_conformance.testdata.refusals import prepared
from lead_provider_conformance.testdata.restoration import is_resumed_on_same_day

CANDIDATES = 5
ATTEMPTS = 3
"""How often a change of a record that other tests change is tried."""
COHORTS_TO_TRY = 3
TRAINING_KEYS = ("training_record_id", "npq_application_id")
NO_DECLARATIONS = {"ecf": "ect.no-declarations", "npq": "npq.no-declarations"}


@pytest.fixture
@uses_states("ect.no-declarations", "npq.no-declarations")
def ours(api, other_api, states):
    """A participant of the provider under test whom the other one never trained, and the response that it gets.

    Versions 1 and 2 show a participant who has moved to both providers as active.
    """
    moved = states.inventory.moved if api.programme == "ecf" else None
    is_ours = {"where": lambda each: each.id not in moved} if moved else {}
    for number in range(CANDIDATES):
        try:
            participant = states.claim(NO_DECLARATIONS[api.programme], **is_ours)
        except CouldNotRun:
            if number == 0 or moved is not None:
                raise
            raise CouldNotRun(
                f"The second lead provider sees all {number} participants of the first that the suite has tried. They "
                "may have moved from one to the other.",
                "Give the target more participants, or test version 3 as well.",
            ) from None
        seen = other_api.show_participant(participant.id)
        shows_ours = shows_training(seen, participant) and not shows_former_participant(seen)
        if seen.status != 200 or (shows_ours and (moved is not None or api.programme == "npq")):
            return participant, seen
    if not shows_ours:
        raise CouldNotRun(
            f"The second lead provider has trained all of {CANDIDATES} participants, in this course or another.",
            "Give the provider participants whom the second one has never trained.",
        )
    return participant, seen


def shows_training(response, participant):
    """Return whether a response shows the participant's own training, and not another course with another provider."""

    def key(each):
        return next((each.enrolment[name] for name in TRAINING_KEYS if each.enrolment.get(name)), each.course)

    shown = Participant.in_resource(response.resource) if response.status == 200 else ()
    return key(participant) in {key(each) for each in shown}


def schedules_to_try(participant, calendar):
    """Schedules that the participant's own provider could change to; two if the present one is not shown."""
    if participant.course.startswith("ecf-"):
        return ["ecf-extended-september"]
    of_course = [
        name
        for name in calendar.schedules
        if name != participant.schedule
        and participant.course in calendar.courses(name)
        and calendar.schedule(name, participant.cohort_year, participant.cohort_suffix)
    ]
    return of_course[: 1 if participant.schedule else 2]


def cohorts_to_try(participant, calendar):
    """Return the newest cohorts that are open, without the participant's own."""
    years = sorted(year for year, each in calendar.cohorts.items() if not each.closed)
    return [str(year) for year in years if year != participant.cohort_year][-COHORTS_TO_TRY:]


def assert_refused(other_api, participant, action, **attributes):
    """Check that the other provider's action is refused, also at the old path of version 1."""
    named = {"course_identifier": participant.course} | attributes
    body = {"data": {"type": f"participant-{action}", "attributes": named}}
    for root in other_api.participant_paths:
        refusal = other_api.send("PUT", f"{root}/{participant.id}/{action}", body=body)
        assert refusal.status in UNKNOWN_TO_WRITES, action


def words_of(refusal, record):
    """Return the texts of the errors of a refusal, without the id of the record."""
    error = refusal.json.get("error") if isinstance(refusal.json, dict) else None
    texts = [error] if error else [text for each in refusal.errors for text in each]
    return [str(each).lower().replace(record, "") for each in texts]


def deferred_before(other_api, states):
    """Yield a participant who is deferred, and whom the other provider does not have, if there is one.

    Another test may change them at any time.
    """
    for each in states.inventory.participants:
        if each.training_status == "deferred" and other_api.show_participant(each.id).status == 404:
            yield each
            return


@verifies(
    "isolation/participant-not-shown",
    "npq-isolation/participant-not-shown",
    "isolation/existence-not-shown",
    "isolation/participant-not-listed",
    "isolation/participant-not-declarable",
    "npq-isolation/participant-not-declarable",
    "isolation/participant-not-actionable",
    "npq-isolation/participant-not-actionable",
    "npq-training/unknown-participant",
    "isolation/declaration-not-shown",
    "npq-isolation/declaration-not-shown",
    "isolation/declaration-not-voidable",
)
def test_another_providers_participant_is_neither_shown_nor_changed(api, other_api, ours, states, calendar, check):
    participant, seen = ours
    before = api.show_participant(participant.id).resource
    voided = {each.id for each in api.declarations_about(participant)}
    start = declaration_of(participant, "started", calendar)

    with check("isolation/participant-not-shown", "npq-isolation/participant-not-shown"):
        assert seen.status == 404

    unknown = other_api.show_participant(UNKNOWN_ID)
    with check("isolation/existence-not-shown"):
        check.needs("isolation/participant-not-shown", "npq-isolation/participant-not-shown")
        about_ours, about_nobody = words_of(seen, participant.id), words_of(unknown, UNKNOWN_ID)
        assert about_ours == about_nobody, "The 404 shows that another lead provider has the participant."

    with check("isolation/participant-not-listed", "npq-isolation/participant-not-shown"):
        listed = {each["id"] for each in other_api.paginate(other_api.participants)}
        assert participant.id not in listed, f"Another provider's list shows {participant.id}."

    with check("isolation/participant-not-declarable", "npq-isolation/participant-not-declarable"):
        assert other_api.declare(start).status == 422
        declared = [each for each in api.declarations_about(participant) if each.id not in voided]
        assert not declared, f"{participant.id} has the declaration {declared[0].id} although it was refused."

    # Each action is sent at a time when the participant's own provider could do it.
    actionable = (
        "isolation/participant-not-actionable",
        "npq-isolation/participant-not-actionable",
        "npq-training/unknown-participant",
    )
    with check(*actionable):
        schedules = schedules_to_try(participant, calendar)
        for schedule in schedules:
            assert_refused(other_api, participant, "change-schedule", schedule_identifier=schedule)
        for schedule, cohort in product(schedules[-1:], cohorts_to_try(participant, calendar)):
            assert_refused(other_api, participant, "change-schedule", schedule_identifier=schedule, cohort=cohort)
        assert api.show_participant(participant.id).resource == before

    started = Declaration.of(prepared(api.declare(start)).resource)
    before = api.show_participant(participant.id).resource
    with check(*actionable):
        for action in ("withdraw", "defer"):
            assert_refused(other_api, participant, action, reason="other")
        assert api.show_participant(participant.id).resource == before
        if not is_resumed_on_same_day(api.programme, calendar):
            for each in deferred_before(other_api, states):
                assert_refused(other_api, each, "resume")
        elif api.defer(participant).status == 200:
            deferred = api.show_participant(participant.id).resource
            assert_refused(other_api, participant, "resume")
            assert api.show_participant(participant.id).resource == deferred

    with check("isolation/declaration-not-shown", "npq-isolation/declaration-not-shown"):
        assert other_api.show_declaration(started.id).status == 404
        listed = {each.id for each in other_api.declarations_about(participant)}
        assert started.id not in listed, f"Another provider's list shows the declaration {started.id}."

    with check("isolation/declaration-not-voidable", "npq-isolation/declaration-not-shown"):
        assert other_api.void(started.id).status in UNKNOWN_TO_WRITES
        assert api.declaration(started.id).state == started.state


@verifies(
    "npq-isolation/application-not-shown",
    "npq-isolation/application-not-listed",
    "npq-isolation/application-not-decided",
)
@uses_states("application.rejected", "application.pending")
def test_another_providers_application_is_neither_shown_nor_decided(api, other_api, states, lists, check):
    application = states.look("application.rejected")  # whose state is final: no other test changes it

    with check("npq-isolation/application-not-shown"):
        assert other_api.send("GET", f"{other_api.applications}/{application.id}").status == 404

    with check("npq-isolation/application-not-listed"):
        listing = lists.at("npq_applications").as_provider(other_api)
        listed = {each["id"] for each in listing.snapshot}
        if "participant_id" in listing.operation.filters:
            listed |= {each["id"] for each in listing.all(("filter[participant_id]", application.participant_id))}
        assert application.id not in listed, f"Another provider's list shows the application {application.id}."

    with check("npq-isolation/application-not-decided"):
        # The provider itself could decide this one.
        pending = states.claim("application.pending")
        before = api.application(pending.id)
        for decide in (other_api.reject, lambda each: other_api.accept(each, {"funded_place": False})):
            assert decide(pending).status in UNKNOWN_TO_WRITES
        for placed in [each for each in states.inventory.applications if each.funded_place][:1]:
            change = other_api.change_funded_place(placed, {"funded_place": True})
            assert change.status in UNKNOWN_TO_WRITES
        assert api.application(pending.id).attributes == before.attributes


@verifies("npq-isolation/outcomes-not-shown")
def test_another_providers_outcomes_are_neither_shown_nor_reported(other_api, lists):
    listing = lists.at("npq_outcomes")
    trained = {each["id"] for each in lists.at("npq_participants").snapshot}
    theirs = {each["id"] for each in lists.at("npq_participants").as_provider(other_api).snapshot}
    outcomes = [NpqOutcome.of(each) for each in listing.snapshot]
    # The application may have moved to the other provider, who may then report outcomes.
    outcome = next((each for each in outcomes if each.participant_id in trained - theirs), None)
    if outcome is None:
        raise CouldNotRun(
            "No outcome is about a participant whom the provider alone trains.", "Give the target such an outcome."
        )
    participant = Participant(str(outcome.participant_id), {}, {})
    failed = {"state": "failed", "completion_date": outcome.completion_day, "course_identifier": outcome.course}

    # The participant may have outcomes of another course with the other provider.
    shown = other_api.list_outcomes_of(participant.id)
    assert shown.status in (200, 404)
    if shown.status == 200 and outcome.id in shown.ids:
        now = lists.at("npq_participants").as_provider(other_api).all()
        if participant.id in {each["id"] for each in now}:
            raise CouldNotRun(f"{participant.id} has come to the second lead provider meanwhile.", "Run again.")
    assert shown.status == 404 or outcome.id not in shown.ids, f"Another provider gets the outcome {outcome.id}."
    everybodys = {each["id"] for each in listing.as_provider(other_api).all()}
    assert outcome.id not in everybodys, f"Another provider's list shows the outcome {outcome.id}."
    assert other_api.report_outcome(participant, failed, deliberate="a stranger").status in UNKNOWN_TO_WRITES


@verifies("isolation/partnership-not-shown", "isolation/partnership-not-changed")
def test_another_providers_partnership_is_neither_shown_nor_changed(api, other_api, lists, check):
    listing = lists.at("ecf_partnerships")
    theirs = listing.as_provider(other_api)
    ours = listing.first_record
    listed = theirs.snapshot

    with check("isolation/partnership-not-shown"):
        assert_nothing_of_ours(listing, listed)  # first: the request that shows it is then the latest
        assert theirs.get_one(ours["id"]).status == 404

    # The provider itself could make this change.
    present = ours["attributes"].get("delivery_partner_id")
    partners = [
        each["id"]
        for each in lists.at("delivery_partners").snapshot
        if field_values(each, "cohort") & field_values(ours, "cohort")
    ]
    with check("isolation/partnership-not-changed"):
        for _ in range(ATTEMPTS):
            wanted = next((each for each in partners if each != present), present)
            change = other_api.change_partnership(ours["id"], {"delivery_partner_id": wanted})
            assert change.status in UNKNOWN_TO_WRITES
            now = api.show_partnership(ours["id"]).resource["attributes"].get("delivery_partner_id")
            is_changed = now == wanted != present
            if not is_changed:
                break
            present = now  # another test may have made the same change: try another one
        assert not is_changed, (
            f"The partnership {ours['id']} was given the delivery partner {wanted} though it was refused."
        )


@each_list(lambda listed: listed.name == "statements")
@verifies("isolation/statement-not-shown")
def test_another_providers_statement_is_not_shown(listing, other_api):
    theirs = listing.as_provider(other_api)

    assert theirs.get_one(listing.first_record["id"]).status == 404
    assert_nothing_of_ours(listing, theirs.snapshot)


def assert_nothing_of_ours(listing, theirs):
    ours = {each["id"] for each in listing.snapshot}
    both = [each for each in theirs if each["id"] in ours]
    assert not both, f"{listing} lists {both[0]['id']} for two lead providers."


def theirs_only(listing, other_api):
    """The id of a record that the other provider's list holds and the provider's own does not."""
    ours = {each["id"] for each in listing.snapshot}
    theirs = listing.as_provider(other_api).snapshot
    only = sorted(each["id"] for each in theirs if each["id"] not in ours)
    if not only:
        found = "only records of the first" if theirs else "nothing"
        raise CouldNotRun(
            f"{listing} lists {found} for the second lead provider.",
            "Give the second lead provider a record of its own.",
        )
    return only[0]


def assert_not_found(listing, record):
    status = listing.get_one(record).status
    if status == 200 and record in {each["id"] for each in listing.all()}:
        raise CouldNotRun(f"{record} has come to be listed for both lead providers.", "Run again.")
    assert status == 404


@verifies("isolation/delivery-partner-not-shown")
def test_delivery_partner_of_others_is_not_found(lists, other_api):
    listing = lists.at("delivery_partners")

    assert_not_found(listing, theirs_only(listing, other_api))


@verifies("isolation/unfunded-mentor-not-shown")
def test_unfunded_mentor_of_others_is_not_found(lists, other_api):
    listing = lists.at("ecf_unfunded_mentors")

    assert_not_found(listing, theirs_only(listing, other_api))


@verifies("isolation/transfers-not-shown")
def test_transfers_between_others_are_not_found(lists, other_api):
    listing = lists.at("ecf_participant_transfers")

    assert_not_found(listing, theirs_only(listing, other_api))
