"""A write that the server accepts and does not keep explains what the test finds afterwards."""

from __future__ import annotations

import pytest
from tests.unit.journals import Run

from lead_provider_conformance.model import Cause, Outcome
from lead_provider_conformance.results.defects import defect_of
from lead_provider_conformance.results.unkept import consequences

ID, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
PENDING = Cause("show_application", "status", "wrong value")


def following(
    *,
    written: int = 200,
    field: str = "status",
    record: str = ID,
    reason: str = "POST /x returned 200; expected 422. {}",
    test: str = "rejects",
) -> list[str]:
    """Return the requirements that follow from an application that is rejected with `written` and shown as before.

    The later finding is about `record`, with `reason`.
    """
    run = Run()
    reject = run.exchanged("POST", f"/api/v3/applications/{ID}/reject", written, operation="reject_application")
    show = run.exchanged("GET", f"/api/v3/applications/{ID}", operation="show_application")
    again = run.exchanged("POST", f"/api/v3/applications/{record}/reject", operation="reject_application")
    run.found(
        Outcome.FAILED, "a/kept", f"`{field}` is 'old'; expected 'new'.", exchanges=[reject, show], test="rejects"
    )
    run.found(Outcome.FAILED, "a/later", reason, exchanges=[again], test=test)
    journals = run.record()
    defects = {each: defect_of(each, journals.exchanges) for each in journals.findings}

    found = consequences(defects, journals.exchanges)

    assert set(found.values()) <= {PENDING}
    return [each.requirement for each in found if each.requirement != "a/kept"]


@pytest.mark.parametrize(
    "reason",
    [
        "POST /x returned 200; expected 422. {}",
        "updated_at is 2024-01-01T00:00:00Z after the change; it was 2024-01-01T00:00:00Z before.",
    ],
)
def test_accepted_repetition_and_unchanged_time_follow(reason: str) -> None:
    assert following(reason=reason) == ["a/later"]


def test_other_fields_in_the_same_response_follow() -> None:
    run = Run()
    change = run.exchanged("PUT", f"/api/v3/participants/{ID}/change-schedule", operation="change_schedule")
    show = run.exchanged("GET", f"/api/v3/participants/{ID}", operation="show_participant")
    for requirement, reason in (
        ("a/kept", "`schedule_identifier` is 'old'; expected 'new'."),
        ("a/updated-at", "updated_at is 2024-01-01T00:00:00Z after the change; it was 2024-01-01T00:00:00Z before."),
        ("a/reason", "`deferral` is {reason: 'career-break'}; expected nothing."),
    ):
        run.found(Outcome.FAILED, requirement, reason, exchanges=[change, show])
    journals = run.record()
    defects = {each: defect_of(each, journals.exchanges) for each in journals.findings}

    assert [each.requirement for each in consequences(defects, journals.exchanges)] == [
        "a/kept",
        "a/updated-at",
        "a/reason",
    ]


def test_failures_that_do_not_follow_keep_their_causes() -> None:
    assert following(record=OTHER) == []
    assert following(test="another test") == []
    assert following(field="employer_name") == []
    assert following(written=422) == []
    assert following(reason="`day` is 1; expected 2.") == []  # of another write
