"""Sources for readers: titles, and public addresses."""

from __future__ import annotations

import re

import pytest

from lead_provider_conformance.contract.behaviours import COMMITS, load_behaviours
from lead_provider_conformance.contract.citations import Citation, address_of, citations, source_line
from lead_provider_conformance.contract.requirements import Registry, Requirement
from lead_provider_conformance.model import Level
from lead_provider_conformance.readiness.obligations import Obligations
from lead_provider_conformance.resources import contract_root, suites_root
from lead_provider_conformance.schemas import yaml_file

GUIDE = "DFE-Digital/register-early-career-teachers-public"


def requirement(*sources: str) -> Requirement:
    return Requirement("a/b", Level.MUST, ("v3",), ("ecf",), "A server meets this.", sources)


@pytest.mark.parametrize(
    ("path", "title", "end"),
    [
        ("a.md#L44", "Get started, line 44", "a.md?plain=1#L44"),
        ("a.rb#L4-6", "Get started, lines 4 to 6", "a.rb#L4-L6"),
        ("a.yml", "Get started", "a.yml"),
    ],
)
def test_place_in_a_repository_is_an_address(path: str, title: str, end: str) -> None:
    source = f"ECT service guidance: Get started ({GUIDE}@0fe31d1a:app/{path})"
    (cited,) = citations(requirement(source))

    assert cited.title.endswith(title)
    assert cited.url == f"https://github.com/{GUIDE}/blob/0fe31d1a/app/{end}"
    assert source_line(requirement(source)) == f"Source: ECT service guidance: {title}"


def test_document_without_address_is_cited_as_it_is() -> None:
    source = "observed service, December 2024: participant-declarations of version 1"

    assert [*citations(requirement(source))] == [Citation(source)]


@pytest.mark.parametrize(
    ("source", "end"),
    [
        ("published OpenAPI v3, December 2024: GET participants/ecf/{id} 404", "/swagger/v3/api_spec.json"),
        ("ECF guidance, December 2024: view transfers", "/docs/source/ecf/guidance.html.md?plain=1"),
        ("release notes, 7 July 2023", "/docs/source/release-notes.html.md?plain=1"),
        ("how-to guide: Removing a declaration submitted in error", "/_usage_participant_declarations.html.erb"),
        ("how-to guide: View all participant data", "/ecf/how-to-guides.html.md?plain=1"),
        ("ECT service guidance: How to test the API effectively", "/how_to_test_the_api_effectively.md?plain=1"),
    ],
)
def test_document_has_the_address_of_the_longest_beginning(source: str, end: str) -> None:
    (cited,) = citations(requirement(source))

    assert cited.title == source
    assert cited.url is not None
    assert cited.url.endswith(end)


def test_every_published_document_of_a_must_has_an_address() -> None:
    without = {
        source.partition(":")[0]
        for each in Registry.load()
        for source in each.sources
        if not source.startswith("behaviour ") and address_of(source) is None
    }

    assert without == {
        "errata",
        "guidance of 2021",
        "observed ECT service, August 2026",
        "observed NPQ service, August 2026",
        "observed service, December 2024",
    }


def test_every_address_is_cited() -> None:
    cited = {address_of(source) for each in Registry.load() for source in each.sources}

    documents = yaml_file.read(suites_root() / "documents.yaml", schema="addresses")
    assert set(documents.values()) <= cited


def test_behaviour_is_its_situation_and_published_guidance_before_code() -> None:
    (cited,) = citations(requirement("behaviour AUTH-BEARER-OK"))

    assert cited.title == "behaviour of the original service: a valid lead provider token"
    assert cited.url == (
        f"https://github.com/DFE-Digital/early-careers-framework/blob/{COMMITS['A']}/docs/source/get-started.html.md"
        "?plain=1#L32-L43"
    )


def test_unknown_behaviour_of_an_old_journal_is_cited_by_its_id() -> None:
    assert [*citations(requirement("behaviour GONE"))] == [Citation("behaviour GONE")]


def test_commits_are_those_that_the_file_of_behaviours_names() -> None:
    head = (contract_root() / "behaviours.yaml").read_text(encoding="utf-8")

    assert dict(re.findall(r"^#   ([AB]): ([0-9a-f]{40})", head, re.MULTILINE)) == COMMITS


def test_every_behaviour_and_every_source_of_a_client_requirement_has_an_address() -> None:
    cited = requirement(*(f"behaviour {each}" for each in load_behaviours()))
    assert [each for each in citations(cited) if each.url is None] == []

    clients = [each for obligation in Obligations.load() for each in citations(obligation.requirement)]
    assert [each for each in clients if each.url is None] == []


def test_no_source_line_has_a_path_in_a_repository() -> None:
    lines = [source_line(each) for each in (*Registry.load(), *(each.requirement for each in Obligations.load()))]

    assert [each for each in lines if "@" in each] == []
