"""Remarks about a run as a whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.journals import BASE_URL, Run

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.reports.html import server_html
from lead_provider_conformance.reports.remarks import remarks
from lead_provider_conformance.reports.terminal import terminal_summary
from lead_provider_conformance.results.verdict import Verdict

AGAIN = f"The run has stopped the server that it started. To repeat a request, start it at {BASE_URL} again."


def verdict_of(outcome: Outcome, *, started: bool) -> Verdict:
    journals = Run().requires("a/b").found(outcome, "a/b", "no").record()
    target = journals.run["target"] | ({"started": True} if started else {})
    return Verdict.of(replace(journals, run={**journals.run, "target": target}))


def test_failure_of_a_server_that_was_stopped_says_where_to_start_it() -> None:
    verdict = verdict_of(Outcome.FAILED, started=True)

    assert remarks(verdict) == (AGAIN,)
    assert AGAIN in " ".join(terminal_summary(verdict, verdict.journals.folder, colour=False, width=80).split())
    assert AGAIN in server_html(verdict)


@pytest.mark.parametrize(("outcome", "started"), [(Outcome.PASSED, True), (Outcome.FAILED, False)])
def test_nothing_is_said_without_a_request_to_repeat(outcome: Outcome, started: bool) -> None:
    assert remarks(verdict_of(outcome, started=started)) == ()
