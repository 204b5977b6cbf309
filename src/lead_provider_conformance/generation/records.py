"""The target's own records that the cases of an operation are about."""

from __future__ import annotations

from lead_provider_conformance.api import Api
from lead_provider_conformance.calendar import Calendar
from lead_provider_conformance.contract import Operation
from lead_provider_conformance.generation.replay import About
from lead_provider_conformance.http import Client
from lead_provider_conformance.records import Participant
from lead_provider_conformance.run import Run
from lead_provider_conformance.states import States
from lead_provider_conformance.states.inventory import Inventory
from lead_provider_conformance.states.subjects import Row, Subject


def other_provider(discovery: Client, run: Run) -> Inventory | None:
    """What another provider's lists show, if the target has a second token."""
    if len(run.credentials) < 2:
        return None
    return Inventory(Api(discovery, run.credentials[1]), run.workspace / "inventory")


def records_for(
    row: Row, operation: Operation, api: Api, states: States, calendar: Calendar, others: Inventory | None
) -> About:
    """The records of one operation: claimed if it may change them, looked at if it only reads.

    Raises CouldNotRun if the target has none.
    """
    participant: Participant = states.claim(row.state) if operation.writes else states.look(row.state)
    subject = participant.id
    if row.subject is Subject.DECLARATION:
        about = states.inventory.about(participant)
        # Before the first valid request `ready` gives another; until then any id of the right kind will do.
        subject = about[0].id if about else (row.ready(api, participant, calendar) if row.ready else None) or subject
    return About(participant, subject, _foreign(row, states, others) if others else None)


def _foreign(row: Row, states: States, others: Inventory) -> str | None:
    """The id of a record that is another provider's and not ours too, as a participant who has moved may be."""
    if row.subject is Subject.DECLARATION:
        own = {each.id for each in states.inventory.declarations}
        theirs = [each.id for each in others.declarations]
    else:
        own = {each.id for each in states.inventory.participants}
        own |= {each.participant_id for each in states.inventory.declarations if each.participant_id}
        theirs = [each.id for each in others.participants]
    return next((each for each in theirs if each not in own), None)
