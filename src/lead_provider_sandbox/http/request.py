"""A request for an operation of the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.http.connection import Connection
from lead_provider_sandbox.http.error_forms import ORIGINAL_FORMS, ErrorForms
from lead_provider_sandbox.http.query_string import Query
from lead_provider_sandbox.http.responses import Response
from lead_provider_sandbox.parts import Part
from lead_provider_sandbox.store.store import Store


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of one version. The caller must deliver at least one of `programmes`."""

    version: str
    method: str
    path: str
    programmes: frozenset[str]
    handler: Handler

    @property
    def id(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        """Whether the operation can change records."""
        return self.method != "GET"


@dataclass(slots=True, kw_only=True)
class ApiRequest(Context):
    """An authenticated request: the context of the rules, and the HTTP parameters."""

    store: Store
    operation: Operation
    query: Query
    forms: ErrorForms = ORIGINAL_FORMS
    body: bytes = b""
    content_type: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    connection: Connection | None = None


Handler = Part[ApiRequest, [], Response]
