"""The catalogue of faults, the expectations, the matrix and its page agree."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from tools.proof import matrix, page
from tools.proof.expectations import entries, entry_name, expectation_for
from tools.proof.show import UnknownNameError, describe

from lead_provider_conformance.contract.requirements import Registry
from lead_provider_sandbox.faults.catalogue import catalogue

REMEDY = "run `python -m tools.proof --new`"


@cache
def proof() -> page.Proof:
    return page.Proof.load()


def test_catalogue_holds_at_least_400_faults() -> None:
    assert len(catalogue()) >= 400


def test_every_fault_has_name_for_command_line_and_sentence() -> None:
    for name, fault in catalogue().items():
        assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name)
        assert fault.sentence.endswith("."), name


def test_every_fault_has_an_expectation() -> None:
    assert [name for name, fault in catalogue().items() if expectation_for(fault) is None] == []


def test_every_expectation_matches_a_fault() -> None:
    used = {entry_name(fault) for fault in catalogue().values()}

    assert [name for name in entries() if name not in used] == []


def test_expected_requirements_are_in_registry() -> None:
    known = {requirement.id for requirement in Registry.load()}

    expected = {requirement for each in proof().expected.values() for requirement in each.patterns}
    assert expected - known == set()


def test_every_fault_is_expected_caught_or_argued_or_missed() -> None:
    for name, each in proof().expected.items():
        assert [bool(each.patterns), bool(each.argued), bool(each.missed)].count(True) == 1, name


def test_matrix_agrees_with_expectations() -> None:
    rows = matrix.read_matrix()

    assert rows.keys() <= catalogue().keys(), REMEDY
    for name, each in proof().expected.items():
        assert matrix.is_current(rows.get(name), each), f"{name}: {REMEDY}"


def test_every_requirement_catches_a_fault() -> None:
    assert proof().unproven == []


def test_page_is_current() -> None:
    current = page.FILE.read_text(encoding="utf-8")

    assert current == page.render_page(proof()), "run `python -m tools.proof --page`"


def test_each_of_ten_yardstick_types_is_caught() -> None:
    types = yaml.safe_load(page.YARDSTICK.read_text(encoding="utf-8"))

    assert len(types) == 10
    for each in types:
        assert ("here" in each) != ("nearest" in each), each["type"]
        assert each["faults"], each["type"]
        assert set(each["faults"]) <= proof().caught.keys(), each["type"]


def test_matrix_survives_dump_and_read(tmp_path: Path) -> None:
    row = matrix.Row("v3-ecf", {"void/state": matrix.Catch("a test", 7)}, ("void/once",))
    file = tmp_path / "proof.json"
    file.write_text(matrix.dump_matrix({"one": row}), encoding="utf-8")

    assert matrix.read_matrix(file) == {"one": row}


def test_show_prints_description_and_test_of_fault() -> None:
    text = "\n".join(describe(proof(), "void-changes-nothing"))

    assert catalogue()["void-changes-nothing"].sentence in text
    assert proof().registry["void/state"].statement in text
    assert proof().caught["void-changes-nothing"].caught["void/state"].test in text


def test_show_prints_reason_of_argued_fault() -> None:
    name, reason = next(iter(proof().argued.items()))

    assert reason in "\n".join(describe(proof(), name))


def test_show_prints_faults_of_requirement() -> None:
    text = "\n".join(describe(proof(), "void/state"))

    assert "void-changes-nothing" in text


def test_show_of_unknown_name_raises_error_with_remedy() -> None:
    with pytest.raises(UnknownNameError, match="--list-faults"):
        list(describe(proof(), "no-such-fault"))
