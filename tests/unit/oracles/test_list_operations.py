"""The lists of the contract."""

from copy import deepcopy
from dataclasses import replace
from types import SimpleNamespace

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.oracles.lists import ListOperation, Lists

OLD = {
    "ecf_participants",
    "legacy_list_participants",
    "participant_declarations",
    "npq_applications",
    "npq_participants",
}


def lists(version):
    return {each.name: each for each in ListOperation.of(Contract.load(version))}


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_lists_of_versions_1_and_2(version):
    assert set(lists(version)) == OLD | {"npq_outcomes"}


def test_version_3_has_its_new_lists_and_the_older_ones():
    new = {
        "ecf_participant_transfers",
        "ecf_partnerships",
        "ecf_schools",
        "delivery_partners",
        "ecf_unfunded_mentors",
        "statements",
    }
    assert set(lists("v3")) == (OLD - {"legacy_list_participants"}) | {"npq_outcomes"} | new


def test_filters_and_sort_keys_of_a_list():
    schools = lists("v3")["ecf_schools"]

    assert schools.filters == {"cohort", "urn", "updated_since"}
    assert schools.required_filters == {"cohort"}
    assert schools.sort_keys == {"updated_at"}


def test_list_of_one_participants_records_is_no_list():
    assert "npq_participant_outcomes" not in lists("2026-08/v3-npq")


@pytest.mark.parametrize(
    ("document", "name", "expected"),
    [
        ("2026-08/v3-npq", "delivery_partners", {"cohort"}),
        ("v3", "delivery_partners", set()),
        ("v3", "npq_applications", {"participant_id"}),
    ],
)
def test_filters_that_take_one_value(document, name, expected):
    assert lists(document)[name].single_filters == expected


def test_lists_whose_records_can_be_requested_by_id():
    shown = {name for name, each in lists("v3").items() if each.has_detail}
    assert set(lists("v3")) - shown == {"npq_outcomes"}


def test_lists_with_a_csv():
    files = {name: each.csv_filters for name, each in lists("v2").items() if each.csv}

    assert set(files) == {
        "ecf_participants",
        "legacy_list_participants",
        "participant_declarations",
        "npq_applications",
    }
    assert files["npq_applications"] == {"cohort", "updated_since"}
    assert files["participant_declarations"] == set()
    assert not any(each.csv for each in lists("v3").values())


def test_cohort_of_lists_without_participants_is_still_paid_for():
    def lists(*cohorts):
        participants = [SimpleNamespace(cohort=cohort) for cohort in cohorts]
        states = SimpleNamespace(inventory=SimpleNamespace(participants=participants), calendar=Calendar.load())
        return Lists(None, Contract.load("v3"), states, None)

    assert lists("2021", "2024", "2024").cohort == "2024"
    assert lists(None).cohort == "2022"
    assert lists().cohort == "2022"


def test_filters_of_one_programme_leave_out_those_of_the_other():
    declarations = lists("v3")["participant_declarations"]
    parameters = deepcopy(declarations.operation.parameters)
    filters = next(each for each in parameters if each.get("name") == "filter")["schema"]["properties"]
    filters["delivery_partner_id"]["x-programmes"] = ["ecf"]
    marked = replace(declarations, operation=replace(declarations.operation, parameters=parameters))

    assert marked.filters_in({"ecf", "npq"}) == marked.filters
    assert marked.filters - marked.filters_in({"npq"}) == {"delivery_partner_id"}
