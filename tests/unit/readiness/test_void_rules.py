"""Voiding declarations."""

from __future__ import annotations

import pytest
from tests.unit.readiness.people import DECLARATIONS, PARTICIPANTS, TEACHER, body, declared, ect, showing
from tests.unit.readiness.traces import TraceBuilder, identifier, outcomes, task

from lead_provider_conformance.model import Outcome

PASSED, FAILED, COULD_NOT_RUN = {Outcome.PASSED}, {Outcome.FAILED}, {Outcome.COULD_NOT_RUN}
VOID = f"{DECLARATIONS}/{identifier(50)}/void"
VOIDED = declared(50, state="voided")
RIGHT = "2024-10-01T09:00:00Z"


def correcting(**others: str) -> TraceBuilder:
    """Return a session with a task to correct a declaration that the client made."""
    wrong = {"declaration_type": "started", "course_identifier": TEACHER, "wrong": "2024-09-10", "on": "2024-10-01"}
    builder = showing(ect(1), ect(2)).post(DECLARATIONS, body(), records=declared(50))
    return builder.act("correct").cue(task("correct-declaration", 1, **wrong, **others))


def test_wrong_declaration_voided_and_made_again_passes() -> None:
    builder = correcting().put(VOID, records=VOIDED)
    builder.post(DECLARATIONS, body(declaration_date=RIGHT), records=declared(51, declaration_date=RIGHT))

    assert outcomes("void/own-mistakes", builder) == PASSED
    assert outcomes("void/re-declare", builder) == PASSED


def test_new_declaration_that_is_refused_before_the_void_is_fine() -> None:
    builder = correcting().post(DECLARATIONS, body(declaration_date=RIGHT), status=422)
    builder.put(VOID, records=VOIDED).post(DECLARATIONS, body(declaration_date=RIGHT), records=declared(51))

    assert outcomes("void/re-declare", builder) == PASSED


def test_wrong_declaration_that_is_not_voided_fails_and_blocks_the_new_one() -> None:
    builder = correcting().get(PARTICIPANTS, records=[ect(1)])

    assert outcomes("void/own-mistakes", builder) == FAILED
    assert outcomes("void/re-declare", builder) == COULD_NOT_RUN


def test_wrong_declaration_that_is_voided_only_fails() -> None:
    builder = correcting().put(VOID, records=VOIDED).get(PARTICIPANTS, records=[ect(1)])

    assert outcomes("void/own-mistakes", builder) == PASSED
    assert outcomes("void/re-declare", builder) == FAILED


def test_corrected_declaration_with_another_day_fails() -> None:
    builder = correcting().put(VOID, records=VOIDED).post(DECLARATIONS, body(), records=declared(51))

    assert outcomes("void/re-declare", builder) == FAILED


def test_task_that_is_wrong_on_purpose_may_be_left() -> None:
    builder = correcting(trap="another provider's").get(PARTICIPANTS, records=[ect(1)])

    assert outcomes("void/own-mistakes", builder) == set()


@pytest.mark.parametrize(
    ("state", "expected"), [("eligible", PASSED), ("paid", PASSED), ("voided", FAILED), ("clawed_back", FAILED)]
)
def test_voided_declarations_are_only_viewed(state: str, expected: set[Outcome]) -> None:
    builder = showing(ect(1)).get(DECLARATIONS, records=[declared(50, state=state)])

    assert outcomes("void/not-voided-states", builder.put(VOID, status=422)) == expected


def test_copy_of_a_void_without_a_response_is_fine() -> None:
    builder = showing(ect(1)).get(DECLARATIONS, records=[declared(50)])

    assert outcomes("void/not-voided-states", builder.put(VOID, status=None).put(VOID, status=422)) == PASSED


@pytest.mark.parametrize("state", ["awaiting-clawback", "awaiting_clawback"])
def test_paid_declaration_is_not_voided_twice(state: str) -> None:
    once = showing(ect(1)).put(VOID, records=declared(50, state=state))
    assert outcomes("void/paid-is-clawback", once) == COULD_NOT_RUN

    assert outcomes("void/paid-is-clawback", once.get(DECLARATIONS, records=[])) == PASSED
    assert outcomes("void/paid-is-clawback", once.put(VOID, status=422)) == FAILED


def lost() -> TraceBuilder:
    builder = showing(ect(1)).get(DECLARATIONS, records=[declared(50, state="paid")]).situation("lost-void")
    return builder.put(VOID, status=None, situation="lost-void")


def test_lost_void_is_looked_up_or_sent_once_more() -> None:
    assert outcomes("void/exact-retry", lost().get(f"{DECLARATIONS}/{identifier(50)}", records=VOIDED)) == PASSED
    assert outcomes("void/exact-retry", lost().put(VOID, status=422)) == PASSED
    assert outcomes("void/exact-retry", lost().put(VOID, status=429).put(VOID, status=422)) == PASSED


def test_lost_void_sent_three_times_fails() -> None:
    assert outcomes("void/exact-retry", lost().put(VOID, status=422).put(VOID, status=422)) == FAILED


def test_lost_void_that_is_left_could_not_run() -> None:
    assert outcomes("void/exact-retry", lost()) == COULD_NOT_RUN
    assert outcomes("void/exact-retry", lost().get(PARTICIPANTS, records=[])) == COULD_NOT_RUN
