"""`summary.md`: the verdict for the summary page of a pipeline, in GitHub Flavored Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lead_provider_conformance.model import Conformance, Ending, Outcome, Subject
from lead_provider_conformance.reports.causes import causes
from lead_provider_conformance.reports.explanation import explanation
from lead_provider_conformance.reports.sources import source_line
from lead_provider_conformance.reports.summary import (
    DIFFERENCE,
    DIFFERENCES,
    Failure,
    Obstacle,
    by_level,
    failures,
    obstacles,
    outcome_counts,
    outdated_count,
    quantity,
    remarks,
    scope_label,
    scope_labels,
    untested_count,
)
from lead_provider_conformance.reports.wording import WORDINGS
from lead_provider_conformance.results.curl import curl
from lead_provider_conformance.results.verdict import Verdict
from lead_provider_conformance.text import one_line, shortened

SIGNS = {Conformance.CONFORMANT: "✅", Conformance.NOT_CONFORMANT: "❌", Conformance.INCOMPLETE: "⚠️"}

# GitHub rejects a summary of more than 1 MiB.
MAX_FAILURES = 40
MAX_REQUIREMENTS = 20
LONGEST_REASON = 1_000
LONGEST_CURL = 4_000

# Characters that start emphasis, code, a link, a table cell, a heading or a mention, or turn an address into a link.
SPECIAL = re.compile(r"([\\`*_\[\]|~#@]|:(?=//)|(?<=www)\.|^[-+>]|^\d+(?=[.)]))")


def summary_markdown(verdict: Verdict) -> str:
    """Return the text of `summary.md`."""
    return "\n\n".join(_parts(verdict)) + "\n"


def _parts(verdict: Verdict) -> Iterator[str]:
    run, words = verdict.journals.run, WORDINGS[verdict.subject]
    yield f"## {SIGNS[verdict.conformance]} {escaped(run['target']['name'])}: {verdict.word}"
    yield f"**{explanation(verdict)}**"
    counts = f"{quantity(verdict.journals.tests, words.unit)}, {quantity(len(verdict.journals.exchanges), 'exchange')}"
    against = f"against contract edition {escaped(run['contract']['edition'])}"
    suite = f"with version {escaped(run['suite']['version'])} of the suite"
    if verdict.subject is Subject.CLIENT:
        yield f"Session of {escaped(run['started_at'][:10])} {suite} {against}: {counts}."
    else:
        yield (
            f"Tested {escaped(run['target']['base_url'])} {suite} {against}, "
            f"safety mode {escaped(run['target']['safety'])}: {counts}."
        )
    if verdict.journals.ending is not Ending.FINISHED:
        yield f"**{words.endings[verdict.journals.ending]}**"
    yield from map(escaped, remarks(verdict.journals))
    yield "\n".join(_table(verdict))
    failed, differences = by_level(failures(verdict, Outcome.FAILED))
    yield from _failures("Failed", failed, verdict)
    yield from _failures(DIFFERENCES, differences, verdict)
    yield from _failures("The suite itself failed", failures(verdict, Outcome.SUITE_ERROR), verdict)
    yield from _obstacles(words.untested_heading, obstacles(verdict))
    yield from _waived(verdict)


def _table(verdict: Verdict) -> Iterator[str]:
    every = WORDINGS[verdict.subject].outcomes
    accepted = any(scope.count(Outcome.GAP) for scope in verdict.scopes)
    columns: dict[str, str] = {}
    for outcome, label in every.items():
        if accepted or outcome is not Outcome.GAP:
            columns[outcome] = label
        if outcome is Outcome.FAILED:
            columns[DIFFERENCE] = f"{DIFFERENCE}s"
    yield "| Version | Verdict | " + " | ".join(label.capitalize() for label in columns.values()) + " |"
    yield "|---|---|" + "--:|" * len(columns)
    for scope in verdict.scopes:
        counts = {each.name: each.count for each in outcome_counts(scope)}
        cells = " | ".join(str(counts.get(column, 0)) for column in columns)
        yield f"| {scope_label(scope.scope)} | {SIGNS[scope.conformance]} {scope.word} | {cells} |"


def _failures(heading: str, failures: tuple[Failure, ...], verdict: Verdict) -> Iterator[str]:
    if not failures:
        return
    groups = causes(failures, verdict.journals.exchanges, verdict.journals.plan)
    count = f", {quantity(len(groups), 'cause')}" if len(groups) < len(failures) else ""
    yield f"### {heading}: {quantity(len(failures), 'requirement')}{count}"
    for group in groups[:MAX_FAILURES]:
        failure = group.failures[0]
        if group.shared:
            names = [code(each.requirement.id) for each in group.failures]
            more = f" and {len(names) - MAX_REQUIREMENTS} more" if len(names) > MAX_REQUIREMENTS else ""
            shared = f"{', '.join(names[:MAX_REQUIREMENTS])}{more} fail because of it. The first:"
            yield f"**Cause: {escaped(group.title)}**  \n{shared}"
            if group.advice:
                yield _block("\n".join(group.advice), "text")
        requirement = failure.requirement
        yield (
            f"**{escaped(requirement.statement)}**  \n"
            f"{code(requirement.id)} · {requirement.level_label} · {scope_labels(failure.scopes)} · "
            f"{escaped(source_line(requirement))}"
        )
        label, reason = failure.shown_reason(verdict.journals, LONGEST_REASON)
        remedy = f"  \n> **{escaped(one_line(failure.remedy))}**" if failure.remedy else ""
        yield f"> {label} {escaped(reason)}{remedy}"
        if exchange := failure.exchange(verdict.journals.exchanges):
            command = curl(exchange)
            title = WORDINGS[verdict.subject].curl
            details = f"<details><summary>{title}</summary>\n\n{_block(command, 'sh')}\n\n</details>"
            too_long = "The request is too long to show here; `report.html` has the curl."
            yield details if len(command) <= LONGEST_CURL else too_long
    if len(groups) > MAX_FAILURES:
        yield f"And {len(groups) - MAX_FAILURES} more in `report.html`."


def _obstacles(heading: str, obstacles: tuple[Obstacle, ...]) -> Iterator[str]:
    if not obstacles:
        return
    yield f"### {heading}: {untested_count(obstacles)}"
    for obstacle in obstacles:
        remedy = f" **{escaped(one_line(obstacle.remedy))}**" if obstacle.remedy else ""
        names = [code(requirement.id) for requirement, _ in obstacle.requirements]
        more = f" and {len(names) - MAX_REQUIREMENTS} more" if len(names) > MAX_REQUIREMENTS else ""
        reason = escaped(shortened(one_line(obstacle.reason), LONGEST_REASON))
        yield f"- {reason}{remedy}  \n  {', '.join(names[:MAX_REQUIREMENTS])}{more}"


def _waived(verdict: Verdict) -> Iterator[str]:
    waived = failures(verdict, Outcome.WAIVED)
    if waived:
        yield f"### Waived: {quantity(len(waived), 'requirement')}"
        yield "\n".join(
            f"- {code(each.requirement.id)}, by {escaped(each.waiver.owner)} until {each.waiver.expires}: "
            f"{escaped(each.waiver.reason)}"
            for each in waived
            if each.waiver
        )
    if verdict.outdated:
        yield f"### To remove: {outdated_count(verdict)}"
        yield "\n".join(f"- {escaped(each.sentence)}" for each in verdict.outdated)


def escaped(text: str) -> str:
    """Return `text` on one line, with the special characters of Markdown and HTML escaped."""
    plain = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return SPECIAL.sub(lambda match: f"&#{ord(match[1][0])};{match[1][1:]}", plain)


def code(text: str) -> str:
    """Return `text` as inline code on one line."""
    return f"`{one_line(text).replace('`', '')}`"


def _block(text: str, language: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
