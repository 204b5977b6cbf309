"""Two requests at the same time, on two connections: the server records what it would record one after the other.

A server may refuse both, as other tests decide whether it refuses one. It then records nothing.
"""

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import Declaration, Participant
from lead_provider_conformance.pytest_plugin.markers import in_editions, one_more_situation, uses_states, verifies
from lead_provider_conformance.testdata.dates import declaration_of, schedules_of, window_date
from lead_provider_conformance.testdata.derivations import acceptance_of
from lead_provider_conformance.testdata.first_declarations import claim_declared
from lead_provider_conformance.testdata.refusals import prepared

pytestmark = one_more_situation()

NO_DECLARATIONS = {"ecf": "ect.no-declarations", "npq": "npq.no-declarations"}
ACCEPTABLE = ("application.uncapped", "application.funded")
OTHER_SCHEDULES = ("ecf-extended-september", "ecf-reduced-september")
RECORDED_OR_REFUSED = (200, 409, 422)


def accepted_one(responses):
    """Check that each request is accepted or refused, and return whether one is accepted."""
    for each in responses:
        assert each.status in RECORDED_OR_REFUSED, "one of two requests at the same time"
    return 200 in [each.status for each in responses]


def recorded(api, participant, before):
    """Return the declarations about a participant that are not among those before."""
    return [each for each in api.declarations_about(participant) if each.id not in before]


def state_in(declarations, declaration_id):
    """Return the state of a declaration in a list, or None if the list lacks it."""
    return next((each.state for each in declarations if each.id == declaration_id), None)


@verifies(
    "void/persists",
    "npq-declarations/voided",
    "declarations/copy-adds-nothing",
    "npq-declarations/idempotent",
    "npq-declarations/copy-refused",
    "declarations/once-per-milestone",
    "npq-declarations/once-per-milestone",
)
@uses_states("ect.no-declarations", "npq.no-declarations")
def test_declaration_is_recorded_once_at_the_same_time(api, states, calendar, check):
    api.client.require("void_participant_declaration")
    participant, declared = claim_declared(api, states, NO_DECLARATIONS[api.programme], "started", calendar)
    first = Declaration.of(prepared(declared).resource)
    start = declaration_of(participant, "started", calendar)
    before = {each.id for each in api.declarations_about(participant)}

    voided, again = api.at_once(lambda each: each.void(first.id), lambda each: each.declare(start))
    new = {Declaration.of(again.resource).id} - before if again.status == 200 else set()
    now = api.declarations_about(participant)
    added = [each for each in now if each.id not in before]
    with check("void/persists", "npq-declarations/voided"):
        assert again.status in RECORDED_OR_REFUSED, "declared while the first is voided"
        assert voided.status in (200, 409), "voided while a copy is declared"
        if voided.status == 200:
            assert state_in(now, first.id) == "voided"
        assert {each.id for each in added} == new, f"The list has {len(added)} declarations more."

    if voided.status != 200:
        api.void_or_skip(first.id)
    for each in added:
        api.void_or_skip(each.id)
    before |= new
    copies = api.at_once(lambda each: each.declare(start), lambda each: each.declare(start))
    added = recorded(api, participant, before)
    with check("declarations/copy-adds-nothing", "npq-declarations/idempotent", "npq-declarations/copy-refused"):
        assert len(added) == accepted_one(copies), f"Two copies at the same time are {len(added)} declarations."

    for each in added:
        api.void_or_skip(each.id)
    before |= {each.id for each in added}
    another_day = format_time(window_date(participant, "started", calendar, days_after_start=2))
    other = start | {"declaration_date": another_day}
    responses = api.at_once(lambda each: each.declare(start), lambda each: each.declare(other))
    added = recorded(api, participant, before)
    with check("declarations/once-per-milestone", "npq-declarations/once-per-milestone"):
        assert len(added) == accepted_one(responses), (
            f"One milestone, declared twice at the same time, has {len(added)} declarations."
        )


@in_editions(until={"npq": "2026-08"})
@verifies("npq-applications/accepted-not-rejected", "npq-applications/rejected-not-accepted")
@uses_states("application.uncapped", "application.funded")
def test_application_is_either_accepted_or_rejected(api, states, calendar, check):
    application = states.claim(ACCEPTABLE[calendar.has_npq_funding])
    place = acceptance_of(application, calendar)

    accepted, rejected = responses = api.at_once(
        lambda each: each.accept(application, place), lambda each: each.reject(application)
    )
    decided = api.application(application.id).status

    for requirement in ("npq-applications/accepted-not-rejected", "npq-applications/rejected-not-accepted"):
        with check(requirement):
            if accepted_one(responses):
                assert accepted.status != rejected.status, "It is accepted and rejected at the same time."
                assert decided == ("accepted" if accepted.status == 200 else "rejected")


@verifies("npq-applications/becomes-participant", "npq-applications/decision-persists")
@uses_states("application.uncapped", "application.funded")
def test_application_is_accepted_twice_at_the_same_time(api, lists, states, calendar, check):
    application = states.claim(ACCEPTABLE[calendar.has_npq_funding])
    place = acceptance_of(application, calendar)

    responses = api.at_once(*[lambda each: each.accept(application, place)] * 2)
    listing = lists.at("npq_applications")
    has_filter = "participant_id" in listing.operation.filters
    listed = listing.all(*([("filter[participant_id]", application.participant_id)] if has_filter else []))
    decided = [each["attributes"]["status"] for each in listed if each["id"] == application.id]
    with check("npq-applications/decision-persists"):
        if accepted_one(responses):
            shown = ", ".join(decided) or "missing"
            assert decided == ["accepted"], f"The list shows the accepted application as {shown}."

    if decided != ["accepted"]:
        return
    with check("npq-applications/becomes-participant"):
        wanted = Participant(application.participant_id, {}, {"course_identifier": application.course})
        assert wanted.in_response(api.show_participant(application.participant_id))


@verifies("schedule/changed", "npq-schedule/changed")
@uses_states("ect.no-declarations", "npq.no-declarations")
def test_schedule_is_changed_twice_at_the_same_time(api, states, calendar):
    def others(each):
        """Return the schedules that the participant can change to."""
        if api.programme == "ecf":
            return OTHER_SCHEDULES
        return [name for schedule in schedules_of(each, calendar) if (name := schedule.identifier) != each.schedule]

    participant = states.claim(NO_DECLARATIONS[api.programme], where=others)
    one, *_, other = [*others(participant)] * 2  # the same one twice if there is no other

    responses = api.at_once(
        lambda each: each.change_schedule(participant, one), lambda each: each.change_schedule(participant, other)
    )

    if accepted_one(responses):
        chosen = [name for name, each in zip((one, other), responses, strict=True) if each.status == 200]
        assert api.participant(participant).schedule in chosen
