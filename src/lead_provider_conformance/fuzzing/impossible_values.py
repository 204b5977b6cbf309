"""Values that no parameter or field can have, and that servers often fail to handle.

Each operation gets every kind of value once, in one of its parameters or fields; operations take turns. Two kinds that
servers handle alike, such as a list and an object, take turns too. Each time parameter and date gets every impossible
time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

NUL = "\0"
LONE_SURROGATE = "\ud800"
"""In a query it is sent as the three bytes of UTF-8 that it would have, which is invalid UTF-8."""
HUGE = 10**400
"""More than a double-precision number can hold."""

TIMES = {
    "day-of-leap-year": "2023-02-29T00:00:00Z",
    "hour-24": "2024-01-01T24:30:00Z",
    "offset-of-99-hours": "2024-01-01T00:00:00+99:00",
    "year-0": "0000-01-01T00:00:00Z",
    "year-10000-in-utc": "9999-12-31T23:59:59-12:00",
}
DATES = {"day-of-leap-year": "2023-02-29", "month-13": "2024-13-01", "year-0": "0000-01-01", "far-year": "9999-12-31"}
_ID_AND_NUL = "00000000-0000-4000-8000-000000000000" + NUL
_TIME_AND_NUL = "2024-01-01T00:00:00Z" + NUL
_DATE_AND_NUL = "2024-01-01" + NUL

T = TypeVar("T")
Attributes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ImpossibleValue:
    """An impossible value in a request: its kind, its place such as `query:page` or `/data`, and the defect."""

    kind: str
    place: str
    defect: str


def in_query(
    filters: Sequence[str], times: Sequence[str], *, has_pages: bool, has_sort: bool, turn: int
) -> Iterator[tuple[ImpossibleValue, tuple[str, str]]]:
    """Yield impossible values with the parameter that has them. `filters` include the `times`."""
    names = [f"filter[{name}]" for name in filters]
    if has_sort:
        names.append("sort")
    pages = ["page[page]", "page[per_page]"] if has_pages else []
    for name in times:
        for kind, value in TIMES.items():
            yield _in_parameter(f"{name}-{kind}", f"filter[{name}]", value, "is no time")
    if names or pages:
        # Another mistake is a list in place of a time.
        others = [name for name in names if name not in [f"filter[{time}]" for time in times]]
        nested = _one_of([*others, *pages] or names, turn) + ("[]" if turn % 2 else "[x]")
        yield _in_parameter("nested-parameter", nested, "1", "is no single value")
        text = NUL if turn % 2 else LONE_SURROGATE
        yield _in_parameter("invalid-text", _one_of([*names, *pages[:1]], turn), text, "is no text")
    if numbers := [*pages, *(name for name in names if name == "filter[cohort]")]:
        yield _in_parameter("huge-number", _one_of(numbers, turn), str(HUGE), "is too large a number")
    if filters:
        yield _in_parameter("scalar-filter", "filter", "abc", "has no name of a filter")


def _in_parameter(kind: str, name: str, value: str, problem: str) -> tuple[ImpossibleValue, tuple[str, str]]:
    shown = value if value.isascii() and value.isprintable() and len(value) < 30 else ""
    defect = f"{name}={shown} {problem}" if shown else f"{name} {problem}"
    return ImpossibleValue(kind, f"query:{name}", defect), (name, value)


def in_body(
    data: Mapping[str, Any], formats: Mapping[str, str | None], *, turn: int
) -> Iterator[tuple[ImpossibleValue, str]]:
    """Yield impossible values with the body that has them, each one change away from the valid `data`.

    `formats` has every field of its attributes, with the format of its text.
    """
    attributes = data.get("attributes", {})

    def changed(kind: str, name: str, value: Any, problem: str) -> tuple[ImpossibleValue, str]:
        body = {"data": {**data, "attributes": {**attributes, name: value}}}
        return ImpossibleValue(kind, f"/data/attributes/{name}", f"{name} {problem}"), json.dumps(body)

    yield _body("list-as-data", "/data", "data is a list", {"data": [data]})
    if turn % 2:
        yield _body("list-as-body", "body", "the body is a list", [{"data": data}])
    else:
        changed_data = {"data": {**data, "attributes": "abc"}}
        yield _body("text-as-attributes", "/data/attributes", "attributes is a text", changed_data)
    names = list(formats)
    if not names:
        return
    for name in (name for name in names if formats[name] in ("date", "date-time")):
        impossible = DATES if formats[name] == "date" else TIMES
        for kind, value in impossible.items():
            yield changed(kind, name, value, f"is {value}")
    number, nested, text, odd = (_one_of(names, turn + place) for place in range(4))
    not_single: Any = ["x"] if turn % 2 else {"x": "x"}
    # A number in place of a date is read as seconds since 1970 by some libraries.
    number = next((name for name in names if formats[name] in ("date", "date-time")), number)
    yield changed("number", number, 0, "is a number")
    yield changed("nested-value", nested, not_single, "is no single value")
    yield changed("nul", text, _text_with_nul(formats[text]), "has a NUL")
    if turn % 2:
        yield changed("huge-number", odd, HUGE, "is too large a number")
    else:
        yield changed("lone-surrogate", odd, LONE_SURROGATE, "is no text")


def _text_with_nul(text_format: str | None) -> str:
    """Return a text that is valid but for the NUL at its end."""
    return {"uuid": _ID_AND_NUL, "date-time": _TIME_AND_NUL, "date": _DATE_AND_NUL}.get(text_format or "", "x" + NUL)


def _body(kind: str, place: str, defect: str, body: object) -> tuple[ImpossibleValue, str]:
    return ImpossibleValue(kind, place, defect), json.dumps(body)


def _one_of(choices: Sequence[T], turn: int) -> T:
    return choices[turn % len(choices)]
