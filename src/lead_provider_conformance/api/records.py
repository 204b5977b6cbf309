"""Participants, applications, declarations and outcomes, read from the resources of responses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self, TypeVar

from lead_provider_conformance.contract.values import UUID
from lead_provider_conformance.http import IncompleteResponse, Response
from lead_provider_conformance.http.resource import Fields, exchange_of
from lead_provider_conformance.schemas.sentences import shorten

R = TypeVar("R")
V = TypeVar("V")

COURSE_OF = {"ect": "ecf-induction", "mentor": "ecf-mentor"}
# A declaration in one of these states will be, or has been, paid: behaviour DECL-DUPLICATE-STATES.
BILLABLE = frozenset({"submitted", "eligible", "payable", "paid"})
# The participant statuses that a provider sees after the participant has left, or is about to.
FORMER = frozenset({"left", "leaving", "withdrawn"})
_YEAR = re.compile("[0-9]{4}")


def parse_time(text: object) -> datetime:
    """Parse a time of the API. Raise IncompleteResponse if it is not RFC 3339 with an offset."""
    try:
        parsed = datetime.fromisoformat(str(text))
    except ValueError:
        raise IncompleteResponse(f"{text!r} is not a time") from None
    if parsed.tzinfo is None:
        raise IncompleteResponse(f"{text!r} has no offset from UTC")
    return parsed


def time_of(attributes: Mapping[str, Any], name: str) -> datetime:
    """Return the time in a field. Raise IncompleteResponse if it has none."""
    value = attributes.get(name)
    try:
        return parse_time(value)
    except IncompleteResponse:
        of = f" of {attributes.record}" if isinstance(attributes, Fields) else ""
        shown = "null" if value is None else repr(value)
        raise IncompleteResponse(
            f"`{name}`{of} is {shown}; expected a time with an offset from UTC.", exchange=exchange_of(attributes)
        ) from None


def parse_year(text: object) -> int | None:
    """Parse the year of a cohort; return None if it is not a year."""
    return int(str(text)) if _YEAR.fullmatch(str(text)) else None


def skip_malformed(records: Iterable[R], read: Callable[[R], V]) -> Iterator[tuple[R, V]]:
    """Yield each record with `read(record)`. Skip records for which `read` raises IncompleteResponse: the malformed
    response was reported when it arrived.
    """
    for record in records:
        try:
            value = read(record)
        except IncompleteResponse:
            continue
        yield record, value


def matching(records: Iterable[R], where: Callable[[R], object]) -> Iterator[R]:
    """Yield the records for which `where` is true. Skip malformed ones."""
    return (record for record, is_wanted in skip_malformed(records, where) if is_wanted)


def identity(resource: Mapping[str, Any]) -> str:
    """Return a key that is unique in a list: the id, plus the enrolment's id where a participant is listed once per
    enrolment (ECF in versions 1 and 2).
    """
    enrolment = resource["attributes"].get("training_record_id")
    return f"{resource['id']} {enrolment}" if isinstance(enrolment, str) else str(resource["id"])


def identities(resources: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the identities of resources, in their order."""
    return [identity(each) for each in resources]


def _id(attributes: Mapping[str, Any], name: str) -> str | None:
    """Return the id of another record. Raise IncompleteResponse if it is not a UUID, because requests need one."""
    value = attributes.get(name)
    if value is None or UUID.fullmatch(str(value)):
        return value
    raise IncompleteResponse(f"{name} is {shorten(str(value))!r}, which is not a UUID")


def _cohort_name(cohort: str | None, suffix: str | None) -> str | None:
    return f"{cohort}{suffix or ''}" if cohort else cohort


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Participant:
    """A participant with one of their enrolments: the one that a test acts on.

    `attributes` and `enrolment` are the resource's and the enrolment's attributes as the server sent them. Properties
    are `None` for missing fields: versions 1 and 2 omit many of NPQ's.
    """

    id: str
    attributes: Mapping[str, Any]
    enrolment: Mapping[str, Any]
    delivery_partners: tuple[str, ...] = field(default=(), compare=False)
    """The ids of the delivery partners that a declaration may name, the likeliest first; none if it needs none."""

    @property
    def type(self) -> str | None:
        """The type in ECF: `ect` or `mentor`."""
        return self.enrolment.get("participant_type")

    @property
    def course(self) -> str:
        """The course identifier that actions and declarations send for this enrolment."""
        return COURSE_OF.get(str(self.type)) or str(self.enrolment.get("course_identifier"))

    @property
    def cohort(self) -> str | None:
        """The year in which the participant's contract began, such as `2023`."""
        return self.enrolment.get("cohort")

    @property
    def cohort_year(self) -> int | None:
        """The cohort as a number; None if it is not a year."""
        return parse_year(self.cohort)

    @property
    def cohort_suffix(self) -> str | None:
        """The letter of an NPQ cohort, as a year can have several; None in editions with one cohort a year."""
        return self.enrolment.get("cohort_suffix")

    @property
    def cohort_name(self) -> str | None:
        """The cohort with its suffix, such as `2026b`."""
        return _cohort_name(self.cohort, self.cohort_suffix)

    @property
    def application_id(self) -> str | None:
        """The id of the application that an NPQ enrolment belongs to."""
        return self.enrolment.get("npq_application_id")

    @property
    def schedule(self) -> str | None:
        """The schedule's identifier, such as `ecf-standard-september`."""
        return self.enrolment.get("schedule_identifier")

    @property
    def training_status(self) -> str | None:
        """The training status: `active`, `deferred` or `withdrawn`."""
        return self.enrolment.get("training_status")

    @property
    def is_course_only(self) -> bool:
        """Whether the version shows only the course of the enrolment, as version 1 does for NPQ."""
        return self.enrolment.keys() == {"course_identifier"}

    @property
    def status(self) -> str | None:
        """The status that the school gives: `participant_status` in version 3, `status` in versions 1 and 2."""
        return self.enrolment.get("participant_status") or self.enrolment.get("status")

    @property
    def eligible_for_funding(self) -> bool | None:
        """Whether DfE funds the training; `None` until that is decided."""
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
        """When the participant last changed."""
        return time_of(self.attributes, "updated_at")

    @classmethod
    def in_resource(cls, resource: Mapping[str, Any]) -> tuple[Participant, ...]:
        """Return one participant per enrolment of a resource, of any version and programme."""
        attributes = resource["attributes"]
        enrolments = attributes.get("ecf_enrolments", attributes.get("npq_enrolments"))
        if enrolments is None and isinstance(courses := attributes.get("npq_courses"), list):
            enrolments = [{"course_identifier": course} for course in courses]
        if enrolments is None:
            enrolments = [attributes]
        if not isinstance(enrolments, list):
            return ()
        return tuple(cls(resource["id"], attributes, each) for each in enrolments if isinstance(each, dict))

    def in_response(self, response: Response) -> Participant:
        """Return this participant, with the same enrolment, as a response shows them.

        Raise IncompleteResponse if the response is about another participant, or lacks the enrolment.
        """
        resource = response.resource
        if resource["id"] != self.id:
            raise IncompleteResponse(
                f"The response is about {resource['id']} and not about {self.id}: {response!r}",
                exchange=response.exchange,
            )
        enrolments = Participant.in_resource(resource)
        for each in enrolments:
            if each.course == self.course:
                return replace(each, delivery_partners=self.delivery_partners)
        has_course = any({"participant_type", "course_identifier"} & each.enrolment.keys() for each in enrolments)
        lacking = f"the course_identifier {self.course}" if has_course else "a participant_type or course_identifier"
        raise IncompleteResponse(f"No enrolment has {lacking}: {response!r}", exchange=response.exchange)


