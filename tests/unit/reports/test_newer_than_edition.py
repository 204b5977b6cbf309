"""A requirement newer than the edition under test is labelled, and does not affect the verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.journals import Run

from lead_provider_conformance.model import Conformance, ExitStatus, Level, Outcome
from lead_provider_conformance.reports.html import server_html
from lead_provider_conformance.reports.markdown import summary_markdown
from lead_provider_conformance.reports.terminal import terminal_summary
from lead_provider_conformance.reports.verdict_json import verdict_json
from lead_provider_conformance.results.verdict import Verdict


@pytest.fixture
def verdict() -> Verdict:
    run = Run().requires("a/old").found(Outcome.PASSED, "a/old")
    run.requires("a/new", level="MAY", newer_than="2024-12").found(Outcome.FAILED, "a/new", "no")
    return Verdict.of(run.record(), fail_on=Level.SHOULD)


def test_failure_does_not_affect_the_verdict(verdict: Verdict) -> None:
    assert [scope.conformance for scope in verdict.scopes] == [Conformance.CONFORMANT]
    assert verdict.exit_status is ExitStatus.CONFORMANT


def test_every_report_shows_the_label(verdict: Verdict) -> None:
    label = "newer than edition 2024-12"

    assert f"a/new ({label}; v3 ECF)" in terminal_summary(verdict, Path("x"), colour=False, width=100)
    assert f"`a/new` · {label} · v3 ECF" in summary_markdown(verdict)
    assert server_html(verdict).count(label) > 1


def test_raised_level_is_labelled_and_does_not_fail_the_run() -> None:
    run = Run().requires("a/old").found(Outcome.PASSED, "a/old")
    run.requires("a/raised", level="SHOULD", raised_to="MUST").found(Outcome.FAILED, "a/raised", "no")
    verdict = Verdict.of(run.record())
    label = "SHOULD, in newer editions MUST"

    assert verdict.exit_status is ExitStatus.CONFORMANT
    assert f"a/raised ({label}; v3 ECF)" in terminal_summary(verdict, Path("x"), colour=False, width=100)
    assert f"`a/raised` · {label} · v3 ECF" in summary_markdown(verdict)
    assert label in server_html(verdict)
    (scope,) = json.loads(verdict_json(verdict))["scopes"]
    assert [each.get("raised_to") for each in scope["requirements"]] == [None, "MUST"]


def test_verdict_json_has_the_edition(verdict: Verdict) -> None:
    (scope,) = json.loads(verdict_json(verdict))["scopes"]

    assert {each["id"]: (each["level"], each["newer_than"]) for each in scope["requirements"]} == {
        "a/old": ("MUST", None),
        "a/new": ("MAY", "2024-12"),
    }
