"""`lead-provider-conformance`: run the suite, make reports again, serve the sandbox, look at the contract.

Each command loads what it needs itself, so that nobody waits for what another command does.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from lead_provider_conformance.words import ExitStatus


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Gives the exit status; what the user got wrong is one sentence and status 4."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # `run` and `sandbox` hand everything on, --help included.
    if given[:1] == ["run"]:
        return _run(given[1:])
    if given[:1] == ["sandbox"]:
        return _sandbox(given[1:])
    from lead_provider_conformance import commands

    return commands.main(given)


def _run(arguments: list[str]) -> int:
    """Run the suite. Garbage is looked for while tests run, by `running`, and not among all that is loaded for them."""
    gc.disable()
    try:
        from lead_provider_conformance import running

        return running.main(arguments)
    finally:
        gc.freeze()  # else Python looks through everything once more before it ends
        gc.enable()


def _sandbox(arguments: list[str]) -> int:
    """Become the sandbox, so that who stops this command stops it. It is another package, and is only started."""
    if find_spec("lead_provider_sandbox"):
        os.execv(sys.executable, [sys.executable, "-m", "lead_provider_sandbox", *arguments])  # noqa: S606 - our own
    print("lead-provider-conformance: the sandbox is not installed.", file=sys.stderr)  # noqa: T201
    return ExitStatus.USAGE
