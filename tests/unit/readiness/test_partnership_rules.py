"""Partnerships with schools."""

from __future__ import annotations

from typing import Any

from tests.unit.readiness.traces import TraceBuilder, identifier, outcomes, record, task, trace

from lead_provider_conformance.model import Outcome

PASSED, FAILED, COULD_NOT_RUN = {Outcome.PASSED}, {Outcome.FAILED}, {Outcome.COULD_NOT_RUN}
PARTNERSHIPS, SCHOOLS, PARTNERS = "/api/v3/partnerships", "/api/v3/schools", "/api/v3/delivery-partners"
WANTED = {"cohort": "2025", "school_id": identifier(20), "delivery_partner_id": identifier(30)}


def partnership(number: int, **fields: Any) -> dict[str, Any]:
    return record(number, "partnership", **{**WANTED, **fields})


def checked(*known: dict[str, Any]) -> TraceBuilder:
    """Return a session that has read partnerships, schools and delivery partners of cohort 2025."""
    builder = trace().act("connect").get(PARTNERSHIPS, records=list(known))
    builder.get(f"{SCHOOLS}?filter[cohort]=2025", records=[record(20, "school", cohort="2025")])
    return builder.get(PARTNERS, records=[record(30, "delivery-partner", cohort=["2024", "2025"])])


def test_partnership_after_reading_partnerships_and_schools_passes() -> None:
    one = trace().get(f"{PARTNERSHIPS}?filter[cohort]=2024,2025", records=[])
    one.get(f"{SCHOOLS}/{identifier(20)}?filter[cohort]=2025", records=record(20, "school"))

    assert outcomes("partnership/check-first", checked().post(PARTNERSHIPS, WANTED)) == PASSED
    assert outcomes("partnership/check-first", one.post(PARTNERSHIPS, WANTED)) == PASSED


def test_partnership_without_a_look_or_with_one_at_another_cohort_fails() -> None:
    other = (
        trace().get(f"{PARTNERSHIPS}?filter[cohort]=2024", records=[]).get(f"{SCHOOLS}?filter[cohort]=2025", records=[])
    )

    assert outcomes("partnership/check-first", trace().post(PARTNERSHIPS, WANTED)) == FAILED
    assert outcomes("partnership/check-first", other.post(PARTNERSHIPS, WANTED)) == FAILED


def test_second_partnership_of_school_and_cohort_fails() -> None:
    twice = checked().post(PARTNERSHIPS, WANTED, records=partnership(40)).post(PARTNERSHIPS, WANTED, status=422)

    assert (
        outcomes("partnership/no-duplicate", checked(partnership(40)).post(PARTNERSHIPS, WANTED, status=422)) == FAILED
    )
    assert outcomes("partnership/no-duplicate", twice) == {Outcome.PASSED, Outcome.FAILED}


def test_copy_after_a_lost_response_other_schools_and_one_wrong_task_are_fine() -> None:
    copied = checked().post(PARTNERSHIPS, WANTED, status=None).get(PARTNERSHIPS, records=[partnership(40)])
    other = checked(partnership(40)).post(PARTNERSHIPS, {**WANTED, "school_id": identifier(21)})
    wrong = checked(partnership(40)).cue(task("partner", school_urn="1", cohort="2025", trap="exists"))

    assert outcomes("partnership/no-duplicate", copied.post(PARTNERSHIPS, WANTED, status=422)) == PASSED
    assert outcomes("partnership/no-duplicate", other) == PASSED
    assert outcomes("partnership/no-duplicate", wrong.post(PARTNERSHIPS, WANTED, status=422)) == set()


def test_delivery_partner_is_one_of_the_cohort() -> None:
    obligation = "partnership/delivery-partner-known"
    unknown = {**WANTED, "delivery_partner_id": identifier(31)}
    later = {**WANTED, "cohort": "2026"}

    assert outcomes(obligation, checked().post(PARTNERSHIPS, WANTED)) == PASSED
    assert outcomes(obligation, checked().post(PARTNERSHIPS, unknown, status=422)) == FAILED
    assert outcomes(obligation, checked().post(PARTNERSHIPS, later, status=422)) == FAILED


def test_delivery_partner_of_a_correction_is_one_of_the_partnerships_cohort() -> None:
    obligation, path = "partnership/delivery-partner-known", f"{PARTNERSHIPS}/{identifier(40)}"
    old = partnership(40, delivery_partner_id=identifier(31))

    assert outcomes(obligation, checked(old).put(path, {"delivery_partner_id": identifier(30)})) == PASSED
    assert outcomes(obligation, checked(old).put(path, {"delivery_partner_id": identifier(32)}, status=422)) == FAILED


def test_schools_are_read_with_a_cohort() -> None:
    assert outcomes("partnership/schools-cohort", checked()) == PASSED
    assert outcomes("partnership/schools-cohort", checked().get(SCHOOLS, status=400)) == PASSED
    assert outcomes("partnership/schools-cohort", trace().get(SCHOOLS, status=400)) == set()
    twice = checked().get(SCHOOLS, status=400).get(SCHOOLS, status=400)
    assert outcomes("partnership/schools-cohort", twice) == FAILED
    assert outcomes("partnership/schools-cohort", trace().get(SCHOOLS, records=[])) == FAILED


def test_edition_without_challenges_is_not_judged_and_a_challenged_partnership_is_only_viewed() -> None:
    gone = checked(partnership(40, status="challenged")).put(
        f"{PARTNERSHIPS}/{identifier(40)}", {"delivery_partner_id": "x"}
    )

    assert outcomes("partnership/challenged", checked(partnership(40))) == {Outcome.NOT_APPLICABLE}
    assert outcomes("partnership/challenged", gone) == FAILED
    assert outcomes("partnership/challenged", checked(partnership(40, status="challenged"))) == PASSED
