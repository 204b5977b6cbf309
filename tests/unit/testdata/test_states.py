"""States supplies records: the journal's line of a claim, and the reason and remedy if there is no record."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from types import SimpleNamespace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from tests.unit.testdata.records import ECT

from lead_provider_conformance import schemas
from lead_provider_conformance.api.records import Application, Participant
from lead_provider_conformance.config.shard import Shard
from lead_provider_conformance.http import IncompleteResponse
from lead_provider_conformance.model import CouldNotRun, NotApplicable, Safety
from lead_provider_conformance.testdata.states import UndeclaredStateError

from .conftest import InventoryInMemory

IDS = tuple(str(uuid5(NAMESPACE_URL, name)) for name in ("first", "second", "third"))
PARTICIPANTS = [Participant(each, {}, ECT) for each in IDS]
REJECTED = {"participant_id": IDS[0], "status": "rejected", "course_identifier": "npq-headship", "cohort": "2023"}


def show(*enrolments: Mapping[str, Any]) -> Any:
    """Return a `show_participant` whose response has these enrolments."""
    return lambda participant_id: SimpleNamespace(
        resource={"id": participant_id, "attributes": {"ecf_enrolments": list(enrolments)}}
    )


def show_nothing(_: str) -> Any:
    raise IncompleteResponse("the server returns 404")


class Hook(SimpleNamespace):
    """Provisioning that creates the first record, and records the finished registrations."""

    def __init__(self) -> None:
        super().__init__(created=[], finished=[])

    def creates(self, state: str) -> bool:
        return state in ("ect.no-declarations", "application.rejected")

    def create(self, state: str) -> str:
        self.created.append(state)
        return IDS[0]

    def finish_registration(self, participant_id: str, details: Mapping[str, Any]) -> None:
        self.finished.append((participant_id, details))


def reason_and_remedy(use: Any, *arguments: Any) -> tuple[str, str]:
    with pytest.raises(CouldNotRun) as error:
        use(*arguments)
    return error.value.reason, error.value.remedy


def test_claim_writes_a_line_into_the_journal(make_states: Any, journal: Any) -> None:
    make_states(participants=PARTICIPANTS, test="suites/test_x.py::test_y").claim("ect.no-declarations")

    assert journal == [
        {
            "kind": "claim",
            "state": "ect.no-declarations",
            "record": IDS[0],
            "supplier": "discovery",
            "test": "suites/test_x.py::test_y",
            "version": "v3",
            "programme": "ecf",
        }
    ]


def test_tests_of_one_run_claim_different_records(make_states: Any) -> None:
    claimed = [make_states(participants=PARTICIPANTS).claim("ect.no-declarations").id for _ in IDS]

    assert claimed == list(IDS)


def test_shards_claim_different_records(make_states: Any) -> None:
    for number in (1, 2):
        shard = Shard(number, 2)
        belonging = [each for each in IDS if shard.has(each)]
        states = make_states(participants=PARTICIPANTS, shard=shard)

        assert [states.claim("ect.no-declarations").id for _ in belonging] == belonging
        with pytest.raises(CouldNotRun) as caught:
            states.claim("ect.no-declarations")
        assert f"Shard {number}/2 uses only its own part of the target's records" in caught.value.remedy


def test_claim_without_record_could_not_run(make_states: Any) -> None:
    assert reason_and_remedy(make_states().claim, "ect.left") == (
        (
            "The target has no record left in the state ect.left "
            "(an early career teacher without declarations who has left for another provider)."
        ),
        "Add such records to the target, or list their ids under states: ect.left in the target file.",
    )


def test_look_does_not_claim(make_states: Any, journal: Any) -> None:
    states = make_states(participants=PARTICIPANTS)

    assert states.look("ect.no-declarations").id == IDS[0]
    assert states.look("ect.no-declarations").id == IDS[0]
    assert states.claim("ect.no-declarations").id == IDS[0]
    assert len(journal) == 1


def test_count_includes_manifest_and_lists_once(make_states: Any) -> None:
    states = make_states(participants=PARTICIPANTS[:2], listed={"ect.no-declarations": IDS[1:]})

    assert states.count("ect.no-declarations") == 3
    assert states.count("ect.left") == 0


def test_manifest_supplies_before_provisioning_and_lists(make_states: Any, journal: Any) -> None:
    hook = Hook()
    listed = {"ect.no-declarations": IDS[1:2]}
    states = make_states(participants=PARTICIPANTS, listed=listed, hook=hook, show_participant=show(ECT))

    claimed = [states.claim("ect.no-declarations").id for _ in IDS]

    assert claimed == [IDS[1], IDS[0], IDS[2]]
    assert [each["supplier"] for each in journal] == ["manifest", "hook", "discovery"]
    assert set(hook.created) == {"ect.no-declarations"}


def test_provisioning_is_used_only_for_states_that_it_offers(make_states: Any) -> None:
    hook = Hook()

    with pytest.raises(CouldNotRun, match="no record left"):
        make_states(hook=hook).claim("ect.left")
    assert hook.created == []


def test_manifest_supplies_applications(make_states: Any) -> None:
    def application(application_id: str) -> Application:
        return Application(application_id, REJECTED)

    states = make_states(listed={"application.rejected": ("a1",)}, application=application)

    assert states.claim("application.rejected") == Application("a1", REJECTED)


def test_provisioning_supplies_applications(make_states: Any) -> None:
    states = make_states(hook=Hook(), application=lambda application_id: Application(application_id, REJECTED))

    assert states.claim("application.rejected") == Application(IDS[0], REJECTED)


def test_listed_record_that_server_does_not_show_could_not_run(make_states: Any) -> None:
    states = make_states(listed={"ect.left": IDS[:1]}, show_participant=show_nothing)

    assert reason_and_remedy(states.claim, "ect.left") == (
        f"The target file lists {IDS[0]} for the state ect.left, and the server returns 404.",
        "Correct states: ect.left in the target file.",
    )


def test_listed_participant_without_enrolment_could_not_run(make_states: Any) -> None:
    states = make_states(listed={"ect.left": IDS[:1]}, show_participant=show())

    assert reason_and_remedy(states.claim, "ect.left")[0].endswith(
        "ect.left, and the server shows that participant without an enrolment."
    )


def test_provisioned_record_that_server_does_not_show_could_not_run(make_states: Any) -> None:
    states = make_states(hook=Hook(), show_participant=show_nothing)

    assert reason_and_remedy(states.claim, "ect.no-declarations") == (
        f"The target's provisioning created {IDS[0]} in the state ect.no-declarations, and the server returns 404.",
        "Fix the target's provisioning.",
    )


class WithoutDeclarations(InventoryInMemory):
    """An inventory whose declarations must not be read."""

    def __init__(self) -> None:
        super().__init__(PARTICIPANTS, [], [])

    def declarations_about(self, participant: Participant) -> Any:
        pytest.fail(f"The declarations about {participant.id} were read.")


def test_listed_record_of_read_only_target_is_supplied_without_reading_declarations(make_states: Any) -> None:
    states = make_states(
        inventory=WithoutDeclarations(),
        listed={"ect.left": IDS[:1]},
        safety=Safety.READ_ONLY,
        show_participant=show(ECT),
    )

    assert states.claim("ect.left").id == IDS[0]


def test_undeclared_state_is_not_prepared(make_states: Any) -> None:
    states = make_states(participants=PARTICIPANTS)
    states.declared = {"ect.left"}

    with pytest.raises(UndeclaredStateError, match=r"uses the state ect\.no-declarations"):
        states.claim_prepared("ect.no-declarations", "x", lambda _: None)


def test_derivation_is_not_tried_on_read_only_target(make_states: Any, journal: Any) -> None:
    states = make_states(participants=PARTICIPANTS, safety=Safety.READ_ONLY)

    with pytest.raises(CouldNotRun, match=r"no record left in the state ect\.started"):
        states.claim("ect.started")
    assert journal == []


@pytest.mark.parametrize("list_name", ["participants", "applications"])
def test_missing_list_could_not_run(make_states: Any, list_name: str) -> None:
    class Inventory:
        def __getattr__(self, name: str) -> Any:
            assert name == list_name
            raise NotApplicable("The target does not implement that list.")

    state = {"participants": "ect.left", "applications": "application.rejected"}[list_name]

    assert reason_and_remedy(make_states(inventory=Inventory()).look, state) == (
        (
            f"The suite looks for a record in the state {state} in the target's lists. "
            "The target does not implement that list."
        ),
        f"List ids under states: {state} in the target file.",
    )


def test_applications_are_recognised(make_states: Any) -> None:
    changes = [
        {"status": "rejected"},
        {"status": "accepted", "funded_place": True, "participant_id": IDS[1]},
        {"status": "pending", "eligible_for_funding": True, "participant_id": IDS[2]},
    ]
    applications = [Application(f"a{number}", REJECTED | each) for number, each in enumerate(changes)]
    states = make_states(applications=applications)

    assert states.look("application.rejected").id == "a0"
    assert states.look("application.capped").id == "a2"


def test_state_of_several_enrolments_is_found_among_those_participants(make_states: Any) -> None:
    states = make_states(participants=PARTICIPANTS[:1])
    both = [ECT, ECT | {"participant_type": "mentor"}]
    states.inventory.with_several_enrolments = [Participant(IDS[1], {}, each) for each in both]

    assert states.look("ect.and-mentor").id == IDS[1]
    assert states.look("ect.no-declarations").id == IDS[0]


def test_finished_registration_is_sent_to_provisioning(make_states: Any) -> None:
    hook = Hook()
    make_states(hook=hook).finish_registration(PARTICIPANTS[0], trn="1234567")

    assert hook.finished == [(IDS[0], {"trn": "1234567"})]


def test_registration_without_provisioning_could_not_run(make_states: Any) -> None:
    assert reason_and_remedy(make_states().finish_registration, PARTICIPANTS[0]) == (
        "Only participants can finish registering, outside the API.",
        "Add `provisioning` to the target file, so that the suite can do it for them: docs/provisioning.md.",
    )


def dated(updated_at: str) -> Participant:
    return Participant(IDS[0], {"updated_at": updated_at}, ECT)


def test_record_listed_with_the_same_time_when_the_run_began_is_settled(make_states: Any) -> None:
    states = make_states(participants=[dated("2024-11-30T12:00:00Z")])

    assert states.last_change(dated("2024-11-30T12:00:00Z")).settled
    assert not states.last_change(dated("2024-11-30T12:00:01Z")).settled


def test_record_of_no_list_is_not_settled(make_states: Any) -> None:
    assert not make_states(participants=[]).last_change(dated("2024-11-30T12:00:00Z")).settled


class WithStatements(InventoryInMemory):
    """An inventory of ECTs with statements of these cohorts, each with a cut-off date to come."""

    def __init__(self, *cohorts: str) -> None:
        super().__init__(PARTICIPANTS, [], [])
        self._cohorts = cohorts

    @property
    def statements(self) -> Sequence[Mapping[str, Any]]:
        return [
            {"id": each, "attributes": {"type": "ecf", "cohort": each, "cut_off_date": "2999-12-31"}}
            for each in self._cohorts
        ]


def test_cohort_with_statement_to_come_can_be_declared(make_states: Any) -> None:
    assert make_states(inventory=WithStatements("2023")).claim("ect.no-declarations").id == IDS[0]


@pytest.mark.parametrize("cohorts", [(), ("2022",)])
def test_cohort_without_statement_to_come_is_not_used(make_states: Any, cohorts: tuple[str, ...]) -> None:
    reason, _ = reason_and_remedy(make_states(inventory=WithStatements(*cohorts)).claim, "ect.no-declarations")

    assert "has no record left in the state ect.no-declarations" in reason
    assert ("shows no statement with a cut-off date on or after" in reason) is (not cohorts)


def test_declarations_of_a_cohort_are_paid_if_calendar_and_statements_say_so(make_states: Any) -> None:
    states = make_states(inventory=WithStatements("2021", "2023"))

    assert [year for year in (2021, 2022, 2023) if states.is_paid_for(year)] == [2023]


def test_only_participants_may_be_seen_by_the_second_provider(make_states: Any) -> None:
    states = make_states(participants=PARTICIPANTS)
    states.inventory.moved = {IDS[0]}
    states._recognition.second_provider = states.inventory
    records = (*PARTICIPANTS, Application(IDS[0], REJECTED))

    assert [each for each in records if states.may_be_seen_by_second_provider(each)] == PARTICIPANTS[:1]


@pytest.mark.parametrize("schema", ["journal", "verdict"])
def test_schemas_know_every_supplier(make_states: Any, schema: str) -> None:
    text = resources.files(schemas).joinpath(f"{schema}.schema.json").read_text("utf-8")
    (known,) = re.findall(r'"supplier": {"enum": (\[.*?\])}', text)

    assert make_states()._by_name.keys() - {"reserve"} == set(json.loads(known))
