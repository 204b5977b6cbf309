"""Hooks for whom a list or an answer is about: others than it should be, more of them, or fewer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lead_provider_sandbox.faults.hooks.asking import records_of, unpaged, with_records
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.responses import Answer, AnswerError, not_found, resource
from lead_provider_sandbox.parts import PARTS, Replacement

Performing = Callable[[Call], Answer]


def mentors_of_ours_too(_told: Any) -> Replacement:
    """The list holds a mentor whom the caller trains, too."""

    def with_one_more(call: Call, data: list[Any]) -> list[Any]:
        trained = (
            each
            for each in records_of(PARTS["ecf-participants.list"](unpaged(call)))
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

    def replacement(original: Performing, call: Call) -> Answer:
        answer = original(call)
        enrolments = answer.document["data"]["attributes"]["ecf_enrolments"]
        if any(each["participant_status"] == "left" for each in enrolments):
            raise not_found()
        return answer

    return replacement


def applicants_too(_told: Any) -> Replacement:
    """Whoever has applied is shown as a participant, without an enrolment."""

    def replacement(original: Performing, call: Call) -> Answer:
        try:
            return original(call)
        except AnswerError:
            applied = records_of(PARTS["npq-applications.list"](unpaged(call)))
            if not any(each["attributes"]["participant_id"] == call.ids["id"] for each in applied):
                raise
            like = records_of(PARTS["npq-participants.list"](unpaged(call)))[0]
            return resource({**like, "id": call.ids["id"], "attributes": {**like["attributes"], "npq_enrolments": []}})

    return replacement
