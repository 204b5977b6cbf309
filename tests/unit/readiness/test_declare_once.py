"""Declaring once, after lost responses too, and in order."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.readiness.people import DECLARATIONS, NPQ, PARTICIPANTS, TEACHER, body, declared, ect, npq, showing
from tests.unit.readiness.traces import TraceBuilder, identifier, outcomes, task, trace

from lead_provider_conformance.model import Outcome

PASSED, FAILED, COULD_NOT_RUN = {Outcome.PASSED}, {Outcome.FAILED}, {Outcome.COULD_NOT_RUN}
VOID = f"{DECLARATIONS}/{identifier(50)}/void"
OF_ONE = f"{DECLARATIONS}?filter[participant_id]={identifier(1)}"
LATER = "2024-10-01T09:00:00Z"
COPY_REFUSED = "lost-declaration-copy-refused"


def lost(situation: str = "lost-declaration") -> TraceBuilder:
    """Return a session in which the response to a declaration was lost."""
    builder = showing(ect(1), ect(2)).cue(task("declare", 1, declaration_type="started")).situation(situation)
    return builder.post(DECLARATIONS, body(), status=None, situation=situation)


def test_second_declaration_with_another_date_fails() -> None:
    builder = showing(ect(1)).post(DECLARATIONS, body(), records=declared(50))

    builder.post(DECLARATIONS, body(declaration_date=LATER), status=422)

    assert outcomes("declare/not-twice", builder) == {Outcome.PASSED, Outcome.FAILED}


def test_exact_copy_is_no_second_declaration() -> None:
    builder = showing(ect(1)).post(DECLARATIONS, body(), records=declared(50)).post(DECLARATIONS, body(), status=422)

    assert outcomes("declare/not-twice", builder) == PASSED


@pytest.mark.parametrize("state", ["voided", "ineligible", "awaiting_clawback"])
def test_declaration_that_does_not_count_may_be_made_again(state: str) -> None:
    builder = showing(ect(1)).get(DECLARATIONS, records=[declared(50, state=state)])

    assert outcomes("declare/not-twice", builder.post(DECLARATIONS, body(declaration_date=LATER))) == PASSED


def test_history_under_a_retired_id_counts() -> None:
    changes = [{"from_participant_id": identifier(9), "to_participant_id": identifier(1)}]
    builder = trace().act("identity").get(DECLARATIONS, records=[declared(50, 9)])
    builder.get(PARTICIPANTS, records=[ect(1, changes=changes)])

    assert outcomes("declare/not-twice", builder.post(DECLARATIONS, body(1), status=422)) == FAILED


def test_other_course_and_other_npq_application_are_no_second_declaration() -> None:
    person = npq(1)
    person["attributes"]["npq_enrolments"].append({**person["attributes"]["npq_enrolments"][0], "cohort": "2026"})
    builder = showing(person, programme="npq").get(DECLARATIONS, records=[declared(50, course_identifier=NPQ)])
    builder.post(DECLARATIONS, body(course_identifier=NPQ))

    assert outcomes("declare/not-twice", builder) == set()


def test_declaration_shown_at_the_same_time_by_another_connection_is_no_failure() -> None:
    builder = showing(ect(1)).get("/api/v3/statements", records=[], in_flight=2)
    builder.get(DECLARATIONS, records=[declared(50)], at=5.0, seconds=0.5).post(
        DECLARATIONS, body(), at=5.6, status=422
    )

    assert outcomes("declare/not-twice", builder) == PASSED


def test_other_evidence_after_a_lost_response_fails() -> None:
    builder = showing(ect(1)).post(DECLARATIONS, body(evidence_held="other"), status=None)

    builder.post(DECLARATIONS, body(evidence_held="training-event-attended"))

    assert outcomes("declare/not-twice", builder) == {Outcome.PASSED, Outcome.FAILED}


def test_other_date_after_a_look_that_found_nothing_is_fine() -> None:
    builder = showing(ect(1)).post(DECLARATIONS, body(), status=500).get(OF_ONE, records=[])

    assert outcomes("declare/not-twice", builder.post(DECLARATIONS, body(declaration_date=LATER))) == PASSED


@pytest.mark.parametrize("status", [200, 422, 500])
def test_lost_declaration_sent_again_as_exact_copy_passes(status: int) -> None:
    assert outcomes("declare/retry-exact-copy", lost().post(DECLARATIONS, body(), status=status)) == PASSED


def test_lost_declaration_looked_up_first_passes() -> None:
    by_person = lost().get(OF_ONE, records=[])
    by_poll = lost().get(f"{DECLARATIONS}?filter[updated_since]=2026-09-10T00:00:00Z", records=[declared(50)])

    assert outcomes("declare/retry-exact-copy", by_person) == PASSED
    assert outcomes("declare/retry-exact-copy", by_poll) == PASSED


def test_lost_declaration_sent_again_with_another_date_fails() -> None:
    builder = lost().post(DECLARATIONS, body(declaration_date=LATER), status=422)

    assert outcomes("declare/retry-exact-copy", builder) == FAILED


def test_lost_declaration_that_was_looked_up_may_be_corrected() -> None:
    builder = lost().get(OF_ONE, records=[]).post(DECLARATIONS, body(declaration_date=LATER))

    assert outcomes("declare/retry-exact-copy", builder) == PASSED


def test_lost_declaration_given_up_fails_once_the_act_has_ended() -> None:
    builder = lost().post(DECLARATIONS, body(2), records=declared(51, 2)).get(PARTICIPANTS, records=[ect(1)])

    assert outcomes("declare/retry-exact-copy", builder.end_act()) == FAILED


def test_lost_declaration_is_not_judged_while_the_act_goes_on_nor_without_a_further_request() -> None:
    going_on = lost().post(DECLARATIONS, body(2), records=declared(51, 2)).build(is_over=False)

    assert outcomes("declare/retry-exact-copy", going_on) == COULD_NOT_RUN
    assert outcomes("declare/retry-exact-copy", lost()) == COULD_NOT_RUN


def test_copy_in_a_later_act_is_not_given_up() -> None:
    builder = lost().get(PARTICIPANTS, records=[ect(1)]).act("correct").cue().post(DECLARATIONS, body())

    assert outcomes("declare/retry-exact-copy", builder) == PASSED


def refused_copy() -> TraceBuilder:
    return lost(COPY_REFUSED).post(DECLARATIONS, body(), status=422)


def test_refused_copy_that_is_looked_up_passes() -> None:
    assert outcomes("declare/duplicate-422-read", refused_copy().get(OF_ONE, records=[declared(50)])) == PASSED


def test_third_post_after_a_refused_copy_fails() -> None:
    builder = refused_copy().post(DECLARATIONS, body(declaration_date=LATER), status=422)

    assert outcomes("declare/duplicate-422-read", builder) == FAILED


def test_void_after_a_refused_copy_fails_unless_a_task_corrects_it() -> None:
    looked = refused_copy().get(OF_ONE, records=[declared(50)])
    corrected = refused_copy().get(OF_ONE, records=[declared(50)])
    corrected.cue(task("correct-declaration", 1, declaration_type="started", wrong="2024-09-10", on="2024-10-01"))

    assert outcomes("declare/duplicate-422-read", looked.put(VOID).post(DECLARATIONS, body())) == FAILED
    assert outcomes("declare/duplicate-422-read", corrected.put(VOID).post(DECLARATIONS, body())) == PASSED


def test_third_post_after_a_refused_copy_passes_once_the_declaration_is_voided_or_a_later_task_asks_for_it() -> None:
    voided = refused_copy().get(OF_ONE, records=[declared(50)]).get(OF_ONE, records=[declared(50, state="voided")])
    given = refused_copy().get(OF_ONE, records=[declared(50)])
    given.cue(task("declare", 1, id="again", declaration_type="started", on="2024-09-10"))

    assert outcomes("declare/duplicate-422-read", voided.post(DECLARATIONS, body())) == PASSED
    assert outcomes("declare/duplicate-422-read", given.post(DECLARATIONS, body())) == PASSED


def test_refused_copy_that_is_never_looked_up_fails() -> None:
    builder = refused_copy().post(DECLARATIONS, body(2)).get(PARTICIPANTS, records=[ect(1)])

    assert outcomes("declare/duplicate-422-read", builder) == FAILED


def test_client_that_looks_first_sends_no_copy_and_is_not_judged() -> None:
    assert outcomes("declare/duplicate-422-read", lost(COPY_REFUSED).get(OF_ONE, records=[declared(50)])) == set()


def due(*kinds: str) -> TraceBuilder:
    return showing(ect(1)).cue(*(task("declare", 1, id=kind, declaration_type=kind) for kind in kinds))


def retained(**fields: Any) -> dict[str, Any]:
    return body(declaration_type="retained-1", declaration_date="2025-02-01T09:00:00Z", **fields)


def test_types_in_order_pass() -> None:
    builder = due("started", "retained-1").post(DECLARATIONS, body(), records=declared(50))

    assert outcomes("declare/order", builder.post(DECLARATIONS, retained())) == PASSED


def test_later_type_before_an_earlier_one_that_is_due_fails() -> None:
    builder = due("started", "retained-1").post(DECLARATIONS, retained()).post(DECLARATIONS, body())

    assert Outcome.FAILED in outcomes("declare/order", builder)


def test_later_type_whose_response_was_lost_fails_before_an_earlier_one() -> None:
    lost_first = due("started", "retained-1").post(DECLARATIONS, retained(), status=None)
    in_order = due("started", "retained-1").post(DECLARATIONS, body(), status=None).post(DECLARATIONS, body())

    assert outcomes("declare/order", lost_first.post(DECLARATIONS, body())) >= FAILED
    assert outcomes("declare/order", in_order.post(DECLARATIONS, retained(), status=None)) == PASSED


def test_earlier_type_that_was_refused_at_first_or_became_due_later_is_fine() -> None:
    refused = due("started", "retained-1").post(DECLARATIONS, body(), status=422)
    late = due("retained-1").post(DECLARATIONS, retained()).cue(task("declare", 1, declaration_type="started"))

    assert outcomes("declare/order", refused.post(DECLARATIONS, retained()).post(DECLARATIONS, body())) == PASSED
    assert outcomes("declare/order", late.post(DECLARATIONS, body())) == PASSED


def test_types_at_the_same_time_have_no_order() -> None:
    builder = due("started", "retained-1").post(DECLARATIONS, retained(), at=5.0, seconds=0.5)

    assert outcomes("declare/order", builder.post(DECLARATIONS, body(), at=5.1, in_flight=2)) == PASSED


@pytest.mark.parametrize(
    ("known", "expected"),
    [([], FAILED), ([declared(50)], PASSED), ([declared(50, state="clawed-back")], PASSED)],
)
def test_later_type_needs_a_started_if_all_declarations_were_read(known: list[Any], expected: set[Outcome]) -> None:
    builder = showing(ect(1)).get(DECLARATIONS, records=known)

    assert outcomes("declare/order", builder.post(DECLARATIONS, retained())) == expected


def test_later_type_decides_nothing_if_declarations_were_not_read() -> None:
    assert outcomes("declare/order", showing(ect(1)).post(DECLARATIONS, retained())) == PASSED


def test_milestone_without_evidence_may_be_skipped() -> None:
    builder = showing(ect(1)).get(DECLARATIONS, records=[declared(50)])

    assert outcomes("declare/order", builder.post(DECLARATIONS, body(declaration_type="retained-3"))) == PASSED


def test_all_types_tested_lists_holes_without_a_failure() -> None:
    builder = showing(ect(1), programme="npq")
    kinds = ["started", "retained-1", "retained-2", "completed"]
    for kind in kinds[:3]:
        builder.post(DECLARATIONS, body(declaration_type=kind, course_identifier=NPQ))
    holes = builder.build(is_over=False)

    assert outcomes("declare/all-types-tested", holes) == set()
    assert outcomes("declare/all-types-tested", builder) == COULD_NOT_RUN
    builder.post(DECLARATIONS, body(declaration_type="completed", course_identifier=NPQ))
    assert outcomes("declare/all-types-tested", builder) == PASSED


def milestone(**person: Any) -> TraceBuilder:
    builder = trace().act("next-milestone").get(PARTICIPANTS, records=[ect(1, **person)])
    return builder.cue(task("declare", 1, declaration_type="retained-1", course_identifier=TEACHER, on="2026-09-01"))


def test_declaration_before_the_deadline_passes_and_a_missing_one_fails() -> None:
    assert outcomes("declare/before-deadline", milestone().post(DECLARATIONS, retained())) == PASSED
    assert outcomes("declare/before-deadline", milestone().get(PARTICIPANTS, records=[])) == FAILED
    assert outcomes("declare/before-deadline", milestone().post(DECLARATIONS, retained(), status=422)) == COULD_NOT_RUN


def test_declaration_after_the_last_day_fails() -> None:
    builder = trace().act("next-milestone").event("clock-moved", seconds=-86400 * 528)  # 31 March 2025
    builder.get(PARTICIPANTS, records=[ect(1)])
    builder.cue(task("declare", 1, declaration_type="retained-1", course_identifier=TEACHER, on="2025-03-30"))
    builder.get(PARTICIPANTS, records=[ect(1)]).event("clock-moved", seconds=86400 * 3)

    assert outcomes("declare/before-deadline", builder.post(DECLARATIONS, retained())) == FAILED


def submitted() -> TraceBuilder:
    return showing(ect(1)).post(DECLARATIONS, body(), records=declared(50, state="submitted"))


def test_submitted_declaration_is_left_alone() -> None:
    assert outcomes("declare/submitted-is-not-error", submitted().get(PARTICIPANTS, records=[])) == PASSED
    assert outcomes("declare/submitted-is-not-error", submitted().put(VOID)) == FAILED


def test_submitted_declaration_may_be_voided_for_a_task() -> None:
    builder = submitted().cue(task("correct-declaration", 1, declaration_type="started")).put(VOID)

    assert outcomes("declare/submitted-is-not-error", builder) == set()


def test_declaration_given_up_after_a_server_error_fails_and_a_copy_passes() -> None:
    def error() -> TraceBuilder:
        builder = showing(ect(1), ect(2)).cue().situation("declaration-error")
        return builder.post(DECLARATIONS, body(), status=500, situation="declaration-error")

    assert outcomes("declare/retry-exact-copy", error().get(PARTICIPANTS, records=[])) == FAILED
    assert outcomes("declare/retry-exact-copy", error().post(DECLARATIONS, body())) == PASSED


def test_milestones_of_the_npq_service_have_no_deadline() -> None:
    assert outcomes("declare/before-deadline", trace(programme="npq")) == {Outcome.NOT_APPLICABLE}


@pytest.mark.parametrize("state", ["voided", "ineligible"])
def test_declaration_that_dfe_took_back_after_a_refused_copy_may_be_made_again(state: str) -> None:
    builder = refused_copy().get(OF_ONE, records=[declared(50)]).get(DECLARATIONS, records=[declared(50, state=state)])

    assert outcomes("declare/duplicate-422-read", builder.post(DECLARATIONS, body())) == PASSED
