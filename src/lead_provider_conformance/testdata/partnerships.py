"""Confirm a partnership twice at the same time, on two connections."""

from __future__ import annotations

from collections.abc import Mapping

from lead_provider_conformance.api.operations import Api

CONFIRMED_OR_REFUSED = (200, 409, 422)


def confirmed_once(api: Api, wanted: Mapping[str, str]) -> bool:
    """Send two confirmations of a partnership at the same time, and return whether the server accepts one.

    `wanted` has the attributes of the partnership. Raise AssertionError unless an accepted one is recorded once.
    """
    responses = api.at_once(*[lambda each: each.confirm_partnership(wanted)] * 2)
    for each in responses:
        assert each.status in CONFIRMED_OR_REFUSED, f"One of two confirmations at the same time returned {each.status}."
    if all(each.status != 200 for each in responses):
        return False
    school = wanted["school_id"]
    listed = api.paginate(api.partnerships, ("filter[cohort]", wanted["cohort"]))
    count = sum(each["attributes"].get("school_id") == school for each in listed)
    assert count == 1, f"Two confirmations at the same time are {count} partnerships with the school {school}."
    return True
