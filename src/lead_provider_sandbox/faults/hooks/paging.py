"""Hooks for pages: records that are lost, come twice, or in another order, and numbers that are not as asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lead_provider_sandbox.faults.hooks.asking import (
    Listing,
    answered,
    asked_otherwise,
    number_of,
    paged,
    per_page,
    records_of,
    with_records,
)
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.responses import Answer, bad_request, not_found
from lead_provider_sandbox.parts import PARTS, Replacement


def unguarded_number(_told: Any) -> Replacement:
    """A paging parameter is turned into a number without a look at it."""

    def replacement(_original: Callable[..., int], call: Call, name: str, default: int) -> int:
        return int(call.query.groups.get("page", {}).get(name) or default)

    return replacement


def lenient_number(_told: Any) -> Replacement:
    """A paging parameter that is no number counts as none."""

    def replacement(_original: Callable[..., int], call: Call, name: str, default: int) -> int:
        written = call.query.groups.get("page", {}).get(name) or ""
        return max(int(written), 1) if written.isdecimal() else default

    return replacement


def number_off_by(told: Any) -> Replacement:
    """A number that is asked for is another one, but never less than 1."""
    return lambda original, call: max(1, original(call) + int(told))


def number_by_default(told: Any) -> Replacement:
    """A number that is not asked for is another one."""
    return lambda original, call: original(call) if call.query.groups.get("page") else told


def number_refused_above(told: Any) -> Replacement:
    """A number above the largest is refused."""

    def replacement(original: Callable[[Call], int], call: Call) -> int:
        if number_of(call, "per_page", 1) > told:
            raise bad_request("The page is too large")
        return original(call)

    return replacement


def page_ignored(_told: Any) -> Replacement:
    """The first page is given, whichever is asked for."""
    return asked_otherwise(lambda call: paged(call, "page", None))


def per_page_ignored(_told: Any) -> Replacement:
    """A page holds as many records as without a word about it."""
    return asked_otherwise(lambda call: paged(call, "per_page", None))


def loses_last(_told: Any) -> Replacement:
    """A full page lacks its last record, and no other page has it."""
    return with_records(lambda call, data: data[:-1] if len(data) == per_page(call) > 1 else data)


def repeats_last(_told: Any) -> Replacement:
    """Every page but the first begins with the last record of the page before."""

    def replacement(original: Listing, call: Call) -> Answer:
        page = number_of(call, "page", 1)
        answer = original(call)
        if page == 1 or not records_of(answer):
            return answer
        before = records_of(original(paged(call, "page", str(page - 1))))
        return answered(answer, [*before[-1:], *records_of(answer)][: per_page(call)])

    return replacement


def skips_first(_told: Any) -> Replacement:
    """Every page but the first leaves out its first record, and holds one of the next page instead."""

    def replacement(original: Listing, call: Call) -> Answer:
        page = number_of(call, "page", 1)
        answer = original(call)
        if page == 1:
            return answer
        after = records_of(original(paged(call, "page", str(page + 1))))
        return answered(answer, [*records_of(answer)[1:], *after[:1]])

    return replacement


def reorders(_told: Any) -> Replacement:
    """Every other time a page is in the opposite order."""
    asked = 0

    def turned(_: Call, data: list[Any]) -> list[Any]:
        nonlocal asked
        asked += 1
        return data if asked % 2 else data[::-1]

    return with_records(turned)


def first_twice(_told: Any) -> Replacement:
    """A list shows its first record twice."""
    return with_records(lambda _, data: [*data[:1], *data])


def one_of_each_id(_told: Any) -> Replacement:
    """Of several records with one id a list shows one."""
    return with_records(lambda _, data: list({each["id"]: each for each in data}.values()))


def backwards(_told: Any) -> Replacement:
    """A page is in the opposite order."""
    return with_records(lambda _, data: data[::-1])


def hidden_from(told: Any) -> Replacement:
    """A list is empty for one lead provider."""
    return with_records(lambda call, data: [] if call.provider.name == told else data)


def missing_beyond_end(_told: Any) -> Replacement:
    """A page beyond the last is answered with 404."""

    def replacement(original: Listing, call: Call) -> Answer:
        answer = original(call)
        if not records_of(answer) and number_of(call, "page", 1) > 1:
            raise not_found()
        return answer

    return replacement


def as_listed_by(told: Any) -> Replacement:
    """A list answers what another one answers."""
    return lambda _original, call: PARTS[told](call)


def one_more(_told: Any) -> Replacement:
    """A page holds one record more than was asked for."""
    return asked_otherwise(lambda call: paged(call, "per_page", str(per_page(call) + 1)))
