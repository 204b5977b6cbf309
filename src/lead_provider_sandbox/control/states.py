"""The named states in which a record can be created."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from lead_provider_sandbox.seed.situations import EcfSituation, NpqSituation


def _load() -> Mapping[str, EcfSituation | NpqSituation]:
    document = yaml.safe_load(Path(__file__).with_name("states.yaml").read_text(encoding="utf-8"))
    ecf = {name: EcfSituation(name=name, **fields) for name, fields in document["ecf"].items()}
    npq = {name: NpqSituation(name=name, **fields) for name, fields in document["npq"].items()}
    return {**ecf, **npq}


STATES = _load()
"""The situation of a record in each named state."""
