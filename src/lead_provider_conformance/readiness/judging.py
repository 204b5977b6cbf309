"""Judge a session from its journals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lead_provider_conformance.model import Subject
from lead_provider_conformance.readiness import rules  # noqa: F401 - registers the rules
from lead_provider_conformance.readiness.judge import judge
from lead_provider_conformance.readiness.obligations import Obligations
from lead_provider_conformance.readiness.rule import RULES
from lead_provider_conformance.readiness.trace import trace_of
from lead_provider_conformance.results.journal import Finding, Journals


def findings_on(journals: Journals) -> Iterator[Finding]:
    """Yield the findings on a client's session: the same ones each time."""
    trace = trace_of(journals)
    return judge(trace, Obligations.load().of(trace.edition, trace.scope.programme), RULES)


def judged(journals: Journals) -> Journals:
    """Return the journals with findings: a client's session that was killed has none, or not all of them."""
    if journals.subject is not Subject.CLIENT:
        return journals
    planned = {each["id"] for each in journals.plan["requirements"]}
    if planned <= {each.requirement for each in journals.findings}:
        return journals
    found = (each for each in findings_on(journals) if each.requirement in planned)
    return replace(journals, findings=tuple(found))
