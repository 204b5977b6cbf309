"""`summary.md`: the verdict for people who look at a pipeline's summary page, in GitHub's Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lead_provider_conformance.model import Conformance, Ending, Outcome
from lead_provider_conformance.reports.digest import (
    ENDING_SENTENCES,
    OUTCOME_WORDS,
    Failure,
    Obstacle,
    explanation,
    failures,
    label,
    labels,
    number,
    obstacles,
    response,
)
from lead_provider_conformance.results.curl import curl
from lead_provider_conformance.results.journal import decisive_exchange
from lead_provider_conformance.results.verdict import Verdict
from lead_provider_conformance.text import one_line, shortened

SIGNS = {Conformance.CONFORMANT: "✅", Conformance.NOT_CONFORMANT: "❌", Conformance.INCOMPLETE: "⚠️"}

# GitHub refuses a summary of more than 1 MiB.
FAILURES_TOLD = 40
LONGEST_REASON = 1_000
LONGEST_CURL = 4_000
REQUIREMENTS_NAMED = 20

# What begins emphasis, code, a link, a table's cell, a heading or a mention; and what makes a bare address a link.
SPECIAL = re.compile(r"([\\`*_\[\]|~#@]|:(?=//)|(?<=www)\.|^[-+>]|^\d+(?=[.)]))")


def summary_markdown(verdict: Verdict) -> str:
    """The text of `summary.md`."""
    return "\n\n".join(_parts(verdict)) + "\n"


def _parts(verdict: Verdict) -> Iterator[str]:
    run = verdict.record.run
    conformance = response(verdict)
    yield f"## {SIGNS[conformance]} {escaped(run['target']['name'])}: {conformance}"
    yield f"**{explanation(verdict)}**"
    yield (
        f"{escaped(run['target']['base_url'])} was tested against edition {escaped(run['contract']['edition'])} "
        f"of the contract, {escaped(run['target']['safety'])}, {number(verdict.record.tests, 'test')}, "
        f"{number(len(verdict.record.exchanges), 'exchange')}."
    )
    if verdict.record.ending is not Ending.FINISHED:
        yield f"**{ENDING_SENTENCES[verdict.record.ending]}**"
    yield "\n".join(_table(verdict))
    yield from _failures("Failed", failures(verdict, Outcome.FAILED), verdict)
    yield from _failures("The suite itself failed", failures(verdict, Outcome.SUITE_ERROR), verdict)
    yield from _obstacles(obstacles(verdict))
    yield from _waived(verdict)


def _table(verdict: Verdict) -> Iterator[str]:
    columns = tuple(OUTCOME_WORDS)
    yield "| Version | Verdict | " + " | ".join(OUTCOME_WORDS[column].capitalize() for column in columns) + " |"
    yield "|---|---|" + "--:|" * len(columns)
    for scope in verdict.scopes:
        cells = " | ".join(str(scope.count(column)) for column in columns)
        yield f"| {label(scope.scope)} | {SIGNS[scope.conformance]} {scope.conformance} | {cells} |"


def _failures(heading: str, found: tuple[Failure, ...], verdict: Verdict) -> Iterator[str]:
    if not found:
        return
    yield f"### {heading}: {number(len(found), 'requirement')}"
    for failure in found[:FAILURES_TOLD]:
        requirement = failure.requirement
        yield (
            f"**{escaped(requirement.statement)}**  \n"
            f"{code(requirement.id)} · {requirement.standing} · {labels(failure.scopes)} · "
            f"{escaped('; '.join(requirement.sources))}"
        )
        yield f"> {escaped(shortened(one_line(failure.reason), LONGEST_REASON))}"
        exchange = decisive_exchange(failure.findings[0], verdict.record.exchanges)
        if exchange:
            command = curl(exchange)
            if len(command) > LONGEST_CURL:
                yield "The request is too long for this page; `report.html` has the curl."
            else:
                yield (f"<details><summary>Reproduce it with curl</summary>\n\n{_block(command, 'sh')}\n\n</details>")
    if len(found) > FAILURES_TOLD:
        yield f"And {len(found) - FAILURES_TOLD} more; `report.html` has them all."


def _obstacles(found: tuple[Obstacle, ...]) -> Iterator[str]:
    if not found:
        return
    requirements = sum(len(obstacle.requirements) for obstacle in found)
    yield f"### Could not run: {number(requirements, 'requirement')}"
    for obstacle in found:
        remedy = f" **{escaped(one_line(obstacle.remedy))}**" if obstacle.remedy else ""
        names = [code(requirement.id) for requirement, _ in obstacle.requirements]
        more = f" and {len(names) - REQUIREMENTS_NAMED} more" if len(names) > REQUIREMENTS_NAMED else ""
        reason = escaped(shortened(one_line(obstacle.reason), LONGEST_REASON))
        yield f"- {reason}{remedy}  \n  {', '.join(names[:REQUIREMENTS_NAMED])}{more}"


def _waived(verdict: Verdict) -> Iterator[str]:
    found = failures(verdict, Outcome.WAIVED)
    if found:
        yield f"### Waived: {number(len(found), 'requirement')}"
        yield "\n".join(
            f"- {code(each.requirement.id)}, by {escaped(each.waiver.owner)} until {each.waiver.expires}: "
            f"{escaped(each.waiver.reason)}"
            for each in found
            if each.waiver
        )
    if verdict.stale_waivers:
        yield f"### {number(len(verdict.stale_waivers), 'waiver')} must go"
        yield "\n".join(f"- {escaped(each.sentence)}" for each in verdict.stale_waivers)


def escaped(text: str) -> str:
    """`text` on one line, so that neither Markdown nor HTML reads anything into it."""
    plain = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return SPECIAL.sub(lambda found: f"&#{ord(found[1][0])};{found[1][1:]}", plain)


def code(text: str) -> str:
    """`text` as code, on one line."""
    return f"`{one_line(text).replace('`', '')}`"


def _block(text: str, language: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
