"""The inventory says which day it is for the server, and which fields its lists lack."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import IncompleteResponse
from lead_provider_conformance.http.server_date import ServerDate
from lead_provider_conformance.model import CouldNotRun, NotApplicable, Scope
from lead_provider_conformance.testdata import CATALOGUE
from lead_provider_conformance.testdata.inventory import Inventory
from lead_provider_conformance.testdata.recognition import Recognition

IN_2025 = datetime(2025, 8, 31, 23, 59, tzinfo=UTC)
DECLARED = {"participant_id": "p1", "course_identifier": "ecf-induction", "state": "paid"}


class Api(SimpleNamespace):
    """Lists resources without HTTP."""

    def __init__(self, version: str = "v3", **lists: list[dict[str, Any]]) -> None:
        client = SimpleNamespace(contract=Contract.load(version), server_time=IN_2025, server_date=ServerDate())
        super().__init__(version=version, client=client, credential=SimpleNamespace(name="TOKEN"), lists=lists)
        self.programme = "ecf"
        self.read: list[str] = []

    def list_path(self, name: str) -> str:
        return self.client.contract.operation(f"list_{name}").path

    @property
    def participants(self) -> str:
        return self.list_path("ecf_participants")

    @property
    def applications(self) -> str:
        return self.list_path("npq_applications")

    @property
    def declarations(self) -> str:
        return self.list_path("participant_declarations")

    def paginate(self, path: str, *_: tuple[str, str]) -> Iterator[dict[str, Any]]:
        self.read.append(path)
        name = path.split("/", 3)[3].replace("/", "_").replace("-", "_")
        return ({"id": f"r{number}", "attributes": each} for number, each in enumerate(self.lists.get(name, ())))


def inventory(folder: Path, api: Api) -> Any:
    return Inventory(api, folder)  # type: ignore[arg-type]


def statement(cohort: str, cut_off: str, kind: str = "ecf") -> dict[str, Any]:
    return {"cohort": cohort, "cut_off_date": cut_off, "type": kind}


def paid_cohorts(folder: Path, api: Api) -> Any:
    return Recognition(inventory(folder, api), Calendar.load(), "ecf").paid_cohorts


def test_today_is_the_date_of_the_server(tmp_path: Path) -> None:
    read = inventory(tmp_path, Api(participants_ecf=[]))
    assert read.participants == ()

    assert read.today == date(2025, 8, 31)
    assert inventory(tmp_path, Api()).today == date(2025, 8, 31)


def test_cohorts_with_a_cut_off_date_to_come_are_paid(tmp_path: Path) -> None:
    listed = [
        statement("2021", "2025-08-30"),
        statement("2022", "2025-08-31"),
        statement("2023", "2025-12-31"),
        statement("2024", "2025-12-31", "npq"),
    ]

    assert paid_cohorts(tmp_path, Api(statements=listed)) == {2022, 2023}


def test_statements_of_a_service_without_types_are_of_its_programme(tmp_path: Path) -> None:
    untyped = {"cohort": "2024", "cut_off_date": "2025-12-31"}

    assert paid_cohorts(tmp_path, Api(statements=[untyped])) == {2024}


def test_no_statement_to_come_means_no_paid_cohort(tmp_path: Path) -> None:
    assert paid_cohorts(tmp_path, Api(statements=[statement("2024", "2024-12-31")])) == frozenset()


@pytest.mark.parametrize("api", [Api(statements=[{"cohort": "2024"}]), Api("v2")], ids=["no date", "version 2"])
def test_without_dates_of_statements_the_paid_cohorts_are_unknown(tmp_path: Path, api: Api) -> None:
    assert paid_cohorts(tmp_path, api) is None


def test_field_that_no_record_shows_could_not_run(tmp_path: Path) -> None:
    lists = inventory(tmp_path, Api(partnerships_ecf=[{"cohort": "2023"}]))

    lists.require_fields("ecf_partnerships", "cohort")
    with pytest.raises(CouldNotRun, match=r"No record of /api/v3/partnerships/ecf shows `status`"):
        lists.require_fields("ecf_partnerships", "cohort", "status")


def test_field_of_an_object_in_a_record_is_shown(tmp_path: Path) -> None:
    moved = {"transfers": [{"transfer_type": "new_school"}]}

    inventory(tmp_path, Api(participants_ecf_transfers=[{}, moved])).require_fields(
        "ecf_participant_transfers", "transfer_type"
    )


@pytest.mark.parametrize("fields", [("unheard_of",), ()])
def test_field_that_the_contract_does_not_document_is_not_required(tmp_path: Path, fields: tuple[str, ...]) -> None:
    inventory(tmp_path, Api(partnerships_ecf=[{"cohort": "2023"}])).require_fields("ecf_partnerships", *fields)


def test_list_that_the_version_does_not_have_requires_no_field(tmp_path: Path) -> None:
    inventory(tmp_path, Api("v1")).require_fields("ecf_partnerships", "status")


def test_empty_list_requires_no_field(tmp_path: Path) -> None:
    inventory(tmp_path, Api(partnerships_ecf=[])).require_fields("ecf_partnerships", "status")


@pytest.mark.parametrize("field", ["participant_id", "course_identifier"])
def test_declarations_without_a_link_to_participants_could_not_run(tmp_path: Path, field: str) -> None:
    """Otherwise every participant would seem to have no declarations."""
    lacking = {name: value for name, value in DECLARED.items() if name != field}
    lists = inventory(tmp_path, Api(participant_declarations=[lacking, lacking]))

    with pytest.raises(CouldNotRun, match=field):
        lists.declarations_about(Participant("p1", {}, {"participant_type": "ect"}))


def test_other_enrolments_are_those_of_the_same_person(tmp_path: Path) -> None:
    enrolments = [
        {"participant_type": "ect", "cohort": "2022"},
        {"participant_type": "ect", "cohort": "2023"},
        {"participant_type": "mentor"},
    ]
    alone = {"ecf_enrolments": enrolments[:1]}
    lists = inventory(tmp_path, Api(participants_ecf=[{"ecf_enrolments": enrolments}, alone]))
    ect = lists.with_several_enrolments[0]

    assert [(each.type, each.cohort) for each in lists.other_enrolments(ect)] == [("mentor", None), ("ect", "2023")]
    assert not lists.other_enrolments(lists.participants[0])


def test_newest_cohorts_come_first_without_statements(tmp_path: Path) -> None:
    """The contracts of the oldest cohorts end first."""
    enrolment = {
        "participant_type": "ect",
        "participant_status": "active",
        "training_status": "active",
        "schedule_identifier": "ecf-standard-september",
        "eligible_for_funding": True,
    }
    listed = [{"ecf_enrolments": [enrolment | {"cohort": cohort}]} for cohort in ("2022", "2023", "2022")]

    def cohorts(name: str, *statements: dict[str, Any]) -> list[str | None]:
        api = Api(participants_ecf=listed, statements=list(statements))
        recognition = Recognition(inventory(tmp_path / name, api), Calendar.load(), "ecf")
        return [each.cohort for each in recognition.recognised(CATALOGUE["ect.no-declarations"])]

    assert cohorts("unknown", {"cohort": "2022"}) == ["2023", "2022", "2022"]
    known = (statement("2022", "2025-12-31"), statement("2023", "2025-12-31"))
    assert cohorts("known", *known) == ["2022", "2023", "2022"]


def test_participants_who_have_moved_to_another_provider_are_known_from_transfers(tmp_path: Path) -> None:
    listed = [{"transfers": [{"transfer_type": each}]} for each in ("new_school", "new_provider", "unknown")]

    assert inventory(tmp_path / "3", Api(participants_ecf_transfers=[*listed, {}])).moved == {"r1", "r2"}
    assert inventory(tmp_path / "2", Api("v2")).moved is None


def test_path_of_a_missing_list_is_not_taken_for_a_single_record(tmp_path: Path) -> None:
    """In version 1, participants/ecf/transfers looks like a participant with the id `transfers`."""
    inventory(tmp_path, Api("v1")).require_fields("ecf_participant_transfers", "full_name", "status")


@pytest.mark.parametrize(
    ("edition", "status", "is_active"),
    [("2025-04", "active", True), ("2025-04", "challenged", False), ("2025-04", None, False), ("2026-08", None, True)],
)
def test_partnership_is_active_by_its_status_or_without_any(
    tmp_path: Path, edition: str, status: str | None, is_active: bool
) -> None:
    api: Any = Api()
    api.client.contract = Contract.of(edition, Scope("v3", "ecf"))
    partnership = {"id": "1", "attributes": {"status": status} if status else {}}

    assert Inventory(api, tmp_path).is_active(partnership) is is_active


@pytest.mark.parametrize(
    ("status", "reason", "remedy"),
    [
        (404, "The server does not have GET /api/v3/statements (404), where the suite looks for records.", "Implement"),
        (500, "The suite could not read the server's list to find records: There is no data.", "Fix"),
    ],
)
def test_list_that_cannot_be_read_has_a_reason(tmp_path: Path, status: int, reason: str, remedy: str) -> None:
    api = Api()

    def paginate(*_: object) -> Iterator[dict[str, Any]]:
        api.client.exchanges = [SimpleNamespace(status=status)]
        raise IncompleteResponse("There is no data")

    api.paginate = paginate
    with pytest.raises(CouldNotRun) as raised:
        inventory(tmp_path, api).resources("/api/v3/statements")

    assert (raised.value.reason, raised.value.remedy) == (reason, f"{remedy} GET /api/v3/statements first.")


def test_declarations_are_read_after_the_participants_of_each_programme(tmp_path: Path) -> None:
    api = Api()
    inventory = Inventory(api, tmp_path)  # type: ignore[arg-type]

    assert inventory.declarations == ()
    assert inventory.participants == ()
    assert api.read == [api.participants, api.declarations]
    api.programme = "npq"
    assert Inventory(api, tmp_path).declarations == ()  # type: ignore[arg-type]
    assert api.read == [api.participants, api.declarations, api.declarations]


def test_applications_are_read_after_the_participants(tmp_path: Path) -> None:
    """Another test may not claim an applicant as a participant after a test has accepted them."""
    api = Api()
    api.programme = "npq"

    assert Inventory(api, tmp_path).applications == ()  # type: ignore[arg-type]
    assert api.read == [api.participants, api.applications]


def test_declarations_are_read_without_a_list_of_participants(tmp_path: Path) -> None:
    class Lacking(Api):
        def paginate(self, path: str, *query: tuple[str, str]) -> Iterator[dict[str, Any]]:
            if path == self.participants:
                raise NotApplicable("The target does not implement it.")
            return super().paginate(path, *query)

    inventory = Inventory(Lacking(participant_declarations=[DECLARED]), tmp_path)  # type: ignore[arg-type]

    assert len(inventory.declarations) == 1


def test_lists_are_read_again_on_demand(tmp_path: Path) -> None:
    api = Api(participant_declarations=[DECLARED])
    inventory = Inventory(api, tmp_path)  # type: ignore[arg-type]
    assert len(inventory.declarations) == 1

    api.lists["participant_declarations"] = [DECLARED, DECLARED]

    assert len(inventory.declarations) == 1
    assert len(inventory.reread().declarations) == 2
