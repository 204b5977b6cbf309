"""Sources as reports show them: titles, and public addresses."""

from __future__ import annotations

import re

import pytest

from lead_provider_conformance.contract.behaviours import COMMITS, load_behaviours
from lead_provider_conformance.contract.requirements import Registry, Requirement
from lead_provider_conformance.model import Level
from lead_provider_conformance.readiness.obligations import Obligations
from lead_provider_conformance.reports.sources import Citation, citations, source_line
from lead_provider_conformance.resources import contract_root

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
    source = "published OpenAPI v3, December 2024: GET participants/ecf/{id} 404"

    assert [*citations(requirement(source))] == [Citation(source)]


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
