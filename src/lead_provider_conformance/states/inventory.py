"""What a target's own lists show, each read once a run and shared by its processes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from filelock import FileLock

from lead_provider_conformance.api import Api
from lead_provider_conformance.http import MissingFromAnswer, NoAnswer
from lead_provider_conformance.records import Application, Declaration, Participant, legible
from lead_provider_conformance.words import CouldNotRun

Resource = Mapping[str, Any]


class Inventory:
    """The records of one provider, as the lists of one version showed them when the run first asked."""

    def __init__(self, api: Api, folder: Path) -> None:
        self._api = api
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def version(self) -> str:
        """The version whose lists these are."""
        return self._api.version

    def listed(self, path: str, *query: tuple[str, str]) -> tuple[Resource, ...]:
        """Every resource of the list at `path`; the first process of a run to ask reads it.

        Raises CouldNotRun if the list cannot be read: that is another requirement's failure.
        """
        asked = "".join(f"-{value}" for _, value in query)
        name = f"{path.strip('/').replace('/', '-')}{asked}-{self._api.credential.name}"
        file = self._folder / f"{name}.json"
        with FileLock(self._folder / f"{name}.lock"):
            if not file.is_file():
                try:
                    resources = list(self._api.every_page(path, *query))
                except (MissingFromAnswer, NoAnswer) as error:
                    raise CouldNotRun(
                        f"The server's own list could not be read to find records in: {error}.",
                        f"Mend GET {path}.",
                    ) from None
                file.write_text(json.dumps(resources), encoding="utf-8")
        return self._api.client.as_listed(path, _stored(file, file.stat().st_mtime_ns))

    @cached_property
    def participants(self) -> tuple[Participant, ...]:
        """Participants with exactly one enrolment, whom an action cannot be ambiguous about."""
        return tuple(found[0] for found in self._enrolments if len(found) == 1)

    @cached_property
    def with_several_enrolments(self) -> tuple[Participant, ...]:
        """Participants with several enrolments, once with each."""
        return tuple(each for found in self._enrolments if len(found) > 1 for each in found)

    @cached_property
    def _enrolments(self) -> tuple[Sequence[Participant], ...]:
        enrolments: dict[str, list[Participant]] = defaultdict(list)
        for resource, found in legible(self.listed(self._api.participants), Participant.in_resource):
            enrolments[resource["id"]] += found
        return tuple(enrolments.values())

    @cached_property
    def declarations(self) -> tuple[Declaration, ...]:
        """Every declaration."""
        return tuple(Declaration.of(each) for each in self.listed(self._api.declarations))

    @cached_property
    def applications(self) -> tuple[Application, ...]:
        """Every NPQ application."""
        return tuple(Application.of(each) for each in self.listed(self._api.applications))

    @cached_property
    def partnerships(self) -> tuple[Resource, ...]:
        """Every partnership. Raises CouldNotRun unless the run includes version 3."""
        return self._listed_by_version_3("partnerships/ecf")

    def partnerships_now(self) -> tuple[Resource, ...]:
        """The same, asked for once more: what the run has changed meanwhile shows."""
        return tuple(self._api.every_page(self._path_of_version_3("partnerships/ecf")))

    @cached_property
    def transfers(self) -> tuple[Resource, ...]:
        """Every participant's transfers. Raises CouldNotRun unless the run includes version 3."""
        return self._listed_by_version_3("participants/ecf/transfers")

    def _listed_by_version_3(self, path: str) -> tuple[Resource, ...]:
        return self.listed(self._path_of_version_3(path))

    def _path_of_version_3(self, path: str) -> str:
        if self._api.version != "v3":
            raise CouldNotRun(f"Only version 3 lists {path}.", "Run version 3 as well, if the target has it.")
        return self._api.path(path)

    @cached_property
    def _about(self) -> Mapping[tuple[str | None, str | None], tuple[Declaration, ...]]:
        about: dict[tuple[str | None, str | None], list[Declaration]] = defaultdict(list)
        for declaration, whose in legible(self.declarations, lambda each: (each.participant_id, each.course)):
            about[whose].append(declaration)
        return {key: tuple(found) for key, found in about.items()}

    def about(self, participant: Participant) -> tuple[Declaration, ...]:
        """Every declaration about a participant's enrolment."""
        return self._about.get((participant.id, participant.course), ())


@lru_cache(maxsize=64)
def _stored(file: Path, _written: int) -> Sequence[Resource]:
    """What a file of resources held when it was written: one process need not read it for each of its tests."""
    resources: Sequence[Resource] = json.loads(file.read_text(encoding="utf-8"))
    return resources
