"""Shrink a failure: find a smaller input that fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from lead_provider_conformance.model import CouldNotRun

F = TypeVar("F")
C = TypeVar("C", bound=Hashable)


def shrink(failure: F, candidates: Callable[[F], Iterable[C]], check: Callable[[C], F | None], *, attempts: int) -> F:
    """Return the smallest failure that is found within that many attempts.

    `candidates` yields smaller inputs than a failure's. `check` returns the failure of an input, if it is the same one.
    Each smaller failure is shrunk in turn. Stop when `check` raises CouldNotRun: the target has no record left.
    """
    tried: set[C] = set()
    while True:
        for candidate in candidates(failure):
            if candidate in tried:
                continue
            if len(tried) == attempts:
                return failure
            tried.add(candidate)
            try:
                smaller = check(candidate)
            except CouldNotRun:
                return failure
            if smaller is not None:
                failure = smaller
                break
        else:
            return failure
