"""Schools, delivery partners, partnerships and moves between schools, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Transfer:
    """A move from one school to another; the `joining` fields are None until the new school confirms."""

    id: str
    person_id: str
    training_record_id: str
    leaving_urn: str
    leaving_provider_id: str | None
    leaving_date: str
    joining_urn: str | None
    joining_provider_id: str | None
    joining_date: str | None
    created_at: str
    updated_at: str
    leaving_provider: str | None
    joining_provider: str | None


@dataclass(frozen=True, slots=True)
class School:
    """A school; `standing` is open, cip-only (school-led training only) or closed."""

    id: str
    urn: str
    name: str
    standing: str
    tutor_name: str | None
    contact_email: str | None
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class ListedSchool:
    """A school in a cohort, as one provider sees it in the ECT service.

    `programme` is provider_led, school_led or not_yet_known. `interested`: the school has registered a participant with
    the provider, or has a partnership with it.
    """

    school: School
    in_partnership: bool
    programme: str
    interested: bool
    updated_at: str


@dataclass(frozen=True, slots=True)
class DeliveryPartner:
    """A delivery partner."""

    id: str
    name: str
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Partnership:
    """A provider's partnership with a school and a delivery partner, joined with both."""

    id: str
    provider_id: str
    school_id: str
    delivery_partner_id: str
    cohort: int
    relationship: bool
    challenged_reason: str | None
    challenged_at: str | None
    created_at: str
    updated_at: str
    urn: str
    tutor_name: str | None
    contact_email: str | None
    delivery_partner_name: str
    shown_updated_at: str
