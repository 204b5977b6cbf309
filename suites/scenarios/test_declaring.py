"""Participants start, are retained and complete, and their declarations are paid."""

from datetime import timedelta, timezone

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import Declaration
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies
from lead_provider_conformance.testdata.dates import (
    DAY,
    RECENT,
    SOON,
    NoWindowError,
    date_before_window,
    declaration_of,
    first_second,
    last_second,
    window_date,
    window_of,
)
from lead_provider_conformance.testdata.edges import Edges
from lead_provider_conformance.testdata.first_declarations import claim_declared
from lead_provider_conformance.testdata.refusals import assert_not_paid_again, prepared

NO_DECLARATIONS = {"ecf": "ect.no-declarations", "npq": "npq.no-declarations"}
MANY = 3
MANY_MILESTONES = 4
"""The milestones that other checks of a test declare."""
PAID_OR_PAYABLE = ("eligible", "payable", "paid")


@verifies(
    "declarations/started",
    "npq-declarations/started",
    "npq-declarations/funded-state",
    "declarations/readable",
    "npq-declarations/readable",
    "declarations/idempotent",
    "npq-declarations/idempotent",
    "declarations/copy-adds-nothing",
    "declarations/once-per-milestone",
    "npq-declarations/once-per-milestone",
    "declarations/retained",
    "npq-declarations/retained",
    "npq-declarations/no-evidence-needed",
    "declarations/evidence-types",
    "declarations/evidence-shown",
    "declarations/backdated",
    "declarations/completed",
    "npq-declarations/completed",
    "declarations/first-and-last-day",
    "npq-declarations/at-window-start",
    "void/state",
    "npq-declarations/voided",
)
@uses_states("ect.no-declarations", "npq.no-declarations")
def test_participant_starts_is_retained_and_completes(api, states, calendar, check):
    participant, first = claim_declared(api, states, NO_DECLARATIONS[api.programme], "started", calendar)
    start = declaration_of(participant, "started", calendar)
    with check("declarations/started", "npq-declarations/started"):
        assert first.status == 200
        started = Declaration.of(first.resource)
        assert started.participant_id == participant.id
        assert started.type == "started"
        assert started.course == participant.course
        assert started.date == window_date(participant, "started", calendar)

    started = Declaration.of(first.resource)
    if check.applies("npq-declarations/funded-state"):
        with check("npq-declarations/funded-state"):
            funded = is_funded(participant)
            assert (started.state in PAID_OR_PAYABLE) is funded, (
                f"`state` is {started.state}, but the enrolment has `eligible_for_funding` "
                f"{participant.eligible_for_funding} and `funded_place` {participant.enrolment.get('funded_place')}."
            )

    copy = api.declare(dict(reversed(start.items())))  # the order of the fields means nothing in JSON
    with check("declarations/idempotent", "npq-declarations/idempotent"):
        assert copy.status == 200
        assert copy.json == first.json

    listed = list(api.paginate(api.declarations, ("filter[participant_id]", participant.id)))
    voided = {each["id"] for each in listed if Declaration.of(each).state == "voided"}
    with check("declarations/copy-adds-nothing", "npq-declarations/idempotent"):
        others = [each["id"] for each in listed if each["id"] not in {*voided, started.id}]
        assert not others, f"A copy of the declaration {started.id} was recorded as {others[0]}."
        assert started.id in {each["id"] for each in listed}, f"The list lacks the declaration {started.id}."

    with check("declarations/readable", "npq-declarations/readable"):
        shown = api.show_declaration(started.id)
        assert shown.status == 200
        for name, submitted in first.resource["attributes"].items():
            value = shown.resource["attributes"].get(name)
            assert value == submitted, f"`{name}` is {value!r} in the single declaration; expected {submitted!r}."
        assert shown.resource == first.resource
        assert first.resource in listed, "The list lacks the declaration as the response to its submission has it."

    another_day = format_time(window_date(participant, "started", calendar, days_after_start=2))
    another = api.declare(start | {"declaration_date": another_day})

    retained = [
        each for each in calendar.declaration_types(participant.schedule, participant.cohort_year) if "retained" in each
    ]
    evidence = evidence_for(participant, retained, calendar)
    edges = Edges(api, calendar)
    responses = {each: edges.declare_first(participant, each, **evidence[each]) for each in retained}
    with check("declarations/retained", "npq-declarations/retained"):
        for milestone, response in responses.items():
            assert response.status == 200, milestone
            assert Declaration.of(response.resource).type == milestone

    if check.applies("npq-declarations/no-evidence-needed"):
        with check("npq-declarations/no-evidence-needed"):
            for response in responses.values():
                assert response.status == 200
                assert response.resource["attributes"].get("evidence_held") is None

    if check.applies("declarations/evidence-types"):
        with check("declarations/evidence-types"):
            for milestone, response in responses.items():
                assert response.status == 200, evidence[milestone]["evidence_held"]

        with check("declarations/backdated"):
            closed = window_of(participant, "retained-1", calendar).end
            assert responses["retained-1"].status == 200, f"The window closed on {closed}."

    if check.applies("declarations/evidence-shown"):
        with check("declarations/evidence-shown"):
            for milestone, response in responses.items():
                assert response.resource["attributes"].get("evidence_held") == evidence[milestone]["evidence_held"]

    completed = edges.declare_first(participant, "completed")
    recorded = [each for each in api.declarations_about(participant) if each.id not in voided]
    with check("declarations/completed", "npq-declarations/completed"):
        assert completed.status == 200
        assert Declaration.of(completed.resource).type == "completed"
        if api.programme == "npq":
            assert completed.resource["attributes"].get("has_passed") is True
        missing = {"started", *retained, "completed"}.difference(each.type for each in recorded)
        assert not missing, f"The list lacks the declarations {sorted(missing)} about {participant.id}."

    with check("declarations/first-and-last-day", "npq-declarations/at-window-start"):
        edges.assert_none_refused()

    with check("declarations/once-per-milestone", "npq-declarations/once-per-milestone"):
        assert_not_paid_again(another)
        starts = [each for each in recorded if each.type == "started" and each.state != "ineligible"]
        assert len(starts) <= 1, "A second start was refused, and recorded all the same."

    void_one_after_the_other(api, participant, recorded, check)


