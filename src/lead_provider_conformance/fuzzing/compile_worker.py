"""Compiles cases in a process of its own: what is imported there is always the same, and its memory is given back.

Hypothesis looks for interesting values in whatever source has been imported, so that in a process that has imported
something else the same seed would give other cases.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.fuzzing.case import Case

# Hypothesis needs 200 MB to find out which characters UTF-8 has, and keeps the answer.
PREPARE = """
import sys
from hypothesis import strategies
from hypothesis.configuration import set_hypothesis_home_dir
set_hypothesis_home_dir(sys.argv[1])
strategies.characters(codec="utf-8").validate()
"""
SCRIPT = "from lead_provider_conformance.fuzzing.compile_worker import serve; serve()"


class CompilationError(RuntimeError):
    """The process that compiles cases has failed: the suite itself is broken."""


def compile_in_subprocess(
    contract: Contract, operations: Sequence[Operation], programme: str, *, profile: str, seed: int, folder: Path
) -> tuple[Case, ...]:
    """What `compiler.compiled` gives, from another process. Raises CompilationError if that fails.

    What Hypothesis knows of Unicode is kept in `folder`: to find it out takes more memory than all else together.
    """
    home = folder / "hypothesis"
    _python(PREPARE, str(home))
    order = {
        "home": str(home),
        "version": contract.version,
        "document": contract.document,
        "operations": [operation.id for operation in operations],
        "programme": programme,
        "profile": profile,
        "seed": seed,
    }
    return tuple(Case.from_list(members) for members in json.loads(_python(SCRIPT, order=json.dumps(order))))


def _python(script: str, *arguments: str, order: str = "") -> str:
    done = subprocess.run(  # noqa: S603 - our own Python
        [sys.executable, "-c", script, *arguments], input=order, capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode != 0:
        raise CompilationError(f"No requests could be generated: {done.stderr.strip()[-2_000:]}")
    return done.stdout


def serve() -> None:
    """Compile what standard input orders, and write the cases to standard output."""
    from hypothesis.configuration import set_hypothesis_home_dir

    from lead_provider_conformance.fuzzing.compiler import EFFORTS, compile_cases

    # It takes constants from whatever source is not installed as a package: the suite may be, or may not.
    for name, module in sys.modules.items():
        if name.startswith("lead_provider_conformance"):
            module.__file__ = None
    order = json.load(sys.stdin)
    set_hypothesis_home_dir(order["home"])
    contract = Contract(order["version"], order["document"])
    operations = [contract.operation(each) for each in order["operations"]]
    cases = compile_cases(
        contract, operations, order["programme"], seed=order["seed"], effort=EFFORTS[order["profile"]]
    )
    json.dump([case.to_list() for case in cases], sys.stdout)
