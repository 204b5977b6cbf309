"""`lead-provider-conformance`: dispatch to the commands.

Each command imports only the modules that it uses, so that none waits for another's imports.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from lead_provider_conformance.model import ExitStatus


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` names and return its exit status: 4, with one sentence, for wrong usage."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # `run` and `sandbox` parse their own arguments, --help included.
    if given[:1] == ["run"]:
        from lead_provider_conformance.cli import run

        return run.main(given[1:])
    if given[:1] == ["sandbox"]:
        return _sandbox(given[1:])
    from lead_provider_conformance.cli import contract

    return contract.main(given)


def _sandbox(arguments: list[str]) -> int:
    """Replace this process by the sandbox, so that a signal to the command reaches the server."""
    if find_spec("lead_provider_sandbox"):
        os.execv(sys.executable, [sys.executable, "-m", "lead_provider_sandbox", *arguments])  # noqa: S606 - own package
    print("lead-provider-conformance: the sandbox is not installed.", file=sys.stderr)  # noqa: T201
    return ExitStatus.USAGE
