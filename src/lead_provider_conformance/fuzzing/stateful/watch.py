"""Holds what a server shows after each step of a journey against the model of what must be true then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from lead_provider_conformance.api.operations import Api, format_time
from lead_provider_conformance.api.records import (
    BILLABLE,
    Application,
    Declaration,
    NpqOutcome,
    Participant,
    parse_time,
    shows_former_participant,
)
from lead_provider_conformance.fuzzing.links import links_of
from lead_provider_conformance.fuzzing.stateful.model import COMPLETED, DECISIONS, GIVEN, OF_PARTICIPANT, Action, Step
from lead_provider_conformance.http import Response

if TYPE_CHECKING:
    from lead_provider_conformance.fuzzing.stateful.walk import Walk

# Clocks of servers behind one address may differ by so much.
CLOCK_SKEW = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a server shows of all that a journey is about, in an order of our own."""

    participant: Participant | None
    declarations: tuple[Declaration, ...]
    outcomes: tuple[NpqOutcome, ...]
    application: Application | None


def shown(walk: Walk) -> Shown:
    """What the server shows now. An applicant is no participant yet, and outcomes are NPQ's alone."""
    api, participant = walk.api, walk.participant
    application = walk.application and api.application(walk.application.id)
    if not walk.model.trains:
        return Shown(None, (), (), application)
    own = (each for each in api.declarations_about(participant) if each.course == participant.course)
    declarations = tuple(sorted(own, key=lambda each: each.id))
    outcomes = api.outcomes_of(participant) if walk.model.programme == "npq" else ()
    return Shown(api.participant(participant), declarations, outcomes, application)


def not_read_back(walk: Walk, step: Step, response: Response, before: Shown, now: Shown) -> Iterator[str]:
    """What does not read as the model says: in the answer, in lists, or alone."""
    yield from _participant_not_as_it_must_be(walk, step, now)
    added = len(now.declarations) - len(before.declarations)
    accepted = 200 <= response.status < 300
    if added != (step.action is Action.DECLARE and accepted):
        yield f"{step} changed the number of declarations by {added}"
    if not accepted:
        return
    yield from _not_alone_as_answered(walk, step, response)
    if step.action in DECISIONS:
        if Application.of(response.resource).status != walk.model.application:
            yield f"the answer to {step} does not show the application {walk.model.application}"
    elif step.action is Action.REPORT_OUTCOME:
        if NpqOutcome.of(response.resource) not in now.outcomes:
            yield f"the answer to {step} is not an outcome that is listed"
    elif step.action in OF_PARTICIPANT:
        if walk.participant.in_response(response).training_status not in (None, walk.model.training):
            yield f"the answer to {step} does not show the participant {walk.model.training}"
    else:
        yield from _declaration_not_as_sent(walk, step, response, now)


def _participant_not_as_it_must_be(walk: Walk, step: Step, now: Shown) -> Iterator[str]:
    model, participant = walk.model, now.participant
    if now.application and now.application.status != model.application:
        yield f"after {step} the application is {now.application.status} and not {model.application}"
    if participant is None:
        return
    # Versions 1 and 2 do not show all of every participant; where it is due, schemas ask for it.
    if participant.training_status not in (None, model.training):
        yield f"after {step} the participant is {participant.training_status} and not {model.training}"
    yield from _reasons_not_as_given(walk, step, participant)
    if model.schedule and participant.schedule not in (None, model.schedule):
        yield f"after {step} the participant is on the schedule {participant.schedule} and not {model.schedule}"
    live = sorted(str(each.type) for each in now.declarations if each.state in BILLABLE)
    if live != sorted(model.live):
        yield f"after {step} the live declarations are {live} and not {sorted(model.live)}"
    if model.outcome and model.outcome not in {each.state for each in now.outcomes}:
        yield f"after {step} no outcome is {model.outcome}"


def _reasons_not_as_given(walk: Walk, step: Step, participant: Participant) -> Iterator[str]:
    """Why somebody was deferred or withdrawn is shown as it was said, and no more once they have resumed."""
    for training, (member, reason) in GIVEN[walk.model.programme].items():
        if member not in participant.enrolment:
            continue
        told = participant.enrolment.get(member) or {}
        if walk.model.training == training and told.get("reason") != reason:
            yield f"after {step} the participant shows the {member} with another reason than {reason}"
        elif walk.model.training == "active" and told:
            yield f"after {step} the participant still shows a {member}"


