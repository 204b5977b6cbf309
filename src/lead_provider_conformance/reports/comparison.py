"""A comparison of two runs: for the terminal, in Markdown, and as JSON that `comparison.schema.json` describes."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any

from lead_provider_conformance.model import Level, Outcome, Scope
from lead_provider_conformance.reports.digest import labels, number
from lead_provider_conformance.reports.markdown import code, escaped
from lead_provider_conformance.results.comparison import (
    FEWEST_ANSWERS,
    LEAST_SECONDS,
    LEAST_SHARE,
    STANDARD_ERRORS,
    Change,
    Changed,
    Comparison,
    Slower,
)
from lead_provider_conformance.text import one_line, shortened

FORMAT = 1
LONGEST_REASON = 300
TOLD = 40
HEADINGS = {
    Change.BROKEN: "Broken",
    Change.FIXED: "Fixed",
    Change.NEWLY_TESTED: "Newly tested",
    Change.NO_LONGER_TESTED: "No longer tested",
}
NOISE = (
    f"Slower means that the median moved by more than {STANDARD_ERRORS:.0f} standard errors of the difference of both "
    f"medians, which is the noise, and by at least {LEAST_SHARE:.0%} and {LEAST_SECONDS * 1000:.0f} ms; operations "
    f"with fewer than {FEWEST_ANSWERS} answers in either run are left out. It does not count as worse."
)


def comparison_text(comparison: Comparison, fail_on: Level, *, width: int) -> str:
    """The comparison for the terminal; no line is longer than `width`."""
    lines = []
    for indent, text in _lines(comparison, fail_on):
        space = " " * indent
        lines += textwrap.wrap(
            one_line(text), width, initial_indent=space, subsequent_indent=space, break_on_hyphens=False
        ) or [""]
    return "\n".join(lines) + "\n"


def _lines(comparison: Comparison, fail_on: Level) -> Iterator[tuple[int, str]]:
    yield 0, _answer(comparison, fail_on)
    yield from ((0, f"Mind: {each}") for each in comparison.differences)
    for change, heading in HEADINGS.items():
        together = _by_requirement(comparison.of(change))
        if together:
            yield 0, ""
            yield 0, f"{heading}: {number(len(together), 'requirement')}"
        for changed, scopes in together[:TOLD]:
            yield 2, f"{changed.requirement.id} ({changed.requirement.level}; {labels(scopes)}): {_told(changed)}"
        if len(together) > TOLD:
            yield 2, f"… and {len(together) - TOLD} more."
    if comparison.slower:
        yield 0, ""
        yield 0, f"Slower: {number(len(comparison.slower), 'operation')}"
        yield from ((2, f"{each.version} {each.operation}: {_times(each)}") for each in comparison.slower[:TOLD])
        yield 0, NOISE


def comparison_markdown(comparison: Comparison, fail_on: Level) -> str:
    """The comparison in GitHub's Markdown."""
    return "\n\n".join(_parts(comparison, fail_on)) + "\n"


def _parts(comparison: Comparison, fail_on: Level) -> Iterator[str]:
    yield f"## {'❌' if comparison.worse(fail_on) else '✅'} {_answer(comparison, fail_on)}"
    if comparison.differences:
        yield "\n".join(f"> {escaped(each)}  " for each in comparison.differences)
    for change, heading in HEADINGS.items():
        together = _by_requirement(comparison.of(change))
        if together:
            yield f"### {heading}: {number(len(together), 'requirement')}"
            told = [
                f"- {code(changed.requirement.id)} ({changed.requirement.level}; {labels(scopes)}): "
                f"{escaped(_told(changed))}"
                for changed, scopes in together[:TOLD]
            ]
            more = [f"- and {len(together) - TOLD} more"] if len(together) > TOLD else []
            yield "\n".join([*told, *more])
    if comparison.slower:
        yield f"### Slower: {number(len(comparison.slower), 'operation')}"
        yield "\n".join(f"- {each.version} {code(each.operation)}: {_times(each)}" for each in comparison.slower[:TOLD])
        yield escaped(NOISE)


def comparison_json(comparison: Comparison, fail_on: Level) -> str:
    """The comparison for programs."""
    return json.dumps(to_mapping(comparison, fail_on), indent=1) + "\n"


def to_mapping(comparison: Comparison, fail_on: Level) -> dict[str, Any]:
    """What the JSON says, as a mapping that its schema describes."""
    return {
        "format": FORMAT,
        "worse": bool(comparison.worse(fail_on)),
        "fail_on": str(fail_on),
        "old": comparison.old.record.run["id"],
        "new": comparison.new.record.run["id"],
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


def _answer(comparison: Comparison, fail_on: Level) -> str:
    worse = len({each.requirement.id for each in comparison.worse(fail_on)})
    fixed = len({each.requirement.id for each in comparison.of(Change.FIXED)})
    better = f" {number(fixed, 'requirement')} fixed." if fixed else ""
    return (f"{number(worse, 'requirement')} got worse." if worse else "Nothing got worse.") + better


def _by_requirement(changed: tuple[Changed, ...]) -> list[tuple[Changed, list[Scope]]]:
    together: dict[tuple[str, str], tuple[Changed, list[Scope]]] = {}
    for each in changed:
        together.setdefault((each.requirement.id, _state(each.new)), (each, []))[1].append(each.scope)
    return list(together.values())


def _told(changed: Changed) -> str:
    reason = f". {shortened(one_line(changed.reason), LONGEST_REASON)}" if changed.reason else ""
    return f"{_state(changed.old)}, now {_state(changed.new)}{reason if changed.change is not Change.FIXED else ''}"


def _state(outcome: Outcome | None) -> str:
    return str(outcome).replace("-", " ") if outcome else "not planned"


def _times(each: Slower) -> str:
    return (
        f"median {each.old * 1000:,.1f} ms, now {each.new * 1000:,.1f} ms "
        f"(noise {each.noise * 1000:,.1f} ms; {each.responses[0]:,} and {each.responses[1]:,} answers)"
    )
