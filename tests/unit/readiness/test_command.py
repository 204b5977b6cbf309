"""The command of a client: its environment, its ends and its output."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import pytest
from tests.unit.readiness.sessions import TOKEN, session

from lead_provider_conformance.model import UsageError
from lead_provider_conformance.readiness import command as command_module
from lead_provider_conformance.readiness.command import CommandDriver
from lead_provider_conformance.readiness.drive import CueResult
from lead_provider_conformance.readiness.recorder import LOG
from lead_provider_conformance.readiness.script import Task, TaskKind
from lead_provider_conformance.readiness.session import Session
from lead_provider_conformance.readiness.stage import Cue
from lead_provider_conformance.schemas import problems

PERSON = "00000000-0000-4000-8000-000000000001"
CUE = Cue(text="Poll for changes.")
TASK = Task(
    id="t-0001", do=TaskKind.DEFER, participant_id=PERSON, fields={"on": "2026-09-10", "reason": "other"}, trap="x"
)


@pytest.fixture
def running(tmp_path: Path) -> Session:
    """Return a session whose journals are open, in an act."""
    started = session(tmp_path / "report", drive="command")
    started.act = "declare"
    started.begin_cue(CUE.text, (TASK,))
    started.recorder.open()
    return started


def driver(running: Session, command: str, timeout: float = 20.0) -> CommandDriver:
    workspace = running.recorder.folder.parent / "workspace"
    workspace.mkdir(exist_ok=True)
    return CommandDriver(running, TOKEN, command, timeout, workspace)


def do(running: Session, command: str, timeout: float = 20.0) -> CueResult:
    """Run a command for a cue."""
    return asyncio.run(driver(running, command, timeout).run(CUE))


def python(program: str) -> str:
    return f'{sys.executable} -c "{program}"'


def log(running: Session) -> str:
    return (running.recorder.folder / LOG).read_text()


def ends(pid: int) -> bool:
    """Return whether a process ends soon; a zombie has ended."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
    return False


@pytest.mark.parametrize(
    ("command", "result"),
    [
        ("true", CueResult(0)),
        ("sh -c 'exit 3'", CueResult(3, "The command ended with exit status 3; see command.log.")),
        ("sh -c 'kill -9 $$'", CueResult(-9, "The command was ended by signal 9 (Killed); see command.log.")),
    ],
)
def test_end_of_the_command_is_the_result(running: Session, command: str, result: CueResult) -> None:
    assert do(running, command) == result


def test_command_that_hangs_is_stopped_with_its_children(running: Session, tmp_path: Path) -> None:
    result = do(running, f"sh -c 'sleep 100 & echo $! > {tmp_path}/pid; wait'", timeout=0.5)

    assert result.problem == "The command did not end within 0.5 s, and was stopped."
    assert ends(int((tmp_path / "pid").read_text()))


def test_process_that_the_command_leaves_behind_is_waited_for(running: Session) -> None:
    assert do(running, "sh -c '(sleep 0.2; echo late) &'") == CueResult(0)
    assert "late" in log(running)


def test_process_that_holds_the_output_is_stopped(running: Session) -> None:
    result = do(running, "sh -c 'sleep 100 & exit 0'", timeout=0.5)

    assert result.problem == "A process that the command started did not end within 0.5 s, and was stopped."


def test_command_that_reads_its_input_gets_none(running: Session) -> None:
    assert do(running, python("import sys; sys.exit(len(sys.stdin.read()))")) == CueResult(0)


def test_cancelled_cue_stops_the_command_and_keeps_its_output(running: Session, tmp_path: Path) -> None:
    async def cancel() -> None:
        cue = asyncio.create_task(
            driver(running, f"sh -c 'echo started; echo $$ > {tmp_path}/pid; sleep 100'").run(CUE)
        )
        async with asyncio.timeout(10):
            while not (tmp_path / "pid").is_file() or not (tmp_path / "pid").read_text():
                await asyncio.sleep(0.01)
        cue.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cue

    asyncio.run(cancel())

    assert ends(int((tmp_path / "pid").read_text()))
    assert "started" in log(running)


