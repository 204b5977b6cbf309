"""The stateful model: the requests that a server must accept or refuse after any sequence of requests.

TRANSITIONS states the facts. The rest of the module follows the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from functools import cache
from typing import Any

STARTED, COMPLETED = "started", "completed"
PENDING, PASSED, FAILED = "pending", "passed", "failed"
ECT_SERVICE, NPQ_SERVICE = "ect", "npq-service"
EARLIER, TODAY, UNKNOWN_DAY = "earlier", "today", "unknown"
"""When the present training of a participant began."""
SERVICES: Mapping[tuple[str, str], str] = {("2026-08", "ecf"): ECT_SERVICE, ("2026-08", "npq"): NPQ_SERVICE}
"""The services with transitions of their own, by their first edition and programme."""


def service_of(programme: str, edition: str) -> str:
    """Return the service of a programme in an edition; empty for the service before edition 2026-08."""
    services = (each for (first, served), each in SERVICES.items() if served == programme and first <= edition)
    return next(services, "")


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


class When(StrEnum):
    """The date of a declaration, relative to its milestone window and to today."""

    INSIDE = "inside"
    BEFORE = "before"
    AFTER = "after"
    FUTURE = "future"


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


@dataclass(frozen=True, slots=True)
class Model:
    """The expected state of an applicant or a participant.

    `live` and `voided` are types of declarations. `schedule` is a schedule that a step has changed to, and
    `application` is empty for a participant who was accepted before the first step. `trained` says when the training
    began: earlier, today or unknown.
    """

    programme: str
    training: str = "active"
    live: frozenset[str] = field(default_factory=frozenset)
    voided: frozenset[str] = field(default_factory=frozenset)
    schedule: str = ""
    outcome: str = ""
    application: str = ""
    service: str = ""
    trained: str = EARLIER

    @property
    def is_participant(self) -> bool:
        """Whether there is a participant: an applicant is not one until accepted."""
        return self.application in ("", "accepted")

    def transition(self, step: Step) -> Transition:
        """Return the first row of TRANSITIONS that matches a step."""
        return _transition(self, step)

    def expected(self, step: Step) -> Expected:
        """Return the required result of a step."""
        return self.transition(step).expected

    def knows(self, step: Step) -> bool:
        """Return whether a source gives the required result of a step."""
        return self.expected(step) is not Expected.UNKNOWN

    def accepts(self, step: Step) -> bool:
        """Return whether a server must accept a step."""
        return self.expected(step) in (Expected.ACCEPTED, Expected.ACCEPTED_AS_DEPLOYED)

    def promises(self, step: Step) -> bool:
        """Return whether a published text gives the required result of a step."""
        return self.expected(step) in (Expected.ACCEPTED, Expected.REFUSED)

    def requirement(self, step: Step) -> str:
        """Return the id of the requirement about this request outside a journey; empty if there is none."""
        prefix = "npq-" if self.programme == "npq" else ""
        return self.transition(step).requirement.format(npq=prefix, when=step.when)

    def after(self, step: Step) -> Model:
        """Return the model after a step."""
        transition = self.transition(step)
        return transition.effect(self, step) if transition.effect else self


Effect = Callable[[Model, Step], Model]


@dataclass(frozen=True, slots=True)
class Transition:
    """A row of the table: the `expected` result of `actions` when all `conditions` are true.

    A condition names a fact (see `_facts`) and its value, or several values. `effect` returns the model afterwards.
    `requirement` is about the same request outside a journey; `{npq}` is the prefix of NPQ's requirements.
    """

    actions: Set[Action]
    conditions: Mapping[str, str | tuple[str, ...]]
    expected: Expected
    effect: Effect | None = None
    requirement: str = ""


def _declared(model: Model, step: Step) -> Model:
    outcome = PASSED if model.programme == "npq" and step.of == COMPLETED else model.outcome
    return replace(model, live=model.live | {step.of}, outcome=outcome)


def _voided(model: Model, step: Step) -> Model:
    outcome = "voided" if model.programme == "npq" and step.of == COMPLETED else model.outcome
    return replace(model, live=model.live - {step.of}, voided=model.voided | {step.of}, outcome=outcome)


def _becomes(**changes: str) -> Effect:
    """Return an effect that sets fields of the model; `{of}` stands for the step's."""

    def effect(model: Model, step: Step) -> Model:
        values: dict[str, Any] = {name: value.format(of=step.of) for name, value in changes.items()}
        return replace(model, **values)

    return effect


