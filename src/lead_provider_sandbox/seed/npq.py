"""NPQ applicants of the seed, made situation by situation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from lead_provider_sandbox.seed.builder import Builder, Row
from lead_provider_sandbox.seed.names import PLACES
from lead_provider_sandbox.seed.npq_plan import CAPPED_FROM, CONTRACT_COHORTS, UNCONTRACTED, NpqSituation
from lead_provider_sandbox.seed.paying import later, paid_by
from lead_provider_sandbox.seed.world import ProviderWorld

_EARLIER_SCHEDULE = "npq-leadership-autumn"
_COUNTRY = ("United Kingdom of Great Britain and Northern Ireland", "GBR")
_HEADTEACHER = ("no", "yes_when_course_starts", "yes_in_first_two_years", "yes_in_first_five_years")
_FUNDED_BY = ("school", "trust", "self", "another", "employer")


def contracts(build: Builder, provider: Row) -> None:
    """What a provider is contracted for: every course of every cohort, but one."""
    for cohort in CONTRACT_COHORTS:
        courses = {
            course
            for schedule in build.calendar.schedules.values()
            if schedule.programme == "npq" and cohort in schedule.windows
            for course in schedule.courses
        }
        for course in sorted(courses - ({UNCONTRACTED[1]} if cohort == UNCONTRACTED[0] else set())):
            build.add(
                "contracts",
                provider_id=provider["id"],
                cohort=cohort,
                course_identifier=course,
                funding_cap=200 if cohort >= CAPPED_FROM else None,
            )


def applicant(build: Builder, home: ProviderWorld, away: ProviderWorld, situation: NpqSituation) -> None:
    """Make one applicant to `home` in a situation, and the rival application to `away` if there is one."""
    person = _person(build, situation)
    application = _application(build, home, person, situation)
    _declarations(build, home, person, application, situation)
    if situation.rival_at_other_provider:
        _application(build, away, person, situation)
    if situation.accepted_before:
        earlier = replace(situation, cohort=situation.cohort - 1, status="accepted", schedule=_EARLIER_SCHEDULE)
        _application(build, home, person, earlier)
    if situation.merged:
        build.merged_into(person)


def _person(build: Builder, situation: NpqSituation) -> Row:
    created = build.moment(date(situation.cohort, 7, 1), 60)
    return build.person(build.trn(), created, id=situation.id, full_name=situation.full_name)


def _application(build: Builder, world: ProviderWorld, person: Row, situation: NpqSituation) -> Row:
    created = build.moment(date(situation.cohort, 9, 2), 20)
    decided = build.moment(date(situation.cohort, 9, 24), 10)
    stopped = build.moment(date(situation.cohort + 1, 2, 5), 40) if situation.reason else None
    accepted = situation.status == "accepted"
    place = build.likely(0.5)
    changed = created if situation.status == "pending" else stopped or decided
    person["updated_at"] = max(person["updated_at"], changed)
    return build.add(
        "applications",
        person_id=person["id"],
        provider_id=world.provider["id"],
        course_identifier=situation.course,
        cohort=situation.cohort,
        status=situation.status,
        schedule_identifier=situation.schedule if accepted else None,
        eligible_for_funding=situation.eligible,
        funded_place=situation.funded_place,
        targeted_delivery_funding=situation.targeted,
        funding_choice=build.one_of(_FUNDED_BY),
        headteacher_status=build.one_of(_HEADTEACHER),
        school_urn=build.number(6),
        school_ukprn=f"1{build.number(7)}",
        private_childcare_provider_urn=None if situation.works_in_school else f"EY{build.number(6)}",
        works_in_school=situation.works_in_school,
        employer_name=None if situation.works_in_school else f"{build.one_of(PLACES)} Nurseries",
        employment_role=None if situation.works_in_school else "Nursery manager",
        catchment_country=_COUNTRY[0],
        catchment_iso_code=_COUNTRY[1],
        itt_provider=f"University of {build.one_of(PLACES)}",
        lead_mentor=place,
        training_status=situation.training_status,
        status_reason=situation.reason,
        status_at=stopped,
        accepted_at=decided if accepted else None,
        created_at=created,
        updated_at=changed,
    )


def _declarations(build: Builder, world: ProviderWorld, person: Row, application: Row, situation: NpqSituation) -> None:
    for number, (declaration_type, state) in enumerate(situation.declared):
        opened = build.declaration_day(situation.schedule or "", situation.cohort, declaration_type)
        day = min(opened + timedelta(days=130 * number), date(2024, 8, 1))
        created = build.moment(day + timedelta(days=1), 10)
        completed = declaration_type == "completed"
        row = build.add(
            "declarations",
            person_id=person["id"],
            provider_id=world.provider["id"],
            programme="npq",
            training_id=application["id"],
            cohort=situation.cohort,
            course_identifier=situation.course,
            declaration_type=declaration_type,
            declaration_date=f"{day}T10:00:00.000000Z",
            state=state,
            evidence_held=None,
            has_passed=situation.outcome == "passed" if completed else None,
            uplift=situation.targeted and declaration_type == "started",
            ineligible_reason=None,
            mentor_id=None,
            delivery_partner_id=None,
            statement_id=paid_by(world, "npq", situation.cohort, state, created),
            clawback_statement_id=None,
            created_at=created,
            updated_at=created if state in ("submitted", "eligible") else later(build, created),
        )
        if completed and situation.outcome:
            build.add(
                "outcomes",
                declaration_id=row["id"],
                person_id=person["id"],
                provider_id=world.provider["id"],
                course_identifier=situation.course,
                state=situation.outcome,
                completion_date=str(day),
                created_at=created,
                updated_at=created,
            )
