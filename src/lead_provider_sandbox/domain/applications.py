"""Accepting and rejecting NPQ applications, and changing their funded place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lead_provider_sandbox.domain.attributes import Attributes, Scalar, text
from lead_provider_sandbox.domain.context import Context, change_time
from lead_provider_sandbox.domain.default_schedules import default_schedule
from lead_provider_sandbox.domain.lifecycles import APPLICATION, LIVE
from lead_provider_sandbox.domain.models import Application, Contract, Person
from lead_provider_sandbox.domain.rules import Problem, RefusedError, Rules
from lead_provider_sandbox.parts import part

SET_FUNDED_PLACE = "Set '#/funded_place' to true or false."
CONTRACT_MISSING = "There’s an issue with your contract data. Contact us so we can rectify this for you"


@dataclass(frozen=True, slots=True)
class Decision:
    """A provider's decision about an application, with the contract for its cohort and course."""

    application: Application
    applicant: Person
    contract: Contract
    attributes: Attributes

    @property
    def funded_place(self) -> Scalar | None:
        """The attribute `funded_place`."""
        return self.attributes.get("funded_place")

    @property
    def schedule(self) -> str | None:
        """The attribute `schedule_identifier`, which only version 3 reads."""
        return text(self.attributes, "schedule_identifier")


def contract_for(context: Context, application: Application) -> Contract:
    """Return the provider's contract for an application's cohort and course. Raise `RefusedError` if there is none.

    Behaviours NAPP-ACCEPT-NO-CONTRACT, NAPP-CFP-NO-CONTRACT.
    """
    contract = context.store.applications.contract(
        context.provider.id, application.cohort, application.course_identifier
    )
    if contract is None:
        raise RefusedError([Problem("Unprocessable request", CONTRACT_MISSING)])
    return contract


ACCEPTANCE: Rules[Decision] = Rules()


@ACCEPTANCE.rule("acceptance.funded-place-given")
def funded_place_given(_: Context, decision: Decision) -> Iterator[Problem]:
    """With a capped contract, `funded_place` is true or false (behaviour NAPP-ACCEPT-FUNDED-PLACE-REQUIRED)."""
    if decision.contract.capped and not isinstance(decision.funded_place, bool):
        yield Problem("funded_place", SET_FUNDED_PLACE)


@ACCEPTANCE.rule("acceptance.not-decided")
def not_decided(_: Context, decision: Decision) -> Iterator[Problem]:
    """The application is pending (behaviours NAPP-ACCEPT-ALREADY-ACCEPTED, NAPP-ACCEPT-REJECTED)."""
    status = decision.application.status
    if APPLICATION.after(status, "accept") is None:
        yield Problem(
            "npq_application",
            "This NPQ application has already been accepted"
            if status == "accepted"
            else "Once rejected an application cannot change state",
        )


@ACCEPTANCE.rule("acceptance.course-not-accepted-elsewhere")
def no_other_accepted(context: Context, decision: Decision) -> Iterator[Problem]:
    """No other application for the course is accepted (behaviour NAPP-ACCEPT-OTHER-ALREADY-ACCEPTED)."""
    if decision.application.status == "pending" and context.store.applications.accepted_in_another_application(
        decision.application, decision.applicant
    ):
        yield Problem("npq_application", "The participant has already had an application accepted for this course.")


@ACCEPTANCE.rule("acceptance.funded-only-if-eligible")
def funded_only_if_eligible(_: Context, decision: Decision) -> Iterator[Problem]:
    """A funded place requires eligibility for funding (behaviour NAPP-ACCEPT-FUNDED-NOT-ELIGIBLE)."""
    if decision.contract.capped and decision.funded_place is True and not decision.application.eligible_for_funding:
        yield Problem(
            "npq_application",
            "The participant is not eligible for funding, so '#/funded_place' cannot be set to true.",
        )


@ACCEPTANCE.rule("acceptance.schedule-fits-course")
def schedule_fits(context: Context, decision: Decision) -> Iterator[Problem]:
    """The requested schedule exists in the cohort and fits the course.

    Behaviour NAPP-ACCEPT-SCHEDULE-INVALID.
    """
    schedule = decision.schedule
    if context.version != "v3" or schedule is None:
        return
    allowed = context.calendar.allows(schedule, decision.application.course_identifier)
    if not allowed or not context.calendar.windows(schedule, decision.application.cohort):
        yield Problem("schedule_identifier", "Selected schedule is not valid for the course")


