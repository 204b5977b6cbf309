"""Situations that are armed at run time: for the n-th matching request, a number of times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lead_provider_conformance.readiness.effects import Effect
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.resources import place, record_ids
from lead_provider_conformance.readiness.walks import SINCE, page_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The requests that a situation is for. An empty part matches every request.

    `about` are ids of participants, applications or declarations in the path or the body. `page` is a predicate of
    the page's number. `poll` is whether the request has `filter[updated_since]`.
    """

    operations: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    methods: frozenset[str] = frozenset()
    about: frozenset[str] = frozenset()
    page: Callable[[int], bool] | None = None
    poll: bool | None = None
    condition: Callable[[ObservedRequest], bool] | None = None

    def covers(self, request: ObservedRequest) -> bool:
        """Return whether the situation is for a request."""
        kind = place(request)[0]
        number = page_number(request)
        return (
            (not self.operations or request.operation in self.operations)
            and (not self.kinds or kind in self.kinds)
            and (not self.methods or request.method in self.methods)
            and (not self.about or bool(self.about & record_ids(request)))
            and (self.page is None or (number is not None and self.page(number)))
            and (self.poll is None or (request.parameter(SINCE) is not None) == self.poll)
            and (self.condition is None or self.condition(request))
        )


@dataclass(slots=True, eq=False)
class Armed:
    """A situation that waits for its requests: the first `skip` are left alone, then `times` are met; None is all."""

    id: str
    name: str
    act: str
    match: Match
    effect: Effect
    times: int | None = 1
    skip: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)
    deliveries: int = 0

    @property
    def is_spent(self) -> bool:
        """Whether the situation was delivered as often as planned."""
        return self.times is not None and self.deliveries >= self.times


class ArmedSituations:
    """The armed situations of a session, in the order of their arming."""

    def __init__(self) -> None:
        self._armed: list[Armed] = []

    def __iter__(self) -> Iterator[Armed]:
        return iter(tuple(self._armed))

    def arm(self, armed: Armed) -> None:
        """Add a situation."""
        self._armed.append(armed)

    def withdraw(self, armed: Armed) -> None:
        """Remove a situation; do nothing if it was removed before."""
        if armed in self._armed:
            self._armed.remove(armed)

    def take(self, request: ObservedRequest) -> Armed | None:
        """Return the first situation for a request, and count it as delivered; None for an ordinary response."""
        for each in self._armed:
            if not each.match.covers(request):
                continue
            if each.skip > 0:
                each.skip -= 1
                continue
            each.deliveries += 1
            if each.is_spent:
                self._armed.remove(each)
            return each
        return None
