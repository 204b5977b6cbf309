"""From a participant about whom nothing was declared to one who has completed, and what is refused on the way."""

from datetime import timedelta

from lead_provider_conformance.api import utc
from lead_provider_conformance.plugin import verifies
from lead_provider_conformance.records import NOBODYS_ID, Declaration
from lead_provider_conformance.states.dates import after, at, declaration_of, inside


@verifies(
    "declarations/started",
    "declarations/readable",
    "declarations/idempotent",
    "declarations/copy-adds-nothing",
    "declarations/once-per-milestone",
    "declarations/retained",
    "declarations/completed",
)
def test_an_early_career_teacher_starts_is_retained_and_completes(api, states, calendar, check):
    ect = states.claim("ect.no-declarations")
    start = declaration_of(ect, "started", calendar)

    first = api.declare(start)
    with check("declarations/started"):
        assert first.status == 200
        started = Declaration.of(first.resource)
        assert started.participant_id == ect.id
        assert started.type == "started"
        assert started.course == ect.course
        assert started.date == inside(ect, "started", calendar)

    copy = api.declare(start)
    with check("declarations/idempotent"):
        assert copy.status == 200
        assert copy.json == first.json

    with check("declarations/copy-adds-nothing"):
        assert [each.id for each in api.declarations_about(ect)] == [first.resource["id"]]

    with check("declarations/readable"):
        shown = api.show_declaration(first.resource["id"])
        assert shown.status == 200
        assert shown.resource == first.resource
        listed = api.list_declarations(("filter[participant_id]", ect.id)).resources
        assert first.resource in listed, "The list does not hold the declaration as it was answered when submitted."

    with check("declarations/once-per-milestone"):
        another_day = utc(at(ect, "started", calendar, days_after_start=2))
        assert api.declare(start | {"declaration_date": another_day}).status == 422

    retained = [each for each in calendar.declaration_types(ect.schedule, ect.cohort_year) if "retained" in each]
    with check("declarations/retained"):
        for milestone in retained:
            answer = api.declare(declaration_of(ect, milestone, calendar))
            assert answer.status == 200, milestone
            assert Declaration.of(answer.resource).type == milestone

    with check("declarations/completed"):
        answer = api.declare(declaration_of(ect, "completed", calendar))
        assert answer.status == 200
        assert Declaration.of(answer.resource).type == "completed"
        declared = {each.type for each in api.declarations_about(ect)}
        assert declared == {"started", *retained, "completed"}


@verifies("declarations/mentor")
def test_a_mentor_starts(api, states, calendar):
    mentor = states.claim("mentor.no-declarations")

    answer = api.declare(declaration_of(mentor, "started", calendar))

    assert answer.status == 200
    assert Declaration.of(answer.resource).course == "ecf-mentor"


@verifies(
    "declarations/before-window",
    "declarations/after-window",
    "declarations/date-format",
    "declarations/evidence-required",
    "declarations/evidence-known",
    "declarations/type-on-schedule",
    "declarations/type-known",
    "declarations/course-of-participant",
    "declarations/unknown-participant",
    "declarations/missing-attributes",
    "declarations/refusal-names-attribute",
    "declarations/refusal-records-nothing",
)
def test_declarations_that_are_refused(api, states, calendar, check):
    ect = states.claim("ect.no-declarations")
    good = declaration_of(ect, "retained-1", calendar)
    refusals = []
    recorded = []
    to_take_back = []

    def declare(changes, *, about, deliberate=None):
        # One that was wrongly recorded must not stand in the way of the next.
        while to_take_back:
            api.void(to_take_back.pop())
        attributes = {name: value for name, value in (good | changes).items() if value is not None}
        answer = api.declare(attributes, deliberate=deliberate)
        if answer.status == 200:
            recorded.append(answer.resource["id"])
            to_take_back.append(answer.resource["id"])
        if answer.status == 422:
            refusals.append((about, answer))
        return answer

    with check("declarations/before-window"):
        early = utc(at(ect, "retained-1", calendar, days_after_start=-2))
        assert declare({"declaration_date": early}, about="declaration_date").status == 422

    with check("declarations/after-window"):
        late = utc(after(ect, "retained-1", calendar))
        assert declare({"declaration_date": late}, about="declaration_date").status == 422

    with check("declarations/date-format"):
        for text in ("2023-01-15", "15/01/2023", "not a date"):
            answer = declare({"declaration_date": text}, about="declaration_date", deliberate="no RFC 3339 time")
            assert answer.status == 422, text

    with check("declarations/evidence-required"):
        answer = declare({"evidence_held": None}, about="evidence_held", deliberate="no evidence_held")
        assert answer.status == 422

    with check("declarations/evidence-known"):
        answer = declare({"evidence_held": "hearsay"}, about="evidence_held", deliberate="unknown evidence_held")
        assert answer.status == 422

    with check("declarations/type-on-schedule"):
        assert declare({"declaration_type": "extended-1"}, about="declaration_type").status == 422

    with check("declarations/type-known"):
        answer = declare({"declaration_type": "begun"}, about="declaration_type", deliberate="unknown type")
        assert answer.status == 422

    with check("declarations/course-of-participant"):
        assert declare({"course_identifier": "ecf-mentor"}, about="course_identifier").status == 422

    with check("declarations/unknown-participant"):
        assert declare({"participant_id": NOBODYS_ID}, about="participant_id").status == 422

    with check("declarations/missing-attributes"):
        empty = api.declare({}, deliberate="no attributes")
        assert empty.status == 422
        for missing in ("participant_id", "declaration_date", "declaration_type"):
            assert empty.names(missing)

    with check("declarations/refusal-names-attribute"):
        for about, refusal in refusals:
            assert refusal.names(about), about

    with check("declarations/refusal-records-nothing"):
        from_refusals = {each.id for each in api.declarations_about(ect)} - set(recorded)
        assert not from_refusals, f"There are declarations that were refused when submitted: {from_refusals}."


@verifies("declarations/future-date", "declarations/no-window-off-standard")
def test_only_the_future_is_closed_on_a_schedule_without_windows(api, states, calendar, check):
    ect = states.claim("ect.no-windows")
    start = declaration_of(ect, "started", calendar)
    now = api.show_participant(ect.id).server_time

    with check("declarations/future-date"):
        refusal = api.declare(start | {"declaration_date": utc(now + timedelta(days=1))})
        assert refusal.status == 422
        assert refusal.names("declaration_date")

    with check("declarations/no-window-off-standard"):
        assert api.declare(start | {"declaration_date": utc(now - timedelta(days=1))}).status == 200
