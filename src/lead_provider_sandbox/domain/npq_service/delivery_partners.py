"""The delivery partners of a declaration: rules for posting one and for changing them later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lead_provider_sandbox.domain.attributes import Attributes
from lead_provider_sandbox.domain.context import Context, change_time
from lead_provider_sandbox.domain.npq_service.models import PARTNERS_FROM, NpqApplication, NpqDeclaration
from lead_provider_sandbox.domain.rules import Problem, Rules
from lead_provider_sandbox.domain.school_models import DeliveryPartner
from lead_provider_sandbox.parts import part

FIRST, SECONDARY = "delivery_partner_id", "secondary_delivery_partner_id"
NOT_LISTED = "The entered '#/{name}' is not from your list of confirmed Delivery Partners for the Cohort"


@dataclass(frozen=True, slots=True)
class NamedPartner:
    """A delivery partner named by a request, and whether it works with the provider in the cohort.

    `written` is None if the request has no such attribute; a blank text is an id that no delivery partner has.
    """

    name: str
    written: str | None
    partner: DeliveryPartner | None
    is_listed: bool

    @property
    def id(self) -> str | None:
        """The id of an existing delivery partner, or None."""
        return self.partner.id if self.partner else None


@dataclass(frozen=True, slots=True)
class Partners:
    """The delivery partners that a request names for an application's declaration."""

    attributes: Attributes
    application: NpqApplication | None
    first: NamedPartner
    secondary: NamedPartner

    @property
    def both(self) -> tuple[NamedPartner, NamedPartner]:
        """The first and the secondary one."""
        return self.first, self.secondary


def read_partners(context: Context, attributes: Attributes, application: NpqApplication | None) -> Partners:
    """Return the delivery partners that a request names."""
    first, secondary = (_named(context, attributes, name, application) for name in (FIRST, SECONDARY))
    return Partners(attributes, application, first, secondary)


def _named(context: Context, attributes: Attributes, name: str, application: NpqApplication | None) -> NamedPartner:
    written = str(attributes[name]).strip() if name in attributes else None
    partner = context.store.npq_service.delivery_partner(written.lower()) if written else None
    is_listed = bool(partner and application) and context.store.npq_service.works_with(
        context.provider.id,
        partner.id,  # type: ignore[union-attr]
        application.cohort,  # type: ignore[union-attr]
        application.cohort_suffix,  # type: ignore[union-attr]
    )
    return NamedPartner(name, written, partner, is_listed)


@part("npq-service.delivery-partner.exists")
def partner_exists(_: Context, partners: Partners) -> Iterator[Problem]:
    """A delivery partner that a new declaration names exists."""
    for each in partners.both:
        if each.written is not None and each.partner is None:
            yield Problem(each.name, f"The property '#/{each.name}' does not exist")


@part("npq-service.delivery-partner.given")
def partner_given(_: Context, partners: Partners) -> Iterator[Problem]:
    """From cohort 2024 on, a declaration has a delivery partner, unless the applicant is from outside England."""
    application, first = partners.application, partners.first
    if application and application.has_delivery_partner and first.written is None:
        yield Problem(FIRST, f"The property '#/{FIRST}' must be present")


@part("npq-service.delivery-partner.not-overseas")
def no_partner_overseas(_: Context, partners: Partners) -> Iterator[Problem]:
    """A declaration for an applicant from outside England has no delivery partner."""
    application = partners.application
    if application is None or application.works_in_england or application.cohort < PARTNERS_FROM:
        return
    for each in partners.both:
        if each.partner:
            yield Problem(each.name, f"The property '#/{each.name}' must be left out for applicants outside England")


@part("npq-service.delivery-partner.listed")
def partner_listed(_: Context, partners: Partners) -> Iterator[Problem]:
    """Delivery partners work with the provider in the cohort."""
    if partners.application is None:
        return
    for each in partners.both:
        if each.partner and not each.is_listed:
            yield Problem(each.name, NOT_LISTED.format(name=each.name))


@part("npq-service.delivery-partner.secondary-not-alone")
def secondary_not_alone(_: Context, partners: Partners) -> Iterator[Problem]:
    """A secondary delivery partner comes with a first one."""
    if partners.secondary.written is not None and partners.first.written is None:
        yield Problem(SECONDARY, f"The property '#/{SECONDARY}' cannot be specified without the property '#/{FIRST}'")


@part("npq-service.delivery-partner.secondary-differs")
def secondary_differs(_: Context, partners: Partners) -> Iterator[Problem]:
    """The two delivery partners differ."""
    if partners.first.partner and partners.first.id == partners.secondary.id:
        yield Problem(SECONDARY, f"The property '#/{SECONDARY}' cannot have the same value as the property '#/{FIRST}'")


RULES: Rules[Partners] = Rules(
    [partner_exists, partner_given, no_partner_overseas, partner_listed, secondary_not_alone, secondary_differs]
)
"""The rules for the delivery partners of a new declaration."""


@part("npq-service.delivery-partner.new-one-known")
def new_partner_known(_: Context, partners: Partners) -> Iterator[Problem]:
    """A change names an existing delivery partner, and a secondary one exists."""
    if partners.first.partner is None:
        yield Problem("delivery_partner", NOT_LISTED.format(name=FIRST))
    if partners.secondary.written is not None and partners.secondary.partner is None:
        yield Problem("secondary_delivery_partner", NOT_LISTED.format(name=SECONDARY))


CHANGE_RULES: Rules[Partners] = Rules(
    [new_partner_known, partner_given, no_partner_overseas, partner_listed, secondary_not_alone, secondary_differs]
)
"""The rules for changing the delivery partners of a declaration."""


def change_delivery_partner(context: Context, declaration: NpqDeclaration, partners: Partners) -> None:
    """Check the rules and replace both delivery partners."""
    CHANGE_RULES.check(context, partners)
    apply_partner_change(context, declaration, partners)


@part("npq-service.delivery-partner.effect")
def apply_partner_change(context: Context, declaration: NpqDeclaration, partners: Partners) -> None:
    """Replace both delivery partners; a secondary one that is not named is removed."""
    changes = {each.name: each.id for each in partners.both}
    moment = change_time(context, declaration.updated_at)
    context.store.declarations.update(declaration.id, moment, changes)
