"""The operations on statements, transfers and unfunded mentors, which only version 3 has."""

from __future__ import annotations

from sqlalchemy import ColumnElement, bindparam

from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.ecf_participants import PERSON_COLUMNS, PERSON_SINCE, PERSON_WITH_ID
from lead_provider_sandbox.http.ordering import order
from lead_provider_sandbox.http.query import Page, cohorts, page, updated_since
from lead_provider_sandbox.http.responses import Answer, not_found, resource
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers import statements as representation
from lead_provider_sandbox.store import statements as store
from lead_provider_sandbox.store.query import Wanted
from lead_provider_sandbox.store.tables import statements

_MINE = statements.c.provider_id == bindparam("provider_id")
_WITH_ID = statements.c.id == bindparam("id")
_OF_COHORTS = statements.c.cohort.in_(bindparam("years", expanding=True))
_OF_PROGRAMME = statements.c.programme == bindparam("programme")
_SINCE = statements.c.updated_at >= bindparam("since")


@part("statements.list")
def list_statements(call: Call) -> Answer:
    """The caller's statements by payment date (behaviours STMT-LIST, SORT-STATEMENTS)."""
    wanted = Wanted(_mine(call), provider_id=call.provider.id)
    years, since = cohorts(call), updated_since(call)
    if years is not None:
        wanted.also(_OF_COHORTS, years=years)
    if since is not None:
        wanted.also(_SINCE, since=since)
    programme = call.query.filter("type")
    if programme is not None:
        wanted.also(_OF_PROGRAMME, programme=programme)
    slice_ = page(call)
    found = store.listed_statements(call.connection, wanted, slice_.limit, slice_.offset)
    return resource([representation.statement(call, each) for each in found])


@part("statements.show")
def show_statement(call: Call) -> Answer:
    """One of the caller's statements."""
    wanted = Wanted(_mine(call), _WITH_ID, provider_id=call.provider.id, id=call.ids["id"])
    found = store.listed_statements(call.connection, wanted, 1, 0)
    if not found:
        raise not_found()
    return resource(representation.statement(call, found[0]))


@part("transfers.list")
def list_transfers(call: Call) -> Answer:
    """Everybody who moved between schools, from the caller or to it (behaviours TRAN-LIST, TRAN-MULTIPLE)."""
    return resource(_transfers(call, _changed_since(call), page(call)))


@part("transfers.show")
def show_transfers(call: Call) -> Answer:
    """One participant's transfers, in one resource (behaviours TRAN-SHOW, TRAN-SHOW-404)."""
    found = _transfers(call, _of_one(call), Page(1, 0))
    if not found:
        raise not_found()
    return resource(found[0])


@part("unfunded-mentors.list")
def list_unfunded_mentors(call: Call) -> Answer:
    """The mentors of the caller's early career teachers whom it does not train (behaviour UNF-LIST)."""
    return resource(_unfunded(call, _changed_since(call), page(call)))


@part("unfunded-mentors.show")
def show_unfunded_mentor(call: Call) -> Answer:
    """One such mentor."""
    found = _unfunded(call, _of_one(call), Page(1, 0))
    if not found:
        raise not_found()
    return resource(found[0])


@part("statements.mine")
def _mine(_: Call) -> ColumnElement[bool]:
    """Statements of the caller."""
    return _MINE


def _of_one(call: Call) -> Wanted:
    return Wanted(PERSON_WITH_ID, provider_id=call.provider.id, id=call.ids["id"])


def _changed_since(call: Call) -> Wanted:
    wanted, since = Wanted(provider_id=call.provider.id), updated_since(call)
    if since is not None:
        wanted.also(PERSON_SINCE, since=since)
    return wanted


def _transfers(call: Call, wanted: Wanted, slice_: Page) -> list[dict[str, object]]:
    found = store.people_with_transfers(call.connection, wanted, slice_.limit, slice_.offset)
    return [representation.transfer(call, person, moves) for person, moves in found]


def _unfunded(call: Call, wanted: Wanted, slice_: Page) -> list[dict[str, object]]:
    by = tuple(order(call, PERSON_COLUMNS))
    found = store.unfunded_mentors(call.connection, wanted, by, slice_.limit, slice_.offset)
    return [representation.unfunded_mentor(call, each) for each in found]
