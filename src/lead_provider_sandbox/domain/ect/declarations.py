"""The rules for posting a declaration to the ECT service, and its effect."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from lead_provider_sandbox.domain.attributes import text
from lead_provider_sandbox.domain.clock import format_instant
from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.domain.declaration_rules import CONTRACT_ENDED
from lead_provider_sandbox.domain.ect.actions import COURSE_MISSING, COURSES
from lead_provider_sandbox.domain.ect.declaration_request import NewDeclaration
from lead_provider_sandbox.domain.ect.training import eligible_for_funding, is_frozen, is_mentor, uplifts
from lead_provider_sandbox.domain.models import Enrolment
from lead_provider_sandbox.domain.rules import Problem, RefusedError, Rules
from lead_provider_sandbox.domain.training_actions import UNKNOWN_COURSE, UNKNOWN_PARTICIPANT
from lead_provider_sandbox.parts import part

ORDER = (
    "started", "retained-1", "retained-2", "retained-3", "retained-4", "completed",
    "extended-1", "extended-2", "extended-3",
)  # fmt: skip
"""The declaration types in the order of their dates."""

FROZEN = (
    "You cannot submit declarations for the {cohort} cohort. The funding contract for this cohort has ended. "
    "Get in touch if you need to discuss this with us."
)


GIVEN: Rules[NewDeclaration] = Rules()
"""The rules about missing and unknown attributes; the first problem refuses the request."""

RULES: Rules[NewDeclaration] = Rules()
"""The rules about a request that has every attribute; all problems are reported."""


@GIVEN.rule("ect-declaration.participant-recognised")
def participant_recognised(_: Context, request: NewDeclaration) -> Iterator[Problem]:
    """The participant is given, and trains or trained with the calling provider."""
    if text(request.attributes, "participant_id") is None:
        yield Problem("participant_id", "Enter a '#/participant_id'.")
    elif not request.enrolments:
        yield Problem("participant_id", UNKNOWN_PARTICIPANT)


@GIVEN.rule("ect-declaration.course-given")
def course_given(_: Context, request: NewDeclaration) -> Iterator[Problem]:
    """The course is given, and is one of the two courses."""
    if request.course not in COURSES:
        yield Problem("course_identifier", COURSE_MISSING)


@GIVEN.rule("ect-declaration.date-given")
def date_given(_: Context, request: NewDeclaration) -> Iterator[Problem]:
    """The date is given."""
    if text(request.attributes, "declaration_date") is None:
        yield Problem("declaration_date", "Enter a '#/declaration_date'.")


@GIVEN.rule("ect-declaration.type-known")
def type_known(_: Context, request: NewDeclaration) -> Iterator[Problem]:
    """The declaration type is given, and is one of the nine."""
    if not request.type:
        yield Problem("declaration_type", "Enter a '#/declaration_type'.")
    elif request.type not in ORDER:
        yield Problem("declaration_type", "Enter a valid declaration type.")


@RULES.rule("ect-declaration.course-recognised")
def course_recognised(_: Context, request: NewDeclaration) -> Iterator[Problem]:
    """The participant takes the course with the provider."""
    if request.enrolments and request.enrolment is None:
        yield Problem("course_identifier", UNKNOWN_COURSE)


@RULES.rule("ect-declaration.event-free")
def event_free(_: Context, request: NewDeclaration) -> Iterator[Problem]:
    """No provider has a live declaration of the type; an exact copy is refused too."""
    if request.duplicates:
        yield Problem(
            "declaration_type",
            "A declaration has already been submitted that will be, or has been, paid for this event.",
        )


@RULES.rule("ect-declaration.date-well-formed")
def date_well_formed(_: Context, request: NewDeclaration) -> Iterator[Problem]:
    """The date is an RFC 3339 date-time."""
    if request.date is None:
        yield Problem("declaration_date", "Enter a valid RCF3339 '#/declaration_date'.")


@RULES.rule("ect-declaration.date-not-in-future")
def not_in_future(context: Context, request: NewDeclaration) -> Iterator[Problem]:
    """The date is not in the future."""
    if request.date is not None and request.date > context.now:
        yield Problem(
            "declaration_date",
            "The '#/declaration_date' value cannot be a future date. Check the date and try again.",
        )


@RULES.rule("ect-declaration.not-before-window")
def not_before_window(_: Context, request: NewDeclaration) -> Iterator[Problem]:
    """The date is not before the milestone's first day."""
    if request.date and request.window and request.date[:10] < request.window.start:
        yield Problem(
            "declaration_date",
            "Declaration date must be on or after the milestone start date for the same declaration type.",
        )


