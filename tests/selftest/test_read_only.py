"""Without --safety sandbox, a run only sends GET, and reports the untested requirements with a remedy."""

from __future__ import annotations

from pathlib import Path

from .processes import V3_ECF, run, sandbox, token_options
from .servers import Proxy, serve


def test_read_only_run_sends_only_get_and_is_incomplete(tmp_path: Path) -> None:
    with sandbox() as served:
        proxy = Proxy(served.address)
        with serve(proxy) as address:
            ended = run(tmp_path, "--base-url", address, *token_options(), *V3_ECF)

    assert {request.method for request in proxy.requests} <= {"GET", "HEAD"}
    assert {exchange["request"]["method"] for exchange in ended.exchanges} <= {"GET", "HEAD"}
    assert len(proxy.requests) >= len(ended.exchanges) > 20
    assert ended.status == 6, ended.output
    assert ended.verdict["conformance"] == "incomplete"
    assert ended.with_outcome("failed") | ended.with_outcome("suite-error") == set()
    assert {"participants/listed", "paging/page"} <= ended.with_outcome("passed")
    assert {"declarations/started", "void/state"} <= ended.with_outcome("could-not-run")
    remedies = {finding["remedy"] for finding in ended.findings("declarations/started", "could-not-run")}
    assert any("--safety sandbox" in remedy for remedy in remedies)
    assert "--safety sandbox" in ended.stdout


def test_read_without_a_token_is_a_failure_of_a_read_only_run(tmp_path: Path) -> None:
    with sandbox("--fault", "get-participants-ecf-needs-no-token") as served:
        options = ("--base-url", served.address, *token_options(), *V3_ECF, "-k", "authentication")
        ended = run(tmp_path, *options)

    assert ended.outcomes["v3-ecf authentication/token-required"] == "failed"
    assert ended.outcomes["v3-ecf authentication/token-known"] == "passed"


def test_every_read_without_a_token_is_tried_in_a_read_only_run(tmp_path: Path) -> None:
    with sandbox("--fault", "get-statements-needs-no-token") as served:
        options = ("--base-url", served.address, *token_options(), *V3_ECF, "-k", "authentication")
        ended = run(tmp_path, *options)

    (failure,) = ended.findings("authentication/token-required")
    assert "GET /api/v3/statements" in failure["reason"]
    left_out = [each for each in ended.findings("authentication/token-required", "could-not-run") if "left_out" in each]
    assert "POST /api/v3/participant-declarations" in left_out[0]["reason"]
    assert "decided by reading only" in " ".join(ended.stdout.split())
