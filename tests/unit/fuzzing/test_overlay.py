"""The contract as input for generators."""

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.operation import resolve
from lead_provider_conformance.fuzzing.overlay import (
    COHORT,
    PARTICIPANT,
    SUBJECT,
    edition_specific_words,
    overlay_document,
)

DOCUMENT = Contract.load("v3").document


def alternatives(document):
    schema = document["components"]["schemas"]["NewDeclaration"]
    found = schema["properties"]["data"]["properties"]["attributes"]["anyOf"]
    return [resolve(document, each) for each in found]


def test_ids_in_paths_are_pinned():
    parameters = overlay_document(DOCUMENT, "ecf")["components"]["parameters"]
    assert parameters["Id"]["schema"]["enum"] == [SUBJECT]


def test_body_of_the_other_programme_is_removed():
    assert 0 < len(alternatives(overlay_document(DOCUMENT, "ecf"))) < len(alternatives(DOCUMENT))
    titles = {each["title"] for each in alternatives(overlay_document(DOCUMENT, "npq"))}
    assert all(title.startswith("NPQ") for title in titles)


def test_filter_of_the_other_programme_is_removed():
    def filters(programme):
        parameters = overlay_document(DOCUMENT, programme, pinned=False)["components"]["parameters"]
        return {name: parameters[name]["schema"]["properties"] for name in ("FilterDeclarations", "FilterStatements")}

    assert "delivery_partner_id" in filters("ecf")["FilterDeclarations"]
    assert "delivery_partner_id" not in filters("npq")["FilterDeclarations"]
    assert filters("npq")["FilterStatements"]["type"]["enum"] == ["npq"]


def test_participants_are_pinned_only_if_pinned_is_set():
    pinned, free = overlay_document(DOCUMENT, "ecf"), overlay_document(DOCUMENT, "ecf", pinned=False)
    assert alternatives(pinned)[0]["properties"]["participant_id"]["enum"] == [PARTICIPANT]
    assert "enum" not in alternatives(free)[0]["properties"]["participant_id"]


def test_required_cohort_is_always_pinned():
    for overlay in (overlay_document(DOCUMENT, "ecf"), overlay_document(DOCUMENT, "ecf", pinned=False)):
        parameters = overlay["components"]["parameters"]
        assert parameters["FilterSchools"]["schema"]["properties"]["cohort"]["enum"] == [COHORT]
        assert "2098" not in repr(parameters["FilterStatements"])


def test_original_document_is_unchanged():
    before = repr(DOCUMENT)
    overlay_document(DOCUMENT, "ecf")
    assert repr(DOCUMENT) == before


def test_words_that_some_editions_lack_are_edition_specific():
    words = edition_specific_words(DOCUMENT)
    assert "switched-to-school-led" in words
    assert "left-teaching-profession" not in words
