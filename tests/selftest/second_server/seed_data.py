"""The people that this server begins with, the same at every start, in the situations that tests ask for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from .event_log import EventLog, named

ALPHA, BETA = "Alpha Training", "Beta Training"
TOKENS = {"second-server-token-of-alpha": ALPHA, "second-server-token-of-beta": BETA}
SEPTEMBER, EXTENDED = "ecf-standard-september", "ecf-extended-september"
# How many of each provider, in which cohort, on which schedule, and whether they are eligible for funding.
GROUPS: tuple[tuple[str, int, str, str, bool | None], ...] = (
    (ALPHA, 40, "2023", SEPTEMBER, True),
    (ALPHA, 40, "2022", SEPTEMBER, True),
    (ALPHA, 6, "2022", "ecf-standard-january", True),
    (ALPHA, 24, "2023", EXTENDED, True),
    (ALPHA, 3, "2023", SEPTEMBER, None),
    (BETA, 6, "2023", SEPTEMBER, True),
)
MENTORS = ((ALPHA, 4), (BETA, 1))
# What has become of the last ones of the first group: their declarations, each with its state, and their training.
STORIES: tuple[tuple[tuple[tuple[str, str, str], ...], str], ...] = (
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


def seeded() -> EventLog:
    """A log that tells of everybody."""
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
            mentor = named(f"mentor {provider} 0")
            _register(log, at, name, "ecf-induction", provider, cohort, schedule, eligible=eligible, mentor=mentor)
    both = f"teacher {ALPHA} 2022 {SEPTEMBER} True 0"
    _register(log, at, both, "ecf-mentor", ALPHA, "2022", SEPTEMBER, eligible=True)
    log.tell(at, "known-as", named(both), before=named("before", both))
    for provider in (ALPHA, BETA):
        for number, (declarations, action) in enumerate(STORIES if provider == ALPHA else STORIES[:2]):
            _tell(log, f"teacher {provider} 2023 {SEPTEMBER} True {number}", provider, declarations, action)
    return log


def _register(
    log: EventLog, at: datetime, name: str, course: str, provider: str, cohort: str, schedule: str, **more: Any
) -> None:
    told = {"provider": provider, "cohort": cohort, "schedule": schedule, "mentor": None, **more}
    number = len(log)
    log.tell(
        at,
        "registered",
        named(name),
        course,
        name=f"Person Number {number}",
        number=f"{2_000_000 + number}",
        school=f"{120_000 + number % 5}",
        partner=named("partner", provider, number % 2),
        uplift=number % 3 == 0,
        **told,
    )


def _tell(log: EventLog, name: str, provider: str, declarations: tuple[tuple[str, str, str], ...], action: str) -> None:
    person, at = named(name), datetime(2024, 2, 1, 8, tzinfo=UTC) + timedelta(hours=len(log))
    for declaration_type, date, state in declarations:
        declaration = named(person, declaration_type)
        log.tell(
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
        log.tell(at + timedelta(days=1), "settled", declaration, state=state)
    if action:
        log.tell(at + timedelta(days=2), action, person, "ecf-induction", reason="other")