@RULES.rule("ect-declaration.not-after-window")
def not_after_window(context: Context, request: NewDeclaration) -> Iterator[Problem]:
    """The date is not after the milestone's last day, if it has one; a date in the future has a problem already."""
    window = request.window
    if not request.date or window is None or window.end is None or request.date > context.now:
        return
    if request.date[:10] > window.end:
        yield Problem(
            "declaration_date",
            "Declaration date must be on or before the milestone date for the same declaration type.",
        )


@RULES.rule("ect-declaration.in-sequence")
def in_sequence(context: Context, request: NewDeclaration) -> Iterator[Problem]:
    """From cohort 2025 on, the date fits between the dates of earlier and later types."""
    enrolment, date = request.enrolment, request.date
    if enrolment is None or date is None or request.type not in ORDER:
        return
    if not context.calendar.since_2025(enrolment.cohort, "detailed_evidence"):
        return
    place = ORDER.index(request.type)
    dates = [(ORDER.index(each.declaration_type), each.declaration_date) for each in request.others]
    if any(day > date if other < place else day < date for other, day in dates):
        yield Problem(
            "declaration_date",
            "This '#/declaration_date' is invalid. Check that it is in sequence with existing declaration dates for "
            "this participant.",
        )


@RULES.rule("ect-declaration.type-in-schedule")
def type_in_schedule(context: Context, request: NewDeclaration) -> Iterator[Problem]:
    """The participant's schedule has a milestone of the type."""
    if request.enrolment is not None and request.window is None and not _is_of_funded_mentor(context, request):
        yield Problem("declaration_type", "The property '#/declaration_type' does not exist for this schedule.")


@RULES.rule("ect-declaration.mentor-not-extended")
def mentor_not_extended(context: Context, request: NewDeclaration) -> Iterator[Problem]:
    """A mentor has no extended declarations."""
    if request.enrolment is None or request.window is None or _is_of_funded_mentor(context, request):
        return
    if is_mentor(request.enrolment) and request.type.startswith("extended"):
        yield Problem("declaration_type", "You cannot send extended declarations for mentors.")


@RULES.rule("ect-declaration.mentor-type")
def mentor_type(context: Context, request: NewDeclaration) -> Iterator[Problem]:
    """A mentor of a cohort from 2025 on has started and completed declarations only."""
    if _is_of_funded_mentor(context, request) and request.type.startswith(("retained", "extended")):
        yield Problem(
            "declaration_type",
            "You cannot send retained or extended declarations for participants who began their mentor training after "
            "June 2025. Resubmit this declaration with either a started or completed declaration.",
        )


def _is_of_funded_mentor(context: Context, request: NewDeclaration) -> bool:
    enrolment = request.enrolment
    return (
        enrolment is not None
        and is_mentor(enrolment)
        and context.calendar.since_2025(enrolment.cohort, "mentor_funding")
    )


@RULES.rule("ect-declaration.evidence-given")
def evidence_given(context: Context, request: NewDeclaration) -> Iterator[Problem]:
    """Evidence is given, except for a started declaration of a cohort up to 2024."""
    if _accepted_evidence(context, request) and request.evidence is None:
        yield Problem("evidence_held", "Enter a '#/evidence_held' value for this participant.")


@RULES.rule("ect-declaration.evidence-available")
def evidence_available(context: Context, request: NewDeclaration) -> Iterator[Problem]:
    """The evidence is one of the cohort, course and declaration type."""
    accepted = _accepted_evidence(context, request)
    if accepted and request.evidence is not None and request.evidence not in accepted:
        yield Problem("evidence_held", "Enter an available '#/evidence_held' type for this participant.")


