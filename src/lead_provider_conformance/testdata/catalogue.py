"""The table of named states: how to recognise a record in each, and how to derive one from another state.

`docs/states.md` shows the same table.
"""

from __future__ import annotations

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.testdata.derivations import Derivation, declare_started, then_read
from lead_provider_conformance.testdata.npq_states import APPLICATIONS, NPQ_PARTICIPANTS
from lead_provider_conformance.testdata.state_types import ApplicationState, ParticipantState, State

__all__ = ["CATALOGUE", "SHARED_RECORDS", "ApplicationState", "ParticipantState", "State"]

_ECF_PARTICIPANTS = (
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
        "an early career teacher in training with a started declaration by the provider, submitted or eligible, and no "
        "other live one",
        lambda p: (
            p.trains_as_ect
            and p.live_types == ["started"]
            and not p.is_billed
            and not p.is_transferred
            and p.is_declarable
        ),
        Derivation("ect.no-declarations", declare_started),
    ),
    ParticipantState(
        "ect.payable",
        "an early career teacher in training with a payable declaration",
        lambda p: p.trains_as_ect and "payable" in p.states and p.is_paid_for and not p.is_transferred,
    ),
    ParticipantState(
        "ect.paid",
        "an early career teacher in training whose declarations are all paid, and submitted by the provider",
        lambda p: p.trains_as_ect and p.states == {"paid"} and not p.is_transferred and p.is_declarable,
    ),
    ParticipantState(
        "ect.ineligible",
        "an early career teacher in training with an ineligible declaration",
        lambda p: p.trains_as_ect and "ineligible" in p.states and not p.is_transferred,
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
        "an early career teacher in training in a cohort from 2025 on, without declarations",
        lambda p: p.trains_as_ect and p.is_undeclared_in_2025,
    ),
    ParticipantState(
        "ect.in-training",
        "an early career teacher in training since yesterday or longer, in a cohort that is open",
        lambda p: p.trains_as_ect and p.is_in_open_cohort and not p.has_completed,
        trained_before_today=True,
    ),
    ParticipantState(
        "mentor.in-training",
        "a mentor in training since yesterday or longer, in a cohort that is open",
        lambda p: p.trains_as_mentor and p.is_in_open_cohort and not p.has_completed,
        trained_before_today=True,
    ),
    ParticipantState(
        "ect.joining",
        "an early career teacher whose first day at the school is to come",
        lambda p: p.participant.type == "ect" and p.is_joining and p.is_in_open_cohort,
    ),
    ParticipantState(
        "mentor.of-2025",
        "a mentor in training in a cohort from 2025 on, without declarations",
        lambda p: p.trains_as_mentor and p.is_undeclared_in_2025,
    ),
)

CATALOGUE: dict[str, State] = {state.name: state for state in (*_ECF_PARTICIPANTS, *NPQ_PARTICIPANTS, *APPLICATIONS)}

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
    "ect.joining": 1,
    "ect.of-2025": 1,
    "mentor.of-2025": 1,
    "npq.started": 1,
    "npq.withdrawn": 1,
    "npq.from-abroad": 1,
    "npq.transferred": 1,
    "npq.without-statement": 1,
    "application.second": 1,
    "application.second-in-cohort": 1,
    "application.rejected": 1,
}
"""The states in which a few records do for all tests: each test only reads them, or they are put back after it.

In every other state each test needs a record of its own.
"""
