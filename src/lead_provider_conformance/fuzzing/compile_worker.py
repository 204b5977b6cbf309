"""Compile cases in a subprocess, so that the same seed gives the same cases and the memory is released.

Hypothesis draws interesting values from the source of all imported modules. The subprocess always imports the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.fuzzing.case import Case

# Hypothesis needs 200 MB once to classify the characters of UTF-8, and caches the result in its home folder. A process
# of its own keeps compilation within the memory of a small CI machine.
PREPARE_HYPOTHESIS = """
import sys
from hypothesis import strategies
from hypothesis.configuration import set_hypothesis_home_dir
set_hypothesis_home_dir(sys.argv[1])
strategies.characters(codec="utf-8").validate()
"""
COMPILE = "from lead_provider_conformance.fuzzing.compile_worker import main; main()"


class CompilationError(RuntimeError):
    """The subprocess failed: the suite itself is broken."""


def compile_in_subprocess(
    contract: Contract, operations: Sequence[Operation], programme: str, *, profile: str, seed: int, folder: Path
) -> tuple[Case, ...]:
    """Return the result of `compiler.compile_cases`. Raise CompilationError if the subprocess fails.

    Hypothesis caches its Unicode tables in `folder`.
    """
    home = folder / "hypothesis"
    _run_python(PREPARE_HYPOTHESIS, str(home))
    order = {
        "home": str(home),
        "version": contract.version,
        "document": contract.document,
        "operations": [operation.id for operation in operations],
        "programme": programme,
        "profile": profile,
        "seed": seed,
    }
    return tuple(Case.from_list(values) for values in json.loads(_run_python(COMPILE, stdin=json.dumps(order))))


def _run_python(script: str, *arguments: str, stdin: str = "") -> str:
    process = subprocess.run(  # noqa: S603 - our own Python
        [sys.executable, "-c", script, *arguments], input=stdin, capture_output=True, encoding="utf-8", check=False
    )
    if process.returncode != 0:
        raise CompilationError(f"No requests could be generated: {process.stderr.strip()[-2_000:]}")
    return process.stdout


def main() -> None:
    """Compile the order on standard input, and write the cases to standard output."""
    from hypothesis.configuration import set_hypothesis_home_dir

    from lead_provider_conformance.fuzzing.compiler import EFFORTS, compile_cases

    # Hypothesis reads constants from modules outside site-packages; where the suite is installed must not matter.
    for name, module in sys.modules.items():
        if name.startswith("lead_provider_conformance"):
            module.__file__ = None
    order = json.load(sys.stdin)
    set_hypothesis_home_dir(order["home"])
    contract = Contract(order["version"], order["document"])
    operations = [contract.operation(each) for each in order["operations"]]
    effort = EFFORTS[order["profile"]]
    cases = compile_cases(contract, operations, order["programme"], seed=order["seed"], effort=effort)
    json.dump([case.to_list() for case in cases], sys.stdout)
