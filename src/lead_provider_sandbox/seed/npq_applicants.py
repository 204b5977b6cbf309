"""Add the NPQ applicants of the seed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from lead_provider_sandbox.seed.names import PLACES
from lead_provider_sandbox.seed.payments import add_declaration
from lead_provider_sandbox.seed.provider_data import ProviderData
from lead_provider_sandbox.seed.row_builder import Row, RowBuilder
from lead_provider_sandbox.seed.situations import NpqSituation

CONTRACT_COHORTS = (2021, 2022, 2023, 2024)
CAPPED_FROM = 2024
"""Contracts have a funding cap from this cohort on."""

UNCONTRACTED = (2024, "npq-additional-support-offer")
"""A cohort and course without a contract."""

_EARLIER_SCHEDULE = "npq-leadership-autumn"
_COUNTRY = ("United Kingdom of Great Britain and Northern Ireland", "GBR")
_HEADTEACHER = ("no", "yes_when_course_starts", "yes_in_first_two_years", "yes_in_first_five_years")
_FUNDED_BY = ("school", "trust", "self", "another", "employer")


def add_contracts(builder: RowBuilder, provider: Row) -> None:
    """Add a provider's contracts for every course of every cohort, except for one."""
    for cohort in CONTRACT_COHORTS:
        courses = {
            course
            for schedule in builder.calendar.schedules.values()
            if schedule.programme == "npq" and schedule.of(cohort)
            for course in schedule.courses
        }
        for course in sorted(courses - ({UNCONTRACTED[1]} if cohort == UNCONTRACTED[0] else set())):
            builder.add(
                "contracts",
                provider_id=provider["id"],
                cohort=cohort,
                course_identifier=course,
                funding_cap=200 if cohort >= CAPPED_FROM else None,
            )


def add_applicant(builder: RowBuilder, home: ProviderData, away: ProviderData, situation: NpqSituation) -> None:
    """Add one applicant to `home` in a situation, with the rival application to `away` if the situation has one."""
    created = builder.moment(date(situation.cohort, 7, 1), 60)
    person = builder.person(builder.trn(), created, id=situation.id, full_name=situation.full_name)
    application = _application(builder, home, person, situation)
    _declarations(builder, home, person, application, situation)
    if situation.rival_at_other_provider:
        _application(builder, away, person, situation)
    if situation.accepted_before:
        earlier = replace(situation, cohort=situation.cohort - 1, status="accepted", schedule=_EARLIER_SCHEDULE)
        _application(builder, home, person, earlier)
    if situation.also_deferred_from:
        course = situation.also_deferred_from
        second = replace(situation, course=course, training_status="deferred", reason="career-break")
        _application(builder, home, person, second)
    if situation.also_with_other_provider:
        _application(builder, away, person, replace(situation, course=situation.also_with_other_provider))
    if situation.moved_after_outcome:
        application["provider_id"] = next(each["id"] for each in builder.rows["providers"] if not each["ecf"])
    if situation.merged:
        builder.add_id_change(person)


def _application(builder: RowBuilder, data: ProviderData, person: Row, situation: NpqSituation) -> Row:
    created = builder.moment(date(situation.cohort, 9, 2), 20)
    decided = builder.moment(date(situation.cohort, 9, 24), 10)
    stopped = builder.moment(date(situation.cohort + 1, 2, 5), 40) if situation.reason else None
    accepted = situation.status == "accepted"
    lead_mentor = builder.likely(0.5)
    changed = created if situation.status == "pending" else stopped or decided
    person["updated_at"] = max(person["updated_at"], changed)
    return builder.add(
        "applications",
        person_id=person["id"],
        provider_id=data.provider["id"],
        course_identifier=situation.course,
        cohort=situation.cohort,
        status=situation.status,
        schedule_identifier=situation.schedule if accepted else None,
        eligible_for_funding=situation.eligible,
        funded_place=situation.funded_place,
        targeted_delivery_funding=situation.targeted,
        funding_choice=builder.pick(_FUNDED_BY),
        headteacher_status=builder.pick(_HEADTEACHER),
        school_urn=builder.number(6),
        school_ukprn=f"1{builder.number(7)}",
        private_childcare_provider_urn=None if situation.works_in_school else f"EY{builder.number(6)}",
        works_in_school=situation.works_in_school,
        employer_name=None if situation.works_in_school else f"{builder.pick(PLACES)} Nurseries",
        employment_role=None if situation.works_in_school else "Nursery manager",
        catchment_country=_COUNTRY[0],
        catchment_iso_code=_COUNTRY[1],
        itt_provider=f"University of {builder.pick(PLACES)}",
        lead_mentor=lead_mentor,
        training_status=situation.training_status,
        status_reason=situation.reason,
        status_at=stopped,
        accepted_at=decided if accepted else None,
        created_at=created,
        updated_at=changed,
    )


def _declarations(
    builder: RowBuilder, data: ProviderData, person: Row, application: Row, situation: NpqSituation
) -> None:
    for number, (declaration_type, state) in enumerate(situation.declared):
        opened = builder.declaration_day(situation.schedule or "", situation.cohort, declaration_type)
        day = min(opened + timedelta(days=130 * number), date(2024, 8, 1))
        created = builder.moment(day + timedelta(days=1), 10)
        completed = declaration_type == "completed"
        row = add_declaration(
            builder,
            data,
            created=created,
            day=day,
            person_id=person["id"],
            programme="npq",
            training_id=application["id"],
            cohort=situation.cohort,
            course_identifier=situation.course,
            declaration_type=declaration_type,
            state=state,
            has_passed=situation.outcome == "passed" if completed else None,
            uplift=situation.targeted and declaration_type == "started",
        )
        if completed and situation.outcome:
            builder.add(
                "outcomes",
                declaration_id=row["id"],
                person_id=person["id"],
                provider_id=data.provider["id"],
                course_identifier=situation.course,
                state=situation.outcome,
                completion_date=str(day),
                created_at=created,
                updated_at=created,
            )
