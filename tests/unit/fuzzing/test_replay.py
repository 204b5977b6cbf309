"""What is asked of the answers to the cases of an operation, by whether rules of the programme may refuse them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.fuzzing.replay import CaseRecords, Replay
from lead_provider_conformance.testdata.subjects import OperationSubject, Subject

ID = "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11"


class Client:
    """Refuses every request that says what is wrong with it."""

    def __init__(self) -> None:
        self.exchanges = [SimpleNamespace(id="e")]

    def send(self, *_: object, deliberate: str | None, **__: object) -> SimpleNamespace:
        return SimpleNamespace(status=422 if deliberate else 200)


REFUSED = Case(
    "x", "PUT", f"/x/{ID}", (), "{}", "application/json", Expected.REFUSED, wrong="no reason", member="reason"
)
ACCEPTED = replace(REFUSED, expected=Expected.ACCEPTED, wrong="", member="")


def replay(*, settled: bool = False, once: bool = False) -> Replay:
    about = CaseRecords(Participant(ID, {}, {}), ID)
    row = OperationSubject(Subject.PARTICIPANT, "ect.started", settled=settled, once=once)
    return Replay(SimpleNamespace(client=Client(), credential=None), Calendar.load(), row, about)


@pytest.mark.parametrize(("settled", "named"), [(True, "reason"), (False, "")])
def test_the_member_that_is_wrong_has_to_be_named_where_no_rule_may_refuse_first(settled: bool, named: str) -> None:
    sent = replay(settled=settled).send(REFUSED)

    assert sent is not None
    assert sent.case.member == named


def test_what_is_to_be_refused_comes_last_and_where_something_can_be_done_once_first() -> None:
    def order(which: Replay) -> list[Expected]:
        return [sent.case.expected for sent in which.results([REFUSED, ACCEPTED])]

    assert order(replay()) == [Expected.ACCEPTED, Expected.REFUSED]
    assert order(replay(once=True)) == [Expected.REFUSED, Expected.ACCEPTED]


def test_before_something_is_done_once_no_rule_stands_against_it_and_after_it_one_does() -> None:
    once = replay(once=True)

    members = [sent.case.member for sent in (once.send(REFUSED), once.send(ACCEPTED), once.send(REFUSED)) if sent]

    assert members == ["reason", "", ""]
