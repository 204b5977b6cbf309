"""The operations without which a test cannot decide a requirement.

`suites/operations.json` has them by test, programme and requirement. `python -m tools.needed_operations` writes the
file from runs against the sandbox: the operations that a test has called, in every version, before it decided.
Generated tests are not in it: they name their operations.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from lead_provider_conformance.http.client import not_implemented
from lead_provider_conformance.resources import suites_root

FILE = "operations.json"

Needed = Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]
"""Operations by the name of a test, by programme and by requirement."""


@cache
def needed_operations() -> Needed:
    """Return the content of the file."""
    content: Needed = json.loads((suites_root() / FILE).read_bytes())
    return content


def test_name(node_id: str) -> str:
    """Return the name of a test in the file, without the folder of the suites and the parameters."""
    return node_id.partition("[")[0].removeprefix("suites/")


test_name.__test__ = False  # type: ignore[attr-defined]


def missing_operations(
    node_id: str, programme: str, requirements: Iterable[str], implements: Callable[[str], bool]
) -> dict[str, str]:
    """Return the requirements that a test cannot decide for a target, each with the reason."""
    needed = needed_operations().get(test_name(node_id), {}).get(programme, {})
    missing = {
        each: next((operation for operation in needed.get(each, ()) if not implements(operation)), None)
        for each in requirements
    }
    return {each: not_implemented(operation) for each, operation in missing.items() if operation}
