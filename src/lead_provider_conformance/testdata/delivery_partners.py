"""The delivery partners that an NPQ declaration has to name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from lead_provider_conformance.api.records import Application, Participant, parse_year, skip_malformed
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.model import CouldNotRun, NotApplicable
from lead_provider_conformance.testdata.inventory import Inventory

FIRST_COHORT = 2024
"""The first cohort whose declarations name a delivery partner: release note of the NPQ service of 19 May 2025."""


def needs_delivery_partner(record: Participant | Application) -> bool:
    """Return whether the record is of a cohort whose declarations name a delivery partner."""
    return (record.cohort_year or 0) >= FIRST_COHORT


@dataclass(eq=False, repr=False)
class DeliveryPartners:
    """The delivery partners of one provider, in its own lists."""

    inventory: Inventory
    calendar: Calendar

    def are_needed(self, record: Participant | Application) -> bool:
        """Return whether declarations for the record's cohort and applicant name a delivery partner.

        Applicants from outside England have none.
        """
        is_of_cohort = str(record.course).startswith("npq-") and needs_delivery_partner(record)
        return self.calendar.has_npq_funding and is_of_cohort and not self.is_from_abroad(record)

    def is_from_abroad(self, record: Participant | Application) -> bool:
        """Return whether the record's applicant works outside the United Kingdom."""
        if not str(record.course).startswith("npq-"):
            return False
        if isinstance(record, Participant):
            application = self._applications.get(str(record.application_id))
            return application is not None and application.is_from_abroad
        return record.is_from_abroad

    def of(self, record: Participant | Application) -> Sequence[str]:
        """Return the partners that a declaration may name, those of declarations for the same cohort first.

        A year can have several cohorts, and a delivery partner shows only the years.
        """
        if not self.are_needed(record):
            return ()
        listed = self._by_year.get(record.cohort_year or 0, ())
        named = self._named.get(str(record.cohort_name), ())
        return (*(each for each in listed if each in named), *(each for each in listed if each not in named))

    def are_missing(self, record: Participant | Application) -> bool:
        """Return whether declarations need a delivery partner, and the provider has none in the cohort."""
        return self.are_needed(record) and not self.of(record)

    @cached_property
    def _applications(self) -> Mapping[str, Application]:
        return {each.id: each for each in self.inventory.applications}

    @cached_property
    def _by_year(self) -> Mapping[int, Sequence[str]]:
        try:
            partners = self.inventory.listed("delivery_partners")
        except (CouldNotRun, NotApplicable):
            return {}
        by_year: dict[int, list[str]] = {}
        for partner, cohorts in skip_malformed(partners, lambda each: each["attributes"].get("cohort")):
            for year in map(parse_year, cohorts if isinstance(cohorts, list) else ()):
                by_year.setdefault(year or 0, []).append(partner["id"])
        return by_year

    @cached_property
    def _named(self) -> Mapping[str, set[str]]:
        """The partners of declarations, by the cohort of the application."""
        named: dict[str, set[str]] = {}
        for declaration in self.inventory.declarations:
            application = self._applications.get(str(declaration.attributes.get("application_id")))
            if application is not None:
                partner = str(declaration.attributes.get("delivery_partner_id"))
                named.setdefault(str(application.cohort_name), set()).add(partner)
        return named
