"""Fixtures: the contract, the facts of published documents and observed exchanges."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.contract import document_names

DATA = Path(__file__).parents[2] / "data" / "contract"


@pytest.fixture(params=["v1", "v2", "v3"])
def contract(request: pytest.FixtureRequest) -> Contract:
    """Each version in turn."""
    return Contract.load(request.param)


@pytest.fixture(params=document_names())
def any_contract(request: pytest.FixtureRequest) -> Contract:
    """Each entry document in turn, with those of editions in folders of their own."""
    return Contract.load(request.param)


@pytest.fixture
def v3() -> Contract:
    return Contract.load("v3")


@pytest.fixture(scope="session")
def published() -> Callable[[str, str], dict[str, Any]]:
    """Load the facts of a published document, by edition and version or service."""

    def load(edition: str, version: str) -> dict[str, Any]:
        return json.loads(gzip.decompress((DATA / f"published-{edition}-{version}.json.gz").read_bytes()))

    return load


@pytest.fixture(scope="session")
def observed() -> Callable[..., list[dict[str, Any]]]:
    """Load the observed exchanges of a deployed service, by version or service."""

    def load(version: str, edition: str = "2024-12") -> list[dict[str, Any]]:
        lines = gzip.decompress((DATA / f"observed-{edition}-{version}.ndjson.gz").read_bytes()).splitlines()
        return [json.loads(line) for line in lines]

    return load
