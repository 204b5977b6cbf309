"""What a target's own lists show, read once a run and shared by its processes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from filelock import FileLock

from lead_provider_conformance.api import Api
from lead_provider_conformance.records import Declaration, Participant


@dataclass(frozen=True)
class Inventory:
    """The participants of one provider and the declarations about them, as the lists showed them."""

    resources: tuple[Mapping[str, Any], ...]
    declarations: tuple[Declaration, ...]

    @cached_property
    def participants(self) -> tuple[Participant, ...]:
        """Participants with exactly one enrolment, whom an action cannot be ambiguous about."""
        each = (Participant.in_resource(resource) for resource in self.resources)
        return tuple(enrolments[0] for enrolments in each if len(enrolments) == 1)

    @cached_property
    def _about(self) -> Mapping[str, tuple[Declaration, ...]]:
        about: dict[str, list[Declaration]] = defaultdict(list)
        for declaration in self.declarations:
            about[str(declaration.participant_id)].append(declaration)
        return {participant: tuple(found) for participant, found in about.items()}

    def about(self, participant: Participant) -> tuple[Declaration, ...]:
        """Every declaration about a participant."""
        return self._about.get(participant.id, ())


def read_once(api: Api, folder: Path) -> Inventory:
    """The inventory of the provider that `api` speaks for; the first process of a run to ask reads the lists."""
    path = folder / f"{api.version}-{api.credential.name}.json"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        if not path.is_file():
            content = {
                "participants": list(api.every_page(api.path("participants", "ecf"))),
                "declarations": list(api.every_page(api.path("participant-declarations"))),
            }
            path.write_text(json.dumps(content), encoding="utf-8")
    content = json.loads(path.read_text(encoding="utf-8"))
    return Inventory(
        resources=tuple(content["participants"]),
        declarations=tuple(Declaration.of(each) for each in content["declarations"]),
    )
