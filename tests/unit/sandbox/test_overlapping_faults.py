"""Faults of overlapping writes apply to the later of two writes on connections that were open at the same time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lead_provider_sandbox.faults.hooks.overlapping import fails_when_overlapping
from lead_provider_sandbox.http.connection import Connection, Numbers


def request(store: Any, numbers: Numbers, number: int, *, is_first: bool = True) -> Any:
    def nothing() -> None:
        """Do nothing."""

    connection = Connection(number, nothing, nothing, lambda: True, is_first, lambda: 1, lambda: numbers.latest)
    return SimpleNamespace(store=store, connection=connection)


class Store:
    """A store that can be referred to weakly."""


def outcomes(*requests: tuple[int, int, bool]) -> list[str]:
    """Return the outcomes of writes, each with its connection, the newest connection, and whether it is the first."""
    store, numbers, found = Store(), Numbers(), []
    write = fails_when_overlapping(None)
    for number, newest, is_first in requests:
        while numbers.latest < newest:
            numbers.next()
        try:
            found.append(write(lambda _: "done", request(store, numbers, number, is_first=is_first)))
        except RuntimeError:
            found.append("failed")
    return found


@pytest.mark.parametrize(
    ("writes", "expected"),
    [
        ([(1, 2, True), (2, 2, True)], ["done", "failed"]),
        ([(2, 2, True), (1, 2, True)], ["done", "failed"]),
        ([(1, 1, True), (2, 2, True)], ["done", "done"]),
        ([(1, 2, True), (1, 2, False)], ["done", "done"]),
        ([(2, 2, True), (1, 2, False)], ["done", "done"]),
    ],
    ids=["pair", "pair, newer first", "one after the other", "same connection", "older connection in use"],
)
def test_only_a_write_that_overlaps_with_the_latest_one_is_faulty(
    writes: list[tuple[int, int, bool]], expected: list[str]
) -> None:
    assert outcomes(*writes) == expected


def test_write_without_a_known_connection_is_never_faulty() -> None:
    write = fails_when_overlapping(None)

    assert write(lambda _: "done", SimpleNamespace(store=Store(), connection=None)) == "done"
