"""A wrong exchange explains what a test finds later about the same record, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.unit.journals import Run

from lead_provider_conformance.model import Cause, Outcome
from lead_provider_conformance.results.defects import UNKEPT, defect_of
from lead_provider_conformance.results.wake import wake, with_unkept_writes

ID, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
PENDING = Cause("accept_application", "status", UNKEPT)
REFUSED = Cause("accept_application", "base", "refuses requests that must be accepted")
ACCEPTED = Cause("accept_application", "", "accepts requests that must be refused")
FILTERED = Cause("list_declarations", "query:filter[participant_id]", "wrong records")

SHOULD_BE_ACCEPTED = "POST /x returned 422; expected 200. {}"
SHOULD_BE_REFUSED = "POST /x returned 200; expected 422. {}"
UNCHANGED = "updated_at is 2024-01-01T00:00:00Z after the change; it was 2024-01-01T00:00:00Z before."
ERRORS = {"errors": [{"title": "base", "detail": "No."}]}


class Journey(Run):
    """A run of tests about applications."""

    def writes(
        self, status: int = 200, record: str = ID, *, action: str = "accept", test: str = "one", body: object = ""
    ) -> str:
        """Send a write about an application."""
        path, operation = f"/api/v3/applications/{record}/{action}", f"{action}_application"
        return self.exchanged(
            "POST", path, status, body or (ERRORS if status == 422 else ""), operation=operation, test=test
        )

    def reads(self, record: str = ID, *, test: str = "one") -> str:
        """Read an application."""
        return self.exchanged("GET", f"/api/v3/applications/{record}", operation="show_application", test=test)

    def fails(self, requirement: str, reason: str, exchange: str, *, test: str = "one") -> None:
        """Add a failed finding that an exchange shows."""
        self.found(Outcome.FAILED, requirement, reason, exchanges=[exchange], test=test)

    def wake(self) -> Mapping[str, Cause]:
        """Return the requirements in the wake of a wrong exchange, with its defect."""
        journals = self.record()
        own = {each: defect_of(each, journals.exchanges) for each in journals.findings}
        defects = with_unkept_writes(own, journals.exchanges)
        return {each.requirement: defect for each, defect in wake(defects, journals.exchanges).items()}


def unkept() -> Journey:
    """Return a run in which an accepted application is still pending."""
    run = Journey()
    run.writes()
    run.fails("a/kept", "`status` is 'pending'; expected 'accepted'.", run.reads())
    return run


@pytest.mark.parametrize("reason", [SHOULD_BE_REFUSED, "`day` is 1; expected 2.", UNCHANGED, "No error names `day`: x"])
def test_effects_of_a_write_that_was_not_kept_follow(reason: str) -> None:
    run = unkept()
    run.fails("a/later", reason, run.reads())

    assert run.wake() == {"a/later": PENDING}


def test_other_fields_in_the_response_that_shows_a_wrong_state_follow() -> None:
    run = Journey()
    run.writes()
    shown = run.reads()
    run.fails("a/kept", "`status` is 'pending'; expected 'accepted'.", shown)
    run.fails("a/reason", "`reason` is null; expected 'other'.", shown)

    assert run.wake() == {"a/reason": PENDING}


def test_other_records_tests_fields_and_earlier_failures_do_not_follow() -> None:
    run = Journey()
    run.fails("a/earlier", "`name` is 1; expected 2.", run.reads())
    run.writes()
    run.fails("a/kept", "`status` is 'pending'; expected 'accepted'.", run.reads())
    run.fails("a/record", "`name` is 1; expected 2.", run.reads(OTHER))
    run.fails("a/test", "`name` is 1; expected 2.", run.reads(test="two"), test="two")
    run.writes(action="rename")
    run.fails("a/rewritten", "`name` is 1; expected 2.", run.reads())

    assert run.wake() == {}


def test_read_without_a_write_or_of_another_field_shows_no_wrong_state() -> None:
    run = Journey()
    run.fails("a/read", "`status` is 'pending'; expected 'accepted'.", run.reads())
    run.writes()
    run.fails("a/name", "`name` is 1; expected 2.", run.reads())
    run.fails("a/later", SHOULD_BE_REFUSED, run.writes())

    assert run.wake() == {}


def test_other_tests_follow_from_an_operation_that_keeps_no_write() -> None:
    run = unkept()
    run.writes(test="two", body={"data": {"participant_id": OTHER}})
    run.fails("a/participant", "The request failed, so no data: <>", run.reads(OTHER, test="two"), test="two")
    run.writes(422, test="three")
    run.fails("a/refused", "The request failed, so no data: <>", run.reads(test="three"), test="three")

    assert run.wake() == {"a/participant": PENDING}


@pytest.mark.parametrize("status", [422, 500])
def test_effects_of_a_write_that_was_not_done_follow(status: int) -> None:
    run = Journey()
    run.fails("a/accepted", SHOULD_BE_ACCEPTED, run.writes(status))
    run.fails("a/effect", "`status` is 'pending'; expected 'accepted'.", run.reads())
    run.fails("a/once", SHOULD_BE_REFUSED, run.writes(action="reject"))
    run.fails("a/again", "`status` is 'rejected'; expected 'accepted'.", run.reads())

    assert set(run.wake()) == {"a/effect", "a/once", "a/again"}
    assert len(set(run.wake().values())) == 1


def test_rules_that_a_wrongly_accepted_request_breaks_in_passing_follow() -> None:
    run = Journey()
    accepted = run.writes()
    run.fails("a/refused", SHOULD_BE_REFUSED, accepted)
    cause = Cause("accept_application", "/data/attributes/reason", "null")
    run.found(Outcome.FAILED, "contract/response-schema", "null", exchanges=[accepted], test="one", cause=cause)
    shown = run.reads()
    run.found(Outcome.FAILED, "contract/error-body", "null", exchanges=[shown], test="one", cause=cause)

    assert run.wake() == dict.fromkeys(("contract/response-schema", "contract/error-body"), ACCEPTED)


def test_rules_that_a_wrongly_refused_request_breaks_do_not_follow() -> None:
    run = Journey()
    refused = run.writes(422)
    run.fails("a/accepted", SHOULD_BE_ACCEPTED, refused)
    cause = Cause("accept_application", "/errors", "minItems")
    run.found(Outcome.FAILED, "contract/error-body", "no errors", exchanges=[refused], test="one", cause=cause)

    assert run.wake() == {}


def test_tests_that_choose_records_with_a_wrong_filter_follow() -> None:
    run = Journey()
    path = f"/api/v3/declarations?filter[participant_id]={ID}"
    wrong = f"GET /api/v3/declarations with filter[participant_id]={ID} lists 1, which it should leave out."
    listed = run.exchanged("GET", path, operation="list_declarations", test="filters")
    run.fails("filtering/participant", wrong, listed, test="filters")
    run.exchanged("GET", path, operation="list_declarations", test="one")
    run.fails("a/accepted", SHOULD_BE_ACCEPTED, run.writes(422, OTHER))
    run.exchanged("GET", "/api/v3/declarations?filter[cohort]=2021", operation="list_declarations", test="two")
    run.fails("a/other", SHOULD_BE_ACCEPTED, run.writes(422, OTHER, test="two"), test="two")

    assert run.wake() == {"a/accepted": FILTERED}


def test_write_about_a_record_beside_it_is_not_the_one_that_was_not_kept() -> None:
    run = Journey()
    run.fails("a/accepted", SHOULD_BE_ACCEPTED, run.writes(422))
    declared = run.exchanged(
        "POST", "/api/v3/declarations", sent={"participant_id": ID}, operation="declare", test="one"
    )
    run.fails("a/kept", "`status` is 'pending'; expected 'accepted'.", run.reads())
    run.fails("b/refused", SHOULD_BE_REFUSED, declared)

    assert run.wake() == dict.fromkeys(("a/kept", "b/refused"), REFUSED)
