"""Operations that defer, resume, withdraw and reschedule participants of both programmes."""

from __future__ import annotations

from collections.abc import Callable

from lead_provider_sandbox.domain import schedule_changes
from lead_provider_sandbox.domain.training_actions import TrainingAction, perform_action, read_action
from lead_provider_sandbox.http.body import attributes
from lead_provider_sandbox.http.request import ApiRequest, Handler
from lead_provider_sandbox.http.responses import Response
from lead_provider_sandbox.parts import part

_SUMMARIES = {
    "defer": "Record that the participant takes a break from training.",
    "resume": "Record that the participant resumes training.",
    "withdraw": "Record that the participant leaves training with the provider.",
}

Respond = Callable[[ApiRequest, TrainingAction], Response]


def training_operation(programme: str, event: str, respond: Respond) -> Handler:
    """Return the operation for an event as a part, such as `ecf-participants.defer`."""

    def perform(request: ApiRequest) -> Response:
        action = read_action(request, event, programme, request.ids["id"], attributes(request))
        perform_action(request, action)
        return respond(request, action)

    perform.__doc__ = _SUMMARIES[event]
    return part(f"{programme}-participants.{event}")(perform)


def schedule_operation(programme: str, respond: Respond) -> Handler:
    """Return the operation that changes schedules in a programme, such as `ecf-participants.change-schedule`."""

    @part(f"{programme}-participants.change-schedule")
    def change_schedule(request: ApiRequest) -> Response:
        """Move the participant to another schedule, optionally in another cohort."""
        change = schedule_changes.read_schedule_change(request, programme, request.ids["id"], attributes(request))
        schedule_changes.change_schedule(request, change)
        return respond(request, change.action)

    return change_schedule
