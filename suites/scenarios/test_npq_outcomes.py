"""Outcomes of an NPQ come with the completed declaration, and can be corrected."""

from collections import Counter
from datetime import date, timedelta

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import Declaration, NpqOutcome
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies
from lead_provider_conformance.testdata.dates import declaration_of
from lead_provider_conformance.testdata.first_declarations import claim_declared
from lead_provider_conformance.testdata.refusals import prepared

COACHING = "npq-early-headship-coaching-offer"


def state_and_course(outcome):
    return {"state": outcome.state, "course_identifier": outcome.course}


def fields_of(outcome):
    return state_and_course(outcome) | {"completion_date": outcome.completion_day}


def report_twice_at_once(api, participant, attributes):
    """Report an outcome twice at the same time; once if the target may have one request in flight only."""

    def report_it(each):
        return each.report_outcome(participant, attributes)

    return [report_it(api)] if api.client.connect is None else api.at_once(report_it, report_it)


def expected(state, participant, **day):
    return {"state": state, "course_identifier": participant.course, **day}


@verifies(
    "npq-outcomes/none",
    "npq-outcomes/needs-completed-declaration",
    "npq-outcomes/declared",
    "npq-outcomes/declared-day",
    "npq-outcomes/reported",
    "npq-outcomes/kept",
    "npq-outcomes/idempotent",
    "npq-outcomes/of-one-participant",
    "npq-outcomes/listed",
)
@uses_states("npq.no-declarations")
def test_outcome_is_declared_and_corrected(api, states, calendar, check):
    participant = states.claim("npq.no-declarations")
    completion = declaration_of(participant, "completed", calendar)
    day = completion["declaration_date"][:10]
    next_day = str(date.fromisoformat(day) + timedelta(days=1))
    failed = {"state": "failed", "completion_date": next_day, "course_identifier": participant.course}

    with check("npq-outcomes/none"):
        response = api.list_outcomes_of(participant.id)
        assert response.status == 200
        assert response.resources == ()
        unknown = api.list_outcomes_of(UNKNOWN_ID)
        if unknown.status != 404:
            assert unknown.status == 200
            assert unknown.resources == ()

    with check("npq-outcomes/needs-completed-declaration"):
        assert api.report_outcome(participant, failed).status == 422

    prepared(api.declare(completion))
    declared = api.outcomes_of(participant)
    with check("npq-outcomes/declared"):
        assert [state_and_course(each) for each in declared] == [expected("passed", participant)]

    with check("npq-outcomes/declared-day"):
        check.needs("npq-outcomes/declared")
        assert [fields_of(each) for each in declared] == [expected("passed", participant, completion_date=day)]

    responses = report_twice_at_once(api, participant, failed)
    response = next((each for each in responses if each.status == 200), responses[0])
    with check("npq-outcomes/reported"):
        assert response.status == 200
        shown = fields_of(NpqOutcome.of(response.resource))
        assert shown == expected("failed", participant, completion_date=next_day)
        listed = api.list_outcomes_of(participant.id).resources
        assert response.resource in listed, "The list lacks the outcome, or shows it otherwise than the response."

    reported = NpqOutcome.of(response.resource)
    accepted = {NpqOutcome.of(each.resource).id for each in responses if each.status == 200}
    with check("npq-outcomes/idempotent"):
        for each in responses:
            assert each.status in (200, 409, 422), "one of two requests at the same time"
        assert len(accepted) == 1, f"The same outcome, reported twice at the same time, is {len(accepted)} outcomes."

    with check("npq-outcomes/kept"):
        check.needs("npq-outcomes/reported")
        ids = {NpqOutcome.of(each).id for each in listed}
        assert ids == {*(each.id for each in declared), *accepted}

    with check("npq-outcomes/idempotent"):
        again = api.report_outcome(participant, failed)
        assert again.status == 200
        assert NpqOutcome.of(again.resource).id == reported.id
        assert again.resource == response.resource, "Reporting the same outcome again changed it."

    passed = expected("passed", participant, completion_date=day)
    back = api.report_outcome(participant, passed)
    theirs = api.list_outcomes_of(participant.id).resources
    with check("npq-outcomes/reported"):
        assert back.status == 200, "the state of an earlier outcome"
        assert fields_of(NpqOutcome.of(back.resource)) == passed
        assert back.resource in theirs, "The list lacks the outcome, or shows it otherwise than the response."

    with check("npq-outcomes/kept"):
        check.needs("npq-outcomes/reported")
        ids = {each.id for each in declared} | accepted
        assert back.resource["id"] not in ids, "Reporting the state of an earlier outcome added none."

    with check("npq-outcomes/idempotent"):
        added = {each["id"] for each in theirs} - {each.id for each in declared} - {NpqOutcome.of(back.resource).id}
        assert len(added) == 1, f"Reporting the same outcome several times added {len(added)} outcomes."

    with check("npq-outcomes/of-one-participant"):
        strangers = [each["id"] for each in theirs if NpqOutcome.of(each).participant_id != participant.id]
        assert not strangers, f"The list of one participant's outcomes has those of others: {strangers}."

    with check("npq-outcomes/listed"):
        first = min(NpqOutcome.of(each).created_at for each in theirs)
        since = ("filter[created_since]", format_time(first - timedelta(seconds=1)))
        everybodys = list(api.paginate(api.list_path("npq_outcomes"), since))
        missing = [each["id"] for each in theirs if each not in everybodys]
        assert not missing, f"The list of all outcomes lacks {missing}, or shows them otherwise."


