"""The operations on participant declarations."""

from __future__ import annotations

from functools import cache

from sqlalchemy import ColumnElement, bindparam, false, or_

from lead_provider_sandbox.domain.proposals import proposed
from lead_provider_sandbox.domain.recording import declare
from lead_provider_sandbox.domain.voiding import void
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.csv_responses import csv_answer
from lead_provider_sandbox.http.query import WHOLE_LIST, cohorts, listed_values, page, updated_since
from lead_provider_sandbox.http.request_body import attributes
from lead_provider_sandbox.http.responses import Answer, not_found, resource
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.csv_files import csv_of_resources
from lead_provider_sandbox.serializers.declarations import serialize
from lead_provider_sandbox.store import declarations as store
from lead_provider_sandbox.store.query import Wanted
from lead_provider_sandbox.store.tables import declarations as table

_WITH_ID = table.c.id == bindparam("id")
_SINCE = table.c.updated_at >= bindparam("since")
_AFTER = table.c.updated_at > bindparam("since")
_OF_PARTICIPANTS = table.c.person_id.in_(bindparam("participants", expanding=True))
_OF_COHORTS = table.c.cohort.in_(bindparam("years", expanding=True))
_OF_PARTNERS = table.c.delivery_partner_id.in_(bindparam("partners", expanding=True))


@part("declarations.list")
def list_declarations(call: Call) -> Answer:
    """The caller's declarations, and those it may see of earlier providers, oldest first."""
    wanted, slice_ = _wanted(call), page(call)
    found = store.listed_declarations(call.connection, wanted, slice_.limit, slice_.offset)
    return resource([serialize(call, each) for each in found])


@part("declarations.csv")
def list_declarations_csv(call: Call) -> Answer:
    """The whole list of versions 1 and 2 as a file (behaviours CSV-DECLARATIONS-V1, CSV-DECLARATIONS-V2)."""
    found = store.listed_declarations(call.connection, _wanted(call), WHOLE_LIST.limit, WHOLE_LIST.offset)
    return csv_answer(csv_of_resources([serialize(call, each) for each in found]))


@part("declarations.show")
def show_declaration(call: Call) -> Answer:
    """One declaration that the caller may see."""
    wanted = _seen(call)
    wanted.also(_WITH_ID, id=call.ids["id"])
    found = store.listed_declarations(call.connection, wanted, 1, 0)
    if not found:
        raise not_found()
    return resource(serialize(call, found[0]))


@part("declarations.create")
def create_declaration(call: Call) -> Answer:
    """Declare that a participant has reached a milestone; answered with 200 (behaviour DECL-POST-OK)."""
    return _answer(call, declare(call, proposed(call, attributes(call))))


@part("declarations.void")
def void_declaration(call: Call) -> Answer:
    """Void a declaration that the caller itself has made (behaviour AUTH-OTHER-PROVIDER-VOID-404)."""
    made = store.declaration(call.connection, call.ids["id"])
    if made is None or made.provider_id != call.provider.id:
        raise not_found()
    void(call, made)
    return _answer(call, made.id)


def _answer(call: Call, declaration_id: str) -> Answer:
    made = store.declaration(call.connection, declaration_id)
    if made is None:
        raise not_found()
    return resource(serialize(call, made))


@part("declarations.visible")
def _visible(call: Call) -> ColumnElement[bool]:
    """Which declarations the caller may see."""
    return _visible_with(ecf=call.provider.ecf, npq=call.provider.npq)


@cache
def _visible_with(*, ecf: bool, npq: bool) -> ColumnElement[bool]:
    programmes = [name for name, offered in (("ecf", ecf), ("npq", npq)) if offered]
    return store.VISIBLE & or_(false(), *(table.c.programme == name for name in programmes))


def _seen(call: Call) -> Wanted:
    return Wanted(_visible(call), provider_id=call.provider.id, today=call.today)


def _wanted(call: Call) -> Wanted:
    """Visible, and satisfying every filter of the version (behaviour FILT-COMBINED-AND)."""
    wanted = _seen(call)
    since = updated_since(call)
    if since is not None:
        # Version 3 includes the instant itself (behaviour FILT-UPDATED-SINCE-BOUNDARY).
        wanted.also(_SINCE if call.version == "v3" else _AFTER, since=since)
    participants = call.query.filter("participant_id")
    if participants is not None:
        ids = listed_values(participants) if call.version == "v3" else [participants]
        wanted.also(_of_participants(call), participants=[each.lower() for each in ids])
    if call.version == "v3":
        years = cohorts(call)
        if years is not None:
            wanted.also(_OF_COHORTS, years=years)
        partners = call.query.filter("delivery_partner_id")
        if partners is not None:
            wanted.also(_OF_PARTNERS, partners=listed_values(partners))
    return wanted


@part("filter.participant-id")
def _of_participants(_: Call) -> ColumnElement[bool]:
    """Declarations of any of the participants that are asked for.

    Behaviours FILT-DECL-PARTICIPANT-ID, FILT-DECL-PARTICIPANT-ID-LIST.
    """
    return _OF_PARTICIPANTS
