"""The progress of a journey against a target, and the discrepancies from the model that it finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import Application, Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.fuzzing.links import Link
from lead_provider_conformance.fuzzing.stateful.model import Model

LIFECYCLE = "generated/lifecycle"
AS_DEPLOYED = "generated/lifecycle-as-deployed"
READ_BACK = "generated/written-is-read-back"
REFUSALS = "generated/refusal-changes-nothing"
LISTED = "generated/changes-are-listed"
UNSEEN = "generated/unseen-by-others"
REQUIREMENTS = (LIFECYCLE, AS_DEPLOYED, READ_BACK, REFUSALS, LISTED, UNSEEN)


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A difference between the server and the model: the requirement, the number of the step, and the reason."""

    requirement: str
    step: int
    reason: str


@dataclass(frozen=True, slots=True)
class Apis:
    """The API as the provider under test calls it, as a second provider does, and in the run's other versions."""

    provider: Api
    second_provider: Api | None = None
    other_versions: Sequence[Api] = ()


@dataclass
class Progress:
    """A journey in progress.

    `declared`, `sent` and `links` hold the id, the sent attributes and the links of each declaration, by type.
    """

    apis: Apis
    calendar: Calendar
    participant: Participant
    application: Application | None
    model: Model
    declared: dict[str, str] = field(default_factory=dict)
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    links: dict[str, Mapping[str, Link]] = field(default_factory=dict)

    @property
    def api(self) -> Api:
        """The API as the provider under test calls it."""
        return self.apis.provider
