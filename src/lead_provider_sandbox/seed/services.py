"""The seed of each service: the default file of situations, and the rows made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lead_provider_sandbox.seed import ect_service
from lead_provider_sandbox.seed.file import DEFAULT_FILE
from lead_provider_sandbox.seed.npq_service import NPQ_SERVICE_FILE, npq_service_rows
from lead_provider_sandbox.seed.seed import seed_rows
from lead_provider_sandbox.store.store import Rows


@dataclass(frozen=True, slots=True)
class Seed:
    """The default seed file of a service, and the function that returns the rows of a new store.

    `world_file` is the seed file of the worlds in which clients show their readiness.
    """

    file: Path
    rows: Callable[..., Rows]
    world_file: Path | None = None


SEEDS: Mapping[str, Seed] = {
    "original": Seed(DEFAULT_FILE, seed_rows),
    "npq": Seed(NPQ_SERVICE_FILE, npq_service_rows, NPQ_SERVICE_FILE.with_name("npq-world.yaml")),
    "ect": Seed(
        Path(__file__).with_name("ect.yaml"), ect_service.seed_rows, Path(__file__).with_name("ect-world.yaml")
    ),
}
"""The seed of each service by the service's name."""
