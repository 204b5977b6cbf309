"""The contract and the published documents differ where errata.yaml says so, and nowhere else."""

from textwrap import dedent

import pytest

from lead_provider_conformance.contract import Contract, ContractError, versions
from lead_provider_conformance.contract.errata import Errata, matches
from lead_provider_conformance.contract.facts import Difference, differences, facts_from_json, facts_of


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


def test_every_entry_is_needed(found, errata):
    assert errata.stale(found) == ()


def test_a_difference_without_an_entry_is_told(errata):
    new = Difference("GET /api/v3/statements", "200 data[].attributes.paid type", "boolean", "string")

    assert errata.uncovered([new]) == (new,)


def test_an_entry_that_nothing_needs_is_told(found, errata):
    without = [each for each in found if not each.operation.endswith(".csv")]

    assert "GET *.csv 200 . type" in errata.stale(without)


def test_the_words_of_an_entry_count(errata):
    other = Difference("GET /api/v3/schools/ecf", "200 data[].attributes.induction_programme_choice enum", "", "diy")

    assert errata.uncovered([other]) == (other,)


@pytest.mark.parametrize("edition", ["2025-04"])
@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_the_words_of_april_2025_are_all_there(published, edition, version):
    """What an ECF server of April 2025 sends or takes is known here, as what one of December 2024 does."""
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
    """The documents list examples of error titles as if they were all; no server kept to them."""
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
def test_patterns(pattern, text, expected):
    assert matches(pattern, text) is expected


def test_a_broken_errata_file_is_told(tmp_path):
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
