"""Builds States over records in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from lead_provider_conformance.api.records import Application, Declaration, Participant
from lead_provider_conformance.config.shard import WHOLE, Shard
from lead_provider_conformance.config.target import Target
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.model import Safety
from lead_provider_conformance.testdata import States


class InventoryInMemory:
    """An inventory with these records."""

    def __init__(
        self,
        participants: Sequence[Participant],
        declarations: Sequence[Declaration],
        applications: Sequence[Application],
    ) -> None:
        self.participants = participants
        self.with_several_enrolments: Sequence[Participant] = ()
        self.applications = applications
        self.declarations = declarations

    @property
    def today(self) -> date:
        return datetime.now(UTC).date()

    @property
    def statements(self) -> Sequence[Mapping[str, Any]]:
        """A statement to come in each cohort."""
        return [
            {"id": cohort, "attributes": {"cohort": cohort, "cut_off_date": "2999-12-31"}}
            for cohort in ("2021", "2022", "2023", "2024", "2025")
        ]

    def read_participants(self) -> None:
        """The participants are known from the beginning."""

    def other_enrolments(self, participant: Participant) -> Sequence[Participant]:
        return [each for each in self.with_several_enrolments if each.id == participant.id and each is not participant]

    def documented(self, name: str, fields: Collection[str]) -> list[str]:
        return sorted(set(fields) - {"status", "cohort_suffix", "npq_application_id"})  # of other versions and editions

    def declarations_about(self, participant: Participant) -> list[Declaration]:
        enrolment = participant.id, participant.course
        return [each for each in self.declarations if (each.participant_id, each.course) == enrolment]


@pytest.fixture
def journal() -> list[dict[str, Any]]:
    """The lines that claims have written."""
    return []


@pytest.fixture
def make_states(tmp_path: Path, journal: list[dict[str, Any]]) -> Callable[..., States]:
    def make(
        *,
        participants: Sequence[Participant] = (),
        declarations: Sequence[Declaration] = (),
        applications: Sequence[Application] = (),
        inventory: Any = None,
        listed: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
        hook: Any = None,
        version: str = "v3",
        programme: str = "ecf",
        safety: Safety = Safety.SANDBOX,
        shard: Shard = WHOLE,
        test: str = "test",
        edition: str | None = None,
        **operations: Any,
    ) -> States:
        api: Any = SimpleNamespace(version=version, programme=programme, **operations)
        states = States(
            api=api,
            discovery_api=api,
            target=Target(name="t", base_url="http://127.0.0.1:9", safety=safety, states=listed),
            calendar=Calendar.load(edition) if edition else Calendar.load(),
            journal=SimpleNamespace(write_result=journal.append),
            workspace=tmp_path,
            test=test,
            shard=shard,
        )
        vars(states)["inventory"] = inventory or InventoryInMemory(participants, declarations, applications)
        if hook is not None:
            vars(states._suppliers)["hook"] = hook
        return states

    return make
