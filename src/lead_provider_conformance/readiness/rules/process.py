"""Rules about processes, as far as traffic shows them."""

from __future__ import annotations

from collections.abc import Iterator

from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.resources import PARTICIPANTS, place
from lead_provider_conformance.readiness.rule import Result, failed, not_met, passed, rule
from lead_provider_conformance.readiness.script import CueLine, Task, TaskKind
from lead_provider_conformance.readiness.trace import Trace

_DAY = 86_400
_ACTIONS = {
    TaskKind.DECLARE: ("participant-declarations",),
    TaskKind.CORRECT_DECLARATION: ("void",),
    TaskKind.DEFER: ("defer",),
    TaskKind.WITHDRAW: ("withdraw",),
    TaskKind.RESUME: ("resume",),
    TaskKind.CHANGE_SCHEDULE: ("change-schedule",),
    TaskKind.ACCEPT: ("accept",),
    TaskKind.REJECT: ("reject",),
    TaskKind.CHANGE_FUNDED_PLACE: ("change-funded-place",),
    TaskKind.REPORT_OUTCOME: ("outcomes",),
    TaskKind.PARTNER: ("partnerships",),
    TaskKind.CHANGE_DELIVERY_PARTNER: ("change-delivery-partner", "partnerships"),
}
"""The segments of a path, one of which a write for a task has."""


@rule("process/change-passed-on")
def change_passed_on(trace: Trace) -> Iterator[Result]:
    """A withdrawal that the provider knows of reaches the API within a day of the session."""
    for cue, task in trace.tasks:
        if task.do is not TaskKind.WITHDRAW or task.trap:
            continue
        sent = next((each for each in trace.after(cue.start) if _withdraws(each, task)), None)
        if sent is None:
            yield not_met(
                f"the withdrawal of {task.participant_id}, given in the act {cue.act}, was not sent.",
                "Let the system send the withdrawal in the cue that gives it.",
                blocked_by="train/withdraw",
            )
        elif _session_seconds(cue, sent) > _DAY:
            yield failed(
                f"The withdrawal of {task.participant_id} was sent {_session_seconds(cue, sent) / _DAY:.1f} days after "
                "the provider knew of it; expected within a day.",
                sent,
            )
        else:
            yield passed(sent)


def _withdraws(exchange: Exchange, task: Task) -> bool:
    participant = (task.participant_id or "").lower()
    return exchange.is_write and place(exchange) == (PARTICIPANTS, participant, "withdraw")


def _session_seconds(cue: CueLine, exchange: Exchange) -> float:
    """Return the seconds from the start of a cue, by the session's clock."""
    return exchange.server_start - (cue.start + cue.offset)


@rule("process/functionality-kept")
def functionality_kept(trace: Trace) -> Iterator[Result]:
    """Each operation that the client uses, or each kind of task of the session, had a 2xx response.

    What was not tried was not shown: this rule never fails.
    """
    succeeded = [each for each in trace.exchanges if each.succeeded]
    if trace.uses is not None:
        missing = sorted(trace.uses - {each.operation for each in succeeded})
    else:
        kinds = {task.do for _, task in trace.tasks if not task.trap}
        segments = {segment for each in succeeded if each.is_write for segment in each.segments}
        missing = sorted(str(each) for each in kinds if not segments.intersection(_ACTIONS[each]))
        if not kinds:
            missing = ["every kind of task"]
    if missing:
        yield not_met(
            f"no successful request for {', '.join(missing)}.",
            "Let the system do all acts, or name the operations that it uses in the profile.",
        )
    elif succeeded:
        yield passed(succeeded[-1])
