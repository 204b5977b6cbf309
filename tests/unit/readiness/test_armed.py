"""Armed situations: for the n-th matching request, a number of times."""

from __future__ import annotations

import pytest
from tests.unit.readiness.sessions import matched

from lead_provider_conformance.readiness.armed import Armed, ArmedSituations, Match
from lead_provider_conformance.readiness.effects import respond
from lead_provider_conformance.readiness.request import ObservedRequest

EFFECT = respond(500, "{}", "application/json")


def request(method: str, target: str, body: str = "", operation: str | None = None) -> ObservedRequest:
    path = target.partition("?")[0]
    return ObservedRequest(method, path, target, {}, matched(operation), 0.0, 1, 1, body.encode())


def armed(match: Match, times: int | None = 1, skip: int = 0) -> Armed:
    return Armed("s-0001", "any", "act", match, EFFECT, times, skip)


def situations(*all_armed: Armed) -> ArmedSituations:
    found = ArmedSituations()
    for each in all_armed:
        found.arm(each)
    return found


LIST = request("GET", "/api/v3/participants?page[page]=2&filter[updated_since]=2026-01-01T00:00:00Z", "", "list_x")
POST = request(
    "POST", "/api/v3/participant-declarations", '{"data":{"attributes":{"participant_id":"ABC-1"}}}', "create_x"
)


@pytest.mark.parametrize(
    ("match", "covered"),
    [
        (Match(), [LIST, POST]),
        (Match(operations=frozenset({"list_x"})), [LIST]),
        (Match(kinds=frozenset({"declarations"})), [POST]),
        (Match(methods=frozenset({"GET"})), [LIST]),
        (Match(about=frozenset({"abc-1"})), [POST]),
        (Match(page=lambda number: number >= 2), [LIST]),
        (Match(poll=True), [LIST]),
        (Match(poll=False), [POST]),
        (Match(condition=lambda each: each.method == "POST"), [POST]),
    ],
)
def test_match_covers_requests_by_its_parts(match: Match, covered: list[ObservedRequest]) -> None:
    assert [each for each in (LIST, POST) if match.covers(each)] == covered


def test_situation_is_met_once_after_skipped_requests() -> None:
    found = situations(armed(Match(), skip=1))

    assert [found.take(LIST) is not None for _ in range(4)] == [False, True, False, False]


def test_situation_without_number_is_met_until_it_is_withdrawn() -> None:
    standing = armed(Match(), times=None)
    found = situations(standing)

    assert [found.take(LIST) for _ in range(3)] == [standing] * 3
    found.withdraw(standing)
    found.withdraw(standing)
    assert found.take(LIST) is None


def test_first_armed_situation_wins_and_next_one_follows() -> None:
    first, second = armed(Match()), armed(Match())
    found = situations(first, second)

    assert [found.take(LIST), found.take(LIST), found.take(LIST)] == [first, second, None]
