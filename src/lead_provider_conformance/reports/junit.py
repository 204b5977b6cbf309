"""`junit.xml`: the verdict for pipelines that show tests.

There is one suite per version and programme, and one case per requirement. The file is red exactly if the run is: a
failed MUST is a failure, a MUST that was not tested is an error. Other cases that did not pass are skipped.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from lead_provider_conformance.contract.citations import source_line
from lead_provider_conformance.model import Conformance, Level, Outcome
from lead_provider_conformance.reports.summary import PARITY, fails_run, outcome_label
from lead_provider_conformance.reports.wording import WORDINGS, Wording
from lead_provider_conformance.results.curl import curl
from lead_provider_conformance.results.journal import decisive_exchange
from lead_provider_conformance.results.verdict import RequirementVerdict, ScopeVerdict, Verdict
from lead_provider_conformance.text import one_line, visible

MAX_FINDINGS = 3
MAX_DIFFERENCES = 50
LONGEST_CURL = 4_000
DETAILED = (Outcome.FAILED, Outcome.WAIVED, Outcome.COULD_NOT_RUN, Outcome.SUITE_ERROR)
Exchanges = Mapping[str, Mapping[str, Any]]


def junit_xml(verdict: Verdict) -> str:
    """Return the text of `junit.xml`."""
    journals = verdict.journals
    root = ET.Element("testsuites", name=f"Lead provider conformance: {one_line(journals.run['target']['name'])}")
    for scope in verdict.scopes:
        root.append(_suite(scope, verdict))
    if not verdict.scopes:
        suite = ET.SubElement(root, "testsuite", name="run")
        _add_case(suite, "run", "complete", "error", "The run selected no version and programme.")
    if verdict.outdated:
        suite = ET.SubElement(root, "testsuite", name="waivers")
        for each in verdict.outdated:
            _add_case(suite, "waivers", each.name, "failure", each.sentence)
    for element in (root, *root):
        _add_totals(element)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(scope: ScopeVerdict, verdict: Verdict) -> ET.Element:
    journals, words = verdict.journals, WORDINGS[verdict.subject]
    # JUnit timestamps have no time zone; the journals use UTC.
    suite = ET.Element("testsuite", name=str(scope.scope), timestamp=journals.run["started_at"].rstrip("Z"))
    properties = ET.SubElement(suite, "properties")
    ET.SubElement(properties, "property", name="suite-version", value=journals.run["suite"]["version"])
    ET.SubElement(properties, "property", name="contract-edition", value=journals.run["contract"]["edition"])
    for each in scope.requirements:
        kind, message = _result(each, verdict.fail_on, words)
        ids = {exchange for finding in each.findings for exchange in finding.exchanges}
        _add_case(
            suite,
            each.requirement.area,
            each.requirement.id,
            kind,
            message,
            "\n\n".join(_details(each, journals.exchanges)) if each.outcome in DETAILED else "",
            seconds=math.fsum(journals.exchanges[one]["seconds"] for one in ids if one in journals.exchanges),
        )
    red = any(case.find(kind) is not None for case in suite for kind in ("failure", "error"))
    if scope.conformance is not Conformance.CONFORMANT and not red:
        reason = words.endings[journals.ending] if scope.requirements else "No requirement applies."
        _add_case(suite, "run", "complete", "error", f"The verdict is {scope.word}. {reason}")
    return suite


def _result(each: RequirementVerdict, fail_on: Level, words: Wording) -> tuple[str, str]:
    """Return the element and the message of a case; both are empty if it passed."""
    if each.outcome is Outcome.PASSED:
        return "", ""
    fails = fails_run(each, fail_on)
    label = words.outcomes[each.outcome] if fails else outcome_label(each.requirement, each.outcome, words)
    message = f"{each.requirement.level} {label}"
    if each.waiver:
        message += f" by {each.waiver.owner} until {each.waiver.expires}: {each.waiver.reason}"
    elif each.gap:
        message += f" by {each.gap.owner} until {each.gap.expires}: {each.gap.reason}"
    elif each.reason:
        message += ": " + " ".join(filter(None, (each.reason, each.remedy)))
    if not fails:
        return "skipped", message
    return ("failure" if each.outcome is Outcome.FAILED else "error"), message


def _details(each: RequirementVerdict, exchanges: Exchanges) -> Iterator[str]:
    yield f"{each.requirement.statement}\n{source_line(each.requirement)}"
    most = MAX_DIFFERENCES if each.requirement.area == PARITY else MAX_FINDINGS
    for finding in [f for f in each.findings if f.outcome is each.outcome][:most]:
        yield "\n".join(part for part in (finding.reason, finding.remedy, finding.test, finding.checked_at) if part)
        if exchange := decisive_exchange(finding, exchanges):
            response = exchange["response"]
            command = curl(exchange)
            if len(command) > LONGEST_CURL:
                command = f"The request is too long to show. See exchange {exchange['id']} in exchanges.ndjson."
            yield f"{command}\n→ {exchange['error'] or response['status']}"


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
