"""Render a comparison of two runs: as text, Markdown, or JSON described by `comparison.schema.json`."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict

from lead_provider_conformance.model import Cause, Level, Outcome, Scope
from lead_provider_conformance.reports.markdown_text import code, escaped
from lead_provider_conformance.reports.summary import quantity, scope_labels
from lead_provider_conformance.reports.wording import WORDINGS, Wording
from lead_provider_conformance.results.comparison import (
    FEWEST_RESPONSES,
    LEAST_SECONDS,
    LEAST_SHARE,
    STANDARD_ERRORS,
    Change,
    Changed,
    Comparison,
    Slower,
)
from lead_provider_conformance.results.files import indented_json
from lead_provider_conformance.text import one_line, shortened

FORMAT = 1
LONGEST_REASON = 300
MAX_CHANGES = 40
HEADINGS = {
    Change.BROKEN: "Broken",
    Change.NEW_CAUSE: "New causes",
    Change.FIXED: "Fixed",
    Change.NEWLY_TESTED: "Newly tested",
    Change.NO_LONGER_TESTED: "No longer tested",
}
NOISE = (
    f"Slower: the median moved by more than {STANDARD_ERRORS:.0f} standard errors of the difference of both medians, "
    f"and by at least {LEAST_SHARE:.0%} and {LEAST_SECONDS * 1000:.0f} ms. Operations with fewer than "
    f"{FEWEST_RESPONSES} responses in either run are left out. Slower operations do not count as worse."
)


def comparison_text(comparison: Comparison, fail_on: Level, *, width: int) -> str:
    """Return the comparison for the terminal, wrapped at `width`."""
    lines = []
    for indent, text in _lines(comparison, fail_on):
        space = " " * indent
        lines += textwrap.wrap(
            one_line(text), width, initial_indent=space, subsequent_indent=space, break_on_hyphens=False
        ) or [""]
    return "\n".join(lines) + "\n"


def _lines(comparison: Comparison, fail_on: Level) -> Iterator[tuple[int, str]]:
    yield 0, _headline(comparison, fail_on)
    yield from ((0, f"Note: {each}") for each in comparison.differences)
    for heading, changes, omitted in _sections(comparison):
        yield 0, ""
        yield 0, heading
        yield from ((2, f"{before}{name}{after}: {text}") for before, name, after, text in changes)
        if omitted:
            yield 2, f"… and {omitted} more."
    if comparison.slower:
        yield 0, NOISE


def comparison_markdown(comparison: Comparison, fail_on: Level) -> str:
    """Return the comparison in GitHub Flavored Markdown."""
    return "\n\n".join(_parts(comparison, fail_on)) + "\n"


def _parts(comparison: Comparison, fail_on: Level) -> Iterator[str]:
    yield f"## {'❌' if comparison.worse(fail_on) else '✅'} {_headline(comparison, fail_on)}"
    if comparison.differences:
        yield "\n".join(f"> {escaped(each)}  " for each in comparison.differences)
    for heading, changes, omitted in _sections(comparison):
        yield f"### {heading}"
        lines = [f"- {before}{code(name)}{after}: {escaped(text)}" for before, name, after, text in changes]
        yield "\n".join([*lines, f"- and {omitted} more"] if omitted else lines)
    if comparison.slower:
        yield escaped(NOISE)


def _sections(comparison: Comparison) -> Iterator[tuple[str, list[tuple[str, str, str, str]], int]]:
    """Yield headings with their changes and the number of omitted ones.

    A change is the name of a requirement or an operation, between the texts before and after it, and a sentence.
    """
    words = WORDINGS[comparison.new.subject]
    for change, heading in HEADINGS.items():
        changes = [
            ("", each.requirement.id, f" ({each.requirement.level}; {scope_labels(scopes)})", _transition(each, words))
            for each, scopes in _by_requirement(comparison.of(change))
        ]
        if changes:
            omitted = max(0, len(changes) - MAX_CHANGES)
            yield f"{heading}: {quantity(len(changes), 'requirement')}", changes[:MAX_CHANGES], omitted
    if comparison.slower:
        slower = [(f"{each.version} ", each.operation, "", _times(each)) for each in comparison.slower[:MAX_CHANGES]]
        yield f"Slower: {quantity(len(comparison.slower), 'operation')}", slower, 0


def comparison_json(comparison: Comparison, fail_on: Level) -> str:
    """Return the comparison as JSON."""
    content = {
        "format": FORMAT,
        "worse": bool(comparison.worse(fail_on)),
        "fail_on": str(fail_on),
        "old": comparison.old.journals.run["id"],
        "new": comparison.new.journals.run["id"],
        "differences": list(comparison.differences),
        "changes": [
            {
                "requirement": each.requirement.id,
                "level": str(each.requirement.level),
                "version": each.scope.version,
                "programme": each.scope.programme,
                "change": str(each.change),
                "worse": each.worse,
                "old": each.old and str(each.old),
                "new": each.new and str(each.new),
                "reason": each.reason,
                "cause": asdict(each.cause) if each.cause else None,
            }
            for each in comparison.changed
        ],
        "slower": [
            {
                "version": each.version,
                "operation": each.operation,
                "old_median_seconds": each.old,
                "new_median_seconds": each.new,
                "noise_seconds": each.noise,
                "answers": list(each.responses),
            }
            for each in comparison.slower
        ],
    }
    return indented_json(content)


def _headline(comparison: Comparison, fail_on: Level) -> str:
    worse = len({each.requirement.id for each in comparison.worse(fail_on)})
    fixed = len({each.requirement.id for each in comparison.of(Change.FIXED)})
    improvement = f" {quantity(fixed, 'requirement')} fixed." if fixed else ""
    counted = "mandatory requirement" if fail_on is Level.MUST else "requirement"  # the others are listed as well
    return (f"{quantity(worse, counted)} got worse." if worse else "Nothing got worse.") + improvement


def _by_requirement(changed: tuple[Changed, ...]) -> list[tuple[Changed, list[Scope]]]:
    groups: dict[tuple[str, Outcome | None, Cause | None], list[Changed]] = defaultdict(list)
    for each in changed:
        groups[each.requirement.id, each.new, each.cause].append(each)
    return [(group[0], [each.scope for each in group]) for group in groups.values()]


def _transition(changed: Changed, words: Wording) -> str:
    reason = f". {shortened(one_line(changed.reason), LONGEST_REASON)}" if changed.reason else ""
    if changed.cause:
        return f"{_label(changed.old, words)} before, now also at {one_line(str(changed.cause))}{reason}"
    reason = "" if changed.change is Change.FIXED else reason
    return f"{_label(changed.old, words)}, now {_label(changed.new, words)}{reason}"


def _label(outcome: Outcome | None, words: Wording) -> str:
    return words.outcomes[outcome] if outcome else "not planned"


def _times(each: Slower) -> str:
    return (
        f"median {each.old * 1000:,.1f} ms, now {each.new * 1000:,.1f} ms "
        f"(noise {each.noise * 1000:,.1f} ms; {each.responses[0]:,} and {each.responses[1]:,} responses)"
    )
