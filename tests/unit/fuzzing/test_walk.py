"""A journey with a participant who has voided declarations of an earlier test takes only steps with a known result."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import Declaration, Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.fuzzing.stateful.journey import Journey
from lead_provider_conformance.fuzzing.stateful.observe import Apis
from lead_provider_conformance.fuzzing.stateful.steps import Action, Step
from lead_provider_conformance.fuzzing.stateful.walk import LIFECYCLE, walk
from lead_provider_conformance.http.server_date import ServerDate

ECT = Participant(
    "p1", {}, {"participant_type": "ect", "cohort": "2023", "training_status": "active", "withdrawal": None}
)
NOW = datetime.now(UTC)
TODAY, YESTERDAY = (format_time(NOW - timedelta(days=days)) for days in (0, 1))
WITHDRAWAL = Journey("ect.no-declarations", "ecf", (Step(Action.WITHDRAW),))


def withdraw_with(*states, journey=WITHDRAWAL, status=200, updated_at=YESTERDAY, server_date=None, read=None):
    """Walk a journey that withdraws a participant with started declarations in these states.

    The list `read` gets an entry each time that the declarations are read.
    """
    declarations = [
        Declaration(str(number), {"declaration_type": "started", "state": state, "course_identifier": ECT.course})
        for number, state in enumerate(states)
    ]
    sent, read = [], [] if read is None else read

    def declarations_about(participant):
        read.append(participant)
        return declarations

    def withdraw(participant, **_):
        sent.append(participant)
        return SimpleNamespace(status=status)

    shown = replace(ECT, attributes={"updated_at": updated_at})
    api = SimpleNamespace(
        client=SimpleNamespace(latest_exchange="e1", server_time=NOW, server_date=server_date or ServerDate()),
        declarations="/api/v3/participant-declarations",
        declarations_about=declarations_about,
        participant=lambda _: shown,
        resume=lambda _: SimpleNamespace(status=422),
        withdraw=withdraw,
    )
    return walk(journey, Apis(api), Calendar.load(), ECT), sent


@pytest.mark.parametrize("states", [("voided",), ("voided", "voided")])
def test_step_whose_result_depends_on_earlier_voided_declarations_is_not_sent(states):
    discrepancies, sent = withdraw_with(*states)

    assert (discrepancies, sent) == ((), [])


def test_step_is_sent_without_earlier_declarations(monkeypatch):
    discrepancies, sent = withdraw_with()

    assert sent == [ECT]
    assert [each.requirement for each in discrepancies] == [LIFECYCLE]


def test_record_is_read_once_between_a_refused_step_and_the_next():
    read, journey = [], replace(WITHDRAWAL, steps=(Step(Action.WITHDRAW), Step(Action.WITHDRAW)))

    discrepancies, sent = withdraw_with(journey=journey, status=422, read=read)

    assert (discrepancies, len(sent)) == ((), 2)
    assert len(read) == 3, "before the first step, and after each"


@pytest.mark.parametrize(
    ("updated", "header", "is_sent"),
    [(YESTERDAY, None, True), (TODAY, None, False), (TODAY, "X-With-Server-Date", True)],
    ids=["yesterday", "today", "today, with a clock"],
)
def test_participant_whose_training_may_have_begun_today_is_withdrawn_tomorrow(updated, header, is_sent):
    journey, server_date = replace(WITHDRAWAL, service="ect"), ServerDate(header)

    _, sent = withdraw_with(journey=journey, status=422, updated_at=updated, server_date=server_date)

    assert bool(sent) is is_sent
    assert (server_date.now is None) is (header is None)


@pytest.mark.parametrize("header", [None, "X-With-Server-Date"])
def test_next_day_comes_only_with_a_header_for_the_clock(header):
    journey = replace(WITHDRAWAL, service="ect", steps=(Step(Action.NEXT_DAY), Step(Action.RESUME)))
    server_date = ServerDate(header)

    withdraw_with(journey=journey, status=422, server_date=server_date)

    assert (server_date.now is None) is (header is None)
