"""The obligations of a lead provider's client, from `suites/client/requirements`."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from lead_provider_conformance.contract.contract import operation_ids
from lead_provider_conformance.contract.editions import load_edition
from lead_provider_conformance.contract.requirements import Requirement, UnknownRequirementError
from lead_provider_conformance.model import Level, Scope, UsageError
from lead_provider_conformance.readiness.catalogue import client_suite, situations
from lead_provider_conformance.schemas import yaml_file

VERSIONS = ("v3",)
"""The versions of the API that a client is judged with."""


class Observable(StrEnum):
    """How an obligation is judged."""

    TRAFFIC = "traffic"
    """From all requests of the session."""
    SITUATION = "situation"
    """From the requests after a situation."""
    ATTESTATION = "attestation"
    """Not from traffic: the provider attests it."""
    PROCESS = "process"
    """Not here: it is a process between provider and DfE. The provider can attest it."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """A requirement of a client, with advice for the provider.

    `remedy` says how to show it and `fix` how the usual failure is fixed. `proposed_level` is the level that this
    project proposes to DfE; the requirement's level counts. A `derived` obligation follows from a published sentence
    and is none itself. `conflict` says where published pages contradict each other.

    Each group of `needs` has operationIds of which the client must use one, or the obligation does not apply.
    `situations` are the names of those that it is decided by.
    """

    requirement: Requirement
    observable: Observable
    remedy: str
    fix: str
    proposed_level: Level | None = None
    derived: bool = False
    conflict: str | None = None
    note: str | None = None
    needs: tuple[tuple[str, ...], ...] = ()
    situations: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Return the id of the requirement, such as `paging/all-pages`."""
        return self.requirement.id

    @property
    def is_attestable(self) -> bool:
        """Return whether the provider can attest it."""
        return self.observable in (Observable.ATTESTATION, Observable.PROCESS)

    @property
    def operations(self) -> tuple[str, ...]:
        """Return the operationIds in `needs`."""
        return tuple(each for group in self.needs for each in group)

    def missing_operations(self, used: Collection[str] | None) -> tuple[str, ...]:
        """Return the operationIds for want of which the obligation does not apply; none if `used` is None, for all."""
        return tuple(each for group in self.needs if used is not None and not {*group} & {*used} for each in group)

    @classmethod
    def from_mapping(cls, entry: Mapping[str, Any], titles: Mapping[str, str]) -> Obligation:
        """Return the obligation of an entry of a file. `titles` has those of the cited documents."""
        requirement = Requirement(
            id=entry["id"],
            level=Level(entry["level"]),
            versions=VERSIONS,
            programmes=tuple(entry["programmes"]),
            statement=_one_line(entry["statement"]),
            sources=tuple(_source(each, titles) for each in entry["sources"]),
            since=entry.get("since"),
            until=entry.get("until"),
        )
        return cls(
            requirement=requirement,
            observable=Observable(entry["observable"]),
            remedy=_one_line(entry["remedy"]),
            fix=_one_line(entry["fix"]),
            proposed_level=Level(entry["proposed_level"]) if "proposed_level" in entry else None,
            derived=entry.get("derived", False),
            conflict=_one_line(entry["conflict"]) if "conflict" in entry else None,
            note=_one_line(entry["note"]) if "note" in entry else None,
            needs=tuple(tuple(each) if isinstance(each, list) else (each,) for each in entry.get("operations", ())),
            situations=tuple(each.name for each in situations().values() if entry["id"] in each.obligations),
        )


class Obligations:
    """Obligations by id, in the order of the files."""

    def __init__(self, obligations: Iterable[Obligation]) -> None:
        self._by_id: dict[str, Obligation] = {}
        for each in obligations:
            if each.id in self._by_id:
                raise UsageError(f"The obligation {each.id} is defined twice; remove one.")
            self._by_id[each.id] = each

    def __iter__(self) -> Iterator[Obligation]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, obligation_id: object) -> bool:
        return obligation_id in self._by_id

    def __getitem__(self, obligation_id: str) -> Obligation:
        """Return an obligation. Raise UnknownRequirementError, with the nearest ids."""
        try:
            return self._by_id[obligation_id]
        except KeyError:
            near = difflib.get_close_matches(obligation_id, self._by_id, n=3, cutoff=0.6)
            advice = f"did you mean {' or '.join(near)}?" if near else "`requirement list --client` lists them all."
            raise UnknownRequirementError(f"There is no requirement {obligation_id} of clients; {advice}") from None

    @property
    def attestable(self) -> Mapping[str, bool]:
        """Return whether the provider can attest it, by id."""
        return {each.id: each.is_attestable for each in self}

    def of(self, edition: str, programme: str) -> Obligations:
        """Return the obligations of an edition and programme, with the operations that these have.

        Raise UsageError if there is no such edition, or the edition has no such programme.
        """
        scope = Scope(VERSIONS[-1], programme)
        if scope not in load_edition(edition).scopes:
            raise UsageError(f"Edition {edition} has no programme {programme}; choose ecf or npq.")
        known = operation_ids(edition, scope)
        here = (replace(each, requirement=each.requirement.in_edition(edition)) for each in self)
        return Obligations(_with_operations(each, known) for each in here if each.requirement.applies_to(scope))

    @classmethod
    def load(cls, folder: Path | None = None) -> Obligations:
        """Return the obligations in the files of `folder`, by default `suites/client/requirements`.

        Raise UsageError, with file and place, for a file that is not valid.
        """
        titles = yaml_file.read_own(client_suite() / "documents.yaml", schema="documents")
        paths = sorted((folder or client_suite() / "requirements").glob("*.yaml"))
        files = (yaml_file.read_own(path, schema="obligations") for path in paths)
        return cls(Obligation.from_mapping(entry, titles) for entries in files for entry in entries)


def _with_operations(obligation: Obligation, known: Collection[str]) -> Obligation:
    groups = (tuple(each for each in group if each in known) for group in obligation.needs)
    return replace(obligation, needs=tuple(group for group in groups if group))


def _source(citation: str, titles: Mapping[str, str]) -> str:
    """Return a citation with the title of its document."""
    document = citation.partition("#")[0]
    if document not in titles:
        raise UsageError(f"suites/client/documents.yaml has no title of {document}; add it.")
    return f"{titles[document]} ({citation})"


def _one_line(text: str) -> str:
    return " ".join(text.split())
