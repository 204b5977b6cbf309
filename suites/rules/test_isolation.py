"""A lead provider neither sees nor changes the records of another one."""

import pytest

from lead_provider_conformance.api.records import Declaration, NpqOutcome, Participant, shows_former_participant
from lead_provider_conformance.model import CouldNotRun, NotApplicable
from lead_provider_conformance.pytest_plugin.markers import each_list, uses_states, verifies
from lead_provider_conformance.testdata.dates import declaration_of

CANDIDATES = 5
NO_DECLARATIONS = {"ecf": "ect.no-declarations", "npq": "npq.no-declarations"}


@pytest.fixture
@uses_states("ect.no-declarations", "npq.no-declarations")
def ours(api, other_api, states):
    """A participant of the provider under test whom the other one never trained, and the response that it gets.

    Versions 1 and 2 show a participant who has moved to both providers as active.
    """
    moved = ids_of_moved(api, states)
    for number in range(CANDIDATES):
        try:
            participant = states.claim(NO_DECLARATIONS[api.programme], where=lambda each: each.id not in (moved or ()))
        except CouldNotRun:
            if number == 0 or moved is not None:
                raise
            raise CouldNotRun(
                f"The second lead provider sees all {number} participants of the first that the suite has tried. They "
                "may have moved from one to the other.",
                "Give the target more participants, or test version 3 as well.",
            ) from None
        seen = other_api.show_participant(participant.id)
        if seen.status == 404 or (moved is not None and not shows_former_participant(seen)):
            break
    return participant, seen


def ids_of_moved(api, states):
    """The ids of participants who have moved to another provider; None if no list shows it."""
    if api.programme == "npq":
        return None
    try:
        listed = states.inventory.transfers
    except (CouldNotRun, NotApplicable):
        return None
    return {
        each["id"]
        for each in listed
        if any(move.get("transfer_type") != "new_school" for move in objects_in(each["attributes"].get("transfers")))
    }


def objects_in(value):
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def schedules_to_try(participant, calendar):
    """Schedules that the participant's own provider could change to; two if the present one is not shown."""
    if participant.course.startswith("ecf-"):
        return ["ecf-extended-september"]
    of_course = [
        name
        for name in calendar.schedules
        if name != participant.schedule
        and participant.course in calendar.courses(name)
        and calendar.schedule(name, participant.cohort_year)
    ]
    return of_course[: 1 if participant.schedule else 2]


def assert_refused(other_api, participant, action, **attributes):
    """Check that the other provider's action is refused, also at the old path of version 1."""
    named = {"course_identifier": participant.course} | attributes
    body = {"data": {"type": f"participant-{action}", "attributes": named}}
    for root in other_api.participant_paths:
        assert other_api.send("PUT", f"{root}/{participant.id}/{action}", body=body).status == 422, action


@verifies(
    "isolation/participant-not-shown",
    "npq-isolation/participant-not-shown",
    "isolation/participant-not-listed",
    "isolation/participant-not-declarable",
    "npq-isolation/participant-not-declarable",
    "isolation/participant-not-actionable",
    "npq-isolation/participant-not-actionable",
    "isolation/declaration-not-shown",
    "npq-isolation/declaration-not-shown",
    "isolation/declaration-not-voidable",
)
def test_another_providers_participant_is_neither_shown_nor_changed(api, other_api, ours, calendar, check):
    participant, seen = ours
    before = api.show_participant(participant.id).resource
    voided = {each.id for each in api.declarations_about(participant)}
    start = declaration_of(participant, "started", calendar)

    with check("isolation/participant-not-shown", "npq-isolation/participant-not-shown"):
        assert seen.status == 404

    with check("isolation/participant-not-listed", "npq-isolation/participant-not-shown"):
        listed = {each["id"] for each in other_api.paginate(other_api.participants)}
        assert participant.id not in listed, f"Another provider's list holds {participant.id}."

    with check("isolation/participant-not-declarable", "npq-isolation/participant-not-declarable"):
        assert other_api.declare(start).status == 422
        declared = [each for each in api.declarations_about(participant) if each.id not in voided]
        assert not declared, f"{participant.id} has the declaration {declared[0].id} although it was refused."

    # Each action is sent at a time when the participant's own provider could do it.
    actionable = ("isolation/participant-not-actionable", "npq-isolation/participant-not-actionable")
    with check(*actionable):
        for schedule in schedules_to_try(participant, calendar):
            assert_refused(other_api, participant, "change-schedule", schedule_identifier=schedule)
        assert api.show_participant(participant.id).resource == before

    started = Declaration.of(api.declare(start).resource)
    before = api.show_participant(participant.id).resource
    with check(*actionable):
        for action in ("withdraw", "defer"):
            assert_refused(other_api, participant, action, reason="other")
        assert api.show_participant(participant.id).resource == before
        if api.defer(participant).status == 200:
            deferred = api.show_participant(participant.id).resource
            assert_refused(other_api, participant, "resume")
            assert api.show_participant(participant.id).resource == deferred

    with check("isolation/declaration-not-shown", "npq-isolation/declaration-not-shown"):
        assert other_api.show_declaration(started.id).status == 404
        listed = {each.id for each in other_api.declarations_about(participant)}
        assert started.id not in listed, f"Another provider's list holds the declaration {started.id}."

    with check("isolation/declaration-not-voidable", "npq-isolation/declaration-not-shown"):
        assert other_api.void(started.id).status == 404
        assert api.declaration(started.id).state == started.state


