"""Confirming a partnership with a school, and changing its delivery partner."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lead_provider_sandbox.domain.attributes import Attributes, text
from lead_provider_sandbox.domain.context import Context, change_time
from lead_provider_sandbox.domain.rules import Problem, Rules
from lead_provider_sandbox.domain.school_models import DeliveryPartner, Partnership, School


@dataclass(frozen=True, slots=True)
class PartnershipRequest:
    """A request to confirm a partnership, with the records that the rules need."""

    written_cohort: str | None
    cohort: int | None
    school_id: str | None
    school: School | None
    partner_id: str | None
    partner: DeliveryPartner | None
    existing: Sequence[Partnership]


def read_partnership(context: Context, attributes: Attributes) -> PartnershipRequest:
    """Read a request and look up the records that the rules need."""
    partnerships = context.store.partnerships
    written = text(attributes, "cohort")
    year = int(written) if written and re.fullmatch(r"[0-9]{4}", written) else None
    cohort = year if year in context.calendar.cohorts else None
    school_id, partner_id = text(attributes, "school_id"), text(attributes, "delivery_partner_id")
    school = partnerships.school(school_id.lower()) if school_id else None
    return PartnershipRequest(
        written_cohort=written,
        cohort=cohort,
        school_id=school_id,
        school=school,
        partner_id=partner_id,
        partner=_delivery_partner(context, partner_id),
        existing=partnerships.of_school(school.id, cohort) if school and cohort else (),
    )


PARTNERSHIP_RULES: Rules[PartnershipRequest] = Rules()


@PARTNERSHIP_RULES.rule("partnership.cohort-exists")
def cohort_exists(_: Context, request: PartnershipRequest) -> Iterator[Problem]:
    """The cohort is given and exists (behaviours PART-POST-EMPTY, PART-POST-COHORT-INVALID)."""
    if request.written_cohort is None:
        yield Problem("cohort", "Enter a '#/cohort'.")
    elif request.cohort is None:
        yield Problem("cohort", "The '#/cohort' you have entered is invalid. Check cohort details and try again.")


@PARTNERSHIP_RULES.rule("partnership.school-exists")
def school_exists(_: Context, request: PartnershipRequest) -> Iterator[Problem]:
    """The school is given and exists (behaviours PART-POST-EMPTY, PART-POST-SCHOOL-INVALID)."""
    if request.school_id is None:
        yield Problem("school_id", "Enter a '#/school_id'.")
    elif request.school is None:
        yield Problem(
            "school_id",
            "The '#/school_id' you have entered is invalid. Check school details and try again. "
            "Contact the DfE for support if you are unable to find the '#/school_id'.",
        )


@PARTNERSHIP_RULES.rule("partnership.school-eligible")
def school_eligible(_: Context, request: PartnershipRequest) -> Iterator[Problem]:
    """The school is eligible for funding (behaviours PART-POST-SCHOOL-CIP-ONLY, PART-POST-SCHOOL-INELIGIBLE)."""
    standing = request.school.standing if request.school else "open"
    if standing == "cip-only":
        yield Problem(
            "school_id",
            "The school you have entered has not registered to deliver DfE-funded training. "
            "Contact the school for more information.",
        )
    elif standing != "open":
        yield Problem(
            "school_id",
            "The school you have entered is currently ineligible for DfE funding. "
            "Contact the school for more information.",
        )


@PARTNERSHIP_RULES.rule("partnership.school-free")
def school_free(context: Context, request: PartnershipRequest) -> Iterator[Problem]:
    """No provider has an unchallenged partnership with the school.

    Behaviours PART-POST-ALREADY-CONFIRMED, PART-POST-OTHER-PROVIDER.
    """
    unchallenged = [each for each in request.existing if each.challenged_at is None]
    if any(each.provider_id == context.provider.id for each in unchallenged):
        yield Problem(
            "school_id", "You are already in a confirmed partnership with this school for the entered cohort."
        )
    elif unchallenged:
        yield Problem(
            "school_id",
            "Another provider is in a confirmed partnership with the school for the cohort you entered. "
            "Contact the school for more information.",
        )


@PARTNERSHIP_RULES.rule("partnership.school-has-set-up-cohort")
def school_set_up(context: Context, request: PartnershipRequest) -> Iterator[Problem]:
    """A school with a partnership last year has chosen this year's programme.

    Behaviour PART-POST-NOT-YET-CONFIRMED.
    """
    school, cohort = request.school, request.cohort
    if school is None or cohort is None or school.standing != "open" or request.existing:
        return
    last_year = context.store.partnerships.of_school(school.id, cohort - 1)
    partnered = any(each.challenged_at is None for each in last_year)
    if partnered and context.store.partnerships.programme_choice(school.id, cohort) is None:
        yield Problem(
            "school_id",
            "The school you have entered has not yet confirmed they will deliver DfE-funded training. "
            "Contact the school for more information.",
        )


@PARTNERSHIP_RULES.rule("partnership.delivery-partner-exists")
def partner_exists(_: Context, request: PartnershipRequest) -> Iterator[Problem]:
    """The delivery partner is given and exists (behaviours PART-POST-EMPTY, PART-POST-DP-INVALID)."""
    yield from _partner_problems(request.partner_id, request.partner)


@PARTNERSHIP_RULES.rule("partnership.delivery-partner-linked")
def partner_linked(context: Context, request: PartnershipRequest) -> Iterator[Problem]:
    """The delivery partner works with the provider in the cohort (behaviour PART-POST-DP-NO-RELATIONSHIP)."""
    if request.cohort is not None:
        yield from _link_problems(context, request.partner, request.cohort)


def confirm_partnership(context: Context, request: PartnershipRequest) -> str:
    """Confirm a partnership and return its id; a challenged one is reinstated.

    Behaviour PART-POST-AFTER-CHALLENGE.
    """
    PARTNERSHIP_RULES.check(context, request)
    if request.school is None or request.partner is None or request.cohort is None:
        raise RuntimeError("a partnership without school, cohort or delivery partner has passed the rules")
    own = next((each for each in request.existing if each.provider_id == context.provider.id), None)
    changes = {"delivery_partner_id": request.partner.id, "challenged_reason": None, "challenged_at": None}
    if own is not None:
        partnership_id = own.id
        context.store.partnerships.update(own.id, change_time(context, own.updated_at), changes)
    else:
        partnership_id = str(uuid.uuid4())
        context.store.partnerships.add(
            {
                "id": partnership_id,
                "provider_id": context.provider.id,
                "school_id": request.school.id,
                "cohort": request.cohort,
                "relationship": False,
                "created_at": context.now,
                "updated_at": context.now,
                **changes,
            },
        )
    context.store.partnerships.choose_programme(
        str(uuid.uuid4()), request.school.id, request.cohort, "full_induction_programme", context.now
    )
    return partnership_id


@dataclass(frozen=True, slots=True)
class DeliveryPartnerChange:
    """A request for another delivery partner, with the records that the rules need."""

    partnership: Partnership
    partner_id: str | None
    partner: DeliveryPartner | None


def read_partner_change(context: Context, partnership: Partnership, attributes: Attributes) -> DeliveryPartnerChange:
    """Read a request for another delivery partner; its cohort and school are ignored.

    Behaviour PART-PUT-COHORT-SCHOOL-IGNORED.
    """
    partner_id = text(attributes, "delivery_partner_id")
    return DeliveryPartnerChange(partnership, partner_id, _delivery_partner(context, partner_id))


PARTNER_CHANGE_RULES: Rules[DeliveryPartnerChange] = Rules()


@PARTNER_CHANGE_RULES.rule("partnership-change.delivery-partner-exists")
def new_partner_exists(_: Context, change: DeliveryPartnerChange) -> Iterator[Problem]:
    """The delivery partner is given and exists (behaviours PART-PUT-MISSING, PART-PUT-DP-INVALID)."""
    yield from _partner_problems(change.partner_id, change.partner)


@PARTNER_CHANGE_RULES.rule("partnership-change.not-challenged")
def not_challenged(_: Context, change: DeliveryPartnerChange) -> Iterator[Problem]:
    """The school has not challenged the partnership (behaviour PART-PUT-CHALLENGED)."""
    if change.partnership.challenged_at is not None:
        yield Problem(
            "delivery_partner_id",
            "Your update cannot be made as this partnership has been challenged by the school. If this partnership has "
            "been challenged in error, submit a new partnership confirmation using the endpoint POST "
            "/api/v3/partnerships/ecf.",
        )


@PARTNER_CHANGE_RULES.rule("partnership-change.delivery-partner-linked")
def new_partner_linked(context: Context, change: DeliveryPartnerChange) -> Iterator[Problem]:
    """The delivery partner works with the provider in the cohort (behaviour PART-PUT-DP-NO-RELATIONSHIP)."""
    yield from _link_problems(context, change.partner, change.partnership.cohort)


@PARTNER_CHANGE_RULES.rule("partnership-change.not-partner-already")
def not_partner_already(context: Context, change: DeliveryPartnerChange) -> Iterator[Problem]:
    """The provider does not already work with that delivery partner at the school (behaviour PART-PUT-DUPLICATE)."""
    own, partner = change.partnership, change.partner
    relationships = context.store.partnerships.relationships(context.provider.id, own.school_id, own.cohort)
    if partner and any(each.delivery_partner_id == partner.id for each in relationships):
        yield Problem(
            "delivery_partner_id",
            "We are unable to process this request. You are already confirmed to be in partnership with the entered "
            "delivery partner. Contact the DfE for support.",
        )


def change_partner(context: Context, change: DeliveryPartnerChange) -> None:
    """Set the delivery partner of a partnership and of its participants; earlier declarations keep theirs.

    The current one changes nothing (behaviour PART-PUT-SAME-DP).
    """
    PARTNER_CHANGE_RULES.check(context, change)
    if change.partner is None or change.partner.id == change.partnership.delivery_partner_id:
        return
    moment = change_time(context, change.partnership.updated_at)
    context.store.partnerships.update(change.partnership.id, moment, {"delivery_partner_id": change.partner.id})
    context.store.partnerships.set_delivery_partner(change.partnership.id, change.partner.id, moment)


def _delivery_partner(context: Context, partner_id: str | None) -> DeliveryPartner | None:
    return context.store.partnerships.delivery_partner(partner_id.lower()) if partner_id else None


def _partner_problems(partner_id: str | None, partner: DeliveryPartner | None) -> Iterator[Problem]:
    if partner_id is None:
        yield Problem("delivery_partner_id", "Enter a '#/delivery_partner_id'.")
    elif partner is None:
        yield Problem(
            "delivery_partner_id",
            "The '#/delivery_partner_id' you have entered is invalid. Check delivery partner details and try again.",
        )


def _link_problems(context: Context, partner: DeliveryPartner | None, cohort: int) -> Iterator[Problem]:
    if partner and cohort not in context.store.partnerships.linked_cohorts(context.provider.id, partner.id):
        yield Problem(
            "delivery_partner_id",
            "The entered delivery partner is not recognised to be working in partnership with you for the given "
            "cohort. Contact the DfE for more information.",
        )
