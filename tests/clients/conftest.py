"""Fixtures: generated clients, each with a sandbox of the service that it was generated for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.clients.generators import DOCUMENTS, GeneratedClient, generate, missing_tools
from tests.selftest.processes import FIRST_TOKEN, sandbox

OPTIONS = {
    "original": ("--edition", "2024-12", "--server-date", "2025-01-15T12:00:00Z"),
    "ect": ("--edition", "2026-08", "--programme", "ecf", "--server-date", "2026-11-29T12:00:00Z"),
    "npq": ("--edition", "2026-08", "--programme", "npq", "--server-date", "2026-11-29T12:00:00Z"),
}


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all generated clients."""
    if missing := missing_tools():
        stop = pytest.fail if os.environ.get("CI") else pytest.skip
        stop(f"Not installed: {', '.join(missing)}. Install with: make clients")
    folder = tmp_path_factory.mktemp("clients")
    generate(folder)
    return folder


@pytest.fixture(scope="session")
def addresses() -> Iterator[dict[str, str]]:
    """The addresses of a sandbox of each service."""
    with ExitStack() as stack:
        yield {service: stack.enter_context(sandbox(*OPTIONS[service])).address for service in DOCUMENTS}


@pytest.fixture(scope="session")
def start(generated: Path) -> Iterator[Callable[[str, str, str], GeneratedClient]]:
    """Start a client by service, generator and address of the server."""
    with ExitStack() as stack:

        def start_one(service: str, generator: str, address: str) -> GeneratedClient:
            client = GeneratedClient(generator, generated / service, address, FIRST_TOKEN)
            stack.callback(client.close)
            return client

        yield start_one
