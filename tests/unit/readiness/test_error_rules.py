"""Rules about errors: refusals by the service, and errors that the client did not cause."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.readiness.traces import TraceBuilder, identifier, judge, outcomes, record, records, task, trace

from lead_provider_conformance.model import Outcome

PASSED, FAILED, COULD_NOT_RUN = {Outcome.PASSED}, {Outcome.FAILED}, {Outcome.COULD_NOT_RUN}
PATH, DECLARATIONS = "/api/v3/participants", "/api/v3/participant-declarations"
FULL, SHORT = records(range(100)), records(range(100, 150))
HTML = {"status": 502, "text": "<html></html>", "situation": "html-error"}
RETRIED, NOT_JSON, GOES_ON = "errors/5xx-retried", "errors/not-json", "errors/goes-on"
NOT_RESENT = "errors/422-not-resent"


def declaration(number: int = 1, date: str = "2026-09-01T09:00:00Z", **others: Any) -> dict[str, Any]:
    return {"participant_id": identifier(number), "declaration_type": "started", "declaration_date": date, **others}


def begin() -> TraceBuilder:
    return trace().act("declare").cue()


def test_refused_write_that_is_corrected_or_left_passes() -> None:
    left = begin().post(DECLARATIONS, declaration(), status=422).get(PATH, records=[])
    corrected = begin().post(DECLARATIONS, declaration(), status=422)
    corrected.post(DECLARATIONS, declaration(date="2026-09-02T09:00:00Z"))

    assert outcomes(NOT_RESENT, left) == PASSED
    assert outcomes(NOT_RESENT, corrected) == PASSED


@pytest.mark.parametrize(("obligation", "status"), [(NOT_RESENT, 422), ("errors/400", 400)])
def test_refused_write_that_is_sent_again_fails(obligation: str, status: int) -> None:
    builder = begin().post(DECLARATIONS, declaration(), status=status)
    builder.get(PATH, records=[]).cue().post(DECLARATIONS, declaration(), status=status)

    (result,) = judge(obligation, builder)
    assert result.outcome is Outcome.FAILED
    assert result.exchanges == ("e-000001", "e-000003")


def test_same_refused_body_in_another_layout_fails() -> None:
    builder = begin()
    for body in ('{"data":{"a":1,"b":2}}', '{ "data": {"b": 2, "a": 1} }'):
        builder.send("POST", DECLARATIONS, body=body, status=422)

    assert outcomes(NOT_RESENT, builder) == FAILED


def test_refused_write_is_due_again_after_a_change_or_a_task() -> None:
    first = {"attributes": declaration(), "status": 422}
    shown = {"records": record(1, training_status="active")}
    changed = begin().get(f"{PATH}/{identifier(1)}", records=record(1, training_status="deferred"))
    changed.post(DECLARATIONS, **first).get(f"{PATH}/{identifier(1)}", **shown)
    eligible = begin().post(DECLARATIONS, **first).event("eligible", participant_id=identifier(1))
    later = begin().post(DECLARATIONS, **first).event("clock-moved", seconds=86_400)
    ordered = begin().post(DECLARATIONS, **first).cue(task("declare", 1))
    dated = begin().post(DECLARATIONS, **first)
    header = {"x-with-server-date": "2026-11-01T09:00:00Z"}

    for builder in (changed, eligible, later, ordered):
        assert outcomes(NOT_RESENT, builder.post(DECLARATIONS, declaration())) <= PASSED
    assert outcomes(NOT_RESENT, dated.post(DECLARATIONS, declaration(), headers=header)) == PASSED


def test_copy_after_a_lost_response_that_is_refused_passes() -> None:
    builder = begin().post(DECLARATIONS, declaration(), status=None).post(DECLARATIONS, declaration(), status=422)

    assert outcomes(NOT_RESENT, builder.get(DECLARATIONS, records=[])) == PASSED


def test_refused_write_that_the_client_did_not_outlive_could_not_run() -> None:
    assert outcomes(NOT_RESENT, begin().post(DECLARATIONS, declaration(), status=422)) == COULD_NOT_RUN


def missing(count: int) -> TraceBuilder:
    builder = begin()
    for _ in range(count):
        builder.get(f"{PATH}/{identifier(1)}", status=404)
    return builder.get(PATH, records=[])


def test_missing_record_may_be_requested_three_times() -> None:
    assert outcomes("errors/404", missing(3)) == PASSED
    assert outcomes("errors/404", missing(4)) == FAILED


def test_one_unknown_id_in_many_operations_is_a_test() -> None:
    builder = begin()
    for path in (PATH, DECLARATIONS, "/api/v3/statements", "/api/v3/partnerships", "/api/v3/schools"):
        builder.get(f"{path}/{identifier(999)}", status=404)

    assert outcomes("errors/404", builder.get(PATH, records=[])) == PASSED


def test_errors_that_the_client_caused_itself_are_tests() -> None:
    assert outcomes("errors/tested-on-purpose", missing(1)) == COULD_NOT_RUN
    builder = missing(1).get(f"{PATH}?page[page]=0", status=400)
    assert outcomes("errors/tested-on-purpose", builder) == PASSED


REFUSAL = '{"errors":[{"title":"declaration_date","detail":"x"},{"title":"evidence_held","detail":"y"}]}'


def refused_twice(**changes: Any) -> TraceBuilder:
    builder = begin().situation("two-members-refused")
    body = declaration(evidence_held="other")
    builder.post(DECLARATIONS, body, status=422, text=REFUSAL, situation="two-members-refused")
    return builder.post(DECLARATIONS, body | changes) if changes else builder.get(PATH, records=[])


def test_correction_of_both_fields_passes() -> None:
    builder = refused_twice(declaration_date="2026-09-02T09:00:00Z", evidence_held="training-event-attended")

    assert outcomes("errors/422-corrected", builder) == PASSED
    assert outcomes("errors/422-all-problems", builder) == PASSED


def test_correction_of_one_field_leaves_a_problem() -> None:
    builder = refused_twice(evidence_held="training-event-attended")

    assert outcomes("errors/422-corrected", builder) == PASSED
    assert outcomes("errors/422-all-problems", builder) == FAILED


def test_correction_of_another_field_fails() -> None:
    assert outcomes("errors/422-corrected", refused_twice(course_identifier="ecf-mentor")) == FAILED


def test_refusal_that_is_left_to_a_person_could_not_run() -> None:
    assert outcomes("errors/422-corrected", refused_twice()) == COULD_NOT_RUN


def batch(*numbers: int, refused: int = 3, in_flight: int = 1, together: bool = False) -> TraceBuilder:
    """Return a cue with five tasks; the numbers are the order of the declarations."""
    builder = trace().act("declare").cue(*(task("declare", number) for number in range(1, 6)))
    builder.get(PATH, records=SHORT).situation("declaration-refused", participant_id=identifier(refused))
    at = builder.clock
    for place, number in enumerate(numbers, 1):
        others: dict[str, Any] = {"in_flight": min(place, in_flight)}
        if together:
            others["at"] = at + place / 1000
        if number == refused:
            others |= {"status": 422, "situation": "declaration-refused"}
        builder.post(DECLARATIONS, declaration(number), **others)
    return builder


def polled(builder: TraceBuilder) -> TraceBuilder:
    return builder.cue().get(PATH, records=SHORT)


def test_tasks_after_a_refused_one_that_are_done_pass() -> None:
    assert outcomes(GOES_ON, polled(batch(1, 2, 3, 4, 5))) == PASSED


def test_refused_task_that_is_the_last_one_passes() -> None:
    assert outcomes(GOES_ON, polled(batch(1, 2, 4, 5, 3))) == PASSED


def test_tasks_that_are_done_in_the_next_run_pass() -> None:
    builder = polled(batch(1, 2, 3))
    for number in (4, 5):
        builder.post(DECLARATIONS, declaration(number))

    assert outcomes(GOES_ON, builder) == PASSED


def test_batch_that_stops_at_a_refused_task_fails() -> None:
    assert outcomes(GOES_ON, polled(batch(1, 2, 3))) == FAILED
    assert outcomes(GOES_ON, polled(batch(1, 2, 3).end_cue(1))) == FAILED
    assert outcomes(GOES_ON, polled(batch(1, 2, 3).get(PATH, records=SHORT))) == FAILED


def test_task_that_is_left_to_a_person_does_not_fail_the_batch() -> None:
    assert outcomes(GOES_ON, polled(batch(1, 2, 4, 3))) == COULD_NOT_RUN


def test_batch_that_is_sent_at_once_passes() -> None:
    assert outcomes(GOES_ON, polled(batch(1, 2, 3, 4, 5, in_flight=5, together=True))) == PASSED


def test_batch_that_was_broken_off_could_not_run() -> None:
    assert outcomes(GOES_ON, batch(1, 2, 3)) == COULD_NOT_RUN
    killed = polled(batch(1, 2, 3).get(PATH, records=SHORT).end_cue(None, "stopped after 300 s"))
    assert outcomes(GOES_ON, killed) == COULD_NOT_RUN


def broken(situation: str = "server-error-on-page", **answer: Any) -> TraceBuilder:
    builder = trace().act("first-sync").cue().situation(situation).get(PATH, records=FULL)
    return builder.get(f"{PATH}?page[page]=2", **({"status": 500, "text": "{}", "situation": situation} | answer))


@pytest.mark.parametrize(
    "answer", [{}, {"status": None, "error": "cut off by the sandbox", "situation": "server-error-on-page"}]
)
def test_page_that_is_read_again_passes(answer: dict[str, Any]) -> None:
    assert outcomes(RETRIED, broken(**answer).wait(1).get(f"{PATH}?page[page]=2", records=SHORT)) == PASSED


def test_walk_that_is_begun_again_passes() -> None:
    assert outcomes(RETRIED, broken().walk(PATH, [FULL, SHORT])) == PASSED
    assert outcomes(RETRIED, broken().end_cue(1).cue().walk(PATH, [FULL, SHORT])) == PASSED


def test_error_that_is_taken_for_the_last_page_fails() -> None:
    builder = broken().get("/api/v3/statements", records=[]).cue()
    builder.get(f"{PATH}?filter[updated_since]=2026-09-10T09:13:00Z", records=[])

    assert outcomes(RETRIED, builder) == FAILED
    assert outcomes(RETRIED, builder.act("a-week").cue().walk(PATH, [FULL, SHORT])) == FAILED


def test_poll_from_the_same_instant_after_an_error_passes() -> None:
    query = f"{PATH}?filter[updated_since]=2026-09-10T09:00:00Z"
    builder = trace().act("poll-fail-recover").cue().situation("poll-fails").get(query, records=FULL)
    builder.get(f"{query}&page[page]=2", status=500, situation="poll-fails").cue().walk(query, [FULL, SHORT])

    assert outcomes(RETRIED, builder) == PASSED


def test_client_that_stopped_for_good_is_not_outlived() -> None:
    assert outcomes(RETRIED, broken()) == COULD_NOT_RUN


def down(*waits: float) -> TraceBuilder:
    builder = trace().act("throttle-and-outage").cue().situation("outage")
    builder.get(PATH, status=503, situation="outage")
    for wait in waits:
        builder.wait(wait).get(PATH, status=503, situation="outage")
    return builder.cue().get(PATH, records=SHORT)


@pytest.mark.parametrize("waits", [(), (1, 2, 4, 8), (0.1, 0.2, 0.4), (5, 5, 5), (60, 60, 60, 60, 60)])
def test_few_attempts_or_long_waits_pass(waits: tuple[float, ...]) -> None:
    assert outcomes(RETRIED, down(*waits)) == PASSED


@pytest.mark.parametrize("waits", [(1,) * 25, (0.01,) * 12, (2, 2, 2, 2, 2)])
def test_attempts_without_end_or_growing_waits_fail(waits: tuple[float, ...]) -> None:
    assert outcomes(RETRIED, down(*waits)) == FAILED


def test_write_that_is_not_repeated_is_left_to_its_own_rule() -> None:
    builder = begin().situation("declaration-error")
    builder.post(DECLARATIONS, declaration(), status=500, situation="declaration-error").get(PATH, records=[])

    assert [each.blocked_by for each in judge(RETRIED, builder)] == ["declare/retry-exact-copy"]
    assert outcomes(RETRIED, builder.post(DECLARATIONS, declaration())) == PASSED


def test_html_page_that_is_read_again_passes() -> None:
    assert (
        outcomes(NOT_JSON, broken("html-error", status=502, text="<html>").get(f"{PATH}?page[page]=2", records=SHORT))
        == PASSED
    )


def test_client_that_stops_at_html_only_fails() -> None:
    builder = trace().act("first-sync").cue().get(DECLARATIONS, status=500, text='{"error":"x"}')
    builder.get(DECLARATIONS, records=SHORT).situation("html-error").get(PATH, **HTML).end_cue(1)
    builder.cue().walk(PATH, [FULL, SHORT])

    assert outcomes(NOT_JSON, builder) == FAILED


def test_client_that_leaves_every_error_to_the_next_run_passes() -> None:
    builder = trace().act("first-sync").cue().get(DECLARATIONS, status=500, text='{"error":"x"}').end_cue(1)
    builder.cue().get(DECLARATIONS, records=SHORT).situation("html-error").get(PATH, **HTML).end_cue(1)
    builder.cue().walk(PATH, [FULL, SHORT])

    assert outcomes(NOT_JSON, builder) == PASSED


def held(**answer: Any) -> TraceBuilder:
    return begin().situation("held-response").post(DECLARATIONS, declaration(), situation="held-response", **answer)


def test_client_that_closes_the_connection_passes() -> None:
    builder = held(status=None, error="closed by the client", seconds=30)
    assert outcomes("errors/timeout", builder) == COULD_NOT_RUN

    assert outcomes("errors/timeout", builder.get(DECLARATIONS, records=[])) == PASSED


def test_client_that_waits_without_end_fails() -> None:
    assert outcomes("errors/timeout", held(seconds=90.1).get(DECLARATIONS, records=[])) == FAILED
    assert outcomes("errors/timeout", held(seconds=12)) == COULD_NOT_RUN


def test_journal_is_the_record() -> None:
    assert outcomes("errors/recorded-evidence", begin().get(PATH)) == PASSED
    assert outcomes("errors/recorded-evidence", begin()) == set()
