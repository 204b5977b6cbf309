"""Deferring, resuming and withdrawing participants."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.readiness.people import (
    DECLARATIONS,
    MENTOR,
    NPQ,
    NPQ_PARTICIPANTS,
    PARTICIPANTS,
    TEACHER,
    body,
    declared,
    ect,
    npq,
    showing,
)
from tests.unit.readiness.traces import TraceBuilder, identifier, outcomes, task, trace

from lead_provider_conformance.model import Outcome

PASSED, FAILED, COULD_NOT_RUN = {Outcome.PASSED}, {Outcome.FAILED}, {Outcome.COULD_NOT_RUN}
DEFERRED = ect(1, training_status="deferred", participant_status="left")
WITHDRAWN = ect(1, training_status="withdrawn", participant_status="left")


def action(name: str, number: int = 1, base: str = PARTICIPANTS) -> str:
    return f"{base}/{identifier(number)}/{name}"


def sent(name: str, *, course: str = TEACHER, **fields: Any) -> dict[str, Any]:
    return {"course_identifier": course, **({} if name == "resume" else {"reason": "other"}), **fields}


def given(do: str, person: dict[str, Any] | None = None, **fields: Any) -> TraceBuilder:
    builder = trace().act("break-and-leave").get(PARTICIPANTS, records=[person or ect(1), ect(2)])
    return builder.cue(task(do, 1, course_identifier=TEACHER, **fields))


@pytest.mark.parametrize(("do", "person"), [("defer", ect(1)), ("withdraw", ect(1)), ("resume", DEFERRED)])
def test_task_that_is_done_passes_and_one_without_a_request_fails(do: str, person: dict[str, Any]) -> None:
    done = given(do, person).put(action(do), sent(do), records=person)

    assert outcomes(f"train/{do}", done) == PASSED
    assert outcomes(f"train/{do}", given(do, person).get(PARTICIPANTS, records=[])) == FAILED


@pytest.mark.parametrize("do", ["defer", "withdraw"])
def test_task_that_is_left_decides_nothing_where_it_is_wrong_done_or_not_over(do: str) -> None:
    there = DEFERRED if do == "defer" else WITHDRAWN
    wrong = given(do, trap="not started").get(PARTICIPANTS, records=[])
    done = given(do, there).get(PARTICIPANTS, records=[there]).end_act().get(PARTICIPANTS, records=[there])

    assert outcomes(f"train/{do}", wrong) == set()
    assert outcomes(f"train/{do}", done) == set()
    assert outcomes(f"train/{do}", given(do).get(PARTICIPANTS, records=[]).build(is_over=False)) == set()


def test_task_whose_request_is_refused_could_not_run_and_passes_once_corrected() -> None:
    refused = given("defer").put(action("defer"), sent("defer"), status=422)
    assert outcomes("train/defer", refused) == COULD_NOT_RUN

    corrected = refused.put(action("defer"), sent("defer", reason="career-break"), records=DEFERRED)
    assert outcomes("train/defer", corrected) == PASSED


def test_task_that_is_done_in_a_later_cue_of_the_act_passes() -> None:
    builder = given("defer").get(PARTICIPANTS, records=[]).cue().put(action("defer"), sent("defer"), records=DEFERRED)

    assert outcomes("train/defer", builder) == PASSED


@pytest.mark.parametrize(
    ("name", "fields", "expected"),
    [
        ("defer", {"reason": "on holiday"}, FAILED),
        ("withdraw", {"reason": "changed_lead_provider"}, FAILED),
        ("withdraw", {"reason": "changed-lead-provider"}, set()),
        ("withdraw", {"reason": "mentor-no-longer-being-mentor"}, FAILED),
        ("withdraw", {"course": MENTOR}, FAILED),
    ],
)
def test_reason_and_course_are_those_of_the_participant(name: str, fields: Any, expected: set[Outcome]) -> None:
    builder = showing(ect(1)).put(action(name), sent(name, **fields), status=422)

    assert outcomes(f"train/{name}", builder) == expected


def test_mentor_may_stop_being_a_mentor() -> None:
    mentor = ect(1, participant_type="mentor")
    reason = sent("withdraw", course=MENTOR, reason="mentor-no-longer-being-mentor")

    assert outcomes("train/withdraw", showing(mentor).put(action("withdraw"), reason)) == set()


def test_participant_who_is_joining_is_not_deferred() -> None:
    builder = showing(ect(1, participant_status="joining")).put(action("defer"), sent("defer"), status=422)

    assert outcomes("train/defer", builder) == FAILED


def test_declaration_after_the_return_and_before_resume_fails() -> None:
    early = given("resume", DEFERRED, on="2026-09-01").post(DECLARATIONS, body(declaration_date="2026-09-05T09:00:00Z"))
    early.put(action("resume"), sent("resume"), records=ect(1))

    assert outcomes("train/resume", early) == FAILED


def test_declaration_dated_before_the_break_or_sent_after_resume_is_fine() -> None:
    backdated = given("resume", DEFERRED, on="2026-09-01").post(DECLARATIONS, body())
    backdated.put(action("resume"), sent("resume"), records=ect(1))
    later = given("resume", DEFERRED, on="2026-09-01").put(action("resume"), sent("resume"), records=ect(1))
    later.post(DECLARATIONS, body(declaration_date="2026-09-05T09:00:00Z"))

    assert outcomes("train/resume", backdated) == PASSED
    assert outcomes("train/resume", later) == PASSED


@pytest.mark.parametrize(("status", "expected"), [("joining", FAILED), ("active", PASSED), ("leaving", PASSED)])
def test_ect_participant_who_is_joining_is_not_withdrawn(status: str, expected: set[Outcome]) -> None:
    builder = showing(ect(1, participant_status=status)).put(action("withdraw"), sent("withdraw"), status=422)

    assert outcomes("train/withdraw-only-started", builder) == expected


def test_withdrawal_of_a_joining_participant_fails_for_a_wrong_task_too() -> None:
    builder = given("withdraw", ect(1, participant_status="joining"), trap="not started")

    assert (
        outcomes("train/withdraw-only-started", builder.put(action("withdraw"), sent("withdraw"), status=422)) == FAILED
    )


@pytest.mark.parametrize(
    ("obligation", "name"), [("withdraw-only-started", "withdraw"), ("npq-defer-needs-started", "defer")]
)
@pytest.mark.parametrize(
    ("known", "status", "expected"),
    [([], 422, FAILED), ([declared(50, course_identifier=NPQ)], 200, PASSED), ([], 200, PASSED), (None, 422, set())],
)
def test_npq_participant_without_started_is_neither_deferred_nor_withdrawn(
    obligation: str, name: str, known: list[Any] | None, status: int, expected: set[Outcome]
) -> None:
    builder = showing(npq(1), programme="npq")
    if known is not None:
        builder.get(DECLARATIONS, records=known)
    builder.put(action(name, base=NPQ_PARTICIPANTS), sent(name, course=NPQ), status=status)

    assert outcomes(f"train/{obligation}", builder) == expected


def leaving() -> TraceBuilder:
    due = task("declare", 1, id="d", declaration_type="retained-1", course_identifier=TEACHER)
    builder = trace().act("break-and-leave").get(PARTICIPANTS, records=[ect(1), ect(2)])
    return builder.cue(due, task("withdraw", 1, course_identifier=TEACHER))


def outstanding(day: str) -> dict[str, Any]:
    return body(declaration_type="retained-1", declaration_date=day)


def test_outstanding_declaration_comes_before_the_withdrawal_or_is_backdated() -> None:
    before = leaving().post(DECLARATIONS, outstanding("2026-09-10")).put(action("withdraw"), sent("withdraw"))
    after = leaving().put(action("withdraw"), sent("withdraw")).post(DECLARATIONS, outstanding("2026-09-01"))

    assert outcomes("train/declare-before-withdraw", before) == PASSED
    assert outcomes("train/declare-before-withdraw", after) == PASSED


def test_outstanding_declaration_that_is_missing_or_dated_later_fails() -> None:
    missing = leaving().put(action("withdraw"), sent("withdraw")).get(PARTICIPANTS, records=[])
    later = leaving().put(action("withdraw"), sent("withdraw")).post(DECLARATIONS, outstanding("2026-09-20"))

    assert outcomes("train/declare-before-withdraw", missing) == FAILED
    assert outcomes("train/declare-before-withdraw", later) == FAILED
    assert outcomes("train/declare-before-withdraw", leaving().get(PARTICIPANTS, records=[])) == COULD_NOT_RUN


@pytest.mark.parametrize(
    ("name", "person", "expected"),
    [
        ("defer", DEFERRED, FAILED),
        ("withdraw", WITHDRAWN, FAILED),
        ("resume", ect(1), FAILED),
        ("resume", ect(1, participant_status="left"), PASSED),
        ("resume", DEFERRED, PASSED),
        ("withdraw", DEFERRED, PASSED),
    ],
)
def test_action_that_is_shown_as_done_is_not_repeated(
    name: str, person: dict[str, Any], expected: set[Outcome]
) -> None:
    assert outcomes("train/no-repeat", showing(person).put(action(name), sent(name), status=422)) == expected


def test_own_accepted_action_counts_as_shown_and_a_lost_one_may_be_copied() -> None:
    twice = showing(ect(1)).put(action("defer"), sent("defer"), records=DEFERRED).put(action("defer"), sent("defer"))
    copied = showing(ect(1)).put(action("defer"), sent("defer"), status=None).put(action("defer"), sent("defer"))

    assert outcomes("train/no-repeat", twice) == {Outcome.PASSED, Outcome.FAILED}
    assert outcomes("train/no-repeat", copied) == PASSED


COMPLETED = ect(1, induction_end_date="2026-09-01")


def ended() -> TraceBuilder:
    builder = trace().act("transfer").get(PARTICIPANTS, records=[ect(1)])
    builder.event("induction-ended", participant_id=identifier(1), on="2026-09-01")
    return builder.cue().get(PARTICIPANTS, records=[COMPLETED])


def test_participant_who_completed_is_not_withdrawn() -> None:
    assert outcomes("train/completed-not-withdrawn", ended().get(DECLARATIONS, records=[])) == PASSED
    assert outcomes("train/completed-not-withdrawn", ended().put(action("withdraw"), sent("withdraw"))) == FAILED


def test_end_of_induction_that_was_not_shown_or_a_task_to_withdraw_is_no_failure() -> None:
    unseen = trace().act("transfer").event("induction-ended", participant_id=identifier(1)).cue()
    asked = ended().cue(task("withdraw", 1)).put(action("withdraw"), sent("withdraw"))

    assert outcomes("train/completed-not-withdrawn", unseen.get(DECLARATIONS, records=[])) == COULD_NOT_RUN
    assert outcomes("train/completed-not-withdrawn", asked) == set()
