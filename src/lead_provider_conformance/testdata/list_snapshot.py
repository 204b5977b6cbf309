"""Snapshots of a target's lists: the resources of one list, parsed once per process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

from lead_provider_conformance.api.records import Application, Declaration, Participant, skip_malformed
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.bodies import parse_json
from lead_provider_conformance.http import Resource, read_resources

Enrolment = tuple[str | None, str | None]
"""A participant's id and the course."""


class ListSnapshot:
    """The resources of one list, and the records in them."""

    def __init__(self, resources: tuple[Resource, ...]) -> None:
        self.resources = resources

    @cached_property
    def with_one_enrolment(self) -> tuple[Participant, ...]:
        """The participants who have exactly one enrolment."""
        return tuple(enrolments[0] for enrolments in self._enrolments if len(enrolments) == 1)

    @cached_property
    def with_several_enrolments(self) -> tuple[Participant, ...]:
        """The participants who have several enrolments, once per enrolment."""
        return tuple(each for enrolments in self._enrolments if len(enrolments) > 1 for each in enrolments)

    @cached_property
    def _enrolments(self) -> Sequence[Sequence[Participant]]:
        enrolments: dict[str, list[Participant]] = defaultdict(list)
        for resource, participants in skip_malformed(self.resources, Participant.in_resource):
            enrolments[resource["id"]] += participants
        return tuple(enrolments.values())

    @cached_property
    def declarations(self) -> tuple[Declaration, ...]:
        """The declarations."""
        return tuple(Declaration.of(each) for each in self.resources)

    @cached_property
    def applications(self) -> tuple[Application, ...]:
        """The NPQ applications."""
        return tuple(Application.of(each) for each in self.resources)

    @cached_property
    def declarations_by_enrolment(self) -> Mapping[Enrolment, Sequence[Declaration]]:
        """The declarations by participant and course."""
        by_enrolment: dict[Enrolment, list[Declaration]] = defaultdict(list)
        for declaration, enrolment in skip_malformed(
            self.declarations, lambda each: (each.participant_id, each.course)
        ):
            by_enrolment[enrolment].append(declaration)
        return dict(by_enrolment)

    @cached_property
    def declared_participant_ids(self) -> frozenset[str | None]:
        """The ids of the participants with declarations."""
        return frozenset(each.participant_id for each in self.declarations)


@lru_cache(maxsize=64)
def load_snapshot(file: Path, _modified: int, contract: Contract, path: str) -> ListSnapshot:
    """Load the snapshot of the list at `path` from a file. `_modified` is part of the cache key: a new file is read."""
    return ListSnapshot(read_resources(contract, path, parse_json(file.read_bytes())))
