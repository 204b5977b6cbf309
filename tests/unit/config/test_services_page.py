"""docs/services.md names states, keys and inputs that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from lead_provider_conformance.testdata.catalogue import CATALOGUE

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "services.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


def states_of(service: str) -> list[str]:
    """Return the states in the row of a service, in the table of states that the suite cannot make."""
    rows = re.findall(rf"^\| {service} \| (`.*`) \|$", PAGE, flags=re.MULTILINE)
    return re.findall(r"`([a-z]+\.[a-z0-9-]+)`", rows[-1])


def test_states_to_seed_exist_and_cannot_be_derived() -> None:
    listed = [*states_of("ECT"), *states_of("NPQ")]

    assert len(listed) > 20
    assert [name for name in listed if name not in CATALOGUE or CATALOGUE[name].derivation] == []


def test_builders_are_for_states_in_the_table() -> None:
    (script,) = blocks("ruby")
    builders = re.findall(r'"([a-z]+\.[a-z0-9-]+)" =>', script)

    assert builders
    assert set(builders) <= set(states_of("ECT"))


def test_workflow_passes_inputs_that_the_action_has() -> None:
    (text,) = blocks("yaml")
    workflow: dict[str, Any] = yaml.safe_load(text)
    action: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    (step,) = (each for each in workflow["jobs"]["conformance"]["steps"] if "/lead-provider-conformance@" in str(each))

    assert step["with"].keys() <= action["inputs"].keys()


def test_tokens_of_the_workflow_are_those_of_the_target_files() -> None:
    (text,) = blocks("yaml")
    environment = yaml.safe_load(text)["jobs"]["conformance"]["env"]

    for name in ("ect-service", "npq-service"):
        target = yaml.safe_load((ROOT / "targets" / f"{name}.yaml").read_text(encoding="utf-8"))
        assert {token.strip("${}") for token in target["tokens"]} <= environment.keys()
