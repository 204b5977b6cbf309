"""The target file of a run that options described, for its user to save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from lead_provider_conformance.config.described_by import WORKFLOWS
from lead_provider_conformance.config.target import OTHER_TOKEN_VARIABLE, TOKEN_VARIABLE
from lead_provider_conformance.model import Subject
from lead_provider_conformance.results.journal import Journals

SAVE = "save this as my-server.yaml, and run with --target my-server.yaml"
ADD = "add to the target file"
VARIABLES = (TOKEN_VARIABLE, OTHER_TOKEN_VARIABLE)


def is_described_by_options(journals: Journals) -> bool:
    """Return whether a run of a server has no target file."""
    file = journals.run["target"].get("file", "")
    return journals.subject is Subject.SERVER and (not file or file.startswith(WORKFLOWS))


def target_yaml(journals: Journals, programmes: Sequence[str] = ()) -> str:
    """Return the lines of a target file for the server of a run, with only some of its `programmes` if given."""
    run, scopes = journals.run, journals.plan["scopes"]
    target: Mapping[str, Any] = {
        "name": run["target"]["name"],
        "base_url": run["target"]["base_url"],
        "tokens": [f"${{{name}}}" for name in VARIABLES[: run["target"]["tokens"]]],
        "edition": run["contract"]["edition"],
        "versions": sorted({each["version"] for each in scopes}),
        "programmes": list(programmes) or sorted({each["programme"] for each in scopes}),
        "safety": run["target"]["safety"],
    }
    text: str = yaml.safe_dump(target, sort_keys=False, default_flow_style=None, allow_unicode=True, width=1_000)
    return text
