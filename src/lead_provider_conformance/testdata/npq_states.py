"""The named states of NPQ participants and applications."""

from __future__ import annotations

from lead_provider_conformance.testdata.delivery_partners import needs_delivery_partner
from lead_provider_conformance.testdata.derivations import (
    Derivation,
    accept,
    accept_with_funded_place,
    declare_started,
)
from lead_provider_conformance.testdata.state_types import ApplicationState, ParticipantState

NPQ_PARTICIPANTS = (
    ParticipantState(
        "npq.no-declarations",
        "an NPQ participant in training, without declarations for the course, which is passed or failed",
        lambda p: p.trains_for_npq and not p.declarations and not p.has_no_outcome,
        Derivation("application.uncapped", accept),
        where_funding_is_known=Derivation("application.funded", accept),
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
        lambda p: p.trains_for_npq and p.live_types == ["started"] and not p.is_transferred,
        Derivation("npq.no-declarations", declare_started),
    ),
    ParticipantState(
        "npq.withdrawn",
        "an NPQ participant withdrawn by the provider at least three days ago",
        lambda p: p.was_withdrawn_long_ago and p.window_opened("started", ends=False),
    ),
    ParticipantState(
        "npq.from-abroad",
        "an NPQ participant in training, without declarations, in a cohort from 2024 on, whose application is from "
        "outside the United Kingdom",
        lambda p: (
            p.trains_for_npq and not p.declarations and p.is_from_abroad and needs_delivery_partner(p.participant)
        ),
    ),
    ParticipantState(
        "npq.paid",
        "an NPQ participant in training with a paid declaration, in a cohort that is still paid for",
        lambda p: p.is_active and "paid" in p.states and p.is_paid_for and not p.is_transferred,
    ),
    ParticipantState(
        "npq.ineligible",
        "an NPQ participant in training with an ineligible declaration",
        lambda p: p.is_active and "ineligible" in p.states and not p.is_transferred,
    ),
    ParticipantState(
        "npq.transferred",
        "an NPQ participant in training whose application was transferred to the provider, with declarations by "
        "another lead provider",
        lambda p: p.is_active and p.is_transferred,
    ),
    ParticipantState(
        "npq.without-statement",
        "an NPQ participant in training and eligible for funding, without declarations, in a cohort without a "
        "statement to come",
        lambda p: p.has_no_statement_to_come and p.eligible_for_funding is True and not p.declarations,
    ),
)

APPLICATIONS = (
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
        "application.funded",
        "as `application.capped`, for a course that is passed or failed, in a cohort whose places are capped by the "
        "calendar",
        lambda a: (
            a.is_only_pending and a.is_eligible and a.funding == "capped" and a.is_trainable and not a.has_no_outcome
        ),
    ),
    ApplicationState(
        "application.unfunded",
        "as `application.pending`, in a cohort that DfE does not fund by the calendar",
        lambda a: a.is_only_pending and a.funding == "zero",
    ),
    ApplicationState(
        "application.fully-funded",
        "as `application.pending`, in a cohort whose places are not capped by the calendar",
        lambda a: a.is_only_pending and a.funding == "full",
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
        "application.second-in-cohort",
        "a pending NPQ application by a person whose other application for the same course and cohort is accepted",
        lambda a: a.is_second_in_cohort,
    ),
    ApplicationState(
        "application.rejected",
        "an NPQ application that is rejected",
        lambda a: a.application.status == "rejected",
    ),
)
