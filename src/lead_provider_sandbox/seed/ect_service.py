"""The seed of the ECT service: the rows of a new sandbox."""

from __future__ import annotations

from datetime import UTC, date, datetime

from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.seed.ect_participants import add_participant
from lead_provider_sandbox.seed.file import SeedPlan
from lead_provider_sandbox.seed.provider_data import (
    FIRST_FREE_SCHOOL,
    ProviderData,
    add_partnership,
    add_school,
    add_statement,
)
from lead_provider_sandbox.seed.row_builder import Row, RowBuilder
from lead_provider_sandbox.seed.situations import EcfSituation
from lead_provider_sandbox.seed.statements import planned_statements
from lead_provider_sandbox.store.store import Rows

LATEST = datetime(2026, 8, 21, 17, 0, tzinfo=UTC)
"""The latest instant in the seed. Every later clock can use the seed."""

COHORTS = (2021, 2022, 2023, 2024, 2025, 2026)
OPEN_COHORTS = (2023, 2024, 2025, 2026)

_CONTRACTS_END = {2021: "2024-06-17", 2022: "2025-06-15"}
_PAID_BEFORE = "2026-08-01"
_OPENED = date(2021, 5, 10)
_SCHOOLS_EACH = 8
_SHARED_SCHOOLS = 2
_FREE_SCHOOLS = 40
_MANY = EcfSituation(name="additional", cohort=2024)


def seed_rows(
    calendar: Calendar,
    provider_names: tuple[str, str, str],
    *,
    seed: int,
    participants: int | None,
    plan: SeedPlan,
) -> Rows:
    """Return the rows of a new store for two lead providers; the third name is of a provider of NPQs only.

    `participants` is the minimum number of participants per provider; additional ones are ECTs of cohort 2024 without
    declarations. Situations with an id are for the first provider only.
    """
    builder = RowBuilder(calendar, seed, latest=LATEST)
    shared = [add_school(builder, 40 + number) for number in range(_SHARED_SCHOOLS)]
    worlds = [_provider_data(builder, name, number, shared) for number, name in enumerate(provider_names[:2])]
    for home, away in (worlds, worlds[::-1]):
        mentors: list[Row] = []
        first = home is worlds[0]
        # Mentors first, so that ECTs can have one.
        for situation in sorted(plan.ecf, key=lambda each: each.participant_type == "ect"):
            for _ in range(situation.count if first or situation.id is None else 0):
                add_participant(builder, home, away, situation, mentors)
        planned = sum(situation.count for situation in plan.ecf)
        for _ in range((participants or 0) - planned):
            add_participant(builder, home, away, _MANY, mentors)
    in_partnership = 2 * _SCHOOLS_EACH + _SHARED_SCHOOLS
    # One of the free schools is closed, and in no list.
    free = _FREE_SCHOOLS if plan.schools is None else max(plan.schools - in_partnership + 1, 0)
    _add_free_schools(builder, worlds[0], free)
    return builder.rows


def _provider_data(builder: RowBuilder, name: str, number: int, shared: list[Row]) -> ProviderData:
    """Add a provider with its schools, delivery partners, partnerships and statements."""
    provider = builder.add("providers", name=name, ecf=True, npq=False)
    partners = [_delivery_partner(builder, f"{name} Delivery Partner {each}") for each in (1, 2, 3)]
    for partner in partners:
        # The last one does not work in the later cohorts, for tests of unlinked delivery partners.
        for cohort in COHORTS[:4] if partner is partners[-1] else COHORTS:
            builder.add(
                "delivery_partner_links", provider_id=provider["id"], delivery_partner_id=partner["id"], cohort=cohort
            )
    schools = [*shared, *(add_school(builder, number * 20 + each) for each in range(_SCHOOLS_EACH))]
    # The last school has no tutor. It has no partnership in cohort 2025, for tests of moves to that cohort.
    schools[-1] |= {"tutor_name": None, "contact_email": f"office-{schools[-1]['urn']}@example.com"}
    partnerships = {
        cohort: [
            add_partnership(builder, provider, school, builder.pick(partners[:-1]), cohort)
            for school in (schools[:-1] if cohort == 2025 else schools)
        ]
        for cohort in COHORTS
    }
    statements = [
        add_statement(builder, provider, "ecf", each)
        for cohort in COHORTS
        for each in planned_statements(cohort, contracts_end=_CONTRACTS_END, paid_before=_PAID_BEFORE)
    ]
    return ProviderData(provider, partnerships, {}, partners, statements)


def _delivery_partner(builder: RowBuilder, name: str) -> Row:
    moment = builder.moment(_OPENED, 5)
    return builder.add("delivery_partners", name=name, created_at=moment, updated_at=moment)


def _add_free_schools(builder: RowBuilder, data: ProviderData, count: int) -> None:
    """Add schools without participants: two are closed, one of them with a partnership; one is school-led."""
    for number in range(count):
        school = add_school(builder, FIRST_FREE_SCHOOL + number)
        if number <= 1:
            school["standing"] = "closed"
        if number == 1:
            for cohort in OPEN_COHORTS:
                add_partnership(builder, data.provider, school, data.delivery_partners[0], cohort)
        if number == 2:
            for cohort in OPEN_COHORTS:
                moment = builder.moment(date(cohort, 6, 1), 30)
                builder.add(
                    "school_choices", school_id=school["id"], cohort=cohort, programme="school_led", updated_at=moment
                )