def shows_former_participant(response: Response) -> bool:
    """Return whether a response shows a former participant of the provider."""
    return response.status == 200 and any(each.status in FORMER for each in Participant.in_resource(response.resource))


@dataclass(frozen=True, slots=True)
class _AboutAParticipant:
    """A resource about a participant and a course, as the server sent it."""

    id: str
    attributes: Mapping[str, Any]

    @property
    def participant_id(self) -> str | None:
        """The participant's id."""
        return _id(self.attributes, "participant_id")

    @property
    def course(self) -> str | None:
        """The course identifier."""
        return self.attributes.get("course_identifier")

    @property
    def updated_at(self) -> datetime:
        """When it last changed."""
        return time_of(self.attributes, "updated_at")

    @classmethod
    def of(cls, resource: Mapping[str, Any]) -> Self:
        """Return the record of a resource."""
        return cls(resource["id"], resource["attributes"])


@dataclass(frozen=True, slots=True)
class Application(_AboutAParticipant):
    """An NPQ application as the server sent it."""

    @property
    def status(self) -> str | None:
        """The status: `pending`, `accepted` or `rejected`."""
        return self.attributes.get("status")

    @property
    def cohort(self) -> str | None:
        """The year in which the contract would begin."""
        return self.attributes.get("cohort")

    @property
    def cohort_suffix(self) -> str | None:
        """The letter of the cohort, as a year can have several; None in editions with one cohort a year."""
        return self.attributes.get("cohort_suffix")

    @property
    def cohort_name(self) -> str | None:
        """The cohort with its suffix, such as `2026b`."""
        return _cohort_name(self.cohort, self.cohort_suffix)

    @property
    def cohort_year(self) -> int | None:
        """The cohort as a number; None if it is not a year."""
        return parse_year(self.cohort)

    @property
    def is_from_abroad(self) -> bool:
        """Whether the applicant works outside the United Kingdom.

        `teacher_catchment` is true for the crown dependencies, which are not in England either.
        """
        in_catchment = self.attributes.get("teacher_catchment") is not False
        return not in_catchment or self.attributes.get("teacher_catchment_iso_country_code") not in (None, "GBR")

    @property
    def schedule(self) -> str | None:
        """The schedule of an accepted application; None in versions 1 and 2."""
        return self.attributes.get("schedule_identifier")

    @property
    def eligible(self) -> bool:
        """Whether the applicant is eligible for funding."""
        return self.attributes.get("eligible_for_funding") is True

    @property
    def funded_place(self) -> bool | None:
        """Whether the application uses a funded place; None where places are not capped."""
        place = self.attributes.get("funded_place")
        return place if isinstance(place, bool) else None


@dataclass(frozen=True, slots=True)
class Declaration(_AboutAParticipant):
    """A declaration as the server sent it."""

    @property
    def type(self) -> str | None:
        """The declaration type: `started`, `retained-1` … `completed`."""
        return self.attributes.get("declaration_type")

    @property
    def date(self) -> datetime:
        """The declared date of the milestone."""
        return time_of(self.attributes, "declaration_date")

    @property
    def state(self) -> str | None:
        """The payment state, such as `submitted` or `paid`."""
        return self.attributes.get("state")


@dataclass(frozen=True, slots=True)
class NpqOutcome(_AboutAParticipant):
    """An NPQ outcome as the server sent it."""

    @property
    def state(self) -> str | None:
        """The state: `passed`, `failed` or `voided`."""
        return self.attributes.get("state")

    @property
    def completion_day(self) -> str:
        """The completion date, such as `2023-11-20`. Servers may send midnight of that day instead."""
        return str(self.attributes.get("completion_date"))[:10]

    @property
    def created_at(self) -> datetime:
        """When the outcome was reported."""
        return time_of(self.attributes, "created_at")
