"""Hooks for lists: filters, pages and orders that are not as they were asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from sqlalchemy import true

from lead_provider_sandbox.api.answers import Answer
from lead_provider_sandbox.api.call import Call
from lead_provider_sandbox.api.query import DEFAULT_PER_PAGE, MAXIMUM_PER_PAGE
from lead_provider_sandbox.clock import as_datetime, instant, read_instant
from lead_provider_sandbox.parts import Replacement

Listing = Callable[[Call], Answer]


def everything(_told: Any) -> Replacement:
    """The condition holds for every record."""
    return lambda *_: true()


def default_order(_told: Any) -> Replacement:
    """A list is in the order of creation, whatever was asked for."""
    return lambda _original, _call, columns: [columns["created_at"], columns["id"]]


def sort_ignored(told: Any) -> Replacement:
    """A key of `sort` is passed over."""
    return _asked_otherwise(lambda call: _sorted(call, lambda key: None if key.lstrip("+-") == told else key))


def sort_reversed(told: Any) -> Replacement:
    """A key of `sort` orders the list the other way round."""

    def turned(key: str) -> str:
        if key.lstrip("+-") != told:
            return key
        return told if key.startswith("-") else f"-{told}"

    return _asked_otherwise(lambda call: _sorted(call, turned))


def first_key_last(_told: Any) -> Replacement:
    """Of several keys of `sort` the last decides first."""

    def turned(call: Call) -> Call:
        keys = call.query.plain.get("sort", "").split(",")
        return _with(call, plain={**call.query.plain, "sort": ",".join(reversed(keys))}) if len(keys) > 1 else call

    return _asked_otherwise(turned)


def newest_first(_told: Any) -> Replacement:
    """A list begins with what was made last, unless it is asked for in another order."""

    def replacement(original: Callable[..., Any], call: Call, columns: Mapping[str, Any]) -> Any:
        return original(call, columns) if "sort" in call.query.plain else [columns["created_at"].desc(), columns["id"]]

    return replacement


def filter_ignored(told: Any) -> Replacement:
    """A filter is passed over."""
    return _asked_otherwise(lambda call: _filtered(call, told, lambda _: None))


def filter_inverted(told: Any) -> Replacement:
    """A filter lists what it should leave out."""

    def replacement(original: Listing, call: Call) -> Answer:
        if told not in call.query.groups.get("filter", {}):
            return original(call)
        let_through = {each["id"] for each in _data(original(_whole(call)))}
        everything = original(_filtered(_whole(call), told, lambda _: None))
        kept = [each for each in _data(everything) if each["id"] not in let_through]
        return _answered(everything, kept[: _per_page(call)])

    return replacement


def filter_hears_first(told: Any) -> Replacement:
    """Of several values of a filter the first alone counts."""
    return _asked_otherwise(lambda call: _filtered(call, told, lambda value: value.split(",")[0]))


def filter_finds_nothing(told: Any) -> Replacement:
    """A filter finds nothing, whatever it is given."""

    def replacement(original: Listing, call: Call) -> Answer:
        answer = original(call)
        return _answered(answer, []) if told in call.query.groups.get("filter", {}) else answer

    return replacement


def filter_off_by(told: Any) -> Replacement:
    """A filter on a time takes it for a time so many seconds later."""

    def moved(written: str) -> str:
        moment = read_instant(unquote(written))
        return instant(as_datetime(moment) + timedelta(seconds=told["seconds"])) if moment else written

    return _asked_otherwise(lambda call: _filtered(call, told["filter"], moved))


def offset_ignored(_told: Any) -> Replacement:
    """A time in a filter is taken for UTC, whatever its offset."""

    def without(written: str) -> str:
        return unquote(written)[:19] + "Z"

    return _asked_otherwise(lambda call: _filtered(call, "updated_since", without))


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


def page_ignored(_told: Any) -> Replacement:
    """The first page is given, whichever is asked for."""
    return _asked_otherwise(lambda call: _paged(call, "page", None))


def per_page_ignored(_told: Any) -> Replacement:
    """A page holds as many records as without a word about it."""
    return _asked_otherwise(lambda call: _paged(call, "per_page", None))


def loses_last(_told: Any) -> Replacement:
    """A full page lacks its last record, and no other page has it."""
    return _records(lambda call, data: data[:-1] if len(data) == _per_page(call) > 1 else data)


def repeats_last(_told: Any) -> Replacement:
    """Every page but the first begins with the last record of the page before."""

    def replacement(original: Listing, call: Call) -> Answer:
        page = _number(call, "page", 1)
        answer = original(call)
        if page == 1 or not _data(answer):
            return answer
        before = _data(original(_paged(call, "page", str(page - 1))))
        return _answered(answer, [*before[-1:], *_data(answer)][: _per_page(call)])

    return replacement


def skips_first(_told: Any) -> Replacement:
    """Every page but the first leaves out its first record, and holds one of the next page instead."""

    def replacement(original: Listing, call: Call) -> Answer:
        page = _number(call, "page", 1)
        answer = original(call)
        if page == 1:
            return answer
        after = _data(original(_paged(call, "page", str(page + 1))))
        return _answered(answer, [*_data(answer)[1:], *after[:1]])

    return replacement


def reorders(_told: Any) -> Replacement:
    """Every other time a page is in the opposite order."""
    asked = 0

    def turned(_: Call, data: list[Any]) -> list[Any]:
        nonlocal asked
        asked += 1
        return data if asked % 2 else data[::-1]

    return _records(turned)


def one_more(_told: Any) -> Replacement:
    """A page holds one record more than was asked for."""
    return _asked_otherwise(lambda call: _paged(call, "per_page", str(_per_page(call) + 1)))


def _asked_otherwise(other: Callable[[Call], Call]) -> Replacement:
    return lambda original, call, *arguments: original(other(call), *arguments)


def _records(change: Callable[[Call, list[Any]], list[Any]]) -> Replacement:
    def replacement(original: Listing, call: Call) -> Answer:
        answer = original(call)
        return _answered(answer, change(call, _data(answer)))

    return replacement


def _data(answer: Answer) -> list[Any]:
    return list(answer.document["data"])


def _answered(answer: Answer, data: list[Any]) -> Answer:
    return replace(answer, document={**answer.document, "data": data})


def _with(
    call: Call,
    *,
    plain: Mapping[str, str] | None = None,
    groups: Mapping[str, Mapping[str, str | None]] | None = None,
) -> Call:
    query = replace(
        call.query,
        plain=call.query.plain if plain is None else plain,
        groups=call.query.groups if groups is None else groups,
    )
    return replace(call, query=query)


def _group(call: Call, group: str, name: str, value: str | None) -> Call:
    """The call with another value of `group[name]`, or without one."""
    there = {key: written for key, written in call.query.groups.get(group, {}).items() if key != name}
    changed = there if value is None else {**there, name: value}
    return _with(call, groups={**call.query.groups, group: changed})


def _filtered(call: Call, name: str, other: Callable[[str], str | None]) -> Call:
    written = call.query.groups.get("filter", {}).get(name)
    return call if written is None else _group(call, "filter", name, other(written))


def _paged(call: Call, name: str, value: str | None) -> Call:
    return _group(call, "page", name, value)


def _whole(call: Call) -> Call:
    """The call without pages, as far as a list goes that is no longer than a page can be."""
    return _paged(_paged(call, "page", None), "per_page", str(MAXIMUM_PER_PAGE))


def _sorted(call: Call, other: Callable[[str], str | None]) -> Call:
    written = call.query.plain.get("sort")
    if written is None:
        return call
    keys = [key for each in written.split(",") if (key := other(each.strip()))]
    return _with(call, plain={**call.query.plain, "sort": ",".join(keys)})


def _per_page(call: Call) -> int:
    return min(_number(call, "per_page", DEFAULT_PER_PAGE), MAXIMUM_PER_PAGE)


def _number(call: Call, name: str, default: int) -> int:
    written = call.query.groups.get("page", {}).get(name) or ""
    return int(written) if written.isdecimal() else default
