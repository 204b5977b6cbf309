"""Whole sessions in this process, with small acts on a real world."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.unit.readiness.sessions import lines

from lead_provider_conformance.cli.main import main
from lead_provider_conformance.config.profile import Profile
from lead_provider_conformance.model import Ending, Outcome, ReportFolderError
from lead_provider_conformance.readiness import judging, run
from lead_provider_conformance.readiness.acts import ACTS
from lead_provider_conformance.readiness.recorder import LOG
from lead_provider_conformance.readiness.rule import RULES
from lead_provider_conformance.readiness.run import SIGNALS, ClientOptions, SessionEnd, run_session
from lead_provider_conformance.readiness.stage import Act, Cue, Stage
from lead_provider_conformance.results import journal
from lead_provider_conformance.results.journal import read_journals
from lead_provider_conformance.results.verdict import Verdict

GET = (
    "import os, urllib.request as web; url = os.environ['LEAD_PROVIDER_BASE_URL'] + '/api/v3/statements'; "
    "token = 'Bearer ' + os.environ['LEAD_PROVIDER_TOKEN']; "
    "web.urlopen(web.Request(url, headers={'Authorization': token})).read()"
)
REQUEST = f'{sys.executable} -c "{GET}"'


def two_cues(stage: Stage) -> Iterator[Cue]:
    yield stage.cue("Poll for changes.")
    yield stage.cue("Poll again.")


def one_cue(stage: Stage) -> Iterator[Cue]:
    yield stage.cue("Poll once.")


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    with run.restored_signals():
        yield


@dataclass
class Sessions:
    """Runs sessions with the acts `connect` and `declare`, and notes the lines for people."""

    folder: Path
    announced: list[str] = field(default_factory=list)

    def run(self, command: str | None = REQUEST, drive: str = "command", **options: Any) -> SessionEnd:
        profile = Profile(drive=drive, command=command)
        chosen = {"profile": profile, "folder": self.folder, "seed": 1, "command_timeout": 20.0, **options}
        return run_session(ClientOptions(**chosen), self.announced.append)

    @property
    def verdict(self) -> Verdict:
        return Verdict.of(read_journals(self.folder))


@pytest.fixture
def sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sessions:
    play(monkeypatch, two_cues)
    return Sessions(tmp_path / "report")


def play(monkeypatch: pytest.MonkeyPatch, script: Callable[[Stage], Iterator[Cue]]) -> None:
    """Replace the acts by `connect`, with a script, and `declare`."""
    acts = (Act("connect", "Connect", "ecf", script), Act("declare", "Declare", "ecf", one_cue))
    monkeypatch.setitem(ACTS, "ecf", acts)


def test_session_announces_its_address_and_its_cues(sessions: Sessions) -> None:
    end = sessions.run()

    opening, *cues = sessions.announced
    assert "address: http://127.0.0.1:" in opening
    assert cues == [
        "Act 1 of 2, connect: Poll for changes.",
        "Act 1 of 2, connect, cue 2: Poll again.",
        "Act 2 of 2, declare: Poll once.",
    ]
    assert end == SessionEnd(Ending.FINISHED, wrote=True)
    assert len(lines(sessions.folder, "exchanges.ndjson")) == 3


def test_session_is_judged_when_it_ends(sessions: Sessions) -> None:
    sessions.run()

    assert {each.outcome for each in read_journals(sessions.folder).findings} <= {*Outcome} - {Outcome.SUITE_ERROR}
    planned = {each["id"] for each in read_journals(sessions.folder).plan["requirements"]}
    assert planned == {each.requirement for each in read_journals(sessions.folder).findings}


def test_act_that_is_not_selected_is_skipped(sessions: Sessions) -> None:
    sessions.run(only=("declare",))

    assert sessions.announced[1:] == ["Act 2 of 2, declare: Poll once."]


def test_command_that_fails_is_announced_and_the_session_goes_on(sessions: Sessions) -> None:
    end = sessions.run(failing(sessions))

    assert sessions.announced.count("  The command ended with exit status 3; see command.log.") == 3
    assert end == SessionEnd(Ending.FINISHED, wrote=True)


def failing(sessions: Sessions) -> str:
    """Return a command that sends a request and ends with exit status 3."""
    script = sessions.folder.parent / "failing.py"
    script.write_text(f"{GET}\nraise SystemExit(3)\n")
    return f"{sys.executable} {script}"


def test_client_that_cannot_start_ends_the_session_at_its_first_cue(sessions: Sessions) -> None:
    end = sessions.run("sh -c 'echo no such module; exit 1'")

    assert sessions.announced[1:] == [
        "Act 1 of 2, connect: Poll for changes.",
        "  The command ended with exit status 1; see command.log.",
    ]
    assert end.problem == "The client sent no request. The command ended with exit status 1; see command.log."
    assert "no such module" in (sessions.folder / LOG).read_text()
    assert sessions.verdict.exit_status == 5


def test_client_that_sends_nothing_leaves_an_earlier_report_alone(sessions: Sessions) -> None:
    sessions.folder.mkdir()
    (sessions.folder / "report.html").write_text("earlier")

    end = sessions.run("sh -c 'echo no such module; exit 1'")

    assert end.problem == "The client sent no request. The command ended with exit status 1."
    assert not end.wrote
    assert "no such module" in end.output
    assert [each.name for each in sessions.folder.iterdir()] == ["report.html"]


def test_client_that_sends_nothing_is_never_ready(sessions: Sessions) -> None:
    assert sessions.run("true").wrote
    assert (sessions.verdict.word, sessions.verdict.exit_status) == ("not shown", 5)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize(
    ("drive", "ending"),
    [("command", Ending.INTERRUPTED), ("prompt", Ending.FINISHED), ("self", Ending.FINISHED)],
)
def test_signal_ends_the_session(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, number: int, drive: str, ending: Ending
) -> None:
    def script(stage: Stage) -> Iterator[Cue]:
        os.kill(os.getpid(), number)
        yield stage.cue("Wait.")

    play(monkeypatch, script)

    end = sessions.run("sh -c 'sleep 60'" if drive == "command" else None, drive=drive)

    assert end.ending is ending
    assert read_journals(sessions.folder).ending is ending
    assert read_journals(sessions.folder).findings
    assert signal.getsignal(number) is signal.SIG_IGN


def test_time_limit_ends_the_session(sessions: Sessions) -> None:
    end = sessions.run(None, drive="prompt", time_limit=0.1)

    assert end == SessionEnd(Ending.OUT_OF_TIME, wrote=True)
    assert sessions.verdict.word == "not shown"


def test_error_in_an_act_ends_the_session_with_a_sentence(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    def script(stage: Stage) -> Iterator[Cue]:
        yield stage.cue("Poll.")
        raise KeyError(stage.world.token)

    play(monkeypatch, script)

    end = sessions.run()

    assert end.ending is Ending.SUITE_FAILED
    assert (end.problem or "").startswith("The suite failed in act connect: KeyError: '$TOKEN' at test_run.py:")
    assert sessions.verdict.exit_status == 3


def test_error_in_a_rule_is_a_suite_error(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> Iterator[Any]:
        raise ZeroDivisionError
        yield

    monkeypatch.setitem(RULES, "access/bearer-header", broken)

    assert sessions.run().ending is Ending.FINISHED
    assert sessions.verdict.exit_status == 3


def test_full_journal_ends_the_session(sessions: Sessions) -> None:
    end = sessions.run(quota=1)

    assert end.ending is Ending.OVER_QUOTA
    assert "--journal-limit" in (end.problem or "")
    assert sessions.verdict.word == "not shown"
    assert sessions.verdict.exit_status == 6


def test_full_disk_ends_the_session_with_a_sentence(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine, room = os.write, [20]

    def write(descriptor: int, content: bytes) -> int:
        if content.startswith(b'{"kind"'):
            room[0] -= 1
            if room[0] <= 0:
                raise OSError(28, "No space left on device")
        return genuine(descriptor, content)

    monkeypatch.setattr(journal.os, "write", write)

    end = sessions.run()

    assert end.ending is Ending.SUITE_FAILED
    assert end.problem == str(ReportFolderError(sessions.folder, OSError(28, "No space left on device")))


def test_killed_session_is_judged_from_its_journals(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions.run()
    path = sessions.folder / "results.ndjson"
    kept = [line for line in path.read_bytes().splitlines() if b'"kind":"end"' not in line]
    first_finding = next(index for index, line in enumerate(kept) if b'"kind":"finding"' in line)
    path.write_bytes(b"\n".join(kept[: first_finding + 2]) + b'\n{"kind":"fin')

    journals = judging.judged(read_journals(sessions.folder))

    assert journals.ending is Ending.KILLED
    assert {each["id"] for each in journals.plan["requirements"]} == {each.requirement for each in journals.findings}
    assert judging.judged(read_journals(sessions.folder)) == journals
    assert Verdict.of(journals).word != "ready"


def test_journals_with_findings_are_not_judged_again(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions.run()
    journals = read_journals(sessions.folder)

    assert judging.judged(journals) is journals


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--only", "nothing"], "--only nothing is not an act of ECF; the acts are connect, declare."),
        (["--port", "{port}"], "cannot listen on 127.0.0.1 port {port}: Address already in use; check --host"),
        (["--port", "70000"], "cannot listen on 127.0.0.1 port 70000"),
        (["--host", "nowhere.invalid"], "cannot listen on nowhere.invalid port"),
        (["--report-dir", "{file}/report"], "--report-dir {file}/report cannot be written: Not a directory"),
        (["--command", "no-such-program"], "--command: 'no-such-program' is not a program that can be run"),
        (["--drive", "command"], "There is no command to run; give --command, or `command` in the profile."),
        (["--drive", "self", "--command", "true"], "--drive self runs no command; leave out --command or --drive."),
        (["--package", "{file}/x.zip"], "--package {file}/x.zip: there is no folder {file}"),
        (["--profile", "{file}"], "{file}"),
        (["--profile", "{file}/none.yaml"], "{file}/none.yaml"),
        (["--time-limit", "0"], "must be more than 0"),
        (["--time-limit", "soon"], "invalid"),
        (["--edition", "1999-01"], "There are no sessions of edition 1999-01 of the contract; choose 2026-08."),
        (["--edition", "2024-12"], "There are no sessions of edition 2024-12 of the contract; choose 2026-08."),
        (["--programme", "xyz"], "invalid choice: 'xyz'"),
    ],
)
def test_wrong_usage_is_one_sentence(
    sessions: Sessions, capsys: pytest.CaptureFixture[str], tmp_path: Path, options: list[str], message: str
) -> None:
    (tmp_path / "file").write_text("- no profile")
    with run.listen("127.0.0.1", 0) as taken:
        values: Mapping[str, object] = {"port": taken.getsockname()[1], "file": tmp_path / "file"}
        port = [] if "--port" in options else ["--port", "0"]
        given = [each.format(**values) for each in options]
        status = main(["client", "--report-dir", str(sessions.folder), *port, *given])

    printed = capsys.readouterr().err
    assert status == 4
    assert printed.count("\n") == 1
    assert message.format(**values) in printed
    assert not list(tmp_path.glob("report/*"))


def test_command_line_ends_with_the_summary(
    sessions: Sessions, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    package = tmp_path / "session.zip"
    folder = ["--report-dir", str(sessions.folder), "--package", str(package)]

    status = main(["client", "--command", REQUEST, "--only", "declare", *folder])

    printed = capsys.readouterr()
    assert status == 6
    assert "Act 2 of 2, declare: Poll once." in printed.err
    assert "v3 ECF  NOT SHOWN" in printed.out
    assert package.is_file()
