"""From a participant about whom nothing was declared to one who has completed, and where the money comes in."""

from datetime import datetime, time, timedelta, timezone

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import Declaration
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies
from lead_provider_conformance.testdata.dates import NOON, declaration_of, window_date, window_of


@verifies(
    "declarations/started",
    "declarations/readable",
    "declarations/idempotent",
    "declarations/copy-adds-nothing",
    "declarations/once-per-milestone",
    "declarations/retained",
    "declarations/evidence-types",
    "declarations/evidence-shown",
    "declarations/backdated",
    "declarations/completed",
)
@uses_states("ect.no-declarations")
def test_an_early_career_teacher_starts_is_retained_and_completes(api, states, calendar, edition, check):
    ect = states.claim("ect.no-declarations")
    start = declaration_of(ect, "started", calendar)

    first = api.declare(start)
    with check("declarations/started"):
        assert first.status == 200
        started = Declaration.of(first.resource)
        assert started.participant_id == ect.id
        assert started.type == "started"
        assert started.course == ect.course
        assert started.date == window_date(ect, "started", calendar)

    copy = api.declare(start)
    with check("declarations/idempotent"):
        assert copy.status == 200
        assert copy.json == first.json

    listed = api.list_declarations(("filter[participant_id]", ect.id)).resources
    with check("declarations/copy-adds-nothing"):
        assert [each["id"] for each in listed] == [first.resource["id"]]

    with check("declarations/readable"):
        shown = api.show_declaration(first.resource["id"])
        assert shown.status == 200
        assert shown.resource == first.resource
        assert first.resource in listed, "The list does not hold the declaration as it was answered when submitted."

    another_day = format_time(window_date(ect, "started", calendar, days_after_start=2))
    another = api.declare(start | {"declaration_date": another_day})

    retained = [each for each in calendar.declaration_types(ect.schedule, ect.cohort_year) if "retained" in each]
    evidence = calendar.evidence(ect.cohort_year, ect.course, "retained-1", edition).values
    recorded = {
        (milestone, held): api.declare(declaration_of(ect, milestone, calendar) | {"evidence_held": held})
        for milestone, held in zip(retained, [*evidence, *evidence], strict=False)
    }
    with check("declarations/retained"):
        for (milestone, _), response in recorded.items():
            assert response.status == 200, milestone
            assert Declaration.of(response.resource).type == milestone

    with check("declarations/evidence-types"):
        for (_, held), response in recorded.items():
            assert response.status == 200, held

    with check("declarations/backdated"):
        closed = window_of(ect, "retained-1", calendar).end
        assert recorded["retained-1", evidence[0]].status == 200, f"The window closed on {closed}."

    if api.version == "v3":
        with check("declarations/evidence-shown"):
            for (_, held), response in recorded.items():
                assert response.resource["attributes"].get("evidence_held") == held

    response = api.declare(declaration_of(ect, "completed", calendar))
    declared = [each.type for each in api.declarations_about(ect)]
    with check("declarations/completed"):
        assert response.status == 200
        assert Declaration.of(response.resource).type == "completed"
        assert set(declared) == {"started", *retained, "completed"}

    with check("declarations/once-per-milestone"):
        assert another.status == 422
        assert declared.count("started") == 1, "A second start was refused, and recorded all the same."


@verifies("declarations/mentor", "void/mentor-funding")
@uses_states("mentor.no-declarations")
def test_a_mentor_completes_and_the_end_of_their_funding_is_taken_back(api, states, calendar, check):
    mentor = states.claim("mentor.no-declarations")
    milestones = calendar.declaration_types(mentor.schedule, mentor.cohort_year)

    responses = {each: api.declare(declaration_of(mentor, each, calendar)) for each in milestones}
    with check("declarations/mentor"):
        for milestone, response in responses.items():
            assert response.status == 200, milestone
            assert Declaration.of(response.resource).type == milestone
            assert Declaration.of(response.resource).course == "ecf-mentor"

    if api.version == "v3":
        completed = Declaration.of(responses["completed"].resource)
        with check("void/mentor-funding"):
            funded_until = str(window_date(mentor, "completed", calendar).date())
            assert api.participant(mentor).enrolment.get("mentor_funding_end_date") == funded_until
            api.void_or_skip(completed.id)
            assert api.participant(mentor).enrolment.get("mentor_funding_end_date") is None


