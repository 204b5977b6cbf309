"""Making a partnership with a school in the ECT service, and changing its delivery partner."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lead_provider_sandbox.domain.attributes import Attributes, text
from lead_provider_sandbox.domain.context import Context, change_time
from lead_provider_sandbox.domain.ect.training import has_cohort
from lead_provider_sandbox.domain.rules import Problem, Rules
from lead_provider_sandbox.domain.school_models import DeliveryPartner, Partnership, School
from lead_provider_sandbox.parts import part

UNKNOWN_PARTNER = (
    "The '#/delivery_partner_id' you have entered is invalid. Check delivery partner details and try again."
)


@dataclass(frozen=True, slots=True)
class NewPartnership:
    """A request for a partnership, with the records that the rules need. `cohort` is None if it is unknown."""

    written_cohort: str | None
    cohort: int | None
    school_id: str | None
    school: School | None
    programme: str | None
    partner_id: str | None
    partner: DeliveryPartner | None
    existing: Sequence[Partnership]


def read_partnership(context: Context, attributes: Attributes) -> NewPartnership:
    """Read a request and look up the records that the rules need."""
    store, written = context.store, text(attributes, "cohort")
    year = int(written) if written and re.fullmatch(r"[0-9]{4}", written) else None
    cohort = year if has_cohort(context, year) else None
    school_id, partner_id = text(attributes, "school_id"), text(attributes, "delivery_partner_id")
    school = store.partnerships.school(school_id.lower()) if school_id else None
    existing: Sequence[Partnership] = ()
    programme = None
    if school and cohort:
        existing = store.partnerships.of_school(school.id, cohort)
        programme = store.ect.school_programme(school.id, cohort)
    return NewPartnership(
        written_cohort=written,
        cohort=cohort,
        school_id=school_id,
        school=school,
        programme=programme,
        partner_id=partner_id,
        partner=_partner(context, partner_id),
        existing=existing,
    )


PARTNERSHIP_RULES: Rules[NewPartnership] = Rules()


@PARTNERSHIP_RULES.rule("ect-partnership.cohort-exists")
def cohort_exists(_: Context, request: NewPartnership) -> Iterator[Problem]:
    """The cohort is given and exists."""
    if request.written_cohort is None:
        yield Problem("cohort", "Enter a '#/cohort'.")
    elif request.cohort is None:
        yield Problem("cohort", "The '#/cohort' you have entered is invalid. Check cohort details and try again.")


@PARTNERSHIP_RULES.rule("ect-partnership.cohort-not-closed")
def cohort_not_closed(context: Context, request: NewPartnership) -> Iterator[Problem]:
    """The cohort is not closed."""
    if request.cohort is not None and context.calendar.cohorts[request.cohort].get("closed"):
        yield Problem("cohort", "You cannot create this partnership as the cohort is closed.")


@PARTNERSHIP_RULES.rule("ect-partnership.cohort-has-begun")
def cohort_has_begun(context: Context, request: NewPartnership) -> Iterator[Problem]:
    """The cohort has begun, on the first of June of its year."""
    if request.cohort is not None and f"{request.cohort}-06-01" > context.today:
        yield Problem("cohort", "You cannot create a partnership for a future cohort.")


@PARTNERSHIP_RULES.rule("ect-partnership.school-exists")
def school_exists(_: Context, request: NewPartnership) -> Iterator[Problem]:
    """The school is given and exists."""
    if request.school_id is None:
        yield Problem("school_id", "Enter a '#/school_id'.")
    elif request.school is None:
        yield Problem(
            "school_id",
            "The '#/school_id' you have entered is invalid. Check school details and try again. "
            "Contact the DfE for support if you are unable to find the '#/school_id'.",
        )


@PARTNERSHIP_RULES.rule("ect-partnership.school-eligible")
def school_eligible(_: Context, request: NewPartnership) -> Iterator[Problem]:
    """The school is eligible for funding."""
    if request.school is not None and request.school.standing != "open":
        yield Problem(
            "school_id",
            "The school you have entered is currently ineligible for DfE funding. "
            "Contact the school for more information.",
        )


@PARTNERSHIP_RULES.rule("ect-partnership.school-not-school-led")
def school_not_school_led(_: Context, request: NewPartnership) -> Iterator[Problem]:
    """The school has not registered participants of school-led training only."""
    if request.programme == "school_led":
        yield Problem(
            "school_id",
            "This school has only registered school-led participants. Contact the school for more information.",
        )


@PARTNERSHIP_RULES.rule("ect-partnership.school-free")
def school_free(context: Context, request: NewPartnership) -> Iterator[Problem]:
    """The provider has no partnership with the school for the cohort; other providers may have one."""
    if any(each.provider_id == context.provider.id for each in request.existing):
        yield Problem(
            "school_id", "You are already in a confirmed partnership with this school for the entered cohort."
        )


@PARTNERSHIP_RULES.rule("ect-partnership.delivery-partner-exists")
def partner_exists(_: Context, request: NewPartnership) -> Iterator[Problem]:
    """The delivery partner is given and exists."""
    yield from _partner_problems(request.partner_id, request.partner)


@PARTNERSHIP_RULES.rule("ect-partnership.delivery-partner-linked")
def partner_linked(context: Context, request: NewPartnership) -> Iterator[Problem]:
    """The delivery partner works with the provider in the cohort."""
    yield from _link_problems(context, request.partner, request.cohort)


def make_partnership(context: Context, request: NewPartnership) -> str:
    """Check the rules, make a partnership and return its id."""
    PARTNERSHIP_RULES.check(context, request)
    if request.school is None or request.partner is None or request.cohort is None:
        raise RuntimeError("a partnership without school, cohort or delivery partner has passed the rules")
    partnership_id = str(uuid.uuid4())
    context.store.partnerships.add(
        {
            "id": partnership_id,
            "provider_id": context.provider.id,
            "school_id": request.school.id,
            "delivery_partner_id": request.partner.id,
            "cohort": request.cohort,
            "relationship": False,
            "challenged_reason": None,
            "challenged_at": None,
            "created_at": context.now,
            "updated_at": context.now,
        },
    )
    return partnership_id


@dataclass(frozen=True, slots=True)
class PartnerChange:
    """A request for another delivery partner, with the records that the rules need."""

    partnership: Partnership
    partner_id: str | None
    partner: DeliveryPartner | None


def read_partner_change(context: Context, partnership: Partnership, attributes: Attributes) -> PartnerChange:
    """Read a request for another delivery partner; its cohort and school are ignored."""
    partner_id = text(attributes, "delivery_partner_id")
    return PartnerChange(partnership, partner_id, _partner(context, partner_id))


CHANGE_RULES: Rules[PartnerChange] = Rules()


@CHANGE_RULES.rule("ect-partnership-change.delivery-partner-exists")
def new_partner_exists(_: Context, change: PartnerChange) -> Iterator[Problem]:
    """The delivery partner is given and exists."""
    yield from _partner_problems(change.partner_id, change.partner)


@CHANGE_RULES.rule("ect-partnership-change.delivery-partner-linked")
def new_partner_linked(context: Context, change: PartnerChange) -> Iterator[Problem]:
    """The delivery partner works with the provider in the cohort."""
    yield from _link_problems(context, change.partner, change.partnership.cohort)


@CHANGE_RULES.rule("ect-partnership-change.another-delivery-partner")
def another_partner(context: Context, change: PartnerChange) -> Iterator[Problem]:
    """No partnership of the provider with the school for the cohort has the delivery partner."""
    own, partner = change.partnership, change.partner
    existing = context.store.partnerships.of_school(own.school_id, own.cohort)
    mine = [each.delivery_partner_id for each in existing if each.provider_id == context.provider.id]
    if partner and partner.id in mine:
        yield Problem(
            "delivery_partner_id",
            "We are unable to process this request. You are already confirmed to be in partnership with the entered "
            "delivery partner. Contact the DfE for support.",
        )


def change_partner(context: Context, change: PartnerChange) -> None:
    """Check the rules and change the delivery partner."""
    CHANGE_RULES.check(context, change)
    apply_partner_change(context, change)


@part("ect-partnership-change.effect")
def apply_partner_change(context: Context, change: PartnerChange) -> None:
    """Set the delivery partner of the partnership and of its participants; earlier declarations keep theirs."""
    if change.partner is None:
        return
    moment = change_time(context, change.partnership.updated_at)
    partner = {"delivery_partner_id": change.partner.id}
    context.store.partnerships.update(change.partnership.id, moment, partner)
    context.store.partnerships.set_delivery_partner(change.partnership.id, change.partner.id, moment)


def _partner(context: Context, partner_id: str | None) -> DeliveryPartner | None:
    return context.store.partnerships.delivery_partner(partner_id.lower()) if partner_id else None


def _partner_problems(partner_id: str | None, partner: DeliveryPartner | None) -> Iterator[Problem]:
    if partner_id is None:
        yield Problem("delivery_partner_id", "Enter a '#/delivery_partner_id'.")
    elif partner is None:
        yield Problem("delivery_partner_id", UNKNOWN_PARTNER)


def _link_problems(context: Context, partner: DeliveryPartner | None, cohort: int | None) -> Iterator[Problem]:
    if partner and cohort not in context.store.partnerships.linked_cohorts(context.provider.id, partner.id):
        yield Problem(
            "delivery_partner_id",
            "The entered delivery partner is not recognised to be working in partnership with you for the given "
            "cohort. Contact the DfE for more information.",
        )
