"""Posting a declaration: the rules, in the order in which the service reports what breaks them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lead_provider_sandbox.domain.clock import RFC_3339, read_instant, shown
from lead_provider_sandbox.domain.proposals import Proposal
from lead_provider_sandbox.domain.records import Declaration
from lead_provider_sandbox.domain.training import UNKNOWN_COURSE, UNKNOWN_PARTICIPANT
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.request_body import text
from lead_provider_sandbox.parts import Problem, Rule, part, rule
from lead_provider_sandbox.store import npq

ALREADY_DECLARED = "A declaration has already been submitted that will be, or has been, paid for this event"
CONTRACT_ENDED = (
    "You cannot submit or void declarations for the {cohort} cohort. The funding contract for this cohort has ended. "
    "Get in touch if you need to discuss this with us"
)
NO_CONTRACT = (
    "You cannot submit a declaration for this participant as you do not have a contract for the cohort and course. "
    "Contact the DfE for assistance."
)


@rule("declaration.participant-recognised")
def participant_recognised(_: Call, proposal: Proposal) -> Iterator[Problem]:
    """The participant trains, or trained, with the caller.

    Behaviours DECL-PARTICIPANT-UNKNOWN, AUTH-OTHER-PROVIDER-DECLARATION-422.
    """
    if not proposal.trains_with_caller:
        yield Problem("participant_id", UNKNOWN_PARTICIPANT)


@rule("declaration.not-after-withdrawal")
def not_after_withdrawal(_: Call, proposal: Proposal) -> Iterator[Problem]:
    """Nothing is declared for a date after the caller withdrew the participant (behaviour DECL-WITHDRAWN-AFTER)."""
    subject = proposal.training
    if subject is None or proposal.date is None or subject.training_status != "withdrawn":
        return
    if subject.status_at is not None and proposal.date > subject.status_at:
        yield Problem(
            "participant_id",
            f"This participant withdrew from this course on {shown(subject.status_at)}. "
            "Enter a '#/declaration_date' that's on or before the withdrawal date.",
        )


@rule("declaration.course-recognised")
def course_recognised(_: Call, proposal: Proposal) -> Iterator[Problem]:
    """The course is the participant's own (behaviours DECL-COURSE-WRONG, DECL-COURSE-TYPE-MISMATCH)."""
    if proposal.trains_with_caller and proposal.training is None:
        yield Problem("course_identifier", UNKNOWN_COURSE)


@rule("declaration.date-given")
def date_given(_: Call, proposal: Proposal) -> Iterator[Problem]:
    """There is a date, and it exists (behaviours DECL-DATE-MISSING, DECL-DATE-IMPOSSIBLE)."""
    if proposal.written_date is None or not _names_a_day(proposal.written_date):
        yield Problem("declaration_date", "Enter a '#/declaration_date'.")


@rule("declaration.date-is-rfc-3339")
def date_well_formed(_: Call, proposal: Proposal) -> Iterator[Problem]:
    """The date is an RFC 3339 date-time (behaviour DECL-DATE-FORMAT)."""
    if proposal.written_date is not None and proposal.date is None:
        yield Problem("declaration_date", "Enter a valid RCF3339 '#/declaration_date'.")


@rule("declaration.date-not-in-future")
def not_in_future(call: Call, proposal: Proposal) -> Iterator[Problem]:
    """The date has come (behaviour DECL-DATE-FUTURE)."""
    if proposal.date is not None and proposal.date > call.now:
        yield Problem(
            "declaration_date",
            "The '#/declaration_date' value cannot be a future date. Check the date and try again.",
        )


@rule("declaration.not-before-window")
def not_before_window(_: Call, proposal: Proposal) -> Iterator[Problem]:
    """The date is not before the milestone's first day.

    Behaviours DECL-DATE-BEFORE-MILESTONE, DECL-DATE-AT-MILESTONE-START.
    """
    if proposal.date and proposal.window and proposal.date[:10] < proposal.window.start:
        yield Problem("declaration_date", "Enter a '#/declaration_date' that's on or after the milestone start.")


@rule("declaration.not-after-window")
def not_after_window(_: Call, proposal: Proposal) -> Iterator[Problem]:
    """The date is not after the milestone's last day, where it has one.

    Behaviours DECL-DATE-AFTER-MILESTONE, DECL-DATE-NO-MILESTONE-END.
    """
    window = proposal.window
    if proposal.date and window and window.end and proposal.date[:10] > window.end:
        yield Problem("declaration_date", "Enter a '#/declaration_date' that's before the milestone end date.")


@rule("declaration.type-given")
def type_given(_: Call, proposal: Proposal) -> Iterator[Problem]:
    """There is a declaration type (behaviour DECL-TYPE-MISSING)."""
    if proposal.declaration_type is None:
        yield Problem("declaration_type", "Enter a '#/declaration_type'.")


@rule("declaration.evidence-given")
def evidence_given(_: Call, proposal: Proposal) -> Iterator[Problem]:
    """An ECF declaration other than started says what evidence is held (behaviour DECL-EVIDENCE-REQUIRED)."""
    if _needs_evidence(proposal) and text(proposal.attributes, "evidence_held") is None:
        yield Problem("evidence_held", "Enter a '#/evidence_held' value for this participant.")


@rule("declaration.evidence-available")
def evidence_available(call: Call, proposal: Proposal) -> Iterator[Problem]:
    """The evidence is of a kind there is for cohort, course and type.

    Behaviours DECL-EVIDENCE-INVALID, DECL-EVIDENCE-2025-ECT.
    """
    held = text(proposal.attributes, "evidence_held")
    if not _needs_evidence(proposal) and not (held and _evidence_checked_when_started(call, proposal)):
        return
    if held not in _evidence(call, proposal):
        yield Problem(
            "evidence_held", "Enter an available '#/evidence_held' type for this participant's event and course."
        )


