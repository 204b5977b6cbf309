"""The reports of a client's session for programs and pipelines."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from tests.unit.reports import client_journals

from lead_provider_conformance.cli.main import main
from lead_provider_conformance.reports.badge import badge_svg
from lead_provider_conformance.reports.comparison import comparison_json, comparison_text
from lead_provider_conformance.reports.ctrf import ctrf_json
from lead_provider_conformance.reports.junit import junit_xml
from lead_provider_conformance.reports.markdown import summary_markdown
from lead_provider_conformance.reports.sarif import sarif_json
from lead_provider_conformance.reports.terminal import terminal_summary
from lead_provider_conformance.reports.verdict_json import verdict_json
from lead_provider_conformance.reports.write import report_html
from lead_provider_conformance.results.comparison import compare
from lead_provider_conformance.results.files import REPORTS
from lead_provider_conformance.results.verdict import Verdict
from lead_provider_conformance.schemas import problems


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    return client_journals.ready().verdict(tmp_path_factory.mktemp("ready"))


@pytest.fixture(scope="module")
def not_ready(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    return client_journals.not_ready().verdict(tmp_path_factory.mktemp("not-ready"))


def test_verdict_json_has_words_and_attestations_of_clients(ready: Verdict) -> None:
    content = json.loads(verdict_json(ready))

    assert list(problems("verdict", content)) == []
    assert (content["conformance"], content["scopes"][0]["conformance"]) == ("ready", "ready")
    assert content["run"]["subject"] == "client"
    assert content["scopes"][0]["counts"]["attested"] == 1
    assert content["attestations"] == [
        {
            "requirement": "access/token-kept-private",
            "by": "Ada Example",
            "on": "2026-11-20",
            "note": "Stored in a vault.",
        }
    ]


def test_terminal_names_verdict_and_operations(not_ready: Verdict) -> None:
    text = terminal_summary(not_ready, Path("reports/latest"), colour=False, width=200)

    assert (
        "13 requirements: 1 passed · 3 failed · 1 difference · 1 waived · 2 not shown · 2 not shown (optional)" in text
    )
    assert "By its profile, the client uses 2 operations; the others were left out." in text
    assert "Not shown yet: 4 requirements, 2 mandatory" in text
    assert text.endswith("Exit status 1: not ready.\n")


def test_junit_is_red_for_failed_and_for_not_shown_musts(not_ready: Verdict, ready: Verdict) -> None:
    cases = {case.get("name"): case for case in ET.fromstring(junit_xml(not_ready)).iter("testcase")}

    red = {name for name, case in cases.items() if case.find("failure") is not None or case.find("error") is not None}
    assert red == {
        "contract/request-schema",
        "declare/retry-exact-copy",
        "errors/5xx-retried",
        "paging/all-pages",
        "rate/429-backs-off",
    }
    attested = ET.fromstring(junit_xml(ready)).find(".//testcase[@name='access/token-kept-private']/skipped")
    assert attested is not None
    assert attested.get("message", "").startswith("MUST attested: Ada Example stated it")


def test_markdown_says_ready_and_counts_attested(ready: Verdict) -> None:
    text = summary_markdown(ready)

    assert text.startswith("## ✅ Example provider's system: ready\n")
    assert "| Version | Verdict | Requirements | Passed | Attested | Not applicable |" in text
    assert "| v3 ECF | ✅ ready | 4 | 2 | 1 | 1 |" in text


def test_badge_names_the_client(not_ready: Verdict) -> None:
    assert 'aria-label="lead provider client: not ready v3"' in badge_svg(not_ready)


def test_sarif_has_failures_and_open_musts(not_ready: Verdict) -> None:
    (run,) = json.loads(sarif_json(not_ready))["runs"]

    kinds = {each["ruleId"]: each.get("kind", "fail") for each in run["results"]}
    assert kinds["declare/retry-exact-copy"] == "fail"
    assert kinds["rate/429-backs-off"] == "open"
    assert "access/token-kept-private" not in kinds
    assert list(run["results"][0]["locations"][0]) == ["logicalLocations"]


def test_ctrf_skips_attested(ready: Verdict) -> None:
    statuses = {each["name"]: each["status"] for each in json.loads(ctrf_json(ready))["results"]["tests"]}

    assert statuses["access/token-kept-private"] == "skipped"
    assert statuses["paging/all-pages"] == "passed"


def test_comparison_uses_words_of_clients(ready: Verdict, not_ready: Verdict) -> None:
    comparison = compare(ready, not_ready)

    assert list(problems("comparison", json.loads(comparison_json(comparison, not_ready.fail_on)))) == []
    text = comparison_text(comparison, not_ready.fail_on, width=100)
    assert "paging/all-pages (MUST; v3 ECF): passed, now not shown" in text


def test_report_command_writes_every_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    client_journals.not_ready().write(tmp_path)

    assert main(["report", str(tmp_path)]) == 1
    assert all((tmp_path / name).is_file() for name in REPORTS)
    assert "Exit status 1: not ready." in capsys.readouterr().out


def test_waive_command_prints_waivers_for_the_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    client_journals.not_ready().write(tmp_path)

    assert main(["waive", str(tmp_path), "--owner", "Ada", "--reason", "Known", "--until", "2099-01-01"]) == 0
    printed = capsys.readouterr().out
    assert "# Add these to the profile of" in printed
    assert "requirement: errors/5xx-retried" in printed


def test_merge_command_refuses_sessions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = client_journals.ready().write(tmp_path / "session")

    assert main(["merge", str(folder), "--into", str(tmp_path / "whole")]) == 4
    assert "is a client's session, which has no shards; use its own reports." in capsys.readouterr().err


def test_summaries_count_connections_without_http(tmp_path: Path) -> None:
    session = client_journals.Session().requires("paging/all-pages")
    with session.acting("connect"):
        for reason in ("TLS", "Invalid HTTP request received."):
            session.happens("not-http", reason=reason)
    verdict = session.verdict(tmp_path)
    sentence = "The client sent something that is not HTTP on 2 connections; some of it was TLS"

    for text in (
        terminal_summary(verdict, Path("report"), colour=False, width=200),
        summary_markdown(verdict),
        report_html(verdict),
    ):
        assert sentence in text