def test_command_that_disappears_during_the_session_is_a_problem_of_the_cue(running: Session, tmp_path: Path) -> None:
    program = tmp_path / "sync"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    used = driver(running, str(program))
    used.check()
    program.unlink()

    result = asyncio.run(used.run(CUE))

    assert result == CueResult(problem="The command could not be started: No such file or directory.")


def test_command_has_the_variables_of_the_interface(running: Session, tmp_path: Path) -> None:
    assert do(running, f"sh -c 'env > {tmp_path}/env; touch \"$LEAD_PROVIDER_STATE/seen\"'") == CueResult(0)

    found = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines() if "=" in line)
    workspace = tmp_path / "workspace"
    assert {name: value for name, value in found.items() if name.startswith("LEAD_PROVIDER_")} == {
        "LEAD_PROVIDER_BASE_URL": "http://127.0.0.1:8100",
        "LEAD_PROVIDER_TOKEN": TOKEN,
        "LEAD_PROVIDER_VERSION": "v3",
        "LEAD_PROVIDER_PROGRAMME": "ecf",
        "LEAD_PROVIDER_EDITION": "2026-08",
        "LEAD_PROVIDER_ACT": "declare",
        "LEAD_PROVIDER_STATE": str(workspace / "state"),
        "LEAD_PROVIDER_TASKS": str(workspace / "tasks.json"),
    }
    assert found["PATH"] == os.environ["PATH"]
    assert do(running, "sh -c 'test -e \"$LEAD_PROVIDER_STATE/seen\"'") == CueResult(0)


def test_task_file_is_as_its_schema_says_and_hides_traps(running: Session, tmp_path: Path) -> None:
    do(running, "true")

    content = json.loads((tmp_path / "workspace" / "tasks.json").read_text())
    assert list(problems("tasks", content)) == []
    assert (content["act"], [each["id"] for each in content["tasks"]]) == ("declare", ["t-0001"])
    assert "trap" not in content["tasks"][0]


def test_output_is_logged_by_cue_without_tokens(running: Session) -> None:
    do(running, "sh -c 'echo using $LEAD_PROVIDER_TOKEN; echo oh >&2'")

    assert log(running) == "== declare: Poll for changes.\nusing $TOKEN\noh\n\n"


def test_command_without_output_has_no_log(running: Session) -> None:
    do(running, "true")

    assert not (running.recorder.folder / LOG).exists()


def test_endless_output_keeps_its_end_from_the_start_of_a_line(
    running: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_module, "LARGEST_OUTPUT", 1_000)
    do(running, "sh -c 'for n in $(seq 1000); do echo $LEAD_PROVIDER_TOKEN $n; done'")

    heading, mark, *rest = log(running).splitlines()
    assert (heading, mark, rest[-2]) == ("== declare: Poll for changes.", "[...]", "$TOKEN 1000")
    assert all(line.startswith("$TOKEN ") for line in rest if line)
    assert len(log(running)) < 4_000


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (
            "nothing-of-this-name --x",
            "--command: 'nothing-of-this-name' is not a program that can be run; give its path",
        ),
        ("sync 'x", "--command sync 'x cannot be read: No closing quotation; check its quotes."),
        ("  ", "--command is empty; give the command that runs the client."),
    ],
)
def test_command_that_cannot_be_started_is_a_usage_error(running: Session, command: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        driver(running, command).check()

    assert str(raised.value).startswith(message)


def test_file_that_is_not_executable_is_a_usage_error(running: Session, tmp_path: Path) -> None:
    (tmp_path / "sync").write_text("#!/bin/sh\n")

    with pytest.raises(UsageError, match="make the file executable"):
        driver(running, str(tmp_path / "sync")).check()
