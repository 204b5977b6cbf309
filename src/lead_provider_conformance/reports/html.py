"""`report.html` of a server's run, and the parts that it shares with the page of a client's session.

The page is one self-contained file that opens from disk and can be sent by e-mail.

Text from servers is safe to show: Jinja2 escapes it, and invisible characters appear as their code points. The page's
Content-Security-Policy allows only its own script and style sheet, by hash, and loads nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from lead_provider_conformance.contract.citations import citations
from lead_provider_conformance.model import Level, Outcome, Subject
from lead_provider_conformance.reports import summary
from lead_provider_conformance.reports.causes import causes
from lead_provider_conformance.reports.changed_records import changed_records
from lead_provider_conformance.reports.evidence import Evidence, EvidenceBuilder
from lead_provider_conformance.reports.explanation import explanation
from lead_provider_conformance.reports.metrics import coverage, documented_statuses, latencies
from lead_provider_conformance.reports.next_steps import next_steps
from lead_provider_conformance.reports.remarks import remarks
from lead_provider_conformance.reports.requirement_rows import areas
from lead_provider_conformance.reports.wording import WORDINGS
from lead_provider_conformance.results.operations import partial_text
from lead_provider_conformance.results.verdict import Verdict
from lead_provider_conformance.text import visible

MAX_TESTS = 5
MAX_RECORDS = 200
MANY = 5
"""Lists of more requirements are closed at first."""
STYLES = ("report.css",)


def server_html(verdict: Verdict) -> str:
    """Return the text of `report.html` of a server's run."""
    journals = verdict.journals
    evidence = EvidenceBuilder(journals.exchanges)
    suite_errors = [evidence.build(failure) for failure in summary.failures(verdict, Outcome.SUITE_ERROR)]
    failed, differences = (
        [
            (cause, [evidence.build(failure) for failure in cause.failures])
            for cause in causes(failures, journals.exchanges, journals)
        ]
        for failures in summary.by_level(summary.failures(verdict, Outcome.FAILED))
    )
    waived = [evidence.build(failure) for failure in summary.failures(verdict, Outcome.WAIVED)]
    return render(
        "server.html.j2",
        verdict,
        [*suite_errors, *(each for _, several in (*failed, *differences) for each in several), *waived],
        suite_errors=suite_errors,
        remarks=remarks(verdict),
        failed=failed,
        differences=differences,
        waived=waived,
        obstacles=summary.obstacles(verdict),
        latencies=latencies(journals.exchanges.values()),
        claims=sorted(Counter((each["state"], each["supplier"]) for each in journals.claims).items()),
        changed=changed_records(journals.exchanges.values()),
    )


def compile_templates() -> None:
    """Compile the templates of all pages."""
    for name in _environment().list_templates(extensions=["j2"]):
        _environment().get_template(name)


def render(
    template: str, verdict: Verdict, shown: Iterable[Evidence], *, styles: Sequence[str] = STYLES, **content: Any
) -> str:
    """Return a page. `shown` is the evidence on it, `content` the variables of the template's own parts."""
    journals = verdict.journals
    style, script = Markup().join(map(_page_file, styles)), _page_file("report.js")
    return (
        _environment()
        .get_template(template)
        .render(
            policy=f"default-src 'none'; style-src {_hash_source(style)}; script-src {_hash_source(script)}; "
            "img-src data:; base-uri 'none'; form-action 'none'",
            style=style,
            script=script,
            verdict=verdict,
            words=WORDINGS[verdict.subject],
            journals=journals,
            run=journals.run,
            explanation=explanation(verdict),
            part=partial_text(journals) if verdict.subject is Subject.SERVER else "",
            with_evidence={each.failure.requirement.id for each in shown},
            areas=areas(verdict),
            next_steps=next_steps(verdict),
            gaps=summary.accepted_gaps(verdict),
            outdated_count=summary.outdated_count(verdict),
            coverage=coverage(journals.exchanges.values(), documented_statuses(journals)),
            duration=_duration(journals.run["started_at"], journals.ended_at),
            **content,
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
        finalize=_visible,
    )
    environment.globals.update(vars(summary), Level=Level, MAX_TESTS=MAX_TESTS, MAX_RECORDS=MAX_RECORDS, MANY=MANY)
    environment.filters.update(datetime=_datetime, day=_day, milliseconds=_milliseconds, prose=_prose, setting=_setting)
    environment.filters.update(on_demand=_on_demand, citations=citations)
    return environment


def _visible(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _prose(text: str) -> Markup:
    """Return a sentence with its `backticks` as code elements."""
    parts = [escape(visible(part)) for part in text.split("`")]
    if len(parts) % 2 == 0:  # an unpaired backtick is literal
        parts[-2:] = [Markup("`").join(parts[-2:])]
    return Markup().join(
        Markup("<code>{}</code>").format(part) if index % 2 else part for index, part in enumerate(parts)
    )


def _on_demand(content: Markup) -> Markup:
    """Return content that a browser parses only when its element is opened, or at once if it runs no scripts.

    Nested content on demand becomes plain content. Text from servers is escaped, so these tags are the page's own.
    """
    plain = content.replace("<noscript>", "").replace("</noscript>", "")
    return Markup("<noscript>{}</noscript>").format(Markup(plain))  # noqa: S704


def _page_file(name: str) -> Markup:
    """Return one of the suite's own files, which needs no escaping."""
    return Markup(resources.files(__package__).joinpath("page", name).read_text(encoding="utf-8"))  # noqa: S704


def _hash_source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _datetime(text: str) -> str:
    """Format a journal's time: `22 November 2026, 14:03 UTC`."""
    at = datetime.fromisoformat(text)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def _day(text: str) -> str:
    """Format a day: `22 November 2026`. Return any other text as it is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.day} {day:%B %Y}"


def _setting(value: Any) -> str:
    """Format a setting of a profile: items of a list with commas, other values as JSON."""
    if isinstance(value, str):
        return value
    return ", ".join(map(str, value)) if isinstance(value, list) else json.dumps(value, ensure_ascii=False)


def _duration(start: str, end: str | None) -> str:
    if end is None:
        return "not known"
    seconds = (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def _milliseconds(seconds: float) -> str:
    """Format a latency: `0.8 ms`, `12 ms`, `1,204 ms`."""
    value = seconds * 1000
    return f"{value:,.1f} ms" if value < 10 else f"{value:,.0f} ms"