def void_one_after_the_other(api, participant, before, check):
    """Void a declaration between others, the last and the first: each is voided, and no other."""
    voidable = sorted((each for each in before if each.state in ("submitted", "eligible")), key=lambda each: each.date)
    voided = "npq-declarations/voided" if api.programme == "npq" else "void/state"
    if len(voidable) < MANY:
        check.not_applicable(voided, "There are fewer than three declarations to void.")
        return
    expected = {each.id: each.state for each in before}
    with check(voided):
        for declaration in (voidable[len(voidable) // 2], voidable[-1], voidable[0]):
            response = api.void(declaration.id)
            assert response.status == 200, f"{declaration.type}, of {', '.join(each.type for each in voidable)}"
            shown = response.resource["id"]
            assert shown == declaration.id, f"The response to a void shows another declaration, {shown}."
            expected[declaration.id] = "voided"
        states = {each.id: each.state for each in api.declarations_about(participant)}
        others = {each: (states.get(each), state) for each, state in expected.items() if states.get(each) != state}
        assert not others, f"The list has states other than expected, by declaration: {others}."


def evidence_for(participant, milestones, calendar):
    """Return the evidence for each milestone, a different type for each; none for an NPQ."""
    if participant.course.startswith("npq-"):
        return {each: {} for each in milestones}
    types = calendar.evidence(participant.cohort_year, participant.course, "retained-1").values
    return {each: {"evidence_held": types[number % len(types)]} for number, each in enumerate(milestones)}


def is_funded(participant):
    enrolment = participant.enrolment
    return enrolment.get("eligible_for_funding") is True and enrolment.get("funded_place") is not False


@verifies("npq-declarations/outcome-not-asked-for")
@uses_states("npq.without-outcome")
def test_coaching_is_completed_without_has_passed(api, states, calendar):
    participant, started = claim_declared(api, states, "npq.without-outcome", "started", calendar)
    prepared(started)
    completion = declaration_of(participant, "completed", calendar)
    del completion["has_passed"]

    completed = api.declare(completion)

    assert completed.status == 200
    assert completed.resource["attributes"].get("has_passed") is None
    outcomes = api.outcomes_of(participant)
    assert not outcomes, f"The declaration added the outcome {outcomes[0].state}."


@verifies("npq-declarations/at-window-start", "npq-declarations/no-window-end", "npq-declarations/has-passed-ignored")
@uses_states("npq.no-declarations")
def test_npq_milestone_opens_at_midnight_and_does_not_end(api, states, calendar, check):
    def at_midnight(participant):
        midnight = window_date(participant, "started", calendar, days_after_start=0).replace(hour=0)
        return {"declaration_date": format_time(midnight)}

    participant, first = claim_declared(api, states, "npq.no-declarations", "started", calendar, at_midnight)
    now = first.server_time
    start = declaration_of(participant, "started", calendar)
    with check("npq-declarations/at-window-start"):
        assert first.status == 200

    if first.status == 200:
        api.void_or_skip(first.resource["id"])
    today = {"declaration_date": format_time(now - RECENT), "has_passed": True}
    recent = api.declare(start | today, deliberate="has_passed in a started declaration")
    with check("npq-declarations/no-window-end"):
        assert recent.status == 200

    with check("npq-declarations/has-passed-ignored"):
        assert recent.resource["attributes"].get("has_passed") is None


@verifies(
    "declarations/mentor",
    "declarations/first-and-last-day",
    "void/mentor-funding",
    "declarations/mentor-funding-updated-at",
)
@uses_states("mentor.no-declarations")
def test_mentor_completes_and_voiding_removes_the_funding_end_date(api, states, calendar, check):
    mentor = states.claim("mentor.no-declarations")
    funding_is_listed = check.applies("declarations/mentor-funding-updated-at")
    before = states.last_change(api.participant(mentor)) if funding_is_listed else None
    milestones = calendar.declaration_types(mentor.schedule, mentor.cohort_year)

    edges = Edges(api, calendar)
    responses = {each: edges.declare_last(mentor, each) for each in milestones}
    with check("declarations/mentor"):
        for milestone, response in responses.items():
            assert response.status == 200, milestone
            assert Declaration.of(response.resource).type == milestone
            assert Declaration.of(response.resource).course == "ecf-mentor"

    with check("declarations/first-and-last-day"):
        edges.assert_none_refused()

    if check.applies("void/mentor-funding"):
        completed = Declaration.of(responses["completed"].resource)
        funded = api.participant(mentor)
        with check("void/mentor-funding"):
            funded_until = str(completed.date.date())
            assert funded.enrolment.get("mentor_funding_end_date") == funded_until

        if before:
            with check("declarations/mentor-funding-updated-at"):
                before.assert_moved_to(funded.updated_at)

        with check("void/mentor-funding"):
            api.void_or_skip(completed.id)
            assert api.participant(mentor).enrolment.get("mentor_funding_end_date") is None


@verifies("declarations/extended", "declarations/no-window-off-standard", "declarations/future-date")
@uses_states("ect.no-windows")
def test_schedule_without_windows_allows_any_past_date(api, states, calendar, check):
    ect = states.claim("ect.no-windows")
    now = api.show_participant(ect.id).server_time

    with check("declarations/future-date"):
        later = declaration_of(ect, "retained-1", calendar)  # no later check depends on it
        refusal = api.declare(later | {"declaration_date": format_time(now + SOON)})
        assert refusal.status == 422
        assert refusal.names("declaration_date")

    if check.applies("declarations/no-window-off-standard"):  # else the next declarations would be out of sequence
        with check("declarations/no-window-off-standard"):
            today = {"declaration_date": format_time(now - RECENT)}
            assert api.declare(declaration_of(ect, "started", calendar) | today).status == 200

    with check("declarations/extended"):
        for milestone in ("extended-1", "extended-2", "extended-3"):
            assert api.declare(declaration_of(ect, milestone, calendar)).status == 200, milestone


@verifies("declarations/first-and-last-day", "declarations/date-forms")
@uses_states("ect.no-declarations")
def test_first_and_last_day_and_forms_of_a_time_are_accepted(api, states, calendar, check):
    ect = states.claim("ect.no-declarations")

    def declare_as(milestone, written):
        return api.declare(declaration_of(ect, milestone, calendar) | {"declaration_date": written})

    def declare(milestone, date):
        return declare_as(milestone, format_time(date))

    with check("declarations/first-and-last-day"):
        started, retained = (window_of(ect, each, calendar) for each in ("started", "retained-1"))
        if not started or not retained or retained.end is None:
            raise NoWindowError(f"retained-1 has no end on {ect.schedule} {ect.cohort}")
        before = declare("started", date_before_window(ect, "started", calendar))
        assert before.status == 422, "the day before the milestone"
        if started.end:
            assert declare("started", first_second(started.end + DAY)).status == 422, "the day after the milestone"
        assert declare("started", first_second(started.start)).status == 200, "first day"
        assert declare("retained-1", first_second(retained.end + DAY)).status == 422, "the day after the milestone"
        assert declare("retained-1", last_second(retained.end)).status == 200, (
            "declared on the last day of the milestone"
        )
        others = calendar.declaration_types(ect.schedule, ect.cohort_year)[2:]
        for milestone in others:
            assert_closed_around(ect, milestone, calendar, before.server_time.date(), declare)
        for number, milestone in enumerate(others[MANY_MILESTONES - 2 :]):  # on its first day, or on its last if over
            window = window_of(ect, milestone, calendar)
            is_over = window.end is not None and window.end < before.server_time.date()
            date = last_second(window.end) if is_over and number % 2 else first_second(window.start)
            assert declare(milestone, date).status == 200, f"{milestone} on {date}"

    with check("declarations/date-forms"):
        written = window_date(ect, "retained-2", calendar)
        response = declare_as("retained-2", written.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
        assert response.status == 200, "fraction of a second"
        assert Declaration.of(response.resource).date == written
        written = window_date(ect, "retained-3", calendar)
        for hours in (1, -5):
            response = declare_as("retained-3", written.astimezone(timezone(timedelta(hours=hours))).isoformat())
            assert response.status == 200, f"offset of {hours} hours"
            assert Declaration.of(response.resource).date == written, f"offset of {hours} hours"
            if hours > 0:
                api.void_or_skip(response.resource["id"])


def assert_closed_around(participant, milestone, calendar, today, declare):
    """Check that a declaration is refused on the day before its milestone, and on the day after if that is past."""
    window = window_of(participant, milestone, calendar)
    assert declare(milestone, date_before_window(participant, milestone, calendar)).status == 422, (
        f"the day before {milestone}"
    )
    if window.end and window.end < today - DAY:
        after = first_second(window.end + DAY)
        assert declare(milestone, after).status == 422, f"the day after {milestone}"


@verifies(
    "declarations/eligible",
    "declarations/submitted",
    "declarations/eligible-for-payment",
    "declarations/statement",
    "declarations/lead-provider-name",
    "declarations/mentor-and-delivery-partner",
    "declarations/first-and-last-day",
    "void/state",
)
@uses_states("ect.no-declarations", "ect.undecided")
def test_state_of_a_declaration_depends_on_eligibility(api, states, calendar, check):
    undecided, fundable = states.claim("ect.undecided"), states.claim("ect.no-declarations")
    edges = Edges(api, calendar)
    responses = [prepared(edges.declare_last(each, "started")) for each in (fundable, undecided)]

    with check("declarations/first-and-last-day"):
        edges.assert_none_refused()

    with check("declarations/eligible"):
        assert Declaration.of(responses[0].resource).state == "eligible"

    with check("declarations/submitted"):
        assert Declaration.of(responses[1].resource).state == "submitted"

    eligible, submitted = (each.resource["attributes"] for each in responses)
    if check.applies("declarations/eligible-for-payment"):
        with check("declarations/eligible-for-payment"):
            assert eligible.get("eligible_for_payment") is True
            assert submitted.get("eligible_for_payment") is False

    if check.applies("declarations/statement"):
        with check("declarations/statement"):
            assert submitted.get("statement_id") is None
            statements = {each["id"]: each["attributes"] for each in api.paginate(api.list_path("statements"))}
            named = statements.get(str(eligible.get("statement_id")), {})
            shown = {"type": named.get("type", "ecf"), "cohort": named.get("cohort"), "paid": named.get("paid")}
            assert shown == {"type": "ecf", "cohort": fundable.cohort, "paid": False}

        with check("declarations/lead-provider-name"):
            assert eligible.get("lead_provider_name")
            assert submitted.get("lead_provider_name") == eligible.get("lead_provider_name")

        with check("declarations/mentor-and-delivery-partner"):
            names = ("mentor_id", "delivery_partner_id")
            if any(eligible.get(name) != fundable.enrolment.get(name) for name in names):
                fundable = api.participant(fundable)  # others may have changed them since they were listed
            for name in names:
                assert eligible.get(name) == fundable.enrolment.get(name), name

    with check("void/state"):
        response = api.void(responses[1].resource["id"])
        assert response.status == 200, "submitted"
        assert Declaration.of(response.resource).state == "voided"


@verifies("declarations/uplift-paid")
def test_uplift_is_paid_with_started_declarations_only(states):
    paid = [
        each
        for each in states.inventory.declarations
        if each.attributes.get("uplift_paid") is True and str(each.course).startswith("ecf-")
    ]
    if not paid:
        raise CouldNotRun(
            "No ECF declaration has uplift_paid true.", "Give the target paid declarations with an uplift."
        )

    for each in paid:
        assert each.course == "ecf-induction"
        assert each.type == "started"
        assert each.state in ("paid", "awaiting-clawback", "clawed-back")
