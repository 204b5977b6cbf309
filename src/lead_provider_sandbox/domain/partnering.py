"""Partnerships of a provider with schools and delivery partners: confirming one, and changing its delivery partner."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lead_provider_sandbox.domain.changes import moment_of_change
from lead_provider_sandbox.domain.places import DeliveryPartner, Partnership, School
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.request_body import Attributes, text
from lead_provider_sandbox.parts import Problem, Rule, judge, rule
from lead_provider_sandbox.store import partnerships as store


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A partnership that a provider confirms, with what is known of school and delivery partner."""

    written_cohort: str | None
    cohort: int | None
    school_id: str | None
    school: School | None
    partner_id: str | None
    partner: DeliveryPartner | None
    linked_cohorts: Sequence[int]
    existing: Sequence[Partnership]
    choice: str | None
    partnered_last_year: bool


def confirmed(call: Call, attributes: Attributes) -> Confirmation:
    """Read a confirmation and look up what the rules need."""
    written = text(attributes, "cohort")
    year = int(written) if written and re.fullmatch(r"[0-9]{4}", written) else None
    cohort = year if year in call.calendar.cohorts else None
    school_id, partner_id = text(attributes, "school_id"), text(attributes, "delivery_partner_id")
    school = store.school(call.connection, school_id.lower()) if school_id else None
    partner = store.delivery_partner(call.connection, partner_id.lower()) if partner_id else None
    return Confirmation(
        written_cohort=written,
        cohort=cohort,
        school_id=school_id,
        school=school,
        partner_id=partner_id,
        partner=partner,
        linked_cohorts=store.linked_cohorts(call.connection, call.provider.id, partner.id) if partner else (),
        existing=store.of_school(call.connection, school.id, cohort) if school and cohort else (),
        choice=store.choice(call.connection, school.id, cohort) if school and cohort else None,
        partnered_last_year=any(
            each.challenged_at is None for each in store.of_school(call.connection, school.id, cohort - 1)
        )
        if school and cohort
        else False,
    )


@rule("partnership.cohort-exists")
def cohort_exists(_: Call, wanted: Confirmation) -> Iterator[Problem]:
    """The cohort is given and exists (behaviours PART-POST-EMPTY, PART-POST-COHORT-INVALID)."""
    if wanted.written_cohort is None:
        yield Problem("cohort", "Enter a '#/cohort'.")
    elif wanted.cohort is None:
        yield Problem("cohort", "The '#/cohort' you have entered is invalid. Check cohort details and try again.")


@rule("partnership.school-exists")
def school_exists(_: Call, wanted: Confirmation) -> Iterator[Problem]:
    """The school is given and exists (behaviours PART-POST-EMPTY, PART-POST-SCHOOL-INVALID)."""
    if wanted.school_id is None:
        yield Problem("school_id", "Enter a '#/school_id'.")
    elif wanted.school is None:
        yield Problem(
            "school_id",
            "The '#/school_id' you have entered is invalid. Check school details and try again. "
            "Contact the DfE for support if you are unable to find the '#/school_id'.",
        )


@rule("partnership.school-eligible")
def school_eligible(_: Call, wanted: Confirmation) -> Iterator[Problem]:
    """The school can have funded training (behaviours PART-POST-SCHOOL-CIP-ONLY, PART-POST-SCHOOL-INELIGIBLE)."""
    standing = wanted.school.standing if wanted.school else "open"
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


@rule("partnership.school-free")
def school_free(call: Call, wanted: Confirmation) -> Iterator[Problem]:
    """Nobody is in an unchallenged partnership with the school.

    Behaviours PART-POST-ALREADY-CONFIRMED, PART-POST-OTHER-PROVIDER.
    """
    standing = [each for each in wanted.existing if each.challenged_at is None]
    if any(each.provider_id == call.provider.id for each in standing):
        yield Problem(
            "school_id", "You are already in a confirmed partnership with this school for the entered cohort."
        )
    elif standing:
        yield Problem(
            "school_id",
            "Another provider is in a confirmed partnership with the school for the cohort you entered. "
            "Contact the school for more information.",
        )


@rule("partnership.school-has-set-up-cohort")
def school_set_up(_: Call, wanted: Confirmation) -> Iterator[Problem]:
    """A school with a partner last year has said what it does this year (behaviour PART-POST-NOT-YET-CONFIRMED)."""
    school = wanted.school
    if school is None or school.standing != "open" or wanted.existing:
        return
    if wanted.partnered_last_year and wanted.choice is None:
        yield Problem(
            "school_id",
            "The school you have entered has not yet confirmed they will deliver DfE-funded training. "
            "Contact the school for more information.",
        )


@rule("partnership.delivery-partner-exists")
def partner_exists(_: Call, wanted: Confirmation) -> Iterator[Problem]:
    """The delivery partner is given and exists (behaviours PART-POST-EMPTY, PART-POST-DP-INVALID)."""
    yield from _partner_problems(wanted.partner_id, wanted.partner)


@rule("partnership.delivery-partner-linked")
def partner_linked(_: Call, wanted: Confirmation) -> Iterator[Problem]:
    """The delivery partner works with the caller in the cohort (behaviour PART-POST-DP-NO-RELATIONSHIP)."""
    if wanted.partner and wanted.cohort is not None and wanted.cohort not in wanted.linked_cohorts:
        yield Problem("delivery_partner_id", _NOT_LINKED)


