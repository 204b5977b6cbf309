"""The records that a claim accepts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.http import IncompleteResponse
from lead_provider_conformance.testdata.derivations import Record
from lead_provider_conformance.testdata.refusals import kind_of

Where = Callable[[Any], object]


def any_record(_: Any) -> bool:
    """Accept every record."""
    return True


@dataclass(frozen=True, slots=True)
class Wanted:
    """The records that a claim accepts: those for which `where` is true, of no kind and no cohort to avoid.

    An `untouched` record has only the declarations of its state.
    """

    where: Where = any_record
    untouched: bool = False
    avoided_kinds: Collection[str] = frozenset()
    avoided_cohorts: Collection[str] = frozenset()

    def __call__(self, record: Record) -> bool:
        """Return whether the claim accepts a record. It accepts no malformed one."""
        try:
            is_avoided = record.cohort_name in self.avoided_cohorts or kind_of(record) in self.avoided_kinds
            return not is_avoided and bool(self.where(record))
        except IncompleteResponse:
            return False
