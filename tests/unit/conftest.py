"""Unit tests never skip by accident."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from lead_provider_conformance.model import CouldNotRun


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Fail a test in which CouldNotRun is not expected. It is a pytest skip, which would hide the failure."""
    try:
        yield
    except CouldNotRun as error:
        pytest.fail(f"{error.reason} {error.remedy}")
