"""The command line: commands, usage errors, and exit statuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.journals import Run

from lead_provider_conformance.cli.main import main
from lead_provider_conformance.model import ExitStatus, Outcome

COMMANDS = ("run", "sandbox", "report", "merge", "compare", "waive", "verify", "contract", "requirement")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the report folder of a conformant run."""
    Run().requires("a/b").found(Outcome.PASSED, "a/b").write(tmp_path / "run")
    return tmp_path / "run"


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])

    output = capsys.readouterr().out
    assert [command for command in COMMANDS if f"\n    {command}" not in output] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["report", "FOLDER"],
        ["merge", "FOLDER", "--into", "FOLDER/whole"],
        ["compare", "FOLDER", "FOLDER"],
        ["waive", "FOLDER", "--owner", "A", "--reason", "B", "--until", "2099-01-01"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_invalid_fail_on_is_a_usage_error(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    given = [each.replace("FOLDER", str(folder)) for each in arguments]

    assert main(given) == ExitStatus.CONFORMANT
    capsys.readouterr()
    assert main([*given, "--fail-on", "may"]) == ExitStatus.USAGE
    assert capsys.readouterr().err == (
        "lead-provider-conformance: --fail-on may is not a level that can fail a run; choose must or should.\n"
    )


def test_folder_without_journals_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path)]) == ExitStatus.USAGE
    assert capsys.readouterr().err.startswith("lead-provider-conformance: ")


def test_report_writes_the_reports_and_returns_the_status_of_the_verdict(folder: Path) -> None:
    assert main(["report", str(folder)]) == ExitStatus.CONFORMANT
    assert {"verdict.json", "report.html", "junit.xml"} <= {path.name for path in folder.iterdir()}
