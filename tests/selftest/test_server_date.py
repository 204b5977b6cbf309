"""A server of another day: its windows open later, and a request header lets it act as on that day."""

from __future__ import annotations

from pathlib import Path

import pytest

from lead_provider_sandbox.http.access import PROVIDER_TOKENS

from .processes import RunResult, run, serving, write_target


def result(folder: Path, **settings: str) -> RunResult:
    """Run the suite on a server whose clock is in December 2024."""
    with serving("tests.selftest.worlds.server", "700-days-behind", "2024-12", str(folder)) as served:
        target = {
            "name": "earlier",
            "base_url": served.address,
            "tokens": [token for _, token in PROVIDER_TOKENS],
            "versions": ["v3"],
            "programmes": ["ecf"],
            "safety": "sandbox",
            **settings,
        }
        file = write_target(folder / "target.yaml", target)
        return run(folder / "report", "--target", file, "--profile", "quick", "--requirement", "declarations")


@pytest.mark.parametrize("header", [None, "X-With-Server-Date"])
def test_windows_that_open_later_are_tested_with_the_header_only(tmp_path: Path, header: str | None) -> None:
    ended = result(tmp_path, **{"server_date": header} if header else {})

    assert ended.status == 6, ended.output
    assert ended.with_outcome("failed") == set()
    assert ended.with_outcome("suite-error") == set()
    travelled = [each for each in ended.exchanges if "X-With-Server-Date" in each["request"]["headers"]]
    outcome = ended.outcomes["v3-ecf declarations/once-per-milestone"]
    if header:
        assert travelled
        assert outcome == "passed"
    else:
        assert {each["test"].rpartition("::")[2].partition("[")[0] for each in travelled} <= {
            "test_declaration_with_a_wrong_attribute_is_refused"
        }
        assert outcome == "could-not-run"
        assert "server_date: X-With-Server-Date" in ended.stdout
