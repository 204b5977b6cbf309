"""The parameters of tests have the same representation in every run, because Allure identifies tests by it."""

from __future__ import annotations

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.model import Scope
from lead_provider_conformance.oracles.lists import ListOperation


@pytest.mark.parametrize(
    ("value", "representation"),
    [
        (Scope("v3", "ecf"), "<v3-ecf>"),
        (Contract.load("v3").operation("show_statement"), "<GET /api/v3/statements/{id}>"),
    ],
)
def test_representation_is_short_and_specific(value: object, representation: str) -> None:
    assert repr(value) == representation


def test_list_has_the_representation_of_its_operation() -> None:
    for listed in ListOperation.of(Contract.load("v3")):
        assert repr(listed) == repr(listed.operation)
