"""The operations on partnerships, schools and delivery partners, which only version 3 has."""

from __future__ import annotations

from sqlalchemy import bindparam

from lead_provider_sandbox.domain.partnering import change_partner, confirm, confirmed, partner_change
from lead_provider_sandbox.domain.places import Partnership
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.ordering import order
from lead_provider_sandbox.http.query import Page, cohorts, listed_values, page, updated_since
from lead_provider_sandbox.http.request_body import attributes
from lead_provider_sandbox.http.responses import Answer, bad_request, not_found, resource
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers import partnerships as representation
from lead_provider_sandbox.store import partnerships as store
from lead_provider_sandbox.store.query import Wanted
from lead_provider_sandbox.store.tables import delivery_partners, partnerships, schools

_MINE = partnerships.c.provider_id == bindparam("provider_id")
_NO_RELATIONSHIP = ~partnerships.c.relationship
_WITH_ID = partnerships.c.id == bindparam("id")
_OF_COHORTS = partnerships.c.cohort.in_(bindparam("years", expanding=True))
_OF_PARTNERS = partnerships.c.delivery_partner_id.in_(bindparam("partners", expanding=True))
_SINCE = bindparam("since") <= store.SHOWN_UPDATED_AT
_SCHOOL_WITH_ID = schools.c.id == bindparam("id")
_SCHOOL_WITH_URN = schools.c.urn == bindparam("urn")

_PARTNERSHIP_COLUMNS = {
    "created_at": partnerships.c.created_at,
    "updated_at": store.SHOWN_UPDATED_AT,
    "id": partnerships.c.id,
}
_SCHOOL_COLUMNS = {
    "created_at": schools.c.created_at,
    "updated_at": store.SCHOOL_SHOWN_UPDATED_AT,
    "id": schools.c.id,
}
_PARTNER_COLUMNS = {
    "created_at": delivery_partners.c.created_at,
    "updated_at": delivery_partners.c.updated_at,
    "name": delivery_partners.c.name,
    "id": delivery_partners.c.id,
}


@part("partnerships.list")
def list_partnerships(call: Call) -> Answer:
    """The caller's partnerships, active and challenged (behaviours PART-LIST, PART-RELATIONSHIP-HIDDEN)."""
    wanted = _mine(call)
    years, since = cohorts(call), updated_since(call)
    if years is not None:
        wanted.also(_OF_COHORTS, years=years)
    if since is not None:
        wanted.also(_SINCE, since=since)
    partners = call.query.filter("delivery_partner_id")
    if partners is not None:
        wanted.also(_OF_PARTNERS, partners=[each.lower() for each in listed_values(partners)])
    slice_ = page(call)
    found = store.listed_partnerships(
        call.connection, wanted, tuple(order(call, _PARTNERSHIP_COLUMNS)), slice_.limit, slice_.offset
    )
    return resource([representation.partnership(call, each) for each in found])


@part("partnerships.show")
def show_partnership(call: Call) -> Answer:
    """One of the caller's partnerships."""
    return resource(representation.partnership(call, _find(call, call.ids["id"])))


@part("partnerships.create")
def create_partnership(call: Call) -> Answer:
    """Confirm a partnership; answered with 200 (behaviour PART-POST-OK)."""
    partnership_id = confirm(call, confirmed(call, attributes(call)))
    return resource(representation.partnership(call, _find(call, partnership_id)))


@part("partnerships.update")
def update_partnership(call: Call) -> Answer:
    """Give a partnership another delivery partner."""
    found = _find(call, call.ids["id"])
    change_partner(call, partner_change(call, found, attributes(call)))
    return show_partnership(call)


@part("schools.list")
def list_schools(call: Call) -> Answer:
    """Schools that can be partners in a cohort, the same for every provider.

    Behaviours SCH-LIST, SCH-NOT-PROVIDER-SCOPED.
    """
    return resource(_schools(call, Wanted(cohort=_cohort(call)), page(call)))


@part("schools.show")
def show_school(call: Call) -> Answer:
    """One school in a cohort."""
    found = _schools(call, Wanted(_SCHOOL_WITH_ID, cohort=_cohort(call), id=call.ids["id"]), Page(1, 0))
    if not found:
        raise not_found()
    return resource(found[0])


@part("delivery-partners.list")
def list_delivery_partners(call: Call) -> Answer:
    """The delivery partners that work with the caller (behaviours DPART-LIST, DPART-COHORT-FILTER)."""
    slice_, years = page(call), cohorts(call)
    wanted = Wanted(store.LINKED, provider_id=call.provider.id)
    if years is not None:
        wanted.also(store.LINKED_IN_COHORTS, years=years)
    found = store.listed_delivery_partners(
        call.connection, wanted, tuple(order(call, _PARTNER_COLUMNS)), slice_.limit, slice_.offset
    )
    linked = store.cohorts_of_partners(call.connection, call.provider.id)
    return resource([representation.delivery_partner(call, each, linked[each.id]) for each in found])


@part("delivery-partners.show")
def show_delivery_partner(call: Call) -> Answer:
    """One delivery partner that works with the caller (behaviour DPART-SHOW-404)."""
    partner = store.delivery_partner(call.connection, call.ids["id"])
    linked = store.linked_cohorts(call.connection, call.provider.id, call.ids["id"])
    if partner is None or not linked:
        raise not_found()
    return resource(representation.delivery_partner(call, partner, linked))


def _mine(call: Call) -> Wanted:
    return Wanted(_MINE, _NO_RELATIONSHIP, provider_id=call.provider.id)


def _find(call: Call, partnership_id: str) -> Partnership:
    wanted = _mine(call)
    wanted.also(_WITH_ID, id=partnership_id)
    found = store.listed_partnerships(call.connection, wanted, (partnerships.c.id,), 1, 0)
    if not found:
        raise not_found()
    return found[0]


@part("schools.cohort-required")
def _cohort(call: Call) -> int | None:
    """`filter[cohort]` must be given (behaviour FILT-SCHOOL-COHORT-REQUIRED); None when there is no such cohort."""
    if call.query.filter("cohort") is None:
        raise bad_request("The filter '#/cohort' must be included in your request", title="Bad parameter")
    known = [year for year in cohorts(call) or () if year in call.calendar.cohorts]
    return known[0] if known else None


def _schools(call: Call, wanted: Wanted, slice_: Page) -> list[dict[str, object]]:
    since, urn, cohort = updated_since(call), call.query.filter("urn"), wanted.values["cohort"]
    if cohort is None:
        return []
    if since is not None:
        wanted.also(store.SCHOOL_CHANGED_SINCE, since=since)
    if urn is not None:
        wanted.also(_SCHOOL_WITH_URN, urn=urn)
    by = tuple(order(call, _SCHOOL_COLUMNS))
    found = store.listed_schools(call.connection, wanted, by, slice_.limit, slice_.offset)
    return [representation.school(call, cohort, *each) for each in found]
