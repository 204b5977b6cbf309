"""NPQ applications, funded places, outcomes and changes of cohort."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.readiness.people import APPLICATIONS, DECLARATIONS, NPQ, NPQ_PARTICIPANTS, applied, body, declared, npq
from tests.unit.readiness.traces import TraceBuilder, identifier, outcomes, task, trace

from lead_provider_conformance.model import Outcome

PASSED, FAILED, COULD_NOT_RUN = {Outcome.PASSED}, {Outcome.FAILED}, {Outcome.COULD_NOT_RUN}
CHANGE = f"{NPQ_PARTICIPANTS}/{identifier(1)}/change-schedule"
OUTCOMES = f"{NPQ_PARTICIPANTS}/{identifier(1)}/outcomes"
COMPLETED = {"course_identifier": NPQ, "declaration_type": "completed"}


def action(name: str, number: int = 60) -> str:
    return f"{APPLICATIONS}/{identifier(number)}/{name}"


def listed(*applications: dict[str, Any]) -> TraceBuilder:
    return trace(programme="npq").act("applications").get(APPLICATIONS, records=list(applications or [applied(60)]))


def asked(do: str, **others: Any) -> TraceBuilder:
    return listed().cue(task(do, 1, application_id=identifier(60), **others))


@pytest.mark.parametrize("do", ["accept", "reject"])
def test_application_decided_by_its_task_passes_and_one_left_fails(do: str) -> None:
    decided = {"accept": "accepted", "reject": "rejected"}[do]
    shown = asked(do).get(APPLICATIONS, records=[applied(60, status=decided)])

    assert outcomes("npq/decide", asked(do).post(action(do), {"funded_place": False})) == PASSED
    assert outcomes("npq/decide", asked(do).get(APPLICATIONS, records=[])) == FAILED
    assert outcomes("npq/decide", asked(do, trap="taken").get(APPLICATIONS, records=[])) == set()
    assert outcomes("npq/decide", shown) == set()


def test_application_decided_against_its_task_fails() -> None:
    assert outcomes("npq/decide", asked("accept").post(action("reject"))) == FAILED


@pytest.mark.parametrize(
    ("application", "sent", "expected"),
    [
        ({}, {"funded_place": True}, PASSED),
        ({}, {"funded_place": False}, PASSED),
        ({}, {}, FAILED),
        ({"eligible_for_funding": False}, {"funded_place": True}, FAILED),
        ({"eligible_for_funding": False}, {"funded_place": False}, PASSED),
        ({"cohort": "2023"}, {}, PASSED),
        ({"cohort": "2026"}, {"funded_place": True}, FAILED),
        ({"cohort": "2026", "cohort_suffix": "b"}, {"funded_place": True}, PASSED),
        ({"cohort": "2031"}, {}, PASSED),
    ],
)
def test_funded_place_is_said_where_places_are_capped(application: Any, sent: Any, expected: set[Outcome]) -> None:
    builder = listed(applied(60, **application)).post(action("accept"), sent or None)

    assert outcomes("npq/funded-place", builder) == expected


def test_funded_place_that_the_task_leaves_open_may_be_missing() -> None:
    missing = asked("accept", funded_place=None).post(action("accept"), status=422)
    wrong = asked("accept", funded_place=True).post(action("accept"), status=422)

    assert outcomes("npq/funded-place", missing) == set()
    assert outcomes("npq/funded-place", wrong) == FAILED


def test_eligibility_that_another_connection_was_just_shown_is_no_failure() -> None:
    builder = listed().get("/api/v3/statements", records=[], in_flight=2)
    builder.get(APPLICATIONS, records=[applied(60, eligible_for_funding=False)], at=5.0, seconds=0.5)

    assert outcomes("npq/funded-place", builder.post(action("accept"), {"funded_place": True}, at=5.6)) == PASSED


@pytest.mark.parametrize(("state", "expected"), [("eligible", FAILED), ("voided", PASSED)])
def test_funded_place_is_not_changed_while_a_declaration_is_live(state: str, expected: set[Outcome]) -> None:
    builder = listed().get(DECLARATIONS, records=[declared(50, application_id=identifier(60), state=state)])
    builder.put(action("change-funded-place"), {"funded_place": False}, status=422)

    assert outcomes("npq/funded-place-before-declaring", builder) == expected


def raced() -> TraceBuilder:
    builder = listed().situation("rival-accepts", application_id=identifier(60))
    return builder.post(action("accept"), {"funded_place": False}, status=422, situation="rival-accepts")


def test_application_of_a_rival_is_dropped() -> None:
    assert outcomes("npq/accept-lost-race", raced()) == COULD_NOT_RUN
    assert outcomes("npq/accept-lost-race", raced().get(APPLICATIONS, records=[])) == PASSED
    assert (
        outcomes("npq/accept-lost-race", raced().post(action("accept"), {"funded_place": True}, status=422)) == FAILED
    )


def test_application_that_is_shown_as_rejected_is_not_accepted() -> None:
    builder = listed().event("rival-accepted", application_id=identifier(60))
    builder.get(APPLICATIONS, records=[applied(60, status="rejected")])

    assert outcomes("npq/accept-lost-race", builder.post(action("accept"), status=422)) == FAILED


def lost() -> TraceBuilder:
    return listed().situation("lost-accept").post(action("accept"), status=None, situation="lost-accept")


def test_lost_accept_is_looked_up_or_sent_once_more() -> None:
    thrice = lost().post(action("accept"), status=422).post(action("accept"), status=422)

    assert outcomes("npq/accept-retry", lost().get(f"{APPLICATIONS}/{identifier(60)}", records=applied(60))) == PASSED
    assert outcomes("npq/accept-retry", lost().post(action("accept"), status=422)) == PASSED
    assert outcomes("npq/accept-retry", thrice) == FAILED
    assert outcomes("npq/accept-retry", lost()) == COULD_NOT_RUN


def test_wrong_application_is_rejected_and_the_right_one_accepted() -> None:
    def two() -> TraceBuilder:
        reject = task("reject", 1, id="r", application_id=identifier(60))
        return listed(applied(60), applied(61)).cue(reject, task("accept", 1, id="a", application_id=identifier(61)))

    done = two().post(action("reject")).post(action("accept", 61), {"funded_place": True})
    assert outcomes("npq/change-of-circumstance", done) == PASSED
    assert outcomes("npq/change-of-circumstance", two().post(action("reject"))) == COULD_NOT_RUN


def accepted(**task_fields: Any) -> TraceBuilder:
    builder = asked("accept", course_identifier=NPQ, **task_fields)
    shown = applied(60, status="accepted", schedule_identifier="npq-leadership-autumn")
    return builder.post(action("accept"), {"funded_place": True}, records=shown)


SPRING = {"schedule_identifier": "npq-leadership-spring"}
STARTED = body(course_identifier=NPQ)


def test_schedule_that_accepting_gives_is_changed_before_the_first_declaration() -> None:
    wanted = {"course_identifier": NPQ, "cohort": "2024", **SPRING}
    before = accepted(**SPRING).put(CHANGE, wanted).post(DECLARATIONS, STARTED)
    after = accepted(**SPRING).post(DECLARATIONS, STARTED).put(CHANGE, wanted)
    by_task = accepted().cue(task("change-schedule", 1, **SPRING)).put(CHANGE, wanted)

    assert outcomes("npq/schedule-on-accept", before) == PASSED
    assert outcomes("npq/schedule-on-accept", after) == FAILED
    assert outcomes("npq/schedule-on-accept", accepted(**SPRING).get(APPLICATIONS, records=[])) == FAILED
    assert outcomes("npq/schedule-on-accept", by_task) == PASSED


def test_schedule_that_fits_is_kept() -> None:
    builder = accepted(schedule_identifier="npq-leadership-autumn").post(DECLARATIONS, STARTED)

    assert outcomes("npq/schedule-on-accept", builder) == PASSED


def retake() -> TraceBuilder:
    builder = trace(programme="npq").act("outcomes").get(NPQ_PARTICIPANTS, records=[npq(1)])
    builder.get(DECLARATIONS, records=[declared(50, **COMPLETED)])
    return builder.cue(task("report-outcome", 1, course_identifier=NPQ, state="passed", on="2026-09-01"))


def sent(**fields: Any) -> dict[str, Any]:
    return {"course_identifier": NPQ, "state": "passed", "completion_date": "2026-09-01", **fields}


def test_outcome_is_sent_with_the_state_and_day_of_its_task() -> None:
    corrected = retake().post(OUTCOMES, sent(state="failed")).post(OUTCOMES, sent())

    assert outcomes("npq/outcome-corrected", retake().post(OUTCOMES, sent())) == PASSED
    assert outcomes("npq/outcome-corrected", corrected) == PASSED
    assert outcomes("npq/outcome-corrected", retake().post(OUTCOMES, sent(completion_date="2026-08-01"))) == FAILED
    assert outcomes("npq/outcome-corrected", retake().get(APPLICATIONS, records=[])) == FAILED


def test_outcome_needs_a_live_completed_declaration() -> None:
    def without(*known: dict[str, Any]) -> TraceBuilder:
        return trace(programme="npq").get(DECLARATIONS, records=list(known))

    unread = trace(programme="npq").post(OUTCOMES, sent(), status=422)
    voided = without(declared(50, state="voided", **COMPLETED)).post(OUTCOMES, sent(), status=422)
    assert outcomes("npq/outcome-after-completed", retake().post(OUTCOMES, sent(), status=422)) == PASSED
    assert outcomes("npq/outcome-after-completed", voided) == FAILED
    assert outcomes("npq/outcome-after-completed", without().post(OUTCOMES, sent())) == PASSED
    assert outcomes("npq/outcome-after-completed", unread) == set()


def moving(cohort: str, *known: dict[str, Any], **others: Any) -> TraceBuilder:
    builder = trace(programme="npq").act("correct").get(NPQ_PARTICIPANTS, records=[npq(1)])
    builder.get(DECLARATIONS, records=list(known))
    if others:
        builder.cue(task("change-schedule", 1, course_identifier=NPQ, **others))
    wanted = {"course_identifier": NPQ, "schedule_identifier": "npq-leadership-autumn", "cohort": cohort}
    return builder.put(CHANGE, wanted, status=422)


def test_cohort_is_changed_without_live_declarations_only() -> None:
    live, voided = declared(50, course_identifier=NPQ), declared(50, course_identifier=NPQ, state="voided")

    assert outcomes("npq/cohort-change-voids", moving("2026", live)) == FAILED
    assert outcomes("npq/cohort-change-voids", moving("2026", live, trap="declared")) == set()
    assert outcomes("npq/cohort-change-voids", moving("2026", voided)) == PASSED
    assert outcomes("npq/cohort-change-voids", moving("2024", live)) == set()


def test_cohort_is_not_changed_from_capped_to_uncapped_places() -> None:
    assert outcomes("npq/cohort-change-voids", moving("2023")) == FAILED


def test_lost_accept_that_is_looked_up_needs_no_copy() -> None:
    builder = asked("accept").post(action("accept"), {"funded_place": True}, status=None)

    assert outcomes("npq/decide", builder.get(APPLICATIONS, records=[applied(60, status="accepted")])) == PASSED
