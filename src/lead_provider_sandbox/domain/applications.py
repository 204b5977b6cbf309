"""NPQ applications: accepting, rejecting and changing the funded place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lead_provider_sandbox.domain.changes import moment_of_change
from lead_provider_sandbox.domain.default_schedules import default_schedule
from lead_provider_sandbox.domain.lifecycles import APPLICATION, LIVE
from lead_provider_sandbox.domain.records import Application, Contract, Person
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.request_body import Attributes, Scalar, text
from lead_provider_sandbox.http.responses import AnswerError, listed
from lead_provider_sandbox.parts import Problem, Rule, judge, part, rule
from lead_provider_sandbox.store import declarations, npq

SET_FUNDED_PLACE = "Set '#/funded_place' to true or false."


@dataclass(frozen=True, slots=True)
class Decision:
    """A provider's decision about an application, with its contract for the cohort and course."""

    application: Application
    applicant: Person
    contract: Contract
    attributes: Attributes

    @property
    def funded_place(self) -> Scalar | None:
        """What was sent as `funded_place`."""
        return self.attributes.get("funded_place")

    @property
    def schedule(self) -> str | None:
        """What was sent as `schedule_identifier`, which only version 3 reads."""
        return text(self.attributes, "schedule_identifier")


def decision(call: Call, application: Application, applicant: Person, attributes: Attributes) -> Decision:
    """A decision to be judged. Raises 422 without a contract.

    Behaviours NAPP-ACCEPT-NO-CONTRACT, NAPP-CFP-NO-CONTRACT.
    """
    return Decision(application, applicant, contract_for(call, application), attributes)


def contract_for(call: Call, application: Application) -> Contract:
    """The caller's contract for an application's cohort and course."""
    found = npq.contract(call.connection, call.provider.id, application.cohort, application.course_identifier)
    if found is None:
        raise AnswerError(
            listed(
                422,
                [
                    (
                        "Unprocessable request",
                        "There’s an issue with your contract data. Contact us so we can rectify this for you",
                    )
                ],
            )
        )
    return found


@rule("acceptance.funded-place-given")
def funded_place_given(_: Call, wanted: Decision) -> Iterator[Problem]:
    """With capped places, `funded_place` is true or false (behaviour NAPP-ACCEPT-FUNDED-PLACE-REQUIRED)."""
    if wanted.contract.capped and not isinstance(wanted.funded_place, bool):
        yield Problem("funded_place", SET_FUNDED_PLACE)


@rule("acceptance.not-decided")
def not_decided(_: Call, wanted: Decision) -> Iterator[Problem]:
    """The application is pending (behaviours NAPP-ACCEPT-ALREADY-ACCEPTED, NAPP-ACCEPT-REJECTED)."""
    status = wanted.application.status
    if APPLICATION.after(status, "accept") is None:
        yield Problem(
            "npq_application",
            "This NPQ application has already been accepted"
            if status == "accepted"
            else "Once rejected an application cannot change state",
        )


@rule("acceptance.course-not-accepted-elsewhere")
def not_accepted_elsewhere(call: Call, wanted: Decision) -> Iterator[Problem]:
    """Nobody is accepted for one course twice (behaviour NAPP-ACCEPT-OTHER-ALREADY-ACCEPTED)."""
    if wanted.application.status == "pending" and npq.accepted_elsewhere(
        call.connection, wanted.application, wanted.applicant
    ):
        yield Problem("npq_application", "The participant has already had an application accepted for this course.")


@rule("acceptance.funded-only-if-eligible")
def funded_only_if_eligible(_: Call, wanted: Decision) -> Iterator[Problem]:
    """A funded place goes to somebody eligible (behaviour NAPP-ACCEPT-FUNDED-NOT-ELIGIBLE)."""
    if wanted.contract.capped and wanted.funded_place is True and not wanted.application.eligible_for_funding:
        yield Problem(
            "npq_application",
            "The participant is not eligible for funding, so '#/funded_place' cannot be set to true.",
        )


@rule("acceptance.schedule-fits-course")
def schedule_fits(call: Call, wanted: Decision) -> Iterator[Problem]:
    """A schedule that is asked for exists in the cohort and is for the course.

    Behaviour NAPP-ACCEPT-SCHEDULE-INVALID.
    """
    asked = wanted.schedule
    if call.version != "v3" or asked is None:
        return
    allowed = call.calendar.allows(asked, wanted.application.course_identifier)
    if not allowed or not call.calendar.windows(asked, wanted.application.cohort):
        yield Problem("schedule_identifier", "Selected schedule is not valid for the course")


ACCEPTANCE: tuple[Rule[Decision], ...] = (
    funded_place_given,
    not_decided,
    not_accepted_elsewhere,
    funded_only_if_eligible,
    schedule_fits,
)


