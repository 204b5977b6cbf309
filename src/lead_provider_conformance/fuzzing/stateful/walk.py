"""Walk a journey against a target, and compare the server with the model after each step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import Application, Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.fuzzing.links import links_of
from lead_provider_conformance.fuzzing.stateful.beginning import beginning_of, server_time, travel_to_next_day
from lead_provider_conformance.fuzzing.stateful.journey import Journey
from lead_provider_conformance.fuzzing.stateful.observe import (
    Apis,
    Progress,
    differences_between_versions,
    differences_from_model,
    differences_in_changed_lists,
    differences_of_response,
    observe,
    visible_to_second_provider,
)
from lead_provider_conformance.fuzzing.stateful.steps import COMPLETED, REASONS, STARTED, Action, Step, When
from lead_provider_conformance.http import IncompleteResponse, NoResponse, Response
from lead_provider_conformance.testdata.dates import (
    date_after_window,
    date_before_window,
    declaration_of,
    window_date,
    window_of,
)
from lead_provider_conformance.testdata.derivations import acceptance_of

LIFECYCLE = "generated/lifecycle"
AS_DEPLOYED = "generated/lifecycle-as-deployed"
READ_BACK = "generated/written-is-read-back"
REFUSALS = "generated/refusal-changes-nothing"
LISTED = "generated/changes-are-listed"
UNSEEN = "generated/unseen-by-others"
# A single request breaks these.
DECIDED_BY_STEP = frozenset({LIFECYCLE, AS_DEPLOYED})
REQUIREMENTS = (LIFECYCLE, AS_DEPLOYED, READ_BACK, REFUSALS, LISTED, UNSEEN)


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A difference between the server and the model: the requirement, the number of the step, and the reason.

    `exchange` is the id of the exchange that shows it, if that is not the last one of the step. `cause` is the
    requirement about the same request outside a journey, if there is one.
    """

    requirement: str
    step: int
    reason: str
    exchange: str | None = None
    cause: str = ""


def walk(
    journey: Journey, apis: Apis, calendar: Calendar, participant: Participant, application: Application | None = None
) -> tuple[Discrepancy, ...]:
    """Walk a journey with a participant, or with an `application` and the participant that accepting it creates.

    Return the discrepancies of the first step that has some.
    """
    model = beginning_of(journey, apis.provider, calendar, participant)
    progress = Progress(apis, calendar, participant, application, model)
    for number, step in enumerate(journey.steps):
        cause = progress.model.requirement(step)
        if discrepancies := tuple(_discrepancies(number, str(step), _take(progress, step))):
            return tuple(
                replace(each, cause=cause) if each.requirement in DECIDED_BY_STEP else each for each in discrepancies
            )
    last = len(journey.steps) - 1
    between_versions = ((READ_BACK, reason, None) for reason in differences_between_versions(progress))
    visible = ((UNSEEN, reason, None) for reason in visible_to_second_provider(progress))
    return (
        *_discrepancies(last, "at the end", between_versions),
        *_discrepancies(last, "at the end", visible),
    )


def _discrepancies(number: int, when: str, reasons: Iterable[tuple[str, str, str | None]]) -> Iterator[Discrepancy]:
    try:
        for requirement, reason, exchange in reasons:
            yield Discrepancy(requirement, number, reason, exchange)
    except (IncompleteResponse, NoResponse) as error:
        yield Discrepancy(READ_BACK, number, f"{when}: {error}")


