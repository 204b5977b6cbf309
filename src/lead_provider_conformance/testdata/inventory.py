"""What a target's own lists show, each read once a run and shared by its processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import Application, Declaration, Participant, skip_malformed
from lead_provider_conformance.cache import put
from lead_provider_conformance.http import IncompleteResponse, NoResponse
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.results.journal import encode_line
from lead_provider_conformance.testdata.list_snapshot import Kept, kept

R = TypeVar("R")
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

    def seen_by(self, other: Api) -> Inventory:
        """The records of another provider, read and kept in the same way."""
        return Inventory(other, self._folder)

    def listed(self, path: str, *query: tuple[str, str]) -> tuple[Resource, ...]:
        """Every resource of the list at `path`; the first process of a run to ask reads it.

        Raises CouldNotRun if the list cannot be read: that is another requirement's failure.
        """
        return self._kept(path, *query).resources

    def _kept(self, path: str, *query: tuple[str, str]) -> Kept:
        asked = "".join(f"-{value}" for _, value in query)
        name = f"{path.strip('/').replace('/', '-')}{asked}-{self._api.credential.name}"
        file = self._folder / f"{name}.json"
        if not file.is_file():
            with FileLock(self._folder / f"{name}.lock"):
                if not file.is_file():
                    put(file, encode_line(self._read(path, *query)))
        client = self._api.client
        return kept(file, file.stat().st_mtime_ns, client.contract, path, client.readings)

    def _read(self, path: str, *query: tuple[str, str]) -> Sequence[Resource]:
        try:
            return list(self._api.paginate(path, *query))
        except (IncompleteResponse, NoResponse) as error:
            raise CouldNotRun(
                f"The server's own list could not be read to find records in: {error}.", f"Mend GET {path}."
            ) from None

    @property
    def participants(self) -> tuple[Participant, ...]:
        """Participants with exactly one enrolment, whom an action cannot be ambiguous about."""
        return self._participants.with_one_enrolment

    @property
    def with_several_enrolments(self) -> tuple[Participant, ...]:
        """Participants with several enrolments, once with each."""
        return self._participants.with_several_enrolments

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """Every declaration."""
        return self._declarations.declarations

    @property
    def declared_about(self) -> frozenset[str | None]:
        """The ids of the participants whom declarations are about."""
        return self._declarations.declared_about

    @property
    def applications(self) -> tuple[Application, ...]:
        """Every NPQ application."""
        return self._applications.applications

    @cached_property
    def _participants(self) -> Kept:
        return self._kept(self._api.participants)

    @cached_property
    def _declarations(self) -> Kept:
        return self._kept(self._api.declarations)

    @cached_property
    def _applications(self) -> Kept:
        return self._kept(self._api.applications)

    @cached_property
    def partnerships(self) -> tuple[Resource, ...]:
        """Every partnership. Raises CouldNotRun unless the run includes version 3."""
        return self._listed_by_version_3("partnerships/ecf")

    def partnerships_now(self) -> tuple[Resource, ...]:
        """The same, asked for once more: what the run has changed meanwhile shows."""
        return tuple(self._api.paginate(self._path_of_version_3("partnerships/ecf")))

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

    def about(self, participant: Participant) -> tuple[Declaration, ...]:
        """Every declaration about a participant's enrolment."""
        return self._declarations.about.get((participant.id, participant.course), ())

    def participants_in(
        self, state: str, recognises: Callable[[Participant, Sequence[Declaration]], bool], *, several: bool
    ) -> Iterable[Participant]:
        """The participants in a state, with several enrolments or with one, whom `recognises` is to tell by what is
        declared about them.
        """
        among = self.with_several_enrolments if several else self.participants
        about = self._declarations.about

        def is_in_it(each: Participant) -> bool:
            return recognises(each, about.get((each.id, each.course), ()))

        return self._participants.recognised(state, lambda: _those(among, is_in_it))

    def applications_in(self, state: str, recognises: Callable[[Application], bool]) -> Iterable[Application]:
        """The applications in a state, which `recognises` is to tell."""
        return self._applications.recognised(state, lambda: _those(self.applications, recognises))


def _those(records: Iterable[R], is_in_it: Callable[[R], bool]) -> Iterator[R]:
    return (record for record, found in skip_malformed(records, is_in_it) if found)
