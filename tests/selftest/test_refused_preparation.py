"""A server that refuses the suite's own preparation fails no requirement for it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .processes import run, sandbox
from .servers import Proxy, Request, Response, serve

WORDS = "The funding contract for this cohort has ended."
GENERATED_VOIDS = ("-k", "test_generated_requests and participant-declarations and void")


def refuse_declarations(request: Request, response: Response, *, cohort: str) -> Response:
    """Replace the response to a declaration with a date in the cohort's windows."""
    if request.method != "POST" or not request.path.endswith("/participant-declarations"):
        return response
    try:
        sent = str(json.loads(request.body)["data"]["attributes"]["declaration_date"])
    except (ValueError, KeyError, TypeError):
        return response
    if not sent.startswith(cohort):
        return response
    body = json.dumps({"errors": [{"title": "cohort", "detail": WORDS}]}).encode()
    return Response(422, body, {"Content-Type": "application/vnd.api+json"})


@pytest.mark.parametrize("cohort", ["", "2022"], ids=["all", "one"])
def test_refused_declaration_is_tried_in_another_cohort(tmp_path: Path, cohort: str) -> None:
    with sandbox() as served:
        proxy = Proxy(served.address, change=lambda *both: refuse_declarations(*both, cohort=cohort))
        with serve(proxy) as address:
            ended = run(tmp_path, *served.options, "--base-url", address, *GENERATED_VOIDS)

    assert ended.with_outcome("failed") | ended.with_outcome("suite-error") == set(), ended.output
    if cohort:
        assert ended.findings("generated/no-server-error", "passed")
        return
    untested = ended.findings("generated/no-server-error", "could-not-run")
    reasons = {each["reason"] for each in untested} - {"A test of it was deselected."}
    assert len(reasons) == 1
    (reason,) = reasons
    assert f"422 (cohort: {WORDS})" in reason
    for year in ("2022", "2023", "2024"):
        assert f"ecf-induction of {year}, " in reason
    assert not re.search(r"\d error", ended.stdout)
