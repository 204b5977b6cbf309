"""The parts of the acts that depend on the programme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lead_provider_conformance.readiness.resources import APPLICATIONS, DECLARATIONS, PARTICIPANTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Casting:
    """The records and lists of a programme for the acts that both programmes have.

    `newcomer` is the state of a participant without declarations who may be declared as started on `started_on`.
    `polled` are the kinds of records that a client polls.
    """

    programme: str
    newcomer: str
    started_on: str
    polled: tuple[str, ...]
    declaration_fields: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of a `declare` task, such as `evidence`."""


ECF = Casting(
    programme="ecf",
    newcomer="ect.no-declarations",
    started_on="2024-10-15",
    polled=(PARTICIPANTS, DECLARATIONS),
    declaration_fields={"evidence": "training-event-attended"},
)

NPQ = Casting(
    programme="npq",
    newcomer="npq.no-declarations",
    started_on="2024-11-15",
    polled=(APPLICATIONS, PARTICIPANTS, DECLARATIONS),
    declaration_fields={"evidence": None, "has_passed": None},
)
