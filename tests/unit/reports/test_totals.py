"""Every report counts the same requirements, under the same names."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from tests.unit import samples
from tests.unit.journals import Run
from tests.unit.reports import client_journals
from tests.unit.reports.page import parsed

from lead_provider_conformance.model import Level, Outcome
from lead_provider_conformance.reports.ctrf import ctrf_json
from lead_provider_conformance.reports.junit import junit_xml
from lead_provider_conformance.reports.markdown import summary_markdown
from lead_provider_conformance.reports.sarif import sarif_json
from lead_provider_conformance.reports.summary import OutcomeCount, count_labels, outcome_counts
from lead_provider_conformance.reports.terminal import terminal_summary
from lead_provider_conformance.reports.verdict_json import verdict_json
from lead_provider_conformance.reports.wording import WORDINGS
from lead_provider_conformance.reports.write import report_html
from lead_provider_conformance.results.verdict import ScopeVerdict, Verdict

SCOPES = re.compile(r"^(v\d \w+) .*?(\d[\d,]*) requirements?: ([^\n]*)", re.MULTILINE)


def every_outcome() -> Run:
    """Return a run with each outcome at each level, one of them waived."""
    run = Run()
    for level in Level:
        for outcome in (*Outcome, "waiver"):
            if outcome in (Outcome.WAIVED, Outcome.GAP, Outcome.ATTESTED):
                continue
            requirement_id = f"{outcome}/{level.lower()}"
            run.requires(requirement_id, level=str(level))
            if outcome == "waiver":
                run.waives(requirement_id)
            found = Outcome.FAILED if outcome == "waiver" else Outcome(outcome)
            run.found(found, requirement_id, "Because.")
    return run


RUNS = (
    every_outcome,
    samples.conformant,
    samples.troubled,
    samples.incomplete,
    samples.broad,
    samples.hostile,
)
SESSIONS = (client_journals.ready, client_journals.not_ready, client_journals.hostile)


@pytest.fixture(params=[*RUNS, *SESSIONS], ids=lambda make: make.__name__)
def verdict(request: pytest.FixtureRequest, tmp_path: Path) -> Verdict:
    made = request.param()
    return made.verdict(tmp_path) if isinstance(made, client_journals.Session) else made.verdict()


def expected(scope: ScopeVerdict) -> dict[str, int]:
    """Return the counts of a scope: a failed SHOULD or MAY is a difference, an untested one is optional."""
    optional = {Outcome.FAILED: "difference", Outcome.COULD_NOT_RUN: "optional"}
    return Counter(
        str(each.outcome if each.requirement.level is Level.MUST else optional.get(each.outcome, each.outcome))
        for each in scope.requirements
    )


def labelled(scope: ScopeVerdict) -> list[tuple[int, str]]:
    return [(each.count, each.label) for each in outcome_counts(scope)]


def test_counts_are_of_all_requirements(verdict: Verdict) -> None:
    for scope in verdict.scopes:
        counts = {each.name: each.count for each in outcome_counts(scope)}
        assert counts == expected(scope)
        assert sum(counts.values()) == len(scope.requirements)


def test_page_counts_them(verdict: Verdict) -> None:
    sections = parsed(report_html(verdict)).all("section", class_="scope")

    for scope, section in zip(verdict.scopes, sections, strict=True):
        every, *others = [each.text for each in section.all("li")]
        assert every == f"{len(scope.requirements)} requirement{'s' * (len(scope.requirements) != 1)}"
        assert others == [f"{count} {label}" for count, label in labelled(scope)]


def test_page_has_a_row_for_each_requirement(verdict: Verdict) -> None:
    rows = [row for row in parsed(report_html(verdict)).all("tr") if "data-level" in row.attributes]

    assert len(rows) == len({each.requirement.id for scope in verdict.scopes for each in scope.requirements})


def test_terminal_counts_them(verdict: Verdict) -> None:
    text = terminal_summary(verdict, Path("x"), colour=False, width=1_000)
    shown = {name: (number, counts) for name, number, counts in SCOPES.findall(text)}

    for scope in verdict.scopes:
        counts = " · ".join(f"{count:,} {label}" for count, label in labelled(scope))
        assert shown[scope.scope.label] == (f"{len(scope.requirements):,}", counts)


def test_markdown_counts_them(verdict: Verdict) -> None:
    lines = [line.strip("| ").split(" | ") for line in summary_markdown(verdict).splitlines() if line.startswith("| ")]
    labels = {label.capitalize(): name for name, label in count_labels(WORDINGS[verdict.subject]).items()}
    header, *rows = lines

    for scope, row in zip(verdict.scopes, rows, strict=True):
        cells = dict(zip(header, row, strict=True))
        assert cells.pop("Requirements") == str(len(scope.requirements))
        counts = {labels[name]: int(cell) for name, cell in cells.items() if name not in ("Version", "Verdict")}
        assert {name: count for name, count in counts.items() if count} == expected(scope)


def test_verdict_json_counts_them_by_outcome(verdict: Verdict) -> None:
    for scope, entry in zip(verdict.scopes, json.loads(verdict_json(verdict))["scopes"], strict=True):
        counts = Counter(expected(scope))
        counts[str(Outcome.FAILED)] += counts.pop("difference", 0)
        counts[str(Outcome.COULD_NOT_RUN)] += counts.pop("optional", 0)
        assert +Counter(entry["counts"]) == +counts


def test_junit_counts_them_by_effect(verdict: Verdict) -> None:
    for scope, suite in zip(verdict.scopes, ET.fromstring(junit_xml(verdict)), strict=False):
        counts = Counter(expected(scope))
        cases = [case for case in suite.iter("testcase") if case.get("name") != "complete"]
        found = Counter(case[0].tag if len(case) else "passed" for case in cases)

        assert found["failure"] == counts["failed"]
        assert found["error"] == counts["could-not-run"] + counts["suite-error"]
        assert found["passed"] == counts["passed"]
        assert len(cases) == len(scope.requirements)


def test_ctrf_counts_them_by_raw_status(verdict: Verdict) -> None:
    tests = json.loads(ctrf_json(verdict))["results"]["tests"]

    for scope in verdict.scopes:
        own = [each for each in tests if each["suite"] == [scope.scope.label] and "rawStatus" in each]
        assert Counter(each["rawStatus"] for each in own) == expected(scope)
        counts = Counter(each["status"] for each in own)
        raw = Counter(expected(scope))
        assert counts["failed"] == raw["failed"] + raw["could-not-run"] + raw["suite-error"]
        assert counts["passed"] == raw["passed"]


def test_sarif_has_a_result_for_each_failure(verdict: Verdict) -> None:
    (run,) = json.loads(sarif_json(verdict))["runs"]

    for scope in verdict.scopes:
        own = [each for each in run["results"] if each["message"]["text"].startswith(f"{scope.scope.label}: ")]
        raw = Counter(expected(scope))
        assert sum("suppressions" in each for each in own) == raw["waived"]
        assert sum(each.get("kind") == "open" for each in own) == raw["could-not-run"]
        failing = Counter(each["level"] for each in own if "suppressions" not in each and each.get("kind") != "open")
        assert failing["error"] == raw["failed"]
        assert failing["warning"] + failing["note"] == raw["difference"]


def test_no_optional_requirement_is_called_failed() -> None:
    run = Run()
    for level in ("SHOULD", "MAY"):
        run.requires(f"a/{level.lower()}", level=level).found(Outcome.FAILED, f"a/{level.lower()}", "no")
    verdict = run.verdict()

    texts = (
        parsed(report_html(verdict)).one("section", id="differences").text,
        terminal_summary(verdict, Path("x"), colour=False, width=100),
        summary_markdown(verdict),
        junit_xml(verdict),
    )

    for text in texts:
        assert "ifference" in text
        assert not re.search(r"\b[Ff]ail(ed|s)\b", text)


def test_label_of_one_difference_is_singular() -> None:
    run = Run().requires("a/b", level="MAY").found(Outcome.FAILED, "a/b", "no")

    assert outcome_counts(run.verdict().scopes[0]) == (OutcomeCount("difference", "difference", 1),)
