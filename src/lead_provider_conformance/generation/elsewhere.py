"""Compiles cases in a process of its own: what is imported there is always the same, and its memory is given back.

Hypothesis looks for interesting values in whatever source has been imported, so that in a process that has imported
something else the same seed would give other cases.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.generation.case import Case

SCRIPT = "from lead_provider_conformance.generation.elsewhere import serve; serve()"


class CompilationError(RuntimeError):
    """The process that compiles cases has failed: the suite itself is broken."""


def compiled_elsewhere(
    contract: Contract, operations: Sequence[Operation], programme: str, *, profile: str, seed: int
) -> tuple[Case, ...]:
    """What `compiler.compiled` gives, from another process. Raises CompilationError if that fails."""
    order = {
        "version": contract.version,
        "document": contract.document,
        "operations": [operation.id for operation in operations],
        "programme": programme,
        "profile": profile,
        "seed": seed,
    }
    done = subprocess.run(  # noqa: S603 - our own Python
        [sys.executable, "-c", SCRIPT], input=json.dumps(order), capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode != 0:
        raise CompilationError(f"No requests could be generated: {done.stderr.strip()[-2_000:]}")
    return tuple(Case.from_list(members) for members in json.loads(done.stdout))


def serve() -> None:
    """Compile what standard input orders, and write the cases to standard output."""
    from lead_provider_conformance.generation.compiler import EFFORTS, compiled

    order = json.load(sys.stdin)
    contract = Contract(order["version"], order["document"])
    operations = [contract.operation(each) for each in order["operations"]]
    cases = compiled(contract, operations, order["programme"], seed=order["seed"], effort=EFFORTS[order["profile"]])
    json.dump([case.to_list() for case in cases], sys.stdout)
