"""The parts of the acts that depend on the programme."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.readiness.acts.npq_tasks import STARTED, declaration_fields
from lead_provider_conformance.readiness.resources import APPLICATIONS, DECLARATIONS, PARTICIPANTS
from lead_provider_conformance.readiness.script import Task, TaskKind
from lead_provider_conformance.readiness.stage import Stage
from lead_provider_sandbox.control.world import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Casting:
    """The records and lists of a programme for the acts that both programmes have.

    `newcomer` is the state of a participant without declarations who may be declared as started on `started_on`.
    `polled` are the kinds of records that a client polls.
    """

    programme: str
    newcomer: str
    started_on: str
    polled: tuple[str, ...]
    declaration_fields: Callable[[Stage], Mapping[str, Any]]
    """Returns further fields of a `declare` task, such as `evidence`: ids are those of the session's records."""

    def declare_started(self, stage: Stage, person: Person, purpose: str) -> Task:
        """Return the task to declare a newcomer as started."""
        return stage.task(
            TaskKind.DECLARE,
            person,
            purpose=purpose,
            declaration_type="started",
            on=self.started_on,
            **self.declaration_fields(stage),
        )


ECF = Casting(
    programme="ecf",
    newcomer="ect.no-declarations",
    started_on="2024-10-15",
    polled=(PARTICIPANTS, DECLARATIONS),
    declaration_fields=lambda _: {"evidence": "training-event-attended"},
)

NPQ = Casting(
    programme="npq",
    newcomer="npq.no-declarations",
    started_on=STARTED,
    polled=(APPLICATIONS, PARTICIPANTS, DECLARATIONS),
    declaration_fields=declaration_fields,
)
