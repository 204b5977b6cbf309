"""The operations on ECF participants."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement

from lead_provider_sandbox.api.answers import Answer, bad_request, not_found, resource
from lead_provider_sandbox.api.body import attributes
from lead_provider_sandbox.api.call import Call
from lead_provider_sandbox.api.query import cohorts, listed_values, page, sort_keys, updated_since
from lead_provider_sandbox.domain.lifecycles import TRAINING
from lead_provider_sandbox.domain.training import perform, requested
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.representations import ecf_participants as representation
from lead_provider_sandbox.store import people as store
from lead_provider_sandbox.store.tables import enrolments, people

_SORT_KEYS = {"created_at": "created_at", "updated_at": "updated_at", "id": "id"}


@part("ecf-participants.list")
def list_participants(call: Call) -> Answer:
    """Everybody who trains, or trained, with the caller, one resource a person (behaviour PECF-V3-LIST)."""
    listing = store.listed_people(call.provider.id, _conditions(call), _order(call))
    slice_ = page(call)
    found = store.page_of_people(call.connection, listing, slice_.limit, slice_.offset)
    enrolled = store.enrolments_of_page(call.connection, call.provider.id, listing, slice_.limit, slice_.offset)
    changes = store.id_changes_of_page(call.connection, listing, slice_.limit, slice_.offset)
    return resource(
        [representation.v3(call, each, enrolled.get(each.id, []), changes.get(each.id, [])) for each in found]
    )


@part("ecf-participants.show")
def show_participant(call: Call) -> Answer:
    """One participant of the caller's, with their enrolments with the caller only."""
    return _answer(call, call.ids["id"], owner_of(call))


@part("ecf-participants.defer")
def defer(call: Call) -> Answer:
    """The participant takes a break from training."""
    return _act(call, "defer")


@part("ecf-participants.resume")
def resume(call: Call) -> Answer:
    """The participant takes up training again."""
    return _act(call, "resume")


@part("ecf-participants.withdraw")
def withdraw(call: Call) -> Answer:
    """The participant leaves training with the caller."""
    return _act(call, "withdraw")


def _act(call: Call, event: str) -> Answer:
    action = requested(call, event, "ecf", attributes(call))
    perform(call, action)
    return _answer(call, action.person.id if action.person else "", call.provider.id)


@part("ecf-participants.owner")
def owner_of(call: Call) -> str:
    """Whose participants the caller may show: its own."""
    return call.provider.id


def _answer(call: Call, person_id: str, provider_id: str) -> Answer:
    found = store.enrolled_person(call.connection, person_id, provider_id)
    if found is None:
        raise not_found()
    return resource(representation.v3(call, *found))


def _conditions(call: Call) -> list[ColumnElement[bool]]:
    """What every filter asks of a person or an enrolment (behaviour FILT-COMBINED-AND)."""
    wanted: list[ColumnElement[bool]] = []
    years = cohorts(call)
    if years is not None:
        wanted.append(enrolments.c.cohort.in_(years))
    since = updated_since(call)
    if since is not None:
        wanted.append(people.c.updated_at >= since)
    status = call.query.filter("training_status")
    if status is not None:
        if status not in TRAINING.states:
            known = ", ".join(f'"{each}"' for each in TRAINING.states)
            raise bad_request(f"The filter '#/training_status' must be [{known}]")
        wanted.append(enrolments.c.training_status == status)
    former = call.query.filter("from_participant_id")
    if former is not None:
        wanted.append(store.merged_from([each.lower() for each in listed_values(former)]))
    return wanted


def _order(call: Call) -> list[ColumnElement[Any]]:
    keys = sort_keys(call, _SORT_KEYS) or [("created_at", False)]
    order = [people.c[name].desc() if descending else people.c[name].asc() for name, descending in keys]
    return [*order, people.c.id]
