"""The catalogue, what is expected of it, the matrix and its page are in step."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml
from tools.proof import matrix, page
from tools.proof.expectations import Expectation, entries, entry_of, expectation

from lead_provider_conformance.contract.requirements import Registry
from lead_provider_sandbox.faults.catalogue import catalogue

MAKE = "run `make proof`"


@cache
def expected() -> dict[str, Expectation | None]:
    return {name: expectation(fault) for name, fault in catalogue().items()}


def proof() -> page.Proof:
    return page.Proof(catalogue(), matrix.read(), Registry.load())


def test_there_are_many_faults() -> None:
    assert len(catalogue()) >= 400


def test_every_fault_has_a_name_for_the_command_line_and_a_sentence() -> None:
    for name, fault in catalogue().items():
        assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name)
        assert fault.sentence.endswith("."), name


def test_of_every_fault_it_is_said_what_catches_it() -> None:
    assert [name for name, each in expected().items() if each is None] == []


def test_every_expectation_is_of_some_fault() -> None:
    used = {entry_of(fault) for fault in catalogue().values()}

    assert [name for name in entries() if name not in used] == []


def test_what_is_expected_are_requirements_of_the_suites() -> None:
    known = {requirement.id for requirement in Registry.load()}

    named = {requirement for each in expected().values() if each for requirement in each.patterns}
    assert named - known == set()


def test_a_fault_is_caught_argued_or_owned_up_to_and_not_two_of_them() -> None:
    for name, each in expected().items():
        assert each is not None
        assert [bool(each.patterns), bool(each.argued), bool(each.missed)].count(True) == 1, name


def test_the_matrix_has_a_row_for_every_fault_that_is_looked_for_and_it_is_what_is_expected() -> None:
    kept = matrix.read()

    assert kept.keys() <= catalogue().keys(), MAKE
    for name, each in expected().items():
        assert matrix.holds(kept.get(name), each), f"{name}: run `python -m tools.proof --new`"


def test_every_requirement_has_a_fault_that_it_catches_for_its_own_cause() -> None:
    assert proof().unproven == []


def test_the_page_is_made_from_the_matrix() -> None:
    assert page.FILE.read_text(encoding="utf-8") == page.page(proof()), MAKE


def test_each_of_the_ten_types_of_the_yardstick_is_caught() -> None:
    types = yaml.safe_load(page.YARDSTICK.read_text(encoding="utf-8"))

    assert len(types) == 10
    for each in types:
        assert ("here" in each) != ("nearest" in each), each["type"]
        assert each["faults"], each["type"]
        assert set(each["faults"]) <= proof().caught.keys(), each["type"]


def test_a_matrix_is_read_as_it_was_written(tmp_path: Path) -> None:
    row = matrix.Row("v3-ecf", {"void/state": matrix.Catch("a test", 7)}, ("void/once",))
    file = tmp_path / "proof.json"
    file.write_text(matrix.written({"one": row}), encoding="utf-8")

    assert matrix.read(file) == {"one": row}