CONFIRMATION: tuple[Rule[Confirmation], ...] = (
    cohort_exists,
    school_exists,
    school_eligible,
    school_free,
    school_set_up,
    partner_exists,
    partner_linked,
)


def confirm(call: Call, wanted: Confirmation) -> str:
    """Confirm a partnership and return its id; one that was challenged comes back.

    Behaviour PART-POST-AFTER-CHALLENGE.
    """
    judge(call, wanted, CONFIRMATION)
    if wanted.school is None or wanted.partner is None or wanted.cohort is None:
        raise RuntimeError("a partnership without school, cohort or delivery partner has passed the rules")
    own = next((each for each in wanted.existing if each.provider_id == call.provider.id), None)
    changes = {"delivery_partner_id": wanted.partner.id, "challenged_reason": None, "challenged_at": None}
    if own is not None:
        partnership_id = own.id
        store.change_partnership(call.connection, own.id, moment_of_change(call, own.updated_at), changes)
    else:
        partnership_id = str(uuid.uuid4())
        store.add_partnership(
            call.connection,
            {
                "id": partnership_id,
                "provider_id": call.provider.id,
                "school_id": wanted.school.id,
                "cohort": wanted.cohort,
                "relationship": False,
                "created_at": call.now,
                "updated_at": call.now,
                **changes,
            },
        )
    programme = "full_induction_programme"
    store.choose(call.connection, str(uuid.uuid4()), wanted.school.id, wanted.cohort, programme, call.now)
    return partnership_id


@dataclass(frozen=True, slots=True)
class PartnerChange:
    """Another delivery partner for a partnership."""

    partnership: Partnership
    partner_id: str | None
    partner: DeliveryPartner | None
    linked_cohorts: Sequence[int]
    relationships: Sequence[Partnership]


def partner_change(call: Call, partnership: Partnership, attributes: Attributes) -> PartnerChange:
    """Read a request for another delivery partner; cohort and school are not read.

    Behaviour PART-PUT-COHORT-SCHOOL-IGNORED.
    """
    partner_id = text(attributes, "delivery_partner_id")
    partner = store.delivery_partner(call.connection, partner_id.lower()) if partner_id else None
    return PartnerChange(
        partnership,
        partner_id,
        partner,
        store.linked_cohorts(call.connection, call.provider.id, partner.id) if partner else (),
        store.relationships(call.connection, call.provider.id, partnership.school_id, partnership.cohort),
    )


@rule("partnership-change.delivery-partner-exists")
def new_partner_exists(_: Call, wanted: PartnerChange) -> Iterator[Problem]:
    """The delivery partner is given and exists (behaviours PART-PUT-MISSING, PART-PUT-DP-INVALID)."""
    yield from _partner_problems(wanted.partner_id, wanted.partner)


@rule("partnership-change.not-challenged")
def not_challenged(_: Call, wanted: PartnerChange) -> Iterator[Problem]:
    """The school has not challenged the partnership (behaviour PART-PUT-CHALLENGED)."""
    if wanted.partnership.challenged_at is not None:
        yield Problem(
            "delivery_partner_id",
            "Your update cannot be made as this partnership has been challenged by the school. If this partnership has "
            "been challenged in error, submit a new partnership confirmation using the endpoint POST "
            "/api/v3/partnerships/ecf.",
        )


@rule("partnership-change.delivery-partner-linked")
def new_partner_linked(_: Call, wanted: PartnerChange) -> Iterator[Problem]:
    """The delivery partner works with the caller in the cohort (behaviour PART-PUT-DP-NO-RELATIONSHIP)."""
    if wanted.partner and wanted.partnership.cohort not in wanted.linked_cohorts:
        yield Problem("delivery_partner_id", _NOT_LINKED)


@rule("partnership-change.not-partner-already")
def not_partner_already(_: Call, wanted: PartnerChange) -> Iterator[Problem]:
    """The caller does not work with that delivery partner at the school already (behaviour PART-PUT-DUPLICATE)."""
    if wanted.partner and any(each.delivery_partner_id == wanted.partner.id for each in wanted.relationships):
        yield Problem(
            "delivery_partner_id",
            "We are unable to process this request. You are already confirmed to be in partnership with the entered "
            "delivery partner. Contact the DfE for support.",
        )


PARTNER_CHANGE: tuple[Rule[PartnerChange], ...] = (
    new_partner_exists,
    not_challenged,
    new_partner_linked,
    not_partner_already,
)


def change_partner(call: Call, wanted: PartnerChange) -> None:
    """Give a partnership another delivery partner; the present one changes nothing (behaviour PART-PUT-SAME-DP)."""
    judge(call, wanted, PARTNER_CHANGE)
    if wanted.partner is None or wanted.partner.id == wanted.partnership.delivery_partner_id:
        return
    moment = moment_of_change(call, wanted.partnership.updated_at)
    changes = {"delivery_partner_id": wanted.partner.id}
    store.change_partnership(call.connection, wanted.partnership.id, moment, changes)


_NOT_LINKED = (
    "The entered delivery partner is not recognised to be working in partnership with you for the given cohort. "
    "Contact the DfE for more information."
)


def _partner_problems(partner_id: str | None, partner: DeliveryPartner | None) -> Iterator[Problem]:
    if partner_id is None:
        yield Problem("delivery_partner_id", "Enter a '#/delivery_partner_id'.")
    elif partner is None:
        yield Problem(
            "delivery_partner_id",
            "The '#/delivery_partner_id' you have entered is invalid. Check delivery partner details and try again.",
        )
