"""The target's own records that the cases of an operation are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import Application, Participant, parse_year
from lead_provider_conformance.contract import Operation
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.fuzzing.replay import CaseRecords
from lead_provider_conformance.http import Client
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import field_values
from lead_provider_conformance.run.run import Run
from lead_provider_conformance.testdata import States
from lead_provider_conformance.testdata.inventory import Inventory
from lead_provider_conformance.testdata.subjects import OperationSubject, Subject

# Behaviour VOID-SUBMITTED and those that follow it.
_VOIDABLE = frozenset({"submitted", "eligible"})
_UNDECIDED = frozenset({"not_yet_known", "None"})


def other_provider(discovery: Client, run: Run) -> Inventory | None:
    """What another provider's lists show, if the target has a second token."""
    if len(run.credentials) < 2:
        return None
    return Inventory(Api(discovery, run.credentials[1]), run.workspace / "inventory")


def records_for(
    row: OperationSubject, operation: Operation, api: Api, states: States, calendar: Calendar, others: Inventory | None
) -> CaseRecords:
    """The records of one operation: claimed if it may change them, looked at if it only reads.

    Raises CouldNotRun if the target has none.
    """
    if row.subject is Subject.NONE and not operation.writes:
        return _about_anybody(row, states)
    changes_it = operation.writes and row.subject not in (Subject.LISTED, Subject.SCHOOL)
    record: Participant | Application = states.claim(row.state) if changes_it else states.look(row.state)
    subject = record.id
    if row.subject is Subject.DECLARATION and isinstance(record, Participant):
        about = states.inventory.declarations_about(record)
        # Before the first valid request `ready` gives another; until then any id of the right kind will do.
        subject = about[0].id if about else (row.prepare(api, record, calendar) if row.prepare else None) or subject
    cohort = {"cohort": record.cohort} if record.cohort else {}
    own = _ids(row, operation, states.inventory, cohort)
    if row.subject is Subject.LISTED:
        if not own:
            raise CouldNotRun(
                f"The target's own list shows no record to ask {operation.method} {operation.path} about.",
                "Add a record of that kind to the target.",
            )
        subject = own[0]
    foreign = _foreign(_ids(row, operation, others, cohort), own, states) if others else None
    more = dict(cohort)
    if row.subject is Subject.SCHOOL:
        more |= _partnership_to_be(cohort, states.inventory)
    if row.subject is Subject.LISTED and operation.writes:
        subject, partners = _partnership_to_change(states.inventory)
        more |= partners
    return CaseRecords(record, subject, foreign, more)


def _partnership_to_change(inventory: Inventory) -> tuple[str, Mapping[str, str]]:
    """A partnership, and the partner that it has, so that nothing changes under another test: rather one of a cohort in
    which not all of the provider's delivery partners work with it, as another of them has to be refused there.
    """
    listed = inventory.resources(f"/api/{inventory.version}/delivery-partners")
    partnerships = [(each, _of_other_cohorts(listed, field_values(each, "cohort"))) for each in inventory.partnerships]
    chosen, others = next((each for each in partnerships if each[1]), partnerships[0])
    return chosen["id"], {"partner": str(chosen["attributes"].get("delivery_partner_id", UNKNOWN_ID)), **others}


def _partnership_to_be(cohort: Mapping[str, str], inventory: Inventory) -> Mapping[str, str]:
    """A school that has no partnership, the last of them so that other tests have theirs, and a delivery partner."""
    schools = _free_schools(cohort, inventory)
    listed = inventory.resources(f"/api/{inventory.version}/delivery-partners")
    partners = [each for each in listed if field_values(each, "cohort") >= set(cohort.values())]
    if not schools or not partners:
        raise CouldNotRun(
            "There is no school without a partnership for this cohort, or no delivery partner to partner it with.",
            "Add a school that chooses a provider, and a delivery partner, to the target.",
        )
    others = _of_other_cohorts(listed, frozenset(cohort.values()))
    return {"school": str(schools[-1]), "partner": str(partners[0]["id"]), **others}


def _free_schools(cohort: Mapping[str, str], inventory: Inventory) -> Sequence[str]:
    """The schools that may enter a partnership: those that have said how they train, or else those that had none the
    year before. Of others a partnership is refused until they have (behaviour PART-POST-NOT-YET-CONFIRMED).
    """
    path = f"/api/{inventory.version}/schools/ecf"
    schools = [each for each in inventory.resources(path, *_of_cohort(cohort)) if not _is_partnered(each)]
    settled = [
        each["id"] for each in schools if field_values(each, "induction_programme_choice").isdisjoint(_UNDECIDED)
    ]
    if settled or not schools:
        return settled
    partnered = _partnered_before(parse_year(cohort.get("cohort")), inventory, path)
    return [each["id"] for each in schools if each["id"] not in partnered]


def _partnered_before(its_year: int | None, inventory: Inventory, path: str) -> frozenset[str]:
    """The schools that had a partnership the year before; none of a cohort that is not called by a year."""
    if its_year is None:
        return frozenset()
    try:
        schools = inventory.resources(path, *_of_cohort({"cohort": str(its_year - 1)}))
    except CouldNotRun:  # it was the first cohort of all
        return frozenset()
    return frozenset(each["id"] for each in schools if _is_partnered(each))


def _is_partnered(school: Mapping[str, Any]) -> bool:
    return school["attributes"].get("in_partnership") is not False


def _of_other_cohorts(partners: Sequence[Mapping[str, Any]], cohorts: frozenset[str]) -> Mapping[str, str]:
    """A delivery partner that works with the provider, but in none of these cohorts, if there is one."""
    others = [
        each["id"] for each in partners if field_values(each, "cohort") and not field_values(each, "cohort") & cohorts
    ]
    return {"stranger": str(others[0])} if others else {}


def _of_cohort(cohort: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The query that lists what there is for a cohort."""
    return tuple((f"filter[{name}]", value) for name, value in cohort.items())


def _about_anybody(row: OperationSubject, states: States) -> CaseRecords:
    """What a list is asked about: if no record can be found, as where lists themselves are broken, nobody will do."""
    try:
        record = states.look(row.state)
    except CouldNotRun:
        record = Participant(UNKNOWN_ID, {}, {})
    return CaseRecords(record, record.id, more={"cohort": record.cohort} if record.cohort else {})


def _ids(
    row: OperationSubject, operation: Operation, inventory: Inventory, cohort: Mapping[str, str]
) -> tuple[str, ...]:
    """The ids that a provider's list shows, of the kind that an operation is about."""
    match row.subject:
        case Subject.DECLARATION:
            # First those that can still be voided: of others it would be refused, whosever they are.
            return tuple(
                each.id for each in sorted(inventory.declarations, key=lambda each: each.state not in _VOIDABLE)
            )
        case Subject.APPLICATION:
            return tuple(each.id for each in inventory.applications)
        case Subject.LISTED:
            resource = operation.path.split("/", 3)[3].replace("/{id}", "")
            path = f"/api/{inventory.version}/{resource}"
            # Nobody lists schools without saying for which cohort.
            query = _of_cohort(cohort) if resource.startswith("schools") else ()
            return tuple(str(each["id"]) for each in inventory.resources(path, *query))
        case _:
            return tuple(each.id for each in inventory.participants)


def _foreign(theirs: Sequence[str], own: Sequence[str], states: States) -> str | None:
    """The id of a record that is another provider's and not ours too, as a participant who has moved may be."""
    about = states.inventory.declared_participant_ids
    ours = frozenset(own)
    return next((each for each in theirs if each not in ours and each not in about), None)
