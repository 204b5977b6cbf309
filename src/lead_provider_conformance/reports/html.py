"""`report.html`: one file that needs nothing else, opens from disk and survives e-mail.

Text from servers goes through two gates: Jinja2 escapes all of it, and invisible characters are shown by number. The
page's policy lets run the one script and the one style sheet in it, known by their hashes, and lets load nothing.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Level, Outcome, Scope
from lead_provider_conformance.reports import digest
from lead_provider_conformance.reports.causes import causes
from lead_provider_conformance.reports.documented import documented_statuses
from lead_provider_conformance.reports.evidence import Teller
from lead_provider_conformance.reports.figures import coverage, latencies
from lead_provider_conformance.reports.touched import changed_records, held
from lead_provider_conformance.results.journal import Finding
from lead_provider_conformance.results.verdict import RequirementVerdict, Verdict
from lead_provider_conformance.text import visible

TESTS_NAMED = 5
RECORDS_NAMED = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement in the table of them all: its outcome in each scope that it applies to."""

    requirement: Requirement
    outcomes: tuple[tuple[Scope, Outcome | None], ...]
    findings: tuple[Finding, ...]

    @property
    def exchanges(self) -> int:
        """How many exchanges its outcome rests on."""
        return len({exchange for finding in self.findings for exchange in finding.exchanges})

    @property
    def tests(self) -> tuple[str, ...]:
        """The tests that decided it."""
        return tuple(dict.fromkeys(finding.test for finding in self.findings if finding.test))

    @property
    def needless(self) -> tuple[str, ...]:
        """Why the server need not keep it, where it need not."""
        if all(outcome is not Outcome.NOT_APPLICABLE for _, outcome in self.outcomes):
            return ()
        told = (each.reason for each in self.findings if each.outcome is Outcome.NOT_APPLICABLE)
        return tuple(dict.fromkeys(reason for reason in told if reason))


def report_html(verdict: Verdict) -> str:
    """The text of `report.html`."""
    record = verdict.record
    teller = Teller(record.exchanges)
    broken = [teller.evidence(failure) for failure in digest.failures(verdict, Outcome.SUITE_ERROR)]
    failed = [
        (cause, [teller.evidence(failure) for failure in cause.failures])
        for cause in causes(digest.failures(verdict, Outcome.FAILED), record.exchanges)
    ]
    waived = [teller.evidence(failure) for failure in digest.failures(verdict, Outcome.WAIVED)]
    told = [*broken, *(evidence for _, several in failed for evidence in several), *waived]
    style, script = _page_file("report.css"), _page_file("report.js")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            policy=f"default-src 'none'; style-src {_hashed(style)}; script-src {_hashed(script)}; "
            "img-src data:; base-uri 'none'; form-action 'none'",
            style=style,
            script=script,
            verdict=verdict,
            record=record,
            run=record.run,
            conformance=digest.response(verdict),
            explanation=digest.explanation(verdict),
            broken=broken,
            failed=failed,
            waived=waived,
            obstacles=digest.obstacles(verdict),
            told={each.failure.requirement.id for each in told},
            rows=_rows(verdict),
            coverage=coverage(record.exchanges.values(), documented_statuses(record)),
            latencies=latencies(record.exchanges.values()),
            held=held(record.claims),
            changed=changed_records(record.exchanges.values()),
            seconds=_duration(record.run["started_at"], record.ended_at),
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("lead_provider_conformance.reports", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.globals.update(
        Level=Level,
        OUTCOME_WORDS=digest.OUTCOME_WORDS,
        ENDING_SENTENCES=digest.ENDING_SENTENCES,
        TESTS_NAMED=TESTS_NAMED,
        RECORDS_NAMED=RECORDS_NAMED,
        counts=digest.counts,
        exit_words=digest.exit_words,
        label=digest.label,
        labels=digest.labels,
        number=digest.number,
    )
    environment.filters.update(moment=_moment, milliseconds=_milliseconds, prose=_prose)
    return environment


def _shown(value: Any) -> Any:
    """Every value that the template prints comes through here."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _prose(text: str) -> Markup:
    """A sentence of our own in which `backticks` mark code."""
    parts = [escape(visible(part)) for part in text.split("`")]
    if len(parts) % 2 == 0:  # a backtick without its partner is a character like any other
        parts[-2:] = [Markup("`").join(parts[-2:])]
    return Markup().join(
        Markup("<code>{}</code>").format(part) if index % 2 else part for index, part in enumerate(parts)
    )


def _page_file(name: str) -> Markup:
    """One of our own files, which needs no escaping."""
    return Markup(resources.files(__package__).joinpath("page", name).read_text(encoding="utf-8"))  # noqa: S704


def _hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _rows(verdict: Verdict) -> dict[str, list[Row]]:
    """The rows of the table by area, in the order of the plan."""
    found: dict[str, dict[Scope, RequirementVerdict]] = {}
    requirements: dict[str, Requirement] = {}
    for scope in verdict.scopes:
        for each in scope.requirements:
            requirements[each.requirement.id] = each.requirement
            found.setdefault(each.requirement.id, {})[scope.scope] = each
    rows: dict[str, list[Row]] = {}
    for requirement_id, by_scope in found.items():
        requirement = requirements[requirement_id]
        scopes = [scope.scope for scope in verdict.scopes]
        rows.setdefault(requirement.area, []).append(
            Row(
                requirement,
                tuple((scope, by_scope[scope].outcome if scope in by_scope else None) for scope in scopes),
                tuple(finding for each in by_scope.values() for finding in each.findings),
            )
        )
    return rows


def _moment(text: str | None) -> str:
    """A journal's time for people: `22 November 2026, 14:03 UTC`."""
    if text is None:
        return "not known"
    at = datetime.fromisoformat(text)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def _duration(start: str, end: str | None) -> str:
    if end is None:
        return "not known"
    seconds = (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def _milliseconds(seconds: float) -> str:
    """A latency for people: `0.8 ms`, `12 ms`, `1,204 ms`."""
    value = seconds * 1000
    return f"{value:,.1f} ms" if value < 10 else f"{value:,.0f} ms"
