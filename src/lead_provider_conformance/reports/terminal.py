"""The summary that a run ends with on the terminal: one screen, the answer first."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lead_provider_conformance.model import Conformance, Ending, Level, Outcome
from lead_provider_conformance.reports.causes import Cause, causes
from lead_provider_conformance.reports.digest import (
    ENDING_SENTENCES,
    OUTCOME_WORDS,
    Failure,
    Obstacle,
    counts,
    exit_words,
    failures,
    label,
    labels,
    number,
    obstacles,
)
from lead_provider_conformance.results.curl import curl
from lead_provider_conformance.results.journal import decisive_exchange
from lead_provider_conformance.results.verdict import ScopeVerdict, Verdict
from lead_provider_conformance.text import one_line, shortened

# So much fits on one screen; the report has the rest.
CAUSES_IN_FULL = 3
CAUSES_NAMED = 12
OBSTACLES_TOLD = 5
WAIVERS_TOLD = 5
REQUIREMENTS_NAMED = 6
LONGEST_CURL = 1_200
LONGEST_REASON = 400
NARROWEST = 40

RED, GREEN, AMBER, BOLD, DIM = "31", "32", "33", "1", "2"
CONFORMANCE_COLOURS = {
    Conformance.CONFORMANT: GREEN,
    Conformance.NOT_CONFORMANT: RED,
    Conformance.INCOMPLETE: AMBER,
}


def terminal_summary(verdict: Verdict, folder: Path, *, colour: bool, width: int) -> str:
    """What to print at the end of a run whose reports are in `folder`.

    No line is longer than `width`, but for the commands to copy, which are never broken.
    """
    return "\n".join(_Summary(verdict, folder, _Paint(colour), max(width, NARROWEST)).lines()) + "\n"


@dataclass(frozen=True, slots=True)
class _Paint:
    colour: bool

    def __call__(self, text: str, *codes: str) -> str:
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.colour and codes else text


@dataclass(frozen=True, slots=True)
class _Summary:
    verdict: Verdict
    folder: Path
    paint: _Paint
    width: int

    def lines(self) -> Iterator[str]:
        record = self.verdict.record
        target = record.run["target"]
        operations = target.get("operations")
        part = f", {number(len(operations), 'operation')} implemented" if operations else ""
        yield from self._wrapped(f"{target['name']}, {target['base_url']}{part}")
        yield ""
        for scope in self.verdict.scopes:
            yield from self._scope(scope)
        if not self.verdict.scopes:
            yield from self._wrapped("No version and programme was tested.")
        if record.ending is not Ending.FINISHED:
            yield from self._wrapped(ENDING_SENTENCES[record.ending])
        yield from self._causes("The suite itself failed", failures(self.verdict, Outcome.SUITE_ERROR))
        yield from self._causes("Failed", failures(self.verdict, Outcome.FAILED))
        yield from self._obstacles(obstacles(self.verdict))
        yield from self._waivers()
        yield ""
        yield from self._wrapped(f"Open {self.folder / 'report.html'} for the evidence.")
        yield from self._wrapped(f"For programs: verdict.json, junit.xml and summary.md in {self.folder}.")
        yield from self._wrapped(f"Exit status {int(self.verdict.exit_status)}: {exit_words(self.verdict)}.")

    def _scope(self, scope: ScopeVerdict) -> Iterator[str]:
        names = max(len(label(each.scope)) for each in self.verdict.scopes)
        words = max(len(each.conformance) for each in self.verdict.scopes)
        name, word = label(scope.scope).ljust(names), scope.conformance.upper().ljust(words)
        told = " · ".join(f"{count:,} {OUTCOME_WORDS[outcome]}" for outcome, count in counts(scope))
        painted = self.paint(word, BOLD, CONFORMANCE_COLOURS[scope.conformance])
        if len(f"{name}  {word}  {told}") <= self.width:
            yield f"{self.paint(name, BOLD)}  {painted}  {told}"
        else:
            yield f"{self.paint(name, BOLD)}  {painted}"
            yield from self._wrapped(told, indent=2)

    def _causes(self, heading: str, found: tuple[Failure, ...]) -> Iterator[str]:
        if not found:
            return
        every = causes(found, self.verdict.record.exchanges)
        because = f", {number(len(every), 'cause')}" if len(every) < len(found) else ""
        yield from self._heading(f"{heading}: {number(len(found), 'requirement')}{because}", RED)
        for cause in every[:CAUSES_IN_FULL]:
            yield from self._failure(cause)
        for cause in every[CAUSES_IN_FULL:CAUSES_NAMED]:
            first = cause.failures[0]
            if cause.shared:
                yield from self._wrapped(f"{cause.title}: {_names(cause.failures)}", indent=2, lines=3)
            else:
                yield from self._wrapped(f"{self._title(first)} {one_line(first.reason)}", indent=2, lines=2)
        if len(every) > CAUSES_NAMED:
            yield from self._wrapped(f"… and {len(every) - CAUSES_NAMED} more.", indent=2)

    def _failure(self, cause: Cause) -> Iterator[str]:
        failure = cause.failures[0]
        if cause.shared:
            yield from self._wrapped(f"{cause.title}.", indent=2, codes=(BOLD,))
            yield from self._wrapped(f"So {_names(cause.failures)} fail. The first of them:", indent=2)
        yield from self._wrapped(self._title(failure), indent=2, codes=() if cause.shared else (BOLD,))
        yield from self._wrapped(failure.requirement.statement, indent=4)
        reason = shortened(one_line(failure.reason), LONGEST_REASON)
        yield from self._wrapped(f"What came: {reason}", indent=4)
        if exchange := decisive_exchange(failure.findings[0], self.verdict.record.exchanges):
            command = curl(exchange)
            if len(command) <= LONGEST_CURL:
                yield from (self.paint(f"    {line}", DIM) for line in command.split("\n"))
        yield ""

    def _title(self, failure: Failure) -> str:
        counted = "" if failure.requirement.level is Level.MUST else ", does not count"
        return f"{failure.requirement.id} ({failure.requirement.standing}{counted}; {labels(failure.scopes)})"

    def _obstacles(self, found: tuple[Obstacle, ...]) -> Iterator[str]:
        if not found:
            return
        total = len({requirement.id for each in found for requirement, _ in each.requirements})
        yield from self._heading(f"Could not run: {number(total, 'requirement')}", AMBER)
        for obstacle in found[:OBSTACLES_TOLD]:
            reason = shortened(one_line(obstacle.reason), LONGEST_REASON)
            yield from self._wrapped(reason, indent=2)
            if obstacle.remedy:
                yield from self._wrapped(f"→ {one_line(obstacle.remedy)}", indent=4, codes=(BOLD,))
            yield from self._wrapped(_listed([each.id for each, _ in obstacle.requirements]), indent=4)
        if len(found) > OBSTACLES_TOLD:
            yield from self._wrapped(f"… and {number(len(found) - OBSTACLES_TOLD, 'other reason')}.", indent=2)

    def _waivers(self) -> Iterator[str]:
        waived = failures(self.verdict, Outcome.WAIVED)
        if waived:
            yield from self._heading(f"Waived: {number(len(waived), 'requirement')}", AMBER)
            yield from self._wrapped(", ".join(each.requirement.id for each in waived), indent=2, lines=3)
        if self.verdict.stale_waivers:
            yield from self._heading(f"{number(len(self.verdict.stale_waivers), 'waiver')} must go", RED)
            for each in self.verdict.stale_waivers[:WAIVERS_TOLD]:
                yield from self._wrapped(each.sentence, indent=2)
            if len(self.verdict.stale_waivers) > WAIVERS_TOLD:
                yield from self._wrapped(f"… and {len(self.verdict.stale_waivers) - WAIVERS_TOLD} more.", indent=2)

    def _heading(self, text: str, colour: str) -> Iterator[str]:
        yield ""
        yield from self._wrapped(text, codes=(BOLD, colour))

    def _wrapped(
        self, text: str, *, indent: int = 0, codes: tuple[str, ...] = (), lines: int | None = None
    ) -> Iterator[str]:
        space = " " * indent
        folded = textwrap.wrap(
            one_line(text),
            self.width,
            initial_indent=space,
            subsequent_indent=space,
            break_on_hyphens=False,
            max_lines=lines,
            placeholder=" …",
        )
        return (self.paint(line, *codes) for line in folded)


def _names(failures: Sequence[Failure]) -> str:
    return _listed([failure.requirement.id for failure in failures])


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - REQUIREMENTS_NAMED} more" if len(names) > REQUIREMENTS_NAMED else ""
    return ", ".join(names[:REQUIREMENTS_NAMED]) + more