@verifies(
    "npq-outcomes/state-known",
    "npq-outcomes/date-format",
    "npq-outcomes/date-in-future",
    "npq-outcomes/course-of-participant",
    "npq-outcomes/data-required",
    "npq-outcomes/refusal-records-nothing",
    "npq-declarations/completed",
    "npq-outcomes/declared",
    "npq-declarations/voided",
    "npq-outcomes/voided",
    "npq-outcomes/needs-completed-declaration",
    "npq-declarations/voided-once",
    "npq-declarations/declared-again",
)
@uses_states("npq.no-declarations")
def test_completed_declaration_is_voided_and_declared_again(api, states, calendar, check):
    participant, response = claim_declared(
        api, states, "npq.no-declarations", "completed", calendar, lambda _: {"has_passed": False}
    )
    completion = declaration_of(participant, "completed", calendar) | {"has_passed": False}
    day = completion["declaration_date"][:10]
    passed = {"state": "passed", "completion_date": day, "course_identifier": participant.course}

    with check("npq-declarations/completed"):
        assert response.status == 200
        assert response.resource["attributes"].get("has_passed") is False

    completed = Declaration.of(response.resource)
    declared = api.outcomes_of(participant)
    with check("npq-outcomes/declared"):
        assert [state_and_course(each) for each in declared] == [expected("failed", participant)]

    with check("npq-outcomes/state-known"):
        for state in ("voided", None):
            assert report(api, participant, passed | {"state": state}, "neither passed nor failed").status == 422, state

    with check("npq-outcomes/course-of-participant"):
        another = "npq-headship" if participant.course != "npq-headship" else "npq-senco"
        for course in (another, COACHING):
            wrong = passed | {"course_identifier": course}
            assert report(api, participant, wrong, "no course of theirs").status == 422, course

    with check("npq-outcomes/refusal-records-nothing"):
        added = [each.state for each in api.outcomes_of(participant) if each not in declared]
        assert not added, f"The outcome {added[0]} was refused, and recorded all the same."

    if check.applies("npq-outcomes/date-format"):
        with check("npq-outcomes/date-format"):
            for text in (None, "31/01/2024", "2024-02-31"):
                assert report(api, participant, passed | {"completion_date": text}, "no day").status == 422, text

    tomorrow = response.server_time.date() + timedelta(days=2)
    early = report(api, participant, passed | {"completion_date": str(tomorrow)})

    with check("npq-outcomes/data-required"):
        path = f"{api.participants}/{participant.id}/outcomes"
        assert api.send("POST", path, body={}, deliberate="no data").status == 400

    still = api.outcomes_of(participant)
    with check("npq-outcomes/date-in-future"):
        assert early.status == 422
        assert still == declared, "An outcome of the future was refused, and recorded all the same."

    void = api.void(completed.id)
    with check("npq-declarations/voided"):
        assert void.status == 200
        assert Declaration.of(void.resource).state == "voided"
        assert api.declaration(completed.id).state == "voided"
        listed = {each.id: each.state for each in api.declarations_about(participant)}
        assert listed.get(completed.id) == "voided", f"The list shows the declaration as {listed.get(completed.id)}."
        assert set(listed.values()) == {"voided"}, f"The list has the declarations {listed}; expected only voided ones."

    with check("npq-outcomes/voided"):
        check.needs("npq-declarations/voided")
        added = [each for each in api.outcomes_of(participant) if each not in still]
        states_added = [each.state for each in added]
        assert states_added == ["voided"], f"Voiding the declaration added the outcomes {states_added}."
        assert api.show_declaration(completed.id).resource["attributes"].get("has_passed") is None

    with check("npq-outcomes/needs-completed-declaration"):
        check.needs("npq-declarations/voided")
        assert report(api, participant, passed).status == 422

    with check("npq-declarations/voided-once"):
        check.needs("npq-declarations/voided")
        assert api.void(completed.id).status == 422

    again = api.declare(completion)
    with check("npq-declarations/declared-again"):
        check.needs("npq-declarations/voided")
        assert again.status == 200
        assert Declaration.of(again.resource).id != completed.id
        assert Declaration.of(again.resource).state != "voided"


