"""Makes a journey against a target, and holds what the server shows after each step against the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lead_provider_conformance.api import Api, utc
from lead_provider_conformance.calendar import Calendar
from lead_provider_conformance.generation.journeys.journey import Journey
from lead_provider_conformance.generation.journeys.model import TRAINING, Action, Model, Step, When
from lead_provider_conformance.http import Answer, MissingFromAnswer, NoAnswer
from lead_provider_conformance.records import BILLABLE, Declaration, Participant, moment
from lead_provider_conformance.states.dates import after, at, before, declaration_of

LIFECYCLE = "generated/lifecycle"
AS_DEPLOYED = "generated/lifecycle-as-deployed"
READ_BACK = "generated/written-is-read-back"
REFUSALS = "generated/refusal-changes-nothing"
LISTED = "generated/changes-are-listed"
UNSEEN = "generated/unseen-by-others"
REQUIREMENTS = (LIFECYCLE, AS_DEPLOYED, READ_BACK, REFUSALS, LISTED, UNSEEN)
# Clocks of servers behind one address may differ by so much.
CLOCK_SKEW = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Where the server and the model part: at which step of the journey, which requirement it breaks, and how."""

    requirement: str
    step: int
    told: str


@dataclass
class Walk:
    """What is known while a journey is made. `discrepancies` are found on the way; it ends with the first step that
    has some.
    """

    api: Api
    other: Api | None
    calendar: Calendar
    participant: Participant
    model: Model
    discrepancies: list[Discrepancy] = field(default_factory=list)
    declared: dict[str, str] = field(default_factory=dict)
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)


def walked(
    journey: Journey, api: Api, other: Api | None, calendar: Calendar, participant: Participant
) -> tuple[Discrepancy, ...]:
    """Make a journey about `participant`, and give the discrepancies of the first step that has some."""
    walk = Walk(api, other, calendar, participant, Model(journey.programme))
    for number, step in enumerate(journey.steps):
        try:
            walk.discrepancies += [Discrepancy(about, number, told) for about, told in _taken(walk, step)]
        except (MissingFromAnswer, NoAnswer) as error:
            walk.discrepancies.append(Discrepancy(READ_BACK, number, f"{step}: {error}"))
        if walk.discrepancies:
            break
    else:
        last = len(journey.steps) - 1
        walk.discrepancies += [Discrepancy(UNSEEN, last, told) for told in _seen_by_others(walk)]
    return tuple(walk.discrepancies)


def _taken(walk: Walk, step: Step) -> Iterator[tuple[str, str]]:
    """Take one step, and tell what is not as the model says, with the requirement that it breaks."""
    before = _shown(walk)
    answer = _sent(walk, step)
    expected = walk.model.accepts(step)
    accepted = 200 <= answer.status < 300
    if accepted != expected:
        about = LIFECYCLE if walk.model.promised(step) else AS_DEPLOYED
        yield about, f"{step} was to be {'accepted' if expected else 'refused'}; came {answer!r}"
        return
    walk.model = walk.model.after(step)
    after_it = _shown(walk)
    if not accepted and before != after_it:
        yield REFUSALS, f"{step} was refused, and still the record is not as it was before"
        return
    yield from ((READ_BACK, told) for told in _not_read_back(walk, step, answer, before, after_it))
    if accepted and step.action is not Action.DECLARE_COPY:
        yield from ((LISTED, told) for told in _not_listed(walk, step, answer))


def _shown(walk: Walk) -> tuple[Participant, tuple[Declaration, ...]]:
    """The participant and the declarations about them as the server shows them now, in an order of our own."""
    about = walk.api.declarations_about(walk.participant)
    own = (each for each in about if each.course == walk.participant.course)
    return walk.api.participant(walk.participant), tuple(sorted(own, key=lambda each: each.id))


def _sent(walk: Walk, step: Step) -> Answer:
    api, participant = walk.api, walk.participant
    match step.action:
        case Action.DECLARE:
            attributes = _declaration(walk, step)
            wrong = None if step.evidence or "evidence_held" not in _whole(walk, step) else "there is no evidence"
            answer = api.declare(attributes, deliberate=wrong)
            if 200 <= answer.status < 300:
                walk.declared[step.of] = str(answer.resource["id"])
                walk.sent[step.of] = attributes
            return answer
        case Action.DECLARE_COPY:
            return api.declare(walk.sent[step.of])
        case Action.DECLARE_AGAIN:
            later = utc(at(participant, step.of, walk.calendar, days_after_start=2))
            return api.declare(walk.sent[step.of] | {"declaration_date": later})
        case Action.VOID | Action.VOID_AGAIN:
            return api.void(walk.declared[step.of])
        case Action.DEFER:
            return api.defer(participant)
        case Action.RESUME:
            return api.resume(participant)
        case Action.WITHDRAW:
            return api.withdraw(participant)


