"""Participants, applications, declarations and outcomes as tests speak of them, read from resources of answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, TypeVar

from lead_provider_conformance.contract.sentences import shorten
from lead_provider_conformance.http import IncompleteResponse, Response
from lead_provider_conformance.http.response import UUID

R = TypeVar("R")
V = TypeVar("V")

COURSE_OF = {"ect": "ecf-induction", "mentor": "ecf-mentor"}
# An id that no server has given to anything: made at random, once.
NOBODYS_ID = "5e9f4d0c-7c5b-4f3e-9d55-0c9a4a0d1b11"
# A declaration in one of these states will be, or has been, paid: behaviour DECL-DUPLICATE-STATES.
BILLABLE = frozenset({"submitted", "eligible", "payable", "paid"})
# What a provider is told of a participant whom it trains no longer, or soon will not.
FORMER = frozenset({"left", "leaving", "withdrawn"})


def moment(text: object) -> datetime:
    """The instant that a time of the API stands for. Raises IncompleteResponse if it is not RFC 3339 with an offset."""
    try:
        parsed = datetime.fromisoformat(str(text))
    except ValueError:
        raise IncompleteResponse(f"{text!r} is not a time") from None
    if parsed.tzinfo is None:
        raise IncompleteResponse(f"{text!r} has no offset from UTC")
    return parsed


def year(text: object) -> int | None:
    """The year that a cohort is called by; None if it is not called by one."""
    return int(str(text)) if re.fullmatch("[0-9]{4}", str(text)) else None


def legible(records: Iterable[R], reading: Callable[[R], V]) -> Iterator[tuple[R, V]]:
    """Each of the records with what `reading` finds in it, but for those in which there is something else than the
    contract has: that is told of the answer, and a record that cannot be read is in no state.
    """
    for record in records:
        try:
            found = reading(record)
        except IncompleteResponse:
            continue
        yield record, found


def identity(resource: Mapping[str, Any]) -> str:
    """What tells a record of a list from all others: its id, and for ECF in versions 1 and 2, where a participant with
    several enrolments is several records, the enrolment's."""
    enrolment = resource["attributes"].get("training_record_id")
    return f"{resource['id']} {enrolment}" if isinstance(enrolment, str) else str(resource["id"])


def _id(attributes: Mapping[str, Any], name: str) -> str | None:
    """The id of another record. Raises IncompleteResponse if it is no UUID, so that nothing can be asked about it."""
    found = attributes.get(name)
    if found is None or UUID.fullmatch(str(found)):
        return found
    raise IncompleteResponse(f"{name} is {shorten(str(found))!r}, which is no UUID, so nothing can be asked about it")


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Participant:
    """A participant with one of their enrolments: the one that a test acts on.

    `attributes` are the resource's and `enrolment` those of the enrolment, as the server sent them. The other
    members are `None` where the server sent nothing, as versions 1 and 2 do for much of NPQ.
    """

    id: str
    attributes: Mapping[str, Any]
    enrolment: Mapping[str, Any]

    @property
    def type(self) -> str | None:
        """`ect` or `mentor`, for ECF."""
        return self.enrolment.get("participant_type")

    @property
    def course(self) -> str:
        """The course that actions and declarations about this enrolment name."""
        return COURSE_OF.get(str(self.type)) or str(self.enrolment.get("course_identifier"))

    @property
    def cohort(self) -> str | None:
        """The year in which the participant's contract began, such as `2023`."""
        return self.enrolment.get("cohort")

    @property
    def cohort_year(self) -> int | None:
        """The cohort as a number, if it is one."""
        return year(self.cohort)

    @property
    def schedule(self) -> str | None:
        """The schedule's identifier, such as `ecf-standard-september`."""
        return self.enrolment.get("schedule_identifier")

    @property
    def training_status(self) -> str | None:
        """`active`, `deferred` or `withdrawn`."""
        return self.enrolment.get("training_status")

    @property
    def status(self) -> str | None:
        """What the participant's school says of them: `participant_status` of version 3, `status` before."""
        return self.enrolment.get("participant_status") or self.enrolment.get("status")

    @property
    def eligible_for_funding(self) -> bool | None:
        """Whether their training is paid for; `None` while that has not been decided."""
        return self.enrolment.get("eligible_for_funding")

    @property
    def withdrawal(self) -> Mapping[str, Any]:
        """Reason and date of the withdrawal; empty if there is none."""
        return _object(self.enrolment.get("withdrawal"))

    @property
    def deferral(self) -> Mapping[str, Any]:
        """Reason and date of the deferral; empty if there is none."""
        return _object(self.enrolment.get("deferral"))

    @property
    def updated_at(self) -> datetime:
        """When anything about the participant last changed."""
        return moment(self.attributes.get("updated_at"))

    @classmethod
    def in_resource(cls, resource: Mapping[str, Any]) -> tuple[Participant, ...]:
        """One participant for each enrolment that a resource of any version and programme shows."""
        attributes = resource["attributes"]
        enrolments = attributes.get("ecf_enrolments", attributes.get("npq_enrolments"))
        if enrolments is None and isinstance(courses := attributes.get("npq_courses"), list):
            enrolments = [{"course_identifier": course} for course in courses]
        if enrolments is None:
            enrolments = [attributes]
        if not isinstance(enrolments, list):
            return ()
        return tuple(cls(resource["id"], attributes, each) for each in enrolments if isinstance(each, dict))

    def found_in(self, response: Response) -> Participant:
        """This participant, with the same enrolment, as an answer shows it.

        Raises IncompleteResponse if the answer is about another participant, or lacks the enrolment.
        """
        resource = response.resource
        if resource["id"] != self.id:
            raise IncompleteResponse(f"{response!r} is about {resource['id']} and not about {self.id}")
        for each in Participant.in_resource(resource):
            if each.course == self.course:
                return each
        raise IncompleteResponse(f"{response!r} has no enrolment in {self.course}")


