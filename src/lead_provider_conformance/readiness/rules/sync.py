"""Rules about the kinds of reads that a client's sync consists of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from lead_provider_conformance.readiness.resources import APPLICATIONS, DECLARATIONS, PARTICIPANTS, SCHOOLS
from lead_provider_conformance.readiness.rule import Result, failed, not_met, passed, rule
from lead_provider_conformance.readiness.rules.absence import cue_of
from lead_provider_conformance.readiness.script import EventLine
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.walks import Walk

_LISTS = {
    SCHOOLS: "list_ecf_schools",
    PARTICIPANTS: "list_{}_participants",
    DECLARATIONS: "list_participant_declarations",
}
"""The lists that a full sync reads, with their operations."""
_FULL_READS_IN_PLACE_OF_POLLS = 3
_LARGEST_SHARE, _FEWEST_FULL = 0.25, 3
_DAY, _SIX_DAYS = 86_400, 6 * 86_400
_POLLS_A_DAY = 2


def lists_of(trace: Trace) -> Sequence[str]:
    """Return the kinds of records that a client's sync is about: those that it uses."""
    kinds = (PARTICIPANTS, DECLARATIONS) if trace.scope.programme == "npq" else tuple(_LISTS)
    programme = trace.scope.programme
    return [each for each in kinds if trace.uses is None or _LISTS[each].format(programme) in trace.uses]


def full_walks(trace: Trace, kind: str) -> Sequence[Walk]:
    """Return the walks through all records of a kind, complete or not."""
    return [each for each in trace.walks if each.kind == kind and each.is_full and not each.is_poll]


@rule("sync/full")
def full(trace: Trace) -> Iterator[Result]:
    """Each list has a complete walk without filter[updated_since]; the cohort may be a filter."""
    read = {kind: [each for each in full_walks(trace, kind) if each.is_complete] for kind in lists_of(trace)}
    missing = [kind for kind, walks in read.items() if not walks]
    if missing:
        begun = [each for kind in missing for each in full_walks(trace, kind)]
        yield not_met(
            f"the client read some lists never to their end without filter[updated_since]: {', '.join(missing)}.",
            "Let the system read all records of each list in the act first-sync, or name the operations that it uses "
            "in the profile.",
            *(each.start for each in begun),
            blocked_by="paging/all-pages" if begun else None,
        )
    elif read:
        yield passed(*(walks[0].requests[-1] for walks in read.values()))


@rule("sync/partial")
def partial(trace: Trace) -> Iterator[Result]:
    """Participants and declarations are read by filter[updated_since].

    A client fails if it reads all participants again and again, and never only those that changed.
    """
    wanted = [each for each in lists_of(trace) if each in (PARTICIPANTS, DECLARATIONS)]
    polls = {kind: [each for each in trace.walks if each.kind == kind and each.is_poll] for kind in wanted}
    complete = [next((each for each in walks if each.is_complete), None) for walks in polls.values()]
    if wanted and all(complete):
        yield passed(*(each.start for each in complete if each))
        return
    for kind in wanted:
        again = _full_reads_of_other_cues(trace, kind)[1:]
        if not polls[kind] and len(again) >= _FULL_READS_IN_PLACE_OF_POLLS:
            yield failed(
                f"The client read all {kind} {len(again) + 1} times, and never those that changed by "
                "filter[updated_since].",
                *(each.start for each in again),
            )
            return
    missing = [kind for kind, found in zip(wanted, complete, strict=True) if not found]
    if missing and trace.exchanges:
        yield not_met(
            f"the client read some lists never to their end with filter[updated_since]: {', '.join(missing)}.",
            "Let the system poll for changes of participants and of declarations.",
        )


def _full_reads_of_other_cues(trace: Trace, kind: str) -> Sequence[Walk]:
    """Return the first complete walk through all records of a kind in each cue."""
    found: dict[float, Walk] = {}
    for each in full_walks(trace, kind):
        cue = cue_of(trace, each.began)
        if each.is_complete:
            found.setdefault(cue.start if cue else each.start.start, each)
    return list(found.values())


