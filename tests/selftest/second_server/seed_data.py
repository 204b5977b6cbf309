"""The participants at start-up, always the same, in the states that tests need."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from .events import EventLog, stable_id

ALPHA, BETA = "Alpha Training", "Beta Training"
TOKENS = {"second-server-token-of-alpha": ALPHA, "second-server-token-of-beta": BETA}
SEPTEMBER, EXTENDED = "ecf-standard-september", "ecf-extended-september"
# Provider, number of participants, cohort, schedule and eligibility for funding.
GROUPS: tuple[tuple[str, int, str, str, bool | None], ...] = (
    (ALPHA, 40, "2023", SEPTEMBER, True),
    (ALPHA, 40, "2022", SEPTEMBER, True),
    (ALPHA, 6, "2022", "ecf-standard-january", True),
    (ALPHA, 24, "2023", EXTENDED, True),
    (ALPHA, 3, "2023", SEPTEMBER, None),
    (BETA, 6, "2023", SEPTEMBER, True),
)
MENTORS = ((ALPHA, 4), (BETA, 1))
# For participants of the first group: declarations with date and state, and the last action.
HISTORIES: tuple[tuple[tuple[tuple[str, str, str], ...], str], ...] = (
    ((("started", "2023-09-20T09:00:00Z", "eligible"),), ""),
    ((("started", "2023-09-21T09:00:00Z", "payable"),), ""),
    ((("started", "2023-09-22T09:00:00Z", "payable"),), ""),
    ((("started", "2023-09-23T09:00:00Z", "paid"),), ""),
    ((("started", "2023-09-24T09:00:00Z", "paid"),), ""),
    ((("started", "2023-09-25T09:00:00Z", "ineligible"),), ""),
    ((("started", "2023-09-26T09:00:00Z", "voided"),), ""),
    ((("started", "2023-09-27T09:00:00Z", "paid"), ("retained-1", "2024-01-30T09:00:00Z", "eligible")), ""),
    ((("started", "2023-09-28T09:00:00Z", "eligible"),), "withdraw"),
    ((), "defer"),
)


def seed_log() -> EventLog:
    """Return a log with the events of all participants."""
    log = EventLog()
    at = datetime(2023, 6, 5, 8, tzinfo=UTC)
    for provider, count in MENTORS:
        for number in range(count):
            at += timedelta(hours=7)
            _register(log, at, f"mentor {provider} {number}", "ecf-mentor", provider, "2023", SEPTEMBER, eligible=True)
    for provider, count, cohort, schedule, eligible in GROUPS:
        for number in range(count):
            at += timedelta(hours=7)
            name = f"teacher {provider} {cohort} {schedule} {eligible} {number}"
            mentor = stable_id(f"mentor {provider} 0")
            _register(log, at, name, "ecf-induction", provider, cohort, schedule, eligible=eligible, mentor=mentor)
    both = f"teacher {ALPHA} 2022 {SEPTEMBER} True 0"
    _register(log, at, both, "ecf-mentor", ALPHA, "2022", SEPTEMBER, eligible=True)
    log.append(at, "known-as", stable_id(both), before=stable_id("before", both))
    for provider in (ALPHA, BETA):
        for number, (declarations, action) in enumerate(HISTORIES if provider == ALPHA else HISTORIES[:2]):
            _add_history(log, f"teacher {provider} 2023 {SEPTEMBER} True {number}", provider, declarations, action)
    return log


def _register(
    log: EventLog, at: datetime, name: str, course: str, provider: str, cohort: str, schedule: str, **more: Any
) -> None:
    details = {"provider": provider, "cohort": cohort, "schedule": schedule, "mentor": None, **more}
    number = len(log)
    log.append(
        at,
        "registered",
        stable_id(name),
        course,
        name=f"Person Number {number}",
        number=f"{2_000_000 + number}",
        school=f"{120_000 + number % 5}",
        partner=stable_id("partner", provider, number % 2),
        uplift=number % 3 == 0,
        **details,
    )


def _add_history(
    log: EventLog, name: str, provider: str, declarations: tuple[tuple[str, str, str], ...], action: str
) -> None:
    person, at = stable_id(name), datetime(2024, 2, 1, 8, tzinfo=UTC) + timedelta(hours=len(log))
    for declaration_type, date, state in declarations:
        declaration = stable_id(person, declaration_type)
        log.append(
            at,
            "declared",
            declaration,
            provider=provider,
            participant_id=person,
            course_identifier="ecf-induction",
            declaration_type=declaration_type,
            date=datetime.fromisoformat(date),
            evidence_held=None if declaration_type == "started" else "other",
        )
        log.append(at + timedelta(days=1), "settled", declaration, state=state)
    if action:
        log.append(at + timedelta(days=2), action, person, "ecf-induction", reason="other")
