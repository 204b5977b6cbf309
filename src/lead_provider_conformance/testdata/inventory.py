"""The records in a target's own lists. Each list is read once per run and shared by its processes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from filelock import FileLock

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import Application, Declaration, Participant, skip_malformed
from lead_provider_conformance.contract import Contract, UnknownOperationError
from lead_provider_conformance.contract.bodies import parse_json
from lead_provider_conformance.contract.members import Shape
from lead_provider_conformance.http import IncompleteResponse, NoResponse, Resource, read_resources
from lead_provider_conformance.http.resource import exchange_of
from lead_provider_conformance.model import CouldNotRun, NotApplicable
from lead_provider_conformance.resources import write_atomically
from lead_provider_conformance.results.journal import encode_line
from lead_provider_conformance.results.operations import ABSENT

TODAY = "today"
"""The name of the file with the server's date."""
APPLICATIONS = "/npq-applications"
"""The end of the path of the list of applications."""


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

    def other_enrolments(self, participant: Participant) -> Sequence[Participant]:
        """Return the same person's enrolments in other courses, and in the same course again."""
        enrolments = self._several.get(participant.id, ())
        same_course = [each for each in enrolments if each.course == participant.course]
        return [each for each in enrolments if each.course != participant.course] + same_course[1:]

    @cached_property
    def _several(self) -> Mapping[str, Sequence[Participant]]:
        return {enrolments[0].id: enrolments for enrolments in self._enrolments if len(enrolments) > 1}

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
    def missing_links(self) -> Sequence[str]:
        """The fields that link declarations to participants, and that no declaration shows."""
        links = ("participant_id", "course_identifier") if self.resources else ()
        return [each for each in links if not any(each in resource["attributes"] for resource in self.resources)]

    @cached_property
    def declarations_by_enrolment(self) -> Mapping[tuple[str | None, str | None], Sequence[Declaration]]:
        """The declarations by the participant's id and the course."""
        by_enrolment = defaultdict(list)
        for declaration, enrolment in skip_malformed(
            self.declarations, lambda each: (each.participant_id, each.course)
        ):
            by_enrolment[enrolment].append(declaration)
        return dict(by_enrolment)


@lru_cache(maxsize=64)
def load_snapshot(file: Path, _modified: int, contract: Contract, path: str) -> ListSnapshot:
    """Load the snapshot of the list at `path` from a file. `_modified` is part of the cache key: a new file is read."""
    content = file.read_bytes().rstrip()  # with its line break, parsing takes four times as long
    return ListSnapshot(read_resources(contract, path, parse_json(content)))


def with_exchanges(resources: Iterable[Resource]) -> list[tuple[Resource, str]]:
    """Return the resources, each with the id of the exchange that showed it, as `load_snapshot` reads them."""
    return [(each, exchange_of(each) or "") for each in resources]


