"""Servers that hang, lie, break off and mock: every run ends in time, small, unharmed, and says what was wrong."""

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

from .hostile.behaviours import not_found
from .hostile.certificates import Authority
from .hostile.listening import Talk, answer, listening
from .hostile.met import ASKED, MET, Met
from .hostile.refused import REFUSED, Refused
from .hostile.watching import Watched, assert_unharmed, watched
from .processes import FIRST_TOKEN, V3_ECF, target_file

NOBODY = "5e9f4d0c-7c5b-4f3e-9d55-0c9a4a0d1b11"
HONEST = answer(b'{"data": []}', media_type=b"application/vnd.api+json")
PROMPTLY, IN_TIME = 20, 60
RUNS_AT_ONCE = 2
# One run meets as many behaviours as there are records that it asks for.
RUNS = 6


@contextlib.contextmanager
def witness() -> Iterator[str]:
    """A server at another address, which nobody is to come to."""
    with listening(lambda talk: talk.say(HONEST), host="127.0.0.2") as elsewhere:
        yield elsewhere.address
        assert elsewhere.connections == 0


def target(folder: Path, address: str, **more: Any) -> Path:
    """A target file for a server that is given a second for everything."""
    limits = {"connect_seconds": 1, "answer_seconds": 1}
    content = {"name": "hostile", "base_url": address, "tokens": [FIRST_TOKEN], "limits": limits}
    return target_file(folder / "target.yaml", content | more)


def run_that_is_refused(hostile: Refused, folder: Path) -> Watched:
    """A run against a server that misbehaves from the start."""
    authority = Authority(folder)
    tls = hostile.tls and hostile.tls(authority)
    with witness() as elsewhere, listening(hostile.behave, tls=tls, elsewhere=elsewhere) as server:
        address = server.address.replace("http:", "https:") if hostile.https else server.address
        trust = {"tls": {"ca": str(authority.file)}} if hostile.trusted else {}
        return watched(folder / "report", "--target", target(folder, address, **trust), *V3_ECF, within=PROMPTLY)


@dataclass
class Meeting:
    """A run that meets a row of behaviours, each with one request; `asked` are the paths of those, by name.

    A test that asks for a record that nobody has sends no other request.
    """

    ended: Watched | None = None
    asked: dict[str, str] = field(default_factory=dict)

    def findings(self, met: Met) -> list[dict[str, Any]]:
        """What was found out by the request that met it."""
        assert self.ended
        asked = [each for each in self.ended.exchanges if NOBODY in each["request"]["url"]]
        assert [urlsplit(each["request"]["url"]).path for each in asked[: len(self.asked)]] == [*self.asked.values()]
        test = asked[[*self.asked].index(met.name)]["test"]
        return [each for each in self.ended.results if each["kind"] == "finding" and each["test"] == test]


def run_that_meets(behaviours: tuple[Met, ...], folder: Path) -> Meeting:
    """A run against a server that answers as it should until it is asked for a record that nobody has."""
    meeting = Meeting()
    waiting = list(behaviours)

    def behave(talk: Talk) -> None:
        if NOBODY not in talk.path:
            talk.say(HONEST)
        elif waiting:
            met = waiting.pop(0)
            meeting.asked[met.name] = talk.path
            met.behave(talk)
        else:
            talk.say(not_found())

    with witness() as elsewhere, listening(behave, elsewhere=elsewhere) as server:
        file = target(folder, server.address)
        wanted = [option for each in ASKED for option in ("--requirement", each)]
        meeting.ended = watched(folder / "report", "--target", file, *wanted, within=IN_TIME)
    assert not waiting, f"nobody met {[each.name for each in waiting]}"
    return meeting


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[object, Future[Any]]]:
    """The runs that the selected tests need, two at a time: by name, or by number."""
    names = {each.callspec.id for each in request.session.items if hasattr(each, "callspec")}
    folder = tmp_path_factory.mktemp("hostile")
    with ThreadPoolExecutor(RUNS_AT_ONCE) as pool:
        started: dict[object, Future[Any]] = {}
        for number in range(RUNS):
            behaviours = MET[number::RUNS]
            if str(number) in names or any(each.name in names for each in behaviours):
                (own := folder / str(number)).mkdir()
                started |= dict.fromkeys(behaviours, pool.submit(run_that_meets, behaviours, own))
                started[number] = started[behaviours[0]]
        for hostile in REFUSED:
            if hostile.name in names:
                (own := folder / hostile.name).mkdir()
                started[hostile] = pool.submit(run_that_is_refused, hostile, own)
        yield started
        for each in started.values():
            each.cancel()


@pytest.mark.parametrize("hostile", [pytest.param(each, id=each.name) for each in REFUSED])
def test_a_server_that_cannot_be_tested(runs: dict[object, Future[Any]], hostile: Refused) -> None:
    ended = runs[hostile].result()

    assert ended.status == 4, ended.told
    assert re.search(hostile.told, ended.told), ended.told
    assert len(ended.told.strip().splitlines()) == 1, ended.told
    assert_unharmed(ended)


@pytest.mark.parametrize("number", range(RUNS))
def test_a_server_that_misbehaves_later(runs: dict[object, Future[Any]], number: int) -> None:
    ended = runs[number].result().ended

    assert ended.status == 1, ended.told
    assert ended.verdict["run"]["ending"] == "finished"
    assert_unharmed(ended)


@pytest.mark.parametrize("met", [pytest.param(each, id=each.name) for each in MET])
def test_what_is_found_of_a_misbehaviour(runs: dict[object, Future[Any]], met: Met) -> None:
    findings = runs[met].result().findings(met)

    wanted = {met.requirement} if met.requirement else {*ASKED}
    told = [each for each in findings if each["requirement"] in wanted]
    assert told, findings
    if met.right:
        assert [each for each in findings if each["outcome"] != "passed"] == []
    else:
        assert {each["outcome"] for each in told} == {"failed"}
        assert any(re.search(met.told, each["reason"]) for each in told), [each["reason"] for each in told]
