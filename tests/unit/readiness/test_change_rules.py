"""Rules about the changes that a client sends, and the records that it acts on."""

from __future__ import annotations

from typing import Any

from tests.unit.readiness.traces import TraceBuilder, identifier, outcomes, record, records, task, trace

from lead_provider_conformance.model import Outcome

PASSED, FAILED, COULD_NOT_RUN = {Outcome.PASSED}, {Outcome.FAILED}, {Outcome.COULD_NOT_RUN}
PATH, DECLARATIONS = "/api/v3/participants", "/api/v3/participant-declarations"
ONE = identifier(1)
BODY = {"participant_id": ONE, "declaration_type": "started", "declaration_date": "2026-09-12T09:00:00Z"}


def begin(*tasks: Any) -> TraceBuilder:
    return trace().act("declare").cue(*tasks).get(PATH, records=records(range(3)))


def test_accepted_write_that_is_sent_once_passes() -> None:
    builder = begin().post(DECLARATIONS, BODY, status=None).post(DECLARATIONS, BODY)

    assert outcomes("sync/only-changed", builder) == PASSED
    assert outcomes("sync/only-changed", begin()) == set()


def test_accepted_write_that_is_sent_again_fails() -> None:
    for status in (200, 422):
        builder = begin().put(f"{PATH}/{ONE}/change-schedule", {"cohort": "2025"}).cue()
        builder.put(f"{PATH}/{ONE}/change-schedule", {"cohort": "2025"}, status=status)

        assert Outcome.FAILED in outcomes("sync/only-changed", builder)


def test_write_is_due_again_after_another_one() -> None:
    defer, resume, body = f"{PATH}/{ONE}/defer", f"{PATH}/{ONE}/resume", {"reason": "bereavement"}
    builder = begin().put(defer, body).put(resume, {}).put(defer, body)

    assert outcomes("sync/only-changed", builder) == PASSED


def test_declaration_is_due_again_after_its_void() -> None:
    shown = record(9, "participant-declaration", participant_id=ONE, state="eligible")
    builder = begin().post(DECLARATIONS, BODY, records=shown)
    builder.put(f"{DECLARATIONS}/{identifier(9)}/void", records=shown).post(DECLARATIONS, BODY)

    assert outcomes("sync/only-changed", builder) == PASSED


def touched(builder: TraceBuilder) -> TraceBuilder:
    builder.event("touched", kind="participants", id=ONE).cue()
    return builder.get(f"{PATH}?filter[updated_since]=2026-09-10T09:00:00Z", records=records([1]))


def test_touched_record_without_a_write_passes() -> None:
    assert outcomes("sync/change-detection", touched(begin()).post(DECLARATIONS, {"participant_id": "x"})) == PASSED
    assert outcomes("sync/change-detection", touched(begin())) == COULD_NOT_RUN


def test_write_about_a_touched_record_fails() -> None:
    assert outcomes("sync/change-detection", touched(begin()).put(f"{PATH}/{ONE}/change-schedule", {})) == FAILED


def test_write_about_a_touched_record_for_a_task_or_a_change_passes() -> None:
    ordered = touched(begin(task("declare", 1)))
    changed = touched(begin().event("left", participant_id=ONE))
    for builder in (ordered, changed):
        assert outcomes("sync/change-detection", builder.post(DECLARATIONS, BODY).get(PATH)) == PASSED


def test_touched_record_that_is_not_shown_could_not_run() -> None:
    builder = begin().event("touched", kind="participants", id=ONE).cue().get(PATH, records=[])

    assert outcomes("sync/change-detection", builder) == COULD_NOT_RUN


def outage() -> TraceBuilder:
    builder = begin().act("throttle-and-outage").cue().situation("outage", ids=[])
    builder.get(PATH, status=503, situation="outage").withdraw_situation()
    return builder.event("outage-over", ids=[identifier(7)]).cue()


def test_record_that_changed_in_an_outage_and_is_shown_passes() -> None:
    assert outcomes("sync/missed-updates", outage().get(PATH, records=records([6, 7]))) == PASSED
    assert outcomes("sync/missed-updates", outage().get(f"{PATH}/{identifier(7)}", records=record(7))) == PASSED


def test_record_that_changed_in_an_outage_and_is_not_shown_fails() -> None:
    assert outcomes("sync/missed-updates", outage().get(PATH, records=records([6]))) == FAILED
    assert outcomes("sync/missed-updates", outage()) == COULD_NOT_RUN


def withdrawn(*tasks: Any) -> TraceBuilder:
    builder = begin(task("withdraw", 1)).put(f"{PATH}/{ONE}/withdraw", {"reason": "left", "date": "2026-09-10"})
    return builder.cue(*tasks).get(PATH, records=[])


def test_withdrawn_participant_who_is_left_alone_passes() -> None:
    assert outcomes("sync/no-reactivation", withdrawn()) == PASSED
    earlier = BODY | {"declaration_date": "2026-09-09T09:00:00Z"}
    assert outcomes("sync/no-reactivation", withdrawn().post(DECLARATIONS, earlier)) == PASSED


def test_withdrawn_participant_who_is_sent_as_active_fails() -> None:
    assert outcomes("sync/no-reactivation", withdrawn().put(f"{PATH}/{ONE}/resume", {})) == FAILED
    assert outcomes("sync/no-reactivation", withdrawn().post(DECLARATIONS, BODY)) == FAILED


def test_withdrawn_participant_who_is_back_passes() -> None:
    builder = withdrawn(task("resume", 1)).put(f"{PATH}/{ONE}/resume", {})

    assert outcomes("sync/no-reactivation", builder) == PASSED


def changed(*tasks: Any) -> TraceBuilder:
    return begin().event("cohort-moved", participant_id=ONE).cue(*tasks)


def test_participant_who_is_read_before_the_write_passes() -> None:
    for target, shown in ((PATH, records([1])), (f"{PATH}/{ONE}", record(1))):
        builder = changed().get(target, records=shown).post(DECLARATIONS, BODY)
        assert outcomes("sync/data-acted-on-before-declaring", builder) == PASSED


def test_participant_who_is_not_read_before_the_write_fails() -> None:
    builder = changed().post(DECLARATIONS, BODY).get(PATH, records=records([1]))

    assert outcomes("sync/data-acted-on-before-declaring", builder) == FAILED


def test_copy_of_a_lost_write_needs_no_read() -> None:
    builder = begin().post(DECLARATIONS, BODY, status=None).event("cohort-moved", participant_id=ONE)

    assert outcomes("sync/data-acted-on-before-declaring", builder.cue().post(DECLARATIONS, BODY)) == set()
