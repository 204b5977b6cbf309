"""Hooks for records that a list or an operation wrongly includes or excludes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lead_provider_sandbox.faults.hook import hook
from lead_provider_sandbox.faults.hooks.listing import largest_page, records_of, with_records
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, ResponseError, data_response, not_found
from lead_provider_sandbox.parts import PARTS, Replacement

Handler = Callable[[ApiRequest], Response]


def includes_own_mentors(_: Any) -> Replacement:
    """Add a mentor trained by the provider to the list."""

    def with_one_more(request: ApiRequest, data: list[Any]) -> list[Any]:
        trained = (
            each
            for each in records_of(PARTS["ecf-participants.list"](largest_page(request)))
            for enrolment in each["attributes"]["ecf_enrolments"]
            if enrolment["participant_type"] == "mentor"
        )
        return [*data, *({**like, "id": each["id"]} for like, each in zip(data[:1], trained, strict=False))]

    return with_records(with_one_more)


def only_of_present_participants(_: Any) -> Replacement:
    """List only records about participants whom the provider trains now."""

    def present(request: ApiRequest, data: list[Any]) -> list[Any]:
        participants = {each["id"] for each in records_of(PARTS["npq-participants.list"](largest_page(request)))}
        return [each for each in data if each["attributes"]["participant_id"] in participants]

    return with_records(present)


def one_record_per_enrolment(_: Any) -> Replacement:
    """List a participant once per enrolment."""

    def split(each: Any) -> Iterator[Any]:
        for enrolment in each["attributes"]["ecf_enrolments"]:
            yield {**each, "attributes": {**each["attributes"], "ecf_enrolments": [enrolment]}}

    return with_records(lambda _, data: [part for each in data for part in split(each)])


@hook
def leavers_not_found(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Return a 404 for a participant who has left."""
    response = original(request)
    enrolments = response.document["data"]["attributes"]["ecf_enrolments"]
    if any(each["participant_status"] == "left" for each in enrolments):
        raise not_found()
    return response


@hook
def includes_applicants(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Show an applicant as a participant without enrolments."""
    try:
        return original(request)
    except ResponseError:
        applied = records_of(PARTS["npq-applications.list"](largest_page(request)))
        if not any(each["attributes"]["participant_id"] == request.ids["id"] for each in applied):
            raise
        like = records_of(PARTS["npq-participants.list"](largest_page(request)))[0]
        return data_response(
            {**like, "id": request.ids["id"], "attributes": {**like["attributes"], "npq_enrolments": []}}
        )
