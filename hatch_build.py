"""Puts the contract, the suites and the targets inside the wheel, so that one who never clones runs the same suites."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DATA = {
    "openapi": "lead_provider_conformance/_data/openapi",
    "suites": "lead_provider_conformance/_data/suites",
    "targets": "lead_provider_conformance/_data/targets",
    "docs/contract": "lead_provider_sandbox/_data/reference",
    "openapi/calendar.yaml": "lead_provider_sandbox/_data/calendar.yaml",
}


class CustomBuildHook(BuildHookInterface[Any]):
    """Only a real wheel carries copies: an editable install reads the repository itself."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the data to a standard wheel's forced inclusions."""
        if version != "editable":
            build_data["force_include"].update(DATA)
