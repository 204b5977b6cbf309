"""A client's session has its own verdicts: ready, not ready, not shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.journals import Run
from tests.unit.reports import client_journals
from tests.unit.reports.client_journals import Session

from lead_provider_conformance.model import ExitStatus, Outcome, Subject, UsageError
from lead_provider_conformance.results.causes import cause_of
from lead_provider_conformance.results.comparison import Change, compare
from lead_provider_conformance.results.journal import EXCHANGES, RESULTS, read_journals
from lead_provider_conformance.results.merge import MergeError, merge
from lead_provider_conformance.results.verdict import Verdict
from lead_provider_conformance.schemas import problems


def session(*outcomes: Outcome, ending: str | None = "finished") -> Session:
    """Return a session with one MUST for each outcome."""
    built = Session(ending=ending)
    with built.acting("connect"):
        shown = built.exchanged("GET", "/api/v3/participants")
    for number, outcome in enumerate(outcomes):
        built.requires(f"area/{number}").found(outcome, f"area/{number}", "Reason.", exchanges=[shown])
    return built


@pytest.mark.parametrize(
    ("outcomes", "word", "status"),
    [
        ((Outcome.PASSED, Outcome.ATTESTED, Outcome.NOT_APPLICABLE), "ready", 0),
        ((Outcome.PASSED, Outcome.FAILED, Outcome.COULD_NOT_RUN), "not ready", 1),
        ((Outcome.PASSED, Outcome.COULD_NOT_RUN), "not shown", 6),
        ((Outcome.ATTESTED, Outcome.NOT_APPLICABLE), "not shown", 6),
        ((Outcome.PASSED, Outcome.SUITE_ERROR), "not shown", 3),
    ],
)
def test_outcomes_of_musts_decide_the_verdict(
    tmp_path: Path, outcomes: tuple[Outcome, ...], word: str, status: int
) -> None:
    verdict = session(*outcomes).verdict(tmp_path)

    assert (verdict.word, verdict.scopes[0].word, int(verdict.exit_status)) == (word, word, status)
    assert verdict.subject is Subject.CLIENT


@pytest.mark.parametrize(
    ("ending", "word", "status"),
    [("finished", "ready", 0), ("interrupted", "not shown", 2), (None, "not shown", 6)],
)
def test_ending_of_session_decides_the_verdict(tmp_path: Path, ending: str | None, word: str, status: int) -> None:
    verdict = session(Outcome.PASSED, ending=ending).verdict(tmp_path)

    assert (verdict.word, int(verdict.exit_status)) == (word, status)


def test_session_without_requests_has_its_own_status(tmp_path: Path) -> None:
    silent = Session().requires("area/0").found(Outcome.COULD_NOT_RUN, "area/0", "No request.", "Connect.")
    with silent.acting("connect"):
        pass

    verdict = silent.verdict(tmp_path)

    assert (verdict.word, verdict.exit_status) == ("not shown", ExitStatus.NOTHING_RAN)


def test_attested_is_worse_than_passed(tmp_path: Path) -> None:
    verdict = session(Outcome.PASSED).attests("area/0").verdict(tmp_path)

    assert verdict.scopes[0].requirements[0].outcome is Outcome.ATTESTED
    assert verdict.word == "not shown"


def test_requirement_without_finding_was_not_judged(tmp_path: Path) -> None:
    killed = session(Outcome.PASSED, ending=None).requires("un/judged").verdict(tmp_path)

    unjudged = killed.scopes[0].requirements[1]
    assert unjudged.outcome is Outcome.COULD_NOT_RUN
    assert unjudged.reason == "The session was killed before it was judged."


@pytest.mark.parametrize("name", ["ready", "not_ready", "hostile"])
def test_lines_of_session_are_valid(tmp_path: Path, name: str) -> None:
    folder = getattr(client_journals, name)().write(tmp_path)

    for file in (RESULTS, EXCHANGES):
        for line in (folder / file).read_bytes().splitlines():
            assert list(problems("journal", json.loads(line))) == []


def test_run_of_server_needs_its_profile_and_has_no_client() -> None:
    line = Session().run_line()

    assert list(problems("journal", line)) == []
    assert list(problems("journal", {**line, "subject": "server"})) != []
    assert list(problems("journal", {key: value for key, value in line.items() if key != "client"})) != []


def test_script_and_ended_acts_are_read(tmp_path: Path) -> None:
    journals = read_journals(client_journals.not_ready().write(tmp_path))

    assert {line["kind"] for line in journals.script} == {"act", "cue", "event", "situation", "attestation"}
    assert journals.tests == 2


def test_server_error_of_the_sandbox_is_no_cause(tmp_path: Path) -> None:
    journals = read_journals(client_journals.not_ready().write(tmp_path))
    finding = next(each for each in journals.findings if each.requirement == "errors/5xx-retried")

    assert cause_of(finding, journals.exchanges).kind == "errors/5xx-retried"


def test_sessions_are_not_merged(tmp_path: Path) -> None:
    folder = client_journals.ready().write(tmp_path / "session")

    with pytest.raises(MergeError, match="is a client's session, which has no shards"):
        merge([folder], tmp_path / "whole")


def test_sessions_are_compared(tmp_path: Path) -> None:
    old = session(Outcome.PASSED, Outcome.ATTESTED, Outcome.COULD_NOT_RUN).verdict(tmp_path / "old")
    new = session(Outcome.FAILED, Outcome.COULD_NOT_RUN, Outcome.ATTESTED).verdict(tmp_path / "new")

    changes = {each.requirement.id: each.change for each in compare(old, new).changed}

    assert changes == {
        "area/0": Change.BROKEN,
        "area/1": Change.NO_LONGER_TESTED,
        "area/2": Change.NEWLY_TESTED,
    }


def test_times_of_the_sandbox_are_not_compared(tmp_path: Path) -> None:
    verdicts = []
    for name, seconds in (("old", 0.01), ("new", 0.5)):
        built = Session()
        with built.acting("connect"):
            for _ in range(30):
                built.exchanged("GET", "/api/v3/participants", operation="participants", seconds=seconds)
        verdicts.append(built.verdict(tmp_path / name))

    assert compare(*verdicts).slower == ()


def test_session_is_not_compared_with_run_of_server(tmp_path: Path) -> None:
    Run().requires("a/b").found(Outcome.PASSED, "a/b").write(tmp_path / "server")

    with pytest.raises(UsageError, match="compare two runs of servers, or two sessions of clients"):
        compare(Verdict.of(read_journals(tmp_path / "server")), client_journals.ready().verdict(tmp_path / "client"))


def test_stale_waiver_is_removed_from_the_profile(tmp_path: Path) -> None:
    verdict = client_journals.ready().waives("access/bearer-header").verdict(tmp_path)

    (stale,) = verdict.stale_waivers
    assert "Remove it from the profile." in stale.sentence
    assert verdict.exit_status is ExitStatus.NOT_CONFORMANT
