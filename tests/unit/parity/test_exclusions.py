"""Exclusions of a parity file become waivers by operation, place and kind."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from lead_provider_conformance.config.parity_file import Exclusion
from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.model import Cause, UsageError
from lead_provider_conformance.parity.exclusions import waivers_of

ACCEPT: dict[str, Any] = {"owner": "us", "reason": "known", "expires": "2099-01-01"}


def waiver(**parts: Any) -> Waiver:
    """Return the waiver of an exclusion with these parts."""
    (found,) = waivers_of([Exclusion.from_mapping({**ACCEPT, **parts})], ("2025-04", "2026-08"))
    return found


def test_path_becomes_operation_and_version() -> None:
    found = waiver(path="/api/v2/participants/ecf/{id}", field="data.attributes.email", difference="null on the right")

    assert found.cause == Cause("show_ecf_participant", "data.attributes.email", "null on the right")
    assert found.versions == ("v2",)
    assert found.expires == date(2099, 1, 1)


def test_path_of_either_edition_is_known() -> None:
    old, new = (waiver(path=f"/api/v3/participants{each}").cause for each in ("/ecf", ""))

    assert old == new == Cause("list_ecf_participants")


def test_requirement_alone_accepts_every_difference_of_it() -> None:
    found = waiver(requirement="parity/order", versions=["v1"])

    assert (found.requirement, found.cause, found.versions) == ("parity/order", None, ("v1",))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"path": "/api/v3/participant/ecf"}, r"at which nothing can be read; did you mean /api/v3/participants/ecf\?"),
        ({"path": "/x"}, r"give a path as the contract writes it\."),
        ({"requirement": "parity/nothing"}, r"`exclude` names the requirement parity/nothing, which is not one of"),
    ],
)
def test_unknown_path_or_requirement_is_one_sentence(parts: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        waiver(**parts)


def test_path_of_a_write_has_its_method() -> None:
    found = waiver(path="/api/v3/participant-declarations", method="POST")

    assert found.cause == Cause("create_participant_declaration")
    with pytest.raises(
        UsageError, match=r"at which the contract has no PUT; give|at which the contract has no PUT; did"
    ):
        waiver(path="/api/v3/participant-declarations", method="PUT")
