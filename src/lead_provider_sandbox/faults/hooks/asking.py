"""Asking a list for something else than it is asked for, and answering with other records: for hooks about lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.query import DEFAULT_PER_PAGE, MAXIMUM_PER_PAGE
from lead_provider_sandbox.http.responses import Answer
from lead_provider_sandbox.parts import Replacement

Listing = Callable[[Call], Answer]


def asked_otherwise(other: Callable[[Call], Call]) -> Replacement:
    """Ask a part for something else than it is asked for."""
    return lambda original, call, *arguments: original(other(call), *arguments)


def with_records(change: Callable[[Call, list[Any]], list[Any]]) -> Replacement:
    """Change the records of a list."""

    def replacement(original: Listing, call: Call) -> Answer:
        answer = original(call)
        return answered(answer, change(call, records_of(answer)))

    return replacement


def records_of(answer: Answer) -> list[Any]:
    """The records of a list's answer."""
    return list(answer.document["data"])


def answered(answer: Answer, data: list[Any]) -> Answer:
    """The answer with other records."""
    return replace(answer, document={**answer.document, "data": data})


def with_query(
    call: Call,
    *,
    plain: Mapping[str, str] | None = None,
    groups: Mapping[str, Mapping[str, str | None]] | None = None,
) -> Call:
    """The call with other query parameters."""
    query = replace(
        call.query,
        plain=call.query.plain if plain is None else plain,
        groups=call.query.groups if groups is None else groups,
    )
    return replace(call, query=query)


def with_group(call: Call, group: str, name: str, value: str | None) -> Call:
    """The call with another value of `group[name]`, or without one."""
    there = {key: written for key, written in call.query.groups.get(group, {}).items() if key != name}
    changed = there if value is None else {**there, name: value}
    return with_query(call, groups={**call.query.groups, group: changed})


def filtered(call: Call, name: str, other: Callable[[str], str | None]) -> Call:
    """The call with another value of a filter that it has, or without it."""
    written = call.query.groups.get("filter", {}).get(name)
    return call if written is None else with_group(call, "filter", name, other(written))


def paged(call: Call, name: str, value: str | None) -> Call:
    """The call with another value of `page[name]`, or without one."""
    return with_group(call, "page", name, value)


def unpaged(call: Call) -> Call:
    """The call without pages, as far as a list goes that is no longer than a page can be."""
    return paged(paged(call, "page", None), "per_page", str(MAXIMUM_PER_PAGE))


def per_page(call: Call) -> int:
    """How many records a page of the call holds."""
    return min(number_of(call, "per_page", DEFAULT_PER_PAGE), MAXIMUM_PER_PAGE)


def number_of(call: Call, name: str, default: int) -> int:
    """A number under `page`, or what counts without one."""
    written = call.query.groups.get("page", {}).get(name) or ""
    return int(written) if written.isdecimal() else default
