"""Restoration: put a participant that a test has changed back to where the test found it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import BILLABLE, Declaration, Participant
from lead_provider_conformance.testdata.claims import Note
from lead_provider_conformance.testdata.refusals import require_success


def note_of(participant: Participant, state: str, declarations: Sequence[Declaration]) -> Note:
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
    for each in declarations:
        if each.state in BILLABLE and each.id not in keep:
            require_success(api.void(each.id))
    if current.training_status not in ("active", None):
        require_success(api.resume(noted))
    if (current.schedule, current.cohort) != (noted.schedule, noted.cohort):
        cohort = noted.cohort if current.cohort != noted.cohort else None
        require_success(api.change_schedule(noted, str(noted.schedule), cohort=cohort))
    return api.participant(noted), _declarations(api, noted)


def _declarations(api: Api, participant: Participant) -> Sequence[Declaration]:
    return [each for each in api.declarations_about(participant) if each.course == participant.course]