def _take(progress: Progress, step: Step) -> Iterator[tuple[str, str, str | None]]:
    """Take a step, and yield each difference from the model: the broken requirement, the reason and the exchange."""
    before, progress.refused = progress.refused, None
    if step.action is Action.NEXT_DAY:
        if travel_to_next_day(progress.api.client):
            progress.model = progress.model.after(step)
        return
    before = before or observe(progress)
    # An earlier test may have left voided declarations, with which the sources do not give the result of every step.
    earlier = {str(each.type) for each in before.declarations if each.state == "voided"}
    model = progress.model = replace(progress.model, voided=progress.model.voided | earlier)
    if not model.knows(step) or (step.action is Action.DECLARE and not progress.can_declare):
        return
    response = send_step(progress, step)
    is_accepted = 200 <= response.status < 300
    if is_accepted != model.accepts(step):
        requirement = LIFECYCLE if model.promises(step) else AS_DEPLOYED
        expected = "accepted" if model.accepts(step) else "refused"
        yield requirement, f"{step} should have been {expected}; the server returned {response!r}", None
        return
    progress.model = model.after(step)
    now = observe(progress)
    observed = progress.api.client.latest_exchange
    if not is_accepted and before != now:
        yield REFUSALS, f"{step} was refused, but the record changed", observed
        return
    of_records = differences_from_model(progress, step, response, before, now)
    yield from ((READ_BACK, reason, observed) for reason in of_records)
    if not is_accepted:
        progress.refused = now
        return
    of_response = differences_of_response(progress, step, response, now)
    yield from ((READ_BACK, reason, response.exchange) for reason in of_response)
    if step.action is not Action.DECLARE_COPY:
        yield from ((LISTED, reason, None) for reason in differences_in_changed_lists(progress, step, response))


def send_step(progress: Progress, step: Step) -> Response:
    """Send the request of a step, and return the response."""
    api, participant = progress.api, progress.participant
    match step.action:
        case Action.DECLARE:
            return _declare(progress, step)
        case Action.DECLARE_COPY:
            return api.declare(progress.sent[step.of])
        case Action.DECLARE_AGAIN:
            later = format_time(window_date(participant, step.of, progress.calendar, days_after_start=2))
            return api.declare(progress.sent[step.of] | {"declaration_date": later})
        case Action.VOID | Action.VOID_AGAIN:
            link = progress.links[step.of].get("Void")
            if link is None:
                raise IncompleteResponse(f"the response to the declaration of {step.of} has no link to void it")
            return api.send(link.operation.method, link.path)
        case Action.DEFER:
            return api.defer(participant, reason=REASONS[step.action])
        case Action.RESUME:
            return api.resume(participant)
        case Action.WITHDRAW:
            return api.withdraw(participant, reason=REASONS[step.action])
        case Action.CHANGE_SCHEDULE:
            response = api.change_schedule(participant, step.of)
            if 200 <= response.status < 300:
                progress.participant = api.participant(participant)  # the new schedule has other windows
            return response
        case Action.REPORT_OUTCOME:
            completed_on = declaration_of(participant, COMPLETED, progress.calendar)["declaration_date"][:10]
            outcome = {"state": step.of, "completion_date": completed_on, "course_identifier": participant.course}
            return api.report_outcome(participant, outcome)
        case _:
            return _decide(progress, step)


def _declare(progress: Progress, step: Step) -> Response:
    valid = declaration_of(progress.participant, step.of, progress.calendar)
    attributes = {name: value for name, value in valid.items() if step.evidence or name != "evidence_held"}
    deliberate = None if attributes == valid else "there is no evidence"
    if step.when is not When.INSIDE:
        attributes["declaration_date"] = format_time(_wrong_date(progress, step))
    response = progress.api.declare(attributes, deliberate=deliberate)
    if 200 <= response.status < 300:
        progress.declared[step.of] = str(response.resource["id"])
        progress.links[step.of] = links_of(response, progress.api.client.contract)
        progress.sent[step.of] = attributes
    return response


def _wrong_date(progress: Progress, step: Step) -> datetime:
    match step.when:
        case When.BEFORE:
            return date_before_window(progress.participant, step.of, progress.calendar)
        case When.AFTER:
            return date_after_window(progress.participant, step.of, progress.calendar)
        case _:
            return server_time(progress.api.client) + timedelta(days=2)


def _decide(progress: Progress, step: Step) -> Response:
    if progress.application is None:
        raise LookupError(f"a journey that begins with a participant cannot {step}")
    if step.action is Action.REJECT:
        return progress.api.reject(progress.application)
    response = progress.api.accept(progress.application, acceptance_of(progress.application, progress.calendar))
    if progress.application.cohort_suffix and 200 <= response.status < 300:
        # Only the server knows which schedule of the cohort is the usual one.
        progress.participant = progress.api.participant(progress.participant)
        window = window_of(progress.participant, STARTED, progress.calendar)
        progress.can_declare = window is not None and window.start < server_time(progress.api.client).date()
    return response
