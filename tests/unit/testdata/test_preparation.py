"""A refused preparation is tried on records of other kinds, and its words are the reason if all are refused."""

from __future__ import annotations

import json
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from tests.unit.testdata.records import ECT

from lead_provider_conformance.api.records import Declaration, Participant
from lead_provider_conformance.http import NoResponse, Response
from lead_provider_conformance.model import CouldNotRun, NotApplicable
from lead_provider_conformance.testdata.refusals import prepared
from lead_provider_conformance.testdata.states import MAX_KINDS

KINDS = [
    {"cohort": cohort, "schedule_identifier": f"ecf-standard-{month}"}
    for cohort in ("2022", "2023", "2024")
    for month in ("september", "january")
]


def participants(*changes: dict[str, str]) -> list[Participant]:
    return [Participant(str(uuid5(NAMESPACE_URL, str(number))), {}, ECT | each) for number, each in enumerate(changes)]


def answer(status: int, *errors: tuple[str, str]) -> Response:
    body = {"errors": [{"title": title, "detail": detail} for title, detail in errors]}
    return Response("e1", "POST", "/api/v3/participant-declarations", status, {}, json.dumps(body).encode())


class Server:
    """Refuses the declarations of some participants, and records whose were submitted."""

    def __init__(self, *refused: str, title: str = "course_identifier", detail: str = "There is no contract.") -> None:
        self.refused = refused
        self.error = (title, detail)
        self.declared: list[str] = []

    def declare(self, attributes: dict[str, Any]) -> Response:
        self.declared.append(attributes["participant_id"])
        return answer(422, self.error) if attributes["participant_id"] in self.refused else answer(200)


def test_refused_kind_is_followed_by_a_record_of_another_kind(make_states: Any) -> None:
    first, same, other = participants(KINDS[0], KINDS[0], KINDS[2])
    server = Server(first.id, same.id)
    states = make_states(participants=[first, same, other, *participants(KINDS[4])], declare=server.declare)

    assert states.claim("ect.started").id == other.id
    assert server.declared == [first.id, other.id]


def test_refused_kind_is_not_tried_again_by_another_test(make_states: Any) -> None:
    first, same, *others = participants(KINDS[0], KINDS[0], KINDS[2], KINDS[2], KINDS[2])
    server = Server(first.id, same.id)
    for _ in range(2):
        make_states(participants=[first, same, *others], declare=server.declare).claim("ect.started")

    assert server.declared == [first.id, others[0].id, others[1].id]


def test_all_kinds_refused_could_not_run_with_the_kinds_and_the_words_of_the_server(make_states: Any) -> None:
    records = participants(KINDS[0], KINDS[2])
    states = make_states(participants=records, declare=Server(*(each.id for each in records)).declare)

    with pytest.raises(CouldNotRun) as error:
        states.claim("ect.started")

    words = "POST /api/v3/participant-declarations was refused with 422 (course_identifier: There is no contract.)"
    tried = {f"ecf-induction of {cohort}, ecf-standard-september: {words}" for cohort in ("2022", "2023")}
    start, _, kinds = error.value.reason.removesuffix(".").partition(" The suite tried ")
    assert start == "The server refused to prepare a record in the state ect.no-declarations for ect.started."
    assert set(kinds.split("; ")) == tried
    assert error.value.remedy == (
        "Find out why the server refused it, or add records of another kind in the state ect.no-declarations to the "
        "target."
    )


def test_number_of_tried_kinds_is_limited(make_states: Any) -> None:
    records = participants(*KINDS, {"cohort": "2024", "schedule_identifier": "ecf-standard-april"})
    server = Server(*(each.id for each in records))

    with pytest.raises(CouldNotRun):
        make_states(participants=records, declare=server.declare).claim("ect.started")

    assert len(server.declared) == MAX_KINDS < len(records)


def test_cohort_that_a_refusal_names_is_avoided_by_every_claim(make_states: Any) -> None:
    closed, closed_too, *others = participants(KINDS[0], KINDS[1], KINDS[2], KINDS[2], KINDS[2])
    words = "You cannot submit or void declarations for the 2022 cohort."
    server = Server(closed.id, title="cohort", detail=words)
    states = make_states(participants=[closed, closed_too, *others], declare=server.declare)

    assert states.claim("ect.started").cohort == "2023"
    assert [states.claim("ect.no-declarations").cohort for _ in others[1:]] == ["2023", "2023"]
    with pytest.raises(CouldNotRun, match="for the 2022 cohort"):
        states.claim("ect.no-declarations")


