"""Add a provider of the NPQ service with its delivery partners, contracts and statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.npq_service.models import PARTNERS_FROM
from lead_provider_sandbox.seed.row_builder import Row, RowBuilder

Cohort = tuple[int, str]
"""Start year and suffix."""

LATEST = datetime(2026, 11, 1, 17, 0, tzinfo=UTC)
"""The latest instant of the seed."""

UNCONTRACTED = ((2025, "b"), "npq-executive-leadership")
"""A cohort and course without a contract."""

_PAID_BEFORE = "2026-10-01"
_CONTRACTS_END = {2021: "2024-04-30", 2022: "2025-12-31"}
_LAST_YEAR = 2040
_QUARTERS = (1, 4, 7, 10)
_OPENED = date(2021, 5, 10)
_PARTNERS = 4


@dataclass(frozen=True, slots=True)
class NpqProvider:
    """A provider with its delivery partners by cohort, and its statements."""

    provider: Row
    delivery_partners: dict[Cohort, list[Row]]
    statements: list[Row]


def cohorts(calendar: Calendar) -> list[Cohort]:
    """Return every cohort of the calendar."""
    return [(year, suffix) for year, facts in calendar.cohorts.items() for suffix in facts.get("suffixes", {})]


def add_provider(builder: RowBuilder, name: str, partners: int | None = None) -> NpqProvider:
    """Add a provider with its contracts, statements and delivery partners; `partners` is their number in a world."""
    provider = builder.add("providers", name=name, ecf=False, npq=True)
    _add_contracts(builder, provider)
    statements = [
        _statement(builder, provider, cohort, cut_off, output_fee=output_fee)
        for cohort in cohorts(builder.calendar)
        for cut_off, output_fee in _cut_offs(cohort)
    ]
    return NpqProvider(provider, _add_partners(builder, provider, partners), statements)


def _add_partners(builder: RowBuilder, provider: Row, count: int | None) -> dict[Cohort, list[Row]]:
    """Add delivery partners: two for all cohorts, one for 2024 and the last ones of each year, one until 2023.

    In a world with a `count` of them, all but two work with the provider in every cohort from 2024 on.
    """
    by_cohort: dict[Cohort, list[Row]] = {}
    for number in range(1, (count or _PARTNERS) + 1):
        moment = builder.moment(_OPENED, 5)
        name = f"{provider['name']} Hub {number}"
        partner = builder.add("delivery_partners", name=name, created_at=moment, updated_at=moment)
        for year, suffix in cohorts(builder.calendar):
            if number > 2 and not (year >= PARTNERS_FROM if count else _works_in(number, year, suffix)):
                continue
            builder.add(
                "delivery_partner_links",
                provider_id=provider["id"],
                delivery_partner_id=partner["id"],
                cohort=year,
                cohort_suffix=suffix,
            )
            by_cohort.setdefault((year, suffix), []).append(partner)
    return by_cohort


def _works_in(number: int, year: int, suffix: str) -> bool:
    """Return whether the third or fourth delivery partner works with the provider in a cohort."""
    if number == 3:
        return year == PARTNERS_FROM or (year > PARTNERS_FROM and suffix != "a")
    return year < PARTNERS_FROM


def _add_contracts(builder: RowBuilder, provider: Row) -> None:
    """Add contracts for every course of every cohort, except for one."""
    schedules = [each for each in builder.calendar.schedules.values() if each.programme == "npq"]
    for cohort in cohorts(builder.calendar):
        courses = {course for schedule in schedules for course in schedule.courses}
        for course in sorted(courses):
            if (cohort, course) != UNCONTRACTED:
                builder.add(
                    "contracts",
                    provider_id=provider["id"],
                    cohort=cohort[0],
                    cohort_suffix=cohort[1],
                    course_identifier=course,
                    funding_cap=None,
                )


def _cut_offs(cohort: Cohort) -> Iterator[tuple[date, bool]]:
    """Yield the last days of a cohort's statements, and whether they pay: first four a year, then one a year."""
    year = cohort[0]
    last = _CONTRACTS_END.get(year, "9999-12-31")
    for each in range(year, _LAST_YEAR + 1):
        for month in _QUARTERS if each <= year + 3 else (10,):
            cut_off = date(each + month // 12, month % 12 + 1, 1) - timedelta(days=1)
            if str(cut_off) <= last and (each > year or month == 10):
                yield cut_off, True
    yield date(year + 1, 6, 30), False


def _statement(builder: RowBuilder, provider: Row, cohort: Cohort, cut_off: date, *, output_fee: bool) -> Row:
    payment_date = str(cut_off + timedelta(days=25))
    created = builder.moment(_OPENED, 3)
    paid = payment_date < min(_PAID_BEFORE, str(builder.latest.date()))
    return builder.add(
        "statements",
        provider_id=provider["id"],
        programme="npq",
        cohort=cohort[0],
        cohort_suffix=cohort[1],
        month=cut_off.month,
        year=cut_off.year,
        cut_off_date=str(cut_off),
        payment_date=payment_date,
        output_fee=output_fee,
        paid=paid,
        created_at=created,
        updated_at=f"{payment_date}T00:00:00.000000Z" if paid else created,
    )
