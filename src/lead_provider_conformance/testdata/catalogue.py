"""The table of named states: how to recognise a record in each, and how to derive one from another state.

`docs/states.md` shows the same table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.http import IncompleteResponse
from lead_provider_conformance.testdata.derivations import (
    Derivation,
    accept,
    accept_with_funded_place,
    declare_started,
    then_read,
)
from lead_provider_conformance.testdata.predicates import ApplicationFacts, ParticipantFacts

Facts = TypeVar("Facts", ParticipantFacts, ApplicationFacts)


@dataclass(frozen=True, slots=True)
class _NamedState(Generic[Facts]):
    name: str
    description: str
    recognises: Callable[[Facts], bool]
    derivation: Derivation | None = None

    def is_recognised(self, facts: Facts) -> bool:
        """Return whether a record is in the state; False if it is malformed."""
        try:
            return self.recognises(facts)
        except IncompleteResponse:
            return False


@dataclass(frozen=True, slots=True)
class ParticipantState(_NamedState[ParticipantFacts]):
    """A named state of participants.

    Participants with several enrolments are in no state other than those with `several_enrolments`.
    """

    several_enrolments: bool = False


@dataclass(frozen=True, slots=True)
class ApplicationState(_NamedState[ApplicationFacts]):
    """A named state of NPQ applications."""


State = ParticipantState | ApplicationState

_PARTICIPANTS = (
    ParticipantState(
        "ect.no-declarations",
        "an early career teacher in training, eligible for funding, without declarations, in a cohort that is still "
        "paid for, on a standard schedule all of whose windows have opened",
        lambda p: p.trains_as_ect and p.eligible_for_funding is True and not p.declarations and p.is_declarable,
    ),
    ParticipantState(
        "ect.undecided",
        "as `ect.no-declarations`, but eligibility for funding is not decided",
        lambda p: p.trains_as_ect and p.eligible_for_funding is None and not p.declarations and p.is_declarable,
    ),
    ParticipantState(
        "ect.no-windows",
        "an early career teacher in training, without declarations, on an extended schedule, which has no milestone "
        "windows",
        lambda p: (
            p.trains_as_ect and not p.declarations and p.is_paid_for and p.window_opened("extended-1", ends=False)
        ),
        Derivation("ect.no-declarations", then_read(lambda api, p: api.change_schedule(p, "ecf-extended-september"))),
    ),
    ParticipantState(
        "ect.started",
        "an early career teacher in training with a started declaration, submitted or eligible, and no other live one",
        lambda p: p.trains_as_ect and p.live_types == ["started"] and not p.is_billed and p.is_declarable,
        Derivation("ect.no-declarations", declare_started),
    ),
    ParticipantState(
        "ect.payable",
        "an early career teacher in training with a payable declaration",
        lambda p: p.trains_as_ect and "payable" in p.states and p.is_paid_for,
    ),
    ParticipantState(
        "ect.paid",
        "an early career teacher in training whose declarations are all paid, and by one lead provider",
        lambda p: p.trains_as_ect and p.states == {"paid"} and not p.is_declared_by_two_providers and p.is_declarable,
    ),
    ParticipantState(
        "ect.ineligible",
        "an early career teacher in training with an ineligible declaration",
        lambda p: p.trains_as_ect and "ineligible" in p.states,
    ),
    ParticipantState(
        "ect.frozen",
        "an early career teacher in training, declared but not completed, in a cohort whose payments are frozen",
        lambda p: p.trains_as_ect and p.is_frozen and p.is_billed and "completed" not in p.live_types,
    ),
    ParticipantState(
        "ect.deferred",
        "an early career teacher deferred by the provider",
        lambda p: p.is_ect_known_to_school and p.participant.training_status == "deferred",
        Derivation("ect.no-declarations", then_read(Api.defer)),
    ),
    ParticipantState(
        "ect.not-registered",
        "an early career teacher added by a school, who has not finished registering",
        lambda p: p.trains_as_ect and not p.declarations and p.eligible_for_funding is None and not p.has_validated_trn,
    ),
    ParticipantState(
        "ect.withdrawn",
        "an early career teacher withdrawn by the provider",
        lambda p: p.is_ect_known_to_school and p.participant.training_status == "withdrawn",
        Derivation("ect.started", then_read(Api.withdraw)),
    ),
    ParticipantState(
        "ect.withdrawn-before-a-window",
        "an early career teacher withdrawn by the provider before another window opened",
        lambda p: p.is_ect_known_to_school and p.is_paid_for and p.window_opened_since_withdrawal,
    ),
    ParticipantState(
        "ect.left",
        "an early career teacher without declarations who has left for another provider",
        lambda p: p.participant.type == "ect" and p.has_left and not p.declarations and p.is_declarable,
    ),
    ParticipantState(
        "ect.joined",
        "an early career teacher in training with live declarations by an earlier provider and by the present one",
        lambda p: p.trains_as_ect and p.is_declared_by_two_providers and p.is_declarable,
    ),
    ParticipantState(
        "ect.and-mentor",
        "a person without declarations who trains as an early career teacher and as a mentor, with one enrolment for "
        "each, in cohorts that are still paid for, on standard schedules all of whose windows have opened",
        lambda p: p.trains_as_both and all(not each.declarations and each.is_declarable for each in (p, *p.others)),
        several_enrolments=True,
    ),
    ParticipantState(
        "mentor.no-declarations",
        "a mentor in training, without declarations, on a standard schedule all of whose windows have opened",
        lambda p: p.trains_as_mentor and not p.declarations and p.is_declarable,
    ),
    ParticipantState(
        "ect.of-2025",
        "an early career teacher in training in the cohort of 2025, without declarations",
        lambda p: p.trains_as_ect and p.is_undeclared_in_2025,
    ),
    ParticipantState(
        "mentor.of-2025",
        "a mentor in training in the cohort of 2025, without declarations",
        lambda p: p.trains_as_mentor and p.is_undeclared_in_2025,
    ),
    ParticipantState(
        "npq.no-declarations",
        "an NPQ participant in training, without declarations for the course, which is passed or failed",
        lambda p: p.trains_for_npq and not p.declarations and not p.has_no_outcome,
        Derivation("application.uncapped", accept),
    ),
    ParticipantState(
        "npq.without-outcome",
        "an NPQ participant in training, without declarations for the course, which is neither passed nor failed: "
        "coaching for early headship, or the additional support offer",
        lambda p: p.trains_for_npq and not p.declarations and p.has_no_outcome,
        Derivation("application.without-outcome", accept),
    ),
    ParticipantState(
        "npq.started",
        "an NPQ participant in training with a started declaration and no other live one",
        lambda p: p.trains_for_npq and p.live_types == ["started"],
        Derivation("npq.no-declarations", declare_started),
    ),
    ParticipantState(
        "npq.withdrawn",
        "an NPQ participant withdrawn by the provider at least three days ago",
        lambda p: p.was_withdrawn_long_ago and p.window_opened("started", ends=False),
    ),
)

_APPLICATIONS = (
    ApplicationState(
        "application.pending",
        "an NPQ application that is neither accepted nor rejected, the only one of its applicant",
        lambda a: a.is_only_pending,
    ),
    ApplicationState(
        "application.uncapped",
        "as `application.pending`, by an applicant eligible for funding, for a course and cohort in which accepted "
        "applications have no `funded_place`",
        lambda a: a.is_only_pending and a.is_eligible and a.is_uncapped and a.is_trainable and not a.has_no_outcome,
    ),
    ApplicationState(
        "application.without-outcome",
        "as `application.pending`, for a course that is neither passed nor failed: coaching for early headship, or the "
        "additional support offer",
        lambda a: a.is_only_pending and a.is_trainable and a.has_no_outcome,
    ),
    ApplicationState(
        "application.capped",
        "as `application.pending`, by an applicant eligible for funding, for a course and cohort in which accepted "
        "applications have a `funded_place`, true or false",
        lambda a: a.is_only_pending and a.is_eligible and a.is_capped and a.is_trainable,
    ),
    ApplicationState(
        "application.accepted",
        "an NPQ application accepted with a funded place, without declarations for the course",
        # Never discovered: other tests may use the participant of an application that was accepted before the run.
        lambda _: False,
        Derivation("application.capped", accept_with_funded_place),
    ),
    ApplicationState(
        "application.not-eligible",
        "as `application.capped`, but the applicant is not eligible for funding",
        lambda a: a.is_only_pending and not a.is_eligible and a.is_capped,
    ),
    ApplicationState(
        "application.contested",
        "a pending NPQ application whose applicant has a pending application to the second lead provider, for the same "
        "course and cohort",
        lambda a: a.is_contested and a.is_trainable,
    ),
    ApplicationState(
        "application.second",
        "a pending NPQ application by a person whose other application for the same course is accepted",
        lambda a: a.is_second,
    ),
    ApplicationState(
        "application.rejected",
        "an NPQ application that is rejected",
        lambda a: a.application.status == "rejected",
    ),
)

CATALOGUE: dict[str, State] = {state.name: state for state in (*_PARTICIPANTS, *_APPLICATIONS)}

SHARED_RECORDS = {
    "ect.no-declarations": 2,  # one of them without declarations until the end
    "ect.undecided": 1,
    "ect.no-windows": 1,
    "ect.started": 1,
    "ect.frozen": 1,
    "ect.deferred": 1,
    "ect.withdrawn": 1,
    "ect.left": 1,
    "ect.joined": 1,
    "ect.and-mentor": 1,
    "mentor.no-declarations": 1,
    "ect.of-2025": 1,
    "mentor.of-2025": 1,
    "npq.started": 1,
    "npq.withdrawn": 1,
    "application.second": 1,
    "application.rejected": 1,
}
"""The states in which a few records do for all tests: each test only reads them, or they are put back after it.

In every other state each test needs a record of its own.
"""
