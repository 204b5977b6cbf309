"""The steps of a journey: the requests about one participant, and their required results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum

STARTED, COMPLETED = "started", "completed"
PENDING, PASSED, FAILED = "pending", "passed", "failed"
ECT_SERVICE, NPQ_SERVICE = "ect", "npq-service"
EARLIER, TODAY, UNKNOWN_DAY = "earlier", "today", "unknown"
"""When the present training of a participant began."""


class Action(StrEnum):
    """A request about an applicant or a participant."""

    ACCEPT = "accept"
    REJECT = "reject"
    DECLARE = "declare"
    DECLARE_COPY = "declare-copy"
    DECLARE_AGAIN = "declare-again"
    VOID = "void"
    VOID_AGAIN = "void-again"
    DEFER = "defer"
    RESUME = "resume"
    WITHDRAW = "withdraw"
    CHANGE_SCHEDULE = "change-schedule"
    REPORT_OUTCOME = "report-outcome"
    NEXT_DAY = "next-day"
    """No request: the server's clock goes on by a day, if the target has a request header for it."""


_CREATE, _VOID = "create_participant_declaration", "void_participant_declaration"
OPERATIONS: Mapping[Action, str] = {
    Action.ACCEPT: "accept_npq_application",
    Action.REJECT: "reject_npq_application",
    Action.DECLARE: _CREATE,
    Action.DECLARE_COPY: _CREATE,
    Action.DECLARE_AGAIN: _CREATE,
    Action.VOID: _VOID,
    Action.VOID_AGAIN: _VOID,
    Action.DEFER: "defer_{programme}_participant",
    Action.RESUME: "resume_{programme}_participant",
    Action.WITHDRAW: "withdraw_{programme}_participant",
    Action.CHANGE_SCHEDULE: "change_{programme}_participant_schedule",
    Action.REPORT_OUTCOME: "create_npq_participant_outcome",
}
"""The operationId of each request."""


class When(StrEnum):
    """The date of a declaration, relative to its milestone window and to today."""

    INSIDE = "inside"
    BEFORE = "before"
    AFTER = "after"
    FUTURE = "future"


OUTSIDE = (When.BEFORE, When.AFTER)
LATER_TYPES = ("retained-1", "retained-2", COMPLETED)
# The actions that change the application, and those that change the participant.
DECISIONS = frozenset({Action.ACCEPT, Action.REJECT})
OF_PARTICIPANT = frozenset({Action.DEFER, Action.RESUME, Action.WITHDRAW, Action.CHANGE_SCHEDULE})
# The reason that a request gives. The participant shows it while it holds, and no more after a resume. For the deferral
# of an NPQ participant the published texts do not say so. Behaviours PECF-V3-WITHDRAWAL-OBJECT,
# PECF-V3-DEFERRAL-OBJECT and RESUME-CLEARS-OBJECTS.
REASONS: Mapping[Action, str] = {Action.DEFER: "career-break", Action.WITHDRAW: "other"}
SHOWN_REASONS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "ecf": {
        "deferred": ("deferral", REASONS[Action.DEFER]),
        "withdrawn": ("withdrawal", REASONS[Action.WITHDRAW]),
    },
    "npq": {"withdrawn": ("withdrawal", REASONS[Action.WITHDRAW])},
}

Kind = tuple[Action, When, bool]


@dataclass(frozen=True, slots=True)
class Step:
    """One request.

    `of` is the type of the declaration that it creates or voids, the new schedule, or the reported outcome.
    """

    action: Action
    of: str = ""
    when: When = When.INSIDE
    evidence: bool = True

    @property
    def kind(self) -> Kind:
        """The step regardless of the type of its declaration."""
        return self.action, self.when, self.evidence

    def __str__(self) -> str:
        subject = f" {self.of}" if self.of else ""
        date = "" if self.when is When.INSIDE else f", dated {_DATES[self.when]}"
        return f"{self.action}{subject}{date}{'' if self.evidence else ', without evidence'}"


_DATES = {When.BEFORE: "before its window", When.AFTER: "after its window", When.FUTURE: "in the future"}


class Expected(Enum):
    """The required result of a request, and whether a published text promises it.

    `..._AS_DEPLOYED` is promised by the deployed service's own tests alone: the requirements about single requests have
    the same levels, such as SHOULD for `deferral/once`. `UNKNOWN` means that no source says; such steps are not taken.
    """

    ACCEPTED = "accepted"
    ACCEPTED_AS_DEPLOYED = "accepted as deployed"
    REFUSED = "refused"
    REFUSED_AS_DEPLOYED = "refused as deployed"
    UNKNOWN = "unknown"
