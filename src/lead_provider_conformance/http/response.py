"""A response as tests see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

from lead_provider_conformance.contract.bodies import NotJsonError, parse_json
from lead_provider_conformance.contract.csv_body import NotCsvError, parse_csv
from lead_provider_conformance.contract.members import Shape
from lead_provider_conformance.contract.values import UUID
from lead_provider_conformance.http.errors import IncompleteResponse
from lead_provider_conformance.http.resource import UNKNOWN_SHAPE, Resource, Source, read_resource, valid_resource
from lead_provider_conformance.text import visible

MAX_REPR_CHARACTERS = 300


@dataclass(frozen=True)
class Response:
    """A response of the server. `exchange` is its id in the journal; header names are in lower case.

    `shape` is the contract's shape of the body, and `operation` the operationId. `is_valid` means that the contract
    allows the response, and that its text is complete. `requested_time` is the time that the request
    set on the server.
    """

    exchange: str
    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    shape: Shape | None = field(default=None, repr=False, compare=False)
    operation: str = field(default="", repr=False, compare=False)
    is_valid: bool = field(default=False, repr=False, compare=False)
    requested_time: datetime | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        return f"<{self.method} {self.path} → {self.status} {self.excerpt}>"

    @property
    def excerpt(self) -> str:
        """Return the beginning of the body."""
        text = self.body[: 4 * MAX_REPR_CHARACTERS + 4].decode("utf-8", "replace")
        return visible(text if len(text) <= MAX_REPR_CHARACTERS else text[:MAX_REPR_CHARACTERS] + "…")

    @property
    def media_type(self) -> str:
        """Return the media type without parameters in lower case; an empty string if there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def server_time(self) -> datetime:
        """Return the server's time: the requested one, or that in the Date header; ours without either.

        It is for dates in requests. A proxy may have set the header, so the times of records are not compared with it.
        """
        if self.requested_time is not None:
            return self.requested_time
        try:
            date = parsedate_to_datetime(self.headers["date"])
        except (KeyError, ValueError, OverflowError):
            return datetime.now(UTC)
        # The zone -0000 means UTC, and is parsed as no zone.
        return date if date.tzinfo else date.replace(tzinfo=UTC)

    @cached_property
    def json(self) -> Any:
        """Return the parsed body. Raise IncompleteResponse if it is not JSON."""
        try:
            return parse_json(self.body)
        except NotJsonError as error:
            raise self._incomplete(f"The body is not JSON: {error}. {self!r}") from None

    @property
    def data(self) -> Any:
        """Return the body's `data`. Raise IncompleteResponse if there is none, or the response is not a success."""
        if not 200 <= self.status < 300:
            raise self._incomplete(f"The request failed, so there was no data to check: {self!r}")
        if not isinstance(self.json, dict) or "data" not in self.json:
            raise self._incomplete(f"The response has no `data`: {self!r}")
        return self.json["data"]

    @property
    def resource(self) -> Resource:
        """Return the one resource in `data`. Raise IncompleteResponse if it has no id or no attributes."""
        return self._resource(self.data, self._shape_of_data, "/data")

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Return the resources in `data`. Raise IncompleteResponse if it is not a list of resources."""
        if not isinstance(self.data, list):
            raise self._incomplete(f"`data` is not a list: {self!r}")
        shape = self._shape_of_data.items or UNKNOWN_SHAPE
        return tuple(self._resource(value, shape, "/data/*") for value in self.data)

    @property
    def _shape_of_data(self) -> Shape:
        return (self.shape or UNKNOWN_SHAPE).members.get("data", UNKNOWN_SHAPE)

    @property
    def lists_nothing(self) -> bool:
        """Return whether the body is an empty list of resources."""
        return self.body.strip().startswith(b"{") and isinstance(self.json, dict) and self.json.get("data") == []

    @property
    def first(self) -> Resource:
        """Return the first resource in `data`. Raise IncompleteResponse if there is none."""
        if not self.resources:
            raise self._incomplete(f"`data` is empty: {self!r}")
        return self.resources[0]

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids of the resources in `data`, in order."""
        return tuple(resource["id"] for resource in self.resources)

    @cached_property
    def csv(self) -> list[list[str]]:
        """Return the lines of a CSV body, each a list of fields. Raise IncompleteResponse if the body is not CSV."""
        try:
            return parse_csv(self.body)
        except NotCsvError:
            raise self._incomplete(f"The body is not CSV: {self!r}") from None

    @property
    def rows(self) -> tuple[Mapping[str, str], ...]:
        """Return the rows of a CSV body by column. Raise IncompleteResponse if the body is not a table."""
        header, *lines = self.csv or [[]]
        try:
            return tuple(dict(zip(header, line, strict=True)) for line in lines)
        except ValueError:
            raise self._incomplete(f"The body is not CSV: {self!r}") from None

    @property
    def members(self) -> tuple[str, ...]:
        """Return the names of the body's top-level fields, in order; none if it is not an object."""
        return tuple(self.json) if isinstance(self.json, dict) else ()

    @property
    def errors(self) -> tuple[tuple[str, str], ...]:
        """Return title and detail of each error in the body; none if it has no list of errors, or is not JSON."""
        try:
            entries = self.json.get("errors") if isinstance(self.json, dict) else None
        except IncompleteResponse:
            return ()
        if not isinstance(entries, list):
            return ()
        return tuple((str(e.get("title")), str(e.get("detail"))) for e in entries if isinstance(e, dict))

    def names(self, attribute: str) -> bool:
        """Return whether one of the errors is about `attribute`."""
        return any(title == attribute or f"#/{attribute}" in detail for title, detail in self.errors)

    def _incomplete(self, reason: str) -> IncompleteResponse:
        return IncompleteResponse(reason, exchange=self.exchange)

    def _resource(self, value: Any, shape: Shape, pointer: str) -> Resource:
        if not isinstance(value, dict) or not isinstance(value.get("id"), str):
            raise self._incomplete(f"A resource has no `id`: {self!r}")
        if not UUID.fullmatch(value["id"]):
            raise self._incomplete(f"A resource, whose `id` is not a UUID, cannot be requested: {self!r}")
        if not isinstance(value.get("attributes"), dict):
            raise self._incomplete(f"A resource has no `attributes`: {self!r}")
        if self.is_valid:
            return valid_resource(value, self.exchange)
        return read_resource(value, shape, Source(self.operation, pointer, self.exchange))
