"""Every command in a document has a name and options that exist, and installs from a place that has the package."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from lead_provider_conformance.cli.main import command_parser
from lead_provider_conformance.config.options import OPTIONS
from lead_provider_sandbox.cli import _parser as sandbox_parser

ROOT = Path(__file__).parents[2]
GENERATED = {"obligations.md", "situations.md", "proof.md"}
DOCUMENTS = sorted(
    each
    for each in (
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("docs/ci/*"),
        *ROOT.glob("docs/readiness/*.md"),
        *ROOT.glob("docs/contract/README.md"),
        *ROOT.glob("examples/*/*.md"),
    )
    if each.name not in GENERATED
)
COMMAND = re.compile(r"(?:^|[\s/(`])lead-provider-(conformance|sandbox)((?: +[^\n`]*)?)(?=$|`)", re.MULTILINE)
CONTINUED = re.compile(r"\\\n\s*")
OPTIONS_OF_PYTEST = {"-n", "-k", "-m", "-x", "--tb", "-rfE", "--maxfail"}
NOT_A_COMMAND = re.compile(r"^(?:$|@|\.|\[|COMMAND\b|/bin/|[A-Z])")
INSTALLATION = re.compile(r"pip install [^\n`]*lead-provider-conformance[^\n`]*")


def commands(document: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the program and the arguments of each command in a document."""
    text = CONTINUED.sub(" ", document.read_text(encoding="utf-8"))
    for program, rest in COMMAND.findall(text):
        line = re.split(r"\s#|[|>)]|&&|\|\|", rest)[0].strip().rstrip(",.;:")
        if program == "sandbox" or not NOT_A_COMMAND.match(line):
            yield program, shlex.split(line, posix=True) if line.count('"') % 2 == 0 else line.split()


def problem(program: str, arguments: list[str]) -> str | None:
    """Return why a command cannot be run."""
    known = [*OPTIONS, *OPTIONS_OF_PYTEST]
    if program == "conformance" and arguments[:1] == ["run"]:
        given = (each.partition("=")[0] for each in arguments if each.startswith("-"))
        return next((f"run has no option {each}" for each in given if each not in known), None)
    if program == "conformance" and arguments[:1] == ["sandbox"]:
        program, arguments = "sandbox", arguments[1:]
    if len(arguments) == 1:  # only the name of a command
        arguments = [*arguments, "--help"]
    try:
        (command_parser() if program == "conformance" else sandbox_parser()).parse_args(arguments)
    except Exception as error:  # noqa: BLE001 - each parser has an error of its own
        return str(error)
    except SystemExit as ended:  # --version or --help
        return None if not ended.code else f"status {ended.code}"
    return None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.relative_to(ROOT).as_posix())
def test_commands_exist(document: Path) -> None:
    problems = [(arguments, problem(program, arguments)) for program, arguments in commands(document)]

    assert [each for each in problems if each[1]] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.relative_to(ROOT).as_posix())
def test_suite_is_installed_from_its_repository(document: Path) -> None:
    text = CONTINUED.sub(" ", document.read_text(encoding="utf-8"))

    assert [each for each in INSTALLATION.findall(text) if "git+https://" not in each] == []


def test_wrong_commands_are_found(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text(
        "```console\n$ lead-provider-conformance run --target x --no-such\n"
        "$ lead-provider-conformance bogus   # a command\n$ lead-provider-sandbox --port 1 --other\n"
        "$ lead-provider-conformance merge \\\n    a b --into c > out\n```\n",
        encoding="utf-8",
    )

    found = [problem(*each) for each in commands(document)]

    assert found[0] == "run has no option --no-such"
    assert "bogus" in str(found[1])
    assert "--other" in str(found[2])
    assert found[3:] == [None]
