"""Declarations of cohorts from 2025 on: evidence, and dates in sequence."""

from datetime import timedelta

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import Declaration, parse_time
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import in_editions, uses_states, verifies
from lead_provider_conformance.testdata.dates import RECENT, declaration_of, window_of
from lead_provider_conformance.testdata.refusals import prepared

pytestmark = in_editions(since="2026-08")

EXTENDED = "ecf-extended-september"
UPLIFTS_END = 2025
"""The first cohort without uplifts."""


@verifies(
    "declarations-2026/started-needs-evidence",
    "declarations-2025/evidence",
    "declarations-2025/other-evidence",
    "declarations-2026/in-sequence",
    "declarations-2025/no-window-end",
)
@uses_states("ect.of-2025")
def test_early_career_teacher_is_declared_with_evidence_and_in_sequence(api, states, calendar, check):
    ect = states.claim("ect.of-2025")
    now = api.show_participant(ect.id).server_time
    types = [
        each
        for each in calendar.declaration_types(ect.schedule, ect.cohort_year)
        if window_of(ect, each, calendar).start < now.date() - timedelta(days=2)
    ]
    start = declaration_of(ect, "started", calendar)

    with check("declarations-2026/started-needs-evidence"):
        without = {name: value for name, value in start.items() if name != "evidence_held"}
        refusal = api.declare(without, deliberate="no evidence_held")
        assert refusal.status == 422
        assert refusal.names("evidence_held")
        for each in api.declarations_about(ect):
            if each.state != "voided":
                api.void_or_skip(each.id)

    def with_evidence(milestone, number):
        listed = calendar.evidence(ect.cohort_year, ect.course, milestone).values
        return declaration_of(ect, milestone, calendar) | {"evidence_held": listed[number]}

    with check("declarations-2025/other-evidence"):
        if "retained-2" not in types:
            raise CouldNotRun(
                f"retained-2 of {ect.schedule} {ect.cohort} has not opened, or does not exist.",
                "Give the provider an early career teacher of cohort 2025 on another schedule.",
            )
        wrong = with_evidence("retained-2", 0) | {"evidence_held": "materials-engaged-with-offline"}
        refusal = api.declare(wrong, deliberate="evidence of other types")
        assert refusal.status == 422
        assert refusal.names("evidence_held")

    *earlier, last = types
    responses = {milestone: api.declare(with_evidence(milestone, -1)) for milestone in earlier}
    with check("declarations-2025/evidence"):
        for milestone, response in responses.items():
            assert response.status == 200, milestone
            assert Declaration.of(response.resource).type == milestone

    if earlier:
        with check("declarations-2026/in-sequence"):
            check.needs("declarations-2025/evidence")
            first = parse_time(declaration_of(ect, earlier[0], calendar)["declaration_date"])
            before = {"declaration_date": format_time(first - timedelta(hours=1))}
            refusal = api.declare(with_evidence(last, 0) | before)
            assert refusal.status == 422
            assert refusal.names("declaration_date")

    with check("declarations-2025/no-window-end"):
        recent = {"declaration_date": format_time(now - RECENT)}
        assert api.declare(with_evidence(last, 0) | recent).status == 200


@verifies("declarations-2026/mentors-not-extended")
@uses_states("mentor.no-declarations", "mentor.of-2025")
def test_extended_declaration_about_a_mentor_is_refused(api, states, calendar):
    try:
        mentor = states.claim("mentor.no-declarations")
    except CouldNotRun:
        mentor = states.claim("mentor.of-2025")
    # Only an extended schedule has extended declarations. On another one, the schedule would be the reason.
    prepared(api.change_schedule(mentor, EXTENDED))
    extended = declaration_of(api.participant(mentor), "extended-1", calendar) | {"evidence_held": "other"}

    refusal = api.declare(extended, deliberate="extended declaration about a mentor")

    assert refusal.status == 422
    assert refusal.names("declaration_type")


@verifies("declarations-2026/uplift-paid")
def test_uplift_is_paid_with_started_declarations_of_earlier_cohorts_only(states):
    states.inventory.require_fields("participant_declarations", "uplift_paid")
    paid = [each for each in states.inventory.declarations if each.attributes.get("uplift_paid") is True]
    if not states.inventory.declarations:
        raise CouldNotRun("The provider has no declarations.", "Give the provider declarations.")
    cohorts = {each["id"]: str(each["attributes"].get("cohort")) for each in states.inventory.statements}

    for each in paid:
        assert each.type == "started", f"The declaration {each.id} is {each.type} and has uplift_paid true."
        assert each.state in ("paid", "awaiting-clawback", "clawed-back"), f"The declaration {each.id} is {each.state}."
        cohort = cohorts.get(str(each.attributes.get("statement_id")), "0")
        assert int(cohort) < UPLIFTS_END, f"The declaration {each.id} of {cohort} has uplift_paid true."


@verifies("participants-2026/mentor-funding-end-date")
@uses_states("mentor.of-2025", "mentor.no-declarations")
def test_completed_declaration_sets_the_end_of_a_mentors_funding(api, states, calendar):
    try:
        mentor = states.claim("mentor.of-2025")
    except CouldNotRun:
        mentor = states.claim("mentor.no-declarations")
    prepared(api.declare(declaration_of(mentor, "started", calendar)))
    prepared(api.declare(declaration_of(mentor, "completed", calendar)))

    assert api.participant(mentor).enrolment.get("mentor_funding_end_date"), (
        f"{mentor.id} has a completed declaration and no mentor_funding_end_date."
    )
