"""The schedule of the seed's statements by cohort."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

PAID_BEFORE = "2024-11-01"
"""Statements with an earlier payment date are paid."""

_QUARTERS = (1, 4, 8, 11)
_CONTRACTS_END = {2020: "2021-08-31", 2021: "2024-04-30"}
_LAST_YEAR = 2040


@dataclass(frozen=True, slots=True)
class PlannedStatement:
    """A statement of a cohort; `output_fee` statements pay for declarations."""

    cohort: int
    month: int
    year: int
    cut_off_date: str
    payment_date: str
    output_fee: bool

    @property
    def paid(self) -> bool:
        """Whether the statement is paid."""
        return self.payment_date < PAID_BEFORE


def planned_statements(cohort: int) -> Iterator[PlannedStatement]:
    """Yield the statements of a cohort: first four a year, then one a year until its contract ends."""
    last = _CONTRACTS_END.get(cohort, "9999-12-31")
    for year in range(cohort, _LAST_YEAR + 1):
        for month in _QUARTERS if year <= cohort + 3 else (11,):
            cut_off = _last_day(year, month)
            if str(cut_off) > last or (year == cohort and month < 11):
                continue
            yield PlannedStatement(cohort, month, year, str(cut_off), str(cut_off + timedelta(days=25)), True)
        if year == cohort + 1:
            service_fee = date(year, 6, 30)
            yield PlannedStatement(cohort, 6, year, str(service_fee), str(service_fee + timedelta(days=25)), False)


def _last_day(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)
