"""The completion of commands, options and values in a shell."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from lead_provider_conformance.cli.completion import SHELLS
from lead_provider_conformance.cli.main import main
from lead_provider_conformance.config.options import OPTIONS

COMPLETE = """
COMP_WORDS=(lead-provider-conformance "$@")
COMP_CWORD=$#
function_of() { echo "${@: -2:1}"; }
$(function_of $(complete -p lead-provider-conformance))
printf '%s\\n' "${COMPREPLY[@]}"
"""


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize(
    ("words", "completions"),
    [
        (["comp"], {"compare", "completion"}),
        (["run", "--base"], {"--base-url"}),
        (["run", "--edition", "20"], {"2024-12", "2025-04", "2026-08"}),
        (["run", "--profile", ""], {"quick", "standard", "full"}),
        (["run", "--requirement", "void/onc"], {"void/once"}),
        (["run", "--target", "targets/sandbox."], {"targets/sandbox.yaml"}),
        (["run", "--report-dir", "sui"], {"suites"}),
        (["client", "--profile", "pypr"], {"pyproject.toml"}),
        (["client", "--only", "poll"], {"poll-fail-recover"}),
        (["requirement", "show", "paging/all"], {"paging/all-pages"}),
        (["requirement", ""], {"list", "show"}),
        (["contract", "bundle", "2026-08/v3-e"], {"2026-08/v3-ecf"}),
        (["compare", "suites", "targ"], {"targets"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bash_completes(words: list[str], completions: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    command = ["bash", "-c", script("bash", capsys) + COMPLETE, "bash", *words]

    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert set(ended.stdout.split()) == completions, ended.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_script_has_every_option_of_run(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = script(shell, capsys)

    assert [option for option in OPTIONS if option.removeprefix("--") not in text] == []
