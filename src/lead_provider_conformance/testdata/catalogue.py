"""The named states: what a record in each looks like, and how it is made from another one.

This table is all that the suite knows about states. A test asks for one by name; `docs/states.md` lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import Application, Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import Response
from lead_provider_conformance.testdata.candidacy import Candidacy
from lead_provider_conformance.testdata.dates import accepted, declaration_of
from lead_provider_conformance.testdata.situation import Situation

Record = Participant | Application


class DerivationRefusedError(Exception):
    """The server refused a call that was to bring a record into a state."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a record in one state, `source`, is brought into another: through the API.

    `make` gives the record that is then in the state, and raises DerivationRefusedError if the server refuses.
    """

    source: str
    make: Callable[[Api, Any, Calendar], Record]


@dataclass(frozen=True, slots=True)
class State:
    """A named situation of participants: `recognises` tells one, and `derivation` is how to make one if the API can.

    Participants with `several` enrolments are in no other states.
    """

    name: str
    description: str
    recognises: Callable[[Situation], bool]
    derivation: Derivation | None = None
    several: bool = False


@dataclass(frozen=True, slots=True)
class ApplicationState:
    """A named situation of NPQ applications."""

    name: str
    description: str
    recognises: Callable[[Candidacy], bool]
    derivation: Derivation | None = None


def _done(response: Response) -> None:
    if not 200 <= response.status < 300:
        raise DerivationRefusedError(repr(response))


def _declared(api: Api, participant: Participant, calendar: Calendar) -> Participant:
    _done(api.declare(declaration_of(participant, "started", calendar)))
    return participant


def _accepted(api: Api, application: Application, calendar: Calendar) -> Participant:
    _done(api.accept(application))
    participant = accepted(application, calendar)
    # Versions 1 and 2 do not say which schedule it was accepted for: whether this is refused, as no change, or not, the
    # participant is on it afterwards.
    api.change_schedule(participant, str(participant.schedule))
    return participant


def _placed(api: Api, application: Application, _: Calendar) -> Application:
    _done(api.accept(application, {"funded_place": True}))
    return api.application(application.id)


def _deferred(api: Api, participant: Participant, _: Calendar) -> Participant:
    _done(api.defer(participant))
    return api.participant(participant)


def _extended(api: Api, participant: Participant, _: Calendar) -> Participant:
    _done(api.change_schedule(participant, "ecf-extended-september"))
    return api.participant(participant)


def _withdrawn(api: Api, participant: Participant, _: Calendar) -> Participant:
    _done(api.withdraw(participant))
    return api.participant(participant)


CATALOGUE: dict[str, State | ApplicationState] = {
    state.name: state
    for state in (
        State(
            "ect.no-declarations",
            "An early career teacher in training and eligible for funding, about whom nothing has been declared, on a "
            "standard schedule all of whose windows have opened",
            lambda it: it.training("ect") and it.funded is True and not it.declarations and it.declarable,
        ),
        State(
            "ect.undecided",
            "The same, but for that their eligibility for funding has not been decided",
            lambda it: it.training("ect") and it.funded is None and not it.declarations and it.declarable,
        ),
        State(
            "ect.no-windows",
            "An early career teacher in training, about whom nothing has been declared, on an extended schedule, which "
            "has no milestone windows",
            lambda it: (
                it.training("ect") and not it.declarations and it.paid_for and it.opened("extended-1", ends=False)
            ),
            Derivation("ect.no-declarations", _extended),
        ),
        State(
            "ect.started",
            "An early career teacher in training with a started declaration, submitted or eligible, and no other live "
            "one",
            lambda it: it.training("ect") and it.live == ["started"] and not it.billed and it.declarable,
            Derivation("ect.no-declarations", _declared),
        ),
        State(
            "ect.payable",
            "An early career teacher in training with a payable declaration",
            lambda it: it.training("ect") and "payable" in it.billed and it.paid_for,
        ),
        State(
            "ect.paid",
            "An early career teacher in training, all of whose declarations are paid, and by one lead provider",
            lambda it: it.training("ect") and it.all_paid and not it.of_two_providers and it.declarable,
        ),
        State(
            "ect.ineligible",
            "An early career teacher in training with an ineligible declaration",
            lambda it: it.training("ect") and any(each.state == "ineligible" for each in it.declarations),
        ),
        State(
            "ect.frozen",
            "An early career teacher in training, declared but not completed, in a cohort whose payments are frozen",
            lambda it: it.training("ect") and it.frozen and bool(it.billed) and "completed" not in it.live,
        ),
        State(
            "ect.deferred",
            "An early career teacher whom the provider has deferred",
            lambda it: it.participant.type == "ect" and it.participant.training_status == "deferred",
            Derivation("ect.no-declarations", _deferred),
        ),
        State(
            "ect.not-registered",
            "An early career teacher whom a school has added, and who has not finished registering",
            lambda it: (
                it.training("ect")
                and not it.declarations
                and it.participant.eligible_for_funding is None
                and it.participant.enrolment.get("teacher_reference_number_validated") is not True
            ),
        ),
        State(
            "ect.withdrawn",
            "An early career teacher whom the provider has withdrawn",
            lambda it: it.participant.type == "ect" and it.participant.training_status == "withdrawn",
            Derivation("ect.started", _withdrawn),
        ),
        State(
            "ect.withdrawn-before-a-window",
            "An early career teacher whom the provider has withdrawn, and for whom another window has opened since",
            lambda it: it.participant.type == "ect" and it.paid_for and it.opened_since_withdrawal,
        ),
        State(
            "ect.left",
            "An early career teacher about whom nothing has been declared, who has left for another provider",
            lambda it: it.participant.type == "ect" and it.left and not it.declarations and it.declarable,
        ),
        State(
            "ect.joined",
            "An early career teacher in training about whom an earlier provider has made live declarations, and the "
            "present one too",
            lambda it: it.training("ect") and it.of_two_providers and it.declarable,
        ),
        State(
            "ect.and-mentor",
            "Somebody who trains as an early career teacher and as a mentor, about whom nothing has been declared",
            lambda it: it.training("ect") and not it.declarations and it.declarable,
            several=True,
        ),
        State(
            "mentor.no-declarations",
            "A mentor in training, about whom nothing has been declared, on a standard schedule "
            "all of whose windows have opened",
            lambda it: it.training("mentor") and not it.declarations and it.declarable,
        ),
        State(
            "ect.of-2025",
            "An early career teacher in training in the cohort of 2025, about whom nothing has been declared",
            lambda it: it.training("ect") and it.of_2025,
        ),
        State(
            "mentor.of-2025",
            "A mentor in training in the cohort of 2025, about whom nothing has been declared",
            lambda it: it.training("mentor") and it.of_2025,
        ),
        State(
            "npq.no-declarations",
            "An NPQ participant in training, about whose course nothing has been declared, on a course that is passed "
            "or failed",
            lambda it: it.npq and not it.declarations and not it.without_outcome,
            Derivation("application.uncapped", _accepted),
        ),
        State(
            "npq.without-outcome",
            "An NPQ participant in training, about whose course nothing has been declared, on a course that is "
            "neither passed nor failed",
            lambda it: it.npq and not it.declarations and it.without_outcome,
            Derivation("application.without-outcome", _accepted),
        ),
        State(
            "npq.started",
            "An NPQ participant in training with a started declaration and no other live one",
            lambda it: it.npq and it.live == ["started"],
            Derivation("npq.no-declarations", _declared),
        ),
        State(
            "npq.withdrawn",
            "An NPQ participant whom the provider has withdrawn, at least three days ago",
            lambda it: it.long_withdrawn and it.opened("started", ends=False),
        ),
        ApplicationState(
            "application.pending",
            "An NPQ application that has been neither accepted nor rejected, the only one of its applicant",
            lambda it: it.pending,
        ),
        ApplicationState(
            "application.uncapped",
            "A pending NPQ application of somebody eligible for funding, the only one of its applicant, for a course "
            "and cohort in which accepted applications have no funded_place",
            lambda it: it.pending and it.eligible and it.uncapped and it.trainable and not it.without_outcome,
        ),
        ApplicationState(
            "application.without-outcome",
            "A pending NPQ application, the only one of its applicant, for a course that is neither passed nor failed",
            lambda it: it.pending and it.trainable and it.without_outcome,
        ),
        ApplicationState(
            "application.capped",
            "A pending NPQ application of somebody eligible for funding, the only one of its applicant, for a course "
            "and cohort in which accepted applications have a funded_place",
            lambda it: it.pending and it.eligible and it.capped and it.trainable,
        ),
        ApplicationState(
            "application.accepted",
            "An NPQ application that has been accepted with a funded place, and about whose course nothing has been "
            "declared",
            # Of one that is there already, other tests may be about the participant that its applicant has become.
            lambda _: False,
            Derivation("application.capped", _placed),
        ),
        ApplicationState(
            "application.not-eligible",
            "A pending NPQ application of somebody not eligible for funding, the only one of its applicant, for a "
            "course and cohort in which accepted applications have a funded_place",
            lambda it: it.pending and not it.eligible and it.capped,
        ),
        ApplicationState(
            "application.contested",
            "A pending NPQ application of somebody who has applied to the second lead provider for the same course",
            lambda it: it.contested and it.trainable,
        ),
        ApplicationState(
            "application.second",
            "A pending NPQ application of somebody whose other application for the same course has been accepted",
            lambda it: it.second,
        ),
        ApplicationState(
            "application.rejected",
            "An NPQ application that has been rejected",
            lambda it: it.application.status == "rejected",
        ),
    )
}