_EVERY = frozenset(Action)
_AFTER_COMPLETION = frozenset({Action.DECLARE_COPY, Action.DECLARE_AGAIN, Action.VOID, Action.REPORT_OUTCOME})
_OUTSIDE = (When.BEFORE, When.AFTER)
_LATER_TYPES = ("retained-1", "retained-2", COMPLETED)

# The NPQ service refuses exact copies, and rejects accepted applications without a declaration that counts. Whether a
# voided declaration prevents it, no text says.
_OF_NPQ_SERVICE: tuple[Transition, ...] = (
    Transition(
        {Action.DECLARE_COPY},
        {"service": NPQ_SERVICE, "declaration": "live"},
        Expected.REFUSED,
        requirement="npq-declarations/copy-refused",
    ),
    Transition(
        {Action.REJECT},
        {"service": NPQ_SERVICE, "application": "accepted", "declarations": "none"},
        Expected.ACCEPTED,
        _becomes(application="rejected"),
        requirement="npq-applications/rejected-after-acceptance",
    ),
    Transition(
        {Action.REJECT},
        {"service": NPQ_SERVICE, "application": "accepted", "declarations": "live"},
        Expected.REFUSED_AS_DEPLOYED,
        requirement="npq-applications/declared-not-rejected",
    ),
    Transition(
        {Action.REJECT},
        {"service": NPQ_SERVICE, "application": "accepted", "declarations": "voided"},
        Expected.UNKNOWN,
    ),
)
# The ECT service defers and withdraws only participants whose training began before today, and resumes them on a later
# day. A change of schedule begins a training. The published texts contradict each other about exact copies and about
# declarations of deferred participants. Whether a start needs evidence depends on the cohort.
_OF_ECT_SERVICE: tuple[Transition, ...] = (
    Transition({Action.DECLARE_COPY}, {"service": ECT_SERVICE}, Expected.UNKNOWN),
    Transition({Action.DECLARE}, {"service": ECT_SERVICE, "training": "deferred"}, Expected.UNKNOWN),
    Transition({Action.DECLARE}, {"service": ECT_SERVICE, "of": STARTED, "evidence": "missing"}, Expected.UNKNOWN),
    Transition(
        {Action.DEFER, Action.WITHDRAW},
        {"service": ECT_SERVICE, "training": "active", "trained": UNKNOWN_DAY},
        Expected.UNKNOWN,
    ),
    Transition(
        {Action.DEFER, Action.WITHDRAW},
        {"service": ECT_SERVICE, "training": "active", "trained": TODAY},
        Expected.REFUSED,
        requirement="training-2026/first-day-of-schedule",
    ),
    Transition(
        {Action.DEFER},
        {"service": ECT_SERVICE, "training": "active"},
        Expected.ACCEPTED,
        _becomes(training="deferred"),
        requirement="deferral-2026/no-declaration-needed",
    ),
    Transition({Action.DEFER}, {"service": ECT_SERVICE}, Expected.REFUSED),
    Transition(
        {Action.WITHDRAW},
        {"service": ECT_SERVICE, "training": "active"},
        Expected.ACCEPTED,
        _becomes(training="withdrawn"),
        requirement="withdrawal-2026/no-declaration-needed",
    ),
    Transition({Action.WITHDRAW}, {"service": ECT_SERVICE, "training": "deferred"}, Expected.UNKNOWN),
    Transition({Action.WITHDRAW}, {"service": ECT_SERVICE}, Expected.REFUSED, requirement="withdrawal/once"),
    Transition(
        {Action.RESUME},
        {"service": ECT_SERVICE, "training": ("deferred", "withdrawn")},
        Expected.REFUSED_AS_DEPLOYED,
        requirement="resumption-2026/same-day",
    ),
    Transition(
        {Action.CHANGE_SCHEDULE},
        {"service": ECT_SERVICE, "training": ("deferred", "withdrawn")},
        Expected.REFUSED,
        requirement="schedule-2026/left",
    ),
    Transition({Action.CHANGE_SCHEDULE}, {"service": ECT_SERVICE, "schedule": "same"}, Expected.REFUSED_AS_DEPLOYED),
    Transition(
        {Action.CHANGE_SCHEDULE},
        {"service": ECT_SERVICE},
        Expected.ACCEPTED,
        _becomes(schedule="{of}", trained=TODAY),
        requirement="schedule-2026/with-declarations",
    ),
)

