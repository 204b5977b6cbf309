"""The words of a session's script: tasks, cues, acts, events and situations, and their journal lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lead_provider_conformance.config.profile import Attestation as Attestation  # also a journal line


class TaskKind(StrEnum):
    """The `do` of a task."""

    DECLARE = "declare"
    CORRECT_DECLARATION = "correct-declaration"
    DEFER = "defer"
    WITHDRAW = "withdraw"
    RESUME = "resume"
    CHANGE_SCHEDULE = "change-schedule"
    ACCEPT = "accept"
    REJECT = "reject"
    CHANGE_FUNDED_PLACE = "change-funded-place"
    REPORT_OUTCOME = "report-outcome"
    PARTNER = "partner"
    CHANGE_DELIVERY_PARTNER = "change-delivery-partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A fact that a provider knows and the API does not show, as the task file describes it.

    `fields` are those that belong to the kind of task, such as `declaration_type` and `on`. `trap` says why the task
    is wrong on purpose; it is not in the task file. `purpose` names the step of the act that the task is for, so that
    rules find it: `declare-deferred`.
    """

    id: str
    do: TaskKind
    participant_id: str | None = None
    full_name: str | None = None
    teacher_reference_number: str | None = None
    course_identifier: str | None = None
    application_id: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    purpose: str | None = None
    trap: str | None = None

    def to_client(self) -> dict[str, Any]:
        """Return the task as the client reads it."""
        person = {
            "participant_id": self.participant_id,
            "full_name": self.full_name,
            "teacher_reference_number": self.teacher_reference_number,
            "course_identifier": self.course_identifier,
        }
        known = person if self.do is not TaskKind.PARTNER else {}
        application = {"application_id": self.application_id} if self.application_id else {}
        return {"id": self.id, "do": str(self.do), **known, **application, **self.fields}

    def to_line(self) -> dict[str, Any]:
        """Return the task for the journal."""
        return {**self.to_client(), "purpose": self.purpose, "trap": self.trap}

    @classmethod
    def from_line(cls, line: Mapping[str, Any]) -> Task:
        """Return the task that a journal line describes."""
        own: dict[str, Any] = {name: line.get(name) for name in _OWN}
        others = {name: value for name, value in line.items() if name not in {*_OWN, "do"}}
        return cls(do=TaskKind(line["do"]), fields=others, **own)


_OWN = (
    "id",
    "participant_id",
    "full_name",
    "teacher_reference_number",
    "course_identifier",
    "application_id",
    "purpose",
    "trap",
)


@dataclass(frozen=True, slots=True)
class CueLine:
    """One cue of an act: the instruction to the person or the command, and when it began and ended.

    Times are seconds since the epoch on the machine's clock; `offset` is the clock's at the start. `end` is None
    until the cue has ended. `status` is the exit status of the command, `problem` why the cue did not end as planned.
    """

    act: str
    number: int
    text: str
    start: float
    offset: float
    tasks: tuple[Task, ...] = ()
    end: float | None = None
    status: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ActLine:
    """An act of the session. `end` is None until it has ended; `skipped` is the reason for leaving it out."""

    name: str
    start: float
    end: float | None = None
    skipped: str | None = None


@dataclass(frozen=True, slots=True)
class RepeatedAct:
    """An attempt at an act that was begun again later: its exchanges decide nothing."""

    act: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class EventLine:
    """Something that happened behind the API: `name` and its facts, such as the ids of the records."""

    name: str
    act: str
    at: float
    offset: float
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SituationLine:
    """A situation from its arming on. `id` is unique in the session; `name` is that of the catalogue.

    `delivered` are the ids of the exchanges that it was delivered with, in order. `withdrawn` is when it was taken
    back; `facts` are those of its arming, such as the record that it is about.
    """

    id: str
    name: str
    act: str
    armed: float
    facts: Mapping[str, Any]
    delivered: tuple[str, ...] = ()
    withdrawn: float | None = None
    problem: str | None = None
