"""Restoration: put participants that a test has changed back to where the test found them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import BILLABLE, Declaration, Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import IncompleteResponse, NoResponse
from lead_provider_conformance.model import NotApplicable
from lead_provider_conformance.testdata.catalogue import CATALOGUE, ParticipantState
from lead_provider_conformance.testdata.claims import Claims, Note
from lead_provider_conformance.testdata.recognition import Recognition
from lead_provider_conformance.testdata.refusals import PreparationRefusedError, require_success
from lead_provider_conformance.testdata.wanted import Wanted

RESUMED_LATER_SINCE = "2026-08"
"""The first edition in which an ECF participant is not resumed on the day of a deferral or withdrawal."""


def is_resumed_on_same_day(programme: str, calendar: Calendar) -> bool:
    """Return whether a participant can be resumed on the day of a deferral, so that other tests may use them again."""
    return programme != "ecf" or calendar.edition < RESUMED_LATER_SINCE


@dataclass(kw_only=True, eq=False, repr=False)
class Restoration:
    """Restores the participants that the tests of a run have released, for one test.

    `api` shows the most of a participant. The test holds its participants until it releases them.
    """

    api: Api
    claims: Claims
    recognition: Recognition
    _held: dict[str, Note] = field(default_factory=dict, init=False)

    @property
    def holds_some(self) -> bool:
        """Whether the test holds a participant."""
        return bool(self._held)

    def hold(self, participant: Participant, state: ParticipantState) -> None:
        """Note a claimed participant, to be restored after the test. Keep an earlier note."""
        if participant.id not in self._held:
            declarations = self.recognition.inventory.declarations_about(participant)
            self._held[participant.id] = _note_of(participant, state.name, declarations)
            self.claims.hold(self._held[participant.id])

    def release(self) -> None:
        """Let other tests have the participants that this test holds."""
        while self._held:
            self.claims.release(self._held.popitem()[1])

    def keep(self) -> None:
        """Let no other test have the participants that this test holds."""
        while self._held:
            self.claims.drop(self._held.popitem()[1])

    def restored(self, state: ParticipantState, wanted: Wanted) -> Iterator[Participant]:
        """Restore released participants to a state, and hold them."""
        for note in self.claims.released():
            if not self._can_use(note, state, wanted) or not self.claims.take_released(note):
                continue
            keep = note["declarations"] if self._was_in(state, note) else ()
            try:
                participant, declarations = restore(self.api, note, keep=keep)
            except (PreparationRefusedError, IncompleteResponse, NoResponse, NotApplicable):
                self.claims.drop(note)  # it is of no further use
                continue
            if not wanted.untouched:
                declarations = [each for each in declarations if each.id in keep or not _has_gone(each)]
            if state.is_recognised(self.recognition.participant_facts(participant, declarations)):
                self._held[participant.id] = note
                yield participant
            else:
                unfit_for = [*note["unfit_for"], _purpose(state, wanted)]
                self.claims.release({**note, "unfit_for": unfit_for})

    def is_awaited(self, state: ParticipantState, wanted: Wanted) -> bool:
        """Return whether a test in another process will release a participant that can be restored."""
        return any(self._can_use(each, state, wanted) for each in self.claims.held_elsewhere())

    def _can_use(self, note: Note, state: ParticipantState, wanted: Wanted) -> bool:
        """Return whether a noted participant may be restored to a state for a claim."""
        is_fit = _purpose(state, wanted) not in note["unfit_for"] and wanted(noted_participant(note))
        return is_fit and (self._was_in(state, note) or self._derived_from(note["state"], state))

    def _was_in(self, state: ParticipantState, note: Note) -> bool:
        """Return whether a noted participant was in a state before the first test that claimed them."""
        if note["state"] == state.name:
            return True
        noted = noted_participant(note)
        is_listed_once = not self.recognition.inventory.other_enrolments(noted)
        return is_listed_once is not state.several_enrolments and state.is_recognised(
            self.recognition.participant_facts(noted)
        )

    def _derived_from(self, name: str, source: ParticipantState) -> bool:
        """Return whether the state `name` is derived from `source`, in one step or several."""
        derivation = CATALOGUE[name].derivation_in(self.recognition.calendar)
        return derivation is not None and (
            derivation.source == source.name or self._derived_from(derivation.source, source)
        )


def _note_of(participant: Participant, state: str, declarations: Sequence[Declaration]) -> Note:
    """Return a note of a claimed participant: the state, the enrolment, and the declarations about it."""
    return {
        "id": participant.id,
        "state": state,
        "enrolment": dict(participant.enrolment),
        "declarations": [each.id for each in declarations],
        "unfit_for": [],
    }


def noted_participant(note: Note) -> Participant:
    """Return the participant of a note, with the enrolment as it was."""
    return Participant(note["id"], {}, note["enrolment"])


def restore(api: Api, note: Note, *, keep: Collection[str]) -> tuple[Participant, Sequence[Declaration]]:
    """Void the live declarations that are not in `keep`, resume the training, and change schedule and cohort back.

    Return the participant and all declarations as the server then shows them. Raise PreparationRefusedError or
    IncompleteResponse if the server refuses a request.
    """
    noted = noted_participant(note)
    current, declarations = api.participant(noted), _declarations(api, noted)
    if current.is_course_only:
        raise IncompleteResponse(
            "versions 1 and 2 show neither the schedule nor the training status of an NPQ participant"
        )
    for each in declarations:
        if each.state in BILLABLE and each.id not in keep:
            require_success(api.void(each.id))
    if current.training_status not in ("active", None):
        require_success(api.resume(noted))
    if (current.schedule, current.cohort) != (noted.schedule, noted.cohort):
        cohort = noted.cohort if current.cohort != noted.cohort else None
        require_success(api.change_schedule(noted, str(noted.schedule), cohort=cohort))
    return api.participant(noted), _declarations(api, noted)


def _has_gone(declaration: Declaration) -> bool:
    """Return whether a declaration is voided and has left no outcome of an NPQ behind."""
    leaves_outcome = declaration.type == "completed" and str(declaration.course).startswith("npq-")
    return declaration.state == "voided" and not leaves_outcome


def _purpose(state: ParticipantState, wanted: Wanted) -> str:
    return f"{state.name}, untouched" if wanted.untouched else state.name


def _declarations(api: Api, participant: Participant) -> Sequence[Declaration]:
    return [each for each in api.declarations_about(participant) if each.course == participant.course]
