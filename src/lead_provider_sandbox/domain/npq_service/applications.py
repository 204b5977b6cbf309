"""Accepting and rejecting applications in the NPQ service, and changing their funded place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lead_provider_sandbox.domain.attributes import Attributes, Scalar, text
from lead_provider_sandbox.domain.context import Context, change_time
from lead_provider_sandbox.domain.lifecycles import APPLICATION_OF_NPQ_SERVICE, LIVE
from lead_provider_sandbox.domain.npq_service.models import Applicant, NpqApplication
from lead_provider_sandbox.domain.npq_service.usual_schedules import usual_schedule
from lead_provider_sandbox.domain.rules import Problem, RefusedError, Rules
from lead_provider_sandbox.parts import part

SET_FUNDED_PLACE = "Set '#/funded_place' to true or false."
REJECTED_BY_PROVIDER = "rejected_by_provider"
OTHER_ACCEPTED = "other_application_in_this_cohort_accepted"


@dataclass(frozen=True, slots=True)
class Decision:
    """A provider's decision about an application; `funding` of its cohort is `full`, `capped` or `zero`."""

    application: NpqApplication
    applicant: Applicant
    funding: str
    attributes: Attributes

    @property
    def funded_place(self) -> Scalar | None:
        """The attribute `funded_place`."""
        return self.attributes.get("funded_place")

    @property
    def schedule(self) -> str | None:
        """The attribute `schedule_identifier`."""
        return text(self.attributes, "schedule_identifier")


def read_decision(
    context: Context, application: NpqApplication, applicant: Applicant, attributes: Attributes
) -> Decision:
    """Return a decision with the funding of the application's cohort."""
    funding = context.calendar.funding(application.cohort, application.cohort_suffix) or "full"
    return Decision(application, applicant, funding, attributes)


ACCEPTANCE: Rules[Decision] = Rules()


@ACCEPTANCE.rule("npq-service.acceptance.funded-place-given")
def funded_place_given(_: Context, decision: Decision) -> Iterator[Problem]:
    """Where places are capped, `funded_place` is true or false."""
    if decision.funding == "capped" and not isinstance(decision.funded_place, bool):
        yield Problem("funded_place", SET_FUNDED_PLACE)


@ACCEPTANCE.rule("npq-service.acceptance.unfunded-cohort")
def no_place_in_unfunded_cohort(_: Context, decision: Decision) -> Iterator[Problem]:
    """In an unfunded cohort, `funded_place` is false."""
    if decision.funding == "zero" and decision.funded_place is not False:
        yield Problem("funded_place", "The '#/funded_place' field should be false for unfunded cohorts.")


@ACCEPTANCE.rule("npq-service.acceptance.not-decided")
def not_decided(_: Context, decision: Decision) -> Iterator[Problem]:
    """The application is pending."""
    status = decision.application.status
    if APPLICATION_OF_NPQ_SERVICE.after(status, "accept") is None:
        yield Problem(
            "application",
            "This NPQ application has already been accepted"
            if status == "accepted"
            else "Once rejected an application cannot change state",
        )


@ACCEPTANCE.rule("npq-service.acceptance.one-course-per-cohort")
def one_course_per_cohort(context: Context, decision: Decision) -> Iterator[Problem]:
    """The person has no other accepted application for the course and cohort, unless withdrawn."""
    pending = decision.application.status == "pending"
    if pending and context.store.npq_service.accepted_for_course(decision.application, decision.applicant):
        yield Problem("application", "The participant has already had an application accepted for this course.")


@ACCEPTANCE.rule("npq-service.acceptance.funded-only-if-eligible")
def funded_only_if_eligible(_: Context, decision: Decision) -> Iterator[Problem]:
    """A funded place requires eligibility for funding."""
    eligible = decision.application.eligible_for_funding
    if decision.funding == "capped" and decision.funded_place is True and not eligible:
        yield Problem(
            "application", "The participant is not eligible for funding, so '#/funded_place' cannot be set to true."
        )


@ACCEPTANCE.rule("npq-service.acceptance.schedule-in-cohort")
def schedule_in_cohort(context: Context, decision: Decision) -> Iterator[Problem]:
    """The requested schedule exists in the application's cohort, for its course."""
    application, schedule, calendar = decision.application, decision.schedule, context.calendar
    if schedule is None:
        return
    windows = calendar.windows(schedule, application.cohort, application.cohort_suffix)
    if not windows or not calendar.allows(schedule, application.course_identifier):
        yield Problem("schedule_identifier", "The selected schedule cannot be found in the application cohort")


