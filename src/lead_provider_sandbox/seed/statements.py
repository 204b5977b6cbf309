"""The schedule of the seed's statements by cohort."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

PAID_BEFORE = "2024-11-01"
"""Statements with an earlier payment date are paid."""

_QUARTERS = (1, 4, 8, 11)
_CONTRACTS_END = {2020: "2021-08-31", 2021: "2024-04-30"}
_LAST_YEAR = 2040


def planned_statements(
    cohort: int, *, contracts_end: Mapping[int, str] = _CONTRACTS_END, paid_before: str = PAID_BEFORE
) -> Iterator[dict[str, Any]]:
    """Yield values of the statements of a cohort: first four a year, then one a year until its contract ends.

    `output_fee` statements pay for declarations. Statements with a payment date before `paid_before` are paid.
    """
    last = contracts_end.get(cohort, "9999-12-31")
    for year in range(cohort, _LAST_YEAR + 1):
        for month in _QUARTERS if year <= cohort + 3 else (11,):
            cut_off = _last_day(year, month)
            if str(cut_off) > last or (year == cohort and month < 11):
                continue
            yield _statement(cohort, cut_off, paid_before, output_fee=True)
        if year == cohort + 1:
            yield _statement(cohort, date(year, 6, 30), paid_before, output_fee=False)


def _statement(cohort: int, cut_off: date, paid_before: str, *, output_fee: bool) -> dict[str, Any]:
    payment_date = str(cut_off + timedelta(days=25))
    return {
        "cohort": cohort,
        "month": cut_off.month,
        "year": cut_off.year,
        "cut_off_date": str(cut_off),
        "payment_date": payment_date,
        "output_fee": output_fee,
        "paid": payment_date < paid_before,
    }


def _last_day(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)
