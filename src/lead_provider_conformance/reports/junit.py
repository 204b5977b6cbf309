"""`junit.xml`: the verdict for the test views of pipelines.

A suite for each version and programme, a case for each requirement. It is never green where the verdict is not, and
never red where it is: a MUST that failed is a failure, a MUST that could not run is an error; what does not count
against the server is skipped, with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from lead_provider_conformance.model import Conformance, Level, Outcome
from lead_provider_conformance.reports.digest import ENDING_SENTENCES, OUTCOME_WORDS
from lead_provider_conformance.results.curl import curl
from lead_provider_conformance.results.journal import decisive_exchange
from lead_provider_conformance.results.verdict import RequirementVerdict, ScopeVerdict, Verdict
from lead_provider_conformance.text import one_line, visible

FINDINGS_TOLD = 3
LONGEST_CURL = 4_000
Exchanges = Mapping[str, Mapping[str, Any]]


def junit_xml(verdict: Verdict) -> str:
    """The text of `junit.xml`."""
    record = verdict.record
    root = ET.Element("testsuites", name=f"Lead provider conformance: {one_line(record.run['target']['name'])}")
    for scope in verdict.scopes:
        root.append(_suite(scope, verdict))
    if not verdict.scopes:
        suite = ET.SubElement(root, "testsuite", name="run")
        _add_case(suite, "run", "complete", "error", "The run was to test no version and programme.")
        _add_totals(suite)
    if verdict.stale_waivers:
        suite = ET.SubElement(root, "testsuite", name="waivers")
        for each in verdict.stale_waivers:
            _add_case(suite, "waivers", each.waiver.requirement, "failure", each.sentence)
        _add_totals(suite)
    _add_totals(root)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(scope: ScopeVerdict, verdict: Verdict) -> ET.Element:
    record = verdict.record
    # Readers of JUnit take times without a zone; the journals' are UTC.
    suite = ET.Element("testsuite", name=str(scope.scope), timestamp=record.run["started_at"].rstrip("Z"))
    for each in scope.requirements:
        kind, message = _result(each, verdict.fail_on)
        _add_case(
            suite,
            each.requirement.area,
            each.requirement.id,
            kind,
            message,
            "\n\n".join(_told(each, record.exchanges)) if kind in ("failure", "error") else "",
            seconds=_seconds(each, record.exchanges),
        )
    unsound = any(case.find(kind) is not None for case in suite for kind in ("failure", "error"))
    if scope.conformance is not Conformance.CONFORMANT and not unsound:
        why = ENDING_SENTENCES[record.ending] if scope.requirements else "No requirement applies."
        _add_case(suite, "run", "complete", "error", f"The verdict is {scope.conformance}. {why}")
    _add_totals(suite)
    return suite


def _result(each: RequirementVerdict, fail_on: Level) -> tuple[str, str]:
    level = each.requirement.level
    said = f"{level} {OUTCOME_WORDS[each.outcome]}"
    match each.outcome:
        case Outcome.PASSED:
            return "", ""
        case Outcome.FAILED:
            return ("failure" if level in (Level.MUST, fail_on) else "skipped"), f"{said}: {each.reason}"
        case Outcome.COULD_NOT_RUN:
            remedy = f" {each.remedy}" if each.remedy else ""
            return ("error" if level is Level.MUST else "skipped"), f"{said}: {each.reason}{remedy}"
        case Outcome.SUITE_ERROR:
            return "error", f"{said}: {each.reason}"
        case Outcome.WAIVED if each.waiver:
            return "skipped", f"{said} by {each.waiver.owner} until {each.waiver.expires}: {each.waiver.reason}"
        case _:
            return "skipped", said


def _told(each: RequirementVerdict, exchanges: Exchanges) -> Iterator[str]:
    yield f"{each.requirement.statement}\nSource: {'; '.join(each.requirement.sources)}"
    for finding in [f for f in each.findings if f.outcome is each.outcome][:FINDINGS_TOLD]:
        yield "\n".join(part for part in (finding.reason, finding.remedy, finding.test, finding.checked_at) if part)
        if exchange := decisive_exchange(finding, exchanges):
            response = exchange["response"]
            command = curl(exchange)
            if len(command) > LONGEST_CURL:
                command = f"The request is too long for here; report.html has the curl. Exchange {exchange['id']}"
            yield f"{command}\n→ {response['status'] if response else exchange['error']}"


def _seconds(each: RequirementVerdict, exchanges: Exchanges) -> float:
    ids = {exchange for finding in each.findings for exchange in finding.exchanges}
    return math.fsum(exchanges[each_id]["seconds"] for each_id in ids if each_id in exchanges)


def _add_case(
    suite: ET.Element, area: str, name: str, kind: str, message: str, text: str = "", *, seconds: float = 0
) -> None:
    case = ET.SubElement(suite, "testcase", classname=area, name=name, time=f"{seconds:.3f}")
    if kind:
        result = ET.SubElement(case, kind, message=one_line(message))
        if kind != "skipped":
            result.set("type", kind)
        result.text = visible(text) or None


def _add_totals(element: ET.Element) -> None:
    cases = list(element.iter("testcase"))
    element.set("tests", str(len(cases)))
    for attribute, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(sum(case.find(kind) is not None for case in cases)))
    element.set("time", f"{sum(float(case.get('time', 0)) for case in cases):.3f}")
