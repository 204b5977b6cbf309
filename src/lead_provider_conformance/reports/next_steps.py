"""The next steps after a run: who has to do what. They are on the first screen of the page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lead_provider_conformance.model import Ending, Level, Outcome, Subject
from lead_provider_conformance.reports.causes import CauseGroup, causes
from lead_provider_conformance.reports.explanation import quantity_in_part
from lead_provider_conformance.reports.requirement_rows import IN_PART
from lead_provider_conformance.reports.summary import (
    Failure,
    Obstacle,
    accepted_gaps,
    by_level,
    failures,
    obstacles,
    outdated_count,
    quantity,
)
from lead_provider_conformance.reports.wording import WORDINGS, Wording
from lead_provider_conformance.results.operations import unlisted_operations
from lead_provider_conformance.results.verdict import Verdict
from lead_provider_conformance.text import one_line, shortened

MAX_DETAILS = 3
LONGEST_DETAIL = 130
RUN_ALL_ACTS = "Run all acts of the session, without `--only` and `--skip-slow`."
AFTER_A_FIX = re.compile(r"(?:Fix|Implement) .+ first\.")
"""The remedy for a requirement that depends on another, which failed."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """A person or team, a sentence about their task, and the id of the section of the page with the details."""

    who: str
    what: str
    section: str
    details: tuple[str, ...] = ()


def next_steps(verdict: Verdict) -> tuple[NextStep, ...]:
    """Return the next steps, those first that decide the verdict; none if nothing is left to do."""
    return tuple(_steps(verdict, WORDINGS[verdict.subject]))


def _steps(verdict: Verdict, words: Wording) -> Iterator[NextStep]:
    if errors := failures(verdict, Outcome.SUITE_ERROR):
        count = quantity(len(errors), "requirement")
        yield NextStep(words.maintainers, f"Find out why the suite could not decide {count}.", "suite-errors")
    failed, differences = by_level(failures(verdict, Outcome.FAILED))
    untested = obstacles(verdict)
    if failed and verdict.subject is Subject.PARITY:
        what = f"Change a server, or accept the differences in the {words.file}: {quantity(len(failed), 'difference')}."
        yield NextStep(words.developers, what, "failures", _listed([each.reason for each in failed], words.failure))
    elif failed:
        groups = causes(failed, verdict.journals.exchanges, verdict.journals)
        later = _number(each for each in untested if _is_after_a_fix(each))
        more = f" {quantity(later, 'more requirement')} can be tested after that." if later else ""
        yield NextStep(words.developers, f"{_fix(failed, groups)}{more}", "failures", _listed(_titles(groups), "cause"))
    if verdict.journals.ending is not Ending.FINISHED:
        yield NextStep(words.runner, f"Repeat the {words.run}, and let it end.", "run")
    blocking = [each for each in untested if each.blocks_verdict and not (failed and _is_after_a_fix(each))]
    if blocking:
        yield _complete(blocking, words, verdict)
    if verdict.outdated:
        yield NextStep(words.runner, f"Remove {outdated_count(verdict)} from the {words.file}.", "waivers")
    yield from _accepted(verdict)
    yield from _unlisted_operations(verdict, words)
    if differences:
        verb = "does" if len(differences) == 1 else "do"
        what = f"Optional: look at {quantity(len(differences), 'difference')}, which {verb} not count."
        yield NextStep(words.developers, what, "differences")
    if partly := quantity_in_part(verdict):
        what = f"Optional: see which situations of {partly} were not tested."
        yield NextStep(words.runner, what, f"requirements?outcome={IN_PART}")


def _is_after_a_fix(obstacle: Obstacle) -> bool:
    return AFTER_A_FIX.fullmatch(obstacle.remedy or "") is not None


def _fix(failed: Sequence[Failure], groups: Sequence[CauseGroup]) -> str:
    count = quantity(len(failed), "mandatory requirement")
    if len(groups) == len(failed):
        return f"Fix {count}."
    return f"Fix {quantity(len(groups), 'cause')}, which {'fails' if len(groups) == 1 else 'fail'} {count}."


def _titles(groups: Sequence[CauseGroup]) -> Sequence[str]:
    return [each.title.partition(": `")[0] or each.failures[0].requirement.statement for each in groups]


def _listed(texts: Sequence[str], noun: str) -> tuple[str, ...]:
    """Return the first of some texts, and how many more there are."""
    more = [f"and {quantity(len(texts) - MAX_DETAILS, f'more {noun}')}"] if len(texts) > MAX_DETAILS else []
    return (*(shortened(one_line(each), LONGEST_DETAIL) for each in texts[:MAX_DETAILS]), *more)


def _complete(blocking: Sequence[Obstacle], words: Wording, verdict: Verdict) -> NextStep:
    count = quantity(_number(blocking, must=True), "more mandatory requirement")
    remedies = dict.fromkeys(each.remedy for each in blocking if each.remedy)
    if _leaves_out_acts(verdict):
        remedies = {RUN_ALL_ACTS: None, **remedies}
    section = "not-shown" if verdict.subject is Subject.CLIENT else "could-not-run"
    return NextStep(words.runner, f"{words.complete} {count}:", section, _listed([*remedies], "step"))


def _leaves_out_acts(verdict: Verdict) -> bool:
    """Return whether an option of the session has left out an act."""
    acts = (each for each in verdict.journals.script if each["kind"] == "act" and each["phase"] == "skipped")
    return any("--" in (each["reason"] or "") for each in acts)


def _number(obstacles: Iterable[Obstacle], *, must: bool = False) -> int:
    """Return the number of requirements, or of mandatory requirements, that obstacles affect."""
    affected = (each for obstacle in obstacles for each, _ in obstacle.requirements)
    return len({each.id for each in affected if not must or each.level is Level.MUST})


def _accepted(verdict: Verdict) -> Iterator[NextStep]:
    """Yield the failures and gaps that are accepted for a time, by owner and last day."""
    waivers = (each.waiver for each in failures(verdict, Outcome.WAIVED) if each.waiver)
    gaps = (gap for gap, _ in accepted_gaps(verdict).values())
    counts = Counter(
        [
            *((each.expires, each.owner, "Fix", "accepted failure", "") for each in waivers),
            *((each.expires, each.owner, "Have", "accepted gap", " tested") for each in gaps),
        ]
    )
    for (expires, owner, verb, noun, end), count in sorted(counts.items()):
        what = f"{verb} {quantity(count, noun)}{end} by {expires:%-d %B %Y}."
        yield NextStep(one_line(owner), what, "waivers")


def _unlisted_operations(verdict: Verdict, words: Wording) -> Iterator[NextStep]:
    """Yield the operations that the target file of a server leaves out."""
    missing = unlisted_operations(verdict.journals)
    if missing and verdict.subject is Subject.SERVER:
        count = quantity(len(missing), "more operation")
        what = f"Implement {count}, and add each to the {words.file}."
        yield NextStep(words.developers, what, "coverage", _listed([f"`{each}`" for each in missing], "operation"))
