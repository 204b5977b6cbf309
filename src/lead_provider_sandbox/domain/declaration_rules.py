"""The rules for posting a declaration, in the order in which the service reports problems."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lead_provider_sandbox.domain.attributes import text
from lead_provider_sandbox.domain.clock import RFC_3339, format_instant, parse_instant
from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.declaration_request import DeclarationRequest
from lead_provider_sandbox.domain.models import Declaration
from lead_provider_sandbox.domain.rules import Problem, Rules
from lead_provider_sandbox.domain.training_actions import UNKNOWN_COURSE, UNKNOWN_PARTICIPANT
from lead_provider_sandbox.parts import part

ALREADY_DECLARED = "A declaration has already been submitted that will be, or has been, paid for this event"
CONTRACT_ENDED = (
    "You cannot submit or void declarations for the {cohort} cohort. The funding contract for this cohort has ended. "
    "Get in touch if you need to discuss this with us"
)
NO_CONTRACT = (
    "You cannot submit a declaration for this participant as you do not have a contract for the cohort and course. "
    "Contact the DfE for assistance."
)


RULES: Rules[DeclarationRequest] = Rules()


@RULES.rule("declaration.participant-recognised")
def participant_recognised(_: Context, request: DeclarationRequest) -> Iterator[Problem]:
    """The participant trains or trained with the calling provider.

    Behaviours DECL-PARTICIPANT-UNKNOWN, AUTH-OTHER-PROVIDER-DECLARATION-422.
    """
    if not request.trains_with_caller:
        yield Problem("participant_id", UNKNOWN_PARTICIPANT)


@RULES.rule("declaration.not-after-withdrawal")
def not_after_withdrawal(_: Context, request: DeclarationRequest) -> Iterator[Problem]:
    """The date is not after the participant's withdrawal (behaviour DECL-WITHDRAWN-AFTER)."""
    training = request.training
    if training is None or request.date is None or training.training_status != "withdrawn":
        return
    if training.status_at is not None and request.date > training.status_at:
        yield Problem(
            "participant_id",
            f"This participant withdrew from this course on {format_instant(training.status_at)}. "
            "Enter a '#/declaration_date' that's on or before the withdrawal date.",
        )


@RULES.rule("declaration.course-recognised")
def course_recognised(_: Context, request: DeclarationRequest) -> Iterator[Problem]:
    """The course is the participant's own (behaviours DECL-COURSE-WRONG, DECL-COURSE-TYPE-MISMATCH)."""
    if request.trains_with_caller and request.training is None:
        yield Problem("course_identifier", UNKNOWN_COURSE)


@RULES.rule("declaration.date-given")
def date_given(_: Context, request: DeclarationRequest) -> Iterator[Problem]:
    """The date is given and exists (behaviours DECL-DATE-MISSING, DECL-DATE-IMPOSSIBLE)."""
    if request.written_date is None or not (request.date or _contains_date(request.written_date)):
        yield Problem("declaration_date", "Enter a '#/declaration_date'.")


@RULES.rule("declaration.date-is-rfc-3339")
def date_well_formed(_: Context, request: DeclarationRequest) -> Iterator[Problem]:
    """The date is an RFC 3339 date-time (behaviour DECL-DATE-FORMAT)."""
    if request.written_date is not None and request.date is None:
        yield Problem("declaration_date", "Enter a valid RCF3339 '#/declaration_date'.")


@RULES.rule("declaration.date-not-in-future")
def not_in_future(context: Context, request: DeclarationRequest) -> Iterator[Problem]:
    """The date is not in the future (behaviour DECL-DATE-FUTURE)."""
    if request.date is not None and request.date > context.now:
        yield Problem(
            "declaration_date",
            "The '#/declaration_date' value cannot be a future date. Check the date and try again.",
        )


@RULES.rule("declaration.not-before-window")
def not_before_window(_: Context, request: DeclarationRequest) -> Iterator[Problem]:
    """The date is not before the milestone's first day.

    Behaviours DECL-DATE-BEFORE-MILESTONE, DECL-DATE-AT-MILESTONE-START.
    """
    if request.date and request.window and request.date[:10] < request.window.start:
        yield Problem("declaration_date", "Enter a '#/declaration_date' that's on or after the milestone start.")


@RULES.rule("declaration.not-after-window")
def not_after_window(_: Context, request: DeclarationRequest) -> Iterator[Problem]:
    """The date is not after the milestone's last day, if it has one.

    Behaviours DECL-DATE-AFTER-MILESTONE, DECL-DATE-NO-MILESTONE-END.
    """
    window = request.window
    if request.date and window and window.end and request.date[:10] > window.end:
        yield Problem("declaration_date", "Enter a '#/declaration_date' that's before the milestone end date.")


@RULES.rule("declaration.type-given")
def type_given(_: Context, request: DeclarationRequest) -> Iterator[Problem]:
    """The declaration type is given (behaviour DECL-TYPE-MISSING)."""
    if request.declaration_type is None:
        yield Problem("declaration_type", "Enter a '#/declaration_type'.")


@RULES.rule("declaration.evidence-given")
def evidence_given(_: Context, request: DeclarationRequest) -> Iterator[Problem]:
    """An ECF declaration other than `started` names its evidence (behaviour DECL-EVIDENCE-REQUIRED)."""
    is_ecf = request.training is not None and request.training.programme == "ecf"
    needs_evidence = is_ecf and request.declaration_type not in (None, "started")
    if needs_evidence and text(request.attributes, "evidence_held") is None:
        yield Problem("evidence_held", "Enter a '#/evidence_held' value for this participant.")


