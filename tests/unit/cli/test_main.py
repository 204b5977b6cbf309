"""The command line: commands, usage errors, and exit statuses."""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.journals import Run

from lead_provider_conformance.cli.main import command_parser, main
from lead_provider_conformance.config.options import OPTIONS
from lead_provider_conformance.contract.contract import document_names
from lead_provider_conformance.model import ExitStatus, Outcome
from lead_provider_sandbox.cli import _parser as sandbox_parser

COMMANDS = {
    *("run", "sandbox", "client", "report", "merge", "compare", "waive", "verify", "contract", "requirement"),
    "completion",
}


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


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "the following arguments are required: COMMAND; see `lead-provider-conformance --help`."),
        (["foo"], "invalid choice: 'foo'"),
        (["merge"], "the following arguments are required: DIR, --into; see `lead-provider-conformance merge --help`."),
        (["merge", "--into", "x"], "required: DIR"),
        (["waive", "x"], "required: --owner, --reason, --until"),
        (["waive", "x", "--owner", " ", "--reason", "B", "--until", "2099-01-01"], "--owner is empty"),
        (["requirement", "show"], "see `lead-provider-conformance requirement show --help`."),
        (["report", "--frobnicate"], "unrecognized arguments: --frobnicate"),
        (["requirement", "list", "--level", "foo"], "invalid choice: 'FOO'"),
        (
            ["contract", "diff", "v9", "v3"],
            "'v9' is neither a document (" + ", ".join(document_names()) + ") nor a file; give one of these.",
        ),
        (["run", "--target"], "--target has no value; write --target FILE."),
        (["run", "--target", "sandbox", "--report-dir"], "--report-dir has no value; write --report-dir DIR."),
        (["run", "--target", "sandbox", "--tokn", "x"], "There is no option --tokn; did you mean --token?"),
        (["run", "--maxfial=1"], "There is no option --maxfial; `lead-provider-conformance run --help` lists"),
        (["run", "-p", "no_such_plugin"], "correct -p, or install that plugin."),
        (["run", "-n", "x"], "lists the options."),
    ],
    ids=" ".join,
)
def test_wrong_usage_prints_one_sentence(arguments: list[str], sentence: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "lead_provider_conformance", *arguments], capture_output=True, text=True, timeout=60
    )

    assert ended.returncode == ExitStatus.USAGE
    assert sentence in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert ended.stdout == ""


def test_help_of_run_has_our_options_and_points_to_those_of_pytest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["run", "--target", "sandbox", "-h"])

    output = capsys.readouterr().out
    assert output.startswith("usage: lead-provider-conformance run (--target FILE | --base-url URL")
    assert [option for option in OPTIONS if f"\n  {option}" not in output] == []
    assert "see `pytest --help`" in output


def commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each command by the name of the command."""
    groups = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    commands = {command.prog: command for group in groups for command in group.choices.values()}
    return commands | {name: each for command in commands.values() for name, each in commands_of(command).items()}


HELPED = commands_of(command_parser()) | {"lead-provider-conformance sandbox": sandbox_parser()}


@pytest.mark.parametrize("command", HELPED)
def test_help_of_a_command_has_a_sentence_and_examples_that_parse(command: str) -> None:
    parser = HELPED[command]
    text = parser.format_help()
    examples = re.findall(rf"^    {re.escape(parser.prog)}\b(.*)$", text, re.MULTILINE)

    assert re.search(r"^[A-Z].*\.$", parser.description or "")
    assert examples
    for example in examples:
        arguments = shlex.split(re.split(r"[|>]", example)[0])
        parser.parse_args(arguments)


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["requirement", "list"]], ids=" ".join)
def test_reader_that_stops_early_gets_no_traceback(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "lead_provider_conformance", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        errors = process.communicate(timeout=60)[1]

    assert (errors, process.returncode) == (b"", ExitStatus.CONFORMANT)


def test_unexpected_error_is_no_verdict(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError("unexpected")

    monkeypatch.setattr("lead_provider_conformance.cli.requirement._print_lines", fail)

    assert main(["requirement", "list"]) == ExitStatus.SUITE_FAILED
    errors = capsys.readouterr().err
    assert "ZeroDivisionError: unexpected" in errors
    assert errors.endswith("the suite itself failed; please report the lines above.\n")


@pytest.mark.parametrize("command", [["report", "FOLDER"], ["merge", "FOLDER", "--into", "FILE"]], ids=" ".join)
def test_folder_that_cannot_be_written_has_a_sentence(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    (folder / "verdict.json").mkdir()
    (tmp_path / "file").touch()
    places = {"FOLDER": str(folder), "FILE": str(tmp_path / "file")}

    assert main([places.get(each, each) for each in command]) == ExitStatus.USAGE
    assert "cannot be written: " in capsys.readouterr().err
