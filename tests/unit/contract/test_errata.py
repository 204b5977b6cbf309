"""errata.yaml lists exactly the differences between the published documents and the contract."""

from textwrap import dedent

import pytest
from tools.contract.errata import Errata, matches
from tools.contract.published import Difference, differences, facts_from_json

from lead_provider_conformance.contract import Contract, ContractError, versions
from lead_provider_conformance.contract.facts import facts_of


@pytest.fixture(scope="module")
def found(published):
    """Every difference between the published documents of December 2024 and the contract."""
    return [
        difference
        for version in versions()
        for difference in differences(
            facts_from_json(published("2024-12", version)), facts_of(Contract.load(version).document)
        )
    ]


@pytest.fixture
def errata():
    return Errata.load()


def test_every_difference_has_an_entry(found, errata):
    assert [str(difference) for difference in errata.uncovered(found)] == []


def test_every_entry_has_a_difference(found, errata):
    assert errata.stale(found) == ()


def test_difference_without_entry_is_reported(errata):
    new = Difference("GET /api/v3/statements", "200 data[].attributes.paid type", "boolean", "string")

    assert errata.uncovered([new]) == (new,)


def test_entry_without_difference_is_reported(found, errata):
    without = [each for each in found if not each.operation.endswith(".csv")]

    assert "GET *.csv 200 . type" in errata.stale(without)


def test_entry_covers_only_its_own_values(errata):
    other = Difference("GET /api/v3/schools/ecf", "200 data[].attributes.induction_programme_choice enum", "", "diy")

    assert errata.uncovered([other]) == (other,)


@pytest.mark.parametrize("edition", ["2025-04"])
@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_contract_has_every_value_of_april_2025(published, edition, version):
    """The contract also allows the values that an ECF server of April 2025 sends or accepts."""
    later = facts_from_json(published(edition, version))
    here = facts_of(Contract.load(version).document)

    lacking = [
        difference
        for difference in differences(later, {name: here[name] for name in later if name in here})
        if (difference.what.endswith(" enum") and difference.published and not _is_title(difference))
        or (
            difference.what.startswith("200 data")
            and difference.here == "absent"
            and ".csv" not in difference.operation
        )
    ]

    assert set(later) <= set(here)
    assert [str(difference) for difference in lacking] == []


def _is_title(difference: Difference) -> bool:
    """Return whether the difference is about error titles, of which the published documents list only examples."""
    return "error[].title" in difference.what


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "anything", True),
        ("200 data*.id", "200 data[].id", True),
        ("200 data*.id", "200 data.id", True),
        ("200 data[].id", "200 datax.id", False),
        ("GET *", "PUT /x", False),
        ("", "x", False),
        ("", "", True),
    ],
)
def test_pattern_matches_text(pattern, text, expected):
    assert matches(pattern, text) is expected


def test_invalid_errata_file_is_an_error(tmp_path):
    path = tmp_path / "errata.yaml"
    path.write_text(
        dedent("""\
        errata:
          - {operation: "*", what: 400 response, why: Because it is so., evidence: []}
        deviations: []
        promises: []
        """)
    )

    with pytest.raises(ContractError, match=r"errata\.yaml: .*evidence"):
        Errata.load(path)
