"""The tables of the store. Instants are text (see `clock`), dates ISO text, ids lower-case UUIDs.

A table has a column for each field of its model, except those joined from other tables.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, MetaData, Table, Text

from lead_provider_sandbox.domain.models import (
    Application,
    Contract,
    Declaration,
    Enrolment,
    IdChange,
    NpqOutcome,
    Person,
    Provider,
    Statement,
)
from lead_provider_sandbox.domain.npq_service.models import Applicant, NpqApplication, NpqDeclaration
from lead_provider_sandbox.domain.school_models import DeliveryPartner, Partnership, School, Transfer

SCHEMA_VERSION = 2
"""Increase with every change of the tables. A store of another version is refused, never migrated."""

STORED_AS = {"written_schedule": "schedule_identifier", "eligible_on_paper": "eligible_for_funding"}
"""Columns with another name than the field."""

_TYPES = {"str": Text, "int": Integer, "bool": Boolean}
_REFERENCES = {
    "person_id": "people",
    "to_id": "people",
    "provider_id": "providers",
    "school_id": "schools",
    "delivery_partner_id": "delivery_partners",
    "partnership_id": "partnerships",
    "training_record_id": "training_records",
    "declaration_id": "declarations",
}
"""The tables to which required columns refer."""

_RECORD_FIELDS = (
    "participant_type", "eligibility", "eligibility_reason", "pupil_premium_uplift", "sparsity_uplift",
    "induction_end_date", "mentor_funding_end_date", "mentor_ineligible_reason", "frozen_cohort_left",
    "working_pattern", "induction_start_date", "last_induction_end_date",
)  # fmt: skip
"""The fields of an enrolment that its training record holds."""

_PARTNER_NAMES = ("delivery_partner_name", "secondary_delivery_partner_name")
"""The fields of a declaration that are joined from delivery partners."""

metadata = MetaData()


def _column(name: str, kind: str = "str") -> Column[Any]:
    """Return a column for a field of a type such as `str` or `int | None`."""
    required = not kind.endswith(" | None")
    reference = [ForeignKey(f"{_REFERENCES[name]}.id")] if required and name in _REFERENCES else []
    data_type = _TYPES[kind.removesuffix(" | None")]
    return Column(STORED_AS.get(name, name), data_type, *reference, primary_key=name == "id", nullable=not required)


def _columns(model: Any, *, without: tuple[str, ...] = ()) -> list[Column[Any]]:
    return [_column(field.name, str(field.type)) for field in fields(model) if field.name not in without]


def _columns_of_npq_service(model: Any, base: Any) -> list[Column[Any]]:
    """Return columns for the fields that a model adds to its base; null in every other service."""
    return [
        Column(field.name, _TYPES[str(field.type).removesuffix(" | None")])
        for field in fields(model)
        if field.name not in base.__dataclass_fields__ and field.name not in _PARTNER_NAMES
    ]


def _table(name: str, columns: list[Column[Any]], **indexes: tuple[str, ...]) -> Table:
    """Return a table with indexes, each named after the table and its keyword."""
    return Table(name, metadata, *columns, *(Index(f"{name}_{key}", *names) for key, names in indexes.items()))


store_version = Table("store_version", metadata, Column("version", Integer, primary_key=True))

providers = _table("providers", _columns(Provider))

people = _table(
    "people",
    [*_columns(Person), *_columns_of_npq_service(Applicant, Person)],
    trn=("trn",),
    created_at=("created_at", "id"),
)

id_changes = _table("id_changes", [_column("id"), *_columns(IdChange)], **{"from": ("from_id",), "to": ("to_id",)})

delivery_partners = _table("delivery_partners", _columns(DeliveryPartner))

delivery_partner_links = _table(
    "delivery_partner_links",
    [
        *(_column("id"), _column("provider_id"), _column("delivery_partner_id")),
        *(_column("cohort", "int"), _column("cohort_suffix", "str | None")),
    ],
)

schools = _table("schools", _columns(School))

school_choices = _table(
    "school_choices",
    [_column("id"), _column("school_id"), _column("cohort", "int"), _column("programme"), _column("updated_at")],
)

partnerships = _table(
    "partnerships",
    _columns(Partnership, without=("urn", "tutor_name", "contact_email", "delivery_partner_name", "shown_updated_at")),
    school=("school_id", "cohort"),
)

training_records = _table(
    "training_records",
    [
        *(_column("id"), _column("person_id"), _column("created_at")),
        *(_column(field.name, str(field.type)) for field in fields(Enrolment) if field.name in _RECORD_FIELDS),
    ],
    person=("person_id",),
)

enrolments = _table(
    "enrolments",
    _columns(Enrolment, without=_RECORD_FIELDS),
    person=("person_id", "provider_id"),
    provider=("provider_id",),
    record=("training_record_id",),
    mentor=("mentor_id",),
    partnership=("partnership_id",),
    school=("school_urn", "cohort"),
)

statements = _table(
    "statements",
    [*_columns(Statement), _column("cohort_suffix", "str | None")],
    next=("provider_id", "programme", "cohort", "cut_off_date"),
)

declarations = _table(
    "declarations",
    [*_columns(Declaration, without=("provider_name",)), *_columns_of_npq_service(NpqDeclaration, Declaration)],
    person=("person_id", "course_identifier", "declaration_type"),
    provider=("provider_id", "created_at", "id"),
)

applications = _table(
    "applications",
    [
        *_columns(Application, without=("previously_funded",)),
        *_columns_of_npq_service(NpqApplication, Application),
    ],
    provider=("provider_id", "created_at", "id"),
    person=("person_id", "provider_id"),
)

contracts = _table("contracts", [_column("id"), *_columns(Contract), _column("cohort_suffix", "str | None")])

outcomes = _table("outcomes", _columns(NpqOutcome), provider=("provider_id", "created_at", "id"))

transfers = _table(
    "transfers", _columns(Transfer, without=("leaving_provider", "joining_provider")), person=("person_id",)
)
