"""Participants, their training and their declarations, as responses have shown them to the client."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.horizon import horizon
from lead_provider_conformance.readiness.resources import APPLICATIONS, DECLARATIONS, PARTICIPANTS, place
from lead_provider_conformance.readiness.shown import Record, Showing
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.walks import Walk

LIVE = frozenset({"submitted", "eligible", "payable", "paid"})
"""The states of a declaration that counts: a second one of its type is refused."""
RETRACTED = frozenset({"voided", "awaiting-clawback", "clawed-back"})
"""The states of a declaration that providers can only view."""
_COURSES = {"ect": "ecf-induction", "mentor": "ecf-mentor"}
_ONE_COURSE = frozenset({"npq-additional-support-offer", "npq-early-headship-coaching-offer"})
"""The NPQ service counts them as one course."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The training of a participant in one course."""

    participant_id: str
    course: str | None
    cohort: int | None
    suffix: str | None
    schedule: str | None
    training_status: str | None
    participant_status: str | None
    withdrawn_on: str | None
    deferred_on: str | None
    record: Record


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declaration as it was shown."""

    id: str
    participant_id: str
    course: str | None
    type: str | None
    date: str | None
    state: str
    record: Record

    @property
    def is_live(self) -> bool:
        """Whether it counts."""
        return self.state in LIVE


@dataclass(frozen=True, eq=False)
class People:
    """The views of people in the responses of a session. Use `people_of`.

    Each method takes the request that uses the knowledge, and returns every view that its sender can have had: the
    latest before the horizon, and those since. After an accepted declaration the next view counts too: a client whose
    copy was out of date did no harm. A rule fails only if the request breaks it in all views.
    """

    trace: Trace

    @cached_property
    def merges(self) -> Mapping[str, tuple[str, Showing]]:
        """The new id of each retired one, with the response that first showed it."""
        found: dict[str, tuple[str, Showing]] = {}
        for versions in self.trace.shown.versions.get(PARTICIPANTS, {}).values():
            for each in versions:
                for change in each.attributes.get("participant_id_changes") or ():
                    old, new = change.get("from_participant_id"), change.get("to_participant_id")
                    if not (isinstance(old, str) and isinstance(new, str)):
                        continue
                    known = found.get(old.lower())
                    if known is None or known[1].end > each.end:
                        found[old.lower()] = (new.lower(), each)
        return found

    def current(self, participant_id: str) -> str:
        """Return the id that a participant has in the end; the session's merges are followed."""
        identifier, seen = participant_id.lower(), set[str]()
        while identifier in self.merges and identifier not in seen:
            seen.add(identifier)
            identifier = self.merges[identifier][0]
        return identifier

    def same(self, one: str | None, other: str | None) -> bool:
        """Return whether two ids are of one participant."""
        return bool(one and other) and self.current(str(one)) == self.current(str(other))

    def ids(self, participant_id: str) -> frozenset[str]:
        """Return all ids of a participant."""
        identifier = self.current(participant_id)
        return frozenset({identifier, *(old for old in self.merges if self.current(old) == identifier)})

    def views(self, exchange: Exchange, participant_id: str, course: str | None = None) -> list[list[Enrolment]]:
        """Return the enrolments of a participant in each view, in one course if it is given."""
        views = [
            list(enrolments(participant_id, attributes))
            for identifier in self.ids(participant_id)
            for attributes in self.records(exchange, PARTICIPANTS, identifier)
        ]
        if not views:
            accepted = list(self._accepted(exchange, participant_id))
            views = [accepted] if accepted else []
        return [[each for each in view if course is None or same_course(each.course, course)] for view in views]

    def records(self, exchange: Exchange, kind: str, record_id: str) -> list[Record]:
        """Return the attributes of a record in each view."""
        history = self.trace.shown.history(kind, record_id)
        edge = horizon(self.trace, exchange)
        before = [each for each in history if each.end < edge]
        views = [*before[-1:], *(each for each in history if edge <= each.end < exchange.start)]
        if views and exchange.succeeded and place(exchange) == (DECLARATIONS, None, None):
            later = next((each for each in history if each.end >= exchange.start), None)
            if later is not None and not later.exchange.is_write:  # an own change came after the request
                views.append(later)
        return [each.attributes for each in views]

    def declarations(self, exchange: Exchange, participant_id: str, course: str | None = None) -> list[Declaration]:
        """Return the declarations about a participant as last shown before a request."""
        found = []
        for identifier in self._declarations_of.get(self.current(participant_id), ()):
            attributes = self.trace.shown.attributes(DECLARATIONS, identifier, exchange.start)
            if attributes is None:
                continue
            each = declaration(identifier, attributes)
            if course is None or each.course is None or same_course(each.course, course):
                found.append(each)
        return found

    def live(self, exchange: Exchange, participant_id: str, course: str | None = None) -> list[Declaration]:
        """Return the declarations about a participant that are live in all views."""
        edge = horizon(self.trace, exchange)
        return [
            each
            for each in self.declarations(exchange, participant_id, course)
            if self.is_live(exchange, each.id) and self.trace.shown.last(DECLARATIONS, each.id, edge)
        ]

    def is_live(self, exchange: Exchange, declaration_id: str) -> bool:
        """Return whether a declaration is live in all views."""
        views = self.records(exchange, DECLARATIONS, declaration_id)
        return bool(views) and all(state_of(each) in LIVE for each in views)

    def has_read_declarations(self, exchange: Exchange, participant_id: str) -> bool:
        """Return whether the client had read every declaration about a participant before a request."""
        for walk in self._declaration_walks:
            wanted = (walk.filters.get("filter[participant_id]") or "").lower().split(",")
            is_whole = not any(key.startswith("filter[") for key in walk.filters)
            if walk.end < exchange.start and (is_whole or self.current(participant_id) in map(self.current, wanted)):
                return True
        return False

    @cached_property
    def _declaration_walks(self) -> list[Walk]:
        return [
            each for each in self.trace.walks if each.kind == DECLARATIONS and each.is_complete and not each.is_poll
        ]

    @cached_property
    def _declarations_of(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for identifier, versions in self.trace.shown.versions.get(DECLARATIONS, {}).items():
            participant = versions[-1].attributes.get("participant_id")
            if isinstance(participant, str):
                found[self.current(participant)].append(identifier)
        return found

    @cached_property
    def _applications_of(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for identifier, versions in self.trace.shown.versions.get(APPLICATIONS, {}).items():
            participant = versions[-1].attributes.get("participant_id")
            if isinstance(participant, str):
                found[self.current(participant)].append(identifier)
        return found

    def applications(self, participant_id: str) -> list[str]:
        """Return the ids of a participant's applications."""
        return self._applications_of.get(self.current(participant_id), [])

    def _accepted(self, exchange: Exchange, participant_id: str) -> Iterator[Enrolment]:
        """Yield the enrolments that accepted applications stand for, before the participant is shown."""
        for identifier in self.applications(participant_id):
            attributes = self.trace.shown.attributes(APPLICATIONS, identifier, exchange.start)
            if attributes and attributes.get("status") == "accepted":
                yield _enrolment(participant_id, attributes, attributes.get("course_identifier"))


@lru_cache(maxsize=4)
def people_of(trace: Trace) -> People:
    """Return the people of a trace."""
    return People(trace)


def enrolments(participant_id: str, attributes: Record) -> Iterator[Enrolment]:
    """Yield the enrolments in the attributes of a participant of either service."""
    for each in attributes.get("ecf_enrolments") or ():
        yield _enrolment(participant_id, each, _COURSES.get(each.get("participant_type")))
    for each in attributes.get("npq_enrolments") or ():
        yield _enrolment(participant_id, each, each.get("course_identifier"))


def _enrolment(participant_id: str, record: Record, course: str | None) -> Enrolment:
    cohort = str(record.get("cohort") or "")
    return Enrolment(
        participant_id=participant_id,
        course=course,
        cohort=int(cohort) if cohort.isascii() and cohort.isdigit() else None,
        suffix=record.get("cohort_suffix"),
        schedule=record.get("schedule_identifier"),
        training_status=record.get("training_status"),
        participant_status=record.get("participant_status"),
        withdrawn_on=(record.get("withdrawal") or {}).get("date"),
        deferred_on=(record.get("deferral") or {}).get("date"),
        record=record,
    )


def declaration(declaration_id: str, attributes: Record) -> Declaration:
    """Return a declaration from its attributes."""
    return Declaration(
        declaration_id,
        str(attributes.get("participant_id") or ""),
        attributes.get("course_identifier"),
        attributes.get("declaration_type"),
        attributes.get("declaration_date"),
        state_of(attributes),
        attributes,
    )


def state_of(attributes: Record) -> str:
    """Return the state of a declaration, with hyphens: one published document writes underscores."""
    return str(attributes.get("state") or "").replace("_", "-")


def in_all(views: list[list[Enrolment]], breaks: Callable[[Enrolment], bool]) -> bool:
    """Return whether each enrolment of each view breaks a rule. False without an enrolment: nothing was known."""
    return bool(views) and all(view and all(map(breaks, view)) for view in views)


def same_course(one: str | None, other: str | None) -> bool:
    """Return whether two identifiers are of one course."""
    return one == other or (one in _ONE_COURSE and other in _ONE_COURSE)
