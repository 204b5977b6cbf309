"""The acts of a session, by programme and in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from lead_provider_conformance.readiness.acts import (
    casting,
    ecf_declaring,
    ecf_training,
    npq_applications,
    npq_declaring,
    npq_training,
    reading,
    trouble,
)
from lead_provider_conformance.readiness.acts.casting import Casting
from lead_provider_conformance.readiness.stage import Act, Cue, Stage

Common = Callable[[Casting, Stage], Iterator[Cue]]


def _common(name: str, title: str, script: Common, cast: Casting) -> Act:
    return Act(name, title, cast.programme, partial(script, cast))


def _ecf() -> tuple[Act, ...]:
    cast = casting.ECF
    return (
        _common("connect", "connect the system", reading.connect, cast),
        _common("first-sync", "read everything", reading.first_sync, cast),
        _common("change-while-reading", "records change while they are read", reading.change_while_reading, cast),
        _common("poll-fail-recover", "polls fail, and the next one recovers", reading.poll_fail_recover, cast),
        Act("declare", "declare participants", "ecf", ecf_declaring.declare),
        Act("correct", "correct declarations", "ecf", ecf_declaring.correct),
        Act("break-and-leave", "breaks, returns and departures", "ecf", ecf_training.break_and_leave),
        Act("transfer", "transfers, completion, cohorts and schedules", "ecf", ecf_training.transfer),
        Act("identity", "merged people, namesakes, two roles, partnerships", "ecf", ecf_training.identity),
        _common("throttle-and-outage", "the service is busy, or down", trouble.throttle_and_outage, cast),
        Act("next-milestone", "the next deadline", "ecf", ecf_declaring.next_milestone),
        _common("a-week", "a week passes", reading.a_week, cast),
    )


def _npq() -> tuple[Act, ...]:
    cast = casting.NPQ
    return (
        _common("connect", "connect the system", reading.connect, cast),
        _common("first-sync", "read everything", reading.first_sync, cast),
        Act("applications", "decide about applications", "npq", npq_applications.applications),
        _common("change-while-reading", "records change while they are read", reading.change_while_reading, cast),
        _common("poll-fail-recover", "polls fail, and the next one recovers", reading.poll_fail_recover, cast),
        Act("declare", "declare participants", "npq", npq_declaring.declare_participants),
        Act("correct", "correct declarations", "npq", npq_declaring.correct),
        Act("break-and-leave", "breaks, returns and departures", "npq", npq_training.break_and_leave),
        Act("identity", "merged people and namesakes", "npq", npq_training.identity),
        _common("throttle-and-outage", "the service is busy, or down", trouble.throttle_and_outage, cast),
        Act("outcomes", "outcomes that change", "npq", npq_declaring.outcomes),
        _common("a-week", "a week passes", reading.a_week, cast),
    )


ACTS: Mapping[str, tuple[Act, ...]] = {"ecf": _ecf(), "npq": _npq()}
