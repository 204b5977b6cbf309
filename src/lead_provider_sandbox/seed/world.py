"""The world that participants live in: providers, schools, delivery partners, partnerships and statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lead_provider_sandbox.seed.builder import Builder, Row
from lead_provider_sandbox.seed.names import PLACES, SCHOOL_KINDS
from lead_provider_sandbox.seed.statements import Planned, planned

ECF_COHORTS = (2020, 2021, 2022, 2023, 2024, 2025)
NPQ_COHORTS = (2021, 2022, 2023, 2024)
_SCHOOLS_EACH = 6
_PARTNERS_EACH = 3
_OPENED = date(2021, 5, 10)
_FIRST_FREE_SCHOOL = 60
_FREE_SCHOOLS = 30


@dataclass(frozen=True, slots=True)
class ProviderWorld:
    """A provider with its partnerships by cohort, its challenged partnership, and its statements."""

    provider: Row
    partnerships: dict[int, list[Row]]
    challenged: Row
    delivery_partners: list[Row]
    statements: list[Row]


def provider_world(build: Builder, name: str, number: int) -> ProviderWorld:
    """Make a provider of both programmes and everything around it."""
    provider = build.add("providers", name=name, ecf=True, npq=True)
    partners = [_delivery_partner(build, name, each + 1) for each in range(_PARTNERS_EACH)]
    for partner in partners:
        # The last one does not work in every cohort, so that there is something for a provider to get wrong.
        for cohort in ECF_COHORTS[:4] if partner is partners[-1] else ECF_COHORTS:
            build.add(
                "delivery_partner_links", provider_id=provider["id"], delivery_partner_id=partner["id"], cohort=cohort
            )
    schools = [_school(build, number * 20 + each) for each in range(_SCHOOLS_EACH)]
    # One school had no partnership in cohort 2022, so that there is a cohort nobody there can be moved to.
    partnerships = {
        cohort: [
            _partnership(build, provider, school, build.pick(partners[:-1]), cohort)
            for school in (schools[1:] if cohort == 2022 else schools)
        ]
        for cohort in ECF_COHORTS
    }
    for each in [partnership for held in partnerships.values() for partnership in held]:
        build.add(
            "school_choices",
            school_id=each["school_id"],
            cohort=each["cohort"],
            programme="full_induction_programme",
            updated_at=each["updated_at"],
        )
    # Two: a test may confirm one of them again.
    challenged, _ = (_challenged(build, provider, number * 20 + _SCHOOLS_EACH + each, partners[0]) for each in range(2))
    statements = [
        _statement(build, provider, programme, each)
        for programme, cohorts in (("ecf", ECF_COHORTS), ("npq", NPQ_COHORTS))
        for cohort in cohorts
        for each in planned(cohort)
    ]
    _relationship(build, provider, schools[0], partners[1])
    return ProviderWorld(provider, partnerships, challenged, partners, statements)


def free_schools(build: Builder) -> None:
    """Schools without any partnership: most may have one, one is closed, one can only train by itself."""
    for number in range(_FREE_SCHOOLS):
        school = _school(build, _FIRST_FREE_SCHOOL + number)
        if number == 0:
            school["standing"] = "closed"
        elif number == 1:
            school["standing"] = "cip-only"
        elif number % 5 == 2:
            moment = build.moment(date(2024, 5, 1), 30)
            build.add(
                "school_choices",
                school_id=school["id"],
                cohort=2024,
                programme="core_induction_programme" if number == 2 else "no_early_career_teachers",
                updated_at=moment,
            )


def _delivery_partner(build: Builder, provider: str, number: int) -> Row:
    moment = build.moment(_OPENED, 5)
    return build.add(
        "delivery_partners", name=f"{provider} Delivery Partner {number}", created_at=moment, updated_at=moment
    )


def _school(build: Builder, number: int) -> Row:
    tutor = build.name()
    moment = build.moment(_OPENED, 10)
    return build.add(
        "schools",
        urn=f"{100000 + number}",
        name=f"{PLACES[number % len(PLACES)]} {SCHOOL_KINDS[number % len(SCHOOL_KINDS)]}",
        standing="open",
        tutor_name=tutor,
        contact_email=f"tutor-{100000 + number}@example.com",
        created_at=moment,
        updated_at=moment,
    )


def _challenged(build: Builder, provider: Row, school: int, partner: Row) -> Row:
    partnership = _partnership(build, provider, _school(build, school), partner, 2023)
    partnership["challenged_reason"] = "mistake"
    partnership["challenged_at"] = partnership["updated_at"] = build.moment(date(2023, 9, 4), 20)
    return partnership


def _partnership(build: Builder, provider: Row, school: Row, partner: Row, cohort: int) -> Row:
    moment = build.moment(date(cohort, 5, 20), 20)
    return build.add(
        "partnerships",
        provider_id=provider["id"],
        school_id=school["id"],
        delivery_partner_id=partner["id"],
        cohort=cohort,
        relationship=False,
        challenged_reason=None,
        challenged_at=None,
        created_at=moment,
        updated_at=moment,
    )


def _relationship(build: Builder, provider: Row, school: Row, partner: Row) -> None:
    """An additional partnership, made when somebody moved; never shown (behaviour PART-RELATIONSHIP-HIDDEN)."""
    _partnership(build, provider, school, partner, 2023)["relationship"] = True


def _statement(build: Builder, provider: Row, programme: str, planned_statement: Planned) -> Row:
    made = build.moment(_OPENED, 3)
    return build.add(
        "statements",
        provider_id=provider["id"],
        programme=programme,
        cohort=planned_statement.cohort,
        month=planned_statement.month,
        year=planned_statement.year,
        cut_off_date=planned_statement.cut_off_date,
        payment_date=planned_statement.payment_date,
        output_fee=planned_statement.output_fee,
        paid=planned_statement.paid,
        created_at=made,
        updated_at=f"{planned_statement.payment_date}T00:00:00.000000Z" if planned_statement.paid else made,
    )
