"""Tasks, and requests about a person, of the acts of both services."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from lead_provider_conformance.readiness.armed import Match
from lead_provider_conformance.readiness.effects import before, lose
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.resources import DECLARATIONS, PARTICIPANTS
from lead_provider_conformance.readiness.script import Task, TaskKind
from lead_provider_conformance.readiness.stage import Stage
from lead_provider_sandbox.control.world import Person


def declaration(
    stage: Stage,
    person: Person,
    declaration_type: str,
    on: str,
    *,
    purpose: str = "",
    trap: str | None = None,
    **fields: Any,
) -> Task:
    """Return a task to declare a participant; `fields` are those of the service, such as `evidence`."""
    return stage.task(
        TaskKind.DECLARE,
        person,
        purpose=purpose or f"declare-{declaration_type}",
        trap=trap,
        declaration_type=declaration_type,
        on=on,
        **fields,
    )


def correction(stage: Stage, person: Person, wrong: str, on: str, **fields: Any) -> Task:
    """Return a task to correct the day of `started`."""
    kind = TaskKind.CORRECT_DECLARATION
    return stage.task(kind, person, purpose="correct", declaration_type="started", wrong=wrong, on=on, **fields)


def lose_void(stage: Stage, person: Person) -> None:
    """Arm the loss of the response to a void of a participant's only declaration."""
    stage.arm(
        "lost-void",
        Match(operations=frozenset({"void_participant_declaration"}), about=frozenset(person.declaration_ids)),
        lose(),
        declaration_id=person.declaration_ids[0],
        participant_id=person.participant_id,
    )


def merge_while_writing(stage: Stage, retired: Person, kept: Person) -> Task:
    """Arm the merger of a participant into another for the next change about the first, and return the task for it.

    A client may come back to it with the new id, or leave it to a person.
    """

    def merge(_: ObservedRequest) -> None:
        stage.event("merged", from_id=retired.participant_id, to_id=kept.participant_id)

    name = f"{stage.programme}_participant"
    operations = frozenset({f"defer_{name}", f"withdraw_{name}", f"change_{name}_schedule"})
    match = Match(operations=operations, about=frozenset({retired.participant_id.lower()}))
    stage.arm("merged-while-writing", match, before(merge), participant_id=retired.participant_id)
    return stage.task(
        TaskKind.DEFER,
        retired,
        purpose="defer-while-merged",
        trap="the id is retired just before the request",
        reason="career-break",
        on=stage.today,
    )


def post_about(person: Person) -> Match:
    """Return the match for new declarations about a participant."""

    def is_about(request: ObservedRequest) -> bool:
        return request.attributes.get("participant_id") == person.participant_id

    return Match(operations=frozenset({"create_participant_declaration"}), condition=is_about)


def declared_by_client(stage: Stage, day: str) -> Iterator[Person]:
    """Yield the participants with a live `started` of the client on a day as their only declaration, with its id."""
    shown = dict(stage.world.records(PARTICIPANTS))
    declarations = stage.world.records(DECLARATIONS)
    counts = Counter(attributes["participant_id"] for _, attributes in declarations)
    for declaration_id, attributes in declarations:
        record = shown.get(attributes["participant_id"])
        if (
            record is not None
            and counts[attributes["participant_id"]] == 1
            and declaration_id in stage.session.accepted
            and attributes["declaration_type"] == "started"
            and attributes["state"] in ("eligible", "payable")
            and attributes["declaration_date"][:10] == day
        ):
            yield Person(
                attributes["participant_id"],
                record["full_name"],
                record["teacher_reference_number"],
                attributes["course_identifier"],
                declaration_ids=(declaration_id,),
            )
