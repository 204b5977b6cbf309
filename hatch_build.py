"""Include the contract, the suites, the targets and the reference pages in the wheel."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DATA = {
    "openapi": "lead_provider_conformance/_data/openapi",
    "suites": "lead_provider_conformance/_data/suites",
    "targets": "lead_provider_conformance/_data/targets",
    "docs/contract": "lead_provider_sandbox/_data/reference",
    # One by one, because a folder can only have one destination.
    "docs/contract/v1.md": "lead_provider_conformance/_data/docs/contract/v1.md",
    "docs/contract/v2.md": "lead_provider_conformance/_data/docs/contract/v2.md",
    "docs/contract/v3.md": "lead_provider_conformance/_data/docs/contract/v3.md",
    "docs/contract/2026-08-ecf.md": "lead_provider_conformance/_data/docs/contract/2026-08-ecf.md",
    "docs/contract/2026-08-npq.md": "lead_provider_conformance/_data/docs/contract/2026-08-npq.md",
    "openapi/calendar.yaml": "lead_provider_sandbox/_data/calendar.yaml",
    "openapi/2026-08/calendar.yaml": "lead_provider_sandbox/_data/2026-08/calendar.yaml",
}


class CustomBuildHook(BuildHookInterface[Any]):
    """Add the data to a wheel, but not to an editable install, which reads the repository."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the data to the files of a standard wheel."""
        if version != "editable":
            build_data["force_include"].update(DATA)
