"""Providers with their schools, delivery partners, partnerships and statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lead_provider_sandbox.seed.names import PLACES, SCHOOL_KINDS
from lead_provider_sandbox.seed.row_builder import Row, RowBuilder
from lead_provider_sandbox.seed.statements import planned_statements

ECF_COHORTS = (2020, 2021, 2022, 2023, 2024, 2025)
NPQ_COHORTS = (2021, 2022, 2023, 2024)
_SCHOOLS_EACH = 6
_PARTNERS_EACH = 3
_OPENED = date(2021, 5, 10)
FIRST_FREE_SCHOOL = 60
_FREE_SCHOOLS = 30


@dataclass(frozen=True, slots=True)
class ProviderData:
    """A provider with its partnerships by cohort, a challenged partnership, delivery partners and statements."""

    provider: Row
    partnerships: dict[int, list[Row]]
    challenged: Row
    delivery_partners: list[Row]
    statements: list[Row]


def provider_data(builder: RowBuilder, name: str, number: int) -> ProviderData:
    """Add a provider of both programmes with its schools, delivery partners, partnerships and statements."""
    provider = builder.add("providers", name=name, ecf=True, npq=True)
    partners = []
    for number_of_partner in range(1, _PARTNERS_EACH + 1):
        moment = builder.moment(_OPENED, 5)
        partner_name = f"{name} Delivery Partner {number_of_partner}"
        partners.append(builder.add("delivery_partners", name=partner_name, created_at=moment, updated_at=moment))
    for partner in partners:
        # The last one does not work in every cohort, for tests of unlinked delivery partners.
        for cohort in ECF_COHORTS[:4] if partner is partners[-1] else ECF_COHORTS:
            builder.add(
                "delivery_partner_links", provider_id=provider["id"], delivery_partner_id=partner["id"], cohort=cohort
            )
    schools = [add_school(builder, number * 20 + each) for each in range(_SCHOOLS_EACH)]
    # One school has no partnership in cohort 2022, for tests of moves to that cohort.
    partnerships = {
        cohort: [
            add_partnership(builder, provider, school, builder.pick(partners[:-1]), cohort)
            for school in (schools[1:] if cohort == 2022 else schools)
        ]
        for cohort in ECF_COHORTS
    }
    for each in [partnership for in_cohort in partnerships.values() for partnership in in_cohort]:
        builder.add(
            "school_choices",
            school_id=each["school_id"],
            cohort=each["cohort"],
            programme="full_induction_programme",
            updated_at=each["updated_at"],
        )
    # Two, because a test can confirm one of them again.
    challenged, _ = (
        _challenged(builder, provider, number * 20 + _SCHOOLS_EACH + each, partners[0]) for each in range(2)
    )
    statements = [
        add_statement(builder, provider, programme, each)
        for programme, cohorts in (("ecf", ECF_COHORTS), ("npq", NPQ_COHORTS))
        for cohort in cohorts
        for each in planned_statements(cohort)
    ]
    # An additional partnership, which the API never shows (behaviour PART-RELATIONSHIP-HIDDEN).
    add_partnership(builder, provider, schools[0], partners[1], 2023)["relationship"] = True
    return ProviderData(provider, partnerships, challenged, partners, statements)


def add_free_schools(builder: RowBuilder) -> None:
    """Add schools without a partnership: one is closed, one is for school-led training only, the others are open."""
    for number in range(_FREE_SCHOOLS):
        school = add_school(builder, FIRST_FREE_SCHOOL + number)
        if number == 0:
            school["standing"] = "closed"
        elif number == 1:
            school["standing"] = "cip-only"
        elif number % 5 == 2:
            moment = builder.moment(date(2024, 5, 1), 30)
            builder.add(
                "school_choices",
                school_id=school["id"],
                cohort=2024,
                programme="core_induction_programme" if number == 2 else "no_early_career_teachers",
                updated_at=moment,
            )


def add_school(builder: RowBuilder, number: int) -> Row:
    tutor = builder.name()
    moment = builder.moment(_OPENED, 10)
    return builder.add(
        "schools",
        urn=f"{100000 + number}",
        name=f"{PLACES[number % len(PLACES)]} {SCHOOL_KINDS[number % len(SCHOOL_KINDS)]}",
        standing="open",
        tutor_name=tutor,
        contact_email=f"tutor-{100000 + number}@example.com",
        created_at=moment,
        updated_at=moment,
    )


def _challenged(builder: RowBuilder, provider: Row, school: int, partner: Row) -> Row:
    partnership = add_partnership(builder, provider, add_school(builder, school), partner, 2023)
    partnership["challenged_reason"] = "mistake"
    partnership["challenged_at"] = partnership["updated_at"] = builder.moment(date(2023, 9, 4), 20)
    return partnership


def add_partnership(builder: RowBuilder, provider: Row, school: Row, partner: Row, cohort: int) -> Row:
    moment = builder.moment(date(cohort, 5, 20), 20)
    return builder.add(
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


def add_statement(builder: RowBuilder, provider: Row, programme: str, planned: Row) -> Row:
    created = builder.moment(_OPENED, 3)
    return builder.add(
        "statements",
        provider_id=provider["id"],
        programme=programme,
        created_at=created,
        updated_at=f"{planned['payment_date']}T00:00:00.000000Z" if planned["paid"] else created,
        **planned,
    )
