"""Which lists there are, as the contract says."""

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.oracles.lists import ListOperation

OLD = {"participants/ecf", "participants", "participant-declarations", "npq-applications", "participants/npq"}


def lists(version):
    return {each.name: each for each in ListOperation.of(Contract.load(version))}


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_lists_of_versions_1_and_2(version):
    assert set(lists(version)) == OLD | {"participants/npq/outcomes"}


def test_the_lists_of_version_3():
    new = {
        "participants/ecf/transfers",
        "partnerships/ecf",
        "schools/ecf",
        "delivery-partners",
        "unfunded-mentors/ecf",
        "statements",
    }
    assert set(lists("v3")) == (OLD - {"participants"}) | {"participants/npq/outcomes"} | new


def test_what_a_list_can_be_narrowed_and_sorted_by():
    schools = lists("v3")["schools/ecf"]

    assert schools.filters == {"cohort", "urn", "updated_since"}
    assert schools.required == {"cohort"}
    assert schools.sort_keys == {"updated_at"}


def test_whose_records_are_shown_on_their_own():
    shown = {name for name, each in lists("v3").items() if each.shows_one}
    assert set(lists("v3")) - shown == {"participants/npq/outcomes"}


def test_which_lists_have_a_file():
    files = {name: each.file_filters for name, each in lists("v2").items() if each.file}

    assert set(files) == {"participants/ecf", "participants", "participant-declarations", "npq-applications"}
    assert files["npq-applications"] == {"cohort", "updated_since"}
    assert files["participant-declarations"] == set()
    assert not any(each.file for each in lists("v3").values())