@rule("sync/weekly-full")
def weekly_full(trace: Trace) -> Iterator[Result]:
    """After a week all records are read again. Guidance contradicts itself on the interval: this rule never fails."""
    for event in trace.events_named("week-passed"):
        walks = [each for each in full_walks(trace, PARTICIPANTS) if each.began.start > event.at and each.is_complete]
        if walks:
            yield passed(*walks[0].requests)
        else:
            yield not_met(
                "after a week, the client never read the participants to their end without filter[updated_since].",
                "Let the system do in the act a-week what it does once a week.",
            )


@rule("sync/several-times-daily")
def several_times_daily(trace: Trace) -> Iterator[Result]:
    """The participants are read at least twice on each day of the session.

    Only a client that runs by itself for whole days can fail: elsewhere the suite chooses the times.
    """
    by_day: dict[date, list[Walk]] = defaultdict(list)
    for each in trace.walks:
        if each.kind == PARTICIPANTS and 1 in each.numbers:
            by_day[_day(each)].append(each)
    days = sorted(by_day)
    if not days:
        return
    whole = [day for day in _whole_days(trace) if len(by_day.get(day, ())) < _POLLS_A_DAY]
    if whole:
        yield failed(
            f"On {len(whole)} whole days, the first {whole[0]:%-d %B %Y}, the participants were read less than twice.",
            *(each.start for each in by_day.get(whole[0], ())),
        )
    elif any(len(each) >= _POLLS_A_DAY for each in by_day.values()):
        yield passed(*(each.start for each in max(by_day.values(), key=len)))
    else:
        yield not_met("no day of the session has two reads of the participants.", "Let the system poll twice a day.")


def _day(walk: Walk) -> date:
    return datetime.fromtimestamp(walk.start.server_start, UTC).date()


def _whole_days(trace: Trace) -> Iterator[date]:
    """Yield the days between the first and the last request of a session whose clock was not moved.

    Sessions of a command have none: its runs are the suite's choice.
    """
    is_driven = any(each.status is not None for each in trace.cues)
    if is_driven or trace.events_named("clock-moved", "week-passed"):
        return
    first, last = trace.exchanges[0].start, trace.exchanges[-1].start
    for number in range(int(first // _DAY) + 1, int(last // _DAY)):
        yield datetime.fromtimestamp(number * _DAY, UTC).date()


@rule("sync/focused")
def focused(trace: Trace) -> Iterator[Result]:
    """After the first full sync, at most one in four walks of a long list has no filter."""
    later = [each for kind in (PARTICIPANTS, DECLARATIONS, APPLICATIONS) for each in _after_first_full(trace, kind)]
    everything = [each for each in later if each.is_full and not each.is_poll]
    if len(everything) >= _FEWEST_FULL and len(everything) > _LARGEST_SHARE * len(later):
        lists = Counter(each.path for each in everything)
        yield failed(
            f"{len(everything)} of {len(later)} walks after the first full sync read a whole list: "
            f"{', '.join(f'{path} {count} times' for path, count in lists.items())}. Use a "
            "filter, such as filter[updated_since], to read only the records that are needed.",
            *(each.start for each in everything),
        )
    elif later and len(everything) < len(later):
        yield passed(next(each.start for each in later if each not in everything))


def _after_first_full(trace: Trace, kind: str) -> Iterator[Walk]:
    """Yield the walks of a kind after the first complete one through the same records, without retries and weekly ones.

    A full sync may read cohort after cohort.
    """
    full: list[Walk] = []
    weeks = trace.events_named("week-passed")
    for each in trace.walks:
        if each.kind != kind:
            continue
        if not each.is_full or each.is_poll:
            if full:
                yield each
        elif each.is_complete:
            before = [other for other in full if other.selection <= each.selection]
            if before and not _is_due(before[-1], each, weeks):
                yield each
            full.append(each)


def _is_due(last: Walk, walk: Walk, weeks: Sequence[EventLine]) -> bool:
    """Return whether a full walk is the weekly one, after the one before."""
    passed_week = any(last.start.start < each.at < walk.began.start for each in weeks)
    return passed_week or walk.start.server_start - last.start.server_start > _SIX_DAYS
