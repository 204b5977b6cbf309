"""Runs against servers that hang, break connections, lie or inject end in time, and name the defect."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from .hostile import from_start, mid_run
from .hostile.behaviours import not_found
from .hostile.certificates import Authority
from .hostile.measured_run import MeasuredRun, assert_unharmed, measured_run
from .hostile.raw_server import RawRequest, response, serve_raw
from .processes import FIRST_TOKEN, V3_ECF, write_target

UNKNOWN_ID = "5e9f4d0c-7c5b-4f3e-9d55-0c9a4a0d1b11"
# The connection is closed, because a request on one that was used before is sent again if it is cut.
EMPTY_LIST = response(b'{"data": []}', b"Connection: close", media_type=b"application/vnd.api+json")
WORKERS = 2
# One run requests several unknown records, and the server has a different behaviour for each.
MID_RUNS = 6


@contextlib.contextmanager
def unused_server() -> Iterator[str]:
    """Serve at another address, and assert that no client connects."""
    with serve_raw(lambda request: request.send(EMPTY_LIST), host="127.0.0.2") as server:
        yield server.address
        assert server.connections == 0


def target(folder: Path, address: str, **more: Any) -> Path:
    """Write a target file with a time limit for connections and responses."""
    limits = {"connect_seconds": 3, "answer_seconds": 3}
    content = {"name": "hostile", "base_url": address, "tokens": [FIRST_TOKEN], "limits": limits}
    return write_target(folder / "target.yaml", content | more)


def run_from_start(case: from_start.Case, folder: Path) -> MeasuredRun:
    """Run against a server that misbehaves from the start."""
    authority = Authority(folder)
    tls = case.tls and case.tls(authority)
    with unused_server() as other, serve_raw(case.behave, tls=tls, other_address=other) as server:
        address = server.address.replace("http:", "https:") if case.https else server.address
        trust = {"tls": {"ca": str(authority.file)}} if case.trusted else {}
        return measured_run(folder / "report", "--target", target(folder, address, **trust), *V3_ECF)


@dataclass
class MidRunResult:
    """A run against several behaviours, with the requested path of each by name of the case."""

    ended: MeasuredRun | None = None
    paths: dict[str, str] = field(default_factory=dict)

    def findings(self, case: mid_run.Case) -> list[dict[str, Any]]:
        """Return the findings of the test that sent the request of a case.

        A test of unknown records sends no other request.
        """
        assert self.ended
        sent = [each for each in self.ended.exchanges if UNKNOWN_ID in each["request"]["url"]]
        assert [urlsplit(each["request"]["url"]).path for each in sent[: len(self.paths)]] == [*self.paths.values()]
        test = sent[[*self.paths].index(case.name)]["test"]
        return [each for each in self.ended.results if each["kind"] == "finding" and each["test"] == test]


def run_mid_run(cases: tuple[mid_run.Case, ...], folder: Path) -> MidRunResult:
    """Run against a server that conforms, except for one behaviour at each request for an unknown record."""
    result = MidRunResult()
    waiting = list(cases)

    def behave(request: RawRequest) -> None:
        if UNKNOWN_ID not in request.path:
            request.send(EMPTY_LIST)
        elif waiting:
            case = waiting.pop(0)
            result.paths[case.name] = request.path
            case.behave(request)
        else:
            request.send(not_found())

    with unused_server() as other, serve_raw(behave, other_address=other) as server:
        file = target(folder, server.address)
        requirements = [option for each in mid_run.UNKNOWN_ID_REQUIREMENTS for option in ("--requirement", each)]
        result.ended = measured_run(folder / "report", "--target", file, *requirements)
    assert not waiting, f"no request for {[each.name for each in waiting]}"
    return result


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[object, Future[Any]]]:
    """The runs of the selected tests, by case and by number, two at a time."""
    names = {each.callspec.id for each in request.session.items if hasattr(each, "callspec")}
    folder = tmp_path_factory.mktemp("hostile")
    with ThreadPoolExecutor(WORKERS) as pool:
        started: dict[object, Future[Any]] = {}
        for number in range(MID_RUNS):
            cases = mid_run.CASES[number::MID_RUNS]
            if str(number) in names or any(each.name in names for each in cases):
                (own := folder / str(number)).mkdir()
                started |= dict.fromkeys(cases, pool.submit(run_mid_run, cases, own))
                started[number] = started[cases[0]]
        for case in from_start.CASES:
            if case.name in names:
                (own := folder / f"from-start-{case.name}").mkdir()
                started[case] = pool.submit(run_from_start, case, own)
        yield started
        for each in started.values():
            each.cancel()


@pytest.mark.parametrize("case", [pytest.param(each, id=each.name) for each in from_start.CASES])
def test_server_hostile_from_start_ends_run_with_one_sentence(
    runs: dict[object, Future[Any]], case: from_start.Case
) -> None:
    ended = runs[case].result()

    assert ended.status == 4, ended.output
    assert re.search(case.reason, ended.output), ended.output
    assert len(ended.output.strip().splitlines()) == 1, ended.output
    assert_unharmed(ended)


@pytest.mark.parametrize("number", range(MID_RUNS))
def test_run_against_server_hostile_in_mid_run_finishes(runs: dict[object, Future[Any]], number: int) -> None:
    ended = runs[number].result().ended

    assert ended.status == 1, ended.output
    assert ended.verdict["run"]["ending"] == "finished"
    assert_unharmed(ended)


@pytest.mark.parametrize("case", [pytest.param(each, id=each.name) for each in mid_run.CASES])
def test_hostile_response_in_mid_run_fails_its_requirement_unless_it_conforms(
    runs: dict[object, Future[Any]], case: mid_run.Case
) -> None:
    findings = runs[case].result().findings(case)

    expected = {case.requirement} if case.requirement else {*mid_run.UNKNOWN_ID_REQUIREMENTS}
    relevant = [each for each in findings if each["requirement"] in expected]
    assert relevant, findings
    if case.conforms:
        assert [each for each in findings if each["outcome"] != "passed"] == []
    else:
        assert {each["outcome"] for each in relevant} == {"failed"}
        reasons = [each["reason"] for each in relevant]
        assert any(re.search(case.reason, each) for each in reasons), reasons
