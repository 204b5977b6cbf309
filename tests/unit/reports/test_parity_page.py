"""Reports of two servers list differences, each with both responses."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.unit.parity.servers import OPERATION, SCOPE, Servers, pages_of, read_pair, record

from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.model import Cause, Ending, ExitStatus
from lead_provider_conformance.parity.exclusions import exclusions_yaml, load_requirements
from lead_provider_conformance.parity.recorder import Recorder
from lead_provider_conformance.parity.whole_lists import WholeList
from lead_provider_conformance.reports.junit import junit_xml
from lead_provider_conformance.reports.markdown import summary_markdown
from lead_provider_conformance.reports.parity_page import parity_html
from lead_provider_conformance.reports.sarif import sarif_json
from lead_provider_conformance.reports.terminal import terminal_summary
from lead_provider_conformance.reports.verdict_json import verdict_json
from lead_provider_conformance.results.journal import Finding, read_journals
from lead_provider_conformance.results.verdict import Verdict
from lead_provider_conformance.schemas import problems

PASSED = {"reason": None, "remedy": None, "checked_at": None, "exchanges": []}


def verdict_of(folder: Path, left: list[Any], right: list[Any], *exclusions: Waiver) -> Verdict:
    """Compare two lists, and return the verdict."""
    requirements = tuple(each for each in load_requirements() if each.id in ("parity/values", "parity/fields"))
    servers = Servers.of(folder, pages_of(left), pages_of(right), requirements=requirements, exclusions=exclusions)
    recorders: list[Recorder] = []

    def run(confirmation: Any) -> None:
        recorders.append(confirmation.recorder)
        WholeList("ecf_participants", read_pair(), confirmation).read()

    servers.compare(run)
    (recorder,) = recorders
    recorder.compared(SCOPE, OPERATION, requests=5, records=2, ways={"id": 2}, left={"p50": 0.1, "p95": 0.2}, right={})
    recorder.journey(SCOPE, "ect.no-declarations", ["defer", "resume"], 2, "One server refused it.")
    findings = list(servers.ledger.findings())
    recorder.findings(findings)
    found = {each.requirement for each in findings}
    for each in requirements:
        if each.id not in found:
            recorder.line(Finding.from_line(PASSED | _line(each.id)).to_line())
    recorder.end(Ending.FINISHED)
    return Verdict.of(read_journals(folder))


def _line(requirement: str) -> dict[str, Any]:
    return {"requirement": requirement, "version": "v3", "programme": "ecf", "outcome": "passed", "test": "all reads"}


def long_difference(folder: Path) -> Verdict:
    """Return the verdict of two servers whose responses are longer than their frames on the page."""
    fields = {f"field_{number}": "a value" for number in range(60)}
    return verdict_of(folder, [record(1, **fields, a="x")], [record(1, **fields, a="y")])


RECORDS = [record(1, a="x", b=1), record(2, a="x", b=1)]
OTHERS = [record(1, a="<script>y", b="1"), record(2, a="<script>y", b="1")]


@pytest.fixture
def different(tmp_path: Path) -> Verdict:
    return verdict_of(tmp_path, RECORDS, OTHERS)


def test_same_servers_are_the_same(tmp_path: Path) -> None:
    verdict = verdict_of(tmp_path, RECORDS, RECORDS)

    assert (verdict.word, verdict.exit_status) == ("same", ExitStatus.CONFORMANT)
    answer = (
        "Yes. Both servers gave the same responses. Compared: 3 reads of 1 operation, 2 writes in 1 journey, 2 records."
    )
    assert answer in parity_html(verdict)


def test_page_asks_the_question_and_marks_the_field_on_both_sides(different: Verdict) -> None:
    page = parity_html(different)

    assert different.exit_status is ExitStatus.NOT_CONFORMANT
    assert "<h1>Do they behave the same?</h1>" in page
    assert "No. There are 2 differences." in page
    assert page.count("↑ another value: the right has") == page.count("↑ another value: the left has") == 1
    assert "<script>y" not in page


def test_page_shows_journeys_and_the_write_before_a_difference(different: Verdict, tmp_path: Path) -> None:
    page = parity_html(different)
    assert "from <code>ect.no-declarations</code>: 2 steps, ended early" in page
    assert "<ol><li>defer</li><li>resume</li></ol>" in page
    assert "One server refused it." in page
    assert "The request before" not in page

    results = tmp_path / "results.ndjson"
    pair = '"exchanges":["left-00001","right-00001"'
    text = results.read_text(encoding="utf-8")
    assert pair in text
    results.write_text(text.replace(pair, f'{pair},"left-00001","right-00001"', 1), encoding="utf-8")
    assert parity_html(Verdict.of(read_journals(tmp_path))).count("The request before, which changed data") == 1


def test_every_difference_is_in_every_report(different: Verdict, tmp_path: Path) -> None:
    sarif = json.loads(sarif_json(different))
    assert [each["ruleId"] for each in sarif["runs"][0]["results"]] == ["parity/fields", "parity/values"]
    terminal = terminal_summary(different, tmp_path, colour=False, width=400)
    for text in (junit_xml(different), summary_markdown(different), terminal):
        assert "number as text on the right" in text
        assert "has another value" in text


def test_journals_and_verdict_have_their_schemas(different: Verdict, tmp_path: Path) -> None:
    assert list(problems("verdict", json.loads(verdict_json(different)))) == []
    lines = [json.loads(line) for file in tmp_path.glob("*.ndjson") for line in file.read_bytes().splitlines()]
    assert [problem for line in lines for problem in problems("journal", line)] == []


def test_excluded_differences_are_accepted_and_unused_exclusions_fail(tmp_path: Path) -> None:
    accept = {"owner": "us", "reason": "known", "expires": "2099-01-01"}
    used = [Waiver.from_mapping({"cause": {"place": f"data[].attributes.{name}"}, **accept}) for name in ("a", "b")]
    unused = Waiver.from_mapping({"cause": {"place": "data[].attributes.c"}, **accept})

    assert verdict_of(tmp_path / "1", RECORDS, OTHERS, *used).exit_status is ExitStatus.CONFORMANT
    verdict = verdict_of(tmp_path / "2", RECORDS, OTHERS, *used, unused)
    assert verdict.exit_status is ExitStatus.NOT_CONFORMANT
    assert [each.waiver.cause for each in verdict.stale_waivers] == [Cause(place="data[].attributes.c")]


def test_written_exclusions_have_path_field_and_difference(different: Verdict) -> None:
    text = exclusions_yaml(different, ("2025-04",), until=date(2099, 1, 1))

    field = "field: data[].attributes.b\n  difference: number as text on the right"
    assert f"path: /api/v3/participants/ecf\n  {field}" in text
