"""One pytest session that collects the suites, and runs jobs with them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from .fork_pool import ForkPool
from .sandboxes import seed_database, serve_sandbox
from .services import Service

SUITES = Path(__file__).parents[2] / "suites"
QUIET_OPTIONS = (
    "-s",
    "-p",
    "no:terminal",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:allure_pytest",
    "-p",
    "no:xdist",
    "-W",
    "ignore",
)
TOKENS = ("ambition-sandbox-token-1", "teach-well-sandbox-token-2")
OTHER_KIND_TOKEN = "engage-and-learn-sandbox-token-4"
SERVER_DATE = "X-With-Server-Date"


def run_session(drive: Callable[[ForkPool], None], service: Service, profile: str = "quick") -> None:
    """Collect the suites for a service against a sandbox without faults, and call `drive` with the tests."""
    with tempfile.TemporaryDirectory(prefix="proof-") as name:
        folder = Path(name)
        database = seed_database(folder, service)
        faultless = folder / "faultless"
        faultless.mkdir()
        with serve_sandbox(database, faultless, service) as addresses:
            target = {
                "name": "sandbox",
                "base_url": addresses.api,
                "provisioning": {"url": addresses.provisioning, "states": []},
                "tokens": TOKENS,
                **({"server_date": SERVER_DATE} if service.programme else {"other_kind_token": OTHER_KIND_TOKEN}),
                "versions": sorted({scope.version for scope in service.scopes}),
                "programmes": sorted({scope.programme for scope in service.scopes}),
                "safety": "sandbox",
                "concurrency": 2,
                "edition": service.edition,
            }
            file = folder / "target.yaml"
            file.write_text(json.dumps(target), encoding="utf-8")
            options = ("--target", str(file), "--profile", profile, "--report-dir", str(folder / "collected"))
            pool = ForkPool(database, folder / "jobs", drive, service)
            pytest.main([str(SUITES), *QUIET_OPTIONS, *options], plugins=[pool])