def _not_alone_as_answered(walk: Walk, step: Step, response: Response) -> Iterator[str]:
    """The record alone, which the answer links to, is the same as the answer."""
    link = links_of(response, walk.api.client.contract).get("Show")
    if link and walk.api.send(link.operation.method, link.path).resource != response.resource:
        yield f"after {step} the answer and the record alone are not the same"


def _declaration_not_as_sent(walk: Walk, step: Step, response: Response, now: Shown) -> Iterator[str]:
    answered, declared = Declaration.of(response.resource), walk.declared[step.of]
    if answered.id != declared:
        yield f"the answer to {step} has the id {answered.id} and not {declared}"
    if answered.attributes != next((each.attributes for each in now.declarations if each.id == declared), None):
        yield f"after {step} the answer and the declaration in the list are not the same"
    sent = walk.sent[step.of]
    if answered.state == "voided":
        sent = {name: value for name, value in sent.items() if name != "has_passed"}  # which is nothing by now
    wrong = [name for name, value in sent.items() if _reads_otherwise(answered, name, value)]
    if wrong:
        yield f"after {step} {' and '.join(wrong)} read back not as sent"


def _reads_otherwise(declaration: Declaration, name: str, sent: Any) -> bool:
    """Whether a member reads back not as it was sent; a moment may be written in another way, and versions differ."""
    value = declaration.attributes.get(name, sent)
    return bool(parse_time(value) != parse_time(sent) if name == "declaration_date" else value != sent)


def not_listed(walk: Walk, step: Step, response: Response) -> Iterator[str]:
    """A list of what changed since before the call has the record; one of what changes later has not."""
    api, query = walk.api, (("page[per_page]", "1000"),)
    if step.action in DECISIONS and walk.application:
        path, subject = api.applications, walk.application.id
    elif step.action in OF_PARTICIPANT:
        path, subject = api.participants, walk.participant.id
    elif step.action is Action.REPORT_OUTCOME:
        return  # the list of outcomes has no filter of what changed
    else:
        path, subject = api.declarations, walk.declared[step.of]
        query = (("filter[participant_id]", walk.participant.id),)
    since, later = response.server_time - CLOCK_SKEW, response.server_time + timedelta(days=1)
    if subject not in api.send("GET", path, query=[("filter[updated_since]", format_time(since)), *query]).ids:
        yield f"after {step} a list of what changed since just before it lacks the record"
    if subject in api.send("GET", path, query=[("filter[updated_since]", format_time(later)), *query]).ids:
        yield f"after {step} a list of what changes from tomorrow on has the record"


def otherwise_elsewhere(walk: Walk) -> Iterator[str]:
    """What other versions and files of comma-separated values show otherwise, at the end of a journey."""
    if not walk.model.trains:
        return
    for api in walk.elsewhere:
        participant = api.participant(walk.participant)
        if participant.training_status not in (None, walk.model.training):
            yield f"{api.version} shows the participant {participant.training_status} and not {walk.model.training}"
        for declared in walk.declared.values():
            here, there = walk.api.declaration(declared), api.declaration(declared)
            if (here.state, here.type, here.course, here.date) != (there.state, there.type, there.course, there.date):
                yield f"{api.version} shows the declaration {declared} otherwise than {walk.api.version}"
    for api in (walk.api, *walk.elsewhere):
        yield from _otherwise_in_csv(walk, api)


def _otherwise_in_csv(walk: Walk, api: Api) -> Iterator[str]:
    path = f"{api.declarations}.csv"
    if not walk.declared or api.client.contract.find("GET", path) is None:
        return
    states = {row.get("id"): row.get("state") for row in api.send("GET", path).rows}
    for declared in walk.declared.values():
        if states.get(declared) != walk.api.declaration(declared).state:
            yield f"{path} has the declaration {declared} as {states.get(declared)}"


def seen_by_others(walk: Walk) -> Iterator[str]:
    """What another provider is shown of a journey. One that has trained the participant before may go on seeing them,
    with what it has declared itself.
    """
    other = walk.other
    if other is None:
        return
    if walk.application and other.send("GET", f"{other.applications}/{walk.application.id}").status != 404:
        yield "another provider is shown the application"
    seen = other.show_participant(walk.participant.id)
    is_former = shows_former_participant(seen)
    if seen.status != 404 and not is_former:
        yield "another provider is shown the participant"
    declared = {each.id for each in other.declarations_about(walk.participant)}
    if declared.intersection(walk.declared.values()) if is_former else declared:
        yield "another provider is shown the declarations"
    if COMPLETED in walk.declared and other.outcomes_of(walk.participant):
        yield "another provider is shown the outcomes"