def accept(context: Context, decision: Decision) -> None:
    """Accept an application and reject its rivals; the applicant becomes a participant."""
    ACCEPTANCE.check(context, decision)
    application = decision.application
    changes = {
        "status": "accepted",
        "schedule_identifier": decision.schedule or default_schedule(context, application),
        "funded_place": None if decision.funding == "full" else decision.funded_place,
        "accepted_at": context.now,
        "training_status": "active",
    }
    moment = change_time(context, application.updated_at)
    context.store.npq_service.update_application(application, moment, changes)
    reject_rivals(context, application)


@part("npq-service.acceptance.default-schedule")
def default_schedule(context: Context, application: NpqApplication) -> str:
    """Return the usual schedule of an application. Raise `RefusedError` if its cohort has none for the course."""
    schedule = usual_schedule(
        context.calendar,
        application.course_identifier,
        application.cohort,
        application.cohort_suffix,
        context.today,
    )
    if schedule is None:
        raise RefusedError([Problem("schedule", "Schedule cannot be determined")])
    return schedule


@part("npq-service.acceptance.reject-rivals")
def reject_rivals(context: Context, application: NpqApplication) -> None:
    """Reject the person's other pending applications for the course and cohort."""
    context.store.npq_service.reject_rivals(application, context.now, OTHER_ACCEPTED)


REJECTION: Rules[NpqApplication] = Rules()


@REJECTION.rule("npq-service.rejection.not-rejected")
def not_rejected(_: Context, application: NpqApplication) -> Iterator[Problem]:
    """The application is not rejected already; an accepted one can be rejected."""
    if APPLICATION_OF_NPQ_SERVICE.after(application.status, "reject") is None:
        yield Problem("application", "This NPQ application has already been rejected")


@REJECTION.rule("npq-service.rejection.nothing-declared")
def nothing_declared(context: Context, application: NpqApplication) -> Iterator[Problem]:
    """No declaration for the application is live."""
    if _has_live_declarations(context, application):
        yield Problem("application", "There are already declarations for this participant, so it cannot be rejected")


def reject(context: Context, application: NpqApplication) -> None:
    """Reject an application, pending or accepted."""
    REJECTION.check(context, application)
    changes = {"status": "rejected", "reason_for_rejection": REJECTED_BY_PROVIDER}
    moment = change_time(context, application.updated_at)
    context.store.npq_service.update_application(application, moment, changes)


PLACE_CHANGE: Rules[Decision] = Rules()


@PLACE_CHANGE.rule("npq-service.funded-place.application-accepted")
def application_accepted(_: Context, decision: Decision) -> Iterator[Problem]:
    """The application is accepted."""
    if decision.application.status != "accepted":
        yield Problem(
            "application",
            "You must accept the application before attempting to change the '#/funded_place' setting.",
        )


@PLACE_CHANGE.rule("npq-service.funded-place.given")
def new_funded_place_given(_: Context, decision: Decision) -> Iterator[Problem]:
    """`funded_place` is true or false."""
    if not isinstance(decision.funded_place, bool):
        yield Problem("funded_place", SET_FUNDED_PLACE)


@PLACE_CHANGE.rule("npq-service.funded-place.only-if-eligible")
def place_only_if_eligible(_: Context, decision: Decision) -> Iterator[Problem]:
    """A funded place requires eligibility for funding."""
    if decision.funded_place is True and not decision.application.eligible_for_funding:
        yield Problem(
            "application", "This participant is not eligible for funding. Contact us if you think this is wrong."
        )


@PLACE_CHANGE.rule("npq-service.funded-place.kept-while-declared")
def place_kept_while_declared(context: Context, decision: Decision) -> Iterator[Problem]:
    """A funded place is neither given nor given up while a declaration is live."""
    if isinstance(decision.funded_place, bool) and _has_live_declarations(context, decision.application):
        yield Problem(
            "application",
            "You must void or claw back your declarations for this participant before being able to change "
            "'#/funded_place'",
        )


@PLACE_CHANGE.rule("npq-service.funded-place.capped-cohort")
def place_in_capped_cohort(_: Context, decision: Decision) -> Iterator[Problem]:
    """Only a cohort with capped places has funded places."""
    if isinstance(decision.funded_place, bool) and decision.funding != "capped":
        yield Problem("application", "This cohort does not accept funded places.")


def change_funded_place(context: Context, decision: Decision) -> None:
    """Set the funded place of an accepted application."""
    PLACE_CHANGE.check(context, decision)
    moment = change_time(context, decision.application.updated_at)
    changes = {"funded_place": decision.funded_place}
    context.store.npq_service.update_application(decision.application, moment, changes)


def _has_live_declarations(context: Context, application: NpqApplication) -> bool:
    return any(each.state in LIVE for each in context.store.declarations.of_training(application.id))