def accept(call: Call, wanted: Decision) -> None:
    """Accept an application: the applicant becomes a participant, and rival applications are rejected."""
    judge(call, wanted, ACCEPTANCE)
    application = wanted.application
    asked = wanted.schedule if call.version == "v3" else None
    moment = moment_of_change(call, application.updated_at)
    changes = {
        "status": APPLICATION.after(application.status, "accept") or "accepted",
        "schedule_identifier": asked
        or default_schedule(call.calendar, application.course_identifier, application.cohort, call.today),
        "funded_place": wanted.funded_place if wanted.contract.capped else None,
        "accepted_at": call.now,
    }
    npq.change_application(call.connection, application, moment, changes)
    _reject_rivals(call, application)


@part("acceptance.reject-rivals")
def _reject_rivals(call: Call, application: Application) -> None:
    """The applicant's other pending applications for the course and cohort are rejected."""
    npq.reject_rivals(call.connection, application, call.now)


@rule("rejection.not-decided")
def rejectable(_: Call, application: Application) -> Iterator[Problem]:
    """The application is pending (behaviours NAPP-REJECT-ACCEPTED, NAPP-REJECT-REJECTED)."""
    if APPLICATION.after(application.status, "reject") is None:
        yield Problem(
            "npq_application",
            "Once accepted an application cannot change state"
            if application.status == "accepted"
            else "This NPQ application has already been rejected",
        )


def reject(call: Call, application: Application) -> None:
    """Reject an application."""
    judge(call, application, (rejectable,))
    moment = moment_of_change(call, application.updated_at)
    following = APPLICATION.after(application.status, "reject") or "rejected"
    npq.change_application(call.connection, application, moment, {"status": following})


@rule("funded-place.application-accepted")
def application_accepted(_: Call, wanted: Decision) -> Iterator[Problem]:
    """Only an accepted application has a funded place (behaviour NAPP-CFP-INVALID-422)."""
    if wanted.application.status != "accepted":
        yield Problem(
            "npq_application",
            "You must accept the application before attempting to change the '#/funded_place' setting",
        )


@rule("funded-place.given")
def new_funded_place_given(_: Call, wanted: Decision) -> Iterator[Problem]:
    """`funded_place` is true or false (behaviours NAPP-CFP-NULL, NAPP-CFP-STRING)."""
    if wanted.funded_place is None:
        yield Problem(
            "npq_application",
            "The entered '#/funded_place' is missing from your request. Check details and try again.",
        )
    if not isinstance(wanted.funded_place, bool):
        yield Problem("funded_place", SET_FUNDED_PLACE)


@rule("funded-place.only-if-eligible")
def place_only_if_eligible(_: Call, wanted: Decision) -> Iterator[Problem]:
    """A funded place goes to somebody eligible (behaviour NAPP-CFP-NOT-ELIGIBLE)."""
    if wanted.funded_place is True and not wanted.application.eligible_for_funding:
        yield Problem(
            "npq_application", "This participant is not eligible for funding. Contact us if you think this is wrong"
        )


@rule("funded-place.kept-while-declared")
def place_kept_while_declared(call: Call, wanted: Decision) -> Iterator[Problem]:
    """A funded place is not given up while declarations stand (behaviour NAPP-CFP-FALSE-WITH-DECLARATIONS)."""
    if wanted.funded_place is not False:
        return
    made = declarations.of_training(call.connection, wanted.application.id)
    if any(each.state in LIVE for each in made):
        yield Problem(
            "npq_application",
            "You must void or claw back your declarations for this participant before being able to set "
            "'#/funded_place' to false",
        )


@rule("funded-place.capped-contract")
def place_under_cap(_: Call, wanted: Decision) -> Iterator[Problem]:
    """There are funded places only where they are capped (behaviour NAPP-CFP-NO-CAP)."""
    if isinstance(wanted.funded_place, bool) and not wanted.contract.capped:
        yield Problem(
            "npq_application",
            "Leave the '#/funded_place' field blank. "
            "It's only needed for participants starting NPQs from autumn 2024 onwards",
        )


PLACE_CHANGE: tuple[Rule[Decision], ...] = (
    new_funded_place_given,
    place_only_if_eligible,
    place_kept_while_declared,
    place_under_cap,
)


def change_funded_place(call: Call, wanted: Decision) -> None:
    """Give or take the funded place of an accepted application."""
    judge(call, wanted, (application_accepted,))
    judge(call, wanted, PLACE_CHANGE)
    moment = moment_of_change(call, wanted.application.updated_at)
    npq.change_application(call.connection, wanted.application, moment, {"funded_place": wanted.funded_place})
