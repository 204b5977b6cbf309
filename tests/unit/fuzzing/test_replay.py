"""Replay of cases: their order, and the fields that refusals must name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from types import SimpleNamespace

import pytest

from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.fuzzing.case_records import CaseRecords
from lead_provider_conformance.fuzzing.replay import Replay
from lead_provider_conformance.testdata.subjects import OperationSubject, Subject

ID = "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11"


class Client:
    """Refuses every request that says what is wrong with it."""

    def __init__(self) -> None:
        self.exchanges = [SimpleNamespace(id="e")]

    def send(self, *_: object, deliberate: str | None, **__: object) -> SimpleNamespace:
        return SimpleNamespace(status=422 if deliberate else 200)


REFUSED = Case(
    "x", "PUT", f"/x/{ID}", (), "{}", "application/json", Expected.REFUSED, defect="no reason", field="reason"
)
ACCEPTED = replace(REFUSED, expected=Expected.ACCEPTED, defect="", field="")


def replay(*, accepts: bool = False, accepts_once: bool = False) -> Replay:
    records = CaseRecords(Participant(ID, {}, {}), ID)
    row = OperationSubject(Subject.PARTICIPANT, "ect.started", accepts=accepts, accepts_once=accepts_once)
    return Replay(SimpleNamespace(client=Client(), credential=None), Calendar.load(), row, records)


@pytest.mark.parametrize(("accepts", "named"), [(True, "reason"), (False, "")])
def test_refusal_must_name_the_field_unless_a_rule_may_refuse_first(accepts: bool, named: str) -> None:
    result = replay(accepts=accepts).send(REFUSED)

    assert result is not None
    assert result.case.field == named


def test_refusals_come_last_but_first_if_the_operation_succeeds_once() -> None:
    def order(which: Replay) -> list[Expected]:
        return [result.case.expected for result in which.send_all([REFUSED, ACCEPTED])]

    assert order(replay()) == [Expected.ACCEPTED, Expected.REFUSED]
    assert order(replay(accepts_once=True)) == [Expected.REFUSED, Expected.ACCEPTED]


def test_field_must_be_named_only_until_the_operation_has_succeeded_once() -> None:
    once = replay(accepts_once=True)

    results = (once.send(REFUSED), once.send(ACCEPTED), once.send(REFUSED))

    assert [result.case.field for result in results if result] == ["reason", "", ""]


class RecordApi:
    """A participant who changes when the server is asked for them, or with each refused request."""

    credential = None

    def __init__(self, changes: Iterable[str], *, by_refusals: bool = False) -> None:
        self.changes = iter(changes)
        self.by_refusals = by_refusals
        self.state = "active"
        self.client = SimpleNamespace(send=self.send, exchanges=[SimpleNamespace(id="e")])

    def send(self, *_: object, **__: object) -> SimpleNamespace:
        if self.by_refusals:
            self.state = next(self.changes)
        return SimpleNamespace(status=422)

    def participant(self, _: Participant) -> SimpleNamespace:
        if not self.by_refusals:
            self.state = next(self.changes, self.state)
        return SimpleNamespace(attributes={"state": self.state}, enrolment={})

    def declarations_about(self, _: Participant) -> list[object]:
        return []


@pytest.mark.parametrize(
    ("api", "changed"),
    [
        (RecordApi(["submitted", "eligible"]), False),
        (RecordApi(["submitted", "submitted"]), False),
        (RecordApi(map(str, range(9)), by_refusals=True), True),
    ],
    ids=["changed by the server once", "unchanged", "changed by each refusal"],
)
def test_refusals_have_changed_a_record_if_it_changes_each_time(api: RecordApi, changed: bool) -> None:
    def prepare(*_: object) -> None:
        return None

    row = OperationSubject(Subject.PARTICIPANT, "ect.started", prepare=prepare, accepts=True)
    sent = Replay(api, Calendar.load(), row, CaseRecords(Participant(ID, {}, {}), ID))  # type: ignore[arg-type]

    list(sent.send_all([REFUSED]))

    assert sent.refusals_changed is changed


@pytest.mark.parametrize(("allowed", "expected"), [(True, Expected.ACCEPTED), (False, Expected.RULED)])
def test_valid_request_may_be_refused_if_the_record_does_not_allow_its_attributes(
    allowed: bool, expected: Expected
) -> None:
    records = CaseRecords(Participant(ID, {}, {}), ID)
    row = OperationSubject(Subject.NONE, "ect.started", accepts=True, allows=lambda *_: allowed)
    case = replace(ACCEPTED, content='{"data": {"attributes": {"evidence_held": "other"}}}')

    result = Replay(SimpleNamespace(client=Client(), credential=None), Calendar.load(), row, records).send(case)

    assert result is not None
    assert (result.case.expected, result.template.expected) == (expected, Expected.ACCEPTED)


@pytest.mark.parametrize(
    ("values", "sent"), [({"partner": "p"}, {"delivery_partner_id": "p", "course": "c"}), ({}, {"course": "c"})]
)
def test_declaration_names_no_delivery_partner_where_the_record_needs_none(
    values: dict[str, str], sent: dict[str, str]
) -> None:
    records = CaseRecords(Participant(ID, {}, {}), ID, values=values)
    row = OperationSubject(Subject.NONE, "npq.started", accepts=True, names_partner=True)
    case = replace(ACCEPTED, content='{"data": {"attributes": {"delivery_partner_id": "{partner}", "course": "c"}}}')

    result = Replay(SimpleNamespace(client=Client(), credential=None), Calendar.load(), row, records).send(case)

    assert result is not None
    assert json.loads(result.case.content or "")["data"]["attributes"] == sent


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        ('{"data": [{"attributes": {"delivery_partner_id": "{partner}"}}]}', {"data": [{"attributes": {}}]}),
        ('[{"data": {"delivery_partner_id": "{partner}", "type": "x"}}]', [{"data": {"type": "x"}}]),
    ],
)
def test_invalid_body_may_have_any_form_where_the_record_needs_no_delivery_partner(content: str, sent: object) -> None:
    row = OperationSubject(Subject.NONE, "npq.started", accepts=True, names_partner=True)
    case = replace(REFUSED, content=content)
    replay = Replay(
        SimpleNamespace(client=Client(), credential=None),
        Calendar.load(),
        row,
        CaseRecords(Participant(ID, {}, {}), ID),
    )

    result = replay.send(case)

    assert result is not None
    assert json.loads(result.case.content or "") == sent
