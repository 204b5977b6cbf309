"""The named states in which a record can be created."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from lead_provider_sandbox.seed.situations import EcfSituation, NpqSituation

_document = yaml.safe_load(Path(__file__).with_name("states.yaml").read_text(encoding="utf-8"))

STATES: Mapping[str, EcfSituation | NpqSituation] = {
    **{name: EcfSituation(name=name, **fields) for name, fields in _document["ecf"].items()},
    **{name: NpqSituation(name=name, **fields) for name, fields in _document["npq"].items()},
}
"""The situation of a record in each named state."""
