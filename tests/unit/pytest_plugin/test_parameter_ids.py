"""What tests are given is written the same in every run: Allure knows a test again by it."""

from __future__ import annotations

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.model import Scope
from lead_provider_conformance.oracles.lists import ListOperation


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (Scope("v3", "ecf"), "<v3-ecf>"),
        (Contract.load("v3").operation("show_statement"), "<GET /api/v3/statements/{id}>"),
    ],
)
def test_it_is_short_and_names_what_it_is(given: object, written: str) -> None:
    assert repr(given) == written


def test_a_list_is_written_as_its_operation() -> None:
    for listed in ListOperation.of(Contract.load("v3")):
        assert repr(listed) == repr(listed.operation)