@verifies(
    "npq-isolation/application-not-shown",
    "npq-isolation/application-not-listed",
    "npq-isolation/application-not-decided",
)
@uses_states("application.rejected")
def test_another_providers_application_is_neither_shown_nor_decided(api, other_api, states, lists, check):
    application = states.look("application.rejected")  # whose state is final: no other test changes it
    before = api.application(application.id)

    with check("npq-isolation/application-not-shown"):
        assert other_api.send("GET", f"{other_api.applications}/{application.id}").status == 404

    with check("npq-isolation/application-not-listed"):
        listed = {each["id"] for each in lists.at("npq-applications").as_provider(other_api).snapshot}
        assert application.id not in listed, f"Another provider's list holds the application {application.id}."

    with check("npq-isolation/application-not-decided"):
        assert other_api.accept(application, {"funded_place": False}).status == 404
        assert other_api.reject(application).status == 404
        assert other_api.change_funded_place(application, {"funded_place": False}).status == 404
        assert api.application(application.id).attributes == before.attributes


@verifies("npq-isolation/outcomes-not-shown")
def test_another_providers_outcomes_are_neither_shown_nor_reported(api, other_api):
    outcome = NpqOutcome.of(api.send("GET", api.outcomes).first)
    participant = Participant(str(outcome.participant_id), {}, {})
    failed = {"state": "failed", "completion_date": outcome.completion_day, "course_identifier": outcome.course}

    outcomes = other_api.outcomes_of(participant)
    assert not outcomes, f"Another provider gets {len(outcomes)} outcomes of {participant.id}."
    everybodys = {each["id"] for each in other_api.paginate(other_api.outcomes)}
    assert outcome.id not in everybodys, f"Another provider's list holds the outcome {outcome.id}."
    assert other_api.report_outcome(participant, failed, deliberate="a stranger").status == 422


@verifies("isolation/partnership-not-shown", "isolation/partnership-not-changed")
def test_another_providers_partnership_is_neither_shown_nor_changed(api, other_api, lists, check):
    listing = lists.at("partnerships/ecf")
    theirs = listing.as_provider(other_api)
    ours = listing.first_record
    listed = theirs.snapshot
    if not listed:
        raise CouldNotRun("The second lead provider has no partnership.", "Give it one.")
    new_partner = listed[0]["attributes"].get("delivery_partner_id")

    with check("isolation/partnership-not-shown"):
        assert theirs.get_one(ours["id"]).status == 404
        assert_nothing_of_ours(listing, listed)

    with check("isolation/partnership-not-changed"):
        assert other_api.change_partnership(ours["id"], {"delivery_partner_id": new_partner}).status == 404
        now = api.show_partnership(ours["id"]).resource
        assert now["attributes"].get("delivery_partner_id") == ours["attributes"].get("delivery_partner_id")


@each_list(lambda listed: listed.name == "statements")
@verifies("isolation/statement-not-shown")
def test_another_providers_statement_is_not_shown(listing, other_api):
    theirs = listing.as_provider(other_api)

    assert theirs.get_one(listing.first_record["id"]).status == 404
    assert_nothing_of_ours(listing, theirs.snapshot)


def assert_nothing_of_ours(listing, theirs):
    both = {each["id"] for each in listing.snapshot} & {each["id"] for each in theirs}
    assert not both, f"{listing} lists {min(both)} for two lead providers."


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
    listing = lists.at("delivery-partners")

    assert_not_found(listing, theirs_only(listing, other_api))


@verifies("isolation/unfunded-mentor-not-shown")
def test_unfunded_mentor_of_others_is_not_found(lists, other_api):
    listing = lists.at("unfunded-mentors/ecf")

    assert_not_found(listing, theirs_only(listing, other_api))


@verifies("isolation/transfers-not-shown")
def test_transfers_between_others_are_not_found(lists, other_api):
    listing = lists.at("participants/ecf/transfers")

    assert_not_found(listing, theirs_only(listing, other_api))
