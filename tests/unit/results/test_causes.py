"""The cause of a failure comes from its finding, or from the exchange that decided it."""

from typing import Any

import pytest
from tests.unit.journals import Run

from lead_provider_conformance.model import Cause, Outcome
from lead_provider_conformance.results.causes import cause_of


def violation(where: str, kind: str = "", rule: str = "response-schema") -> dict[str, str]:
    return {"requirement": f"contract/{rule}", "where": where, "message": "no", **({"kind": kind} if kind else {})}


def cause(requirement: str = "a/b", status: int | None = 200, *violations: dict[str, str], **found: Any) -> Cause:
    run = Run().requires(requirement)
    shown = run.exchanged("GET", "/x", status, operation="list_x", violations=violations, place=found.pop("place", ""))
    run.found(Outcome.FAILED, requirement, "no", exchanges=[shown], **found)
    record = run.record()
    return cause_of(record.findings[0], record.exchanges)


@pytest.mark.parametrize("status", [500, 503, None])
def test_server_error_has_the_place_of_the_request(status: int | None) -> None:
    assert cause("a/b", status, place="query:page") == Cause("list_x", "query:page", str(status or "no response"))


def test_undocumented_status_is_the_kind() -> None:
    undocumented = violation("", rule="documented-status")

    assert cause("a/b", 201, undocumented, place="query:sort") == Cause("list_x", "query:sort", "201")


@pytest.mark.parametrize("requirement", ["contract/response-schema", "generated/response-schema"])
def test_violation_has_its_place_and_keyword(requirement: str) -> None:
    found = cause(requirement, 200, violation("/data/17/attributes/cohort", "null"))

    assert found == Cause("list_x", "/data/*/attributes/cohort", "null")


def test_rule_is_the_kind_of_a_violation_without_keyword() -> None:
    assert cause("contract/media-type", 200, violation("", rule="media-type")) == Cause("list_x", "", "media-type")


def test_cause_of_the_test_comes_first_and_takes_the_operation_of_the_exchange() -> None:
    own = Cause(place="/data/*/attributes/b", kind="type")

    assert cause("contract/response-schema", 200, violation("/data/0/attributes/a", "null"), cause=own) == Cause(
        "list_x", "/data/*/attributes/b", "type"
    )


def test_requirement_is_the_kind_of_any_other_failure() -> None:
    assert cause("a/b", 200, violation("/data", "null"), group="sort") == Cause("list_x", "sort", "a/b")


@pytest.mark.parametrize(
    ("pattern", "is_included"),
    [
        (Cause("list_x"), True),
        (Cause(kind="null"), True),
        (Cause("list_x", "/data", "null"), True),
        (Cause("show_x"), False),
        (Cause("list_x", "/data", "type"), False),
    ],
)
def test_empty_parts_of_a_cause_match_any(pattern: Cause, is_included: bool) -> None:
    assert pattern.includes(Cause("list_x", "/data", "null")) is is_included
