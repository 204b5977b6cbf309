"""Hosted sessions as processes: the example client through crashes, and sessions with the same ids side by side."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import requests
from tools.benchmarks.hosted_process import CONTROL, ROOT, HostProcess, Provider, host

from lead_provider_conformance.cli.main import main
from lead_provider_conformance.schemas import yaml_file

CUES = 3
"""The cues until the client has read everything, and polled."""


def new_session(process: HostProcess, **body: Any) -> dict[str, str]:
    """Make a session, if need be after a crash."""
    for _ in range(20):
        try:
            found: dict[str, str] = process.control("POST", "/sessions", {"name": "client", "seed": 7, **body}).json()
            return found
        except requests.RequestException:
            process.keep_running()
    raise AssertionError("The server does not stay up.")


def profile(programme: str) -> dict[str, Any]:
    """Return the profile of the example client, driven by a person."""
    content: dict[str, Any] = yaml_file.load((ROOT / "examples" / "client" / f"provider-{programme}.yaml").read_bytes())
    return {**{key: value for key, value in content.items() if key != "command"}, "drive": "prompt"}


def test_crashes_cost_no_request_and_no_verdict(tmp_path: Path) -> None:
    settings = {"kill_one_in": 200, "seed": "selftest", "options": ("--skip-slow",)}
    with host(f"{tmp_path}/store.sqlite", tmp_path / "log", **settings) as process:
        made = new_session(process, profile=profile("ecf"), requests_per_second=1_000)
        provider = Provider(process, made, tmp_path / "client", "ecf")
        provider.drive(most_cues=CUES)
        process.stop()
    with host(f"{tmp_path}/store.sqlite", tmp_path / "later.log") as process:
        process.control("POST", f"/sessions/{made['id']}/end", {})
        verdict = process.control("GET", f"/sessions/{made['id']}").json()["verdict"]

    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert log.count("killed at") >= 2, log
    assert provider.acts == ["connect", "first-sync"]
    requirements = verdict["scopes"][0]["requirements"]
    outcomes = Counter(each["outcome"] for each in requirements)
    assert [each["id"] for each in requirements if each["outcome"] in ("failed", "suite-error")] == []
    assert outcomes["passed"] > 20


def test_write_in_one_of_twenty_sessions_is_in_no_other_with_the_same_ids(tmp_path: Path) -> None:
    with host(f"{tmp_path}/store.sqlite", tmp_path / "log") as process:
        made = [new_session(process) for _ in range(20)]

        def ask(number: int, method: str, path: str, body: Any = None) -> requests.Response:
            return requests.request(
                method,
                f"{process.url}/api/v3/{path}",
                headers={"Authorization": f"Bearer {made[number]['token']}", "Content-Type": "application/json"},
                data=None if body is None else json.dumps(body),
                timeout=60,
            )

        everybody = ask(0, "GET", "participants?page[per_page]=3000").json()["data"]
        active = next(each for each in everybody if is_active(each))

        def shown() -> list[Any]:
            return [ask(number, "GET", f"participants/{active['id']}").json()["data"] for number in range(20)]

        before = shown()
        attributes = {"reason": "career-break", "date": "2026-10-01", "course_identifier": course_of(active)}
        body = {"data": {"type": "participant-defer", "attributes": attributes}}
        changed = ask(7, "PUT", f"participants/{active['id']}/defer", body)
        after = shown()

    assert before == [active] * 20
    assert changed.status_code == 200, changed.text
    assert [number for number in range(20) if after[number] != active] == [7]


def is_active(participant: dict[str, Any]) -> bool:
    """Return whether a participant has one course, and is in training."""
    enrolments = participant["attributes"]["ecf_enrolments"]
    return [(each["training_status"], each["participant_status"]) for each in enrolments] == [("active", "active")]


def course_of(participant: dict[str, Any]) -> str:
    """Return the course of a participant."""
    kind = participant["attributes"]["ecf_enrolments"][0]["participant_type"]
    return "ecf-mentor" if kind == "mentor" else "ecf-induction"


def test_operator_works_with_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> str:
        assert main(["client", "session", *arguments]) == 0
        return capsys.readouterr().out

    with host(f"{tmp_path}/store.sqlite", tmp_path / "log") as process:
        monkeypatch.setenv("LEAD_PROVIDER_CONTROL_URL", process.url)
        monkeypatch.setenv("LEAD_PROVIDER_CONTROL_TOKEN", CONTROL)
        made = dict(
            line.split(": ", 1) for line in run("create", "--name", "Provider 1", "--days", "2").splitlines()[:5]
        )
        listed = run("list")
        extended = run("extend", made["id"], "--days", "1")
        ended = run("end", made["id"])
        overview = run("list", "--csv")
        exported = run("export", made["id"], "--into", str(tmp_path / "x.zip"))
        shown = json.loads(run("show", made["id"]))
        deleted = run("delete", made["id"])
        empty = run("list")
        assert main(["client", "session", "show", made["id"]]) == 4
        assert "no such session" in capsys.readouterr().err
        monkeypatch.setenv("LEAD_PROVIDER_CONTROL_TOKEN", "wrong")
        assert main(["client", "session", "list"]) == 4
        assert "401: the control token is wrong or missing." in capsys.readouterr().err

    assert made["token"].startswith("lpr-")
    assert made["page"].startswith(f"{process.url}/s/")
    assert f"{made['id']}  Provider 1  open" in listed
    assert extended.startswith(f"{made['id']} ends on ")
    assert ended == f"{made['id']} is over: interrupted.\n"
    assert ",Provider 1,ecf,2026-08,interrupted,not shown,0,," in overview
    assert "x.zip has the report" in exported
    assert zipfile.is_zipfile(tmp_path / "x.zip")
    assert shown["verdict"]["conformance"] == "not shown"
    assert deleted == f"{made['id']} is deleted.\n"
    assert empty.splitlines() == [listed.splitlines()[0]]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--store", "mysql://x/y"), "--store"),
        (("--store", "/nowhere/at/all.sqlite"), "check the address"),
        (("--control-token-file", "/nowhere/token"), "cannot be read"),
        (("--host", "203.0.113.1"), "choose another --port"),
        (("--sign-key", "/nowhere/key.pem"), "key.pem"),
        (("--days", "0"), "must be more than 0"),
    ],
)
def test_server_that_cannot_start_says_why(
    options: tuple[str, ...], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["client", "--serve", "--port", "0", *options]) == 4

    error = capsys.readouterr().err
    assert problem in error
    assert error.count("\n") == 1
