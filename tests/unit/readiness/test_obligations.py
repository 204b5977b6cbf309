"""The obligations of clients, and how they are loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from lead_provider_conformance.config.profile import EDITION
from lead_provider_conformance.contract.contract import operation_ids
from lead_provider_conformance.model import Level, Scope, UsageError
from lead_provider_conformance.readiness.obligations import Obligations, Observable

OBLIGATIONS = Obligations.load()
DECIDED_DESPITE_CONFLICT = {"rate/limit"}
"""Obligations for which the guidance decides against the code."""
ENTRY = """
- id: void/own-mistakes
  level: SHOULD
  statement: The client voids
    its own mistakes.
  programmes: [ecf]
  observable: situation
  operations: [void_participant_declaration, [create_participant_declaration, show_participant_declaration]]
  remedy: Let it void one.
  fix: Void it by its id.
  sources: [DFE-Digital/npq-registration@9e9784a8:app/views/api/guidance/get-started.md#L119]
"""


def load(folder: Path, content: str) -> Obligations:
    (folder / "void.yaml").write_text(content, encoding="utf-8")
    return Obligations.load(folder)


def test_all_obligations_are_there() -> None:
    assert len(OBLIGATIONS) == 139
    assert all(each.requirement.area == each.id.split("/")[0] for each in OBLIGATIONS)


def test_each_programme_has_its_obligations() -> None:
    ecf, npq = OBLIGATIONS.of(EDITION, "ecf"), OBLIGATIONS.of(EDITION, "npq")

    assert "npq/decide" in npq
    assert "npq/decide" not in ecf
    assert "partnership/no-duplicate" in ecf
    assert "partnership/no-duplicate" not in npq


def test_edition_of_2026_has_no_challenged_partnerships() -> None:
    assert "partnership/challenged" in OBLIGATIONS.of("2025-04", "ecf")
    assert "partnership/challenged" not in OBLIGATIONS.of("2026-08", "ecf")


def test_operations_are_those_of_the_edition_and_programme() -> None:
    for programme in ("ecf", "npq"):
        known = operation_ids(EDITION, Scope("v3", programme))
        for each in OBLIGATIONS.of(EDITION, programme):
            assert set(each.operations) <= known, each.id
            assert bool(each.needs) == bool(OBLIGATIONS[each.id].needs), each.id


def test_every_operation_is_in_the_contract() -> None:
    known = operation_ids(EDITION, Scope("v3", "ecf")) | operation_ids(EDITION, Scope("v3", "npq"))

    assert {each.id: each.operations for each in OBLIGATIONS if not known.issuperset(each.operations)} == {}


def test_obligation_needs_one_operation_of_each_group(tmp_path: Path) -> None:
    obligation = load(tmp_path, ENTRY)["void/own-mistakes"]
    void, create, show = obligation.operations

    assert obligation.missing_operations(None) == ()
    assert obligation.missing_operations({void, show}) == ()
    assert obligation.missing_operations({create, show}) == (void,)
    assert obligation.missing_operations({void}) == (create, show)


def test_proposed_level_does_not_count() -> None:
    proposed = [each for each in OBLIGATIONS if each.proposed_level]

    assert proposed
    assert {each.id for each in proposed if each.requirement.level is not Level.SHOULD or not each.derived} == set()


def test_derived_obligation_is_no_must() -> None:
    assert [each.id for each in OBLIGATIONS if each.derived and each.requirement.level is Level.MUST] == []


def test_conflict_of_published_pages_decides_nothing() -> None:
    decided = {each.id for each in OBLIGATIONS if each.conflict and each.requirement.level is not Level.MAY}

    assert decided == DECIDED_DESPITE_CONFLICT


def test_attestable_obligations_are_those_that_traffic_cannot_show() -> None:
    attestable = OBLIGATIONS.attestable

    assert attestable["access/token-kept-private"]
    assert attestable["process/it-health-check"]
    assert not attestable["paging/all-pages"]
    assert {each.observable for each in OBLIGATIONS if attestable[each.id]} == {
        Observable.ATTESTATION,
        Observable.PROCESS,
    }


@pytest.mark.parametrize("obligation", OBLIGATIONS, ids=lambda each: each.id)
def test_sentences_are_short_and_sources_have_titles(obligation) -> None:
    texts = [obligation.requirement.statement, obligation.remedy, obligation.fix]
    sentences = [sentence for text in texts for sentence in text.split(". ")]

    assert {sentence for sentence in sentences if len(sentence.split()) > 25} == set()
    assert all(" (DFE-Digital/" in source for source in obligation.requirement.sources)


def test_unknown_obligation_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="There is no requirement paging/all-page of clients; did you mean paging/all"):
        OBLIGATIONS["paging/all-page"]


def test_unknown_programme_and_edition_are_refused() -> None:
    with pytest.raises(UsageError, match="Edition 2026-08 has no programme ect; choose ecf or npq"):
        OBLIGATIONS.of("2026-08", "ect")
    with pytest.raises(UsageError, match="There is no edition 1066-10"):
        OBLIGATIONS.of("1066-10", "ecf")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("level: SHOULD", "level: OUGHT", "void.yaml:3: `[0].level` is not valid: 'OUGHT' is not one of"),
        ("  fix:", "  fixed:", "there is no key `fixed` at `[0]`; did you mean `fix`?"),
        ("The client voids", "One voids", "`[0].statement` is not valid"),
        ("get-started.md", "nothing.md", "suites/client/documents.yaml has no title of DFE-Digital/npq-registration"),
    ],
)
def test_mistake_in_a_file_is_one_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, ENTRY.replace(old, new))

    assert sentence in str(caught.value)


def test_obligation_defined_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="The obligation void/own-mistakes is defined twice"):
        load(tmp_path, ENTRY + ENTRY.lstrip())
