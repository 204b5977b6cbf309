"""The model: what an applicant, a participant and the declarations about them are like after any sequence of calls.

The facts are in the tables at the top; what follows only reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Action(StrEnum):
    """What a provider can do about a participant, or an applicant."""

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


class When(StrEnum):
    """What the date of a declaration is like."""

    INSIDE = "inside"
    BEFORE = "before"
    AFTER = "after"
    FUTURE = "future"


# Training status by action: from which one an action is accepted, and where it leads. Behaviours DEFER-OK-ECF,
# DEFER-ALREADY-DEFERRED, DEFER-WITHDRAWN, RESUME-OK, RESUME-WITHDRAWN, RESUME-ALREADY-ACTIVE, WITHDRAW-OK-ECF,
# WITHDRAW-DEFERRED and WITHDRAW-ALREADY.
TRAINING: Mapping[Action, tuple[frozenset[str], str]] = {
    Action.DEFER: (frozenset({"active"}), "deferred"),
    Action.RESUME: (frozenset({"deferred", "withdrawn"}), "active"),
    Action.WITHDRAW: (frozenset({"active", "deferred"}), "withdrawn"),
}
# After these the participant themselves has changed.
OF_PARTICIPANT = frozenset({*TRAINING, Action.CHANGE_SCHEDULE})
# The reason that is given, and where it is shown while it holds; once somebody has resumed it is gone. Of an NPQ's
# deferral the published texts do not say so. Behaviours PECF-V3-WITHDRAWAL-OBJECT, PECF-V3-DEFERRAL-OBJECT and
# RESUME-CLEARS-OBJECTS.
REASONS: Mapping[Action, str] = {Action.DEFER: "career-break", Action.WITHDRAW: "other"}
GIVEN: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "ecf": {
        "deferred": ("deferral", REASONS[Action.DEFER]),
        "withdrawn": ("withdrawal", REASONS[Action.WITHDRAW]),
    },
    "npq": {"withdrawn": ("withdrawal", REASONS[Action.WITHDRAW])},
}
# Without a declaration about them a participant cannot be deferred (NPQ only: DEFER-NPQ-NO-DECLARATIONS), and without a
# started one not be withdrawn (published guidance, and WITHDRAW-NPQ-NO-STARTED).
NEEDS_ANY_DECLARATION = {"ecf": frozenset[Action](), "npq": frozenset({Action.DEFER})}
NEEDS_STARTED = frozenset({Action.WITHDRAW})
# What of this the published texts promise, to people in training and to those who come back to it: the guidance on
# deferring, resuming and withdrawing; and that who has withdrawn is paid for up to then (guidance on withdrawing, ECF).
PUBLISHED_FROM = {Action.DEFER: "active", Action.RESUME: "deferred", Action.WITHDRAW: "active"}
DECLARED_WHILE = {"ecf": frozenset({"active", "withdrawn"}), "npq": frozenset({"active"})}
# What becomes of an application: behaviours NAPP-ACCEPT-OK and NAPP-REJECT-OK. It is decided once.
PENDING = "pending"
DECISIONS: Mapping[Action, str] = {Action.ACCEPT: "accepted", Action.REJECT: "rejected"}
# With this one live the course is over: it adds an outcome, and only then can one be reported (OUTC-POST-OK and
# OUTC-POST-NO-COMPLETED). What else can still be done, the sources do not say.
COMPLETED, PASSED, FAILED = "completed", "passed", "failed"
OVER = frozenset({Action.DECLARE_COPY, Action.DECLARE_AGAIN, Action.VOID, Action.REPORT_OUTCOME})
# Evidence is due for every declaration of ECF but the first: DECL-EVIDENCE-REQUIRED, DECL-EVIDENCE-NPQ-NOT-NEEDED.
NEEDS_EVIDENCE = {"ecf": frozenset({"retained-1", "retained-2", "completed"}), "npq": frozenset[str]()}


_DATED = {
    When.INSIDE: "",
    When.BEFORE: ", dated before its window",
    When.AFTER: ", dated after its window",
    When.FUTURE: ", dated in the future",
}


Kind = tuple[Action, When, bool]


@dataclass(frozen=True, slots=True)
class Step:
    """One call. `of` is the type of the declaration that it makes or voids, the schedule that it changes to, or the
    outcome that it reports; `when` and `evidence` say how.
    """

    action: Action
    of: str = ""
    when: When = When.INSIDE
    evidence: bool = True

    @property
    def kind(self) -> Kind:
        """The step, whatever the type of its declaration."""
        return self.action, self.when, self.evidence

    def __str__(self) -> str:
        extra = _DATED[self.when]
        extra += "" if self.evidence else ", without evidence"
        return f"{self.action}{f' {self.of}' if self.of else ''}{extra}"


@dataclass(frozen=True, slots=True)
class Model:
    """What is true of a participant: training status, the types of live declarations, and those of voided ones; the
    schedule that they have changed to, the outcome that counts, and what became of their application, if there was one.
    """

    programme: str
    training: str = "active"
    live: frozenset[str] = field(default_factory=frozenset)
    voided: frozenset[str] = field(default_factory=frozenset)
    schedule: str = ""
    outcome: str = ""
    application: str = ""

    @property
    def trains(self) -> bool:
        """Whether there is a participant: an applicant is none before the application is accepted."""
        return self.application in ("", DECISIONS[Action.ACCEPT])

    def knows(self, step: Step) -> bool:
        """Whether the sources say what becomes of a step here; only such steps are taken."""
        if step.action in DECISIONS:
            return bool(self.application)
        if not self.trains or (COMPLETED in self.live and step.action not in OVER):
            return False
        match step.action:
            case Action.CHANGE_SCHEDULE:
                return not self.live and self.training != "deferred"
            case Action.REPORT_OUTCOME:
                return self.training == "active"
            case Action.DECLARE if self.schedule and step.when in (When.BEFORE, When.AFTER):
                return False  # its windows are others
            case Action.DECLARE_COPY if step.of == COMPLETED and self.outcome == FAILED:
                return False  # it said that they passed, and reads otherwise by now
            case Action.DECLARE_COPY | Action.DECLARE_AGAIN | Action.VOID:
                return step.of in self.live
            case Action.VOID_AGAIN:
                return step.of in self.voided and step.of not in self.live
            case Action.DECLARE:
                return step.of not in self.live
            case action if action in NEEDS_STARTED:
                # Whether a voided declaration still counts, the sources do not say.
                return "started" in self.live or "started" not in self.voided
            case action if action in NEEDS_ANY_DECLARATION[self.programme]:
                return bool(self.live) or not self.voided
            case _:
                return True

    def accepts(self, step: Step) -> bool:
        """Whether a server has to accept a step, or to refuse it."""
        match step.action:
            case Action.ACCEPT | Action.REJECT:
                return self.application == PENDING
            case Action.CHANGE_SCHEDULE:
                return self.schedule != step.of and self.training == "active"
            case Action.REPORT_OUTCOME:
                return COMPLETED in self.live
            case Action.DECLARE:
                due = step.of in NEEDS_EVIDENCE[self.programme]
                return step.when is When.INSIDE and (step.evidence or not due)
            case Action.DECLARE_COPY | Action.VOID:
                return True
            case Action.DECLARE_AGAIN | Action.VOID_AGAIN:
                return False
            case action:
                declared = "started" in self.live or action not in NEEDS_STARTED
                declared = declared and (bool(self.live) or action not in NEEDS_ANY_DECLARATION[self.programme])
                return self.training in TRAINING[action][0] and declared

    def promised(self, step: Step) -> bool:
        """Whether the published texts say what becomes of a step here, and not the deployed service's own tests alone.

        The levels of the requirements about single calls say the same: `deferral/once` is a SHOULD, and so on.
        """
        match step.action:
            case Action.DECLARE if not self.accepts(step):
                return step.when is not When.FUTURE and self.programme == "ecf"
            case Action.DECLARE:
                return self.training in DECLARED_WHILE[self.programme]
            case Action.DECLARE_COPY | Action.VOID | Action.ACCEPT | Action.REJECT:
                return True
            case Action.DECLARE_AGAIN | Action.VOID_AGAIN:
                return False
            case Action.CHANGE_SCHEDULE | Action.REPORT_OUTCOME:
                return self.accepts(step)
            case action if action in NEEDS_STARTED and "started" not in self.live:
                return True
            case action if action in NEEDS_ANY_DECLARATION[self.programme] and not self.live:
                return True
            case action:
                return self.training == PUBLISHED_FROM[action]

    def after(self, step: Step) -> Model:
        """What is true after a step."""
        if not self.accepts(step):
            return self
        match step.action:
            case Action.ACCEPT | Action.REJECT:
                return replace(self, application=DECISIONS[step.action])
            case Action.CHANGE_SCHEDULE:
                return replace(self, schedule=step.of)
            case Action.REPORT_OUTCOME:
                return replace(self, outcome=step.of)
            case Action.DECLARE:
                outcome = PASSED if self.programme == "npq" and step.of == COMPLETED else self.outcome
                return replace(self, live=self.live | {step.of}, outcome=outcome)
            case Action.VOID:
                outcome = "voided" if self.programme == "npq" and step.of == COMPLETED else self.outcome
                return replace(self, live=self.live - {step.of}, voided=self.voided | {step.of}, outcome=outcome)
            case Action.DECLARE_COPY:
                return self
            case action:
                return replace(self, training=TRAINING[action][1])

    @property
    def place(self) -> tuple[object, ...]:
        """Where in its life the participant is, as far as any rule looks."""
        declared = ("started" in self.live, bool(self.live - {"started"}), COMPLETED in self.live)
        return self.training, *declared, self.schedule, self.outcome, self.application
