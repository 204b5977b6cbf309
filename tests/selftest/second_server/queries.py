"""What a list is asked for: which records, in which order, and which part of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote

from .rules import moment
from .views import Declaration, Person

Record = TypeVar("Record", Person, Declaration)
LARGEST_PAGE = 3000
GROUPED = re.compile(r"(filter|page)\[(\w+)\]")


class UnreadableError(Exception):
    """A query that cannot be read as the list's."""


@dataclass(frozen=True)
class Query:
    """A list's query: its filters, its part `[page, per_page]`, and the keys to sort by."""

    filters: Mapping[str, str]
    page: int
    per_page: int
    sort: Sequence[str]

    @classmethod
    def read(cls, text: str, filters: Iterable[str]) -> Query:
        """The query that a text is, of a list with these filters. Raises UnreadableError."""
        groups: dict[str, dict[str, str]] = {"filter": {}, "page": {}}
        sort = ""
        for name, value in parse_qsl(text, keep_blank_values=True):
            grouped = GROUPED.fullmatch(name)
            if grouped:
                groups[grouped[1]][grouped[2]] = value
            elif name == "sort":
                sort = value
            elif name.startswith(("filter", "page")):
                raise UnreadableError(f"{name} has to be written as in filter[cohort]=2022 or page[page]=1.")
        for group, known in (("filter", set(filters)), ("page", {"page", "per_page"})):
            if unknown := groups[group].keys() - known:
                raise UnreadableError(f"There is no {group}[{min(unknown)}] here.")
        page, per_page = (_whole(groups["page"].get(*each)) for each in (("page", "1"), ("per_page", "100")))
        return cls(groups["filter"], page, min(per_page, LARGEST_PAGE), sort.split(","))

    def since(self) -> datetime | None:
        """The moment since which records were to have changed. Raises UnreadableError if it is none."""
        told = self.filters.get("updated_since")
        if told is None:
            return None
        # A `+` that nobody encoded is a space by now; what was encoded twice still has its percent signs.
        since = moment(unquote(told).replace(" ", "+"))
        if since is None:
            raise UnreadableError("filter[updated_since] has to be a time as RFC 3339 writes it.")
        return since

    def several(self, name: str) -> set[str] | None:
        """What stands between the commas of a filter; None if it is not there."""
        return set(self.filters[name].split(",")) if name in self.filters else None

    def part(self, records: Iterable[Record], keys: Mapping[str, Callable[[Record], Any]], order: str) -> list[Record]:
        """The part of the records that is asked for, in the order of the query or else of that attribute.

        Keys that they cannot be sorted by are passed over.
        """
        since = self.since()
        found = [each for each in records if since is None or each.updated_at >= since]
        found.sort(key=lambda each: getattr(each, order))
        for key in reversed(self.sort):
            if key.removeprefix("-") in keys:
                found.sort(key=keys[key.removeprefix("-")], reverse=key.startswith("-"))
        return found[(self.page - 1) * self.per_page : self.page * self.per_page]


def _whole(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4000}", text) or int(text) < 1:
        raise UnreadableError("page[page] and page[per_page] have to be whole numbers from 1.")
    return int(text)
