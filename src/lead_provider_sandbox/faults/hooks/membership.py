"""Hooks for whom a list or an answer is about: others than it should be, more of them, or fewer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lead_provider_sandbox.faults.hooks.listing import records_of, unpaged, with_records
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, ResponseError, data_response, not_found
from lead_provider_sandbox.parts import PARTS, Replacement

Performing = Callable[[ApiRequest], Response]


def mentors_of_ours_too(_told: Any) -> Replacement:
    """The list holds a mentor whom the caller trains, too."""

    def with_one_more(request: ApiRequest, data: list[Any]) -> list[Any]:
        trained = (
            each
            for each in records_of(PARTS["ecf-participants.list"](unpaged(request)))
            for enrolment in each["attributes"]["ecf_enrolments"]
            if enrolment["participant_type"] == "mentor"
        )
        return [*data, *({**like, "id": each["id"]} for like, each in zip(data[:1], trained, strict=False))]

    return with_records(with_one_more)


def one_for_each_enrolment(_told: Any) -> Replacement:
    """The list shows somebody with two enrolments twice, once with each."""

    def split(each: Any) -> Iterator[Any]:
        for enrolment in each["attributes"]["ecf_enrolments"]:
            yield {**each, "attributes": {**each["attributes"], "ecf_enrolments": [enrolment]}}

    return with_records(lambda _, data: [part for each in data for part in split(each)])


def who_has_left_is_gone(_told: Any) -> Replacement:
    """Whoever has left is not found."""

    def replacement(original: Performing, request: ApiRequest) -> Response:
        response = original(request)
        enrolments = response.document["data"]["attributes"]["ecf_enrolments"]
        if any(each["participant_status"] == "left" for each in enrolments):
            raise not_found()
        return response

    return replacement


def applicants_too(_told: Any) -> Replacement:
    """Whoever has applied is shown as a participant, without an enrolment."""

    def replacement(original: Performing, request: ApiRequest) -> Response:
        try:
            return original(request)
        except ResponseError:
            applied = records_of(PARTS["npq-applications.list"](unpaged(request)))
            if not any(each["attributes"]["participant_id"] == request.ids["id"] for each in applied):
                raise
            like = records_of(PARTS["npq-participants.list"](unpaged(request)))[0]
            return data_response(
                {**like, "id": request.ids["id"], "attributes": {**like["attributes"], "npq_enrolments": []}}
            )

    return replacement
