"""The operations on NPQ applications."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam

from lead_provider_sandbox.domain import applications as decisions
from lead_provider_sandbox.domain.records import Application, Person
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.csv_responses import csv_answer
from lead_provider_sandbox.http.ordering import order
from lead_provider_sandbox.http.query import (
    WHOLE_LIST,
    Page,
    cohorts,
    created_since,
    listed_values,
    page,
    updated_since,
)
from lead_provider_sandbox.http.request_body import Attributes, attributes, document
from lead_provider_sandbox.http.responses import WRONG_STRUCTURE, Answer, bad_request, not_found, resource
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.csv_files import APPLICATION_COLUMNS_V1, APPLICATION_COLUMNS_V2, csv_of_rows
from lead_provider_sandbox.serializers.npq import application as serialize
from lead_provider_sandbox.store import npq as store
from lead_provider_sandbox.store.query import Wanted
from lead_provider_sandbox.store.tables import applications as table

_COLUMNS = {"created_at": table.c.created_at, "updated_at": table.c.updated_at, "id": table.c.id}
_MINE = table.c.provider_id == bindparam("provider_id")
_WITH_ID = table.c.id == bindparam("id")
_AFTER = table.c.updated_at > bindparam("since")
_MADE_SINCE = table.c.created_at >= bindparam("made_since")
_OF_COHORTS = table.c.cohort.in_(bindparam("years", expanding=True))
_OF_APPLICANTS = table.c.person_id.in_(bindparam("applicants", expanding=True))
_KNOWN = ("funded_place", "schedule_identifier")


@part("npq-applications.list")
def list_applications(call: Call) -> Answer:
    """The applications to the caller, whatever their status (behaviour NAPP-LIST)."""
    return resource(_listed(call, page(call)))


@part("npq-applications.csv")
def list_applications_csv(call: Call) -> Answer:
    """The whole list as a file."""
    columns = APPLICATION_COLUMNS_V1 if call.version == "v1" else APPLICATION_COLUMNS_V2
    rows = [{"id": each["id"], **each["attributes"]} for each in _listed(call, WHOLE_LIST)]
    return csv_answer(csv_of_rows(columns, rows))


@part("npq-applications.show")
def show_application(call: Call) -> Answer:
    """One application to the caller."""
    return _answer(call)


@part("npq-applications.accept")
def accept_application(call: Call) -> Answer:
    """Accept an application; the body may be left out (behaviour NAPP-ACCEPT-NO-BODY)."""
    application, applicant = _find(call)
    decisions.accept(call, decisions.decision(call, application, applicant, _optional_attributes(call)))
    return _answer(call)


@part("npq-applications.reject")
def reject_application(call: Call) -> Answer:
    """Reject an application."""
    application, _ = _find(call)
    decisions.reject(call, application)
    return _answer(call)


@part("npq-applications.change-funded-place")
def change_funded_place(call: Call) -> Answer:
    """Give or take an accepted applicant's funded place."""
    application, applicant = _find(call)
    decisions.change_funded_place(call, decisions.decision(call, application, applicant, attributes(call)))
    return _answer(call)


def _optional_attributes(call: Call) -> Attributes:
    """Attributes of a body that may be missing; in version 3 one with unknown keys only is refused.

    Behaviour NAPP-ACCEPT-WRONG-KEY.
    """
    if document(call) == {}:
        return {}
    given = attributes(call)
    if call.version == "v3" and given and not any(name in given for name in _KNOWN):
        raise bad_request(WRONG_STRUCTURE)
    return given


def _find(call: Call) -> tuple[Application, Person]:
    wanted = Wanted(_MINE, _WITH_ID, provider_id=call.provider.id, id=call.ids["id"])
    found = store.listed_applications(call.connection, wanted, (table.c.id,), 1, 0)
    if not found:
        raise not_found()
    return found[0]


def _answer(call: Call) -> Answer:
    return resource(serialize(call, *_find(call)))


def _listed(call: Call, slice_: Page) -> list[dict[str, Any]]:
    found = store.listed_applications(
        call.connection, _wanted(call), tuple(order(call, _COLUMNS)), slice_.limit, slice_.offset
    )
    return [serialize(call, application, applicant) for application, applicant in found]


def _wanted(call: Call) -> Wanted:
    """To the caller, and satisfying every filter of the version."""
    wanted = Wanted(_MINE, provider_id=call.provider.id)
    since = updated_since(call)
    if since is not None:
        # Without the instant itself, unlike the ECF lists (behaviour FILT-UPDATED-SINCE-BOUNDARY).
        wanted.also(_AFTER, since=since)
    made_since = created_since(call) if call.version == "v1" else None
    if made_since is not None:
        wanted.also(_MADE_SINCE, made_since=made_since)
    years = cohorts(call)
    if years is not None:
        wanted.also(_OF_COHORTS, years=years)
    applicants = call.query.filter("participant_id") if call.version == "v3" else None
    if applicants is not None:
        wanted.also(_OF_APPLICANTS, applicants=[each.lower() for each in listed_values(applicants)])
    return wanted
