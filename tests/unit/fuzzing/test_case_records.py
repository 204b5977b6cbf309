"""Records for cases: cohorts, schools and delivery partners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from lead_provider_conformance.api.records import Declaration, Participant
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.fuzzing.case_records import records_for
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.testdata.subjects import subject_of

CONTRACT = Contract.load("v3")
OTHER = "b1f0c3d2-7a64-4f2f-8c0b-5d2e9a1c4e77"
PARTICIPANT = Participant("8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11", {}, {"cohort": "2022"})


def school(name: str, *, in_partnership: bool, choice: str = "not_yet_known") -> dict[str, object]:
    return {"id": name, "attributes": {"in_partnership": in_partnership, "induction_programme_choice": choice}}


LISTS: dict[str, list[dict[str, object]]] = {
    "/api/v3/schools/ecf": [school("taken", in_partnership=True), school("free", in_partnership=False)],
    "/api/v3/delivery-partners": [
        {"id": "of another cohort", "attributes": {"cohort": ["2021"]}},
        {"id": "partner", "attributes": {"cohort": ["2021", "2022"]}},
    ],
    "/api/v3/partnerships/ecf": [
        {"id": "ours", "attributes": {"cohort": "2021", "delivery_partner_id": "its partner"}},
        {"id": "ours of a later cohort", "attributes": {"cohort": "2022", "delivery_partner_id": "partner"}},
    ],
}


class Inventory:
    """The lists above."""

    version = "v3"

    declarations: tuple[Declaration, ...] = ()
    participants = (PARTICIPANT,)
    with_several_enrolments = ()

    def __init__(self) -> None:
        self.requested: list[tuple[object, ...]] = []

    @property
    def partnerships(self) -> list[dict[str, object]]:
        return LISTS["/api/v3/partnerships/ecf"]

    def listed(self, name: str, *query: tuple[str, str]) -> list[dict[str, object]]:
        return self.resources(CONTRACT.operation(f"list_{name}").path, *query)

    def resources(self, path: str, *query: tuple[str, str]) -> list[dict[str, object]]:
        self.requested.append((path, *query))
        return LISTS.get(f"{path} of 2021" if ("filter[cohort]", "2021") in query else path, [])


def records(operation: str, inventory: Inventory | None = None) -> object:
    found = CONTRACT.operation(operation)
    states = SimpleNamespace(
        claim=lambda _: pytest.fail("no record must be claimed"),
        look_or_any=lambda _: PARTICIPANT,
        inventory=inventory or Inventory(),
    )
    return records_for(subject_of("2024-12", "ecf", found), found, None, states, Calendar.load(), None)


def test_schools_are_listed_for_the_cohort() -> None:
    inventory = Inventory()
    found = records("show_ecf_school", inventory)
    assert (found.subject_id, found.values) == ("taken", {"cohort": "2022"})
    assert ("/api/v3/schools/ecf", ("filter[cohort]", "2022")) in inventory.requested


def test_new_partnership_uses_a_school_without_one() -> None:
    assert records("create_ecf_partnership").values == {
        "cohort": "2022",
        "school": "free",
        "partner": "partner",
        "unrelated": "of another cohort",
    }


SCHOOLS = [school(each, in_partnership=False) for each in ("new", "with a partner last year", "also new")]
LAST_YEAR = [school("with a partner last year", in_partnership=True), school("new", in_partnership=False)]


@pytest.mark.parametrize(
    ("schools", "last_year", "chosen"),
    [
        (SCHOOLS, LAST_YEAR, "also new"),
        (SCHOOLS[:2], LAST_YEAR, "new"),
        ([school("settled", in_partnership=False, choice="full_induction_programme"), *SCHOOLS], LAST_YEAR, "settled"),
    ],
)
def test_unconfirmed_school_with_a_partnership_last_year_is_skipped(
    monkeypatch: pytest.MonkeyPatch,
    schools: list[dict[str, object]],
    last_year: list[dict[str, object]],
    chosen: str,
) -> None:
    monkeypatch.setitem(LISTS, "/api/v3/schools/ecf", schools)
    monkeypatch.setitem(LISTS, "/api/v3/schools/ecf of 2021", last_year)
    assert records("create_ecf_partnership").values["school"] == chosen


def test_cohort_that_is_not_a_year_has_no_previous_year(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PARTICIPANT.enrolment, "cohort", "the first")
    monkeypatch.setitem(
        LISTS, "/api/v3/delivery-partners", [{"id": "partner", "attributes": {"cohort": ["the first"]}}]
    )
    assert records("create_ecf_partnership").values["school"] == "free"


def test_partnership_is_updated_with_its_own_partner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LISTS, "/api/v3/delivery-partners", [])
    found = records("update_ecf_partnership")
    assert (found.subject_id, found.values["partner"]) == ("ours", "its partner")
    assert "unrelated" not in found.values


def test_partnership_with_an_unrelated_partner_is_preferred() -> None:
    found = records("update_ecf_partnership")
    assert found.subject_id == "ours of a later cohort"
    assert (found.values["partner"], found.values["unrelated"]) == ("partner", "of another cohort")


def test_new_partnership_could_not_run_without_a_free_school(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LISTS, "/api/v3/schools/ecf", LISTS["/api/v3/schools/ecf"][:1])
    with pytest.raises(CouldNotRun, match="no school without a partnership"):
        records("create_ecf_partnership")


def test_declaration_about_a_participant_of_both_providers_is_not_foreign() -> None:
    moved, foreign, of_an_npq = (
        Declaration(name, {"participant_id": participant, "course_identifier": course})
        for name, participant, course in (
            ("about one who moved", PARTICIPANT.id, "ecf-induction"),
            ("about another", OTHER, "ecf-induction"),
            ("of the other programme", OTHER, "npq-headship"),
        )
    )

    def foreign_id(*declarations: Declaration) -> str | None:
        found, others = CONTRACT.operation("show_participant_declaration"), Inventory()
        others.declarations = declarations
        inventory = Inventory()
        inventory.declarations_about = lambda _: (Declaration("ours", {}),)  # type: ignore[attr-defined]
        states = SimpleNamespace(look_or_any=lambda _: PARTICIPANT, inventory=inventory)
        api = SimpleNamespace(programme="ecf")
        return records_for(subject_of("2024-12", "ecf", found), found, api, states, Calendar.load(), others).foreign_id

    assert foreign_id(moved, of_an_npq, foreign) == foreign.id
    assert foreign_id(moved, of_an_npq) is None


def test_record_that_is_changed_is_prepared_when_it_is_claimed() -> None:
    operation = CONTRACT.operation("void_participant_declaration")
    prepared: list[tuple[str, str]] = []

    def claim_prepared(state: str, preparation: str, prepare: object, *, preferred: object) -> tuple[Participant, str]:
        assert preferred is None
        prepared.append((state, preparation))
        return PARTICIPANT, "d1"

    states = SimpleNamespace(claim_prepared=claim_prepared, inventory=Inventory())
    found = records_for(subject_of("2024-12", "ecf", operation), operation, None, states, Calendar.load(), None)

    assert (found.subject_id, found.is_ready) == ("d1", True)
    assert prepared == [("ect.no-declarations", "void_participant_declaration")]


def none_left(_: str) -> Participant:
    raise CouldNotRun("The target has no record left.", "Add some.")


def read_from_nothing(name: str) -> object:
    operation = CONTRACT.operation(name)
    states = SimpleNamespace(look_or_any=none_left, inventory=Inventory())
    return records_for(subject_of("2024-12", "ecf", operation), operation, None, states, Calendar.load(), None)


def test_list_is_requested_without_any_participant() -> None:
    assert read_from_nothing("list_ecf_participants").values == {}
    assert read_from_nothing("show_ecf_partnership").subject_id == "ours"


def test_school_is_not_requested_without_a_cohort() -> None:
    with pytest.raises(CouldNotRun, match="no record for GET"):
        read_from_nothing("show_ecf_school")


# The services of edition 2026-08


ECT, NPQ = (Contract.load(f"2026-08/v3-{programme}") for programme in ("ecf", "npq"))
CALENDAR = Calendar.load("2026-08")


class OfSuccessor(Inventory):
    """The lists of a service of edition 2026-08."""

    today = date(2026, 8, 21)

    def __init__(self, schools: dict[str, list[dict[str, object]]], *partners: tuple[str, list[str]]) -> None:
        super().__init__()
        self.schools = schools
        self.partners = [{"id": name, "attributes": {"cohort": cohorts}} for name, cohorts in partners]

    def listed(self, name: str, *query: tuple[str, str]) -> list[dict[str, object]]:
        self.requested.append((name, *query))
        return self.schools.get(query[0][1], []) if name == "ecf_schools" else self.partners


def partnership_in(inventory: OfSuccessor, participant: Participant = PARTICIPANT) -> Mapping[str, str]:
    operation = ECT.operation("create_ecf_partnership")
    states = SimpleNamespace(look_or_any=lambda _: participant, inventory=inventory)
    return records_for(subject_of("2026-08", "ecf", operation), operation, None, states, CALENDAR, None).values


def test_partnership_is_made_before_anybody_is_registered_and_not_with_a_school_led_school() -> None:
    schools = [
        school("undecided", in_partnership=False),
        school("of other tests", in_partnership=False, choice="provider_led"),
        school("led by itself", in_partnership=False, choice="school_led"),
        school("taken", in_partnership=True, choice="provider_led"),
    ]
    inventory = OfSuccessor({"2024": schools}, ("partner", ["2024"]))

    values = partnership_in(inventory, Participant(OTHER, {}, {"cohort": "2024"}))

    assert values == {"cohort": "2024", "school": "undecided", "partner": "partner"}


def test_partnership_is_made_in_an_open_cohort_although_the_record_is_of_a_closed_one() -> None:
    free = {year: [school(f"free in {year}", in_partnership=False)] for year in ("2021", "2022", "2025", "2027")}

    values = partnership_in(OfSuccessor(free, ("partner", ["2022", "2025", "2027"]), ("other", ["2021"])))

    assert values == {"cohort": "2025", "school": "free in 2025", "partner": "partner", "unrelated": "other"}


@pytest.mark.parametrize(("partners", "named"), [(("mine",), {"partner": "mine", "unrelated": "other"}), ((), {})])
def test_declaration_names_a_delivery_partner_of_the_cohort_if_it_needs_one(
    partners: tuple[str, ...], named: dict[str, str]
) -> None:
    operation = NPQ.operation("create_participant_declaration")
    participant = Participant(OTHER, {}, {"cohort": "2025"}, delivery_partners=partners)
    states = SimpleNamespace(
        claim_prepared=lambda *_, **__: (participant, None),
        inventory=OfSuccessor({}, ("mine", ["2025"]), ("other", ["2026"])),
    )

    found = records_for(subject_of("2026-08", "npq", operation), operation, None, states, CALENDAR, None)

    assert found.values == {"cohort": "2025", **named}


def test_participant_to_defer_has_trained_before_today() -> None:
    operation = ECT.operation("defer_ecf_participant")
    states = SimpleNamespace(claim_trained=lambda name, **_: replace(PARTICIPANT, id=name), inventory=Inventory())

    found = records_for(subject_of("2026-08", "ecf", operation), operation, None, states, CALENDAR, None)

    assert (found.subject_id, found.is_ready) == ("ect.in-training", False)


@pytest.mark.parametrize(("left", "expected"), [(("ect.in-training",), "ect.in-training"), ((), None)])
def test_other_states_will_do_if_no_record_is_left(left: tuple[str, ...], expected: str | None) -> None:
    operation = ECT.operation("withdraw_ecf_participant")

    def claim(name: str, **_: Any) -> Participant:
        if name not in left:
            raise CouldNotRun(f"No record is left in the state {name}.", "Add some.")
        return replace(PARTICIPANT, id=name)

    states = SimpleNamespace(claim_trained=claim, inventory=Inventory())
    row = subject_of("2026-08", "ecf", operation)

    if expected is None:
        with pytest.raises(CouldNotRun):
            records_for(row, operation, None, states, CALENDAR, None)
    else:
        assert records_for(row, operation, None, states, CALENDAR, None).subject_id == expected
