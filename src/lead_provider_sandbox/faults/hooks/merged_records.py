"""Hooks for participants whose records were merged, or who have several enrolments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from lead_provider_sandbox.domain.models import Declaration
from lead_provider_sandbox.faults.hook import hook
from lead_provider_sandbox.faults.hooks.listing import (
    Handler,
    largest_page,
    page_size,
    page_value,
    records_of,
    replace_records,
)
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, not_found
from lead_provider_sandbox.store.tables import id_changes


@hook
def former_ids_unknown(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Return a 404 for the former id of a participant."""
    former = select(id_changes.c.to_id).where(id_changes.c.from_id == request.ids["id"])
    if request.store.connection.execute(former).first():
        raise not_found()
    return original(request)


@hook
def former_id_shown(_: Any, original: Callable[..., Any], request: ApiRequest, declaration: Declaration) -> Any:
    """Show the former id of the participant of a declaration."""
    former = select(id_changes.c.from_id).where(id_changes.c.to_id == declaration.person_id)
    document = original(request, declaration)
    if (found := request.store.connection.execute(former).scalar()) is not None:
        document["attributes"]["participant_id"] = found
    return document


@hook
def paged_by_enrolment(_: Any, original: Handler, request: ApiRequest) -> Response:
    """List the participants of the enrolments that would be on the page: all first ones, then the others."""
    everything = original(largest_page(request))
    participants = records_of(everything)
    rows = participants + [each for each in participants for _ in each["attributes"].get("npq_enrolments", [None])[1:]]
    first = (page_value(request, "page", 1) - 1) * page_size(request)
    page = {each["id"]: each for each in rows[first : first + page_size(request)]}
    return replace_records(everything, list(page.values()))