@verifies("npq-outcomes/of-declarations")
def test_outcome_of_a_completed_declaration_is_listed(lists):
    listing = lists.at("participant_declarations")
    passed_or_failed = declarations_with_outcome(listing.snapshot)
    if not passed_or_failed:
        raise CouldNotRun("No completed declaration shows has_passed.", "Give the target such a declaration.")

    shown = subjects_of_outcomes(lists)
    if not shown:
        raise CouldNotRun("The list of outcomes is empty.", "Report an outcome in the target.")
    missing = without_outcome(passed_or_failed, shown)
    if missing:  # a participant may have moved to another provider, or got another id, between the two lists
        before = {each.id for each in missing}
        now = declarations_with_outcome(listing.all())
        shown = subjects_of_outcomes(lists)
        missing = [each for each in without_outcome(now, shown) if each.id in before]
    for each in missing:
        assert (each.participant_id, each.course) in shown, (
            f"The list lacks the outcome of {each.participant_id}, although the declaration {each.id} shows has_passed."
        )


def subjects_of_outcomes(lists):
    """Return the participant and course of each outcome as the list shows them now."""
    outcomes = [NpqOutcome.of(each) for each in lists.at("npq_outcomes").all()]
    return {(each.participant_id, each.course) for each in outcomes}


def without_outcome(declarations, shown):
    return [each for each in declarations if (each.participant_id, each.course) not in shown]


def declarations_with_outcome(resources):
    """Return the completed declarations of the provider that show has_passed."""
    declarations = [Declaration.of(each) for each in resources]
    # Declarations of a former provider are shown after a transfer, and their outcomes are not listed.
    names = Counter(each.attributes.get("lead_provider_name") for each in declarations)
    return [
        each
        for each in declarations
        if each.type == "completed"
        and isinstance(each.attributes.get("has_passed"), bool)
        and each.attributes.get("lead_provider_name") == max(names, key=names.__getitem__)
    ]


def report(api, participant, attributes, deliberate=None):
    given = {name: value for name, value in attributes.items() if value is not None}
    return api.report_outcome(participant, given, deliberate=deliberate)
