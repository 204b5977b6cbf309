"""Hooks for participants in rare situations: merged records, several enrolments, completed after a move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import and_, exists, not_, or_, select

from lead_provider_sandbox.domain.models import Declaration, Person
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
from lead_provider_sandbox.http.responses import Response, ResponseError, not_found
from lead_provider_sandbox.parts import PARTS
from lead_provider_sandbox.store.tables import declarations, id_changes, providers, training_records, transfers


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


@hook
def joins_for_ever(_: Any, original: Callable[..., Any], request: ApiRequest, person: Person, *records: Any) -> Any:
    """Show a participant who has joined a school of the provider as joining."""
    joined = select(transfers.c.joining_urn).where(
        transfers.c.person_id == person.id,
        transfers.c.joining_provider_id == request.provider.id,
        transfers.c.joining_date <= request.today,
    )
    schools = set(request.store.connection.execute(joined).scalars())
    document = original(request, person, *records)
    for each in document["attributes"]["ecf_enrolments"]:
        if each["school_urn"] in schools and each["participant_status"] == "active":
            each["participant_status"] = "joining"
    return document


@hook
def without_earlier_after_completion(_: Any, original: Callable[..., Any], request: ApiRequest) -> Any:
    """Hide the declarations of other providers about participants who have completed induction."""
    completed = exists().where(
        training_records.c.id == declarations.c.training_id, training_records.c.induction_end_date.is_not(None)
    )
    return and_(original(request), or_(declarations.c.provider_id == request.provider.id, not_(completed)))


@hook
def courses_with_others(
    argument: Any, original: Callable[..., Any], request: ApiRequest, person: Person, _: Any, changes: Any
) -> Any:
    """Show the applications that other providers have accepted, too. `argument` is a part of the store."""
    everybody = request.store.connection.execute(select(providers.c.id)).scalars().all()
    found = [getattr(request.store, argument).participant(person.id, each) for each in everybody]
    return original(request, person, [one for each in found if each for one in each[1]], changes)


@hook
def filtered_without_npqs(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """List no record about an NPQ if the request has a filter."""
    response = original(request)
    if request.query.filter(argument) is None:
        return response
    return replace_records(
        response, [each for each in records_of(response) if each["attributes"]["course_identifier"].startswith("ecf-")]
    )


@hook
def fails_for_strangers(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """Raise an unexpected error for a participant of another provider, if the body has an attribute."""
    try:
        PARTS[argument["show"]](request)
    except ResponseError:
        if argument["attribute"].encode() in request.body:
            raise RuntimeError("a fault of the catalogue") from None
    return original(request)
