"""Rules about lists that the client reads, and about following the state of declarations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lead_provider_conformance.readiness.people import state_of
from lead_provider_conformance.readiness.resources import (
    DECLARATIONS,
    STATEMENTS,
    UNFUNDED_MENTORS,
)
from lead_provider_conformance.readiness.rule import Result, not_met, passed, rule
from lead_provider_conformance.readiness.rules.absence import absent, cues_from
from lead_provider_conformance.readiness.trace import Trace

"""The fields that only the newest service has, by the list that shows them."""


@rule("read/statements")
def statements(trace: Trace) -> Iterable[Result]:
    """Check that the statements are read to the end. It never fails."""
    yield from _complete(trace, STATEMENTS)


@rule("read/unfunded-mentors")
def unfunded_mentors(trace: Trace) -> Iterable[Result]:
    """Check that the unfunded mentors are read to the end. It never fails: a provider may have none to read."""
    yield from _complete(trace, UNFUNDED_MENTORS)


@rule("read/declaration-state-followed")
def declaration_state_followed(trace: Trace) -> Iterable[Result]:
    """Check that the state that DfE gives a declaration is shown to the client by a read after it.

    Any read that shows the declaration counts, also after the act. A state that another one has replaced before the
    client could read it decides nothing.
    """
    events = trace.events_named("declaration-state")
    for number, event in enumerate(events):
        declaration_id, state = str(event.facts.get("declaration_id")).lower(), state_of(event.facts)
        if any(str(each.facts.get("declaration_id")).lower() == declaration_id for each in events[number + 1 :]):
            continue
        shown = [each for each in trace.shown.history(DECLARATIONS, declaration_id) if each.end > event.at]
        if shown:
            yield passed(shown[0].exchange)
        elif trace.has_ended(event.act):
            reason = f"The declaration {declaration_id} became {state}, and no read after it showed the declaration."
            remedy = "Poll the declarations with filter[updated_since]."
            cues = [each for each in cues_from(trace, event.at) if each.act == event.act]
            yield absent(trace, "read/declaration-state-followed", cues, reason, remedy, group=declaration_id)


def _complete(trace: Trace, kind: str) -> Iterator[Result]:
    walks = [each for each in trace.walks if each.kind == kind]
    complete = next((each for each in walks if each.is_complete), None)
    if complete:
        yield passed(*complete.pages.values())
    elif walks:
        yield not_met(f"the list of {kind} was not read to its end.", "Read all pages.", *walks[0].requests)
