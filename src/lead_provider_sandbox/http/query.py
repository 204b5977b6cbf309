"""The query string: nested parameters as the service reads them, paging and the filters that lists share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from lead_provider_sandbox.domain.clock import Instant, read_instant
from lead_provider_sandbox.http.responses import bad_request
from lead_provider_sandbox.parts import part

if TYPE_CHECKING:
    from lead_provider_sandbox.http.call import Call

DEFAULT_PER_PAGE = 100
MAXIMUM_PER_PAGE = 3000
_BEYOND_ANY_LIST = 10**9

_NAME = re.compile(r"(?P<outer>[^\[\]]+)(?:\[(?P<inner>[^\[\]]*)\])?(?P<rest>.*)", re.DOTALL)
_BAD_PAGE = "The '#/page[page]' and '#/page[per_page]' parameter values must be a valid number (equal and more than 1)"


@dataclass(frozen=True, slots=True)
class Query:
    """Query parameters: plain ones, and groups such as `filter[…]`. The last of several equal names counts."""

    plain: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)

    @classmethod
    def read(cls, query_string: bytes) -> Query:
        """Read any bytes; what is not UTF-8 becomes replacement characters, and so do NULs."""
        if not query_string:
            return _NO_QUERY
        plain: dict[str, str] = {}
        groups: dict[str, dict[str, str | None]] = {}
        text = query_string.decode("utf-8", "replace")
        for name, value in parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="replace"):
            match = _NAME.fullmatch(name.replace("\0", "\ufffd"))
            if match is None:
                continue
            cleaned = value.replace("\0", "\ufffd")
            if match["inner"] is None:
                plain[match["outer"]] = cleaned
            else:
                # A deeper name, or a list, is no value that any parameter takes.
                scalar = bool(match["inner"]) and not match["rest"]
                groups.setdefault(match["outer"], {})[match["inner"]] = cleaned if scalar else None
        return cls(plain, groups)

    def filter(self, name: str) -> str | None:
        """The value of `filter[name]`; None when it is missing or blank."""
        if "filter" in self.plain:
            raise bad_request("Filter must be a hash", title="Bad parameter")
        group = self.groups.get("filter", {})
        if name in group and group[name] is None:
            raise bad_request(f"The filter '#/{name}' must be a single value", title="Bad parameter")
        return (group.get(name) or "").strip() or None


_NO_QUERY = Query()


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of a list."""

    limit: int
    offset: int


WHOLE_LIST = Page(limit=_BEYOND_ANY_LIST, offset=0)


@part("paging.number")
def page_parameter(call: Call, name: str, default: int) -> int:
    """`page[page]` and `page[per_page]` are whole numbers from 1.

    Behaviours PAG-INVALID-PAGE-400, PAG-INVALID-PER-PAGE-400.
    """
    if "page" in call.query.plain:
        raise bad_request(_BAD_PAGE)
    group = call.query.groups.get("page", {})
    if name not in group:
        return default
    written = group[name] or ""
    if not re.fullmatch(r"[0-9]{1,50}", written) or int(written) < 1:
        raise bad_request(_BAD_PAGE)
    return int(written)


@part("paging.page")
def page_number(call: Call) -> int:
    """Which page is asked for, from 1."""
    return min(page_parameter(call, "page", 1), _BEYOND_ANY_LIST)


@part("paging.per-page")
def per_page(call: Call) -> int:
    """How many records a page holds: 100 unless asked, 3,000 at most (behaviours PAG-DEFAULT, PAG-MAX-3000)."""
    return min(page_parameter(call, "per_page", DEFAULT_PER_PAGE), MAXIMUM_PER_PAGE)


def page(call: Call) -> Page:
    """The slice that the call asks for."""
    limit = per_page(call)
    return Page(limit, (page_number(call) - 1) * limit)


@part("filter.updated-since")
def updated_since(call: Call) -> Instant | None:
    """`filter[updated_since]` as an instant; None without one (behaviour FILT-UPDATED-SINCE)."""
    return instant_filter(call, "updated_since")


@part("filter.created-since")
def created_since(call: Call) -> Instant | None:
    """`filter[created_since]` as an instant; None without one (behaviour FILT-CREATED-SINCE-OUTCOMES)."""
    return instant_filter(call, "created_since")


def instant_filter(call: Call, name: str) -> Instant | None:
    """A filter that holds an RFC 3339 date-time, possibly encoded twice (behaviour FILT-UPDATED-SINCE-ENCODED)."""
    written = call.query.filter(name)
    if written is None:
        return None
    moment = read_instant(unquote(written))
    if moment is None:
        raise bad_request(f"The filter '#/{name}' must be a valid RCF3339 date")
    return moment


def listed_values(written: str) -> list[str]:
    """The values of a comma-separated filter."""
    return [value.strip() for value in written.split(",") if value.strip()]


@part("filter.cohort")
def cohorts(call: Call) -> list[int] | None:
    """The years in `filter[cohort]`; what is not a year matches nothing.

    Behaviours FILT-COHORT-LIST, FILT-COHORT-NO-MATCH.
    """
    written = call.query.filter("cohort")
    if written is None:
        return None
    years = listed_values(written)
    return [int(year) for year in years if re.fullmatch(r"[0-9]{4}", year)]
