"""Ids of participants, declarations, mentors and statements."""

from __future__ import annotations

from typing import Any

from tests.unit.readiness.people import DECLARATIONS, MENTOR, PARTICIPANTS, TEACHER, body, declared, ect, showing
from tests.unit.readiness.traces import TraceBuilder, identifier, outcomes, record, task, trace

from lead_provider_conformance.model import Outcome

PASSED, FAILED, COULD_NOT_RUN = {Outcome.PASSED}, {Outcome.FAILED}, {Outcome.COULD_NOT_RUN}
VOID = f"{DECLARATIONS}/{identifier(50)}/void"
CHANGES = [{"from_participant_id": identifier(9), "to_participant_id": identifier(1)}]
STATEMENT = identifier(300)


def namesakes() -> TraceBuilder:
    builder = trace().act("identity").get(PARTICIPANTS, records=[ect(1, name="A B"), ect(2, name="A B"), ect(3)])
    return builder.cue(task("declare", 1, declaration_type="started", course_identifier=TEACHER, on="2024-09-10"))


def test_write_names_the_participant_of_its_task_and_not_a_namesake() -> None:
    assert outcomes("ids/by-id-not-by-name", namesakes().post(DECLARATIONS, body(1))) == PASSED
    assert outcomes("ids/by-id-not-by-name", namesakes().post(DECLARATIONS, body(2))) == FAILED


def test_write_about_somebody_else_or_with_a_task_of_its_own_is_fine() -> None:
    both = namesakes().cue(task("declare", 2, declaration_type="started", course_identifier=TEACHER, on="2024-09-10"))

    assert outcomes("ids/by-id-not-by-name", namesakes().post(DECLARATIONS, body(3))) == set()
    assert outcomes("ids/by-id-not-by-name", both.post(DECLARATIONS, body(2))) == PASSED


def test_new_id_of_a_merged_participant_is_no_namesake() -> None:
    builder = trace().act("identity").get(PARTICIPANTS, records=[ect(9, name="A B")])
    builder.cue(task("declare", 9, declaration_type="started", on="2024-09-10"))
    builder.get(PARTICIPANTS, records=[ect(1, name="A B", changes=CHANGES)]).post(DECLARATIONS, body(1))

    assert Outcome.FAILED not in outcomes("ids/by-id-not-by-name", builder)


def merged(*, shown: bool = True) -> TraceBuilder:
    builder = trace().act("identity").get(PARTICIPANTS, records=[ect(9), ect(1)])
    builder.event("merged", from_id=identifier(9), to_id=identifier(1)).cue()
    return builder.get(PARTICIPANTS, records=[ect(1, changes=CHANGES)]) if shown else builder


def test_new_id_is_used_once_it_was_shown() -> None:
    assert outcomes("ids/participant-id-changes", merged().post(DECLARATIONS, body(1))) == PASSED
    assert outcomes("ids/participant-id-changes", merged().post(DECLARATIONS, body(9), status=422)) == FAILED
    assert outcomes("ids/participant-id-changes", merged().get(f"{PARTICIPANTS}/{identifier(9)}", status=404)) == FAILED


def test_retired_id_is_fine_in_its_filter_before_it_is_known_and_under_way() -> None:
    by_filter = merged().get(f"{PARTICIPANTS}?filter[from_participant_id]={identifier(9)}", records=[])
    unknown = merged(shown=False).get(f"{PARTICIPANTS}/{identifier(9)}", status=404)
    under_way = merged(shown=False).get(
        PARTICIPANTS, records=[ect(1, changes=CHANGES)], at=5.0, seconds=0.5, in_flight=2
    )
    under_way.post(DECLARATIONS, body(9), at=5.6, status=422)

    assert outcomes("ids/participant-id-changes", by_filter) == PASSED
    assert outcomes("ids/participant-id-changes", unknown) == COULD_NOT_RUN
    assert outcomes("ids/participant-id-changes", under_way) == PASSED
    assert outcomes("ids/participant-id-changes", merged()) == COULD_NOT_RUN


def test_client_goes_on_after_the_404_of_a_retired_id() -> None:
    gone = merged(shown=False).get(f"{PARTICIPANTS}/{identifier(9)}", status=404)
    assert outcomes("ids/retired-id-is-404", gone) == COULD_NOT_RUN

    assert outcomes("ids/retired-id-is-404", gone.get(PARTICIPANTS, records=[])) == PASSED
    assert outcomes("ids/retired-id-is-404", gone.post(DECLARATIONS, body(9), status=422)) == FAILED


def test_merger_while_a_change_is_under_way_counts() -> None:
    builder = trace(programme="npq").act("identity").get("/api/v3/participants/npq", records=[])
    builder.event("merged", from_id=identifier(9), to_id=identifier(1))
    sent = builder.clock - 0.05
    builder.put(f"/api/v3/participants/npq/{identifier(9)}/defer", {}, at=sent, seconds=0.1, status=404)

    assert outcomes("ids/retired-id-is-404", builder.get("/api/v3/participants/npq", records=[])) == PASSED


def test_retired_id_that_is_never_requested_could_not_run() -> None:
    assert outcomes("ids/retired-id-is-404", merged().get(PARTICIPANTS, records=[])) == COULD_NOT_RUN


def both_roles() -> TraceBuilder:
    builder = trace().act("identity").get(PARTICIPANTS, records=[ect(1)])
    builder.event("mentor-as-well", participant_id=identifier(1), training_record_id=identifier(5))
    return builder.cue(task("declare", 1, declaration_type="started", course_identifier=MENTOR))


def test_declaration_about_teacher_and_mentor_names_the_course_of_its_task() -> None:
    assert outcomes("ids/training-record", both_roles().post(DECLARATIONS, body(course_identifier=MENTOR))) == PASSED
    assert outcomes("ids/training-record", both_roles().post(DECLARATIONS, body())) == FAILED
    assert outcomes("ids/training-record", both_roles().post(DECLARATIONS, body(declaration_type="completed"))) == set()


def test_void_by_the_id_of_the_own_post_passes_and_an_unknown_id_fails() -> None:
    own = showing(ect(1)).post(DECLARATIONS, body(), records=declared(50)).put(VOID)
    read = showing(ect(1)).get(DECLARATIONS, records=[declared(50)]).put(VOID)

    assert outcomes("ids/declaration-id-stored", own) == PASSED
    assert outcomes("ids/declaration-id-stored", read) == set()
    assert outcomes("ids/declaration-id-stored", showing(ect(1)).put(VOID, status=404)) == FAILED


def test_mentor_who_is_no_participant_is_looked_for_among_the_unfunded() -> None:
    unknown = showing(ect(1, mentor_id=identifier(77)))
    known = showing(ect(1, mentor_id=identifier(2)), ect(2))

    assert outcomes("ids/mentor-id", unknown) == COULD_NOT_RUN
    assert outcomes("ids/mentor-id", unknown.get("/api/v3/unfunded-mentors", records=[])) == PASSED
    assert outcomes("ids/mentor-id", known) == set()


def test_statement_is_read_by_the_id_that_a_declaration_showed() -> None:
    shown = showing(ect(1)).get(DECLARATIONS, records=[declared(50, statement_id=STATEMENT)])
    statement: dict[str, Any] = record(300, "statement", cohort="2024")

    assert outcomes("ids/statement-id", shown.get(f"/api/v3/statements/{STATEMENT}", records=statement)) == PASSED
    assert (
        outcomes("ids/statement-id", showing(ect(1)).get(f"/api/v3/statements/{STATEMENT}", records=statement)) == set()
    )
