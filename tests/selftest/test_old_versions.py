"""Versions 1 and 2 alone show less than version 3: they do not show who has moved."""

from __future__ import annotations

from pathlib import Path

import pytest

from .processes import run


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_old_version_alone_fails_no_requirement(version: str, tmp_path: Path) -> None:
    ended = run(tmp_path, "--target", "sandbox", "--api-version", version, "--profile", "quick", "-n", "2")

    assert ended.with_outcome("failed") | ended.with_outcome("suite-error") == set(), ended.output
    assert ended.with_outcome("passed")