def _whole(walk: Walk, step: Step) -> dict[str, Any]:
    return declaration_of(walk.participant, step.of, walk.calendar)


def _declaration(walk: Walk, step: Step) -> dict[str, Any]:
    attributes = _whole(walk, step)
    if not step.evidence:
        attributes.pop("evidence_held", None)
    match step.when:
        case When.BEFORE:
            date = before(walk.participant, step.of, walk.calendar)
        case When.AFTER:
            date = after(walk.participant, step.of, walk.calendar)
        case When.FUTURE:
            date = datetime.now(UTC) + timedelta(days=2)
        case When.INSIDE:
            return attributes
    return attributes | {"declaration_date": utc(date)}


def _not_read_back(
    walk: Walk,
    step: Step,
    answer: Answer,
    before: tuple[Participant, tuple[Declaration, ...]],
    now: tuple[Participant, tuple[Declaration, ...]],
) -> Iterator[str]:
    # Versions 1 and 2 do not show every participant's training status; where it is due, schemas ask for it.
    participant, declarations = now
    if participant.training_status not in (None, walk.model.training):
        yield f"after {step} the participant is {participant.training_status} and not {walk.model.training}"
    live = sorted(str(each.type) for each in declarations if each.state in BILLABLE)
    if live != sorted(walk.model.live):
        yield f"after {step} the live declarations are {live} and not {sorted(walk.model.live)}"
    added = len(declarations) - len(before[1])
    if added != (step.action is Action.DECLARE and 200 <= answer.status < 300):
        yield f"{step} changed the number of declarations by {added}"
    if not 200 <= answer.status < 300:
        return
    if step.action in TRAINING:
        if walk.participant.found_in(answer).training_status not in (None, walk.model.training):
            yield f"the answer to {step} does not show the participant {walk.model.training}"
        return
    single, listed = walk.api.declaration(walk.declared[step.of]), {each.id: each for each in declarations}
    answered = Declaration.of(answer.resource)
    if answered.id != single.id:
        yield f"the answer to {step} has the id {answered.id} and not {single.id}"
    if not single.attributes == answered.attributes == (listed[single.id].attributes if single.id in listed else None):
        yield f"after {step} the answer, the declaration alone and the one in the list are not the same"
    wrong = [name for name, value in walk.sent[step.of].items() if _reads_otherwise(single, name, value)]
    if wrong:
        yield f"after {step} {' and '.join(wrong)} read back not as sent"


def _reads_otherwise(declaration: Declaration, name: str, sent: Any) -> bool:
    """Whether a member reads back not as it was sent; a moment may be written in another way, and versions differ."""
    shown = declaration.attributes.get(name, sent)
    return bool(moment(shown) != moment(sent) if name == "declaration_date" else shown != sent)


def _not_listed(walk: Walk, step: Step, answer: Answer) -> Iterator[str]:
    """A list of what changed since before the call has the record; one of what changes later has not."""
    since = answer.server_time - CLOCK_SKEW
    later = answer.server_time + timedelta(days=1)
    if step.action in TRAINING:
        listed = walk.api.list_participants(("filter[updated_since]", utc(since)), ("page[per_page]", "1000")).ids
        not_yet = walk.api.list_participants(("filter[updated_since]", utc(later))).ids
        subject = walk.participant.id
    else:
        of_one = ("filter[participant_id]", walk.participant.id)
        listed = walk.api.list_declarations(of_one, ("filter[updated_since]", utc(since))).ids
        not_yet = walk.api.list_declarations(of_one, ("filter[updated_since]", utc(later))).ids
        subject = walk.declared[step.of]
    if subject not in listed:
        yield f"after {step} a list of what changed since just before it lacks the record"
    if subject in not_yet:
        yield f"after {step} a list of what changes from tomorrow on has the record"


def _seen_by_others(walk: Walk) -> Iterator[str]:
    if walk.other is None:
        return
    if walk.other.show_participant(walk.participant.id).status != 404:
        yield "another provider is shown the participant"
    if walk.other.declarations_about(walk.participant):
        yield "another provider is shown the declarations"
