"""Shrink a failing input: replace it by smaller ones as long as they fail too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Failing = TypeVar("Failing")
Input = TypeVar("Input")


def shrink(
    failing: Failing,
    smaller: Callable[[Failing], Iterable[Input]],
    attempt: Callable[[Input], Failing | None],
    *,
    attempts: int,
) -> Failing:
    """Return the failure of the smallest input found within a number of attempts.

    `smaller` yields smaller inputs than that of a failure, the best first. `attempt` tries one and returns its failure,
    or None if it passes.
    """
    tried: list[Input] = []
    while True:
        for candidate in smaller(failing):
            if candidate in tried:
                continue
            if not attempts:
                return failing
            attempts -= 1
            tried.append(candidate)
            failed = attempt(candidate)
            if failed is not None:
                failing = failed
                break
        else:
            return failing
