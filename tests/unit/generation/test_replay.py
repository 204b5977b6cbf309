"""What is asked of the answers to the cases of an operation, by whether rules of the programme may refuse them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from lead_provider_conformance.calendar import Calendar
from lead_provider_conformance.generation.case import Case, Expected
from lead_provider_conformance.generation.replay import About, Replay
from lead_provider_conformance.records import Participant
from lead_provider_conformance.states.subjects import Row, Subject

ID = "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11"


class Client:
    """Answers every request in the same way."""

    def __init__(self) -> None:
        self.exchanges = [SimpleNamespace(id="e")]

    def send(self, *_: object, **__: object) -> SimpleNamespace:
        return SimpleNamespace(status=422)


@pytest.mark.parametrize(("settled", "named"), [(True, "reason"), (False, "")])
def test_the_member_that_is_wrong_has_to_be_named_where_no_rule_may_refuse_first(settled: bool, named: str) -> None:
    case = Case(
        "x", "PUT", f"/x/{ID}", (), "{}", "application/json", Expected.REFUSED, wrong="no reason", member="reason"
    )
    about = About(Participant(ID, {}, {}), ID)
    row = Row(Subject.PARTICIPANT, "ect.started", settled=settled)
    replay = Replay(SimpleNamespace(client=Client(), credential=None), Calendar.load(), row, about)

    sent = replay.send(case)

    assert sent is not None
    assert sent.case.member == named
