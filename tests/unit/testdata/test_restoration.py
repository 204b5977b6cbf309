"""A participant whom a test has changed is put back for another test."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from tests.unit.testdata.records import ECT

from lead_provider_conformance.api.records import Declaration, Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import IncompleteResponse, Response
from lead_provider_conformance.model import CouldNotRun, Safety
from lead_provider_conformance.testdata import states as states_module
from lead_provider_conformance.testdata.restoration import is_resumed_on_same_day, restore

STATE = "ect.no-declarations"


class Server:
    """Holds participants and their declarations, and counts the requests."""

    def __init__(self, count: int, **changes: Any) -> None:
        ids = [str(uuid5(NAMESPACE_URL, str(number))) for number in range(count)]
        self.listed = [Participant(each, {}, ECT | changes) for each in ids]
        self.participants = {each.id: each for each in self.listed}
        self.declared: dict[str, Declaration] = {}
        self.requests: list[str] = []
        self.status = 200

    def operations(self) -> dict[str, Any]:
        names = ("participant", "declarations_about", "declare", "void", "resume", "change_schedule")
        return {name: getattr(self, name) for name in names}

    def participant(self, participant: Participant) -> Participant:
        self.requests.append("read")
        return self.participants[participant.id]

    def declarations_about(self, participant: Participant) -> list[Declaration]:
        return [each for each in self.declared.values() if each.participant_id == participant.id]

    def add(self, participant: Participant, state: str) -> None:
        attributes = {"declaration_type": "started", "course_identifier": "ecf-induction", "state": state}
        new = Declaration(str(len(self.declared)), {"participant_id": participant.id, **attributes})
        self.declared[new.id] = new

    def declare(self, attributes: dict[str, Any]) -> Response:
        self.add(self.participants[attributes["participant_id"]], "eligible")
        return self.answer()

    def void(self, declaration_id: str) -> Response:
        old = self.declared[declaration_id]
        self.declared[declaration_id] = replace(old, attributes={**old.attributes, "state": "voided"})
        return self.answer()

    def change(self, participant: Participant, **changes: Any) -> Response:
        old = self.participants[participant.id]
        self.participants[participant.id] = replace(old, enrolment={**old.enrolment, **changes})
        return self.answer()

    def resume(self, participant: Participant) -> Response:
        return self.change(participant, training_status="active")

    def change_schedule(self, participant: Participant, schedule: str, *, cohort: str | None = None) -> Response:
        return self.change(participant, schedule_identifier=schedule, **({"cohort": cohort} if cohort else {}))

    def answer(self) -> Response:
        return Response("e1", "PUT", "/api/v3/participants/ecf/1/resume", self.status, {}, b"{}")


@pytest.fixture
def run(make_states: Any) -> Any:
    def test(server: Server, **options: Any) -> Any:
        return make_states(participants=server.listed, **server.operations(), **options)

    return test


def test_changed_participant_is_put_back_for_another_test(run: Any, journal: Any) -> None:
    server = Server(1)
    first = run(server)
    ect = first.claim(STATE)
    server.add(ect, "eligible")
    server.change(ect, training_status="deferred", schedule_identifier="ecf-extended-april", cohort="2024")
    first.release()

    assert run(server).claim(STATE) == ect
    assert [each["supplier"] for each in journal] == ["discovery", "restoration"]
    assert [each.state for each in server.declared.values()] == ["voided"]


@pytest.mark.parametrize(
    ("programme", "edition", "expected"),
    [("ecf", "2025-04", True), ("ecf", "2026-08", False), ("npq", "2026-08", True)],
)
def test_ect_service_resumes_nobody_on_the_same_day(programme: str, edition: str, expected: bool) -> None:
    assert is_resumed_on_same_day(programme, Calendar.load(edition)) is expected


def test_participant_shown_only_by_course_is_not_put_back() -> None:
    shown = {"course_identifier": "npq-leading-literacy"}
    npq = Participant(str(uuid5(NAMESPACE_URL, "npq")), {}, shown)
    server = Server(0)
    server.participants[npq.id] = npq
    server.add(npq, "eligible")
    note: Any = {"id": npq.id, "state": "npq.no-declarations", "enrolment": shown, "declarations": [], "unfit_for": []}

    with pytest.raises(IncompleteResponse, match="neither the schedule nor the training status"):
        restore(SimpleNamespace(**server.operations()), note, keep=())  # type: ignore[arg-type]

    assert [each.state for each in server.declared.values()] == ["eligible"]


def test_participant_is_not_shared_before_the_test_has_ended(run: Any) -> None:
    server = Server(1)
    run(server).claim(STATE)

    with pytest.raises(CouldNotRun):
        run(server).claim(STATE)


def test_one_record_serves_many_tests(run: Any) -> None:
    server = Server(1)
    for _ in range(20):
        test = run(server)
        server.add(test.claim(STATE), "eligible")
        test.release()

    assert len(server.declared) == 20


def test_restoring_sends_no_request_while_there_are_untouched_records(run: Any) -> None:
    server = Server(5)
    for _ in range(4):
        test = run(server)
        test.claim(STATE)
        test.release()

    assert server.requests == []


def test_last_untouched_record_is_kept_for_a_test_that_needs_one(run: Any) -> None:
    server = Server(2)
    for _ in range(3):
        test = run(server)
        server.add(test.claim(STATE), "eligible")
        test.release()

    assert run(server).claim(STATE, untouched=True) == server.listed[1]


def test_record_with_voided_declarations_is_not_untouched(run: Any) -> None:
    server = Server(1)
    first = run(server)
    server.add(first.claim(STATE), "eligible")
    first.release()

    with pytest.raises(CouldNotRun, match="not even voided ones"):
        run(server).claim(STATE, untouched=True)
    assert run(server).claim(STATE) == server.listed[0]


def test_record_that_was_only_read_stays_untouched(run: Any) -> None:
    server = Server(1)
    first = run(server)
    first.claim(STATE, untouched=True)
    first.release()

    assert run(server).claim(STATE, untouched=True) == server.listed[0]


def test_derived_record_becomes_its_source_again(run: Any, journal: Any) -> None:
    server = Server(1)
    first = run(server)
    first.claim("ect.started")
    first.release()

    assert run(server).claim(STATE) == server.listed[0]
    assert [each["supplier"] for each in journal] == ["discovery", "derivation", "restoration"]


def test_record_that_has_lost_its_declaration_serves_as_the_source_of_its_state(run: Any) -> None:
    server = Server(1)
    server.add(server.listed[0], "eligible")
    first = run(server, declarations=list(server.declared.values()))
    first.claim("ect.started")
    server.void("0")
    first.release()

    second = run(server, declarations=list(server.declared.values()))
    vars(second)["inventory"] = first.inventory
    assert second.claim(STATE) == server.listed[0]
    second.release()

    third = run(server)
    vars(third)["inventory"] = first.inventory
    assert third.claim("ect.started") == server.listed[0]
    assert [each.state for each in server.declared.values()] == ["voided", "eligible"]


def test_record_of_two_states_serves_both(run: Any) -> None:
    server = Server(1, eligible_for_funding=None)
    first = run(server)
    server.add(first.claim("ect.undecided"), "submitted")
    first.release()

    assert run(server).claim("ect.not-registered") == server.listed[0]


def test_record_that_cannot_be_put_back_is_not_used_again(run: Any) -> None:
    server = Server(1)
    first = run(server)
    server.change(first.claim(STATE), training_status="withdrawn")
    first.release()
    server.status = 422

    for _ in range(2):
        with pytest.raises(CouldNotRun):
            run(server).claim(STATE)
    assert server.requests == ["read"]


def test_record_that_has_lost_its_state_for_good_is_not_used_again(run: Any) -> None:
    server = Server(1)
    first = run(server)
    server.add(first.claim(STATE), "awaiting-clawback")
    first.release()

    for _ in range(2):
        with pytest.raises(CouldNotRun):
            run(server).claim(STATE)
    assert server.requests == ["read", "read"]


def test_where_is_about_restored_records_too(run: Any) -> None:
    server = Server(2)
    for _ in range(2):
        test = run(server)
        test.claim(STATE, where=lambda each: each.id == server.listed[0].id)
        test.release()

    with pytest.raises(CouldNotRun):
        run(server).claim(STATE, where=lambda each: each.id == "another")


def test_nothing_is_restored_on_a_read_only_target(run: Any) -> None:
    server = Server(1)
    first = run(server, safety=Safety.READ_ONLY)
    first.claim(STATE)
    first.release()

    with pytest.raises(CouldNotRun):
        run(server, safety=Safety.READ_ONLY).claim(STATE)
    assert server.requests == []


def claim_in_another_process(make: Any, server: Server, name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Claim a record as a process that is still running; return its states."""
    parent = os.getppid()
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: parent)
        states = make(server)
        states.claim(name)
    return states


