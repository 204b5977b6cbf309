"""The tables of the store. Instants are text (see `clock`), dates ISO text, ids lower-case UUIDs."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

SCHEMA_VERSION = 1
"""Increase with every change of the tables. A store of another version is refused, never migrated."""

metadata = MetaData()


def _id(name: str = "id") -> Column[str]:
    return Column(name, String(36), primary_key=True)


def _reference(name: str, table: str, *, optional: bool = False) -> Column[str]:
    return Column(name, String(36), ForeignKey(f"{table}.id"), nullable=optional)


def _instant(name: str, *, optional: bool = False) -> Column[str]:
    return Column(name, String(27), nullable=optional)


def _text(name: str, *, optional: bool = False) -> Column[str]:
    return Column(name, Text, nullable=optional)


def _flag(name: str, *, optional: bool = False) -> Column[bool]:
    return Column(name, Boolean, nullable=optional)


store_version = Table("store_version", metadata, Column("version", Integer, primary_key=True))

providers = Table(
    "providers",
    metadata,
    _id(),
    _text("name"),
    _flag("ecf"),
    _flag("npq"),
)

people = Table(
    "people",
    metadata,
    _id(),
    _text("full_name"),
    _text("email"),
    _text("trn", optional=True),
    _text("claimed_trn", optional=True),
    _instant("created_at"),
    _instant("updated_at"),
    Index("people_trn", "trn"),
    Index("people_created_at", "created_at", "id"),
)

id_changes = Table(
    "id_changes",
    metadata,
    _id(),
    _text("from_id"),
    _reference("to_id", "people"),
    _instant("changed_at"),
    Index("id_changes_from", "from_id"),
    Index("id_changes_to", "to_id"),
)

delivery_partners = Table(
    "delivery_partners",
    metadata,
    _id(),
    _text("name"),
    _instant("created_at"),
    _instant("updated_at"),
)

delivery_partner_links = Table(
    "delivery_partner_links",
    metadata,
    _id(),
    _reference("provider_id", "providers"),
    _reference("delivery_partner_id", "delivery_partners"),
    Column("cohort", Integer, nullable=False),
)

schools = Table(
    "schools",
    metadata,
    _id(),
    _text("urn"),
    _text("name"),
    _text("standing"),
    _text("tutor_name", optional=True),
    _text("contact_email", optional=True),
    _instant("created_at"),
    _instant("updated_at"),
)

school_choices = Table(
    "school_choices",
    metadata,
    _id(),
    _reference("school_id", "schools"),
    Column("cohort", Integer, nullable=False),
    _text("programme"),
    _instant("updated_at"),
)

partnerships = Table(
    "partnerships",
    metadata,
    _id(),
    _reference("provider_id", "providers"),
    _reference("school_id", "schools"),
    _reference("delivery_partner_id", "delivery_partners"),
    Column("cohort", Integer, nullable=False),
    _flag("relationship"),
    _text("challenged_reason", optional=True),
    _instant("challenged_at", optional=True),
    _instant("created_at"),
    _instant("updated_at"),
    Index("partnerships_school", "school_id", "cohort"),
)

training_records = Table(
    "training_records",
    metadata,
    _id(),
    _reference("person_id", "people"),
    _text("participant_type"),
    _text("eligibility", optional=True),
    _text("eligibility_reason", optional=True),
    _flag("pupil_premium_uplift"),
    _flag("sparsity_uplift"),
    _text("induction_end_date", optional=True),
    _text("mentor_funding_end_date", optional=True),
    _text("mentor_ineligible_reason", optional=True),
    Column("frozen_cohort_left", Integer, nullable=True),
    _instant("created_at"),
    Index("training_records_person", "person_id"),
)

enrolments = Table(
    "enrolments",
    metadata,
    _id(),
    _reference("training_record_id", "training_records"),
    _reference("person_id", "people"),
    _reference("provider_id", "providers"),
    _reference("partnership_id", "partnerships"),
    _reference("delivery_partner_id", "delivery_partners"),
    _text("school_urn"),
    _text("mentor_id", optional=True),
    _text("email"),
    Column("cohort", Integer, nullable=False),
    _text("schedule_identifier"),
    _text("training_status"),
    _text("status_reason", optional=True),
    _instant("status_at", optional=True),
    _text("induction_status"),
    _text("start_date"),
    _text("end_date", optional=True),
    _instant("created_at"),
    _instant("updated_at"),
    Index("enrolments_person", "person_id", "provider_id"),
    Index("enrolments_provider", "provider_id"),
    Index("enrolments_record", "training_record_id"),
    Index("enrolments_mentor", "mentor_id"),
)

statements = Table(
    "statements",
    metadata,
    _id(),
    _reference("provider_id", "providers"),
    _text("programme"),
    Column("cohort", Integer, nullable=False),
    Column("month", Integer, nullable=False),
    Column("year", Integer, nullable=False),
    _text("cut_off_date"),
    _text("payment_date"),
    _flag("output_fee"),
    _flag("paid"),
    _instant("created_at"),
    _instant("updated_at"),
    Index("statements_next", "provider_id", "programme", "cohort", "cut_off_date"),
)

declarations = Table(
    "declarations",
    metadata,
    _id(),
    _reference("person_id", "people"),
    _reference("provider_id", "providers"),
    _text("programme"),
    _text("training_id"),
    Column("cohort", Integer, nullable=False),
    _text("course_identifier"),
    _text("declaration_type"),
    _instant("declaration_date"),
    _text("state"),
    _text("evidence_held", optional=True),
    _flag("has_passed", optional=True),
    _flag("uplift"),
    _text("ineligible_reason", optional=True),
    _text("mentor_id", optional=True),
    _text("delivery_partner_id", optional=True),
    _text("statement_id", optional=True),
    _text("clawback_statement_id", optional=True),
    _instant("created_at"),
    _instant("updated_at"),
    Index("declarations_person", "person_id", "course_identifier", "declaration_type"),
    Index("declarations_provider", "provider_id", "created_at", "id"),
)

applications = Table(
    "applications",
    metadata,
    _id(),
    _reference("person_id", "people"),
    _reference("provider_id", "providers"),
    _text("course_identifier"),
    Column("cohort", Integer, nullable=False),
    _text("status"),
    _text("schedule_identifier", optional=True),
    _flag("eligible_for_funding"),
    _flag("funded_place", optional=True),
    _flag("targeted_delivery_funding"),
    _text("funding_choice", optional=True),
    _text("headteacher_status", optional=True),
    _text("school_urn", optional=True),
    _text("school_ukprn", optional=True),
    _text("private_childcare_provider_urn", optional=True),
    _flag("works_in_school"),
    _text("employer_name", optional=True),
    _text("employment_role", optional=True),
    _text("catchment_country", optional=True),
    _text("catchment_iso_code", optional=True),
    _text("itt_provider", optional=True),
    _flag("lead_mentor"),
    _text("training_status"),
    _text("status_reason", optional=True),
    _instant("status_at", optional=True),
    _instant("accepted_at", optional=True),
    _instant("created_at"),
    _instant("updated_at"),
    Index("applications_provider", "provider_id", "created_at", "id"),
    Index("applications_person", "person_id", "provider_id"),
)

contracts = Table(
    "contracts",
    metadata,
    _id(),
    _reference("provider_id", "providers"),
    Column("cohort", Integer, nullable=False),
    _text("course_identifier"),
    Column("funding_cap", Integer, nullable=True),
)

outcomes = Table(
    "outcomes",
    metadata,
    _id(),
    _reference("declaration_id", "declarations"),
    _reference("person_id", "people"),
    _reference("provider_id", "providers"),
    _text("course_identifier"),
    _text("state"),
    _text("completion_date"),
    _instant("created_at"),
    _instant("updated_at"),
    Index("outcomes_provider", "provider_id", "created_at", "id"),
)

transfers = Table(
    "transfers",
    metadata,
    _id(),
    _reference("person_id", "people"),
    _reference("training_record_id", "training_records"),
    _text("leaving_urn"),
    _text("leaving_provider_id", optional=True),
    _text("leaving_date"),
    _text("joining_urn", optional=True),
    _text("joining_provider_id", optional=True),
    _text("joining_date", optional=True),
    _instant("created_at"),
    _instant("updated_at"),
    Index("transfers_person", "person_id"),
)