@rule("declaration.type-in-schedule")
def type_in_schedule(_: Call, proposal: Proposal) -> Iterator[Problem]:
    """The participant's schedule has a milestone of the type (behaviour DECL-TYPE-NOT-IN-SCHEDULE)."""
    if proposal.training is not None and proposal.window is None:
        yield Problem("declaration_type", "The property '#/declaration_type' does not exist for this schedule.")


@rule("declaration.mentor-type")
def mentor_type(call: Call, proposal: Proposal) -> Iterator[Problem]:
    """A mentor of a cohort with mentor funding has started and completed declarations only.

    Behaviour DECL-MENTOR-2025-TYPES.
    """
    subject, wanted = proposal.training, proposal.declaration_type or ""
    if subject is None or subject.course_identifier != "ecf-mentor":
        return
    if call.calendar.mentor_funding(subject.cohort) and wanted.startswith(("retained", "extended")):
        yield Problem(
            "declaration_type",
            "You cannot send retained or extended declarations for participants who began their mentor training "
            "after June 2025. Resubmit this declaration with either a started or completed declaration.",
        )


@rule("declaration.has-passed-given")
def has_passed_given(_: Call, proposal: Proposal) -> Iterator[Problem]:
    """A completed NPQ declaration says whether the participant has passed (behaviour DECL-HAS-PASSED-REQUIRED)."""
    if proposal.wants_outcome and proposal.has_passed is None:
        yield Problem(
            "has_passed",
            "Enter 'true' or 'false' in the '#/has_passed' field to indicate whether this participant has passed or "
            "failed their course.",
        )


@rule("declaration.contract-open")
def contract_open(_: Call, proposal: Proposal) -> Iterator[Problem]:
    """There is a statement to come that would pay for it.

    Behaviours DECL-NO-OUTPUT-FEE-STATEMENT, DECL-NO-STATEMENT-NOT-FUNDABLE.
    """
    subject = proposal.training
    if subject is not None and subject.fundable and proposal.statement is None:
        yield Problem("cohort", CONTRACT_ENDED.format(cohort=subject.cohort))


@rule("declaration.contract-exists")
def contract_exists(call: Call, proposal: Proposal) -> Iterator[Problem]:
    """An NPQ provider has a contract for the cohort and course (behaviour DECL-NPQ-NO-CONTRACT)."""
    subject = proposal.training
    if subject is None or subject.programme != "npq":
        return
    if npq.contract(call.connection, call.provider.id, subject.cohort, subject.course_identifier) is None:
        yield Problem("cohort", NO_CONTRACT)


@rule("declaration.slot-free")
def slot_free(_: Call, proposal: Proposal) -> Iterator[Problem]:
    """No live declaration of the event stands, by whichever provider.

    Behaviours DECL-DUPLICATE-OTHER-DATE, -STATES, -ACROSS-PROVIDERS.
    """
    if proposal.live:
        yield Problem("base", ALREADY_DECLARED)


RULES: tuple[Rule[Proposal], ...] = (
    participant_recognised,
    not_after_withdrawal,
    course_recognised,
    date_given,
    date_well_formed,
    not_in_future,
    not_before_window,
    not_after_window,
    type_given,
    evidence_given,
    evidence_available,
    type_in_schedule,
    mentor_type,
    has_passed_given,
    contract_exists,
    contract_open,
    slot_free,
)


@part("declaration.earlier-copy")
def earlier_copy(call: Call, proposal: Proposal) -> Declaration | None:
    """The live declaration that this one copies exactly, if there is one.

    The published guidance promises that posting an exact copy returns the first answer again.
    """
    for each in proposal.live:
        if (
            each.provider_id == call.provider.id
            and each.declaration_date == proposal.date
            and each.evidence_held == evidence_to_keep(call, proposal)
            and (each.has_passed == proposal.has_passed or not proposal.wants_outcome)
        ):
            return each
    return None


def evidence_to_keep(call: Call, proposal: Proposal) -> str | None:
    """The evidence recorded: what was sent, if it is a kind there is (behaviour DECL-EVIDENCE-STARTED-A)."""
    held = text(proposal.attributes, "evidence_held")
    return held if held in _evidence(call, proposal) else None


def _needs_evidence(proposal: Proposal) -> bool:
    return (
        proposal.training is not None
        and proposal.training.programme == "ecf"
        and proposal.declaration_type not in (None, "started")
    )


def _evidence_checked_when_started(call: Call, proposal: Proposal) -> bool:
    subject = proposal.training
    return (
        subject is not None
        and subject.programme == "ecf"
        and proposal.declaration_type == "started"
        and call.calendar.detailed_evidence(subject.cohort)
    )


def _evidence(call: Call, proposal: Proposal) -> Sequence[str]:
    subject = proposal.training
    if subject is None or subject.programme != "ecf":
        return ()
    return call.calendar.evidence(subject.cohort, subject.course_identifier, proposal.declaration_type or "")


def _names_a_day(written: str) -> bool:
    """Whether a lenient reader would find a date in a text that is no RFC 3339 date-time."""
    if RFC_3339.fullmatch(written):
        return read_instant(written) is not None
    day = re.match(r"(\d{4})-(\d{2})-(\d{2})|(\d{2})-(\d{2})-(\d{4})", written, re.ASCII)
    if day is None:
        return False
    year, month, number = (day[1], day[2], day[3]) if day[1] else (day[6], day[5], day[4])
    return read_instant(f"{year}-{month}-{number}T00:00:00Z") is not None