@verifies("declarations/extended", "declarations/no-window-off-standard", "declarations/future-date")
@uses_states("ect.no-windows")
def test_a_schedule_without_windows_is_closed_to_the_future_only(api, states, calendar, check):
    ect = states.claim("ect.no-windows")
    start = declaration_of(ect, "started", calendar)
    now = api.show_participant(ect.id).server_time

    with check("declarations/future-date"):
        later = declaration_of(ect, "retained-1", calendar)  # if it is recorded, that stands in nobody's way
        refusal = api.declare(later | {"declaration_date": format_time(now + timedelta(days=1))})
        assert refusal.status == 422
        assert refusal.names("declaration_date")

    with check("declarations/no-window-off-standard"):
        assert api.declare(start | {"declaration_date": format_time(now - timedelta(days=1))}).status == 200

    with check("declarations/extended"):
        for milestone in ("extended-1", "extended-2", "extended-3"):
            assert api.declare(declaration_of(ect, milestone, calendar)).status == 200, milestone


@verifies("declarations/first-and-last-day", "declarations/date-forms")
@uses_states("ect.no-declarations")
def test_the_first_day_and_the_last_and_the_ways_to_write_a_time(api, states, calendar, check):
    ect = states.claim("ect.no-declarations")

    def declare(milestone, date):
        return api.declare(declaration_of(ect, milestone, calendar) | {"declaration_date": date})

    with check("declarations/first-and-last-day"):
        first = datetime.combine(window_of(ect, "started", calendar).start, time())
        last = datetime.combine(window_of(ect, "retained-1", calendar).end, NOON)
        assert declare("started", format_time(first)).status == 200, "first day"
        assert declare("retained-1", format_time(last)).status == 200, "last day"

    with check("declarations/date-forms"):
        noon = window_date(ect, "retained-2", calendar)
        response = declare("retained-2", noon.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
        assert response.status == 200, "fraction of a second"
        assert Declaration.of(response.resource).date == noon
        noon = window_date(ect, "retained-3", calendar)
        response = declare("retained-3", noon.astimezone(timezone(timedelta(hours=1))).isoformat())
        assert response.status == 200, "offset"
        assert Declaration.of(response.resource).date == noon


@verifies(
    "declarations/eligible",
    "declarations/submitted",
    "declarations/eligible-for-payment",
    "declarations/statement",
    "declarations/lead-provider-name",
    "declarations/mentor-and-delivery-partner",
    "void/state",
)
@uses_states("ect.no-declarations", "ect.undecided")
def test_what_a_declaration_is_worth_depends_on_eligibility(api, states, calendar, check):
    fundable, undecided = states.claim("ect.no-declarations"), states.claim("ect.undecided")
    responses = [api.declare(declaration_of(each, "started", calendar)) for each in (fundable, undecided)]

    with check("declarations/eligible"):
        assert Declaration.of(responses[0].resource).state == "eligible"

    with check("declarations/submitted"):
        assert Declaration.of(responses[1].resource).state == "submitted"

    eligible, submitted = (each.resource["attributes"] for each in responses)
    if api.version == "v1":
        with check("declarations/eligible-for-payment"):
            assert eligible.get("eligible_for_payment") is True
            assert submitted.get("eligible_for_payment") is False

    if api.version == "v3":
        with check("declarations/statement"):
            assert submitted.get("statement_id") is None
            statements = {each["id"]: each["attributes"] for each in api.paginate(api.path("statements"))}
            named = statements.get(str(eligible.get("statement_id")), {})
            shown = {name: named.get(name) for name in ("type", "cohort", "paid")}
            assert shown == {"type": "ecf", "cohort": fundable.cohort, "paid": False}

        with check("declarations/lead-provider-name"):
            assert eligible.get("lead_provider_name")
            assert submitted.get("lead_provider_name") == eligible.get("lead_provider_name")

        with check("declarations/mentor-and-delivery-partner"):
            for name in ("mentor_id", "delivery_partner_id"):
                assert eligible.get(name) == fundable.enrolment.get(name), name

    with check("void/state"):
        response = api.void(responses[1].resource["id"])
        assert response.status == 200, "submitted"
        assert Declaration.of(response.resource).state == "voided"


@verifies("declarations/uplift-paid")
def test_an_uplift_is_paid_with_the_start_of_an_early_career_teacher(states):
    paid = [each for each in states.inventory.declarations if each.attributes.get("uplift_paid") is True]

    for each in (each for each in paid if str(each.course).startswith("ecf-")):
        assert (each.course, each.type) == ("ecf-induction", "started")
        assert each.state in ("paid", "awaiting-clawback", "clawed-back")