def _accepted_evidence(context: Context, request: NewDeclaration) -> Sequence[str]:
    enrolment = request.enrolment
    if enrolment is None:
        return ()
    return context.calendar.evidence(enrolment.cohort, enrolment.course_identifier, request.type)


@RULES.rule("ect-declaration.not-after-withdrawal")
def not_after_withdrawal(_: Context, request: NewDeclaration) -> Iterator[Problem]:
    """The date is not after the participant's withdrawal."""
    enrolment = request.enrolment
    if enrolment is None or request.date is None or enrolment.training_status != "withdrawn":
        return
    if enrolment.status_at is not None and request.date > enrolment.status_at:
        yield Problem(
            "participant_id",
            f"This participant withdrew from this course on {format_instant(enrolment.status_at)}. "
            "Enter a '#/declaration_date' that's on or before the withdrawal date.",
        )


@RULES.rule("ect-declaration.cohort-not-frozen")
def cohort_not_frozen(context: Context, request: NewDeclaration) -> Iterator[Problem]:
    """Payments of the participant's cohort are not frozen."""
    if request.enrolment is not None and is_frozen(context, request.enrolment.cohort):
        yield Problem("cohort", FROZEN.format(cohort=request.enrolment.cohort))


@RULES.rule("ect-declaration.statement-to-come")
def statement_to_come(context: Context, request: NewDeclaration) -> Iterator[Problem]:
    """A statement to come pays for the declaration of a participant who is eligible for funding."""
    enrolment = request.enrolment
    if enrolment is None or request.statement is not None or is_frozen(context, enrolment.cohort):
        return
    if eligible_for_funding(context, enrolment):
        yield Problem("cohort", f"{CONTRACT_ENDED.format(cohort=enrolment.cohort)}.")


def submit_declaration(context: Context, request: NewDeclaration) -> str:
    """Record a declaration and return its id. Raise `RefusedError` if a rule is broken."""
    for each in GIVEN:
        for problem in each(context, request):
            raise RefusedError([problem])
    RULES.check(context, request)
    enrolment, date = request.enrolment, request.date
    if enrolment is None or date is None:
        raise RuntimeError("a declaration without training or date has passed the rules")
    declaration_id = str(uuid.uuid4())
    state = first_state(context, enrolment)
    context.store.declarations.add(
        {
            "id": declaration_id,
            "person_id": enrolment.person_id,
            "provider_id": context.provider.id,
            "programme": "ecf",
            "training_id": enrolment.training_record_id,
            "cohort": enrolment.cohort,
            "course_identifier": enrolment.course_identifier,
            "declaration_type": request.type,
            "declaration_date": date,
            "state": state,
            "evidence_held": request.evidence if _accepted_evidence(context, request) else None,
            "has_passed": None,
            "uplift": request.type == "started" and any(uplifts(context, enrolment)),
            "ineligible_reason": None,
            "mentor_id": enrolment.mentor_id,
            "delivery_partner_id": enrolment.delivery_partner_id,
            "statement_id": request.statement.id if state == "eligible" and request.statement else None,
            "clawback_statement_id": None,
            "created_at": context.now,
            "updated_at": context.now,
        },
    )
    if is_mentor(enrolment) and request.type == "completed":
        end_mentor_funding(context, enrolment, date[:10])
    return declaration_id


@part("ect-declaration.first-state")
def first_state(context: Context, enrolment: Enrolment) -> str:
    """Return eligible for a participant who is eligible for funding, otherwise submitted."""
    return "eligible" if eligible_for_funding(context, enrolment) else "submitted"


@part("ect-declaration.end-mentor-funding")
def end_mentor_funding(context: Context, enrolment: Enrolment, day: str) -> None:
    """End the funding of a mentor on the day of completion."""
    values = {"mentor_funding_end_date": day, "mentor_ineligible_reason": "completed_declaration_received"}
    context.store.people.update_training_record(enrolment, context.now, values)
