"""The facts of the stateful model in edition 2026-08, as a table for each service.

Where published texts contradict each other, as on exact copies and on deferred participants of the ECT service, and
where only the service's code says so, the result is unknown.
"""

from __future__ import annotations

from lead_provider_conformance.fuzzing.stateful.steps import (
    DECISIONS,
    EARLIER,
    LATER_TYPES,
    OUTSIDE,
    TODAY,
    UNKNOWN_DAY,
    Action,
    Expected,
    When,
)
from lead_provider_conformance.fuzzing.stateful.transitions import TRANSITIONS, Transition, becomes, declared, voided

_STOPPED = ("deferred", "withdrawn")
_STOPPING = frozenset({Action.DEFER, Action.WITHDRAW})

# The first row that matches decides. Without a matching row, the sources do not say.
TRANSITIONS_OF_ECT_SERVICE: tuple[Transition, ...] = (
    Transition({Action.NEXT_DAY}, {}, Expected.ACCEPTED, becomes(trained=EARLIER, stopped="")),
    # Declarations. Up to cohort 2024 the date lies within the window of a standard schedule. From cohort 2025 on no
    # window ends, the dates follow the order of the types, every start has evidence, and a mentor is declared started
    # and completed alone. Whether the start of a mentor needs evidence, two published texts disagree.
    Transition({Action.DECLARE}, {"declaration": "live"}, Expected.UNKNOWN),
    Transition({Action.DECLARE}, {"when": OUTSIDE, "schedule": "other"}, Expected.UNKNOWN),
    Transition({Action.DECLARE}, {"when": OUTSIDE, "cohort": "from 2025"}, Expected.UNKNOWN),
    Transition({Action.DECLARE}, {"role": "mentor", "cohort": "from 2025", "of": LATER_TYPES}, Expected.UNKNOWN),
    Transition({Action.DECLARE}, {"role": "mentor", "cohort": "from 2025", "evidence": "missing"}, Expected.UNKNOWN),
    Transition(
        {Action.DECLARE},
        {"when": When.FUTURE},
        Expected.REFUSED_AS_DEPLOYED,
        requirement="declarations/future-date",
    ),
    Transition({Action.DECLARE}, {"when": OUTSIDE}, Expected.REFUSED, requirement="declarations/{when}-window"),
    Transition(
        {Action.DECLARE},
        {"of": LATER_TYPES, "evidence": "missing"},
        Expected.REFUSED,
        requirement="declarations/evidence-required",
    ),
    Transition({Action.DECLARE}, {"cohort": "from 2025", "evidence": "missing"}, Expected.REFUSED),
    # On another schedule the date of a type may lie before that of an earlier type.
    Transition(
        {Action.DECLARE}, {"cohort": "from 2025", "schedule": "other", "declarations": "live"}, Expected.UNKNOWN
    ),
    Transition({Action.DECLARE}, {"training": "deferred"}, Expected.UNKNOWN),
    Transition({Action.DECLARE}, {}, Expected.ACCEPTED, declared),
    Transition(
        {Action.DECLARE_AGAIN},
        {"declaration": "live"},
        Expected.REFUSED,
        requirement="declarations/once-per-milestone",
    ),
    Transition({Action.VOID}, {"declaration": "live"}, Expected.ACCEPTED, voided),
    Transition({Action.VOID_AGAIN}, {"declaration": "voided"}, Expected.REFUSED_AS_DEPLOYED),
    # Training. A participant is deferred or withdrawn once they have trained for a day, without any declaration. A
    # change of schedule or a resumption begins a training. No participant resumes on the day of a deferral or
    # withdrawal.
    Transition({Action.DEFER}, {"training": _STOPPED}, Expected.REFUSED),
    Transition({Action.WITHDRAW}, {"training": "withdrawn"}, Expected.REFUSED, requirement="withdrawal/once"),
    Transition({Action.WITHDRAW}, {"training": "deferred"}, Expected.UNKNOWN),
    Transition(_STOPPING, {"trained": UNKNOWN_DAY}, Expected.UNKNOWN),
    Transition(_STOPPING, {"trained": TODAY}, Expected.REFUSED, requirement="training-2026/first-day-of-schedule"),
    Transition(
        {Action.DEFER},
        {},
        Expected.ACCEPTED,
        becomes(training="deferred", stopped=TODAY),
        requirement="deferral-2026/no-declaration-needed",
    ),
    Transition(
        {Action.WITHDRAW},
        {},
        Expected.ACCEPTED,
        becomes(training="withdrawn", stopped=TODAY),
        requirement="withdrawal-2026/no-declaration-needed",
    ),
    Transition(
        {Action.RESUME}, {"training": "active"}, Expected.REFUSED_AS_DEPLOYED, requirement="resumption/of-active"
    ),
    Transition(
        {Action.RESUME},
        {"stopped": TODAY},
        Expected.REFUSED_AS_DEPLOYED,
        requirement="resumption-2026/same-day",
    ),
    Transition({Action.RESUME}, {}, Expected.ACCEPTED, becomes(training="active", trained=TODAY)),
    # A schedule changes with and without declarations, but not that of a participant who is shown as having left. A
    # second change on the day of a declaration is refused if it makes the declaration invalid.
    Transition({Action.CHANGE_SCHEDULE}, {"training": _STOPPED}, Expected.REFUSED, requirement="schedule-2026/left"),
    Transition({Action.CHANGE_SCHEDULE}, {"schedule": "same"}, Expected.REFUSED_AS_DEPLOYED),
    Transition({Action.CHANGE_SCHEDULE}, {"trained": (TODAY, UNKNOWN_DAY), "declarations": "live"}, Expected.UNKNOWN),
    Transition(
        {Action.CHANGE_SCHEDULE},
        {},
        Expected.ACCEPTED,
        becomes(schedule="{of}", trained=TODAY),
        requirement="schedule-2026/with-declarations",
    ),
)

# The rows that differ from the first editions, and then those of the first editions.
TRANSITIONS_OF_NPQ_SERVICE: tuple[Transition, ...] = (
    # An accepted application can be rejected until a declaration is made.
    Transition(
        {Action.REJECT},
        {"application": "accepted", "declarations": "none"},
        Expected.ACCEPTED,
        becomes(application="rejected"),
        requirement="npq-applications/rejected-after-acceptance",
    ),
    Transition(
        {Action.REJECT},
        {"application": "accepted", "declarations": "live"},
        Expected.REFUSED_AS_DEPLOYED,
        requirement="npq-applications/declared-not-rejected",
    ),
    Transition({Action.REJECT}, {"application": "accepted"}, Expected.UNKNOWN),
    Transition(DECISIONS, {"application": ("accepted", "rejected")}, Expected.REFUSED_AS_DEPLOYED),
    # A declaration before the first day of the schedule is refused: guidance on declarations.
    Transition(
        {Action.DECLARE},
        {"application": ("", "accepted"), "declaration": ("none", "voided"), "when": When.BEFORE},
        Expected.REFUSED,
    ),
    # A copy is a second declaration: guidance on declarations.
    Transition(
        {Action.DECLARE_COPY},
        {"declaration": "live"},
        Expected.REFUSED,
        requirement="npq-declarations/copy-refused",
    ),
    *TRANSITIONS,
)
