"""`summary.md`: the verdict for the summary page of a pipeline, in GitHub Flavored Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from lead_provider_conformance.contract.citations import source_line
from lead_provider_conformance.model import Conformance, Ending, Outcome, Subject
from lead_provider_conformance.reports.causes import causes
from lead_provider_conformance.reports.explanation import explanation
from lead_provider_conformance.reports.markdown_text import block, code, escaped, prose
from lead_provider_conformance.reports.next_steps import next_steps
from lead_provider_conformance.reports.remarks import remarks
from lead_provider_conformance.reports.summary import (
    DIFFERENCES,
    Failure,
    Obstacle,
    by_level,
    count_labels,
    failures,
    obstacles,
    outcome_counts,
    outdated_count,
    quantity,
    scope_label,
    scope_labels,
    untested_count,
)
from lead_provider_conformance.reports.wording import WORDINGS
from lead_provider_conformance.results.curl import curl
from lead_provider_conformance.results.operations import partial_text
from lead_provider_conformance.results.verdict import Verdict
from lead_provider_conformance.text import one_line, shortened

SIGNS = {Conformance.CONFORMANT: "✅", Conformance.NOT_CONFORMANT: "❌", Conformance.INCOMPLETE: "⚠️"}

# GitHub rejects a summary of more than 1 MiB.
MAX_FAILURES = 40
MAX_REQUIREMENTS = 6
MAX_STEPS = 5
LONGEST_REASON = 1_000
LONGEST_CURL = 4_000


def summary_markdown(verdict: Verdict) -> str:
    """Return the text of `summary.md`."""
    return "\n\n".join(_parts(verdict)) + "\n"


def _parts(verdict: Verdict) -> Iterator[str]:
    run, words = verdict.journals.run, WORDINGS[verdict.subject]
    part = partial_text(verdict.journals) if verdict.subject is Subject.SERVER else ""
    word = ", ".join(filter(None, (verdict.word, part)))
    yield f"## {SIGNS[verdict.conformance]} {escaped(run['target']['name'])}: {word}"
    yield f"**{escaped(explanation(verdict))}**"
    yield "\n".join(_next_steps(verdict))
    counts = f"{quantity(verdict.journals.tests, words.unit)}, {quantity(len(verdict.journals.exchanges), 'exchange')}"
    against = f"against contract edition {escaped(run['contract']['edition'])}"
    suite = f"with version {escaped(run['suite']['version'])} of the suite"
    if verdict.subject is Subject.CLIENT:
        yield f"Session of {escaped(run['started_at'][:10])} {suite} {against}: {counts}."
    else:
        yield (
            f"Tested {code(run['target']['base_url'])} {suite} {against}, "
            f"safety mode {escaped(run['target']['safety'])}: {counts}."
        )
    if verdict.journals.ending is not Ending.FINISHED:
        yield f"**{words.endings[verdict.journals.ending]}**"
    yield from map(escaped, remarks(verdict))
    yield "\n".join(_table(verdict))
    failed, differences = by_level(failures(verdict, Outcome.FAILED))
    yield from _failures(words.failed_heading, failed, verdict, words.failure)
    yield from _failures(DIFFERENCES, differences, verdict)
    yield from _failures("The suite itself failed", failures(verdict, Outcome.SUITE_ERROR), verdict)
    yield from _obstacles(words.untested_heading, obstacles(verdict))
    yield from _waived(verdict)


def _next_steps(verdict: Verdict) -> Iterator[str]:
    """Yield a list of who has to do what, with the details below each step."""
    steps = next_steps(verdict)
    if not steps:
        yield "Nothing is left to do."
    for step in steps[:MAX_STEPS]:
        yield f"- {escaped(step.who)}: {escaped(step.what)}"
        yield from (f"  - {prose(each)}" for each in step.details)


def _table(verdict: Verdict) -> Iterator[str]:
    every = [{each.name: each.count for each in outcome_counts(scope)} for scope in verdict.scopes]
    labels = count_labels(WORDINGS[verdict.subject])
    columns = {name: label for name, label in labels.items() if any(name in counts for counts in every)}
    header = ("Version", "Verdict", "Requirements", *(label.capitalize() for label in columns.values()))
    yield f"| {' | '.join(header)} |"
    yield "|---|---|--:|" + "--:|" * len(columns)
    for scope, counts in zip(verdict.scopes, every, strict=True):
        cells = (str(counts.get(column, 0)) for column in columns)
        verdict_cell = f"{SIGNS[scope.conformance]} {scope.word}"
        yield f"| {' | '.join((scope_label(scope.scope), verdict_cell, str(len(scope.requirements)), *cells))} |"


def _failures(
    heading: str, failures: tuple[Failure, ...], verdict: Verdict, noun: str = "requirement"
) -> Iterator[str]:
    if not failures:
        return
    groups = causes(failures, verdict.journals.exchanges, verdict.journals)
    count = f", {quantity(len(groups), 'cause')}" if len(groups) < len(failures) else ""
    yield f"### {heading}: {quantity(len(failures), noun)}{count}"
    for group in groups[:MAX_FAILURES]:
        failure = group.failures[0]
        if group.shared:
            names = [code(each.requirement.id) for each in group.failures]
            more = f" and {len(names) - MAX_REQUIREMENTS} more" if len(names) > MAX_REQUIREMENTS else ""
            shared = f"{', '.join(names[:MAX_REQUIREMENTS])}{more} fail because of it. The first:"
            yield f"#### {prose(group.title)}\n\n{shared}"
            yield from map(prose, group.advice.sentences)
            if group.advice.paste:
                yield block(group.advice.paste, "yaml")
        requirement = failure.requirement
        yield (
            f"**{prose(requirement.statement)}**  \n"
            f"{code(requirement.id)} · {requirement.level_label} · {scope_labels(failure.scopes)} · "
            f"{escaped(source_line(requirement))}"
        )
        label, reason = failure.shown_reason(verdict.journals, LONGEST_REASON)
        remedy = f"  \n> **{prose(failure.remedy)}**" if failure.remedy else ""
        yield f"> {label} {escaped(reason)}{remedy}"
        if exchange := failure.exchange(verdict.journals.exchanges):
            command = curl(exchange)
            title = WORDINGS[verdict.subject].curl
            details = f"<details><summary>{title}</summary>\n\n{block(command, 'sh')}\n\n</details>"
            too_long = "The request is too long to show here; `report.html` has the curl."
            yield details if len(command) <= LONGEST_CURL else too_long
    if len(groups) > MAX_FAILURES:
        yield f"And {len(groups) - MAX_FAILURES} more in `report.html`."


def _obstacles(heading: str, obstacles: tuple[Obstacle, ...]) -> Iterator[str]:
    if not obstacles:
        return
    yield f"### {heading}: {untested_count(obstacles)}"
    for obstacle in obstacles:
        remedy = f" **{prose(obstacle.remedy)}**" if obstacle.remedy else ""
        names = [code(requirement.id) for requirement, _ in obstacle.requirements]
        more = f" and {len(names) - MAX_REQUIREMENTS} more" if len(names) > MAX_REQUIREMENTS else ""
        reason = prose(shortened(one_line(obstacle.reason), LONGEST_REASON))
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
