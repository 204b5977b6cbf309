"""Read the query of a list: filters, sort keys and page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote

from .rules import parse_time
from .snapshot import Declaration, Person

Record = TypeVar("Record", Person, Declaration)
PAGE_LIMIT = 3000
GROUPED_NAME = re.compile(r"(filter|page)\[(\w+)\]")


class InvalidQueryError(Exception):
    """The query is not valid for the list."""


@dataclass(frozen=True)
class Query:
    """The filters, the page and the sort keys of a list."""

    filters: Mapping[str, str]
    page: int
    per_page: int
    sort: Sequence[str]

    @classmethod
    def read(cls, text: str, filters: Iterable[str]) -> Query:
        """Parse the query of a list with these filters. Raise InvalidQueryError if it is not valid."""
        groups: dict[str, dict[str, str]] = {"filter": {}, "page": {}}
        sort = ""
        for name, value in parse_qsl(text, keep_blank_values=True):
            grouped = GROUPED_NAME.fullmatch(name)
            if grouped:
                groups[grouped[1]][grouped[2]] = value
            elif name == "sort":
                sort = value
            elif name.startswith(("filter", "page")):
                raise InvalidQueryError(f"{name} has to be written as in filter[cohort]=2022 or page[page]=1.")
        for group, known in (("filter", set(filters)), ("page", {"page", "per_page"})):
            if unknown := groups[group].keys() - known:
                raise InvalidQueryError(f"There is no {group}[{min(unknown)}] here.")
        page, per_page = (_whole(groups["page"].get(*each)) for each in (("page", "1"), ("per_page", "100")))
        return cls(groups["filter"], page, min(per_page, PAGE_LIMIT), sort.split(","))

    def since(self) -> datetime | None:
        """Return the time of `updated_since`, or None. Raise InvalidQueryError if it is not a time."""
        text = self.filters.get("updated_since")
        if text is None:
            return None
        # An unencoded `+` has become a space, and a value that was encoded twice still has percent signs.
        since = parse_time(unquote(text).replace(" ", "+"))
        if since is None:
            raise InvalidQueryError("filter[updated_since] has to be a time as RFC 3339 writes it.")
        return since

    def values(self, name: str) -> set[str] | None:
        """Return the comma-separated values of a filter, or None without it."""
        return set(self.filters[name].split(",")) if name in self.filters else None

    def apply(self, records: Iterable[Record], keys: Mapping[str, Callable[[Record], Any]], order: str) -> list[Record]:
        """Return the requested page of records, sorted by the query's keys and then by the attribute `order`.

        Unknown sort keys are ignored.
        """
        since = self.since()
        selected = [each for each in records if since is None or each.updated_at >= since]
        selected.sort(key=lambda each: getattr(each, order))
        for key in reversed(self.sort):
            if key.removeprefix("-") in keys:
                selected.sort(key=keys[key.removeprefix("-")], reverse=key.startswith("-"))
        return selected[(self.page - 1) * self.per_page : self.page * self.per_page]


def _whole(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4000}", text) or int(text) < 1:
        raise InvalidQueryError("page[page] and page[per_page] have to be whole numbers from 1.")
    return int(text)