@RULES.rule("declaration.evidence-available")
def evidence_available(context: Context, request: DeclarationRequest) -> Iterator[Problem]:
    """The evidence is a type of the cohort, course and declaration type.

    Behaviours DECL-EVIDENCE-INVALID, DECL-EVIDENCE-2025-ECT.
    """
    training, held = request.training, text(request.attributes, "evidence_held")
    if training is None or training.programme != "ecf" or request.declaration_type is None:
        return
    detailed = context.calendar.since_2025(training.cohort, "detailed_evidence")
    if request.declaration_type == "started" and not (held and detailed):
        return
    if held not in _evidence(context, request):
        yield Problem(
            "evidence_held", "Enter an available '#/evidence_held' type for this participant's event and course."
        )


@RULES.rule("declaration.type-in-schedule")
def type_in_schedule(_: Context, request: DeclarationRequest) -> Iterator[Problem]:
    """The participant's schedule has a milestone of the type (behaviour DECL-TYPE-NOT-IN-SCHEDULE)."""
    if request.training is not None and request.window is None:
        yield Problem("declaration_type", "The property '#/declaration_type' does not exist for this schedule.")


@RULES.rule("declaration.mentor-type")
def mentor_type(context: Context, request: DeclarationRequest) -> Iterator[Problem]:
    """A mentor of a cohort with mentor funding has `started` and `completed` declarations only.

    Behaviour DECL-MENTOR-2025-TYPES.
    """
    training, declaration_type = request.training, request.declaration_type or ""
    if training is None or training.course_identifier != "ecf-mentor":
        return
    funded = context.calendar.since_2025(training.cohort, "mentor_funding")
    if funded and declaration_type.startswith(("retained", "extended")):
        yield Problem(
            "declaration_type",
            "You cannot send retained or extended declarations for participants who began their mentor training "
            "after June 2025. Resubmit this declaration with either a started or completed declaration.",
        )


@RULES.rule("declaration.has-passed-given")
def has_passed_given(_: Context, request: DeclarationRequest) -> Iterator[Problem]:
    """A completed NPQ declaration gives `has_passed` (behaviour DECL-HAS-PASSED-REQUIRED)."""
    if request.has_outcome and request.has_passed is None:
        yield Problem(
            "has_passed",
            "Enter 'true' or 'false' in the '#/has_passed' field to indicate whether this participant has passed or "
            "failed their course.",
        )


@RULES.rule("declaration.contract-exists")
def contract_exists(context: Context, request: DeclarationRequest) -> Iterator[Problem]:
    """The provider has a contract for the NPQ's cohort and course (behaviour DECL-NPQ-NO-CONTRACT)."""
    training = request.training
    if training is None or training.programme != "npq":
        return
    if context.store.applications.contract(context.provider.id, training.cohort, training.course_identifier) is None:
        yield Problem("cohort", NO_CONTRACT)


@RULES.rule("declaration.contract-open")
def contract_open(_: Context, request: DeclarationRequest) -> Iterator[Problem]:
    """A future statement would pay for the declaration.

    Behaviours DECL-NO-OUTPUT-FEE-STATEMENT, DECL-NO-STATEMENT-NOT-FUNDABLE.
    """
    training = request.training
    if training is not None and training.fundable and request.statement is None:
        yield Problem("cohort", CONTRACT_ENDED.format(cohort=training.cohort))


@RULES.rule("declaration.slot-free")
def slot_free(_: Context, request: DeclarationRequest) -> Iterator[Problem]:
    """No provider has a live declaration of the event.

    Behaviours DECL-DUPLICATE-OTHER-DATE, -STATES, -ACROSS-PROVIDERS.
    """
    if request.live:
        yield Problem("base", ALREADY_DECLARED)


@part("declaration.earlier-copy")
def earlier_copy(context: Context, request: DeclarationRequest) -> Declaration | None:
    """Return the live declaration that the request copies exactly, or None.

    The published guidance promises that posting an exact copy returns the first response again.
    """
    for each in request.live:
        if (
            each.provider_id == context.provider.id
            and each.declaration_date == request.date
            and each.evidence_held == recorded_evidence(context, request)
            and (each.has_passed == request.has_passed or not request.has_outcome)
        ):
            return each
    return None


def recorded_evidence(context: Context, request: DeclarationRequest) -> str | None:
    """Return the evidence of the request if it is a known type (behaviour DECL-EVIDENCE-STARTED-A)."""
    held = text(request.attributes, "evidence_held")
    return held if held in _evidence(context, request) else None


def _evidence(context: Context, request: DeclarationRequest) -> Sequence[str]:
    training = request.training
    if training is None or training.programme != "ecf":
        return ()
    return context.calendar.evidence(training.cohort, training.course_identifier, request.declaration_type or "")


def _contains_date(written: str) -> bool:
    """Return whether a lenient parser finds a date in a text that is not an RFC 3339 date-time."""
    if RFC_3339.fullmatch(written):
        return parse_instant(written) is not None
    match = re.match(r"(\d{4})-(\d{2})-(\d{2})|(\d{2})-(\d{2})-(\d{4})", written, re.ASCII)
    if match is None:
        return False
    year, month, day = (match[1], match[2], match[3]) if match[1] else (match[6], match[5], match[4])
    return parse_instant(f"{year}-{month}-{day}T00:00:00Z") is not None
