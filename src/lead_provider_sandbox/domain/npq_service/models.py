"""Records of the NPQ service: those of the earlier editions with the fields that it adds."""

from __future__ import annotations

from dataclasses import dataclass

from lead_provider_sandbox.domain.models import Application, Declaration, Person

PARTNERS_FROM = 2024
"""The first cohort whose declarations name a delivery partner."""


@dataclass(slots=True)
class Applicant(Person):
    """A person who has applied for an NPQ; `former_names` has one name in each line."""

    former_names: str | None

    @property
    def previous_names(self) -> list[str]:
        """The names that the person had before."""
        return (self.former_names or "").splitlines()


@dataclass(slots=True)
class NpqApplication(Application):
    """An application for an NPQ in one of the cohorts of a year."""

    cohort_suffix: str
    reason_for_rejection: str | None
    works_as_senco: bool | None
    senco_start_date: str | None
    works_in_england: bool

    @property
    def has_delivery_partner(self) -> bool:
        """Whether declarations must name a delivery partner."""
        return self.works_in_england and self.cohort >= PARTNERS_FROM


@dataclass(slots=True)
class NpqDeclaration(Declaration):
    """A declaration for an application, with the names of its delivery partners."""

    cohort_suffix: str
    secondary_delivery_partner_id: str | None
    delivery_partner_name: str | None
    secondary_delivery_partner_name: str | None
