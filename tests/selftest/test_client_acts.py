"""A session of each service with the example client: it is ready, and every situation occurs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from lead_provider_conformance.readiness.acts import ACTS
from lead_provider_conformance.readiness.catalogue import SituationKind, situations

from .processes import ROOT, RunResult, finish, start

EXAMPLES = ROOT / "examples" / "client"
SUBJECTS = dict.fromkeys(("accept", "reject", "change-funded-place"), "application_id")


@pytest.fixture(scope="module", params=["ecf", "npq"])
def programme(request: pytest.FixtureRequest) -> str:
    """The programme of a session."""
    return str(request.param)


@pytest.fixture(scope="module")
def session(programme: str, tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """The result of a session that was driven by the example client."""
    folder: Path = tmp_path_factory.mktemp("client") / "report"
    profile, client = EXAMPLES / f"provider-{programme}.yaml", EXAMPLES / "sync.py"
    command = f"{sys.executable} {client} --delay 0"
    options = ("--profile", profile, "--command", command, "--skip-slow", "--report-dir", folder)
    return finish(start(folder, *options, command="client"), folder)


def test_no_requirement_fails(session: RunResult) -> None:
    assert session.with_outcome("failed") == set(), session.stdout
    assert session.with_outcome("suite-error") == set(), session.stdout


def test_client_is_ready(session: RunResult) -> None:
    plan = next(line for line in session.results if line["kind"] == "plan")
    levels = {each["id"]: each["level"] for each in plan["requirements"]}
    missing = session.with_outcome("could-not-run")

    assert {each for each in missing if levels[each] == "MUST"} == set()
    assert session.verdict["conformance"] == "ready"
    assert session.status == 0


def test_every_armed_situation_is_delivered(session: RunResult, programme: str) -> None:
    lines = [line for line in session.results if line["kind"] == "situation"]
    due = {
        each.name
        for each in situations().values()
        if each.kind is SituationKind.ARMED and programme in each.programmes and not each.slow
    }

    assert {line["situation"] for line in lines if line["phase"] == "delivered"} >= due


def test_every_act_ends(session: RunResult, programme: str) -> None:
    ended = [line["act"] for line in session.results if line["kind"] == "act" and line["phase"] == "end"]
    statuses = {line["status"] for line in session.results if line["kind"] == "cue" and line["phase"] == "end"}

    assert ended == [each.name for each in ACTS[programme]]
    assert statuses <= {0, 1}


def test_every_person_of_a_right_task_is_named_by_a_write(session: RunResult) -> None:
    cues = [line for line in session.results if line["kind"] == "cue" and line["phase"] == "begin"]
    right = [task for cue in cues for task in cue["tasks"] if not task["trap"]]
    named = [task.get(SUBJECTS.get(task["do"], "participant_id")) for task in right]
    writes = [each["request"] for each in session.exchanges if each["request"]["method"] in ("POST", "PUT")]
    text = json.dumps([(each["url"], each["body"]) for each in writes])

    assert len(right) > 40
    assert [each for each in named if each and each not in text] == []
