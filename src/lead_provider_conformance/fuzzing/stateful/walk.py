"""Makes a journey against a target, and holds what the server shows after each step against the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lead_provider_conformance.api.operations import Api, format_time
from lead_provider_conformance.api.records import Application, Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.fuzzing.links import Link, links_of
from lead_provider_conformance.fuzzing.stateful.journey import Journey
from lead_provider_conformance.fuzzing.stateful.model import COMPLETED, REASONS, Action, Model, Step, When
from lead_provider_conformance.fuzzing.stateful.watch import (
    not_listed,
    not_read_back,
    otherwise_elsewhere,
    seen_by_others,
    shown,
)
from lead_provider_conformance.http import IncompleteResponse, NoResponse, Response
from lead_provider_conformance.testdata.dates import (
    date_after_window,
    date_before_window,
    declaration_of,
    participant_from,
    window_date,
)

LIFECYCLE = "generated/lifecycle"
AS_DEPLOYED = "generated/lifecycle-as-deployed"
READ_BACK = "generated/written-is-read-back"
REFUSALS = "generated/refusal-changes-nothing"
LISTED = "generated/changes-are-listed"
UNSEEN = "generated/unseen-by-others"
REQUIREMENTS = (LIFECYCLE, AS_DEPLOYED, READ_BACK, REFUSALS, LISTED, UNSEEN)


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Where the server and the model part: at which step of the journey, which requirement it breaks, and how."""

    requirement: str
    step: int
    told: str


@dataclass
class Walk:
    """What is known while a journey is made: the API as its provider calls it, as `other` calls it, and in other
    versions `elsewhere`. `discrepancies` are found on the way; it ends with the first step that has some. Of each
    declaration, by type, it knows the id, what was sent, and the links of the answer.
    """

    api: Api
    other: Api | None
    elsewhere: Sequence[Api]
    calendar: Calendar
    participant: Participant
    application: Application | None
    model: Model
    discrepancies: list[Discrepancy] = field(default_factory=list)
    declared: dict[str, str] = field(default_factory=dict)
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    links: dict[str, Mapping[str, Link]] = field(default_factory=dict)


def walked(
    journey: Journey,
    api: Api,
    other: Api | None,
    calendar: Calendar,
    record: Participant | Application,
    elsewhere: Sequence[Api] = (),
) -> tuple[Discrepancy, ...]:
    """Make a journey about `record`, and give the discrepancies of the first step that has some.

    Raises IncompleteResponse for an application that does not say who applied.
    """
    application = record if isinstance(record, Application) else None
    participant = record if isinstance(record, Participant) else participant_from(record, calendar)
    walk = Walk(api, other, elsewhere, calendar, participant, application, journey.beginning)
    for number, step in enumerate(journey.steps):
        walk.discrepancies += _found(number, str(step), _taken(walk, step))
        if walk.discrepancies:
            return tuple(walk.discrepancies)
    last = len(journey.steps) - 1
    walk.discrepancies += _found(last, "in the end", ((READ_BACK, told) for told in otherwise_elsewhere(walk)))
    walk.discrepancies += _found(last, "in the end", ((UNSEEN, told) for told in seen_by_others(walk)))
    return tuple(walk.discrepancies)


def _found(number: int, when: str, told: Iterable[tuple[str, str]]) -> Iterator[Discrepancy]:
    try:
        for requirement, sentence in told:
            yield Discrepancy(requirement, number, sentence)
    except (IncompleteResponse, NoResponse) as error:
        yield Discrepancy(READ_BACK, number, f"{when}: {error}")


def _taken(walk: Walk, step: Step) -> Iterator[tuple[str, str]]:
    """Take one step, and tell what is not as the model says, with the requirement that it breaks."""
    seen_before = shown(walk)
    response = _sent(walk, step)
    expected = walk.model.accepts(step)
    is_accepted = 200 <= response.status < 300
    if is_accepted != expected:
        about = LIFECYCLE if walk.model.promised(step) else AS_DEPLOYED
        yield about, f"{step} was to be {'accepted' if expected else 'refused'}; came {response!r}"
        return
    walk.model = walk.model.after(step)
    now = shown(walk)
    if not is_accepted and seen_before != now:
        yield REFUSALS, f"{step} was refused, and still the record is not as it was before"
        return
    yield from ((READ_BACK, told) for told in not_read_back(walk, step, response, seen_before, now))
    if is_accepted and step.action is not Action.DECLARE_COPY:
        yield from ((LISTED, told) for told in not_listed(walk, step, response))


def _sent(walk: Walk, step: Step) -> Response:
    api, participant = walk.api, walk.participant
    match step.action:
        case Action.DECLARE:
            attributes = _declaration(walk, step)
            wrong = None if step.evidence or "evidence_held" not in _whole(walk, step) else "there is no evidence"
            response = api.declare(attributes, deliberate=wrong)
            if 200 <= response.status < 300:
                walk.declared[step.of] = str(response.resource["id"])
                walk.links[step.of] = links_of(response, api.client.contract)
                walk.sent[step.of] = attributes
            return response
        case Action.DECLARE_COPY:
            return api.declare(walk.sent[step.of])
        case Action.DECLARE_AGAIN:
            later = format_time(window_date(participant, step.of, walk.calendar, days_after_start=2))
            return api.declare(walk.sent[step.of] | {"declaration_date": later})
        case Action.VOID | Action.VOID_AGAIN:
            return _voided(walk, step)
        case Action.DEFER:
            return api.defer(participant, reason=REASONS[step.action])
        case Action.RESUME:
            return api.resume(participant)
        case Action.WITHDRAW:
            return api.withdraw(participant, reason=REASONS[step.action])
        case Action.CHANGE_SCHEDULE:
            response = api.change_schedule(participant, step.of)
            walk.participant = api.participant(participant)  # whose windows are others now
            return response
        case Action.REPORT_OUTCOME:
            return api.report_outcome(participant, _outcome(walk, step))
        case Action.ACCEPT | Action.REJECT:
            return _decided(walk, step)


def _voided(walk: Walk, step: Step) -> Response:
    """Void a declaration through the link of the answer that made it."""
    link = walk.links[step.of].get("Void")
    if link is None:
        raise IncompleteResponse(f"the answer to the declaration of {step.of} names nothing to void")
    return walk.api.send(link.operation.method, link.path)


def _decided(walk: Walk, step: Step) -> Response:
    if walk.application is None:
        raise LookupError(f"a journey that begins with a participant cannot {step}")
    return walk.api.accept(walk.application) if step.action is Action.ACCEPT else walk.api.reject(walk.application)


def _outcome(walk: Walk, step: Step) -> dict[str, Any]:
    completion = declaration_of(walk.participant, COMPLETED, walk.calendar)["declaration_date"]
    return {"state": step.of, "completion_date": completion[:10], "course_identifier": walk.participant.course}


def _whole(walk: Walk, step: Step) -> dict[str, Any]:
    return declaration_of(walk.participant, step.of, walk.calendar)


def _declaration(walk: Walk, step: Step) -> dict[str, Any]:
    attributes = _whole(walk, step)
    if not step.evidence:
        attributes.pop("evidence_held", None)
    match step.when:
        case When.BEFORE:
            date = date_before_window(walk.participant, step.of, walk.calendar)
        case When.AFTER:
            date = date_after_window(walk.participant, step.of, walk.calendar)
        case When.FUTURE:
            date = datetime.now(UTC) + timedelta(days=2)
        case When.INSIDE:
            return attributes
    return attributes | {"declaration_date": format_time(date)}
