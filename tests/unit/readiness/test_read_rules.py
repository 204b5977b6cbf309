"""Reading records: what the client may not expect, what schools and DfE change, and what other providers declared."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.readiness.people import DECLARATIONS, PARTICIPANTS, TEACHER, body, declared, ect, showing
from tests.unit.readiness.traces import TraceBuilder, identifier, judge, outcomes, record, records, task, trace

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.readiness.script import Task

PASSED, FAILED, COULD_NOT_RUN = {Outcome.PASSED}, {Outcome.FAILED}, {Outcome.COULD_NOT_RUN}
TRANSFERS = "/api/v3/participants/transfers"
STATEMENTS = "/api/v3/statements"
WITHDRAW = f"{PARTICIPANTS}/{identifier(1)}/withdraw"
REASON = {"course_identifier": TEACHER, "reason": "moved-school"}
ARMED = [("read/tolerates-new-members", "unknown-member"), ("read/tolerates-new-values", "unknown-value")]


def full_page() -> list[dict[str, Any]]:
    return records(range(100), ecf_enrolments=[])


def armed(situation: str, page: list[dict[str, Any]]) -> TraceBuilder:
    builder = trace().act("change-while-reading").cue().situation(situation)
    return builder.get(f"{PARTICIPANTS}?page[page]=1", records=page, situation=situation)


@pytest.mark.parametrize(("obligation", "situation"), ARMED)
def test_client_that_reads_on_passes(obligation: str, situation: str) -> None:
    builder = armed(situation, full_page()).get(f"{PARTICIPANTS}?page[page]=2", records=[])

    assert outcomes(obligation, builder) == PASSED
    assert outcomes(obligation, armed(situation, []).get(STATEMENTS, records=[])) == PASSED


@pytest.mark.parametrize(("obligation", "situation"), ARMED)
def test_client_that_stops_within_the_list_fails_once_it_is_shown_to_live(obligation: str, situation: str) -> None:
    again = (
        armed(situation, full_page()).end_cue(status=1).cue().get(f"{PARTICIPANTS}?page[page]=1", records=full_page())
    )
    elsewhere = armed(situation, full_page())
    elsewhere.get(f"{STATEMENTS}?page[page]=1", records=records(range(100)))
    elsewhere.get(f"{STATEMENTS}?page[page]=2", records=[])

    assert outcomes(obligation, again) == FAILED
    assert outcomes(obligation, elsewhere) == FAILED
    assert outcomes(obligation, armed(situation, full_page()).end_cue(status=1)) == COULD_NOT_RUN


@pytest.mark.parametrize(("obligation", "situation"), ARMED)
def test_client_that_reads_no_list_beyond_its_first_page_is_not_judged(obligation: str, situation: str) -> None:
    builder = armed(situation, full_page()).get(STATEMENTS, records=[])

    (result,) = judge(obligation, builder)

    assert result.outcome is Outcome.COULD_NOT_RUN
    assert result.blocked_by == "paging/all-pages"


def test_command_that_ends_with_an_error_at_a_page_fails_though_it_read_no_list_to_its_end() -> None:
    page = [*full_page()[1:], ect(1, eligible_for_funding=None)]

    def died(*tasks: Task) -> TraceBuilder:
        builder = trace().act("first-sync").cue(*tasks).get(f"{PARTICIPANTS}?page[page]=1", records=full_page())
        builder.get(f"{PARTICIPANTS}?page[page]=2", records=page).end_cue(status=1)
        return builder.cue().get(f"{PARTICIPANTS}?page[page]=1", records=full_page())

    assert outcomes("read/tolerates-null", died()) == FAILED
    assert outcomes("read/tolerates-null", died(task("declare", 9))) == COULD_NOT_RUN
    assert outcomes("read/tolerates-null", died().end_cue(status=1).get(STATEMENTS, records=[])) == FAILED


def test_client_that_reads_the_list_again_later_passes() -> None:
    builder = armed("unknown-member", full_page()).cue().get(f"{PARTICIPANTS}?page[page]=1", records=full_page())

    builder.get(f"{PARTICIPANTS}?page[page]=2", records=[])

    assert outcomes("read/tolerates-new-members", builder) == PASSED


def test_last_page_of_a_command_that_ends_well_passes_and_another_status_decides_nothing() -> None:
    assert outcomes("read/tolerates-new-members", armed("unknown-member", [])) == PASSED
    assert outcomes("read/tolerates-new-members", armed("unknown-member", []).end_cue(status=1)) == COULD_NOT_RUN
    later = armed("unknown-member", []).end_cue(status=1).cue().get(STATEMENTS, records=[])
    assert outcomes("read/tolerates-new-members", later) == PASSED


def test_client_that_stops_at_null_fails_and_one_that_reads_on_passes() -> None:
    page = [*records(range(1, 100), ecf_enrolments=[]), ect(1, eligible_for_funding=None)]
    builder = trace().act("first-sync").cue().get(f"{PARTICIPANTS}?page[page]=1", records=page)
    dead = trace().act("first-sync").cue().get(f"{PARTICIPANTS}?page[page]=1", records=page).end_cue(status=1)

    assert outcomes("read/tolerates-null", builder.get(f"{PARTICIPANTS}?page[page]=2", records=[])) == PASSED
    assert outcomes("read/tolerates-null", dead.cue().get(f"{PARTICIPANTS}?page[page]=1", records=page)) == FAILED
    assert outcomes("read/tolerates-null", trace().get(PARTICIPANTS, records=records([1], ecf_enrolments=[]))) == set()


def event(name: str, *shown: dict[str, Any], path: str = PARTICIPANTS, **facts: Any) -> TraceBuilder:
    builder = trace().act("transfer").get(PARTICIPANTS, records=[ect(1)])
    builder.event(name, participant_id=identifier(1), **facts).cue()
    return builder.get(path, records=list(shown)) if shown else builder


LEAVING = ect(1, participant_status="leaving")
LEFT = ect(1, participant_status="left")


def test_leaving_participant_is_not_withdrawn_without_a_task() -> None:
    asked = event("leaving", LEAVING).cue(task("withdraw", 1)).put(WITHDRAW, REASON)
    wrong = event("leaving", LEAVING).cue(task("withdraw", 1, trap="is only leaving")).put(WITHDRAW, REASON)

    assert outcomes("read/participant-status", event("leaving", LEAVING).put(WITHDRAW, REASON)) == FAILED
    assert outcomes("read/participant-status", wrong) == FAILED
    assert outcomes("read/participant-status", asked) == PASSED


def test_leaving_participant_who_is_left_alone_passes_once_the_client_went_on() -> None:
    went_on = event("leaving", LEAVING).get(STATEMENTS, records=[])
    left = event("leaving", LEAVING).get(PARTICIPANTS, records=[LEFT]).put(WITHDRAW, REASON)

    assert outcomes("read/participant-status", went_on) == PASSED
    assert outcomes("read/participant-status", left) == PASSED
    assert outcomes("read/participant-status", event("leaving", LEAVING)) == COULD_NOT_RUN
    assert outcomes("read/participant-status", event("leaving")) == COULD_NOT_RUN


def test_declaration_after_a_move_fits_the_new_schedule() -> None:
    facts = {"from": "2022", "to": "2024"}
    there = ect(1, schedule_identifier="ecf-extended-september")

    def moved() -> TraceBuilder:
        return event("cohort-moved", there, **facts)

    right = moved().post(DECLARATIONS, body(declaration_type="retained-1", declaration_date="2025-02-01"))
    wrong = moved().post(DECLARATIONS, body(declaration_type="retained-1", declaration_date="2023-02-01"), status=422)

    assert outcomes("read/cohort-moved", right) == PASSED
    assert outcomes("read/cohort-moved", wrong) == FAILED
    assert outcomes("read/cohort-moved", moved()) == COULD_NOT_RUN
    assert outcomes("read/cohort-moved", event("cohort-moved", **facts)) == COULD_NOT_RUN


def test_participant_who_left_is_withdrawn() -> None:
    by_transfer = record(1, "participant-transfer", transfers=[{"status": "complete", "joining": {}}])

    assert outcomes("read/transfers", event("left", LEFT).put(WITHDRAW, REASON)) == PASSED
    assert outcomes("read/transfers", event("left", by_transfer, path=TRANSFERS).put(WITHDRAW, REASON)) == PASSED
    assert outcomes("read/transfers", event("left", LEFT)) == COULD_NOT_RUN
    assert outcomes("read/transfers", event("left")) == COULD_NOT_RUN


def test_transfer_with_one_side_is_waited_for() -> None:
    half = record(1, "participant-transfer", transfers=[{"status": "incomplete", "joining": None}])

    def announced() -> TraceBuilder:
        return event("transfer-announced", half, path=TRANSFERS)

    left = announced().get(PARTICIPANTS, records=[LEFT]).put(WITHDRAW, REASON)
    assert outcomes("read/transfer-incomplete", announced().put(WITHDRAW, REASON)) == FAILED
    assert outcomes("read/transfer-incomplete", announced().get(STATEMENTS, records=[])) == PASSED
    assert outcomes("read/transfer-incomplete", left) == PASSED


def transferred() -> TraceBuilder:
    return event("transferred-in", declared(50), path=DECLARATIONS, declaration_ids=[identifier(50)])


def test_declarations_of_another_provider_are_neither_voided_nor_repeated() -> None:
    voided = transferred().put(f"{DECLARATIONS}/{identifier(50)}/void", status=422)
    next_type = body(declaration_type="retained-1", declaration_date="2025-02-01")

    assert outcomes("read/transferred-declarations", voided) == FAILED
    assert outcomes("read/transferred-declarations", transferred().post(DECLARATIONS, body(), status=422)) == FAILED
    assert outcomes("read/transferred-declarations", transferred().post(DECLARATIONS, next_type)) == PASSED


def test_declarations_of_another_provider_that_were_not_shown_are_no_failure() -> None:
    unread = event("transferred-in", declaration_ids=[identifier(50)]).post(DECLARATIONS, body(), status=422)

    assert outcomes("read/transferred-declarations", unread) == COULD_NOT_RUN


def paid() -> TraceBuilder:
    builder = showing(ect(1)).post(DECLARATIONS, body(), records=declared(50))
    return builder.event("declaration-state", declaration_id=identifier(50), state="paid").cue()


def test_state_of_a_declaration_is_followed_by_any_read() -> None:
    by_poll = paid().get(
        f"{DECLARATIONS}?filter[updated_since]=2026-09-10T00:00:00Z", records=[declared(50, state="paid")]
    )
    later = (
        paid().get(STATEMENTS, records=[]).act("a-week").cue().get(DECLARATIONS, records=[declared(50, state="paid")])
    )

    assert outcomes("read/declaration-state-followed", by_poll) == PASSED
    assert outcomes("read/declaration-state-followed", later) == PASSED


def test_state_of_a_declaration_that_is_never_read_fails_if_the_client_was_free_to() -> None:
    assert outcomes("read/declaration-state-followed", paid().get(STATEMENTS, records=[])) == FAILED
    assert outcomes("read/declaration-state-followed", paid()) == COULD_NOT_RUN
    assert outcomes("read/declaration-state-followed", paid().get(STATEMENTS, records=[]).build(is_over=False)) == set()


@pytest.mark.parametrize(
    ("obligation", "path"),
    [("read/statements", STATEMENTS), ("read/unfunded-mentors", "/api/v3/unfunded-mentors")],
)
def test_list_read_to_its_end_passes_and_half_of_it_could_not_run(obligation: str, path: str) -> None:
    assert outcomes(obligation, trace().get(path, records=records(range(3)))) == PASSED
    assert outcomes(obligation, trace().get(path, records=records(range(100)))) == COULD_NOT_RUN
    assert outcomes(obligation, trace().get(PARTICIPANTS, records=[])) == set()


@pytest.mark.parametrize(("name", "expected"), [("Northern", set()), ("Southern", FAILED)])
def test_declaration_under_the_name_of_another_provider_is_not_voided(name: str, expected: set[Outcome]) -> None:
    builder = showing(ect(1)).post(DECLARATIONS, body(), records=declared(51, lead_provider_name="Northern"))
    builder.get(DECLARATIONS, records=[declared(50, lead_provider_name=name)])

    builder.put(f"{DECLARATIONS}/{identifier(50)}/void", status=422)

    assert outcomes("read/transferred-declarations", builder) == expected


@pytest.mark.parametrize(("status", "expected"), [(1, FAILED), (0, PASSED)])
@pytest.mark.parametrize(("obligation", "situation"), ARMED)
def test_command_that_ends_with_an_error_at_the_response_and_leaves_its_task_fails(
    obligation: str, situation: str, status: int, expected: set[Outcome]
) -> None:
    builder = trace().act("change-while-reading").cue(task("declare", 1)).situation(situation)
    builder.get(f"{PARTICIPANTS}?page[page]=1", records=full_page(), situation=situation)
    builder.get(f"{PARTICIPANTS}?page[page]=2", records=[], situation=situation)

    assert outcomes(obligation, builder.end_cue(status=status)) == expected


def test_command_with_an_error_that_did_its_task_passes() -> None:
    builder = trace().act("change-while-reading").cue(task("declare", 1, declaration_type="started"))
    builder.situation("unknown-member").get(PARTICIPANTS, records=[ect(1)], situation="unknown-member")
    builder.post(DECLARATIONS, body(), records=declared(50), situation="unknown-member")

    assert outcomes("read/tolerates-new-members", builder.end_cue(status=1)) == PASSED


def test_command_with_an_error_whose_task_is_about_a_participant_that_was_never_shown_passes() -> None:
    builder = trace().act("change-while-reading").cue(task("declare", 500)).situation("unknown-member")
    builder.get(f"{PARTICIPANTS}?page[page]=1", records=full_page(), situation="unknown-member")
    builder.get(f"{PARTICIPANTS}?page[page]=2", records=[], situation="unknown-member")
    builder.end_cue(status=1).cue().get(STATEMENTS, records=[])

    assert outcomes("read/tolerates-new-members", builder) == PASSED