class Inventory:
    """The records of one provider, as the lists of one version showed them when the run first read them."""

    def __init__(self, api: Api, folder: Path) -> None:
        self._api = api
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def version(self) -> str:
        """The version of the lists."""
        return self._api.version

    def for_provider(self, other: Api) -> Inventory:
        """Return the inventory of another provider."""
        return Inventory(other, self._folder)

    def listed(self, name: str, *query: tuple[str, str]) -> tuple[Resource, ...]:
        """Return every resource of a list such as `ecf_schools`; see `resources`."""
        return self.resources(self._path_of(name), *query)

    def resources(self, path: str, *query: tuple[str, str]) -> tuple[Resource, ...]:
        """Return every resource of the list at `path`, from the run's snapshot of it.

        Raise CouldNotRun if the list cannot be read: another requirement reports that failure.
        """
        return self._snapshot(path, *query).resources

    def _snapshot(self, path: str, *query: tuple[str, str]) -> ListSnapshot:
        is_of_declarations = path == self._api.declarations
        values = "".join(f"-{value}" for _, value in query)
        programme = f"-{self._api.programme}" if is_of_declarations else ""
        name = f"{path.strip('/').replace('/', '-')}{programme}{values}-{self._api.credential.name}"
        file = self._folder / f"{name}.json"
        if not file.is_file():
            if is_of_declarations or path.endswith(APPLICATIONS):
                self.read_participants()
            with FileLock(self._folder / f"{name}.lock"):
                if not file.is_file():
                    write_atomically(file, encode_line(with_exchanges(self._fetch(path, *query))))
        return load_snapshot(file, file.stat().st_mtime_ns, self._api.client.contract, path)

    def read_participants(self) -> None:
        """Read the participants before their declarations and applications. A server may have no list of participants.

        Others may add a participant who has declarations: read later, that participant would seem to have none. A test
        may claim an application and accept it: read later, the applicant would be a participant whom no test has
        claimed. Each list is read once for each programme.
        """
        with suppress(CouldNotRun, NotApplicable):
            self._snapshot(self._api.participants)

    def reread(self) -> Inventory:
        """Return an inventory that reads the lists again, with the changes that the run and others have made."""
        return Inventory(self._api, self._folder / f"reread-{uuid4()}")

    @property
    def today(self) -> date:
        """The server's date when the run first read a list; our own before that."""
        file = self._folder / TODAY
        return date.fromisoformat(file.read_text()) if file.is_file() else datetime.now(UTC).date()

    def documented(self, name: str, fields: Collection[str]) -> list[str]:
        """Return those of the fields that the contract documents for the records of a list, at any depth."""
        contract = self._api.client.contract
        try:
            shape = contract.shape(contract.operation(f"list_{name}"), 200)
        except UnknownOperationError:
            shape = None
        return sorted(each for each in fields if shape and _documents(shape, each))

    def require_fields(self, name: str, *fields: str, query: Sequence[tuple[str, str]] = ()) -> None:
        """Raise CouldNotRun if the list has records, and none shows one of the `fields` that the contract documents."""
        documented = self.documented(name, fields)
        resources = self.resources(self._api.list_path(name), *query) if documented else ()
        for each in documented if resources else ():
            if not any(_shows(resource["attributes"], each) for resource in resources):
                raise CouldNotRun(
                    f"No record of {self._api.list_path(name)} shows `{each}`, which this test needs.",
                    "Fix contract/response-schema first.",
                )

    def _fetch(self, path: str, *query: tuple[str, str]) -> Sequence[Resource]:
        try:
            with self._api.client.server_date.suspended():
                resources = list(self._api.paginate(path, *query))
        except (IncompleteResponse, NoResponse) as error:
            if (status := self._api.client.exchanges[-1].status) in ABSENT:
                reason = f"The server does not have GET {path} ({status}), where the suite looks for records."
                raise CouldNotRun(reason, f"Implement GET {path} first.") from None
            reason = f"The suite could not read the server's list to find records: {error}."
            raise CouldNotRun(reason, f"Fix GET {path} first.") from None
        if server_time := self._api.client.server_time:
            write_atomically(self._folder / TODAY, server_time.date().isoformat().encode())
        return resources

    @cached_property
    def _participants(self) -> ListSnapshot:
        return self._snapshot(self._api.participants)

    @property
    def participants(self) -> tuple[Participant, ...]:
        """Participants with exactly one enrolment: actions on them are not ambiguous."""
        return self._participants.with_one_enrolment

    @property
    def participant_ids(self) -> frozenset[str]:
        """The id of every participant."""
        return frozenset(each["id"] for each in self.resources(self._api.participants))

    @property
    def with_several_enrolments(self) -> tuple[Participant, ...]:
        """Participants with several enrolments, once per enrolment."""
        return self._participants.with_several_enrolments

    def other_enrolments(self, participant: Participant) -> Sequence[Participant]:
        """Return the same person's enrolments in other courses, and in the same course again."""
        return self._participants.other_enrolments(participant)

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """Every declaration."""
        return self._declarations.declarations

    @cached_property
    def _declarations(self) -> ListSnapshot:
        return self._snapshot(self._api.declarations)

    @property
    def applications(self) -> tuple[Application, ...]:
        """Every NPQ application."""
        return tuple(Application.of(each) for each in self.resources(self._api.applications))

    @property
    def statements(self) -> tuple[Resource, ...]:
        """Every statement. Raise CouldNotRun unless the run includes version 3."""
        return self.listed("statements")

    def declarations_about(self, participant: Participant) -> Sequence[Declaration]:
        """Return every declaration about a participant's enrolment.

        Raise CouldNotRun if no declaration shows its participant and course.
        """
        if missing := self._declarations.missing_links:
            raise CouldNotRun(
                f"No record of {self._api.declarations} shows `{missing[0]}`, so the suite does not know the "
                "declarations about a participant.",
                "Fix contract/response-schema first.",
            )
        return self._declarations.declarations_by_enrolment.get((participant.id, participant.course), ())

    @property
    def partnerships(self) -> tuple[Resource, ...]:
        """Every partnership. Raise CouldNotRun unless the run includes version 3."""
        return self.listed("ecf_partnerships")

    def is_active(self, partnership: Resource) -> bool:
        """Return whether a partnership is active. All are where the contract has no status of them."""
        return not self._partnerships_have_status or partnership["attributes"].get("status") == "active"

    @cached_property
    def _partnerships_have_status(self) -> bool:
        return bool(self.documented("ecf_partnerships", ["status"]))

    def fetch_partnerships(self) -> tuple[Resource, ...]:
        """Fetch the partnerships again, with the changes that the run has made."""
        return tuple(self._api.paginate(self._path_of("ecf_partnerships")))

    @property
    def transfers(self) -> tuple[Resource, ...]:
        """Every participant's transfers. Raise CouldNotRun unless the run includes version 3."""
        return self.listed("ecf_participant_transfers")

    @property
    def moved(self) -> Collection[str] | None:
        """The ids of participants who have moved to another provider, or from it; None if no list shows it."""
        try:
            listed = self.transfers
        except (CouldNotRun, NotApplicable):
            return None
        return {each["id"] for each in listed if any(map(_is_to_another_provider, _transfers_in(each)))}

    def _path_of(self, name: str) -> str:
        try:
            return self._api.list_path(name)
        except UnknownOperationError:
            version, records = self._api.version.lstrip("v"), name.removeprefix("ecf_").replace("_", " ")
            raise CouldNotRun(
                f"Version {version} has no list of {records}.", "Run version 3 as well, if the target has it."
            ) from None


def _transfers_in(resource: Resource) -> Sequence[Mapping[str, Any]]:
    transfers = resource["attributes"].get("transfers")
    return [each for each in transfers if isinstance(each, dict)] if isinstance(transfers, list) else []


def _is_to_another_provider(transfer: Mapping[str, Any]) -> bool:
    return transfer.get("transfer_type") != "new_school"


def _shows(value: Any, name: str) -> bool:
    """Return whether a value, or one at any depth in it, is an object with the field `name`."""
    if isinstance(value, list):
        return any(_shows(each, name) for each in value)
    return isinstance(value, dict) and (name in value or any(_shows(each, name) for each in dict.values(value)))


def _documents(shape: Shape, name: str) -> bool:
    nested = [*shape.members.values(), *([shape.items] if shape.items else [])]
    return name in shape.members or any(_documents(each, name) for each in nested)
