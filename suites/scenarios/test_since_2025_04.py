"""Changes of the edition of April 2025: the evidence and mentors of cohort 2025, and renamed values."""

from datetime import timedelta

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import Declaration
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import distinct_values
from lead_provider_conformance.pytest_plugin.markers import in_editions, uses_states, verifies
from lead_provider_conformance.testdata.dates import declaration_of

OF_2025_ONLY = "materials-engaged-with-offline"
WORDS = {"provider_led", "school_led", "no_early_career_teachers", "not_yet_known"}


def with_evidence(participant, milestone, evidence, calendar):
    return declaration_of(participant, milestone, calendar) | {"evidence_held": evidence}


@in_editions(until={"ecf": "2026-08"})
@verifies(
    "declarations-2025/started-without-evidence",
    "declarations-2025/evidence",
    "declarations-2025/other-evidence",
    "declarations-2025/no-window-end",
    "declarations-2025/future-date",
)
@uses_states("ect.of-2025")
def test_early_career_teacher_of_cohort_2025_is_declared(api, states, calendar, check):
    ect = states.claim("ect.of-2025")

    def listed(milestone):
        return calendar.evidence(ect.cohort_year, ect.course, milestone).values

    started = api.declare(declaration_of(ect, "started", calendar))
    with check("declarations-2025/started-without-evidence"):
        assert started.status == 200

    with check("declarations-2025/other-evidence"):
        for milestone, other in (("retained-1", "retained-2"), ("retained-2", "retained-1")):
            refusal = api.declare(with_evidence(ect, milestone, listed(other)[0], calendar))
            assert refusal.status == 422, milestone
            assert refusal.names("evidence_held")

    with check("declarations-2025/evidence"):
        for milestone in ("retained-1", "retained-2", "completed"):
            response = api.declare(with_evidence(ect, milestone, listed(milestone)[-1], calendar))
            assert response.status == 200, milestone
            assert Declaration.of(response.resource).type == milestone

    with check("declarations-2025/no-window-end"):
        yesterday = {"declaration_date": format_time(Declaration.of(started.resource).updated_at - timedelta(days=1))}
        recent = with_evidence(ect, "retained-3", listed("retained-3")[0], calendar) | yesterday
        assert api.declare(recent).status == 200

    with check("declarations-2025/future-date"):
        if "standard" not in str(ect.schedule):
            raise CouldNotRun(
                f"The API validates no dates of declarations on {ect.schedule}.",
                "Give the target an early career teacher of cohort 2025 on a standard schedule.",
            )
        tomorrow = {"declaration_date": format_time(api.show_participant(ect.id).server_time + timedelta(days=1))}
        to_come = with_evidence(ect, "retained-4", listed("retained-4")[0], calendar) | tomorrow
        assert api.declare(to_come).status == 422


@verifies("declarations-2025/evidence-of-earlier-cohorts")
@uses_states("ect.no-declarations")
def test_evidence_of_cohort_2025_is_refused_for_earlier_cohorts(api, states, calendar):
    ect = states.claim("ect.no-declarations")

    of_2025 = with_evidence(ect, "retained-1", OF_2025_ONLY, calendar)
    refusal = api.declare(of_2025, deliberate="evidence of cohort 2025")

    assert refusal.status == 422
    assert refusal.names("evidence_held")


@verifies("declarations-2025/mentors", "declarations-2025/evidence")
@uses_states("mentor.of-2025")
def test_mentor_of_cohort_2025_is_declared_started_and_completed_only(api, states, calendar, check):
    mentor = states.claim("mentor.of-2025")
    listed = calendar.evidence(mentor.cohort_year, mentor.course, "completed").values

    with check("declarations-2025/mentors"):
        assert api.declare(declaration_of(mentor, "started", calendar)).status == 200
        retained = with_evidence(mentor, "retained-1", OF_2025_ONLY, calendar)
        refusal = api.declare(retained, deliberate="retained declaration about a mentor")
        assert refusal.status == 422
        assert refusal.names("declaration_type")

    completed = api.declare(with_evidence(mentor, "completed", listed[0], calendar))
    with check("declarations-2025/mentors"):
        assert completed.status == 200

    with check("declarations-2025/evidence"):
        check.needs("declarations-2025/mentors")
        assert Declaration.of(completed.resource).type == "completed"


@verifies("withdrawal-2025/reason-retired")
@uses_states("ect.started")
def test_retired_reason_is_refused(api, states):
    ect = states.claim("ect.started")

    retired = {"reason": "school-left-fip", "course_identifier": ect.course}
    refusal = api.put_action(ect, "withdraw", retired, deliberate="retired reason")

    assert refusal.status == 422
    assert refusal.names("reason")


@verifies("schools-2025/programme-words")
def test_programme_choice_of_schools_is_a_known_value(lists):
    choices = set(distinct_values(lists.at("ecf_schools").snapshot, "induction_programme_choice"))

    assert not choices - WORDS, f"A school has chosen {min(choices - WORDS)}, which is no word of this edition."