def test_record_of_a_test_in_another_process_is_awaited(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(1)
    other = claim_in_another_process(run, server, STATE, monkeypatch)
    waits: list[float] = []

    def pause(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            other.release()

    monkeypatch.setattr(states_module, "pause", pause)

    assert run(server).claim(STATE) == server.listed[0]
    assert waits == [states_module.WAIT_SECONDS] * 3


def test_record_that_another_process_releases_during_the_search_is_found(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(1)
    other = claim_in_another_process(run, server, STATE, monkeypatch)
    test = run(server)
    restored = test._restoration.restored

    def search(*arguments: Any) -> Any:
        yield from restored(*arguments)
        other.release()

    monkeypatch.setattr(test._restoration, "restored", search)
    monkeypatch.setattr(states_module, "pause", lambda _: None)

    assert test.claim(STATE) == server.listed[0]


def test_record_that_another_process_claims_during_the_search_is_awaited(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(1)
    test = run(server)
    is_awaited = test._restoration.is_awaited
    others: list[Any] = []

    def check(*arguments: Any) -> Any:
        result = is_awaited(*arguments)
        if not others:
            others.append(claim_in_another_process(run, server, STATE, monkeypatch))
        return result

    monkeypatch.setattr(test._restoration, "is_awaited", check)
    monkeypatch.setattr(states_module, "pause", lambda _: others[0].release())

    assert test.claim(STATE) == server.listed[0]


def test_record_of_another_state_is_not_awaited(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(1)
    claim_in_another_process(run, server, STATE, monkeypatch)
    monkeypatch.setattr(states_module, "pause", lambda _: pytest.fail("the test waited"))

    with pytest.raises(CouldNotRun):
        run(server).claim("ect.left")


def test_record_of_a_process_that_has_ended_is_not_awaited(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(1)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: ended.pid)
        run(server).claim(STATE)
    monkeypatch.setattr(states_module, "pause", lambda _: pytest.fail("the test waited"))

    with pytest.raises(CouldNotRun):
        run(server).claim(STATE)


@pytest.mark.parametrize(("held", "longest"), [(0, 300), (1, 20)])
def test_waiting_ends_and_sooner_for_a_test_that_holds_a_record(
    run: Any, monkeypatch: pytest.MonkeyPatch, held: int, longest: int
) -> None:
    server = Server(held + 1)
    claim_in_another_process(run, server, STATE, monkeypatch)
    test = run(server)
    for _ in range(held):
        test.claim(STATE, untouched=True)
    now = 1_000.0

    def pause(_: float) -> None:
        nonlocal now
        now += 10

    monkeypatch.setattr(states_module, "pause", pause)
    monkeypatch.setattr(states_module.time, "monotonic", lambda: now)

    with pytest.raises(CouldNotRun):
        test.claim(STATE)
    assert now == 1_000 + longest
