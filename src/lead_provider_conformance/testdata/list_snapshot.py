"""What a process keeps of the lists that it has read: it makes records of them, and recognises states, only once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from lead_provider_conformance.api.records import Application, Declaration, Participant, skip_malformed
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.bodies import parse_json
from lead_provider_conformance.http import Members, Readings, as_listed

Resource = Mapping[str, Any]
R = TypeVar("R")
Whose = tuple[str | None, str | None]


class Kept:
    """The resources of one list, and the records that they stand for."""

    def __init__(self, resources: tuple[Members, ...]) -> None:
        self.resources = resources
        self._recognised: dict[str, Remembered[Any]] = {}

    @cached_property
    def enrolments(self) -> tuple[Sequence[Participant], ...]:
        """The participants of a list of participants, each with all of their enrolments."""
        enrolments: dict[str, list[Participant]] = defaultdict(list)
        for resource, found in skip_malformed(self.resources, Participant.in_resource):
            enrolments[resource["id"]] += found
        return tuple(enrolments.values())

    @cached_property
    def with_one_enrolment(self) -> tuple[Participant, ...]:
        """The participants of a list of participants who have exactly one enrolment."""
        return tuple(found[0] for found in self.enrolments if len(found) == 1)

    @cached_property
    def with_several_enrolments(self) -> tuple[Participant, ...]:
        """The participants of a list of participants who have several enrolments, once with each."""
        return tuple(each for found in self.enrolments if len(found) > 1 for each in found)

    @cached_property
    def declarations(self) -> tuple[Declaration, ...]:
        """The declarations of a list of declarations."""
        return tuple(Declaration.of(each) for each in self.resources)

    @cached_property
    def applications(self) -> tuple[Application, ...]:
        """The applications of a list of applications."""
        return tuple(Application.of(each) for each in self.resources)

    @cached_property
    def about(self) -> Mapping[Whose, tuple[Declaration, ...]]:
        """The declarations of a list of declarations, by participant and course."""
        about: dict[Whose, list[Declaration]] = defaultdict(list)
        for declaration, whose in skip_malformed(self.declarations, lambda each: (each.participant_id, each.course)):
            about[whose].append(declaration)
        return {key: tuple(found) for key, found in about.items()}

    @cached_property
    def declared_about(self) -> frozenset[str | None]:
        """The ids of the participants whom a list of declarations is about."""
        return frozenset(each.participant_id for each in self.declarations)

    def recognised(self, name: str, recognise: Callable[[], Iterable[R]]) -> Iterable[R]:
        """The records of the list that are in the state `name`; `recognise` finds them, if nobody has before."""
        if name not in self._recognised:
            self._recognised[name] = Remembered(recognise())
        return self._recognised[name]


class Remembered(Generic[R]):
    """What an iterable gives, asked for one at a time, and each only once however often it is gone through."""

    def __init__(self, source: Iterable[R]) -> None:
        self._source = iter(source)
        self._given: list[R] = []

    def __iter__(self) -> Iterator[R]:
        place = 0
        while place < len(self._given) or self._takes_another():
            yield self._given[place]
            place += 1

    def _takes_another(self) -> bool:
        for each in self._source:
            self._given.append(each)
            return True
        return False


@lru_cache(maxsize=64)
def kept(file: Path, _written: int, contract: Contract, path: str, readings: Readings) -> Kept:
    """The list at `path`, which is kept in a file that was written at that time, in nanoseconds."""
    return Kept(as_listed(contract, path, parse_json(file.read_bytes()), readings))