def test_preparation_without_response_could_not_run(make_states: Any) -> None:
    def declare(_: Any) -> Response:
        raise NoResponse("the server closed the connection")

    states = make_states(participants=participants(KINDS[0]), declare=declare)

    with pytest.raises(CouldNotRun, match="the server closed the connection"):
        states.claim("ect.started")


def test_prepared_record_is_returned_with_the_result(make_states: Any) -> None:
    record, other = participants(KINDS[0], KINDS[2])
    states = make_states(participants=[record, other])

    assert states.claim_prepared("ect.no-declarations", "void", lambda each: each.id) == (record, record.id)


def test_operation_that_a_test_needs_itself_is_not_applicable(make_states: Any) -> None:
    def prepare(_: Any) -> None:
        raise NotApplicable("The target does not implement void_declaration.")

    with pytest.raises(NotApplicable):
        make_states(participants=participants(KINDS[0])).claim_prepared("ect.no-declarations", "void", prepare)


def test_unexpected_error_of_a_preparation_is_not_hidden(make_states: Any) -> None:
    def prepare(_: Any) -> None:
        raise TypeError("a defect of the suite")

    with pytest.raises(TypeError):
        make_states(participants=participants(KINDS[0])).claim_prepared("ect.no-declarations", "void", prepare)


@pytest.mark.parametrize(
    ("field", "list_name"),
    [
        ("training_status", "ecf_participants"),
        ("cohort", "ecf_participants"),
        ("participant_status", "ecf_participants"),
    ],
)
def test_field_that_no_record_shows_is_the_reason(make_states: Any, field: str, list_name: str) -> None:
    enrolment = {name: value for name, value in ECT.items() if name != field}
    states = make_states(participants=[Participant("p1", {}, enrolment)])

    with pytest.raises(CouldNotRun, match=rf"No record of the list {list_name} shows `{field}`"):
        states.look("ect.no-declarations")


def test_field_of_declarations_that_no_record_shows_is_the_reason(make_states: Any) -> None:
    (record,) = participants(KINDS[0])
    declaration = Declaration("d1", {"participant_id": record.id, "course_identifier": "ecf-induction"})
    states = make_states(participants=[record], declarations=[declaration])

    with pytest.raises(CouldNotRun, match=r"No record of the list participant_declarations shows `state`"):
        states.look("ect.payable")


def test_field_that_another_record_shows_is_not_the_reason(make_states: Any) -> None:
    (record,) = participants(KINDS[0])
    lacking = Participant("p2", {}, {"participant_type": "ect"})
    states = make_states(participants=[record, lacking])

    with pytest.raises(CouldNotRun, match="no record left in the state"):
        states.look("ect.left")


def test_refused_step_before_a_test_could_not_run_with_the_words_of_the_server() -> None:
    refusal = answer(422, ("cohort", "The funding contract has ended."))

    with pytest.raises(CouldNotRun, match=r"422 \(cohort: The funding contract has ended\.\)"):
        prepared(refusal)


def test_accepted_step_before_a_test_is_returned() -> None:
    accepted = answer(200)

    assert prepared(accepted) is accepted


def test_any_participant_can_be_read_where_none_is_in_the_state(make_states: Any) -> None:
    (record,) = participants(KINDS[0])

    assert make_states(participants=[record]).look_or_any("ect.payable") == record
    states = make_states()
    with pytest.raises(CouldNotRun):
        states.look_or_any("ect.payable")
    states.inventory.with_several_enrolments = [record]
    assert states.look_or_any("ect.payable") == record


def test_preferred_record_is_prepared_first(make_states: Any) -> None:
    first, preferred = participants(KINDS[0], KINDS[2])
    states = make_states(participants=[first, preferred, *participants(KINDS[4])])

    record, result = states.claim_prepared(
        "ect.no-declarations", "x", lambda each: each.cohort, preferred=lambda each: each.id == preferred.id
    )

    assert (record.id, result) == (preferred.id, preferred.cohort)


def test_any_record_is_prepared_if_none_is_preferred(make_states: Any) -> None:
    first, second = participants(KINDS[0], KINDS[2])
    states = make_states(participants=[first, second])

    record, _ = states.claim_prepared("ect.no-declarations", "x", lambda _: None, preferred=lambda _: False)

    assert record.id in (first.id, second.id)
