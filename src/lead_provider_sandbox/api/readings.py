"""The operations on statements, transfers and unfunded mentors, which only version 3 has."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from lead_provider_sandbox.api.answers import Answer, not_found, resource
from lead_provider_sandbox.api.call import Call
from lead_provider_sandbox.api.ecf_participants import PERSON_COLUMNS
from lead_provider_sandbox.api.ordering import order
from lead_provider_sandbox.api.query import Page, cohorts, page, updated_since
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.representations import readings as representation
from lead_provider_sandbox.store import readings as store
from lead_provider_sandbox.store.tables import people, statements


@part("statements.list")
def list_statements(call: Call) -> Answer:
    """The caller's statements by payment date (behaviours STMT-LIST, SORT-STATEMENTS)."""
    wanted = [_mine(call)]
    years, since = cohorts(call), updated_since(call)
    if years is not None:
        wanted.append(statements.c.cohort.in_(years))
    if since is not None:
        wanted.append(statements.c.updated_at >= since)
    programme = call.query.filter("type")
    if programme is not None:
        wanted.append(statements.c.programme == programme)
    slice_ = page(call)
    found = store.listed_statements(call.connection, wanted, slice_.limit, slice_.offset)
    return resource([representation.statement(call, each) for each in found])


@part("statements.show")
def show_statement(call: Call) -> Answer:
    """One of the caller's statements."""
    wanted = [_mine(call), statements.c.id == call.ids["id"]]
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
    found = _transfers(call, [people.c.id == call.ids["id"]], Page(1, 0))
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
    found = _unfunded(call, [people.c.id == call.ids["id"]], Page(1, 0))
    if not found:
        raise not_found()
    return resource(found[0])


@part("statements.mine")
def _mine(call: Call) -> ColumnElement[bool]:
    """Statements of the caller."""
    return statements.c.provider_id == call.provider.id


def _changed_since(call: Call) -> list[ColumnElement[bool]]:
    since = updated_since(call)
    return [] if since is None else [people.c.updated_at >= since]


def _transfers(call: Call, wanted: list[ColumnElement[bool]], slice_: Page) -> list[dict[str, object]]:
    found = store.people_with_transfers(call.connection, call.provider.id, wanted, slice_.limit, slice_.offset)
    return [representation.transfer(call, person, moves) for person, moves in found]


def _unfunded(call: Call, wanted: list[ColumnElement[bool]], slice_: Page) -> list[dict[str, object]]:
    found = store.unfunded_mentors(
        call.connection, call.provider.id, wanted, order(call, PERSON_COLUMNS), slice_.limit, slice_.offset
    )
    return [representation.unfunded_mentor(call, each) for each in found]