def trained_before(response: Response) -> bool:
    """Whether an answer shows a provider a participant whom it has trained before another one did."""
    return response.status == 200 and any(each.status in FORMER for each in Participant.in_resource(response.resource))


@dataclass(frozen=True, slots=True)
class _AboutAParticipant:
    """A resource about a participant and a course, as the server sent it."""

    id: str
    attributes: Mapping[str, Any]

    @property
    def participant_id(self) -> str | None:
        """Whom it is about."""
        return _id(self.attributes, "participant_id")

    @property
    def course(self) -> str | None:
        """The course that it is about."""
        return self.attributes.get("course_identifier")

    @property
    def updated_at(self) -> datetime:
        """When it last changed."""
        return moment(self.attributes.get("updated_at"))

    @classmethod
    def of(cls, resource: Mapping[str, Any]) -> Self:
        """What a resource shows."""
        return cls(resource["id"], resource["attributes"])


@dataclass(frozen=True, slots=True)
class Application(_AboutAParticipant):
    """An NPQ application as the server sent it."""

    @property
    def status(self) -> str | None:
        """`pending`, `accepted` or `rejected`."""
        return self.attributes.get("status")

    @property
    def cohort(self) -> str | None:
        """The year in which their contract would begin."""
        return self.attributes.get("cohort")

    @property
    def schedule(self) -> str | None:
        """The schedule that they were accepted for; versions 1 and 2 do not say."""
        return self.attributes.get("schedule_identifier")

    @property
    def eligible(self) -> bool:
        """Whether the applicant is eligible for funding."""
        return self.attributes.get("eligible_for_funding") is True

    @property
    def funded_place(self) -> bool | None:
        """Whether one of the provider's funded places is used; None where places are not capped."""
        place = self.attributes.get("funded_place")
        return place if isinstance(place, bool) else None


@dataclass(frozen=True, slots=True)
class Declaration(_AboutAParticipant):
    """A declaration as the server sent it."""

    @property
    def type(self) -> str | None:
        """`started`, `retained-1` … `completed`."""
        return self.attributes.get("declaration_type")

    @property
    def date(self) -> datetime:
        """When the milestone was reached, as the provider declared it."""
        return moment(self.attributes.get("declaration_date"))

    @property
    def state(self) -> str | None:
        """Where the declaration is on its way to being paid."""
        return self.attributes.get("state")


@dataclass(frozen=True, slots=True)
class Outcome(_AboutAParticipant):
    """An outcome of an NPQ as the server sent it."""

    @property
    def state(self) -> str | None:
        """`passed`, `failed` or `voided`."""
        return self.attributes.get("state")

    @property
    def completion_day(self) -> str:
        """The day the course was completed, such as `2023-11-20`; servers may send midnight of that day instead."""
        return str(self.attributes.get("completion_date"))[:10]

    @property
    def created_at(self) -> datetime:
        """When the outcome was reported."""
        return moment(self.attributes.get("created_at"))
