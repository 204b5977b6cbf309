"""Add the applicants of the NPQ service, with their applications, declarations and outcomes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from lead_provider_sandbox.domain.clock import to_datetime
from lead_provider_sandbox.domain.npq_service.models import PARTNERS_FROM
from lead_provider_sandbox.seed.names import PLACES
from lead_provider_sandbox.seed.npq_service_provider import NpqProvider
from lead_provider_sandbox.seed.row_builder import Row, RowBuilder
from lead_provider_sandbox.seed.situations import NpqSituation

_UNITED_KINGDOM = "United Kingdom of Great Britain and Northern Ireland"
_COUNTRIES = {"GBR": _UNITED_KINGDOM, "FRA": "France", "JEY": "Jersey"}
_HEADTEACHER = ("no", "yes_when_course_starts", "yes_in_first_two_years", "yes_over_two_years", None)
_FUNDED_BY = ("school", "trust", "self", "another", "employer", None)
_NULLABLE = (
    "funding_choice",
    "headteacher_status",
    "school_urn",
    "school_ukprn",
    "private_childcare_provider_urn",
    "employer_name",
    "employment_role",
    "catchment_country",
    "itt_provider",
    "works_as_senco",
    "senco_start_date",
)
"""The fields of an application that may be null in every status."""
_PAID = ("paid", "awaiting-clawback", "clawed-back")
_CLAWBACK = ("awaiting-clawback", "clawed-back")
_UNBILLED = ("submitted", "voided", "ineligible")


def add_applicant(builder: RowBuilder, home: NpqProvider, away: NpqProvider, situation: NpqSituation) -> Row:
    """Add one applicant to `home` in a situation, and return the application.

    `away` is the other provider: of a rival application, or of a transfer. No instant is after the builder's latest.
    """
    person = _person(builder, situation)
    application = _application(builder, home, person, situation)
    _declarations(builder, home, application, situation)
    if situation.rival_at_other_provider:
        _application(builder, away, person, situation)
    if situation.earlier_cohort:
        year, suffix = int(situation.earlier_cohort[:4]), situation.earlier_cohort[4:]
        schedule = next(
            name
            for name, each in builder.calendar.schedules.items()
            if situation.course in each.courses and each.of(year, suffix)
        )
        earlier = replace(situation, cohort=year, suffix=suffix, status="accepted", schedule=schedule)
        _application(builder, home, person, earlier)
    if situation.also_accepted:
        _application(builder, home, person, replace(situation, status="accepted"))
    if situation.also_applied_for:
        _application(builder, home, person, replace(situation, course=situation.also_applied_for, status="pending"))
    if situation.also_deferred_from:
        course = situation.also_deferred_from
        second = replace(situation, course=course, training_status="deferred", reason="career-break")
        _application(builder, home, person, second)
    if situation.also_with_other_provider:
        _application(builder, away, person, replace(situation, course=situation.also_with_other_provider))
    if situation.transferred:
        application["provider_id"] = away.provider["id"]
    if situation.merged:
        builder.add_id_change(person)
    if situation.nulls:
        person.update(dict.fromkeys(("email", "trn")))
        application.update(dict.fromkeys(_NULLABLE))
    return application


def _person(builder: RowBuilder, situation: NpqSituation) -> Row:
    trn = builder.trn()
    if situation.trn == "shared":
        trn = next(each["trn"] for each in reversed(builder.rows["people"]) if each["trn"])
    person = builder.person(
        None if situation.trn == "unverified" else trn,
        builder.moment(_registered(situation), 30),
        claimed_trn=trn,
        id=situation.id,
        full_name=situation.full_name,
    )
    person["former_names"] = situation.former_name
    if situation.email_taken_over:
        person["email"] = None
    return person


def _registered(situation: NpqSituation) -> date:
    """Return a day before applications to the cohort begin: spring cohorts are the first of a year with two."""
    is_spring = situation.cohort > PARTNERS_FROM and situation.suffix == "a"
    return date(situation.cohort, 1, 5) if is_spring else date(situation.cohort, 6, 20)


def _application(builder: RowBuilder, data: NpqProvider, person: Row, situation: NpqSituation) -> Row:
    registered = _registered(situation)
    created = builder.moment(registered + timedelta(days=31), 30)
    decided = builder.moment(registered + timedelta(days=62), 20)
    stopped = builder.moment(registered + timedelta(days=300), 40) if situation.reason else None
    accepted = situation.status == "accepted"
    in_school, overseas = situation.works_in_school, situation.country is not None
    changed = created if situation.status == "pending" else stopped or decided
    person["updated_at"] = max(person["updated_at"], changed)
    funding = builder.calendar.funding(situation.cohort, situation.suffix)
    is_senco = situation.course == "npq-senco"
    return builder.add(
        "applications",
        person_id=person["id"],
        provider_id=data.provider["id"],
        course_identifier=situation.course,
        cohort=situation.cohort,
        cohort_suffix=situation.suffix,
        status=situation.status,
        reason_for_rejection=situation.rejection,
        schedule_identifier=situation.schedule if accepted else None,
        eligible_for_funding=situation.eligible,
        funded_place=None if funding == "full" or not accepted else situation.funded_place,
        targeted_delivery_funding=situation.targeted,
        funding_choice=builder.pick(_FUNDED_BY),
        headteacher_status=builder.pick(_HEADTEACHER),
        school_urn=builder.number(6) if in_school and not overseas else None,
        school_ukprn=f"1{builder.number(7)}" if in_school and not overseas else None,
        private_childcare_provider_urn=None if in_school else f"EY{builder.number(6)}",
        works_in_school=in_school,
        employer_name=None if in_school else f"{builder.pick(PLACES)} Nurseries",
        employment_role=None if in_school else "Nursery manager",
        catchment_country=_COUNTRIES[situation.country or "GBR"],
        catchment_iso_code=situation.country or "GBR",
        itt_provider=f"University of {builder.pick(PLACES)}",
        lead_mentor=builder.likely(0.5),
        works_as_senco=True if is_senco else None,
        senco_start_date=f"{situation.cohort - 1}-09-01" if is_senco else None,
        works_in_england=not overseas,
        training_status=situation.training_status,
        status_reason=situation.reason,
        status_at=stopped,
        accepted_at=decided if accepted else None,
        created_at=created,
        updated_at=changed,
    )


def _declarations(builder: RowBuilder, data: NpqProvider, application: Row, situation: NpqSituation) -> None:
    for number, (declaration_type, state) in enumerate(situation.declared):
        day = _declaration_day(builder, situation, declaration_type, number)
        created = builder.moment(day + timedelta(days=1), 6)
        completed = declaration_type == "completed"
        row = _declaration(builder, data, application, created, state)
        first, secondary = _partners(builder, data, situation)
        row |= {
            "declaration_type": declaration_type,
            "declaration_date": f"{day}T10:00:00.000000Z",
            "has_passed": situation.outcome == "passed" if completed and situation.outcome else None,
            "uplift": situation.targeted and declaration_type == "started",
            "delivery_partner_id": first,
            "secondary_delivery_partner_id": secondary,
        }
        if completed and situation.outcome:
            builder.add(
                "outcomes",
                declaration_id=row["id"],
                person_id=application["person_id"],
                provider_id=data.provider["id"],
                course_identifier=situation.course,
                state=situation.outcome,
                completion_date=str(day),
                created_at=created,
                updated_at=created,
            )


def _declaration_day(builder: RowBuilder, situation: NpqSituation, declaration_type: str, number: int) -> date:
    """Return a day soon after the schedule opens; later declarations are about four months apart."""
    schedule, cohort, suffix = situation.schedule, situation.cohort, situation.suffix
    window = builder.calendar.window(schedule, cohort, declaration_type, suffix)
    if window is None:
        raise ValueError(f"{schedule} has no {declaration_type} in cohort {cohort}{suffix}")
    opened = date.fromisoformat(window.start) + timedelta(days=int(builder.number(1)) + 130 * number)
    return min(opened, builder.latest.date() - timedelta(days=10 - number))


def _declaration(builder: RowBuilder, data: NpqProvider, application: Row, created: str, state: str) -> Row:
    """Add a declaration with the statements of its state."""
    cohort = (application["cohort"], application["cohort_suffix"])
    is_decided = state not in ("submitted", "eligible")
    changed = builder.moment(to_datetime(created).date() + timedelta(days=1), 20) if is_decided else created
    return builder.add(
        "declarations",
        person_id=application["person_id"],
        provider_id=data.provider["id"],
        programme="npq",
        training_id=application["id"],
        cohort=cohort[0],
        cohort_suffix=cohort[1],
        course_identifier=application["course_identifier"],
        state=state,
        evidence_held=None,
        ineligible_reason="duplicate_declaration" if state == "ineligible" else None,
        mentor_id=None,
        statement_id=_paying_statement(data, cohort, state, created),
        clawback_statement_id=_clawback_statement(data, cohort, state),
        created_at=created,
        updated_at=max(created, changed),
    )


def _partners(builder: RowBuilder, data: NpqProvider, situation: NpqSituation) -> tuple[str | None, str | None]:
    """Return the ids of the first and the secondary delivery partner of a declaration."""
    if situation.cohort < PARTNERS_FROM or situation.country is not None:
        return None, None
    partners = data.delivery_partners[situation.cohort, situation.suffix]
    first = builder.pick(partners[:2])
    others = [each for each in partners if each is not first]
    return first["id"], builder.pick(others)["id"] if situation.delivery_partners > 1 else None


def _paying_statement(data: NpqProvider, cohort: tuple[int, str], state: str, created: str) -> str | None:
    if state in _UNBILLED:
        return None
    fitting = _statements(data, cohort, paid=state in _PAID)
    return str(next(each["id"] for each in fitting if each["cut_off_date"] >= created[:10]))


def _clawback_statement(data: NpqProvider, cohort: tuple[int, str], state: str) -> str | None:
    if state not in _CLAWBACK:
        return None
    settled = state == "clawed-back"
    fitting = _statements(data, cohort, paid=settled)
    return str(fitting[-1 if settled else 0]["id"])


def _statements(data: NpqProvider, cohort: tuple[int, str], *, paid: bool) -> list[Row]:
    return [
        each
        for each in data.statements
        if (each["cohort"], each["cohort_suffix"]) == cohort and each["paid"] is paid and each["output_fee"]
    ]
