"""Records of the target that replace the placeholders of an operation's cases."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import Application, Participant, parse_year
from lead_provider_conformance.contract import Operation
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.http import Client
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import field_values
from lead_provider_conformance.run.run import Run
from lead_provider_conformance.testdata import States
from lead_provider_conformance.testdata.catalogue import CATALOGUE, ParticipantState
from lead_provider_conformance.testdata.delivery_partners import needs_delivery_partner
from lead_provider_conformance.testdata.inventory import Inventory
from lead_provider_conformance.testdata.subjects import SUCCESSORS, OperationSubject, Subject

T = TypeVar("T")
# Behaviour VOID-SUBMITTED and those that follow it.
_VOIDABLE = frozenset({"submitted", "eligible"})
_UNDECIDED = frozenset({"not_yet_known", "None"})
_SCHOOL_LED = frozenset({"school_led"})


@dataclass(frozen=True, slots=True)
class CaseRecords:
    """The records of one operation's cases.

    `subject_id` is the id in the path, `foreign_id` one of another provider's record if known. `values` are the values
    of further placeholders. `is_ready` means that a valid request is accepted now.
    """

    record: Participant | Application
    subject_id: str
    foreign_id: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    is_ready: bool = False


def other_provider(discovery: Client, run: Run) -> Inventory | None:
    """Return the lists of another provider, if the target has a second token."""
    if len(run.credentials) < 2:
        return None
    return Inventory(Api(discovery, run.credentials[1]), run.workspace / "inventory")


def records_for(
    row: OperationSubject, operation: Operation, api: Api, states: States, calendar: Calendar, others: Inventory | None
) -> CaseRecords:
    """Return the records of one operation, claimed if the operation may change them.

    Raise CouldNotRun if the target has none.
    """
    if row.subject is Subject.NONE and not operation.writes:
        record = _record_to_read(row, states)
        return CaseRecords(record, record.id, values=_cohort(record))
    may_change = operation.writes and row.subject not in (Subject.LISTED, Subject.SCHOOL)
    subject_id, is_ready = None, False
    if may_change and _is_trained_before_today(row):
        record = _trained_before_today(row, states)
    elif may_change and row.prepare:
        prepare = row.prepare
        record, subject_id = _in_first_state(
            row,
            lambda name: states.claim_prepared(
                name,
                operation.id,
                lambda each: prepare(api, each, calendar),
                preferred=needs_delivery_partner if row.names_partner else None,
            ),
        )
        is_ready = True
    else:
        record = _in_first_state(row, states.claim) if may_change else _record_to_read(row, states)
    cohort = _cohort(record)
    values = dict(cohort)
    if row.subject is Subject.DECLARATION and not subject_id:
        about = states.inventory.declarations_about(record) if isinstance(record, Participant) else ()
        subject_id = next((each.id for each in (*about, *states.inventory.declarations)), None)
        if subject_id is None:
            raise _nothing_listed(operation)
    subject_id = subject_id or record.id
    own = _ids(row, operation, states.inventory, cohort)
    if row.subject is Subject.LISTED:
        if not own:
            raise _nothing_listed(operation)
        subject_id = own[0]
        if operation.writes:
            subject_id, partners = _partnership_to_update(states.inventory)
            values |= partners
    if row.subject is Subject.SCHOOL:
        values |= _new_partnership(cohort, states.inventory, calendar)
    if row.names_partner and isinstance(record, Participant):
        values |= _partner_of_declaration(record, states.inventory)
    foreign_id = None
    if others:
        # A participant who has moved may be in both lists, and so may the declarations about them.
        inventory = states.inventory
        ours = {*own, *(each.participant_id for each in inventory.declarations)}
        ours |= {each.id for each in (*inventory.participants, *inventory.with_several_enrolments)}
        foreign, declared = _ids(row, operation, others, cohort), {}
        if row.subject is Subject.DECLARATION:  # the lists hold the participants of one programme only
            declarations = [each for each in others.declarations if str(each.course).startswith(f"{api.programme}-")]
            declared = {each.id: each.participant_id for each in declarations}
            foreign = tuple(each for each in foreign if each in declared)
        foreign_id = next((each for each in foreign if ours.isdisjoint((each, declared.get(each)))), None)
    return CaseRecords(record, subject_id, foreign_id, values, is_ready)


def _trained_before_today(row: OperationSubject, states: States) -> Any:
    """Claim a participant, preferably one whose eligibility is undecided: no other test can use the same one later."""
    with contextlib.suppress(CouldNotRun):
        return states.claim_trained(row.state, where=lambda each: each.eligible_for_funding is not True)
    return _in_first_state(row, states.claim_trained)


def _in_first_state(row: OperationSubject, claim: Callable[[str], T]) -> T:
    """Claim a record in the state of the subject, or else in one of its other states."""
    for name in (row.state, *row.spares)[:-1]:
        with contextlib.suppress(CouldNotRun):
            return claim(name)
    return claim((row.state, *row.spares)[-1])


def _is_trained_before_today(row: OperationSubject) -> bool:
    state = CATALOGUE[row.state]
    return isinstance(state, ParticipantState) and state.trained_before_today


def _nothing_listed(operation: Operation) -> CouldNotRun:
    return CouldNotRun(
        f"The target's list has no record for {operation.method} {operation.path}.",
        "Add a record of that kind to the target.",
    )


def _record_to_read(row: OperationSubject, states: States) -> Participant | Application:
    try:
        return states.look_or_any(row.state)
    except CouldNotRun:
        if row.subject in (Subject.NONE, Subject.LISTED):  # these can be requested without a participant
            return Participant(UNKNOWN_ID, {}, {})
        raise


def _cohort(record: Participant | Application) -> dict[str, str]:
    return {"cohort": record.cohort} if record.cohort else {}


def _ids(
    row: OperationSubject, operation: Operation, inventory: Inventory, cohort: Mapping[str, str]
) -> tuple[str, ...]:
    match row.subject:
        case Subject.DECLARATION:
            # Voidable ones first: voiding any other is refused, whichever provider has declared it.
            return tuple(
                each.id for each in sorted(inventory.declarations, key=lambda each: each.state not in _VOIDABLE)
            )
        case Subject.APPLICATION:
            return tuple(each.id for each in inventory.applications)
        case Subject.LISTED:
            # The list of schools requires a cohort.
            is_school = operation.id == "show_ecf_school"
            if is_school and not cohort:
                return ()
            query = _cohort_filter(cohort) if is_school else ()
            # The inventory can be of another version than the operation.
            path = operation.path.replace("/{id}", "").split("/", 3)[3]
            listed = inventory.resources(f"/api/{inventory.version}/{path}", *query)
            return tuple(str(each["id"]) for each in listed)
        case _:
            return tuple(each.id for each in inventory.participants)


def _partnership_to_update(inventory: Inventory) -> tuple[str, Mapping[str, str]]:
    """Return a partnership and its own partner, so that an update changes nothing for other tests.

    Prefer a cohort in which some delivery partner does not work with the provider: naming it must be refused.
    """
    listed = inventory.listed("delivery_partners")
    partnerships = [(each, _unrelated_partner(listed, field_values(each, "cohort"))) for each in inventory.partnerships]
    chosen, unrelated = next((each for each in partnerships if each[1]), partnerships[0])
    return chosen["id"], {"partner": str(chosen["attributes"].get("delivery_partner_id", UNKNOWN_ID)), **unrelated}


def _partner_of_declaration(participant: Participant, inventory: Inventory) -> Mapping[str, str]:
    """Return the delivery partner that a declaration names, and one of other cohorts; none if it needs none."""
    if not participant.delivery_partners:
        return {}
    unrelated = _unrelated_partner(inventory.listed("delivery_partners"), frozenset({str(participant.cohort)}))
    return {"partner": participant.delivery_partners[0], **unrelated}


def _new_partnership(cohort: Mapping[str, str], inventory: Inventory, calendar: Calendar) -> Mapping[str, str]:
    """Return a school without a partnership, the last one as other tests take the first, and a delivery partner.

    Both are of the record's cohort. In the ECT service, any open cohort will do.
    """
    is_successor = calendar.edition >= SUCCESSORS
    listed = inventory.listed("delivery_partners")
    for each in _open_cohorts(cohort, calendar, inventory.today) if is_successor else [cohort]:
        partners = [partner for partner in listed if field_values(partner, "cohort") >= set(each.values())]
        schools = _ready_schools(each, inventory) if is_successor else _free_schools(each, inventory)
        if schools and partners:
            unrelated = _unrelated_partner(listed, frozenset(each.values()))
            return {**each, "school": str(schools[-1]), "partner": str(partners[0]["id"]), **unrelated}
    raise CouldNotRun(
        "This cohort has no school without a partnership, or no delivery partner.",
        "Add a school that chooses a provider, and a delivery partner, to the target.",
    )


def _open_cohorts(cohort: Mapping[str, str], calendar: Calendar, today: date) -> Sequence[Mapping[str, str]]:
    """Return the cohorts in which the ECT service accepts partnerships: the given one first, then the newest first."""
    known = calendar.cohorts.values()
    years = [str(each.year) for each in known if not each.closed and each.registration_start <= today]
    first = [each for each in cohort.values() if each in years]
    return [{"cohort": year} for year in dict.fromkeys((*first, *reversed(years)))]


def _ready_schools(cohort: Mapping[str, str], inventory: Inventory) -> Sequence[str]:
    """Return the schools with which the ECT service accepts a partnership.

    A school without registered participants is one of them, but not one whose registered participants are all
    school-led. Other tests expect refusals about the last one.
    """
    schools = inventory.listed("ecf_schools", *_cohort_filter(cohort))
    ready = [
        each["id"]
        for each in schools
        if not _is_partnered(each) and field_values(each, "induction_programme_choice").isdisjoint(_SCHOOL_LED)
    ]
    return ready[:-1] or ready


def _unrelated_partner(partners: Sequence[Mapping[str, Any]], cohorts: frozenset[str]) -> Mapping[str, str]:
    """Return a delivery partner that works with the provider in none of these cohorts, if there is one."""
    unrelated = [
        each["id"] for each in partners if field_values(each, "cohort") and not field_values(each, "cohort") & cohorts
    ]
    return {"unrelated": str(unrelated[0])} if unrelated else {}


def _free_schools(cohort: Mapping[str, str], inventory: Inventory) -> Sequence[str]:
    """Return the schools that may enter a partnership.

    Those are schools with a confirmed programme, or else without a partnership in the year before. Others are refused
    until they confirm (behaviour PART-POST-NOT-YET-CONFIRMED).
    """
    schools = [each for each in inventory.listed("ecf_schools", *_cohort_filter(cohort)) if not _is_partnered(each)]
    confirmed = [
        each["id"] for each in schools if field_values(each, "induction_programme_choice").isdisjoint(_UNDECIDED)
    ]
    if confirmed or not schools:
        return confirmed
    year = parse_year(cohort.get("cohort"))
    try:
        year_before = inventory.listed("ecf_schools", *_cohort_filter({"cohort": str(year - 1)})) if year else ()
    except CouldNotRun:  # it was the first cohort of all
        year_before = ()
    partnered = {each["id"] for each in year_before if _is_partnered(each)}
    return [each["id"] for each in schools if each["id"] not in partnered]


def _is_partnered(school: Mapping[str, Any]) -> bool:
    return school["attributes"].get("in_partnership") is not False


def _cohort_filter(cohort: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((f"filter[{name}]", value) for name, value in cohort.items())
