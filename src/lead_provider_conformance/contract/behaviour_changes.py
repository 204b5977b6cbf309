"""Changes of behaviour between editions that no OpenAPI document can state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

from lead_provider_conformance.contract.diff import Change, Kind, Severity
from lead_provider_conformance.contract.facts import facts_of
from lead_provider_conformance.model import Scope
from lead_provider_conformance.resources import contract_root
from lead_provider_conformance.schemas import yaml_file

FILE = "behaviour-changes.yaml"


@dataclass(frozen=True, slots=True)
class BehaviourChange:
    """A change since the edition before.

    `operations` are operationIds; none means all. `place` is where a response shows it. `statuses` are those before and
    since; None if the change is no status.
    """

    edition: str
    sentence: str
    requirement: str
    programme: str
    place: str
    operations: tuple[str, ...] = ()
    statuses: tuple[int, int] | None = None

    @classmethod
    def of(cls, edition: str, entry: Mapping[str, Any]) -> Self:
        """Return the change that an entry of a file describes."""
        statuses = tuple(entry["statuses"]) if "statuses" in entry else None
        return cls(
            **{**entry, "edition": edition, "operations": tuple(entry.get("operations", ())), "statuses": statuses}
        )

    def concerns(self, operation: str) -> bool:
        """Return whether an operation has the change."""
        return not self.operations or operation in self.operations

    def in_diff(self, document: Mapping[str, Any]) -> Change:
        """Return the change with the labels of its operations in a bundled document, as `contract diff` lists it."""
        facts = facts_of(document)
        labels = tuple(label for label, each in facts.items() if self.concerns(str(each.id)))
        return Change(Kind.BEHAVIOUR, Severity.NOTABLE, self.sentence, labels, everywhere=len(labels) == len(facts))


def behaviour_changes(editions: tuple[str, str], scope: Scope) -> Iterator[BehaviourChange]:
    """Yield the changes of a scope from one edition to a later one; none from a later one to an earlier one."""
    before, after = editions
    for each in _all():
        if before < each.edition <= after and each.programme == scope.programme:
            yield each


@cache
def _all() -> tuple[BehaviourChange, ...]:
    return tuple(
        BehaviourChange.of(path.parent.name, entry)
        for path in sorted(contract_root().glob(f"*/{FILE}"))
        for entry in yaml_file.read_own(path, schema="behaviour-changes")
    )
