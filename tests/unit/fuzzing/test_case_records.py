"""The records that requests are about: whose, which cohort, and what a partnership is made of."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.fuzzing.case_records import records_for
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.testdata.subjects import subject_of

CONTRACT = Contract.load("v3")
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
    declarations = ()
    participants = (PARTICIPANT,)

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    @property
    def partnerships(self) -> list[dict[str, object]]:
        return LISTS["/api/v3/partnerships/ecf"]

    def resources(self, path: str, *query: tuple[str, str]) -> list[dict[str, object]]:
        self.asked.append((path, *query))
        return LISTS.get(f"{path} of 2021" if ("filter[cohort]", "2021") in query else path, [])


def about(operation: str, inventory: Inventory | None = None) -> object:
    found = CONTRACT.operation(operation)
    states = SimpleNamespace(
        claim=lambda _: pytest.fail("nothing is to be claimed"),
        look=lambda _: PARTICIPANT,
        inventory=inventory or Inventory(),
    )
    return records_for(subject_of("ecf", found), found, None, states, Calendar.load(), None)


def test_a_school_is_asked_for_as_it_stands_for_a_cohort() -> None:
    inventory = Inventory()
    found = about("show_ecf_school", inventory)
    assert (found.subject, found.more) == ("taken", {"cohort": "2022"})
    assert ("/api/v3/schools/ecf", ("filter[cohort]", "2022")) in inventory.asked


def test_a_partnership_is_made_with_a_school_that_has_none() -> None:
    assert about("create_ecf_partnership").more == {
        "cohort": "2022",
        "school": "free",
        "partner": "partner",
        "stranger": "of another cohort",
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
def test_a_school_that_has_not_said_whether_it_goes_on_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
    schools: list[dict[str, object]],
    last_year: list[dict[str, object]],
    chosen: str,
) -> None:
    monkeypatch.setitem(LISTS, "/api/v3/schools/ecf", schools)
    monkeypatch.setitem(LISTS, "/api/v3/schools/ecf of 2021", last_year)
    assert about("create_ecf_partnership").more["school"] == chosen


def test_of_a_cohort_that_is_called_by_no_year_there_is_no_year_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PARTICIPANT.enrolment, "cohort", "the first")
    monkeypatch.setitem(
        LISTS, "/api/v3/delivery-partners", [{"id": "partner", "attributes": {"cohort": ["the first"]}}]
    )
    assert about("create_ecf_partnership").more["school"] == "free"


def test_a_partnership_is_only_ever_given_the_partner_that_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LISTS, "/api/v3/delivery-partners", [])
    found = about("update_ecf_partnership")
    assert (found.subject, found.more["partner"]) == ("ours", "its partner")
    assert "stranger" not in found.more


def test_rather_one_is_changed_that_not_all_partners_can_be_given() -> None:
    found = about("update_ecf_partnership")
    assert found.subject == "ours of a later cohort"
    assert (found.more["partner"], found.more["stranger"]) == ("partner", "of another cohort")


def test_without_a_school_that_is_free_it_cannot_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LISTS, "/api/v3/schools/ecf", LISTS["/api/v3/schools/ecf"][:1])
    with pytest.raises(CouldNotRun, match="no school without a partnership"):
        about("create_ecf_partnership")