# The first row that matches decides. Without a matching row, the sources do not say.
TRANSITIONS: tuple[Transition, ...] = (
    *_OF_ECT_SERVICE,
    *_OF_NPQ_SERVICE,
    # An application is decided once: NAPP-ACCEPT-OK, NAPP-REJECT-OK.
    Transition(DECISIONS, {"application": ""}, Expected.UNKNOWN),
    Transition({Action.ACCEPT}, {"application": PENDING}, Expected.ACCEPTED, _becomes(application="accepted")),
    Transition({Action.REJECT}, {"application": PENDING}, Expected.ACCEPTED, _becomes(application="rejected")),
    Transition(DECISIONS, {}, Expected.REFUSED),
    # Applicants are not participants, and the sources say little about a course that is completed.
    Transition(_EVERY, {"application": (PENDING, "rejected")}, Expected.UNKNOWN),
    Transition(_EVERY - _AFTER_COMPLETION, {"completed": "live"}, Expected.UNKNOWN),
    # Declarations inside their window are accepted; the published texts promise it to participants in training, and in
    # ECF to withdrawn ones (guidance on withdrawing). A changed schedule has other windows.
    # Evidence: DECL-EVIDENCE-REQUIRED, DECL-EVIDENCE-NPQ-NOT-NEEDED.
    Transition({Action.DECLARE}, {"declaration": "live"}, Expected.UNKNOWN),
    Transition({Action.DECLARE}, {"when": _OUTSIDE, "schedule": "other"}, Expected.UNKNOWN),
    Transition(
        {Action.DECLARE},
        {"when": When.FUTURE},
        Expected.REFUSED_AS_DEPLOYED,
        requirement="{npq}declarations/future-date",
    ),
    Transition(
        {Action.DECLARE},
        {"when": _OUTSIDE, "programme": "ecf"},
        Expected.REFUSED,
        requirement="declarations/{when}-window",
    ),
    Transition({Action.DECLARE}, {"when": _OUTSIDE, "programme": "npq"}, Expected.REFUSED_AS_DEPLOYED),
    Transition(
        {Action.DECLARE},
        {"programme": "ecf", "of": _LATER_TYPES, "evidence": "missing"},
        Expected.REFUSED,
        requirement="declarations/evidence-required",
    ),
    Transition({Action.DECLARE}, {"training": "active"}, Expected.ACCEPTED, _declared),
    Transition({Action.DECLARE}, {"training": "withdrawn", "programme": "ecf"}, Expected.ACCEPTED, _declared),
    Transition({Action.DECLARE}, {}, Expected.ACCEPTED_AS_DEPLOYED, _declared),
    # A copy changes nothing. After a failed outcome the declaration no longer shows the `has_passed` of the request.
    Transition({Action.DECLARE_COPY}, {"of": COMPLETED, "outcome": FAILED}, Expected.UNKNOWN),
    Transition(
        {Action.DECLARE_COPY}, {"declaration": "live"}, Expected.ACCEPTED, requirement="{npq}declarations/idempotent"
    ),
    Transition(
        {Action.DECLARE_AGAIN},
        {"declaration": "live"},
        Expected.REFUSED_AS_DEPLOYED,
        requirement="{npq}declarations/once-per-milestone",
    ),
    Transition({Action.VOID}, {"declaration": "live"}, Expected.ACCEPTED, _voided),
    Transition({Action.VOID_AGAIN}, {"declaration": "voided"}, Expected.REFUSED_AS_DEPLOYED),
    # Training: DEFER-OK-ECF, DEFER-ALREADY-DEFERRED, DEFER-WITHDRAWN, RESUME-OK, RESUME-WITHDRAWN,
    # RESUME-ALREADY-ACTIVE, WITHDRAW-OK-ECF, WITHDRAW-DEFERRED, WITHDRAW-ALREADY.
    # An NPQ participant without declarations cannot be deferred: DEFER-NPQ-NO-DECLARATIONS. A participant without a
    # started declaration cannot be withdrawn: published guidance, WITHDRAW-NPQ-NO-STARTED. Whether voided declarations
    # count, the sources do not say.
    Transition({Action.DEFER}, {"programme": "npq", "declarations": "voided"}, Expected.UNKNOWN),
    Transition(
        {Action.DEFER},
        {"programme": "npq", "declarations": "none"},
        Expected.REFUSED,
        requirement="npq-deferral/needs-declaration",
    ),
    Transition({Action.DEFER}, {"training": "active"}, Expected.ACCEPTED, _becomes(training="deferred")),
    Transition({Action.DEFER}, {}, Expected.REFUSED_AS_DEPLOYED),
    Transition({Action.RESUME}, {"training": "deferred"}, Expected.ACCEPTED, _becomes(training="active")),
    Transition({Action.RESUME}, {"training": "withdrawn"}, Expected.ACCEPTED_AS_DEPLOYED, _becomes(training="active")),
    Transition({Action.RESUME}, {}, Expected.REFUSED_AS_DEPLOYED, requirement="{npq}resumption/of-active"),
    Transition({Action.WITHDRAW}, {"started": "voided"}, Expected.UNKNOWN),
    Transition(
        {Action.WITHDRAW},
        {"started": "none"},
        Expected.REFUSED,
        requirement="{npq}withdrawal/needs-started-declaration",
    ),
    Transition({Action.WITHDRAW}, {"training": "active"}, Expected.ACCEPTED, _becomes(training="withdrawn")),
    Transition(
        {Action.WITHDRAW}, {"training": "deferred"}, Expected.ACCEPTED_AS_DEPLOYED, _becomes(training="withdrawn")
    ),
    Transition({Action.WITHDRAW}, {}, Expected.REFUSED_AS_DEPLOYED, requirement="{npq}withdrawal/once"),
    # A schedule changes to another one, without live declarations.
    Transition({Action.CHANGE_SCHEDULE}, {"declarations": "live"}, Expected.UNKNOWN),
    Transition({Action.CHANGE_SCHEDULE}, {"training": "deferred"}, Expected.UNKNOWN),
    Transition({Action.CHANGE_SCHEDULE}, {"training": "withdrawn"}, Expected.REFUSED_AS_DEPLOYED),
    Transition({Action.CHANGE_SCHEDULE}, {"schedule": "same"}, Expected.REFUSED_AS_DEPLOYED),
    Transition({Action.CHANGE_SCHEDULE}, {}, Expected.ACCEPTED, _becomes(schedule="{of}")),
    # An outcome needs a completed declaration: OUTC-POST-OK, OUTC-POST-NO-COMPLETED.
    Transition({Action.REPORT_OUTCOME}, {"training": ("deferred", "withdrawn")}, Expected.UNKNOWN),
    Transition({Action.REPORT_OUTCOME}, {"completed": "live"}, Expected.ACCEPTED, _becomes(outcome="{of}")),
    Transition(
        {Action.REPORT_OUTCOME},
        {},
        Expected.REFUSED_AS_DEPLOYED,
        requirement="npq-outcomes/needs-completed-declaration",
    ),
)
_UNKNOWN = Transition(_EVERY, {}, Expected.UNKNOWN)
_ROWS = {action: tuple(row for row in TRANSITIONS if action in row.actions) for action in Action}


