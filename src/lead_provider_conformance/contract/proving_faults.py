"""The faults that prove requirements: a server with the fault fails the requirement."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from lead_provider_conformance.resources import suites_root

FILE = "faults.json"


@dataclass(frozen=True, slots=True)
class ProvingFault:
    """A fault of the sandbox: its name, its description as a sentence, and the options of the service that has it."""

    name: str
    sentence: str
    options: str = ""

    @property
    def command(self) -> str:
        """Return the command that starts the sandbox with the fault."""
        return " ".join(filter(None, ("lead-provider-sandbox", self.options, f"--fault {self.name}")))


@cache
def proving_faults() -> Mapping[str, ProvingFault]:
    """Return a fault for each requirement of servers, from the generated file `suites/faults.json`."""
    content = json.loads((suites_root() / FILE).read_text(encoding="utf-8"))
    return {requirement: ProvingFault(*fault) for requirement, fault in content.items()}
