"""Observe a record during a journey, and compare it with the model. Differences are sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lead_provider_conformance.api.operations import Api, format_time
from lead_provider_conformance.api.records import (
    BILLABLE,
    Application,
    Declaration,
    NpqOutcome,
    Participant,
    parse_time,
    shows_former_participant,
    time_of,
)
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.fuzzing.links import Link, links_of
from lead_provider_conformance.fuzzing.stateful.model import Model
from lead_provider_conformance.fuzzing.stateful.steps import (
    COMPLETED,
    DECISIONS,
    OF_PARTICIPANT,
    SHOWN_REASONS,
    Action,
    Step,
)
from lead_provider_conformance.fuzzing.stateful.unchanged import (
    changes_of_application,
    changes_of_declarations,
    changes_of_participant,
)
from lead_provider_conformance.http import Response
from lead_provider_conformance.testdata.inventory import Inventory

# The clocks of servers behind one address may differ by this much.
CLOCK_SKEW = timedelta(seconds=5)
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Apis:
    """The API as the provider under test calls it, as a second provider does, and in the run's other versions.

    `second_provider_lists` are the lists of the second provider before the journey.
    """

    provider: Api
    second_provider: Api | None = None
    other_versions: Sequence[Api] = ()
    second_provider_lists: Inventory | None = None


@dataclass
class Progress:
    """A journey in progress.

    `declared`, `sent` and `links` hold the id, the sent attributes and the links of each declaration, by type.
    `declared_at` is the latest `updated_at` of a declaration after a step: the server's clock, which its Date header
    need not show. That of a participant may be ahead of it after several changes within a second. `can_declare` is
    false if the schedule of an accepted application has not opened. `refused` are the records after the last step if it
    was refused: the next step begins with them.
    """

    apis: Apis
    calendar: Calendar
    participant: Participant
    application: Application | None
    model: Model
    declared: dict[str, str] = field(default_factory=dict)
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    links: dict[str, Mapping[str, Link]] = field(default_factory=dict)
    declared_at: datetime = LONG_AGO
    can_declare: bool = True
    refused: Observation | None = None

    @property
    def api(self) -> Api:
        """The API as the provider under test calls it."""
        return self.apis.provider


@dataclass(frozen=True, slots=True)
class Observation:
    """The records of a journey as the server shows them."""

    participant: Participant | None
    declarations: tuple[Declaration, ...]
    outcomes: tuple[NpqOutcome, ...]
    application: Application | None


def observe(progress: Progress) -> Observation:
    """Read the records of a journey. Applicants have no participant yet, and ECF has no outcomes."""
    api, participant = progress.api, progress.participant
    application = progress.application and api.application(progress.application.id)
    if not progress.model.is_participant:
        return Observation(None, (), (), application)
    declarations = [each for each in api.declarations_about(participant) if each.course == participant.course]
    outcomes = api.outcomes_of(participant) if progress.model.programme == "npq" else ()
    by_id = tuple(sorted(declarations, key=lambda each: each.id))
    return Observation(api.participant(participant), by_id, outcomes, application)


def differences_from_model(
    progress: Progress, step: Step, response: Response, before: Observation, now: Observation
) -> Iterator[str]:
    """Yield how the lists and the single records differ from the model."""
    yield from _differences_of_records(progress, step, now)
    yield from _changes_elsewhere(step, before, now)
    # A person whose application is rejected again is no participant: the declarations are not read any more.
    added = len(now.declarations) - len(before.declarations) if now.participant else 0
    is_accepted = 200 <= response.status < 300
    if added != (step.action is Action.DECLARE and is_accepted):
        yield f"{step} changed the number of declarations by {added}"


def _changes_elsewhere(step: Step, before: Observation, now: Observation) -> Iterator[str]:
    if before.participant and now.participant:
        yield from changes_of_participant(step, before.participant, now.participant)
        yield from changes_of_declarations(step, before.declarations, now.declarations)
    if before.application and now.application:
        yield from changes_of_application(step, before.application.attributes, now.application.attributes)


def differences_of_response(progress: Progress, step: Step, response: Response, now: Observation) -> Iterator[str]:
    """Yield how the response to an accepted step differs from the model, the record and the request."""
    link = links_of(response, progress.api.client.contract).get("Show")
    if link and progress.api.send(link.operation.method, link.path).resource != response.resource:
        yield f"after {step} the response differs from the record at {link.path}"
    model = progress.model
    if step.action in DECISIONS:
        if Application.of(response.resource).status != model.application:
            yield f"the response to {step} does not show the application as {model.application}"
    elif step.action is Action.REPORT_OUTCOME:
        if NpqOutcome.of(response.resource) not in now.outcomes:
            yield f"the response to {step} is not among the listed outcomes"
    elif step.action in OF_PARTICIPANT:
        if progress.participant.in_response(response).training_status not in (None, model.training):
            yield f"the response to {step} does not show the participant as {model.training}"
    else:
        yield from _differences_of_declaration(progress, step, response, now)


def _differences_of_records(progress: Progress, step: Step, now: Observation) -> Iterator[str]:
    model, participant = progress.model, now.participant
    if now.application and now.application.status != model.application:
        yield f"after {step} the application is {now.application.status}, not {model.application}"
    if participant is None:
        return
    # Versions 1 and 2 omit some fields of participants. The schemas report fields that are missing.
    if participant.training_status not in (None, model.training):
        yield f"after {step} the participant is {participant.training_status}, not {model.training}"
    yield from _differences_of_reasons(progress, step, participant)
    if model.schedule and participant.schedule not in (None, model.schedule):
        yield f"after {step} the participant is on the schedule {participant.schedule}, not {model.schedule}"
    live = sorted(str(each.type) for each in now.declarations if each.state in BILLABLE)
    if live != sorted(model.live):
        yield f"after {step} the live declarations are {live}, not {sorted(model.live)}"
    if model.outcome and model.outcome not in {each.state for each in now.outcomes}:
        yield f"after {step} no outcome is {model.outcome}"


def _differences_of_reasons(progress: Progress, step: Step, participant: Participant) -> Iterator[str]:
    """Compare the shown reason of a deferral or a withdrawal with the reason in the request; none after a resume."""
    for training, (name, reason) in SHOWN_REASONS[progress.model.programme].items():
        if name not in participant.enrolment:
            continue
        value = participant.enrolment.get(name) or {}
        if progress.model.training == training and value.get("reason") != reason:
            yield f"after {step} the {name} does not show the reason {reason}"
        elif progress.model.training == "active" and value:
            yield f"after {step} the participant still shows a {name}"


def _differences_of_declaration(progress: Progress, step: Step, response: Response, now: Observation) -> Iterator[str]:
    declaration, expected_id = Declaration.of(response.resource), progress.declared[step.of]
    if declaration.id != expected_id:
        yield f"the response to {step} has the id {declaration.id}, not {expected_id}"
    listed = next((each.attributes for each in now.declarations if each.id == expected_id), None)
    if declaration.attributes != listed:
        yield f"after {step} the response differs from the declaration in the list"
    sent = progress.sent[step.of]
    if declaration.state == "voided":
        sent = {name: value for name, value in sent.items() if name != "has_passed"}  # voided declarations show null
    wrong = [name for name, value in sent.items() if _differs(declaration, name, value)]
    if wrong:
        yield f"after {step} {' and '.join(wrong)} differ{'s' if len(wrong) == 1 else ''} from the request"


def _differs(declaration: Declaration, name: str, sent: Any) -> bool:
    """Return whether a field differs from the request. Versions may omit it, or write the same time differently."""
    shown = declaration.attributes
    if name not in shown:
        return False
    return bool(time_of(shown, name) != parse_time(sent) if name == "declaration_date" else shown[name] != sent)


def differences_in_changed_lists(progress: Progress, step: Step, response: Response) -> Iterator[str]:
    """Compare `filter[updated_since]`: just before the step it lists the record; a day later it does not."""
    api = progress.api
    query: list[tuple[str, str]] = []
    if step.action in DECISIONS and progress.application:
        path, record_id = api.applications, progress.application.id
    elif step.action in OF_PARTICIPANT:
        path, record_id = api.participants, progress.participant.id
    elif step.action is Action.REPORT_OUTCOME:
        return  # outcomes have no filter[updated_since]
    else:
        path, record_id = api.declarations, progress.declared[step.of]
        query = [("filter[participant_id]", progress.participant.id)]
    changed_at = max(progress.declared_at, time_of(response.resource["attributes"], "updated_at"))
    if path == api.declarations:
        progress.declared_at = changed_at
    since, later = changed_at - CLOCK_SKEW, changed_at + timedelta(days=1)
    if record_id not in _ids(api, path, ("filter[updated_since]", format_time(since)), *query):
        yield f"after {step} filter[updated_since] with a time just before it lacks the record"
    if record_id in _ids(api, path, ("filter[updated_since]", format_time(later)), *query):
        yield f"after {step} filter[updated_since] a day later lists the record"


def _ids(api: Api, path: str, *query: tuple[str, str]) -> set[str]:
    return {each["id"] for each in api.paginate(path, *query)}


def differences_between_versions(progress: Progress) -> Iterator[str]:
    """Yield how other versions and CSV files differ at the end of a journey."""
    model = progress.model
    if not model.is_participant:
        return
    for api in progress.apis.other_versions:
        training_status = api.participant(progress.participant).training_status
        if training_status not in (None, model.training):
            yield f"{api.version} shows the participant as {training_status}, not {model.training}"
        for declaration_id in progress.declared.values():
            here, there = progress.api.declaration(declaration_id), api.declaration(declaration_id)
            if (here.state, here.type, here.course, here.date) != (there.state, there.type, there.course, there.date):
                yield f"{api.version} and {progress.api.version} show the declaration {declaration_id} differently"
    for api in (progress.api, *progress.apis.other_versions):
        yield from _differences_in_csv(progress, api)


def _differences_in_csv(progress: Progress, api: Api) -> Iterator[str]:
    path = f"{api.declarations}.csv"
    if not progress.declared or api.client.contract.find("GET", path) is None:
        return
    states = {row.get("id"): row.get("state") for row in api.send("GET", path).rows}
    for declaration_id in progress.declared.values():
        state = progress.api.declaration(declaration_id).state
        if states.get(declaration_id) != state:
            yield f"{path} shows the declaration {declaration_id} as {states.get(declaration_id)}, not {state}"


def visible_to_second_provider(progress: Progress) -> Iterator[str]:
    """Yield which records of a journey a second provider can see.

    A provider that has trained the participant before still sees them, with its own declarations.
    """
    api = progress.apis.second_provider
    if api is None:
        return
    application = progress.application
    if application and api.send("GET", f"{api.applications}/{application.id}").status != 404:
        yield "another provider sees the application"
    response = api.show_participant(progress.participant.id)
    is_former = shows_former_participant(response) or (response.status == 200 and _was_listed(progress))
    if response.status != 404 and not is_former:
        yield "another provider sees the participant"
    declared = {each.id for each in api.declarations_about(progress.participant)}
    if declared.intersection(progress.declared.values()) if is_former else declared:
        yield "another provider sees the declarations"
    if COMPLETED in progress.declared and _shows_outcomes(api, progress.participant):
        yield "another provider sees the outcomes"


def _shows_outcomes(api: Api, participant: Participant) -> bool:
    """Return whether a provider sees outcomes. Edition 2026-08 has none of an unknown participant (404)."""
    response = api.list_outcomes_of(participant.id)
    return response.status != 404 and bool(response.resources)


def _was_listed(progress: Progress) -> bool:
    """Return whether the second provider listed the participant before. Versions 1 and 2 may show them as active."""
    lists = progress.apis.second_provider_lists
    return lists is not None and progress.participant.id in lists.participant_ids