def accept(context: Context, application: Application, applicant: Person, attributes: Attributes) -> None:
    """Accept an application and reject its rivals; the applicant becomes a participant."""
    decision = Decision(application, applicant, contract_for(context, application), attributes)
    ACCEPTANCE.check(context, decision)
    schedule = decision.schedule if context.version == "v3" else None
    moment = change_time(context, application.updated_at)
    changes = {
        "status": APPLICATION.after(application.status, "accept") or "accepted",
        "schedule_identifier": schedule
        or default_schedule(context.calendar, application.course_identifier, application.cohort, context.today),
        "funded_place": decision.funded_place if decision.contract.capped else None,
        "accepted_at": context.now,
    }
    context.store.applications.update(application, moment, changes)
    _reject_rivals(context, application)


@part("acceptance.reject-rivals")
def _reject_rivals(context: Context, application: Application) -> None:
    context.store.applications.reject_rivals(application, context.now)


REJECTION: Rules[Application] = Rules()


@REJECTION.rule("rejection.not-decided")
def rejectable(_: Context, application: Application) -> Iterator[Problem]:
    """The application is pending (behaviours NAPP-REJECT-ACCEPTED, NAPP-REJECT-REJECTED)."""
    if APPLICATION.after(application.status, "reject") is None:
        yield Problem(
            "npq_application",
            "Once accepted an application cannot change state"
            if application.status == "accepted"
            else "This NPQ application has already been rejected",
        )


def reject(context: Context, application: Application) -> None:
    """Reject an application."""
    REJECTION.check(context, application)
    moment = change_time(context, application.updated_at)
    status = APPLICATION.after(application.status, "reject") or "rejected"
    context.store.applications.update(application, moment, {"status": status})


ACCEPTED: Rules[Decision] = Rules()
PLACE_CHANGE: Rules[Decision] = Rules()


@ACCEPTED.rule("funded-place.application-accepted")
def application_accepted(_: Context, decision: Decision) -> Iterator[Problem]:
    """The application is accepted (behaviour NAPP-CFP-INVALID-422)."""
    if decision.application.status != "accepted":
        yield Problem(
            "npq_application",
            "You must accept the application before attempting to change the '#/funded_place' setting",
        )


@PLACE_CHANGE.rule("funded-place.given")
def new_funded_place_given(_: Context, decision: Decision) -> Iterator[Problem]:
    """`funded_place` is true or false (behaviours NAPP-CFP-NULL, NAPP-CFP-STRING)."""
    if decision.funded_place is None:
        yield Problem(
            "npq_application",
            "The entered '#/funded_place' is missing from your request. Check details and try again.",
        )
    if not isinstance(decision.funded_place, bool):
        yield Problem("funded_place", SET_FUNDED_PLACE)


@PLACE_CHANGE.rule("funded-place.only-if-eligible")
def place_only_if_eligible(_: Context, decision: Decision) -> Iterator[Problem]:
    """A funded place requires eligibility for funding (behaviour NAPP-CFP-NOT-ELIGIBLE)."""
    if decision.funded_place is True and not decision.application.eligible_for_funding:
        yield Problem(
            "npq_application", "This participant is not eligible for funding. Contact us if you think this is wrong"
        )


@PLACE_CHANGE.rule("funded-place.kept-while-declared")
def no_live_declarations(context: Context, decision: Decision) -> Iterator[Problem]:
    """A funded place cannot be given up while a declaration is live (behaviour NAPP-CFP-FALSE-WITH-DECLARATIONS)."""
    if decision.funded_place is not False:
        return
    declarations = context.store.declarations.of_training(decision.application.id)
    if any(each.state in LIVE for each in declarations):
        yield Problem(
            "npq_application",
            "You must void or claw back your declarations for this participant before being able to set "
            "'#/funded_place' to false",
        )


@PLACE_CHANGE.rule("funded-place.capped-contract")
def place_under_cap(_: Context, decision: Decision) -> Iterator[Problem]:
    """Only a capped contract has funded places (behaviour NAPP-CFP-NO-CAP)."""
    if isinstance(decision.funded_place, bool) and not decision.contract.capped:
        yield Problem(
            "npq_application",
            "Leave the '#/funded_place' field blank. "
            "It's only needed for participants starting NPQs from autumn 2024 onwards",
        )


def change_funded_place(context: Context, application: Application, applicant: Person, attributes: Attributes) -> None:
    """Set the funded place of an accepted application."""
    decision = Decision(application, applicant, contract_for(context, application), attributes)
    ACCEPTED.check(context, decision)
    PLACE_CHANGE.check(context, decision)
    moment = change_time(context, application.updated_at)
    context.store.applications.update(application, moment, {"funded_place": decision.funded_place})
