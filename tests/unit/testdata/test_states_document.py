"""docs/states.md shows the catalogue of states."""

from __future__ import annotations

import re
from pathlib import Path

from lead_provider_conformance.testdata import CATALOGUE
from lead_provider_conformance.testdata.catalogue import SHARED_RECORDS

DOCUMENT = Path(__file__).parents[3] / "docs" / "states.md"


def test_document_lists_every_state_with_its_description() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)

    assert dict(rows) == {name: state.description for name, state in CATALOGUE.items()}


def test_document_lists_every_derivation() -> None:
    rows = re.findall(r"^ *- `([^`]+)` from `([^`]+)`", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)

    assert dict(rows) == {name: state.derivation.source for name, state in CATALOGUE.items() if state.derivation}


def test_document_lists_every_state_of_ecf_whose_records_are_used_up() -> None:
    text = " ".join(DOCUMENT.read_text(encoding="utf-8").split())
    (sentence,) = re.findall(r"states that cannot be put back: (.+?)\.(?: |$)", re.sub(r"(ect|mentor)\.", r"\1/", text))

    assert {each.replace("/", ".") for each in re.findall(r"`([^`]+)`", sentence)} == {
        name for name in CATALOGUE if name.startswith(("ect.", "mentor.")) and name not in SHARED_RECORDS
    }


def test_page_about_the_services_names_every_state_of_teachers_that_cannot_be_derived() -> None:
    page = (DOCUMENT.parent / "services.md").read_text(encoding="utf-8")
    row = re.search(r"^\| ECT \| (.+) \|$", page, re.MULTILINE)

    assert row
    assert "ect.not-registered" in row[1]


def test_descriptions_refer_to_states_that_exist() -> None:
    names = {
        name
        for state in CATALOGUE.values()
        for name in re.findall(r"`((?:ect|npq|application)\.[^`]+)`", state.description)
    }

    assert names <= CATALOGUE.keys()
