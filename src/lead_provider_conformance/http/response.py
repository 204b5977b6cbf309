"""An answer as tests see it."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

from lead_provider_conformance.contract.bodies import NotJsonError, is_json, parse_json
from lead_provider_conformance.contract.members import Shape
from lead_provider_conformance.contract.values import UUID
from lead_provider_conformance.http.errors import IncompleteResponse
from lead_provider_conformance.http.members import ANYTHING, Members, Readings
from lead_provider_conformance.text import visible

SHOWN_CHARACTERS = 300
CLOCKS_DIFFER_BY = timedelta(minutes=5)


@dataclass(frozen=True)
class Response:
    """A server's answer. `exchange` is the id under which it is journalled; header names are in lower case.

    `shape` is that of the body as the contract has it, and `readings` notes what a test reads of the resources.
    """

    exchange: str
    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    shape: Shape | None = field(default=None, repr=False, compare=False)
    readings: Readings = field(default_factory=Readings, repr=False, compare=False)

    def __repr__(self) -> str:
        text = self.body[: 4 * SHOWN_CHARACTERS + 4].decode("utf-8", "replace")
        shown = text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"
        return f"<{self.method} {self.path} → {self.status} {visible(shown)}>"

    @property
    def media_type(self) -> str:
        """The media type without parameters, in lower case, or an empty text."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def server_time(self) -> datetime:
        """When the server says that it answered, or without its word our own time less what clocks may differ by."""
        try:
            told = parsedate_to_datetime(self.headers["date"])
        except (KeyError, ValueError, OverflowError):
            return datetime.now(UTC) - CLOCKS_DIFFER_BY
        # A zone of -0000 means UTC, and comes without one.
        return told if told.tzinfo else told.replace(tzinfo=UTC)

    @cached_property
    def json(self) -> Any:
        """The body, parsed. Raises IncompleteResponse if it is not JSON."""
        try:
            return parse_json(self.body)
        except NotJsonError as error:
            raise IncompleteResponse(f"{self!r} has no JSON body: {error}") from None

    def read(self) -> None:
        """Parse the body if it should be JSON, once for everybody who asks later."""
        if is_json(self.media_type):
            with contextlib.suppress(IncompleteResponse):
                _ = self.json

    @property
    def data(self) -> Any:
        """The body's `data`. Raises IncompleteResponse for an answer that is not a success, or has none."""
        if not 200 <= self.status < 300:
            raise IncompleteResponse(f"{self!r} is no success, so it has no data")
        if not isinstance(self.json, dict) or "data" not in self.json:
            raise IncompleteResponse(f"{self!r} has no `data`")
        return self.json["data"]

    @property
    def resource(self) -> Mapping[str, Any]:
        """The one resource in `data`. Raises IncompleteResponse if there is not one with an id and attributes."""
        return self._resource(self.data, self._shape_of_data)

    @cached_property
    def resources(self) -> tuple[Mapping[str, Any], ...]:
        """The resources in `data`. Raises IncompleteResponse if it is not a list of them."""
        if not isinstance(self.data, list):
            raise IncompleteResponse(f"the `data` of {self!r} is not a list")
        shape = self._shape_of_data.items or ANYTHING
        return tuple(self._resource(each, shape) for each in self.data)

    @property
    def _shape_of_data(self) -> Shape:
        return (self.shape or ANYTHING).members.get("data", ANYTHING)

    @property
    def lists_nothing(self) -> bool:
        """Whether the body is an empty list of resources."""
        return self.body.strip().startswith(b"{") and isinstance(self.json, dict) and self.json.get("data") == []

    @property
    def first(self) -> Mapping[str, Any]:
        """The first of the resources in `data`. Raises IncompleteResponse if there is none."""
        if not self.resources:
            raise IncompleteResponse(f"the `data` of {self!r} is empty")
        return self.resources[0]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the resources in `data`, in order."""
        return tuple(each["id"] for each in self.resources)

    @cached_property
    def rows(self) -> tuple[Mapping[str, str], ...]:
        """The rows of a CSV body, each from column to field. Raises IncompleteResponse if the body is no such table."""
        try:
            table = list(csv.reader(io.StringIO(self.body.decode("utf-8-sig"), newline=""), strict=True))
            return tuple(dict(zip(table[0], row, strict=True)) for row in table[1:])
        except (ValueError, csv.Error):
            raise IncompleteResponse(f"{self!r} has no CSV body") from None

    @property
    def members(self) -> tuple[str, ...]:
        """The names of the body's own members, in order; none if it is not an object."""
        return tuple(self.json) if isinstance(self.json, dict) else ()

    @property
    def errors(self) -> tuple[tuple[str, str], ...]:
        """Title and detail of each error in the body; none if it has no list of errors."""
        entries = self.json.get("errors") if isinstance(self.json, dict) else None
        if not isinstance(entries, list):
            return ()
        return tuple((str(e.get("title")), str(e.get("detail"))) for e in entries if isinstance(e, dict))

    def names(self, attribute: str) -> bool:
        """Whether one of the errors is about `attribute`."""
        return any(title == attribute or f"#/{attribute}" in detail for title, detail in self.errors)

    def _resource(self, value: Any, shape: Shape) -> Members:
        """`value`, if it has an id and attributes as every resource has."""
        if not isinstance(value, dict) or not isinstance(value.get("id"), str):
            raise IncompleteResponse(f"{self!r} has a resource without an `id`")
        if not UUID.fullmatch(value["id"]):
            raise IncompleteResponse(f"{self!r} has a resource whose `id` is no UUID, so nothing can be asked about it")
        if not isinstance(value.get("attributes"), dict):
            raise IncompleteResponse(f"{self!r} has a resource without `attributes`")
        return Members(value, shape, value["id"], self.readings)
