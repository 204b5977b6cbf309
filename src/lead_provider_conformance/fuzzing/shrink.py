"""Shrink a failing input: replace it by smaller ones as long as they fail too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Input = TypeVar("Input")


class NoMoreAttempts(Exception):  # noqa: N818 - the normal end of shrinking
    """Raised by `still_fails` when no further input can be tried."""


def shrink(
    failing: Input,
    smaller: Callable[[Input], Iterable[Input]],
    still_fails: Callable[[Input], Input | None],
    *,
    attempts: int,
) -> Input:
    """Return the smallest failing input found within a number of attempts.

    `smaller` yields candidates, the best first. `still_fails` tries one and returns the input that failed, which may
    be smaller than the candidate, or None if the candidate passes.
    """
    best = failing
    tried: list[Input] = [failing]
    while True:
        for candidate in smaller(best):
            if candidate in tried:
                continue
            if not attempts:
                return best
            attempts -= 1
            tried.append(candidate)
            try:
                failed = still_fails(candidate)
            except NoMoreAttempts:
                return best
            if failed is not None:
                best = failed
                break
        else:
            return best