@cache
def _transition(model: Model, step: Step) -> Transition:
    facts = _facts(model, step)
    return next((row for row in _ROWS[step.action] if _matches(facts, row.conditions)), _UNKNOWN)


def _matches(facts: Mapping[str, str], conditions: Mapping[str, str | tuple[str, ...]]) -> bool:
    return all(
        facts[name] in wanted if isinstance(wanted, tuple) else facts[name] == wanted
        for name, wanted in conditions.items()
    )


def _facts(model: Model, step: Step) -> Mapping[str, str]:
    """Return the facts that conditions name.

    `declaration` is the one that the step names. `schedule` compares the step's schedule to an earlier change.
    """
    return {
        "programme": model.programme,
        "service": model.service,
        "trained": model.trained,
        "application": model.application,
        "training": model.training,
        "outcome": model.outcome,
        "declarations": "live" if model.live else "voided" if model.voided else "none",
        "started": _declaration(model, STARTED),
        "completed": _declaration(model, COMPLETED),
        "declaration": _declaration(model, step.of),
        "schedule": "same" if model.schedule == step.of else "other" if model.schedule else "original",
        "of": step.of,
        "when": step.when,
        "evidence": "given" if step.evidence else "missing",
    }


def _declaration(model: Model, declaration_type: str) -> str:
    return "live" if declaration_type in model.live else "voided" if declaration_type in model.voided else "none"
