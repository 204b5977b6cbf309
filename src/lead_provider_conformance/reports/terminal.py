"""The summary at the end of a run on the terminal: one screen, the verdict first."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from lead_provider_conformance.config.gaps import gaps_yaml
from lead_provider_conformance.contract.citations import source_line
from lead_provider_conformance.model import Conformance, Ending, Outcome, Subject
from lead_provider_conformance.reports.causes import CauseGroup, causes
from lead_provider_conformance.reports.explanation import explanation
from lead_provider_conformance.reports.remarks import remarks
from lead_provider_conformance.reports.summary import (
    DIFFERENCES,
    Failure,
    Obstacle,
    accepted_gaps,
    by_level,
    exit_description,
    failures,
    obstacles,
    outcome_counts,
    outdated_count,
    quantity,
    scope_label,
    scope_labels,
    untested_count,
    untested_musts,
)
from lead_provider_conformance.reports.wording import WORDINGS, Wording
from lead_provider_conformance.results.curl import curl
from lead_provider_conformance.results.described_target import SAVE, is_described_by_options, target_yaml
from lead_provider_conformance.results.verdict import ScopeVerdict, Verdict
from lead_provider_conformance.results.waivers import FILES
from lead_provider_conformance.text import one_line, shortened

# Limits that keep the summary on one screen; report.html has the rest.
CAUSES_IN_FULL = 3
MAX_CAUSES = 12
MAX_DIFFERENCES = 20
MAX_OBSTACLES = 5
MAX_WAIVERS = 5
MAX_GAPS = 10
DAYS_OF_A_GAP = 90
MAX_REQUIREMENTS = 6
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
    """Return the summary of a run whose reports are in `folder`.

    Lines are wrapped at `width`, except curl commands, which must stay copyable.
    """
    return "\n".join(_Summary(verdict, folder, colour, max(width, NARROWEST)).lines()) + "\n"


@dataclass(frozen=True, slots=True)
class _Summary:
    verdict: Verdict
    folder: Path
    colour: bool
    width: int

    @property
    def _words(self) -> Wording:
        return WORDINGS[self.verdict.subject]

    def lines(self) -> Iterator[str]:
        journals = self.verdict.journals
        target = journals.run["target"]
        yield from self._wrapped(f"{target['name']}, {target['base_url']}")
        yield from self._wrapped(explanation(self.verdict))
        yield ""
        for scope in self.verdict.scopes:
            yield from self._scope(scope)
        if not self.verdict.scopes:
            yield from self._wrapped("No version and programme was tested.")
        if journals.ending is not Ending.FINISHED:
            yield from self._wrapped(self._words.endings[journals.ending])
        for remark in remarks(self.verdict):
            yield from self._wrapped(remark)
        yield from self._causes("The suite itself failed", failures(self.verdict, Outcome.SUITE_ERROR))
        failed, differences = by_level(failures(self.verdict, Outcome.FAILED))
        if self.verdict.subject is Subject.PARITY:
            yield from self._server_differences(failed)
        else:
            yield from self._causes("Failed", failed)
        yield from self._causes(DIFFERENCES, differences, AMBER)
        yield from self._obstacles(obstacles(self.verdict))
        yield from self._waivers()
        yield from self._gaps_to_accept()
        yield ""
        yield from self._wrapped(f"Evidence: {self.folder / 'report.html'}")
        yield from self._wrapped(f"For programs: verdict.json, junit.xml and summary.md in {self.folder}")
        run = journals.run
        yield from self._wrapped(f"Suite {run['suite']['version']}, contract edition {run['contract']['edition']}")
        yield from self._wrapped(f"Exit status {int(self.verdict.exit_status)}: {exit_description(self.verdict)}.")

    def _scope(self, scope: ScopeVerdict) -> Iterator[str]:
        name_width = max(len(scope_label(each.scope)) for each in self.verdict.scopes)
        word_width = max(len(each.word) for each in self.verdict.scopes)
        name, word = scope_label(scope.scope).ljust(name_width), scope.word.upper().ljust(word_width)
        counts = " · ".join(f"{each.count:,} {each.label}" for each in outcome_counts(scope))
        counts = f"{quantity(len(scope.requirements), 'requirement')}: {counts}"
        painted = self._paint(word, BOLD, CONFORMANCE_COLOURS[scope.conformance])
        if len(f"{name}  {word}  {counts}") <= self.width:
            yield f"{self._paint(name, BOLD)}  {painted}  {counts}"
        else:
            yield f"{self._paint(name, BOLD)}  {painted}"
            yield from self._wrapped(counts, indent=2)

    def _server_differences(self, failures: tuple[Failure, ...]) -> Iterator[str]:
        """Yield the lines about the differences between two servers."""
        if not failures:
            return
        yield from self._heading(f"{self._words.failed_heading}: {quantity(len(failures), self._words.failure)}", RED)
        for each in failures[:MAX_DIFFERENCES]:
            yield from self._wrapped(shortened(one_line(each.reason), LONGEST_REASON), indent=2, codes=(BOLD,))
            evidence = f", exchanges {' and '.join(each.findings[0].exchanges)}" if each.findings[0].exchanges else ""
            scopes = scope_labels(dict.fromkeys(each.scopes))
            yield from self._wrapped(f"{each.requirement.id} ({scopes}){evidence}", indent=4, codes=(DIM,))
        if len(failures) > MAX_DIFFERENCES:
            yield from self._wrapped(f"… and {len(failures) - MAX_DIFFERENCES} more.", indent=2)
        if failures[0].remedy:
            yield from self._wrapped(f"→ {one_line(failures[0].remedy)}", indent=2)

    def _causes(self, heading: str, failures: tuple[Failure, ...], colour: str = RED) -> Iterator[str]:
        if not failures:
            return
        every = causes(failures, self.verdict.journals.exchanges, self.verdict.journals)
        cause_count = f", {quantity(len(every), 'cause')}" if len(every) < len(failures) else ""
        yield from self._heading(f"{heading}: {quantity(len(failures), 'requirement')}{cause_count}", colour)
        for cause in every[:CAUSES_IN_FULL]:
            yield from self._cause(cause)
        for cause in every[CAUSES_IN_FULL:MAX_CAUSES]:
            first = cause.failures[0]
            if cause.shared:
                yield from self._wrapped(f"{cause.title}: {_ids(cause.failures)}", indent=2, lines=3)
            else:
                yield from self._wrapped(f"{self._title(first)} {one_line(first.reason)}", indent=2, lines=2)
        if len(every) > MAX_CAUSES:
            yield from self._wrapped(f"… and {len(every) - MAX_CAUSES} more.", indent=2)

    def _cause(self, cause: CauseGroup) -> Iterator[str]:
        failure = cause.failures[0]
        if cause.shared:
            yield from self._wrapped(f"{cause.title}.", indent=2, codes=(BOLD,))
            for sentence in cause.advice.sentences:
                yield from self._wrapped(sentence, indent=4, codes=(BOLD,))
            yield from cause.advice.paste.splitlines()  # neither wrapped nor indented, to paste
            yield from self._wrapped(f"{_ids(cause.failures)} fail because of it. The first:", indent=2)
        yield from self._wrapped(self._title(failure), indent=2, codes=() if cause.shared else (BOLD,))
        yield from self._wrapped(failure.requirement.statement, indent=4)
        yield from self._wrapped(source_line(failure.requirement), indent=4, codes=(DIM,))
        journals = self.verdict.journals
        yield from self._wrapped(" ".join(failure.shown_reason(journals, LONGEST_REASON)), indent=4)
        if failure.remedy:
            yield from self._wrapped(f"→ {one_line(failure.remedy)}", indent=4)
        if exchange := failure.exchange(journals.exchanges):
            command = curl(exchange)
            if len(command) <= LONGEST_CURL:
                yield from (self._paint(f"    {line}", DIM) for line in command.split("\n"))
        yield ""

    def _title(self, failure: Failure) -> str:
        return f"{failure.requirement.id} ({failure.requirement.level_label}; {scope_labels(failure.scopes)})"

    def _obstacles(self, obstacles: tuple[Obstacle, ...]) -> Iterator[str]:
        if not obstacles:
            return
        yield from self._heading(f"{self._words.untested_heading}: {untested_count(obstacles)}", AMBER)
        for before, obstacle in zip((None, *obstacles), obstacles[:MAX_OBSTACLES], strict=False):
            if before is None or obstacle.reason != before.reason:
                yield from self._wrapped(shortened(one_line(obstacle.reason), LONGEST_REASON), indent=2)
            if obstacle.remedy:
                yield from self._wrapped(f"→ {one_line(obstacle.remedy)}", indent=4, codes=(BOLD,))
            yield from self._wrapped(_listed([each.id for each, _ in obstacle.requirements]), indent=4)
        if len(obstacles) > MAX_OBSTACLES:
            yield from self._wrapped(f"… and {quantity(len(obstacles) - MAX_OBSTACLES, 'other reason')}.", indent=2)

    def _waivers(self) -> Iterator[str]:
        waived = failures(self.verdict, Outcome.WAIVED)
        if waived:
            yield from self._heading(f"Waived: {quantity(len(waived), 'requirement')}", AMBER)
            yield from self._wrapped(", ".join(each.requirement.id for each in waived), indent=2, lines=3)
        if gaps := accepted_gaps(self.verdict):
            yield from self._heading(f"Accepted gaps: {quantity(len(gaps), 'requirement')}", AMBER)
            yield from self._wrapped(", ".join(gaps), indent=2, lines=3)
        if self.verdict.outdated:
            yield from self._heading(f"To remove: {outdated_count(self.verdict)}", RED)
            for each in self.verdict.outdated[:MAX_WAIVERS]:
                yield from self._wrapped(each.sentence, indent=2)
            if len(self.verdict.outdated) > MAX_WAIVERS:
                yield from self._wrapped(f"… and {len(self.verdict.outdated) - MAX_WAIVERS} more.", indent=2)

    def _gaps_to_accept(self) -> Iterator[str]:
        """Yield the lines that accept untested requirements, if nothing else stands in the way of a verdict."""
        untested = untested_musts(self.verdict)
        if self.verdict.conformance is not Conformance.INCOMPLETE or not 0 < len(untested) <= MAX_GAPS:
            return
        new = is_described_by_options(self.verdict.journals)
        how = SAVE if new else f"add to the {FILES[self.verdict.subject]}"
        yield from self._heading(f"To accept this for a time, {how}:", AMBER)
        if new:
            yield from target_yaml(self.verdict.journals).splitlines()
        until = date.fromisoformat(self.verdict.journals.run["started_at"][:10]) + timedelta(days=DAYS_OF_A_GAP)
        text = gaps_yaml(untested, owner="the person or team responsible", reason="why it is not tested", until=until)
        yield from text.splitlines()  # not indented, to paste

    def _paint(self, text: str, *codes: str) -> str:
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.colour and codes else text

    def _heading(self, text: str, colour: str) -> Iterator[str]:
        yield ""
        yield from self._wrapped(text, codes=(BOLD, colour))

    def _wrapped(
        self, text: str, *, indent: int = 0, codes: tuple[str, ...] = (), lines: int | None = None
    ) -> Iterator[str]:
        space = " " * indent
        wrapped = textwrap.wrap(
            one_line(text),
            self.width,
            initial_indent=space,
            subsequent_indent=space,
            break_on_hyphens=False,
            max_lines=lines,
            placeholder=" …",
        )
        return (self._paint(line, *codes) for line in wrapped)


def _ids(failures: Sequence[Failure]) -> str:
    return _listed([failure.requirement.id for failure in failures])


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_REQUIREMENTS} more" if len(names) > MAX_REQUIREMENTS else ""
    return ", ".join(names[:MAX_REQUIREMENTS]) + more
