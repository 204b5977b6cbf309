"""The composite action passes its inputs to the suite, and its gate is that of the verdict."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]

RECORDER = """\
#!{python}
import json, os, sys
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
sys.exit(int(os.environ["STATUS"]))
"""


def run_step(folder: Path, *, status: int = 0, **inputs: str) -> tuple[int, list[list[str]], str]:
    """Run the last step with a stand-in for the suite; return its status, the suite's calls and the output."""
    step = STEPS[-1]
    names = {name: value.removeprefix("${{ inputs.").removesuffix(" }}") for name, value in step["env"].items()}
    defaults = {name: str(each.get("default", "")) for name, each in ACTION["inputs"].items()}
    given = defaults | {name.replace("_", "-"): value for name, value in inputs.items()}
    binaries = folder / "runner temp" / "lead-provider-conformance" / "bin"
    binaries.mkdir(parents=True)
    suite = binaries / "lead-provider-conformance"
    suite.write_text(RECORDER.format(python=sys.executable))
    suite.chmod(0o755)
    (binaries / "python").symlink_to(sys.executable)
    environment = {
        **os.environ,
        **{name: given[key] for name, key in names.items()},
        "RUNNER_TEMP": str(folder / "runner temp"),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "CALLS": str(folder / "calls"),
        "STATUS": str(status),
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]  # as GitHub runs it
    ended = subprocess.run(command, cwd=folder, env=environment, check=False)
    calls = [json.loads(line) for line in (folder / "calls").read_text().splitlines()]
    return ended.returncode, calls, (folder / "output").read_text()


def test_paths_and_options_may_have_blanks(tmp_path: Path) -> None:
    options = "--time-limit 60  --sign-key \"my key.pem\" -k 'a and b'"
    _, (call,), _ = run_step(tmp_path, target="my target.yaml", report_dir="shard 1", arguments=options)

    assert call == [
        *("run", "--target", "my target.yaml", "--report-dir", "shard 1"),
        *("--time-limit", "60", "--sign-key", "my key.pem", "-k", "a and b"),
    ]


def test_no_options_are_no_argument(tmp_path: Path) -> None:
    _, (call,), _ = run_step(tmp_path, target="sandbox")

    assert call == ["run", "--target", "sandbox", "--report-dir", "reports/latest"]


def test_open_quote_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):  # the suite was not called
        run_step(tmp_path, target="sandbox", arguments='--sign-key "my key.pem')


@pytest.mark.parametrize(
    ("gate", "status", "expected"),
    [
        ("true", 0, 0),
        ("true", 1, 1),
        ("true", 6, 6),
        ("false", 1, 0),
        ("false", 6, 0),
        ("false", 3, 3),
        ("false", 4, 4),
    ],
)
def test_gate_fails_the_step_unless_it_is_off(tmp_path: Path, gate: str, status: int, expected: int) -> None:
    ended, _, output = run_step(tmp_path, status=status, target="sandbox", gate=gate)

    assert (ended, output) == (expected, f"exit-status={status}\n")


def test_baseline_with_journals_is_compared(tmp_path: Path) -> None:
    for name in ("old one", "reports/latest"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "results.ndjson").touch()
    _, calls, _ = run_step(tmp_path, target="sandbox", baseline="old one")

    assert calls[1] == ["compare", "old one", "reports/latest", "--format", "markdown"]


def test_python_of_the_job_stays() -> None:
    (setup,) = (step for step in STEPS if "setup-python" in step.get("uses", ""))
    (install,) = (step for step in STEPS if step.get("name") == "Install the suite")

    assert setup["with"]["update-environment"] is False
    assert install["env"]["PYTHON"] == f"${{{{ steps.{setup['id']}.outputs.python-path }}}}"
