"""Compare partnerships with their list, and confirm one twice at the same time, on two connections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.http import Resource
from lead_provider_conformance.http.resource import exchange_of
from lead_provider_conformance.model import ShownFailure

CONFIRMED_OR_REFUSED = (200, 409, 422)
CHANGED = ("delivery_partner_id", "delivery_partner_name")


def assert_partner_listed_as_shown(listed: Iterable[Resource], shown: Resource) -> None:
    """Check that a list shows the delivery partner of a partnership as its own record does."""
    for each in listed:
        for name in CHANGED if each["id"] == shown["id"] else ():
            in_list, alone = each["attributes"].get(name), shown["attributes"].get(name)
            if in_list != alone:
                raise ShownFailure(
                    f"The list shows the `{name}` {in_list!r} of {shown['id']} after the change; by its id it is "
                    f"{alone!r}.",
                    exchange_of(each),
                )


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
